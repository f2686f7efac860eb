"""One call of the function, as a value that is passed down the line."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .dependencies import Scope
    from .source import EventSource, Route


AFTERWARDS: list[Callable[[], None]] = []
"""What is called when an invocation has ended, added by what needs it when that is imported."""


def of_context(context: Any, name: str) -> Any:
    """What Lambda's context has under a name, also where a durable function's context has it inside; else None."""
    found = getattr(context, name, None)
    return getattr(getattr(context, "lambda_context", None), name, None) if found is None else found


class Invocation:
    """One call of the function: its event, its context and how far it has come.

    `event` is the whole event, `context` the Lambda context (or None), `record` the record being handled where there
    are records, `route` the route that took it, `state` a dict that middleware may use, `cold_start` whether this is
    the first event of the environment. `app` is the entrypoint.
    """

    __slots__ = (
        "_correlation_id",
        "_root",
        "app",
        "carrier",
        "cold_start",
        "context",
        "event",
        "room",
        "route",
        "scope",
        "state",
        "subject",
        "verdict",
    )

    room: EventSource | None
    route: Route | None
    subject: Any
    scope: Scope | None
    verdict: Callable[[], Any] | None
    carrier: tuple[Invocation, Any]
    _root: Invocation | None
    _correlation_id: str | None

    # By position: a class that is called with keywords takes noticeably longer.
    def __init__(self, event: Any, context: Any, app: Any, cold_start: bool = False) -> None:
        self.event = event
        self.context = context
        self.app = app
        self.cold_start = cold_start
        self.state: dict[str, Any] = {}
        self.room = self.route = self.subject = self.scope = None
        self.verdict = self._root = self._correlation_id = None

    def at(self, route: Route | None, subject: Any) -> Invocation:
        """The same invocation as one handler call sees it: with its route and subject, and the shared state."""
        call = Invocation.__new__(Invocation)
        call.event, call.context, call.app = self.event, self.context, self.app
        call.cold_start, call.state, call.room = self.cold_start, self.state, self.room
        call.route, call.subject, call._root = route, subject, self.root
        call.scope, call.verdict, call._correlation_id = None, None, self._correlation_id
        return call

    def within(self, room: EventSource, event: Any) -> Invocation:
        """The same invocation as the handlers of an event see it that one of its records carries."""
        inside = Invocation(event, self.context, self.app, self.cold_start)
        inside.room, inside.state, inside.scope = room, self.state, self.root.scope
        inside._correlation_id = self._correlation_id
        return inside

    @property
    def root(self) -> Invocation:
        """The invocation itself, of which a handler call's is a view."""
        return self if self._root is None else self._root

    @property
    def record(self) -> Any:
        """The record that is being handled, where the source has records."""
        return self.subject if self.room is not None and self.room.records else None

    @property
    def source(self) -> str | None:
        """The name of the event source, as `detect` gives it, or None where no source claims the event."""
        return self.room.name if self.room is not None and self.room.marks else None

    @property
    def request_id(self) -> str | None:
        """Lambda's own id of this invocation."""
        value = of_context(self.context, "aws_request_id")
        return value if isinstance(value, str) else None

    @property
    def correlation_id(self) -> str | None:
        """The id that ties this call to its caller: the source's own where it sends one, else `request_id`."""
        if self._correlation_id is None and self.room is not None:
            self._correlation_id = self.room.correlation_id(self.event, self.subject)
        return self._correlation_id or self.request_id

    def remaining(self) -> float | None:
        """Seconds until Lambda ends the function (0.0 at the least), or None without a deadline."""
        read = of_context(self.context, "get_remaining_time_in_millis")
        left = read() if callable(read) else None
        return max(left / 1000, 0.0) if isinstance(left, int | float) and left == left else None

    def __repr__(self) -> str:
        return f"<Invocation {self.request_id or '-'} source={self.source} route={self.route!r}>"
