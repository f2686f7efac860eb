"""Unwrapping: a record that carries another source's event, brought to that source's routes.

S3, SNS and EventBridge inside SQS, S3 and EventBridge inside SNS, log data inside Kinesis and Firehose, and what Lambda
puts into a function's dead-letter queue. A route for the record itself wins; what fails inside fails the record outside,
which is the one that can be acknowledged. Nothing that a caller waits for is taken out of a record, and nothing that Lambda
polls, so that a message cannot pass for a request. At most two wraps are opened: only SNS is both carried and a carrier.
"""

from __future__ import annotations

from .errors import PayloadError
from .payload import document
from .source import Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .invocation import Invocation
    from .source import EventSource

_GZIP = b"\x1f\x8b"
LIMIT = 50 * 2**20
"""The most bytes that compressed content may have when it is inflated."""


def unwrapped(carrier: EventSource, raw: Any) -> Unwrapped | None:
    """The route into the event that `raw`, the text or bytes of a record, carries; None if no source's routes take it."""
    found = opened(raw)
    if not isinstance(found, dict | list):
        return None
    for room in carrier.app.carried:
        event = None if room is carrier else room.carried(found, raw)
        if event is not None and (room.noise(event) or taken(room, event) is not None):
            return Unwrapped(carrier, room, event)
    return None


def suggested(carrier: EventSource, subject: Any) -> str | None:
    """The decorator that would take the event that a record carries, of whichever source; for explanations."""
    raw = carrier.wrapped(subject) if carrier.app.unwrap else None
    found = opened(raw)
    for known in type(carrier.app).everything().rooms if isinstance(found, dict | list) else ():
        room: EventSource = getattr(carrier.app, known.name)
        event = None if room is carrier else room.carried(found, raw)
        for inner in () if event is None else room.subjects(event):
            return suggested(room, inner) or room.suggest(inner)
    return None


def opened(raw: Any) -> Any:
    """The JSON value of text or bytes, inflated where they are compressed; None where there is none to be had."""
    try:
        if isinstance(raw, bytes) and raw.startswith(_GZIP):
            from .compression import inflate

            raw = inflate(raw, limit=LIMIT)
        return document("content", raw)
    except PayloadError:
        return None


def taken(room: EventSource, event: Any) -> Route | None:
    """The first of the source's own routes that takes the event or one of its records."""
    for subject in room.subjects(event):
        route = room.match(subject)
        if route is not None and route is not room.app.default_route:
            return route
    return None


class Unwrapped(Route):
    """The way from a record to the routes of the event that it carries; to be called like any route."""

    __slots__ = ("event", "inner")

    def __init__(self, carrier: EventSource, inner: EventSource, event: Any) -> None:
        found = taken(inner, event)
        super().__init__(carrier, None, name=inner.name if found is None else found.name)
        self.judged = True
        self.inner = inner
        self.event = event
        self.call = self._call

    def _call(self, record: Any, invocation: Invocation) -> None:
        """Handle the carried event as if it had come by itself; what it raises fails the record."""
        inside = invocation.within(self.inner, self.event)
        inside.carrier = invocation, record
        try:
            batch = self.inner.admit(inside)
            if batch is not None and len(batch.records) == 1:
                batch.quiet = True  # the record outside has a line of its own
            self.inner.run(inside)
        finally:
            invocation.root.scope = inside.scope

    def __repr__(self) -> str:
        inside = taken(self.inner, self.event) or f"noise of {self.inner.name}"
        return f"<{self.source} carrying {inside}>"
