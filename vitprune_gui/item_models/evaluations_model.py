"""Dense and pruned side by side: one row a quantity, one column an evaluation, its distance to dense below it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPalette

from vitprune.architecture import Architecture
from vitprune.comparison import current_of, dense_beside
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Latency
from vitprune.statistics import Estimate, Z, paired_proportion, standard_error
from vitprune_gui.colours import mix
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import (
    NONE,
    data_name,
    decimal,
    estimate,
    plan_name,
    plan_sites,
    si,
    signed,
    thousands,
    times,
)

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity with an interval. `unit` is for axes; a percentage is kept as a share and shown times 100."""

    name: str
    title: str
    unit: str
    tip: str
    percentage: bool = False

    def of(self, evaluation: Evaluation) -> Estimate | None:
        return getattr(evaluation, self.name)


MEASURES = (
    Measure("top1", noop("Top-1 accuracy"), "%", noop("Share of images whose label is the first guess"), True),
    Measure(
        "top5", noop("Top-5 accuracy"), "%", noop("Share of images whose label is among the first five guesses"), True
    ),
    Measure("loss", noop("Loss"), "nats", noop("Cross-entropy with the labels; lower is better")),
    Measure(
        "agreement",
        noop("Agreement with dense"),
        "%",
        noop("Share of images on which the dense model guesses the same"),
        True,
    ),
    Measure("kl", noop("KL from dense"), "nats", noop("Kullback-Leibler divergence, dense to pruned; 0 is no change")),
    Measure(
        "feature_cosine",
        noop("Feature cosine"),
        "",
        noop("Cosine between pooled features, dense and pruned; 1 is no change"),
    ),
    Measure("knn", noop("k-NN accuracy"), "%", noop("Leave-one-out nearest neighbours on the pooled features"), True),
)


def _on(evaluation: Evaluation, data: DataReference | None) -> bool:
    return data is None or evaluation.data.digest == data.digest


def difference(measure: Measure, evaluation: Evaluation, dense: Evaluation | None) -> Estimate | None:
    """Pruned minus dense. The interval pairs the images, where both were measured on the same ones: Tango's for shares,
    as in `vitprune.comparison`; for the others the normal one, which is there at once."""
    ours, theirs = measure.of(evaluation), measure.of(dense) if dense is not None else None
    if dense is None or dense is evaluation or ours is None or theirs is None:
        return None
    here, there = evaluation.per_image.get(measure.name), dense.per_image.get(measure.name)
    if here is None or there is None or here.shape != there.shape:
        return Estimate(ours.value - theirs.value, math.nan, math.nan, min(ours.n, theirs.n))
    if measure.percentage:
        return paired_proportion(int(np.sum(there > here)), int(np.sum(here > there)), len(here))
    change = here.astype(np.float64) - there.astype(np.float64)
    mean, half = float(np.mean(change)), Z * standard_error(change)
    return Estimate(mean, mean - half, mean + half, len(change))


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    tip: str = ""


class EvaluationsModel(QAbstractTableModel):
    """Column 0 is the dense model, then the plan on show if it was measured, then the others, newest first. What was
    measured on other images stands behind, ordered alike."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Evaluation, ...] = ()
        self._current: Evaluation | None = None
        self._trained: set[int] = set()
        self._titles: list[str] = []
        self._tips: list[str] = []
        self._cells: list[list[_Cell]] = []
        self._highlight = QBrush()

    @property
    def current(self) -> Evaluation | None:
        """The evaluation of the plan on show; None while it is not measured."""
        return self._current

    def set_palette(self, palette: QPalette) -> None:
        base, accent = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Accent)
        self._highlight = QBrush(mix(base, QColor(accent), 0.16))
        if self.columns:
            last = self.index(len(self._cells) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [_Role.BackgroundRole])

    def show(
        self,
        evaluations: tuple[Evaluation, ...],
        plan: PruningPlan | None,
        architecture: Architecture | None,
        data: DataReference | None = None,
        trained: tuple[Evaluation, ...] = (),
    ) -> None:
        """`trained` are of models that were trained after their plan."""
        self.beginResetModel()
        self._current = current_of(evaluations, plan, data)
        self._trained = set(map(id, trained))
        newest_first = (*trained[::-1], *evaluations[::-1])
        place = {e.data.digest: number for number, e in reversed(tuple(enumerate(newest_first)))}

        def order(e: Evaluation) -> tuple[object, ...]:
            of_current = self._current is not None and e.plan == self._current.plan
            shown = e is not self._current, not of_current  # a trained one beside the one that it was made from
            return not _on(e, data), place[e.data.digest], bool(len(e.plan)), *shown

        self.columns = tuple(sorted(newest_first, key=order))
        self._titles = [self._title_of(e, architecture, here=_on(e, data)) for e in self.columns]
        self._tips = [_tip(e, architecture) for e in self.columns]
        pairs = [(e, dense_beside(evaluations, e)) for e in self.columns]
        self._cells = [[make(e, base) for e, base in pairs] for _, _, make in _ROWS] if self.columns else []
        self.endResetModel()

    def _title_of(self, evaluation: Evaluation, architecture: Architecture | None, *, here: bool) -> str:
        title = _title(evaluation, self._current, architecture, here=here)
        return "\n".join((title, tr("then trained"))) if id(evaluation) in self._trained else title

    def rows(self) -> list[list[str]]:
        """The table as text, titles first: for copying and CSV."""
        head = [tr("Quantity"), *(" ".join(title.split("\n")) for title in self._titles)]
        body = [
            [tr(title), *(cell.text.replace("\n", "  ") for cell in cells)]
            for (title, _, _), cells in zip(_ROWS, self._cells, strict=False)
        ]
        return [head, *body]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            if not 0 <= section < len(self._cells):
                return None
            return _text(role, tr(_ROWS[section][0]), tr(_ROWS[section][1]))
        if not 0 <= section < len(self.columns):
            return None
        if role == _Role.FontRole and self.columns[section] is self._current:
            font = QFont()
            font.setBold(True)
            return font
        return _text(role, self._titles[section], self._tips[section])

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cell = self._cells[index.row()][index.column()]
        if role == _Role.DisplayRole:
            return cell.text
        if role == _Role.ToolTipRole:
            return cell.tip or None
        if role == _Role.BackgroundRole and self.columns[index.column()] is self._current:
            return self._highlight
        return None


def _text(role: int, shown: str, tip: str) -> str | None:
    if role == _Role.DisplayRole:
        return shown
    return tip if role == _Role.ToolTipRole else None


def _title(evaluation: Evaluation, current: Evaluation | None, architecture: Architecture | None, *, here: bool) -> str:
    if not here:
        what = tr("on other images")
    elif evaluation is current:
        what = tr("this plan")
    else:
        what = tr("another plan") if len(evaluation.plan) else tr("reference")
    return f"{plan_name(evaluation.plan, architecture)}\n{what}"


def _tip(evaluation: Evaluation, architecture: Architecture | None) -> str:
    lines = [
        plan_sites(evaluation.plan, architecture) or tr("Nothing removed"),
        evaluation.data.source,
        evaluation.created,
    ]
    return "\n".join([line for line in lines if line] + list(evaluation.warnings))


def _measured(measure: Measure) -> Callable[[Evaluation, Evaluation | None], _Cell]:
    def make(evaluation: Evaluation, dense: Evaluation | None) -> _Cell:
        value = measure.of(evaluation)
        if value is None:
            return _Cell(NONE, tr("Cannot be measured here: it needs labels and a head that fits them."))
        text = estimate(value, percentage=measure.percentage)
        tip = tr("95 % interval over %n image(s)", "", value.n)
        change = difference(measure, evaluation, dense)
        if change is not None:
            text += f"\n{change_text(measure, change)}"
            tip += "\n" + tr("Below: difference to dense, with its 95 % interval over the same images")
        return _Cell(text, tip)

    return make


def change_text(measure: Measure, change: Estimate) -> str:
    """+1.2 pp [+0.3, +2.1], without the brackets where the interval is not known."""
    scale, decimals = (100, 1) if measure.percentage else (1, 3)
    unit = tr(" pp", "percentage points, after a number") if measure.percentage else ""
    text = signed(change.value * scale, decimals, unit)
    if math.isfinite(change.low):
        text += f" [{signed(change.low * scale, decimals)}, {signed(change.high * scale, decimals)}]"
    return text


def _counted(name: str) -> Callable[[Evaluation, Evaluation | None], _Cell]:
    def make(evaluation: Evaluation, dense: Evaluation | None) -> _Cell:
        count = getattr(evaluation, name)
        text, before = si(count), getattr(dense, name) if dense is not None else 0
        if dense is not None and dense is not evaluation and before:
            text += f"\n{signed(100 * (count - before) / before, 1, ' %')}"
        return _Cell(text, thousands(count))

    return make


def _latency(evaluation: Evaluation, dense: Evaluation | None) -> _Cell:
    latency = evaluation.latency
    if latency is None:
        return _Cell(NONE, tr("Not measured"))
    low, high = latency.quartiles_ms
    text = f"{decimal(latency.median_ms, 2)} ms [{decimal(low, 2)}, {decimal(high, 2)}]"
    if dense is not None and dense is not evaluation and dense.latency is not None:
        text += "\n" + tr("{ratio} as fast", ratio=times(dense.latency.median_ms / latency.median_ms))
    return _Cell(text, tr("Median and quartiles of %n run(s)", "", len(latency.samples_ms)))


def _throughput(evaluation: Evaluation, _: Evaluation | None) -> _Cell:
    latency = evaluation.latency
    return _Cell(NONE if latency is None else tr("{value} images/s", value=thousands(round(latency.images_per_second))))


def _conditions(evaluation: Evaluation, _: Evaluation | None) -> _Cell:
    return _Cell(NONE if evaluation.latency is None else conditions(evaluation.latency))


def _images(evaluation: Evaluation, _: Evaluation | None) -> _Cell:
    skipped = evaluation.data.skipped
    count = thousands(evaluation.images)
    text = (
        tr("{count} ({skipped} skipped)", count=count, skipped=thousands(len(skipped)))
        if skipped
        else tr("{count} (none skipped)", count=count)
    )
    reasons = [f"{image.path}: {image.reason}" for image in skipped[:20]]
    return _Cell(f"{text}\n{data_name(evaluation.data)}", "\n".join([evaluation.data.source, *reasons]))


def conditions(latency: Latency) -> str:
    """How a latency was taken: batch, threads, device."""
    return tr(
        "batch {batch}, %n thread(s), {device}", "", latency.threads, batch=latency.batch_size, device=latency.device
    )


_ROWS: tuple[tuple[str, str, Callable[[Evaluation, Evaluation | None], _Cell]], ...] = (
    *((measure.title, measure.tip, _measured(measure)) for measure in MEASURES),
    (noop("Parameters"), noop("Parameters of the model that is left"), _counted("params")),
    (noop("MACs"), noop("Multiply-accumulates for one image"), _counted("macs")),
    (noop("Latency"), noop("Median wall time of one forward, with quartiles"), _latency),
    (noop("Throughput"), noop("Images in a second at the median"), _throughput),
    (noop("Measured with"), noop("Batch, threads and device of the timing"), _conditions),
    (noop("Images"), noop("Images measured, and those that could not be read; hover for the reasons"), _images),
)
