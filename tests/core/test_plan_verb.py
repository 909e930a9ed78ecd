"""`vitprune plan` with methods that go back to the model, and `vitprune analyze` with scores that take more passes."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import shallow_sample

from tests.core.launching import vitprune
from vitprune import sessions, workflow
from vitprune.bench import PASSES
from vitprune.cli import main
from vitprune.errors import ArgumentInvalid
from vitprune.plan import PruningPlan
from vitprune.selection import Budget

Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, expect: int = 0) -> Any:
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--json"])
        output = capsys.readouterr()
        assert stop.value.code == expect, output.err
        return json.loads(output.out)

    return call


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the sample without its middle, on twelve of its images, and both lie elsewhere."""
    folder = tmp_path_factory.mktemp("images")
    source = Path(str(files("vitprune_resources") / "sample"))
    model = shallow_sample(folder).rename(folder / "model")
    shutil.copytree(source / "calibration", folder / "images", ignore=lambda _, names: sorted(names)[30:])
    opened = workflow.open_model(str(model))
    images = workflow.open_images(str(folder / "images"), opened, images=12, seed=5)
    path = folder / "a.vitprune.h5"
    sessions.save(workflow.analyze(opened, images), path)
    return path


def test_everything_is_measured_and_kept(run: Run, session: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.vitprune.h5"
    answer = run(
        "analyze", session.parent / "model", "sample", "--images", 6, "--metrics", "cosine,everything", "-o", file
    )
    for site in answer["sites"]:
        assert site["scores"].keys() >= set(PASSES)
    scores = sessions.load(file).scores
    assert scores is not None
    assert {"norm_ratio", *PASSES} <= set(scores)
    attention = scores["damage_loss"]["blocks.3.attn"]
    assert len(attention.per_image) == 6
    reported = next(site for site in answer["sites"] if site["id"] == "blocks.3.attn")["scores"]["damage_loss"]
    assert reported == {"mean": attention.mean, "standard_error": attention.standard_error}
    # What the session holds is not measured again: no model is opened for it.
    for method, metric in (("loss", "damage_loss"), ("taylor", "taylor")):
        plan = run("plan", file, "-o", tmp_path / "p.json", "--method", method, "--remove", 2)
        blocks = sorted((f"blocks.{i}" for i in range(5)), key=lambda block: scores[metric][block].mean)
        assert plan["made"]["order"] == blocks[:2]


@pytest.mark.parametrize("method", ["cosine-iterative", "sleb", "finercut", "nose", "loss", "taylor", "greedy"])
def test_methods_go_back_to_what_the_session_names(method: str, run: Run, session: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    named = () if method == "greedy" else ("--method", method)  # it is the default
    answer = run("plan", session, "-o", plan, *named, "--remove", 2)
    assert len(answer["sites"]) == 2
    made = json.loads(plan.read_text())["made"]
    data = sessions.load(session).data
    assert data is not None
    assert made["calibration"] == {"source": data.source, "images": 12, "seed": 5, "digest": data.digest}
    assert set(made["order"]) == set(answer["sites"])
    assert (made["method"], made["repair"], made["budget"]) == (method, "none", {"remove": 2})
    assert len(made["values"]) == 2


def test_the_plan_is_the_one_that_python_makes(run: Run, session: Path, tmp_path: Path) -> None:
    answer = run("plan", session, "-o", tmp_path / "p.json", "--method", "nose", "--target", "macs=0.95")
    opened = sessions.load(session)
    model = workflow.reopen(opened)
    images = workflow.reopen_images(opened, model)
    plan = workflow.plan(
        opened.scores, opened.architecture, method="nose", budget=Budget(macs=0.95), model=model, images=images
    )
    assert set(answer["sites"]) == plan.sites
    with pytest.raises(ArgumentInvalid, match="nose tries plans on the model"):
        workflow.plan(opened.scores, opened.architecture, method="nose", budget=Budget(macs=0.95))
    with pytest.raises(ArgumentInvalid, match="nose tries plans on images"):
        workflow.plan(opened.scores, opened.architecture, method="nose", budget=Budget(macs=0.95), model=model)


def test_repairs_and_shares_of_parameters(run: Run, session: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    common = ("plan", session, "-o", plan, "--target", "params=0.7")
    common = (*common, "--method", "cosine")
    bare = run(*common)
    repaired = run(*common, "--repair", "linear", "--fit-to", "model", "--protect", "ends")
    architecture = sessions.load(session).architecture
    for answer in (bare, repaired):
        assert answer["params"] <= 0.7 * architecture.params
    assert set(repaired["actions"].values()) == {"linear"}
    assert len(repaired["sites"]) > len(bare["sites"]), "what stands for a site has parameters too"
    assert not {site.rpartition(".")[0] for site in repaired["sites"]} & {"blocks.0", "blocks.4"}
    read = PruningPlan.from_json(json.loads(plan.read_text()), architecture)
    assert (read.target, read.needs_calibration) == ("model", True)
    assert json.loads(plan.read_text())["made"]["protect"] == ["ends"]


def test_angular_goes_by_what_the_head_reads(run: Run, session: Path, tmp_path: Path) -> None:
    answer = run("plan", session, "-o", tmp_path / "p.json", "--method", "angular", "--remove", 3)
    assert answer["made"]["tokens"] == "pooled"
    first, *_, last = (int(site.rpartition(".")[2]) for site in answer["made"]["order"])
    assert last - first == 2
    scores = sessions.load(session).scores
    assert scores is not None
    angles = scores.angles["cls"].mean
    assert angles[first, first + 3] == np.nanmin([angles[i, i + 3] for i in range(3)])


@pytest.mark.parametrize(("gone", "code"), [("model", "MODEL_NOT_FOUND"), ("images", "DATASET_NOT_FOUND")])
def test_what_is_gone_is_named(gone: str, code: str, run: Run, session: Path, tmp_path: Path) -> None:
    place, away = session.parent / gone, session.parent / "away"
    place.rename(away)
    try:
        error = run("plan", session, "-o", tmp_path / "p.json", "--method", "greedy", "--remove", 1, expect=2)["error"]
        assert error["code"] == code
        assert "greedy" in error["message"]
        assert str(place) in error["message"]
        assert len(run("plan", session, "-o", tmp_path / "p.json", "--method", "cosine", "--remove", 1)["sites"]) == 1
    finally:
        away.rename(place)


def test_images_that_changed_are_not_taken_for_those_of_the_session(run: Run, session: Path, tmp_path: Path) -> None:
    data = sessions.load(session).data
    assert data is not None
    one, two = (Path(data.source) / path for path in data.paths[:2])
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    try:
        error = run("plan", session, "-o", tmp_path / "p.json", "--method", "greedy", "--remove", 1, expect=2)["error"]
        assert error["code"] == "DATASET_CHANGED"
    finally:
        one.write_bytes(content)


def test_methods_of_the_loss_need_labels(run: Run, session: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for number, file in enumerate(sorted((session.parent / "images").rglob("*.*"))[:5]):
        shutil.copy(file, flat / f"{number}{file.suffix}")
    model = session.parent / "model"
    run("analyze", model, flat, "-o", tmp_path / "flat.vitprune.h5", "--metrics", "all")
    for method in ("sleb", "loss", "blockpruner"):
        error = run(
            "plan",
            tmp_path / "flat.vitprune.h5",
            "-o",
            tmp_path / "p.json",
            "--method",
            method,
            "--remove",
            1,
            expect=2,
        )["error"]
        assert error["code"] == "DATASET_LABELS"
    error = run("analyze", model, flat, "-o", tmp_path / "x.h5", "--metrics", "damage_loss", expect=2)["error"]
    assert error["code"] == "DATASET_LABELS"


def test_a_search_that_was_killed_goes_on(run: Run, tmp_path: Path) -> None:
    """With SIGKILL, once its first step is on the disk: the plan is that of a search that nobody disturbed."""
    session = tmp_path / "a.vitprune.h5"
    run("analyze", "sample", "sample", "--images", 12, "--metrics", "cosine", "-o", session)
    wanted = ("--method", "greedy", "--granularity", "attention", "--remove", 3)
    undisturbed = run("plan", session, *wanted, "-o", tmp_path / "undisturbed.json")
    plan = tmp_path / "plan.json"
    unfinished = tmp_path / "plan.json.search"
    process = vitprune("plan", session, *wanted, "-o", plan)
    try:
        while process.is_alive() and not unfinished.exists():
            time.sleep(0.01)
    finally:
        process.kill()
        process.join()
    assert not plan.exists(), "it was through before it could be killed"
    steps = json.loads(unfinished.read_text("utf-8"))["steps"]
    assert steps
    tampered = json.loads(unfinished.read_text("utf-8"))
    tampered["settings"]["weights"] = "f" * 64
    other = tmp_path / "other.json"
    (tmp_path / "other.json.search").write_text(json.dumps(tampered), "utf-8")
    assert run("plan", session, *wanted, "-o", other, expect=2)["error"]["code"] == "ARGUMENT_INVALID"
    answer = run("plan", session, *wanted, "-o", plan)
    assert answer["actions"] == undisturbed["actions"]
    assert answer["made"]["order"] == undisturbed["made"]["order"]
    assert answer["made"]["values"] == undisturbed["made"]["values"]
    assert not unfinished.exists()
