"""Hostile requests to mounted applications: whatever an event holds, an answer that the caller takes, and no secret."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from conftest import FORMS
from contracts import ask
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import Router
from lambda_router.testing import Client, event

CANARY = "canary-7f3a"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
)
texts = st.text(st.characters(codec=None), max_size=40)


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    message = await receive()
    assert isinstance(message["body"], bytes)
    assert scope["path"].startswith(scope["root_path"])
    assert scope["raw_path"].isascii()
    assert scope["query_string"].isascii()
    assert all(isinstance(part, bytes) for row in scope["headers"] for part in row)
    assert not {"..", "\0"} & set(scope["path"].split("/"))
    scope["path"].encode("utf-8")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    assert all(isinstance(name, str) for name in environ)
    for name, value in environ.items():
        if not name.startswith(("wsgi.", "aws.")):
            value.encode("latin-1")
    assert not {"..", "\0"} & set(environ["PATH_INFO"].split("/"))
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


APP = Router()
APP.mount("/", asgi)
APP.mount("/wsgi", wsgi)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("prefix", ["", "/wsgi"])
@settings(max_examples=25)
@given(data=st.data())
def test_any_values_in_any_place(form: str, prefix: str, data: st.DataObject) -> None:
    made = event(form, path=f"{prefix}/x", method="POST", body="x")  # type: ignore[call-overload]
    pathless = {"path", "rawPath", "raw_path"}
    for key in data.draw(st.lists(st.sampled_from(sorted(made)), max_size=4)):
        if key in pathless:
            made[key] = f"{prefix}/{data.draw(texts)}"
        elif "eaders" in key or "Query" in key or "query" in key:
            made[key] = data.draw(
                st.dictionaries(texts, texts | st.lists(texts, max_size=3) | json_values, max_size=4)
            )
        elif key in ("body", "isBase64Encoded", "is_base64_encoded", "cookies", "pathParameters"):
            made[key] = data.draw(json_values | texts)
    answer = Client(APP).send(made)
    assert answer.source == form.partition(".")[0]
    assert answer.error is None
    assert answer.response["statusCode"] in (200, 400), answer.response


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/x", "/wsgi/x"])
@settings(max_examples=25)
@given(
    rows=st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=30)), max_size=4),
    status=st.integers(-5, 1000),
    body=st.binary(max_size=60),
    kind=st.sampled_from([b"text/plain", b"application/json", b"image/png", b""]),
)
def test_any_answer_is_one_that_the_caller_takes_or_a_500(
    form: str, path: str, rows: Any, status: int, body: bytes, kind: bytes
) -> None:
    headers = [*rows, *([(b"content-type", kind)] if kind else [])]

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def answering_too(environ: Any, start_response: Any) -> Any:
        start_response(f"{status:03} X", [(n.decode("latin-1"), v.decode("latin-1")) for n, v in headers])
        return [body]

    app = Router()
    app.mount("/", answering)
    app.mount("/wsgi", answering_too)
    answer = ask(app, event(form, path=path))  # type: ignore[call-overload]
    if answer.status == status and status not in (204, 304, 500) and status >= 200:
        assert answer.body == body
    else:
        assert answer.status in (status, 500)


@pytest.mark.parametrize("form", FORMS)
def test_failing_requests_tell_nothing(form: str, caplog: pytest.LogCaptureFixture) -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        raise type(f"Error{len(CANARY)}", (Exception,), {"secret": CANARY})(CANARY)

    def failing_too(environ: Any, start_response: Any) -> Any:
        raise ValueError(environ["wsgi.input"].read(), environ["HTTP_AUTHORIZATION"])

    app = Router()
    app.mount("/", failing)
    app.mount("/wsgi", failing_too)
    caplog.set_level(logging.DEBUG)
    for path in ("/x", "/wsgi/x"):
        made = event(  # type: ignore[call-overload]
            form,
            path=path,
            method="POST",
            body=CANARY,
            headers={"Authorization": CANARY, "Cookie": f"a={CANARY}"},
        )
        for _ in range(20):
            answer = ask(app, made)
            assert answer.status == 500
            assert CANARY not in json.dumps(answer.response)
    assert CANARY not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("lambda_router"))
    assert CANARY not in repr(app.routes)


@pytest.mark.parametrize(
    "path", ["/" * 20_000, "/a" * 20_000, "/%2e" * 10_000, "/.." * 10_000, "/" + "%25" * 20_000]
)
def test_long_paths_take_linear_time(path: str) -> None:
    made = event("function_url", path="/")
    made["rawPath"] = path
    began = time.perf_counter()
    assert APP(made, None)["statusCode"] in (200, 400)
    assert time.perf_counter() - began < 0.5


def test_many_headers_and_cookies() -> None:
    headers = [(f"x-{number}", "v" * 10) for number in range(2_000)]
    cookies = [f"c{number}=1" for number in range(2_000)]
    made = event("function_url", path="/wsgi/x", headers=headers, cookies=cookies)
    began = time.perf_counter()
    assert APP(made, None)["statusCode"] == 200
    assert time.perf_counter() - began < 0.5
