"""Records: each is matched and handled alone, and what failed decides the answer for the batch.

`RecordSource` is for services that deliver records and wait for nothing (S3, SNS); `PolledSource` is for event source
mappings, where Lambda's poller reads a partial batch response if its mapping says so, and ignores it if not
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). Whether it does is not in the event, so a
partial response is sent only where it is declared; without a declaration the batch raises if any record failed.
"""

from __future__ import annotations

import logging

from . import binding, call
from .deadline import Deadline
from .errors import BatchError, ConfigurationError, NoRouteError, ResultError
from .outcomes import Drop
from .source import EventSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .invocation import Invocation
    from .source import Route

log = logging.getLogger("lambda_router")

_LOGGED = 100
"""Failed records that get a line of their own in one invocation; the rest are counted in one line."""


class Batch:
    """One batch on its way through the handlers: what is done, what failed and what was never started."""

    __slots__ = (
        "dropped",
        "failures",
        "held",
        "identifiers",
        "invocation",
        "lanes",
        "records",
        "room",
        "settled",
    )

    def __init__(self, room: RecordSource, invocation: Invocation) -> None:
        self.room = room
        self.invocation = invocation
        self.records = room.subjects(invocation.event)
        self.identifiers = [room.identifier(record) for record in self.records]  # before any user code
        self.lanes = room.lanes(self.records)
        self.failures: dict[int, BaseException] = {}
        self.held: list[int] = []
        self.settled = 0
        self.dropped = 0

    def run(self) -> None:
        """Handle every record that order and the deadline allow."""
        deadline = Deadline(self.invocation.context, self.room.app.deadline_margin)
        room, invocation, lanes, records = self.room, self.invocation, self.lanes, self.records
        stopped: set[Any] = set()
        done: set[int] = set()
        for index, record in enumerate(records):
            if lanes is not None and lanes[index] in stopped:
                self.held.append(index)
                continue
            if index in done:
                continue
            if deadline.passed():
                self.held.extend(i for i in range(index, len(records)) if i not in done)
                return
            route = None
            try:
                route = room.match(record)
                if route is None:
                    raise room.no_route(record)
                if route.batch:
                    done.update(self.run_together(route, index, stopped))
                    continue
                result = route.call(record, invocation)
                if result is not None:
                    check(call.settle(result))
                self.settled += 1
            except KeyboardInterrupt:
                raise
            except BaseException as exc:
                if self.fail(index, exc, route) and lanes is not None:
                    stopped.add(lanes[index])

    def run_together(self, route: Route, first: int, stopped: set[Any]) -> list[int]:
        """Call a whole-batch handler with the records from `first` on that are its own; their indexes."""
        members = self.together(route, first, stopped)
        try:
            result = route.call([self.records[i] for i in members], self.invocation)
            if not hasattr(
                type(result), "__next__"
            ):  # naming failures in a generator is fine: it is run to its end
                result = call.settle(result)
            failed = self.named(result, members)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            failed = {i: exc for i in members}
        for i in members:
            if self.lanes is not None and self.lanes[i] in stopped:
                self.held.append(i)
            elif i not in failed:
                self.settled += 1
            elif self.fail(i, failed[i], route) and self.lanes is not None:
                stopped.add(self.lanes[i])
        return members

    def together(self, route: Route, first: int, stopped: set[Any]) -> list[int]:
        """The indexes that a whole-batch handler gets: all of its records, or the run of them where order counts."""
        members = []
        for i in range(first, len(self.records)):
            if self.lanes is not None and self.lanes[i] in stopped:
                continue
            if self.room.match(self.records[i]) is route:
                members.append(i)
            elif self.lanes is not None:
                break
        return members

    def named(self, result: Any, members: list[int]) -> dict[int, BaseException]:
        """The failures that a whole-batch handler returned: an iterable of its records or of their identifiers."""
        if result is None:
            return {}
        if isinstance(result, str | bytes | dict) or not hasattr(result, "__iter__"):
            raise ResultError(
                f"a batch handler returns None or the failed records or ids, not {type(result).__name__}"
            )
        indexes: dict[Any, list[int]] = {}
        for i in members:
            indexes.setdefault(self.identifiers[i], []).append(i)
        failed: dict[int, BaseException] = {}
        for item in result:
            item = getattr(item, "raw_event", item)  # a Powertools record
            identifier = self.room.identifier(item) if isinstance(item, dict) else item
            if not self.room.usable(identifier) or identifier not in indexes:
                raise ResultError(
                    "a batch handler returned something that is no record or identifier of its batch"
                )
            failed.update((i, Reported("the batch handler reported it")) for i in indexes[identifier])
        return failed

    def fail(self, index: int, exc: BaseException, route: Route | None) -> bool:
        """Take down a failure, unless the exception or its handler settles the record; whether it stands."""
        verdict = self.room.app.verdict(exc, self.invocation.at(route, self.records[index]))
        if isinstance(verdict, Drop):
            self.settled += 1
            self.dropped += 1
            return False
        self.failures[index] = verdict
        if len(self.failures) <= _LOGGED:
            log.warning("%s", self.line(index, verdict))
        return True

    def line(self, index: int, exc: BaseException) -> str:
        """The log line of a failed record: source, identifier, class name and place; no payload."""
        from .failures import class_name, printable, where

        place = where(exc)
        shown = printable(self.identifiers[index] or f"[{index}]")
        return f"{self.room.name} record {shown} failed: {class_name(exc)}{f' at {place}' if place else ''}"

    def error(self) -> BaseException:
        """The exception that stands for the whole batch."""
        from .failures import class_name

        classes: dict[str, int] = {}
        for exc in self.failures.values():
            classes[class_name(exc)] = classes.get(class_name(exc), 0) + 1
        if self.failures and all(isinstance(exc, NoRouteError) for exc in self.failures.values()):
            return next(iter(self.failures.values()))
        counts = sorted(classes.items(), key=lambda item: -item[1])
        shown = ", ".join(f"{name} {count}" for name, count in counts[:10]) + (
            ", ..." if len(counts) > 10 else ""
        )
        held = f", {len(self.held)} not started" if self.held else ""
        error = BatchError(
            f"{len(self.failures)} of {len(self.records)} {self.room.name} records failed"
            f"{f' ({shown})' if shown else ''}{held}",
            failed=len(self.failures),
            not_started=len(self.held),
            total=len(self.records),
            classes=dict(counts[:100]),
        )
        if self.room.app.debug and self.failures:
            error.__cause__ = next(iter(self.failures.values()))
        return error

    def summarise(self) -> None:
        """One line for the failures that had none of their own, and one for what was settled on purpose."""
        if len(self.failures) > _LOGGED:
            log.warning("%s: %d more records failed", self.room.name, len(self.failures) - _LOGGED)
        if self.dropped:
            log.debug("%s: %d records dropped", self.room.name, self.dropped)


class Reported(Exception):
    """The failure of a record that a whole-batch handler returned."""


def check(result: Any) -> None:
    """ResultError if a handler of one record answers for the batch: only the framework builds batch responses."""
    if type(result) is dict and result.get("batchItemFailures"):
        raise ResultError("a handler of one record returned batchItemFailures; raise to fail the record")


class RecordSource(EventSource):
    """A source that delivers records and waits for nothing: every record runs, then a failure is raised."""

    synchronous = False
    records = True

    def subjects(self, event: Any) -> Sequence[Any]:
        """The records of the event."""
        records: Sequence[Any] = event["Records"]
        return records

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this record (or these) alone, so that a handler that loops over `Records` works."""
        if subject is None:
            return event
        return {**event, "Records": subject if isinstance(subject, list) else [subject]}

    def identifier(self, record: Any) -> Any:
        """What names the record in an answer or a log line."""
        return None

    def usable(self, identifier: Any) -> bool:
        """Whether Lambda would take the identifier: anything else makes it retry the whole batch without end."""
        return isinstance(identifier, str) and identifier != ""

    def batch_vocabulary(self) -> binding.Vocabulary:
        """What a whole-batch handler may ask for."""
        return binding.Vocabulary(source=f"{self.name}.batch", parts={"records": lambda records: records})

    def lanes(self, records: Sequence[Any]) -> list[Any] | None:
        """For each record what it must keep its order in, or None where there is no order; a failure stops its lane."""
        return None

    def run(self, invocation: Invocation) -> Any:
        """Handle every record; the verdict is kept on the invocation, so that no middleware can change it."""
        if self.noise(invocation.event):
            invocation.verdict = lambda: None
            return None
        batch = Batch(self, invocation)
        batch.run()
        batch.summarise()
        invocation.verdict = lambda: self.verdict(batch)
        return invocation.verdict()

    def verdict(self, batch: Batch) -> Any:
        """The answer for the batch, or the exception that fails it."""
        if not batch.failures and not batch.held:
            return None
        if len(batch.records) == 1 and batch.failures:
            raise batch.failures[0]
        raise batch.error()

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The verdict, whatever middleware made of it: a batch that was not run is not acknowledged."""
        if invocation.verdict is None:
            raise ResultError(
                "middleware answered without calling call_next, so the records were not handled"
            )
        return invocation.verdict()


class PolledSource(RecordSource):
    """A source that Lambda polls: a partial batch response where it is declared, else an exception if any failed."""

    reports_rest = True
    """Whether what a failure holds back is reported with it (queues), or implied by it (streams)."""

    def declared(self, records: Iterable[Any]) -> bool:
        """Whether the mapping of these records is declared to report partial responses."""
        return all(self.partial(key) for key in {self.key(record) for record in records})

    def partial(self, key: Any) -> bool:
        """Whether the queue or stream is declared partial: by its routes, else by the router."""
        said = {r.options["partial"] for r in self.candidates(key) if r.options.get("partial") is not None}
        if said:
            return said == {True}
        listed: bool = self.app.lists_partial(key, self.resource)
        return listed

    def resource(self, arn: str) -> str:
        """The name of the queue or stream in its ARN."""
        return arn

    def verdict(self, batch: Batch) -> Any:
        """None or a partial response where all went well; else the failures, or the exception that stands for them."""
        partial = bool(batch.records) and self.declared(batch.records)
        if not batch.failures and not batch.held:
            return {"batchItemFailures": []} if partial else None
        if not partial or (not batch.settled and self.app.all_failed == "raise"):
            raise batch.error()
        return {"batchItemFailures": [{"itemIdentifier": i} for i in self.reported(batch)]}

    def reported(self, batch: Batch) -> list[Any]:
        """The identifiers to report, each once, in the order of the records; one that is unusable fails the batch."""
        indexes = sorted([*batch.failures, *batch.held] if self.reports_rest else batch.failures)
        identifiers = [batch.identifiers[i] for i in indexes]
        if not all(self.usable(i) for i in identifiers):
            raise batch.error()
        return list(dict.fromkeys(identifiers))

    def enter(self, route: Route) -> None:
        """Routes of one queue or stream must agree on whether its mapping reports partial responses."""
        wanted = route.options.get("partial")
        for other in self.routes if wanted is not None else ():
            said = other.options.get("partial")
            if said is not None and said is not wanted and self.overlap(route, other):
                raise ConfigurationError(
                    f"{route!r} says partial={wanted} and {other!r} says partial={said}, but they share a mapping: "
                    "say the same in both"
                )
        super().enter(route)

    def overlap(self, one: Route, other: Route) -> bool:
        """Whether two routes may be about the same queue or stream: by name, or by a glob of one over the other."""
        names = [[c for c in route.conditions if c.label == self.index] for route in (one, other)]
        if not names[0] or not names[1]:
            return True
        (a,), (b,) = names
        return any(a.test(n) for n in each(b.written)) or any(b.test(n) for n in each(a.written))


def each(values: Any) -> Iterable[Any]:
    """A value, or each of a list of values."""
    return values if isinstance(values, list | tuple | set | frozenset) else (values,)
