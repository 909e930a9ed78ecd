"""Sentences of the engine in the language of the window: none is lost, and without a language none changes."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtCore import QTranslator

from tests.gui import synthetic
from vitprune import lossless
from vitprune.document import Chart, Section, Table
from vitprune.lineup import Lineup, line_up
from vitprune.lineup_report import sections
from vitprune.plan import PruningPlan
from vitprune.published import Comparison, Published
from vitprune.results import Environment, Session
from vitprune.statistics import Estimate
from vitprune_gui.views import retelling
from vitprune_gui.views.retelling import retold, retold_section
from vitprune_gui.views.verdicts import published_in_words

ROOT = Path(__file__).parents[2]
FIGURES = {"", "p", "M parameters left", "ms", "ViTPrune"}
HERE = Environment("1.0", "2.14", "1.0.31", "3.11", "Linux", "cpu", "cpu", 2)


class Marked(QTranslator):
    """Says what is in the catalogue, with a mark before it."""

    def __init__(self, known: set[str]) -> None:
        super().__init__()
        self._known = known

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, comment: Any = None, n: int = -1) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return f"§{text}" if text in self._known else None


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_translations", ROOT / "tools" / "make_translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def marked(qapp: Any, tool: ModuleType) -> Iterator[None]:
    translator = Marked({*tool.engine_words(), *retelling._TEMPLATES, *retelling._TITLES})
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


@pytest.fixture(scope="module")
def lineup() -> Lineup:
    """Sessions that differ in all that a report has a topic for."""
    model = synthetic.architecture()
    made: dict[str, Session] = {}
    for name, sites, action, accuracy in (
        ("good", ("blocks.1.attn",), "remove", 0.85),
        ("poor", ("blocks.2.mlp", "blocks.3.mlp"), "linear", 0.60),
        ("bare", (), "remove", 0.85),
    ):
        plan = PruningPlan.of(model, dict.fromkeys(sites, action))
        whole = synthetic.evaluation(model, PruningPlan.of(model), accuracy=0.87, milliseconds=400)
        found = synthetic.evaluation(model, plan, accuracy=accuracy, milliseconds=300, seed=len(name))
        seen = () if name == "bare" else (whole, found)
        environment = replace(HERE, torch="2.15" if name == "poor" else "2.14")
        made[name] = Session(
            synthetic.model_reference(model), model, plan, environment, "2026-01-02T03:04:05+00:00",
            data=synthetic.data(), scores=synthetic.scores(model, seed=len(made)), evaluations=seen,
        )  # fmt: skip
    return line_up(made, "good", margin=0.01)


def texts(section: Section, names: set[str]) -> Iterator[str]:
    """All that is no figure and no name."""
    yield section.title
    for part in section.parts:
        match part:
            case str() if not part.startswith("vitprune compare "):
                yield part
            case Table():
                yield from (title for title in part.columns if title not in FIGURES | names)
            case Chart():
                yield from (part.title, part.x)


def test_a_report_stays_as_it_is_in_its_own_language(lineup: Lineup) -> None:
    for topic, section in sections(lineup, {}, ["Left out: It is cut short. [SESSION_DAMAGED]"]).items():
        assert retold_section(section, lineup.entries) == section, topic


def test_all_of_a_report_is_told_in_another_language(lineup: Lineup, marked: None) -> None:
    found = sections(lineup, {}, ["Left out: It is cut short. [SESSION_DAMAGED]"])
    assert {"glance", "worth", "settings", "plans", "cost", "time", "frontier", "ranks", "profiles"} <= set(found)
    plain = [
        (topic, text)
        for topic, section in found.items()
        if topic not in ("classes", "flips")  # pages of their own
        for text in texts(retold_section(section, lineup.entries), set(lineup.entries))
        if not text.startswith("§")
    ]
    assert plain == []
    glance = retold_section(found["glance"], lineup.entries)
    said = next(part for part in glance.parts if isinstance(part, str) and "poor" in part)
    assert said.startswith("§poor against good (§paired): §§top-1 accuracy ")
    assert "; §not shown" not in said
    table = next(part for part in glance.parts if isinstance(part, Table))
    assert [row[1] for row in table.rows] == ["good", "poor", "bare"]
    assert [row[-1] for row in table.rows] == [
        "§the baseline; §the newest evaluation of its plan",
        "§the newest evaluation of its plan",
        "§nothing was evaluated",
    ]
    axes = " ".join(
        f"{part.x} {part.y}"
        for topic in ("worth", "frontier")
        for part in retold_section(found[topic], lineup.entries).parts
        if isinstance(part, Chart)
    )
    assert "(§millions)" in axes
    assert "(§pp)" in axes
    assert " §pp " in said
    plans = retold_section(found["plans"], lineup.entries).parts
    assert plans[0] == "§good, the baseline, removes 1 branch."
    assert plans[1] == (
        "§poor: 0 of the branches go in both; §only the baseline's: blocks.1.attn; §only this one's: blocks.2.mlp, "
        "blocks.3.mlp."
    )


def test_reasons_of_rewrites_are_told(marked: None) -> None:
    folder = Path(lossless.__file__).parent
    said = [text for path in folder.glob("*.py") for text in _reasons(path.read_text("utf-8"))]
    assert len(said) > 15
    assert [text for text in said if not retold(text).startswith("§")] == []
    assert retold("NaFlexBlock is not covered") == "§NaFlexBlock is not covered"


def _reasons(source: str) -> list[str]:
    return re.findall(r'(?:return|else) "([a-z][^"]* [^"]*)"', source) + re.findall(r'{"": "([^"]*)"}', source)


@pytest.mark.parametrize(
    ("value", "classes", "n"), [(0.86, 1000, 50000), (0.86, 1000, 600), (0.5, 1000, 600), (0.86, 90, 600)]
)
def test_what_is_published_is_said_as_the_engine_says_it(qapp: Any, value: float, classes: int, n: int) -> None:
    known = Published("vit_tiny", 0.8511, None, 224, "a table")
    found = Comparison(known, Estimate(value, value - 0.02, value + 0.02, n), classes)
    assert published_in_words(found) == found.sentence
