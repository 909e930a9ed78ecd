from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import timm
import torch
from timm.models.vision_transformer import DiffParallelScalingBlock, ParallelScalingBlock
from torch import Tensor, nn

from tests.core.families.conformance import build, images, run
from tests.core.families.side_by_side import SideBySide
from vitprune import PruningPlan, apply, describe, verify
from vitprune.architecture import Site

SMALL: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 48,
    "depth": 2,
    "num_heads": 3,
    "num_classes": 10,
    "init_values": 0.5,
}


class TestThings(SideBySide):
    EXITS = {f"{group}.{i}": f"{group}.{i}" for group in ("attns", "ffns") for i in range(2)}
    MODELS = {
        "vit_small_patch16_18x2_224": ("vit_small_patch16_18x2_224", SMALL),
        "differential attention": ("vit_small_patch16_18x2_224", SMALL | {"attn_layer": "diff"}),
    }

    def groups(self, children: tuple[Site, ...]) -> list[tuple[Site, ...]]:
        return [children[:2], children[2:]]


class TestScaling(SideBySide):
    EXITS = {"attn": "attn_out_proj", "mlp": "mlp_out_proj"}
    MODELS = {
        "vit_base_patch16_xp_224": ("vit_base_patch16_xp_224", SMALL),
        "vit_pwee_patch16_reg1_gap_256": ("vit_pwee_patch16_reg1_gap_256", SMALL),
        "biases, query norms": ("vit_base_patch16_xp_224", SMALL | {"qkv_bias": True, "qk_norm": True}),
        "no biases": ("vit_base_patch16_xp_224", SMALL | {"proj_bias": False, "init_values": None}),
    }


class TestDiffScaling(SideBySide):
    EXITS = {"attn": "", "mlp": ""}
    MODELS = {
        "vit_dpwee_patch16_reg1_gap_256": ("vit_dpwee_patch16_reg1_gap_256", SMALL),
        "biases": ("vit_dpwee_patch16_reg1_gap_256", SMALL | {"qkv_bias": True}),
    }

    def zero_branch(self, block: nn.Module, branch: str) -> list[Any]:
        """The common projection is given zeros in place of what the branch makes."""
        return [block.get_submodule("out_proj").register_forward_pre_hook(partial(zero_columns, block, branch))]

    def entry(self, block: Site, before: Tensor) -> Tensor:
        """The bias of the common projection is added with no branch left."""
        found: Any = self.model.get_submodule(block.id)
        return before - found.ls(found.out_proj.bias)


def zero_columns(block: Any, branch: str, _: nn.Module, args: tuple[Tensor]) -> tuple[Tensor]:
    given, width = args[0].clone(), block.in_norm.weight.numel()
    given[..., slice(width) if branch == "attn" else slice(width, None)] = 0
    return (given,)


SCALING = {
    "fused": partial(ParallelScalingBlock, fuse_out_proj=True),
    "two scalars": partial(DiffParallelScalingBlock, dual_lambda=True),
}


@pytest.mark.parametrize("make", SCALING.values(), ids=SCALING)
@pytest.mark.parametrize("gone", [("attn",), ("mlp",), ("attn", "mlp")])
def test_forms_that_no_published_model_has(make: Any, gone: tuple[str, ...]) -> None:
    model = build("vit_base_patch16_xp_224", SMALL | {"block_fn": make})
    architecture = describe(model)
    plan = PruningPlan.of(architecture, {f"blocks.1.{branch}": "remove" for branch in gone})
    pruned = apply(plan, model)
    batch = images(architecture)
    found, macs = run(pruned, batch)
    for branch in gone:
        TestDiffScaling().zero_branch(model.get_submodule("blocks.1"), branch)
    torch.testing.assert_close(found, run(model, batch)[0], rtol=1e-5, atol=1e-5)
    assert plan.summary(architecture).macs == macs
    assert plan.summary(architecture).params == sum(p.numel() for p in pruned.parameters())


@pytest.mark.parametrize("fused", [True, False])
def test_macs_of_differential_attention_are_those_of_its_kernel(fused: bool) -> None:
    """The fused kernel multiplies with the values once for each of the two maps; the plain form once for both."""
    model = build("vit_dpwee_patch16_reg1_gap_256", SMALL)
    module: Any
    for module in model.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = fused
    architecture = describe(model)
    plan = PruningPlan.of(architecture, {"blocks.0.attn": "remove"})
    assert plan.summary(architecture).macs == run(apply(plan, model), images(architecture))[1]


def test_matrices_of_a_pruned_block_are_narrower() -> None:
    model = build("vit_base_patch16_xp_224", SMALL)
    architecture = describe(model)
    plan = PruningPlan.of(architecture, {"blocks.0.attn": "remove", "blocks.1.mlp": "remove"})
    pruned = apply(plan, model)
    kept = pruned.state_dict()
    original = model.state_dict()
    assert torch.equal(kept["blocks.0.in_proj.weight"], original["blocks.0.in_proj.weight"][: 4 * 48])
    assert torch.equal(kept["blocks.1.in_proj.weight"], original["blocks.1.in_proj.weight"][4 * 48 :])
    assert "blocks.0.attn_out_proj.weight" not in kept
    # One after the other is the same as both at once.
    first = apply(PruningPlan.of(architecture, {"blocks.0.attn": "remove"}), model)
    then = apply(PruningPlan.of(describe(first), {"blocks.1.mlp": "remove"}), first)
    assert all(torch.equal(value, kept[name]) for name, value in then.state_dict().items())


def test_one_branch_of_each_kind_makes_a_plain_block() -> None:
    """A ParallelThingsBlock with one branch left of each kind is a plain block of timm's."""
    parallel = build("vit_small_patch16_18x2_224", SMALL)
    architecture = describe(parallel)
    gone = {f"blocks.{i}.{name}": "remove" for i in range(2) for name in ("attns.1", "ffns.0")}
    pruned = apply(PruningPlan.of(architecture, gone), parallel)
    plain = timm.create_model("vit_small_patch16_36x1_224", **SMALL).eval()
    renamed = {
        name.replace("attns.0.attn", "attn")
        .replace("attns.0.norm", "norm1")
        .replace("attns.0.ls", "ls1")
        .replace("ffns.1.mlp", "mlp")
        .replace("ffns.1.norm", "norm2")
        .replace("ffns.1.ls", "ls2"): value
        for name, value in pruned.state_dict().items()
    }
    plain.load_state_dict(renamed)
    batch = images(architecture)
    with torch.inference_mode():
        torch.testing.assert_close(pruned(batch), plain(batch), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["vit_base_patch16_xp_224", "vit_dpwee_patch16_reg1_gap_256"])
def test_the_proof_holds(name: str) -> None:
    model = timm.create_model(name, **SMALL)
    plan = PruningPlan.of(describe(model), {"blocks.0.attn": "remove", "blocks.1.mlp": "remove"})
    assert verify(model, plan).failures == ()
