"""Take the pictures of the window: every panel and the whole of it, light and dark, small and large.

    .venv/bin/python tools/make_screenshots.py docs/screenshots
    .venv/bin/python tools/make_screenshots.py pictures --all --model weights.safetensors \\
        --architecture vit_small_patch14_dinov2 --model-args img_size=112,num_classes=10 --images seen --test labelled

The window is a real one, on a screen of its own (Xvfb), and does the whole job on the sample or on the model that is
given. Without --all only the pictures that the documentation keeps are written.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from vitprune_gui import theme
from vitprune_gui.app import Shell, build
from vitprune_gui.commands import SearchForm, StudyForm
from vitprune_gui.keeping import Answer
from vitprune_gui.requests import SAMPLE
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.views.activations import ActivationsView
from vitprune_gui.views.compare import CompareView
from vitprune_gui.views.main_window import TABS
from vitprune_gui.views.open_dialogs import FileDialogs, parse_arguments

SIZES = ((1280, 800), (1920, 1080))
PANELS = {"tree": "architecture", "inspector": "inspector", "plan": "plan", "models": "models", "activity": "activity"}
KEPT = {  # in docs/screenshots
    *(
        f"{shown}-{look}"
        for shown in ("overview", "maps", "damage", "evaluation", *PANELS)
        for look in ("light", "dark")
    ),
    "search-light",
    "frontier-light",
    "study-light",
    "activations-light",
    "tokens-light",
    "sessions-light",
    "compare-light",
    "compare-dark",
    "images-light",
    "welcome-light",
    "running-light",
    "error-light",
    "overview-light-1920",
    "evaluation-dark-1920",
}
PATIENCE = 1800
SETTLE = 0.4


class Careless(FileDialogs):
    """Throws away what was not saved: nobody is there to be asked."""

    folder: Path
    """Where a study is kept."""

    def unsaved(self) -> Answer:
        return "discard"

    def session_to_save(self, suggestion: str) -> str | None:
        return str(self.folder / suggestion)


class Camera:
    def __init__(self, shell: Shell, switch: theme.ThemeSwitch, out: Path, wanted: Callable[[str], bool]) -> None:
        self._shell, self._switch, self._out, self._wanted = shell, switch, out, wanted

    def wait(self, until: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise SystemExit("The window did not get there in time.")
            QApplication.processEvents()
            time.sleep(0.005)

    def settle(self, seconds: float = SETTLE) -> None:
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)

    def work(self) -> None:
        self.wait(lambda: self._shell.idle and self._shell.window.complete)
        self.settle()

    def looks(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for name in ("light", "dark"):
            self._switch.set(theme.Theme(name))
            for size in SIZES:
                yield name, size

    def window(self, state: str, settle: float = SETTLE) -> None:
        for look, size in self.looks():
            name = f"{state}-{look}" + ("" if size == SIZES[0] else f"-{size[0]}")
            if not self._wanted(name):
                continue
            self._lay_out(size, settle)
            self._keep(self._shell.window, name)

    def panels(self) -> None:
        for look, size in self.looks():
            if size != SIZES[0]:
                continue
            for name, dock in PANELS.items():
                if self._wanted(f"{name}-{look}"):
                    self._lay_out(SIZES[1], SETTLE)
                    self._keep(self._shell.window.docks[dock], f"{name}-{look}")

    def _lay_out(self, size: tuple[int, int], settle: float) -> None:
        window, commands, site = self._shell.window, self._shell.commands, self._shell.state.selection
        window.reset_layout()
        window.resize(*size)
        self.settle(settle)
        commands.select_site(None)  # and again: the tree scrolls to it
        commands.select_site(site)
        self.settle(0.1)

    def _keep(self, widget: QWidget, name: str) -> None:
        path = self._out / f"{name}.png"
        path.write_bytes(optimised(widget.grab()))
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")


def optimised(pixmap: QPixmap) -> bytes:
    """A PNG of 256 colours, a third of what all of them take; the eye sees no difference."""
    raw = QBuffer()
    raw.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888).save(raw, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    out = BytesIO()
    picture = Image.open(BytesIO(raw.data().data()))
    picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def shoot(args: argparse.Namespace, folder: Path) -> None:
    application = QApplication([])
    switch = theme.apply(application)
    settings = Settings(folder)
    dialogs = Careless(settings, AppState())
    dialogs.folder = folder
    shell = build(settings, dialogs=dialogs)
    commands, state, window = shell.commands, shell.state, shell.window
    args.out.mkdir(parents=True, exist_ok=True)
    camera = Camera(shell, switch, args.out, lambda name: args.all or name in KEPT)

    window.show()
    commands.refresh_catalog()
    camera.work()
    camera.window("welcome")

    if args.model == SAMPLE:
        commands.open_model(SAMPLE)
    else:
        commands.open_model(
            args.model,
            args.architecture,
            parse_arguments(args.model_args),
            [name for name in args.class_names.split(",") if name],
        )
    camera.work()
    commands.open_images(args.images)
    commands.open_test_images(args.test)
    camera.work()
    camera.window("opened")

    commands.analyze()
    camera.wait(lambda: any(job.state == "running" and job.done for job in state.jobs) or shell.runner.idle)
    camera.window("running", settle=0.1)
    camera.work()
    if state.scores is None:
        raise SystemExit("There are no scores to show.")
    camera.window("analysed")

    for count in (2, 4):
        commands.choose_sites("cosine", "sublayer", "remove", count)
        camera.work()
        commands.evaluate()
        camera.work()
    assert state.plan is not None
    commands.select_site(min(state.plan.sites))
    camera.window("overview")
    commands.measure_damage()
    camera.work()
    for tab in ("maps", "damage"):
        window.tabs.setCurrentIndex(list(TABS).index(tab))
        camera.window(tab)
    camera.panels()
    os.chdir(folder)  # a picture should show no path of the machine that it was taken on
    kept = [Path("runs") / name for name in ("removed.vitprune.h5", "repaired.vitprune.h5")]
    kept[0].parent.mkdir()
    commands.save_session(kept[0])
    camera.work()
    commands.set_repair("linear", "stream")
    commands.start_search(SearchForm(3))
    camera.work()
    window.tabs.setCurrentIndex(list(TABS).index("search"))
    camera.window("search")
    commands.use_search(3)
    commands.evaluate()
    camera.work()
    window.tabs.setCurrentIndex(list(TABS).index("frontier"))
    camera.window("frontier")
    commands.save_session(kept[1])
    camera.work()
    saved_sessions(shell, camera, kept)
    commands.start_study(
        StudyForm(("cosine", "random", "depth"), (2, 4), ("none", "linear"), "sublayer", "stream", False, args.studied)
    )
    camera.work()
    window.tabs.setCurrentIndex(list(TABS).index("study"))
    camera.window("study")
    window.tabs.setCurrentIndex(list(TABS).index("evaluation"))
    camera.window("evaluation")
    commands.select_site(None)
    camera.window("model")
    activations(shell, camera)
    window.tabs.setCurrentIndex(0)
    commands.open_model("vit_enormous_patch16_224")
    camera.work()
    camera.window("error")
    window.banner.hide()

    state.dirty = False
    window.close()
    if not shell.close():
        raise SystemExit("The worker did not end.")


def saved_sessions(shell: Shell, camera: Camera, kept: list[Path]) -> None:
    """The list of a folder in which one file was cut short, and the comparison of two."""
    (kept[0].parent / "interrupted.vitprune.h5").write_bytes(kept[0].read_bytes()[:50_000])
    library = shell.library
    library.show()
    library.browse(kept[0].parent)
    for path in kept:
        library.tick(path, on=True)
    camera.work()
    camera.window("sessions")
    library.compare()
    camera.work()
    view = shell.window.view("compare")
    assert isinstance(view, CompareView)
    for topic, name in {"glance": "compare", "flips": "images"}.items():
        view.turn_to(topic)
        camera.work()
        camera.window(name)
    shell.window.actions_["leave_sessions"].trigger()
    camera.work()


def activations(shell: Shell, camera: Camera) -> None:
    """What the patches of an image are like, and the tokens of many over depth."""
    shell.commands.explorer.analyze()
    camera.work()
    shell.window.tabs.setCurrentIndex(list(TABS).index("activations"))
    camera.work()
    view = shell.window.view("activations")
    assert isinstance(view, ActivationsView)
    box = view.patches.quantity
    box.setCurrentIndex(box.findData("similarity"))
    box.activated.emit(box.currentIndex())
    shell.commands.select_site("blocks.8.mlp")
    camera.window("activations")
    view.pages.setCurrentWidget(view.over_depth)
    camera.work()
    camera.window("tokens")
    shell.commands.select_site(None)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--studied", type=int, default=100, help="images of the study")
    parser.add_argument("--all", action="store_true", help="every state at every size, to look at")
    parser.add_argument("--model", default=SAMPLE, metavar="WEIGHTS")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", default="", metavar="NAME=VALUE,...")
    parser.add_argument("--class-names", default="", metavar="A,B,...")
    parser.add_argument("--images", default=SAMPLE, metavar="FOLDER")
    parser.add_argument("--test", default=SAMPLE, metavar="FOLDER")
    args = parser.parse_args()
    args.out = args.out.absolute()
    if not os.environ.get("DISPLAY"):
        os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", sys.executable, *sys.argv])
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        shoot(args, Path(folder))


if __name__ == "__main__":
    main()
