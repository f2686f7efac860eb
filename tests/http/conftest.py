"""The events that an HTTP app can get: every caller, and every form in which it sends requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contracts import ask

from lambda_router.testing import HttpResult, event

FORMS = (
    "api_gateway_rest",
    "api_gateway_rest.payload_v1",
    "api_gateway_http",
    "function_url",
    "alb",
    "alb.multi_value",
    "vpc_lattice",
    "vpc_lattice_v2",
)

Send = Callable[..., HttpResult]


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    """One of the events' names."""
    name: str = request.param
    return name


@pytest.fixture
def source(form: str) -> str:
    """The source that sends it."""
    return form.partition(".")[0]


@pytest.fixture
def send(form: str) -> Send:
    """`send(app, "GET", "/path", **parts)`: the answer, which the caller's model has accepted."""

    def send(app: Any, method: str, path: str, *, context: Any = None, **parts: Any) -> HttpResult:
        return ask(app, event(form, path=path, method=method, **parts), context)

    return send
