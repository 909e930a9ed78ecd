"""What recovery training is worth on a real model: top-1 before, after and of the dense model, with paired tests.

    python tests/benchmarks/bench_training.py WEIGHTS CALIBRATION TEST --architecture NAME --model-args a=1,b=2 \
        [--class-names A,B] [--plan PLAN.json | --remove 12] [--minutes 15] [--weights full] [--labels 0] \
        [--threads 2] [--images N]

Without a plan, the sites that a linear map makes good best are removed, as `vitprune plan --method repairable` chooses
them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from vitprune import recovery, recovery_report, workflow
from vitprune.curve import Curve, TrainingSettings
from vitprune.images import ImageSet
from vitprune.jobs import Compute
from vitprune.loading import LoadedModel
from vitprune.plan import PruningPlan
from vitprune.plan import read as read_plan
from vitprune.selection import Budget
from vitprune.sources import model_args_in, names_in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("calibration")
    parser.add_argument("test")
    parser.add_argument("--architecture", default=None)
    parser.add_argument("--model-args", type=model_args_in, default={})
    parser.add_argument("--class-names", type=names_in, default=(), help="in the order of the head")
    parser.add_argument("--plan", type=Path, default=None)
    parser.add_argument("--remove", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--passes", type=int, default=None)
    parser.add_argument("--weights", default="full")
    parser.add_argument("--labels", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=None, help="of the test set")
    args = parser.parse_args()

    compute = Compute(threads=args.threads)
    model = workflow.open_model(
        args.model, architecture=args.architecture, model_args=args.model_args, class_names=args.class_names
    )
    images = workflow.open_images(args.calibration, model)
    test = workflow.open_images(args.test, model, purpose=workflow.TEST, images=args.images)
    plan = read_plan(args.plan, model.architecture) if args.plan else chosen(model, images, args.remove, compute)
    print(*(f"{action} {site}" for site, action in sorted(plan.actions)), sep="\n")

    def show(curve: Curve) -> None:
        check = curve.checks[-1]
        print(f"{check.seconds:7.0f} s  step {check.step:5d}  held-out loss {check.loss.value:.4f}", flush=True)

    settings = TrainingSettings(minutes=args.minutes, passes=args.passes, weights=args.weights, labels=args.labels)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = recovery.recover(
            model, plan, images, Path(folder) / "trained", settings=settings, test=test, compute=compute, on_curve=show
        )
    print(*recovery_report.lines(found.training), sep="\n")
    for name, evaluation in (
        ("dense", found.dense),
        ("repaired", found.untrained),
        ("trained", found.training.evaluation),
    ):
        top1 = evaluation.top1 if evaluation is not None else None
        if top1 is not None:
            print(f"{name:<9} top-1 {top1.value:.2%} ({top1.low:.2%} to {top1.high:.2%}, n {top1.n:,})")
    for name, change in (("repaired", found.gained), ("dense", found.left)):
        if change is not None:
            print(f"trained against {name}: {change.sentence}")
    print(f"all of it took {time.monotonic() - began:.0f} s on {args.threads} threads")


def chosen(model: LoadedModel, images: ImageSet, remove: int, compute: Compute) -> PruningPlan:
    session = workflow.analyze(model, images, compute=compute)
    return workflow.plan(
        session,
        model.architecture,
        method="repairable",
        budget=Budget(remove=remove),
        repair="linear",
        target="model",
        model=model,
        images=images,
        compute=compute,
    )


if __name__ == "__main__":
    main()
