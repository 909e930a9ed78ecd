"""The README of an exported folder: what was removed, and what that cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from vitprune.architecture import Architecture
from vitprune.formats import Exported, title_of
from vitprune.lossless import Report
from vitprune.plan import Action, PruningPlan, Target
from vitprune.published import compare
from vitprune.results import Evaluation, Latency, ModelReference, SiteRepair
from vitprune.statistics import Estimate

ROWS = (
    ("Top-1", "top1", "share"),
    ("Top-5", "top5", "share"),
    ("Cross-entropy (nats)", "loss", "number"),
    ("Same class as the dense model", "agreement", "share"),
    ("KL from the dense model (nats)", "kl", "number"),
    ("Feature cosine to the dense model", "feature_cosine", "number"),
    ("k-nearest-neighbour top-1", "knn", "share"),
)


def readme(
    title: str,
    reference: ModelReference,
    architecture: Architecture,
    plan: PruningPlan,
    evaluation: Evaluation | None,
    dense: Evaluation | None,
    report: Report | None = None,
    fits: Sequence[SiteRepair] = (),
    loading: Sequence[str] = (),
    exported: Exported | None = None,
) -> str:
    """Markdown. `loading` are lines that say how that is done. Figures appear only when they were measured, with their
    95 % intervals."""
    summary = plan.summary(architecture)
    actions = {site: "" if action is Action.REMOVE else f": {action}" for site, action in plan.actions}
    removed = (
        "\n".join(
            [
                *(f"- `{site}`{actions[site]}" for site in sorted(plan.sites, key=_running_order(architecture))),
                *(f"- of `{site}`: {units}" for site, units in plan.narrowed(architecture).items()),
            ]
        )
        or "- nothing"
    )
    lines = [
        f"# {title}",
        "",
        f"Made by ViTPrune from `{reference.architecture}`"
        + (f" (licence of the weights: {reference.licence})." if reference.licence else "."),
        "",
        "```",
        "python rebuild.py [IMAGE ...]        # needs torch, timm, safetensors; not ViTPrune",
        "```",
        "",
        *((*loading, "") if loading else ()),
        "## Removed",
        "",
        removed,
        "",
        f"Parameters: {architecture.params:,} before, {summary.params:,} now. "
        f"Multiply-accumulates for one image: {architecture.macs:,} before, {summary.macs:,} now, which bounds the "
        f"speed-up at {summary.speedup_bound:.2f}.",
        "",
        *(_repaired(plan, fits) if fits else ()),
        *(_rewritten(report) if report else ()),
        *(_forms(exported) if exported else ()),
        "## Measured",
        "",
    ]
    if evaluation is None:
        lines += ["Not measured yet."]
    else:
        lines += [
            f"On {evaluation.images:,} images of {PurePath(evaluation.data.source).name} "
            f"({len(evaluation.data.skipped)} skipped), with 95 % intervals.",
            "",
            "| | dense | this model |",
            "|---|---|---|",
        ]
        for label, name, style in ROWS:
            now: Estimate | None = getattr(evaluation, name)
            before: Estimate | None = getattr(dense, name) if dense else None
            if now is not None:
                lines.append(f"| {label} | {_cell(before, style)} | {_cell(now, style)} |")
        if (latency := evaluation.latency) is not None:
            low, high = latency.quartiles_ms
            row = f"{latency.median_ms:.2f} ms (quartiles {low:.2f} to {high:.2f})"
            was = f"{dense.latency.median_ms:.2f} ms" if dense and dense.latency else ""
            lines.append(f"| Time of {latency.batch_size} images | {was} | {row} |")
            lines += ["", f"Times on {latency.device} with {latency.threads} threads."]
        baseline = compare(reference, dense or evaluation)
        lines += ["", baseline.sentence, f"Source: {baseline.published.source}."] if baseline else []
    return "\n".join([*lines, ""])


def _forms(exported: Exported) -> list[str]:
    """What the folder holds, and how it was proved."""
    of = (
        f"{exported.images} images of {PurePath(exported.source).name}"
        if exported.source
        else f"{exported.images} pictures of noise, since no images were at hand"
    )
    batches = ", ".join(map(str, exported.batches[:-1])) + f" and {exported.batches[-1]}"
    lines = [
        "## Files",
        "",
        f"The weights are {exported.dense_bytes - exported.bytes:,} bytes smaller than the dense model's "
        f"{exported.dense_bytes:,}. Each form was compared with the model in memory before the folder was "
        f"written, on {of}, {batches} at once: the largest difference of the logits, and the same over the largest "
        "logit.",
        "",
        "| form | file | its bytes | difference | over the largest | time of one forward, median (quartiles) |",
        "|---|---|---|---|---|---|",
    ]
    if exported.dense is not None:
        lines.append(f"| dense, PyTorch | | | | | {_time(exported.dense)} |")
    lines += [
        f"| {title_of(proof.format)} | `{proof.file}` | {proof.bytes:,} | {proof.difference:.1e} | "
        f"{proof.relative:.1e} | {_time(proof.latency)} |"
        for proof in exported.proofs
    ]
    if exported.dense is not None:
        batch, threads, device = exported.dense.conditions
        lines += ["", f"Times of {batch} images at once, with {threads} threads, on {device}, taken in turns."]
    return [*lines, ""]


def _time(latency: Latency | None) -> str:
    if latency is None:
        return ""
    low, high = latency.quartiles_ms
    return f"{latency.median_ms:.2f} ms ({low:.2f} to {high:.2f})"


def _repaired(plan: PruningPlan, fits: Sequence[SiteRepair]) -> list[str]:
    to = {
        Target.BRANCH: "what its branch added",
        Target.STREAM: "the residual stream of the whole model after its site",
        Target.MODEL: "the residual stream of the whole model after its site, and so were the last layers of branches "
        "that stay",
    }[plan.target]
    return [
        "## Repaired",
        "",
        f"In closed form, without labels or training. Each replacement was fitted to {to}.",
        *(
            ["What is called bias or affine is what the last layer of a branch does for the heads or neurons it lost."]
            if plan.units
            else []
        ),
        "",
        "| site | what | share explained (cross-validated) | the class token's own map |",
        "|---|---|---|---|",
        *(
            f"| `{fit.site}` | {fit.action} | {fit.explained:.3f} | {'' if fit.own != fit.own else f'{fit.own:.3f}'} |"
            for fit in fits
        ),
        "",
    ]


def _rewritten(report: Report) -> list[str]:
    """Apart from the figures of the plan: this costs nothing."""
    return [
        "## Rewritten, free and exact",
        "",
        *(
            f"- {step.rewrite.title} ({len(step.rewrite.places)} places): {step.params:,} parameters and {step.macs:,} "
            f"multiply-accumulates fewer; the logits differ by {step.max_difference:.1e} of their scale."
            for step in report.steps
        ),
        "",
        f"After that: {report.params:,} parameters, {report.macs:,} multiply-accumulates for one image. The logits "
        f"differ by {report.max_difference:.1e} of their scale from those before, which is rounding. What is measured "
        "below was measured before that.",
        "",
    ]


def _running_order(architecture: Architecture):
    places = {site.id: place for place, site in enumerate(architecture.sites)}
    return lambda site: places[site]


def _cell(estimate: Estimate | None, style: str) -> str:
    if estimate is None:
        return ""
    if style == "share":
        return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"
    return f"{estimate.value:.4f} ({estimate.low:.4f} to {estimate.high:.4f})"
