"""Amazon SNS topics.

Invoked by
    SNS, asynchronously: nobody waits, and Lambda retries twice. One message an event.
Answer
    Is ignored.
An exception
    Is raised, so that Lambda retries the event and then sends it to its failure destination.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json

from .. import criteria
from ..batch import RecordSource, all_from
from ..errors import PayloadError
from ..payload import document
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_arn = field("Sns", "TopicArn")
_subject = field("Sns", "Subject")
_message = field("Sns", "Message")


def _topic(arn: Any) -> str:
    """The topic's name in its ARN; an ARN that cannot be read is its own name."""
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[5] if len(parts) == 6 and parts[0] == "arn" else (arn if isinstance(arn, str) else "")


def _attributes(record: Any) -> dict[str, Any]:
    """The values of the message attributes by name: text, base64 text for binary ones, a list for arrays."""
    found = field("Sns", "MessageAttributes")(record)
    return {
        name: _elements(value) if value.get("Type") == "String.Array" else value.get("Value")
        for name, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(value, dict)
    }


def _elements(attribute: Any) -> Any:
    """The elements of an array as text, as a filter policy looks at each of them; else the value as it is.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    """
    try:
        elements = document("attributes", attribute.get("Value"))
    except PayloadError:
        return attribute.get("Value")
    found = elements if isinstance(elements, list) else [elements]
    return [element if isinstance(element, str) else json.dumps(element) for element in found]


def _filterable(record: Any) -> Any:
    """The record as a filter pattern sees it, its message parsed where it is JSON."""
    try:
        return {**record, "Sns": {**record["Sns"], "Message": document("message", _message(record))}}
    except (PayloadError, KeyError, TypeError):
        return record


def _is_notification(document: Any) -> bool:
    """Whether it is what SNS sends to a queue without raw message delivery.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    """
    return (
        isinstance(document, dict)
        and document.get("Type") == "Notification"
        and all(isinstance(document.get(key), str) for key in ("MessageId", "TopicArn", "Message"))
    )


def _as_sent_to_lambda(notification: Any) -> dict[str, Any]:
    """The notification as Lambda gets it: two keys are spelt otherwise, and what is empty is there too."""
    spelt = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    message = {spelt.get(key, key): value for key, value in notification.items()}
    subscription = str(message.get("UnsubscribeUrl", "")).partition("SubscriptionArn=")[2]
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription or message["TopicArn"],
                "Sns": {"Subject": None, "MessageAttributes": {}, **message},
            }
        ]
    }


class Sns(RecordSource):
    """Amazon SNS topics.

    `@app.sns("orders")` takes the messages of a topic. `topic` is a name, a glob or an ARN, or a list of them;
    `subject` is a text or glob, or a list; `attributes` maps message attributes to values or globs; `pattern` is
    an event pattern over the record, its message parsed.
    """

    name = "sns"
    marks = ("Records[0].eventSource=aws:sns",)
    index = "topic"
    payload = "message"
    content = {"message": _message}
    parts = {
        "subject": _subject,
        "attributes": field("Sns", "MessageAttributes"),
        "message_id": field("Sns", "MessageId"),
        "topic": lambda record: _topic(_arn(record)),
    }

    def __call__(
        self,
        topic: str | Sequence[str],
        *,
        subject: str | Sequence[str] | None = None,
        attributes: Mapping[str, Any] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a message."""
        return self.route(
            criteria.name_or_arn("topic", _arn, criteria.given("topic", topic), resource=_topic),
            criteria.glob("subject", _subject, subject, public=False),
            criteria.attributes("attributes", _attributes, attributes),
            criteria.pattern("pattern", _filterable, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from SNS; the key has a capital letter here."""
        return all_from(event, "aws:sns", key="EventSource")

    def key(self, subject: Any) -> Any:
        """The topic's ARN."""
        return _arn(subject)

    def identifier(self, record: Any) -> Any:
        """The message's id."""
        return field("Sns", "MessageId")(record)

    def wrapped(self, subject: Any) -> Any:
        """The message."""
        return _message(subject)

    def carried(self, document: Any, raw: Any) -> Any:
        """The event that Lambda would get of a notification as SNS sends it to queues and delivery streams."""
        return _as_sent_to_lambda(document) if _is_notification(document) else super().carried(document, raw)

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's topic."""
        return f"@app.sns({quoted(criteria.literal(_topic(_arn(subject))) or '*')})"
