"""VPC Lattice services, event version 1."""

from __future__ import annotations

from typing import Any

import pytest
from contracts import ask

from lambda_router import Request, Response, Router, detect
from lambda_router.testing import LambdaContext, event

LATTICE = "vpc_lattice"


def test_requests_are_recognised() -> None:
    assert detect(event(LATTICE)) == LATTICE


@pytest.mark.parametrize(
    "change",
    [
        {"raw_path": None},
        {"raw_path": ["/"]},
        {"method": None},
        {"headers": None},
        {"headers": []},
        {"requestContext": {}},
    ],
)
def test_other_events_are_not(change: Any) -> None:
    assert not Router.vpc_lattice.load().recognise({**event(LATTICE), **change})


@pytest.mark.parametrize("anything", [None, True, 7, "x", [], {}, [{}], {"raw_path": "/"}])
def test_no_event_at_all(anything: Any) -> None:
    assert Router.vpc_lattice.load().recognise(anything) is False


def test_every_part() -> None:
    app = Router()
    seen: list[Request] = []
    app.put("/orders/{order_id}")(lambda request: seen.append(request))
    sent = event(
        LATTICE,
        path="/orders/7",
        method="PUT",
        query=[("a", "1"), ("a", "2"), ("b", "3")],
        headers=[("X-Many", "4"), ("X-Many", "5")],
        cookies={"c": "6"},
        body=b"seven\xff",
        client_ip="10.0.0.8",
    )
    ask(app, sent)
    (request,) = seen
    assert (request.method, request.path, request.raw_path) == ("PUT", "/orders/7", "/orders/7")
    assert (request.path_params, request.stage) == ({"order_id": "7"}, None)
    assert (request.query, request.query.all("a")) == ({"a": "2", "b": "3"}, ["2"])
    assert request.headers["x-many"] == "4, 5"
    assert (request.cookies, request.body) == ({"c": "6"}, b"seven\xff")
    assert (request.claims, request.client_ip) == ({}, "10.0.0.8")
    assert (request.source, request.event) == (LATTICE, sent)


def test_the_answer() -> None:
    app = Router()
    app.get("/")(lambda: Response({"a": 1}, 201, headers={"X-A": ["1", "2"]}, cookies=["c=3", "d=4"]))
    assert app(event(LATTICE, path="/")) == {
        "statusCode": 201,
        "headers": {
            "X-A": "1, 2",
            "content-type": "application/json",
            "set-cookie": "c=3",
            "Set-cookie": "d=4",
        },
        "body": '{"a":1}',
        "isBase64Encoded": False,
    }


def test_a_raw_path_with_a_query() -> None:
    app = Router()
    app.get("/orders")(lambda: "orders")
    assert ask(app, {**event(LATTICE), "raw_path": "/orders?a=1"}).text == "orders"


def test_the_correlation_id_is_the_invocations() -> None:
    app = Router()
    app.get("/")(lambda: 1 / 0)
    context = LambdaContext()
    assert ask(app, event(LATTICE, path="/"), context).json()["correlation_id"] == context.aws_request_id
    assert app(event(LATTICE, path="/"))["body"].endswith('"correlation_id":"unknown"}')
