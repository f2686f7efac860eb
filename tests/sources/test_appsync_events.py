"""AWS AppSync Events: parts, one call an event or one for all, payloads, refusals; answers by the model."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEventsEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import appsync_events as model
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.errors import ConcealedError
from lambda_router.sources.appsync_events import AppSyncEvents
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("appsync_events")}
PUBLISH, SUBSCRIBE, ONE = SAMPLES["publish"], SAMPLES["subscribe"], SAMPLES["one"]
IDS = [one["id"] for one in PUBLISH["events"]]
PAYLOADS = [one["payload"] for one in PUBLISH["events"]]
CANARY = "canary-4111-1111"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


class Parcel(BaseModel):
    order: int
    state: str


def answering(handler: Any) -> Router:
    app = Router()
    app.appsync_events.publish("*")(handler)
    app.appsync_events.subscribe("*")(handler)
    return app


def ask(app: Any, sent: Any = PUBLISH) -> Any:
    """The answer to an event, which AppSync takes."""
    before = copy.deepcopy(sent)
    result = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(result.response, sent)
    return result.response


def outgoing(*payloads: Any) -> dict[str, Any]:
    return {"events": [{"id": i, "payload": p} for i, p in zip(IDS, payloads, strict=True)]}


def is_generic(text: str) -> bool:
    return text.startswith("The request could not be handled (reference ") and CANARY not in text


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


# -- parts ---------------------------------------------------------------------------------------------------


def test_each_part() -> None:
    assert (
        len({json.dumps(get(ONE)) for get in AppSyncEvents.parts.values()}) == len(AppSyncEvents.parts) == 4
    )
    seen: list[Any] = []

    def handler(events: Any, channel: Any, payload: Any, identity: Any) -> None:
        seen.append((events, channel, payload, identity))

    ask(answering(handler), ONE)
    assert seen == [(ONE["events"], "/chat/tea", "good morning", ONE["identity"])]
    seen.clear()
    ask(answering(handler), SUBSCRIBE)
    assert seen == [([], "/chat/coffee", None, None)]


def test_a_handler_that_asks_for_events_is_called_once_any_other_once_for_each() -> None:
    calls: list[Any] = []
    ask(answering(lambda events: calls.append(len(events))))
    ask(answering(lambda payload: calls.append(payload)))
    ask(answering(lambda channel: calls.append(channel)))
    assert calls == [3, *PAYLOADS, *["/parcels/417"] * 3]


def test_the_event_of_one_call_has_that_event_alone() -> None:
    seen: list[Any] = []

    def handler(event: AppSyncResolverEventsEvent, parcel: Parcel) -> None:
        seen.append((event.events, event.info.channel_segments, parcel))

    ask(answering(handler))
    wanted = [([e], ["parcels", "417"], Parcel(**e["payload"])) for e in PUBLISH["events"]]
    assert seen == wanted


def test_payloads_are_converted_and_what_does_not_validate_fails_alone() -> None:
    def handler(parcel: Parcel) -> Any:
        return parcel.order

    sent = event(
        "appsync_events",
        payloads=[{"order": 1, "state": "x"}, {"order": CANARY}, '{"order": 3, "state": "y"}'],
    )
    first, second, third = ask(answering(handler), sent)["events"]
    assert (first["payload"], third["payload"]) == (1, 3)
    assert is_generic(second["error"])


def test_what_is_not_on_offer_is_refused_at_import() -> None:
    for parameter in ("body", "payloads", "a: Parcel, b: Parcel"):
        names: dict[str, Any] = {"Parcel": Parcel}
        exec(f"def handler({parameter}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.appsync_events\.publish"):
            answering(names["handler"])


# -- what is published ---------------------------------------------------------------------------------------


def test_what_is_returned_takes_the_place_of_the_payload() -> None:
    async def later(payload: Any) -> Any:
        return payload["state"]

    for handler in (lambda payload: payload["state"], later):
        assert ask(answering(handler)) == outgoing("packed", "sent", "lost")
    assert ask(answering(lambda payload: Parcel(order=1, state="a"))) == outgoing(
        *[{"order": 1, "state": "a"}] * 3
    )
    assert (
        ask(answering(lambda payload: {"id": IDS[0], "payload": 1}))["events"][1]["payload"]["id"] == IDS[0]
    )


def test_without_a_result_events_go_on_as_they_came() -> None:
    assert ask(answering(lambda payload: None)) == outgoing(*PAYLOADS)
    assert ask(answering(lambda events: None)) == outgoing(*PAYLOADS)
    assert ask(Router(warmup=lambda event: True)) == outgoing(*PAYLOADS)
    app = Router()
    app.default(lambda event: None)
    assert ask(app) == outgoing(*PAYLOADS)


def test_a_drop_drops_the_event_and_a_dropping_route_all() -> None:
    def handler(payload: Any) -> Any:
        if payload["state"] == "sent":
            raise Drop
        return 1

    assert [one["id"] for one in ask(answering(handler))["events"]] == [IDS[0], IDS[2]]

    def all_of_them(events: Any) -> Any:
        raise Drop

    app = Router()
    app.appsync_events.publish("*").drop()
    assert ask(app) == ask(answering(all_of_them)) == {"events": []}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (["a", None, {"id": "b"}], outgoing("a", None, {"id": "b"})),
        (("a", "b", "c"), outgoing("a", "b", "c")),
        ([], {"events": []}),
        (PUBLISH["events"][1:], {"events": PUBLISH["events"][1:]}),
        ([{"id": IDS[1], "error": "no"}], {"events": [{"id": IDS[1], "error": "no"}]}),
        ([{**PUBLISH["events"][0], "more": 1}], {"events": [PUBLISH["events"][0]]}),
        ({"events": []}, {"events": []}),
        ({"error": "all of it"}, {"error": "all of it"}),
        ({"events": PUBLISH["events"][:1], "error": "the rest"}, ...),
    ],
)
def test_forms_of_a_result_for_all(result: Any, expected: Any) -> None:
    assert ask(answering(lambda events: result)) == (result if expected is ... else expected)


@pytest.mark.parametrize(
    "result",
    [
        7,
        True,
        "text",
        {},
        {"id": IDS[0], "payload": 1},
        {"events": None},
        {"error": ""},
        {"events": [{"id": "unknown", "payload": 1}]},
        {"events": [{"id": IDS[0]}]},
        {"events": [{"id": IDS[0], "payload": 1, "error": "x"}]},
        {"events": [{"id": IDS[0], "error": None}]},
        {"events": [PUBLISH["events"][0], PUBLISH["events"][0]]},
        {"events": [], "more": 1},
        ["a"],
        ["a", "b", "c", "d"],
        [*PUBLISH["events"], PUBLISH["events"][0]],
        [PUBLISH["events"][0], "b"],
        [1, 2, float("nan")],
        [1, 2, b"x"],
        [1, 2, "\ud800"],
    ],
)
def test_a_wrong_result_for_all_fails_every_event(result: Any, caplog: Any) -> None:
    found = ask(answering(lambda events: result))["events"]
    assert [one["id"] for one in found] == IDS
    assert all(is_generic(one["error"]) for one in found)
    assert "ResultError" in caplog.text


def test_a_wrong_payload_fails_its_event_alone() -> None:
    found = ask(answering(lambda payload: b"x" if payload["state"] == "sent" else 1))["events"]
    assert [one.get("payload") for one in found] == [1, None, 1]
    assert is_generic(found[1]["error"])


def test_ids_are_read_before_a_handler_may_change_them() -> None:
    def handler(events: Any) -> None:
        for one in events:
            one["id"] = "other"
            one["payload"] = 7
        del events[1]

    assert ask(answering(handler)) == outgoing(7, 7, 7)

    def each(event: Any, payload: Any) -> None:
        event["events"][0]["id"] = "other"

    assert ask(answering(each)) == outgoing(*PAYLOADS)


# -- exceptions ----------------------------------------------------------------------------------------------

FAILURES = [
    ValueError(CANARY),
    Retry(CANARY),
    Reject(CANARY),
    HTTPError(403, CANARY),
    SystemExit(CANARY),
    RouterError(CANARY),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_an_exception_fails_its_event_all_of_them_or_the_subscription(failure: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    def one(payload: Any) -> Any:
        if payload["state"] == "sent":
            raise failure

    def every(events: Any) -> Any:
        raise failure

    found = ask(answering(one))["events"]
    assert ["error" in e for e in found] == [False, True, False]
    texts = [found[1]["error"], *[e["error"] for e in ask(answering(every))["events"]]]
    texts.append(ask(answering(every), SUBSCRIBE)["error"])
    assert len(texts) == 5
    assert all(map(is_generic, texts))
    assert CANARY not in caplog.text
    assert type(failure).__name__ in caplog.text


def test_a_public_error_is_shown() -> None:
    def handler(channel: str) -> None:
        raise PublicError(f"{channel} is closed")

    assert ask(answering(handler), SUBSCRIBE) == {"error": "/chat/coffee is closed"}
    assert ask(answering(handler), ONE)["events"][0]["error"] == "/chat/tea is closed"

    def silent() -> None:
        raise PublicError("")

    assert ask(answering(silent), SUBSCRIBE) == {"error": "PublicError"}


def test_a_subscription_is_let_in_by_null_alone() -> None:
    assert ask(answering(lambda: None), SUBSCRIBE) is None
    assert ask(answering(lambda: {"error": "not you"}), SUBSCRIBE) == {"error": "not you"}
    for wrong in (True, False, {}, "ok", [], {"events": []}, {"error": ""}, {"error": None}, 1):
        assert is_generic(ask(answering(lambda wrong=wrong: wrong), SUBSCRIBE)["error"])

    def dropping() -> None:
        raise Drop

    app = Router()
    app.appsync_events.subscribe("*").drop()
    for one in (app, answering(dropping)):
        assert is_generic(ask(one, SUBSCRIBE)["error"])
    with pytest.raises(ConcealedError):
        ask(Router(), SUBSCRIBE)


def test_exception_handlers() -> None:
    def failing(payload: Any) -> Any:
        raise LookupError

    app = answering(failing)
    app.exception_handler(LookupError)(lambda exc, call: call.subject["events"][0]["payload"]["state"])
    assert ask(app) == outgoing("packed", "sent", "lost")
    app = answering(failing)
    app.exception_handler(LookupError)(lambda exc, call: None)
    assert all("error" in one for one in ask(app)["events"])
    app = answering(failing)
    app.exception_handler(LookupError)(lambda exc, call: {"error": "no"})
    assert ask(app, SUBSCRIBE) == {"error": "no"}

    def stop(payload: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answering(stop)(copy.deepcopy(PUBLISH))


def test_middleware_that_raises_or_answers() -> None:
    def outer(invocation: Any, call_next: Any) -> Any:
        raise ValueError(CANARY)

    app = answering(lambda payload: None)
    app.use(outer)
    assert all(is_generic(one["error"]) for one in ask(app)["events"])
    assert is_generic(ask(app, SUBSCRIBE)["error"])
    seen: list[Any] = []

    def inner(invocation: Any, call_next: Any) -> Any:
        seen.append(invocation.event["events"][0]["payload"])
        return call_next(invocation)

    app = Router()
    app.appsync_events.publish("*", middleware=[inner])(lambda payload: payload)
    assert ask(app) == outgoing(*PAYLOADS)
    assert len(seen) == 3


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("/parcels/417", True),
        ("/parcels/*", True),
        ("*", True),
        (["/chat/*", "/parcels/*"], True),
        ("/parcels", False),
        ("/parcels/4", False),
        ("parcels/417", False),
    ],
)
def test_channels(channel: Any, expected: bool) -> None:
    app = Router()
    app.appsync_events.subscribe(channel)(lambda: None)
    app.appsync_events.publish(channel)(lambda payload: "mine")
    app.default(lambda: {"events": []})
    assert ask(app) == (outgoing("mine", "mine", "mine") if expected else {"events": []})


def test_without_a_route_the_log_says_what_to_write(caplog: Any) -> None:
    app = Router()
    app.appsync_events.publish("/parcels/417")(lambda: None)
    with pytest.raises(ConcealedError) as found:
        ask(app, SAMPLES["subscribe_iam"])
    assert isinstance(found.value.__cause__, NoRouteError)
    assert '@app.appsync_events.subscribe("/parcels/418")' in caplog.text
    assert app.explain(ONE).suggestion == '@app.appsync_events.publish("/chat/tea")'


def test_mistakes_are_refused_at_import() -> None:
    app = answering(lambda: None)
    with pytest.raises(DuplicateRouteError):
        app.appsync_events.publish("*").drop()
    for wrong in (None, 7, []):
        with pytest.raises(ConfigurationError):
            app.appsync_events.publish(wrong).drop()  # type: ignore[arg-type]


# -- any result, hostile and labelled events -----------------------------------------------------------------

FIELDS = st.sampled_from(["events", "error", "id", "payload"])


@settings(max_examples=300, deadline=None)
@given(
    result=VALUES
    | st.lists(VALUES, min_size=3, max_size=3)
    | st.dictionaries(
        FIELDS, VALUES | st.lists(st.fixed_dictionaries({"id": st.sampled_from(IDS), "payload": VALUES}))
    ),
    sent=st.sampled_from([PUBLISH, ONE, SUBSCRIBE]),
    each=st.booleans(),
)
def test_any_result_becomes_an_answer(result: Any, sent: Any, each: bool) -> None:
    sent = copy.deepcopy(sent)
    app = answering((lambda payload: result) if each else (lambda events: result))
    model.check(app(copy.deepcopy(sent)), sent)


def test_wrong_types_at_every_depth_are_no_crash() -> None:
    def handler(channel: Any, payload: Any, identity: Any, event: Any) -> None: ...

    apps = answering(handler), answering(lambda events: None), Router()
    for sample in (PUBLISH, SUBSCRIBE):
        for path in places(sample):
            for sent in misshapen(sample, path):
                if detect(sent) != "appsync_events":
                    continue
                for app in apps:
                    result = Client(app).send(sent)
                    assert result.error is None or isinstance(result.error, ResultError | ConcealedError)
                json.dumps(app.explain(sent).to_dict())


@pytest.mark.parametrize(
    "changes",
    [
        {"events": None},
        {"events": [1]},
        {"events": [{"payload": 1}]},
        {"events": [PUBLISH["events"][0]] * 2},
        {"info": {**PUBLISH["info"], "operation": "CONNECT"}},
        {"info": {**PUBLISH["info"], "operation": None}},
        {"info": {**PUBLISH["info"], "channel": "/a"}},
        {"info": {**PUBLISH["info"], "channelNamespace": None}},
        {"info": None},
    ],
)
def test_what_is_near_is_not_appsyncs(changes: Any) -> None:
    assert detect({**PUBLISH, **changes}) is None


def test_what_is_always_there_has_to_be_there() -> None:
    for key in ("info", "events"):
        for sample in (PUBLISH, SUBSCRIBE):
            assert detect({k: v for k, v in sample.items() if k != key}) is None


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "appsync_events"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        found = [room.name for room in Router.everything().rooms if room.recognise(sent)]
        assert found == ["appsync_events"], file
        answer = ask(answering(lambda payload: payload), sent)
        assert answer == {"events": [{"id": e["id"], "payload": e["payload"]} for e in sent["events"]]}


def test_payloads_and_tokens_are_in_no_log_and_no_error(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event(
        "appsync_events",
        payloads=[{"card": CANARY}],
        identity={"sub": CANARY},
        headers={"authorization": CANARY},
    )

    def handler(payload: int) -> None: ...

    for app in (answering(handler), answering(lambda events: 7), Router()):
        result = Client(app).send(sent)
        assert CANARY not in f"{result.error!r} {result.response} {caplog.text}"


def test_the_client_publishes_and_subscribes() -> None:
    app = answering(lambda payload: {"seen": payload})
    result = Client(app).appsync_events("publish", "/a/b", [1, 2])
    assert [one["payload"] for one in result.response["events"]] == [{"seen": 1}, {"seen": 2}]
    assert Client(answering(lambda: None)).appsync_events("subscribe", "/a/b").response is None


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambda_router.sources.appsync_events._check", lambda answer, known: None)
    with pytest.raises(model.Refused):
        ask(answering(lambda events: {"events": [{"id": "unknown", "payload": 1}]}))
