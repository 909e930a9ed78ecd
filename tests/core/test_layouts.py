"""Where kept tokens lie, against models that are shown an image with one bright patch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import timm
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import vitprune
from tests.core.kept import InMemory
from tests.core.session_examples import session
from vitprune.architecture import Architecture, Kind, Site
from vitprune.layouts import layouts
from vitprune.metrics.accumulators import TokenRecorder
from vitprune.results import Session
from vitprune.scores import Score, Scores
from vitprune.scoring import score

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "class token": ("vit_tiny_patch16_224", {"img_size": 64, "embed_dim": 24, "depth": 2, "num_heads": 2}),
    "no class token": (
        "vit_tiny_patch16_224",
        {"img_size": 64, "embed_dim": 24, "depth": 1, "num_heads": 2, "class_token": False, "global_pool": "avg"},
    ),
    "registers": (
        "vit_tiny_patch16_224",
        {"img_size": 64, "embed_dim": 24, "depth": 1, "num_heads": 2, "reg_tokens": 4},
    ),
    "not square": ("vit_tiny_patch16_224", {"img_size": (48, 80), "embed_dim": 24, "depth": 1, "num_heads": 2}),
    "distilled": ("deit_tiny_distilled_patch16_224", {"img_size": 64, "embed_dim": 24, "depth": 1, "num_heads": 2}),
    "stages": (
        "swin_tiny_patch4_window7_224",
        {"img_size": 64, "window_size": 4, "embed_dim": 24, "depths": (1, 1, 1), "num_heads": (1, 1, 1)},
    ),
    "joins later": (
        "convit_tiny",
        {"img_size": 64, "embed_dim": 12, "depth": 2, "num_heads": 2, "local_up_to_layer": 1},
    ),
}


def shown(name: str, kept: int, at: tuple[float, float], **options: Any) -> tuple[Session, InMemory, Any]:
    """Activations of a grey image, and of one with a bright spot at a share of its height and width."""
    torch.manual_seed(0)
    model = timm.create_model(name, **options).eval()
    architecture = vitprune.describe(model)
    _, height, width = architecture.input_size
    images = torch.zeros(2, 3, height, width)
    row, column = int(at[0] * height), int(at[1] * width)
    images[1, :, row : row + 4, column : column + 4] = 8
    recorder = TokenRecorder(kept)
    scores = score(model, [images], ("cosine",), tokens=("all", "cls", "patch"), observers=(recorder,))
    found = InMemory(recorder.indices, recorder.finish())
    made = session(2, 1)
    plan = vitprune.PruningPlan.of(architecture)
    return Session(made.model, architecture, plan, made.environment, "", scores=scores), found, model


@pytest.mark.parametrize("case", MODELS)
@pytest.mark.parametrize("at", [(0.0, 0.75), (0.5, 0.25)])
def test_the_bright_patch_is_found_where_it_is(case: str, at: tuple[float, float]) -> None:
    name, options = MODELS[case]
    asked, kept, model = shown(name, 10_000, at, **options)
    found = layouts(asked, kept)
    assert list(found) == [site.id for site in asked.architecture.sublayers]
    for site, layout in found.items():
        assert layout.grid is not None, layout.reason
        values = kept.values[site].astype(np.float64)
        moved = np.linalg.norm(values[1] - values[0], axis=1)
        lattice = layout.spread_out(moved[layout.patches])
        # The tokens were chosen by the first stream: of one that is longer later, the last is left out.
        assert np.isnan(lattice).sum() == (case == "joins later" and layout.has_class)
        row, column = np.unravel_index(np.nanargmax(lattice), lattice.shape)
        assert (row, column) == (int(at[0] * layout.grid[0]), int(at[1] * layout.grid[1])), site
        if case != "joins later":  # the model says how many tokens are no patches; this one changes its mind
            assert layout.prefix == getattr(model, "num_prefix_tokens", 0)
        assert layout.has_class == bool(layout.prefix)


def test_a_class_token_that_joins_later_is_noticed() -> None:
    asked, kept, _ = shown("convit_tiny", 10_000, (0, 0), **MODELS["joins later"][1])
    prefixes = [(layout.prefix, layout.has_class) for layout in layouts(asked, kept).values()]
    assert prefixes == [(0, False)] * 2 + [(1, True)] * 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hiera_tiny_224", {"img_size": (64, 64), "embed_dim": 12, "stages": (1, 1, 1, 1), "num_heads": 1}),
        ("mobilevit_xxs", {}),
    ],
)
def test_rows_are_not_assumed_where_there_are_none(name: str, options: dict[str, Any]) -> None:
    asked, kept, _ = shown(name, 10_000, (0, 0.75), **options)
    strayed = 0
    for site, layout in layouts(asked, kept).items():
        assert layout.grid is None
        assert f"{name} do not lie row by row" in layout.reason
        assert len(layout.cells) == 0
        assert len(layout.patches) == len(layout.tokens), "they are tokens all the same"
        # What it would be to assume them.
        values = kept.values[site].astype(np.float64)
        side = round(len(layout.tokens) ** 0.5)
        place = np.linalg.norm(values[1] - values[0], axis=1).argmax()
        strayed += abs(int(place) // side) > 0.3 * side or abs(int(place) % side - 0.75 * side) > 0.3 * side
    assert strayed


@given(
    side=st.sampled_from([4, 7, 14, 16]),
    rows=st.integers(3, 20),
    columns=st.integers(3, 20),
    prefix=st.integers(0, 5),
    kept=st.integers(2, 500),
    told=st.booleans(),
)
def test_a_grid_that_is_found_is_the_one(
    side: int, rows: int, columns: int, prefix: int, kept: int, told: bool
) -> None:
    """However few tokens are kept: the last one is always among them."""
    length = prefix + rows * columns
    indices = np.unique(np.linspace(0, length - 1, min(kept, length)).round().astype(int)).tolist()
    made = bare((3, side * rows, side * columns), "cls" if prefix else "patch")
    if told:
        tables = {"cosine@patch": {"a": Score(np.zeros(2))}}
        tables |= {"cosine@cls": {"a": Score(np.zeros(2))}} if prefix else {}
        made = replace(made, scores=Scores(2, tables))
    layout = layouts(made, tokens(indices, a=length))["a"]
    assert layout.grid == (rows, columns)
    assert layout.prefix == prefix
    assert [layout.tokens[i] - prefix for i in layout.patches] == [r * columns + c for r, c in layout.cells.tolist()]


def bare(input_size: tuple[int, int, int], pooled: str, family: str = "ViT") -> Session:
    made = session(2, 1)
    sites = tuple(Site(name, Kind.ATTENTION, i, 1, 1) for i, name in enumerate("abc"))
    model = Architecture("m", family, 3, 3, input_size, 5, 2, sites, pooled=pooled)
    return Session(made.model, model, vitprune.PruningPlan.of(model), made.environment, "")


def tokens(indices: list[int], **lengths: int) -> InMemory:
    return InMemory(
        tuple(indices), {site: np.zeros((2, sum(i < n for i in indices), 4), np.float16) for site, n in lengths.items()}
    )


def test_a_few_kept_tokens_have_their_places() -> None:
    indices = np.linspace(0, 196, 16).round().astype(int).tolist()
    layout = layouts(bare((3, 224, 224), "cls"), tokens(indices, a=197))["a"]
    assert (layout.grid, layout.prefix, layout.class_place) == ((14, 14), 1, 0)
    assert len(layout.patches) == 15
    lattice = layout.spread_out(np.arange(15.0))
    assert np.isfinite(lattice).sum() == 15
    for patch, (row, column) in enumerate(layout.cells.tolist()):
        assert 1 + 14 * row + column == indices[patch + 1]
        assert lattice[row, column] == patch
        assert layout.patch_at(row, column) == patch
    assert layout.patch_at(0, 0) is None


def test_later_stages_are_told_by_how_many_places_they_have() -> None:
    indices = np.linspace(0, 3135, 64).round().astype(int).tolist()
    found = layouts(bare((3, 224, 224), "patch", "Swin"), tokens(indices, a=3136, b=784, c=196))
    assert [layout.grid for layout in found.values()] == [(56, 56), (28, 28), (14, 14)]
    assert [layout.class_place for layout in found.values()] == [None] * 3


def test_what_is_not_known_is_not_guessed() -> None:
    asked = bare((3, 224, 224), "patch")
    assert "fits no grid" in layouts(asked, tokens([*range(151)], a=151))["a"].reason
    assert "Fewer than two" in layouts(asked, tokens([0, 10, 3135], a=3136, b=5))["b"].reason
    wide = layouts(asked, tokens([0, 100, 3135], a=3136, b=2000))["b"]
    assert wide.grid is None
    assert "apart from others" in wide.reason
    with pytest.raises(ValueError, match="apart"):
        wide.spread_out(np.zeros(2))


def test_scores_say_where_the_class_token_is() -> None:
    values: NDArray[np.float64] = np.zeros(2)
    asked, kept = bare((3, 224, 224), ""), tokens([*range(197)], a=197, b=196)
    assert layouts(asked, kept)["b"].class_place is None
    tables = {"cosine": {"a": Score(values)}, "cosine@cls": {"a": Score(values)}}
    told = Session(asked.model, asked.architecture, asked.plan, asked.environment, "", scores=Scores(2, tables))
    found = layouts(told, kept)
    assert (found["a"].class_place, found["b"].class_place) == (0, None)
    assert (found["a"].prefix, found["b"].prefix) == (1, 0)
