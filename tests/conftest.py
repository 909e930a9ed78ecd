"""Fixtures for every part of the suite."""

from __future__ import annotations

import socket
from typing import NoReturn

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
