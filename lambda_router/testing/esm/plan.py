"""What the user's code does with each record, and the notes that it takes of that."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from .answers import key
from .function import Killed

if TYPE_CHECKING:
    from .ledger import Record
    from .run import Run

__all__ = ["Fate", "Plan", "PlanError", "PlannedFailure"]

Written = int | Literal["poison", "kill"]
"""A fate as it is written: how many tries fail, "poison" for all, "kill" for a first try that ends the process."""


class PlannedFailure(Exception):  # noqa: N818
    """The failure of a record that its plan asks for."""


class PlanError(RuntimeError):
    """The plan was used wrongly: outside of a run, or for a record that the simulation does not have."""


class Fate(NamedTuple):
    """What becomes of a record: `failures` tries fail before one succeeds, all do of `poison`, `kill` ends one."""

    failures: int = 0
    poison: bool = False
    kill: bool = False


class Plan:
    """What the user's code does with each record; the same for every run with this plan.

    Of all records the share `poison` never succeeds, the share `fail` fails one to `tries` times first, and
    the share `kill` ends the process at its first try. `script` gives the fate of records by name instead:
    how many tries fail, `"poison"` or `"kill"`. `seconds` is how long a record takes on the virtual clock, or a
    function of a `random.Random` that says so. `error` makes the exception of a planned failure from a text.

    The code under test says what it does: `plan.handle(record)` in place of work, or work inside of
    `with plan.note(record):`. A record is named by itself (the dict of the event, or a Powertools object of
    it), by its identifier, or by the name that the simulator has put into its body: `"record-1"`.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        fail: float = 0.15,
        tries: int = 3,
        poison: float = 0.02,
        kill: float = 0.0,
        seconds: float | Callable[[random.Random], float] = 0.0,
        script: Mapping[str, Written] | None = None,
        error: Callable[[str], Exception] = PlannedFailure,
    ) -> None:
        if min(fail, poison, kill) < 0 or fail + poison + kill > 1 or tries < 1:
            raise ValueError(
                "fail, poison and kill are shares that make 1 at the most, and tries is 1 at the least"
            )
        self._seed = seed
        self._shares = (poison, kill, fail)
        self._tries = tries
        self._script: dict[str, Written] = dict(script or {})
        self._seconds = seconds
        self._error = error
        self._fates: dict[str, Fate] = {}
        self._run: Run | None = None

    def fate(self, name: str) -> Fate:
        """What becomes of the record of this name."""
        if name not in self._fates:
            written = self._script.get(name)
            self._fates[name] = self._drawn(name) if written is None else _read(written)
        return self._fates[name]

    def handle(self, record: Any) -> None:
        """Handle a record as planned: it takes its time, fails as its fate wants it, or succeeds."""
        with Note(self, record):
            pass

    __call__ = handle

    def note(self, record: Any) -> Note:
        """A context manager around the code that handles a record, synchronous or not.

        What the plan asks for happens at its beginning; the record has succeeded when the block ends without an
        exception.
        """
        return Note(self, record)

    def settle(self, record: Any) -> None:
        """Note that a record needs no work: it was done before (idempotency), or is dropped on purpose."""
        run = self._running()
        run.function.check()
        run.ledger.settle(run.find(record))

    def begin(self, run: Run | None) -> None:
        """Take notes for this run from here on; None when it ends."""
        self._run = run

    def start(self, record: Any) -> tuple[Run, Record, int]:
        """Note that the record is started, and do to it what is planned; its run and invocation."""
        run = self._running()
        found = run.find(record)
        run.function.check()
        run.ledger.start(found)
        turn = run.ledger.invocations
        if end := run.armed.pop(found.name, None):
            self._end(run, end)
        self._take_time(run, found)
        self._fail(run, found)
        return run, found, turn

    def _running(self) -> Run:
        if self._run is None:
            raise PlanError("a plan takes notes only while a simulation runs: mapping.run(handler, plan)")
        return self._run

    def _end(self, run: Run, end: type[BaseException]) -> None:
        if issubclass(end, Killed):
            run.function.die(end())
        raise end(1)

    def _take_time(self, run: Run, record: Record) -> None:
        spent = self._seconds
        if callable(spent):
            spent = spent(random.Random(f"{self._seed} {record.name} {record.started}"))
        if spent and run.function.context is not None:
            run.function.context.advance(spent)

    def _fail(self, run: Run, record: Record) -> None:
        fate = self.fate(record.name)
        if fate.kill and record.started == 1:
            run.function.die(Killed())
        if fate.poison or record.started <= fate.failures:
            raise self._error(f"{record.name} fails as planned, try {record.started}")

    def _drawn(self, name: str) -> Fate:
        chance = random.Random(f"{self._seed} {name}")
        dice = chance.random()
        poison, kill, fail = self._shares
        if dice < poison:
            return Fate(poison=True)
        if dice < poison + kill:
            return Fate(kill=True)
        return Fate(chance.randint(1, self._tries) if dice < poison + kill + fail else 0)

    def __repr__(self) -> str:
        poison, kill, fail = self._shares
        return f"<Plan {self._seed}: fail {fail:g}, poison {poison:g}, kill {kill:g}, {len(self._script)} scripted>"


class Note:
    """One try of a record, as a block: entered when it is started, left without an exception when it succeeded."""

    __slots__ = ("_plan", "_record", "_started")

    def __init__(self, plan: Plan, record: Any) -> None:
        self._plan = plan
        self._record = record
        self._started: tuple[Run, Record, int] | None = None

    def __enter__(self) -> Self:
        self._started = self._plan.start(self._record)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None and self._started is not None:
            run, record, turn = self._started
            run.function.check()
            run.ledger.succeed(record, turn)


def names(raw: Any) -> list[Hashable]:
    """What may name a raw record: its identifiers, by the fields of the services."""
    raw = getattr(raw, "raw_event", raw)  # a Powertools record
    if not isinstance(raw, dict):
        return [raw] if isinstance(raw, Hashable) else []
    if "topic" in raw:
        return [(f"{raw.get('topic')}-{raw.get('partition')}", raw.get("offset"))]
    held = [raw, raw.get("kinesis"), raw.get("dynamodb")]
    fields = ("messageId", "sequenceNumber", "SequenceNumber", "itemIdentifier")
    found = [one[field] for one in held if isinstance(one, dict) for field in fields if field in one]
    return [name for name in [*found, key(raw)] if isinstance(name, Hashable) and name is not None]


def _read(written: Written) -> Fate:
    if written == "poison":
        return Fate(poison=True)
    if written == "kill":
        return Fate(kill=True)
    if isinstance(written, int):
        return Fate(written)
    raise ValueError(f'a fate is how many tries fail, "poison" or "kill"; not {written!r}')
