"""A lesson on paper: what to do and what is asked, with room for answers, and the key on a page of its own at the
end. As a web page or as PDF, written on the thread that saves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from PySide6.QtGui import QFont, QTextDocument

from vitprune_gui.learn.lessons import Lesson, rich
from vitprune_gui.runner import LiveJob, Request
from vitprune_gui.tour import Prediction, Step
from vitprune_gui.translation import spoken, tr

SUFFIXES = (".pdf", ".html")

_LINES = 2  # of room for an answer
_BOX, _TICKED = "\N{BALLOT BOX}", "\N{BALLOT BOX WITH CHECK}"
_POINTS = 10
_RULE = (
    '<table width="100%" cellspacing="0"><tr><td class="rule" '
    'style="border-bottom: 1px solid #888888; font-size: 16px">&#160;</td></tr></table>'
)
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; line-height: 1.4; max-width: 44em; margin: 2em auto; padding: 0 1em; }}
td.rule {{ height: 2em; }}
@media print {{ body {{ margin: 0; max-width: none; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""

Filled = Callable[[str], str]
"""Puts figures into a text."""


def body(lesson: Lesson, filled: Filled, right: Callable[[Prediction], float | None]) -> str:
    """The sheet as HTML that Qt can set as well. `right` says which number is."""
    name, date, answers = tr("Name"), tr("Date"), tr("Key: {title}", title=lesson.title)
    parts = [
        f"<h1>{escape(lesson.title)}</h1>",
        f"<p>{_inside(lesson.summary, filled)}</p>",
        f"<p>{escape(name)}: ______________________ &#160; {escape(date)}: ____________</p>",
    ]
    key = [f'<h2 style="page-break-before: always">{escape(answers)}</h2>']
    for number, step in enumerate(lesson.steps, 1):
        heading = escape(tr("{n}  {title}", n=number, title=step.title))
        parts += [f"<h3>{heading}</h3>", *_asked(step, filled)]
        if step.reveal:
            key += [f"<h3>{heading}</h3>", *_answered(step, filled, right)]
    return "\n".join([*parts, *key])


def page(lesson: Lesson, inside: str) -> str:
    return _PAGE.format(language=spoken(), title=escape(lesson.title), body=inside)


def document(inside: str) -> QTextDocument:
    made = QTextDocument()
    made.setUndoRedoEnabled(False)
    made.setDocumentMargin(0)
    font = QFont("sans-serif")
    font.setPixelSize(_POINTS)
    made.setDefaultFont(font)
    sizes = "h1 { font-size: 18px } h2 { font-size: 15px } h3 { font-size: 12px } p, li { font-size: 10px }"
    made.setDefaultStyleSheet(sizes)
    made.setHtml(inside)
    return made


def _asked(step: Step, filled: Filled) -> list[str]:
    parts = []
    if step.prediction is not None:
        parts.append(f"<p><b>{_inside(step.prediction.question, filled)}</b></p>")
        if step.prediction.choices:
            parts += [f"<p>{_BOX} {_inside(text, filled)}</p>" for text, _ in step.prediction.choices]
        else:
            own = tr("My prediction")
            parts.append(f"<p>{escape(own)}: ______________</p>")
    if step.do:
        task = tr("Do", "what the reader is to do")
        parts.append(f"<p><i>{escape(task)}:</i> {_inside(step.do, filled)}</p>")
    if step.reveal:
        asked = tr("Why?") if step.prediction is not None else tr("What do you see?")
        parts += [f"<p>{escape(asked)}</p>", *[_RULE] * _LINES]
    return parts or [rich(step.text if "{" not in step.text else filled(step.text))]


def _answered(step: Step, filled: Filled, right: Callable[[Prediction], float | None]) -> list[str]:
    parts = []
    if step.prediction is not None and step.prediction.choices:
        parts += [f"<p>{_TICKED} {_inside(text, filled)}</p>" for text, so in step.prediction.choices if so]
    elif step.prediction is not None:
        number = right(step.prediction)
        told = f"{number:.6g}" if number is not None else tr("It is not measured yet.")
        parts.append(f"<p><b>{escape(told)}</b></p>")
    return [*parts, rich(filled(step.reveal))]


def _inside(text: str, filled: Filled) -> str:
    """One paragraph without its tags."""
    return rich(filled(text)).removeprefix('<p style="margin: 4px 0">').removesuffix("</p>")


@dataclass(frozen=True)
class WriteWorksheet(Request):
    """Answer: the path that was written; its suffix says how."""

    topic: ClassVar[str] = "worksheet"
    lesson: Lesson = field(repr=False)
    inside: str = field(repr=False)
    path: Path

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: object, job: LiveJob) -> Path:
        if self.path.suffix.lower() == ".pdf":
            content = import_module("vitprune_gui.pdf").printed(document(self.inside), self.lesson.title)
        else:
            content = page(self.lesson, self.inside).encode()
        job.check()
        import_module("vitprune.sessions.part").write(self.path, content)
        return self.path
