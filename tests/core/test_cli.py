"""The command line on the bundled sample, as a person or a script would use it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from small_models import shallow_sample

from vitprune import sessions, workflow
from vitprune.cli import main
from vitprune.surgery import apply

Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a verb; its JSON, or its exit code and standard error when it fails."""

    def call(*arguments: object, expect: int = 0) -> Any:
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--json"])
        output = capsys.readouterr()
        assert stop.value.code == expect, output.err
        return json.loads(output.out) if output.out else output.err

    return call


def test_free_and_exact_rewrites_are_listed_proved_and_exported(run: Run, tmp_path: Path) -> None:
    source = shallow_sample(tmp_path)
    listed = run("rewrite", source)
    assert listed["ok"]
    assert listed["done"] == ["norm-affine", "key-bias", "value-bias", "class-token"]
    assert listed["max_difference"] <= 1e-5
    rewrites = {entry["name"]: entry for entry in listed["rewrites"]}
    assert rewrites["layer-scale"]["reason"] == "there is no layer scale"
    before = run("inspect", source)
    assert before["params"] - listed["params"] == sum(rewrites[name]["params"] for name in listed["done"])
    assert before["macs"] - listed["macs"] == sum(rewrites[name]["macs"] for name in listed["done"])

    plan, folder = tmp_path / "plan.json", tmp_path / "out"
    session = tmp_path / "a.vitprune.h5"
    run("analyze", source, "sample", "-o", session, "--images", 4)
    run("plan", session, "-o", plan, "--method", "cosine", "--remove", 2)
    made = run("rewrite", source, "--plan", plan, "--only", "class-token,key-bias", "-o", folder)
    assert made["done"] == ["key-bias", "class-token"]
    assert set(json.loads((folder / "recipe.json").read_text())["rewrites"]) == {"key-bias", "class-token"}
    opened = run("inspect", folder)
    assert (opened["params"], opened["macs"]) == (made["params"], made["macs"])
    assert "patch tokens never" not in opened["note"]
    assert run("rewrite", folder, "--only", "class-token", expect=2)["error"]["code"] == "MODEL_UNSUPPORTED"
    assert run("rewrite", source, "--only", "magic", expect=2)["error"]["code"] == "ARGUMENT_INVALID"


@pytest.mark.usefixtures("forked_proofs")
def test_the_whole_path(run: Run, tmp_path: Path) -> None:
    session, plan, folder = tmp_path / "a.vitprune.h5", tmp_path / "plan.json", tmp_path / "out"

    analysis = run("analyze", "sample", "sample", "-o", session, "--images", 120, "--seed", 3)
    assert (analysis["images"], analysis["skipped"]) == (120, 0)
    assert len(analysis["sites"]) == 36
    tables = {f"cosine{tokens}" for tokens in ("", "@cls", "@patch", "@pooled")}
    assert all(tables <= site["scores"].keys() for site in analysis["sites"])
    sublayers = [site for site in analysis["sites"] if site["kind"] in ("attention", "mlp")]
    assert len(sublayers) == 24
    for site in analysis["sites"]:
        assert -1 <= site["scores"]["cosine"]["mean"] <= 1
        assert 0 < site["scores"]["cosine"]["standard_error"] < 0.05
        assert site["params"] > 0
        assert site["macs"] > 0

    chosen = run("plan", session, "-o", plan, "--method", "cosine", "--remove", 3)
    best = sorted(sublayers, key=lambda site: -site["scores"]["cosine"]["mean"])[:3]
    assert set(chosen["sites"]) == {site["id"] for site in best}
    assert json.loads(plan.read_text())["sites"] == dict.fromkeys(sorted(chosen["sites"]), "remove")

    options = ("--method", "cosine", "--tokens", "cls", "--remove", 3)
    by_class = run("plan", session, "-o", tmp_path / "cls.json", *options)
    best = sorted(sublayers, key=lambda site: -site["scores"]["cosine@cls"]["mean"])[:3]
    assert set(by_class["sites"]) == {site["id"] for site in best} != set(chosen["sites"])
    assert json.loads((tmp_path / "cls.json").read_text())["made"]["tokens"] == "cls"

    few = ("--images", 400, "--threads", 1, "--batch-size", 16)
    result = run("evaluate", "sample", "sample", "--plan", plan, "-o", session, *few)
    assert (result["images"], result["skipped"]) == (400, 0)
    assert result["dense"]["top1"] > 0.88
    low, high = result["dense"]["top1_interval"]
    assert low < result["dense"]["top1"] < high
    assert result["top1"] <= result["dense"]["top1"] + 0.02
    assert result["params"] == chosen["params"] < result["dense"]["params"]
    change = result["comparison"]
    assert change["measure"] == "top1"
    assert change["difference"] == pytest.approx(result["top1"] - result["dense"]["top1"])
    assert change["interval"][0] <= change["difference"] <= change["interval"][1]
    lost, gained = change["flips"]["right_to_wrong"], change["flips"]["wrong_to_right"]
    assert (change["mcnemar"]["b"], change["mcnemar"]["c"]) == (lost, gained)
    assert (gained - lost) / 400 == pytest.approx(change["difference"])
    assert change["flips"]["changed"] >= lost + gained
    assert change["equivalence"]["margin"] == 0.01
    assert result["latency"]["median_ms"] > 0
    assert result["latency"]["threads"] == 1

    kept = sessions.load(session)
    assert kept.scores is not None
    assert kept.scores.images == 120  # what was measured earlier is still there
    assert len(kept.evaluations) == 2

    exported = run("export", "sample", "--plan", plan, "-o", folder)
    assert exported["files"] == ["README.md", "config.json", "model.safetensors", "rebuild.py", "recipe.json"]
    more = run("export", folder, "-o", tmp_path / "more", "--ptblop")
    assert more["files"] == sorted([*exported["files"], "ptblop.json"])
    assert (more["bytes"]["exported"], more["bytes"]["predicted"]) == (exported["bytes"]["exported"], 0)

    proof = run("verify", "sample", "--plan", plan)
    assert proof["ok"] is True
    assert proof["max_difference"] <= 1e-6
    assert proof["round_trip"] is True
    assert (proof["params"], proof["macs"]) == (chosen["params"], chosen["macs"])

    assert run("check", session)["ok"] is True

    again = run("evaluate", folder, "sample", "-o", tmp_path / "b.vitprune.h5", *few)
    assert again["top1"] == result["top1"]
    assert again["params"] == result["params"]


def test_the_rebuilt_model_is_the_pruned_one(run: Run, tmp_path: Path) -> None:
    """In a process in which vitprune cannot be imported."""
    session, plan, folder = tmp_path / "a.vitprune.h5", tmp_path / "plan.json", tmp_path / "out"
    run("analyze", "sample", "sample", "-o", session, "--images", 20)
    run("plan", session, "-o", plan, "--method", "cosine", "--remove", 4)
    run("export", "sample", "--plan", plan, "-o", folder)
    code = (
        "import sys, runpy; sys.modules['vitprune'] = None;"
        f"sys.argv = ['rebuild.py', '--save', {str(tmp_path / 'logits.safetensors')!r}];"
        "runpy.run_path('rebuild.py', run_name='__main__')"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert len(shown.splitlines()) == 2
    model = workflow.open_model("sample")
    pruned = apply(plan_in(plan, model), model.module)
    with torch.inference_mode():
        expected = pruned(torch.randn(2, 3, 28, 28, generator=torch.Generator().manual_seed(0)))
    found = load_file(tmp_path / "logits.safetensors")["logits"]
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def plan_in(path: Path, model: workflow.LoadedModel) -> Any:
    from vitprune import PruningPlan

    return PruningPlan.from_json(json.loads(path.read_text()), model.architecture)


def test_the_sample_is_what_its_recipe_says() -> None:
    recipe = json.loads((files("vitprune_resources") / "sample" / "recipe.json").read_text())
    assert recipe["training"]["top1"] >= 0.90
    assert recipe["training"]["test_images"] == 10_000


def test_activations_are_kept_on_request(run: Run, tmp_path: Path) -> None:
    session = tmp_path / "a.vitprune.h5"
    run("analyze", "sample", "sample", "-o", session, "--images", 12, "--keep-activations", 5)
    tokens, values = sessions.read_activations(session, "blocks.3.mlp")
    assert tokens[0] == 0
    assert values.shape == (12, 5, 96)
    run("evaluate", "sample", "sample", "--images", 10, "-o", session)
    assert np.array_equal(sessions.read_activations(session, "blocks.3.mlp")[1], values)


def test_only_the_tokens_that_are_asked_for_are_scored(run: Run, tmp_path: Path) -> None:
    session = tmp_path / "a.vitprune.h5"
    answer = run("analyze", "sample", "sample", "-o", session, "--images", 4, "--tokens", "cls", "--metrics", "cosine")
    assert {table for site in answer["sites"] for table in site["scores"]} == {"cosine@cls"}
    assert list(sessions.load(session).scores or ()) == ["cosine@cls"]
    mistake = run("plan", session, "-o", tmp_path / "p.json", "--method", "cosine", "--remove", 1, expect=2)
    assert "no cosine scores over all tokens" in mistake["error"]["message"]


def test_only_the_metrics_that_are_asked_for_are_measured(run: Run, tmp_path: Path) -> None:
    session = tmp_path / "a.vitprune.h5"
    asked = "--tokens", "all", "--metrics", "relative_error,angular"
    answer = run("analyze", "sample", "sample", "-o", session, "--images", 70, *asked)
    scores = [site["scores"] for site in answer["sites"]]
    assert all(list(score) == ["relative_error", "angular"] for score in scores)
    assert all(0 < score["angular"]["mean"] < 0.5 and score["relative_error"]["mean"] > 0 for score in scores)
    kept = sessions.load(session).scores
    assert kept is not None
    assert (list(kept.angles), list(kept.cka)) == (["all", "cls", "mean_patch"], ["mean", "cls"])
    assert "CKA between boundaries: mean, cls" in sessions.check(session)


def test_a_model_that_cannot_be_pruned_is_inspected_and_nothing_else(run: Run, tmp_path: Path) -> None:
    weights = tmp_path / "small.safetensors"
    save_file(timm.create_model("resnet18", num_classes=10).state_dict(), weights)
    options = ["--architecture", "resnet18", "--model-args", "num_classes=10"]
    tree = run("inspect", weights, *options)
    assert {f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)} <= {s["id"] for s in tree["sites"]}
    assert all(site["fixed"] for site in tree["sites"])
    refused = run("analyze", weights, "sample", "-o", tmp_path / "a.h5", *options, expect=2)
    assert refused["error"]["message"] == tree["note"]


def test_inspect_names_every_site(run: Run) -> None:
    tree = run("inspect", "sample")
    assert tree["sites"][1]["id"] == "blocks.0.attn"
    blocks = sum(site["params"] for site in tree["sites"] if site["kind"] == "block")
    patches, positions, token, norm, head = 48 * 96 + 96, 50 * 96, 96, 2 * 96, 96 * 10 + 10
    assert tree["params"] == blocks + patches + positions + token + norm + head


def test_models_lists_what_timm_publishes(run: Run) -> None:
    found = run("models", "dinov2 small")["models"]
    names = [model["name"] for model in found]
    assert "vit_small_patch14_dinov2.lvd142m" in names
    row = found[names.index("vit_small_patch14_dinov2.lvd142m")]
    assert row["family"] == "vision_transformer"
    assert row["supported"] is True
    assert 21e6 < row["params"] < 23e6


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["analyze", "sample", "nowhere", "-o", "x.h5"], "nowhere"),
        (["analyze", "vit_tinny", "sample", "-o", "x.h5"], "vit_tinny"),
        (["analyze", "sample", "sample", "-o", "x.h5", "--metrics", "entropy"], "no metric 'entropy'"),
        (["analyze", "sample", "sample", "-o", "x.h5", "--tokens", "cls,every"], "no selection of tokens 'every'"),
        (["analyze", "sample", "sample", "-o", "x.h5", "--tokens", ","], "names nothing"),
        (["analyze", "sample", "sample", "-o", "x.h5", "--images", "0"], "0 images"),
        (["analyze", "sample", "sample", "-o", "x.h5", "--images", "4", "--device", "tpu"], "tpu"),
        (["analyze", "sample", "sample", "-o", "x.h5", "--images", "4", "--device", "cuda:7"], "no cuda:7"),
        (["analyze", "sample", "sample", "-o", "no/such/folder/x.h5", "--images", "4"], "no/such/folder"),
        (["plan", "missing.h5", "-o", "p.json", "--remove", "3"], "missing.h5"),
        (["evaluate", "sample", "sample", "--plan", "missing.json", "-o", "x.h5"], "missing.json"),
        (["export", "sample", "--plan", "text.json", "-o", "out"], "not a ViTPrune plan"),
        (["check", "text.json"], "text.json"),
        (["inspect", "text.json"], "text.json"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.json").write_text("hello")
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    output = capsys.readouterr()
    assert stop.value.code == 2
    assert says in output.err
    assert output.err.count("\n") == 1
    assert output.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["text.json"]


@pytest.mark.parametrize("arguments", [["nope"], [], ["plan", "a.h5", "-o", "p"], ["analyze", "sample"]])
def test_wrong_usage_is_one_line_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
