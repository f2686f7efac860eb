"""No network and no log lines: 10,000 failing calls would write a book of them."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from isolation.alone import Alone
from isolation.app import FLAVOURS, build

CAMPAIGN = int(os.environ.get("LAMBDA_ROUTER_ISOLATION", "0"))
"""Sequences of 50 events, and hundreds of calls a thread, in place of what every run does."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever goes on the network is refused, and found out even if the refusal was caught."""
    sought: list[Any] = []

    def refuse(*where: Any, **_: Any) -> Any:
        sought.append(where)
        raise ConnectionRefusedError("this test is offline")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert sought == []


@pytest.fixture(scope="session")
def alone() -> Iterator[Alone]:
    """The outcome of a case that is the first and only one of its environment."""
    asked = Alone()
    yield asked
    asked.close()


@pytest.fixture(scope="session")
def apps() -> dict[str, Any]:
    """An app of each flavour; all tests share them, for history does not matter."""
    return {flavour: build(flavour) for flavour in FLAVOURS}


@pytest.fixture
def plain(apps: dict[str, Any]) -> Any:
    """The app with synchronous user code."""
    return apps["plain"]


@pytest.fixture
def asynchronous(apps: dict[str, Any]) -> Any:
    """The app with asynchronous user code."""
    return apps["asynchronous"]
