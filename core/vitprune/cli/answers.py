"""What the verbs share: the model that is named, the machine, the progress, and how an answer is told."""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitprune import document
from vitprune.errors import SaveFailed
from vitprune.jobs import Compute, Job, Progress, ignore
from vitprune.plan import PruningPlan

if TYPE_CHECKING:
    from vitprune.architecture import Architecture
    from vitprune.distributed import Group
    from vitprune.loading import LoadedModel
    from vitprune.results import Session

Answer = tuple[dict[str, Any], list[str]]
"""What --json prints, and what a person reads."""


def open_model(args: argparse.Namespace) -> LoadedModel:
    from vitprune import workflow

    return workflow.open_model(
        args.model, architecture=args.architecture, model_args=args.model_args, class_names=args.class_names
    )


def writes(args: argparse.Namespace) -> bool:
    """Whether this process is the one that writes the answer: all have the same one."""
    return args.group is None or args.group.rank == 0


def compute(args: argparse.Namespace) -> Compute:
    compute = Compute(args.device, args.batch_size, args.threads, precision=args.precision)
    if hasattr(args, "compile"):
        compute = replace(compute, channels_last=args.channels_last, compile=args.compile)
    return args.group.place(compute) if args.group else compute


def logged(session: Session, args: argparse.Namespace) -> Session:
    return session.logged(args.command, time.monotonic() - args.began)


def model_json(model: LoadedModel) -> dict[str, Any]:
    reference = model.reference
    return {
        "source": reference.source,
        "architecture": reference.architecture,
        "model_args": dict(reference.model_args),
        "weights_sha256": reference.weights_sha256,
        "licence": reference.licence,
    }


def summary_json(plan: PruningPlan, architecture: Architecture) -> dict[str, Any]:
    summary = plan.summary(architecture)
    return {
        "removed": sorted(plan.sites),
        "units_removed": {site: len(units) for site, units in sorted(plan.units)},
        "params": summary.params,
        "macs": summary.macs,
        "speedup_bound": summary.speedup_bound,
    }


def finite(value: Any) -> Any:
    """JSON has no NaN: what could not be measured is null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: finite(item) for key, item in value.items()}
        case list() | tuple():
            return [finite(item) for item in value]
    return value


def write_json(path: Path, data: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise SaveFailed(f"{path} cannot be written: {error.strerror}.", hint="Choose another place.") from error


def show(answer: dict[str, Any] | list[str]) -> None:
    if isinstance(answer, dict):
        text = json.dumps(finite(answer), allow_nan=False)
    else:
        text = document.printable("\n".join(answer))
    print(text, flush=True)  # noqa: T201


class Reporter:
    """A job whose progress is a bar on standard error, shown on a terminal only."""

    def __init__(self, group: Group | None = None) -> None:
        self._group = group
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> Job:
        if self._group is None:
            return Job(self._report)
        return Job(self._report if self._group.rank == 0 else ignore, self._group.stop)

    def _report(self, progress: Progress) -> None:
        from tqdm import tqdm

        if progress.stage != self._stage:
            self.__exit__()
            self._stage = progress.stage
            self._bar = tqdm(desc=progress.stage, total=progress.total or None, unit=f" {progress.unit}", disable=None)
        self._bar.update(progress.done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
