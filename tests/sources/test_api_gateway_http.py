"""API Gateway HTTP APIs with payload format 2.0."""

from __future__ import annotations

from typing import Any

import pytest
from contracts import ask

from lambda_router import Request, Response, Router, detect
from lambda_router.testing import LambdaContext, event

HTTP = "api_gateway_http"


def test_requests_are_recognised() -> None:
    assert detect(event(HTTP)) == HTTP
    assert detect(event(HTTP, host="api.example.com")) == HTTP
    sent = event(HTTP)
    del sent["requestContext"]["domainName"], sent["routeKey"]
    assert detect(sent) == HTTP


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0"},
        {"version": 2.0},
        {"rawPath": None},
        {"rawPath": ["/"]},
        {"requestContext": None},
        {"requestContext": {"http": None}},
        {"requestContext": {"http": {"method": ["GET"]}}},
        {"requestContext": {"http": {"method": "GET"}, "connectionId": "c"}},
        {"requestContext": {"http": {"method": "GET"}, "elb": {}}},
        {"requestContext": {"http": {"method": "GET"}, "serviceArn": "arn"}},
        {"requestContext": {"http": {"method": "GET"}, "serviceNetworkArn": "arn"}},
        {"requestContext": {"http": {"method": "GET"}, "domainName": "x.lambda-url.eu-west-1.on.aws"}},
        {"type": "REQUEST", "routeArn": "arn:aws:execute-api:eu-west-1:1:a/s/GET/"},
    ],
)
def test_other_events_are_not(change: Any) -> None:
    assert not Router.api_gateway_http.load().recognise({**event(HTTP), **change})


@pytest.mark.parametrize("anything", [None, True, 7, "x", [], {}, [{}], {"version": "2.0"}])
def test_no_event_at_all(anything: Any) -> None:
    assert Router.api_gateway_http.load().recognise(anything) is False


def test_every_part() -> None:
    app = Router()
    seen: list[Request] = []
    app.put("/orders/{order_id}")(lambda request: seen.append(request))
    sent = event(
        HTTP,
        path="/orders/7",
        method="PUT",
        query=[("a", "1"), ("a", "2"), ("b", "3,4")],
        headers=[("X-Many", "4"), ("X-Many", "5")],
        cookies={"c": "6"},
        body="seven",
        stage="test",
        claims={"sub": "zoe"},
        client_ip="192.0.2.8",
    )
    ask(app, sent)
    (request,) = seen
    assert (request.method, request.path, request.raw_path) == ("PUT", "/orders/7", "/test/orders/7")
    assert (request.path_params, request.stage) == ({"order_id": "7"}, "test")
    assert (request.query, request.query.all("a")) == ({"a": "2", "b": "3,4"}, ["1", "2"])
    assert request.headers["x-many"] == "4,5"
    assert (request.cookies, request.text) == ({"c": "6"}, "seven")
    assert (request.claims, request.client_ip) == ({"sub": "zoe"}, "192.0.2.8")
    assert (request.source, request.event) == (HTTP, sent)


def test_the_answer() -> None:
    app = Router()
    app.get("/")(lambda: Response({"a": 1}, 201, headers={"X-A": ["1", "2"]}, cookies=["c=3", "d=4"]))
    app.get("/none")(lambda: None)
    assert app(event(HTTP, path="/")) == {
        "statusCode": 201,
        "headers": {"X-A": "1, 2", "content-type": "application/json"},
        "body": '{"a":1}',
        "isBase64Encoded": False,
        "cookies": ["c=3", "d=4"],
    }
    assert app(event(HTTP, path="/none")) == {
        "statusCode": 204,
        "headers": {},
        "body": "",
        "isBase64Encoded": False,
    }


def test_the_correlation_id_is_the_request_id() -> None:
    app = Router()
    app.get("/")(lambda: 1 / 0)
    sent = event(HTTP, path="/")
    assert ask(app, sent).json()["correlation_id"] == sent["requestContext"]["requestId"]
    sent["requestContext"]["requestId"] = None
    context = LambdaContext()
    assert ask(app, sent, context).json()["correlation_id"] == context.aws_request_id


@pytest.mark.parametrize(
    ("authorizer", "claims"),
    [
        (None, {}),
        ({}, {}),
        ({"jwt": {"claims": {"sub": "zoe"}, "scopes": None}}, {"sub": "zoe"}),
        ({"jwt": {"claims": None}}, {}),
        ({"jwt": None}, {}),
        ({"lambda": {"tenant": "north", "n": 7}}, {"tenant": "north", "n": 7}),
        ({"lambda": None}, {}),
        ({"iam": {"userArn": "arn"}}, {"userArn": "arn"}),
        ({"principalId": "zoe"}, {"principalId": "zoe"}),
        ("text", {}),
    ],
)
def test_claims_of_every_authorizer(authorizer: Any, claims: Any) -> None:
    sent = event(HTTP, path="/")
    sent["requestContext"]["authorizer"] = authorizer
    app = Router()
    app.get("/")(lambda claims: claims)
    assert ask(app, sent).json() == claims


@pytest.mark.parametrize(
    ("stage", "raw", "path"),
    [
        ("$default", "/orders", "/orders"),
        ("$default", "/$default/orders", "/$default/orders"),
        ("dev", "/dev/orders", "/orders"),
        ("dev", "/dev/dev/orders", "/dev/orders"),
        ("dev", "/dev", "/"),
        ("dev", "/dev/", "/"),
        ("dev", "/devil/orders", "/devil/orders"),
        ("dev", "/orders", "/orders"),
        ("", "/orders", "/orders"),
        (None, "/None/orders", "/None/orders"),
        (7, "/7/orders", "/7/orders"),
    ],
)
def test_the_stage_is_not_part_of_the_path(stage: Any, raw: str, path: str) -> None:
    sent = {**event(HTTP), "rawPath": raw}
    sent["requestContext"]["stage"] = stage
    assert Request(Router().api_gateway_http, sent).path == path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        # As it was sent: by a test, or an emulator.
        ("/a%20b/c%2Fd", "/a b/c/d"),
        ("/caf%C3%A9", "/café"),
        ("/100%25", "/100%"),
        ("/%7Ezoe/%2E", "/~zoe/."),
        # Decoded by API Gateway: codes that are left were encoded twice, or are no codes.
        ("/café/100%25", "/café/100%25"),
        ("/a b%20c", "/a b%20c"),
        ("/%61dmin", "/%61dmin"),
        ("/%5Aoe/%2F", "/%5Aoe/%2F"),
        ("/%31", "/%31"),
        ("/100%", "/100%"),
        ("/100%zz%20", "/100%zz%20"),
    ],
)
@pytest.mark.parametrize("name", [HTTP, "api_gateway_rest.payload_v1"])
def test_a_path_is_not_decoded_twice(name: str, raw: str, path: str) -> None:
    sent = event(name)
    sent.update({"rawPath": raw} if name == HTTP else {"path": raw, "resource": "$default"})
    assert Request(getattr(Router(), name.partition(".")[0]), sent).path == path


def test_a_path_encoded_twice_does_not_slip_past_the_routes_of_the_api() -> None:
    app = Router()
    app.get("/admin")(lambda: "admin")
    app.get("/{page}")(lambda page: page)
    assert ask(app, {**event(HTTP), "rawPath": "/%61dmin"}).text == "%61dmin"


def test_a_stage_and_a_base_path() -> None:
    app = Router(base_path="/v1")
    app.get("/orders")(lambda: "orders")
    assert ask(app, event(HTTP, path="/v1/orders", stage="dev")).text == "orders"


def test_values_joined_by_commas_come_apart_by_the_raw_query() -> None:
    app = Router()
    app.get("/")(lambda query: [query.all("a"), query.all("b"), query.all("c")])
    sent = event(HTTP, path="/", query=[("a", "1"), ("a", "2,3"), ("b", ""), ("c", "é+ %")])
    assert sent["queryStringParameters"]["a"] == "1,2,3"
    assert ask(app, sent).json() == [["1", "2,3"], [""], ["é+ %"]]


def test_a_test_may_leave_out_the_raw_query() -> None:
    app = Router()
    app.get("/")(lambda query: query)
    for raw in ("", None, 7):
        sent = {**event(HTTP, path="/"), "rawQueryString": raw, "queryStringParameters": {"a": "1,2"}}
        assert ask(app, sent).json() == {"a": "1,2"}


def test_cookies_come_from_their_list_or_the_header() -> None:
    app = Router()
    app.get("/")(lambda cookies: cookies)
    sent = event(HTTP, path="/", cookies={"a": "1"})
    assert ask(app, sent).json() == {"a": "1"}
    for nothing in (None, [], "a=1", [7]):
        assert ask(app, {**sent, "cookies": nothing, "headers": {"cookie": "b=2; c=3"}}).json() == {
            "b": "2",
            "c": "3",
        }
