"""Downloads from a hub on this machine that behaves as badly as a network does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.hub_server import CONTENT, NAME, HubServer, hub_of
from vitprune.downloads import download
from vitprune.errors import DiskFull, HubOffline, HubRefused, SaveDenied
from vitprune.hub import Weights
from vitprune.jobs import Cancelled, Job, Progress

WEIGHTS = Weights(f"timm/{NAME}")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with hub_of(tmp_path) as server:
        yield server


def job(stop_at: int | None = None) -> tuple[Job, list[Progress], list[float]]:
    """A job, its reports, and when it was stopped: once so many bytes were here."""
    stop, reports, stopped = threading.Event(), list[Progress](), list[float]()

    def note(progress: Progress) -> None:
        reports.append(progress)
        if stop_at is not None and progress.done >= stop_at and not stopped:
            stopped.append(time.monotonic())
            stop.set()

    return Job(note, stop), reports, stopped


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 1000]


def test_what_arrives_is_what_the_hub_has_and_is_reported_on_the_way(hub: HubServer) -> None:
    hub.rate = 1e6
    watched, reports, _ = job()
    path = download(NAME, WEIGHTS, watched)
    assert path.read_bytes() == CONTENT
    done = [report.done for report in reports if report.stage == "Downloading"]
    assert len(done) > 3
    assert done == sorted(done)
    assert done[-1] == len(CONTENT)
    assert {(report.total, report.unit) for report in reports if report.done} == {(len(CONTENT), "bytes")}
    asked = len(hub.asked)
    assert download(NAME, WEIGHTS) == path
    assert len(hub.asked) == asked, "what is here is not asked for"


def test_a_cancel_ends_it_within_a_second_and_leaves_nothing(hub: HubServer, tmp_path: Path) -> None:
    hub.rate = 2e5
    watched, _, stopped = job(stop_at=50_000)
    with pytest.raises(Cancelled):
        download(NAME, WEIGHTS, watched)
    assert time.monotonic() - stopped[0] < 1
    assert files(tmp_path) == []
    hub.rate = None
    assert download(NAME, WEIGHTS).read_bytes() == CONTENT


def test_a_dead_line_can_be_cancelled(hub: HubServer, tmp_path: Path) -> None:
    hub.stall_after = 200_000
    watched, _, stopped = job(stop_at=1)
    with pytest.raises(Cancelled):
        download(NAME, WEIGHTS, watched)
    assert time.monotonic() - stopped[0] < 1
    assert files(tmp_path) == []


def test_a_line_that_breaks_is_taken_up_where_it_broke(hub: HubServer) -> None:
    hub.cut_after = 200_000
    path = download(NAME, WEIGHTS)
    assert path.read_bytes() == CONTENT
    ranges = [asked for method, path, asked in hub.asked if method == "GET" and path.endswith("model.safetensors")]
    assert ranges[0] == ""
    assert 0 < int(ranges[1].removeprefix("bytes=").rstrip("-")) <= 200_000 + (1 << 16)


def test_a_file_with_an_address_only(hub: HubServer, tmp_path: Path) -> None:
    hub.files["weights/gcvit.pth"] = CONTENT
    watched, reports, _ = job()
    path = download("gcvit", Weights(url=f"{hub.address}/weights/gcvit.pth"), watched)
    assert path == tmp_path / "torch" / "hub" / "checkpoints" / "gcvit.pth"
    assert path.read_bytes() == CONTENT
    assert reports[-1].done == len(CONTENT)


@pytest.mark.parametrize("weights", ["hub", "address"])
def test_a_line_that_stays_broken_is_a_named_error(hub: HubServer, tmp_path: Path, weights: str) -> None:
    hub.cut_after, hub.always_cut = 100_000, True
    hub.files["weights/gcvit.pth"] = CONTENT
    chosen = WEIGHTS if weights == "hub" else Weights(url=f"{hub.address}/weights/gcvit.pth")
    with pytest.raises(HubOffline, match=r"broke off after 0\.1 MB") as caught:
        download(NAME, chosen)
    assert caught.value.hint
    assert files(tmp_path) == []


def test_nobody_listens(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
    started = time.monotonic()
    with pytest.raises(HubOffline, match=NAME) as caught:
        download(NAME, WEIGHTS)
    assert time.monotonic() - started < 8
    assert "network" in caught.value.hint


def test_offline_mode_asks_nobody(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubOffline, match=NAME):
        download(NAME, WEIGHTS)
    assert hub.asked == []


def test_a_repository_without_weights(hub: HubServer) -> None:
    hub.files.clear()
    with pytest.raises(HubRefused, match="no weights file"):
        download(NAME, WEIGHTS)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may do everything is denied nothing")
def test_a_folder_that_cannot_be_written(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir(mode=0o500)
    with pytest.raises(SaveDenied, match=str(tmp_path)):
        download(NAME, WEIGHTS)


def test_a_file_where_the_cache_should_be(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "hub").write_bytes(b"")
    with pytest.raises(SaveDenied, match=str(tmp_path)):
        download(NAME, WEIGHTS)


@pytest.mark.skipif(os.name == "nt", reason="has no such limits")
@pytest.mark.parametrize("weights", ["hub", "address"])
def test_a_file_that_does_not_fit_is_a_named_error(hub: HubServer, tmp_path: Path, weights: str) -> None:
    """The process that downloads inherits the limit, beyond which a write fails as on a full drive."""
    import resource

    hub.files["weights/gcvit.pth"] = CONTENT
    chosen = WEIGHTS if weights == "hub" else Weights(url=f"{hub.address}/weights/gcvit.pth")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(DiskFull, match="no room") as caught:
            download(NAME, chosen)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "HF_HOME" in caught.value.hint
    assert files(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="looks for processes as Linux has them")
def test_the_download_ends_with_whoever_asked_for_it(hub: HubServer, tmp_path: Path) -> None:
    import psutil

    hub.stall_after = 200_000
    code = (
        "from vitprune.downloads import download; from vitprune.hub import Weights; "
        f"download({NAME!r}, Weights('timm/{NAME}'))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        while not any(method == "GET" and "resolve" in path for method, path, _ in hub.asked):
            time.sleep(0.02)
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
        psutil.wait_procs([child], timeout=5)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert files(tmp_path) == []
