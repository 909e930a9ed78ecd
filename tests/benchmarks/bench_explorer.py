"""What looking into stored activations costs, as measured in one run on a quiet machine.

    python tests/benchmarks/bench_explorer.py [SESSION [OTHER]]

Of a session file, or of one that is made up (24 sites, 257 tokens of 384 numbers, 150 images): opening it, one image,
the census of many, CKA with another session or itself, and the time from a click on a patch to the painted maps.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from tests.core.session_examples import session
from vitprune import sessions
from vitprune.explorer import MOST, Explored, Picture, across, census, look_at
from vitprune.plan import PruningPlan

TIMES = 5
CLICKS = 50
Found = TypeVar("Found")


def made_up(path: Path) -> Path:
    """A ViT-S/14 at 224 pixels that never was."""
    made = session(150, 12)
    model = replace(made.architecture, tokens=257, pooled="cls")
    rng = np.random.default_rng(0)
    batch = {site.id: rng.normal(size=(10, 257, 384)).astype(np.float16) for site in model.sublayers}
    with sessions.Draft(path) as draft:
        for _ in range(15):
            draft.add(tuple(range(257)), batch, 150)
        draft.save(
            replace(made, architecture=model, plan=PruningPlan.of(model), evaluations=(), trials=(), searches=())
        )
    return path


def timed(name: str, do: Callable[[], Found], times: int = TIMES) -> Found:
    taken: list[float] = []
    while True:
        started = time.perf_counter()
        found = do()
        taken.append(time.perf_counter() - started)
        if len(taken) == times:
            print(f"{name:<52} {1000 * statistics.median(taken):8.1f} ms, of {times} (worst {1000 * max(taken):.1f})")
            return found


def explored(path: Path) -> Explored:
    kept = sessions.activations(path)
    assert kept is not None
    return Explored.of(path.stem, sessions.load(path), kept)


def clicks(picture: Picture, of: Explored) -> list[float]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from vitprune_gui.charts.patches import SIMILARITY, PatchMap, PatchStrip

    application = QApplication.instance() or QApplication(sys.argv[:1])
    patches, strip = PatchMap(), PatchStrip()
    patches.resize(600, 600)
    strip.resize(1000, 240)
    patches.show()
    strip.show()
    last = list(picture.sites)[-1]
    taken = []
    for click in range(CLICKS):
        started = time.perf_counter()
        chosen = {site: click % len(found.layout.patches) for site, found in picture.sites.items()}
        strip.show_picture(SIMILARITY, picture, of.architecture.by_id, chosen, "")
        patches.show_patches("", SIMILARITY, picture.sites[last], chosen[last])
        application.processEvents()
        patches.grab()
        strip.grab()
        taken.append(time.perf_counter() - started)
    patches.close()
    strip.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("session", nargs="?", type=Path)
    parser.add_argument("other", nargs="?", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.session or made_up(Path(folder) / "made-up.vitprune.h5")
        sessions.prepare()
        run = timed("opened", lambda: explored(path))
        sites, tokens = len(run.layouts), max(len(layout.tokens) for layout in run.layouts.values())
        print(f"{sites} sites, {tokens} tokens, {run.images} images, {run.bytes_of(run.images) / 1e9:.2f} GB of values")
        picture = timed("one image, all sites", lambda: look_at(run, run.images // 2))
        timed(f"census of {min(MOST, run.images)} images", lambda: census(run), 1)
        other = explored(args.other) if args.other else run
        timed("CKA of two sessions", lambda: across(run, other), 1)
        taken = clicks(picture, run)
        quantiles = np.quantile(taken, [0.5, 0.95]) * 1000
        print(
            f"a click painted: median {quantiles[0]:.1f} ms, 95 % {quantiles[1]:.1f} ms, worst {1000 * max(taken):.1f}"
        )


if __name__ == "__main__":
    main()
