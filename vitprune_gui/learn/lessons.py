"""Lessons: tours that are read from Markdown files. docs/lessons.md says how one is written.

A file is checked whole: whoever writes one hears of everything that is wrong with it at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from typing import ClassVar

from vitprune.errors import VitPruneError
from vitprune_gui.learn.figures import FIGURES, MARK
from vitprune_gui.scene import CONDITIONS, condition
from vitprune_gui.tour import Prediction, Step
from vitprune_gui.translation import noop, tr

LARGEST = 1 << 18  # bytes of a file
MOST_STEPS = 40
LONGEST = 60  # minutes
_LISTED = 40  # names, before it is their kinds that are named
SAMPLE_BLOCKS = 12

_HEAD_KEYS = ("minutes", "summary", "model")
_STEP_KEYS = ("page", "tab", "level", "site", "target", "until", "do")
_MODELS = ("sample", "any")
_SAMPLE_SITES = frozenset(f"blocks.{n}{part}" for n in range(SAMPLE_BLOCKS) for part in ("", ".attn", ".mlp"))
_PAIR = re.compile(r"([a-z]+):\s*(.*)")
_CHOICE = re.compile(r"- \[( |x|X)\]\s*(.*)")
_NUMBER = re.compile(r"=\s*(\{[^{}]*\}|[+-]?\d+(?:\.\d+)?)\s*(?:(?:±|\+-)\s*(\d+(?:\.\d+)?)\s*(%?))?")
_FOREIGN = (
    (re.compile(r"!\[[^\]]*\]\s*[(\[]"), noop("A lesson has no pictures: point at what the window shows instead.")),
    (re.compile(r"\[[^\]]*\]\s*[(\[]|\w+://"), noop("A lesson has no links.")),
    (
        re.compile(r"</?[A-Za-z!][^<>]*>"),
        noop("A lesson has no HTML, but *slanted*, **bold** and `code`."),
    ),
)
_MARKUP = (
    (re.compile(r"`([^`]+)`"), "code"),
    (re.compile(r"\*\*([^*]+)\*\*"), "b"),
    (re.compile(r"\*([^*\s][^*]*)\*"), "i"),
)
_KINDS = {
    "tab": noop("a tab"),
    "page": noop("a page of the Learn tab"),
    "level": noop("a level"),
    "metric": noop("a metric"),
    "measure": noop("a measure"),
    "repair": noop("a repair"),
    "answer": noop("a question about the image"),
    "opinion": noop("an opinion of the page about rollout"),
    "target": noop("a target"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line of a file, counted from 1, and what would be right."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class LessonInvalid(VitPruneError):
    """`problems` are all that were found, at least one, in the order of the file."""

    code: ClassVar[str] = "LESSON_INVALID"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            str(problems[0]),
            hint=tr("Correct the file; the page about lessons in the documentation says how one is written."),
            details="\n".join(map(str, problems)),
        )
        self.problems = problems


@dataclass(frozen=True)
class Vocabulary:
    """What a lesson can name, by kind: "target" whole, as `views.tour.find` takes it, "tab", "page", "level", "metric",
    "measure", "repair", "answer" and "opinion". Of a kind that is not among them, any name is taken."""

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def knows(self, kind: str, name: str) -> bool:
        return kind not in self.names or name in self.names[kind]


@dataclass(frozen=True)
class Lesson:
    """`name` is that of its file, without its ending: progress is kept under it. `on_sample`: the sample is opened for
    it; else it is about whatever is open."""

    name: str
    title: str
    minutes: int
    summary: str
    steps: tuple[Step, ...]
    on_sample: bool = True


def parse(text: str, name: str, vocabulary: Vocabulary = Vocabulary()) -> Lesson:
    """The lesson that a file says; `name` is that of the file. Raises LessonInvalid, and nothing else."""
    return _Reader(text, name, vocabulary).lesson()


def rich(text: str) -> str:
    """Text of a lesson as the HTML that labels show. Whatever was written in it, HTML too, is shown as it stands."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
            blocks.append(f'<ul style="margin: 4px 0 4px -22px">{items}</ul>')
        else:
            blocks.append(f'<p style="margin: 4px 0">{_inline(" ".join(lines))}</p>')
    return "".join(blocks)


def plain(text: str) -> str:
    """The same text as it is read aloud."""
    for pattern, _ in _MARKUP:
        text = pattern.sub(r"\1", text)
    return " ".join(text.split())


def _inline(text: str) -> str:
    text = escape(text, quote=False)
    for pattern, tag in _MARKUP:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    return text


@dataclass
class _Part:
    """A step as far as it was read. `lines` are where its parts stand."""

    title: str
    line: int
    pairs: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    question: list[str] = field(default_factory=list)
    choices: list[tuple[str, bool]] = field(default_factory=list)
    number: re.Match[str] | None = None
    reveal: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, text: str, name: str, vocabulary: Vocabulary) -> None:
        self._file, self._known = name, vocabulary
        self._lines = re.sub(r"[\x00-\x08\x0b-\x1f]", "", text.replace("\r\n", "\n")).split("\n")
        self._problems: list[Problem] = []
        self._head = _Part("", 1)
        self._parts: list[_Part] = []

    def lesson(self) -> Lesson:
        if sum(map(len, self._lines)) > LARGEST:
            self._say(1, tr("This is too long for a lesson: at most {n} characters.", n=f"{LARGEST:,}"))
        else:
            self._read()
            sample = self._check_head()
            steps = tuple(self._step(part, sample) for part in self._parts)
            if not self._problems:
                head = self._head.pairs
                name = re.sub(r"\.md$", "", self._file)
                return Lesson(name, self._head.title, int(head["minutes"]), head["summary"], steps, sample)
        raise LessonInvalid(tuple(sorted(self._problems, key=lambda problem: problem.line)))

    def _say(self, line: int, sentence: str) -> None:
        self._problems.append(Problem(self._file, line, sentence))

    # Lines

    def _read(self) -> None:
        part, keys, within = self._head, True, ""
        for number, raw in enumerate(self._lines, 1):
            line = raw.strip().lstrip("\ufeff")
            self._check_line(number, line)
            if line.startswith("## "):
                part, keys, within = _Part(line[3:].strip(), number), True, "text"
                self._parts.append(part)
            elif line.startswith("# "):
                if self._head.title or self._parts:
                    self._say(number, tr("A lesson has one title. A step begins with “## ”."))
                self._head.title, self._head.line = line[2:].strip(), number
            elif re.match(r"#+($|[^#\s])|###", line):
                self._say(number, tr("Headings are “# Title” for the lesson and “## Title” for a step."))
            elif not line:
                keys, within = keys and not part.pairs, "reveal" if within == "reveal" else "text"
                self._add(part, within, "")
            elif keys and (pair := _PAIR.fullmatch(line)) and (part is self._head or not part.text):
                self._pair(number, part, pair[1], pair[2])
            elif part is self._head:
                self._say(number, tr("Before the first step there are only the title and the lines “minutes: …” and "
                                     "“summary: …”; text belongs to a step."))  # fmt: skip
            else:
                within = self._content(number, part, line, within)

    def _check_line(self, number: int, line: str) -> None:
        choice = _CHOICE.fullmatch(line)
        for pattern, sentence in _FOREIGN:
            if pattern.search(choice[2] if choice else line):
                self._say(number, tr(sentence))
                return

    def _pair(self, number: int, part: _Part, key: str, value: str) -> None:
        allowed = _HEAD_KEYS if part is self._head else _STEP_KEYS
        if key not in allowed:
            self._say(number, self._no(key, allowed, tr("“{key}:” says nothing here.", key=key)))
        elif key in part.pairs:
            self._say(number, tr("“{key}:” was said already.", key=key))
        elif not value:
            self._say(number, tr("“{key}:” says nothing.", key=key))
        else:
            part.pairs[key], part.lines[key] = value, number

    def _content(self, number: int, part: _Part, line: str, within: str) -> str:
        """A line of a step; what it belongs to."""
        if line.startswith(">"):
            part.lines.setdefault("reveal", number)
            part.reveal.append(line[1:].strip())
            return "reveal"
        if line.startswith("? "):
            if part.question:
                self._say(number, tr("A step asks one question: put the other one into a step of its own."))
            part.lines.setdefault("question", number)
            part.question.append(line[2:].strip())
            return "question"
        if choice := _CHOICE.fullmatch(line):
            if not part.question:
                self._say(number, tr("There is no question yet: it begins with “? ”."))
            if not choice[2]:
                self._say(number, tr("This choice has no text."))
            part.choices.append((choice[2], choice[1] in "xX"))
            return "choice"
        if line.startswith("=") and part.question:
            part.number = _NUMBER.fullmatch(line)
            part.lines.setdefault("number", number)
            if part.number is None:
                self._say(number, tr("A number is written as “= 64”, “= 64 ± 5”, or “= {figure} ± 10 %”.",
                                     figure="{top1}"))  # fmt: skip
            return "number"
        match within:
            case "question":
                part.question.append(line)
            case "choice":
                text, right = part.choices[-1]
                part.choices[-1] = f"{text} {line}", right
            case "reveal":
                self._say(number, tr("Every line of what is revealed begins with “>”; other text goes before the "
                                     "question."))  # fmt: skip
            case _:
                if part.question:
                    self._say(number, tr("After the question come its choices, or “= number”, and what is revealed, "
                                         "with “>”; other text goes before the question."))  # fmt: skip
                part.lines.setdefault("text", number)
                part.text.append(line)
        return within

    def _add(self, part: _Part, within: str, line: str) -> None:
        if part is not self._head and within == "text" and part.text:
            part.text.append(line)

    # What they say

    def _check_head(self) -> bool:
        """Whether it is about the sample."""
        head = self._head
        if not head.title:
            self._say(head.line, tr("A lesson begins with its title: “# Title”."))
        for key in ("minutes", "summary"):
            if key not in head.pairs:
                self._say(head.line, tr("“{key}: …” is missing below the title.", key=key))
        minutes = head.pairs.get("minutes", "1")
        if not (re.fullmatch(r"[0-9]{1,3}", minutes) and 1 <= int(minutes) <= LONGEST):
            self._say(head.lines["minutes"], tr("“{text}” is no number of minutes from 1 to {most}.", text=minutes,
                                                most=LONGEST))  # fmt: skip
        model = head.pairs.get("model", _MODELS[0])
        if model not in _MODELS:
            self._say(head.lines["model"], self._no(model, _MODELS, tr("“{name}” is no model.", name=model)))
        self._check_figures(head.pairs.get("summary", ""), head.lines.get("summary", 1), model == _MODELS[0])
        if not self._parts:
            self._say(len(self._lines), tr("There is no step: each begins with “## Title”."))
        elif len(self._parts) > MOST_STEPS:
            self._say(self._parts[MOST_STEPS].line, tr("A lesson has at most {n} steps.", n=MOST_STEPS))
        return model == _MODELS[0]

    def _step(self, part: _Part, sample: bool) -> Step:
        pairs, lines = part.pairs, part.lines
        text, question, reveal = (_joined(found) for found in (part.text, part.question, part.reveal))
        if not part.title:
            self._say(part.line, tr("This step has no title."))
        if not text:
            self._say(part.line, tr("This step has no text."))
        for key in ("page", "tab", "level", "target"):
            if key in pairs:
                self._check_name(key, pairs[key], lines[key])
        if "site" in pairs:
            self._check_site(pairs["site"], lines["site"], sample)
        if pairs.get("tab", "learn") != "learn" and ("page" in pairs or "level" in pairs):
            self._say(lines["tab"], tr("Pages and levels are those of the tab learn: leave “tab:” out."))
        if "until" in pairs:
            self._check_condition(pairs["until"], lines["until"], sample)
        elif "do" in pairs:
            self._say(lines["do"], tr("“do:” says what is waited for, and nothing is: add “until: …”."))
        prediction = self._prediction(part, question, sample) if question else None
        if question and not reveal:
            self._say(lines["question"], tr("Nothing is revealed: say what is right, and why, in lines that begin with "
                                            "“>”."))  # fmt: skip
        if reveal and not question and "until" not in pairs:
            self._say(lines["reveal"], tr("What is revealed follows a question (“? …”) or something to do "
                                          "(“until: …”)."))  # fmt: skip
        for part_text, key in ((text, "text"), (question, "question"), (reveal, "reveal"), (pairs.get("do", ""), "do")):
            self._check_figures(part_text, lines.get(key, part.line), sample)
        tab = "learn" if "page" in pairs or "level" in pairs else pairs.get("tab", "")
        return Step(
            part.title,
            text,
            pairs.get("target", ""),
            tab,
            pairs.get("until", ""),
            pairs.get("page", ""),
            pairs.get("level", ""),
            pairs.get("site", ""),
            pairs.get("do", ""),
            prediction,
            reveal,
        )

    def _prediction(self, part: _Part, question: str, sample: bool) -> Prediction | None:
        line, choices, number = part.lines["question"], tuple(part.choices), part.number
        for text, _ in choices:
            self._check_figures(text, line, sample)
        if number is not None and not choices:
            self._check_figures(number[1], part.lines["number"], sample)
            tolerance = float(number[2] or 0)
            return Prediction(question, (), number[1], tolerance, bool(number[3]))
        if choices and "number" in part.lines:
            self._say(line, tr("A question has choices or a number, not both."))
        elif "number" in part.lines:
            pass  # which is said already
        elif len(choices) < 2:
            self._say(line, tr("A question has at least two choices (“- [ ] wrong”, “- [x] right”), or a number "
                               "(“= 64 ± 5”)."))  # fmt: skip
        elif not any(right for _, right in choices):
            self._say(line, tr("No choice is right: mark those that are with “- [x]”."))
        elif len({text for text, _ in choices}) < len(choices):
            self._say(line, tr("Two choices say the same."))
        return Prediction(question, choices)

    # What is named

    def _check_name(self, kind: str, name: str, line: int) -> None:
        if not self._known.knows(kind, name):
            what = tr("“{name}” is not {kind}.", name=name, kind=tr(_KINDS[kind]))
            self._say(line, self._no(name, sorted(self._known.names[kind]), what))

    def _check_site(self, name: str, line: int, sample: bool) -> None:
        if sample and name not in _SAMPLE_SITES:
            last = SAMPLE_BLOCKS - 1
            self._say(line, tr("“{name}” is no site of the sample. They are blocks.0 to blocks.{last}, each with .attn "
                               "and .mlp.", name=name, last=last))  # fmt: skip

    def _check_condition(self, text: str, line: int, sample: bool) -> None:
        try:
            asked, about = condition(text)
        except KeyError:
            known = [f"{name} …" if one.about else name for name, one in CONDITIONS.items()]
            self._say(line, self._no(text, known, tr("“{name}” is nothing that can be waited for.", name=text)))
            return
        name = text.removesuffix(about).strip()
        if asked.about and not about:
            self._say(line, tr("“{name}” needs to say which: “until: {name} …”.", name=name))
        elif about and not asked.about:
            self._say(line, tr("“{name}” stands alone, without “{about}”.", name=name, about=about))
        else:
            self._check_about(asked.about, about, line, sample)

    def _check_about(self, kind: str, about: str, line: int, sample: bool) -> None:
        if kind == "site":
            self._check_site(about, line, sample)
        elif kind == "number":
            if not re.fullmatch(r"[1-9][0-9]{0,3}", about):
                self._say(line, tr("“{text}” is no number of a head: they are counted from 1.", text=about))
        elif kind:
            self._check_name(kind, about, line)

    def _check_figures(self, text: str, line: int, sample: bool) -> None:
        for mark in _marks(text):
            found = MARK.fullmatch(mark)
            name, about, more = found.groups(default="") if found is not None else ("", "", "")
            if found is None or name not in FIGURES:
                known = [f"{{{one}}}" for one in sorted(FIGURES)]
                self._say(line, self._no(mark, known, tr("“{name}” is no figure.", name=mark)))
                continue
            form = FIGURES[name]
            if bool(about) != bool(form.about) or (more and not form.more):
                parts = (f":{form.about.upper()}" if form.about else "", f"@{form.more.upper()}" if form.more else "")
                right = "{" + name + "".join(parts) + "}"
                self._say(line, tr("“{name}” is written as {form}.", name=mark, form=right))
                continue
            for kind, given in ((form.about, about), (form.more, more)):
                if given:
                    self._check_about(kind, given, line, sample)

    def _no(self, name: str, known: list[str] | tuple[str, ...], sentence: str) -> str:
        """The sentence, and what is meant by it perhaps, and all that there is, where that can be read."""
        near = get_close_matches(name, known, 3, 0.5)
        if near:
            sentence += " " + tr("Perhaps {names}?", names=", ".join(near))
        kinds = sorted({re.split(r"[:.]", one)[0] for one in known})
        if len(known) <= _LISTED or len(kinds) == len(known):
            return sentence + " " + tr("There are: {names}.", names=", ".join(known))
        return sentence + " " + tr("There are {n}, of these kinds: {names}.", n=len(known), names=", ".join(kinds))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _marks(text: str) -> Iterator[str]:
    """Everything in braces, and braces that belong to nothing."""
    for found in re.finditer(r"\{[^{}]*\}|[{}]", text):
        yield found[0]
