"""Fixtures for every part of the suite."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """No socket connects and no name resolves. The list holds the attempts."""
    attempts: list[object] = []

    def refuse(*args: object, **_: object) -> NoReturn:
        attempts.append(args)
        raise OSError("the network is blocked in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts


@pytest.fixture
def timed_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is timed on the way to something else is timed as few times as it can be."""
    from vitprune import latency

    for measure in (latency.measure, latency.site_latencies):
        monkeypatch.setattr(measure, "__kwdefaults__", (measure.__kwdefaults__ or {}) | {"seconds": 0.0})


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the cases of the conformance suite recorded; through their reports, since several processes may run them."""
    passed = [dict(report.user_properties) for report in terminalreporter.stats.get("passed", ())]
    if cases := [found for found in passed if "difference" in found]:
        terminalreporter.write_line(
            f"conformance: {len(cases)} models of {len({case['architecture'] for case in cases})} architectures, "
            f"{sum(case['sites'] for case in cases):,} sites, largest difference "
            f"{max(case['difference'] for case in cases):.1e} of the logits"
        )
