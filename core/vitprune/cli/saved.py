"""Verbs about saved sessions, which need neither their model nor its images."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vitprune import document
from vitprune.cli.answers import Answer, Reporter
from vitprune.cli.arguments import Verbs, some_names
from vitprune.errors import ArgumentInvalid

if TYPE_CHECKING:
    from vitprune.explorer import Explored


def add(verbs: Verbs) -> None:
    added = verbs.add("compare", _compare, "Saved sessions side by side: what differs, by how much and how surely.")
    added.add_argument("sessions", type=Path, nargs="+", metavar="RUN.h5")
    added.add_argument(
        "--baseline", default="", metavar="N|NAME", help="the session that others differ from; default: the first"
    )
    added.add_argument("--margin", type=float, default=0.01, metavar="SHARE", help="below which two shares are equal")
    added.add_argument(
        "--scores", type=some_names, default=(), metavar="a,b", help="tables to compare; default: all over all tokens"
    )
    added.add_argument("--html", type=Path, default=None, metavar="REPORT.html")

    added = verbs.add(
        "report", _report, "All that a session holds, on one page: figures with intervals, and how to do it again."
    )
    added.add_argument("session", type=Path, metavar="RUN.h5")
    added.add_argument("-o", "--output", type=Path, required=True, metavar="REPORT.html|.md")

    added = verbs.add(
        "activations", _activations, "What the activations in a session say, without its model or images."
    )
    added.add_argument("session", type=Path, metavar="RUN.h5")
    added.add_argument("--site", default=None, metavar="SITE", help="this one alone, or those in this block")
    added.add_argument("--image", type=int, default=None, metavar="N", help="one image, counted from 1")
    added.add_argument("--images", type=int, default=None, metavar="N", help="so many, evenly chosen; default: 128")
    added.add_argument("--other", type=Path, default=None, metavar="B.h5", help="CKA with this session's, site by site")
    added.add_argument("--features", choices=("patch", "cls"), default="patch", help="what of an image CKA compares")

    added = verbs.add("sessions", _sessions, "The sessions of a folder: what each holds, or why it does not open.")
    added.add_argument("folder", type=Path, metavar="FOLDER")
    added.add_argument("--deep", action="store_true", help="those in its sub-folders too")

    added = verbs.add("check", _check, "Whether a session file is whole and safe.")
    added.add_argument("session", type=Path, metavar="RUN.h5")


def _compare(args: argparse.Namespace) -> Answer:
    from vitprune import lineup_figures, lineup_report, offline

    with Reporter() as job:
        found = offline.compare(args.sessions, args.baseline, margin=args.margin, scores=args.scores, job=job)
    left_out = [f"Left out: {one.message} [{one.code}]" for one in found.left_out]
    if args.html is not None:
        document.write(lineup_report.report(found.lineup, found.files, left_out), args.html)
    answer = {
        **lineup_figures.figures(found.lineup),
        "files": {name: str(path) for name, path in found.files.items()},
        "left_out": [{"path": str(one.path), "code": one.code, "message": one.message} for one in found.left_out],
        "report": args.html and str(args.html),
    }
    lines = [document.plain(lineup_report.summary(found.lineup)), *left_out, *([str(args.html)] if args.html else [])]
    return answer, lines


def _report(args: argparse.Namespace) -> Answer:
    from vitprune import session_findings, session_report, sessions

    found = session_findings.Findings(sessions.load(args.session))
    document.write(session_report.report(found, args.session.name), args.output)
    answer = {"session": str(args.session), "report": str(args.output), **session_findings.figures(found)}
    return answer, [f"{args.output}: the report of {args.session}"]


def _activations(args: argparse.Namespace) -> Answer:
    from vitprune import explorer, explorer_report

    run = _explored(args.session, args.site)
    found: list[explorer_report.Found] = []
    with Reporter() as job:
        if args.image is not None:
            if not 1 <= args.image <= run.images:
                hint = f"Give a number from 1 to {run.images}."
                raise ArgumentInvalid(f"There is no image {args.image}.", hint=hint)
            found.append(explorer.look_at(run, args.image - 1, job=job))
        if args.other is not None:
            found.append(explorer.across(run, _explored(args.other), args.features, job=job))
        if not found or args.images is not None:
            if args.images is not None and args.images < 1:
                raise ArgumentInvalid("At least one image is needed.", hint="Give --images a number from 1.")
            found.append(explorer.census(run, most=args.images or explorer.MOST, job=job))
    answer = {
        "session": str(args.session),
        "architecture": run.architecture.name,
        "tokens": run.kept.token_indices,
        **{explorer_report.NAMES[type(one)]: explorer_report.figures(run, one) for one in found},
    }
    return answer, [document.plain(explorer_report.tables(run, *found))]


def _sessions(args: argparse.Namespace) -> Answer:
    from vitprune import listing, listing_report

    with Reporter() as job:
        lines = listing.scan(args.folder, deep=args.deep, job=job)
    answer = {"folder": str(args.folder), "sessions": listing_report.figures(lines)}
    return answer, [document.plain(listing_report.table(args.folder, lines))]


def _check(args: argparse.Namespace) -> Answer:
    from vitprune import sessions

    contents = sessions.check(args.session)
    return {"ok": True, "session": str(args.session), "contents": contents}, contents


def _explored(path: Path, site: str | None = None) -> Explored:
    from vitprune import offline

    found = offline.explored(path)
    if found is None:
        raise ArgumentInvalid(
            f"{path} keeps no activations.",
            hint="Analyse again and keep them (`vitprune analyze --keep-activations TOKENS`).",
        )
    return found if site is None else found.only(site)
