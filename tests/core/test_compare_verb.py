"""`vitprune compare`: saved sessions side by side, on a terminal, as JSON and as a page."""

from __future__ import annotations

import base64
import io
import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from lineups import made
from PIL import Image

from vitprune import sessions, workflow
from vitprune.cli import main
from vitprune.document import html, plain, printable
from vitprune.lineup import line_up
from vitprune.lineup_figures import figures
from vitprune.lineup_report import report, summary
from vitprune.offline import compare
from vitprune.results import Thumbnails

Run = Callable[..., tuple[int, str, str]]
HOSTILE = "<script>alert(1)</script>\"'&\u202e`|*\x07\udcff ]]> --> https://evil.example/x.png"
PAGE = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "figure", "figcaption"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = PAGE | TABLE | {"svg", "g", "path", "text", "circle", "rect", "polyline"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit status, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["compare", *map(str, arguments)])
        output = capsys.readouterr()
        assert isinstance(stop.value.code, int)
        return stop.value.code, output.out, output.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs of one model, one of another on other images, a damaged file."""
    runs = {
        "a": made(0),
        "b": made(1, removed=("blocks.1.attn", "blocks.2.mlp"), action="linear", right=0.6),
        "c": made(2, 90, blocks=6, digest="e" * 64, batch_size=4),
    }
    for name, session in runs.items():
        sessions.save(session, tmp_path / f"{name}.vitprune.h5")
    content = bytearray((tmp_path / "a.vitprune.h5").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "damaged.vitprune.h5").write_bytes(content)
    return tmp_path


def files(folder: Path, *names: str) -> list[Path]:
    return [folder / f"{name}.vitprune.h5" for name in names]


def test_json_text_and_page_have_the_figures_of_the_value(folder: Path, run: Run, tmp_path: Path) -> None:
    paths, page = files(folder, "a", "b", "c"), tmp_path / "r.html"
    status, output, _ = run(*paths, "--json", "--html", page)
    assert status == 0
    answer = json.loads(output)
    found = compare(paths)
    expected = json.loads(json.dumps(_without_nan(figures(found.lineup))))
    assert {key: answer[key] for key in expected} == expected
    assert answer["files"] == {path.name.split(".")[0]: str(path) for path in paths}
    assert (answer["left_out"], answer["report"]) == ([], str(page))

    status, text, _ = run(*paths)
    assert status == 0
    page_text = _text(page.read_text("utf-8"))
    for name, against in found.lineup.against.items():
        contrasts = against.contrasts
        assert contrasts is not None
        assert contrasts.main is not None
        difference = contrasts.main.difference
        shown = f"{100 * difference.value:+.1f} pp ({100 * difference.low:+.1f} to {100 * difference.high:+.1f})"
        for written in (text, page_text):
            assert shown in written
            assert contrasts.why in " ".join(written.split())
            assert name in written
    flips = found.lineup.against["b"].worse
    assert flips
    assert all(flip.path in page_text for flip in flips[:50])
    assert "batch size 4 and not 8" in text
    assert "by relative depth" in text


def test_the_baseline_is_a_number_a_name_or_a_path(folder: Path, run: Run) -> None:
    paths = files(folder, "a", "b")
    for baseline in ("2", "b", str(paths[1])):
        status, output, _ = run(*paths, "--baseline", baseline, "--json")
        assert status == 0
        assert json.loads(output)["baseline"] == "b"
    status, output, error = run(*paths, "--baseline", "3", "--json")
    assert status == 2
    assert json.loads(output)["error"]["code"] == "ARGUMENT_INVALID"
    assert "from 1 to 2, or: a, b" in error


def test_the_margin_and_the_scores_are_heard(folder: Path, run: Run) -> None:
    paths = files(folder, "a", "b")
    one = json.loads(run(*paths, "--margin", "0.5", "--scores", "norm_ratio", "--json")[1])
    assert one["scores"] == ["norm_ratio"]
    assert one["against"][0]["contrasts"]["measures"]["top1"]["equivalence"]["equivalent"]
    assert run(*paths, "--margin", "0")[0] == 2
    status, _, error = run(*paths, "--scores", "taylor")
    assert status == 2
    assert "No two of the sessions have scores called taylor" in error


def test_a_damaged_file_is_named_and_left_out(folder: Path, run: Run) -> None:
    bad = folder / "damaged.vitprune.h5"
    status, output, _ = run(bad, *files(folder, "a", "b"), "--json")
    assert status == 0
    answer = json.loads(output)
    assert answer["baseline"] == "a"
    assert [one["path"] for one in answer["left_out"]] == [str(bad)]
    assert answer["left_out"][0]["code"].startswith("SESSION_")
    text = run(bad, *files(folder, "a", "b"), "--html", folder / "r.html")[1]
    assert f"Left out: {bad}" in text
    assert str(bad) in _text((folder / "r.html").read_text("utf-8"))
    status, _, error = run(bad, *files(folder, "a", "b"), "--baseline", "damaged")
    assert status == 2
    assert str(bad) in error
    status, _, error = run(bad, *files(folder, "a"))
    assert status == 2
    assert str(bad) in error


def test_too_few_sessions_are_a_mistake(folder: Path, run: Run) -> None:
    status, _, error = run(*files(folder, "a"))
    assert status == 2
    assert "at least two session files" in error
    status, _, error = run(*files(folder, "a", "absent"))
    assert status == 2
    assert "SESSION_NOT_FOUND" in error


def test_sessions_of_one_name_are_told_apart_by_their_folders(folder: Path) -> None:
    (folder / "old").mkdir()
    copy = folder / "old" / "a.vitprune.h5"
    copy.write_bytes((folder / "a.vitprune.h5").read_bytes())
    found = compare([folder / "a.vitprune.h5", copy, copy])
    assert list(found.files) == [f"{folder.name}/a", "old/a", "old/a (2)"]
    assert all(one.contrasts and one.contrasts.main for one in found.lineup.against.values())


def test_the_page_loads_nothing_and_is_well_formed(folder: Path) -> None:
    found = compare(files(folder, "a", "b", "c"))
    page = html(report(found.lineup, found.files))
    tree = ElementTree.fromstring(page)
    tags = {element.tag for element in tree.iter()}
    assert tags <= TAGS
    for element in tree.iter():
        assert not {"src", "href", "style"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)
    assert "url(" not in page
    assert "@import" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "prefers-color-scheme: dark" in page
    titles = [heading.text for heading in tree.iter("h2")]
    assert titles[0] == "At a glance"
    assert {"Time", "Frontier of all sessions", "Scores over depth", "Classes", "How to reproduce"} <= set(titles)
    for drawing in tree.iter("svg"):
        assert drawing.attrib["aria-label"]
        assert not any("nan" in value for part in drawing.iter() for value in part.attrib.values())


def test_the_page_shows_the_pictures_that_a_session_holds() -> None:
    """As another program decodes them."""
    a, b = made(0), made(1, removed=("blocks.1.attn", "blocks.2.mlp"), right=0.6)
    found = line_up({"a": a, "b": b})
    worse = [flip.path for flip in found.against["b"].worse]
    assert worse
    data = a.evaluations[-1].data
    pixels = np.random.default_rng(0).integers(0, 256, (len(worse), 8, 8, 3), np.uint8)
    held = replace(b, thumbnails=Thumbnails(data.digest, tuple(worse), pixels))
    page = html(report(line_up({"a": a, "b": held})))
    images = list(ElementTree.fromstring(page).iter("img"))
    assert len(images) == len(worse)
    for image, wanted in zip(images, pixels, strict=True):
        kind, _, text = image.attrib["src"].partition(",")
        assert kind == "data:image/png;base64"
        shown = Image.open(io.BytesIO(base64.b64decode(text)))
        np.testing.assert_array_equal(np.asarray(shown), wanted)
        assert image.attrib["alt"]
    others = replace(b, thumbnails=Thumbnails("0" * 64, tuple(worse), pixels))
    assert "<img" not in html(report(line_up({"a": a, "b": others})))


def test_hostile_text_is_shown_and_does_nothing() -> None:
    a = made(0)
    evaluation = a.evaluations[-1]
    data = replace(
        evaluation.data, source=HOSTILE, paths=tuple(f"{HOSTILE}{i}" for i in range(a.evaluations[0].images))
    )
    data = replace(data, class_names=(HOSTILE, "b", "c", "d"))
    evil = replace(
        a,
        model=replace(a.model, source=HOSTILE, architecture=HOSTILE, class_names=(HOSTILE,)),
        environment=replace(a.environment, processor=HOSTILE),
        evaluations=tuple(replace(one, data=data) for one in a.evaluations),
    )
    other = made(1, right=0.5)
    other = replace(other, evaluations=tuple(replace(one, data=data) for one in other.evaluations))
    found = line_up({HOSTILE: evil, "b": other})
    assert found.against["b"].worse
    page, text = html(report(found, {"b": Path(HOSTILE)})), plain(summary(found))
    page.encode("utf-8")
    text.encode("utf-8")
    assert "script" not in {element.tag for element in ElementTree.fromstring(page).iter()}
    assert "<script>alert(1)</script>" in _text(page)
    for written in (page, text):
        assert "\u202e" not in written
        assert "\x07" not in written


def test_no_figure_is_missing_where_little_was_measured() -> None:
    """Only scores, of one image, in models of other depths."""
    one = replace(made(0, 1), evaluations=())
    other = replace(made(1, 1, blocks=6), evaluations=())
    found = line_up({"a": one, "b": other})
    assert all(math.isnan(ranks.kendall.low) for ranks in found.against["b"].ranks)
    text, page = plain(summary(found)), html(report(found))
    ElementTree.fromstring(page)
    assert "Nothing was evaluated." in text
    json.dumps(_without_nan(figures(found)), allow_nan=False)


def test_the_window_has_the_same_function() -> None:
    assert workflow.compare is compare


def test_it_runs_without_torch(folder: Path) -> None:
    """torch, timm, torchvision and Pillow cannot be imported, and it works."""
    code = (
        "import sys\n"
        "for name in ('torch', 'timm', 'torchvision', 'PIL', 'PySide6'): sys.modules[name] = None\n"
        "from vitprune.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, "compare", *map(str, files(folder, "a", "b"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "b against a (paired)" in done.stdout


def _text(page: str) -> str:
    return " ".join("".join(ElementTree.fromstring(page).itertext()).split())


def _without_nan(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _without_nan(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_nan(item) for item in value]
    return value


def test_what_a_terminal_obeys_is_written_out_and_lines_are_kept() -> None:
    written = printable("a\x1b[31m\n b\u00a0\u3000\u202e\t\u2028\udcffü")
    assert written == "a\\x1b[31m\n b\u00a0\u3000\\u202e\\t\\u2028\\udcffü"
