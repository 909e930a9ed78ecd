"""The study: every method at several sizes, with and without repair, and what each of those plans is worth.

It may be stopped at any time and goes on from its file, with the same result as if it had never stopped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from vitprune import devices, pace, sessions, surgery, workflow
from vitprune import evaluate as evaluation
from vitprune.architecture import Architecture
from vitprune.bench import EVERYTHING, TAYLOR, Workbench, split
from vitprune.damage import DAMAGE, REPAIRED
from vitprune.errors import ArgumentInvalid, DatasetLabels, PlanInvalid
from vitprune.findings import RANDOM, drawn_by
from vitprune.images import ImageSet
from vitprune.jobs import Compute, Job, Progress
from vitprune.loading import LoadedModel
from vitprune.memory import halving
from vitprune.plan import GRANULARITIES, REPAIRS, Action, PruningPlan, Target
from vitprune.results import Environment, Evaluation, Latency, Repair, Session, Study, Trial
from vitprune.scores import read_only
from vitprune.selection import Budget, Step, candidates, method_of, methods, protected, select
from vitprune.sources import SAMPLE

SHARES = (1 / 6, 1 / 3, 1 / 2)
TRIED = ("none", "mean", "linear")
TOGETHER = 4  # models that take turns on a batch: reading the images is shared, and so is the dense model's work
MEMORY = 1 << 30  # for their weights
DRAWS = 3
REPAIRING = ("greedy",)
"""Methods whose choice depends on the repair: they fit every plan that they try, and are run when asked for by name."""


def study(
    model: LoadedModel,
    calibration: ImageSet,
    test: ImageSet,
    path: Path,
    *,
    methods: Sequence[str] | None = None,
    removed: Sequence[int | float] = SHARES,
    repairs: Sequence[str] = TRIED,
    granularity: str = "sublayer",
    target: str = Target.MODEL,
    protect: Collection[str] = (),
    speed: bool = False,
    command: str = "",
    compute: Compute | None = None,
    job: Job | None = None,
) -> Session:
    """Score the model on `calibration`, let each method choose up to `removed` branches (numbers, or shares of all that
    can go), apply each plan with each repair, fitted to `calibration`, and measure them on `test`; equal plans once.
    The session is saved at `path` after every step; where there is one of the same study already, it goes on. Without
    `methods`, all are tried that fit the model and the images, but not those that search with repairs. `protect` are
    sites, or `selection.ENDS`, that stay. `command` is what the log calls it.

    Raises ArgumentInvalid for an unknown name, a size that is none, or a file of a study with other inputs,
    SessionChanged when somebody else saves to the file meanwhile, and whatever `workflow.analyze` and `sessions.load`
    raise.
    """
    compute, job = compute or Compute(), job or Job()
    asked = _asked(model.architecture, test, methods, removed, repairs, granularity, target, protect, speed)
    fresh = replace(workflow.new_session(model, compute), data=calibration.reference, study=asked)
    kept = _File(path, compute)
    session = begun = kept.begin(fresh)
    started = time.monotonic()
    with devices.running_on(compute) as device:
        dense = model.module.to(device)
        size = pace.batch_size(compute, dense, model.architecture, device, job)
        compute = replace(compute, batch_size=size)
        labels = calibration.reference.labels if _fits(model.architecture, calibration) else None
        bench = Workbench(dense, lambda: calibration.batches(size, job), labels, total=len(calibration), job=job)
        session = _scored(session, kept, model, calibration, bench, compute, job)
        session = _chosen(session, kept, bench, skip=methods is None, compute=compute, job=job)
        part = workflow.part_of(test, size, model, compute)
        session = _measured(session, kept, dense, calibration, test, part, device, size, compute, job)
    if session is not begun:
        for note in job.notes:
            session = session.logged(note, 0.0)
        session = session.logged(command or f"Study of {len(session.trials)} trials", time.monotonic() - started)
        kept.save(session)
    return session


def _fits(architecture: Architecture, images: ImageSet) -> bool:
    """Whether the head has the classes of the images."""
    return bool(images.reference.labels) and architecture.num_classes == len(images.reference.class_names)


def _scored(
    session: Session,
    kept: _File,
    model: LoadedModel,
    calibration: ImageSet,
    bench: Workbench,
    compute: Compute,
    job: Job,
) -> Session:
    """The session with every score that the model and the images allow, the measured damage among them; saved after
    each kind, since some take minutes."""
    if session.scores is None:
        analysed = workflow.analyze(model, calibration, compute=compute, job=job)
        session = replace(session, scores=analysed.scores, seconds=analysed.seconds)
        kept.save(session)
    assert session.scores is not None
    scores = session.scores
    _, passes = split([EVERYTHING], model.architecture, labelled=bench.labelled)
    for together in (DAMAGE, (REPAIRED,), (TAYLOR,)):
        if missing := [name for name in passes if name in together and name not in scores]:
            scores = replace(scores, tables={**scores.tables, **bench.tables(missing)})
            session = replace(session, scores=scores)
            kept.save(session)
    return session


def open_sets(
    model: LoadedModel, data: str, test: str | None = None, *, images: int | None = None, seed: int = 0, job: Job
) -> tuple[ImageSet, ImageSet]:
    """Calibration and test images, up to `images` of each, without an image in common: without `test`, the two halves
    of `data`. Raises like `workflow.open_images`, and ArgumentInvalid where both are the same images."""
    if test is None and data != SAMPLE:
        both = workflow.open_images(data, model, images=images and 2 * images, seed=seed, job=job)
        return both.halves(seed)
    fitted = workflow.open_images(data, model, images=images, seed=seed, job=job)
    measured = workflow.open_images(test or data, model, purpose=workflow.TEST, images=images, seed=seed, job=job)
    if fitted.reference.digest == measured.reference.digest:
        raise ArgumentInvalid(
            "The calibration images are the test images: what is fitted to them would look better than it is.",
            hint="Leave --test out, and each gets half of them.",
        )
    return fitted, measured


def file_for(output: Path, models: Sequence[str], number: int) -> Path:
    """Where the session of one of several models goes: RUN.h5 for a single one, else RUN-1-NAME.h5."""
    if len(models) == 1:
        return output
    stem, dot, suffix = output.name.partition(".")
    name = re.sub(r"[^\w.-]+", "-", Path(models[number]).name)[:60]
    return output.with_name(f"{stem}-{number + 1}-{name}{dot}{suffix}")


def _asked(
    architecture: Architecture,
    test: ImageSet,
    chosen: Sequence[str] | None,
    removed: Sequence[int | float],
    repairs: Sequence[str],
    granularity: str,
    target: str,
    protect: Collection[str],
    speed: bool,
) -> Study:
    if granularity not in GRANULARITIES:
        raise ArgumentInvalid(f"There is no granularity {granularity!r}.", hint=f"Known: {', '.join(GRANULARITIES)}.")
    sites = candidates(architecture, granularity, protect)
    of_sites = {name: method for name, method in methods().items() if method.of_sites}
    usual = [name for name in of_sites if name not in REPAIRING]
    names = tuple(usual if chosen is None else dict.fromkeys(chosen))
    for what, given, known in (
        ("method", names, of_sites),
        ("repair", repairs, REPAIRS),
        ("target of a repair", (target,), tuple(Target)),
    ):
        if unknown := [name for name in given if name not in known]:
            raise ArgumentInvalid(f"There is no {what} {unknown[0]!r}.", hint=f"Known: {', '.join(known)}.")
    if not names or not repairs or not removed:
        raise ArgumentInvalid("A study needs at least one method, one size and one repair.")
    branches = sum(len(architecture.children(site)) or 1 for site in sites)
    return Study(
        names,
        tuple(sorted({_size(size, branches) for size in removed})),
        tuple(dict.fromkeys(repairs)),
        granularity,
        str(target),
        test.reference,
        speed,
        tuple(sorted(protected(architecture, protect))),
    )


def _size(size: int | float, branches: int) -> int:
    """A number of branches from a number, or from a share of those that can go."""
    number = round(size * branches) if isinstance(size, float) else size
    if not 1 <= number <= branches or (isinstance(size, float) and not 0 < size < 1):
        raise ArgumentInvalid(
            f"{size} of {branches} sites cannot be removed.", hint="Give numbers of sites, or shares between 0 and 1."
        )
    return number


class _File:
    """Where the study is kept. What anybody else saves there meanwhile is not overwritten; activations stay."""

    def __init__(self, path: Path, compute: Compute) -> None:
        self._path = path
        self._shard = compute.shard
        self._expected = ""  # nothing
        self._activations: Path | None = None

    def begin(self, fresh: Session) -> Session:
        """The session that the file holds, or the fresh one. Raises ArgumentInvalid when it is not of this study, or
        not every process sees the same file."""
        session = fresh
        if self._path.exists():
            session, self._expected = sessions.load_digested(self._path)
            _check_same(fresh, session, self._path)
            self._activations = self._path if sessions.activations(self._path) is not None else None
        # Nobody goes on, and writes, before all have read.
        states = self._shard.gather([len(session.scores or ()), len(session.trials), len(session.evaluations)])
        if any(state != states[0] for state in states):
            raise ArgumentInvalid(
                f"The processes do not see the same {self._path}.", hint="Put it where every machine sees it."
            )
        return session

    def save(self, session: Session) -> None:
        """Of several processes the first writes: all have the same session."""
        if self._shard.rank == 0:
            self._expected = sessions.save(
                session, self._path, activations_from=self._activations, expected=self._expected
            )


def _check_same(fresh: Session, older: Session, path: Path) -> None:
    """Raise ArgumentInvalid when the session in the file is not of this study."""
    if older.study is None:
        raise ArgumentInvalid(f"{path} is a session without a study.", hint="Give the study a file of its own.")
    different = [
        name
        for name, same in (
            ("model", older.model.weights_sha256 == fresh.model.weights_sha256),
            ("architecture", older.architecture == fresh.architecture),
            ("calibration images", _digest(older) == _digest(fresh)),
            ("test images", older.study.test.digest == _study_in(fresh).test.digest),
            *(
                (f.name, getattr(older.study, f.name) == getattr(_study_in(fresh), f.name))
                for f in fields(Study)
                if f.name != "test"
            ),
            *_same_machine(older.environment, fresh.environment, _study_in(fresh).latency),
        )
        if not same
    ]
    if different:
        raise ArgumentInvalid(
            f"{path} holds a study with other inputs ({', '.join(different)}).",
            hint="Ask for the same to go on with it, or give this one another file.",
        )


def _same_machine(older: Environment, newer: Environment, speed: bool) -> Iterator[tuple[str, bool]]:
    names = ("vitprune", "torch", "timm", "device", "precision", *(("processor", "threads") if speed else ()))
    return ((name, getattr(older, name) == getattr(newer, name)) for name in names)


def _digest(session: Session) -> str:
    return session.data.digest if session.data else ""


def _study_in(session: Session) -> Study:
    assert session.study is not None
    return session.study


def _chosen(session: Session, kept: _File, bench: Workbench, *, skip: bool, compute: Compute, job: Job) -> Session:
    """The session with every trial: what each method removes. `skip` leaves out methods that cannot choose here."""
    asked = _study_in(session)
    done = {trial.method for trial in session.trials}
    names = [name for method in asked.methods for name in _draws(method) if name not in done]
    for number, name in enumerate(names):
        job.progress("Choosing sites", number, len(names), "methods")
        # Of several processes the first chooses: by another's rounding, another site could go.
        chosen = compute.shard.from_first(partial(_told, session, name, bench, skip))
        if chosen is None:
            continue
        plans = [PruningPlan.from_json(each["plan"], session.architecture) for each in chosen]
        found = [Trial(**{**each, "plan": plan}) for each, plan in zip(chosen, plans, strict=True)]
        session = replace(session, trials=(*session.trials, *found))
        kept.save(session)
    return session


def _told(session: Session, name: str, bench: Workbench, skip: bool) -> list[dict[str, Any]] | None:
    """The trials of a method in words for other processes; None for one that cannot choose here."""
    try:
        return [{**vars(trial), "plan": trial.plan.to_json()} for trial in _trials(session, name, bench)]
    except (ArgumentInvalid, DatasetLabels, PlanInvalid):
        if not skip:
            raise
        return None


def _draws(method: str) -> list[str]:
    """The names of a method's trials: one draw is no baseline."""
    return [RANDOM, *(f"{RANDOM}-{number}" for number in range(2, DRAWS + 1))] if method == RANDOM else [method]


def _trials(session: Session, name: str, bench: Workbench) -> Iterator[Trial]:
    """Every size and repair of a method, from one run of it: larger choices come after smaller ones."""
    asked, architecture = _study_in(session), session.architecture
    method = drawn_by(name)
    draw = name.removeprefix(method).removeprefix("-")
    known = method_of(method)
    granularity = asked.granularity if asked.granularity in known.granularities else known.granularities[0]
    ways = asked.repairs if method in REPAIRING else asked.repairs[:1]
    for way in ways:
        started = time.monotonic()
        repair = way if method in REPAIRING else "none"
        steps = _steps(session, method, granularity, repair, int(draw or 1) - 1, bench)
        seconds = time.monotonic() - started
        last = 0
        for size in asked.removed:
            within = [plan for plan in steps if last < len(plan.removed_branches(architecture)) <= size]
            if not within:  # blocks of two branches do not come in odd numbers, and some methods run out of sites
                continue
            last = len(within[-1].removed_branches(architecture))
            for each in (way,) if method in REPAIRING else asked.repairs:
                plan = within[-1].repaired(architecture, each, _target(each, asked.target))
                yield Trial(name, granularity, last, each, plan, seconds)


def _steps(
    session: Session, method: str, granularity: str, repair: str, seed: int, bench: Workbench
) -> list[PruningPlan]:
    """What a method removes, ever more of it, up to the largest size."""
    asked, architecture = _study_in(session), session.architecture
    sites = candidates(architecture, granularity, asked.protected)
    branches = min((len(architecture.children(site)) or 1 for site in sites), default=1)
    steps: list[Step] = []
    try:
        select(
            session.scores,
            architecture,
            Budget(remove=min(len(sites), max(1, asked.removed[-1] // branches))),
            method=method,
            granularity=granularity,
            protect=asked.protected,
            repair=repair,
            target=_target(repair, asked.target),
            seed=seed,
            bench=lambda: bench,
            on_step=steps.append,
        )
    except PlanInvalid:
        if not steps:
            raise
    return [PruningPlan.of(architecture, dict.fromkeys(step.sites, Action.REMOVE)) for step in steps]


def _target(repair: str, target: str) -> str:
    # Fitting what stays is a repair too, and "none" is none.
    return Target.STREAM if repair == "none" else target


def _measured(
    session: Session,
    kept: _File,
    dense: nn.Module,
    calibration: ImageSet,
    test: ImageSet,
    part: range,
    device: torch.device,
    size: int,
    compute: Compute,
    job: Job,
) -> Session:
    """The session with an evaluation of every trial's plan, and of the dense model."""
    known = {result.inputs[:3] for result in session.evaluations}  # all of one precision: `_File.begin` sees to it
    plans = list(dict.fromkeys(trial.plan for trial in session.trials))
    waiting = [
        plan
        for plan in plans
        if (plan, test.reference.digest, calibration.reference.digest if plan.needs_calibration else "") not in known
    ]
    weights = sum(parameter.nbytes for parameter in dense.parameters())
    together = max(1, min(TOGETHER, MEMORY // max(1, weights)))
    total = len(waiting) * len(part)
    quiet = Job(stop=job.stop, notes=job.notes)
    architecture = session.architecture
    for start in range(0, len(waiting), together):
        some = waiting[start : start + together]
        job.progress("Measuring plans", start * len(part), total)
        made = [_applied(plan, dense, calibration, size, quiet) for plan in some]
        pruned = [(plan, module) for plan, (module, _) in zip(some, made, strict=True)]
        within = _within(job, "Measuring plans", start * len(part), total, len(some))
        results = evaluation.evaluate(
            dense,
            pruned,
            test.batches(size, job, part),
            test.reference,
            architecture,
            device=device,
            job=within,
            part=part,
            shard=compute.shard,
        )
        if _study_in(session).latency:
            modules = [dense, *(module for _, module in pruned)]
            times = workflow.latencies(modules, architecture, size, device, compute=compute, job=quiet)
            results = tuple(replace(result, latency=spent) for result, spent in zip(results, times, strict=True))
        for result, (_, repair) in zip(results[1:], made, strict=True):
            session = session.with_evaluation(replace(result, repair=repair))
        session = _with_dense(session, results[0])
        kept.save(session)
    return session


def _applied(
    plan: PruningPlan, dense: nn.Module, calibration: ImageSet, size: int, job: Job
) -> tuple[nn.Module, Repair | None]:
    if not plan.needs_calibration:
        return surgery.apply(plan, dense), None
    module, fitted = halving(
        size, lambda size: surgery.repaired(plan, dense, calibration.batches(size, job), job=job), job
    )
    reference = calibration.reference
    return module, Repair(str(plan.target), reference.images, reference.digest, fitted)


def _within(job: Job, stage: str, before: int, total: int, models: int) -> Job:
    """Passes the images of a part on as those of the whole, each counting once for every model."""

    def report(progress: Progress) -> None:
        job.report(Progress(stage, before + progress.done * models, total))

    return Job(report, job.stop, notes=job.notes)


def _with_dense(session: Session, dense: Evaluation) -> Session:
    """The dense model is measured with every part, and is the same each time; what it took then is worth keeping: all
    of its times lie beside those of the plans that it took turns with."""
    older = session.evaluation_of(dense.plan)
    if older is None:
        return session.with_evaluation(dense)
    if older.latency is None or dense.latency is None:
        return session
    samples = read_only(np.concatenate([older.latency.samples_ms, dense.latency.samples_ms]))
    spent = Latency(samples, dense.latency.batch_size, dense.latency.threads, dense.latency.device)
    changed = replace(older, latency=spent)
    return replace(session, evaluations=tuple(changed if e is older else e for e in session.evaluations))
