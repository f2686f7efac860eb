"""What outcomes ask of Amazon SQS: hide a message for longer, or put it into another queue. Imported with the first call."""

from __future__ import annotations

import base64
import logging
import math

from .errors import ConfigurationError
from .failures import class_name, printable
from .reporting import connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .batch import RecordSource

log = logging.getLogger("lambda_router")

_LONGEST = 43_200
"""Seconds: the longest visibility timeout.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""
_ATTRIBUTES = 10
"""How many attributes a message may have.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""


class Queues:
    """Calls to SQS for one record at a time; one that fails is logged, and its record fails as any other does.

    `client` is a boto3 client for SQS; without one it is made at the first call. A queue whose ARN or URL names another
    Region than the client's has a client of its own, since each calls the queues of one Region alone.
    """

    def __init__(self, room: RecordSource, client: Any = None) -> None:
        self.room = room
        self._client = client
        self._abroad: dict[str, Any] = {}

    @property
    def client(self) -> Any:
        """The boto3 client, which answers in good time or not at all."""
        if self._client is None:
            self._client = connected("sqs", attempts=2)
        if self._client is None:
            raise ConfigurationError("there is no Region to call SQS in: set AWS_REGION")
        return self._client

    def client_of(self, queue: str) -> Any:
        """The client for a queue, given by name, ARN or URL: of the Region that is in there, if it is another."""
        region, home = _region(queue), getattr(getattr(self.client, "meta", None), "region_name", None)
        if region is None or not isinstance(home, str) or region == home:
            return self.client
        if region not in self._abroad:
            self._abroad[region] = connected("sqs", attempts=2, region=region)
        return self._abroad[region]

    def hide(self, record: Any, seconds: float) -> bool:
        """Have a message become visible again after so many seconds from now, up to 12 hours; whether that was done."""
        return self._done(
            "its visibility was not changed",
            record,
            lambda: self.client.change_message_visibility(
                QueueUrl=self.url(record.get("eventSourceARN"), record),
                ReceiptHandle=record.get("receiptHandle"),
                VisibilityTimeout=min(math.ceil(seconds), _LONGEST),
            ),
        )

    def send(self, record: Any, queue: str) -> bool:
        """Put a copy of a message into a queue, given by name, ARN or URL; whether it is there."""
        return self._done(
            "it was not sent to the dead-letter queue",
            record,
            lambda: self.client_of(queue).send_message(
                QueueUrl=self.url(queue, record), **_copy(record, queue)
            ),
        )

    def url(self, queue: Any, record: Any) -> str:
        """The URL of a queue: as given, or of its name or ARN in the account of the record's queue."""
        if "://" in queue:
            return str(queue)
        arn = queue if queue.startswith("arn:") else record.get("eventSourceARN")
        account = arn.split(":")[4]
        return f"{self.client_of(queue).meta.endpoint_url}/{account}/{queue.rpartition(':')[2]}"

    def _done(self, otherwise: str, record: Any, call: Any) -> bool:
        try:
            call()
        except Exception as exc:  # botocore's, and whatever a record that nobody has checked leads to
            name = printable(self.room.identifier(record) or "?")
            log.error("%s record %s: %s: %s", self.room.name, name, otherwise, class_name(exc))
            return False
        return True


def _region(queue: str) -> str | None:
    """The Region in a queue's ARN or in its URL, `https://sqs.eu-west-1.amazonaws.com/...`; None where there is none."""
    if queue.startswith("arn:"):
        return queue.split(":")[3] or None
    host = queue.partition("://")[2].partition("/")[0].split(".")
    return host[1] if host[0] == "sqs" and len(host) > 3 else None


def _copy(record: Any, queue: str) -> dict[str, Any]:
    """The message as it was sent, with the id that it had where there is room for another attribute."""
    attributes = {name: _attribute(value) for name, value in (record.get("messageAttributes") or {}).items()}
    if len(attributes) < _ATTRIBUTES:
        attributes["RejectedMessageId"] = {"DataType": "String", "StringValue": record["messageId"]}
    copy = {"MessageBody": record["body"], "MessageAttributes": attributes}
    system = record.get("attributes") or {}
    if "AWSTraceHeader" in system:
        trace = {"DataType": "String", "StringValue": system["AWSTraceHeader"]}
        copy["MessageSystemAttributes"] = {"AWSTraceHeader": trace}
    if queue.endswith(".fifo"):
        copy["MessageGroupId"] = system.get("MessageGroupId") or record["messageId"]
        copy["MessageDeduplicationId"] = record["messageId"]
    return copy


def _attribute(value: Any) -> dict[str, Any]:
    kind = value["dataType"]
    if kind.startswith("Binary"):
        return {"DataType": kind, "BinaryValue": base64.b64decode(value["binaryValue"])}
    return {"DataType": kind, "StringValue": value["stringValue"]}
