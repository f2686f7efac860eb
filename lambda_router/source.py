"""What a room must provide: an event source, its routes, and the lazy line that puts it on the router."""

from __future__ import annotations

import sys

from . import binding, call
from .errors import ConfigurationError, DispatchError, DuplicateRouteError, UnknownEventError
from .outcomes import Drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType
    from typing import Any, ClassVar, Generic, TypeVar, overload

    from .criteria import Criterion
    from .invocation import Invocation

    T = TypeVar("T")
    F = TypeVar("F", bound=Callable[..., Any])
    Getter = Callable[[Any], Any]

    class Lazy(Generic[T]):
        """One source on a router: `sqs: Lazy[Sqs] = Lazy("lambda_router.sources.sqs:Sqs")`, imported on first use.

        `carrier` says that its records may carry other sources' events, `remainder` that its `takes` is asked about events
        that no source claims.
        """

        path: str
        carrier: bool
        remainder: bool

        def __init__(self, path: str, *, carrier: bool = False, remainder: bool = False) -> None: ...
        @overload
        def __get__(self, instance: None, owner: type) -> Lazy[T]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> T: ...
        def __get__(self, instance: Any, owner: type) -> Any: ...
        def __set__(self, instance: object, value: T) -> None: ...
        def load(self) -> type[T]:
            """The class behind the line, imported now."""
            ...

else:

    class Lazy:
        """One source on a router: `sqs: Lazy[Sqs] = Lazy("lambda_router.sources.sqs:Sqs")`, imported on first use.

        `carrier` says that its records may carry other sources' events, `remainder` that its `takes` is asked about events
        that no source claims.
        """

        def __init__(self, path, *, carrier=False, remainder=False):
            self.path = path
            self.carrier = carrier
            self.remainder = remainder

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, instance, owner):
            if instance is None:
                return self
            room = instance.__dict__[self.name] = self.load()(instance)
            return room

        def load(self):
            """The class behind the line, imported now."""
            module, _, name = self.path.partition(":")
            __import__(module)
            return getattr(sys.modules[module], name)


def field(*path: str) -> Getter:
    """A getter of one value of a record: `field("s3", "bucket", "name")`; None where there is no such value."""
    if len(path) == 1:
        (key,) = path
        return lambda subject: subject.get(key)
    if len(path) == 2:
        outer, key = path

        def inner(subject: Any) -> Any:
            held = subject.get(outer)
            return held.get(key) if isinstance(held, dict) else None

        return inner

    def get(subject: Any) -> Any:
        for key in path:
            if not isinstance(subject, dict):
                return None
            subject = subject.get(key)
        return subject

    return get


class Route:
    """One row of `app.routes`: criteria, a handler and the plan that binds it.

    `source` names the event source, `criteria` is what was written in the decorator, by label, `handler` the function
    as it was given (None for a route made by `.drop()`), `name` what messages call it.
    """

    __slots__ = (
        "batch",
        "call",
        "conditions",
        "handler",
        "judged",
        "middleware",
        "name",
        "options",
        "plan",
        "rest",
        "room",
    )

    def __init__(
        self,
        room: EventSource,
        handler: Callable[..., Any] | None,
        *,
        conditions: Sequence[Criterion] = (),
        name: str | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        batch: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.room = room
        self.handler = handler
        self.conditions = tuple(conditions)
        self.middleware = tuple(middleware)
        self.batch = batch
        self.options = dict(options or {})
        called = "drop" if handler is None else getattr(handler, "__qualname__", type(handler).__name__)
        self.name = name or str(called)
        self.judged = False
        """Whether its failures have been put to the app's exception handlers already."""
        self.rest = tuple(c for c in self.conditions if c.label != room.index)
        self.plan: binding.Plan | None = None
        self.call: Callable[[Any, Invocation], Any] = call.drop

    @property
    def source(self) -> str:
        """The name of the event source."""
        return self.room.name

    @property
    def criteria(self) -> dict[str, Any]:
        """The criteria as written, by label."""
        return {c.label: c.written for c in self.conditions}

    def written(self, label: str) -> Any:
        """The criterion of this label as written, or None."""
        return next((c.written for c in self.conditions if c.label == label), None)

    def compile(self, plan: binding.Plan | None) -> None:
        """Make `call` out of the plan, the dependencies and the middleware; done when the decorator runs."""
        self.plan = plan
        if plan is not None:
            self.call = call.compose(self, plan)

    def taken_by(self, room: EventSource, conditions: Sequence[Criterion]) -> Route:
        """This route as another router's room registers it."""
        route = Route(
            room,
            self.handler,
            conditions=conditions,
            name=self.name,
            middleware=self.middleware,
            batch=self.batch,
            options=self.options,
        )
        route.compile(self.plan)
        return route

    def matches(self, subject: Any) -> bool:
        """Whether every criterion that is not already decided by the index holds for the record."""
        for criterion in self.rest:
            if not criterion.holds(subject):
                return False
        return True

    def __repr__(self) -> str:
        criteria = ", ".join(map(repr, self.conditions))
        target = "dropped" if self.handler is None else self.name
        return f"<{self.source}({criteria}) -> {target}>"


class RouteFactory:
    """What a source decorator returns: call it with the handler, or `.drop()` to settle what matches on purpose."""

    __slots__ = ("_arguments", "_shown", "_source")

    def __init__(self, source: EventSource, *, shown: str, **arguments: Any) -> None:
        self._source = source
        self._shown = shown
        self._arguments = arguments

    def __call__(self, handler: F) -> F:
        """Register the handler and return it unchanged."""
        if not callable(handler):
            raise ConfigurationError(f"@{self._shown} decorates a function, not {type(handler).__name__}")
        self._source.add(handler, frame=sys._getframe(1), shown=self._shown, **self._arguments)
        return handler

    def drop(self) -> None:
        """Settle what matches without handling it; the route is listed in `app.routes` and counted."""
        self._source.add(None, frame=None, shown=self._shown, **self._arguments)


class EventSource:
    """One event source: an envelope, the answer that its caller expects and what an exception becomes.

    A room subclasses this (or `RecordSource`, `PolledSource` of `batch.py`, `HttpSource` of `http/source.py`) and
    fills in the class attributes; `__call__` is its decorator and ends in `return self.route(...)`.
    """

    name: ClassVar[str]
    """What `detect` calls it."""
    marks: ClassVar[tuple[str, ...]] = ()
    """Where to look it up: `Records[0].eventSource=aws:sqs`, `eventSource=aws:kafka`, `requestContext.elb`, a key."""
    parts: Mapping[str, Getter] = {}
    """The values that a handler may ask for by name, each a getter of the subject."""
    content: Mapping[str, Getter] = {}
    """The parts that hold a document as text or bytes: read as JSON unless annotated `str` or `bytes`."""
    payload: str | None = None
    """The part that a structured parameter with a free name receives."""
    index: str | None = None
    """The label of the criterion whose value is the same for all records of one sender, so that matches are cached."""
    synchronous: bool = True
    """Whether somebody waits for the result."""
    records: bool = False
    """Whether an event holds records that are matched and handled one by one."""
    takes_none: bool = False
    """Whether None is an answer that an exception handler may give; else it leaves the failure as it is."""
    shows_errors: bool = False
    """Whether the caller shows the text of an exception to people, so that it is concealed unless it is public."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.routes: list[Route] = []
        self._candidates: dict[Any, tuple[Route, ...]] = {}

    # -- detect ------------------------------------------------------------------------------------------------

    @staticmethod
    def recognise(event: Any) -> bool:
        """Whether the event is this source's, judged alone and without regard to other sources; never raises."""
        raise NotImplementedError

    def takes(self, event: Any) -> bool:
        """Whether a route of this source takes an event that no source claims; asked where its line says `remainder`."""
        return False

    def carried(self, document: Any, raw: Any) -> Any:
        """This source's event as another's record carries it, None if it does not.

        `document` is the JSON value in the record, `raw` the text or bytes that it was read from. What a caller waits
        for is never taken out of a record.
        """
        return document if not self.synchronous and self.recognise(document) else None

    def wrapped(self, subject: Any) -> Any:
        """The text or bytes in which a record may carry another source's event; None where it cannot."""
        return None

    def noise(self, event: Any) -> bool:
        """Whether the event is infrastructure noise that is answered without a route."""
        return False

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The caller's own id of this call, where it sends one."""
        return None

    # -- match -------------------------------------------------------------------------------------------------

    def subjects(self, event: Any) -> Sequence[Any]:
        """What is matched and handled one by one: the records of the event, or the event itself."""
        return (event,)

    def envelope(self, event: Any, subject: Any) -> Any:
        """What a handler gets as `event`: where there are records, the envelope with this record alone."""
        return event

    def key(self, subject: Any) -> Any:
        """The value that `index` is about, as sent; None without an index."""
        return None

    def match(self, subject: Any) -> Route | None:
        """The first registered route whose criteria hold, else the app's default route, else None."""
        for route in self.candidates(self.key(subject)):
            if route.matches(subject):
                return route
        default: Route | None = self.app.default_route
        return default

    def candidates(self, key: Any) -> tuple[Route, ...]:
        """The routes that the indexed criterion allows; remembered for each sender, of which there are few."""
        try:
            return self._candidates[key]
        except (KeyError, TypeError):
            found = tuple(
                r for r in self.routes if all(c.test(key) for c in r.conditions if c.label == self.index)
            )
            if (key is None or isinstance(key, str)) and len(self._candidates) < 1024:
                self._candidates[key] = found
            return found

    def inside(self, event: Any) -> tuple[EventSource, Any]:
        """Whose routes take the event, and as what: another source's where this one only brings its records."""
        return self, event

    def whole(self, event: Any) -> Route | None:
        """The route that takes the event as a whole, before its records are looked at; None where there is none."""
        return None

    def routes_tried(self, subject: Any) -> Sequence[Route]:
        """The routes of this source, in order."""
        return self.routes

    def suggest(self, subject: Any) -> str:
        """A decorator that would match the subject, to be pasted."""
        return f"@app.{self.name}()"

    def no_route(self, subject: Any) -> DispatchError:
        """The error for a subject that nothing matches: the source, the nearest route and the decorator to write."""
        from .explain import no_route

        return no_route(self, subject)

    def admit(self, invocation: Invocation) -> Any:
        """Read what the answer will depend on, before any user code runs."""

    def skip(self, invocation: Invocation) -> Any:
        """The answer to an event that `warmup` takes for a warm-up ping."""

    def answered(self, exc: BaseException, invocation: Invocation) -> bool:
        """Whether the caller has its answer although this is about to leave the router, so that it need not."""
        return False

    # -- run and shape -----------------------------------------------------------------------------------------

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call; the handler's result."""
        if self.noise(invocation.event):
            return None
        try:
            return self.call(invocation.event, invocation)
        except BaseException as exc:
            if self.synchronous:
                return self.app.handle(exc, invocation)
            raise self.app.verdict(exc, invocation)  # noqa: B904 - the handler's own, or what an exception handler raised

    def call(self, subject: Any, invocation: Invocation) -> Any:
        """The result of the route that takes the event, called with the subject; NoRouteError where there is none."""
        route = self.match(invocation.event)
        if route is None:
            raise self.no_route(invocation.event)
        invocation.route = route
        return call.settle(route.call(subject, invocation))

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The result as the caller's document."""
        from .results import plain

        return plain(result) if self.synchronous else None

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """What an exception becomes: an answer to return, or an exception to raise. A Drop settles the event."""
        if issubclass(type(exc), Drop):  # isinstance would ask the exception for its __class__
            return None
        if self.shows_errors:
            from .failures import concealed

            raise concealed(exc, invocation.correlation_id)
        raise exc

    # -- register ----------------------------------------------------------------------------------------------

    def route(
        self, *criteria: tuple[Criterion, ...], verb: str = "", shown: str | None = None, **options: Any
    ) -> RouteFactory:
        """The route factory that a decorator ends in; `verb` is the decorator's own name after the room's."""
        given = [criterion for some in criteria for criterion in some]
        arguments = ", ".join(written(c, first=c.label == (self.index or "schedule")) for c in given)
        return RouteFactory(
            self, shown=f"{shown or f'app.{self.name}{verb}'}({arguments})", criteria=given, **options
        )

    def add(
        self,
        handler: Callable[..., Any] | None,
        *,
        criteria: Sequence[Criterion] = (),
        frame: FrameType | None = None,
        shown: str = "",
        name: str | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        batch: bool = False,
        **options: Any,
    ) -> Route:
        """Register one route; the primitive under every decorator."""
        self.app.check_open(shown or self.name)
        route = Route(
            self, handler, conditions=criteria, name=name, middleware=middleware, batch=batch, options=options
        )
        if handler is not None:
            route.compile(binding.plan(handler, self.vocabulary(route), frame=frame, shown=shown))
        self.enter(route)
        return route

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route of the same source of another router."""
        self.enter(route.taken_by(self, route.conditions))

    def enter(self, route: Route) -> None:
        """Put a finished route into the tables; DuplicateRouteError if an equal one is there."""
        for other in self.routes:
            if other.conditions == route.conditions and self.same(other, route):
                raise DuplicateRouteError(
                    f"{route!r} has the same criteria as {other!r}, so it could never be reached; "
                    "change a criterion or remove one of them"
                )
        self.routes.append(route)
        self._candidates.clear()
        self.app.register(route, self)

    def same(self, one: Route, other: Route) -> bool:
        """Whether two routes with equal criteria are the same in all else that decides a match."""
        return True

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """What a handler of this source may ask for."""
        return binding.Vocabulary(
            source=self.name,
            parts=self.parts,
            content=self.content,
            payload=self.payload,
            records=self.records,
        )


class Unclaimed(EventSource):
    """Events that no source claims: noise, the default route's, or an error."""

    name = "default"

    def noise(self, event: Any) -> bool:
        """An empty batch needs no answer."""
        return type(event) is dict and event.get("Records") == []

    def routes_tried(self, subject: Any) -> Sequence[Route]:
        """The routes of this source, behind those of others that are asked before about what no source claims."""
        before: list[Route] = []
        for room in self.app.remainder:
            before += room.routes_tried(subject)
        return [*before, *self.routes]

    def suggest(self, subject: Any) -> str:
        """The decorator for whatever nothing takes."""
        return "@app.default"

    def no_route(self, subject: Any) -> DispatchError:
        """Nothing is known of the event, beside how near the routes came that are asked about such events."""
        return self.unknown(subject)

    def unknown(self, event: Any) -> UnknownEventError:
        """The error for an event that no source claims."""
        from .explain import unknown_event

        return unknown_event(self, event)


def rooms(owner: type) -> Iterator[tuple[str, Lazy[Any]]]:
    """Every lazy line of a router class with its attribute's name, subclasses' lines last."""
    seen: set[str] = set()
    for cls in reversed(owner.__mro__):
        for name, line in vars(cls).items():
            if isinstance(line, Lazy) and name not in seen:
                seen.add(name)
                yield name, line


def written(criterion: Criterion, *, first: bool) -> str:
    """A criterion as source text, the first one positional: `"orders"`, `event="ObjectCreated:*"`."""
    value = criterion.written
    text = quoted(value) if isinstance(value, str) else getattr(value, "__qualname__", None) or repr(value)
    return text if first else f"{criterion.label}={text}"


def quoted(text: str) -> str:
    """A Python literal of the text in double quotes, as one would write it in a decorator."""
    return '"' + repr(f'"{text}')[2:-1].replace('"', '\\"') + '"'
