"""Gromov et al. 2024 (arXiv:2403.17887)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from vitprune.errors import ArgumentInvalid
from vitprune.scores import ANGLES
from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import windows


def steps(case: Case) -> Iterator[Step]:
    angles = case.scores.angles if case.scores else {}
    name = {"all": "all", "cls": "cls", "patch": "mean_patch"}.get(case.tokens) or _pooled(case.architecture.pooled)
    if name in angles:
        return windows(case, angles[name], angles[name].mean)
    boundaries = case.scores.boundaries if case.scores else None
    if boundaries is None or name != "all":
        held = ", ".join(ANGLES[key] for key in angles)
        raise ArgumentInvalid(
            f"The session does not hold {ANGLES[name]} between block boundaries.",
            hint=f"It holds: {held}." if held else "Analyse again with this version (--metrics all).",
        )
    # What sessions without angles hold: the angle of the mean cosine.
    return windows(case, boundaries, np.arccos(np.clip(boundaries.mean, -1, 1)) / math.pi)


def _pooled(pooled: str) -> str:
    return {"cls": "cls", "prefix": "cls", "patch": "mean_patch"}.get(pooled, "all")


METHOD = Method(
    "angular",
    "Range of blocks with the least angle",
    "Gromov et al. 2024, The Unreasonable Ineffectiveness of the Deeper Layers, arXiv:2403.17887",
    "The contiguous range of n blocks goes between whose ends the stream turns least: the angular distance, arccos of "
    "the cosine over pi, mean over images.",
    "The paper takes the last token of a text, which means nothing in an image. Here it is what the head reads: the "
    "class token where it is pooled, the mean patch token where patches are averaged, else all tokens; --tokens "
    "chooses another. Published codes drop the stream that enters the first block, or compare a normed stream with "
    "one that is not at the last; here every range from the first block to the last can go, and no norm is in "
    "between. Nothing is fine-tuned afterwards.",
    Needs.SCORES,
    ("block",),
    steps,
    tokens="pooled",
)
