"""Colours against pyqtgraph's own table, and contrast against the guideline's known values."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from tests.gui import synthetic
from vitprune.architecture import Kind
from vitprune.scores import Score, Scores
from vitprune_gui import theme
from vitprune_gui.colours import (
    COLOUR_MAPS,
    ColourScale,
    colours_of,
    contrast,
    kind_colour,
    muted,
    text_on,
    use_colour_map,
)
from vitprune_gui.symbols import KIND_PLURALS, KIND_TITLES, POINT_SYMBOLS

PALETTES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
ROLE = QPalette.ColorRole


def test_the_scale_is_cividis() -> None:
    scale = ColourScale(0.0, 1.0)
    assert scale.colour(0.0).name() == "#00204d"
    assert scale.colour(1.0).name() == "#ffea46"
    cividis = pg.colormap.get("cividis")
    assert cividis is not None
    theirs = np.asarray(cividis.getLookupTable(0, 1, 256))[:, :3].astype(int)
    assert abs(scale.table().astype(int) - theirs).max() <= 6


def test_the_bright_end_says_redundant_for_either_direction() -> None:
    model = synthetic.architecture()
    scores = synthetic.scores(model)
    for metric, best in (("cosine", max), ("norm_ratio", min)):
        scale = ColourScale.of(scores, metric)
        assert scale is not None
        redundant = best(score.mean for score in scores[metric].values())
        assert scale.colour(redundant).name() == "#ffea46"


def test_odd_values_have_a_colour_too() -> None:
    scale = ColourScale.over([0.5, math.nan, 0.5])
    assert scale is not None
    assert scale.colour(0.5).isValid()
    assert scale.colour(math.nan).name() == "#808080"
    assert scale.colour(9.0) == scale.colour(0.5)
    assert ColourScale.over([math.nan]) is None
    assert ColourScale.of(Scores(0, {"cosine": {"a": Score(np.zeros(0))}}), "cosine") is None


def test_contrast_has_the_values_of_the_guideline() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)
    assert text_on(QColor("#ffea46")).name() == "#000000"
    assert text_on(QColor("#00204d")).name() == "#ffffff"


@PALETTES
def test_pruned_text_is_fainter_and_still_legible(dark: bool) -> None:
    palette = theme.palette(dark=dark)
    for ground in (ROLE.Base, ROLE.AlternateBase, ROLE.Highlight):
        ink = palette.color(ROLE.HighlightedText if ground == ROLE.Highlight else ROLE.Text)
        faint = muted(ink, palette.color(ground))
        assert 4.5 <= contrast(faint, palette.color(ground)) <= contrast(ink, palette.color(ground))


@PALETTES
def test_the_kinds_are_seen_on_their_ground_and_told_apart(dark: bool) -> None:
    palette = theme.palette(dark=dark)
    colours = [kind_colour(kind, palette) for kind in (Kind.ATTENTION, Kind.MLP, Kind.CONV, Kind.BLOCK)]
    for colour in colours:
        assert contrast(colour, palette.color(ROLE.Base)) >= 3
    # Blue against orange: the difference in the blue channel is what people who see no red or green go by.
    assert abs(colours[0].blue() - colours[1].blue()) > 120


# Severe forms on linear RGB (Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113).
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def lab(colour: QColor, sight: str) -> np.ndarray:
    """CIELAB of a colour as it is seen."""
    rgb = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SIGHT[sight]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(xyz / [0.9505, 1, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@PALETTES
@pytest.mark.parametrize("sight", SIGHT)
def test_the_kinds_are_told_apart_by_everybody(dark: bool, sight: str) -> None:
    palette = theme.palette(dark=dark)
    kinds = (Kind.ATTENTION, Kind.MLP, Kind.CONV, Kind.BLOCK)
    for one, other in combinations([lab(kind_colour(kind, palette), sight) for kind in kinds], 2):
        assert np.linalg.norm(one - other) > 20


def test_every_kind_has_name_plural_and_a_shape_of_its_own() -> None:
    assert set(Kind) == set(KIND_TITLES) == set(KIND_PLURALS) == set(POINT_SYMBOLS)
    assert len(set(POINT_SYMBOLS.values())) == len(Kind)


def test_rounding_has_one_colour() -> None:
    scale = ColourScale.over([1.0, 1.0 - 1e-9])
    assert scale is not None
    assert scale.colour(1.0) == scale.colour(1.0 - 1e-9)


def test_a_theme_changes_the_palette_where_the_platform_ignores_the_wish(qapp: QApplication) -> None:
    before, style = qapp.palette(), qapp.style().objectName()
    switch = theme.apply(qapp, theme.Theme.DARK)
    try:
        assert qapp.palette().color(ROLE.Base).lightnessF() < 0.5
        assert theme.apply(qapp, theme.Theme.LIGHT) is switch
        assert qapp.palette().color(ROLE.Base).lightnessF() > 0.5
    finally:
        switch.set(theme.Theme.SYSTEM)
        switch.setParent(None)
        switch.deleteLater()
        qapp.setStyle(style)
        qapp.setPalette(before)


@pytest.mark.parametrize("name", COLOUR_MAPS)
@pytest.mark.parametrize("sight", SIGHT)
def test_every_map_rises_for_every_eye(name: str, sight: str) -> None:
    seen = np.array([lab(QColor(*map(int, colour)), sight) for colour in colours_of(name)[::8]])
    assert np.all(np.diff(seen[:, 0]) > 0), "what is brighter is more"
    assert seen[-1, 0] - seen[0, 0] > 60
    for one, other in pairwise(seen[::4]):
        assert np.linalg.norm(one - other) > 8


def test_maps_are_those_of_their_names() -> None:
    for name in ("viridis", "magma"):
        theirs = pg.colormap.get(name)
        assert theirs is not None
        table = np.asarray(theirs.getLookupTable(0, 1, 256))[:, :3].astype(int)
        assert abs(colours_of(name).astype(int) - table).max() <= 6


def test_another_map_colours_scales_that_are_there(qapp: QApplication) -> None:
    scale = ColourScale(0.0, 1.0)
    try:
        use_colour_map("viridis")
        assert scale.colour(1.0).name() == "#fde725"
        assert scale.colour(0.0).name() == "#440154"
        with pytest.raises(ValueError, match="jet"):
            use_colour_map("jet")
        assert scale.colour(1.0).name() == "#fde725"
    finally:
        use_colour_map("cividis")
    assert scale.colour(1.0).name() == "#ffea46"
