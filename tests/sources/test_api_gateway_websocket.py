"""Amazon API Gateway WebSocket APIs: parts, routes, answers judged by the contract model, failures, secrets."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayWebSocketEvent
from hypothesis import given
from hypothesis import strategies as st
from models import Refused
from models import api_gateway_websocket as model
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
    Request,
    Response,
    ResultError,
    Retry,
    Router,
    detect,
)
from lambda_router.testing import Client, SampleError, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("api_gateway_websocket")}
CONNECT, MESSAGE, DISCONNECT = SAMPLES["connect_authorized"], SAMPLES["custom_route"], SAMPLES["disconnect"]


class Text(BaseModel):
    to: str
    text: str


def answering(handler: Any) -> Router:
    """An app in which one handler takes everything that happens on a connection."""
    app = Router()
    app.websocket("*")(handler)
    app.websocket.connect()(handler)
    app.websocket.disconnect()(handler)
    return app


def ask(sent: Any, handler: Any) -> Any:
    """The answer of an app with this handler, which API Gateway takes."""
    before = json.dumps(sent)
    answer = answering(handler)(sent)
    assert json.dumps(sent) == before
    model.check(answer, sent)
    return answer


def returning(sent: Any, value: Any) -> Any:
    return ask(sent, lambda: value)


def raising(sent: Any, exc: BaseException) -> Any:
    def handler() -> None:
        raise exc

    return ask(sent, handler)


def given_to(signature: str, sent: Any) -> Any:
    """What a handler with this signature is given for the event."""
    seen: list[Any] = []
    names = {"seen": seen, "Text": Text, "Any": Any, "APIGatewayWebSocketEvent": APIGatewayWebSocketEvent}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    ask(sent, names["handler"])
    return seen[0]


def takes(sent: Any, register: Any) -> bool:
    app, seen = Router(), []
    register(app)(lambda: seen.append("route"))
    app.default(lambda event: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG)
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


# -- whose it is ---------------------------------------------------------------------------------------------


def test_the_short_name_is_the_room() -> None:
    app = Router()
    assert app.websocket is app.api_gateway_websocket
    assert type(app.websocket).__name__ == "ApiGatewayWebsocket"


@pytest.mark.parametrize(
    "changes",
    [
        {"connectionId": None},
        {"connectionId": 7},
        {"eventType": "PING"},
        {"eventType": ["MESSAGE"]},
        {"eventType": None},
        {"routeKey": None},
        {"routeKey": {}},
        {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:::x"}},
    ],
)
def test_a_connection_that_does_not_prove_itself_is_not_claimed(changes: Any) -> None:
    sent = {**MESSAGE, "requestContext": {**MESSAGE["requestContext"], **changes}}
    assert detect(sent) != "api_gateway_websocket"
    assert detect({**sent, "requestContext": [sent["requestContext"]]}) is None


def test_the_question_of_an_authorizer_is_not_a_connection() -> None:
    assert detect(event("api_gateway_authorizer.websocket")) == "api_gateway_authorizer"
    assert detect({**CONNECT, "methodArn": "arn:aws:execute-api:::a/b/$connect"}) != "api_gateway_websocket"


# -- parts ---------------------------------------------------------------------------------------------------

CONTEXT = MESSAGE["requestContext"]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("connection_id", "KbW4yJaVoiAFKMD="),
        ("connection_id: str", "KbW4yJaVoiAFKMD="),
        ("route_key", "send"),
        ("body", {"action": "send", "to": "bob", "text": "hi"}),
        ("body: dict", {"action": "send", "to": "bob", "text": "hi"}),
        ("body: str", '{"action":"send","to":"bob","text":"hi"}'),
        ("body: bytes", b'{"action":"send","to":"bob","text":"hi"}'),
        ("body: Text", Text(to="bob", text="hi")),
        ("message: Text", Text(to="bob", text="hi")),
        ("event", MESSAGE),
        ("context", None),
    ],
)
def test_each_part_of_a_message(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter, MESSAGE).values()
    assert value == expected


def test_the_distinct_parts_of_a_message_are_distinct() -> None:
    found = given_to("connection_id, route_key, invocation, request", MESSAGE)
    values = [found["connection_id"], found["route_key"], found["invocation"].correlation_id]
    assert values == ["KbW4yJaVoiAFKMD=", "send", "KbW4yIzUIiAIT6j="]
    assert found["request"].stage == "gamma"
    assert found["request"].claims == CONTEXT["authorizer"]
    assert found["invocation"].source == "api_gateway_websocket"


def test_the_request_of_a_handshake() -> None:
    request = given_to("request", CONNECT)["request"]
    assert isinstance(request, Request)
    assert (request.method, request.path, request.source) == ("GET", "/", "api_gateway_websocket")
    assert request.headers["SEC-websocket-protocol"] == "chat.v2"
    assert request.headers.all("user-agent") == ["ChatApp/2.1 (Android 16)"]
    assert request.query == {"room": "blue", "lang": "de"}
    assert request.query.all("room") == ["red", "blue"]
    assert request.cookies == {"session": "s-81"}
    assert request.claims == {"principalId": "ada", "integrationLatency": 41, "tenant": "acme"}
    assert (request.stage, request.client_ip, request.body) == ("live", "198.51.100.23", b"")
    assert request.event == CONNECT


def test_headers_that_only_one_of_the_maps_has() -> None:
    sent = {**CONNECT, "headers": {"X-One": "1", "host": "other"}}
    request = given_to("request", sent)["request"]
    assert (request.headers["x-one"], request.headers.all("host")) == (
        "1",
        [CONNECT["multiValueHeaders"]["Host"][0]],
    )


def test_powertools_classes_are_wrapped_around_the_event() -> None:
    found = given_to("event: APIGatewayWebSocketEvent, request: APIGatewayWebSocketEvent", MESSAGE)
    assert found["event"].request_context.connection_id == "KbW4yJaVoiAFKMD="
    assert found["request"].request_context.route_key == "send"


def test_a_body_in_base64_and_a_body_that_is_no_json() -> None:
    binary = event("api_gateway_websocket", body=b"\x00\xff")
    assert given_to("body: bytes", binary) == {"body": b"\x00\xff"}
    assert given_to("body: str", SAMPLES["text_message"]) == {"body": "ping"}
    assert answering(lambda body: None)(SAMPLES["text_message"])["statusCode"] == 422
    assert given_to("body", CONNECT) == {"body": None}
    assert answering(lambda body: None)({**binary, "body": "*"})["statusCode"] == 400


@pytest.mark.parametrize("signature", ["record", "path", "message", "connectionid", "records"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.websocket"):
        given_to(signature, MESSAGE)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "register", "expected"),
    [
        (MESSAGE, lambda app: app.websocket("send"), True),
        (MESSAGE, lambda app: app.websocket("Send"), False),
        (MESSAGE, lambda app: app.websocket("se"), False),
        (MESSAGE, lambda app: app.websocket("se*"), True),
        (MESSAGE, lambda app: app.websocket(["x", "send"]), True),
        (MESSAGE, lambda app: app.websocket("*"), True),
        (MESSAGE, lambda app: app.websocket("$default"), False),
        (SAMPLES["message"], lambda app: app.websocket("$default"), True),
        (SAMPLES["message"], lambda app: app.websocket("*"), True),
        (MESSAGE, lambda app: app.websocket("send", stage="gamma"), True),
        (MESSAGE, lambda app: app.websocket("send", stage=["beta", "g*"]), True),
        (MESSAGE, lambda app: app.websocket("send", stage="beta"), False),
        (MESSAGE, lambda app: app.websocket("send", pattern={"body": {"to": ["bob"]}}), True),
        (MESSAGE, lambda app: app.websocket("send", pattern={"body": {"to": ["eve"]}}), False),
        (SAMPLES["text_message"], lambda app: app.websocket("*", pattern={"body": {"to": ["bob"]}}), False),
        (SAMPLES["text_message"], lambda app: app.websocket("*", pattern={"body": ["ping"]}), True),
        (MESSAGE, lambda app: app.websocket.connect(), False),
        (CONNECT, lambda app: app.websocket.connect(), True),
        (CONNECT, lambda app: app.websocket.connect(stage="live"), True),
        (CONNECT, lambda app: app.websocket.connect(stage="beta"), False),
        (CONNECT, lambda app: app.websocket("$connect"), True),
        (CONNECT, lambda app: app.websocket("*"), False),
        (CONNECT, lambda app: app.websocket("$*"), False),
        (CONNECT, lambda app: app.websocket(["*", "$connect"]), True),
        (CONNECT, lambda app: app.websocket.disconnect(), False),
        (DISCONNECT, lambda app: app.websocket.disconnect(), True),
        (DISCONNECT, lambda app: app.websocket.disconnect(stage="beta"), True),
        (DISCONNECT, lambda app: app.websocket("*"), False),
    ],
)
def test_which_events_a_route_takes(sent: Any, register: Any, expected: bool) -> None:
    assert takes(sent, register) is expected


def test_the_first_route_that_holds_takes_the_message() -> None:
    app = Router()
    app.websocket("send", stage="beta")(lambda: "beta")
    app.websocket("send")(lambda: "any")
    app.websocket("send*")(lambda: "glob")
    assert app(MESSAGE)["body"] == "any"


def test_what_could_never_be_reached_is_refused() -> None:
    app = Router()
    app.websocket.connect()(lambda: None)
    with pytest.raises(DuplicateRouteError):
        app.websocket("$connect")(lambda: None)
    for wrong in (None, 7, [], ""):
        with pytest.raises(ConfigurationError):
            app.websocket(wrong)


def test_an_event_that_no_route_takes() -> None:
    app = Router()
    app.websocket("receive")(lambda: None)
    for sent, decorator in (
        (MESSAGE, '@app.websocket("send")'),
        (CONNECT, "@app.websocket.connect()"),
        (DISCONNECT, "@app.websocket.disconnect()"),
    ):
        with pytest.raises(NoRouteError) as info:
            app(sent)
        assert info.value.suggestion == decorator
        assert app.explain(sent).suggestion == decorator
    renamed = {**MESSAGE, "requestContext": {**CONTEXT, "routeKey": 'a"*'}}
    fresh = Router()
    exec(f"{fresh.explain(renamed).suggestion}\ndef take(): pass", {"app": fresh})
    assert fresh(renamed) == {"statusCode": 200}
    assert not fresh.api_gateway_websocket.match(MESSAGE)


def test_routes_are_included_and_dropped() -> None:
    inner, app = Router(), Router()
    inner.websocket("send")(lambda: "inner")
    inner.websocket.disconnect().drop()
    app.include(inner)
    assert app(MESSAGE) == {"statusCode": 200, "body": "inner"}
    assert app(DISCONNECT) == {"statusCode": 200}


# -- results -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {"statusCode": 200}),
        ("ok", {"statusCode": 200, "body": "ok"}),
        ("", {"statusCode": 200}),
        ({"ok": True}, {"statusCode": 200, "body": '{"ok":true}'}),
        ([1, "é"], {"statusCode": 200, "body": '[1,"é"]'}),
        (7, {"statusCode": 200, "body": "7"}),
        (False, {"statusCode": 200, "body": "false"}),
        (Text(to="a", text="b"), {"statusCode": 200, "body": '{"to":"a","text":"b"}'}),
        (("late", 202), {"statusCode": 202, "body": "late"}),
        (("late", 202, {"x-a": "1"}), {"statusCode": 202, "body": "late"}),
        (Response("made", 201, headers={"x-a": "1"}), {"statusCode": 201, "body": "made"}),
        (Response(status=204), {"statusCode": 204}),
        ("x" * 131_072, {"statusCode": 200, "body": "x" * 131_072}),
    ],
)
def test_each_result_for_a_message(value: Any, expected: Any) -> None:
    assert returning(MESSAGE, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {"statusCode": 200}),
        (Response(status=403), {"statusCode": 403}),
        (
            Response(headers={"Sec-WebSocket-Protocol": "chat.v2"}),
            {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat.v2"}},
        ),
        (
            Response(headers={"x-a": ["1", "2"]}, cookies={"a": "b"}),
            {"statusCode": 200, "headers": {"x-a": "1, 2", "set-cookie": "a=b"}},
        ),
        (
            ({"why": "full"}, 503),
            {"statusCode": 503, "headers": {"content-type": "application/json"}, "body": '{"why":"full"}'},
        ),
    ],
)
def test_each_result_for_a_connection(value: Any, expected: Any) -> None:
    assert returning(CONNECT, value) == expected


WRONG: list[tuple[Any, Any, str]] = [
    (CONNECT, {"statusCode": 403}, "$.statusCode"),
    (CONNECT, {"statusCode": 200, "body": "x"}, "$.statusCode"),
    (MESSAGE, {"statusCode": 200}, "$.statusCode"),
    (CONNECT, False, "$.statusCode"),
    (CONNECT, Response(cookies={"a": "1", "b": "2"}), "$.cookies"),
    (MESSAGE, b"bytes", "$.body"),
    (MESSAGE, "x" * 131_073, "$.body"),
    (MESSAGE, "\N{EURO SIGN}" * 43_691, "$.body"),
    (MESSAGE, float("nan"), "$"),
    (MESSAGE, {"a": {1, object()}}, "$.a"),
    (MESSAGE, "\ud800", "$.body"),
    (MESSAGE, object(), "$"),
    (MESSAGE, {"a": float("inf")}, "$.a"),
]


@pytest.mark.parametrize(("sent", "value", "path"), WRONG)
def test_a_wrong_result_names_its_field_and_is_a_500(
    sent: Any, value: Any, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = answering(lambda: value)
    invocation = type("Invocation", (), {"event": sent})()
    with pytest.raises(ResultError) as info:
        app.websocket.shape(value, invocation)
    assert info.value.path.startswith(path)
    assert ask(sent, lambda: value)["statusCode"] == 500
    assert "ResultError" in caplog.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
responses = st.builds(
    lambda body, status, headers: (body, status, headers),
    json_values,
    st.integers(90, 610),
    st.dictionaries(st.text("aZ-\r\n :", max_size=4), st.text(max_size=4) | st.integers(), max_size=2),
)


@given(
    sent=st.sampled_from([CONNECT, MESSAGE, DISCONNECT]),
    value=json_values | responses | st.dictionaries(st.just("statusCode"), json_values),
)
def test_any_result_is_an_answer_that_is_taken_or_a_500(sent: Any, value: Any) -> None:
    logging.disable(logging.ERROR)
    try:
        returning(sent, value)
    finally:
        logging.disable(logging.NOTSET)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [CONNECT, MESSAGE, DISCONNECT])
def test_what_an_exception_becomes(sent: Any) -> None:
    refused = raising(sent, HTTPError(403, "not you"))
    assert refused["statusCode"] == 403
    assert json.loads(refused["body"])["detail"] == "not you"
    assert raising(sent, Drop()) == {"statusCode": 200}
    assert raising(sent, Retry(after=2))["statusCode"] == 503
    assert raising(sent, Reject())["statusCode"] == 422
    public = raising(sent, PublicError("we are closed"))
    assert (public["statusCode"], json.loads(public["body"])["detail"]) == (500, "we are closed")


@pytest.mark.parametrize("sent", [CONNECT, MESSAGE, DISCONNECT])
@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyError, MemoryError, GeneratorExit])
def test_a_fault_is_a_500_that_says_nothing_but_the_correlation_id(
    sent: Any, kind: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = raising(sent, kind("CANARY"))
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["correlation_id"] == sent["requestContext"]["requestId"]
    assert "CANARY" not in json.dumps(answer)
    assert kind.__name__ not in json.dumps(answer)
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert kind.__name__ in line
    assert sent["requestContext"]["requestId"] in line
    assert "CANARY" not in caplog.text


def test_an_exception_handler_answers_in_the_same_forms() -> None:
    app = Router()

    @app.exception_handler(LookupError)
    def on_lookup(exc: LookupError, invocation: Any) -> Any:
        return ("unknown", 404)

    @app.websocket("send")
    @app.websocket.connect()
    def handler() -> None:
        raise KeyError("CANARY")

    for sent in (MESSAGE, CONNECT):
        answer = app(sent)
        model.check(answer, sent)
        assert (answer["statusCode"], answer["body"]) == (404, "unknown")


def test_middleware_and_coroutines() -> None:
    app = Router()

    @app.middleware
    def shout(invocation: Any, call_next: Any) -> Any:
        return call_next(invocation).upper()

    async def handler(body: dict[str, Any]) -> str:
        return str(body["text"])

    app.websocket("send", middleware=[lambda i, n: f"{n(i)}!"], name="shout")(handler)
    assert app(MESSAGE) == {"statusCode": 200, "body": "HI!"}
    assert app.routes[0].name == "shout"


# -- hostile events and secrets ------------------------------------------------------------------------------

ODD = [None, True, 7, 1.5, "", "text", "\ud800", [], {}, [None], {"a": []}, "%ff"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, inner in items for p in [(*path, key), *places(inner, (*path, key))]]


@pytest.mark.parametrize("name", SAMPLES)
def test_wrong_types_anywhere_raise_nothing_else_than_an_answer(name: str) -> None:
    seen: list[Any] = []

    def handler(
        connection_id: Any, route_key: Any, request: Any, event: Any, body: str | None = None
    ) -> None:
        seen.append((request.headers, request.query, request.cookies, request.claims, request.stage))
        seen.append((request.client_ip, request.method, request.path, connection_id, route_key, body))

    app = answering(handler)
    app.websocket("x", stage="x", pattern={"body": {"a": ["b"]}})(handler)
    app.default(lambda event: None)
    logging.disable(logging.ERROR)
    try:
        for path in places(SAMPLES[name]):
            for odd in ODD:
                sent = json.loads(json.dumps(SAMPLES[name]))
                holder = sent
                for key in path[:-1]:
                    holder = holder[key]
                holder[path[-1]] = odd
                answer = app(sent)
                if detect(sent) == "api_gateway_websocket":
                    model.check(answer, sent)
                app.explain(sent)
    finally:
        logging.disable(logging.NOTSET)
    assert len(seen) > 100


def test_secrets_of_a_handshake_are_neither_logged_nor_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "CANARY-7f3a"
    sent = event(
        "api_gateway_websocket.connect",
        headers={"Authorization": canary, "x-api-key": canary, "x-amz-security-token": canary},
        query={"token": canary},
        cookies={"session": canary},
        authorizer={"principalId": canary, "token": canary},
    )
    shown: list[Any] = []

    def handler(request: Request, invocation: Any) -> None:
        shown.extend([repr(request), repr(invocation), repr(request.claims and invocation.route)])
        raise ValueError(f"{canary} {request.headers!r}")

    answer = ask(sent, handler)
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    for text in (caplog.text, json.dumps(answer), str(info.value), *shown):
        assert canary not in text


# -- collected events and the testing kit --------------------------------------------------------------------


def test_collected_events_reach_their_handlers(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    named = [file for file, label in labels.items() if label["source"] == "api_gateway_websocket"]
    assert named
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        found = Router.everything().find(sent)
        assert (found is not None and found.name == "api_gateway_websocket") is (file in named), file
    for file in named:
        sent = json.loads((shared_events / file).read_text())
        assert given_to("connection_id", sent)["connection_id"] == sent["requestContext"]["connectionId"]


def test_the_client_connects_talks_and_leaves() -> None:
    app = Router()
    connections: list[str] = []

    @app.websocket.connect()
    def on_connect(connection_id: str, request: Request) -> None:
        if request.query.get("token") != "t":
            raise HTTPError(401)
        connections.append(connection_id)

    @app.websocket("send")
    def on_send(message: Text) -> dict[str, str]:
        return {"to": message.to}

    @app.websocket.disconnect()
    def on_disconnect(connection_id: str) -> None:
        connections.remove(connection_id)

    client = Client(app)
    assert client.websocket("$connect").response["statusCode"] == 401
    assert client.websocket("$connect", query={"token": "t"}, connection_id="c-1").response == {
        "statusCode": 200
    }
    assert connections == ["c-1"]
    sent = client.api_gateway_websocket("send", {"to": "bob", "text": "hi"}, connection_id="c-1")
    assert (sent.response, sent.route, sent.source) == (
        {"statusCode": 200, "body": '{"to":"bob"}'},
        sent.route,
        "api_gateway_websocket",
    )
    assert client.websocket("send", {"to": 7}).response["statusCode"] == 422
    client.websocket("$disconnect", connection_id="c-1").raise_for_error()
    assert connections == []
    with pytest.raises(SampleError, match="only a message has a body"):
        client.websocket("$connect", "text")
