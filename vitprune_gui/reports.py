"""The report of the open session, as a web page, as PDF or as Markdown. Written on the thread that saves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune_gui.actions import Verb
from vitprune_gui.keeping import SESSION_SUFFIX, Keeping
from vitprune_gui.runner import Failed, Finished, JobRunner, LiveJob, Request
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.results import Session

SUFFIXES = (".html", ".pdf", ".md")


class ReportDialogs(Protocol):
    def report_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None: ...


@dataclass(frozen=True)
class ReportSession(Request):
    """Answer: the path that was written; its suffix says how. `name` is that of the session's file."""

    topic: ClassVar[str] = "session report"
    session: Session = field(repr=False)
    name: str
    path: Path

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: object, job: LiveJob) -> Path:
        found = import_module("vitprune.session_findings").Findings(self.session)
        page = import_module("vitprune.session_report").report(found, self.name)
        job.check()
        if self.path.suffix.lower() == ".pdf":
            content = import_module("vitprune_gui.pdf").pdf(page)
        else:
            content = import_module("vitprune.document").encoded(page, self.path)
        import_module("vitprune.sessions.part").write(self.path, content)
        return self.path


class Reports(QObject):
    failed = Signal(object)
    notified = Signal(str)

    def __init__(
        self, state: AppState, keeping: Keeping, runner: JobRunner, dialogs: ReportDialogs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._state, self._keeping, self._runner, self._dialogs = state, keeping, runner, dialogs
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)

    def verbs(self) -> tuple[Verb, ...]:
        return (
            Verb("session_report", tr("Repor&t…"), tr("Write all that the session holds on one page: HTML or PDF"),
                 self.write, self._nothing, "Ctrl+Shift+R", menu="File", group=45, icon="mdi6.file-document-outline",
                 words=tr("html pdf print summary document", "words to find it by")),
        )  # fmt: skip

    def write(self, path: str | Path | None = None) -> None:
        """Write it to `path`, or ask where to."""
        session = self._keeping.session()
        if session is None:
            self.notified.emit(tr("There is nothing to report yet: open a model first."))
            return
        name = self._name()
        stem = name.removesuffix(SESSION_SUFFIX).removesuffix(".h5")
        chosen = path if path is not None else self._dialogs.report_to_save(f"{stem}.html", SUFFIXES)
        if chosen:
            self._runner.submit(ReportSession(session, name, Path(chosen)))

    def _name(self) -> str:
        path, model = self._state.session_path, self._state.model
        if path is not None:
            return path.name
        return f"{Path(model.source).name if model is not None else 'session'}{SESSION_SUFFIX}"

    def _nothing(self) -> str:
        return "" if self._state.model and self._state.environment else tr("Open a model first.")

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, ReportSession):
            self.notified.emit(tr("The report is in {path}.", path=finished.value))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, ReportSession):
            self.failed.emit(failed.error)
