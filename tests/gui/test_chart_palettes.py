"""What charts tell apart by colour is told apart by everybody: by the colour, or by the shape that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from tests.gui.test_views_colours import SIGHT, lab
from vitprune.architecture import Kind
from vitprune.plan import Action
from vitprune_gui import theme
from vitprune_gui.charts import series, token_depth
from vitprune_gui.colours import is_dark, kind_colour, repair_colour
from vitprune_gui.symbols import POINT_SYMBOLS

SEEN = 9.0  # the least distance in CIELAB of two colours that nothing but the colour tells apart
LOOKS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def told_apart(colours: Mapping[str, tuple[QColor, str]], sight: str) -> list[tuple[str, str]]:
    """The pairs of one shape that are not."""
    return [
        (one, other)
        for (one, (colour, shape)), (other, (another, its)) in combinations(colours.items(), 2)
        if shape == its and np.linalg.norm(lab(colour, sight) - lab(another, sight)) < SEEN
    ]


@LOOKS
@pytest.mark.parametrize("sight", SIGHT)
def test_nothing_is_told_by_a_colour_that_somebody_does_not_see(dark: bool, sight: str) -> None:
    palette = theme.palette(dark=dark)
    kinds = {str(kind): (kind_colour(kind, palette), POINT_SYMBOLS[kind]) for kind in Kind}
    sessions = {str(n): (series.series_colour(n, palette), series.series_shape(n)) for n in range(16)}
    lines = {
        line.title: (QColor(token_depth._COLOURS[line.colour][is_dark(palette)]), f"{line.symbol} {line.bare}")
        for figure in token_depth.FIGURES.values()
        for line in figure.lines
        if line.title
    }
    repairs = ["none", *(str(action) for action in Action if str(action) != "remove")]
    # Squares in the legend of the frontier, whose shapes tell methods apart.
    of_repairs = {name: (repair_colour(name, palette), "") for name in repairs}
    for colours in (kinds, sessions, of_repairs):
        assert not told_apart(colours, sight)
    of_one_figure = [[line.title for line in figure.lines if line.title] for figure in token_depth.FIGURES.values()]
    for titles in of_one_figure:
        assert not told_apart({title: lines[title] for title in titles}, sight)
