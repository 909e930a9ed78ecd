"""The report of one session: its figures are those of the session, and its page loads nothing."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from session_examples import session as example

from vitprune import cli, document, session_report, sessions
from vitprune.results import Session
from vitprune.session_findings import commands, figures


@pytest.fixture(scope="module")
def session() -> Session:
    return example()


class Page(HTMLParser):
    """What a page would fetch or run, its tags, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href", "action", "data") and not (value or "").startswith("data:image/"):
                self.fetched.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def test_the_page_is_whole_and_loads_nothing(session: Session) -> None:
    text = document.html(session_report.report(session, "run.vitprune.h5"))
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert not {"script", "iframe", "link", "object", "embed"} & set(page.tags)
    assert page.tags.count("svg") >= 3
    assert "url(" not in text
    assert "@import" not in text


def test_figures_are_those_of_the_session(session: Session) -> None:
    found = figures(session)
    assert session.scores is not None
    for table, sites in found["scores"].items():
        for site, told in sites.items():
            values = session.scores[table][site].per_image
            assert told["mean"] == pytest.approx(float(np.mean(values)), nan_ok=True)
            expected = float(np.std(values, ddof=1) / np.sqrt(len(values)))
            assert told["standard_error"] == pytest.approx(expected, nan_ok=True)
    assert len(found["evaluations"]) == len(session.evaluations)
    for told, evaluation in zip(found["evaluations"], session.evaluations, strict=True):
        hits = evaluation.per_image["top1"]
        assert told["measures"]["top1"]["value"] == pytest.approx(float(np.mean(hits)))
        assert told["measures"]["top1"]["n"] == evaluation.images == len(hits)
        assert evaluation.latency is not None
        assert told["latency_ms"] == pytest.approx(float(np.median(evaluation.latency.samples_ms)))


def test_tests_are_paired_with_the_dense_model(session: Session) -> None:
    found = figures(session)["evaluations"]
    tested = 0
    for told, evaluation in zip(found, session.evaluations, strict=True):
        alike = (e for e in session.evaluations if not len(e.plan) and e.data.digest == evaluation.data.digest)
        dense = next(alike, None)
        if dense is None or evaluation is dense:
            assert told["against_dense"] is None
            continue
        tested += 1
        before, after = dense.per_image["top1"] > 0, evaluation.per_image["top1"] > 0
        lost, gained = int(np.sum(before & ~after)), int(np.sum(after & ~before))
        against = told["against_dense"]
        assert against["difference"]["value"] == pytest.approx((gained - lost) / len(before))
        p = binomtest(min(lost, gained), lost + gained, 0.5).pvalue if lost + gained else 1.0
        assert against["p"] == pytest.approx(p)
        assert against["p_adjusted"] >= against["p"]
    assert tested


def test_the_page_says_the_figures(session: Session) -> None:
    cells = Page(document.html(session_report.report(session))).cells
    text = " ".join(cells)
    assert session.model.weights_sha256 in text
    assert session.data is not None
    assert session.data.digest in text
    dense = next(e for e in session.evaluations if not len(e.plan))
    assert dense.top1 is not None
    assert f"{100 * dense.top1.value:.1f} % ({100 * dense.top1.low:.1f} to {100 * dense.top1.high:.1f})" in text
    plan = next(json.loads(cell) for cell in cells if cell.startswith('{"architecture"'))
    assert plan == session.plan.to_json()


def test_a_saved_session_gives_the_same_page(session: Session, tmp_path: Path) -> None:
    sessions.save(session, tmp_path / "run.vitprune.h5")
    loaded = sessions.load(tmp_path / "run.vitprune.h5")
    pages = {document.html(session_report.report(one, "run.vitprune.h5")) for one in (session, loaded, loaded)}
    assert len(pages) == 1


def test_a_session_in_which_nothing_is_measured_has_a_page(session: Session) -> None:
    bare = Session(session.model, session.architecture, session.plan, session.environment, session.created)
    text = " ".join(Page(document.html(session_report.report(bare))).cells)
    assert "takes 1 of" in text
    assert figures(bare)["evaluations"] == []


def test_the_commands_are_ones_that_the_command_line_reads(session: Session) -> None:
    plain = replace(session, model=replace(session.model, source="/models/vit.pth", model_args={"num_classes": 3}))
    for line in (*commands(session), *commands(plain)):
        program, *arguments = shlex.split(line)
        assert program == "vitprune"
        cli.parser().parse_args(arguments)


def test_the_verb_writes_the_page_without_torch(session: Session, tmp_path: Path) -> None:
    sessions.save(session, tmp_path / "run.vitprune.h5")
    code = (
        "import sys\nfrom vitprune import cli\ntry:\n    cli.main(sys.argv[1:])\nexcept SystemExit as end:\n"
        "    assert not end.code, end.code\nassert 'torch' not in sys.modules\n"
    )
    arguments = ["report", str(tmp_path / "run.vitprune.h5"), "-o", str(tmp_path / "page.html"), "--json"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["model"]["weights_sha256"] == session.model.weights_sha256
    expected = document.html(session_report.report(session, "run.vitprune.h5"))
    assert (tmp_path / "page.html").read_text("utf-8") == expected
