"""Amazon Kinesis data streams and Amazon DynamoDB streams.

Each shard is read in the order of its sequence numbers, by as many readers as the ParallelizationFactor says:
all records of a partition key have the same reader. A reader keeps to its batch until it is done with it:
after a partial answer the records before the lowest number, compared as integers, are done, and what is left
is a new batch with all its tries; after a failure the same batch comes again, or its halves where the mapping
bisects, the first half first. A batch that has had its tries goes to the destination. Records that are too
old go there before a try. A try waits for up to a minute, on the virtual clock.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import json
import random
import time
import zlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from ..samples.dynamodb import event as dynamodb_event
from ..samples.kinesis import event as kinesis_event
from .answers import Verdict
from .function import START
from .ledger import Lane, Record
from .mapping import EventSourceMapping
from .run import NONE, Faults, Run

DAY = 86_400.0
STATE_LIMIT = 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html"""


class StreamOptions(TypedDict, total=False):
    """The options of every `StreamMapping`."""

    records: int
    messages: Sequence[Any] | None
    shards: int
    keys: int | Sequence[str]
    batch_size: int
    report: bool
    max_retries: int
    max_age: float | None
    retention: float
    bisect: bool
    parallel: int
    order: Literal["shard", "key"] | None
    window: float | None
    seed: int
    faults: Faults
    timeout: float


class StreamMapping(EventSourceMapping):
    """A stream and its mapping.

    `shards` is how many the stream has, `keys` how many partition keys there are, or the key of each record.
    `max_retries` is MaximumRetryAttempts (-1: until the record expires), `max_age` MaximumRecordAge in
    seconds (None: as long as the stream keeps it), `retention` how long that is, `bisect`
    BisectBatchOnFunctionError, `parallel` ParallelizationFactor, `window` the length of a tumbling window in
    seconds; records come one a second. `order` is whether the ledger takes the order of a whole shard for
    what a handler must keep, or that of each partition key, which is all there is with several readers.
    """

    def __init__(
        self,
        *,
        records: int = 200,
        messages: Sequence[Any] | None = None,
        shards: int = 2,
        keys: int | Sequence[str] = 12,
        batch_size: int = 10,
        report: bool = True,
        max_retries: int = 6,
        max_age: float | None = None,
        retention: float = DAY,
        bisect: bool = False,
        parallel: int = 1,
        order: Literal["shard", "key"] | None = None,
        window: float | None = None,
        seed: int = 0,
        faults: Faults = NONE,
        timeout: float = 30.0,
    ) -> None:
        super().__init__(
            records=records,
            messages=messages,
            batch_size=batch_size,
            report=report,
            seed=seed,
            faults=faults,
            timeout=timeout,
        )
        if not isinstance(keys, int) and len(keys) != len(self.names):
            raise ValueError(f"keys is a number or one for each of the {len(self.names)} records")
        if not 1 <= parallel <= 10 or (window is not None and parallel > 1):
            raise ValueError("parallel is from 1 to 10, and 1 with a window")
        if order == "shard" and parallel > 1:
            raise ValueError("with several readers a shard has its order within each partition key alone")
        if max_retries < -1 or shards < 1:
            raise ValueError("max_retries is -1 or more, and shards is 1 or more")
        self.shards = shards
        self.keys = keys
        self.max_retries = max_retries
        self.oldest = retention if max_age is None else min(max_age, retention)
        self.too_old = "Expired" if self.oldest == retention else "RecordAgeExceeded"
        self.bisect = bisect
        self.parallel = parallel
        self.order = order or ("shard" if parallel == 1 else "key")
        self.window = window

    @property
    def arn(self) -> str:
        """The stream's ARN, as it is in events."""
        found: str = self._raw[0]["eventSourceARN"]
        return found

    @abstractmethod
    def _position(self, raw: Mapping[str, Any]) -> tuple[str, str]:
        """The sequence number and the partition key of a record."""

    def _partition_keys(self, chance: random.Random) -> list[str]:
        if not isinstance(self.keys, int):
            return list(self.keys)
        return [f"key-{chance.randint(1, self.keys)}" for _ in self.names]

    def _arrived(self, number: int) -> float:
        """When the record of this index was put into the stream."""
        return START - len(self.names) + number

    def _shard(self, key: str) -> int:
        return zlib.crc32(key.encode()) % self.shards

    def _records(self, raw: Sequence[Mapping[str, Any]]) -> list[Record]:
        lanes: dict[str, Lane] = {}
        made: list[Record] = []
        for number, (name, one) in enumerate(zip(self.names, raw, strict=True)):
            sequence, key = self._position(one)
            lane = shard_id(self._shard(key)) if self.order == "shard" else key
            made.append(
                StreamRecord(
                    name,
                    sequence,
                    json.dumps(one),
                    arrived=self._arrived(number),
                    lane=lanes.setdefault(lane, Lane(lane)),
                    reader=(self._shard(key), zlib.crc32(key.encode()) // self.shards % self.parallel),
                )
            )
        return made

    def _poll(self, run: Run) -> None:
        readers: dict[tuple[int, int], Reader] = {}
        for record in run.records:
            if isinstance(record, StreamRecord):
                readers.setdefault(
                    record.reader, Reader(self, run, shard_id(record.reader[0]))
                ).records.append(record)
        while (waiting := [reader for reader in readers.values() if reader.waits()]) and run.goes_on():
            at_once = run.chance.sample(waiting, run.chance.randint(1, len(waiting)))
            under_way = [(reader, batch) for reader in at_once if (batch := reader.take())]
            for reader, batch in under_way:
                reader.settle(batch, reader.deliver(batch))


class StreamRecord(Record):
    """A record of a stream, with the shard and the reader of the shard that it has."""

    def __init__(self, *given: Any, reader: tuple[int, int], **named: Any) -> None:
        super().__init__(*given, **named)
        self.reader = reader


class Batch:
    """Some records that are tried together; `tries` is how often they were.

    `copy` is whether they are done already. In a tumbling window `final` is whether this is the window's last
    call, `early` whether it ends the window before its time; such a call may have no records.
    """

    def __init__(
        self,
        records: Sequence[Record],
        window: int | None = None,
        *,
        final: bool = False,
        early: bool = False,
        copy: bool = False,
    ) -> None:
        self.records = list(records)
        self.tries = 0
        self.window = window
        self.final = final
        self.early = early
        self.copy = copy


class Reader:
    """What reads a shard, or its own partition keys of a shard, in one run.

    `pending` are the batches that it is not done with; it takes new records when there is none.
    """

    def __init__(self, mapping: StreamMapping, run: Run, shard: str) -> None:
        self.mapping = mapping
        self.run = run
        self.shard = shard
        self.records: list[Record] = []
        self.pending: list[Batch] = []
        self._state: Any = {}
        self._at = 0
        self._done: list[Record] = []

    def waits(self) -> bool:
        """Whether there is anything left to deliver."""
        return bool(self.pending) or self._at < len(self.records)

    def take(self) -> Batch | None:
        """The batch to deliver next: what is pending, else new records; None if all of it is too old."""
        if self._done and self.run.happens(self.run.faults.dup):
            copy, self._done = Batch(self._done, copy=True), []
            return copy
        if not self.pending:
            self.pending = self._new()
        batch = self.pending[0]
        self._age(batch)
        if batch.records or batch.final or batch.early:
            return batch
        self.pending.remove(batch)
        return None

    def _new(self) -> list[Batch]:
        """The next records, as far as they are of one window; its last call may be a call of its own."""
        chance = self.run.chance
        chosen = self.records[self._at : self._at + chance.randint(1, self.mapping.batch_size)]
        window = self._window(chosen[0])
        chosen = self.run.cut([record for record in chosen if self._window(record) == window])
        self._at += len(chosen)
        behind = self.records[self._at : self._at + 1]
        if window is None or (behind and self._window(behind[0]) == window):
            return [Batch(chosen, window)]
        if chance.random() < 0.5:
            return [Batch(chosen, window, final=True)]
        return [Batch(chosen, window), Batch([], window, final=True)]

    def _window(self, record: Record) -> int | None:
        length = self.mapping.window
        return None if length is None else int(record.arrived // length)

    def _age(self, batch: Batch) -> None:
        """Give up what is too old: the first ones, as records come in the order of their arrival."""
        old = [record for record in batch.records if self.run.now - record.arrived > self.mapping.oldest]
        if old:
            self.run.give_up(old, self.mapping.too_old, source=self.shard, invoked=batch.tries)
            batch.records = batch.records[len(old) :]

    def deliver(self, batch: Batch) -> Verdict:
        """Call the function with a batch; what the mapping makes of the answer."""
        batch.tries += 1
        windowed = batch.window is not None
        records = ", ".join(record.text for record in batch.records)
        frame = f", {json.dumps(self._frame(batch))[1:-1]}" if windowed else ""
        return self.run.invoke(
            batch.records,
            f'{{"Records": [{records}]{frame}}}',
            source=self.shard,
            attempt=batch.tries,
            window=windowed,
        )

    def _frame(self, batch: Batch) -> dict[str, Any]:
        """What an event says of its tumbling window."""
        length, number = self.mapping.window or 0, batch.window or 0
        start, end = (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
            for at in (number * length, (number + 1) * length)
        )
        return {
            "window": {"start": start, "end": end},
            "state": self._state,
            "shardId": self.shard,
            "eventSourceARN": self.mapping.arn,
            "isFinalInvokeForWindow": batch.final,
            "isWindowTerminatedEarly": batch.early,
        }

    def settle(self, batch: Batch, verdict: Verdict) -> None:
        """Go on from the checkpoint that the verdict allows."""
        at = _checkpoint(batch.records, verdict)
        self.run.acknowledge(batch.records[:at])
        if batch.copy:
            return
        if at and batch.window is None:
            self._done = batch.records[:at]
        if verdict.outcome == "success":
            self.pending.remove(batch)
        elif at:
            self.pending[0] = Batch(batch.records[at:], batch.window, final=batch.final)
        else:
            self._again(batch, verdict)
        if verdict.outcome != "whole" and batch.window is not None:
            self._carry(batch, verdict)

    def _again(self, batch: Batch, verdict: Verdict) -> None:
        """Nothing of the batch is done: try it again, halve it, or give it up."""
        self.run.back_off(batch.tries)
        count, window = len(batch.records), batch.window
        if self.mapping.bisect and verdict.outcome == "whole" and count > 1:
            half = count // 2
            first, second = batch.records[:half], batch.records[half:]
            self.pending[:1] = [Batch(first, window), Batch(second, window, final=batch.final)]
        elif count and batch.tries > self.mapping.max_retries != -1:
            self.run.give_up(batch.records, "RetryAttemptsExhausted", source=self.shard, invoked=batch.tries)
            self.pending[:1] = [Batch([], window, final=True)] if batch.final else []

    def _carry(self, batch: Batch, verdict: Verdict) -> None:
        """Take over the window's state, or end the window: at its end, or early if its state is too large."""
        if batch.early or (batch.final and verdict.outcome == "success"):
            self._state = {}
            return
        self._state = verdict.state
        if len(json.dumps(self._state)) > STATE_LIMIT:
            self.pending.insert(0, Batch([], batch.window, early=True))


def _checkpoint(records: Sequence[Record], verdict: Verdict) -> int:
    """How many records from the first on are done."""
    if verdict.outcome == "success":
        return len(records)
    if verdict.outcome == "whole":
        return 0
    lowest = min(int(identifier) for identifier in verdict.failed)
    return sum(int(str(record.identifier)) < lowest for record in records)


class KinesisMapping(StreamMapping):
    """A Kinesis data stream and its mapping; `messages` are the data of its records. Options as `StreamMapping`."""

    def __init__(self, *, stream: str = "clicks", **options: Unpack[StreamOptions]) -> None:
        super().__init__(**options)
        self.stream = stream

    def _made(self, chance: random.Random) -> list[dict[str, Any]]:
        bodies = [{"id": name} for name in self.names] if self.messages is None else list(self.messages)
        keys = self._partition_keys(chance)
        number, numbers = 49_671_518_842_937_105_526_137_740_915_831_190_481_770_359_244_571_049_986, []
        for _ in bodies:
            numbers.append(str(number))
            number += chance.randrange(2**60, 2**80)
        made: list[dict[str, Any]] = kinesis_event(
            self.stream, bodies, partition_key=keys, sequence_number=numbers
        )["Records"]
        for place, raw in enumerate(made):
            held = raw["kinesis"]
            held["approximateArrivalTimestamp"] = self._arrived(place)
            raw["eventID"] = f"{shard_id(self._shard(held['partitionKey']))}:{held['sequenceNumber']}"
        return made

    def _position(self, raw: Mapping[str, Any]) -> tuple[str, str]:
        return raw["kinesis"]["sequenceNumber"], raw["kinesis"]["partitionKey"]


class DynamoDbMapping(StreamMapping):
    """A DynamoDB stream and its mapping; `messages` are the new images of items, as Python values.

    `digits` is how long sequence numbers are at the beginning and at the end. Options as `StreamMapping`.
    """

    def __init__(
        self, *, table: str = "orders", digits: tuple[int, int] = (1, 40), **options: Unpack[StreamOptions]
    ) -> None:
        super().__init__(**options)
        self.table = table
        self.digits = digits

    def _made(self, chance: random.Random) -> list[dict[str, Any]]:
        keys = self._partition_keys(chance)
        named = [{"customer": key, "id": name} for key, name in zip(keys, self.names, strict=True)]
        images = named if self.messages is None else list(self.messages)
        numbers = self._numbers(chance)
        made: list[dict[str, Any]] = dynamodb_event(self.table, images, sequence_number=numbers)["Records"]
        for place, raw in enumerate(made):
            raw["eventID"] = f"{chance.getrandbits(128):032x}"
            raw["dynamodb"]["ApproximateCreationDateTime"] = int(self._arrived(place))
        return made

    def _numbers(self, chance: random.Random) -> list[str]:
        """Rising sequence numbers, at first of few digits and at last of many."""
        low, high = self.digits
        last, numbers = 0, []
        for place in range(len(self.names)):
            width = low + (high - low) * place // max(len(self.names) - 1, 1)
            drawn = chance.randrange(10 ** (width - 1), 10**width)
            last = drawn if drawn > last else last + chance.randint(1, 3)
            numbers.append(str(last))
        return numbers

    def _position(self, raw: Mapping[str, Any]) -> tuple[str, str]:
        return raw["dynamodb"]["SequenceNumber"], json.dumps(raw["dynamodb"]["Keys"])


def shard_id(number: int) -> str:
    """A shard's name."""
    return f"shardId-{number:012d}"
