"""Scores of a real model, and their largest difference to a plain loop, for several batch sizes and orders.

    PYTHONPATH=tests/core python tests/benchmarks/check_real_case.py WEIGHTS --architecture NAME \\
        --model-args img_size=112,num_classes=10 IMAGES [--count 600] [--checked 64]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from plain_loop import streams

from vitprune import workflow
from vitprune.cli.arguments import model_args
from vitprune.jobs import Job
from vitprune.scoring import score


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=model_args, default={})
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--checked", type=int, default=64, help="images that the plain loop sees too")
    args = parser.parse_args()
    model = workflow.open_model(args.model, architecture=args.architecture, model_args=args.model_args)
    images = workflow.open_images(args.images, model, images=args.count)
    batch = torch.cat(list(images.batches(64, Job())))

    scores = score(model.module, batch.split(64), ("all",))
    for site in model.architecture.sublayers:
        value = scores["cosine"][site.id]
        print(f"{site.id:<16} {value.mean:.6f} ± {value.standard_error:.6f}")

    some = batch[: args.checked]
    plain: dict[str, list[float]] = {}
    for image in some:
        for site, (x, y) in streams(model.module, image)[0].items():
            plain.setdefault(site, []).append(F.cosine_similarity(x.double(), y.double(), dim=-1).mean().item())
    order = torch.randperm(len(some), generator=torch.Generator().manual_seed(0))
    for name, batches, rows in (
        ("batch size 1", some.split(1), slice(None)),
        ("batch size 7", some.split(7), slice(None)),
        ("batch size 64", some.split(64), slice(None)),
        ("shuffled, batch size 7", some[order].split(7), order.numpy()),
    ):
        found = score(model.module, batches)["cosine"]
        means = max(abs(found[site].mean - np.mean(values)) for site, values in plain.items())
        single = max(np.abs(found[site].per_image - np.array(values)[rows]).max() for site, values in plain.items())
        print(f"{name}: largest difference to the plain loop {means:.1e} of a mean, {single:.1e} of one image")


if __name__ == "__main__":
    main()
