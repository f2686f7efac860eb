"""VPC Lattice services, event version 2."""

from __future__ import annotations

from typing import Any

import pytest
from contracts import ask

from lambda_router import Request, Response, Router, detect
from lambda_router.testing import LambdaContext, event

LATTICE = "vpc_lattice_v2"


def test_requests_are_recognised() -> None:
    assert detect(event(LATTICE)) == LATTICE
    for missing in ("serviceNetworkArn", "serviceArn"):
        sent = event(LATTICE)
        del sent["requestContext"][missing]
        assert detect(sent) == LATTICE


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0"},
        {"version": 2},
        {"path": None},
        {"method": ["GET"]},
        {"requestContext": None},
        {"requestContext": {"targetGroupArn": "arn"}},
    ],
)
def test_other_events_are_not(change: Any) -> None:
    assert not Router.vpc_lattice_v2.load().recognise({**event(LATTICE), **change})


@pytest.mark.parametrize("anything", [None, True, 7, "x", [], {}, [{}], {"version": "2.0"}])
def test_no_event_at_all(anything: Any) -> None:
    assert Router.vpc_lattice_v2.load().recognise(anything) is False


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
        body="seven",
        claims={"principal": "zoe"},
        client_ip="10.0.0.8",
    )
    ask(app, sent)
    (request,) = seen
    assert (request.method, request.path, request.raw_path) == ("PUT", "/orders/7", "/orders/7")
    assert (request.path_params, request.stage) == ({"order_id": "7"}, None)
    assert (request.query, request.query.all("a")) == ({"a": "2", "b": "3"}, ["1", "2"])
    assert (request.headers["x-many"], request.headers.all("x-many")) == ("4, 5", ["4", "5"])
    assert (request.cookies, request.text) == ({"c": "6"}, "seven")
    assert (request.claims["principal"], request.client_ip) == ("zoe", "10.0.0.8")
    assert (request.source, request.event) == (LATTICE, sent)


def test_the_answer() -> None:
    app = Router()
    app.get("/")(lambda: Response(b"\xff", 201, headers={"X-A": ["1", "2"]}, cookies=["c=3", "d=4"]))
    assert app(event(LATTICE, path="/")) == {
        "statusCode": 201,
        "headers": {
            "X-A": "1, 2",
            "content-type": "application/octet-stream",
            "set-cookie": "c=3",
            "Set-cookie": "d=4",
        },
        "body": "/w==",
        "isBase64Encoded": True,
    }


def test_what_is_absent() -> None:
    app = Router()
    app.get("/")(lambda query, headers, cookies, body, claims: [query, headers, cookies, body, claims])
    sent = event(LATTICE, path="/")
    del sent["headers"], sent["queryStringParameters"], sent["requestContext"]["identity"]
    assert ask(app, sent).json() == [{}, {}, {}, None, {}]


def test_the_spelling_of_one_of_the_documented_samples() -> None:
    app = Router()
    app.get("/")(lambda query: [query, query.all("a")])
    sent = {**event(LATTICE, path="/"), "query_string_parameters": {"a": ["1", "2"]}}
    del sent["queryStringParameters"]
    assert ask(app, sent).json() == [{"a": "2"}, ["1", "2"]]


@pytest.mark.parametrize(
    ("identity", "claims"),
    [
        (None, {}),
        ("text", {}),
        ({"sourceVpcArn": "arn"}, {}),
        ({"sourceVpcArn": "arn", "type": "AWS_IAM"}, {"sourceVpcArn": "arn", "type": "AWS_IAM"}),
        ({"principal": "zoe"}, {"principal": "zoe"}),
    ],
)
def test_claims(identity: Any, claims: Any) -> None:
    sent = event(LATTICE, path="/")
    sent["requestContext"]["identity"] = identity
    app = Router()
    app.get("/")(lambda claims: claims)
    assert ask(app, sent).json() == claims


def test_the_correlation_id_is_the_invocations() -> None:
    app = Router()
    app.get("/")(lambda: 1 / 0)
    context = LambdaContext()
    assert ask(app, event(LATTICE, path="/"), context).json()["correlation_id"] == context.aws_request_id
