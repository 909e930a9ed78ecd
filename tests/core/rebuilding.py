"""Runs the scripts of exported folders in a process of their own, in which there is no vitprune.

They are forks of one that has imported torch and timm and nothing else, which takes most of the time of a new one.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:  # there is none in the processes that this makes
    from vitprune.jobs import Job

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["torch", "timm", "safetensors.torch"])


def rebuild(folders: Iterable[Path], threads: int) -> None:
    """Each folder's `rebuild.py` writes its logits for images.safetensors to logits.safetensors, both beside it."""
    arguments = ("--tensor", "images.safetensors", "--save", "logits.safetensors")
    assert _run([(folder / "rebuild.py", arguments) for folder in folders], threads) == 0


def run_script(script: Path, arguments: Sequence[str], *, job: Job) -> None:
    """In place of `vitprune.export.apart.run`."""
    from vitprune.errors import ExportFailed

    job.check()
    if _run([(script, tuple(arguments))], torch.get_num_threads()) != 0:
        raise ExportFailed(f"{script.name} does not run.")


def _run(scripts: list[tuple[Path, tuple[str, ...]]], threads: int) -> int:
    process = WARM.Process(target=_rebuild, args=(scripts, threads))
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
    for script, arguments in scripts:
        os.chdir(script.parent)
        sys.argv = [script.name, *arguments]
        runpy.run_path(script.name, run_name="__main__")
