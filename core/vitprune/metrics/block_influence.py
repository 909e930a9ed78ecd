"""Block influence (Men et al. 2024, arXiv:2403.03853): 1 minus the cosine between a block's input and output."""

from vitprune.metrics import TokenMetric

METRIC = TokenMetric("block_influence", lambda step: 1 - step.cosine, sublayers=False)
