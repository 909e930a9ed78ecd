"""Whatever is written can be read in both palettes, and what is drawn stands out: the ratios of WCAG 2.2."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QRadioButton, QSpinBox, QWidget

from vitprune.architecture import Kind
from vitprune.plan import Action
from vitprune_gui import theme
from vitprune_gui.charts.series import series_colour
from vitprune_gui.colours import COLOUR_MAPS, colours_of, contrast, kind_colour, mix, muted, repair_colour, text_on

TEXT, GRAPHICS, DISABLED = 4.5, 3.0, 2.5
ROLE, GROUP = QPalette.ColorRole, QPalette.ColorGroup
LOOKS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
GROUNDS = (ROLE.Window, ROLE.Base, ROLE.AlternateBase)
INKS = {
    ROLE.WindowText: GROUNDS,
    ROLE.Text: (*GROUNDS, ROLE.Button),
    ROLE.ButtonText: (ROLE.Button, ROLE.Window),
    ROLE.PlaceholderText: GROUNDS,
    ROLE.Link: (*GROUNDS, ROLE.ToolTipBase),
    ROLE.LinkVisited: (*GROUNDS, ROLE.ToolTipBase),
    ROLE.ToolTipText: (ROLE.ToolTipBase,),
    ROLE.HighlightedText: (ROLE.Highlight,),
}
"""What is written, and all that it is written on."""


@LOOKS
@pytest.mark.parametrize("group", [GROUP.Active, GROUP.Inactive])
def test_all_text_can_be_read(dark: bool, group: QPalette.ColorGroup) -> None:
    palette = theme.palette(dark=dark)
    for ink, grounds in INKS.items():
        for ground in grounds:
            assert contrast(palette.color(group, ink), palette.color(group, ground)) >= TEXT, (ink, ground)


@LOOKS
def test_disabled_text_is_fainter_and_not_lost(dark: bool) -> None:
    palette = theme.palette(dark=dark)
    for ink in (ROLE.WindowText, ROLE.Text, ROLE.ButtonText, ROLE.HighlightedText):
        for ground in INKS[ink]:
            faint = contrast(palette.color(GROUP.Disabled, ink), palette.color(GROUP.Disabled, ground))
            assert DISABLED <= faint < contrast(palette.color(ink), palette.color(ground)), (ink, ground)


@LOOKS
def test_text_on_marked_ground_can_be_read(dark: bool) -> None:
    """Rows, cells and bands that are tinted, as delegates, tables and charts tint them."""
    palette = theme.palette(dark=dark)
    base, ink = palette.color(ROLE.Base), palette.color(ROLE.Text)
    tinted = [mix(base, palette.color(ROLE.Accent), 0.16), mix(base, ink, 0.08), mix(base, ink, 0.14)]
    for ground in tinted:
        assert contrast(ink, ground) >= TEXT
    for ground in (*map(palette.color, GROUNDS), *tinted):
        assert contrast(muted(ink, ground), ground) >= TEXT


@LOOKS
def test_what_is_drawn_stands_out(dark: bool) -> None:
    palette = theme.palette(dark=dark)
    base, ink = palette.color(ROLE.Base), palette.color(ROLE.Text)
    drawn = {
        "accent": palette.color(ROLE.Accent),
        "axes and the frames of tick boxes": mix(ink, base, 0.5),
        **{str(kind): kind_colour(kind, palette) for kind in Kind},
        **{str(action): repair_colour(str(action), palette) for action in Action},
    }
    for (name, colour), ground in product(drawn.items(), (ROLE.Base, ROLE.AlternateBase)):
        assert contrast(colour, palette.color(ground)) >= GRAPHICS, (name, ground)
    for number in range(16):  # in charts alone
        assert contrast(series_colour(number, palette), base) >= GRAPHICS, number


@LOOKS
@pytest.mark.parametrize("make", [QCheckBox, QRadioButton, QLineEdit, QSpinBox, QComboBox])
def test_controls_are_known_by_their_outline(qapp: QApplication, dark: bool, make: type[QWidget]) -> None:
    """By what the style really draws along the left edge of a control, at half its height."""
    before, style = qapp.palette(), qapp.style().objectName()
    switch = theme.apply(qapp, theme.Theme.DARK if dark else theme.Theme.LIGHT)
    try:
        control = make()
        control.resize(control.sizeHint())
        drawn = control.grab().toImage()
        ground = qapp.palette().color(ROLE.Window)
        edge = [contrast(drawn.pixelColor(x, drawn.height() // 2), ground) for x in range(5)]
        assert max(edge) >= GRAPHICS, edge
    finally:
        switch.set(theme.Theme.SYSTEM)
        switch.setParent(None)
        switch.deleteLater()
        qapp.setStyle(style)
        qapp.setPalette(before)


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_numbers_can_be_read_on_every_colour_of_a_map(name: str) -> None:
    for colour in colours_of(name):
        ground = QColor(*(int(channel) for channel in colour))
        assert contrast(text_on(ground), ground) >= TEXT
