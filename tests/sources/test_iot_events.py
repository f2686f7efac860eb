"""AWS IoT Events: both spellings of the envelope, parts, criteria, and what becomes of an event."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    ResultError,
    Retry,
    Router,
    detect,
)
from lambda_router.sources.iot_events import IotEvents
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

DETECTOR = {"detectorModelName": "pump", "keyValue": "pump-7", "detectorModelVersion": "3"}
STATE = {"stateName": "Overheated", "variables": {"celsius": 96.5}, "timers": {"cooling": 7}}
TRIGGER = {"triggerType": "Message", "inputName": "temperature", "messageId": "m-1"}
PAYLOAD = {"detector": DETECTOR, "eventTriggerDetails": TRIGGER, "actionExecutionId": "x-1", "state": STATE}
SECRET = "hunter2-canary"
KEYS = ("event", "event: ")


class State(BaseModel):
    stateName: str
    variables: dict[str, float]


def happened(key: str = "event", *, payload: Any = None, **changes: Any) -> dict[str, Any]:
    inner = {"eventName": "tooHot", "eventTime": 1776150767318, "payload": {**PAYLOAD, **(payload or {})}}
    return {key: {**inner, **changes}}


def given_to(signature: str, sent: Any = None) -> dict[str, Any]:
    app, seen = Router(), []
    names = {"seen": seen, "State": State}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    app.iot_events("*")(names["handler"])
    assert app(happened() if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, detector_model: Any = "*", **options: Any) -> bool:
    app, seen = Router(), []
    app.iot_events(detector_model, **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_each_part(key: str) -> None:
    sent = happened(key)
    found = given_to(
        "detector, state, trigger_details, payload, event_name, event_time, event, context, invocation", sent
    )
    invocation = found.pop("invocation")
    assert found == {
        "detector": DETECTOR,
        "state": STATE,
        "trigger_details": TRIGGER,
        "payload": PAYLOAD,
        "event_name": "tooHot",
        "event_time": 1776150767318,
        "event": sent,
        "context": None,
    }
    assert (invocation.source, invocation.correlation_id) == ("iot_events", "x-1")
    assert invocation.record is None


def test_annotations() -> None:
    assert given_to("state: State")["state"] == State(stateName="Overheated", variables={"celsius": 96.5})
    assert given_to("event_time: str") == {"event_time": "1776150767318"}


@pytest.mark.parametrize("signature", ["record", "model", "body", "alarm: State"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.iot_events"):
        given_to(signature)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detector_model", "options", "expected"),
    [
        ("pump", {}, True),
        ("pum", {}, False),
        ("pu*", {}, True),
        (["fan", "pump"], {}, True),
        ("*", {"state": "Overheated"}, True),
        ("*", {"state": "Over*"}, True),
        ("*", {"state": ["Normal", "Cold"]}, False),
        ("*", {"event_name": "too*"}, True),
        ("*", {"event_name": "tooCold"}, False),
        (
            "*",
            {"pattern": {"payload": {"state": {"variables": {"celsius": [{"numeric": [">", 90]}]}}}}},
            True,
        ),
        ("*", {"pattern": {"payload": {"eventTriggerDetails": {"triggerType": ["Timer"]}}}}, False),
        ("pump", {"state": "Overheated", "event_name": "tooCold"}, False),
    ],
)
@pytest.mark.parametrize("key", KEYS)
def test_criteria(key: str, detector_model: Any, options: Any, expected: bool) -> None:
    assert takes(happened(key), detector_model, **options) is expected


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.iot_events(["a", "b"], state="s").drop()
    with pytest.raises(DuplicateRouteError):
        app.iot_events({"b", "a"}, state=["s"]).drop()
    for bad in (None, [], "", 7, "a**b"):
        with pytest.raises(ConfigurationError, match="detector_model"):
            app.iot_events(bad).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="parentheses"):
        app.iot_events(lambda state: None)  # type: ignore[arg-type]
    assert repr(app.routes) == "(<iot_events(detector_model=['a', 'b'], state='s') -> dropped>,)"


# -- what becomes of it --------------------------------------------------------------------------------------


def test_what_a_handler_returns_is_ignored() -> None:
    app = Router()
    app.iot_events("*")(lambda: {"not": {"serialisable"}})
    assert app(happened()) is None


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_is_raised(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.iot_events("*")
    def handler(state: Any) -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET):
        app(happened())
    assert SECRET not in caplog.text
    assert "96.5" not in caplog.text


def test_a_drop_settles_it_and_a_generator_does_not() -> None:
    app = Router()

    @app.iot_events("pump", event_name="drop")
    def drop() -> None:
        raise Drop

    @app.iot_events("pump")
    def generator() -> Any:
        yield 1

    assert app(happened(eventName="drop")) is None
    with pytest.raises(ResultError):
        app(happened())


def test_a_coroutine_is_run_to_its_end() -> None:
    app, seen = Router(), []

    @app.iot_events("pump")
    async def handler(event_name: str) -> None:
        seen.append(event_name)

    app(happened())
    assert seen == ["tooHot"]


@pytest.mark.parametrize("model", ["pump", "*", "a*b", "\\", '"', "\n", "{x}", ""])
def test_the_decorator_to_write_matches(model: str) -> None:
    sent = happened(payload={"detector": {"detectorModelName": model}})
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


# -- whose event ---------------------------------------------------------------------------------------------

ODD: list[Any] = [None, True, 0, 1.5, [], [None], {}, {"a": 1}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_detectors_event_is_not_claimed(key: str, odd: Any) -> None:
    for sent in (
        {key: odd},
        happened(key, eventName=odd),
        {key: {**happened()["event"], "payload": odd}},
        happened(key, payload={"detector": odd}),
        happened(key, payload={"detector": {"detectorModelName": odd}}),
        happened(key, payload={"state": odd}),
        happened(key, payload={"state": {"stateName": odd}}),
        happened("event:"),
        happened("Event"),
        [happened(key)],
    ):
        assert detect(sent) is None, sent


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["keyValue", "variables", "a"]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_content_matches_or_not_and_is_explained(content: Any) -> None:
    app = Router()
    app.iot_events("*", pattern={"payload": {"state": {"variables": {"a": [1]}}}}).drop()
    app.iot_events("*")(lambda detector, state, trigger_details, payload, event_name, event_time: None)
    sent = happened(
        payload={
            "eventTriggerDetails": content,
            "actionExecutionId": content,
            "state": {**STATE, "variables": content},
        }
    )
    json.dumps(app.explain(sent).to_dict())
    assert app(sent) is None


def test_both_keys_in_one_event() -> None:
    both = {**happened("event: "), "event": "pump"}
    assert detect(both) == "iot_events"
    assert given_to("event_name", both) == {"event_name": "tooHot"}


@pytest.mark.parametrize("wrapped", ["sqs", "sns"])
def test_an_event_inside_a_message(wrapped: str) -> None:
    app, seen = Router(), []
    app.iot_events("pump")(lambda event_name: seen.append(event_name))
    result = getattr(Client(app), wrapped)("pumps", **{"body" if wrapped == "sqs" else "message": happened()})
    assert result.error is None
    assert seen == ["tooHot"]


# -- samples -------------------------------------------------------------------------------------------------

SAMPLES = [(name, sent) for name, sent, _ in samples("iot_events")]


@pytest.mark.parametrize(("name", "sent"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    found = given_to("detector, state, trigger_details, event_name", sent)
    assert (found["detector"]["detectorModelName"], found["event_name"]) == ("BoilerModel", "pressureRose")
    assert found["trigger_details"]["triggerType"] == ("Timer" if name.endswith("timer") else "Message")
    assert ("event: " in sent) is name.endswith("colon")


def test_events_that_are_made() -> None:
    one = made(
        "iot_events", detector_model="fan", state="Idle", event_name="stopped", key=None, timers={"t": 1}
    )
    found = given_to("detector, state, event_name", one)
    assert found == {
        "detector": {"detectorModelName": "fan", "detectorModelVersion": "3"},
        "state": {"stateName": "Idle", "variables": {}, "timers": {"t": 1}},
        "event_name": "stopped",
    }


def test_the_client_sends_it() -> None:
    app, seen = Router(), []
    app.iot_events("fan", name="mine")(lambda state: seen.append(state["variables"]))
    result = Client(app).iot_events("fan", variables={"rpm": 7})
    assert (result.source, result.route, result.response, seen) == ("iot_events", "mine", None, [{"rpm": 7}])


def test_no_collected_event_is_claimed(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    claimed = [f for f in labels if IotEvents.recognise(json.loads((shared_events / f).read_text()))]
    assert claimed == [f for f, label in labels.items() if label["source"] == "iot_events"]
