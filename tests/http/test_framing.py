"""Where a body ends is the service's to say: what a route says of it does not get out, but to HEAD."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Send

from lambda_router import HTTPError, Response, Router

ANSWERS: dict[str, tuple[Any, bytes]] = {
    "text": (lambda headers: Response("grüße", headers=headers), "grüße".encode()),
    "bytes": (lambda headers: Response(b"\x00\xff", headers=headers), b"\x00\xff"),
    "json": (lambda headers: ({"a": 1}, 200, headers), b'{"a":1}'),
    "nothing": (lambda headers: Response(headers=headers), b""),
}


def app_of(answer: Any, headers: dict[str, str]) -> Router:
    app = Router()
    app.get("/")(lambda: answer(headers))
    return app


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("name", ["content-length", "Content-Length", "CONTENT-LENGTH"])
@pytest.mark.parametrize("length", ["0", "3", "5000", "x"])
def test_a_length_does_not_get_out(send: Send, kind: str, name: str, length: str) -> None:
    answer, body = ANSWERS[kind]
    got = send(app_of(answer, {name: length, "x-own": "1"}), "GET", "/")
    assert (got.status, got.body, got.headers["x-own"]) == (200, body, "1")
    assert "content-length" not in got.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_transfer_encoding_does_not_get_out(send: Send, method: str) -> None:
    for answer, _ in ANSWERS.values():
        got = send(app_of(answer, {"Transfer-Encoding": "chunked", "content-encoding": "gzip"}), method, "/")
        assert "transfer-encoding" not in got.headers
        assert got.headers["content-encoding"] == "gzip"


def test_a_response_keeps_what_it_was_given(send: Send) -> None:
    kept = Response("short", headers={"Content-Length": "5000"})
    app = app_of(lambda headers: kept, {})
    assert "content-length" not in send(app, "GET", "/").headers
    head = send(app, "HEAD", "/")
    assert (head.body, head.headers["content-length"]) == (b"", "5000")
    assert kept.headers["content-length"] == "5000"


def test_the_answers_of_errors(send: Send) -> None:
    app = Router(cors="*")

    @app.get("/")
    def handler() -> None:
        raise HTTPError(409, "no", headers={"content-length": "1", "x-own": "1"})

    got = send(app, "GET", "/")
    assert (got.status, got.json()["detail"], got.headers["x-own"]) == (409, "no", "1")
    assert "content-length" not in got.headers


def test_what_middleware_adds(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: {"a": 1})

    @app.middleware
    def add(invocation: Any, call_next: Any) -> Any:
        return Response(call_next(invocation).body, headers={"content-length": "1"})

    got = send(app, "GET", "/")
    assert (got.json(), "content-length" in got.headers) == ({"a": 1}, False)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body(send: Send, status: int) -> None:
    app = app_of(
        lambda headers: Response(None, status, headers=headers), {"content-length": "7", "etag": '"1"'}
    )
    got = send(app, "GET", "/")
    assert (got.status, got.body, got.headers) == (status, b"", {"etag": '"1"'})
