"""What a line-up of sessions says, as JSON: all figures of the `Lineup`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vitprune.comparison import ClassDamage
from vitprune.contrast import Contrasts
from vitprune.frontier import Frontier
from vitprune.lineup import Against, Entry, Flip, Lineup, Timing
from vitprune.profiles import Profile, RankAgreement
from vitprune.ranges import folded


def figures(lineup: Lineup) -> dict[str, Any]:
    """Everything, as JSON has it; NaN for what cannot be told."""
    return {
        "baseline": lineup.baseline,
        "margin": lineup.margin,
        "sessions": [_entry(entry) for entry in lineup.entries.values()],
        "differences": [
            {
                "name": one.name,
                "values": dict(zip(one.sessions, one.values, strict=True)),
                "sentence": one.sentence,
            }
            for one in lineup.settings
        ],
        "against": [_against(one) for one in lineup.against.values()],
        "latency": [{"session": name, **_timing(timing)} for name, timing in lineup.timings.items()],
        "frontiers": [_frontier(frontier) for frontier in lineup.frontiers],
        "frontier_note": lineup.frontier_note,
        "scores": list(lineup.tables),
        "profiles": [_profile(profile) for profile in lineup.profiles],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    session, evaluation = entry.session, entry.evaluation
    return {
        "name": entry.name,
        "model": session.model.source,
        "architecture": session.model.architecture,
        "weights_sha256": session.model.weights_sha256,
        "created": session.created,
        "compared_by": entry.chosen,
        "images": evaluation and evaluation.images,
        "data_digest": evaluation and evaluation.data.digest,
        "plan": evaluation and {site: str(action) for site, action in sorted(evaluation.plan.actions)},
        "units": evaluation and {site: folded(units) for site, units in sorted(evaluation.plan.units)},
        "removal": asdict(entry.removal),
        "measures": {name: value.to_json() for name, value in entry.estimates.items()},
        "against_dense": entry.cost and _contrasts(entry.cost),
        "environment": asdict(session.environment),
        "log": [asdict(done) for done in session.log],
    }


def _against(one: Against) -> dict[str, Any]:
    comparison = one.contrasts.comparison if one.contrasts else None
    return {
        "session": one.name,
        "contrasts": one.contrasts and _contrasts(one.contrasts),
        "classes": [_class(damage) for damage in comparison.classes] if comparison else [],
        "flips": {
            "right_to_wrong": [_flip(flip) for flip in one.worse],
            "wrong_to_right": [_flip(flip) for flip in one.better],
            "changed": comparison and len(comparison.flips.changed),
        },
        "plan": {
            "same_architecture": one.plan.same_architecture,
            "both": one.plan.both,
            "only_baseline": one.plan.only_baseline,
            "only_session": one.plan.only_session,
            "otherwise": [
                {"site": site, "baseline": there, "session": here} for site, there, here in one.plan.otherwise
            ],
            "sentence": one.plan.sentence,
        },
        "ranks": [_rank(ranks) for ranks in one.ranks],
    }


def _contrasts(found: Contrasts) -> dict[str, Any]:
    return {
        "paired": found.paired,
        "why": found.why,
        "measures": {
            name: {
                "before": one.a.to_json(),
                "after": one.b.to_json(),
                "difference": one.difference.to_json(),
                "test": one.test,
                "p": one.p,
                "p_adjusted": one.adjusted,
                "equivalence": one.equivalence
                and {**asdict(one.equivalence), "equivalent": one.equivalence.equivalent},
                "sentence": one.sentence,
            }
            for name, one in found.measures.items()
        },
    }


def _class(damage: ClassDamage) -> dict[str, Any]:
    return {
        "name": damage.name,
        "images": damage.n,
        "difference": damage.difference,
        "low": damage.change.low,
        "high": damage.change.high,
        "p": damage.p,
        "p_adjusted": damage.adjusted,
    }


def _flip(flip: Flip) -> dict[str, Any]:
    return asdict(flip)


def _rank(ranks: RankAgreement) -> dict[str, Any]:
    return {
        "score": ranks.table,
        "matched": ranks.matched,
        "kinds": [str(kind) for kind in ranks.kinds],
        "sites": ranks.sites,
        "same_images": ranks.same_images,
        "kendall": ranks.kendall.to_json(),
        "spearman": ranks.spearman.to_json(),
    }


def _timing(timing: Timing) -> dict[str, Any]:
    latency = timing.latency
    return {
        "median_ms": latency.median_ms,
        "quartiles_ms": latency.quartiles_ms,
        "samples_ms": latency.samples_ms.tolist(),
        "batch_size": latency.batch_size,
        "threads": latency.threads,
        "device": latency.device,
        "ratio": timing.ratio and timing.ratio.to_json(),
        "why": timing.why,
        "of_dense": timing.of_dense and timing.of_dense.to_json(),
    }


def _frontier(frontier: Frontier) -> dict[str, Any]:
    return {
        "cost": frontier.cost.name,
        "unit": frontier.cost.unit,
        "measure": frontier.quality.name,
        "points": [
            {
                "label": point.label,
                "cost": asdict(point.cost),
                "quality": point.quality.to_json(),
                "too_fast": point.too_fast,
                "bound": point.bound and asdict(point.bound),
                "dominated": beaten,
            }
            for point, beaten in zip(frontier.points, frontier.dominated, strict=True)
        ],
    }


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "session": profile.session,
        "score": profile.table,
        "kind": str(profile.kind),
        "images": profile.images,
        "sites": profile.sites,
        "depth": profile.depth.tolist(),
        "mean": profile.mean.tolist(),
        "low": profile.low.tolist(),
        "high": profile.high.tolist(),
    }
