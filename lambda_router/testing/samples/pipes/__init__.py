"""Arrays of records as Amazon EventBridge Pipes sends them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError
from ..activemq import event as activemq_event
from ..dynamodb import event as dynamodb_event
from ..kafka import event as kafka_event
from ..kinesis import event as kinesis_event
from ..rabbitmq import event as rabbitmq_event
from ..sqs import event as sqs_event

__all__ = ["activemq", "dynamodb", "event", "kafka", "kinesis", "rabbitmq", "sqs"]


def event(sent: Mapping[str, Any] | None = None) -> list[Any]:
    """What a pipe sends where a mapping sends `sent`, as `event("kinesis", stream="clicks")`; else a queue's message."""
    made = sqs_event() if sent is None else sent
    if "rmqMessagesByQueue" in made:
        listed = made["rmqMessagesByQueue"].items()
        return [
            {**_told(made), "eventSourceKey": name, **message} for name, held in listed for message in held
        ]
    if "messages" in made:
        return [{**_told(made), **message} for message in made["messages"]]
    if "records" in made:
        told = _told(made)
        return [
            {**told, "eventSourceKey": name, **record}
            for name, held in made["records"].items()
            for record in held
        ]
    if "Records" in made:
        return [_flat(record) for record in made["Records"]]
    raise SampleError(
        "a pipe sends the records of a queue, stream, table, topic or broker, as its mapping sends them"
    )


def sqs(queue: str = "orders", bodies: Sequence[Any] | None = None) -> list[Any]:
    """Messages of a queue."""
    return event(sqs_event(queue, bodies))


def kinesis(stream: str = "clicks", datas: Sequence[Any] | None = None) -> list[Any]:
    """Records of a stream."""
    return event(kinesis_event(stream, datas))


def dynamodb(table: str = "orders", images: Sequence[Mapping[str, Any]] | None = None) -> list[Any]:
    """Changes of a table."""
    return event(dynamodb_event(table, images))


def kafka(topic: str | Sequence[str] = "orders", values: Sequence[Any] | None = None) -> list[Any]:
    """Records of a topic."""
    return event(kafka_event(topic, values))


def activemq(destination: str | Sequence[str] = "orders", datas: Sequence[Any] | None = None) -> list[Any]:
    """Messages of an ActiveMQ queue."""
    return event(activemq_event(destination, datas))


def rabbitmq(queue: str | Sequence[str] = "orders", datas: Sequence[Any] | None = None) -> list[Any]:
    """Messages of a RabbitMQ queue."""
    return event(rabbitmq_event(queue, datas))


def _told(made: Mapping[str, Any]) -> dict[str, Any]:
    """What a mapping says once, and a pipe in each record."""
    return {key: made[key] for key in ("eventSource", "eventSourceArn", "bootstrapServers") if key in made}


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of a stream without the object around its data."""
    return {**record.get("kinesis", {}), **{key: value for key, value in record.items() if key != "kinesis"}}
