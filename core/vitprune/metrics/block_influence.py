"""Block influence (Men et al. 2024, arXiv:2403.03853): 1 minus the cosine between a block's input and output."""

from vitprune.metrics import Metric

METRIC = Metric("block_influence", lambda lengths: 1 - lengths.cosine, of_branches=False)
