from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from vitprune import PruningPlan, apply, describe, score, verify

SIZE = (3, 32, 32)


class Encoder(nn.Module):
    def __init__(self, batch_first: bool = True, norm_first: bool = False) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, 16, 8, 8)
        layer = nn.TransformerEncoderLayer(16, 2, 24, batch_first=batch_first, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.embed(x).flatten(2).mT).mean(1))


def made(**options: bool) -> nn.Module:
    torch.manual_seed(0)
    model = Encoder(**options).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def zero(_: nn.Module, __: object, output: Tensor) -> Tensor:
    return torch.zeros_like(output)


def skip(_: nn.Module, args: tuple[Tensor], __: object) -> Tensor:
    return args[0]


@pytest.mark.parametrize("norm_first", [True, False])
def test_every_site_goes_exactly(norm_first: bool) -> None:
    model = made(norm_first=norm_first)
    architecture = describe(model, SIZE)
    layers = ["encoder.layers.0", "encoder.layers.1"]
    branches = [f"{layer}.{branch}" for layer in layers for branch in ("self_attn", "linear1")]
    assert [site.id for site in architecture.sublayers] == branches
    assert [site.id for site in architecture.blocks if not site.fixed] == (layers if norm_first else [])
    images = torch.randn(2, *SIZE, generator=torch.Generator().manual_seed(1))
    for site in architecture.prunable:
        plan = PruningPlan.of(architecture, {site.id: "remove"})
        pruned = apply(plan, model)
        last = {"self_attn": "dropout1", "linear1": "dropout2"}.get(site.id.rpartition(".")[2])
        owner = model.get_submodule(f"{site.parent}.{last}" if last else site.id)
        handle = owner.register_forward_hook(zero if last else skip)
        with torch.no_grad():
            expected = model(images)
            handle.remove()
            torch.testing.assert_close(pruned(images), expected, rtol=0, atol=2e-6)
            assert not torch.allclose(model(images), expected, atol=1e-4)
        assert sum(p.numel() for p in pruned.parameters()) == architecture.params - site.params
        assert verify(model, plan).ok


def test_all_but_one_branch_can_go() -> None:
    model = made(norm_first=True)
    architecture = describe(model, SIZE)
    plan = PruningPlan.of(architecture, dict.fromkeys([site.id for site in architecture.sublayers[:-1]], "remove"))
    assert verify(model, plan).ok


def test_scores_are_those_of_the_stream() -> None:
    model = made(norm_first=True)
    images = torch.randn(2, *SIZE, generator=torch.Generator().manual_seed(1))
    describe(model, SIZE)
    scores = score(model, images.split(1), ("cosine",))["cosine"]
    layer = model.get_submodule("encoder.layers.0")
    with torch.no_grad():
        before = model.get_submodule("embed")(images).flatten(2).mT
        y = layer.get_submodule("norm1")(before)
        middle = before + layer.get_submodule("self_attn")(y, y, y)[0]
        after = layer(before)
    for site, x, y in (("self_attn", before, middle), ("linear1", middle, after)):
        expected = torch.cosine_similarity(x.double(), y.double(), dim=-1).mean(-1)
        found = torch.from_numpy(scores[f"encoder.layers.0.{site}"].per_image.copy())
        torch.testing.assert_close(found, expected, rtol=0, atol=3e-6)


def test_a_layer_with_tokens_first_stays() -> None:
    architecture = describe(made(batch_first=False), SIZE)
    assert architecture.prunable == ()
    assert all("batch_first" in block.fixed for block in architecture.blocks)
