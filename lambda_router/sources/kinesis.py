"""Amazon Kinesis data streams.

Invoked by
    An event source mapping: Lambda reads a shard in order and sends batches.
Answer
    None, or with partial responses declared `{"batchItemFailures": [{"itemIdentifier": sequenceNumber}]}` with the first
    record that did not succeed; Lambda goes on from there.
An exception
    Stops the batch at its record, so that order is kept. Without partial responses the batch raises, and Lambda sends all
    of it again until it succeeds or expires; the shard waits.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from __future__ import annotations

import base64
import binascii

from .. import criteria
from ..batch import StreamSource
from ..errors import PayloadError
from ..payload import document, problem
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_arn = field("eventSourceARN")


def _stream(arn: Any) -> str:
    """The stream's name in its ARN or a consumer's; an ARN that cannot be read is its own name."""
    resource = arn.split(":", 5)[5:] if isinstance(arn, str) else []
    kind, _, rest = resource[0].partition("/") if resource else ("", "", "")
    return rest.partition("/")[0] if kind == "stream" and rest else (arn if isinstance(arn, str) else "")


def _data(record: Any) -> bytes | None:
    """The record's data, which Lambda sends as base64."""
    raw = field("kinesis", "data")(record)
    if raw is None:
        return None
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise problem("data", "is not base64", kind="base64") from None


def _filterable(record: Any) -> Any:
    """The record as a filter pattern sees it: its own keys, and its data parsed where it is JSON."""
    kinesis = record.get("kinesis")
    view = {**record, **(kinesis if isinstance(kinesis, dict) else {})}
    try:
        return {**view, "data": document("data", _data(record))}
    except PayloadError:
        return view


class Kinesis(StreamSource):
    """Amazon Kinesis data streams.

    `@app.kinesis("clicks")` takes the records of a stream in order, one call a record. `stream` is a name, a glob or an ARN
    (a consumer's too), or a list of them; `pattern` is an event pattern over the record, its data parsed. `partial=True`
    says that the stream's mapping reports partial batch responses.
    """

    name = "kinesis"
    marks = ("Records[0].eventSource=aws:kinesis",)
    index = "stream"
    payload = "data"
    content = {"data": _data}
    parts = {
        "partition_key": field("kinesis", "partitionKey"),
        "sequence_number": field("kinesis", "sequenceNumber"),
        "stream": lambda record: _stream(record.get("eventSourceARN")),
        "shard_id": lambda record: _shard(record.get("eventID")),
    }

    def __call__(
        self,
        stream: str | Sequence[str],
        *,
        partial: bool | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a record."""
        return self.route(
            criteria.name_or_arn("stream", _arn, criteria.given("stream", stream), resource=_stream),
            criteria.pattern("pattern", _filterable, pattern),
            partial=partial,
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from Kinesis."""
        records = event.get("Records") if isinstance(event, dict) else None
        if not isinstance(records, list) or not records:
            return False
        return all(isinstance(r, dict) and r.get("eventSource") == "aws:kinesis" for r in records)

    def key(self, subject: Any) -> Any:
        """The stream's or consumer's ARN."""
        return subject.get("eventSourceARN")

    def resource(self, arn: str) -> str:
        """The stream's name."""
        return _stream(arn)

    def identifier(self, record: Any) -> Any:
        """`kinesis.sequenceNumber`."""
        return field("kinesis", "sequenceNumber")(record)

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's stream."""
        return f"@app.kinesis({quoted(criteria.literal(_stream(subject.get('eventSourceARN'))) or '*')})"


def _shard(identifier: Any) -> str | None:
    """The shard in an `eventID`, which is `shard:sequence number`."""
    return identifier.partition(":")[0] if isinstance(identifier, str) else None
