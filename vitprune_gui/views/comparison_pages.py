"""The pages of a comparison: what the written report says of a topic, with its charts and tables to look into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from vitprune.document import Chart, Point, Section, Table
from vitprune.lineup import Lineup
from vitprune_gui.charts.plans import PlansChart, branches
from vitprune_gui.charts.series import SeriesChart
from vitprune_gui.item_models.table_model import Cell, Row
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import first_up, signed, thousands
from vitprune_gui.views.parts import SPACE, wrapped
from vitprune_gui.views.tables import PlainTable

_WIDEST = 420  # pixels of a box with names of sessions
_LINES = 9  # of words above charts and tables, before they scroll
_TOLD = 40  # classes of a chart: those that changed most surely


class Words(QScrollArea):
    """Sentences that scroll when there are many, and take no more room than they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = wrapped(selectable=True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.label.setContentsMargins(0, 0, 6, 0)
        self.setWidget(self.label)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def say(self, lines: Sequence[str]) -> None:
        self.label.setText("\n".join(lines))
        self.setVisible(bool(lines))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        most = _LINES * self.fontMetrics().lineSpacing() + 4
        return QSize(200, min(most, max(0, self.label.heightForWidth(max(80, self.width() - 14)))))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


@dataclass(frozen=True)
class _Group:
    """A chart, the table that belongs to it, and what is said just before them; one of the two may be missing."""

    title: str
    words: tuple[str, ...]
    chart: Chart | None
    table: Table | None


class SectionPage(QWidget):
    """Any section: where it has several charts, one at a time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.notes = Words(), Words()
        self.chart, self.table = SeriesChart(), PlainTable(tr("Figures"))
        self.chart.setMinimumHeight(200)
        self.picker = QComboBox()
        self.picker.setAccessibleName(tr("What is shown"))
        self.picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.picker.setMinimumWidth(120)
        self._label = QLabel(tr("&Show"))
        self._label.setBuddy(self.picker)
        self._groups: list[_Group] = []
        self._before: tuple[str, ...] = ()
        self._margin = 0.0
        choose = QHBoxLayout()
        choose.setSpacing(SPACE)
        choose.addWidget(self._label)
        choose.addWidget(self.picker)
        choose.addStretch(1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.chart)
        splitter.addWidget(self.table)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        layout = _column(self)
        layout.addWidget(self.words)
        layout.addLayout(choose)
        layout.addWidget(splitter, 1)
        self._space = QWidget()
        layout.addWidget(self._space, 1)
        self._splitter = splitter
        layout.addWidget(self.notes)
        self.picker.activated.connect(self._draw)

    def show_section(self, section: Section, *, margin: float = 0.0) -> None:
        """`margin` is the difference of two shares below which they count as equal."""
        chosen = self.picker.currentText()
        self._margin = margin
        self._before, self._groups, after = _grouped(section)
        with QSignalBlocker(self.picker):
            self.picker.clear()
            self.picker.addItems([first_up(group.title) for group in self._groups])
            self.picker.setCurrentIndex(max(0, self.picker.findText(chosen)))
        for widget in (self.picker, self._label):
            widget.setVisible(len(self._groups) > 1)
        self.notes.say(after)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        at = self.picker.currentIndex()
        group = self._groups[at] if 0 <= at < len(self._groups) else _Group("", (), None, None)
        self.words.say((*self._before, *group.words))
        drawn = group.chart is not None and any(points for _, points in group.chart.series)
        self.chart.setVisible(drawn)
        self.table.setVisible(group.table is not None)
        self._splitter.setVisible(drawn or group.table is not None)
        self._space.setVisible(not drawn and group.table is None)
        if group.chart is not None and drawn:
            chart = replace(group.chart, title=first_up(group.chart.title))
            self.chart.show_chart(chart, band=100 * self._margin if group.chart.y.endswith("(pp)") else 0.0)
        if group.table is not None:
            self.table.show_table(group.table)


class PlansPage(QWidget):
    """Which branches go in each session, and in words what differs from the baseline."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = Words()
        self.chart = PlansChart()
        layout = _column(self)
        layout.addWidget(self.words)
        layout.addWidget(self.chart, 1)

    def show_plans(self, lineup: Lineup, section: Section) -> None:
        self.words.say([part for part in section.parts if isinstance(part, str)])
        found = []
        for name, entry in lineup.entries.items():
            plan = entry.evaluation.plan if entry.evaluation else entry.session.plan
            found += branches(name, entry.session.architecture, plan)
        self.chart.show_plans(tuple(found))


class ClassesPage(QWidget):
    """What happens to each class in one of the sessions; all of them in the table, those that changed most surely
    drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lineup: Lineup | None = None
        self.words = Words()
        self.session = session_box(tr("Session whose classes are shown"))
        self.chart, self.table = SeriesChart(), PlainTable(tr("Classes"))
        self.chart.setMinimumHeight(200)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.chart)
        splitter.addWidget(self.table)
        layout = _column(self)
        layout.addWidget(self.words)
        layout.addLayout(across((tr("&Session"), self.session)))
        layout.addWidget(splitter, 1)
        self.session.activated.connect(self._draw)

    def show_classes(self, lineup: Lineup, section: Section) -> None:
        self._lineup = lineup
        self.words.say([part for part in section.parts[:1] if isinstance(part, str)])
        names = [
            name
            for name, one in lineup.against.items()
            if one.contrasts and one.contrasts.comparison and one.contrasts.comparison.classes
        ]
        refill(self.session, names)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        lineup, name = self._lineup, self.session.currentText()
        against = lineup.against.get(name) if lineup else None
        comparison = against.contrasts.comparison if against and against.contrasts else None
        if lineup is None or comparison is None:
            return
        classes = sorted(comparison.classes, key=lambda one: (one.adjusted, -abs(one.difference)))
        titles = [
            Cell(tr("Class")),
            Cell(tr("Images")),
            Cell(
                tr("Difference"),
                tr("Share that is right, less that of {name}, with its 95 % interval", name=lineup.baseline),
            ),
            Cell(tr("McNemar p")),
            Cell(tr("p, adjusted"), tr("For having looked at all classes (Benjamini and Hochberg)")),
        ]
        unit = tr(" pp", "percentage points, after a number")
        told = [
            (one, f"{signed(100 * one.difference, 1, unit)} [{_bound(one.change.low)}, {_bound(one.change.high)}]")
            for one in classes
        ]
        rows = [
            Row((
                Cell(one.name, one.name),
                Cell(thousands(one.n), key=one.n),
                Cell(text, key=one.difference),
                Cell(f"{one.p:.2g}", key=one.p),
                Cell(f"{one.adjusted:.2g}", key=one.adjusted),
            ), one)
            for one, text in told
        ]  # fmt: skip
        self.table.rows.show(titles, rows)
        self.table.fit()
        number = list(lineup.entries).index(name)
        points = tuple(
            Point(at, 100 * one.difference, 100 * one.change.low, 100 * one.change.high, f"{one.name}: {text}")
            for at, (one, text) in enumerate(told[:_TOLD], 1)
        )
        series = tuple((other, points if place == number else ()) for place, other in enumerate(lineup.entries))
        names = {"name": name, "baseline": lineup.baseline}
        title = (
            tr("{name} against {baseline}: %n class(es) that changed most surely", "", len(points), **names)
            if len(told) > _TOLD
            else tr("{name} against {baseline}: all classes", **names)
        )
        axes = tr("class, the surest first"), tr("difference (pp)")
        self.chart.show_chart(Chart(title, *axes, series, numbered=True))


def session_box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setMinimumWidth(80)
    box.setMaximumWidth(_WIDEST)
    return box


def refill(box: QComboBox, names: Sequence[str]) -> None:
    """Other names; the chosen one stays where it can."""
    chosen = box.currentText()
    with QSignalBlocker(box):
        box.clear()
        box.addItems(list(names))
        box.setCurrentIndex(max(0, box.findText(chosen)) if names else -1)


def across(*pairs: tuple[str, QWidget]) -> QHBoxLayout:
    """Labelled widgets in a row."""
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    for text, widget in pairs:
        label = QLabel(text)
        label.setBuddy(widget)
        row.addWidget(label)
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _column(page: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(page)
    layout.setContentsMargins(10, 8, 10, 8)
    layout.setSpacing(SPACE)
    return layout


def _grouped(section: Section) -> tuple[tuple[str, ...], list[_Group], tuple[str, ...]]:
    """What is said first, charts with their tables, and what is said last."""
    before: list[str] = []
    groups: list[_Group] = []
    words: list[str] = []
    chart: Chart | None = None
    for part in section.parts:
        match part:
            case str() if not groups and chart is None:
                before.append(part)
            case str():
                words.append(part)
            case Chart():
                if chart is not None:
                    groups.append(_Group(chart.title, tuple(words), chart, None))
                    words = []
                chart = part
            case Table():
                title = chart.title if chart else words[-1].rstrip(":.") if words else section.title
                groups.append(_Group(title, tuple(words), chart, part))
                words, chart = [], None
    if chart is not None:
        groups.append(_Group(chart.title, (), chart, None))
    return tuple(before), groups, tuple(words)


def _bound(share: float) -> str:
    return signed(100 * share, 1)
