"""Amazon DocumentDB: the change stream of a cluster, a database or a collection.

Invoked by
    An event source mapping: Lambda reads the change stream in order, one batch at a time.
Answer
    Is ignored: there are no partial responses for Amazon DocumentDB.
An exception
    Stops the batch at its change, so that order is kept. The batch raises, and Lambda sends all of it again until it
    succeeds; if its changes expire meanwhile, Lambda disables the mapping.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
    https://docs.aws.amazon.com/documentdb/latest/developerguide/using-lambda.html
    https://docs.aws.amazon.com/documentdb/latest/developerguide/change_streams.html
"""

from __future__ import annotations

import binascii

from .. import criteria
from ..batch import PolledSource, RecordSource
from ..binding import Vocabulary
from ..errors import ConfigurationError
from ..payload import problem
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Any

    from ..source import Route


class Change(dict[str, object]):
    """One change of an event; `raw` is the event's own record, `cluster` the ARN of the cluster it is from."""

    __slots__ = ("cluster", "raw")

    def __init__(self, raw: dict[str, Any], *, cluster: Any) -> None:
        super().__init__(raw["event"])
        self.raw = raw
        self.cluster = cluster


_database = field("ns", "db")
_collection = field("ns", "coll")
_operation = field("operationType")


def _arn(change: Any) -> Any:
    return change.cluster


def _cluster(arn: Any) -> str:
    """The cluster's name in its ARN, `arn:aws:rds:region:account:cluster:name`; what cannot be read is its own name."""
    whole = arn if isinstance(arn, str) else ""
    parts = whole.split(":")
    return parts[6] if len(parts) == 7 and parts[0] == "arn" and parts[5] == "cluster" and parts[6] else whole


# -- extended JSON -----------------------------------------------------------------------------------------------


def _value(*path: str) -> Callable[[Any], Any]:
    """A getter of a value of a change, its extended JSON read."""
    get = field(*path)

    def read(change: Any) -> Any:
        try:
            return _read(get(change))
        except RecursionError:
            raise problem(path[0], "is nested too deeply", kind="nesting") from None

    return read


def _read(value: Any) -> Any:
    """The Python value of MongoDB's extended JSON, in either of its modes; what is none of its types stays as it is.

    https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
    """
    if isinstance(value, list):
        return [_read(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((kind, held),) = value.items()
        reader = _READERS.get(kind)
        if reader is not None:
            try:
                return reader(held)
            except (ValueError, TypeError, ArithmeticError, KeyError, AttributeError):
                return value
    return {key: _read(inner) for key, inner in value.items()}


def _integer(held: Any) -> int:
    if not isinstance(held, str):
        raise TypeError
    return int(held)


def _decimal(held: Any) -> Any:
    from decimal import Decimal

    if not isinstance(held, str):
        raise TypeError
    return Decimal(held)


def _text(held: Any) -> str:
    if not isinstance(held, str):
        raise TypeError
    return held


def _date(held: Any) -> Any:
    """An instant with its time zone: ISO text in relaxed mode, milliseconds since 1970 in canonical mode."""
    from datetime import UTC, datetime, timedelta

    if isinstance(held, str):
        found = datetime.fromisoformat(held)
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    millis = _integer(held["$numberLong"]) if isinstance(held, dict) else held
    if type(millis) is not int:
        raise TypeError
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)


def _timestamp(held: Any) -> Any:
    """The instant of a timestamp; those within one second are told apart by their order in the stream."""
    seconds = held["t"]
    if type(seconds) is not int or type(held["i"]) is not int:
        raise TypeError
    return _date(seconds * 1000)


def _binary(held: Any) -> bytes:
    encoded = held["base64"] if isinstance(held, dict) else held
    return binascii.a2b_base64(encoded, strict_mode=True)


_READERS: dict[str, Callable[[Any], Any]] = {
    "$oid": _text,
    "$symbol": _text,
    "$numberInt": _integer,
    "$numberLong": _integer,
    "$numberDouble": lambda held: float(_text(held)),
    "$numberDecimal": _decimal,
    "$date": _date,
    "$timestamp": _timestamp,
    "$binary": _binary,
    "$uuid": _text,
    "$undefined": lambda held: None,
}


class DocumentDb(PolledSource):
    """Amazon DocumentDB change streams.

    `@app.documentdb("shop", "orders", operation=["insert", "update"])` takes the changes of a collection in order, one call
    a change. `database`, `collection` and `operation` are names or globs, `cluster` is the cluster's name or ARN, each may
    be a list; `pattern` is an event pattern over the change, in extended JSON as Lambda sends it.
    """

    name = "documentdb"
    marks = ("eventSource=aws:docdb",)
    index = "database"
    payload = "document"
    parts = {
        "document": _value("fullDocument"),
        "key": _value("documentKey"),
        "operation": _operation,
        "update": _value("updateDescription"),
        "database": _database,
        "collection": _collection,
        "time": _value("clusterTime"),
        "cluster": lambda change: _cluster(change.cluster),
        "record": lambda change: change.raw,
    }

    def __call__(
        self,
        database: str | Sequence[str],
        collection: str | Sequence[str] | None = None,
        *,
        operation: str | Sequence[str] | None = None,
        cluster: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a change."""
        return self.route(
            criteria.glob("database", _database, criteria.given("database", database)),
            criteria.glob("collection", _collection, collection),
            criteria.glob("operation", _operation, operation),
            criteria.name_or_arn("cluster", _arn, cluster, resource=_cluster),
            criteria.pattern("pattern", lambda change: change, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """The envelope says that it is from DocumentDB, and holds changes."""
        if not isinstance(event, dict) or event.get("eventSource") != "aws:docdb":
            return False
        held = event.get("events")
        return isinstance(held, list) and all(
            isinstance(record, dict) and isinstance(record.get("event"), dict) for record in held
        )

    def subjects(self, event: Any) -> Sequence[Any]:
        """The changes."""
        cluster = event.get("eventSourceArn")
        return [Change(record, cluster=cluster) for record in event["events"]]

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this change alone."""
        return event if subject is None else {**event, "events": [subject.raw]}

    def key(self, subject: Any) -> Any:
        """The database."""
        return _database(subject)

    def keys(self, records: Sequence[Any]) -> list[str | None]:
        """For each change its database, or None."""
        return RecordSource.keys(self, records)

    def lanes(self, records: Sequence[Any], keys: Sequence[str | None]) -> Sequence[Hashable] | None:
        """One lane: a change stream has one order."""
        return [None] * len(records)

    def identifier(self, record: Any) -> Any:
        """The resume token of the change."""
        found = field("_id", "_data")(record)
        return found if isinstance(found, str) else None

    def partial(self, key: str | None) -> bool:
        """False, also where the router declares all mappings partial: for these there is no such setting.

        https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
        """
        return False

    def vocabulary(self, route: Route) -> Vocabulary:
        """What a handler may ask for; `record` is among the parts."""
        return Vocabulary(source=self.name, parts=self.parts, payload=self.payload)

    def add(self, handler: Callable[..., Any] | None, **given: Any) -> Route:
        """Register one route, which cannot be partial."""
        if given.get("partial") is not None:
            raise ConfigurationError(
                "app.documentdb takes no partial: Lambda reads no partial response for Amazon DocumentDB, "
                "and would take what is reported as failed for done"
            )
        return super().add(handler, **given)

    def suggest(self, subject: Any) -> str:
        """A decorator for the change's database and collection."""
        named = (get(subject) for get in (_database, _collection))
        written = [quoted(criteria.literal(name)) for name in named if isinstance(name, str) and name]
        return f"@app.documentdb({', '.join(written) or quoted('*')})"
