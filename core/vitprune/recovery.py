"""Recovery training as a verb: a pruned and repaired model is taught what the dense one says, measured, and exported.

The plan alone no longer makes a trained model, so what is kept is an exported folder, which opens as a model anywhere.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from vitprune import comparison, devices, training
from vitprune import evaluate as evaluation
from vitprune.comparison import Comparison
from vitprune.curve import Curve, TrainingSettings
from vitprune.errors import SaveFailed, VitPruneError
from vitprune.export import folder as exported
from vitprune.export.proving import Probe, probe, some_of
from vitprune.export.training import Trained
from vitprune.images import ImageSet
from vitprune.jobs import PRECISIONS, Cancelled, Compute, Job
from vitprune.loading import LoadedModel
from vitprune.memory import halving
from vitprune.plan import PruningPlan
from vitprune.results import Evaluation, Repair, SiteRepair, Training, now
from vitprune.surgery import repaired
from vitprune.weights import digest
from vitprune.workflow import calibration_batches, labels_of, latencies

RUN_AT_ONCE = 4  # a share of what is run at once elsewhere: gradients need several times the room, and the time


@dataclass(frozen=True)
class Recovered:
    """`training` has the evaluation of the trained model, where test images were given. Then all the others are there
    too: the dense model; `untrained`, the same plan with its repairs alone; and, image by image, `gained`, trained less
    untrained, and `left`, trained less dense."""

    training: Training
    folder: Path
    dense: Evaluation | None = None
    untrained: Evaluation | None = None
    gained: Comparison | None = None
    left: Comparison | None = None


def recover(
    model: LoadedModel,
    plan: PruningPlan,
    images: ImageSet,
    folder: Path,
    *,
    settings: TrainingSettings | None = None,
    test: ImageSet | None = None,
    keep_stopped: bool = False,
    compute: Compute | None = None,
    job: Job | None = None,
    on_curve: Callable[[Curve], None] = lambda _: None,
) -> Recovered:
    """Repair what `plan` removes, train what is left on `images`, of which labels are read only where the settings give
    them a weight, measure it on `test`, and write it as a new folder that torch and timm alone can rebuild, proved like
    every export, on some of `images`. Before the training the repairs are fitted to random views of the images that are
    trained on, which is part of its time.

    An unfinished training is kept once a minute in a file beside the folder, `unfinished(folder)`; the same call goes
    on from there. `keep_stopped`: a cancel ends the training and writes what was reached, neither measured nor proved.
    `on_curve` is told how it goes after each look at the held-out images.

    Raises SaveFailed before anything is computed where the folder exists and is not empty; PlanInvalid, ArgumentInvalid
    for settings that cannot be, DatasetEmpty, ModelNotFinite, OutOfMemory. A proof that fails loses nothing: why is
    said where it is said how the training ended.
    """
    began = time.monotonic()
    settings, compute, job = settings or TrainingSettings(), compute or Compute(), job or Job()
    training.check_settings(settings)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SaveFailed(f"{folder} exists already and is not empty.", hint="Choose a new folder.")
    going = unfinished(folder)
    results: tuple[Evaluation, ...] = ()
    stopped = False
    with devices.running_on(compute) as device:
        dense = model.module.to(device)
        size = devices.batch_size(compute, model.architecture)
        # Images that repairs were fitted to look far better than others do: none of those held out is among them.
        chosen, _ = training.apart(len(images), settings)
        trained, fits = halving(
            size,
            lambda size: repaired(plan, dense, training.to_fit(images, chosen, settings, size, job), job=job),
            job,
        )
        curve = training.train(
            trained,
            dense,
            images,
            settings,
            labels=labels_of(model, images),
            size=max(1, min(settings.batch_size, size // RUN_AT_ONCE)),
            identity=_identity(model, plan, images, compute),
            checkpoint=going,
            spent=time.monotonic() - began,
            keep_stopped=keep_stopped,
            on_check=on_curve,
            job=job,
        )
        if test is not None and not job.stop.is_set():
            try:
                results = _evaluated(model, plan, trained, (chosen, fits), images, test, compute, job)
            except Cancelled:
                if not keep_stopped:
                    with suppress(OSError):
                        going.unlink(missing_ok=True)
                    raise
                stopped = True
    if stopped:
        curve = replace(curve, ended=f"{curve.ended} It was not measured.")
    made = Training(
        plan=plan,
        curve=curve,
        data=images.reference,
        weights_sha256=digest(trained.cpu()),
        environment=devices.environment(compute),
        created=now(),
        evaluation=results[2] if results else None,
    )

    def write(made: Training, proved_on: Probe | None, job: Job) -> None:
        exported.export(
            model.module,
            plan,
            folder,
            architecture=model.architecture,
            reference=model.reference,
            data_config=model.data_config,
            evaluation=made.evaluation,
            dense=results[0] if results else None,
            trained=Trained(trained, fits, made, *(results[:2] if results else ())),
            probe=proved_on,
            job=job,
        )

    with devices.running_on(replace(compute, device="cpu", precision=PRECISIONS[0])):
        try:
            size = devices.batch_size(replace(compute, device="cpu"), model.architecture)
            write(made, probe(model.architecture, size, some_of(images, job), images.reference.source), job)
        except Cancelled:
            if not keep_stopped:
                raise
            write(made, None, Job())
        except SaveFailed:
            raise
        except VitPruneError as error:
            # What took so long to train is not lost for want of a proof.
            made = replace(made, curve=replace(curve, ended=f"{curve.ended} It is not proved: {error.message}"))
            write(made, None, Job())
    going.unlink(missing_ok=True)
    if not results:
        return Recovered(made, folder)
    whole, before, after = results
    return Recovered(made, folder, whole, before, comparison.compare(before, after), comparison.compare(whole, after))


def unfinished(folder: Path) -> Path:
    """Where a training that is to end in this folder keeps what it has reached."""
    return folder.with_name(f"{folder.name}.training")


def _identity(model: LoadedModel, plan: PruningPlan, images: ImageSet, compute: Compute) -> str:
    """What a training is of: one that goes on is of the same."""
    about = model.reference.weights_sha256, plan.key, images.reference.digest, compute.precision
    return hashlib.sha256(" ".join(about).encode()).hexdigest()


def _evaluated(
    model: LoadedModel,
    plan: PruningPlan,
    trained: nn.Module,
    fitted: tuple[Sequence[int], tuple[SiteRepair, ...]],
    images: ImageSet,
    test: ImageSet,
    compute: Compute,
    job: Job,
) -> tuple[Evaluation, ...]:
    """The dense model, what the plan makes of it with repairs fitted to all images, and the trained one, whose repairs
    were `fitted` to some of them, on the same images; and how fast they are, taking turns."""
    device, size = next(model.module.parameters()).device, devices.batch_size(compute, model.architecture)
    untrained, fits = halving(
        size, lambda size: repaired(plan, model.module, calibration_batches(plan, images, size, job), job=job), job
    )
    pruned = (untrained, trained)
    found = evaluation.evaluate(
        model.module,
        [(plan, module) for module in pruned],
        test.batches(size, job),
        test.reference,
        model.architecture,
        device=device,
        job=job,
    )
    times = latencies([model.module, *pruned], model.architecture, size, device, compute=compute, job=job)
    target, digest = str(plan.target), images.reference.digest
    repairs = [
        None,
        Repair(target, len(images), digest, fits) if fits else None,
        Repair(target, len(fitted[0]), digest, fitted[1]) if fits else None,
    ]
    return tuple(
        replace(result, latency=took, repair=made) for result, took, made in zip(found, times, repairs, strict=True)
    )
