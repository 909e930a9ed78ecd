"""Verbs that say which sites are redundant and choose those that go."""

from __future__ import annotations

import argparse
import json
import math
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitprune.cli.answers import (
    Answer,
    Reporter,
    compute,
    finite,
    logged,
    model_json,
    open_model,
    summary_json,
    write_json,
    writes,
)
from vitprune.cli.arguments import (
    DATA_HELP,
    Verbs,
    some_names,
    with_machine,
    with_model,
    with_pace,
    with_protected,
    with_sample,
)
from vitprune.errors import ArgumentInvalid
from vitprune.plan import GRANULARITIES, LARGEST_FILE, REPAIRS, WIDTHS, Compensation, Target
from vitprune.ranges import folded

if TYPE_CHECKING:
    from vitprune.architecture import Architecture
    from vitprune.results import LatencyTable, Session
    from vitprune.searches import Rung, SearchState


def add(verbs: Verbs) -> None:
    added = verbs.add("analyze", _analyze, "How redundant every site is, from unlabelled images.")
    with_model(added)
    added.add_argument("data", metavar="DATA", help=DATA_HELP)
    added.add_argument("-o", "--output", type=Path, required=True, metavar="RUN.h5")
    with_sample(added)
    added.add_argument(
        "--metrics",
        type=some_names,
        default=("all",),
        metavar="a,b|all|everything",
        help="all: of one pass; everything: those that take more passes too, such as damage and taylor",
    )
    added.add_argument(
        "--tokens",
        type=some_names,
        default=("all", "cls", "patch", "pooled"),
        metavar="all,cls,patch,pooled",
        help="over which tokens scores are means; pooled: those that the head reads",
    )
    added.add_argument("--repairs", action="store_true", help="what each kind of repair would make good at each site")
    added.add_argument(
        "--keep-activations", type=int, default=0, metavar="TOKENS", help="of each image, in the session"
    )
    added.add_argument("--latency", action="store_true", help="measure too what each site takes of the time")
    with_machine(added)
    with_pace(added)

    added = verbs.add("plan", _plan, "Which sites to remove, by the scores of a session or by trying it on its model.")
    added.add_argument("session", type=Path, metavar="RUN.h5")
    added.add_argument("-o", "--output", type=Path, required=True, metavar="PLAN.json")
    added.add_argument("--method", default="greedy", metavar="NAME", help="docs/methods.md lists them")
    added.add_argument(
        "--tokens",
        default=None,
        metavar="all|cls|patch|pooled",
        help="go by the scores over these; default: the method's",
    )
    budget = added.add_mutually_exclusive_group(required=True)
    budget.add_argument("--remove", type=int, metavar="K", help="this many sites")
    budget.add_argument("--target", metavar="macs=0.7|params=0.7|latency=0.7", help="until this share is left")
    added.add_argument(
        "--granularity",
        choices=[*GRANULARITIES, *WIDTHS],
        default=None,
        help="whole sites, or heads and neurons, or both (mixed); default: the method's",
    )
    with_protected(added)
    added.add_argument("--repair", choices=(*REPAIRS, "auto"), default="none", help="what stands for a removed site")
    added.add_argument("--fit-to", choices=list(Target), default=Target.STREAM, help="what repairs are fitted to")
    added.add_argument(
        "--compensation",
        choices=list(Compensation),
        default=Compensation.AFFINE,
        help="what the last layer of a branch does for heads or neurons that it loses",
    )
    added.add_argument("--seed", type=int, default=0, metavar="S", help="of what a method draws")
    with_machine(added)


def _analyze(args: argparse.Namespace) -> Answer:
    from vitprune import sessions, workflow

    if args.keep_activations < 0:
        raise ArgumentInvalid("--keep-activations takes a number of tokens, 0 for none.")
    model = open_model(args)
    with Reporter(args.group) as job, sessions.Draft(args.output, job) if writes(args) else nullcontext() as draft:
        images = workflow.open_images(args.data, model, images=args.images, seed=args.seed, job=job)
        session = workflow.analyze(
            model,
            images,
            metrics=args.metrics,
            tokens=args.tokens,
            keep_tokens=args.keep_activations,
            draft=draft,
            repairs=args.repairs,
            speed=args.latency,
            compute=compute(args),
            job=job,
        )
        session = logged(session, args)
        if draft is not None:
            draft.save(session)
    assert session.scores is not None
    answer = {
        "session": str(args.output),
        "model": model_json(model),
        "images": session.scores.images,
        "skipped": len(images.reference.skipped),
        "precision": session.environment.precision,
        "sites": [
            {
                "id": site.id,
                "kind": site.kind,
                "depth": site.depth,
                "params": site.params,
                "macs": site.macs,
                "repairs": {action: asdict(gain) for action, gain in session.scores.gains.get(site.id, {}).items()},
                "scores": {
                    metric: {"mean": value.mean, "standard_error": value.standard_error}
                    for metric, value in session.scores.of_site(site.id).items()
                },
                "latency": _site_latency_json(session.latencies, site.id),
            }
            for site in session.architecture.sites
        ],
        "latencies": session.latencies and _latencies_json(session.latencies, session.architecture),
        "seconds": session.seconds,
    }
    shown = [table for table in session.scores if "@" not in table] or list(session.scores)
    width = max(24, *(len(site["id"]) for site in answer["sites"]))
    lines = [
        f"{site['id']:<{width}} "
        + "  ".join(
            f"{table} {score['mean']:.4f} ± {score['standard_error']:.4f}"
            for table, score in site["scores"].items()
            if table in shown
        )
        + (f"  {time['median_ms']:.2f} ms" if (time := site["latency"]) else "")
        for site in answer["sites"]
    ]
    if others := [table for table in session.scores if table not in shown]:
        lines.append(f"in the session too: {', '.join(others)}")
    if session.scores.gains:
        lines.append("share of each branch that a repair makes good, on images not fitted to (95 % interval)")
        lines += [
            f"{site:<{width}} "
            + "  ".join(f"{name} {gain.value:.3f} ({gain.low:.3f} to {gain.high:.3f})" for name, gain in gains.items())
            for site, gains in session.scores.gains.items()
        ]
    lines.append(f"{answer['images']} images ({answer['skipped']} skipped) in {session.seconds:.1f} s: {args.output}")
    return answer, [*lines, *_skipped_lines(session)]


def _plan(args: argparse.Namespace) -> Answer:
    from vitprune import sessions, workflow
    from vitprune.selection import Budget, Step, method_of

    session = sessions.load(args.session)
    architecture, method = session.architecture, method_of(args.method)
    wanted: dict[str, Any] = dict([_target(args.target)]) if args.target else {"remove": args.remove}
    table = _latencies(args, session) if "latency" in wanted else None
    budget = Budget(**wanted, time=table and partial(table.left, architecture=architecture))
    steps: list[Step] = []
    rungs: list[Rung] = []
    unfinished = args.output.with_name(f"{args.output.name}.search")
    known = _search_in(unfinished)
    with Reporter(args.group) as job:
        plan = workflow.plan(
            session,
            architecture,
            method=method.name,
            budget=budget,
            granularity=args.granularity,
            tokens=args.tokens,
            protect=args.protect,
            repair=args.repair,
            target=args.fit_to,
            seed=args.seed,
            compensation=args.compensation,
            compute=compute(args),
            job=job,
            on_step=steps.append,
            on_rungs=rungs.extend,
            known=known,
            on_search=partial(_keep_search, unfinished),
        )
    unfinished.unlink(missing_ok=True)
    data = session.data
    how = {
        "method": method.name,
        "granularity": args.granularity or method.granularities[0],
        "tokens": args.tokens or method.tokens,
        "budget": wanted,
        "protect": sorted(args.protect),
        "repair": args.repair,
        "seed": args.seed,
        "rungs": [asdict(rung) for rung in rungs],
        "order": steps[-1].sites if steps else (),
        "values": [step.value for step in steps],
        "tied": steps[-1].tied if steps else (),
        "images": data and data.images,
        "calibration": data
        and {"source": data.source, "images": data.images, "seed": data.seed, "digest": data.digest},
        "weights_sha256": session.model.weights_sha256,
    }
    write_json(args.output, plan.to_json() | {"made": finite(how)})
    summary = plan.summary(session.architecture)
    answer = {
        "plan": str(args.output),
        "sites": sorted(plan.sites),
        "actions": {site: str(action) for site, action in sorted(plan.actions)},
        "units": {site: folded(units) for site, units in sorted(plan.units)},
        "compensation": str(plan.compensation) if plan.units else None,
        "made": how,
        **summary_json(plan, session.architecture),
    }
    answer["predicted_latency"] = table and table.left(plan, session.architecture)
    lines = [
        *(f"{action} {site}" for site, action in sorted(plan.actions)),
        *(f"remove {what} of {site}" for site, what in plan.narrowed(architecture).items()),
        *(_rung_line(rung) for rung in rungs),
        *([f"just as good by this method, and kept: {', '.join(how['tied'])}"] if how["tied"] else []),
        f"{summary.params:,} parameters and {summary.macs:,} MACs left; the speed-up is at most "
        f"{summary.speedup_bound:.2f}: {args.output}",
    ]
    if table is not None:
        left = table.left(plan, session.architecture)
        lines.append(
            f"{left:.0%} of the time of a forward are predicted to be left, for {table.batch_size} images, "
            f"{table.threads} threads, {table.device}"
        )
    return answer, lines


def _target(target: str) -> tuple[str, float]:
    """Of what which share is to be left."""
    name, _, share = target.partition("=")
    try:
        value = float(share)
    except ValueError:
        value = math.nan
    if name not in ("macs", "params", "latency") or not 0 < value <= 1:
        raise ArgumentInvalid(f"{target!r} is not a target.", hint="Use --target macs=0.7, params=0.7 or latency=0.7.")
    return name, value


def _latencies(args: argparse.Namespace, session: Session) -> LatencyTable:
    """The session's, or else measured now."""
    from vitprune import workflow

    if session.latencies is not None:
        return session.latencies
    with Reporter() as job:
        return workflow.site_latencies(workflow.reopen(session), compute=compute(args), job=job)


def _search_in(path: Path) -> SearchState | None:
    """What an earlier search for the same plan file left when it was stopped."""
    from vitprune.searches import SearchState

    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ArgumentInvalid(f"{path} is too large for a search.", hint="Delete it to start again.")
        return SearchState.from_json(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ArgumentInvalid(f"{path} is no unfinished search: {error}.", hint="Delete it to start again.") from error


def _keep_search(path: Path, state: SearchState) -> None:
    """Whole or not at all: a kill in the middle leaves the step before."""
    part = path.with_name(f"{path.name}.part")
    write_json(part, state.to_json())
    part.replace(path)


def _rung_line(rung: Rung) -> str:
    damage = rung.damage
    return (
        f"{'*' if rung.chosen else ' '} {rung.site:<24} {rung.cost.action:<10} {rung.cost.params:>10,} parameters "
        f"{rung.cost.macs:>12,} MACs  damage {damage.value:.4f} ({damage.low:.4f} to {damage.high:.4f}, n {damage.n}; "
        f"worse than the best: p {rung.worse:.2g})"
    )


def _site_latency_json(table: LatencyTable | None, site: str) -> dict[str, Any] | None:
    if table is None or site not in table.samples_ms:
        return None
    return {"median_ms": table.median_ms(site), "quartiles_ms": table.quartiles_ms(site)}


def _latencies_json(table: LatencyTable, architecture: Architecture) -> dict[str, Any]:
    return {
        "total_ms": table.expected_total_ms(architecture),
        "excess": table.excess(architecture),
        "samples": len(table.whole_ms),
        "batch_size": table.batch_size,
        "threads": table.threads,
        "device": table.device,
    }


def _skipped_lines(session: Session) -> list[str]:
    rows = session.data.skipped if session.data else ()
    return [f"skipped {row.path}: {row.reason}" for row in rows]
