"""Ascending numbers as people write them: as JSON, and in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable


def folded(numbers: Iterable[int]) -> list[int | list[int]]:
    """Ascending numbers as JSON: three or more in a row are the first and the last of them."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    found: list[int | list[int]] = []
    for run in runs:
        found += [[run[0], run[-1]]] if len(run) > 2 else run
    return found


def spread(entries: list, most: int = 1_000_000) -> list[int]:
    """The inverse. Raises TypeError or ValueError for anything else, and for more than `most` numbers."""
    found: list[int] = []
    for entry in entries:
        first, last = entry if isinstance(entry, list) else (entry, entry)
        if type(first) is not int or type(last) is not int or not 0 <= first <= last < most:
            raise ValueError(f"{entry!r} is no range")
        found += range(first, last + 1)
        if len(found) > most:
            raise ValueError("there are too many numbers")
    return found


def written(numbers: Iterable[int], separator: str = ", ") -> str:
    """Ascending numbers in one line: "0, 4-7"."""
    return separator.join(f"{run[0]}-{run[1]}" if isinstance(run, list) else str(run) for run in folded(numbers))


def read(text: str) -> list[int]:
    """The inverse, whatever stands between them: commas, spaces or both. Raises ValueError for anything else."""
    words = re.sub(r"\s*[-\N{EN DASH}]\s*", "-", text).replace(",", " ").split()
    if wrong := next((word for word in words if not re.fullmatch(r"[0-9]{1,6}(-[0-9]{1,6})?", word)), None):
        raise ValueError(f"{wrong!r} is no range")
    runs = [[int(number) for number in word.split("-")] for word in words]
    return spread([run if len(run) > 1 else run[0] for run in runs])
