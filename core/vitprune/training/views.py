"""Random views of images, each a function of the seed, its number and the image alone: whoever goes on with a training,
in batches of another size too, sees the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vitprune.curve import TrainingSettings
from vitprune.jobs import Job

RATIO = 4 / 3  # of the sides of a crop, at most


class Pool(Protocol):
    """Images to train on. `take` gives (B, C, H, W) float32 of those with these numbers."""

    def __len__(self) -> int: ...
    def take(self, indices: Sequence[int], job: Job) -> Tensor: ...


def cropped(images: Tensor, indices: Sequence[int], settings: TrainingSettings, number: int) -> Tensor:
    """View `number` of the images with these numbers, (B, C, H, W): crops, stretched to the size of the image."""
    boxes = np.stack([_box(settings, number, index) for index in indices])
    grid = F.affine_grid(torch.from_numpy(boxes).to(images), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def order(images: int, settings: TrainingSettings, number: int) -> list[int]:
    """In which order pass `number` takes so many images."""
    return np.random.default_rng([settings.seed, 1, number]).permutation(images).tolist()


def apart(images: int, settings: TrainingSettings) -> tuple[list[int], list[int]]:
    """Numbers of the images to train on, and of those held out: at least one of each."""
    held = min(max(1, round(settings.held_out * images)), MOST_HELD, images - 1)
    drawn = np.random.default_rng([settings.seed, 0]).permutation(images).tolist()
    return sorted(drawn[held:]), sorted(drawn[:held])


MOST_HELD = 512  # more would say little more, and cost time at every check
FITTED = 2000  # views from which maps of a few hundred channels are known well
FITTED_BYTES = 2**29
FIRST = 2**31  # the passes of these views come before those of the training, which have lower numbers


def to_fit(pool: Pool, indices: Sequence[int], settings: TrainingSettings, size: int, job: Job) -> Iterator[Tensor]:
    """What closed-form repairs are fitted to before a training: batches of these images as they are, and, where they
    are few, of random views of them. A map for the class token alone has as many unknowns for each of its channels as
    the stream is wide, and a single equation for each image."""
    bytes_each = pool.take(indices[:1], job).nbytes
    most = min(FITTED, FITTED_BYTES // bytes_each)
    for number in range(max(1, round(most / len(indices)))):
        for start in range(0, len(indices), size):
            some = list(indices[start : start + size])
            images = pool.take(some, job)
            yield cropped(images, some, settings, FIRST + number) if number else images


def _box(settings: TrainingSettings, number: int, index: int) -> np.ndarray:
    """An affine map (2, 3) from the view to the image, both from -1 to 1."""
    generator = np.random.default_rng([settings.seed, 3, number, index])
    area, ratio, across, down, coin = generator.random(5)
    area = settings.crop + (1 - settings.crop) * area
    stretch = math.exp((2 * ratio - 1) * math.log(RATIO) / 2)
    width, height = min(1.0, math.sqrt(area) * stretch), min(1.0, math.sqrt(area) / stretch)
    turn = -1.0 if settings.mirror and coin < 0.5 else 1.0
    return np.array(
        [[turn * width, 0, (1 - width) * (2 * across - 1)], [0, height, (1 - height) * (2 * down - 1)]], np.float32
    )
