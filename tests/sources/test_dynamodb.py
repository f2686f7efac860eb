"""Amazon DynamoDB streams: values, parts, criteria, order and what is reported; windows are in test_kinesis.py too."""

from __future__ import annotations

import base64
import decimal
import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel
from streams import Plan, Shard
from typing_extensions import TypedDict

from lambda_router import (
    BatchError,
    ConfigurationError,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Router,
    detect,
)
from lambda_router.testing import Client, LambdaContext
from lambda_router.testing import event as made

TABLE = "arn:aws:dynamodb:us-west-2:123456789012:table/orders"
STREAM = f"{TABLE}/stream/2026-01-02T03:04:05.678"
NUMBER = "4421584500000000017450439092"
RECORD: dict[str, Any] = {
    "eventID": "c81e728d9d4c2f636f067f89cc14862c",
    "eventName": "MODIFY",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": "us-west-2",
    "dynamodb": {
        "ApproximateCreationDateTime": 1428537600,
        "Keys": {"id": {"N": "101"}},
        "NewImage": {"id": {"N": "101"}, "total": {"N": "9.5"}, "note": {"S": "new"}},
        "OldImage": {"id": {"N": "101"}, "total": {"N": "8"}, "note": {"S": "old"}},
        "SequenceNumber": NUMBER,
        "SizeBytes": 59,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    },
    "eventSourceARN": STREAM,
}
BY_TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
KEYS = {"id": Decimal(101)}
NEW = {"id": Decimal(101), "total": Decimal("9.5"), "note": "new"}
OLD = {"id": Decimal(101), "total": Decimal(8), "note": "old"}


class Order(BaseModel):
    id: int
    total: float


class Row(TypedDict):
    id: int
    note: str


def record(kind: str = "MODIFY", **parts: Any) -> dict[str, Any]:
    """The record above as another kind of change; `parts` of its `dynamodb` are replaced, or with None left out."""
    absent = {"INSERT": ["OldImage"], "REMOVE": ["NewImage"]}.get(kind, [])
    kept = {k: v for k, v in RECORD["dynamodb"].items() if k not in absent}
    merged = {**kept, **parts}
    return {**RECORD, "eventName": kind, "dynamodb": {k: v for k, v in merged.items() if v is not None}}


def event(*records: Any, **parts: Any) -> Any:
    return json.loads(json.dumps({"Records": list(records or (RECORD,)), **parts}))


def numbered(*numbers: Any) -> Any:
    """A batch with these sequence numbers; the item's id says which record it is."""
    return event(
        *(record(SequenceNumber=n, NewImage={"id": {"N": str(i)}}) for i, n in enumerate(numbers, start=0))
    )


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the record."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "Any": Any,
        "Order": Order,
        "Row": Row,
        "Decimal": Decimal,
        "DynamoDBStreamEvent": DynamoDBStreamEvent,
        "DynamoDBRecord": DynamoDBRecord,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.dynamodb("*")(names["handler"])
    app(sent or event(), None)
    return seen[0]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("new_image", NEW),
        ("new_image: dict", NEW),
        ("new_image: Any", NEW),
        ("new_image: dict | None", NEW),
        ("old_image", OLD),
        ("old_image: Order", Order(id=101, total=8)),
        ("image", NEW),
        ("image: Order", Order(id=101, total=9.5)),
        ("keys", KEYS),
        ("keys: dict[str, Decimal]", KEYS),
        ("keys: dict[str, int]", {"id": 101}),
        ("order: Order", Order(id=101, total=9.5)),
        ("order: Order | None", Order(id=101, total=9.5)),
        ("row: Row", {"id": 101, "note": "new"}),
        ("item: dict", NEW),
        ("event_name", "MODIFY"),
        ("table", "orders"),
        ("record", RECORD),
        ("event", {"Records": [RECORD]}),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected
    assert type(value) is type(expected)


def test_all_parts_at_once() -> None:
    found = given_to(
        "order: Order, new_image, old_image, keys, event_name, table, invocation, "
        "record: DynamoDBRecord, event: DynamoDBStreamEvent"
    )
    assert found.pop("record").dynamodb.new_image == NEW
    assert [r.dynamodb.sequence_number for r in found.pop("event").records] == [NUMBER]
    assert found.pop("invocation").source == "dynamodb"
    assert found == {
        "order": Order(id=101, total=9.5),
        "new_image": NEW,
        "old_image": OLD,
        "keys": KEYS,
        "event_name": "MODIFY",
        "table": "orders",
    }


def test_the_payload_is_the_item_after_the_change_or_what_was_removed() -> None:
    new, old = Order(id=101, total=9.5), Order(id=101, total=8)
    for kind, expected in (("INSERT", new), ("MODIFY", new), ("REMOVE", old)):
        assert given_to("order: Order", event(record(kind))) == {"order": expected}
        assert given_to("image: Order", event(record(kind))) == {"image": expected}
        assert given_to("order: Order | None", event(record(kind))) == {"order": expected}


def test_an_image_that_the_stream_does_not_send() -> None:
    for kind, part in (("INSERT", "old_image"), ("REMOVE", "new_image")):
        sent = event(record(kind))
        assert given_to(part, sent) == {part: None}
        assert given_to(f"{part}: Order | None", sent) == {part: None}
        assert given_to(f"{part}: dict = 'mine'", sent) == {part: "mine"}
        for strict in (f"{part}: Order", f"{part}: dict"):
            with pytest.raises(BatchError):
                given_to(strict, sent)
    keys_only = event(record(NewImage=None, OldImage=None, StreamViewType="KEYS_ONLY"))
    assert given_to("order: Order | None, keys", keys_only) == {"order": None, "keys": KEYS}
    assert given_to("image", keys_only) == {"image": None}
    with pytest.raises(BatchError) as info:
        given_to("order: Order", keys_only)
    assert info.value.classes == {"PayloadError": 1}


def test_an_item_that_does_not_validate_fails_its_record() -> None:
    with pytest.raises(BatchError) as info:
        given_to("order: Order", event(record(NewImage={"id": {"S": "x"}})))
    assert info.value.classes == {"PayloadError": 1}


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}, {"Keys": None}])
def test_a_record_without_its_dynamodb_part(odd: Any) -> None:
    sent = event({**RECORD, "dynamodb": odd})
    assert detect(sent) == "dynamodb"
    assert given_to("new_image, old_image, keys, table", sent) == {
        "new_image": None,
        "old_image": None,
        "keys": None,
        "table": "orders",
    }
    with pytest.raises(BatchError):
        given_to("order: Order", sent)


def test_an_arn_that_cannot_be_read_is_its_own_name() -> None:
    for odd in ("orders", "arn:aws:dynamodb:orders", "a:b:c:d:e:table/x", TABLE[:-6], f"{TABLE}:x"):
        assert given_to("table", event({**RECORD, "eventSourceARN": odd})) == {"table": odd}
    assert given_to("table", event({**RECORD, "eventSourceARN": None})) == {"table": ""}


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        ("new_imag", "did you mean 'new_image'"),
        ("order", "on offer"),
        ("a: Order, b: Order", "both ask for the payload"),
        ("detail", "a model under any name gets the image"),
    ],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str, hint: str) -> None:
    with pytest.raises(HandlerSignatureError, match=hint) as info:
        given_to(signature)
    assert "app.dynamodb" in str(info.value)


# -- values --------------------------------------------------------------------------------------------------


def value_of(attribute: Any) -> Any:
    return given_to("new_image", event(record(NewImage={"x": attribute})))["new_image"]["x"]


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ({"S": "é"}, "é"),
        ({"S": ""}, ""),
        ({"N": "101"}, Decimal(101)),
        ({"N": "-0.00001230"}, Decimal("-0.00001230")),
        ({"N": "1E+125"}, Decimal("1E+125")),
        ({"N": "1E-130"}, Decimal("1E-130")),
        ({"N": "9" * 38}, Decimal("9" * 38)),
        ({"B": "AAECA/8="}, b"\x00\x01\x02\x03\xff"),
        ({"B": ""}, b""),
        ({"BOOL": True}, True),
        ({"BOOL": False}, False),
        ({"NULL": True}, None),
        ({"L": []}, []),
        ({"L": [{"S": "a"}, {"N": "1"}, {"L": [{"NULL": True}]}]}, ["a", Decimal(1), [None]]),
        ({"M": {}}, {}),
        ({"M": {"a": {"M": {"b": {"BS": ["AQ=="]}}}}}, {"a": {"b": {b"\x01"}}}),
        ({"SS": ["a", "b", "a"]}, {"a", "b"}),
        ({"NS": ["1", "1.0", "2.5"]}, {Decimal(1), Decimal("2.5")}),
        ({"BS": ["AQ==", "Ag=="]}, {b"\x01", b"\x02"}),
    ],
)
def test_each_type_of_value(attribute: Any, expected: Any) -> None:
    found = value_of(attribute)
    assert found == expected
    assert type(found) is type(expected)
    assert str(found) == str(expected) or isinstance(found, set)


WRONG: list[Any] = [
    *[None, 1, "x", [], {}, {"S": "a", "N": "1"}, {"X": "a"}, {"s": "a"}],
    *[
        {"S": 1},
        {"S": None},
        {"N": 1},
        {"N": "x"},
        {"N": ""},
        {"N": None},
        {"N": " 1"},
        {"N": "1_0"},
        {"N": "NaN"},
        {"N": "-Infinity"},
    ],
    *[{"N": "9" * 39}, {"N": "1E+127"}, {"B": 1}, {"B": "x"}, {"B": "é"}, {"BOOL": "true"}, {"BOOL": 1}],
    *[{"L": {}}, {"L": "ab"}, {"L": None}, {"L": ["a"]}, {"M": []}, {"M": None}, {"M": {"a": "b"}}],
    *[{"SS": "ab"}, {"SS": [1]}, {"SS": {}}, {"SS": [[]]}, {"NS": ["x"]}, {"NS": "12"}, {"BS": ["x"]}],
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_wrong_types_at_every_depth_fail_their_record_alone(wrong: Any) -> None:
    for attribute in (wrong, {"L": [wrong]}, {"M": {"a": wrong}}, {"M": {"a": {"L": [{"M": {"b": wrong}}]}}}):
        for part, key in (("new_image", "NewImage"), ("keys", "Keys"), ("image", "NewImage")):
            with pytest.raises(BatchError) as info:
                given_to(part, event(record(**{key: {"x": attribute}})))
            assert info.value.classes == {"PayloadError": 1}


@pytest.mark.parametrize("wrong", [1, "x", [], True, ["x"]])
def test_images_that_are_no_items(wrong: Any) -> None:
    with pytest.raises(BatchError) as info:
        given_to("order: Order | None", event(record(NewImage=wrong)))
    assert info.value.classes == {"PayloadError": 1}


def test_a_value_nested_without_end_is_a_failure_of_its_record() -> None:
    deep: Any = {"S": "x"}
    for _ in range(20_000):
        deep = {"L": [deep]}
    sent = {"Records": [record(NewImage={"x": deep})]}
    with pytest.raises(BatchError) as info:
        given_to("new_image", sent)
    assert info.value.classes == {"PayloadError": 1}


def test_the_context_of_numbers_is_left_alone() -> None:
    before = decimal.getcontext().copy()
    value_of({"N": "9" * 38})
    with decimal.localcontext() as context:
        context.prec = 3
        assert value_of({"N": "1.23456789"}) == Decimal("1.23456789")
    assert (decimal.getcontext().prec, decimal.getcontext().traps) == (before.prec, before.traps)


DIGITS = st.decimals(allow_nan=False, allow_infinity=False).map(str)
SCALARS = (
    st.fixed_dictionaries({"S": st.text(max_size=5)})
    | st.fixed_dictionaries({"N": DIGITS | st.text("0123456789.eE+-", max_size=45)})
    | st.fixed_dictionaries({"BOOL": st.booleans()})
    | st.just({"NULL": True})
    | st.fixed_dictionaries({"B": st.binary(max_size=5).map(lambda b: base64.b64encode(b).decode())})
    | st.fixed_dictionaries({"SS": st.lists(st.text(max_size=3), max_size=3)})
    | st.fixed_dictionaries({"NS": st.lists(DIGITS, max_size=3)})
)
ATTRIBUTES = st.recursive(
    SCALARS,
    lambda inner: (
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=3), inner, max_size=3)})
    ),
    max_leaves=8,
)


def octets(attribute: Any) -> Any:
    """The attribute as botocore hands it to boto3: binary values as bytes."""
    ((kind, value),) = attribute.items()
    if kind == "B":
        return {kind: base64.b64decode(value)}
    if kind == "L":
        return {kind: [octets(one) for one in value]}
    return {kind: {name: octets(one) for name, one in value.items()}} if kind == "M" else attribute


def plain(value: Any) -> Any:
    """boto3's value with bytes for its Binary."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value.value if type(value).__name__ == "Binary" else value


def finite(value: Any) -> bool:
    """Whether every number in it is one that DynamoDB can hold."""
    if isinstance(value, decimal.Decimal):
        return value.is_finite()
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | set) else ()
    return all(finite(one) for one in inside)


@given(ATTRIBUTES)
def test_values_are_those_of_boto3(attribute: Any) -> None:
    types = pytest.importorskip("boto3.dynamodb.types")
    try:
        expected = plain(types.TypeDeserializer().deserialize(octets(attribute)))
        if not finite(expected):
            raise ValueError
    except (decimal.DecimalException, ValueError):
        with pytest.raises(BatchError):
            value_of(attribute)
        return
    assert repr(value_of(attribute)) == repr(expected) or value_of(attribute) == expected


def test_boto3_is_not_imported() -> None:
    program = """
import sys
from lambda_router import Router
app = Router()
app.dynamodb("orders")(lambda new_image: None)
app({"Records": [{"eventSource": "aws:dynamodb", "eventSourceARN": "arn:aws:dynamodb:x:1:table/orders/stream/1",
                  "dynamodb": {"SequenceNumber": "1", "NewImage": {"id": {"N": "1"}}}}]})
print([name for name in sys.modules if name.partition(".")[0] in ("boto3", "botocore", "pydantic", "asyncio")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- which route ---------------------------------------------------------------------------------------------


def taken_by(sent: Any, *routes: Any) -> list[str]:
    """The names of the routes that take the records: each is the decorator's arguments, `kind` its method."""
    app, seen = Router(), []
    for number, options in enumerate(routes):

        def handler(invocation: Any) -> None:
            seen.append(invocation.route.name)

        kind = options.pop("kind", None)
        decorator = app.dynamodb if kind is None else getattr(app.dynamodb, kind)
        decorator(options.pop("table", "*"), name=f"route {number}", **options)(handler)
    app.default(lambda invocation: seen.append("default"))
    app(sent)
    return seen


@pytest.mark.parametrize(
    ("table", "takes"),
    [
        ("orders", True),
        ("order", False),
        ("ord*", True),
        (STREAM, True),
        (TABLE, True),
        (TABLE[:-1], False),
        (f"{TABLE}/stream/2020-01-01T00:00:00.000", False),
        (f"{TABLE}/stream/*", True),
        ("arn:aws:dynamodb:*:*:table/orders", True),
        ("arn:aws:dynamodb:*:*:table/ord", False),
        (["a", "orders"], True),
        ("", None),
        ([], None),
        (7, None),
        (None, None),
    ],
)
def test_by_table(table: Any, takes: bool | None) -> None:
    if takes is None:
        for decorator in (Router().dynamodb, Router().dynamodb.insert, Router().dynamodb.remove):
            with pytest.raises(ConfigurationError):
                decorator(table)
    else:
        assert taken_by(event(), {"table": table}) == ["route 0" if takes else "default"]


def test_by_kind_of_change() -> None:
    sent = event(*(record(kind) for kind in ("REMOVE", "INSERT", "MODIFY")))
    kinds = [{"kind": "insert"}, {"kind": "modify"}, {"kind": "remove"}]
    assert taken_by(sent, *kinds) == ["route 2", "route 0", "route 1"]
    assert taken_by(sent, {"event_name": ["MODIFY", "REMOVE"]}, {"event_name": "I*"}) == [
        "route 0",
        "route 1",
        "route 0",
    ]


@pytest.mark.parametrize("odd", ["insert", "DELETE", "", ["INSERT", "UPDATE"], 7, [], "i*", print])
def test_a_kind_of_change_that_there_is_not_is_refused(odd: Any) -> None:
    with pytest.raises(ConfigurationError):
        Router().dynamodb("orders", event_name=odd)


def test_by_time_to_live() -> None:
    expired = {**record("REMOVE"), "userIdentity": BY_TTL}
    sent = event(expired, record("REMOVE"), record("INSERT"))
    assert taken_by(sent, {"kind": "remove", "ttl": True}, {}) == ["route 0", "route 1", "route 1"]
    assert taken_by(sent, {"kind": "remove", "ttl": False}, {}) == ["route 1", "route 0", "route 1"]
    assert taken_by(sent, {"ttl": True}, {}) == ["route 0", "route 1", "route 1"]
    assert taken_by(sent, {"ttl": False}, {}) == ["route 1", "route 0", "route 0"]
    assert taken_by(sent, {"kind": "remove", "ttl": None}, {}) == ["route 0", "route 0", "route 1"]
    for odd in (
        None,
        "x",
        [],
        {},
        {"principalId": "dynamodb.amazonaws.com"},
        {**BY_TTL, "principalId": "me"},
    ):
        assert taken_by(event({**expired, "userIdentity": odd}), {"ttl": True}) == ["default"]
    with pytest.raises(ConfigurationError, match="True or False"):
        Router().dynamodb("orders", ttl="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ({"dynamodb": {"NewImage": {"note": {"S": ["new"]}}}}, True),
        ({"dynamodb": {"NewImage": {"note": {"S": ["old"]}}}}, False),
        ({"dynamodb": {"OldImage": {"note": {"S": [{"exists": True}]}}}}, True),
        ({"eventName": ["MODIFY"], "dynamodb": {"Keys": {"id": {"N": ["101"]}}}}, True),
    ],
)
def test_by_pattern_over_the_record_as_it_is_sent(pattern: Any, takes: bool) -> None:
    assert taken_by(event(), {"pattern": pattern}) == ["route 0" if takes else "default"]


def test_equal_criteria_are_refused() -> None:
    app = Router()
    app.dynamodb.insert(["a", "b"]).drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.dynamodb(("b", "a"), event_name="INSERT").drop()
    app.dynamodb.modify(["a", "b"]).drop()
    app.dynamodb.remove(["a", "b"], ttl=True).drop()
    app.dynamodb.remove(["a", "b"], ttl=False).drop()
    assert [repr(route) for route in app.routes][2] == (
        "<dynamodb(table=['a', 'b'], event_name='REMOVE', ttl=True) -> dropped>"
    )


def test_a_drop_route_settles_on_purpose() -> None:
    app = Router(partial=True)
    app.dynamodb("orders", event_name=["MODIFY", "REMOVE"]).drop()
    assert app(event(record("MODIFY"), record("REMOVE"))) == {"batchItemFailures": []}
    with pytest.raises(NoRouteError):
        app(event(record("INSERT")))


def test_routes_that_share_a_mapping_agree_on_partial() -> None:
    app = Router()
    app.dynamodb.insert("orders", partial=True).drop()
    for table in ("orders", "ord*", TABLE, STREAM, "arn:aws:dynamodb:*:*:table/orders"):
        with pytest.raises(ConfigurationError, match="share a mapping"):
            app.dynamodb.remove(table, partial=False).drop()
    app.dynamodb("others", partial=False).drop()
    app = Router()
    app.dynamodb.insert(TABLE, partial=True).drop()
    with pytest.raises(ConfigurationError, match="share a mapping"):
        app.dynamodb.remove(STREAM, partial=False).drop()
    app.dynamodb(TABLE[:-1], partial=False).drop()


@pytest.mark.parametrize("listed", ["orders", TABLE, STREAM])
def test_the_router_may_name_table_or_stream(listed: str) -> None:
    app = Router(partial=[listed])
    app.dynamodb("*")(lambda: None)
    assert app(event()) == {"batchItemFailures": []}
    app = Router(partial=[listed])
    app.dynamodb("orders", partial=False)(lambda: None)
    assert app(event()) is None
    app = Router(partial=["order", TABLE[:-1]])
    app.dynamodb("*")(lambda: None)
    assert app(event()) is None


# -- suggestions ---------------------------------------------------------------------------------------------


def suggested(sent: Any) -> str:
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    assert info.value.source == "dynamodb"
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
    assert suggested(event()) == '@app.dynamodb("orders")'


HOSTILE = [
    "*",
    "a*b",
    "\\",
    "a\\*b",
    '"',
    "'",
    '"""',
    "\n",
    "a\r\nb",
    "\x00",
    "{x}",
    "%s",
    "\u2028",
    "é",
    "a:b",
]


@pytest.mark.parametrize("name", [*HOSTILE, "arn:x", "**", "a/b", "/", "/stream/", "\U0001f600"])
def test_hostile_names_are_suggested_so_that_the_decorator_matches(name: str) -> None:
    table = f"arn:aws:dynamodb:us-west-2:123456789012:table/{name}"
    for source in (table, name, f"{table}/stream/2026-01-02T03:04:05.678", f"{TABLE}/stream/{name}"):
        sent = event({**RECORD, "eventSourceARN": source})
        decorator = suggested(sent)
        assert "\n" not in decorator
        obeyed(decorator, sent)


@given(st.text() | st.text().map(lambda text: f"{TABLE[:-6]}{text}/stream/1"))
@example("")
def test_any_arn_is_suggested_so_that_the_decorator_matches(source: str) -> None:
    sent = event({**RECORD, "eventSourceARN": source})
    obeyed(suggested(sent), sent)


@pytest.mark.parametrize("source", [None, 1, [], {}])
def test_without_an_arn_a_star_is_suggested(source: Any) -> None:
    sent = event({**RECORD, "eventSourceARN": source})
    assert suggested(sent) == '@app.dynamodb("*")'
    obeyed(suggested(sent), sent)


# -- order and reports ---------------------------------------------------------------------------------------


def failing(*indexes: int, **options: Any) -> tuple[Router, list[int]]:
    """An app that fails the records of these indexes, and the indexes that it has started."""
    app, started = Router(**{"partial": True, **options}), []

    @app.dynamodb("*")
    def handler(new_image: dict) -> None:  # type: ignore[type-arg]
        started.append(int(new_image["id"]))
        if new_image["id"] in indexes:
            raise ValueError

    return app, started


def reported(answer: Any) -> list[Any]:
    assert answer.keys() == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_the_first_failure_stops_the_batch_and_is_all_that_is_reported() -> None:
    app, started = failing(1, 3)
    assert reported(app(numbered("10", "11", "12", "13"))) == ["11"]
    assert started == [0, 1]
    assert failing()[0](numbered("10", "11")) == {"batchItemFailures": []}


def test_in_the_default_mode_the_batch_raises_and_stops_too() -> None:
    app, started = failing(1, partial=False)
    with pytest.raises(BatchError) as info:
        app(numbered("10", "11", "12"))
    assert started == [0, 1]
    assert (info.value.failed, info.value.not_started, info.value.total) == (1, 1, 3)
    with pytest.raises(BatchError):
        failing(0)[0](numbered("10", "11"))
    assert reported(failing(0, all_failed="report")[0](numbered("10", "11"))) == ["10"]


@given(
    st.lists(st.integers(0, 10**40 - 1).map(str), min_size=2, max_size=12).flatmap(
        lambda numbers: st.tuples(
            st.just(numbers + numbers[:2]), st.integers(1, len(numbers) + 1), st.randoms()
        )
    )
)
def test_whatever_the_order_nothing_open_is_below_what_is_reported(drawn: Any) -> None:
    numbers, bad, chance = drawn
    chance.shuffle(numbers)
    app, started = failing(bad)
    (lowest,) = reported(app(numbered(*numbers)))
    assert started == list(range(bad + 1))
    assert int(lowest) == min(map(int, numbers[bad:]))


@pytest.mark.parametrize("odd", [None, "", " 7", "7x", "-7", "7.0", "٧", 7, True, [], {}, "9" * 5000])
def test_a_number_that_cannot_be_reported_fails_the_batch(odd: Any) -> None:
    for numbers in (("1", odd), ("1", "2", odd)):
        app, _ = failing(1)
        with pytest.raises(BatchError, match="identifier"):
            app(numbered(*numbers))
    assert failing()[0](numbered("1", odd)) == {"batchItemFailures": []}


def test_numbers_are_read_before_handlers_run() -> None:
    app = Router(partial=True)

    @app.dynamodb("*")
    def handler(record: Any, keys: Any, image: Any) -> None:
        record["dynamodb"]["SequenceNumber"] = "1"
        if image["id"]:
            raise ValueError

    assert reported(app(numbered("10", "11"))) == ["11"]


def test_what_is_not_started_before_the_deadline_is_reported() -> None:
    app, context = Router(partial=True), LambdaContext(timeout=3)
    app.dynamodb("*")(lambda: context.advance(0.8))
    assert reported(app(numbered("8", "9", "10", "11", "100"), context)) == ["11"]
    context.advance(1)
    with pytest.raises(BatchError) as info:
        app(numbered("8", "9"), context)
    assert (info.value.failed, info.value.not_started) == (0, 2)


def test_what_the_client_says_of_a_stream() -> None:
    app, _ = failing(1)
    out = Client(app).dynamodb("t", [{"id": 0}, {"id": 1}, {"id": 2}], sequence_number=["8", "9", "10"])
    assert (out.succeeded, out.failed) == (["8"], ["9", "10"])


def streamed(seed: int, *, count: int = 80, report: bool = True, **options: Any) -> tuple[Plan, Shard]:
    """A shard with numbers of 1 to 40 digits, read to its end."""
    chance = random.Random(seed)
    numbers: set[int] = set()
    while len(numbers) < count:
        numbers.add(chance.randrange(10 ** chance.randint(1, 40)))
    written = [str(n) for n in numbers]
    plan = Plan(seed, written, poison=chance.choice([0, 0.03]), flaky=chance.choice([0.1, 0.4]))
    app = Router(**options)

    @app.dynamodb("orders")
    def handler(record: Any, order: Order) -> None:
        plan.handle(record["dynamodb"]["SequenceNumber"])

    shard = Shard([record(SequenceNumber=n) for n in written], lambda r: r["dynamodb"]["SequenceNumber"])
    shard.read(app, plan, size=chance.randint(1, 25), report=report)
    return plan, shard


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("all_failed", ["raise", "report"])
def test_with_partial_responses_nothing_is_lost_or_done_twice(seed: int, all_failed: str) -> None:
    plan, shard = streamed(seed, partial=True, all_failed=all_failed)
    assert shard.lost(plan) == []
    assert plan.violations == 0
    assert max(plan.succeeded.values()) == 1
    assert all(len(report) == 1 for report in shard.reports)
    assert len(shard.acknowledged) + len(shard.discarded) == len(plan.order)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("report", [True, False])
def test_without_the_declaration_nothing_is_lost_whatever_the_mapping_says(seed: int, report: bool) -> None:
    plan, shard = streamed(seed, report=report)
    assert shard.lost(plan) == []
    assert plan.violations == 0
    assert shard.reports == []


def test_windows_are_passed_on_and_never_ended_with_a_state() -> None:
    app, _ = failing(1)
    images = [{"id": 0}, {"id": 1}]
    sent = made("dynamodb.window", images=images, sequence_number=["8", "9"], state={"sum": 7})
    assert app(sent) == {"batchItemFailures": [{"itemIdentifier": "9"}], "state": {"sum": 7}}
    for given_images in ([{"id": 0}], []):
        with pytest.raises(NoRouteError, match="handle it with @app"):
            app(made("dynamodb.window", images=given_images, state={"sum": 7}, final=True))
    empty = made("dynamodb.window", images=[], final=True)
    assert detect(empty) == "dynamodb"
    assert app(empty) == {"state": {}}


# -- real events ---------------------------------------------------------------------------------------------


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "dynamodb"]
    assert len(files) >= 2
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["dynamodb"]
        app, seen = Router(partial=True), []

        @app.dynamodb("*")
        def handler(item: dict[str, Any], keys: dict, table: str, record: DynamoDBRecord) -> None:  # type: ignore[type-arg]
            assert record.dynamodb is not None
            removed = record.raw_event["eventName"] == "REMOVE"
            assert item == (record.dynamodb.old_image if removed else record.dynamodb.new_image)
            assert keys == record.dynamodb.keys
            assert table
            seen.append(record.dynamodb.sequence_number)

        assert app(sent) == {"batchItemFailures": []}, file
        assert seen == [r["dynamodb"]["SequenceNumber"] for r in sent["Records"]]


def test_no_other_label_is_taken_for_a_table(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        assert (detect(sent) == "dynamodb") is (label["source"] == "dynamodb"), file
