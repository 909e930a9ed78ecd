"""A model from wherever the user has one, in memory, whole and checked, or a named error."""

from __future__ import annotations

import difflib
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import psutil
import torch
from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.errors import (
    ArgumentInvalid,
    ModelNotFinite,
    ModelNotFound,
    ModelUnsupported,
    OutOfMemory,
    RecipeInvalid,
    VitPruneError,
    WeightsMismatch,
    WeightsUnreadable,
)
from vitprune.hub import fetch
from vitprune.recipe import FILE as RECIPE
from vitprune.recipe import Recipe, check_architecture, check_model_args, read_recipe
from vitprune.results import ModelReference
from vitprune.sources import SAMPLE, SUFFIXES
from vitprune.weights import digest, not_finite, read_weights

if TYPE_CHECKING:
    from timm.models import PretrainedCfg

WEIGHTS = "model.safetensors"
CLASSES = "classes.txt"


@dataclass(frozen=True)
class KeyReport:
    """How the tensors of a file fit the model. `unexpected` ones were ignored; the other two are empty in a model that
    could be opened."""

    loaded: int
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadedModel:
    """A model in eval mode, in float32, on the CPU.

    `data_config` is timm's configuration of the evaluation transform, `plan` the sites of the original model that are
    already gone when an exported, pruned folder was opened.
    """

    module: nn.Module
    reference: ModelReference
    architecture: Architecture
    data_config: Mapping[str, Any]
    report: KeyReport
    plan: Mapping[str, str] | None = None


def open_model(
    source: str,
    *,
    architecture: str | None = None,
    model_args: Mapping[str, Any] | None = None,
    class_names: Sequence[str] = (),
) -> LoadedModel:
    """Open "sample", a timm name, an exported folder, or a weights file together with its timm `architecture`.

    A name that timm knows is always timm's; write ./NAME for a folder that is called the same. `class_names` are in the
    order of the head; for a weights file they may also lie beside it in classes.txt, one a line.

    Raises ModelNotFound, HubOffline, HubRefused, WeightsUnreadable, WeightsUnsafe, WeightsMismatch, ModelNotFinite,
    RecipeInvalid, ArgumentInvalid or OutOfMemory.
    """
    args = _checked_args(model_args)
    path = Path(str(files("vitprune_resources") / SAMPLE)) if source == SAMPLE else Path(source)
    kind = 0 if _is_timm_name(source) else _kind(path)
    if stat.S_ISDIR(kind) or source == SAMPLE:
        if architecture or args:
            raise ArgumentInvalid(
                f"The recipe in {path.name} says how to build the model; arguments cannot change that."
            )
        return _open_folder(source if source == SAMPLE else str(path.absolute()), path, class_names)
    if stat.S_ISREG(kind):
        return _open_file(path, architecture, args, class_names)
    if not _is_timm_name(source):
        _not_found(source, path)
    if architecture:
        raise ArgumentInvalid("An architecture is given with a weights file only; a timm name says its own.")
    return _open_timm(source, args, class_names)


def _open_folder(source: str, folder: Path, class_names: Sequence[str]) -> LoadedModel:
    if not stat.S_ISREG(_kind(folder / RECIPE)) or not stat.S_ISREG(_kind(folder / WEIGHTS)):
        raise ModelNotFound(
            f"{folder} is not an exported model: it needs {RECIPE} and {WEIGHTS}.",
            hint="Choose a folder that ViTPrune exported, or a weights file and its architecture.",
        )
    recipe = read_recipe(folder / RECIPE)
    return _assemble(source, recipe, read_weights(folder / WEIGHTS), class_names, blame=RecipeInvalid)


def _open_file(path: Path, architecture: str | None, args: dict[str, Any], class_names: Sequence[str]) -> LoadedModel:
    if path.suffix.lower() not in SUFFIXES:
        raise WeightsUnreadable(f"{path.name} is not a weights file.", hint=f"Known endings: {', '.join(SUFFIXES)}.")
    if not architecture:
        raise ArgumentInvalid(
            f"{path.name} holds weights alone; which architecture they belong to has to be said.",
            hint="Give timm's name of it, such as vit_small_patch14_dinov2 (--architecture).",
        )
    try:
        check_architecture(architecture)
    except ValueError as error:
        raise ModelNotFound(f"{error}.", hint=_suggestion(architecture)) from error
    weights = read_weights(path)
    if "num_classes" not in args and (rows := _head_rows(architecture, weights)) is not None:
        args["num_classes"] = rows
    names = tuple(class_names) or _class_names_beside(path)
    return _assemble(str(path.absolute()), Recipe(architecture, args), weights, names, blame=ArgumentInvalid)


def _open_timm(name: str, args: dict[str, Any], class_names: Sequence[str]) -> LoadedModel:
    import timm

    config = _pretrained_config(name)
    classes = config.num_classes or 0
    if args.get("num_classes") not in (None, 0, classes):
        # timm would go on with a random head.
        raise WeightsMismatch(
            f"The weights of {name} have {classes} classes, not {args['num_classes']}.",
            hint="Leave num_classes out, or open a weights file that was trained for your classes.",
        )
    full_name = f"{config.architecture}.{config.tag}" if config.tag else str(config.architecture)
    _build(full_name, args, ArgumentInvalid, meta=True)
    file = fetch(full_name, config)
    try:
        # As a file and not by name: then timm asks no network. The hub's copies are all in torch's format.
        overlay = {"file": str(file), "custom_load": config.custom_load and not config.hf_hub_id}
        module = timm.create_model(full_name, pretrained=True, pretrained_cfg_overlay=overlay, **args)
    except Exception as error:
        raise WeightsUnreadable(
            f"The weights of {full_name} in {file} cannot be loaded.",
            hint="Delete that file and open the model again.",
            details=repr(error),
        ) from error
    recipe = Recipe(full_name, args, licence=config.license or "")
    return _finish(name, recipe, module, class_names, KeyReport(len(module.state_dict())), ArgumentInvalid)


def _assemble(
    source: str,
    recipe: Recipe,
    weights: Mapping[str, Tensor],
    class_names: Sequence[str],
    blame: type[VitPruneError],
) -> LoadedModel:
    module = _build(recipe.architecture, recipe.model_args, blame)
    if recipe.surgery or recipe.units or recipe.replacements or recipe.rewrites:
        _follow(module, recipe)
    fitted = _converted(module, recipe.architecture, weights)
    report = _compare(module, fitted)
    if report.missing or report.mismatched:
        head = {f"{name}.{part}" for name in _classifiers(module) for part in ("weight", "bias")}
        if "num_classes" not in recipe.model_args and set(report.missing) <= head and not report.mismatched:
            headless = Recipe(recipe.architecture, {**recipe.model_args, "num_classes": 0})
            return _assemble(source, headless, weights, class_names, blame)
        _mismatch(recipe.architecture, report)
    kept = {name: tensor for name, tensor in fitted.items() if name not in report.unexpected}
    module.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in kept.items()})
    return _finish(source, recipe, module, class_names, report, blame)


def _finish(
    source: str,
    recipe: Recipe,
    module: nn.Module,
    class_names: Sequence[str],
    report: KeyReport,
    blame: type[VitPruneError],
) -> LoadedModel:
    from timm.data.config import resolve_model_data_config

    from vitprune.description import describe, input_size_of

    module = module.float().eval()
    if broken := not_finite(module):
        raise ModelNotFinite(
            f"{len(broken)} tensors of the model hold NaN or infinity, the first {broken[0]}.",
            hint="The training run may have diverged: use an earlier checkpoint.",
            details=", ".join(broken),
        )
    sha256 = digest(module)
    if recipe.weights_sha256 not in ("", sha256):
        raise WeightsMismatch(
            "The weights are not the ones that the recipe was written for.",
            hint="Something changed them since the export: copy the folder again.",
        )
    size = input_size_of(module)
    config = recipe.data_config or {**resolve_model_data_config(module), "input_size": size}
    if tuple(config["input_size"]) != size:
        raise RecipeInvalid(
            f"The recipe prepares images of {config['input_size']}, the model takes {size}.",
            hint="Export the model again, or ask its author for a new copy.",
        )
    names = tuple(class_names) or recipe.class_names
    classes = int(cast(Any, getattr(module, "num_classes", 0)) or 0)
    if names and len(names) != classes:
        raise (ArgumentInvalid if class_names else blame)(
            f"There are {len(names)} class names for a head of {classes} classes.",
            hint="Give one name for each class, in the order of the head.",
        )
    reference = ModelReference(source, recipe.architecture, recipe.model_args, sha256, recipe.licence, names)
    return LoadedModel(module, reference, describe(module), config, report, recipe.plan or None)


def _build(architecture: str, args: Mapping[str, Any], blame: type[VitPruneError], meta: bool = False) -> nn.Module:
    """The model with random weights; with `meta`, without any. Refuses what would not fit into memory."""
    import timm

    try:
        with torch.device("meta"):
            planned = timm.create_model(architecture, pretrained=False, **args)
        needed = 4 * sum(p.numel() for p in planned.parameters())
        if needed > (free := psutil.virtual_memory().available):
            raise OutOfMemory(
                f"{architecture} needs {needed / 1e9:.1f} GB for its weights; {free / 1e9:.1f} GB are free.",
                hint="Close other programs, or choose a smaller model.",
            )
        return planned if meta else timm.create_model(architecture, pretrained=False, **args)
    except VitPruneError:
        raise
    except Exception as error:
        given = ", ".join(f"{name}={value}" for name, value in args.items())
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise blame(
            f"timm cannot build {architecture} with {given or 'no arguments'}: {reason}",
            hint="Give the arguments that the weights were trained with.",
            details=repr(error),
        ) from error


def _follow(module: nn.Module, recipe: Recipe) -> None:
    """Take out, leave, put in and rewrite what a recipe says, in place."""
    from vitprune.lossless import reshape
    from vitprune.surgery import Form, cut, replace
    from vitprune.width.units import cut_units

    try:
        cut(module, recipe.surgery)
        if recipe.units:
            cut_units(module, recipe.units)
        replace(module, {site: Form(*entry) for site, entry in recipe.replacements.items()})
        if recipe.rewrites:
            reshape(module, recipe.rewrites)
    except ModelUnsupported as error:
        raise RecipeInvalid(
            f"The recipe does not fit the model: {error}",
            hint="Export the model again, or ask its author for a new copy.",
        ) from error


def _converted(module: nn.Module, architecture: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights with timm's names and, for another image size, its resized position embeddings."""
    convert = getattr(sys.modules[type(module).__module__], "checkpoint_filter_fn", None)
    if convert is None:
        return dict(weights)
    try:
        with torch.no_grad():
            return dict(convert(dict(weights), module))
    except Exception as error:
        raise WeightsMismatch(
            f"These are not weights of {architecture}: timm cannot convert them.",
            hint="Check the architecture and its arguments.",
            details=repr(error),
        ) from error


def _compare(module: nn.Module, weights: Mapping[str, Tensor]) -> KeyReport:
    wanted = module.state_dict()
    common = [name for name in wanted if name in weights]
    mismatched = tuple(
        name
        for name in common
        if wanted[name].shape != weights[name].shape
        or wanted[name].is_floating_point() != weights[name].is_floating_point()  # quantised, or something else
    )
    return KeyReport(
        loaded=len(common) - len(mismatched),
        missing=tuple(name for name in wanted if name not in weights),
        unexpected=tuple(name for name in weights if name not in wanted),
        mismatched=mismatched,
    )


def _mismatch(architecture: str, report: KeyReport) -> NoReturn:
    kinds = {"missing": report.missing, "of another shape": report.mismatched, "unexpected": report.unexpected}
    found = [
        f"{len(names)} {kind} ({', '.join(names[:3])}{', …' * (len(names) > 3)})"
        for kind, names in kinds.items()
        if names
    ]
    raise WeightsMismatch(
        f"The weights do not fit {architecture}: {'; '.join(found)}.",
        hint="Check the architecture and arguments such as img_size, num_classes or reg_tokens.",
        details="\n".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names),
    )


def _classifiers(module: nn.Module) -> tuple[str, ...]:
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    return _as_names(config.get("classifier"))


def _head_rows(architecture: str, weights: Mapping[str, Tensor]) -> int | None:
    """Classes of the head in the file. Without this timm takes those of its own weights."""
    from timm.models import get_pretrained_cfg, split_model_name_tag

    config = get_pretrained_cfg(split_model_name_tag(architecture)[0])
    heads = (weights.get(f"{name}.weight") for name in _as_names(config.classifier if config else None))
    return next((len(head) for head in heads if head is not None and head.ndim), None)


def _as_names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, tuple | list) else ()


def _class_names_beside(path: Path) -> tuple[str, ...]:
    file = path.with_name(CLASSES)
    if not stat.S_ISREG(_kind(file)):
        return ()
    try:
        return tuple(line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentInvalid(
            f"{CLASSES} beside {path.name} cannot be read.", hint="It holds one class name a line, in UTF-8."
        ) from error


def _checked_args(args: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        return check_model_args(args or {})
    except ValueError as error:
        raise ArgumentInvalid(f"{error}.", hint="Write them as img_size=112,num_classes=10.") from error


def _is_timm_name(source: str) -> bool:
    from timm.models import is_model, split_model_name_tag

    if any(c in source for c in "/\\:") or source.lower().endswith(SUFFIXES):
        return False
    return is_model(split_model_name_tag(source)[0])


def _pretrained_config(name: str) -> PretrainedCfg:
    import timm
    from timm.models import get_pretrained_cfg, split_model_name_tag

    architecture, _ = split_model_name_tag(name)
    published = timm.list_models(f"{architecture}.*", pretrained=True) + timm.list_models(architecture, pretrained=True)
    try:
        config = get_pretrained_cfg(name)
    except RuntimeError:
        config = None
    if config is not None and config.has_weights:
        return config
    others = f"Published: {', '.join(dict.fromkeys(published))}." if published else ""
    raise ModelNotFound(
        f"timm knows the architecture {architecture}, but no pretrained weights called {name}.",
        hint=others or f"Open a weights file of your own as {architecture} (--architecture).",
    )


def _kind(path: Path) -> int:
    """The file type bits of what is there, 0 for nothing."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _not_found(source: str, path: Path) -> NoReturn:
    if _kind(path):
        raise ModelNotFound(f"{source} is neither a file nor a folder.")
    if os.sep in source or path.suffix.lower() in SUFFIXES:
        raise ModelNotFound(f"There is no file or folder {source}.", hint="Check the path.")
    raise ModelNotFound(f"timm has no model called {source!r}, and there is no such folder.", hint=_suggestion(source))


def _suggestion(name: str) -> str:
    import timm

    tagged = "." in name
    close = difflib.get_close_matches(name, timm.list_models(pretrained=True) if tagged else timm.list_models(), n=3)
    return f"Close names: {', '.join(close)}." if close else "Search for part of the name (`vitprune models TEXT`)."
