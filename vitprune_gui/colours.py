"""Colours that carry meaning: a score's, a kind's, and text that stays readable beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from vitprune.architecture import Kind
from vitprune_gui.translation import noop

if TYPE_CHECKING:  # numpy is slower to import than the window is to show, which has no colours of scores yet
    import numpy as np
    from numpy.typing import NDArray

    from vitprune.scores import Scores

LEGIBLE = 4.5  # the least contrast of text (WCAG 2.2, 1.4.3)
ROUNDING = 1e-6  # of a value: what float32 leaves of a difference
UNKNOWN = QColor(0x80, 0x80, 0x80)

# Cividis (Nunez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239), 33 of its colours.
_CIVIDIS = (
    "00204d 00265a 002c69 00306f 05366e 1f3c6d 2d426c 38486b 414d6b 4a536b 52596c 595f6d 61646f 686a71 6f7073 767676 "
    "7c7c78 848179 8b8779 938e78 9b9477 a39a76 aca174 b4a872 bcaf6f c5b56c cebc68 d7c463 e0cb5e e9d358 f2da50 fbe248 "
    "ffea46"
)
# Of Smith and van der Walt, in the public domain. Like cividis their lightness only rises, which every eye sees.
_VIRIDIS = (
    "440154 460c5f 481769 482273 472c7a 453681 423f85 3e4889 3b518b 375a8c 33628d 2f6a8e 2c718e 29798e 26818e 23888e "
    "21908c 1f978b 1f9f88 21a685 27ad80 31b57a 3dbc73 4cc26b 5cc862 6ece57 81d34c 95d83f aadc31 c0df24 d5e219 eae51a "
    "fde725"
)
_MAGMA = (
    "000004 030311 090721 120d33 1c1046 281159 35106a 430f75 50127b 5c167f 691c81 752181 822581 8f2a81 9b2e7f a9327d "
    "b63679 c23b75 cf406f db4769 e55063 ee5b5e f4695c f9785d fb8761 fd9668 fea571 feb47b fec287 fed194 fde0a1 fceeb0 "
    "fcfdbf"
)
_MAPS = {"cividis": _CIVIDIS, "viridis": _VIRIDIS, "magma": _MAGMA, "grey": "000000 ffffff"}
COLOUR_MAPS = {"cividis": "Cividis", "viridis": "Viridis", "magma": "Magma", "grey": noop("Grey")}
"""What scores can be coloured by, each with its name; the first is the usual one."""

# Okabe and Ito's blue and vermilion on light ground, their sky blue and orange on dark, and a violet far from both:
# told apart with every common kind of colour blindness.
_KINDS_LIGHT = {
    Kind.ATTENTION: "#0072b2",
    Kind.MLP: "#c65300",
    Kind.CONV: "#9a1fe0",
    Kind.BLOCK: "#5f6368",
    Kind.HEAD: "#007a5a",
    Kind.LINEAR: "#7a5c00",
}
_KINDS_DARK = {
    Kind.ATTENTION: "#56b4e9",
    Kind.MLP: "#e69f00",
    Kind.CONV: "#c94dff",
    Kind.BLOCK: "#a8adb5",
    Kind.HEAD: "#2fbf94",
    Kind.LINEAR: "#d9c26a",
}


# What stands for the sites that went. Shapes tell methods apart, so that no point is known by its colour alone.
_REPAIRS_LIGHT = {
    "none": "#5f6368",
    "mean": "#0072b2",
    "fold": "#9a1fe0",
    "diagonal": "#4a3800",
    "low-rank": "#007a5a",
    "linear": "#c65300",
}
_REPAIRS_DARK = {
    "none": "#a8adb5",
    "mean": "#56b4e9",
    "fold": "#cf7bff",
    "diagonal": "#e6c619",
    "low-rank": "#2fbf94",
    "linear": "#ff8a3d",
}


def repair_colour(repair: str, palette: QPalette) -> QColor:
    """The one colour of a repair; that of the text for several in one plan."""
    colours = _REPAIRS_DARK if is_dark(palette) else _REPAIRS_LIGHT
    return QColor(colours[repair]) if repair in colours else palette.color(QPalette.ColorRole.Text)


def is_dark(palette: QPalette) -> bool:
    return palette.base().color().lightnessF() < 0.5


def kind_colour(kind: Kind, palette: QPalette) -> QColor:
    """The one colour of a kind of site, the same in every view."""
    return QColor((_KINDS_DARK if is_dark(palette) else _KINDS_LIGHT)[kind])


def contrast(one: QColor, other: QColor) -> float:
    """WCAG contrast ratio, from 1 (equal) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """`one` with `share` of `other` in it."""
    ours, theirs = one.getRgb()[:3], other.getRgb()[:3]  # pyright: ignore[reportIndexIssue]
    return QColor(*(round(a + (b - a) * share) for a, b in zip(ours, theirs, strict=True)))


def muted(text: QColor, background: QColor) -> QColor:
    """The faintest mix of text and background that can still be read."""
    return QColor.fromRgb(_muted(text.rgb(), background.rgb()))


@lru_cache(maxsize=64)
def _muted(text: int, background: int) -> int:
    strong, ground = QColor.fromRgb(text), QColor.fromRgb(background)
    for percent in range(60, 0, -2):
        colour = mix(strong, ground, percent / 100)
        if contrast(colour, ground) >= LEGIBLE:
            return colour.rgb()
    return text


def text_on(background: QColor) -> QColor:
    """Black or white, whichever reads better."""
    return max((QColor("black"), QColor("white")), key=lambda text: contrast(text, background))


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Score to colour, from `low` to `high`; `reverse` puts the bright end, which says redundant, at `low`.

    A value: whoever makes the scale of the same scores and metric holds an equal one. Its colours are those of the map
    that is in use when they are asked for.
    """

    low: float
    high: float
    reverse: bool = False

    @classmethod
    def over(cls, values: Iterable[float], *, reverse: bool = False) -> ColourScale | None:
        """The scale that spans the finite values, None where there are none. It is of one colour where they differ by
        no more than rounding."""
        finite = [value for value in values if math.isfinite(value)]
        if not finite:
            return None
        low, high = min(finite), max(finite)
        return cls(low, high if high - low > ROUNDING * max(abs(low), abs(high)) else low, reverse)

    @classmethod
    def of(cls, scores: Scores | None, table: str) -> ColourScale | None:
        """The scale of one table of scores: what the tree, its legend and the charts share."""
        from vitprune.scores import METRICS, split_name

        if scores is None or table not in scores:
            return None
        metric, _ = split_name(table)
        reverse = metric in METRICS and METRICS[metric].redundant == "low"
        return cls.over((score.mean for score in scores[table].values()), reverse=reverse)

    def fraction(self, value: float) -> float:
        """Where a value lies between `low` (0) and `high` (1); NaN stays NaN."""
        if not math.isfinite(value):
            return math.nan
        if self.high == self.low:
            return 0.5
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def colour(self, value: float) -> QColor:
        fraction = self.fraction(value)
        if math.isnan(fraction):
            return QColor(UNKNOWN)
        table = self.table()
        return QColor(*(int(channel) for channel in table[round(fraction * (len(table) - 1))]))

    def table(self) -> NDArray[np.uint8]:
        """(256, 3) colours from `low` to `high`."""
        table = colours_of(_in_use)
        return table[::-1] if self.reverse else table


_in_use = "cividis"


def use_colour_map(name: str) -> None:
    """Colour by one of `COLOUR_MAPS` from here on, and let every widget know that colours are others now."""
    global _in_use  # as the palette is: one for the whole application
    if name not in _MAPS:
        raise ValueError(f"There is no colour map {name}.")
    if name == _in_use:
        return
    _in_use = name
    for widget in QApplication.allWidgets():
        QApplication.sendEvent(widget, QEvent(QEvent.Type.PaletteChange))


@lru_cache(maxsize=len(_MAPS))
def colours_of(name: str) -> NDArray[np.uint8]:
    """(256, 3): those of one of `COLOUR_MAPS`, dark to bright."""
    import numpy as np

    anchors = np.array([[int(t[i : i + 2], 16) for i in (0, 2, 4)] for t in _MAPS[name].split()], dtype=np.float64)
    at = np.linspace(0, 1, len(anchors))
    table = np.stack([np.interp(np.linspace(0, 1, 256), at, channel) for channel in anchors.T], axis=1)
    table = np.round(table).astype(np.uint8)
    table.setflags(write=False)
    return table


def _luminance(colour: QColor) -> float:
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
