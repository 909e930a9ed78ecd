"""How long opening a session takes, with the process that reads it started for it (cold) or running already (warm).

The session holds as many gigabytes of activations as asked for: one chunk of noise, stored again and again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from tests.core.session_examples import hdf5, session
from vitprune import sessions
from vitprune.sessions import door, questions, schema

IMAGES, TOKENS, DIM = 16, 50, 384  # of a chunk


def build(path: Path, gigabytes: float) -> int:
    """A session whose structure is that of a real one; returns its bytes. The digests of the values fit no value: to
    open it they are not read."""
    sessions.save(session(IMAGES, 12, activations=True), path)
    noise = np.random.default_rng(0).normal(size=(IMAGES, TOKENS, DIM)).astype("<f2")
    with hdf5(path, "r+") as file:
        sites = list(file[schema.VALUES])
        for site in sites:
            del file[f"{schema.VALUES}/{site}"]
        filters = {"chunks": noise.shape, "compression": "gzip", "shuffle": True, "fletcher32": True}
        packed = file.create_dataset("packed", data=noise, **filters)
        file.flush()
        mask, data = packed.id.read_direct_chunk((0, 0, 0))
        del file["packed"]
        chunks = max(1, round(gigabytes * 1e9 / len(sites) / len(data)))
        for site in sites:
            made = file.create_dataset(f"{schema.VALUES}/{site}", (chunks * IMAGES, TOKENS, DIM), "<f2", **filters)
            for number in range(chunks):
                made.id.write_direct_chunk((number * IMAGES, 0, 0), data, mask)
    return path.stat().st_size


def timed(path: Path, repeats: int, *, cold: bool) -> list[float]:
    """Seconds of each opening."""
    times = []
    for _ in range(repeats):
        if cold:
            door.close()
        else:
            sessions.prepare()
        started = time.perf_counter()
        sessions.load(path)
        times.append(time.perf_counter() - started)
    return times


def here(path: Path, repeats: int) -> list[float]:
    """Seconds without another process: what the program itself would take to parse the file."""
    from vitprune.sessions import guard

    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        with guard.opened(path) as objects:
            [tree] = questions.contents(objects, path)
            schema.decode(tree)
        times.append(time.perf_counter() - started)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the opening of a session.")
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--folder", type=Path, help="where the session is made; by default where temporary files are")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "large.vitprune.h5"
        size = build(path, arguments.gigabytes)
        print(f"{size / 1e9:.2f} GB, {os.cpu_count()} processors, HDF5 {h5py.version.hdf5_version}")
        sessions.load(path)
        for name, times in (
            ("parsed in this process", here(path, arguments.repeats)),
            ("warm: through the door", timed(path, arguments.repeats, cold=False)),
            ("cold: with its start", timed(path, arguments.repeats, cold=True)),
        ):
            median, worst = statistics.median(times), max(times)
            print(f"{name:<24} median {median * 1e3:6.0f} ms, slowest of {len(times)} {worst * 1e3:6.0f} ms")
        code = (
            "import time, sys; t = time.perf_counter(); import vitprune.sessions.child; print(time.perf_counter() - t)"
        )
        paths = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
        found = [
            float(subprocess.run([sys.executable, "-c", code], env=paths, capture_output=True, check=True).stdout)
            for _ in range(5)
        ]
        print(f"{'its imports alone':<24} median {statistics.median(found) * 1e3:6.0f} ms")


if __name__ == "__main__":
    main()
