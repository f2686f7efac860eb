"""Amazon Lex V1: parts, criteria, every action and document, what is refused, exceptions, hostile events."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places, replaced
from models import Refused
from models import lex as model
from pydantic import BaseModel

from lambda_router import (
    Close,
    ConcealedError,
    ConfirmIntent,
    Delegate,
    Drop,
    ElicitIntent,
    ElicitSlot,
    HandlerSignatureError,
    HTTPError,
    Invocation,
    NoRouteError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.testing import Client, event

HI = {"contentType": "PlainText", "content": "Hi"}
SSML = {"contentType": "SSML", "content": "<speak>Hi</speak>"}
ATTACHMENT = {"title": "Size", "subTitle": "of it", "buttons": [{"text": "Two", "value": "2"}]}
CARD = {
    "version": 1,
    "contentType": "application/vnd.amazonaws.card.generic",
    "genericAttachments": [ATTACHMENT],
}
EVENT: dict[str, Any] = {
    "messageVersion": "1.0",
    "invocationSource": "DialogCodeHook",
    "userId": "user-1",
    "sessionAttributes": {"tier": "gold"},
    "requestAttributes": None,
    "bot": {"name": "Concierge", "alias": "prod", "version": "7"},
    "outputDialogMode": "Text",
    "currentIntent": {
        "name": "BookTable",
        "slots": {"City": "Rome", "Guests": None},
        "slotDetails": {},
        "confirmationStatus": "Denied",
    },
    "inputTranscript": "a table in rome",
}


class Booking(BaseModel):
    City: str
    Guests: int | None


def turn(hook: str = "DialogCodeHook", **intent: Any) -> Any:
    """The event above for a hook, with changes of its intent."""
    made = copy.deepcopy(EVENT)
    made["invocationSource"] = hook
    made["currentIntent"].update(intent)
    return made


def ask(result: Any, sent: Any = None) -> Any:
    """The answer to what a handler returns (or, if it is an exception, raises), judged by the model."""
    app = Router()

    @app.lex("*")
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
    """The ResultError behind the general text that Lex gets for a wrong result."""
    with pytest.raises(ConcealedError) as info:
        ask(result, sent)
    assert isinstance(info.value.__cause__, ResultError)
    return info.value.__cause__


def given_to(source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given."""
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Any": Any, "Booking": Booking, "Close": Close}
    exec(f"def handler({source}):\n seen.append(dict(locals()))\n return Close()", names)
    app.lex("*")(names["handler"])
    Client(app).send(EVENT if sent is None else sent).raise_for_error()
    return seen[0]


def takes(intent: Any = "*", sent: Any = None, **options: Any) -> bool:
    """Whether a route with these arguments takes the event."""
    app = Router()
    app.lex(intent, **options)(lambda: "route")
    app.default(lambda: "default")
    answer = app(EVENT if sent is None else sent)
    return bool(answer["dialogAction"]["message"]["content"] == "route")


# -- parts and routes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("intent", "BookTable"),
        ("slots", {"City": "Rome", "Guests": None}),
        ("slot_values: dict", {"City": "Rome", "Guests": None}),
        ("booking: Booking", Booking(City="Rome", Guests=None)),
        ("session_attributes: dict", {"tier": "gold"}),
        ("transcript: str", "a table in rome"),
        ("request", EVENT),
        ("confirmation", "Denied"),
        ("hook", "DialogCodeHook"),
        ("bot", "Concierge"),
        ("user_id", "user-1"),
        ("event", EVENT),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_absent_attributes_are_empty() -> None:
    assert given_to("session_attributes: dict", replaced(EVENT, ("sessionAttributes",), None)) == {
        "session_attributes": {}
    }


@pytest.mark.parametrize("signature", ["body", "locale", "a: Booking, b: Booking"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.lex"):
        given_to(signature)


@pytest.mark.parametrize(
    ("intent", "options", "expected"),
    [
        ("BookTable", {}, True),
        ("Book", {}, False),
        (["Cancel", "*Table"], {}, True),
        ("*", {"hook": "dialog"}, True),
        ("*", {"hook": "fulfillment"}, False),
        ("*", {"bot": "Con*"}, True),
        ("*", {"bot": ["prod", "Florist"]}, False),
    ],
)
def test_criteria(intent: Any, options: dict[str, Any], expected: bool) -> None:
    assert takes(intent, **options) is expected


def test_an_intent_without_a_route_is_told_with_what_to_write() -> None:
    app = Router()
    app.lex("Cancel")(lambda: "x")
    assert app.explain(EVENT).suggestion == '@app.lex("BookTable")'
    with pytest.raises(ConcealedError) as info:
        app(EVENT)
    assert isinstance(info.value.__cause__, NoRouteError)


# -- results -------------------------------------------------------------------------------------------------

ACTIONS: list[tuple[Any, dict[str, Any]]] = [
    ("Hi", {"type": "Close", "fulfillmentState": "Fulfilled", "message": HI}),
    (Close(), {"type": "Close", "fulfillmentState": "Fulfilled"}),
    (
        Close(SSML, state="Failed", card=ATTACHMENT),
        {"type": "Close", "fulfillmentState": "Failed", "message": SSML, "responseCard": CARD},
    ),
    (Close(["Hi"]), {"type": "Close", "fulfillmentState": "Fulfilled", "message": HI}),
    (Delegate(), {"type": "Delegate", "slots": {"City": "Rome", "Guests": None}}),
    (
        Delegate(slots={"City": None, "Guests": "4"}),
        {"type": "Delegate", "slots": {"City": None, "Guests": "4"}},
    ),
    (
        ElicitSlot("Guests", "Hi", slots={"City": "Oslo"}),
        {
            "type": "ElicitSlot",
            "intentName": "BookTable",
            "slots": {"City": "Oslo", "Guests": None},
            "slotToElicit": "Guests",
            "message": HI,
        },
    ),
    (
        ElicitSlot("Day", intent="BookCar"),
        {"type": "ElicitSlot", "intentName": "BookCar", "slots": {}, "slotToElicit": "Day"},
    ),
    (ElicitIntent(), {"type": "ElicitIntent"}),
    (ElicitIntent("Hi", card=CARD), {"type": "ElicitIntent", "message": HI, "responseCard": CARD}),
    (
        ConfirmIntent(),
        {
            "type": "ConfirmIntent",
            "intentName": "BookTable",
            "slots": {"City": "Rome", "Guests": None},
        },
    ),
    (
        ConfirmIntent("Hi", intent="BookCar", slots={"Day": "Monday"}),
        {"type": "ConfirmIntent", "intentName": "BookCar", "slots": {"Day": "Monday"}, "message": HI},
    ),
]


@pytest.mark.parametrize(("result", "action"), ACTIONS)
def test_each_action(result: Any, action: dict[str, Any]) -> None:
    assert ask(result) == {"dialogAction": action}


def test_lex_keeps_the_attributes_unless_others_are_sent() -> None:
    assert ask(Close(session_attributes={"a": "b"}))["sessionAttributes"] == {"a": "b"}
    assert ask(Close(session_attributes={}))["sessionAttributes"] == {}
    contexts = [{"name": "c", "timeToLive": {"turnsToLive": 1}, "parameters": {}}]
    assert ask(Close(active_contexts=contexts))["activeContexts"] == contexts


def test_a_document_goes_as_it_is() -> None:
    document = {
        "sessionAttributes": {"a": "b"},
        "recentIntentSummaryView": [{"intentName": "A", "dialogActionType": "Close", "slots": {}}],
        "dialogAction": {"type": "Close", "fulfillmentState": "Fulfilled", "message": None},
    }
    assert ask(document) == document


def test_there_must_be_something_left_to_delegate() -> None:
    full = turn("FulfillmentCodeHook", slots={"City": "Rome", "Guests": "4"})
    assert refused(Delegate(), full).path == "$.dialogAction.slots"
    assert refused(Delegate(slots={"Guests": "5"}), full).path == "$.dialogAction.slots"
    assert ask(Delegate(slots={"Guests": None}), full)["dialogAction"]["slots"]["City"] == "Rome"
    ask({"dialogAction": {"type": "Delegate"}}, full)


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for *_, why in model.WRONG])
def test_the_model_refuses_what_is_wrong_and_so_does_the_room(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)
    if isinstance(answer, str):  # a text is an answer in itself here
        return
    asked = EVENT if sent is None else turn(sent["invocationSource"], **sent["currentIntent"])
    assert refused(answer, asked).path.startswith("$")


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        (7, "$"),
        ([Close()], "$[0]"),
        ("", "$.dialogAction.message.content"),
        (Close(7), "$.dialogAction.message"),  # type: ignore[arg-type]
        (Close(["Hi", "Ho"]), "$.dialogAction.message"),
        (Close(state="Done"), "$.dialogAction.fulfillmentState"),  # type: ignore[arg-type]
        (Close("a" * 26_000), "$"),
        (Close(card={"buttons": [{}]}), "$.dialogAction.responseCard.genericAttachments[0].buttons[0].text"),
        (Close(card=7), "$.dialogAction.responseCard"),  # type: ignore[arg-type]
        (Close(session_attributes={"n": 1}), "$.sessionAttributes.n"),  # type: ignore[dict-item]
        (Close(session_attributes={"a b": 1}), '$.sessionAttributes["a b"]'),  # type: ignore[dict-item]
        (Close(request_attributes={}), "$.requestAttributes"),
        (Delegate(slots=7), "$.dialogAction.slots"),  # type: ignore[arg-type]
        (Delegate(slots={"City": {"value": {}}}), "$.dialogAction.slots.City"),
        (Delegate(state="ReadyForFulfillment"), "$.dialogAction.fulfillmentState"),
        (ElicitSlot(None), "$.dialogAction.slotToElicit"),  # type: ignore[arg-type]
        (ElicitSlot("City", style="SpellByWord"), "$.dialogAction.slotElicitationStyle"),
        (ElicitSlot("City", intent=7), "$.dialogAction.intentName"),  # type: ignore[arg-type]
        ({"sessionState": {}}, "$.dialogAction"),
    ],
)
def test_a_wrong_result_names_its_field(result: Any, path: str) -> None:
    assert refused(result).path == path


def test_a_forgotten_return_is_told_what_to_write() -> None:
    assert "Delegate, ElicitSlot, ElicitIntent or ConfirmIntent" in str(refused(None))


TEXTS = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2)
FLAT = st.none() | st.dictionaries(st.text(max_size=2), TEXTS, max_size=2)
NAMES = st.sampled_from(["dialogAction", "type", "fulfillmentState", "message", "slots", "content"])
JSON = st.recursive(
    TEXTS | st.booleans() | st.sampled_from(["Close", "Delegate", "PlainText", "Fulfilled"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
RESULTS: Any = (
    JSON
    | st.builds(Close, TEXTS, state=st.sampled_from(["Fulfilled", "Failed"]) | TEXTS, session_attributes=FLAT)
    | st.builds(Close, TEXTS, card=JSON, request_attributes=FLAT)
    | st.builds(Delegate, slots=FLAT | JSON, session_attributes=FLAT)
    | st.builds(ElicitSlot, TEXTS, TEXTS, slots=FLAT, intent=TEXTS)
    | st.builds(ElicitIntent, TEXTS, card=JSON)
    | st.builds(ConfirmIntent, TEXTS, slots=FLAT)
)


@settings(max_examples=300, deadline=None)
@given(RESULTS, st.sampled_from(["DialogCodeHook", "FulfillmentCodeHook"]))
def test_any_result_gives_an_accepted_answer_or_a_result_error(result: Any, hook: str) -> None:
    try:
        ask(result, turn(hook))
    except ConcealedError as error:
        assert isinstance(error.__cause__, ResultError)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError("canary"),
        SystemExit("canary"),
        Retry("canary"),
        Reject("canary"),
        HTTPError(404, "canary"),
        type("Canary", (Exception,), {})("canary"),
    ],
)
def test_an_exception_says_nothing_of_itself(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ConcealedError) as info:
        ask(failure)
    assert "canary" not in str(info.value) + repr(info.value) + caplog.text
    assert len(caplog.records) == 1


def test_the_text_of_a_public_error_is_said() -> None:
    assert ask(PublicError("The kitchen is closed.")) == {
        "dialogAction": {
            "type": "Close",
            "fulfillmentState": "Failed",
            "message": {"contentType": "PlainText", "content": "The kitchen is closed."},
        }
    }


def test_drop_lets_the_bot_go_on() -> None:
    assert ask(Drop())["dialogAction"]["type"] == "Delegate"
    assert ask(Drop(), turn("FulfillmentCodeHook")) == {
        "dialogAction": {"type": "Close", "fulfillmentState": "Fulfilled"}
    }
    app = Router()
    app.lex("*").drop()
    model.check(app(EVENT), EVENT)


def test_what_an_exception_handler_returns_is_a_result() -> None:
    app = Router()

    @app.exception_handler(LookupError)
    def full(exc: LookupError, invocation: Invocation) -> Any:
        return ElicitSlot("Day", "Full. Another day?")

    @app.lex("*")
    def handler() -> None:
        raise LookupError

    answer = app(EVENT)
    model.check(answer, EVENT)
    assert answer["dialogAction"]["slotToElicit"] == "Day"


# -- hostile events ------------------------------------------------------------------------------------------


def everything() -> Router:
    app = Router()

    @app.lex("Book*", hook="dialog", bot="C*")
    @app.lex("*")
    def handler(
        intent: Any,
        slots: Any,
        slot_values: Any,
        session_attributes: Any,
        transcript: Any,
        confirmation: Any,
        user_id: Any,
    ) -> Any:
        return ElicitSlot("Guests", slots={"New": "x"})

    return app


@pytest.mark.parametrize("path", places(EVENT), ids=str)
def test_wrong_types_at_every_depth_are_no_crash(path: tuple[Any, ...]) -> None:
    app = everything()
    for made in misshapen(EVENT, path):
        name = detect(made)
        assert name in (None, "lex")
        try:
            answer = app(made)
        except RouterError:
            continue
        assert name == "lex"
        model.check(answer, made)
        assert app.explain(made).source == "lex"


def test_only_what_lex_always_sends_is_recognised() -> None:
    assert detect(EVENT) == "lex"
    for path in [("currentIntent", "name"), ("bot", "name"), ("userId",), ("invocationSource",)]:
        assert detect(replaced(EVENT, path, None)) is None, path
    assert detect({**EVENT, "sessionState": {}}) is None


def test_labelled_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    mine = [file for file, label in labels.items() if label["source"] == "lex"]
    room = Router.lex.load()
    for file in labels:
        assert room.recognise(json.loads((shared_events / file).read_text())) is (file in mine), file
    for file in mine:
        made = json.loads((shared_events / file).read_text())
        for result in ("Hi", Delegate(), ElicitIntent("Hi"), ElicitSlot("X", "Hi"), ConfirmIntent("Hi")):
            ask(result, made)
    assert len(mine) >= 4


def test_attributes_are_in_no_log(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    made = {**turn(), "sessionAttributes": {"token": "canary"}, "requestAttributes": {"x-auth": "canary"}}
    app = Router()
    app.lex("*")(lambda: Close(session_attributes={"n": {"canary": 1}}))  # type: ignore[dict-item]
    error = Client(app).send(made).error
    assert error is not None
    assert "canary" not in repr(error) + str(error) + str(error.__cause__) + caplog.text


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router.sources.lex import Lex

    monkeypatch.setattr(Lex, "check", lambda *_: None)
    for result in (Close(state="Done"), Close(request_attributes={}), ElicitSlot("")):  # type: ignore[arg-type]
        with pytest.raises(Refused):
            ask(result)


def test_every_packaged_event_is_answered() -> None:
    for name in ("lex", "lex.fulfillment"):
        for result in ("Hi", ElicitSlot("Guests"), ConfirmIntent()):
            ask(result, event(name))
