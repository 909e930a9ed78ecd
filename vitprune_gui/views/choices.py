"""What combo boxes offer: values with a title and a tool tip, in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox


def fill(
    box: QComboBox, groups: Sequence[Sequence[str]], chosen: str, describe: Callable[[str], tuple[str, str]]
) -> None:
    """A line between the groups that are not empty. `describe` gives title and tool tip of a value. Nothing is done to
    a box that offers this already, but for the choice; one that is not there leaves the first."""
    held = [list(group) for group in groups if group]
    wanted = [value for position, group in enumerate(held) for value in ([None] * bool(position) + group)]
    with QSignalBlocker(box):
        if [box.itemData(row) for row in range(box.count())] != wanted:
            box.clear()
            for row, value in enumerate(wanted):
                if value is None:
                    box.insertSeparator(row)
                    continue
                title, tip = describe(value)
                box.addItem(title, value)
                box.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        row = box.findData(chosen)
        box.setCurrentIndex(row if row >= 0 else 0 if wanted else -1)
