"""Every action of the window, once: menus, toolbar, shortcut sheet and command palette are filled from here.

A part of the window adds its own with `Actions.add(Verb(...))`, before or after the first paint; a view does so by
having a method `verbs()` that returns them, which the window calls once the view is built. `menu` says where a verb
stands: "Run", or "View/Theme" for a submenu; `views.menus` has the list. "" is nowhere but in the sheet and the
palette. `group` is its place there: groups stand in ascending order with a line between them, verbs of one group in the
order in which they came.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QColor, QKeySequence, QPalette

from vitprune_gui.commands import Commands
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

_KEY = QKeySequence.StandardKey
Shortcut = _KEY | str


@dataclass(frozen=True, slots=True)
class Verb:
    """Texts are translated already: the application speaks one language while it runs."""

    name: str
    text: str
    tip: str
    """A sentence without its full stop."""
    run: Callable[[], object]
    blocked: Callable[[], str] = lambda: ""
    """Says in a sentence why it cannot be done now, empty when it can."""
    shortcut: Shortcut | tuple[Shortcut, ...] | None = None
    """The first is the one that is shown."""
    icon: str = ""
    role: QAction.MenuRole = QAction.MenuRole.NoRole
    menu: str = ""
    group: int = 50
    tool: int = 0
    """The group of the toolbar that it is in; 0: none."""
    words: str = ""
    """What else people may call it, for the palette: words with spaces between them."""
    checked: Callable[[], bool] | None = None
    """Whether what it switches is on; it has a tick then."""

    @property
    def title(self) -> str:
        """Its text without mnemonic and dots."""
        return plain(self.text)


def plain(text: str) -> str:
    """A menu's text as it is read."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


class Actions(QObject):
    """`actions["analyze"]` is the QAction of a verb, which is disabled, and says why, while the verb is blocked."""

    added = Signal(object)
    """A Verb."""

    def __init__(self, state: AppState, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._commands = commands
        self._verbs: dict[str, tuple[Verb, QAction]] = {}
        self._colours: tuple[QColor, QColor] | None = None  # of icons, once they may be drawn
        for verb in self._own_verbs():
            self.add(verb)
        for changed in (
            state.model_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
            state.plan_changed,
            state.protected_changed,
            state.kept_plans_changed,
            state.scores_changed,
            state.metric_changed,
            state.repair_changed,
            state.selection_changed,
            state.chosen_changed,
            state.evaluations_changed,
            state.search_changed,
            state.study_changed,
            state.trials_changed,
            state.findings_changed,
            state.session_path_changed,
            state.jobs_changed,
            state.environment_changed,
        ):
            changed.connect(self.refresh)
        stack = commands.undo_stack
        stack.undoTextChanged.connect(self.refresh)
        stack.redoTextChanged.connect(self.refresh)
        stack.indexChanged.connect(self.refresh)
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._verbs[name][1]

    def __iter__(self) -> Iterator[QAction]:
        return (action for _, action in self._verbs.values())

    @property
    def verbs(self) -> tuple[Verb, ...]:
        return tuple(verb for verb, _ in self._verbs.values())

    def add(self, verb: Verb) -> QAction:
        """Raises ValueError when there is one of that name."""
        if verb.name in self._verbs:
            raise ValueError(f"There is an action {verb.name} already.")
        action = QAction(verb.text, self)
        action.setObjectName(verb.name)
        action.setMenuRole(verb.role)
        action.setIconText(action.iconText())  # the toolbar keeps the short text when the menu's grows
        action.setCheckable(verb.checked is not None)
        action.setShortcuts(_sequences(verb.shortcut))
        # Connected through a method of its own: `triggered` carries `checked`, which no verb wants.
        action.triggered.connect(self._trigger)
        self._verbs[verb.name] = (verb, action)
        self._draw_icon(verb, action)
        _show(verb, action)
        self.added.emit(verb)
        return action

    def load_icons(self, palette: QPalette) -> None:
        """Draw the icons in the colours of the palette. Imports qtawesome, so call it after the first paint."""
        colour = palette.color(QPalette.ColorRole.ButtonText)
        self._colours = colour, palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        for verb, action in self._verbs.values():
            self._draw_icon(verb, action)

    @Slot()
    def refresh(self) -> None:
        """Ask every verb again whether it can be done, and whether it is on. Changes of the state do so too."""
        for verb, action in self._verbs.values():
            _show(verb, action)
        stack = self._commands.undo_stack
        for name, text, what in (
            ("undo", tr("&Undo {what}", what=stack.undoText()), stack.undoText()),
            ("redo", tr("&Redo {what}", what=stack.redoText()), stack.redoText()),
        ):
            verb, action = self._verbs[name]
            action.setText(text if what else verb.text)

    def _draw_icon(self, verb: Verb, action: QAction) -> None:
        if verb.icon and self._colours is not None:
            import qtawesome

            colour, faint = self._colours
            action.setIcon(qtawesome.icon(verb.icon, color=colour, color_disabled=faint))

    def _own_verbs(self) -> tuple[Verb, ...]:
        do = self._commands
        return (
            Verb("use_sample", tr("Open sam&ple"),
                 tr("Show the bundled session of a small model, in which all is measured already"), do.use_sample,
                 icon="mdi6.school-outline", menu="File", group=60, tool=1,
                 words=tr("example demo try", "words to find it by")),
            Verb("open_model_file", tr("Open &model file…"), tr("Open a weights file of a timm model"),
                 do.ask_model_file, shortcut="Ctrl+Shift+O", icon="mdi6.cube-outline", menu="File", group=10, tool=1,
                 words=tr("load weights checkpoint safetensors", "words to find it by")),
            Verb("open_model_folder", tr("Open exported &folder…"), tr("Open a model that ViTPrune exported"),
                 do.ask_model_folder, icon="mdi6.folder-open-outline", menu="File", group=10,
                 words=tr("load model pruned", "words to find it by")),
            Verb("open_images", tr("&Images to analyse…"), tr("Choose the folder of images to find redundancy with"),
                 do.ask_images, self._without_model, "Ctrl+I", "mdi6.image-multiple-outline", menu="File", group=10,
                 tool=2, words=tr("data dataset pictures photos calibration open", "words to find it by")),
            Verb("open_test_images", tr("Images to e&valuate…"),
                 tr("Choose other, labelled images to measure accuracy on"), do.ask_test_images, self._without_model,
                 "Ctrl+Shift+I", "mdi6.image-check-outline", menu="File", group=10, tool=3,
                 words=tr("data dataset pictures photos test validation open", "words to find it by")),
            Verb("open_session", tr("&Open session…"), tr("Open a saved session"), do.ask_session, shortcut=_KEY.Open,
                 icon="mdi6.file-chart-outline", menu="File", group=10,
                 words=tr("load file hdf5 h5", "words to find it by")),
            Verb("save", tr("&Save"), tr("Save the session"), do.save_session, self._without_session, _KEY.Save,
                 "mdi6.content-save-outline", menu="File", group=30, tool=6,
                 words=tr("session keep store write hdf5", "words to find it by")),
            Verb("save_as", tr("Save &as…"), tr("Save the session under another name"), do.save_session_as,
                 self._without_session, _KEY.SaveAs, menu="File", group=30,
                 words=tr("session copy rename", "words to find it by")),
            Verb("undo", tr("&Undo"), tr("Take back the last change of the plan or of what is shown"), do.undo,
                 self._nothing_to_undo, _KEY.Undo, "mdi6.undo", menu="Edit", group=10, tool=5,
                 words=tr("back revert", "words to find it by")),
            Verb("redo", tr("&Redo"), tr("Do again what was taken back"), do.redo, self._nothing_to_redo, _KEY.Redo,
                 "mdi6.redo", menu="Edit", group=10, tool=5, words=tr("again repeat", "words to find it by")),
            Verb("toggle_chosen", tr("Prune &or restore"),
                 tr("Put the selected sites into the plan, or take them out"), do.planning.toggle_chosen,
                 self._nothing_selected, "Ctrl+D", menu="Plan", group=10,
                 words=tr("remove delete cut keep toggle selected site", "words to find it by")),
            Verb("clear_plan", tr("&Clear plan"), tr("Keep every site"), do.clear_plan, self._without_plan,
                 icon="mdi6.eraser", menu="Plan", group=30,
                 words=tr("restore reset empty remove all", "words to find it by")),
            Verb("analyze", tr("&Analyse"), tr("Measure how redundant each site is"), do.analyze,
                 self._not_analysable, "F5", "mdi6.play", menu="Run", group=10, tool=2,
                 words=tr("score metrics redundancy start compute", "words to find it by")),
            Verb("measure_damage", tr("Measure the &damage"),
                 tr("Leave out each site alone and measure what the outputs lose"), do.measure_damage,
                 self._not_analysable, "Shift+F5", menu="Run", group=10,
                 words=tr("ablation ground truth leave one out", "words to find it by")),
            Verb("evaluate", tr("&Evaluate"), tr("Measure what the plan costs and gains"), do.evaluate,
                 self._not_evaluable, "F6", "mdi6.scale-balance", menu="Run", group=10, tool=3,
                 words=tr("accuracy test measure latency speed", "words to find it by")),
            Verb("keep_pictures", tr("Keep &pictures of changed images"),
                 tr("Put small pictures of the images that not all evaluations agree on into the session"),
                 do.keep_pictures, self._nothing_changed, menu="Run", group=10,
                 words=tr("thumbnails flips", "words to find it by")),
            Verb("save_job", tr("Save as &job file…"),
                 tr("Write what is set up here into a file that `vitprune run` takes on another machine"),
                 do.job_files.ask, self._not_analysable, menu="Run", group=80,
                 words=tr("server batch command line toml headless export", "words to find it by")),
            Verb("desktop_entry", tr("Add to the a&pplications menu"),
                 tr("Put ViTPrune with its icon into the menu of this desktop, and make it open its sessions"),
                 do.install_desktop_entry, self._without_such_a_menu, menu="Help", group=50,
                 words=tr("launcher icon desktop shortcut install start", "words to find it by")),
            Verb("cancel", tr("&Cancel"), tr("Stop everything that runs or waits"), do.cancel_jobs,
                 self._nothing_runs, "Ctrl+.", "mdi6.stop", menu="Run", group=90, tool=4,
                 words=tr("abort stop interrupt kill", "words to find it by")),
        )  # fmt: skip

    def _without_model(self) -> str:
        return "" if self._state.model else tr("Open a model first.")

    def _without_session(self) -> str:
        return self._without_model() or ("" if self._state.environment else tr("The model is still being opened."))

    def _without_plan(self) -> str:
        return "" if self._state.plan else tr("Nothing is to be removed.")

    def _nothing_selected(self) -> str:
        return "" if self._commands.planning.chosen else tr("Select a site first.")

    def _not_evaluable(self) -> str:
        images = self._state.images_to_evaluate
        return self._without_model() or ("" if images else tr("Open images to evaluate first."))

    def _nothing_changed(self) -> str:
        return "" if len(self._state.evaluations) > 1 else tr("Evaluate a plan first.")

    def _not_analysable(self) -> str:
        state = self._state
        return state.unprunable or self._without_model() or ("" if state.data else tr("Open images to analyse first."))

    def _nothing_runs(self) -> str:
        busy = any(job.state in ("running", "queued") for job in self._state.jobs)
        return "" if busy else tr("Nothing is running.")

    def _without_such_a_menu(self) -> str:
        return "" if sys.platform == "linux" else tr("The installer of this system does that.")

    def _nothing_to_undo(self) -> str:
        return "" if self._commands.undo_stack.canUndo() else tr("There is nothing to undo.")

    def _nothing_to_redo(self) -> str:
        return "" if self._commands.undo_stack.canRedo() else tr("There is nothing to redo.")

    @Slot()
    def _trigger(self) -> None:
        verb, action = self._verbs[self.sender().objectName()]
        verb.run()
        _show(verb, action)


def _sequences(shortcut: Shortcut | tuple[Shortcut, ...] | None) -> list[QKeySequence]:
    """All keys of a shortcut, each once."""
    keys = shortcut if isinstance(shortcut, tuple) else () if shortcut is None else (shortcut,)
    found: dict[str, QKeySequence] = {}
    for key in keys:
        for sequence in QKeySequence.keyBindings(key) if isinstance(key, _KEY) else [QKeySequence(key)]:
            found.setdefault(sequence.toString(), sequence)
    return list(found.values())


def _show(verb: Verb, action: QAction) -> None:
    reason = verb.blocked()
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    tip = tr("{tip} ({keys})", tip=verb.tip, keys=keys) if keys else verb.tip
    action.setEnabled(not reason)
    action.setToolTip(tr("{tip}. {reason}", tip=verb.tip, reason=reason) if reason else tip)
    action.setStatusTip(reason or verb.tip)
    if verb.checked is not None:
        action.setChecked(verb.checked())
