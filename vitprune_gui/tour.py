"""Guided tours: steps that point at real controls and, where there is something to do, wait until it was done.

A tour is a table of `Step`s, plain data. What a target can be says `views.tour.find`; what can be waited for is in
`scene.CONDITIONS`. A lesson is a tour that is read from a file (`learn.lessons`), and asks before it reveals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vitprune_gui.scene import Scene, is_met
from vitprune_gui.translation import noop

_LINGER_MS = 900  # so that the effect of what was done is seen


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the reader is asked to say beforehand. There are either `choices`, each with whether it is right, or a
    `number` that is right up to `tolerance`, a share of it where `relative`: as the text has it, since it may be a
    figure that is measured."""

    question: str
    choices: tuple[tuple[str, bool], ...] = ()
    number: str = ""
    tolerance: float = 0.0
    relative: bool = False

    @property
    def several(self) -> bool:
        """Whether more than one of the choices is right."""
        return sum(right for _, right in self.choices) > 1


Guess = frozenset[int] | float
"""The choices that were taken, by their places, or a number."""


@dataclass(frozen=True, slots=True)
class Step:
    """`title` and `text` are translated where they are shown, those of lessons are in the language of the lesson.
    `target` is what it points at, the whole window without one; `tab`, `page` of the Learn tab, `level` and `site` are
    turned to first; `until` names what the reader is asked to do, and `do` says it. `reveal` is shown once that is
    done, and the `prediction`, if any, was made."""

    title: str
    text: str
    target: str = ""
    tab: str = ""
    until: str = ""
    page: str = ""
    level: str = ""
    site: str = ""
    do: str = ""
    prediction: Prediction | None = None
    reveal: str = ""


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
    """Where the reader is in a tour. A step that asks for a prediction waits for that first."""

    entered = Signal()
    """Another step begins: what it turns to has to be on show before anything is waited for."""
    changed = Signal()
    """There is another step to show, or more of it."""
    done = Signal()
    """What the present step asks for was done."""
    ended = Signal()

    def __init__(
        self, scene: Scene, steps: Sequence[Step], parent: QObject | None = None, *, goes_on: bool = True
    ) -> None:
        """`goes_on`: the next step follows by itself once what is asked for was done."""
        super().__init__(parent)
        self._scene = scene
        self._steps = tuple(steps)
        self._seen = scene.now()
        self._goes_on = goes_on
        self.place = -1
        self.guess: Guess | None = None
        self.waiting = False
        """For what the step asks to be done."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LINGER_MS)
        self._timer.timeout.connect(self.next)
        scene.changed.connect(self._look)

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def step(self) -> Step | None:
        return self._steps[self.place] if 0 <= self.place < len(self._steps) else None

    @property
    def asking(self) -> bool:
        """Whether a prediction is waited for."""
        return self.step is not None and self.step.prediction is not None and self.guess is None

    @property
    def revealed(self) -> bool:
        """Whether all that the step asks for was done."""
        return self.step is not None and not self.asking and not self.waiting

    def start(self, place: int = 0) -> None:
        self._go(place)

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

    def predict(self, guess: Guess) -> None:
        """What the reader says will be; once for each time that the step is shown."""
        if self.asking:
            self.guess = guess
            self.changed.emit()
            self._look()

    def _go(self, place: int) -> None:
        self._timer.stop()
        self.place = place
        self.guess = None
        self.waiting = False
        step = self.step
        if step is None:
            self.ended.emit()
            return
        self.entered.emit()
        self._seen = self._scene.now()
        self.waiting = bool(step.until) and not is_met(step.until, self._seen, self._seen)
        self.changed.emit()

    @Slot()
    def _look(self) -> None:
        step = self.step
        if not self.waiting or self.asking or step is None:
            return
        now = self._scene.now()
        self._seen = self._seen.settled(now)
        if is_met(step.until, self._seen, now):
            self.waiting = False
            self.done.emit()
            if self._goes_on:
                self._timer.start()
