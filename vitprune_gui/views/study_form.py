"""What a study is asked for: methods, sizes, repairs, and images."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QWidget,
)

from vitprune.plan import GRANULARITIES, Target
from vitprune.selection import Method, Needs, methods
from vitprune_gui.repairs import REPAIRS, TARGETS
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.symbols import GRANULARITY_TITLES
from vitprune_gui.translation import tr
from vitprune_gui.views.parts import SPACE, TickBox, narrow, wrapped

_USUAL_REPAIRS = ("none", "mean", "linear")
_SHARES = (1 / 6, 1 / 3, 1 / 2)  # of the branches that can go


class StudyFormPanel(QFrame):
    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.methods = QListWidget()
        self.methods.setAccessibleName(tr("Methods of the study"))
        self.methods.setMinimumHeight(14 * self.fontMetrics().lineSpacing())
        self.methods.setMaximumHeight(18 * self.fontMetrics().lineSpacing())
        self.methods.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fill_methods()
        self.sizes = QLineEdit()
        self.sizes.setAccessibleName(tr("Branches to remove"))
        self.sizes.setToolTip(tr("Numbers of branches to remove, such as 4, 8, 12"))
        self.repairs = {name: TickBox(tr(choice.title)) for name, choice in REPAIRS.items()}
        for name, box in self.repairs.items():
            box.setToolTip(tr(REPAIRS[name].what))
            box.setChecked(name in _USUAL_REPAIRS)
        self.granularity, self.target = QComboBox(), QComboBox()
        self.granularity.setAccessibleName(tr("What to remove"))
        for name in GRANULARITIES:
            self.granularity.addItem(tr(GRANULARITY_TITLES[name]), name)
        self.granularity.setCurrentIndex(self.granularity.findData("sublayer"))
        self.target.setAccessibleName(tr("What repairs are fitted to"))
        for name, choice in TARGETS.items():
            self.target.addItem(tr(choice.title), str(name))
            self.target.setItemData(self.target.count() - 1, tr(choice.what), Qt.ItemDataRole.ToolTipRole)
        self.target.setCurrentIndex(self.target.findData(str(Target.MODEL)))
        self.images = QSpinBox()
        self.images.setAccessibleName(tr("Number of images"))
        self.images.setRange(0, 1_000_000)
        self.images.setSingleStep(100)
        self.images.setSpecialValueText(tr("all", "images"))
        self.images.setToolTip(tr("How many images to fit to, and how many to measure on"))
        self.speed = TickBox(tr("&Time the plans too"))
        self.speed.setToolTip(tr("Measure how long each plan takes, beside what it is worth"))
        self._error = wrapped()
        self._lay_out()
        self._error.hide()
        self.granularity.currentIndexChanged.connect(self._usual_sizes)
        state.architecture_changed.connect(self._usual_sizes)
        self._usual_sizes()

    def _lay_out(self) -> None:
        across = QGridLayout(self)
        across.setContentsMargins(0, 2, 0, 2)
        across.setHorizontalSpacing(10)
        across.setVerticalSpacing(4)
        across.setColumnStretch(0, 1)
        across.setColumnStretch(2, 1)
        across.addWidget(self.methods, 0, 0, 6, 1)
        across.setRowStretch(5, 1)
        ticks = QGridLayout()
        ticks.setHorizontalSpacing(10)
        for number, box in enumerate(self.repairs.values()):
            ticks.addWidget(box, number // 3, number % 3)
        for box in (self.granularity, self.target):
            narrow(box)
        rest = QHBoxLayout()
        rest.setSpacing(SPACE)
        rest.addWidget(self.images)
        rest.addWidget(self.speed, 1)
        first = next(iter(self.repairs.values()))
        for row, (text, buddy, what) in enumerate(
            (
                (tr("&Remove"), self.sizes, self.sizes),
                (tr("&of"), self.granularity, self.granularity),
                (tr("Re&pairs"), first, ticks),
                (tr("&fitted to"), self.target, self.target),
                (tr("&Images"), self.images, rest),
            )
        ):
            label = QLabel(text)
            label.setBuddy(buddy)
            across.addWidget(label, row, 1)
            if isinstance(what, QWidget):
                across.addWidget(what, row, 2)
            else:
                across.addLayout(what, row, 2)
        across.addWidget(self._error, 6, 0, 1, 3)
        order = [self.methods, self.sizes, self.granularity, *self.repairs.values(), self.target, self.images]
        for one, other in zip(order, [*order[1:], self.speed], strict=True):
            QWidget.setTabOrder(one, other)

    def _fill_methods(self) -> None:
        order = list(Needs)
        for name, method in sorted(methods().items(), key=lambda item: order.index(item[1].needs)):
            if not method.of_sites:
                continue
            item = QListWidgetItem(tr("{name}: {title}", name=name, title=tr(method.title)), self.methods)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setToolTip(f"{tr(method.title)}\n{method.paper}\n{_needs(method)}")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked)

    def ask(self) -> StudyForm | None:
        """What the form asks for; None where it cannot be asked, and then the form says why."""
        asked = self._asked()
        self._error.setText(asked if isinstance(asked, str) else "")
        self._error.setVisible(isinstance(asked, str))
        return None if isinstance(asked, str) else asked

    def _asked(self) -> StudyForm | str:
        items = [self.methods.item(row) for row in range(self.methods.count())]
        ticked = [i.data(Qt.ItemDataRole.UserRole) for i in items if i.checkState() == Qt.CheckState.Checked]
        sizes = re.split(r"[,;\s]+", self.sizes.text().strip())
        repairs = tuple(str(name) for name, box in self.repairs.items() if box.isChecked())
        if not ticked:
            return tr("Tick at least one method.")
        if not all(size.isdecimal() and int(size) for size in sizes):
            return tr("Give the numbers of branches to remove, such as 4, 8, 12.")
        most = self._most()
        if max(map(int, sizes)) > most:
            return tr("No more than %n branch(es) can go.", "", most)
        if not repairs:
            return tr("Tick at least one repair; “None” is one.")
        every = len(ticked) == len(items)
        return StudyForm(
            None if every else tuple(ticked),
            tuple(sorted({int(size) for size in sizes})),
            repairs,
            self.granularity.currentData(),
            self.target.currentData(),
            self.speed.isChecked(),
            self.images.value() or None,
        )

    def _most(self) -> int:
        model = self._state.architecture
        if model is None:
            return 0
        sites = [s for s in model.of_kind(*GRANULARITIES[self.granularity.currentData()]) if not s.fixed]
        return sum(len(model.children(site.id)) or 1 for site in sites)

    @Slot()
    def _usual_sizes(self) -> None:
        most = self._most()
        self.sizes.setText(", ".join(str(size) for size in sorted({max(1, round(s * most)) for s in _SHARES})))


def _needs(method: Method) -> str:
    return {
        Needs.SCORES: tr("Goes by the scores alone."),
        Needs.IMAGES: tr("Runs the model many times."),
        Needs.LABELS: tr("Runs the model many times; needs labels."),
    }[method.needs]
