"""Compression of answers, by what the client accepts: `app.use(compress())`."""

from __future__ import annotations

from ..errors import ConfigurationError
from ..results import dumps
from .files import is_textual
from .response import Response, respond
from .routes import CALLERS
from .source import HttpSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from ..middleware import Layer

LARGEST = 50 * 2**20
"""How many bytes an answer may have before it is compressed: 50 MiB."""

NOT_REST = tuple(name for name in CALLERS if name != "api_gateway_rest")
"""The callers that take any binary answer. A REST API hands one on as base64 text, unless its `binaryMediaTypes`
have the first media type that the request accepts."""


def compress(*, minimum: int = 1024, level: int = 6, sources: Sequence[str] = NOT_REST) -> Layer:
    """Middleware that sends text, JSON and the like as gzip to clients that accept it, from `minimum` bytes on.

    `level` is from 1 (fast) to 9 (small). `sources` names the callers whose answers are compressed: all but REST
    APIs, which have that as a setting of their own. It may be given for an app or for one route.
    """
    for name, value, most in (("minimum", minimum, LARGEST), ("level", level, 9)):
        if type(value) is not int or not 1 <= value <= most:
            raise ConfigurationError(f"{name} is an integer from 1 to {most}, not {value!r}")
    if isinstance(sources, str) or not set(sources) <= set(CALLERS):
        raise ConfigurationError(f"sources is a list of {', '.join(CALLERS)}, not {sources!r}")
    names = frozenset(sources)

    def compression(invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
        result = call_next(invocation)
        room = invocation.room
        if not isinstance(room, HttpSource) or room.name not in names:
            return result
        return _smaller(respond(result), room.header(invocation.event, "accept-encoding"), minimum, level)

    return compression


def _smaller(response: Response, accepted: str, minimum: int, level: int) -> Response:
    """The answer as gzip where that is possible, wanted and smaller."""
    if response.status == 304:
        response = response.replaced(None)
        _vary(response)  # https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
    content, kind = _content(response)
    if len(content) < minimum or not is_textual(kind) or not _may_be_encoded(response):
        return response
    packed = _gzip(content, level) if accepts(accepted) else content
    if len(packed) >= len(content):
        other = response.replaced(response.body)
    else:
        other = response.replaced(packed)
        other.headers.update({"content-type": kind, "content-encoding": "gzip"})
        other.headers.pop("content-length", None)
        _weaken(other)
    _vary(other)
    return other


def _content(response: Response) -> tuple[bytes, str]:
    """The body in bytes, none where it is not sent, and its content type."""
    body, kind = response.body, response.headers.get("content-type")
    if body is None or response.status in (204, 206, 304) or response.status < 200:
        return b"", ""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body), kind or "application/octet-stream"
    if isinstance(body, str):
        return str.__str__(body).encode("utf-8", "replace"), kind or "text/plain; charset=utf-8"
    return dumps(body, limit=LARGEST).encode(), kind or "application/json"


def _may_be_encoded(response: Response) -> bool:
    """Whether the body is in no coding yet, whole, and nobody has said that it stays as it is."""
    headers = response.headers
    if "content-encoding" in headers or "content-range" in headers:
        return False
    return "no-transform" not in headers.get("cache-control", "").lower()


def _gzip(content: bytes, level: int) -> bytes:
    import zlib

    packer = zlib.compressobj(
        level, zlib.DEFLATED, 16 + zlib.MAX_WBITS
    )  # no time stamp: equal input, equal output
    return packer.compress(content) + packer.flush()


def _weaken(response: Response) -> None:
    """A strong ETag names one sequence of bytes, which these are not: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1."""
    tag = response.headers.get("etag", "")
    if tag.startswith('"'):
        response.headers["etag"] = f"W/{tag}"


def _vary(response: Response) -> None:
    said = response.headers.get("vary", "").lower()
    if "accept-encoding" not in said and said.strip() != "*":
        response.headers.add("vary", "accept-encoding")


def accepts(header: str) -> bool:
    """Whether an `Accept-Encoding` header has gzip, and does not like the content as it is better.

    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
    """
    weights: dict[str, float] = {}
    for item in header[:4096].lower().split(","):
        name, _, parameters = item.partition(";")
        weights.setdefault(name.strip(), _weight(parameters))
    others = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", others))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weight(parameters: str) -> float:
    """The weight that `q=0.5` says; 1 without one, 0 for one that is none."""
    name, equals, number = parameters.partition("=")
    if not equals or name.strip() != "q":
        return 1.0 if not parameters.strip() else 0.0
    number = number.strip()
    if not number.isascii() or not number.replace(".", "", 1).isdigit() or len(number) > 5:
        return 0.0
    return min(float(number), 1.0)
