"""The study of all methods."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vitprune import document
from vitprune.cli.answers import Answer, Reporter, compute, writes
from vitprune.cli.arguments import (
    DATA_HELP,
    Verbs,
    counts,
    shares,
    some_names,
    with_machine,
    with_model,
    with_protected,
    with_sample,
)
from vitprune.errors import ArgumentInvalid
from vitprune.plan import GRANULARITIES, Target

if TYPE_CHECKING:
    from vitprune.results import Session


def add(verbs: Verbs) -> None:
    added = verbs.add(
        "study", _study, "Every method, with and without repair, against what it is measured to be worth."
    )
    with_model(added, many=True)
    added.add_argument("--data", required=True, metavar="DATA", help=f"for scores and repairs: {DATA_HELP}")
    added.add_argument("--test", default=None, metavar="DATA", help="to measure on; default: half of the other images")
    added.add_argument("-o", "--output", type=Path, required=True, metavar="RUN.h5", help="an unfinished one goes on")
    added.add_argument("--methods", type=some_names, default=None, metavar="a,b", help="default: all that apply")
    sizes = added.add_mutually_exclusive_group()
    sizes.add_argument("--ratios", type=shares, default=None, metavar="0.2,0.5", help="shares of the branches")
    sizes.add_argument("--remove", type=counts, default=None, metavar="4,8", help="numbers of branches")
    added.add_argument("--repairs", type=some_names, default=("none", "mean", "linear"), metavar="none,linear")
    added.add_argument("--fit-to", choices=list(Target), default=Target.MODEL, help="what repairs are fitted to")
    added.add_argument("--granularity", choices=sorted(GRANULARITIES), default="sublayer")
    with_protected(added)
    added.add_argument("--latency", action="store_true", help="measure speed too")
    added.add_argument("--report", type=Path, default=None, metavar="REPORT.md|.html")
    with_sample(added)
    with_machine(added)
    added.set_defaults(stopped="stopped; the same command goes on from what was saved.")


def _study(args: argparse.Namespace) -> Answer:
    from vitprune import report, study, workflow

    if args.report is not None and args.report.suffix not in (".md", ".html"):
        raise ArgumentInvalid(f"{args.report} is neither Markdown nor HTML.", hint="Name it REPORT.md or REPORT.html.")
    files = [study.file_for(args.output, args.model, number) for number in range(len(args.model))]
    done: list[Session] = []
    with Reporter(args.group) as job:
        for name, file in zip(args.model, files, strict=True):
            model = workflow.open_model(
                name, architecture=args.architecture, model_args=args.model_args, class_names=args.class_names
            )
            calibration, test = study.open_sets(
                model, args.data, args.test, images=args.images, seed=args.seed, job=job
            )
            session = study.study(
                model,
                calibration,
                test,
                file,
                methods=args.methods,
                removed=args.remove or args.ratios or study.SHARES,
                repairs=args.repairs,
                granularity=args.granularity,
                target=args.fit_to,
                protect=args.protect,
                speed=args.latency,
                command=args.command,
                compute=compute(args),
                job=job,
            )
            done.append(session)
        found = report.results(done, job)
    written = report.report(found)
    if args.report is not None and writes(args):
        document.write(written, args.report)
    answer = {
        "studies": [
            {"session": str(file), **report.figures(result)} for file, result in zip(files, found, strict=True)
        ],
        "report": args.report and str(args.report),
    }
    return answer, [document.markdown(written), *map(str, files), *([str(args.report)] if args.report else [])]
