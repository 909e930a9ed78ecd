"""A row filter that changes without sorting again, on every supported version of Qt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSortFilterProxyModel


class RowFilter(QSortFilterProxyModel):
    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change what `filterAcceptsRow` goes by inside."""
        if hasattr(self, "endFilterChange"):  # Qt 6.10, which deprecates the call below
            self.beginFilterChange()
            yield
            self.endFilterChange(QSortFilterProxyModel.Direction.Rows)
        else:
            yield
            self.invalidateFilter()
