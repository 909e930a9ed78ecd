"""Images of a folder, or of archives, as the tensors that a model sees, and an exact account of which ones they are."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from timm.data.imagenet_info import ImageNetInfo
from timm.data.transforms_factory import create_transform
from torch import Tensor

from vitprune import image_sources
from vitprune.ahead import in_order, pinned
from vitprune.errors import ArgumentInvalid, DatasetChanged, DatasetEmpty, ModelUnsupported
from vitprune.image_files import SUFFIXES, Item, shown
from vitprune.image_sources import Found
from vitprune.jobs import Job
from vitprune.pictures import FORMATS, UnusableError, to_rgb
from vitprune.published import CLASSES
from vitprune.results import DataReference, SkippedImage

KEPT_BYTES = 1024**3  # of prepared images; above it they are decoded again for every pass
MOST_CLASSES = 100_000  # that numbers in an archive are believed to be of
AHEAD_BYTES = 256 * 1024**2  # of images that are prepared before they are asked for

Transform = Callable[[Image.Image], Tensor]


class ImageSet:
    """Images that are known to be good, in the order of `reference.paths`. Made by `open_images`."""

    def __init__(
        self,
        reference: DataReference,
        items: Sequence[Item],
        digests: Sequence[bytes],
        transform: Transform,
        size: tuple[int, int],
        kept: list[Tensor],
    ) -> None:
        self.reference = reference
        self._items = items
        self._digests = digests
        self._transform = transform
        self._size = size
        self._kept = kept

    def __len__(self) -> int:
        return self.reference.images

    def batches(self, size: int, job: Job, part: range | None = None) -> Iterator[Tensor]:
        """(B, C, H, W) float32 tensors of `size` images, the last one of what is left; of all images, or of this
        `part` of them.

        Raises DatasetChanged when a file is no longer what it was when the images were opened.
        """
        part = range(len(self)) if part is None else part
        images = self._images(part, job, ahead=size)
        for start in range(0, len(part), size):
            yield pinned(torch.stack(list(islice(images, len(part[start : start + size])))))

    def take(self, indices: Sequence[int], job: Job) -> Tensor:
        """(B, C, H, W) float32: the images with these numbers. Raises DatasetChanged."""
        return torch.stack(list(self._images(indices, job, ahead=len(indices))))

    def _images(self, indices: Sequence[int], job: Job, ahead: int) -> Iterator[Tensor]:
        """One after the other; those that are not kept are read while the ones before are looked at."""
        if not self._kept:
            height, width = self._size
            ahead = min(ahead, AHEAD_BYTES // (3 * height * width * 4))
            yield from in_order(self._read_again, indices, job, ahead=ahead)
            return
        for index in indices:
            job.check()
            yield self._kept[index]

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
        return ImageSet(
            reference, [self._items[index] for index in indices], digests, self._transform, self._size, kept
        )

    def _read_again(self, index: int) -> Tensor:
        try:
            content = self._items[index].read()
        except (OSError, UnusableError):
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
    """Open a folder of images: class sub-folders, or flat and unlabelled; or tar shards or Parquet files, or a folder
    of those (`image_sources`, which says what their classes are).

    `data_config` is timm's configuration of the evaluation transform, which is applied as it is. `images` takes a
    sample, drawn by `seed`; where an image of it turns out to be bad the next one drawn takes its place. A file that
    cannot be used is a row of `reference.skipped`, never a failure.

    Labels index `class_names`, those of the model's head, where every sub-folder is called like one of them; else the
    sorted sub-folders. `reference.class_names` says which. `classes` is the number of outputs of the head: where there
    are 1000 without names, and every sub-folder is a WordNet id of ImageNet-1k, they are taken for those classes, of
    which any number may be missing. Classes that archives give as numbers are outputs of the head. The digest is
    SHA-256 over the SHA-256 of each file.

    Raises DatasetNotFound, DatasetEmpty, ArgumentInvalid, ModelUnsupported (not three channels), ExtraMissing for a
    Parquet file without what reads it, or Cancelled.
    """
    job = job or Job()
    if images is not None and images < 1:
        raise ArgumentInvalid(f"{images} images cannot be opened.", hint="Ask for at least one.")
    if data_config["input_size"][0] != 3:
        raise ModelUnsupported(f"The model takes {data_config['input_size'][0]} channels; images are read as three.")
    found = image_sources.find(source, job)
    items, skipped = found.items, found.skipped
    if not class_names and classes == CLASSES:
        class_names = synsets()  # folders that are called otherwise are sorted, as for any head without names
    names, label_of = _labels(found, class_names, classes)

    transform = cast(Transform, create_transform(**data_config))
    height, width = data_config["input_size"][1:]
    order = range(len(items)) if images is None else np.random.default_rng(seed).permutation(len(items))
    wanted = len(items) if images is None else min(images, len(items))
    keep = wanted * 3 * height * width * 4 <= KEPT_BYTES
    prepare = partial(_prepared, items, transform, max(height, width), keep)
    digests: dict[int, bytes] = {}
    tensors: dict[int, Tensor] = {}
    chosen_items: dict[int, Item] = {}
    drawn = iter(order)
    # As many as are missing are drawn at a time, and read in the order in which they lie.
    while batch := sorted(map(int, islice(drawn, wanted - len(digests)))):
        with closing(in_order(prepare, batch, job)) as results:
            for index in batch:
                job.progress("Reading images", len(digests), wanted)
                item, content, tensor = next(results)
                if isinstance(content, str):
                    skipped.append(SkippedImage(item.name, content))
                    continue
                digests[index], chosen_items[index] = content, item
                if tensor is not None:
                    tensors[index] = tensor
    job.progress("Reading images", len(digests), len(digests))
    if not digests:
        raise _empty(found.root, skipped)

    chosen = sorted(digests)
    reference = DataReference(
        source=str(found.root.absolute()),
        paths=tuple(chosen_items[index].name for index in chosen),
        labels=tuple(label_of[chosen_items[index].folder] for index in chosen) if label_of else (),
        class_names=names,
        skipped=tuple(sorted(skipped, key=lambda row: row.path)),
        seed=seed,
        digest=hashlib.sha256(b"".join(digests[index] for index in chosen)).hexdigest(),
    )
    kept = [tensors[index] for index in chosen] if keep else []
    return ImageSet(
        reference,
        [chosen_items[index] for index in chosen],
        [digests[index] for index in chosen],
        transform,
        (height, width),
        kept,
    )


def _prepared(
    items: Sequence[Item], transform: Transform, stretched_to: int, keep: bool, index: int
) -> tuple[Item, bytes | str, Tensor | None]:
    """A candidate with the digest of its content and, where images are kept, its tensor; or why it is not used."""
    item = items[index]
    try:
        content = item.read()
        image = to_rgb(content, stretched_to=stretched_to)
        return item, hashlib.sha256(content).digest(), transform(image) if keep else None
    except Exception as error:  # noqa: BLE001 - decoders raise anything; the reason goes into the row
        return item, reason_of(error), None


def pixels_of(images: Tensor, transform: Transform) -> NDArray[np.uint8]:
    """(B, height, width, 3): images (B, 3, height, width) that timm's transform has made, without its normalisation."""
    normal = next(step for step in cast(Any, transform).transforms if hasattr(step, "std"))
    mean, std = (torch.as_tensor(values).view(3, 1, 1) for values in (normal.mean, normal.std))
    shown = ((images * std + mean) * 255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(shown.permute(0, 2, 3, 1).numpy())


def _labels(found: Found, class_names: Sequence[str], classes: int) -> tuple[tuple[str, ...], dict[str, int]]:
    """Names of the classes, and the label of each folder; both empty where there are none."""
    if not found.used:
        return (), {}
    if found.numbered:
        label_of = {folder: int(folder) for folder in found.used}
        last = max(label_of.values())
        if last < len(class_names):
            return tuple(class_names), label_of
        if last < max(classes, MOST_CLASSES):
            return tuple(map(str, range(max(classes, last + 1)))), label_of
    head = {spelt(name): label for label, name in enumerate(class_names)}
    if all(spelt(folder) in head for folder in found.used):
        return tuple(class_names), {folder: head[spelt(folder)] for folder in found.used}
    # Empty folders count: leaving one out would shift the labels after it.
    return tuple(map(shown, found.folders)), {folder: label for label, folder in enumerate(found.folders)}


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


def _empty(root: object, skipped: Sequence[SkippedImage]) -> DatasetEmpty:
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


def spelt(name: str) -> str:
    """One spelling for names that look the same: file systems differ in how they write accents."""
    return unicodedata.normalize("NFC", name)
