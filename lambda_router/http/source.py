"""What the six sources that send HTTP requests have in common: the line from request to answer."""

from __future__ import annotations

import logging

from .. import call
from ..errors import HTTPError, NoRouteError, ResultError
from ..results import LIMIT, encoded_size
from ..source import EventSource, quoted
from .request import Request
from .response import Response, answer_of, fault, respond

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from ..source import Route

log = logging.getLogger("lambda_router")


class HttpSource(EventSource):
    """A source of HTTP requests: how to read one, and the document that its caller takes for an answer."""

    limit = LIMIT
    """The largest answer in bytes, as the runtime client encodes it."""

    # -- what a room fills in ----------------------------------------------------------------------------------

    def method(self, event: Any) -> str:
        """The request's method."""
        raise NotImplementedError

    def raw_path(self, event: Any) -> str:
        """The request's path as sent."""
        raise NotImplementedError

    def route_path(self, event: Any, raw: str) -> str:
        """The part of the raw path that routes are about: without stage and base path."""
        return self.app.http.without_base(raw)

    def headers(self, event: Any) -> Iterable[tuple[str, str]]:
        """Header names and values, repeated ones apart where the caller keeps them apart."""
        return pairs(event.get("headers"))

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """Decoded query parameters, in order."""
        raise NotImplementedError

    def cookies(self, event: Any, request: Request) -> Iterable[str]:
        """The `Cookie` header's values."""
        return request.headers.all("cookie")

    def body(self, event: Any) -> tuple[Any, bool]:
        """The body as sent, and whether it is base64."""
        return event.get("body"), event.get("isBase64Encoded") is True

    def client_ip(self, event: Any, request: Request) -> str | None:
        """The caller's address."""
        forwarded = request.headers.get("x-forwarded-for", "")
        return forwarded.rpartition(",")[2].strip() or None

    def claims(self, event: Any) -> dict[str, Any]:
        """What an authorizer found."""
        return {}

    def stage(self, event: Any) -> str | None:
        """The API's stage."""
        return None

    def wire(self, response: Response, event: Any) -> dict[str, Any]:
        """The response as the caller's document."""
        raise NotImplementedError

    # -- the line ----------------------------------------------------------------------------------------------

    def match(self, subject: Any) -> Route | None:
        """The most specific route for the request; HTTPError 404 or 405 where there is none."""
        found: Route | None = self.app.http.find(subject)
        return found

    def subjects(self, event: Any) -> list[Any]:
        """The request, as routes see it."""
        return [Request(self, event)]

    def routes_tried(self, subject: Any) -> Sequence[Route]:
        """The HTTP routes of the app, for all sources alike."""
        return self.app.http.routes  # type: ignore[no-any-return]

    def suggest(self, subject: Any) -> str:
        """A decorator that would match the request."""
        path = subject.path if subject.path.startswith("/") else f"/{subject.path}"
        if "{" in path or "}" in path or subject.segments != path.split("/")[1:]:
            path = "/{rest:path}"
        if subject.method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            return f"@app.{subject.method.lower()}({quoted(path)})"
        return f"@app.http({quoted(path)}, methods=[{quoted(subject.method)}])"

    def run(self, invocation: Invocation) -> Response:
        """Read, match, bind and call; the Response, also for an exception that stands for an answer."""
        try:
            request = invocation.subject = Request(self, invocation.event)
            route = invocation.route = self.match(request)
            if route is None:
                route = self.app.http.unmatched(request)
            return respond(call.settle(route.call(request, invocation)))
        except BaseException as exc:
            return self.answer(exc, invocation)

    def answer(self, exc: BaseException, invocation: Invocation) -> Response:
        """The Response of an exception handler, else of the exception itself; raised again if it stands for none."""
        try:
            return respond(self.app.handle(exc, invocation))
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            response = answer_of(raised)
            if response is None:
                raise
            return response

    def shape(self, result: Any, invocation: Invocation) -> dict[str, Any]:
        """The result as the caller's document; ResultError where it is larger than the caller takes."""
        document = self.wire(respond(result), invocation.event)
        if len(document["body"]) * 6 + 65536 > self.limit and (size := encoded_size(document)) > self.limit:
            raise ResultError(f"the answer has {size} bytes, and {self.name} takes at most {self.limit}")
        return document

    def fail(self, exc: BaseException, invocation: Invocation) -> dict[str, Any]:
        """An exception as an answer: its own, or a 500 that says nothing but the correlation id."""
        response = answer_of(_not_found(exc))
        if response is None:
            from ..failures import class_name, printable, where

            identifier = printable(invocation.correlation_id or "unknown")
            place = where(exc)
            log.error(
                "%s request failed: %s%s correlation_id=%s",
                self.name,
                class_name(exc),
                f" at {place}" if place else "",
                identifier,
                exc_info=exc if self.app.debug else None,
            )
            response = fault(identifier)
        return self.wire(response, invocation.event)


def _not_found(exc: BaseException) -> BaseException:
    return HTTPError(404) if isinstance(exc, NoRouteError) else exc


# -- reading: events are hostile until proven otherwise --------------------------------------------------------


def pairs(values: Any) -> Iterable[tuple[str, str]]:
    """The names and values of a mapping of texts or lists of texts; what is neither is passed over."""
    if not isinstance(values, dict):
        return
    for name, value in values.items():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str):
                yield name, one


def mapping(value: Any, *path: str) -> dict[str, Any]:
    """The mapping at the end of the path, or an empty one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """The value where it is text, else None."""
    return value if isinstance(value, str) else None


# -- writing ---------------------------------------------------------------------------------------------------


def multi_headers(response: Response) -> dict[str, list[str]]:
    """Every header with the list of its values, cookies included."""
    headers: dict[str, list[str]] = {}
    known: dict[str, str] = {}
    for name, value in (*response.headers, *(("set-cookie", c) for c in response.cookies)):
        headers.setdefault(known.setdefault(name.lower(), name), []).append(value)
    return headers


def single_headers(response: Response) -> dict[str, str]:
    """Every header with one value, repeated ones joined by commas; cookies left out."""
    return {
        name: ", ".join(values)
        for name, values in multi_headers(response).items()
        if name.lower() != "set-cookie"
    }


def spelt_headers(response: Response) -> dict[str, str]:
    """As `single_headers`, with each cookie under a spelling of `set-cookie` of its own: cookies cannot be joined, and
    a caller that takes one value a name keeps names that differ in case apart."""
    headers = single_headers(response)
    values = multi_headers(response)
    cookies = next((v for name, v in values.items() if name.lower() == "set-cookie"), [])
    for number, cookie in enumerate(cookies):
        headers[_spelling("set-cookie", number)] = cookie
    return headers


def _spelling(name: str, number: int) -> str:
    """The name in the case pattern that the number's bits give; the letters give 512 spellings of set-cookie."""
    letters = []
    for letter in name:
        if letter.isalpha():
            letter, number = (letter.upper() if number & 1 else letter), number >> 1
        letters.append(letter)
    return "".join(letters)
