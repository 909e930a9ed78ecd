"""Colours that carry meaning: a score's, a kind's, and text that stays readable beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPalette

from vitprune.architecture import Kind
from vitprune.scores import METRICS, Scores, split_name

LEGIBLE = 4.5  # the least contrast of text (WCAG 2.2, 1.4.3)
ROUNDING = 1e-6  # of a value: what float32 leaves of a difference
UNKNOWN = QColor(0x80, 0x80, 0x80)

# Cividis (Nunez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239), 33 of its colours.
_CIVIDIS = (
    "00204d 00265a 002c69 00306f 05366e 1f3c6d 2d426c 38486b 414d6b 4a536b 52596c 595f6d 61646f 686a71 6f7073 767676 "
    "7c7c78 848179 8b8779 938e78 9b9477 a39a76 aca174 b4a872 bcaf6f c5b56c cebc68 d7c463 e0cb5e e9d358 f2da50 fbe248 "
    "ffea46"
)

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
    """Score to colour, cividis from `low` to `high`; `reverse` puts the bright end, which says redundant, at `low`.

    A value: whoever makes the scale of the same scores and metric holds an equal one.
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
        return _table()[::-1] if self.reverse else _table()


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint8]:
    anchors = np.array([[int(text[i : i + 2], 16) for i in (0, 2, 4)] for text in _CIVIDIS.split()], dtype=np.float64)
    at = np.linspace(0, 1, len(anchors))
    table = np.stack([np.interp(np.linspace(0, 1, 256), at, channel) for channel in anchors.T], axis=1)
    table = np.round(table).astype(np.uint8)
    table.setflags(write=False)
    return table


def _luminance(colour: QColor) -> float:
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
