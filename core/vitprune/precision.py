"""In how many digits the model runs, and what is computed exactly whatever that is.

Under bf16 torch's autocast casts the matrix products and convolutions of a model to bfloat16, which has three decimal
digits and the range of float32; its residual stream and its normalisations stay in float32 where its own code keeps
them there. What is measured of a stream is summed up in float32 and float64 all the same.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor

from vitprune.errors import ArgumentInvalid
from vitprune.jobs import PRECISIONS

BF16 = PRECISIONS[1]


def running_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """While this lasts, models on the device run so. Raises ArgumentInvalid for an unknown precision, or for a GPU that
    cannot compute in it."""
    if precision not in PRECISIONS:
        raise ArgumentInvalid(f"There is no precision {precision!r}.", hint=f"Precisions: {', '.join(PRECISIONS)}.")
    if precision == BF16 and device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise ArgumentInvalid(
            f"{torch.cuda.get_device_name(device)} does not compute in bfloat16.", hint="Use fp32 (--precision fp32)."
        )
    # Weights change while repairs are fitted: a copy of one that was cast earlier would be out of date.
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == BF16, cache_enabled=False)


def current(device: torch.device) -> str:
    """How models on the device run just now."""
    return BF16 if torch.is_autocast_enabled(device.type) else PRECISIONS[0]


def exactly(device: torch.device) -> AbstractContextManager[object]:
    """While this lasts, matrix products are computed in the digits of their factors."""
    return torch.autocast(device.type, enabled=False)


def full(tensor: Tensor) -> Tensor:
    """In float32, unless it has as many digits or more."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor
