"""Cross-origin resource sharing: which other sites' scripts may read what the app answers.

https://fetch.spec.whatwg.org/#http-cors-protocol

It is about what browsers let scripts read, and keeps nobody out who sends requests by other means.
"""

from __future__ import annotations

from ..errors import ConfigurationError
from .response import Response, problem
from .source import HttpSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from .response import Answer

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_SCHEME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")
_LONGEST_LABEL = 63
"""The letters of one label of a host name: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4."""
_PORTS = {"http": "80", "https": "443"}

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
"""The methods that are allowed unless told otherwise."""

HEADERS = ("authorization", "content-type", "x-amz-date", "x-amz-security-token", "x-api-key")
"""The request headers that are allowed unless told otherwise, beside those that browsers always send."""


class Cors:
    """Which origins' scripts may call the app, and how: `Router(cors=Cors(["https://shop.example.com"]))`.

    `allow_origins` are origins as browsers send them (scheme, host, and a port that is not the scheme's own), in
    full; `https://*.example.com` stands for each name of one label there, and "*" for every origin. `allow_methods`
    and `allow_headers` say what a script may send, "*" whatever it asks for; `expose_headers` which headers of an
    answer it may read; `max_age` for how many seconds the browser may remember it. `allow_credentials` is whether
    requests come with cookies, which "*" does not go with. ConfigurationError for what no browser would take.
    """

    __slots__ = ("_fixed", "_globs", "_headers", "_methods", "_origins", "_preflight", "every")

    def __init__(
        self,
        allow_origins: str | Sequence[str],
        *,
        allow_methods: str | Sequence[str] = METHODS,
        allow_headers: str | Sequence[str] = HEADERS,
        expose_headers: Sequence[str] = (),
        allow_credentials: bool = False,
        max_age: int | None = None,
    ) -> None:
        origins = _listed("allow_origins", allow_origins)
        if not origins:
            raise ConfigurationError("allow_origins has no origin; leave cors out to allow none")
        self.every = "*" in origins
        if self.every and allow_credentials:
            raise ConfigurationError(
                'allow_origins="*" does not go with allow_credentials: every site could act as its '
                "visitors; list the origins"
            )
        checked = [_origin(origin) for origin in origins if origin != "*"]
        self._origins = frozenset(origin for origin in checked if "*" not in origin)
        self._globs = tuple(tuple(origin.split("*")) for origin in checked if "*" in origin)
        methods = _tokens("allow_methods", allow_methods)
        self._methods = ", ".join(method.upper() for method in methods)
        self._headers = ", ".join(name.lower() for name in _tokens("allow_headers", allow_headers))
        exposed = ", ".join(name.lower() for name in _tokens("expose_headers", expose_headers))
        if exposed == "*" and allow_credentials:
            raise ConfigurationError(
                'expose_headers="*" says nothing with allow_credentials; list the headers'
            )
        credentials = {"access-control-allow-credentials": "true"} if allow_credentials else {}
        self._fixed = {**credentials, **({"access-control-expose-headers": exposed} if exposed else {})}
        self._preflight = {} if max_age is None else {"access-control-max-age": _seconds(max_age)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cors) and self._settings() == other._settings()

    def __hash__(self) -> int:
        return hash((self._origins, self._methods, self._headers))

    def _settings(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __repr__(self) -> str:
        shown = [*sorted(self._origins), *("*".join(parts) for parts in self._globs), *(["*"] * self.every)]
        return f"<Cors for {', '.join(shown)}>"

    def allows(self, origin: str) -> bool:
        """Whether scripts of this origin, as the request names it, may read answers."""
        if self.every or origin in self._origins:
            return True
        return any(_fits(origin, before, behind) for before, behind in self._globs)

    def layer(self, invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
        """Middleware around all other: answer a preflight request, and let everything else through."""
        room, event = invocation.room, invocation.event
        if isinstance(room, HttpSource) and room.method(event).upper() == "OPTIONS":
            origin, method = room.header(event, "origin"), room.header(event, "access-control-request-method")
            if origin and method:
                return self.preflight(origin, method, room.header(event, "access-control-request-headers"))
        return call_next(invocation)

    def preflight(self, origin: str, method: str, headers: str) -> Response:
        """The answer to a preflight request, to which `mark` adds the origin.

        403 for an origin that is not allowed, as the standard advises: https://fetch.spec.whatwg.org/#http-responses.
        """
        if not self.allows(origin):
            return problem(403, detail="this origin is not allowed")
        response = Response(status=204, headers=self._preflight)
        methods = _asked(method) if self._methods == "*" else self._methods
        allowed = _asked(headers) if self._headers == "*" else self._headers
        for name, value in (("methods", methods), ("headers", allowed)):
            if value:
                response.headers[f"access-control-allow-{name}"] = value
        if self._headers == "*":
            response.headers["vary"] = "access-control-request-headers"
        return response

    def mark(self, answer: Answer, origin: str) -> None:
        """Say in an answer whether scripts of the request's origin may read it; what the route said itself stands."""
        if not answer.bare and answer.header("access-control-allow-origin") is not None:
            return
        if not self.every:
            _vary(answer)
            if not self.allows(origin):
                return
        answer.headers["access-control-allow-origin"] = ["*" if self.every else origin]
        for name, value in self._fixed.items():
            if answer.header(name) is None:
                answer.headers[name] = [value]


def settings(cors: Any) -> Cors | None:
    """What `Router(cors=...)` was given: a Cors or its arguments as a dict, an origin or a list, True for every origin."""
    if cors is None or cors is False or isinstance(cors, Cors):
        return cors or None
    if isinstance(cors, dict):
        return _named(cors)
    return Cors("*" if cors is True else cors)


def _named(arguments: dict[str, Any]) -> Cors:
    try:
        return Cors(**arguments)
    except TypeError as exc:
        raise ConfigurationError(f"cors as a dict has the arguments of Cors: {exc}") from None


def _vary(answer: Answer) -> None:
    """Say that the answer depends on the origin, beside what it says itself that it depends on."""
    said = None if answer.bare else answer.header("vary")
    if said is None:
        answer.headers["vary"] = ["origin"]
    elif not {"origin", "*"} & {name.strip().lower() for name in ",".join(said).split(",")}:
        said.append("origin")


def _listed(name: str, given: Any) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list | tuple | set | frozenset) or not all(isinstance(v, str) for v in values):
        raise ConfigurationError(f"{name} is a text or a list of texts, not {given!r}")
    return list(dict.fromkeys(values))


def _tokens(name: str, given: Any) -> list[str]:
    values = _listed(name, given)
    for value in values:
        if not value or not _TOKEN.issuperset(value):
            raise ConfigurationError(f"{name}: {value!r} has characters that HTTP does not allow")
    if "*" in values and len(values) > 1:
        raise ConfigurationError(f'{name} is a list of names, or "*" alone')
    return values


def _seconds(age: Any) -> str:
    if type(age) is not int or age < 0:
        raise ConfigurationError(f"max_age is a whole number of seconds, not {age!r}")
    return str(age)


def _origin(given: str) -> str:
    """An origin as browsers send it; ConfigurationError for one that they never send, or that is too wide."""
    origin = given.lower()
    scheme, colon, authority = origin.partition("://")
    if not colon or not scheme[:1].isalpha() or not _SCHEME.issuperset(scheme):
        raise ConfigurationError(
            f'{given!r} is no origin, which is a scheme and a host, as in "https://shop.example.com"'
        )
    host, colon, port = _parted(authority)
    if colon and not (port.isascii() and port.isdigit() and len(port) < 6 and port == str(int(port))):
        raise ConfigurationError(f"{given!r} has no port behind its colon")
    if port and port == _PORTS.get(scheme):
        raise ConfigurationError(f"{given!r}: browsers leave out the port {port} of {scheme}, so do so here")
    if host.startswith("["):
        _check_address(given, host)
    else:
        _check_host(given, host)
    return origin


def _parted(authority: str) -> tuple[str, str, str]:
    """Host, colon and port; the colons between the brackets of an IPv6 address are its own."""
    address, bracket, behind = authority.partition("]")
    if not address.startswith("["):
        return authority.partition(":")
    more, colon, port = behind.partition(":")
    return f"{address}{bracket}{more}", colon, port


def _check_address(given: str, host: str) -> None:
    """Browsers write an address in one way alone: https://url.spec.whatwg.org/#concept-ipv6-serializer."""
    from ipaddress import IPv6Address

    try:
        written = f"[{_address(int(IPv6Address(host.strip('[]'))))}]"
    except ValueError:
        raise ConfigurationError(f"{given!r} has no IPv6 address alone in its brackets") from None
    if host != written:
        raise ConfigurationError(f"{given!r}: browsers write this host as {written}, so do so here")


def _address(number: int) -> str:
    """An IPv6 address in its eight pieces, the first longest run of several zeros left out."""
    pieces = [f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    for size in range(8, 1, -1):
        for start in range(9 - size):
            if set(pieces[start : start + size]) == {"0"}:
                return f"{':'.join(pieces[:start])}::{':'.join(pieces[start + size :])}"
    return ":".join(pieces)


def _check_host(given: str, host: str) -> None:
    first, *labels = host.split(".")
    if first == "*" and len(labels) < 2:
        raise ConfigurationError(f"{given!r} is too wide: behind the * are two labels at least")
    for label in labels if first == "*" else (first, *labels):
        if not label or not _LABEL.issuperset(label):
            raise ConfigurationError(
                f"{given!r} is no origin: it has a scheme, a host and at most a port, nothing else; a * is the "
                "first label of its host, and a name that is not ASCII is written as in punycode"
            )


def _fits(origin: str, before: str, behind: str) -> bool:
    if not origin.startswith(before) or not origin.endswith(behind):
        return False
    label = origin[len(before) : len(origin) - len(behind)]
    return 0 < len(label) <= _LONGEST_LABEL and _LABEL.issuperset(label)


def _asked(names: str) -> str:
    """The names that a preflight request asks for, without what cannot be a name."""
    asked: Iterable[str] = (name.strip() for name in names[:4096].split(","))
    return ", ".join(name for name in asked if name and _TOKEN.issuperset(name))
