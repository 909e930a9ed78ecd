"""Cosine between the residual stream before and after a site (He et al. 2024, arXiv:2406.15786): 1 minus importance."""

from vitprune.metrics import Metric

METRIC = Metric("cosine", lambda lengths: lengths.cosine)
