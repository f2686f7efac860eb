"""One suite over all callers: an answer means the same whoever asked, and is one that the caller takes."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import enum
import json
import logging
import uuid
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from conftest import Send
from pydantic import BaseModel

from lambda_router import (
    Depends,
    Drop,
    HTTPError,
    Invocation,
    PublicError,
    Reject,
    Request,
    Response,
    Retry,
    Router,
)
from lambda_router.testing import LambdaContext, event


class Colour(enum.Enum):
    RED = "red"


class Tone(str, enum.Enum):  # noqa: UP042  (the older form is what people have)
    LOUD = "loud"


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Order(BaseModel):
    id: int
    total: float = 0.5


JSON, TEXT, BYTES = "application/json", "text/plain; charset=utf-8", "application/octet-stream"

RESULTS: dict[str, tuple[Any, int, str | None, bytes]] = {
    "none": (None, 204, None, b""),
    "object": ({"id": 7, "total": 5.5}, 200, JSON, b'{"id":7,"total":5.5}'),
    "empty object": ({}, 200, JSON, b"{}"),
    "array": ([1, "a", None], 200, JSON, b'[1,"a",null]'),
    "empty array": ([], 200, JSON, b"[]"),
    "integer": (7, 200, JSON, b"7"),
    "zero": (0, 200, JSON, b"0"),
    "float": (1.5, 200, JSON, b"1.5"),
    "false": (False, 200, JSON, b"false"),
    "text": ("grüße €", 200, TEXT, "grüße €".encode()),
    "empty text": ("", 200, TEXT, b""),
    "text of an enum": (Tone.LOUD, 200, TEXT, b"loud"),
    "bytes": (b"\x00\xff", 200, BYTES, b"\x00\xff"),
    "empty bytes": (b"", 200, BYTES, b""),
    "bytearray": (bytearray(b"\x01"), 200, BYTES, b"\x01"),
    "memoryview": (memoryview(b"\x02"), 200, BYTES, b"\x02"),
    "model": (Order(id=1), 200, JSON, b'{"id":1,"total":0.5}'),
    "dataclass": (Point(1, 2), 200, JSON, b'{"x":1,"y":2}'),
    "enum": (Colour.RED, 200, JSON, b'"red"'),
    "decimal": ({"a": Decimal("2.50"), "b": Decimal(3)}, 200, JSON, b'{"a":2.5,"b":3}'),
    "date": ([datetime.date(2030, 1, 2)], 200, JSON, b'["2030-01-02"]'),
    "uuid": ([uuid.UUID(int=7)], 200, JSON, b'["00000000-0000-0000-0000-000000000007"]'),
    "unicode": ({"é": "日本"}, 200, JSON, '{"é":"日本"}'.encode()),
    "status": (({"id": 7}, 201), 201, JSON, b'{"id":7}'),
    "named status": (("made", HTTPStatus.CREATED), 201, TEXT, b"made"),
    "no body, status": ((None, 404), 404, None, b""),
    "bytes, status": ((b"x", 206), 206, BYTES, b"x"),
    "status, headers": (("<p>", 200, {"Content-Type": "text/html"}), 200, "text/html", b"<p>"),
    "response": (Response({"a": 1}, 202), 202, JSON, b'{"a":1}'),
    "empty response": (Response(), 200, None, b""),
    "response of a type": (Response("a,b", content_type="text/csv"), 200, "text/csv", b"a,b"),
    "typed bytes": (Response(b"\x89PNG", content_type="image/png"), 200, "image/png", b"\x89PNG"),
    "json text": (Response('{"a":1}', content_type=JSON), 200, JSON, b'{"a":1}'),
    "no content": (({"lost": 1}, 204), 204, None, b""),
    "not modified": (Response("lost", 304, headers={"etag": '"1"'}), 304, None, b""),
    "redirect": (Response(status=303, headers={"location": "/new"}), 303, None, b""),
    "a pair of texts": (("a", "b"), 200, JSON, b'["a","b"]'),
    "a tuple of four": ((1, 2, 3, 4), 200, JSON, b"[1,2,3,4]"),
    "a status alone": ({"statusCode": 200}, 200, JSON, b'{"statusCode":200}'),
    "an unusual status": (("x", 599), 599, TEXT, b"x"),
}


def test_every_form_of_result(send: Send) -> None:
    for name, (result, *expected) in RESULTS.items():
        app = Router()
        app.get("/")(lambda: result)
        answer = send(app, "GET", "/")
        assert [answer.status, answer.headers.get("content-type"), answer.body] == expected, name


@pytest.mark.parametrize("name", ["object", "none", "bytes", "status, headers"])
def test_what_a_coroutine_returns(send: Send, name: str) -> None:
    result, status, _, body = RESULTS[name]
    app = Router()

    @app.get("/{name}")
    async def handler(name: str) -> Any:
        await asyncio.sleep(0)
        return result

    answer = send(app, "GET", "/x")
    assert (answer.status, answer.body) == (status, body)


def test_one_cookie(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: Response("x", cookies=["session=1; Path=/; HttpOnly"]))
    answer = send(app, "GET", "/")
    assert answer.headers.all("set-cookie") == ["session=1; Path=/; HttpOnly"]
    assert answer.cookies == {"session": "1"}


@pytest.mark.parametrize(
    "response",
    [
        lambda: Response("x", cookies=["a=1", "b=2; Secure", "c=3"]),
        lambda: Response("x", headers={"Set-Cookie": ["a=1", "b=2; Secure", "c=3"]}),
        lambda: Response("x", headers={"set-cookie": "a=1"}, cookies=["b=2; Secure", "c=3"]),
        lambda: ("x", 200, {"SET-COOKIE": ["a=1", "b=2; Secure", "c=3"]}),
    ],
)
def test_several_cookies_stay_apart_and_in_order(send: Send, response: Callable[[], Any]) -> None:
    app = Router()
    app.get("/")(response)
    assert send(app, "GET", "/").headers.all("set-cookie") == ["a=1", "b=2; Secure", "c=3"]


def test_cookies_by_name(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: Response(cookies={"a": "1", "b": "two words"}))
    assert send(app, "GET", "/").cookies == {"a": "1", "b": "two words"}


def test_as_many_cookies_as_one_likes(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: Response(cookies={f"c{n}": str(n) for n in range(200)}))
    assert send(app, "GET", "/").cookies == {f"c{n}": str(n) for n in range(200)}


def test_repeated_headers(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: Response("x", headers={"Vary": ["accept", "origin"], "x-one": 1}))
    answer = send(app, "GET", "/")
    assert ", ".join(answer.headers.all("vary")) == "accept, origin"
    assert answer.headers["x-one"] == "1"


def test_names_that_differ_in_case_are_one_header(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: Response("x", headers={"X-A": "1", "x-a": "2", "CONTENT-TYPE": "text/css"}))
    answer = send(app, "GET", "/")
    assert ", ".join(answer.headers.all("x-a")) == "1, 2"
    assert answer.headers.all("content-type") == ["text/css"]


# -- no route ----------------------------------------------------------------------------------------------


def problem(answer: Any) -> Any:
    """The problem document of an answer, without what is the same in all of them."""
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found.pop("status") == answer.status
    assert found.pop("type") == "about:blank"
    return found


def test_not_found(send: Send) -> None:
    app = Router()
    app.get("/orders/{id}")(lambda id: id)
    for path in ("/", "/order", "/orders", "/orders/1/2", "/Orders/1"):
        answer = send(app, "GET", path)
        assert (answer.status, problem(answer)) == (404, {"title": "Not Found"})


def test_method_not_allowed(send: Send) -> None:
    app = Router()
    app.get("/orders/{id}")(lambda id: id)
    app.http("/orders/{id:int}", methods=["PUT", "delete"])(lambda id: id)
    answer = send(app, "POST", "/orders/7")
    assert (answer.status, problem(answer)) == (405, {"title": "Method Not Allowed"})
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert send(app, "POST", "/orders/x").headers["allow"] == "GET, HEAD, OPTIONS"


def test_an_app_without_http_routes(send: Send) -> None:
    app = Router()
    app.sqs("orders")(lambda body: None)
    assert send(app, "GET", "/orders").status == 404


def test_the_default_route_takes_what_no_route_does(send: Send) -> None:
    app = Router()
    app.get("/orders")(lambda: "orders")
    app.default(lambda event: {"keys": len(event) > 3})
    assert send(app, "GET", "/orders").text == "orders"
    assert send(app, "POST", "/orders").json() == {"keys": True}
    assert send(app, "GET", "/other").json() == {"keys": True}


def test_a_route_without_a_handler(send: Send) -> None:
    app = Router()
    app.post("/noise").drop()
    assert send(app, "POST", "/noise").status == 204
    assert repr(app.routes[0]).endswith("-> dropped>")


def test_a_source_that_is_not_allowed(send: Send, source: str) -> None:
    app = Router()
    app.get("/")(lambda: "x")
    app.sqs("orders")(lambda body: None)
    assert send(app.only(source), "GET", "/").text == "x"
    assert send(app.only("sqs"), "GET", "/").status == 404


def test_a_request_is_explained(form: str, source: str) -> None:
    app = Router()
    app.get("/orders/{id:int}")(lambda id: id)
    app.get("/orders/{id}", host="shop.example.com")(lambda id: id)
    taken = app.explain(event(form, path="/orders/7"))
    assert (taken.source, taken.suggestion) == (source, None)
    assert "id:int" in str(taken)
    missing = {
        ("GET", "/a b/c"): '@app.get("/a b/c")',
        ("PATCH", "/orders/7"): '@app.patch("/orders/7")',
        ("PROPFIND", "/orders/7"): '@app.http("/orders/7", methods=["PROPFIND"])',
        ("GET", "/"): '@app.get("/")',
        ("GET", "/a%2Fb"): '@app.get("/{rest:path}")',
        ("GET", "/{a}"): '@app.get("/{rest:path}")',
        ("GET", "/x%3Fy"): '@app.get("/{rest:path}")',
    }
    for (method, path), written in missing.items():
        assert app.explain(event(form, path=path, method=method)).suggestion == written
    assert app.explain(event(form, path="/%FF")).subjects == []


# -- errors ------------------------------------------------------------------------------------------------


def test_http_error(send: Send) -> None:
    app = Router()

    @app.get("/")
    def handler() -> None:
        raise HTTPError(429, {"wait": 5}, headers={"Retry-After": "5"})

    answer = send(app, "GET", "/")
    assert (answer.status, answer.headers["retry-after"]) == (429, "5")
    assert problem(answer) == {"title": "Too Many Requests", "detail": {"wait": 5}}


def raising(exc: BaseException) -> Router:
    app = Router()

    @app.get("/")
    def handler() -> None:
        raise exc

    return app


@pytest.mark.parametrize(
    ("exc", "status", "seen"),
    [
        (HTTPError(404, "no such order"), 404, {"title": "Not Found", "detail": "no such order"}),
        (HTTPError(418), 418, {"title": "I'm a Teapot"}),
        (HTTPError(499), 499, {"title": "Error"}),
        (
            PublicError("the shop is closed"),
            500,
            {"title": "Internal Server Error", "detail": "the shop is closed"},
        ),
        (Retry(), 503, {"title": "Service Unavailable"}),
        (Reject("secret"), 422, {"title": "Unprocessable Content"}),
    ],
)
def test_exceptions_that_are_answers(send: Send, exc: Exception, status: int, seen: Any) -> None:
    answer = send(raising(exc), "GET", "/")
    assert (answer.status, problem(answer)) == (status, seen)


def test_a_dropped_request_has_no_content(send: Send) -> None:
    answer = send(raising(Drop()), "GET", "/")
    assert (answer.status, answer.body) == (204, b"")


def test_retry_after(send: Send) -> None:
    assert send(raising(Retry(after=2.5)), "GET", "/").headers["retry-after"] == "3"


def test_a_fault_says_nothing_but_its_correlation_id(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = send(raising(ValueError("canary-1")), "GET", "/", context=LambdaContext())
    assert answer.status == 500
    found = problem(answer)
    identifier = found.pop("correlation_id")
    assert found == {"title": "Internal Server Error"}
    (line,) = [r.getMessage() for r in caplog.records if r.name == "lambda_router"]
    assert f"correlation_id={identifier}" in line
    assert "ValueError at test_callers.py:" in line
    assert " in handler route=raising.<locals>.handler " in line
    assert "canary-1" not in line


def test_exception_texts_are_logged_only_in_debug_mode(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    app = raising(ValueError("canary-1"))
    app.debug = True
    assert "canary-1" not in send(app, "GET", "/").text
    assert "canary-1" in caplog.text


@pytest.mark.parametrize("exc", [SystemExit(3), asyncio.CancelledError(), GeneratorExit(), RecursionError()])
def test_what_would_end_the_process_is_a_fault(send: Send, exc: BaseException) -> None:
    assert send(raising(exc), "GET", "/").status == 500


@pytest.mark.parametrize("place", ["handler", "middleware", "exception handler", "detail"])
def test_a_keyboard_interrupt_stops_the_process(form: str, place: str) -> None:
    app = Router()

    def stop(*_: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    class Stop:
        model_dump = __pydantic_serializer__ = stop

    if place == "middleware":
        app.use(stop)
    if place == "exception handler":
        app.exception_handler(ZeroDivisionError)(stop)

    @app.get("/")
    def handler() -> None:
        if place == "detail":
            raise HTTPError(400, Stop())
        if place == "handler":
            stop()
        raise ZeroDivisionError

    with pytest.raises(KeyboardInterrupt):
        app(event(form, path="/"))


UNANSWERABLE: dict[str, Callable[[], Any]] = {
    "a proxy answer": lambda: {"statusCode": 200, "body": "x"},
    "a proxy answer of headers": lambda: {"statusCode": 200, "headers": {}},
    "nan": lambda: {"a": float("nan")},
    "bytes in json": lambda: {"a": b"x"},
    "a circle": lambda: (circle := [], circle.append(circle), circle)[-1],
    "a key that is no text": lambda: {1: 2},
    "an object": lambda: object(),
    "a surrogate": lambda: "\ud800",
    "a surrogate in json": lambda: {"a": "\udfff"},
    "a generator": lambda: (n for n in range(3)),
    "status 99": lambda: ("x", 99),
    "status 600": lambda: ("x", 600),
    "headers that are no mapping": lambda: ("x", 200, ["a"]),
    "a header of None": lambda: ("x", 200, {"x-a": None}),
    "a header of True": lambda: ("x", 200, {"x-a": True}),
    "a header with a line break": lambda: ("x", 200, {"x-a": "1\r\nset-cookie: evil=1"}),
    "a header with a surrogate": lambda: ("x", 200, {"x-a": "\ud800"}),
    "a name with a line break": lambda: ("x", 200, {"x-a\r\nx-b": "1"}),
    "a name of nothing": lambda: ("x", 200, {"": "1"}),
    "a cookie with a line break": lambda: Response(cookies=["a=1\r\nx: y"]),
    "a cookie without a name": lambda: Response(cookies=["a"]),
    "cookies in one text": lambda: Response(cookies="a=1; b=2"),
    "a cookie's value with attributes": lambda: Response(cookies={"a": "1; Domain=evil.example"}),
    "a content type with a line break": lambda: Response("x", content_type="text/html\nx: y"),
}


def test_what_no_caller_takes_is_a_fault(send: Send) -> None:
    for name, handler in UNANSWERABLE.items():
        app = Router()
        app.get("/")(handler)
        answer = send(app, "GET", "/")
        assert (answer.status, list(problem(answer))) == (500, ["title", "correlation_id"]), name


def test_an_answer_that_is_too_large_is_a_fault(send: Send, source: str) -> None:
    limit = 1_048_576 if source == "alb" else 6_291_556
    app = Router()
    app.get("/text/{size:int}")(lambda size: "x" * size)
    app.get("/wide/{size:int}")(lambda size: "\U0001f600" * (size // 12))
    app.get("/bytes/{size:int}")(lambda size: bytes(size // 4 * 3))
    app.get("/json/{size:int}")(lambda size: ["x" * size])
    for kind in ("text", "wide", "bytes", "json"):
        assert send(app, "GET", f"/{kind}/{limit}").status == 500
        assert send(app, "GET", f"/{kind}/{limit - 1000}").status == 200


def test_numbers_are_counted_as_they_are_sent(send: Send, source: str) -> None:
    """A comma of a body has no space behind it, other than one that the runtime client writes."""
    limit, many = (1_048_576, 50_000) if source == "alb" else (6_291_556, 100_000)
    app = Router()
    app.get("/{size:int}")(lambda size: ["x" * (size - 2 * many - 4), *[1] * many])
    assert len(send(app, "GET", f"/{limit - 10_000}").body) == limit - 10_000
    assert send(app, "GET", f"/{limit + 10_000}").status == 500


def test_headers_that_are_too_large_are_a_fault(send: Send, source: str) -> None:
    app = Router()
    app.get("/{size:int}")(lambda size: Response("x", headers={"x-a": "x" * size}))
    assert send(app, "GET", "/30000").status == 200
    assert send(app, "GET", "/33000").status == (500 if source == "alb" else 200)
    assert send(app, "GET", "/6300000").status == 500


def endless() -> Retry:
    """A Retry that was changed after it was made."""
    retry = Retry()
    retry.after = float("inf")
    return retry


@pytest.mark.parametrize(
    "exc",
    [
        HTTPError(400, "x", headers={"x-a": "1\r\nx-b: 2"}),
        HTTPError(400, object()),
        HTTPError(400, "\ud800"),
        HTTPError(400, "x" * 7_000_000),
        HTTPError.__new__(HTTPError),
        endless(),
    ],
)
@pytest.mark.parametrize("place", ["handler", "middleware", "exception handler"])
def test_an_answer_that_cannot_be_sent_is_a_fault_wherever_it_is_raised(
    send: Send, exc: Exception, place: str
) -> None:
    app = Router()

    def fail(*_: Any) -> Any:
        raise exc

    if place == "middleware":
        app.use(fail)
        app.get("/")(lambda: "x")
    elif place == "exception handler":
        app.exception_handler(ZeroDivisionError)(fail)
        app.get("/")(lambda: 1 / 0)
    else:
        app.get("/")(lambda: fail())
    assert send(app, "GET", "/").status == 500


def test_a_handler_that_ruins_the_event_still_gets_an_answer(form: str) -> None:
    app = Router()

    @app.get("/{how}")
    def handler(how: str, event: Any) -> str:
        for key in list(event):
            event[key] = None
        if how == "raise":
            raise ValueError
        return "x"

    assert app(event(form, path="/raise"))["statusCode"] == 500
    assert app(event(form, path="/return"))["body"] == "x"


def test_exception_handlers(send: Send) -> None:
    app = Router()
    app.get("/a")(lambda: 1 / 0)
    app.get("/b")(lambda: {}["x"])

    @app.exception_handler(ZeroDivisionError, sources=["function_url"])
    def only_here(exc: ZeroDivisionError, invocation: Invocation) -> Any:
        return "here", 418

    @app.exception_handler(ArithmeticError)
    def everywhere(exc: ArithmeticError, invocation: Invocation) -> Any:
        return {"source": invocation.source}, 409

    @app.exception_handler(LookupError)
    def another(exc: LookupError, invocation: Invocation) -> Any:
        raise HTTPError(410)

    answer = send(app, "GET", "/a")
    assert answer.status == (418 if answer.source == "function_url" else 409)
    assert send(app, "GET", "/b").status == 410


def test_exception_handlers_see_missing_routes(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: "x")
    app.exception_handler(HTTPError)(lambda exc, invocation: (f"<h1>{exc.status}", exc.status))
    assert (send(app, "GET", "/none").status, send(app, "GET", "/none").text) == (404, "<h1>404")
    assert send(app, "PUT", "/").text == "<h1>405"


# -- requests ----------------------------------------------------------------------------------------------


def test_a_request(send: Send, source: str) -> None:
    app = Router()
    seen: list[Request] = []
    app.post("/orders/{id:int}/{rest:path}")(lambda request: seen.append(request))
    send(
        app,
        "POST",
        "/orders/7/a%20b/c",
        query={"q": "a b&c", "empty": ""},
        headers={"X-Custom": "One", "Accept": "text/html"},
        cookies={"session": "s=1", "theme": "dark"},
        body='{"id": 1}',
    )
    (request,) = seen
    assert (request.method, request.source) == ("POST", source)
    assert request.path == "/orders/7/a b/c"
    assert request.raw_path.endswith("/orders/7/a%20b/c")
    assert request.path_params == {"id": 7, "rest": "a b/c"}
    assert (request.query["q"], request.query["empty"]) == ("a b&c", "")
    assert request.headers["x-custom"] == request.headers["X-CUSTOM"] == "One"
    assert request.cookies == {"session": "s=1", "theme": "dark"}
    assert (request.body, request.text, request.json()) == (b'{"id": 1}', '{"id": 1}', {"id": 1})
    assert request.client_ip
    assert repr(request) == f"<Request POST from {source}>"


def test_parts_by_name(send: Send) -> None:
    app = Router()

    @app.put("/orders/{id}")
    def handler(
        id: int,
        method: str,
        path: str,
        query: dict[str, str],
        headers: dict,
        cookies: dict,
        body: Any,
        claims: dict,
        flag: bool,
    ) -> Any:
        return [id, method, path, query, headers["x-a"], cookies, body, claims, flag]

    answer = send(
        app, "PUT", "/orders/7", query={"flag": "true"}, headers={"x-a": "1"}, cookies={"c": "2"}, body=[3]
    )
    assert answer.json() == [7, "PUT", "/orders/7", {"flag": "true"}, "1", {"c": "2"}, [3], {}, True]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_every_method(send: Send, method: str) -> None:
    app = Router()
    getattr(app, method.lower())("/")(lambda method: Response(headers={"x-method": method}))
    assert send(app, method, "/").headers["x-method"] == method
    automatic = {"OPTIONS", "HEAD"} if method == "GET" else {"OPTIONS"}
    assert send(app, "PROPFIND", "/").headers["allow"] == ", ".join(sorted({method} | automatic))


def test_any_method(send: Send) -> None:
    app = Router()
    app.http("/", methods=["propfind", "GET"])(lambda method: method)
    assert [send(app, method, "/").text for method in ("PROPFIND", "GET", "get")] == [
        "PROPFIND",
        "GET",
        "GET",
    ]


def test_trailing_slashes_make_no_difference(send: Send) -> None:
    app = Router()
    app.get("/a/{b}")(lambda b: b)
    app.get("/c/")(lambda: "c")
    app.get("/")(lambda: "root")
    paths = {"/a/1": "1", "/a/1/": "1", "/c": "c", "/c/": "c", "/": "root"}
    assert {path: send(app, "GET", path).text for path in paths} == paths


def test_segments_are_decoded_once_and_after_they_are_split(send: Send) -> None:
    app = Router()
    app.get("/a/{b}")(lambda b: b)
    app.get("/café/menu")(lambda: "menu")
    paths = {
        "/a/x%20y": "x y",
        "/a/x%2Fy": "x/y",
        "/a/%2541": "%41",
        "/a/a+b": "a+b",
        "/a/100%": "100%",
        "/caf%C3%A9/menu": "menu",
        "/a/%F0%9F%98%80": "😀",
    }
    assert {path: send(app, "GET", path).text for path in paths} == paths


@pytest.mark.parametrize("path", ["/a/%FF", "/a/%C3", "/a/%ED%A0%80", "/%C0%AE%C0%AE/x"])
def test_a_path_that_is_not_utf8(send: Send, path: str) -> None:
    app = Router()
    app.get("/a/{b}")(lambda b: b)
    assert send(app, "GET", path).status == 400


def test_a_body_in_every_form(send: Send) -> None:
    app = Router()

    @app.post("/any")
    def any_(body: Any) -> Any:
        return [body]

    @app.post("/text")
    def text(body: str) -> Any:
        return body

    @app.post("/octets")
    def octets(body: bytes) -> Any:
        return body

    @app.post("/dict")
    def dict_(body: dict) -> Any:  # type: ignore[type-arg]
        return body

    @app.post("/model")
    def model(order: Order) -> Any:
        return order.total

    @app.post("/optional")
    def optional(order: Order | None) -> Any:
        return [order]

    @app.post("/default")
    def default(body: dict = {"d": 1}) -> Any:  # type: ignore[type-arg]
        return body

    sent = {"id": 1, "total": 2.5}
    assert send(app, "POST", "/any", body=sent).json() == [sent]
    assert send(app, "POST", "/any").json() == [None]
    assert send(app, "POST", "/text", body="grüße").text == "grüße"
    assert send(app, "POST", "/octets", body=b"\x00\xff").body == b"\x00\xff"
    assert send(app, "POST", "/octets", body="grüße").body == "grüße".encode()
    assert send(app, "POST", "/dict", body=sent).json() == sent
    assert send(app, "POST", "/dict", body=json.dumps(sent).encode()).json() == sent
    assert send(app, "POST", "/model", body=sent).json() == 2.5
    assert send(app, "POST", "/model", body=b'{"id": "3"}').json() == 0.5
    assert send(app, "POST", "/optional").json() == [None]
    assert send(app, "POST", "/optional", body=sent).json() == [sent]
    assert send(app, "POST", "/default").json() == {"d": 1}


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/any", "{", "json_invalid"),
        ("/any", "NaN", "json_invalid"),
        ("/any", b"\xff", "unicode"),
        ("/text", b"\xff", "unicode"),
        ("/dict", "[]", "dict_type"),
        ("/dict", None, "missing"),
        ("/model", None, "missing"),
        ("/model", "{", "json_invalid"),
        ("/model", '{"id": "x"}', "int_parsing"),
        ("/model", "{}", "missing"),
        ("/model", b"\xff\xfe", "json_invalid"),
    ],
)
def test_a_body_that_does_not_validate(send: Send, path: str, body: Any, kind: str) -> None:
    app = Router()

    @app.post("/any")
    def any_(body: Any) -> None: ...

    @app.post("/text")
    def text(body: str) -> None: ...

    @app.post("/dict")
    def dict_(body: dict) -> None: ...  # type: ignore[type-arg]

    @app.post("/model")
    def model(order: Order) -> None: ...

    answer = send(app, "POST", path, body=body)
    assert answer.status == 422
    found = problem(answer)
    assert found["title"] == "Unprocessable Content"
    assert [(e["loc"][0], e["type"]) for e in found["errors"]] == [("body", kind)]


def test_a_validation_error_says_where_and_never_what_was_sent(send: Send) -> None:
    app = Router()

    @app.post("/{id}")
    def handler(id: int, page: int, order: Order) -> None: ...

    canary = "canary-17"
    for path, query, body, loc in (
        (f"/{canary}", {"page": 1}, {"id": 1}, ["path", "id"]),
        ("/1", {"page": canary}, {"id": 1}, ["query", "page"]),
        ("/1", {}, {"id": 1}, ["query", "page"]),
        ("/1", {"page": 1}, {"id": canary}, ["body", "id"]),
    ):
        answer = send(app, "POST", path, query=query, body=body)
        assert (answer.status, [e["loc"] for e in answer.json()["errors"]]) == (422, [loc])
        assert canary not in answer.text


def test_a_form(send: Send) -> None:
    app = Router()
    app.post("/")(lambda request: [request.form()["a"], request.form().all("b")])
    kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert send(app, "POST", "/", body="a=1+2&b=x&b=%C3%A9", headers=kind).json() == ["1 2", ["x", "é"]]
    assert send(app, "POST", "/", body="a=1", headers={"content-type": "text/plain"}).status == 415


def test_repeated_query_parameters(send: Send, form: str) -> None:
    app = Router()

    @app.get("/")
    def handler(n: list[int], query: Any) -> Any:
        return [n, query["n"]]

    answer = send(app, "GET", "/", query=[("n", 1), ("m", 5), ("n", 2)])
    # These two send the last value alone.
    assert answer.json() == [[2] if form in ("alb", "vpc_lattice") else [1, 2], "2"]


def test_query_values_that_are_hard_to_encode(send: Send) -> None:
    app = Router()
    app.get("/")(lambda query: query)
    query = {"a b": "c+d", "é": "%41", "x&y": "1=2", "comma": "1,2", "empty": "", "plus": " "}
    assert send(app, "GET", "/", query=query).json() == query


# -- base paths, hosts, sources ----------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["/v1", ["/other", "/v1/"], "/a/b"])
def test_base_path(send: Send, base: Any) -> None:
    app = Router(base_path=base)
    app.get("/orders/{id}")(lambda id: id)
    app.get("/")(lambda: "root")
    prefix = base if isinstance(base, str) else "/v1"
    assert send(app, "GET", f"{prefix}/orders/7").text == "7"
    assert send(app, "GET", f"{prefix}/orders/7/").text == "7"
    assert send(app, "GET", "/orders/7").text == "7"
    assert send(app, "GET", prefix).text == send(app, "GET", f"{prefix}/").text == "root"
    assert send(app, "GET", f"{prefix}x/orders/7").status == 404


def test_include_with_a_prefix(send: Send) -> None:
    orders = Router()
    orders.get("/")(lambda: "all")
    orders.get("/{id}")(lambda id: id)
    app = Router()
    app.include(orders, prefix="/orders")
    assert send(app, "GET", "/orders").text == "all"
    assert send(app, "GET", "/orders/7").text == "7"
    assert send(app, "GET", "/7").status == 404


def test_host(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: "any")
    app.get("/", host="API.example.com")(lambda: "api")
    app.get("/", host=["*.shop.example.com", "shop.example.com"])(lambda: "shop")
    app.get("/only", host="api.example.com")(lambda: "only")
    hosts = {
        "api.example.com": "api",
        "API.EXAMPLE.COM:443": "api",
        "eu.shop.example.com": "shop",
        "shop.example.com": "shop",
        "xshop.example.com": "any",
    }
    assert {host: send(app, "GET", "/", host=host).text for host in hosts} == hosts
    assert send(app, "GET", "/only", host="example.com").status == 404
    assert send(app, "PUT", "/only", host="example.com").status == 404
    assert send(app, "PUT", "/only", host="api.example.com").status == 405


def test_sources(send: Send, source: str) -> None:
    app = Router()
    app.get("/", sources=[source])(lambda: "here")
    app.get("/")(lambda: "anywhere")
    app.get("/x", sources=[name for name in ("alb", "function_url") if name != source])(lambda: "x")
    assert send(app, "GET", "/").text == "here"
    assert send(app, "GET", "/x").status == 404


# -- middleware and dependencies ---------------------------------------------------------------------------


def test_middleware_sees_responses_and_may_change_all_of_them(send: Send) -> None:
    app = Router()

    @app.middleware
    def stamp(invocation: Invocation, call_next: Any) -> Any:
        response = call_next(invocation)
        response.headers["X-Stamp"] = 1
        response.headers.add("vary", "x")
        response.cookies.append("seen=1")
        if response.status == 200:
            response.status = HTTPStatus.ACCEPTED
            response.body["more"] = True
        return response

    app.get("/")(lambda: {"a": 1})
    answer = send(app, "GET", "/")
    assert (answer.status, answer.json()) == (202, {"a": 1, "more": True})
    assert (answer.headers["x-stamp"], answer.headers["vary"], answer.cookies) == ("1", "x", {"seen": "1"})
    assert send(app, "GET", "/none").headers["x-stamp"] == "1"


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": 201, "body": "x"}, 500, None),
        ({"statusCode": 201}, 200, b'{"statusCode":201}'),
        (["statusCode", "body"], 200, b'["statusCode","body"]'),
        ({"a": 1}, 200, b'{"a":1}'),
        ("x", 200, b"x"),
        (("x", 418), 418, b"x"),
        (None, 204, b""),
    ],
)
def test_what_middleware_returns_is_what_a_handler_may_return(
    send: Send, result: Any, status: int, body: bytes | None
) -> None:
    app = Router()
    app.use(lambda invocation, call_next: result)
    app.get("/")(lambda: "unseen")
    answer = send(app, "GET", "/")
    assert (answer.status, answer.body if body is not None else None) == (status, body)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda response: setattr(response, "status", 999),
        lambda response: setattr(response, "headers", {"x-a": "1\n2"}),
        lambda response: response.cookies.append("a=1\nb"),
        lambda response: setattr(response, "body", object()),
        lambda response: response.headers.update({"x-a": "1\n2"}),
        lambda response: setattr(response, "cookies", 7),
    ],
)
def test_what_middleware_does_to_a_response_is_checked(send: Send, spoil: Callable[[Any], None]) -> None:
    app = Router()

    @app.middleware
    def stamp(invocation: Invocation, call_next: Any) -> Any:
        response = call_next(invocation)
        spoil(response)
        return response

    app.get("/")(lambda: {"a": 1})
    assert send(app, "GET", "/").status == 500


def test_middleware_may_put_plain_headers_and_results_in_place(send: Send) -> None:
    app = Router()

    @app.middleware
    def stamp(invocation: Invocation, call_next: Any) -> Any:
        response = call_next(invocation)
        response.headers = {"x-a": "1"}
        return response

    app.get("/")(lambda: {"a": 1})
    answer = send(app, "GET", "/")
    assert (answer.headers["x-a"], answer.headers["content-type"]) == ("1", JSON)


def test_dependencies_ask_for_parts(send: Send) -> None:
    app = Router()
    closed: list[str] = []

    def user(request: Request, tenant: str = "none") -> Any:
        yield f"{request.method} {tenant}"
        closed.append(tenant)

    @app.get("/{id}")
    def handler(id: int, user: str = Depends(user)) -> Any:
        assert not closed
        return [id, user]

    assert send(app, "GET", "/7", query={"tenant": "north"}).json() == [7, "GET north"]
    assert closed == ["north"]


def test_nothing_of_the_event_changes(form: str) -> None:
    app = Router()
    app.post("/{id}")(lambda id, request: [id, request.query, request.cookies, request.json()])
    sent = event(form, path="/7", method="POST", query={"a": 1}, cookies={"c": 1}, body={"x": 1})
    before = json.dumps(sent)
    app(sent, None)
    assert json.dumps(sent) == before
