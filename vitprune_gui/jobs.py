"""The jobs of all threads in one list, which is the state's: what saves first, then what downloads and computes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, SignalInstance

from vitprune_gui.runner import JobRunner, JobStatus
from vitprune_gui.state import AppState


class Jobs(QObject):
    def __init__(self, state: AppState, runner: JobRunner, parent: QObject | None = None) -> None:
        """`runner` is the one that computes."""
        super().__init__(parent)
        self._state = state
        self._computing: tuple[JobStatus, ...] = ()
        self._others: list[tuple[JobStatus, ...]] = []
        runner.changed.connect(self._on_computing)

    def add(self, changed: SignalInstance) -> None:
        """Those of another thread, which come with this signal."""
        self._others.append(())
        changed.connect(partial(self._on_others, len(self._others) - 1))

    def _on_computing(self, jobs: tuple[JobStatus, ...]) -> None:
        self._computing = jobs
        self._show()

    def _on_others(self, number: int, jobs: tuple[JobStatus, ...]) -> None:
        self._others[number] = jobs
        self._show()

    def _show(self) -> None:
        order = ("running", "queued").index
        every = (*(job for jobs in self._others for job in jobs), *self._computing)
        pending = sorted((job for job in every if job.pending), key=lambda job: order(job.state))
        self._state.jobs = (*pending, *(job for job in every if not job.pending))
