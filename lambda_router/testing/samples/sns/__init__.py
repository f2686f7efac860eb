"""Messages of Amazon SNS topics.

https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .. import SampleError, payloads, stamps

__all__ = ["event"]

_MESSAGE: Any = {"order_id": 7, "total": 120.5}


def event(
    topic: str = "orders",
    message: Any = _MESSAGE,
    *,
    messages: Sequence[Any] | None = None,
    subject: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    message_id: str | Sequence[str] | None = None,
    subscription: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A message of a topic, or with `messages` a record for each (SNS itself sends one an event).

    `topic` is a name or an ARN. A message that is not text is sent as JSON. `attributes` are texts, numbers,
    bytes or lists. `message_id` is for all messages, or a list with one for each; `subscription` is the last
    part of the subscription's ARN.
    """
    if messages is not None and not isinstance(messages, list | tuple):
        raise SampleError(
            f"messages is a list with a message for each record, not {messages!r:.80}; for one write message="
        )
    given = [message] if messages is None else list(messages)
    arn = topic if topic.startswith("arn:") else f"arn:aws:sns:{region}:{account}:{topic}"
    about = f"{arn}:{subscription or stamps.uuid()}"
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": about,
                "Sns": {
                    **_message(one, identifier, arn, subject),
                    **_signed(about),
                    "MessageAttributes": {n: _attribute(value) for n, value in (attributes or {}).items()},
                },
            }
            for one, identifier in zip(given, _identifiers(message_id, given), strict=True)
        ]
    }


def _identifiers(given: str | Sequence[str] | None, messages: list[Any]) -> list[str]:
    """An identifier for each message."""
    if given is None:
        return [stamps.uuid() for _ in messages]
    found = [given] * len(messages) if isinstance(given, str) else list(given)
    if len(found) != len(messages):
        raise SampleError(
            f"message_id is one text, or one for each of the {len(messages)} messages; not {len(found)}"
        )
    return found


def _message(message: Any, identifier: str, topic: str, subject: str | None) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": identifier,
        "TopicArn": topic,
        "Subject": subject,
        "Message": payloads.text(message),
        "Timestamp": stamps.Moment().iso_millis,
    }


def _signed(subscription: str) -> dict[str, Any]:
    """The signature and addresses, in the spelling that Lambda gets: `Url`, where HTTP endpoints get `URL`."""
    parts = subscription.split(":")
    host = f"https://sns.{parts[3] if len(parts) > 3 else stamps.REGION}.amazonaws.com"
    return {
        "SignatureVersion": "1",
        "Signature": stamps.token(256),
        "SigningCertUrl": f"{host}/SimpleNotificationService-{stamps.hexadecimal(32)}.pem",
        "UnsubscribeUrl": f"{host}/?Action=Unsubscribe&SubscriptionArn={quote(subscription, safe=':')}",
    }


def _attribute(value: Any) -> dict[str, str]:
    """A message attribute: text, a number, bytes as base64, or a list as JSON text."""
    if isinstance(value, bytes):
        return {"Type": "Binary", "Value": base64.b64encode(value).decode()}
    if isinstance(value, list | tuple):
        return {"Type": "String.Array", "Value": payloads.text(list(value))}
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SampleError(
            f"a message attribute is text, a number, bytes or a list, not {type(value).__name__}"
        )
    return {"Type": "String" if isinstance(value, str) else "Number", "Value": str(value)}
