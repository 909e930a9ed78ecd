"""Pictures and values of what the window shows, into files and onto the clipboard."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import QBuffer, QIODevice, QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QApplication, QWidget

from vitprune_gui.actions import Verb
from vitprune_gui.keeping import SESSION_SUFFIX
from vitprune_gui.runner import Failed, Finished, JobRunner, LiveJob, Request
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune_gui.state import AppState


class Exportable(QWidget):
    """Something on the screen that can be kept as a picture and as the values that it draws."""

    of_session: ClassVar[bool] = True
    """Whether it belongs to the open session, whose name its files then have."""
    name: str
    """Of its files."""

    def image(self) -> QImage:
        """As it is on the screen, twice as fine."""
        raise NotImplementedError

    def svg(self) -> bytes:
        raise NotImplementedError

    def csv(self) -> bytes:
        raise NotImplementedError

    def copy_image(self) -> None:
        raise NotImplementedError

    def copy_values(self) -> None:
        raise NotImplementedError


class ExportDialogs(Protocol):
    def chart_to_save(self, suggestion: str) -> str | None: ...


@dataclass(frozen=True)
class WriteFile(Request):
    """Answer: the path that was written. An image becomes a PNG, which takes longer than a frame of the window."""

    topic: ClassVar[str] = "chart"
    quiet: ClassVar[bool] = True
    content: bytes | QImage = field(repr=False)
    path: Path

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: object, job: LiveJob) -> Path:
        content = _png(self.content) if isinstance(self.content, QImage) else self.content
        import_module("vitprune.sessions.part").write(self.path, content)
        return self.path


class Exports(QObject):
    """Asks where to, and writes on the thread that saves. A child of the window: what is in the window finds it."""

    failed = Signal(object)
    """A SaveFailed, or an ErrorReport."""
    notified = Signal(str)

    def __init__(self, state: AppState, runner: JobRunner, dialogs: ExportDialogs, window: QWidget) -> None:
        super().__init__(window)
        self._state, self._runner, self._dialogs, self._window = state, runner, dialogs, window
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)

    @staticmethod
    def around(widget: QWidget) -> Exports | None:
        """That of the window which the widget is in; a panel that floats is still in it."""
        place: QWidget | None = widget
        while place is not None:
            found = place.findChild(Exports, options=Qt.FindChildOption.FindDirectChildrenOnly)
            if found is not None:
                return found
            place = place.parentWidget()
        return None

    def save(self, what: Exportable, kind: str) -> None:
        """`kind` is what is proposed: png, svg or csv."""
        chosen = self._dialogs.chart_to_save(f"{self._stem(what)}.{kind}")
        if chosen is None:
            return
        path = Path(chosen)
        content = {".png": what.image, ".svg": what.svg, ".csv": what.csv}[path.suffix]()  # one may have chosen another
        self._runner.submit(WriteFile(content, path))

    def at_hand(self) -> Exportable | None:
        """What has the keyboard, else the largest that is seen."""
        place = QApplication.focusWidget()
        while place is not None:
            if isinstance(place, Exportable):
                return place
            place = place.parentWidget()
        seen = [one for one in self._window.findChildren(Exportable) if not one.visibleRegion().isEmpty()]
        return max(seen, key=lambda one: one.width() * one.height(), default=None)

    def verbs(self) -> tuple[Verb, ...]:
        """What is done to the chart at hand."""
        words = tr("figure plot picture graph", "words to find it by")
        return (
            Verb("save_chart", tr("Save &chart…"), tr("Save the chart as a picture, a drawing or its values"),
                 self._save_at_hand, shortcut="Ctrl+Alt+S", menu="File", group=45, words=f"{words} png svg csv",
                 icon="mdi6.chart-box-outline"),
            Verb("copy_chart", tr("Copy chart as &image"), tr("Put a picture of the chart onto the clipboard"),
                 self._copy_image, shortcut="Ctrl+Shift+C", menu="Edit", group=60, words=words),
            Verb("copy_chart_values", tr("Copy the &values of the chart"),
                 tr("Put what the chart shows onto the clipboard, as a spreadsheet takes it"),
                 self._copy_values, shortcut="Ctrl+Alt+C", menu="Edit", group=60, words=words),
        )  # fmt: skip

    def _save_at_hand(self) -> None:
        if (found := self._asked_for()) is not None:
            self.save(found, "png")

    def _copy_image(self) -> None:
        if (found := self._asked_for()) is not None:
            found.copy_image()
            self.notified.emit(tr("A picture of the chart is on the clipboard."))

    def _copy_values(self) -> None:
        if (found := self._asked_for()) is not None:
            found.copy_values()
            self.notified.emit(tr("The values of the chart are on the clipboard."))

    def _asked_for(self) -> Exportable | None:
        found = self.at_hand()
        if found is None:
            self.notified.emit(tr("No chart is on show."))
        return found

    def _stem(self, what: Exportable) -> str:
        state = self._state
        if not what.of_session:
            return slug(what.name)
        if state.session_path is not None:
            of = state.session_path.name.removesuffix(SESSION_SUFFIX).removesuffix(".h5")
        else:
            of = state.architecture.name if state.architecture is not None else ""
        return slug(f"{of} {what.name}")

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, WriteFile):
            self.notified.emit(tr("Saved to {name}.", name=finished.value.name))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, WriteFile):
            self.failed.emit(failed.error)


def slug(text: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w.@]+", "-", text).strip("-.").lower() or "chart"


def _png(image: QImage) -> bytes:
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(content, b"PNG").write(image)
    return bytes(content.data().data())
