"""Recovery training in the window: what is asked for, the live curve, the end, and a stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import shiboken6
from PySide6.QtWidgets import QLabel

from tests.gui import synthetic
from tests.gui.conftest import ENVIRONMENT, FakeDialogs
from vitprune.architecture import Architecture
from vitprune.comparison import compare
from vitprune.curve import Check, Curve, TrainingSettings
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Training
from vitprune.statistics import Estimate
from vitprune_gui.app import Shell
from vitprune_gui.charts.training import TrainingChart
from vitprune_gui.item_models.evaluations_model import EvaluationsModel
from vitprune_gui.views.training_dialog import TrainingDialog


def curve(checks: int, settings: TrainingSettings | None = None, ended: str = "") -> Curve:
    """Held-out losses of 1, 1/2, 1/3 and so on, ten steps apart."""
    losses = [1 / (n + 1) for n in range(checks)]
    return Curve(
        settings=settings or TrainingSettings(),
        losses=np.linspace(1.2, 0.4, 10 * (checks - 1)),
        checks=tuple(
            Check(10 * n, 6.0 * n, Estimate(loss, loss - 0.1, loss + 0.1, 9), Estimate(0.9, 0.8, 0.95, 9))
            for n, loss in enumerate(losses)
        ),
        best=checks - 1,
        gain=Estimate(losses[-1] - 1, -0.9, -0.1, 9),
        images=81,
        held_out=9,
        labelled=False,
        trained=1000,
        seconds=6.0 * checks,
        ended=ended,
    )


class FakeRecovery:
    """`vitprune.recovery` as far as the window can tell. It shows three checks, and waits at the gate for the last."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.gate = threading.Event()
        model = synthetic.architecture()
        plan = PruningPlan.of(model, {"blocks.1.attn": "remove"})
        before, after = (synthetic.evaluation(model, plan, accuracy=share, milliseconds=9) for share in (0.7, 0.8))
        self.gained = compare(before, after)

    def recover(
        self,
        model: Any,
        plan: PruningPlan,
        images: Any,
        folder: Path,
        *,
        job: Job,
        on_curve: Callable[[Curve], None],
        **how: Any,
    ) -> Any:
        self.asked.append({"plan": plan, "images": images.reference, "folder": folder, **how})
        on_curve(curve(1))
        on_curve(curve(3))
        while not self.gate.wait(0.005):
            if not how["keep_stopped"]:
                job.check()
            elif job.stop.is_set():
                break
        settings, test = how["settings"], how["test"]
        made = (
            [
                Evaluation(p, test.reference, 95, 950, np.array([0, 1]), {}, top1=Estimate(0.5, 0.4, 0.6, 2))
                for p in (replace(plan, actions=frozenset()), plan, plan)
            ]
            if test is not None
            else []
        )
        ended = "It was stopped." if job.stop.is_set() else "It had the time that it was given."
        found = Training(
            plan, curve(4, settings, ended), images.reference, "f" * 64, ENVIRONMENT, "now", made[2] if made else None
        )
        return SimpleNamespace(
            training=found,
            folder=folder,
            dense=made[0] if made else None,
            untrained=made[1] if made else None,
            gained=self.gained if made else None,
            left=None,
        )


@pytest.fixture
def recovery(modules: dict[str, Any], workflow: Any, monkeypatch: pytest.MonkeyPatch) -> FakeRecovery:
    fake = FakeRecovery()
    monkeypatch.setattr("vitprune_gui.requests.training.import_module", {"vitprune.recovery": fake}.__getitem__)
    return fake


@pytest.fixture
def ready(qtbot: Any, recovery: FakeRecovery, shell: Shell, dialogs: FakeDialogs, tmp_path: Path) -> Shell:
    """A model, images to train on, others to measure on, and a plan."""
    for step in (
        lambda: shell.commands.open_model("toy"),
        lambda: shell.commands.open_images("photos"),
        lambda: shell.commands.open_test_images("others"),
    ):
        step()
        qtbot.waitUntil(lambda: shell.idle)
    shell.commands.remove_sites(["blocks.1.attn"])
    dialogs.folder = str(tmp_path / "trained")
    return shell


@pytest.fixture
def dialog(ready: Shell) -> Any:
    ready.window.actions_["recover"].trigger()
    found = ready.window.findChild(TrainingDialog)
    assert found is not None
    yield found
    if shiboken6.isValid(found):
        found.close()


def test_it_says_what_is_missing(qtbot: Any, shell: Shell) -> None:
    action = shell.window.actions_["recover"]
    assert not action.isEnabled()
    shell.commands.open_model("toy")
    qtbot.waitUntil(lambda: shell.idle)
    action.trigger()
    dialog = shell.window.findChild(TrainingDialog)
    assert dialog is not None
    assert not dialog.start.isEnabled()
    assert dialog.status.text() == "Nothing is to be removed."
    shell.commands.remove_sites(["blocks.1.attn"])
    assert dialog.status.text() == "Open images to analyse first."
    dialog.close()


def test_a_training_is_shown_while_it_runs_and_opens_when_it_is_through(
    qtbot: Any, ready: Shell, dialog: TrainingDialog, recovery: FakeRecovery, dialogs: FakeDialogs
) -> None:
    dialog.minutes.setValue(3.5)
    dialog.weights.setCurrentIndex(1)
    dialog.mirror.setChecked(True)
    dialog.measured.setChecked(True)
    dialog.start.click()
    qtbot.waitUntil(lambda: bool(dialog.chart.curve and len(dialog.chart.curve.checks) == 3))
    [asked] = recovery.asked
    settings = asked["settings"]
    assert (settings.minutes, settings.weights, settings.mirror, settings.labels) == (3.5, "low-rank", True, 0.0)
    assert asked["test"].reference.source == "others"
    assert asked["images"].source == "photos"
    assert asked["plan"].sites == {"blocks.1.attn"}
    assert not dialog.start.isEnabled()
    assert dialog.cancel.isVisible()
    assert "Held-out loss 1" in dialog.result_.text()

    dialog.close()  # the training goes on, and the next dialog shows it
    ready.window.actions_["recover"].trigger()
    again = [one for one in ready.window.findChildren(TrainingDialog) if one.isVisible()][-1]
    assert again.chart.curve is not None
    assert again.cancel.isVisible()
    recovery.gate.set()
    qtbot.waitUntil(lambda: ready.idle)
    assert not again.cancel.isVisible()
    assert len(again.chart.table()) == 1 + 4 + 30
    assert f"Against the untrained model: {recovery.gained.sentence}" in again.result_.text()
    [training] = ready.state.trainings
    assert training.curve.settings.minutes == 3.5
    assert ready.state.dirty
    session = ready.commands.keeping.session()
    assert session is not None
    assert session.trainings == (training,)
    assert len(ready.state.evaluations) == 2
    assert dialogs.asked.count("export_folder") == 1
    dialogs.answer = "discard"  # of the session that is not saved
    again.open_.click()
    qtbot.waitUntil(lambda: bool(ready.state.model and ready.state.model.source == dialogs.folder))
    assert not ready.state.trainings
    again.close()


@pytest.mark.parametrize("kept", [False, True])
def test_a_stop_keeps_what_was_reached_where_that_is_wanted(
    qtbot: Any, ready: Shell, dialog: TrainingDialog, recovery: FakeRecovery, kept: bool
) -> None:
    dialog.kept.setChecked(kept)
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.chart.curve is not None)
    dialog.cancel.click()
    qtbot.waitUntil(lambda: ready.idle)
    assert dialog.start.isEnabled()
    assert len(ready.state.trainings) == kept
    assert dialog.open_.isVisible() == kept
    assert ("It was stopped." in dialog.result_.text()) == kept
    assert recovery.asked[0]["keep_stopped"] is kept


def test_the_same_images_are_not_measured_on(qtbot: Any, ready: Shell, dialog: TrainingDialog) -> None:
    assert dialog.measured.isEnabled()
    ready.commands.open_test_images("photos")
    qtbot.waitUntil(lambda: ready.idle)
    assert not dialog.measured.isEnabled()


def test_no_line_is_cut_off(dialog: TrainingDialog) -> None:
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()


def test_the_chart_shows_every_check_with_its_interval(qtbot: Any) -> None:
    chart = TrainingChart()
    qtbot.addWidget(chart)
    chart.show_curve(curve(5))
    assert chart._dots.getData()[0].tolist() == [0, 10, 20, 30, 40]
    assert chart._best.getData()[0].tolist() == [40]
    x, y = chart._steps.getData()
    assert x is not None
    assert y is not None
    assert len(x) == len(y) == 40
    assert chart.table()[1] == ("held out", 0, 1.0, 0.9, 1.1, 9, 0.0)
    assert "from 1" in chart.accessibleDescription()
    chart.show_curve(None)
    assert len(chart.table()) == 1


def test_a_trained_model_is_a_column_beside_its_plan(architecture: Architecture) -> None:
    data = DataReference("others", ("a", "b"), (0, 1), ("x", "y"), (), 0, "sha")
    plan = PruningPlan.of(architecture, {"blocks.1.attn": "remove"})
    dense, repaired, trained = (
        Evaluation(p, data, 95, 950, np.array([0, 1]), {}, top1=Estimate(share, share, share, 2))
        for p, share in ((PruningPlan.of(architecture), 0.9), (plan, 0.5), (plan, 0.8))
    )
    model = EvaluationsModel()
    model.show((dense, repaired), plan, architecture, data, (trained,))
    assert model.columns == (dense, repaired, trained)
    assert model.current is repaired
    head, top1 = model.rows()[:2]
    assert "then trained" in head[3]
    assert "then trained" not in head[2]
    assert "80" in top1[3]
