"""Apache Kafka: parts, criteria, order in each partition, what is reported, and what is not taken for a batch at all."""

from __future__ import annotations

import asyncio
import base64
import copy
import functools
import gc
import json
import logging
import random
import time
import weakref
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KafkaEvent
from aws_lambda_powertools.utilities.data_classes.kafka_event import KafkaEventRecord
from awslambdaric.lambda_runtime_marshaller import to_json
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Depends,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    ResultError,
    Retry,
    Router,
    UnknownEventError,
    detect,
)
from lambda_router.testing import BatchResult, Client, LambdaContext
from lambda_router.testing import event as made

VALUE = {"id": 7, "total": 9.5, "note": "é"}
TEXT = json.dumps(VALUE, ensure_ascii=False)
ARN = "arn:aws:kafka:us-east-2:123456789012:cluster/shop/b1a2c3d4-5e6f-7081-92a3-b4c5d6e7f809-4"
VPC = "arn:aws:kafka:us-east-2:123456789012:vpc-connection/111122223333/depot/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0-2"
SERVERS = "b-1.shop.example.com:9098,b-2.shop.example.com:9098"


def b64(content: Any) -> str:
    return base64.b64encode(content if isinstance(content, bytes) else str(content).encode()).decode()


RECORD: dict[str, Any] = {
    "topic": "orders",
    "partition": 3,
    "offset": 15,
    "timestamp": 1545084650987,
    "timestampType": "CREATE_TIME",
    "key": b64("customer-42"),
    "value": b64(TEXT),
    "headers": [
        {"kind": [110, 101, 119]},
        {"sum": [0, 127, -128, -1]},
        {"via": [97]},
        {"via": [98]},
        {"none": None},
        {"empty": []},
    ],
    "keySchemaMetadata": {"dataFormat": "JSON", "schemaId": "key-schema"},
    "valueSchemaMetadata": {"dataFormat": "AVRO", "schemaId": "value-schema"},
}
HEADERS = [
    ("kind", b"new"),
    ("sum", b"\x00\x7f\x80\xff"),
    ("via", b"a"),
    ("via", b"b"),
    ("none", None),
    ("empty", b""),
]


class Order(BaseModel):
    id: int
    total: float


class Id(BaseModel):
    id: int


def record(**parts: Any) -> dict[str, Any]:
    """The record above with these parts; one that is `...` is absent."""
    return {name: value for name, value in {**RECORD, **parts}.items() if value is not ...}


def event(*records: Any, **parts: Any) -> Any:
    """An MSK event as the runtime delivers it, its records under their partitions."""
    held: dict[str, list[Any]] = {}
    for one in records or (RECORD,):
        held.setdefault(f"{one['topic']}-{one['partition']}", []).append(one)
    whole = {"eventSource": "aws:kafka", "eventSourceArn": ARN, "bootstrapServers": SERVERS, "records": held}
    return json.loads(json.dumps({k: v for k, v in {**whole, **parts}.items() if v is not ...}))


def self_managed(*records: Any, servers: Any = SERVERS) -> Any:
    return event(*records, eventSource="SelfManagedKafka", eventSourceArn=..., bootstrapServers=servers)


def placed(*places: str) -> Any:
    """A batch of these places, `a0:5` for offset 5 of partition 0 of topic a; the value is the place."""
    records = []
    for place in places:
        partition, _, offset = place.partition(":")
        parts = {"topic": partition[:-1], "partition": int(partition[-1]), "offset": int(offset)}
        records.append(record(**parts, value=b64(place)))
    return event(*records)


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the record."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "Any": Any,
        "Order": Order,
        "Id": Id,
        "datetime": datetime,
        "KafkaEvent": KafkaEvent,
        "KafkaEventRecord": KafkaEventRecord,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.kafka("*")(names["handler"])
    app(sent or event(), None)
    return seen[0]


def fails(handler_source: str, sent: Any) -> dict[str, int]:
    with pytest.raises(BatchError) as info:
        given_to(handler_source, sent)
    return dict(info.value.classes)


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("value", VALUE),
        ("value: Any", VALUE),
        ("value: dict", VALUE),
        ("value: str", TEXT),
        ("value: bytes", TEXT.encode()),
        ("value: Order", Order(id=7, total=9.5)),
        ("order: Order", Order(id=7, total=9.5)),
        ("order: Order | None", Order(id=7, total=9.5)),
        ("key", "customer-42"),
        ("key: str", "customer-42"),
        ("key: str | None", "customer-42"),
        ("key: bytes", b"customer-42"),
        ("headers", dict(HEADERS)),
        ("headers: dict", dict(HEADERS)),
        ("headers: dict[str, bytes | None]", dict(HEADERS)),
        ("all_headers", HEADERS),
        ("all_headers: list", HEADERS),
        ("topic", "orders"),
        ("partition", 3),
        ("partition: int", 3),
        ("offset", 15),
        ("offset: str", "15"),
        ("timestamp", 1545084650987),
        ("timestamp: datetime", datetime(2018, 12, 17, 22, 10, 50, 987_000, tzinfo=UTC)),
        ("cluster", "shop"),
        ("value_schema_metadata", {"dataFormat": "AVRO", "schemaId": "value-schema"}),
        ("key_schema_metadata", {"dataFormat": "JSON", "schemaId": "key-schema"}),
        ("record", RECORD),
        ("record: dict", RECORD),
        ("event", event()),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected
    assert type(value) is type(expected)


def test_all_parts_at_once() -> None:
    found = given_to(
        "order: Order, key, headers, all_headers, topic, partition, offset, timestamp, cluster, invocation, "
        "value_schema_metadata, key_schema_metadata, record: KafkaEventRecord, event: KafkaEvent"
    )
    assert found.pop("record").json_value == VALUE
    assert [r.offset for r in found.pop("event").records] == [15]
    invocation = found.pop("invocation")
    assert (invocation.source, invocation.record, invocation.event) == ("kafka", RECORD, event())
    assert found == {
        "order": Order(id=7, total=9.5),
        "key": "customer-42",
        "headers": dict(HEADERS),
        "all_headers": HEADERS,
        "topic": "orders",
        "partition": 3,
        "offset": 15,
        "timestamp": 1545084650987,
        "cluster": "shop",
        "value_schema_metadata": RECORD["valueSchemaMetadata"],
        "key_schema_metadata": RECORD["keySchemaMetadata"],
    }


def test_dependencies_ask_for_parts_too() -> None:
    app, seen = Router(), []

    def place(record: Any, topic: str, offset: int) -> Any:
        return record, topic, offset

    @app.kafka("orders")
    def handler(at: Any = Depends(place)) -> None:
        seen.append(at)

    app(event())
    assert seen == [(RECORD, "orders", 15)]


@pytest.mark.parametrize("value", [None, ...])
def test_a_tombstone_has_no_value(value: Any) -> None:
    sent = event(record(value=value))
    assert given_to("key, order: Order | None", sent) == {"key": "customer-42", "order": None}
    assert given_to("value", sent) == {"value": None}
    assert given_to("value: bytes | None", sent) == {"value": None}
    assert given_to("value: dict = 7", sent) == {"value": 7}
    for signature in ("order: Order", "value: dict", "value: bytes", "value: str"):
        assert fails(signature, sent) == {"PayloadError": 1}


def test_an_empty_value_is_no_tombstone() -> None:
    sent = event(record(value=""))
    assert given_to("value: bytes", sent) == {"value": b""}
    assert given_to("value: str | None", sent) == {"value": ""}


@pytest.mark.parametrize("raw", [b"\x00\x00\x00\x00\x8eavro", bytes(range(256))])
def test_a_value_of_any_kind_is_bytes(raw: bytes) -> None:
    sent = event(record(value=b64(raw)))
    assert given_to("value: bytes", sent) == {"value": raw}
    for signature in ("value", "value: str", "order: Order"):
        assert fails(signature, sent) == {"PayloadError": 1}


@pytest.mark.parametrize("raw", ["not base64!", "YQ", "é", "YQ==\n", "\ud800"])
def test_what_is_not_base64_fails_its_record(raw: str) -> None:
    for signature in ("value", "value: bytes", "value: str", "order: Order | None"):
        assert fails(signature, event(record(value=raw))) == {"PayloadError": 1}
    for signature in ("key", "key: bytes", "key: str"):
        assert fails(signature, event(record(key=raw))) == {"PayloadError": 1}
    assert given_to("offset", event(record(value=raw, key=raw))) == {"offset": 15}


@pytest.mark.parametrize("value", [VALUE, [1, "é"], 7, 1.5, True, False, {}, []])
def test_a_value_that_the_mapping_has_decoded_is_what_it_is(value: Any) -> None:
    sent = event(record(value=value))
    assert given_to("value", sent) == {"value": value}
    assert json.loads(given_to("value: str", sent)["value"]) == value
    assert json.loads(given_to("value: bytes", sent)["value"]) == value
    if value == VALUE:
        assert given_to("order: Order", sent) == {"order": Order(id=7, total=9.5)}


def test_keys_are_text_or_bytes_or_none() -> None:
    for absent in (None, ...):
        sent = event(record(key=absent))
        assert given_to("key", sent) == {"key": None}
        assert given_to("key: str | None", sent) == {"key": None}
        assert fails("key: str", sent) == {"PayloadError": 1}
    binary = event(record(key=b64(b"\x00\xff")))
    assert given_to("key", binary) == {"key": b"\x00\xff"}
    assert given_to("key: bytes", binary) == {"key": b"\x00\xff"}
    assert fails("key: str", binary) == {"PayloadError": 1}
    assert given_to("key: int", event(record(key=b64("7")))) == {"key": 7}
    assert given_to("key: bytes", event(record(key=b64("é")))) == {"key": "é".encode()}
    assert given_to("key", event(record(key=""))) == {"key": ""}
    for decoded in (b64('{"id": 7}'), {"id": 7}):
        assert given_to("key: dict", event(record(key=decoded))) == {"key": {"id": 7}}
    assert given_to("key: Id", event(record(key={"id": 7}))) == {"key": Id(id=7)}


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.binary()), max_size=4))
def test_headers_come_back_as_they_were_sent(rows: list[tuple[str, bytes]]) -> None:
    sent = made("kafka", headers=rows)
    assert given_to("all_headers", sent) == {"all_headers": rows}
    assert given_to("headers", sent) == {"headers": dict(rows)}


@pytest.mark.parametrize("headers", [None, ..., []])
def test_without_headers(headers: Any) -> None:
    sent = event(record(headers=headers))
    assert given_to("headers, all_headers", sent) == {"headers": {}, "all_headers": []}


@pytest.mark.parametrize(
    "headers",
    [
        *(7, True, "text", {"a": [1]}, [7], ["a"], [None], [{"a": 7}], [{"a": "x"}]),
        *([{"a": [number]}] for number in (256, -257, 1.5, "x", None, [])),
    ],
)
def test_odd_headers_fail_a_record_that_asks_for_them(headers: Any) -> None:
    sent = event(record(headers=headers))
    assert fails("headers", sent) == {"PayloadError": 1}
    assert fails("all_headers", sent) == {"PayloadError": 1}
    assert given_to("offset", sent) == {"offset": 15}


@pytest.mark.parametrize(
    ("parts", "cluster"),
    [
        ({}, "shop"),
        ({"eventSourceArn": VPC}, "depot"),
        ({"eventSourceArn": ARN.replace("arn:aws:", "arn:aws-cn:")}, "shop"),
        ({"eventSourceArn": ...}, SERVERS),
        ({"eventSourceArn": None}, SERVERS),
        ({"eventSourceArn": ["x"], "bootstrapServers": 7}, ""),
        ({"eventSourceArn": ..., "bootstrapServers": ...}, ""),
        *(
            ({"eventSourceArn": odd}, odd)
            for odd in ("shop", "", "arn:aws:kafka:shop", ARN[:-40], "a:b:c:d:e:f")
        ),
        (
            {"eventSourceArn": "arn:aws:kafka:x:1:topic/shop/u/orders"},
            "arn:aws:kafka:x:1:topic/shop/u/orders",
        ),
        ({"eventSourceArn": "arn:aws:kafka:x:1:cluster//u"}, "arn:aws:kafka:x:1:cluster//u"),
    ],
)
def test_the_cluster_is_named_as_far_as_the_event_does(parts: Any, cluster: str) -> None:
    assert given_to("cluster", event(**parts)) == {"cluster": cluster}


def test_the_event_of_a_handler_has_its_record_alone_under_its_partition() -> None:
    app, seen = Router(), []

    @app.kafka("*")
    def lambda_handler(event: Any, record: Any, context: Any) -> None:
        assert list(event["records"].values()) == [[record]]
        assert type(record) is dict
        for partition, records in event["records"].items():
            assert records[0] is record
            seen.extend((partition, record["offset"]) for record in records)

    sent = placed("a0:1", "a0:2", "b1:1")
    app(sent)
    assert seen == [("a-0", 1), ("a-0", 2), ("b-1", 1)]
    assert sent == placed("a0:1", "a0:2", "b1:1")


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        ("valu", "did you mean 'value'"),
        ("recrd", "did you mean 'record'"),
        ("order", "on offer"),
        ("records", "did you mean 'record'"),
        ("a: Order, b: Order", "both ask for the payload"),
        ("body", "on offer"),
    ],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str, hint: str) -> None:
    with pytest.raises(HandlerSignatureError, match=hint) as info:
        given_to(signature)
    assert "app.kafka" in str(info.value)


# -- which route ---------------------------------------------------------------------------------------------


def taken_by(sent: Any, *routes: dict[str, Any]) -> list[str]:
    """The names of the routes that take the records of the event, in their order."""
    app, seen = Router(), []
    for number, options in enumerate(routes):

        def handler(invocation: Any) -> None:
            seen.append(invocation.route.name)

        app.kafka(options.pop("topic", "*"), name=f"route {number}", **options)(handler)
    app.default(lambda invocation: seen.append("default"))
    app(sent)
    return seen


@pytest.mark.parametrize(
    ("topic", "takes"),
    [
        ("orders", True),
        ("order", False),
        ("orders-3", False),
        ("ord*", True),
        ("*", True),
        (["a", "orders"], True),
        ("", None),
        ([], None),
        (7, None),
        (None, None),
    ],
)
def test_by_topic(topic: Any, takes: bool | None) -> None:
    if takes is None:
        with pytest.raises(ConfigurationError):
            Router().kafka(topic)
    else:
        assert taken_by(event(), {"topic": topic}) == ["route 0" if takes else "default"]


@pytest.mark.parametrize(
    ("cluster", "msk", "own"),
    [
        ("shop", True, False),
        ("sho", False, False),
        ("sh*", True, False),
        (ARN, True, False),
        (ARN[:-1], False, False),
        ("arn:aws:kafka:*:*:cluster/shop/*", True, False),
        ("arn:aws:kafka:*:*:cluster/shop", False, False),
        ("*", True, True),
        (["depot", "shop"], True, False),
        (SERVERS, False, True),
        ("b-1.shop.example.com:9098", False, True),
        ("b-2.shop.example.com:9098", False, True),
        ("*.shop.example.com:*", False, True),
        ("b-3.shop.example.com:9098", False, False),
        (["shop", "b-1.shop.example.com:9098"], True, True),
    ],
)
def test_by_cluster(cluster: Any, msk: bool, own: bool) -> None:
    for sent, takes in ((event(), msk), (self_managed(), own)):
        assert taken_by(sent, {"cluster": cluster}) == ["route 0" if takes else "default"]


def test_by_cluster_through_a_vpc_connection_and_without_any() -> None:
    assert taken_by(event(eventSourceArn=VPC), {"cluster": "shop"}, {"cluster": "depot"}) == ["route 1"]
    nowhere = event(eventSourceArn=..., bootstrapServers=...)
    assert taken_by(nowhere, {"cluster": "shop"}, {"cluster": "*"}) == ["route 1"]
    for wrong in ("", [], 7):
        with pytest.raises(ConfigurationError):
            Router().kafka("orders", cluster=wrong)


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ({"value": {"id": [7]}}, True),
        ({"value": {"id": [8]}}, False),
        ({"value": {"total": [{"numeric": ["<", 10]}]}, "topic": ["orders"]}, True),
        ({"key": ["customer-42"]}, True),
        ({"key": [{"prefix": "customer-"}], "partition": [3]}, True),
        ({"key": ["customer-41"]}, False),
        ({"value": ["text"]}, False),
        ({"value": [None]}, False),
        ({"valueSchemaMetadata": {"dataFormat": ["AVRO"]}}, True),
    ],
)
def test_by_pattern_over_the_record_with_its_value_parsed(pattern: Any, takes: bool) -> None:
    for sent in (event(), event(record(value=VALUE))):
        assert taken_by(sent, {"pattern": pattern}) == ["route 0" if takes else "default"]


def test_what_a_pattern_sees_of_odd_records() -> None:
    for value in ("text", "{", "NaN", "[" * 100_000, b"\xff"):
        assert taken_by(event(record(value=b64(value))), {"pattern": {"value": {"id": [7]}}}) == ["default"]
    assert taken_by(event(record(value=b64("text"))), {"pattern": {"value": ["text"]}}) == ["route 0"]
    assert taken_by(event(record(value="not base64")), {"pattern": {"value": ["not base64"]}}) == ["route 0"]
    for tombstone in (None, ...):
        assert taken_by(event(record(value=tombstone)), {"pattern": {"value": [None]}}) == ["route 0"]
        assert taken_by(event(record(key=tombstone)), {"pattern": {"key": [None]}}) == ["route 0"]
    for key in (b64(b"\xff"), "not base64"):
        assert taken_by(event(record(key=key)), {"pattern": {"key": [key]}}) == ["route 0"]
    assert taken_by(event(record(key={"id": 7})), {"pattern": {"key": {"id": [7]}}}) == ["route 0"]


def test_each_record_goes_by_its_own_topic() -> None:
    sent = placed("a0:1", "b0:1", "c0:1", "a1:1")
    assert taken_by(sent, {"topic": "a"}, {"topic": ["b", "x"]}) == [
        "route 0",
        "route 1",
        "default",
        "route 0",
    ]


def test_equal_criteria_are_refused() -> None:
    app = Router()
    app.kafka(["a", "b"], cluster="shop").drop()
    app.kafka(["a", "b"]).drop()
    app.kafka(["a", "b"], cluster="depot").drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.kafka(("b", "a"), cluster=["shop"]).drop()


def test_routes_show_what_was_written() -> None:
    app = Router()

    @app.kafka("orders", cluster="shop", pattern={"value": {"id": [7]}})
    def handler(value: Any) -> None: ...

    app.kafka.batch("b*").drop()
    first, second = app.routes
    assert first.criteria == {"topic": "orders", "cluster": "shop", "pattern": {"value": {"id": [7]}}}
    assert repr(first).startswith("<kafka(topic='orders', cluster='shop', pattern=")
    assert repr(second) == "<kafka(topic='b*') -> dropped>"
    explained = str(app.explain(event(eventSourceArn=VPC)))
    assert f"cluster is {VPC!r}" in explained
    assert "eventSource=aws:kafka" in explained


# -- suggestions ---------------------------------------------------------------------------------------------


def suggested(sent: Any) -> str:
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    assert info.value.source == "kafka"
    assert info.value.suggestion is not None
    assert info.value.suggestion in str(info.value)
    return info.value.suggestion


def obeyed(decorator: str, sent: Any) -> None:
    """Paste the decorator above a handler and send the event again: it must get there."""
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


def test_the_decorator_to_write() -> None:
    assert suggested(event()) == '@app.kafka("orders")'
    assert suggested(self_managed()) == '@app.kafka("orders")'


HOSTILE = ["*", "a*b", "\\", "a\\*b", '"', "'", '"""', "\n", "a\r\nb", "\x00", "{x}", "%s", "\u2028", "é"]


@pytest.mark.parametrize("topic", [*HOSTILE, "", "arn:x", "**", "a/b", "a-0", "-", "\U0001f600", "\ud800"])
def test_hostile_topics_are_suggested_so_that_the_decorator_matches(topic: str) -> None:
    sent = event(record(topic=topic))
    decorator = suggested(sent)
    assert "\n" not in decorator
    obeyed(decorator, sent)


@given(st.text())
@example("")
def test_any_topic_is_suggested_so_that_the_decorator_matches(topic: str) -> None:
    sent = event(record(topic=topic))
    obeyed(suggested(sent), sent)


# -- proof ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["aws:kafka", "SelfManagedKafka", "aws:SelfManagedKafka"])
def test_every_name_of_the_source_is_known(source: str) -> None:
    assert detect(event(eventSource=source)) == "kafka"
    assert detect(event(eventSource=source, eventSourceArn=..., bootstrapServers=...)) == "kafka"


@pytest.mark.parametrize("source", [None, "", "aws:sqs", "kafka", "AWS:KAFKA", 7, [], {}, ["aws:kafka"], ...])
def test_no_other_name_is(source: Any) -> None:
    assert detect(event(eventSource=source)) is None


ODD: list[Any] = [
    None,
    True,
    False,
    0,
    7,
    -1,
    1.0,
    15.0,
    "",
    "3",
    "15",
    "orders",
    [],
    {},
    [RECORD],
    2**63,
    10**400,
]


@pytest.mark.parametrize("part", ["topic", "partition", "offset"])
@pytest.mark.parametrize("odd", ODD)
def test_every_record_proves_its_partition_before_any_is_run(part: str, odd: Any) -> None:
    bad = {**RECORD, part: odd}
    natural = type(odd) is int and 0 <= odd < 2**63
    holds = natural if part == "offset" else (part, odd) == ("topic", "orders")
    app, seen = Router(), []
    app.kafka("*")(lambda offset: seen.append(offset))
    for records in ([bad, RECORD], [RECORD, bad]):
        sent = event(records={"orders-3": records})
        assert detect(sent) == ("kafka" if holds else None)
        if not holds:
            with pytest.raises(UnknownEventError):
                app(sent)
            assert seen == []


@pytest.mark.parametrize(
    "records",
    [None, 7, "text", [], [RECORD], True]
    + [{"orders-3": odd} for odd in (None, 7, "text", {}, RECORD, [None], ["x"], [[]], [{}], [RECORD, None])]
    + [
        {name: [RECORD]}
        for name in ("orders", "orders-", "orders-03", "orders-4", "orders-٣", "-3", "", "3", "3-")
    ]
    + [{"orders-3": [RECORD], "orders-4": [RECORD]}, {"orders": []}, {"orders-99999999999": []}, ...],
)
def test_records_that_are_not_what_they_are_listed_as_are_no_batch(records: Any) -> None:
    app, seen = Router(partial=True), []
    app.kafka("*")(lambda offset: seen.append(offset))
    sent = event(records=records)
    assert detect(sent) is None
    with pytest.raises(UnknownEventError):
        app(sent)
    assert seen == []


@pytest.mark.parametrize("records", [{}, {"orders-3": []}, {"orders-3": [], "orders-4": []}])
def test_a_batch_without_records_needs_no_answer(records: Any) -> None:
    for app in (Router(), failing()[0], failing(partial=False)[0]):
        assert app(event(records=records)) is None


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(sorted(RECORD)),
)
def test_odd_parts_raise_only_what_is_documented(odd: Any, part: str) -> None:
    app = Router(partial=True)
    reached = []

    @app.kafka("*", cluster="*", pattern={"value": {"id": [{"exists": True}]}})
    def first(order: Order, c: Any = Depends(lambda: 1)) -> None: ...

    @app.kafka("*")
    def second(value: Any, key: Any, headers: Any, timestamp: Any, event: Any, record: Any) -> None:
        reached.append(1)

    sent = event(record(**{part: odd}), eventSourceArn=odd)
    before = repr(sent)
    try:
        answer = app(sent)
    except (BatchError, UnknownEventError) as error:
        assert len(str(error)) < 4096
    else:
        assert answer == {"batchItemFailures": []}
    assert repr(sent) == before


# -- order and reports ---------------------------------------------------------------------------------------


def failing(*places: str, **options: Any) -> tuple[Router, list[str]]:
    """An app that fails the records of these places, and the places that it has started."""
    app, started = Router(**{"partial": True, **options}), []

    @app.kafka("*")
    def handler(value: str) -> None:
        started.append(value)
        if value in places:
            raise ValueError(value)

    return app, started


def reported(answer: Any) -> list[str]:
    """The places in an answer that Lambda can read."""
    answer = json.loads(to_json(answer))
    assert answer.keys() == {"batchItemFailures"}
    found = []
    for failure in answer["batchItemFailures"]:
        assert failure.keys() == {"itemIdentifier"}
        assert failure["itemIdentifier"].keys() == {"partition", "offset"}
        partition, offset = failure["itemIdentifier"]["partition"], failure["itemIdentifier"]["offset"]
        assert type(offset) is int
        found.append(f"{partition.replace('-', '')}:{offset}")
    return found


def test_the_wire_form() -> None:
    app, _ = failing("a0:5")
    assert app(placed("a0:4", "a0:5")) == {
        "batchItemFailures": [{"itemIdentifier": {"partition": "a-0", "offset": 5}}]
    }


@pytest.mark.parametrize(
    ("bad", "first", "ran"),
    [
        (["a0:2"], ["a0:2"], "a0:1 a0:2 a1:1 a1:2 b0:1 b0:2"),
        (["a0:1"], ["a0:1"], "a0:1 a1:1 a1:2 b0:1 b0:2"),
        (["a0:2", "a0:3"], ["a0:2"], "a0:1 a0:2 a1:1 a1:2 b0:1 b0:2"),
        (["a1:1", "b0:2"], ["a1:1", "b0:2"], "a0:1 a0:2 a0:3 a1:1 b0:1 b0:2"),
        (["b0:1", "a0:3", "a1:2"], ["a0:3", "a1:2", "b0:1"], "a0:1 a0:2 a0:3 a1:1 a1:2 b0:1"),
    ],
)
@pytest.mark.parametrize("interleaved", [False, True])
def test_a_failure_stops_its_partition_and_no_other(
    bad: list[str], first: list[str], ran: str, interleaved: bool
) -> None:
    sent = placed("a0:1", "a0:2", "a0:3", "a1:1", "a1:2", "b0:1", "b0:2")
    if interleaved:  # the order of the keys of an object is the event's
        sent["records"] = dict(reversed(sent["records"].items()))
    app, started = failing(*bad)
    assert sorted(reported(app(sent))) == first
    assert sorted(started) == ran.split()
    for partition in ("a0", "a1", "b0"):
        mine = [place for place in started if place.startswith(partition)]
        assert mine == sorted(mine)


def test_partitions_are_told_apart_by_their_whole_name() -> None:
    """`a-1` partition 2 and `a` partition 12 of one event, and a topic that ends like another's partition."""
    records = [
        record(topic=t, partition=p, offset=o, value=b64(f"{t}/{p}/{o}"))
        for t, p in (("a-1", 2), ("a", 12), ("a-1-2", 0))
        for o in (1, 2)
    ]
    app, started = failing("a-1/2/1", "a/12/2")
    answer = app(event(*records))
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == [
        {"partition": "a-1-2", "offset": 1},
        {"partition": "a-12", "offset": 2},
    ]
    assert started == ["a-1/2/1", "a/12/1", "a/12/2", "a-1-2/0/1", "a-1-2/0/2"]


def test_a_batch_without_failures() -> None:
    app, started = failing()
    assert app(placed("a0:1", "a1:1")) == {"batchItemFailures": []}
    assert started == ["a0:1", "a1:1"]
    assert failing(partial=False)[0](placed("a0:1")) is None


def test_in_the_default_mode_what_order_allows_is_run_and_then_the_batch_raises() -> None:
    app, started = failing("a0:1", partial=False)
    with pytest.raises(BatchError) as info:
        app(placed("a0:1", "a0:2", "a1:1", "a1:2"))
    assert started == ["a0:1", "a1:1", "a1:2"]
    assert (info.value.failed, info.value.not_started, info.value.total) == (1, 1, 4)
    assert str(info.value) == "1 of 4 kafka records failed (ValueError 1), 1 not started"


def test_where_nothing_succeeded() -> None:
    with pytest.raises(BatchError):
        failing("a0:1", "a1:1")[0](placed("a0:1", "a0:2", "a1:1"))
    app, _ = failing("a0:1", "a1:1", all_failed="report")
    assert reported(app(placed("a0:1", "a0:2", "a1:1"))) == ["a0:1", "a1:1"]


def test_offsets_are_compared_as_integers() -> None:
    app, started = failing("a0:100")
    assert reported(app(placed("a0:8", "a0:100", "a0:99", "a0:1000"))) == ["a0:99"]
    assert started == ["a0:8", "a0:100"]


def test_an_offset_that_is_there_twice_is_reported_once() -> None:
    app, started = failing("a0:5")
    assert reported(app(placed("a0:4", "a0:5", "a0:5", "a0:6"))) == ["a0:5"]
    assert started == ["a0:4", "a0:5"]


def test_the_largest_offset_is_exact() -> None:
    app, _ = failing(f"a0:{2**63 - 1}")
    assert reported(app(placed("a0:1", f"a0:{2**63 - 1}"))) == [f"a0:{2**63 - 1}"]


def test_a_topic_that_cannot_be_written_fails_the_batch() -> None:
    records = [record(topic="\ud800", offset=o, value=b64(f"a0:{o}")) for o in (1, 2)]
    app, _ = failing("a0:2")
    with pytest.raises(BatchError, match="identifier"):
        app(event(*records))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a0", "a1", "b0"]), st.integers(0, 30)), min_size=1, max_size=14),
    st.data(),
)
def test_whatever_is_reported_is_the_lowest_that_is_open_and_is_in_the_event(
    places: list[tuple[str, int]], data: Any
) -> None:
    names = [f"{partition}:{offset}" for partition, offset in places]
    bad = data.draw(st.sets(st.sampled_from(names)))
    app, started = failing(*bad, all_failed="report")
    sent = placed(*names)
    found = reported(app(sent))
    order = [f"{r['topic']}{r['partition']}:{r['offset']}" for held in sent["records"].values() for r in held]
    expected = {}
    for partition in {partition for partition, _ in places}:
        mine = [name for name in order if name.startswith(partition)]
        stop = next((i for i, name in enumerate(mine) if name in bad), None)
        assert [name for name in started if name.startswith(partition)] == mine[
            : None if stop is None else stop + 1
        ]
        if stop is not None:
            expected[partition] = min(int(name.partition(":")[2]) for name in mine[stop:])
    assert {p: int(o) for p, _, o in (name.partition(":") for name in found)} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("change", ["edit", "delete", "all", "clear", "topic"])
def test_identifiers_are_read_before_handlers_run(change: str) -> None:
    app = Router(partial=True)

    @app.kafka("*")
    def handler(record: Any, value: str, event: Any, invocation: Any) -> None:
        if change == "edit":
            record["offset"] = invocation.record["offset"] = 99
            record["topic"] = invocation.record["topic"] = "x"
        elif change == "delete":
            del record["offset"], invocation.record["partition"]
        elif change == "all":
            for held in invocation.event["records"].values():
                for one in held:
                    one["offset"] = 1
        elif change == "clear":
            invocation.event["records"].clear()
        else:
            event["records"]["b-7"] = invocation.event["records"].pop("a-1", [])
        if value in ("a0:2", "a1:1"):
            raise ValueError

    assert reported(app(placed("a0:1", "a0:2", "a0:3", "a1:1"))) == ["a0:2", "a1:1"]


def test_a_drop_goes_on_and_a_missing_route_stops() -> None:
    app, seen = Router(partial=True), []

    @app.kafka("*", pattern={"value": ["a0:1", "a0:2", "a0:4", "a1:2"]})
    def handler(value: str) -> None:
        seen.append(value)
        if value == "a0:1":
            raise Drop

    assert reported(app(placed("a0:1", "a0:2", "a0:3", "a0:4", "a1:2"))) == ["a0:3"]
    assert seen == ["a0:1", "a0:2", "a1:2"]


@pytest.mark.parametrize("outcome", [Retry, Retry("later", after=30), Reject("never")])
def test_retry_and_reject_are_failures(outcome: Any) -> None:
    app = Router(partial=True)

    @app.kafka("*")
    def handler(value: str) -> None:
        if value == "a0:2":
            raise outcome

    assert reported(app(placed("a0:1", "a0:2", "a0:3"))) == ["a0:2"]


def test_what_is_not_started_before_the_deadline_is_reported_for_each_partition() -> None:
    app, context = Router(partial=True), LambdaContext(timeout=3)
    app.kafka("*")(lambda: context.advance(0.8))
    assert reported(app(placed("a0:1", "a0:2", "a0:3", "a0:4", "a1:7", "a1:8"), context)) == ["a0:4", "a1:7"]
    context.advance(1)
    with pytest.raises(BatchError) as info:
        app(placed("a0:1", "a1:1"), context)
    assert (info.value.failed, info.value.not_started) == (0, 2)


def test_a_failure_is_logged_by_its_place_and_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lambda_router")
    app = Router(partial=True)

    @app.kafka("*")
    def handler(value: Any, key: str) -> None:
        if value["id"] == 7:
            raise ValueError(f"{key} {value}")

    ok = record(offset=14, value=b64('{"id": 1}'))
    assert app(event(ok, record()))["batchItemFailures"]
    (line,) = [r.getMessage() for r in caplog.records]
    assert line.startswith("kafka record orders-3:15 failed: ValueError at test_kafka.py")
    assert "customer" not in line


# -- what is declared ----------------------------------------------------------------------------------------


def declared(sent: Any, **options: Any) -> bool:
    """Whether the router sends a partial response for the mapping of the event."""
    app = Router(**options)
    app.kafka("*").drop()
    return bool(app(sent) == {"batchItemFailures": []})


@pytest.mark.parametrize(
    ("partial", "msk", "own"),
    [
        (True, True, True),
        (False, False, False),
        (["orders"], True, True),
        (["order"], False, False),
        ([ARN], True, False),
        (["shop"], False, False),
        ([SERVERS], False, True),
        (["b-2.shop.example.com:9098"], False, True),
        (["other", ARN, "b-1.shop.example.com:9098"], True, True),
        ([ARN[:-1]], False, False),
    ],
)
def test_the_router_names_topics_or_clusters(partial: Any, msk: bool, own: bool) -> None:
    assert declared(event(), partial=partial) is msk
    assert declared(self_managed(), partial=partial) is own


def test_a_route_says_it_of_its_topic_and_its_cluster() -> None:
    app = Router(partial=["orders"])
    app.kafka("orders", cluster="shop", partial=False).drop()
    app.kafka("orders", cluster="depot", partial=True).drop()
    app.kafka("orders", cluster=["b-1.shop.example.com:9098"]).drop()
    assert app(event()) is None
    assert app(event(eventSourceArn=VPC)) == {"batchItemFailures": []}
    assert app(self_managed()) == {"batchItemFailures": []}
    assert app(event()) is None


def test_routes_that_share_a_mapping_agree_on_partial() -> None:
    app = Router()
    app.kafka("orders", cluster="shop", partial=True, pattern={"value": {"a": [1]}}).drop()
    for topic, cluster in (
        ("orders", None),
        ("ord*", "shop"),
        ("orders", ARN),
        ("*", "s*"),
        ("orders", "arn:aws:kafka:*"),
        (["x", "orders"], ["depot", "shop"]),
    ):
        with pytest.raises(ConfigurationError, match="share a mapping"):
            app.kafka(topic, cluster=cluster, partial=False).drop()
    app.kafka("others", partial=False).drop()
    app.kafka("orders", cluster="depot", partial=False).drop()
    app.kafka("orders", cluster=VPC, partial=False).drop()
    app.kafka("orders", cluster="b-1.shop.example.com:9098", partial=False).drop()
    with pytest.raises(ConfigurationError):
        app.kafka("x", partial="yes")(print)  # type: ignore[arg-type]


def test_a_mapping_of_which_two_things_are_said_is_not_partial() -> None:
    """Two servers of one cluster, which nothing at import could know to be one."""
    app = Router(partial=True)
    app.kafka("orders", cluster="b-1.shop.example.com:9098", partial=True).drop()
    app.kafka("orders", cluster="b-2.shop.example.com:9098", partial=False).drop()
    assert app(self_managed()) is None


# -- whole batches -------------------------------------------------------------------------------------------


def test_a_whole_batch_handler_gets_its_records_and_says_what_failed() -> None:
    app, seen = Router(partial=True), []

    @app.kafka.batch("a")
    def handler(records: list[Any], event: Any) -> Any:
        seen.append([record["offset"] for record in records])
        assert event["records"].keys() == {"a-0", "a-1"}
        return [record for record in records if (record["partition"], record["offset"]) in ((0, 2), (1, 5))]

    assert reported(app(placed("a0:1", "a0:2", "a0:3", "a1:4", "a1:5"))) == ["a0:2", "a1:5"]
    assert seen == [[1, 2, 3, 4, 5]]


def test_the_forms_in_which_a_failure_may_be_named() -> None:
    forms: list[Callable[[Any], Any]] = [
        lambda records: [records[1]],
        lambda records: [dict(records[1])],
        lambda records: (KafkaEventRecord(record) for record in records[1:2]),
        lambda records: [{"partition": "a-0", "offset": 2}],
        lambda records: [{"partition": "a-0", "offset": 2, "more": 1}] * 2,
        lambda records: [copy.deepcopy(records[1])],
    ]
    for form in forms:
        app = Router(partial=True)

        @app.kafka.batch("*")
        def handler(records: Any) -> Any:
            return form(records)

        assert reported(app(placed("a0:1", "a0:2", "a1:2"))) == ["a0:2"]


@pytest.mark.parametrize(
    "named",
    [
        [{"partition": "a-0", "offset": 9}],
        [{"partition": "a-0", "offset": "x"}],
        [{"partition": 0, "offset": 1}],
        [{"offset": 1}],
        [{}],
        [RECORD],
        [1],
        [None],
        [("a-0", 1)],
        {"batchItemFailures": []},
        "a0:1",
        7,
    ],
)
def test_a_failure_that_is_not_in_the_batch_fails_all_of_it(named: Any) -> None:
    app = Router(partial=True)

    @app.kafka.batch("*")
    def handler(records: Any) -> Any:
        return named

    with pytest.raises(BatchError) as info:
        app(placed("a0:1", "a0:2", "a1:2"))
    assert info.value.classes == {ResultError.__name__: 2}
    assert info.value.not_started == 1  # behind the first of its partition


def test_a_whole_batch_handler_cannot_rename_a_record() -> None:
    app = Router(partial=True)

    @app.kafka.batch("*")
    def handler(records: Any) -> Any:
        records[1]["offset"] = 1
        return [records[1]]

    assert reported(app(placed("a0:1", "a0:2"))) == ["a0:2"]


def test_a_whole_batch_handler_may_ask_for_records_and_no_more() -> None:
    for signature in ("value", "record", "order: Order"):
        names: dict[str, Any] = {"Order": Order}
        exec(f"def handler({signature}): ...", names)
        with pytest.raises(HandlerSignatureError, match=r"kafka\.batch"):
            Router().kafka.batch("*")(names["handler"])


# -- every form of a handler, every form of an exception -----------------------------------------------------


class Work:
    """Forms of one handler; `done` is what really ran to its end."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def plain(self, value: str) -> None:
        self.done.append(value)

    async def coroutine(self, value: str) -> None:
        await asyncio.sleep(0)
        self.done.append(value)

    def generator(self, value: str) -> Any:
        yield value
        self.done.append(value)

    async def async_generator(self, value: str) -> Any:
        yield value
        self.done.append(value)

    def __call__(self, value: str) -> None:
        self.done.append(value)

    def future(self, value: str) -> Future[None]:
        future: Future[None] = Future()
        future.set_result(self.plain(value))
        return future

    def failed_future(self, value: str) -> Future[None]:
        future: Future[None] = Future()
        future.set_exception(ValueError("in the future"))
        return future

    async def task(self, value: str) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(self.coroutine(value))

    def awaitable(self, value: str) -> Any:
        work = self

        class Awaitable:
            def __await__(self) -> Any:
                return work.coroutine(value).__await__()

        return Awaitable()

    def own_answer(self, value: str) -> Any:
        self.done.append(value)
        return {"batchItemFailures": [{"itemIdentifier": {"partition": "a-0", "offset": 1}}]}


def partially(done: list[str], value: str) -> None:
    done.append(value)


FORMS: dict[str, tuple[Callable[[Work], Any], bool]] = {
    "def": (lambda work: work.plain, True),
    "async def": (lambda work: work.coroutine, True),
    "generator": (lambda work: work.generator, False),
    "async generator": (lambda work: work.async_generator, False),
    "partial": (lambda work: functools.partial(partially, work.done), True),
    "callable object": (lambda work: work, True),
    "future": (lambda work: work.future, True),
    "failed future": (lambda work: work.failed_future, False),
    "task": (lambda work: work.task, True),
    "awaitable": (lambda work: work.awaitable, True),
    "own batchItemFailures": (lambda work: work.own_answer, False),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("partial", [True, False])
def test_no_form_of_a_handler_is_acknowledged_before_it_has_run_to_its_end(form: str, partial: bool) -> None:
    make, runs = FORMS[form]
    work, sent = Work(), placed("a0:1", "a0:2", "a1:1")
    app = Router(partial=partial, all_failed="report")
    app.kafka("*")(make(work))
    if partial:
        assert reported(app(sent)) == ([] if runs else ["a0:1", "a1:1"])
    elif runs:
        assert app(sent) is None
    else:
        with pytest.raises(BatchError):
            app(sent)
    assert not runs or work.done == ["a0:1", "a0:2", "a1:1"]


def bad(*_: Any) -> Any:
    raise RuntimeError("hostile")


def class_of(name: str, **members: Any) -> type[Exception]:
    return type(name, (Exception,), members)


def recursive() -> Any:
    return recursive()


def chained() -> BaseException:
    error = ValueError("outer")
    error.__cause__ = KeyError("inner")
    return error


EXCEPTIONS: dict[str, Callable[[], BaseException]] = {
    "plain": lambda: Exception("text"),
    "subclass": lambda: LookupError("text"),
    "empty": ValueError,
    "str raises": class_of("E", __str__=bad),
    "str is no str": class_of("E", __str__=lambda self: 1),
    "repr raises": class_of("E", __repr__=bad),
    "surrogate": lambda: ValueError("\ud800"),
    "7 MB": lambda: ValueError("x" * 7_000_000),
    "CRLF in the name": class_of("Bad\r\nX-Injected: 1"),
    "chained": chained,
    "group": lambda: ExceptionGroup("both", [ValueError(1), KeyError(2)]),
    "StopIteration": StopIteration,
    "RecursionError": recursive,
    "MemoryError": MemoryError,
    "hostile attributes": class_of("E", title=property(bad), model=property(bad), args=property(bad)),
    "SystemExit": lambda: SystemExit(0),
    "CancelledError": asyncio.CancelledError,
    "GeneratorExit": GeneratorExit,
    "BaseExceptionGroup": lambda: BaseExceptionGroup("all", [SystemExit(1), ValueError()]),
}


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_form_of_an_exception_fails_exactly_its_own_record(
    name: str, asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def handler(value: str) -> None:
        if value == "a0:2":
            raise EXCEPTIONS[name]()
        done.append(value)

    async def later(value: str) -> None:
        await asyncio.sleep(0)
        handler(value)

    for partial in (True, False):
        app = Router()
        app.kafka("*", partial=partial)(later if asynchronous else handler)
        sent = placed("a0:1", "a0:2", "a1:1")
        if partial:
            assert reported(app(sent)) == ["a0:2"]
        else:
            with pytest.raises(BatchError, match="1 of 3"):
                app(sent)
    assert done == ["a0:1", "a1:1"] * 2
    assert all(len(r.getMessage()) < 8192 and r.getMessage().isprintable() for r in caplog.records)
    assert len([r for r in caplog.records if "record a-0:2 failed" in r.getMessage()]) == 2


def test_keyboard_interrupt_passes() -> None:
    app = Router(partial=True)

    @app.kafka("*")
    def handler() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app(placed("a0:1"))


def test_ten_thousand_failures_make_a_bounded_error_and_log(caplog: pytest.LogCaptureFixture) -> None:
    app = Router(partial=True)

    @app.kafka("*")
    def handler(value: Any) -> None:
        raise ValueError(f"canary {value}")

    sent = made("kafka", values=["canary"] * 10_000, partition=list(range(10_000)))
    started = time.perf_counter()
    with pytest.raises(BatchError) as info:
        app(sent)
    assert time.perf_counter() - started < 2
    assert len(str(info.value)) < 4096
    logged = "".join(r.getMessage() for r in caplog.records)
    assert len(logged) < 256 * 1024
    assert "canary" not in logged + str(info.value)


def test_nothing_is_kept_of_a_batch() -> None:
    class Seen:
        pass

    kept: list[Any] = []
    app = Router(partial=True)

    @app.kafka("*")
    def handler(invocation: Any, value: str) -> None:
        mark = Seen()
        invocation.record["mark"] = mark
        kept.append(weakref.ref(mark))
        if value == "a0:2":
            raise ValueError

    app(placed("a0:1", "a0:2", "a1:1"))
    gc.collect()
    assert len(kept) == 3
    assert [ref() for ref in kept] == [None] * 3


def test_asynchronous_records_never_share_a_partition() -> None:
    app, running, most = Router(partial=True), Counter[str](), Counter[str]()

    @app.kafka(["a", "b"], concurrency=8)
    async def handler(value: str, topic: str, partition: int) -> None:
        for counted in (f"{topic}-{partition}", "all"):
            running[counted] += 1
            most[counted] = max(most[counted], running[counted])
        await asyncio.sleep(0.001 if partition else 0.002)
        running[f"{topic}-{partition}"] -= 1
        running["all"] -= 1
        if value == "a1:2":
            raise ValueError

    sent = placed(*(f"{t}{p}:{o}" for t in "ab" for p in range(3) for o in range(4)))
    assert reported(app(sent)) == ["a1:2"]
    assert most.pop("all") > 1
    assert set(most.values()) == {1}


# -- what the client says ------------------------------------------------------------------------------------


def at(partition: str, *offsets: int) -> list[Any]:
    return [{"partition": partition, "offset": offset} for offset in offsets]


def test_what_the_client_says_of_a_topic() -> None:
    app, _ = failing("a0:2", "b")
    out = Client(app).kafka(
        "a", ["a0:1", "a0:2", "a0:3", "b", "c", "d"], partition=[0, 0, 0, 1, 2, 2], offset=8
    )
    assert isinstance(out, BatchResult)
    assert (out.source, out.route) == ("kafka", "failing.<locals>.handler")
    assert out.response == {
        "batchItemFailures": [{"itemIdentifier": one} for one in (*at("a-0", 9), *at("a-1", 8))]
    }
    assert out.failed == [*at("a-0", 9, 10), *at("a-1", 8)]
    assert out.succeeded == [*at("a-0", 8), *at("a-2", 8, 9)]
    assert "3 of 6 succeeded" in repr(out)
    raised = Client(failing("x", partial=False)[0]).kafka("a", ["x", "y"], offset=3)
    assert (raised.failed, raised.succeeded) == (at("a-0", 3, 4), [])
    well = Client(failing()[0]).kafka("a", ["x"], offset=3)
    assert (well.failed, well.succeeded) == ([], at("a-0", 3))


def test_what_the_client_says_of_another_answer() -> None:
    def answer(*identifiers: Any) -> BatchResult:
        failures = [{"itemIdentifier": identifier} for identifier in identifiers]
        out = Client(lambda event, context: {"batchItemFailures": failures}).send(
            placed("a0:9", "a0:10", "a1:2")
        )
        assert isinstance(out, BatchResult)
        return out

    assert answer(*at("a-0", 10)).failed == at("a-0", 10)
    assert answer(*at("a-0", 10, 9)).failed == at("a-0", 9, 10)
    everything = [*at("a-0", 9, 10), *at("a-1", 2)]
    assert answer(*at("a-0", 11)).failed == everything
    assert answer(*at("a-1", 9)).failed == everything
    assert answer("a-0").failed == everything


# -- topics read to their end --------------------------------------------------------------------------------


class Topic:
    """A model of how Lambda reads the partitions of a topic, and of a handler that fails as planned.

    A batch holds what is next of several partitions. Each partition that is reported goes on from its lowest offset, the
    others go on behind the batch; an answer that cannot be read or names what is not there fails the batch.
    https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    """

    def __init__(self, seed: int, *, partitions: int = 4, count: int = 24) -> None:
        self.chance = random.Random(seed)
        self.waiting: dict[str, list[int]] = {}
        for number in range(partitions):
            first = 10 ** self.chance.randint(0, 4) - self.chance.randint(0, 3)
            self.waiting[f"{'ab'[number % 2]}{number}"] = list(range(max(first, 0), max(first, 0) + count))
        self.fails = {
            (partition, offset): self.chance.choice([0, 0, 0, 0, 0, 1, 1, 2])
            for partition, offsets in self.waiting.items()
            for offset in offsets
        }
        self.total = len(self.fails)
        self.succeeded: Counter[tuple[str, int]] = Counter()
        self.now: set[tuple[str, int]] = set()
        self.acknowledged: list[tuple[str, int]] = []
        self.reports: list[list[str]] = []
        self.violations = 0
        self.calls = 0

    def handle(self, value: str) -> None:
        """The handler's work."""
        partition, _, text = value.partition(":")
        offset = int(text)
        before = [o for o in self.waiting[partition] if o < offset and (partition, o) not in self.now]
        self.violations += bool(before)
        if self.fails[partition, offset]:
            self.fails[partition, offset] -= 1
            raise ValueError(value)
        self.succeeded[partition, offset] += 1
        self.now.add((partition, offset))

    def read(self, app: Any, *, report: bool = True) -> Topic:
        """Deliver everything; `report` is the mapping's ReportBatchItemFailures."""
        while any(self.waiting.values()):
            self.calls += 1
            assert self.calls < 60 * self.total, "it never ends"
            batch = {p: o[: self.chance.randint(1, 6)] for p, o in self.waiting.items() if o}
            self.now = set()
            sent = placed(*(f"{p}:{o}" for p, offsets in batch.items() for o in offsets))
            try:
                answer = json.loads(to_json(app(sent, LambdaContext())))
            except Exception:
                continue
            for partition, done in self.done(answer if report else None, batch).items():
                self.acknowledged += [(partition, offset) for offset in self.waiting[partition][:done]]
                del self.waiting[partition][:done]
        return self

    def done(self, answer: Any, batch: dict[str, list[int]]) -> dict[str, int]:
        """How many records of each partition the poller takes for done."""
        lowest: dict[str, int] = {}
        failures = (answer or {}).get("batchItemFailures") or []
        for failure in failures:
            found = failure.get("itemIdentifier")
            if not isinstance(found, dict) or found.keys() != {"partition", "offset"}:
                return {}
            topic, _, number = str(found["partition"]).rpartition("-")
            partition, offset = f"{topic}{number}", found["offset"]
            if type(offset) is not int or offset not in batch.get(partition, ()):
                return {}
            lowest[partition] = min(offset, lowest.get(partition, offset))
        if failures:
            self.reports.append([str(f["itemIdentifier"]["partition"]) for f in failures])
        return {p: sum(o < lowest.get(p, 2**63) for o in offsets) for p, offsets in batch.items()}

    @property
    def lost(self) -> list[tuple[str, int]]:
        """What was acknowledged and has never succeeded."""
        return [place for place in self.acknowledged if not self.succeeded[place]]


def routed(topic: Topic, **options: Any) -> Router:
    app = Router(**options)
    app.kafka("*")(topic.handle)
    return app


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("all_failed", ["raise", "report"])
def test_with_partial_responses_nothing_is_lost_or_done_twice(seed: int, all_failed: str) -> None:
    topic = Topic(seed)
    topic.read(routed(topic, partial=True, all_failed=all_failed))
    assert (topic.lost, topic.violations) == ([], 0)
    assert set(topic.succeeded.values()) == {1}
    assert len(topic.acknowledged) == topic.total
    assert any(len(report) > 1 for report in topic.reports)
    assert all(len(report) == len(set(report)) for report in topic.reports)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("report", [True, False])
def test_without_the_declaration_nothing_is_lost_whatever_the_mapping_says(seed: int, report: bool) -> None:
    topic = Topic(seed)
    topic.read(routed(topic), report=report)
    assert (topic.lost, topic.violations, topic.reports) == ([], 0, [])
    assert len(topic.acknowledged) == topic.total


def test_the_model_sees_what_a_wrong_declaration_loses() -> None:
    """A mapping that does not read reports takes what was reported for done."""
    topics = [Topic(seed) for seed in range(3)]
    assert all(topic.read(routed(topic, partial=True), report=False).lost for topic in topics)


def by_hand(topic: Topic, *, stops: bool = True, first: bool = True, only: int | None = None) -> Any:
    """A handler without the router: right unless it is told to be wrong."""

    def handler(event: Any, context: Any) -> Any:
        failures = []
        for partition, records in event["records"].items():
            mine = []
            for one in records:
                try:
                    topic.handle(base64.b64decode(one["value"]).decode())
                except ValueError:
                    mine.append({"itemIdentifier": {"partition": partition, "offset": one["offset"]}})
                    if stops:
                        break
            failures += mine if first else mine[-1:]
        return {"batchItemFailures": failures[:only]}

    return handler


def test_the_model_sees_planted_bugs() -> None:
    right = Topic(7)
    right.read(by_hand(right))
    assert (right.lost, right.violations, set(right.succeeded.values())) == ([], 0, {1})
    goes_on = Topic(7)
    goes_on.read(by_hand(goes_on, stops=False))
    assert goes_on.violations
    assert max(goes_on.succeeded.values()) > 1
    assert (last := Topic(7)).read(by_hand(last, stops=False, first=False)).lost
    assert (one := Topic(7)).read(by_hand(one, only=1)).lost


# -- real events ---------------------------------------------------------------------------------------------


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "kafka"]
    assert len(files) >= 2
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["kafka"]
        app, seen = Router(partial=True), []

        @app.kafka("mytopic")
        def handler(value: dict[str, Any], key: str, headers: Any, record: KafkaEventRecord) -> None:
            assert value == record.json_value
            assert key.encode() == record.decoded_key
            assert headers == {"headerKey": record.decoded_headers["headerKey"]}
            seen.append(record.offset)

        assert app(sent) == {"batchItemFailures": []}, file
        assert seen == [15]


def test_no_other_label_is_taken_for_a_topic(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        assert (detect(sent) == "kafka") is (label["source"] == "kafka"), file
