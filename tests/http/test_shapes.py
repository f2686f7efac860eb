"""Every HTTP event that others and we have collected, times every kind of answer: the exact shape of its caller."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contracts import MODELS, ask

from lambda_router import HTTPError, Response, Router
from lambda_router.testing.events import samples

COOKIES = ["a=1; Path=/; HttpOnly", "b=2; Secure", "c=3"]
BINARY = bytes(range(256))


def failing() -> None:
    raise RuntimeError("canary")


def refusing() -> None:
    raise HTTPError(409, {"held_by": "ada"}, headers={"Retry-After": 5})


Check = Callable[[Any], None]


def has(status: int, body: bytes, kind: str | None) -> Check:
    def check(answer: Any) -> None:
        assert (answer.status, answer.body, answer.headers.get("content-type")) == (status, body, kind)

    return check


def cookies(answer: Any) -> None:
    assert answer.headers.all("set-cookie") == COOKIES
    assert answer.text == "x"


def repeated(answer: Any) -> None:
    assert ", ".join(answer.headers.all("vary")) == "accept, origin"
    assert (answer.headers["x-number"], answer.headers["x-float"]) == ("7", "0.5")


def problem(status: int) -> Check:
    def check(answer: Any) -> None:
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["status"] == status
        assert "canary" not in json.dumps(answer.response)

    return check


def refused(answer: Any) -> None:
    problem(409)(answer)
    assert (answer.json()["detail"], answer.headers["retry-after"]) == ({"held_by": "ada"}, "5")


RESULTS: dict[str, tuple[Callable[[], Any], Check]] = {
    "json": (lambda: {"id": 7, "é": "日本"}, has(200, '{"id":7,"é":"日本"}'.encode(), "application/json")),
    "text": (lambda: "grüße", has(200, "grüße".encode(), "text/plain; charset=utf-8")),
    "binary": (lambda: Response(BINARY, content_type="image/png"), has(200, BINARY, "image/png")),
    "cookies": (lambda: Response("x", cookies=COOKIES), cookies),
    "cookies in headers": (lambda: Response("x", headers={"Set-Cookie": COOKIES}), cookies),
    "repeated": (
        lambda: Response("x", headers={"Vary": ["accept", "origin"], "X-Number": 7, "x-float": 0.5}),
        repeated,
    ),
    "status": (lambda: ({"made": True}, 201), has(201, b'{"made":true}', "application/json")),
    "nothing": (lambda: None, has(204, b"", None)),
    "redirect": (lambda: Response.redirect("/new", 303), has(303, b"", None)),
    "not modified": (lambda: Response("lost", 304), has(304, b"", None)),
    "error": (failing, problem(500)),
    "refused": (refusing, refused),
}

KEYS = {
    "api_gateway_rest": {"statusCode", "multiValueHeaders", "body", "isBase64Encoded"},
    "api_gateway_http": {"statusCode", "headers", "body", "isBase64Encoded"},
    "function_url": {"statusCode", "headers", "body", "isBase64Encoded"},
    "alb": {"statusCode", "statusDescription", "headers", "body", "isBase64Encoded"},
    "vpc_lattice": {"statusCode", "headers", "body", "isBase64Encoded"},
    "vpc_lattice_v2": {"statusCode", "headers", "body", "isBase64Encoded"},
}
"""What each answer consists of, beside `cookies` in format 2.0, and with ALB's multi-value headers in their place."""


def collected(shared: Path | None) -> list[tuple[str, str, Any]]:
    """The name, source and content of each event."""
    found = [(f"{name} of ours", name.partition(".")[0], sent) for name, sent, _ in samples()]
    if shared is not None:
        labels = json.loads((shared / "labels.json").read_text("utf-8"))
        found += [
            (file, label["source"], json.loads((shared / file).read_text("utf-8")))
            for file, label in labels.items()
        ]
    return [row for row in found if row[1] in MODELS]


def method_of(sent: Any) -> str:
    found = sent.get("httpMethod") or sent.get("method") or sent["requestContext"]["http"]["method"]
    assert isinstance(found, str)
    return found


def is_health_check(sent: Any) -> bool:
    return "ELB-HealthChecker" in json.dumps(sent)


def check_shape(answer: Any, source: str, sent: Any) -> None:
    """The keys, exactly, and the style of the headers; the model of the caller has been asked already."""
    keys = set(KEYS[source])
    if source == "alb" and "multiValueHeaders" in sent:
        keys = keys - {"headers"} | {"multiValueHeaders"}
    if source in ("api_gateway_http", "function_url") and answer.headers.all("set-cookie"):
        keys.add("cookies")
    assert set(answer.response) == keys
    binary = answer.response["isBase64Encoded"]
    assert binary is (
        answer.status == 200 and answer.headers.get("content-type") == "image/png" and answer.body != b""
    )
    if binary:
        assert base64.b64decode(answer.response["body"], validate=True) == BINARY


@pytest.mark.parametrize("name", RESULTS)
def test_every_collected_event_is_answered_in_the_shape_of_its_caller(
    name: str, shared_events: Path | None
) -> None:
    result, check = RESULTS[name]
    app = Router()
    app.default(lambda: result())
    events = collected(shared_events)
    assert {source for _, source, _ in events} == set(MODELS)
    for file, source, sent in events:
        answer = ask(app, sent)
        check_shape(answer, source, sent)
        if method_of(sent) != "HEAD":
            try:
                check(answer)
            except AssertionError as failure:
                raise AssertionError(file) from failure


def test_every_collected_event_without_a_route(shared_events: Path | None) -> None:
    for file, source, sent in collected(shared_events):
        answer = ask(Router(), sent)
        check_shape(answer, source, sent)
        assert answer.status == (200 if is_health_check(sent) else 404), file


def test_every_collected_event_with_another_method(shared_events: Path | None) -> None:
    app = Router()
    app.http("/", methods=["PURGE"])(lambda: None)
    app.http("/{rest:path}", methods=["PURGE"])(lambda rest: None)
    for file, source, sent in collected(shared_events):
        answer = ask(app, sent)
        check_shape(answer, source, sent)
        status = 200 if is_health_check(sent) else 204 if method_of(sent) == "OPTIONS" else 405
        assert answer.status == status, file
        assert status == 200 or answer.headers["allow"] == "OPTIONS, PURGE"
