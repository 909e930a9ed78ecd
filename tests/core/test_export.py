from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from small_models import build, images

from tests.core.exporting import write
from vitprune import PruningPlan, apply, describe, load_exported
from vitprune.errors import SaveFailed
from vitprune.loading import open_model


@pytest.mark.parametrize("name", ["vit", "attention pool", "eva, gamma", "eva, post-norm"])
def test_what_is_exported_loads_again_bit_for_bit(name: str, tmp_path: Path) -> None:
    model, batch = build(name), images(3)
    plan = PruningPlan.of(describe(model), {"blocks.0.mlp": "remove", "blocks.1": "remove"})
    write(model, tmp_path / "out", plan)
    with torch.no_grad():
        assert torch.equal(load_exported(tmp_path / "out")(batch), apply(plan, model)(batch))
    opened = open_model(str(tmp_path / "out"))
    assert opened.plan == {"blocks.0.mlp": "remove", "blocks.1": "remove"}
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "rebuild.py",
        "recipe.json",
    ]


@pytest.mark.parametrize("action", ["mean", "diagonal", "low-rank", "linear"])
@pytest.mark.parametrize("name", ["vit", "attention pool"])
def test_a_repaired_folder_loads_whatever_its_fits_have_not_got(name: str, action: str, tmp_path: Path) -> None:
    """A constant has no map of the class token's own, nor has a model without one: numbers that JSON does not know."""
    model, batch = build(name), images(3)
    plan = PruningPlan.of(describe(model), {"blocks.0.mlp": action, "blocks.1.attn": action})
    write(model, tmp_path / "out", plan, calibration=[images(16, seed=2)])
    fits = json.loads((tmp_path / "out" / "recipe.json").read_text("utf-8"), parse_constant=pytest.fail)["repair"]
    assert {fit["site"] for fit in fits["sites"]} == plan.sites
    with torch.no_grad():
        expected = apply(plan, model, calibration=[images(16, seed=2)])(batch)
        assert torch.allclose(load_exported(tmp_path / "out")(batch), expected, atol=1e-5)


def test_a_pruned_folder_can_be_pruned_and_exported_again(tmp_path: Path) -> None:
    model, batch = build("vit"), images(2)
    write(model, tmp_path / "first", {"blocks.0.attn": "remove"})
    first = load_exported(tmp_path / "first")
    write(first, tmp_path / "second", {"blocks.1.mlp": "remove"})
    second = open_model(str(tmp_path / "second"))
    assert second.plan == {"blocks.0.attn": "remove", "blocks.1.mlp": "remove"}
    expected = apply(PruningPlan.of(describe(model), {"blocks.0.attn": "remove", "blocks.1.mlp": "remove"}), model)
    with torch.no_grad():
        assert torch.equal(second.module(batch), expected(batch))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    with pytest.raises(SaveFailed, match="not empty"):
        write(build("vit"), tmp_path / "out", {})
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "precious.txt"]


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vitprune.export.folder.save_file", full)
    with pytest.raises(SaveFailed, match="No space left"):
        write(build("vit"), tmp_path / "out", {})
    assert list(tmp_path.iterdir()) == []


def test_the_recipe_says_all_there_is_to_say(tmp_path: Path) -> None:
    model = build("vit")
    plan = PruningPlan.of(describe(model), {"blocks.1.attn": "remove"})
    write(model, tmp_path / "out", plan)
    recipe = json.loads((tmp_path / "out" / "recipe.json").read_text())
    assert recipe["architecture"] == "vit_tiny_patch16_224"
    assert recipe["model_args"]["embed_dim"] == 48
    assert recipe["plan"] == plan.to_json()
    assert recipe["surgery"] == {"blocks.1": ["norm1", "attn", "ls1", "drop_path1"]}
    assert set(recipe["versions"]) == {"vitprune", "torch", "timm"}
    assert len(recipe["digests"]["exported"]) == 64
    assert "Not measured yet" in (tmp_path / "out" / "README.md").read_text()
