"""A report as plain values, written as text, as Markdown, or as one HTML file that loads nothing from anywhere.

Whatever text comes in, class names and paths of others too, is shown as text and does nothing.
"""

from __future__ import annotations

import base64
import html as markup
import math
import re
import struct
import textwrap
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitprune.errors import SaveFailed

TEXT = 120  # characters of a line of a terminal
WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 44
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#2f8fc9", "#333333", "#7b3fa0")
"""Those of Okabe and Ito, darkened where white lies behind: told apart by the colour-blind too."""
ON_DARK = ("#56b4e9", "#ff8c42", "#2ecf9c", "#e39ac3", "#f0e442", "#b5d8ff", "#dddddd", "#c79bff")
LEGEND = 20  # characters of a name
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # categories of Unicode: what a terminal obeys, or cannot show
MARKS = ("circle", "square", "diamond")


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval; bounds that are not numbers are not drawn."""

    x: float
    y: float
    low: float = math.nan
    high: float = math.nan
    label: str = ""


@dataclass(frozen=True)
class Chart:
    """Named series of points, joined by lines. Drawn in HTML alone: elsewhere the figures are in tables. A series
    without points keeps its colour for charts beside this one. `numbered`: x counts things, which no line joins. With a
    `front`, that is the one line, through the best of all series."""

    title: str
    x: str
    y: str
    series: tuple[tuple[str, tuple[Point, ...]], ...]
    numbered: bool = False
    front: tuple[Point, ...] = ()

    @property
    def joined(self) -> bool:
        """Whether lines join the points of each series."""
        return not self.numbered and not self.front


@dataclass(frozen=True)
class Gallery:
    """Small pictures, (height, width, 3) uint8 each, with what is said of them. Shown in HTML alone."""

    pictures: tuple[tuple[str, NDArray[np.uint8]], ...]


Part = str | Table | Chart | Gallery


@dataclass(frozen=True)
class Section:
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Document:
    title: str
    sections: tuple[Section, ...]


def markdown(document: Document) -> str:
    lines = [f"# {_marked(document.title)}", ""]
    for section in document.sections:
        lines += [f"## {_marked(section.title)}", ""]
        for part in section.parts:
            match part:
                case str():
                    lines += [_marked(part), ""]
                case Table():
                    lines += [_row(part.columns), "|---" * len(part.columns) + "|", *map(_row, part.rows), ""]
    return "\n".join(lines)


def html(document: Document) -> str:
    body = [f"<h1>{_escaped(document.title)}</h1>"]
    for section in document.sections:
        body.append(f"<h2>{_escaped(section.title)}</h2>")
        for part in section.parts:
            match part:
                case str():
                    body.append(f"<p>{_escaped(part)}</p>")
                case Table():
                    body += _table(part)
                case Chart():
                    body.append(f"<figure>{_drawn(part)}<figcaption>{_escaped(part.title)}</figcaption></figure>")
                case Gallery():
                    body += _pictures(part)
    colours = {"light": _palette(COLOURS), "dark": _palette(ON_DARK)}
    return PAGE.format(title=_escaped(document.title), body="\n".join(body), **colours)


def svg(chart: Chart) -> str:
    """A chart as an SVG file of its own, dark on light; "" where there is nothing to draw."""
    drawn = _drawn(chart).replace('class="grid"', 'stroke="#dddddd"')
    for number, colour in enumerate(COLOURS):
        drawn = drawn.replace(f'class="c{number}"', f'color="{colour}"')
    named = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="11" fill="#222222"'
    return drawn.replace("<svg ", f"<svg {named} ", 1)


def plain(document: Document) -> str:
    """For a terminal: columns aligned, without charts."""
    lines = [_visible(document.title), ""]
    for section in document.sections:
        lines += [_visible(section.title), "-" * len(_visible(section.title))]
        for part in section.parts:
            match part:
                case str():
                    lines += textwrap.wrap(_visible(part), TEXT) or [""]
                case Table():
                    lines += ["", *_aligned(part)]
        lines.append("")
    return "\n".join(lines).rstrip()


def encoded(document: Document, path: Path) -> bytes:
    """What a file holds: Markdown where it is called .md, and HTML otherwise."""
    return (markdown(document) if path.suffix.lower() == ".md" else html(document)).encode()


def write(document: Document, path: Path) -> None:
    """Write it, to a terminal or a pipe as well. Raises `SaveFailed`."""
    try:
        path.write_bytes(encoded(document, path))
    except OSError as error:
        raise SaveFailed(f"{path} could not be written: {error.strerror}.", hint="Choose another folder.") from error


def _aligned(table: Table) -> Iterator[str]:
    rows = [[_visible(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _palette(colours: Sequence[str]) -> str:
    return " ".join(f".c{number} {{ color: {colour} }}" for number, colour in enumerate(colours))


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --page: #fff; --text: #222; --quiet: #555; --line: #ddd }}
{light}
@media (prefers-color-scheme: dark) {{
:root {{ --page: #16181c; --text: #ddd; --quiet: #aaa; --line: #3a3d44 }}
{dark}
}}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
max-width: 76em; margin: 2em auto; padding: 0 1em }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums }}
th, td {{ padding: .2em .8em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }}
figure {{ margin: 1em 0; display: inline-block }}
figcaption {{ font-size: 90%; color: var(--quiet) }}
.small {{ display: flex; flex-wrap: wrap; gap: .6em }}
.small figure {{ margin: 0; width: 110px; overflow-wrap: anywhere }}
.small img {{ image-rendering: pixelated }}
svg {{ width: 100%; max-width: 640px; height: auto; font: 11px system-ui, sans-serif }}
svg text {{ fill: var(--text) }}
.grid {{ stroke: var(--line) }}
</style></head><body>
{body}
</body></html>
"""


def printable(text: str) -> str:
    """What cannot be seen, would turn the text around or is obeyed by a terminal is written out; a new line is kept."""
    return "".join(
        c.encode("unicode_escape").decode() if c != "\n" and unicodedata.category(c) in UNSEEN else c for c in text
    )


def _visible(text: str) -> str:
    """The same on one line."""
    return printable(" ".join(text.split()))


def _escaped(text: str) -> str:
    return markup.escape(_visible(text))


def _marked(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#~$])", r"\\\1", _visible(text)).replace("&", "&amp;")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_marked, cells)) + " |"


def _pictures(gallery: Gallery) -> Iterator[str]:
    yield '<div class="small">'
    for text, pixels in gallery.pictures:
        source = base64.b64encode(_png(pixels)).decode()
        height, width, _ = pixels.shape
        said = _escaped(text)
        image = f'<img src="data:image/png;base64,{source}" width="{width}" height="{height}" alt="{said}"/>'
        yield f"<figure>{image}<figcaption>{said}</figcaption></figure>"
    yield "</div>"


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """RGB of 8 bits, no line filtered (PNG specification, 3rd edition, sections 5 and 11)."""
    height, width, _ = pixels.shape
    lines = np.hstack([np.zeros((height, 1), np.uint8), pixels.reshape(height, 3 * width)])

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table><thead>' + _cells("th", table.columns) + "</thead><tbody>"
    yield from (_cells("td", row) for row in table.rows)
    yield "</tbody></table></div>"


def _cells(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_escaped(cell)}</{tag}>" for cell in cells) + "</tr>"


def _drawn(chart: Chart) -> str:
    points = [point for _, series in chart.series for point in series if math.isfinite(point.x + point.y)]
    if not points:
        return ""
    xs = _ticks([point.x for point in points])
    if chart.numbered:
        first, last = (round(end(point.x for point in points)) for end in (min, max))
        step = max(1, (last - first) // 10)
        xs = [float(number) for number in range(first - 1, last + 1 + step, step)]
    ys = _ticks([v for point in points for v in (point.y, point.low, point.high) if math.isfinite(v)])
    height = HEIGHT + 16 * -(-len(chart.series) // 4)  # the legend has four names a line

    def x(value: float) -> float:
        return LEFT + (value - xs[0]) / (xs[-1] - xs[0]) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - ys[0]) / (ys[-1] - ys[0]) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_escaped(chart.title)}">']
    for tick in ys:
        parts.append(f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    below = f'y="{HEIGHT - BOTTOM + 16}" text-anchor="middle"'
    parts += [f'<text x="{x(tick):.1f}" {below}>{tick:.4g}</text>' for tick in xs]
    parts.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{_escaped(chart.x)}</text>')
    turned = f'transform="rotate(-90 14 {HEIGHT / 2})" x="14" y="{HEIGHT / 2}"'
    parts.append(f'<text {turned} text-anchor="middle">{_escaped(chart.y)}</text>')
    if chart.front:
        line = " ".join(f"{x(point.x):.1f},{y(point.y):.1f}" for point in chart.front)
        parts.append(f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-opacity=".5"/>')
    for number, (name, series) in enumerate(chart.series):
        colour = f"c{number % len(COLOURS)}"
        mark = MARKS[number // len(COLOURS) % len(MARKS)]
        known = [point for point in series if math.isfinite(point.x + point.y)]
        if not known:
            continue
        line = " ".join(f"{x(point.x):.1f},{y(point.y):.1f}" for point in known)
        parts.append(f'<g class="{colour}">')
        if chart.joined:
            parts.append(f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-opacity=".5"/>')
        for point in known:
            parts.append(f"<g><title>{_escaped(f'{name}: {point.label}')}</title>")
            if math.isfinite(point.low + point.high):
                parts.append(
                    f'<path d="M{x(point.x):.1f} {y(point.low):.1f}V{y(point.high):.1f}" stroke="currentColor"/>'
                )
            parts.append(_mark(mark, x(point.x), y(point.y)) + "</g>")
        left, top = LEFT + number % 4 * 145, HEIGHT + 4 + number // 4 * 16
        shown = name if len(name) <= LEGEND else f"{name[: LEGEND - 1]}…"
        parts.append(f'{_mark(mark, left, top)}</g><text x="{left + 8}" y="{top + 4}">{_escaped(shown)}</text>')
    return "".join([*parts, "</svg>"])


def _mark(kind: str, x: float, y: float) -> str:
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="currentColor"/>'
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if kind == "diamond" else ""
    return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="currentColor"{turn}/>'


def _ticks(values: Sequence[float]) -> list[float]:
    """Round numbers that reach from below the least to above the largest value."""
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    step = 10 ** math.floor(math.log10(high - low))
    step *= next((part for part in (0.2, 0.5, 1.0) if (high - low) / (step * part) <= 6), 2.0)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]
