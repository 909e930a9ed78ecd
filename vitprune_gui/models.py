"""The models that can be opened: listed without torch, looked for on this machine, and downloaded, on threads that wait
for no computation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.errors import HubOffline, VitPruneError
from vitprune.jobs import Job
from vitprune.recipe import FILE as RECIPE
from vitprune_gui.opening import Opening
from vitprune_gui.runner import Failed, Finished, JobRunner, JobStatus, LiveJob, Request, Told
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.catalog import ModelEntry
    from vitprune.hub import Weights


@dataclass(frozen=True, slots=True)
class Listing:
    """`offline`: the user forbade the network."""

    entries: tuple[ModelEntry, ...]
    offline: bool


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A weights file or an exported folder that was opened before. `architecture` is what the recipe of a folder says;
    `size` in bytes and `used` (seconds since 1970) are None where it is not there any more."""

    source: str
    folder: bool
    architecture: str = ""
    size: int | None = None
    used: float | None = None


@dataclass(frozen=True)
class ListModels(Request):
    """Answer: Listing. What it tells first is the catalogue's, where that is of another timm."""

    topic: ClassVar[str] = "catalog"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return tr("List models")

    def run(self, engine: object, job: LiveJob) -> Listing:
        job.check()
        catalog, hub = import_module("vitprune.catalog"), import_module("vitprune.hub")
        if not catalog.up_to_date():
            job.tell(Listing(catalog.known(), hub.offline()))
            job.progress(tr("Reading timm's registry"), 0, 0, "")
        return Listing(catalog.models(), hub.offline())


@dataclass(frozen=True)
class ListLocal(Request):
    """Answer: tuple[LocalModel, ...]."""

    topic: ClassVar[str] = "local models"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    sources: tuple[str, ...]

    @property
    def title(self) -> str:
        return tr("Look for recent models")

    def run(self, engine: object, job: Job) -> tuple[LocalModel, ...]:
        found: list[LocalModel] = []
        for source in self.sources:
            job.check()
            if (model := _local(source)) is not None:
                found.append(model)
        return tuple(found)


def _local(source: str) -> LocalModel | None:
    """None for what is no model: images, sessions, names of timm."""
    path, opening = Path(source), Opening.of(source)
    folder = opening is Opening.MODEL_FOLDER
    if not path.is_absolute() or not (folder or opening is Opening.MODEL_FILE):
        return None
    try:
        status = (path / "model.safetensors" if folder else path).stat()
    except (OSError, ValueError):
        return LocalModel(source, folder)
    architecture = _architecture(path / RECIPE) if folder else ""
    return LocalModel(source, folder, architecture, status.st_size, status.st_mtime)


def _architecture(recipe: Path) -> str:
    try:
        return import_module("vitprune.recipe").read_recipe(recipe).architecture
    except VitPruneError:  # opening the folder says what is wrong
        return ""


@dataclass(frozen=True)
class Download(Request):
    """Answer: Path."""

    topic: ClassVar[str] = "download"
    name: str
    weights: Weights = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Download {name}", name=self.name)

    def identity(self) -> tuple[object, ...]:
        return (self.name,)

    def run(self, engine: object, job: Job) -> Path:
        return import_module("vitprune.downloads").download(self.name, self.weights, job)


class Models(QObject):
    """`lister` looks, `fetcher` downloads, one after the other. The list is the state's `catalog`."""

    local_changed = Signal(object)
    """tuple[LocalModel, ...]"""
    downloads_changed = Signal(object)
    """dict of JobStatus, by name: the downloads that run or wait."""
    trouble_changed = Signal(object)
    """A HubOffline when there is no network, as far as is known; None."""
    jobs_changed = Signal(object)
    """tuple[JobStatus, ...]"""
    failed = Signal(object)
    notified = Signal(str)

    def __init__(
        self,
        state: AppState,
        settings: Settings,
        lister: JobRunner,
        fetcher: JobRunner,
        open_model: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.local: tuple[LocalModel, ...] = ()
        self.downloads: Mapping[str, JobStatus] = {}
        self.trouble: HubOffline | None = None
        self.again: ModelEntry | None = None
        """What the trouble was with."""
        self._state, self._settings = state, settings
        self._lister, self._fetcher = lister, fetcher
        self._open_model = open_model
        self._to_open = ""
        self._listed = False
        self._jobs: tuple[JobStatus, ...] = ()
        lister.told.connect(self._on_told)
        lister.finished.connect(self._on_listed)
        lister.failed.connect(self._on_failed)
        fetcher.finished.connect(self._on_fetched)
        fetcher.cancelled.connect(self._on_cancelled)
        if fetcher is not lister:
            fetcher.failed.connect(self._on_failed)
        fetcher.changed.connect(self._on_jobs)
        settings.recent_changed.connect(self._list_local)

    @property
    def idle(self) -> bool:
        return self._lister.idle and self._fetcher.idle

    def refresh(self) -> None:
        """Look again at what there is, and at what of it is on this machine."""
        self._listed = True
        self._lister.submit(ListModels())
        self._list_local(self._settings.recent)

    def open(self, entry: ModelEntry) -> None:
        """Open published weights, downloaded first where they are not on this machine."""
        if entry.cached:
            self._open_model(entry.name)
        else:
            self._to_open = entry.name
            self._fetch(entry)

    def open_nothing(self) -> None:
        """Something else is opened: what is on its way is downloaded, and no more."""
        self._to_open = ""

    def download(self, entry: ModelEntry) -> None:
        if entry.name == self._to_open:
            self._to_open = ""
        self._fetch(entry)

    def retry(self) -> None:
        """Download again what could not be."""
        if self.again is not None:
            self._fetch(self.again)

    def cancel(self, name: str) -> None:
        """Stop the download of a name."""
        if name in self.downloads:
            self._fetcher.cancel(self.downloads[name].id)

    def cancel_job(self, job: int | None = None) -> None:
        """Stop this job, or all of them."""
        if job is None:
            self._fetcher.cancel_all()
        else:
            self._fetcher.cancel(job)

    def forget(self, source: str) -> None:
        """Take a file or folder out of the list of recent ones. Nothing on the disk changes."""
        self._settings.forget_recent(source)

    def close(self) -> bool:
        """Stop everything. Returns False when a thread could not be ended."""
        ended = [runner.shutdown() for runner in (self._fetcher, self._lister)]
        return all(ended)

    def _fetch(self, entry: ModelEntry) -> None:
        self._say(None)
        self._fetcher.submit(Download(entry.name, entry.weights))

    @Slot(object)
    def _list_local(self, sources: tuple[str, ...]) -> None:
        if self._listed:
            self._lister.submit(ListLocal(tuple(sources)))

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        if isinstance(told.request, ListModels):
            self._show(told.value)

    @Slot(object)
    def _on_listed(self, finished: Finished) -> None:
        match finished.request:
            case ListModels():
                self._show(finished.value)
            case ListLocal():
                self.local = finished.value
                self.local_changed.emit(self.local)

    def _show(self, listing: Listing) -> None:
        if listing.entries != self._state.catalog:
            self._state.catalog = listing.entries
        if listing.offline:
            self._say(
                HubOffline(
                    tr("Downloads are switched off: HF_HUB_OFFLINE is set."),
                    hint=tr("What is on this machine can be opened. Start without that variable to download."),
                )
            )

    @Slot(object)
    def _on_fetched(self, finished: Finished) -> None:
        if isinstance(finished.request, Download):
            name = finished.request.name
            self._say(None)
            self.refresh()
            if name == self._to_open:
                self._to_open = ""
                self._open_model(name)
            else:
                self.notified.emit(tr("{name} is on this machine now.", name=name))

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if isinstance(request, Download) and request.name == self._to_open:
            self._to_open = ""

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if not isinstance(failed.request, (Download, ListModels, ListLocal)):
            return
        if isinstance(failed.error, HubOffline):
            name = getattr(failed.request, "name", "")
            self._say(failed.error, next((entry for entry in self._state.catalog if entry.name == name), None))
        else:
            self.failed.emit(failed.error)

    def _say(self, trouble: HubOffline | None, again: ModelEntry | None = None) -> None:
        self.trouble, self.again = trouble, again
        self.trouble_changed.emit(trouble)

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        self._jobs = tuple(job for job in jobs if job.topic == Download.topic)
        self.jobs_changed.emit(self._jobs)
        self._show_downloads()

    def _show_downloads(self) -> None:
        asked = ((job, self._fetcher.request(job.id)) for job in self._jobs if job.pending)
        shown = {request.name: job for job, request in asked if isinstance(request, Download)}
        if shown != self.downloads:
            self.downloads = shown
            self.downloads_changed.emit(shown)
