"""The bar for batches: lambda_router behind simulated mappings, compared with the reference handlers.

Each source gets 10,000 batches, LAMBDA_ROUTER_BAR says how many instead. The plans, faults and seeds of both
sides are the same, so that what a handler cannot avoid is in both ledgers.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambda_router import Router
from lambda_router.testing.esm import (
    DynamoDbMapping,
    EventSourceMapping,
    Faults,
    KafkaMapping,
    KinesisMapping,
    Ledger,
    Plan,
    SqsMapping,
)

BATCHES = int(os.environ.get("LAMBDA_ROUTER_BAR", "10000"))
FAULTS = Faults(kill=0.02, dup=0.2, lost=0.05)
Make = Callable[..., EventSourceMapping]


def fifo(**options: Any) -> EventSourceMapping:
    return SqsMapping(fifo=True, **options)


SOURCES: dict[str, Make] = {
    "standard": SqsMapping,
    "fifo": fifo,
    "kinesis": KinesisMapping,
    "dynamodb": DynamoDbMapping,
    "kafka": KafkaMapping,
}
VARIANTS: dict[str, Make] = {
    "fifo, three at once": lambda **o: SqsMapping(fifo=True, concurrency=3, **o),
    "fifo, one group": lambda **o: SqsMapping(fifo=True, groups=1, **o),
    "standard, large batches": lambda **o: SqsMapping(batch_size=100, **o),
    "kinesis, parallel": lambda **o: KinesisMapping(parallel=4, **o),
    "kinesis, windows": lambda **o: KinesisMapping(window=20.0, **o),
    "kinesis, old records leave": lambda **o: KinesisMapping(max_retries=-1, max_age=400, **o),
    "dynamodb, bisected": lambda **o: DynamoDbMapping(bisect=True, **o),
    "dynamodb, windows": lambda **o: DynamoDbMapping(window=20.0, **o),
    "kafka, self-managed": lambda **o: KafkaMapping(self_managed=True, **o),
    "kafka, small events": lambda **o: KafkaMapping(batch_size=4, topics={"a": 3, "b": 3, "c": 1}, **o),
}
ROOMS = {"standard": "sqs", "fifo": "sqs", "kinesis": "kinesis", "dynamodb": "dynamodb", "kafka": "kafka"}
PAYLOADS = {"sqs": "body", "kinesis": "data", "dynamodb": "new_image", "kafka": "value"}

# Whether the routes declare partial responses, and whether the mapping has them. What is declared and not so
# would lose: that nobody can see in the event, and `partial=` is there for it.
MODES = {"partial": (True, True), "default": (False, True), "default, no report": (False, False)}
every_source = pytest.mark.parametrize("source", SOURCES)
every_mode = pytest.mark.parametrize("mode", MODES)
with_faults = pytest.mark.parametrize("faults", [Faults(), FAULTS], ids=["calm", "faults"])
sync_and_async = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Failures are many here, and each has its line in the log."""
    log = logging.getLogger("lambda_router")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    yield
    log.setLevel(level)


def room_of(source: str) -> str:
    return ROOMS[source.partition(",")[0]]


def application(source: str, plan: Plan, *, partial: bool, asynchronous: bool, **options: Any) -> Router:
    """An app with one route for a source, which does what the plan says."""
    app = Router(**options)
    route = getattr(app, room_of(source))("*", partial=partial)
    if asynchronous:

        @route
        async def handle_later(record: Any) -> None:
            with plan.note(record):
                await asyncio.sleep(0)

    else:
        code = (
            f"def handle({PAYLOADS[room_of(source)]}: dict): plan.handle({PAYLOADS[room_of(source)]}['id'])"
        )
        exec(code, made := {"plan": plan})
        route(made["handle"])
    return app


def campaign(
    make: Make, batches: int, **options: Any
) -> Iterator[tuple[EventSourceMapping, Plan, list[int]]]:
    """Mappings and plans, seed by seed, until the caller has counted so many batches."""
    counted: list[int] = []
    seed = 0
    while sum(counted) < batches:
        yield make(seed=seed, **options), Plan(seed=seed, seconds=0.01), counted
        seed += 1


SHARES = {False: 8, True: 24}
"""Of the batches of a source an eighth in each of six modes with a synchronous handler, else a third of that."""


@every_source
@every_mode
@with_faults
@sync_and_async
def test_a_batch_is_as_safe_as_with_the_reference(
    source: str, mode: str, faults: Faults, asynchronous: bool
) -> None:
    """A1-A8: nothing lost, nothing acknowledged that failed, order kept, no more repeats than unavoidable."""
    partial, report = MODES[mode]
    batches = BATCHES // SHARES[asynchronous]
    for sim, plan, counted in campaign(SOURCES[source], batches, report=report, faults=faults):
        app = application(source, plan, partial=partial, asynchronous=asynchronous)
        ledger, best = sim.run(app, plan), sim.reference(plan, partial=partial)
        assert ledger.ok, ledger
        assert ledger.lost == ledger.acked_but_failed == ledger.order_violations == ledger.unresolved == 0
        assert ledger.worse_than(best) == []
        if partial and faults == Faults():
            assert ledger.repeated == 0
        assert ledger.invocations == best.invocations
        assert_well_reported(source, ledger)
        counted.append(ledger.invocations)


def assert_well_reported(source: str, ledger: Ledger) -> None:
    """Every partial answer of a stream names one record, of Kafka one of each partition."""
    for delivery in ledger.deliveries:
        verdict = delivery.verdict
        if verdict.outcome != "partial" or source in ("standard", "fifo"):
            continue
        if source == "kafka":
            partitions = [partition for partition, _ in verdict.failed]
            assert len(set(partitions)) == len(partitions)
        else:
            assert len(verdict.failed) == 1


@pytest.mark.parametrize("source", VARIANTS)
@every_mode
@with_faults
def test_so_is_every_kind_of_mapping(source: str, mode: str, faults: Faults) -> None:
    partial, report = MODES[mode]
    for sim, plan, counted in campaign(VARIANTS[source], BATCHES // 120, report=report, faults=faults):
        app = application(source, plan, partial=partial, asynchronous=False, all_failed="report")
        ledger, best = sim.run(app, plan), sim.reference(plan, partial=partial)
        assert ledger.ok, ledger
        assert ledger.worse_than(best) == []
        counted.append(ledger.invocations)


def totals(
    make: Make, app: Callable[[Plan], Any], *, partial: bool | None = None, **options: Any
) -> list[Counter[str]]:
    """The counts of an app and of the reference over many seeds."""
    counts = [Counter[str](), Counter[str]()]
    for sim, plan, counted in campaign(make, BATCHES // 40, **options):
        ledgers = sim.run(app(plan), plan), sim.reference(plan, partial=partial)
        assert ledgers[0].ok, ledgers[0]
        for count, ledger in zip(counts, ledgers, strict=True):
            count.update({name: getattr(ledger, name) for name in ("repeated", "innocent", "invocations")})
            count.update(ledger.errors)
        counted.append(ledgers[0].invocations)
    return counts


@every_source
@sync_and_async
def test_an_exit_of_user_code_costs_its_record_alone(source: str, asynchronous: bool) -> None:
    """A11: the process lives on, so that there are fewer repeats than with a handler that lets it end."""
    found, best = totals(
        SOURCES[source],
        lambda plan: application(source, plan, partial=True, asynchronous=asynchronous),
        faults=Faults(exit=0.1),
    )
    assert best["SystemExit"] > BATCHES / 2000
    assert found["SystemExit"] == 0
    assert found["repeated"] == 0 < best["repeated"]


@pytest.mark.parametrize("make", [KinesisMapping, DynamoDbMapping])
def test_a_batch_that_raises_as_a_whole_is_bisected(make: Make) -> None:
    """Where all failed the app raises, which bisects: no more innocents are given up than by reporting."""
    source = "kinesis" if make is KinesisMapping else "dynamodb"
    found, best = totals(
        lambda **o: make(bisect=True, **o),
        lambda plan: application(source, plan, partial=True, asynchronous=False),
    )
    assert found["innocent"] < best["innocent"]


@pytest.mark.parametrize("source", ["standard", "fifo", "kinesis", "dynamodb", "kafka"])
@with_faults
def test_concurrent_handlers_lose_nothing_and_keep_order(source: str, faults: Faults) -> None:
    """A16: of a stream the order within partition keys, which is what runs in order then."""

    def app(plan: Plan) -> Router:
        router = Router()

        @getattr(router, room_of(source))("*", partial=True, concurrency=4)
        async def handle(record: Any) -> None:
            with plan.note(record):
                for _ in range(random.Random(str(record)).randint(0, 3)):
                    await asyncio.sleep(0)

        return router

    streamed = {"order": "key"} if source in ("kinesis", "dynamodb") else {}
    found, best = totals(SOURCES[source], app, faults=faults, **streamed)
    if source in ("standard", "kafka"):
        assert found["repeated"] <= best["repeated"]


def test_whole_batch_handlers_report_what_they_return() -> None:
    def app(plan: Plan) -> Router:
        router = Router()

        @router.sqs.batch("orders", partial=True)
        def handle(records: list[Any]) -> Iterator[Any]:
            for record in records:
                try:
                    plan.handle(record)
                except Exception:
                    yield record

        return router

    found, best = totals(SqsMapping, app, faults=FAULTS)
    assert found["innocent"] == best["innocent"]
    assert found["repeated"] == best["repeated"]
    assert found["invocations"] == best["invocations"]


@pytest.mark.parametrize("make", [KinesisMapping, DynamoDbMapping])
@with_faults
def test_a_window_counts_its_records(make: Make, faults: Faults) -> None:
    """A18: the state of a window is what its records made of it, whatever had to come again."""
    room = "kinesis" if make is KinesisMapping else "dynamodb"
    for sim, plan, counted in campaign(make, BATCHES // 40, window=20.0, faults=faults, shards=3):
        counts: dict[tuple[str, str], int] = {}
        ledger = sim.run(counting(room, plan, counts), plan)
        assert ledger.ok, ledger
        given_up = sum(discard.batch_size for discard in ledger.destination)
        assert sum(counts.values()) == ledger.records - given_up
        counted.append(ledger.invocations)


def counting(room: str, plan: Plan, counts: dict[tuple[str, str], int]) -> Router:
    """An app that counts the records of each window in its state."""
    app = Router()

    @getattr(app, room).window("*")
    def aggregate(records: Any, state: Any, window: Any, shard_id: Any, final: bool) -> Any:
        for record in records:
            plan.handle(record)
        count = state.get("count", 0) + len(records)
        if final:
            counts[shard_id, window["start"]] = count
        return {"count": count}

    return app


# -- the deadline ------------------------------------------------------------------------------------------


def log_normal(chance: random.Random) -> float:
    """How long a record takes: half of them up to 0.4 seconds, one in a hundred four or more."""
    return chance.lognormvariate(-0.9, 1.0)


class Starts:
    """The starts of records: how long was left, and how long when the invocation began."""

    def __init__(self) -> None:
        self.early = self.late = 0

    def note(self, left: int, at_entry: int) -> None:
        if left <= min(1000, at_entry / 3):
            self.late += 1
        else:
            self.early += 1


def watched(
    source: str, plan: Plan, starts: Starts, *, partial: bool, blind: bool
) -> Callable[[Any, Any], Any]:
    """An app that notes how long was left when each record was started; a blind one does not know itself."""
    app, now = Router(), []

    @getattr(app, room_of(source))("*", partial=partial)
    def handle(record: Any) -> None:
        context, at_entry = now
        starts.note(context.get_remaining_time_in_millis(), at_entry)
        plan.handle(record)

    def entrypoint(event: Any, context: Any) -> Any:
        now[:] = context, context.get_remaining_time_in_millis()
        return app(event, None if blind else context)

    return entrypoint


def deadline_runs(
    source: str, starts: Starts, batches: int, *, partial: bool, blind: bool = False
) -> Counter[str]:
    """Deliver on the virtual clock, with records that take their time; how the invocations ended."""
    ended: Counter[str] = Counter()
    endless = {"max_receive": None} if source in ("standard", "fifo") else {"max_retries": 1000}
    for sim, _, counted in campaign(SOURCES[source], batches, report=partial, timeout=6.0, **endless):
        plan = Plan(seed=sim.seed, fail=0.05, poison=0, seconds=log_normal)
        ledger = sim.run(watched(source, plan, starts, partial=partial, blind=blind), plan)
        assert ledger.ok, ledger
        ended.update(ledger.errors)
        ended["innocent"] += ledger.innocent
        ended["partial"] += sum(delivery.verdict.outcome == "partial" for delivery in ledger.deliveries)
        counted.append(ledger.invocations)
    return ended


@every_source
@pytest.mark.parametrize("partial", [True, False], ids=["partial", "default"])
def test_no_record_is_started_too_late(source: str, partial: bool) -> None:
    """A14: nothing starts in the margin, nothing is lost, what was not started is reported."""
    starts = Starts()
    ended = deadline_runs(source, starts, BATCHES // 10, partial=partial)
    assert starts.late == 0
    assert starts.early > BATCHES // 10
    if partial:
        assert ended["partial"] > BATCHES // 50
        assert ended["innocent"] == 0
        assert ended["TimedOut"] < BATCHES // 100


@every_source
def test_an_app_without_a_deadline_is_seen_to_start_too_late(source: str) -> None:
    starts = Starts()
    ended = deadline_runs(source, starts, BATCHES // 100, partial=True, blind=True)
    assert starts.late > 0
    assert ended["TimedOut"] > 0
