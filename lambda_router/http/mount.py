"""Whole applications beside the routes: ASGI and WSGI applications, and resolvers of Powertools.

A mount takes every request under its path that no route of the app takes, so that an application can be moved route by
route. The longest path goes first. What speaks to an application is an adapter in a module of its own, imported by
the first mount that needs it.
"""

from __future__ import annotations

from .. import binding, criteria
from ..errors import ConfigurationError, DuplicateRouteError, HandlerSignatureError
from ..percent import unquote
from ..source import EventSource, Route
from .routes import CALLERS
from .routing import segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any, Literal, Protocol

    from ..invocation import Invocation
    from .request import Request

    class Adapter(Protocol):
        """What speaks to an application, for all places where it is mounted."""

        application: Any

        def serve(self, request: Request, invocation: Invocation, prefix: str) -> Any:
            """The application's Response to a request, or an awaitable of it."""


class Mounts(EventSource):
    """The applications that are mounted on an app.

    `app.mount("/api", application)` gives an application every request for `/api` and what is below it, unless a
    route takes it. `application` is an ASGI 3 or WSGI callable (FastAPI, Starlette, Django, Flask) or a resolver of
    Powertools.
    """

    name = "mount"

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._adapters: list[Adapter] = []

    def __call__(
        self,
        path: str,
        application: Any,
        *,
        host: str | Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
        kind: Literal["asgi", "wsgi"] | None = None,
    ) -> None:
        """Mount an application at a path.

        `kind` says what it is where its signature does not. `host` and `sources` narrow the mount as they do a route.
        ConfigurationError for what is no application, and for a resolver with sources that it cannot answer.
        """
        self.app.check_open(f"app.mount({path!r})")
        prefix = _prefix(path)
        if isinstance(application, type) or not callable(application):
            raise ConfigurationError(
                f"mount takes an ASGI or WSGI application or a Powertools resolver, not {application!r}"
            )
        adapter = self._adapter(application, kind)
        answers = getattr(adapter, "answers", None)
        if answers is not None:
            sources = _narrowed(answers, sources, application)
        self._enter(prefix, adapter, host=host, sources=sources, middleware=middleware, name=name)

    def _adapter(self, application: Any, kind: str | None) -> Adapter:
        """The adapter of an application; one that is mounted twice has one, and is started once."""
        for adapter in self._adapters:
            if adapter.application is application:
                return adapter
        adapter = _adapter(application, kind)
        lifespan = getattr(adapter, "lifespan", None)
        if lifespan is not None:
            self.app.lifespan(lifespan)
        return adapter

    def _enter(
        self,
        prefix: str,
        adapter: Adapter,
        *,
        host: Any,
        sources: Any,
        middleware: Sequence[Callable[..., Any]],
        name: str | None,
    ) -> None:
        if adapter not in self._adapters:
            self._adapters.append(adapter)
        wanted = prefix.split("/")[1:]
        path = criteria.Criterion(
            "path",
            lambda request: request.segments,
            test=lambda seen: seen[: len(wanted)] == wanted,
            written=prefix or "/",
        )
        conditions = [path, *self.app.http.narrowed(host, sources)]
        options = {"adapter": adapter}
        route = Route(
            self,
            adapter.application,
            conditions=conditions,
            name=name,
            middleware=middleware,
            options=options,
        )
        route.compile(
            binding.plan(lambda request, invocation: adapter.serve(request, invocation, prefix), _WORDS)
        )
        self.enter(route)

    def add(
        self,
        handler: Callable[..., Any] | None,
        *,
        criteria: Sequence[criteria.Criterion] = (),
        frame: FrameType | None = None,
        shown: str = "",
        name: str | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        batch: bool = False,
        **options: Any,
    ) -> Route:
        """A mount is no decorator's: ConfigurationError."""
        raise ConfigurationError("an application is mounted with app.mount(path, application)")

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a mount, its path behind the prefix; its lifespan comes with those of its router."""
        path = route.written("path")
        self._enter(
            _prefix(prefix + ("" if path == "/" else path) or "/"),
            route.options["adapter"],
            host=route.written("host"),
            sources=route.written("sources"),
            middleware=route.middleware,
            name=route.name,
        )

    def enter(self, route: Route) -> None:
        """Put a finished mount among the others: long paths first, and what asks for more before what does not."""
        mounts: list[Route] = self.app.http.mounts
        for other in mounts:
            if frozenset(other.conditions) == frozenset(route.conditions):
                raise DuplicateRouteError(f"{route!r} is at the place of {other!r}; remove one of them")
        mounts.append(route)
        mounts.sort(key=_rank)
        self.routes.append(route)
        self.app.register(route, *(getattr(self.app, name) for name in CALLERS))


_WORDS = binding.Vocabulary(source=Mounts.name, parts={"request": lambda request: request})


def _rank(mount: Route) -> tuple[int, int]:
    path = mount.written("path")
    return -len(segments(path) if path != "/" else ()), -len(mount.conditions)


def _prefix(path: Any) -> str:
    """The path of a mount as what comes before the application's own paths: without a slash at its end."""
    if not isinstance(path, str) or not path.startswith("/"):
        raise ConfigurationError(f'a mount has a path that starts with a slash, as in "/api"; not {path!r}')
    prefix = path.removesuffix("/")
    if set(prefix) & set("{}?#") or any(part in ("", ".", "..") for part in prefix.split("/")[1:]):
        raise ConfigurationError(f"{path!r}: the path of a mount is plain text, without parameters and query")
    if unquote(prefix) != prefix:
        raise ConfigurationError(f"{path!r}: write the path decoded, {unquote(prefix)!r}")
    return prefix


def _adapter(application: Any, kind: str | None) -> Adapter:
    found = kind or _kind(application)
    if found == "asgi":
        from .asgi import Asgi

        return Asgi(application)
    if found == "wsgi":
        from .wsgi import Wsgi

        return Wsgi(application)
    if found == "resolver":
        from .resolver import Resolver

        return Resolver(application)
    raise ConfigurationError(f'kind is "asgi" or "wsgi", not {kind!r}')


def _kind(application: Any) -> str:
    """What an application is, by what it is called with: three arguments are ASGI's, two are WSGI's."""
    try:
        found = binding.signature(application)
    except HandlerSignatureError:
        raise _unclear(application) from None
    if _is_of_powertools(application) and not found.flags & _COROUTINE:
        return "resolver"
    names = [
        *found.positional_only,
        *(p.name for p in found.parameters if p.default is binding.NOTHING),
    ]
    if names[:1] == ["event"] or names == ["context"]:
        raise ConfigurationError(
            f"{application!r} is a Lambda handler, which takes an event; mount the application that is inside "
            "it, and take over another Router with app.include(other, prefix=...)"
        )
    if len(names) == 3 or (found.flags & _COROUTINE and found.variadic):
        return "asgi"
    if len(names) == 2:
        return "wsgi"
    raise _unclear(application)


_COROUTINE = 0x80


def _unclear(application: Any) -> ConfigurationError:
    return ConfigurationError(
        f"{application!r} takes neither (scope, receive, send) nor (environ, start_response); "
        'if it is an application all the same, say which: kind="asgi" or kind="wsgi"'
    )


def _is_of_powertools(application: Any) -> bool:
    """Whether it is one of Powertools' resolvers: if it is, their module has been imported."""
    return any(cls.__module__.startswith("aws_lambda_powertools.") for cls in type(application).__mro__)


def _narrowed(answers: Sequence[str], sources: Any, resolver: Any) -> Sequence[str]:
    """The sources of a resolver's mount: the one that it is made for, or what was said, if it can answer that."""
    if sources is None:
        return answers[:1]
    given = criteria.texts("sources", sources)
    wrong = sorted(set(given) - set(answers))
    if wrong:
        raise ConfigurationError(
            f"a {type(resolver).__name__} answers requests of {' and '.join(answers)}, not of {' and '.join(wrong)}"
        )
    return given
