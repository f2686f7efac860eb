"""An HTTP server on 127.0.0.1 in front of an app: what a browser or another HTTP client sends arrives as events.

    with serve(app) as server:
        urllib.request.urlopen(f"{server.url}/orders/7")

It stands in for API Gateway, a function URL, a load balancer or VPC Lattice, for looking at an app and for tests. It
checks nothing of what those check. One request waits for another, and one thread answers all of them, as in one
environment of a function.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from lambda_router.http.request import Headers
from lambda_router.http.source import pairs
from lambda_router.router import Entrypoint, Router

from .context import LambdaContext
from .events import make
from .runtime import LambdaRuntime

__all__ = ["Server", "serve"]

STAGED = ("api_gateway_rest", "api_gateway_http")
"""The sources whose URLs begin with a stage."""

BODY_LIMIT = 10 * 1024 * 1024
"""API Gateway's, the largest of all: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html."""

_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
}
_TEXT = ("text/", "application/json", "application/x-www-form-urlencoded", "application/xml")

App = Callable[[Any, Any], Any]


def serve(
    app: App | LambdaRuntime,
    source: str = "api_gateway_http",
    *,
    port: int = 0,
    stage: str | None = None,
    timeout: float = 30.0,
) -> Server:
    """Serve an app, any handler `(event, context)` or a LambdaRuntime on 127.0.0.1, as this source would.

    `port` 0 is any that is free; `stage` is put in front of all paths, where the source has stages; `timeout` in
    seconds is what handlers see as their time limit. The server runs until it is closed: a `with` block does it, and
    what the app's lifespans opened is closed with it. ValueError for a source that has no stage; OSError where the
    port is taken.
    """
    if stage is not None and source not in STAGED:
        raise ValueError(f"{source} has no stages; {' and '.join(STAGED)} have")
    if isinstance(app, LambdaRuntime):
        return Server(lambda made: app.invoke(made).json(), source, port=port, stage=stage)

    def invoke(made: Any) -> Any:
        return app(made, LambdaContext(timeout=timeout))

    router = app.app if isinstance(app, Entrypoint) else app
    end = router.close if isinstance(router, Router) else None
    return Server(invoke, source, port=port, stage=stage, end=end)


class Server:
    """A running server: `url` is where it is, with the stage, without a slash at the end.

    `errors` are the exceptions that left the app; their requests were answered 502.
    """

    def __init__(
        self,
        invoke: Callable[[Any], Any],
        source: str,
        *,
        port: int = 0,
        stage: str | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        self.source = source
        self.errors: list[BaseException] = []
        self._invoke = invoke
        self._prefix = "" if stage is None else f"/{stage}"
        self._parts = {} if stage is None else {"stage": stage}
        self._end = end
        self._environment: ThreadPoolExecutor | None = ThreadPoolExecutor(1)
        handler = type("Handler", (_Handler,), {"front": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The address of the app's root, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    def answer(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """The answer to one request; `target` is the path with its query."""
        path, mark, query = target.partition("?")
        if self._prefix and not f"{path}/".startswith(f"{self._prefix}/"):
            return Answer({"statusCode": 403, "body": '{"message":"Forbidden"}'})
        path = path[len(self._prefix) :] or "/"
        made = make(
            self.source,
            path=path + mark + query,
            method=method,
            headers=_sent(headers),
            body=_content(body, dict(Headers(headers)).get("content-type", "")),
            **self._parts,
        )
        try:
            return Answer(
                self._call(lambda: json.loads(json.dumps(self._invoke(json.loads(json.dumps(made))))))
            )
        except Exception as exc:
            self.errors.append(exc)
            print("".join(traceback.format_exception(exc)), file=sys.stderr)
            return Answer({"statusCode": 502, "body": '{"message":"Internal server error"}'})

    def _call(self, work: Callable[[], Any]) -> Any:
        if self._environment is None:
            raise RuntimeError("this server is closed")
        return self._environment.submit(work).result()

    def close(self) -> None:
        """Stop listening and wait until that is so; closing again does nothing."""
        if self._environment is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        try:
            if self._end is not None:
                self._call(self._end)
        finally:
            self._environment.shutdown()
            self._environment = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class Answer:
    """What a function answered, as the source puts it on the wire: `status`, `headers` and `body` in bytes.

    ValueError for what is no HTTP answer.
    """

    def __init__(self, document: Any) -> None:
        if not isinstance(document, Mapping) or not isinstance(document.get("statusCode"), int):
            raise ValueError(f"the function's answer is no HTTP answer: {document!r:.200}")
        self.status: int = document["statusCode"]
        several = [*pairs(document.get("multiValueHeaders"))]
        names = {name.lower() for name, _ in several}
        single = [(n, v) for n, v in pairs(document.get("headers")) if n.lower() not in names]
        cookies = [("set-cookie", cookie) for cookie in document.get("cookies") or ()]
        self.headers = [(n, v) for n, v in (*several, *single, *cookies) if n.lower() not in _HOP_BY_HOP]
        body = document.get("body") or ""
        self.body = base64.b64decode(body) if document.get("isBase64Encoded") else str(body).encode()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    front: Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
        elif len(self.raw_requestline) > 65536:
            self.send_error(414)
        elif self.parse_request():
            self._respond()

    def _respond(self) -> None:
        length = self.headers.get("content-length", "0")
        target = _path(self.path)
        if not target.startswith("/"):
            self.close_connection = True
            return self.send_error(400)
        if self.headers.get("transfer-encoding") or not length.isdecimal():
            self.close_connection = True
            return self.send_error(411)
        if int(length) > BODY_LIMIT:
            self.close_connection = True
            return self.send_error(413)
        body = self.rfile.read(int(length))
        sent = [
            (name, value.encode("latin-1").decode(errors="replace")) for name, value in self.headers.items()
        ]
        answer = self.front.answer(self.command, target, sent, body)
        self.send_response(answer.status)
        bodiless = answer.status in (204, 304) or answer.status < 200
        for name, value in answer.headers:
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value.encode().decode("latin-1"))
        if not bodiless and self.command != "HEAD":
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


def _path(target: str) -> str:
    """The path and query of what is asked for, which for a proxy has the server in front."""
    scheme, mark, rest = target.partition("://")
    return "/" + rest.partition("/")[2] if mark and scheme.isalnum() else target


def _sent(headers: list[tuple[str, str]]) -> list[tuple[str, Any]]:
    """The headers as the source passes them on; None keeps away a content type that was not sent."""
    sent: list[tuple[str, Any]] = [(n, v) for n, v in headers if n.lower() not in _HOP_BY_HOP]
    named = {name.lower() for name, _ in sent}
    return [*sent, *((name, None) for name in ("content-type", "user-agent", "accept") if name not in named)]


def _content(body: bytes, kind: str) -> str | bytes | None:
    """A body as an event holds it: text where the content type says so, else bytes, which go as base64."""
    if not body:
        return None
    if kind.startswith(_TEXT) or "+json" in kind:
        try:
            return body.decode()
        except UnicodeDecodeError:
            return body
    return body
