"""What timm publishes about its own weights on ImageNet-1k, beside what was measured here: a check of the baseline."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vitprune.results import DataReference, Evaluation, ModelReference
from vitprune.statistics import Estimate

CLASSES = 1000
VALIDATION_IMAGES = 50_000

# SHA-256 of the 1000 WordNet ids in the order of the head, one a line: recognised without asking timm.
_SYNSETS = "385e0240499426c022b773be1ae4da780f057b89c9694c7f47199f62746b6edd"
_SOURCES = {
    "results": "timm's results-imagenet.csv at commit 7479d45 (November 2024)",
    "pages": "timm's model pages at commit a37117a (October 2026)",
}


@dataclass(frozen=True, slots=True)
class Published:
    """Accuracy of one pretrained weight on the ImageNet-1k validation set, as shares of 1.

    `top5` is None where only top-1 was published. `image_size` is the side of the square input in pixels.
    """

    name: str
    top1: float
    top5: float | None
    image_size: int
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measured dense top-1 beside the published one. `classes`: how many of the 1000 have images."""

    published: Published
    measured: Estimate
    classes: int

    @property
    def agrees(self) -> bool | None:
        """Whether the published figure lies inside the measured interval; None when classes are missing, since fewer
        classes are another task."""
        if self.classes < CLASSES:
            return None
        return self.measured.low <= self.published.top1 <= self.measured.high

    @property
    def indicative(self) -> bool:
        """These are not the images that the published figure is of, or not all of them."""
        return self.classes < CLASSES or self.measured.n != VALIDATION_IMAGES

    @property
    def sentence(self) -> str:
        measured = self.measured
        text = (
            f"timm publishes {_percent(self.published.top1)} top-1 for {self.published.name}; the dense model reaches "
            f"{_percent(measured.value)} ({_percent(measured.low)} to {_percent(measured.high)}) on {measured.n:,} "
            f"images of ImageNet-1k"
        )
        if self.agrees is None:
            return f"{text}. Indicative only: {self.classes:,} of the {CLASSES:,} classes are present."
        if self.agrees:
            text += ", which agrees."
        else:
            text += (
                f", which differs by {100 * (measured.value - self.published.top1):+.2f} points: the preprocessing or "
                "the weights are likely not those of the published figure."
            )
        if self.indicative:
            text += f" Indicative only: the validation set has {VALIDATION_IMAGES:,} images."
        return text


def published(name: str) -> Published | None:
    """What timm publishes for the weight `name` (architecture.tag), None where nothing is known."""
    return _table().get(name)


def compare(model: ModelReference, evaluation: Evaluation) -> Comparison | None:
    """The evaluation of the whole model beside the published figure.

    None unless timm's own weights were opened by name and as they are, nothing is pruned, the images are labelled
    ImageNet-1k, and a figure is known.
    """
    by_name = model.source in (model.architecture, model.architecture.partition(".")[0])
    if not by_name or model.model_args or len(evaluation.plan) or evaluation.top1 is None:
        return None
    known = published(model.architecture)
    if known is None or not is_imagenet(evaluation.data):
        return None
    return Comparison(known, evaluation.top1, classes_present(evaluation.data))


def is_imagenet(data: DataReference) -> bool:
    """Whether the labels are ImageNet-1k's: indices into its 1000 WordNet ids in the order of the head."""
    return bool(data.labels) and _is_synsets(data.class_names)


def classes_present(data: DataReference) -> int:
    """How many classes have images."""
    return len(set(data.labels))


def _is_synsets(names: Sequence[str]) -> bool:
    return len(names) == CLASSES and hashlib.sha256("\n".join(names).encode()).hexdigest() == _SYNSETS


def _percent(share: float) -> str:
    return f"{share:.2%}"


@cache
def _table() -> dict[str, Published]:
    with (files("vitprune_resources") / "published.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {
        row["name"]: Published(
            name=row["name"],
            top1=float(row["top1"]) / 100,
            top5=float(row["top5"]) / 100 if row["top5"] else None,
            image_size=int(row["image_size"]),
            source=_SOURCES[row["source"]],
        )
        for row in rows
    }
