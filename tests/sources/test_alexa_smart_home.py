"""Smart home skills of Alexa: parts, criteria, answers in every version, errors, hostile events."""

from __future__ import annotations

import copy
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places, replaced
from models import Refused
from models import alexa_smart_home as model
from pydantic import BaseModel

from lambda_router import (
    ConcealedError,
    ConfigurationError,
    Drop,
    HandlerSignatureError,
    HTTPError,
    Invocation,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.testing import Client, event
from lambda_router.testing.events import names, samples

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EVENT: dict[str, Any] = {
    "directive": {
        "header": {
            "namespace": "Alexa.BrightnessController",
            "name": "SetBrightness",
            "messageId": "message-1",
            "correlationToken": "correlation-1",
            "payloadVersion": "3",
        },
        "endpoint": {
            "scope": {"type": "BearerToken", "token": "token-1"},
            "endpointId": "lamp",
            "cookie": {"room": "hall"},
        },
        "payload": {"brightness": 42},
    }
}
OLDER: dict[str, Any] = {
    "header": {
        "namespace": "Alexa.ConnectedHome.Control",
        "name": "TurnOnRequest",
        "messageId": "message-2",
        "payloadVersion": "2",
    },
    "payload": {"accessToken": "token-2", "appliance": {"applianceId": "door"}},
}
OLDEST: dict[str, Any] = {
    "header": {"namespace": "Control", "name": "SwitchOnOffRequest", "payloadVersion": "1"},
    "payload": {"accessToken": "token-3", "appliance": {"applianceId": "fan"}},
}
PROPERTY = {
    "namespace": "Alexa.BrightnessController",
    "name": "brightness",
    "value": 42,
    "timeOfSample": "2030-01-02T03:04:05Z",
    "uncertaintyInMilliseconds": 500,
}
LAMP = {
    "endpointId": "lamp",
    "manufacturerName": "Shop",
    "description": "A lamp",
    "friendlyName": "Lamp",
    "displayCategories": ["LIGHT"],
    "capabilities": [{"type": "AlexaInterface", "interface": "Alexa", "version": "3"}],
}
EVENTS = [name for name in names() if name.startswith("alexa_smart_home")]


class Brightness(BaseModel):
    brightness: int


def ask(result: Any, sent: Any = None) -> Any:
    """The answer to what a handler returns (or, if it is an exception, raises), judged by the model."""
    app = Router()

    @app.alexa_smart_home("*", "*")
    def handler() -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    asked = EVENT if sent is None else sent
    before = json.dumps(asked)
    done = Client(app).send(asked).raise_for_error()
    assert json.dumps(asked) == before
    model.check(done.response, asked)
    return done.response


def refused(result: Any, sent: Any = None) -> ResultError:
    """What the room has against a result; the caller gets an ErrorResponse, which the model judges."""
    asked = EVENT if sent is None else sent
    answer = ask(result, asked)
    assert (answer.get("event") or answer)["header"]["name"] in ("ErrorResponse", "DriverInternalError")
    room = Router().alexa_smart_home
    with pytest.raises(ResultError) as info:
        room.shape(result, Invocation(asked, None, app=room.app))
    return info.value


def given_to(source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given."""
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Any": Any, "Brightness": Brightness}
    exec(f"def handler({source}):\n seen.append(dict(locals()))\n return {{}}", names)
    app.alexa_smart_home("*", "*")(names["handler"])
    Client(app).send(EVENT if sent is None else sent).raise_for_error()
    return seen[0]


def takes(namespace: Any, directive: Any, sent: Any = None, **options: Any) -> bool:
    """Whether a route with these arguments takes the event."""
    app, seen = Router(), []
    app.alexa_smart_home(namespace, directive, **options)(lambda: seen.append("route") or {})
    app.default(lambda: seen.append("default") or {})
    app(EVENT if sent is None else sent)
    return seen == ["route"]


# -- parts and routes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("directive", EVENT["directive"]),
        ("header", EVENT["directive"]["header"]),
        ("endpoint", EVENT["directive"]["endpoint"]),
        ("endpoint: dict", EVENT["directive"]["endpoint"]),
        ("payload", {"brightness": 42}),
        ("payload: Brightness", Brightness(brightness=42)),
        ("event", EVENT),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


@pytest.mark.parametrize("sent", [OLDER, OLDEST])
def test_parts_of_the_older_forms(sent: Any) -> None:
    assert given_to("directive, header, endpoint, payload", sent) == {
        "directive": sent,
        "header": sent["header"],
        "endpoint": None,
        "payload": sent["payload"],
    }


@pytest.mark.parametrize("signature", ["brightness: Brightness", "slots", "body"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.alexa_smart_home"):
        given_to(signature)


@pytest.mark.parametrize(
    ("namespace", "directive", "options", "expected"),
    [
        ("Alexa.BrightnessController", "SetBrightness", {}, True),
        ("Alexa.BrightnessController", "AdjustBrightness", {}, False),
        ("Alexa", "SetBrightness", {}, False),
        ("Alexa.*", "*", {}, True),
        (["Alexa.PowerController", "Alexa.B*"], ["TurnOn", "Set*"], {}, True),
        ("*", "*", {"endpoint": "lamp"}, True),
        ("*", "*", {"endpoint": ["door", "la*"]}, True),
        ("*", "*", {"endpoint": "door"}, False),
    ],
)
def test_criteria(namespace: Any, directive: Any, options: dict[str, Any], expected: bool) -> None:
    assert takes(namespace, directive, **options) is expected


def test_the_older_forms_have_namespaces_names_and_devices_too() -> None:
    assert takes("Alexa.ConnectedHome.*", "TurnOnRequest", OLDER, endpoint="door")
    assert takes("Control", "SwitchOnOffRequest", OLDEST, endpoint="fan")
    assert not takes("Alexa.*", "*", OLDEST)


def test_what_to_write_is_suggested() -> None:
    app = Router()
    app.alexa_smart_home("Alexa.PowerController", "TurnOn")(lambda: {"event": {}})
    written = '@app.alexa_smart_home("Alexa.BrightnessController", "SetBrightness")'
    assert app.explain(EVENT).suggestion == written
    answer = app(EVENT)
    model.check(answer, EVENT)
    assert answer["event"]["payload"]["type"] == "INVALID_DIRECTIVE"


def test_a_directive_is_named_whole() -> None:
    app: Any = Router()
    with pytest.raises(TypeError):
        app.alexa_smart_home("Alexa.PowerController", name="TurnOn")  # `name` is the route's
    for wrong in (None, 7, []):
        with pytest.raises(ConfigurationError):
            app.alexa_smart_home("Alexa", wrong)


# -- results -------------------------------------------------------------------------------------------------


def test_an_empty_answer_says_that_it_was_done() -> None:
    answer = ask({})
    message = answer["event"]["header"].pop("messageId")
    assert UUID.fullmatch(message)
    assert answer == {
        "event": {
            "header": {
                "namespace": "Alexa",
                "name": "Response",
                "payloadVersion": "3",
                "correlationToken": "correlation-1",
            },
            "endpoint": {"endpointId": "lamp"},
            "payload": {},
        }
    }
    assert message != ask({})["event"]["header"]["messageId"]


def test_what_changed_goes_in_the_context() -> None:
    assert ask({"context": {"properties": [PROPERTY]}})["context"] == {"properties": [PROPERTY]}


def test_a_complete_event_goes_as_it_is() -> None:
    whole = {
        "event": {
            "header": {**EVENT["directive"]["header"], "namespace": "Alexa", "name": "DeferredResponse"},
            "endpoint": {"endpointId": "lamp", "scope": {"type": "BearerToken", "token": "theirs"}},
            "payload": {"estimatedDeferralInSeconds": 5},
        }
    }
    assert ask(whole) == whole


def test_an_error_of_the_handlers_own() -> None:
    told = {
        "header": {"namespace": "Alexa.ThermostatController", "name": "ErrorResponse"},
        "payload": {"type": "THERMOSTAT_IS_OFF", "message": "It is off."},
    }
    answer = ask({"event": told})
    assert answer["event"]["payload"] == told["payload"]
    assert answer["event"]["header"]["correlationToken"] == "correlation-1"


def test_discovery_authorization_and_reports_have_answers_of_their_own() -> None:
    found = ask({"event": {"payload": {"endpoints": [LAMP]}}}, event("alexa_smart_home.discover"))
    assert found["event"]["header"]["namespace"] == "Alexa.Discovery"
    assert found["event"]["header"]["name"] == "Discover.Response"
    assert "correlationToken" not in found["event"]["header"]
    assert "endpoint" not in found["event"]
    granted = ask({}, event("alexa_smart_home.accept_grant"))["event"]
    assert (granted["header"]["name"], granted["payload"]) == ("AcceptGrant.Response", {})
    report = ask({"context": {"properties": [PROPERTY]}}, event("alexa_smart_home.report_state"))
    assert report["event"]["header"]["name"] == "StateReport"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (OLDER, "TurnOnConfirmation"),
        (
            event(
                "alexa_smart_home.version_2",
                namespace="Alexa.ConnectedHome.Discovery",
                directive="DiscoverAppliancesRequest",
            ),
            "DiscoverAppliancesResponse",
        ),
        (
            event(
                "alexa_smart_home.version_2",
                namespace="Alexa.ConnectedHome.Query",
                directive="GetLockStateRequest",
            ),
            "GetLockStateResponse",
        ),
        (OLDEST, "SwitchOnOffResponse"),
    ],
)
def test_the_older_forms_are_answered_in_kind(sent: Any, name: str) -> None:
    answer = ask({"payload": {"a": 1}}, sent)
    assert answer["header"]["name"] == name
    assert answer["header"]["namespace"] == sent["header"]["namespace"]
    assert answer["payload"] == {"a": 1}
    whole = {"header": {**answer["header"], "name": "Other", "messageId": "mine"}, "payload": {}}
    assert ask(whole, sent) == whole


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for *_, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


FILLED = {"no event", "no header", "no id", "no payload"}
"""What the room makes right."""


@pytest.mark.parametrize(
    ("answer", "sent", "why"),
    [row for row in model.WRONG if row[2] not in FILLED],
    ids=[why for *_, why in model.WRONG if why not in FILLED],
)
def test_the_room_refuses_it_too(answer: Any, sent: Any, why: str) -> None:
    asked = copy.deepcopy(model._V3) if sent is None else sent
    if why == "an event of version 3 for a directive of version 2":
        assert "header" in ask(answer, asked)  # what it needs is filled in beside
    else:
        assert refused(answer, asked).path.startswith("$")


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        ("ON", "$"),
        (True, "$"),
        ([], "$"),
        ({"event": 7}, "$.event"),
        ({"event": {"header": 7}}, "$.event.header"),
        ({"event": {"header": {"name": 7}}}, "$.event.header.name"),
        ({"event": {"header": {"namespace": "Shop"}}}, "$.event.header.namespace"),
        ({"event": {"header": {"correlationToken": "x"}}}, "$.event.header.correlationToken"),
        ({"event": {"header": {"payloadVersion": "2"}}}, "$.event.header.payloadVersion"),
        ({"event": {"payload": None}}, "$.event.payload"),
        ({"event": {"endpoint": {}}}, "$.event.endpoint.endpointId"),
        ({"event": {"header": {"name": "ErrorResponse"}}}, "$.event.payload.type"),
        ({"event": {"header": {"name": "Discover.Response"}}}, "$.event.payload.endpoints"),
        ({"event": {"header": {"name": "StateReport"}}}, "$.context"),
        (
            {"context": {"properties": [{**PROPERTY, "timeOfSample": 0}]}},
            "$.context.properties[0].timeOfSample",
        ),
        ({"context": {"properties": [{}]}}, "$.context.properties[0].namespace"),
        ({"context": {"properties": [{**PROPERTY, "value": b"x"}]}}, "$.context.properties[0].value"),
    ],
)
def test_a_wrong_result_names_its_field(result: Any, path: str) -> None:
    assert refused(result).path == path


def test_endpoints_are_checked_one_by_one() -> None:
    sent = event("alexa_smart_home.discover")
    at = "$.event.payload.endpoints"
    for endpoints, path in (
        (None, at),
        ([LAMP] * 301, at),
        ([LAMP, 7], f"{at}[1]"),
        ([{**LAMP, "endpointId": "x" * 257}], f"{at}[0].endpointId"),
        ([LAMP, LAMP], f"{at}[1].endpointId"),
        ([{**LAMP, "displayCategories": "LIGHT"}], f"{at}[0].displayCategories"),
    ):
        assert refused({"event": {"payload": {"endpoints": endpoints}}}, sent).path == path
    assert refused({}, sent).path == at


NAMES = st.sampled_from(
    [
        "event",
        "header",
        "payload",
        "context",
        "properties",
        "namespace",
        "name",
        "messageId",
        "endpoint",
        "type",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from(["Alexa", "ErrorResponse"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
TOLD = st.fixed_dictionaries(
    {},
    optional={
        "event": st.fixed_dictionaries({}, optional={"header": JSON, "payload": JSON, "endpoint": JSON}),
        "context": st.fixed_dictionaries({}, optional={"properties": st.just([PROPERTY]) | JSON}),
        "header": JSON,
        "payload": JSON,
    },
)


@settings(max_examples=300, deadline=None)
@given(JSON | TOLD, st.sampled_from(EVENTS))
def test_any_result_gives_an_answer_that_alexa_accepts(result: Any, name: str) -> None:
    try:
        ask(result, event(name))
    except ConcealedError as error:  # version 1 has no answer for an error
        assert isinstance(error.__cause__, ResultError)
        assert name == "alexa_smart_home.version_1"


# -- exceptions ----------------------------------------------------------------------------------------------

FAILURES = [
    RuntimeError("canary"),
    SystemExit("canary"),
    Retry("canary"),
    Reject("canary"),
    HTTPError(404, "canary"),
    type("Canary", (Exception,), {})("canary"),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_an_exception_is_an_error_that_says_nothing_of_itself(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ask(failure)
    assert answer["event"]["header"]["name"] == "ErrorResponse"
    assert answer["event"]["endpoint"] == {"endpointId": "lamp"}
    assert answer["event"]["payload"] == {
        "type": "INTERNAL_ERROR",
        "message": "The request could not be handled (reference message-1).",
    }
    assert len(caplog.records) == 1
    assert "reference message-1" in caplog.text
    assert "canary" not in caplog.text


def test_the_text_of_a_public_error_is_told() -> None:
    told = ask(PublicError("The lamp is in repair."))["event"]["payload"]
    assert told == {"type": "INTERNAL_ERROR", "message": "The lamp is in repair."}
    assert ask(PublicError())["event"]["payload"]["message"] == "INTERNAL_ERROR"


def test_what_was_wrong_decides_the_type() -> None:
    app = Router()

    @app.alexa_smart_home("Alexa.BrightnessController", "*")
    def handler(payload: Brightness) -> Any: ...

    sent = replaced(EVENT, ("directive", "payload"), {"brightness": "canary"})
    answer = app(sent)
    model.check(answer, sent)
    assert answer["event"]["payload"]["type"] == "INVALID_VALUE"
    assert "canary" not in json.dumps(answer)
    grant = event("alexa_smart_home.accept_grant")
    failed = ask(RuntimeError("canary"), grant)["event"]
    assert failed["header"]["namespace"] == "Alexa.Authorization"
    assert failed["payload"]["type"] == "ACCEPT_GRANT_FAILED"
    assert (
        ask(RuntimeError(), event("alexa_smart_home.discover"))["event"]["payload"]["type"]
        == "INTERNAL_ERROR"
    )


def test_errors_of_the_older_forms() -> None:
    answer = ask(RuntimeError("canary"), OLDER)
    assert (answer["header"]["name"], answer["payload"]) == ("DriverInternalError", {})
    with pytest.raises(ConcealedError) as info:
        ask(RuntimeError("canary"), OLDEST)
    assert "canary" not in str(info.value)


def test_drop_is_the_emptiest_answer() -> None:
    for name in EVENTS:
        ask(Drop(), event(name))
    assert ask(Drop(), event("alexa_smart_home.discover"))["event"]["payload"] == {"endpoints": []}
    assert ask(Drop(), event("alexa_smart_home.report_state"))["context"] == {"properties": []}
    assert ask(Drop())["event"]["header"]["name"] == "Response"
    app = Router()
    app.alexa_smart_home("*", "*").drop()
    model.check(app(EVENT), EVENT)


def test_what_an_exception_handler_returns_is_a_result() -> None:
    app = Router()

    @app.exception_handler(ConnectionError)
    def away(exc: ConnectionError, invocation: Invocation) -> Any:
        header = {"name": "ErrorResponse"}
        return {"event": {"header": header, "payload": {"type": "ENDPOINT_UNREACHABLE", "message": "away"}}}

    @app.alexa_smart_home("*", "*")
    async def handler() -> None:
        raise ConnectionError("canary")

    answer = app(EVENT)
    model.check(answer, EVENT)
    assert answer["event"]["payload"]["type"] == "ENDPOINT_UNREACHABLE"


# -- hostile events ------------------------------------------------------------------------------------------


def everything() -> Router:
    app = Router()

    @app.alexa_smart_home("Alexa.*", "Set*", endpoint="la*")
    @app.alexa_smart_home("*", "*")
    def handler(directive: Any, header: Any, endpoint: Any, payload: Any) -> Any:
        return {"context": {"properties": []}} if "directive" in directive else {}

    return app


@pytest.mark.parametrize("sent", [EVENT, OLDER, OLDEST], ids=["3", "2", "1"])
def test_wrong_types_at_every_depth_are_no_crash(sent: Any) -> None:
    app = everything()
    for path in places(sent):
        for made in misshapen(sent, path):
            name = detect(made)
            assert name in (None, "alexa_smart_home")
            try:
                answer = app(made)
            except RouterError:
                continue
            assert name == "alexa_smart_home"
            model.check(answer, made)
            assert app.explain(made).source == "alexa_smart_home"


def test_only_what_alexa_always_sends_is_recognised() -> None:
    for sent in (EVENT, OLDER, OLDEST):
        assert detect(sent) == "alexa_smart_home"
        head = ("directive", "header") if "directive" in sent else ("header",)
        for path in [
            (*head, "namespace"),
            (*head, "name"),
            (*head, "payloadVersion"),
            (*head[:-1], "payload"),
        ]:
            assert detect(replaced(sent, path, None)) is None, path
    assert detect(replaced(EVENT, ("directive", "header", "messageId"), None)) is None
    for namespace, expected in (("Alexa", "alexa_smart_home"), ("AlexaX.Controller", None), ("Shop", None)):
        assert detect(replaced(EVENT, ("directive", "header", "namespace"), namespace)) == expected
    for namespace in ("Alexa.PowerController", "Control"):
        assert detect(replaced(OLDER, ("header", "namespace"), namespace)) is None
    assert detect({"header": {"alg": "none"}, "payload": {}}) is None
    assert detect(replaced(OLDEST, ("header", "name"), "SwitchOnOff")) is None


def test_every_sample_is_answered() -> None:
    found = list(samples("alexa_smart_home"))
    assert len(found) >= len(EVENTS)
    for _, made, _ in found:
        ask(Drop(), made)


def test_labelled_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    mine = [file for file, label in labels.items() if label["source"] == "alexa_smart_home"]
    room = Router.alexa_smart_home.load()
    for file in labels:
        assert room.recognise(json.loads((shared_events / file).read_text())) is (file in mine), file
    for file in mine:
        made = json.loads((shared_events / file).read_text())
        ask({"event": {"payload": {"endpoints": []}}} if "docs" in file else {}, made)
    assert len(mine) >= 5


def test_tokens_are_in_no_log_no_error_and_no_answer(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    for name in EVENTS:
        made = event(name, token="canary")
        for result in ({}, {"event": 7}, {"event": {"header": {"name": ""}}}, RuntimeError("x"), Drop()):
            try:
                answer = ask(result, made)
            except ConcealedError as error:
                assert "canary" not in repr(error) + str(error) + str(error.__cause__)
            else:
                assert "canary" not in json.dumps(answer)
    sent = replaced(EVENT, ("directive", "header", "correlationToken"), "canary")
    ask({"event": {"header": {"correlationToken": "other"}}}, sent)
    assert "canary" not in caplog.text


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router.sources import alexa_smart_home as room

    with monkeypatch.context() as patch:
        patch.setattr(room, "_token", lambda _: None)
        with pytest.raises(Refused):
            ask({})
    with monkeypatch.context() as patch:
        patch.setattr(room, "_ANSWER", lambda *_: None)
        with pytest.raises(Refused):
            ask({"context": {"properties": [{}]}})
    with monkeypatch.context() as patch:
        patch.setattr(room, "_identifier", lambda: "")
        with pytest.raises((Refused, ResultError)):
            ask({})
