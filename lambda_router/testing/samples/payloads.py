"""Payloads: what a caller sends, as JSON, and the events that travel inside another service's record."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from lambda_router import results
from lambda_router.errors import ResultError

from . import SampleError

# Lambda spells two fields of a notification in its own way.
# https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
_SPELT = {"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}


def text(value: Any) -> str:
    """Text as it is, any other value as JSON text; models, dates and the like as the router writes them."""
    try:
        return value if isinstance(value, str) else results.dumps(value)
    except ResultError as error:
        raise SampleError(f"a payload is text or a JSON value: {error}") from None


def plain(value: Any) -> Any:
    """The value as plain JSON data."""
    try:
        return results.plain(value)
    except ResultError as error:
        raise SampleError(f"a payload is a JSON value: {error}") from None


def delivered(value: Any) -> str:
    """The text of a message that another service sends: as `text`, but of a topic's event the notification.

    SNS sends queues and delivery streams a document of its own, not the event that Lambda gets; every other
    service sends the same document to both.
    """
    message = _notification(value)
    return text(value) if message is None else _written(message)


def octets(value: Any, what: str = "the data of a record") -> bytes:
    """The bytes of a record: bytes as they are, log data compressed, anything else as `delivered`, in UTF-8."""
    if isinstance(value, bytes):
        return value
    packed = _log_data(value)
    if packed is not None:
        return packed
    try:
        return delivered(value).encode()
    except UnicodeEncodeError:
        raise SampleError(f"{what} is bytes, a JSON value or text that UTF-8 can write") from None


def _log_data(value: Any) -> bytes | None:
    """What a subscription filter puts into a stream: the very bytes that Lambda gets in base64.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    """
    if not isinstance(value, Mapping) or list(value) != ["awslogs"]:
        return None
    try:
        return base64.b64decode(value["awslogs"]["data"], validate=True)
    except (TypeError, KeyError, ValueError):
        return None


def _notification(value: Any) -> dict[str, Any] | None:
    """The message inside a topic's event; None if the value is no such event."""
    records = value.get("Records") if isinstance(value, Mapping) else None
    if not isinstance(records, list) or not records or not all(map(_is_topics, records)):
        return None
    if len(records) > 1:
        raise SampleError(
            f"a message is one notification, and this event of a topic has {len(records)}: make an event for each"
        )
    message: dict[str, Any] = records[0]["Sns"]
    return message


def _is_topics(record: Any) -> bool:
    return (
        isinstance(record, dict) and "EventSubscriptionArn" in record and isinstance(record.get("Sns"), dict)
    )


def _written(message: Mapping[str, Any]) -> str:
    """A notification as SNS writes it: spaced, and without a subject or attributes where there are none."""
    sent = {_SPELT.get(name, name): value for name, value in message.items()}
    kept = {name: value for name, value in sent.items() if value not in (None, {})}
    return json.dumps(kept, indent=2, separators=(",", " : "), ensure_ascii=False)
