"""What makes the folder one for the Hugging Face Hub: config.json as timm writes it, and the head of the model card.

timm builds whole models from config.json. A pruned one it cannot build: its config names no architecture of timm, and
says where the script is that can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from huggingface_hub import EvalResult, ModelCardData
from timm.models._hub import save_config_for_hf  # the public `save_for_hf` writes the weights as well
from torch import nn

from vitprune.recipe import FILE as RECIPE
from vitprune.results import Evaluation, ModelReference
from vitprune.statistics import Estimate

CONFIG = "config.json"
NOT_OF_TIMM = "pruned-by-vitprune"
_LICENCES = (
    "apache-2.0", "apple-amlr", "apple-ascl", "bsd-3-clause", "cc-by-4.0", "cc-by-nc-4.0",
    "fair-noncommercial-research-license", "gemma", "mit", "other", "unknown",
)  # fmt: skip
_DATASETS = "# datasets:        # what the model was trained on, by its name on the hub\n"


def write_config(
    module: nn.Module, path: Path, reference: ModelReference, data_config: Mapping[str, Any], removed: Mapping[str, str]
) -> None:
    """config.json; where anything of timm's model is `removed` or rewritten, one that no loader of timm takes."""
    names = list(reference.class_names)
    save_config_for_hf(
        module,
        str(path),
        model_config={"label_names": names} if names else None,
        data_config=dict(data_config),
    )
    if removed:
        config = json.loads(path.read_text("utf-8"))
        built = {"architecture": config.pop("architecture"), "model_args": config.pop("model_args", {})}
        told = {**built, "removed": dict(removed), "recipe": RECIPE, "load": "from rebuild import model"}
        path.write_text(json.dumps({"architecture": NOT_OF_TIMM, "vitprune": told, **config}, indent=2) + "\n", "utf-8")


def front_matter(
    title: str, module: nn.Module, reference: ModelReference, evaluation: Evaluation | None, *, whole: bool
) -> str:
    """The YAML at the head of a model card, with its lines around. `whole`: timm can build the model."""
    classes = int(cast(Any, getattr(module, "num_classes", 0)) or 0)
    task = "image-classification" if classes else "image-feature-extraction"
    licence = reference.licence or "unknown"
    known = licence in _LICENCES
    results = _results(evaluation, task)
    data = ModelCardData(
        license=licence if known else "other",
        license_name=None if known else licence,
        library_name="timm" if whole else "pytorch",
        pipeline_tag=task,
        tags=[task, "vision-transformer", "vitprune", *(() if whole else ("pruned",))],
        base_model=_base(module, reference),
        metrics=["accuracy"] if results else None,
        model_name=title if results else None,
        eval_results=results or None,
    )
    return f"---\n{data.to_yaml()}\n{_DATASETS}---\n"


def loading(whole: bool) -> Sequence[str]:
    """Lines of Markdown that say how the model is loaded."""
    code = (
        ("import timm", 'model = timm.create_model("hf-hub:USER/NAME", pretrained=True)  # or "local-dir:FOLDER"')
        if whole
        else (
            'import sys; sys.path.insert(0, "FOLDER")  # this one: huggingface_hub.snapshot_download("USER/NAME")',
            "from rebuild import model",
        )
    )
    said = (
        "timm builds it from `config.json`:"
        if whole
        else "timm has no architecture without these sites, so that `timm.create_model` cannot build it. The script in "
        "this folder does, with torch, timm and safetensors; read it before you run it, as any code from the hub:"
    )
    return (said, "", "```python", *code, "```")


def _results(evaluation: Evaluation | None, task: str) -> list[EvalResult]:
    if evaluation is None or evaluation.top1 is None:
        return []
    top1: Estimate = evaluation.top1
    return [
        EvalResult(
            task_type=task,
            dataset_type="unknown",
            dataset_name=Path(evaluation.data.source).name,
            metric_type="accuracy",
            metric_name=f"Top-1, 95 % interval {top1.low:.4f} to {top1.high:.4f}, n = {evaluation.images}",
            metric_value=round(top1.value, 4),
        )
    ]


def _base(module: nn.Module, reference: ModelReference) -> str | None:
    """The model on the hub that timm had the weights from; of a file of somebody's own that is not known."""
    config = getattr(module, "pretrained_cfg", None) or {}
    named = config.get("hf_hub_id") or ""
    return named if "/" in named and named.endswith(f"/{reference.source}") else None
