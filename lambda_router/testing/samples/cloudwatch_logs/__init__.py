"""Log events that a subscription filter of Amazon CloudWatch Logs passes on.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

from .. import SampleError, payloads, stamps

__all__ = ["control", "event"]

_CONTROL = "CWL CONTROL MESSAGE: Checking health of destination Lambda."
_STREAM = "2026/06/11/[$LATEST]5f3c0d7b9a1e4862"


def event(
    log_group: str = "/aws/lambda/shop",
    messages: Sequence[Any] | None = None,
    *,
    message: Any = "basket 7 paid",
    log_stream: str = _STREAM,
    filter_name: str = "shop",
    owner: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """The log events of one stream: one with `message`, or one for each of `messages`, in order, compressed.

    A message that is no text is logged as JSON.
    """
    if messages is not None and not isinstance(messages, list | tuple):
        raise SampleError(
            f"messages is a list with the message of each log event, not {messages!r:.80}; "
            "for one write message="
        )
    given = [message] if messages is None else list(messages)
    now = stamps.Moment().millis
    first = stamps.number(38)
    return _packed(
        {
            "messageType": "DATA_MESSAGE",
            "owner": owner,
            "logGroup": log_group,
            "logStream": log_stream,
            "subscriptionFilters": [filter_name],
            "logEvents": [
                {"id": str(first + number), "timestamp": now - 400, "message": payloads.text(one)}
                for number, one in enumerate(given)
            ],
        }
    )


def control(message: str = _CONTROL) -> dict[str, Any]:
    """The message with which CloudWatch Logs sees whether it may invoke the function."""
    return _packed(
        {
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
            "logEvents": [
                {
                    "id": "",
                    "timestamp": stamps.Moment().millis,
                    "message": message,
                }
            ],
        }
    )


def _packed(document: Any) -> dict[str, Any]:
    packed = gzip.compress(json.dumps(document).encode("utf-8", "surrogatepass"))
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}
