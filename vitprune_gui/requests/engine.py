"""What must not leave the worker's thread: torch, the model in memory, the open images."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import psutil

from vitprune.errors import ModelNotFound
from vitprune.jobs import Compute, Job
from vitprune.sources import SAMPLE
from vitprune_gui.requests.opening import OpenModel

if TYPE_CHECKING:
    from types import ModuleType

    from torch import Tensor
    from torch.nn import Module

    from vitprune.anatomy import Subject
    from vitprune.images import ImageSet
    from vitprune.loading import LoadedModel
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, LatencyTable, ModelReference

_KEPT_IMAGE_SETS = 4


class Engine:
    """Holds what must not leave the worker's thread: torch, the model in memory, the open image sets."""

    def __init__(self, compute: Compute | None = None) -> None:
        self.compute = compute or Compute()
        self._workflow: ModuleType | None = None
        self._threads = 0
        self._model: LoadedModel | None = None
        self._images: dict[tuple[str, str, str], ImageSet] = {}
        self._latencies: tuple[str, Compute, LatencyTable] | None = None
        self._subject: tuple[tuple[str, str], tuple[Subject, Tensor]] | None = None
        self._pruned: tuple[tuple[str, ...], Module] | None = None

    def workflow(self, job: Job) -> Any:
        """The verbs of `vitprune.workflow`. The first call imports torch, which takes seconds."""
        if self._workflow is None:
            job.progress("Loading PyTorch", 0, 0, "")
            for heavy in ("torch", "timm"):  # one after the other: between them it can be cancelled
                import_module(heavy)
                job.check()
            self._workflow = import_module("vitprune.workflow")
        if (threads := self.compute.threads or usual_threads()) != self._threads:
            # Set here because torch keeps the number of threads for each thread that asks.
            import_module("torch").set_num_threads(threads)
            self._threads = threads
        job.check()
        return self._workflow

    def open(self, request: OpenModel, job: Job) -> LoadedModel:
        """Read a model from where it is, even if it is already here: the file may have changed."""
        workflow = self.workflow(job)
        job.progress("Opening the model", 0, 0, "")
        self._model = None  # two models at once may not fit
        self._images.clear()
        self._pruned = None
        model: LoadedModel = workflow.open_model(
            request.source,
            architecture=request.architecture,
            model_args=dict(request.model_args) or None,
            class_names=request.class_names,
        )
        self._model = model
        return model

    def model(self, reference: ModelReference, job: Job) -> LoadedModel:
        """The model that a result or a session speaks of, opened again when it is not the one in memory.

        Raises ModelNotFound when other weights are found in its place.
        """
        if self._model is not None and self._model.reference.weights_sha256 == reference.weights_sha256:
            return self._model
        model = self.open(OpenModel.again(reference), job)
        if model.reference.weights_sha256 != reference.weights_sha256:
            raise ModelNotFound(
                f"The weights of {reference.source} are not the ones that this session was made with.",
                hint="Open the model file again and analyse it anew.",
                details=f"expected {reference.weights_sha256}\nfound    {model.reference.weights_sha256}",
            )
        return model

    def images(self, source: str, purpose: str, model: LoadedModel, job: Job) -> ImageSet:
        """The images of a folder as this model wants them. `purpose` is calibration or test, which matters for the
        sample only."""
        key = (*_images_key(source, purpose), model.reference.weights_sha256)
        if key not in self._images:
            job.progress("Looking for images", 0, 0, "")
            opened = self.workflow(job).open_images(source, model, purpose=purpose, job=job)
            while len(self._images) >= _KEPT_IMAGE_SETS:
                self._images.pop(next(iter(self._images)))
            self._images[key] = opened
        return self._images[key]

    def calibration(self, data: DataReference | None, model: LoadedModel, job: Job) -> ImageSet | None:
        """What repairs are fitted to, where there is something to fit."""
        return None if data is None else self.images(data.source, "calibration", model, job)

    def latencies(self, model: LoadedModel, job: Job) -> LatencyTable:
        """What every site takes of a forward on this machine, timed when it is first asked for."""
        weights = model.reference.weights_sha256
        if self._latencies is None or self._latencies[:2] != (weights, self.compute):
            found = self.workflow(job).site_latencies(model, compute=self.compute, job=job)
            self._latencies = weights, self.compute, found
        return self._latencies[2]

    def subject(self, source: str, model: LoadedModel, job: Job) -> tuple[Subject, Tensor]:
        """An image file as this model sees it, read again when it is not the one of the last call."""
        job.check()
        key = source, model.reference.weights_sha256
        if self._subject is None or self._subject[0] != key:
            self._subject = key, import_module("vitprune.subject").subject(source, model)
        return self._subject[1]

    def pruned(self, model: LoadedModel, plan: PruningPlan | None, fitted: DataReference | None, job: Job) -> Module:
        """The model without what a plan removes, its repairs `fitted` to these images; the whole one without a plan."""
        if not plan:
            return model.module
        key = model.reference.weights_sha256, plan.key, fitted.digest if fitted is not None else ""
        if self._pruned is None or self._pruned[0] != key:
            self._pruned = None  # two pruned models at once may not fit
            self._pruned = key, self.workflow(job).pruned(model, plan, self.calibration(fitted, model, job), job=job)
        return self._pruned[1]

    def forget_images(self, source: str, purpose: str) -> None:
        """Look into the folder again next time."""
        forgotten = _images_key(source, purpose)
        self._images = {key: images for key, images in self._images.items() if key[:2] != forgotten}


def _images_key(source: str, purpose: str) -> tuple[str, str]:
    return source, purpose if source == SAMPLE else ""


def usual_threads() -> int:
    """As many as there are cores, one less where the window can have its own; OMP_NUM_THREADS where it is set."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    cores = psutil.cpu_count(logical=False) or 1
    return cores - 1 if cores > 2 else cores
