"""Running a model from the middle gives what running it whole gives, bit for bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.core import small_models
from tests.core.families.conformance import build
from tests.core.small_models import hooks_of
from vitprune import PruningPlan, apply, describe
from vitprune.segments import IMAGES, Segments
from vitprune.surgery import cut, removals_of

TINY: dict[str, Any] = {"img_size": 32, "num_classes": 10}
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "swin": (
        "swin_tiny_patch4_window7_224",
        TINY | {"embed_dim": 24, "depths": (2, 1, 1, 1), "num_heads": (1, 2, 2, 2), "patch_size": 2},
    ),
    "hiera": ("hiera_tiny_224", TINY | {"embed_dim": 16, "stages": (1, 2, 1, 1)}),
    "cait": ("cait_xxs24_224", TINY | {"patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 2}),
    "xcit": ("xcit_nano_12_p8_224", TINY | {"embed_dim": 32, "depth": 2, "num_heads": 2}),
    "pvt_v2": (
        "pvt_v2_b0",
        {"num_classes": 10, "embed_dims": (16, 32, 32, 48), "depths": (1, 2, 1, 1), "num_heads": (1, 2, 2, 2)},
    ),
    "mvitv2": ("mvitv2_tiny", {"img_size": 64, "num_classes": 10}),
    "volo": ("volo_d1_224", TINY),
    "crossvit": (
        "crossvit_9_240",
        TINY | {"img_size": 48, "img_scale": (1.0, 2 / 3), "embed_dim": [24, 48], "depth": [[1, 2, 0], [1, 2, 0]]},
    ),
    "scaling": ("vit_base_patch16_xp_224", small_models.SMALL | {"init_values": 0.5}),
    "naflexvit": ("naflexvit_base_patch16_gap", {"num_classes": 10, "embed_dim": 48, "depth": 2, "num_heads": 3}),
}


MODELS = [*small_models.MODELS, *OTHERS]
UNCUT = {"crossvit": 0, "cait": 3}
"""How many boundaries each model can be run from, where it is not all of them."""


def make(name: str) -> nn.Module:
    return small_models.build(name) if name in small_models.MODELS else build(*OTHERS[name])


def noise(segments: Segments, count: int = 3) -> Tensor:
    return torch.randn(count, *segments.size, generator=torch.Generator().manual_seed(5))


def outcome(model: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    """As the model itself says it."""
    with torch.no_grad():
        tokens = model.forward_features(images)
        return model.forward_head(tokens, pre_logits=True), model(images)


@pytest.mark.parametrize("name", MODELS)
def test_running_on_from_any_boundary_is_running_the_whole_model(name: str) -> None:
    model = make(name)
    segments = Segments(model)
    images = noise(segments)
    features, logits = outcome(model, images)
    count = len(segments.blocks)
    assert list(segments.blocks) == [block.id for block in describe(model).blocks]
    assert len({anchor for anchor in segments.anchors if anchor != IMAGES}) == UNCUT.get(name, count + 1)
    entry = segments.enter(images)
    state = entry
    for boundary in range(count + 1):
        again = segments.advance(entry, 0, boundary)  # all at once is step by step
        assert torch.equal(again, state)
        before = state.clone()
        found = segments.finish(state, boundary)
        assert torch.equal(found[0], features), boundary
        assert torch.equal(found[1], logits), boundary
        assert torch.equal(before, state)
        state = segments.advance(state, boundary, boundary + 1) if boundary < count else state
    assert hooks_of(model) == 0
    assert type(model) is type(make(name))
    assert torch.equal(outcome(model, images)[1], logits)


@pytest.mark.parametrize(
    "name", ["vit", "attention pool", "swin", "hiera", "mvitv2", "cait", "xcit", "volo", "crossvit"]
)
def test_states_are_those_that_the_blocks_are_given_and_each_block_in_a_part_runs_once(name: str) -> None:
    """Against hooks on a plain forward; hooks of blocks outside the part are never called."""
    model = make(name)
    segments = Segments(model)
    images = noise(segments, 2)
    ran: list[str] = []
    given: dict[str, Any] = {}

    def watch(path: str) -> None:
        def before(_: nn.Module, args: tuple[Any, ...]) -> None:
            ran.append(path)
            given[path] = args

        model.get_submodule(path).register_forward_pre_hook(before)

    for path in segments.blocks:
        watch(path)
    with torch.no_grad():
        model(images)
    assert ran == list(segments.blocks)
    seen, count = dict(given), len(segments.blocks)
    state = segments.enter(images)
    for boundary in range(count):
        path = segments.blocks[boundary]
        if segments.anchors[boundary] == boundary:
            assert any(torch.equal(state, arg) for arg in seen[path] if isinstance(arg, Tensor))
        ran.clear()
        segments.finish(state, boundary)
        assert ran == list(segments.passes(boundary)[0])
        assert path in ran
        ran.clear()
        state = segments.advance(state, boundary, boundary + 1)
        assert ran == list(segments.passes(boundary, boundary + 1)[0])
        assert path in ran


@pytest.mark.parametrize("name", ["vit", "eva, swiglu, rope", "swin", "mvitv2", "cait", "volo"])
def test_the_module_is_followed_as_it_is_now(name: str) -> None:
    """Blocks cut in place after the probe, against a model cut before it."""
    model = make(name)
    architecture = describe(model)
    segments = Segments(model)
    images = noise(segments, 2)
    entry = segments.enter(images)
    for site in (architecture.sublayers[1], architecture.sublayers[-1]):
        plan = PruningPlan.of(architecture, {site.id: "remove"})
        pruned = make(name)
        cut(pruned, removals_of(plan, pruned))
        expected = outcome(pruned, images)
        cut(model, removals_of(plan, model))
        boundary = segments.blocks.index(str(site.parent))
        state = segments.advance(entry, 0, boundary)
        found = segments.finish(state, boundary)
        if site is architecture.sublayers[1]:
            assert torch.equal(found[0], expected[0])
            assert torch.equal(found[1], expected[1])
    assert torch.equal(found[1], outcome(model, images)[1])


class ReadsTwice(nn.Module):
    """Reads what block 0 gives both in block 1 and after it."""

    num_classes = 3

    def __init__(self, block: type[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 8, 8)
        self.blocks = nn.ModuleList(block(12, 2) for _ in range(2))
        self.head = nn.Linear(12, 3)

    def forward_features(self, images: Tensor) -> Tensor:
        tokens = self.stem(images).flatten(2).mT
        first = self.blocks[0](tokens)
        return self.blocks[1](first) + first.mean(1, keepdim=True)

    def forward_head(self, tokens: Tensor, pre_logits: bool = False) -> Tensor:
        return tokens.mean(1) if pre_logits else self.head(tokens.mean(1))

    def forward(self, images: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(images))


def test_where_a_later_part_reads_an_earlier_stream_the_model_is_run_from_there() -> None:
    from timm.models.vision_transformer import Block

    torch.manual_seed(0)
    model = ReadsTwice(Block).eval()
    segments = Segments(model, (3, 32, 32))
    images = noise(segments)
    # The stream after block 0 is the last that all else follows from only if it is what block 1 is given, and it is;
    # but it is read once more after block 1, which no state there can tell.
    assert segments.anchors == (0, 0, 0)
    features, logits = outcome(model, images)
    state = segments.enter(images)
    for boundary in range(3):
        found = segments.finish(segments.advance(state, 0, boundary), boundary)
        assert torch.equal(found[0], features)
        assert torch.equal(found[1], logits)


def test_a_pruned_copy_is_cut_like_the_original() -> None:
    model = small_models.build("vit")
    architecture = describe(model)
    pruned = apply(PruningPlan.of(architecture, {"blocks.1": "remove", "blocks.2.attn": "remove"}), model)
    segments = Segments(pruned)
    images = noise(segments)
    state = segments.enter(images)
    assert torch.equal(segments.advance(state, 1, 2), segments.advance(state, 0, 0))
    assert torch.equal(segments.finish(segments.advance(state, 0, 3), 3)[1], outcome(pruned, images)[1])


def test_boundaries_out_of_order_are_refused() -> None:
    segments = Segments(small_models.build("vit"))
    state = segments.enter(noise(segments))
    with pytest.raises(ValueError, match="boundary"):
        segments.advance(state, 2, 1)
    with pytest.raises(ValueError, match="boundary"):
        segments.advance(state, 0, 4)
