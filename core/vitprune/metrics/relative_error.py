"""Relative squared error of the stream when a site is left out: with x before and y after it, the sum over tokens of
|y - x|^2 over that of |y|^2.

Unlike a cosine it counts lengths, so the few tokens of great length decide it: where the two rank sites differently,
look for such tokens. It may exceed 1. A block's |y - x|^2 is (|y| - |x|)^2 + 2 |x| |y| (1 - cos), good to about 1e-7 of
|x| |y|.
"""

from vitprune.metrics import Metric

METRIC = Metric("relative_error", lambda lengths: lengths.added.square(), over=lambda lengths: lengths.after.square())
