"""Make the session that comes with the sample: everything that the window can show of it, measured once.

    .venv/bin/python tools/make_sample_session.py [FILE]

It takes some minutes on two cores. Scores of single images are rounded to four figures, which keeps their means and
standard errors and makes the file a third as large.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitprune import sessions, thumbnails, workflow
from vitprune.jobs import Compute, Job
from vitprune.plan import Action, PruningPlan, Target
from vitprune.results import Evaluation, Session
from vitprune.scores import Score, Scores, read_only, split_name
from vitprune.searches import SearchResult, SearchState
from vitprune.selection import Budget
from vitprune.study import open_sets, study

OUT = Path(__file__).parents[1] / "resources" / "vitprune_resources" / "sample" / "sample.vitprune.h5"
METHODS = ("cosine", "taylor", "sleb")
REMOVED = (2, 4, 8)
SEARCHED = 10  # branches; all of them are in the plan that is open at the start
TOKENS = ("all", "cls", "patch")
BITS = 12  # of the mantissa of a score


def made(file: Path) -> Session:
    compute, job = Compute(), Job()
    model = workflow.open_model("sample")
    calibration, test = open_sets(model, "sample", job=job)
    session = study(
        model, calibration, test, file, methods=METHODS, removed=REMOVED, repairs=("none", "linear"), target="stream",
        speed=True, command="vitprune study sample --data sample -o sample.vitprune.h5 "
        f"--methods {','.join(METHODS)} --remove {','.join(map(str, REMOVED))} --repairs none,linear --fit-to stream "
        "--latency", compute=compute, job=job,
    )  # fmt: skip
    began = time.monotonic()
    analysed = workflow.analyze(model, calibration, tokens=TOKENS, repairs=True, speed=True, compute=compute, job=job)
    assert session.scores is not None
    assert analysed.scores is not None
    scores = replace(analysed.scores.after(session.scores), gains=analysed.scores.gains)
    session = replace(session, scores=rounded(scores), latencies=analysed.latencies)
    session = session.logged(
        f"vitprune analyze sample sample -o sample.vitprune.h5 --tokens {','.join(TOKENS)} --repairs --latency",
        time.monotonic() - began,
    )
    began = time.monotonic()
    found: list[SearchState] = []
    plan = workflow.plan(
        session, model.architecture, method="greedy", budget=Budget(remove=SEARCHED), model=model, images=calibration,
        compute=compute, job=job, on_search=found.append,
    )  # fmt: skip
    session = replace(session, searches=(SearchResult(plan, found[-1]),))
    session = session.logged(
        f"vitprune plan sample.vitprune.h5 -o plan.json --method greedy --remove {SEARCHED}",
        time.monotonic() - began,
    )
    sites = found[-1].steps[-1].sites
    shown = PruningPlan.of(model.architecture, dict.fromkeys(sites, Action.LINEAR), Target.MODEL)
    bare = PruningPlan.of(model.architecture, dict.fromkeys(sites, Action.REMOVE))
    for each in (bare, shown):
        began = time.monotonic()
        dense, pruned = workflow.evaluate(model, test, each, calibration=calibration, compute=compute, job=job)
        session = session.with_evaluation(dense).with_evaluation(pruned)
        session = session.logged("vitprune evaluate sample sample --plan plan.json", time.monotonic() - began)
    changes = thumbnails.of_changes(newest(session.evaluations, (bare, shown)), job=job)
    return replace(session.with_plan(shown), thumbnails=changes)


def newest(evaluations: Iterable[Evaluation], plans: tuple[PruningPlan, ...]) -> list[Evaluation]:
    """The dense model's and those of these plans: pictures are kept of the images that these do not agree on."""
    return [evaluation for evaluation in evaluations if not len(evaluation.plan) or evaluation.plan in plans]


def rounded(scores: Scores) -> Scores:
    """Over all tokens, of the first metric over some, with shorter numbers."""
    tables = {
        name: {site: Score(_rounded(score.per_image)) for site, score in table.items()}
        for name, table in scores.tables.items()
        if split_name(name)[1] == "all" or (split_name(name)[0] == "cosine" and split_name(name)[1] in TOKENS)
    }
    return replace(scores, tables=tables)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    mantissa, exponent = np.frexp(values)
    return read_only(np.ldexp(np.round(mantissa * 2**BITS) / 2**BITS, exponent))


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    with tempfile.TemporaryDirectory() as folder:
        session = made(Path(folder) / "study.vitprune.h5")
    out.unlink(missing_ok=True)
    sessions.save(session, out)
    sessions.check(out)
    print(f"{out}: {out.stat().st_size / 2**20:.2f} MiB, {len(session.evaluations)} evaluations")


if __name__ == "__main__":
    main()
