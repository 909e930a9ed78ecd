"""Activations as they lie in a session file: chunks of a few images, each shuffled, deflated and summed.

The bytes are those that libhdf5's own filters read, made without it: zlib lets other threads run. Of a float16 the low
byte is noise, which is stored as it is; the high byte, sign, exponent and two bits, has few values and no repetitions,
so that Huffman codes alone give all there is to gain. On streams of a vision transformer that packs as well as gzip's
usual levels, in a sixth of their time.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

CHUNK_BYTES = 256 << 10
FLOAT16 = np.dtype("<f2")
NOISE_BITS = 7.5  # of entropy a byte: beyond, codes would cost time and save nothing
SAMPLE = 4096
SUM_BYTES = 4
WEIGHTS = np.arange(1 << 13, 0, -1, dtype=np.float64)

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
            _deflated(low, zlib.Z_FULL_FLUSH),
            _deflated(high, zlib.Z_FINISH),
            struct.pack(">I", zlib.adler32(planes.data)),
        ]
    )
    return deflated + struct.pack("<I", fletcher32(deflated))


def _deflated(plane: NDArray[np.uint8], flush: int) -> bytes:
    """A part of a deflate stream that ends at a whole byte."""
    counts = np.bincount(plane[:: max(1, len(plane) // SAMPLE)], minlength=256)
    shares = counts[counts > 0] / counts.sum()
    level = 0 if -(shares * np.log2(shares)).sum() > NOISE_BITS else 1
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
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
    words = np.frombuffer(data + bytes(len(data) % 2), ">u2").astype(np.float64)
    # float64 is exact here: no sum of a block reaches 2^(13 + 13 + 16). BLAS keeps blocks this small to one thread.
    first = second = 0
    for start in range(0, len(words), len(WEIGHTS)):
        block = words[start : start + len(WEIGHTS)]
        second += len(block) * first + int(block @ WEIGHTS[len(WEIGHTS) - len(block) :])
        first += int(block.sum())
    # Folding carries gives 65535, never 0, for a multiple of 65535 that is not nought itself.
    first, second = (total and (total - 1) % 65535 + 1 for total in (first, second))
    return second << 16 | first
