"""Activations as they lie in a session file: chunks of a few images, each shuffled, deflated and summed.

The bytes are those that libhdf5's own filters read, made without it: ISA-L is faster than zlib, and both let other
threads run. Of a float16 the low byte is noise, which is stored as it is; the high byte, sign, exponent and two bits,
has few values and no repetitions, so that ISA-L's fastest level packs streams of a vision transformer as well as gzip's
usual ones do.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

CHUNK_BYTES = 256 << 10
WORKERS = min(8, os.cpu_count() or 1)
FLOAT16 = np.dtype("<f2")
NOISE_BITS = 7.5  # of entropy a byte: beyond, codes would cost time and save nothing
SAMPLE = 4096
STORED_BYTES = 65535  # the longest block that deflate stores
SUM_BYTES = 4
MODULUS = 65535
ROW = 1024

Shape = tuple[int, int, int]
"""(images, tokens, dim)"""


def images_per_chunk(shapes: list[Shape]) -> int:
    """How many images share a chunk: of all sites as many, so that no chunk is larger than `CHUNK_BYTES`, or one."""
    largest = max((FLOAT16.itemsize * tokens * dim for _, tokens, dim in shapes), default=0)
    images = min((images for images, _, _ in shapes), default=0)
    return max(1, min(images, CHUNK_BYTES // max(1, largest)))


def encode(values: NDArray[np.float16], images: int) -> bytes:
    """What a file stores of a chunk of this many images; where `values`, (images, tokens, dim), has fewer, zeros
    follow.

    shuffle: https://support.hdfgroup.org/documentation/hdf5/latest/group___d_c_p_l.html; deflate: RFC 1950 and 1951.
    """
    if len(values) < images:
        values = np.concatenate([values, np.zeros((images - len(values), *values.shape[1:]), FLOAT16)])
    planes = np.ascontiguousarray(values.reshape(-1).view(np.uint8).reshape(-1, FLOAT16.itemsize).T)
    low, high = planes
    deflated = b"".join(
        [
            b"\x78\x01",
            *(_stored(low) if _is_noise(low) else [_deflated(low, isal_zlib.Z_FULL_FLUSH)]),
            _deflated(high, isal_zlib.Z_FINISH),
            struct.pack(">I", isal_zlib.adler32(planes.data)),
        ]
    )
    return deflated + struct.pack("<I", fletcher32(deflated))


def _is_noise(plane: NDArray[np.uint8]) -> bool:
    counts = np.bincount(plane[:: max(1, len(plane) // SAMPLE)], minlength=256)
    shares = counts[counts > 0] / counts.sum()
    return bool(-(shares * np.log2(shares)).sum() > NOISE_BITS)


def _stored(plane: NDArray[np.uint8]) -> Iterator[bytes | memoryview]:
    """Blocks of a deflate stream that are stored, not the last ones of it."""
    for start in range(0, len(plane), STORED_BYTES):
        block = plane[start : start + STORED_BYTES]
        yield struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF)
        yield block.data


def _deflated(plane: NDArray[np.uint8], flush: int) -> bytes:
    """A part of a deflate stream that ends at a whole byte."""
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    return packer.compress(plane.data) + packer.flush(flush)


def decode(stored: bytes, shape: Shape) -> NDArray[np.float16]:
    """The values (images, tokens, dim) of a whole chunk.

    The sum at the end is not looked at: digests say more. Raises ValueError for bytes that are no such chunk.
    """
    size = FLOAT16.itemsize * shape[0] * shape[1] * shape[2]
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(stored[:-SUM_BYTES], size + 1)
    except zlib.error as error:
        raise ValueError(f"a chunk is no zlib stream: {error}") from error
    if not unpacker.eof or unpacker.unused_data or len(content) != size:
        raise ValueError("a chunk does not end where it should")
    planes = np.frombuffer(content, np.uint8).reshape(FLOAT16.itemsize, -1)
    return np.ascontiguousarray(planes.T).reshape(-1).view(FLOAT16).reshape(shape)


def digest(shape: Shape, stored: bytes) -> bytes:
    """SHA-256 of a chunk as it is stored, and of the shape of the array that it is a part of."""
    found = hashlib.sha256(f"{FLOAT16.str}{shape}".encode())
    found.update(stored)
    return found.digest()


def fletcher32(data: bytes) -> int:
    """The checksum of libhdf5's filter: Fletcher's, of big-endian words of 16 bits; an odd last byte is a high one.

    J. G. Fletcher, An arithmetic checksum for serial transmissions, IEEE Trans. Commun. 30 (1982).
    """
    count = (len(data) + 1) // 2
    words = np.frombuffer(data + bytes(-len(data) % (2 * ROW)), "<u2").reshape(-1, ROW)
    rows = words.sum(axis=1, dtype=np.uint32).astype(np.int64)
    columns = words.sum(axis=0, dtype=np.int64) % MODULUS
    # The second sum has each word as often as there are words from it to the end: rows and columns say that together.
    behind = (count - ROW * np.arange(len(rows))) % MODULUS
    first, second = int(rows.sum()), int(behind @ (rows % MODULUS)) - int(np.arange(ROW) @ columns)
    # To swap the bytes of a word is to multiply it by 256. Folding carries gives MODULUS, never 0, but for zeros alone.
    low, high = (256 * total % MODULUS or (MODULUS if first else 0) for total in (first, second))
    return high << 16 | low
