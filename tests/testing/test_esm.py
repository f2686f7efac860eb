"""The mapping simulator, checked with handlers that import nothing of lambda_router's batch code."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from named import shown

from lambda_router import detect
from lambda_router.testing.esm import (
    DynamoDbMapping,
    EventSourceMapping,
    Faults,
    KafkaMapping,
    KinesisMapping,
    Ledger,
    Plan,
    PlanError,
    PlannedFailure,
    SqsMapping,
    Verdict,
    read_answer,
    reference,
)

Make = Callable[..., EventSourceMapping]
Handler = Callable[[Any, Any], Any]

# LAMBDA_ROUTER_BAR=10000 batches a source for a nightly campaign; a run of 200 records has about 50.
SEEDS = range(max(4, int(os.environ.get("LAMBDA_ROUTER_BAR", "0")) // 50))
FAULTS = Faults(kill=0.02, exit=0.02, dup=0.2, lost=0.05)
GOOD = Plan(fail=0, poison=0)

SOURCES: dict[str, Make] = {
    "standard": SqsMapping,
    "fifo": lambda **o: SqsMapping(fifo=True, **o),
    "fifo, three at once": lambda **o: SqsMapping(fifo=True, concurrency=3, **o),
    "kinesis": KinesisMapping,
    "kinesis, bisected": lambda **o: KinesisMapping(bisect=True, **o),
    "kinesis, parallel": lambda **o: KinesisMapping(parallel=4, **o),
    "kinesis, windows": lambda **o: KinesisMapping(window=20.0, **o),
    "dynamodb": DynamoDbMapping,
    "dynamodb, windows": lambda **o: DynamoDbMapping(window=20.0, **o),
    "msk": KafkaMapping,
    "self-managed kafka": lambda **o: KafkaMapping(self_managed=True, **o),
}
every_source = pytest.mark.parametrize("name", SOURCES)


# -- reading answers ---------------------------------------------------------------------------------------

IDS = ["id1", "id2", "id3"]
ONE = '{"batchItemFailures": [{"itemIdentifier": "id1"}]}'
SUCCESS, WHOLE = "success", "whole"

ANSWERS: list[tuple[str, str, Any]] = [
    ("R3", "null", SUCCESS),
    ("R3", '""', SUCCESS),
    ("R3", "[]", SUCCESS),
    ("R3", "{}", SUCCESS),
    ("R3", "0", SUCCESS),
    ("R3", "false", SUCCESS),
    ("R4", '{"batchItemFailures": []}', SUCCESS),
    ("R4", '{"batchItemFailures": null}', SUCCESS),
    ("R4", '{"foo": 1}', SUCCESS),
    ("R4", '{"statusCode": 200}', SUCCESS),
    ("R4", '{"BatchItemFailures": [{"itemIdentifier": "id1"}]}', SUCCESS),
    ("R4", json.dumps({"statusCode": 200, "body": ONE}), SUCCESS),
    ("R2", "", WHOLE),
    ("R2", "hello", WHOLE),
    ("R2", "NaN", WHOLE),
    ("R2", '{"batchItemFailures": [], "score": NaN}', WHOLE),
    ("R2", '{"batchItemFailures": [], "score": -Infinity}', WHOLE),
    ("R2", "{'batchItemFailures': []}", WHOLE),
    ("R2", "[" * 100_000, WHOLE),
    ("R8", "5", WHOLE),
    ("R8", "true", WHOLE),
    ("R8", "[1]", WHOLE),
    ("R8", '"hello"', WHOLE),
    ("R8", json.dumps(ONE), WHOLE),
    ("R8", '{"batchItemFailures": "id1"}', WHOLE),
    ("R8", '{"batchItemFailures": {"itemIdentifier": "id1"}}', WHOLE),
    ("R8", '{"batchItemFailures": ["id1"]}', WHOLE),
    ("R8", '{"batchItemFailures": [null]}', WHOLE),
    ("R5", '{"batchItemFailures": [{}]}', WHOLE),
    ("R5", '{"batchItemFailures": [{"ItemIdentifier": "id1"}]}', WHOLE),
    ("R6", '{"batchItemFailures": [{"itemIdentifier": null}]}', WHOLE),
    ("R6", '{"batchItemFailures": [{"itemIdentifier": ""}]}', WHOLE),
    ("R7", '{"batchItemFailures": [{"itemIdentifier": "id9"}]}', WHOLE),
    ("R7", '{"batchItemFailures": [{"itemIdentifier": "id1"}, {"itemIdentifier": "id9"}]}', WHOLE),
    ("R8", '{"batchItemFailures": [{"itemIdentifier": 123}]}', WHOLE),
    ("R8", '{"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 1}}]}', WHOLE),
    ("R8", '{"batchItemFailures": [{"itemIdentifier": ["id1"]}]}', WHOLE),
    ("R9", ONE, {"id1"}),
    ("R9", '{"batchItemFailures": [{"itemIdentifier": "id3"}, {"itemIdentifier": "id1"}]}', {"id1", "id3"}),
    ("R9", '{"batchItemFailures": [{"itemIdentifier": "id1"}, {"itemIdentifier": "id1"}]}', {"id1"}),
    ("R9", '{"batchItemFailures": [{"itemIdentifier": "id2", "why": 1}], "statusCode": 500}', {"id2"}),
]


def expected(rule: str, outcome: Any) -> Verdict:
    if isinstance(outcome, str):
        return Verdict(outcome, rule)  # type: ignore[arg-type]
    return Verdict("partial", rule, frozenset(outcome))


def test_there_are_thirty_five_answers_or_more() -> None:
    assert len({text for _, text, _ in ANSWERS}) >= 35


@pytest.mark.parametrize(("rule", "text", "outcome"), ANSWERS)
def test_an_answer_is_read_by_the_first_rule_that_applies(rule: str, text: str, outcome: Any) -> None:
    assert read_answer(text.encode(), IDS, report=True) == expected(rule, outcome)


@pytest.mark.parametrize("text", [text for _, text, _ in ANSWERS])
def test_without_partial_responses_no_answer_is_read(text: str) -> None:
    assert read_answer(text.encode(), IDS, report=False) == Verdict("success", "R1")


@pytest.mark.parametrize("report", [True, False])
def test_no_answer_fails_the_batch(report: bool) -> None:
    assert read_answer(None, IDS, report=report) == Verdict("whole", "R0")


@pytest.mark.parametrize("report", [True, False])
def test_an_answer_beyond_the_limit_fails_the_batch(report: bool) -> None:
    limit = 6_291_556
    most = b'{"k": "' + b"x" * (limit - 9) + b'"}'
    assert len(most) == limit
    assert read_answer(most, IDS, report=report).outcome == "success"
    assert read_answer(most + b" ", IDS, report=report) == Verdict("whole", "R0")


def test_an_answer_that_is_not_utf_8_fails_the_batch() -> None:
    assert read_answer(b'{"k": "\xff"}', IDS, report=True) == Verdict("whole", "R2")
    assert read_answer('{"k": 1}'.encode("utf-16"), IDS, report=True) == Verdict("whole", "R2")


KAFKA = [("orders-0", 17), ("orders-0", 18), ("orders-1", 3)]


@pytest.mark.parametrize(
    ("identifier", "rule"),
    [
        ({"partition": "orders-0", "offset": 18}, "R9"),
        ({"partition": "orders-0", "offset": 3}, "R7"),
        ({"partition": "orders-0", "offset": "18"}, "R8"),
        ({"partition": "orders-0", "offset": 18.0}, "R8"),
        ({"partition": "orders-0", "offset": True}, "R8"),
        ({"partition": "0", "offset": 18}, "R7"),
        ({"partition": 0, "offset": 18}, "R8"),
        ({"topic-partition": "orders-0", "offset": 18}, "R8"),
        ("orders-0-18", "R8"),
        ("", "R6"),
        (18, "R8"),
    ],
)
def test_kafka_identifiers_are_objects(identifier: Any, rule: str) -> None:
    raw = json.dumps({"batchItemFailures": [{"itemIdentifier": identifier}]}).encode()
    verdict = read_answer(raw, KAFKA, report=True)
    assert verdict.rule == rule
    assert verdict.failed == ({("orders-0", 18)} if rule == "R9" else frozenset())
    as_objects = [{"partition": partition, "offset": offset} for partition, offset in KAFKA]
    assert read_answer(raw, as_objects, report=True) == verdict


@pytest.mark.parametrize(
    ("text", "report", "verdict"),
    [
        ('{"state": {"n": 1}}', True, Verdict("success", "R4", state={"n": 1})),
        ('{"state": {}}', False, Verdict("success", "R1", state={})),
        ('{"state": null}', True, Verdict("whole", "RW")),
        ("null", True, Verdict("whole", "RW")),
        ("{}", False, Verdict("whole", "RW")),
        ("hello", False, Verdict("whole", "R2")),
        (
            '{"state": {"n": 2}, "batchItemFailures": [{"itemIdentifier": "id2"}]}',
            True,
            Verdict("partial", "R9", frozenset({"id2"}), {"n": 2}),
        ),
    ],
)
def test_a_tumbling_window_needs_its_state(text: str, report: bool, verdict: Verdict) -> None:
    assert read_answer(text.encode(), IDS, report=report, window=True) == verdict


def restated(raw: bytes | None, ids: list[Any], *, report: bool) -> set[Any] | None:
    """What comes again of a batch, None for all of it: the rules once more, in another manner."""
    try:
        answer = json.loads(raw.decode(), parse_constant=lambda _: {}[0]) if report else None  # type: ignore[union-attr]
        listed = (answer or {}).get("batchItemFailures")
        failed = set()
        for item in [] if listed is None else listed[:]:
            name = item["itemIdentifier"]
            if type(name) is dict:
                name = name.pop("partition"), name.pop("offset"), *map(str, name)
                name = name if type(name[1]) is int else None
            failed.add({identifier: identifier for identifier in ids}[name])
        return failed if raw is not None and not isinstance(listed, str | dict) else {}[0]
    except Exception:
        return None


identifiers = st.sampled_from([*IDS, "", "id9", None, 5, "orders-0", {"partition": "orders-0", "offset": 17}])
things = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | identifiers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
elements = st.fixed_dictionaries({"itemIdentifier": identifiers | things}) | things
answers = (
    things
    | st.fixed_dictionaries(
        {"batchItemFailures": st.lists(elements, max_size=4) | things}, optional={"k": things}
    )
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=700, deadline=None)
@given(st.none() | answers | st.binary(max_size=8), st.sampled_from([IDS, KAFKA]), st.booleans())
def test_the_rules_agree_with_their_restatement(raw: bytes | None, ids: list[Any], report: bool) -> None:
    verdict = read_answer(raw, ids, report=report)
    again = restated(raw, ids, report=report)
    if again is None:
        assert verdict.outcome == "whole"
    else:
        assert verdict.outcome == ("partial" if again else "success")
        assert verdict.failed == again


# -- the reference handlers --------------------------------------------------------------------------------


@every_source
@pytest.mark.parametrize("report", [True, False], ids=["report", "no report"])
@pytest.mark.parametrize("faults", [Faults(), FAULTS], ids=["calm", "faults"])
def test_the_reference_loses_nothing_and_keeps_order(name: str, report: bool, faults: Faults) -> None:
    for seed in SEEDS:
        plan = Plan(seed=seed)
        ledger = SOURCES[name](seed=seed, report=report, faults=faults).reference(plan)
        assert ledger.ok, ledger
        assert ledger.lost == ledger.acked_but_failed == ledger.order_violations == ledger.unresolved == 0
        if report and not faults.lost:
            assert ledger.repeated == 0
        names = [f"record-{number}" for number in range(1, 201)]
        gone = {*ledger.dead_lettered, *(n for discard in ledger.destination for n in discard.names)}
        assert {n for n in names if plan.fate(n).poison} <= gone
        assert ledger.succeeded >= 200 - len(gone)
        assert ledger.delivered == sum(len(d.names) for d in ledger.deliveries)
        assert ledger.invocations == len(ledger.deliveries)


@pytest.mark.parametrize("name", ["standard", "kinesis, bisected"])
def test_only_poison_is_given_up_where_that_can_be(name: str) -> None:
    for seed in SEEDS:
        plan = Plan(seed=seed)
        sim = SOURCES[name](seed=seed, report=name == "standard")
        assert sim.reference(plan).innocent == 0


@every_source
def test_equal_arguments_make_equal_runs(name: str) -> None:
    def recorded() -> list[Any]:
        seen: list[Any] = []
        sim, plan = (
            SOURCES[name](seed=11, faults=FAULTS),
            Plan(seed=5, seconds=lambda chance: chance.random()),
        )
        handler = reference(sim, plan)

        def note(event: Any, context: Any) -> Any:
            seen.append((event, vars(context)["aws_request_id"], context.get_remaining_time_in_millis()))
            seen.append((context.log_stream_name, context.log_group_name))
            return handler(event, context)

        return [repr(sim.run(note, plan)), seen]

    assert recorded() == recorded()
    other, plan = SOURCES[name](seed=12, faults=FAULTS), Plan(seed=5)
    assert repr(other.reference(plan)) != recorded()[0]


def test_a_run_does_not_depend_on_the_hash_seed_or_the_time() -> None:
    code = """
from lambda_router.testing.esm import *
for make in (SqsMapping, KinesisMapping, DynamoDbMapping, KafkaMapping):
    ledger = make(seed=3, faults=Faults(kill=.1, dup=.3, lost=.1)).reference(Plan(seed=3))
    print(ledger, [(d.at, d.names, d.verdict.outcome, sorted(d.verdict.failed)) for d in ledger.deliveries])
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert len(runs.pop()) > 10_000


@every_source
def test_events_are_those_of_the_source(name: str) -> None:
    events: list[Any] = []
    sim = SOURCES[name](seed=1)
    handler = reference(sim, GOOD)
    sim.run(lambda event, context: events.append(event) or handler(event, context), GOOD)
    source = {"standard": "sqs", "fifo": "sqs", "msk": "kafka", "self-managed kafka": "kafka"}
    for event in events:
        found = detect(event)
        assert found == source.get(name.partition(",")[0], name.partition(",")[0]) or (
            found is None and "records" in event
        )


# -- planted bugs ------------------------------------------------------------------------------------------


def attempt(plan: Plan, record: Any) -> bool:
    try:
        plan.handle(record)
    except PlannedFailure:
        return False
    return True


def failing(event: Any, plan: Plan) -> list[Any]:
    """All records are tried, in any case; those that failed."""
    return [record for record in event["Records"] if not attempt(plan, record)]


def report(ids: Any, top: str = "batchItemFailures", item: str = "itemIdentifier") -> dict[str, Any]:
    return {top: [{item: identifier} for identifier in ids]}


def message_ids(records: list[Any]) -> list[str]:
    return [record["messageId"] for record in records]


def numbers(records: list[Any]) -> list[str]:
    return [
        record.get("kinesis", {}).get("sequenceNumber") or record["dynamodb"]["SequenceNumber"]
        for record in records
    ]


def stopped(records: list[Any], plan: Plan) -> list[Any]:
    """What a reader of a stream leaves: from the first failure on."""
    for at, record in enumerate(records):
        if not attempt(plan, record):
            return records[at:]
    return []


def offsets(event: Any, plan: Plan) -> Iterator[tuple[str, int]]:
    """The first failure of each partition."""
    for partition, records in event["records"].items():
        if left := stopped(records, plan):
            yield partition, left[0]["offset"]


def in_groups(event: Any, plan: Plan, *, rest: bool) -> list[Any]:
    """What fails in a FIFO queue that stops its groups, with or without what is behind."""
    stops: set[str] = set()
    failed: list[Any] = []
    for record in event["Records"]:
        group = record["attributes"]["MessageGroupId"]
        if group in stops:
            failed += [record] * rest
        elif not attempt(plan, record):
            stops.add(group)
            failed.append(record)
    return failed


def drop_last(event: Any, plan: Plan) -> Any:
    return report(message_ids(failing(event, plan))[:-1])


def report_none(event: Any, plan: Plan) -> Any:
    failing(event, plan)
    return report([])


def return_none(event: Any, plan: Plan) -> Any:
    failing(event, plan)


def wrong_top_key(event: Any, plan: Plan) -> Any:
    return report(message_ids(failing(event, plan)), top="batch_item_failures")


def wrong_item_key(event: Any, plan: Plan) -> Any:
    return report(message_ids(failing(event, plan)), item="ItemIdentifier")


def receipt_handles(event: Any, plan: Plan) -> Any:
    return report(record["receiptHandle"] for record in failing(event, plan))


def list_of_strings(event: Any, plan: Plan) -> Any:
    return {"batchItemFailures": message_ids(failing(event, plan))}


def shifted_by_one(event: Any, plan: Plan) -> Any:
    ids = message_ids(event["Records"])
    failed = message_ids(failing(event, plan))
    return report(ids[(ids.index(identifier) + 1) % len(ids)] for identifier in failed)


def not_a_number(event: Any, plan: Plan) -> Any:
    return {**report(message_ids(failing(event, plan))), "score": float("nan")}


def like_http(event: Any, plan: Plan) -> Any:
    return {"statusCode": 200, "body": json.dumps(report(message_ids(failing(event, plan))))}


def as_json_text(event: Any, plan: Plan) -> Any:
    return json.dumps(report(message_ids(failing(event, plan))))


def all_ids(event: Any, plan: Plan) -> Any:
    failing(event, plan)
    return report(message_ids(event["Records"]))


def fifo_goes_on(event: Any, plan: Plan) -> Any:
    return report(message_ids(failing(event, plan)))


def fifo_only_the_failed(event: Any, plan: Plan) -> Any:
    return report(message_ids(in_groups(event, plan, rest=False)))


def fifo_reversed(event: Any, plan: Plan) -> Any:
    return report(message_ids(in_groups({"Records": event["Records"][::-1]}, plan, rest=True)))


def record_after(event: Any, plan: Plan) -> Any:
    return report(numbers(stopped(event["Records"], plan))[1:2])


def compared_as_text(event: Any, plan: Plan) -> Any:
    left = numbers(stopped(event["Records"], plan))
    return report([min(left)] if left else [])


def event_ids(event: Any, plan: Plan) -> Any:
    return report([record["eventID"] for record in stopped(event["Records"], plan)][:1])


def kafka_flat(event: Any, plan: Plan) -> Any:
    return report(f"{partition}-{offset}" for partition, offset in offsets(event, plan))


def kafka_without_topic(event: Any, plan: Plan) -> Any:
    return report({"partition": p.rpartition("-")[2], "offset": offset} for p, offset in offsets(event, plan))


def kafka_first_partition(event: Any, plan: Plan) -> Any:
    first = dict(list(event["records"].items())[:1])
    return report({"partition": p, "offset": offset} for p, offset in offsets({"records": first}, plan))


BUGS: dict[Callable[[Any, Plan], Any], tuple[str, str]] = {
    drop_last: ("standard", "lost"),
    report_none: ("standard", "lost"),
    return_none: ("standard", "lost"),
    wrong_top_key: ("standard", "lost"),
    wrong_item_key: ("standard", "repeated"),
    receipt_handles: ("standard", "repeated"),
    list_of_strings: ("standard", "repeated"),
    shifted_by_one: ("standard", "lost"),
    not_a_number: ("standard", "repeated"),
    like_http: ("standard", "lost"),
    as_json_text: ("standard", "repeated"),
    all_ids: ("standard", "innocent"),
    fifo_goes_on: ("fifo", "order_violations"),
    fifo_only_the_failed: ("fifo", "lost"),
    fifo_reversed: ("fifo", "order_violations"),
    record_after: ("kinesis", "lost"),
    compared_as_text: ("dynamodb", "lost"),
    event_ids: ("kinesis", "innocent"),
    kafka_flat: ("msk", "repeated"),
    kafka_without_topic: ("msk", "repeated"),
    kafka_first_partition: ("msk", "lost"),
}


@cache
def best_of(source: str, seed: int) -> Ledger:
    return SOURCES[source](seed=seed).reference(Plan(seed=seed))


def test_there_are_twenty_one_planted_bugs() -> None:
    assert len(BUGS) == 21


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug: Callable[[Any, Plan], Any]) -> None:
    source, sign = BUGS[bug]
    found: Counter[str] = Counter()
    for seed in range(10):
        sim, plan = SOURCES[source](seed=seed), Plan(seed=seed)
        ledger, best = sim.run(lambda event, _: bug(event, plan), plan), best_of(source, seed)
        assert best.ok
        found.update(ledger.worse_than(best))
    assert found[sign] >= 8


RIGHT: dict[str, Callable[[Any, Plan], Any]] = {
    "standard": lambda event, plan: report(message_ids(failing(event, plan))),
    "fifo": lambda event, plan: report(message_ids(in_groups(event, plan, rest=True))),
    "kinesis": lambda event, plan: report(numbers(stopped(event["Records"], plan))[:1]),
    "dynamodb": lambda event, plan: report(numbers(stopped(event["Records"], plan))[:1]),
    "msk": lambda event, plan: report({"partition": p, "offset": o} for p, o in offsets(event, plan)),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("faults", [Faults(), FAULTS], ids=["calm", "faults"])
def test_the_same_handlers_without_a_bug_are_as_good_as_the_reference(name: str, faults: Faults) -> None:
    for seed in range(10):
        sim, plan = SOURCES[name](seed=seed, faults=faults), Plan(seed=seed)
        ledger = sim.run(lambda event, _: RIGHT[name](event, plan), plan)
        assert ledger.ok
        assert repr(ledger) == repr(sim.reference(plan))


# -- queues ------------------------------------------------------------------------------------------------


def script(**fates: Any) -> Plan:
    """Nothing fails but what is written: `script(record_3="poison")`."""
    written = {name.replace("_", "-"): fate for name, fate in fates.items()}
    return Plan(fail=0, poison=0, script=written)


def deliveries(ledger: Ledger, name: str) -> list[tuple[str, ...]]:
    return [delivery.names for delivery in ledger.deliveries if name in delivery.names]


def test_a_message_goes_to_the_dead_letter_queue_after_its_last_receipt() -> None:
    plan = script(record_3="poison", record_5=4, record_6=5)
    ledger = SqsMapping(records=20, max_receive=5, seed=1).reference(plan)
    assert sorted(ledger.dead_lettered) == ["record-3", "record-6"]
    assert [len(deliveries(ledger, name)) for name in ("record-3", "record-5", "record-6")] == [5, 5, 5]
    assert ledger.broken["innocent"] == ["record-6 (discarded)"]
    assert ledger.destination == []


def test_without_a_dead_letter_queue_poison_is_never_resolved() -> None:
    ledger = SqsMapping(records=5, max_receive=None).reference(script(record_3="poison"))
    assert ledger.broken["unresolved"][0].startswith("record-3 ")
    assert ledger.invocations == 60 * 5
    assert not ledger.ok


def test_the_event_has_the_receive_count() -> None:
    seen: dict[str, list[str]] = {}

    def handler(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            name = json.loads(record["body"])["id"]
            seen.setdefault(name, []).append(record["attributes"]["ApproximateReceiveCount"])
        return report(message_ids(failing(event, plan)))

    plan = script(record_1=2)
    SqsMapping(records=3).run(handler, plan)
    assert seen == {"record-1": ["1", "2", "3"], "record-2": ["1"], "record-3": ["1"]}


def test_a_fifo_queue_delivers_the_heads_of_several_groups_in_the_order_of_arrival() -> None:
    mixed = 0

    def handler(event: Any, context: Any) -> Any:
        nonlocal mixed
        records = event["Records"]
        sequence = [int(record["attributes"]["SequenceNumber"]) for record in records]
        groups = [record["attributes"]["MessageGroupId"] for record in records]
        assert sequence == sorted(sequence)
        assert 1 <= len(records) <= 10
        for group in set(groups):
            mine = [n for n, g in zip(sequence, groups, strict=True) if g == group]
            waiting = left[group][: len(mine)]
            assert mine == waiting
            del left[group][: len(mine)]
        mixed += len(set(groups)) > 1
        return report(message_ids(failing(event, GOOD)))

    sim = SqsMapping(fifo=True, seed=4)
    left: dict[str, list[int]] = {}
    for raw in sim._raw:
        system = raw["attributes"]
        left.setdefault(system["MessageGroupId"], []).append(int(system["SequenceNumber"]))
    ledger = sim.run(handler, GOOD)
    assert not ledger.errors
    assert mixed > 5


def test_batches_that_are_under_way_at_once_share_no_group() -> None:
    sim = SqsMapping(fifo=True, concurrency=4, seed=2, faults=FAULTS)
    group = {name: raw["attributes"]["MessageGroupId"] for name, raw in zip(sim.names, sim._raw, strict=True)}
    ledger = sim.reference(Plan(seed=2))
    turns: dict[int, list[set[str]]] = {}
    for delivery in ledger.deliveries:
        turns.setdefault(delivery.turn, []).append({group[name] for name in delivery.names})
    assert max(map(len, turns.values())) == 4
    for groups in turns.values():
        assert sum(map(len, groups)) == len(set[str]().union(*groups))


def test_messages_of_a_group_that_wait_behind_a_failure_are_received_with_it() -> None:
    plan = script(record_1="poison")
    innocent = 0
    for seed in range(30):
        sim = SqsMapping(fifo=True, records=6, groups=1, seed=seed)
        ledger = sim.reference(plan)
        assert ledger.order_violations == 0
        innocent += ledger.innocent
    assert innocent


def test_a_standard_queue_has_no_order() -> None:
    ledger = SqsMapping(seed=3).reference(GOOD)
    order = [name for delivery in ledger.deliveries for name in delivery.names]
    assert sorted(order) == sorted(f"record-{n}" for n in range(1, 201))
    assert order != sorted(order, key=lambda name: int(name.partition("-")[2]))
    assert {len(delivery.names) for delivery in ledger.deliveries} >= set(range(1, 11))


@pytest.mark.parametrize("told", [True, False])
def test_order_is_that_of_one_invocation(told: bool) -> None:
    """What was done before and comes again is done again first, or the plan is told that it needs no work."""

    def handler(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            if record["attributes"]["ApproximateReceiveCount"] == "1" or record["body"] != '"first"':
                plan.handle(record)
            elif told:
                plan.settle(record)

    plan = Plan(fail=0, poison=0)
    messages, lost = ['"first"', '"second"'], Faults(lost=1)
    sims = [SqsMapping(fifo=True, messages=messages, groups=1, faults=lost, seed=seed) for seed in range(5)]
    assert any(sim.run(handler, plan).order_violations for sim in sims) is not told


def test_bodies_of_your_own() -> None:
    bodies = ["text", {"total": 5}, "not json"]
    seen = []

    def handler(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            seen.append(record["body"])
            plan.handle(record)

    plan = Plan(fail=0, poison=0)
    sim = SqsMapping(fifo=True, queue="mine.fifo", messages=bodies, groups=["a", "b", "a"])
    assert sim.run(handler, plan).ok
    assert sorted(seen) == sorted(["text", '{"total":5}', "not json"])
    assert [raw["attributes"]["MessageGroupId"] for raw in sim._raw] == ["a", "b", "a"]
    assert {raw["eventSourceARN"].rpartition(":")[2] for raw in sim._raw} == {"mine.fifo"}


# -- faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 10])
def test_duplicates_are_what_is_deleted_already(batch_size: int) -> None:
    sim = SqsMapping(batch_size=batch_size, seed=5, faults=Faults(dup=1))
    ledger = sim.reference(GOOD)
    assert ledger.ok
    assert 20 < ledger.repeated == ledger.delivered - 200


def test_a_lost_answer_brings_all_of_the_batch_again() -> None:
    for make in (SqsMapping, KinesisMapping, DynamoDbMapping, KafkaMapping):
        ledger = make(seed=5, faults=Faults(lost=0.3)).reference(GOOD)
        lost = [delivery for delivery in ledger.deliveries if delivery.fault == "lost"]
        assert ledger.ok
        assert lost
        assert {delivery.verdict for delivery in lost} == {Verdict("whole", "R0")}
        # What had its receipts or retries is gone, all else succeeds once more for each lost answer.
        assert ledger.repeated >= sum(len(delivery.names) for delivery in lost) - ledger.innocent - 200


def test_a_copy_of_what_a_stream_is_done_with_changes_nothing_but_repeats() -> None:
    for make in (KinesisMapping, DynamoDbMapping, KafkaMapping):
        ledger = make(seed=5, faults=Faults(dup=0.5)).reference(Plan(seed=1))
        assert ledger.ok
        assert ledger.repeated > 20


def test_a_killed_process_answers_nothing_even_if_it_catches_that() -> None:
    handled: list[str] = []

    def stubborn(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            try:
                plan.handle(record)
                handled.append(record["messageId"])
            except BaseException:
                pass
        return report([])

    plan = Plan(fail=0, poison=0)
    ledger = SqsMapping(records=50, seed=1, faults=Faults(kill=0.5)).run(stubborn, plan)
    killed = [delivery for delivery in ledger.deliveries if delivery.fault == "kill"]
    assert len(killed) > 3
    assert {(d.error, d.verdict.rule) for d in killed} == {("Killed", "R0")}
    assert ledger.errors == {"Killed": len(killed)}
    assert ledger.ok
    assert ledger.succeeded + ledger.repeated == len(handled)
    in_order = SqsMapping(fifo=True, records=50, seed=1, faults=Faults(kill=0.5)).run(stubborn, plan)
    assert in_order.errors["Killed"] > 3
    assert in_order.ok


def test_no_time_passes_in_a_killed_process() -> None:
    def stubborn(event: Any, context: Any) -> Any:
        try:
            return reference(sim, GOOD)(event, context)
        except BaseException:
            context.advance(20)

    sim = SqsMapping(records=20, seed=1, faults=Faults(kill=0.5))
    ledger = sim.run(stubborn, GOOD)
    assert ledger.errors["Killed"] > 1
    assert ledger.deliveries[-1].at - ledger.deliveries[0].at == ledger.invocations - 1


def test_an_exit_may_be_survived() -> None:
    def careful(event: Any, context: Any) -> Any:
        failed = []
        for record in event["Records"]:
            try:
                plan.handle(record)
            except BaseException:
                failed.append(record)
        return report(message_ids(failed))

    plan = Plan(fail=0, poison=0)
    sim = SqsMapping(records=50, max_receive=None, seed=1, faults=Faults(exit=0.5))
    contained, left = sim.run(careful, plan), sim.reference(plan)
    assert contained.ok
    assert left.ok
    assert contained.repeated == 0 < left.repeated
    assert not contained.errors
    assert set(left.errors) == {"SystemExit"}


def test_events_are_cut_at_the_payload_cap() -> None:
    for make in (SqsMapping, KinesisMapping, DynamoDbMapping, KafkaMapping):
        cap = 4 * max(len(json.dumps(raw)) for raw in make()._raw)
        sim = make(batch_size=10, faults=Faults(payload_cap=cap))
        sizes = []
        handler = reference(sim, GOOD)
        ledger = sim.run(lambda e, c: sizes.append(len(json.dumps(e))) or handler(e, c), GOOD)
        assert ledger.ok
        assert max(sizes) < cap + 400  # what is around the records
        whole = make(batch_size=10).reference(GOOD)
        largest, uncut = (max(len(d.names) for d in one.deliveries) for one in (ledger, whole))
        assert 1 < largest < uncut >= 10


def test_a_record_beyond_the_cap_is_sent_alone() -> None:
    sim = SqsMapping(messages=["x" * 5000] * 4, faults=Faults(payload_cap=1000))
    assert [len(delivery.names) for delivery in sim.reference(GOOD).deliveries] == [1, 1, 1, 1]


@pytest.mark.parametrize("wrong", [{"kill": 1.5}, {"dup": -0.1}, {"lost": 2}, {"exit": 7}])
def test_faults_are_shares(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Faults(**wrong)  # type: ignore[arg-type]


# -- streams -----------------------------------------------------------------------------------------------


def test_what_a_partial_answer_leaves_has_all_its_tries() -> None:
    """As recorded on AWS: three retries, the failing record last in its batch: delivered 1 + 4 times."""
    plan, seen = script(record_5="poison"), 0
    for seed in range(60):
        sim = KinesisMapping(records=5, shards=1, batch_size=3, max_retries=3, seed=seed)
        ledger = sim.reference(plan)
        mine = deliveries(ledger, "record-5")
        (discard,) = ledger.destination
        assert discard.condition == "RetryAttemptsExhausted"
        assert discard.names == ("record-5",)
        assert (discard.batch_size, discard.invoke_count) == (1, 4)
        assert discard.first == discard.last == sim._raw[4]["kinesis"]["sequenceNumber"]
        if len(mine[0]) > 1:
            assert mine[1:] == [("record-5",)] * 4
            seen += 1
        else:
            assert len(mine) == 4
    assert seen > 10


@pytest.mark.parametrize("most", [0, 1, 5])
def test_a_failed_batch_comes_again_whole_until_its_tries_are_used_up(most: int) -> None:
    plan = script(record_2="poison")
    sim = DynamoDbMapping(records=4, shards=1, report=False, max_retries=most, seed=2)
    ledger = sim.reference(plan)
    (discard,) = ledger.destination
    assert deliveries(ledger, "record-2") == [discard.names] * (most + 1)
    assert [d.attempt for d in ledger.deliveries if "record-2" in d.names] == [*range(1, most + 2)]
    assert discard.invoke_count == most + 1
    assert ledger.innocent == len(discard.names) - 1


def test_the_checkpoint_is_the_lowest_number_as_an_integer() -> None:
    def both(event: Any, context: Any) -> Any:
        left = numbers(stopped(event["Records"], plan))
        return report(left[::-1])

    for seed in range(20):
        plan = Plan(seed=seed)
        sim = DynamoDbMapping(seed=seed)
        lengths = {len(raw["dynamodb"]["SequenceNumber"]) for raw in sim._raw}
        assert {1, 40} <= lengths
        ledger = sim.run(both, plan)
        assert repr(ledger) == repr(sim.reference(plan))


def test_a_failed_batch_is_halved_the_first_half_first() -> None:
    plan = script(record_3="poison")
    seen = 0
    for seed in range(40):
        sim = KinesisMapping(
            records=8, shards=1, batch_size=8, report=False, bisect=True, max_retries=1, seed=seed
        )
        ledger = sim.reference(plan)
        assert ledger.innocent == 0
        assert [discard.names for discard in ledger.destination] == [("record-3",)]
        names = [tuple(int(name[7:]) for name in delivery.names) for delivery in ledger.deliveries]
        if names[0] == tuple(range(1, 9)):
            halves = [(1, 2, 3, 4), (1, 2), (3, 4), (3,), (3,), (4,), (5, 6, 7, 8)]
            assert names[1:] == halves
            seen += 1
    assert seen


def test_a_partial_answer_halves_nothing() -> None:
    plan = script(record_3=1)
    for seed in range(20):
        sim = KinesisMapping(records=8, shards=1, batch_size=8, bisect=True, seed=seed)
        assert [d.names for d in sim.reference(plan).deliveries] == [
            d.names
            for d in KinesisMapping(records=8, shards=1, batch_size=8, seed=seed).reference(plan).deliveries
        ]


def test_records_leave_when_they_are_too_old() -> None:
    plan = script(record_1="poison")
    sim = KinesisMapping(records=10, shards=1, max_retries=-1, max_age=600, seed=1)
    ledger = sim.reference(plan)
    assert ledger.ok
    assert {discard.condition for discard in ledger.destination} == {"RecordAgeExceeded"}
    (first, *_) = ledger.destination
    assert first.names[0] == "record-1"
    last = [delivery.at for delivery in ledger.deliveries if "record-1" in delivery.names][-1]
    arrived = sim._raw[0]["kinesis"]["approximateArrivalTimestamp"]
    assert 600 - 61 <= last - arrived <= 600


def test_without_a_limit_a_record_is_tried_until_the_stream_forgets_it() -> None:
    plan = script(record_1="poison")
    ledger = DynamoDbMapping(records=10, shards=1, max_retries=-1, retention=3_000, seed=1).reference(plan)
    assert {discard.condition for discard in ledger.destination} == {"Expired"}
    assert len(deliveries(ledger, "record-1")) > 45
    assert ledger.ok


@pytest.mark.parametrize("make", [KinesisMapping, KafkaMapping])
def test_a_record_may_be_tried_for_ever(make: Any) -> None:
    endless = {"max_retries": 5000, "retention": 1e9}
    ledger = make(records=30, seed=1, **endless).reference(script(record_1="poison"))
    assert len(deliveries(ledger, "record-1")) > 1500
    assert ledger.gave_up
    last = [delivery.at for delivery in ledger.deliveries if "record-1" in delivery.names][-2:]
    assert last[1] - last[0] == 61


def test_shards_do_not_wait_for_each_other() -> None:
    sim = KinesisMapping(records=40, shards=3, max_retries=5, seed=1)
    ledger = sim.reference(script(record_1="poison"))
    blocked = {d.source for d in ledger.deliveries if "record-1" in d.names}
    tried = [d.number for d in ledger.deliveries if "record-1" in d.names]
    assert any(d.source not in blocked for d in ledger.deliveries[tried[0] : tried[-1]])
    assert all(len({d.source}) == 1 for d in ledger.deliveries)


def test_readers_of_a_shard_never_have_the_same_partition_key_at_once() -> None:
    sim = KinesisMapping(parallel=5, shards=1, keys=20, seed=3, faults=FAULTS)
    key = {name: raw["kinesis"]["partitionKey"] for name, raw in zip(sim.names, sim._raw, strict=True)}
    ledger = sim.reference(Plan(seed=3))
    turns: dict[int, list[set[str]]] = {}
    for delivery in ledger.deliveries:
        turns.setdefault(delivery.turn, []).append({key[name] for name in delivery.names})
    assert max(map(len, turns.values())) == 5
    for keys in turns.values():
        assert sum(map(len, keys)) == len(set[str]().union(*keys))


def test_with_parallel_readers_order_is_that_of_a_partition_key() -> None:
    """A handler that goes on with other keys keeps their order, but not that of the shard."""

    def by_key(event: Any, context: Any) -> Any:
        stops: set[str] = set()
        failed = []
        for record in event["Records"]:
            key = record["kinesis"]["partitionKey"]
            if key in stops or not attempt(plan, record):
                stops.add(key)
                failed.append(record)
        return report(numbers(failed)[:1])

    plan = Plan(seed=1)
    assert KinesisMapping(parallel=2, seed=1).run(by_key, plan).order_violations == 0
    assert KinesisMapping(seed=1).run(by_key, plan).order_violations > 0
    assert KinesisMapping(seed=1, order="key").run(by_key, plan).order_violations == 0


# -- tumbling windows --------------------------------------------------------------------------------------


def counting(plan: Plan, calls: list[Any]) -> Handler:
    """Counts the records of a window in its state."""

    def handler(event: Any, context: Any) -> Any:
        calls.append(event)
        left = stopped(event["Records"], plan)
        done = len(event["Records"]) - len(left)
        state = {"count": event["state"].get("count", 0) + done}
        if event["isFinalInvokeForWindow"] and not left:
            totals.append((event["shardId"], event["window"]["start"], state["count"]))
        return {**report(numbers(left)[:1]), "state": state}

    totals: list[Any] = []
    calls.append(totals)
    return handler


@pytest.mark.parametrize("make", [KinesisMapping, DynamoDbMapping])
def test_a_window_carries_its_state_from_call_to_call(make: Any) -> None:
    plan, calls = Plan(seed=1, poison=0), []
    sim = make(window=30.0, seed=1)
    ledger = sim.run(counting(plan, calls), plan)
    totals, *events = calls
    assert ledger.ok
    assert not ledger.errors
    assert sum(count for _, _, count in totals) == 200
    assert len(totals) == len({(shard, start) for shard, start, _ in totals})
    empty = [event for event in events if not event["Records"]]
    assert empty
    assert all(event["isFinalInvokeForWindow"] for event in empty)
    assert any(event["Records"] and event["isFinalInvokeForWindow"] for event in events)
    for event in events:
        assert event["eventSourceARN"].startswith("arn:aws:")
        assert event["window"]["start"] < event["window"]["end"]
        start, end = (
            datetime.fromisoformat(event["window"][bound]).timestamp() for bound in ("start", "end")
        )
        assert end - start == 30
        for record in event["Records"]:
            assert record["eventSourceARN"] == event["eventSourceARN"]
            held = record.get("kinesis") or record["dynamodb"]
            arrived = held.get("approximateArrivalTimestamp") or held["ApproximateCreationDateTime"]
            assert start <= arrived < end


def test_an_answer_without_state_fails_the_call() -> None:
    def forgetful(event: Any, context: Any) -> Any:
        return report(numbers(stopped(event["Records"], GOOD))[:1])

    ledger = KinesisMapping(records=20, window=30.0, max_retries=2).run(forgetful, GOOD)
    assert {delivery.verdict.rule for delivery in ledger.deliveries} == {"RW"}
    assert ledger.innocent > 0
    assert ledger.gave_up  # the final call comes again until it succeeds
    assert not ledger.ok
    assert repr(ledger).startswith("<Ledger BROKEN: 20 records, 20 succeeded, gave up after 1201 invocations")


def test_a_window_with_too_large_a_state_ends_early() -> None:
    seen = []

    def hoarder(event: Any, context: Any) -> Any:
        seen.append((event["isWindowTerminatedEarly"], event["isFinalInvokeForWindow"], len(event["state"])))
        for record in event["Records"]:
            plan.handle(record)
        return {"state": {"all": "x" * 1_100_000} if event["Records"] else {}}

    plan = Plan(fail=0, poison=0)
    ledger = KinesisMapping(records=6, shards=1, batch_size=2, window=900.0).run(hoarder, plan)
    assert ledger.ok
    early = [at for at, (ended, _, _) in enumerate(seen) if ended]
    assert early
    for at in early:
        assert seen[at] == (True, False, 1)
        assert seen[at + 1][2] == 0  # the window goes on with a fresh state


def test_a_final_call_that_fails_comes_again() -> None:
    failures = 3

    def handler(event: Any, context: Any) -> Any:
        nonlocal failures
        for record in event["Records"]:
            plan.handle(record)
        if event["isFinalInvokeForWindow"] and not event["Records"] and failures:
            failures -= 1
            raise RuntimeError
        return {"state": {}}

    plan = Plan(fail=0, poison=0)
    for seed in range(5):
        ledger = KinesisMapping(records=10, shards=1, max_retries=1, window=900.0, seed=seed).run(
            handler, plan
        )
        assert ledger.ok
    assert failures == 0


# -- kafka -------------------------------------------------------------------------------------------------


def test_a_batch_has_several_topics_and_partitions_each_in_order() -> None:
    events: list[Any] = []
    sim = KafkaMapping(seed=1)
    handler = reference(sim, GOOD)
    ledger = sim.run(lambda event, context: events.append(event) or handler(event, context), GOOD)
    assert ledger.ok
    assert {event["eventSource"] for event in events} == {"aws:kafka"}
    assert any(len({name.rpartition("-")[0] for name in event["records"]}) == 2 for event in events)
    assert {name for event in events for name in event["records"]} == {
        "orders-0", "orders-1", "orders-2", "refunds-0", "refunds-1"
    }  # fmt: skip
    positions: dict[str, list[int]] = {}
    for event in events:
        for name, records in event["records"].items():
            assert {f"{record['topic']}-{record['partition']}" for record in records} == {name}
            positions.setdefault(name, []).extend(record["offset"] for record in records)
    assert all(offsets == sorted(set(offsets)) for offsets in positions.values())


def test_each_partition_goes_on_from_its_own_lowest_offset() -> None:
    plan = script(record_1=1)
    for seed in range(10):
        sim = KafkaMapping(records=30, seed=seed)
        where = {n: f"{r['topic']}-{r['partition']}" for n, r in zip(sim.names, sim._raw, strict=True)}
        ledger = sim.reference(plan)
        first, again = deliveries(ledger, "record-1")
        assert again == tuple(name for name in first if where[name] == where["record-1"])
        assert ledger.repeated == 0


def test_a_kafka_batch_is_given_up_after_ten_retries_where_there_is_a_destination() -> None:
    plan = script(record_1="poison")
    ledger = KafkaMapping(records=30, seed=2).reference(plan)
    (discard,) = ledger.destination
    assert discard.condition == "RetryAttemptsExhausted"
    assert "record-1" in discard.names
    assert discard.invoke_count == 11
    assert deliveries(ledger, "record-1")[-11:] == [discard.names] * 11
    limited = KafkaMapping(records=30, seed=2, max_retries=2).reference(plan)
    assert limited.destination[0].invoke_count == 3


def test_without_a_destination_a_kafka_batch_blocks_until_it_expires() -> None:
    plan = script(record_1="poison")
    ledger = KafkaMapping(records=30, seed=2, destination=False, retention=3_000).reference(plan)
    assert {discard.condition for discard in ledger.destination} == {"Expired"}
    assert len(deliveries(ledger, "record-1")) > 45
    assert KafkaMapping(records=3, seed=2, destination=False).reference(plan).unresolved


def test_a_reference_that_raises_repeats_what_the_other_one_does_not() -> None:
    for make in (SqsMapping, KinesisMapping, DynamoDbMapping, KafkaMapping):
        plan, sim = Plan(seed=1), make(seed=1)
        raising, quiet = sim.reference(plan, partial=False), make(seed=1, report=False).reference(plan)
        assert raising.ok
        assert repr(raising) == repr(quiet)
        assert raising.repeated > 0 == sim.reference(plan).repeated


def test_in_default_mode_all_of_a_kafka_batch_comes_again() -> None:
    plan = script(record_1=2)
    ledger = KafkaMapping(records=30, seed=4, report=False).reference(plan)
    first, second, third = deliveries(ledger, "record-1")
    assert first == second == third
    assert ledger.ok


def test_self_managed_kafka_has_no_arn() -> None:
    head = KafkaMapping(self_managed=True).head()
    assert head == {"eventSource": "SelfManagedKafka", "bootstrapServers": "b-1.kafka.example.com:9092"}


# -- the function ------------------------------------------------------------------------------------------


def posted(result: Any) -> tuple[str | None, str]:
    """What one record's invocation comes to if the handler returns this: error and rule."""
    ledger = SqsMapping(records=1, max_receive=1).run(lambda event, context: result, GOOD)
    (delivery,) = ledger.deliveries
    return delivery.error, delivery.verdict.rule


class Odd:
    pass


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (None, (None, "R3")),
        ({"batchItemFailures": ()}, (None, "R4")),
        (b"{}", (None, "R3")),
        (b"\xff", (None, "R2")),
        (b"", (None, "R2")),
        (float("nan"), (None, "R2")),
        ({"a": {1, 2}}, ("TypeError", "R0")),
        (Odd(), ("TypeError", "R0")),
        ("x" * 6_300_000, (None, "R0")),
    ],
    ids=shown,
)
def test_results_are_posted_as_the_runtime_client_does(result: Any, outcome: tuple[str | None, str]) -> None:
    assert posted(result) == outcome


def test_a_lone_surrogate_ends_a_newer_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_EXECUTION_ENV", raising=False)
    assert posted({"a": "\ud800"}) == (None, "R4")
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12")
    assert posted({"a": "\ud800"}) == ("UnicodeEncodeError", "R0")


def test_a_coroutine_is_not_run_by_lambda() -> None:
    async def handler(event: Any, context: Any) -> None:
        for record in event["Records"]:
            plan.handle(record)

    plan = Plan(fail=0, poison=0)
    ledger = SqsMapping(records=10).run(handler, plan)
    assert ledger.succeeded == 0
    assert ledger.innocent == 10
    assert set(ledger.errors) == {"TypeError"}


def test_what_a_handler_raises_fails_the_batch() -> None:
    for error in (ValueError("x"), SystemExit(0), GeneratorExit(), asyncio.CancelledError()):

        def handler(event: Any, context: Any, error: BaseException = error) -> Any:
            raise error

        ledger = SqsMapping(records=3, max_receive=2).run(handler, GOOD)
        assert set(ledger.errors) == {type(error).__name__}
        assert ledger.innocent == 3


def test_an_interrupt_of_the_user_ends_the_simulation() -> None:
    def handler(event: Any, context: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SqsMapping(records=3).run(handler, GOOD)
    assert SqsMapping(records=3).reference(GOOD).ok  # the plan is free again


def test_time_passes_by_the_plan_and_ends_a_function_that_takes_too_long() -> None:
    def handler(event: Any, context: Any) -> Any:
        before.append(context.get_remaining_time_in_millis())
        return report(message_ids(failing(event, plan)))

    before: list[int] = []
    plan = Plan(fail=0, poison=0, seconds=4.0)
    ledger = SqsMapping(records=40, batch_size=10, timeout=30.0, max_receive=None, seed=3).run(handler, plan)
    assert set(before) == {30_000}
    late = [delivery for delivery in ledger.deliveries if delivery.error]
    assert {(d.error, d.verdict.rule) for d in late} == {("TimedOut", "R0")}
    assert all(len(delivery.names) >= 8 for delivery in late)
    assert all(len(d.names) <= 7 for d in ledger.deliveries if not d.error)
    assert ledger.ok
    assert ledger.repeated
    started = [delivery.at for delivery in ledger.deliveries]
    assert started == sorted(started)
    assert {round(b - a, 6) for a, b in itertools.pairwise(started)} <= {
        *(n * 4.0 + 1 for n in range(8)),
        31.0,
    }


def test_nothing_happens_after_the_time_limit() -> None:
    def stubborn(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            try:
                with plan.note(record):
                    context.advance(2)
            except BaseException:
                pass
        return report([])

    plan = Plan(fail=0, poison=0)
    ledger = SqsMapping(records=30, timeout=5.0, max_receive=None, seed=3).run(stubborn, plan)
    assert ledger.ok
    assert set(ledger.errors) == {"TimedOut"}


def test_what_succeeds_after_the_time_limit_has_not() -> None:
    def stubborn(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            with plan.note(record):
                try:
                    context.advance(7)
                except BaseException:
                    pass

    plan = Plan(fail=0, poison=0)
    ledger = SqsMapping(records=5, batch_size=1, timeout=5.0, max_receive=2).run(stubborn, plan)
    assert ledger.succeeded == 0
    assert ledger.errors == {"TimedOut": 10}


def test_the_context_refuses_to_go_back_in_time() -> None:
    refused = []

    def handler(event: Any, context: Any) -> Any:
        try:
            context.advance(-1)
        except ValueError as error:
            refused.append(str(error))
        return report(message_ids(failing(event, GOOD)))

    assert SqsMapping(records=1).run(handler, GOOD).ok
    assert refused == ["time passes by 0 seconds or more, not -1"]


def test_events_are_new_objects_each_time() -> None:
    def vandal(event: Any, context: Any) -> Any:
        failed = report(message_ids(failing(event, plan)))
        for record in event["Records"]:
            record.clear()
        return failed

    plan = Plan(seed=1)
    sim = SqsMapping(seed=1)
    assert repr(sim.run(vandal, plan)) == repr(sim.reference(plan))


# -- the plan ----------------------------------------------------------------------------------------------


def test_fates_have_their_shares_and_depend_on_nothing_but_the_seed() -> None:
    names = [f"record-{number}" for number in range(4000)]
    plan = Plan(seed=9, fail=0.2, tries=3, poison=0.05, kill=0.01)
    fates = [plan.fate(name) for name in names]
    assert (
        fates == [Plan(seed=9, fail=0.2, tries=3, poison=0.05, kill=0.01).fate(n) for n in names[::-1]][::-1]
    )
    assert sum(fate.poison for fate in fates) == pytest.approx(200, rel=0.3)
    assert sum(fate.kill for fate in fates) == pytest.approx(40, rel=0.5)
    failures = Counter(fate.failures for fate in fates)
    assert set(failures) == {0, 1, 2, 3}
    assert sum(failures[n] for n in (1, 2, 3)) == pytest.approx(800, rel=0.2)


def test_a_kill_of_the_plan_ends_the_first_try() -> None:
    ledger = SqsMapping(records=5).reference(script(record_2="kill"))
    assert ledger.errors == {"Killed": 1}
    assert ledger.ok
    assert ledger.succeeded == 5


def test_a_record_is_named_by_itself_its_identifier_or_its_body() -> None:
    from aws_lambda_powertools.utilities.data_classes import SQSEvent

    def handler(event: Any, context: Any) -> Any:
        for number, record in enumerate(event["Records"]):
            wrapped = list(SQSEvent(event).records)[number]
            ways = [record, record["messageId"], json.loads(record["body"])["id"], wrapped]
            plan.handle(ways[turns.pop() % 4] if turns else record)

    turns = [*range(8)]
    plan = Plan(fail=0, poison=0)
    assert SqsMapping(records=8, batch_size=1).run(handler, plan).ok
    assert not turns


@pytest.mark.parametrize(
    ("make", "ways"),
    [
        (KinesisMapping, [lambda r: r, lambda r: r["kinesis"], lambda r: r["kinesis"]["sequenceNumber"]]),
        (
            DynamoDbMapping,
            [lambda r: r, lambda r: r["dynamodb"], lambda r: r["dynamodb"]["NewImage"]["id"]["S"]],
        ),
        (
            KafkaMapping,
            [
                lambda r: r,
                lambda r: (f"{r['topic']}-{r['partition']}", r["offset"]),
                lambda r: {"partition": f"{r['topic']}-{r['partition']}", "offset": r["offset"]},
                lambda r: {"itemIdentifier": (f"{r['topic']}-{r['partition']}", r["offset"])},
            ],
        ),
    ],
)
def test_records_of_streams_are_named_by_what_they_carry(make: Any, ways: list[Any]) -> None:
    for way in ways:
        plan = Plan(fail=0, poison=0)

        def handler(event: Any, context: Any, way: Any = way, plan: Plan = plan) -> Any:
            batches = [event["Records"]] if "Records" in event else event["records"].values()
            for record in (record for batch in batches for record in batch):
                plan(way(record))

        ledger = make(records=20).run(handler, plan)
        assert ledger.ok
        assert ledger.succeeded == 20


def test_an_unknown_record_ends_the_run_with_an_error() -> None:
    def handler(event: Any, context: Any) -> Any:
        try:
            plan.handle("order-7")
        except Exception:
            return None  # the mistake is not to be taken for a failure

    plan = Plan()
    with pytest.raises(PlanError, match=r"no record 'order-7'.*'record-1'"):
        SqsMapping().run(handler, plan)


def test_a_plan_takes_notes_in_a_run_alone() -> None:
    with pytest.raises(PlanError, match=r"mapping\.run"):
        Plan().handle("record-1")


def test_asynchronous_code_takes_notes_too() -> None:
    async def one(record: Any) -> Any:
        try:
            with plan.note(record):
                await asyncio.sleep(0)
        except PlannedFailure:
            return record["messageId"]

    async def all_of(records: list[Any]) -> list[Any]:
        return [found for found in await asyncio.gather(*map(one, records)) if found]

    plan = Plan(seed=2)
    sim = SqsMapping(seed=2)
    ledger = sim.run(lambda event, context: report(asyncio.run(all_of(event["Records"]))), plan)
    assert repr(ledger) == repr(sim.reference(plan))
    fifo = SqsMapping(fifo=True, seed=2).run(lambda e, c: report(asyncio.run(all_of(e["Records"]))), plan)
    assert fifo.order_violations > 10


def test_threads_take_notes_too() -> None:
    def handler(event: Any, context: Any) -> Any:
        failed: list[str] = []

        def work(record: Any) -> None:
            if not attempt(plan, record):
                failed.append(record["messageId"])

        threads = [threading.Thread(target=work, args=(record,)) for record in event["Records"]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return report(failed)

    plan = Plan(seed=2)
    sim = SqsMapping(seed=2)
    assert repr(sim.run(handler, plan)) == repr(sim.reference(plan))


def test_what_is_done_in_a_later_invocation_is_stray() -> None:
    def handler(event: Any, context: Any) -> Any:
        while left:
            left.pop().__exit__(None, None, None)
        for record in event["Records"]:
            note = plan.note(record)
            note.__enter__()
            left.append(note)

    left: list[Any] = []
    plan = Plan(fail=0, poison=0)
    ledger = SqsMapping(records=12, seed=1).run(handler, plan)
    assert ledger.acked_but_failed == 12
    assert ledger.stray >= 1
    assert "done in" in ledger.broken["stray"][0]
    assert ledger.lost == 12 - ledger.succeeded


def test_a_record_of_an_earlier_invocation_is_stray() -> None:
    def handler(event: Any, context: Any) -> Any:
        for record in [*event["Records"], *kept[:1]]:
            plan.handle(record)
        kept[:] = event["Records"]

    kept: list[Any] = []
    plan = Plan(fail=0, poison=0)
    ledger = SqsMapping(records=12, batch_size=3, seed=1).run(handler, plan)
    assert ledger.stray == 2 * (ledger.invocations - 1)
    assert not ledger.ok


def test_what_needs_no_work_is_settled() -> None:
    """An idempotent handler: what it has done before it does not do again."""

    def handler(event: Any, context: Any) -> Any:
        failed = []
        for record in event["Records"]:
            name = record["messageId"]
            if name in done or json.loads(record["body"])["id"] == "record-4":
                plan.settle(record)
            elif attempt(plan, record):
                done.add(name)
            else:
                failed.append(name)
        return report(failed)

    done: set[str] = set()
    plan = Plan(seed=3)
    ledger = SqsMapping(seed=3, max_receive=10, faults=Faults(dup=0.4, lost=0.1)).run(handler, plan)
    assert ledger.ok
    assert ledger.repeated == 0
    assert ledger.innocent == 0
    assert ledger.succeeded == len(done)


def test_the_exception_of_a_failure_is_yours_to_choose() -> None:
    texts = []

    def handler(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            try:
                plan.handle(record)
            except KeyError as error:
                texts.append(str(error))
                raise

    plan = Plan(fail=0, poison=0, script={"record-1": 1}, error=KeyError)
    assert SqsMapping(records=1).run(handler, plan).errors == {"KeyError": 1}
    assert texts == ["'record-1 fails as planned, try 1'"]


@pytest.mark.parametrize("wrong", [{"fail": 0.9, "poison": 0.2}, {"fail": -0.1}, {"tries": 0}])
def test_a_plan_has_shares(wrong: Any) -> None:
    with pytest.raises(ValueError, match="shares"):
        Plan(**wrong)


def test_a_fate_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="poison"):
        Plan(script={"record-1": "posion"}).fate("record-1")  # type: ignore[dict-item]


# -- the face ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (SqsMapping, {"batch_size": 0}),
        (SqsMapping, {"batch_size": 10_001}),
        (SqsMapping, {"fifo": True, "batch_size": 11}),
        (SqsMapping, {"fifo": True, "queue": "orders"}),
        (SqsMapping, {"queue": "orders.fifo"}),
        (SqsMapping, {"fifo": True, "groups": ["a"]}),
        (KinesisMapping, {"keys": ["a"]}),
        (KinesisMapping, {"parallel": 11}),
        (KinesisMapping, {"parallel": 2, "window": 60}),
        (KinesisMapping, {"parallel": 2, "order": "shard"}),
        (DynamoDbMapping, {"max_retries": -2}),
        (DynamoDbMapping, {"shards": 0}),
        (KafkaMapping, {"topics": {}}),
        (KafkaMapping, {"topics": {"orders": 0}}),
    ],
)
def test_what_cannot_be_is_refused(make: Any, options: Any) -> None:
    with pytest.raises(ValueError):
        make(**options)


def test_a_ledger_says_what_broke() -> None:
    plan = Plan(seed=1)
    sim = SqsMapping(seed=1)
    ledger = sim.run(lambda event, _: report_none(event, plan), plan)
    first, *lines = repr(ledger).splitlines()
    assert first.startswith("<Ledger BROKEN: 200 records, ")
    assert lines[0].startswith(f"  lost {ledger.lost}: record-")
    assert lines[0].count("record-") == 3
    assert lines[0].endswith(", ...")
    assert lines[1].startswith("  acked_but_failed ")
    assert repr(sim.reference(plan)).startswith("<Ledger ok: 200 records, ")
    assert repr(sim) == "<SqsMapping of 200 records, batches of 10, partial responses, seed 1>"
    assert repr(plan) == "<Plan 1: fail 0.15, poison 0.02, kill 0, 0 scripted>"


def test_without_the_runtime_client_the_simulator_says_what_to_install() -> None:
    code = """
import sys
sys.modules["awslambdaric"] = None
from lambda_router.testing.esm import Plan, SqsMapping, read_answer
assert read_answer(b"{}", [], report=True).rule == "R3"
try:
    SqsMapping().reference(Plan())
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "lambda-event-router[testing]"' in done.stdout


def test_the_tools_do_not_load_what_they_do_not_need() -> None:
    code = (
        "import sys, lambda_router.testing.esm; print({'pytest', 'awslambdaric', 'boto3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# -- the figures of Powertools -----------------------------------------------------------------------------


def total(
    make: Make, handler: Callable[[Plan], Handler], **options: Any
) -> tuple[Counter[str], Counter[str]]:
    """The counts of a handler over five seeds, and those of the reference."""
    counts: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    fields = ("lost", "acked_but_failed", "order_violations", "repeated", "innocent", "succeeded")
    for seed in range(5):
        sim, plan = make(seed=seed, **options), Plan(seed=seed)
        for count, ledger in zip(counts, (sim.run(handler(plan), plan), sim.reference(plan)), strict=True):
            count.update({field: getattr(ledger, field) for field in fields})
    return counts


def powertools(
    kind: str, *, fifo: bool = False, asynchronous: bool = False, **options: Any
) -> Callable[[Plan], Handler]:
    from aws_lambda_powertools.utilities.batch import (
        BatchProcessor,
        EventType,
        SqsFifoPartialProcessor,
        process_partial_response,
    )

    def make(plan: Plan) -> Handler:
        processor: Any = SqsFifoPartialProcessor(**options) if fifo else BatchProcessor(EventType[kind])

        def handle(record: Any) -> None:
            plan.handle(record)

        async def handle_later(record: Any) -> None:
            plan.handle(record)

        chosen = handle_later if asynchronous else handle
        return lambda event, context: process_partial_response(event, chosen, processor, context)

    return make


def test_powertools_on_a_standard_queue_is_as_good_as_the_reference() -> None:
    found, best = total(SqsMapping, powertools("SQS"))
    assert found == best
    assert found["lost"] == found["repeated"] == 0


@pytest.mark.filterwarnings("ignore:coroutine")
def test_powertools_loses_all_with_an_async_handler_in_the_plain_processor() -> None:
    found, _ = total(SqsMapping, powertools("SQS", asynchronous=True))
    assert (found["lost"], found["succeeded"]) == (1000, 0)


def test_powertools_loses_where_partial_responses_are_off() -> None:
    found, best = total(SqsMapping, powertools("SQS"), report=False)
    assert found["lost"] > 100
    assert best["lost"] == 0


def test_powertools_breaks_the_order_of_a_fifo_queue_with_the_plain_processor() -> None:
    found, best = total(lambda **o: SqsMapping(fifo=True, **o), powertools("SQS"))
    assert found["order_violations"] > 100
    assert best["order_violations"] == 0


def test_powertools_fifo_processor_sends_more_innocents_to_the_dead_letter_queue() -> None:
    found, best = total(lambda **o: SqsMapping(fifo=True, **o), powertools("SQS", fifo=True))
    assert found["order_violations"] == found["lost"] == 0
    assert found["innocent"] > 2 * best["innocent"]
    grouped, _ = total(
        lambda **o: SqsMapping(fifo=True, **o), powertools("SQS", fifo=True, skip_group_on_error=True)
    )
    assert grouped == best


@pytest.mark.parametrize(
    ("make", "kind"),
    [(KinesisMapping, "KinesisDataStreams"), (DynamoDbMapping, "DynamoDBStreams"), (KafkaMapping, "Kafka")],
)
def test_powertools_goes_on_after_a_failure_in_a_stream(make: Make, kind: str) -> None:
    found, best = total(make, powertools(kind))
    assert found["order_violations"] > 500
    assert found["repeated"] > 500
    assert (best["order_violations"], best["repeated"]) == (0, 0)
