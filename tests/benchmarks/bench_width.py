"""Depth, width, and both in one search, at the same multiply-accumulates: top-1 on images that nothing was fitted to.

    python tests/benchmarks/bench_width.py WEIGHTS --architecture NAME [--model-args a=1,b=2]
        [--class-names A,B,...] --calibration FOLDER --test FOLDER [--images 400] [--test-images 2000] [--macs 0.7]
        [--rounds 10] [--only depth,width,mixed]

Nothing is trained. Searches see --images of the calibration images, fit to two thirds of them and measure damage on
every third; what they find is then fitted to all calibration images. Depth, width and mixed read no label of these.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch

from vitprune import apply, workflow
from vitprune import evaluate as evaluation
from vitprune.comparison import compare
from vitprune.jobs import Compute, Job
from vitprune.lab import Lab
from vitprune.plan import PruningPlan
from vitprune.plan import read as read_plan
from vitprune.search import apart, search
from vitprune.selection import Budget, select
from vitprune.sources import model_args_in, names_in
from vitprune.width.mixed import search_mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=model_args_in, default={})
    parser.add_argument("--class-names", type=names_in, default=(), help="in the order of the head")
    parser.add_argument("--calibration", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--test-images", type=int, default=None)
    parser.add_argument("--macs", type=float, default=0.7)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repair", default="linear")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--only", default="depth,width,mixed", help="of these, and of variance, taylor, damage")
    parser.add_argument(
        "--plans", type=Path, default=None, help="a folder to keep the plans in: those there are not looked for again"
    )
    args = parser.parse_args()
    model = workflow.open_model(
        args.weights, architecture=args.architecture, model_args=args.model_args, class_names=args.class_names
    )
    calibration = workflow.open_images(args.calibration, model, images=args.images)
    test = workflow.open_images(args.test, model, purpose=workflow.TEST, images=args.test_images)
    compute = Compute(threads=args.threads, batch_size=args.batch_size)
    if args.threads:
        torch.set_num_threads(args.threads)
    architecture = model.architecture
    batches = list(calibration.batches(args.batch_size, Job()))
    fit, measure, _ = apart(batches)
    budget = Budget(macs=args.macs)
    plans: dict[str, PruningPlan] = {}
    for name in args.only.split(","):
        started = time.monotonic()
        kept = args.plans / f"{name}.json" if args.plans else None
        if kept and kept.exists():
            plans[name] = read_plan(kept, architecture)
            print(f"{name}: as found before", flush=True)
            continue
        if name == "depth":
            lab = Lab(model.module, measure)
            plans[name] = search(lab, budget, repair=args.repair, fit=fit).plan
        elif name in ("width", "mixed"):
            lab = Lab(model.module, measure)
            options = {"granularity": name, "repair": args.repair, "fit": fit, "rounds": args.rounds}
            found = search_mixed(lab, budget, **options, on_step=_told)
            plans[name] = found.plan
        else:
            bench = workflow.workbench(model, calibration, args.batch_size)
            plans[name] = select(None, architecture, budget, method=name, granularity="width", bench=lambda b=bench: b)
        print(f"{name}: {time.monotonic() - started:.0f} s to find", flush=True)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(plans[name].to_json(), indent=2))
    started = time.monotonic()
    batches = list(workflow.open_images(args.calibration, model).batches(args.batch_size, Job()))
    pruned = [(plan, apply(plan, model.module, batches)) for plan in plans.values()]
    device = torch.device("cpu")
    dense, *found = evaluation.evaluate(
        model.module, pruned, test.batches(args.batch_size, Job()), test.reference, architecture, device=device
    )
    whole, *times = workflow.latencies(
        [model.module, *(module for _, module in pruned)],
        architecture,
        args.batch_size,
        device,
        compute=compute,
        job=Job(),
    )
    results = dict(zip(plans, found, strict=True))
    print(f"{time.monotonic() - started:.0f} s to repair and to evaluate on {dense.images:,} images", flush=True)
    for (name, plan), result, time_ in zip(plans.items(), found, times, strict=True):
        summary = plan.summary(architecture)
        top1, was = result.top1, dense.top1
        assert top1 is not None
        assert was is not None
        print(
            f"{name:<9} top-1 {top1.value:.4f} ({top1.low:.4f} to {top1.high:.4f}; dense {was.value:.4f}), "
            f"{summary.macs / architecture.macs:.3f} of the MACs, {summary.params / architecture.params:.3f} of the "
            f"parameters, {time_.median_ms / whole.median_ms:.3f} of the time; {summary.sites} sites and "
            f"{summary.units} units gone"
        )
        print(f"          against dense: {compare(dense, result).sentence}")
        for site, what in plan.narrowed(architecture).items():
            print(f"            {site}: {what}")
        print("            " + ", ".join(f"{site} {action}" for site, action in sorted(plan.actions)), flush=True)
    best = "mixed" if "mixed" in results else next(iter(results))
    for name, result in results.items():
        if name != best:
            print(f"{best} against {name}: {compare(result, results[best]).sentence}")


def _told(state: object) -> None:
    step = state.steps[-1]  # pyright: ignore[reportAttributeAccessIssue]
    print(f"  step {len(state.steps)}: damage {step.damage.value:.4f}: {[m[:40] for m in step.sites[-4:]]}", flush=True)  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    main()
