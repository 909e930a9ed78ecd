"""Images of a folder as the tensors that a model sees, and an exact account of which ones they are."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from timm.data.imagenet_info import ImageNetInfo
from timm.data.transforms_factory import create_transform
from torch import Tensor

from vitprune.errors import (
    ArgumentInvalid,
    DatasetChanged,
    DatasetEmpty,
    DatasetNotFound,
    ModelUnsupported,
)
from vitprune.jobs import Job
from vitprune.pictures import FORMATS, read, to_rgb
from vitprune.published import CLASSES
from vitprune.results import DataReference, SkippedImage

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"))
KEPT_BYTES = 1024**3  # of prepared images; above it they are decoded again for every pass

Transform = Callable[[Image.Image], Tensor]


@dataclass(frozen=True, slots=True)
class _Item:
    path: Path
    name: str  # relative to the folder, safe to print and to store
    folder: str  # first level, "" at the top


class ImageSet:
    """Images that are known to be good, in the order of `reference.paths`. Made by `open_images`."""

    def __init__(
        self,
        reference: DataReference,
        files: Sequence[Path],
        digests: Sequence[bytes],
        transform: Transform,
        kept: list[Tensor],
    ) -> None:
        self.reference = reference
        self._files = files
        self._digests = digests
        self._transform = transform
        self._kept = kept

    def __len__(self) -> int:
        return self.reference.images

    def batches(self, size: int, job: Job, part: range | None = None) -> Iterator[Tensor]:
        """(B, C, H, W) float32 tensors of `size` images, the last one of what is left; of all images, or of this
        `part` of them.

        Raises DatasetChanged when a file is no longer what it was when the images were opened.
        """
        part = range(len(self)) if part is None else part
        for start in range(0, len(part), size):
            batch: list[Tensor] = []
            for index in part[start : start + size]:
                job.check()
                batch.append(self._kept[index] if self._kept else self._read_again(index))
            yield torch.stack(batch)

    def pixels(self, images: Tensor) -> NDArray[np.uint8]:
        """(B, height, width, 3): a batch as pictures, as the model is given it but for the normalisation."""
        return pixels_of(images, self._transform)

    def halves(self, seed: int = 0) -> tuple[ImageSet, ImageSet]:
        """Two sets without an image in common, drawn by the seed; the first has the odd one. Raises DatasetEmpty for a
        single image."""
        if len(self) < 2:
            raise DatasetEmpty(f"{self.reference.source} has one image.", hint="Give at least two.")
        order = np.random.default_rng(seed).permutation(len(self)).tolist()
        middle = (len(self) + 1) // 2
        return self._some(sorted(order[:middle])), self._some(sorted(order[middle:]))

    def _some(self, indices: Sequence[int]) -> ImageSet:
        digests = [self._digests[index] for index in indices]
        reference = replace(
            self.reference,
            paths=tuple(self.reference.paths[index] for index in indices),
            labels=tuple(self.reference.labels[index] for index in indices) if self.reference.labels else (),
            digest=hashlib.sha256(b"".join(digests)).hexdigest(),
        )
        kept = [self._kept[index] for index in indices] if self._kept else []
        return ImageSet(reference, [self._files[index] for index in indices], digests, self._transform, kept)

    def _read_again(self, index: int) -> Tensor:
        try:
            content = self._files[index].read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).digest() != self._digests[index]:
            raise DatasetChanged(
                f"{self.reference.paths[index]} is no longer the image it was when the images were opened.",
                hint="Start again: results of a mixture would mean nothing.",
            )
        return self._transform(to_rgb(content))


def open_images(
    source: str,
    data_config: Mapping[str, Any],
    *,
    images: int | None = None,
    seed: int = 0,
    class_names: Sequence[str] = (),
    classes: int = 0,
    job: Job | None = None,
) -> ImageSet:
    """Open a folder of images: class sub-folders, or flat and unlabelled.

    `data_config` is timm's configuration of the evaluation transform, which is applied as it is. `images` takes a
    sample, drawn by `seed`; where an image of it turns out to be bad the next one drawn takes its place. A file that
    cannot be used is a row of `reference.skipped`, never a failure.

    Labels index `class_names`, those of the model's head, where every sub-folder is called like one of them; else the
    sorted sub-folders. `reference.class_names` says which. `classes` is the number of outputs of the head: where there
    are 1000 without names, and every sub-folder is a WordNet id of ImageNet-1k, they are taken for those classes, of
    which any number may be missing. The digest is SHA-256 over the SHA-256 of each file.

    Raises DatasetNotFound, DatasetEmpty, ArgumentInvalid, ModelUnsupported (not three channels), or Cancelled.
    """
    job = job or Job()
    if images is not None and images < 1:
        raise ArgumentInvalid(f"{images} images cannot be opened.", hint="Ask for at least one.")
    if data_config["input_size"][0] != 3:
        raise ModelUnsupported(f"The model takes {data_config['input_size'][0]} channels; images are read as three.")
    root = _folder(source)
    items, skipped, folders = _scan(root, job)
    if not class_names and classes == CLASSES:
        class_names = synsets()  # folders that are called otherwise are sorted, as for any head without names
    names, label_of = _labels(items, folders, class_names)

    transform = cast(Transform, create_transform(**data_config))
    height, width = data_config["input_size"][1:]
    order = range(len(items)) if images is None else np.random.default_rng(seed).permutation(len(items)).tolist()
    wanted = len(items) if images is None else min(images, len(items))
    keep = wanted * 3 * height * width * 4 <= KEPT_BYTES
    digests: dict[int, bytes] = {}
    tensors: dict[int, Tensor] = {}
    for index in order:
        if len(digests) == wanted:
            break
        job.progress("Reading images", len(digests), wanted)
        try:
            content = read(items[index].path)
            image = to_rgb(content, stretched_to=max(height, width))
            if keep:
                tensors[index] = transform(image)
        except Exception as error:  # noqa: BLE001 - decoders raise anything; the reason goes into the row
            skipped.append(SkippedImage(items[index].name, reason_of(error)))
        else:
            digests[index] = hashlib.sha256(content).digest()
    job.progress("Reading images", len(digests), len(digests))
    if not digests:
        raise _empty(root, skipped)

    chosen = sorted(digests)
    reference = DataReference(
        source=str(root.absolute()),
        paths=tuple(items[index].name for index in chosen),
        labels=tuple(label_of[items[index].folder] for index in chosen) if label_of else (),
        class_names=names,
        skipped=tuple(sorted(skipped, key=lambda row: row.path)),
        seed=seed,
        digest=hashlib.sha256(b"".join(digests[index] for index in chosen)).hexdigest(),
    )
    kept = [tensors[index] for index in chosen] if keep else []
    return ImageSet(reference, [items[i].path for i in chosen], [digests[i] for i in chosen], transform, kept)


def pixels_of(images: Tensor, transform: Transform) -> NDArray[np.uint8]:
    """(B, height, width, 3): images (B, 3, height, width) that timm's transform has made, without its normalisation."""
    normal = next(step for step in cast(Any, transform).transforms if hasattr(step, "std"))
    mean, std = (torch.as_tensor(values).view(3, 1, 1) for values in (normal.mean, normal.std))
    shown = ((images * std + mean) * 255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(shown.permute(0, 2, 3, 1).numpy())


def _folder(source: str) -> Path:
    root = Path(source)
    try:
        kind = root.stat().st_mode
    except (OSError, ValueError) as error:
        raise DatasetNotFound(
            f"There is no folder {source}.", hint="Give a folder of images, or `sample`.", details=str(error)
        ) from error
    if not stat.S_ISDIR(kind):
        raise DatasetNotFound(f"{source} is a file, not a folder.", hint="Give the folder that the images lie in.")
    return root


def _scan(root: Path, job: Job) -> tuple[list[_Item], list[SkippedImage], list[str]]:
    """Every candidate, sorted; what cannot be looked at; and the sub-folders of the first level, sorted."""
    items: list[_Item] = []
    skipped: list[SkippedImage] = []
    folders: list[str] = []
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while waiting:
        job.check()
        folder, parts = waiting.pop()
        try:
            status = folder.stat()
            entries = sorted(os.listdir(folder))
        except OSError as error:
            skipped.append(SkippedImage(_shown("/".join(parts)), reason_of(error)))
            continue
        if (status.st_dev, status.st_ino) in seen:
            skipped.append(SkippedImage(_shown("/".join(parts)), "a link to a folder that is read already"))
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            path = folder / entry
            if entry.startswith("."):  # thumbnails and resource forks
                continue
            if os.path.isdir(path):  # unlike Path.is_dir, no error where it may not look
                waiting.append((path, (*parts, entry)))
                if not parts:
                    folders.append(entry)
            elif path.suffix.lower() in SUFFIXES:
                items.append(_Item(path, _shown("/".join((*parts, entry))), parts[0] if parts else ""))
    items.sort(key=lambda item: item.name)
    if folders and any(item.folder for item in items):
        stray = "outside of the class folders"
        skipped += [SkippedImage(item.name, stray) for item in items if not item.folder]
        items = [item for item in items if item.folder]
    return items, skipped, sorted(folders)


def _labels(
    items: Sequence[_Item], folders: Sequence[str], class_names: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Names of the classes, and the label of each folder; both empty for a flat folder."""
    used = {item.folder for item in items if item.folder}
    if not used:
        return (), {}
    head = {spelt(name): label for label, name in enumerate(class_names)}
    if all(spelt(folder) in head for folder in used):
        return tuple(class_names), {folder: head[spelt(folder)] for folder in used}
    # Empty folders count: leaving one out would shift the labels after it.
    return tuple(_shown(folder) for folder in folders), {folder: label for label, folder in enumerate(folders)}


@cache
def synsets() -> tuple[str, ...]:
    """The 1000 WordNet ids of ImageNet-1k in the order of timm's heads, which is their own."""
    return tuple(ImageNetInfo("imagenet-1k").label_names())


def reason_of(error: Exception) -> str:
    """Why an image cannot be read, in one line."""
    if isinstance(error, UnidentifiedImageError):
        return f"not an image of a known format ({', '.join(FORMATS)})"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return "far more pixels than an image has"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__


def _empty(root: Path, skipped: Sequence[SkippedImage]) -> DatasetEmpty:
    if not skipped:
        return DatasetEmpty(
            f"{root} holds no images.", hint=f"Looked for files ending in {', '.join(sorted(SUFFIXES))}."
        )
    first = skipped[0]
    return DatasetEmpty(
        f"None of the {len(skipped)} files in {root} can be used; {first.path}: {first.reason}.",
        hint="Images are read as JPEG, PNG, WebP, BMP and TIFF.",
        details="\n".join(f"{row.path}: {row.reason}" for row in skipped[:100]),
    )


def _shown(name: str) -> str:
    """A name with the bytes that are no UTF-8 written out, so that it can be printed and stored."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def spelt(name: str) -> str:
    """One spelling for names that look the same: file systems differ in how they write accents."""
    return unicodedata.normalize("NFC", name)
