"""The bar can fail: each rule that the batch code follows is broken once, and the simulator sees it.

A rule that could be broken without a count going up would be held by nothing but luck. The rule of the deadline is broken
in `test_mappings.py`, where time passes.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from bar.test_mappings import SOURCES, VARIANTS, application, quiet, room_of

from lambda_router import Router, batch, call, concurrency, durable, streams
from lambda_router.batch import Batch, PolledSource
from lambda_router.sources.kafka import Kafka
from lambda_router.sources.kinesis import Kinesis
from lambda_router.sources.sqs import Sqs
from lambda_router.streams import StreamSource
from lambda_router.testing.esm import Faults, Ledger, Plan

__all__ = ["quiet"]

Patch = Callable[[pytest.MonkeyPatch], None]
SEEDS = range(3)


def replacing(owner: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(owner, name, value)


def found(source: str, **options: Any) -> Counter[str]:
    """What an app costs more than the reference handler, counted over a few seeds."""
    partial, report = options.pop("partial", True), options.pop("report", True)
    asynchronous, plans = options.pop("asynchronous", False), options.pop("plans", {})
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        sim = {**SOURCES, **VARIANTS}[source](seed=seed, report=report, **options)
        plan = Plan(seed=seed, **plans)
        app = application(source, plan, partial=partial, asynchronous=asynchronous)
        more(counts, sim.run(app, plan), sim.reference(plan, partial=partial))
    return counts


def more(counts: Counter[str], ledger: Ledger, best: Ledger) -> None:
    for name in ledger.worse_than(best):
        counts[name] += getattr(ledger, name) - getattr(best, name)


# -- the rules, each with a way to break it --------------------------------------------------------------------


def forgets_what_failed(self: Batch, index: int, exc: BaseException, call: Any) -> None:
    self.failed += 1
    self.open.pop(index, None)


def goes_on_in_its_lane(self: Batch, *given: Any, fail: Any = Batch.fail) -> None:
    fail(self, *given)
    self.stopped.clear()


def settles_before_it_runs(self: Batch, invocation: Any, run: Any = Batch.run_in_order) -> None:
    everything = dict(self.open)
    run(self, invocation)
    self.open = {i: name for i, name in everything.items() if self.open.get(i)}


def the_one_before(self: Any, batch: Batch, lowest: Any = StreamSource.to_report) -> Any:
    return [max(i - 1, 0) for i in lowest(self, batch)]


def the_one_after(self: Any, batch: Batch, lowest: Any = StreamSource.to_report) -> Any:
    return [min(i + 1, len(batch.records) - 1) for i in lowest(self, batch)]


def the_lowest_as_text(self: Any, batch: Batch) -> Any:
    return [min(batch.open, key=lambda i: batch.identifiers[i])]


def the_highest_of_a_partition(self: Any, batch: Batch) -> Any:
    return {batch.lanes[i]: i for i in batch.open}.values()  # type: ignore[index]


def the_first_partition_alone(self: Any, batch: Batch, lowest: Any = Kafka.to_report) -> Any:
    return list(lowest(self, batch))[:1]


RULES: dict[str, tuple[str, Patch, dict[str, Any], set[str]]] = {
    "what failed is reported": (
        "standard", replacing(Batch, "fail", forgets_what_failed), {}, {"lost", "acked_but_failed"}),
    "without a declaration a failure raises": (
        "standard", replacing(PolledSource, "verdict", lambda self, batch: None),
        {"partial": False, "report": False}, {"lost", "acked_but_failed"}),
    "a partial response needs a declaration": (
        "standard", replacing(PolledSource, "partial", lambda self, key: True),
        {"partial": False, "report": False}, {"lost", "acked_but_failed"}),
    "a coroutine is run to its end": (
        "standard", replacing(batch, "settle", lambda result: result.close()), {"asynchronous": True},
        {"lost", "acked_but_failed"}),
    "an identifier is the message's id": (
        "standard", replacing(Sqs, "identifiers", lambda self, records: [r["receiptHandle"] for r in records]),
        {}, {"repeated"}),
    "a record is open until its handler has ended": (
        "fifo", replacing(Batch, "run_in_order", settles_before_it_runs), {}, {"lost"}),
    "a queue's name says that it has order": (
        "fifo", replacing(Sqs, "lanes", lambda *_: None), {}, {"order_violations"}),
    "a failure stops its message group": (
        "fifo", replacing(Batch, "fail", goes_on_in_its_lane), {}, {"order_violations"}),
    "a message group is a lane of its own": (
        "fifo", replacing(Sqs, "lanes", lambda self, records, keys: [0] * len(records)), {}, {"innocent"}),
    "what a failure holds back is reported with it": (
        "fifo", replacing(PolledSource, "to_report", lambda self, batch: [i for i in batch.open if batch.open[i]]),
        {}, {"lost"}),
    "a failure stops its shard": (
        "kinesis", replacing(Batch, "fail", goes_on_in_its_lane), {}, {"order_violations", "repeated"}),
    "a shard goes on with what failed": (
        "kinesis", replacing(StreamSource, "to_report", the_one_after), {}, {"lost"}),
    "and not with what succeeded": (
        "kinesis", replacing(StreamSource, "to_report", the_one_before), {}, {"repeated"}),
    "sequence numbers are compared as integers": (
        "dynamodb", replacing(StreamSource, "to_report", the_lowest_as_text), {}, {"lost"}),
    "a window is answered with its state": (
        "kinesis, windows", replacing(streams.StreamBatch, "answer", lambda self, result: result), {},
        {"repeated"}),
    "a failure stops its partition": (
        "kafka", replacing(Batch, "fail", goes_on_in_its_lane), {}, {"order_violations"}),
    "each partition is reported": (
        "kafka", replacing(Kafka, "to_report", the_first_partition_alone), {}, {"lost"}),
    "from the lowest offset on": (
        "kafka", replacing(Kafka, "to_report", the_highest_of_a_partition), {}, {"lost"}),
    "partitions do not stop each other": (
        "kafka", replacing(Kafka, "lanes", lambda self, records, keys: [0] * len(records)), {}, {"invocations"}),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_seen(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, broken, options, signs = RULES[rule]
    # Where the SDK of durable functions is loaded, as by another test, the router settles more by itself.
    monkeypatch.delitem(sys.modules, durable.SDK, raising=False)
    assert found(source, **options) == {}
    broken(monkeypatch)
    assert signs <= found(source, **options).keys()


# -- concurrency -----------------------------------------------------------------------------------------------


def concurrent(source: str, *, order: str | None = None) -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        sim = SOURCES[source](seed=seed, faults=Faults(), **({"order": order} if order else {}))
        plan, app = Plan(seed=seed), Router()

        @getattr(app, room_of(source))("*", partial=True, concurrency=4)
        async def handle(record: Any, plan: Plan = plan) -> None:
            with plan.note(record):
                for _ in range(random.Random(str(record)).randint(0, 3)):
                    await asyncio.sleep(0)

        ledger = sim.run(app, plan)
        counts.update(
            {name: getattr(ledger, name) for name in ("lost", "acked_but_failed", "order_violations")}
        )
    return +counts


CONCURRENT: dict[str, tuple[str, Patch, set[str]]] = {
    "messages of a group run one by one": (
        "fifo", replacing(Sqs, "exclusive", lambda self, batch: range(len(batch.records))), {"order_violations"}),
    "so do records of a partition": (
        "kafka", replacing(Kafka, "exclusive", lambda self, batch: range(len(batch.records))), {"order_violations"}),
    "and of a partition key": (
        "kinesis", replacing(Kinesis, "exclusive", lambda self, batch: range(len(batch.records))),
        {"order_violations"}),
    "a failure stops the group here too": (
        "fifo", replacing(Batch, "fail", goes_on_in_its_lane), {"order_violations"}),
    "a task's result is its record's": (
        "standard", replacing(concurrency.aio, "value", lambda task: None), {"lost"}),
}  # fmt: skip


@pytest.mark.parametrize("rule", CONCURRENT)
def test_a_broken_rule_of_concurrency_is_seen(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, broken, signs = CONCURRENT[rule]
    order = "key" if source == "kinesis" else None
    assert concurrent(source, order=order) == {}
    broken(monkeypatch)
    assert signs <= concurrent(source, order=order).keys()


def test_the_patched_names_are_the_ones_in_use() -> None:
    assert batch.settle is call.settle
