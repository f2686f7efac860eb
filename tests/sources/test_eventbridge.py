"""Amazon EventBridge: parts, criteria and patterns, schedules, arrays of custom buses, suggestions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    Invocation,
    NoRouteError,
    PayloadError,
    Router,
    UnknownEventError,
    detect,
)

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "OrderPlaced",
    "source": "com.shop.orders",
    "account": "111122223333",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": ["arn:aws:shop:us-west-1:111122223333:order/7", "arn:aws:shop:::store/1"],
    "detail": {"id": 7, "total": 250, "lines": [{"sku": "a"}, {"sku": "b"}]},
}
METADATA: dict[str, Any] = {
    "Data": {"id": 8, "total": 50},
    "Metadata": {"tenant": "acme"},
    "SystemMetadata": {
        "ContentType": "application/json",
        "aws:EventId": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111",
        "aws:IngestionTime": "2026-09-23T18:00:00Z",
        "aws:DeliveryType": "LIVE",
    },
}


class Order(BaseModel):
    id: int
    total: float


def event(**changes: Any) -> Any:
    """The event above with other values (`detail_type` for `detail-type`), as the runtime delivers it."""
    return json.loads(
        json.dumps({**EVENT, **{name.replace("_", "-"): value for name, value in changes.items()}})
    )


def scheduled(*resources: str, source: str = "aws.events", detail: Any = None) -> Any:
    return event(source=source, detail_type="Scheduled Event", resources=list(resources), detail=detail or {})


RULE = "arn:aws:events:us-east-1:123456789012:rule/nightly"
BUS_RULE = "arn:aws:events:us-east-1:123456789012:rule/my-bus/nightly"
SCHEDULE = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly"


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the event."""
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Order": Order, "Any": Any, "EventBridgeEvent": EventBridgeEvent}
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.eventbridge()(names["handler"])
    assert app(sent or event()) is None
    return seen[0]


def takes(sent: Any, **options: Any) -> bool:
    app, seen = Router(), []
    app.eventbridge(**options)(lambda: seen.append("route"))
    app.default(lambda event: seen.append("default"))
    app(sent)
    return seen == ["route"]


def on_schedule(sent: Any, *rule: Any) -> bool:
    app, seen = Router(), []
    app.schedule(*rule)(lambda: seen.append("route"))
    app.default(lambda event: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("detail", EVENT["detail"]),
        ("detail: Any", EVENT["detail"]),
        ("detail: dict", EVENT["detail"]),
        ("detail: Order", Order(id=7, total=250)),
        ("order: Order", Order(id=7, total=250)),
        ("detail_type", "OrderPlaced"),
        ("source", "com.shop.orders"),
        ("id", EVENT["id"]),
        ("account", "111122223333"),
        ("account: int", 111122223333),
        ("region", "us-west-1"),
        ("time", "2017-12-22T18:43:48Z"),
        ("resources", EVENT["resources"]),
        ("event", EVENT),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_powertools_and_the_invocation() -> None:
    found = given_to("event: EventBridgeEvent, invocation")
    assert found["event"].detail_type == "OrderPlaced"
    invocation = found["invocation"]
    assert isinstance(invocation, Invocation)
    assert (invocation.source, invocation.correlation_id, invocation.record) == (
        "eventbridge",
        EVENT["id"],
        None,
    )


def test_the_time_may_be_a_datetime() -> None:
    from datetime import UTC, datetime

    app, seen = Router(), []

    @app.eventbridge()
    def handler(time: datetime) -> None:
        seen.append(time)

    app(event())
    assert seen == [datetime(2017, 12, 22, 18, 43, 48, tzinfo=UTC)]


@pytest.mark.parametrize("signature", ["body", "record", "records", "detial", "bus"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.eventbridge"):
        given_to(signature)


def test_a_detail_that_does_not_validate_raises_without_its_content() -> None:
    app = Router()

    @app.eventbridge()
    def handler(order: Order) -> None: ...

    with pytest.raises(PayloadError) as info:
        app(event(detail={"id": "CANARY", "total": 1}))
    assert info.value.part == "detail"
    assert "CANARY" not in str(info.value)


def test_the_text_that_the_scheduler_sends_is_read_as_a_document() -> None:
    sent = scheduled(SCHEDULE, source="aws.scheduler", detail='{"id": 7, "total": 9.5}')
    assert given_to("order: Order", sent) == {"order": Order(id=7, total=9.5)}
    assert given_to("detail: Order", sent) == {"detail": Order(id=7, total=9.5)}
    assert given_to("detail", sent) == {"detail": '{"id": 7, "total": 9.5}'}


def test_the_detail_type_as_java_spells_it() -> None:
    sent = event()
    sent["detailType"] = sent.pop("detail-type")
    assert given_to("detail_type", sent) == {"detail_type": "OrderPlaced"}
    assert takes(sent, detail_type="OrderPlaced")


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"source": "com.shop.orders"}, True),
        ({"source": "com.shop"}, False),
        ({"source": "com.shop.*"}, True),
        ({"source": ["aws.s3", "com.shop.orders"]}, True),
        ({"source": "Com.Shop.Orders"}, False),
        ({"detail_type": "OrderPlaced"}, True),
        ({"detail_type": "Order*"}, True),
        ({"detail_type": "Placed"}, False),
        ({"account": "111122223333", "region": "us-*"}, True),
        ({"account": "111122223334"}, False),
        ({"region": ["eu-west-1", "eu-west-2"]}, False),
        ({"resource": "arn:aws:shop:::store/1"}, True),
        ({"resource": "arn:aws:shop:*:order/*"}, True),
        ({"resource": "store/1"}, False),
        ({"detail": {"total": [{"numeric": [">", 100]}]}}, True),
        ({"detail": {"total": [{"numeric": [">", 250]}]}}, False),
        ({"detail": {"lines": {"sku": ["b"]}}}, True),
        ({"detail": {"absent": [{"exists": False}], "id": [7]}}, True),
        (
            {
                "pattern": {
                    "source": [{"prefix": "com.shop"}],
                    "detail-type": ["OrderPlaced"],
                    "detail": {"id": [7]},
                }
            },
            True,
        ),
        ({"pattern": {"source": ["com.shop.orders"], "account": ["1"]}}, False),
        (
            {
                "source": "com.shop.*",
                "detail_type": "Order*",
                "detail": {"id": [7]},
                "pattern": {"version": ["0"]},
            },
            True,
        ),
        ({"source": "com.shop.*", "detail": {"id": [8]}}, False),
    ],
)
def test_by_envelope_detail_and_pattern(options: Any, expected: bool) -> None:
    assert takes(event(), **options) is expected


def test_a_resource_is_one_of_several_or_of_none() -> None:
    assert not takes(event(resources=[]), resource="*")
    assert not takes(event(resources=None), resource="*")
    assert takes(event(resources=[1, "a"]), resource="a")


def test_the_first_route_that_matches_takes_the_event() -> None:
    app, seen = Router(), []
    app.eventbridge(source="com.*", detail={"total": [{"numeric": [">", 1000]}]})(lambda: seen.append("big"))
    app.eventbridge(source="com.*")(lambda: seen.append("any"))
    app.eventbridge(source="com.shop.orders")(lambda: seen.append("exact"))
    app(event())
    assert seen == ["any"]


def test_equal_criteria_and_wrong_patterns_are_refused() -> None:
    app = Router()
    app.eventbridge(source="a", detail={"x": [1], "y": ["b"]}).drop()
    with pytest.raises(DuplicateRouteError):
        app.eventbridge(source=["a"], detail={"y": ["b"], "x": [1]}).drop()
    with pytest.raises(ConfigurationError):
        app.eventbridge(detail={"x": 1})
    with pytest.raises(ConfigurationError):
        app.eventbridge(source=None, detail_type="")


# -- what is answered ----------------------------------------------------------------------------------------


def test_results_are_ignored_and_an_exception_is_raised_as_it_is() -> None:
    app = Router()
    failure = LookupError("mine")

    @app.eventbridge(source="com.shop.orders")
    def handler(detail: Any) -> Any:
        if detail["id"] == 8:
            raise failure
        return {"ignored": object()}

    assert app(event()) is None
    with pytest.raises(LookupError) as info:
        app(event(detail={"id": 8}))
    assert info.value is failure


def test_a_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.eventbridge()
    def handler() -> None:
        raise LookupError("canary")

    with pytest.raises(LookupError):
        app(event())
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith(
        "eventbridge invocation failed: LookupError at test_eventbridge.py:"
    )
    caplog.clear()
    with pytest.raises(BatchError):
        app([event(), event(id="2")])
    assert [r.levelname for r in caplog.records] == ["WARNING", "WARNING", "ERROR"]
    assert f"record {EVENT['id']} failed" in caplog.text
    assert "canary" not in caplog.text


def test_the_same_id_is_handled_each_time_it_comes() -> None:
    app, seen = Router(), []
    app.eventbridge()(lambda id: seen.append(id))
    for _ in range(2):
        assert app(event()) is None
    assert app([event(), event()]) is None
    assert seen == [EVENT["id"]] * 4


def test_an_event_may_be_dropped() -> None:
    app = Router()
    app.eventbridge(detail={"total": [{"numeric": ["<", 300]}]}).drop()

    @app.eventbridge()
    def handler() -> None:
        raise Drop

    assert app(event()) is None
    assert app(event(detail={"total": 400})) is None


def test_without_a_route_the_nearest_and_no_detail_is_shown() -> None:
    app = Router()
    app.eventbridge(source="com.shop.orders", detail={"total": [{"numeric": [">", 1000]}]}).drop()
    with pytest.raises(NoRouteError) as info:
        app(event(detail={"total": 1, "card": "CANARY"}))
    assert "total" in str(info.value)
    assert "CANARY" not in str(info.value)
    assert info.value.source == "eventbridge"


# -- arrays of custom buses ----------------------------------------------------------------------------------


def test_an_array_of_envelopes_is_routed_element_by_element() -> None:
    app, seen = Router(), []
    app.eventbridge(source="a")(lambda event, id: seen.append(("a", event["id"], id)))
    app.eventbridge(source="b")(lambda event, id: seen.append(("b", event["id"], id)))
    sent = [event(source=s, id=str(n)) for n, s in enumerate("aba")]
    assert detect(sent) == "eventbridge"
    assert app(sent) is None
    assert seen == [("a", "0", "0"), ("b", "1", "1"), ("a", "2", "2")]


def test_an_array_of_one_is_as_the_event_alone() -> None:
    assert given_to("detail, event", [event()]) == {"detail": EVENT["detail"], "event": EVENT}
    app = Router()

    @app.eventbridge()
    def handler() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        app([event()])


def test_an_array_of_data_with_system_metadata() -> None:
    found = given_to("detail, order: Order, id, time, event, source, detail_type, resources", [METADATA])
    assert found == {
        "detail": METADATA["Data"],
        "order": Order(id=8, total=50),
        "id": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111",
        "time": "2026-09-23T18:00:00Z",
        "event": METADATA,
        "source": None,
        "detail_type": None,
        "resources": None,
    }
    assert takes([METADATA], detail={"total": [50]})
    assert takes([METADATA], pattern={"Metadata": {"tenant": ["acme"]}})
    assert not takes([METADATA], source="*", detail={"total": [51]})


def test_one_failure_in_an_array_fails_it_after_all_have_run() -> None:
    app, seen = Router(partial=True), []

    @app.eventbridge()
    def handler(id: str) -> None:
        seen.append(id)
        if id == "1":
            raise ValueError

    with pytest.raises(BatchError, match="1 of 3 eventbridge records failed"):
        app([event(id=str(n)) for n in range(3)])
    assert seen == ["0", "1", "2"]


@pytest.mark.parametrize(
    "other", [{}, {"eventSource": "aws:sqs"}, 1, None, {"info": {}, "arguments": {}}, {"source": "a"}]
)
def test_arrays_of_anything_else_are_not_claimed(other: Any) -> None:
    assert detect([event(), other]) is None
    with pytest.raises(UnknownEventError):
        Router()([other])


@pytest.mark.parametrize(
    "change",
    [{"source": None}, {"source": 1}, {"detail-type": None}, {"detail-type": []}, {"alarmData": {}}],
)
def test_what_is_no_envelope_is_not_claimed(change: Any) -> None:
    assert detect({**EVENT, **change}) is None


# -- schedules -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "source"), [(RULE, "aws.events"), (BUS_RULE, "aws.events"), (SCHEDULE, "aws.scheduler")]
)
def test_a_schedule_by_name_arn_glob_or_any(resource: str, source: str) -> None:
    sent = scheduled(resource, source=source)
    assert detect(sent) == "eventbridge"
    arns = [resource, resource.replace("123456789012", "*"), "arn:aws:*"]
    for rule in ("nightly", "night*", "*", ["weekly", "nightly"], *arns):
        assert on_schedule(sent, rule), rule
    assert on_schedule(sent)
    for rule in ("night", "weekly", "my-bus", "default", "rule/nightly", resource + "x"):
        assert not on_schedule(sent, rule), rule


def test_what_is_not_scheduled_is_no_schedule() -> None:
    for sent in (
        event(resources=[RULE]),
        event(resources=[RULE], source="aws.events"),
        event(resources=[RULE], detail_type="Scheduled Event"),
        event(resources=[RULE], source="aws.ec2", detail_type="Scheduled Event"),
        [METADATA],
    ):
        assert not on_schedule(sent, "*")
        assert not on_schedule(sent, "nightly")
        assert not on_schedule(sent)


def test_a_schedule_without_resources_is_any_schedule() -> None:
    for resources in ([], [None], None):
        sent = event(source="aws.events", detail_type="Scheduled Event", resources=resources)
        assert on_schedule(sent)
        assert not on_schedule(sent, "nightly")


def test_a_schedule_is_an_eventbridge_route_too() -> None:
    app, seen = Router(), []

    @app.schedule("nightly", name="the night")
    def handler(time: str, resources: Any) -> None:
        seen.append((time, resources))

    app.eventbridge(source="aws.events")(lambda: seen.append("other"))
    app(scheduled(RULE))
    app(scheduled(RULE.replace("nightly", "weekly")))
    assert seen == [(EVENT["time"], [RULE]), "other"]
    assert repr(app.routes[0]) == "<eventbridge(schedule='nightly') -> the night>"
    with pytest.raises(DuplicateRouteError):
        again = Router()
        again.schedule("nightly").drop()
        again.schedule(["nightly"]).drop()


# -- suggestions ---------------------------------------------------------------------------------------------


def obeyed(sent: Any) -> str:
    """Paste the suggested decorator above a handler and send the event again: it must get there."""
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]
    return decorator


def test_the_decorator_to_write() -> None:
    assert obeyed(event()) == '@app.eventbridge(source="com.shop.orders", detail_type="OrderPlaced")'
    assert obeyed(scheduled(RULE)) == '@app.schedule("nightly")'
    assert obeyed(scheduled()) == '@app.schedule("*")'
    assert obeyed([METADATA]) == "@app.eventbridge()"


HOSTILE = [
    "*",
    "a*b",
    "\\",
    "\\*",
    '"',
    "'",
    '"""',
    "\n",
    "\x00",
    "{x}",
    "\U0001f600",
    "**",
    "",
    "a/b/",
    "arn:x",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_suggested_so_that_the_decorator_matches(name: str) -> None:
    assert "\n" not in obeyed(event(source=name, detail_type=name))
    assert "\n" not in obeyed(scheduled(f"arn:aws:events:us-east-1:1:rule/{name}"))
    assert "\n" not in obeyed(scheduled(name))


@given(st.text(), st.text())
@example("aws.events", "Scheduled Event")
def test_any_names_are_suggested_so_that_the_decorator_matches(source: str, other: str) -> None:
    obeyed(event(source=source, detail_type=other))
    obeyed(scheduled(other, source="aws.scheduler"))


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "eventbridge"]
    assert len(files) >= 8
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        app, seen = Router(), []

        @app.eventbridge()
        def handler(id: str, time: str, detail: Any, event: Any) -> None:
            assert id
            assert time
            assert detail is not None
            seen.append(event)

        assert app(sent) is None, file
        assert seen == (sent if isinstance(sent, list) else [sent])


def test_an_envelope_that_came_with_metadata_is_taken_out_of_it() -> None:
    app = Router()
    seen: list[Any] = []
    inner = {"id": "e-1", "source": "shop", "detail-type": "OrderPlaced", "detail": {"n": 1}}
    metadata = {"aws:EventId": "x", "aws:Source": "shop", "aws:DetailType": "OrderPlaced"}

    @app.eventbridge(source="shop", detail_type="OrderPlaced")
    def handler(event: Any, detail: Any, id: str) -> None:
        seen.append((event, detail, id))

    app([{"Data": inner, "SystemMetadata": metadata}, {"Data": {"n": 2}, "SystemMetadata": metadata}])
    assert seen[0] == (inner, {"n": 1}, "e-1")
    assert seen[1][1:] == ({"n": 2}, "x")
