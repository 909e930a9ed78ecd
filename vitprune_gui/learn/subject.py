"""Looking into a model on one image: which image, what has come back, and the choices that all pages share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.architecture import Kind, Site
from vitprune_gui.learn.questions import (
    OVER_IMAGES,
    PREDICTION,
    SUBJECT,
    Ask,
    AskMany,
    MakeStrip,
    Prediction,
    Question,
    Refused,
    Thumb,
)
from vitprune_gui.runner import Failed, Finished, JobRunner, Request
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.anatomy import Subject, Tokens
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference

LEVELS = {"overview": noop("Overview"), "component": noop("Component"), "formula": noop("Formula")}
OVERVIEW, COMPONENT, FORMULA = LEVELS

_KEPT_BYTES = 512 << 20  # of answers; the oldest go first
_KEPT_FILES = 8  # that were dropped or chosen
_MIDDLE = (0.5, 0.5)


class Learn(QObject):
    """Pages say what they need with `want`, read it with `value`, and are told with `answered`. Nothing is asked before
    somebody looks, and nothing that no page on show needs. An answer stays true for the model, plan and image that it
    was asked of, and is kept under these: a choice made twice is shown at once."""

    answered = Signal(object)
    """The Question whose value, or reason, is there now."""
    image_changed = Signal()
    """Another image, model or plan: every value is another."""
    strip_changed = Signal()
    choices_changed = Signal()
    """Of a token, a head or a layer."""
    level_changed = Signal(str)
    busy_changed = Signal()
    """Something is asked, or is not any more, or can be asked now."""
    page_wanted = Signal(str)
    """The name of a page to turn to."""
    page_changed = Signal(str)
    """The name of the page on show."""

    def __init__(self, state: AppState, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = ""
        """The file of the image that is looked into; empty without one."""
        self.strip: tuple[Thumb, ...] = ()
        self.level = OVERVIEW
        self.page = ""
        """The name of the one that is on show, or was last."""
        self.pruned = False
        """Whether it is the model without what the plan removes that is looked into."""
        self.head = 0
        self._state = state
        self._runner = runner
        self._spot: str | tuple[float, float] = _MIDDLE  # a token by its name, or its place in shares of the image
        self._site = ""  # the one that was selected last
        self._files: tuple[str, ...] = ()
        self._watched = False
        self._wanted: tuple[Question, ...] = ()  # by the page on show
        self._answers: OrderedDict[str, Any] = OrderedDict()  # by the key of the request
        self._questions: dict[str, Question] = {}  # what they are for
        self._bytes: dict[str, int] = {}
        self._pending: dict[str, tuple[int, Ask]] = {}  # the job and what it is for, by the key of the request
        self._strip_of: str | None = None  # the key of the request
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)
        state.model_changed.connect(self._follow_model)
        state.data_changed.connect(self._follow_data)
        state.plan_changed.connect(self._follow_plan)
        state.selection_changed.connect(self._follow_selection)

    # What there is

    @property
    def subject(self) -> Subject | None:
        return self.value(Question(SUBJECT))

    @property
    def prediction(self) -> Prediction | None:
        return self.value(Question(PREDICTION))

    @property
    def thumb(self) -> Thumb | None:
        """Of the image that is looked into."""
        return next((thumb for thumb in self.strip if thumb.source == self.source), None)

    @property
    def label(self) -> str:
        """The class that the image is said to be; empty where nobody says."""
        if self.thumb is not None and self.thumb.label:
            return self.thumb.label
        subject, known = self.subject, self.prediction is not None
        return self.class_name(subject.label) if known and subject is not None and subject.label is not None else ""

    def class_name(self, number: int) -> str:
        known = self.prediction
        return known.names[number] if known is not None and number < len(known.names) else f"#{number}"

    def value(self, question: Question) -> Any:
        """The answer; None as long as there is none, and where there is a `reason` for that."""
        answer = self._answer(question)
        return None if isinstance(answer, Refused) else answer

    def reason(self, question: Question) -> Refused | None:
        answer = self._answer(question)
        return answer if isinstance(answer, Refused) else None

    @property
    def answers(self) -> frozenset[str]:
        """The names of the questions about the present image, model and plan that are answered."""
        return frozenset(
            question.name
            for key, question in self._questions.items()
            if not isinstance(self._answers[key], Refused) and not question.quick and self._is_present(key, question)
        )

    def can_ask(self, question: Question) -> bool:
        """Whether all that it takes is open."""
        return self._request(question) is not None

    def is_busy(self, *questions: Question) -> bool:
        """With one of these; without any, with whatever is wanted."""
        pending = [request.question for _, request in self._pending.values()]
        return any(question in pending for question in questions) if questions else bool(pending)

    def _answer(self, question: Question) -> Any:
        request = self._request(question)
        return self._answers.get(request.key) if request is not None else None

    # The choices that pages share

    @property
    def spot(self) -> str | tuple[float, float]:
        """The chosen token by its name, or its place, (down, right), in shares of the image."""
        return self._spot

    @property
    def chosen_site(self) -> str:
        """The layer that was chosen last; empty before any was."""
        return self._site

    def token(self, tokens: Tokens) -> int | None:
        """The chosen one among these: what lies at its place on their grid. None where it is not among them."""
        if isinstance(self._spot, str):
            return tokens.prefix.index(self._spot) if self._spot in tokens.prefix else None
        if tokens.grid is None:
            return None
        (rows, columns), (down, right) = tokens.grid, self._spot
        return tokens.token_at(min(rows - 1, int(down * rows)), min(columns - 1, int(right * columns)))

    def choose_token(self, tokens: Tokens, token: int) -> None:
        if token < len(tokens.prefix):
            self._choose(_spot=tokens.prefix[token])
        elif (cell := tokens.cell(token)) is not None and tokens.grid is not None:
            (row, column), (rows, columns) = cell, tokens.grid
            self._choose(_spot=((row + 0.5) / rows, (column + 0.5) / columns))

    def choose_head(self, head: int) -> None:
        self._choose(head=head)

    def sites(self, *kinds: Kind) -> tuple[Site, ...]:
        """All layers of these kinds that the model looked into has, in running order."""
        architecture, plan = self._state.architecture, self.plan
        if architecture is None:
            return ()
        held = architecture.of_kind(*kinds)
        return tuple(s for s in held if plan is None or not plan.removes(architecture, s.id))

    def site(self, *kinds: Kind) -> Site | None:
        """The chosen layer, or the nearest to it of these kinds; the last one before any was chosen."""
        held, architecture = self.sites(*kinds), self._state.architecture
        chosen = architecture.by_id.get(self._site) if architecture is not None else None
        if not held or chosen is None:
            return held[-1] if held else None
        return chosen if chosen in held else min(held, key=lambda site: abs(site.depth - chosen.depth))

    def choose_site(self, site: str) -> None:
        """Here and in the tree."""
        architecture = self._state.architecture
        if architecture is not None and site in architecture.by_id:
            self._site = site
            self._state.selection = site  # the tree follows
            self.choices_changed.emit()

    def set_level(self, level: str) -> None:
        if level in LEVELS and level != self.level:
            self.level = level
            self.level_changed.emit(level)

    def turn_to(self, page: str) -> None:
        self.page_wanted.emit(page)

    def show_page(self, page: str) -> None:
        """It is on show now."""
        if page != self.page:
            self.page = page
            self.page_changed.emit(page)

    def _choose(self, **choice: object) -> None:
        if any(getattr(self, name) != value for name, value in choice.items()):
            for name, value in choice.items():
                setattr(self, name, value)
            self.choices_changed.emit()

    # Which image, of which model

    @property
    def plan(self) -> PruningPlan | None:
        """What the model looked into is without; None for the whole one."""
        plan = self._state.plan
        return plan if self.pruned and plan else None

    def look_into(self, source: str) -> None:
        """An image file, which is put first among those that can be looked into."""
        path = str(Path(source).absolute())
        self._files = (path, *(file for file in self._files if file != path))[:_KEPT_FILES]
        self._forget_refusals()
        self._turn_to_image(path)
        self._ask_strip()

    def choose_image(self, source: str) -> None:
        """One of the strip."""
        if source != self.source and any(thumb.source == source for thumb in self.strip):
            self._turn_to_image(source)

    def turn_image(self, by: int) -> None:
        """To the next image of the strip but `by` - 1, round and round."""
        sources = [thumb.source for thumb in self.strip]
        if sources:
            at = sources.index(self.source) + by if self.source in sources else 0
            self.choose_image(sources[at % len(sources)])

    def set_pruned(self, pruned: bool) -> None:
        if pruned != self.pruned:
            before, self.pruned = self.plan, pruned
            self._renew() if before != self.plan else self.image_changed.emit()

    def _turn_to_image(self, source: str) -> None:
        self.source = source
        self._renew()

    # What pages need

    def watch(self, watched: bool) -> None:
        """Whether somebody looks."""
        self._watched = watched
        if watched:
            self._ask_strip()
        self._ask_wanted()

    def want(self, questions: Sequence[Question]) -> None:
        """What the page on show needs, in place of what was wanted before."""
        self._wanted = tuple(questions)
        self._ask_wanted()

    def ask(self, question: Question) -> None:
        """What people asked for with a button; also again, after it was refused."""
        request = self._request(question)
        if request is not None:
            if isinstance(self._answers.get(request.key), Refused):
                self._drop(request.key)
            self._submit(request)

    def retry(self) -> None:
        """Ask again what was refused or stopped."""
        self._forget_refusals()
        self._ask_wanted()

    def _ask_wanted(self) -> None:
        """What nobody waits for any more is stopped."""
        requests = self._requests() if self._watched else []
        keys = {request.key for request in requests}
        for key, (job, request) in list(self._pending.items()):
            question = request.question
            if key not in keys and (question.name not in OVER_IMAGES or not self._is_present(key, question)):
                del self._pending[key]
                self._runner.cancel(job)
        for request in requests:
            if request.key not in self._answers:
                self._submit(request)
        self.busy_changed.emit()

    def _requests(self) -> list[Ask]:
        """The picture first, then the page on show, then what the model says."""
        wanted = (Question(SUBJECT), *self._wanted, Question(PREDICTION))
        return [request for request in map(self._request, wanted) if request is not None]

    def _is_present(self, key: str, question: Question) -> bool:
        request = self._request(question)
        return request is not None and request.key == key

    def _request(self, question: Question) -> Ask | None:
        state, plan = self._state, self.plan
        if state.model is None or not self.source:
            return None
        fitted = state.data if plan is not None and plan.needs_calibration else None
        if question.name == SUBJECT:
            return Ask(state.model, self.source, question)
        if question.name not in OVER_IMAGES:
            return Ask(state.model, self.source, question, plan, fitted)
        return AskMany(state.model, self.source, question, plan, fitted, state.data) if state.data is not None else None

    def _submit(self, request: Ask) -> None:
        if request.key not in self._pending:
            self._pending[request.key] = -1, request  # what is known already is answered in there
            job = self._runner.submit(request)
            if request.key in self._pending:
                self._pending[request.key] = job, request
            self.busy_changed.emit()

    def _ask_strip(self) -> None:
        state = self._state
        if not self._watched or state.model is None:
            return
        request = MakeStrip(self._files, state.data or state.test_data)
        if request.key != self._strip_of:
            self._strip_of = request.key
            self._runner.submit(request)

    # What comes back

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        request, value = finished.request, finished.value
        if isinstance(request, Ask):
            self._keep(request, value)
        elif isinstance(request, MakeStrip) and request.key == self._strip_of:
            self._show_strip(value)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, Ask):
            self._keep(failed.request, Refused(failed.error.message, getattr(failed.error, "hint", "")))
        elif isinstance(failed.request, MakeStrip):
            self._strip_of = None

    @Slot(object)
    def _on_cancelled(self, request: Request) -> None:
        if isinstance(request, Ask):
            _, wanted = self._pending.get(request.key, (-1, None))
            if wanted is not None and wanted.number == request.number:  # people stopped it: else it is not there
                self._keep(request, Refused(tr("This was stopped.")))
        elif isinstance(request, MakeStrip) and request.key == self._strip_of:
            self._strip_of = None

    def _keep(self, request: Ask, value: object) -> None:
        key = request.key
        self._pending.pop(key, None)
        self._answers[key] = value
        self._questions[key] = request.question
        self._bytes[key] = size_of(value)
        self._make_room(key)
        self.busy_changed.emit()
        if self._is_present(key, request.question):
            self.answered.emit(request.question)

    def _make_room(self, latest: str) -> None:
        """The oldest answers go, but those that are on show: they would be asked for again at once."""
        shown = {request.key for request in self._requests()} | {latest}
        for key in list(self._answers):
            if sum(self._bytes.values()) <= _KEPT_BYTES:
                break
            if key not in shown:
                self._drop(key)

    def _drop(self, key: str) -> None:
        for kept in (self._answers, self._questions, self._bytes):
            kept.pop(key, None)

    def _forget_refusals(self) -> None:
        """What could not be done may be possible now."""
        for key in [key for key, answer in self._answers.items() if isinstance(answer, Refused)]:
            self._drop(key)

    def _show_strip(self, thumbs: tuple[Thumb, ...]) -> None:
        self.strip = thumbs
        self.strip_changed.emit()
        there = {thumb.source for thumb in thumbs} | set(self._files)
        if self.source not in there and thumbs:
            self._turn_to_image(thumbs[0].source)

    # Following the window

    def _renew(self) -> None:
        self.image_changed.emit()
        self._ask_wanted()

    @Slot(object)
    def _follow_model(self, model: object) -> None:
        self._forget_refusals()
        if model is None:
            self._strip_of = None
            self.strip = ()
            self._site = ""
            self.head = 0
            self.source = self._files[0] if self.source in self._files else ""
            self.strip_changed.emit()
        self._ask_strip()
        self._renew()

    @Slot(object)
    def _follow_data(self, data: DataReference | None) -> None:
        if self._state.model is not None:
            self._ask_strip()
            if self.pruned or any(question.name in OVER_IMAGES for question in self._wanted):
                self._renew()
            else:
                self.busy_changed.emit()  # what takes images can be asked now, or not any more

    @Slot(object)
    def _follow_plan(self, _: object) -> None:
        if self.pruned:
            self._renew()

    @Slot(object)
    def _follow_selection(self, selection: str | None) -> None:
        """The tree says which layer; without a selection the last one stays."""
        if selection is not None and selection != self._site:
            self._site = selection
            self.choices_changed.emit()


def size_of(value: object) -> int:
    """Bytes of the arrays in it."""
    if isinstance(size := getattr(value, "nbytes", None), int):
        return size
    inside: Iterable[object] = ()
    if is_dataclass(value):
        inside = (getattr(value, part.name) for part in fields(value))
    elif isinstance(value, tuple | list):
        inside = value
    elif isinstance(value, dict):
        inside = value.values()
    return sum(map(size_of, inside))
