"""Messages of Amazon MQ brokers for ActiveMQ.

https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, brokers, stamps

__all__ = ["event"]

_DATA: Any = {"order_id": 7, "total": 120.5}


def event(
    destination: str | Sequence[str] = "orders",
    datas: Sequence[Any] | None = None,
    *,
    data: Any = _DATA,
    properties: Mapping[str, str] | None = None,
    message_id: str | Sequence[str] | None = None,
    correlation_id: str | None = None,
    redelivered: bool = False,
    priority: int = 4,
    broker: str = "shop",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of messages of a queue: one message of `data`, or one for each of `datas`, in order.

    Bytes are sent as they are, in a bytes message; text and anything else, as JSON, in a text message. `properties` are the
    sender's own. `destination` and `message_id` are for all messages, or a list with one for each. `broker` is a name or an
    ARN.
    """
    given = brokers.each_data(data, datas)
    queues = brokers.each("destination", destination, given)
    arn = brokers.arn(broker, region, account)
    identifiers = brokers.each("message_id", message_id or _identifiers(arn, len(given)), given)
    if properties is not None and not all(isinstance(value, str) for value in properties.values()):
        raise SampleError("the properties of a message are texts, as Lambda sends them")
    now = stamps.Moment().millis
    return {
        "eventSource": "aws:mq",
        "eventSourceArn": arn,
        "messages": [
            {
                "messageID": identifier,
                "messageType": "jms/bytes-message" if isinstance(one, bytes) else "jms/text-message",
                "deliveryMode": 1,
                "replyTo": None,
                "type": None,
                "expiration": "60000",
                "priority": priority,
                "correlationId": correlation_id,
                "redelivered": redelivered,
                "destination": {"physicalName": queue},
                "data": brokers.encoded(one),
                "timestamp": now - 40,
                "brokerInTime": now - 40,
                "brokerOutTime": now,
                "properties": dict(properties or {}),
            }
            for one, queue, identifier in zip(given, queues, identifiers, strict=True)
        ],
    }


def _identifiers(arn: str, count: int) -> list[str]:
    """As the clients of ActiveMQ make them: their host, port and start, then a number for each message."""
    host = f"{arn.rpartition(':')[2]}-1.mq.{arn.split(':')[3]}.amazonaws.com"
    start = f"ID:{host}-{30_000 + stamps.number(4)}-{stamps.Moment().millis}-{stamps.number(4)}"
    return [f"{start}:1:1:1:{number}" for number in range(1, count + 1)]
