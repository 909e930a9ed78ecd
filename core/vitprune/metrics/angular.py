"""Angular distance between the residual stream before and after a site (Gromov et al. 2024, arXiv:2403.17887): the
angle of each token, arccos of its cosine, over pi; 0 for the same direction, 1 for the opposite one.

An angle is not the arccos of a mean cosine: it weighs the tokens that turn far less. Near 0 it is the square root of
twice 1 minus the cosine, so that float32 rounding of a block's cosines alone looks like an angle of about 1e-4.
"""

import math

from vitprune.metrics import Metric

METRIC = Metric("angular", lambda lengths: lengths.cosine.clamp(-1, 1).arccos() / math.pi)
