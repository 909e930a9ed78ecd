"""Pictures of the images that evaluations do not agree on, kept in the session."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.core.session_examples import session
from vitprune import merging, sessions, thumbnails, workflow
from vitprune.cli import main
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Thumbnails


def evaluation(folder: Path, paths: tuple[str, ...], predictions: list[int]) -> Evaluation:
    architecture = session(2, 2).architecture
    data = DataReference(str(folder), paths, (), (), (), 0, "d" * 64)
    return Evaluation(PruningPlan.of(architecture), data, 1, 1, np.array(predictions), {})


def test_they_are_of_the_images_that_changed(tmp_path: Path) -> None:
    colours = {"tall.png": (250, 10, 20), "wide.png": (10, 240, 20), "small.png": (1, 2, 3), "same.png": (9, 9, 9)}
    sizes = {"tall.png": (100, 200), "wide.png": (300, 100), "small.png": (20, 20), "same.png": (50, 50)}
    for name, colour in colours.items():
        Image.new("RGB", sizes[name], colour).save(tmp_path / name)
    paths = (*colours, "gone.png")
    found = thumbnails.of_changes(
        [evaluation(tmp_path, paths, [0, 0, 0, 0, 0]), evaluation(tmp_path, paths, [1, 2, 3, 0, 1])]
    )
    assert found is not None
    assert found.paths == ("tall.png", "wide.png", "small.png")
    assert found.pixels.shape == (3, thumbnails.SIDE, thumbnails.SIDE, 3)
    assert not found.pixels.flags.writeable
    for name, (rows, columns) in {"tall.png": (64, 32), "wide.png": (21, 64), "small.png": (20, 20)}.items():
        picture = found.of(name)
        assert picture is not None
        shown = (picture == colours[name]).all(axis=-1)
        assert shown.sum() == rows * columns
        assert shown.any(axis=1).sum() == rows
        assert shown[32, 32]
        assert (picture[~shown] == 128).all()
    assert found.of("same.png") is None


def test_without_changes_or_images_there_are_none(tmp_path: Path) -> None:
    assert thumbnails.of_changes([]) is None
    same = [evaluation(tmp_path, ("a.png", "b.png"), [0, 1])] * 2
    found = thumbnails.of_changes(same)
    assert found is not None
    assert found.paths == ()
    elsewhere = evaluation(tmp_path / "gone", ("a.png", "b.png"), [1, 1])
    found = thumbnails.of_changes([*same, elsewhere])
    assert found is not None
    assert found.paths == ()


def test_those_of_an_earlier_save_stay_when_they_are_of_the_same_images(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    first = Thumbnails("d" * 64, ("a.png", "b.png"), pixels[:2])
    second = Thumbnails("d" * 64, ("b.png", "c.png"), pixels[1:3])
    path = tmp_path / "run.vitprune.h5"
    for pictures in (first, second):
        merging.save_merged(replace(session(2, 2), thumbnails=pictures), path)
    kept = sessions.load(path).thumbnails
    assert kept is not None
    assert sorted(kept.paths) == ["a.png", "b.png", "c.png"]
    for name, picture in zip(("a.png", "b.png", "c.png"), pixels[:3], strict=True):
        np.testing.assert_array_equal(kept.of(name), picture)
    # Of other images, and of another size, there is one set alone: the newer.
    for other in (
        Thumbnails("e" * 64, ("a.png",), pixels[3:]),
        Thumbnails("e" * 64, ("b.png",), np.zeros((1, 4, 4, 3), np.uint8)),
    ):
        merging.save_merged(replace(session(2, 2), thumbnails=other), path)
        kept = sessions.load(path).thumbnails
        assert kept is not None
        assert kept.digest == other.digest
        assert kept.paths == other.paths
        np.testing.assert_array_equal(kept.pixels, other.pixels)


def test_the_command_line_keeps_them_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    architecture = workflow.open_model("sample").architecture
    plan.write_text(json.dumps(PruningPlan.of(architecture, {"blocks.0.attn": "remove"}).to_json()))
    path = tmp_path / "run.vitprune.h5"
    options = ["--plan", str(plan), "--images", "40", "--threads", "1", "--batch-size", "8", "-o", str(path)]
    with pytest.raises(SystemExit, match="0"):
        main(["evaluate", "sample", "sample", *options, "--keep-thumbnails"])
    saved = sessions.load(path)
    assert saved.thumbnails is not None
    dense, pruned = saved.evaluations
    changed = np.flatnonzero(dense.predictions != pruned.predictions)
    assert len(changed)
    assert saved.thumbnails.digest == dense.data.digest
    assert saved.thumbnails.paths == tuple(dense.data.paths[place] for place in changed)
    # What is measured later does not take them away.
    with pytest.raises(SystemExit, match="0"):
        main(["evaluate", "sample", "sample", *options[2:]])
    again = sessions.load(path)
    assert again.thumbnails is not None
    assert again.thumbnails.paths == saved.thumbnails.paths
    np.testing.assert_array_equal(again.thumbnails.pixels, saved.thumbnails.pixels)
    assert [entry.what.split()[:2] for entry in again.log] == [["vitprune", "evaluate"]] * 2
    assert "--keep-thumbnails" in again.log[0].what
    capsys.readouterr()
