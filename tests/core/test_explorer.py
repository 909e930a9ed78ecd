"""What activations say, against numpy by another way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.core.kept import SITES, InMemory, asked, data, streams
from vitprune import sessions
from vitprune.cka import MINIBATCH, linear_cka
from vitprune.cli import main
from vitprune.errors import ArgumentInvalid, ComparisonImpossible
from vitprune.explorer import FEATURES, HIGH, LEVELS, Explored, across, census, look_at, principal, spread
from vitprune.results import Activations
from vitprune.statistics import bootstrap_mean, proportion


def explored(images: int = 40, *, tokens: tuple[int, ...] = tuple(range(13)), seed: int = 0, **how: str) -> Explored:
    values = {site: stream[:, list(tokens)] for site, stream in streams(images, seed=seed).items()}
    return Explored.of(how.pop("name", "one"), asked(images, **how), InMemory(tokens, values))


# One image -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tokens", [tuple(range(13)), (0, 2, 3, 7, 12), (1, 4, 6, 9)])
def test_lengths_and_cosines_of_one_image(tokens: tuple[int, ...]) -> None:
    held = explored(tokens=tokens)
    picture = look_at(held, 7)
    assert picture.image == 7
    assert tuple(picture.sites) == SITES
    for site, found in picture.sites.items():
        stream = streams(40)[site][7].astype(np.float64)[list(tokens)]
        for place, vector in enumerate(stream):
            assert found.norms[place] == pytest.approx(np.sqrt(sum(x * x for x in vector)), rel=1e-12)
        patches = stream[1:] if tokens[0] == 0 else stream
        assert found.similarity is not None
        assert found.similarity.shape == (len(patches), len(patches))
        for i, one in enumerate(patches):
            for j, other in enumerate(patches):
                cosine = one @ other / np.sqrt((one @ one) * (other @ other))
                assert found.similarity[i, j] == pytest.approx(cosine, abs=5e-4)
            if tokens[0] == 0:
                cosine = one @ stream[0] / np.sqrt((one @ one) * (stream[0] @ stream[0]))
                assert found.to_class is not None
                assert found.to_class[i] == pytest.approx(cosine, abs=1e-12)
        assert (found.to_class is None) == (tokens[0] != 0)
        assert not any(a.flags.writeable for a in (found.norms, found.components, found.explained, found.similarity))


@settings(max_examples=40, deadline=None)
@given(n=st.integers(2, 9), dim=st.integers(1, 9), seed=st.integers(0, 999))
def test_principal_components_are_those_of_the_singular_values(n: int, dim: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(n, dim)) + 3
    scores, explained = principal(values)
    centred = values - values.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    few = min(3, n - 1, dim)
    wanted = (u * s)[:, :few]
    np.testing.assert_allclose(np.abs(scores[:, :few]), np.abs(wanted), atol=1e-6)
    np.testing.assert_allclose(explained[:few], (s**2 / (s**2).sum())[:few], atol=1e-9)
    assert not scores[:, few:].any()
    # Up to a sign, which is that of the largest score.
    assert (scores[np.abs(scores).argmax(0), range(3)] >= 0).all()
    assert scores[:, :few].T @ scores[:, :few] == pytest.approx(np.diag(s[:few] ** 2), abs=1e-6)


def test_components_of_what_has_none() -> None:
    scores, explained = principal(np.ones((4, 3)))
    assert not scores.any()
    assert not explained.any()
    scores, explained = principal(np.array([[1.0, np.nan], [0, 1]]))
    assert np.isnan(scores).all()
    assert np.isnan(explained).all()
    assert not principal(np.ones((1, 3)))[0].any()


def test_components_keep_their_signs_from_site_to_site() -> None:
    values = streams(4)
    flipped = {site: (stream if i % 2 else -stream) for i, (site, stream) in enumerate(values.items())}
    for kept in (values, flipped):
        picture = look_at(Explored.of("x", asked(4), InMemory(tuple(range(13)), kept)), 0)
        found = [one.components for one in picture.sites.values()]
        for before, after in pairwise(found):
            assert ((before * after).sum(0) >= 0).all()


def test_colours_span_what_the_components_span() -> None:
    one = look_at(explored(), 3).sites[SITES[1]]
    colours = one.colours()
    assert colours.shape == (12, 3)
    assert colours.min() == 0
    assert colours.max() == 255
    for component in range(3):
        order = np.argsort(one.components[:, component])
        assert (np.diff(colours[order, component].astype(int)) >= 0).all()
    assert not replace(one, components=np.full((12, 3), np.nan)).colours().any()


def test_cosines_are_left_out_where_there_is_no_room() -> None:
    room = 2 * 12 * 12
    for count in range(5):
        picture = look_at(explored(), 0, room=count * room)
        having = [site for site, one in picture.sites.items() if one.similarity is not None]
        assert len(having) == count
        assert not count or SITES[-1] in having
    with pytest.raises(IndexError):
        look_at(explored(), 40)


def test_values_that_are_no_numbers_stay_none() -> None:
    values = streams(3)
    values[SITES[1]][1, 4, 2] = np.nan
    values[SITES[2]][1, 0, :] = np.inf
    held = Explored.of("x", asked(3), InMemory(tuple(range(13)), values))
    picture = look_at(held, 1)
    broken = picture.sites[SITES[1]]
    assert np.isnan(broken.norms).sum() == 1
    assert np.isnan(broken.components).all()
    assert np.isfinite(picture.sites[SITES[2]].components).all(), "the class token is no patch"
    assert np.isfinite(look_at(held, 0).sites[SITES[1]].components).all()
    counted = census(held)
    assert [counted.sites[site].not_finite for site in SITES] == [0, 1, 6, 0]
    assert counted.sites[SITES[1]].values == 3 * 13 * 6 - 1


# Many images ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [40, 13])
def test_a_census_is_what_numpy_finds(most: int) -> None:
    held = explored()
    found = census(held, most=most)
    chosen = np.round(np.linspace(0, 39, most)).astype(int)
    assert (found.images, found.of) == (most, 40)
    for site, one in found.sites.items():
        stream = streams(40)[site][chosen].astype(np.float64)
        lengths = np.sqrt((stream**2).sum(2))
        patches = lengths[:, 1:]
        close = 1e-5  # lengths are computed in single precision
        assert one.class_norm is not None
        assert one.patch_norm is not None
        assert one.high is not None
        wanted = bootstrap_mean(patches.mean(1))
        for name in ("value", "low", "high"):
            assert getattr(one.patch_norm, name) == pytest.approx(getattr(wanted, name), rel=close)
        assert one.class_norm.value == pytest.approx(lengths[:, 0].mean(), rel=close)
        assert one.patch_norm.n == one.class_norm.n == most
        np.testing.assert_allclose(one.norm_quantiles, np.quantile(patches, LEVELS), rtol=1e-5)
        assert one.longest == pytest.approx(patches.max(), rel=close)
        cut = HIGH * np.median(patches)
        assert one.cut == pytest.approx(cut, rel=close)
        assert one.high.value == pytest.approx((patches > cut).mean(), abs=1e-12)
        assert 0 < one.high.value < 0.1, "the long patch of every third image"
        assert one.with_high == proportion((patches > cut).any(axis=1))
        exact = np.quantile(stream, LEVELS, method="inverted_cdf")
        np.testing.assert_array_equal(one.value_quantiles, exact)
        assert (one.lowest, one.highest, one.values) == (stream.min(), stream.max(), stream.size)
        pairs = []
        for image in stream:
            units = image / np.linalg.norm(image, axis=1, keepdims=True)
            cosines = units[1:] @ units[1:].T
            pairs.append((cosines[~np.eye(12, dtype=bool)].mean(), (units[1:] @ units[0]).mean()))
        assert one.patch_similarity is not None
        assert one.class_similarity is not None
        assert one.patch_similarity.value == pytest.approx(np.mean(pairs, 0)[0], abs=1e-5)
        assert one.class_similarity.value == pytest.approx(np.mean(pairs, 0)[1], abs=1e-5)


def test_a_census_does_not_depend_on_how_much_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = census(explored())
    monkeypatch.setattr("vitprune.explorer._PIECE", 13 * 6 * 7)
    held = explored()
    pieces = census(held)
    assert isinstance(held.kept, InMemory)
    assert max(count for _, count in held.kept.read_) == 7
    for site in SITES:
        one, other = whole.sites[site], pieces.sites[site]
        assert one.patch_norm == other.patch_norm
        assert one.patch_similarity == other.patch_similarity
        np.testing.assert_array_equal(one.value_quantiles, other.value_quantiles)


def test_none_seen_is_not_none_at_all() -> None:
    values = {site: stream / np.linalg.norm(stream, axis=2, keepdims=True) for site, stream in streams(40).items()}
    held = InMemory(tuple(range(13)), {site: stream.astype(np.float16) for site, stream in values.items()})
    one = census(Explored.of("x", asked(40), held)).sites[SITES[0]]
    assert one.high is not None
    assert one.with_high == proportion(np.zeros(40, bool))
    assert one.with_high is not None
    assert (one.high.value, one.high.low, one.high.high) == (0, 0, one.with_high.high)
    assert one.high.high > 0.05


def test_without_a_class_token_there_is_no_figure_of_it() -> None:
    found = census(explored(tokens=(2, 5, 6))).sites[SITES[0]]
    assert found.class_norm is None
    assert found.class_similarity is None
    alone = census(explored(tokens=(0, 6))).sites[SITES[0]]
    assert alone.patch_similarity is None, "one patch is like no other"
    assert alone.class_similarity is not None


@given(count=st.integers(0, 400), most=st.integers(0, 400))
def test_images_are_taken_evenly(count: int, most: int) -> None:
    chosen = spread(count, most).tolist()
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    if len(chosen) > 1:
        assert (chosen[0], chosen[-1]) == (0, count - 1)
        gaps = np.diff(chosen)
        assert gaps.max() - gaps.min() <= 1


# Two sessions --------------------------------------------------------------------------------------------------------


def hsic(k: NDArray[np.float64], l: NDArray[np.float64]) -> float:  # noqa: E741
    """Unbiased, as Song et al. write it."""
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))  # noqa: E741
    one = np.ones(n)
    terms = np.trace(k @ l), (one @ k @ one) * (one @ l @ one) / (n - 1) / (n - 2), -2 / (n - 2) * (one @ k @ l @ one)
    return float(sum(terms)) / (n * (n - 3))


@pytest.mark.parametrize("features", FEATURES)
def test_cka_of_two_sessions_by_its_definition(features: str) -> None:
    images = 2 * MINIBATCH + 3
    one, other = explored(images), explored(images, seed=5, tokens=(0, 3, 4, 12), name="other")
    found = across(one, other, features)
    assert (found.names, found.rows, found.columns) == (("one", "other"), SITES, SITES)
    assert (found.images, found.of) == (images, images)
    assert found.patches == ((12, 12), (3, 12))
    dealt = np.array_split(np.random.default_rng(0).permutation(images), 2)

    def of(held: Explored, site: str) -> NDArray[np.float64]:
        assert isinstance(held.kept, InMemory)
        values = held.kept.values[site].astype(np.float64)
        return values[:, 0] if features == "cls" else values[:, 1:].mean(1)

    for i, row in enumerate(SITES):
        for j, column in enumerate(SITES):
            x, y = of(one, row), of(other, column)
            terms = [[hsic(a[d] @ a[d].T, b[d] @ b[d].T) for a, b in ((x, y), (x, x), (y, y))] for d in dealt]
            xy, xx, yy = np.sum(terms, 0)
            assert found.value[i, j] == pytest.approx(xy / np.sqrt(xx * yy), abs=1e-9)
            halves = [t[0] / np.sqrt(t[1] * t[2]) for t in terms]
            assert found.standard_error[i, j] == pytest.approx(np.std(halves), abs=1e-9), "jackknife over two"
    whole = linear_cka([of(one, site) for site in SITES])[0]
    np.testing.assert_allclose(across(one, one, features).value, whole, atol=1e-12)


def test_images_have_to_be_the_same() -> None:
    one, same = explored(), explored(seed=1, name="other")
    assert across(one, same, most=10).images == 10
    for other, says in (
        (
            explored(digest="e", name="other"),
            "40 of them the same by name, but not all the same files in the same order",
        ),
        (explored(30, digest="e", name="other"), "one has 40 images and other 30, 30 of them the same by name"),
        (replace(same, data=None), "other does not say which images"),
        (replace(same, data=replace(data(40), digest="e", paths=("x",) * 40)), "none of them the same by name"),
    ):
        for features in FEATURES:
            with pytest.raises(ComparisonImpossible, match=says) as raised:
                across(one, other, features)
            assert "same images" in raised.value.hint


def test_features_have_to_be_kept() -> None:
    with pytest.raises(ComparisonImpossible, match=r"other keeps no class token\."):
        across(explored(), explored(tokens=(2, 3), name="other"), "cls")
    with pytest.raises(ArgumentInvalid, match="patch, cls"):
        across(explored(), explored(), "mean")


def test_a_file_says_the_same_as_memory(tmp_path: Path) -> None:
    path = tmp_path / "run.vitprune.h5"
    values = streams(40)
    sessions.save(replace(asked(40), activations=Activations(tuple(range(13)), values)), path)
    stored = sessions.activations(path)
    assert stored is not None
    one, other = Explored.of("one", sessions.load(path), stored), explored()
    assert one.layouts == other.layouts
    assert one.bytes_of(40) == 4 * 40 * 13 * 6 * 2
    np.testing.assert_array_equal(
        look_at(one, 9).sites[SITES[2]].components, look_at(other, 9).sites[SITES[2]].components
    )
    assert census(one, most=9).sites[SITES[3]].patch_norm == census(other, most=9).sites[SITES[3]].patch_norm
    np.testing.assert_array_equal(across(one, other).value, across(other, other).value)


# On the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Two sessions of the same images in the present folder; what the verb prints, or the code of what it refuses."""
    for name, seed in (("one", 0), ("two", 5)):
        kept = Activations(tuple(range(13)), streams(40, seed=seed))
        sessions.save(replace(asked(40), activations=kept), tmp_path / f"{name}.vitprune.h5")
    sessions.save(asked(40), tmp_path / "none.vitprune.h5")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Any:
        with pytest.raises(SystemExit) as stop:
            main(["activations", *map(str, arguments)])
        said = capsys.readouterr()
        if stop.value.code:
            assert stop.value.code == 2
            assert not said.out or "--json" in arguments
            return said.err.strip()
        return json.loads(said.out) if "--json" in arguments else said.out

    return call


def test_the_verb_counts_tokens(run: Callable[..., Any]) -> None:
    found = run("one.vitprune.h5", "--json")
    assert (found["tokens"], found["census"]["images"], found["census"]["of"]) == (list(range(13)), 40, 40)
    assert [site["site"] for site in found["census"]["sites"]] == list(SITES)
    for site in found["census"]["sites"]:
        stream = streams(40)[site["site"]].astype(np.float64)
        lengths = np.linalg.norm(stream, axis=2)
        assert site["class_norm"]["value"] == pytest.approx(lengths[:, 0].mean(), rel=1e-5)
        assert site["patch_norm"]["value"] == pytest.approx(lengths[:, 1:].mean(), rel=1e-5)
        low, high = site["patch_norm"]["interval"]
        assert low < lengths[:, 1:].mean() < high
        long = lengths[:, 1:] > 3 * np.median(lengths[:, 1:])
        assert site["high"]["value"] == pytest.approx(long.mean())
        assert site["with_high"]["value"] == pytest.approx(long.any(1).mean())
        assert site["value_quantiles"] == np.quantile(stream, found["census"]["levels"], method="inverted_cdf").tolist()
        assert (site["lowest"], site["highest"]) == (stream.min(), stream.max())
    few = run("one.vitprune.h5", "--images", 7, "--site", "blocks.1", "--json")["census"]
    assert (few["images"], [site["site"] for site in few["sites"]]) == (7, list(SITES[2:]))
    table = run("one.vitprune.h5", "--site", SITES[3])
    norm = found["census"]["sites"][3]["patch_norm"]
    assert f"{norm['value']:.4g} ({norm['interval'][0]:.4g} to {norm['interval'][1]:.4g})" in table
    assert SITES[2] not in table


def test_the_verb_looks_at_an_image(run: Callable[..., Any]) -> None:
    found = run("one.vitprune.h5", "--image", 4, "--json")["image"]
    assert (found["image"], found["path"]) == (4, "3.png")
    for site in found["sites"]:
        patches = streams(40)[site["site"]][3, 1:].astype(np.float64)
        assert site["norms"] == pytest.approx(np.linalg.norm(patches, axis=1))
        spread = np.linalg.svd(patches - patches.mean(0), compute_uv=False) ** 2
        assert site["explained"] == pytest.approx(spread[:3] / spread.sum())
        assert site["high"] == [4], "the fifth token of every third image is long"
        units = patches / np.linalg.norm(patches, axis=1, keepdims=True)
        pairs = (units @ units.T)[np.triu_indices(12, 1)]
        assert site["similarity"] == pytest.approx(np.median(pairs), abs=5e-4)
        assert f"{100 * site['explained'][0]:.1f} %" in run("one.vitprune.h5", "--image", 4, "--site", site["site"])


def test_the_verb_compares_two_sessions(run: Callable[..., Any]) -> None:
    found = run("one.vitprune.h5", "--other", "two.vitprune.h5", "--features", "cls", "--json")
    assert "census" not in found
    wanted = linear_cka([streams(40, seed=seed)[site][:, 0].astype(float) for seed in (0, 5) for site in SITES])[0]
    assert found["across"]["rows"] == found["across"]["columns"] == list(SITES)
    np.testing.assert_allclose(found["across"]["cka"], wanted[:4, 4:], atol=1e-12)
    best = int(np.argmax(wanted[0, 4:]))
    line = next(
        line for line in run("one.vitprune.h5", "--other", "two.vitprune.h5", "--features", "cls").splitlines()
        if line.startswith(SITES[0])
    )  # fmt: skip
    assert line.split()[1] == SITES[best]
    assert f"{wanted[0, 4 + best]:.3f}" in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.vitprune.h5",), "keeps no activations"),
        (("one.vitprune.h5", "--site", "blocks.7"), "blocks.0.attn, blocks.0.mlp, blocks.1.attn, ..., blocks.1.mlp"),
        (("one.vitprune.h5", "--image", 41), "from 1 to 40"),
        (("one.vitprune.h5", "--image", 0), "from 1 to 40"),
        (("one.vitprune.h5", "--images", 0), "from 1"),
        (("one.vitprune.h5", "--other", "none.vitprune.h5"), "keeps no activations"),
        (("gone.vitprune.h5",), "SESSION_NOT_FOUND"),
    ],
)
def test_what_the_verb_cannot_show_it_says(run: Callable[..., Any], arguments: tuple[object, ...], says: str) -> None:
    assert says in run(*arguments)


def test_the_page_of_the_manual_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "activations.md").read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    activations = Activations(tuple(range(13)), streams(40))
    sessions.save(replace(asked(40), activations=activations), tmp_path / "run.vitprune.h5")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "activations.md", "exec"), {})
    assert capsys.readouterr().out.startswith("(3, 4)")
