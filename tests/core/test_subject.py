"""One image is the same to whoever opens it: alone, or in its folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vitprune import subject, workflow
from vitprune.errors import ImageUnreadable
from vitprune.jobs import Job
from vitprune.loading import LoadedModel

TEST = Path(str(files("vitprune_resources") / "sample" / "test"))


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return workflow.open_model("sample")


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """An image in a folder of its own, in one of its class."""
    source = sorted((TEST / "sandal").iterdir())[0]
    (tmp_path / "sandal").mkdir()
    made = tmp_path / "sandal" / source.name
    made.write_bytes(source.read_bytes())
    return made


def test_it_is_the_tensor_of_its_folder(model: LoadedModel, one: Path) -> None:
    seen, tensor = subject.subject(str(one), model)
    batch = next(workflow.open_images(str(one.parents[1]), model).batches(1, Job()))
    assert torch.equal(tensor, batch)
    assert seen.label is not None
    assert model.reference.class_names[seen.label] == "sandal"
    assert np.array_equal(seen.pixels, np.asarray(Image.open(one).convert("RGB"))), "of the size of the model's input"
    assert not seen.pixels.flags.writeable


def test_what_the_model_says_is_its_softmax(model: LoadedModel, one: Path) -> None:
    _, tensor = subject.subject(str(one), model)
    said = subject.probabilities(model.module, tensor)
    with torch.no_grad():
        logits = model.module(tensor)[0].numpy().astype(np.float64)
    expected = np.exp(logits - logits.max())
    assert np.allclose(said, expected / expected.sum(), atol=1e-6)
    assert len(subject.class_names(model)) == len(said)


def test_a_folder_that_is_no_class_says_nothing(model: LoadedModel, one: Path) -> None:
    other = one.rename(one.parents[1] / one.name)
    assert subject.subject(str(other), model)[0].label is None


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 30, None])
def test_what_is_no_image_is_named(model: LoadedModel, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "picture.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageUnreadable, match=r"picture\.png cannot be read") as raised:
        subject.subject(str(path), model)
    assert raised.value.hint
