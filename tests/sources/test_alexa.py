"""Custom skills of Alexa: triggers, parts, criteria, speech, what each request takes, exceptions, hostile events."""

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
from models import alexa as model
from pydantic import BaseModel

from lambda_router import (
    ConcealedError,
    ConfigurationError,
    Drop,
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
    Speech,
    detect,
)
from lambda_router.testing import Client, event
from lambda_router.testing.events import names, samples

HI = {"type": "PlainText", "text": "Hi"}
PLAY = {"type": "AudioPlayer.Stop"}
EVENT: dict[str, Any] = {
    "version": "1.0",
    "session": {
        "new": False,
        "sessionId": "session-1",
        "application": {"applicationId": "amzn1.ask.skill.one"},
        "attributes": {"stage": "size"},
        "user": {"userId": "user-of-session", "accessToken": "token-1"},
    },
    "context": {
        "System": {
            "application": {"applicationId": "amzn1.ask.skill.one"},
            "user": {"userId": "user-1"},
            "apiEndpoint": "https://api.eu.amazonalexa.com",
            "apiAccessToken": "token-2",
        }
    },
    "request": {
        "type": "IntentRequest",
        "requestId": "request-1",
        "timestamp": "2030-01-02T03:04:05Z",
        "locale": "en-GB",
        "dialogState": "STARTED",
        "intent": {
            "name": "OrderPizza",
            "confirmationStatus": "NONE",
            "slots": {
                "Size": {"name": "Size", "value": "large", "confirmationStatus": "NONE"},
                "Topping": {"name": "Topping", "confirmationStatus": "NONE"},
            },
        },
    },
}
TRIGGERS = [name for name in names() if name.startswith("alexa.")]
SILENT = (
    "alexa.session_ended",
    "alexa.exception_encountered",
    "alexa.message_received",
    "alexa.skill_event",
    "alexa.list_event",
)
PLAYERS = ("alexa.audio_player", "alexa.playback_controller")
SPOKEN = [name for name in TRIGGERS if name not in SILENT + PLAYERS]


class Pizza(BaseModel):
    Size: str
    Topping: str | None


def typed(kind: str, **request: Any) -> Any:
    """The event above as a request of another type."""
    return {**copy.deepcopy(EVENT), "request": {"type": kind, "locale": "en-GB", **request}}


def ask(result: Any, sent: Any = None) -> Any:
    """The answer to what a handler returns (or, if it is an exception, raises), judged by the model."""
    app = Router()

    @app.alexa.request("*")
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
    """The ResultError behind the general text that Alexa gets for a wrong result."""
    with pytest.raises(ConcealedError) as info:
        ask(result, sent)
    assert isinstance(info.value.__cause__, ResultError)
    return info.value.__cause__


def given_to(source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given."""
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Any": Any, "Pizza": Pizza}
    exec(f"def handler({source}): seen.append(dict(locals()))", names)
    app.alexa.request("*")(names["handler"])
    Client(app).send(EVENT if sent is None else sent).raise_for_error()
    return seen[0]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("intent", "OrderPizza"),
        ("intent: str", "OrderPizza"),
        ("slots", EVENT["request"]["intent"]["slots"]),
        ("slot_values", {"Size": "large", "Topping": None}),
        ("pizza: Pizza", Pizza(Size="large", Topping=None)),
        ("session_attributes: dict", {"stage": "size"}),
        ("locale: str", "en-GB"),
        ("user_id: str", "user-1"),
        ("request", EVENT["request"]),
        ("event", EVENT),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_parts_of_a_request_in_no_session() -> None:
    found = given_to(
        "intent, slots, slot_values, session_attributes, locale, user_id, request", event("alexa.skill_event")
    )
    user = found.pop("user_id")
    assert found.pop("request")["type"] == "AlexaSkillEvent.SkillEnabled"
    assert user.startswith("amzn1.ask.account.")
    assert found == {
        "intent": None,
        "slots": None,
        "slot_values": None,
        "session_attributes": {},
        "locale": None,
    }


def test_the_user_is_also_told_by_the_session() -> None:
    assert given_to("user_id", replaced(EVENT, ("context", "System", "user"), {})) == {
        "user_id": "user-of-session"
    }


def test_several_values_and_no_slots() -> None:
    several = {"slotValue": {"type": "List", "values": [{"value": "olives"}, {"value": "capers"}]}}
    made = replaced(EVENT, ("request", "intent", "slots"), {"Topping": several})
    assert given_to("slot_values", made) == {"slot_values": {"Topping": ["olives", "capers"]}}
    del made["request"]["intent"]["slots"]
    assert given_to("slot_values: dict", made) == {"slot_values": {}}


def test_a_copy_of_the_attributes_is_given() -> None:
    app = Router()

    @app.alexa.intent("*")
    def handler(session_attributes: dict[str, Any]) -> str:
        session_attributes["stage"] = "lost"
        return "Hi"

    assert app(copy.deepcopy(EVENT))["sessionAttributes"] == {"stage": "size"}


@pytest.mark.parametrize("signature", ["body", "session", "a: Pizza, b: Pizza"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.alexa"):
        given_to(signature)


# -- triggers and criteria -----------------------------------------------------------------------------------


def routed() -> Router:
    """An app with every decorator, each of which answers with its own name where it may speak."""
    app = Router()
    app.alexa.launch()(lambda: "launch")
    app.alexa.intent("Order*")(lambda: "order")
    app.alexa.intent("*")(lambda: "intent")
    app.alexa.session_ended(name="ended")(lambda: None)
    app.alexa.request("AudioPlayer.*", name="player")(lambda: Speech(directives=[PLAY]))
    app.alexa.request("*", name="rest")(lambda: None)
    return app


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (typed("LaunchRequest"), "launch"),
        (EVENT, "order"),
        (replaced(EVENT, ("request", "intent", "name"), "AMAZON.HelpIntent"), "intent"),
    ],
)
def test_what_is_said_goes_by_the_trigger(sent: Any, expected: str) -> None:
    answer = routed()(sent)
    model.check(answer, sent)
    assert answer["response"]["outputSpeech"]["text"] == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (typed("SessionEndedRequest", reason="USER_INITIATED"), "ended"),
        (typed("AudioPlayer.PlaybackStarted"), "player"),
        (typed("CanFulfillIntentRequest", intent={"name": "OrderPizza"}), "rest"),
        (typed("Messaging.MessageReceived"), "rest"),
    ],
)
def test_what_is_not_said_goes_by_the_trigger(sent: Any, expected: str) -> None:
    done = Client(routed()).send(sent).raise_for_error()
    model.check(done.response, sent)
    assert done.route == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"locale": "en-*"}, True),
        ({"locale": ["de-DE", "fr-FR"]}, False),
        ({"skill_id": "amzn1.ask.skill.one"}, True),
        ({"skill_id": "amzn1.ask.skill.two"}, False),
        ({"skill_id": ["amzn1.ask.skill.two", "amzn1.ask.skill.o*"], "locale": "en-GB"}, True),
    ],
)
def test_criteria(options: dict[str, Any], expected: bool) -> None:
    for method, arguments, sent in (
        ("launch", (), typed("LaunchRequest")),
        ("intent", ("OrderPizza",), EVENT),
        ("session_ended", (), typed("SessionEndedRequest")),
        ("request", ("Connections.*",), typed("Connections.Response")),
    ):
        app, seen = Router(), []
        getattr(app.alexa, method)(*arguments, **options)(lambda: seen.append("route"))
        app.default(lambda: seen.append("default"))
        app(sent)
        assert seen == (["route"] if expected else ["default"])


def test_no_intent_matches_no_star() -> None:
    app = Router()
    app.alexa.intent("*")(lambda: "Hi")
    for sent in (typed("LaunchRequest"), typed("CanFulfillIntentRequest", intent={"name": "OrderPizza"})):
        with pytest.raises(ConcealedError) as info:
            app(sent)
        assert isinstance(info.value.__cause__, NoRouteError)


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (EVENT, '@app.alexa.intent("OrderPizza")'),
        (typed("LaunchRequest"), "@app.alexa.launch()"),
        (typed("SessionEndedRequest"), "@app.alexa.session_ended()"),
        (typed("AudioPlayer.PlaybackStarted"), '@app.alexa.request("AudioPlayer.PlaybackStarted")'),
    ],
)
def test_what_to_write_is_suggested_and_works(sent: Any, written: str) -> None:
    app = Router()
    app.alexa.request("Other")(lambda: None)
    assert app.explain(sent).suggestion == written
    names = {"app": app}
    exec(f"{written}\ndef handler(): return None", names)
    model.check(app(sent), sent)


def test_mistakes_in_a_decorator_are_errors_at_import() -> None:
    app = Router()
    for wrong in (None, 7, [], lambda: None):
        with pytest.raises(ConfigurationError):
            app.alexa.intent(wrong)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError):
            app.alexa.request(wrong)  # type: ignore[arg-type]


# -- results -------------------------------------------------------------------------------------------------

KEPT = {"stage": "size"}
SPEECHES: list[tuple[Any, dict[str, Any]]] = [
    ("Hi", {"outputSpeech": HI}),
    (None, {}),
    (Speech(), {}),
    (Speech("Hi", end_session=True), {"outputSpeech": HI, "shouldEndSession": True}),
    (
        Speech("Hi", reprompt="Well?"),
        {
            "outputSpeech": HI,
            "reprompt": {"outputSpeech": {"type": "PlainText", "text": "Well?"}},
            "shouldEndSession": False,
        },
    ),
    (
        Speech(ssml="<speak>Hi</speak>", reprompt=Speech(ssml="<speak>?</speak>"), end_session=True),
        {
            "outputSpeech": {"type": "SSML", "ssml": "<speak>Hi</speak>"},
            "reprompt": {"outputSpeech": {"type": "SSML", "ssml": "<speak>?</speak>"}},
            "shouldEndSession": True,
        },
    ),
    (
        Speech("Hi", play_behavior="ENQUEUE", card={"type": "LinkAccount"}),
        {"outputSpeech": {**HI, "playBehavior": "ENQUEUE"}, "card": {"type": "LinkAccount"}},
    ),
    (Speech(directives=[{"type": "Dialog.Delegate"}]), {"directives": [{"type": "Dialog.Delegate"}]}),
]


@pytest.mark.parametrize(("result", "response"), SPEECHES)
def test_each_speech(result: Any, response: dict[str, Any]) -> None:
    assert ask(result) == {"version": "1.0", "sessionAttributes": KEPT, "response": response}


def test_the_session_keeps_its_attributes_unless_others_are_given() -> None:
    assert ask(Speech("Hi", session_attributes={"n": 1}))["sessionAttributes"] == {"n": 1}
    assert ask(Speech("Hi", session_attributes={}))["sessionAttributes"] == {}
    without = replaced(EVENT, ("session", "attributes"), {})
    assert ask("Hi", without) == {"version": "1.0", "response": {"outputSpeech": HI}}


def test_a_document_goes_as_it_is() -> None:
    assert ask({"response": {"outputSpeech": HI}}) == {"version": "1.0", "response": {"outputSpeech": HI}}
    can = {"version": "1.0", "response": {"canFulfillIntent": {"canFulfill": "YES", "slots": {}}}}
    assert ask(can, event("alexa.can_fulfill_intent")) == can


@pytest.mark.parametrize("name", SPOKEN)
def test_where_speech_is_taken(name: str) -> None:
    assert ask("Hi", event(name)) == {"version": "1.0", "response": {"outputSpeech": HI}}


@pytest.mark.parametrize("name", SILENT)
def test_where_nothing_is_said(name: str) -> None:
    sent = event(name, session_attributes={"a": "b"})
    for nothing in (None, Speech(), {"response": {}}, Drop()):
        assert ask(nothing, sent) == {"version": "1.0", "response": {}}
    for result, field in (
        ("Hi", "outputSpeech"),
        (Speech(end_session=False), "shouldEndSession"),
        (Speech(card={"type": "LinkAccount"}), "card"),
        (Speech(directives=[PLAY]), "directives"),
        (Speech(reprompt="Hi", end_session=None), ""),
    ):
        assert refused(result, sent).path.startswith(f"$.response.{field}")


@pytest.mark.parametrize("name", PLAYERS)
def test_players_take_directives_and_no_default(name: str) -> None:
    assert ask(None, event(name)) == {"version": "1.0", "response": {}}
    assert ask(Speech(directives=[PLAY]), event(name)) == {
        "version": "1.0",
        "response": {"directives": [PLAY]},
    }
    for result, path in (
        ("Hi", "$.response.outputSpeech"),
        (Speech(end_session=True), "$.response.shouldEndSession"),
        ({"response": {"shouldEndSession": None}}, "$.response.shouldEndSession"),
        (Speech(directives=[{"type": "Dialog.Delegate"}]), "$.response.directives[0].type"),
    ):
        assert refused(result, event(name)).path == path


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for *_, why in model.WRONG])
def test_the_model_refuses_what_is_wrong_and_so_does_the_room(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)
    if (
        answer is None or isinstance(answer, str) or why == "no version"
    ):  # these are answers in themselves here
        return
    asked = EVENT if sent is None else typed(sent["request"]["type"])
    assert refused(answer, asked).path.startswith("$")


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (7, "$"),
        (True, "$"),
        (["Hi"], "$"),
        ({"outputSpeech": HI}, "$.response"),
        ({"response": {}, "version": None}, "$.version"),
        ("", "$.response.outputSpeech.text"),
        ("x" * 8001, "$.response.outputSpeech.text"),
        ("\ud800", "$.response.outputSpeech.text"),
        (Speech(7), "$.response.outputSpeech.text"),  # type: ignore[arg-type]
        (Speech("a", ssml="b"), "$.response.outputSpeech"),
        (Speech(ssml=b"b"), "$.response.outputSpeech.ssml"),  # type: ignore[arg-type]
        (Speech(reprompt=7), "$.response.reprompt.outputSpeech"),  # type: ignore[arg-type]
        (Speech("a", play_behavior="NOW"), "$.response.outputSpeech.playBehavior"),  # type: ignore[arg-type]
        (Speech(card={}), "$.response.card.type"),
        (Speech(card={"type": "Simple", "title": 7}), "$.response.card.title"),
        (Speech(directives=7), "$.response.directives"),  # type: ignore[arg-type]
        (Speech(directives=[{"type": ""}]), "$.response.directives[0].type"),
        (Speech(end_session="no"), "$.response.shouldEndSession"),  # type: ignore[arg-type]
        (Speech(session_attributes=[]), "$.sessionAttributes"),  # type: ignore[arg-type]
        (Speech(session_attributes={"a": {1: 2}}), "$.sessionAttributes.a"),
        (Speech(session_attributes={"a": "x" * 130_000}), "$"),
    ],
)
def test_a_wrong_result_names_its_field(result: Any, path: str) -> None:
    assert refused(result).path == path


def test_speech_compares_and_prints_itself_without_what_is_said() -> None:
    assert Speech("a", reprompt="b") == Speech("a", reprompt="b") != Speech("a")
    assert (
        repr(Speech("secret", session_attributes={"t": "secret"})) == "<Speech with session_attributes, text>"
    )


TEXTS = st.none() | st.integers() | st.text(max_size=3)
NAMES = st.sampled_from(
    ["response", "outputSpeech", "type", "text", "directives", "shouldEndSession", "version"]
)
JSON = st.recursive(
    TEXTS | st.booleans() | st.sampled_from(["PlainText", "Simple", "AudioPlayer.Stop", "1.0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
SPOKEN_RESULTS = st.builds(
    Speech,
    TEXTS,
    ssml=st.none() | TEXTS,
    reprompt=TEXTS,
    card=st.none() | JSON,
    directives=st.just(()) | st.just([PLAY]) | JSON,
    end_session=st.none() | st.booleans() | TEXTS,
    session_attributes=st.none() | st.dictionaries(st.text(max_size=2), JSON, max_size=2) | JSON,
)

SAID = st.none() | st.text(min_size=1, max_size=3)
RIGHT_RESULTS = st.builds(
    Speech,
    SAID,
    reprompt=SAID,
    directives=st.just(()) | st.just([PLAY]),
    end_session=st.none() | st.booleans(),
    session_attributes=st.none() | st.dictionaries(st.text(max_size=2), JSON, max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(JSON | SPOKEN_RESULTS | RIGHT_RESULTS | st.text(), st.sampled_from(TRIGGERS))
def test_any_result_gives_an_accepted_answer_or_a_result_error(result: Any, name: str) -> None:
    try:
        ask(result, event(name))
    except ConcealedError as error:
        assert isinstance(error.__cause__, ResultError)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alexa.intent", "alexa.audio_player", "alexa.message_received"])
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
def test_an_exception_says_nothing_of_itself(failure: BaseException, name: str, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event(name)
    with pytest.raises(ConcealedError) as info:
        ask(failure, sent)
    assert info.value.reference == sent["request"]["requestId"]
    assert "canary" not in str(info.value) + repr(info.value) + caplog.text
    assert len(caplog.records) == 1


def test_the_text_of_a_public_error_is_said_where_speech_is_possible() -> None:
    assert ask(PublicError("We are closed."))["response"] == {
        "outputSpeech": {"type": "PlainText", "text": "We are closed."},
        "shouldEndSession": True,
    }
    for name in (*SILENT, *PLAYERS):
        with pytest.raises(PublicError):
            ask(PublicError("We are closed."), event(name))


def test_drop_is_silence() -> None:
    for name in TRIGGERS:
        assert ask(Drop(), event(name)) == {"version": "1.0", "response": {}}
    app = Router()
    app.alexa.request("AlexaSkillEvent.*").drop()
    assert app(event("alexa.skill_event")) == {"version": "1.0", "response": {}}


def test_what_an_exception_handler_returns_is_a_result() -> None:
    app = Router()

    @app.exception_handler(LookupError)
    def sorry(exc: LookupError, invocation: Invocation) -> Any:
        return Speech("Sorry", end_session=True)

    @app.alexa.request("*")
    def handler() -> None:
        raise LookupError

    answer = app(EVENT)
    model.check(answer, EVENT)
    assert answer["response"]["outputSpeech"]["text"] == "Sorry"
    with pytest.raises(ConcealedError):
        app(typed("SessionEndedRequest"))


def test_middleware_and_coroutines() -> None:
    app = Router()

    async def louder(invocation: Invocation, call_next: Any) -> Any:
        return (await call_next(invocation)).upper()

    @app.alexa.intent("*", middleware=[louder])
    async def handler(intent: str) -> str:
        return intent

    done = Client(app).alexa("intent", intent="OrderPizza").raise_for_error()
    assert done.response["response"]["outputSpeech"]["text"] == "ORDERPIZZA"


# -- hostile events ------------------------------------------------------------------------------------------


def everything() -> Router:
    app = Router()

    @app.alexa.launch(locale="en-*", skill_id="amzn1.*")
    @app.alexa.intent("Order*", locale="en-*", skill_id="amzn1.*")
    @app.alexa.request("*")
    def handler(
        intent: Any,
        slots: Any,
        slot_values: Any,
        session_attributes: Any,
        locale: Any,
        user_id: Any,
        request: Any,
    ) -> Any:
        return None

    return app


@pytest.mark.parametrize("path", places(EVENT), ids=str)
def test_wrong_types_at_every_depth_are_no_crash(path: tuple[Any, ...]) -> None:
    app = everything()
    for made in misshapen(EVENT, path):
        name = detect(made)
        assert name in (None, "alexa")
        try:
            answer = app(made)
        except RouterError:
            continue
        assert name == "alexa"
        model.check(answer, made)
        assert app.explain(made).source == "alexa"


def test_what_proves_a_request_of_alexa() -> None:
    assert detect(EVENT) == "alexa"
    bare = {"context": {"System": {}}, "request": {"type": "LaunchRequest"}}
    assert detect(bare) is None
    for path, value, expected in (
        (("context", "System"), {"apiEndpoint": "https://api.amazonalexa.com"}, "alexa"),
        (("context", "System"), {"apiEndpoint": "https://api.fe.amazonalexa.com/v1"}, "alexa"),
        (("context", "System"), {"apiEndpoint": "https://api.amazonalexa.com.example.com"}, None),
        (("context", "System"), {"apiEndpoint": "https://example.com/.amazonalexa.com"}, None),
        (("context", "System"), {"apiEndpoint": "http://api.amazonalexa.com"}, None),
        (("context", "System"), {"application": {"applicationId": "amzn1.ask.skill.x"}}, "alexa"),
        (("context", "System"), {"application": {"applicationId": "amzn1.echo-sdk-ams.app.x"}}, None),
        (("context",), {}, None),
    ):
        assert detect(replaced(bare, path, value)) == expected, value
    assert detect({**bare, "session": {"application": {"applicationId": "amzn1.ask.skill.x"}}}) == "alexa"
    assert detect({"version": "1.0", "session": {}, "request": {"type": "LaunchRequest"}}) is None


def test_every_sample_is_answered() -> None:
    found = list(samples("alexa"))
    assert len(found) >= len(TRIGGERS)
    for name, made, _ in found:
        spoken = not made["request"]["type"].startswith(model.SILENT + model.PLAYERS)
        ask("Hi" if spoken else None, made)
        assert routed().alexa.match(made) is not None, name


def test_labelled_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    mine = [file for file, label in labels.items() if label["source"] == "alexa"]
    room = Router.alexa.load()
    for file in labels:
        assert room.recognise(json.loads((shared_events / file).read_text())) is (file in mine), file
    for file in mine:
        made = json.loads((shared_events / file).read_text())
        ask(None if made["request"]["type"] == "SessionEndedRequest" else "Hi", made)
    assert len(mine) >= 6


def test_tokens_are_in_no_log_and_no_answer(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    made = json.loads(json.dumps(EVENT).replace("token-1", "canary").replace("token-2", "canary"))
    app = Router()

    @app.alexa.intent("*")
    def handler(invocation: Invocation) -> Any:
        assert "canary" not in repr(invocation)
        return {"response": {"outputSpeech": {"type": "canary"}}}

    error = Client(app).send(made).error
    assert error is not None
    assert "canary" not in repr(error) + str(error) + str(error.__cause__) + caplog.text
    assert "canary" not in json.dumps(ask("Hi", made))


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router.sources import alexa

    monkeypatch.setattr(alexa, "_check", lambda *_: None)
    for name in (*SILENT, *PLAYERS):
        with pytest.raises(Refused):
            ask("Hi", event(name))
    monkeypatch.setattr(
        alexa, "_check", lambda document, _: document["response"].update(shouldEndSession=True)
    )
    with pytest.raises(Refused):
        ask(None, event("alexa.audio_player"))
