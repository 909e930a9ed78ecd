"""The command line and torchrun without the time that imports take: every process apart, but each a fork of a warm one.

torchrun is its own code. The processes that it starts wait from the beginning, forked before it has any thread, and are
given what they are to run when it would start them.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.core.rebuilding import WARM


def torchrun(arguments: Sequence[str], folder: Path, processes: int) -> subprocess.CompletedProcess[str]:
    """`torchrun ARGUMENTS`, which starts this many Python processes. What they all say goes through files in folder."""
    told = [folder / "stdout.txt", folder / "stderr.txt"]
    launcher = WARM.Process(target=_launch, args=(tuple(arguments), told, processes))
    launcher.start()
    launcher.join(250)
    code = launcher.exitcode
    if code is None:
        launcher.kill()
    launcher.join()
    launcher.close()
    assert code is not None, "torchrun does not end"
    return subprocess.CompletedProcess(arguments, code, *(path.read_text() for path in told))


def vitprune(*arguments: object) -> BaseProcess:
    """`vitprune` with these arguments, in a process of its own that says nothing; it is under way."""
    process = WARM.Process(target=_vitprune, args=(tuple(map(str, arguments)),))
    process.start()
    return process


def _vitprune(arguments: Sequence[str]) -> None:
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - ends with the process
    from vitprune.cli import main

    main(arguments)


def _launch(arguments: Sequence[str], told: Sequence[Path], processes: int) -> None:
    for stream, path in zip((sys.stdout, sys.stderr), told, strict=True):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, stream.fileno())
        os.close(file)
    import vitprune.cli  # here, once, for all that are forked
    import vitprune.workflow  # noqa: F401

    fork = multiprocessing.get_context("fork")
    for _ in range(processes):
        there, here = fork.Pipe(duplex=False)
        process = fork.Process(target=_work, args=(there,), daemon=True)
        process.start()
        there.close()
        _Started.waiting.append((process, here))
    assert "torch.distributed.elastic.multiprocessing" not in sys.modules
    subprocess.Popen = _Started  # type: ignore[misc]
    from torch.distributed import run

    run.main(list(arguments))


class _Started(subprocess.Popen[bytes]):
    """`python -u SCRIPT ...` or `python -u -m MODULE ...` in a process that waits; other programs as ever."""

    waiting: list[tuple[BaseProcess, Connection]] = []  # noqa: RUF012 - of one process, in which there is one torchrun

    def __init__(self, args: Any, **options: Any) -> None:
        self._process: BaseProcess | None = None
        if args[:2] != (sys.executable, "-u"):
            super().__init__(args, **options)
            return
        self._process, pipe = self.waiting.pop()
        assert self._process.pid is not None
        self.pid = self._process.pid
        pipe.send((args[2:], options["env"]))

    def poll(self) -> int | None:
        return super().poll() if self._process is None else self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        if self._process is None:
            return super().wait(timeout)
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("python", timeout or 0)
        return code

    def __del__(self, *_: Any) -> None:
        """Its process is no child of subprocess's."""


def _work(pipe: Connection) -> None:
    os.setsid()  # as torchrun has it
    command, environment = pipe.recv()
    os.environ.clear()
    os.environ.update(environment)
    if command[0] == "-m":
        sys.argv = ["python", *command[2:]]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
