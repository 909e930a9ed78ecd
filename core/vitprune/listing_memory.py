"""Lines of session files, kept in a file of JSON for the next run: what has not changed is not read again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from vitprune import __version__
from vitprune.listing import Line, Stamp, Summary
from vitprune.measures import MEASURES
from vitprune.results import Latency
from vitprune.scores import read_only
from vitprune.statistics import Estimate

MOST = 5000  # lines, the latest
MALFORMED = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def recall(path: Path) -> dict[Stamp, Line]:
    """The lines that `remember` wrote, by their stamps; none where there is no such file, or another release wrote
    it."""
    with suppress(*MALFORMED):
        held = json.loads(path.read_text("utf-8"))
        if held["version"] == __version__:
            lines = [_decoded(one) for one in held["lines"]]
            return {line.stamp: line for line in lines}
    return {}


def remember(path: Path, lines: Iterable[Line]) -> None:
    """Write the lines that are settled, the latest of them, in the place of what is there. A disk that takes no more
    is no failure: the files are read again."""
    kept = [_encoded(line) for line in lines if line.settled][-MOST:]
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(json.dumps({"version": __version__, "lines": kept}), "utf-8")
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


def _encoded(line: Line) -> dict[str, Any]:
    found: dict[str, Any] | None = None
    if line.summary is not None:
        summary = line.summary
        latency = summary.latency
        found = {name: getattr(summary, name) for name in Summary.__dataclass_fields__}
        found["measure"] = summary.measure and summary.measure.name
        found["quality"] = summary.quality and asdict(summary.quality)
        found["latency"] = latency and [
            latency.samples_ms.tolist(),
            latency.batch_size,
            latency.threads,
            latency.device,
        ]
    about = {"path": str(line.path), "bytes": line.bytes, "changed_ns": line.changed_ns, "summary": found}
    return about | {"code": line.code, "reason": line.reason, "hint": line.hint}


def _decoded(one: Mapping[str, Any]) -> Line:
    found, summary = one["summary"], None
    if found is not None:
        samples, *how = found["latency"] or (None,)
        summary = Summary(
            **{
                **found,
                "measure": MEASURES[found["measure"]] if found["measure"] else None,
                "quality": Estimate(**found["quality"]) if found["quality"] else None,
                "latency": Latency(read_only(np.array(samples, np.float64)), *how) if samples is not None else None,
            }
        )
    return Line(**{**one, "path": Path(one["path"]), "summary": summary})
