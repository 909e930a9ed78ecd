"""Guided tours: steps that point at real controls and, where there is something to do, wait until it was done.

A tour is a table of `Step`s, plain data. What a target can be says `views.tour.find`; what can be waited for is in
`CONDITIONS`. Lessons are tours over other tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vitprune_gui.state import AppState
from vitprune_gui.translation import noop

if TYPE_CHECKING:
    from pathlib import Path

    from vitprune.plan import PruningPlan
    from vitprune.results import Evaluation

_LINGER_MS = 900  # so that the effect of what was done is seen


@dataclass(frozen=True, slots=True)
class Step:
    """`title` and `text` are translated where they are shown. `target` is what it points at, the whole window without
    one; `tab` is turned to first; `until` names what the reader is asked to do, in `CONDITIONS`."""

    title: str
    text: str
    target: str = ""
    tab: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """How things stood when a step began."""

    metric: str
    selection: str | None
    plan: PruningPlan | None
    evaluations: tuple[Evaluation, ...]
    path: Path | None

    @classmethod
    def of(cls, state: AppState) -> Seen:
        return cls(state.metric, state.selection, state.plan, state.evaluations, state.session_path)


CONDITIONS: Mapping[str, Callable[[Seen, AppState], bool]] = {
    "another metric": lambda seen, state: state.metric != seen.metric,
    "another site": lambda seen, state: state.selection not in (None, seen.selection),
    "another plan": lambda seen, state: state.plan != seen.plan,
    "a longer plan": lambda seen, state: len(state.plan or ()) > len(seen.plan or ()),
    "a shorter plan": lambda seen, state: len(state.plan or ()) < len(seen.plan or ()),
    "other repairs": lambda seen, state: (
        seen.plan is not None
        and state.plan is not None
        and state.plan.sites == seen.plan.sites
        and state.plan.actions != seen.plan.actions
    ),
    "an evaluation": lambda seen, state: (
        state.evaluations is not seen.evaluations and any(one.plan == state.plan for one in state.evaluations)
    ),
    "a save": lambda seen, state: state.session_path is not None and not state.dirty,
}

TOUR: tuple[Step, ...] = (
    Step(
        noop("Every layer that can go"),
        noop(
            "This is the sample, a small vision transformer. Each row of the tree is an attention layer, an MLP layer "
            "or a whole block. The bar is its score: the mean over 600 images, with its standard error."
        ),
        "view:architecture",
    ),
    Step(
        noop("Colour by another score"),
        noop(
            "There are many opinions about what is redundant. Choose another metric here: tree and charts follow. The "
            "legend below says what it means, and which end of it is redundant."
        ),
        "architecture.metric_box",
        "overview",
        "another metric",
    ),
    Step(
        noop("Leave one more out"),
        noop(
            "Ten layers are in the plan already, each replaced by a linear map. Choose another row and press Space, or "
            "clear its tick. The model itself is not touched: a plan is a list of sites, and nothing else."
        ),
        "architecture.tree",
        until="another plan",
    ),
    Step(
        noop("Predicted is not measured"),
        noop(
            "Each point is one layer: what a score predicts against what leaving it out was measured to cost. A good "
            "score would put them in order. The figure above says how well this one does, with its interval."
        ),
        "view:damage",
        "damage",
    ),
    Step(
        noop("Measure the plan"),
        noop(
            "Evaluate runs the dense and the pruned model on 1,000 images that nothing was fitted to. It takes a few "
            "seconds here; the first time the model has to be loaded."
        ),
        "action:evaluate",
        "evaluation",
        "an evaluation",
    ),
    Step(
        noop("Take it back"),
        noop("Every change of the plan can be undone, as often as you like. Press Undo, and watch the figures follow."),
        "action:undo",
        "evaluation",
        "another plan",
    ),
    Step(
        noop("Repair instead of loss"),
        noop(
            "What stands for a layer is fitted to a few hundred images in closed form, without training and without "
            "labels. Choose None: without repair, the predictions move about twice as far from the dense model's."
        ),
        "plan.repair",
        "evaluation",
        "other repairs",
    ),
    Step(
        noop("What is worth its time"),
        noop(
            "All plans that were measured, by what they cost and what they are worth. On the line, nothing else is as "
            "good for less. Set a ceiling, and the best plan below it is named."
        ),
        "view:frontier",
        "frontier",
    ),
    Step(
        noop("Keep it"),
        noop(
            "A session holds everything that was measured, in one file that opens without the model. Export writes the "
            "pruned model as plain PyTorch, Report a page with every figure."
        ),
        "action:save",
    ),
    Step(
        noop("When you are stuck"),
        noop("This tour, every key, the documentation and what a bug report should say are in the Help menu."),
        "menu:Help",
    ),
)


class Tour(QObject):
    """Where the reader is in a tour. `changed` says that there is another step to show."""

    changed = Signal()
    done = Signal()
    """What the present step asks for was done; the next one follows by itself."""
    ended = Signal()

    def __init__(self, state: AppState, steps: Sequence[Step], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._steps = tuple(steps)
        self._seen = Seen.of(state)
        self.place = -1
        self.waiting = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LINGER_MS)
        self._timer.timeout.connect(self.next)
        for signal in (
            state.metric_changed,
            state.selection_changed,
            state.plan_changed,
            state.evaluations_changed,
            state.session_path_changed,
            state.dirty_changed,
        ):
            signal.connect(self._look)

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def step(self) -> Step | None:
        return self._steps[self.place] if 0 <= self.place < len(self._steps) else None

    def start(self) -> None:
        self._go(0)

    @Slot()
    def next(self) -> None:
        self._go(self.place + 1)

    @Slot()
    def back(self) -> None:
        self._go(max(0, self.place - 1))

    @Slot()
    def stop(self) -> None:
        if self.step is not None:
            self._go(len(self))

    def _go(self, place: int) -> None:
        self._timer.stop()
        self.place = place
        self._seen = Seen.of(self._state)
        step = self.step
        self.waiting = bool(step and step.until)
        if step is None:
            self.ended.emit()
        else:
            self.changed.emit()

    @Slot()
    def _look(self) -> None:
        step = self.step
        if self.waiting and step is not None and CONDITIONS[step.until](self._seen, self._state):
            self.waiting = False
            self.done.emit()
            self._timer.start()
