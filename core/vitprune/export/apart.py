"""Scripts of an exported folder, run in a process that knows nothing of this package."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from vitprune.errors import ExportFailed
from vitprune.jobs import Job

_LOOK = 0.02  # seconds between two looks at the cancel
_TOLD = 4000  # characters of what it said at its end


def run(script: Path, arguments: Sequence[str], *, job: Job) -> None:
    """Run a script that this process wrote, in its own folder. Raises ExportFailed, with what it said, when it fails,
    and Cancelled within a second of the cancel."""
    # The order of a sum depends on the number of threads, so both processes use the same.
    environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads()), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, script.name, *arguments],
            cwd=script.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            while process.poll() is None:
                job.check()
                time.sleep(_LOOK)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            said.seek(0)
            text = said.read().decode("utf-8", "replace")[-_TOLD:]
            raise ExportFailed(
                f"{script.name} of the exported folder does not run in a process of its own.",
                hint="The folder was not written. This is a defect of the export: please report it with the details.",
                details=text,
            )
