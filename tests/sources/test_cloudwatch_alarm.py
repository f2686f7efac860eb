"""CloudWatch alarms: parts, criteria, what is and is not an alarm, and what becomes of the event."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudWatchAlarmEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PayloadError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.cloudwatch_alarm import CloudWatchAlarm
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

SECRET = "hunter2-canary"
ARN = "arn:aws:cloudwatch:eu-central-1:210987654321:alarm:late"
STATE = {
    "value": "ALARM",
    "reason": "too many",
    "reasonData": "{}",
    "timestamp": "2026-03-04T05:06:07.889+0000",
}
BEFORE = {"value": "OK", "reason": "few", "reasonData": "[]", "timestamp": "2026-03-04T04:06:07.100+0000"}
CONFIGURATION = {"description": "orders", "metrics": [{"id": "m1"}]}
DATA = {"alarmName": "late", "state": STATE, "previousState": BEFORE, "configuration": CONFIGURATION}


class State(BaseModel):
    value: str
    reason: str


def alarm(data: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "alarmArn": ARN,
        "accountId": "210987654321",
        "time": "2026-03-04T05:06:07.890+0000",
        "region": "eu-central-1",
        "alarmData": {**DATA, **(data or {})},
        **changes,
    }


def given_to(signature: str, sent: Any = None) -> dict[str, Any]:
    app, seen = Router(), []
    names = {"seen": seen, "State": State, "CloudWatchAlarmEvent": CloudWatchAlarmEvent}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    app.cloudwatch_alarm("*")(names["handler"])
    assert app(alarm() if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, named: Any = "*", **options: Any) -> bool:
    app, seen = Router(), []
    app.cloudwatch_alarm(named, **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


def test_as_text_an_alarm_is_its_name_and_a_state_its_value() -> None:
    sent = alarm()
    asked = "alarm: str, state: str, previous_state: str, arn: str"
    as_text = {
        "alarm": "late",
        "state": STATE["value"],
        "previous_state": BEFORE["value"],
        "arn": ARN,
    }
    assert given_to(asked, sent) == as_text
    del sent["alarmData"]["previousState"]
    assert given_to("previous_state: str | None", sent) == {"previous_state": None}
    assert given_to("previous_state: str = 'none', state: str = 'none'", sent) == {
        "previous_state": "none",
        "state": STATE["value"],
    }
    with pytest.raises(PayloadError, match="previous_state"):
        given_to("previous_state: str", sent)


def test_each_part() -> None:
    sent = alarm()
    asked = "alarm, state, previous_state, arn, alarm_name, configuration, account, region, time"
    found = given_to(f"{asked}, event, context, invocation", sent)
    invocation = found.pop("invocation")
    assert found == {
        "alarm": DATA,
        "state": STATE,
        "previous_state": BEFORE,
        "arn": ARN,
        "alarm_name": "late",
        "configuration": CONFIGURATION,
        "account": "210987654321",
        "region": "eu-central-1",
        "time": "2026-03-04T05:06:07.890+0000",
        "event": sent,
        "context": None,
    }
    assert (invocation.source, invocation.record, invocation.correlation_id) == (
        "cloudwatch_alarm",
        None,
        None,
    )


def test_annotations() -> None:
    assert given_to("state: State")["state"] == State(value="ALARM", reason="too many")
    typed = given_to("event: CloudWatchAlarmEvent")["event"]
    assert (typed.alarm_data.alarm_name, typed.alarm_data.state.value) == ("late", "ALARM")


@pytest.mark.parametrize("signature", ["record", "name", "body", "order: State", "reason"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.cloudwatch_alarm"):
        given_to(signature)


@pytest.mark.parametrize(
    ("named", "options", "expected"),
    [
        ("late", {}, True),
        ("lat", {}, False),
        ("la*", {}, True),
        (ARN, {}, True),
        ("arn:aws:cloudwatch:*:alarm:late", {}, True),
        ("arn:aws:cloudwatch:*:alarm:lost", {}, False),
        (["lost", "late"], {}, True),
        ("*", {"state": "ALARM"}, True),
        ("*", {"state": "OK"}, False),
        ("*", {"state": ["OK", "ALARM"]}, True),
        ("*", {"previous_state": "OK"}, True),
        ("*", {"previous_state": "INSUFFICIENT_DATA"}, False),
        ("*", {"pattern": {"alarmData": {"state": {"reason": [{"prefix": "too"}]}}}}, True),
        ("*", {"pattern": {"region": ["eu-west-1"]}}, False),
        ("late", {"state": "ALARM", "previous_state": "ALARM"}, False),
    ],
)
def test_criteria(named: Any, options: Any, expected: bool) -> None:
    assert takes(alarm(), named, **options) is expected


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.cloudwatch_alarm(["a", "b"], state="ALARM").drop()
    with pytest.raises(DuplicateRouteError):
        app.cloudwatch_alarm({"b", "a"}, state=["ALARM"]).drop()
    for bad in (None, [], "", 7, "a**b"):
        with pytest.raises(ConfigurationError, match="alarm"):
            app.cloudwatch_alarm(bad).drop()  # type: ignore[arg-type]
    assert repr(app.routes) == "(<cloudwatch_alarm(alarm=['a', 'b'], state='ALARM') -> dropped>,)"


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_is_raised(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.cloudwatch_alarm("*")
    def handler() -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET):
        app(alarm({"state": {**STATE, "reason": "canary-of-the-event"}}))
    assert SECRET not in caplog.text
    assert "canary-of-the-event" not in caplog.text


def test_a_drop_settles_it_a_result_is_ignored_and_a_generator_is_a_failure() -> None:
    app = Router()

    @app.cloudwatch_alarm("late", state="OK")
    def drop() -> None:
        raise Drop

    @app.cloudwatch_alarm("late", state="ALARM")
    def result() -> Any:
        return {"not": {"serialisable"}}

    @app.cloudwatch_alarm("late")
    def generator() -> Any:
        yield 1

    assert app(alarm({"state": {**STATE, "value": "OK"}})) is None
    assert app(alarm()) is None
    with pytest.raises(ResultError):
        app(alarm({"state": {**STATE, "value": "INSUFFICIENT_DATA"}}))


@pytest.mark.parametrize("named", ["late", "*", "a*b", "\\", '"', "\n", "{x}", "", "arn:x"])
def test_the_decorator_to_write_matches(named: str) -> None:
    sent = alarm({"alarmName": named})
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    app, seen = Router(), []
    exec(f"{info.value.suggestion}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


# -- whose event ---------------------------------------------------------------------------------------------


def test_what_is_no_alarm_is_not_claimed() -> None:
    for path in [("alarmArn",), ("alarmData",), ("alarmData", "alarmName"), ("alarmData", "state", "value")]:
        for odd in misshapen(alarm(), path):
            found = odd
            for key in path:
                found = found.get(key) if isinstance(found, dict) else None
            if not isinstance(found, str):
                assert detect(odd) is None, odd
    assert detect([alarm()]) is None
    assert detect({**alarm(), "detail-type": "CloudWatch Alarm State Change"}) == "cloudwatch_alarm"


def test_wrong_types_at_every_depth_are_handled_or_refused() -> None:
    app = Router()
    app.cloudwatch_alarm("late", state="ALARM", pattern={"alarmData": {"state": {"reason": ["x"]}}}).drop()
    app.cloudwatch_alarm("*")(lambda alarm, state, previous_state, arn, configuration: None)
    for path in places(alarm()):
        for odd in misshapen(alarm(), path):
            before = copy.deepcopy(odd)
            json.dumps(app.explain(odd).to_dict())
            try:
                assert app(odd) is None
            except RouterError:
                assert not CloudWatchAlarm.recognise(odd)
            assert odd == before


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(max_size=4), st.none() | st.integers() | st.text(max_size=4), max_size=4))
def test_any_configuration_is_handed_over(content: Any) -> None:
    assert given_to("configuration", alarm({"configuration": content})) == {"configuration": content}


@pytest.mark.parametrize("wrapped", ["sqs", "sns"])
def test_an_event_inside_a_message(wrapped: str) -> None:
    app, seen = Router(), []
    app.cloudwatch_alarm("late")(lambda arn: seen.append(arn))
    result = getattr(Client(app), wrapped)("alarms", **{"body" if wrapped == "sqs" else "message": alarm()})
    assert result.error is None
    assert seen == [ARN]


# -- samples -------------------------------------------------------------------------------------------------

SAMPLES = {name: sent for name, sent, _ in samples("cloudwatch_alarm")}


def test_each_sample_is_handled() -> None:
    asked = {
        name: given_to("alarm_name, state, previous_state, region", sent) for name, sent in SAMPLES.items()
    }
    found = {
        name: (part["alarm_name"], part["state"]["value"], part["previous_state"]["value"], part["region"])
        for name, part in asked.items()
    }
    assert found == {
        "cloudwatch_alarm.composite": ("shop-down", "OK", "ALARM", "us-west-2"),
        "cloudwatch_alarm.expression": ("error-rate", "INSUFFICIENT_DATA", "ALARM", "cn-north-1"),
        "cloudwatch_alarm.metric": ("checkout-latency", "ALARM", "OK", "eu-central-1"),
    }


def test_events_that_are_made_and_sent() -> None:
    one = made("cloudwatch_alarm.composite", alarm="down", state="OK", previous_state="ALARM")
    found = given_to("alarm_name, state, previous_state, arn, configuration", one)
    assert found["arn"].endswith(":alarm:down")
    assert (found["state"]["value"], found["previous_state"]["value"]) == ("OK", "ALARM")
    assert "alarmRule" in found["configuration"]
    with pytest.raises(ValueError, match="ALARM"):
        made("cloudwatch_alarm", state="alarm")
    app, seen = Router(), []
    app.cloudwatch_alarm("late", name="mine")(lambda state: seen.append(state["value"]))
    result = Client(app).cloudwatch_alarm("late", "INSUFFICIENT_DATA")
    assert (result.source, result.route, result.response) == ("cloudwatch_alarm", "mine", None)
    assert seen == ["INSUFFICIENT_DATA"]


def test_the_collected_events_are_named_right(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    read = {file: json.loads((shared_events / file).read_text()) for file in labels}
    claimed = [file for file, sent in read.items() if CloudWatchAlarm.recognise(sent)]
    assert claimed == [file for file, label in labels.items() if label["source"] == "cloudwatch_alarm"] != []
    assert [takes(read[file]) for file in claimed] == [True] * len(claimed)
