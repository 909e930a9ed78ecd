"""Everything known of the selected site; of the model and its images while none is selected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.agreement import truths
from vitprune.architecture import Architecture, Kind, Site
from vitprune.scores import METRICS, Score, Scores, split_name
from vitprune_gui.repairs import REPAIRS
from vitprune_gui.state import AppState
from vitprune_gui.symbols import KIND_PLURALS, KIND_TITLES, kind_icon
from vitprune_gui.views.formatting import (
    NONE,
    TIMES,
    estimate,
    metric_of,
    ordinal,
    percent,
    plural,
    si,
    site_name,
    thousands,
    with_interval,
)
from vitprune_gui.views.parts import SPACE, Elided, EmptyState, Facts, bold, breakable, clear, rule, wrapped

if TYPE_CHECKING:
    from vitprune.results import DataReference
    from vitprune_gui.charts.histogram import HistogramChart
    from vitprune_gui.commands import Commands


# The dock is narrow; the chooser above the tree has the long names.
_SHORT = {"all": "all tokens", "cls": "class token", "patch": "patch tokens", "pooled": "read by the head"}


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
    """Those that a site is ranked among, and a name for them."""
    if site.kind == Kind.BLOCK:
        return "blocks", architecture.blocks
    if site in architecture.sublayers:
        return "sublayers", architecture.sublayers
    return KIND_PLURALS[site.kind], architecture.of_kind(site.kind)


class Inspector(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.empty = EmptyState("Nothing to inspect", "Open a model; what is known of it, or of a site, appears here.")
        self._model_page = _ModelPage()
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


class _Page(QScrollArea):
    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(10, 8, 10, 8)
        self.column.setSpacing(SPACE)
        self.setWidget(content)


class _ModelPage(_Page):
    def __init__(self) -> None:
        super().__init__()
        self._name = bold(wrapped(), larger=2)
        self._note = wrapped()
        self._model = Facts()
        self._data, self._test_data = _Images("Images to analyse"), _Images("Images to evaluate")
        for widget in (self._name, self._note, self._model, rule(), self._data, rule(), self._test_data):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_model(self, state: AppState, architecture: Architecture) -> None:
        model = state.model
        channels, height, width = architecture.input_size
        self._name.setText(breakable(architecture.name))
        self._name.setToolTip(architecture.name)
        note = state.unprunable or architecture.note
        self._note.setText(note)
        self._note.setVisible(bool(note))
        facts = [
            *([("Family", architecture.family)] if architecture.family else []),
            ("Parameters", f"{si(architecture.params)} ({thousands(architecture.params)})"),
            ("MACs", f"{si(architecture.macs)} for one image"),
            ("Input", f"{width}{TIMES}{height} px, {plural(channels, 'channel')}"),
            *([("Tokens", thousands(architecture.tokens))] if architecture.tokens else []),
            ("Classes", thousands(architecture.num_classes) if architecture.num_classes else "none: features only"),
            ("Sites", _sites(architecture)),
        ]
        if model is not None:
            facts += [
                *([] if model.source == architecture.name else [("Opened from", breakable(model.source))]),
                ("Licence", model.licence or "not stated"),
                ("Weights", f"SHA-256 {model.weights_sha256[:12]}…" if model.weights_sha256 else "not known"),
            ]
        self._model.show_facts(facts)
        self._data.show_images(state.data, "None yet. Open a folder of images to find redundancy with.")
        same = "The same. Choose others, with labels, to measure what a plan does to images it was not made from."
        self._test_data.show_images(
            state.test_data, same if state.data is not None else "None yet. Open a folder of images first."
        )


class _Images(QWidget):
    """What is known of a folder of images, or a sentence in place of one."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._none = wrapped()
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._facts = Facts()
        self._skipped = QPlainTextEdit()
        self._skipped.setReadOnly(True)
        self._skipped.setAccessibleName("Skipped images")
        self._skipped.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._skipped.setMaximumHeight(90)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (bold(QLabel(title)), self._none, self._facts, self._skipped):
            column.addWidget(widget)

    def show_images(self, data: DataReference | None, none: str) -> None:
        self._none.setText(none)
        self._none.setVisible(data is None)
        self._facts.setVisible(data is not None)
        self._skipped.setVisible(data is not None and bool(data.skipped))
        if data is None:
            return
        self._facts.show_facts(
            [
                ("Folder", breakable(data.source)),
                ("Images", thousands(data.images)),
                ("Classes", thousands(len(data.class_names)) if data.labels else "no labels"),
                ("Skipped", plural(len(data.skipped), "image") if data.skipped else "none"),
            ]
        )
        self._skipped.setPlainText("\n".join(f"{image.path}: {image.reason}" for image in data.skipped))


class _SitePage(_Page):
    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self._commands = commands
        self._site: Site | None = None
        self._icon = QLabel()
        self._name = bold(Elided(), larger=2)
        self._id = Elided(selectable=True)
        self._id.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._icon, 0)
        head.addWidget(self._name, 1)
        self._plan = wrapped()
        self.button = QPushButton("Prune")
        self.button.clicked.connect(self._toggle)
        act = QHBoxLayout()
        act.setSpacing(SPACE)
        act.addWidget(self._plan, 1)
        act.addWidget(self.button)
        self._facts = Facts()
        self._scores_title = bold(QLabel("Scores"))
        self._scores = QWidget()
        self._grid = QGridLayout(self._scores)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._hint = wrapped("No scores yet. Press Analyse to measure this site.")
        self._histogram: HistogramChart | None = None
        self._repairs_title = bold(QLabel("Repairs"))
        self._repairs, self._repairs_note = Facts(), wrapped()
        self._repairs_note.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        self.column.addLayout(head)
        self.column.addWidget(self._id)
        self.column.addLayout(act)
        for widget in (rule(), self._facts, rule(), self._scores_title, self._scores, self._hint):
            self.column.addWidget(widget)
        self._rule = rule()
        for widget in (self._rule, self._repairs_title, self._repairs, self._repairs_note):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_site(self, state: AppState, architecture: Architecture, site: Site) -> None:
        self._site = site
        self._name.setText(site_name(site) if architecture.prunable else site.id)
        self._id.setText(site.id)
        depths = 1 + max(other.depth for other in architecture)
        self._facts.show_facts(
            [
                ("Kind", KIND_TITLES[site.kind] if architecture.prunable else "Part"),
                *([("Depth", f"{site.depth} of {plural(depths, 'block')} before it")] if architecture.prunable else []),
                ("Parameters", f"{si(site.params)} ({_share(site.params, architecture.params)})"),
                ("MACs", f"{si(site.macs)} ({_share(site.macs, architecture.macs)})"),
            ]
        )
        plan = state.plan
        removed = plan is not None and plan.digest == architecture.digest and plan.removes(architecture, site.id)
        self._icon.setPixmap(kind_icon(site.kind, self.palette(), hollow=removed).pixmap(16, 16))
        self._plan.setText(f"Cannot be pruned. {site.fixed}" if site.fixed else "Pruned" if removed else "Kept")
        self.button.setText("Restore" if removed else "Prune")
        self.button.setEnabled(not site.fixed)
        self.button.setToolTip(site.fixed)
        self._show_scores(state, architecture, site)
        self._show_repairs(state, site)

    def _show_repairs(self, state: AppState, site: Site) -> None:
        """What could stand for the site: what each makes good of what it adds, and what it costs."""
        for widget in (self._rule, self._repairs_title, self._repairs, self._repairs_note):
            widget.setVisible(bool(site.repairs))
        known = state.scores.gains if state.scores is not None else {}
        gains = known.get(site.id, {})
        facts: list[tuple[str, str]] = []
        for cost in site.repairs:
            share = percent(cost.macs / site.macs) if site.macs else NONE
            value = f"{si(cost.params)} parameters, {si(cost.macs)} MACs ({share})"
            if cost.action in gains:
                value = f"{estimate(gains[cost.action], percentage=True)}\n{value}"
            facts.append((REPAIRS[cost.action].title, value))
        self._repairs.show_facts(facts)
        note = "What each costs, beside the site itself."
        if gains:
            note = (
                "The share of what the site adds that each makes good, on images that it was not fitted to, with its "
                "95 % interval; and what it costs, beside the site itself."
            )
        elif not known:
            note += " Measure the damage to find out what it makes good."
        self._repairs_note.setText(note)

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
        groups = ("", chosen), ("Measured without it", measured), ("Other scores" if measured else "", rest)
        for title, names in groups:
            if title and names:
                self._grid.addWidget(bold(QLabel(title)), self._grid.count(), 0, 1, 2)
            for name in names:
                own, _ = split_name(name)
                self._add_score(metric_of(own).title, name, found[name], chosen=name == state.metric)
                place = Elided(_place(scores, name, site, architecture, intervals.get(name)))
                place.setForegroundRole(QPalette.ColorRole.PlaceholderText)
                if name in intervals:
                    place.tip = "In brackets: the first and last place that 95 % of the resamples of the images give it"
                self._grid.addWidget(place, self._grid.count(), 0, 1, 2)
        others = [name for name in found if split_name(name)[0] == metric and name != state.metric]
        if others:
            title = QLabel(f"{metric_of(metric).title} over")
            self._grid.addWidget(title, self._grid.count(), 0, 1, 2)
        for name in others:
            over = split_name(name)[1]
            self._add_score(f"    {_SHORT.get(over, over)}", name, found[name])

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
        title = Elided(text, tip=metric_of(table).description)
        value = QLabel(with_interval(score))
        value.setToolTip(f"95 % interval over {plural(len(score.per_image), 'image')}")
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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._site is not None:
            hollow = self.button.text() == "Restore"
            self._icon.setPixmap(kind_icon(self._site.kind, self.palette(), hollow=hollow).pixmap(16, 16))


def _is_shown(table: str, tokens: str, several: set[str]) -> bool:
    metric, over = split_name(table)
    return over == tokens or (over == "all" and metric not in several)


def _place(
    scores: Scores, metric: str, site: Site, architecture: Architecture, interval: tuple[float, float] | None
) -> str:
    if not math.isfinite(scores[metric][site.id].mean):
        return "not finite"
    place, total = rank(scores, metric, site, architecture)
    peers = KIND_PLURALS[site.kind] if site.kind in (Kind.BLOCK, Kind.HEAD) else "sublayers"
    first = "most redundant" if place == 1 else f"{ordinal(place)} most redundant"
    text = f"{first} of {thousands(total)} {peers}"
    if interval is None or not all(map(math.isfinite, interval)):
        return text
    low, high = math.floor(interval[0]), math.ceil(interval[1])
    return f"{text} [{low}, {high}]"


def _share(part: int, whole: int) -> str:
    return f"{percent(part / whole)} of the model" if whole else ""


def _sites(architecture: Architecture) -> str:
    if not architecture.prunable:
        return f"{plural(len(architecture.sites), 'part')}, none of which can go"
    counts = ((kind, len(architecture.of_kind(kind))) for kind in Kind)
    named = [
        f"{thousands(count)} {KIND_PLURALS[kind] if count != 1 else KIND_PLURALS[kind][:-1]}"
        for kind, count in counts
        if count
    ]
    stay = len(architecture.sites) - len(architecture.prunable)
    return ", ".join([*named, f"{thousands(stay)} of them fixed"] if stay else named)


def _why_no_score(state: AppState, site: Site) -> str:
    if reason := state.unprunable:
        return reason
    if state.scores is None:
        return "No scores yet. Press Analyse to measure this site."
    # The scores of a block compare the stream that leaves it with the one that enters.
    shape = " It changes the shape of the stream." if site.fixed and not state.scores.of_site(site.id) else ""
    return f"{metric_of(state.metric).title}: not measured at this site.{shape}"
