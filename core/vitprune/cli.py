"""The command `vitprune`: one verb a function. Exit 0: good; 2: a user's mistake, in one line; 1: a defect."""

from __future__ import annotations

import argparse
import json
import math
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import vitprune
from vitprune import document
from vitprune.errors import ArgumentInvalid, ModelUnsupported, PlanInvalid, SaveFailed, VitPruneError
from vitprune.jobs import PRECISIONS, Cancelled, Compute, Job, Progress, ignore
from vitprune.plan import GRANULARITIES, LARGEST_FILE, REPAIRS, PruningPlan, Target
from vitprune.plan import read as read_plan
from vitprune.sources import model_args_in, names_in

if TYPE_CHECKING:
    from vitprune.architecture import Architecture
    from vitprune.comparison import Comparison as Changes
    from vitprune.distributed import Group
    from vitprune.explorer import Explored
    from vitprune.images import ImageSet
    from vitprune.loading import LoadedModel
    from vitprune.published import Comparison
    from vitprune.results import Evaluation, Latency, LatencyTable, Session
    from vitprune.searches import Rung, SearchState
    from vitprune.statistics import Estimate

Answer = tuple[dict[str, Any], list[str]]  # what --json prints, and what a person reads

DEFECT = 1
MISTAKE = 2
INTERRUPTED = 130
SHARED = ("analyze", "evaluate", "study")  # verbs that several processes can do together
MODEL_HELP = "a timm name, `sample`, an exported folder, or a weights file with --architecture"
DATA_HELP = "a folder of images (class sub-folders, or flat and unlabelled), or `sample`"


class _UsageError(Exception):
    """The command line is not one; the text says so."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{self.prog}: {message}")


def parser() -> argparse.ArgumentParser:
    root = _Parser(prog="vitprune", description=(vitprune.__doc__ or "").splitlines()[0])
    root.add_argument("--version", action="version", version=f"vitprune {vitprune.__version__}")
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], Answer], text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text)
        added.add_argument("--json", action="store_true", help="print one JSON object on standard output")
        added.set_defaults(run=run)
        return added

    def with_model(added: argparse.ArgumentParser, *, many: bool = False) -> None:
        added.add_argument("model", metavar="MODEL", help=MODEL_HELP, nargs="+" if many else None)
        group = added.add_argument_group("model")
        group.add_argument("--architecture", metavar="NAME", help="timm's name of the architecture of a weights file")
        group.add_argument("--model-args", type=_model_args, default={}, metavar="NAME=VALUE,...")
        group.add_argument(
            "--class-names", type=names_in, default=(), metavar="A,B,...", help="in the order of the head"
        )

    def with_machine(added: argparse.ArgumentParser) -> None:
        group = added.add_argument_group("machine")
        group.add_argument("--device", default="auto", help="auto, cpu or cuda:0")
        group.add_argument("--batch-size", type=_batch_size, default=None, metavar="auto|N")
        group.add_argument("--threads", type=int, default=None, metavar="N")
        group.add_argument(
            "--precision",
            choices=PRECISIONS,
            default=PRECISIONS[0],
            help="fp32, or bf16: matrix products in bfloat16, faster on a recent GPU, at the cost of digits",
        )

    def with_calibration(added: argparse.ArgumentParser) -> None:
        added.add_argument(
            "--calibration",
            default=None,
            metavar="DATA",
            help="what repairs are fitted to, unlabelled; default: the images that the plan was made from",
        )

    def with_sample(added: argparse.ArgumentParser) -> None:
        added.add_argument("--images", type=int, default=None, metavar="N", help="a random sample of N images")
        added.add_argument("--seed", type=int, default=0, metavar="S", help="of the sample")

    added = verb("models", _models, "What can be opened.")
    added.add_argument("--supported", action="store_true", help="every architecture of timm, and what can go from it")
    added.add_argument("text", nargs="?", default="", metavar="TEXT")
    added.add_argument("--family", default=None, metavar="F", help="timm's module, such as vision_transformer")
    added.add_argument("--cached", action="store_true", help="only weights that are on this machine")

    added = verb("inspect", _inspect, "The site tree, with parameters and multiply-accumulates.")
    with_model(added)

    added = verb("analyze", _analyze, "How redundant every site is, from unlabelled images.")
    with_model(added)
    added.add_argument("data", metavar="DATA", help=DATA_HELP)
    added.add_argument("-o", "--output", type=Path, required=True, metavar="RUN.h5")
    with_sample(added)
    added.add_argument(
        "--metrics",
        type=_some_names,
        default=("all",),
        metavar="a,b|all|everything",
        help="all: of one pass; everything: those that take more passes too, such as damage and taylor",
    )
    added.add_argument(
        "--tokens",
        type=_some_names,
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

    added = verb("plan", _plan, "Which sites to remove, by the scores of a session or by trying it on its model.")
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
    added.add_argument("--granularity", choices=sorted(GRANULARITIES), default=None, help="default: the method's")
    added.add_argument(
        "--protect",
        type=names_in,
        default=(),
        metavar="SITE,...|ends",
        help="sites that must stay; ends: the first eighth and the last sixteenth of the blocks",
    )
    added.add_argument("--repair", choices=(*REPAIRS, "auto"), default="none", help="what stands for a removed site")
    added.add_argument("--fit-to", choices=list(Target), default=Target.STREAM, help="what repairs are fitted to")
    added.add_argument("--seed", type=int, default=0, metavar="S", help="of what a method draws")
    with_machine(added)

    added = verb("evaluate", _evaluate, "Accuracy, or closeness to the dense model, and speed, with intervals.")
    with_model(added)
    added.add_argument("data", metavar="DATA", help=DATA_HELP)
    added.add_argument("--plan", type=Path, default=None, metavar="PLAN.json")
    with_calibration(added)
    added.add_argument("-o", "--output", type=Path, required=True, metavar="RUN.h5")
    added.add_argument(
        "--keep-thumbnails",
        action="store_true",
        help="keep small pictures of the images that the models do not agree on in the session",
    )
    with_sample(added)
    with_machine(added)

    added = verb("export", _export, "A folder that torch and timm alone can rebuild.")
    with_model(added)
    added.add_argument("--plan", type=Path, required=True, metavar="PLAN.json")
    with_calibration(added)
    added.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")

    added = verb("verify", _verify, "The proof that the pruned model is the model minus those sites.")
    with_model(added)
    added.add_argument("--plan", type=Path, default=None, metavar="PLAN.json")

    added = verb("rewrite", _rewrite, "What is free and exact: rewrites that leave the logits as they are.")
    with_model(added)
    added.add_argument("--plan", type=Path, default=None, metavar="PLAN.json", help="rewrite the model after this plan")
    with_calibration(added)
    added.add_argument("--only", type=_some_names, default=None, metavar="a,b", help="these rewrites; default: all")
    added.add_argument("-o", "--output", type=Path, default=None, metavar="FOLDER", help="export the rewritten model")

    added = verb("study", _study, "Every method, with and without repair, against what it is measured to be worth.")
    with_model(added, many=True)
    added.add_argument("--data", required=True, metavar="DATA", help=f"for scores and repairs: {DATA_HELP}")
    added.add_argument("--test", default=None, metavar="DATA", help="to measure on; default: half of the other images")
    added.add_argument("-o", "--output", type=Path, required=True, metavar="RUN.h5", help="an unfinished one goes on")
    added.add_argument("--methods", type=_some_names, default=None, metavar="a,b", help="default: all that apply")
    sizes = added.add_mutually_exclusive_group()
    sizes.add_argument("--ratios", type=_shares, default=None, metavar="0.2,0.5", help="shares of the branches")
    sizes.add_argument("--remove", type=_counts, default=None, metavar="4,8", help="numbers of branches")
    added.add_argument("--repairs", type=_some_names, default=("none", "mean", "linear"), metavar="none,linear")
    added.add_argument("--fit-to", choices=list(Target), default=Target.MODEL, help="what repairs are fitted to")
    added.add_argument("--granularity", choices=sorted(GRANULARITIES), default="sublayer")
    added.add_argument("--latency", action="store_true", help="measure speed too")
    added.add_argument("--report", type=Path, default=None, metavar="REPORT.md|.html")
    with_sample(added)
    with_machine(added)
    added.set_defaults(stopped="stopped; the same command goes on from what was saved.")

    added = verb("compare", _compare, "Saved sessions side by side: what differs, by how much and how surely.")
    added.add_argument("sessions", type=Path, nargs="+", metavar="RUN.h5")
    added.add_argument(
        "--baseline", default="", metavar="N|NAME", help="the session that others differ from; default: the first"
    )
    added.add_argument("--margin", type=float, default=0.01, metavar="SHARE", help="below which two shares are equal")
    added.add_argument(
        "--scores", type=_some_names, default=(), metavar="a,b", help="tables to compare; default: all over all tokens"
    )
    added.add_argument("--html", type=Path, default=None, metavar="REPORT.html")

    added = verb(
        "report", _report, "All that a session holds, on one page: figures with intervals, and how to do it again."
    )
    added.add_argument("session", type=Path, metavar="RUN.h5")
    added.add_argument("-o", "--output", type=Path, required=True, metavar="REPORT.html|.md")

    added = verb("activations", _activations, "What the activations in a session say, without its model or images.")
    added.add_argument("session", type=Path, metavar="RUN.h5")
    added.add_argument("--site", default=None, metavar="SITE", help="this one alone, or those in this block")
    added.add_argument("--image", type=int, default=None, metavar="N", help="one image, counted from 1")
    added.add_argument("--images", type=int, default=None, metavar="N", help="so many, evenly chosen; default: 128")
    added.add_argument("--other", type=Path, default=None, metavar="B.h5", help="CKA with this session's, site by site")
    added.add_argument("--features", choices=("patch", "cls"), default="patch", help="what of an image CKA compares")

    added = verb("sessions", _sessions, "The sessions of a folder: what each holds, or why it does not open.")
    added.add_argument("folder", type=Path, metavar="FOLDER")
    added.add_argument("--deep", action="store_true", help="those in its sub-folders too")

    added = verb("check", _check, "Whether a session file is whole and safe.")
    added.add_argument("session", type=Path, metavar="RUN.h5")
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
        if _writes(args):
            _print(answer if args.json else lines)
        if group is not None:
            group.leave()
    except _UsageError as error:
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


def _logged(session: Session, args: argparse.Namespace) -> Session:
    return session.logged(args.command, time.monotonic() - args.began)


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
            _print(content)
        print(document.printable(text), file=sys.stderr)  # noqa: T201
    raise SystemExit(status) from None


def _models(args: argparse.Namespace) -> Answer:
    from vitprune.catalog import architectures, models

    if args.supported:
        known = architectures(args.text, family=args.family)
        lines = [
            f"{entry.name:<48} {entry.family:<26} {f'tier {entry.tier}' if entry.tier else 'read-only':<10} "
            f"{entry.attention:>4} attention {entry.mlp:>4} MLP {entry.conv:>3} conv {entry.whole:>4} blocks"
            for entry in known
        ]
        tiers = Counter(entry.tier for entry in known)
        count = ", ".join(f"{tiers[tier]} in tier {tier}" for tier in (1, 2, 3))
        return {"architectures": [asdict(entry) for entry in known]}, [*lines, f"{len(known)} architectures: {count}"]
    found = models(args.text, family=args.family, cached=args.cached)
    fields = ("name", "family", "params", "macs", "input_size", "num_classes", "licence", "cached", "supported")
    rows = [{field: getattr(entry, field) for field in fields} for entry in found]
    lines = [
        f"{entry.name:<60} {entry.family:<24} {_millions(entry.params):>9} {entry.input_size[-1]:>4} px "
        f"{entry.licence:<16} {'on this machine' if entry.cached else ''}".rstrip()
        for entry in found
    ]
    return {"models": rows}, [*lines, f"{len(found)} models"]


def _inspect(args: argparse.Namespace) -> Answer:
    model = _open(args)
    architecture = model.architecture
    answer = {
        "model": _model_json(model),
        **architecture.to_json(),
        "weights": {
            "loaded": model.report.loaded,
            "missing": model.report.missing,
            "unexpected": model.report.unexpected,
        },
    }
    width = max([32, *(len(site.id) + 2 * bool(site.parent) for site in architecture.sites)])
    lines = [
        f"{architecture.name}: {architecture.params:,} parameters, {architecture.macs:,} MACs for one image of "
        f"{'x'.join(map(str, architecture.input_size))}",
        *(
            f"{'  ' if site.parent else ''}{site.id:<{width - 2 * bool(site.parent)}} {site.kind:<10} "
            f"{site.params:>12,} parameters {site.macs:>16,} MACs{f'  stays: {site.fixed}' if site.fixed else ''}"
            for site in architecture.sites
        ),
    ]
    return answer, [*lines, architecture.note] if architecture.note else lines


def _analyze(args: argparse.Namespace) -> Answer:
    from vitprune import sessions, workflow

    if args.keep_activations < 0:
        raise ArgumentInvalid("--keep-activations takes a number of tokens, 0 for none.")
    model = _open(args)
    with _Reporter(args.group) as job, sessions.Draft(args.output, job) if _writes(args) else nullcontext() as draft:
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
            compute=_compute(args),
            job=job,
        )
        session = _logged(session, args)
        if draft is not None:
            draft.save(session)
    assert session.scores is not None
    answer = {
        "session": str(args.output),
        "model": _model_json(model),
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
    with _Reporter(args.group) as job:
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
            compute=_compute(args),
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
    _write_json(args.output, plan.to_json() | {"made": _finite(how)})
    summary = plan.summary(session.architecture)
    answer = {
        "plan": str(args.output),
        "sites": sorted(plan.sites),
        "actions": {site: str(action) for site, action in sorted(plan.actions)},
        "made": how,
        **_summary_json(plan, session.architecture),
    }
    answer["predicted_latency"] = table and table.left(plan, session.architecture)
    lines = [
        *(f"{action} {site}" for site, action in sorted(plan.actions)),
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
    _write_json(part, state.to_json())
    part.replace(path)


def _rung_line(rung: Rung) -> str:
    damage = rung.damage
    return (
        f"{'*' if rung.chosen else ' '} {rung.site:<24} {rung.cost.action:<10} {rung.cost.params:>10,} parameters "
        f"{rung.cost.macs:>12,} MACs  damage {damage.value:.4f} ({damage.low:.4f} to {damage.high:.4f}, n {damage.n}; "
        f"worse than the best: p {rung.worse:.2g})"
    )


def _evaluate(args: argparse.Namespace) -> Answer:
    from vitprune import comparison, thumbnails, workflow
    from vitprune.published import compare

    model = _open(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else PruningPlan.of(model.architecture)
    with _Reporter(args.group) as job:
        images = workflow.open_images(
            args.data, model, purpose=workflow.TEST, images=args.images, seed=args.seed, job=job
        )
        calibration = _calibration(args, model, plan, job)
        results = workflow.evaluate(model, images, plan, calibration=calibration, compute=_compute(args), job=job)
        small = thumbnails.of_changes(results, job=job) if args.keep_thumbnails and _writes(args) else None
    session = replace(workflow.new_session(model, _compute(args)), plan=plan, thumbnails=small)
    for result in results:
        session = session.with_evaluation(result)
    if _writes(args):
        session = workflow.save_merged(_logged(session, args), args.output)
    dense, measured = results[0], results[-1]
    answer = {"session": str(args.output), "model": _model_json(model), **_evaluation_json(measured)}
    if measured is not dense:
        answer |= {"dense": _evaluation_json(dense), **_summary_json(plan, model.architecture)}
        if dense.latency and measured.latency:
            answer["speedup"] = dense.latency.median_ms / measured.latency.median_ms
    baseline = compare(model.reference, dense)
    answer["published"] = baseline and _published_json(baseline)
    answer["warnings"] = [warning for result in results for warning in result.warnings]
    lines = [line for result in results for line in _evaluation_lines(result)]
    if measured is not dense:
        change = comparison.compare(dense, measured)
        answer["comparison"] = _comparison_json(change)
        lines.append(f"pruned against dense: {change.sentence}")
    lines += [baseline.sentence, f"  source: {baseline.published.source}"] if baseline else []
    return answer, [*lines, *answer["warnings"], f"{args.output}"]


def _export(args: argparse.Namespace) -> Answer:
    from vitprune import workflow

    model = _open(args)
    plan = read_plan(args.plan, model.architecture)
    with _Reporter() as job:
        calibration = _calibration(args, model, plan, job)
        workflow.export(model, plan, args.output, calibration=calibration, job=job)
    answer = {
        "folder": str(args.output),
        "files": sorted(file.name for file in args.output.iterdir()),
        **_summary_json(plan, model.architecture),
    }
    return answer, [f"{args.output}: {', '.join(answer['files'])}"]


def _verify(args: argparse.Namespace) -> Answer:
    from vitprune import workflow

    model = _open(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else None
    proof = workflow.verify(model, plan)
    answer = {
        "ok": proof.ok,
        "max_difference": proof.max_difference,
        "params": proof.params,
        "macs": proof.macs,
        "round_trip": proof.round_trip,
        "failures": proof.failures,
    }
    lines = [
        f"largest difference to the original with those branches zeroed: {proof.max_difference:.2e} of the logit scale",
        f"parameters left: {proof.params:,}; MACs left: {proof.macs:,}, as predicted"
        if proof.ok
        else f"parameters left: {proof.params:,}; MACs left: {proof.macs:,}",
        f"rebuilt from the exported files in a fresh process, bit-identical: {_yes_no(proof.round_trip)}",
        *proof.failures,
        "proved" if proof.ok else "NOT proved",
    ]
    return answer, lines


def _rewrite(args: argparse.Namespace) -> Answer:
    from vitprune import workflow

    model = _open(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else PruningPlan.of(model.architecture)
    with _Reporter() as job:
        calibration = _calibration(args, model, plan, job)
        found, report = workflow.rewrite(model, plan, args.only, calibration=calibration, job=job)
    done = {step.rewrite.name: step for step in report.steps}
    answer: dict[str, Any] = {
        "ok": report.ok,
        "rewrites": [
            {
                **{name: getattr(entry, name) for name in ("name", "title", "what", "applicable", "reason")},
                **{name: getattr(entry, name) for name in ("places", "left_out", "params", "macs")},
                "max_difference": done[entry.name].max_difference if entry.name in done else None,
            }
            for entry in found
        ],
        "done": list(done),
        "max_difference": report.max_difference,
        "params": report.params,
        "macs": report.macs,
        "failures": report.failures,
    }
    lines = [
        f"{entry.name:<12} "
        + (entry.reason or f"{entry.title}: {entry.params:,} parameters and {entry.macs:,} MACs fewer")
        + (f"; the logits differ by {done[entry.name].max_difference:.2e}" if entry.name in done else "")
        for entry in found
    ]
    if done:
        lines += [
            f"after {', '.join(done)}: {report.params:,} parameters, {report.macs:,} MACs; the logits differ by "
            f"{report.max_difference:.2e} of their scale",
            *report.failures,
            "proved" if report.ok else "NOT proved",
        ]
    if args.output is not None:
        if not done:
            raise ModelUnsupported("No rewrite applies to this model.", hint="`vitprune export` writes it as it is.")
        workflow.export(model, plan, args.output, rewrites=list(done), calibration=calibration)
        answer |= {"folder": str(args.output), "files": sorted(file.name for file in args.output.iterdir())}
        lines.append(f"{args.output}: {', '.join(answer['files'])}")
    return answer, lines


def _study(args: argparse.Namespace) -> Answer:
    from vitprune import report, study, workflow

    if args.report is not None and args.report.suffix not in (".md", ".html"):
        raise ArgumentInvalid(f"{args.report} is neither Markdown nor HTML.", hint="Name it REPORT.md or REPORT.html.")
    files = [study.file_for(args.output, args.model, number) for number in range(len(args.model))]
    done: list[Session] = []
    with _Reporter(args.group) as job:
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
                speed=args.latency,
                command=args.command,
                compute=_compute(args),
                job=job,
            )
            done.append(session)
        found = report.results(done, job)
    written = report.report(found)
    if args.report is not None and _writes(args):
        document.write(written, args.report)
    answer = {
        "studies": [
            {"session": str(file), **report.figures(result)} for file, result in zip(files, found, strict=True)
        ],
        "report": args.report and str(args.report),
    }
    return answer, [document.markdown(written), *map(str, files), *([str(args.report)] if args.report else [])]


def _compare(args: argparse.Namespace) -> Answer:
    from vitprune import lineup_report, offline

    with _Reporter() as job:
        found = offline.compare(args.sessions, args.baseline, margin=args.margin, scores=args.scores, job=job)
    left_out = [f"Left out: {one.message} [{one.code}]" for one in found.left_out]
    if args.html is not None:
        document.write(lineup_report.report(found.lineup, found.files, left_out), args.html)
    answer = {
        **lineup_report.figures(found.lineup),
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
    with _Reporter() as job:
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


def _explored(path: Path, site: str | None = None) -> Explored:
    from vitprune import offline

    found = offline.explored(path)
    if found is None:
        raise ArgumentInvalid(
            f"{path} keeps no activations.",
            hint="Analyse again and keep them (`vitprune analyze --keep-activations TOKENS`).",
        )
    return found if site is None else found.only(site)


def _sessions(args: argparse.Namespace) -> Answer:
    from vitprune import listing, listing_report

    with _Reporter() as job:
        lines = listing.scan(args.folder, deep=args.deep, job=job)
    answer = {"folder": str(args.folder), "sessions": listing_report.figures(lines)}
    return answer, [document.plain(listing_report.table(args.folder, lines))]


def _check(args: argparse.Namespace) -> Answer:
    from vitprune import sessions

    contents = sessions.check(args.session)
    return {"ok": True, "session": str(args.session), "contents": contents}, contents


def _open(args: argparse.Namespace) -> LoadedModel:
    from vitprune import workflow

    return workflow.open_model(
        args.model, architecture=args.architecture, model_args=args.model_args, class_names=args.class_names
    )


def _writes(args: argparse.Namespace) -> bool:
    """Whether this process is the one that writes the answer: all have the same one."""
    return args.group is None or args.group.rank == 0


def _compute(args: argparse.Namespace) -> Compute:
    compute = Compute(args.device, args.batch_size, args.threads, precision=args.precision)
    return args.group.place(compute) if args.group else compute


def _calibration(args: argparse.Namespace, model: LoadedModel, plan: PruningPlan, job: Job) -> ImageSet | None:
    """The images that the repairs of a plan are fitted to: those that were named, else those it was made from."""
    from vitprune import workflow

    if not plan.needs_calibration:
        return None
    if args.calibration is not None:
        return workflow.open_images(args.calibration, model, job=job)
    made = json.loads(args.plan.read_text("utf-8")).get("made")
    told = made.get("calibration") if isinstance(made, dict) else None
    if not isinstance(told, dict) or not isinstance(told.get("source"), str):
        raise ArgumentInvalid(
            "The plan repairs what it removes, which takes images to fit to.",
            hint="Name a folder of them with --calibration; they need no labels.",
        )
    images, seed = told.get("images"), told.get("seed", 0)
    if not (images is None or type(images) is int) or type(seed) is not int:
        raise PlanInvalid("The plan does not say how many images it was made from.", hint="Use --calibration.")
    return workflow.open_images(told["source"], model, images=images, seed=seed, job=job)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise SaveFailed(f"{path} cannot be written: {error.strerror}.", hint="Choose another place.") from error


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
    with _Reporter() as job:
        return workflow.site_latencies(workflow.reopen(session), compute=_compute(args), job=job)


def _batch_size(text: str) -> int | None:
    return None if text == "auto" else int(text)


def _shares(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in _some_names(text))


def _counts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _some_names(text))


def _some_names(text: str) -> tuple[str, ...]:
    names = names_in(text)
    if not names:
        raise argparse.ArgumentTypeError("names nothing")
    return names


def _model_args(text: str) -> dict[str, Any]:
    try:
        return model_args_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _model_json(model: LoadedModel) -> dict[str, Any]:
    reference = model.reference
    return {
        "source": reference.source,
        "architecture": reference.architecture,
        "model_args": dict(reference.model_args),
        "weights_sha256": reference.weights_sha256,
        "licence": reference.licence,
    }


def _summary_json(plan: PruningPlan, architecture: Architecture) -> dict[str, Any]:
    summary = plan.summary(architecture)
    return {
        "removed": sorted(plan.sites),
        "params": summary.params,
        "macs": summary.macs,
        "speedup_bound": summary.speedup_bound,
    }


ESTIMATES = ("top1", "top5", "loss", "agreement", "kl", "feature_cosine", "knn")


def _evaluation_json(result: Evaluation) -> dict[str, Any]:
    answer: dict[str, Any] = {"images": result.images, "skipped": len(result.data.skipped)}
    for name in ESTIMATES:
        estimate: Estimate | None = getattr(result, name)
        answer[name] = estimate and estimate.value
        answer[f"{name}_interval"] = estimate and [estimate.low, estimate.high]
    answer |= {"params": result.params, "macs": result.macs, "precision": result.precision}
    answer["latency"] = result.latency and _latency_json(result.latency)
    return answer


def _comparison_json(change: Changes) -> dict[str, Any]:
    """Pruned less dense. `measure` is the most telling of those that both have: top1 where there are labels."""
    main, flips = change.main, change.flips
    return {
        "measure": main.measure.name,
        "difference": main.difference.value,
        "interval": [main.difference.low, main.difference.high],
        "n": main.difference.n,
        "mcnemar": main.mcnemar and asdict(main.mcnemar),
        "flips": {
            "right_to_wrong": len(flips.right_to_wrong),
            "wrong_to_right": len(flips.wrong_to_right),
            "changed": len(flips.changed),
        },
        "equivalence": main.equivalence
        and {
            "margin": main.equivalence.margin,
            "p": main.equivalence.p,
            "equivalent": main.equivalence.equivalent,
        },
        "images_for_half": main.images_for_half,
        "differences": {
            name: {"difference": one.difference.value, "interval": [one.difference.low, one.difference.high]}
            for name, one in change.differences.items()
        },
        "sentence": change.sentence,
    }


def _published_json(baseline: Comparison) -> dict[str, Any]:
    return {
        "name": baseline.published.name,
        "top1": baseline.published.top1,
        "source": baseline.published.source,
        "agrees": baseline.agrees,
        "indicative": baseline.indicative,
        "classes": baseline.classes,
        "sentence": baseline.sentence,
    }


def _latency_json(latency: Latency) -> dict[str, Any]:
    return {
        "median_ms": latency.median_ms,
        "quartiles_ms": latency.quartiles_ms,
        "samples": len(latency.samples_ms),
        "batch_size": latency.batch_size,
        "threads": latency.threads,
        "device": latency.device,
        "images_per_second": latency.images_per_second,
    }


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


def _evaluation_lines(result: Evaluation) -> list[str]:
    what = f"without {len(result.plan)} sites" if len(result.plan) else "dense"
    lines = [f"{what}: {result.images} images, {len(result.data.skipped)} skipped"]
    for name in ESTIMATES:
        estimate: Estimate | None = getattr(result, name)
        if estimate is not None:
            lines.append(f"  {name:<15} {estimate.value:.4f}  ({estimate.low:.4f} to {estimate.high:.4f})")
    lines.append(f"  {'parameters':<15} {result.params:,}")
    lines.append(f"  {'MACs':<15} {result.macs:,}")
    if (latency := result.latency) is not None:
        low, high = latency.quartiles_ms
        lines.append(
            f"  {'latency':<15} {latency.median_ms:.2f} ms (quartiles {low:.2f} to {high:.2f}) for "
            f"{latency.batch_size} images, {latency.threads} threads, {latency.device}"
        )
    return lines


def _skipped_lines(session: Session) -> list[str]:
    rows = session.data.skipped if session.data else ()
    return [f"skipped {row.path}: {row.reason}" for row in rows]


def _millions(params: int | None) -> str:
    return "" if params is None else f"{params / 1e6:.1f} M"


def _yes_no(value: bool | None) -> str:
    return "not checked" if value is None else "yes" if value else "no"


def _print(answer: dict[str, Any] | list[str]) -> None:
    if isinstance(answer, dict):
        text = json.dumps(_finite(answer), allow_nan=False)
    else:
        text = document.printable("\n".join(answer))
    print(text, flush=True)  # noqa: T201


def _finite(value: Any) -> Any:
    """JSON has no NaN: what could not be measured is null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
    return value


class _Reporter:
    """A job whose progress is a bar on standard error, shown on a terminal only."""

    def __init__(self, group: Group | None = None) -> None:
        self._group = group
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> Job:
        if self._group is None:
            return Job(self._report)
        return Job(self._report if self._group.rank == 0 else ignore, self._group.stop)

    def _report(self, progress: Progress) -> None:
        from tqdm import tqdm

        if progress.stage != self._stage:
            self.__exit__()
            self._stage = progress.stage
            self._bar = tqdm(desc=progress.stage, total=progress.total or None, unit=f" {progress.unit}", disable=None)
        self._bar.update(progress.done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
