"""Custom authorizers of AWS IoT: parts, criteria, decisions, policies, denials, tokens that show nowhere."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from e2e.functions.router import EXCEPTIONS
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import Refused
from models import iot_authorizer as model

from lambda_router import (
    Allow,
    ConcealedError,
    ConfigurationError,
    Deny,
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
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("iot_authorizer")}
EVERY_PART = SAMPLES["iot_authorizer.every_part"]
POLICY = model.POLICY
PUBLISH: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["iot:Publish"], "Resource": "*"}],
}


def routed(result: Any, **options: Any) -> Router:
    """An app whose authorizer returns this, or raises it if it is an exception."""
    app = Router()

    @app.iot_authorizer(**options)
    def authorize() -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return app


def ask(app: Any, sent: Any = EVERY_PART) -> Any:
    """The answer, after the model has accepted it; the event is as it was."""
    app = app if isinstance(app, Router) else routed(app)
    before = copy.deepcopy(sent)
    done = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(done.response, sent)
    return done.response


def refused(result: Any) -> ResultError:
    """The ResultError behind the general text of a wrong result."""
    with pytest.raises(ConcealedError) as info:
        ask(result)
    assert isinstance(info.value.__cause__, ResultError)
    return info.value.__cause__


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize("answer", model.RIGHT)
def test_the_model_accepts(answer: Any) -> None:
    model.check(answer, model.WRONG[0][1])


# -- parts and routes ----------------------------------------------------------------------------------------


def given_to(source: str, sent: Any = EVERY_PART) -> Any:
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen}
    exec(f"def authorize({source}):\n seen.append(dict(locals()))\n return False", names)
    app.iot_authorizer()(names["authorize"])
    Client(app).send(sent).raise_for_error()
    return seen[0] if seen else None


DATA = EVERY_PART["protocolData"]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("token", "example-token"),
        ("token: str", "example-token"),
        ("protocol", "mqtt"),
        ("protocols", ["tls", "http", "mqtt"]),
        ("client_id", "thyme"),
        ("connection", EVERY_PART["connectionMetadata"]),
        ("signature_verified: bool", True),
        ("username", "plants"),
        ("password", "moisture"),
        ("headers", {"User-Agent": "fern/1.0"}),
        ("query_string", "?x-amz-customauthorizer-name=plants"),
        ("server_name", "iot.example.com"),
        ("event", EVERY_PART),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_what_a_connection_has_not_is_none_and_denied_where_it_must_be_there() -> None:
    http = SAMPLES["iot_authorizer.http"]
    found = given_to("token, client_id, username, password, protocol", http)
    assert found == {
        "token": None,
        "client_id": None,
        "username": None,
        "password": None,
        "protocol": "http",
    }
    assert given_to("token: str", http) is None
    assert given_to("invocation")["invocation"].correlation_id == EVERY_PART["connectionMetadata"]["id"]


@pytest.mark.parametrize("sealed", ["w6Q=", "/w==", "no base64", "", 7, None])
def test_a_password_is_text_or_nothing(sealed: Any) -> None:
    sent = copy.deepcopy(EVERY_PART)
    sent["protocolData"]["mqtt"]["password"] = sealed
    assert given_to("password", sent)["password"] == {"w6Q=": "ä", "": ""}.get(sealed)


@pytest.mark.parametrize("signature", ["device", "policies", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.iot_authorizer"):
        given_to(signature)


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        ({}, True),
        ({"protocol": "mqtt"}, True),
        ({"protocol": ["http", "mqtt"]}, True),
        ({"protocol": "http"}, False),
        ({"client_id": "thyme"}, True),
        ({"client_id": "th*"}, True),
        ({"client_id": "fern"}, False),
    ],
)
def test_criteria(options: Any, taken: bool) -> None:
    app = Router()
    app.iot_authorizer(**options)(lambda: True)
    app.default(lambda: False)
    assert ask(app)["isAuthenticated"] is taken


def test_registration(caplog: Any) -> None:
    with pytest.raises(DuplicateRouteError):
        routed(True).iot_authorizer().drop()
    result = Client(Router()).send(EVERY_PART)
    assert isinstance(result.error, ConcealedError)
    assert isinstance(result.error.__cause__, NoRouteError)
    assert "@app.iot_authorizer()" in caplog.text


@pytest.mark.parametrize(
    "options",
    [
        {"disconnect_after": 299},
        {"disconnect_after": 86_401},
        {"refresh_after": 300.0},
        {"refresh_after": True},
        {"policies": []},
        {"policies": "allow"},
        {"policies": {"Version": "2012-10-17"}},
        {"policies": [POLICY] * 11},
        {"policies": 7},
    ],
)
def test_a_wrong_argument_is_refused_at_import(options: Any) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        routed(True, **options)


# -- decisions -----------------------------------------------------------------------------------------------


def test_true_lets_the_device_connect_under_its_client_id_and_no_more() -> None:
    answer = ask(True)
    assert answer == {
        "isAuthenticated": True,
        "principalId": "device",
        "disconnectAfterInSeconds": 86_400,
        "refreshAfterInSeconds": 3_600,
        "policyDocuments": [
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "iot:Connect",
                        "Resource": "arn:aws:iot:eu-west-1:123456789012:client/thyme",
                    }
                ],
            }
        ],
    }
    assert ask(Allow()) == answer


@pytest.mark.parametrize(
    ("client", "allowed"),
    [("*", "?"), ("a*b", "a?b"), ("${iot:ClientId}", "??iot:ClientId}"), ("", "*"), (7, "*"), (None, "*")],
)
def test_what_is_granted_is_no_pattern_of_the_devices_making(client: Any, allowed: str) -> None:
    sent = copy.deepcopy(EVERY_PART)
    sent["protocolData"]["mqtt"]["clientId"] = client
    (statement,) = ask(True, sent)["policyDocuments"][0]["Statement"]
    assert statement["Resource"] == f"arn:aws:iot:eu-west-1:123456789012:client/{allowed}"


def test_the_account_is_the_functions_own() -> None:
    app = routed(True)
    arn = "arn:aws-cn:lambda:cn-north-1:111122223333:function:shop"
    found = app(EVERY_PART, LambdaContext(invoked_function_arn=arn))
    (statement,) = found["policyDocuments"][0]["Statement"]
    assert statement["Resource"] == "arn:aws-cn:iot:cn-north-1:111122223333:client/thyme"
    (statement,) = app(EVERY_PART, None)["policyDocuments"][0]["Statement"]
    assert statement["Resource"] == "arn:aws:iot:*:*:client/thyme"


def test_policies_of_the_decision_and_of_the_decorator() -> None:
    assert ask(Allow("fern7", policies=PUBLISH))["policyDocuments"] == [PUBLISH]
    assert ask(Allow("fern7", policies=[PUBLISH, json.dumps(POLICY)]))["policyDocuments"] == [
        PUBLISH,
        json.dumps(POLICY),
    ]
    declared = routed(True, policies=[POLICY], disconnect_after=600, refresh_after=300)
    answer = ask(declared)
    assert answer["policyDocuments"] == [POLICY]
    assert (answer["disconnectAfterInSeconds"], answer["refreshAfterInSeconds"]) == (600, 300)
    assert ask(routed(Allow(policies=PUBLISH), policies=POLICY))["policyDocuments"] == [PUBLISH]


@pytest.mark.parametrize("result", [False, Deny(), Deny("fern7"), {"isAuthenticated": False}])
def test_denials(result: Any) -> None:
    assert ask(result) == {"isAuthenticated": False}


@pytest.mark.parametrize("answer", model.RIGHT)
def test_a_document_is_taken_as_it_is(answer: Any) -> None:
    assert ask(answer) == answer


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        ("fern", "$"),
        (1, "$"),
        ([], "$"),
        ({}, "$.isAuthenticated"),
        ({"isAuthenticated": "true"}, "$.isAuthenticated"),
        ({"isAuthenticated": True}, "$.principalId"),
        ({"isAuthenticated": False, "isAuthorized": True}, "$.isAuthorized"),
        (Allow("user-7"), "$.principalId"),
        (Allow(""), "$.principalId"),
        (Allow("ü"), "$.principalId"),
        (Allow("a" * 129), "$.principalId"),
        (Allow(policies=[]), "$.policyDocuments"),
        (Allow(policies=[POLICY] * 11), "$.policyDocuments"),
        (Allow(policies={**POLICY, "Id": "x" * 2_048}), "$.policyDocuments[0]"),
        (Allow(policies="allow"), "$.policyDocuments[0]"),
        (Allow(policies={**POLICY, "Version": "2008-10-17"}), "$.policyDocuments[0].Version"),
        (Allow(context={"a": 1}), "$.context"),
        (Allow(resources="*"), "$.resources"),
        (Allow(usage_key="k"), "$.usage_key"),
    ],
)
def test_a_wrong_decision_lets_nobody_in(result: Any, path: str) -> None:
    assert refused(result).path == path


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_what_the_model_refuses_is_refused(answer: Any, sent: Any, why: str) -> None:
    if answer is not True:
        refused(answer)


@settings(max_examples=200)
@given(
    st.booleans()
    | st.none()
    | st.builds(
        Allow,
        st.none() | st.text(max_size=4) | st.just("fern7"),
        policies=st.none() | st.sampled_from([POLICY, [POLICY], "x", [], {}, 7, [json.dumps(POLICY)]]),
    )
    | st.fixed_dictionaries(
        {"isAuthenticated": st.booleans()},
        optional={
            "principalId": st.text(max_size=3) | st.just("fern"),
            "disconnectAfterInSeconds": st.integers(0, 100_000),
            "refreshAfterInSeconds": st.integers(0, 100_000) | st.floats(),
            "policyDocuments": st.sampled_from([[POLICY], [], POLICY, ["x"]]),
        },
    )
)
def test_any_result_is_an_answer_or_an_error(result: Any) -> None:
    done = Client(routed(result)).send(EVERY_PART)
    if done.error is None:
        model.check(done.response, EVERY_PART)
    else:
        assert isinstance(done.error.__cause__, ResultError)


def test_the_proof_would_see_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambda_router.sources.iot_authorizer._ANSWER", lambda answer, path: None)
    with pytest.raises(Refused, match="principalId"):
        ask(Allow("user-7"))


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exc", [Drop(), Reject("x"), HTTPError(401), HTTPError(403, "x")], ids=repr)
def test_who_is_at_fault_is_denied(exc: Exception) -> None:
    assert ask(exc) == {"isAuthenticated": False}


def test_a_dropped_route_denies() -> None:
    app = Router()
    app.iot_authorizer(protocol="mqtt").drop()
    assert ask(app) == {"isAuthenticated": False}


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_is_raised_without_its_text(name: str) -> None:
    app = Router()
    app.iot_authorizer()(EXCEPTIONS[name])
    done = Client(app).send(EVERY_PART)
    assert isinstance(done.error, ConcealedError)
    assert done.response is None


@pytest.mark.parametrize("exc", [Retry("x"), HTTPError(500), ValueError("x")], ids=repr)
def test_a_fault_lets_nobody_in(exc: Exception) -> None:
    assert isinstance(Client(routed(exc)).send(EVERY_PART).error, ConcealedError)


def test_a_public_error_is_raised_as_it_is() -> None:
    assert str(Client(routed(PublicError("closed today"))).send(EVERY_PART).error) == "closed today"


def test_what_an_exception_handler_returns_is_the_decision() -> None:
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: Allow("fern7"))
    assert ask(app)["principalId"] == "fern7"
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: None)
    assert isinstance(Client(app).send(EVERY_PART).error, ConcealedError)


# -- secrets -------------------------------------------------------------------------------------------------


def test_no_token_and_no_password_shows_anywhere(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event("iot_authorizer.websocket", token="CANARY", password="CANARY", client_id="CANARY")

    def leaks(token: str, password: str) -> Any:
        raise ValueError(f"wrong {token} {password}")

    def wrong(token: str) -> Any:
        return {"isAuthenticated": True, "principalId": f"{token}!"}

    def number(token: int) -> Any:
        return True

    shown = []
    for handler in (leaks, wrong, number):
        app = Router()
        app.iot_authorizer()(handler)
        done = Client(app).send(sent)
        shown += [repr(done), str(done.error), repr(done.error), str(app.routes)]
    app = Router()
    app.iot_authorizer(client_id="nobody")(lambda: True)
    done = Client(app).send(sent)
    shown += [repr(done), str(done.error)]
    assert "CANARY" not in caplog.text + "".join(shown)


# -- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered(name: str) -> None:
    assert detect(SAMPLES[name]) == "iot_authorizer"
    assert ask(True, SAMPLES[name])["isAuthenticated"]


def test_hostile_events_raise_nothing_but_what_is_documented() -> None:
    app = Router()
    parts = ", ".join(app.iot_authorizer.parts)
    space: dict[str, Any] = {}
    exec(f"def authorize({parts}): return True", space)
    app.iot_authorizer(protocol="*")(space["authorize"])
    for path in places(EVERY_PART):
        for odd in misshapen(EVERY_PART, path):
            try:
                answer = app(odd)
            except RouterError as exc:
                assert not isinstance(exc.__cause__, ResultError) or "ud800" in json.dumps(odd)
            else:
                model.check(answer, odd)


def test_no_real_event_of_another_service_is_claimed(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    room = type(Router().iot_authorizer)
    events = {file: json.loads((shared_events / file).read_text()) for file in labels}
    assert [f for f, one in events.items() if room.recognise(one)] == [
        f for f, label in labels.items() if label["source"] == "iot_authorizer"
    ]
