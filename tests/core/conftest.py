"""Fixtures for the tests of the engine."""

from __future__ import annotations

import pytest

from tests.core.rebuilding import run_forked
from vitprune import verification


@pytest.fixture(autouse=True)
def brief(timed_briefly: None) -> None:
    pass


@pytest.fixture
def forked_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proof rebuilds is rebuilt in a process that need not import torch first."""
    monkeypatch.setattr(verification.subprocess, "run", run_forked)
