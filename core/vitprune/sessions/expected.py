"""Whether a file still is what somebody believes, so that nobody replaces what they have never seen."""

from __future__ import annotations

from pathlib import Path

from vitprune.errors import SessionChanged, SessionUnreadable
from vitprune.sessions import door, reader


class Expected:
    """A file, and the digests of the sessions that it may hold: None for any file at all.

    A file that is gone is as good as the one that was expected: there is nothing to lose.
    """

    def __init__(self, target: Path, digests: tuple[str, ...] | None) -> None:
        self._target = target
        self._digests = digests
        self._seen: door.Stamp | None = None

    def check(self) -> None:
        """Raise SessionChanged for any other session. Nothing is read where the file is the one that was checked
        before."""
        if self._digests is None:
            return
        now = self._stamp()
        if now is None or now == self._seen:
            return
        try:
            found, details = reader.digest(self._target), ""
        except SessionUnreadable as error:
            found, details = None, str(error)
        if found not in (*self._digests, ""):
            raise SessionChanged(
                f"{self._target} was changed by another program, or another window, since it was opened here.",
                hint="Save under another name, open it again, or replace it and lose what is in it.",
                details=details,
            )
        self._seen = now

    def _stamp(self) -> door.Stamp | None:
        try:
            return door.stamp(self._target.stat())
        except OSError:
            return None
