"""Records of Apache Kafka topics, of Amazon MSK and of self-managed clusters.

https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import SampleError, payloads, stamps

__all__ = ["event", "self_managed"]

_VALUE: Any = {"order_id": 7, "total": 120.5}


def event(
    topic: str | Sequence[str] = "orders",
    values: Sequence[Any] | None = None,
    *,
    value: Any = _VALUE,
    key: str | bytes | Sequence[str | bytes | None] | None = "customer-7",
    headers: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
    partition: int | Sequence[int] = 0,
    offset: int | Sequence[int] | None = None,
    timestamp_type: str = "CREATE_TIME",
    value_schema_metadata: Mapping[str, str] | None = None,
    key_schema_metadata: Mapping[str, str] | None = None,
    cluster: str = "shop",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of records of an MSK cluster: one record of `value`, or one for each of `values`, in order.

    Bytes are sent as they are, text as UTF-8, None as a tombstone, anything else as JSON. `topic`, `key` and
    `partition` are for all records, or a list with one for each; `offset` is the first record's, rising by one in
    each partition, or a list. `headers` are texts or bytes by name, or pairs of them where a name is there twice.
    `cluster` is a name or an ARN.
    """
    if values is not None and not isinstance(values, list | tuple):
        raise SampleError(
            f"values is a list with the value of each record, not {values!r:.80}; for one write value="
        )
    given = [value] if values is None else list(values)
    topics, keys = _each("topic", topic, given), _each("key", key, given)
    partitions = _each("partition", partition, given)
    places = list(zip(topics, partitions, strict=True))
    sent = _headers(headers)
    schemas = {"keySchemaMetadata": key_schema_metadata, "valueSchemaMetadata": value_schema_metadata}
    records: dict[str, list[dict[str, Any]]] = {}
    for (of, number), at, named, one in zip(places, _offsets(offset, places), keys, given, strict=True):
        contents = {"key": None if named is None else _encoded(named), "value": _encoded(one)}
        record = {
            "topic": of,
            "partition": number,
            "offset": at,
            "timestamp": stamps.Moment().millis,
            "timestampType": timestamp_type,
            **{part: text for part, text in contents.items() if text is not None},
            "headers": [{name: list(numbers)} for name, numbers in sent],
            **{part: dict(schema) for part, schema in schemas.items() if schema is not None},
        }
        records.setdefault(f"{of}-{number}", []).append(record)
    arn = _arn(cluster, region, account)
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": arn,
        "bootstrapServers": _servers(arn),
        "records": records,
    }


def self_managed(
    topic: str | Sequence[str] = "orders",
    values: Sequence[Any] | None = None,
    *,
    servers: str = "kafka-1.example.com:9092,kafka-2.example.com:9092",
    **parts: Any,
) -> dict[str, Any]:
    """A batch of records of a cluster that AWS does not manage, with these bootstrap `servers`: as `event`."""
    records = event(topic, values, **parts)["records"]
    return {"eventSource": "SelfManagedKafka", "bootstrapServers": servers, "records": records}


def _arn(cluster: str, region: str, account: str) -> str:
    if cluster.startswith("arn:"):
        return cluster
    return f"arn:aws:kafka:{region}:{account}:cluster/{cluster}/{stamps.uuid()}-4"


def _servers(arn: str) -> str:
    _, partition, _, region, _, path = arn.split(":", 5)
    domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    hosts = (f"b-{n}.{path.split('/')[-2]}.k7rq2x.c4.kafka.{region}.{domain}:9098" for n in (1, 2))
    return ",".join(hosts)


def _each(part: str, given: Any, values: list[Any]) -> list[Any]:
    """One for each record."""
    if not isinstance(given, list | tuple):
        return [given] * len(values)
    if len(given) != len(values):
        raise SampleError(f"{part} is one, or one for each of the {len(values)} records; not {len(given)}")
    return list(given)


def _offsets(given: int | Sequence[int] | None, places: list[tuple[str, int]]) -> list[int]:
    """One for each record, rising in each partition unless they are given."""
    if isinstance(given, list | tuple):
        return [int(offset) for offset in _each("offset", given, places)]
    first = stamps.number(12) if not isinstance(given, int) else given
    before: Counter[tuple[str, int]] = Counter()
    offsets = []
    for place in places:
        offsets.append(first + before[place])
        before[place] += 1
    return offsets


def _headers(given: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[tuple[str, list[int]]]:
    """Names and the bytes behind them, signed as Java's are."""
    rows: Any = given.items() if isinstance(given, Mapping) else given
    return [(name, [byte - 256 if byte > 127 else byte for byte in _octets(value)]) for name, value in rows]


def _encoded(content: Any) -> str | None:
    return None if content is None else base64.b64encode(_octets(content)).decode()


def _octets(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return payloads.text(content).encode()
    except UnicodeEncodeError:
        raise SampleError(
            "the content of a record is bytes, a JSON value or text that UTF-8 can write"
        ) from None
