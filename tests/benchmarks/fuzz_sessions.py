"""Damaged session files by the thousand, each opened as the program opens it.

Every file follows from a seed and a number. "plain" damage stays as it is; "signed" damage gets fitting checksums:
those of HDF5's metadata, of its chunks, and our digest of the content, so that the code behind them meets it. A signed
file may open with other values: whoever edits a value and signs the result has made a valid file. It counts as
forged, and only if our digest had to be changed for it. Nothing else may open with another value, nor end this process.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py
import numpy as np

from tests.core.session_examples import difference, hdf5, session
from vitprune import sessions
from vitprune.errors import ArgumentInvalid, SessionUnreadable
from vitprune.results import Session
from vitprune.sessions import guard, questions, schema

SEED = 20
GOLDEN = Path(__file__).parents[1] / "core" / "data" / "version-1.vitprune.h5"
BOUNDARIES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
FORGED, WRONG, EQUAL = "opened, forged", "OPENED WITH OTHER VALUES", "opened, equal"


@dataclass(frozen=True)
class Base:
    """A whole file. Regions are (start, length, checksum of HDF5 that follows), `digest` is where ours is."""

    kind: str
    data: bytes
    wanted: Session
    activations: dict[str, np.ndarray]
    metadata: tuple[tuple[int, int], ...]
    chunks: tuple[tuple[int, int], ...]
    digest: int


@dataclass
class Outcome:
    counts: Counter[str] = field(default_factory=Counter)
    forged: Counter[str] = field(default_factory=Counter)
    examples: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0

    def note(self, what: str, number: int, seconds: float) -> None:
        self.counts[what] += 1
        self.examples.setdefault(what, number)
        self.slowest = max(self.slowest, seconds)


# Whole files ---------------------------------------------------------------------------------------------------------


def bases(folder: Path) -> list[Base]:
    """Small files of four kinds: the fewer the bytes that say nothing, the more of the damage matters."""
    whole = session(4, 1, activations=True)
    assert whole.scores is not None
    few = replace(whole.scores, tables={"cosine": whole.scores["cosine"]}, angles={}, cka={}, gains={})
    bare = replace(whole, evaluations=(), study=None, trials=(), searches=(), latencies=None, activations=None)
    kinds = {
        "scores": replace(bare, scores=few),
        "evaluations": replace(whole, scores=None, activations=None, latencies=None),
        "activations": replace(bare, scores=few, activations=whole.activations),
    }
    found = []
    for kind, saved in kinds.items():
        path = folder / f"{kind}.vitprune.h5"
        sessions.save(saved, path)
        found.append(_base(kind, path))
    golden = folder / "version-1.vitprune.h5"
    golden.write_bytes(GOLDEN.read_bytes())
    return [*found, _base("version 1", golden)]


def _base(kind: str, path: Path) -> Base:
    data, wanted = path.read_bytes(), sessions.load(path)
    with hdf5(path) as file:
        digest = data.index(file.attrs[schema.DIGEST])
        chunks: list[tuple[int, int]] = []

        def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset) and item.chunks:
                for number in range(item.id.get_num_chunks()):
                    info = item.id.get_chunk_info(number)
                    chunks.append((info.byte_offset, info.size - 4))

        file.visititems(visit)
    return Base(
        kind,
        data,
        wanted,
        _activations(path, list(wanted.architecture.by_id)),
        tuple(_metadata(data)),
        tuple(chunks),
        digest,
    )


def _activations(path: Path, sites: Sequence[str]) -> dict[str, np.ndarray]:
    try:
        return {site: sessions.read_activations(path, site)[1] for site in sites}
    except ArgumentInvalid:  # keeps none
        return {}


def _metadata(data: bytes) -> Iterator[tuple[int, int]]:
    """Where HDF5 keeps checksummed metadata: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html"""
    fixed = {b"\x89HDF": 44, b"FAHD": 24, b"BTHD": 34}
    for start in range(len(data) - 8):
        signature = data[start : start + 4]
        if signature in fixed:
            lengths: Sequence[int] = (fixed[signature],)
        elif signature == b"OHDR":
            flags = data[start + 5]
            place = start + 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
            size = 1 << (flags & 3)
            lengths = (place - start + size + int.from_bytes(data[place : place + size], "little"),)
        elif signature in (b"FADB", b"FRHP", b"BTLF", b"BTIN", b"OCHK"):
            lengths = range(14, 1600)  # given elsewhere: tried out instead
        else:
            continue
        for length in lengths:
            if data[start + length : start + length + 4] == lookup3(data[start : start + length]):
                yield start, length
                break


def lookup3(data: bytes) -> bytes:
    """Bob Jenkins' hashlittle (2006, burtleburtle.net/bob/c/lookup3.c), with which HDF5 checks its metadata."""
    mask = 0xFFFFFFFF

    def turned(x: int, k: int) -> int:
        return ((x << k) | (x >> (32 - k))) & mask

    padded = data + bytes(-len(data) % 12)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    state = [(0xDEADBEEF + len(data)) & mask] * 3
    for place in range(0, len(words), 3):
        state = [(value + word) & mask for value, word in zip(state, words[place : place + 3], strict=True)]
        a, b, c = 0, 1, 2
        if place + 3 < len(words):
            for k in (4, 6, 8, 16, 19, 4):
                state[a] = ((state[a] - state[c]) & mask) ^ turned(state[c], k)
                state[c] = (state[c] + state[b]) & mask
                a, b, c = b, c, a
        else:
            for k in (14, 11, 25, 16, 4, 14, 24):
                state[c] = ((state[c] ^ state[b]) - turned(state[b], k)) & mask
                a, b, c = b, c, a
    return struct.pack("<I", state[2])


def fletcher32(data: bytes) -> bytes:
    """Of big-endian words of 16 bits, folded as HDF5 folds: 65535 stays what it is."""
    words = np.frombuffer(data + bytes(len(data) % 2), ">u2").astype(object)
    one = int(words.sum())
    two = int((words * np.arange(len(words), 0, -1)).sum())
    folded = [(total - 1) % 65535 + 1 if total else 0 for total in (one, two)]
    return struct.pack("<I", folded[1] << 16 | folded[0])


# Damage --------------------------------------------------------------------------------------------------------------


def damaged(base: Base, others: Sequence[Base], rng: random.Random) -> tuple[str, bytearray]:
    """The kind of damage, and the file after it."""
    data = bytearray(base.data)
    size = len(data)
    if base.metadata and rng.random() < 0.6:  # most bytes are values, most of the parser is for the others
        start, length = rng.choice(base.metadata)
        position = min(size - 1, start + rng.randrange(length + 4))
    else:
        position = rng.randrange(size)
    kind = rng.choice(("bits", "bits", "bytes", "integer", "integer", "zeros", "swap", "splice", "truncation"))
    if kind == "bits":
        for _ in range(rng.choice((1, 1, 1, 2, 8))):
            data[position] ^= 1 << rng.randrange(8)
            position = min(size - 1, position + rng.randrange(16))
    elif kind == "bytes":
        length = min(rng.choice((1, 2, 4, 16)), size - position)
        data[position : position + length] = rng.randbytes(length)
    elif kind == "integer":
        width = min(rng.choice((1, 2, 4, 8)), size - position)
        value = rng.choice(BOUNDARIES) + rng.choice((-1, 0, 0, 1))
        data[position : position + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    elif kind == "zeros":
        length = min(rng.choice((2, 8, 64, 512)), size - position)
        data[position : position + length] = bytes([rng.choice((0, 255))]) * length
    elif kind == "swap":
        length = rng.choice((8, 48, 256))
        first, second = sorted(rng.randrange(size // length) * length for _ in range(2))
        one, two = data[first : first + length], data[second : second + length]
        if len(one) == len(two) and first != second:
            data[first : first + length], data[second : second + length] = two, one
    elif kind == "splice":
        other = rng.choice(others).data
        length = rng.choice((4, 32, 512))
        place = rng.randrange(len(other))
        piece = other[place : place + length]
        if rng.random() < 0.7:
            data[position : position + len(piece)] = piece
        else:
            data[position:position] = piece
    else:
        del data[rng.randrange(size) :]
    return kind, data


def signed(base: Base, data: bytearray, scratch: Path) -> bool:
    """Give damage the checksums that fit it, as far as the regions are still where they were. True if our digest had to
    be changed for it."""
    if len(data) != len(base.data):
        if len(data) > 48:
            data[44:48] = lookup3(bytes(data[:44]))
        return False
    for sum_of, regions in ((fletcher32, base.chunks), (lookup3, base.metadata)):
        for start, length in regions:
            if data[start : start + length + 4] != base.data[start : start + length + 4]:
                data[start + length : start + length + 4] = sum_of(bytes(data[start : start + length]))
    scratch.write_bytes(data)
    digest = _digest(scratch)
    if digest is None or digest == base.data[base.digest : base.digest + 64]:
        return False
    data[base.digest : base.digest + 64] = digest
    for start, length in base.metadata:
        if start <= base.digest < start + length:
            data[start + length : start + length + 4] = lookup3(bytes(data[start : start + length]))
    return True


def _digest(path: Path) -> bytes | None:
    """Our digest of what the file holds now, from a fork: to read it may be the end of the reader."""
    ours, theirs = os.pipe()
    if (child := os.fork()) == 0:
        signal.alarm(20)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            with guard.opened(path) as objects:
                kept = {n: questions._node(i) for n, i in objects.items() if not n.startswith(f"{schema.VALUES}/")}
                os.write(theirs, schema.content_digest(kept).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        digest = pipe.read()
    os.waitpid(child, 0)
    return digest if len(digest) == 64 else None


# The campaign --------------------------------------------------------------------------------------------------------


def campaign(whole: Sequence[Base], folder: Path, numbers: range, *, sign: bool, seed: int = SEED) -> Outcome:
    outcome, scratch = Outcome(), folder / "mutant.vitprune.h5"
    for number in numbers:
        rng = random.Random(seed * 1_000_003 + number)
        base = whole[number % len(whole)]
        kind, data = damaged(base, whole, rng)
        scratch.unlink(missing_ok=True)
        changed = signed(base, data, scratch) if sign else False
        scratch.write_bytes(data)
        started = time.perf_counter()
        what = opened(base, scratch, changed)
        outcome.note(what, number, time.perf_counter() - started)
        if what == FORGED:
            outcome.forged[f"{base.kind}, {kind}"] += 1
    return outcome


def opened(base: Base, path: Path, changed: bool) -> str:
    """What became of opening a file and checking all of it."""
    try:
        found = sessions.load(path)
        sessions.check(path)
        values = _activations(path, [*base.activations][:1])  # each is one more question; the others have digests
    except SessionUnreadable as error:
        if "Too many open files" in error.details:
            raise RuntimeError("a limit of the reader was met by something else than the file") from error
        stage = ""
        if error.code == "SESSION_CHECKSUM":
            ours = "changed or damaged after" in error.message or "activations" in error.message
            stage = ": our digest" if ours else f": {error.details.split(':')[0] or 'content'}"
        return f"{error.code}{stage}{f' ({error.details})' if error.code in LOST else ''}"
    if difference(found, base.wanted) == "" and all(
        difference(read, base.activations[site]) == "" for site, read in values.items()
    ):
        return EQUAL
    return FORGED if changed else WRONG


LOST = ("SESSION_CRASHED", "SESSION_TOO_LARGE")


def main() -> int:
    parser = argparse.ArgumentParser(description="Open damaged session files.")
    parser.add_argument("--count", type=int, default=10_000, help="damaged files of each sort")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", type=int, help="open this one alone, signed and not, and keep the files")
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as name:
        whole = bases(Path(name))
        for base in whole:
            print(
                f"{base.kind:<12} {len(base.data):>7,} bytes, {len(base.metadata)} checksums of metadata, "
                f"{len(base.chunks)} of chunks"
            )
        numbers = range(arguments.first, arguments.first + arguments.count)
        if arguments.only is not None:
            numbers = range(arguments.only, arguments.only + 1)
        for sign in (False, True):
            started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            outcome = campaign(whole, Path(name), numbers, sign=sign, seed=arguments.seed)
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            print(f"\n{'signed' if sign else 'plain'}: {len(numbers):,} files, seed {arguments.seed}")
            for what, count in outcome.counts.most_common():
                print(f"{count:>8,}  {what:<60} first: {outcome.examples[what]}")
            for what, count in outcome.forged.most_common():
                print(f"{count:>8,}    forged: {what}")
            print(
                f"this process lives and grew by {grown:.0f} MiB; slowest {outcome.slowest:.2f} s, "
                f"{time.perf_counter() - started:.0f} s in all"
            )
            failed |= outcome.counts[WRONG] > 0
            if arguments.only is not None:
                kept = Path(tempfile.gettempdir()) / f"mutant-{arguments.only}-{'signed' if sign else 'plain'}.h5"
                kept.write_bytes((Path(name) / "mutant.vitprune.h5").read_bytes())
                print(f"kept: {kept}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
