"""The application as a process of its own: what it imports, how it ends, what it says where no window can open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vitprune.errors import DisplayUnavailable
from vitprune_gui import __main__ as entry

ROOT = Path(__file__).parents[2]


def run(
    code: str, folder: Path, *arguments: str, timeout: float = 150, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter with settings of its own."""
    paths = os.pathsep.join(map(str, (ROOT / "core", ROOT / "resources", ROOT)))
    variables = {
        **os.environ,
        "PYTHONPATH": paths,
        "QT_QPA_PLATFORM": "offscreen",
        "VITPRUNE_CONFIG_DIR": str(folder),
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=variables,
        check=False,
    )


def _noise(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if "This plugin does not support" not in line]


def test_importing_the_application_imports_no_heavy_library(tmp_path: Path) -> None:
    code = """
import sys
import vitprune_gui.app, vitprune_gui.__main__
heavy = ("torch", "timm", "torchvision", "h5py", "scipy", "numpy", "pyqtgraph", "qtawesome", "PIL", "huggingface_hub")
print([name for name in heavy if name in sys.modules])
"""
    done = run(code, tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


_CLOSE_AFTER_FIRST_PAINT = """
import sys
from PySide6.QtCore import QTimer
from vitprune_gui import app
from vitprune_gui.__main__ import parse
build = app.build
def closing(*args, **kwargs):
    shell = build(*args, views={}, **kwargs)
    shell.window.built.connect(shell.window.close)
    return shell
app.build = closing
sys.exit(app.run(parse([])))
"""


_CLOSE_WHILE_STUCK = """
import ctypes, sys, time
from dataclasses import dataclass
from PySide6.QtCore import QTimer
from vitprune_gui import app, runner
from vitprune_gui.__main__ import parse
runner.PATIENCE_MS = 300
build = app.build

@dataclass(frozen=True)
class Stuck(runner.Request):
    topic = "stuck"
    title = "Never comes back"

    def run(self, engine, job):
        print("stuck", flush=True)
        ctypes.CDLL(None).sleep(100)

def closing(*args, **kwargs):
    shell = build(*args, views={}, **kwargs)
    shell.window.built.connect(lambda: shell.runner.submit(Stuck()))
    shell.state.jobs_changed.connect(
        lambda: any(job.state == "running" and job.title == Stuck.title for job in shell.state.jobs)
        and QTimer.singleShot(200, shell.window.close)
    )
    return shell

app.build = closing
sys.exit(app.run(parse([])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sleeps in the C library of Unix")
def test_a_worker_that_never_comes_back_does_not_keep_the_application(tmp_path: Path) -> None:
    done = run(_CLOSE_WHILE_STUCK, tmp_path, timeout=60)
    assert "stuck" in done.stdout
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_first_paint_comes_without_torch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(_CLOSE_AFTER_FIRST_PAINT, tmp_path, VITPRUNE_PRINT_FIRST_PAINT="1")
    found = re.match(r"first paint after ([\d.]+) s, torch imported: (\w+)", done.stdout)
    assert found, done
    with capsys.disabled():
        print(f" [first paint after {found[1]} s] ", end="")
    assert found[2] == "False"
    # It was closed while the worker imported torch, which cannot be interrupted: that has to end well, too.
    # (PyTorch itself may have something to say on a machine with half a CUDA.)
    assert done.returncode == 0
    assert "QThread" not in done.stderr
    assert "Traceback" not in done.stderr


_CLOSE_WHILE_WORKING = """
import sys, time
from dataclasses import dataclass
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QApplication
from vitprune_gui.app import build
from vitprune_gui.runner import Request
from vitprune_gui.settings import Settings

@dataclass(frozen=True)
class Busy(Request):
    @property
    def title(self):
        return "Busy"
    def run(self, engine, job):
        for i in range(10**9):
            sum(range(2000))
            job.progress("Busy", i, 10**9)

application = QApplication([])
shell = build(Settings(Path(sys.argv[1])), make_engine=object, views={})
for _ in range(3):
    shell.runner.submit(Busy())
    shell.commands.undo_stack.push(QUndoCommand("An edit"))
shell.window.show()
QTimer.singleShot(int(sys.argv[2]), shell.window.close)
application.exec()
assert any(job.state == "running" for job in shell.state.jobs)
sys.exit(0 if shell.close() else 3)
"""


def test_closing_while_working_is_quiet_every_time(tmp_path: Path) -> None:
    for delay in range(0, 10, 3):
        done = run(_CLOSE_WHILE_WORKING, tmp_path, str(tmp_path), str(delay * 25))
        assert (done.returncode, _noise(done)) == (0, []), f"closed after {delay * 25} ms"


def test_exception_in_a_slot_reaches_the_window_and_the_log(tmp_path: Path) -> None:
    code = """
import sys
from PySide6.QtCore import QTimer
from vitprune_gui import app
from vitprune_gui.__main__ import parse
build = app.build
def broken():
    raise LookupError("in a slot")
def breaking(*args, **kwargs):
    shell = build(*args, views={}, **kwargs)
    shell.commands.refresh_catalog = lambda: None  # torch has no part in this
    shell.window.built.connect(broken)
    def look(tries=100):
        if tries and not shell.window.banner.isVisible():
            QTimer.singleShot(100, lambda: look(tries - 1))
            return
        print(shell.window.banner.isVisible(), shell.window.banner.message.text())
        shell.window.close()
    shell.window.built.connect(lambda: QTimer.singleShot(200, look))
    return shell
app.build = breaking
sys.exit(app.run(parse([])))
"""
    done = run(code, tmp_path)
    assert done.stdout.startswith("True Something went wrong inside ViTPrune (LookupError: in a slot)"), done
    assert done.returncode == 0
    assert "Traceback" in (tmp_path / "logs" / "vitprune.log").read_text()


def test_crash_is_told_at_the_next_start(tmp_path: Path) -> None:
    crash = """
import faulthandler, sys
from pathlib import Path
from vitprune_gui.crash import CrashGuard
guard = CrashGuard(Path(sys.argv[1]))
print(repr(guard.install()))
faulthandler._sigabrt()
"""
    again = crash.replace("faulthandler._sigabrt()", "guard.uninstall()")
    assert run(crash, tmp_path, str(tmp_path)).returncode < 0
    told = run(again, tmp_path, str(tmp_path))
    assert "Fatal Python error" in told.stdout
    assert run(again, tmp_path, str(tmp_path)).stdout.strip() == "''"
    assert list(tmp_path.glob("crash-*.log")) == []


def test_termination_is_a_normal_end(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from PySide6.QtCore import QTimer
from vitprune_gui import app
from vitprune_gui.__main__ import parse
build = app.build
def ending(*args, **kwargs):
    shell = build(*args, views={}, **kwargs)
    shell.commands.refresh_catalog = lambda: None  # torch has no part in this
    shell.window.built.connect(lambda: os.kill(os.getpid(), signal.SIGTERM))
    return shell
app.build = ending
sys.exit(app.run(parse([])))
"""
    assert run(code, tmp_path).returncode == 0


def test_no_display_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert entry.main([]) == 2
    assert capsys.readouterr().err.startswith("There is no display")


def test_missing_libraries_are_named_as_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "_loads", lambda library: library not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    with pytest.raises(DisplayUnavailable) as caught:
        entry.check_platform({"DISPLAY": ":0"})
    assert caught.value.hint.endswith("apt-get install libegl1 libxcb-cursor0")
    with pytest.raises(DisplayUnavailable) as caught:
        entry.check_platform({"QT_QPA_PLATFORM": "offscreen"})
    assert caught.value.hint.endswith("apt-get install libegl1"), "no window on X11 is asked for"


def test_unreachable_display_is_not_left_to_qt() -> None:
    code = "import os, sys; from vitprune_gui.__main__ import main; sys.exit(main([]))"
    done = run(code, ROOT, QT_QPA_PLATFORM="xcb", DISPLAY=":7654")
    if "apt-get install" in done.stderr:
        pytest.skip("the libraries for X11 are not installed here")
    assert done.returncode == 2
    assert done.stderr.startswith("The display :7654 cannot be reached.")


def test_package_list_is_the_one_that_is_checked() -> None:
    lines = (ROOT / "packaging" / "apt.txt").read_text().splitlines()
    listed = {line for line in lines if line and not line.startswith("#")}
    checked = set(entry.LIBRARIES_EVERYWHERE.values()) | set(entry.LIBRARIES_XCB.values())
    assert listed == checked | {"fonts-dejavu-core"}
