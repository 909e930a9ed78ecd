"""A list of session files in words: as JSON has it, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vitprune.document import Document, Section, Table
from vitprune.listing import Line, Summary
from vitprune.measures import in_words

COLUMNS = ("session", "model", "images", "removed", "method, repair", "quality", "ms an image", "begun")


def figures(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """An object a file; of one that does not open the reason instead of what it holds."""
    return [
        {"path": str(line.path), "bytes": line.bytes}
        | (_figures(line.summary) if line.summary else {"code": line.code, "message": line.reason, "hint": line.hint})
        for line in lines
    ]


def table(folder: Path, lines: Sequence[Line]) -> Document:
    """What fits in a terminal, files by their names within the folder."""
    good = [(_name(folder, line), line.summary) for line in lines if line.summary]
    rows = tuple((name, *_row(found)) for name, found in good)
    parts: list[str | Table] = [Table(COLUMNS, rows)] if rows else ["None that can be opened."]
    sections = [Section(f"{len(rows)} of {len(lines)} session files", tuple(parts))]
    bad = tuple(f"{_name(folder, line)}: {line.reason} [{line.code}]" for line in lines if line.summary is None)
    sections += [Section("Cannot be opened", bad)] if bad else []
    return Document(str(folder), tuple(sections))


def _name(folder: Path, line: Line) -> str:
    return str(line.path.relative_to(folder))


def _figures(found: Summary) -> dict[str, Any]:
    latency = found.latency
    return {
        "model": found.model,
        "architecture": found.architecture,
        "data": found.data,
        "images": found.images,
        "removed": found.removed,
        "branches": found.branches,
        "macs_left": found.macs_left,
        "method": found.method,
        "repair": found.repair,
        "measure": found.measure and found.measure.name,
        "quality": found.quality and found.quality.to_json(),
        "latency": latency
        and {
            "median_ms": latency.median_ms,
            "quartiles_ms": latency.quartiles_ms,
            "batch_size": latency.batch_size,
            "threads": latency.threads,
            "device": latency.device,
        },
        "created": found.created,
    }


def _row(found: Summary) -> tuple[str, ...]:
    quality, latency = "", found.latency
    if found.quality and found.measure:
        quality = f"{found.measure.name} {in_words(found.quality, found.measure)}"
    return (
        Path(found.model).name or found.architecture,
        f"{found.images:,}",
        f"{found.removed} of {found.branches}",
        ", ".join(filter(None, (found.method, found.repair))),
        quality,
        f"{latency.median_ms / latency.batch_size:.2f}" if latency else "",
        found.created[:16].replace("T", " "),
    )
