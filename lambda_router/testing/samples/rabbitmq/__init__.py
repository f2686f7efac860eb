"""Messages of Amazon MQ brokers for RabbitMQ.

https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, brokers, stamps

__all__ = ["event"]

_DATA: Any = {"order_id": 7, "total": 120.5}


def event(
    queue: str | Sequence[str] = "orders",
    datas: Sequence[Any] | None = None,
    *,
    data: Any = _DATA,
    vhost: str | Sequence[str] = "/",
    headers: Mapping[str, Any] | None = None,
    message_id: str | Sequence[str] | None = None,
    correlation_id: str | None = None,
    redelivered: bool = False,
    content_type: str | None = None,
    priority: int | None = None,
    broker: str = "shop",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of messages of a queue: one message of `data`, or one for each of `datas`, in order.

    Bytes are sent as they are, text as UTF-8, anything else as JSON. `headers` are texts, bytes, numbers, or tables and
    lists of them. `queue`, `vhost` and `message_id` are for all messages, or a list with one for each. `broker` is a name
    or an ARN.
    """
    given = brokers.each_data(data, datas)
    queues, hosts = brokers.each("queue", queue, given), brokers.each("vhost", vhost, given)
    identifiers = brokers.each("message_id", message_id or [stamps.uuid() for _ in given], given)
    listed: dict[str, list[dict[str, Any]]] = {}
    for one, name, host, identifier in zip(given, queues, hosts, identifiers, strict=True):
        content = brokers.octets(one)
        properties = {
            "contentType": content_type
            or ("application/octet-stream" if isinstance(one, bytes) else "text/plain"),
            "contentEncoding": None,
            "headers": None if headers is None else _header(dict(headers)),
            "deliveryMode": 2,
            "priority": priority,
            "correlationId": correlation_id,
            "replyTo": None,
            "expiration": None,
            "messageId": identifier,
            "timestamp": None,
            "type": None,
            "userId": None,
            "appId": None,
            "clusterId": None,
            "bodySize": len(content),
        }
        message = {"basicProperties": properties, "redelivered": redelivered, "data": brokers.encoded(one)}
        listed.setdefault(f"{name}::{host}", []).append(message)
    return {
        "eventSource": "aws:rmq",
        "eventSourceArn": brokers.arn(broker, region, account),
        "rmqMessagesByQueue": listed,
    }


def _header(value: Any) -> Any:
    """A header's value as Lambda sends it: texts as lists of bytes, at any depth."""
    if isinstance(value, str | bytes):
        return {"bytes": list(brokers.octets(value))}
    if isinstance(value, Mapping):
        return {str(key): _header(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_header(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise SampleError(f"a header is text, bytes, a number, a table or a list, not {type(value).__name__}")
