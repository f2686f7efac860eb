"""The request as a handler sees it, whichever source sent it; each view is made when first asked for."""

from __future__ import annotations

from ..errors import HTTPError
from ..payload import document, text
from ..percent import unquote
from .routing import segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .forms import FormData
    from .source import HttpSource


class Values(dict[str, str]):
    """Names with one value or several: a name gives its last value, `all(name)` all of them in order."""

    __slots__ = ("_all",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        found: dict[str, list[str]] = {}
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        self._all = found
        self.update({name: values[-1] for name, values in found.items()})

    def all(self, name: str) -> list[str]:
        """Every value of the name, in order; empty where there is none."""
        return list(self._all.get(name, ()))

    def pairs(self) -> list[tuple[str, str]]:
        """Every name with each of its values."""
        return [(name, value) for name, values in self._all.items() for value in values]


class Headers(Values):
    """Header names in lower case, found in any case; a repeated header is joined by commas (RFC 9110)."""

    __slots__ = ()

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        # Not by way of Values, which would go through them all twice.
        found = self._all = {}
        for name, value in pairs:
            found.setdefault(name.lower(), []).append(value)
        self.update({name: ", ".join(values) for name, values in found.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of the header, or the default."""
        return super().get(name.lower(), default)

    def all(self, name: str) -> list[str]:
        """Every value of the header, in order; empty where there is none."""
        return super().all(name.lower())


class Request:
    """One HTTP request.

    `method` is in upper case; `raw_path` is the path as the caller sent it, `path` the decoded path that
    routes are matched against, without stage and base path; `path_params` what the template captured; `body`
    is bytes, `text` a str, `json()` the parsed body; `claims` what an authorizer found; `event` the event as
    it came, `source` its name.
    """

    __slots__ = (
        "_body",
        "_cookies",
        "_form",
        "_headers",
        "_query",
        "_room",
        "decoded",
        "event",
        "method",
        "path",
        "path_params",
        "raw_path",
    )
    decoded: list[str] | None
    """The segments of the path where something in it had to be decoded: else its text says where they begin."""
    _headers: Headers | None
    _query: Values | None
    _cookies: dict[str, str] | None
    _body: bytes | None
    _form: FormData | tuple[int, str]

    def __init__(self, room: HttpSource, event: Any) -> None:
        self._room = room
        self.event = event
        self.method = room.method(event).upper()
        self.raw_path = room.raw_path(event)
        self.path = path = room.route_path(event, self.raw_path)
        self.decoded = self._headers = self._query = self._cookies = self._body = None
        if "%" in path or not path.isascii() or not path.startswith("/"):
            self.path, self.decoded = split(path, encoded="%" in path and room.is_encoded(event, path))
        self.path_params: dict[str, Any] = {}

    @property
    def source(self) -> str:
        """The event source that sent the request, as `detect` names it."""
        return self._room.name

    @property
    def segments(self) -> list[str]:
        """The decoded segments of the path; a slash at its end makes no difference."""
        if self.decoded is None:
            self.decoded = segments(self.path)
        return self.decoded

    @property
    def headers(self) -> Headers:
        """The headers, in any case."""
        if self._headers is None:
            self._headers = Headers(self._room.headers(self.event))
        return self._headers

    def header_values(self, name: str) -> list[str]:
        """The values of one header, its name in lower case, in order; without `headers` being made for it."""
        if self._headers is not None:
            return self._headers.all(name)
        return self._room.header_values(self.event, name)

    @property
    def query(self) -> Values:
        """The decoded query parameters."""
        if self._query is None:
            self._query = Values(self._room.query(self.event))
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name."""
        if self._cookies is None:
            self._cookies = _cookies(self._room.cookies(self.event, self))
        return self._cookies

    @property
    def content(self) -> str | bytes | None:
        """The body as it came: text, or bytes where the caller encoded it as base64; None without one."""
        raw, encoded = self._room.body(self.event)
        if raw is None or raw == "":
            return None
        if not isinstance(raw, str):
            raise HTTPError(400, "the request body is not text")
        if not encoded:
            return raw
        import binascii

        try:
            return binascii.a2b_base64(raw, strict_mode=True)
        except ValueError:
            raise HTTPError(400, "the request body is not base64") from None

    @property
    def body(self) -> bytes:
        """The body as bytes; empty without one."""
        if self._body is None:
            content = self.content
            self._body = (
                content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogatepass")
            )
        return self._body

    @property
    def text(self) -> str:
        """The body as text, decoded as strict UTF-8; PayloadError (422) where it is not."""
        content = self.content
        return "" if content is None else text("body", content)

    def json(self) -> Any:
        """The body parsed as JSON; PayloadError (422) where it is not."""
        return document("body", self.content if self.content is not None else "")

    def form(self) -> FormData:
        """The fields of an `application/x-www-form-urlencoded` or `multipart/form-data` body, and the `files` of the
        latter; empty without a body. HTTPError 415 for other content types, 400 or 413 for a bad multipart form."""
        try:
            form = self._form
        except AttributeError:  # there is no place for it in most requests, which have no form
            from .forms import read

            form = self._form = read(self)
        if isinstance(form, tuple):
            raise HTTPError(*form)
        return form

    @property
    def client_ip(self) -> str | None:
        """The caller's address as the service saw it."""
        return self._room.client_ip(self.event, self)

    @property
    def claims(self) -> dict[str, Any]:
        """What an authorizer found about the caller; empty without one."""
        return self._room.claims(self.event)

    @property
    def stage(self) -> str | None:
        """The API's stage, where the source has stages."""
        return self._room.stage(self.event)

    def __repr__(self) -> str:
        return f"<Request {self.method} from {self.source}>"


def split(raw: str, *, encoded: bool) -> tuple[str, list[str]]:
    """A raw path as the decoded path and its decoded segments; HTTPError 400 where it is not UTF-8.

    Segments are decoded after they are split, so that an encoded slash stays inside its segment.
    """
    if not raw.startswith("/"):
        raw = f"/{raw}"
    try:
        if not encoded:
            raw.encode()
            return raw, segments(raw)
        found = [unquote(segment, errors="strict") for segment in segments(raw)]
        path = f"/{'/'.join(found)}{'/' if raw.endswith('/') and raw != '/' else ''}"
        path.encode()
        return path, found
    except UnicodeError:
        raise HTTPError(400, "the path is not UTF-8") from None


def _cookies(texts: Iterable[str]) -> dict[str, str]:
    """The cookies by name; of several with one name the first, which is the most specific
    (https://www.rfc-editor.org/rfc/rfc6265#section-5.4)."""
    found: dict[str, str] = {}
    for line in texts:
        for pair in line.split(";"):
            name, equals, value = pair.strip().partition("=")
            if len(value) > 1 and value[0] == value[-1] == '"':
                value = value[1:-1]
            if equals and name:
                found.setdefault(name, value)
    return found
