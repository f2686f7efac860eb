"""AWS IoT: what rules of the message broker select, and events of the registry.

Invoked by
    A rule's Lambda action, asynchronously: nobody waits, and Lambda retries twice. Its payload is whatever the rule's SQL
    selects, so that nothing tells it from a direct call; only the registry's events can be told.
Answer
    Is ignored.
An exception
    Is raised, so that Lambda retries the event and then sends it to its failure destination.
See
    https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
    https://docs.aws.amazon.com/iot/latest/developerguide/topics.html
    https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html
"""

from __future__ import annotations

from .. import binding, criteria
from ..errors import ConfigurationError
from ..source import EventSource, RouteFactory, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import UnionType
    from typing import Any

    from ..binding import Argument, Parameter
    from ..criteria import Criterion, TopicFilter
    from ..invocation import Invocation
    from ..source import Route

_TYPES = frozenset(
    {
        "THING_EVENT",
        "THING_TYPE_EVENT",
        "THING_TYPE_ASSOCIATION_EVENT",
        "THING_GROUP_EVENT",
        "THING_GROUP_MEMBERSHIP_EVENT",
        "THING_GROUP_HIERARCHY_EVENT",
    }
)
_EMPTY_BATCH: dict[str, Any] = {"Records": []}


def _whole(event: Any) -> Any:
    return event


def _topic(event: Any) -> Any:
    """The topic, where the rule's SQL selects it under that name: `SELECT *, topic() AS topic`."""
    return event.get("topic") if isinstance(event, dict) else None


def _registry(key: str) -> Callable[[Any], Any]:
    """A value of the registry's events; of any other event None."""
    return lambda event: event[key] if Iot.recognise(event) else None


_event_type, _operation = _registry("eventType"), _registry("operation")


class Iot(EventSource):
    """AWS IoT.

    `@app.iot("plants/{plant}/moisture")` takes what rules send whose SQL says `SELECT *, topic() AS topic`. `topic` is an
    MQTT topic filter, of which levels may have names, or a list of them; `when` is an event pattern, a predicate of the
    event, or a model or other type that it must fit; `pattern` is an event pattern too. Without any of them it takes
    whatever no source claims. `@app.iot.registry("THING_EVENT")` takes events of the registry.
    """

    name = "iot"
    marks = ("eventType",)
    synchronous = False
    payload = "payload"
    parts = {
        "payload": _whole,
        "topic": _topic,
        "event_type": _event_type,
        "operation": _operation,
    }

    def __call__(
        self,
        topic: str | Sequence[str] | None = None,
        *,
        when: Mapping[str, Any] | Callable[[Any], Any] | type | UnionType | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a payload; every other source is asked first, and `app.invoke` after it."""
        return self.route(
            criteria.topic_filter("topic", _topic, topic),
            criteria.when("when", when),
            criteria.pattern("pattern", _whole, pattern),
            middleware=middleware,
            name=name,
        )

    def registry(
        self,
        event_type: str | Sequence[str] = "*",
        *,
        operation: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event of the registry: a thing, type or group was created, updated, deleted, added or removed."""
        return self.route(
            _types(criteria.given("event_type", event_type)),
            criteria.glob("operation", _operation, operation),
            criteria.pattern("pattern", _whole, pattern),
            verb=".registry",
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """One of the registry's events with its operation and id; what rules select looks like anything."""
        if not isinstance(event, dict):
            return False
        kind, others = event.get("eventType"), (event.get("operation"), event.get("eventId"))
        return isinstance(kind, str) and kind in _TYPES and all(isinstance(other, str) for other in others)

    def takes(self, event: Any) -> bool:
        """Whether a route takes an event that no source claims, or fails when it is asked, as it will again."""
        try:
            return event != _EMPTY_BATCH and any(route.matches(event) for route in self.routes)
        except KeyboardInterrupt:
            raise
        except BaseException:  # a predicate of the user's
            return True

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id of an event of the registry."""
        return event["eventId"] if self.recognise(event) else None

    def routes_tried(self, subject: Any) -> Sequence[Route]:
        """All routes for an event of the registry; else those for what rules select."""
        if self.recognise(subject):
            return self.routes
        return [route for route in self.routes if not _is_registry(route)]

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts, and of a topic filter its named levels."""
        known = self.parts if _is_registry(route) else {"payload": _whole, "topic": _topic}
        return _Words(known, criteria.topic_filters("topic", route.written("topic")))

    def suggest(self, subject: Any) -> str:
        """A decorator for the type of a registry event."""
        return f"@app.iot.registry({quoted(_event_type(subject) or '*')})"


def _is_registry(route: Route) -> bool:
    return any(criterion.label == "event_type" for criterion in route.conditions)


def _types(written: Any) -> tuple[Criterion, ...]:
    """The event is the registry's, of one of the types; a text that is about none of them is a ConfigurationError."""
    found: set[str] = set()
    for text in criteria.texts("event_type", written):
        (criterion,) = criteria.glob("event_type", _event_type, text)
        meant = {kind for kind in _TYPES if criterion.test(kind)}
        if not meant:
            raise ConfigurationError(f"event_type={text!r}: the registry's are {', '.join(sorted(_TYPES))}")
        found |= meant
    return (
        criteria.Criterion(
            "event_type",
            _event_type,
            test=lambda seen: seen in found,
            written=written,
            meaning=frozenset(found),
        ),
    )


class _Words(binding.Vocabulary):
    """The parts, and the named levels of the topic before them."""

    def __init__(self, parts: Mapping[str, Any], filters: Sequence[TopicFilter]) -> None:
        super().__init__(source=Iot.name, parts=parts, payload=Iot.payload)
        self.filters = filters
        self.levels = tuple(filters[0].names) if filters else ()
        for name in self.levels:
            if name in (*binding.EVERYWHERE, "record"):
                raise ConfigurationError(
                    f"a level of a topic cannot be named {name!r}: every handler may ask for that"
                )

    def first(self, parameter: Parameter, annotation: Any) -> Argument | None:
        """A level of the topic."""
        name = parameter.name
        if name not in self.levels:
            return None
        convert = binding.converter(f"topic.{name}", annotation) or _whole

        def argument(subject: Any, invocation: Invocation) -> Any:
            topic = _topic(subject)
            return convert(next(one.named(topic)[name] for one in self.filters if one.matches(topic)))

        return argument

    def names(self) -> list[str]:
        """All names on offer, the levels first."""
        return [*self.levels, *(name for name in super().names() if name not in self.levels)]
