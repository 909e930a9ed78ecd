"""Files whose HDF5 is sound and whose values, JSON or names are not, and files that are no sessions at all."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5g  # type: ignore[attr-defined]

from tests.core.session_examples import hdf5
from tests.faults.hostile import (
    DAMAGED,
    NOT_OURS,
    PICKLE,
    TOO_LARGE,
    TOO_NEW,
    TRUNCATED,
    UNSAFE,
    Case,
    Change,
    Traps,
    attribute,
    bare_session,
    edited,
    forged,
    linked,
    packed,
    rewritten,
    text,
    whole,
)
from vitprune.sessions import guard, schema

# Values --------------------------------------------------------------------------------------------------------------


def number(at: str, value: float, kind: str = "<i8") -> Change:
    path, name = at.split("@")
    return lambda file, _: file[path or "/"].attrs.create(name, np.array(value, kind))


def words(at: str, value: str) -> Change:
    path, name = at.split("@")
    return lambda file, _: file[path or "/"].attrs.create(name, np.bytes_(value.encode("utf-8", "surrogatepass")))


def told(path: str, **changes: Any) -> Change:
    """Some of a JSON object, changed."""

    def change(file: Any, traps: Traps) -> None:
        found = json.loads(file[path][()].tobytes()) | changes
        rewritten(path, text(json.dumps(found)))(file, traps)

    return change


def searched(change: Callable[[Any], object]) -> Change:
    def search(file: Any, traps: Traps) -> None:
        found = json.loads(file["searches"][()].tobytes())
        change(found[0]["search"])
        rewritten("searches", text(json.dumps(found)))(file, traps)

    return search


def poked(path: str, place: Any, value: Any) -> Change:
    return lambda file, _: file[path].__setitem__(place, value)


def renamed(at: str, name: bytes) -> Change:
    return lambda file, _: file.move(at, name)


def arguments(value: str | bytes) -> Change:
    return lambda file, _: (
        file.__delitem__("model/model_args"),
        file.create_dataset("model/model_args", **packed(value)),
    )


VALUES: dict[str, Case] = {
    "a number changed": edited(lambda f, _: f["scores/cosine/per_image"].__setitem__((0, 0), 0.5), DAMAGED),
    "no plan": forged(lambda f, _: f.__delitem__("plan")),
    "no model": forged(lambda f, _: f.__delitem__("model")),
    "no scores of a named metric": forged(lambda f, _: f.__delitem__("scores/cosine")),
    "no digests of activations": forged(lambda f, _: f.__delitem__("activations/sha256")),
    "no data set of that number": forged(number("@data", 99)),
    "data set number minus one": forged(number("@data", -1)),
    "data set number minus one of an evaluation": forged(number("evaluations/0@data", -1)),
    "a group where values belong": forged(lambda f, _: (f.__delitem__("plan"), f.create_group("plan"))),
    "values where a group belongs": forged(rewritten("evaluations", [1])),
    "float32 scores": forged(rewritten("scores/cosine/per_image", np.zeros((4, 3), "f4"))),
    "big-endian scores": forged(rewritten("scores/cosine/per_image", np.zeros((4, 3), ">f8"))),
    "unsigned predictions": forged(rewritten("evaluations/0/predictions", np.zeros(2, "u8"))),
    "flat scores": forged(rewritten("scores/cosine/per_image", np.zeros(4))),
    "a site too few": forged(rewritten("scores/cosine/per_image", np.zeros((4, 2)))),
    "scores of more images than there are": forged(number("scores@images", 1 << 40)),
    "no text": forged(rewritten("scores/cosine/site", np.zeros(3))),
    "bytes that are no UTF-8": forged(rewritten("scores/cosine/site", np.array([b"\xff", b"b", b"c"]))),
    "an estimate of three numbers": forged(rewritten("evaluations/0/estimates/top1", np.zeros(3))),
    "an estimate of no image": forged(poked("evaluations/0/estimates/top1", 3, np.nan)),
    "an estimate of minus three images": forged(poked("evaluations/0/estimates/top1", 3, -3.0)),
    "text for a number": forged(lambda f, _: f.attrs.create("seconds", np.bytes_("1"))),
    "a list for a number": edited(lambda f, _: f.attrs.create("seconds", np.zeros(3)), DAMAGED),
    "infinitely many seconds": forged(number("@seconds", np.inf, "<f8")),
    "10^15 evaluations": forged(number("evaluations@count", 10**15)),
    "minus one evaluations": forged(number("evaluations@count", -1)),
    "a negative number of parameters": forged(number("evaluations/0@params", -1)),
    "a negative batch": forged(number("latencies@batch_size", -8)),
    "minus four images": forged(number("scores@images", -4)),
    "a time that is not a number": forged(poked("latencies/samples_ms", (0, 0), np.nan)),
    "an infinite time": forged(poked("evaluations/0/latency/samples_ms", 0, np.inf)),
    "a negative time": forged(poked("latencies/whole_ms", 0, -1.0)),
    "a label without a class": forged(poked("data/0/labels", 0, 99)),
    "a negative label": forged(poked("data/0/labels", 0, -2)),
    "a label too few": forged(rewritten("data/0/labels", np.zeros(3, "<i8"))),
    "a path out of the folder": forged(poked("data/0/paths", 0, b"../../etc/passwd")),
    "an absolute path": forged(poked("data/0/paths", 0, b"/etc/passwd")),
    "a prediction too few": forged(rewritten("evaluations/0/predictions", np.zeros(1, "<i8"))),
    "a figure of an image too few": forged(rewritten("evaluations/0/per_image/kl", np.zeros(1))),
    "figures of a block that is not square": forged(rewritten("cka/mean/mean", np.zeros((2, 1)))),
    "activations at a negative token": forged(rewritten("activations/token_indices", np.array([0, -7]))),
    "chunks of minus four images": forged(number("activations/chunk_sha256@images", -4)),
    "no version": edited(lambda f, _: f.attrs.__delitem__("schema_version"), DAMAGED),
    "version nought": forged(number("@schema_version", 0)),
    "version minus one": forged(number("@schema_version", -1)),
    "version 2^62": edited(number("@schema_version", 1 << 62), TOO_NEW),
    "no digest": edited(lambda f, _: f.attrs.__delitem__(schema.DIGEST), DAMAGED),
    "a later version that writes to the terminal": edited(
        lambda f, t: (number("@schema_version", 99)(f, t), words("@needs", "\x1b[2Jno\n")(f, t)), TOO_NEW
    ),
}  # fmt: skip

JSON: dict[str, Case] = {
    "no JSON": forged(rewritten("plan", text("{"))),
    "JSON that is no ASCII": forged(rewritten("plan", text(b'{"\xff": 1}'))),
    "JSON 100,000 deep": forged(rewritten("plan", text("[" * 100_000))),
    "JSON 900 deep": forged(arguments('{"a":' * 900 + "1" + "}" * 900)),
    "JSON after JSON": forged(rewritten("plan", text("{}{}"))),
    "a JSON number that is not a number": forged(arguments('{"a": NaN}')),
    "an infinite JSON number": forged(arguments('{"a": -Infinity}')),
    "a JSON number that becomes infinite": forged(arguments('{"a": 1e999}')),
    "a JSON number of 10,000 digits": forged(arguments('{"a": ' + "9" * 10_000 + "}")),
    "a JSON number of 4,000 digits": forged(arguments('{"a": ' + "9" * 4000 + "}")),
    "a name twice in JSON": forged(arguments('{"a": 1, "a": 2}')),
    "a list for an object": forged(arguments("[1]")),
    "half a character in JSON": forged(told("architecture", name="\ud800")),
    "four million lists in JSON": forged(
        arguments('{"a":[' + "[]," * 4_000_000 + "[]]}"), TOO_LARGE, grows=256 << 20
    ),
    "ten million names in JSON": forged(
        lambda f, t: arguments("{" + ",".join(f'"{n}":0' for n in range(10_000_000)) + "}")(f, t),
        slow=True,
        grows=512 << 20,
    ),
    "another architecture": forged(rewritten("architecture", text('{"name": "x"}'))),
    "an architecture of numbers": forged(rewritten("architecture", text("[1, 2]"))),
    "an architecture with a number for a name": forged(told("architecture", name=7)),
    "an architecture with a text for a number": forged(told("architecture", params="many")),
    "an architecture of less than nothing": forged(told("architecture", params=-1)),
    "an architecture with a real number of classes": forged(told("architecture", num_classes=2.5)),
    "a plan for a site that there is not": forged(told("plan", sites={"../../blocks.9": "remove"})),
    "a plan with an unknown action": forged(told("plan", sites={"blocks.0.attn": "__import__"})),
    "a plan with a list for an action": forged(told("plan", sites={"blocks.0.attn": ["remove"]})),
    "an infinite damage in a search": forged(searched(lambda s: s["steps"][0]["damage"].update(value="inf"))),
    "a gain of minus one images": forged(
        lambda f, t: rewritten("gains", text('{"blocks.0.mlp":{"mean":{"value":0.5,"low":0,"high":1,"n":-1}}}'))(f, t)
    ),
    "an infinite gain": forged(
        lambda f, t: rewritten("gains", text('{"blocks.0.mlp":{"mean":{"value":1e999,"low":0,"high":1,"n":4}}}'))(f, t)
    ),
}  # fmt: skip

# Names ---------------------------------------------------------------------------------------------------------------

NAMES: dict[str, Case] = {
    f"a name that {what}": edited(
        lambda f, _, name=name: h5g.create(f.id, name), UNSAFE if name == b"\xff\xfe" else DAMAGED
    )
    for what, name in {
        "is two dots": b"..",
        "holds a new line": b"a\nb",
        "writes to the terminal": b"\x1b[2Jgone",
        "reads from right to left": "‮gnp.nosses".encode(),
        "is no UTF-8": b"\xff\xfe",
        "is a space": b" ",
        "is 60,000 letters long": b"x" * 60_000,
        "is a path of Windows": b"C:\\Windows",
        "is another spelling of one that is there": "scóres".encode(),
    }.items()
} | {
    "an evaluation named as a path": edited(renamed("evaluations/0", b"evaluations/..%2F..%2F0"), DAMAGED),
    "a link whose name writes to the terminal": edited(
        linked(lambda _: h5py.SoftLink("/plan"), "\x1b[2Jgone\n" + "x" * 500)
    ),
    "an attribute whose name writes to the terminal": edited(attribute(np.bool_(True), "\x1b[2J\n")),
}  # fmt: skip

# Not a session -------------------------------------------------------------------------------------------------------


def written(data: Callable[[], bytes]) -> Callable[[Path, Traps], object]:
    return lambda path, _: path.write_bytes(data())


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("data.pkl", PICKLE)
    return made.getvalue()


def with_user_block(path: Path, _: Traps) -> None:
    path.write_bytes(bytes(512) + whole())


def of_another_program(path: Path, _: Traps) -> None:
    with hdf5(path, "w") as file:
        file.attrs["layer_names"] = [b"dense_1"]
        file.create_dataset("dense_1/kernel", data=np.zeros((4, 4)))


def as_matlab(path: Path, _: Traps) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        file["x"] = np.zeros(4)
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file")


def as_family(path: Path, traps: Traps) -> None:
    """The first of several files; the library would look for the others."""
    with h5py.File(traps.folder / "part%d.h5", "w", driver="family", memb_size=4096, libver="earliest") as file:
        file.attrs["format"] = np.bytes_(schema.FORMAT)
        file.attrs["schema_version"] = np.int64(schema.VERSION)
        file["x"] = np.zeros(10_000)
    shutil.move(traps.folder / "part0.h5", path)


def as_split(path: Path, traps: Traps) -> None:
    with h5py.File(traps.folder / "split", "w", driver="split", libver="earliest") as file:
        file.attrs["format"] = np.bytes_(schema.FORMAT)
        file.attrs["schema_version"] = np.int64(schema.VERSION)
        file["x"] = np.zeros(10_000)
    shutil.move(traps.folder / "split-m.h5", path)


NOT_SESSIONS: dict[str, Case] = {
    "a pipe": Case(lambda p, _: os.mkfifo(p), NOT_OURS),
    "a folder": Case(lambda p, _: p.mkdir(), NOT_OURS),
    "a link to a device": Case(lambda p, _: p.symlink_to("/dev/zero"), NOT_OURS),
    "a link to a pipe": Case(lambda p, t: p.symlink_to(t.pipe), NOT_OURS),
    "a link to itself": Case(lambda p, _: p.symlink_to(p), NOT_OURS),
    "nothing": Case(lambda p, _: p.touch(), NOT_OURS),
    "a text": Case(written(lambda: b"not a session"), NOT_OURS),
    "a zip": Case(written(zipped), NOT_OURS),
    "a pickle": Case(written(lambda: PICKLE), NOT_OURS),
    "noise": Case(written(lambda: random.Random(0).randbytes(100_000)), NOT_OURS),
    "a gigabyte of holes": Case(lambda p, _: (p.touch(), os.truncate(p, 1 << 30)), NOT_OURS),
    "a bare signature": Case(written(lambda: guard.SIGNATURE), DAMAGED),
    "a signature and noise": Case(written(lambda: guard.SIGNATURE + random.Random(0).randbytes(5000)), DAMAGED),
    "a signature and a gigabyte of holes": Case(
        lambda p, _: (p.write_bytes(guard.SIGNATURE), os.truncate(p, 1 << 30)), DAMAGED
    ),
    "half a session": Case(written(lambda: whole()[: len(whole()) // 2]), TRUNCATED),
    "a session behind a user block": Case(with_user_block, NOT_OURS),
    "a file of MATLAB": Case(as_matlab, NOT_OURS),
    "weights of Keras": Case(of_another_program, NOT_OURS),
    "a canary": Case(lambda p, t: shutil.copy(t.canary, p), NOT_OURS),
    "nothing but the name of the format": Case(lambda p, _: bare_session(p), DAMAGED),
    "the first of several files": Case(as_family, TRUNCATED),
    "the half of a split file": Case(as_split, DAMAGED),
}
