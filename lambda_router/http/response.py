"""The response: what a handler may return, made into status, headers and a body that every caller takes."""

from __future__ import annotations

from collections.abc import MutableMapping
from math import ceil

from ..errors import HTTPError, PayloadError, PublicError, ResultError
from ..outcomes import Drop, Outcome, Retry
from ..results import LIMIT, dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from os import PathLike
    from typing import Any, Literal

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CONTROLS = frozenset(map(chr, [*range(9), *range(10, 32), *range(127, 160)]))
_BODILESS = frozenset({*range(100, 200), 204, 304})
"""The statuses whose answers have no body: https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1."""


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHOLE = frozenset({type(None), str, bytes, dict, list, tuple, int, float, bool})
"""The types of a body of which nothing is left to be read."""
JSON_LIMIT = LIMIT * 3 // 2
"""What a body of JSON may have, counted with spaces that it is sent without; the answer is measured by the byte."""


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
    spelt = str.__str__(name) if isinstance(name, str) else ""
    if not spelt or not _TOKEN.issuperset(spelt):
        raise ResultError("a header name has characters that HTTP does not allow", path="$.headers")
    return spelt


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ResultError(
            f"the header {name} is text or a number, not {type(value).__name__}", path="$.headers"
        )
    text = str.__str__(value if isinstance(value, str) else str(value))
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

    `body` is text, bytes (sent as base64), None, or a value that is sent as JSON; an iterator of text or bytes is
    read to its end at once, for no caller takes an answer in pieces. A status that has no body (204, 304) is sent
    without. `headers` is a mapping of names to a value or a list of values. `cookies` are
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
        self.body = body if type(body) in _WHOLE else _whole(body)
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

    @classmethod
    def redirect(
        cls,
        url: str,
        status: int = 307,
        *,
        headers: Mapping[str, Any] | None = None,
        cookies: Iterable[str] | Mapping[str, str] = (),
    ) -> Response:
        """An answer that sends the client to another URL, absolute or relative; what a URL cannot hold is encoded.

        `status` is 301, 302, 303, 307 or 308. ResultError for a URL with a control character. Whether the URL is
        one that a client may be sent to is the handler's to say.
        """
        if status not in _REDIRECTS:
            raise ResultError(
                f"a redirect has status 301, 302, 303, 307 or 308, not {_seen(status)}", path="$.status"
            )
        response = cls(None, status, headers=headers, cookies=cookies)
        response.headers["location"] = _location(url)
        return response

    @classmethod
    def file(
        cls,
        path: str | PathLike[str],
        *,
        directory: str | PathLike[str] | None = None,
        filename: str | None = None,
        inline: bool = False,
        content_type: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> Response:
        """An answer with the content of a file, its content type by its name.

        With `directory` the path is inside it: HTTPError 404 for what is not there or leads outside. `filename` has
        the client save the file under that name, or show it where `inline` says so. A file that is larger than any
        caller takes is a ResultError before it is read.
        """
        from .files import read

        return read(
            path,
            directory=directory,
            filename=filename,
            inline=inline,
            content_type=content_type,
            headers=headers,
        )

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        max_age: int | timedelta | None = None,
        expires: datetime | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = True,
        http_only: bool = True,
        same_site: Literal["Strict", "Lax", "None"] | None = "Lax",
        partitioned: bool = False,
    ) -> None:
        """Have the client keep a cookie, `max_age` in seconds; ResultError for what no cookie can carry.

        Unless told otherwise it goes over HTTPS alone, no script reads it, and other sites' forms do not send it.
        """
        from .cookies import cookie

        self.cookies.append(
            cookie(
                name,
                value,
                max_age=max_age,
                expires=expires,
                path=path,
                domain=domain,
                secure=secure,
                http_only=http_only,
                same_site=same_site,
                partitioned=partitioned,
            )
        )

    def delete_cookie(self, name: str, *, path: str | None = "/", domain: str | None = None) -> None:
        """Have the client forget a cookie, which it finds by name, path and domain."""
        self.set_cookie(name, "", max_age=0, path=path, domain=domain)

    def replaced(self, body: Any, *, status: int | None = None) -> Response:
        """The same answer with another body; this one, which a handler may return again, stays as it is."""
        response = Response(body, self.status if status is None else status, cookies=self.cookies)
        if self._headers is not None:
            response._headers = ResponseHeaders(self._headers.lists())
        return response

    def answer(self) -> Answer:
        """The response as it is now, checked and encoded."""
        return Answer(self)

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


def _status(status: Any) -> int:
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ResultError(
            f"an HTTP status is an integer from 100 to 599, not {_seen(status)}", path="$.status"
        )
    return int(status)


def _seen(value: Any) -> str:
    """A value in a message: the number that is no status, or the type of what may be a secret."""
    from ..failures import printable

    return printable(value, limit=40) if type(value) is int else type(value).__name__


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

    `bare` says that the response had no header of its own, so that there is little to count. `headers` are names
    and values, without the cookies; `cookies` are `Set-Cookie` values; `body` is text, base64 where `is_base64`
    says so. ResultError for what no HTTP answer can carry.
    """

    __slots__ = ("bare", "body", "cookies", "headers", "is_base64", "status")
    cookies: Sequence[str]

    def __init__(self, response: Response) -> None:
        headers = response._headers
        self.status = _status(response.status)
        self.bare = headers is None and not response.cookies
        self.headers = {} if headers is None else headers.lists()
        cookies = _cookies(self.headers.pop("set-cookie", ())) if self.headers else []
        self.cookies = cookies + _cookies(response.cookies) if response.cookies else cookies
        content = None if self.status in _BODILESS else response.body
        self.body, self.is_base64, kind = _body(content)
        if kind is not None and (headers is None or "content-type" not in headers):
            self.headers["content-type"] = [kind]

    def single(self) -> dict[str, str]:
        """One value a header, several joined by commas; without the cookies, which cannot be joined."""
        return {name: ", ".join(values) for name, values in self.headers.items()}

    def multiple(self) -> dict[str, list[str]]:
        """The list of values of each header, cookies included."""
        return {**self.headers, "set-cookie": list(self.cookies)} if self.cookies else self.headers

    def spelt(self) -> dict[str, str]:
        """As `single`, with each cookie under a spelling of `set-cookie` of its own, for callers that take
        one value a name but keep names apart that differ in case."""
        if not self.cookies:
            return self.single()
        if len(self.cookies) > 512:
            raise ResultError(f"{len(self.cookies)} cookies are more than the caller takes", path="$.cookies")
        cookies = {_spelling("set-cookie", number): cookie for number, cookie in enumerate(self.cookies)}
        return {**self.single(), **cookies}

    def header(self, name: str) -> list[str] | None:
        """The values of a header, its name in lower case, to be added to; None without it."""
        for spelt in self.headers:
            if len(spelt) == len(name) and spelt.lower() == name:
                return self.headers[spelt]
        return None

    def header_size(self) -> int:
        """The bytes of all headers as they go over the wire."""
        size = 0
        for name, values in self.multiple().items():
            for value in values:
                size += len(name) + len(value.encode()) + 4
        return size


class Document(Answer):
    """The answer of a handler that returned a document and said nothing else: the quick way through most answers.

    `content` is the document, a list or a dict that is no proxy answer; `body` is its text when that has been made.
    """

    __slots__ = ("content",)
    status = 200
    bare = True
    is_base64 = False
    cookies: Sequence[str] = ()

    def __init__(self, content: Any) -> None:
        self.content = content

    def single(self) -> dict[str, str]:
        """The content type alone."""
        return {"content-type": "application/json"}

    def multiple(self) -> dict[str, list[str]]:
        """The content type alone."""
        return {"content-type": ["application/json"]}

    def spelt(self) -> dict[str, str]:
        """The content type alone."""
        return {"content-type": "application/json"}


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
        return dumps(body, limit=JSON_LIMIT), False, "application/json"
    if body is None:
        return "", False, None
    if isinstance(body, _OCTETS):
        import binascii

        if memoryview(body).nbytes * 4 > LIMIT * 3:
            raise ResultError("the body has more bytes than any caller takes", path="$.body")

        return binascii.b2a_base64(body, newline=False).decode("ascii"), True, "application/octet-stream"
    if isinstance(body, str):
        if len(body) > LIMIT:
            raise ResultError("the body has more characters than any caller takes", path="$.body")
        text = _utf8(str.__str__(body), "the body", path="$.body")
        return text, False, "text/plain; charset=utf-8"
    return dumps(body, limit=JSON_LIMIT), False, "application/json"


def _whole(body: Any) -> Any:
    """A body as it is, or an iterator of text or bytes read to its end and closed."""
    if not hasattr(type(body), "__next__"):
        return body
    pieces: list[str | bytes] = []
    size = 0
    try:
        for piece in body:
            if not isinstance(piece, (str, *_OCTETS)):
                raise ResultError(
                    f"a body in pieces is text or bytes, not {type(piece).__name__}", path="$.body"
                )
            pieces.append(str.__str__(piece) if isinstance(piece, str) else bytes(piece))
            size += len(pieces[-1])
            if size > LIMIT:
                raise ResultError("the body has more bytes than any caller takes", path="$.body")
    finally:
        getattr(body, "close", _nothing)()
    return _joined(pieces)


def _nothing() -> None:
    pass


def _joined(pieces: list[str | bytes]) -> str | bytes:
    """Text if every piece is text, else bytes."""
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if len(texts) == len(pieces):
        return "".join(texts)
    return b"".join(
        _utf8(piece, "the body", path="$.body").encode() if isinstance(piece, str) else piece
        for piece in pieces
    )


def _location(url: Any) -> str:
    """A URL as the `location` header takes it: a backslash, which browsers take for a slash, is encoded too."""
    if not isinstance(url, str) or not url:
        raise ResultError("a redirect leads to a URL, absolute or relative", path="$.headers")
    from urllib.parse import quote

    return quote(_value("location", url), safe=":/?#[]@!$&'()*+,;=%~")


def respond(result: Any) -> Response:
    """A handler's result as a Response.

    None is 204; a Response is itself; text, bytes and JSON values are 200; `(body, status)` and
    `(body, status, headers)` say more. A dict that looks like a proxy answer is a ResultError, never data.
    """
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    if says_status(result):
        body, status, *rest = result
        return Response(body, status, headers=rest[0] if rest else None)
    if isinstance(result, dict) and "statusCode" in result and ("body" in result or "headers" in result):
        raise ResultError(
            "the handler returned a proxy answer (statusCode, body): return Response(body, status)"
        )
    return Response(result)


def says_status(result: Any) -> bool:
    """Whether a result is `(body, status)` or `(body, status, headers)`."""
    return type(result) is tuple and len(result) in (2, 3) and _is_integer(result[1])


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
        found = [_finding(one.part, error) for one in (exc, *exc.others) for error in one.errors]
        return problem(422, errors=found)
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
