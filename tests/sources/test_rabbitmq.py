"""Amazon MQ for RabbitMQ: parts, headers, criteria, suggestions, odd events; what brokers share is in test_brokers.py."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.rabbit_mq_event import RabbitMessage, RabbitMQEvent
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


def sent_as(text: str | bytes) -> dict[str, list[int]]:
    return {"bytes": list(text.encode() if isinstance(text, str) else text)}


PROPERTIES: dict[str, Any] = {
    "contentType": "application/json",
    "contentEncoding": "identity",
    "headers": {
        "kind": sent_as("néw"),
        "seal": sent_as(b"\x00\xff"),
        "signed": {"bytes": [-61, -87]},
        "weight": 12,
        "fragile": True,
        "nothing": None,
        "via": [sent_as("web"), sent_as("gate"), 3],
        "route": {"zone": sent_as("north"), "stops": [{"name": sent_as("a")}]},
        "empty": {"bytes": []},
    },
    "deliveryMode": 1,
    "priority": 34,
    "correlationId": "basket-42",
    "replyTo": "receipts",
    "expiration": "60000",
    "messageId": "order-7",
    "timestamp": "Jun 11, 2026, 3:02:07 PM",
    "type": "order-placed",
    "userId": "web",
    "appId": "shop",
    "clusterId": "blue",
    "bodySize": 38,
}
HEADERS = {
    "kind": "néw",
    "seal": b"\x00\xff",
    "signed": "é",
    "weight": 12,
    "fragile": True,
    "nothing": None,
    "via": ["web", "gate", 3],
    "route": {"zone": "north", "stops": [{"name": "a"}]},
    "empty": "",
}
MESSAGE: dict[str, Any] = {
    "basicProperties": PROPERTIES,
    "redelivered": True,
    "data": base64.b64encode(TEXT.encode()).decode(),
}


class Order(BaseModel):
    id: int
    total: float


def event(*changes: Any, listed: str = "orders::/shop", **parts: Any) -> Any:
    """The message above, once for each mapping of changes, as the runtime delivers it; `parts` are basic properties."""
    basic = {"basicProperties": {**PROPERTIES, **parts}}
    messages = [{**MESSAGE, **basic, **change} for change in (changes or ({},))]
    return listing({listed: messages})


def listing(queues: Any) -> Any:
    whole = {"eventSource": "aws:rmq", "eventSourceArn": ARN, "rmqMessagesByQueue": queues}
    return json.loads(json.dumps(whole))


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the message."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "Any": Any,
        "Order": Order,
        "RabbitMQEvent": RabbitMQEvent,
        "RabbitMessage": RabbitMessage,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.rabbitmq("*")(names["handler"])
    app(sent or event(), None)
    return seen[0]


def taken_by(sent: Any, *routes: dict[str, Any]) -> list[str]:
    """The names of the routes that take the messages of the event, in their order."""
    app, seen = Router(), []
    for number, options in enumerate(routes):

        def handler(invocation: Invocation) -> None:
            assert invocation.route is not None
            seen.append(invocation.route.name)

        app.rabbitmq(options.pop("queue", "*"), name=f"route {number}", **options)(handler)
    app.default(lambda invocation: seen.append("default"))
    app(sent)
    return seen


# -- whose event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"eventSource": "aws:mq"},
        {"eventSource": "rmq"},
        {"eventSource": None},
        {"eventSource": ["aws:rmq"]},
        {"rmqMessagesByQueue": None},
        {"rmqMessagesByQueue": []},
        {"rmqMessagesByQueue": [MESSAGE]},
        {"rmqMessagesByQueue": {"a::/": None}},
        {"rmqMessagesByQueue": {"a::/": MESSAGE}},
        {"rmqMessagesByQueue": {"a::/": [MESSAGE], "b::/": [None]}},
        {"rmqMessagesByQueue": {7: [MESSAGE]}},
    ],
)
def test_what_is_not_of_rabbitmq(parts: Any) -> None:
    assert detect({**event(), **parts}) is None
    assert type(Router().rabbitmq).recognise({**event(), **parts}) is False
    assert detect({"rmqMessagesByQueue": {"a::/": [MESSAGE]}}) is None
    assert detect(listing({"a::/": []})) == "rabbitmq"


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
        ("message_id", "order-7"),
        ("correlation_id", "basket-42"),
        ("redelivered", True),
        ("properties", PROPERTIES),
        ("properties: dict", PROPERTIES),
        ("headers", HEADERS),
        ("headers: dict[str, Any]", HEADERS),
        ("queue", "orders"),
        ("vhost", "/shop"),
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
        "order: Order, message_id, correlation_id, redelivered, properties, headers, queue, vhost, broker, invocation, "
        "record: RabbitMessage, event: RabbitMQEvent"
    )
    assert found.pop("record").json_data == VALUE
    assert [len(held) for held in found.pop("event").rmq_messages_by_queue.values()] == [1]
    invocation = found.pop("invocation")
    assert (invocation.source, invocation.record, invocation.event) == ("rabbitmq", MESSAGE, event())
    assert repr(invocation.route) == "<rabbitmq(queue='*') -> handler>"
    assert found == {
        "order": Order(id=7, total=9.5),
        "message_id": "order-7",
        "correlation_id": "basket-42",
        "redelivered": True,
        "properties": PROPERTIES,
        "headers": HEADERS,
        "queue": "orders",
        "vhost": "/shop",
        "broker": "shop",
    }


@pytest.mark.parametrize(
    ("listed", "queue", "vhost"),
    [
        ("orders::/", "orders", "/"),
        ("orders::", "orders", ""),
        ("::/", "", "/"),
        ("a::b::/", "a::b", "/"),
        ("a:b::c:d", "a:b", "c:d"),
        ("orders", "orders", None),
        ("", "", None),
    ],
)
def test_queue_and_virtual_host(listed: str, queue: str, vhost: str | None) -> None:
    assert given_to("queue, vhost", event(listed=listed)) == {"queue": queue, "vhost": vhost}


def test_each_message_goes_by_its_own_queue() -> None:
    sent = listing({"a::/": [MESSAGE, MESSAGE], "b::x": [MESSAGE], "a::x": [MESSAGE]})
    app, seen = Router(), []

    @app.rabbitmq("*")
    def handler(queue: str, vhost: str, event: Any) -> None:
        seen.append((queue, vhost))
        assert event == listing({f"{queue}::{vhost}": [MESSAGE]})

    app(sent)
    assert seen == [("a", "/"), ("a", "/"), ("b", "x"), ("a", "x")]


@pytest.mark.parametrize("headers", [None, {}, []])
def test_without_headers(headers: Any) -> None:
    assert given_to("headers", event(headers=headers)) == {"headers": {}}
    assert given_to("headers", event({"basicProperties": None})) == {"headers": {}}


@pytest.mark.parametrize("headers", [7, True, "text", ["a"], {"bytes": [104, 105]}])
def test_headers_that_are_no_table_fail_a_message_that_asks_for_them(headers: Any) -> None:
    sent = event(headers=headers)
    assert given_to("message_id", sent) == {"message_id": "order-7"}
    with pytest.raises(BatchError) as info:
        given_to("headers", sent)
    assert info.value.classes == {"PayloadError": 1}


@pytest.mark.parametrize(
    "table",
    [
        {"bytes": [256]},
        {"bytes": [-129]},
        {"bytes": ["a"]},
        {"bytes": [True]},
        {"bytes": [1.5]},
        {"bytes": 7},
        {"bytes": None},
        {"bytes": [104], "length": 1},
        {},
    ],
)
def test_a_table_that_is_no_text_stays_a_table(table: Any) -> None:
    assert given_to("headers", event(headers={"a": table})) == {"headers": {"a": table}}


def test_headers_that_are_nested_too_deeply_fail_their_message() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    sent = event()
    sent["rmqMessagesByQueue"]["orders::/shop"][0]["basicProperties"]["headers"] = {
        "a": deep,
        "kind": sent_as("x"),
    }
    app = Router()
    app.rabbitmq("*", headers={"kind": "x"})(lambda: pytest.fail("its headers cannot be read"))
    app.rabbitmq("*", pattern={"basicProperties": {"headers": {"kind": ["x"]}}})(
        lambda: pytest.fail("as above")
    )
    app.rabbitmq("orders")(lambda headers: pytest.fail("called"))
    with pytest.raises(BatchError) as info:
        app(sent)
    assert info.value.classes == {"PayloadError": 1}


CONTENT = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "x-death"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "bytes", "x-death"]), CONTENT, min_size=2, max_size=4))
def test_headers_come_back_as_they_were_sent(headers: dict[str, Any]) -> None:
    assert given_to("headers", made("rabbitmq", headers=headers)) == {"headers": headers}


@given(st.binary(max_size=8))
def test_bytes_in_headers_are_text_where_they_are_text(raw: bytes) -> None:
    (found,) = given_to("headers", made("rabbitmq", headers={"a": raw}))["headers"].values()
    assert (found if isinstance(found, bytes) else found.encode()) == raw
    try:
        assert found == raw.decode()
    except UnicodeDecodeError:
        assert found == raw


def test_what_a_message_may_lack() -> None:
    for sent in (
        event({"basicProperties": {}, "redelivered": None}),
        event({"basicProperties": [], "redelivered": None}),
    ):
        asked = "message_id, correlation_id, redelivered"
        assert given_to(asked, sent) == dict.fromkeys(asked.split(", "))


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        ("dat", "did you mean 'data'"),
        ("queu", "did you mean 'queue'"),
        ("destination", "on offer"),
        ("a: Order, b: Order", "both ask for the payload"),
        ("header", "did you mean 'headers'"),
    ],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str, hint: str) -> None:
    with pytest.raises(HandlerSignatureError, match=hint) as info:
        given_to(signature)
    assert "app.rabbitmq" in str(info.value)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "takes"),
    [
        ({"queue": "orders"}, True),
        ({"queue": "order"}, False),
        ({"queue": "ord*"}, True),
        ({"queue": ["a", "orders"]}, True),
        ({"queue": "orders::/shop"}, False),
        ({"vhost": "/shop"}, True),
        ({"vhost": "/"}, False),
        ({"vhost": ["/", "/sh*"]}, True),
        ({"vhost": "*"}, True),
        ({"headers": {"kind": "néw"}}, True),
        ({"headers": {"kind": "n*", "signed": ["e", "é"]}}, True),
        ({"headers": {"kind": "old"}}, False),
        ({"headers": {"via": "gate"}}, True),
        ({"headers": {"via": "3"}}, False),
        ({"headers": {"weight": "12"}}, False),
        ({"headers": {"weight": "*"}}, True),
        ({"headers": {"absent": "*"}}, False),
        ({"broker": "shop", "pattern": {"data": {"total": [{"numeric": ["<", 10]}]}}}, True),
        ({"broker": "depot"}, False),
        (
            {
                "pattern": {
                    "basicProperties": {"headers": {"weight": [{"numeric": [">", 10]}]}, "priority": [34]}
                }
            },
            True,
        ),
        (
            {"pattern": {"basicProperties": {"headers": {"kind": ["néw"], "route": {"zone": ["north"]}}}}},
            True,
        ),
        ({"pattern": {"basicProperties": {"headers": {"seal": {"bytes": [255]}}}}}, True),
        ({"pattern": {"basicProperties": {"headers": {"kind": ["old"]}}}}, False),
    ],
)
def test_criteria(options: Any, takes: bool) -> None:
    assert taken_by(event(), dict(options)) == ["route 0" if takes else "default"]


def test_odd_headers_match_no_criterion() -> None:
    for headers in (None, [], 7, "kind", {"bytes": [1]}, {"kind": None}):
        for parts in (
            {"headers": {"kind": "x"}},
            {"pattern": {"basicProperties": {"headers": {"kind": ["x"]}}}},
        ):
            assert taken_by(event(headers=headers), parts) == ["default"]
            assert taken_by(event({"basicProperties": headers}), parts) == ["default"]


def test_the_first_route_that_matches_takes_a_message() -> None:
    sent = listing(
        {
            "orders::/": [MESSAGE, {**MESSAGE, "data": "eA=="}],
            "orders::x": [MESSAGE],
            "refunds::/": [MESSAGE],
        }
    )
    routes: list[dict[str, Any]] = [
        {"queue": "orders", "vhost": "x"},
        {"queue": "orders", "pattern": {"data": {"id": [7]}}},
        {"queue": "orders"},
    ]
    assert taken_by(sent, *routes) == ["route 1", "route 2", "route 0", "default"]


def test_criteria_that_are_none() -> None:
    for wrong in (None, "", [], 7):
        with pytest.raises(ConfigurationError):
            Router().rabbitmq(wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="headers takes a dict"):
        Router().rabbitmq("a", headers=["kind"])  # type: ignore[arg-type]
    app = Router()
    app.rabbitmq(["a", "b"], vhost="x").drop()
    app.rabbitmq(["a", "b"], vhost="y").drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.rabbitmq(("b", "a"), vhost=["x"]).drop()


def test_routes_show_what_was_written() -> None:
    app = Router()

    @app.rabbitmq("orders", vhost="/", headers={"kind": "new"}, name="new orders")
    def handler(data: Any) -> None: ...

    app.rabbitmq("b*").drop()
    first, second = app.routes
    assert (first.source, first.handler, first.name) == ("rabbitmq", handler, "new orders")
    assert first.criteria == {"queue": "orders", "vhost": "/", "headers": {"kind": "new"}}
    assert repr(second) == "<rabbitmq(queue='b*') -> dropped>"
    assert Client(app).rabbitmq("b1").error is None


def test_an_explanation_is_plain_data() -> None:
    app = Router()
    app.rabbitmq("orders", headers={"kind": "never"}).drop()
    app.rabbitmq("orders", pattern={"basicProperties": {"headers": {"seal": ["never"]}}}).drop()
    told = app.explain(event())
    assert "headers" in str(told)
    json.dumps(told.to_dict())


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


def test_the_decorator_to_write() -> None:
    assert obeyed(event()) == '@app.rabbitmq("orders")'
    assert obeyed(event(listed="::/")) == '@app.rabbitmq("*")'


@given(st.text(), st.text())
@example("a*b", "/")
@example("\\", "\\")
@example('"""', "")
@example("\n", "\n")
def test_any_queue_is_suggested_so_that_the_decorator_matches(queue: str, vhost: str) -> None:
    obeyed(made("rabbitmq", queue=queue, vhost=vhost))


# -- odd events ----------------------------------------------------------------------------------------------

EVERY = (
    "data: bytes, message_id, correlation_id, redelivered, properties, headers, queue, vhost, broker, record, event, "
    "invocation"
)


@pytest.mark.parametrize("path", places(event()))
def test_wrong_types_at_every_depth_raise_what_is_documented(path: tuple[Any, ...]) -> None:
    app, names = Router(partial=True), {"Any": Any}
    exec(f"def handler({EVERY}): invocation.correlation_id", names)
    patterns = {"data": {"id": [7]}, "basicProperties": {"headers": {"kind": ["x"]}}}
    app.rabbitmq("never", vhost="x", headers={"kind": "new"}, broker="x").drop()
    app.rabbitmq("*", headers={"kind": "never"}, pattern=patterns).drop()
    app.rabbitmq("*", vhost="*", pattern=patterns).drop()
    app.rabbitmq("*")(names["handler"])
    for sent in misshapen(event(), path):
        before = copy.deepcopy(sent)
        named = detect(sent)
        assert named == "rabbitmq" or path[:1] in ((), ("eventSource",), ("rmqMessagesByQueue",))
        try:
            assert app(sent) is None
        except RouterError:
            pass
        app.explain(sent).to_dict()
        assert sent == before


@pytest.mark.parametrize("odd", [None, "", 7, ["x"], {}])
def test_a_message_without_an_id_is_named_by_its_place(odd: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()
    app.rabbitmq("*")(lambda record: 1 / 0)
    sent = event({}, {"basicProperties": {"messageId": odd}})
    out: Any = Client(app).send(sent)
    assert out.failed == ["order-7", "orders::/shop[1]"]
    assert "rabbitmq record orders::/shop[1] failed: ZeroDivisionError" in caplog.text


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name, sent, _ in samples("rabbitmq")])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    app, seen = Router(), []

    def handler(data: bytes, properties: dict[str, Any], headers: dict[str, Any], broker: str) -> None:
        seen.append(broker)
        assert len(data) == properties["bodySize"]

    app.rabbitmq(["orders", "images", "refunds"], vhost=["/", "shop"])(handler)
    assert app(sent) is None
    assert seen == ["shop"] * sum(map(len, sent["rmqMessagesByQueue"].values()))


def test_events_that_are_made() -> None:
    one = made(
        "rabbitmq",
        queue="q",
        data=b"\x00",
        vhost="v",
        headers={"a": "b"},
        message_id="m",
        correlation_id="c",
        redelivered=True,
        broker="depot",
        priority=3,
    )
    asked = "data: bytes, queue, vhost, headers, message_id, correlation_id, redelivered, broker, properties"
    found = given_to(asked, one)
    properties = found.pop("properties")
    assert (properties["priority"], properties["bodySize"]) == (3, 1)
    assert properties["contentType"] == "application/octet-stream"
    assert found == {
        "data": b"\x00",
        "queue": "q",
        "vhost": "v",
        "headers": {"a": "b"},
        "message_id": "m",
        "correlation_id": "c",
        "redelivered": True,
        "broker": "depot",
    }


def test_real_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    reached = 0
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        named = label["source"] == "rabbitmq"
        assert type(Router().rabbitmq).recognise(sent) is named, file
        if named:
            assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["rabbitmq"]
            found = given_to("data, headers, queue, vhost, broker, message_id", sent)
            assert found == {
                "data": {"timeout": 0, "data": "CZrmf0Gw8Ov4bqLQxD4E"},
                "headers": {"header1": "value1", "header2": "value2", "numberInHeader": 10},
                "queue": "pizzaQueue",
                "vhost": "/",
                "broker": "pizzaBroker",
                "message_id": None,
            }
            reached += 1
    assert reached == 1
