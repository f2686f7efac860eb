"""A request as a server hands it on to a mounted application, and what the application answers as a Response.

Where the application is mounted comes first in its paths, behind whatever the service put before the app's own: an HTTP
API's stage, a REST API's, which is in `requestContext` alone, or a base path. So the links and redirects that an
application makes lead back to itself.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from ..errors import HTTPError, RouterError
from ..percent import unquote
from .request import split
from .response import Response
from .source import mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from .request import Request
    from .source import HttpSource

Rows = list[tuple[bytes, bytes]]
"""Header names and values as bytes, in order."""


class ApplicationError(RouterError):
    """A mounted application did not answer as the interface demands that it has."""


class Forwarded:
    """A request in a server's terms.

    `root` is where the application is mounted, `path` the whole decoded path, which begins with it, `raw_path` the
    same as it was sent; `query` is the query string, `headers` have names in lower case, `body` is bytes; `client` is
    an address or None, `server` a host name and a port. `limit` is how many bytes of a body can be sent back.
    HTTPError 400 for a path that climbs, as it might do in a directory of the application's.
    """

    __slots__ = (
        "body",
        "client",
        "headers",
        "limit",
        "method",
        "path",
        "query",
        "raw_path",
        "root",
        "scheme",
        "server",
    )

    def __init__(self, request: Request, invocation: Invocation, prefix: str) -> None:
        room: HttpSource = invocation.room  # type: ignore[assignment]
        if not _is_safe(request.segments):
            raise HTTPError(400, "the path is not safe")
        self.method = request.method
        self.root, self.path, self.raw_path = _paths(request, room, prefix)
        self.query = _query(request, room)
        self.body = request.body
        sent = [(name.lower(), value) for name, value in room.headers(request.event)]
        self.headers = _headers(sent, room.cookies(request.event, request), self.body)
        self.client = request.client_ip
        said = dict(sent)
        proto = said.get("x-forwarded-proto", "").lower()
        self.scheme = proto if proto in ("http", "https") else "https"
        self.server = _server(said.get("host", ""), said.get("x-forwarded-port", ""), self.scheme)
        self.limit = room.limit


def _is_safe(path: Sequence[str]) -> bool:
    """Whether no segment climbs or ends a text early, also if it is decoded once more."""
    again = unquote("/".join(path))
    return "\0" not in again and (".." not in again or ".." not in again.replace("\\", "/").split("/"))


def _paths(request: Request, room: HttpSource, prefix: str) -> tuple[str, str, bytes]:
    """Where the application is, the whole path, both decoded, and the whole path as it was sent."""
    before, own = _parts(request.raw_path, room.route_path(request.event, request.raw_path))
    encoded = "%" in own and room.is_encoded(request.event, own)
    before = _stage(request) + before
    decoded = split(before, encoded=encoded)[0] if before else ""
    path = decoded + split(own, encoded=encoded)[0]
    raw = quote(before + own, safe="/%:@!$&'()*+,;=~") if encoded else quote(path, safe="/:@!$&'()*+,;=~")
    return decoded + prefix, path, raw.encode("ascii")


def _parts(raw: str, routed: str) -> tuple[str, str]:
    """A path as what the service put before the app's own, and the app's own, with the slash at its end if it has one,
    which what routes are matched with may lack."""
    raw = raw if raw.startswith("/") else f"/{raw}"
    whole, own = raw.rstrip("/"), routed.rstrip("/")
    if not whole.endswith(own):
        return "", routed
    before = whole[: len(whole) - len(own)]
    return before, raw[len(before) :] or "/"


def _stage(request: Request) -> str:
    """The stage that a client has to write before the path, where only the context of the event has it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    context = mapping(request.event, "requestContext")
    stage = f"/{context.get('stage')}"
    return stage if context.get("path") == stage + request.raw_path else ""


def _query(request: Request, room: HttpSource) -> bytes:
    """The query string as it was sent where the event has it, else put together again."""
    raw = text(request.event.get("rawQueryString"))
    if raw:
        return quote(raw, safe="%/?:@!$&'()*+,;=~[]{}|^`\"<>\\", errors="surrogatepass").encode("ascii")
    return urlencode(list(room.query(request.event)), errors="surrogatepass").encode("ascii")


_REPLACED = frozenset({"cookie", "content-length", "transfer-encoding"})
"""Headers that are made anew: the cookies in one line, and the length of the body as it is here."""


def _headers(sent: list[tuple[str, str]], cookies: Iterable[str], body: bytes) -> Rows:
    rows = [(name, value) for name, value in sent if name not in _REPLACED]
    line = "; ".join(filter(None, cookies))
    if line:
        rows.append(("cookie", line))
    if body or any(name == "content-length" for name, _ in sent):
        rows.append(("content-length", str(len(body))))
    return [(_octets(name), _octets(value)) for name, value in rows]


def _octets(sent: str) -> bytes:
    # The services decode headers as UTF-8, so that these are the bytes that the client sent.
    return sent.encode() if sent.isascii() else sent.encode("utf-8", "surrogatepass")


def _server(host: str, port: str, scheme: str) -> tuple[str, int]:
    name, colon, own = host.rpartition(":")
    if not colon or own.endswith("]"):
        name, own = host, ""
    for digits in (own, port):
        if digits.isascii() and digits.isdigit() and len(digits) <= 5:
            return name, int(digits)
    return name or "lambda", 80 if scheme == "http" else 443


# -- the answer ------------------------------------------------------------------------------------------------

_OURS = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""What is between a server and its client, and not the application's to say."""

_TEXTS = frozenset(
    {
        "application/graphql",
        "application/javascript",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/x-ndjson",
        "application/xml",
        "application/yaml",
        "image/svg+xml",
    }
)


def answered(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, method: str) -> Response:
    """What an application answered, as a Response.

    A text goes as text, if it is UTF-8 and not compressed, and anything else as base64: so the caller gets the same
    bytes either way. The length is left to the service, which knows what it sends; only to HEAD is it the
    application's to tell. ResultError for a status or header that HTTP does not allow.
    """
    response = Response(None, status)
    for name, value in headers:
        spelt = _decoded(name)
        low = spelt.lower()
        if low not in _OURS and (low != "content-length" or method == "HEAD"):
            response.headers.add(spelt, _decoded(value))
    if body:
        response.body = _content(body, response)
    return response


def _decoded(value: bytes) -> str:
    try:
        return bytes(value).decode().strip(" \t")
    except UnicodeDecodeError:
        return bytes(value).decode("latin-1").strip(" \t")


def _content(body: bytes, response: Response) -> str | bytes:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.headers.get("content-encoding", "identity") == "identity" and _is_text(kind):
        try:
            return body.decode()
        except UnicodeDecodeError:
            pass
    return body


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind in _TEXTS or kind.endswith(("+json", "+xml"))


def environment(invocation: Invocation) -> dict[str, Any]:
    """What an application may look up of Lambda, under the names that it has with Mangum."""
    return {"aws.event": invocation.event, "aws.context": invocation.context}
