"""Runs the scripts of exported folders in a process of their own, in which there is no vitprune.

They are forks of one that has imported torch and timm and nothing else, which takes most of the time of a new one.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Iterable
from pathlib import Path

_PYTHON = multiprocessing.get_context("forkserver")
_PYTHON.set_forkserver_preload(["torch", "timm", "safetensors.torch"])


def rebuild(folders: Iterable[Path], threads: int) -> None:
    """Each folder's `rebuild.py` writes its logits for images.safetensors to logits.safetensors, both beside it."""
    process = _PYTHON.Process(target=_rebuild, args=(list(folders), threads))
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    assert code == 0


def _rebuild(folders: list[Path], threads: int) -> None:
    import torch

    assert "vitprune" not in sys.modules
    sys.modules["vitprune"] = None  # type: ignore[assignment]
    torch.set_num_threads(threads)
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - ends with the process
    for folder in folders:
        os.chdir(folder)
        sys.argv = ["rebuild.py", "--tensor", "images.safetensors", "--save", "logits.safetensors"]
        runpy.run_path("rebuild.py", run_name="__main__")
