"""What the six sources that send HTTP requests have in common: the line from request to answer."""

from __future__ import annotations

import logging

from .. import call
from ..errors import HTTPError, NoRouteError, PayloadError, ResultError
from ..results import LIMIT, dumps, encoded_size
from ..source import EventSource, quoted
from .request import Request
from .response import JSON_LIMIT, Document, Response, answer_of, fault, respond
from .routing import is_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from ..source import Route
    from .response import Answer
    from .routes import Http

log = logging.getLogger("lambda_router")


class HttpSource(EventSource):
    """A source of HTTP requests: how to read one, and the document that its caller takes for an answer."""

    takes_none = True
    limit = LIMIT
    """The largest answer in bytes, as the runtime client encodes it."""
    header_limit = LIMIT
    """The most bytes that the caller takes in an answer's headers."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        # One character takes at most twelve bytes, as two escapes of six; the rest of the document has its share.
        self._brief = (self.limit - 4096) // 12

    # -- what a room fills in --------------------------------------------------------------------------------

    def method(self, event: Any) -> str:
        """The request's method."""
        raise NotImplementedError

    def raw_path(self, event: Any) -> str:
        """The request's path as sent."""
        raise NotImplementedError

    def route_path(self, event: Any, raw: str) -> str:
        """The part of the raw path that routes are about: without stage and base path."""
        for base in self.app.base_path:
            if raw == base or raw.startswith(f"{base}/"):
                return raw[len(base) :]
        return raw

    def is_encoded(self, event: Any, path: str) -> bool:
        """Whether percent codes in the path are the client's, which stand for a character."""
        return True

    def headers(self, event: Any) -> Iterable[tuple[str, str]]:
        """Header names and values, repeated ones apart where the caller keeps them apart."""
        return pairs(event.get("headers"))

    def header(self, event: Any, name: str) -> str:
        """The values of one header, its name in lower case, joined by commas; empty without it."""
        return ", ".join(self.header_values(event, name))

    def header_values(self, event: Any, name: str) -> list[str]:
        """The values of one header, its name in lower case, in order; the others are not read for it."""
        size = len(name)
        return [value for spelt, value in self.headers(event) if len(spelt) == size and spelt.lower() == name]

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """Decoded query parameters, in order."""
        raise NotImplementedError

    def cookies(self, event: Any, request: Request) -> Iterable[str]:
        """The `Cookie` header's values."""
        return self.header_values(event, "cookie")

    def body(self, event: Any) -> tuple[Any, bool]:
        """The body as sent, and whether it is base64."""
        return event.get("body"), event.get("isBase64Encoded") is True

    def client_ip(self, event: Any, request: Request) -> str | None:
        """The caller's address."""
        forwarded = self.header(event, "x-forwarded-for")
        return forwarded.rpartition(",")[2].strip() or None

    def claims(self, event: Any) -> dict[str, Any]:
        """What an authorizer found."""
        return {}

    def stage(self, event: Any) -> str | None:
        """The API's stage."""
        return None

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The answer as the caller's document."""
        raise NotImplementedError

    # -- the line --------------------------------------------------------------------------------------------

    def match(self, subject: Any) -> Route | None:
        """The most specific route for the request, else the app's default route, else None."""
        found: Route | None = self.app.http.find(subject)
        return found

    def subjects(self, event: Any) -> list[Any]:
        """The request, as routes see it."""
        return [Request(self, event)]

    def routes_tried(self, subject: Any) -> Sequence[Route]:
        """The HTTP routes of the app, for all sources alike, and what is mounted on it."""
        return [*self.app.http.routes, *self.app.http.mounts]

    def suggest(self, subject: Any) -> str:
        """A decorator that would match the request."""
        from .routes import METHODS

        path = subject.path if is_text(subject.path, subject.segments) else "/{rest:path}"
        if subject.method in METHODS:
            return f"@app.{subject.method.lower()}({quoted(path)})"
        return f"@app.http({quoted(path)}, methods=[{quoted(subject.method)}])"

    def run(self, invocation: Invocation) -> Response | Document:
        """Read, match, bind and call; the Response, also for an exception that stands for an answer.

        A document that nobody else looks at is a Document: `shape` makes the same of it, and quicker.
        """
        try:
            request = invocation.subject = Request(self, invocation.event)
            app = self.app
            http: Http = app.http
            route = invocation.route = http.find(request)
            if route is None:
                return http.unmatched(request)
            result = route.call(request, invocation)
            kind = type(result)
            plain = kind is list or (kind is dict and "statusCode" not in result)
            if plain and app.cors is None and not app.layered:
                return Document(result)
            return respond(call.settle(result))
        except BaseException as exc:
            return self.answer(exc, invocation)

    def answer(self, exc: BaseException, invocation: Invocation) -> Response:
        """The Response of an exception handler, else of the exception itself; raised again if it has none."""
        try:
            if issubclass(type(exc), PayloadError):
                from .findings import complete

                complete(exc, invocation)  # type: ignore[arg-type]
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
        if type(result) is Document:
            text = result.body = dumps(result.content, limit=JSON_LIMIT)
            if len(text) <= self._brief and invocation.subject.method != "HEAD":
                return self.wire(result, invocation.event)
            result = Response(text, content_type="application/json")
        answer, headers = self._checked(result, invocation)
        document = self.wire(answer, invocation.event)
        if len(answer.body) + headers > self._brief:
            self._check_size(document)
        return self.wire(_head(answer), invocation.event) if self._is_head(invocation) else document

    def _checked(self, result: Any, invocation: Invocation) -> tuple[Answer, int]:
        """An answer that may have headers of its own, with those of CORS, and the size of them all."""
        answer = respond(result).answer()
        if not answer.bare:
            self._unframe(answer, invocation)
        if self.app.cors is not None:
            self.app.cors.mark(answer, self.header(invocation.event, "origin"))
        size = 0 if answer.bare else answer.header_size()
        if size > self.header_limit:
            raise ResultError(
                f"the headers have {size} bytes, and {self.name} takes at most {self.header_limit}"
            )
        return answer, size

    def _unframe(self, answer: Answer, invocation: Invocation) -> None:
        """Take out what says where the body ends. The service sends it and says that itself, so that a route can only
        be wrong: a load balancer computes the length
        (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer),
        API Gateway hands on what it was told under another name
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html). To HEAD the length
        is the route's to tell, for there is no body that would say it."""
        for name in list(answer.headers):
            low = name.lower()
            if low == "transfer-encoding" or (low == "content-length" and not self._is_head(invocation)):
                del answer.headers[name]

    def _is_head(self, invocation: Invocation) -> bool:
        request = invocation.subject
        method: str = self.method(invocation.event).upper() if request is None else request.method
        return method == "HEAD"

    def _check_size(self, document: dict[str, Any]) -> None:
        size = encoded_size(document)
        if size > self.limit:
            raise ResultError(f"the answer has {size} bytes, and {self.name} takes at most {self.limit}")

    def fail(self, exc: BaseException, invocation: Invocation) -> dict[str, Any]:
        """An exception as an answer: its own, or a 500 that says nothing but the correlation id."""
        try:
            response = answer_of(HTTPError(404) if issubclass(type(exc), NoRouteError) else exc)
            if response is not None:
                return self.shape(response, invocation)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # an answer that cannot be sent, such as one with a bad header
            exc = raised
        return self.shape(self._fault(exc, invocation), invocation)

    def _fault(self, exc: BaseException, invocation: Invocation) -> Response:
        from ..failures import class_name, printable, where
        from .forwarding import ApplicationError

        identifier = printable(invocation.correlation_id or "unknown")
        place = where(exc)
        said = f": {printable(str(exc))}" if type(exc) is ApplicationError else ""
        log.error(
            "%s request failed: %s%s%s route=%s correlation_id=%s",
            self.name,
            class_name(exc),
            said,
            f" at {place}" if place else "",
            "none" if invocation.route is None else printable(invocation.route.name),
            identifier,
            exc_info=exc if self.app.debug else None,
        )
        return fault(identifier)


def _head(answer: Answer) -> Answer:
    """The answer to HEAD: that to GET with the size of its body in place of the body
    (https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2)."""
    if answer.body and "content-length" not in map(str.lower, answer.headers):
        padding = answer.body[-2:].count("=")
        size = len(answer.body) // 4 * 3 - padding if answer.is_base64 else len(answer.body.encode())
        answer.headers["content-length"] = [str(size)]
    answer.body, answer.is_base64 = "", False
    return answer


# -- reading: events are hostile until proven otherwise ------------------------------------------------------


def pairs(values: Any) -> Iterable[tuple[str, str]]:
    """The names and values of a mapping of texts or lists of texts; what is neither is passed over."""
    if not isinstance(values, dict):
        return
    for name, value in values.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, list):
            for one in value:
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


def as_sent(path: str) -> bool:
    """Whether a client can have sent the path so: nothing is in it that must be encoded, and no letter or digit is.

    An HTTP API decodes paths before it matches them with its routes. Decoded once more, a path that was sent as
    `/%2561dmin` would come out as `/admin` behind the back of the API's authorizer for that route.
    """
    codes = [piece[:2].upper() for piece in path.split("%")[1:]]
    return path.isascii() and " " not in path and _ENCODED.issuperset(codes)


_ENCODED = frozenset(map("%02X".__mod__, {*range(256)} - {*b"0123456789", *range(65, 91), *range(97, 123)}))


def without_stage(path: str, stage: str | None) -> str:
    """The path without the stage, if it begins with it."""
    if stage is None or not f"{path}/".startswith(f"/{stage}/"):
        return path
    return path[len(stage) + 1 :]
