"""One run of a simulation: invocations with their faults, and the ledger that they fill."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from .answers import Verdict, read_answer
from .function import Function, Killed
from .ledger import Delivery, Discard, Ledger, Record
from .plan import Plan, PlanError, names

PAYLOAD_LIMIT = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

STEPS = 60
"""How many invocations a record may cost before the simulation gives up."""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong around the function, each the share of invocations to which it happens.

    `kill`: the process ends at one of the records (nothing that it does or answers from there on counts).
    `exit`: the user's code calls `sys.exit` at one of the records (what calls it may live on and answer).
    `dup`: what is done already is delivered once more. `lost`: the answer does not arrive, so that all of the
    batch comes again. `payload_cap`: events are cut at this many bytes instead of 6 MiB.
    """

    kill: float = 0.0
    exit: float = 0.0
    dup: float = 0.0
    lost: float = 0.0
    payload_cap: int = PAYLOAD_LIMIT

    def __post_init__(self) -> None:
        if not all(0 <= share <= 1 for share in (self.kill, self.exit, self.dup, self.lost)):
            raise ValueError(f"faults are shares of invocations, from 0 to 1: {self}")


NONE = Faults()
"""Nothing goes wrong."""


class Run:
    """One run: the records, the function under test, the faults, and the ledger.

    `armed` is what happens to a record when it is started next, by its name.
    """

    def __init__(
        self,
        records: Sequence[Record],
        handler: Callable[[Any, Any], Any],
        plan: Plan,
        *,
        faults: Faults,
        report: bool,
        timeout: float,
        seed: object,
    ) -> None:
        self.records = records
        self.plan = plan
        self.faults = faults
        self.report = report
        self.chance = random.Random(f"run {seed}")
        self.function = Function(handler, timeout=timeout, seed=seed)
        self.ledger = Ledger(records)
        self.armed: dict[str, type[BaseException]] = {}
        self.mistake: PlanError | None = None
        self.turn = 0
        self._steps = STEPS * max(len(records), 1)
        self._names: dict[Hashable, Record] = {}
        for record in records:
            self._names[record.name] = self._names[record.identifier] = record

    @property
    def now(self) -> float:
        """The virtual time."""
        return self.function.clock.now

    def wait(self, seconds: float) -> None:
        """Let virtual time pass between invocations."""
        self.function.clock.now += seconds

    def back_off(self, tries: int) -> None:
        """Let virtual time pass before the next try: seconds that double from 2, a minute at the most."""
        self.wait(min(2 ** min(tries, 6), 60))

    def goes_on(self) -> bool:
        """Whether the simulation does not give up yet; counts a turn."""
        self.turn += 1
        self.ledger.gave_up = self.ledger.invocations >= self._steps
        return not self.ledger.gave_up

    def happens(self, share: float) -> bool:
        """Whether a fault of this share strikes now."""
        return self.chance.random() < share

    def find(self, named: Any) -> Record:
        """The record that the user's code means; PlanError, which also ends the run, if there is none."""
        for name in names(named):
            if name in self._names:
                return self._names[name]
        self.mistake = PlanError(
            f"the simulation has no record {named!r:.200}: name it by the record of the event, its identifier "
            f"or its name, such as {next(iter(self._names), 'record-1')!r}"
        )
        raise self.mistake

    def cut(self, batch: Sequence[Record]) -> list[Record]:
        """As many records of a batch as an event can hold; one at the least."""
        size, kept = 0, 0
        for record in batch:
            size += len(record.text) + 1
            if size > self.faults.payload_cap and kept:
                break
            kept += 1
        return list(batch[:kept])

    def invoke(
        self, batch: Sequence[Record], event: str, *, source: str, attempt: int = 1, window: bool = False
    ) -> Verdict:
        """Call the function with an event of these records; what the mapping makes of the answer."""
        self.ledger.deliver(batch)
        at, fault = self.now, self._arm(batch)
        raw, error = self.function.invoke(event)
        if self.mistake is not None:
            raise self.mistake
        verdict = read_answer(raw, [r.identifier for r in batch], report=self.report, window=window)
        if self.happens(self.faults.lost):
            verdict, fault = Verdict("whole", "R0"), "lost"
        if error:
            self.ledger.errors[error] += 1
        held = tuple(record.name for record in batch)
        number = self.ledger.invocations
        self.ledger.deliveries.append(
            Delivery(number, at, held, verdict, source, attempt, self.turn, error, fault)
        )
        self.wait(1)
        return verdict

    def _arm(self, batch: Sequence[Record]) -> str | None:
        """Choose at which record the process ends, if it does; the name of the fault."""
        self.armed.clear()
        kill, leave = self.happens(self.faults.kill), self.happens(self.faults.exit)
        victim = self.chance.randrange(len(batch)) if batch else None
        if victim is None or not (kill or leave):
            return None
        self.armed[batch[victim].name] = Killed if kill else SystemExit
        return "kill" if kill else "exit"

    def acknowledge(self, batch: Sequence[Record]) -> None:
        """The mapping takes these for done."""
        self.ledger.acknowledge(batch)

    def dead_letter(self, record: Record) -> None:
        """Move a message to the dead-letter queue."""
        self.ledger.dead_lettered.append(record.name)
        self._discard([record])

    def give_up(self, batch: Sequence[Record], condition: str, *, source: str, invoked: int) -> None:
        """Send what a stream or topic gives up to the destination."""
        held = tuple(record.name for record in batch)
        first, last = batch[0].identifier, batch[-1].identifier
        self.ledger.destination.append(Discard(condition, held, source, first, last, invoked))
        self._discard(batch)

    def _discard(self, batch: Sequence[Record]) -> None:
        self.ledger.discard(batch, [self.plan.fate(record.name).poison for record in batch])
