"""ViTPrune: which parts of a vision transformer are redundant, and what is lost and gained when they go.

Importing this package imports neither torch nor timm; the first call that needs them does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vitprune.plan import PruningPlan

if TYPE_CHECKING:
    from vitprune import lossless
    from vitprune.description import describe
    from vitprune.export.folder import load_exported
    from vitprune.scoring import score
    from vitprune.surgery import apply
    from vitprune.verification import verify

__version__ = "0.3.0"
__all__ = ["PruningPlan", "apply", "describe", "load_exported", "lossless", "score", "verify"]

_LAZY = {
    "apply": "vitprune.surgery",
    "describe": "vitprune.description",
    "load_exported": "vitprune.export.folder",
    "score": "vitprune.scoring",
    "verify": "vitprune.verification",
}


def __getattr__(name: str) -> object:
    if name == "lossless":
        return import_module("vitprune.lossless")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
