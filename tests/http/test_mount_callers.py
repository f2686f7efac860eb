"""Mounted applications: six callers in eight forms, seven applications, the same answers."""

from __future__ import annotations

import json
import logging
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from applications import APPLICATIONS, BINARY
from conftest import Send

from lambda_router import Router
from lambda_router.testing import HttpResult
from lambda_router.testing.samples.http import Content

LAST_ONLY = {"alb", "vpc_lattice"}
"""The forms in which only the last value of a repeated query key arrives."""


@cache
def app_with(name: str) -> Router:
    app = Router()

    @app.get("/api/own")
    def own() -> str:
        return "own"

    app.mount("/api", APPLICATIONS[name]())
    return app


@pytest.fixture(params=APPLICATIONS)
def application(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def call(send: Send, application: str) -> Any:
    def call(method: str, path: str, **parts: Any) -> HttpResult:
        return send(app_with(application), method, f"/api{path}", **parts)

    return call


def root_of(form: str) -> str:
    """Where the application is for a client: a REST API's stage is in the context of its events."""
    return "/prod/api" if form == "api_gateway_rest" else "/api"


def test_what_the_application_sees(call: Any, form: str) -> None:
    answer = call(
        "GET",
        "/echo",
        query=[("a", "1"), ("a", "2 +&"), ("leer", ""), ("ü", "☃")],
        cookies={"x": "1", "y": "2"},
        headers={"User-Agent": "agent/1"},
        client_ip="192.0.2.9",
    )
    assert answer.status == 200
    found = answer.json()
    repeated = [["a", "2 +&"]] if form in LAST_ONLY else [["a", "1"], ["a", "2 +&"]]
    assert sorted(found["query"]) == sorted([*repeated, ["leer", ""], ["ü", "☃"]])
    assert found["cookies"] == {"x": "1", "y": "2"}
    assert (found["method"], found["agent"], found["client"]) == ("GET", "agent/1", "192.0.2.9")
    assert (found["path"], found["root"]) == (f"{root_of(form)}/echo", root_of(form))
    assert found["scheme"] == "https"


def test_methods(call: Any) -> None:
    methods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    assert [call(method, "/echo").json()["method"] for method in methods] == methods


PATHS = {
    "a/b": "a/b",
    "gr%C3%B6%C3%9Fe%20%E2%98%83": "größe ☃",
    "größe ☃": "größe ☃",
    "a%2Fb": "a/b",
    "a%2Fb/c%2fd": "a/b/c/d",
    "a%25b": "a%b",
    "a%2520b": "a%20b",
    "a+b": "a+b",
    "a;b=c,d@e:f": "a;b=c,d@e:f",
    "a/b/": "a/b/",
    ".../..a/b..": ".../..a/b..",
}


def test_paths(call: Any) -> None:
    for sent, seen in PATHS.items():
        assert call("GET", f"/rest/{sent}").json() == {"rest": seen}, sent


def test_paths_that_climb_do_not_reach_the_application(call: Any) -> None:
    for path in ("/rest/../x", "/rest/%2e%2e/x", "/rest/a%2F..%2Fx", "/..", "/rest/..%5Cx", "/%00"):
        answer = call("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json"), path


def test_a_form(call: Any) -> None:
    body = Content("item=B%C3%BCch+er&tag=a&tag=b", "application/x-www-form-urlencoded")
    assert call("POST", "/form", body=body).json() == {"item": "Büch er", "tag": ["a", "b"]}


def test_an_upload(call: Any) -> None:
    lines = [
        b"--limit",
        b'Content-Disposition: form-data; name="photo"; filename="cat.bin"',
        b"Content-Type: application/x-cat",
        b"",
        BINARY,
        b"--limit--",
        b"",
    ]
    kind = {"Content-Type": "multipart/form-data; boundary=limit"}
    answer = call("POST", "/upload", body=b"\r\n".join(lines), headers=kind)
    assert answer.json() == {"name": "cat.bin", "type": "application/x-cat", "hex": BINARY.hex()}


def test_bodies_arrive_and_return_byte_for_byte(call: Any) -> None:
    for body in (b"", b"\x00\xff", BINARY, "größe ☃", {"a": [1, None]}):
        answer = call("POST", "/raw", body=body)
        sent = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else None
        assert answer.body == sent if sent is not None else json.loads(answer.body) == body, body
        assert answer.headers["content-type"] == "application/octet-stream", body


def test_a_download(call: Any) -> None:
    answer = call("GET", "/binary")
    assert (answer.status, answer.body) == (200, BINARY)
    assert answer.response["isBase64Encoded"] is True


def test_json_is_sent_as_text(call: Any) -> None:
    assert call("GET", "/echo").response["isBase64Encoded"] is False


def test_head_has_no_body(call: Any) -> None:
    answer = call("HEAD", "/binary")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_no_content(call: Any) -> None:
    answer = call("GET", "/nothing")
    assert (answer.status, answer.body) == (204, b"")


def test_several_cookies(call: Any) -> None:
    answer = call("GET", "/cookies")
    assert answer.cookies == {"a": "1", "b": "2"}
    first, second = answer.headers.all("set-cookie")
    assert "httponly" in first.lower()
    assert "max-age=60" in second.lower()


def test_redirects_lead_back_to_the_application(call: Any, form: str) -> None:
    answer = call("GET", "/redirect")
    assert answer.status == 302
    target = urlsplit(answer.headers["location"])
    assert target.path == f"{root_of(form)}/echo"
    assert target.scheme == "https"


def test_the_application_has_its_own_error_pages(call: Any) -> None:
    answer = call("GET", "/teapot")
    assert answer.status == 418
    assert "short and stout" in answer.text
    assert call("GET", "/no-such-page").status == 404


def test_an_exception_is_a_500_without_its_text(
    call: Any, application: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "lambda_router")
    answer = call("GET", "/fail")
    assert answer.status == 500
    assert "canary" not in json.dumps(answer.response)
    ours = [record for record in caplog.records if record.name == "lambda_router"]
    assert not any("canary" in record.getMessage() for record in ours)
    # Django and Flask answer and log it themselves; where an application lets it out, there is one line of ours.
    raised = application not in ("django_asgi", "django_wsgi", "flask")
    errors = [record.getMessage() for record in ours if record.levelno >= logging.ERROR]
    assert len(errors) == (1 if raised else 0)
    assert all("ValueError" in line and "correlation_id=" in line for line in errors)
    if application.startswith("raw"):
        assert set(answer.json()) == {"type", "title", "status", "correlation_id"}


def test_routes_of_the_app_go_first(call: Any) -> None:
    assert call("GET", "/own").text == "own"
    assert call("POST", "/own").status in (404, 405)  # the application's word
