"""Blocks that no family file knows: what is a residual branch of theirs can go, and nothing else can."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, keeper
from tests.core.small_models import build, hooks_of
from vitprune import PruningPlan, apply, describe, score, verify
from vitprune.families import find_blocks, generic

WIDTH = 16
SIZE = (3, 32, 32)


class Heads(nn.Module):
    """Self-attention, written plainly."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(((q @ k.mT).softmax(-1) @ v).transpose(1, 2).flatten(2))


class Base(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attn = Heads()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
        self.drop = nn.Dropout(0.5)
        self.gamma = nn.Parameter(torch.full((WIDTH,), 1e-5))


class PreNorm(Base):
    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PostNorm(Base):
    """The original transformer's."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.attn(x))
        return self.norm2(x + self.mlp(x))


class NormedBranch(Base):
    """Swin V2's."""

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.norm1(self.attn(x))
        return x + self.norm2(self.mlp(x))


class Scaled(Base):
    """A layer scale that is a parameter, and one dropout for both branches that is called `drop`."""

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop(self.gamma * self.attn(self.norm1(x)))
        return x + self.drop(self.mlp(self.norm2(x)))


class Inlined(Base):
    """Its MLP's layers are its own, and the sum is made in place."""

    def __init__(self) -> None:
        super().__init__()
        self.mlp = nn.Identity()
        self.first, self.second = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(3 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attn(self.norm1(x)) + x
        x += self.second(F.gelu(self.first(self.norm2(x))))
        return x


class Torchs(Base):
    """With torch's attention, which gives a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(WIDTH, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class Convolutional(Base):
    """With a third branch, of a convolution, and a stream that looks different meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.local = nn.Conv2d(WIDTH, WIDTH, 3, padding=1, groups=WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        image = x.mT.unflatten(-1, (4, 4))
        x = (image + self.local(image)).flatten(2).mT
        return x + self.mlp(self.norm2(x))


class NotResidual(Base):
    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(self.norm2(self.attn(self.norm1(x))))


class Halved(Base):
    """Only looks residual: the stream shrinks."""

    def forward(self, x: Tensor) -> Tensor:
        x = 0.999 * x + self.attn(self.norm1(x))
        return x - self.mlp(self.norm2(x)) * x


class Watched(Base):
    """Only looks residual: what the MLP makes depends on whether the attention was there."""

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + self.attn(y)
        return x + self.mlp(self.norm2(x)) + y


class Shared(Base):
    """The norm is used twice: it is no branch's own."""

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm1(x))


class Fickle(Base):
    """Residual for one image, and something else for two."""

    def forward(self, x: Tensor) -> Tensor:
        x = x * (1 if len(x) == 1 else 2) + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Parallel(Base):
    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        return x + self.attn(y) + self.mlp(y)


class Tied(Base):
    """Both branches end in one matrix: taking one out frees nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)
        self.attn.proj.weight = self.out.weight

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.out(self.norm2(x))


class Around(nn.Module):
    """vit-pytorch's: the sum is made around any module."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(self.norm(x)) + x


def residuals() -> nn.Module:
    return nn.Sequential(Around(Heads()), Around(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU())))


class Listed(nn.Module):
    """One module for all layers."""

    def __init__(self) -> None:
        super().__init__()
        pair = [nn.ModuleList([Heads(), nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH))]) for _ in range(2)]
        self.layers = nn.ModuleList(pair)
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            attention, mlp = layer.children()
            x = attention(x) + x
            x = mlp(x) + x
        return self.norm(x)


class Transformer(nn.Module):
    """A plain vision transformer of blocks of one kind."""

    def __init__(self, block: Callable[[], nn.Module], depth: int = 2) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, WIDTH, 8, 8)
        self.place = nn.Parameter(torch.randn(1, 16, WIDTH))
        self.blocks = nn.Sequential(*(block() for _ in range(depth)))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 5)
        self.num_classes = 5

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x).flatten(2).mT + self.place
        return self.head(self.norm(self.blocks(x)).mean(1))


def transformer(block: Callable[[], nn.Module], depth: int = 2) -> nn.Module:
    torch.manual_seed(0)
    return Transformer(block, depth).eval()


FOUND: dict[str, tuple[Callable[[], nn.Module], dict[str, str], bool]] = {
    "pre-norm": (PreNorm, {"attn": "norm1 attn", "mlp": "norm2 mlp"}, True),
    "post-norm": (PostNorm, {"attn": "attn", "mlp": "mlp"}, False),
    "normed branch": (NormedBranch, {"attn": "attn norm1", "mlp": "mlp norm2"}, True),
    "scaled": (Scaled, {"attn": "norm1 attn", "mlp": "norm2 mlp"}, True),
    "inlined": (Inlined, {"attn": "norm1 attn", "first": "norm2 first second"}, True),
    "torch's": (Torchs, {"attn": "norm1 attn", "mlp": "norm2 mlp"}, True),
    "convolution": (Convolutional, {"attn": "norm1 attn", "local": "local", "mlp": "norm2 mlp"}, True),
    "around": (residuals, {"0.inner": "0.norm 0.inner", "1.inner": "1.norm 1.inner"}, True),
}


@pytest.mark.parametrize("case", FOUND)
def test_the_branches_are_found(case: str) -> None:
    block, branches, whole = FOUND[case]
    model = transformer(block)
    before = copy.deepcopy(model.state_dict())
    found = list(find_blocks(model))
    assert [path for path, _, _ in found] == ["blocks.0", "blocks.1"]
    for _, module, family in found:
        assert {branch.name: " ".join(branch.owns) for branch in family.branches_of(module)} == branches
        assert (family.fixed(module) == "") is whole
    architecture = describe(model)
    kinds = {"attn": "attention", "local": "conv", "0.inner": "attention"}
    for site in architecture.sublayers:
        assert site.kind == kinds.get(site.id.removeprefix(f"{site.parent}."), "mlp")
    assert hooks_of(model) == 0
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("case", FOUND)
def test_every_site_goes_exactly(case: str) -> None:
    model = transformer(FOUND[case][0])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    architecture = describe(model)
    batch = torch.randn(3, *SIZE, generator=torch.Generator().manual_seed(1))
    for site in architecture.prunable:
        plan = PruningPlan.of(architecture, {site.id: "remove"})
        pruned = apply(plan, model)
        handles = []
        if site.parent is None:
            handles.append(model.get_submodule(site.id).register_forward_hook(lambda _, args, __: args[0]))
        else:
            owned = FOUND[case][1][site.id.removeprefix(f"{site.parent}.")]
            last = model.get_submodule(f"{site.parent}.{owned.split()[-1]}")
            handles.append(last.register_forward_hook(zero))
        with torch.no_grad():
            expected = model(batch)
            for handle in handles:
                handle.remove()
            torch.testing.assert_close(pruned(batch), expected, rtol=0, atol=1e-6)
            assert not torch.allclose(model(batch), expected, atol=1e-4)
        assert sum(p.numel() for p in pruned.parameters()) == architecture.params - site.params
        assert describe(pruned).macs == architecture.macs - site.macs
        proof = verify(model, plan)
        assert proof.ok, proof.failures


def zero(_: nn.Module, __: object, output: Any) -> Any:
    return (torch.zeros_like(output[0]), None) if isinstance(output, tuple) else torch.zeros_like(output)


@pytest.mark.parametrize("case", [case for case in FOUND if case not in ("around",)])
def test_scores_are_those_of_the_stream(case: str) -> None:
    """Against the blocks that run alone, with the branches from the first, second, ... on left out."""
    model = transformer(FOUND[case][0])
    architecture = describe(model)
    batch = torch.randn(2, *SIZE, generator=torch.Generator().manual_seed(1))
    scores = score(model, batch.split(1), ("cosine",))["cosine"]
    given: dict[str, Any] = {}
    block = architecture.blocks[1]
    handle = model.get_submodule(block.id).register_forward_pre_hook(keeper(given, block.id), with_kwargs=True)
    with torch.no_grad():
        model(batch)
        handle.remove()
        stream = given[block.id][0][0]
        if case == "post-norm":
            module = model.get_submodule(block.id)
            steps = [stream, stream + module.attn(stream)]  # type: ignore[operator]
            middle = module.norm1(steps[1])  # type: ignore[operator]
            pairs = [(steps[0], steps[1]), (middle, middle + module.mlp(middle))]  # type: ignore[operator]
        else:
            states = []
            for first in range(len(architecture.children(block.id)) + 1):
                gone = [site.id for site in architecture.children(block.id)][first:]
                pruned = apply(PruningPlan.of(architecture, dict.fromkeys(gone, "remove")), model)
                states.append(pruned.get_submodule(block.id)(stream.clone()))
            pairs = list(pairwise(states))
    for site, (before, after) in zip(architecture.children(block.id), pairs, strict=True):
        expected = F.cosine_similarity(before.double(), after.double(), dim=-1).mean(-1)
        found = torch.from_numpy(scores[site.id].per_image.copy())
        torch.testing.assert_close(found, expected, rtol=0, atol=3e-6)


REFUSED: dict[str, tuple[Callable[[], nn.Module], set[str]]] = {
    "not residual": (NotResidual, set()),
    "shrinking stream": (Halved, set()),
    "branch that is read again": (Watched, set()),
    "depends on the number of images": (Fickle, {"mlp"}),
    "parallel": (Parallel, set()),
    "shared norm": (Shared, {"attn", "mlp"}),
    "shared weights": (Tied, set()),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_only_looks_residual_is_refused(case: str) -> None:
    """Nothing is offered that is not a branch; what is offered goes exactly."""
    block, allowed = REFUSED[case]
    model = transformer(block)
    architecture = describe(model)
    assert {site.id.rpartition(".")[2] for site in architecture.sublayers} <= allowed
    assert not [site for site in architecture.blocks if not site.fixed]
    if not allowed:
        assert "no residual branch" in architecture.note
    for site in architecture.prunable:
        assert verify(model, PruningPlan.of(architecture, {site.id: "remove"})).ok


def test_one_module_for_all_layers_is_one_block_with_all_branches() -> None:
    model = transformer(Listed, depth=1)
    architecture = describe(model)
    (block,) = architecture.blocks
    assert "more than add" in block.fixed
    names = [site.id.removeprefix("blocks.0.") for site in architecture.sublayers]
    assert names == ["layers.0.0", "layers.0.1", "layers.1.0", "layers.1.1"]
    plan = PruningPlan.of(architecture, dict.fromkeys(["blocks.0.layers.0.1", "blocks.0.layers.1.0"], "remove"))
    assert verify(model, plan).ok


def test_a_model_that_looks_into_its_blocks_keeps_what_it_looks_at() -> None:
    class Curious(Transformer):
        def forward(self, x: Tensor) -> Tensor:
            heads: Any = self.blocks[0].get_submodule("attn")
            return super().forward(x) * heads.qkv.weight.mean()

    torch.manual_seed(0)
    architecture = describe(Curious(PreNorm).eval())
    assert "blocks.0" not in {site.parent for site in architecture.sublayers}
    assert "blocks.1.attn" in architecture.by_id


def test_known_blocks_cost_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic, "_Search", None)
    for name in ("vit", "attention pool", "eva, gamma"):
        assert len(list(find_blocks(build(name)))) >= 3


def test_a_model_is_searched_once_and_its_copies_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    model = transformer(PreNorm)
    architecture = describe(model)
    monkeypatch.setattr(generic, "_Search", None)
    pruned = apply(PruningPlan.of(architecture, {"blocks.0.attn": "remove"}), model)
    assert [site.id for site in describe(pruned).sublayers] == ["blocks.0.mlp", "blocks.1.attn", "blocks.1.mlp"]
    monkeypatch.undo()
    again = copy.deepcopy(pruned)
    assert describe(again) == describe(pruned)


def test_what_was_known_of_a_block_ends_with_its_parts() -> None:
    model = transformer(PreNorm)
    assert len(describe(model).sublayers) == 4
    model.get_submodule("blocks.0").mlp = nn.Identity()
    assert all(site.parent == "blocks.1" for site in describe(model).sublayers)


def test_zero_initialised_branches_are_found_all_the_same() -> None:
    model = transformer(PreNorm)
    for block in model.get_submodule("blocks").children():
        for parameter in block.get_submodule("attn.proj").parameters():
            nn.init.zeros_(parameter)
    assert len(describe(model).sublayers) == 4


def test_models_without_weights_are_not_searched() -> None:
    with torch.device("meta"):
        architecture = describe(transformer(PreNorm))
    assert architecture.prunable == ()
    assert "without its weights" in architecture.note
    assert architecture.macs > 0


OF_128: dict[str, Any] = {"num_classes": 10, "pretrained_cfg_overlay": {"input_size": (3, 128, 128)}}


class TestOfTimm(FamilyConformance):
    """Models whose blocks have no file of their own; also what is exported of them."""

    MODELS = {
        "mobilevitv2": ("mobilevitv2_050", OF_128),
        "fastvit": ("fastvit_sa12", OF_128 | {"layers": (1, 1, 1, 2)}),
    }
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2", "token_mixer": "drop_path1"}

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT
