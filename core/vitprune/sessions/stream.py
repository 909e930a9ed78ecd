"""Activations on their way to a file: cut into chunks, packed by threads, handed over in an order of their own.

That order, all sites of the first images, then all sites of the next, does not depend on the batches; of all the images
no more is in memory than a batch and a chunk of each site. The model waits meanwhile: threads that pack while it
computes take the processors from its own, each of which then waits for the last of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vitprune.jobs import Job
from vitprune.sessions import chunks
from vitprune.sessions.chunks import FLOAT16, Shape
from vitprune.sessions.schema import ArrayDigest

Batch = Mapping[str, NDArray[np.float16]]
"""Site to values (images, tokens, dim) of a few consecutive images, of each site the same ones."""


class Stream:
    """Takes the activations of `images` images, batch by batch, and calls `write` with site, number and bytes of each
    chunk, on the thread that adds them. `batch` is the first one, which is to be added too; `close` ends the threads.

    Raises Cancelled when the job is to stop, TypeError or ValueError for values that are not what is kept, and what
    `write` raises.
    """

    def __init__(self, batch: Batch, images: int, write: Callable[[str, int, bytes], None], job: Job) -> None:
        self.shapes: dict[str, Shape] = {}
        for site, values in batch.items():
            if values.dtype != np.float16 or values.ndim != 3:
                raise TypeError(f"the activations of {site} are not (images, tokens, dim) in float16")
            self.shapes[site] = (images, *values.shape[1:])
        self.per_chunk = chunks.images_per_chunk(list(self.shapes.values()))
        self._images = images
        self._write = write
        self._job = job
        self._added = self._cut = 0
        self._held: list[Batch] = []
        self._whole = {site: ArrayDigest(FLOAT16, shape) for site, shape in self.shapes.items()}
        self._digests: list[list[bytes]] = []
        self._pool = ThreadPoolExecutor(chunks.WORKERS, "activations")

    def add(self, batch: Batch) -> None:
        """The next images."""
        counts = {len(values) for values in batch.values()}
        shapes = {site: (self._images, *values.shape[1:]) for site, values in batch.items()}
        if shapes != self.shapes or len(counts) > 1 or any(v.dtype != np.float16 for v in batch.values()):
            raise ValueError("a batch of activations differs from the first one")
        self._added += max(counts, default=0)
        self._held.append(batch)
        while self._added - self._cut >= self.per_chunk:
            self._pack(self.per_chunk)

    def finish(self) -> tuple[dict[str, str], NDArray[np.uint8]]:
        """The digest of each site's values, and those of the chunks: (chunks, sites, 32)."""
        if self._added != self._images:
            raise ValueError(f"activations of {self._added} images in place of {self._images}")
        if self._added > self._cut:
            self._pack(self._added - self._cut)
        self.close()
        digests = np.frombuffer(b"".join(b"".join(row) for row in self._digests), np.uint8)
        shape = (len(self._digests), len(self.shapes), hashlib.sha256().digest_size)
        return {site: found.hexdigest() for site, found in self._whole.items()}, digests.reshape(shape)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _pack(self, images: int) -> None:
        """One chunk of every site."""
        number = self._cut // self.per_chunk
        self._cut += images
        taken = self._take(images)
        self._digests.append([])
        for site, (stored, digest) in zip(taken, self._pool.map(self._packed, taken, taken.values()), strict=True):
            self._job.check()
            self._digests[number].append(digest)
            self._write(site, number, stored)

    def _packed(self, site: str, values: NDArray[np.float16]) -> tuple[bytes, bytes]:
        """A chunk as it is stored, and its digest."""
        values = np.ascontiguousarray(values.astype(FLOAT16, copy=False))
        self._whole[site].update(values)
        stored = chunks.encode(values, self.per_chunk)
        return stored, chunks.digest(self.shapes[site], stored)

    def _take(self, images: int) -> Batch:
        """The oldest images that are held."""
        taken: list[Batch] = []
        while images:
            first = self._held[0]
            length = len(next(iter(first.values())))
            taken.append({site: values[:images] for site, values in first.items()})
            if length > images:
                self._held[0] = {site: values[images:] for site, values in first.items()}
            else:
                self._held.pop(0)
            images -= min(length, images)
        return {site: np.concatenate([b[site] for b in taken]) if len(taken) > 1 else v for site, v in taken[0].items()}
