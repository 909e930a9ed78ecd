"""What tours and lessons wait for: how things stand, and how they stood when a step began.

A condition is a name of `CONDITIONS` and, where it is about something, what it is about: "another metric", "removed
blocks.3.attn".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from vitprune_gui.learn.subject import Learn
from vitprune_gui.state import AppState

if TYPE_CHECKING:
    from pathlib import Path

    from vitprune.plan import PruningPlan
    from vitprune.results import Evaluation


@dataclass(frozen=True, slots=True)
class Seen:
    """How things stand. `patch` is the chosen token, by its name or its place; `layer` the layer that was chosen last,
    and `answers` are the questions about the image that are answered, by name. `undone` counts."""

    tab: str
    metric: str
    selection: str | None
    plan: PruningPlan | None
    evaluations: tuple[Evaluation, ...]
    path: Path | None
    dirty: bool
    undone: int
    page: str
    level: str
    image: str
    patch: str | tuple[float, float]
    head: int
    layer: str
    pruned: bool
    answers: frozenset[str]

    def settled(self, now: Seen) -> Seen:
        """With what came by itself since: the first image is nobody's choice."""
        return replace(self, image=now.image) if not self.image and now.image else self

    def removes(self, site: str) -> bool:
        return self.plan is not None and any(site == gone or site.startswith(f"{gone}.") for gone in self.plan.sites)

    def repairs(self, repair: str) -> bool:
        """Without repair, nothing is fitted to anything: not even layers that stay."""
        if not self.plan:
            return False
        if repair == "none":
            return not self.plan.needs_calibration
        return {str(done) for _, done in self.plan.actions} == {repair}


@dataclass(frozen=True, slots=True)
class Condition:
    """`met` is given how things stood, how they stand, and what it is about: `about` says what that has to be, one of
    the kinds of `lessons.Vocabulary`, empty where there is nothing."""

    met: Callable[[Seen, Seen, str], bool]
    about: str = ""


def _other(name: str) -> Condition:
    return Condition(lambda seen, now, _: getattr(now, name) != getattr(seen, name))


CONDITIONS: Mapping[str, Condition] = {
    "another tab": _other("tab"),
    "another metric": _other("metric"),
    "another site": Condition(lambda seen, now, _: now.selection not in (None, seen.selection)),
    "another plan": _other("plan"),
    "a longer plan": Condition(lambda seen, now, _: len(now.plan or ()) > len(seen.plan or ())),
    "a shorter plan": Condition(lambda seen, now, _: len(now.plan or ()) < len(seen.plan or ())),
    "an empty plan": Condition(lambda seen, now, _: now.plan is not None and not now.plan),
    "other repairs": Condition(
        lambda seen, now, _: (
            seen.plan is not None
            and now.plan is not None
            and now.plan.sites == seen.plan.sites
            and now.plan.actions != seen.plan.actions
        )
    ),
    "undo": Condition(lambda seen, now, _: now.undone > seen.undone),
    "an evaluation": Condition(
        lambda seen, now, _: (
            now.evaluations is not seen.evaluations and any(one.plan == now.plan for one in now.evaluations)
        )
    ),
    "a save": Condition(lambda seen, now, _: now.path is not None and not now.dirty),
    "another page": _other("page"),
    "another level": _other("level"),
    "another image": Condition(lambda seen, now, _: now.image not in ("", seen.image)),
    "another patch": _other("patch"),
    "another head": _other("head"),
    "another layer": _other("layer"),
    "pruned model": Condition(lambda seen, now, _: now.pruned),
    "whole model": Condition(lambda seen, now, _: not now.pruned),
    "tab": Condition(lambda seen, now, name: now.tab == name, "tab"),
    "metric": Condition(lambda seen, now, name: now.metric == name, "metric"),
    "site": Condition(lambda seen, now, name: now.selection == name, "site"),
    "removed": Condition(lambda seen, now, site: now.removes(site), "site"),
    "kept": Condition(lambda seen, now, site: now.plan is not None and not now.removes(site), "site"),
    "repair": Condition(lambda seen, now, name: now.repairs(name), "repair"),
    "page": Condition(lambda seen, now, name: now.page == name, "page"),
    "level": Condition(lambda seen, now, name: now.level == name, "level"),
    "head": Condition(lambda seen, now, number: now.head + 1 == int(number), "number"),
    "answer": Condition(lambda seen, now, name: name in now.answers, "answer"),
}


def condition(text: str) -> tuple[Condition, str]:
    """The condition that a text names, and what it is about. Raises KeyError for a name that is none."""
    if text in CONDITIONS:
        return CONDITIONS[text], ""
    name, _, about = text.partition(" ")
    return CONDITIONS[name], about.strip()


def is_met(text: str, seen: Seen, now: Seen) -> bool:
    asked, about = condition(text)
    return asked.met(seen, now, about)


class Scene(QObject):
    """Tells that something changed that can be waited for. The window says which tab is on show."""

    changed = Signal()

    def __init__(self, state: AppState, learn: Learn, undo_stack: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state, self.learn = state, learn
        self._stack, self._index = undo_stack, undo_stack.index()
        self._tab, self._undone = "", 0
        undo_stack.indexChanged.connect(self._follow_stack)
        for signal in (
            state.metric_changed,
            state.selection_changed,
            state.plan_changed,
            state.evaluations_changed,
            state.session_path_changed,
            state.dirty_changed,
            learn.page_changed,
            learn.level_changed,
            learn.image_changed,
            learn.choices_changed,
            learn.answered,
        ):
            signal.connect(self.changed)

    def now(self) -> Seen:
        state, learn = self.state, self.learn
        return Seen(
            self._tab,
            state.metric,
            state.selection,
            state.plan,
            state.evaluations,
            state.session_path,
            state.dirty,
            self._undone,
            learn.page,
            learn.level,
            learn.source,
            learn.spot,
            learn.head,
            learn.chosen_site,
            learn.pruned,
            learn.answers,
        )

    @Slot(str)
    def show_tab(self, name: str) -> None:
        if name != self._tab:
            self._tab = name
            self.changed.emit()

    @Slot(int)
    def _follow_stack(self, index: int) -> None:
        before, self._index = self._index, index
        if index < before and self._stack.canRedo():  # not where it was cleared
            self._undone += 1
            self.changed.emit()
