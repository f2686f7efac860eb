"""Answers that a client has already are not sent again: `app.use(conditional())`.

https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
"""

from __future__ import annotations

from ..results import dumps
from .encoding import LARGEST
from .response import Response, respond
from .source import HttpSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..invocation import Invocation
    from ..middleware import Layer


def conditional() -> Layer:
    """Middleware that gives answers to GET and HEAD an `ETag` of their content, and answers 304 where it is known.

    A handler's own `etag` stands. The handler is called all the same: what is saved is the way to the client. It may
    be given for an app or for one route.
    """

    def condition(invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
        result = call_next(invocation)
        room, event = invocation.room, invocation.event
        if not isinstance(room, HttpSource) or room.method(event).upper() not in ("GET", "HEAD"):
            return result
        return _conditional(respond(result), room.header(event, "if-none-match"))

    return condition


def _conditional(response: Response, known: str) -> Response:
    if response.status != 200 or response.body is None:
        return response
    tag = response.headers.get("etag")
    if tag is None:
        tag = _tag(response.body)
        response = response.replaced(response.body)
        response.headers["etag"] = tag
    found = known_as(known, tag)
    return response if found is None else _not_modified(response, found)


def _tag(body: Any) -> str:
    """A strong tag: it is other for any other byte."""
    from hashlib import blake2b

    if isinstance(body, str):
        body = str.__str__(body).encode("utf-8", "replace")
    elif not isinstance(body, bytes | bytearray | memoryview):
        body = dumps(body, limit=LARGEST).encode()
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def _not_modified(response: Response, tag: str) -> Response:
    """The answer without its content and what describes that."""
    short = response.replaced(None, status=304)
    short.headers["etag"] = tag
    for name in list(short.headers):
        if name.lower().startswith("content-") and name.lower() != "content-location":
            del short.headers[name]
    return short


def known_as(known: str, tag: str) -> str | None:
    """The tag as the client has it, by its `If-None-Match` header: weak where what it has was compressed on its way;
    None where it does not have that content."""
    if known.strip() == "*":
        return tag
    opaque = tag.removeprefix("W/")
    listed = [one.strip() for one in known[:8192].split(",")]
    if tag in listed or opaque in listed:
        return tag
    return f"W/{opaque}" if f"W/{opaque}" in listed else None
