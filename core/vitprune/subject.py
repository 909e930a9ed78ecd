"""One image, as a model sees it, and what the model says of it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset
from timm.data.transforms_factory import create_transform
from torch import Tensor, nn

from vitprune.anatomy import Subject
from vitprune.errors import ImageUnreadable, ModelUnsupported
from vitprune.images import Transform, pixels_of, reason_of, spelt
from vitprune.loading import LoadedModel
from vitprune.pictures import read, to_rgb
from vitprune.scores import read_only


def subject(source: str, model: LoadedModel) -> tuple[Subject, Tensor]:
    """An image file, and as the tensor (1, C, H, W) that the model is given. Its label is that of the class which the
    folder that it lies in is called like.

    Raises ImageUnreadable, or ModelUnsupported for a model that does not take three channels.
    """
    config = model.data_config
    channels, height, width = config["input_size"]
    if channels != 3:
        raise ModelUnsupported(f"The model takes {channels} channels; images are read as three.")
    path = Path(source).absolute()
    transform = cast(Transform, create_transform(**config))
    try:
        content = read(path)
        tensor = transform(to_rgb(content, stretched_to=max(height, width)))[None]
    except Exception as error:
        raise ImageUnreadable(
            f"{path.name} cannot be read: {reason_of(error)}.", hint="Choose a JPEG, PNG, WebP, BMP or TIFF image."
        ) from error
    folder = spelt(path.parent.name)
    named = {spelt(name): label for label, name in enumerate(model.reference.class_names)}
    pixels = read_only(pixels_of(tensor, transform)[0])
    return Subject(str(path), hashlib.sha256(content).hexdigest(), pixels, named.get(folder)), tensor


@torch.inference_mode()
def probabilities(module: nn.Module, image: Tensor) -> NDArray[np.float32]:
    """What the model says of one image, (1, C, H, W): a probability for each class; empty for a model without a head.
    Read-only."""
    if not getattr(module, "num_classes", 0):
        return read_only(np.empty(0, np.float32))
    training = module.training
    module.eval()
    try:
        logits: Any = module(image.to(next(module.parameters()).device))
    finally:
        module.train(training)
    return read_only(torch.softmax(logits[0].double(), 0).float().cpu().numpy())


def class_names(model: LoadedModel) -> tuple[str, ...]:
    """Of the model's head, in its order: its own, else those of ImageNet where it has as many classes as a list of
    that; empty where nobody knows."""
    return model.reference.class_names or _of_imagenet(infer_imagenet_subset(model.module))


@cache
def _of_imagenet(subset: str | None) -> tuple[str, ...]:
    """Without their synonyms."""
    if subset is None:
        return ()
    described = ImageNetInfo(subset).label_descriptions()
    return tuple(name.partition(",")[0] for name in described)
