"""Folders of images become tensors, exactly as timm prepares them, with an account of what was used."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data.transforms_factory import create_transform

from vitprune import images as images_module
from vitprune.errors import ArgumentInvalid, DatasetChanged, DatasetEmpty, DatasetNotFound, ModelUnsupported
from vitprune.images import open_images
from vitprune.jobs import Cancelled, Job, Progress

CONFIG = {
    "input_size": (3, 32, 32),
    "interpolation": "bicubic",
    "mean": (0.5, 0.4, 0.3),
    "std": (0.2, 0.3, 0.4),
    "crop_pct": 0.9,
    "crop_mode": "center",
}
PLAIN = {**CONFIG, "interpolation": "nearest", "mean": (0.0,) * 3, "std": (1.0,) * 3, "crop_pct": 1.0}


def noise(seed: int, size: tuple[int, int] = (40, 50)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8))


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(sum(name.encode())).save(path)
    return folder


def all_of(source: Path, size: int = 3, **options: object) -> torch.Tensor:
    return torch.cat(list(open_images(str(source), CONFIG, **options).batches(size, Job())))  # pyright: ignore[reportArgumentType]


def pixels(path: Path) -> np.ndarray:
    """What the model sees of one file, as bytes: (H, W, C)."""
    opened = open_images(str(path.parent), PLAIN)
    assert opened.reference.paths == (path.name,), opened.reference.skipped
    (batch,) = opened.batches(1, Job())
    return (batch[0].permute(1, 2, 0) * 255).round().byte().numpy()


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize("size", [(40, 50), (32, 32), (9, 200)])
def test_tensors_are_those_of_timm(tmp_path: Path, crop_mode: str, size: tuple[int, int]) -> None:
    noise(1, size).save(tmp_path / "a.png")
    config = {**CONFIG, "crop_mode": crop_mode}
    (batch,) = open_images(str(tmp_path), config).batches(1, Job())
    expected = create_transform(**config)(Image.open(tmp_path / "a.png").convert("RGB"))  # pyright: ignore
    assert batch.dtype == torch.float32
    assert torch.equal(batch[0], expected)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("size", [1, 2, 5, 7])
def test_batches_keep_the_order_and_lose_nothing(tmp_path: Path, size: int) -> None:
    write(tmp_path, *(f"{i}.png" for i in range(5)))
    batches = list(open_images(str(tmp_path), CONFIG).batches(size, Job()))
    assert [len(b) for b in batches] == [min(size, 5 - i) for i in range(0, 5, size)]
    one_by_one = torch.cat(list(open_images(str(tmp_path), CONFIG).batches(1, Job())))
    assert torch.equal(torch.cat(batches), one_by_one)


def test_class_folders_give_labels_in_the_order_of_the_head(tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png", "dog/1.png", "dog/deeper/2.png", "ant/1.png")
    reference = open_images(str(tmp_path), CONFIG, class_names=("dog", "zebra", "cat", "ant")).reference
    assert reference.paths == ("ant/1.png", "cat/1.png", "dog/1.png", "dog/deeper/2.png")
    assert reference.labels == (3, 2, 0, 0)
    assert reference.class_names == ("dog", "zebra", "cat", "ant")


def test_folders_unknown_to_the_head_are_sorted_and_empty_ones_count(tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png", "dog/1.png")
    (tmp_path / "bee").mkdir()
    reference = open_images(str(tmp_path), CONFIG, class_names=("cat", "bird")).reference
    assert reference.class_names == ("bee", "cat", "dog")
    assert reference.labels == (1, 2)


def test_accents_match_however_they_are_written(tmp_path: Path) -> None:
    write(tmp_path, "cafe\u0301/1.png")
    reference = open_images(str(tmp_path), CONFIG, class_names=("tea", "caf\u00e9")).reference
    assert reference.labels == (1,)


def test_flat_folder_has_no_labels(tmp_path: Path) -> None:
    reference = open_images(str(write(tmp_path, "b.png", "a.jpg")), CONFIG, class_names=("x",)).reference
    assert (reference.paths, reference.labels, reference.class_names) == (("a.jpg", "b.png"), (), ())


def test_files_beside_class_folders_are_reported(tmp_path: Path) -> None:
    reference = open_images(str(write(tmp_path, "cat/1.png", "stray.png")), CONFIG).reference
    assert reference.paths == ("cat/1.png",)
    assert [row.path for row in reference.skipped] == ["stray.png"]


def test_other_files_and_hidden_ones_are_no_images(tmp_path: Path) -> None:
    write(tmp_path, "a.PNG", "._a.png", ".cache/b.png")
    (tmp_path / "notes.txt").write_text("no")
    reference = open_images(str(tmp_path), CONFIG).reference
    assert (reference.paths, reference.skipped) == (("a.PNG",), ())


def test_digest_is_that_of_the_contents_in_order(tmp_path: Path) -> None:
    write(tmp_path, "a.png", "b.png")
    parts = b"".join(hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("a.png", "b.png"))
    assert open_images(str(tmp_path), CONFIG).reference.digest == hashlib.sha256(parts).hexdigest()


class TestSampling:
    def test_is_the_permutation_of_the_seed(self, tmp_path: Path) -> None:
        names = [f"{i:02d}.png" for i in range(20)]
        write(tmp_path, *names)
        expected = sorted(names[i] for i in np.random.default_rng(7).permutation(20)[:6])
        reference = open_images(str(tmp_path), CONFIG, images=6, seed=7).reference
        assert (list(reference.paths), reference.seed, reference.skipped) == (expected, 7, ())
        assert reference.paths != open_images(str(tmp_path), CONFIG, images=6, seed=8).reference.paths

    def test_replaces_bad_images_by_the_next_ones_drawn(self, tmp_path: Path) -> None:
        names = [f"{i:02d}.png" for i in range(12)]
        write(tmp_path, *names)
        order = np.random.default_rng(3).permutation(12)
        for i in order[:2]:
            (tmp_path / names[i]).write_bytes(b"\x89PNG\r\n\x1a\n damaged")
        reference = open_images(str(tmp_path), CONFIG, images=4, seed=3).reference
        assert list(reference.paths) == sorted(names[i] for i in order[2:6])
        assert [row.path for row in reference.skipped] == sorted(names[i] for i in order[:2])

    def test_takes_all_where_there_are_fewer(self, tmp_path: Path) -> None:
        assert open_images(str(write(tmp_path, "a.png")), CONFIG, images=9).reference.images == 1

    def test_of_nothing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ArgumentInvalid):
            open_images(str(write(tmp_path, "a.png")), CONFIG, images=0)


class TestLargeFolders:
    """Above a bound the tensors are made again for every batch."""

    @pytest.fixture(autouse=True)
    def nothing_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(images_module, "KEPT_BYTES", 0)

    def test_the_tensors_are_the_same(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, *(f"{i}.png" for i in range(5)))
        again = all_of(tmp_path)
        monkeypatch.setattr(images_module, "KEPT_BYTES", 1024**3)
        assert torch.equal(again, all_of(tmp_path))

    def test_bad_images_are_known_before_the_first_batch(self, tmp_path: Path) -> None:
        write(tmp_path, "a.png", "b.png")
        content = (tmp_path / "a.png").read_bytes()
        (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
        assert [row.path for row in open_images(str(tmp_path), CONFIG).reference.skipped] == ["a.png"]

    @pytest.mark.parametrize("gone", [True, False])
    def test_a_file_that_changes_stops_the_run(self, tmp_path: Path, gone: bool) -> None:
        opened = open_images(str(write(tmp_path, "a.png", "b.png")), CONFIG)
        (tmp_path / "b.png").unlink() if gone else noise(99).save(tmp_path / "b.png")
        with pytest.raises(DatasetChanged, match=r"b\.png"):
            list(opened.batches(2, Job()))


class TestDecoding:
    """Golden pixels: 32 x 32 images of one colour, so that no resizing blurs the answer."""

    def colour(self, path: Path) -> list[int]:
        seen = pixels(path)
        assert np.all(seen == seen[0, 0])
        return seen[0, 0].tolist()

    def test_grey(self, tmp_path: Path) -> None:
        Image.new("L", (32, 32), 77).save(tmp_path / "a.png")
        assert self.colour(tmp_path / "a.png") == [77, 77, 77]

    def test_one_bit(self, tmp_path: Path) -> None:
        Image.new("1", (32, 32), 1).save(tmp_path / "a.png")
        assert self.colour(tmp_path / "a.png") == [255, 255, 255]

    @pytest.mark.parametrize(("value", "expected"), [(0, 0), (128, 0), (129, 1), (257 * 100, 100), (65535, 255)])
    @pytest.mark.parametrize("suffix", ["png", "tif"])
    def test_sixteen_bits_are_scaled(self, tmp_path: Path, suffix: str, value: int, expected: int) -> None:
        Image.fromarray(np.full((32, 32), value, np.uint16)).save(tmp_path / f"a.{suffix}")
        assert self.colour(tmp_path / f"a.{suffix}") == [expected] * 3

    def test_big_endian_sixteen_bits(self, tmp_path: Path) -> None:
        image = Image.frombytes("I;16B", (32, 32), (257 * 50).to_bytes(2, "big") * 1024)
        image.save(tmp_path / "a.tif")
        assert self.colour(tmp_path / "a.tif") == [50, 50, 50]

    def test_cmyk(self, tmp_path: Path) -> None:
        Image.new("CMYK", (32, 32), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
        red, green, blue = self.colour(tmp_path / "a.jpg")
        assert red > 245
        assert max(green, blue) < 10

    def test_transparency_is_dropped(self, tmp_path: Path) -> None:
        Image.new("RGBA", (32, 32), (10, 20, 30, 0)).save(tmp_path / "a.png")
        assert self.colour(tmp_path / "a.png") == [10, 20, 30]

    def test_grey_with_transparency(self, tmp_path: Path) -> None:
        Image.new("LA", (32, 32), (90, 3)).save(tmp_path / "a.png")
        assert self.colour(tmp_path / "a.png") == [90, 90, 90]

    def test_palette_with_transparency(self, tmp_path: Path) -> None:
        image = Image.new("P", (32, 32), 1)
        image.putpalette([0, 0, 0, 200, 100, 50])
        image.save(tmp_path / "a.png", transparency=bytes([255, 128]))
        assert self.colour(tmp_path / "a.png") == [200, 100, 50]

    @pytest.mark.parametrize("suffix", ["webp", "png", "tif"])
    def test_first_frame(self, tmp_path: Path, suffix: str) -> None:
        frames = [Image.new("RGB", (32, 32), colour) for colour in ((9, 8, 7), (200, 0, 0))]
        options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
        frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], **options)
        assert self.colour(tmp_path / f"a.{suffix}") == [9, 8, 7]

    @pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
    def test_exif_orientation(self, tmp_path: Path, suffix: str) -> None:
        upright = np.zeros((32, 32, 3), np.uint8)
        upright[:8] = 255  # white on top
        turned = Image.fromarray(np.rot90(upright).copy())  # stored on its side: 6 means "rotate clockwise to view"
        exif = Image.Exif()
        exif[0x0112] = 6
        options: dict[str, Any] = {"webp": {"lossless": True}, "jpg": {"quality": 100}}.get(suffix, {})
        turned.save(tmp_path / f"a.{suffix}", exif=exif, **options)
        seen = pixels(tmp_path / f"a.{suffix}").astype(int)
        assert np.abs(seen - upright).max() < 12

    def test_floating_point_pixels_are_refused(self, tmp_path: Path) -> None:
        write(tmp_path, "good.png")
        Image.fromarray(np.ones((32, 32), np.float32)).save(tmp_path / "a.tif")
        (row,) = open_images(str(tmp_path), CONFIG).reference.skipped
        assert row.path == "a.tif"
        assert "kind F" in row.reason


class TestErrors:
    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetNotFound, match="nowhere"):
            open_images(str(tmp_path / "nowhere"), CONFIG)

    def test_file(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetNotFound, match="is a file"):
            open_images(str(write(tmp_path, "a.png") / "a.png"), CONFIG)

    def test_odd_path(self) -> None:
        with pytest.raises(DatasetNotFound):
            open_images("a\0b", CONFIG)

    def test_empty(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetEmpty, match="holds no images"):
            open_images(str(tmp_path), CONFIG)

    def test_nothing_usable(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(b"")
        with pytest.raises(DatasetEmpty, match=r"a\.png"):
            open_images(str(tmp_path), CONFIG)

    def test_channels(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnsupported):
            open_images(str(tmp_path), {**CONFIG, "input_size": (1, 32, 32)})


def test_progress_and_cancel(tmp_path: Path) -> None:
    write(tmp_path, *(f"{i}.png" for i in range(4)))
    seen: list[Progress] = []
    opened = open_images(str(tmp_path), CONFIG, job=Job(seen.append))
    assert [(p.done, p.total) for p in seen] == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]

    job = Job()
    job.stop.set()
    with pytest.raises(Cancelled):
        open_images(str(tmp_path), CONFIG, job=job)
    with pytest.raises(Cancelled):
        list(opened.batches(2, job))


def test_opening_leaves_the_random_state_alone(tmp_path: Path) -> None:
    write(tmp_path, "a.png")
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    state = random.getstate()
    all_of(tmp_path, images=1)
    assert torch.equal(torch.rand(3), expected)
    assert random.getstate() == state


def test_no_files_stay_open(tmp_path: Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    write(tmp_path, "a.png", "b.jpg")
    (tmp_path / "c.png").write_bytes(b"bad")
    before = len(os.listdir("/proc/self/fd"))
    open_images(str(tmp_path), CONFIG)
    assert len(os.listdir("/proc/self/fd")) == before
