"""A model of how Lambda reads one shard of a stream: what its poller does with a function's answer.

The checkpoint moves to the lowest number that is reported, compared as integers; what is left is a new batch
with a budget of tries of its own. An answer that cannot be read, or names what is not in the batch, fails the
batch: all of it comes again until its tries are used up, and then it is discarded.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from awslambdaric.lambda_runtime_marshaller import to_json

from lambda_router.testing import LambdaContext


class Plan:
    """What the handler does with each record: fails so many times, or always; and the notes it takes of that."""

    def __init__(self, seed: int, numbers: list[str], *, poison: float = 0.02, flaky: float = 0.2) -> None:
        chance = random.Random(seed)
        self.order = sorted(numbers, key=int)
        self.left = {
            n: 10**9
            if (dice := chance.random()) < poison
            else chance.randint(1, 3)
            if dice < poison + flaky
            else 0
            for n in numbers
        }
        self.succeeded: Counter[str] = Counter()
        self.now: set[str] = set()
        self.resolved = 0
        self.violations = 0
        self.calls = 0

    def handle(self, number: str) -> None:
        """The handler's work; it fails as planned."""
        self.calls += 1
        before = self.order[self.resolved : self.order.index(number, self.resolved)]
        self.violations += any(n not in self.now for n in before)
        if self.left[number]:
            self.left[number] -= 1
            raise ValueError(number)
        self.succeeded[number] += 1
        self.now.add(number)


class Shard:
    """One shard and its mapping; `read` runs it to its end."""

    def __init__(self, records: list[Any], identifier: Callable[[Any], str], **parts: Any) -> None:
        self.records = sorted(records, key=lambda r: int(identifier(r)))
        self.identifier = identifier
        self.parts = parts
        self.acknowledged: list[str] = []
        self.discarded: list[str] = []
        self.reports: list[list[str]] = []

    def read(self, app: Any, plan: Plan, *, size: int, report: bool = True, tries: int = 4) -> None:
        """Deliver everything, in batches of at most `size`; `report` is the mapping's ReportBatchItemFailures."""
        while plan.resolved < len(self.records):
            batch = self.records[plan.resolved : plan.resolved + size]
            left = tries
            while batch:
                plan.now = set()
                names = [self.identifier(record) for record in batch]
                done = self.done(self.answer(app, batch), names, report=report)
                left = tries if done else left - 1
                if not left:
                    self.discarded += names
                    plan.resolved += len(batch)
                    break
                self.acknowledged += names[:done]
                plan.resolved += done
                batch = batch[done:]

    def answer(self, app: Any, batch: list[Any]) -> Any:
        """The answer as it would be posted, or the exception."""
        try:
            sent = json.loads(json.dumps({"Records": batch, **self.parts}))
            return json.loads(to_json(app(sent, LambdaContext())))
        except Exception as exc:
            return exc

    def done(self, answer: Any, names: list[str], *, report: bool) -> int:
        """How many records of the batch the poller takes for done."""
        if isinstance(answer, Exception):
            return 0
        failures = (answer or {}).get("batchItemFailures") if report else None
        if not failures:
            return len(names)
        reported = [failure.get("itemIdentifier") for failure in failures]
        self.reports.append(reported)
        if not set(reported) <= set(names):
            return 0
        lowest = min(map(int, reported))
        return sum(int(name) < lowest for name in names)

    def lost(self, plan: Plan) -> list[str]:
        """What was acknowledged and has never succeeded."""
        return [name for name in self.acknowledged if not plan.succeeded[name]]
