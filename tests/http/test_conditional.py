"""Tags of content, and 304 for who has it."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Send
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import HTTPError, Response, Router, conditional
from lambda_router.http.conditional import known_as


def tagged(*results: Any) -> Router:
    """An app that gives one result after the other, the last for ever."""
    left = list(results)
    app = Router()
    app.use(conditional())
    app.http("/", methods=["GET", "POST"])(lambda: left.pop(0) if len(left) > 1 else left[0])
    return app


@pytest.mark.parametrize(
    "result", [{"a": 1}, [1], "text", b"\0", 7, "", Response("x", content_type="text/css")]
)
def test_content_has_a_tag(send: Send, result: Any) -> None:
    app = tagged(result)
    first = send(app, "GET", "/")
    tag = first.headers["etag"]
    assert (first.status, tag[0], tag[-1], len(tag)) == (200, '"', '"', 34)
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*", f' W/"y" , W/{tag} '):
        again = send(app, "GET", "/", headers={"if-none-match": known})
        weak = known not in ("*", tag, f'"x", {tag}')
        assert (again.status, again.body, dict(again.headers)) == (
            304,
            b"",
            {"etag": f"W/{tag}" if weak else tag},
        )
    for known in ('"x"', tag[1:-1], tag.upper(), "", "W/", '"'):
        assert send(app, "GET", "/", headers={"if-none-match": known}).body == first.body


def test_other_content_has_another_tag(send: Send) -> None:
    app = tagged("one", "two")
    tag = send(app, "GET", "/").headers["etag"]
    second = send(app, "GET", "/", headers={"if-none-match": tag})
    assert (second.status, second.text) == (200, "two")
    assert second.headers["etag"] != tag


def test_head_has_the_tag_of_get(send: Send) -> None:
    app = tagged({"a": 1})
    get, head = send(app, "GET", "/"), send(app, "HEAD", "/")
    assert (head.headers["etag"], head.body) == (get.headers["etag"], b"")
    assert send(app, "HEAD", "/", headers={"if-none-match": get.headers["etag"]}).status == 304


def test_a_handlers_own_tag_stands(send: Send) -> None:
    kept = Response(
        "x",
        headers={
            "ETag": 'W/"7"',
            "Cache-Control": "max-age=5",
            "Content-Language": "uk",
            "Content-Location": "/7",
        },
        cookies=["a=1"],
    )
    app = tagged(kept)
    for _ in range(2):
        short = send(app, "GET", "/", headers={"if-none-match": '"7"'})
        assert (short.status, short.headers["etag"], short.cookies) == (304, 'W/"7"', {"a": "1"})
        assert set(short.headers) == {"etag", "cache-control", "content-location", "set-cookie"}
    assert (kept.status, kept.body) == (200, "x")


@pytest.mark.parametrize("result", [None, ("x", 201), ("x", 404), Response("x", 500), Response()])
def test_what_has_no_tag(send: Send, result: Any) -> None:
    answer = send(tagged(result), "GET", "/", headers={"if-none-match": "*"})
    assert "etag" not in answer.headers
    assert answer.status != 304


def test_other_methods_and_errors(send: Send) -> None:
    app = tagged("x")

    @app.get("/fault")
    def fault() -> None:
        raise HTTPError(409)

    assert "etag" not in send(app, "POST", "/", headers={"if-none-match": "*"}).headers
    assert send(app, "GET", "/fault", headers={"if-none-match": "*"}).status == 409


def test_around_one_route(send: Send) -> None:
    app = Router()
    app.get("/tagged", middleware=[conditional()])(lambda: {"a": 1})
    app.get("/plain")(lambda: {"a": 1})
    tag = send(app, "GET", "/tagged").headers["etag"]
    assert send(app, "GET", "/tagged", headers={"if-none-match": tag}).status == 304
    assert "etag" not in send(app, "GET", "/plain").headers


def test_content_that_cannot_be_sent_is_still_a_fault(send: Send) -> None:
    assert send(tagged({"a": object()}), "GET", "/").status == 500
    assert send(tagged("\ud800"), "GET", "/").status == 500


@given(st.text(st.characters(), max_size=40) | st.text('W/"tag", *', max_size=16))
def test_any_header_has_an_answer(known: str) -> None:
    listed = [one.strip() for one in known.split(",")]
    assert known_as(known, '"tag"') in (None, '"tag"', 'W/"tag"')
    assert (known_as(known, '"tag"') is not None) is (
        '"tag"' in listed or 'W/"tag"' in listed or known.strip() == "*"
    )
