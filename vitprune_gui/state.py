"""What the window shows, as frozen snapshots: one field, one signal. What `commands` has
done writes; views listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vitprune.agreement import Agreement
    from vitprune.architecture import Architecture
    from vitprune.catalog import ModelEntry
    from vitprune.comparison import Comparison
    from vitprune.plan import PruningPlan
    from vitprune.report import Result
    from vitprune.results import (
        DataReference,
        Environment,
        Evaluation,
        KeptPlan,
        LatencyTable,
        ModelReference,
        Study,
        Training,
        Trial,
    )
    from vitprune.scores import Scores
    from vitprune.searches import Rung, SearchResult
    from vitprune_gui.requests import Ranks, Searched
    from vitprune_gui.runner import JobStatus


_COMPARED = {"metric", "selection", "chosen", "dirty", "plan", "protected", "repair"}  # by value: they are small


class AppState(QObject):
    """Assign a field to change it; its signal carries the new value, and is silent when nothing changed."""

    catalog_changed = Signal(object)
    model_changed = Signal(object)
    architecture_changed = Signal(object)
    data_changed = Signal(object)
    test_data_changed = Signal(object)
    scores_changed = Signal(object)
    agreement_changed = Signal(object)
    ranks_changed = Signal(object)
    plan_changed = Signal(object)
    protected_changed = Signal(object)
    kept_plans_changed = Signal(object)
    evaluations_changed = Signal(object)
    repair_changed = Signal(object)
    comparison_changed = Signal(object)
    search_changed = Signal(object)
    searches_changed = Signal(object)
    rungs_changed = Signal(object)
    latencies_changed = Signal(object)
    study_changed = Signal(object)
    trials_changed = Signal(object)
    trainings_changed = Signal(object)
    findings_changed = Signal(object)
    environment_changed = Signal(object)
    metric_changed = Signal(object)
    selection_changed = Signal(object)
    chosen_changed = Signal(object)
    session_path_changed = Signal(object)
    dirty_changed = Signal(object)
    jobs_changed = Signal(object)

    catalog: tuple[ModelEntry, ...]
    model: ModelReference | None
    architecture: Architecture | None
    data: DataReference | None  # the images to analyse, those that the scores are of
    test_data: DataReference | None  # other images to evaluate on; None: the same
    scores: Scores | None
    agreement: Agreement | None  # of the two orders that were compared last, None while they are
    ranks: Ranks | None  # how firm the places are that were asked for
    plan: PruningPlan | None
    protected: frozenset[str]  # ids of sites that no edit and no method may prune
    kept_plans: tuple[KeptPlan, ...]
    evaluations: tuple[Evaluation, ...]
    comparison: Comparison | None  # of the plan on show with the dense model, once both are measured
    search: Searched | None  # the latest, as far as it has come
    searches: tuple[SearchResult, ...]
    rungs: Mapping[str, tuple[Rung, ...]]  # what was tried for the repairs of a plan, by the plan's key
    latencies: LatencyTable | None  # of the sites, where they were timed
    repair: tuple[str, str]  # what stands for a site that goes next, and what it is fitted to
    study: Study | None  # what the trials were asked for
    trials: tuple[Trial, ...]
    trainings: tuple[Training, ...]  # of pruned models, which are in folders of their own
    findings: Result | None  # all figures of the study, once they are computed
    environment: Environment | None
    metric: str  # the table of scores that colours the tree: a metric, and tokens that it is a mean over
    selection: str | None  # a site id
    chosen: tuple[str, ...]  # all sites that are selected, in running order, `selection` among them
    session_path: Path | None
    dirty: bool
    jobs: tuple[JobStatus, ...]  # running first, then queued, then the latest finished ones

    _DEFAULTS = {  # noqa: RUF012
        "catalog": (),
        "model": None,
        "architecture": None,
        "data": None,
        "test_data": None,
        "scores": None,
        "agreement": None,
        "ranks": None,
        "plan": None,
        "protected": frozenset(),
        "kept_plans": (),
        "evaluations": (),
        "comparison": None,
        "search": None,
        "searches": (),
        "rungs": {},
        "latencies": None,
        "repair": ("none", "stream"),
        "study": None,
        "trials": (),
        "trainings": (),
        "findings": None,
        "environment": None,
        "metric": "cosine",
        "selection": None,
        "chosen": (),
        "session_path": None,
        "dirty": False,
        "jobs": (),
    }

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.__dict__.update(self._DEFAULTS)

    @property
    def images_to_evaluate(self) -> DataReference | None:
        return self.test_data or self.data

    @property
    def unprunable(self) -> str:
        """Why nothing of the model can go; empty where something can, and without a model."""
        model = self.architecture
        if model is None or model.prunable:
            return ""
        return tr(model.note) if model.note else tr("{model} has no part that can go.", model=model.name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self._DEFAULTS:
            super().__setattr__(name, value)
            return
        if self.__dict__[name] is value or (name in _COMPARED and self.__dict__[name] == value):
            return
        self.__dict__[name] = value
        getattr(self, f"{name}_changed").emit(value)
