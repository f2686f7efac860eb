"""Amazon MQ: what the brokers of ActiveMQ and of RabbitMQ have in common.

Lambda reads no partial response of theirs: a batch is done as a whole or comes again as a whole. And it promises no order;
batches of an ActiveMQ queue run side by side. So every message that the deadline allows is run, and then the batch raises if
one of them failed: to stop at the first failure would keep no order, and cost the messages behind it one more delivery.
https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
"""

from __future__ import annotations

import binascii

from . import criteria
from .batch import PolledSource, RecordSource
from .binding import Vocabulary
from .errors import ConfigurationError, PayloadError
from .payload import document, problem, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .source import Route


class Message(dict[str, object]):
    """One message of an event, with what only its envelope says; `raw` is the event's own message.

    `broker` is the broker's ARN, `listed` the name under which the event lists the message, `number` its place there.
    """

    __slots__ = ("broker", "listed", "number", "raw")

    def __init__(self, raw: dict[str, object], *, broker: Any, listed: str = "", number: int = 0) -> None:
        super().__init__(raw)
        self.raw = raw
        self.broker = broker
        self.listed = listed
        self.number = number


def raw(message: Any) -> Any:
    """The message as the event has it."""
    return message.raw


def data(message: Any) -> bytes | None:
    """The message's content, which Lambda sends as base64; PayloadError where it is none."""
    encoded = message.get("data")
    if encoded is None:
        return None
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except (ValueError, TypeError):
        raise problem("data", "is not base64", kind="base64") from None


def filterable(message: Any) -> dict[str, Any]:
    """The message as a filter pattern sees it: its data parsed where it is JSON, else as text, else as it was sent.

    https://docs.aws.amazon.com/lambda/latest/dg/with-mq-filtering.html
    """
    for read in (document, text):
        try:
            return {**message, "data": read("data", data(message))}
        except PayloadError:
            continue
    return dict(message)


def broker(message: Any) -> str:
    """The name of the message's broker."""
    return broker_name(message.broker)


def broker_name(arn: Any) -> str:
    """The broker's name in its ARN, `arn:aws:mq:region:account:broker:name:id`; what cannot be read is its own name."""
    whole = arn if isinstance(arn, str) else ""
    parts = whole.split(":")
    known = len(parts) == 8 and parts[0] == "arn" and parts[5] == "broker"
    return parts[6] if known and parts[6] else whole


def by_broker(written: Any) -> tuple[criteria.Criterion, ...]:
    """By the broker's name or ARN."""
    return criteria.name_or_arn("broker", _arn, written, resource=broker_name)


def _arn(message: Any) -> Any:
    return message.broker


class BrokerSource(PolledSource):
    """A queue of a broker: every message is run, and then any failure raises, so that the whole batch comes again."""

    payload = "data"
    content = {"data": data}

    def vocabulary(self, route: Route) -> Vocabulary:
        """What a handler may ask for; `record` is among the parts."""
        return Vocabulary(source=self.name, parts=self.parts, content=self.content, payload=self.payload)

    def keys(self, records: Sequence[Any]) -> list[str | None]:
        """For each message the queue that it was in, or None."""
        return RecordSource.keys(self, records)

    def partial(self, key: str | None) -> bool:
        """False, also where the router declares all mappings partial: for these there is no such setting.

        https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
        """
        return False

    def add(self, handler: Callable[..., Any] | None, **given: Any) -> Route:
        """Register one route, which cannot be partial."""
        if given.get("partial") is not None:
            raise ConfigurationError(
                f"app.{self.name} takes no partial: Lambda reads no partial response for Amazon MQ, "
                "and would take what is reported as failed for done"
            )
        return super().add(handler, **given)
