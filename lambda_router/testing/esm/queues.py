"""Amazon SQS queues, standard and FIFO.

A message has a receive count, which grows with each delivery; one that has been received `max_receive` times
goes to the dead-letter queue before it is received again. What fails becomes visible at once, as the clock is
virtual. A FIFO queue delivers the head of one or several message groups, of none that is under way, in the
order of arrival; messages behind a failing one are received with it, so that their counts grow too.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from ..samples.sqs import event
from .answers import Verdict
from .function import START, identifier
from .ledger import Lane, Record
from .mapping import EventSourceMapping
from .run import NONE, Faults, Run

_COUNT = '"ApproximateReceiveCount": "'


class Message(Record):
    """A message of a queue; its text is written anew for each receipt, with the receive count."""

    def __init__(self, name: str, raw: Mapping[str, Any], *, lane: Lane | None) -> None:
        system = raw["attributes"]
        text = json.dumps(raw)
        super().__init__(name, raw["messageId"], text, arrived=int(system["SentTimestamp"]) / 1000, lane=lane)
        self.group = system.get("MessageGroupId")
        self.received = 0
        self._before, _, rest = text.partition(_COUNT)
        self._after = rest[rest.index('"') :]

    def receive(self) -> str:
        """The message as JSON for its next receipt."""
        self.received += 1
        return f"{self._before}{_COUNT}{self.received}{self._after}"


class SqsMapping(EventSourceMapping):
    """An SQS queue and its mapping.

    `groups` is how many message groups a FIFO queue has, or the group of each message. `max_receive` is
    maxReceiveCount of the redrive policy (None: no dead-letter queue); `concurrency` how many batches may be
    under way at once.
    """

    def __init__(
        self,
        *,
        queue: str | None = None,
        fifo: bool = False,
        records: int = 200,
        messages: Sequence[Any] | None = None,
        groups: int | Sequence[str] = 8,
        batch_size: int = 10,
        report: bool = True,
        max_receive: int | None = 5,
        concurrency: int = 1,
        seed: int = 0,
        faults: Faults = NONE,
        timeout: float = 30.0,
    ) -> None:
        self.fifo = fifo
        self.limit = 10 if fifo else 10_000
        super().__init__(
            records=records,
            messages=messages,
            batch_size=batch_size,
            report=report,
            seed=seed,
            faults=faults,
            timeout=timeout,
        )
        self.queue = queue or ("orders.fifo" if fifo else "orders")
        if self.queue.endswith(".fifo") != fifo:
            raise ValueError(
                f"the name of a FIFO queue ends in .fifo, and only that of one; not {self.queue!r}"
            )
        if not isinstance(groups, int) and len(groups) != len(self.names):
            raise ValueError(f"groups is a number or one for each of the {len(self.names)} messages")
        self.groups = groups
        self.max_receive = max_receive
        self.concurrency = concurrency

    @property
    def ordered(self) -> bool:
        """Whether it is a FIFO queue."""
        return self.fifo

    def _made(self, chance: random.Random) -> list[dict[str, Any]]:
        bodies = [{"id": name} for name in self.names] if self.messages is None else list(self.messages)
        ids = [identifier(chance) for _ in bodies]
        groups = self._groups(chance) if self.fifo else None
        made: list[dict[str, Any]] = event(self.queue, bodies, message_id=ids, group_id=groups)["Records"]
        for number, raw in enumerate(made):
            sent = round((START - len(made) + number) * 1000)
            raw["receiptHandle"] = f"AQEB{chance.getrandbits(1024):x}"
            raw["attributes"].update(SentTimestamp=str(sent), ApproximateFirstReceiveTimestamp=str(sent + 40))
            if self.fifo:
                raw["attributes"]["SequenceNumber"] = str(18_896_012_345_678_901_248 + number * 256)
                raw["attributes"]["MessageDeduplicationId"] = f"{chance.getrandbits(256):064x}"
        return made

    def _groups(self, chance: random.Random) -> list[str]:
        if not isinstance(self.groups, int):
            return list(self.groups)
        return [f"group-{chance.randint(1, self.groups)}" for _ in self.names]

    def _records(self, raw: Sequence[Mapping[str, Any]]) -> list[Record]:
        lanes: dict[str, Lane] = {}
        made: list[Record] = []
        for name, one in zip(self.names, raw, strict=True):
            group = one["attributes"].get("MessageGroupId") if self.fifo else None
            lane = None if group is None else lanes.setdefault(group, Lane(group))
            made.append(Message(name, one, lane=lane))
        return made

    def _poll(self, run: Run) -> None:
        queue = Queue(self, run)
        while queue.visible and run.goes_on():
            under_way = [batch for _ in range(self.concurrency) if (batch := queue.receive())]
            for batch in under_way:
                copies = {message for message in batch if message.resolved}
                text = ", ".join(message.receive() for message in batch)
                verdict = run.invoke(batch, f'{{"Records": [{text}]}}', source=self.queue)
                queue.settle(batch, verdict, copies=copies)


class Queue:
    """A queue in one run; `visible` is what may be received, in the order of arrival."""

    def __init__(self, mapping: SqsMapping, run: Run) -> None:
        self.mapping = mapping
        self.run = run
        self.visible: list[Message] = [record for record in run.records if isinstance(record, Message)]
        self.deleted: list[Message] = []
        self._under_way: list[Message] = []

    def receive(self) -> list[Message]:
        """The next batch, now in flight; none if all that could be received went to the dead-letter queue."""
        self._redrive()
        chance, size = self.run.chance, self.run.chance.randint(1, self.mapping.batch_size)
        chosen = self._heads(size) if self.mapping.fifo else self._any(size)
        if not chosen:
            return []
        if self.run.happens(self.run.faults.dup) and (copy := self._copy()):
            del chosen[self.mapping.batch_size - 1 :]
            chosen[(at := chance.randint(0, len(chosen))) : at] = copy
        if self.mapping.fifo:
            chosen.sort(key=lambda message: message.arrived)
        batch = [message for message in self.run.cut(chosen) if isinstance(message, Message)]
        taken = set(batch)
        self.visible = [message for message in self.visible if message not in taken]
        self._under_way += batch
        return batch

    def _copy(self) -> list[Message]:
        """A message that is deleted already, and of no group under way, each once; none if there is none."""
        groups = {message.group for message in self._under_way if self.mapping.fifo}
        gone = [message for message in self.deleted if message.group not in groups or not self.mapping.fifo]
        if not gone:
            return []
        copy = self.run.chance.choice(gone)
        self.deleted.remove(copy)
        return [copy]

    def _redrive(self) -> None:
        most = self.mapping.max_receive
        for message in [m for m in self.visible if most is not None and m.received >= most]:
            self.visible.remove(message)
            self.run.dead_letter(message)

    def _any(self, size: int) -> list[Message]:
        return self.run.chance.sample(self.visible, min(size, len(self.visible)))

    def _heads(self, size: int) -> list[Message]:
        """The heads of some message groups, of one at the least."""
        groups: dict[Any, list[Message]] = {}
        for message in self.visible:
            groups.setdefault(message.group, []).append(message)
        for message in self._under_way:
            groups.pop(message.group, None)
        found: list[Message] = []
        for group in self.run.chance.sample(list(groups), len(groups)):
            if len(found) < size:
                found += islice(groups[group], self.run.chance.randint(1, size - len(found)))
        return found

    def settle(self, batch: Sequence[Message], verdict: Verdict, *, copies: set[Message]) -> None:
        """Delete what is done; what is not becomes visible again, in its old place. A copy is gone either way."""
        landed = set(batch)
        self._under_way = [message for message in self._under_way if message not in landed]
        whole = verdict.outcome == "whole"
        again = [m for m in batch if whole or m.identifier in verdict.failed]
        done = [m for m in batch if not (whole or m.identifier in verdict.failed)]
        self.run.acknowledge(done)
        self.deleted += [message for message in done if message not in copies]
        self.visible += [message for message in again if message not in copies]
        self.visible.sort(key=lambda message: message.arrived)
