"""API Gateway REST APIs, and HTTP APIs with payload format 1.0."""

from __future__ import annotations

from typing import Any

import pytest
from contracts import ask

from lambda_router import Request, Response, Router, detect
from lambda_router.testing import LambdaContext, event

REST = "api_gateway_rest"


@pytest.mark.parametrize("name", [REST, "api_gateway_rest.payload_v1"])
def test_requests_are_recognised(name: str) -> None:
    assert detect(event(name)) == REST


@pytest.mark.parametrize(
    "change",
    [
        {"resource": None},
        {"resource": ["/"]},
        {"path": 7},
        {"httpMethod": None},
        {"requestContext": None},
        {"requestContext": []},
        {"requestContext": {"connectionId": "c"}},
        {"requestContext": {"elb": {}}},
        {"type": "REQUEST", "methodArn": "arn:aws:execute-api:eu-west-1:1:a/s/GET/"},
        {"type": "REQUEST", "routeArn": "arn:aws:execute-api:eu-west-1:1:a/s/GET/"},
        {"agent": {}},
        {"actionGroup": "g"},
        {"methodArn": "arn:aws:execute-api:eu-west-1:1:a/s/GET/"},
    ],
)
def test_other_events_are_not(change: Any) -> None:
    assert not Router.api_gateway_rest.load().recognise({**event(REST), **change})


@pytest.mark.parametrize("anything", [None, True, 7, "x", [], {}, [{}], {"resource": "/"}])
def test_no_event_at_all(anything: Any) -> None:
    assert Router.api_gateway_rest.load().recognise(anything) is False


def test_every_part() -> None:
    app = Router()
    seen: list[Request] = []
    app.put("/orders/{order_id}")(lambda request: seen.append(request))
    sent = event(
        REST,
        path="/orders/7",
        method="PUT",
        query=[("a", "1"), ("a", "2"), ("b", "3")],
        headers=[("X-Many", "4"), ("X-Many", "5")],
        cookies={"c": "6"},
        body="seven",
        stage="test",
        claims={"sub": "zoe"},
        client_ip="192.0.2.8",
    )
    ask(app, sent)
    (request,) = seen
    assert (request.method, request.path, request.raw_path) == ("PUT", "/orders/7", "/orders/7")
    assert (request.path_params, request.stage) == ({"order_id": "7"}, "test")
    assert (request.query, request.query.all("a")) == ({"a": "2", "b": "3"}, ["1", "2"])
    assert (request.headers["x-many"], request.headers.all("x-many")) == ("4, 5", ["4", "5"])
    assert (request.cookies, request.text) == ({"c": "6"}, "seven")
    assert (request.claims, request.client_ip) == ({"sub": "zoe"}, "192.0.2.8")
    assert (request.source, request.event) == (REST, sent)


def test_the_answer() -> None:
    app = Router()
    app.get("/")(lambda: Response({"a": 1}, 201, headers={"X-A": ["1", "2"]}, cookies=["c=3", "d=4"]))
    assert app(event(REST, path="/")) == {
        "statusCode": 201,
        "multiValueHeaders": {
            "X-A": ["1", "2"],
            "content-type": ["application/json"],
            "set-cookie": ["c=3", "d=4"],
        },
        "body": '{"a":1}',
        "isBase64Encoded": False,
    }


def test_the_correlation_id_is_the_request_id() -> None:
    app = Router()
    app.get("/")(lambda: 1 / 0)
    sent = event(REST, path="/")
    assert ask(app, sent).json()["correlation_id"] == sent["requestContext"]["requestId"]
    del sent["requestContext"]["requestId"]
    context = LambdaContext()
    assert ask(app, sent, context).json()["correlation_id"] == context.aws_request_id


@pytest.mark.parametrize(
    ("authorizer", "identity", "claims"),
    [
        (None, {}, {}),
        ({}, {}, {}),
        ({"claims": None, "scopes": None}, {}, {}),
        ({"claims": {"sub": "zoe", "cognito:groups": "a,b"}}, {}, {"sub": "zoe", "cognito:groups": "a,b"}),
        ({"claims": {"sub": "zoe"}, "scopes": ["read"]}, {}, {"sub": "zoe"}),
        ({"principalId": "zoe", "tenant": "7"}, {}, {"principalId": "zoe", "tenant": "7"}),
        ({"principalId": "zoe", "claims": "text"}, {}, {"principalId": "zoe", "claims": "text"}),
        (None, {"userArn": "arn:aws:iam::1:user/z"}, {"userArn": "arn:aws:iam::1:user/z"}),
        (None, {"sourceIp": "192.0.2.1", "userArn": None}, {}),
        ("text", {"userArn": 7}, {}),
    ],
)
def test_claims_of_every_authorizer(authorizer: Any, identity: Any, claims: Any) -> None:
    sent = event(REST, path="/")
    sent["requestContext"].update(authorizer=authorizer, identity=identity)
    app = Router()
    app.get("/")(lambda claims: claims)
    assert ask(app, sent).json() == claims


# -- which part of the path is the API's own -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "parameters", "path", "own"),
    [
        ("/orders", None, "/orders", "/orders"),
        ("/orders", None, "/orders/", "/orders"),
        ("/orders", None, "/v1/orders", "/orders"),
        ("/orders", None, "/a/b/c/orders/", "/orders"),
        ("/orders/{id}", {"id": "7"}, "/v1/orders/7", "/orders/7"),
        ("/orders/{id}", {"id": "orders"}, "/orders/orders/orders", "/orders/orders"),
        ("/orders/{id}/lines", {"id": "7"}, "/v1/orders/7/lines/", "/orders/7/lines"),
        ("/{proxy+}", {"proxy": "orders/7"}, "/v1/orders/7/", "/orders/7"),
        ("/{proxy+}", {"proxy": "orders/7"}, "/orders/7", "/orders/7"),
        ("/{proxy+}", {"proxy": "a//b"}, "/v1/a//b", "/a//b"),
        ("/api/{proxy+}", {"proxy": "x"}, "/v1/api/x", "/api/x"),
        ("/{proxy+}", {"proxy": "a%20b/c%2Fd"}, "/v1/a%20b/c%2Fd", "/a b/c/d"),
        ("/{proxy+}", {"proxy": "a b/é"}, "/v1/a%20b/%C3%A9", "/a b/é"),
        ("/{id}", {"id": "100%25"}, "/v1/100%25", "/100%"),
        ("/{id}", {"id": "100%"}, "/v1/100%25", "/100%"),
        # What does not fit together leaves the path as it is.
        ("/{proxy+}", {"proxy": "/path/to/resource"}, "/path/to/resource", "/path/to/resource"),
        ("/{proxy+}", None, "/v1/orders", "/v1/orders"),
        ("/{proxy+}", {"proxy": 7}, "/v1/orders", "/v1/orders"),
        ("/{proxy+}", [], "/v1/orders", "/v1/orders"),
        ("/other", None, "/v1/orders", "/v1/orders"),
        ("/ders", None, "/v1/orders", "/v1/orders"),
        ("/", None, "/", "/"),
        ("/", None, "/orders", "/orders"),
        ("$default", None, "/orders", "/orders"),
        ("", None, "/orders", "/orders"),
    ],
)
def test_the_resource_tells_the_base_path(resource: str, parameters: Any, path: str, own: str) -> None:
    sent = {**event(REST), "resource": resource, "pathParameters": parameters, "path": path}
    assert Request(Router().api_gateway_rest, sent).path == own


@pytest.mark.parametrize(
    ("domain", "path", "own"),
    [
        ("api.example.com", "/v1", "/"),
        ("api.example.com", "/a/b/", "/"),
        ("abc.execute-api.eu-west-1.amazonaws.com", "/v1", "/v1"),
        (None, "/v1", "/v1"),
        (7, "/v1", "/v1"),
    ],
)
def test_the_root_of_a_custom_domain(domain: Any, path: str, own: str) -> None:
    sent = {**event(REST, path="/"), "path": path}
    sent["requestContext"]["domainName"] = domain
    assert Request(Router().api_gateway_rest, sent).path == own


@pytest.mark.parametrize(
    ("stage", "path", "own"),
    [
        ("$default", "/orders", "/orders"),
        ("dev", "/dev/orders", "/orders"),
        ("dev", "/dev", "/"),
        ("dev", "/devil/orders", "/devil/orders"),
        ("dev", "/orders", "/orders"),
        (None, "/None/orders", "/None/orders"),
    ],
)
def test_the_stage_of_payload_format_1(stage: Any, path: str, own: str) -> None:
    sent = {
        **event("api_gateway_rest.payload_v1"),
        "resource": "$default",
        "pathParameters": None,
        "path": path,
    }
    sent["requestContext"]["stage"] = stage
    assert Request(Router().api_gateway_rest, sent).path == own


def test_a_custom_domain_and_a_base_path() -> None:
    app = Router(base_path="/api")
    app.get("/orders/{id}")(lambda id: id)
    sent = event(REST, path="/api/orders/7", base_path="/shop", resource="/api/orders/{id}")
    assert sent["path"] == "/shop/api/orders/7"
    assert ask(app, sent).text == "7"


# -- what is null or absent ----------------------------------------------------------------------------------


def test_a_console_test_has_nulls() -> None:
    app = Router()
    app.get("/")(lambda query, headers, cookies, body: [query, headers, cookies, body])
    sent = event(REST, path="/")
    for key in (
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "body",
    ):
        sent[key] = None
    assert ask(app, sent).json() == [{}, {}, {}, None]


def test_a_test_may_send_single_values_alone() -> None:
    app = Router()
    app.get("/")(lambda query, headers: [query, headers])
    sent = event(REST, path="/")
    sent.update(
        multiValueHeaders=None,
        multiValueQueryStringParameters=None,
        headers={"X-A": "1"},
        queryStringParameters={"q": "2"},
    )
    assert ask(app, sent).json() == [{"q": "2"}, {"x-a": "1"}]


def test_query_values_arrive_decoded() -> None:
    app = Router()
    app.get("/")(lambda query: query)
    assert ask(app, event(REST, path="/", query={"q": "a%2Bb+c"})).json() == {"q": "a%2Bb+c"}
