"""Runs the scripts of exported folders in a process of their own, in which there is no vitprune.

They are forks of one that has imported torch and timm and nothing else, which takes most of the time of a new one.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

_PYTHON = multiprocessing.get_context("forkserver")
_PYTHON.set_forkserver_preload(["torch", "timm", "safetensors.torch"])


def rebuild(folders: Iterable[Path], threads: int) -> None:
    """Each folder's `rebuild.py` writes its logits for images.safetensors to logits.safetensors, both beside it."""
    arguments = ("--tensor", "images.safetensors", "--save", "logits.safetensors")
    assert _run([(folder, arguments) for folder in folders], threads) == 0


def run_forked(command: Sequence[str], *, cwd: Path, **_: object) -> subprocess.CompletedProcess[bytes]:
    """In place of the `subprocess.run` by which a proof runs `rebuild.py`."""
    python, script, *arguments = command
    assert (python, script) == (sys.executable, "rebuild.py")
    return subprocess.CompletedProcess(command, _run([(cwd, tuple(arguments))], torch.get_num_threads()))


def _run(scripts: list[tuple[Path, tuple[str, ...]]], threads: int) -> int:
    process = _PYTHON.Process(target=_rebuild, args=(scripts, threads))
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    assert code is not None
    return code


def _rebuild(scripts: list[tuple[Path, tuple[str, ...]]], threads: int) -> None:
    assert "vitprune" not in sys.modules
    sys.modules["vitprune"] = None  # type: ignore[assignment]
    torch.set_num_threads(threads)
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - ends with the process
    for folder, arguments in scripts:
        os.chdir(folder)
        sys.argv = ["rebuild.py", *arguments]
        runpy.run_path("rebuild.py", run_name="__main__")
