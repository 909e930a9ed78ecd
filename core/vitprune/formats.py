"""What a model can be exported as besides the folder itself, and what an export was proved to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vitprune.errors import ArgumentInvalid, ExtraMissing

if TYPE_CHECKING:
    from vitprune.results import Latency

TOLERANCE = 1e-4
"""Of the scale of the logits: what differs by more is not written."""


@dataclass(frozen=True, slots=True)
class Format:
    """`file` is its name in the folder, `needs` the packages without which it cannot be had, of the extra `extra`."""

    name: str
    title: str
    file: str
    what: str
    needs: tuple[str, ...] = ()
    extra: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)

    def check(self) -> None:
        """Raise ExtraMissing where a package is not installed."""
        if missing := self.missing:
            raise ExtraMissing.of(self.title, self.needs, missing, self.extra)


FORMATS = (
    Format(
        "onnx",
        "ONNX",
        "model.onnx",
        "For ONNX Runtime and what else reads ONNX; any number of images at once.",
        ("onnx", "onnxscript", "onnxruntime"),
        "onnx",
    ),
    Format(
        "torch-export",
        "torch.export program",
        "model.pt2",
        "For PyTorch without the code of the model, AOTInductor and ExecuTorch; any number of images at once.",
    ),
    Format(
        "ptblop",
        "ptblop configuration",
        "ptblop.json",
        "Which layers ptblop is to take out of timm's model; plain removal only.",
    ),
)
FOLDER = Format("folder", "Folder", "model.safetensors", "Weights, and a script that builds the model again.")


def chosen(names: object) -> tuple[Format, ...]:
    """The formats of these names, in their own order. Raises ArgumentInvalid for one that there is not."""
    wanted = set(names) if isinstance(names, (list, tuple, set, frozenset)) else {names}
    if unknown := wanted - {format_.name for format_ in FORMATS}:
        known = ", ".join(format_.name for format_ in FORMATS)
        raise ArgumentInvalid(f"There is no format {min(map(str, unknown))!r}.", hint=f"Known formats: {known}.")
    return tuple(format_ for format_ in FORMATS if format_.name in wanted)


@dataclass(frozen=True)
class Proof:
    """One form of the model beside the model in memory: the largest `difference` of their logits, and the same over the
    largest logit. `bytes` are those of its files, `latency` what it takes, measured in turns with the others."""

    format: str
    file: str
    bytes: int
    difference: float
    relative: float
    latency: Latency | None = None


@dataclass(frozen=True)
class Exported:
    """A folder that was written, and why it can be trusted.

    `files` has the size of each file. `dense_bytes` and `bytes` are those of all parameters and buffers, `predicted`
    what the plan says that goes. The proofs are of `images` images of `source`, run so many at once as `batches` says;
    a source of "" is noise, for want of images. `dense` is what the whole model takes.
    """

    folder: Path
    files: Mapping[str, int]
    dense_bytes: int
    bytes: int
    predicted: int
    source: str
    images: int
    batches: tuple[int, ...]
    proofs: tuple[Proof, ...]
    dense: Latency | None = None

    def proof(self, name: str) -> Proof:
        """Raises KeyError for a format that was not written."""
        return {proof.format: proof for proof in self.proofs}[name]


def title_of(name: str) -> str:
    return {format_.name: format_.title for format_ in (FOLDER, *FORMATS)}[name]
