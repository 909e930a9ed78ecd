"""Light, dark, or what the system says: one style and one pair of palettes on every platform."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from vitprune_gui.colours import mix


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


_SCHEMES = {
    Theme.SYSTEM: Qt.ColorScheme.Unknown,
    Theme.LIGHT: Qt.ColorScheme.Light,
    Theme.DARK: Qt.ColorScheme.Dark,
}
_ROLE = QPalette.ColorRole
_LIGHT = {
    _ROLE.Window: "#f3f4f6",
    _ROLE.WindowText: "#1c1e21",
    _ROLE.Base: "#ffffff",
    _ROLE.AlternateBase: "#f7f8fa",
    _ROLE.Text: "#1c1e21",
    _ROLE.Button: "#f3f4f6",
    _ROLE.ButtonText: "#1c1e21",
    _ROLE.BrightText: "#ffffff",
    _ROLE.ToolTipBase: "#fffbe8",
    _ROLE.ToolTipText: "#1c1e21",
    _ROLE.PlaceholderText: "#696d74",
    _ROLE.Highlight: "#2a66c4",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Accent: "#2a66c4",
    _ROLE.Link: "#1f56ad",
    _ROLE.LinkVisited: "#6b3fa0",
}
# Fields are lighter than the window here, and their outlines lighter than those: see `framed`.
_DARK = {
    _ROLE.Window: "#1f2124",
    _ROLE.WindowText: "#e6e7e9",
    _ROLE.Base: "#2a2c31",
    _ROLE.AlternateBase: "#2f3237",
    _ROLE.Text: "#e6e7e9",
    _ROLE.Button: "#373a41",
    _ROLE.ButtonText: "#e6e7e9",
    _ROLE.BrightText: "#ffffff",
    _ROLE.ToolTipBase: "#33363c",
    _ROLE.ToolTipText: "#e6e7e9",
    _ROLE.PlaceholderText: "#a3a7af",
    _ROLE.Highlight: "#2f66b5",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Accent: "#5b97ea",
    _ROLE.Link: "#83b4f5",
    _ROLE.LinkVisited: "#c3a3ea",
}
FRAMED = ("QLineEdit", "QCheckBox", "QRadioButton", "QAbstractSpinBox", "QComboBox")
"""Classes of controls that are known by their outline."""
_DARKENED = 140  # per cent, by the style
_DISABLED = (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText, _ROLE.HighlightedText)


def palette(*, dark: bool) -> QPalette:
    """The application's palette. Text on each of its grounds keeps a contrast of at least 4.5."""
    colours = _DARK if dark else _LIGHT
    made = QPalette(QColor(colours[_ROLE.Button]), QColor(colours[_ROLE.Window]))
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in _DISABLED:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor("#7d828b" if dark else "#8b8f96"))
    made.setColor(QPalette.ColorGroup.Disabled, _ROLE.Highlight, QColor("#3a3d43" if dark else "#e4e6ea"))
    return made


def framed(palette: QPalette) -> QPalette:
    """That of `FRAMED`. The style draws their outlines in the window's colour, darkened, which on a dark window cannot
    be seen at all. Theirs is so light that what comes out stands out by 3 at least. They paint no window."""
    made = QPalette(palette)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        ink, ground = palette.color(group, _ROLE.WindowText), palette.color(group, _ROLE.Window)
        made.setColor(group, _ROLE.Window, mix(ground, ink, 0.55).lighter(_DARKENED))
    return made


class ThemeSwitch(QObject):
    """Puts a theme on the application and, under `SYSTEM`, follows the desktop while it runs."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._theme = Theme.SYSTEM
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._repaint)

    @property
    def theme(self) -> Theme:
        return self._theme

    def set(self, theme: Theme) -> None:
        self._theme = theme
        self._application.styleHints().setColorScheme(_SCHEMES[theme])
        self._repaint()

    @Slot()
    def _repaint(self) -> None:
        # Desktops without a platform theme ignore the wish for a scheme, so the palette never depends on it.
        scheme = _SCHEMES[self._theme]
        if scheme == Qt.ColorScheme.Unknown:
            scheme = self._application.styleHints().colorScheme()
        chosen = palette(dark=scheme == Qt.ColorScheme.Dark)
        self._application.setPalette(chosen)
        for kind in FRAMED:
            self._application.setPalette(framed(chosen), kind)  # pyright: ignore[reportArgumentType] - it is text


def apply(application: QApplication, theme: Theme = Theme.SYSTEM) -> ThemeSwitch:
    """Style the application; keep the switch to change the theme later."""
    switch = application.findChild(ThemeSwitch) or ThemeSwitch(application)
    switch.set(theme)
    return switch
