"""What a session file says: `encode` turns a Session into named nodes, `decode` turns them back.

Nothing here touches HDF5 or the disk. docs/session-format.md describes the same nodes for people.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vitprune import __version__
from vitprune.architecture import Architecture
from vitprune.curve import Check, Curve, TrainingSettings
from vitprune.jobs import PRECISIONS
from vitprune.plan import PruningPlan
from vitprune.results import (
    DataReference,
    Environment,
    Evaluation,
    KeptPlan,
    Latency,
    LatencyTable,
    LogEntry,
    ModelReference,
    Repair,
    Session,
    SiteRepair,
    SkippedImage,
    Study,
    Thumbnails,
    Training,
    Trial,
)
from vitprune.scores import ANGLES, CKA, Boundaries, Score, Scores, metric_of, read_only
from vitprune.searches import SearchResult, SearchState
from vitprune.sessions import sound
from vitprune.statistics import Estimate

FORMAT = "vitprune-session"
VERSION = 3
NEEDS = {2: "0.2", 3: "0.3"}
"""The first ViTPrune that reads each version. The last is that of sessions whose plans take heads or neurons."""
DIGEST = "content_sha256"
DIGEST_BYTES = 32
MAX_JSON_BYTES = 32 << 20
VALUES = "activations/values"
CHUNK_DIGESTS = "activations/chunk_sha256"

Attribute = str | int | float | tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A group, or a data set when it has an array. Arrays are little-endian float64, int64, uint8 or bytes."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    array: NDArray[Any] | None = None


Tree = dict[str, Node]
"""Path without a leading slash to node; the root is the empty path. Parents come before their children."""


@dataclass(frozen=True)
class KeptActivations:
    """What the tree knows of activations: their tokens and, for each site, the digest of the values kept apart.

    `chunk_digests` is (chunks, sites, 32), the SHA-256 of every chunk of `chunk_images` images as it is stored; None in
    files of releases that had only those of whole sites."""

    token_indices: tuple[int, ...]
    digests: Mapping[str, str]
    chunk_digests: NDArray[np.uint8] | None = None
    chunk_images: int = 0


def encode(session: Session) -> Tree:
    """Everything but the activations. Raises ValueError or TypeError for values that are not what their type says."""
    references: list[DataReference] = []
    root: dict[str, Attribute] = {
        "NX_class": "NXroot",
        "format": FORMAT,
        "schema_version": (version := VERSION if _with_units(session) else VERSION - 1),
        "needs": NEEDS[version],
        "creator": "ViTPrune",
        "creator_version": __version__,
        "created": session.created,
        "seconds": float(session.seconds),
    }
    tree: Tree = {"": Node(root)}
    tree |= _encode_model(session.model)
    tree["architecture"] = Node(array=_json_array(session.architecture.to_json()))
    tree["plan"] = Node(array=_json_array(session.plan.to_json()))
    tree["environment"] = Node(asdict(session.environment))
    if session.data is not None:
        root["data"] = _index(references, session.data)
    if session.scores is not None:
        root["default"] = "scores"
        tree |= _encode_scores(session.scores)
    evaluations: dict[str, Attribute] = {"count": len(session.evaluations)}
    if session.evaluations:
        root.setdefault("default", "evaluations")
        evaluations |= {"NX_class": "NXentry", "default": str(len(session.evaluations) - 1)}
    tree["evaluations"] = Node(evaluations)
    for number, evaluation in enumerate(session.evaluations):
        tree |= _encode_evaluation(f"evaluations/{number}", evaluation, _index(references, evaluation.data))
    if session.scores is not None and session.scores.gains:
        found = {
            site: {action: _finite(asdict(gain)) for action, gain in gains.items()}
            for site, gains in session.scores.gains.items()
        }
        tree["gains"] = Node(array=_json_array(found))
    if session.latencies is not None:
        tree |= _encode_latencies(session.latencies)
    if session.study is not None:
        tree |= _encode_study(session.study, _index(references, session.study.test))
    if session.trials:
        tree |= _encode_trials(session.trials)
    if session.searches:
        found = [{"plan": search.plan.to_json(), "search": search.state.to_json()} for search in session.searches]
        tree["searches"] = Node(array=_json_array(found))
    if session.log:
        tree |= _encode_log(session.log)
    if session.thumbnails is not None:
        tree |= _encode_thumbnails(session.thumbnails)
    if session.protected:
        tree["protected"] = Node(array=_texts_array(sorted(session.protected)))
    if session.kept_plans:
        kept = [{"name": k.name, "created": k.created, "plan": k.plan.to_json()} for k in session.kept_plans]
        tree["kept_plans"] = Node(array=_json_array(kept))
    if session.trainings:
        tree["trainings"] = Node({"count": len(session.trainings)})
        for number, training in enumerate(session.trainings):
            tree |= _encode_training(f"trainings/{number}", training, references)
    tree["data"] = Node({"count": len(references)})
    for number, reference in enumerate(references):
        tree |= _encode_data(f"data/{number}", reference)
    return tree


def _with_units(session: Session) -> bool:
    plans = [session.plan, *(evaluation.plan for evaluation in session.evaluations)]
    several = session.trials, session.searches, session.kept_plans, session.trainings
    plans += [each.plan for some in several for each in some]
    return any(plan.units for plan in plans)


def decode(tree: Tree) -> Session:
    """The inverse of `encode`, arrays read-only.

    Raises KeyError, TypeError, ValueError or VitPruneError for a tree that `encode` cannot have made, and for values
    that nobody can have measured.
    """
    architecture = Architecture.from_json(_json_value(tree, "architecture"))
    references = [_decode_data(tree, path) for path in _numbered(tree, "data")]
    root = tree[""]
    session = Session(
        model=_decode_model(tree),
        architecture=architecture,
        plan=PruningPlan.from_json(_json_value(tree, "plan"), architecture),
        environment=_decode_environment(tree),
        created=_attribute(root, "created", str),
        data=references[_place(root, "data")] if "data" in root.attributes else None,
        scores=_with_gains(tree, _decode_scores(tree)) if "scores" in tree else None,
        evaluations=tuple(
            _decode_evaluation(tree, path, architecture, references) for path in _numbered(tree, "evaluations")
        ),
        study=_decode_study(tree, references) if "study" in tree else None,
        trials=_decode_trials(tree, architecture) if "trials" in tree else (),
        searches=tuple(
            SearchResult(PruningPlan.from_json(search["plan"], architecture), SearchState.from_json(search["search"]))
            for search in (_json_value(tree, "searches") if "searches" in tree else ())
        ),
        latencies=_decode_latencies(tree) if "latencies" in tree else None,
        seconds=_attribute(root, "seconds", float),
        log=_decode_log(tree) if "log" in tree else (),
        thumbnails=_decode_thumbnails(tree) if "thumbnails" in tree else None,
        protected=_decode_protected(tree, architecture) if "protected" in tree else frozenset(),
        kept_plans=tuple(
            KeptPlan(kept["name"], PruningPlan.from_json(kept["plan"], architecture), kept["created"])
            for kept in (_json_value(tree, "kept_plans") if "kept_plans" in tree else ())
        ),
        trainings=tuple(
            _decode_training(tree, path, architecture, references)
            for path in (_numbered(tree, "trainings") if "trainings" in tree else ())
        ),
    )
    return sound.check(session)


def encode_activations(kept: KeptActivations) -> Tree:
    values: dict[str, Attribute] = {"NX_class": "NXdata", "signal": next(iter(kept.digests))} if kept.digests else {}
    tree = {
        "activations": Node({"NX_class": "NXentry", "default": "values"}),
        "activations/token_indices": Node(array=_array(kept.token_indices, "<i8")),
        "activations/sites": Node(array=_texts_array(tuple(kept.digests))),
        "activations/sha256": Node(array=_texts_array(tuple(kept.digests.values()))),
        VALUES: Node(values),
    }
    if kept.chunk_digests is not None:
        tree[CHUNK_DIGESTS] = Node({"images": kept.chunk_images}, _array(kept.chunk_digests, "|u1"))
    return tree


def decode_activations(tree: Tree) -> KeptActivations | None:
    """None when the session keeps no activations. Raises like `decode`."""
    if "activations" not in tree:
        return None
    sites, digests = _texts(tree, "activations/sites"), _texts(tree, "activations/sha256")
    tokens = tuple(_read(tree, "activations/token_indices", "<i8", 1).tolist())
    if min(tokens, default=0) < 0:
        raise ValueError("a token has a place before the first")
    whole = dict(zip(sites, digests, strict=True))
    if CHUNK_DIGESTS not in tree:
        return KeptActivations(tokens, whole)
    table, images = _read(tree, CHUNK_DIGESTS, "|u1", 3), _attribute(tree[CHUNK_DIGESTS], "images", int)
    if table.shape[1:] != (len(whole), DIGEST_BYTES) or images < 1:
        raise ValueError("the digests of the activations do not fit their sites")
    return KeptActivations(tokens, whole, table, images)


# Digests -------------------------------------------------------------------------------------------------------------


def content_digest(tree: Tree) -> str:
    """SHA-256 over every node: its path, its attributes, its array's type, shape and bytes. Order-free."""
    digest = hashlib.sha256()
    feed = _length_prefixed(digest.update)
    for path in sorted(tree):
        node = tree[path]
        feed(path.encode("utf-8", "surrogatepass"))
        for name in sorted(node.attributes):
            if path or name != DIGEST:
                feed(name.encode("utf-8", "surrogatepass"))
                feed(_attribute_bytes(node.attributes[name]))
        if node.array is not None:
            feed(array_digest(node.array.dtype, node.array.shape, [node.array]).encode())
        feed(b"")
    return digest.hexdigest()


def array_digest(dtype: np.dtype[Any], shape: Sequence[int], pieces: Iterable[NDArray[Any]]) -> str:
    """SHA-256 over an array's type, shape and bytes in C order, given in consecutive pieces of its first axis."""
    digest = ArrayDigest(dtype, shape)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


class ArrayDigest:
    """`array_digest` for pieces that come one by one."""

    def __init__(self, dtype: np.dtype[Any], shape: Sequence[int]) -> None:
        self._digest = hashlib.sha256(f"{dtype.str}{tuple(shape)}".encode())

    def update(self, piece: NDArray[Any]) -> None:
        self._digest.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _length_prefixed(update: Callable[[bytes], None]) -> Callable[[bytes], None]:
    # Without lengths, two different trees could run together into the same bytes.
    def feed(data: bytes) -> None:
        update(struct.pack("<Q", len(data)) + data)

    return feed


def _attribute_bytes(value: Attribute) -> bytes:
    match value:
        case str():
            return b"s" + value.encode("utf-8", "surrogatepass")
        case int():
            return b"i" + struct.pack("<q", value)
        case float():
            return b"f" + struct.pack("<d", value)
        case tuple():
            texts = [text.encode("utf-8", "surrogatepass") for text in value]
            return b"t" + b"".join(struct.pack("<Q", len(text)) + text for text in texts)


# Parts of a session --------------------------------------------------------------------------------------------------


def _encode_model(model: ModelReference) -> Tree:
    attributes: dict[str, Attribute] = {
        "source": model.source,
        "architecture": model.architecture,
        "weights_sha256": model.weights_sha256,
        "licence": model.licence,
    }
    return {
        "model": Node(attributes),
        "model/model_args": Node(array=_json_array(dict(model.model_args))),
        "model/class_names": Node(array=_texts_array(model.class_names)),
    }


def _decode_model(tree: Tree) -> ModelReference:
    node = tree["model"]
    arguments = _json_value(tree, "model/model_args")
    if not isinstance(arguments, dict):
        raise TypeError("model_args is not an object")
    return ModelReference(
        source=_attribute(node, "source", str),
        architecture=_attribute(node, "architecture", str),
        model_args=arguments,
        weights_sha256=_attribute(node, "weights_sha256", str),
        licence=_attribute(node, "licence", str),
        class_names=_texts(tree, "model/class_names"),
    )


def _decode_environment(tree: Tree, path: str = "environment") -> Environment:
    node = tree[path]
    counted_or_later = ("threads", "precision")
    texts = {f.name: _attribute(node, f.name, str) for f in fields(Environment) if f.name not in counted_or_later}
    return Environment(threads=_attribute(node, "threads", int), precision=_decode_precision(node), **texts)


def _decode_precision(node: Node) -> str:
    """Files that do not say it are of releases that knew one."""
    precision = _attribute(node, "precision", str) if "precision" in node.attributes else PRECISIONS[0]
    if precision not in PRECISIONS:
        raise ValueError(f"there is no precision {precision!r}")
    return precision


def _encode_data(path: str, data: DataReference) -> Tree:
    return {
        path: Node({"source": data.source, "seed": data.seed, "digest": data.digest}),
        f"{path}/paths": Node(array=_texts_array(data.paths)),
        f"{path}/labels": Node(array=_array(data.labels, "<i8")),
        f"{path}/class_names": Node(array=_texts_array(data.class_names)),
        f"{path}/skipped_paths": Node(array=_texts_array([skipped.path for skipped in data.skipped])),
        f"{path}/skipped_reasons": Node(array=_texts_array([skipped.reason for skipped in data.skipped])),
    }


def _decode_data(tree: Tree, path: str) -> DataReference:
    node = tree[path]
    skipped = zip(_texts(tree, f"{path}/skipped_paths"), _texts(tree, f"{path}/skipped_reasons"), strict=True)
    return DataReference(
        source=_attribute(node, "source", str),
        paths=_texts(tree, f"{path}/paths"),
        labels=tuple(_read(tree, f"{path}/labels", "<i8", 1).tolist()),
        class_names=_texts(tree, f"{path}/class_names"),
        skipped=tuple(SkippedImage(*pair) for pair in skipped),
        seed=_attribute(node, "seed", int),
        digest=_attribute(node, "digest", str),
    )


def _encode_scores(scores: Scores) -> Tree:
    attributes: dict[str, Attribute] = {"NX_class": "NXentry", "images": scores.images}
    if scores.tables:
        attributes["default"] = "cosine" if "cosine" in scores.tables else next(iter(scores.tables))
    if scores.asked_images is not None:
        attributes["asked_images"] = scores.asked_images
    tree: Tree = {"scores": Node(attributes), "scores/metrics": Node(array=_texts_array(tuple(scores.tables)))}
    for metric, table in scores.tables.items():
        tree |= _encode_table(f"scores/{metric}", metric, table, scores.images)
    if scores.boundaries is not None:
        tree["boundaries"] = Node({"NX_class": "NXentry", "default": "cosine"})
        tree |= _encode_boundaries("boundaries/cosine", "Cosine between block boundaries", scores.boundaries)
    tree |= _encode_tables("angles", "Angular distance", ANGLES, scores.angles)
    tree |= _encode_tables("cka", "Linear CKA", CKA, scores.cka)
    return tree


def _encode_tables(path: str, measure: str, titles: Mapping[str, str], tables: Mapping[str, Boundaries]) -> Tree:
    if not tables:
        return {}
    tree: Tree = {
        path: Node({"NX_class": "NXentry", "default": next(iter(tables))}),
        f"{path}/names": Node(array=_texts_array(tuple(tables))),
    }
    for name, boundaries in tables.items():
        tree |= _encode_boundaries(f"{path}/{name}", f"{measure}: {titles.get(name, name)}", boundaries)
    return tree


def _encode_table(path: str, metric: str, table: Mapping[str, Score], images: int) -> Tree:
    columns = [score.per_image for score in table.values()]
    per_image = np.stack(columns, axis=1) if columns else np.empty((images, 0))
    with np.errstate(all="ignore"):  # an infinite value is a result like any other here
        means = [score.mean for score in table.values()]
        errors = [score.standard_error for score in table.values()]
    try:
        title = metric_of(metric).title
    except KeyError:
        title = metric
    return {
        path: Node({"NX_class": "NXdata", "signal": "mean", "axes": ("position",)}),
        f"{path}/mean": Node({"long_name": title}, _array(means, "<f8")),
        f"{path}/mean_errors": Node(array=_array(errors, "<f8")),
        f"{path}/position": Node({"long_name": "site, in running order"}, _array(range(len(table)), "<i8")),
        f"{path}/site": Node(array=_texts_array(tuple(table))),
        f"{path}/per_image": Node(array=_array(per_image, "<f8")),
    }


def _encode_boundaries(path: str, title: str, boundaries: Boundaries) -> Tree:
    position = _array(range(len(boundaries.labels)), "<i8")
    signal: dict[str, Attribute] = {"NX_class": "NXdata", "signal": "mean", "axes": ("row", "column")}
    if boundaries.images is not None:
        signal["images"] = boundaries.images
    return {
        path: Node(signal),
        f"{path}/mean": Node({"long_name": title}, _array(boundaries.mean, "<f8")),
        f"{path}/mean_errors": Node(array=_array(boundaries.standard_error, "<f8")),
        f"{path}/row": Node(array=position),
        f"{path}/column": Node(array=position),
        f"{path}/label": Node(array=_texts_array(boundaries.labels)),
    }


def _decode_scores(tree: Tree) -> Scores:
    images = _attribute(tree["scores"], "images", int)
    tables: dict[str, Mapping[str, Score]] = {}
    for metric in _texts(tree, "scores/metrics"):
        sites = _texts(tree, f"scores/{metric}/site")
        per_image = _read(tree, f"scores/{metric}/per_image", "<f8", 2)
        if per_image.shape[1] != len(sites):
            raise ValueError(f"{metric} has scores for {per_image.shape[1]} sites, names for {len(sites)}")
        # A strided column could sum in another order than the array it was, and change the last digit of a mean.
        columns = read_only(np.ascontiguousarray(per_image.T))
        tables[metric] = {site: Score(column) for site, column in zip(sites, columns, strict=True)}
    return Scores(
        images,
        tables,
        _decode_boundaries(tree, "boundaries/cosine") if "boundaries" in tree else None,
        _decode_tables(tree, "angles"),
        _decode_tables(tree, "cka"),
        asked_images=_attribute(tree["scores"], "asked_images", int)
        if "asked_images" in tree["scores"].attributes
        else None,
    )


def _decode_tables(tree: Tree, path: str) -> dict[str, Boundaries]:
    names = _texts(tree, f"{path}/names") if path in tree else ()
    return {name: _decode_boundaries(tree, f"{path}/{name}") for name in names}


def _decode_boundaries(tree: Tree, path: str) -> Boundaries:
    mean, error = _read(tree, f"{path}/mean", "<f8", 2), _read(tree, f"{path}/mean_errors", "<f8", 2)
    node, labels = tree[path], _texts(tree, f"{path}/label")
    return Boundaries(mean, error, labels, _attribute(node, "images", int) if "images" in node.attributes else None)


LOGGED = ("when", "what", "version")
FITTED = ("explained", "own", "ridge")
ESTIMATES = tuple(f.name for f in fields(Evaluation) if f.type == "Estimate | None")


def _encode_evaluation(path: str, evaluation: Evaluation, data: int) -> Tree:
    attributes: dict[str, Attribute] = {
        "NX_class": "NXentry",
        "default": "per_image",
        "created": evaluation.created,
        "precision": evaluation.precision,
        "data": data,
        "params": evaluation.params,
        "macs": evaluation.macs,
    }
    shown: dict[str, Attribute] = {}
    if evaluation.per_image:
        first, *others = evaluation.per_image
        shown = {"NX_class": "NXdata", "signal": first}
        if others:
            shown["auxiliary_signals"] = tuple(others)
    tree: Tree = {
        path: Node(attributes),
        f"{path}/plan": Node(array=_json_array(evaluation.plan.to_json())),
        f"{path}/warnings": Node(array=_texts_array(evaluation.warnings)),
        f"{path}/predictions": Node(array=_array(evaluation.predictions, "<i8")),
        f"{path}/measures": Node(array=_texts_array(tuple(evaluation.per_image))),
        f"{path}/per_image": Node(shown),
        f"{path}/estimates": Node({"columns": ("value", "low", "high", "images")}),
    }
    for name, values in evaluation.per_image.items():
        tree[f"{path}/per_image/{name}"] = Node(array=_array(values, "<f8"))
    for name in ESTIMATES:
        if (estimate := getattr(evaluation, name)) is not None:
            row = [estimate.value, estimate.low, estimate.high, estimate.n]
            tree[f"{path}/estimates/{name}"] = Node(array=_array(row, "<f8"))
    if (latency := evaluation.latency) is not None:
        machine = {"batch_size": latency.batch_size, "threads": latency.threads, "device": latency.device}
        tree[f"{path}/latency"] = Node({"NX_class": "NXdata", "signal": "samples_ms"} | machine)
        samples = _array(latency.samples_ms, "<f8")
        tree[f"{path}/latency/samples_ms"] = Node({"long_name": "Time of a batch (ms)"}, samples)
    if evaluation.repair is not None:
        tree |= _encode_repair(f"{path}/repair", evaluation.repair)
    return tree


def _decode_evaluation(
    tree: Tree, path: str, architecture: Architecture, references: Sequence[DataReference]
) -> Evaluation:
    node = tree[path]
    estimates = {
        name: _decode_estimate(_read(tree, f"{path}/estimates/{name}", "<f8", 1))
        for name in ESTIMATES
        if f"{path}/estimates/{name}" in tree
    }
    return Evaluation(
        plan=PruningPlan.from_json(_json_value(tree, f"{path}/plan"), architecture),
        data=references[_place(node, "data")],
        params=_attribute(node, "params", int),
        macs=_attribute(node, "macs", int),
        predictions=_read(tree, f"{path}/predictions", "<i8", 1),
        per_image={
            name: _read(tree, f"{path}/per_image/{name}", "<f8", 1) for name in _texts(tree, f"{path}/measures")
        },
        latency=_decode_latency(tree, f"{path}/latency"),
        repair=_decode_repair(tree, f"{path}/repair") if f"{path}/repair" in tree else None,
        warnings=_texts(tree, f"{path}/warnings"),
        created=_attribute(node, "created", str),
        precision=_decode_precision(node),
        **estimates,
    )


def _decode_estimate(row: NDArray[np.float64]) -> Estimate:
    value, low, high, images = row.tolist()
    return Estimate(value, low, high, int(images))


def _with_gains(tree: Tree, scores: Scores) -> Scores:
    if "gains" not in tree:
        return scores
    gains = {
        site: {action: Estimate(**_numbers(gain)) for action, gain in of_site.items()}
        for site, of_site in _json_value(tree, "gains").items()
    }
    return replace(scores, gains=gains)


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN."""
    return {name: None if value != value else value for name, value in values.items()}


def _numbers(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of an estimate, NaN having been written as null."""
    values = {name: math.nan if data[name] is None else data[name] for name in ("value", "low", "high")}
    return {**values, "n": data["n"]}


TIMES = ("rest_ms", "watched_ms", "whole_ms")


def _encode_latencies(table: LatencyTable) -> Tree:
    signal: dict[str, Attribute] = {"NX_class": "NXdata", "signal": "median_ms", "axes": ("position",)}
    machine: dict[str, Attribute] = {"batch_size": table.batch_size, "threads": table.threads, "device": table.device}
    columns = list(table.samples_ms.values())
    samples = np.stack(columns, axis=1) if columns else np.empty((len(table.whole_ms), 0))
    medians = [table.median_ms(site) for site in table.samples_ms]
    return {
        "latencies": Node(signal | machine),
        "latencies/median_ms": Node({"long_name": "Time of a site in a forward (ms)"}, _array(medians, "<f8")),
        "latencies/position": Node({"long_name": "site, in running order"}, _array(range(len(columns)), "<i8")),
        "latencies/site": Node(array=_texts_array(tuple(table.samples_ms))),
        "latencies/samples_ms": Node(array=_array(samples, "<f8")),
        **{f"latencies/{name}": Node(array=_array(getattr(table, name), "<f8")) for name in TIMES},
    }


def _decode_latencies(tree: Tree) -> LatencyTable:
    node, sites = tree["latencies"], _texts(tree, "latencies/site")
    times = {name: _read(tree, f"latencies/{name}", "<f8", 1) for name in TIMES}
    samples = _read(tree, "latencies/samples_ms", "<f8", 2)
    if samples.shape[1] != len(sites) or {len(values) for values in times.values()} != {len(samples)}:
        raise ValueError("the latencies do not fit each other")
    columns = read_only(np.ascontiguousarray(samples.T))
    return LatencyTable(
        samples_ms=dict(zip(sites, columns, strict=True)),
        batch_size=_attribute(node, "batch_size", int),
        threads=_attribute(node, "threads", int),
        device=_attribute(node, "device", str),
        **times,
    )


def _decode_latency(tree: Tree, path: str) -> Latency | None:
    if path not in tree:
        return None
    node = tree[path]
    return Latency(
        samples_ms=_read(tree, f"{path}/samples_ms", "<f8", 1),
        batch_size=_attribute(node, "batch_size", int),
        threads=_attribute(node, "threads", int),
        device=_attribute(node, "device", str),
    )


def _encode_repair(path: str, repair: Repair) -> Tree:
    about: dict[str, Attribute] = {"target": repair.target, "images": repair.images, "digest": repair.digest}
    tree: Tree = {path: Node({"NX_class": "NXdata", "signal": FITTED[0]} | about)}
    for name in ("site", "action"):
        tree[f"{path}/{name}"] = Node(array=_texts_array([getattr(fitted, name) for fitted in repair.sites]))
    for name in FITTED:
        tree[f"{path}/{name}"] = Node(array=_array([getattr(fitted, name) for fitted in repair.sites], "<f8"))
    return tree


def _decode_repair(tree: Tree, path: str) -> Repair:
    node = tree[path]
    texts = (_texts(tree, f"{path}/{name}") for name in ("site", "action"))
    numbers = (_read(tree, f"{path}/{name}", "<f8", 1).tolist() for name in FITTED)
    return Repair(
        target=_attribute(node, "target", str),
        images=_attribute(node, "images", int),
        digest=_attribute(node, "digest", str),
        sites=tuple(SiteRepair(*row) for row in zip(*texts, *numbers, strict=True)),
    )


def _encode_study(study: Study, test: int) -> Tree:
    attributes: dict[str, Attribute] = {
        "granularity": study.granularity,
        "target": study.target,
        "test": test,
        "latency": int(study.latency),
    }
    tree: Tree = {
        "study": Node(attributes),
        "study/methods": Node(array=_texts_array(study.methods)),
        "study/removed": Node(array=_array(study.removed, "<i8")),
        "study/repairs": Node(array=_texts_array(study.repairs)),
    }
    if study.protected:
        tree["study/protected"] = Node(array=_texts_array(study.protected))
    return tree


def _decode_study(tree: Tree, references: Sequence[DataReference]) -> Study:
    node = tree["study"]
    return Study(
        methods=_texts(tree, "study/methods"),
        removed=tuple(_read(tree, "study/removed", "<i8", 1).tolist()),
        repairs=_texts(tree, "study/repairs"),
        granularity=_attribute(node, "granularity", str),
        target=_attribute(node, "target", str),
        test=references[_place(node, "test")],
        latency=bool(_attribute(node, "latency", int)),
        protected=_texts(tree, "study/protected") if "study/protected" in tree else (),
    )


def _encode_trials(trials: Sequence[Trial]) -> Tree:
    # Columns, and one array for all plans: a study has hundreds, and every object costs time and room.
    tree: Tree = {"trials": Node()}
    for name in ("method", "granularity", "repair"):
        tree[f"trials/{name}"] = Node(array=_texts_array([getattr(trial, name) for trial in trials]))
    tree["trials/removed"] = Node(array=_array([trial.removed for trial in trials], "<i8"))
    tree["trials/seconds"] = Node(array=_array([trial.seconds for trial in trials], "<f8"))
    tree["trials/plans"] = Node(array=_json_array([trial.plan.to_json() for trial in trials]))
    return tree


def _decode_trials(tree: Tree, architecture: Architecture) -> tuple[Trial, ...]:
    methods, granularities, repairs = (_texts(tree, f"trials/{name}") for name in ("method", "granularity", "repair"))
    removed = _read(tree, "trials/removed", "<i8", 1).tolist()
    seconds = _read(tree, "trials/seconds", "<f8", 1).tolist()
    plans = [PruningPlan.from_json(plan, architecture) for plan in _json_value(tree, "trials/plans")]
    rows = zip(methods, granularities, removed, repairs, plans, seconds, strict=True)
    return tuple(Trial(*row) for row in rows)


def _encode_log(log: Sequence[LogEntry]) -> Tree:
    tree: Tree = {"log": Node()}
    for name in LOGGED:
        tree[f"log/{name}"] = Node(array=_texts_array([getattr(entry, name) for entry in log]))
    tree["log/seconds"] = Node(array=_array([entry.seconds for entry in log], "<f8"))
    return tree


def _decode_log(tree: Tree) -> tuple[LogEntry, ...]:
    when, what, version = (_texts(tree, f"log/{name}") for name in LOGGED)
    seconds = _read(tree, "log/seconds", "<f8", 1).tolist()
    return tuple(LogEntry(*row) for row in zip(when, what, seconds, version, strict=True))


def _encode_thumbnails(thumbnails: Thumbnails) -> Tree:
    return {
        "thumbnails": Node({"digest": thumbnails.digest}),
        "thumbnails/paths": Node(array=_texts_array(thumbnails.paths)),
        "thumbnails/pixels": Node(array=_array(thumbnails.pixels, "|u1")),
    }


def _decode_thumbnails(tree: Tree) -> Thumbnails:
    digest = _attribute(tree["thumbnails"], "digest", str)
    return Thumbnails(digest, _texts(tree, "thumbnails/paths"), _read(tree, "thumbnails/pixels", "|u1", 4))


def _encode_training(path: str, training: Training, references: list[DataReference]) -> Tree:
    curve = training.curve
    signal: dict[str, Attribute] = {"NX_class": "NXdata", "signal": "held_out_loss", "axes": ("step",)}
    about: dict[str, Attribute] = {
        "data": _index(references, training.data),
        "weights_sha256": training.weights_sha256,
        "created": training.created,
        "best": curve.best,
        "images": curve.images,
        "held_out": curve.held_out,
        "labelled": int(curve.labelled),
        "trained": curve.trained,
        "seconds": float(curve.seconds),
        "ended": curve.ended,
        "precision": curve.precision,
    }
    losses = [_row(check.loss) for check in curve.checks]
    agreed = [_row(check.agreement) for check in curve.checks if check.agreement is not None]
    tree = {
        path: Node(signal | about),
        f"{path}/settings": Node(array=_json_array(asdict(curve.settings))),
        f"{path}/plan": Node(array=_json_array(training.plan.to_json())),
        f"{path}/environment": Node(asdict(training.environment)),
        f"{path}/training_loss": Node({"long_name": "Loss of each step"}, _array(curve.losses, "<f8")),
        f"{path}/held_out_loss": Node(
            {"long_name": "Loss on held-out images"}, _array([check.loss.value for check in curve.checks], "<f8")
        ),
        f"{path}/step": Node({"long_name": "step"}, _array([check.step for check in curve.checks], "<i8")),
        f"{path}/check_seconds": Node(array=_array([check.seconds for check in curve.checks], "<f8")),
        f"{path}/estimates": Node(array=_array(np.reshape(losses, (-1, 4)), "<f8")),
        f"{path}/agreement": Node(array=_array(np.reshape(agreed, (-1, 4)), "<f8")),
        f"{path}/gain": Node(array=_array(_row(curve.gain), "<f8")),
    }
    evaluation = training.evaluation
    if evaluation is not None:
        tree |= _encode_evaluation(f"{path}/evaluation", evaluation, _index(references, evaluation.data))
    return tree


def _decode_training(
    tree: Tree, path: str, architecture: Architecture, references: Sequence[DataReference]
) -> Training:
    node = tree[path]
    losses = [_decode_estimate(row) for row in _read(tree, f"{path}/estimates", "<f8", 2)]
    agreed = [_decode_estimate(row) for row in _read(tree, f"{path}/agreement", "<f8", 2)]
    steps = _read(tree, f"{path}/step", "<i8", 1).tolist()
    seconds = _read(tree, f"{path}/check_seconds", "<f8", 1).tolist()
    best = _place(node, "best")
    if len(agreed) not in (0, len(steps)) or not best < len(steps):
        raise ValueError("the checks of a training do not fit each other")
    rows = zip(steps, seconds, losses, agreed or [None] * len(steps), strict=True)
    curve = Curve(
        settings=TrainingSettings(**_json_value(tree, f"{path}/settings")),
        losses=_read(tree, f"{path}/training_loss", "<f8", 1),
        checks=tuple(Check(*row) for row in rows),
        best=best,
        gain=_decode_estimate(_read(tree, f"{path}/gain", "<f8", 1)),
        labelled=bool(_attribute(node, "labelled", int)),
        seconds=_attribute(node, "seconds", float),
        precision=_decode_precision(node),
        **{name: _place(node, name) for name in ("images", "held_out", "trained")},
        ended=_attribute(node, "ended", str),
    )
    measured = f"{path}/evaluation"
    return Training(
        plan=PruningPlan.from_json(_json_value(tree, f"{path}/plan"), architecture),
        curve=curve,
        data=references[_place(node, "data")],
        weights_sha256=_attribute(node, "weights_sha256", str),
        environment=_decode_environment(tree, f"{path}/environment"),
        created=_attribute(node, "created", str),
        evaluation=_decode_evaluation(tree, measured, architecture, references) if measured in tree else None,
    )


def _row(found: Estimate) -> tuple[float, float, float, float]:
    return found.value, found.low, found.high, float(found.n)


def _decode_protected(tree: Tree, architecture: Architecture) -> frozenset[str]:
    sites = frozenset(_texts(tree, "protected"))
    if not sites <= architecture.by_id.keys():
        raise ValueError("a site is protected that the model has not got")
    return sites


# Values --------------------------------------------------------------------------------------------------------------


def _index(references: list[DataReference], reference: DataReference) -> int:
    if reference not in references:
        references.append(reference)
    return references.index(reference)


def _array(values: Any, dtype: str) -> NDArray[Any]:
    # "safe": a value that does not fit its type is an error of the program, never a rounded number in a file.
    array = np.asarray(values)
    return np.ascontiguousarray(array.astype(dtype, casting="safe") if array.size else array.astype(dtype))


def _texts_array(texts: Sequence[str]) -> NDArray[np.bytes_]:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]  # file names need not be valid Unicode
    return np.array(encoded, dtype=f"S{max(map(len, encoded), default=1) or 1}")


def _json_array(value: Any) -> NDArray[np.uint8]:
    return _small(np.frombuffer(json.dumps(value, allow_nan=False).encode("ascii"), np.uint8))


def _small(text: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(text) > MAX_JSON_BYTES:
        raise ValueError(f"{len(text)} bytes of JSON in one place")
    return text


def _read(tree: Tree, path: str, dtype: str, axes: int) -> NDArray[Any]:
    array = tree[path].array
    if array is None or array.dtype != np.dtype(dtype) or array.ndim != axes:
        raise TypeError(f"{path} is not a {axes}-dimensional array of {dtype}")
    return read_only(array)


def _texts(tree: Tree, path: str) -> tuple[str, ...]:
    array = tree[path].array
    if array is None or array.dtype.kind != "S" or array.ndim != 1:
        raise TypeError(f"{path} is not a list of texts")
    return tuple(text.decode("utf-8", "surrogatepass") for text in array.tolist())


def _json_value(tree: Tree, path: str) -> Any:
    text = _small(_read(tree, path, "|u1", 1)).tobytes().decode("ascii")
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_real)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice in a JSON object")
    return found


def _real(digits: str) -> float:
    return number if math.isfinite(number := float(digits)) else _refuse(digits)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


T = TypeVar("T", str, int, float)


def _attribute(node: Node, name: str, kind: type[T]) -> T:
    value = node.attributes[name]
    if not isinstance(value, kind):
        raise TypeError(f"attribute {name} is not a {kind.__name__}")
    return value


def _place(node: Node, name: str) -> int:
    place = _attribute(node, name, int)
    if place < 0:
        raise ValueError(f"attribute {name} is less than nought")
    return place


def _numbered(tree: Tree, parent: str) -> Iterator[str]:
    # One at a time: the first missing group ends the reading, however many a damaged count promises.
    return (f"{parent}/{number}" for number in range(_place(tree[parent], "count")))
