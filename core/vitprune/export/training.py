"""What an exported folder says of a model that was trained after pruning: in its recipe, and in its README."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from torch import nn

from vitprune.comparison import compare
from vitprune.recovery_report import figures
from vitprune.results import Evaluation, SiteRepair, Training


@dataclass(frozen=True)
class Trained:
    """A model that was pruned, repaired with these `fits` and then trained; what the dense model and the untrained one
    were measured at, where they were."""

    module: nn.Module
    fits: tuple[SiteRepair, ...]
    training: Training
    dense: Evaluation | None = None
    untrained: Evaluation | None = None


def record(training: Training) -> dict[str, Any]:
    """As JSON, which knows no NaN: what was asked for, on what, and how it went."""
    found = figures(training)
    checks = found.pop("checks")
    found["held_out_loss"] = {"before": checks[0]["loss"], "after": checks[training.curve.best]["loss"]}
    found["data"] = {"source": training.data.source, "digest": training.data.digest}
    found["created"], found["environment"] = training.created, asdict(training.environment)
    return _finite(found)


def in_readme(text: str, trained: Trained) -> str:
    """The README of the plan with what the training did to the model, before what was measured of it."""
    before, heading, measured = text.partition("## Measured\n")
    return before + "\n".join(_section(trained)) + "\n" + heading + measured


def _section(trained: Trained) -> list[str]:
    training = trained.training
    curve = training.curve
    first, best = curve.checks[0], curve.checks[curve.best]
    told = "the dense model's answers and the labels" if curve.labelled else "the dense model's answers, without labels"
    last = curve.best == len(curve.checks) - 1
    chosen = ", the last" if last else ", the best of all looks at them, so this says a little too much"
    lines = [
        "## Trained",
        "",
        f"After the repair, {curve.trained:,} parameters were trained on {told}: {curve.steps:,} steps of up to "
        f"{curve.settings.batch_size} images, random views of {curve.images:,}, in {curve.seconds / 60:.1f} minutes on "
        f"{training.environment.device}. {curve.ended}",
        "",
        f"On {curve.held_out:,} images that were held out the loss went from {first.loss.value:.4f} to "
        f"{best.loss.value:.4f} (difference {curve.gain.value:.4f}, 95 % interval {curve.gain.low:.4f} to "
        f"{curve.gain.high:.4f}). The weights are those of step {best.step:,}{chosen}.",
        "",
    ]
    for name, evaluation in (("dense", trained.dense), ("untrained", trained.untrained)):
        if evaluation is not None and training.evaluation is not None:
            lines += [f"Against the {name} model: {compare(evaluation, training.evaluation).sentence}", ""]
    return lines


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
