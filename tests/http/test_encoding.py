"""Compression: smaller where it is wanted, and otherwise byte for byte what it was."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from conftest import Send
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import ConfigurationError, HTTPError, Response, Router, compress, conditional
from lambda_router.http.encoding import NOT_REST, accepts
from lambda_router.http.routes import CALLERS
from lambda_router.testing import Client, event

LONG = "a word or two, " * 1000
ROWS = [{"id": n, "name": "a name"} for n in range(300)]
GZIP = {"accept-encoding": "gzip"}


def app_of(result: Any, *, status: int = 200, **options: Any) -> Router:
    app = Router()
    app.use(compress(sources=CALLERS, **options))
    app.get("/")(lambda: Response(result, status) if status != 200 else result)
    return app


@pytest.mark.parametrize(
    ("result", "kind", "content"),
    [
        (LONG, "text/plain; charset=utf-8", LONG.encode()),
        (ROWS, "application/json", json.dumps(ROWS, separators=(",", ":")).encode()),
        ("é" * 5000, "text/plain; charset=utf-8", ("é" * 5000).encode()),
        (Response("<p>" * 1000, content_type="text/html"), "text/html", b"<p>" * 1000),
        (Response(b"<svg>" * 1000, content_type="image/svg+xml"), "image/svg+xml", b"<svg>" * 1000),
        (
            Response("[1,2]" * 1000, content_type="application/geo+json"),
            "application/geo+json",
            b"[1,2]" * 1000,
        ),
        ((LONG, 404), "text/plain; charset=utf-8", LONG.encode()),
    ],
)
def test_what_is_compressed(send: Send, result: Any, kind: str, content: bytes) -> None:
    app = app_of(result)
    answer = send(app, "GET", "/", headers=GZIP)
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "accept-encoding")
    assert answer.headers["content-type"] == kind
    assert answer.response["isBase64Encoded"] is True
    assert gzip.decompress(answer.body) == content
    assert len(answer.body) < len(content)
    assert send(app, "GET", "/", headers=GZIP).body == answer.body  # no time stamp
    for headers in ({}, {"accept-encoding": "br, identity"}):
        plain = send(app, "GET", "/", headers=headers)
        assert (plain.body, plain.headers["content-type"]) == (content, kind)
        assert (plain.headers["vary"], "content-encoding" in plain.headers) == ("accept-encoding", False)


@pytest.mark.parametrize(
    "result",
    [
        None,
        "short",
        {"a": 1},
        "x" * 1023,
        b"\0" * 5000,
        Response(b"\x89PNG" * 1000, content_type="image/png"),
        Response(LONG, content_type="application/zip"),
        Response(
            gzip.compress(LONG.encode()) * 50, content_type="text/plain", headers={"content-encoding": "gzip"}
        ),
        Response(LONG, headers={"Content-Encoding": "br"}),
        Response(LONG, headers={"Cache-Control": "public, No-Transform"}),
        Response(LONG, 206, headers={"content-range": "bytes 0-9/10"}),
        Response(LONG, headers={"content-range": "bytes 0-9/10"}),
    ],
)
def test_what_is_not_compressed(send: Send, result: Any) -> None:
    bare = Router()
    bare.get("/")(lambda: result)
    assert send(app_of(result), "GET", "/", headers=GZIP).response == send(bare, "GET", "/").response


def test_what_gets_no_smaller_stays() -> None:
    content = "".join(chr(33 + (n * n * 7919) % 90) for n in range(40))
    answer = Client(app_of(content, minimum=1)).get("/", headers=GZIP)
    assert (answer.text, "content-encoding" in answer.headers) == (content, False)


def test_a_bodiless_status_and_head(send: Send) -> None:
    assert send(app_of(LONG, status=304), "GET", "/", headers=GZIP).body == b""
    app = app_of(LONG)
    head, get = (send(app, method, "/", headers=GZIP) for method in ("HEAD", "GET"))
    assert head.body == b""
    assert head.headers["content-encoding"] == "gzip"
    assert int(head.headers["content-length"]) == len(get.body)


def test_it_is_never_done_twice(send: Send) -> None:
    app = Router()
    app.use(compress(sources=CALLERS))
    app.use(compress(sources=CALLERS))
    app.get("/", middleware=[compress(sources=CALLERS)])(lambda: LONG)
    answer = send(app, "GET", "/", headers=GZIP)
    assert gzip.decompress(answer.body) == LONG.encode()
    assert answer.headers.all("vary") == ["accept-encoding"]


def test_rest_apis_have_a_setting_of_their_own(send: Send, source: str) -> None:
    app = Router()
    app.use(compress())
    app.get("/")(lambda: LONG)
    answer = send(app, "GET", "/", headers=GZIP)
    assert ("content-encoding" in answer.headers) is (source != "api_gateway_rest")
    assert set(NOT_REST) == set(CALLERS) - {"api_gateway_rest"}


def test_a_response_of_the_handler_stays_as_it_is(send: Send) -> None:
    kept = Response(
        LONG, headers={"Vary": "Origin", "Content-Length": "15000", "ETag": '"1"'}, cookies=["a=1"]
    )
    app = app_of(kept)
    for _ in range(2):
        answer = send(app, "GET", "/", headers=GZIP)
        assert gzip.decompress(answer.body) == LONG.encode()
        assert ", ".join(answer.headers.all("vary")) == "Origin, accept-encoding"
        assert (answer.headers["etag"], answer.cookies) == ('W/"1"', {"a": "1"})
        assert "content-length" not in answer.headers
    assert (kept.body, dict(kept.headers)["Vary"]) == (LONG, "Origin")


def test_with_tags_in_either_order(send: Send) -> None:
    for layers in ([compress(sources=CALLERS), conditional()], [conditional(), compress(sources=CALLERS)]):
        app = Router()
        for layer in layers:
            app.use(layer)
        app.get("/")(lambda: LONG)
        first = send(app, "GET", "/", headers=GZIP)
        again = send(app, "GET", "/", headers={**GZIP, "if-none-match": first.headers["etag"]})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert again.headers["vary"] == first.headers["vary"] == "accept-encoding"
        assert "content-encoding" not in again.headers


def test_the_limit_is_that_of_what_is_sent(send: Send, source: str) -> None:
    items = 12 if source == "alb" else 63
    app, tagged = (app_of(["x" * 100_000] * items) for _ in range(2))
    tagged.use(conditional())
    for one in (app, tagged):
        assert send(one, "GET", "/", headers=GZIP).status == 200
        assert send(one, "GET", "/").status == 500


def test_errors_and_other_results(send: Send) -> None:
    app = Router()
    app.use(compress(sources=CALLERS, minimum=10))

    @app.get("/")
    def handler() -> None:
        raise HTTPError(409, "held by another " * 10)

    answer = send(app, "GET", "/", headers=GZIP)
    assert (answer.status, answer.headers["content-type"]) == (409, "application/problem+json")
    assert json.loads(gzip.decompress(answer.body))["status"] == 409


def test_other_sources_are_left_alone() -> None:
    app = Router()
    app.use(compress())
    app.use(conditional())
    app.invoke()(lambda event: ["x" * 5000])
    app.sqs("orders", partial=True)(lambda body: None)
    assert app({"a": 1}) == ["x" * 5000]
    assert app(event("sqs", body={}, queue="orders")) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("gzip;q=0.001", True),
        ("gzip ; q=0.5", True),
        ("*", True),
        ("*;q=0.5, identity;q=0.2", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzip;q=x", False),
        ("gzip;q=-1", False),
        ("gzip;q=1e5", False),
        ("gzip;q=nan", False),
        ("gzip;q=", False),
        ("gzip;level=9", False),
        ("gzipped", False),
        ("gzip;q=\u0661", False),
    ],
)
def test_weights(header: str, expected: bool) -> None:
    assert accepts(header) is expected


@given(st.text(st.characters(), max_size=60) | st.text("gzip;q=0.1,* ", max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    assert accepts(header) in (True, False)


@pytest.mark.parametrize(
    "options",
    [
        {"minimum": 0},
        {"minimum": True},
        {"level": 0},
        {"level": 10},
        {"sources": "alb"},
        {"sources": ["sqs"]},
    ],
)
def test_wrong_settings(options: Any) -> None:
    with pytest.raises(ConfigurationError):
        compress(**options)
