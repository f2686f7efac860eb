"""Amazon SQS: parts, criteria, suggestions, and what is answered; batches as such are in test_batch.py."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    DuplicateRouteError,
    HandlerSignatureError,
    Invocation,
    NoRouteError,
    ResultError,
    Router,
    detect,
)

MESSAGE: dict[str, Any] = {
    "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
    "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    "body": '{"id": 7, "total": 9.5, "note": "é"}',
    "attributes": {
        "ApproximateReceiveCount": "3",
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
        "MessageGroupId": "customer-42",
        "MessageDeduplicationId": "dedup-1",
        "SequenceNumber": "18849496460467696128",
        "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793",
    },
    "messageAttributes": {
        "kind": {"stringValue": "new", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "weight": {
            "stringValue": "12.5",
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "Number",
        },
        "seal": {
            "binaryValue": "c2VjcmV0",
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "Binary",
        },
    },
    "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:orders.fifo",
    "awsRegion": "us-east-2",
}


class Order(BaseModel):
    id: int
    total: float


def event(*changes: Any, **parts: Any) -> Any:
    """The message above, once for each mapping of changes, as the runtime delivers it."""
    records = [{**MESSAGE, **parts, **change} for change in (changes or ({},))]
    return json.loads(json.dumps({"Records": records}))


def arn(queue: str) -> str:
    return f"arn:aws:sqs:us-east-2:123456789012:{queue}"


def given_to(handler_source: str, sent: Any = None, **names: Any) -> Any:
    """What a handler with this signature is given for the message."""
    app, seen = Router(), []
    names |= {"seen": seen, "Any": Any, "Order": Order, "SQSEvent": SQSEvent, "SQSRecord": SQSRecord}
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.sqs("*")(names["handler"])
    app(sent or event(), None)
    return seen[0]


# -- parts ---------------------------------------------------------------------------------------------------

BODY = {"id": 7, "total": 9.5, "note": "é"}


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("body", BODY),
        ("body: Any", BODY),
        ("body: dict", BODY),
        ("body: str", MESSAGE["body"]),
        ("body: bytes", MESSAGE["body"].encode()),
        ("body: Order", Order(id=7, total=9.5)),
        ("order: Order", Order(id=7, total=9.5)),
        ("message_id", MESSAGE["messageId"]),
        ("attributes", MESSAGE["attributes"]),
        ("message_attributes", MESSAGE["messageAttributes"]),
        ("group_id", "customer-42"),
        ("receive_count", "3"),
        ("receive_count: int", 3),
        ("queue", "orders.fifo"),
        ("record", MESSAGE),
        ("event", {"Records": [MESSAGE]}),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected
    assert type(value) is type(expected)


def test_all_parts_at_once() -> None:
    found = given_to(
        "message_id, order: Order, group_id, receive_count: int, queue, record: SQSRecord, event: SQSEvent"
    )
    assert found.pop("record").message_attributes["kind"].string_value == "new"
    assert [r.body for r in found.pop("event").records] == [MESSAGE["body"]]
    assert found == {
        "message_id": MESSAGE["messageId"],
        "order": Order(id=7, total=9.5),
        "group_id": "customer-42",
        "receive_count": 3,
        "queue": "orders.fifo",
    }


def test_the_invocation_knows_source_and_route() -> None:
    invocation = given_to("invocation")["invocation"]
    assert isinstance(invocation, Invocation)
    assert invocation.source == "sqs"
    assert invocation.record == MESSAGE
    assert repr(invocation.route) == "<sqs(queue='*') -> handler>"


def test_what_a_standard_queue_does_not_send() -> None:
    sent = event(attributes={"ApproximateReceiveCount": "1"})
    assert given_to("group_id", sent) == {"group_id": None}
    del sent["Records"][0]["eventSourceARN"], sent["Records"][0]["messageAttributes"]
    assert given_to("queue, message_attributes", sent) == {"queue": "", "message_attributes": None}


def test_an_arn_that_cannot_be_read_is_its_own_name() -> None:
    for odd in ("orders", "arn:aws:sqs:orders", "a:b:c:d:e:f", "arn:aws:sqs:us-east-2:1:a:b"):
        assert given_to("queue", event(eventSourceARN=odd)) == {"queue": odd}


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        ("bodi", "did you mean 'body'"),
        ("order", "on offer"),
        ("records", "did you mean 'record'"),
        ("a: Order, b: Order", "both ask for the payload"),
        ("detail", "on offer"),
    ],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str, hint: str) -> None:
    with pytest.raises(HandlerSignatureError, match=hint) as info:
        given_to(signature)
    assert "app.sqs" in str(info.value)


def test_a_whole_batch_handler_may_ask_for_records_and_no_more() -> None:
    app = Router()
    seen: list[Any] = []

    @app.sqs.batch("*")
    def handler(records: Any, event: Any, context: Any, invocation: Any) -> None:
        seen.append((records, event, context, invocation.source))

    app(event({}, {"messageId": "2"}))
    ((records, whole, context, source),) = seen
    assert [r["messageId"] for r in records] == [MESSAGE["messageId"], "2"]
    assert whole == {"Records": records}
    assert (context, source) == (None, "sqs")
    for signature in ("body", "record", "order: Order"):
        names: dict[str, Any] = {"Order": Order}
        exec(f"def handler({signature}): ...", names)
        with pytest.raises(HandlerSignatureError, match=r"sqs\.batch"):
            app = Router()
            app.sqs.batch("*")(names["handler"])


def test_handlers_of_the_old_kind_work_record_by_record() -> None:
    app = Router(partial=True)
    seen: list[Any] = []

    @app.sqs("orders")
    def lambda_handler(event: Any, context: Any) -> None:
        for record in event["Records"]:
            seen.append(record["messageId"])
            if record["messageId"] == "2":
                raise ValueError

    sent = event({"messageId": "1"}, {"messageId": "2"}, {"messageId": "3"}, eventSourceARN=arn("orders"))
    assert app(sent) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert seen == ["1", "2", "3"]


# -- which route ---------------------------------------------------------------------------------------------


def taken_by(sent: Any, *routes: dict[str, Any]) -> list[str]:
    """The names of the routes that take the records of the event, in their order."""
    app, seen = Router(), []
    for number, options in enumerate(routes):

        def handler(invocation: Invocation) -> None:
            assert invocation.route is not None
            seen.append(invocation.route.name)

        app.sqs(options.pop("queue", "*"), name=f"route {number}", **options)(handler)
    app.default(lambda invocation: seen.append("default"))
    app(sent)
    return seen


@pytest.mark.parametrize(
    ("queue", "takes"),
    [
        ("orders.fifo", True),
        ("orders", False),
        ("order*", True),
        ("*.fifo", True),
        (arn("orders.fifo"), True),
        (arn("orders"), False),
        ("arn:aws:sqs:*:*:orders.fifo", True),
        ("arn:aws-cn:sqs:*", False),
        (["a", "orders.fifo"], True),
        ("", None),
        ([], None),
        (7, None),
    ],
)
def test_by_queue(queue: Any, takes: bool | None) -> None:
    if takes is None:
        with pytest.raises(ConfigurationError):
            taken_by(event(), {"queue": queue})
    else:
        assert taken_by(event(), {"queue": queue}) == ["route 0" if takes else "default"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso"])
def test_queues_of_every_partition(partition: str) -> None:
    sent = event(eventSourceARN=f"arn:{partition}:sqs:x:1:orders")
    assert taken_by(sent, {"queue": "orders"}) == ["route 0"]
    assert detect(sent) == "sqs"


def test_several_queues_each_to_its_route_record_by_record() -> None:
    sent = event(*({"eventSourceARN": arn(q), "messageId": q} for q in ("a", "b", "ab", "c", "a")))
    assert taken_by(sent, {"queue": "a"}, {"queue": "a*"}, {"queue": ["b", "c"]}) == [
        "route 0",
        "route 2",
        "route 1",
        "route 2",
        "route 0",
    ]


@pytest.mark.parametrize(
    ("attributes", "takes"),
    [
        ({"kind": "new"}, True),
        ({"kind": "n*"}, True),
        ({"kind": ["old", "new"]}, True),
        ({"kind": "old"}, False),
        ({"weight": "12.5"}, True),
        ({"seal": "c2VjcmV0"}, True),
        ({"kind": "new", "weight": "*"}, True),
        ({"kind": "new", "absent": "*"}, False),
    ],
)
def test_by_message_attribute(attributes: Any, takes: bool) -> None:
    assert taken_by(event(), {"attributes": attributes}) == ["route 0" if takes else "default"]


@pytest.mark.parametrize(
    "found", [None, [], "kind", {"kind": "new"}, {"kind": None}, {"kind": {"stringValue": None}}]
)
def test_odd_message_attributes_match_nothing(found: Any) -> None:
    assert taken_by(event(messageAttributes=found), {"attributes": {"kind": "new"}}) == ["default"]


def test_a_binary_attribute_beside_an_empty_text_one() -> None:
    value = {"stringValue": None, "binaryValue": "c2VjcmV0", "dataType": "Binary"}
    assert taken_by(event(messageAttributes={"seal": value}), {"attributes": {"seal": "c2Vj*"}}) == [
        "route 0"
    ]


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ({"body": {"id": [7]}}, True),
        ({"body": {"id": [8]}}, False),
        ({"body": {"total": [{"numeric": ["<", 10]}]}, "awsRegion": ["us-east-2"]}, True),
        ({"attributes": {"MessageGroupId": [{"prefix": "customer-"}]}}, True),
        ({"messageAttributes": {"kind": {"stringValue": ["new"]}}}, True),
        ({"body": ["text"]}, False),
    ],
)
def test_by_pattern_over_the_record_with_its_body_parsed(pattern: Any, takes: bool) -> None:
    assert taken_by(event(), {"pattern": pattern}) == ["route 0" if takes else "default"]


def test_a_body_that_is_no_json_is_text_to_a_pattern() -> None:
    for body in ("text", "{", "NaN", "[" * 100_000):
        assert taken_by(event(body=body), {"pattern": {"body": {"id": [7]}}}) == ["default"]
    assert taken_by(event(body="text"), {"pattern": {"body": ["text"]}}) == ["route 0"]
    assert taken_by(event(body=None), {"pattern": {"body": {"id": [7]}}}) == ["default"]


def test_the_first_route_that_matches_takes_the_record() -> None:
    routes = [
        {"attributes": {"kind": "old"}},
        {"pattern": {"body": {"id": [7]}}},
        {"attributes": {"kind": "new"}},
        {},
    ]
    assert taken_by(event(), *routes) == ["route 1"]
    assert taken_by(event({"body": "x"}, {"body": "x", "messageAttributes": {}}), *routes) == [
        "route 2",
        "route 3",
    ]


def test_equal_criteria_are_refused() -> None:
    app = Router()
    app.sqs(["a", "b"], attributes={"k": ["x", "y"]}).drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.sqs(("b", "a"), attributes={"k": ["y", "x"]}).drop()
    app.sqs("a").drop()
    with pytest.raises(DuplicateRouteError):
        app.sqs.batch(["a"])(print)
    app.sqs(["a", "b"], attributes={"k": "x"}).drop()


# -- what is seen from outside -------------------------------------------------------------------------------


def test_routes_show_what_was_written() -> None:
    app = Router()

    @app.sqs("orders", attributes={"kind": "new"}, name="new orders")
    def handler(body: Any) -> None: ...

    app.sqs.batch("b*").drop()
    first, second = app.routes
    assert (first.source, first.handler, first.name) == ("sqs", handler, "new orders")
    assert first.criteria == {"queue": "orders", "attributes": {"kind": "new"}}
    assert repr(first) == "<sqs(queue='orders', attributes={'kind': 'new'}) -> new orders>"
    assert repr(second) == "<sqs(queue='b*') -> dropped>"


def test_a_handler_cannot_answer_for_the_batch() -> None:
    app = Router()

    @app.sqs("*")
    def handler(event: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}

    with pytest.raises(BatchError) as info:
        app(event())
    assert info.value.classes == {ResultError.__name__: 1}


def suggested(sent: Any) -> str:
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    assert info.value.source == "sqs"
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
    assert suggested(event()) == '@app.sqs("orders.fifo")'


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
    "\U0001f600",
    "é",
    "a:b",
    "arn:x",
    "**",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_suggested_so_that_the_decorator_matches(name: str) -> None:
    for source in (arn(name), name):
        sent = event(eventSourceARN=source)
        decorator = suggested(sent)
        assert "\n" not in decorator
        obeyed(decorator, sent)


@given(st.text())
@example("arn:aws:sqs:us-east-2:1:")
@example("")
def test_any_arn_is_suggested_so_that_the_decorator_matches(source: str) -> None:
    sent = event(eventSourceARN=source)
    obeyed(suggested(sent), sent)


@pytest.mark.parametrize("source", [None, 1, [], {}])
def test_without_an_arn_a_star_is_suggested(source: Any) -> None:
    sent = event(eventSourceARN=source)
    assert suggested(sent) == '@app.sqs("*")'
    obeyed(suggested(sent), sent)


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "sqs"]
    assert len(files) >= 6
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        app, seen = Router(partial=True), []

        @app.sqs("*")
        def handler(body: str, message_id: str, queue: str, receive_count: int, record: SQSRecord) -> None:
            assert body == record.body
            assert receive_count >= 1
            seen.append((message_id, queue))

        assert app(sent) == {"batchItemFailures": []}, file
        assert [m for m, _ in seen] == [r["messageId"] for r in sent["Records"]]
        assert all(queue for _, queue in seen)


def test_binary_data_is_not_touched() -> None:
    value = base64.b64encode(bytes(range(256))).decode()
    found = {"raw": {"binaryValue": value, "dataType": "Binary"}}
    assert given_to("message_attributes", event(messageAttributes=found))["message_attributes"] == found
