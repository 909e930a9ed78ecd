"""The source of classes, with the imports that it needs, for a script that stands alone."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

OWN = __name__.partition(".")[0]


def embedded(items: Iterable[Callable[..., Any]]) -> tuple[list[str], list[str]]:
    """Import lines and sources, in an order in which they can run, of classes and functions of this package and of
    whatever else of it they use."""
    imports: set[str] = set()
    sources: dict[str, str] = {}
    for found in items:
        _embed(found, imports, sources)
    return sorted(imports), list(sources.values())


def base_name(block: type) -> str:
    """What the source of a class calls its last base."""
    definition = ast.parse(_source(block)).body[0]
    assert isinstance(definition, ast.ClassDef)
    return ast.unparse(definition.bases[-1])


def _embed(item: Callable[..., Any], imports: set[str], sources: dict[str, str]) -> None:
    source = _source(item)
    scope = vars(sys.modules[item.__module__]) | _bases(item)
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    for name in sorted(names & scope.keys() - sources.keys() - {item.__name__}):
        value = scope[name]
        if isinstance(value, ModuleType):
            plain = value.__name__ == name
            parent, _, last = value.__name__.rpartition(".")
            imports.add(f"import {name}" if plain else f"from {parent} import {last}{_renamed(last, name)}")
        elif value.__module__.partition(".")[0] == OWN:
            _embed(value, imports, sources)
        else:
            imports.add(f"from {value.__module__} import {value.__name__}{_renamed(value.__name__, name)}")
    sources[item.__name__] = source


def _source(item: Callable[..., Any]) -> str:
    """A class that was made for one model brings its source along."""
    made: str | None = vars(item).get("SOURCE")
    return made or inspect.getsource(item)


def _bases(item: Callable[..., Any]) -> dict[str, type]:
    """What the source of such a class names besides what its file does."""
    if not isinstance(item, type) or "SOURCE" not in vars(item):
        return {}
    return {base.__name__: base for base in item.__bases__}


def _renamed(name: str, to: str) -> str:
    return "" if name == to else f" as {to}"
