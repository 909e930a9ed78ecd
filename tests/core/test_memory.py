"""Too little memory: fewer images at a time, the same numbers, and a sentence about it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_models import build, hooks_of, images
from torch import nn

from vitprune import describe, devices, score, workflow
from vitprune.architecture import Kind
from vitprune.candidates import Fitted
from vitprune.damage import leave_one_out
from vitprune.errors import OutOfMemory
from vitprune.jobs import Compute, Job
from vitprune.lab import Lab
from vitprune.memory import exhausted, halving
from vitprune.plan import PruningPlan
from vitprune.scores import Scores
from vitprune.search import search
from vitprune.searches import SearchResult
from vitprune.selection import Budget

CPU = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"
SAID: dict[str, Callable[[], Exception]] = {
    "torch's own": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "an older torch": lambda: RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "the processor": lambda: RuntimeError(f"{CPU} 77 bytes."),
    "cuBLAS": lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    "oneDNN": lambda: RuntimeError("could not create a primitive"),
    "numpy": MemoryError,
}


@contextmanager
def room_for(model: nn.Module, most: int, block: str = "blocks.1", say: str = "torch's own") -> Iterator[list[int]]:
    """In the middle of a forward, there is memory for so many images. The sizes of the batches that got there."""
    seen: list[int] = []

    def refuse(_: nn.Module, args: tuple[Any, ...]) -> None:
        seen.append(len(args[0]))
        if len(args[0]) > most:
            raise SAID[say]()

    handle = model.get_submodule(block).register_forward_pre_hook(refuse)
    try:
        yield seen
    finally:
        handle.remove()


def same(found: Scores, expected: Scores) -> None:
    assert found.images == expected.images
    assert found.keys() == expected.keys()
    for table in expected:
        for site, value in expected[table].items():
            np.testing.assert_allclose(found[table][site].per_image, value.per_image, rtol=1e-5, atol=3e-6)
    assert found.boundaries is not None
    assert expected.boundaries is not None
    np.testing.assert_allclose(found.boundaries.mean, expected.boundaries.mean, rtol=1e-5, atol=3e-6)
    for name, cka in expected.cka.items():
        np.testing.assert_allclose(found.cka[name].mean, cka.mean, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("say", SAID)
@pytest.mark.parametrize("most", [1, 3, 6])
def test_scores_are_those_of_whole_batches(say: str, most: int) -> None:
    model, batches = build("vit"), images(13).split(8)
    expected = score(model, batches, ("all",), tokens=("all", "cls"))
    job = Job()
    with room_for(model, most, say=say) as seen:
        found = score(model, batches, ("all",), tokens=("all", "cls"), job=job)
    same(found, expected)
    assert seen[0] == 8
    assert sum(size for size in seen if size <= most) == 13, "no image was run twice to its end"
    assert job.notes[0] == "Memory ran out with 8 images at a time; they were run 4 at a time instead."
    assert hooks_of(model) == 0


def test_memory_that_runs_out_in_the_middle_of_the_pass() -> None:
    """The batches before stay, and the half of a batch that had been seen goes."""
    model, batches = build("vit"), images(16).split(4)
    expected = score(model, batches, ("all",))
    calls = 0

    def refuse(_: nn.Module, args: tuple[Any, ...]) -> None:
        nonlocal calls
        calls += 1
        if calls > 2 and len(args[0]) > 2:
            raise torch.OutOfMemoryError

    handle = model.get_submodule("blocks.2").register_forward_pre_hook(refuse)
    same(score(model, batches, ("all",)), expected)
    handle.remove()
    assert calls == 2 + 1 + 4


def test_one_image_is_the_end_of_it() -> None:
    model = build("vit")
    with room_for(model, 0) as seen, pytest.raises(OutOfMemory, match="one image"):
        score(model, [images(8)])
    assert seen == [8, 4, 2, 1]
    assert hooks_of(model) == 0


def test_other_errors_are_not_tried_again() -> None:
    calls: list[int] = []

    def fail(size: int) -> None:
        calls.append(size)
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        halving(8, fail, Job())
    assert calls == [8]
    assert not exhausted(ValueError("out of memory"))
    assert not exhausted(RuntimeError("could not create a primitive descriptor for a matmul primitive"))


def test_damage_is_that_of_whole_batches() -> None:
    model, batches = build("vit"), images(12).split(6)
    expected = leave_one_out(Lab(model, batches), ["damage", "damage_angular"])
    job = Job()
    with room_for(model, 2):
        found = leave_one_out(Lab(model, batches, job=job), ["damage", "damage_angular"])
    for table, sites in expected.items():
        assert sites.keys() == found[table].keys()
        for site, value in sites.items():
            np.testing.assert_allclose(found[table][site].per_image, value.per_image, rtol=1e-5, atol=1e-6)
    assert len(job.notes) == 2


@pytest.mark.parametrize("repair", ["linear", "mean", "fold"])
def test_a_search_with_repair_finds_what_it_finds_with_room(repair: str) -> None:
    """The images of the lab fit; those that repairs are fitted to do not."""
    model, measured, fit = build("vit"), images(4).split(2), images(12, seed=5).split(6)

    def found(job: Job) -> SearchResult:
        lab = Lab(model, measured, job=job)
        return search(lab, Budget(remove=2), objective="angular", repair=repair, fit=fit, racing=False)

    expected, job = found(Job()), Job()
    with room_for(model, 3) as seen:
        halved = found(job)
    assert max(seen) == 6
    assert seen.count(6) == 1, "what does not fit is not tried again at every step"
    assert halved.plan == expected.plan
    for step, other in zip(halved.steps, expected.steps, strict=True):
        assert step.damage.value == pytest.approx(other.damage.value, rel=1e-3, abs=1e-6)
        assert [one.site for one in step.candidates] == [one.site for one in other.candidates]
    assert job.notes == ["Memory ran out with 6 images at a time; they were run 3 at a time instead."]
    assert hooks_of(model) == 0


def test_memory_that_runs_out_among_the_candidates() -> None:
    """What stands for the sites before the place is fitted already, and is not fitted twice."""
    model, fit = build("vit"), images(12, seed=5).split(6)
    architecture = describe(model)
    plans = {
        site.id: PruningPlan.of(architecture, {site.id: "linear"}) for site in architecture.of_kind(Kind.ATTENTION)
    }

    def made(job: Job) -> list[tuple[str, Any]]:
        lab = Lab(model, images(2).split(2), job=job)
        return list(Fitted(lab, PruningPlan.of(lab.architecture), fit).with_one_more(plans))

    expected, job = made(Job()), Job()
    with room_for(model, 3, block="blocks.2"):
        halved = made(job)
    assert [site for site, _ in halved] == [site for site, _ in expected]
    for (_, blocks), (_, others) in zip(halved, expected, strict=True):
        for path, block in blocks.items():
            for name, value in others[path].state_dict().items():
                torch.testing.assert_close(block.state_dict()[name], value, rtol=1e-3, atol=1e-4)
    assert len(job.notes) == 1


def test_a_search_without_room_for_one_image_ends() -> None:
    model, fit = build("vit"), images(4, seed=5).split(4)
    lab = Lab(model, images(2).split(2))
    with room_for(model, 0), pytest.raises(OutOfMemory, match="one image"):
        list(Fitted(lab, PruningPlan.of(lab.architecture), fit).with_one_more(
            {"blocks.2.attn": PruningPlan.of(lab.architecture, {"blocks.2.attn": "linear"})}
        ))  # fmt: skip


@pytest.fixture(scope="module")
def sample() -> Any:
    return workflow.open_model("sample")


def test_the_verbs_say_so(sample: Any, caplog: pytest.LogCaptureFixture) -> None:
    found = workflow.open_images("sample", sample, images=48)  # from fewer, folds fit badly, and any rounding shows
    compute = Compute(batch_size=8)
    whole = workflow.analyze(sample, found, repairs=True, compute=compute)
    block = sample.architecture.blocks[1].id
    with room_for(sample.module, 4, block):
        halved = workflow.analyze(sample, found, repairs=True, compute=compute)
    assert whole.scores is not None
    assert halved.scores is not None
    same(halved.scores, whole.scores)
    for site, gains in whole.scores.gains.items():
        for action, gain in gains.items():
            assert halved.scores.gains[site][action].value == pytest.approx(gain.value, abs=1e-3)
    assert [entry.what for entry in halved.log] == [
        "Memory ran out with 8 images at a time; they were run 4 at a time instead."
    ]
    assert halved.log[0].what in caplog.text
    assert not whole.log

    site = sample.architecture.prunable[-1].id
    plan = PruningPlan.of(sample.architecture, {site: "linear"})
    expected = workflow.evaluate(sample, found, plan, calibration=found, compute=compute)
    job = Job()
    with room_for(sample.module, 4, block):
        measured = workflow.evaluate(sample, found, plan, calibration=found, compute=compute, job=job)
    for one, other in zip(measured, expected, strict=True):
        assert one.predictions.tolist() == other.predictions.tolist()
        assert one.latency is not None
    assert measured[0].latency is not None
    assert measured[0].latency.batch_size == 4, "what was timed is what fits"
    assert job.notes
    assert set(job.notes) <= set(measured[0].warnings)


def test_a_named_error_whatever_ran_out() -> None:
    for make in SAID.values():
        with pytest.raises(OutOfMemory), devices.running_on(Compute()):
            raise make()


REAL = """
    import resource, sys
    sys.path.insert(0, {helpers!r})
    import numpy as np, torch
    from small_models import build, images
    from vitprune import score
    from vitprune.jobs import Job

    torch.set_num_threads(1)
    model = build("vit", img_size=112, embed_dim=192, depth=2)
    given = images(64, size=112)
    expected = score(model, given.split(4), ("all",))
    pages = int(open("/proc/self/statm").read().split()[0])
    limit = pages * resource.getpagesize() + (60 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    job = Job()
    found = score(model, [given], ("all",), job=job)
    for table, sites in expected.items():
        for site, value in sites.items():
            np.testing.assert_allclose(found[table][site].per_image, value.per_image, rtol=1e-5, atol=3e-6)
    print(*job.notes, sep="\\n")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the address space")
def test_memory_that_really_runs_out() -> None:
    code = textwrap.dedent(REAL).format(helpers=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Memory ran out with 64 images at a time"), done.stdout + done.stderr
