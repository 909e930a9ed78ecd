"""Fixtures for the tests of the engine."""

from __future__ import annotations

import pytest

from tests.core.rebuilding import run_script
from vitprune.export import proving


@pytest.fixture(autouse=True)
def brief(timed_briefly: None) -> None:
    pass


@pytest.fixture
def forked_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts that a proof or an export runs do so in a process that need not import torch first."""
    monkeypatch.setattr(proving, "run", run_script)
