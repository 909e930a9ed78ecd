"""The window for people who cannot see it, cannot use a mouse, or cannot tell its colours apart."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QTableWidget, QWidget

from tests.gui import synthetic
from tests.gui.reaching import nameless, unreached
from tests.gui.walking import walked
from vitprune.architecture import Kind
from vitprune_gui import theme
from vitprune_gui.item_models.architecture_model import Column
from vitprune_gui.symbols import kind_icon
from vitprune_gui.views.architecture import ArchitectureView


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_control_has_a_name_and_a_role(language: str) -> None:
    assert walked("en,de", 1)[language]["nameless"] == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_letter_means_two_things_in_a_menu(language: str) -> None:
    assert walked("en,de", 1)[language]["clashing"] == {}


def test_tab_comes_to_every_control_and_leaves_it_again() -> None:
    assert walked("en,de", 1)["en"]["unreached"] == {}


def test_controls_without_a_name_and_traps_are_found(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field, named, table, button = QLineEdit(), QLineEdit(), QTableWidget(2, 2), QPushButton("Do it")
    label = QLabel("&Name")
    label.setBuddy(named)
    table.setAccessibleName("A table")
    row = QHBoxLayout(window)
    for widget in (field, label, named, table, button):
        row.addWidget(widget)
    window.show()
    assert list(nameless(window)) == ["QWidget/QLineEdit: no name"]
    assert list(unreached(window)) == [
        "QWidget/QTableWidget: the keyboard is trapped",
        "QWidget/QPushButton: Tab does not come here",
    ]
    table.setTabKeyNavigation(False)
    assert list(unreached(window)) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_kinds_are_told_apart_by_their_shape(dark: bool) -> None:
    palette = theme.palette(dark=dark)
    shapes = {
        (kind, hollow): kind_icon(kind, palette, hollow=hollow).pixmap(32, 32).toImage()
        for kind in (Kind.BLOCK, Kind.ATTENTION, Kind.MLP)
        for hollow in (False, True)
    }
    for (one, here), (other, there) in combinations(shapes.items(), 2):
        assert here.convertToFormat(QImage.Format.Format_Alpha8) != there.convertToFormat(
            QImage.Format.Format_Alpha8
        ), (one, other)


def test_states_in_the_tree_are_told_apart_without_colours(qtbot: Any) -> None:
    """Of one and the same site, in black and white."""
    state, commands = synthetic.analysed()
    view = ArchitectureView(state, commands)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(390, 700)
    view.show()
    qtbot.waitExposed(view)
    site = "blocks.3.attn"

    def seen() -> QImage:
        cell = view.filtered.mapFromSource(view.model.index_of(site, Column.SITE))
        view.tree.scrollTo(cell)
        picture = view.tree.viewport().grab(view.tree.visualRect(cell)).toImage()
        return picture.convertToFormat(QImage.Format.Format_Mono)

    kept = seen()
    commands.planning.protect([site])
    protected = seen()
    commands.planning.release([site])
    assert seen() == kept
    commands.remove_sites([site])
    removed = seen()
    commands.repair_sites([site], "linear")
    linear = seen()
    commands.repair_sites([site], "mean")
    for one, other in combinations((kept, protected, removed, linear, seen()), 2):
        assert one != other
