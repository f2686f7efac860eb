"""Records: each is matched and handled alone, and what failed decides the answer for the batch.

`RecordSource` is for services that deliver records and wait for nothing (S3, EventBridge); `PolledSource` is
for event source mappings, where Lambda's poller reads a partial batch response if its mapping says so, and
ignores it if not (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). Whether it
does is not in the event, so a partial response is sent only where it is declared; without that the batch
raises if any record failed.
"""

from __future__ import annotations

import logging

from . import binding, criteria
from .call import settle
from .deadline import Deadline
from .errors import BatchError, ConfigurationError, NoRouteError, ResultError, RouterError
from .outcomes import Drop
from .source import EventSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import Any

    from .invocation import Invocation
    from .source import Route

log = logging.getLogger("lambda_router")

_LOGGED = 100
"""Failed records that get a line of their own in one invocation; the rest are counted in one line."""

_SENDERS = 1024
"""Senders that are remembered; a function has a handful, so that more are somebody's made-up names."""


class Batch:
    """One batch on its way through the handlers; calling it gives its answer, or raises what fails it.

    `open` is what has not been settled, by index: the class name of its failure, or None where it was not
    started. Every record is open until its handler has run to its end, so that nothing is acknowledged by
    oversight. `quiet` is whether its failures are logged elsewhere. What the answer depends on, identifiers above
    all, is read when this is made, before handlers can change it.
    """

    __slots__ = (
        "dropped",
        "failed",
        "first",
        "identifiers",
        "keys",
        "lanes",
        "lost",
        "open",
        "partial",
        "quiet",
        "ran",
        "records",
        "room",
        "senders",
        "stopped",
        "taken",
        "unrouted",
    )

    def __init__(self, room: RecordSource, event: Any) -> None:
        self.room = room
        self.records = list(room.subjects(event))
        self.identifiers = room.identifiers(self.records)
        self.keys = room.keys(self.records)
        self.senders = {key: room.sender(key) for key in set(self.keys)}
        self.lanes = room.lanes(self.records, self.keys)
        self.partial = False not in [sender.partial for sender in self.senders.values()]
        self.open: dict[int, str | None] = dict.fromkeys(range(len(self.records)))
        self.dropped = 0
        self.ran = False
        self.quiet = False
        self._start()

    def _start(self) -> None:
        self.failed = self.unrouted = 0
        self.first: BaseException | None = None
        self.lost: BaseException | None = None
        self.stopped: set[Hashable] = set()
        self.taken: set[int] = set()

    def __call__(self) -> Any:
        """The answer for the batch, or the exception that fails it, however often it is asked."""
        return self.room.verdict(self)

    def run(self, invocation: Invocation) -> None:
        """Handle every record that order and the deadline allow.

        Run again (by middleware that tries again) it handles what is still open, and nothing twice.
        """
        if self.ran:
            self.open = dict.fromkeys(self.open)
            self._start()
        self.ran = True
        if self.room.app.layered:
            self.reread(invocation.event)
        if True in [sender.concurrent for sender in self.senders.values()]:
            from .concurrency import run

            run(self, invocation)
        else:
            self.run_in_order(invocation)
        self.finish()

    def run_in_order(self, invocation: Invocation) -> None:
        """Handle one record after the other."""
        room, records, keys, senders, left = self.room, self.records, self.keys, self.senders, self.open
        lanes, stopped, taken = self.lanes, self.stopped, self.taken
        only = senders[keys[0]].route if len(senders) == 1 else None
        passed = Deadline(invocation.context, room.app.deadline_margin).passed
        for index in tuple(left):
            if (taken and index in taken) or (stopped and lanes is not None and lanes[index] in stopped):
                continue
            if passed():
                break
            record = records[index]
            route = only or senders[keys[index]].route
            try:
                if route is None:
                    route = room.match(record)
                    if route is None:
                        raise self.no_route(record)
                if route.batch:
                    self.run_together(route, index, invocation=invocation)
                    continue
                result = route.call(record, invocation)
                if result is not None:
                    check(settle(result))
                del left[index]
            except KeyboardInterrupt:
                raise
            except BaseException as exc:
                self.fail(index, exc, invocation.at(route, record))

    def reread(self, event: Any) -> None:
        """Take the records as middleware left them: it may change what is in them, not which they are."""
        records = list(self.room.subjects(event))
        if records != self.records:
            if [self.room.identifier(record) for record in records] != self.identifiers:
                raise ResultError("middleware changed which records the batch has, so it was not handled")
            self.records = records

    # -- whole-batch handlers --------------------------------------------------------------------------------

    def run_together(self, route: Route, first: int, *, invocation: Invocation) -> None:
        """Call a whole-batch handler with the records from `first` on that are its own."""
        members = self.together(route, first)
        self.taken.update(members)
        try:
            records = [self.records[i] for i in members]
            failed = self.named(route.call(records, invocation), members)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            failed = dict.fromkeys(members, exc)
        for i in members:
            if self.lanes is not None and self.lanes[i] in self.stopped:
                continue
            if i in failed:
                self.fail(i, failed[i], invocation.at(route, self.records[i]))
            else:
                del self.open[i]

    def together(self, route: Route, first: int) -> list[int]:
        """The indexes that a whole-batch handler gets: all that are its own, or where order counts a run.

        What is behind an open record of its lane ends the run too: with `concurrency` that one may be under way.
        """
        if self.lanes is None:
            return [i for i in self.open if i >= first and self.room.match(self.records[i]) is route]
        members, waited_for = [first], set()
        for i in self.open:
            lane = self.lanes[i]
            if i < first:
                waited_for.add(lane)
            elif i > first and lane not in self.stopped:
                if lane in waited_for or self.room.match(self.records[i]) is not route:
                    break
                members.append(i)
        return members

    def named(self, result: Any, members: list[int]) -> dict[int, BaseException]:
        """The failures that a whole-batch handler returned: an iterable of its records or of their ids."""
        if not hasattr(type(result), "__next__"):  # a generator of failures is run to its end, here
            result = settle(result)
        if result is None:
            return {}
        if isinstance(result, str | bytes | dict) or not hasattr(result, "__iter__"):
            raise ResultError(
                f"a batch handler returns None or the failed records or ids, not {type(result).__name__}"
            )
        failed: dict[int, BaseException] = {}
        find = self.finder(members)
        for item in result:
            failed.update((i, Reported("the batch handler reported it")) for i in find(item))
        return failed

    def finder(self, members: list[int]) -> Any:
        """What finds the records that a whole-batch handler names: by the record itself, else by its id."""
        by_record = {id(self.records[i]): [i] for i in members}
        by_name: dict[Any, list[int]] = {}
        for i in members:
            if self.room.usable(self.identifiers[i]):
                by_name.setdefault(self.identifiers[i], []).append(i)

        def find(item: Any) -> list[int]:
            item = getattr(item, "raw_event", item)  # a Powertools record
            name = self.room.identifier(item) if isinstance(item, dict) else item
            found = by_record.get(id(item)) or (by_name.get(name) if self.room.usable(name) else None)
            if found is None:
                raise ResultError(
                    "a batch handler returned something that is no record or identifier of its batch"
                )
            return found

        return find

    def no_route(self, record: Any) -> BaseException:
        """The error for a record that nothing matches; one stands for all that have no log line."""
        if self.lost is None or self.unrouted < _LOGGED:
            self.lost = self.room.no_route(record)
        return self.lost.with_traceback(None)

    # -- failures --------------------------------------------------------------------------------------------

    def fail(self, index: int, exc: BaseException, call: Invocation) -> None:
        """Take down the failure of a record, unless the exception or its handler settles the record."""
        judged = call.route is not None and call.route.judged
        verdict = exc if judged else self.room.app.verdict(exc, call)
        if self.room.carry_out(verdict, call):
            del self.open[index]
            self.dropped += 1
        else:
            self.take_down(index, verdict, call)

    def take_down(self, index: int, verdict: BaseException, call: Invocation) -> None:
        """The failure stands: it stops its lane, and the first hundred have a line in the log."""
        from .failures import class_name

        self.open[index] = class_name(verdict)
        self.failed += 1
        self.unrouted += call.route is None and issubclass(type(verdict), NoRouteError)
        if self.first is None:
            self.first = verdict
        if self.lanes is not None:
            self.stopped.add(self.lanes[index])
        if not self.quiet and self.failed <= _LOGGED and (self.room.records or len(self.records) > 1):
            log.warning("%s", self.line(index, verdict))

    def line(self, index: int, exc: BaseException) -> str:
        """The log line of a failed record: source, id, class name and place; its text only when debugging."""
        from .failures import class_name, printable, text, where

        place = "" if issubclass(type(exc), RouterError) else where(exc)
        shown = printable(self.identifiers[index] or f"[{index}]")
        said = f": {printable(text(exc), limit=1000)}" if self.room.app.debug else ""
        at = f" at {place}" if place else ""
        return f"{self.room.name} record {shown} failed: {class_name(exc)}{said}{at}"

    def finish(self) -> None:
        """One line for the failures that had none of their own, and one for what was settled on purpose."""
        if self.failed > _LOGGED:
            log.warning("%s: %d more records failed", self.room.name, self.failed - _LOGGED)
        if self.dropped:
            log.debug("%s: %d records dropped", self.room.name, self.dropped)
        if self.partial and len(self.open) < len(self.records):
            self.first = self.lost = None  # will not be raised, and their frames hold the batch in a circle

    def error(self, why: str = "") -> BaseException:
        """The exception that stands for the batch; `why` says what kept its failures from being reported."""
        if self.first is not None and self.unrouted == self.failed:
            return self.first
        from collections import Counter

        classes = Counter(name for name in self.open.values() if name is not None).most_common()
        waiting = len(self.open) - self.failed
        error = BatchError(
            f"{self.failed} of {len(self.records)} {self.room.name} records failed"
            f"{_counted(classes)}{f', {waiting} not started' if waiting else ''}{why}",
            failed=self.failed,
            not_started=waiting,
            total=len(self.records),
            classes=dict(classes[:100]),
        )
        if self.room.app.debug:
            error.__cause__ = self.first
        return error


class Sender:
    """What is known of a queue, stream or bucket before its records.

    `route` takes all of them, or is None where they decide for themselves; `partial` is whether their sender
    is declared to take a partial response, `concurrent` whether any of its routes takes several at a time.
    """

    __slots__ = ("concurrent", "partial", "route")

    def __init__(self, routes: Sequence[Route], *, partial: bool) -> None:
        self.route = routes[0] if routes and not routes[0].rest else None
        self.partial = partial
        self.concurrent = any(width(route) > 1 for route in routes)


class Reported(Exception):  # noqa: N818
    """The failure of a record that a whole-batch handler returned."""


def _counted(classes: list[tuple[str, int]]) -> str:
    from .failures import printable

    shown = [f"{printable(name, limit=60)} {count}" for name, count in classes[:10]]
    return f" ({', '.join(shown)}{', ...' if len(classes) > 10 else ''})" if shown else ""


def width(route: Route) -> int:
    """How many records of a batch the route takes at a time."""
    return route.options.get("concurrency") or 1


def check(result: Any) -> None:
    """ResultError if a handler of one record answers for the batch: only the framework does that."""
    if isinstance(result, dict) and result.get("batchItemFailures"):
        raise ResultError("a handler of one record returned batchItemFailures; raise to fail the record")


class RecordSource(EventSource):
    """A source that delivers records and waits for nothing: every record runs, then a failure is raised."""

    synchronous = False
    records = True

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._senders: dict[str | None, Sender] = {}

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

    def identifiers(self, records: Sequence[Any]) -> list[Any]:
        """What names each of the records."""
        return [self.identifier(record) for record in records]

    def usable(self, identifier: Any) -> bool:
        """Whether Lambda would take the identifier; for another it retries the whole batch."""
        if not isinstance(identifier, str) or not identifier:
            return False
        return identifier.isascii() or not any("\ud800" <= c <= "\udfff" for c in identifier)

    def keys(self, records: Sequence[Any]) -> list[str | None]:
        """For each record the value that `index` is about; None where there is none that could be read."""
        return [key if isinstance(key, str) else None for key in map(self.key, records)]

    def lanes(self, records: Sequence[Any], keys: Sequence[str | None]) -> Sequence[Hashable] | None:
        """For each record the lane in which it has its order and a failure stops; None without order."""
        return None

    def match(self, subject: Any) -> Route | None:
        """The first route whose criteria hold, each part looked at once; else the default route."""
        seen: dict[Any, Any] = {}
        for route in self.candidates(self.key(subject)):
            for criterion in route.rest:
                look = criterion.look
                if look not in seen:
                    seen[look] = look(subject)
                if not criterion.test(seen[look]):
                    break
            else:
                return route
        if self.app.unwrap and (wrapped := self.wrapped(subject)) is not None:
            from .unwrapping import unwrapped

            if (found := unwrapped(self, wrapped)) is not None:
                return found
        default: Route | None = self.app.default_route
        return default

    def carry_out(self, outcome: BaseException, call: Invocation) -> bool:
        """Do what a handler's exception asks for; whether the record is settled by it. A Drop settles it."""
        return issubclass(type(outcome), Drop)  # isinstance would ask the exception for its __class__

    def exclusive(self, batch: Batch) -> Sequence[Hashable]:
        """For each record what no two that run at the same time may share: its lane, else it is on its own."""
        return range(len(batch.records)) if batch.lanes is None else batch.lanes

    def sender(self, key: str | None) -> Sender:
        """What is known of a sender before its records; remembered, as there are few of them."""
        known = self._senders.get(key)
        if known is None:
            known = Sender(self.candidates(key), partial=self.partial(key))
            if len(self._senders) < _SENDERS:
                self._senders[key] = known
        return known

    def partial(self, key: str | None) -> bool:
        """Whether the sender is declared to take a partial response."""
        return False

    def batch_vocabulary(self) -> binding.Vocabulary:
        """What a whole-batch handler may ask for."""
        return binding.Vocabulary(source=f"{self.name}.batch", parts={"records": lambda records: records})

    def admit(self, invocation: Invocation) -> Batch:
        """The batch of the invocation, made of its event at the first call."""
        root = invocation.root
        batch: Any = root.verdict
        if batch is None:
            batch = root.verdict = Batch(self, invocation.event)
        return batch  # type: ignore[no-any-return]

    def run(self, invocation: Invocation) -> Any:
        """Handle every record; the answer, or the exception that fails the batch."""
        batch = self.admit(invocation)
        batch.run(invocation)
        return batch()

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The batch's own answer, whatever middleware made of it: what was not run is not acknowledged."""
        batch = self.admit(invocation)
        if batch.records and not batch.ran:
            raise ResultError(
                "middleware answered without calling call_next, so the records were not handled"
            )
        return batch()

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Raise it. A Drop of middleware settles an event that was not run; else the verdict stands."""
        if issubclass(type(exc), Drop):
            return batch() if (batch := self.admit(invocation)).ran else None
        raise exc

    def verdict(self, batch: Batch) -> Any:
        """None, or the exception that fails the batch: of a single record, its own."""
        if not batch.open:
            return None
        if len(batch.records) == 1 and batch.first is not None:
            raise batch.first
        raise batch.error()


class PolledSource(RecordSource):
    """A source that Lambda polls: a partial batch response where declared, else all or nothing."""

    reports_rest = True
    """Whether what a failure holds back is reported with it (queues), or implied by it (streams)."""

    def key(self, subject: Any) -> Any:
        """The ARN of the queue or stream."""
        return subject.get("eventSourceARN")

    def keys(self, records: Sequence[Any]) -> list[str | None]:
        """For each record the ARN of its queue or stream, or None."""
        return [arn if isinstance(arn := r.get("eventSourceARN"), str) else None for r in records]

    def partial(self, key: str | None) -> bool:
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
        """What is left to report, or the exception that fails the batch."""
        if not batch.open:
            return {"batchItemFailures": []} if batch.partial and batch.records else None
        nothing_settled = len(batch.open) == len(batch.records)
        if not batch.partial or (nothing_settled and self.app.all_failed == "raise"):
            raise batch.error()
        return {"batchItemFailures": [{"itemIdentifier": self.item(i)} for i in self.reported(batch)]}

    def item(self, identifier: Any) -> Any:
        """The identifier as it is written in an answer."""
        return identifier

    def reported(self, batch: Batch) -> list[Any]:
        """The identifiers to report, each once, in order; an unusable one fails the batch."""
        identifiers = [batch.identifiers[i] for i in self.to_report(batch)]
        if not all(self.usable(i) for i in identifiers):
            raise batch.error(", and not all of them have an identifier that could be reported")
        return list(dict.fromkeys(identifiers))

    def to_report(self, batch: Batch) -> Iterable[int]:
        """The indexes to report: all that are open, or of each lane the first, from which it is repeated."""
        if self.reports_rest:
            return batch.open
        first: dict[Any, int] = {}
        for i in batch.open:
            first.setdefault(None if batch.lanes is None else batch.lanes[i], i)
        return first.values()

    def carried(self, document: Any, raw: Any) -> Any:
        """None: what Lambda polls comes by its mapping alone."""
        return None

    def add(self, handler: Callable[..., Any] | None, **given: Any) -> Route:
        """Register one route; its options are checked before its handler is bound."""
        partial, concurrency = given.get("partial"), given.get("concurrency", 1)
        dead_letter = given.get("dead_letter")
        if partial is not None and not isinstance(partial, bool):
            raise ConfigurationError(f"partial is True or False in a route, not {partial!r}")
        if type(concurrency) is not int or concurrency < 1:
            raise ConfigurationError(
                f"concurrency is how many records run at a time, 1 or more, not {concurrency!r}"
            )
        if dead_letter is not None and not (isinstance(dead_letter, str) and dead_letter):
            raise ConfigurationError(f"dead_letter is a queue's name, ARN or URL, not {dead_letter!r}")
        return super().add(handler, **given)

    def enter(self, route: Route) -> None:
        """Routes of one queue or stream must agree on whether its mapping reports partial responses."""
        wanted = route.options.get("partial")
        for other in self.routes if wanted is not None else ():
            said = other.options.get("partial")
            if said is not None and said is not wanted and self.overlap(route, other):
                raise ConfigurationError(
                    f"{route!r} says partial={wanted} and {other!r} says partial={said}, "
                    "but they share a mapping: say the same in both"
                )
        super().enter(route)

    def overlap(self, one: Route, other: Route) -> bool:
        """Whether two routes may be about the same queue or stream, by name, ARN or glob."""
        ours, theirs = one.written(self.index or ""), other.written(self.index or "")
        if ours is None or theirs is None:
            return True
        return any(self._meet(a, b) for a in criteria.each(ours) for b in criteria.each(theirs))

    def _meet(self, one: str, other: str) -> bool:
        if criteria.is_arn(one) != criteria.is_arn(other):
            one, other = self._name_of(one), self._name_of(other)
        return criteria.meet(one, other)

    def _name_of(self, written: str) -> str:
        """A name, or the name in an ARN, as a glob where a star of the ARN may hide its beginning."""
        if not criteria.is_arn(written):
            return written
        name = self.resource(written)
        if name != written or "*" not in written:
            return name
        tail = written.rpartition("*")[2]
        return tail.rpartition(":")[2] if ":" in tail else f"*{tail}"


def all_from(event: Any, source: str, *, key: str = "eventSource") -> bool:
    """Whether the event has records and each of them, not only the first, says that it is from the source."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        return False
    for record in records:
        if not isinstance(record, dict) or record.get(key) != source:
            return False
    return True
