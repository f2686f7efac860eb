"""Amazon Data Firehose: records to be transformed on their way.

Invoked by
    Firehose, synchronously, with the records that it has buffered.
Answer
    `{"records": [{"recordId", "result", "data"}]}`: every record once, `Ok` with its new data, `Dropped` or
    `ProcessingFailed`. Records of an Amazon MSK source have `kafkaRecordValue` for `data`, in the answer too.
An exception
    Is `ProcessingFailed` for its record, which Firehose puts into its bucket under `processing-failed/`; a Drop is
    `Dropped`.
See
    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
    https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
    https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record-different.html
"""

from __future__ import annotations

import binascii
import logging

from .. import criteria
from ..answers import AnsweredSource
from ..errors import PayloadError, ResultError
from ..outcomes import Drop, Reject
from ..payload import document, octets, problem, text
from ..results import LIMIT, dumps, encoded_size, plain
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..answers import Fields
    from ..source import Route

log = logging.getLogger("lambda_router")

_RESULTS = ("Ok", "Dropped", "ProcessingFailed")
_OPERATIONS = ("insert", "update", "delete")
_GZIP = b"\x1f\x8b"


class _Unchanged:
    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Any = _Unchanged()
"""The data of `Transformed` where it stays as it was sent."""


class Transformed:
    """A record's new data with what Firehose is to know about it.

    `data` is bytes, a text, or a value that is sent as JSON; left out, the data stays as it was sent. `partition_keys` are
    names with texts for dynamic partitioning; `database`, `table` and `operation` ("insert", "update" or "delete") say
    where in Apache Iceberg the record goes.
    """

    __slots__ = ("data", "database", "operation", "partition_keys", "table")

    def __init__(
        self,
        data: Any = UNCHANGED,
        *,
        partition_keys: Mapping[str, str] | None = None,
        database: str | None = None,
        table: str | None = None,
        operation: str | None = None,
    ) -> None:
        self.data = data
        self.partition_keys = partition_keys
        self.database = database
        self.table = table
        self.operation = operation

    def metadata(self) -> dict[str, Any]:
        """Firehose's `metadata`, without what was not given; ResultError for what it does not take."""
        if self.operation is not None and self.operation not in _OPERATIONS:
            raise ResultError(f"operation is one of {', '.join(_OPERATIONS)}", path="$.operation")
        names = ("destinationDatabaseName", "destinationTableName", "operation")
        table = zip(names, (self.database, self.table, self.operation), strict=True)
        found = {
            "partitionKeys": _texts("partition_keys", self.partition_keys),
            "otfMetadata": _texts("table", {name: value for name, value in table if value is not None}),
        }
        return {name: texts for name, texts in found.items() if texts}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Transformed) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        given: list[str] = ["UNCHANGED" if self.data is UNCHANGED else f"<{type(self.data).__name__}>"]
        if isinstance(self.partition_keys, dict):
            given.append(f"partition_keys={list(self.partition_keys)}")
        table = {"database": self.database, "table": self.table, "operation": self.operation}
        given += [f"{name}={value!r}" for name, value in table.items() if value is not None]
        return f"Transformed({', '.join(given)})"


def _texts(name: str, given: Any) -> dict[str, str]:
    if given is None or given == {}:
        return {}
    found = plain(given)
    if not isinstance(found, dict):
        raise ResultError(
            f"{name} is a mapping of names to texts, not {type(given).__name__}", path=f"$.{name}"
        )
    for key, value in found.items():
        if not isinstance(value, str):
            raise ResultError(
                f"{name}: a value is {type(value).__name__}, not a text; write str(...)",
                path=f"$.{name}.{key}",
            )
    return found


def _arn(record: Any) -> Any:
    """The stream's ARN; the console's test event for a Kinesis source spells its name wrong."""
    event = record.event
    return event.get("deliveryStreamArn", event.get("deliverySteamArn"))


def _stream(arn: Any) -> str:
    """The stream's name in its ARN; an ARN that cannot be read is its own name."""
    whole = arn if isinstance(arn, str) else ""
    parts = whole.split(":", 5)
    kind, _, name = parts[5].partition("/") if len(parts) == 6 and parts[0] == "arn" else ("", "", "")
    return name if kind == "deliverystream" and name and ":" not in name else whole


def _key(record: Any) -> str:
    """What the record's data is called, here and in the answer."""
    msk = "kafkaRecordValue" in record or ("data" not in record and "sourceMSKArn" in record.event)
    return "kafkaRecordValue" if msk else "data"


def _data(record: Any) -> bytes | None:
    """The record's data, which is sent as base64."""
    raw = record.get(_key(record))
    if raw is None:
        return None
    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except (ValueError, TypeError):
        raise problem("data", "is not base64", kind="base64") from None


def _filterable(record: Any) -> Any:
    """The record as a pattern sees it, its data decoded: JSON where it is, else text, else as it was sent."""
    for read in (document, text):
        try:
            return {**record, "data": read("data", _data(record))}
        except PayloadError:
            continue
    return {**record, "data": record.get(_key(record))}


class Firehose(AnsweredSource):
    """Amazon Data Firehose.

    `@app.firehose("clicks")` transforms the records of a stream, one call a record, and returns the new data. `stream` is a
    name, a glob or an ARN, or a list of them; `pattern` is an event pattern over the record, its data parsed.
    """

    name = "firehose"
    marks = ("invocationId",)
    index = "stream"
    payload = "data"
    content = {"data": _data}
    parts = {
        "record_id": field("recordId"),
        "stream": lambda record: _stream(_arn(record)),
    }

    def __call__(
        self,
        stream: str | Sequence[str],
        *,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a record; what it returns is the record's new data."""
        return self.route(
            criteria.name_or_arn("stream", _arn, criteria.given("stream", stream), resource=_stream),
            criteria.pattern("pattern", _filterable, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Records with ids and an invocation's id; not those of Kinesis Data Analytics, which name an application."""
        if not isinstance(event, dict) or not isinstance(event.get("invocationId"), str):
            return False
        records = event.get("records")
        if not isinstance(records, list) or "applicationArn" in event or "tasks" in event:
            return False
        if not records:
            return isinstance(event.get("deliveryStreamArn"), str)
        return all(isinstance(r, dict) and isinstance(r.get("recordId"), str) for r in records)

    def subjects(self, event: Any) -> Sequence[Any]:
        """The records."""
        return self.within(event, "records")

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this record alone."""
        return event if subject is None else {**event, "records": [subject]}

    def key(self, subject: Any) -> Any:
        """The stream's ARN."""
        return _arn(subject)

    def identifier(self, record: Any) -> Any:
        """The record's id."""
        return record.get("recordId")

    def wrapped(self, subject: Any) -> Any:
        """The data where it is compressed, as log data is; other data is for this stream's own routes."""
        try:
            data = _data(subject)
        except PayloadError:
            return None
        return data if data is not None and data.startswith(_GZIP) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's stream."""
        return f"@app.firehose({quoted(criteria.literal(_stream(_arn(subject))) or '*')})"

    # -- the answer --------------------------------------------------------------------------------------------

    def original(self, record: Any) -> tuple[str, Any]:
        """The data as it was sent, and what it is called."""
        key = _key(record)
        return key, record.get(key)

    def answer(self, result: Any, original: Any, identifier: Any) -> Fields:
        """`Ok` with the new data."""
        key, raw = original
        made = _made(result, key, identifier)
        if made.data is not UNCHANGED:
            raw = binascii.b2a_base64(_octets(made.data), newline=False).decode()
        elif not _is_base64(raw):
            raise ResultError("the record has no data that could be passed on", path="$.data")
        metadata = made.metadata()
        return {"result": "Ok", key: raw, **({"metadata": metadata} if metadata else {})}

    def dropped(self, original: Any) -> Fields:
        """`Dropped`, the data as it was sent."""
        key, raw = original
        return {"result": "Dropped", key: raw if _is_base64(raw) else ""}

    def failed(self, original: Any, exc: BaseException | None) -> Fields:
        """`ProcessingFailed`, the data as it was sent."""
        return {**self.dropped(original), "result": "ProcessingFailed"}

    def unwrapped(self, route: Route) -> Any:
        """Log data that a route for logs has handled goes on as it was sent; a control message does not."""
        inside: Any = route
        if inside.inner.noise(inside.event):
            raise Drop
        return Transformed()

    def document(self, head: Any, answers: Mapping[str, Fields]) -> Any:
        """The records; of those that are too many bytes together, the largest have failed."""
        records = [{"recordId": identifier, **fields} for identifier, fields in answers.items()]
        try:
            return plain({"records": records})
        except ResultError:  # each of them could be sent, so that it is their size
            _shrink(records, encoded_size({"records": records}) - LIMIT)
            return plain({"records": records})

    @staticmethod
    def failures(answer: Any) -> list[str]:
        """The ids of the records that are `ProcessingFailed`."""
        return [r["recordId"] for r in answer["records"] if r["result"] == "ProcessingFailed"]


def _made(result: Any, key: str, identifier: Any) -> Transformed:
    """The result as Transformed; a handler that was written for Firehose itself may answer in Firehose's words."""
    if isinstance(result, Transformed):
        return result
    if isinstance(result, dict):
        records = result.get("records") if result.keys() == {"records"} else [result]
        if isinstance(records, list) and all(map(_is_answer, records)):
            if len(records) != 1:
                raise ResultError(f"one record was sent, and {len(records)} were answered", path="$.records")
            return _answered(records[0], key, identifier)
    return Transformed(result)


def _is_answer(record: Any) -> bool:
    return isinstance(record, dict) and "recordId" in record and record.get("result") in _RESULTS


def _answered(record: dict[str, Any], key: str, identifier: Any) -> Transformed:
    if record["recordId"] != identifier:
        raise ResultError("the answer has another record's id", path="$.recordId")
    if record["result"] == "Dropped":
        raise Drop
    if record["result"] == "ProcessingFailed":
        raise Reject("the handler answered ProcessingFailed")
    metadata = record.get("metadata") or {}
    table = metadata.get("otfMetadata") or {} if isinstance(metadata, dict) else None
    if not isinstance(table, dict):
        raise ResultError("metadata is an object of partitionKeys and otfMetadata", path="$.metadata")
    if not _is_base64(record.get(key)):
        raise ResultError(f"{key} is not base64", path=f"$.{key}")
    return Transformed(
        binascii.a2b_base64(record[key]),
        partition_keys=metadata.get("partitionKeys"),
        database=table.get("destinationDatabaseName"),
        table=table.get("destinationTableName"),
        operation=table.get("operation"),
    )


def _octets(data: Any) -> bytes:
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if data is None:
        raise ResultError(
            "the handler returned None: return the data, Transformed() to leave it as it is, "
            "or raise Drop() to leave the record out"
        )
    try:
        return octets("data", data if isinstance(data, str) else dumps(data))
    except PayloadError:
        raise ResultError("the data has a lone surrogate, which UTF-8 cannot carry") from None


def _is_base64(raw: Any) -> bool:
    try:
        binascii.a2b_base64(raw, strict_mode=True)
    except (ValueError, TypeError):
        return False
    return isinstance(raw, str)


def _shrink(records: list[dict[str, Any]], over: int) -> None:
    """Take out so many bytes: first the data of what is not delivered, then the largest records, which have failed."""
    order = sorted(
        range(len(records)), key=lambda i: (records[i]["result"] == "Ok", -encoded_size(records[i]))
    )
    surplus = 0
    for index in order:
        if over <= 0:
            break
        record = records[index]
        identifier, result = record["recordId"], record["result"]
        key = "kafkaRecordValue" if "kafkaRecordValue" in record else "data"
        said = "ProcessingFailed" if result == "Ok" else result
        records[index] = {"recordId": identifier, "result": said, key: ""}
        over -= encoded_size(record) - encoded_size(records[index])
        surplus += result == "Ok"
    if surplus:
        log.warning("firehose: %d records have failed, as the answer would be too large with them", surplus)
