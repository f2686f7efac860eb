"""The response: what a handler may return, made into status, headers and a body that every caller takes."""

from __future__ import annotations

import base64

from ..errors import HTTPError, PayloadError, PublicError, ResultError
from ..outcomes import Drop, Outcome, Retry
from ..results import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CONTROLS = frozenset(map(chr, [*range(9), *range(10, 32), 127]))
_BODILESS = (204, 304)


class Response:
    """An HTTP answer.

    `body` is text, bytes (sent as base64), None, or a value that is sent as JSON. `headers` is a mapping of names to a
    value or a list of values. `cookies` are `Set-Cookie` values, or a mapping of names to values. `content_type`
    overrides the one that the body implies. ResultError for what no HTTP answer can carry.
    """

    __slots__ = ("body", "cookies", "headers", "is_base64", "status")

    def __init__(
        self,
        body: Any = None,
        status: int = 200,
        *,
        headers: Mapping[str, Any] | None = None,
        cookies: Iterable[str] | Mapping[str, str] = (),
        content_type: str | None = None,
    ) -> None:
        self.status = _status(status)
        self.headers = list(_headers(headers or {}))
        self.cookies = list(_cookies(cookies))
        self.body, self.is_base64, implied = _body(body)
        if content_type is not None:
            self._set("content-type", _value("content-type", content_type))
        elif implied and self.status not in _BODILESS and not self.header("content-type"):
            self.headers.append(("content-type", implied))

    @property
    def phrase(self) -> str:
        """The reason phrase of the status."""
        return _title(self.status)

    def header(self, name: str) -> str | None:
        """The first value of a header, its name in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def _set(self, name: str, value: str) -> None:
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name]
        self.headers.append((name, value))

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


def _status(status: Any) -> int:
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ResultError(
            f"an HTTP status is an integer from 100 to 599, not {status!r:.40}", path="$.status"
        )
    return int(status)


def _body(body: Any) -> tuple[str, bool, str | None]:
    """The body as text, whether that is base64, and the content type it implies."""
    if body is None:
        return "", False, None
    if isinstance(body, bytes | bytearray | memoryview):
        return base64.b64encode(body).decode("ascii"), True, "application/octet-stream"
    if isinstance(body, str):
        return _text(body), False, "text/plain; charset=utf-8"
    return dumps(body), False, "application/json"


def _text(body: str) -> str:
    if not body.isascii():
        try:
            body.encode("utf-8")
        except UnicodeEncodeError:
            raise ResultError(
                "the body has a lone surrogate, which UTF-8 cannot carry", path="$.body"
            ) from None
    return str.__str__(body)


def _headers(headers: Any) -> Iterable[tuple[str, str]]:
    if not hasattr(headers, "items"):
        raise ResultError(
            f"headers is a mapping of names to values, not {type(headers).__name__}", path="$.headers"
        )
    for name, value in headers.items():
        if not isinstance(name, str) or not name or not _TOKEN.issuperset(name):
            raise ResultError("a header name has characters that HTTP does not allow", path="$.headers")
        for one in value if isinstance(value, list | tuple) else (value,):
            yield name, _value(name, one)


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ResultError(
            f"the header {name} is text or a number, not {type(value).__name__}", path="$.headers"
        )
    text = str(value)
    if not _CONTROLS.isdisjoint(text):
        raise ResultError(f"the header {name} has a control character", path="$.headers")
    return _text(text)


def _cookies(cookies: Any) -> Iterable[str]:
    if isinstance(cookies, str):
        raise ResultError(
            "cookies is a list of Set-Cookie values or a mapping, not one text", path="$.cookies"
        )
    pairs = [f"{k}={v}" for k, v in cookies.items()] if hasattr(cookies, "items") else cookies
    for cookie in pairs:
        yield _value("set-cookie", cookie)


def respond(result: Any) -> Response:
    """A handler's result as a Response.

    None is 204; a Response is itself; text, bytes and JSON values are 200; `(body, status)` and
    `(body, status, headers)` say more. A dict that looks like a proxy answer is a ResultError, never data.
    """
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    if type(result) is tuple and len(result) in (2, 3) and type(result[1]) is int:
        body, status, *rest = result
        return Response(body, status, headers=rest[0] if rest else None)
    if isinstance(result, dict) and "statusCode" in result and ("body" in result or "headers" in result):
        raise ResultError(
            "the handler returned a proxy answer (statusCode, body): return Response(body, status)"
        )
    return Response(result)


def problem(status: int, title: str, *, detail: Any = None, headers: Any = None, **members: Any) -> Response:
    """An RFC 9457 problem document as a Response."""
    document = {"type": "about:blank", "title": title, "status": status}
    if detail is not None:
        document["detail"] = detail
    return Response({**document, **members}, status, headers=headers, content_type="application/problem+json")


def answer_of(exc: BaseException) -> Response | None:
    """The Response that an exception stands for, or None where it is a fault of the handler."""
    if isinstance(exc, HTTPError):
        return problem(exc.status, _title(exc.status), detail=exc.detail, headers=exc.headers)
    if isinstance(exc, PayloadError):
        return problem(422, _title(422), errors=[_finding(exc.part, error) for error in exc.errors])
    if isinstance(exc, PublicError):
        from ..failures import text

        return problem(500, _title(500), detail=text(exc))
    if isinstance(exc, Outcome):
        return _of_outcome(exc)
    return None


def _of_outcome(exc: Outcome) -> Response:
    if isinstance(exc, Drop):
        return Response(status=204)
    if isinstance(exc, Retry):
        after = {} if exc.after is None else {"retry-after": max(0, round(exc.after))}
        return problem(503, _title(503), headers=after)
    return problem(422, _title(422))


def fault(correlation_id: str | None) -> Response:
    """The answer to a fault of the handler: no detail, and the id under which the log has it."""
    return problem(500, _title(500), correlation_id=correlation_id or "unknown")


def _finding(part: str, error: Mapping[str, Any]) -> dict[str, Any]:
    return {"loc": [*part.split(".", 1), *error["loc"]], "type": error["type"], "msg": error["msg"]}


_TITLES = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _title(status: int) -> str:
    """The phrase of the status; `http.HTTPStatus` costs an import that only rare codes are worth."""
    if status in _TITLES:
        return _TITLES[status]
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error" if status >= 400 else "Answer"
