"""Apache Kafka topics, of Amazon MSK and of self-managed clusters.

Invoked by
    An event source mapping: Lambda reads the partitions of a topic in order and sends batches of them.
Answer
    None, or with partial responses declared `{"batchItemFailures": [{"itemIdentifier": {"partition": "topic-0",
    "offset": 15}}]}` with the first record of each partition that did not succeed; Lambda goes on from there.
An exception
    Stops its partition, so that order is kept; the other partitions go on. Without partial responses the batch raises, and
    Lambda sends all of it again until it succeeds or expires; its partitions wait.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
    https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
    https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html
"""

from __future__ import annotations

import binascii
import json

from .. import criteria
from ..batch import PolledSource
from ..binding import Vocabulary
from ..errors import PayloadError
from ..payload import document, problem, text
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from typing import Any

    from ..batch import Batch
    from ..source import Route

_SOURCES = ("aws:kafka", "SelfManagedKafka", "aws:SelfManagedKafka")
_OFFSETS = 2**63
_topic = field("topic")


class Delivered(dict[str, object]):
    """One record of an event, with what only its envelope says: the cluster; `raw` is the event's own record."""

    __slots__ = ("cluster", "raw")

    def __init__(self, raw: dict[str, object], *, cluster: str | None) -> None:
        super().__init__(raw)
        self.raw = raw
        self.cluster = cluster


def _raw(record: Any) -> Any:
    return record.raw


# -- clusters ----------------------------------------------------------------------------------------------------


def _cluster(record: Any) -> Any:
    return record.cluster


def _cluster_of(event: Any) -> str | None:
    """The ARN of an MSK cluster, or the bootstrap servers of a self-managed one, as the envelope has them."""
    named = (event.get("eventSourceArn"), event.get("bootstrapServers"))
    return next((name for name in named if isinstance(name, str)), None)


def _cluster_name(arn: Any) -> str:
    """The cluster's name in its ARN or a VPC connection's; what cannot be read is its own name.

    https://docs.aws.amazon.com/lambda/latest/dg/msk-cross-account.html
    """
    whole = arn if isinstance(arn, str) else ""
    parts = whole.split(":", 5)
    path = parts[5].split("/") if len(parts) == 6 and parts[0] == "arn" else []
    known = (path[:1], len(path)) in ((["cluster"], 3), (["vpc-connection"], 4))
    return path[-2] if known and path[-2] else whole


def _ways_to_name(cluster: Any) -> list[Any]:
    """A cluster as it may be written: whole, and each of its bootstrap servers."""
    return [cluster, *cluster.split(",")] if isinstance(cluster, str) else [cluster]


def _by_cluster(written: Any) -> tuple[criteria.Criterion, ...]:
    """By the cluster's name or ARN, or by a bootstrap server."""
    if written is None:
        return ()
    (criterion,) = criteria.name_or_arn("cluster", _cluster, written, resource=_cluster_name)
    named = criterion.test
    return (
        criteria.Criterion(
            "cluster",
            _cluster,
            test=lambda seen: any(map(named, _ways_to_name(seen))),
            written=written,
        ),
    )


# -- what is in a record -----------------------------------------------------------------------------------------


def _octets(part: str, raw: str) -> bytes:
    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except ValueError:
        raise problem(part, "is not base64", kind="base64") from None


def _value(record: Any) -> bytes | None:
    """The value, which Lambda sends as base64; as JSON text where the mapping's schema registry has decoded it."""
    raw = record.get("value")
    if raw is None:
        return None
    return _octets("value", raw) if isinstance(raw, str) else json.dumps(raw).encode()


def _key(record: Any) -> Any:
    """The key as text, as bytes where it is none, as it is where the mapping's schema registry has decoded it."""
    raw = record.get("key")
    if not isinstance(raw, str):
        return raw
    octets = _octets("key", raw)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets


def _headers(record: Any) -> list[tuple[str, bytes | None]]:
    """Every header in its order; Lambda sends Java's bytes, which are signed."""
    try:
        return [(n, _signed(v)) for header in record.get("headers") or () for n, v in header.items()]
    except (TypeError, ValueError, AttributeError):
        raise problem("headers", "are not lists of bytes by name", kind="headers") from None


def _signed(numbers: Any) -> bytes | None:
    return None if numbers is None else bytes(n + 256 if n < 0 else n for n in numbers)


def _filterable(record: Any) -> Any:
    """The record as a filter pattern sees it: its value parsed where it is JSON, else text; its key as text.

    https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html
    """
    return {**record, "value": _readable(record), "key": _readable_key(record)}


def _readable(record: Any) -> Any:
    raw = record.get("value")
    if not isinstance(raw, str):
        return raw
    for read in (document, text):
        try:
            return read("value", _value(record))
        except PayloadError:
            continue
    return raw


def _readable_key(record: Any) -> Any:
    try:
        key = _key(record)
    except PayloadError:
        key = None
    return record.get("key") if key is None or isinstance(key, bytes) else key


# -- proof -------------------------------------------------------------------------------------------------------


def _is_partition(name: Any, records: Any) -> bool:
    """Whether these are records of the partition that the name says, each of them, and could all be reported."""
    topic, _, digits = name.rpartition("-") if isinstance(name, str) else ("", "", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 11) or not isinstance(records, list):
        return False
    partition = int(digits)
    for record in records:
        if not isinstance(record, dict) or record.get("topic") != topic:
            return False
        number, offset = record.get("partition"), record.get("offset")
        if type(number) is not int or number != partition or type(offset) is not int:
            return False
        if not 0 <= offset < _OFFSETS:
            return False
    return str(partition) == digits


def _partition(record: Any) -> str:
    """The name of the record's partition, as the event has it."""
    return f"{record.get('topic')}-{record.get('partition')}"


def _place(identifier: str) -> tuple[str, int]:
    """The partition and the offset in an identifier."""
    partition, _, offset = identifier.rpartition(":")
    return partition, int(offset)


class Kafka(PolledSource):
    """Apache Kafka topics, of Amazon MSK and of self-managed clusters.

    `@app.kafka("orders")` takes the records of a topic, each partition in order, one call a record. `topic` is a name or a
    glob, or a list of them; `cluster` the name or ARN of an MSK cluster, or a bootstrap server of a self-managed one;
    `pattern` is an event pattern over the record, its value parsed. `partial=True` says that the topic's mapping reports
    partial batch responses.
    """

    name = "kafka"
    marks = tuple(f"eventSource={source}" for source in _SOURCES)
    index = "topic"
    payload = "value"
    reports_rest = False
    content = {"value": _value}
    parts = {
        "key": _key,
        "headers": lambda record: dict(_headers(record)),
        "all_headers": _headers,
        "topic": _topic,
        "partition": field("partition"),
        "offset": field("offset"),
        "timestamp": field("timestamp"),
        "cluster": lambda record: _cluster_name(record.cluster),
        "value_schema_metadata": field("valueSchemaMetadata"),
        "key_schema_metadata": field("keySchemaMetadata"),
        "record": _raw,
    }

    def __call__(
        self,
        topic: str | Sequence[str],
        *,
        cluster: str | Sequence[str] | None = None,
        partial: bool | None = None,
        concurrency: int = 1,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a record."""
        return self.route(
            *self._criteria(topic, cluster, pattern),
            partial=partial,
            concurrency=concurrency,
            middleware=middleware,
            name=name,
        )

    def batch(
        self,
        topic: str | Sequence[str],
        *,
        cluster: str | Sequence[str] | None = None,
        partial: bool | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call for all `records` of a batch; it returns None, or the failed ones or their identifiers."""
        return self.route(
            *self._criteria(topic, cluster, pattern),
            verb=".batch",
            batch=True,
            partial=partial,
            middleware=middleware,
            name=name,
        )

    def _criteria(self, topic: Any, cluster: Any, pattern: Any) -> list[tuple[criteria.Criterion, ...]]:
        return [
            criteria.glob("topic", _topic, criteria.given("topic", topic)),
            _by_cluster(cluster),
            criteria.pattern("pattern", _filterable, pattern),
        ]

    @staticmethod
    def recognise(event: Any) -> bool:
        """The envelope says that it is from Kafka, and every record that it is of the partition it is listed under."""
        if not isinstance(event, dict) or event.get("eventSource") not in _SOURCES:
            return False
        partitions = event.get("records")
        return isinstance(partitions, dict) and all(_is_partition(n, r) for n, r in partitions.items())

    def subjects(self, event: Any) -> Sequence[Any]:
        """The records of all partitions, in the order of the event."""
        cluster = _cluster_of(event)
        return [Delivered(record, cluster=cluster) for held in event["records"].values() for record in held]

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this record (or these) alone, each under the name of its partition."""
        if subject is None:
            return event
        partitions: dict[str, list[Any]] = {}
        for record in subject if isinstance(subject, list) else (subject,):
            partitions.setdefault(_partition(record), []).append(record.raw)
        return {**event, "records": partitions}

    def vocabulary(self, route: Route) -> Vocabulary:
        """A whole-batch handler asks for `records`; one of single records has `record` among the parts."""
        if route.batch:
            return self.batch_vocabulary()
        return Vocabulary(source=self.name, parts=self.parts, content=self.content, payload=self.payload)

    def key(self, subject: Any) -> Any:
        """The topic."""
        return _topic(subject)

    def keys(self, records: Sequence[Any]) -> list[Any]:
        """For each record its mapping, as far as the event says: cluster and topic."""
        return [(record.cluster, _topic(record)) for record in records]

    def candidates(self, key: Any) -> tuple[Route, ...]:
        """The routes that the topic allows; the cluster is asked about record by record."""
        return super().candidates(key[1] if isinstance(key, tuple) else key)

    def partial(self, key: Any) -> bool:
        """Whether the mapping is declared partial: by its routes, else by the router, which may name topic or cluster."""
        cluster, topic = key
        routes = [r for r in self.candidates(topic) if _is_about(r, cluster)]
        said = {r.options["partial"] for r in routes if r.options.get("partial") is not None}
        if said:
            return said == {True}
        return any(self.app.lists_partial(name, str) for name in (topic, *_ways_to_name(cluster)))

    def resource(self, arn: str) -> str:
        """The cluster's name."""
        return _cluster_name(arn)

    def overlap(self, one: Route, other: Route) -> bool:
        """Whether two routes may be about the same topic of the same cluster."""
        ours, theirs = one.written("cluster"), other.written("cluster")
        if ours is not None and theirs is not None:
            pairs = ((a, b) for a in criteria.each(ours) for b in criteria.each(theirs))
            if not any(self._meet(a, b) for a, b in pairs):
                return False
        return super().overlap(one, other)

    def identifier(self, record: Any) -> Any:
        """The partition and the offset as one text, `orders-0:15`, of a record or of what stands for it in an answer."""
        partition = _partition(record) if "topic" in record else record.get("partition")
        return f"{partition}:{record.get('offset')}"

    def item(self, identifier: Any) -> Any:
        """The identifier as it is written in an answer."""
        partition, offset = _place(identifier)
        return {"partition": partition, "offset": offset}

    def lanes(self, records: Sequence[Any], keys: Sequence[Any]) -> Sequence[Hashable] | None:
        """The partition: what order Kafka has is in there."""
        return [_partition(record) for record in records]

    def to_report(self, batch: Batch) -> Iterable[int]:
        """The lowest offset of each partition that is open: Lambda goes on from there."""
        lowest: dict[str, tuple[int, int]] = {}
        for i in batch.open:
            partition, offset = _place(batch.identifiers[i])
            lowest[partition] = min(lowest.get(partition, (offset, i)), (offset, i))
        return [i for _, i in lowest.values()]

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's topic."""
        return f"@app.kafka({quoted(criteria.literal(_topic(subject)) or '*')})"


def _is_about(route: Route, cluster: Any) -> bool:
    return all(c.test(cluster) for c in route.conditions if c.label == "cluster")
