"""A test of a family runs once for each of its models."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.families.conformance import SEEN


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames and metafunc.cls is not None:
        metafunc.parametrize("case", metafunc.cls.MODELS)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if SEEN:
        sites = sum(found for _, found, _ in SEEN)
        largest = max(difference for _, _, difference in SEEN)
        terminalreporter.write_line(
            f"conformance: {len(SEEN)} architectures, {sites:,} sites, largest difference {largest:.1e} of the logits"
        )
