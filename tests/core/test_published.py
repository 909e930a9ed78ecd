"""The published baseline: figures that timm knows the weights of, ImageNet folders told from others, the comparison."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.models import get_pretrained_cfg

from vitprune import catalog, workflow
from vitprune.architecture import Architecture, Kind, Site
from vitprune.cli import main
from vitprune.images import open_images
from vitprune.jobs import Compute
from vitprune.plan import PruningPlan
from vitprune.published import Comparison, Published, classes_present, compare, is_imagenet, published
from vitprune.results import DataReference, Evaluation, ModelReference
from vitprune.statistics import Estimate

NAME = "deit_tiny_patch16_224.fb_in1k"  # published: 72.196 %
SMALL = "test_vit.r160_in1k"  # published: 40.982 %
FISH, DOG, PAPER = "n01440764", "n02102040", "n15075141"  # the first class, the 218th and the last
CONFIG = {"input_size": (3, 16, 16), "interpolation": "bicubic", "mean": (0.5,) * 3, "std": (0.5,) * 3, "crop_pct": 1.0}


def ids() -> list[str]:
    return (files("timm") / "data" / "_info" / "imagenet_synsets.txt").read_text().split()


def tree(root: Path, **images: int) -> str:
    for folder, count in images.items():
        (root / folder).mkdir(parents=True)
        for i in range(count):
            pixels = np.random.default_rng(sum(folder.encode()) + i).integers(0, 256, (20, 20, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{i}.png")
    return str(root)


def table() -> list[Published]:
    lines = (files("vitprune_resources") / "published.csv").read_text("utf-8").splitlines()
    names = [line.split(",")[0] for line in lines if not line.startswith("#")][1:]
    assert len(names) == len(set(names))
    return [entry for name in names if (entry := published(name)) is not None]


# The table


def test_every_row_is_a_weight_of_timm_at_the_size_that_it_is_evaluated_at() -> None:
    known = set(timm.list_models(pretrained=True))
    rows = table()
    assert len(rows) > 400
    for row in rows:
        assert row.name in known, row
        config = get_pretrained_cfg(row.name)
        assert config is not None
        assert config.num_classes == 1000, row
        assert config.input_size[-1] == row.image_size, row
        assert 0.3 < row.top1 < (row.top5 or 0.999) < 1, row


@pytest.mark.parametrize(
    ("name", "top1", "top5"),
    [
        (NAME, 0.72196, 0.911),
        ("vit_base_patch16_224.augreg2_in21k_ft_in1k", 0.8511, 0.97538),
        ("eva02_large_patch14_448.mim_m38m_ft_in22k_in1k", 0.90054, 0.99056),
        ("swin_tiny_patch4_window7_224.ms_in1k", 0.81388, 0.9554),
        ("tnt_s_patch16_224.in1k", 0.81506, None),
    ],
)
def test_figures(name: str, top1: float, top5: float | None) -> None:
    entry = catalog.published(name)
    assert entry is not None
    assert entry.top1 == pytest.approx(top1)
    assert entry.top5 == (top5 and pytest.approx(top5))
    assert "timm" in entry.source


def test_nothing_is_known_of_other_weights() -> None:
    assert catalog.published("deit_tiny_patch16_224") is None
    assert catalog.published("vit_tiny_patch16_224.augreg_in21k") is None


# Which images


def test_a_few_imagenet_folders_keep_their_places_in_the_head(tmp_path: Path) -> None:
    source = tree(tmp_path, **{PAPER: 1, DOG: 2, FISH: 1})
    reference = open_images(source, CONFIG, classes=1000).reference
    assert reference.labels == (0, ids().index(DOG), ids().index(DOG), 999)
    assert list(reference.class_names) == ids()
    assert is_imagenet(reference)
    assert classes_present(reference) == 3


@pytest.mark.parametrize("folders", [(FISH, DOG, "cat"), ("ant", "cat")])
def test_other_folders_are_sorted_whatever_the_head(tmp_path: Path, folders: tuple[str, ...]) -> None:
    reference = open_images(tree(tmp_path, **dict.fromkeys(folders, 1)), CONFIG, classes=1000).reference
    assert reference.class_names == tuple(sorted(folders))
    assert not is_imagenet(reference)


def test_a_head_of_these_folders_alone_has_them_sorted(tmp_path: Path) -> None:
    reference = open_images(tree(tmp_path, **{DOG: 1, FISH: 1}), CONFIG, classes=2).reference
    assert (reference.labels, reference.class_names) == ((0, 1), (FISH, DOG))


def test_names_that_the_user_gave_come_first(tmp_path: Path) -> None:
    reference = open_images(tree(tmp_path, cat=1), CONFIG, class_names=("dog", "cat"), classes=1000).reference
    assert reference.labels == (1,)


def test_imagenet_is_told_by_the_ids_in_their_order() -> None:
    names = tuple(ids())
    data = DataReference("val", ("a.png",), (3,), names, (), 0, "d")
    assert is_imagenet(data)
    assert not is_imagenet(replace(data, labels=()))
    assert not is_imagenet(replace(data, class_names=(names[1], names[0], *names[2:])))
    assert not is_imagenet(replace(data, class_names=names[:999]))
    assert not is_imagenet(replace(data, class_names=tuple(str(i) for i in range(1000))))


# The comparison

ARCHITECTURE = Architecture(
    "toy", "eva", 9, 9, (3, 16, 16), 4, 1000, tuple(Site(f"blocks.{i}", Kind.BLOCK, i, 1, 1) for i in (0, 1))
)


def reference_of(source: str = NAME, **changes: object) -> ModelReference:
    return replace(ModelReference(source, NAME, {}, "sha"), **changes)  # pyright: ignore[reportArgumentType]


def evaluation_of(top1: Estimate | None, classes: int = 1000, *removed: str) -> Evaluation:
    n = top1.n if top1 else 3000
    labels = tuple(i % classes for i in range(n))
    data = DataReference("val", tuple(map(str, range(n))), labels, tuple(ids()), (), 0, "d")
    plan = PruningPlan.of(ARCHITECTURE, dict.fromkeys(removed, "remove"))
    return Evaluation(plan, data, 9, 9, np.empty(0, np.int64), {}, top1)


WHOLE = Estimate(0.7221, 0.7182, 0.7260, 50_000)


@pytest.mark.parametrize("source", [NAME, "deit_tiny_patch16_224"])
def test_the_whole_validation_set_agrees(source: str) -> None:
    found = compare(reference_of(source), evaluation_of(WHOLE))
    assert found is not None
    assert (found.agrees, found.indicative, found.classes) == (True, False, 1000)
    assert found.sentence == (
        f"timm publishes 72.20% top-1 for {NAME}; the dense model reaches 72.21% (71.82% to 72.60%) on 50,000 images "
        "of ImageNet-1k, which agrees."
    )


def test_a_difference_has_a_size_and_a_likely_cause() -> None:
    found = compare(reference_of(), evaluation_of(Estimate(0.6900, 0.6859, 0.6940, 50_000)))
    assert found is not None
    assert (found.agrees, found.indicative) == (False, False)
    assert "differs by -3.20 points: the preprocessing or the weights" in found.sentence


def test_a_sample_of_the_images_is_an_indication() -> None:
    found = compare(reference_of(), evaluation_of(Estimate(0.70, 0.683, 0.716, 3000)))
    assert found is not None
    assert (found.agrees, found.indicative) == (False, True)
    assert found.sentence.endswith("Indicative only: the validation set has 50,000 images.")


def test_some_of_the_classes_neither_agree_nor_differ() -> None:
    found = compare(reference_of(), evaluation_of(Estimate(0.95, 0.94, 0.96, 3000), 10))
    assert found is not None
    assert (found.agrees, found.indicative, found.classes) == (None, True, 10)
    assert found.sentence.endswith("Indicative only: 10 of the 1,000 classes are present.")
    assert "likely" not in found.sentence


def test_the_bounds_belong_to_the_interval() -> None:
    entry = Published(NAME, 0.7, None, 224, "timm")
    for low, high, agrees in ((0.7, 0.8, True), (0.6, 0.7, True), (0.701, 0.8, False), (0.6, 0.699, False)):
        assert Comparison(entry, Estimate(0.7, low, high, 50_000), 1000).agrees is agrees


@pytest.mark.parametrize(
    "model",
    [
        reference_of("/weights/deit.safetensors"),
        reference_of("sample"),
        reference_of(model_args={"img_size": 384}),
        reference_of("resnet18.a1_in1k", architecture="resnet18.a1_in1k"),
    ],
)
def test_other_models_have_no_published_figure(model: ModelReference) -> None:
    assert compare(model, evaluation_of(WHOLE)) is None


def test_other_evaluations_have_no_published_figure() -> None:
    assert compare(reference_of(), evaluation_of(WHOLE, 1000, "blocks.0")) is None
    assert compare(reference_of(), evaluation_of(None)) is None
    other = evaluation_of(WHOLE)
    pets = replace(other, data=replace(other.data, class_names=tuple(str(i) for i in range(1000))))
    assert compare(reference_of(), pets) is None


# All of it


@pytest.fixture
def always_dog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: object) -> None:
    """Weights of timm's name where the hub keeps them, which see a dog in everything."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    model = timm.create_model(SMALL)
    with torch.no_grad():
        model.get_parameter("head.bias")[ids().index(DOG)] = 100.0
    folder = tmp_path / "hub" / f"models--timm--{SMALL}"
    snapshot = folder / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("a" * 40)
    save_file(model.state_dict(), snapshot / "model.safetensors")


@pytest.mark.usefixtures("always_dog")
def test_evaluate_says_what_timm_publishes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tree(tmp_path / "val", **{FISH: 2, DOG: 3, PAPER: 1})
    arguments = ["evaluate", SMALL, source, "-o", str(tmp_path / "a.vitprune.h5"), "--threads", "1"]
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert stop.value.code == 0
    assert answer["top1"] == pytest.approx(3 / 6)
    assert answer["published"]["top1"] == pytest.approx(0.40982)
    assert answer["published"]["agrees"] is None
    assert answer["published"]["classes"] == 3
    assert "timm" in answer["published"]["source"]
    assert answer["warnings"] == [
        "The images are of 3 of the head's 1,000 classes; accuracy is over all of its outputs."
    ]
    with pytest.raises(SystemExit):
        main(arguments)
    assert f"timm publishes 40.98% top-1 for {SMALL}" in capsys.readouterr().out


@pytest.mark.usefixtures("always_dog")
def test_a_pruned_model_is_not_held_against_it_but_its_dense_one_is(tmp_path: Path) -> None:
    model = workflow.open_model(SMALL)
    images = workflow.open_images(tree(tmp_path / "val", **{FISH: 1, DOG: 1}), model)
    plan = PruningPlan.of(model.architecture, {"blocks.1.mlp": "remove"})
    dense, pruned = workflow.evaluate(model, images, plan, compute=Compute(batch_size=2))
    assert compare(model.reference, pruned) is None
    workflow.export(model, plan, tmp_path / "out", evaluation=pruned, dense=dense)
    assert f"timm publishes 40.98% top-1 for {SMALL}; the dense model" in (tmp_path / "out" / "README.md").read_text()
    workflow.export(model, plan, tmp_path / "bare", evaluation=pruned)
    assert "timm publishes" not in (tmp_path / "bare" / "README.md").read_text()
    # The exported folder still knows the ids: they come from its head, not from its name.
    again = workflow.open_images(str(tmp_path / "val"), workflow.open_model(str(tmp_path / "out")))
    assert is_imagenet(again.reference)


def test_sample_has_no_published_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", "sample", "sample", "--images", "5", "-o", str(tmp_path / "a.h5"), "--json"])
    assert json.loads(capsys.readouterr().out)["published"] is None
