"""Files that say more of HDF5 than a session does: links, foreign storage, types, filters and sizes."""

from __future__ import annotations

import base64
import ctypes
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5o, h5p, h5s, h5t, h5z  # type: ignore[attr-defined]

from tests.faults.hostile import (
    DAMAGED,
    NOT_OURS,
    PICKLE,
    SECRET,
    UNSAFE,
    Case,
    Change,
    Traps,
    attribute,
    bare_session,
    edited,
    forged,
    linked,
    rewritten,
)
from vitprune.sessions import schema

# Links ---------------------------------------------------------------------------------------------------------------


def out(traps: Traps) -> object:
    return h5py.ExternalLink(str(traps.canary), "secret")


def hard(source: str, name: str) -> Change:
    return lambda file, _: file.__setitem__(name, file[source])


def two_groups(file: Any, _: Traps) -> None:
    first, second = file.create_group("first"), file.create_group("second")
    first["other"], second["other"] = second, first


def names_for_one(count: int) -> Change:
    def change(file: Any, _: Traps) -> None:
        group = file.create_group("names")
        for number in range(count):
            h5o.link(file["plan"].id, group.id, b"%d" % number)

    return change


def user_defined_link(path: Path, _: Traps) -> None:
    """Of a class that no library knows: the byte that says "external", changed."""
    bare_session(path)
    with h5py.File(path, "r+") as file:
        file["extra"] = h5py.ExternalLink("somewhere", "else")
    data = bytearray(path.read_bytes())
    kind = data.rindex(b"\x40", 0, data.index(b"extra"))
    data[kind] = 200
    path.write_bytes(data)


LINKS: dict[str, Case] = {
    "external link": edited(linked(out)),
    "external link to nothing": edited(linked(lambda t: h5py.ExternalLink(f"{t.canary}.no", "secret"))),
    "external link to a pipe": edited(linked(lambda t: h5py.ExternalLink(str(t.pipe), "/"))),
    "external link to a device": edited(linked(lambda _: h5py.ExternalLink("/dev/zero", "/"))),
    "external link to the file itself": edited(lambda f, _: f.__setitem__("x", h5py.ExternalLink(f.filename, "plan"))),
    "external link in a group of scores": edited(linked(out, "scores/cosine/extra")),
    "external link in place of scores": edited(linked(out, "scores/cosine/per_image")),
    "external link in place of an evaluation": edited(linked(out, "evaluations/0")),
    "external link in place of activations": edited(linked(out, "activations/values/blocks.0")),
    "external link in place of the plan": edited(linked(out, "plan")),
    "soft link": edited(linked(lambda _: h5py.SoftLink("/plan"))),
    "soft link to itself": edited(linked(lambda _: h5py.SoftLink("/extra"))),
    "soft links to each other": edited(
        lambda f, _: (f.__setitem__("a", h5py.SoftLink("/b")), f.__setitem__("b", h5py.SoftLink("/a")))
    ),
    "soft link to nothing": edited(linked(lambda _: h5py.SoftLink("/nowhere"))),
    "soft link to the root": edited(linked(lambda _: h5py.SoftLink("/"), "model/extra")),
    "soft link upwards": edited(linked(lambda _: h5py.SoftLink("../../../../etc/passwd"), "model/extra")),
    "soft link through an external one": edited(
        lambda f, t: (
            f.__setitem__("a", h5py.ExternalLink(str(t.pipe), "/")),
            f.__setitem__("b", h5py.SoftLink("/a/x")),
        )
    ),
    "soft link in place of the scores": edited(
        lambda f, _: (
            f.move("scores/cosine/mean", "elsewhere"),
            f.__setitem__("scores/cosine/mean", h5py.SoftLink("/elsewhere")),
        )
    ),
    "link of an unknown class": Case(user_defined_link, UNSAFE),
    "hard link to itself": edited(hard("model", "model/again")),
    "hard link to the root": edited(hard("/", "model/root")),
    "hard links of two groups to each other": edited(two_groups),
    "two names for one data set": edited(hard("plan", "extra")),
    "two names for one group": edited(hard("scores/cosine", "scores/other")),
    "two names for activations": edited(hard("activations/values/blocks.0", "activations/values/extra")),
    "an attribute whose name is no text": edited(
        lambda file, _: h5a.create(file.id, b"\xff\xfe", h5t.STD_I64LE, h5s.create(h5s.SCALAR)), DAMAGED
    ),
    "a thousand names for one data set": edited(names_for_one(1000)),
    "99,000 names for one data set": edited(names_for_one(99_000), slow=True),
}

# Storage outside the file --------------------------------------------------------------------------------------------


def virtual(file: Any, traps: Traps) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(str(traps.canary), "secret", (len(SECRET),))[:4]
    file.create_virtual_dataset("scores/cosine/extra", layout)


def virtual_without_end(file: Any, traps: Traps) -> None:
    layout = h5py.VirtualLayout((4,), "u1", maxshape=(None,))
    source = h5py.VirtualSource(str(traps.canary), "secret", (4,), maxshape=(None,))
    layout[: h5s.UNLIMITED] = source[: h5s.UNLIMITED]
    file.create_virtual_dataset("extra", layout)


def virtual_of_many(file: Any, traps: Traps) -> None:
    """Of as many files as there are with such a name."""
    plan, wanted = h5p.create(h5p.DATASET_CREATE), h5s.create_simple((4,), (h5s.UNLIMITED,))
    wanted.select_hyperslab((0,), (h5s.UNLIMITED,), (4,), (4,))
    plan.set_virtual(wanted, os.fsencode(traps.folder / "canary-%b.h5"), b"secret", h5s.create_simple((4,)))
    shutil.copy(traps.canary, traps.folder / "canary-0.h5")
    h5d.create(file.id, b"extra", h5t.STD_U8LE, h5s.create_simple((4,), (h5s.UNLIMITED,)), plan)


def virtual_of(name: Callable[[Traps], str], source: str, *, at: str = "extra") -> Change:
    def change(file: Any, traps: Traps) -> None:
        if at in file:
            del file[at]
        layout = h5py.VirtualLayout((4,), "u1")
        layout[:] = h5py.VirtualSource(name(traps), source, (4,))
        file.create_virtual_dataset(at, layout)

    return change


def external(name: Callable[[Traps], str], length: int = len(SECRET), *, at: str = "extra") -> Change:
    def change(file: Any, traps: Traps) -> None:
        if at in file:
            del file[at]
        file.create_dataset(at, (length,), "u1", external=[(name(traps), 0, length)])

    return change


STORAGE: dict[str, Case] = {
    "virtual data set": edited(virtual),
    "virtual data set without end": edited(virtual_without_end),
    "virtual data set of a pipe": edited(virtual_of(lambda t: str(t.pipe), "secret")),
    "virtual data set of numbered files": edited(virtual_of_many),
    "virtual data set of the file itself": edited(virtual_of(lambda _: ".", "plan")),
    "virtual data set in place of the plan": edited(virtual_of(lambda t: str(t.canary), "secret", at="plan")),
    "virtual data set in place of activations": edited(
        virtual_of(lambda t: str(t.canary), "secret", at="activations/values/blocks.0")
    ),
    "external storage": edited(external(lambda t: str(t.raw))),
    "external storage in a pipe": edited(external(lambda t: str(t.pipe))),
    "external storage in a device": edited(external(lambda _: "/dev/zero", 1 << 20)),
    "external storage beside the file": edited(external(lambda t: t.raw.name)),
    "external storage in place of the plan": edited(external(lambda t: str(t.raw), at="plan")),
    "external storage in place of activations": edited(
        external(lambda t: str(t.raw), at="activations/values/blocks.0.mlp")
    ),
}

# Types ---------------------------------------------------------------------------------------------------------------


def typed(kind: Any, shape: tuple[int, ...] = (4,), name: str = "extra") -> Change:
    return lambda file, _: h5d.create(file.id, name.encode(), kind, h5s.create_simple(shape))


def dataset(*args: Any, name: str = "extra", **kwargs: Any) -> Change:
    return lambda file, _: file.create_dataset(name, *args, **kwargs)


def nested_compound(depth: int) -> np.dtype[Any]:
    kind = np.dtype("f8")
    for _ in range(depth):
        kind = np.dtype([("a", kind)])
    return kind


def wide() -> Any:
    kind = h5t.STD_I64LE.copy()
    kind.set_size(16)
    return kind


def opaque() -> Any:
    kind = h5t.create(h5t.OPAQUE, 8)
    kind.set_tag(b"\x80\x04cos\nsystem")
    return kind


def committed(file: Any, _: Traps) -> None:
    file["kind"] = np.dtype("f8")
    file.create_dataset("extra", (4,), file["kind"])


def committed_of_attribute(file: Any, _: Traps) -> None:
    file["kind"] = np.dtype("f8")
    file["model"].attrs.create("extra", 1.0, dtype=file["kind"])


TYPES: dict[str, Case] = {
    "texts of any length": edited(dataset(data=["a", "b"], dtype=h5py.string_dtype())),
    "lists of any length": edited(dataset((2,), h5py.vlen_dtype("i4"))),
    "lists of texts of any length": edited(
        typed(h5t.vlen_create(h5t.py_create(h5py.string_dtype(), logical=True)))
    ),
    "a pickle in a text of any length": edited(
        dataset(data=[base64.b64encode(PICKLE)], dtype=h5py.string_dtype("ascii"))
    ),
    "a pickle in an opaque value": edited(dataset(data=np.array([PICKLE], f"V{len(PICKLE)}"))),
    "opaque values with a tag": edited(typed(opaque())),
    "compound values": edited(dataset((2,), np.dtype([("a", "f8")]))),
    "compound values in place of scores": edited(
        rewritten("scores/cosine/per_image", np.zeros((4, 3), np.dtype([("a", "f8")])))
    ),
    "compound values 100 deep": edited(dataset((2,), nested_compound(100))),
    "compound values with texts of any length": edited(dataset((2,), np.dtype([("a", h5py.string_dtype())]))),
    "complex numbers": edited(dataset((2,), "c16")),
    "references": edited(dataset((2,), h5py.ref_dtype)),
    "references to regions": edited(dataset((2,), h5py.regionref_dtype)),
    "enumerations": edited(dataset(data=np.array([True]))),
    "arrays in each element": edited(dataset((2,), np.dtype("(3,)f8"))),
    "fields of bits": edited(typed(h5t.STD_B8LE)),
    "times": edited(typed(h5t.UNIX_D32LE)),
    "integers of 128 bits": edited(typed(wide())),
    "long double": edited(dataset((2,), np.longdouble)),
    "a named type": edited(lambda f, _: f.__setitem__("extra", np.dtype("f8"))),
    "a data set of a named type": edited(committed),
    "an attribute of a named type": edited(committed_of_attribute),
    "no space": edited(dataset(data=h5py.Empty("f8"))),
    "an attribute of any length": edited(attribute("text")),
    "an attribute of texts of any length": edited(attribute(["a", "b"], dtype=h5py.string_dtype())),
    "an attribute of lists of any length": edited(
        lambda f, _: h5a.create(f["model"].id, b"extra", h5t.vlen_create(h5t.STD_I32LE), h5s.create(h5s.SCALAR))
    ),
    "an attribute that is a reference": edited(attribute(h5py.Reference(), dtype=h5py.ref_dtype)),
    "an attribute of compound values": edited(attribute(np.zeros((), np.dtype([("a", "f8")])))),
    "an attribute that is an enumeration": edited(attribute(np.bool_(True))),
    "an attribute that is opaque": edited(attribute(np.void(PICKLE))),
    "an attribute of arrays": edited(
        lambda f, _: h5a.create(f["model"].id, b"extra", h5t.py_create(np.dtype("(3,)f8")), h5s.create_simple((2,)))
    ),
    "an attribute without a space": edited(attribute(h5py.Empty("f8"))),
    "a format of any length": edited(attribute(schema.FORMAT, "format", "/"), NOT_OURS),
    "a version that is an enumeration": edited(attribute(np.bool_(True), "schema_version", "/"), DAMAGED),
    "a version that is a list": edited(attribute(np.arange(3), "schema_version", "/"), DAMAGED),
}  # fmt: skip

# Filters -------------------------------------------------------------------------------------------------------------


def filtered(number: int, flag: int, values: tuple[int, ...] = (), *, needed: bool = False) -> Change:
    """A data set of one chunk; of a filter that is `needed`, the flag says so in the chunk: none was left out."""

    def change(file: Any, _: Traps) -> None:
        plan = h5p.create(h5p.DATASET_CREATE)
        plan.set_chunk((4,))
        plan.set_filter(number, flag, values)
        made = h5d.create(file.id, b"extra", h5t.IEEE_F64LE, h5s.create_simple((4,)), plan)
        made.write_direct_chunk((0,), bytes(32), 0 if needed else 1)

    return change


def zeros(size: int) -> bytes:
    """A zlib stream of many zeros, made without them: the sum of RFC 1950 is known for zeros."""
    piece = 1 << 24
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(piece)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(size % piece)) + packer.flush()
    return b"\x78\xda" + block * (size // piece) + rest + ((size % 65521) << 16 | 1).to_bytes(4, "big")


def inflating(size: int, times: int = 1) -> Change:
    """A chunk that declares a thousand bytes and inflates to many more."""

    def change(file: Any, _: Traps) -> None:
        plan = h5p.create(h5p.DATASET_CREATE)
        plan.set_chunk((1000,))
        stored = zeros(size)
        for _number in range(times):
            plan.set_deflate(9)
        for _number in range(times - 1):
            stored = zlib.compress(stored, 9)
        made = h5d.create(file.id, b"extra", h5t.STD_U8LE, h5s.create_simple((1000,)), plan)
        made.write_direct_chunk((0,), stored)

    return change


FILTERS: dict[str, Case] = {
    "an unknown filter": edited(filtered(32015, h5z.FLAG_OPTIONAL, needed=True)),
    "an unknown filter that is optional": edited(filtered(32015, h5z.FLAG_OPTIONAL)),
    "a reserved filter": edited(filtered(400, h5z.FLAG_OPTIONAL)),
    "a filter number out of range": edited(filtered(65000, h5z.FLAG_OPTIONAL)),
    "a filter with a thousand arguments": edited(filtered(32015, h5z.FLAG_OPTIONAL, tuple(range(1000))), DAMAGED),
    "lzf": edited(dataset((4,), "f8", chunks=(4,), compression="lzf")),
    "szip": edited(filtered(h5z.FILTER_SZIP, h5z.FLAG_OPTIONAL, (4, 2))),
    "nbit": edited(filtered(h5z.FILTER_NBIT, h5z.FLAG_OPTIONAL)),
    "scaleoffset": edited(dataset((4,), "i4", chunks=(4,), scaleoffset=2)),
    "an unknown filter in place of scores": edited(
        lambda f, t: (f.__delitem__("plan"), filtered(32015, h5z.FLAG_OPTIONAL)(f, t), f.move("extra", "plan"))
    ),
    "a chunk that inflates to a gigabyte": edited(inflating(1 << 30), DAMAGED),
    "a chunk that inflates three times": edited(inflating(1 << 30, 3), DAMAGED),
    "gzip thirty-two times": edited(inflating(1000, 32), DAMAGED),
    "no gzip at all where gzip is declared": edited(
        filtered(h5z.FILTER_DEFLATE, h5z.FLAG_MANDATORY, (9,), needed=True), DAMAGED
    ),
}

# Sizes ---------------------------------------------------------------------------------------------------------------


def medium(count: int) -> Change:
    """Each of them could be, all together cannot."""

    def change(file: Any, _: Traps) -> None:
        chunk = zeros(1 << 20)
        for number in range(count):
            made = file.create_dataset(f"extra{number}", (8 << 20,), "u1", chunks=(1 << 20,), compression=9)
            for place in range(8):
                made.id.write_direct_chunk((place << 20,), chunk)

    return change


def groups(count: int) -> Change:
    def change(file: Any, _: Traps) -> None:
        group = file.create_group("many")
        for number in range(count):
            h5g.create(group.id, b"%d" % number)

    return change


def attributes(count: int, size: int = 1) -> Change:
    def change(file: Any, _: Traps) -> None:
        for number in range(count):
            file["model"].attrs.create(f"a{number}", np.zeros(size))

    return change


def early(file: Any, _: Traps) -> None:
    """Room for every chunk, each nothing but the fill value."""
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_chunk((1 << 20,))
    plan.set_deflate(9)
    plan.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    plan.set_fill_value(np.array(7, "u1"))
    h5d.create(file.id, b"extra", h5t.STD_U8LE, h5s.create_simple((1 << 26,)), plan)


def shared_attributes(path: Path, _: Traps) -> None:
    """A megabyte that is in the file once and at every one of 300 objects, by HDF5's shared messages."""
    [library] = Path(h5py.__file__).parents[1].glob("h5py.libs/libhdf5-*")
    functions = ctypes.CDLL(str(library))
    plan = h5p.create(h5p.FILE_CREATE)
    functions.H5Pset_shared_mesg_nindexes(ctypes.c_int64(plan.id), ctypes.c_uint(1))
    functions.H5Pset_shared_mesg_index(
        ctypes.c_int64(plan.id), ctypes.c_uint(0), ctypes.c_uint(0x1000), ctypes.c_uint(9)
    )
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST)
    with h5py.File(h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, plan, access)) as file:
        file.attrs["format"] = np.bytes_(schema.FORMAT)
        file.attrs["schema_version"] = np.int64(schema.VERSION)
        value = np.bytes_(b"x" * (1 << 20))
        for number in range(300):
            file.create_group(str(number)).attrs.create("a", value)


def empty_activations(file: Any, _: Traps) -> None:
    """No values at all, of a trillion images."""
    del file["activations/values"], file["activations/chunk_sha256"]
    for site in ("blocks.0", "blocks.0.attn", "blocks.0.mlp"):
        file.create_dataset(f"activations/values/{site}", (1 << 40, 0, 5), "<f2")


SIZES: dict[str, Case] = {
    "2^50 values": edited(dataset((1 << 50,), "f8", chunks=(1 << 16,), fillvalue=1.0)),
    "2^50 values in one piece": edited(dataset((1 << 50,), "f8", fillvalue=1.0)),
    "2^50 values of activations": edited(
        dataset((1 << 40, 2, 2), "f2", chunks=(1 << 10, 2, 2), name="activations/values/extra")
    ),
    "2^50 values in place of scores": edited(
        lambda f, _: (
            f.__delitem__("scores/cosine/per_image"),
            f.create_dataset("scores/cosine/per_image", (1 << 40, 1 << 10), "f8", chunks=(64, 64)),
        )
    ),
    "nothing but zeros, well packed": edited(
        dataset(data=np.zeros(6 << 20), chunks=(1 << 20,), compression=9)
    ),
    "many medium ones": edited(medium(40)),
    "a chunk of 128 MB": edited(dataset((1 << 24,), "f8", chunks=(1 << 24,))),
    "missing chunks": edited(dataset((100,), "f8", chunks=(10,))),
    "nothing but the fill value": edited(dataset((1 << 20,), "f8", fillvalue=3.0)),
    "the fill value in every chunk": edited(early),
    "nine axes": edited(dataset((1,) * 9, "f8", chunks=(1,) * 9)),
    "thirty-two axes": edited(dataset((1,) * 32, "f8", chunks=(1,) * 32)),
    "a text of a gigabyte": edited(typed(h5t.py_create(np.dtype(f"S{1 << 30}")), (1,))),
    "100,001 groups": edited(groups(100_001)),
    "a million groups": edited(groups(1_000_001), slow=True),
    "groups 50 deep": edited(lambda f, _: f.create_group("/".join("a" * 50))),
    "groups 3,000 deep": edited(lambda f, _: f.create_group("/".join("a" * 3000))),
    "an attribute of two megabytes": edited(attribute(np.zeros(1 << 18))),
    "a hundred attributes": edited(attributes(100)),
    "two thousand attributes": edited(attributes(2000)),
    "a hundred thousand attributes": edited(attributes(100_000), slow=True),
    "one attribute at 300 objects": Case(shared_attributes, UNSAFE),
    "activations of a trillion images": forged(empty_activations),
}  # fmt: skip
