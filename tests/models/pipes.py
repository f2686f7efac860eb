"""What a pipe of EventBridge Pipes takes from a function: of its target a partial response, of its enrichment any JSON.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html

A target says with `batchItemFailures` which records are to come again: by `messageId` those of a queue, by `eventID`
those of a stream. Of other sources a pipe reads none. An enrichment's answer replaces the events and is never a partial
response, so that what has the key is a target's. Of an answer that is larger than the Lambda runtime takes it gets nothing.
"""

from __future__ import annotations

import json
from typing import Any

from . import need

LIMIT = 6_291_556
NAMES = {"aws:sqs": "messageId", "aws:kinesis": "eventID", "aws:dynamodb": "eventID"}


def check(answer: Any, event: Any) -> None:
    """Refused, naming the field, unless the pipe would do as the function says."""
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError):
        need(False, "$: no JSON")
        return
    need(len(text.encode()) <= LIMIT, "$: more than 6 MB")
    if not isinstance(answer, dict) or "batchItemFailures" not in answer:
        return
    need(answer.keys() == {"batchItemFailures"}, "$: a partial response has one field")
    failures = answer["batchItemFailures"]
    need(isinstance(failures, list), "$.batchItemFailures: not a list")
    name = NAMES.get(event[0]["eventSource"])
    need(name is not None or not failures, "$.batchItemFailures: not read for this source")
    known = [record.get(name) for record in event]
    for number, failure in enumerate(failures):
        at = f"$.batchItemFailures[{number}]"
        need(isinstance(failure, dict), f"{at}: not an object")
        need(failure.keys() == {"itemIdentifier"}, f"{at}: other fields than itemIdentifier")
        need(isinstance(failure["itemIdentifier"], str), f"{at}.itemIdentifier: not a text")
        need(failure["itemIdentifier"], f"{at}.itemIdentifier: empty")
        need(failure["itemIdentifier"] in known, f"{at}.itemIdentifier: of no record of the batch")


def _failed(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


MESSAGES = [
    {"messageId": name, "body": "{}", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:x:1:q"}
    for name in ("m-1", "m-2")
]
STREAM = [
    {
        "sequenceNumber": str(number),
        "partitionKey": "p",
        "data": "e30=",
        "eventID": f"shardId-0:{number}",
        "eventSource": "aws:kinesis",
        "eventSourceARN": "arn:aws:kinesis:x:1:stream/s",
    }
    for number in (1, 2)
]
TOPIC = [{"eventSource": "aws:kafka", "topic": "t", "partition": 0, "offset": 7, "value": "e30="}]
RIGHT: list[tuple[Any, Any]] = [
    (None, MESSAGES),
    (_failed(), MESSAGES),
    (_failed("m-2"), MESSAGES),
    (_failed("shardId-0:1", "shardId-0:2"), STREAM),
    ([{"id": 1}], TOPIC),
    ([], MESSAGES),
]
WRONG: list[tuple[Any, Any, str]] = [
    (_failed("m-3"), MESSAGES, "an id of no record"),
    (_failed(""), MESSAGES, "an empty id"),
    (_failed(None), MESSAGES, "no id"),
    (_failed(7), MESSAGES, "an id that is no text"),
    (_failed("2"), STREAM, "a sequence number for an event's id"),
    (_failed("t-0-7"), TOPIC, "a source without partial responses"),
    ({"batchItemFailures": ["m-1"]}, MESSAGES, "bare ids"),
    ({"batchItemFailures": {"itemIdentifier": "m-1"}}, MESSAGES, "no list"),
    ({"batchItemFailures": "m-1"}, MESSAGES, "a text"),
    ({"batchItemFailures": [{"ItemIdentifier": "m-1"}]}, MESSAGES, "the wrong key"),
    ({"batchItemFailures": [{"itemIdentifier": "m-1", "why": "x"}]}, MESSAGES, "an unknown field"),
    ({**_failed("m-1"), "state": {}}, MESSAGES, "a window's state"),
    ({"batchItemFailures": [{}]}, MESSAGES, "no field"),
    (["x" * LIMIT], MESSAGES, "more than 6 MB"),
]
