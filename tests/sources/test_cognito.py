"""Amazon Cognito triggers: every answer is the event again and is held to the contract model; texts of failures are kept."""

from __future__ import annotations

import copy
import json
import logging
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import cognito_user_pool_event as powertools
from hypothesis import given, settings
from hypothesis import strategies as st
from models import cognito as model
from pydantic import BaseModel

from lambda_router import (
    ConcealedError,
    ConfigurationError,
    Depends,
    Drop,
    DuplicateRouteError,
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
from lambda_router.sources.cognito import Cognito, Trigger
from lambda_router.testing import Client, LambdaContext, SampleError, event
from lambda_router.testing.events import samples

TRIGGERS = {name: t.family for name, t in vars(Cognito).items() if isinstance(t, Trigger)}
SAMPLES = {name: sample for name, sample, _ in samples("cognito")}
SENDERS = ("custom_email_sender", "custom_sms_sender")
ANSWERING = [name for name in TRIGGERS if name not in SENDERS]
CANARY = "canary-4111-1111"

ANSWERS: dict[str, dict[str, Any]] = {
    "pre_sign_up": {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True},
    "post_confirmation": {},
    "pre_authentication": {},
    "post_authentication": {},
    "pre_token_generation": {
        "claimsOverrideDetails": {
            "claimsToAddOrOverride": {"tier": "gold"},
            "claimsToSuppress": ["email"],
            "groupOverrideDetails": {
                "groupsToOverride": ["readers"],
                "iamRolesToOverride": ["arn:aws:iam::123456789012:role/readers"],
                "preferredRole": "arn:aws:iam::123456789012:role/readers",
            },
        }
    },
    "define_auth_challenge": {
        "challengeName": "CUSTOM_CHALLENGE",
        "issueTokens": False,
        "failAuthentication": False,
    },
    "create_auth_challenge": {
        "publicChallengeParameters": {"question": "Where does the keeper live?"},
        "privateChallengeParameters": {"answer": "lighthouse"},
        "challengeMetadata": "RIDDLE",
    },
    "verify_auth_challenge": {"answerCorrect": True},
    "user_migration": {
        "userAttributes": {"email": "ada@example.com", "email_verified": "true"},
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
        "desiredDeliveryMediums": ["EMAIL", "SMS"],
        "forceAliasCreation": False,
        "enableSMSMFA": True,
    },
    "custom_message": {
        "smsMessage": "Your code is {####}",
        "emailMessage": "<b>{####}</b> is your code",
        "emailSubject": "Welcome",
    },
    "inbound_federation": {"userAttributesToMap": {"sub": "1", "email": "ada@example.com"}},
}
"""A full answer of each trigger that has one."""

V2_ANSWER: dict[str, Any] = {
    "claimsAndScopeOverrideDetails": {
        "idTokenGeneration": {
            "claimsToAddOrOverride": {"tier": {"name": "gold", "since": 2020, "lines": [1, None, True]}},
            "claimsToSuppress": ["email"],
        },
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"level": 7},
            "claimsToSuppress": [],
            "scopesToAdd": ["shop/orders.write"],
            "scopesToSuppress": ["openid"],
        },
        "groupOverrideDetails": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None},
    }
}

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({key for answer in (*ANSWERS.values(), V2_ANSWER) for key in answer})


def register(app: Router, trigger: str, handler: Any, /, **options: Any) -> None:
    getattr(app.cognito, trigger)(**options)(handler)


def answering(trigger: str, handler: Any) -> Router:
    app = Router()
    register(app, trigger, handler)
    return app


def ask(app: Any, sent: Any) -> dict[str, Any]:
    """The response in the answer to an event, when the answer is what Cognito takes and the event is as it was."""
    before = copy.deepcopy(sent)
    result = Client(app).send(sent).raise_for_error()
    assert sent == before == result.event
    model.check(result.response, sent)
    return dict(result.response.get("response", {}))


def refused(app: Any, sent: Any) -> BaseException:
    """What is behind the generic error that leaves the app."""
    error = Client(app).send(sent).error
    assert type(error) is ConcealedError
    assert error.__cause__ is not None
    return error.__cause__


# -- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_model_takes_the_full_answer_of_each_trigger(name: str) -> None:
    sent = event(f"cognito.{name}")
    model.check({**sent, "response": ANSWERS[name]}, sent)
    model.check(sent, sent)


def test_the_triggers_are_those_of_the_model_and_the_senders() -> None:
    assert len(TRIGGERS) == 13
    assert {f for n, f in TRIGGERS.items() if n not in SENDERS} == {*model.RESPONSES, "TokenGeneration"}
    assert {f"{TRIGGERS[name]}_" for name in SENDERS} == set(model.SENDERS)


# -- parts ---------------------------------------------------------------------------------------------------

SENT: dict[str, Any] = {
    "version": "1",
    "triggerSource": "PreSignUp_SignUp",
    "region": "eu-west-1",
    "userPoolId": "eu-west-1_Pool",
    "userName": "ada",
    "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client-1"},
    "request": {
        "userAttributes": {"email": "ada@example.com", "phone_number": "+15555550100"},
        "validationData": {"a": "b"},
        "clientMetadata": {"campaign": "spring"},
    },
    "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
}


class Attributes(BaseModel):
    email: str


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("user_attributes", SENT["request"]["userAttributes"]),
        ("user_attributes: dict", SENT["request"]["userAttributes"]),
        ("user_attributes: Attributes", Attributes(email="ada@example.com")),
        ("username", "ada"),
        ("username: str", "ada"),
        ("request", SENT["request"]),
        ("response", SENT["response"]),
        ("user_pool", "eu-west-1_Pool"),
        ("client_id", "client-1"),
        ("trigger", "PreSignUp_SignUp"),
        ("client_metadata", {"campaign": "spring"}),
        ("event", SENT),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    seen: list[Any] = []
    names: dict[str, Any] = {"seen": seen, "Attributes": Attributes}
    exec(f"def handler({parameter}): seen.extend(locals().values())", names)
    app = answering("pre_sign_up", names["handler"])
    app(copy.deepcopy(SENT))
    assert seen == [expected]
    assert type(seen[0]) is type(expected)


def test_every_part_is_tested_and_has_a_value_of_its_own() -> None:
    values = [json.dumps(get(SENT)) for get in Cognito.parts.values()]
    assert len(set(values)) == len(values) == 8


@pytest.mark.parametrize("signature", ["body", "payload", "order: dict", "session", "password", "attributes"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    names: dict[str, Any] = {}
    exec(f"def handler({signature}): pass", names)
    with pytest.raises(HandlerSignatureError, match=r"app\.cognito\.pre_sign_up"):
        answering("pre_sign_up", names["handler"])


def test_attributes_that_do_not_validate_fail_the_call_without_showing_them() -> None:
    def handler(user_attributes: Attributes) -> None:
        raise AssertionError

    sent = event("cognito.pre_sign_up", user_attributes={"e-mail": CANARY})
    found = refused(answering("pre_sign_up", handler), sent)
    assert type(found) is PayloadError
    assert CANARY not in str(found)


# -- answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_answers_the_event_as_it_came(name: str) -> None:
    app = Router()
    app.cognito()(lambda: None)
    result = Client(app).send(SAMPLES[name]).raise_for_error()
    assert result.response == SAMPLES[name]
    model.check(result.response, SAMPLES[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_each_trigger_in_each_form_of_result(name: str) -> None:
    sent, full = event(f"cognito.{name}"), ANSWERS[name]

    def edits(response: dict[str, Any]) -> None:
        response.update(full)

    def edits_event(event: dict[str, Any]) -> None:
        event["response"].update(full)

    def returns_event(event: dict[str, Any], context: Any) -> Any:
        event["response"].update(full)
        return event

    def returns_another_event(event: dict[str, Any]) -> Any:
        return {**event, "response": dict(full)}

    async def returns_later() -> Any:
        return full

    for handler in (edits, edits_event, returns_event, returns_another_event, lambda: full, returns_later):
        assert ask(answering(name, handler), sent) == {**sent["response"], **full}


@pytest.mark.parametrize("name", [n for n in SAMPLES if n.startswith("cognito.pre_token_generation_v")])
def test_tokens_of_versions_2_and_3(name: str) -> None:
    assert ask(answering("pre_token_generation", lambda: V2_ANSWER), SAMPLES[name]) == V2_ANSWER
    found = refused(answering("pre_token_generation", lambda: ANSWERS["pre_token_generation"]), SAMPLES[name])
    assert isinstance(found, ResultError)
    assert found.path == "$.response.claimsOverrideDetails"


@pytest.mark.parametrize("name", [n for n in SAMPLES if n.startswith("cognito.pre_token_generation")])
def test_a_machine_has_no_user_and_everybody_a_version(name: str) -> None:
    sent = SAMPLES[name]
    newer = "_v" in name
    wrong = ANSWERS["pre_token_generation"] if newer else V2_ANSWER
    assert isinstance(refused(answering("pre_token_generation", lambda: wrong), sent), ResultError)
    seen: list[Any] = []
    answering("pre_token_generation", lambda username, user_attributes: seen.append(username))(sent)
    assert seen == [sent.get("userName")]
    assert (seen == [None]) is name.endswith("_machine")


@pytest.mark.parametrize(
    ("changes", "request_changes", "newer"),
    [
        ({}, {}, False),
        ({"version": "2"}, {}, True),
        ({"version": "3"}, {}, True),
        ({"version": 2}, {}, False),
        ({"version": ["2"]}, {}, False),
        ({}, {"scopes": []}, True),
        ({}, {"scopes": None}, True),
        ({"triggerSource": "TokenGeneration_ClientCredentials"}, {}, True),
        ({"triggerSource": "TokenGeneration_RefreshTokens"}, {}, False),
    ],
)
def test_what_makes_an_event_of_version_2(changes: Any, request_changes: Any, newer: bool) -> None:
    sent = {**event("cognito.pre_token_generation", request=request_changes), **changes}
    right, wrong = V2_ANSWER, ANSWERS["pre_token_generation"]
    if not newer:
        right, wrong = wrong, right
    assert ask(answering("pre_token_generation", lambda: right), sent) == right
    assert isinstance(refused(answering("pre_token_generation", lambda: wrong), sent), ResultError)


def test_a_migrated_lambda_handler_runs_unchanged() -> None:
    def lambda_handler(event: Any, context: Any) -> Any:
        event["response"]["autoConfirmUser"] = event["callerContext"]["clientId"] == "trusted"
        return event

    app = answering("pre_sign_up", lambda_handler)
    assert ask(app, event("cognito.pre_sign_up", client_id="trusted"))["autoConfirmUser"] is True
    assert ask(app, event("cognito.pre_sign_up"))["autoConfirmUser"] is False


def test_powertools_classes_edit_the_response() -> None:
    def confirms(event: powertools.PreSignUpTriggerEvent) -> Any:
        event.response.auto_confirm_user = event.user_pool_id == "eu-west-1_Pool"
        event.response.auto_verify_email = True
        return event

    def claims(event: powertools.PreTokenGenerationV2TriggerEvent) -> None:
        details = event.response.claims_scope_override_details
        details.access_token_generation.scopes_to_add = ["a/b"]  # type: ignore[union-attr]

    found = ask(answering("pre_sign_up", confirms), SENT)
    assert (found["autoConfirmUser"], found["autoVerifyEmail"]) == (True, True)
    sent = event("cognito.pre_token_generation_v2", request={})
    sent["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {}}}
    found = ask(answering("pre_token_generation", claims), sent)
    assert found["claimsAndScopeOverrideDetails"]["accessTokenGeneration"] == {"scopesToAdd": ["a/b"]}


def test_models_and_decimals_become_plain_data() -> None:
    class Answer(BaseModel):
        answerCorrect: bool

    app = answering("verify_auth_challenge", lambda: Answer(answerCorrect=True))
    assert ask(app, event("cognito.verify_auth_challenge")) == {"answerCorrect": True}
    answer = {
        "claimsAndScopeOverrideDetails": {"idTokenGeneration": {"claimsToAddOrOverride": {"n": Decimal(7)}}}
    }
    found = ask(answering("pre_token_generation", lambda: answer), event("cognito.pre_token_generation_v2"))
    assert found["claimsAndScopeOverrideDetails"]["idTokenGeneration"]["claimsToAddOrOverride"] == {"n": 7}


def test_what_is_returned_goes_over_what_was_edited() -> None:
    def handler(response: dict[str, Any]) -> Any:
        response.update(autoConfirmUser=True, autoVerifyEmail=True)
        return {"autoVerifyEmail": False}

    found = ask(answering("pre_sign_up", handler), SENT)
    assert (found["autoConfirmUser"], found["autoVerifyEmail"]) == (True, False)


def test_null_is_no_answer() -> None:
    """As in the events that Cognito sends, whose responses are full of nulls."""
    sent = event("cognito.define_auth_challenge")
    sent["response"] = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
    app = answering("define_auth_challenge", lambda: {"issueTokens": True, "challengeName": None})
    assert ask(app, sent) == {"challengeName": None, "issueTokens": True, "failAuthentication": None}
    assert (
        ask(
            answering("verify_auth_challenge", lambda: {"answerCorrect": None}),
            event("cognito.verify_auth_challenge"),
        )
        == {}
    )
    assert ask(answering("pre_sign_up", lambda: {"autoConfirmUser": None}), SENT) == SENT["response"]


def test_what_equals_what_was_sent_is_sent_back_as_it_was() -> None:
    result = Client(answering("pre_sign_up", lambda: {"autoConfirmUser": 0})).send(SENT).raise_for_error()
    assert result.response["response"]["autoConfirmUser"] is False


def test_a_response_that_is_not_there_is_made() -> None:
    sent = {key: value for key, value in SENT.items() if key != "response"}

    def handler(response: dict[str, Any]) -> None:
        response["autoConfirmUser"] = True

    for odd in (sent, {**sent, "response": None}, {**sent, "response": [1]}, {**sent, "response": "x"}):
        answer = Client(answering("pre_sign_up", handler)).send(odd).raise_for_error().response
        assert answer == {**sent, "response": {"autoConfirmUser": True}}


def test_the_rest_of_the_event_is_cognitos_own() -> None:
    def handler(event: dict[str, Any], request: dict[str, Any]) -> Any:
        request["userAttributes"]["email"] = "eve@example.com"
        event["request"]["userAttributes"]["custom:admin"] = "true"
        event["callerContext"].clear()
        del event["region"]
        event["new"] = 1
        event["response"]["autoConfirmUser"] = True
        return event

    assert ask(answering("pre_sign_up", handler), SENT)["autoConfirmUser"] is True


def test_nothing_of_one_invocation_shows_in_the_next() -> None:
    app = answering(
        "pre_sign_up", lambda response: response.update(autoConfirmUser=not response["autoConfirmUser"])
    )
    kept = copy.deepcopy(SENT)
    answers = [app(kept) for _ in range(3)]
    assert [a["response"]["autoConfirmUser"] for a in answers] == [True] * 3
    assert kept == SENT
    answers[0]["request"]["userAttributes"].clear()
    assert kept == SENT


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize("result", [None, {}, {"sent": True}, "m-1", ["x"], object(), b"", 7])
def test_what_a_sender_returns_is_read_by_nobody(name: str, result: Any) -> None:
    sent = event(f"cognito.{name}")
    assert "response" not in sent
    assert Client(answering(name, lambda: result)).send(sent).raise_for_error().response == sent
    ask(answering(name, lambda event: event), sent)
    seen: list[Any] = []
    answering(name, lambda response, request: seen.extend([response, request["type"]]))(sent)
    assert seen[0] is None
    assert seen[1].endswith("SenderRequestV1")


# -- wrong answers -------------------------------------------------------------------------------------------

TOKENS, MIGRATED = "claimsOverrideDetails", {"userAttributes": {}}


@pytest.mark.parametrize(
    ("name", "result", "path"),
    [
        *[(name, {"unknown": 1}, "$.response.unknown") for name in ANSWERING],
        *[(name, odd, "$") for name in ANSWERING for odd in ("text", True, 7, [], [{}], 1.5)],
        ("pre_sign_up", {"autoConfirmUser": "true"}, "$.response.autoConfirmUser"),
        ("pre_sign_up", {"autoConfirmUser": 1}, "$.response.autoConfirmUser"),
        ("pre_sign_up", {"statusCode": 200, "body": ""}, "$.response.statusCode"),
        ("pre_sign_up", {"response": {"autoConfirmUser": True}}, "$.response.response"),
        ("pre_sign_up", {"autoConfirmUser": float("nan")}, "$.autoConfirmUser"),
        ("pre_sign_up", {"autoConfirmUser": b"1"}, "$.autoConfirmUser"),
        ("pre_sign_up", {1: True}, "$"),
        ("post_confirmation", {"ok": True}, "$.response.ok"),
        ("define_auth_challenge", {"issueTokens": "yes"}, "$.response.issueTokens"),
        ("define_auth_challenge", {"challengeName": True}, "$.response.challengeName"),
        (
            "create_auth_challenge",
            {"publicChallengeParameters": {"n": 7}},
            "$.response.publicChallengeParameters.n",
        ),
        (
            "create_auth_challenge",
            {"privateChallengeParameters": []},
            "$.response.privateChallengeParameters",
        ),
        ("create_auth_challenge", {"challengeMetadata": {}}, "$.response.challengeMetadata"),
        ("verify_auth_challenge", {"answerCorrect": "no"}, "$.response.answerCorrect"),
        ("pre_token_generation", {TOKENS: []}, f"$.response.{TOKENS}"),
        (
            "pre_token_generation",
            {TOKENS: {"claimsToAddOrOverride": {"a b": 1}}},
            f'$.response.{TOKENS}.claimsToAddOrOverride["a b"]',
        ),
        (
            "pre_token_generation",
            {TOKENS: {"claimsToSuppress": "a"}},
            f"$.response.{TOKENS}.claimsToSuppress",
        ),
        (
            "pre_token_generation",
            {TOKENS: {"claimsToSuppress": ["a", 1]}},
            f"$.response.{TOKENS}.claimsToSuppress[1]",
        ),
        ("pre_token_generation", {TOKENS: {"claims": {}}}, f"$.response.{TOKENS}.claims"),
        (
            "pre_token_generation",
            {TOKENS: {"groupOverrideDetails": {"preferredRole": []}}},
            f"$.response.{TOKENS}.groupOverrideDetails.preferredRole",
        ),
        ("user_migration", {"finalUserStatus": "CONFIRMED"}, "$.response.userAttributes"),
        (
            "user_migration",
            {"userAttributes": {"email_verified": True}},
            "$.response.userAttributes.email_verified",
        ),
        ("user_migration", {**MIGRATED, "finalUserStatus": "confirmed"}, "$.response.finalUserStatus"),
        ("user_migration", {**MIGRATED, "messageAction": "RESEND"}, "$.response.messageAction"),
        (
            "user_migration",
            {**MIGRATED, "desiredDeliveryMediums": "SMS"},
            "$.response.desiredDeliveryMediums",
        ),
        (
            "user_migration",
            {**MIGRATED, "desiredDeliveryMediums": ["FAX"]},
            "$.response.desiredDeliveryMediums[0]",
        ),
        ("user_migration", {**MIGRATED, "forceAliasCreation": "no"}, "$.response.forceAliasCreation"),
        ("custom_message", {"smsMessage": "Welcome"}, "$.response.smsMessage"),
        ("custom_message", {"smsMessage": "{####}" + "x" * 135}, "$.response.smsMessage"),
        ("custom_message", {"emailMessage": "Welcome"}, "$.response.emailMessage"),
        ("custom_message", {"emailMessage": "{####}" + "x" * 19_995}, "$.response.emailMessage"),
        ("custom_message", {"emailSubject": 7}, "$.response.emailSubject"),
        ("custom_message", {"email": "{####}"}, "$.response.email"),
        ("inbound_federation", {"userAttributesToMap": ["email"]}, "$.response.userAttributesToMap"),
        ("inbound_federation", {"userAttributesToMap": {"age": 36}}, "$.response.userAttributesToMap.age"),
        ("inbound_federation", {"email": "ada@example.com"}, "$.response.email"),
    ],
)
def test_a_wrong_answer_is_refused_by_the_name_of_its_field(name: str, result: Any, path: str) -> None:
    sent = event(f"cognito.{name}")
    found = refused(answering(name, lambda: result), sent)
    assert type(found) is ResultError
    assert found.path == path
    assert path in str(found) or path == "$"

    def edits(response: Any) -> None:
        response.update(result)

    if isinstance(result, dict) and path.startswith("$.response."):
        found = refused(answering(name, edits), sent)
        assert type(found) is ResultError
        assert found.path == path


@pytest.mark.parametrize("key", ["triggerSource", "userPoolId", "userName"])
def test_another_event_is_no_answer(key: str) -> None:
    app = answering("pre_sign_up", lambda event: {**event, key: "other"})
    found = refused(app, SENT)
    assert isinstance(found, ResultError)
    assert found.path == f"$.{key}"


@pytest.mark.parametrize("response", ["text", [], None, 7])
def test_the_response_of_a_returned_event_is_an_object(response: Any) -> None:
    found = refused(answering("pre_sign_up", lambda event: {**event, "response": response}), SENT)
    assert isinstance(found, ResultError)
    assert found.path == "$.response"


def test_a_generator_is_a_failure_and_a_value_of_no_json_is_refused() -> None:
    def generator() -> Any:
        yield 1

    for handler in (generator, lambda: object(), lambda: {"autoConfirmUser": {1, 2}}):
        assert isinstance(refused(answering("pre_sign_up", handler), SENT), ResultError)


def test_verifying_needs_the_attribute() -> None:
    for key, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        app = answering("pre_sign_up", lambda key=key: {key: True})
        both = {"email": "ada@example.com", "phone_number": "+15555550100"}
        assert ask(app, event("cognito.pre_sign_up", user_attributes=both))[key] is True
        del both[attribute]
        found = refused(app, event("cognito.pre_sign_up", user_attributes=both))
        assert isinstance(found, ResultError)
        assert found.path == f"$.response.{key}"
        by_admin = event("cognito.pre_sign_up", trigger="PreSignUp_AdminCreateUser", user_attributes=both)
        assert ask(app, by_admin)[key] is True
        odd = event("cognito.pre_sign_up")
        odd["request"]["userAttributes"] = [attribute]
        assert isinstance(refused(app, odd), ResultError)


def test_messages_carry_the_requests_own_placeholders() -> None:
    app = Router()

    @app.cognito.custom_message()
    def handler(request: dict[str, Any]) -> Any:
        code, name = request["codeParameter"], request.get("usernameParameter", "")
        return {"smsMessage": f"{name} {code}", "emailMessage": f"{name}: {code}", "emailSubject": "Hi"}

    for name in SAMPLES:
        if name.startswith("cognito.custom_message"):
            ask(app, SAMPLES[name])
    admin = event("cognito.custom_message", trigger="CustomMessage_AdminCreateUser")
    for key in ("smsMessage", "emailMessage"):
        for text in ("{####}", "{username}"):
            found = refused(answering("custom_message", lambda key=key, text=text: {key: text}), admin)
            assert isinstance(found, ResultError)
            assert found.path == f"$.response.{key}"


def test_a_link_stands_for_the_code_in_an_email_alone() -> None:
    sent = event("cognito.custom_message")
    link = sent["request"]["linkParameter"]
    assert ask(answering("custom_message", lambda: {"emailMessage": link}), sent) == {"emailMessage": link}
    assert isinstance(refused(answering("custom_message", lambda: {"smsMessage": link}), sent), ResultError)


def test_an_attribute_map_replaces_and_is_not_merged() -> None:
    sent = event("cognito.inbound_federation")
    sent["response"] = {"userAttributesToMap": {"email": "ada@example.com", "sub": "1"}}
    app = answering("inbound_federation", lambda: {"userAttributesToMap": {"sub": "2"}})
    assert ask(app, sent) == {"userAttributesToMap": {"sub": "2"}}


def test_a_trigger_of_tomorrow_is_routed_and_answered_unchecked() -> None:
    sent = {**SENT, "triggerSource": "PreTomorrow_Dawn", "response": {"a": None}}
    app = Router()
    app.cognito(trigger="PreTomorrow_*")(lambda: {"sun": True})
    assert app(sent) == {**sent, "response": {"a": None, "sun": True}}
    assert Router().explain(sent).suggestion == '@app.cognito(trigger="PreTomorrow_Dawn")'


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([*ANSWERING, "pre_token_generation_v2"]),
    result=VALUES | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3),
    edit=st.booleans(),
)
def test_any_result_is_a_right_answer_or_a_result_error(name: str, result: Any, edit: bool) -> None:
    def handler(response: Any) -> Any:
        if edit and isinstance(result, dict):
            response.update(result)
            return None
        return result

    trigger = name.removesuffix("_v2")
    sent = event(f"cognito.{name}")
    try:
        answer = answering(trigger, handler)(sent)
    except ConcealedError as exc:
        assert isinstance(exc.__cause__, ResultError)
        assert exc.__cause__.path.startswith("$")
    else:
        model.check(answer, sent)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from([*ANSWERS, "v2"]), data=st.data())
def test_an_answer_with_one_thing_changed_is_right_or_refused(name: str, data: st.DataObject) -> None:
    answer = copy.deepcopy(V2_ANSWER if name == "v2" else ANSWERS[name])
    at: Any = {"": answer}
    key: Any = ""
    while isinstance(at[key], dict) and at[key] and (at[key] is answer or data.draw(st.booleans())):
        at = at[key]
        key = data.draw(st.sampled_from(sorted(at)))
    at[key] = data.draw(VALUES)
    trigger = "pre_token_generation" if name == "v2" else name
    sent = event("cognito.pre_token_generation_v2" if name == "v2" else f"cognito.{name}")
    try:
        given = answering(trigger, lambda: answer)(sent)
    except ConcealedError as exc:
        assert isinstance(exc.__cause__, ResultError)
    else:
        model.check(given, sent)


# -- exceptions ----------------------------------------------------------------------------------------------


def raising(failure: BaseException) -> Any:
    def handler(response: dict[str, Any]) -> None:
        response["autoConfirmUser"] = True
        raise failure

    return handler


@pytest.mark.parametrize(
    "failure",
    [
        ValueError(CANARY),
        Retry(CANARY, after=3),
        Reject(CANARY),
        HTTPError(403, CANARY),
        SystemExit(CANARY),
        GeneratorExit(CANARY),
        RouterError(CANARY),
        ResultError(CANARY),
        ExceptionGroup(CANARY, [ValueError(CANARY)]),
        KeyError(CANARY),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failure_blocks_the_flow_and_keeps_its_text(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    for name in TRIGGERS:
        app = answering(
            name, raising(failure) if name not in SENDERS else lambda: (_ for _ in ()).throw(failure)
        )
        if name in SENDERS:

            def sender() -> None:
                raise failure

            app = answering(name, sender)
        context = LambdaContext(aws_request_id="request-1")
        error = Client(app, context=context).send(event(f"cognito.{name}")).error
        assert type(error) is ConcealedError
        assert "request-1" in str(error)
        assert error.__cause__ is failure
        assert CANARY not in f"{error} {error!r}"
    assert CANARY not in caplog.text
    assert type(failure).__name__ in caplog.text


def test_exceptions_that_cannot_be_printed_are_concealed_like_others(caplog: Any) -> None:
    def said(self: Exception) -> str:
        raise ValueError(CANARY)

    forms: list[Exception] = [
        type("Evil", (Exception,), {"__str__": said, "__repr__": said})(),
        type("Evil\r\nInjected", (Exception,), {})(CANARY),
        Exception(f"{CANARY} \ud800"),
        Exception(CANARY * 500_000),
        StopIteration(CANARY),
        RecursionError(CANARY),
        MemoryError(CANARY),
    ]
    for failure in forms:
        error = Client(answering("pre_sign_up", raising(failure))).send(SENT).error
        assert type(error) is ConcealedError
        assert len(str(error)) < 200
        assert error.__cause__ is failure
    assert CANARY not in caplog.text
    assert "\nInjected" not in caplog.text


def test_the_text_of_a_public_error_is_shown() -> None:
    error = Client(answering("pre_sign_up", raising(PublicError("We open on Monday.")))).send(SENT).error
    assert type(error) is PublicError
    assert str(error) == "We open on Monday."


def test_an_interrupt_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        answering("pre_sign_up", raising(KeyboardInterrupt()))(SENT)


def test_a_drop_gives_the_event_back_without_what_was_edited() -> None:
    for app in (answering("pre_sign_up", raising(Drop("seen"))), Router()):
        if not app.routes:
            app.cognito.pre_sign_up().drop()
        assert ask(app, SENT) == SENT["response"]


def test_an_exception_handler_answers_like_a_handler() -> None:
    app = answering("pre_sign_up", raising(LookupError("no invitation")))

    @app.exception_handler(LookupError, sources=["cognito"])
    def on_lookup(exc: LookupError, invocation: Invocation) -> Any:
        return {"autoVerifyEmail": True}

    found = ask(app, SENT)
    assert (found["autoConfirmUser"], found["autoVerifyEmail"]) == (False, True)
    for result, path in (({"ok": 1}, "$.response.ok"), ("text", "$")):
        wrong = answering("pre_sign_up", raising(LookupError()))
        wrong.exception_handler(LookupError)(lambda exc, invocation, result=result: result)
        cause = refused(wrong, SENT)
        assert isinstance(cause, ResultError)
        assert cause.path == path


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize("result", [None, {}, "sent", {"response": {}}])
def test_the_failure_of_a_sender_stands_unless_it_is_dropped(name: str, result: Any) -> None:
    def fails() -> None:
        raise LookupError(CANARY)

    def settles(exc: BaseException, invocation: Invocation) -> None:
        raise Drop

    app = answering(name, fails)
    app.exception_handler(LookupError)(lambda exc, invocation: result)
    assert isinstance(refused(app, event(f"cognito.{name}")), LookupError)
    app = answering(name, fails)
    app.exception_handler(LookupError)(settles)
    ask(app, event(f"cognito.{name}"))


def test_a_dependency_that_fails_to_close_fails_the_call() -> None:
    def connection() -> Any:
        yield 1
        raise OSError(CANARY)

    app = Router()

    @app.cognito.pre_sign_up()
    def handler(response: dict[str, Any], c: Any = Depends(connection)) -> None:
        response["autoConfirmUser"] = True

    found = refused(app, SENT)
    assert isinstance(found, OSError)


def test_middleware_sees_the_result_and_may_replace_it() -> None:
    app = Router()

    @app.middleware
    def outer(invocation: Invocation, call_next: Any) -> Any:
        result = call_next(invocation)
        return {**result, "autoVerifyPhone": True}

    def inner(invocation: Invocation, call_next: Any) -> Any:
        call_next(invocation)
        return {"autoVerifyEmail": True}

    register(app, "pre_sign_up", lambda: {"autoConfirmUser": True}, middleware=[inner])
    found = ask(app, SENT)
    assert found == {"autoConfirmUser": False, "autoVerifyEmail": True, "autoVerifyPhone": True}


def test_the_default_takes_what_has_no_route_and_answers_it() -> None:
    app = Router()
    app.default(lambda event: event["response"].update(autoConfirmUser=True))
    assert ask(app, SENT)["autoConfirmUser"] is True


def test_without_a_route_the_error_says_what_to_write() -> None:
    app = Router()
    for name in TRIGGERS:
        found = refused(app, event(f"cognito.{name}"))
        assert isinstance(found, NoRouteError)
        assert found.suggestion == f"@app.cognito.{name}()"
        assert app.explain(event(f"cognito.{name}")).suggestion == found.suggestion


def test_a_warm_up_ping_and_a_restricted_entrypoint() -> None:
    app = Router(warmup={"userName": ["ada"]})
    register(app, "pre_sign_up", raising(AssertionError()))
    assert app(SENT) == SENT
    other = Router()
    register(other, "pre_sign_up", raising(AssertionError()))
    error = Client(other.only("sqs")).send(SENT).error
    assert isinstance(error, ConcealedError)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_goes_to_its_own_trigger(name: str) -> None:
    app, seen = Router(), []
    for trigger in TRIGGERS:
        register(app, trigger, lambda taken=trigger: seen.append(taken))
    ask(app, SAMPLES[name])
    assert len(seen) == 1
    assert name.partition(".")[2].startswith(seen[0])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"trigger": "PreSignUp_SignUp"}, True),
        ({"trigger": "PreSignUp_*"}, True),
        ({"trigger": ["PreSignUp_AdminCreateUser", "PreSignUp_SignUp"]}, True),
        ({"trigger": "PreSignUp_AdminCreateUser"}, False),
        ({"trigger": "PreSignUp_Sign"}, False),
        ({"user_pool": "eu-west-1_Pool"}, True),
        ({"user_pool": "eu-west-1_*"}, True),
        ({"user_pool": "eu-west-1"}, False),
        ({"user_pool": ["a", "eu-west-1_Pool"], "client_id": "client-*"}, True),
        ({"client_id": "client-2"}, False),
    ],
)
def test_criteria(options: dict[str, Any], expected: bool) -> None:
    app, seen = Router(), []
    register(app, "pre_sign_up", lambda: seen.append(True), **options)
    app.default(lambda: seen.append(False))
    ask(app, SENT)
    assert seen == [expected]


def test_all_triggers_at_once() -> None:
    app, seen = Router(), []
    app.cognito(user_pool="other")(lambda: seen.append("other"))
    app.cognito(trigger="*_SignUp")(lambda trigger: seen.append(trigger))
    app.cognito()(lambda: seen.append("rest"))
    for name in ("pre_sign_up", "custom_message", "post_confirmation"):
        ask(app, event(f"cognito.{name}"))
    assert seen == ["PreSignUp_SignUp", "CustomMessage_SignUp", "rest"]


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    for bad in (
        "PostConfirmation_ConfirmSignUp",
        "SignUp",
        "*",
        "PreSignUpX_*",
        7,
        [],
        ["PreSignUp_SignUp", ""],
    ):
        with pytest.raises(ConfigurationError, match="trigger"):
            app.cognito.pre_sign_up(trigger=bad).drop()  # type: ignore[arg-type]
    app.cognito.pre_sign_up(user_pool="a").drop()
    with pytest.raises(DuplicateRouteError):
        app.cognito.pre_sign_up(trigger="PreSignUp_*", user_pool="a").drop()
    app.cognito.post_confirmation(user_pool="a").drop()
    with pytest.raises(TypeError, match=r"@app\.cognito\.pre_sign_up\(\)"):
        Cognito.pre_sign_up()
    with pytest.raises(TypeError):
        app.cognito.pre_sign_up(lambda: None)  # type: ignore[call-arg]
    assert repr(app.routes[0]) == "<cognito(trigger='PreSignUp_*', user_pool='a') -> dropped>"
    assert app.routes[0].criteria == {"trigger": "PreSignUp_*", "user_pool": "a"}


def test_an_included_router_brings_its_triggers() -> None:
    inner, app = Router(), Router()
    register(inner, "pre_sign_up", lambda: {"autoConfirmUser": True})
    app.include(inner)
    assert ask(app, SENT)["autoConfirmUser"] is True


# -- hostile events ------------------------------------------------------------------------------------------

ODD: list[Any] = [None, True, 0, 1.5, "", "text", [], [[]], {}, {"a": {}}, "\ud800", 10**400]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += places(inner, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], by)
    return changed


@pytest.mark.parametrize("name", [f"cognito.{name}" for name in TRIGGERS])
def test_wrong_types_at_every_depth_are_no_crash(name: str) -> None:
    answer = ANSWERS.get(name.partition(".")[2])
    app = Router()

    @app.cognito(trigger="*_Sign*", user_pool="*_*", client_id="*")
    @app.cognito()
    def handler(
        user_attributes: Any,
        username: Any,
        request: Any,
        user_pool: Any,
        client_id: Any,
        client_metadata: Any,
    ) -> Any:
        return answer

    for path in places(SAMPLES[name]):
        for odd in ODD:
            sent = replaced(SAMPLES[name], path, odd)
            if detect(sent) != "cognito":
                continue
            json.dumps(app.explain(sent).to_dict())
            try:
                model_answer = app(sent)
            except RouterError as exc:
                assert type(exc) in (ConcealedError, ResultError)
                assert isinstance(exc.__cause__ or exc, ResultError), path
            else:
                assert {**model_answer, "response": 0} == {**sent, "response": 0}


@pytest.mark.parametrize("depth", [150, 900, 5_000])
def test_depth_is_no_crash(depth: int) -> None:
    deep: Any = "end"
    for _ in range(depth):
        deep = [deep]
    sent = {**SENT, "request": {"userAttributes": deep}}
    app = answering("pre_sign_up", lambda: None)
    if depth < 200:
        assert app(sent)["request"]["userAttributes"] == deep
    else:
        with pytest.raises(ConcealedError):
            app(sent)


@pytest.mark.parametrize(
    "near",
    [
        {},
        {"triggerSource": "PreSignUp_SignUp"},
        {"userPoolId": "p", "request": {}, "response": {}},
        {"triggerSource": "PreSignUp_SignUp", "userPoolId": "p"},
        {"triggerSource": "PreSignUp_SignUp", "userPoolId": None, "request": {}},
        {"triggerSource": ["PreSignUp_SignUp"], "userPoolId": "p", "request": {}},
        {"triggerSource": "PreSignUp_SignUp", "userPoolId": "p", "request": "{}"},
        [SENT],
    ],
)
def test_what_is_near_is_not_cognitos(near: Any) -> None:
    assert Cognito.recognise(near) is False
    assert detect(near) is None


def test_labelled_events_reach_their_triggers(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "cognito"]
    assert len(files) >= 13
    recognisers = Router.everything().rooms
    families = {family: name for name, family in TRIGGERS.items()}
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [room.name for room in recognisers if room.recognise(sent)] == ["cognito"], file
        name = families[sent["triggerSource"].partition("_")[0]]
        full = V2_ANSWER if "scopes" in sent["request"] else ANSWERS.get(name)
        if name == "pre_sign_up":
            full = {"autoConfirmUser": True, "autoVerifyEmail": True}
        if name == "custom_message":
            full = {"smsMessage": "username ####"}
        assert ask(answering(name, lambda full=full: full), sent) == (full or {}), file
        ask(answering(name, lambda: None), sent)


# -- secrets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["verify_auth_challenge", "user_migration", "custom_sms_sender", "inbound_federation"]
)
def test_secrets_of_the_request_are_nowhere(name: str, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    secrets: dict[str, Any] = {
        "challengeAnswer": CANARY,
        "password": CANARY,
        "code": CANARY,
        "privateChallengeParameters": {"answer": CANARY},
        "attributes": {"tokenResponse": {"access_token": CANARY}},
    }
    sent = event(f"cognito.{name}", request=secrets)

    def fails(request: dict[str, Any]) -> None:
        raise ValueError(request)

    def answers_wrongly(request: dict[str, Any]) -> Any:
        return {"unknown": request}

    for handler in (fails, answers_wrongly, lambda: None):
        app = answering(name, handler)
        app.cognito(client_id="other")(lambda: None)
        result = Client(app).send(sent)
        assert CANARY not in f"{result.error} {result.error!r} {app!r} {app.routes!r}"
        if isinstance(result.error, ConcealedError) and isinstance(result.error.__cause__, RouterError):
            assert CANARY not in str(result.error.__cause__)
    unrouted = Router()
    unrouted.cognito(client_id="other")(lambda: None)
    assert CANARY not in str(refused(unrouted, sent))
    assert CANARY not in caplog.text


# -- samples -------------------------------------------------------------------------------------------------


def test_events_of_triggers_agree_with_themselves() -> None:
    made = event("cognito", trigger="post_confirmation", username="ada", user_pool="us-east-2_X")
    assert made["userName"] == made["request"]["userAttributes"]["sub"] == "ada"
    assert made["region"] == "us-east-2"
    assert event("cognito", region="ap-south-1")["userPoolId"].startswith("ap-south-1_")
    machine = event("cognito", trigger="TokenGeneration_ClientCredentials")
    assert (machine["version"], "userName" in machine, "scopes" in machine["request"]) == ("3", False, True)
    assert "password" in event("cognito.user_migration")["request"]
    assert (
        "password" not in event("cognito.user_migration", trigger="UserMigration_ForgotPassword")["request"]
    )
    with pytest.raises(SampleError, match="pre_sign_up"):
        event("cognito", trigger="sign_up")
    with pytest.raises(SampleError, match="PreSignUp_"):
        event("cognito.pre_sign_up", trigger="CustomMessage_SignUp")


def test_the_client_sends_a_trigger_by_name() -> None:
    app = answering(
        "verify_auth_challenge", lambda request: {"answerCorrect": request["challengeAnswer"] == "a"}
    )
    sent = Client(app).cognito("verify_auth_challenge", username="ada", request={"challengeAnswer": "a"})
    assert sent.response["response"] == {"answerCorrect": True}
    assert (sent.source, sent.event["userName"]) == ("cognito", "ada")
