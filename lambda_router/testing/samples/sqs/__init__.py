"""Messages of Amazon SQS queues.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, payloads, stamps

__all__ = ["event", "fifo"]

_BODY: Any = {"order_id": 7, "total": 120.5}
_SENDER = "AIDAEXAMPLESENDERID01"


def event(
    queue: str = "orders",
    bodies: Sequence[Any] | None = None,
    *,
    body: Any = _BODY,
    group_id: str | Sequence[str] | None = None,
    message_id: str | Sequence[str] | None = None,
    receive_count: int = 1,
    attributes: Mapping[str, str] | None = None,
    message_attributes: Mapping[str, Any] | None = None,
    dead_letter_source: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of messages of one queue: one message of `body`, or one for each of `bodies`.

    `queue` is a name or an ARN; one that ends in `.fifo` makes messages of a FIFO queue. A body that is not
    text is sent as JSON, an event of a topic (`event("sns")`) as the notification that SNS sends.
    `group_id` and `message_id` are for all messages, or a list with one for each.
    `message_attributes` are texts, numbers or bytes; `attributes` are added to the system's own.
    `dead_letter_source` is the queue from which a redrive policy moved the messages.
    """
    if bodies is not None and not isinstance(bodies, list | tuple):
        raise SampleError(
            f"bodies is a list with a body for each message, not {bodies!r:.80}; for one write body="
        )
    given = [body] if bodies is None else list(bodies)
    arn = _arn(queue, region, account)
    is_fifo = arn.endswith(".fifo")
    groups = _each("group_id", "group-1" if group_id is None and is_fifo else group_id, given)
    identifiers = _each("message_id", message_id, given)
    sequence = 18_850_000_000_000_000_000 + stamps.number(15)
    records = []
    for number, (one, group, identifier) in enumerate(zip(given, groups, identifiers, strict=True)):
        system = _system(receive_count, group, sequence + number * 256 if is_fifo else None)
        if dead_letter_source is not None:
            system["DeadLetterQueueSourceArn"] = _arn(dead_letter_source, region, account)
        record = _record(one, identifier or stamps.uuid(), arn, message_attributes or {})
        records.append({**record, "attributes": {**system, **(attributes or {})}})
    return {"Records": records}


def fifo(queue: str = "orders.fifo", bodies: Sequence[Any] | None = None, **parts: Any) -> dict[str, Any]:
    """A batch of messages of a FIFO queue: as `event`."""
    if not queue.endswith(".fifo"):
        raise SampleError(f"the name of a FIFO queue ends in .fifo; not {queue!r}")
    return event(queue, bodies, **parts)


def _arn(queue: str, region: str, account: str) -> str:
    return queue if queue.startswith("arn:") else f"arn:aws:sqs:{region}:{account}:{queue}"


def _each(part: str, given: str | Sequence[str] | None, bodies: list[Any]) -> list[str | None]:
    """One value for each message."""
    if given is None or isinstance(given, str):
        return [given] * len(bodies)
    if len(given) != len(bodies):
        raise SampleError(
            f"{part} is one text, or one for each of the {len(bodies)} messages; not {len(given)}"
        )
    return list(given)


def _system(receive_count: int, group: str | None, sequence: int | None) -> dict[str, str]:
    """The attributes that SQS gives a message."""
    now = stamps.Moment().millis
    found = {
        "ApproximateReceiveCount": str(receive_count),
        "SentTimestamp": str(now - 40),
        "SenderId": _SENDER,
        "ApproximateFirstReceiveTimestamp": str(now),
    }
    if sequence is not None:
        found.update(SequenceNumber=str(sequence), MessageDeduplicationId=stamps.hexadecimal(64))
    return found if group is None else {**found, "MessageGroupId": group}


def _record(body: Any, identifier: str, arn: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    text = payloads.delivered(body)
    written = {name: _attribute(value) for name, value in attributes.items()}
    return {
        "messageId": identifier,
        "receiptHandle": stamps.token(192),
        "body": text,
        "attributes": {},
        "messageAttributes": written,
        **({"md5OfMessageAttributes": _digest(written)} if written else {}),
        "md5OfBody": hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


def _attribute(value: Any) -> dict[str, Any]:
    """A message attribute: text, a number, or bytes as base64."""
    lists: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    if isinstance(value, bytes):
        return {"binaryValue": base64.b64encode(value).decode(), **lists, "dataType": "Binary"}
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SampleError(f"a message attribute is text, a number or bytes, not {type(value).__name__}")
    return {
        "stringValue": str(value),
        **lists,
        "dataType": "String" if isinstance(value, str) else "Number",
    }


def _digest(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """`md5OfMessageAttributes`: names, types and values in the order of the names, each after its length.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        binary = "binaryValue" in attribute
        value = base64.b64decode(attribute["binaryValue"]) if binary else attribute["stringValue"].encode()
        digest.update(_sized(name.encode()) + _sized(attribute["dataType"].encode()))
        digest.update((b"\2" if binary else b"\1") + _sized(value))
    return digest.hexdigest()


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data
