"""Length of what a site adds over the length of the stream that it adds to: the companion without which a cosine near 1
cannot be read, since the stream grows with depth."""

from torch import Tensor, finfo

from vitprune.capture import Step
from vitprune.metrics import TokenMetric


def measure(step: Step) -> Tensor:
    norm = step.before.norm
    return step.added_norm / norm.clamp_min(finfo(norm.dtype).tiny)


METRIC = TokenMetric("norm_ratio", measure)
