"""Saved sessions side by side: what differs, by how much and how surely, topic by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.comparison import MARGIN
from vitprune.document import Chart, Section, Table
from vitprune_gui.library import COMPARING
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.comparison_pages import ClassesPage, PlansPage, SectionPage, refill, session_box
from vitprune_gui.views.flips import FlipsPage
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped
from vitprune_gui.views.retelling import retold, retold_section

if TYPE_CHECKING:
    from vitprune.lineup import Lineup
    from vitprune_gui.library import Library, SideBySide

TOPICS = {
    "glance": noop("At a glance"),
    "worth": noop("What each is worth"),
    "settings": noop("Set-up"),
    "plans": noop("Plans"),
    "cost": noop("Cost in its own model"),
    "time": noop("Time"),
    "frontier": noop("Frontier of all"),
    "classes": noop("Classes"),
    "flips": noop("Images"),
    "profiles": noop("Scores over depth"),
    "ranks": noop("Do scores agree"),
    "again": noop("How to reproduce"),
}
_WORDED = ("compared by", "repairs fitted", "test images, classes")  # what differs in words, not in names and figures


class CompareView(QWidget):
    def __init__(self, state: AppState, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._library = state, library
        self.baseline = session_box(tr("Baseline"))
        self.margin = QDoubleSpinBox()
        self.margin.setAccessibleName(tr("Margin of equality"))
        self.margin.setRange(0.1, 20)
        self.margin.setDecimals(1)
        self.margin.setSingleStep(0.5)
        self.margin.setValue(100 * MARGIN)
        self.margin.setSuffix(tr(" pp", "percentage points, after a number"))
        self.margin.setKeyboardTracking(False)
        self.margin.setToolTip(tr("A share that differs by less than this counts as equal"))
        self.report = QPushButton(tr("Write &report…"))
        self.report.setToolTip(tr("All of this as one web page that loads nothing, or as Markdown"))
        self.sessions = QPushButton(tr("Choose sessions…"))
        self.sessions.setToolTip(tr("Back to the list of sessions"))
        self.cancel = QPushButton(tr("Cancel"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 10)
        self.status = wrapped()
        above = QHBoxLayout()
        above.setContentsMargins(10, 6, 10, 0)
        above.setSpacing(SPACE)
        for text, widget in ((tr("&Baseline"), self.baseline), (tr("&equal within"), self.margin)):
            label = QLabel(text)
            label.setBuddy(widget)
            above.addWidget(label)
            above.addWidget(widget)
        above.addWidget(self.status, 1)
        for widget in (self.bar, self.cancel, self.sessions, self.report):
            above.addWidget(widget)

        self.topics = QListWidget()
        self.topics.setAccessibleName(tr("Topics"))
        self.topics.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.topics.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        widest = max(self.topics.fontMetrics().horizontalAdvance(text) for text in map(tr, TOPICS.values()))
        self.topics.setFixedWidth(widest + 36)
        self.topics.setSpacing(2)
        self.pages = QStackedWidget()
        self._made: dict[str, QWidget] = {}
        content = QWidget()
        across = QHBoxLayout(content)
        across.setContentsMargins(10, 4, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.topics)
        across.addWidget(self.pages, 1)
        self.first = QPushButton(tr("Choose sessions…"))
        self.empty = EmptyState("", "", self.first)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(above)
        layout.addWidget(self._stack, 1)

        for button in (self.first, self.sessions):
            button.clicked.connect(self._choose)
        self.baseline.activated.connect(self._take_baseline)
        self.margin.valueChanged.connect(self._take_margin)
        self.report.clicked.connect(library.write_report)
        self.cancel.clicked.connect(self._cancel)
        self.topics.currentItemChanged.connect(self._turn)
        library.compared_changed.connect(self._show)
        state.jobs_changed.connect(self._show_work)
        self._show(library.compared)

    @property
    def topic(self) -> str:
        """The one that is shown, "" without a comparison."""
        item = self.topics.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else ""

    def page(self, topic: str) -> QWidget:
        """Raises KeyError for a topic that was not shown yet."""
        return self._made[topic]

    def turn_to(self, topic: str) -> None:
        for row in range(self.topics.count()):
            if self.topics.item(row).data(Qt.ItemDataRole.UserRole) == topic:
                self.topics.setCurrentRow(row)

    # Showing

    @Slot(object)
    def _show(self, found: SideBySide | None) -> None:
        self._show_work()
        if found is None:
            return
        lineup = found.compared.lineup
        refill(self.baseline, list(lineup.entries))
        with QSignalBlocker(self.baseline), QSignalBlocker(self.margin):
            self.baseline.setCurrentText(lineup.baseline)
            self.margin.setValue(100 * lineup.margin)
        chosen = self.topic
        with QSignalBlocker(self.topics):
            self.topics.clear()
            for topic, title in TOPICS.items():
                if topic in found.sections:
                    item = QListWidgetItem(tr(title), self.topics)
                    item.setData(Qt.ItemDataRole.UserRole, topic)
                    item.setToolTip(retold(found.sections[topic].title))
            self.topics.setCurrentRow(0)
            self.turn_to(chosen)
        self._turn()

    @Slot()
    def _turn(self) -> None:
        """Fill the page on show; the others when they are turned to."""
        found, topic = self._library.compared, self.topic
        if found is None or not topic:
            return
        if topic not in self._made:
            self._made[topic] = self._make(topic)
            self.pages.addWidget(self._made[topic])
        page, lineup = self._made[topic], found.compared.lineup
        section = retold_section(found.sections[topic], lineup.entries)
        match page:
            case FlipsPage():
                page.show_flips(lineup)
            case ClassesPage():
                page.show_classes(lineup, section)
            case PlansPage():
                page.show_plans(lineup, section)
            case SectionPage() if topic == "glance":
                worth = found.sections.get("worth")
                worth = retold_section(worth, lineup.entries) if worth else None
                page.show_section(_with_main_chart(section, worth), margin=lineup.margin)
            case SectionPage() if topic == "settings" and lineup.settings:
                page.show_section(_as_table(section, lineup))
            case SectionPage():
                page.show_section(section, margin=lineup.margin)
        self.pages.setCurrentWidget(page)

    def _make(self, topic: str) -> QWidget:
        match topic:
            case "flips":
                return FlipsPage(self._library)
            case "classes":
                return ClassesPage()
            case "plans":
                return PlansPage()
        return SectionPage()

    @Slot(object)
    def _show_work(self, _: object = None) -> None:
        found = self._library.compared
        job = next((job for job in self._state.jobs if job.topic == COMPARING and job.pending), None)
        for widget in (self.bar, self.cancel):
            widget.setVisible(job is not None)
        for widget in (self.baseline, self.margin, self.report):
            widget.setEnabled(found is not None and job is None)
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)
            stage = tr(job.stage) if job.stage else tr("Waiting")
            done, total = thousands(job.done + 1), thousands(job.total)
            text = tr("{stage} {done} of {total}", stage=stage, done=done, total=total) if job.total else stage
            self.status.setText(text)
        elif found is not None:
            compared = found.compared
            left_out = len(compared.left_out)
            count = len(compared.lineup.entries)
            self.status.setText(
                tr("%n session(s); {bad} could not be opened", "", count, bad=left_out)
                if left_out
                else tr("%n session(s)", "", count)
            )
            self.status.setToolTip("\n".join(one.message for one in compared.left_out))
        else:
            self.status.setText("")
        self.first.setVisible(job is None)
        if job is not None and found is None:
            self.empty.say(tr("Comparing…"), tr(job.stage))
        elif found is None:
            self.empty.say(
                tr("Hold sessions against each other"),
                tr(
                    "Tick two or more in the list of sessions, the baseline first: what differs between them, by how "
                    "much and how surely, by accuracy, time, classes, images, plans and scores. Nothing is run for it."
                ),
            )
        self._stack.setCurrentIndex(0 if found is None else 1)

    # Doing

    @Slot()
    def _choose(self) -> None:
        self._library.show()

    @Slot()
    def _take_baseline(self) -> None:
        self._library.compare_with(self.baseline.currentText())

    @Slot()
    def _take_margin(self) -> None:
        self._library.set_margin(round(self.margin.value() / 100, 4))

    @Slot()
    def _cancel(self) -> None:
        self._library.cancel(COMPARING)


def _with_main_chart(glance: Section, worth: Section | None) -> Section:
    """The difference by the most telling measure is what people look for first."""
    chart = next((part for part in worth.parts if isinstance(part, Chart)), None) if worth else None
    if chart is None:
        return glance
    at = next(place for place, part in enumerate(glance.parts) if isinstance(part, Table))
    return Section(glance.title, (*glance.parts[:at], chart, *glance.parts[at:]))


def _as_table(section: Section, lineup: Lineup) -> Section:
    """However many sessions there are: a table can be scrolled, which a page cannot."""
    rows = tuple(
        (tr(one.name), *(map(retold, one.values) if one.name in _WORDED else one.values)) for one in lineup.settings
    )
    same = tr("What is the same in all sessions is left out.")
    return Section(section.title, (same, Table(("", *lineup.entries), rows)))
