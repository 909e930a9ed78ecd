"""Collects the window's words into Linguist files and compiles them: run it after changing any text of the window.

    python tools/make_translations.py            updates translations/vitprune_*.ts, compiles .qm
    linguist resources/vitprune_resources/translations/vitprune_de.ts     to translate

English needs its plurals alone: the source texts are English as they stand, and their "(s)" says what the forms are.
What the engine names, metrics, measures, methods, stages of a job and reasons why a site stays, is translated where it
is shown.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vitprune.formats import FOLDER as WEIGHTS
from vitprune.formats import FORMATS
from vitprune.frontier import COSTS
from vitprune.lineup import SETTINGS
from vitprune.lossless import rules
from vitprune.measures import MEASURES
from vitprune.plan import Action, Target
from vitprune.profiles import BY_DEPTH, BY_SITE
from vitprune.scores import METRICS, SELECTIONS
from vitprune.selection import methods

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "resources" / "vitprune_resources" / "translations"
ENGINE = ROOT / "core" / "vitprune"
OF_LANGUAGE = {"de": ["-target-language", "de_DE"], "en": ["-target-language", "en_GB", "-pluralonly"]}


def collect(folder: Path = FOLDER) -> None:
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "vitprune_gui").rglob("*.py"))
    with tempfile.TemporaryDirectory() as name:
        engine = Path(name) / "engine.py"
        engine.write_text("".join(f"tr({text!r})\n" for text in dict.fromkeys(engine_words()) if text), "utf-8")
        for language, options in OF_LANGUAGE.items():
            command = ["lupdate", "-silent", "-no-obsolete", "-locations", "none", "-tr-function-alias", "tr+=noop"]
            _run([*command, *options, *sources, str(engine), "-ts", str(folder / f"vitprune_{language}.ts")])


def engine_words() -> Iterator[str]:
    for metric in METRICS.values():
        yield from (metric.title, metric.description, metric.unit)
    yield from SELECTIONS.values()
    for measured in (*MEASURES.values(), *COSTS.values()):
        yield from (measured.title, measured.unit)
    for known in (*methods().values(), *rules()):
        yield from (known.title, known.what)
    for form in (WEIGHTS, *FORMATS):
        yield from (form.title, form.what)
    yield from map(str, (*Action, *Target))
    yield from (*SETTINGS, BY_SITE, BY_DEPTH)
    for path in (*sorted((ENGINE / "lossless").glob("*.py")), ENGINE / "lineup.py", ENGINE / "lineup_report.py"):
        yield from _reported(ast.parse(path.read_text("utf-8")))
    for path in sorted((ROOT / "core" / "vitprune").rglob("*.py")) + sorted((ROOT / "vitprune_gui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="progress"), args=[stage, *_, unit]):
                    yield from (*_words(stage), *_words(unit))
                case ast.keyword(arg="stage" | "whole", value=said):
                    yield from _words(said)
                case ast.Call(func=ast.Attribute(attr="ended"), args=[ast.Constant(str(why))]):
                    yield why
                case ast.keyword(arg="fixed", value=ast.Lambda(body=body)):
                    yield from _sentences(body)
                case ast.FunctionDef(name="_fixed" | "_unread" | "_why_not"):
                    yield from _sentences(*(n for n in ast.walk(node) if isinstance(n, ast.Return)))


def _reported(tree: ast.Module) -> Iterator[str]:
    """What a report says in fixed words, and why a rewrite does not apply."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            returned = ast.unparse(node.returns)
            if "Section" in returned or "Chart" in returned:
                yield from (text for part in node.body for text in _words(part))
            else:
                found = (one for one in ast.walk(node) if isinstance(one, ast.Return | ast.Assign))
                yield from (text for one in found for text in _words(one) if " " in text)


def _words(node: ast.AST) -> Iterator[str]:
    """Literal texts that stand alone, or in what a document is made of."""
    match node:
        case ast.Constant(value=str(text)):
            if re.match(r"[A-Za-z].*[a-z]", text) and ".html" not in text and text == text.strip():
                yield text
        case ast.JoinedStr() | ast.Subscript() | ast.Expr(value=ast.Constant()) | ast.Compare():
            return
        case ast.Call(func=function) if ast.unparse(function).rpartition(".")[2] not in (
            "Section", "Chart", "Table", "append", "tuple", "dict", "list",
        ):  # fmt: skip
            return
        case _:
            for part in node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node):
                yield from _words(part)


def _sentences(*nodes: ast.AST) -> Iterator[str]:
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.endswith("."):
                yield part.value


def count_in_english(path: Path) -> None:
    """Fill in the forms of what is counted: "%n branch(es)" is one branch, or several branches."""

    def forms(found: re.Match[str]) -> str:
        source = found["source"]
        one, several = re.sub(r"\(e?s\)", "", source), re.sub(r"\((e?s)\)", r"\1", source)
        room = found["room"]
        filled = "".join(f"{room}    <numerusform>{text}</numerusform>" for text in (one, several))
        return f"{found['before']}<translation>{filled}{room}</translation>"

    unfinished = (
        r"(?P<before><source>(?P<source>[^<]*)</source>(?P<room>\s*)(?:<comment>[^<]*</comment>\s*)?)"
        r"<translation type=\"unfinished\">\s*(?:<numerusform></numerusform>\s*)+</translation>"
    )
    path.write_text(re.sub(unfinished, forms, path.read_text("utf-8")), "utf-8")


def compile_all(folder: Path = FOLDER) -> None:
    for path in folder.glob("*.ts"):
        _run(["lrelease", "-silent", "-nounfinished", str(path), "-qm", str(path.with_suffix(".qm"))])


def _run(command: list[str]) -> None:
    tool, *arguments = command
    subprocess.run([Path(sys.executable).parent / f"pyside6-{tool}", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    collect()
    count_in_english(FOLDER / "vitprune_en.ts")
    compile_all()
