"""A hub on this machine, as far as a download asks: HEAD with commit and etag, GET with ranges. It can be slow, break
off, and stop in the middle."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMIT = "c" * 40
NAME = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"
FILE = f"timm/{NAME}/model.safetensors"
CONTENT = os.urandom(1 << 19)
_PIECE = 1 << 14


@dataclass
class HubServer:
    """`files` by their path REPOSITORY/FILE. `rate` is in bytes a second; `cut_after` closes the line once and
    `always_cut` every time after so many bytes; `stall_after` sends no more, and keeps the line open."""

    files: dict[str, bytes] = field(default_factory=dict)
    rate: float | None = None
    cut_after: int | None = None
    always_cut: bool = False
    stall_after: int | None = None
    status: int = 200
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and range of each request."""
    address: str = ""
    open: threading.Event = field(default_factory=threading.Event)

    def content(self, path: str) -> bytes | None:
        repository, _, rest = path.strip("/").partition("/resolve/")
        return self.files.get(f"{repository}/{rest.partition('/')[2]}") if rest else self.files.get(path.strip("/"))


@contextmanager
def serving() -> Iterator[HubServer]:
    hub = HubServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            asked = self.headers.get("Range", "")
            hub.asked.append((self.command, self.path, asked))
            content = hub.content(self.path)
            if content is None or hub.status != 200:
                self.send_response(404 if content is None else hub.status)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
            self.send_response(206 if asked else 200)
            self.send_header("ETag", f'"{len(content)}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Accept-Ranges", "bytes")
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            if body:
                self._send(content, start)

        def _send(self, content: bytes, start: int) -> None:
            for at in range(start, len(content), _PIECE):
                if hub.cut_after is not None and at >= hub.cut_after:
                    hub.cut_after = hub.cut_after if hub.always_cut else None
                    self.close_connection = True
                    return
                if hub.stall_after is not None and at >= hub.stall_after:
                    hub.open.wait(30)
                    self.close_connection = True
                    return
                try:
                    self.wfile.write(content[at : at + _PIECE])
                except OSError:
                    self.close_connection = True
                    return
                if hub.rate:
                    time.sleep(_PIECE / hub.rate)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        hub.open.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def hub_of(folder: Path) -> Iterator[HubServer]:
    """Has `FILE`, and is the only hub that there is; what is downloaded goes to this folder."""
    with serving() as server, pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HF_HUB_OFFLINE", "HF_HUB_CACHE"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        patch.setenv("HF_HOME", str(folder))
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        patch.setenv("HF_ENDPOINT", server.address)
        server.files[FILE] = CONTENT
        yield server
