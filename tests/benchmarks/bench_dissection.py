"""How long one image of attention, of all heads, and of rollout takes, on a quiet machine.

    python tests/benchmarks/bench_dissection.py MODEL [--architecture NAME --model-args NAME=VALUE,...] [--site ID]

Each is called several times on an image of noise, after one call that is not counted; the median in seconds, with the
longest. Rollout is timed with and without the patches taken away.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch

from vitprune import workflow
from vitprune.cli.arguments import model_args
from vitprune.dissection import attention, heads, rollout
from vitprune.inputs import input_size_of

CALLS = 9


def timed(call: Callable[[], object]) -> str:
    call()
    seconds = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return f"{statistics.median(seconds):.3f} (at most {max(seconds):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=model_args, default={})
    parser.add_argument("--site")
    args = parser.parse_args()
    module = workflow.open_model(args.model, architecture=args.architecture, model_args=args.model_args).module
    image = torch.randn(1, *input_size_of(module), generator=torch.Generator().manual_seed(0))
    site = args.site or heads(module, image).sites[-1]
    print(f"{torch.get_num_threads()} threads, {tuple(image.shape)}")
    print("attention of", site, timed(partial(attention, module, image, site)))
    print("heads", timed(partial(heads, module, image)))
    print("rollout", timed(partial(rollout, module, image, ablate=False)))
    print("rollout and ablation", timed(partial(rollout, module, image)))


if __name__ == "__main__":
    main()
