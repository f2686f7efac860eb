"""The ledger of a run: what became of each record, and everything that should not have."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from .answers import Verdict

__all__ = ["Delivery", "Discard", "Ledger"]

BREACHES = ("lost", "acked_but_failed", "order_violations", "stray", "unresolved")
"""What no handler may do; each is 0 for one that is right."""

COSTS = ("repeated", "innocent", "invocations", "delivered")
"""What every handler does now and then; no more than the reference handler is what can be asked for."""


class Lane:
    """Records that have an order among them: a message group, a shard, a partition."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.records: list[Record] = []
        self._turn = self._first = self._clear = 0

    def blocks(self, record: Record, turn: int) -> Record | None:
        """The first earlier record that is neither resolved nor has succeeded in this invocation."""
        if self._turn != turn:
            self._turn, self._clear = turn, self._unresolved()
        while self._clear < record.place:
            earlier = self.records[self._clear]
            if not earlier.resolved and earlier.done_in != turn:
                return earlier
            self._clear += 1
        return None

    def _unresolved(self) -> int:
        """Where the first unresolved record is; what an earlier invocation has done may block again."""
        while self._first < len(self.records) and self.records[self._first].resolved:
            self._first += 1
        return self._first


class Record:
    """A record of the source: its name for people and plans, its identifier in answers, its place in its lane.

    `text` is the record as JSON, `arrived` when it was sent. The rest is what the ledger knows of it: how often
    it was started, in which invocations it was last delivered and done, whether it is resolved.
    """

    def __init__(
        self, name: str, identifier: Hashable, text: str, *, arrived: float, lane: Lane | None
    ) -> None:
        self.name = name
        self.identifier = identifier
        self.text = text
        self.arrived = arrived
        self.lane = lane
        self.place = 0
        if lane is not None:
            self.place = len(lane.records)
            lane.records.append(self)
        self.started = self.succeeded = 0
        self.delivered_in = self.done_in = 0
        self.settled = self.acknowledged = self.discarded = False

    @property
    def resolved(self) -> bool:
        """Whether the mapping is done with it."""
        return self.acknowledged or self.discarded


class Delivery(NamedTuple):
    """One invocation: which records it got and what came of it.

    `number` counts invocations from 1; `at` is the virtual time; `source` is the shard or queue; `attempt`
    counts from 1 how often this very batch was tried; `turn` is shared by batches that were under way at
    once; `error` is the class name of what the invocation failed with; `fault` what the simulator did to it.
    """

    number: int
    at: float
    names: tuple[str, ...]
    verdict: Verdict
    source: str
    attempt: int
    turn: int
    error: str | None
    fault: str | None


class Discard(NamedTuple):
    """Records that the mapping gave up, as the message to a destination tells it.

    `condition` is "RetryAttemptsExhausted", "RecordAgeExceeded" or "Expired"; `first` and `last` are
    identifiers. https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """

    condition: str
    names: tuple[str, ...]
    source: str
    first: Any
    last: Any
    invoke_count: int

    @property
    def batch_size(self) -> int:
        """How many records they are."""
        return len(self.names)


class Ledger:
    """What became of the records of one run.

    Counts that are 0 for a handler that is right: `lost` (acknowledged, never succeeded), `acked_but_failed`
    (acknowledged in an invocation in which it did not succeed), `order_violations` (started while an earlier
    record of its group, shard or partition was neither resolved nor had succeeded in this invocation), `stray`
    (handled outside of the invocation that delivered it) and `unresolved` (left when the simulation gave up).
    Counts to compare with the reference handler: `repeated` (succeeded again), `innocent` (discarded though
    not poison), `invocations`, `delivered` (records, each time).

    `dead_lettered` are the names of what went to the dead-letter queue, `destination` what a stream or topic
    gave up, `deliveries` every invocation, `errors` how often an invocation failed by class name, `broken`
    the records behind each count, `gave_up` whether the simulation ended before everything was delivered.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._lock = threading.Lock()
        self.broken: dict[str, list[str]] = {name: [] for name in (*BREACHES, "repeated", "innocent")}
        self.records = len(records)
        self.invocations = 0
        self.delivered = 0
        self.dead_lettered: list[str] = []
        self.destination: list[Discard] = []
        self.deliveries: list[Delivery] = []
        self.errors: Counter[str] = Counter()
        self.gave_up = False

    @property
    def lost(self) -> int:
        """Records that were acknowledged and never succeeded."""
        return len(self.broken["lost"])

    @property
    def acked_but_failed(self) -> int:
        """How often a record was acknowledged in an invocation in which it did not succeed."""
        return len(self.broken["acked_but_failed"])

    @property
    def order_violations(self) -> int:
        """How often a record was started out of order."""
        return len(self.broken["order_violations"])

    @property
    def stray(self) -> int:
        """How often a record was handled outside of the invocation that delivered it."""
        return len(self.broken["stray"])

    @property
    def unresolved(self) -> int:
        """Records that were left when the simulation gave up."""
        return len(self.broken["unresolved"])

    @property
    def repeated(self) -> int:
        """How often a record succeeded that had succeeded before."""
        return len(self.broken["repeated"])

    @property
    def innocent(self) -> int:
        """Records that were discarded though they are not poison."""
        return len(self.broken["innocent"])

    @property
    def succeeded(self) -> int:
        """Records that succeeded at least once."""
        return sum(record.succeeded > 0 for record in self._records)

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, acknowledged too early, out of order, stray or left over."""
        return not self.gave_up and not any(self.broken[name] for name in BREACHES)

    def worse_than(self, other: Ledger) -> list[str]:
        """The counts that are higher here than in another ledger, such as the reference handler's."""
        return [name for name in (*BREACHES, *COSTS) if getattr(self, name) > getattr(other, name)]

    # -- entries -----------------------------------------------------------------------------------------------

    def deliver(self, batch: Iterable[Record]) -> None:
        """A new invocation gets these records."""
        self.invocations += 1
        for record in batch:
            self.delivered += 1
            record.delivered_in = self.invocations

    def start(self, record: Record) -> None:
        """The user's code begins with a record."""
        with self._lock:
            record.started += 1
            turn = self.invocations
            if record.delivered_in != turn:
                self._enter("stray", record, f"started in invocation {turn}, which it was not delivered to")
            elif record.lane and (earlier := record.lane.blocks(record, turn)):
                self._enter("order_violations", record, f"of {record.lane.name} before {earlier.name}")

    def succeed(self, record: Record, turn: int) -> None:
        """The user's code has done a record that it began in this invocation."""
        with self._lock:
            if record.succeeded:
                self._enter("repeated", record, f"succeeded again in invocation {self.invocations}")
            record.succeeded += 1
            if turn == self.invocations == record.delivered_in:
                record.done_in = turn
            else:
                self._enter("stray", record, f"started in invocation {turn}, done in {self.invocations}")

    def settle(self, record: Record) -> None:
        """The user's code has decided that a record needs no work."""
        record.settled = True
        record.done_in = self.invocations

    def acknowledge(self, batch: Iterable[Record]) -> None:
        """The mapping takes these for done."""
        for record in batch:
            if record.done_in != self.invocations:
                self._enter("acked_but_failed", record, f"in invocation {self.invocations}")
            record.acknowledged = True

    def discard(self, batch: Sequence[Record], poison: Iterable[bool]) -> None:
        """The mapping gives these up; for each whether it is poison."""
        for record, at_fault in zip(batch, poison, strict=True):
            record.discarded = True
            if not at_fault:
                self._enter("innocent", record, "discarded")

    def close(self) -> None:
        """The run is over."""
        for record in self._records:
            if record.acknowledged and not record.succeeded and not record.settled:
                self._enter("lost", record, "acknowledged, never succeeded")
            if not record.resolved:
                self._enter("unresolved", record, f"started {record.started} times")

    def _enter(self, name: str, record: Record, what: str) -> None:
        self.broken[name].append(f"{record.name} ({what})")

    def __repr__(self) -> str:
        lines = [f"<Ledger {'ok' if self.ok else 'BROKEN'}: {', '.join(self._counts())}", *self._broken()]
        if self.errors:
            lines.append(
                f"  errors: {', '.join(f'{count} {name}' for name, count in self.errors.most_common(5))}"
            )
        return "\n".join(lines) + ">"

    def _counts(self) -> list[str]:
        """What happened, in numbers."""
        gone = sum(discard.batch_size for discard in self.destination)
        return [
            f"{self.records} records",
            f"{self.succeeded} succeeded",
            f"{'gave up after ' * self.gave_up}{self.invocations} invocations",
            f"{self.delivered} deliveries",
            *[f"{len(self.dead_lettered)} dead-lettered"] * bool(self.dead_lettered),
            *[f"{gone} given up"] * bool(gone),
            f"{self.repeated} repeated",
            f"{self.innocent} innocent",
        ]

    def _broken(self) -> list[str]:
        """A line for each breach, with the first few records."""
        return [
            f"  {name} {len(found)}: {', '.join(found[:3])}{', ...' if len(found) > 3 else ''}"
            for name in BREACHES
            if (found := self.broken[name])
        ]
