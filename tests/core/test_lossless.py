"""A rewritten model computes what the model computed: in double precision, where rounding hides nothing, and after a
round trip through files. And what is not exact is neither offered nor passed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from small_models import MODELS, SMALL, build, images
from timm.layers.attention import Attention, AttentionRope
from timm.models.eva import EvaAttention
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from tests.core.rebuilding import rebuild
from vitprune import PruningPlan, apply, describe, load_exported, lossless, score, verify
from vitprune.errors import ArgumentInvalid, ModelUnsupported, RecipeInvalid
from vitprune.export.folder import export
from vitprune.loading import open_model
from vitprune.lossless import rewrite, rewrites
from vitprune.lossless.biases import drop_bias
from vitprune.lossless.class_token import PrefixAttention, keep_class_token
from vitprune.lossless.layer_scale import drop_layer_scale
from vitprune.lossless.norm_affine import drop_norm_affine
from vitprune.lossless.rule import Places, Rule
from vitprune.verification import _config_of, _reference_of

TOKEN = {"global_pool": "token"}
GROUPED = {"attn_type": "rope", "num_kv_heads": 1, "qkv_fused": False, "use_rot_pos_emb": False}
MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "distilled": ("deit_tiny_distilled_patch16_224", SMALL),
    "layer scale": ("deit3_small_patch16_224", SMALL),
    "norms everywhere": ("vit_tiny_patch16_224", SMALL | {"qk_norm": True, "scale_attn_norm": True}),
    "no bias": ("vit_tiny_patch16_224", SMALL | {"qkv_bias": False, "proj_bias": False}),
    "eva, token": ("eva_large_patch14_196", SMALL | TOKEN),
    "eva, swiglu, rope, token": ("eva02_tiny_patch14_224", SMALL | TOKEN),
    "eva, apart, inner norms, token": ("eva02_base_patch14_224", SMALL | TOKEN),
    "eva, gamma, registers, token": ("vit_small_patch16_dinov3", SMALL | TOKEN),
    "eva, grouped keys, token": ("eva02_tiny_patch14_224", SMALL | TOKEN | GROUPED),
    "pit": ("pit_ti_224", {"num_classes": 10}),
}
ALL = (*MODELS, *MORE)
NAMES = ("norm-affine", "key-bias", "value-bias", "layer-scale", "class-token")


def made(name: str) -> nn.Module:
    if name in MODELS:
        return build(name)
    architecture, arguments = MORE[name]
    model = timm.create_model(architecture, **arguments)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(noise * parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.3 * noise + 0.6)
    return model.eval()


def batch_of(model: nn.Module, count: int = 2) -> Tensor:
    return images(count, size=describe(model).input_size[-1])


def difference(one: nn.Module, other: nn.Module, batch: Tensor) -> float:
    with torch.no_grad():
        found, expected = one(batch), other(batch)
    return float((found - expected).abs().max() / expected.abs().max())


def counted(model: nn.Module) -> tuple[int, int]:
    """Parameters, and MACs of one image, of a real forward."""
    batch, frozen = batch_of(model, 1), copy.deepcopy(model).requires_grad_(False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        frozen(batch)
    return sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2


def pruned_of(model: nn.Module, *sites: str) -> nn.Module:
    return apply(PruningPlan.of(describe(model), dict.fromkeys(sites, "remove")), model)


def write(model: nn.Module, folder: Path, names: tuple[str, ...] = (), *sites: str) -> None:
    architecture = describe(model)
    plan = PruningPlan.of(architecture, dict.fromkeys(sites, "remove"))
    reference = _reference_of(model)
    assert reference is not None
    config = _config_of(model)
    export(model, plan, folder, architecture=architecture, reference=reference, data_config=config, rewrites=names)


def applicable(model: nn.Module) -> tuple[str, ...]:
    return tuple(found.name for found in rewrites(model) if found.applicable)


def folded(model: nn.Module, names: Sequence[str]) -> tuple[nn.Module, int, int]:
    """These rewrites in double precision, where rounding hides nothing, with what they promise to save together."""
    planned, double, params, macs = copy.deepcopy(model), copy.deepcopy(model).double(), 0, 0
    for rule in lossless.rules():
        if rule.name in names:
            promised = next(found for found in rewrites(planned) if found.name == rule.name)
            for place in promised.places:
                rule.fold(double, place)
                rule.reshape(planned, place)
            params, macs = params + promised.params, macs + promised.macs
    return double, params, macs


def check(model: nn.Module, names: Sequence[str]) -> None:
    rewritten, params, macs = folded(model, names)
    batch = batch_of(model).double()
    assert difference(rewritten, copy.deepcopy(model).double(), batch) <= 1e-12
    before, after = counted(model), counted(rewritten.float())
    assert (before[0] - after[0], before[1] - after[1]) == (params, macs)
    assert describe(rewritten).macs == after[1]
    assert params + macs > 0


@pytest.mark.parametrize("name", ALL)
def test_every_rewrite_alone_and_all_together_are_exact(name: str) -> None:
    model = made(name)
    names = applicable(model)
    assert names
    for one in names:
        check(model, [one])
    if len(names) > 1:
        check(model, names)


@pytest.mark.parametrize("name", ALL)
def test_the_proof_holds_in_single_precision(name: str) -> None:
    model = made(name)
    rewritten, report = rewrite(model)
    assert report.failures == ()
    assert report.max_difference <= 1e-6
    assert all(step.max_difference <= 1e-6 for step in report.steps)
    assert difference(rewritten, model, batch_of(model)) <= 2e-6
    assert (report.params, report.macs) == counted(rewritten)


@pytest.mark.parametrize("name", ["vit", "distilled", "eva, mixed rope", "eva, token"])
@pytest.mark.parametrize(
    "sites",
    [
        ("blocks.2.attn",),
        ("blocks.2.mlp",),
        ("blocks.2",),
        ("blocks.0.attn", "blocks.1.attn", "blocks.2.attn"),
        ("blocks.0.mlp", "blocks.1", "blocks.2.attn"),
    ],
    ids="+".join,
)
def test_a_pruned_model_is_rewritten_exactly(name: str, sites: tuple[str, ...]) -> None:
    model = pruned_of(made(name), *sites)
    names = applicable(model)
    assert "class-token" in names
    check(model, names)


def test_the_class_token_is_alone_from_the_last_attention_on() -> None:
    """With no attention after block 0, everything behind it runs on the token that is read."""
    model = pruned_of(made("vit"), "blocks.1.attn", "blocks.2.attn")
    rewritten, report = rewrite(model, ["class-token"])
    assert report.steps[0].rewrite.places == ("blocks.0",)
    lengths: list[int] = []
    for place in range(3):
        rewritten.get_submodule(f"blocks.{place}.mlp").register_forward_hook(
            lambda _, args, __: lengths.append(args[0].shape[1])
        )
    rewritten(images(1))
    assert lengths == [1, 1, 1]


def test_a_distilled_model_keeps_both_of_its_tokens() -> None:
    rewritten, _ = rewrite(made("distilled"))
    given: list[tuple[int, ...]] = []
    rewritten.get_submodule("blocks.2").register_forward_hook(lambda _, __, output: given.append(tuple(output.shape)))
    rewritten(images(1))
    assert given == [(1, 2, 48)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vit", {"layer-scale": "there is no layer scale"}),
        ("qk norm, average pool", {"key-bias": "normalised", "class-token": "more than the class token"}),
        ("norms everywhere", {"key-bias": "normalised", "value-bias": "normalised before the projection"}),
        ("eva, mixed rope", {"key-bias": "rotated"}),
        ("eva, post-norm", {"norm-affine": "EvaBlockPostNorm", "class-token": "more than"}),
        ("differential attention", {"value-bias": "normalised", "class-token": "DiffAttention"}),
        ("attention pool", {"class-token": "more than the class token"}),
        ("pit", {"class-token": "PoolingVisionTransformer"}),
        (
            "no bias",
            {"norm-affine": "no bias, and a new one would be larger", "key-bias": "no bias", "value-bias": "no bias"},
        ),
    ],
)
def test_what_is_not_exact_is_not_offered(name: str, expected: dict[str, str]) -> None:
    found = {entry.name: entry for entry in rewrites(made(name))}
    assert tuple(found) == NAMES
    for rewrite_name, reason in expected.items():
        entry = found[rewrite_name]
        assert not entry.applicable
        assert (entry.places, entry.params, entry.macs) == ((), 0, 0)
        assert reason in entry.reason


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("qk norm, average pool", lambda model: drop_bias(model, "blocks.1.attn", 1)),
        ("eva, mixed rope", lambda model: drop_bias(model, "blocks.1.attn", 1)),
        ("vit", lambda model: drop_bias(model, "blocks.1.attn", 0)),
        ("vit", lambda model: drop_bias(model, "blocks.1.attn", 2)),
        ("layer scale, registers", lambda model: drop_layer_scale(model, "blocks.1.mlp")),
        ("vit", lambda model: drop_norm_affine(model, "blocks.1.mlp")),
        ("qk norm, average pool", lambda model: keep_class_token(model, "blocks.2")),
        ("vit", lambda model: keep_class_token(model, "blocks.1")),
    ],
)
def test_the_conditions_are_needed(name: str, wrong: Callable[[nn.Module], None]) -> None:
    """The same cuts where they are not exact, or without the folding, change the logits for all to see."""
    model = made(name) if name != "eva, mixed rope" else made_rotated()
    broken = copy.deepcopy(model)
    wrong(broken)
    assert difference(broken, model, images(2)) > 1e-4


def made_rotated() -> nn.Module:
    """Keys with a bias that are rotated."""
    arguments: dict[str, Any] = SMALL | {"attn_type": "rope"}
    model = timm.create_model("eva02_tiny_patch14_224", **arguments)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(parameter.numel()))
    return model.eval()


def test_rotated_keys_keep_their_bias() -> None:
    found = {entry.name: entry for entry in rewrites(made_rotated())}
    assert "rotated" in found["key-bias"].reason
    assert found["value-bias"].applicable


def forgetful(rule: Rule) -> Rule:
    """The rule, with the structure of its rewrite but without the folding."""
    return replace(rule, fold=rule.reshape)


def boastful(rule: Rule) -> Rule:
    """The rule, promising more than it does."""

    def places(model: nn.Module) -> Places:
        found = rule.places(model)
        return {k: replace(v, params=v.params + 1, macs=v.macs + 1) for k, v in found.items() if not isinstance(v, str)}

    return replace(rule, places=places)


@pytest.mark.parametrize("broken", ["norm-affine", "value-bias", "layer-scale"])
def test_a_rewrite_that_does_not_fold_is_caught(broken: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = tuple(forgetful(rule) if rule.name == broken else rule for rule in lossless.rules())
    monkeypatch.setattr(lossless, "rules", lambda: rules)
    model = made("layer scale, registers")
    _, report = rewrite(model)
    assert not report.ok
    assert {failure.partition(":")[0] for failure in report.failures[:-1]} == {broken}
    assert "differ" in report.failures[-1]
    with pytest.raises(ModelUnsupported, match="not exact"):
        write(model, tmp_path / "out", (broken,))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_promise_that_is_not_kept_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tuple(boastful(rule) if rule.name == name else rule for rule in lossless.rules())
    monkeypatch.setattr(lossless, "rules", lambda: rules)
    _, report = rewrite(made("layer scale, registers"), [name])
    assert len(report.failures) == 2
    assert "parameters are gone" in report.failures[0]
    assert "MACs are gone" in report.failures[1]


def test_the_original_is_untouched_and_shares_no_memory() -> None:
    model = made("layer scale, registers")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.random.get_rng_state()
    rewritten, _ = rewrite(model)
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch.no_grad():
        for parameter in rewritten.parameters():
            parameter.zero_()
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    assert applicable(model) == NAMES


def test_a_rewritten_model_trains() -> None:
    rewritten, _ = rewrite(made("layer scale, registers"))
    rewritten.train()(images(2)).sum().backward()
    assert all(parameter.grad is not None for parameter in rewritten.parameters())


def test_unknown_and_unfit_names_are_refused() -> None:
    with pytest.raises(ArgumentInvalid, match="no rewrite 'magic'"):
        rewrite(made("vit"), ["magic"])
    with pytest.raises(ModelUnsupported, match="there is no layer scale"):
        rewrite(made("vit"), ["layer-scale"])


def test_what_is_done_is_not_offered_again() -> None:
    rewritten, _ = rewrite(made("vit"))
    assert applicable(rewritten) == ()
    assert rewrite(rewritten)[1].steps == ()
    keyless, _ = rewrite(made("vit"), ["key-bias"])
    assert "before key-bias" in next(entry for entry in rewrites(keyless) if entry.name == "norm-affine").reason
    assert difference(rewrite(keyless)[0], made("vit"), images(2)) <= 1e-6


KINDS: dict[str, Callable[[], nn.Module]] = {
    "plain": lambda: Attention(24, 3, qkv_bias=True),
    "gated, normed": lambda: Attention(24, 3, qk_norm=True, scale_norm=True, gated=True, norm_layer=nn.LayerNorm),
    "rope": lambda: AttentionRope(24, 3, num_prefix_tokens=3),
    "rope, grouped, gated": lambda: AttentionRope(
        24, 3, num_prefix_tokens=3, qkv_fused=False, num_kv_heads=1, gated=True, rotate_half=True
    ),
    "eva": lambda: EvaAttention(24, 3, num_prefix_tokens=3, scale_norm=False),
    "eva, apart, normed": lambda: EvaAttention(
        24, 3, num_prefix_tokens=3, qkv_fused=False, scale_norm=True, norm_layer=nn.LayerNorm
    ),
}


@pytest.mark.parametrize("mask", ["none", "rows", "keys", "causal"])
@pytest.mark.parametrize("kind", KINDS)
def test_attention_of_a_prefix_is_the_prefix_of_the_attention(kind: str, mask: str) -> None:
    torch.manual_seed(0)
    attention = KINDS[kind]()
    for parameter in attention.parameters():
        nn.init.normal_(parameter, std=0.3)
    x = torch.randn(2, 11, 24, dtype=torch.float64)
    given: dict[str, Any] = {"is_causal": True} if mask == "causal" else {}
    if mask in ("rows", "keys"):
        given["attn_mask"] = torch.randn(11 if mask == "rows" else 1, 11, dtype=torch.float64)
    if kind != "plain" and kind != "gated, normed":
        given["rope"] = torch.randn(8, 16, dtype=torch.float64)
    expected = attention.double()(x, **given)[:, :2]
    found = PrefixAttention(copy.deepcopy(attention), 2)(x, **given)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_scores_of_a_rewritten_block_are_those_of_the_class_token() -> None:
    model = made("vit")
    rewritten, _ = rewrite(model)
    expected, found = score(model, [images(3)], tokens=("all", "cls")), score(rewritten, [images(3)])["cosine"]
    for site, table in (("blocks.2.attn", "cosine@cls"), ("blocks.2.mlp", "cosine@cls"), ("blocks.1.attn", "cosine")):
        assert found[site].per_image == pytest.approx(expected[table][site].per_image, abs=1e-5)
    assert "blocks.2" not in found


@pytest.mark.usefixtures("forked_proofs")
def test_a_rewritten_model_can_be_pruned_further_and_proved(tmp_path: Path) -> None:
    model = made("layer scale, registers")
    rewritten, _ = rewrite(model)
    plan = PruningPlan.of(describe(rewritten), {"blocks.0.mlp": "remove", "blocks.2.attn": "remove"})
    proof = verify(rewritten, plan)
    assert proof.failures == ()
    assert proof.round_trip is True
    pruned = apply(plan, rewritten)
    assert difference(pruned, pruned_of(model, "blocks.0.mlp", "blocks.2.attn"), images(2)) <= 1e-6
    write(rewritten, tmp_path / "out", (), "blocks.0.mlp", "blocks.2.attn")
    with torch.no_grad():
        assert torch.equal(load_exported(tmp_path / "out")(images(2)), pruned(images(2)))


def test_what_is_exported_is_the_same_bit_for_bit_here_and_in_a_process_without_vitprune(tmp_path: Path) -> None:
    batch = images(2)
    expected: dict[Path, Tensor] = {}
    for place, name in enumerate(name for name in ALL if name != "pit"):
        folder, model = tmp_path / str(place), made(name)
        sites = ("blocks.0.mlp", "blocks.2.attn") if place % 3 == 1 else ()
        pruned = pruned_of(model, *sites)
        names = applicable(pruned)
        write(model, folder, names, *sites)
        save_file({"images": batch}, folder / "images.safetensors")
        rewritten, report = rewrite(pruned, names)
        with torch.no_grad():
            expected[folder] = rewritten(batch)
            opened = open_model(str(folder))
            assert torch.equal(opened.module(batch), expected[folder])
        assert lossless.recorded(opened.module) == lossless.recorded(rewritten)
        assert set(opened.plan or ()) == set(sites)
        assert (opened.architecture.params, opened.architecture.macs) == (report.params, report.macs)
    rebuild(expected, torch.get_num_threads())
    for folder, logits in expected.items():
        assert torch.equal(load_file(folder / "logits.safetensors")["logits"], logits), folder.name


def test_the_folder_says_what_was_rewritten(tmp_path: Path) -> None:
    model = made("layer scale, registers")
    write(model, tmp_path / "out", NAMES, "blocks.0.attn")
    recipe = json.loads((tmp_path / "out" / "recipe.json").read_text())
    assert tuple(recipe["rewrites"]) == NAMES
    assert recipe["rewrites"]["key-bias"] == ["blocks.1.attn", "blocks.2.attn"]
    assert recipe["rewrites"]["class-token"] == ["blocks.2"]
    text = (tmp_path / "out" / "README.md").read_text()
    assert "## Rewritten, free and exact" in text
    summary = PruningPlan.of(describe(model), {"blocks.0.attn": "remove"}).summary(describe(model))
    assert f"{summary.params:,} now" in text


@pytest.mark.parametrize(
    "tampered",
    [
        {"magic": ["blocks.0.attn"]},
        {"key-bias": ["head"]},
        {"key-bias": ["blocks.0.attn", "blocks.0.attn"]},
        {"key-bias": ["blocks.7.attn"]},
        {"key-bias": ["blocks.0.mlp"]},
        {"layer-scale": ["blocks.0.attn"]},
        {"class-token": ["blocks.0"]},
        {"class-token": ["blocks.2", "blocks.2"]},
        {"class-token": [""]},
        {"class-token": ["blocks.2; import os"]},
        {"key-bias": "blocks.0.attn"},
        {"key-bias": [1]},
        ["key-bias"],
    ],
    ids=str,
)
def test_a_recipe_with_other_rewrites_is_refused(tampered: object, tmp_path: Path) -> None:
    write(made("vit"), tmp_path / "out", ("key-bias", "class-token"))
    path = tmp_path / "out" / "recipe.json"
    recipe = json.loads(path.read_text())
    path.write_text(json.dumps(recipe | {"rewrites": tampered}))
    with pytest.raises(RecipeInvalid):
        open_model(str(tmp_path / "out"))
