"""Apache Kafka topics, of Amazon MSK or self-managed.

A batch has records of several topics and partitions, in the order of their offsets in each partition. After a
partial answer each partition that is listed goes on from its lowest listed offset, any other is done: Lambda's
documentation shows the form of the answer and not this rule, which is an assumption. After a failure all of
the batch comes again; with a destination 11 times in all where the number of retries is not limited.
https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from ..samples import payloads, stamps
from .answers import Verdict
from .function import START, identifier
from .ledger import Lane, Record
from .mapping import EventSourceMapping
from .run import NONE, Faults, Run

WEEK = 7 * 86_400.0
CAP = 10
"""Retries without a limit are this many where there is a destination."""


class KafkaMapping(EventSourceMapping):
    """Kafka topics and their mapping; `messages` are the values of records.

    `topics` is how many partitions each topic has. `max_retries` is MaximumRetryAttempts (-1: no limit),
    `destination` whether there is one for failures: with it retries without a limit are 10, without it a
    failing batch comes again until its records are `retention` seconds old. `self_managed` says that the
    cluster is not Amazon MSK.
    """

    def __init__(
        self,
        *,
        topics: Mapping[str, int] | None = None,
        records: int = 200,
        messages: Sequence[Any] | None = None,
        batch_size: int = 20,
        report: bool = True,
        max_retries: int = -1,
        destination: bool = True,
        retention: float = WEEK,
        self_managed: bool = False,
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
        self.topics = {"orders": 3, "refunds": 2} if topics is None else dict(topics)
        if not self.topics or min(self.topics.values()) < 1:
            raise ValueError("topics is how many partitions each topic has, 1 at the least")
        self.max_retries = CAP if max_retries == -1 and destination else max_retries
        self.retention = retention
        self.self_managed = self_managed

    def _made(self, chance: random.Random) -> list[dict[str, Any]]:
        values = [{"id": name} for name in self.names] if self.messages is None else self.messages
        partitions = [(topic, number) for topic, count in self.topics.items() for number in range(count)]
        offsets = {partition: chance.randrange(100_000) for partition in partitions}
        made: list[dict[str, Any]] = []
        for number, value in enumerate(values):
            topic, partition = where = chance.choice(partitions)
            made.append(
                {
                    "topic": topic,
                    "partition": partition,
                    "offset": offsets[where],
                    "timestamp": round((START - len(values) + number) * 1000),
                    "timestampType": "CREATE_TIME",
                    "key": base64.b64encode(f"key-{chance.randint(1, 12)}".encode()).decode(),
                    "value": None if value is None else base64.b64encode(_octets(value)).decode(),
                    "headers": [],
                }
            )
            offsets[where] += chance.choice((1, 1, 1, 2, 7))  # compaction and transactions leave gaps
        return made

    def _records(self, raw: Sequence[Mapping[str, Any]]) -> list[Record]:
        lanes: dict[str, Lane] = {}
        made: list[Record] = []
        for name, one in zip(self.names, raw, strict=True):
            partition = f"{one['topic']}-{one['partition']}"
            lane = lanes.setdefault(partition, Lane(partition))
            arrived = one["timestamp"] / 1000
            made.append(Record(name, (partition, one["offset"]), json.dumps(one), arrived=arrived, lane=lane))
        return made

    def _poll(self, run: Run) -> None:
        consumer = Consumer(self, run)
        while consumer.waits() and run.goes_on():
            if consumer.take():
                consumer.settle(consumer.deliver())

    def head(self) -> dict[str, Any]:
        """What an event says of the cluster."""
        if self.self_managed:
            return {"eventSource": "SelfManagedKafka", "bootstrapServers": "b-1.kafka.example.com:9092"}
        cluster = identifier(random.Random(f"cluster {self.seed}"))
        arn = f"arn:aws:kafka:{stamps.REGION}:{stamps.ACCOUNT}:cluster/shop/{cluster}-1"
        servers = f"b-1.shop.a1b2c3.c1.kafka.{stamps.REGION}.amazonaws.com:9092"
        return {"eventSource": "aws:kafka", "eventSourceArn": arn, "bootstrapServers": servers}


class Consumer:
    """What reads the topics in one run; `batch` is what it has delivered and is not done with."""

    def __init__(self, mapping: KafkaMapping, run: Run) -> None:
        self.mapping = mapping
        self.run = run
        self.batch: list[Record] = []
        self._waiting: dict[str, list[Record]] = {}
        for record in run.records:
            self._waiting.setdefault(partition(record), []).append(record)
        self._tries = 0
        self._copy: list[Record] = []
        self._sent: list[Record] = []
        self._head = json.dumps(mapping.head())[1:-1]

    def waits(self) -> bool:
        """Whether there is anything left to deliver."""
        return bool(self.batch) or any(self._waiting.values())

    def take(self) -> bool:
        """Choose what to deliver next: a copy of what is done, the batch once more, or a new one."""
        self._sent = []
        if self._copy and self.run.happens(self.run.faults.dup):
            self._sent, self._copy = self._copy, []
            return True
        self.batch = self.batch or self._new()
        old = [record for record in self.batch if self.run.now - record.arrived > self.mapping.retention]
        if old:
            self.run.give_up(old, "Expired", source="kafka", invoked=self._tries)
            self.batch = [record for record in self.batch if record not in old]
        return bool(self.batch)

    def _new(self) -> list[Record]:
        """The next records of some partitions."""
        chance, size = self.run.chance, self.run.chance.randint(1, self.mapping.batch_size)
        self._tries, chosen = 0, list[Record]()
        partitions = [name for name, records in self._waiting.items() if records]
        for name in chance.sample(partitions, len(partitions)):
            if len(chosen) < size:
                chosen += self._waiting[name][: chance.randint(1, size - len(chosen))]
        chosen = self.run.cut(chosen)
        for record in chosen:
            self._waiting[partition(record)].remove(record)
        return chosen

    def deliver(self) -> Verdict:
        """Call the function; what the mapping makes of the answer."""
        batch = self._sent or self.batch
        self._tries += not self._sent
        grouped: dict[str, list[str]] = {}
        for record in batch:
            grouped.setdefault(partition(record), []).append(record.text)
        records = ", ".join(f"{json.dumps(name)}: [{', '.join(texts)}]" for name, texts in grouped.items())
        event = f'{{{self._head}, "records": {{{records}}}}}'
        return self.run.invoke(batch, event, source="kafka", attempt=self._tries)

    def settle(self, verdict: Verdict) -> None:
        """Let each partition go on from where the verdict says."""
        batch = self._sent or self.batch
        done = [record for record in batch if _is_done(record, verdict)]
        self.run.acknowledge(done)
        if self._sent:
            return
        self.batch = [record for record in batch if not _is_done(record, verdict)]
        if done:
            self._copy, self._tries = done, 0
        else:
            self._again()

    def _again(self) -> None:
        """Nothing of the batch is done: try it again, or give it up."""
        self.run.back_off(self._tries)
        if self._tries > self.mapping.max_retries != -1:
            self.run.give_up(self.batch, "RetryAttemptsExhausted", source="kafka", invoked=self._tries)
            self.batch = []


def partition(record: Record) -> str:
    """The record's topic and partition, as an event writes them."""
    return record.lane.name if record.lane else ""


def _is_done(record: Record, verdict: Verdict) -> bool:
    """Whether the record is before the lowest offset that is listed of its partition."""
    if verdict.outcome == "whole":
        return False
    listed = [offset for name, offset in verdict.failed if name == partition(record)]
    return not listed or record.identifier < (partition(record), min(listed))  # type: ignore[operator]


def _octets(value: Any) -> bytes:
    return value if isinstance(value, bytes) else payloads.text(value).encode()
