"""C3 and C4: whatever becomes of the records of a batch, Firehose and S3 Batch Operations get each identifier once.

What each record's handler will do is drawn beforehand, and what has to be said of it is known by that alone.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from models import firehose as firehose_model
from models import s3_batch as s3_batch_model

from lambda_router import Drop, HTTPError, PublicError, Reject, Retry, Router, Transformed
from lambda_router.answers import AnswerBatch
from lambda_router.testing import LambdaContext

BATCHES = int(os.environ.get("LAMBDA_ROUTER_BAR", "10000"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("lambda_router").disabled = True
    yield
    logging.getLogger("lambda_router").disabled = False


class Odd(BaseException): ...


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def an_iterator() -> Iterator[str]:
    yield "never run"


FAILURES: list[Callable[[], BaseException]] = [
    lambda: ValueError("\ud800\r\n"),
    lambda: PublicError("The shop is closed."),
    lambda: HTTPError(409),
    lambda: Retry(after=5),
    SystemExit,
    GeneratorExit,
    asyncio.CancelledError,
    StopIteration,
    RecursionError,
    MemoryError,
    Odd,
    Mute,
    lambda: ExceptionGroup("both", [ValueError(), Drop()]),
]
NO_RESULTS: list[Callable[[], Any]] = [
    object,
    an_iterator,
    lambda: float("nan"),
    lambda: "\ud800",
    lambda: {"a": b"bytes"},
    lambda: {1: 2},
    lambda: ValueError("returned"),
    lambda: {"batchItemFailures": [{"itemIdentifier": "a"}]},
]


class Fate:
    """What the handler does with one record, drawn beforehand."""

    def __init__(self, chance: random.Random, fine: Any) -> None:
        kinds = ("ok", "spoilt", "dropped", "rejected", "failed", "mangled")
        (self.kind,) = chance.choices(kinds, (10, 1, 2, 2, 5, 2))
        self.fine = fine
        self.failure = chance.choice(FAILURES)
        self.result = chance.choice(NO_RESULTS)
        self.later = chance.random() < 0.1
        self.seconds = chance.choice((0, 0, 0, 0, 0.4))

    def meet(self, record: Any) -> Any:
        if self.kind == "dropped":
            raise Drop
        if self.kind == "rejected":
            raise Reject("\ud800")
        if self.kind == "failed":
            raise self.failure()
        if self.kind == "spoilt":
            record.clear()
            record["recordId"] = record["taskId"] = "another"
        return self.result() if self.kind == "mangled" else self.fine

    async def meet_later(self, record: Any) -> Any:
        await asyncio.sleep(0)
        return self.meet(record)


def handled(take: Callable[[Router], Any], sent: Any, fates: list[Fate], seconds: float) -> tuple[Any, int]:
    """The answer to an event whose records meet their fates, and how many of them were started."""
    context = LambdaContext(timeout=seconds)
    coming = iter(fates)
    started = 0
    app = Router()

    def handler(record: Any) -> Any:
        nonlocal started
        started += 1
        fate = next(coming)
        context.advance(fate.seconds)
        return fate.meet_later(record) if fate.later else fate.meet(record)

    take(app)(handler)
    return app(json.loads(json.dumps(sent)), context), started


def drawn(chance: random.Random) -> list[str]:
    """Identifiers of a batch, of which some are the same in one of ten."""
    some = [f"id-{n}" for n in range(chance.choice((0, 1, 2, 3, 5, 8, 13)))]
    return [chance.choice(some) for _ in some] if chance.random() < 0.1 else some


def by_identifier(identifiers: list[str], said: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for identifier, one in zip(identifiers, said, strict=True):
        found.setdefault(identifier, []).append(one)
    return found


# -- Firehose ------------------------------------------------------------------------------------------------

FINE: list[Any] = [b"\x00\xff", "text", {"n": 1}, [1], 7, True, Transformed(), Transformed("a", table="t")]
NO_BASE64: list[Any] = ["!", None, 7, "a"]


def stream(chance: random.Random) -> dict[str, Any]:
    msk = chance.random() < 0.2
    key = "kafkaRecordValue" if msk else "data"
    records = [
        {"recordId": name, key: chance.choice(NO_BASE64) if chance.random() < 0.05 else b64(name, index)}
        for index, name in enumerate(drawn(chance))
    ]
    sent = {"invocationId": "i", "region": "eu-west-1", "records": records}
    sent["deliveryStreamArn"] = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/clicks"
    return {**sent, "sourceMSKArn": "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1"} if msk else sent


def b64(name: str, index: int) -> str:
    return base64.b64encode(f"{name} {index}".encode()).decode()


def of_firehose(fate: Fate, record: dict[str, Any]) -> str:
    """What has to be said of a record that was started."""
    if isinstance(fate.fine, Transformed) and fate.fine == Transformed() and fate.kind in ("ok", "spoilt"):
        raw = record.get("data", record.get("kafkaRecordValue"))
        return "ProcessingFailed" if raw in NO_BASE64 else "Ok"
    return {"ok": "Ok", "spoilt": "Ok", "dropped": "Dropped"}.get(fate.kind, "ProcessingFailed")


def test_every_record_of_firehose_is_answered_once() -> None:
    chance = random.Random(3)
    counted = dict.fromkeys(("Ok", "Dropped", "ProcessingFailed"), 0)
    surplus = 0
    for number in range(BATCHES):
        sent, large = stream(chance), number % 250 == 0
        fine = [
            b"x" * chance.randint(500_000, 2_500_000) if large else chance.choice(FINE)
            for _ in sent["records"]
        ]
        fates = [Fate(chance, one) for one in fine]
        answer, started = handled(lambda app: app.firehose("*"), sent, fates, chance.choice((3, 3, 2)))
        firehose_model.check(answer, sent)
        said = [of_firehose(fate, record) for fate, record in zip(fates, sent["records"], strict=True)]
        said[started:] = ["ProcessingFailed"] * (len(said) - started)
        expected = by_identifier([record["recordId"] for record in sent["records"]], said)
        for record in answer["records"]:
            counted[record["result"]] += 1
            wanted = set(expected[record["recordId"]])
            if len(expected[record["recordId"]]) > 1:
                wanted.add("ProcessingFailed")  # their data may differ, and then neither stands
            if large and record["result"] not in wanted:
                surplus += 1
                wanted.add("ProcessingFailed")
            assert record["result"] in wanted
    assert min(counted.values()) > BATCHES / 10
    assert surplus >= BATCHES // 1000


# -- S3 Batch Operations -------------------------------------------------------------------------------------

CODES = {"ok": "Succeeded", "spoilt": "Succeeded", "dropped": "Succeeded", "rejected": "PermanentFailure"}


def test_every_task_of_s3_batch_is_answered_once() -> None:
    chance = random.Random(4)
    counted = dict.fromkeys(("Succeeded", "TemporaryFailure", "PermanentFailure"), 0)
    task = {"s3Key": "a+b%2F.jpg", "s3VersionId": None, "s3BucketArn": "arn:aws:s3:::uploads"}
    for _ in range(BATCHES):
        names = drawn(chance)
        sent = {"invocationSchemaVersion": "1.0", "invocationId": "i", "job": {"id": "j"}}
        sent["tasks"] = [{**task, "taskId": name} for name in names]
        fates = [Fate(chance, "said") for _ in names]
        answer, started = handled(lambda app: app.s3_batch(), sent, fates, chance.choice((3, 3, 2)))
        s3_batch_model.check(answer, sent)
        said = [CODES.get(fate.kind, "TemporaryFailure") for fate in fates]
        said[started:] = ["TemporaryFailure"] * (len(said) - started)
        found = {result["taskId"]: result["resultCode"] for result in answer["results"]}
        expected = by_identifier(names, said).items()
        assert found == {name: one[0] if len(set(one)) == 1 else "TemporaryFailure" for name, one in expected}
        for code in found.values():
            counted[code] += 1
    assert min(counted.values()) > BATCHES / 10


@pytest.mark.parametrize(
    "test", [test_every_record_of_firehose_is_answered_once, test_every_task_of_s3_batch_is_answered_once]
)
def test_a_broken_rule_shows(test: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnswerBatch, "fail", lambda self, index, exc, call: self.done(index, "fine"))
    with pytest.raises(AssertionError):
        test()
