"""Models in which nothing can be pruned are shown, and refused with a reason wherever something is asked of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from vitprune import PruningPlan, apply, describe, score, verify
from vitprune.architecture import Kind
from vitprune.cli import main
from vitprune.errors import ModelUnsupported, PlanInvalid
from vitprune.plan import GRANULARITIES
from vitprune.scores import Boundaries, Scores, read_only
from vitprune.selection import Budget, select


class Says(nn.Module):
    """Gives a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.stages = nn.Sequential(nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()), nn.Sequential(nn.Conv2d(4, 2, 1)))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"features": self.stages(self.stem(x))}


class Reads(nn.Module):
    """Reads a value, which a tensor without any cannot give."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 5, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer(x)
        return x.mean((2, 3)) * (2 if x.sum().item() > 0 else 1)


class Breaks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(7, 7)

    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("wants a moon phase\nand more")


class Bare(nn.Module):
    """No module, no parameter."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


MODELS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "resnet18": (lambda: timm.create_model("resnet18"), "This model has no attention"),
    "convnext": (lambda: timm.create_model("convnext_atto"), "This model has no attention"),
    "dictionary": (Says, "This model has no attention"),
    "value": (Reads, "This model has no attention"),
    "broken": (Breaks, "This model does not run on an image of 3x224x224, so its MACs are unknown: wants a moon phase"),
    "bare": (Bare, "This model has no attention"),
}


@pytest.fixture(params=MODELS)
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, str]:
    make, note = MODELS[request.param]
    torch.manual_seed(0)
    return make().eval(), note


def test_the_note_is_one_clear_sentence(case: tuple[nn.Module, str]) -> None:
    model, note = case
    architecture = describe(model)
    assert architecture.note.startswith(note)
    assert "\n" not in architecture.note
    assert architecture.prunable == ()
    assert architecture.params == sum(p.numel() for p in model.parameters())


def test_the_tree_is_there_to_be_read(case: tuple[nn.Module, str]) -> None:
    model, _ = case
    architecture = describe(model)
    assert {site.id for site in architecture if site.parent is None} == {
        name for name, child in model.named_children() if any(True for _ in child.parameters())
    }
    for site in architecture:
        assert site.kind is Kind.BLOCK
        assert site.fixed
        assert site.params == sum(p.numel() for p in model.get_submodule(site.id).parameters())
    tops = [site for site in architecture if site.parent is None]
    assert sum(site.params for site in tops) == architecture.params
    assert sum(site.macs for site in tops) == architecture.macs


def test_a_real_run_counts_where_one_without_weights_cannot() -> None:
    assert describe(Reads()).macs == 3 * 2 * 2 * 5 * 112 * 112
    assert describe(Reads(), (3, 32, 32)).macs == 3 * 2 * 2 * 5 * 16 * 16
    assert describe(Breaks()).macs == 0


def test_nothing_can_be_planned_scored_or_chosen(case: tuple[nn.Module, str]) -> None:
    model, note = case
    architecture = describe(model)
    assert len(PruningPlan.of(architecture)) == 0
    for site in architecture:
        with pytest.raises(PlanInvalid, match="cannot be removed"):
            PruningPlan.of(architecture, {site.id: "remove"})
    with pytest.raises(ModelUnsupported) as caught:
        score(model, [torch.zeros(1, 3, 32, 32)])
    assert caught.value.message.startswith(note)
    assert caught.value.hint
    scores = Scores(0, {"cosine": {}}, Boundaries(read_only(torch.zeros(0, 0).numpy()), None, ()))  # type: ignore[arg-type]
    for granularity in GRANULARITIES:
        assert not select(scores, architecture, Budget(remove=0), granularity=granularity).sites
        with pytest.raises(PlanInvalid):
            select(scores, architecture, Budget(remove=1), granularity=granularity)


@pytest.mark.usefixtures("forked_proofs")
def test_nothing_removed_is_proved_or_refused_by_name(case: tuple[nn.Module, str]) -> None:
    model, _ = case
    if isinstance(model, Says | Breaks):
        with pytest.raises(ModelUnsupported, match=r"dict|moon phase"):
            verify(model)
        return
    assert verify(model).ok
    copied = apply(PruningPlan.of(describe(model)), model)
    images = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(copied(images), model(images))


def test_the_command_line_shows_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = timm.create_model("resnet18", num_classes=3)
    save_file(model.state_dict(), tmp_path / "resnet.safetensors")
    opened = [str(tmp_path / "resnet.safetensors"), "--architecture", "resnet18"]
    assert run(["inspect", *opened, "--json"], capsys)[0] == 0
    code, out, _ = run(["inspect", *opened], capsys)
    assert code == 0
    assert out.strip().endswith("prunes vision transformers only.")
    code, out, err = run(["analyze", *opened, "sample", "-o", str(tmp_path / "r.h5"), "--images", "2"], capsys)
    assert (code, out) == (2, "")
    assert "no attention" in err
    assert err.strip().endswith("[MODEL_UNSUPPORTED]")
    code, out, _ = run(["verify", *opened, "--json"], capsys)
    assert (code, json.loads(out)["round_trip"]) == (0, True)


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    captured = capsys.readouterr()
    return int(stopped.value.code or 0), captured.out, captured.err
