"""What an application sees here beside what a real server shows it, and what other adapters make of ours."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from applications import raw_wsgi
from asgiref.wsgi import WsgiToAsgi

from lambda_router import Router
from lambda_router.testing import Client, event

TARGETS = [
    "/",
    "/api",
    "/api/a%20b",
    "/api/gr%C3%B6%C3%9Fe/",
    "/api/a%2Fb/%25/c",
    "/api/x?a=1&a=2&b=%C3%BC+%2B",
    "/api/x?flag&c=",
    "/api//x",
]


def ours(application: Any, target: str, kind: Any, **parts: Any) -> None:
    path, _, query = target.partition("?")
    app = Router()
    app.mount("/", application, kind=kind)
    made = event("function_url", path="/", **parts)
    made.update(rawPath=path, rawQueryString=query)
    assert app(made, None)["statusCode"] == 200


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[WSGIServer, list[dict[str, Any]]]]:
    seen: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        seen.append({**environ, "body": environ["wsgi.input"].read(length)})
        start_response("200 OK", [])
        return []

    made = WSGIServer(("127.0.0.1", 0), Quiet)
    made.set_app(application)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made, seen
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize("target", TARGETS)
def test_the_environ_is_that_of_wsgiref(server: tuple[WSGIServer, list[dict[str, Any]]], target: str) -> None:
    made, seen = server
    client = http.client.HTTPConnection("127.0.0.1", made.server_port)
    headers = {"Host": "shop.example", "X-A": "1", "Cookie": "a=1", "Content-Type": "text/x"}
    client.request("POST", target, body=b"sent", headers=headers)
    client.getresponse().read()
    client.close()
    application = made.get_app()
    headers.pop("Cookie")
    ours(application, target, "wsgi", method="POST", body=b"sent", headers=headers, cookies=["a=1"])
    theirs, here = seen
    for key in (
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HOST",
        "HTTP_X_A", "HTTP_COOKIE", "wsgi.version", "body",
    ):  # fmt: skip
        assert here[key] == theirs[key], key
    assert type(here["wsgi.input"]).__name__ == "BytesIO"


def test_asgirefs_bridge() -> None:
    """asgiref is strict about what it is given: bytes, a body in messages, and a disconnect that comes late."""
    app = Router()
    app.mount("/api", WsgiToAsgi(raw_wsgi))
    answer = Client(app).get("/api/echo?a=1")
    assert answer.json()["query"] == [["a", "1"]]
