"""AWS AppSync Events: channels of Event APIs, whose namespaces hand what is published to a function.

Invoked by
    AppSync, for what somebody publishes to a channel, up to five events at once, and for somebody who subscribes to it. It
    waits for the answer where the namespace's integration is REQUEST_RESPONSE. With EVENT nobody waits, the events go out
    unchanged, and the event does not tell which.
Answer
    `{"events": [{"id", "payload"} or {"id", "error"}]}`; an event that is left out goes to nobody. To a subscription null.
An exception
    Fails the event that it is about, or all of them, and keeps a subscriber out. Its text is a generic one with a
    reference, unless the exception is a `PublicError`.
See
    https://docs.aws.amazon.com/appsync/latest/eventapi/direct-lambda-integrations.html
    https://docs.aws.amazon.com/appsync/latest/eventapi/writing-event-handlers.html
"""

from __future__ import annotations

from .. import criteria
from ..call import settle
from ..contract import anything, below, form, listed, text, wrong
from ..errors import NoRouteError
from ..outcomes import Drop
from ..results import plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..criteria import Criterion
    from ..invocation import Invocation
    from ..source import Route

PUBLISH, SUBSCRIBE = "PUBLISH", "SUBSCRIBE"

_channel = field("info", "channel", "path")
_operation = field("info", "operation")
_namespace = field("info", "channelNamespace", "name")
_ERROR = form({"error": text()}, closed=True)
_OUTGOING = form({"id": text(least=0)}, {"payload": anything, "error": text()}, closed=True)
_ANSWER = form({}, {"events": listed(_OUTGOING), "error": text()}, closed=True)


def _events(event: Any) -> list[Any]:
    """What is published; nothing of a subscription."""
    found = event.get("events")
    return found if isinstance(found, list) else []


def _payload(event: Any) -> Any:
    """The payload of the one event."""
    found = _events(event)
    return found[0].get("payload") if len(found) == 1 and isinstance(found[0], dict) else None


def _are_identified(events: Any) -> bool:
    """Whether each of the events has an id of its own, by which it is answered."""
    if not isinstance(events, list):
        return False
    known = [one["id"] for one in events if isinstance(one, dict) and isinstance(one.get("id"), str)]
    return len(set(known)) == len(events)


class AppSyncEvents(EventSource):
    """AWS AppSync Event APIs.

    `@app.appsync_events.publish("/news/*")` takes what is published to channels, `.subscribe("/news/*")` who subscribes to
    them; a channel is a path, a glob, or a list. A handler that asks for `events` is called once with all of them, any
    other once for each.
    """

    name = "appsync_events"
    marks = ("info",)
    index = "channel"
    payload = "payload"
    shows_errors = True
    parts = {
        "events": _events,
        "channel": _channel,
        "payload": _payload,
        "identity": field("identity"),
    }

    def publish(
        self,
        channel: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event, or with `events` one for all; what it returns takes the place of the payload."""
        return self.route(*_to(PUBLISH, channel), verb=".publish", middleware=middleware, name=name)

    def subscribe(
        self,
        channel: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a subscriber, who is let in unless it raises."""
        return self.route(*_to(SUBSCRIBE, channel), verb=".subscribe", middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A channel's path, its namespace and one of the two operations; what is published has ids."""
        if not isinstance(event, dict) or "events" not in event:
            return False
        if not isinstance(_channel(event), str) or not isinstance(_namespace(event), str):
            return False
        operation = _operation(event)
        return operation == SUBSCRIBE or (operation == PUBLISH and _are_identified(event["events"]))

    def admit(self, invocation: Invocation) -> None:
        """Read the ids by which events are answered."""
        invocation.subject = [(one["id"], one) for one in _events(invocation.event)]

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event, with the one that is handled alone where they are handled one by one."""
        return event if subject is None else subject

    def key(self, subject: Any) -> Any:
        """The channel's path."""
        return _channel(subject)

    def call(self, subject: Any, invocation: Invocation) -> Any:
        """What becomes of a subscriber or of all events; else the outgoing event of each."""
        route = self.match(subject)
        if route is None or _operation(subject) == SUBSCRIBE or self._takes_all(route):
            return super().call(subject, invocation)
        invocation.route = route
        sent = invocation.root.subject
        return {
            "events": [out for one in sent for out in self._each(*one, route=route, invocation=invocation)]
        }

    def _takes_all(self, route: Route) -> bool:
        """Whether the route's handler is called once: it asks for all events, or for none as the default does."""
        return route.room is not self or route.plan is None or "events" in route.plan.arguments

    def _each(
        self, identifier: str, one: Any, *, route: Route, invocation: Invocation
    ) -> list[dict[str, Any]]:
        """The outgoing event, or none of one that is dropped. Without a result it goes on as it came."""
        alone = {**invocation.event, "events": [one]}
        call = invocation.at(route, alone)
        try:
            result = self._handled(route, call)
            return [{"id": identifier, "payload": plain(one.get("payload") if result is None else result)}]
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            dropped = issubclass(type(exc), Drop)  # isinstance would ask the exception for its __class__
            return [] if dropped else [{"id": identifier, "error": self._told(exc, call)}]

    def _handled(self, route: Route, call: Invocation) -> Any:
        try:
            return settle(route.call(call.subject, call))
        except BaseException as exc:
            return self.app.handle(exc, call)

    def _told(self, exc: BaseException, invocation: Invocation) -> str:
        """What may be said of a failure; it is logged, since Lambda does not see it."""
        from ..failures import class_name, concealed
        from ..failures import text as text_of

        said = concealed(exc, invocation.correlation_id)
        self.app._failure(said, invocation)
        return text_of(said) or class_name(said)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The outgoing events, made of payloads, of events, or of nothing for all as they came; null to a subscription."""
        event = invocation.event
        if _operation(event) == PUBLISH:
            sent = invocation.root.subject
            answer = plain(_published(result, sent))
            _check(answer, {identifier for identifier, _ in sent})
            return answer
        if result is None:
            return None
        answer = plain(result)
        _ERROR(answer, "$")
        return answer

    def skip(self, invocation: Invocation) -> Any:
        """All events as they came."""
        return self.shape(None, invocation)

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Every event has failed, a Drop drops them all; a subscriber is kept out either way."""
        if issubclass(type(exc), NoRouteError):
            return super().fail(exc, invocation)
        publish = _operation(invocation.event) == PUBLISH
        if publish and issubclass(type(exc), Drop):
            return {"events": []}
        told = self._told(exc, invocation)
        if not publish:
            return {"error": told}
        return plain(
            {"events": [{"id": identifier, "error": told} for identifier, _ in invocation.root.subject]}
        )

    def suggest(self, subject: Any) -> str:
        """A decorator for the channel and the operation."""
        verb = "publish" if _operation(subject) == PUBLISH else "subscribe"
        return f"@app.appsync_events.{verb}({quoted(criteria.literal(_channel(subject)) or '*')})"


def _to(operation: str, channel: Any) -> tuple[tuple[Criterion, ...], ...]:
    """The criteria of a decorator: the operation is the decorator's own and is not shown."""
    only = criteria.Criterion("operation", _operation, test=lambda seen: seen == operation, written=operation)
    return criteria.glob("channel", _channel, criteria.given("channel", channel)), (only,)


def _published(result: Any, sent: list[tuple[str, Any]]) -> Any:
    """What a handler of all events returned, in AppSync's form: events, or a payload for each, or nothing."""
    if result is None:
        result = [one.get("payload") for _, one in sent]
    elif not isinstance(result, list | tuple):
        return result
    elif all(_is_outgoing(one, dict(sent)) for one in result):
        return {
            "events": [{key: one[key] for key in ("id", "payload", "error") if key in one} for one in result]
        }
    if len(result) != len(sent):
        raise wrong("$", f"has {len(result)} payloads for {len(sent)} events")
    return {"events": [{"id": one[0], "payload": new} for one, new in zip(sent, result, strict=True)]}


def _is_outgoing(one: Any, known: dict[str, Any]) -> bool:
    """Whether it is an event under its id, and no payload that happens to have an id."""
    if not isinstance(one, dict) or not isinstance(one.get("id"), str) or one["id"] not in known:
        return False
    return ("payload" in one) is not ("error" in one)


def _check(answer: Any, known: set[str]) -> None:
    _ANSWER(answer, "$")
    for name, value in answer.items():
        if value is None:
            raise wrong(below("$", name), "is null")
    if not answer:
        raise wrong("$.events", "is missing")
    for number, one in enumerate(answer.get("events", ())):
        path = f"$.events[{number}]"
        if one["id"] not in known:
            raise wrong(f"{path}.id", "is of no event, or there twice")
        known.remove(one["id"])
        if ("payload" in one) is ("error" in one) or one.get("error", "") is None:
            raise wrong(path, "has no payload and no error, or both")
