"""What to say of a training: figures for programs, lines for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vitprune.curve import Check
from vitprune.results import Training


def figures(training: Training) -> dict[str, Any]:
    curve = training.curve
    return {
        "settings": asdict(curve.settings),
        "images": curve.images,
        "held_out": curve.held_out,
        "labelled": curve.labelled,
        "trained_parameters": curve.trained,
        "steps": curve.steps,
        "best_step": curve.checks[curve.best].step,
        "seconds": curve.seconds,
        "ended": curve.ended,
        "precision": curve.precision,
        "weights_sha256": training.weights_sha256,
        "gain": asdict(curve.gain),
        "checks": [asdict(check) for check in curve.checks],
    }


def lines(training: Training) -> list[str]:
    curve = training.curve
    first, best = curve.checks[0], curve.checks[curve.best]
    told = "dense model and labels" if curve.labelled else "dense model, no labels"
    return [
        f"trained {curve.trained:,} parameters on {curve.images:,} images for {curve.steps:,} steps in "
        f"{curve.seconds:.0f} s ({told}). {curve.ended}",
        f"{curve.held_out:,} held-out images before: {_check(first)}",
        f"{curve.held_out:,} held-out images at step {best.step:,}, which is kept: {_check(best)}",
    ]


def _check(check: Check) -> str:
    loss, same = check.loss, check.agreement
    said = f"loss {loss.value:.4f} ({loss.low:.4f} to {loss.high:.4f})"
    if same is None:
        return said
    return f"{said}, as the dense model {same.value:.1%} ({same.low:.1%} to {same.high:.1%})"
