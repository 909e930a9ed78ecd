"""What can happen to a session file: damage, malice, a full disk, a killed program. No outcome but the named ones."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.core.session_examples import difference, hdf5, session
from tests.faults.calls import CALLS, ERRORS, Calls, Saving
from tests.faults.hostile import example, signed
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


@pytest.mark.parametrize("name", ["missing.h5", "no/folder/x.h5", "nul\0.h5", "loop"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    expected = SessionUnreadable if name == "loop" else SessionNotFound
    for read in (sessions.load, sessions.check, lambda p: sessions.read_activations(p, "blocks.0")):
        with pytest.raises(expected):
            read(tmp_path / name)


# Saving --------------------------------------------------------------------------------------------------------------


def saving_error(saved: Session, path: Path) -> SaveFailed | None:
    try:
        sessions.save(saved, path)
    except SaveFailed as error:
        return error
    return None


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_any_failing_call_leaves_the_old_file_or_the_new_one(number: int, copy: Path) -> None:
    """`tests/benchmarks/save_faults.py` tries all of them, in three kinds of saves."""
    saving = Saving.of(copy, example(seed=3), sessions.save)
    outcomes = Counter((saving.names[call - 1], saving.fail(call, number)) for call in saving.chosen(24))
    print(dict(outcomes))
    assert {name for name, _ in outcomes} == set(CALLS)
    assert {code for _, code in outcomes} == {"saved", "SAVE_FAILED", ERRORS[number]}


def test_a_crash_at_any_call_leaves_the_old_file_or_the_new_one() -> None:
    """In a process without threads, which can fork."""
    if not hasattr(os, "fork"):
        pytest.skip("this platform has no fork")
    code = "import sys; from tests.benchmarks.save_faults import main; sys.exit(main())"
    child = python(code, "--every", "30", "--only", "crash", "--kind", "plain")
    out, complaints = child.communicate()
    assert (child.returncode, complaints) == (0, "")
    assert "no session was lost" in out


def test_what_a_crash_leaves_behind_stops_nothing(copy: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tests.core.session_examples import session\n"
        "from vitprune import sessions; from vitprune.sessions import files\n"
        "files.replace = lambda *_: os._exit(77); sessions.save(session(4, 1), Path(sys.argv[1]))"
    )
    crash = python(code, str(copy))
    crash.communicate()
    assert crash.returncode == 77
    assert len(os.listdir(copy.parent)) == 3  # the new file, and the lock
    assert difference(sessions.load(copy), example()) == ""
    sessions.save(example(seed=3), copy)
    [part] = (name for name in os.listdir(copy.parent) if name != copy.name)
    assert part.endswith(".part")
    os.utime(copy.parent / part, (0, 0))
    sessions.save(example(seed=3), copy)
    assert os.listdir(copy.parent) == [copy.name]


def test_a_limit_of_the_account_is_named(copy: Path) -> None:
    """RLIMIT_FSIZE, for real: the kernel says EFBIG."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such limit")
    old = copy.read_bytes()
    code = (
        "import resource, sys; from pathlib import Path; from tests.core.session_examples import session\n"
        "from vitprune import sessions; from vitprune.errors import DiskFull\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: sessions.save(session(600, 12), Path(sys.argv[1]))\n"
        "except DiskFull as error: print(error)"
    )
    child = python(code, str(copy))
    out, complaints = child.communicate()
    assert (child.returncode, complaints) == (0, "")
    assert "limit of your account" in out
    assert copy.read_bytes() == old
    assert os.listdir(copy.parent) == [copy.name]


def test_the_disk_has_the_new_file_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    sessions.save(session(4, 1), tmp_path / NAME)
    tail = [name for name in calls.names if name not in ("write", "truncate")]
    lock, folder, rest = ["lock"], ["open_folder", "replace", "fsync", "close"], ["unlink", "close", "unlink"]
    assert tail == ["create", "fsync", "close", *lock, *folder, *rest]
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


def test_a_killed_save_leaves_the_old_or_the_new_file() -> None:
    """In a process without threads, which can fork."""
    if not hasattr(os, "fork"):
        pytest.skip("this platform has no fork")
    code = "from tests.benchmarks.kill_saves import kill; f = kill(24); print(f.files.total(), f.wrong, f.parts)"
    child = python(code)
    out, complaints = child.communicate()
    assert (child.returncode, complaints) == (0, "")
    kills, wrong, hit = map(int, out.split())
    assert (kills, wrong) == (24, 0)
    assert hit > 0, "no kill hit a save: the test has shown nothing"


def test_every_failure_has_a_code_of_its_own() -> None:
    kinds = (
        SessionNotFound, SessionUnreadable, SessionTruncated, SessionDamaged, SessionUnsafe, SessionTooNew, SaveFailed,
        DiskFull, SaveDenied,
    )  # fmt: skip
    assert all(issubclass(kind, VitPruneError) for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
