"""An analysis that is stopped: its scores are those of the images up to there, and say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import build, hooks_of, images
from torch import nn

from vitprune import score, sessions, workflow
from vitprune.jobs import Cancelled, Compute, Job, Progress


def stop_in(module: nn.Module, job: Job, call: int) -> Any:
    """Ask to stop inside of this forward of a block."""
    calls = 0

    def stop(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            job.stop.set()

    return module.register_forward_hook(stop)


def test_the_scores_are_those_of_the_images_before() -> None:
    model, given, job = build("vit"), images(20), Job()
    handle = stop_in(model.get_submodule("blocks.1"), job, 4)  # in the middle of the fourth batch
    found = score(model, given.split(4), ("all",), tokens=("all", "cls"), total=20, job=job, keep_stopped=True)
    handle.remove()
    expected = score(model, given[:12].split(4), ("all",), tokens=("all", "cls"))
    assert (found.images, found.asked_images) == (12, 20)
    assert expected.asked_images is None
    for table, sites in expected.items():
        assert found[table].keys() == sites.keys()
        for site, value in sites.items():
            np.testing.assert_array_equal(found[table][site].per_image, value.per_image)
    assert found.boundaries is not None
    assert expected.boundaries is not None
    np.testing.assert_array_equal(found.boundaries.mean, expected.boundaries.mean)
    np.testing.assert_array_equal(found.cka["mean"].mean, expected.cka["mean"].mean)
    assert hooks_of(model) == 0


def test_before_the_second_image_there_is_nothing_to_keep() -> None:
    model, job = build("vit"), Job()
    stop_in(model.get_submodule("blocks.1"), job, 2)
    with pytest.raises(Cancelled):
        score(model, images(4).split(1), job=job, keep_stopped=True)


@pytest.fixture(scope="module")
def sample() -> Any:
    return workflow.open_model("sample")


def stopping_at(stage: str, done: int) -> Job:
    def report(progress: Progress) -> None:
        if progress.stage == stage and progress.done >= done:
            job.stop.set()

    job = Job(report)
    return job


def test_a_session_says_that_it_was_stopped(sample: Any, tmp_path: Path) -> None:
    found = workflow.open_images("sample", sample, images=24)
    job = stopping_at("Analysing", 8)
    stopped = workflow.analyze(
        sample, found, metrics=("everything",), repairs=True, keep_stopped=True, compute=Compute(batch_size=8), job=job
    )
    assert stopped.scores is not None
    assert (stopped.scores.images, stopped.scores.asked_images) == (8, 24)
    assert "cosine" in stopped.scores
    assert "damage" not in stopped.scores
    assert stopped.data is not None
    assert stopped.data.images == 24

    path = tmp_path / "stopped.vitprune.h5"
    sessions.save(stopped, path)
    again = sessions.load(path)
    assert again.scores is not None
    assert (again.scores.images, again.scores.asked_images) == (8, 24)
    assert "stopped: those are the first 8 of 24 images" in sessions.check(path)


def test_what_was_whole_before_the_cancel_is_kept_whole(sample: Any) -> None:
    found = workflow.open_images("sample", sample, images=8)
    stopped = workflow.analyze(
        sample, found, metrics=("everything",), keep_stopped=True, job=stopping_at("Leaving out each site", 1)
    )
    assert stopped.scores is not None
    assert (stopped.scores.images, stopped.scores.asked_images) == (8, None)
    assert "cosine" in stopped.scores
    assert "damage" not in stopped.scores


def test_nobody_asked_to_keep_it(sample: Any) -> None:
    found = workflow.open_images("sample", sample, images=8)
    with pytest.raises(Cancelled):
        workflow.analyze(sample, found, compute=Compute(batch_size=4), job=stopping_at("Analysing", 4))
