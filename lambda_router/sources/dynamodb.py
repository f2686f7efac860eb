"""Amazon DynamoDB streams.

Invoked by
    An event source mapping: Lambda reads a shard in order and sends batches.
Answer
    None, or with partial responses declared `{"batchItemFailures": [{"itemIdentifier": SequenceNumber}]}` with the first
    record that did not succeed; Lambda goes on from there. In a tumbling window also the window's `state`, unchanged.
An exception
    Stops the batch at its record, so that order is kept. Without partial responses the batch raises, and Lambda sends all
    of it again until it succeeds or expires; the shard waits.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html
"""

from __future__ import annotations

import base64
import decimal

from .. import criteria
from ..errors import ConfigurationError
from ..payload import problem
from ..source import RouteFactory, field, quoted
from ..streams import StreamSource, from_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_arn = field("eventSourceARN")
_sequence_number = field("dynamodb", "SequenceNumber")
_event_name = field("eventName")


def _table(arn: Any) -> str:
    """The table's name in its stream's ARN; an ARN that cannot be read is its own name."""
    whole = arn if isinstance(arn, str) else ""
    parts = whole.split(":", 5)
    kind, _, rest = parts[5].partition("/") if len(parts) == 6 and parts[0] == "arn" else ("", "", "")
    name = rest.partition("/")[0]
    return name if kind == "table" and name and ":" not in name else whole


def _without_stream(arn: Any) -> Any:
    """The table's own ARN in that of its stream, whose label is a time that nobody writes down."""
    return arn.partition("/stream/")[0] if isinstance(arn, str) else arn


def _by_table(written: Any) -> tuple[criteria.Criterion, ...]:
    """By the table's name, its ARN, or its stream's ARN."""
    (criterion,) = criteria.name_or_arn("table", _arn, criteria.given("table", written), resource=_table)
    named = criterion.test
    return (
        criteria.Criterion(
            "table", _arn, test=lambda seen: named(seen) or named(_without_stream(seen)), written=written
        ),
    )


_EVENT_NAMES = ("INSERT", "MODIFY", "REMOVE")


def _by_event_name(written: Any) -> tuple[criteria.Criterion, ...]:
    """By the kind of change; ConfigurationError for one that there is not."""
    for one in () if written is None else criteria.each(written):
        (criterion,) = criteria.glob("event_name", _event_name, one)
        if not any(map(criterion.test, _EVENT_NAMES)):
            raise ConfigurationError(f"event_name is {', '.join(_EVENT_NAMES)} or a glob, not {one!r}")
    return criteria.glob("event_name", _event_name, written)


# -- attribute values: what boto3's TypeDeserializer makes of them, with plain bytes for binary ones --------------

_NUMBERS = decimal.Context(
    prec=38,
    Emin=-128,
    Emax=126,
    traps=[decimal.Clamped, decimal.Inexact, decimal.Overflow, decimal.Rounded, decimal.Underflow],
)


def _value(attribute: Any) -> Any:
    if not isinstance(attribute, dict) or len(attribute) != 1:
        raise TypeError("an attribute value has one type")
    ((kind, value),) = attribute.items()
    return _TYPES[kind](value)


def _typed(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"not {kind.__name__}")
    return value


def _text(value: Any) -> str:
    text: str = _typed(str, value)
    return text


def _number(value: Any) -> decimal.Decimal:
    number = _NUMBERS.create_decimal(_text(value))
    if not number.is_finite():  # what is no number is silently NaN here
        raise ValueError("not a number")
    return number


def _binary(value: Any) -> bytes:
    return base64.b64decode(_text(value), validate=True)


_TYPES: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": lambda value: _typed(bool, value),
    "NULL": lambda value: None,
    "L": lambda values: [_value(v) for v in _typed(list, values)],
    "M": lambda values: {key: _value(v) for key, v in values.items()},
    "SS": lambda values: {_text(v) for v in _typed(list, values)},
    "NS": lambda values: {_number(v) for v in _typed(list, values)},
    "BS": lambda values: {_binary(v) for v in _typed(list, values)},
}


def _item(part: str, *path: str) -> Callable[[Any], Any]:
    """A getter of an item in Python values; None where the stream does not send it."""
    get = field("dynamodb", *path)

    def read(record: Any) -> Any:
        raw = get(record)
        if raw is None:
            return None
        try:
            return {key: _value(attribute) for key, attribute in raw.items()}
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, RecursionError):
            raise problem(
                part, "has an attribute value that DynamoDB does not send", kind="attribute_value"
            ) from None

    return read


_new_image = _item("new_image", "NewImage")
_old_image = _item("old_image", "OldImage")


def _image(record: Any) -> Any:
    """The item after the change, or what was removed."""
    return (_old_image if _event_name(record) == "REMOVE" else _new_image)(record)


def _is_ttl(record: Any) -> bool:
    """Whether DynamoDB itself removed the item because its time to live was over.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
    """
    by = record.get("userIdentity")
    if _event_name(record) != "REMOVE" or not isinstance(by, dict):
        return False
    return by.get("type") == "Service" and by.get("principalId") == "dynamodb.amazonaws.com"


def _record(record: Any) -> Any:
    return record


class DynamoDb(StreamSource):
    """Amazon DynamoDB streams.

    `@app.dynamodb("orders")` takes the changes of a table in order, one call a record; `.insert`, `.modify` and
    `.remove` take one kind of change. `table` is a name, a glob, or the ARN of a table or its stream, or a list of
    them; `ttl=True` takes only what time to live removed, `ttl=False` only what it did not; `pattern` is an event
    pattern over the record. Values are Python's: Decimal, bytes, set. `partial=True` says that the stream's mapping
    reports partial batch responses; `concurrency` lets an asynchronous handler take so many records of a batch at a
    time, each partition key in order. `.window(...)` takes a tumbling window's batches with its state.
    """

    name = "dynamodb"
    marks = ("Records[0].eventSource=aws:dynamodb", "window", "isFinalInvokeForWindow")
    index = "table"
    payload = "image"
    parts = {
        "new_image": _new_image,
        "old_image": _old_image,
        "image": _image,
        "keys": _item("keys", "Keys"),
        "event_name": _event_name,
        "table": lambda record: _table(record.get("eventSourceARN")),
    }

    def __call__(
        self,
        table: str | Sequence[str],
        *,
        event_name: str | Sequence[str] | None = None,
        ttl: bool | None = None,
        partial: bool | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a change."""
        return self._route(
            "",
            table,
            event_name,
            ttl,
            pattern,
            partial=partial,
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    def insert(
        self,
        table: str | Sequence[str],
        *,
        partial: bool | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """New items."""
        return self._route(
            ".insert",
            table,
            "INSERT",
            None,
            pattern,
            partial=partial,
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    def modify(
        self,
        table: str | Sequence[str],
        *,
        partial: bool | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """Changed items."""
        return self._route(
            ".modify",
            table,
            "MODIFY",
            None,
            pattern,
            partial=partial,
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    def remove(
        self,
        table: str | Sequence[str],
        *,
        ttl: bool | None = None,
        partial: bool | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """Removed items."""
        return self._route(
            ".remove",
            table,
            "REMOVE",
            ttl,
            pattern,
            partial=partial,
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    def window(
        self,
        table: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call for all records of a tumbling window's batch, and one at its end; it returns the window's new state."""
        return self.route(_by_table(table), verb=".window", window=True, middleware=middleware, name=name)

    def _route(
        self, verb: str, table: Any, event_name: Any, ttl: Any, pattern: Any, **options: Any
    ) -> RouteFactory:
        return self.route(
            _by_table(table),
            _by_event_name(event_name),
            criteria.flag("ttl", _is_ttl, ttl),
            criteria.pattern("pattern", _record, pattern),
            verb=verb,
            **options,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from DynamoDB; or a window without records says it of its stream."""
        return from_stream(event, "dynamodb")

    def resource(self, arn: str) -> str:
        """The table's name."""
        return _table(arn)

    def partial(self, key: str | None) -> bool:
        """Whether the stream is declared partial: by its routes, else by the router, which may name its table."""
        said = any(route.options.get("partial") is not None for route in self.candidates(key))
        listed: bool = not said and self.app.lists_partial(_without_stream(key), _table)
        return super().partial(key) or listed

    def _meet(self, one: str, other: str) -> bool:
        if ("/stream/" in one) != ("/stream/" in other):
            one, other = _without_stream(one), _without_stream(other)
        return super()._meet(one, other)

    def identifier(self, record: Any) -> Any:
        """`dynamodb.SequenceNumber`."""
        return _sequence_number(record)

    def identifiers(self, records: Sequence[Any]) -> list[Any]:
        """The sequence number of each."""
        return [_sequence_number(record) for record in records]

    def partition(self, record: Any) -> Any:
        """The item's keys."""
        keys = field("dynamodb", "Keys")(record)
        return repr(sorted(keys.items())) if isinstance(keys, dict) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's table."""
        return f"@app.dynamodb({quoted(criteria.literal(_table(subject.get('eventSourceARN'))) or '*')})"
