"""Saved sessions as files: the folder on show, and those that are held against each other. The open one is left alone.

What is asked of the worker, and what is done with the answers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune_gui.runner import Failed, Finished, JobRunner, LiveJob, Request, Told
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitprune.document import Section
    from vitprune.listing import Line, Stamp
    from vitprune.offline import Compared
    from vitprune.results import DataReference
    from vitprune_gui.settings import Settings

LISTING, COMPARING, PICTURES = "session folder", "session comparison", "thumbnails"
SIDE = 96  # pixels of a thumbnail
_MARGIN = 0.01
_MOST_KNOWN = 20_000  # lines that are remembered from folders seen before


@dataclass(frozen=True)
class FindFolder(Request):
    """Answer: str | None, the first of these folders that is still there."""

    topic: ClassVar[str] = LISTING
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    folders: tuple[str, ...]

    @property
    def title(self) -> str:
        return tr("Look for the last folder of sessions")

    def run(self, engine: object, job: LiveJob) -> str | None:
        for folder in self.folders:
            job.check()
            if os.path.isdir(folder):  # unlike Path.is_dir, no error where a drive does not answer
                return folder
        return None


@dataclass(frozen=True)
class ListSessions(Request):
    """Answer: tuple[Line, ...]; tells those that are read so far. `memory` is a file that has the lines of earlier
    runs."""

    topic: ClassVar[str] = LISTING
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    folder: Path
    deep: bool = False
    known: Mapping[Stamp, Line] = field(default_factory=dict, repr=False)
    memory: Path | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("List the sessions in {folder}", folder=self.folder.name or self.folder)

    def run(self, engine: object, job: LiveJob) -> tuple[Line, ...]:
        listing, memory = import_module("vitprune.listing"), import_module("vitprune.listing_memory")
        known = {**(memory.recall(self.memory) if self.memory else {}), **self.known}
        lines = listing.scan(self.folder, deep=self.deep, known=known, job=job, tell=job.tell)
        if self.memory and any(line.stamp not in known for line in lines):
            memory.remember(self.memory, {**known, **{line.stamp: line for line in lines}}.values())
        return lines


@dataclass(frozen=True)
class SideBySide:
    """A comparison with all that is to be said about it, by topic."""

    compared: Compared
    sections: Mapping[str, Section] = field(repr=False)

    @classmethod
    def of(cls, compared: Compared) -> SideBySide:
        report = import_module("vitprune.lineup_report")
        return cls(compared, report.sections(compared.lineup, compared.files, _left_out(compared)))


@dataclass(frozen=True)
class CompareSessions(Request):
    """Answer: SideBySide. Read from the files, the first one the baseline."""

    topic: ClassVar[str] = COMPARING
    replaces: ClassVar[bool] = True
    paths: tuple[Path, ...]
    margin: float = _MARGIN

    @property
    def title(self) -> str:
        return tr("Compare %n session(s)", "", len(self.paths))

    def run(self, engine: object, job: LiveJob) -> SideBySide:
        return SideBySide.of(import_module("vitprune.offline").compare(self.paths, margin=self.margin, job=job))


@dataclass(frozen=True)
class CompareAgain(Request):
    """Answer: SideBySide, of the same sessions as they were read, against another baseline or margin."""

    topic: ClassVar[str] = COMPARING
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    compared: Compared = field(repr=False)
    baseline: str
    margin: float

    @property
    def title(self) -> str:
        return tr("Compare with {session}", session=self.baseline)

    def run(self, engine: object, job: LiveJob) -> SideBySide:
        job.progress("Comparing sessions", 0, 0, "")
        held = self.compared
        sessions = {name: entry.session for name, entry in held.lineup.entries.items()}
        again = import_module("vitprune.lineup").line_up(sessions, self.baseline, margin=self.margin)
        return SideBySide.of(import_module("vitprune.offline").Compared(again, held.files, held.left_out))


@dataclass(frozen=True)
class Pictures:
    """Of images of a data set, by the names that it has for them, None for those that cannot be shown. `folder` is
    None where all of them are out of reach."""

    digest: str
    folder: Path | None
    images: Mapping[str, NDArray[np.uint8] | None]


@dataclass(frozen=True)
class LoadThumbnails(Request):
    """Answer: Pictures; tells those that are read so far."""

    topic: ClassVar[str] = PICTURES
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    data: DataReference = field(repr=False)
    names: tuple[str, ...] = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Read images")

    def run(self, engine: object, job: LiveJob) -> Pictures:
        pictures = import_module("vitprune.pictures")
        folder = pictures.folder_of(self.data.source, self.data.paths[:200])
        found: dict[str, NDArray[np.uint8] | None] = {}
        for name in self.names:
            job.check()
            found[name] = pictures.thumbnail(folder, name, SIDE) if folder is not None else None
            job.tell(Pictures(self.data.digest, folder, dict(found)))
        return Pictures(self.data.digest, folder, found)


@dataclass(frozen=True)
class WriteComparison(Request):
    """Answer: the path that was written, HTML or Markdown by its suffix."""

    topic: ClassVar[str] = "comparison report"
    compared: Compared = field(repr=False)
    path: Path

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: object, job: LiveJob) -> Path:
        report = import_module("vitprune.lineup_report")
        page = report.report(self.compared.lineup, self.compared.files, _left_out(self.compared))
        import_module("vitprune.document").write(page, self.path)
        return self.path


def _left_out(compared: Compared) -> list[str]:
    return [f"Left out: {one.message} [{one.code}]" for one in compared.left_out]


class Dialogs(Protocol):
    """The questions that people are asked. None: they changed their mind."""

    def session_folder(self) -> str | None: ...
    def report_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None: ...


class Opener(Protocol):
    """What opens a session in the window."""

    def open_session(self, path: str | Path) -> None: ...


class Library(QObject):
    """The folder on show, what is ticked in it, and the comparison on show. What fails is said by the window."""

    lines_changed = Signal(object)
    """tuple[Line, ...]: more of them, or those of another folder."""
    folder_changed = Signal(object)
    ticked_changed = Signal(object)
    compared_changed = Signal(object)
    """SideBySide, or None."""
    thumbnails_read = Signal(object)
    page_wanted = Signal(str)
    """"sessions" or "compare"."""
    notified = Signal(str)

    def __init__(
        self, runner: JobRunner, settings: Settings, dialogs: Dialogs, opener: Opener, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner, self._settings, self._dialogs, self._opener = runner, settings, dialogs, opener
        self._known: dict[Stamp, Line] = {}
        self.folder: Path | None = None
        self.deep = False
        self.lines: tuple[Line, ...] = ()
        self.problem = ""  # why the list is not whole
        self.ticked: tuple[Path, ...] = ()  # in the order in which they were ticked: the first is the baseline
        self.compared: SideBySide | None = None
        runner.told.connect(self._on_told)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)

    @property
    def recent(self) -> tuple[str, ...]:
        """The folders that were on show, the latest first."""
        return self._settings.recent_folders

    # The folder

    def show(self) -> None:
        """Bring the list to the front; the folder that was on show the last time, if it is still there."""
        self.page_wanted.emit("sessions")
        if self.folder is None and self.recent:
            self._runner.submit(FindFolder(self.recent))

    def ask_folder(self) -> None:
        chosen = self._dialogs.session_folder()
        if chosen:
            self.browse(chosen)

    def browse(self, folder: str | Path, *, deep: bool | None = None) -> None:
        """List a folder, with `deep` those in it too. Files that have not changed since they were listed are not read
        again."""
        path = Path(folder)
        self.deep = self.deep if deep is None else deep
        if path != self.folder:
            self.folder, self.lines = path, ()
            self.lines_changed.emit(())
        self.problem = ""
        self._settings.add_recent_folder(str(path))
        self.folder_changed.emit(path)
        memory = self._settings.path.with_name("sessions.json")
        self._runner.submit(ListSessions(path, self.deep, dict(self._known), memory))

    def refresh(self) -> None:
        if self.folder is not None:
            self.browse(self.folder)

    def open(self, path: Path) -> None:
        self._opener.open_session(path)

    def cancel(self, topic: str) -> None:
        self._runner.abandon(topic)
        if topic == LISTING:
            self._give_up(tr("The list was stopped before it was through."))

    # The comparison

    def tick(self, path: Path, *, on: bool) -> None:
        others = tuple(ticked for ticked in self.ticked if ticked != path)
        self._tick((*others, path) if on else others)

    def untick_all(self) -> None:
        self._tick(())

    def compare(self, paths: Sequence[Path] | None = None) -> None:
        """Hold these sessions, by default those that are ticked, against the first of them."""
        chosen = tuple(self.ticked if paths is None else paths)
        if len(chosen) < 2:
            self.notified.emit(tr("Tick at least two sessions to compare."))
            return
        margin = self.compared.compared.lineup.margin if self.compared else _MARGIN
        self._runner.submit(CompareSessions(chosen, margin))
        self.page_wanted.emit("compare")

    def compare_with(self, baseline: str) -> None:
        """The same sessions against another one of them."""
        if self.compared is not None and baseline != self.compared.compared.lineup.baseline:
            self._again(baseline, self.compared.compared.lineup.margin)

    def set_margin(self, margin: float) -> None:
        """The difference of two shares below which they count as equal, as a share of 1."""
        if self.compared is not None and margin != self.compared.compared.lineup.margin:
            self._again(self.compared.compared.lineup.baseline, margin)

    def write_report(self) -> None:
        """Write the comparison as HTML or Markdown, where is asked."""
        if self.compared and (chosen := self._dialogs.report_to_save("comparison.html", (".html", ".md"))):
            self._runner.submit(WriteComparison(self.compared.compared, Path(chosen)))

    def read_thumbnails(self, data: DataReference, names: Iterable[str]) -> None:
        """The answer comes with `thumbnails_read`, some at a time; what is asked for later comes first."""
        wanted = tuple(names)
        if wanted:
            self._runner.submit(LoadThumbnails(data, wanted))

    def _again(self, baseline: str, margin: float) -> None:
        assert self.compared is not None
        self._runner.submit(CompareAgain(self.compared.compared, baseline, margin))

    # Answers

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        match told.request:
            case ListSessions():
                self._show(told.value)
            case LoadThumbnails():
                self.thumbnails_read.emit(told.value)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        match finished.request:
            case FindFolder():
                if self.folder is None and finished.value is not None:
                    self.browse(finished.value)
            case ListSessions():
                self._show(finished.value, clear=True)
            case CompareSessions() | CompareAgain():
                self.compared = finished.value
                self.compared_changed.emit(finished.value)
            case LoadThumbnails():
                self.thumbnails_read.emit(finished.value)
            case WriteComparison():
                self.notified.emit(tr("The report is in {file}.", file=finished.value))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, ListSessions):
            self._give_up(failed.error.message)

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        self.lines_changed.emit(self.lines)

    def _show(self, lines: tuple[Line, ...], *, clear: bool = False) -> None:
        """Lines take the place of those that were of the same files; `clear` drops the others."""
        self._known |= {line.stamp: line for line in lines}
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        if not clear and self.lines:
            told = {line.path: line for line in lines}
            lines = (*(told.pop(line.path, line) for line in self.lines), *told.values())
        self.lines = lines
        self.lines_changed.emit(lines)
        if clear:
            there = {line.path for line in lines if line.summary}
            self._tick(path for path in self.ticked if path in there or not self._covers(path))

    def _covers(self, path: Path) -> bool:
        """Whether a file belongs into the list: others were ticked in other folders, and stay."""
        return path.parent == self.folder or (self.deep and self.folder in path.parents)

    def _tick(self, paths: Iterable[Path]) -> None:
        ticked = tuple(paths)
        if ticked != self.ticked:
            self.ticked = ticked
            self.ticked_changed.emit(ticked)
