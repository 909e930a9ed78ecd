"""The exported folder as one for the hub: what timm can build it builds from it, and what it cannot it is not told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file
from small_models import build, images, shallow_sample
from timm.data.config import resolve_model_data_config

from tests.core.exporting import write
from tests.core.rebuilding import run_script
from vitprune import PruningPlan, apply, describe, workflow
from vitprune.export.hub import front_matter
from vitprune.jobs import Job
from vitprune.loading import open_model
from vitprune.results import ModelReference
from vitprune.verification import _config_of


@pytest.mark.parametrize("name", ["vit", "qk norm, average pool", "eva, swiglu, rope", "no head"])
def test_timm_loads_what_is_whole(name: str, tmp_path: Path) -> None:
    model, batch = build(name), images(3)
    write(model, tmp_path / "out", {})
    found: Any = timm.create_model(f"local-dir:{tmp_path / 'out'}", pretrained=True).eval()
    with torch.no_grad():
        assert torch.equal(found(batch), model(batch))
    config = resolve_model_data_config(found)
    for key, wanted in _config_of(model).items():
        assert list(config[key]) == list(wanted) if isinstance(wanted, tuple) else config[key] == wanted


def test_the_sample_keeps_its_classes_and_its_transform(tmp_path: Path) -> None:
    sample = open_model("sample")
    write(sample, tmp_path / "out", {})
    found: Any = timm.create_model(f"local-dir:{tmp_path / 'out'}", pretrained=True).eval()
    assert tuple(found.pretrained_cfg["label_names"]) == sample.reference.class_names
    batch = next(workflow.open_images("sample", sample, images=3).batches(3, Job()))
    with torch.no_grad():
        assert torch.equal(found(batch), sample.module(batch))


@pytest.mark.parametrize("repair", ["remove", "linear"])
def test_timm_is_not_told_that_it_could_load_what_is_pruned(repair: str, tmp_path: Path) -> None:
    sample = open_model("sample")
    some = list(workflow.open_images("sample", sample, images=16).batches(16, Job()))
    write(sample, tmp_path / "out", {"blocks.3.attn": repair}, calibration=some)
    with pytest.raises(RuntimeError, match="Unknown model"):
        timm.create_model(f"local-dir:{tmp_path / 'out'}", pretrained=True)
    config = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))
    assert config["vitprune"]["architecture"] == sample.reference.architecture
    assert config["vitprune"]["removed"] == {"blocks.3.attn": repair}
    assert config["num_classes"] == sample.architecture.num_classes
    assert config["pretrained_cfg"]["input_size"] == list(sample.data_config["input_size"])
    card: Any = ModelCard.load(tmp_path / "out" / "README.md")
    assert card.data.library_name == "pytorch"
    assert "from rebuild import model" in card.text
    assert "timm.create_model(" not in card.text


def test_the_two_lines_of_the_card_load_it(tmp_path: Path) -> None:
    model, batch = build("vit"), images(2)
    plan = PruningPlan.of(describe(model), {"blocks.1.attn": "remove"})
    write(model, tmp_path / "out", plan)
    card: Any = ModelCard.load(tmp_path / "out" / "README.md")
    lines = card.text.split("```python\n")[1].split("```")[0].replace("FOLDER", str(tmp_path / "out"))
    lines += """
from safetensors.torch import load_file, save_file
save_file({"logits": model(load_file("images.safetensors")["images"]).detach()}, "logits.safetensors")
"""
    (tmp_path / "card.py").write_text(lines, "utf-8")
    save_file({"images": batch}, tmp_path / "images.safetensors")
    run_script(tmp_path / "card.py", [], job=Job())
    with torch.no_grad():
        assert torch.allclose(load_file(tmp_path / "logits.safetensors")["logits"], apply(plan, model)(batch))


def test_the_card_has_the_figures_with_their_intervals(tmp_path: Path) -> None:
    sample = open_model(str(shallow_sample(tmp_path, 4)))
    test = workflow.open_images("sample", sample, purpose="test", images=40)
    plan = PruningPlan.of(sample.architecture, {"blocks.3.attn": "remove"})
    dense, pruned = workflow.evaluate(sample, test, plan)
    assert pruned.top1 is not None
    write(sample, tmp_path / "out", plan, evaluation=pruned, dense=dense)
    card: Any = ModelCard.load(tmp_path / "out" / "README.md")
    (result,) = card.data.eval_results or []
    assert result.metric_value == pytest.approx(pruned.top1.value, abs=1e-4)
    name = result.metric_name
    assert name is not None
    assert f"{pruned.top1.low:.4f} to {pruned.top1.high:.4f}, n = 40" in name
    assert card.data.pipeline_tag == "image-classification"
    assert card.data.tags is not None
    assert "pruned" in card.data.tags
    assert "On 40 images of" in card.text
    text = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "\n# datasets: " in text.split("---")[1]
    assert str(Path(pruned.data.source).parent) not in text or pruned.data.source == "sample"


@pytest.mark.parametrize(
    ("licence", "said"),
    [("apache-2.0", ("apache-2.0", None)), ("dinov3-license", ("other", "dinov3-license")), ("", ("unknown", None))],
)
def test_the_licence_is_one_that_the_hub_knows(licence: str, said: tuple[str, str | None]) -> None:
    model = build("vit")
    reference = ModelReference("weights.safetensors", "vit_tiny_patch16_224", {}, "", licence)
    data: Any = ModelCard(front_matter("A model", model, reference, None, whole=True) + "# A model\n").data
    assert (data.license, data.get("license_name")) == said
    assert data.library_name == "timm"
    assert data.eval_results is None
