"""What the Learn tab asks of the worker: one question about one image is one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from vitprune.errors import VitPruneError
from vitprune_gui.requests import Engine
from vitprune_gui.runner import LiveJob, Request
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:  # numpy is slower to import than the window is to show
    import numpy as np
    from numpy.typing import NDArray

    from vitprune.images import ImageSet
    from vitprune.loading import LoadedModel
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, ModelReference

SUBJECT, PREDICTION = "subject", "prediction"
PATCHES, POSITIONS, ATTENTION, HEADS, ROLLOUT = "patches", "positions", "attention", "heads", "rollout"
NEURONS, PREFERRED, STREAM_NORMS, LENS = "neurons", "preferred", "stream_norms", "lens"
LIKENESS, LAYER_PAIRS = "likeness", "layer_pairs"
OVER_IMAGES = (PREFERRED, LAYER_PAIRS)
"""What takes all open images, and therefore waits for a button."""

_TITLES = {
    SUBJECT: noop("Open the image"),
    PREDICTION: noop("Ask the model what it sees"),
    PATCHES: noop("Cut the image into patches"),
    POSITIONS: noop("Read the position embeddings"),
    ATTENTION: noop("Catch the attention of {site}"),
    HEADS: noop("Look at all heads"),
    ROLLOUT: noop("Follow attention through the model"),
    NEURONS: noop("Read the hidden units of {site}"),
    PREFERRED: noop("Look for the patches that units prefer"),
    STREAM_NORMS: noop("Follow the residual stream"),
    LENS: noop("Ask the head after every block"),
    LIKENESS: noop("Compare tokens at every depth"),
    LAYER_PAIRS: noop("Compare all layers with each other"),
}
_STRIP = 16  # images
_SIDE = 64  # pixels of a small picture


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is one of those above; `site` is a layer, where it is about one; `units` are hidden units of an MLP, and
    `target` a class, None for the one that the model says. `quick` leaves out what takes long, as the ablation."""

    name: str
    site: str = ""
    units: tuple[int, ...] = ()
    target: int | None = None
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no answer, and why, in a sentence, with the next step."""

    message: str
    hint: str = ""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model says of the image: `probabilities`, (classes,), and the `names` of the classes, where they are
    known. Both are empty for a model without a head."""

    probabilities: NDArray[np.float32]
    names: tuple[str, ...]

    @property
    def best(self) -> int | None:
        return int(self.probabilities.argmax()) if self.probabilities.size else None


@dataclass(frozen=True, eq=False)
class Thumb:
    """A small picture of an image that can be looked into. `label` is the class that its folder names, if any."""

    source: str
    pixels: NDArray[np.uint8]
    label: str = ""


@dataclass(frozen=True)
class Ask(Request):
    """Answer: the value of `vitprune.anatomy` that the question is for, a Prediction, or Refused. With a `plan`, of the
    pruned model; its repairs are fitted to `calibration`. `data` are the images that a question over images takes."""

    topic: ClassVar[str] = "learn"
    quiet: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    image: str
    question: Question
    plan: PruningPlan | None = field(default=None, repr=False)
    calibration: DataReference | None = field(default=None, repr=False)
    data: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr(_TITLES[self.question.name], site=self.question.site)

    def identity(self) -> tuple[object, ...]:
        """Also what its answer is kept under."""
        plan = (self.plan.key, self.calibration.digest if self.calibration else "") if self.plan is not None else ()
        data = (self.data.digest,) if self.data is not None else ()
        return self.model.weights_sha256, self.model.source, self.image, *plan, *data, self.question

    def run(self, engine: Engine, job: LiveJob) -> object:
        engine.workflow(job)
        model = engine.model(self.model, job)
        asked = self.question
        try:
            subject, pixels = engine.subject(self.image, model, job)
            if asked.name == SUBJECT:
                return subject
            module = engine.pruned(model, self.plan, self.calibration, job)
            if asked.name == PREDICTION:
                of_image: Any = import_module("vitprune.subject")
                return Prediction(of_image.probabilities(module, pixels), of_image.class_names(model))
            job.progress(self.title, 0, 0, "")
            answer: Any = getattr(import_module("vitprune.dissection"), asked.name)
            match asked.name:
                case "preferred":
                    return answer(module, self._images(engine, model, job), asked.site, asked.units, job=job)
                case "layer_pairs":
                    return answer(module, self._images(engine, model, job), pixels, job=job)
                case "attention" | "neurons":
                    return answer(module, pixels, asked.site)
                case "positions":
                    return answer(module, pixels, asked.site or None)
                case "rollout":
                    return answer(module, pixels, asked.target, ablate=not asked.quick, job=job)
                case "heads" | "lens":
                    return answer(module, pixels, job=job)
                case _:
                    return answer(module, pixels)
        except VitPruneError as error:
            return Refused(error.message, error.hint)

    def _images(self, engine: Engine, model: LoadedModel, job: LiveJob) -> ImageSet:
        assert self.data is not None
        return engine.images(self.data.source, "calibration", model, job)


@dataclass(frozen=True)
class AskMany(Ask):
    """Takes all open images, and its time: it is among the finished jobs."""

    quiet: ClassVar[bool] = False


@dataclass(frozen=True)
class MakeStrip(Request):
    """Answer: tuple[Thumb, ...]: the `files`, then some of the data's images, evenly spread, so that of a folder of
    classes not all are of one. What cannot be shown is left out."""

    topic: ClassVar[str] = "learn images"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    files: tuple[str, ...]
    data: DataReference | None = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Make small pictures")

    def identity(self) -> tuple[object, ...]:
        return (*self.files, *((self.data.source, self.data.digest) if self.data is not None else ()))

    def run(self, engine: object, job: LiveJob) -> tuple[Thumb, ...]:
        pictures = import_module("vitprune.pictures")
        found: list[Thumb] = []

        def add(folder: Path, name: str, label: str = "") -> None:
            job.check()
            pixels = pictures.thumbnail(folder, name, _SIDE)
            if pixels is not None:
                found.append(Thumb(str(folder / name), pixels, label))

        for file in self.files:
            add(Path(file).parent, Path(file).name)
        data = self.data
        folder = pictures.folder_of(data.source, data.paths[:200]) if data is not None else None
        if data is not None and folder is not None:
            count = min(_STRIP, data.images)
            for place in (number * data.images // count for number in range(count)):
                label = data.class_names[data.labels[place]] if data.labels else ""
                add(folder, data.paths[place], label)
        return tuple(found)
