"""Another process of this very interpreter, which runs one function of the package."""

from __future__ import annotations

import os
import sys


def program(module: str) -> list[str]:
    """The command, without its arguments, that calls `main` of a module. A frozen application, which is its own
    interpreter, calls that itself before anything else."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-P", "-c", f"from {module} import main; main()"]


def environment() -> dict[str, str]:
    """That of this process, with what it can import."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path)}
