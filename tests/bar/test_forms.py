"""A9-A12, A17, A19 over all five sources: whatever a handler is or raises, it is its own record's affair.

The sources differ in what a failure stops; what they have in common is here, and the particulars in their own tests.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import logging
import random
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from test_batch import EXCEPTIONS, FORMS, Marked, Work

from lambda_router import BatchError, Router, RouterError
from lambda_router.testing import event

PAYLOADS = {"sqs": "body", "fifo": "body", "kinesis": "data", "dynamodb": "new_image", "kafka": "value"}
SOURCES = tuple(PAYLOADS)
every_source = pytest.mark.parametrize("source", SOURCES)
every_mode = pytest.mark.parametrize("partial", [True, False], ids=["partial", "default"])


def made(source: str, count: int = 3) -> Any:
    """Records 1 to `count`, all of one lane where the source has lanes."""
    numbers = [{"n": n} for n in range(1, count + 1)]
    if source == "sqs":
        return event("sqs", bodies=numbers)
    if source == "fifo":
        return event("sqs.fifo", bodies=numbers, group_id="g")
    if source == "kinesis":
        return event("kinesis", datas=numbers)
    if source == "dynamodb":
        return event("dynamodb", images=[{"id": str(n["n"]), **n} for n in numbers])
    return event("kafka", values=numbers)


def room(app: Router, source: str) -> Any:
    return app.sqs if source == "fifo" else getattr(app, source)


def routed(source: str, handler: Callable[..., Any], *, partial: bool = True, **options: Any) -> Router:
    """An app with one route, whose handler is called with a record's number."""
    app = Router(all_failed="report")
    payload = PAYLOADS[source]
    code = f"def handle({payload}: dict): return handler(int({payload}['n']))"
    exec(code, names := {"handler": handler})
    room(app, source)("*", partial=partial, **options)(names["handle"])
    return app


def open_after(source: str, number: int, count: int = 3) -> set[int]:
    """What comes again when the record of this number fails: in a standard queue itself, else all behind it too."""
    return {number} if source == "sqs" else set(range(number, count + 1))


def reported(source: str, sent: Any, answer: Any) -> set[int]:
    """The numbers of the records that come again after an answer."""
    found = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    names = identifiers(source, sent)
    numbers = {names.index(name) + 1 for name in found}
    if source in ("sqs", "fifo") or not numbers:
        return numbers
    assert len(numbers) == 1
    return set(range(min(numbers), len(names) + 1))


def identifiers(source: str, sent: Any) -> list[Any]:
    if source == "kafka":
        ((partition, records),) = sent["records"].items()
        return [{"partition": partition, "offset": record["offset"]} for record in records]
    look: dict[str, Callable[[Any], Any]] = {
        "kinesis": lambda record: record["kinesis"]["sequenceNumber"],
        "dynamodb": lambda record: record["dynamodb"]["SequenceNumber"],
    }
    return [look.get(source, lambda record: record["messageId"])(record) for record in sent["Records"]]


# -- A9: forms of a handler ------------------------------------------------------------------------------------


@every_source
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [1, 2])
def test_no_form_is_acknowledged_before_it_has_run_to_its_end(source: str, form: str, width: int) -> None:
    make, runs = FORMS[form]
    work = Work()
    handler = make(work)
    sent = made(source)
    answer = routed(source, lambda number: handler(body=number), concurrency=width)(sent)
    acknowledged = {1, 2, 3} - reported(source, sent, answer)
    assert acknowledged <= set(work.done)
    assert acknowledged == ({1, 2, 3} if runs else set())


# -- A10, A11: forms of an exception ---------------------------------------------------------------------------


@every_source
@every_mode
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_exception_fails_its_own_record_and_what_order_says(
    source: str, partial: bool, asynchronous: bool, name: str
) -> None:
    done: list[int] = []

    def handler(number: int) -> None:
        if number == 2:
            EXCEPTIONS[name]()
        done.append(number)

    async def later(number: int) -> None:
        await asyncio.sleep(0)
        handler(number)

    app, sent = routed(source, later if asynchronous else handler, partial=partial), made(source)
    if partial:
        assert reported(source, sent, app(sent)) == open_after(source, 2)
    else:
        with pytest.raises(BatchError, match="1 of 3"):
            app(sent)
    assert done == ([1, 3] if source == "sqs" else [1])


@every_source
@every_mode
def test_an_interrupt_passes(source: str, partial: bool) -> None:
    def handler(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        routed(source, handler, partial=partial)(made(source))


# -- A12: identifiers ------------------------------------------------------------------------------------------


@every_source
def test_what_a_handler_does_to_the_event_changes_no_identifier(source: str) -> None:
    sent = made(source)
    before = copy.deepcopy(sent)

    def handler(record: Any) -> None:
        record.clear()
        raise ValueError

    app = Router(all_failed="report")
    room(app, source)("*", partial=True)(handler)
    assert reported(source, before, app(sent)) == {1, 2, 3}


@every_source
def test_whatever_is_done_to_identifiers_only_those_of_the_event_are_emitted(source: str) -> None:
    """Mutilated batches, with random failures: every identifier in an answer is the event's, and is there once."""
    chance = random.Random(12)
    path = {
        "kinesis": ("kinesis", "sequenceNumber"),
        "dynamodb": ("dynamodb", "SequenceNumber"),
        "kafka": ("offset",),
    }
    odd = [None, "", 0, -1, "x", "\ud800", [], {}, 10**30, True, "000", "9" * 200]
    template = json.dumps(made(source, 5))
    app = routed(source, lambda number: [1][number] if chance.random() < 0.4 else None)
    emitted = raised = 0
    logging.getLogger("lambda_router").disabled = True
    for _ in range(2_000):
        sent = json.loads(template)
        records = next(iter(sent["records"].values())) if source == "kafka" else sent["Records"]
        for record in chance.sample(records, chance.randint(0, 2)):
            *above, last = path.get(source, ("messageId",))
            for key in above:
                record = record[key]
            if chance.random() < 0.3:
                record.pop(last, None)
            else:
                record[last] = chance.choice([*odd, "copied"])
        known = [] if source == "kafka" and not valid(records) else identifiers_of(source, sent)
        try:
            answer = app(sent)
        except RouterError:
            raised += 1
            continue
        found = [json.dumps(i["itemIdentifier"]) for i in answer["batchItemFailures"]]
        assert len(set(found)) == len(found)
        assert set(found) <= {json.dumps(name) for name in known if name not in (None, "")}
        emitted += bool(found)
    logging.getLogger("lambda_router").disabled = False
    assert emitted > 200
    assert raised > 100


def valid(records: list[Any]) -> bool:
    return all(type(record.get("offset")) is int for record in records)


def identifiers_of(source: str, sent: Any) -> list[Any]:
    with suppress(KeyError):
        return identifiers(source, sent)
    return [found for record in sent["Records"] for found in one(source, record)]


def one(source: str, record: Any) -> Iterator[Any]:
    with suppress(KeyError):
        yield from identifiers(source, {"Records": [record]})


# -- A17, A19: size and memory ---------------------------------------------------------------------------------


@every_source
@every_mode
@pytest.mark.parametrize("width", [1, 3])
def test_ten_thousand_failures_make_a_small_error_without_payload(
    source: str, partial: bool, width: int, caplog: pytest.LogCaptureFixture
) -> None:
    sent = many(source, 10_000)

    def handler(number: int) -> None:
        raise ValueError("CANARY")

    app = routed(source, handler, partial=partial, concurrency=width)
    app.all_failed = "raise"
    with caplog.at_level(logging.DEBUG, "lambda_router"), pytest.raises(BatchError) as caught:
        app(sent)
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "CANARY" not in str(caught.value) + repr(caught.value) + logged
    assert len(str(caught.value).encode()) <= 4096
    assert len(logged.encode()) <= 256 * 1024


def many(source: str, count: int) -> Any:
    """So many records that differ in their identifiers."""
    sent = made(source, 1)
    if source == "kafka":
        ((partition, (record,)),) = sent["records"].items()
        return {**sent, "records": {partition: [{**record, "offset": n} for n in range(count)]}}
    (record,) = sent["Records"]
    return {"Records": [named(source, record, n) for n in range(count)]}


def named(source: str, record: Any, number: int) -> Any:
    if source == "kinesis":
        return {**record, "kinesis": {**record["kinesis"], "sequenceNumber": str(number)}}
    if source == "dynamodb":
        return {**record, "dynamodb": {**record["dynamodb"], "SequenceNumber": str(number)}}
    return {**record, "messageId": str(number)}


@every_source
@every_mode
@pytest.mark.parametrize("width", [1, 3])
def test_nothing_is_retained(source: str, partial: bool, width: int) -> None:
    app = Router(all_failed="report")

    async def handler(record: Any) -> None:
        local = record["marked"]
        await asyncio.sleep(0)
        if local.number % 2:
            raise ValueError(local)

    room(app, source)("*", partial=partial, concurrency=width)(handler)
    sent = made(source, 4)
    records = next(iter(sent["records"].values())) if source == "kafka" else sent["Records"]
    watched = []
    for number, record in enumerate(records):
        record["marked"] = Marked()
        record["marked"].number = number
        watched.append(weakref.ref(record["marked"]))
    with suppress(BatchError):
        app(sent)
    del sent, records, record
    gc.collect()
    assert [ref() for ref in watched] == [None] * 4
