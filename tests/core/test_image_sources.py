"""Folders, tar shards and Parquet files give the same images; what is kept of them is checked, nothing is believed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vitprune import image_files, image_listings, image_shards, image_sources, image_tables
from vitprune.ahead import in_order
from vitprune.errors import DatasetChanged, DatasetEmpty, DatasetNotFound, ExtraMissing
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


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITPRUNE_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def png(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def tar(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def old(*paths: Path) -> None:
    """As if nothing had changed there for a while."""
    for path in paths:
        os.utime(path, (1_600_000_000, 1_600_000_000))


class TestShards:
    def test_are_as_the_files_in_them(self, folder: Path, tmp_path: Path) -> None:
        names = [f"{kind}/{n}.png" for kind in ("cat", "dog") for n in range(4)]
        for number, name in enumerate(names):
            path = tmp_path / "plain" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(number))
        tar(folder / "a.tar", {name: png(number) for number, name in enumerate(names)})
        plain, packed = (open_images(str(source), CONFIG) for source in (tmp_path / "plain", folder))
        assert packed.reference.paths == tuple(f"a.tar/{name}" for name in names)
        assert packed.reference.labels == plain.reference.labels
        assert packed.reference.class_names == ("cat", "dog")
        assert packed.reference.digest == plain.reference.digest
        assert torch.equal(*(torch.cat(list(found.batches(3, Job()))) for found in (plain, packed)))
        single = open_images(str(folder / "a.tar"), CONFIG).reference
        assert (single.paths, single.labels) == (packed.reference.paths, packed.reference.labels)

    def test_several_are_one_set(self, folder: Path) -> None:
        for shard in range(3):
            tar(folder / f"{shard}.tar", {f"{n}.png": png(10 * shard + n) for n in range(3)})
        whole = open_images(str(folder), CONFIG).reference
        assert whole.paths == tuple(f"{shard}.tar/{n}.png" for shard in range(3) for n in range(3))
        assert whole.labels == ()
        order = np.random.default_rng(5).permutation(9)[:4]
        assert open_images(str(folder), CONFIG, images=4, seed=5).reference.paths == tuple(
            whole.paths[n] for n in sorted(order)
        )

    def test_classes_of_webdataset_are_outputs_of_the_head(self, folder: Path) -> None:
        members = {f"{n:03d}.png": png(n) for n in range(3)} | {f"{n:03d}.cls": b"%d\n" % (11 - n) for n in range(3)}
        tar(folder / "a.tar", members)
        reference = open_images(str(folder), CONFIG, classes=12).reference
        assert reference.labels == (11, 10, 9)
        assert reference.class_names == tuple(map(str, range(12)))
        named = tuple("abcdefghijkl")
        assert open_images(str(folder), CONFIG, class_names=named, classes=12).reference.class_names == named

    def test_names_of_classes_are_sorted(self, folder: Path) -> None:
        tar(folder / "a.tar", {"x.png": png(0), "x.cls": b"dog", "y.png": png(1), "y.cls": b"cat"})
        reference = open_images(str(folder), CONFIG).reference
        assert (reference.class_names, reference.labels) == (("cat", "dog"), (1, 0))

    def test_an_image_without_a_class_among_others_is_left_out(self, folder: Path) -> None:
        tar(folder / "a.tar", {"x.png": png(0), "x.cls": b"3", "y.png": png(1)})
        reference = open_images(str(folder), CONFIG).reference
        assert reference.paths == ("a.tar/x.png",)
        assert [row.path for row in reference.skipped] == ["a.tar/y.png"]

    def test_folders_that_all_images_share_are_no_classes(self, folder: Path) -> None:
        tar(folder / "a.tar", {f"./photos/train/{kind}/{kind}.png": png(len(kind)) for kind in ("ox", "cat")})
        assert open_images(str(folder), CONFIG).reference.class_names == ("cat", "ox")

    def test_the_folder_of_a_shard_is_a_class(self, folder: Path) -> None:
        for kind in ("cat", "dog"):
            (folder / kind).mkdir()
            tar(folder / kind / "0.tar", {"1.png": png(len(kind))})
        reference = open_images(str(folder), CONFIG, class_names=("dog", "cat")).reference
        assert reference.labels == (1, 0)

    def test_images_beside_archives_come_first(self, folder: Path) -> None:
        """A folder of images means what it always meant, whatever else lies in it."""
        (folder / "a.png").write_bytes(png(0))
        tar(folder / "b.tar", {"1.png": png(1)})
        assert open_images(str(folder), CONFIG).reference.paths == ("a.png",)

    def test_links_are_not_followed(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.png").write_bytes(png(9))
        with tarfile.open(folder / "a.tar", "w") as archive:
            for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
                info = tarfile.TarInfo(f"{kind.decode()}.png")
                info.type, info.linkname = kind, str(tmp_path / "secret.png")
                archive.addfile(info)
            good = tarfile.TarInfo("../../good.png")
            good.size = len(png(0))
            archive.addfile(good, io.BytesIO(png(0)))
        reference = open_images(str(folder), CONFIG).reference
        assert len(reference.paths) == 1
        assert len(reference.skipped) == 3
        assert not (tmp_path / "good.png").exists()

    def test_a_bad_image_is_a_row(self, folder: Path) -> None:
        tar(folder / "a.tar", {"a.png": b"no", "b.png": png(0)})
        reference = open_images(str(folder), CONFIG).reference
        assert reference.paths == ("a.tar/b.png",)
        assert [row.path for row in reference.skipped] == ["a.tar/a.png"]

    @pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
    def test_one_that_is_cut_off_gives_what_is_left(self, folder: Path, share: float) -> None:
        path = tar(folder / "a.tar", {f"{n}.png": png(n) for n in range(8)})
        content = path.read_bytes()
        used = 8 * (512 + -(-len(png(0)) // 512) * 512)
        path.write_bytes(content[: int(used * share)])
        reference = open_images(str(folder), CONFIG).reference
        assert 0 < reference.images < 8
        assert reference.skipped

    def test_a_damaged_header_is_said(self, folder: Path) -> None:
        path = tar(folder / "a.tar", {f"{n}.png": png(n) for n in range(4)})
        content = bytearray(path.read_bytes())
        second = 512 + -(-len(png(0)) // 512) * 512
        content[second : second + 200] = b"\xff" * 200
        path.write_bytes(content)
        reference = open_images(str(folder), CONFIG).reference
        assert reference.paths == ("a.tar/0.png",)
        assert "damaged" in reference.skipped[0].reason

    def test_a_header_that_says_it_is_huge_is_not_read(self, folder: Path) -> None:
        path = folder / "a.tar"
        info = tarfile.TarInfo("././@LongLink")
        info.type, info.size = tarfile.GNUTYPE_LONGNAME, 200 * 1024**2
        with path.open("wb") as file:
            file.write(info.tobuf(tarfile.GNU_FORMAT))
            file.truncate(300 * 1024**2)  # takes no room on the disk
        with pytest.raises(DatasetNotFound, match="header"):
            open_images(str(folder), CONFIG)

    def test_what_is_no_archive(self, folder: Path) -> None:
        (folder / "a.tar").write_bytes(b"PK\3\4 not a tar" * 100)
        with pytest.raises(DatasetNotFound, match="no tar file"):
            open_images(str(folder / "a.tar"), CONFIG)
        tar(folder / "b.tar", {"1.png": png(1)})
        reference = open_images(str(folder), CONFIG).reference
        assert [row.path for row in reference.skipped] == ["a.tar"]

    def test_mutants(self, folder: Path) -> None:
        """Damage anywhere gives images, rows or a named error, and never anything else."""
        whole = tar(folder / "a.tar", {f"{kind}/{n}.png": png(n) for kind in "ab" for n in range(3)}).read_bytes()
        generator = np.random.default_rng(0)
        kept = 0
        for _ in range(60):
            mutant = bytearray(whole)
            for at in generator.integers(0, 6 * 4096, 20):
                mutant[at] = int(generator.integers(0, 256))
            (folder / "a.tar").write_bytes(mutant)
            with contextlib.suppress(DatasetEmpty, DatasetNotFound):
                kept += open_images(str(folder), CONFIG).reference.images
        assert 0 < kept < 60 * 6

    def test_one_that_changes_stops_the_run(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("vitprune.images.KEPT_BYTES", 0)
        opened = open_images(str(tar(folder / "a.tar", {"1.png": png(1), "2.png": png(2)})), CONFIG)
        tar(folder / "a.tar", {"1.png": png(3), "2.png": png(4)})
        with pytest.raises(DatasetChanged, match=r"a\.tar/1\.png"):
            list(opened.batches(2, Job()))

    def test_places_are_kept_until_the_archive_changes(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(image_shards, "MANY", 2)
        tar(folder / "a.tar", {f"{n}.png": png(n) for n in range(3)})
        first = open_images(str(folder), CONFIG).reference
        read: list[Path] = []
        members = image_shards._members
        monkeypatch.setattr(image_shards, "_members", lambda path, job: (read.append(path), members(path, job))[1])
        assert open_images(str(folder), CONFIG).reference == first
        assert read == []
        tar(folder / "a.tar", {f"{n}.png": png(n) for n in range(4)})
        assert open_images(str(folder), CONFIG).reference.images == 4
        assert read == [folder / "a.tar"]


class TestTables:
    @pytest.fixture(autouse=True)
    def reader(self) -> None:
        pytest.importorskip("pyarrow", reason="an extra")

    def write(self, path: Path, columns: dict[str, Any], names: list[str] | None = None, rows: int = 3) -> None:
        import pyarrow
        from pyarrow import parquet

        table = pyarrow.table(columns)
        if names is not None:
            features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
            table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
        parquet.write_table(table, path, row_group_size=rows)

    def images(self, count: int) -> list[dict[str, Any]]:
        return [{"bytes": png(n), "path": f"{n}.png"} for n in range(count)]

    def test_of_hugging_face(self, folder: Path) -> None:
        self.write(folder / "0.parquet", {"image": self.images(8), "label": [0, 1] * 4}, ["dog", "cat"])
        opened = open_images(str(folder), CONFIG, class_names=("dog", "cat"), classes=2)
        assert opened.reference.labels == (0, 1) * 4
        contents = b"".join(hashlib.sha256(png(n)).digest() for n in range(8))
        assert opened.reference.digest == hashlib.sha256(contents).hexdigest()
        assert opened.reference.paths[3] == "0.parquet/00000003"

    def test_numbers_and_bare_bytes(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("vitprune.images.KEPT_BYTES", 0)
        self.write(folder / "0.parquet", {"image": [png(n) for n in range(5)], "label": [10, 2, 2, 0, 1]})
        opened = open_images(str(folder / "0.parquet"), CONFIG, classes=11)
        assert opened.reference.labels == (10, 2, 2, 0, 1)
        assert sum(map(len, opened.batches(2, Job()))) == 5

    def test_secret_labels_are_none(self, folder: Path) -> None:
        self.write(folder / "0.parquet", {"image": self.images(2), "label": [-1, -1]}, ["dog", "cat"])
        assert open_images(str(folder), CONFIG).reference.labels == ()

    def test_a_path_is_not_followed(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.png").write_bytes(png(0))
        rows = [{"bytes": None, "path": str(tmp_path / "secret.png")}, *self.images(1)]
        self.write(folder / "0.parquet", {"image": rows})
        reference = open_images(str(folder), CONFIG).reference
        assert reference.paths == ("0.parquet/00000001",)
        assert "no image" in reference.skipped[0].reason

    def test_a_group_is_no_larger_than_allowed(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(image_tables, "LARGEST_GROUP", 1000)
        self.write(folder / "0.parquet", {"image": self.images(2)})
        with pytest.raises(DatasetEmpty, match="row group"):
            open_images(str(folder), CONFIG)

    def test_damage_anywhere_is_told(self, folder: Path) -> None:
        self.write(folder / "0.parquet", {"image": self.images(8), "label": [0, 1] * 4}, ["dog", "cat"])
        whole = (folder / "0.parquet").read_bytes()
        generator = np.random.default_rng(0)
        for _ in range(40):
            mutant = bytearray(whole)
            for at in generator.integers(0, len(whole), 8):
                mutant[at] = int(generator.integers(0, 256))
            (folder / "0.parquet").write_bytes(mutant)
            with contextlib.suppress(DatasetEmpty, DatasetNotFound):
                reference = open_images(str(folder), CONFIG).reference
                assert reference.images + len(reference.skipped) >= 1

    def test_other_tables(self, folder: Path) -> None:
        self.write(folder / "0.parquet", {"text": ["a", "b"]})
        with pytest.raises(DatasetNotFound, match="no column of images"):
            open_images(str(folder / "0.parquet"), CONFIG)


def test_what_reads_tables_is_an_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_tables, "find_spec", lambda _: None)
    (folder / "0.parquet").write_bytes(b"PAR1")
    with pytest.raises(ExtraMissing, match=r"vitprune\[parquet\]"):
        open_images(str(folder), CONFIG)


class TestListings:
    """What a large folder holds is not looked for twice, unless something has changed."""

    @pytest.fixture
    def large(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(image_sources, "MANY", 4)
        for kind in ("cat", "dog"):
            (folder / kind).mkdir()
            for number in range(3):
                (folder / kind / f"{number}.png").write_bytes(png(number))
        old(folder, folder / "cat", folder / "dog")
        return folder

    @pytest.fixture
    def scans(self, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        done: list[Path] = []
        scan = image_sources.scan
        monkeypatch.setattr(image_sources, "scan", lambda root, job: (done.append(root), scan(root, job))[1])
        return done

    def test_an_unchanged_folder_is_not_scanned_again(self, large: Path, scans: list[Path]) -> None:
        first = open_images(str(large), CONFIG, images=2, seed=1).reference
        assert open_images(str(large), CONFIG, images=2, seed=1).reference == first
        assert scans == [large]
        (file,) = image_listings.folder().iterdir()
        assert json.loads(file.read_text())["files"]["image"][0] == "cat/0.png"

    def test_a_new_file_and_a_lost_one_are_seen(self, large: Path, scans: list[Path]) -> None:
        open_images(str(large), CONFIG)
        (large / "dog" / "3.png").write_bytes(png(3))
        assert open_images(str(large), CONFIG).reference.images == 7
        old(large / "dog")
        (large / "cat" / "0.png").unlink()
        assert open_images(str(large), CONFIG).reference.images == 6
        assert len(scans) == 3

    def test_what_changed_just_now_is_looked_at_again(self, large: Path, scans: list[Path]) -> None:
        """Within one tick of the clock of a file system a second change leaves no trace."""
        (large / "dog" / "3.png").write_bytes(png(3))
        open_images(str(large), CONFIG)
        open_images(str(large), CONFIG)
        assert len(scans) == 2

    def test_files_are_read_and_not_believed(self, large: Path) -> None:
        open_images(str(large), CONFIG)
        (large / "cat" / "0.png").write_bytes(b"no image any more")  # the folder looks as before
        assert [row.path for row in open_images(str(large), CONFIG).reference.skipped] == ["cat/0.png"]

    @pytest.mark.parametrize(
        "content", ["", "[]", "{", "null", '{"files": 3}', '{"changed": {}, "files": {"image": ["../x.png"]}}']
    )
    def test_a_damaged_listing_is_as_none(self, large: Path, scans: list[Path], content: str) -> None:
        first = open_images(str(large), CONFIG).reference
        (file,) = image_listings.folder().iterdir()
        file.write_text(content)
        assert open_images(str(large), CONFIG).reference == first
        assert len(scans) == 2

    def test_a_listing_that_leads_out_of_the_folder_is_as_none(self, large: Path, scans: list[Path]) -> None:
        (large.parent / "secret.png").write_bytes(png(9))
        open_images(str(large), CONFIG)
        (file,) = image_listings.folder().iterdir()
        held = json.loads(file.read_text())
        held["files"]["image"][0] = "cat/../../secret.png"
        file.write_text(json.dumps(held))
        assert "cat/0.png" in open_images(str(large), CONFIG).reference.paths
        assert len(scans) == 2

    def test_a_cache_that_cannot_be_written_is_no_failure(self, large: Path, tmp_path: Path) -> None:
        (tmp_path / "config").write_text("a file where the folder should be")
        assert open_images(str(large), CONFIG).reference.images == 6

    def test_small_folders_leave_nothing(self, folder: Path) -> None:
        (folder / "a.png").write_bytes(png(0))
        old(folder)
        open_images(str(folder), CONFIG)
        assert not image_listings.folder().exists()

    def test_only_the_latest_are_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(image_listings, "MOST", 2)
        for number in range(4):
            image_listings.remember(tmp_path / str(number), {"files": {}})
            (newest,) = [f for f in image_listings.folder().iterdir() if str(tmp_path / str(number)) in f.read_text()]
            os.utime(newest, (number, number))
        assert [bool(image_listings.recall(tmp_path / str(n))) for n in range(4)] == [False, False, True, True]


def test_a_scan_stops_in_the_middle_of_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_files, "EACH", 10)
    for number in range(50):
        (folder / f"{number}.png").touch()
    seen: list[Progress] = []
    stop = threading.Event()

    def report(progress: Progress) -> None:
        seen.append(progress)
        stop.set()

    with pytest.raises(Cancelled):
        open_images(str(folder), CONFIG, job=Job(report, stop))
    assert [(one.stage, one.done) for one in seen] == [("Looking for images", 10)]


class TestAhead:
    def test_gives_all_in_order(self) -> None:
        def work(number: int) -> int:
            time.sleep(0.002 * (number % 3))
            return number * number

        assert list(in_order(work, range(50), Job())) == [number * number for number in range(50)]

    def test_works_on_no_more_than_was_said(self) -> None:
        begun: list[int] = []
        results = in_order(lambda number: begun.append(number), range(1000), Job(), ahead=20)
        next(results)
        time.sleep(0.1)
        assert len(begun) <= 22
        results.close()

    def test_an_error_comes_in_its_turn(self) -> None:
        def work(number: int) -> float:
            return 1 / (3 - number)

        results = in_order(work, range(9), Job())
        assert [next(results) for _ in range(3)] == [1 / 3, 1 / 2, 1.0]
        with pytest.raises(ZeroDivisionError):
            next(results)

    def test_a_cancel_does_not_wait_for_a_drive(self) -> None:
        job, answer = Job(), threading.Event()
        threading.Timer(0.1, job.stop.set).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            list(in_order(lambda _: answer.wait(20), range(4), job))
        assert time.monotonic() - began < 5
        answer.set()

    def test_leaves_the_threads_of_torch_alone(self) -> None:
        before = torch.get_num_threads()
        seen = list(in_order(lambda _: torch.get_num_threads(), range(4), Job()))
        assert seen == [1] * 4
        later: list[int] = []
        thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert (torch.get_num_threads(), later) == (before, [before])
