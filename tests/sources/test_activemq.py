"""Amazon MQ for ActiveMQ: parts, criteria, suggestions, odd events; what brokers share is in test_brokers.py."""

from __future__ import annotations

import base64
import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.active_mq_event import ActiveMQEvent, ActiveMQMessage
from hypothesis import example, given
from hypothesis import strategies as st
from misshapen import misshapen, places
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    DuplicateRouteError,
    HandlerSignatureError,
    Invocation,
    NoRouteError,
    Router,
    RouterError,
    detect,
)
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

VALUE = {"id": 7, "total": 9.5, "note": "é"}
TEXT = json.dumps(VALUE, ensure_ascii=False)
ARN = "arn:aws:mq:us-east-2:123456789012:broker:shop:b-1a2b3c4d-5e6f-4708-91a2-b3c4d5e6f708"
MESSAGE: dict[str, Any] = {
    "messageID": "ID:shop-1.mq.us-east-2.amazonaws.com-40112-1781190127418-6:1:1:1:1",
    "messageType": "jms/text-message",
    "deliveryMode": 1,
    "replyTo": "queue://receipts",
    "type": "order-placed",
    "expiration": "60000",
    "priority": 7,
    "correlationId": "basket-42",
    "redelivered": True,
    "destination": {"physicalName": "orders"},
    "data": base64.b64encode(TEXT.encode()).decode(),
    "timestamp": 1545084650987,
    "brokerInTime": 1545084650988,
    "brokerOutTime": 1545084650999,
    "properties": {"kind": "new", "tenant": "north"},
}
HEADERS = {key: value for key, value in MESSAGE.items() if key not in ("data", "properties")}


class Order(BaseModel):
    id: int
    total: float


def event(*changes: Any, source: str = "aws:mq", **parts: Any) -> Any:
    """The message above, once for each mapping of changes, as the runtime delivers it; what is `...` is absent."""
    whole = [{**MESSAGE, **parts, **change} for change in (changes or ({},))]
    messages = [{name: value for name, value in one.items() if value is not ...} for one in whole]
    return json.loads(json.dumps({"eventSource": source, "eventSourceArn": ARN, "messages": messages}))


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the message."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "Any": Any,
        "Order": Order,
        "datetime": datetime,
        "ActiveMQEvent": ActiveMQEvent,
        "ActiveMQMessage": ActiveMQMessage,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.activemq("*")(names["handler"])
    app(sent or event(), None)
    return seen[0]


def taken_by(sent: Any, *routes: dict[str, Any]) -> list[str]:
    """The names of the routes that take the messages of the event, in their order."""
    app, seen = Router(), []
    for number, options in enumerate(routes):

        def handler(invocation: Invocation) -> None:
            assert invocation.route is not None
            seen.append(invocation.route.name)

        app.activemq(options.pop("destination", "*"), name=f"route {number}", **options)(handler)
    app.default(lambda invocation: seen.append("default"))
    app(sent)
    return seen


# -- whose event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["aws:mq", "aws:amq"])
def test_both_names_of_the_source(source: str) -> None:
    assert detect(event(source=source)) == "activemq"
    assert given_to("message_id", event(source=source)) == {"message_id": MESSAGE["messageID"]}


@pytest.mark.parametrize(
    "parts",
    [
        {"eventSource": "aws:rmq"},
        {"eventSource": "mq"},
        {"eventSource": None},
        {"eventSource": ["aws:mq"]},
        {"messages": None},
        {"messages": {}},
        {"messages": "x"},
        {"messages": [MESSAGE, None]},
        {"messages": [[]]},
        {"messages": {"orders": [MESSAGE]}},
    ],
)
def test_what_is_not_of_activemq(parts: Any) -> None:
    assert detect({**event(), **parts}) is None
    assert type(Router().activemq).recognise({**event(), **parts}) is False
    assert detect({"messages": [MESSAGE]}) is None
    assert detect({"Records": [{**MESSAGE, "eventSource": "aws:mq"}]}) is None


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("data", VALUE),
        ("data: Any", VALUE),
        ("data: dict", VALUE),
        ("data: str", TEXT),
        ("data: bytes", TEXT.encode()),
        ("data: Order", Order(id=7, total=9.5)),
        ("order: Order", Order(id=7, total=9.5)),
        ("order: Order | None", Order(id=7, total=9.5)),
        ("message_id", MESSAGE["messageID"]),
        ("message_type", "jms/text-message"),
        ("correlation_id", "basket-42"),
        ("redelivered", True),
        ("redelivered: bool", True),
        ("timestamp", 1545084650987),
        ("timestamp: datetime", datetime(2018, 12, 17, 22, 10, 50, 987_000, tzinfo=UTC)),
        ("properties", {"kind": "new", "tenant": "north"}),
        ("headers", HEADERS),
        ("headers: dict[str, Any]", HEADERS),
        ("destination", "orders"),
        ("broker", "shop"),
        ("record", MESSAGE),
        ("record: dict", MESSAGE),
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
        "order: Order, message_id, message_type, correlation_id, redelivered, timestamp, properties, headers, "
        "destination, broker, invocation, record: ActiveMQMessage, event: ActiveMQEvent"
    )
    assert found.pop("record").json_data == VALUE
    assert [m.destination_physicalname for m in found.pop("event").messages] == ["orders"]
    invocation = found.pop("invocation")
    assert (invocation.source, invocation.record, invocation.event) == ("activemq", MESSAGE, event())
    assert repr(invocation.route) == "<activemq(destination='*') -> handler>"
    assert found == {
        "order": Order(id=7, total=9.5),
        "message_id": MESSAGE["messageID"],
        "message_type": "jms/text-message",
        "correlation_id": "basket-42",
        "redelivered": True,
        "timestamp": 1545084650987,
        "properties": {"kind": "new", "tenant": "north"},
        "headers": HEADERS,
        "destination": "orders",
        "broker": "shop",
    }


def test_the_spellings_of_older_pages() -> None:
    sent = event(destination={"physicalname": "orders"}, correlationId=..., correlationID="basket-43")
    assert given_to("destination, correlation_id", sent) == {
        "destination": "orders",
        "correlation_id": "basket-43",
    }


def test_what_a_message_may_lack() -> None:
    absent = ("correlationId", "properties", "redelivered", "timestamp", "messageType", "destination")
    sent = event(**dict.fromkeys(absent, ...))
    asked = "correlation_id, properties, redelivered, timestamp, message_type, destination"
    assert given_to(asked, sent) == dict.fromkeys(asked.split(", "))


def test_handlers_of_the_old_kind_work_message_by_message() -> None:
    app, seen = Router(), []

    @app.activemq("orders")
    def lambda_handler(event: Any, context: Any) -> None:
        for message in event["messages"]:
            seen.append((message["messageID"], len(event["messages"]), event["eventSourceArn"]))

    app(event({"messageID": "1"}, {"messageID": "2"}))
    assert seen == [("1", 1, ARN), ("2", 1, ARN)]


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        ("dat", "did you mean 'data'"),
        ("queue", "on offer"),
        ("a: Order, b: Order", "both ask for the payload"),
        ("body", "on offer"),
        ("records", "did you mean 'record'"),
    ],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str, hint: str) -> None:
    with pytest.raises(HandlerSignatureError, match=hint) as info:
        given_to(signature)
    assert "app.activemq" in str(info.value)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "takes"),
    [
        ({"destination": "orders"}, True),
        ({"destination": "order"}, False),
        ({"destination": "ord*"}, True),
        ({"destination": ["a", "orders"]}, True),
        ({"destination": "Orders"}, False),
        ({"properties": {"kind": "new"}}, True),
        ({"properties": {"kind": "n*", "tenant": ["south", "north"]}}, True),
        ({"properties": {"kind": "old"}}, False),
        ({"properties": {"kind": "new", "absent": "*"}}, False),
        ({"broker": "shop", "pattern": {"data": {"total": [{"numeric": ["<", 10]}]}}}, True),
        ({"broker": "depot"}, False),
        ({"pattern": {"properties": {"kind": ["new"]}, "priority": [7], "data": {"id": [7]}}}, True),
        ({"pattern": {"priority": [8]}}, False),
    ],
)
def test_criteria(options: Any, takes: bool) -> None:
    assert taken_by(event(), dict(options)) == ["route 0" if takes else "default"]


def test_the_first_route_that_matches_takes_a_message() -> None:
    sent = event(
        {}, {"properties": {"kind": "old"}}, {"destination": {"physicalName": "refunds"}}, {"data": "eA=="}
    )
    routes: list[dict[str, Any]] = [
        {"destination": "orders", "properties": {"kind": "old"}},
        {"destination": "orders", "pattern": {"data": {"id": [7]}}},
        {"destination": "orders"},
    ]
    assert taken_by(sent, *routes) == ["route 1", "route 0", "default", "route 2"]


def test_criteria_that_are_none() -> None:
    for wrong in (None, "", [], 7):
        with pytest.raises(ConfigurationError):
            Router().activemq(wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="properties takes a dict"):
        Router().activemq("a", properties=["kind"])  # type: ignore[arg-type]
    app = Router()
    app.activemq(["a", "b"], broker="x").drop()
    app.activemq(["a", "b"], broker="y").drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.activemq(("b", "a"), broker="x").drop()


def test_routes_show_what_was_written() -> None:
    app = Router()

    @app.activemq("orders", broker="shop", properties={"kind": "new"}, name="new orders")
    def handler(data: Any) -> None: ...

    app.activemq("b*").drop()
    first, second = app.routes
    assert (first.source, first.handler, first.name) == ("activemq", handler, "new orders")
    assert first.criteria == {"destination": "orders", "broker": "shop", "properties": {"kind": "new"}}
    assert repr(second) == "<activemq(destination='b*') -> dropped>"
    assert Client(app).activemq("b1").error is None


# -- suggestions ---------------------------------------------------------------------------------------------


def obeyed(sent: Any) -> str:
    """The decorator that is suggested, pasted above a handler: the event must get there."""
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    assert "\n" not in decorator
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]
    return decorator


@pytest.mark.parametrize("destination", [None, "orders", {}, {"physicalName": None}, {"physicalName": 7}, []])
def test_without_a_queue_a_star_is_suggested(destination: Any) -> None:
    assert obeyed(event(destination=destination)) == '@app.activemq("*")'


@given(st.text())
@example("a*b")
@example("\\")
@example('"""')
@example("\n")
def test_any_queue_is_suggested_so_that_the_decorator_matches(queue: str) -> None:
    obeyed(made("activemq", destination=queue))


# -- odd events ----------------------------------------------------------------------------------------------

EVERY = (
    "data: bytes, message_id, message_type, correlation_id, redelivered, timestamp, properties, headers, destination, "
    "broker, record, event, invocation"
)


@pytest.mark.parametrize("path", places(event()))
def test_wrong_types_at_every_depth_raise_what_is_documented(path: tuple[Any, ...]) -> None:
    app, names = Router(partial=True), {"Any": Any}
    exec(f"def handler({EVERY}): invocation.correlation_id", names)
    app.activemq("never", properties={"kind": "new"}, pattern={"data": {"id": [7]}}, broker="x").drop()
    app.activemq("*", properties={"kind": "never"}, pattern={"data": {"id": [7]}, "priority": [1]}).drop()
    app.activemq("*")(names["handler"])
    for sent in misshapen(event(), path):
        before = copy.deepcopy(sent)
        named = detect(sent)
        assert named == "activemq" or path[:1] in ((), ("eventSource",), ("messages",))
        try:
            assert app(sent) is None
        except RouterError:
            pass
        app.explain(sent).to_dict()
        assert sent == before


@pytest.mark.parametrize("odd", [None, 7, ["x"], {}])
def test_an_odd_id_is_none(odd: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()
    app.activemq("*")(lambda record: 1 / 0)
    with pytest.raises(BatchError):
        app(event({}, {"messageID": odd}))
    assert "activemq record [1] failed: ZeroDivisionError" in caplog.text


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name, sent, _ in samples("activemq")])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    app, seen = Router(), []

    def handler(data: bytes, destination: str, broker: str) -> None:
        seen.append((destination, broker))
        assert data

    app.activemq("orders")(handler)
    assert app(sent) is None
    assert seen == [("orders", "shop")] * len(sent["messages"])


def test_events_that_are_made() -> None:
    one = made(
        "activemq",
        destination="d",
        data=b"\x00",
        properties={"a": "b"},
        message_id="m",
        correlation_id="c",
        redelivered=True,
        broker="depot",
    )
    asked = (
        "data: bytes, destination, properties, message_id, correlation_id, redelivered, broker, message_type"
    )
    assert given_to(asked, one) == {
        "data": b"\x00",
        "destination": "d",
        "properties": {"a": "b"},
        "message_id": "m",
        "correlation_id": "c",
        "redelivered": True,
        "broker": "depot",
        "message_type": "jms/bytes-message",
    }
    ids = [message["messageID"] for message in made("activemq", datas=[1, 2])["messages"]]
    assert len(set(ids)) == 2


def test_real_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    reached = 0
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        named = label["source"] == "activemq"
        assert type(Router().activemq).recognise(sent) is named, file
        if named:
            assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["activemq"]
            app, seen = Router(), []

            def handler(data: bytes, destination: str, properties: dict[str, str], broker: str) -> None:
                seen.append((destination, properties, broker))

            app.activemq("testQueue", properties={"testKey": "*"})(handler)
            assert app(sent) is None
            assert seen == [("testQueue", {"testKey": "testValue"}, "test")] * 3
            reached += 1
    assert reached == 1
