"""Image files of others, read as pictures: one frame, upright, RGB; nothing that is no plain image of a sane size."""

from __future__ import annotations

import io
import stat
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SAMPLE = "sample"
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
LARGEST_FILE = 64 * 1024**2
MOST_PIXELS = 50_000_000


class UnusableError(Exception):
    """Why an image is not used, in words for its row."""


def to_rgb(content: bytes, *, stretched_to: int = 1) -> Image.Image:
    """The first frame of an image file, upright, as RGB: grey of 16 bits is scaled, transparency is dropped as in timm.

    `stretched_to` is the length that the transform gives the shorter side. Raises whatever Pillow raises for a damaged
    file.
    """
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UnusableError(f"{width} x {height} pixels are more than {MOST_PIXELS // 10**6} million")
    # A hair of one pixel by 50,000 is small until its shorter side is scaled up.
    if max(width, height) / min(width, height) * stretched_to**2 > MOST_PIXELS:
        raise UnusableError(f"{width} x {height} pixels are too elongated")
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16"):
        return Image.fromarray(_to_bytes(np.asarray(image))).convert("RGB")
    if image.mode == "I" and image.format == "PNG":  # what older versions of Pillow make of 16 bits
        return Image.fromarray(_to_bytes(np.asarray(image))).convert("RGB")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA").convert("RGB")
    if image.mode in ("1", "L", "LA", "La", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"):
        return image.convert("RGB")
    raise UnusableError(f"pixels of kind {image.mode} have no agreed brightness")


def _to_bytes(values: np.ndarray) -> np.ndarray:
    """0..65535 to 0..255, rounded to the nearest."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def read(path: Path) -> bytes:
    """Raises UnusableError for what is no regular file or too large, OSError for what cannot be read."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
        raise UnusableError("not a regular file")
    if status.st_size > LARGEST_FILE:
        raise UnusableError(f"{status.st_size / 1024**2:.0f} MiB are more than {LARGEST_FILE // 1024**2}")
    return path.read_bytes()


def folder_of(source: str, names: Sequence[str]) -> Path | None:
    """Where images that a session names lie on this machine: a folder, or None where it is not there any more.

    `source` is what the session says, and `names` some of its images, by which the two folders of the sample are told
    apart. A session may come from anybody, so that no network share is asked for.
    """
    if source == SAMPLE:
        folders = [Path(str(files("vitprune_resources") / SAMPLE / purpose)) for purpose in ("test", "calibration")]
        return max(folders, key=lambda folder: sum((folder / name).is_file() for name in names if _inside(name)))
    if source.startswith(("//", "\\\\")):
        return None
    try:
        folder = Path(source)
        return folder if folder.is_absolute() and folder.is_dir() else None
    except (OSError, ValueError):
        return None


def thumbnail(folder: Path, name: str, side: int) -> NDArray[np.uint8] | None:
    """(height, width, 3), read-only, neither longer than `side`: the image of this name, "/" between its parts; None
    where it is not there, lies outside of the folder or cannot be shown."""
    if not _inside(name):
        return None
    try:
        image = to_rgb(read(folder / name))
        image.thumbnail((side, side))
        pixels = np.array(image, np.uint8)
    except Exception:  # noqa: BLE001 - decoders raise anything
        return None
    pixels.setflags(write=False)
    return pixels


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not set(name) & set("\\:\0")
