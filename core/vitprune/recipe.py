"""recipe.json: how to build a model again. It comes from outside, so every field is checked before it is used."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vitprune.errors import RecipeInvalid
from vitprune.ranges import spread

FORMAT = "vitprune-recipe"
VERSION = 1
VERSION_WITH_UNITS = 2
"""Recipes of models that lost heads or neurons: earlier programs cannot build them."""
FILE = "recipe.json"
FORMS = ("mean", "diagonal", "low-rank", "linear")
LARGEST_FILE = 16 * 1024**2
LARGEST_NUMBER = 1_000_000
LARGEST_DEPTH = 1024
LARGEST_IMAGE = 4096
LARGEST_WIDTH = 16384
MOST_CLASSES = 100_000
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos", "lanczos3")
CROP_MODES = ("center", "squash", "border")
# Arguments of timm's factory that read files, reach the network, or make something else than the model.
REFUSED_ARGS = frozenset(
    {"cache_dir", "checkpoint_path", "device", "dtype", "exportable", "features_only", "model_name", "scriptable"}
)
PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
ATTRIBUTE = re.compile(r"[A-Za-z0-9]\w*(\.[A-Za-z0-9]\w*)*")


@dataclass(frozen=True)
class Recipe:
    """A checked recipe. `surgery` maps the path of a block to the attributes that were taken out of it, `plan` sites of
    the original model to what was done to them; both are empty for a model that is whole. `replacements` maps the site
    id of a branch to the form, width, number of own tokens and rank of what stands in its place. `rewrites` maps the
    name of a lossless rewrite to the places where it was done. `units` maps the site id of a branch to the heads or
    neurons that it has left of those that timm gives it. `weights_sha256` is the digest of the weights beside it,
    "" where the recipe does not say.
    """

    architecture: str
    model_args: Mapping[str, Any] = field(default_factory=dict)
    data_config: Mapping[str, Any] | None = None
    class_names: tuple[str, ...] = ()
    licence: str = ""
    plan: Mapping[str, str] = field(default_factory=dict)
    surgery: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replacements: Mapping[str, tuple[str, int, int, int]] = field(default_factory=dict)
    rewrites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    weights_sha256: str = ""


def read_recipe(path: Path) -> Recipe:
    """Raises RecipeInvalid for anything but a recipe that this version understands."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError("it is too large for a recipe")
        data = json.loads(path.read_text("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
        return _recipe(data)
    except (OSError, ValueError, RecursionError) as error:
        raise RecipeInvalid(
            f"{path.name} of {path.parent.name or path.parent} is not a valid recipe: {error}.",
            hint="Export the model again, or ask its author for a new copy.",
        ) from error


def check_architecture(name: object) -> str:
    """The name of an architecture that timm knows, with or without a tag of pretrained weights. Else ValueError."""
    from timm.models import is_model, split_model_name_tag

    text = _text(name, "architecture")
    if not re.fullmatch(r"\w[\w.\-]*", text) or not is_model(split_model_name_tag(text)[0]):
        raise ValueError(f"timm has no architecture {text!r}")
    return text


def check_model_args(args: object) -> dict[str, Any]:
    """Arguments of a model's constructor: plain values of sane size. Else ValueError."""
    for name, value in (checked := _mapping(args, "model_args")).items():
        if name in REFUSED_ARGS or name.startswith(("pretrained", "_")) or not name.isidentifier():
            raise ValueError(f"model_args must not set {name!r}")
        largest = LARGEST_DEPTH if "depth" in name else LARGEST_IMAGE if name == "img_size" else LARGEST_NUMBER
        _plain(value, name, largest)
    return checked


def _recipe(data: object) -> Recipe:
    fields = _mapping(data, "the file")
    if fields.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    if fields.get("version") not in (VERSION, VERSION_WITH_UNITS) or isinstance(fields["version"], bool):
        raise ValueError(f"its version is {fields.get('version')!r}, this program reads up to {VERSION_WITH_UNITS}")
    plan = fields.get("plan")
    return Recipe(
        architecture=check_architecture(fields.get("architecture")),
        model_args=check_model_args(fields.get("model_args", {})),
        data_config=_data_config(fields["data_config"]) if fields.get("data_config") is not None else None,
        class_names=_texts(fields.get("class_names", []), "class_names"),
        licence=_text(fields.get("licence", ""), "licence"),
        plan={} if plan is None else _plan(_mapping(plan, "plan").get("sites")),
        surgery=_surgery(fields.get("surgery") or {}),
        replacements=_replacements(fields.get("replacements") or {}),
        rewrites=_rewrites(fields.get("rewrites") or {}),
        units=_units(fields.get("units") or {}),
        weights_sha256=_text(_mapping(fields.get("digests") or {}, "digests").get("exported", ""), "digests.exported"),
    )


def _plan(sites: object) -> dict[str, str]:
    return {_path(site): _text(action, "plan") for site, action in _mapping(sites, "plan.sites").items()}


def _surgery(data: object) -> dict[str, tuple[str, ...]]:
    surgery = {_path(block): _texts(names, "surgery") for block, names in _mapping(data, "surgery").items()}
    for names in surgery.values():
        for name in names:
            if not ATTRIBUTE.fullmatch(name):
                raise ValueError(f"surgery names {name!r}, which is no part of a block")
    return surgery


def _replacements(data: object) -> dict[str, tuple[str, int, int, int]]:
    """Whether the sites mean something is found out on the model."""
    found: dict[str, tuple[str, int, int, int]] = {}
    for site, entry in _mapping(data, "replacements").items():
        fields = _mapping(entry, f"replacements.{site[:50]}")
        sizes = [fields.get(name) for name in ("width", "own", "rank")]
        if fields.get("form") not in FORMS or not all(type(n) is int and 0 <= n <= LARGEST_WIDTH for n in sizes):
            raise ValueError(f"what stands in the place of {site[:50]!r} is not described")
        found[_path(site)] = (fields["form"], *sizes)  # pyright: ignore[reportArgumentType]
    return found


def _units(data: object) -> dict[str, tuple[int, ...]]:
    """Whether the branches have such units is found out on the model."""
    found: dict[str, tuple[int, ...]] = {}
    for site, entries in _mapping(data, "units").items():
        try:
            found[_path(site)] = tuple(spread(entries, LARGEST_NUMBER))
        except TypeError:
            raise ValueError(f"the units of {site[:50]!r} are no numbers, or ranges of numbers") from None
    return found


def _rewrites(data: object) -> dict[str, tuple[str, ...]]:
    """Whether the names and places mean something is found out on the model."""
    return {
        _text(name, "rewrites"): tuple(_path(place) for place in _texts(places, "rewrites"))
        for name, places in _mapping(data, "rewrites").items()
    }


def _data_config(data: object) -> dict[str, Any]:
    """timm's configuration of an evaluation transform."""
    config = _mapping(data, "data_config")
    size = config.get("input_size")
    if not (isinstance(size, list) and len(size) == 3 and all(type(n) is int and 0 < n <= LARGEST_IMAGE for n in size)):
        raise ValueError("data_config.input_size must be three sizes: channels, height, width")
    if config.get("interpolation") not in INTERPOLATIONS:
        raise ValueError(f"data_config.interpolation must be one of {', '.join(INTERPOLATIONS)}")
    if config.get("crop_mode", "center") not in CROP_MODES:
        raise ValueError(f"data_config.crop_mode must be one of {', '.join(CROP_MODES)}")
    crop = _number(config.get("crop_pct", 1.0), "data_config.crop_pct")
    if not 0.05 <= crop <= 2:
        raise ValueError("data_config.crop_pct must lie between 0.05 and 2")
    moments = {}
    for name in ("mean", "std"):
        values = config.get(name)
        if not isinstance(values, list) or len(values) != size[0]:
            raise ValueError(f"data_config.{name} must have a number for each channel")
        moments[name] = tuple(_number(value, f"data_config.{name}") for value in values)
    if min(moments["std"]) <= 0:
        raise ValueError("data_config.std must be positive")
    return {
        "input_size": tuple(size),
        "interpolation": config["interpolation"],
        **moments,
        "crop_pct": crop,
        "crop_mode": config.get("crop_mode", "center"),
    }


def _plain(value: object, name: str, largest: int, nested: int = 0) -> None:
    if value is None or isinstance(value, bool) or (isinstance(value, str) and len(value) <= 200):
        return
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= largest:
        return
    if isinstance(value, list | tuple) and len(value) <= LARGEST_DEPTH and nested < 2:
        for item in value:
            _plain(item, name, largest, nested + 1)
        return
    raise ValueError(f"model_args.{name} must be a plain value of sane size (numbers up to {largest})")


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
        raise ValueError(f"{name} must be a number")
    return float(value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        raise ValueError(f"{name} must be a line of text")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MOST_CLASSES:
        raise ValueError(f"{name} must be a list of names")
    return tuple(_text(item, name) for item in value)


def _path(value: str) -> str:
    if len(value) > 200 or not PATH.fullmatch(value):
        raise ValueError(f"{value[:50]!r} is not the path of a module")
    return value


def _mapping(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{name} must be an object")
    return dict(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(result := dict(pairs)) != len(pairs):
        raise ValueError("it names a field twice")
    return result


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")
