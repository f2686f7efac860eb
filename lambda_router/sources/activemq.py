"""Amazon MQ: queues of ActiveMQ brokers.

Invoked by
    An event source mapping: Lambda reads a queue of the broker and sends batches of messages.
Answer
    Is ignored: there are no partial responses for Amazon MQ.
An exception
    Fails its message. The others are run, then the batch raises, and all of it comes again: six times, then the broker moves
    its messages to the dead-letter queue.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
    https://docs.aws.amazon.com/lambda/latest/dg/process-mq-messages-with-lambda.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-mq-errors.html
"""

from __future__ import annotations

from .. import brokers, criteria
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_SOURCES = ("aws:mq", "aws:amq")
"""AWS's page has had both."""
_message_id = field("messageID")
_properties = field("properties")


def _destination(message: Any) -> Any:
    """The queue, whose key AWS's page has spelt in two ways."""
    held = message.get("destination")
    return held.get("physicalName", held.get("physicalname")) if isinstance(held, dict) else None


def _correlation_id(message: Any) -> Any:
    """The sender's id, whose key AWS's page and its client libraries spell in two ways."""
    return message.get("correlationID", message.get("correlationId"))


def _headers(message: Any) -> dict[str, Any]:
    """What JMS calls headers, and the broker's times: all but the content and the sender's own properties."""
    return {key: value for key, value in message.items() if key not in ("data", "properties")}


class ActiveMQ(brokers.BrokerSource):
    """Queues of Amazon MQ brokers for ActiveMQ.

    `@app.activemq("orders")` takes the messages of a queue, one call a message. `destination` is the queue's name or a glob,
    `broker` the broker's name or ARN, each may be a list; `properties` maps the sender's properties to values or globs;
    `pattern` is an event pattern over the message, its data parsed. `concurrency` is how many messages of a batch an
    asynchronous handler takes at a time.
    """

    name = "activemq"
    marks = tuple(f"eventSource={source}" for source in _SOURCES)
    index = "destination"
    parts = {
        "message_id": _message_id,
        "message_type": field("messageType"),
        "correlation_id": _correlation_id,
        "redelivered": field("redelivered"),
        "timestamp": field("timestamp"),
        "properties": _properties,
        "headers": _headers,
        "destination": _destination,
        "broker": brokers.broker,
        "record": brokers.raw,
    }

    def __call__(
        self,
        destination: str | Sequence[str],
        *,
        broker: str | Sequence[str] | None = None,
        properties: Mapping[str, Any] | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a message."""
        return self.route(
            criteria.glob("destination", _destination, criteria.given("destination", destination)),
            brokers.by_broker(broker),
            criteria.attributes("properties", _properties, properties),
            criteria.pattern("pattern", brokers.filterable, pattern),
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """The envelope says that it is from ActiveMQ, and holds messages."""
        if not isinstance(event, dict) or event.get("eventSource") not in _SOURCES:
            return False
        messages = event.get("messages")
        return isinstance(messages, list) and all(isinstance(message, dict) for message in messages)

    def subjects(self, event: Any) -> Sequence[Any]:
        """The messages."""
        broker = event.get("eventSourceArn")
        return [brokers.Message(message, broker=broker) for message in event["messages"]]

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this message alone."""
        return event if subject is None else {**event, "messages": [subject.raw]}

    def key(self, subject: Any) -> Any:
        """The queue."""
        return _destination(subject)

    def identifier(self, record: Any) -> Any:
        """`messageID`."""
        found = _message_id(record)
        return found if isinstance(found, str) else None

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id that the sender gave the message."""
        found = None if record is None else _correlation_id(record)
        return found if isinstance(found, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the message's queue."""
        queue = _destination(subject)
        return (
            f"@app.activemq({quoted(criteria.literal(queue) if isinstance(queue, str) and queue else '*')})"
        )
