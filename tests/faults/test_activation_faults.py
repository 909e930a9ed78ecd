"""What can happen while activations are written and read: damage, a full disk, a cancel, a killed program."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core.session_examples import difference, hdf5, session
from tests.faults.calls import CALLS, Calls
from tests.faults.test_session_files import NAME, python
from vitprune import sessions, workflow
from vitprune.errors import DiskFull, SaveFailed, SessionDamaged, SessionTruncated
from vitprune.jobs import Cancelled, Compute, Job, Progress
from vitprune.results import Activations

SITES = ("blocks.0.attn", "blocks.0.mlp")
IMAGES = 30


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def values(seed: int = 0) -> dict[str, NDArray[np.float16]]:
    rng = np.random.default_rng(seed)
    return {site: rng.normal(size=(IMAGES, 40, 300)).astype(np.float16) for site in SITES}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    sessions.save(replace(session(4, 1), activations=Activations(tuple(range(40)), values())), path)
    return path


def flip(path: Path, site: str, number: int) -> None:
    """One bit of what is stored of one chunk, written past HDF5."""
    with hdf5(path) as file:
        chunk = file[f"activations/values/{site}"].id.get_chunk_info(number)
    with path.open("r+b") as file:
        file.seek(chunk.byte_offset + chunk.size // 3)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 16]))


def test_a_damaged_chunk_is_named_and_the_others_are_read(old: Path) -> None:
    stored = sessions.activations(old)
    assert stored is not None
    assert stored.images_per_chunk == 10
    flip(old, SITES[1], 1)
    for reading in (stored, sessions.activations(old)):  # opened before the damage, and after
        assert reading is not None
        np.testing.assert_array_equal(reading.read(SITES[0]), values()[SITES[0]])
        others = [*range(10), *range(20, 30)]
        np.testing.assert_array_equal(reading.read(SITES[1], others), values()[SITES[1]][others])
        for images in ([15], slice(None)):
            with pytest.raises(SessionDamaged, match=r"blocks\.0\.mlp .*images 10 to 19"):
                reading.read(SITES[1], images)
    sessions.load(old)
    with pytest.raises(SessionDamaged, match=r"blocks\.0\.mlp|damaged"):
        sessions.check(old)


def test_damage_is_not_copied(old: Path) -> None:
    flip(old, SITES[0], 2)
    before = old.read_bytes()
    with pytest.raises(SessionDamaged, match=r"blocks\.0\.attn .*images 20 to 29"):
        sessions.save(session(4, 1, seed=1), old, activations_from=old)
    assert old.read_bytes() == before
    assert os.listdir(old.parent) == [NAME]


def test_damage_in_a_file_of_the_first_release_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes((Path(__file__).parents[1] / "core" / "data" / "version-1.vitprune.h5").read_bytes())
    flip(path, "blocks.3.mlp", 0)
    stored = sessions.activations(path)
    assert stored is not None
    assert stored.read("blocks.3.attn", [2]).shape == (1, 2, 96)
    with pytest.raises(SessionDamaged, match=r"blocks\.3\.mlp"):
        stored.read("blocks.3.mlp", [2])


def test_a_file_that_became_shorter_is_noticed(old: Path) -> None:
    stored = sessions.activations(old)
    assert stored is not None
    os.truncate(old, old.stat().st_size // 2)
    with pytest.raises(SessionTruncated):
        stored.read(SITES[1], [29])


def record(path: Path, batch: int = 7, *, job: Job | None = None) -> None:
    with sessions.Draft(path, job) as draft:
        for start in range(0, IMAGES, batch):
            draft.add((0,), {site: array[start : start + batch] for site, array in values(1).items()}, IMAGES)
        draft.save(session(4, 1, seed=1))


def copy(path: Path) -> None:
    sessions.save(session(4, 1, seed=1), path, activations_from=path)


@pytest.mark.parametrize("write", [record, copy])
def test_any_failing_call_while_activations_are_written_leaves_the_old_file(
    write: Callable[[Path], None], old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old.read_bytes()
    with monkeypatch.context() as patch:
        names = Calls(patch).names
        write(old)
        after = old.read_bytes()
        old.write_bytes(before)
    assert after != before
    last = names.index("replace") + 1
    writes = [i for i, name in enumerate(names, 1) if name == "write" and i < last]
    chosen = [*writes[:3], *writes[3::40], *(i for i in range(1, last + 1) if names[i - 1] not in ("write", "lock"))]
    failed = set()
    for fail in chosen:
        with monkeypatch.context() as patch:
            calls = Calls(patch, fail, errno.ENOSPC)
            with pytest.raises(DiskFull):
                write(old)
            failed.add(calls.names[fail - 1])
        assert old.read_bytes() == before
        assert os.listdir(old.parent) == [NAME]
    assert failed >= set(CALLS) - {"unlink", "truncate", "lock"}


def test_a_full_disk_ends_an_analysis_at_once(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = old.read_bytes(), list[int]()
    model = workflow.open_model("sample")
    images = workflow.open_images("sample", model, images=400)
    Calls(monkeypatch, 20, errno.ENOSPC)
    with pytest.raises(DiskFull), sessions.Draft(old) as draft:
        workflow.analyze(
            model,
            images,
            metrics=("cosine",),
            keep_tokens=40,
            draft=draft,
            compute=Compute(batch_size=20),
            job=Job(lambda progress: seen.append(progress.done)),
        )
    assert max(seen, default=0) < 400
    assert old.read_bytes() == before
    assert os.listdir(old.parent) == [NAME]


def test_a_cancel_is_heard_at_once_and_leaves_nothing(old: Path) -> None:
    before, stop, asked = old.read_bytes(), threading.Event(), list[float]()
    model = workflow.open_model("sample")
    images = workflow.open_images("sample", model, images=40)

    def report(progress: Progress) -> None:
        if progress.done:
            asked.append(time.monotonic())
            stop.set()

    job = Job(report, stop)
    with pytest.raises(Cancelled), sessions.Draft(old, job) as draft:
        workflow.analyze(
            model, images, metrics=("cosine",), keep_tokens=40, draft=draft, compute=Compute(batch_size=4), job=job
        )
    assert time.monotonic() - asked[0] < 1
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Cancelled):
        sessions.save(session(4, 1, seed=1), old, activations_from=old, job=Job(stop=stopped))
    with pytest.raises(Cancelled):
        record(old, job=Job(stop=stopped))
    assert old.read_bytes() == before
    assert os.listdir(old.parent) == [NAME]


def test_a_draft_that_nobody_saves_leaves_nothing(old: Path) -> None:
    before = old.read_bytes()
    with sessions.Draft(old) as draft:
        draft.add((0,), values(1), IMAGES)
    with sessions.Draft(old):
        pass
    assert old.read_bytes() == before
    assert os.listdir(old.parent) == [NAME]
    with pytest.raises(SaveFailed):
        sessions.Draft(old.parent / "missing" / NAME)


def test_a_killed_analysis_leaves_the_old_session(old: Path) -> None:
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("no SIGKILL here")
    before = old.read_bytes()
    code = (
        "import sys; from vitprune.cli import main\n"
        "main(['analyze', 'sample', 'sample', '-o', sys.argv[1], '--keep-activations', '40', '--metrics', 'cosine',"
        " '--batch-size', '2', '--threads', '1'])"
    )
    child = python(code, str(old))
    size, end = 0, time.monotonic() + 120
    while size < 400_000 and child.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
        size = sum(part.stat().st_size for part in old.parent.glob(".*.part"))
    child.kill()
    _, complaints = child.communicate()
    assert child.returncode == -signal.SIGKILL, complaints
    assert old.read_bytes() == before
    [part] = old.parent.glob(".*.part")
    os.utime(part, (0, 0))
    sessions.save(session(4, 1), old)
    assert os.listdir(old.parent) == [NAME]
    assert difference(sessions.load(old), session(4, 1)) == ""
