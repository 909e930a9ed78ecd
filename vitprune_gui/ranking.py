"""What people mean by a few letters: entries that fit, the best first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# Words that people take for one another; who types one of them finds the others.
_ALIKE = (
    ("settings", "preferences", "options", "configuration"),
    ("colour", "color"),
    ("colours", "colors"),
    ("analyse", "analyze", "analysis"),
    ("remove", "prune", "delete", "drop", "cut"),
    ("restore", "keep"),
    ("evaluate", "evaluation", "measure", "accuracy"),
    ("centre", "center"),
    ("licence", "license"),
    ("picture", "image", "photo"),
    ("pictures", "images", "photos"),
    ("panel", "dock", "pane"),
    ("shortcuts", "keys", "keyboard", "hotkeys"),
    ("cancel", "stop", "abort"),
    ("save", "store", "write"),
    ("dark", "night"),
    ("light", "day"),
)
_SITES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose. `name` tells it from all others, `words` are others that find it; with a `reason` it cannot
    be chosen now. A `site` is shown to those who ask for one, and never more than a few."""

    name: str
    title: str
    run: Callable[[], object]
    where: str = ""
    keys: str = ""
    words: str = ""
    reason: str = ""
    on: bool = False
    site: bool = False


class Ranking:
    """Takes entries apart once, so that each key costs little. `used` has names, the latest first."""

    def __init__(self, entries: Iterable[Entry], used: Sequence[str] = ()) -> None:
        self._items = [_Item(entry) for entry in entries]
        self._used = {name: place for place, name in enumerate(used)}
        self._late = len(used)

    def find(self, query: str) -> list[Entry]:
        """Those that every word of `query` fits: as the beginning of a word first, then inside of one, then as letters
        in that order. Among equals what was used lately, what can be done, what is short, what comes first."""
        tokens = [(token, _letters(token)) for token in query.casefold().split()]
        if not tokens:
            known = [item.entry for item in self._items if not item.entry.site]
            return sorted(known, key=lambda entry: (bool(entry.reason), self._used.get(entry.name, self._late)))
        found: list[tuple[tuple[float, int, bool, int, int], Entry]] = []
        for place, item in enumerate(self._items):
            score = item.score(tokens)
            if score:
                entry = item.entry
                used = self._used.get(entry.name, self._late)
                found.append(((-score, used, bool(entry.reason), len(entry.title), place), entry))
        found.sort(key=lambda pair: pair[0])
        sites = 0
        kept: list[Entry] = []
        for _, entry in found:
            sites += entry.site
            if not entry.site or sites <= _SITES_SHOWN:
                kept.append(entry)
        return kept


class _Item:
    """An entry as it is compared: everything in small letters."""

    __slots__ = ("_all", "_initials", "_others", "_title", "_words", "entry")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._title = entry.title.casefold()
        self._words = tuple(re.findall(r"\w+", self._title))
        self._initials = "".join(word[0] for word in self._words)
        others = set(re.findall(r"\w+", f"{entry.words} {entry.where}".casefold()))
        for alike in _ALIKE:
            if any(word in alike for word in (*self._words, *others)):
                others.update(alike)
        self._others = tuple(others.difference(self._words))
        self._all = " ".join((self._title, *self._others))

    def score(self, tokens: list[tuple[str, re.Pattern[str]]]) -> float:
        """0 where a token fits nowhere. Each comes with its `_letters`."""
        total = 0.0
        for token, letters in tokens:
            fits = self._fit(token, letters)
            if not fits:
                return 0.0
            total += fits
        said = " ".join(token for token, _ in tokens)
        whole = 2 if self._title == said else 1 if len(tokens) > 1 and self._title.startswith(said) else 0
        return total / len(tokens) + whole

    def _fit(self, token: str, letters: re.Pattern[str]) -> float:
        if self._title.startswith(token):
            return 5.0
        if token in self._words:
            return 4.5
        if any(word.startswith(token) for word in self._words):
            return 4.0
        if token in self._others:
            return 3.5
        if any(word.startswith(token) for word in self._others):
            return 3.0
        if len(token) > 1 and self._initials.startswith(token):
            return 2.5
        if token in self._title:
            return 2.0
        return 1.0 if len(token) > 2 and letters.search(self._all) else 0.0


def _letters(token: str) -> re.Pattern[str]:
    """A word that begins as `token` does and has its letters in order, with at most two others between them."""
    return re.compile(r"\b" + r".{0,2}?".join(map(re.escape, token)))
