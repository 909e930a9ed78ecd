"""An example of each kind of chart that only the Learn tab has: the chart, and the values that its table must hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from tests.gui import anatomies
from vitprune.architecture import Kind
from vitprune_gui.charts.bars import Bar, BarsChart
from vitprune_gui.charts.chart import Chart
from vitprune_gui.charts.classes import Classes, ClassMap
from vitprune_gui.charts.curve import CurveChart
from vitprune_gui.charts.depths import DepthChart, of_kind, of_tokens
from vitprune_gui.charts.heads import HeadGrid, HeadsByDepth
from vitprune_gui.charts.keys import Key, KeysChart
from vitprune_gui.charts.opinion import OpinionChart
from vitprune_gui.charts.picture import TokenMap
from vitprune_gui.charts.vector import VectorChart
from vitprune_gui.colours import kind_colour

Found = tuple[Chart, dict[str, list[float]]]
CELLS = list(np.ndindex(anatomies.GRID))
NUMBERS = [str(layer) for layer in range(anatomies.LAYERS)]


def on_grid() -> dict[str, list[float]]:
    return {"row": [row + 1 for row, _ in CELLS], "column": [column + 1 for _, column in CELLS]}


def bars() -> Found:
    chart = BarsChart("Units that fire most", "units")
    values = [0.75, 0.5, 0.25, -0.125]
    tint = partial(kind_colour, Kind.MLP)
    shown = [Bar(10 - at, f"Unit {10 - at}", value, tint) for at, value in enumerate(values)]
    chart.show_bars("Units that fire most", shown, "Activation")
    return chart, {"number": [10, 9, 8, 7], "Activation": values}


def class_map() -> Found:
    chart = ClassMap("What each patch says", "lens-patches")
    found = anatomies.lens()
    start = len(found.tokens.prefix)
    of_patches = found.patches[-1, start:].reshape(anatomies.GRID)
    sure = found.tokens.on_grid(found.probability)[-1]
    classes = Classes((0, 1, 2), ("cat", "dog", "bird"))
    chart.show_classes("Each patch alone", anatomies.subject().pixels, classes, of_patches, sure)
    return chart, {
        **on_grid(),
        "class": of_patches.ravel().astype(float).tolist(),
        "probability": sure.ravel().tolist(),
    }


def curve() -> Found:
    chart = CurveChart("Before and after", "activation")
    found = anatomies.neurons()
    before, after = found.before[0], found.after[0]
    chart.show_points("Before and after", before, after, "before the activation", "after ReLU", "Unit {n}")
    return chart, {"before the activation": before.tolist(), "after ReLU": after.tolist()}


def depths() -> Found:
    chart = DepthChart("Length of tokens", "stream-length")
    found = anatomies.stream_norms()
    stream = {site: (float(x), float(found.before[x].mean())) for x, site in enumerate(found.sites)}
    added = {site: (float(x), float(found.added[x].mean())) for x, site in enumerate(found.sites) if "mlp" in site}
    lines = [of_tokens("patch", "patches", stream), of_kind(Kind.MLP, "MLP adds", added)]
    ticks = [(float(x), str(x)) for x in range(len(found.sites))]
    names = {site: site for site in found.sites}
    chart.show_lines("Length of tokens", lines, "Block", "Length", names, ticks=ticks, flag=found.sites[2])
    return chart, {"Length": [value for line in (stream, added) for _, value in line.values()]}


def head_grid() -> Found:
    chart = HeadGrid("All heads", "all-heads")
    chart.show_heads(anatomies.heads().maps, NUMBERS, tip=lambda row, column: f"{10 * column + row}")
    places = [(layer, head) for layer in range(anatomies.LAYERS) for head in range(anatomies.HEADS)]
    return chart, {
        "layer": [layer for layer, _ in places],
        "head": [head + 1 for _, head in places],
        "what": [10 * layer + head for layer, head in places],
    }


def heads_by_depth() -> Found:
    chart = HeadsByDepth("Heads by depth", "heads-by-depth")
    found = anatomies.heads()
    values = found.entropy.copy()
    values[1, 1] = np.nan  # a head that is not there is left out
    chart.show_values(
        "Entropy", values, "Entropy (bits)", NUMBERS, lambda layer, head: f"{layer}.{head}",
        most=np.full(anatomies.LAYERS, 3.5, np.float32), limit="largest possible",
    )  # fmt: skip
    return chart, {"layer": [0, 0, 1, 2, 2], "Entropy (bits)": values[np.isfinite(values)].tolist()}


def keys() -> Found:
    chart = KeysChart("What it looks at", "keys")
    weights = [0.5, 0.25, 0.125]
    shown = [Key(7 - at, f"patch {7 - at}", weight, f"Patch\n{weight}") for at, weight in enumerate(weights)]
    chart.show_keys("What it looks at", shown, "Weight", "Key")
    return chart, {"token": [7, 6, 5], "weight": weights}


def opinion() -> Found:
    chart = OpinionChart("Rollout", "rollout")
    values = anatomies.rollout().rollout
    chart.show_picture(anatomies.subject().pixels, anatomies.GRID, over=values, quantity="Share")
    chart.say("It agrees with the truth.")
    return chart, {**on_grid(), "Share": values.ravel().tolist()}


def token_map() -> Found:
    chart = TokenMap("Position", "position")
    values = anatomies.positions().similarity[5].reshape(anatomies.GRID)
    chart.show_map("Like patch 5", values, "Cosine")
    return chart, {**on_grid(), "Cosine": values.ravel().tolist()}


def vector() -> Found:
    chart = VectorChart("Its token", "token")
    values = anatomies.patches().embedded[3]
    chart.show_vector("Token 5", values, "number of the token", "entry")
    return chart, {"number": list(range(anatomies.WIDTH)), "entry": values.tolist()}


LEARN: dict[type[Chart], Callable[[], Found]] = {
    BarsChart: bars,
    ClassMap: class_map,
    CurveChart: curve,
    DepthChart: depths,
    HeadGrid: head_grid,
    HeadsByDepth: heads_by_depth,
    KeysChart: keys,
    OpinionChart: opinion,
    TokenMap: token_map,
    VectorChart: vector,
}
