"""Application Load Balancers: two header styles, undecoded queries, health checks, 1 MB."""

from __future__ import annotations

from typing import Any

import pytest
from contracts import ask, size

from lambda_router import Request, Response, Router, detect
from lambda_router.testing import LambdaContext, event

STYLES = ("alb", "alb.multi_value")


@pytest.mark.parametrize("style", [*STYLES, "alb.health_check"])
def test_requests_are_recognised(style: str) -> None:
    assert detect(event(style)) == "alb"


@pytest.mark.parametrize(
    "change",
    [
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"elb": None}},
        {"requestContext": {"elb": "arn"}},
        {"httpMethod": None},
        {"path": ["/"]},
    ],
)
def test_other_events_are_not(change: Any) -> None:
    assert not Router.alb.load().recognise({**event("alb"), **change})


@pytest.mark.parametrize("anything", [None, True, 7, "x", [], {}, [{}], {"requestContext": {"elb": {}}}])
def test_no_event_at_all(anything: Any) -> None:
    assert Router.alb.load().recognise(anything) is False


@pytest.mark.parametrize("style", STYLES)
def test_every_part(style: str) -> None:
    app = Router()
    seen: list[Request] = []
    app.put("/orders/{order_id}")(lambda request: seen.append(request))
    sent = event(
        style,
        path="/orders/7",
        method="PUT",
        query=[("a", "1"), ("a", "2"), ("b", "3 &é")],
        headers=[("X-Many", "4"), ("X-Many", "5")],
        cookies={"c": "6"},
        body="seven",
        client_ip="192.0.2.8",
    )
    ask(app, sent)
    (request,) = seen
    several = style == "alb.multi_value"
    assert (request.method, request.path, request.raw_path) == ("PUT", "/orders/7", "/orders/7")
    assert (request.path_params, request.stage) == ({"order_id": "7"}, None)
    assert request.query == {"a": "2", "b": "3 &é"}
    assert request.query.all("a") == (["1", "2"] if several else ["2"])
    assert request.headers.all("x-many") == (["4", "5"] if several else ["5"])
    assert (request.cookies, request.text) == ({"c": "6"}, "seven")
    assert (request.claims, request.client_ip) == ({}, "192.0.2.8")
    assert (request.source, request.event) == ("alb", sent)


def test_the_answer_in_the_style_of_the_request() -> None:
    app = Router()
    app.get("/")(lambda: Response({"a": 1}, 201, headers={"X-A": ["1", "2"]}, cookies=["c=3", "d=4"]))
    document = {
        "statusCode": 201,
        "statusDescription": "201 Created",
        "body": '{"a":1}',
        "isBase64Encoded": False,
    }
    assert app(event("alb", path="/")) == {
        **document,
        "headers": {
            "X-A": "1, 2",
            "content-type": "application/json",
            "set-cookie": "c=3",
            "Set-cookie": "d=4",
        },
    }
    assert app(event("alb.multi_value", path="/")) == {
        **document,
        "multiValueHeaders": {
            "X-A": ["1", "2"],
            "content-type": ["application/json"],
            "set-cookie": ["c=3", "d=4"],
        },
    }


def test_a_request_without_headers_in_the_multi_value_style() -> None:
    app = Router()
    app.get("/")(lambda: "x")
    assert "multiValueHeaders" in app({**event("alb.multi_value", path="/"), "multiValueHeaders": {}})


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("a%20b", "a b"),
        ("a+b", "a b"),
        ("a%2Bb", "a+b"),
        ("%2541", "%41"),
        ("%C3%A9", "é"),
        ("%", "%"),
        ("%FF", "\ufffd"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("style", STYLES)
def test_query_parameters_are_decoded_once(style: str, sent: str, seen: str) -> None:
    app = Router()
    app.get("/")(lambda query: query)
    made = event(style, path="/")
    key, value = (
        ("multiValueQueryStringParameters", [sent]) if "multi" in style else ("queryStringParameters", sent)
    )
    made[key] = {f"k{sent}": value}
    assert ask(app, made).json() == {f"k{seen}": seen}


@pytest.mark.parametrize("several", [False, True])
def test_health_checks(several: bool) -> None:
    check = event("alb.health_check", path="/health", multi_value=several)
    app = Router()
    app.get("/orders")(lambda: "orders")
    app.post("/health")(lambda: "posted")
    answer = ask(app, check)
    assert (answer.status, answer.body) == (200, b"")
    routed = Router()
    routed.get("/health")(lambda: ("not now", 503))
    assert ask(routed, check).status == 503
    failing = Router()
    failing.get("/health")(lambda: 1 / 0)
    assert ask(failing, check).status == 500
    assert ask(Router(), check).status == 200


@pytest.mark.parametrize("agent", ["ELB-HealthChecker", "curl ELB-HealthChecker/2.0", "", None])
def test_only_the_load_balancer_checks_health(agent: Any) -> None:
    check = event("alb.health_check", path="/health")
    check["headers"]["user-agent"] = agent
    assert ask(Router(), check).status == 404


def test_the_correlation_id_is_the_trace_header() -> None:
    app = Router()
    app.get("/")(lambda: 1 / 0)
    for style in STYLES:
        answer = ask(app, event(style, path="/", headers={"X-Amzn-Trace-Id": "Root=1-abc"}))
        assert answer.json()["correlation_id"] == "Root=1-abc"
    sent = event("alb", path="/")
    sent["headers"] = {}
    context = LambdaContext()
    assert ask(app, sent, context).json()["correlation_id"] == context.aws_request_id


def test_the_last_address_forwarded_is_the_one_that_the_load_balancer_saw() -> None:
    app = Router()
    app.get("/")(lambda request: [request.client_ip])
    sent = event("alb", path="/", headers={"X-Forwarded-For": "203.0.113.7, 192.0.2.8"})
    assert ask(app, sent).json() == ["192.0.2.8"]
    sent["headers"] = {}
    assert ask(app, sent).json() == [None]


@pytest.mark.parametrize("style", STYLES)
def test_the_limits_to_the_byte(style: str) -> None:
    app = Router()
    app.get("/body/{size:int}")(lambda size: "x" * size)
    app.get("/head/{size:int}")(lambda size: Response(headers={"x-a": "x" * size}))
    envelope = size(ask(app, event(style, path="/body/0")).response)
    assert ask(app, event(style, path=f"/body/{1_048_576 - envelope}")).status == 200
    assert ask(app, event(style, path=f"/body/{1_048_577 - envelope}")).status == 500
    assert ask(app, event(style, path=f"/head/{32_768 - len('x-a: **')}")).status == 200
    assert ask(app, event(style, path=f"/head/{32_769 - len('x-a: **')}")).status == 500


@pytest.mark.parametrize("characters", [1_048_576, 2_000_000, 7_000_000])
def test_an_answer_larger_than_a_megabyte_is_a_fault_and_not_a_502(characters: int) -> None:
    app = Router()
    app.get("/")(lambda: "x" * characters)
    answer = ask(app, event("alb", path="/"))
    assert (answer.status, answer.json()["title"]) == (500, "Internal Server Error")
