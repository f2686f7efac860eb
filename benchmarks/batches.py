"""SQS: a batch of ten messages with JSON bodies, all of them good or one of them not JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from lambda_router import Router

from . import events, rounds
from .rounds import Call, Side, WrongAnswerError
from .targets import Finding, Report

MESSAGES = 10
BLOCK = 50
ROUTER, PROCESSOR, BY_HAND = "router", "BatchProcessor", "by hand"

Handler = Callable[[Any, Any], Any]


def on_router(done: list[int]) -> Handler:
    """The queue on this project's router."""
    app = Router()

    @app.sqs("orders", partial=True)
    def on_order(body: dict[str, Any]) -> None:
        done.append(body["order_id"])

    return app


def on_processor(done: list[int]) -> Handler:
    """The queue on Powertools' batch processor."""
    processor = BatchProcessor(event_type=EventType.SQS)

    def on_order(record: SQSRecord) -> None:
        done.append(record.json_body["order_id"])

    def handler(event: Any, context: Any) -> Any:
        return process_partial_response(
            event=event, record_handler=on_order, processor=processor, context=context
        )

    return handler


def by_hand(done: list[int]) -> Handler:
    """The loop that one writes."""

    def on_order(body: dict[str, Any]) -> None:
        done.append(body["order_id"])

    def handler(event: Any, context: Any) -> Any:
        failures = []
        for record in event["Records"]:
            try:
                on_order(json.loads(record["body"]))
            except Exception:
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}

    return handler


def calls(*, bad: int) -> list[Call]:
    """A block of batches, the first `bad` messages of each not JSON."""
    return [_call(bad) for _ in range(BLOCK)]


def _call(bad: int) -> Call:
    orders = [events.number() for _ in range(MESSAGES)]
    bodies = [json.dumps({"order_id": n, "customer": f"c-{n}", "total": 99.5, "paid": True}) for n in orders]
    bodies[:bad] = [body[:-1] for body in bodies[:bad]]
    event = events.sqs(bodies)
    failures = [{"itemIdentifier": record["messageId"]} for record in event["Records"][:bad]]
    return Call(event, events.context(), ({"batchItemFailures": failures}, orders[bad:]))


def side(name: str, make: Callable[[list[int]], Handler], *, bad: int) -> Side:
    """A program with its own list of what it handled; WrongAnswerError unless list and answers are right."""
    done: list[int] = []

    def check(calls: Sequence[Call], answers: Sequence[Any]) -> None:
        handled, done[:] = done[:], []
        if list(answers) != [call.expected[0] for call in calls]:
            raise WrongAnswerError(f"{name}: {answers[0]!r}")
        if handled != [order for call in calls for order in call.expected[1]]:
            raise WrongAnswerError(f"{name} did not handle each message once, in order")

    return Side(name, make(done), lambda: calls(bad=bad), check)


def label(program: str, bad: int) -> str:
    """The name of a side."""
    return f"{program}, {bad} of {MESSAGES} bad" if bad else program


def measure(*, quick: bool) -> Report:
    """Time the three programs, with good batches and with one bad message in each, all in the same rounds."""
    sides = [
        side(label(program, bad), make, bad=bad)
        for program, make in ((ROUTER, on_router), (PROCESSOR, on_processor), (BY_HAND, by_hand))
        for bad in (0, 1)
    ]
    times = rounds.run(sides, rounds=20 if quick else 100)
    findings = [
        Finding(ROUTER, BY_HAND, times.ratio(ROUTER, BY_HAND), at_most=2),
        Finding(ROUTER, PROCESSOR, times.ratio(PROCESSOR, ROUTER), at_least=1.5),
        *(_with_failure(times, other) for other in (BY_HAND, PROCESSOR)),
    ]
    return Report("SQS, time of a batch of ten", times, findings)


def _with_failure(times: rounds.Times, other: str) -> Finding:
    return Finding(label(ROUTER, 1), label(other, 1), times.ratio(label(ROUTER, 1), label(other, 1)))
