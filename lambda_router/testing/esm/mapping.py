"""What every mapping has: its records, a run, the ledger."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from .ledger import Ledger, Record
from .plan import Plan
from .reference import reference
from .run import Faults, Run


class EventSourceMapping(ABC):
    """A mapping between a source with some records and a function, simulated; deterministic for a seed.

    `records` is how many records there are, with the names `record-1` and so on in their bodies; `messages`
    are the bodies of records instead. `report` is whether the mapping has ReportBatchItemFailures, `timeout`
    the function's time limit in seconds. Equal arguments, handler and plan make an equal ledger.
    """

    limit = 10_000
    """The largest batch."""

    def __init__(
        self,
        *,
        records: int,
        messages: Sequence[Any] | None,
        batch_size: int,
        report: bool,
        seed: int,
        faults: Faults,
        timeout: float,
    ) -> None:
        if not 1 <= batch_size <= self.limit:
            raise ValueError(f"batch_size is from 1 to {self.limit:,} here, not {batch_size}")
        count = records if messages is None else len(messages)
        self.names = [f"record-{number}" for number in range(1, count + 1)]
        self.messages = messages
        self.batch_size = batch_size
        self.report = report
        self.seed = seed
        self.faults = faults
        self.timeout = timeout

    def run(self, handler: Callable[[Any, Any], Any], plan: Plan) -> Ledger:
        """Deliver all records to a handler, as often as its answers ask for; the ledger of that.

        `handler` is what Lambda calls, `handler(event, context)`. PlanError if it names a record to the plan
        that there is not.
        """
        run = Run(
            self._records(self._raw),
            handler,
            plan,
            faults=self.faults,
            report=self.report,
            timeout=self.timeout,
            seed=self.seed,
        )
        plan.begin(run)
        try:
            self._poll(run)
        finally:
            plan.begin(None)
        run.ledger.close()
        return run.ledger

    def reference(self, plan: Plan, *, partial: bool | None = None) -> Ledger:
        """The ledger of the reference handler: the repeats and discards that no handler can avoid.

        `partial` is whether it answers with partial responses; by default it does if the mapping reads them.
        """
        return self.run(reference(self, plan, partial=partial), plan)

    @property
    def ordered(self) -> bool:
        """Whether the source has an order that its handler must keep."""
        return True

    @cached_property
    def _raw(self) -> list[dict[str, Any]]:
        """The records as they are in events, made once."""
        return self._made(random.Random(f"records {self.seed}"))

    @abstractmethod
    def _made(self, chance: random.Random) -> list[dict[str, Any]]:
        """The records as they are in events."""

    @abstractmethod
    def _records(self, raw: Sequence[Mapping[str, Any]]) -> list[Record]:
        """The records of a new run."""

    @abstractmethod
    def _poll(self, run: Run) -> None:
        """Deliver until nothing is left."""

    def __repr__(self) -> str:
        report = "partial responses" if self.report else "no partial responses"
        return (
            f"<{type(self).__name__} of {len(self.names)} records, batches of {self.batch_size}, {report}, "
            f"seed {self.seed}>"
        )
