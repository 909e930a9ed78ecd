"""A folder of very many images: how soon the first batch of a sample is there, what that takes, and how soon a cancel
is heard.

.venv/bin/python -m tests.benchmarks.bench_big_folder --files 200000
"""

from __future__ import annotations

import argparse
import os
import platform
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from vitprune import image_files, image_listings
from vitprune.images import open_images
from vitprune.jobs import Cancelled, Job

CONFIG = {
    "input_size": (3, 224, 224),
    "interpolation": "bicubic",
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
    "crop_pct": 0.9,
    "crop_mode": "center",
}
LINKS = 20_000  # to one file: file systems allow some 65,000


def build(folder: Path, files: int, classes: int) -> None:
    """Hard links to a few small JPEG files, which take next to no room."""
    originals: list[Path] = []
    for number in range(-(-files // LINKS)):
        originals.append(folder.parent / f"original-{number}.jpg")
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(originals[-1])
    for kind in range(classes):
        (folder / f"class-{kind:04}").mkdir(parents=True)
    for number in range(files):
        place = folder / f"class-{number % classes:04}" / f"image-{number:08}.jpg"
        os.link(originals[number // LINKS], place)
    for path in folder.rglob("class-*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    os.utime(folder, (1_600_000_000, 1_600_000_000))


class Peak:
    """The most memory that this process has had while it lasts, in bytes above what it had before."""

    def __enter__(self) -> Peak:
        self._process, self._over = psutil.Process(), threading.Event()
        self._before = self.bytes = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.bytes = max(self.bytes, self._process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.bytes -= self._before


def first_batch(source: Path, images: int, size: int) -> str:
    """Seconds to the first batch, how many of them looking for the images took and the processor was busy; memory."""
    began, found, busy = time.perf_counter(), [0.0], time.process_time()

    def report(progress: object) -> None:
        if not found[0] and getattr(progress, "stage", "") == "Reading images":
            found[0] = time.perf_counter() - began

    with Peak() as peak:
        opened = open_images(str(source), CONFIG, images=images, seed=1, job=Job(report))
        batch = next(opened.batches(size, Job()))
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
    assert len(batch) == min(size, images)
    return (
        f"first batch after {seconds:5.2f} s ({busy:5.2f} s of the processor), {found[0]:5.2f} s of it to find them; "
        f"peak memory + {peak.bytes / 1e6:.0f} MB"
    )


def cancel_latency(source: Path, after: Callable[[str], bool]) -> float:
    """Seconds from a cancel, in the middle of the stage that `after` names, until everything has stopped."""
    job = Job(lambda progress: stop(progress.stage))
    asked = [0.0]

    def stop(stage: str) -> None:
        if after(stage) and not asked[0]:
            asked[0] = time.perf_counter()
            job.stop.set()

    try:
        open_images(str(source), CONFIG, job=job)
    except Cancelled:
        return time.perf_counter() - asked[0]
    raise AssertionError("it was not cancelled")


def archive(folder: Path, path: Path) -> None:
    with tarfile.open(path, "w") as whole:
        for number, file in enumerate(sorted(folder.rglob("*.jpg"))):
            if number % 10 == 0:
                info = tarfile.TarInfo(str(file.relative_to(folder)))
                info.size = file.stat().st_size
                with file.open("rb") as content:
                    whole.addfile(info, content)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the first batch of a sample of very many images.")
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    arguments = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, load {load:.1f}")
    with tempfile.TemporaryDirectory() as name:
        os.environ["VITPRUNE_CONFIG_DIR"] = str(Path(name) / "config")
        folder = Path(name) / "images"
        build(folder, arguments.files, arguments.classes)
        small = Path(name) / "few"
        build(small, 100, 10)
        first_batch(small, 32, 32)  # threads, decoders
        print(f"{arguments.files:,} files in {arguments.classes:,} folders, a sample of {arguments.images}")
        for what in ("first time", "from the listing", "from the listing"):
            print(f"{what:<18} {first_batch(folder, arguments.images, arguments.batch)}")
        (listing,) = image_listings.folder().iterdir()
        print(f"the listing takes  {listing.stat().st_size / 1e6:.1f} MB on the disk")
        listing.unlink()
        image_files.EACH, each = 100, image_files.EACH
        seconds = cancel_latency(folder, lambda stage: stage == "Looking for images")
        image_files.EACH = each
        print(f"cancel while files are looked for: {seconds:.3f} s")
        print(f"cancel while images are read:      {cancel_latency(folder, lambda s: s == 'Reading images'):.3f} s")
        shard = Path(name) / "shard.tar"
        archive(folder, shard)
        for what in ("tar, first time", "from the listing"):
            print(f"{what:<18} {first_batch(shard, arguments.images, arguments.batch)}")


if __name__ == "__main__":
    main()
