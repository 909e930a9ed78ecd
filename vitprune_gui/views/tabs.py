"""How the tabs of the window stand."""

from __future__ import annotations

from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget


class CloseTabs(QProxyStyle):
    """Less room beside the titles of tabs, so that more of them are seen at once."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        found = super().pixelMetric(metric, option, widget)
        return found // 2 if metric == QStyle.PixelMetric.PM_TabBarTabHSpace else found
