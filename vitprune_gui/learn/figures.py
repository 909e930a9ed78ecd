"""Figures that a lesson can have in its text: {top1}, {score:blocks.3.attn@cosine}. Each is read from what is open and
was measured, at the moment when it is shown; where something was estimated, with its interval and n."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from vitprune_gui.learn.questions import (
    HEADS,
    LAYER_PAIRS,
    LENS,
    LIKENESS,
    NEURONS,
    PATCHES,
    ROLLOUT,
    STREAM_NORMS,
    Question,
)
from vitprune_gui.learn.subject import Learn
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.comparison import Comparison
    from vitprune.results import Evaluation
    from vitprune.scores import Score
    from vitprune.statistics import Estimate

MARK = re.compile(r"\{([^{}\s:@]*)(?::([^{}\s@]*))?(?:@([^{}\s]*))?\}")
"""{NAME}, {NAME:ABOUT} or {NAME:ABOUT@MORE}."""

_COARSE = 0.01  # half of an interval, from which two decimals say all
_MEASURES = ("top1", "top5", "loss", "knn", "agreement", "kl", "feature_cosine")


@dataclass(frozen=True, slots=True)
class Value:
    """As it is read; `number` is the same for a prediction to be compared with, shares in percent."""

    text: str
    number: float | None = None


_Found = Value | None


@dataclass(frozen=True, slots=True)
class Figure:
    """`find` is given what is open, and what comes after the name; `about` and `more` are the kinds of that (those of
    `lessons.Vocabulary`), empty where nothing may come. None: it is not measured yet."""

    find: Callable[[AppState, Learn, str, str], _Found]
    about: str = ""
    more: str = ""


def figure(mark: str, state: AppState, learn: Learn) -> _Found:
    """What stands for a mark, braces and all; None as long as it is not measured. Raises KeyError for a name that is
    none."""
    found = MARK.fullmatch(mark)
    if found is None:
        raise KeyError(mark)
    name, about, more = found.groups(default="")
    return FIGURES[name].find(state, learn, about, more)


def filled(text: str, state: AppState, learn: Learn) -> str:
    """The text with all of its figures."""

    def shown(found: re.Match[str]) -> str:
        value = figure(found[0], state, learn)
        return value.text if value is not None else tr("(not measured yet)")

    return MARK.sub(shown, text)


# What was measured over images


def _estimate(found: Estimate | None, name: str = "") -> _Found:
    from vitprune.measures import MEASURES
    from vitprune_gui.views.formatting import estimate, with_unit

    if found is None:
        return None
    measure = MEASURES.get(name)
    share = measure is not None and measure.share
    shown = with_unit(found, measure) if measure is not None else estimate(found)
    return Value(_with_n(shown, found.n), found.value * (100 if share else 1))


def _with_n(text: str, n: int) -> str:
    return tr("{value}, n = {n}", value=text, n=f"{n:,}")


def _evaluation(state: AppState) -> Evaluation | None:
    from vitprune.comparison import current_of

    return current_of(state.evaluations, state.plan, state.images_to_evaluate)


def _dense(state: AppState) -> Evaluation | None:
    """On the images of the pruned one."""
    from vitprune.comparison import dense_beside

    shown = _evaluation(state)
    if shown is not None:
        return dense_beside(state.evaluations, shown)
    return next((e for e in reversed(state.evaluations) if not len(e.plan)), None)


def _measured(of: Callable[[AppState], Evaluation | None], name: str, state: AppState, *_: object) -> _Found:
    from vitprune.measures import MEASURES, estimate

    shown = of(state)
    return _estimate(estimate(shown, MEASURES[name]), name) if shown is not None else None


def _change(state: AppState, learn: Learn, name: str, _: str) -> _Found:
    from vitprune_gui.views.formatting import decimal, signed

    found = _compared(state)
    known = found.differences.get(name) if found is not None else None
    if known is None:
        return None
    scale, digits = (100, 1) if known.measure.share else (1, 3)
    unit = f" {tr(known.measure.unit)}" if known.measure.unit else ""
    low, high = (decimal(scale * bound, digits) for bound in (known.difference.low, known.difference.high))
    text = f"{signed(scale * known.difference.value, digits, unit)} [{low}, {high}]"
    return Value(_with_n(text, known.difference.n), scale * known.difference.value)


def _p(state: AppState, learn: Learn, name: str, _: str) -> _Found:
    from vitprune.comparison import p_in_words

    found = _compared(state)
    known = found.differences.get(name) if found is not None else None
    test = known.mcnemar if known is not None else None
    return Value(p_in_words(test.p), test.p) if test is not None else None


def _flips(which: str, state: AppState, *_: object) -> _Found:
    found = _compared(state)
    if found is None:
        return None
    count = len(getattr(found.flips, which))
    return Value(tr("{count} of {images} images", count=f"{count:,}", images=f"{found.images:,}"), count)


def _compared(state: AppState) -> Comparison | None:
    return state.comparison


def _with_score(score: Score) -> str:
    """Mean ± half of the interval and n, with the decimals that the interval leaves."""
    from vitprune_gui.views.formatting import decimal, half_width, with_interval

    half = half_width(score)
    shown = f"{decimal(score.mean, 2)} ±{decimal(half, 2)}" if half >= _COARSE else with_interval(score)
    return _with_n(shown, len(score.per_image))


def _score(state: AppState, learn: Learn, site: str, metric: str) -> _Found:
    table = state.scores.get(metric or state.metric) if state.scores is not None else None
    score = table.get(site) if table is not None else None
    return Value(_with_score(score), score.mean) if score is not None else None


def _extreme(high: bool, state: AppState, learn: Learn, metric: str, _: str) -> _Found:
    """The layer with the largest, or the smallest, score; blocks are not compared with what is in them."""
    from vitprune_gui.views.formatting import site_name

    table = state.scores.get(metric) if state.scores is not None else None
    if table is None or state.architecture is None:
        return None
    held = [site for site in state.architecture.sublayers if site.id in table]
    if not held:
        return None
    found = (max if high else min)(held, key=lambda site: table[site.id].mean)
    score = table[found.id]
    return Value(tr("{site}: {value}", site=site_name(found), value=_with_score(score)), score.mean)


def _removed(state: AppState, *_: object) -> _Found:
    plan, architecture = state.plan, state.architecture
    if plan is None or architecture is None:
        return None
    count = len(plan.removed_branches(architecture))
    return Value(str(count), count)


def _left(what: str, state: AppState, *_: object) -> _Found:
    from vitprune_gui.views.formatting import percent

    plan, architecture = state.plan, state.architecture
    if plan is None or architecture is None:
        return None
    share = getattr(plan.summary(architecture), what) / getattr(architecture, what)
    return Value(percent(share), 100 * share)


# What was seen in one image


def _said(state: AppState, learn: Learn, *_: object) -> _Found:
    from vitprune_gui.views.formatting import percent

    said = learn.prediction
    if said is None or said.best is None:
        return None
    share = float(said.probabilities[said.best])
    return Value(tr("{name}, {share}", name=learn.class_name(said.best), share=percent(share)), 100 * share)


def _label(state: AppState, learn: Learn, *_: object) -> _Found:
    return Value(learn.label) if learn.label else None


def _of_patches(read: Callable[[Any], Value], state: AppState, learn: Learn, *_: object) -> _Found:
    found = learn.value(Question(PATCHES))
    return read(found) if found is not None else None


def _count(number: int) -> Value:
    return Value(f"{number:,}", number)


def _of_head(quantity: str, unit: str, state: AppState, learn: Learn, site: str, head: str) -> _Found:
    """Of one head, or the mean over those of the layer."""
    import numpy as np

    from vitprune_gui.views.formatting import decimal

    found = learn.value(Question(HEADS))
    if found is None or site not in found.sites:
        return None
    row = getattr(found, quantity)[found.sites.index(site)]
    row = row[~np.isnan(row)]
    at = int(head) - 1 if head else None
    if not len(row) or (at is not None and not 0 <= at < len(row)):
        return None
    value = float(row.mean() if at is None else row[at])
    return Value(f"{decimal(value, 2)} {unit}", value)


def _ratio(state: AppState, learn: Learn, site: str, _: str) -> _Found:
    """Of the lengths of what a branch adds and of what it is added to, over the tokens of this image."""
    found = learn.value(Question(STREAM_NORMS))
    if found is None or site not in found.sites:
        return None
    at = found.sites.index(site)
    ratio = found.added[at] / found.before[at]
    return _at_tokens(float(ratio.mean()), len(ratio))


def _at_tokens(value: float, tokens: int) -> Value:
    from vitprune_gui.views.formatting import decimal

    return Value(tr("{value}, mean of {n} tokens", value=decimal(value), n=tokens), value)


def _cosine(state: AppState, learn: Learn, site: str, _: str) -> _Found:
    found = learn.value(Question(STREAM_NORMS))
    if found is None or site not in found.sites:
        return None
    cosine = found.cosine[found.sites.index(site)]
    return _at_tokens(float(cosine.mean()), len(cosine))


def _after(state: AppState, learn: Learn, block: str, _: str) -> _Found:
    """What the head would say after a block."""
    import numpy as np

    from vitprune_gui.views.formatting import percent

    found = learn.value(Question(LENS))
    if found is None or block not in found.depths:
        return None
    logits = found.logits[found.depths.index(block)].astype(np.float64)
    shares = np.exp(logits - logits.max())
    best, share = int(logits.argmax()), float((shares / shares.sum()).max())
    return Value(tr("{name}, {share}", name=learn.class_name(best), share=percent(share)), 100 * share)


def _known_from(state: AppState, learn: Learn, *_: object) -> _Found:
    """From which block on, as blocks are numbered, the head says what the model says in the end; as a number, after how
    many blocks."""
    found = learn.value(Question(LENS))
    if found is None or not len(found.logits):
        return None
    said = found.logits.argmax(axis=1)
    wrong = [depth for depth, answer in enumerate(said) if answer != said[-1]]
    after = wrong[-1] + 1 if wrong else 0
    return Value(tr("block {number}", number=after - 1) if after else tr("the start"), after)


def _of_depth(quantity: str, digits: int, state: AppState, learn: Learn, block: str, _: str) -> _Found:
    from vitprune_gui.views.formatting import decimal

    found = learn.value(Question(LIKENESS))
    if found is None or block not in found.depths:
        return None
    value = float(getattr(found, quantity)[found.depths.index(block)])
    return Value(decimal(value, digits), value)


def _rollout(state: AppState, learn: Learn, opinion: str, _: str) -> _Found:
    found = learn.value(Question(ROLLOUT))
    return _estimate(found.ranks.get(opinion)) if found is not None else None


def _active(state: AppState, learn: Learn, site: str, _: str) -> _Found:
    from vitprune_gui.views.formatting import estimate

    found = learn.value(Question(NEURONS, site))
    if found is None:
        return None
    return Value(_with_n(estimate(found.share, percentage=True), found.share.n), 100 * found.share.value)


def _pair(state: AppState, learn: Learn, one: str, other: str) -> _Found:
    from vitprune_gui.views.formatting import decimal

    found = learn.value(Question(LAYER_PAIRS))
    if found is None or one not in found.depths or other not in found.depths:
        return None
    value = float(found.cka[found.depths.index(one), found.depths.index(other)])
    return Value(_with_n(decimal(value), found.n), value)


FIGURES: Mapping[str, Figure] = {
    **{name: Figure(partial(_measured, _evaluation, name)) for name in _MEASURES},
    **{f"{name}_dense": Figure(partial(_measured, _dense, name)) for name in _MEASURES},
    "change": Figure(_change, "measure"),
    "p": Figure(_p, "measure"),
    "changed": Figure(partial(_flips, "changed")),
    "lost": Figure(partial(_flips, "right_to_wrong")),
    "won": Figure(partial(_flips, "wrong_to_right")),
    "removed": Figure(_removed),
    "params_left": Figure(partial(_left, "params")),
    "macs_left": Figure(partial(_left, "macs")),
    "score": Figure(_score, "site", "metric"),
    "highest": Figure(partial(_extreme, True), "metric"),
    "lowest": Figure(partial(_extreme, False), "metric"),
    "prediction": Figure(_said),
    "label": Figure(_label),
    "tokens": Figure(partial(_of_patches, lambda found: _count(len(found.tokens)))),
    "patches": Figure(partial(_of_patches, lambda found: _count(found.tokens.patches))),
    "patch_values": Figure(partial(_of_patches, lambda found: _count(found.values))),
    "width": Figure(partial(_of_patches, lambda found: _count(found.width))),
    "entropy": Figure(partial(_of_head, "entropy", "bit"), "site", "number"),
    "distance": Figure(partial(_of_head, "distance", "px"), "site", "number"),
    "ratio": Figure(_ratio, "site"),
    "cosine": Figure(_cosine, "site"),
    "after": Figure(_after, "site"),
    "known_from": Figure(_known_from),
    "effective_rank": Figure(partial(_of_depth, "rank", 1), "site"),
    "likeness": Figure(partial(_of_depth, "mean", 3), "site"),
    "rollout": Figure(_rollout, "opinion"),
    "active": Figure(_active, "site"),
    "cka": Figure(_pair, "site", "site"),
}
