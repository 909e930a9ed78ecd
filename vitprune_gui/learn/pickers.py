"""What pages over depth choose with: a depth, and the tokens that a figure is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from vitprune.architecture import Kind
from vitprune_gui.learn.subject import Learn
from vitprune_gui.learn.tiling import prefix_name
from vitprune_gui.similarities import INPUT
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import number
from vitprune_gui.views.parts import SPACE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitprune.anatomy import Tokens

ALL, PATCHES, CLASS, CHOSEN = "all", "patches", "class", "chosen"
_OF = {
    ALL: noop("All tokens"),
    PATCHES: noop("All patches"),
    CLASS: noop("The class token"),
    CHOSEN: noop("The chosen patch"),
}


class OfPicker(QWidget):
    """Of which tokens a figure is; of several it is their mean. The class token is among them where there is one."""

    changed = Signal()

    def __init__(self, learn: Learn, *offered: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learn = learn
        self._offered = offered
        self.box = QComboBox()
        self.box.setAccessibleName(tr("Tokens"))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        label = QLabel(tr("&Tokens"))
        label.setBuddy(self.box)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.box)
        self._list(offered)
        self.box.activated.connect(self.changed)

    @property
    def which(self) -> str:
        return self.box.currentData()

    def choose(self, which: str) -> None:
        """Without a word."""
        with QSignalBlocker(self.box):
            self.box.setCurrentIndex(max(0, self.box.findData(which)))

    def offer(self, tokens: Tokens) -> None:
        """What there is among these."""
        lacking = {CLASS} if tokens.class_token is None else set()
        if tokens.grid is None:
            lacking.add(CHOSEN)
        held = tuple(which for which in self._offered if which not in lacking)
        if held != tuple(self.box.itemData(row) for row in range(self.box.count())):
            which = self.which
            self._list(held)
            self.choose(which)

    def places(self, tokens: Tokens) -> NDArray[np.int64]:
        """The numbers of these tokens; all of them where the chosen one is none of these."""
        import numpy as np

        first = len(tokens.prefix)
        token = self._learn.token(tokens)
        match self.which:
            case "patches":
                return np.arange(first, len(tokens))
            case "class" if tokens.class_token is not None:
                return np.array([tokens.class_token])
            case "chosen" if token is not None:
                return np.array([token])
        return np.arange(len(tokens))

    def one(self, tokens: Tokens) -> int | None:
        """The token whose numbers stand in a formula: the class token where it is that, else the chosen one."""
        return tokens.class_token if self.which == CLASS else self._learn.token(tokens)

    def _list(self, held: tuple[str, ...]) -> None:
        with QSignalBlocker(self.box):
            self.box.clear()
            for which in held:
                self.box.addItem(tr(_OF[which]), which)


class DepthPicker(QWidget):
    """The stream where it enters the first block, or after one of the blocks. A block that is chosen is chosen in the
    tree as well, and one that is chosen there is here."""

    moved = Signal()

    def __init__(self, learn: Learn, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learn = learn
        self.depths: tuple[str, ...] = ()
        self._followed = ""
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Depth"))
        self.slider.setPageStep(1)
        self.slider.setMinimumWidth(90)
        label = QLabel(tr("&Depth"))
        label.setBuddy(self.slider)
        self.said = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.said)
        self.slider.valueChanged.connect(self._choose)

    @property
    def at(self) -> int:
        return self.slider.value()

    @property
    def chosen(self) -> str:
        return self.depths[self.at]

    def offer(self, depths: tuple[str, ...]) -> None:
        """These; at first the last one is chosen, or that of the tree."""
        if depths == self.depths:
            return
        kept = self.chosen if self.depths else ""
        self.depths, self._followed = depths, ""
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(depths) - 1)
            self.slider.setValue(depths.index(kept) if kept in depths[1:] else len(depths) - 1)
        self.names = depth_names(self._learn, depths)
        widest = max(self.fontMetrics().horizontalAdvance(depth_title(name)) for name in self.names)
        self.said.setMinimumWidth(widest)
        self.follow()
        self._say()

    def follow(self) -> None:
        """The tree, where another block was chosen there."""
        site = self._learn.site(Kind.BLOCK)
        if site is not None and site.id != self._followed:
            self._followed = site.id
            if site.id in self.depths and self.depths.index(site.id) != self.at:
                with QSignalBlocker(self.slider):
                    self.slider.setValue(self.depths.index(site.id))
                self._say()

    def choose(self, depth: str) -> None:
        self.slider.setValue(self.depths.index(depth))

    def _say(self) -> None:
        self.said.setText(depth_title(self.names[self.at]))

    @Slot(int)
    def _choose(self, _: int) -> None:
        self._say()
        site = self._learn.site(Kind.BLOCK)
        if self.chosen and (site is None or site.id != self.chosen):
            self._followed = self.chosen
            self._learn.choose_site(self.chosen)  # which tells all pages
        else:
            self.moved.emit()


def depth_names(learn: Learn, depths: tuple[str, ...]) -> tuple[str, ...]:
    """Short ones, for axes: `in`, then the number of the block before each."""
    numbers = {site.id: number(site) for site in learn.sites(Kind.BLOCK)}
    return tuple((numbers.get(depth) or depth) if depth else INPUT for depth in depths)


def depth_title(name: str) -> str:
    """Of a depth, by its short name."""
    return tr("before the first block") if name == INPUT else tr("after block {block}", block=name)


def place_of(tokens: Tokens, token: int) -> str:
    """Where a token is, as part of a sentence."""
    if token < len(tokens.prefix):
        return tr("the {token}", token=prefix_name(tokens.prefix[token]))
    cell = tokens.cell(token)
    if cell is None:
        return tr("token {n}", n=token)
    return tr("the patch in row {row}, column {column}", row=cell[0] + 1, column=cell[1] + 1)
