"""A folder of sessions as a list: what each line says follows from the session, and what is no session says why."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lineups import made
from PIL import Image

from vitprune import __version__, sessions
from vitprune.cli import main
from vitprune.errors import SessionNotFound
from vitprune.jobs import Cancelled, Job, Progress
from vitprune.listing import Line, scan
from vitprune.listing_memory import recall, remember
from vitprune.pictures import folder_of, thumbnail
from vitprune.plan import PruningPlan
from vitprune.results import Trial
from vitprune.sessions import door


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions, one of them of a study; one cut short, one changed, one that is none; and one further down."""
    root = tmp_path_factory.mktemp("runs")
    first = made(1, right=0.7)
    plan = PruningPlan.of(first.architecture, {"blocks.0.mlp": "linear", "blocks.2.attn": "linear"})
    second = made(2, removed=("blocks.0.mlp", "blocks.2.attn"), action="linear")
    second = replace(second, trials=(Trial("cosine", "sublayer", 2, "linear", plan, 0.1),))
    sessions.save(first, root / "B.vitprune.h5")
    sessions.save(second, root / "a.vitprune.h5")
    whole = (root / "B.vitprune.h5").read_bytes()
    (root / "cut.vitprune.h5").write_bytes(whole[: len(whole) // 2])
    assert b"2026-01-02T" in whole
    (root / "changed.vitprune.h5").write_bytes(whole.replace(b"2026-01-02T", b"2026-01-09T"))
    (root / "other.h5").write_text("no session")
    (root / ".hidden.h5").write_text("a save that was stopped")
    (root / "notes.txt").write_text("none either")
    (root / "deeper").mkdir()
    sessions.save(made(3), root / "deeper" / "c.vitprune.h5")
    return root


def test_every_file_has_its_line_and_a_damaged_one_says_why(folder: Path) -> None:
    lines = {line.path.name: line for line in scan(folder)}
    assert list(lines) == ["a.vitprune.h5", "B.vitprune.h5", "changed.vitprune.h5", "cut.vitprune.h5", "other.h5"]
    assert {name: line.code for name, line in lines.items() if line.summary is None} == {
        "changed.vitprune.h5": "SESSION_CHECKSUM",
        "cut.vitprune.h5": "SESSION_TRUNCATED",
        "other.h5": "SESSION_UNREADABLE",
    }
    for line in lines.values():
        assert line.bytes == line.path.stat().st_size
        assert (line.summary is None) == bool(line.reason)


def test_a_line_says_what_the_session_holds(folder: Path) -> None:
    found = {line.path.name: line.summary for line in scan(folder) if line.summary}
    session = sessions.load(folder / "a.vitprune.h5")
    pruned, line = session.evaluations[1], found["a.vitprune.h5"]
    assert line.quality is not None
    assert line.measure is not None
    hits = pruned.predictions == np.array(pruned.data.labels)
    assert (line.measure.name, line.quality.value, line.quality.n) == ("top1", hits.mean(), len(hits))
    assert line.quality.low < hits.mean() < line.quality.high
    assert line.latency is not None
    assert line.latency.median_ms == np.median(pruned.latency.samples_ms)  # pyright: ignore[reportOptionalMemberAccess]
    assert (line.removed, line.branches, line.repair, line.method) == (2, 8, "linear", "cosine")
    assert (line.data, line.images, line.created) == ("photos", 120, "2026-01-03T00:00:00+00:00")
    assert (found["B.vitprune.h5"].method, found["B.vitprune.h5"].repair) == ("", "")


def test_folders_in_it_are_listed_on_request(folder: Path) -> None:
    assert [line.path.name for line in scan(folder, deep=True)][-1] == "c.vitprune.h5"


def test_what_is_known_is_not_read_again_and_what_changed_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.vitprune.h5", "B.vitprune.h5"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    before = scan(tmp_path)
    asked: list[Path] = []
    load = sessions.load
    monkeypatch.setattr(sessions, "load", lambda path: asked.append(path) or load(path))
    known = {line.stamp: line for line in before}
    assert scan(tmp_path, known=known) == before
    assert asked == []
    os.utime(tmp_path / "a.vitprune.h5", ns=(1, 1))
    scan(tmp_path, known=known)
    assert asked == [tmp_path / "a.vitprune.h5"]


def test_a_line_that_opening_kills_does_not_end_the_list(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.vitprune.h5", "B.vitprune.h5"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    monkeypatch.setattr(door, "MEMORY", 1)  # too little to do anything with
    lines = scan(tmp_path)
    assert [line.summary is None for line in lines] == [True, True]
    assert {line.code for line in lines} <= {"SESSION_TOO_LARGE", "SESSION_CRASHED"}
    monkeypatch.undo()
    assert all(line.summary for line in scan(tmp_path))


def test_what_was_listed_is_remembered_to_the_last_digit(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "deep" / "sessions.json"
    lines = scan(folder)
    remember(memory, lines)
    held = recall(memory)
    assert set(held) == {line.stamp for line in lines if line.settled}
    assert "other.h5" not in {Path(stamp[0]).name for stamp in held}  # it may be one once it can be read
    for line in lines:
        if line.settled:
            assert repr(held[line.stamp]) == repr(line)
            if line.summary and line.summary.latency:
                found = held[line.stamp].summary
                assert found is not None
                assert found.latency is not None
                assert np.array_equal(found.latency.samples_ms, line.summary.latency.samples_ms)
                assert not found.latency.samples_ms.flags.writeable
    assert [path.name for path in memory.parent.iterdir()] == ["sessions.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', "null", "[" * 100_000])
def test_a_damaged_memory_is_no_memory(folder: Path, tmp_path: Path, text: str) -> None:
    memory = tmp_path / "sessions.json"
    memory.write_text(text)
    assert recall(memory) == {}
    remember(memory, scan(folder))
    whole = memory.read_text()
    assert recall(memory)
    memory.write_text(whole.replace('"lines"', '"line"'))
    assert recall(memory) == {}
    memory.write_text(whole.replace(f'"version": "{__version__}"', '"version": "0.0"'))
    assert recall(memory) == {}
    memory.unlink()
    memory.mkdir()
    remember(memory, scan(folder))  # a folder in its place
    assert recall(memory) == {}


def test_what_may_have_another_reason_is_read_again(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.vitprune.h5"
    path.write_bytes((folder / "a.vitprune.h5").read_bytes())
    refused = Line(path, path.stat().st_size, path.stat().st_mtime_ns, None, "SESSION_UNREADABLE", "Not allowed.")
    [line] = scan(tmp_path, known={refused.stamp: refused})
    assert line.summary is not None


def test_it_tells_as_it_goes_and_stops_when_asked(folder: Path) -> None:
    told: list[tuple[Line, ...]] = []
    seen: list[Progress] = []
    whole = scan(folder, tell=told.append, job=Job(seen.append))
    assert told == [whole[:count] for count in range(1, len(whole) + 1)]
    assert [(p.done, p.total) for p in seen if p.total] == [(count, len(whole)) for count in range(1, len(whole) + 1)]
    job = Job()
    with pytest.raises(Cancelled):
        scan(folder, job=job, tell=lambda _: job.stop.set())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vitprune-list")]


def test_a_folder_that_is_none_says_so(folder: Path) -> None:
    for path in (folder / "nowhere", folder / "other.h5"):
        with pytest.raises(SessionNotFound, match="cannot be listed"):
            scan(path)


def test_the_verb_says_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sessions", str(folder), "--deep", "--json"])
    assert not ended.value.code
    answer = json.loads(capsys.readouterr().out)
    lines = scan(folder, deep=True)
    assert [one["path"] for one in answer["sessions"]] == [str(line.path) for line in lines]
    for one, line in zip(answer["sessions"], lines, strict=True):
        if line.summary is None:
            assert (one["code"], one["message"]) == (line.code, line.reason)
        else:
            assert line.summary.quality is not None
            assert one["quality"] == line.summary.quality.to_json()
            assert one["removed"] == line.summary.removed
    with pytest.raises(SystemExit):
        main(["sessions", str(folder)])
    told = capsys.readouterr().out
    assert "2 of 5 session files" in told
    assert "cut.vitprune.h5: " in told
    assert "SESSION_TRUNCATED" in told
    session = sessions.load(folder / "B.vitprune.h5")
    top1 = session.evaluations[1].top1
    assert top1 is not None
    assert f"top1 {100 * top1.value:.1f} % ({100 * top1.low:.1f} to {100 * top1.high:.1f})" in told


def test_a_folder_that_cannot_be_listed_is_a_mistake_of_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sessions", str(tmp_path / "gone")])
    assert ended.value.code == 2
    assert "cannot be listed" in capsys.readouterr().err


def test_a_thumbnail_is_the_image_made_smaller(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    Image.new("RGB", (300, 100), (200, 30, 10)).save(tmp_path / "bag" / "1.png")
    assert folder_of(str(tmp_path), ["bag/1.png"]) == tmp_path
    pixels = thumbnail(tmp_path, "bag/1.png", 60)
    assert pixels is not None
    assert pixels.shape == (20, 60, 3)
    assert (pixels == (200, 30, 10)).all()


def test_a_name_leads_nowhere_else(tmp_path: Path) -> None:
    """Names come from a session file, which may be anybody's."""
    inside = tmp_path / "images"
    inside.mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    os.mkfifo(inside / "pipe.png")
    (inside / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing else")
    for name in ("../secret.png", str(tmp_path / "secret.png"), "a/../../secret.png", "pipe.png", "torn.png", "",
                 "none.png", "..\\secret.png", "C:secret.png", "nul\0.png"):  # fmt: skip
        assert thumbnail(inside, name, 32) is None, name
    for source in ("//server/share", "\\\\server\\share", "images", str(tmp_path / "gone"), "nul\0"):
        assert folder_of(source, ["a.png"]) is None, source


def test_the_images_of_the_sample_are_found_in_the_folder_that_has_them() -> None:
    from importlib.resources import files

    for purpose in ("test", "calibration"):
        root = Path(str(files("vitprune_resources") / "sample" / purpose))
        names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*.png"))[:200]]
        assert folder_of("sample", names) == root
