"""Job files: several verbs, one after the other, on one model."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vitprune.cli.answers import Answer, write_json
from vitprune.cli.arguments import UsageError, Verbs
from vitprune.errors import JobInvalid
from vitprune.job_files import VERBS, Commands, read

SHARED = ("analyze", "evaluate", "study")  # verbs that several processes can do together


def add(verbs: Verbs, parser: Callable[[], argparse.ArgumentParser]) -> None:
    """`parser` makes the one that steps are read with."""
    added = verbs.add("run", _run, "The steps of a job file, which the window writes too.")
    added.add_argument("job", type=Path, metavar="JOB.toml")
    added.add_argument("--dry-run", action="store_true", help="only check the file, and show what each step is")
    added.set_defaults(stopped="stopped; what the steps before had written is there.", parser=parser, verbs=verbs)


def _run(args: argparse.Namespace) -> Answer:
    job = read(args.job)
    commands = Commands(job, args.job, {verb: args.verbs.options(verb) for verb in VERBS})
    parser, steps = args.parser(), []
    for number, words in enumerate(commands.words(), 1):  # all are checked before the first is run
        try:
            steps.append((words, parser.parse_args(words)))
        except UsageError as error:
            said = str(error).partition(": ")[2]
            raise JobInvalid(f"Step {number} of {args.job.name} cannot be run: {said}.") from error
    first = args.group is None or args.group.rank == 0
    if job.plan is not None and not args.dry_run:
        if first:
            write_json(Path(commands.plan_file), dict(job.plan))
        if args.group is not None:
            args.group.meet()
    answers: list[dict[str, Any]] = []
    lines: list[str] = []
    for words, step in steps:
        step.command, step.began = shlex.join(["vitprune", *words]), time.monotonic()
        lines.append(f"# {step.command}")
        if args.dry_run:
            answers.append({"do": step.verb, "command": step.command})
            continue
        step.group = args.group if step.verb in SHARED else None
        if step.group is not None or first:
            answer, said = step.run(step)
            answers.append({"do": step.verb, "command": step.command, **answer})
            lines += said
        if args.group is not None and step.group is None:
            args.group.meet()  # the others wait for the files that this step wrote
    ok = all(answer.get("ok", True) for answer in answers)
    return {"ok": ok, "job": str(args.job), "session": commands.session, "steps": answers}, lines
