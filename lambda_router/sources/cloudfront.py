"""Amazon CloudFront: Lambda@Edge functions on the way of a request to its origin and of the response back.

Invoked by
    CloudFront, synchronously, in the Region nearest to the viewer; it waits 30 seconds at most. One event a call.
Answer
    Before the origin the request, edited or not, or a response in its stead; behind it the response. Headers are lists
    under names in lower case; some may not be touched and some not be added. A wrong answer is a 502 for the viewer.
An exception
    `HTTPError` is a response, but for `viewer_response`, whose status stands. `Drop` lets the request or response go
    on as it came. Anything else is raised, for which the viewer gets a 503.
See
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-generating-http-responses.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""

from __future__ import annotations

from .. import call, criteria
from ..echo import copied
from ..errors import ResultError
from ..http.response import Response, ResponseHeaders, answer_of, phrase
from ..outcomes import Drop
from ..results import plain
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

_VIEWER_REQUEST, _ORIGIN_REQUEST = "viewer-request", "origin-request"
_ORIGIN_RESPONSE, _VIEWER_RESPONSE = "origin-response", "viewer-response"
_REQUESTS = (_VIEWER_REQUEST, _ORIGIN_REQUEST)
_RESPONSES = (_ORIGIN_RESPONSE, _VIEWER_RESPONSE)

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
_READ_ONLY = {
    _VIEWER_REQUEST: ("cdn-loop", "content-length", "host", "transfer-encoding", "via"),
    _ORIGIN_REQUEST: (
        "accept-encoding",
        "cdn-loop",
        "content-length",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "transfer-encoding",
        "via",
    ),
    _ORIGIN_RESPONSE: ("transfer-encoding", "via"),
    _VIEWER_RESPONSE: ("content-encoding", "content-length", "transfer-encoding", "via", "warning"),
}
"""The headers that must leave the function as they came, or be absent if they were."""
_DISALLOWED = frozenset(
    {
        *(
            "connection",
            "expect",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
        ),
        *("trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip"),
        *(f"x-accel-{name}" for name in ("buffering", "charset", "limit-rate", "redirect")),
        *(f"x-amzn-{name}" for name in ("auth", "cf-billing", "cf-id", "cf-xff", "errortype", "fle-profile")),
        *(
            f"x-amzn-{name}"
            for name in ("header-count", "header-order", "lambda-integration-tag", "requestid")
        ),
    }
)
_DISALLOWED_PREFIXES = ("x-amz-cf-", "x-edge-")

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
_RESPONSE_LIMIT = {"viewer": 40_960, "origin": 1_048_576}
_BODY_LIMIT = {
    ("viewer", "text"): 40_960,
    ("viewer", "base64"): 54_476,
    ("origin", "text"): 1_048_576,
    ("origin", "base64"): 1_394_606,
}
_URI_LIMIT = 8_192


def _cf(event: Any) -> Any:
    return event["Records"][0]["cf"]


def _part(*path: str) -> Callable[[Any], Any]:
    get = field(*path)
    return lambda event: get(_cf(event))


def _host(event: Any) -> Any:
    """The first value of the request's host header."""
    values = _part("request", "headers", "host")(event)
    first = values[0] if isinstance(values, list) and values else None
    return first.get("value") if isinstance(first, dict) else None


def _event_types(event: Any) -> tuple[str, ...]:
    """The event's type; where it does not say so, as in a test of the console, the types that it may have."""
    kind = _part("config", "eventType")(event)
    return (_RESPONSES if "response" in _cf(event) else _REQUESTS) if kind is None else (kind,)


class CloudFront(EventSource):
    """Amazon CloudFront, Lambda@Edge.

    `@app.cloudfront.viewer_request(uri="/images/*")` takes the requests of viewers, `.origin_request()` those for the
    origin, `.origin_response()` and `.viewer_response()` what comes back. `uri` and `host` are the request's, texts or
    globs, `distribution` is the distribution's id; each may be a list.
    """

    name = "cloudfront"
    marks = ("Records",)
    parts = {
        "request": _part("request"),
        "response": _part("response"),
        "config": _part("config"),
    }

    def viewer_request(
        self,
        *,
        uri: str | Sequence[str] | None = None,
        host: str | Sequence[str] | None = None,
        distribution: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a viewer's request, before the cache is asked."""
        return self._on(_VIEWER_REQUEST, uri, host, distribution, middleware=middleware, name=name)

    def origin_request(
        self,
        *,
        uri: str | Sequence[str] | None = None,
        host: str | Sequence[str] | None = None,
        distribution: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a request that the cache cannot answer, before it goes to the origin."""
        return self._on(_ORIGIN_REQUEST, uri, host, distribution, middleware=middleware, name=name)

    def origin_response(
        self,
        *,
        uri: str | Sequence[str] | None = None,
        host: str | Sequence[str] | None = None,
        distribution: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a response of the origin, before it is cached."""
        return self._on(_ORIGIN_RESPONSE, uri, host, distribution, middleware=middleware, name=name)

    def viewer_response(
        self,
        *,
        uri: str | Sequence[str] | None = None,
        host: str | Sequence[str] | None = None,
        distribution: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a response, before it goes to the viewer."""
        return self._on(_VIEWER_RESPONSE, uri, host, distribution, middleware=middleware, name=name)

    def _on(self, kind: str, uri: Any, host: Any, distribution: Any, **options: Any) -> RouteFactory:
        given = (
            criteria.Criterion("event_type", _event_types, test=lambda seen: kind in seen, written=kind),
            *criteria.glob("uri", _part("request", "uri"), uri, public=False),
            *criteria.glob("host", _host, host),
            *criteria.glob("distribution", _part("config", "distributionId"), distribution),
        )
        return RouteFactory(
            self, shown=f"app.cloudfront.{kind.replace('-', '_')}()", criteria=given, **options
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """One record, and in it what the function stands between: a request or a response of CloudFront."""
        records = event.get("Records") if isinstance(event, dict) else None
        if not isinstance(records, list) or len(records) != 1 or not isinstance(records[0], dict):
            return False
        cf = records[0].get("cf")
        if not isinstance(cf, dict) or {"eventSource", "EventSource"} & records[0].keys():
            return False
        kind = field("config", "eventType")(cf)
        if kind is None:
            return isinstance(cf.get("response", cf.get("request")), dict)
        return isinstance(kind, str) and (
            (kind in _REQUESTS and isinstance(cf.get("request"), dict))
            or (kind in _RESPONSES and isinstance(cf.get("response"), dict))
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`config.requestId`, which is in CloudFront's access log too."""
        found = _part("config", "requestId")(event)
        return found if isinstance(found, str) else None

    def envelope(self, event: Any, subject: Any) -> Any:
        """The copy of the event that handlers may edit."""
        return event if subject is None else subject

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call with a copy of the event: what a handler edits is the answer, not the event."""
        try:
            subject = invocation.subject = copied(invocation.event)
            route = self.match(subject)
            if route is None:
                raise self.no_route(subject)
            invocation.route = route
            return call.settle(route.call(subject, invocation))
        except BaseException as exc:
            return self.app.handle(exc, invocation)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The result as a request or a response that CloudFront takes here; None is what the handler has edited."""
        sent, kind = _cf(invocation.event), self._kind(invocation)
        before = kind in _REQUESTS
        if result is None:
            edited = sent if invocation.subject is None else _cf(invocation.subject)
            result = edited.get("request" if before else "response")
        elif isinstance(result, Response):
            result = _generated(result) if before else _replaced(result, sent["response"], kind)
        answer = plain(_checked_form(result))
        if before and "status" not in answer:
            _check_request(answer, sent["request"], kind)
        else:
            _check_response(answer, None if before else sent["response"], kind)
        return answer

    def _kind(self, invocation: Invocation) -> str:
        """The type of the event, or what the route takes it for where the event does not say."""
        possible = _event_types(invocation.event)
        route = invocation.route
        written = route.written("event_type") if route is not None and route in self.routes else None
        return written if written in possible else possible[0]

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """An exception that stands for a response as one; the untouched original for a Drop; else it is raised."""
        kind = self._kind(invocation)
        if issubclass(type(exc), Drop):
            return plain(_cf(invocation.event)["request" if kind in _REQUESTS else "response"])
        response = None if kind == _VIEWER_RESPONSE else answer_of(exc)
        if response is None:
            raise exc
        return self.shape(response, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for the event's type."""
        return f"@app.cloudfront.{_event_types(subject)[0].replace('-', '_')}()"


# -- documents -------------------------------------------------------------------------------------------------


def _generated(response: Response) -> dict[str, Any]:
    """A Response as CloudFront's document."""
    answer = response.answer()
    body = {"body": answer.body, "bodyEncoding": "base64" if answer.is_base64 else "text"}
    return {
        "status": str(answer.status),
        "statusDescription": phrase(answer.status),
        "headers": {
            name.lower(): [{"key": name, "value": value} for value in values]
            for name, values in answer.multiple().items()
        },
        **(body if answer.body else {}),
    }


def _replaced(response: Response, sent: dict[str, Any], kind: str) -> dict[str, Any]:
    """The same in the stead of a response that is there: its read-only headers stay, the body that it had goes."""
    document = _generated(response)
    headers = sent.get("headers")
    kept = headers if isinstance(headers, dict) else {}
    untouched = {name: kept[name] for name in _READ_ONLY[kind] if name in kept}
    return {"body": "", **document, "headers": {**untouched, **document["headers"]}}


def _checked_form(result: Any) -> dict[str, Any]:
    if not isinstance(result, dict):
        raise ResultError(
            "return None, the request or response as CloudFront has it, or a Response; "
            f"not {type(result).__name__}"
        )
    if "Records" in result:
        raise ResultError("return the request or the response, not the whole event", path="$.Records")
    if "statusCode" in result:
        raise ResultError(
            "CloudFront takes no proxy answer: return Response(body, status)", path="$.statusCode"
        )
    return result


def _check_request(answer: dict[str, Any], sent: dict[str, Any], kind: str) -> None:
    _check_keys(answer, sent, ("clientIp", "headers", "method", "querystring", "uri", "body", "origin"))
    for key in ("method", "clientIp"):
        if answer.get(key) != sent.get(key):
            raise ResultError(f"{key} is read-only", path=f"$.{key}")
    uri, query = answer.get("uri"), answer.get("querystring", "")
    if not isinstance(uri, str) or not uri.startswith("/"):
        raise ResultError("the URI is a path that begins with a slash", path="$.uri")
    if not isinstance(query, str):
        raise ResultError("the query string is a text", path="$.querystring")
    for key, written in (("uri", uri), ("querystring", query)):
        if written != sent.get(key) and not written.isprintable():
            raise ResultError(f"{key} has a control character", path=f"$.{key}")
    if len(uri) + len(query) >= _URI_LIMIT:
        raise ResultError(f"URI and query string have less than {_URI_LIMIT} characters", path="$.uri")
    _check_headers(answer.get("headers"), sent, kind)
    if answer.get("body") != sent.get("body"):
        _check_request_body(answer.get("body"), kind)
    if answer.get("origin") != sent.get("origin"):
        _check_origin(answer.get("origin"), kind)


def _check_request_body(body: Any, kind: str) -> None:
    if not isinstance(body, dict):
        raise ResultError("the body of a request is an object", path="$.body")
    if body.get("action") != "replace":
        raise ResultError('what replaces a body has the action "replace"', path="$.body.action")
    encoding, data = body.get("encoding"), body.get("data")
    if encoding not in ("text", "base64"):
        raise ResultError("the encoding is text or base64", path="$.body.encoding")
    limit = _BODY_LIMIT[kind.partition("-")[0], encoding]
    if _encoded_size(data, encoding, "$.body.data") > limit:
        raise ResultError(f"the body is cut at {limit} bytes", path="$.body.data")


def _check_origin(origin: Any, kind: str) -> None:
    if kind != _ORIGIN_REQUEST:
        raise ResultError("only origin_request can choose the origin", path="$.origin")
    if not isinstance(origin, dict) or list(origin) not in (["s3"], ["custom"]):
        raise ResultError("an origin is an object with either s3 or custom", path="$.origin")
    ((name, inner),) = origin.items()
    domain = inner.get("domainName") if isinstance(inner, dict) else None
    if not isinstance(domain, str) or not domain:
        raise ResultError("an origin has a domainName", path=f"$.origin.{name}.domainName")


def _check_response(answer: dict[str, Any], sent: dict[str, Any] | None, kind: str) -> None:
    _check_keys(answer, sent or {}, ("status", "statusDescription", "headers", "body", "bodyEncoding"))
    status = answer.get("status")
    if not isinstance(status, str) or len(status) != 3 or status not in _STATUSES:
        raise ResultError('the status is a text from "200" to "599"', path="$.status")
    if sent is not None and kind == _VIEWER_RESPONSE and status != sent.get("status"):
        raise ResultError("viewer_response cannot change the status", path="$.status")
    description = answer.get("statusDescription", "")
    if not isinstance(description, str):
        raise ResultError("the description of the status is a text", path="$.statusDescription")
    if not description.isprintable() and description != (sent or {}).get("statusDescription"):
        raise ResultError("statusDescription has a control character", path="$.statusDescription")
    _check_headers(answer.get("headers", {}), sent or {}, kind)
    encoding = answer.get("bodyEncoding", "text")
    if encoding not in ("text", "base64"):
        raise ResultError("the encoding is text or base64", path="$.bodyEncoding")
    size = _encoded_size(answer.get("body", ""), encoding, "$.body")
    if size and status == "204":
        raise ResultError("an answer with the status 204 has no body", path="$.body")
    size += _header_size(answer.get("headers", {}))
    limit = _RESPONSE_LIMIT[kind.partition("-")[0]]
    if size > limit and (sent is None or "body" in answer):
        raise ResultError(
            f"the response has {size} bytes, and CloudFront takes at most {limit}", path="$.body"
        )


_STATUSES = frozenset(map(str, range(200, 600)))


def _encoded_size(data: Any, encoding: str, path: str) -> int:
    """The bytes of a body, which is text, and base64 where it says so."""
    if not isinstance(data, str):
        raise ResultError("a body is a text", path=path)
    if encoding == "base64":
        import binascii

        try:
            binascii.a2b_base64(data, strict_mode=True)
        except ValueError:
            raise ResultError("the body is not base64", path=path) from None
    return len(data.encode())


def _header_size(headers: dict[str, Any]) -> int:
    """The bytes of all headers; of those that came as no function may write them, what can be read."""
    rows = [(name, one) for name, values in headers.items() if isinstance(values, list) for one in values]
    pairs = [(name, one.get("value")) for name, one in rows if isinstance(one, dict)]
    return sum(len(name) + len(value.encode()) + 4 for name, value in pairs if isinstance(value, str))


def _check_headers(headers: Any, sent: dict[str, Any], kind: str) -> None:
    if not isinstance(headers, dict):
        raise ResultError("headers is a mapping of names to lists", path="$.headers")
    came = sent.get("headers")
    original: dict[str, Any] = came if isinstance(came, dict) else {}
    for name in _READ_ONLY[kind]:
        if headers.get(name) != original.get(name):
            raise ResultError(f"the header {name} is read-only in {kind}", path=f"$.headers.{name}")
    for name, values in headers.items():
        if name not in original or values != original[name]:
            _check_header(name, values, f"$.headers.{name}")


def _check_header(name: str, values: Any, path: str) -> None:
    if name != name.lower():
        raise ResultError(f"the name of the header {name} is in lower case here", path=path)
    if name in _DISALLOWED or name.startswith(_DISALLOWED_PREFIXES):
        raise ResultError(f"a function cannot add the header {name}", path=path)
    if not isinstance(values, list) or not values:
        raise ResultError(f'the header {name} is a list: [{{"key": ..., "value": ...}}]', path=path)
    for one in values:
        if not isinstance(one, dict) or not one.keys() <= {"key", "value"}:
            raise ResultError(f"a value of the header {name} is an object with key and value", path=path)
        key, value = one.get("key", name), one.get("value")
        if not isinstance(key, str) or key.lower() != name:
            raise ResultError(f"the key of the header {name} is its name in any case", path=path)
        if not isinstance(value, str):
            raise ResultError(f"the value of the header {name} is a text", path=path)
        try:
            ResponseHeaders().add(name, value)
        except ResultError as error:
            raise ResultError(str(error), path=path) from None


def _check_keys(answer: dict[str, Any], sent: dict[str, Any], known: Sequence[str]) -> None:
    for key in answer:
        if key not in known and key not in sent:
            raise ResultError(f"{key} is no field of it; there are {', '.join(known)}", path=f"$.{key}")
