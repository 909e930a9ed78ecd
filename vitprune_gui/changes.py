"""Steps that can be undone: edits of the plan, and choices of what is shown."""

from __future__ import annotations

import time

from PySide6.QtGui import QUndoCommand

from vitprune_gui.state import AppState

RAPID = 1.0  # seconds between choices that are one step together: those on the way to the one that was wanted
_FOLLOWS = {"plan": "repair"}  # fields that change with another one


class StateChange(QUndoCommand):
    """Some fields of the state take other values; undo brings the former ones back, of `kind` those before all changes
    of that kind that came in quick succession."""

    def __init__(self, text: str, state: AppState, kind: str = "", /, **after: object) -> None:
        super().__init__(text)
        fields = {**after, **{_FOLLOWS[name]: None for name in after if name in _FOLLOWS}}
        self._state = state
        self._kind = kind
        self._after = after
        self._before = {name: getattr(state, name) for name in fields}
        self._made = time.monotonic()

    def undo(self) -> None:
        self._assign(self._before)

    def redo(self) -> None:
        self._assign(self._after)

    def id(self) -> int:
        return 1 if self._kind else -1  # only what has one is offered to `mergeWith`

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, StateChange) or other._kind != self._kind or other._made - self._made > RAPID:
            return False
        self._before = {**other._before, **self._before}
        self._after = {**self._after, **other._after}
        self._made = other._made
        self.setText(other.text())
        self.setObsolete(all(self._after[name] == self._before[name] for name in self._after))
        return True

    def _assign(self, values: dict[str, object]) -> None:
        for name in sorted(values, key=lambda name: name in _FOLLOWS.values()):
            setattr(self._state, name, values[name])
