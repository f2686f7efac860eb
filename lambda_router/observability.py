"""What looks on while handlers run: traces, keys of log lines and metrics, by Powertools or OpenTelemetry.

Imported where `Router(tracer=)`, `logger=` or `metrics=` is given, and hooked in when the app has its first event: one layer
around every invocation, outside of all middleware, and one around every call of a handler. An app without these options has
neither. Each option is an `Observer`; whatever goes wrong in one is logged once and never the event's fault.

Names, identifiers, times and the classes of exceptions are told. No payload, no result and no exception's text is.
"""

from __future__ import annotations

import logging
import os
import re
from contextvars import ContextVar
from time import perf_counter

from . import call, middleware
from .errors import ConfigurationError, HTTPError
from .failures import class_name, printable
from .outcomes import Drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Any, Protocol

    from .invocation import Invocation
    from .source import Route

    class OpenTelemetryTracer(Protocol):
        """What `opentelemetry.trace.get_tracer` gives."""

        def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> Any:
            """A context manager with a span in it."""
            ...

    Entered = Any
    Pair = tuple[Callable[[Invocation], Entered], Callable[[Entered, BaseException | None, Invocation], None]]

log = logging.getLogger("lambda_router")

_FAULT: Any = object()


class Observer:
    """One onlooker: `enter` and `leave` are around an invocation, `begin` and `end` around a call of a handler.

    What the first of a pair returns the second is given, with the exception that ended what was looked at, or None.
    """

    option = ""
    """Its name among the router's options."""

    def __init__(self) -> None:
        self.told = False

    def is_on(self) -> bool:
        """Whether there is anything to do; asked once, at the first event."""
        return True

    def enter(self, invocation: Invocation) -> Any:
        """The invocation begins: its source is known."""

    def leave(self, begun: Any, exc: BaseException | None, call: Invocation) -> None:
        """The invocation is over."""

    def begin(self, call: Invocation) -> Any:
        """A handler is about to be called: its route and record are known."""

    def end(self, begun: Any, exc: BaseException | None, call: Invocation) -> None:
        """The call of a handler has run to its end."""

    def guarded(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What the work gives, or `_FAULT`; a fault is logged once, so that it cannot flood a log."""
        try:
            return work(*arguments)
        except Exception as exc:
            level = logging.DEBUG if self.told else logging.WARNING
            self.told = True
            log.log(level, "%s= failed, and no event did: %s", self.option, class_name(exc))
            return _FAULT


class Observers:
    """The onlookers of an app, as layers; ConfigurationError for an option that is not what it should be."""

    def __init__(self, *, tracer: Any = None, logger: Any = None, metrics: Any = None) -> None:
        made = (_tracer(tracer), _logger(logger), _meter(metrics))
        self.observers: list[Observer] = [observer for observer in made if observer is not None]

    def attach(self, routes: Iterable[Route]) -> list[middleware.Layer]:
        """Compile the routes with a layer around every call; the layers around an invocation."""
        found = [o for o in self.observers if o.guarded(o.is_on) is True]
        for route in routes if found else ():
            _compile(route, Watched(found, [(o.begin, o.end) for o in found]))
        return [Watched(found, [(o.enter, o.leave) for o in found]).around] if found else []


class Watched:
    """Layers that have observers look on: `around`, and `around_task` where records run at the same time."""

    def __init__(self, observers: Sequence[Observer], pairs: Sequence[Pair]) -> None:
        self.steps = [(o, *pair) for o, pair in zip(observers, pairs, strict=True)]

    def around(self, invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
        """The synchronous layer."""
        with Watch(self.steps, invocation):
            return call_next(invocation)

    async def around_task(self, invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
        """The asynchronous layer, in the task of its record."""
        with Watch(self.steps, invocation):
            return await call_next(invocation)


class Watch:
    """One invocation or call while it is looked at: begun in order, ended in reverse."""

    __slots__ = ("begun", "invocation", "steps")

    def __init__(self, steps: Sequence[Any], invocation: Invocation) -> None:
        self.steps = steps
        self.invocation = invocation

    def __enter__(self) -> None:
        self.begun = [observer.guarded(begin, self.invocation) for observer, begin, _ in self.steps]

    def __exit__(self, _: object, exc: BaseException | None, __: TracebackType | None) -> None:
        for (observer, _begin, end), begun in zip(reversed(self.steps), reversed(self.begun), strict=True):
            if begun is not _FAULT:
                observer.guarded(end, begun, exc, self.invocation)


def _compile(route: Route, watched: Watched) -> None:
    """Make the route's call anew, from its plan, so that doing it twice does no harm."""
    if route.plan is not None:
        concurrent = (route.options.get("concurrency") or 1) > 1
        layer = watched.around_task if concurrent else watched.around
        route.call = call.compose(route, route.plan, outside=[layer])
    else:
        dropped = middleware.fold([watched.around], lambda inside: call.drop(inside.subject, inside))
        route.call = lambda subject, invocation: dropped(invocation.at(route, subject))


# -- what is told ----------------------------------------------------------------------------------------------


def _source(call: Invocation) -> str:
    """The name of the source as `app.routes` has it: `invoke` and `default` too."""
    return call.room.name if call.room is not None else "default"


def _route(call: Invocation) -> str:
    return printable(call.route.name) if call.route is not None else "default"


def _origins(call: Invocation) -> Iterator[tuple[Any, Any]]:
    """The source and subject of the call, then of the record that carries its event, outwards."""
    yield call.room, call.subject
    carrier = getattr(call.root, "carrier", None)
    while carrier is not None:
        outside, record = carrier
        yield outside.room, record
        carrier = getattr(outside.root, "carrier", None)


def _record_id(call: Invocation) -> str | None:
    """What names the record that can be acknowledged, the outermost; None for a batch or where there are no records."""
    *_, (room, record) = _origins(call)
    identify = getattr(room, "identifier", None)
    found = identify(record) if identify is not None and isinstance(record, dict) else None
    return printable(found) if isinstance(found, str) and found else None


def _correlation_id(call: Invocation) -> str | None:
    # Not the invocation's own property, which would keep for all records what it is asked for one.
    found = call.room.correlation_id(call.event, call.subject) if call.room is not None else None
    return printable(found or call.request_id) if found or call.request_id else None


def _is_cold(invocation: Invocation) -> bool:
    """Whether somebody has waited for the environment; nobody has where its concurrency is provisioned."""
    return (
        invocation.cold_start
        and os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "provisioned-concurrency"
    )


def _status(exc: BaseException) -> int | None:
    """The status of an exception that is an HTTP answer for which the client is to blame."""
    if not issubclass(type(exc), HTTPError):  # isinstance would ask the exception for its __class__
        return None
    status = getattr(exc, "status", 500)
    return status if type(status) is int and status < 500 else None


def _is_failure(exc: BaseException | None) -> bool:
    return exc is not None and not issubclass(type(exc), Drop) and _status(exc) is None


_HEADER = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?=;|$)(?:.*?;Parent=([0-9a-f]{16})(?=;|$))?")


def _linked(call: Invocation) -> tuple[str, str | None] | None:
    """The trace and the segment that sent a message, as SQS hands them on beside the body.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
    """
    for _, record in _origins(call):
        attributes = record.get("attributes") if isinstance(record, dict) else None
        header = attributes.get("AWSTraceHeader") if isinstance(attributes, dict) else None
        found = _HEADER.search(header) if isinstance(header, str) and len(header) < 1_000 else None
        if found is not None:
            return found[1], found[2]
    return None


# -- X-Ray -----------------------------------------------------------------------------------------------------


class XRay(Observer):
    """Subsegments by Powertools' Tracer: one for the invocation, in it one for every call of a handler.

    Neither results nor exceptions' texts are captured, which Powertools' own decorators do. The SDK knows no links between
    traces, so that the trace of a message is an annotation, `linked_trace`; Lambda itself links the traces
    where SQS invokes it.
    """

    option = "tracer"

    def __init__(self, tracer: Any) -> None:
        super().__init__()
        self.tracer = tracer
        self.recorder = tracer.provider
        if self.is_on():
            self.guarded(_isolate, self.recorder)

    def is_on(self) -> bool:
        """Whether Powertools has not switched tracing off, as it does outside of Lambda."""
        return not self.tracer.disabled

    def enter(self, invocation: Invocation) -> Any:
        """Open a subsegment with the name of the source."""
        return self.open(_source(invocation), invocation, {})

    def begin(self, call: Invocation) -> Any:
        """Open a subsegment with the name of the route."""
        facts: dict[str, Any] = {"route": _route(call)}
        if (linked := _linked(call)) is not None:
            facts["linked_trace"] = linked[0]
        return self.open(_route(call), call, facts)

    def open(self, name: str, call: Invocation, facts: dict[str, Any]) -> Any:
        """Open an annotated subsegment, unless the trace is not sampled."""
        if not self.is_sampled():
            return None
        manager = self.recorder.in_subsegment(name=f"## {_segment_name(name)}")
        subsegment = manager.__enter__()
        try:
            for key, value in {"source": _source(call), **facts, "cold_start": _is_cold(call)}.items():
                subsegment.put_annotation(key, value)
            if call.route is not None and (identifier := _record_id(call)) is not None:
                subsegment.put_metadata("record_id", identifier, "lambda_router")
        except BaseException:
            manager.__exit__(None, None, None)
            raise
        return manager, subsegment

    def is_sampled(self) -> bool:
        """Whether what would be opened is sent; where there is no trace the SDK warns of every subsegment."""
        current = getattr(self.recorder, "get_trace_entity", None)
        return current is None or bool(getattr(current(), "sampled", False))

    def end(self, begun: Any, exc: BaseException | None, call: Invocation) -> None:
        """Close the subsegment, with the class of the exception and where it was raised."""
        if begun is None:
            return
        manager, subsegment = begun
        try:
            if exc is not None:
                self.blame(subsegment, exc)
        finally:
            manager.__exit__(None, None, None)

    leave = end

    def blame(self, subsegment: Any, exc: BaseException) -> None:
        """Say what has failed: a fault, or the client's error; a Drop is neither."""
        from traceback import extract_tb

        if (status := _status(exc)) is not None:
            subsegment.apply_status_code(status)
        elif _is_failure(exc):
            # What is told of an exception is its own text as well: it is told of one that has none.
            nameless = type(class_name(exc), (Exception,), {})()
            subsegment.add_exception(nameless, extract_tb(exc.__traceback__, limit=-_FRAMES))


_FRAMES = 10


def _segment_name(name: str) -> str:
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
    return re.sub(r"[^\w\s.:/%&#=+\\\-@]", "", name)[:190]


def _isolate(recorder: Any) -> None:
    """Have the X-Ray SDK keep what is open in the context, as tasks that run at the same time each have their own.

    It keeps it in the thread, so that of two tasks one would close what the other has opened
    (https://github.com/aws/aws-xray-sdk-python/issues/164).
    """
    from threading import local

    context = getattr(recorder, "context", None)
    kept = getattr(context, "_local", None)
    if type(kept) is local:
        vars(context)["_local"] = _Kept(vars(kept))


class _Kept:
    """The SDK's thread-local, in a context variable: `segment`, and `entities` that are open, the innermost last."""

    __slots__ = ("_state",)

    def __init__(self, before: dict[str, Any]) -> None:
        self._state: ContextVar[Any] = ContextVar("lambda_router_xray", default=(None, ()))
        self._state.set((before.get("segment"), tuple(before.get("entities", ()))))

    @property
    def segment(self) -> Any:
        return self._state.get()[0]

    @segment.setter
    def segment(self, segment: Any) -> None:
        self._state.set((segment, self._state.get()[1]))

    @property
    def entities(self) -> _Entities:
        return _Entities(self._state)

    @entities.setter
    def entities(self, entities: Iterable[Any]) -> None:
        self._state.set((self._state.get()[0], tuple(entities)))

    @property
    def __dict__(self) -> Any:  # type: ignore[override] # the SDK clears what is in it
        return self

    def clear(self) -> None:
        self._state.set((None, ()))


class _Entities:
    """The open entities of the context as the list that the SDK takes them for; a change is seen in this context alone."""

    def __init__(self, state: ContextVar[Any]) -> None:
        self.state = state

    def __len__(self) -> int:
        return len(self.state.get()[1])

    def __getitem__(self, index: Any) -> Any:
        return self.state.get()[1][index]

    def append(self, entity: Any) -> None:
        segment, entities = self.state.get()
        self.state.set((segment, (*entities, entity)))

    def pop(self) -> Any:
        segment, entities = self.state.get()
        self.state.set((segment, entities[:-1]))
        return entities[-1]


# -- OpenTelemetry ---------------------------------------------------------------------------------------------


class OpenTelemetry(Observer):
    """Spans in the same places, by a tracer of OpenTelemetry; the trace of an SQS message is a link."""

    option = "tracer"

    def __init__(self, tracer: Any) -> None:
        super().__init__()
        from importlib import import_module

        self.tracer = tracer
        self.api: Any = import_module("opentelemetry.trace")

    def enter(self, invocation: Invocation) -> Any:
        """Start a span with the name of the source."""
        return self.open(_source(invocation), invocation, {})

    def begin(self, call: Invocation) -> Any:
        """Start a span with the name of the route."""
        facts = {"lambda_router.route": _route(call), "lambda_router.record_id": _record_id(call)}
        return self.open(_route(call), call, facts)

    def open(self, name: str, call: Invocation, facts: dict[str, Any]) -> Any:
        """Start a span and make it the current one."""
        attributes = {
            "lambda_router.source": _source(call),
            **facts,
            "faas.coldstart": _is_cold(call),
            "faas.invocation_id": call.request_id,
        }
        manager = self.tracer.start_as_current_span(
            name,
            attributes={key: value for key, value in attributes.items() if value is not None},
            links=self.links(call) if call.route is not None else (),
            record_exception=False,
            set_status_on_exception=False,
        )
        return manager, manager.__enter__()

    def links(self, call: Invocation) -> list[Any]:
        """The span that sent the message, where the header says so."""
        trace, parent = _linked(call) or ("", None)
        if parent is None:
            return []
        sender = self.api.SpanContext(
            trace_id=int(trace.replace("-", "")[1:], 16),
            span_id=int(parent, 16),
            is_remote=True,
        )
        return [self.api.Link(sender)]

    def end(self, begun: Any, exc: BaseException | None, call: Invocation) -> None:
        """End the span, with the class of the exception."""
        manager, span = begun
        try:
            if exc is not None and (status := _status(exc)) is not None:
                span.set_attribute("http.response.status_code", status)
            elif exc is not None and _is_failure(exc):
                span.set_attribute("error.type", class_name(exc))
                span.add_event("exception", {"exception.type": class_name(exc)})
                span.set_status(self.api.Status(self.api.StatusCode.ERROR))
        finally:
            manager.__exit__(None, None, None)

    leave = end


# -- logger ----------------------------------------------------------------------------------------------------


class Lines(Observer):
    """Keys on the lines of Powertools' Logger, kept in the context, so that they are this call's alone.

    `append_context_keys` would do for one call at a time: it puts its keys into the formatter, which everybody shares.
    """

    option = "logger"

    def __init__(self, logger: Any) -> None:
        super().__init__()
        self.logger = logger

    def enter(self, invocation: Invocation) -> None:
        """Add the keys of the invocation; they end with its context."""
        _LOGGER.set(self.logger)
        self.append({"source": _source(invocation), "correlation_id": _correlation_id(invocation)})

    def begin(self, call: Invocation) -> dict[str, Any]:
        """Add the keys of the call; those that were there before."""
        before = dict(self.logger.thread_safe_get_current_keys())
        keys = {"source": _source(call), "route": _route(call)}
        self.append({**keys, "record_id": _record_id(call), "correlation_id": _correlation_id(call)})
        return before

    def append(self, keys: dict[str, str | None]) -> None:
        """Add what is known."""
        self.logger.thread_safe_append_keys(
            **{key: value for key, value in keys.items() if value is not None}
        )

    def end(self, begun: dict[str, Any], exc: BaseException | None, call: Invocation) -> None:
        """Put the keys back as they were, without what the handler has added to them."""
        self.logger.thread_safe_clear_keys()
        self.logger.thread_safe_append_keys(**begun)


_LOGGER: ContextVar[Any] = ContextVar("lambda_router_logger", default=None)


def _goes_on(record: logging.LogRecord) -> bool:
    """Have the framework's own lines written by the app's logger, inside of an invocation that has one."""
    logger = _LOGGER.get()
    if logger is None:
        return True
    try:
        if record.levelno >= logger.log_level:
            logger.registered_handler.handle(record)
    except Exception:
        return True
    return False


log.addFilter(_goes_on)


# -- metrics ---------------------------------------------------------------------------------------------------


_MOST = 99
"""Values of one metric in one document: with its hundredth Powertools prints it at once, whether metrics are on or off.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

_CALLS: ContextVar[dict[tuple[str, str], list[tuple[float, bool]]] | None] = ContextVar(
    "lambda_router_calls", default=None
)


class Meter(Observer):
    """`Count`, `Failures` and `Duration` of calls by source and route, and `ColdStart`, by Powertools' Metrics.

    They are written in documents of their own when the invocation is over, so that handlers' own metrics do not get
    these dimensions; those are flushed then, too.
    """

    option = "metrics"

    def __init__(self, metrics: Any) -> None:
        super().__init__()
        self.provider = getattr(metrics, "provider", metrics)

    def enter(self, invocation: Invocation) -> Any:
        """Begin to count."""
        calls: dict[tuple[str, str], list[tuple[float, bool]]] = {}
        _CALLS.set(calls)
        return calls

    def begin(self, call: Invocation) -> float:
        """Take the time."""
        return perf_counter()

    def end(self, begun: float, exc: BaseException | None, call: Invocation) -> None:
        """Count the call; it has failed if it raised, but for a Drop and an HTTPError below 500."""
        took = round((perf_counter() - begun) * 1_000, 3)
        calls = _CALLS.get()
        if calls is not None:
            calls.setdefault((_source(call), _route(call)), []).append((took, _is_failure(exc)))

    def leave(self, begun: Any, exc: BaseException | None, call: Invocation) -> None:
        """Flush the metrics of the handlers, then write those of the calls."""
        self.guarded(self.flush)
        if _is_cold(call):
            name = getattr(call.context, "function_name", None)
            self.write(
                {"function_name": name} if isinstance(name, str) else {}, {"ColdStart": ("Count", [1])}
            )
        for (source, route), calls in begun.items():
            for start in range(0, len(calls), _MOST):
                self.write({"source": source, "route": route}, _sums(calls[start : start + _MOST]))

    def flush(self) -> None:
        """Write what handlers have added; nothing of it stays for the next invocation."""
        try:
            if self.provider.metric_set:
                self.provider.flush_metrics()
        finally:
            self.provider.clear_metrics()

    def write(self, dimensions: dict[str, str], values: dict[str, tuple[str, list[float]]]) -> None:
        """Write one document, with the namespace, the service and the default dimensions of the app's metrics."""
        from aws_lambda_powertools.metrics import EphemeralMetrics

        mine = self.provider
        document = EphemeralMetrics(
            namespace=mine.namespace, service=mine.service, default_dimensions=dict(mine.default_dimensions)
        )
        for name, value in dimensions.items():
            document.add_dimension(name, value.encode("ascii", "backslashreplace").decode())
        for name, (unit, numbers) in values.items():
            for number in numbers:
                document.add_metric(name, unit, number)
        document.flush_metrics()


def _sums(calls: Sequence[tuple[float, bool]]) -> dict[str, tuple[str, list[float]]]:
    return {
        "Count": ("Count", [len(calls)]),
        "Failures": ("Count", [sum(failed for _, failed in calls)]),
        "Duration": ("Milliseconds", [took for took, _ in calls]),
    }


# -- options ---------------------------------------------------------------------------------------------------


def _tracer(given: Any) -> Observer | None:
    if given is None:
        return None
    if _has(given, "provider", "disabled"):
        return XRay(given)
    if _has(given, "start_as_current_span"):
        return OpenTelemetry(given)
    raise ConfigurationError(f"tracer is a Tracer of Powertools or of OpenTelemetry, not {printable(given)}")


def _logger(given: Any) -> Observer | None:
    if given is None:
        return None
    if _has(given, "thread_safe_append_keys", "registered_handler"):
        return Lines(given)
    raise ConfigurationError(f"logger is a Logger of Powertools, not {printable(given)}")


def _meter(given: Any) -> Observer | None:
    if given is None:
        return None
    if _has(getattr(given, "provider", given), "metric_set", "namespace", "default_dimensions"):
        return Meter(given)
    raise ConfigurationError(f"metrics is a Metrics of Powertools, for CloudWatch, not {printable(given)}")


def _has(given: Any, *names: str) -> bool:
    return not isinstance(given, type) and all(hasattr(given, name) for name in names)
