"""The verbs, as plain functions. The command line and the window call these and nothing below them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitprune import devices, latency, lossless, pace, sessions, verification
from vitprune import evaluate as evaluation
from vitprune.architecture import Architecture
from vitprune.bench import Workbench, split
from vitprune.errors import (
    ArgumentInvalid,
    DatasetChanged,
    ModelUnsupported,
    VitPruneError,
    WeightsMismatch,
)
from vitprune.export import folder as exported
from vitprune.export.proving import BATCHES, probe, some_of
from vitprune.formats import Exported
from vitprune.formats import chosen as formats_of
from vitprune.images import ImageSet
from vitprune.jobs import PRECISIONS, Cancelled, Compute, Job
from vitprune.loading import LoadedModel, open_model
from vitprune.lossless import Report, Rewrite
from vitprune.memory import halving
from vitprune.merging import save_merged as save_merged
from vitprune.metrics.accumulators import TokenRecorder
from vitprune.offline import compare as compare  # a verb like the others; it needs no torch
from vitprune.opening import CALIBRATION, TEST, open_images, reopen, reopen_images
from vitprune.plan import Compensation, PruningPlan
from vitprune.repair.gain import Gains
from vitprune.results import Activations, Evaluation, Latency, LatencyTable, Repair, Session, now
from vitprune.scores import SELECTIONS, Scores, read_only
from vitprune.scoring import score
from vitprune.searches import Rung, SearchState
from vitprune.selection import Budget, Step, select
from vitprune.surgery import repaired
from vitprune.verification import Proof

__all__ = [
    "CALIBRATION",
    "TEST",
    "analyze",
    "environment",
    "evaluate",
    "export",
    "open_images",
    "open_model",
    "plan",
    "pruned",
    "reopen",
    "reopen_images",
    "rewrite",
    "save_merged",
    "site_latencies",
    "verify",
    "workbench",
]

environment = devices.environment


def analyze(
    model: LoadedModel,
    images: ImageSet,
    *,
    metrics: Sequence[str] = ("all",),
    tokens: Sequence[str] = tuple(SELECTIONS),
    keep_tokens: int = 0,
    draft: sessions.Draft | None = None,
    speed: bool = False,
    repairs: bool = False,
    keep_stopped: bool = False,
    compute: Compute | None = None,
    job: Job | None = None,
) -> Session:
    """Score every site, over each selection of `tokens`, from one pass but for the metrics of `bench.PASSES`, which
    take more: those are named, or come with `everything`. Metrics of the loss read labels, where the model's head knows
    them. `keep_tokens` of each image are kept of the stream after every site: in `draft`, which the session is then to
    be saved by, or in memory without one and where several processes share the images. With `speed`, what each site
    takes of a forward is measured too; with `repairs`, from the same pass, what each kind of repair would make good.
    With `keep_stopped` a cancel ends the analysis, and what it had found is the answer: scores of the first images
    (`Scores.asked_images`), or all but what comes after the one pass. It cannot be had with a draft, or in several
    processes.

    Where memory runs out, images are run fewer at a time, and the session's log says so.

    Raises ModelUnsupported, with the reason, for a model without prunable blocks or without what a metric is of;
    ArgumentInvalid for an unknown metric, DatasetLabels for one that lacks labels, OutOfMemory.
    """
    compute, job = compute or Compute(), job or Job()
    if not model.architecture.prunable:
        raise ModelUnsupported(
            model.architecture.note, hint="Choose another model (`vitprune models` lists those that can be pruned)."
        )
    single, more = split(metrics, model.architecture, labelled=labels_of(model, images) is not None)
    if repairs and compute.shard.size > 1:
        raise ArgumentInvalid("What repairs make good is measured in one process.", hint="Leave --repairs out.")
    keep = partial(draft.add, images=len(images)) if draft is not None and compute.shard.size == 1 else None
    keep_stopped = keep_stopped and keep is None and compute.shard.size == 1
    recorder = None
    started = time.monotonic()
    with devices.running_on(compute) as device:
        module = model.module.to(device)
        size = pace.batch_size(compute, module, model.architecture, device, job)
        part = part_of(images, size, model, compute)

        def once(size: int) -> Scores:
            nonlocal recorder
            recorder = TokenRecorder(keep_tokens, keep) if keep_tokens else None
            gains = Gains(module, model.architecture) if repairs else None
            with gains.watching() if gains else nullcontext(), pace.at([module], compute, watched=True):
                found = score(
                    module,
                    images.batches(size, job, part),
                    single,
                    tokens=tokens,
                    total=len(part),
                    observers=(recorder,) if recorder else (),
                    job=job,
                    shard=compute.shard,
                    halve=gains is None,  # what they have summed up cannot be taken back
                    keep_stopped=keep_stopped,
                )
            return found if gains is None or found.asked_images else replace(found, gains=gains.gains())

        # What is in a draft stays there, and several processes take the same batches: neither can start again.
        again = keep is None and compute.shard.size == 1
        scores = halving(size, once, job) if again else once(size)
        table = None
        try:
            if more:
                tables = workbench(model, images, size, job).tables(more)
                scores = replace(scores, tables={**scores.tables, **tables})
            if speed:
                table = site_latencies(model, compute=compute, job=job)
        except Cancelled:
            if not keep_stopped:
                raise
    session = replace(
        new_session(model, compute),
        latencies=table,
        data=images.reference,
        scores=scores,
        activations=Activations(recorder.indices, recorder.finish()) if recorder and keep is None else None,
        seconds=time.monotonic() - started,
    )
    for note in job.notes:
        session = session.logged(note, 0.0)
    return session


def site_latencies(model: LoadedModel, *, compute: Compute | None = None, job: Job | None = None) -> LatencyTable:
    """What each site takes of a forward on this machine."""
    compute, job = compute or Compute(), job or Job()
    with devices.running_on(compute) as device:
        module, size = model.module.to(device), devices.batch_size(compute, model.architecture)

        def measure(size: int) -> dict[str, Any]:
            return asdict(latency.site_latencies(module, model.architecture, batch_size=size, device=device, job=job))

        found = compute.shard.from_first(lambda: halving(size, measure, job))
    samples = {site: read_only(values) for site, values in found["samples_ms"].items()}
    times = {name: read_only(values) for name, values in found.items() if isinstance(values, np.ndarray)}
    return LatencyTable(**{**found, **times, "samples_ms": samples})


def part_of(images: ImageSet, batch_size: int, model: LoadedModel, compute: Compute) -> range:
    """The images that this process takes. Raises DatasetChanged or WeightsMismatch when the processes do not all work
    on the same: on several machines, folders of one name need not hold the same files."""
    shard = compute.shard
    data, weights = zip(*shard.gather([images.reference.digest, model.reference.weights_sha256]), strict=True)
    if len(set(data)) > 1:
        raise DatasetChanged(
            f"The processes do not see the same images in {images.reference.source}.",
            hint="Give every machine the same files.",
        )
    if len(set(weights)) > 1:
        raise WeightsMismatch(
            f"The processes do not have the same weights of {model.reference.source}.",
            hint="Give every machine the same files.",
        )
    return shard.part(images.reference.images, batch_size)


def new_session(model: LoadedModel, compute: Compute | None = None) -> Session:
    """A session about a model in which nothing is measured yet."""
    return Session(
        model=model.reference,
        architecture=model.architecture,
        plan=PruningPlan.of(model.architecture),
        environment=environment(compute),
        created=now(),
    )


def evaluate(
    model: LoadedModel,
    images: ImageSet,
    plan: PruningPlan | None = None,
    *,
    calibration: ImageSet | None = None,
    compute: Compute | None = None,
    job: Job | None = None,
) -> tuple[Evaluation, ...]:
    """Measure the dense model and, unless the plan is empty, the pruned one: what they can do on the same images, then
    how fast they are, taking turns. Repairs are fitted to `calibration`, of which no label is read.

    Raises PlanInvalid for a plan that repairs when there is no calibration.
    """
    compute, job = compute or Compute(), job or Job()
    pruned: list[tuple[PruningPlan, nn.Module]] = []
    fitted: Repair | None = None
    with devices.running_on(compute) as device:
        dense = model.module.to(device)
        size = pace.batch_size(compute, dense, model.architecture, device, job)
        if plan is not None and len(plan):
            chosen = plan
            module, fits = halving(
                size,
                lambda size: repaired(
                    chosen, dense, calibration_batches(chosen, calibration, size, job), job=job, shared=True
                ),
                job,
            )
            pruned = [(plan, module)]
            if calibration is not None and fits:
                data = calibration.reference
                fitted = Repair(str(plan.target), data.images, data.digest, fits)
        part = part_of(images, size, model, compute)
        modules = [dense, *(module for _, module in pruned)]
        with pace.at(modules, compute):
            results = evaluation.evaluate(
                dense,
                pruned,
                images.batches(size, job, part),
                images.reference,
                model.architecture,
                device=device,
                job=job,
                part=part,
                shard=compute.shard,
            )
            times = latencies(modules, model.architecture, size, device, compute=compute, job=job)
        times = tuple(replace(time_, device=time_.device + pace.told(compute)) for time_ in times)
    repairs = [None] * (len(results) - 1) + [fitted]
    results = (replace(results[0], warnings=(*results[0].warnings, *job.notes)), *results[1:])
    return tuple(
        replace(result, latency=time_, repair=repair)
        for result, time_, repair in zip(results, times, repairs, strict=True)
    )


def calibration_batches(
    plan: PruningPlan, calibration: ImageSet | None, batch_size: int, job: Job
) -> Iterator[Tensor] | None:
    """The images that the plan's repairs are fitted to; None where there is nothing to fit, or nothing to fit it to."""
    return calibration.batches(batch_size, job) if calibration is not None and plan.needs_calibration else None


def latencies(
    modules: Sequence[nn.Module],
    architecture: Architecture,
    batch_size: int,
    device: torch.device,
    *,
    compute: Compute,
    job: Job,
) -> tuple[Latency, ...]:
    """How fast the models are, taking turns; of several processes the first measures it, alone."""

    def measure(size: int) -> list[dict[str, Any]]:
        times = latency.measure(modules, architecture.input_size, batch_size=size, device=device, job=job)
        return [asdict(time_) for time_ in times]

    found = compute.shard.from_first(lambda: halving(batch_size, measure, job))
    return tuple(Latency(**{**fields, "samples_ms": read_only(fields["samples_ms"])}) for fields in found)


def plan(
    found: Session | Scores | None,
    architecture: Architecture,
    *,
    method: str,
    budget: Budget,
    granularity: str | None = None,
    tokens: str | None = None,
    protect: Collection[str] = (),
    repair: str = "none",
    target: str | None = None,
    seed: int = 0,
    compensation: str = Compensation.AFFINE,
    model: LoadedModel | None = None,
    images: ImageSet | None = None,
    compute: Compute | None = None,
    job: Job | None = None,
    on_step: Callable[[Step], None] = lambda _: None,
    on_rungs: Callable[[tuple[Rung, ...]], None] = lambda _: None,
    known: SearchState | None = None,
    on_search: Callable[[SearchState], None] = lambda _: None,
) -> PruningPlan:
    """The plan that any method of `vitprune.selection` makes, with what is to stand for the sites that go.

    `found` holds the scores. Only a method that tries plans on the model opens it: `model` and `images`, or else those
    that the session names. `granularity`, `tokens` and `target` are the usual ones by default; `seed` is for what is
    drawn, and `compensation` what makes up for heads and neurons. `on_step` is told of every step: the order, and the
    ties; `on_rungs`, with the repair "auto", of what was tried for each site. A search goes on from `known`; after each
    of its steps `on_search` is given what to go on from.

    Raises what `selection.select`, `reopen` and `reopen_images` raise, ArgumentInvalid where there is nothing to open.
    """
    compute, job = compute or Compute(), job or Job()
    session = found if isinstance(found, Session) else None

    def opened() -> LoadedModel:
        nonlocal model
        if model is None:
            if session is None:
                raise ArgumentInvalid(f"The method {method} tries plans on the model.", hint="Open the model first.")
            try:
                model = reopen(session)
            except VitPruneError as error:
                raise _needed(error, method, f"the model of the session, {session.model.source}") from error
        return model

    with devices.running_on(compute) as device:
        size = devices.batch_size(compute, architecture)

        def bench() -> Workbench:
            nonlocal images
            loaded = opened()
            if images is None:
                if session is None:
                    raise ArgumentInvalid(f"The method {method} tries plans on images.", hint="Open the images first.")
                try:
                    images = reopen_images(session, loaded, job=job)
                except VitPruneError as error:
                    source = session.data.source if session.data else "none"
                    raise _needed(error, method, f"the images of the session, {source}") from error
            loaded.module.to(device)
            found = workbench(loaded, images, size, job)
            found.known, found.on_search = known, on_search
            return found

        return select(
            session.scores if session else found if isinstance(found, Scores) else None,
            architecture,
            budget,
            method=method,
            granularity=granularity,
            tokens=tokens,
            protect=protect,
            repair=repair,
            target=target,
            seed=seed,
            compensation=compensation,
            bench=bench,
            on_step=on_step,
            on_rungs=on_rungs,
        )


def _needed(error: VitPruneError, method: str, what: str) -> VitPruneError:
    """The same error, saying what it was looked for, and for what."""
    message = f"The method {method} needs {what}. {error.message}"
    return type(error)(message, hint=error.hint, details=error.details)


def workbench(model: LoadedModel, images: ImageSet, batch_size: int, job: Job | None = None) -> Workbench:
    """The model, where it is, and these images, to try plans on."""
    job = job or Job()
    labels = labels_of(model, images)
    digests = (model.reference.weights_sha256, images.reference.digest)
    batches = partial(images.batches, batch_size, job)
    return Workbench(model.module, batches, labels, total=len(images), digests=digests, job=job)


def labels_of(model: LoadedModel, images: ImageSet) -> tuple[int, ...] | None:
    """The labels of the images, where the model's head has as many outputs as there are classes."""
    data = images.reference
    return data.labels if data.labels and model.architecture.num_classes == len(data.class_names) else None


def pruned(
    model: LoadedModel, plan: PruningPlan, calibration: ImageSet | None = None, *, job: Job | None = None
) -> nn.Module:
    """A copy of the model without what the plan removes, its repairs fitted to `calibration`.

    Raises PlanInvalid for a plan that repairs when there is no calibration.
    """
    job = job or Job()
    size = devices.batch_size(Compute(), model.architecture)
    return halving(
        size, lambda size: repaired(plan, model.module, calibration_batches(plan, calibration, size, job), job=job), job
    )[0]


def export(
    model: LoadedModel,
    plan: PruningPlan,
    folder: Path,
    *,
    evaluation: Evaluation | None = None,
    dense: Evaluation | None = None,
    rewrites: Sequence[str] = (),
    calibration: ImageSet | None = None,
    formats: Sequence[str] = (),
    images: ImageSet | None = None,
    compute: Compute | None = None,
    job: Job | None = None,
) -> Exported:
    """Write the pruned and repaired model, and with `rewrites` the model after these lossless rewrites, as a folder
    that torch and timm alone can rebuild, and in these `formats` of `vitprune.formats` too. Repairs are fitted to
    `calibration`.

    All of it is proved before the folder appears, on `images`, or else the calibration's, or else those of the
    evaluation; where none of these is at hand on noise, and the answer says so. Times are of the processor.

    Raises SaveFailed or PlanInvalid; for rewrites, ArgumentInvalid or ModelUnsupported; for a format ArgumentInvalid,
    ExtraMissing, or ExportFailed where the model cannot have it or does not say the same from there.
    """
    compute, job = replace(compute or Compute(), device="cpu", precision=PRECISIONS[0]), job or Job()
    wanted = formats_of(formats)
    with devices.running_on(compute):
        size = devices.batch_size(compute, model.architecture)
        known, source = _to_prove_on(model, images or calibration, evaluation, job)

        def write(fitted: int) -> Exported | None:
            return exported.export(
                model.module,
                plan,
                folder,
                architecture=model.architecture,
                reference=model.reference,
                data_config=model.data_config,
                evaluation=evaluation,
                dense=dense,
                rewrites=rewrites,
                calibration=calibration_batches(plan, calibration, fitted, job),
                formats=wanted,
                probe=probe(model.architecture, size, known, source),
                job=job,
            )

        found = halving(size, write, job)
    assert found is not None
    return found


def _to_prove_on(
    model: LoadedModel, images: ImageSet | None, evaluation: Evaluation | None, job: Job
) -> tuple[Tensor | None, str]:
    """A few images from everywhere in the set, and where they are from; None and "" where there are none."""
    if images is None and evaluation is not None:
        with suppress(VitPruneError):  # they may be gone since
            images = open_images(evaluation.data.source, model, purpose=TEST, images=sum(BATCHES), job=job)
    if images is None or not len(images):
        return None, ""
    return some_of(images, job), images.reference.source


def rewrite(
    model: LoadedModel,
    plan: PruningPlan | None = None,
    names: Sequence[str] | None = None,
    *,
    calibration: ImageSet | None = None,
    job: Job | None = None,
) -> tuple[tuple[Rewrite, ...], Report]:
    """What each lossless rewrite would do to the pruned model, and the proof of these, by default of all that apply.

    Raises ArgumentInvalid or ModelUnsupported for a name that is unknown or does not apply.
    """
    job = job or Job()
    pruned = model.module
    if plan is not None and len(plan):
        size, chosen = devices.batch_size(Compute(), model.architecture), plan
        pruned = halving(
            size,
            lambda size: repaired(chosen, model.module, calibration_batches(chosen, calibration, size, job), job=job)[
                0
            ],
            job,
        )
    return lossless.rewrites(pruned, job), lossless.rewrite(pruned, names, job)[1]


def verify(model: LoadedModel, plan: PruningPlan | None = None, *, job: Job | None = None) -> Proof:
    """The proof that the pruned model is the model minus those sites, with what stands in their place. Repairs are
    fitted to noise for it: it holds whatever the images."""
    return verification.verify(
        model.module, plan, reference=model.reference, data_config=dict(model.data_config), job=job
    )
