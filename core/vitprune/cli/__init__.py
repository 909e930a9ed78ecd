"""The command `vitprune`: one verb a function. Exit 0: good; 2: a user's mistake, in one line; 1: a defect."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import vitprune
from vitprune import document
from vitprune.cli import applying, choosing, models, running, saved, studying
from vitprune.cli.answers import show, writes
from vitprune.cli.arguments import Parser, UsageError, Verbs
from vitprune.errors import ArgumentInvalid, VitPruneError
from vitprune.jobs import Cancelled

if TYPE_CHECKING:
    from vitprune.distributed import Group

DEFECT = 1
MISTAKE = 2
INTERRUPTED = 130
SHARED = (*running.SHARED, "run")  # verbs that several processes can do together


def parser() -> argparse.ArgumentParser:
    root = Parser(prog="vitprune", description=(vitprune.__doc__ or "").splitlines()[0])
    root.add_argument("--version", action="version", version=f"vitprune {vitprune.__version__}")
    verbs = Verbs(root)
    for group in (models, choosing, applying, studying, saved):
        group.add(verbs)
    running.add(verbs, parser)
    return root


def main(arguments: Sequence[str] | None = None) -> None:
    group: Group | None = None
    args = argparse.Namespace(json=False)
    try:
        group = _group()
        args = parser().parse_args(arguments)
        args.group = group
        args.began = time.monotonic()
        args.command = shlex.join(["vitprune", *(sys.argv[1:] if arguments is None else arguments)])
        if group is not None and args.verb not in SHARED:
            raise ArgumentInvalid(f"`vitprune {args.verb}` runs in one process.", hint="Start it without torchrun.")
        answer, lines = args.run(args)
        if writes(args):
            show(answer if args.json else lines)
        if group is not None:
            group.leave()
    except UsageError as error:
        _end(MISTAKE, group, str(error))
    except VitPruneError as error:
        # One line, whatever the message quotes.
        text = f"vitprune: {' '.join(str(error).split())} [{error.code}]"
        content = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        _end(MISTAKE, group, text, content if args.json else None)
    except KeyboardInterrupt:
        stopped = getattr(args, "stopped", "stopped; nothing was written.")
        _end(INTERRUPTED, group, f"vitprune: {stopped}")
    except Cancelled:
        assert group is not None
        raise SystemExit(group.status()) from None
    except Exception:
        if group is not None:
            group.fail(DEFECT)
        raise
    raise SystemExit(0 if answer.get("ok", True) else DEFECT)


def _group() -> Group | None:
    """The processes that torchrun started beside this one; None where it started none."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return None
    from vitprune.distributed import join

    return join()


def _end(status: int, group: Group | None, text: str, content: dict[str, Any] | None = None) -> NoReturn:
    """Exit for a reason that is told once, however many processes there are."""
    if group is None or group.fail(status):
        if content is not None:
            show(content)
        print(document.printable(text), file=sys.stderr)  # noqa: T201
    raise SystemExit(status) from None
