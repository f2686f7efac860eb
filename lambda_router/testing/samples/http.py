"""An HTTP request taken apart, which the six rooms of HTTP requests put into their own envelopes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlencode

from . import SampleError, payloads
from .stamps import trace_id

Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]
"""Names with a value or a list of values, or pairs of them."""
Cookies = Mapping[str, Any] | Iterable[str]
"""Cookie names with their values, or texts `name=value`."""

USER_AGENT = "example-client/1.0"


@dataclass(frozen=True)
class Content:
    """A body with a content type of its own."""

    body: str | bytes
    kind: str


_PATH_CHARACTERS = "/%:@!$&'()*+,;=~"


def direct_headers(host: str, client_ip: str) -> dict[str, str]:
    """The headers of a usual request inside a network."""
    return {"accept": "*/*", "host": host, "user-agent": USER_AGENT, "x-forwarded-for": client_ip}


def edge_headers(host: str, client_ip: str) -> dict[str, str]:
    """The headers of a usual request that came through TLS."""
    traced = {"x-amzn-trace-id": trace_id(), "x-forwarded-port": "443", "x-forwarded-proto": "https"}
    return {**direct_headers(host, client_ip), **traced}


class Message:
    """One request: whatever an event says twice is derived from here.

    `path` may hold a query, and what a URL cannot hold is percent-encoded; percent codes stay. `query` is
    decoded. A body that is not text or bytes is sent as JSON; bytes are sent as base64. `implied` are the
    headers that the service or a usual client adds; those of `headers` replace them, and None takes one away.
    """

    def __init__(
        self,
        path: str,
        *,
        method: str,
        query: Pairs,
        headers: Pairs,
        cookies: Cookies,
        body: Any,
        implied: Mapping[str, Any],
    ) -> None:
        raw, _, within = path.partition("?")
        if not raw.startswith("/"):
            raise SampleError(f'a path starts with a slash, as in "/orders/7"; not {path!r}')
        self.path = quote(raw, safe=_PATH_CHARACTERS)
        self.method = method.upper()
        self.query = [*parse_qsl(within, keep_blank_values=True), *pairs(query)]
        self.content, content_type = _content(body)
        sent: Any = body.body if isinstance(body, Content) else body
        self.is_base64 = isinstance(sent, bytes | bytearray | memoryview)
        length = None if self.content is None else str(len(self.content))
        ours = {**implied, "Content-Type": content_type, "Content-Length": length}
        self.headers, self.cookies = _split_cookies(_over(_rows(headers), ours), _cookies(cookies))

    @property
    def body(self) -> str | None:
        """The body as an event holds it, or None."""
        if self.content is None:
            return None
        return (base64.b64encode(self.content) if self.is_base64 else self.content).decode(
            "utf-8", "surrogatepass"
        )

    @property
    def raw_query(self) -> str:
        """The query form-encoded, in order; empty without one."""
        return urlencode(self.query)

    def header(self, name: str) -> str | None:
        """The last value of a header, its name in any case."""
        return next((v for n, v in reversed(self.headers) if n.lower() == name), None)

    def headers_and_cookies(self) -> list[tuple[str, str]]:
        """The headers with the cookies among them, as a client sends them."""
        return [*self.headers, *([("Cookie", "; ".join(self.cookies))] if self.cookies else [])]


def pairs(given: Pairs) -> list[tuple[str, str]]:
    """Names and values in order, a list of values as one pair each, values as text."""
    return [(name, text(value)) for name, value in _rows(given)]


def text(value: Any) -> str:
    """A value as a URL or a header would have it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def lists(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Each name with all of its values, in order."""
    found: dict[str, list[str]] = {}
    for name, value in rows:
        found.setdefault(name, []).append(value)
    return found


def last(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name with the last of its values."""
    return {name: values[-1] for name, values in lists(rows).items()}


def joined(rows: Iterable[tuple[str, str]], separator: str = ",") -> dict[str, str]:
    """Each name with its values in one text."""
    return {name: separator.join(values) for name, values in lists(rows).items()}


def lower(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs with their names in lower case."""
    return [(name.lower(), value) for name, value in rows]


def captured(template: str, path: str) -> dict[str, str]:
    """The parameters of a path under a template of API Gateway, such as `/orders/{id}` or `/{proxy+}`."""
    found: dict[str, str] = {}
    given = path.strip("/").split("/") if path.strip("/") else []
    wanted = template.strip("/").split("/") if template.strip("/") else []
    for number, segment in enumerate(wanted):
        if segment.endswith("+}") and number < len(given):
            return {**found, segment[1:-2]: "/".join(given[number:])}
        if number >= len(given) or (not segment.startswith("{") and segment != given[number]):
            break
        if segment.startswith("{"):
            found[segment[1:-1]] = given[number]
    else:
        if len(given) == len(wanted):
            return found
    raise SampleError(f"the path {path!r} does not lie under {template!r}")


def _content(body: Any) -> tuple[bytes | None, str | None]:
    """The body in bytes, and the content type it implies."""
    if body is None:
        return None, None
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body), "application/octet-stream"
    if isinstance(body, Content):
        return body.body.encode() if isinstance(body.body, str) else body.body, body.kind
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass"), "text/plain; charset=utf-8"
    return payloads.text(body).encode(), "application/json"


def _rows(given: Pairs) -> list[tuple[str, Any]]:
    rows = cast("Iterable[tuple[str, Any]]", given.items() if isinstance(given, Mapping) else given)
    return [(n, one) for n, v in rows for one in (v if isinstance(v, list | tuple) else [v])]


def _over(given: list[tuple[str, Any]], implied: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that are implied and not given, then those that are given."""
    names = {name.lower() for name, _ in given}
    rest = [(n, v) for n, v in implied.items() if n.lower() not in names]
    return [(n, text(v)) for n, v in (*rest, *given) if v is not None]


def _cookies(given: Cookies) -> list[str]:
    return [f"{n}={text(v)}" for n, v in given.items()] if isinstance(given, Mapping) else list(given)


def _split_cookies(
    headers: list[tuple[str, str]], cookies: list[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The headers without `Cookie`, and the cookies of both."""
    sent = [c.strip() for n, v in headers if n.lower() == "cookie" for c in v.split(";") if c.strip()]
    return [(n, v) for n, v in headers if n.lower() != "cookie"], [*sent, *cookies]
