"""What the engine says of a difference in a sentence, in the language of the window."""

from __future__ import annotations

from vitprune import published
from vitprune.comparison import Comparison, Difference, digits_of, p_in_words
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import thousands


def verdict(found: Comparison) -> str:
    """As `Comparison.sentence`: the main difference, and whether the two count as equal by it."""
    equal, said = found.main.equivalence, difference_in_words(found.main)
    if equal is None:
        return f"{said}."
    values = {"difference": said, "margin": f"{100 * equal.margin:g}", "p": p_in_words(equal.p)}
    if equal.equivalent:
        return tr("{difference}; shown to be within {margin} pp (p {p}).", **values)
    return tr("{difference}; not shown to be within {margin} pp (p {p}).", **values)


def difference_in_words(difference: Difference) -> str:
    """As `Difference.sentence`: how much lower or higher, with its interval, n and test."""
    measure, found = difference.measure, difference.difference
    scale = 100 if measure.share else 1
    digits = digits_of(found, scale)
    down = found.value < 0
    near, far = (-found.high, -found.low) if down else (found.low, found.high)
    values = {
        "measure": tr(measure.title),
        "amount": f"{scale * abs(found.value):.{digits}f} {tr(measure.unit) if measure.unit else ''}".rstrip(),
        "near": f"{scale * abs(near):.{digits}f}",
        "far": f"{scale * far:.{digits}f}",
    }
    if near >= 0:
        interval = tr("{near} to {far}", **values)
    elif down:
        interval = tr("{near} higher to {far} lower", **values)
    else:
        interval = tr("{near} lower to {far} higher", **values)
    values |= {"interval": interval, "n": thousands(found.n)}
    if difference.mcnemar is not None:
        values["n"] += f"; McNemar p {p_in_words(difference.mcnemar.p)}"
    if not found.value:
        return tr("{measure} the same (95 % interval {interval}, n {n})", **values)
    if down:
        return tr("{measure} {amount} lower (95 % interval {interval}, n {n})", **values)
    return tr("{measure} {amount} higher (95 % interval {interval}, n {n})", **values)


def published_in_words(found: published.Comparison) -> str:
    """As `published.Comparison.sentence`: what timm publishes beside what was measured, and whether they agree."""
    measured, known = found.measured, found.published
    interval = tr("{near} to {far}", near=f"{measured.low:.2%}", far=f"{measured.high:.2%}")
    values = {
        "published": f"{known.top1:.2%}",
        "name": known.name,
        "measured": f"{measured.value:.2%} ({interval})",
        "n": thousands(measured.n),
        "points": f"{100 * (measured.value - known.top1):+.2f}",
        "classes": thousands(found.classes),
        "all": thousands(published.CLASSES),
    }
    if found.agrees is None:
        return tr(
            "timm publishes {published} top-1 for {name}; the dense model reaches {measured} on {n} images of "
            "ImageNet-1k. Indicative only: {classes} of the {all} classes are present.",
            **values,
        )
    text = (
        tr(
            "timm publishes {published} top-1 for {name}; the dense model reaches {measured} on {n} images of "
            "ImageNet-1k, which agrees.",
            **values,
        )
        if found.agrees
        else tr(
            "timm publishes {published} top-1 for {name}; the dense model reaches {measured} on {n} images of "
            "ImageNet-1k, which differs by {points} points: the preprocessing or the weights are likely not those of "
            "the published figure.",
            **values,
        )
    )
    if not found.indicative:
        return text
    count = thousands(published.VALIDATION_IMAGES)
    return " ".join((text, tr("Indicative only: the validation set has {count} images.", count=count)))
