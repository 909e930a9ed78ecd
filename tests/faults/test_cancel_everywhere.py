"""A job that is cancelled at any of the places where it looks for that: everything is as it was before the job."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from tests.core.rebuilding import run_script
from tests.core.small_models import hooks_of
from vitprune import workflow
from vitprune.export import proving
from vitprune.jobs import Cancelled, Compute, Job
from vitprune.plan import PruningPlan
from vitprune.selection import Budget
from vitprune_gui.requests import SaveSession

PLACES = 8  # of each job; all of them where there are no more
COMPUTE = Compute(batch_size=2, threads=1)


class StopAt(threading.Event):
    """Is set from the time on when it is asked for the k-th time."""

    def __init__(self, k: int = sys.maxsize) -> None:
        super().__init__()
        self.k = k
        self.asked = 0

    def is_set(self) -> bool:
        self.asked += 1
        return self.asked >= self.k


@dataclass(frozen=True)
class World:
    """All that a job could leave behind."""

    weights: str
    parts: tuple[tuple[str, str], ...]
    hooks: int
    modes: tuple[bool, ...]
    files: tuple[tuple[str, bytes], ...]
    threads: frozenset[threading.Thread]
    handles: int
    torch_threads: int
    gradients: bool
    random: tuple[Any, ...]

    @classmethod
    def of(cls, module: nn.Module, folder: Path) -> World:
        digest = hashlib.sha256()
        for name, tensor in sorted(module.state_dict().items()):
            digest.update(name.encode() + tensor.numpy().tobytes())
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        state = np.random.get_state()
        return cls(
            digest.hexdigest(),
            tuple((name, type(part).__name__) for name, part in module.named_modules()),
            hooks_of(module),
            tuple(part.training for part in module.modules()),
            tuple((str(path.relative_to(folder)), path.read_bytes()) for path in files),
            frozenset(threading.enumerate()),
            len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0,
            torch.get_num_threads(),
            torch.is_grad_enabled() and not torch.is_inference_mode_enabled(),
            (random.getstate(), torch.get_rng_state().numpy().tobytes(), state[1].tobytes(), state[2]),  # type: ignore[union-attr, index]
        )


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A transformer of two blocks."""
    args: dict[str, Any] = {
        "img_size": 32,
        "patch_size": 16,
        "embed_dim": 24,
        "depth": 2,
        "num_heads": 2,
        "num_classes": 10,
    }
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save_file(timm.create_model("vit_tiny_patch16_224", **args).state_dict(), file)
    return workflow.open_model(str(file), architecture="vit_tiny_patch16_224", model_args=args)


@pytest.fixture(scope="module")
def pictures(sample: Any) -> Any:
    return workflow.open_images("sample", sample, images=4)


@pytest.fixture(scope="module")
def analysed(sample: Any, pictures: Any) -> Any:
    return workflow.analyze(sample, pictures, compute=COMPUTE)


Run = Callable[[Job], object]


def runs(sample: Any, pictures: Any, analysed: Any, folder: Path) -> dict[str, Run]:
    architecture = sample.architecture
    sites = [site.id for site in architecture.prunable if site.parent]
    plan = PruningPlan.of(architecture, {sites[1]: "linear", sites[2]: "mean"}, "model")

    def search(job: Job) -> object:
        budget = Budget(remove=1)
        return workflow.plan(
            analysed, architecture, method="greedy", budget=budget, granularity="block", repair="mean", model=sample,
            images=pictures, compute=COMPUTE, job=job,
        )  # fmt: skip

    analyze = partial(workflow.analyze, sample, pictures, compute=COMPUTE)
    return {
        "analyse": lambda job: analyze(repairs=True, keep_tokens=2, job=job),
        "damage": lambda job: analyze(metrics=("damage", "damage_repaired", "taylor"), job=job),
        "rewrites": lambda job: workflow.rewrite(sample, plan, calibration=pictures, job=job),
        "evaluate": lambda job: workflow.evaluate(
            sample, pictures, plan, calibration=pictures, compute=COMPUTE, job=job
        ),
        "search": search,
        "export": lambda job: workflow.export(sample, plan, folder / "exported", calibration=pictures, job=job),
        "save": lambda job: SaveSession(analysed, folder / "kept.vitprune.h5").run(None, job),
    }


@pytest.fixture
def forked_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "run", run_script)


@pytest.mark.usefixtures("timed_briefly", "forked_proofs")
@pytest.mark.parametrize("name", ["analyse", "damage", "evaluate", "rewrites", "search", "export", "save"])
def test_nothing_is_left(name: str, sample: Any, pictures: Any, analysed: Any, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "kept.vitprune.h5").write_bytes(b"an older session")
    run = runs(sample, pictures, analysed, folder)[name]

    counted = StopAt()
    run(Job(stop=counted))  # the first one warms up too: what torch starts once is no leftover
    shutil.rmtree(folder / "exported", ignore_errors=True)
    (folder / "kept.vitprune.h5").write_bytes(b"an older session")

    assert counted.asked >= 1
    before = World.of(sample.module, folder)
    dice = random.Random(0)
    places = {1, counted.asked}
    places |= set(dice.sample(range(1, counted.asked + 1), min(PLACES, counted.asked)))
    for k in sorted(places):
        stop = StopAt(k)
        try:
            run(Job(stop=stop))
        except Cancelled:
            assert stop.asked == k, "it looked again after it was told to stop"
        else:
            assert stop.asked < k, "it was told to stop, and did not"
            assert name in ("evaluate", "export"), "only how often it takes the time can be another number of times"
            continue
        assert World.of(sample.module, folder) == before, f"cancelled at place {k} of {counted.asked}"
