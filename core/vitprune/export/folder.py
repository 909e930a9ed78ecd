"""The exported folder: weights that are left, a recipe, a script that rebuilds the model, and what was measured."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import vitprune
from vitprune.architecture import Architecture
from vitprune.errors import ModelUnsupported, SaveFailed
from vitprune.export.rebuild import script
from vitprune.export.report import readme
from vitprune.jobs import Job
from vitprune.loading import WEIGHTS, open_model
from vitprune.lossless import recorded, rewrite
from vitprune.plan import Action, PruningPlan
from vitprune.recipe import FILE as RECIPE
from vitprune.recipe import FORMAT, VERSION
from vitprune.results import Evaluation, ModelReference, SiteRepair
from vitprune.surgery import removals_in, removed_sites, repaired, replacements_in
from vitprune.weights import digest


def load_exported(folder: str | Path) -> nn.Module:
    """The model of an exported folder, in evaluation mode, in float32, on the CPU. Raises like `open_model`."""
    return open_model(str(folder)).module


def export(
    module: nn.Module,
    plan: PruningPlan,
    folder: Path,
    *,
    architecture: Architecture,
    reference: ModelReference,
    data_config: Mapping[str, Any],
    evaluation: Evaluation | None = None,
    dense: Evaluation | None = None,
    rewrites: Sequence[str] = (),
    calibration: Iterable[Tensor] | None = None,
    job: Job | None = None,
) -> None:
    """Write the model, pruned and repaired, as a new folder. `calibration` is what repairs are fitted to, batches of
    images (B, C, H, W). `evaluation` of the pruned and `dense` of the whole model, where
    measured, go into its README. `rewrites` are names of lossless rewrites to be done after pruning.

    The folder appears whole or not at all. Raises SaveFailed when it exists and is not empty, or cannot be written,
    PlanInvalid when the plan is for another model, and ArgumentInvalid or ModelUnsupported for rewrites that are
    unknown, do not apply, or are not proved to leave the logits as they are.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SaveFailed(f"{folder} exists already and is not empty.", hint="Choose a new folder.")
    (pruned, fits), report = repaired(plan, module, calibration, job=job), None
    if rewrites:
        pruned, report = rewrite(pruned, rewrites, job)
        if not report.ok:
            raise ModelUnsupported(f"The rewrites are not exact on this model. {report.failures[0]}")
    # All that is gone from timm's model, which is more than the plan says when the model came pruned already.
    removals = removals_in(pruned)
    removed = dict.fromkeys(sorted(removed_sites(pruned)), str(Action.REMOVE))
    standing = replacements_in(pruned)
    done = removed | {site: form.form for site, form in standing.items()}
    absorbed = {site: str(action) for site, action in plan.actions if action in (Action.MEAN, Action.FOLD)}
    args = dict(reference.model_args)
    config = {name: list(value) if isinstance(value, tuple) else value for name, value in data_config.items()}
    title = f"{reference.architecture} without {len(plan)} of its sites" if len(plan) else reference.architecture
    recipe = {
        "format": FORMAT,
        "version": VERSION,
        "architecture": reference.architecture,
        "model_args": args,
        "data_config": config,
        "class_names": list(reference.class_names),
        "licence": reference.licence,
        "plan": plan.to_json() | {"sites": done | absorbed},
        "surgery": removals,
        "replacements": {site: asdict(form) for site, form in standing.items()},
        "repair": {"target": str(plan.target), "sites": [_numbers(fit) for fit in fits]} if fits else None,
        "rewrites": recorded(pruned),
        "versions": {
            "vitprune": vitprune.__version__,
            "torch": torch.__version__.split("+")[0],
            "timm": _timm_version(),
        },
        "digests": {"original": reference.weights_sha256, "exported": digest(pruned)},
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _failed(folder, error) from error
    try:
        weights = {name: value.contiguous().cpu().clone() for name, value in pruned.state_dict().items()}
        save_file(weights, staging / WEIGHTS)
        (staging / WEIGHTS).chmod(0o644)  # safetensors keeps it from everybody else
        (staging / RECIPE).write_text(json.dumps(recipe, indent=2, allow_nan=False) + "\n", "utf-8")
        text = script(
            pruned,
            removals,
            title=f"{title}.",
            architecture=reference.architecture,
            model_args=args,
            data_config=config,
            class_names=reference.class_names,
        )
        (staging / "rebuild.py").write_text(text, "utf-8")
        text = readme(title, reference, architecture, plan, evaluation, dense, report, fits)
        (staging / "README.md").write_text(text, "utf-8")
        staging.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        staging.replace(folder)
    except OSError as error:
        raise _failed(folder, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _numbers(fit: SiteRepair) -> dict[str, Any]:
    """As JSON has it, which knows no NaN: None for what a fit has not got."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(fit).items()
    }


def _failed(folder: Path, error: OSError) -> SaveFailed:
    return SaveFailed(
        f"{folder} cannot be written: {error.strerror or error}.", hint="Choose another place.", details=repr(error)
    )


def _timm_version() -> str:
    import timm

    return timm.__version__
