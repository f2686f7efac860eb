"""Function URLs: payload format 2.0 under a domain of their own."""

from __future__ import annotations

from typing import Any

import pytest
from contracts import ask

from lambda_router import Request, Response, Router, detect
from lambda_router.testing import event

URL = "function_url"


@pytest.mark.parametrize(
    "host",
    [
        "u1r2l3.lambda-url.eu-west-1.on.aws",
        "u1r2l3.lambda-url.us-gov-west-1.on.aws",
        "u1r2l3.lambda-url.cn-north-1.on.amazonwebservices.com.cn",
    ],
)
def test_requests_are_recognised(host: str) -> None:
    assert detect(event(URL, host=host)) == URL


@pytest.mark.parametrize(
    "domain", [None, "", 7, "lambda-url.example.com", "x.execute-api.eu-west-1.amazonaws.com"]
)
def test_another_domain_is_an_http_api(domain: Any) -> None:
    sent = event(URL)
    sent["requestContext"]["domainName"] = domain
    assert detect(sent) == "api_gateway_http"


@pytest.mark.parametrize("anything", [None, True, 7, "x", [], {}, [{}], {"version": "2.0"}])
def test_no_event_at_all(anything: Any) -> None:
    assert Router.function_url.load().recognise(anything) is False


def test_every_part() -> None:
    app = Router()
    seen: list[Request] = []
    app.put("/orders/{order_id}")(lambda request: seen.append(request))
    sent = event(
        URL,
        path="/orders/7",
        method="PUT",
        query=[("a", "1"), ("a", "2"), ("b", "3")],
        headers={"X-A": "4"},
        cookies={"c": "6"},
        body=b"\xff",
        claims={"userId": "zoe"},
        client_ip="192.0.2.8",
    )
    ask(app, sent)
    (request,) = seen
    assert (request.method, request.path, request.raw_path) == ("PUT", "/orders/7", "/orders/7")
    assert (request.path_params, request.stage) == ({"order_id": "7"}, "$default")
    assert (request.query, request.query.all("a")) == ({"a": "2", "b": "3"}, ["1", "2"])
    assert (request.headers["x-a"], request.cookies, request.body) == ("4", {"c": "6"}, b"\xff")
    assert (request.claims["userId"], request.client_ip) == ("zoe", "192.0.2.8")
    assert (request.source, request.event) == (URL, sent)


def test_the_answer() -> None:
    app = Router()
    app.get("/")(lambda: Response("x", headers={"X-A": ["1", "2"]}, cookies=["c=3", "d=4"]))
    assert app(event(URL, path="/")) == {
        "statusCode": 200,
        "headers": {"X-A": "1, 2", "content-type": "text/plain; charset=utf-8"},
        "body": "x",
        "isBase64Encoded": False,
        "cookies": ["c=3", "d=4"],
    }


@pytest.mark.parametrize("result", ["text", [1], 7, True, {"a": 1}, {"statusCode": 7}])
def test_nothing_is_left_to_inference(result: Any) -> None:
    app = Router()
    app.get("/")(lambda: result)
    assert ask(app, event(URL, path="/")).response.keys() == {
        "statusCode",
        "headers",
        "body",
        "isBase64Encoded",
    }


def test_a_path_with_bad_percent_codes() -> None:
    app = Router()
    app.get("/{name}")(lambda name: [name])
    assert ask(app, {**event(URL), "rawPath": "/100%"}).json() == ["100%"]
    assert ask(app, {**event(URL), "rawPath": "/%zz%2"}).json() == ["%zz%2"]
    assert ask(app, {**event(URL), "rawPath": "/%ff"}).status == 400


def test_the_signer_is_in_the_claims() -> None:
    app = Router()
    app.get("/")(lambda claims: claims)
    assert ask(app, event(URL, path="/")).json() == {}
    seen = ask(app, event(URL, path="/", claims={"userArn": "arn:aws:iam::1:user/zoe"})).json()
    assert seen["userArn"] == "arn:aws:iam::1:user/zoe"
