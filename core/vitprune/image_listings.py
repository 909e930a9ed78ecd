"""What was found in large folders and archives, kept in a file of JSON, so that the next look at them takes no time.

What is kept is a guess until it is checked: whoever recalls it compares the times of change of folders and archives.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vitprune import __version__

MOST = 32  # listings that are kept, the latest
LARGEST = 512 * 1024**2  # bytes of one: that of some ten million files


def recall(source: Path) -> dict[str, Any]:
    """What `remember` wrote of a source; empty where it did not, or another release did."""
    path = _file(source)
    with suppress(OSError, ValueError, RecursionError):
        if path.stat().st_size <= LARGEST:
            held = json.loads(path.read_text("utf-8"))
            if isinstance(held, dict) and held.get("version") == __version__ and held.get("source") == _name(source):
                return held
    return {}


def remember(source: Path, found: Mapping[str, Any]) -> None:
    """Write it in the place of what is there. A disk that takes no more is no failure: the source is looked through
    again."""
    path = _file(source)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(json.dumps({"version": __version__, "source": _name(source), **found}), "utf-8")
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        for old in sorted(path.parent.glob("*.json"), key=os.path.getmtime)[:-MOST]:
            old.unlink(missing_ok=True)


def folder() -> Path:
    """Where listings are kept; VITPRUNE_CONFIG_DIR overrides it."""
    if override := os.environ.get("VITPRUNE_CONFIG_DIR"):
        return Path(override) / "listings"
    usual = {"win32": os.environ.get("LOCALAPPDATA") or "~/AppData/Local", "darwin": "~/Library/Caches"}
    caches = usual.get(sys.platform) or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "vitprune" / "listings"


def _file(source: Path) -> Path:
    return folder() / f"{hashlib.sha256(os.fsencode(source.absolute())).hexdigest()[:32]}.json"


def _name(source: Path) -> str:
    return str(source.absolute())
