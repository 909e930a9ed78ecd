"""The list of session files: what each holds, or why it does not open; ticked for a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from vitprune_gui.item_models.filtering import RowFilter
from vitprune_gui.repairs import inside
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import NONE, decimal, thousands, with_unit

if TYPE_CHECKING:
    from vitprune.listing import Line, Summary

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LAST = float("inf")


class Column(IntEnum):
    FILE = 0
    MODEL = 1
    DATA = 2
    METHOD = 3
    REMOVED = 4
    QUALITY = 5
    LATENCY = 6
    DATE = 7
    SIZE = 8


_TITLES = {
    Column.FILE: (noop("File"), noop("Tick sessions to compare them; a double click opens one")),
    Column.MODEL: (noop("Model"), noop("What the session is of")),
    Column.DATA: (noop("Images"), noop("Those that it is measured on, or else those that were analysed")),
    Column.METHOD: (
        noop("Method, repair"),
        noop("How the sites were chosen, as far as the session says, and what stands for them"),
    ),
    Column.REMOVED: (noop("Removed"), noop("Branches that go, of all that the model has")),
    Column.QUALITY: (
        noop("Top-1 accuracy"),
        noop("With its 95 % interval over images; without labels, another measure by name"),
    ),
    Column.LATENCY: (
        noop("ms an image"),
        noop("Median time of a batch over its size. Sessions of other machines are not alike."),
    ),
    Column.DATE: (noop("Begun"), noop("When the session was begun")),
    Column.SIZE: (noop("Size"), noop("Of the file")),
}
_ON_THE_RIGHT = {Column.REMOVED, Column.QUALITY, Column.LATENCY, Column.DATE, Column.SIZE}


class SessionsModel(QAbstractTableModel):
    ticked_by_hand = Signal(object, bool)
    """A path, and whether it is to be compared."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self._texts: list[tuple[str, ...]] = []
        self._tips: list[tuple[str, ...]] = []
        self._keys: list[tuple[tuple[float, str], ...]] = []
        self._ticked: frozenset[Path] = frozenset()

    def set_lines(self, lines: Sequence[Line]) -> None:
        """More lines keep the selection; other lines start anew."""
        lines, held = tuple(lines), len(self.lines)
        if lines == self.lines:
            return
        if held and lines[:held] == self.lines:
            self.beginInsertRows(QModelIndex(), held, len(lines) - 1)
            self._add(lines[held:])
            self.lines = lines
            self.endInsertRows()
            return
        self.beginResetModel()
        self._texts, self._tips, self._keys = [], [], []
        self._add(lines)
        self.lines = lines
        self.endResetModel()

    def _add(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._texts.append(_texts(line))
            self._tips.append(_tips(line))
            self._keys.append(_keys(line, self._texts[-1]))

    def set_ticked(self, paths: Sequence[Path]) -> None:
        self._ticked = frozenset(paths)
        if self.lines:
            last = self.index(len(self.lines) - 1, Column.FILE)
            self.dataChanged.emit(self.index(0, Column.FILE), last, [_Role.CheckStateRole])

    def line(self, index: Index) -> Line | None:
        return self.lines[index.row()] if index.isValid() and index.row() < len(self.lines) else None

    def key(self, index: Index) -> tuple[float, str]:
        """What a cell sorts by."""
        return self._keys[index.row()][index.column()]

    def words(self, row: int) -> str:
        """What a search looks through."""
        line = self.lines[row]
        return " ".join((line.path.name, *self._texts[row][1:4], line.reason)).lower()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        line = self.line(index)
        if line is not None and line.summary is not None and index.column() == Column.FILE:
            found |= Qt.ItemFlag.ItemIsUserCheckable
        return found

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        title, tip = _TITLES[Column(section)]
        if role == _Role.TextAlignmentRole:
            return _RIGHT if section in _ON_THE_RIGHT else None
        return {int(_Role.DisplayRole): tr(title), int(_Role.ToolTipRole): tr(tip)}.get(int(role))

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        line = self.line(index)
        if line is None:
            return None
        column = index.column()
        if role == _Role.DisplayRole:
            return self._texts[index.row()][column]
        if role == _Role.ToolTipRole:
            return self._tips[index.row()][column] or None
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column in _ON_THE_RIGHT and (line.summary or column >= Column.DATE) else None
        if role == _Role.CheckStateRole and column == Column.FILE and line.summary is not None:
            return Qt.CheckState.Checked if line.path in self._ticked else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        line = self.line(index)
        if line is None or role != _Role.CheckStateRole or line.summary is None:
            return False
        self.ticked_by_hand.emit(line.path, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


class SessionsFilter(RowFilter):
    """Every word in the file's name, the model, the images, the method or the reason why it does not open."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: tuple[str, ...] = ()

    def set_words(self, text: str) -> None:
        wanted = tuple(text.lower().split())
        if wanted != self._wanted:
            with self.changing():
                self._wanted = wanted

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        words = self._model().words(row)
        return all(word in words for word in self._wanted)

    def lessThan(self, left: Index, right: Index) -> bool:
        one, other = self._model().key(left), self._model().key(right)
        if (one[0] == _LAST) != (other[0] == _LAST):  # what is not known comes last in both directions
            return (other[0] == _LAST) == (self.sortOrder() == Qt.SortOrder.AscendingOrder)
        return one < other

    def _model(self) -> SessionsModel:
        model = self.sourceModel()
        assert isinstance(model, SessionsModel)
        return model


def describe(line: Line) -> str:
    """A file in a few lines."""
    found, name = line.summary, line.path.name
    if found is None:
        return tr("{name} cannot be opened: {reason} {hint}", name=name, reason=_reason(line), hint=line.hint).strip()
    parts = [f"{found.architecture}: {_removed(found)}", _quality(found, named=True), _latency_tip(found)]
    return f"{name}\n{' · '.join(part for part in parts if part)}"


def _texts(line: Line) -> tuple[str, ...]:
    found, size = line.summary, _size(line.bytes)
    if found is None:
        date = _day(datetime.fromtimestamp(line.changed_ns / 1e9, UTC).isoformat())
        reason = tr("Cannot be opened: {reason}", reason=_reason(line))
        return (line.path.name, reason, "", "", "", "", "", date, size)
    repair = inside(found.repair)
    images = f"{PurePath(found.data).name or found.data} ({thousands(found.images)})" if found.data else NONE
    latency = found.latency
    return (
        line.path.name,
        PurePath(found.model).name or found.architecture,
        images,
        ", ".join(filter(None, (found.method, repair))) or (NONE if found.removed else tr("dense")),
        tr("{count} of {all}", count=found.removed, all=found.branches),
        _quality(found) or NONE,
        decimal(latency.median_ms / latency.batch_size, 2) if latency else NONE,
        _day(found.created),
        size,
    )


def _tips(line: Line) -> tuple[str, ...]:
    found, size = line.summary, tr("{count} bytes", count=thousands(line.bytes))
    if found is None:
        return (str(line.path), f"{line.reason}\n{line.hint}".strip(), "", "", "", "", "", "", size)
    return (
        str(line.path),
        f"{found.model}\n{found.architecture}",
        "\n".join((found.data, tr("%n image(s)", "", found.images))),
        found.method,
        tr("{share} % of the multiply-accumulates are left", share=decimal(100 * found.macs_left, 1)),
        _quality(found, named=True),
        _latency_tip(found),
        found.created,
        size,
    )


def _keys(line: Line, texts: tuple[str, ...]) -> tuple[tuple[float, str], ...]:
    found = line.summary
    keys = [(0.0, text.casefold()) for text in texts]
    numbers = {Column.SIZE: float(line.bytes), Column.REMOVED: _LAST, Column.QUALITY: _LAST, Column.LATENCY: _LAST}
    if found is None:
        numbers |= dict.fromkeys((Column.MODEL, Column.DATA, Column.METHOD), _LAST)
    else:
        numbers[Column.REMOVED] = float(found.removed)
        if found.quality and found.measure and found.measure.name == "top1":
            numbers[Column.QUALITY] = found.quality.value
        if found.latency:
            numbers[Column.LATENCY] = found.latency.median_ms / found.latency.batch_size
    for column, value in numbers.items():
        keys[column] = value, texts[column]
    return tuple(keys)


def _quality(found: Summary, *, named: bool = False) -> str:
    value, measure = found.quality, found.measure
    if value is None or measure is None:
        return ""
    text = with_unit(value, measure)
    if named:
        return tr(
            "{measure} {value}, 95 % interval, n = {n}", measure=tr(measure.title), value=text, n=thousands(value.n)
        )
    return text if measure.name == "top1" else f"{measure.name.replace('_', ' ')} {text}"


def _removed(found: Summary) -> str:
    if not found.removed:
        return tr("none of %n branch(es) removed", "", found.branches)
    left = decimal(100 * found.macs_left, 1)
    return tr(
        "{removed} of %n branch(es) removed, {share} % of the MACs left",
        "",
        found.branches,
        removed=found.removed,
        share=left,
    )


def _latency_tip(found: Summary) -> str:
    latency = found.latency
    if latency is None:
        return ""
    low, high = latency.quartiles_ms
    return tr(
        "{median} ms [{low}, {high}] for a batch of {batch} with {threads} on {device}, median and quartiles of "
        "%n timing(s)",
        "",
        len(latency.samples_ms),
        median=decimal(latency.median_ms, 1),
        low=decimal(low, 1),
        high=decimal(high, 1),
        batch=latency.batch_size,
        threads=tr("%n thread(s)", "", latency.threads),
        device=latency.device,
    )


def _reason(line: Line) -> str:
    """Without the path, which stands beside it."""
    if not line.reason.startswith(str(line.path)):
        return line.reason
    return tr("it {reason}", reason=line.reason.removeprefix(str(line.path)).strip())


def _day(created: str) -> str:
    """2026-01-03 14:05, as the file says it."""
    return created[:16].replace("T", " ")


def _size(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
