"""The decorators of HTTP routes, and the table that all six sources look their requests up in."""

from __future__ import annotations

import sys

from .. import binding, criteria
from ..errors import ConfigurationError, DuplicateRouteError, HandlerSignatureError, HTTPError
from ..source import EventSource, Route, RouteFactory, quoted
from .parameters import HttpVocabulary
from .routing import Converters, Template, Trie, UnsafePathError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any, Literal, TypeVar, Unpack

    from ..binding import Vocabulary
    from .openapi import Description
    from .request import Request
    from .response import Response
    from .routing import Convert, Targets

    Known = Route | Literal[False]
    """A route, or False where one demands more than a method and a path, and has to be searched for."""
    Shortcuts = tuple[dict[str, Known], dict[str, tuple[Convert, str, Known]]]
    """Where the requests with one method go: by a path that is text throughout, and by the text before a parameter that
    ends the path."""

    C = TypeVar("C", bound=Callable[[str], Any])

CALLERS = ("api_gateway_rest", "api_gateway_http", "function_url", "alb", "vpc_lattice", "vpc_lattice_v2")
"""The sources that send HTTP requests."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

DESCRIPTION = frozenset(
    {
        "deprecated",
        "description",
        "include_in_schema",
        "operation_id",
        "responses",
        "security",
        "summary",
        "tags",
    }
)
"""What every decorator may say for the OpenAPI document alone."""


class Http(EventSource):
    """The HTTP routes of an app.

    `@app.http("/orders/{order_id:int}", methods=["GET", "HEAD"])`. A path is matched by specificity: text
    before typed parameters (`int`, `float`, `uuid`, own ones), typed before plain ones, and `{rest:path}` last.
    `host` narrows a route to host names or globs, `sources` to some of the six sources; such a route goes before
    one without. A GET route answers HEAD too, and OPTIONS is answered with the methods of the path; own routes for
    them go first.
    """

    name = "http"

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.converters = Converters()
        self._template = Template("/")
        self._trie = Trie(self.converters)
        self._shortcuts: dict[str, Shortcuts] = {}
        self._by_shape: dict[tuple[tuple[str, str], ...], list[Route]] = {}
        self._callers = {name: getattr(app, name) for name in CALLERS}
        self.mounts: list[Route] = []
        """The applications that take what no route does, in the order in which they are asked."""

    def __call__(
        self,
        path: str,
        *,
        methods: Sequence[str],
        host: str | Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
        response_model: Any = None,
        status: int | None = None,
        **description: Unpack[Description],
    ) -> RouteFactory:
        """A route for one path and several methods.

        `status` is that of success, `response_model` what a body is made of, checked and without other fields;
        `description` is for the OpenAPI document.
        """
        if isinstance(methods, str) or not methods or not all(isinstance(m, str) and m for m in methods):
            raise ConfigurationError(f'methods is a list such as ["GET", "POST"], not {methods!r}')
        shown = f"app.http({_shown(path)}, methods={list(methods)!r})"
        return self.factory(
            path,
            methods,
            shown,
            host=host,
            sources=sources,
            middleware=middleware,
            name=name,
            **_promised(response_model, status),
            **_described(shown, description),
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
            criteria=self._criteria(self.template(path), methods, host, sources),
            **options,
        )

    def template(self, path: object) -> Template:
        """A path as a template that may name this app's own converters; the last one is kept, for a route asks
        for its own several times."""
        if self._template.text != path:
            self._template = Template(path, self.converters)
        return self._template

    def _criteria(
        self, template: Template, methods: Sequence[str], host: Any, sources: Any
    ) -> list[criteria.Criterion]:
        allowed = tuple(dict.fromkeys(sys.intern(method.upper()) for method in methods))
        path = criteria.Criterion("path", _segments, test=template.matches, written=template.text)
        answered = (*allowed, "HEAD") if "GET" in allowed else allowed
        method = criteria.Criterion("methods", _method, test=answered.__contains__, written=sorted(allowed))
        return [
            path,
            method,
            *self.narrowed(host, sources),
            *self._slash(template),
        ]

    def narrowed(self, host: Any, sources: Any) -> list[criteria.Criterion]:
        """What `host` and `sources` demand of a request."""
        return [*criteria.glob("host", _host, _lower(host)), *self._sources(sources)]

    def _sources(self, sources: Any) -> tuple[criteria.Criterion, ...]:
        if sources is None:
            return ()
        names = criteria.texts("sources", sources)
        for name in names:
            if name not in self._callers:
                raise ConfigurationError(f"{name!r} sends no HTTP requests; {', '.join(CALLERS)} do")
        return criteria.glob("sources", lambda request: request.source, names)

    def _slash(self, template: Template) -> tuple[criteria.Criterion, ...]:
        """Whether the path ends in a slash as the template does, where the app is strict about that."""
        ends = template.text.endswith("/")
        if self.app.trailing_slash == "same" or template.text == "/" or template.segments[-1][0] == "path":
            return ()
        return (criteria.Criterion(_SLASH, _ends_in_slash, test=ends.__eq__, written=ends),)

    def vocabulary(self, route: Route) -> Vocabulary:
        """What a handler of this path may ask for."""
        words = HttpVocabulary(self.template(route.written("path")).kinds)
        route.options["inputs"] = words.inputs
        return words

    def add(
        self, handler: Callable[..., Any] | None, *, frame: FrameType | None = None, **options: Any
    ) -> Route:
        """Register one route, and keep what its result is annotated with where only the frame can tell."""
        if handler is not None and options.get("response_model") is not None:
            from .promise import resolved

            options["response_model"] = resolved(options["response_model"], frame)
        route = super().add(handler, frame=frame, **options)
        if handler is not None and frame is not None and frame.f_locals is not frame.f_globals:
            _keep_local_result(route, frame)
        return route

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route, its path behind the prefix."""
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise ConfigurationError(
                f'prefix is a path such as "/v1", without a slash at its end; not {prefix!r}'
            )
        path = route.written("path")
        self._share(route)
        template = self.template(prefix if prefix and path == "/" else prefix + path)
        found = self._criteria(
            template, route.written("methods"), route.written("host"), route.written("sources")
        )
        taken = route.taken_by(self, found)
        if "{" in prefix and taken.handler is not None:
            shown = f"app.include(..., prefix={quoted(prefix)})"
            taken.compile(binding.plan(taken.handler, self.vocabulary(taken), shown=shown))
        self.enter(taken)

    def _share(self, route: Route) -> None:
        """Take over the own converters that the template of another router's route names."""
        other: Http = route.room  # type: ignore[assignment]
        for kind in other.template(route.written("path")).kinds.values():
            if kind in other.converters.own:
                self.converters.register(kind, other.converters.own[kind])

    def enter(self, route: Route) -> None:
        """Put a finished route into the trie, and the six sources into the app's table."""
        if route.plan is not None and not _PROMISES.isdisjoint(route.options):
            from .promise import promised

            model, status = route.options.get("response_model"), route.options.get("status")
            route.compile(promised(route.plan, model=model, status=status))
        template = self.template(route.written("path"))
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
        targets = self._trie.targets(template)
        for method in methods:
            _insert(targets.setdefault(method, []), target)
        if "GET" in methods and "HEAD" not in methods:
            target = Target(route, template.names, automatic=True)
            _insert(targets.setdefault("HEAD", []), target)
        self._note(template)
        self.app.register(route, *self._callers.values())

    def _note(self, template: Template) -> None:
        """Have `find` know the shortcut to a path that is text throughout or has one parameter, at its end."""
        above = self._trie.above(template)
        kind, name = template.segments[-1]
        if above is None or kind == "path":
            return
        text, node = above
        if text and not name:  # it reads as a shorter path with a slash at its end
            return
        if not kind:
            for method, (first, *_) in self._trie.targets(template).items():
                self._shortcut(method)[0][f"{text}/{name}"] = first.known
            return
        for _, convert, child in reversed(node.typed or ()):
            for method, (first, *_) in (child.ends or {}).items():
                self._shortcut(method)[1][text] = convert, first.names[0], first.known

    def _shortcut(self, method: str) -> Shortcuts:
        return self._shortcuts.setdefault(method, ({}, {}))

    def same(self, one: Route, other: Route) -> bool:
        """Whether two routes are for the same hosts, sources and ends of the path."""
        labels = ("host", "sources", _SLASH)
        return all(criteria.same(one.written(label), other.written(label)) for label in labels)

    def find(self, request: Request) -> Route | None:
        """The route of the request, its `path_params` filled in; where none matches the default route, or
        None. HTTPError 400 for a path that a catch-all must not be given."""
        shortcuts = self._shortcuts.get(request.method)
        if shortcuts is not None and request.decoded is None:
            texts, places = shortcuts
            path = request.path
            route = texts.get(path)
            if route:
                return route
            if route is None:
                before, _, last = path.rpartition("/")
                place = places.get(before)
                if place is not None:
                    convert, name, known = place
                    value = convert(last)
                    if value is not None and known:
                        request.path_params = {name: value}
                        return known
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
        if route is not None or self._redirects(request):
            return route
        for mount in self.mounts:
            if mount.matches(request):
                return mount
        default: Route | None = self.app.default_route
        return default

    def _redirects(self, request: Request) -> bool:
        """Whether a slash at the end, more or less, is all that keeps the request from a route."""
        if self.app.trailing_slash != "redirect" or request.segments[-1] in ("", ".", ".."):
            return False

        def accept(targets: Targets, values: tuple[Any, ...]) -> bool | None:
            rows = targets.get(request.method, ())
            return any(target.holds(request, but=_SLASH) for target in rows) or None

        return self._trie.find(request.segments, accept) is True

    def unmatched(self, request: Request) -> Response:
        """The answer where there is no route: 308 to the path with another end, 204 to OPTIONS with the methods of
        the path; HTTPError 405 with these methods, or 404."""
        from .response import Response

        if self._redirects(request):
            return Response(status=308, headers={"location": _other_end(request)})
        methods = self.methods(request)
        if not methods:
            raise HTTPError(404)
        allow = {"allow": ", ".join(sorted(methods | {"OPTIONS"}))}
        if request.method == "OPTIONS":
            return Response(status=204, headers=allow)
        raise HTTPError(405, headers=allow)

    def methods(self, request: Request) -> set[str]:
        """The methods that the path of the request has routes for; empty where it has none."""
        methods: set[str] = set()

        def collect(targets: Targets, values: tuple[Any, ...]) -> None:
            methods.update(m for m, rows in targets.items() if any(target.holds(request) for target in rows))

        self._trie.find(request.segments, collect)
        return methods


class Target:
    """A route as the trie leads to it: the names of what its path captures, and what else it demands.

    `automatic` is what answers a method that its route does not name: it is tried behind what does.
    """

    __slots__ = ("automatic", "conditions", "names", "route")

    def __init__(self, route: Route, names: Sequence[str], *, automatic: bool = False) -> None:
        self.route = route
        self.names = tuple(names)
        self.conditions = tuple(c for c in route.conditions if c.label not in ("path", "methods"))
        self.automatic = automatic

    @property
    def known(self) -> Known:
        """The route, False where it demands more than a method and a path."""
        return False if self.conditions else self.route

    def named(self, values: Sequence[Any]) -> dict[str, Any]:
        """What the path captured, by name."""
        return dict(zip(self.names, values, strict=True))

    def holds(self, request: Request, *, but: str = "") -> bool:
        """Whether host, source and the path's end are the route's; `but` names what is not looked at."""
        return all(c.holds(request) for c in self.conditions if c.label != but)


def _insert(rows: list[Target], target: Target) -> None:
    rows.append(target)
    if len(rows) > 1:
        rows.sort(key=_order)


def _order(target: Target) -> tuple[bool, int, int, int]:
    """Host names go before globs, long globs before short ones, and no host comes last; then more demands before
    fewer."""
    host = target.route.written("host")
    globs = [len(one) for one in criteria.each(host) if "*" in one] if host is not None else []
    kind = 2 if host is None else 1 if globs else 0
    return target.automatic, kind, -min(globs, default=0), -len(target.conditions)


_SLASH = "trailing_slash"


def _segments(request: Request) -> list[str]:
    return request.segments


def _method(request: Request) -> str:
    return request.method


def _ends_in_slash(request: Request) -> bool:
    return request.raw_path.endswith("/")


def _other_end(request: Request) -> str:
    """The path of the request with a slash at its end taken off or put there, and its query, as a reference that is
    relative to it: it stays below a stage or base path that is not in the event, and on the same host."""
    from urllib.parse import quote, urlencode

    last = quote(request.segments[-1], safe="")
    path = f"../{last}" if _ends_in_slash(request) else f"./{last}/"
    query = urlencode(request.query.pairs(), errors="replace")
    return f"{path}?{query}" if query else path


def _lower(host: Any) -> Any:
    if isinstance(host, list | tuple | set | frozenset):
        return [_lower(one) for one in host]
    return host.lower() if isinstance(host, str) else host


def _host(request: Request) -> str:
    host: str = request.headers.get("host", "").lower()
    if host.startswith("["):  # an IPv6 address has colons of its own
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].removesuffix(".")


def _keep_local_result(route: Route, frame: FrameType) -> None:
    """The annotation of the result of a handler in a function: its names are gone when a document is made."""
    result = binding.Parameter("return", default=binding.NOTHING, function=route.handler)
    try:
        route.options["returns"] = binding.annotation_of(result, frame)
    except HandlerSignatureError:
        return


_PROMISES = frozenset({"response_model", "status"})


def _promised(model: Any, status: Any) -> dict[str, Any]:
    """The options of a route that says what its answers are; none for one that does not."""
    given = {"response_model": model, "status": status}
    return {name: value for name, value in given.items() if value is not None}


def _described(shown: str, description: Any) -> Any:
    for name in description:
        if name not in DESCRIPTION:
            raise TypeError(f"{shown.partition('(')[0]}() got an unexpected keyword argument {name!r}")
    return description


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
        response_model: Any = None,
        status: int | None = None,
        **description: Unpack[Description],
    ) -> RouteFactory:
        """A route for this method of one path; see `http`."""
        shown = f"app.{self.method.lower()}({_shown(path)})"
        return self.http.factory(
            path,
            [self.method],
            shown,
            host=host,
            sources=sources,
            middleware=middleware,
            name=name,
            **_promised(response_model, status),
            **_described(shown, description),
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


class Converter:
    """Registers own converters of path parameters: `@app.converter("sku")` above a function of the text."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, name: str) -> Callable[[C], C]:
        """The name that templates say after the colon: `"/products/{sku:sku}"`.

        The function gets one decoded segment that is not empty and returns the value that handlers get; where it
        raises ValueError or returns None, the path is not the template's, and others are tried.
        """
        self.app.check_open(f'app.converter("{name}")')

        def register(convert: C) -> C:
            self.app.http.converters.register(name, convert)
            return convert

        return register
