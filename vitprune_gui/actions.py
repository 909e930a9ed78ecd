"""Every action of the window, once: menus, toolbar and shortcuts share it. A disabled one says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette

from vitprune_gui.commands import Commands
from vitprune_gui.state import AppState

_KEY = QKeySequence.StandardKey
_NO_MODEL = "Open a model first."


@dataclass(frozen=True, slots=True)
class Verb:
    """`blocked` says why it cannot be done now, empty when it can."""

    name: str
    text: str
    tip: str
    run: Callable[[], object]
    blocked: Callable[[], str] = lambda: ""
    shortcut: _KEY | str | None = None
    icon: str = ""
    role: QAction.MenuRole = QAction.MenuRole.NoRole


class Actions(QObject):
    """`actions["analyze"]` is the QAction of a verb. The window adds those that are about itself."""

    def __init__(self, state: AppState, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._commands = commands
        self._verbs: dict[str, tuple[Verb, QAction]] = {}
        for verb in self._own_verbs():
            self.add(verb)
        for changed in (
            state.model_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
            state.plan_changed,
            state.scores_changed,
            state.evaluations_changed,
            state.jobs_changed,
            state.environment_changed,
        ):
            changed.connect(self._update)
        stack = commands.undo_stack
        stack.undoTextChanged.connect(self._update)
        stack.redoTextChanged.connect(self._update)
        stack.indexChanged.connect(self._update)
        self._update()

    def __getitem__(self, name: str) -> QAction:
        return self._verbs[name][1]

    def __iter__(self) -> Iterator[QAction]:
        return (action for _, action in self._verbs.values())

    def add(self, verb: Verb) -> QAction:
        action = QAction(verb.text, self)
        action.setObjectName(verb.name)
        action.setMenuRole(verb.role)
        action.setIconText(action.iconText())  # the toolbar keeps the short text when the menu's grows
        if verb.shortcut is not None:
            action.setShortcut(QKeySequence(verb.shortcut))
        # Connected through a method of its own: `triggered` carries `checked`, which no verb wants.
        action.triggered.connect(self._trigger)
        self._verbs[verb.name] = (verb, action)
        self._refresh(verb, action)
        return action

    def load_icons(self, palette: QPalette) -> None:
        """Draw the icons in the colours of the palette. Imports qtawesome, so call it after the first paint."""
        import qtawesome

        colour = palette.color(QPalette.ColorRole.ButtonText)
        faint = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        for verb, action in self._verbs.values():
            if verb.icon:
                action.setIcon(qtawesome.icon(verb.icon, color=colour, color_disabled=faint))

    def _own_verbs(self) -> tuple[Verb, ...]:
        do = self._commands
        return (
            Verb("open_model_file", "Open &model file…", "Open a weights file of a timm model", do.ask_model_file,
                 shortcut="Ctrl+Shift+O", icon="mdi6.cube-outline"),
            Verb("open_model_folder", "Open exported &folder…", "Open a model that ViTPrune exported",
                 do.ask_model_folder, icon="mdi6.folder-open-outline"),
            Verb("open_images", "&Images to analyse…", "Choose the folder of images to find redundancy with",
                 do.ask_images, self._without_model, "Ctrl+I", "mdi6.image-multiple-outline"),
            Verb("open_test_images", "Images to e&valuate…", "Choose other, labelled images to measure accuracy on",
                 do.ask_test_images, self._without_model, "Ctrl+Shift+I", "mdi6.image-check-outline"),
            Verb("open_session", "&Open session…", "Open a saved session", do.ask_session, shortcut=_KEY.Open,
                 icon="mdi6.file-chart-outline"),
            Verb("use_sample", "Open sa&mple", "Open the sample model and its images, and analyse it", do.use_sample,
                 icon="mdi6.school-outline"),
            Verb("save", "&Save", "Save the session", self._save, self._without_session, _KEY.Save,
                 "mdi6.content-save-outline"),
            Verb("save_as", "Save &as…", "Save the session under another name", do.save_session_as,
                 self._without_session, _KEY.SaveAs),
            Verb("export", "&Export folder…", "Write the pruned model into a folder that runs without ViTPrune",
                 self._export, self._without_model, "Ctrl+E", "mdi6.export"),
            Verb("undo", "&Undo", "Undo", do.undo, self._nothing_to_undo, _KEY.Undo, "mdi6.undo"),
            Verb("redo", "&Redo", "Redo", do.redo, self._nothing_to_redo, _KEY.Redo, "mdi6.redo"),
            Verb("clear_plan", "&Clear plan", "Keep every site", do.clear_plan, self._without_plan,
                 icon="mdi6.eraser"),
            Verb("analyze", "&Analyse", "Measure how redundant each site is", do.analyze, self._not_analysable, "F5",
                 "mdi6.play"),
            Verb("measure_damage", "Measure the &damage", "Leave out each site alone and measure what the outputs lose",
                 do.measure_damage, self._not_analysable, "Shift+F5"),
            Verb("evaluate", "&Evaluate", "Measure what the plan costs and gains", do.evaluate, self._not_evaluable,
                 "F6", "mdi6.scale-balance"),
            Verb("keep_pictures", "Keep &pictures of changed images",
                 "Put small pictures of the images that not all evaluations agree on into the session",
                 do.keep_pictures, self._nothing_changed),
            Verb("cancel", "&Cancel", "Stop everything that runs or waits", do.cancel_jobs, self._nothing_runs,
                 "Ctrl+.", "mdi6.stop"),
        )  # fmt: skip

    def _save(self) -> None:
        self._commands.save_session()

    def _export(self) -> None:
        self._commands.export_folder()

    def _without_model(self) -> str:
        return "" if self._state.model else _NO_MODEL

    def _without_session(self) -> str:
        return self._without_model() or ("" if self._state.environment else "The model is still being opened.")

    def _without_plan(self) -> str:
        return "" if self._state.plan else "Nothing is to be removed."

    def _not_evaluable(self) -> str:
        return self._without_model() or ("" if self._state.images_to_evaluate else "Open images to evaluate first.")

    def _nothing_changed(self) -> str:
        return "" if len(self._state.evaluations) > 1 else "Evaluate a plan first."

    def _not_analysable(self) -> str:
        state = self._state
        reason = state.unprunable
        return reason or self._without_model() or ("" if state.data else "Open images to analyse first.")

    def _nothing_runs(self) -> str:
        busy = any(job.state in ("running", "queued") for job in self._state.jobs)
        return "" if busy else "Nothing is running."

    def _nothing_to_undo(self) -> str:
        return "" if self._commands.undo_stack.canUndo() else "There is nothing to undo."

    def _nothing_to_redo(self) -> str:
        return "" if self._commands.undo_stack.canRedo() else "There is nothing to redo."

    @Slot()
    def _trigger(self) -> None:
        verb, _ = self._verbs[self.sender().objectName()]
        verb.run()

    @Slot()
    def _update(self) -> None:
        for verb, action in self._verbs.values():
            self._refresh(verb, action)
        stack = self._commands.undo_stack
        self["undo"].setText(f"&Undo {stack.undoText()}".strip())
        self["redo"].setText(f"&Redo {stack.redoText()}".strip())

    def _refresh(self, verb: Verb, action: QAction) -> None:
        reason = verb.blocked()
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = f"{verb.tip} ({keys})" if keys else verb.tip
        action.setEnabled(not reason)
        action.setToolTip(f"{verb.tip}. {reason}" if reason else tip)
        action.setStatusTip(reason or verb.tip)


class Choice(QActionGroup):
    """One of a few named values, as a group of checkable actions."""

    def __init__(self, options: dict[str, str], current: str, chosen: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._chosen = chosen
        for value, text in options.items():
            action = QAction(text, self)
            action.setData(value)
            action.setCheckable(True)
            action.setChecked(value == current)
            self.addAction(action)
        self.triggered.connect(self._on_triggered)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self._chosen(action.data())
