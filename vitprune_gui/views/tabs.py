"""The tabs about the open model, and how they stand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QTabWidget, QVBoxLayout, QWidget

from vitprune_gui.actions import Verb
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.layout import LEAST_OF_PAGE, Room

TABS = {
    "overview": noop("Overview"),
    "maps": noop("Maps"),
    "activations": noop("Activations"),
    "damage": noop("Damage"),
    "evaluation": noop("Evaluation"),
    "search": noop("Search"),
    "frontier": noop("Frontier"),
    "study": noop("Study"),
    "learn": noop("Learn"),
}


class CloseTabs(QProxyStyle):
    """Less room beside the titles of tabs, so that more of them are seen at once."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        found = super().pixelMetric(metric, option, widget)
        return found // 3 if metric == QStyle.PixelMetric.PM_TabBarTabHSpace else found


class Pages(QTabWidget):
    """A tab for each name, for a view that comes later."""

    def __init__(self, titles: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = tuple(titles)
        self._style = CloseTabs()  # a widget does not own its style
        self.tabBar().setStyle(self._style)
        self.tabBar().setAccessibleName(tr("Tabs"))
        self.setDocumentMode(True)
        self._layouts: dict[str, QVBoxLayout] = {}
        for name, title in titles.items():
            page = QWidget()
            self._layouts[name] = QVBoxLayout(page)
            self._layouts[name].setContentsMargins(0, 0, 0, 0)
            self.addTab(page, tr(title))

    @property
    def name(self) -> str:
        """Of the tab on show."""
        return self.names[self.currentIndex()]

    def put(self, name: str, view: QWidget) -> None:
        self._layouts[name].addWidget(Room(view, LEAST_OF_PAGE))

    def turn_to(self, name: str) -> None:
        self.setCurrentIndex(self.names.index(name))

    def turn(self, by: int) -> None:
        """To the next tab but `by` - 1, round and round."""
        self.setCurrentIndex((self.currentIndex() + by) % self.count())


def tab_verbs(show: Callable[[str], object], blocked: Callable[[], str]) -> list[Verb]:
    """`show` is given the name of a tab."""

    def verb(number: int, name: str, title: str) -> Verb:
        return Verb(
            f"tab_{name}",
            title,
            tr("Go to the tab {name}", name=title),
            lambda: show(name),
            blocked,
            f"Ctrl+{number}",
            menu="View/Go",
            words=tr("tab show", "words to find it by"),
        )

    return [verb(number, name, tr(title)) for number, (name, title) in enumerate(TABS.items(), 1)]
