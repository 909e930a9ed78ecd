"""The models and images that verbs work on, those that a session is about among them."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from vitprune import images as image_files
from vitprune.errors import DatasetChanged, DatasetNotFound, WeightsMismatch
from vitprune.images import ImageSet
from vitprune.jobs import Job
from vitprune.loading import LoadedModel, open_model
from vitprune.results import Session
from vitprune.sources import SAMPLE, Source

CALIBRATION = "calibration"
TEST = "test"


def open_images(
    source: str,
    model: LoadedModel,
    *,
    purpose: str = CALIBRATION,
    images: int | None = None,
    seed: int = 0,
    job: Job | None = None,
) -> ImageSet:
    """The images of a folder as the model wants them. `sample` is the bundled set for the `purpose`, calibration or
    test. Raises DatasetNotFound, DatasetEmpty or ArgumentInvalid."""
    folder = str(files("vitprune_resources") / SAMPLE / purpose) if source == SAMPLE else source
    opened = image_files.open_images(
        folder,
        model.data_config,
        images=images,
        seed=seed,
        class_names=model.reference.class_names,
        classes=model.architecture.num_classes,
        job=job,
    )
    # Where the sample is installed means nothing on another machine.
    opened.reference = replace(opened.reference, source=source) if source == SAMPLE else opened.reference
    return opened


def reopen(session: Session) -> LoadedModel:
    """The model that a session is about. Raises WeightsMismatch when it has changed since, and what `open_model` does,
    when it is gone."""
    reference = session.model
    source = Source.of(reference)
    model = open_model(
        source.name,
        architecture=source.architecture,
        model_args=source.model_args,
        class_names=reference.class_names,
    )
    if model.reference.weights_sha256 != reference.weights_sha256:
        raise WeightsMismatch(
            f"{reference.source} is no longer the model that the session is about.", hint="Analyse it again."
        )
    return model


def reopen_images(session: Session, model: LoadedModel, *, job: Job | None = None) -> ImageSet:
    """The images that the scores of a session are from. Raises DatasetChanged when they are no longer the same,
    DatasetNotFound when the session names none, and what `open_images` does, when they are gone."""
    data = session.data
    if data is None:
        raise DatasetNotFound("The session names no images.", hint="Analyse the model first.")
    images = open_images(data.source, model, images=data.images, seed=data.seed, job=job)
    if images.reference.digest != data.digest:
        raise DatasetChanged(
            f"{data.source} no longer holds the images that the session was made from.", hint="Analyse again."
        )
    return images
