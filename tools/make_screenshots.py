"""Take the pictures of the window: every panel and the whole of it, light and dark, small and large.

    .venv/bin/python tools/make_screenshots.py docs/screenshots
    .venv/bin/python tools/make_screenshots.py pictures --all --model weights.safetensors \\
        --architecture vit_small_patch14_dinov2 --model-args img_size=112,num_classes=10 --images seen --test labelled

The window is a real one, on a screen of its own (Xvfb), and does the whole job on the sample or on the model that is
given. Two more windows then show the bundled session: one in German, one on a screen of 200 per cent. Without --all
only the pictures that the documentation keeps are written, those of the two other windows small. A README.md beside
them says what each picture is.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from vitprune.document import Document
from vitprune.session_findings import Findings
from vitprune.session_report import report
from vitprune_gui import pdf, theme, translation
from vitprune_gui.app import Shell, build
from vitprune_gui.choosing import SearchForm
from vitprune_gui.keeping import Answer
from vitprune_gui.learn.course import Course
from vitprune_gui.learn.pairs_page import PairsPage
from vitprune_gui.learn.subject import COMPONENT, LEVELS
from vitprune_gui.learn.view import LearnView
from vitprune_gui.requests import SAMPLE
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.views.activations import ActivationsView
from vitprune_gui.views.compare import CompareView
from vitprune_gui.views.export_wizard import ExportWizard
from vitprune_gui.views.guide import Guide
from vitprune_gui.views.main_window import TABS, MainWindow
from vitprune_gui.views.open_dialogs import FileDialogs, parse_arguments
from vitprune_gui.views.training_dialog import TrainingDialog

SIZES = ((1280, 800), (1920, 1080))
PANELS = {"tree": "architecture", "inspector": "inspector", "plan": "plan", "models": "models", "activity": "activity"}
DIALOGS = {
    "all-models": "browse_models",
    "preferences": "preferences",
    "plans": "compare_plans",
    "prune": "prune_most",
    "queue": "queue_analyses",
    "shortcuts": "shortcuts",
    "rewrites": "rewrites",
}
"""Pictures of dialogs, and the actions that open them."""
SHOWN = {
    "welcome": "The page of the first start",
    "tour": "The guided tour",
    "overview": "Redundancy by depth, the similarity of all blocks, and a plan",
    "maps": "How like the streams at all block boundaries are",
    "damage": "What a score predicts against what leaving each sublayer out does",
    "evaluation": "The model and plans of it, measured on the same images",
    "search": "The damage as sublayers go, with the candidates of the last step",
    "frontier": "What plans cost and what they are worth",
    "study": "Methods against each other at several sizes",
    "activations": "Patches of one image: how like the chosen one the others are",
    "tokens": "How long tokens are after every site",
    "learn-patches": "Learn: an image becomes patches, and these tokens",
    "learn-positions": "Learn: what position embeddings have in common",
    "learn-head": "Learn: one attention head, asked by one patch",
    "learn-layers": "Learn: all heads of a layer and all layers",
    "learn-rollout": "Learn: attention followed through the layers, beside what taking patches away does",
    "learn-neurons": "Learn: hidden units of an MLP",
    "learn-stream": "Learn: how long the stream and its branches are",
    "learn-lens": "Learn: when the answer is there",
    "learn-likeness": "Learn: how alike tokens are over depth",
    "learn-pairs": "Learn: how alike layers are",
    "lesson": "A lesson, one of whose steps points at what it is about",
    "tree": "The tree of sites, with scores, plan and repairs",
    "inspector": "What is known of one site",
    "plan": "The plan, and how to choose one",
    "models": "The list of models beside the window's pages",
    "activity": "What runs, waits and has ended",
    "sessions": "The saved sessions of a folder, one of them cut short",
    "compare": "Two sessions side by side",
    "images": "Images whose prediction changed",
    "all-models": "All models of timm",
    "preferences": "The preferences",
    "plans": "Two plans side by side",
    "prune": "What pruning the most redundant sites would do",
    "queue": "Analyses of several models, one after the other",
    "shortcuts": "Every key",
    "rewrites": "Rewrites that keep the logits",
    "export": "What an export writes, in which formats",
    "exported": "The proof of an export",
    "training": "Recovery training while it runs",
    "trained": "What recovery training came to",
    "palette": "The command palette",
    "report": "The report of a session, its first page",
    "running": "The window while it analyses",
    "error": "A failure, with its next step",
}
"""What the documentation keeps, in light and in dark, in German and at 200 per cent."""
LARGE = ("overview-light-1920",)
VARIANTS = {"de": "in German", "200": "on a screen of 200 per cent"}
LOOKS = {"light": "", "dark": "in dark", "light-1920": "1920 pixels wide", "dark-1920": "in dark, 1920 pixels wide"}
SMALL_QUALITY = 20
MOST_BYTES = 5_000_000  # of all that the documentation keeps
PATIENCE = 1800
_PAGE, _MARGIN, _PIXELS = QSizeF(515, 762), 40, 1.6  # points of a sheet of A4; pixels of a point
SETTLE = 0.4


class Careless(FileDialogs):
    """Throws away what was not saved: nobody is there to be asked."""

    folder: Path
    """Where a study is kept."""

    def unsaved(self) -> Answer:
        return "discard"

    def export_folder(self) -> str | None:
        return str(self.folder / "trained-model")

    def session_to_save(self, suggestion: str) -> str | None:
        return str(self.folder / suggestion)


class Camera:
    def __init__(self, shell: Shell, switch: theme.ThemeSwitch, args: argparse.Namespace) -> None:
        self._shell, self._switch, self._out, self._variant = shell, switch, args.out, args.variant
        self._all, self._only = args.all, set(filter(None, args.only.split(",")))

    def _wanted(self, state: str, look: str) -> bool:
        if self._only and state not in self._only:
            return False
        return self._all or f"{state}-{look}" in LARGE or (state in SHOWN and not look.endswith(f"-{SIZES[1][0]}"))

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
        if self._variant:
            self._switch.set(theme.Theme.LIGHT)
            yield self._variant, SIZES[0]
            return
        for name in ("light", "dark"):
            self._switch.set(theme.Theme(name))
            for size in SIZES:
                yield name, size

    def window(self, state: str, settle: float = SETTLE) -> None:
        for look, size in self.looks():
            look += "" if size == SIZES[0] else f"-{size[0]}"
            if self._wanted(state, look):
                self.lay_out(size, settle)
                self._keep(self._shell.window, f"{state}-{look}")

    def still(self, state: str, widget: QWidget) -> None:
        """Of a widget as it lies there."""
        for look, size in self.looks():
            if size == SIZES[0] and self._wanted(state, look):
                self.settle()
                self._keep(widget, f"{state}-{look}")

    def paper(self, state: str, picture: QImage) -> None:
        """What looks the same whatever the window looks like."""
        look = self._variant or "light"
        if self._wanted(state, look):
            self._write(QPixmap.fromImage(picture), f"{state}-{look}")

    def panels(self) -> None:
        for look, size in self.looks():
            if size != SIZES[0]:
                continue
            for name, dock in PANELS.items():
                if self._wanted(name, look):
                    self.lay_out(SIZES[1], SETTLE)
                    self._keep(self._shell.window.docks[dock], f"{name}-{look}")

    def lay_out(self, size: tuple[int, int] = SIZES[0], settle: float = SETTLE) -> None:
        window, commands, site = self._shell.window, self._shell.commands, self._shell.state.selection
        window.reset_layout()
        window.resize(*size)
        self.settle(settle)
        commands.select_site(None)  # and again: the tree scrolls to it
        commands.select_site(site)
        self.settle(0.1)

    def _keep(self, widget: QWidget, name: str) -> None:
        self._write(widget.grab(), name)

    def _write(self, pixmap: QPixmap, name: str) -> None:
        shrink = 1 if self._all or not self._variant else 4 if self._variant == "200" else 2
        path = self._out / f"{name}.webp"
        path.write_bytes(encoded(pixmap, shrink))
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB", flush=True)


_FEWER: list[float] = [min(255, (v + 4) & ~7 if v < 64 or v >= 192 else (v + 8) & ~15) for v in range(256)]
"""Finer in the greys of grounds, whose tint would be seen."""


def encoded(pixmap: QPixmap, shrink: int = 1) -> bytes:
    """WebP: without loss but for colours in steps that are hardly seen, in a third of what a PNG takes. One that
    is made smaller has no sharp edge to lose."""
    raw = QBuffer()
    raw.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888).save(raw, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    out = BytesIO()
    picture = Image.open(BytesIO(raw.data().data()))
    if shrink == 1:
        picture.point(_FEWER * 3).save(out, "WEBP", lossless=True, quality=100, method=6)
    else:
        picture.reduce(shrink).save(out, "WEBP", quality=SMALL_QUALITY, method=6)
    return out.getvalue()


def shoot(args: argparse.Namespace, folder: Path) -> None:
    application = QApplication([])
    translation.install(application, "de" if args.variant == "de" else "en")
    switch = theme.apply(application)
    settings = Settings(folder)
    dialogs = Careless(settings, AppState())
    dialogs.folder = folder
    shell = build(settings, dialogs=dialogs)
    dialogs.parent = shell.window
    camera = Camera(shell, switch, args)
    shell.window.show()
    shell.commands.refresh_catalog()
    camera.work()
    camera.window("welcome")
    os.chdir(folder)  # a picture should show no path of the machine that it was taken on
    if args.variant:
        show_sample(shell, camera)
    else:
        do_the_job(shell, camera, args)
    shell.window.tabs.setCurrentIndex(0)
    shell.commands.open_model("vit_enormous_patch16_224")
    camera.work()
    camera.window("error")
    shell.window.banner.hide()

    shell.state.dirty = False
    shell.window.close()
    if not shell.close():
        raise SystemExit("The worker did not end.")


def show_sample(shell: Shell, camera: Camera) -> None:
    """Every view of the bundled session, in which everything is measured."""
    commands, state, window = shell.commands, shell.state, shell.window
    commands.use_sample()
    camera.wait(lambda: state.plan is not None)
    camera.work()
    assert state.plan is not None
    commands.select_site(min(state.plan.sites))
    for tab in ("overview", "maps", "damage", "evaluation", "search", "frontier", "study"):
        window.tabs.setCurrentIndex(list(TABS).index(tab))
        camera.work()
        camera.window(tab)
    camera.panels()
    kept = [Path("runs") / name for name in ("repaired.vitprune.h5", "dense.vitprune.h5")]
    kept[0].parent.mkdir()
    commands.save_session(kept[0])
    camera.work()
    commands.clear_plan()
    commands.save_session(kept[1])
    camera.work()
    commands.undo()
    camera.work()
    dialogs(shell, camera)
    saved_sessions(shell, camera, kept)
    activations(shell, camera)
    learn(shell, camera)


def do_the_job(shell: Shell, camera: Camera, args: argparse.Namespace) -> None:
    """From a model and its images to a study, with a picture of each step."""
    commands, state, window = shell.commands, shell.state, shell.window
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
    learn(shell, camera)
    dialogs(shell, camera)


def dialogs(shell: Shell, camera: Camera) -> None:
    """What opens over the window, and the page that a report begins with."""
    window = shell.window
    for name, action in DIALOGS.items():
        known = set(QApplication.topLevelWidgets())
        window.actions_.refresh()
        window.actions_[action].trigger()
        camera.work()
        opened = set(QApplication.topLevelWidgets()) - known
        dialog = next(widget for widget in opened if isinstance(widget, QDialog) and widget.isVisible())
        camera.still(name, dialog)
        dialog.close()
        camera.settle()
    export(window, camera)
    train(window, camera)
    window.tabs.setCurrentIndex(0)
    camera.lay_out()
    window.palette_.open()
    window.palette_.field.setText("pl")
    camera.still("palette", window)
    window.palette_.hide()
    if shell.state.model is not None and shell.state.model.source == SAMPLE:
        window.actions_["tour"].trigger()
        guide = window.findChild(Guide)
        assert guide is not None
        camera.wait(lambda: guide.tour is not None)
        camera.work()
        camera.still("tour", window)
        guide.stop()
    session = shell.commands.keeping.session()
    assert session is not None
    camera.paper("report", first_page(report(Findings(session), "sample.vitprune.h5")))


def export(window: MainWindow, camera: Camera) -> None:
    """Before, with all formats that can be had, and after."""
    window.actions_["export"].trigger()
    wizard = window.findChild(ExportWizard)
    assert wizard is not None
    wizard.folder.setText("smaller")
    for choice in wizard.choices:
        choice.tick.setChecked(choice.tick.isEnabled())
    camera.still("export", wizard)
    wizard.start_button.click()
    camera.work()
    camera.still("exported", wizard)
    wizard.close()
    camera.settle()


def train(window: MainWindow, camera: Camera) -> None:
    """While it learns, and what came of it."""
    window.actions_["recover"].trigger()
    dialog = window.findChild(TrainingDialog)
    assert dialog is not None
    dialog.minutes.setValue(2)
    dialog.measured.setChecked(True)
    dialog.start.click()
    camera.wait(lambda: dialog.chart.curve is not None and len(dialog.chart.curve.checks) > 9)
    camera.still("training", dialog)
    camera.work()
    camera.still("trained", dialog)
    dialog.close()
    camera.settle()


def first_page(document: Document) -> QImage:
    """As `vitprune_gui.pdf` sets it, on white."""
    pages, drawings = pdf._set(document)
    pages.setPageSize(_PAGE)
    size = pages.pageSize().grownBy(QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)) * _PIXELS
    paper = QImage(size.toSize(), QImage.Format.Format_RGB32)
    paper.fill(0xFFFFFFFF)
    painter = QPainter(paper)
    painter.scale(_PIXELS, _PIXELS)
    painter.translate(_MARGIN, _MARGIN)
    pages.drawContents(painter, QRectF(QPointF(), pages.pageSize()))
    painter.end()
    drawings.clear()
    return paper


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


def learn(shell: Shell, camera: Camera) -> None:
    """Every page about one image; beside the pictures to keep, at every level. Then a lesson's first step."""
    window, subject = shell.window, shell.commands.learn
    window.tabs.setCurrentIndex(list(TABS).index("learn"))
    camera.work()
    view = window.view("learn")
    assert isinstance(view, LearnView)
    for name, page in view.pages.items():
        view.turn_to(name)
        if isinstance(page, PairsPage):
            page.ask.click()
        for level in LEVELS:
            subject.set_level(level)
            camera.work()
            camera.window(f"learn-{name}" if level == COMPONENT else f"learn-{name}-{level}")
    subject.set_level(COMPONENT)
    if shell.state.model is None or shell.state.model.source != SAMPLE:
        return
    course = shell.commands.findChild(Course)
    assert course is not None
    course.look()
    camera.wait(lambda: course.lessons)
    course.start(course.lessons[0], again=True)
    camera.wait(lambda: course.tour is not None)
    camera.work()
    camera.still("lesson", window)
    course.leave()
    camera.work()


def explain(out: Path) -> None:
    """README.md: what each picture is."""
    lines = ["# Pictures of the window", "", "Taken by `tools/make_screenshots.py`.", "", "| picture | what it shows |"]
    lines.append("|---|---|")
    for state, what in SHOWN.items():
        for ending, how in (*LOOKS.items(), *VARIANTS.items()):
            if (out / f"{state}-{ending}.webp").exists():
                lines.append(f"| [{state}-{ending}]({state}-{ending}.webp) | {', '.join(filter(None, (what, how)))} |")
    (out / "README.md").write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--studied", type=int, default=100, help="images of the study")
    parser.add_argument("--all", action="store_true", help="every state at every size, to look at")
    parser.add_argument("--only", default="", metavar="NAME,...", help="of these views alone, as overview or palette")
    parser.add_argument("--variant", default="", choices=("", *VARIANTS), help="this window alone")
    parser.add_argument("--model", default=SAMPLE, metavar="WEIGHTS")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", default="", metavar="NAME=VALUE,...")
    parser.add_argument("--class-names", default="", metavar="A,B,...")
    parser.add_argument("--images", default=SAMPLE, metavar="FOLDER")
    parser.add_argument("--test", default=SAMPLE, metavar="FOLDER")
    args = parser.parse_args()
    args.out = args.out.absolute()
    if not os.environ.get("DISPLAY"):
        screen = "-screen 0 2560x1600x24"
        os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", screen, sys.executable, *sys.argv])
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ["QT_SCALE_FACTOR"] = "2" if args.variant == "200" else "1"
    args.out.mkdir(parents=True, exist_ok=True)
    began, here = time.monotonic(), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        shoot(args, Path(folder))
    if args.variant:
        return
    for variant in VARIANTS:
        subprocess.run([sys.executable, *sys.argv, "--variant", variant], cwd=here, check=True)
    explain(args.out)
    pictures = list(args.out.glob("*.webp"))
    size = sum(path.stat().st_size for path in pictures)
    print(f"{len(pictures)} pictures, {size / 1e6:.1f} MB, in {time.monotonic() - began:.0f} s")
    if size > MOST_BYTES and not args.all:
        raise SystemExit("These are too many bytes to keep.")


if __name__ == "__main__":
    main()
