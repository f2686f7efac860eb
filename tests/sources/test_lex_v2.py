"""Amazon Lex V2: parts, criteria, every action and document, what is refused, exceptions, hostile events."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places, replaced
from models import Refused
from models import lex_v2 as model
from pydantic import BaseModel

from lambda_router import (
    Close,
    ConcealedError,
    ConfigurationError,
    ConfirmIntent,
    Delegate,
    Drop,
    DuplicateRouteError,
    ElicitIntent,
    ElicitSlot,
    HandlerSignatureError,
    HTTPError,
    Invocation,
    NoRouteError,
    PayloadError,
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
CONTEXT = {
    "name": "booking",
    "contextAttributes": {"City": "Rome"},
    "timeToLive": {"timeToLiveInSeconds": 60, "turnsToLive": 3},
}
CARD = {
    "title": "Size",
    "subtitle": "of the table",
    "imageUrl": "https://example.com/t.png",
    "buttons": [{"text": "Two", "value": "2"}],
}


def slot(value: str) -> dict[str, Any]:
    """A slot as Lex V2 sends it."""
    return {
        "shape": "Scalar",
        "value": {"originalValue": value.lower(), "interpretedValue": value, "resolvedValues": [value]},
    }


def written(value: str) -> dict[str, Any]:
    """A slot as a handler's text becomes one."""
    return {"value": {"originalValue": value, "interpretedValue": value, "resolvedValues": [value]}}


EVENT: dict[str, Any] = {
    "messageVersion": "1.0",
    "invocationSource": "DialogCodeHook",
    "inputMode": "Text",
    "sessionId": "session-1",
    "inputTranscript": "a table in rome",
    "bot": {
        "id": "BOTID00001",
        "name": "Concierge",
        "aliasId": "ALIAS00001",
        "aliasName": "prod",
        "localeId": "en_GB",
        "version": "7",
    },
    "interpretations": [],
    "requestAttributes": {"x-channel": "web"},
    "sessionState": {
        "activeContexts": [],
        "sessionAttributes": {"tier": "gold"},
        "intent": {
            "name": "BookTable",
            "slots": {"City": slot("Rome"), "Guests": None},
            "state": "InProgress",
            "confirmationState": "Denied",
        },
        "originatingRequestId": "request-1",
    },
    "transcriptions": [],
}


class Booking(BaseModel):
    City: str
    Guests: int | None


def turn(hook: str = "DialogCodeHook", **intent: Any) -> Any:
    """The event above for a hook, with changes of its intent."""
    made = copy.deepcopy(EVENT)
    made["invocationSource"] = hook
    made["sessionState"]["intent"].update(intent)
    return made


def ask(result: Any, sent: Any = None) -> Any:
    """The answer to what a handler returns (or, if it is an exception, raises), judged by the model."""
    app = Router()

    @app.lex_v2("*")
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
    app.lex_v2("*")(names["handler"])
    Client(app).send(EVENT if sent is None else sent).raise_for_error()
    return seen[0]


def takes(intent: Any = "*", sent: Any = None, **options: Any) -> bool:
    """Whether a route with these arguments takes the event."""
    app = Router()
    app.lex_v2(intent, **options)(lambda: "route")
    app.default(lambda: "default")
    answer = app(EVENT if sent is None else sent)
    return bool(answer["messages"][0]["content"] == "route")


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("intent", "BookTable"),
        ("slots", {"City": slot("Rome"), "Guests": None}),
        ("slots: dict", {"City": slot("Rome"), "Guests": None}),
        ("slot_values", {"City": "Rome", "Guests": None}),
        ("booking: Booking", Booking(City="Rome", Guests=None)),
        ("session_attributes", {"tier": "gold"}),
        ("transcript", "a table in rome"),
        ("transcript: str", "a table in rome"),
        ("request", EVENT),
        ("confirmation", "Denied"),
        ("hook", "DialogCodeHook"),
        ("bot", "Concierge"),
        ("locale", "en_GB"),
        ("session_id", "session-1"),
        ("event", EVENT),
        ("context: Any = 3", ...),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    if expected is not ...:
        assert value == expected


def test_values_of_slots_of_every_shape() -> None:
    several = {"shape": "List", "value": slot("x")["value"], "values": [slot("candles"), slot("roses")]}
    below = {"shape": "Composite", "subSlots": {"Day": slot("Monday"), "Hour": None}}
    found = given_to("slot_values", turn(slots={"A": several, "B": below, "C": None, "D": slot("d")}))
    assert found == {
        "slot_values": {"A": ["candles", "roses"], "B": {"Day": "Monday", "Hour": None}, "C": None, "D": "d"}
    }


def test_a_copy_of_the_attributes_is_given() -> None:
    app = Router()

    @app.lex_v2("*")
    def handler(session_attributes: dict[str, str]) -> str:
        session_attributes["tier"] = "lost"
        return "ok"

    assert app(EVENT)["sessionState"]["sessionAttributes"] == {"tier": "gold"}


@pytest.mark.parametrize("absent", [None, ...])
def test_a_session_without_attributes_has_none(absent: Any) -> None:
    made = turn()
    if absent is None:
        made["sessionState"]["sessionAttributes"] = None
    else:
        del made["sessionState"]["sessionAttributes"]
    assert given_to("session_attributes: dict", made) == {"session_attributes": {}}
    assert "sessionAttributes" not in ask("Hi", made)["sessionState"]


def test_slots_that_do_not_validate_are_the_callers_fault_and_concealed() -> None:
    with pytest.raises(ConcealedError) as info:
        given_to("booking: Booking", turn(slots={"City": None, "Guests": slot("many")}))
    assert isinstance(info.value.__cause__, PayloadError)
    assert "many" not in str(info.value.__cause__)


@pytest.mark.parametrize("signature", ["body", "user_id", "slot", "a: Booking, b: Booking", "x: int"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.lex_v2"):
        given_to(signature)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "options", "expected"),
    [
        ("BookTable", {}, True),
        ("Book", {}, False),
        ("Book*", {}, True),
        (["Cancel", "BookTable"], {}, True),
        ("*", {"hook": "dialog"}, True),
        ("*", {"hook": "fulfillment"}, False),
        ("*", {"bot": "Concierge"}, True),
        ("*", {"bot": "BOTID00001"}, True),
        ("*", {"bot": ["Florist", "Con*"]}, True),
        ("*", {"bot": "ALIAS00001"}, False),
        ("*", {"locale": "en_*"}, True),
        ("*", {"locale": ["de_DE", "en_US"]}, False),
    ],
)
def test_criteria(intent: Any, options: dict[str, Any], expected: bool) -> None:
    assert takes(intent, **options) is expected


def test_the_hook_has_two_names() -> None:
    assert takes(hook="fulfillment", sent=turn("FulfillmentCodeHook"))
    for wrong in ("DialogCodeHook", "", 7, ["dialog"], True):
        with pytest.raises(ConfigurationError, match="hook is"):
            Router().lex_v2("A", hook=wrong)  # type: ignore[arg-type]


def test_mistakes_in_a_decorator_are_errors_at_import() -> None:
    app = Router()
    app.lex_v2("A", hook="dialog")(lambda: "a")
    app.lex_v2("A", hook="fulfillment")(lambda: "a")
    with pytest.raises(DuplicateRouteError):
        app.lex_v2("A", hook="dialog")(lambda: "b")
    with pytest.raises(ConfigurationError):
        app.lex_v2(None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="parentheses"):
        app.lex_v2(lambda: None)  # type: ignore[arg-type]


def test_an_intent_without_a_route_is_told_with_what_to_write() -> None:
    app = Router()
    app.lex_v2("Cancel")(lambda: "x")
    explained = app.explain(EVENT)
    assert (explained.source, explained.suggestion) == ("lex_v2", '@app.lex_v2("BookTable")')
    with pytest.raises(ConcealedError) as info:
        app(EVENT)
    assert isinstance(info.value.__cause__, NoRouteError)
    assert repr(app.routes[0]).startswith("<lex_v2(intent='Cancel')")


# -- results -------------------------------------------------------------------------------------------------

HELD = {"name": "BookTable", "slots": {"City": slot("Rome"), "Guests": None}, "confirmationState": "Denied"}
KEPT = {"tier": "gold"}
ACTIONS: list[tuple[Any, dict[str, Any], list[Any] | None]] = [
    ("Hi", {"dialogAction": {"type": "Close"}, "intent": {**HELD, "state": "Fulfilled"}}, [HI]),
    (Close(), {"dialogAction": {"type": "Close"}, "intent": {**HELD, "state": "Fulfilled"}}, None),
    (
        Close("Hi", state="Failed"),
        {"dialogAction": {"type": "Close"}, "intent": {**HELD, "state": "Failed"}},
        [HI],
    ),
    (
        Close(["Hi", {"contentType": "SSML", "content": "<speak>Hi</speak>"}], card=CARD),
        {"dialogAction": {"type": "Close"}, "intent": {**HELD, "state": "Fulfilled"}},
        [
            HI,
            {"contentType": "SSML", "content": "<speak>Hi</speak>"},
            {"contentType": "ImageResponseCard", "imageResponseCard": CARD},
        ],
    ),
    (Delegate(), {"dialogAction": {"type": "Delegate"}, "intent": {**HELD, "state": "InProgress"}}, None),
    (
        Delegate(slots={"City": None, "Guests": "4"}, state="ReadyForFulfillment"),
        {
            "dialogAction": {"type": "Delegate"},
            "intent": {
                **HELD,
                "slots": {"City": None, "Guests": written("4")},
                "state": "ReadyForFulfillment",
            },
        },
        None,
    ),
    (
        ElicitSlot("Guests", "Hi", slots={"City": slot("Oslo")}, style="SpellByWord"),
        {
            "dialogAction": {
                "type": "ElicitSlot",
                "slotToElicit": "Guests",
                "slotElicitationStyle": "SpellByWord",
            },
            "intent": {**HELD, "slots": {"City": slot("Oslo"), "Guests": None}, "state": "InProgress"},
        },
        [HI],
    ),
    (
        ElicitSlot("Day", intent="BookCar"),
        {
            "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Day"},
            "intent": {"name": "BookCar", "slots": {}, "state": "InProgress"},
        },
        None,
    ),
    (ElicitIntent("Hi"), {"dialogAction": {"type": "ElicitIntent"}}, [HI]),
    (
        ConfirmIntent("Hi"),
        {"dialogAction": {"type": "ConfirmIntent"}, "intent": {**HELD, "state": "InProgress"}},
        [HI],
    ),
    (
        ConfirmIntent("Hi", intent="BookCar", slots={"Day": "Monday"}),
        {
            "dialogAction": {"type": "ConfirmIntent"},
            "intent": {"name": "BookCar", "slots": {"Day": written("Monday")}, "state": "InProgress"},
        },
        [HI],
    ),
]


@pytest.mark.parametrize(("result", "state", "messages"), ACTIONS)
def test_each_action(result: Any, state: dict[str, Any], messages: list[Any] | None) -> None:
    expected = {"sessionState": {"sessionAttributes": KEPT, **state}}
    assert ask(result) == (expected if messages is None else {**expected, "messages": messages})


def test_what_goes_with_an_action() -> None:
    answer = ask(
        Close(session_attributes={"a": "b"}, active_contexts=[CONTEXT], request_attributes={"c": "d"})
    )
    assert answer["sessionState"]["sessionAttributes"] == {"a": "b"}
    assert answer["sessionState"]["activeContexts"] == [CONTEXT]
    assert answer["requestAttributes"] == {"c": "d"}
    assert ask(Close(session_attributes={}))["sessionState"]["sessionAttributes"] == {}


def test_a_document_goes_as_it_is() -> None:
    blueprint = {
        "sessionState": {
            "sessionAttributes": {},
            "dialogAction": {"type": "Close"},
            "activeContexts": None,
            "intent": EVENT["sessionState"]["intent"] | {"state": "Fulfilled"},
        },
        "messages": [HI],
        "sessionId": "session-1",
        "requestAttributes": None,
    }
    assert ask(blueprint) == blueprint


def test_actions_compare_and_print_themselves_without_what_is_said() -> None:
    assert Close("a") == Close("a") != Close("b")
    assert Close() != Delegate()
    assert Close("secret", session_attributes={"t": "secret"}).__repr__() == "Close(state='Fulfilled')"
    assert repr(ElicitSlot("City", "secret", intent="Book")) == "ElicitSlot(slot='City', intent='Book')"


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for *_, why in model.WRONG])
def test_the_model_refuses_what_is_wrong_and_so_does_the_room(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)
    if not isinstance(answer, str):  # a text is an answer in itself here
        assert refused(answer, sent).path.startswith("$")


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        (7, "$"),
        (b"Hi", "$"),
        ([Close()], "$[0]"),
        ("", "$.messages[0].content"),
        ("\ud800", "$.messages[0].content"),
        (Close(7), "$.messages[0]"),  # type: ignore[arg-type]
        (Close(state="Done"), "$.sessionState.intent.state"),  # type: ignore[arg-type]
        (Close("a" * 26_000), "$"),
        (Close(card={"title": ""}), "$.messages[0].imageResponseCard.title"),
        (Close(session_attributes={"n": 1}), "$.sessionState.sessionAttributes.n"),  # type: ignore[dict-item]
        (Close(session_attributes=7), "$.sessionState.sessionAttributes"),  # type: ignore[arg-type]
        (Close(request_attributes={"n": None}), "$.requestAttributes.n"),  # type: ignore[dict-item]
        (Close(active_contexts=[{}]), "$.sessionState.activeContexts[0].name"),
        (Delegate(slots=7), "$.sessionState.intent.slots"),  # type: ignore[arg-type]
        (Delegate(slots={"City": 7}), "$.sessionState.intent.slots.City"),
        (Delegate(slots={"City": ""}), "$.sessionState.intent.slots.City.value.originalValue"),
        (ElicitSlot(None), "$.sessionState.dialogAction.slotToElicit"),  # type: ignore[arg-type]
        (ElicitSlot("", "Hi"), "$.sessionState.dialogAction.slotToElicit"),
        (ElicitSlot("City", style="Loud"), "$.sessionState.dialogAction.slotElicitationStyle"),  # type: ignore[arg-type]
        (ElicitSlot("City", intent=7), "$.sessionState.intent.name"),  # type: ignore[arg-type]
        (ElicitIntent(), "$.messages"),
        (ConfirmIntent(), "$.messages"),
        (Close([HI] * 11), "$.messages"),
        ({"dialogAction": {"type": "Close"}}, "$.sessionState"),
    ],
)
def test_a_wrong_result_names_its_field(result: Any, path: str) -> None:
    assert refused(result).path == path


def test_a_forgotten_return_is_told_what_to_write() -> None:
    assert "Delegate, ElicitSlot, ElicitIntent or ConfirmIntent" in str(refused(None))


TEXTS = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2)
FLAT = st.none() | st.dictionaries(st.text(max_size=2), TEXTS, max_size=2)
SLOTS = FLAT | st.dictionaries(st.sampled_from(["City", "Day"]), st.builds(slot, st.text(max_size=2)))
NAMES = st.sampled_from(
    ["sessionState", "dialogAction", "type", "intent", "name", "messages", "content", "contentType", "slots"]
)
JSON = st.recursive(
    TEXTS | st.booleans() | st.sampled_from(["Close", "Delegate", "PlainText", "Fulfilled"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
CARDS = st.none() | st.fixed_dictionaries({"title": TEXTS}) | JSON
RESULTS: Any = (
    JSON
    | st.builds(Close, TEXTS, state=st.sampled_from(["Fulfilled", "Failed"]) | TEXTS, session_attributes=FLAT)
    | st.builds(Close, TEXTS, card=CARDS, request_attributes=FLAT)
    | st.builds(Delegate, slots=SLOTS | JSON, session_attributes=FLAT, state=TEXTS)
    | st.builds(ElicitSlot, TEXTS, TEXTS, slots=SLOTS, intent=TEXTS)
    | st.builds(ElicitIntent, TEXTS, card=CARDS)
    | st.builds(ConfirmIntent, TEXTS, slots=SLOTS)
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
        KeyError("canary"),
        SystemExit("canary"),
        Retry("canary", after=3),
        Reject("canary"),
        HTTPError(404, "canary"),
        type("Canary", (Exception,), {})("canary"),
        ExceptionGroup("canary", [ValueError("canary")]),
    ],
)
def test_an_exception_says_nothing_of_itself(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ConcealedError) as info:
        ask(failure)
    assert "canary" not in str(info.value) + repr(info.value)
    assert info.value.reference == "request-1"
    assert info.value.__cause__ is failure or isinstance(failure, SystemExit)
    assert "canary" not in caplog.text
    assert "reference request-1" in caplog.text


def test_the_text_of_a_public_error_is_said() -> None:
    answer = ask(PublicError("The kitchen is closed."))
    assert answer["messages"] == [{"contentType": "PlainText", "content": "The kitchen is closed."}]
    assert answer["sessionState"]["intent"]["state"] == "Failed"
    made = turn()
    made["sessionState"]["intent"] = None
    app = Router()
    app.lex_v2("*")(lambda: 1 / 0)
    with pytest.raises(PublicError):
        ask(PublicError("There is no intent that could fail."), made)


def test_drop_lets_the_bot_go_on() -> None:
    assert ask(Drop())["sessionState"]["dialogAction"] == {"type": "Delegate"}
    done = ask(Drop(), turn("FulfillmentCodeHook", state="ReadyForFulfillment"))
    assert done["sessionState"]["dialogAction"] == {"type": "Close"}
    assert "messages" not in done
    app = Router()
    app.lex_v2("*").drop()
    model.check(app(EVENT), EVENT)


def test_what_an_exception_handler_returns_is_a_result() -> None:
    app = Router()

    @app.exception_handler(LookupError)
    def full(exc: LookupError, invocation: Invocation) -> Any:
        return ElicitSlot("Day", "Full. Another day?")

    @app.exception_handler(ValueError)
    def wrong(exc: ValueError, invocation: Invocation) -> Any:
        return {"sessionState": 7}

    @app.lex_v2("*")
    def handler(intent: str) -> None:
        raise LookupError(intent) if intent == "BookTable" else ValueError(intent)

    answer = app(EVENT)
    model.check(answer, EVENT)
    assert answer["sessionState"]["dialogAction"]["slotToElicit"] == "Day"
    with pytest.raises(ConcealedError):
        app(turn(name="Other"))


def test_coroutines_middleware_and_dependencies_see_a_turn() -> None:
    app, steps = Router(), []

    async def layer(invocation: Invocation, call_next: Any) -> Any:
        steps.append((invocation.source, invocation.correlation_id, invocation.record))
        return await call_next(invocation)

    @app.lex_v2("*", middleware=[layer], name="book")
    async def handler() -> Close:
        return Close("Hi")

    done = Client(app).lex_v2("BookTable", {"City": "Rome"})
    assert (done.route, done.response["messages"]) == ("book", [HI])
    assert [(source, record) for source, _, record in steps] == [("lex_v2", None)]


# -- hostile events ------------------------------------------------------------------------------------------


def everything() -> Router:
    app = Router()

    @app.lex_v2("Book*", hook="dialog", bot="C*", locale="en_*")
    @app.lex_v2("*")
    def handler(
        intent: Any,
        slots: Any,
        slot_values: Any,
        session_attributes: Any,
        transcript: Any,
        confirmation: Any,
        session_id: Any,
    ) -> Any:
        return Delegate(slots={"New": "x"})

    return app


@pytest.mark.parametrize("path", places(EVENT), ids=str)
def test_wrong_types_at_every_depth_are_no_crash(path: tuple[Any, ...]) -> None:
    app = everything()
    for made in misshapen(EVENT, path):
        name = detect(made)
        assert name in (None, "lex_v2")
        try:
            answer = app(made)
        except RouterError:
            continue
        assert name == "lex_v2"
        model.check(answer, made)
        assert app.explain(made).source == "lex_v2"


def test_only_what_lex_always_sends_is_recognised() -> None:
    assert detect(EVENT) == "lex_v2"
    for path in [
        ("sessionState",),
        ("sessionId",),
        ("bot", "id"),
        ("bot", "localeId"),
        ("invocationSource",),
    ]:
        assert detect(replaced(EVENT, path, None)) is None, path
    assert detect({"messageVersion": "1.0", "bot": EVENT["bot"]}) is None


def test_labelled_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    mine = [file for file, label in labels.items() if label["source"] == "lex_v2"]
    room = Router.lex_v2.load()
    for file in labels:
        assert room.recognise(json.loads((shared_events / file).read_text())) is (file in mine), file
    for file in mine:
        made = json.loads((shared_events / file).read_text())
        for result in ("Hi", Delegate(), ElicitSlot("X", "Hi"), ElicitIntent("Hi"), ConfirmIntent("Hi")):
            ask(result, made)
    assert len(mine) >= 3


def test_attributes_are_in_no_log(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    made = turn()
    made["sessionState"]["sessionAttributes"] = {"token": "canary"}
    made["requestAttributes"] = {"x-auth": "canary"}
    app = Router()

    @app.lex_v2("*")
    def handler(invocation: Invocation) -> Any:
        assert "canary" not in repr(invocation)
        return Close(session_attributes={"n": {"canary": 1}})  # type: ignore[dict-item]

    error = Client(app).send(made).error
    assert "canary" not in repr(error) + str(error) + str(error.__cause__) + caplog.text  # type: ignore[union-attr]


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router.sources.lex_v2 import LexV2

    monkeypatch.setattr(LexV2, "check", lambda *_: None)
    with pytest.raises(Refused):
        ask(ElicitIntent())
    with pytest.raises(Refused):
        ask(Close(session_attributes={"n": 1}))  # type: ignore[dict-item]


def test_every_packaged_event_is_answered() -> None:
    makers: list[Callable[[], Any]] = [lambda: event("lex_v2"), lambda: event("lex_v2.fulfillment")]
    for make in makers:
        for result in ("Hi", ElicitSlot("Guests"), ConfirmIntent("Hi")):
            ask(result, make())
