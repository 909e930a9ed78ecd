"""The exported folder: weights that are left, a recipe, a script that rebuilds the model, and what was measured."""

from __future__ import annotations

import copy
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import vitprune
from vitprune.architecture import Architecture
from vitprune.errors import ModelUnsupported, SaveFailed
from vitprune.export import ptblop
from vitprune.export.hub import CONFIG, front_matter, loading, write_config
from vitprune.export.proving import BATCHES, Probe, compared, in_parts, rebuilt, timed
from vitprune.export.rebuild import script
from vitprune.export.report import readme
from vitprune.export.training import Trained, in_readme
from vitprune.export.training import record as training_record
from vitprune.export.written import written
from vitprune.formats import FOLDER, Exported, Format, Proof
from vitprune.jobs import Job
from vitprune.loading import WEIGHTS, open_model
from vitprune.lossless import recorded, rewrite
from vitprune.plan import Action, PruningPlan
from vitprune.ranges import folded
from vitprune.recipe import FILE as RECIPE
from vitprune.recipe import FORMAT, VERSION, VERSION_WITH_UNITS
from vitprune.results import Evaluation, ModelReference, SiteRepair
from vitprune.surgery import removals_in, removed_sites, repaired, replacements_in
from vitprune.weights import digest
from vitprune.width.units import units_left

_FLOAT = 4  # bytes


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
    trained: Trained | None = None,
    formats: Sequence[Format] = (),
    probe: Probe | None = None,
    job: Job | None = None,
) -> Exported | None:
    """Write the model, pruned and repaired, as a new folder. `calibration` is what repairs are fitted to, batches of
    images (B, C, H, W). `evaluation` of the pruned and `dense` of the whole model, where measured, go into its README.
    `rewrites` are names of lossless rewrites to be done after pruning. `trained` is the model to write, where it was
    trained after its repair, and is no longer what the plan alone makes.

    With a `probe` the folder is proved: what `rebuild.py` makes of it in a process of its own, and each of `formats`,
    gives the logits of the model in memory, and takes so long. The formats cannot be had without.

    The folder appears whole or not at all. Raises SaveFailed when it exists and is not empty, or cannot be written,
    PlanInvalid when the plan is for another model, ArgumentInvalid or ModelUnsupported for rewrites that are
    unknown, do not apply, or are not proved to leave the logits as they are, ExtraMissing for a format whose packages
    are not installed, and ExportFailed for one that the model cannot have, or that gives other logits.
    """
    job = job or Job()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SaveFailed(f"{folder} exists already and is not empty.", hint="Choose a new folder.")
    for format_ in formats:
        format_.check()
    if trained is not None:
        pruned, fits = trained.module, trained.fits
    else:
        pruned, fits = repaired(plan, module, calibration, job=job)
    report = None
    if rewrites:
        pruned, report = rewrite(pruned, rewrites, job)
        if not report.ok:
            raise ModelUnsupported(f"The rewrites are not exact on this model. {report.failures[0]}")
    if probe is not None:
        pruned = pruned.cpu().eval()
    blocks = None
    if any(format_.name == "ptblop" for format_ in formats):
        blocks = ptblop.configuration(pruned, plan, trained=trained is not None)
    # All that is gone from timm's model, which is more than the plan says when the model came pruned already.
    removals = removals_in(pruned)
    removed = dict.fromkeys(sorted(removed_sites(pruned)), str(Action.REMOVE))
    standing = replacements_in(pruned)
    left = {site: folded(units) for site, units in units_left(pruned).items()}
    done = removed | {site: form.form for site, form in standing.items()}
    absorbed = {site: str(action) for site, action in plan.actions if action in (Action.MEAN, Action.FOLD)}
    args = dict(reference.model_args)
    config = {name: list(value) if isinstance(value, tuple) else value for name, value in data_config.items()}
    title, summary = reference.architecture, plan.summary(architecture)
    if plan.sites:
        title += f" without {len(plan.sites)} of its sites"
    if plan.units:
        title += f"{' and' if plan.sites else ' without'} {summary.units:,} heads or neurons of others"
    rewritten = recorded(pruned)
    changed = done | absorbed | dict.fromkeys(rewritten, "rewritten")
    recipe = {
        "format": FORMAT,
        "version": VERSION_WITH_UNITS if left else VERSION,
        "architecture": reference.architecture,
        "model_args": args,
        "data_config": config,
        "class_names": list(reference.class_names),
        "licence": reference.licence,
        "plan": plan.to_json() | {"sites": done | absorbed},
        "surgery": removals,
        **({"units": left} if left else {}),
        "replacements": {site: asdict(form) for site, form in standing.items()},
        "repair": {"target": str(plan.target), "sites": [_numbers(fit) for fit in fits]} if fits else None,
        "rewrites": rewritten,
        "training": training_record(trained.training) if trained else None,
        "versions": {
            "vitprune": vitprune.__version__,
            "torch": torch.__version__.split("+")[0],
            "timm": _timm_version(),
        },
        "digests": {"original": reference.weights_sha256, "exported": digest(pruned)},
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _failed(folder, error) from error
    try:
        weights = {name: value.contiguous().cpu().clone() for name, value in pruned.state_dict().items()}
        save_file(weights, staging / WEIGHTS)
        del weights
        (staging / WEIGHTS).chmod(0o644)  # safetensors keeps it from everybody else
        told = json.dumps(recipe, indent=2, allow_nan=False) + "\n"
        (staging / RECIPE).write_text(told, "utf-8")
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
        write_config(pruned, staging / CONFIG, reference, data_config, changed)
        if blocks is not None:
            (staging / "ptblop.json").write_text(json.dumps(blocks, indent=2) + "\n", "utf-8")
        exported = None
        if probe is not None:
            params = report.params if report else summary.params
            exported = _proved(module, pruned, staging, formats, probe, architecture, params, told, job)
        text = front_matter(title, pruned, reference, evaluation, whole=not changed)
        text += readme(
            title, reference, architecture, plan, evaluation, dense, report, fits, loading(not changed), exported
        )
        if trained is not None:
            text = in_readme(text, trained)
        (staging / "README.md").write_text(text, "utf-8")
        staging.chmod(0o755)
        job.check()
        if folder.exists():
            folder.rmdir()
        staging.replace(folder)
    except OSError as error:
        raise _failed(folder, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return replace(exported, folder=folder, files=_sizes(folder)) if exported else None


def _proved(
    module: nn.Module,
    pruned: nn.Module,
    staging: Path,
    formats: Sequence[Format],
    probe: Probe,
    architecture: Architecture,
    params: int,
    recipe: str,
    job: Job,
) -> Exported:
    """The formats are in `staging` after this, and proved like the folder itself. `params` are those that are to be
    left, `recipe` is the text of recipe.json."""
    job.progress("Comparing the rebuilt model", 0, 0, "")
    wanted = in_parts(pruned, probe.images)
    found = [(FOLDER, *compared("rebuild.py", rebuilt(staging, probe.images, job), wanted))]
    runs: list[Callable[[Tensor], Any]] = [module if _on_cpu(module) else copy.deepcopy(module).cpu(), pruned]
    for format_, run, logits in written(pruned, staging, formats, probe, recipe, job):
        found.append((format_, *compared(format_.title, logits, wanted)))
        runs.append(run)
    dense, *times = timed(runs, architecture, probe.batch_size, job)
    sizes = _sizes(staging)
    return Exported(
        folder=staging,
        files=sizes,
        dense_bytes=_bytes(module),
        bytes=_bytes(pruned),
        predicted=_FLOAT * (architecture.params - params),
        source=probe.source,
        images=len(probe.images),
        batches=BATCHES,
        proofs=tuple(
            Proof(format_.name, format_.file, _of(sizes, format_.file), difference, relative, time)
            for (format_, difference, relative), time in zip(found, times, strict=True)
        ),
        dense=dense,
    )


def _of(sizes: Mapping[str, int], file: str) -> int:
    """With a second file of the same name, for what does not fit into the first."""
    return sum(size for name, size in sizes.items() if name in (file, f"{file}.data"))


def _sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.is_file()}


def _bytes(module: nn.Module) -> int:
    return sum(value.numel() * value.element_size() for value in module.state_dict().values())


def _on_cpu(module: nn.Module) -> bool:
    return all(value.device.type == "cpu" for value in module.state_dict().values())


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
