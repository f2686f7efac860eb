"""What Amazon Cognito takes for an answer of a user pool's trigger.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html

It wants its event back, unchanged but for `response`, in which each trigger has keys of its own, named on the
page of the trigger. A key that the function leaves as it was sent (null, false or absent) is no answer. Custom
sender triggers have no response at all; nobody reads what they return.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from models import Refused, need

Form = Callable[[Any, str], None]
SENDERS = ("CustomEmailSender_", "CustomSMSSender_")


def truth(value: Any, at: str) -> None:
    need(value is True or value is False, f"{at} is no boolean")


def text(value: Any, at: str) -> None:
    need(isinstance(value, str), f"{at} is no text")


def texts(value: Any, at: str) -> None:
    need(isinstance(value, list), f"{at} is no array")
    for number, one in enumerate(value):
        text(one, f"{at}[{number}]")


def text_map(value: Any, at: str) -> None:
    need(isinstance(value, dict), f"{at} is no object")
    for key, one in value.items():
        text(one, f"{at}.{key}")


def json_map(value: Any, at: str) -> None:
    need(isinstance(value, dict), f"{at} is no object")


def one_of(*values: str) -> Form:
    def form(value: Any, at: str) -> None:
        need(isinstance(value, str) and value in values, f"{at} is none of {values}")

    return form


def media(value: Any, at: str) -> None:
    texts(value, at)
    need(set(value) <= {"EMAIL", "SMS"}, f"{at} has something else than EMAIL and SMS")


def record(**forms: Form) -> Form:
    """An object with no other keys; null is as good as absent."""

    def form(value: Any, at: str) -> None:
        need(isinstance(value, dict), f"{at} is no object")
        for key, one in value.items():
            need(key in forms, f"{at}.{key} is unknown")
            if one is not None:
                forms[key](one, f"{at}.{key}")

    return form


GROUPS = record(groupsToOverride=texts, iamRolesToOverride=texts, preferredRole=text)
V1 = {
    "claimsOverrideDetails": record(
        claimsToAddOrOverride=text_map, claimsToSuppress=texts, groupOverrideDetails=GROUPS
    )
}
V2 = {
    "claimsAndScopeOverrideDetails": record(
        idTokenGeneration=record(claimsToAddOrOverride=json_map, claimsToSuppress=texts),
        accessTokenGeneration=record(
            claimsToAddOrOverride=json_map, claimsToSuppress=texts, scopesToAdd=texts, scopesToSuppress=texts
        ),
        groupOverrideDetails=GROUPS,
    )
}
RESPONSES: dict[str, dict[str, Form]] = {
    "PreSignUp": {"autoConfirmUser": truth, "autoVerifyEmail": truth, "autoVerifyPhone": truth},
    "PostConfirmation": {},
    "PreAuthentication": {},
    "PostAuthentication": {},
    "DefineAuthChallenge": {"challengeName": text, "issueTokens": truth, "failAuthentication": truth},
    "CreateAuthChallenge": {
        "publicChallengeParameters": text_map,
        "privateChallengeParameters": text_map,
        "challengeMetadata": text,
    },
    "VerifyAuthChallengeResponse": {"answerCorrect": truth},
    "UserMigration": {
        "userAttributes": text_map,
        "finalUserStatus": one_of("CONFIRMED", "RESET_REQUIRED"),
        "messageAction": one_of("SUPPRESS"),
        "desiredDeliveryMediums": media,
        "forceAliasCreation": truth,
        "enableSMSMFA": truth,
    },
    "CustomMessage": {"smsMessage": text, "emailMessage": text, "emailSubject": text},
    "InboundFederation": {"userAttributesToMap": text_map},
}


def expected(event: dict[str, Any]) -> dict[str, Form]:
    """The keys of the response that the event asks for."""
    source, request = event["triggerSource"], event["request"]
    family = source.split("_")[0]
    if family != "TokenGeneration":
        need(family in RESPONSES, f"$.triggerSource {family} is unknown")
        return RESPONSES[family]
    newer = "scopes" in request or source == "TokenGeneration_ClientCredentials"
    return V2 if newer or event.get("version") in ("2", "3") else V1


def verified(given: dict[str, Any], event: dict[str, Any]) -> None:
    """What is to be verified has to be there; a user made by an administrator is not verified by this."""
    if not event["triggerSource"].startswith("PreSignUp_") or event["triggerSource"].endswith(
        "AdminCreateUser"
    ):
        return
    attributes = event["request"].get("userAttributes") or {}
    for key, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        need(given.get(key) is not True or attributes.get(attribute), f"$.response.{key} without {attribute}")


def migrated(given: dict[str, Any], event: dict[str, Any]) -> None:
    """A user is migrated with attributes; a response that was left empty migrates nobody."""
    if event["triggerSource"].startswith("UserMigration_") and given:
        need("userAttributes" in given, "$.response.userAttributes is missing")


def placeholders(given: dict[str, Any], event: dict[str, Any]) -> None:
    """A message carries the placeholder of its code, and of the name of a user made by an administrator.

    Where the pool verifies by a link, the event has the link's placeholder too, which stands for the code in
    an email.
    """
    if not event["triggerSource"].startswith("CustomMessage_"):
        return
    request = event["request"]
    code, link, name = (request.get(f"{key}Parameter") for key in ("code", "link", "username"))
    for key, limit in (("smsMessage", 140), ("emailMessage", 20_000)):
        message = given.get(key)
        if message is None:
            continue
        need(len(message) <= limit, f"$.response.{key} is too long")
        coded = code in message or (key == "emailMessage" and isinstance(link, str) and link in message)
        need(coded, f"$.response.{key} has no code")
        if event["triggerSource"] == "CustomMessage_AdminCreateUser":
            need(name in message, f"$.response.{key} has no user name")


def check(answer: Any, event: Any) -> None:
    """Refuse what Cognito would call an unrecognisable or invalid Lambda response."""
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() - {"response"} == event.keys() - {"response"}, "$ has other keys than the event")
    for key in event.keys() - {"response"}:
        need(json.dumps(answer[key]) == json.dumps(event[key]), f"$.{key} was changed")
    json.dumps(answer, allow_nan=False).encode()
    if event["triggerSource"].startswith(SENDERS):
        need("response" not in answer or answer["response"] in (None, {}), "$.response is not asked for")
        return
    need(isinstance(answer.get("response"), dict), "$.response is no object")
    forms, sent = expected(event), event.get("response")
    sent = sent if isinstance(sent, dict) else {}
    given = {}
    for key, value in answer["response"].items():
        if key in sent and json.dumps(sent[key]) == json.dumps(value):
            continue
        need(key in forms, f"$.response.{key} is unknown")
        forms[key](value, f"$.response.{key}")
        given[key] = value
    for rule in (verified, migrated, placeholders):
        rule(given, event)


def _sent(source: str, response: Any = None, **request: Any) -> dict[str, Any]:
    return {
        "version": request.pop("version", "1"),
        "triggerSource": source,
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_Example",
        "userName": "ada",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client-1"},
        "request": {"userAttributes": {"email": "ada@example.com"}, **request},
        "response": response or {},
    }


def _answered(source: str, given: Any, why: str, **request: Any) -> tuple[Any, Any, str]:
    event = _sent(source, **request)
    return {**event, "response": given}, event, why


_SIGN_UP = _sent("PreSignUp_SignUp")
_EMAIL = _sent("CustomEmailSender_SignUp")
del _EMAIL["response"]
_CODES = {"codeParameter": "{####}", "usernameParameter": "{username}"}
_V1, _V2 = "claimsOverrideDetails", "claimsAndScopeOverrideDetails"
_TOKENS = "TokenGeneration_Authentication"

WRONG: list[tuple[Any, Any, str]] = [
    (None, _SIGN_UP, "nothing at all"),
    ({"autoConfirmUser": True}, _SIGN_UP, "the response alone"),
    ([_SIGN_UP], _SIGN_UP, "an array"),
    ({**_SIGN_UP, "userName": "eve"}, _SIGN_UP, "another user"),
    ({**_SIGN_UP, "userPoolId": "eu-west-1_Other"}, _SIGN_UP, "another pool"),
    ({**_SIGN_UP, "request": {"userAttributes": {}}}, _SIGN_UP, "an edited request"),
    ({**_SIGN_UP, "statusCode": 200}, _SIGN_UP, "a key more"),
    ({k: v for k, v in _SIGN_UP.items() if k != "response"}, _SIGN_UP, "no response"),
    ({**_SIGN_UP, "response": None}, _SIGN_UP, "the response is null"),
    ({**_EMAIL, "response": {"code": "1234"}}, _EMAIL, "a response of a sender"),
    _answered("PreSignUp_SignUp", {"autoConfirmUser": "true"}, "text for a boolean"),
    _answered("PreSignUp_SignUp", {"autoConfirmUser": 1}, "a number for a boolean"),
    _answered("PreSignUp_SignUp", {"autoconfirmuser": True}, "a misspelt key"),
    _answered("PreSignUp_SignUp", {"autoVerifyPhone": True}, "verifies a phone that is not there"),
    _answered("PreSignUp_SignUp", {"autoVerifyEmail": True}, "verifies no email", userAttributes={}),
    _answered("PostConfirmation_ConfirmSignUp", {"ok": True}, "a trigger without answers"),
    _answered("PreAuthentication_Authentication", {"allow": False}, "a trigger without answers"),
    _answered("DefineAuthChallenge_Authentication", {"issueTokens": "yes"}, "text for a boolean"),
    _answered("DefineAuthChallenge_Authentication", {"challengeName": 7}, "a number for a text"),
    _answered("CreateAuthChallenge_Authentication", {"publicChallengeParameters": {"n": 7}}, "a number"),
    _answered("CreateAuthChallenge_Authentication", {"privateChallengeParameters": "7"}, "no object"),
    _answered("VerifyAuthChallengeResponse_Authentication", {"answerCorrect": None}, "null"),
    _answered("VerifyAuthChallengeResponse_Authentication", {"answerCorrect": 0}, "a number"),
    _answered(_TOKENS, {_V2: {}}, "version 2 where 1 is asked for"),
    _answered(_TOKENS, {_V1: {}}, "version 1 where 2 is asked for", scopes=["openid"]),
    _answered(_TOKENS, {_V1: {}}, "version 1 where 3 is asked for", version="3"),
    _answered("TokenGeneration_ClientCredentials", {_V1: {}}, "version 1 for a machine"),
    _answered(_TOKENS, {_V1: {"claimsToAddOrOverride": {"age": 36}}}, "version 1 has texts alone"),
    _answered(_TOKENS, {_V1: {"claimsToSuppress": "email"}}, "no array"),
    _answered(_TOKENS, {_V1: {"scopesToAdd": ["a"]}}, "scopes are of version 2"),
    _answered(_TOKENS, {_V2: {"idTokenGeneration": {"scopesToAdd": []}}}, "an ID token has none", scopes=[]),
    _answered(_TOKENS, {_V2: {"accessTokenGeneration": {"scopesToAdd": [7]}}}, "a number", scopes=[]),
    _answered(_TOKENS, {_V2: {"groupOverrideDetails": {"preferredRole": []}}}, "an array", scopes=[]),
    _answered("UserMigration_Authentication", {"finalUserStatus": "CONFIRMED"}, "no attributes"),
    _answered("UserMigration_Authentication", {"userAttributes": {"email_verified": True}}, "a boolean"),
    _answered(
        "UserMigration_Authentication", {"userAttributes": {}, "finalUserStatus": "confirmed"}, "status"
    ),
    _answered("UserMigration_Authentication", {"userAttributes": {}, "messageAction": "RESEND"}, "action"),
    _answered(
        "UserMigration_Authentication", {"userAttributes": {}, "desiredDeliveryMediums": "SMS"}, "text"
    ),
    _answered(
        "UserMigration_Authentication", {"userAttributes": {}, "desiredDeliveryMediums": ["FAX"]}, "fax"
    ),
    _answered("CustomMessage_SignUp", {"smsMessage": "Welcome"}, "no code", **_CODES),
    _answered("CustomMessage_SignUp", {"emailMessage": "Welcome"}, "no code", **_CODES),
    _answered("CustomMessage_SignUp", {"smsMessage": "{####}" * 24}, "141 characters and more", **_CODES),
    _answered("CustomMessage_SignUp", {"emailMessage": "{####}" * 3334}, "20,001 and more", **_CODES),
    _answered("CustomMessage_SignUp", {"emailSubject": ["Hi"]}, "no text", **_CODES),
    _answered("CustomMessage_AdminCreateUser", {"emailMessage": "{####}"}, "no user name", **_CODES),
    _answered("InboundFederation_ExternalProvider", {"userAttributesToMap": ["email"]}, "an array"),
    _answered("InboundFederation_ExternalProvider", {"userAttributesToMap": {"age": 36}}, "a number"),
]
"""Answers that Cognito refuses, each with the event and what is wrong with it."""

__all__ = ["WRONG", "Refused", "check"]
