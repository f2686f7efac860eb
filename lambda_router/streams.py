"""Streams: a shard is read in order, the first failure stops its batch, and a tumbling window carries its state along."""

from __future__ import annotations

from . import binding
from .batch import Batch, PolledSource, all_from
from .call import settle
from .errors import DuplicateRouteError, NoRouteError, ResultError
from .source import field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from typing import Any

    from .invocation import Invocation
    from .source import Getter, Route


class StreamBatch(Batch):
    """A batch of a shard, with what its tumbling window needs in the answer.

    `state` is what earlier calls of the window made of it, None without a window; `failure` is what its handler raised;
    `orphaned` is whether the call ends a window whose state nothing takes.
    """

    __slots__ = ("failure", "orphaned", "state")

    def __init__(self, room: StreamSource, event: Any) -> None:
        super().__init__(room, event)
        self.state = _state(event) if in_window(event) else None
        self.failure: BaseException | None = None
        self.orphaned = bool(self.state) and _is_last(event) and room.whole(event) is None

    def answer(self, result: Any) -> Any:
        """The result with the window's state: without one Lambda takes the call for failed.

        https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
        """
        return result if self.state is None else {**(result or {}), "state": self.state}


class StreamSource(PolledSource):
    """A stream, read in order: the first failure stops the batch, and is all that is reported."""

    reports_rest = False
    window_parts: Mapping[str, Getter] = {
        "records": field("Records"),
        "state": field("state"),
        "window": field("window"),
        "final": lambda event: _is_last(event),
        "early": lambda event: bool(event.get("isWindowTerminatedEarly")),
        "shard_id": field("shardId"),
    }
    """What a window's handler may ask for, each a getter of the whole event."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.windows: list[Route] = []

    def usable(self, identifier: Any) -> bool:
        """Whether it is a sequence number: at most 129 digits.

        https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
        """
        return (
            isinstance(identifier, str)
            and identifier.isascii()
            and identifier.isdigit()
            and len(identifier) <= 129
        )

    def lanes(self, records: Sequence[Any], keys: Sequence[str | None]) -> Sequence[Hashable] | None:
        """One lane: the records of a batch come from one shard."""
        return [None] * len(records)

    def exclusive(self, batch: Batch) -> Sequence[Hashable]:
        """Records of one partition key do not run at the same time; those of others may."""
        return [self.partition(record) for record in batch.records]

    def partition(self, record: Any) -> Hashable:
        """What the records of one partition key share."""
        return None

    def to_report(self, batch: Batch) -> Iterable[int]:
        """The lowest sequence number that is open, as an integer: Lambda goes on from there."""
        if not all(self.usable(batch.identifiers[i]) for i in batch.open):
            return batch.open
        return (min(batch.open, key=lambda i: int(batch.identifiers[i])),)

    def admit(self, invocation: Invocation) -> Batch:
        """The batch of the invocation, with the state of its window."""
        if invocation.root.verdict is None:
            invocation.root.verdict = StreamBatch(self, invocation.event)
        return super().admit(invocation)

    def run(self, invocation: Invocation) -> Any:
        """Handle the records; in a tumbling window all at once, if a route is for the window."""
        batch = self.admit(invocation)
        if isinstance(batch, StreamBatch) and batch.state is not None:
            if (route := self.whole(invocation.event)) is not None:
                self.run_window(route, batch, invocation)
                return batch()
            if batch.orphaned:
                return batch()
        return super().run(invocation)

    def verdict(self, batch: Batch) -> Any:
        """What is left to report, with the window's state, or the exception that fails the batch."""
        if not isinstance(batch, StreamBatch):
            return super().verdict(batch)
        if batch.failure is not None:
            raise batch.failure
        if batch.orphaned:
            raise NoRouteError(
                "this call ends a tumbling window, and nothing takes the state that the window has: "
                f"handle it with @app.{self.name}.window(...), or take the window off the mapping",
                source=self.name,
            )
        return batch.answer(super().verdict(batch))

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Raise it. A Drop of middleware settles an event that was not run; else the verdict stands."""
        settled = super().fail(exc, invocation)
        batch = self.admit(invocation)
        return batch.answer(settled) if isinstance(batch, StreamBatch) else settled

    # -- tumbling windows --------------------------------------------------------------------------------------

    def enter(self, route: Route) -> None:
        """Put a finished route into the tables; a window's is for no single record."""
        if not route.options.get("window"):
            super().enter(route)
        elif any(other.conditions == route.conditions for other in self.windows):
            raise DuplicateRouteError(f"{route!r} is there already; a stream has one route for its windows")
        else:
            self.windows.append(route)
            self.app.register(route, self)

    def whole(self, event: Any) -> Route | None:
        """The first route for the windows of this stream, which the event names beside its records."""
        arn = event.get("eventSourceARN")
        for route in self.windows if in_window(event) else ():
            if all(criterion.test(arn) for criterion in route.conditions):
                return route
        return None

    def run_window(self, route: Route, batch: StreamBatch, invocation: Invocation) -> None:
        """One call for the records of the window and its state; what it returns is the new state."""
        event = {**invocation.event, "state": _state(invocation.event)}
        batch.ran, batch.failure = True, None
        try:
            batch.state = _new_state(settle(route.call(event, invocation)), invocation.event)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            call = invocation.at(route, event)
            outcome = self.app.verdict(exc, call)
            batch.failure = None if self.carry_out(outcome, call) else outcome
        batch.open.clear()

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this record alone; for a window's handler the whole event."""
        whole = isinstance(subject, dict) and "Records" in subject
        return subject if whole else super().envelope(event, subject)

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """A window's handler asks for what is the window's."""
        if route.options.get("window"):
            return binding.Vocabulary(source=f"{self.name}.window", parts=self.window_parts)
        return super().vocabulary(route)


def in_window(event: Any) -> bool:
    """Whether the event's mapping has a tumbling window."""
    return "window" in event or "isFinalInvokeForWindow" in event


def _is_last(event: Any) -> bool:
    """Whether it is the last call of its window, which may have no records."""
    return bool(event.get("isFinalInvokeForWindow") or event.get("isWindowTerminatedEarly"))


def _state(event: Any) -> Any:
    """What earlier calls of the window made of its state, as the caller's own; an empty object at first."""
    from copy import deepcopy

    return deepcopy(event.get("state")) or {}


def _new_state(result: Any, event: Any) -> Any:
    """The state that a window's handler returned; the window's last call may return nothing.

    A state that was changed in place and not returned would be lost, as what a handler gets may be a copy. One of more
    than 1 MB is not refused: Lambda takes it for the end of the window
    (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html), while a failure would hold up the shard.
    """
    from .results import plain

    if result is None and _is_last(event):
        return _state(event)
    try:
        state = plain(result)
    except ResultError as error:
        raise ResultError(f"the window's state: {error}", path=error.path) from None
    if not isinstance(state, dict):
        raise ResultError(
            f"a window's handler returns the window's state, an object, changed or not; not {type(result).__name__}"
        )
    return state


def from_stream(event: Any, service: str) -> bool:
    """Whether the event's records, each of them, are a service's; of a window without records, its ARN."""
    if isinstance(event, dict) and event.get("Records") == []:
        arn = event.get("eventSourceARN")
        return in_window(event) and isinstance(arn, str) and arn.split(":")[2:3] == [service]
    return all_from(event, f"aws:{service}")
