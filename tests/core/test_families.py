from __future__ import annotations

from typing import Any

import pytest
import timm
import torch
from small_models import MODELS, build, hooks_of
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vitprune import describe
from vitprune.architecture import Architecture, Kind
from vitprune.families import families, find_blocks


def counted(model: nn.Module, size: tuple[int, int, int]) -> tuple[dict[str, int], int]:
    """MACs by module path, and in all, as torch counts them on real tensors."""
    model.requires_grad_(False)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        model(torch.zeros(1, *size))
    prefix = f"{type(model).__name__}."
    counts = counter.get_flop_counts()
    by_path = {name.removeprefix(prefix): sum(ops.values()) // 2 for name, ops in counts.items()}
    return by_path, counter.get_total_flops() // 2


@pytest.mark.parametrize("name", MODELS)
def test_macs_are_what_torch_counts(name: str) -> None:
    model = build(name)
    architecture = describe(model)
    by_path, total = counted(model, architecture.input_size)
    assert architecture.macs == total
    assert {s.id: s.macs for s in architecture.sublayers} == {s.id: by_path[s.id] for s in architecture.sublayers}


@pytest.mark.parametrize("name", MODELS)
def test_params_are_those_that_disappear(name: str) -> None:
    model = build(name)
    for site in describe(model).sublayers:
        block = model.get_submodule(site.parent or "")
        number = {"attn": "1", "mlp": "2"}[site.id.rsplit(".", 1)[1]]
        mine = {"1": ("attn.", "norm1.", "ls1.", "gamma_1"), "2": ("mlp.", "norm2.", "ls2.", "gamma_2")}[number]
        if site.parent == "attn_pool":
            mine = ("mlp.", "norm.")
        assert site.params == sum(p.numel() for n, p in block.named_parameters() if n.startswith(mine))


@pytest.mark.parametrize(
    ("model", "attention", "mlp", "share"),
    [
        ("vit_tiny_patch16_224", 0.044, 0.058, 0.431),
        ("vit_small_patch16_224", 0.146, 0.232, 0.386),
        ("vit_base_patch16_224", 0.524, 0.930, 0.361),
        ("vit_base_patch16_384", 1.873, 2.723, 0.408),
    ],
)
def test_macs_of_published_models(model: str, attention: float, mlp: float, share: float) -> None:
    """GMACs of a block: 4 D^2 N + 2 N^2 D for attention, 8 D^2 N for the MLP."""
    with torch.device("meta"):
        architecture = describe(timm.create_model(model))
    first, second = architecture.sublayers[:2]
    assert round(first.macs / 1e9, 3) == attention
    assert round(second.macs / 1e9, 3) == mlp
    assert round(first.macs / (first.macs + second.macs), 3) == share


def test_sites_are_module_paths_in_running_order() -> None:
    architecture = describe(build("vit"))
    assert [site.id for site in architecture.sites[:4]] == ["blocks.0", "blocks.0.attn", "blocks.0.mlp", "blocks.1"]
    assert [site.depth for site in architecture.blocks] == [0, 1, 2]
    assert {site.kind for site in architecture.sublayers} == {Kind.ATTENTION, Kind.MLP}
    block = architecture.blocks[0]
    assert block.params == sum(site.params for site in architecture.children(block.id))


@pytest.mark.parametrize("training", [True, False])
def test_describing_changes_nothing(training: bool) -> None:
    model = build("eva, gamma").train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    describe(model)
    assert model.training is training
    assert hooks_of(model) == 0
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.device.type == "cpu" for p in model.parameters())


class Doubled(nn.Module):
    """Not timm's: an unknown module."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * self.layer(x)


@pytest.mark.parametrize("make", [lambda: timm.create_model("resnet18"), Doubled])
def test_a_model_without_known_blocks_says_so(make: Any) -> None:
    architecture = describe(make())
    assert architecture.prunable == ()
    assert "has no attention" in architecture.note
    assert architecture.macs > 0


def test_a_model_without_known_blocks_is_outlined_all_the_same() -> None:
    model = timm.create_model("resnet18")
    architecture = describe(model)
    by_path, _ = counted(model, architecture.input_size)
    layers = [f"layer{stage}{block}" for stage in (1, 2, 3, 4) for block in ("", ".0", ".1")]
    assert [site.id for site in architecture] == ["conv1", "bn1", *layers, "fc"]
    for site in architecture:
        assert site.kind is Kind.BLOCK
        assert type(model.get_submodule(site.id)).__name__ in site.fixed
        assert site.parent == (site.id[:6] if "." in site.id else None)
        assert site.params == sum(p.numel() for p in model.get_submodule(site.id).parameters())
        assert site.macs == by_path.get(site.id, 0)


@pytest.mark.parametrize(
    ("changes", "reads"),
    [
        ({}, "class token"),
        ({"global_pool": "avg"}, ""),
        ({"global_pool": "map"}, ""),
        ({"num_classes": 0}, "class token"),
    ],
)
def test_the_note_of_a_class_pooled_model_is_true(changes: dict[str, Any], reads: str) -> None:
    """What the last block gives for patches is replaced by noise: the logits change unless the note says so."""
    model = build("vit", **changes)
    note = describe(model).note
    assert (f"The head reads the {reads} only" in note) if reads else note == ""
    batch = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = model(batch)

        def disturb(_: nn.Module, __: object, output: torch.Tensor) -> torch.Tensor:
            return torch.cat([output[:, :1], output[:, 1:] + torch.randn_like(output[:, 1:])], dim=1)

        model.get_submodule("blocks.2").register_forward_hook(disturb)
        assert torch.equal(model(batch), logits) is bool(reads)


def test_a_subclass_of_a_known_block_is_not_known() -> None:
    """It may compute anything."""
    model = build("vit")

    class Own(timm.models.vision_transformer.Block):
        def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
            return 2 * super().forward(x)

    model.get_submodule("blocks.1").__class__ = Own
    known = {path: family for path, _, family in find_blocks(model) if family in families()}
    assert list(known) == ["blocks.0", "blocks.2"]


def test_families_are_found_without_a_list() -> None:
    assert {family.block.__name__ for family in families()} >= {"Block", "EvaBlock", "EvaBlockPostNorm"}


def test_an_architecture_survives_json() -> None:
    architecture = describe(build("vit"))
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.digest == architecture.digest
    assert describe(build("vit", depth=2)).digest != architecture.digest
