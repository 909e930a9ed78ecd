"""A test of a family runs once for each of its models."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames and metafunc.cls is not None:
        metafunc.parametrize("case", metafunc.cls.MODELS)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the cases recorded; through their reports, since they may have run in several processes."""
    passed = [dict(report.user_properties) for report in terminalreporter.stats.get("passed", ())]
    if cases := [found for found in passed if "difference" in found]:
        terminalreporter.write_line(
            f"conformance: {len(cases)} models of {len({case['architecture'] for case in cases})} architectures, "
            f"{sum(case['sites'] for case in cases):,} sites, largest difference "
            f"{max(case['difference'] for case in cases):.1e} of the logits"
        )
