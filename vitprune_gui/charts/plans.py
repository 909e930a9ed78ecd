"""Which branches go in each of several sessions, over relative depth: attention and MLP on lanes of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QWidget

from vitprune.architecture import SUBLAYERS, Architecture, Kind
from vitprune.plan import PruningPlan
from vitprune_gui.charts.chart import Chart, Table
from vitprune_gui.colours import mix, repair_colour
from vitprune_gui.symbols import KIND_TITLES, POINT_SYMBOLS, Mark, draw_symbol
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import shortened

_NAME = 24  # characters of a name


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a session's model; `action` is what happens to it, "" where it stays."""

    session: str
    site: str
    kind: Kind
    depth: float
    action: str


def branches(session: str, architecture: Architecture, plan: PruningPlan) -> tuple[Branch, ...]:
    """All of a model, in running order, 0 the first and 1 the last; a block that goes takes its branches along."""
    gone = plan.branch_actions(architecture)
    last = max(1, len(architecture.sublayers) - 1)
    return tuple(
        Branch(session, site.id, site.kind, number / last, str(gone.get(site.id, "")))
        for number, site in enumerate(architecture.sublayers)
    )


class PlansChart(Chart):
    of_session = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Which branches go"), "comparison-plans", parent)
        self.branches: tuple[Branch, ...] = ()
        self._dots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=_tip, useCache=False)
        self.plot.addItem(self._dots)
        self.plot.showGrid(x=True, y=False, alpha=0.15)
        self.box.invertY(True)
        self.restyle()

    def show_plans(self, found: tuple[Branch, ...]) -> None:
        self.branches = found
        kinds = [kind for kind in SUBLAYERS if any(branch.kind == kind for branch in found)]
        actions = dict.fromkeys(branch.action for branch in found if branch.action)
        marks = [(_kind_mark(kind), tr(KIND_TITLES[kind])) for kind in kinds]
        marks += [
            (
                _action_mark(action),
                tr("removed") if action == "remove" else tr("{repair} instead", repair=tr(action)),
            )
            for action in actions
        ]
        self.legend.show_marks(tuple(marks), tr("small and hollow: stays"))
        gone = sum(bool(branch.action) for branch in found)
        self.describe(tr("{gone} of %n branch(es) go.", "", len(found), gone=gone))
        self._draw()

    def table(self) -> Table:
        rows = [(b.session, b.site, str(b.kind), b.depth, b.action or "keep") for b in self.branches]
        return [("session", "site", "kind", "relative_depth", "action"), *rows]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("left", tr("Session"))
        self.label_axis("bottom", tr("Relative depth (0: first branch, 1: last)"))
        kinds = [kind for kind in SUBLAYERS if any(branch.kind == kind for branch in self.branches)]
        sessions = list(dict.fromkeys(branch.session for branch in self.branches))
        lane = {kind: (number + 1) / (len(kinds) + 1) - 0.5 for number, kind in enumerate(kinds)}
        faint = mix(ink, ground, 0.55)
        colours = [repair_colour(_repair(b.action), palette) if b.action else faint for b in self.branches]
        self._dots.setData(
            x=np.array([b.depth for b in self.branches]),
            y=np.array([sessions.index(b.session) + lane[b.kind] for b in self.branches]),
            data=list(self.branches),
            symbol=[POINT_SYMBOLS[b.kind] for b in self.branches],
            size=[11 if b.action else 6 for b in self.branches],
            pen=[pg.mkPen(colour, width=1.2) for colour in colours],
            brush=[
                pg.mkBrush(colour if b.action else ground) for b, colour in zip(self.branches, colours, strict=True)
            ],
        )
        names = [shortened(name, _NAME) for name in sessions]
        self.plot.getAxis("left").setTicks([list(enumerate(names))])
        self.fit((-0.03, 1.03), (-0.6, max(1, len(sessions)) - 0.4))


def _repair(action: str) -> str:
    return "none" if action == "remove" else action


def _kind_mark(kind: Kind) -> Mark:
    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        draw_symbol(painter, area, kind, palette.color(QPalette.ColorRole.WindowText), hollow=True)

    return draw


def _action_mark(action: str) -> Mark:
    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        painter.fillRect(area.adjusted(0, 2, 0, -2), repair_colour(_repair(action), palette))

    return draw


def _tip(x: float, y: float, data: Branch) -> str:
    values = {"session": data.session, "site": data.site}
    match data.action:
        case "":
            return tr("{session}: {site} stays", **values)
        case "remove":
            return tr("{session}: {site} is removed", **values)
    return tr("{session}: {site} is replaced: {repair}", repair=tr(data.action), **values)
