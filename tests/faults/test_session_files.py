"""What can happen to a session file: damage, malice, a full disk, a killed program. No outcome but the named ones."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.core.session_examples import difference, hdf5, session
from vitprune import sessions
from vitprune.errors import (
    DiskFull,
    SaveDenied,
    SaveFailed,
    SessionDamaged,
    SessionNotFound,
    SessionTooNew,
    SessionTruncated,
    SessionUnreadable,
    SessionUnsafe,
    VitPruneError,
)
from vitprune.results import Session
from vitprune.sessions import files, schema

NAME = "run.vitprune.h5"
MUTANTS = 200


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / NAME
    sessions.save(example(activations=True), path)
    return path


def example(seed: int = 0, *, activations: bool = False) -> Session:
    """One of each part and no more: the fewer the objects, the more damage can be tried."""
    whole = session(4, 1, seed, activations=activations)
    assert whole.scores is not None
    scores = replace(whole.scores, tables={"cosine": whole.scores["cosine"]})
    return replace(whole, scores=scores, evaluations=whole.evaluations[:1])


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(small, tmp_path / NAME))


# Damage --------------------------------------------------------------------------------------------------------------


def test_every_file_that_ends_early_is_refused(small: Path, tmp_path: Path) -> None:
    whole, path = small.read_bytes(), tmp_path / NAME
    outcomes: Counter[str] = Counter()
    for length in [*range(0, 600, 7), *range(600, len(whole), 101), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(SessionUnreadable) as caught:
            sessions.load(path)
        outcomes[caught.value.code] += 1
        if length > 48:
            assert isinstance(caught.value, SessionTruncated), length
    print(dict(outcomes))


def damage(path: Path, scratch: Path, first: int, last: int) -> Counter[str]:
    """Flip bits, or overwrite stretches, and open. Run in a child: libhdf5 could die of it."""
    whole = path.read_bytes()
    wanted = sessions.load(path)
    outcomes: Counter[str] = Counter()
    for number in range(first, last):
        rng, data = random.Random(number), bytearray(whole)
        position = rng.randrange(len(data))
        match number % 4:
            case 0 | 1:
                data[position] ^= 1 << rng.randrange(8)
            case 2:
                stretch = rng.choice((2, 8, 64, 512))
                data[position : position + stretch] = bytes([rng.choice((0, 255))]) * len(
                    data[position : position + stretch]
                )
            case _:
                other, length = rng.randrange(len(data)), rng.choice((1, 16, 256))
                data[position : position + length] = data[other : other + len(data[position : position + length])]
                del data[len(whole) :]
        scratch.write_bytes(data)
        try:
            opened = sessions.load(scratch)
            sessions.check(scratch)
        except SessionUnreadable as error:
            outcomes[error.code] += 1
        else:
            assert difference(opened, wanted) == "", f"mutant {number} opened with other numbers"
            outcomes["equal"] += 1
    return outcomes


def test_no_damage_opens_with_another_number(small: Path, tmp_path: Path) -> None:
    code = (
        "import sys, json, warnings; from pathlib import Path; from tests.faults.test_session_files import damage\n"
        "warnings.simplefilter('error')\n"
        "a, b, first, last = sys.argv[1:]; print(json.dumps(damage(Path(a), Path(b), int(first), int(last))))"
    )
    half = MUTANTS // 2
    children = [
        python(code, str(small), str(tmp_path / f"{first}.h5"), str(first), str(first + half)) for first in (0, half)
    ]
    outcomes: Counter[str] = Counter()
    for child in children:
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
        outcomes += Counter(json.loads(out))
    print(dict(outcomes))
    assert sum(outcomes.values()) == MUTANTS
    assert outcomes["SESSION_CHECKSUM"] > MUTANTS / 2
    assert outcomes["equal"] < MUTANTS / 4


def test_a_number_changed_by_another_program_is_noticed(copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        file["scores/cosine/per_image"][0, 0] += 1e-15
    with pytest.raises(SessionDamaged):
        sessions.load(copy)


@pytest.mark.parametrize("change", ["created", "seconds"])
def test_a_changed_attribute_is_noticed(change: str, copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        old = file.attrs[change]
        file.attrs.modify(change, old[:-1] + b"1" if isinstance(old, bytes) else old + 1)
    with pytest.raises(SessionDamaged):
        sessions.load(copy)


def test_changed_activations_are_noticed_when_they_are_read(copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        file["activations/values/blocks.0.attn"][1, 1, 3] = 9
    sessions.load(copy)
    sessions.read_activations(copy, "blocks.0.mlp")
    for read in (lambda: sessions.read_activations(copy, "blocks.0.attn"), lambda: sessions.check(copy)):
        with pytest.raises(SessionDamaged, match=r"blocks\.0\.attn"):
            read()


def signed(path: Path) -> None:
    """Give an edited file the digest that fits it, so that what is behind the digest is tested."""
    from vitprune.sessions import guard, questions

    with hdf5(path, "r") as file:
        objects = {n: i for n, i in guard.check_structure(file).items() if not n.startswith(f"{schema.VALUES}/")}
        digest = schema.content_digest({name: questions._node(item) for name, item in objects.items()})
    with hdf5(path, "r+") as file:
        file.attrs.modify(schema.DIGEST, np.bytes_(digest))


def rewrite(file: Any, path: str, data: Any) -> None:
    del file[path]
    file.create_dataset(path, data=data)


def text(value: str) -> np.ndarray:
    return np.frombuffer(value.encode(), np.uint8)


MALFORMED: dict[str, Callable[[Any], object]] = {
    "no plan": lambda f: f.__delitem__("plan"),
    "no model": lambda f: f.__delitem__("model"),
    "no scores of a named metric": lambda f: f.__delitem__("scores/cosine"),
    "no activations of a named site": lambda f: f.__delitem__("activations/sha256"),
    "a group where values belong": lambda f: (f.__delitem__("plan"), f.create_group("plan")),
    "no JSON": lambda f: rewrite(f, "plan", text("{")),
    "deep JSON": lambda f: rewrite(f, "plan", text("[" * 100_000)),
    "NaN in JSON": lambda f: rewrite(f, "model/model_args", text('{"a": NaN}')),
    "a long integer in JSON": lambda f: rewrite(f, "model/model_args", text('{"a": ' + "9" * 10_000 + "}")),
    "a name twice in JSON": lambda f: rewrite(f, "model/model_args", text('{"a": 1, "a": 2}')),
    "a list for an object": lambda f: rewrite(f, "model/model_args", text("[1]")),
    "another architecture": lambda f: rewrite(f, "architecture", text('{"name": "x"}')),
    "an architecture of numbers": lambda f: rewrite(f, "architecture", text("[1, 2]")),
    "float32 scores": lambda f: rewrite(f, "scores/cosine/per_image", np.zeros((4, 3), "f4")),
    "a site too few": lambda f: rewrite(f, "scores/cosine/per_image", np.zeros((4, 2))),
    "flat scores": lambda f: rewrite(f, "scores/cosine/per_image", np.zeros(4)),
    "no text": lambda f: rewrite(f, "scores/cosine/site", np.zeros(3)),
    "bytes that are no UTF-8": lambda f: rewrite(f, "scores/cosine/site", np.array([b"\xff", b"b", b"c"])),
    "an estimate of three numbers": lambda f: rewrite(f, "evaluations/0/estimates/top1", np.zeros(3)),
    "a data set that is not there": lambda f: f.attrs.modify("data", np.int64(99)),
    "text for a number": lambda f: f.attrs.create("seconds", np.bytes_("1")),
    "many evaluations": lambda f: f["evaluations"].attrs.modify("count", np.int64(10**15)),
    "a list for a number": lambda f: f.attrs.create("seconds", np.zeros(3)),
    "version nought": lambda f: f.attrs.modify("schema_version", np.int64(0)),
    "no version": lambda f: f.attrs.__delitem__("schema_version"),
    "no digest": lambda f: f.attrs.__delitem__(schema.DIGEST),
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_content_behind_a_fitting_digest_is_refused(change: Callable[[Any], object], copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        change(file)
        resign = schema.DIGEST in file.attrs
    if resign:
        try:
            signed(copy)
        except TypeError:
            assert change is MALFORMED["a list for a number"]
    with pytest.raises(SessionUnreadable) as caught:
        sessions.check(copy)
    assert caught.value.message
    assert not isinstance(caught.value, SessionUnsafe | SessionTruncated | SessionTooNew)


def test_additions_of_a_later_release_are_ignored(copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        file.create_dataset("scores/cosine/median", data=np.zeros(3))
        file.create_group("later").attrs["note"] = np.bytes_("hello")
    signed(copy)
    assert difference(sessions.load(copy), example()) == ""


def test_a_later_version_says_what_it_needs(copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        file.attrs.modify("schema_version", np.int64(schema.VERSION + 1))
        file.attrs.create("needs", np.bytes_("3.1"))
        file["link"] = h5py.SoftLink("/plan")  # whatever a later version may hold
    with pytest.raises(SessionTooNew, match=r"ViTPrune 3\.1 or newer"):
        sessions.load(copy)


# Not a session -------------------------------------------------------------------------------------------------------


def other_hdf5(path: Path) -> None:
    with hdf5(path, "w") as file:
        file.attrs["format"] = "something else"
        file["x"] = 1


NOT_SESSIONS: dict[str, Callable[[Path], object]] = {
    "a pipe": lambda p: os.mkfifo(p),
    "a folder": lambda p: p.mkdir(),
    "a text": lambda p: p.write_text("not a session"),
    "nothing": lambda p: p.touch(),
    "a zip": lambda p: p.write_bytes(b"PK\x03\x04" + bytes(100)),
    "a bare signature": lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n"),
    "a signature and noise": lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + random.Random(0).randbytes(5000)),
    "another HDF5 file": other_hdf5,
    "a link to a device": lambda p: p.symlink_to("/dev/zero"),
}


@pytest.mark.timeout(5)
@pytest.mark.parametrize("make", NOT_SESSIONS.values(), ids=NOT_SESSIONS.keys())
def test_what_is_no_session_says_so_at_once(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / NAME)
    with pytest.raises(SessionUnreadable) as caught:
        sessions.load(tmp_path / NAME)
    assert NAME in caught.value.message
    assert not isinstance(caught.value, SessionUnsafe)


@pytest.mark.parametrize("name", ["missing.h5", "no/folder/x.h5", "nul\0.h5", "loop"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    expected = SessionUnreadable if name == "loop" else SessionNotFound
    for read in (sessions.load, sessions.check, lambda p: sessions.read_activations(p, "blocks.0")):
        with pytest.raises(expected):
            read(tmp_path / name)


# Malice --------------------------------------------------------------------------------------------------------------


class Watch:
    """Whether the kernel saw a file opened (inotify). Python's own hooks would not see what libhdf5 opens."""

    OPENED = 0x20

    def __init__(self, path: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK)
        assert self._libc.inotify_add_watch(self._fd, os.fsencode(path), self.OPENED) >= 0

    def saw(self) -> bool:
        try:
            return bool(os.read(self._fd, 4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._fd)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.h5"
    with hdf5(path, "w") as file:
        file["secret"] = np.full(4, 42.0)
    return path


@pytest.fixture
def watch(canary: Path) -> Iterator[Watch]:
    if sys.platform != "linux":
        pytest.skip("inotify is Linux's")
    watch = Watch(canary)
    yield watch
    watch.close()


def virtual(file: Any, canary: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(str(canary), "secret", (4,))
    file.create_virtual_dataset("scores/cosine/extra", layout)


def virtual_without_end(file: Any, canary: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f8", maxshape=(None,))
    source = h5py.VirtualSource(str(canary), "secret", (4,), maxshape=(None,))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset("extra", layout)


def external(file: Any, canary: Path) -> None:
    file.create_dataset("extra", (4,), "f8", external=[(str(canary), 0, 32)])


def foreign_filter(file: Any, _: Path) -> None:
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((4,))
    plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple((4,))
    dataset = h5py.h5d.create(file.id, b"extra", h5py.h5t.IEEE_F64LE, space, plan)
    dataset.write_direct_chunk((0,), bytes(32))


def cycle(file: Any, _: Path) -> None:
    file["model/again"] = file["model"]


def root_cycle(file: Any, _: Path) -> None:
    file["model/root"] = file["/"]


def deep(file: Any, _: Path) -> None:
    file.create_group("/".join("a" * 50))


def named_type(file: Any, _: Path) -> None:
    file["extra"] = np.dtype("f8")


def many(file: Any, _: Path) -> None:
    group = file.create_group("many", track_order=False)
    for number in range(100_001):
        h5py.h5g.create(group.id, b"%d" % number)


def linked(link: Callable[[Path], Any]) -> Callable[[Any, Path], None]:
    def change(file: Any, canary: Path) -> None:
        file["extra"] = link(canary)

    return change


def dataset(*args: Any, name: str = "extra", **kwargs: Any) -> Callable[[Any, Path], object]:
    return lambda file, _: file.create_dataset(name, *args, **kwargs)


def attribute(value: Any, **kwargs: Any) -> Callable[[Any, Path], object]:
    return lambda file, _: file["model"].attrs.create("extra", value, **kwargs)


HOSTILE: dict[str, Callable[[Any, Path], object]] = {
    "external link": linked(lambda canary: h5py.ExternalLink(str(canary), "secret")),
    "external link to nothing": linked(lambda canary: h5py.ExternalLink(f"{canary}.no", "secret")),
    "soft link": linked(lambda _: h5py.SoftLink("/plan")),
    "soft link to itself": linked(lambda _: h5py.SoftLink("/extra")),
    "soft link in place of the scores": lambda f, _: (
        f.move("scores/cosine/mean", "elsewhere"),
        f.__setitem__("scores/cosine/mean", h5py.SoftLink("/elsewhere")),
    ),
    "external link in place of activations": lambda f, c: (
        f.__delitem__("activations/values/blocks.0"),
        f.__setitem__("activations/values/blocks.0", h5py.ExternalLink(str(c), "secret")),
    ),
    "hard-link cycle": cycle,
    "hard link to the root": root_cycle,
    "two names for one data set": lambda f, _: f.__setitem__("extra", f["plan"]),
    "virtual data set": virtual,
    "virtual data set without end": virtual_without_end,
    "external storage": external,
    "foreign filter": foreign_filter,
    "another built-in filter": dataset((4,), "i4", chunks=(4,), scaleoffset=2),
    "object type": dataset(data=["a", "b"], dtype=h5py.string_dtype()),
    "ragged type": dataset((2,), h5py.vlen_dtype("i4")),
    "compound type": dataset((2,), np.dtype([("a", "f8")])),
    "opaque type": dataset(data=np.array([b"gAR9lC4="], "V8")),
    "reference type": dataset((2,), h5py.ref_dtype),
    "enum type": dataset(data=np.array([True])),
    "complex type": dataset((2,), "c16"),
    "array type": dataset((2,), np.dtype("(3,)f8")),
    "named type": named_type,
    "empty space": dataset(data=h5py.Empty("f8")),
    "variable-length attribute": attribute("text"),
    "object attribute": attribute(["a", "b"], dtype=h5py.string_dtype()),
    "reference attribute": attribute(h5py.Reference(), dtype=h5py.ref_dtype),
    "large attribute": attribute(np.zeros(1 << 18)),
    "size bomb": dataset((1 << 50,), "f8", chunks=(1 << 16,), fillvalue=1.0),
    "contiguous size bomb": dataset((1 << 50,), "f8", fillvalue=1.0),
    "compressed size bomb": dataset(data=np.zeros(6 << 20), chunks=(1 << 20,), compression=9),
    "chunk bomb": dataset((1 << 24,), "f8", chunks=(1 << 24,)),
    "missing chunks": dataset((100,), "f8", chunks=(10,)),
    "activation bomb": dataset((1 << 40, 2, 2), "f2", chunks=(1 << 10, 2, 2), name="activations/values/extra"),
    "many axes": dataset((1,) * 9, "f8", chunks=(1,) * 9),
    "deep nesting": deep,
    "many objects": many,
    "many attributes": lambda f, _: [f.attrs.create(f"a{i}", 1) for i in range(100)],
}  # fmt: skip


@pytest.mark.timeout(10)
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_no_session_has_is_refused_unread(
    make: Callable[[Any, Path], object], copy: Path, canary: Path, watch: Watch
) -> None:
    with hdf5(copy, "r+") as file:
        make(file, canary)
    watch.saw()  # making some of them opens the canary
    for read in (sessions.load, sessions.check, lambda path: sessions.read_activations(path, "blocks.0")):
        with pytest.raises(SessionUnsafe) as caught:
            read(copy)
        assert "42" not in str(caught.value)
    assert not watch.saw()


@pytest.mark.parametrize("kind", ["external link", "virtual data set", "external storage"])
def test_without_the_guard_the_canary_is_read(kind: str, copy: Path, canary: Path, watch: Watch) -> None:
    with hdf5(copy, "r+") as file:
        HOSTILE[kind](file, canary)
    watch.saw()
    with hdf5(copy) as file:
        item: Any = file["scores/cosine/extra" if kind == "virtual data set" else "extra"]
        item[()]
    assert watch.saw()


def test_names_of_a_hostile_file_are_shown_escaped(copy: Path) -> None:
    with hdf5(copy, "r+") as file:
        file["\x1b[2Jgone\n" + "x" * 500] = h5py.SoftLink("/plan")
    with pytest.raises(SessionUnsafe) as caught:
        sessions.load(copy)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


# Saving --------------------------------------------------------------------------------------------------------------

CALLS = ("create", "write", "truncate", "fsync", "close", "open_folder", "replace", "unlink")


class Calls:
    """Counts the calls that change the disk and makes one of them fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail: int = 0, number: int = 0) -> None:
        self.names: list[str] = []
        for name in CALLS:
            monkeypatch.setattr(files, name, self._counted(name, getattr(files, name), fail, number))

    def _counted(self, name: str, call: Callable[..., Any], fail: int, number: int) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self.names.append(name)
            if len(self.names) == fail:
                raise OSError(number, os.strerror(number))
            return call(*args)

        return counted


def saving_error(saved: Session, path: Path) -> SaveFailed | None:
    try:
        sessions.save(saved, path)
    except SaveFailed as error:
        return error
    return None


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, SaveFailed), (errno.EACCES, SaveDenied)],
)
def test_any_failing_call_leaves_the_old_file(
    number: int, expected: type[SaveFailed], copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, fresh = copy.read_bytes(), example(seed=3)
    failed: list[str] = []
    with monkeypatch.context() as patch:
        names = Calls(patch).names
        sessions.save(fresh, copy)
        copy.write_bytes(old)
    # Every call fails with one of the errors; of the many writes, which are all alike, a sample with the others.
    every = number == errno.EIO
    chosen = [i for i, name in enumerate(names, 1) if every or name != "write" or i % 16 == 0]
    error: SaveFailed | None = None
    for fail in (*chosen, len(names) + 1):
        with monkeypatch.context() as patch:
            calls = Calls(patch, fail, number)
            error = saving_error(fresh, copy)
        assert os.listdir(copy.parent) == [copy.name]
        replaced = "replace" in names[: fail - 1]
        if error is not None:
            failed.append(calls.names[fail - 1])
            assert calls.names[:fail] == names[:fail]
            assert error.hint
            assert type(error) is (SaveFailed if replaced else expected)
        if replaced:
            # Too late to go back: the new file is in place, whole. A disk in doubt is reported, a close is not.
            assert difference(sessions.load(copy), fresh) == ""
            copy.write_bytes(old)
            assert (error is not None) == (names[fail - 1 : fail] == ["fsync"])
        assert copy.read_bytes() == old
    assert error is None
    print(Counter(failed))
    assert set(failed) == set(CALLS) - {"unlink"}


def test_the_disk_has_the_new_file_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    sessions.save(session(4, 1), tmp_path / NAME)
    tail = [name for name in calls.names if name not in ("write", "truncate")]
    assert tail == ["create", "fsync", "close", "open_folder", "replace", "fsync", "close", "unlink"]
    assert max(i for i, name in enumerate(calls.names) if name == "write") < calls.names.index("fsync")


def test_a_file_that_reads_back_differently_is_never_put_in_place(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, write = copy.read_bytes(), files.write

    def lying(descriptor: int, data: memoryview) -> int:
        changed = bytearray(data)
        if len(changed) > 100:
            changed[50] ^= 1
        return write(descriptor, memoryview(changed))

    monkeypatch.setattr(files, "write", lying)
    with pytest.raises(SaveFailed):
        sessions.save(session(4, 1, seed=3), copy)
    assert copy.read_bytes() == old
    assert os.listdir(copy.parent) == [copy.name]


def test_short_writes_are_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = files.write
    monkeypatch.setattr(files, "write", lambda descriptor, data: write(descriptor, data[:100]))
    sessions.save(session(4, 1), tmp_path / NAME)
    assert difference(sessions.load(tmp_path / NAME), session(4, 1)) == ""


def test_an_interrupt_leaves_the_old_file(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = copy.read_bytes()

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sessions.save(session(4, 1, seed=3), copy)
    assert copy.read_bytes() == old
    assert os.listdir(copy.parent) == [copy.name]


@pytest.mark.parametrize("target", ["missing/run.vitprune.h5", "folder", "x" * 250, "file/run.vitprune.h5"])
def test_a_place_that_cannot_be_written_is_named(target: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SaveFailed) as caught:
        sessions.save(session(4, 1), tmp_path / target)
    assert caught.value.hint
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting a small tmpfs needs privileges that this user does not have")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(tiny_disk: Path) -> None:
    path = tiny_disk / NAME
    sessions.save(session(4, 1), path)
    old = path.read_bytes()
    full, error = 0, None
    for images in (600, *range(150, 30, -8)):  # some run out in the middle of the data, some in the last few bytes
        larger = session(images, 12, activations=True)
        error = saving_error(larger, path)
        assert os.listdir(tiny_disk) == [NAME]
        if error is None:
            assert difference(sessions.load(path), replace(larger, activations=None)) == ""
            break
        assert isinstance(error, DiskFull)
        assert path.read_bytes() == old
        full += 1
    assert full > 2
    assert error is None


def python(code: str, *args: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", code, *args],
        env=environment,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def test_a_killed_save_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("no SIGKILL here")
    path = tmp_path / NAME
    versions: list[Session] = [session(60, 6, seed) for seed in (0, 1)]
    contents = []
    for version in versions:
        sessions.save(version, path)
        contents.append(path.read_bytes())
    code = (
        "import sys; from pathlib import Path; from tests.core.session_examples import session\n"
        "from vitprune import sessions\n"
        "versions = [session(60, 6, seed) for seed in (0, 1)]; print('ready', flush=True)\n"
        "while True:\n"
        "    for version in versions: sessions.save(version, Path(sys.argv[1]))"
    )
    rng, left, seen = random.Random(1), 0, Counter[int]()
    for _ in range(20):
        child = python(code, str(path))
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0, 0.5))
        child.kill()
        _, complaints = child.communicate()
        assert child.returncode == -signal.SIGKILL, complaints
        seen[contents.index(path.read_bytes())] += 1
        left += len(os.listdir(tmp_path)) > 1
        for part in tmp_path.glob(".*.part"):
            part.unlink()
    print(f"killed in the middle of a save: {left} of 20; file was {dict(seen)}")
    assert left > 0, "no kill hit a save: the test has shown nothing"


def test_every_failure_has_a_code_of_its_own() -> None:
    kinds = (
        SessionNotFound, SessionUnreadable, SessionTruncated, SessionDamaged, SessionUnsafe, SessionTooNew, SaveFailed,
        DiskFull, SaveDenied,
    )  # fmt: skip
    assert all(issubclass(kind, VitPruneError) for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
