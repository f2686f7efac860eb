"""The decorators of HTTP routes, and the table that all six sources look their requests up in."""

from __future__ import annotations

import sys

from .. import criteria
from ..errors import ConfigurationError, DuplicateRouteError, HTTPError
from ..source import EventSource, Route, RouteFactory, quoted
from .parameters import HttpVocabulary
from .routing import Template, Trie, UnsafePathError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..binding import Vocabulary
    from .request import Request
    from .routing import Targets

CALLERS = ("api_gateway_rest", "api_gateway_http", "function_url", "alb", "vpc_lattice", "vpc_lattice_v2")
"""The sources that send HTTP requests."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Http(EventSource):
    """The HTTP routes of an app.

    `@app.http("/orders/{order_id:int}", methods=["GET", "HEAD"])`. A path is matched by specificity: text
    before typed parameters (`int`, `float`, `uuid`), typed before plain ones, and `{rest:path}` last. `host`
    narrows a route to host names or globs, `sources` to some of the six sources; such a route goes before one
    without.
    """

    name = "http"

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._trie = Trie()
        self._by_shape: dict[tuple[tuple[str, str], ...], list[Route]] = {}
        self._callers = {name: getattr(app, name) for name in CALLERS}

    def __call__(
        self,
        path: str,
        *,
        methods: Sequence[str],
        host: str | Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """A route for one path and several methods."""
        if isinstance(methods, str) or not methods or not all(isinstance(m, str) and m for m in methods):
            raise ConfigurationError(f'methods is a list such as ["GET", "POST"], not {methods!r}')
        shown = f"app.http({_shown(path)}, methods={list(methods)!r})"
        return self.factory(
            path, methods, shown, host=host, sources=sources, middleware=middleware, name=name
        )

    def factory(
        self, path: str, methods: Sequence[str], shown: str, *, host: Any, sources: Any, **options: Any
    ) -> RouteFactory:
        """The route factory under `http` and every verb."""
        if callable(path):
            raise ConfigurationError(
                f'write @{shown.partition("(")[0]}("/path") with a path above the handler'
            )
        return RouteFactory(
            self,
            shown=shown,
            criteria=self._criteria(Template(path), methods, host, sources),
            **options,
        )

    def _criteria(
        self, template: Template, methods: Sequence[str], host: Any, sources: Any
    ) -> list[criteria.Criterion]:
        allowed = tuple(dict.fromkeys(sys.intern(method.upper()) for method in methods))
        path = criteria.Criterion(
            "path", lambda request: request.segments, test=template.matches, written=template.text
        )
        method = criteria.Criterion(
            "methods", lambda request: request.method, test=allowed.__contains__, written=sorted(allowed)
        )
        return [path, method, *criteria.glob("host", _host, _lower(host)), *self._sources(sources)]

    def _sources(self, sources: Any) -> tuple[criteria.Criterion, ...]:
        if sources is None:
            return ()
        names = criteria.texts("sources", sources)
        for name in names:
            if name not in self._callers:
                raise ConfigurationError(f"{name!r} sends no HTTP requests; {', '.join(CALLERS)} do")
        return criteria.glob("sources", lambda request: request.source, names)

    def vocabulary(self, route: Route) -> Vocabulary:
        """What a handler of this path may ask for."""
        return HttpVocabulary(Template(route.written("path")).names)

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route, its path behind the prefix."""
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise ConfigurationError(
                f'prefix is a path such as "/v1", without a slash at its end; not {prefix!r}'
            )
        path = route.written("path")
        found = self._criteria(
            Template(prefix if prefix and path == "/" else prefix + path),
            route.written("methods"),
            route.written("host"),
            route.written("sources"),
        )
        self.enter(route.taken_by(self, found))

    def enter(self, route: Route) -> None:
        """Put a finished route into the trie, and the six sources into the app's table."""
        template = Template(route.written("path"))
        methods = route.written("methods")
        twins = self._by_shape.setdefault(template.shape, [])
        for other in twins:
            shared = set(methods) & set(other.written("methods"))
            if shared and self.same(other, route):
                raise DuplicateRouteError(
                    f"{route!r} and {other!r} both answer {', '.join(sorted(shared))} of this path; "
                    "remove one of them"
                )
        twins.append(route)
        self.routes.append(route)
        target = Target(route, template.names)
        for method in methods:
            rows = self._trie.rows(template, method)
            rows.append(target)
            rows.sort(key=lambda row: -len(row.conditions))
        self.app.register(route, *self._callers.values())

    def same(self, one: Route, other: Route) -> bool:
        """Whether two routes are for the same hosts and sources."""
        return all(criteria.same(one.written(label), other.written(label)) for label in ("host", "sources"))

    def find(self, request: Request) -> Route | None:
        """The route of the request, its `path_params` filled in; where none matches the default route, or
        None. HTTPError 400 for a path that a catch-all must not be given."""
        targets, values = self._trie.straight(request.segments)
        rows = targets.get(request.method) if targets is not None else None
        if rows and not rows[0].conditions:
            request.path_params = rows[0].named(values)
            return rows[0].route  # type: ignore[no-any-return]
        return self._search(request)

    def _search(self, request: Request) -> Route | None:
        method = request.method

        def accept(targets: Targets, values: tuple[Any, ...]) -> Route | None:
            for target in targets.get(method, ()):
                if not target.conditions or target.holds(request):
                    request.path_params = target.named(values)
                    return target.route  # type: ignore[no-any-return]
            return None

        try:
            route: Route | None = self._trie.find(request.segments, accept)
        except UnsafePathError:
            raise HTTPError(400, "the path is not safe") from None
        return self.app.default_route if route is None else route

    def unmatched(self, request: Request) -> HTTPError:
        """Why there is no route: 405 with the methods that the path does have, or 404."""
        methods: set[str] = set()

        def collect(targets: Targets, values: tuple[Any, ...]) -> None:
            methods.update(m for m, rows in targets.items() if any(target.holds(request) for target in rows))

        self._trie.find(request.segments, collect)
        return HTTPError(405, headers={"allow": ", ".join(sorted(methods))}) if methods else HTTPError(404)


class Target:
    """A route as the trie leads to it: the names of what its path captures, and what else it demands."""

    __slots__ = ("conditions", "names", "route")

    def __init__(self, route: Route, names: Sequence[str]) -> None:
        self.route = route
        self.names = tuple(names)
        self.conditions = tuple(c for c in route.conditions if c.label not in ("path", "methods"))

    def named(self, values: Sequence[Any]) -> dict[str, Any]:
        """What the path captured, by name."""
        if len(values) == 1:
            return {self.names[0]: values[0]}
        return dict(zip(self.names, values, strict=True))

    def holds(self, request: Request) -> bool:
        """Whether host and source are the route's."""
        return all(c.holds(request) for c in self.conditions)


def _lower(host: Any) -> Any:
    if isinstance(host, list | tuple | set | frozenset):
        return [_lower(one) for one in host]
    return host.lower() if isinstance(host, str) else host


def _host(request: Request) -> str:
    host: str = request.headers.get("host", "")
    return host.lower().partition(":")[0]


def _shown(path: Any) -> str:
    return quoted(path) if isinstance(path, str) else "..."


class Verb:
    """The decorator of one HTTP method: `@app.get("/orders/{order_id}")`."""

    method = "GET"

    def __init__(self, app: Any) -> None:
        self.http: Http = app.http

    def __call__(
        self,
        path: str,
        *,
        host: str | Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """A route for this method of one path; see `http`."""
        shown = f"app.{self.method.lower()}({_shown(path)})"
        return self.http.factory(
            path, [self.method], shown, host=host, sources=sources, middleware=middleware, name=name
        )


class Get(Verb):
    """The decorator of GET routes."""


class Post(Verb):
    """The decorator of POST routes."""

    method = "POST"


class Put(Verb):
    """The decorator of PUT routes."""

    method = "PUT"


class Patch(Verb):
    """The decorator of PATCH routes."""

    method = "PATCH"


class Delete(Verb):
    """The decorator of DELETE routes."""

    method = "DELETE"


class Head(Verb):
    """The decorator of HEAD routes."""

    method = "HEAD"


class Options(Verb):
    """The decorator of OPTIONS routes."""

    method = "OPTIONS"
