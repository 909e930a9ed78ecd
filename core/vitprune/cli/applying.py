"""Verbs that apply a plan: what it is worth, the proof of it, the model that it makes."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitprune.cli.answers import Answer, Reporter, compute, logged, model_json, open_model, summary_json, writes
from vitprune.cli.arguments import (
    DATA_HELP,
    Verbs,
    some_names,
    with_calibration,
    with_machine,
    with_model,
    with_pace,
    with_sample,
    with_training,
)
from vitprune.curve import TrainingSettings
from vitprune.errors import ArgumentInvalid, ModelUnsupported, PlanInvalid, VitPruneError
from vitprune.formats import FORMATS
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.plan import read as read_plan

if TYPE_CHECKING:
    from vitprune.comparison import Comparison as Changes
    from vitprune.images import ImageSet
    from vitprune.loading import LoadedModel
    from vitprune.published import Comparison
    from vitprune.results import Evaluation, Latency
    from vitprune.statistics import Estimate


def add(verbs: Verbs) -> None:
    added = verbs.add("evaluate", _evaluate, "Accuracy, or closeness to the dense model, and speed, with intervals.")
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
    with_pace(added)

    added = verbs.add("export", _export, "A folder that torch and timm alone can rebuild.")
    with_model(added)
    added.add_argument(
        "--plan", type=Path, default=None, metavar="PLAN.json", help="default: nothing more goes from the model"
    )
    with_calibration(added)
    added.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    group = added.add_argument_group("formats", "besides the folder, which can be put on the Hugging Face Hub as it is")
    for format_ in FORMATS:
        group.add_argument(
            f"--{format_.name}",
            dest="formats",
            action="append_const",
            const=format_.name,
            default=[],
            help=f"{format_.file}. {format_.what}",
        )
    added.add_argument(
        "--images",
        default=None,
        metavar="DATA",
        help="what the folder is proved on; default: the images that repairs are fitted to or the plan was made from",
    )
    with_machine(added)

    added = verbs.add(
        "recover", _recover, "Train what a plan leaves, for some minutes, to say what the whole model says."
    )
    with_model(added)
    added.add_argument("data", metavar="DATA", help=f"to repair and train with, unlabelled will do: {DATA_HELP}")
    added.add_argument("--plan", type=Path, required=True, metavar="PLAN.json")
    added.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FOLDER", help="a new folder for the trained model"
    )
    added.add_argument("--test", default=None, metavar="DATA", help=f"to measure what it is worth: {DATA_HELP}")
    added.add_argument("--session", type=Path, default=None, metavar="RUN.h5", help="keep what was measured there too")
    with_training(added)
    with_sample(added)
    with_machine(added)
    added.set_defaults(stopped="stopped; the same command goes on from what was kept, a minute ago at most.")

    added = verbs.add("verify", _verify, "The proof that the pruned model is the model minus those sites.")
    with_model(added)
    added.add_argument("--plan", type=Path, default=None, metavar="PLAN.json")

    added = verbs.add("rewrite", _rewrite, "What is free and exact: rewrites that leave the logits as they are.")
    with_model(added)
    added.add_argument("--plan", type=Path, default=None, metavar="PLAN.json", help="rewrite the model after this plan")
    with_calibration(added)
    added.add_argument("--only", type=some_names, default=None, metavar="a,b", help="these rewrites; default: all")
    added.add_argument("-o", "--output", type=Path, default=None, metavar="FOLDER", help="export the rewritten model")
    with_machine(added)


def _evaluate(args: argparse.Namespace) -> Answer:
    from vitprune import comparison, thumbnails, workflow
    from vitprune.published import compare

    model = open_model(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else PruningPlan.of(model.architecture)
    with Reporter(args.group) as job:
        images = workflow.open_images(
            args.data, model, purpose=workflow.TEST, images=args.images, seed=args.seed, job=job
        )
        calibration = _calibration(args, model, plan, job)
        results = workflow.evaluate(model, images, plan, calibration=calibration, compute=compute(args), job=job)
        small = thumbnails.of_changes(results, job=job) if args.keep_thumbnails and writes(args) else None
    session = replace(workflow.new_session(model, compute(args)), plan=plan, thumbnails=small)
    for result in results:
        session = session.with_evaluation(result)
    if writes(args):
        session = workflow.save_merged(logged(session, args), args.output)
    dense, measured = results[0], results[-1]
    answer = {"session": str(args.output), "model": model_json(model), **_evaluation_json(measured)}
    if measured is not dense:
        answer |= {"dense": _evaluation_json(dense), **summary_json(plan, model.architecture)}
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

    model = open_model(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else PruningPlan.of(model.architecture)
    with Reporter() as job:
        calibration = _calibration(args, model, plan, job)
        done = workflow.export(
            model,
            plan,
            args.output,
            calibration=calibration,
            formats=args.formats,
            images=_images_to_prove_on(args, model, calibration, job),
            compute=compute(args),
            job=job,
        )
    answer = {
        "folder": str(args.output),
        "files": sorted(done.files),
        **summary_json(plan, model.architecture),
        "bytes": {"dense": done.dense_bytes, "exported": done.bytes, "predicted": done.predicted, "files": done.files},
        "proved_on": {"source": done.source or None, "images": done.images, "batches": done.batches},
        "proofs": [
            {
                "format": proof.format,
                "file": proof.file,
                "bytes": proof.bytes,
                "difference": proof.difference,
                "relative": proof.relative,
                "latency": proof.latency and _latency_json(proof.latency),
            }
            for proof in done.proofs
        ],
        "dense_latency": done.dense and _latency_json(done.dense),
    }
    of = f"{done.images} images of {done.source}" if done.source else f"{done.images} pictures of noise"
    lines = [
        f"weights: {done.dense_bytes:,} to {done.bytes:,} bytes, {done.dense_bytes - done.bytes:,} less; "
        f"{done.predicted:,} predicted",
        f"compared with the model in memory on {of}:",
    ]
    for proof in done.proofs:
        times = f", {_latency_line(proof.latency)}" if proof.latency else ""
        lines.append(f"  {proof.file:<18} differs by {proof.relative:.1e} of the scale of the logits{times}")
    lines += [f"  {'dense':<18} {_latency_line(done.dense)}"] if done.dense else []
    return answer, [*lines, f"{args.output}: {', '.join(answer['files'])}"]


def _images_to_prove_on(
    args: argparse.Namespace, model: LoadedModel, calibration: ImageSet | None, job: Job
) -> ImageSet | None:
    """Those that were named, else a few of those that the plan was made from, where they still are; None where there is
    a calibration, which will do."""
    from vitprune import workflow
    from vitprune.export.proving import BATCHES

    if args.images is not None:
        return workflow.open_images(args.images, model, purpose=workflow.TEST, images=sum(BATCHES), job=job)
    told = _made_from(args.plan) if args.plan else None
    source = args.calibration or (told or {}).get("source")
    if calibration is not None or not isinstance(source, str):
        return None
    try:
        return workflow.open_images(source, model, images=sum(BATCHES), job=job)
    except VitPruneError:
        if args.calibration:
            raise
        return None  # gone since; the answer says on what it was proved


def _latency_line(latency: Latency) -> str:
    low, high = latency.quartiles_ms
    return (
        f"{latency.median_ms:.2f} ms (quartiles {low:.2f} to {high:.2f}) for {latency.batch_size} images, "
        f"{latency.threads} threads, {latency.device}"
    )


def _recover(args: argparse.Namespace) -> Answer:
    from vitprune import recovery, recovery_report, workflow

    model = open_model(args)
    plan = read_plan(args.plan, model.architecture)
    settings = TrainingSettings(
        minutes=args.minutes or None,
        passes=args.passes or None,
        rank=args.rank,
        learning_rate=args.learning_rate,
        labels=args.labels,
        features=args.features,
        mirror=args.mirror,
        held_out=args.held_out,
        weights=args.weights,
        seed=args.seed,
    )
    with Reporter() as job:
        images = workflow.open_images(args.data, model, images=args.images, seed=args.seed, job=job)
        test = workflow.open_images(args.test, model, purpose=workflow.TEST, job=job) if args.test else None
        found = recovery.recover(
            model, plan, images, args.output, settings=settings, test=test, compute=compute(args), job=job
        )
    if args.session is not None:
        session = replace(workflow.new_session(model, compute(args)), plan=plan).with_training(found.training)
        for result in filter(None, (found.dense, found.untrained)):
            session = session.with_evaluation(result)
        workflow.save_merged(logged(session, args), args.session)
    answer = {
        "folder": str(args.output),
        "session": args.session and str(args.session),
        **recovery_report.figures(found.training),
        "dense": found.dense and _evaluation_json(found.dense),
        "untrained": found.untrained and _evaluation_json(found.untrained),
        "trained": found.training.evaluation and _evaluation_json(found.training.evaluation),
        "gained": found.gained and _comparison_json(found.gained),
        "left": found.left and _comparison_json(found.left),
        **summary_json(plan, model.architecture),
    }
    lines = recovery_report.lines(found.training)
    for name, result in (
        ("dense", found.dense),
        ("untrained", found.untrained),
        ("trained", found.training.evaluation),
    ):
        if result is not None:
            lines += [f"{name}:", *_evaluation_lines(result)[1:]]
    lines += [f"trained against untrained: {found.gained.sentence}"] if found.gained else []
    lines += [f"trained against dense: {found.left.sentence}"] if found.left else []
    return answer, [*lines, f"{args.output}"]


def _verify(args: argparse.Namespace) -> Answer:
    from vitprune import workflow

    model = open_model(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else None
    with Reporter() as job:
        proof = workflow.verify(model, plan, job=job)
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

    model = open_model(args)
    plan = read_plan(args.plan, model.architecture) if args.plan else PruningPlan.of(model.architecture)
    with Reporter() as job:
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
        workflow.export(model, plan, args.output, rewrites=list(done), calibration=calibration, compute=compute(args))
        answer |= {"folder": str(args.output), "files": sorted(file.name for file in args.output.iterdir())}
        lines.append(f"{args.output}: {', '.join(answer['files'])}")
    return answer, lines


ESTIMATES = ("top1", "top5", "loss", "agreement", "kl", "feature_cosine", "knn")


def _made_from(plan: Path) -> dict[str, Any] | None:
    """What a plan file says of the images that it was made from."""
    made = json.loads(plan.read_text("utf-8")).get("made")
    told = made.get("calibration") if isinstance(made, dict) else None
    return told if isinstance(told, dict) else None


def _calibration(args: argparse.Namespace, model: LoadedModel, plan: PruningPlan, job: Job) -> ImageSet | None:
    """The images that the repairs of a plan are fitted to: those that were named, else those it was made from."""
    from vitprune import workflow

    if not plan.needs_calibration:
        return None
    if args.calibration is not None:
        return workflow.open_images(args.calibration, model, job=job)
    told = _made_from(args.plan)
    if told is None or not isinstance(told.get("source"), str):
        raise ArgumentInvalid(
            "The plan repairs what it removes, which takes images to fit to.",
            hint="Name a folder of them with --calibration; they need no labels.",
        )
    images, seed = told.get("images"), told.get("seed", 0)
    if not (images is None or type(images) is int) or type(seed) is not int:
        raise PlanInvalid("The plan does not say how many images it was made from.", hint="Use --calibration.")
    return workflow.open_images(told["source"], model, images=images, seed=seed, job=job)


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


def _evaluation_lines(result: Evaluation) -> list[str]:
    what = f"without {len(result.plan)} sites" if len(result.plan) else "dense"
    lines = [f"{what}: {result.images} images, {len(result.data.skipped)} skipped"]
    for name in ESTIMATES:
        estimate: Estimate | None = getattr(result, name)
        if estimate is not None:
            lines.append(f"  {name:<15} {estimate.value:.4f}  ({estimate.low:.4f} to {estimate.high:.4f})")
    lines.append(f"  {'parameters':<15} {result.params:,}")
    lines.append(f"  {'MACs':<15} {result.macs:,}")
    if result.latency is not None:
        lines.append(f"  {'latency':<15} {_latency_line(result.latency)}")
    return lines


def _yes_no(value: bool | None) -> str:
    return "not checked" if value is None else "yes" if value else "no"
