"""A walk through all that the window shows of the sample, in a process of its own. It says which texts have too little
room, which controls have no name, which letters of menus mean two things, and where the keyboard does not come.

    python tests/gui/walking.py FOLDER --languages en,de --pictures FOLDER
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[2]
SIZE = (1280, 800)
PATIENCE = 60.0  # seconds for one step
LONGEST = 170.0  # for all of them, which is less than a test has

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vitprune_gui.app import Shell


@cache
def walked(languages: str, scale: int) -> dict[str, Any]:
    """What walks in these languages, commas between them, found in each. The screen has room for `SIZE` at that scale,
    and no more."""
    with TemporaryDirectory() as folder:
        width, height = SIZE
        screen = {"name": "screen", "x": 0, "y": 0, "width": scale * width, "height": scale * height}
        screen |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
        (Path(folder) / "screens.json").write_text(json.dumps({"screens": [screen]}), "utf-8")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "core", ROOT / "resources", ROOT))),
            "QT_QPA_PLATFORM": f"offscreen:configfile={Path(folder) / 'screens.json'}",
            "QT_SCALE_FACTOR": str(scale),
        }
        command = [sys.executable, __file__, folder, "--languages", languages]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=LONGEST, env=environment, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise AssertionError(late.stderr) from late
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class Walk:
    """Goes to one place after the other. `root` of a place is what is looked at there."""

    def __init__(self, shell: Shell, folder: Path, size: tuple[int, int]) -> None:
        self.shell, self.window, self.folder, self.size = shell, shell.window, folder, size

    def until(self, so: Callable[[], object]) -> None:
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + PATIENCE
        while not so():
            if time.monotonic() > end:
                raise SystemExit("The window did not get there in time.")
            QApplication.processEvents()
            time.sleep(0.002)

    def settle(self) -> None:
        from PySide6.QtWidgets import QApplication

        self.until(lambda: self.shell.idle and self.window.complete)
        for _ in range(3):
            QApplication.processEvents()

    def places(self) -> Iterator[tuple[str, QWidget]]:
        yield from self._without_model()
        self.do("use_sample")
        self.until(lambda: self.shell.state.plan is not None)
        self.settle()
        yield from self._tabs()
        yield from self._tour()
        yield from self._dialogs()
        yield from self._trouble()
        yield from self._library()

    def do(self, name: str) -> None:
        self.window.actions_.refresh()
        action = self.window.actions_[name]
        if not action.isEnabled():
            raise SystemExit(f"{name}: {action.toolTip()}")
        action.trigger()
        self.settle()

    def _without_model(self) -> Iterator[tuple[str, QWidget]]:
        yield "welcome", self.window

    def _tabs(self) -> Iterator[tuple[str, QWidget]]:
        from PySide6.QtWidgets import QTabWidget

        from vitprune_gui.views.tabs import TABS

        state, window = self.shell.state, self.window
        assert state.plan is not None
        self.shell.commands.select_site(min(state.plan.sites))
        window.reset_layout()
        window.resize(*self.size)
        for name in TABS:
            window.tabs.turn_to(name)
            self.settle()
            yield name, window
            for inner in window.view(name).findChildren(QTabWidget):
                for number in range(1, inner.count()):
                    inner.setCurrentIndex(number)
                    self.settle()
                    yield f"{name}, {number}", window
                inner.setCurrentIndex(0)
        yield from self._learn()
        window.tabs.setCurrentIndex(0)
        self.shell.commands.select_site(None)
        window.docks["log"].raise_()
        self.settle()
        yield "nothing selected, log", window
        window.docks["activity"].raise_()

    def _learn(self) -> Iterator[tuple[str, QWidget]]:
        """Each page at each of its levels."""
        from vitprune_gui.learn.subject import LEVELS
        from vitprune_gui.learn.view import LearnView

        view = self.window.view("learn")
        assert isinstance(view, LearnView)
        for page in view.pages:
            view.turn_to(page)
            for level in LEVELS:
                self.shell.commands.learn.set_level(level)
                self.settle()
                yield f"learn, {page}, {level}", self.window

    def _tour(self) -> Iterator[tuple[str, QWidget]]:
        from vitprune_gui.views.guide import Guide
        from vitprune_gui.views.tour import TourGuide

        self.do("tour")
        guide = self.window.findChild(Guide)
        assert guide is not None
        number = 0
        while (tour := guide.tour) is not None and tour.step is not None and number < len(tour):
            number += 1
            lying = self.window.findChild(TourGuide)
            assert lying is not None
            yield f"tour, {number}", lying.bubble
            tour.next()
            self.settle()
        guide.stop()
        self.settle()

    def _dialogs(self) -> Iterator[tuple[str, QWidget]]:
        from PySide6.QtWidgets import QApplication, QWidget

        from vitprune_gui.views.open_dialogs import ModelDetailsDialog

        names = (
            "shortcuts", "system_info", "about", "documentation", "prune_most", "prune_range", "compare_plans",
            "queue_analyses", "preferences", "browse_models", "rewrites", "export", "recover",
        )  # fmt: skip
        for name in names:
            before = set(QApplication.topLevelWidgets())
            self.do(name)
            opened = [w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible() and w.isWindow()]
            dialog = next(w for w in opened if type(w) is not QWidget)
            yield name, dialog
            dialog.close()
            self.settle()
        yield from self._proof()
        self.do("palette")
        yield "palette", self.window.palette_
        self.window.palette_.hide()
        dialog = ModelDetailsDialog(
            "weights.safetensors", ("vit_small_patch16_224", "deit_tiny_patch16_224"), self.window
        )
        dialog.open()
        self.settle()
        yield "model details", dialog
        dialog.close()
        dialog.deleteLater()
        self.settle()

    def _proof(self) -> Iterator[tuple[str, QWidget]]:
        """Of an export in every format, as it would come from the worker."""
        import numpy as np

        from vitprune.formats import FORMATS, Exported, Proof
        from vitprune.results import Latency
        from vitprune_gui.views.export_wizard import ExportWizard

        self.do("export")
        wizard = self.window.findChild(ExportWizard)
        assert wizard is not None
        folder = self.folder / "a folder with a long name that was written"
        times = Latency(np.array([12.5, 11.25, 14.0]), 32, 2, "cpu")
        proofs = tuple(Proof(name.name, name.file, 123_456_789, 1.5e-6, 3.5e-7, times) for name in FORMATS[:2])
        wizard._asked = folder
        self.shell.commands.applying.exported.emit(
            folder, Exported(folder, {}, 88_123_456, 60_123_456, 28_000_000, "images", 7, (1, 3, 3), proofs, times)
        )
        self.settle()
        yield "export, proof", wizard
        wizard.close()
        self.settle()

    def _trouble(self) -> Iterator[tuple[str, QWidget]]:
        from vitprune.errors import VitPruneError

        self.shell.commands.show_error(VitPruneError("Something that cannot be done.", hint="Do it in another way."))
        self.settle()
        yield "error", self.window.banner
        self.window.banner.hide()
        self.settle()

    def _library(self) -> Iterator[tuple[str, QWidget]]:
        from vitprune_gui.sample import session_file
        from vitprune_gui.views.compare import TOPICS, CompareView

        runs = self.folder / "runs"
        runs.mkdir()
        kept = [runs / f"{name}.vitprune.h5" for name in ("one", "another")]
        shutil.copy(session_file(), kept[0])
        self.shell.commands.clear_plan()
        self.shell.commands.save_session(kept[1])
        self.settle()
        (runs / "damaged.vitprune.h5").write_bytes(kept[0].read_bytes()[:50_000])
        library = self.shell.library
        library.show()
        library.browse(runs)
        self.settle()
        for path in kept:
            library.tick(path, on=True)
        self.settle()
        yield "sessions", self.window
        library.compare()
        self.settle()
        view = self.window.view("compare")
        assert isinstance(view, CompareView)
        for topic in TOPICS:
            view.turn_to(topic)
            self.settle()
            if view.topic == topic:
                yield f"comparison, {topic}", self.window
        self.do("leave_sessions")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default="en")
    parser.add_argument("--theme", default="light")
    parser.add_argument("--size", type=int, nargs=2, default=SIZE)
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    faulthandler.enable()
    gc.disable()  # a widget may go while it is being painted: see `vitprune_gui.collector`

    from PySide6.QtCore import QTranslator
    from PySide6.QtWidgets import QApplication

    from vitprune_gui import theme, translation

    application = QApplication([])
    theme.apply(application, theme.Theme(args.theme))
    found: dict[str, Any] = {}
    for language in args.languages.split(","):
        translation.install(application, language)
        found[language] = walk(args.folder / language, language, tuple(args.size), args.pictures)
        for translator in application.findChildren(QTranslator):
            application.removeTranslator(translator)
            translator.setParent(None)
    json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.flush()
    os._exit(0)  # the interpreter would take the windows apart in any order


def walk(folder: Path, language: str, size: tuple[int, int], pictures: Path | None) -> dict[str, Any]:
    """Through a window of its own."""
    from vitprune_gui.app import build
    from vitprune_gui.settings import Settings

    folder.mkdir()
    os.environ["VITPRUNE_CONFIG_DIR"] = str(folder / "config")
    shell = build(Settings(folder / "config"))
    window = shell.window
    window.show()
    window.resize(*size)
    shell.commands.refresh_catalog()
    found: dict[str, Any] = {"places": [], "texts": {}, "nameless": {}, "clashing": {}}
    if language == "en":
        found["unreached"] = {}  # the keyboard speaks no language
    way = Walk(shell, folder, size)
    try:
        way.settle()
        for place, root in way.places():
            found["places"].append(place)
            look(found, place, root)
            if pictures is not None:
                root.grab().save(str(pictures / f"{place}-{language}.png"))
        shell.state.dirty = False
        window.close()
    finally:
        closed = shell.close()
    assert closed
    window.deleteLater()
    return found


def look(found: dict[str, Any], place: str, root: QWidget) -> None:
    from tests.gui.fitting import cramped
    from tests.gui.reaching import clashing, nameless, unreached

    for name, search in (("texts", cramped), ("nameless", nameless), ("clashing", clashing), ("unreached", unreached)):
        if name in found:
            for told in search(root):
                found[name].setdefault(told, []).append(place)


if __name__ == "__main__":
    main()
