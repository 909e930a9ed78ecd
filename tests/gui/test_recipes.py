"""What a job says of itself, run as it is copied: the command line and the script give what the job gave."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
import tqdm
from safetensors.torch import save_file

from vitprune import cli, sessions
from vitprune.curve import TrainingSettings
from vitprune.errors import ArgumentInvalid
from vitprune.jobs import Compute, Job
from vitprune.plan import PruningPlan
from vitprune.recovery import Recovered
from vitprune.results import Session
from vitprune.scores import Scores
from vitprune_gui import recipes
from vitprune_gui.batch import AnalyzeInto
from vitprune_gui.library import ListSessions
from vitprune_gui.models import ListModels
from vitprune_gui.requests import (
    Analyze,
    Choose,
    Engine,
    Evaluate,
    Export,
    KeepPictures,
    MeasureDamage,
    OpenImages,
    OpenModel,
    OpenSession,
    ProveRewrites,
    RepairCheaply,
    RunSearch,
    RunStudy,
    SaveSession,
)
from vitprune_gui.requests.training import Recover
from vitprune_gui.runner import LiveJob, Request

COMPUTE = Compute(batch_size=4, threads=1)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A few images of the sample to analyse, and others to evaluate; a name that a shell has to be told in quotes."""
    made: list[str] = []
    for purpose in ("calibration", "test"):
        folder = tmp_path_factory.mktemp("it's a folder") / purpose
        for group in sorted((files("vitprune_resources") / "sample" / purpose).iterdir(), key=lambda path: path.name):
            (folder / group.name).mkdir(parents=True)
            shutil.copy(str(min(group.iterdir(), key=lambda path: path.name)), folder / group.name)
        made.append(str(folder))
    return made[0], made[1]


@pytest.fixture(autouse=True)
def no_monitor(timed_briefly: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)  # a thread that watches progress bars


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(COMPUTE)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> OpenModel:
    """A transformer of three blocks, as a bare weights file: much has to be said of it."""
    args: dict[str, Any] = {
        "img_size": 32,
        "patch_size": 16,
        "embed_dim": 24,
        "depth": 3,
        "num_heads": 2,
        "num_classes": 10,
    }
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("a model") / "tiny.safetensors"
    save_file(timm.create_model("vit_tiny_patch16_224", **args).state_dict(), file)
    return OpenModel.of(str(file), "vit_tiny_patch16_224", args, ())


@pytest.fixture(scope="module")
def made(engine: Engine, folders: tuple[str, str], tiny: OpenModel) -> dict[str, Any]:
    job = LiveJob()
    opened = tiny.run(engine, job)
    data, test = (OpenImages(folder, opened.reference).run(engine, job) for folder in folders)
    sites = [site.id for site in opened.architecture.prunable if site.parent]
    return {
        "model": opened.reference,
        "architecture": opened.architecture,
        "data": data,
        "test": test,
        "removed": PruningPlan.of(opened.architecture, dict.fromkeys(sites[:2], "remove")),
        "repaired": PruningPlan.of(opened.architecture, {sites[1]: "linear", sites[4]: "mean"}, "stream"),
    }


def run_lines(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Each line where it stands: the commands through the real parser, the others through a shell. Their answers."""
    monkeypatch.chdir(folder)
    answers: list[dict[str, Any]] = []
    for line in text.splitlines():
        if line.startswith("vitprune "):
            said = io.StringIO()
            with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as ended:
                cli.main([*shlex.split(line)[1:], "--json"])
            assert ended.value.code == 0, line
            answers.append(json.loads(said.getvalue()))
        elif not line.startswith("#"):
            subprocess.run(["sh", "-c", line], cwd=folder, check=True)
    return answers


def run_script(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(compile(text, "copied.py", "exec"), names)
    return names


def same_scores(found: Scores | None, expected: Scores | None) -> None:
    assert found is not None
    assert expected is not None
    assert found.keys() == expected.keys()
    for table, sites in expected.items():
        for site, score in sites.items():
            np.testing.assert_allclose(found[table][site].per_image, score.per_image, rtol=1e-4, atol=1e-6)


def test_an_analysis(engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Analyze(made["model"], made["data"])
    expected = request.run(engine, LiveJob())
    assert isinstance(expected, Session)
    run_lines(recipes.command(request, COMPUTE), tmp_path, monkeypatch)
    same_scores(sessions.load(tmp_path / "tiny.safetensors.vitprune.h5").scores, expected.scores)
    same_scores(run_script(recipes.python(request, COMPUTE), tmp_path, monkeypatch)["session"].scores, expected.scores)


def test_damage_asks_for_everything(made: dict[str, Any]) -> None:
    request = MeasureDamage(made["model"], made["data"])
    told = cli.parser().parse_args(shlex.split(recipes.command(request, COMPUTE))[1:])
    assert (told.data, told.metrics, told.repairs) == (made["data"].source, ("everything",), True)
    assert "metrics=('everything',), repairs=True" in recipes.python(request, COMPUTE)


def test_an_evaluation(engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Evaluate(made["model"], made["test"], made["repaired"], made["data"])
    expected = request.run(engine, LiveJob())[-1]
    (answer,) = run_lines(recipes.command(request, COMPUTE), tmp_path, monkeypatch)
    assert expected.top1 is not None
    assert answer["top1"] == pytest.approx(expected.top1.value)
    assert answer["removed"] == sorted(made["repaired"].sites)
    found = run_script(recipes.python(request, COMPUTE), tmp_path, monkeypatch)["evaluations"][-1]
    assert found.plan == expected.plan
    assert found.predictions.tolist() == expected.predictions.tolist()
    np.testing.assert_allclose(found.per_image["kl"], expected.per_image["kl"], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("method", "size", "amount"), [("cosine", "remove", 3), ("block-influence", "macs", 0.8), ("random", "remove", 2)]
)
def test_choices(
    method: str,
    size: str,
    amount: float,
    engine: Engine,
    made: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    analysed = Analyze(made["model"], made["data"]).run(engine, LiveJob())
    assert isinstance(analysed, Session)
    granularity = "block" if method == "block-influence" else "sublayer"
    stays = () if granularity == "block" else (made["architecture"].prunable[2].id,)
    request = Choose(
        made["model"], made["data"], analysed.scores, made["architecture"], method, granularity, size, amount, "mean",
        "stream", None, stays,
    )  # fmt: skip
    expected = request.run(engine, LiveJob())
    assert expected
    run_lines(recipes.command(request, COMPUTE), tmp_path, monkeypatch)
    written = json.loads((tmp_path / "tiny.safetensors.plan.json").read_text())
    assert PruningPlan.from_json(written, made["architecture"]) == expected
    assert run_script(recipes.python(request, COMPUTE), tmp_path, monkeypatch)["plan"] == expected


@pytest.mark.parametrize("repair", ["none", "linear"])
def test_a_search(
    repair: str, engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = RunSearch(made["model"], made["data"], 2, "sublayer", "kl", 1, True, repair, "stream")
    expected = request.run(engine, LiveJob()).plan
    run_lines(recipes.command(request, COMPUTE), tmp_path, monkeypatch)
    written = json.loads((tmp_path / "tiny.safetensors.plan.json").read_text())
    assert PruningPlan.from_json(written, made["architecture"]) == expected
    assert run_script(recipes.python(request, COMPUTE), tmp_path, monkeypatch)["found"].plan == expected
    wider = RunSearch(made["model"], made["data"], 2, "sublayer", "js", 2, False, repair, "stream")
    assert recipes.command(wider).splitlines()[0].startswith("# The command line has its own objective")


def test_a_study(engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = RunStudy(
        made["model"], made["data"], made["test"], tmp_path / "a study.vitprune.h5", ("cosine", "random"), (1, 3),
        ("none",), "sublayer", "model", False, protect=("blocks.0.attn",),
    )  # fmt: skip
    expected = request.run(engine, LiveJob())
    assert expected.study is not None
    assert expected.study.protected == request.protect
    # A file of the same study is gone on with, which is to say that nothing is left to do; of another it is refused.
    run_lines(recipes.command(request, COMPUTE), tmp_path, monkeypatch)
    found = run_script(recipes.python(request, COMPUTE), tmp_path, monkeypatch)["session"]
    for again in (sessions.load(request.path), found):
        assert [trial.plan for trial in again.trials] == [trial.plan for trial in expected.trials]
        assert [e.created for e in again.evaluations] == [e.created for e in expected.evaluations]
    other = replace(request, removed=(1, 2))
    with pytest.raises(ArgumentInvalid):
        run_script(recipes.python(other, COMPUTE), tmp_path, monkeypatch)


def test_a_proof(engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = ProveRewrites(made["model"], made["repaired"], None, made["data"])
    report = proof.run(engine, Job())[1]
    (answer,) = run_lines(recipes.command(proof, COMPUTE), tmp_path, monkeypatch)
    assert answer["done"] == [step.rewrite.name for step in report.steps] != []
    assert run_script(recipes.python(proof, COMPUTE), tmp_path, monkeypatch)["report"].params == report.params


@pytest.mark.parametrize("names", [pytest.param((), marks=pytest.mark.long), ("norm-affine",)])
def test_an_export(
    names: tuple[str, ...], engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    formats = () if names else ("torch-export",)
    export = Export(
        made["model"],
        made["repaired"],
        tmp_path / "the folder",
        rewrites=names,
        calibration=made["data"],
        formats=formats,
        images=made["data"],
    )
    export.run(engine, LiveJob())
    digests = json.loads((export.folder / "recipe.json").read_text())["digests"]
    for run, text in ((run_lines, recipes.command(export, COMPUTE)), (run_script, recipes.python(export, COMPUTE))):
        shutil.rmtree(export.folder)
        run(text, tmp_path, monkeypatch)  # type: ignore[operator]
        assert json.loads((export.folder / "recipe.json").read_text())["digests"] == digests
        assert (export.folder / "model.pt2").is_file() == bool(formats)


def test_a_recovery(engine: Engine, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = TrainingSettings(minutes=None, passes=1, weights="low-rank", rank=2, learning_rate=1e-4)
    request = Recover(made["model"], made["repaired"], made["data"], tmp_path / "the folder", settings)
    found = request.run(engine, LiveJob())
    assert isinstance(found, Recovered)
    trained = found.training.weights_sha256
    for run, text in ((run_lines, recipes.command(request, COMPUTE)), (run_script, recipes.python(request, COMPUTE))):
        shutil.rmtree(request.folder)
        run(text, tmp_path, monkeypatch)  # type: ignore[operator]
        assert json.loads((request.folder / "recipe.json").read_text())["digests"]["exported"] == trained


def test_a_batch(
    engine: Engine, folders: tuple[str, str], tiny: OpenModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = AnalyzeInto(tiny, folders[0], tmp_path / "out", ("cosine",), 6)
    expected = sessions.load(request.run(engine, LiveJob()))
    assert expected.log[-1].what == recipes.command(request)
    again = request.run(engine, LiveJob())
    assert again.name == "tiny.safetensors-2.vitprune.h5", "nothing is overwritten"
    for run, text in ((run_lines, recipes.command(request, COMPUTE)), (run_script, recipes.python(request, COMPUTE))):
        request.path.unlink()
        run(text, tmp_path, monkeypatch)  # type: ignore[operator]
        same_scores(sessions.load(request.path).scores, expected.scores)


def test_what_only_python_can_say(made: dict[str, Any], engine: Engine, tmp_path: Path, monkeypatch: Any) -> None:
    cheaply = RepairCheaply(made["model"], made["data"], made["repaired"])
    expected = cheaply.run(engine, LiveJob())
    assert run_script(recipes.python(cheaply, COMPUTE), tmp_path, monkeypatch)["plan"] == expected
    odd = OpenModel("weights.pth", "vit_tiny_patch16_224", (("img_size", (64, 64)),), ("a, b", "c"))
    for request in (cheaply, odd, OpenImages("folder", made["model"])):
        assert all(line.startswith("#") for line in recipes.command(request, COMPUTE).splitlines())
    compile(recipes.python(odd), "copied.py", "exec")


def test_the_arguments_of_a_model_come_through() -> None:
    args: dict[str, Any] = {
        "img_size": 112,
        "num_classes": 10,
        "qkv_bias": False,
        "drop_rate": 0.1,
        "act_layer": "gelu",
        "name": "7",
    }
    opened = OpenModel.of("my weights.safetensors", "vit_tiny_patch16_224", args, ("left", "right hand"))
    words = shlex.split(recipes.command(opened))
    told = cli.parser().parse_args(words[1:])
    assert (told.model, told.architecture) == (opened.source, opened.architecture)
    assert told.model_args == args
    assert told.class_names == opened.class_names


def test_the_machine_is_said_where_it_is_not_the_usual_one(made: dict[str, Any]) -> None:
    request = Analyze(made["model"], made["data"])
    compute = Compute("cpu", 8, 2)
    told = cli.parser().parse_args(shlex.split(recipes.command(request, compute))[1:])
    assert (told.device, told.batch_size, told.threads) == ("cpu", 8, 2)
    assert "Compute(device='cpu', batch_size=8, threads=2)" in recipes.python(request, compute)
    assert "device" not in recipes.command(request) + recipes.python(request)


def test_every_request_has_something_to_copy(made: dict[str, Any], tmp_path: Path) -> None:
    session = Session(made["model"], made["architecture"], made["removed"], None, "now")  # type: ignore[arg-type]
    requests: list[Request] = [
        ListModels(),
        OpenSession(tmp_path / "a.h5"),
        SaveSession(session, tmp_path / "a.h5"),
        KeepPictures(()),
        ListSessions(tmp_path, deep=True),
    ]
    for request in requests:
        for line in recipes.command(request).splitlines():
            assert line.startswith("#") or cli.parser().parse_args(shlex.split(line)[1:])
        compile(recipes.python(request), "copied.py", "exec")
