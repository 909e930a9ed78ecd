"""What the engine says in English, in the language of the window.

Reports and error messages are written once, by the engine. Where the window shows one of their sentences, the sentence
is found again by its template, and said by the translation of that. What no template knows stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import cache

from vitprune.document import Chart, Part, Section, Table
from vitprune_gui.translation import noop, tr

# A value that is a number ends where a word begins; all others go on to what follows them in the template.
_NUMBERS = {"amount", "count", "margin", "repaired", "p", "adjusted", "near", "far", "n"}
_NUMBER = r"[-+<]?\s?[\d.,e+-]+|unknown|nan"
# Values that are words of the engine themselves, the last of them several; all others are names and figures.
_WORDS = {"measure", "difference", "interval", "paired", "chosen", "test", "cost", "note", "quantity", "unit", "table",
          "there", "here", "target", "parts", "ended"}  # fmt: skip

_TEMPLATES = (
    # Stages of a job, ends of a training, branches that lose no units
    noop("Choosing site {count}"),
    noop("Choosing what goes in step {count}"),
    noop("Choosing the repair of {site}"),
    noop("{ended} It was not measured."),
    noop("{ended} It is not proved: {reason}"),
    noop("It is not known how to take a part of a {kind}."),
    # Rewrites
    noop("blocks of the class {kind} are not covered"),
    noop("{kind} is not covered"),
    noop("norms of the class {kind} are not covered"),
    noop("it is not known which tokens the head of {kind} reads"),
    noop("the last norm, {kind}, is not known to treat tokens one by one"),
    noop("{kind} is not known to treat tokens one by one"),
    noop("it has to be done before {other}, which was done already"),
    noop("{rewrite}: the logits differ by {count} of their scale."),
    noop("The logits differ by {count} of their scale; {margin} is allowed."),
    # A comparison at a glance
    noop("{name}: no measure in common with {baseline}."),
    noop("{name} against {baseline} ({paired}): {difference}; shown to be equal within {margin} pp (p {p})."),
    noop("{name} against {baseline} ({paired}): {difference}; not shown to be equal within {margin} pp (p {p})."),
    noop("{name} against {baseline} ({paired}): {difference}."),
    noop("paired"),
    noop("other images, unpaired"),
    noop("{measure} the same (95 % interval {interval}, n {n})"),
    noop("{measure} the same (95 % interval {interval}, n {n}; {test} p {p}, adjusted {adjusted})"),
    noop("{measure} {amount} lower (95 % interval {interval}, n {n})"),
    noop("{measure} {amount} lower (95 % interval {interval}, n {n}; {test} p {p}, adjusted {adjusted})"),
    noop("{measure} {amount} higher (95 % interval {interval}, n {n})"),
    noop("{measure} {amount} higher (95 % interval {interval}, n {n}; {test} p {p}, adjusted {adjusted})"),
    noop("{near} to {far}"),
    noop("{near} higher to {far} lower"),
    noop("{near} lower to {far} higher"),
    noop("Left out: {problem} [{code}]"),
    noop("{count} ({repaired} sites repaired)"),
    noop("the baseline; {chosen}"),
    # What each is worth
    noop(
        "With 95 % intervals over images. The difference is from the baseline; p is of no difference, and adjusted "
        "(Holm) for the number of sessions tested against the baseline by that measure. Equal: the 90 % interval of "
        "the difference lies within {margin} pp either way (two one-sided tests)."
    ),
    noop("{name}: Paired, image by image: both are of the same {count} images."),
    noop("{name}: Unpaired: the evaluations give the same images other labels."),
    noop("{name}: Unpaired: the evaluations are of different images: {one} and {other}."),
    noop(
        "{name}: Unpaired: the evaluations give the same images other labels. Their classes differ too, so that the "
        "tasks are not the same."
    ),
    noop(
        "{name}: Unpaired: the evaluations are of different images: {one} and {other}. Their classes differ too, so "
        "that the tasks are not the same."
    ),
    noop("{measure}, not measured in the baseline and another: {values}."),
    noop("Difference from {baseline}: {measure}"),
    noop("yes (p {p})"),
    noop("not shown (p {p})"),
    noop("McNemar's exact test"),
    noop("Student's paired t"),
    noop("score test of two shares"),
    noop("Welch's t"),
    noop("without labels"),
    noop("to the {target}, on {n} images {digest}"),
    # Time and frontier
    noop("the baseline was not timed"),
    noop("{count}, 1 thread, {device}"),
    noop("{count}, {n} threads, {device}"),
    noop(
        "All evaluations of the baseline's images. On the frontier: none is as cheap and as good and better in one of "
        "the two."
    ),
    noop(
        "All evaluations of the baseline's images. On the frontier: none is as cheap and as good and better in one of "
        "the two. {note}"
    ),
    noop("{count} evaluations of other images are left out."),
    noop("{count} of {n} were not timed, or not as those of {name} were."),
    noop("on the frontier by {cost}"),
    # Plans
    noop("{name}, the baseline, removes 1 branch."),
    noop("{name}, the baseline, removes {count} branches."),
    noop("{name}: other architectures: their sites cannot be matched."),
    noop("{name}: neither removes anything."),
    noop("{name}: {count} of the branches go in both."),
    noop("{name}: {count} of the branches go in both; {parts}."),
    noop("only the baseline's: {sites}"),
    noop("only this one's: {sites}"),
    noop("{sites}: {there} in the baseline, {here} here"),
    # Orders
    noop(
        "Whether a score orders the sites as in {baseline}: 1 in the same order, 0 none, -1 the opposite; 95 % "
        "intervals from resampled images."
    ),
)  # fmt: skip
_TITLES = (noop("{measure} against {cost}"), noop("{quantity} ({unit})"), noop("{table}, {kind}"))
# Columns of figures and of names hold nothing to translate.
_WORDED = {
    "branches removed", "test images", "compared by", "test", "equal", "batch, machine", "of the baseline's",
    "why not comparable", "matched", "measure", "",
}  # fmt: skip


def retold(text: str, templates: tuple[str, ...] = _TEMPLATES) -> str:
    """A sentence or a word of the engine in the language of the window."""
    found = tr(text) if text else text
    if found != text:
        return found
    for template in templates:
        if match := _pattern(template).fullmatch(text):
            return tr(template, **{name: _value(name, value) for name, value in match.groupdict().items()})
    return text


def retold_section(section: Section, names: Collection[str]) -> Section:
    """A section of a report of sessions of these `names`, which are nobody's words."""
    return replace(section, title=retold(section.title), parts=tuple(_part(part, set(names)) for part in section.parts))


def _part(part: Part, names: set[str]) -> Part:
    match part:
        case str():
            return retold(part)
        case Table():
            worded = [title in _WORDED for title in part.columns]
            rows = tuple(
                tuple(retold(cell) if told else cell for cell, told in zip(row, worded, strict=True))
                for row in part.rows
            )
            return replace(part, columns=tuple(t if t in names else retold(t) for t in part.columns), rows=rows)
        case Chart():
            titles = (*_TITLES, *_TEMPLATES)
            title, x, y = (retold(text, titles) for text in (part.title, part.x, part.y))
            return replace(part, title=title, x=x, y=y)
    return part


def _value(name: str, value: str) -> str:
    if name == "amount":
        number, _, unit = value.partition(" ")
        return f"{number} {retold(unit)}".rstrip()
    if name not in _WORDS:
        return value
    return "; ".join(map(retold, value.split("; "))) if name == "parts" else retold(value)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)
    found = [re.escape(piece) if place % 2 == 0 else _group(piece) for place, piece in enumerate(pieces)]
    return re.compile("".join(found), re.DOTALL)


def _group(name: str) -> str:
    if name == "amount":
        return rf"(?P<amount>(?:{_NUMBER})(?: \S+)?)"
    return rf"(?P<{name}>{_NUMBER if name in _NUMBERS else '.+?'})"
