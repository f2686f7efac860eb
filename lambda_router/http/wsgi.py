"""WSGI applications (PEP 3333), such as those of Flask and Django.

https://peps.python.org/pep-3333/
"""

from __future__ import annotations

import io
import sys

from .forwarding import ApplicationError, Forwarded, answered, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..invocation import Invocation
    from .request import Request
    from .response import Response

_SPELT = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH", "proxy": None}


class Wsgi:
    """Speaks WSGI to an application."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application

    def serve(self, request: Request, invocation: Invocation, prefix: str) -> Response:
        """The application's answer; ApplicationError where it does not answer as WSGI demands."""
        forwarded = Forwarded(request, invocation, prefix)
        exchange = Exchange(forwarded)
        chunks = self.application(_environ(forwarded, invocation), exchange.start_response)
        try:
            for chunk in chunks:
                exchange.write(chunk)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return exchange.answer()


def _environ(forwarded: Forwarded, invocation: Invocation) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": forwarded.method,
        "SCRIPT_NAME": _native(forwarded.root),
        "PATH_INFO": _native(forwarded.path[len(forwarded.root) :]),
        "QUERY_STRING": forwarded.query.decode("ascii"),
        "REQUEST_URI": _target(forwarded),
        "SERVER_NAME": _native(forwarded.server[0]),
        "SERVER_PORT": str(forwarded.server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": forwarded.client or "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": forwarded.scheme,
        "wsgi.input": io.BytesIO(forwarded.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **environment(invocation),
    }
    for name, value in forwarded.headers:
        key = _key(name.decode("latin-1"))
        if key is not None:
            said = value.decode("latin-1")
            environ[key] = f"{environ[key]},{said}" if key in environ else said
    return environ


def _key(name: str) -> str | None:
    """The variable of a header; None for one that could pass itself off as another, or as a setting.

    `Proxy` would be HTTP_PROXY, which programs take for their proxy (https://httpoxy.org).
    """
    if name in _SPELT:
        return _SPELT[name]
    return None if "_" in name else f"HTTP_{name.upper().replace('-', '_')}"


def _native(said: str) -> str:
    """A text as PEP 3333 has it: its bytes in UTF-8, each as one character."""
    return said.encode("utf-8", "surrogatepass").decode("latin-1")


def _target(forwarded: Forwarded) -> str:
    path = forwarded.raw_path.decode("ascii")
    return f"{path}?{forwarded.query.decode('ascii')}" if forwarded.query else path


class Exchange:
    """What an application has answered so far."""

    def __init__(self, forwarded: Forwarded) -> None:
        self._forwarded = forwarded
        self._started: tuple[str, list[tuple[str, str]]] | None = None
        self._body = bytearray()

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """What the application calls before its body; again only with what went wrong meanwhile."""
        if exc_info is not None and self._body:
            # Part of the body is out: there is nothing left but to give up.
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self._started is not None:
            raise ApplicationError("the application called start_response twice")
        self._started = status, list(headers)
        return self.write

    def write(self, chunk: bytes) -> None:
        """Take in one piece of the body."""
        if not isinstance(chunk, bytes):
            raise ApplicationError(f"the application's body is bytes, not {type(chunk).__name__}")
        if not chunk:
            return
        if self._started is None:
            raise ApplicationError("the application sent a body before it called start_response")
        if self._forwarded.method != "HEAD":
            self._body += chunk
        if len(self._body) > self._forwarded.limit:
            raise ApplicationError("the application's answer is larger than the caller takes")

    def answer(self) -> Response:
        """The whole answer."""
        if self._started is None:
            raise ApplicationError("the application ended without an answer")
        status, headers = self._started
        if not isinstance(status, str) or not status[:3].isdecimal() or status[3:4] not in ("", " "):
            raise ApplicationError("the application's status is no text such as '200 OK'")
        rows = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return answered(int(status[:3]), rows, bytes(self._body), method=self._forwarded.method)
