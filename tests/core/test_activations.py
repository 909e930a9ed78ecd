"""Activations go to the file while the model runs, whatever the batches, and come back a few images at a time."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from tests.core.session_examples import difference, hdf5, session
from vitprune import sessions, workflow
from vitprune.errors import ArgumentInvalid, SaveFailed, SessionDamaged, SessionNotFound
from vitprune.jobs import Compute, Job
from vitprune.merging import save_merged
from vitprune.plan import PruningPlan
from vitprune.results import Activations, Session
from vitprune.sessions import chunks

VERSION_1 = Path(__file__).parent / "data" / "version-1.vitprune.h5"


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


Streams = dict[str, NDArray[np.float16]]


def streams(images: int, seed: int = 0, *, dim: int = 24) -> Streams:
    """Of two sites with other shapes."""
    rng = np.random.default_rng(seed)
    shapes = {"blocks.0.attn": (images, 5, dim), "blocks.0.mlp": (images, 3, 2 * dim)}
    return {site: rng.normal(size=shape).astype(np.float16) for site, shape in shapes.items()}


def bare() -> Session:
    return session(4, 1)


# Chunks --------------------------------------------------------------------------------------------------------------

patterns = hnp.arrays(np.uint16, st.tuples(*[st.integers(1, 9)] * 3))


@settings(max_examples=40, deadline=None)
@given(bits=patterns, missing=st.integers(0, 3))
@example(bits=np.zeros((3, 2, 2), np.uint16), missing=2)
@example(bits=np.full((1, 1, 1), 0xFFFF, np.uint16), missing=0)
@example(bits=np.arange(2**16, dtype=np.uint16).reshape(16, 64, 64), missing=1)
def test_any_hdf5_program_reads_a_chunk(
    bits: NDArray[np.uint16], missing: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """libhdf5 undoes the filters and compares its own checksum. NaN and infinity are bits like all others."""
    values = bits.view(np.float16)
    images = len(values) + missing
    stored = chunks.encode(values, images)
    path = tmp_path_factory.mktemp("chunk") / "a.h5"
    shape = (images, *values.shape[1:])
    with hdf5(path, "w") as file:
        options: dict[str, Any] = {"chunks": shape, "compression": "gzip", "shuffle": True, "fletcher32": True}
        file.create_dataset("a", shape, "<f2", **options).id.write_direct_chunk((0, 0, 0), stored)
        other = file.create_dataset("b", data=np.resize(values, shape), **options)
        file.flush()
        _, by_library = other.id.read_direct_chunk((0, 0, 0))
    with hdf5(path) as file:
        read = file["a"][:]
        assert np.array_equal(read[: len(values)].view(np.uint16), bits)
        assert not read[len(values) :].any()
        assert np.array_equal(chunks.decode(stored, shape).view(np.uint16), read.view(np.uint16))
        theirs = chunks.decode(by_library, shape)
        assert np.array_equal(theirs.view(np.uint16), file["b"][:].view(np.uint16))


@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=200), change=st.integers(0, 199))
def test_bytes_that_are_no_chunk_are_refused(data: bytes, change: int) -> None:
    whole = chunks.encode(np.ones((2, 3, 4), np.float16), 2)
    for stored in (data, whole[: change % len(whole)], whole + data + b"x"):
        with pytest.raises(ValueError, match="chunk"):
            chunks.decode(stored, (2, 3, 4))


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=1500))
@example(data=b"\xff\xff" * 700)
@example(data=b"\xff\xfe\x00\x01")
def test_the_checksum_is_that_of_its_definition(data: bytes) -> None:
    first = second = 0
    for place in range(0, len(data), 2):
        first = (first + int.from_bytes(data[place : place + 2].ljust(2, b"\0"), "big")) % 65535
        second = (second + first) % 65535
    found = chunks.fletcher32(data)
    assert (found & 0xFFFF) % 65535 == first
    assert (found >> 16) % 65535 == second


# Writing -------------------------------------------------------------------------------------------------------------


@settings(max_examples=3, deadline=None)
@given(cuts=st.lists(st.integers(1, 40), max_size=6))
def test_the_file_does_not_depend_on_the_batches(cuts: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("batches")
    whole, values, step = bare(), streams(41, dim=2500), 0
    sessions.save(replace(whole, activations=Activations((0, 2), values)), folder / "memory.h5")
    with sessions.Draft(folder / "batches.h5") as draft:
        for stop in sorted({*cuts, 41}):
            draft.add((0, 2), {site: array[step:stop] for site, array in values.items()}, 41)
            step = stop
        draft.save(whole)
    sessions.save(whole, folder / "copied.h5", activations_from=folder / "batches.h5")
    memory, batches, copied = ((folder / f"{name}.h5").read_bytes() for name in ("memory", "batches", "copied"))
    assert memory == batches
    assert copied == memory
    stored = sessions.activations(folder / "batches.h5")
    assert stored is not None
    assert stored.images_per_chunk == 8
    with hdf5(folder / "batches.h5") as file:
        for site, array in values.items():
            assert file[f"activations/values/{site}"][:].tobytes() == array.tobytes()


class Watch:
    """The stream after every branch of a plain ViT, by hooks of its own: before norm2, and after the block."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.seen: dict[str, list[NDArray[np.float16]]] = {}
        for number, block in enumerate(model.get_submodule("blocks").children()):
            block.get_submodule("norm2").register_forward_pre_hook(self._before(f"blocks.{number}.attn"))
            block.register_forward_hook(self._after(f"blocks.{number}.mlp"))

    def _before(self, site: str) -> Callable[[torch.nn.Module, Any], None]:
        return lambda _, args: self.note(site, args[0])

    def _after(self, site: str) -> Callable[[torch.nn.Module, Any, Any], None]:
        return lambda _, __, output: self.note(site, output)

    def note(self, site: str, stream: torch.Tensor) -> None:
        self.seen.setdefault(site, []).append(stream.detach().half().numpy())


def test_an_analysis_keeps_what_independent_hooks_see(tmp_path: Path) -> None:
    path, compute = tmp_path / "a.vitprune.h5", Compute(device="cpu", batch_size=5, threads=1)
    model = workflow.open_model("sample")
    images = workflow.open_images("sample", model, images=12)
    with sessions.Draft(path) as draft:
        found = workflow.analyze(model, images, metrics=("cosine",), keep_tokens=4, draft=draft, compute=compute)
        draft.save(found)
    assert found.activations is None
    stored = sessions.activations(path)
    assert stored is not None
    watch = Watch(model.module)
    with torch.inference_mode():
        for batch in images.batches(5, Job()):
            model.module(batch)
    assert list(stored) == [site.id for site in model.architecture.sites if site.kind != "block"]
    for site in stored:
        wanted = np.concatenate(watch.seen[site])[:, list(stored.token_indices)]
        assert wanted.shape == (12, 4, 96)
        np.testing.assert_array_equal(stored.read(site), wanted)
    in_memory = workflow.analyze(model, images, metrics=("cosine",), keep_tokens=4, compute=compute).activations
    assert in_memory is not None
    assert difference(dict(in_memory.values), dict(stored)) == ""


def test_memory_is_that_of_a_few_chunks(tmp_path: Path) -> None:
    """Neither recording nor copying holds more, of 31 MB, than a few chunks."""
    batches, batch = 80, np.random.default_rng(0).random((8, 64, 384), np.float32).astype(np.float16)
    tracemalloc.start()
    with sessions.Draft(tmp_path / "a.vitprune.h5") as draft:
        for _ in range(batches):
            draft.add((0,), {"blocks.0.attn": batch.copy()}, 8 * batches)
        draft.save(bare())
    sessions.save(bare(), tmp_path / "b.vitprune.h5", activations_from=tmp_path / "a.vitprune.h5")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "b.vitprune.h5").stat().st_size > 18e6
    assert most < 24 * chunks.CHUNK_BYTES


def test_activations_of_sites_that_do_not_fit_each_other_are_refused(tmp_path: Path) -> None:
    values = streams(6)
    for wrong in (
        values | {"blocks.0.mlp": values["blocks.0.mlp"][:5]},
        values | {"blocks.0.mlp": values["blocks.0.mlp"][..., 0]},
    ):
        with pytest.raises(SaveFailed):
            sessions.save(replace(bare(), activations=Activations((0,), wrong)), tmp_path / "a.vitprune.h5")
    with sessions.Draft(tmp_path / "a.vitprune.h5") as draft:
        draft.add((0,), values, 7)
        with pytest.raises(SaveFailed, match="6 images in place of 7"):
            draft.save(bare())
    assert list(tmp_path.iterdir()) == []


# Reading -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[sessions.StoredActivations, Streams]:
    path, values = tmp_path_factory.mktemp("kept") / "a.vitprune.h5", streams(41, dim=2500)
    sessions.save(replace(bare(), activations=Activations((0, 2), values)), path)
    stored = sessions.activations(path)
    assert stored is not None
    return stored, values


@settings(max_examples=30, deadline=None)
@given(places=st.lists(st.integers(-41, 40), max_size=5), piece=st.slices(41))
def test_any_images_are_read(places: list[int], piece: slice, kept: tuple[sessions.StoredActivations, Streams]) -> None:
    stored = kept[0]
    assert (stored.token_indices, stored.images, stored.sites) == ((0, 2), 41, tuple(kept[1]))
    for site, values in kept[1].items():
        assert stored.shape_of(site) == values.shape
        for images in (places, piece, np.array(places, np.int64)):
            read = stored.read(site, images)
            assert read.tobytes() == values[images if len(places) or images is piece else []].tobytes()
            assert not read.flags.writeable


def test_what_is_not_kept_is_named(kept: tuple[sessions.StoredActivations, Streams], tmp_path: Path) -> None:
    stored = kept[0]
    with pytest.raises(ArgumentInvalid, match=r"blocks\.9"):
        stored.read("blocks.9")
    with pytest.raises(IndexError):
        stored.read("blocks.0.mlp", [41])
    sessions.save(bare(), tmp_path / "none.h5")
    assert sessions.activations(tmp_path / "none.h5") is None


def test_reading_goes_on_when_the_file_is_saved_again(tmp_path: Path) -> None:
    path, values = tmp_path / "a.vitprune.h5", streams(9)
    whole = bare()
    sessions.save(replace(whole, activations=Activations((0,), values)), path)
    stored = sessions.activations(path)
    assert stored is not None
    edited = whole.with_plan(PruningPlan.of(whole.architecture, {"blocks.0.mlp": "remove"}))
    longer = replace(edited, created="much longer than it was before, so that everything moves")
    sessions.save(longer, path, activations_from=path)
    assert stored.read("blocks.0.mlp", [3]).tobytes() == values["blocks.0.mlp"][3].tobytes()
    sessions.save(replace(whole, activations=Activations((0,), streams(9, seed=1))), path)
    with pytest.raises(SessionDamaged, match="no longer"):
        stored.read("blocks.0.mlp", [3])
    path.unlink()
    with pytest.raises(SessionNotFound):
        stored.read("blocks.0.mlp", [3])


def test_activations_of_the_first_release_are_read_and_go_on(tmp_path: Path) -> None:
    stored = sessions.activations(VERSION_1)
    assert stored is not None
    assert stored.images_per_chunk is None
    with hdf5(VERSION_1) as file:
        wanted = {site: file[f"activations/values/{site}"][:] for site in stored}
    for site, values in wanted.items():
        assert stored.read(site, [4, 1]).tobytes() == values[[4, 1]].tobytes()
    path = tmp_path / "a.vitprune.h5"
    sessions.save(sessions.load(VERSION_1), path, activations_from=VERSION_1)
    now = sessions.activations(path)
    assert now is not None
    assert now.token_indices == stored.token_indices
    assert now.images_per_chunk == 6
    assert difference(dict(now), wanted) == ""
    assert "every checksum is right" in sessions.check(path)


# Together with what a file holds already ------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [True, False])
def test_what_is_added_keeps_activations_of_its_own_images_alone(tmp_path: Path, same: bool) -> None:
    path = tmp_path / "run.vitprune.h5"
    kept = streams(4)
    sessions.save(replace(bare(), activations=Activations((0, 1, 2, 3, 4), kept)), path)
    added = bare()
    assert added.data is not None
    assert added.scores is not None
    save_merged(added if same else replace(added, data=replace(added.data, digest="others")), path)
    stored = sessions.activations(path)
    assert (stored is not None) == same
    if stored is not None:
        assert difference(dict(stored), kept) == ""
