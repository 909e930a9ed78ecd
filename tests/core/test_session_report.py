"""The report of one session: its figures are those of the session, and its page loads nothing."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from tests.core.session_examples import session as example
from vitprune import cli, document, session_report, sessions
from vitprune.plan import PruningPlan
from vitprune.results import Session
from vitprune.session_findings import Findings, commands, figures, left_out, plan_file
from vitprune.statistics import Estimate


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
    text = document.html(session_report.report(Findings(session), "run.vitprune.h5"))
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert not {"script", "iframe", "link", "object", "embed"} & set(page.tags)
    assert page.tags.count("svg") >= 3
    assert "url(" not in text
    assert "@import" not in text


def test_figures_are_those_of_the_session(session: Session) -> None:
    found = figures(Findings(session))
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
    found = figures(Findings(session))["evaluations"]
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
    cells = Page(document.html(session_report.report(Findings(session)))).cells
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
    pages = {
        document.html(session_report.report(Findings(one), "run.vitprune.h5")) for one in (session, loaded, loaded)
    }
    assert len(pages) == 1


def test_a_session_in_which_nothing_is_measured_has_a_page(session: Session) -> None:
    bare = Session(session.model, session.architecture, session.plan, session.environment, session.created)
    text = " ".join(Page(document.html(session_report.report(Findings(bare)))).cells)
    assert "takes 1 of" in text
    assert figures(Findings(bare))["evaluations"] == []


def read(session: Session) -> dict[str, argparse.Namespace]:
    """The commands as the command line reads them, by verb."""
    found: dict[str, argparse.Namespace] = {}
    for line in commands(session):
        program, *arguments = shlex.split(line)
        assert program == "vitprune"
        args = cli.parser().parse_args(arguments)
        found[args.verb] = args
    return found


ARGS = {"num_classes": 3, "drop": 0.5, "qkv_bias": True, "pool": "avg", "flag": "true", "none": None, "empty": ""}


@pytest.mark.parametrize(
    ("source", "architecture", "said"),
    [
        ("vit_small_patch16_224.augreg_in21k_ft_in1k", None, True),
        ("/models/vit.PTH", "vit_small_patch16_224", True),
        ("C:\\models\\vit.safetensors", "vit_small_patch16_224", True),
        ("/models/exported", None, False),
        ("sample", None, False),
    ],
)
def test_the_commands_do_the_same_again(session: Session, source: str, architecture: str | None, said: bool) -> None:
    fast = replace(session.evaluations[1], precision="bf16")
    session = replace(
        session,
        model=replace(session.model, source=source, model_args=ARGS),
        environment=replace(session.environment, precision="bf16"),
        evaluations=(fast,),
    )
    found = read(session)
    assert list(found) == ["analyze", "evaluate", "verify", "export", "report"]
    for verb in ("analyze", "evaluate", "verify", "export"):
        args = found[verb]
        assert (args.model, args.architecture) == (source, architecture)
        assert args.model_args == (ARGS if said else {})
        assert args.class_names == (session.model.class_names if said else ())
    assert found["analyze"].precision == found["evaluate"].precision == "bf16"
    assert session.data is not None
    assert session.scores is not None
    assert (found["analyze"].images, found["analyze"].seed) == (session.data.images, session.data.seed)
    assert (found["evaluate"].images, found["evaluate"].seed) == (fast.data.images, fast.data.seed)
    assert {table.partition("@")[0] for table in session.scores} == set(found["analyze"].metrics)
    assert left_out(session) == []
    usual = replace(session, environment=replace(session.environment, precision="fp32"))
    assert read(usual)["analyze"].precision == "fp32"


def test_what_no_command_can_repeat_is_said(session: Session) -> None:
    assert session.scores is not None
    half = replace(session.scores, asked_images=2 * session.scores.images)
    stopped = replace(session, scores=half)
    assert "analyze" not in read(stopped)
    assert "evaluate" in read(stopped)
    assert [f"{half.images:,} of {2 * half.images:,} images" in text for text in left_out(stopped)] == [True, False]
    assert "img_size, nested" in left_out(stopped)[1]
    cells = Page(document.html(session_report.report(Findings(stopped)))).cells
    assert set(left_out(stopped)) <= set(cells)
    assert figures(Findings(stopped))["not_by_command"] == left_out(stopped)
    commas = replace(
        session, model=replace(session.model, model_args={"pool": "a,b"}, class_names=("tench, Tinca", "b"))
    )
    assert "pool, class_names" in left_out(commas)[0]
    assert read(commas)["analyze"].class_names == ()


def test_the_plan_file_says_what_its_repairs_were_fitted_to(session: Session) -> None:
    assert plan_file(session) == session.plan.to_json()
    repaired = replace(session, plan=session.evaluations[2].plan)
    assert session.data is not None
    assert PruningPlan.from_json(plan_file(repaired), session.architecture) == repaired.plan
    told = plan_file(repaired)["made"]["calibration"]
    assert (told["source"], told["images"], told["seed"]) == ("photos", session.data.images, session.data.seed)
    assert read(repaired)["evaluate"].calibration is None
    fitted = session.evaluations[2]
    assert fitted.repair is not None
    elsewhere = replace(fitted, repair=replace(fitted.repair, digest="d" * 64))
    unknown = replace(repaired, evaluations=(elsewhere,))
    assert "made" not in plan_file(unknown)
    assert "--calibration" in left_out(unknown)[-1]


def test_what_is_shown_is_the_newest(session: Session) -> None:
    """Of two sets of images the later one, though the earlier one was begun first."""
    dense, pruned, repaired = session.evaluations
    assert session.data is not None
    first = [replace(one, data=session.data, per_image=repaired.per_image) for one in (dense, pruned)]
    found = Findings(replace(session, evaluations=(first[0], dense, pruned, first[1])))
    assert [len(group) for group in found.groups] == [2, 2]
    assert found.shown is not None
    assert found.shown.evaluation is first[1]
    assert found.shown.dense is first[0]
    assert found.of(pruned) is not None
    assert found.of(dense) is None
    found = Findings(replace(session, evaluations=(first[0], dense, first[1], pruned)))
    assert found.shown is not None
    assert found.shown.evaluation is pruned


def test_the_dense_model_at_a_glance_is_the_one_compared_with(session: Session) -> None:
    dense, pruned, _ = session.evaluations
    assert session.data is not None
    other = replace(dense, data=session.data, top1=Estimate(0.125, 0.1, 0.15, 600))
    page = session_report.report(Findings(replace(session, evaluations=(dense, pruned, other))))
    glance = " ".join(part for part in page.sections[0].parts if isinstance(part, str))
    assert dense.top1 is not None
    assert f"Dense model: top-1 accuracy {100 * dense.top1.value:.1f} %" in glance
    alone = session_report.report(Findings(replace(session, evaluations=(dense, other))))
    assert "12.5 %" in " ".join(part for part in alone.sections[0].parts if isinstance(part, str))


def test_tables_say_on_what_they_were_measured(session: Session) -> None:
    fast = [replace(one, precision="bf16") for one in session.evaluations[:2]]
    mixed = replace(session, evaluations=(*session.evaluations, *fast))
    assert [told["precision"] for told in figures(Findings(mixed))["evaluations"]] == ["fp32"] * 3 + ["bf16"] * 2
    page = session_report.report(Findings(mixed))
    for title in ("What each plan is worth", "Paired tests against the dense model"):
        parts = next(one.parts for one in page.sections if one.title == title)
        before = [str(a) for a, b in pairwise(parts) if isinstance(b, document.Table)]
        assert sum("from test (seed 7), in fp32" in text for text in before) == 1
        assert sum("from test (seed 7), in bf16" in text for text in before) == 1
        assert all(text.startswith("On ") for text in before)


def test_plans_are_numbered_without_gaps(session: Session) -> None:
    dense, pruned, repaired = session.evaluations
    again = replace(pruned, data=repaired.data)
    found = Findings(replace(session, evaluations=(dense, pruned, again, repaired), plan=dense.plan))
    assert [found.name(one.plan) for one in (dense, pruned, again, repaired)] == ["dense", "plan 1", "plan 1", "plan 2"]


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
    expected = document.html(session_report.report(Findings(session), "run.vitprune.h5"))
    assert (tmp_path / "page.html").read_text("utf-8") == expected
