"""Amazon MQ: queues of RabbitMQ brokers.

Invoked by
    An event source mapping: Lambda reads a queue of a virtual host and sends batches of messages.
Answer
    Is ignored: there are no partial responses for Amazon MQ.
An exception
    Fails its message. The others are run, then the batch raises, and all of it comes again until it succeeds or its messages
    expire.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
    https://docs.aws.amazon.com/lambda/latest/dg/process-mq-messages-with-lambda.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-mq-errors.html
"""

from __future__ import annotations

from .. import brokers, criteria
from ..payload import problem
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_properties = field("basicProperties")
_correlation_id = field("basicProperties", "correlationId")
_message_id = field("basicProperties", "messageId")


# -- where a message was -----------------------------------------------------------------------------------------


def _queue(message: Any) -> str:
    """The queue in the name under which the event lists the message, `queue::vhost`; without one the whole name."""
    listed: str = message.listed
    queue, separator, _ = listed.rpartition("::")
    return queue if separator else listed


def _vhost(message: Any) -> str | None:
    _, separator, vhost = message.listed.rpartition("::")
    return vhost if separator else None


# -- headers -----------------------------------------------------------------------------------------------------


def _headers(message: Any) -> dict[str, Any]:
    """The headers with their texts decoded, and as bytes where they are none; without headers an empty dict."""
    try:
        found = _decoded(field("basicProperties", "headers")(message) or {})
    except RecursionError:
        raise problem("headers", "are nested too deeply", kind="headers") from None
    if not isinstance(found, dict):
        raise problem("headers", f"are {type(found).__name__}, not an object", kind="type")
    return found


def _as_json(message: Any) -> Any:
    """The headers as criteria see them: what is no text stays as it was sent, and so do headers that cannot be read."""
    sent = field("basicProperties", "headers")(message)
    try:
        return _decoded(sent, json=True)
    except RecursionError:
        return sent


def _decoded(value: Any, *, json: bool = False) -> Any:
    """A header's value: Lambda sends texts as `{"bytes": [...]}`, also those inside of tables and lists."""
    if isinstance(value, list):
        return [_decoded(inner, json=json) for inner in value]
    if not isinstance(value, dict):
        return value
    octets = _octets(value)
    if octets is None:
        return {key: _decoded(inner, json=json) for key, inner in value.items()}
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return value if json else octets


def _octets(value: dict[str, Any]) -> bytes | None:
    """The bytes of a text, signed as Java's are or not; None for a table."""
    numbers = value.get("bytes")
    if len(value) != 1 or not isinstance(numbers, list):
        return None
    if not all(type(number) is int and -129 < number < 256 for number in numbers):
        return None
    return bytes(number % 256 for number in numbers)


def _filterable(message: Any) -> Any:
    """The message as a filter pattern sees it, its data and its headers decoded."""
    seen, properties = brokers.filterable(message), _properties(message)
    if isinstance(properties, dict):
        seen["basicProperties"] = {**properties, "headers": _as_json(message)}
    return seen


class RabbitMQ(brokers.BrokerSource):
    """Queues of Amazon MQ brokers for RabbitMQ.

    `@app.rabbitmq("orders")` takes the messages of a queue, one call a message. `queue` and `vhost` are names or globs,
    `broker` is the broker's name or ARN, each may be a list; `headers` maps headers to values or globs; `pattern` is an
    event pattern over the message, its data and its headers decoded. `concurrency` is how many messages of a batch an
    asynchronous handler takes at a time.
    """

    name = "rabbitmq"
    marks = ("eventSource=aws:rmq",)
    index = "queue"
    parts = {
        "message_id": _message_id,
        "correlation_id": _correlation_id,
        "redelivered": field("redelivered"),
        "properties": _properties,
        "headers": _headers,
        "queue": _queue,
        "vhost": _vhost,
        "broker": brokers.broker,
        "record": brokers.raw,
    }

    def __call__(
        self,
        queue: str | Sequence[str],
        *,
        vhost: str | Sequence[str] | None = None,
        broker: str | Sequence[str] | None = None,
        headers: Mapping[str, Any] | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a message."""
        return self.route(
            criteria.glob("queue", _queue, criteria.given("queue", queue)),
            criteria.glob("vhost", _vhost, vhost),
            brokers.by_broker(broker),
            criteria.attributes("headers", _as_json, headers),
            criteria.pattern("pattern", _filterable, pattern),
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """The envelope says that it is from RabbitMQ, and lists messages under their queues."""
        if not isinstance(event, dict) or event.get("eventSource") != "aws:rmq":
            return False
        queues = event.get("rmqMessagesByQueue")
        return isinstance(queues, dict) and all(_are_listed(name, held) for name, held in queues.items())

    def subjects(self, event: Any) -> Sequence[Any]:
        """The messages of all queues, in the order of the event."""
        broker = event.get("eventSourceArn")
        return [
            brokers.Message(message, broker=broker, listed=name, number=number)
            for name, held in event["rmqMessagesByQueue"].items()
            for number, message in enumerate(held)
        ]

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this message alone, under its queue."""
        return event if subject is None else {**event, "rmqMessagesByQueue": {subject.listed: [subject.raw]}}

    def key(self, subject: Any) -> Any:
        """The queue."""
        return _queue(subject)

    def identifier(self, record: Any) -> Any:
        """`messageId`, which few senders give, else the message's place in the event: `orders::/[3]`."""
        found = _message_id(record)
        return found if isinstance(found, str) and found else f"{record.listed}[{record.number}]"

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id that the sender gave the message."""
        found = None if record is None else _correlation_id(record)
        return found if isinstance(found, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the message's queue."""
        return f"@app.rabbitmq({quoted(criteria.literal(_queue(subject)) or '*')})"


def _are_listed(name: Any, held: Any) -> bool:
    return isinstance(name, str) and isinstance(held, list) and all(isinstance(one, dict) for one in held)
