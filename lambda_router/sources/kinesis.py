"""Amazon Kinesis data streams.

Invoked by
    An event source mapping: Lambda reads a shard in order and sends batches.
Answer
    None, or with partial responses declared `{"batchItemFailures": [{"itemIdentifier": sequenceNumber}]}` with the first
    record that did not succeed; Lambda goes on from there. In a tumbling window also the window's `state`, unchanged.
An exception
    Stops the batch at its record, so that order is kept. Without partial responses the batch raises, and Lambda sends all
    of it again until it succeeds or expires; the shard waits.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

import binascii

from .. import criteria
from ..errors import PayloadError
from ..payload import document, problem, text
from ..source import RouteFactory, field, quoted
from ..streams import StreamSource, from_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_arn = field("eventSourceARN")
_sequence_number = field("kinesis", "sequenceNumber")


def _stream(arn: Any) -> str:
    """The stream's name in its ARN or a consumer's; an ARN that cannot be read is its own name."""
    whole = arn if isinstance(arn, str) else ""
    parts = whole.split(":", 5)
    kind, _, rest = parts[5].partition("/") if len(parts) == 6 and parts[0] == "arn" else ("", "", "")
    name = rest.partition("/")[0]
    return name if kind == "stream" and name and ":" not in name else whole


def _shard(identifier: Any) -> str | None:
    """The shard in an `eventID`, which is `shard:sequence number`."""
    shard, colon, _ = identifier.partition(":") if isinstance(identifier, str) else ("", "", "")
    return shard if colon else None


def _data(record: Any) -> bytes | None:
    """The record's data, which Lambda sends as base64."""
    held = record.get("kinesis")
    raw = held.get("data") if isinstance(held, dict) else None
    if raw is None:
        return None
    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except (ValueError, TypeError):
        raise problem("data", "is not base64", kind="base64") from None


def _filterable(record: Any) -> Any:
    """The record as a filter pattern sees it, its data decoded: JSON where it is, else text.

    The mapping's own patterns name `data` without `kinesis` around it
    (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html); both ways work here.
    """
    kinesis = record.get("kinesis")
    if not isinstance(kinesis, dict):
        return record
    decoded = {**kinesis, "data": _readable(record)}
    return {**record, **decoded, "kinesis": decoded}


def _readable(record: Any) -> Any:
    """The data parsed, or as text, or as it was sent where it is neither."""
    for read in (document, text):
        try:
            return read("data", _data(record))
        except PayloadError:
            continue
    return field("kinesis", "data")(record)


def _by_stream(stream: Any) -> tuple[criteria.Criterion, ...]:
    return criteria.name_or_arn("stream", _arn, criteria.given("stream", stream), resource=_stream)


class Kinesis(StreamSource):
    """Amazon Kinesis data streams.

    `@app.kinesis("clicks")` takes the records of a stream in order, one call a record. `stream` is a name, a glob or an
    ARN (a consumer's too), or a list of them; `pattern` is an event pattern over the record, its data parsed.
    `partial=True` says that the stream's mapping reports partial batch responses; `concurrency` lets an asynchronous
    handler take so many records of a batch at a time, each partition key in order. `.window(...)` takes a tumbling
    window's batches with its state.
    """

    name = "kinesis"
    marks = ("Records[0].eventSource=aws:kinesis", "window", "isFinalInvokeForWindow")
    index = "stream"
    payload = "data"
    content = {"data": _data}
    parts = {
        "partition_key": field("kinesis", "partitionKey"),
        "sequence_number": _sequence_number,
        "stream": lambda record: _stream(record.get("eventSourceARN")),
        "shard_id": lambda record: _shard(record.get("eventID")),
    }

    def __call__(
        self,
        stream: str | Sequence[str],
        *,
        partial: bool | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a record."""
        return self.route(
            _by_stream(stream),
            criteria.pattern("pattern", _filterable, pattern),
            partial=partial,
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    def window(
        self,
        stream: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call for all records of a tumbling window's batch, and one at its end; it returns the window's new state."""
        return self.route(_by_stream(stream), verb=".window", window=True, middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from Kinesis; or a window without records says it of its stream."""
        return from_stream(event, "kinesis")

    def resource(self, arn: str) -> str:
        """The stream's name."""
        return _stream(arn)

    def identifier(self, record: Any) -> Any:
        """`kinesis.sequenceNumber`."""
        return _sequence_number(record)

    def identifiers(self, records: Sequence[Any]) -> list[Any]:
        """The sequence number of each."""
        return [_sequence_number(record) for record in records]

    def partition(self, record: Any) -> Any:
        """The partition key."""
        key = field("kinesis", "partitionKey")(record)
        return key if isinstance(key, str) else None

    def wrapped(self, subject: Any) -> Any:
        """The data."""
        try:
            return _data(subject)
        except PayloadError:
            return None

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's stream."""
        return f"@app.kinesis({quoted(criteria.literal(_stream(subject.get('eventSourceARN'))) or '*')})"
