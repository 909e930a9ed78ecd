"""Everything known of the selected site; of the model and its images while none is selected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from vitprune.agreement import truths
from vitprune.architecture import Architecture, Site
from vitprune.scores import METRICS, Score, Scores, split_name
from vitprune_gui.repairs import REPAIRS
from vitprune_gui.state import AppState
from vitprune_gui.symbols import KIND_PLURALS, KIND_TITLES, kind_icon
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import (
    NONE,
    decimal,
    estimate,
    metric_of,
    ordinal,
    percent,
    si,
    site_name,
    thousands,
    title_and_tip,
    with_interval,
)
from vitprune_gui.views.inspector_model import ModelPage, Page
from vitprune_gui.views.parts import SPACE, Elided, EmptyState, Facts, bold, clear, rule, wrapped
from vitprune_gui.views.site_facts import depth, fitted, latency, repair_title, search_step, share, standing, units
from vitprune_gui.views.units_field import UnitsField

if TYPE_CHECKING:
    from vitprune_gui.charts.histogram import HistogramChart
    from vitprune_gui.commands import Commands


# The dock is narrow; the chooser above the tree has the long names.
_SHORT = {
    "all": noop("all tokens"),
    "cls": noop("class token"),
    "patch": noop("patch tokens"),
    "pooled": noop("read by the head"),
}


def rank(scores: Scores, metric: str, site: Site, architecture: Architecture) -> tuple[int, int]:
    """Place of a site by redundancy (1: the most redundant) among how many: blocks among blocks, branches among
    branches."""
    table = scores[metric]
    _, peers = _peers(site, architecture)
    values = [table[peer.id].mean for peer in peers if peer.id in table and math.isfinite(table[peer.id].mean)]
    own = table[site.id].mean
    ahead = sum(value > own if metric_of(metric).redundant == "high" else value < own for value in values)
    return ahead + 1, len(values)


def _peers(site: Site, architecture: Architecture) -> tuple[str, tuple[Site, ...]]:
    """Those that a site is ranked among, and a name for them, to be translated."""
    if site in architecture.sublayers:
        return noop("sublayers"), architecture.sublayers
    return KIND_PLURALS[site.kind], architecture.of_kind(site.kind)


class Inspector(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.empty = EmptyState(
            tr("Nothing to inspect"), tr("Open a model; what is known of it, or of a site, appears here.")
        )
        self._model_page = ModelPage()
        self._site_page = _SitePage(commands)
        self._pages = QStackedWidget()
        for page in (self.empty, self._model_page, self._site_page):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        for signal in (
            state.model_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
            state.scores_changed,
            state.plan_changed,
            state.metric_changed,
            state.selection_changed,
            state.ranks_changed,
            state.protected_changed,
            state.evaluations_changed,
            state.search_changed,
            state.rungs_changed,
            state.latencies_changed,
        ):
            signal.connect(self._show)
        self._show(None)

    @Slot(object)
    def _show(self, _: object) -> None:
        architecture, selection = self._state.architecture, self._state.selection
        site = architecture.by_id.get(selection) if architecture and selection else None
        if architecture is None:
            self._pages.setCurrentWidget(self.empty)
        elif site is None:
            self._model_page.show_model(self._state, architecture)
            self._pages.setCurrentWidget(self._model_page)
        else:
            self._site_page.show_site(self._state, architecture, site)
            self._pages.setCurrentWidget(self._site_page)


class _SitePage(Page):
    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self._commands = commands
        self._site: Site | None = None
        self._removed = self._protected = False
        self._icon = QLabel()
        self._name = bold(Elided(), larger=2)
        self._id = Elided(selectable=True)
        self._id.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._icon, 0)
        head.addWidget(self._name, 1)
        self._plan = wrapped()
        self.button = QPushButton(tr("Prune"))
        self.button.clicked.connect(self._toggle)
        self.protect = QPushButton(tr("Protect"))
        self.protect.clicked.connect(self._protect)
        act = QHBoxLayout()
        act.setSpacing(SPACE)
        act.addWidget(self.button, 1)
        act.addWidget(self.protect, 1)
        self._facts = Facts()
        self.units = UnitsField(commands)
        self._scores_title = bold(QLabel(tr("Scores")))
        self._scores = QWidget()
        self._grid = QGridLayout(self._scores)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._hint = wrapped(tr("No scores yet. Press Analyse to measure this site."))
        self._histogram: HistogramChart | None = None
        self._repairs_title = bold(QLabel(tr("Repairs")))
        self._repairs, self._repairs_note = Facts(), wrapped()
        self._repairs_note.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        self.column.addLayout(head)
        self.column.addWidget(self._id)
        self.column.addWidget(self._plan)
        self.column.addLayout(act)
        for widget in (rule(), self._facts, self.units, rule(), self._scores_title, self._scores, self._hint):
            self.column.addWidget(widget)
        self._rule = rule()
        self._rungs_title = bold(QLabel(tr("Repairs that were tried")))
        self._rungs, self._rungs_note = Facts(), wrapped()
        self._rungs_note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for widget in (
            self._rule,
            self._repairs_title,
            self._repairs,
            self._repairs_note,
            self._rungs_title,
            self._rungs,
            self._rungs_note,
        ):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_site(self, state: AppState, architecture: Architecture, site: Site) -> None:
        self._site = site
        self._name.setText(site_name(site) if architecture.prunable else site.id)
        self._id.setText(site.id)
        prunable = bool(architecture.prunable)
        self._facts.show_facts(
            [
                (tr("Kind"), tr(KIND_TITLES[site.kind]) if prunable else tr("Part")),
                *([(tr("Depth"), depth(site, architecture))] if prunable else []),
                (tr("Parameters"), f"{si(site.params)} ({share(site.params, architecture.params)})"),
                (tr("MACs"), f"{si(site.macs)} ({share(site.macs, architecture.macs)})"),
                *latency(state, architecture, site),
                *search_step(state, site),
                *fitted(state, site),
                *units(site),
            ]
        )
        plan = state.plan
        removed = plan is not None and plan.digest == architecture.digest and plan.removes(architecture, site.id)
        self._removed, self._protected = removed, site.id in state.protected
        self._icon.setPixmap(kind_icon(site.kind, self.palette(), hollow=removed).pixmap(16, 16))
        self._plan.setText(standing(state, architecture, site, removed=removed))
        self.button.setText(tr("Restore") if removed else tr("Prune"))
        self.button.setEnabled(not site.fixed and not self._protected)
        self.button.setToolTip(tr(site.fixed) if site.fixed else tr("Release it first.") if self._protected else "")
        self.units.setVisible(bool(site.units) and not removed)
        if site.units:
            self.units.show_site(
                site,
                plan if plan is not None and plan.digest == architecture.digest else None,
                tr("Release it first.") if self._protected else "",
            )
        self.protect.setText(tr("Release") if self._protected else tr("Protect"))
        self.protect.setToolTip(tr("What is protected stays: no edit and no method can prune it"))
        self.protect.setEnabled(not site.fixed)
        self._show_scores(state, architecture, site)
        self._show_repairs(state, site)
        self._show_rungs(state, site)

    def _show_repairs(self, state: AppState, site: Site) -> None:
        """What could stand for the site: what each makes good of what it adds, and what it costs."""
        for widget in (self._rule, self._repairs_title, self._repairs, self._repairs_note):
            widget.setVisible(bool(site.repairs))
        known = state.scores.gains if state.scores is not None else {}
        gains = known.get(site.id, {})
        facts: list[tuple[str, str]] = []
        for cost in site.repairs:
            share = percent(cost.macs / site.macs) if site.macs else NONE
            value = tr(
                "{params} parameters, {macs} MACs ({share})", params=si(cost.params), macs=si(cost.macs), share=share
            )
            if cost.action in gains:
                value = f"{estimate(gains[cost.action], percentage=True)}\n{value}"
            facts.append((tr(REPAIRS[cost.action].title), value.replace(" %", "\N{NO-BREAK SPACE}%")))
        self._repairs.show_facts(facts)
        note = tr("What each costs, beside the site itself.")
        if gains:
            note = tr(
                "The share of what the site adds that each makes good, on images that it was not fitted to, with its "
                "95 % interval; and what it costs, beside the site itself."
            )
        elif not known:
            note = tr("What each costs, beside the site itself. Measure the damage to find out what it makes good.")
        self._repairs_note.setText(note)

    def _show_rungs(self, state: AppState, site: Site) -> None:
        """Which repair was chosen for the site and why, where that is how the plan on show came to be."""
        rungs = state.rungs.get(state.plan.key, ()) if state.plan is not None else ()
        own = sorted((rung for rung in rungs if rung.site == site.id), key=lambda rung: rung.cost.macs)
        for widget in (self._rungs_title, self._rungs, self._rungs_note):
            widget.setVisible(bool(own))
        self._rungs.show_facts(
            [
                (
                    tr("{repair} (chosen)", repair=repair_title(rung.cost.action))
                    if rung.chosen
                    else repair_title(rung.cost.action),
                    tr("{damage}, {macs} MACs, {p}", damage=estimate(rung.damage), macs=si(rung.cost.macs),
                       p=_chance(rung.worse)),
                )
                for rung in own
            ]
        )  # fmt: skip
        self._rungs_note.setText(
            tr(
                "The damage that each leaves, with its 95 % interval, while the sites before it are repaired as "
                "chosen; and how likely so large a difference from the best one is by chance (p). The cheapest one "
                "with p above 0.05 was chosen."
            )
        )

    def _show_scores(self, state: AppState, architecture: Architecture, site: Site) -> None:
        clear(self._grid)
        scores = state.scores
        found = scores.of_site(site.id) if scores is not None else {}
        if scores is not None:
            self._fill_scores(state, scores, architecture, site)
        self._scores.setVisible(self._grid.count() > 0)
        self._hint.setVisible(state.metric not in found)
        self._hint.setText(_why_no_score(state, site))
        self._show_histogram(site, state.metric, found.get(state.metric))

    def _fill_scores(self, state: AppState, scores: Scores, architecture: Architecture, site: Site) -> None:
        """Every metric over the chosen tokens, or over all where it has no others; what was measured; and the chosen
        metric over the other tokens."""
        found = scores.of_site(site.id)
        metric, tokens = split_name(state.metric)
        several = {own for own, over in map(split_name, scores) if over != "all"}
        measured = [name for name in truths(scores) if name in found and math.isfinite(found[name].mean)]
        cheap = [name for name in found if name not in truths(scores) and _is_shown(name, tokens, several)]
        intervals = self._rank_intervals(state, architecture, site, [*cheap, *measured])
        chosen = [name for name in cheap if name == state.metric]
        rest = [name for name in cheap if name not in chosen]
        others = tr("Other scores") if measured else ""
        groups = ("", chosen), (tr("Measured without it"), measured), (others, rest)
        for title, names in groups:
            if title and names:
                self._grid.addWidget(bold(QLabel(title)), self._grid.count(), 0, 1, 2)
            for name in names:
                own, _ = split_name(name)
                self._add_score(tr(metric_of(own).title), name, found[name], chosen=name == state.metric)
                place = Elided(_place(scores, name, site, architecture, intervals.get(name)))
                place.setForegroundRole(QPalette.ColorRole.PlaceholderText)
                if name in intervals:
                    place.tip = tr(
                        "In brackets: the first and last place that 95 % of the resamples of the images give it"
                    )
                self._grid.addWidget(place, self._grid.count(), 0, 1, 2)
        elsewhere = [name for name in found if split_name(name)[0] == metric and name != state.metric]
        if elsewhere:
            title = QLabel(tr("{metric} over", metric=tr(metric_of(metric).title)))
            self._grid.addWidget(title, self._grid.count(), 0, 1, 2)
        for name in elsewhere:
            over = split_name(name)[1]
            self._add_score(f"    {tr(_SHORT.get(over, over))}", name, found[name])

    def _rank_intervals(
        self, state: AppState, architecture: Architecture, site: Site, tables: list[str]
    ) -> dict[str, tuple[float, float]]:
        """Those that are known of the site; the others are asked for."""
        group, peers = _peers(site, architecture)
        held = state.ranks.places if state.ranks is not None and state.ranks.scores is state.scores else {}
        known = [table for table in tables if split_name(table)[0] in METRICS]
        if missing := [table for table in known if (table, group) not in held]:
            self._commands.rank_sites(missing, group, [peer.id for peer in peers])
        found = {table: held[table, group].get(site.id) for table in known if (table, group) in held}
        return {table: place for table, place in found.items() if place is not None}

    def _add_score(self, text: str, table: str, score: Score, *, chosen: bool = False) -> None:
        title = Elided(text, tip=title_and_tip(table)[1])
        value = QLabel(with_interval(score))
        value.setAccessibleName(f"{text.strip()}: {with_interval(score)}")
        value.setToolTip(tr("95 % interval over %n image(s)", "", len(score.per_image)))
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if chosen:
            bold(title)
            bold(value)
        row = self._grid.count()
        self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)

    def _show_histogram(self, site: Site, table: str, score: Score | None) -> None:
        if score is None or not math.isfinite(score.mean):
            if self._histogram is not None:
                self._histogram.hide()
            return
        if self._histogram is None:
            # Plotting is imported with the first scores: the window is on the screen long before.
            from vitprune_gui.charts.histogram import HistogramChart

            self._histogram = HistogramChart()
            self._histogram.setFixedHeight(210)
            self.column.insertWidget(self.column.indexOf(self._rule), self._histogram)
        self._histogram.show_score(site.id, site.kind, table, score)
        self._histogram.show()

    @Slot()
    def _toggle(self) -> None:
        if self._site is not None:
            self._commands.toggle_site(self._site.id)

    @Slot()
    def _protect(self) -> None:
        if self._site is not None:
            change = self._commands.planning.release if self._protected else self._commands.planning.protect
            change([self._site.id])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._site is not None:
            self._icon.setPixmap(kind_icon(self._site.kind, self.palette(), hollow=self._removed).pixmap(16, 16))


def _is_shown(table: str, tokens: str, several: set[str]) -> bool:
    metric, over = split_name(table)
    return over == tokens or (over == "all" and metric not in several)


def _place(
    scores: Scores, metric: str, site: Site, architecture: Architecture, interval: tuple[float, float] | None
) -> str:
    if not math.isfinite(scores[metric][site.id].mean):
        return tr("not finite")
    place, total = rank(scores, metric, site, architecture)
    peers = tr(_peers(site, architecture)[0])
    if place == 1:
        text = tr("most redundant of {total} {sites}", total=thousands(total), sites=peers)
    else:
        text = tr(
            "{place} most redundant of {total} {sites}", place=ordinal(place), total=thousands(total), sites=peers
        )
    if interval is None or not all(map(math.isfinite, interval)):
        return text
    low, high = math.floor(interval[0]), math.ceil(interval[1])
    return f"{text} [{low}, {high}]"


def _chance(p: float) -> str:
    return (tr("p < 0.001") if p < 0.0005 else tr("p = {p}", p=decimal(p))).replace(" ", "\N{NO-BREAK SPACE}")


def _why_no_score(state: AppState, site: Site) -> str:
    if reason := state.unprunable:
        return reason
    if state.scores is None:
        return tr("No scores yet. Press Analyse to measure this site.")
    metric = tr(metric_of(state.metric).title)
    # The scores of a block compare the stream that leaves it with the one that enters.
    if site.fixed and not state.scores.of_site(site.id):
        return tr("{metric}: not measured at this site. It changes the shape of the stream.", metric=metric)
    return tr("{metric}: not measured at this site.", metric=metric)
