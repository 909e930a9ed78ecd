"""A session on disk is the session, bit for bit, and other programs find their way in it."""

from __future__ import annotations

import ast
import inspect
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.core.session_examples import difference, hdf5, session
from vitprune import sessions
from vitprune.architecture import Architecture, Cost, Kind, Site
from vitprune.errors import ArgumentInvalid, SaveFailed, SessionNotFound
from vitprune.jobs import PRECISIONS
from vitprune.plan import Action, PruningPlan, Target
from vitprune.results import (
    Activations,
    DataReference,
    Environment,
    Evaluation,
    Latency,
    ModelReference,
    Repair,
    Session,
    SiteRepair,
    SkippedImage,
    Study,
    Trial,
)
from vitprune.scores import Boundaries, Score, Scores
from vitprune.sessions import schema
from vitprune.statistics import Estimate

# Sessions that nobody would make by hand ----------------------------------------------------------------------------

texts = st.text(st.characters(categories=None), max_size=8).filter(lambda text: not text.endswith("\0"))
names = st.from_regex(r"[a-z]{1,6}(\.[0-9a-z]{1,3}){0,2}", fullmatch=True)
counts = st.integers(0, 2**62)
numbers = st.floats(width=64)
seconds = st.floats(0, allow_nan=False, allow_infinity=False)
paths_inside = texts.filter(lambda text: text[:1] != "/" and ".." not in text.split("/"))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def arrays(*shape: int, dtype: Any = np.float64) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(dtype, shape)


def times(most: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, st.integers(0, most), elements=seconds)


def tuples(items: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most).map(tuple)


@st.composite
def references(draw: st.DrawFn, images: int) -> DataReference:
    paths = tuple(draw(st.lists(paths_inside, min_size=images, max_size=images)))
    classes = draw(tuples(texts))
    label = st.integers(0, len(classes) - 1) if classes else st.nothing()
    labels = tuple(draw(st.lists(label, min_size=images, max_size=images))) if classes and draw(st.booleans()) else ()
    skipped = draw(tuples(st.builds(SkippedImage, texts, texts)))
    return DataReference(draw(texts), paths, labels, classes, skipped, draw(counts), draw(texts))


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    sites: list[Site] = []
    repairs = tuple(Cost(action, draw(counts), draw(counts)) for action in ("mean", "diagonal", "low-rank", "linear"))
    blocks = draw(st.lists(texts, max_size=3, unique=True))
    for depth, block in enumerate(blocks):
        sites.append(Site(f"{depth}{block}x", Kind.BLOCK, depth, draw(counts), draw(counts)))
        sites.append(
            Site(f"{depth}{block}x.attn", Kind.ATTENTION, depth, draw(counts), draw(counts), sites[-1].id, "", repairs)
        )
    size = draw(st.tuples(st.integers(1, 4), counts, counts))
    return Architecture(
        draw(texts),
        draw(texts),
        draw(counts),
        draw(counts),
        size,
        draw(counts),
        draw(counts),
        tuple(sites),
        draw(texts),
    )


@st.composite
def plans(draw: st.DrawFn, model: Architecture) -> PruningPlan:
    removable = [site.id for site in model.sites if site.depth > 0]  # one block always stays
    chosen = draw(st.sets(st.sampled_from(removable))) if removable else set()
    actions = st.sampled_from(["remove", "mean", "diagonal", "low-rank", "linear"])
    repaired = {site: draw(actions) if model.by_id[site].repairs else "remove" for site in sorted(chosen)}
    return PruningPlan.of(model, repaired, draw(st.sampled_from(Target)))


@st.composite
def evaluations(draw: st.DrawFn, model: Architecture) -> Evaluation:
    images = draw(st.integers(0, 4))
    estimates = st.none() | st.builds(Estimate, numbers, numbers, numbers, st.integers(0, 2**50))
    names_of = ("top1", "top5", "loss", "agreement", "kl", "feature_cosine", "knn")
    per_image = {name: draw(arrays(images)) for name in draw(tuples(names.map(lambda n: n[:4])))}
    latency = st.builds(Latency, times(3), counts, counts, texts)
    return Evaluation(
        draw(plans(model)),
        draw(references(images)),
        draw(counts),
        draw(counts),
        draw(arrays(images, dtype=np.int64)),
        per_image,
        **{name: draw(estimates) for name in names_of},
        latency=draw(st.none() | latency),
        warnings=draw(tuples(texts)),
        created=draw(texts),
        precision=draw(st.sampled_from(PRECISIONS)),
        repair=draw(st.none() | st.builds(Repair, texts, counts, texts, tuples(fits))),
    )


fits = st.builds(SiteRepair, texts, texts, numbers, numbers, numbers)
studies = st.builds(Study, tuples(texts), tuples(counts), tuples(texts), texts, texts, references(2), st.booleans())


def trials(model: Architecture) -> st.SearchStrategy[Trial]:
    return st.builds(Trial, texts, texts, counts, texts, plans(model), seconds)


@st.composite
def boundaries(draw: st.DrawFn) -> Boundaries:
    side = draw(st.integers(0, 3))
    labels = tuple(draw(st.lists(texts, min_size=side, max_size=side)))
    return Boundaries(draw(arrays(side, side)), draw(arrays(side, side)), labels, draw(st.none() | counts))


@st.composite
def scores(draw: st.DrawFn) -> Scores:
    images = draw(st.integers(0, 4))
    tables = {
        metric: {site: Score(draw(arrays(images))) for site in draw(st.lists(texts, max_size=3, unique=True))}
        for metric in draw(st.lists(names, max_size=3, unique=True))
        if metric != "metrics"
    }
    angles, cka = (draw(st.dictionaries(names.filter(lambda n: n != "names"), boundaries(), max_size=2)) for _ in "12")
    return Scores(images, tables, draw(st.none() | boundaries()), angles, cka)


@st.composite
def any_sessions(draw: st.DrawFn) -> Session:
    model = draw(architectures())
    kept = Activations(
        draw(tuples(st.integers(0, 2**40))),
        {site: draw(arrays(2, 1, 3, dtype=np.float16)) for site in draw(st.lists(names, max_size=2, unique=True))},
    )
    return Session(
        ModelReference(
            draw(texts),
            draw(texts),
            draw(st.dictionaries(st.text(), json_values, max_size=3)),
            draw(texts),
            draw(texts),
            draw(tuples(texts)),
        ),
        model,
        draw(plans(model)),
        draw(st.builds(Environment, *[texts] * 7, counts)),
        draw(texts),
        draw(st.none() | references(2)),
        draw(st.none() | scores()),
        draw(tuples(evaluations(model), 2)),
        draw(st.none() | studies),
        draw(tuples(trials(model))),
        activations=draw(st.none() | st.just(kept)),
        seconds=draw(seconds),
    )


def assert_round_trip(saved: Session, path: Path) -> None:
    sessions.save(saved, path)
    assert difference(sessions.load(path), replace(saved, activations=None)) == ""
    if saved.activations is not None:
        for site, values in saved.activations.values.items():
            tokens, read = sessions.read_activations(path, site)
            assert difference((tokens, read), (saved.activations.token_indices, values)) == ""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(saved=any_sessions())
def test_any_session_comes_back_as_it_was(saved: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert_round_trip(saved, tmp_path_factory.mktemp("any") / "a.vitprune.h5")


def test_a_realistic_session_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = session(activations=True)
    assert saved.scores is not None
    assert len(saved.architecture.sites) == 36
    assert_round_trip(saved, tmp_path / "run.vitprune.h5")
    loaded = sessions.load(tmp_path / "run.vitprune.h5")
    assert loaded.scores is not None
    for metric, table in saved.scores.items():
        for site, score in table.items():
            read = loaded.scores[metric][site]
            assert difference((read.mean, read.standard_error), (score.mean, score.standard_error)) == ""


def test_the_comparison_of_these_tests_sees_one_bit() -> None:
    one, other = session(6, 2), session(6, 2)
    assert difference(one, other) == ""
    assert other.scores is not None
    values = other.scores["cosine"]["blocks.1.attn"].per_image
    values[3] = np.nextafter(values[3], 2)
    assert "blocks.1.attn" in difference(one, other)


def test_loaded_arrays_are_read_only_and_contiguous(tmp_path: Path) -> None:
    path = tmp_path / "a.vitprune.h5"
    sessions.save(session(8, 2, activations=True), path)
    loaded = sessions.load(path)
    assert loaded.scores is not None
    assert loaded.scores.boundaries is not None
    evaluation = loaded.evaluations[0]
    assert evaluation.latency is not None
    for array in (
        loaded.scores["cosine"]["blocks.0"].per_image,
        loaded.scores.boundaries.mean,
        evaluation.predictions,
        evaluation.per_image["kl"],
        evaluation.latency.samples_ms,
        sessions.read_activations(path, "blocks.0")[1],
    ):
        assert not array.flags.writeable
        assert array.flags.c_contiguous


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.vitprune.h5", tmp_path / "two.vitprune.h5"
    sessions.save(session(8, 2, activations=True), one)
    sessions.save(session(8, 2, activations=True), two)
    assert one.read_bytes() == two.read_bytes()


def test_model_args_are_kept_as_json(tmp_path: Path) -> None:
    saved = session(4, 2)
    arguments = MappingProxyType({"img_size": (112, 112), "qkv_bias": False})
    sessions.save(replace(saved, model=replace(saved.model, model_args=arguments)), tmp_path / "a.vitprune.h5")
    assert sessions.load(tmp_path / "a.vitprune.h5").model.model_args == {"img_size": [112, 112], "qkv_bias": False}


def test_a_data_set_that_is_used_often_is_stored_once(tmp_path: Path) -> None:
    sessions.save(session(6, 2), tmp_path / "a.vitprune.h5")
    with hdf5(tmp_path / "a.vitprune.h5") as file:
        assert set(file["data"]) == {"0", "1"}


def test_a_session_of_the_first_release_opens() -> None:
    """Written by version 0.1.0 of the program, before there were repairs, trials and studies."""
    loaded = sessions.load(Path(__file__).parent / "data" / "version-1.vitprune.h5")
    assert loaded.environment.vitprune == "0.1.0"
    assert loaded.scores is not None
    assert loaded.scores["cosine"]["blocks.3"].mean == 0.9604705174763998
    assert [len(evaluation.plan) for evaluation in loaded.evaluations] == [0, 2]
    assert loaded.plan == PruningPlan.of(loaded.architecture, {"blocks.3.attn": "remove", "blocks.7": "remove"})
    kl = loaded.evaluations[1].kl
    assert kl is not None
    assert (kl.value, kl.n) == (0.017046737038375188, 6)
    assert (loaded.study, loaded.trials, loaded.evaluations[1].repair) == (None, (), None)
    assert {site.repairs for site in loaded.architecture} == {()}
    tokens, values = sessions.read_activations(Path(__file__).parent / "data" / "version-1.vitprune.h5", "blocks.3.mlp")
    assert (len(tokens), values.shape) == (2, (6, 2, 96))


def test_a_session_of_the_first_release_is_of_the_same_model(tmp_path: Path) -> None:
    """So that what is measured today goes on in that file."""
    from vitprune.workflow import open_model

    loaded = sessions.load(Path(__file__).parent / "data" / "version-1.vitprune.h5")
    model = open_model("sample")
    assert loaded.architecture.digest == model.architecture.digest
    sessions.save(replace(loaded, architecture=model.architecture), tmp_path / "a.vitprune.h5")
    assert difference(sessions.load(tmp_path / "a.vitprune.h5").evaluations, loaded.evaluations) == ""


def test_an_evaluation_takes_the_place_of_one_of_the_same_inputs_alone() -> None:
    whole = session(6, 2)
    repaired = whole.evaluations[2]
    assert repaired.repair is not None
    assert repaired.plan.action("blocks.0.attn") is Action.LINEAR
    again = replace(repaired, params=1)
    others = replace(repaired, repair=replace(repaired.repair, digest="f" * 64))
    elsewhere = replace(repaired, data=whole.evaluations[0].data)
    assert whole.with_evaluation(again).evaluations == (*whole.evaluations[:2], again)
    assert len(whole.with_evaluation(others).with_evaluation(elsewhere).evaluations) == 5


# Saving --------------------------------------------------------------------------------------------------------------


def test_activations_of_a_loaded_session_go_on_into_the_next_file(tmp_path: Path) -> None:
    path, saved = tmp_path / "a.vitprune.h5", session(8, 2, activations=True)
    assert saved.activations is not None
    sessions.save(saved, path)
    loaded = sessions.load(path)
    changed = loaded.with_plan(PruningPlan.of(loaded.architecture, {"blocks.1": "remove"}))
    sessions.save(changed, path, activations_from=path)
    assert sessions.load(path).plan == changed.plan
    tokens, values = sessions.read_activations(path, "blocks.1.mlp")
    assert tokens == (0, 17)
    np.testing.assert_array_equal(values, saved.activations.values["blocks.1.mlp"])
    with pytest.raises(SessionNotFound):
        sessions.save(changed, path, activations_from=tmp_path / "missing.vitprune.h5")


def test_a_link_stays_a_link_and_a_mode_stays_a_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.vitprune.h5", tmp_path / "link.vitprune.h5"
    sessions.save(session(4, 2), real)
    real.chmod(0o640)
    link.symlink_to(real)
    sessions.save(session(4, 2, seed=5), link)
    assert link.is_symlink()
    assert difference(sessions.load(real), session(4, 2, seed=5)) == ""
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "broken",
    [
        lambda s: replace(s, created="ends in nothing\0"),
        lambda s: replace(s, seconds="soon"),
        lambda s: replace(s, scores=replace(s.scores, tables={"a/b": s.scores["cosine"]})),
        lambda s: replace(s, scores=replace(s.scores, tables={"metrics": s.scores["cosine"]})),
        lambda s: replace(s, scores=replace(s.scores, cka={"names": s.scores.boundaries})),
        lambda s: replace(s, model=replace(s.model, model_args={"x": object()})),
        lambda s: replace(s, model=replace(s.model, model_args={"x": float("nan")})),
        lambda s: replace(s, data=replace(s.data, seed=2**70)),
        lambda s: replace(s, data=replace(s.data, labels=(0.5, 1.0))),
        lambda s: replace(s, plan=PruningPlan("other", "0" * 64)),
        lambda s: replace(s, activations=Activations((0,), {"blocks.0": np.zeros((2, 1, 3))})),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_what_cannot_be_kept_exactly_is_refused(broken: Callable[[Any], Session], tmp_path: Path) -> None:
    path = tmp_path / "a.vitprune.h5"
    sessions.save(session(4, 2), path)
    before = path.read_bytes()
    with pytest.raises(SaveFailed) as caught:
        sessions.save(broken(session(4, 2)), path)
    assert caught.value.hint
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_left_overs_of_a_killed_save_go_with_a_later_one(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / name for name in (".a.vitprune.h5.0a.part", ".a.vitprune.h5.0b.part", ".b.0a.part"))
    for path in (old, fresh, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    sessions.save(session(4, 2), tmp_path / "a.vitprune.h5")
    assert sorted(os.listdir(tmp_path)) == sorted([fresh.name, other.name, "a.vitprune.h5"])


# Reading -------------------------------------------------------------------------------------------------------------


def test_check_says_what_the_file_holds(tmp_path: Path) -> None:
    sessions.save(session(activations=True), tmp_path / "a.vitprune.h5")
    lines = sessions.check(tmp_path / "a.vitprune.h5")
    assert "scores: norm_ratio, cosine, cosine@patch, block_influence for 36 sites over 600 images" in lines
    assert "activations: 36 sites at 2 tokens" in lines
    assert "pictures: 2" in lines
    assert "done: Evaluate without 1 site (0.5 s, until 2026-01-02T03:05:05+00:00)" in lines
    assert "data: 600 images, 2 skipped, from photos" in lines
    assert sum(line.startswith("evaluation: ") for line in lines) == 3


def test_activations_that_are_not_there_are_named(tmp_path: Path) -> None:
    sessions.save(session(4, 2), tmp_path / "a.vitprune.h5")
    with pytest.raises(ArgumentInvalid, match=r"blocks\.0"):
        sessions.read_activations(tmp_path / "a.vitprune.h5", "blocks.0")


def test_any_hdf5_program_finds_the_default_plot(tmp_path: Path) -> None:
    saved = session()
    assert saved.scores is not None
    sessions.save(saved, tmp_path / "a.vitprune.h5")
    with hdf5(tmp_path / "a.vitprune.h5") as file:
        item: Any = file
        while "default" in item.attrs:
            item = item[item.attrs["default"].decode()]
        assert item.attrs["NX_class"] == b"NXdata"
        signal = item.attrs["signal"].decode()
        (axis,) = (name.decode() for name in item.attrs["axes"])
        assert item[axis].shape == item[signal].shape == item[f"{signal}_errors"].shape == (36,)
        assert item[axis].dtype.kind in "iuf"  # viewers refuse an axis of text
        table = saved.scores["cosine"]
        np.testing.assert_array_equal(item[signal], [np.mean(score.per_image) for score in table.values()])
        errors = [np.std(score.per_image, ddof=1) / np.sqrt(600) for score in table.values()]
        np.testing.assert_allclose(item[f"{signal}_errors"], errors, rtol=1e-12)
        assert [name.decode() for name in item["site"]] == list(table)
        matrix = file["boundaries"][file["boundaries"].attrs["default"].decode()]
        assert [matrix[name.decode()].shape for name in matrix.attrs["axes"]] == [(13,), (13,)]
        assert matrix[matrix.attrs["signal"].decode()].shape == (13, 13)


def test_every_array_of_numbers_has_a_plot(tmp_path: Path) -> None:
    """By h5py code that knows nothing of sessions and follows the attributes of NeXus alone."""
    sessions.save(session(activations=True), tmp_path / "a.vitprune.h5")
    plotted: set[str] = set()
    with hdf5(tmp_path / "a.vitprune.h5") as file:
        groups: list[Any] = [file]
        file.visititems(lambda _, item: groups.append(item) if isinstance(item, h5py.Group) else None)
        for group in groups:
            match group.attrs.get("NX_class"):
                case b"NXdata":
                    signal = group[group.attrs["signal"].decode()]
                    assert signal.dtype.kind in "iuf"
                    assert signal.size
                    axes = [name.decode() for name in group.attrs.get("axes", ())]
                    assert [len(group[axis]) for axis in axes] == list(signal.shape if axes else ())
                    errors = f"{group.attrs['signal'].decode()}_errors"
                    assert errors not in group or group[errors].shape == signal.shape
                    for other in group.attrs.get("auxiliary_signals", ()):
                        assert group[other.decode()].shape == signal.shape
                    plotted.add(group.name)
                case b"NXentry" | b"NXroot":
                    shown = group
                    while shown.attrs["NX_class"] != b"NXdata":
                        shown = shown[shown.attrs["default"].decode()]
        arrays: set[str] = set()

        def visit(_: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and item.dtype.kind == "f":
                arrays.add(str(item.parent.name))

        file.visititems(visit)
        tables = {name for name in arrays if name.rpartition("/")[2] in ("estimates", "trials", "log")}  # no series
        assert arrays - tables == plotted


def test_the_example_of_the_documentation_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "session-format.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    saved = session()
    assert saved.scores is not None
    sessions.save(saved, tmp_path / "run.vitprune.h5")
    exec(compile(code.replace("run.vitprune.h5", str(tmp_path / "run.vitprune.h5")), "example", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 36
    assert lines[4].split()[:2] == ["blocks.1.attn", f"{saved.scores['cosine']['blocks.1.attn'].mean:.4f}"]


def test_every_node_is_documented(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "session-format.md").read_text(encoding="utf-8")
    tree = schema.encode(session(4, 2)) | schema.encode_activations(
        schema.KeptActivations((0,), {}, np.zeros((0, 0, 32), np.uint8), 1)
    )
    for path, node in tree.items():
        leaf = path.rsplit("/", 1)[-1]
        assert (
            leaf.isdigit()
            or leaf in (*schema.ESTIMATES, "norm_ratio", "cosine@patch", "block_influence")
            or f"`{leaf}`" in page
            or (f"/{leaf}`" in page)
        ), path
        for name in node.attributes:
            assert f"`{name}`" in page or f"`@{name}`" in page, f"{path}@{name}"


def test_the_file_keeps_to_what_it_promises(tmp_path: Path) -> None:
    """No types, links or storage but the plain ones, and a checksum on whatever can carry one."""
    sessions.save(session(activations=True), tmp_path / "a.vitprune.h5")
    seen: list[str] = []

    def visit(name: str, item: Any) -> None:
        seen.append(name)
        for value in item.attrs.values():
            assert np.asarray(value).dtype.kind in "iufS"
        if isinstance(item, h5py.Dataset):
            assert item.dtype.kind in "iufS"
            assert (item.fletcher32, item.compression, item.shuffle) == (True, "gzip", True) or item.size == 0

    with hdf5(tmp_path / "a.vitprune.h5") as file:
        file.visititems(visit)
        assert file["activations/values/blocks.0"].dtype == np.float16
        assert json.loads(file["architecture"][()].tobytes())["name"] == "vit_small_patch16_224"
    assert len(seen) > 100


def test_only_the_guarded_modules_know_hdf5() -> None:
    core = Path(inspect.getfile(sessions)).parents[1]
    users = {
        str(path.relative_to(core))
        for path in core.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(
            n.startswith("h5py")
            for n in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        )
    }
    assert users == {os.path.join("sessions", name) for name in ("guard.py", "questions.py", "writer.py")}
