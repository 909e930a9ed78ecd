"""Length of what a branch adds over the length of the stream that it adds to: the companion without which a cosine near
1 cannot be read, since the stream grows with depth."""

from vitprune.metrics import Metric

METRIC = Metric("norm_ratio", lambda lengths: lengths.added / lengths.before, of_blocks=False)
