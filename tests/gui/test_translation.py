"""The window in other languages: nothing is missing, nothing is lost on the way, what ships is the latest."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from vitprune_gui.translation import LANGUAGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "vitprune_resources" / "translations"
# What takes a text that people read, and has no other use for one.
SETTERS = {
    "setText", "setToolTip", "setStatusTip", "setWhatsThis", "setWindowTitle", "setTitle", "setPlaceholderText",
    "setAccessibleName", "setAccessibleDescription", "addTab", "addAction", "addMenu", "addRow", "setTabText",
    "setSuffix", "setPrefix", "setSpecialValueText", "setInformativeText", "setLabelText", "addItem",
    "QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QToolButton", "QAction", "QDockWidget", "QMenu",
}  # fmt: skip
# Attributes whose texts are collected where they are written: by `noop` in tables of the window, or from the engine.
COLLECTED = {
    "title", "what", "unit", "description", "word", "text", "tip", "note", "fixed", "reason", "stage", "paper", "axis",
    "banded", "name", "action", "value", "target", "prefix", "granularity",
}  # fmt: skip
CODE = re.compile(r"^vitprune |\w=\w|^ViTPrune ?$")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_translations", ROOT / "tools" / "make_translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def collected(tool: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translations")
    for path in FOLDER.glob("*.ts"):
        shutil.copy(path, folder)
    tool.collect(folder)
    tool.compile_all(folder)
    return folder


def messages(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Source, comment, and all forms of the translation; none where it is not finished."""
    for message in ElementTree.parse(path).getroot().iter("message"):
        found = message.find("translation")
        assert found is not None
        forms = [form.text or "" for form in found.iter("numerusform")] or [found.text or ""]
        source = message.findtext("source") or ""
        yield source, message.findtext("comment") or "", [] if found.get("type") else forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_window_is_translated(collected: Path, language: str) -> None:
    found = list(messages(collected / f"vitprune_{language}.ts"))
    assert [(source, comment) for source, comment, forms in found if not forms or not all(forms)] == []
    assert len(found) > (1500 if language == "de" else 50)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_ships_is_what_the_sources_say(collected: Path, language: str) -> None:
    assert sorted(messages(collected / f"vitprune_{language}.ts")) == sorted(
        messages(FOLDER / f"vitprune_{language}.ts")
    )
    name = f"vitprune_{language}.qm"
    assert (collected / name).read_bytes() == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_room_for_the_same_values(language: str) -> None:
    for source, _, forms in messages(FOLDER / f"vitprune_{language}.ts"):
        wanted = sorted(re.findall(r"\{\w*\}", source))
        for form in forms:
            assert sorted(re.findall(r"\{\w*\}", form)) == wanted, source
            assert form.count("&") - 2 * form.count("&&") == source.count("&") - 2 * source.count("&&"), source
        if "%n" in source:
            assert "%n" in forms[-1], source


def test_no_text_is_shown_without_a_chance_of_translation() -> None:
    """A literal that goes straight into a widget, or an f-string with words in it."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {text!r}"
        for path in sorted((ROOT / "vitprune_gui").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in SETTERS
        for argument in node.args
        for text in literals(argument)
        if re.search(r"[A-Za-z]{3}", re.sub("<[^>]*>", "", text)) and not CODE.search(text)
    ]
    assert found == []


def test_every_text_that_is_translated_is_one_that_the_tool_finds() -> None:
    """It reads no f-string; and what is no literal has to come from where literals are collected."""
    found = []
    for path in sorted((ROOT / "vitprune_gui").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        within = {id(call) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for call in calls(node)}
        found += [
            f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)}"
            for call in calls(tree)
            if (isinstance(call.args[0], ast.Constant) and id(call) in within) or not known(call.args[0])
        ]
    assert found == []


@pytest.mark.parametrize(
    "line", ['tr(f"{count} images")', 'tr("one" + "two")', 'tr("one" if few else "two")', 'tr("one %s" % name)']
)
def test_a_text_that_is_put_together_is_none_that_the_tool_finds(line: str) -> None:
    (call,) = calls(ast.parse(line))
    assert not known(call.args[0])


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
            yield node


def known(text: ast.expr) -> bool:
    """Whether a text is a literal, from a table, or of a collected attribute."""
    match text:
        case ast.Constant(value=str()) | ast.Name():
            return True
        case ast.Attribute(attr=attr):
            return attr in COLLECTED or attr.startswith("_")
        case ast.Subscript(value=value):  # of a table
            return isinstance(value, ast.Call) or known(value) or "words" in ast.unparse(value)
        case ast.Call(func=ast.Attribute(attr="get"), args=[_, otherwise]):
            return known(otherwise) or isinstance(otherwise, ast.Call)
        case ast.Call(func=ast.Name(id="str" | "noop"), args=[inside, *_]):
            return known(inside)
        case ast.IfExp(body=body, orelse=orelse):
            return all(known(part) and not isinstance(part, ast.Constant) for part in (body, orelse))
        case ast.BoolOp(values=values):
            return all(map(known, values))
    return False


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )


@pytest.mark.skipif(sys.platform != "linux", reason="looks at what this system says of memory")
def test_an_update_may_write_over_the_words_of_an_open_window() -> None:
    looks = (
        "from PySide6.QtCore import QCoreApplication; from vitprune_gui.translation import install, tr\n"
        "application = QCoreApplication([]); install(application, 'de')\n"
        "print(tr('Evaluate'), 'vitprune_de.qm' in open('/proc/self/maps').read())"
    )
    said = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["Auswerten", "False"]
