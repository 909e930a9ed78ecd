"""What comes from outside is damaged, hostile or missing: nothing is run, nothing hangs, every failure has a name."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from vitprune.errors import (
    HubOffline,
    HubRefused,
    ModelNotFound,
    RecipeInvalid,
    VitPruneError,
    WeightsUnreadable,
    WeightsUnsafe,
)
from vitprune.images import open_images
from vitprune.jobs import Job
from vitprune.loading import LoadedModel, open_model

NAME = "vit_tiny_patch16_224"
ARGS: dict[str, Any] = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 3}
CONFIG: dict[str, Any] = {
    "input_size": (3, 32, 32),
    "interpolation": "bicubic",
    "mean": (0.5,) * 3,
    "std": (0.5,) * 3,
    "crop_pct": 0.9,
    "crop_mode": "center",
}


def opened(path: Path) -> LoadedModel:
    return open_model(str(path), architecture=NAME, model_args=ARGS)


def tiny() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return timm.create_model(NAME, num_classes=5, **ARGS).state_dict()


# Pickles that run `touch CANARY` when they are unpickled, written opcode by opcode.
def short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text.encode())]) + text.encode()


def long(text: str) -> bytes:
    return b"X" + len(text.encode()).to_bytes(4, "little") + text.encode()


def python(command: str) -> bytes:
    return short(f"import os; os.system({command!r})")


PAYLOADS: dict[str, Callable[[str], bytes]] = {
    "protocol 0": lambda command: b"cos\nsystem\n(S'" + command.encode() + b"'\ntR.",
    "protocol 0, INST": lambda command: b"(S'" + command.encode() + b"'\nios\nsystem\n.",
    "protocol 2": lambda command: b"\x80\x02cposix\nsystem\n" + long(command) + b"\x85R.",
    "protocol 4": lambda command: b"\x80\x04" + short("os") + short("system") + b"\x93" + short(command) + b"\x85R.",
    "protocol 4, framed": lambda command: (
        b"\x80\x04\x95\xff\0\0\0\0\0\0\0" + short("builtins") + short("exec") + b"\x93" + python(command) + b"\x85R."
    ),
    "in a state dict": lambda command: b"\x80\x02}" + long("weight") + b"cos\nsystem\n" + long(command) + b"\x85Rs.",
    "behind torch": lambda command: b"\x80\x02ctorch.serialization\nos.system\n" + long(command) + b"\x85R.",
}


def as_raw(payload: bytes, path: Path) -> None:
    path.write_bytes(payload)


def as_archive(payload: bytes, path: Path) -> None:
    """A file that torch.save wrote, its pickle replaced."""
    buffer = io.BytesIO()
    torch.save(tiny(), buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, payload if entry.filename.endswith("data.pkl") else old.read(entry))


def as_legacy(payload: bytes, path: Path) -> None:
    """The row of pickles that old versions of torch wrote, the last one replaced."""
    buffer = io.BytesIO()
    torch.save({}, buffer, _use_new_zipfile_serialization=False)
    content = buffer.getvalue()
    path.write_bytes(content[: content.rindex(b"\x80\x02", 0, content.rindex(b"}"))] + payload)


class TestPickles:
    @pytest.mark.parametrize("suffix", ["pth", "pt", "bin"])
    @pytest.mark.parametrize("wrap", [as_raw, as_archive, as_legacy])
    @pytest.mark.parametrize("kind", PAYLOADS)
    def test_nothing_in_it_is_run(self, tmp_path: Path, kind: str, wrap: object, suffix: str) -> None:
        canary = tmp_path / "canary"
        payload = PAYLOADS[kind](f"touch {canary}")
        wrap(payload, tmp_path / f"w.{suffix}")  # pyright: ignore[reportCallIssue]
        with pytest.raises(WeightsUnsafe) as caught:
            opened(tmp_path / f"w.{suffix}")
        assert not canary.exists()
        assert "system" in caught.value.message or "exec" in caught.value.message
        assert "safetensors" in caught.value.hint

    def test_the_payloads_are_real(self, tmp_path: Path) -> None:
        """A canary that no unpickling can reach would prove nothing."""
        for number, (kind, make) in enumerate(PAYLOADS.items()):
            if kind == "behind torch":
                continue  # that way in needs protocol 4
            canary = tmp_path / f"canary{number}"
            payload = make(f"touch {canary}")
            script = f"import pickle; pickle.loads({payload!r} + b'\\0' * 256)"
            subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
            assert canary.exists(), kind

    def test_a_whole_model_is_refused_by_name(self, tmp_path: Path) -> None:
        torch.save(torch.nn.Linear(2, 2), tmp_path / "w.pth")
        with pytest.raises(WeightsUnsafe, match="Linear"):
            opened(tmp_path / "w.pth")

    @pytest.mark.filterwarnings("ignore")  # the format is deprecated: files of it remain
    def test_torchscript_is_refused(self, tmp_path: Path) -> None:
        torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), str(tmp_path / "w.pt"))  # pyright: ignore
        with pytest.raises(WeightsUnsafe, match="TorchScript"):
            opened(tmp_path / "w.pt")

    def test_no_environment_variable_opens_the_door(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
        canary = tmp_path / "canary"
        as_archive(PAYLOADS["protocol 2"](f"touch {canary}"), tmp_path / "w.pth")
        with pytest.raises(WeightsUnsafe):
            opened(tmp_path / "w.pth")
        assert not canary.exists()


class TestDamagedWeights:
    @pytest.mark.parametrize(
        "content", [b"", b"\0", b"hello", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"\x80\x02}.", os.urandom(5000)]
    )
    @pytest.mark.parametrize("suffix", ["pth", "bin", "safetensors"])
    def test_no_weights(self, tmp_path: Path, suffix: str, content: bytes) -> None:
        (tmp_path / f"w.{suffix}").write_bytes(content)
        with pytest.raises(WeightsUnreadable) as caught:
            opened(tmp_path / f"w.{suffix}")
        assert "\n" not in caught.value.message

    @pytest.mark.parametrize("legacy", [True, False])
    def test_truncated(self, tmp_path: Path, legacy: bool) -> None:
        torch.save(tiny(), tmp_path / "w.pth", _use_new_zipfile_serialization=not legacy)
        content = (tmp_path / "w.pth").read_bytes()
        for end in range(0, len(content) - 1, len(content) // 30):
            (tmp_path / "w.pth").write_bytes(content[:end])
            with pytest.raises(WeightsUnreadable):
                opened(tmp_path / "w.pth")

    def test_flipped_bytes_are_named_or_harmless(self, tmp_path: Path) -> None:
        buffer = io.BytesIO()
        torch.save(tiny(), buffer)
        generator = np.random.default_rng(0)
        for _ in range(60):
            content = bytearray(buffer.getvalue())
            for at in generator.integers(0, len(content), 40):
                content[at] ^= int(generator.integers(1, 256))
            (tmp_path / "w.pth").write_bytes(content)
            with contextlib.suppress(VitPruneError):
                opened(tmp_path / "w.pth")

    @pytest.mark.parametrize("value", [{"model": 3}, [1, 2], {"a": "b"}, {}, {3: torch.ones(1)}, torch.ones(3)])
    def test_other_content(self, tmp_path: Path, value: object) -> None:
        torch.save(value, tmp_path / "w.pth")
        with pytest.raises(WeightsUnreadable, match="no tensors"):
            opened(tmp_path / "w.pth")

    def test_a_tensor_that_claims_more_than_it_holds(self, tmp_path: Path) -> None:
        torch.save({**tiny(), "cls_token": torch.zeros(1).expand(2**50)}, tmp_path / "w.pth")
        with pytest.raises(WeightsUnreadable, match="claim"):
            opened(tmp_path / "w.pth")

    def test_an_archive_that_unpacks_to_far_more(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "w.pth", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("w/data.pkl", b"\0" * 50_000_000)
        with pytest.raises(WeightsUnreadable, match="unpacks"):
            opened(tmp_path / "w.pth")

    @pytest.mark.filterwarnings("ignore:Validating sparse")
    def test_sparse(self, tmp_path: Path) -> None:
        torch.save({"norm.weight": torch.ones(4).to_sparse()}, tmp_path / "w.pth")
        with pytest.raises(WeightsUnreadable, match="ordinary"):
            opened(tmp_path / "w.pth")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "w.pth")
        with pytest.raises(ModelNotFound):
            opened(tmp_path / "w.pth")


class TestRecipes:
    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"[]",
            b"null",
            b"\xff\xfe{}",
            b"{" * 100_000,
            b"[" * 100_000,
            b'{"a": ' + b"9" * 10_000 + b"}",
            b'{"format": "vitprune-recipe", "format": "vitprune-recipe"}',
            b'{"format": "vitprune-recipe", "version": NaN}',
            b'{"format": "vitprune-recipe", "version": 1, "architecture": "\\ud800"}',
            b'{"format": "vitprune-recipe", "version": 1, "architecture": "vit_tiny_patch16_224", "model_args": null}',
        ],
    )
    def test_no_recipe(self, tmp_path: Path, text: bytes) -> None:
        (tmp_path / "recipe.json").write_bytes(text)
        save_file(tiny(), tmp_path / "model.safetensors")
        with pytest.raises(RecipeInvalid):
            open_model(str(tmp_path))

    def test_a_program_in_the_folder_is_not_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither the one that comes with every folder, nor one that has the name of a library."""
        folder = tmp_path / "folder"
        folder.mkdir()
        for name in ("model.safetensors", "recipe.json"):
            shutil.copy(str(files("vitprune_resources") / "sample" / name), folder)
        canary = tmp_path / "canary"
        for name in ("rebuild", "__init__", "conftest", "timm", "vitprune"):
            (folder / f"{name}.py").write_text(f"open({str(canary)!r}, 'w').close()\n")
        monkeypatch.chdir(folder)
        assert open_model(str(folder)).architecture.sites
        assert not canary.exists()
        subprocess.run([sys.executable, folder / "rebuild.py"], check=True)
        assert canary.exists()

    def test_it_reaches_no_network_and_no_other_file(self, tmp_path: Path, no_network: list[object]) -> None:
        recipe = {"format": "vitprune-recipe", "version": 1, "architecture": "hf-hub:timm/resnet18.a1_in1k"}
        (tmp_path / "recipe.json").write_text(json.dumps(recipe))
        save_file(tiny(), tmp_path / "model.safetensors")
        with pytest.raises(RecipeInvalid):
            open_model(str(tmp_path))
        assert no_network == []


class Hub(BaseHTTPRequestHandler):
    """Answers every question with one status and one of the hub's error codes."""

    status, code = 404, "EntryNotFound"

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.send_header("X-Error-Code", self.code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


class TestHub:
    @pytest.fixture(autouse=True)
    def empty_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)

    @pytest.fixture
    def hub(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
        handler = type("Answer", (Hub,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.use(monkeypatch, server.server_port)
        yield handler
        server.shutdown()
        thread.join()
        server.server_close()

    def use(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        address = f"http://127.0.0.1:{port}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            address + "/{repo_id}/resolve/{revision}/{filename}",
        )

    @pytest.mark.parametrize(("name", "folder"), [(NAME, "hub"), ("gcvit_xxtiny.in1k", "torch")])
    def test_no_network(self, tmp_path: Path, no_network: list[object], name: str, folder: str) -> None:
        started = time.monotonic()
        with pytest.raises(HubOffline, match=name) as caught:
            open_model(name)
        assert time.monotonic() - started < 8
        assert no_network
        assert str(tmp_path / folder) in caught.value.message
        assert caught.value.hint

    @pytest.mark.parametrize("name", [NAME, "gcvit_xxtiny.in1k"])
    def test_offline_mode_asks_nobody(
        self, monkeypatch: pytest.MonkeyPatch, no_network: list[object], name: str
    ) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(HubOffline, match=name):
            open_model(name)
        assert no_network == []

    def test_a_hub_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            self.use(monkeypatch, silent.getsockname()[1])
            started = time.monotonic()
            with pytest.raises(HubOffline):
                open_model(NAME)
            assert time.monotonic() - started < 12

    def test_gated(self, hub: type[Hub]) -> None:
        hub.status, hub.code = 403, "GatedRepo"
        with pytest.raises(HubRefused, match=NAME) as caught:
            open_model(NAME)
        assert "licence" in caught.value.hint

    def test_gone(self, hub: type[Hub]) -> None:
        hub.status, hub.code = 404, "RepoNotFound"
        with pytest.raises(HubRefused, match=NAME):
            open_model(NAME)

    def test_empty_repository(self, hub: type[Hub]) -> None:
        with pytest.raises(HubRefused, match="no weights file"):
            open_model(NAME)

    def test_a_hub_in_trouble(self, hub: type[Hub]) -> None:
        hub.status, hub.code = 503, ""
        with pytest.raises(HubOffline, match=NAME):
            open_model(NAME)


def picture(path: Path, size: tuple[int, int] = (40, 40)) -> bytes:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)
    return path.read_bytes()


def reasons(folder: Path) -> dict[str, str]:
    """Why each file beside good.png was not used; good.png has to have been."""
    picture(folder / "good.png")
    opened = open_images(str(folder), CONFIG)
    assert opened.reference.paths == ("good.png",)
    assert sum(len(batch) for batch in opened.batches(4, Job())) == 1
    for row in opened.reference.skipped:
        assert row.reason
        assert "\n" not in row.reason
    return {row.path: row.reason for row in opened.reference.skipped}


def png_of(width: int, height: int) -> bytes:
    """A small file that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


class TestImages:
    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif"])
    def test_truncated(self, tmp_path: Path, suffix: str) -> None:
        content = picture(tmp_path / f"a.{suffix}")
        (tmp_path / f"a.{suffix}").write_bytes(content[: len(content) * 2 // 3])
        assert f"a.{suffix}" in reasons(tmp_path)

    def test_empty_and_text(self, tmp_path: Path) -> None:
        (tmp_path / "empty.png").write_bytes(b"")
        (tmp_path / "text.jpg").write_text("not a picture")
        found = reasons(tmp_path)
        assert found.keys() == {"empty.png", "text.jpg"}
        assert "not an image" in found["text.jpg"]

    def test_formats_that_run_programs_or_old_code_are_not_tried(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
        Image.new("RGB", (9, 9)).save(tmp_path / "b.jpg", format="GIF")
        Image.new("RGB", (9, 9)).save(tmp_path / "c.png", format="PCX")
        assert reasons(tmp_path).keys() == {"a.png", "b.jpg", "c.png"}

    @pytest.mark.parametrize(
        ("width", "height"), [(8000, 8000), (11_000, 11_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)]
    )
    def test_bombs(self, tmp_path: Path, width: int, height: int) -> None:
        (tmp_path / "a.png").write_bytes(png_of(width, height))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in the program: the refusal must not hang on the warning
            assert "pixels" in reasons(tmp_path)["a.png"]

    def test_a_hair_that_resizing_would_blow_up(self, tmp_path: Path) -> None:
        Image.new("RGB", (50_000, 1)).save(tmp_path / "a.png")
        assert "elongated" in reasons(tmp_path)["a.png"]

    def test_too_many_bytes(self, tmp_path: Path) -> None:
        with (tmp_path / "a.png").open("wb") as file:
            file.truncate(65 * 1024**2)
        assert "64" in reasons(tmp_path)["a.png"]

    def test_mutants(self, tmp_path: Path) -> None:
        """Damage anywhere gives an image or a row, and never anything else."""
        generator = np.random.default_rng(1)
        count = 0
        for suffix in ("png", "jpg", "webp", "bmp", "tif"):
            content = picture(tmp_path / f"a.{suffix}", (16, 16))
            (tmp_path / f"a.{suffix}").unlink()
            for _ in range(50):
                mutant = bytearray(content)
                for at in generator.integers(0, len(mutant), 6):
                    mutant[at] = int(generator.integers(0, 256))
                (tmp_path / f"{count:03}.{suffix}").write_bytes(mutant)
                count += 1
        picture(tmp_path / "good.png")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = open_images(str(tmp_path), CONFIG)
        assert len(opened) + len(opened.reference.skipped) == count + 1
        assert len(opened.reference.skipped) > 50
        assert all(torch.isfinite(batch).all() for batch in opened.batches(16, Job()))


@pytest.mark.skipif(sys.platform == "win32", reason="links and odd names of POSIX")
class TestFolders:
    def test_links_in_a_circle(self, tmp_path: Path) -> None:
        (tmp_path / "cat").mkdir()
        picture(tmp_path / "cat" / "a.png")
        (tmp_path / "cat" / "again").symlink_to(tmp_path)
        (tmp_path / "cat" / "b.png").symlink_to("b.png")
        reference = open_images(str(tmp_path), CONFIG).reference
        assert reference.paths == ("cat/a.png",)
        assert {row.path for row in reference.skipped} == {"cat/again", "cat/b.png"}

    def test_pipes_and_dangling_links(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        (tmp_path / "link.png").symlink_to("nowhere.png")
        assert reasons(tmp_path).keys() == {"pipe.png", "link.png"}

    def test_a_file_that_may_not_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Injected, because nothing is forbidden to root."""
        read = Path.read_bytes

        def refuse(path: Path) -> bytes:
            if path.name == "a.png":
                raise PermissionError(13, "Permission denied")
            return read(path)

        picture(tmp_path / "a.png")
        monkeypatch.setattr(Path, "read_bytes", refuse)
        picture(tmp_path / "good.png")
        (row,) = open_images(str(tmp_path), CONFIG).reference.skipped
        assert (row.path, row.reason) == ("a.png", "Permission denied")

    def test_a_folder_that_may_not_be_listed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        scandir = os.scandir

        def refuse(path: str) -> Any:
            if Path(path).name == "secret":
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        for name in ("cat", "secret"):
            (tmp_path / name).mkdir()
            picture(tmp_path / name / "a.png")
        monkeypatch.setattr(os, "scandir", refuse)
        reference = open_images(str(tmp_path), CONFIG).reference
        assert reference.paths == ("cat/a.png",)
        assert reference.class_names == ("cat", "secret")
        assert [(row.path, row.reason) for row in reference.skipped] == [("secret", "Permission denied")]

    def test_names(self, tmp_path: Path) -> None:
        names = [b"\xff\xfe.png", "é\n😀.png".encode(), b"a b%20..png", b"x" * 251 + b".png"]
        content = picture(tmp_path / "z.png")
        for name in names:
            with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
                file.write(content)
        opened = open_images(str(tmp_path), CONFIG)
        assert opened.reference.skipped == ()
        assert len(opened) == 5
        json.loads(json.dumps(opened.reference.paths).encode("utf-8"))
        assert all(path.encode("utf-8") for path in opened.reference.paths)
        assert "\\xff\\xfe.png" in opened.reference.paths
