"""The study does each thing once, goes on where it stopped, and says what an independent computation says."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_models import shallow_sample

from tests.core.session_examples import difference
from vitprune import agreement, document, findings, report, sessions, workflow
from vitprune.architecture import Architecture, Kind, Site
from vitprune.cli import main
from vitprune.errors import ArgumentInvalid, SaveFailed, SessionChanged
from vitprune.images import ImageSet
from vitprune.jobs import Cancelled, Compute, Job, Progress
from vitprune.lab import Lab
from vitprune.loading import LoadedModel
from vitprune.plan import PruningPlan
from vitprune.results import Activations, Session
from vitprune.scores import Score, Scores
from vitprune.study import file_for, open_sets, study

COMPUTE = Compute("cpu", 16, 1)
ASKED: dict[str, Any] = {
    "methods": ("cosine", "cosine-consecutive", "depth"),
    "removed": (2, 4),
    "repairs": ("none", "mean"),
    "compute": COMPUTE,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shallow_sample(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def model(source: Path) -> LoadedModel:
    return workflow.open_model(str(source))


@pytest.fixture(scope="module")
def images(model: LoadedModel) -> tuple[ImageSet, ImageSet]:
    return open_sets(model, "sample", images=12, job=Job())


@pytest.fixture(scope="module")
def whole(model: LoadedModel, images: tuple[ImageSet, ImageSet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "whole.vitprune.h5"
    study(model, *images, path, **ASKED)
    return path


def timeless(session: Session) -> Session:
    """The session without when it was made, how long that took, and in how many parts."""
    return replace(
        session,
        created="",
        seconds=0.0,
        log=(),
        trials=tuple(replace(trial, seconds=0.0) for trial in session.trials),
        evaluations=tuple(replace(evaluation, created="") for evaluation in session.evaluations),
    )


def test_every_cell_is_there_and_equal_plans_are_measured_once(whole: Path) -> None:
    session = sessions.load(whole)
    cells = {(trial.method, trial.removed, trial.repair) for trial in session.trials}
    assert cells == {(m, r, repair) for m in ASKED["methods"] for r in (2, 4) for repair in ("none", "mean")}
    assert len(session.trials) == len(cells)
    plans = {trial.plan for trial in session.trials}
    assert {evaluation.plan for evaluation in session.evaluations if len(evaluation.plan)} == plans
    assert len(session.evaluations) == len(plans) + 1
    assert session.study is not None
    assert session.data is not None
    for evaluation in session.evaluations:
        assert evaluation.data == session.study.test
        assert (evaluation.repair is not None) == evaluation.plan.needs_calibration
        assert evaluation.repair is None or evaluation.repair.digest == session.data.digest
    for trial in session.trials:
        assert len(trial.plan.removed_branches(session.architecture)) == trial.removed


def test_an_evaluation_is_what_the_verb_says_of_that_plan(whole: Path, model: LoadedModel, images: Any) -> None:
    session = sessions.load(whole)
    calibration, test = images
    assert not set(calibration.reference.paths) & set(test.reference.paths) or calibration is not test
    trial = next(t for t in session.trials if (t.method, t.removed, t.repair) == ("cosine", 4, "mean"))
    alone = workflow.evaluate(model, test, trial.plan, calibration=calibration, compute=COMPUTE)[-1]
    kept = next(evaluation for evaluation in session.evaluations if evaluation.plan == trial.plan)
    assert kept.params == alone.params
    np.testing.assert_allclose(kept.per_image["kl"], alone.per_image["kl"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("stop_at", ["Repairing each site", "Choosing sites", "Measuring plans"])
def test_a_study_that_was_stopped_goes_on_to_the_same_result(
    stop_at: str, whole: Path, model: LoadedModel, images: tuple[ImageSet, ImageSet], tmp_path: Path
) -> None:
    path, stop = tmp_path / "a.vitprune.h5", threading.Event()
    seen: list[int] = []

    def report_(progress: Progress) -> None:
        if progress.stage == stop_at:
            seen.append(progress.done)
            later = progress.done > 0 if stop_at == "Choosing sites" else progress.done >= progress.total // 2
            if later and progress.total:
                stop.set()

    with pytest.raises(Cancelled):
        study(model, *images, path, **ASKED, job=Job(report_, stop))
    half, done = sessions.load(path), sessions.load(whole)
    assert len(half.evaluations) < len(done.evaluations)
    assert half.log == ()
    assert bool(half.trials) is (stop_at != "Repairing each site")
    assert half.scores is not None
    assert "damage" in half.scores
    went_on: list[str] = []
    again = study(model, *images, path, **ASKED, job=Job(lambda progress: went_on.append(progress.stage)))
    assert "Analysing" not in went_on
    assert [entry.what for entry in sessions.load(path).log] == ["Study of 12 trials"]
    assert difference(timeless(sessions.load(path)), timeless(done)) == ""
    assert difference(timeless(again), timeless(replace(done, activations=None))) == ""


def test_what_another_program_saves_meanwhile_is_not_overwritten(
    model: LoadedModel, images: tuple[ImageSet, ImageSet], tmp_path: Path
) -> None:
    path = tmp_path / "a.vitprune.h5"
    others: list[bytes] = []

    def report_(progress: Progress) -> None:
        if progress.stage == "Choosing sites" and not others:
            sessions.save(replace(sessions.load(path), created="by somebody else"), path)
            others.append(path.read_bytes())

    with pytest.raises(SessionChanged):
        study(model, *images, path, **ASKED, job=Job(report_))
    assert [path.read_bytes()] == others


def test_a_study_that_goes_on_keeps_activations(
    model: LoadedModel, images: tuple[ImageSet, ImageSet], whole: Path, tmp_path: Path
) -> None:
    path, session = tmp_path / "a.vitprune.h5", sessions.load(whole)
    kept = {"blocks.0": np.zeros((session.data.images if session.data else 0, 2, 3), np.float16)}
    half = replace(session, trials=session.trials[:4], activations=Activations((0, 1), kept))
    sessions.save(half, path)
    study(model, *images, path, **ASKED)
    again = sessions.load(path)
    assert len(again.trials) == 12
    found = sessions.activations(path)
    assert found is not None
    assert found.sites == ("blocks.0",)


def test_a_finished_study_is_left_as_it_is(whole: Path, model: LoadedModel, images: tuple[ImageSet, ImageSet]) -> None:
    before = whole.read_bytes()
    study(model, *images, whole, **ASKED)
    assert whole.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"methods": ("cosine",)}, "methods"),
        ({"removed": (2, 5)}, "removed"),
        ({"repairs": ("none",)}, "repairs"),
        ({"target": "stream"}, "target"),
    ],
)
def test_another_study_does_not_go_on_in_this_file(
    change: dict[str, Any], says: str, whole: Path, model: LoadedModel, images: tuple[ImageSet, ImageSet]
) -> None:
    before = whole.read_bytes()
    with pytest.raises(ArgumentInvalid, match=rf"other inputs \({says}\)"):
        study(model, *images, whole, **(ASKED | change))
    with pytest.raises(ArgumentInvalid, match="test images"):
        study(model, images[0], images[1].halves()[0], whole, **ASKED)
    assert whole.read_bytes() == before


@pytest.mark.parametrize(
    "change", [{"methods": ("magic",)}, {"repairs": ("glue",)}, {"removed": (0,)}, {"removed": (1.5,)}, {"removed": ()}]
)
def test_what_is_no_study_is_refused(
    change: dict[str, Any], model: LoadedModel, images: tuple[ImageSet, ImageSet], tmp_path: Path
) -> None:
    with pytest.raises(ArgumentInvalid):
        study(model, *images, tmp_path / "a.vitprune.h5", **(ASKED | change))
    assert list(tmp_path.iterdir()) == []


def scored(whole: Path, path: Path, **asked: Any) -> None:
    """The beginning of another study of the same images: what is scored need not be scored again."""
    session = sessions.load(whole)
    assert session.study is not None
    sessions.save(replace(session, study=replace(session.study, **asked), trials=(), evaluations=()), path)


def test_no_budget_removes_what_is_protected(
    whole: Path, model: LoadedModel, images: tuple[ImageSet, ImageSet], tmp_path: Path
) -> None:
    """The rest goes as if the protected sites were none of those that can go."""
    architecture, path, protect = model.architecture, tmp_path / "protected.h5", ("blocks.1.mlp", "blocks.3")
    stays = {"blocks.1", "blocks.1.mlp", "blocks.3", "blocks.3.attn", "blocks.3.mlp"}
    free = [one.id for one in architecture.prunable if one.kind is not Kind.BLOCK and one.id not in stays]
    asked: dict[str, Any] = {"methods": ("cosine", "greedy"), "removed": (1, 2, len(free)), "repairs": ("none",)}
    ranking: dict[str, Any] = {**asked, "methods": ("cosine",)}
    scored(whole, path, **ranking, protected=protect)
    everything = study(model, *images, path, **ASKED | ranking, protect=protect[::-1])
    assert everything.trials[-1].plan.sites == set(free)
    with pytest.raises(ArgumentInvalid, match="protected"):
        study(model, *images, path, **ASKED | ranking)
    with pytest.raises(ArgumentInvalid, match=f"of {len(free)} sites"):
        study(model, *images, path, **{**ASKED, "removed": (len(free) + 1,)}, protect=protect)

    path = tmp_path / "searched.h5"
    asked["removed"] = (1, 2)
    scored(whole, path, **asked, protected=protect)
    session = study(model, *images, path, **ASKED | asked, protect=protect)
    assert sessions.load(path).study == session.study
    assert session.scores is not None
    means = {name: session.scores["cosine"][name].mean for name in free}
    ranked = sorted(free, key=lambda name: -means[name])
    lab = Lab(model.module, images[0].batches(16, Job()))
    chosen: tuple[str, ...] = ()
    for count in (1, 2):
        tried = {one: (*chosen, one) for one in free if one not in chosen}
        damage = {
            one: lab.outcome(PruningPlan.of(architecture, dict.fromkeys(sites, "remove"))).kl.mean()
            for one, sites in tried.items()
        }
        chosen = tried[min(damage, key=lambda one: damage[one])]
        for method, expected in (("cosine", ranked[:count]), ("greedy", chosen)):
            plan = next(t.plan for t in session.trials if (t.method, t.removed) == (method, count))
            assert plan.sites == set(expected), (method, count)


def test_protected_sites_on_the_command_line(
    whole: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = tmp_path / "ends.h5", ("blocks.0", "blocks.4")
    scored(whole, path, methods=("depth",), removed=(1, 2), repairs=("none",), protected=kept)
    words = ("--data", "sample", "--images", "12", "--methods", "depth", "--remove", "1,2", "--repairs", "none")
    machine = ("--device", "cpu", "--batch-size", "16", "--threads", "1")
    with pytest.raises(SystemExit) as ended:
        main(["study", str(source), *words, *machine, "--protect", "ends", "-o", str(path), "--json"])
    (told,) = json.loads(capsys.readouterr().out)["studies"]
    assert ended.value.code == 0
    assert told["protected"] == list(kept)
    assert len(told["trials"]) == 2
    for trial in sessions.load(path).trials:
        assert not {site.rpartition(".")[0] for site in trial.plan.sites} & set(kept)


def test_halves_share_no_image(model: LoadedModel) -> None:
    folder = str(files("vitprune_resources") / "sample" / "test")
    one, other = open_sets(model, folder, images=10, seed=3, job=Job())
    assert (len(one), len(other)) == (10, 10)
    assert not set(one.reference.paths) & set(other.reference.paths)
    assert one.reference.digest != other.reference.digest
    assert all(
        one.reference.class_names[label] in path
        for path, label in zip(one.reference.paths, one.reference.labels, strict=True)
    )
    with pytest.raises(ArgumentInvalid, match="calibration images are the test images"):
        open_sets(model, folder, folder, images=10, job=Job())


# Figures -------------------------------------------------------------------------------------------------------------


def tiny(values: dict[str, np.ndarray]) -> tuple[Scores, Architecture]:
    sites: list[Site] = []
    for depth in range(6):
        sites.append(Site(f"b.{depth}", Kind.BLOCK, depth, 2, 2))
        sites.append(Site(f"b.{depth}.attn", Kind.ATTENTION, depth, 1, 1, f"b.{depth}"))
        sites.append(Site(f"b.{depth}.mlp", Kind.MLP, depth, 1, 1, f"b.{depth}"))
    model = Architecture("m", "f", 12, 12, (3, 8, 8), 4, 2, tuple(sites))
    branches = [site.id for site in sites if site.parent]
    tables = {
        name: {site: Score(row) for site, row in zip(branches, table, strict=True)} for name, table in values.items()
    }
    return Scores(next(iter(values.values())).shape[1], tables), model


def test_agreement_is_what_scipy_says() -> None:
    rng = np.random.default_rng(0)
    damage, cosine = rng.gamma(2, 1, (12, 40)), rng.random((12, 40))
    scores, model = tiny({"cosine": cosine, "norm_ratio": damage * 2, "damage": damage})
    rows = {(row.score, row.granularity): row for row in agreement.agreements(scores, model)}
    found = rows["cosine", "sublayer"]
    assert (found.sites, found.images) == (12, 40)
    predicted, measured = -cosine.mean(axis=1), damage.mean(axis=1)  # a high cosine predicts little damage
    assert found.kendall.value == pytest.approx(stats.kendalltau(predicted, measured)[0])
    assert found.spearman.value == pytest.approx(stats.spearmanr(predicted, measured)[0])
    attention = slice(0, 12, 2)
    value = stats.kendalltau(predicted[attention], measured[attention])[0]
    assert rows["cosine", "attention"].kendall.value == pytest.approx(value)
    assert rows["cosine", "attention"].sites == 6
    assert rows["norm_ratio", "sublayer"].kendall.value == pytest.approx(1)
    assert found.kendall.low <= found.kendall.value <= found.kendall.high
    assert ("cosine", "block") not in rows  # no block has a score here


def test_redundancy_by_depth_is_the_mean_over_sites() -> None:
    damage = np.random.default_rng(1).gamma(2, 1, (12, 30))
    scores, model = tiny({"damage": damage})
    thirds = {(third.kind, third.part): third for third in agreement.by_depth(scores, model)}
    assert len(thirds) == 6
    late = thirds[Kind.MLP, "late"]
    assert late.sites == 2
    assert late.mean.value == pytest.approx(np.mean([damage[9], damage[11]]))
    assert late.mean.low < late.mean.value < late.mean.high


def test_findings_are_paired_and_adjusted(whole: Path) -> None:
    session = sessions.load(whole)
    rows, dense = findings.findings(session), findings.dense_of(session)
    assert dense is not None
    assert len(rows) == len(session.trials)
    for row in rows:
        before, after = dense.per_image["top1"], row.evaluation.per_image["top1"]
        lost, gained = int(((before == 1) & (after == 0)).sum()), int(((before == 0) & (after == 1)).sum())
        p = stats.binomtest(lost, lost + gained).pvalue if lost + gained else 1.0
        assert row.difference.mcnemar is not None
        assert row.difference.mcnemar.p == pytest.approx(p)
        assert row.difference.difference.value == pytest.approx(after.mean() - before.mean())
    distinct = {row.trial.plan: row for row in rows}
    p = [row.difference.mcnemar.p for row in distinct.values() if row.difference.mcnemar]
    adjusted = stats.false_discovery_control(p)
    np.testing.assert_allclose([row.adjusted for row in distinct.values()], adjusted)
    for row in rows:
        rivals = [other for other in rows if other.trial.repair == row.trial.repair]
        beaten = any(
            o.evaluation.macs <= row.evaluation.macs
            and o.value.value >= row.value.value
            and (o.evaluation.macs, o.value.value) != (row.evaluation.macs, row.value.value)
            for o in rivals
        )
        assert row.best == (not beaten)


# Reports -------------------------------------------------------------------------------------------------------------

HOSTILE = "<img src=x onerror=alert(1)>|`*_[x](y)\n# h\u202eevil & \udcff"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_names_are_text_in_both_reports(whole: Path) -> None:
    session = sessions.load(whole)
    assert session.data is not None
    assert session.study is not None
    evil = replace(
        session,
        model=replace(session.model, source=HOSTILE, architecture=HOSTILE),
        data=replace(session.data, source=HOSTILE),
    )
    written = report.report(report.results([evil, session]))
    page, text = document.html(written), document.markdown(written)
    page.encode("utf-8")
    text.encode("utf-8")
    tags = Tags()
    tags.feed(page)
    assert "img" not in tags.seen
    assert not tags.seen & {"script", "link", "iframe", "a", "object"}
    assert not tags.attributes & {"src", "href", "onerror", "onload"}
    assert "<img src=x onerror=alert(1)>" in tags.text
    assert "\u202e" not in page + text
    assert not any(line.startswith("# h") for line in text.splitlines())
    assert "<img" not in text.replace("\\<", "")
    tables = [line for line in text.splitlines() if line.startswith("| model")]
    assert all(line.replace("\\|", "").count("|") == 3 for line in tables)


def test_a_report_is_what_its_file_is_called(tmp_path: Path) -> None:
    written = document.Document("Title \udc80", (document.Section("Part", ("Words.",)),))
    for name, start in (("r.md", "# Title"), ("r.html", "<!DOCTYPE html>"), ("r", "<!DOCTYPE html>")):
        document.write(written, tmp_path / name)
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    with pytest.raises(SaveFailed, match=r"r\.html could not be written"):
        document.write(written, tmp_path / "nowhere" / "r.html")


def test_the_report_holds_every_figure(whole: Path) -> None:
    session = sessions.load(whole)
    (result,) = report.results([session])
    text = document.markdown(report.report([result]))
    for row in result.findings:
        assert f"{row.value.value:.3f} ({row.value.low:.3f} to {row.value.high:.3f})" in text
    for row in result.agreements:
        assert f"{row.kendall.value:.3f} (" in text
    assert session.data is not None
    assert session.data.digest in text
    figures = report.figures(result)
    assert len(figures["trials"]) == len(session.trials)
    assert {row["score"] for row in figures["agreements"]} >= {"cosine", "norm_ratio", "taylor"}
    for row in figures["agreements"]:
        assert row["images"] == session.data.images


def test_a_chart_shows_nothing_that_is_not_a_number() -> None:
    points = (document.Point(1, 2, math.nan, math.nan), document.Point(math.nan, 1), document.Point(3, 2, 1, 3, "x"))
    chart = document.Chart("t", "x", "y", (("a", points), ("b", ())))
    page = document.html(document.Document("d", (document.Section("s", (chart,)),)))
    assert page.count("<title>a") == 2
    assert "nan" not in page
    assert document.html(document.Document("d", (document.Section("s", (replace(chart, series=()),)),)))


# The command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def call(*arguments: object, expect: int = 0) -> Any:
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--json"])
        output = capsys.readouterr()
        assert stop.value.code == expect, output.err
        return json.loads(output.out)

    return call


def test_two_models_share_one_report(run: Callable[..., Any], source: Path, tmp_path: Path) -> None:
    arguments = ["--data", "sample", "-o", tmp_path / "run.vitprune.h5", "--images", 8, "--threads", 1]
    arguments += ["--methods", "cosine,random", "--remove", "2", "--repairs", "none", "--batch-size", 8]
    answer = run("study", source, source, *arguments, "--report", tmp_path / "r.html")
    names = ["run-1-sample.vitprune.h5", "run-2-sample.vitprune.h5"]
    assert [Path(entry["session"]).name for entry in answer["studies"]] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "r.html"])
    assert "All models" in (tmp_path / "r.html").read_text("utf-8")
    trials = answer["studies"][0]["trials"]
    assert {trial["method"] for trial in trials} == {"cosine", "random", "random-2", "random-3"}
    assert all(trial["value"]["interval"][0] <= trial["value"]["value"] for trial in trials)
    mistake = run("study", source, *arguments, "--report", tmp_path / "r.pdf", expect=2)
    assert mistake["error"]["code"] == "ARGUMENT_INVALID"
    mistake = run("study", source, *arguments, "--methods", "magic", expect=2)
    assert "magic" in mistake["error"]["message"]


def test_files_of_several_models_differ() -> None:
    models = ["a/b c.safetensors", "../..", "a/b c.safetensors"]
    found = [file_for(Path("x/run.vitprune.h5"), models, number) for number in range(3)]
    assert len(set(found)) == 3
    assert {path.parent for path in found} == {Path("x")}
    assert found[0].name == "run-1-b-c.safetensors.vitprune.h5"
    assert file_for(Path("x/run.h5"), models[:1], 0) == Path("x/run.h5")


def test_the_settings_of_a_study_are_all_compared() -> None:
    """A field that is added to Study is compared like the others."""
    from vitprune.results import Study

    assert {f.name for f in fields(Study)} == {
        "methods",
        "removed",
        "repairs",
        "granularity",
        "target",
        "test",
        "latency",
        "protected",
    }
