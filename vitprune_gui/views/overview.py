"""Where the redundancy lies: by depth, and as similarity of all block boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from vitprune_gui.similarities import cell_of, maps_of, short_names
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.formatting import images, metric_of
from vitprune_gui.views.parts import wrapped

if TYPE_CHECKING:
    from vitprune.scores import Scores
    from vitprune_gui.charts.redundancy import RedundancyChart
    from vitprune_gui.charts.similarity import SimilarityChart
    from vitprune_gui.commands import Commands

_WIDE = 900  # px, from which the charts stand side by side


class Overview(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.redundancy: RedundancyChart | None = None
        self.similarity: SimilarityChart | None = None
        self.analyze_button = QPushButton(tr("Analyse"))
        self.analyze_button.setToolTip(tr("Measure how redundant each site is"))
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.setToolTip(tr("Stop the analysis"))
        self.empty = Beginning(commands, self.analyze_button, self.cancel_button)
        self.empty.images_button.setToolTip(tr("Choose the folder of images to find redundancy with"))
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._splitter)
        self._note = wrapped()
        self._note.setContentsMargins(8, 4, 8, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._note)
        self.analyze_button.clicked.connect(self._analyze)
        self.cancel_button.clicked.connect(self._cancel)
        for signal in (
            state.model_changed,
            state.architecture_changed,
            state.data_changed,
            state.scores_changed,
        ):
            signal.connect(self._show)
        for signal in (state.plan_changed, state.metric_changed):
            signal.connect(self._show_redundancy)
        state.jobs_changed.connect(self._show_work)
        self._show(None)

    @Slot(object)
    def _show(self, _: object) -> None:
        state = self._state
        architecture, scores = state.architecture, state.scores
        self._note.hide()
        if architecture is None or scores is None:
            self._explain()
            return
        _, similarity = self._charts()
        maps = maps_of(scores)
        similarity.setVisible(bool(maps))
        if maps:
            similarity.show_map(maps[0], short_names(maps[0].boundaries.labels, architecture))
            self._mark(state.selection)
        self._show_redundancy(None)

    @Slot(object)
    def _show_redundancy(self, _: object) -> None:
        """What goes by the plan and the metric; the map does not."""
        state = self._state
        architecture, scores = state.architecture, state.scores
        if architecture is None or scores is None:
            return
        redundancy, similarity = self._charts()
        redundancy.show_scores(architecture, scores, state.metric, state.plan)
        redundancy.select(state.selection)
        redundancy.setVisible(bool(redundancy.series))
        maps = not similarity.isHidden()
        notes = [
            stopped(scores),
            ""
            if maps or not redundancy.series
            else tr("No similarity map: nothing was compared between blocks in this session."),
        ]
        self._note.setText(" ".join(filter(None, notes)))
        self._note.setVisible(any(notes))
        if redundancy.series or maps:
            self._pages.setCurrentWidget(self._splitter)
        else:
            self._say(
                tr("Nothing to draw: {metric}", metric=tr(metric_of(state.metric).title)),
                tr("This session has no such scores. Choose another metric above the site tree, or analyse again."),
                self.analyze_button if state.data is not None and not state.unprunable else None,
            )

    @Slot(object)
    def _show_work(self, _: object) -> None:
        if self._state.scores is None:
            self._explain()

    def _charts(self) -> tuple[RedundancyChart, SimilarityChart]:
        if self.redundancy is None or self.similarity is None:
            # Plotting is imported with the first scores: the window is on the screen long before.
            from vitprune_gui.charts.redundancy import RedundancyChart
            from vitprune_gui.charts.similarity import SimilarityChart

            self.redundancy, self.similarity = RedundancyChart(), SimilarityChart()
            self.redundancy.setMinimumSize(280, 180)
            self.similarity.setMinimumSize(280, 180)
            self._splitter.addWidget(self.redundancy)
            self._splitter.addWidget(self.similarity)
            self._splitter.setStretchFactor(0, 1)
            self._splitter.setStretchFactor(1, 1)
            self.redundancy.site_chosen.connect(self._choose)
            self.similarity.cell_chosen.connect(self._choose_cell)
            self._state.selection_changed.connect(self.redundancy.select)
            self._state.selection_changed.connect(self._mark)
            self._orient()
        return self.redundancy, self.similarity

    def _explain(self) -> None:
        state = self._state
        if state.architecture is None:
            self._say(
                tr("Which parts of your model are redundant?"),
                tr("Open a model on the left, or start with the sample: a small trained model with its images."),
            )
        elif reason := state.unprunable:
            self._say(
                tr("Nothing to prune here"), tr("{reason} Its parts can be looked at on the left.", reason=tr(reason))
            )
        elif state.data is None:
            self._say(
                tr("Now the images"),
                tr(
                    "Open an image folder, best with a sub-folder for each class. Scores and accuracy are measured on "
                    "your own images."
                ),
            )
        elif any(job.topic == "analysis" and job.pending for job in state.jobs):
            text = tr("%n image(s) go through the model. Cancel stops it.", "", state.data.images)
            self._say(tr("Analysing…"), text, self.cancel_button)
        else:
            self._say(
                tr("Ready to analyse"),
                tr(
                    "{model} on {images}. The analysis measures how much each part changes the stream that runs "
                    "through the model.",
                    model=state.architecture.name,
                    images=images(state.data.images),
                ),
                self.analyze_button,
            )

    def _say(self, title: str, text: str, step: QPushButton | None = None) -> None:
        """`step` is the one that can be taken from here, beside opening what is missing."""
        state = self._state
        self.empty.say(title, text)
        self.empty.offer(state, images=state.data is None and not state.unprunable)
        for button in (self.analyze_button, self.cancel_button):
            button.setVisible(button is step)
        self._pages.setCurrentWidget(self.empty)

    def _orient(self) -> None:
        wide = self.width() >= _WIDE
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self._splitter.orientation() != wanted or sum(self._splitter.sizes()) == 0:
            self._splitter.setOrientation(wanted)
            self._splitter.setSizes([600, 400] if wide else [500, 500])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._orient()

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)

    @Slot(object)
    def _mark(self, site: str | None) -> None:
        chart = self.similarity
        if chart is not None and chart.map is not None:
            chart.mark(cell_of(chart.map, site, self._state.architecture))

    @Slot(int, int)
    def _choose_cell(self, row: int, column: int) -> None:
        """The first block of the range; of one boundary, the block before it."""
        shown = self.similarity.map if self.similarity is not None else None
        blocks = shown.blocks(row, column) or shown.boundaries.labels[row : row + 1] if shown is not None else ()
        for block in blocks[:1]:
            self._commands.select_site(block)

    @Slot()
    def _cancel(self) -> None:
        for job in self._state.jobs:
            if job.topic == "analysis" and job.pending:
                self._commands.cancel_job(job.id)

    @Slot()
    def _analyze(self) -> None:
        self._commands.analyze()


def stopped(scores: Scores) -> str:
    """That these scores are of some of the images alone; empty where they are of all."""
    if scores.asked_images is None:
        return ""
    return tr(
        "Stopped at {n} of {asked} images: the scores are of the first, by name, which need not be like the others.",
        n=f"{scores.images:,}",
        asked=f"{scores.asked_images:,}",
    )
