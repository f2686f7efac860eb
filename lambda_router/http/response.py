"""The response: what a handler may return, made into status, headers and a body that every caller takes."""

from __future__ import annotations

from collections.abc import MutableMapping
from math import ceil

from ..errors import HTTPError, PayloadError, PublicError, ResultError
from ..outcomes import Drop, Outcome, Retry
from ..results import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CONTROLS = frozenset(map(chr, [*range(9), *range(10, 32), *range(127, 160)]))
_BODILESS = frozenset({*range(100, 200), 204, 304})
"""The statuses whose answers have no body: https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1."""


class ResponseHeaders(MutableMapping[str, str]):
    """The headers of an answer: names in any case, each with one value or several, checked when they are set.

    `headers["x-a"] = "1"` replaces, `add` keeps what is there; reading gives the values joined by commas,
    `all` each of them. A value is text or a number, or a list of these. ResultError for what HTTP does not
    allow.
    """

    __slots__ = ("_rows",)

    def __init__(self, headers: Mapping[str, Any] | None = None) -> None:
        self._rows: dict[str, tuple[str, list[str]]] = {}
        if headers is None:
            return
        if not hasattr(headers, "items"):
            raise ResultError(
                f"headers is a mapping of names to values, not {type(headers).__name__}", path="$.headers"
            )
        for name, value in headers.items():
            for one in value if isinstance(value, list | tuple) else (value,):
                self.add(name, one)

    def add(self, name: str, value: Any) -> None:
        """Send the header with one more value."""
        spelt, value = _name(name), _value(name, value)
        self._rows.setdefault(spelt.lower(), (spelt, []))[1].append(value)

    def all(self, name: str) -> list[str]:
        """Every value of the header, in order; empty where there is none."""
        row = self._rows.get(name.lower())
        return [] if row is None else list(row[1])

    def lists(self) -> dict[str, list[str]]:
        """The values of each header by its name as it is spelt; cookies under `set-cookie` in lower case."""
        return {
            "set-cookie" if name == "set-cookie" else spelt: list(values)
            for name, (spelt, values) in self._rows.items()
        }

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._rows[name.lower()][1])

    def __setitem__(self, name: str, value: Any) -> None:
        spelt = _name(name)
        values = value if isinstance(value, list | tuple) else (value,)
        self._rows[spelt.lower()] = (spelt, [_value(name, one) for one in values])

    def __delitem__(self, name: str) -> None:
        del self._rows[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter([spelt for spelt, _ in self._rows.values()])

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<ResponseHeaders {', '.join(self)}>"


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name or not _TOKEN.issuperset(name):
        raise ResultError("a header name has characters that HTTP does not allow", path="$.headers")
    return str.__str__(name)


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ResultError(
            f"the header {name} is text or a number, not {type(value).__name__}", path="$.headers"
        )
    text = str.__str__(value) if isinstance(value, str) else str(value)
    if not _CONTROLS.isdisjoint(text):
        raise ResultError(f"the header {name} has a control character", path="$.headers")
    return _utf8(text, f"the header {name}", path="$.headers")


def _utf8(text: str, what: str, *, path: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ResultError(f"{what} has a lone surrogate, which UTF-8 cannot carry", path=path) from None
    return text


class Response:
    """An HTTP answer.

    `body` is text, bytes (sent as base64), None, or a value that is sent as JSON; a status that has no body
    (204, 304) is sent without. `headers` is a mapping of names to a value or a list of values. `cookies` are
    `Set-Cookie` values, or a mapping of names to values. `content_type` overrides the one that the body
    implies. All of them may be changed afterwards, by middleware for instance. ResultError for what no HTTP
    answer can carry.
    """

    __slots__ = ("_headers", "body", "cookies", "status")

    def __init__(
        self,
        body: Any = None,
        status: int = 200,
        *,
        headers: Mapping[str, Any] | None = None,
        cookies: Iterable[str] | Mapping[str, str] = (),
        content_type: str | None = None,
    ) -> None:
        self.body = body
        self.status = _status(status)
        self._headers = None if headers is None else ResponseHeaders(headers)
        self.cookies = _cookies(cookies) if cookies else []
        if content_type is not None:
            self.headers["content-type"] = content_type

    @property
    def headers(self) -> ResponseHeaders:
        """The headers; made when first asked for, as most answers have none of their own."""
        if self._headers is None:
            self._headers = ResponseHeaders()
        return self._headers

    @headers.setter
    def headers(self, headers: Mapping[str, Any]) -> None:
        """Replace them all."""
        self._headers = headers if type(headers) is ResponseHeaders else ResponseHeaders(headers)

    def answer(self) -> Answer:
        """The response as it is now, checked and encoded."""
        return Answer(self)

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


def _status(status: Any) -> int:
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ResultError(
            f"an HTTP status is an integer from 100 to 599, not {status!r:.40}", path="$.status"
        )
    return int(status)


def _cookies(cookies: Any) -> list[str]:
    if isinstance(cookies, str):
        raise ResultError(
            "cookies is a list of Set-Cookie values or a mapping, not one text", path="$.cookies"
        )
    if hasattr(cookies, "items"):
        return [_named(name, value) for name, value in cookies.items()]
    return [_cookie(cookie) for cookie in cookies]


def _named(name: Any, value: Any) -> str:
    text = _value("set-cookie", value)
    if not isinstance(name, str) or "=" in name or ";" in text:
        raise ResultError(
            "a mapping of cookies has names and bare values; write cookies with attributes as a list of "
            "Set-Cookie values",
            path="$.cookies",
        )
    return _cookie(f"{name}={text}")


def _cookie(cookie: Any) -> str:
    text = _value("set-cookie", cookie)
    name, equals, _ = text.partition("=")
    if not equals or not name or not _TOKEN.issuperset(name):
        raise ResultError(
            'a cookie is a Set-Cookie value such as "name=value; HttpOnly", or a mapping\'s name and value',
            path="$.cookies",
        )
    return text


class Answer:
    """A response as the callers' documents need it: checked, and with its body encoded.

    `bare` says that it has no header but the content type that its body implies. `headers` are names and
    values, without the cookies; `cookies` are `Set-Cookie` values; `body` is text, base64 where `is_base64`
    says so. ResultError for what no HTTP answer can carry.
    """

    __slots__ = ("bare", "body", "cookies", "headers", "is_base64", "status")

    def __init__(self, response: Response) -> None:
        headers = response._headers
        self.status = _status(response.status)
        self.bare = headers is None and not response.cookies
        self.headers = {} if headers is None else headers.lists()
        self.cookies = _cookies(self.headers.pop("set-cookie", ())) if self.headers else []
        if response.cookies:
            self.cookies += _cookies(response.cookies)
        content = None if self.status in _BODILESS else response.body
        self.body, self.is_base64, kind = _body(content)
        if kind is not None and (headers is None or "content-type" not in headers):
            self.headers["content-type"] = [kind]

    def single(self) -> dict[str, str]:
        """One value a header, several joined by commas; without the cookies, which cannot be joined."""
        return {name: ", ".join(values) for name, values in self.headers.items()}

    def multiple(self) -> dict[str, list[str]]:
        """The list of values of each header, cookies included."""
        return {**self.headers, "set-cookie": self.cookies} if self.cookies else self.headers

    def spelt(self) -> dict[str, str]:
        """As `single`, with each cookie under a spelling of `set-cookie` of its own, for callers that take
        one value a name but keep names apart that differ in case."""
        if len(self.cookies) > 512:
            raise ResultError(f"{len(self.cookies)} cookies are more than the caller takes", path="$.cookies")
        cookies = {_spelling("set-cookie", number): cookie for number, cookie in enumerate(self.cookies)}
        return {**self.single(), **cookies}

    def header_size(self) -> int:
        """The bytes of all headers as they go over the wire."""
        size = 0
        for name, values in self.multiple().items():
            for value in values:
                size += len(name) + len(value.encode()) + 4
        return size


def is_document(result: Any) -> bool:
    """Whether a handler's result is sent as JSON without a closer look: a list, or a dict that is no proxy answer."""
    kind = type(result)
    return kind is list or (kind is dict and "statusCode" not in result)


class Document(Answer):
    """The answer of a handler that returned a document and said nothing else."""

    __slots__ = ()

    def __init__(self, document: Any) -> None:
        self.body, self.is_base64 = dumps(document), False
        self.status, self.bare = 200, True
        self.headers, self.cookies = {"content-type": ["application/json"]}, []


def _spelling(name: str, number: int) -> str:
    """The name in the case pattern that the number's bits give; the nine letters of set-cookie give 512."""
    letters = []
    for letter in name:
        if letter.isalpha():
            letter, number = (letter.upper() if number & 1 else letter), number >> 1
        letters.append(letter)
    return "".join(letters)


_OCTETS = (bytes, bytearray, memoryview)


def _body(body: Any) -> tuple[str, bool, str | None]:
    """The body as text, whether that is base64, and the content type it implies."""
    if type(body) is dict:
        return dumps(body), False, "application/json"
    if body is None:
        return "", False, None
    if isinstance(body, _OCTETS):
        import binascii

        return binascii.b2a_base64(body, newline=False).decode("ascii"), True, "application/octet-stream"
    if isinstance(body, str):
        text = _utf8(str.__str__(body), "the body", path="$.body")
        return text, False, "text/plain; charset=utf-8"
    return dumps(body), False, "application/json"


def respond(result: Any) -> Response:
    """A handler's result as a Response.

    None is 204; a Response is itself; text, bytes and JSON values are 200; `(body, status)` and
    `(body, status, headers)` say more. A dict that looks like a proxy answer is a ResultError, never data.
    """
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    if type(result) is tuple and len(result) in (2, 3) and _is_integer(result[1]):
        body, status, *rest = result
        return Response(body, status, headers=rest[0] if rest else None)
    if isinstance(result, dict) and "statusCode" in result and ("body" in result or "headers" in result):
        raise ResultError(
            "the handler returned a proxy answer (statusCode, body): return Response(body, status)"
        )
    return Response(result)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def problem(status: int, *, detail: Any = None, headers: Any = None, **members: Any) -> Response:
    """An RFC 9457 problem document as a Response."""
    document = {"type": "about:blank", "title": phrase(status), "status": status}
    if detail is not None:
        document["detail"] = detail
    return Response({**document, **members}, status, headers=headers, content_type="application/problem+json")


def answer_of(exc: Any) -> Response | None:
    """The Response that an exception stands for, or None where it is a fault of the handler."""
    kind = type(exc)  # isinstance would ask the exception for its __class__
    if issubclass(kind, HTTPError):
        return problem(exc.status, detail=exc.detail, headers=exc.headers)
    if issubclass(kind, PayloadError):
        return problem(422, errors=[_finding(exc.part, error) for error in exc.errors])
    if issubclass(kind, PublicError):
        from ..failures import text

        return problem(500, detail=text(exc))
    if issubclass(kind, Outcome):
        return _of_outcome(exc)
    return None


def _of_outcome(exc: Any) -> Response:
    if issubclass(type(exc), Drop):
        return Response(status=204)
    if issubclass(type(exc), Retry):
        after = {} if exc.after is None else {"retry-after": max(0, ceil(exc.after))}
        return problem(503, headers=after)
    return problem(422)


def fault(correlation_id: str) -> Response:
    """The answer to a fault of the handler: no detail, and the id under which the log has it."""
    return problem(500, correlation_id=correlation_id)


def _finding(part: str, error: Mapping[str, Any]) -> dict[str, Any]:
    return {"loc": [*part.split(".", 1), *error["loc"]], "type": error["type"], "msg": error["msg"]}


_PHRASES = {
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


def phrase(status: int) -> str:
    """The reason phrase of a status; `http.HTTPStatus` costs an import that only rare codes are worth."""
    if status in _PHRASES:
        return _PHRASES[status]
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error" if status >= 400 else "Answer"
