"""Events of Amazon Cognito user pool triggers.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = [
    "create_auth_challenge",
    "custom_email_sender",
    "custom_message",
    "custom_sms_sender",
    "define_auth_challenge",
    "event",
    "inbound_federation",
    "post_authentication",
    "post_confirmation",
    "pre_authentication",
    "pre_sign_up",
    "pre_token_generation",
    "pre_token_generation_v2",
    "pre_token_generation_v3",
    "user_migration",
    "verify_auth_challenge",
]

_SOURCES = {
    "pre_sign_up": "PreSignUp_SignUp",
    "post_confirmation": "PostConfirmation_ConfirmSignUp",
    "pre_authentication": "PreAuthentication_Authentication",
    "post_authentication": "PostAuthentication_Authentication",
    "pre_token_generation": "TokenGeneration_Authentication",
    "define_auth_challenge": "DefineAuthChallenge_Authentication",
    "create_auth_challenge": "CreateAuthChallenge_Authentication",
    "verify_auth_challenge": "VerifyAuthChallengeResponse_Authentication",
    "user_migration": "UserMigration_Authentication",
    "custom_message": "CustomMessage_SignUp",
    "custom_email_sender": "CustomEmailSender_SignUp",
    "custom_sms_sender": "CustomSMSSender_Authentication",
    "inbound_federation": "InboundFederation_ExternalProvider",
}
_MACHINE = "TokenGeneration_ClientCredentials"
_SENDERS = ("CustomEmailSender", "CustomSMSSender")
_RESPONSES: dict[str, dict[str, Any]] = {
    "PreSignUp": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    "InboundFederation": {"userAttributesToMap": {}},
}
_SRP: dict[str, Any] = {"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}
_PASSWORD: dict[str, Any] = {**_SRP, "challengeName": "PASSWORD_VERIFIER"}


def event(
    trigger: str = "pre_sign_up",
    *,
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """An event of a trigger, by its decorator's name or by its trigger source (`"PreSignUp_AdminCreateUser"`).

    `request` adds to the trigger's request, or replaces parts of it. The region follows from the user pool's id, or
    that from the region. Token generation is sent as `version` "1", "2" or "3", which has scopes from "2" on.
    """
    source = _source(trigger)
    family = source.partition("_")[0]
    sent = version or ("3" if source == _MACHINE else "1")
    pool = user_pool or f"{region or stamps.REGION}_AbCdEfGhI"
    user = username or _username(family)
    return {
        "version": sent,
        "triggerSource": source,
        "region": region or (pool.partition("_")[0] if "_" in pool else stamps.REGION),
        "userPoolId": pool,
        **({} if source == _MACHINE else {"userName": user}),
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "request": {
            **_attributes(source, user, user_attributes),
            **_request(source, family, version=sent, user=user),
            **_metadata(family, client_metadata),
            **plain(dict(request or {})),
        },
        **({} if family in _SENDERS else {"response": plain(_RESPONSES.get(family, {}))}),
    }


def _source(trigger: str) -> str:
    families = {source.partition("_")[0] for source in _SOURCES.values()}
    source = _SOURCES.get(trigger, trigger)
    if source.partition("_")[0] not in families or "_" not in source:
        raise SampleError(f"there is no trigger {trigger!r}; there are: {', '.join(_SOURCES)}")
    return source


def _username(family: str) -> str:
    """Who is not yet known to the pool is called by what was typed, or by what the provider says."""
    if family == "UserMigration":
        return f"ada-{stamps.hexadecimal(6)}@example.com"
    return str(stamps.number(21)) if family == "InboundFederation" else stamps.uuid()


def _attributes(source: str, user: str, given: Mapping[str, str] | None) -> dict[str, Any]:
    """The user's attributes; one that is not yet in the pool has no `sub`."""
    if source.startswith(("UserMigration_", "InboundFederation_")) or source == _MACHINE:
        return {} if given is None else {"userAttributes": dict(given)}
    known = not source.startswith("PreSignUp_")
    usual = {
        **({"sub": user, "cognito:user_status": "CONFIRMED", "email_verified": "true"} if known else {}),
        "email": "ada@example.com",
        "phone_number": "+15555550100",
        "name": "Ada Example",
    }
    return {"userAttributes": usual if given is None else dict(given)}


def _metadata(family: str, given: Mapping[str, str] | None) -> dict[str, Any]:
    """What the app sent along; an identity provider knows nothing of it."""
    if given is None and family == "InboundFederation":
        return {}
    return {"clientMetadata": {"campaign": "spring"} if given is None else dict(given)}


def _request(source: str, family: str, *, version: str, user: str) -> dict[str, Any]:
    """What a trigger's request has beside attributes and metadata, as the trigger's page documents it."""
    build = _REQUESTS.get(family)
    return {} if build is None else build(source, version, user)


def _tokens(source: str, version: str, user: str) -> dict[str, Any]:
    role = f"arn:aws:iam::{stamps.ACCOUNT}:role"
    groups = {
        "groupsToOverride": ["readers", "writers"],
        "iamRolesToOverride": [f"{role}/readers", f"{role}/writers"],
        "preferredRole": f"{role}/writers",
    }
    scopes = ["shop/orders.read"] if source == _MACHINE else ["aws.cognito.signin.user.admin", "openid"]
    asked = {} if source == _MACHINE else {"groupConfiguration": groups}
    return {**asked, **({"scopes": scopes} if version in ("2", "3") else {})}


def _message(source: str, version: str, user: str) -> dict[str, Any]:
    name = {"usernameParameter": "{username}"} if source == "CustomMessage_AdminCreateUser" else {}
    linked = not source.endswith(("_AdminCreateUser", "_Authentication"))
    link = {"linkParameter": "{##Confirm your address##}"} if linked else {}
    return {"codeParameter": "{####}", **link, **name}


def _sender(kind: str) -> Any:
    return lambda source, version, user: {"type": kind, "code": stamps.token(120)}


def _federated(source: str, version: str, user: str) -> dict[str, Any]:
    claims = {"sub": user, "email": "ada@example.com", "email_verified": "true"}
    return {
        "providerName": "ShopPartners",
        "providerType": "OIDC",
        "attributes": {
            "tokenResponse": {"access_token": stamps.token(24), "token_type": "Bearer", "expires_in": "3600"},
            "idToken": claims,
            "userInfo": {"given_name": "Ada", "family_name": "Example"},
        },
    }


_REQUESTS: dict[str, Any] = {
    "PreSignUp": lambda source, version, user: {"validationData": {"invitation": "a1b2c3"}},
    "PreAuthentication": lambda source, version, user: {
        "validationData": {"device": "phone"},
        "userNotFound": False,
    },
    "PostAuthentication": lambda source, version, user: {"newDeviceUsed": True},
    "TokenGeneration": _tokens,
    "DefineAuthChallenge": lambda source, version, user: {
        "session": [dict(_SRP), dict(_PASSWORD)],
        "userNotFound": False,
    },
    "CreateAuthChallenge": lambda source, version, user: {
        "challengeName": "CUSTOM_CHALLENGE",
        "session": [dict(_SRP), dict(_PASSWORD)],
        "userNotFound": False,
    },
    "VerifyAuthChallengeResponse": lambda source, version, user: {
        "privateChallengeParameters": {"answer": "lighthouse"},
        "challengeAnswer": "lighthouse",
        "userNotFound": False,
    },
    "UserMigration": lambda source, version, user: {
        **({"password": "correct horse"} if source == "UserMigration_Authentication" else {}),
        "validationData": {"origin": "shop"},
    },
    "CustomMessage": _message,
    "CustomEmailSender": _sender("customEmailSenderRequestV1"),
    "CustomSMSSender": _sender("customSMSSenderRequestV1"),
    "InboundFederation": _federated,
}


def _of(trigger: str, parts: dict[str, Any]) -> dict[str, Any]:
    """The event of a trigger; a trigger source may say which of its occasions it is."""
    asked: dict[str, Any] = {"trigger": trigger, **parts}
    made = event(**asked)
    family = _SOURCES[trigger].partition("_")[0]
    if made["triggerSource"].partition("_")[0] != family:
        raise SampleError(
            f"the trigger sources of {trigger} begin with {family}_, unlike {parts['trigger']!r}"
        )
    return made


def pre_sign_up(**parts: Any) -> dict[str, Any]:
    """A user signs up: as `event`."""
    return _of("pre_sign_up", parts)


def post_confirmation(**parts: Any) -> dict[str, Any]:
    """A user was confirmed: as `event`."""
    return _of("post_confirmation", parts)


def pre_authentication(**parts: Any) -> dict[str, Any]:
    """A user is about to sign in: as `event`."""
    return _of("pre_authentication", parts)


def post_authentication(**parts: Any) -> dict[str, Any]:
    """A user has signed in: as `event`."""
    return _of("post_authentication", parts)


def pre_token_generation(**parts: Any) -> dict[str, Any]:
    """An ID token is about to be made: as `event`."""
    return _of("pre_token_generation", parts)


def pre_token_generation_v2(**parts: Any) -> dict[str, Any]:
    """An ID token and an access token are about to be made: as `event`."""
    return _of("pre_token_generation", {"version": "2", **parts})


def pre_token_generation_v3(**parts: Any) -> dict[str, Any]:
    """As V2, in a pool whose machines get such events too (`trigger="TokenGeneration_ClientCredentials"`)."""
    return _of("pre_token_generation", {"version": "3", **parts})


def define_auth_challenge(**parts: Any) -> dict[str, Any]:
    """A custom sign-in wants to know what comes next: as `event`."""
    return _of("define_auth_challenge", parts)


def create_auth_challenge(**parts: Any) -> dict[str, Any]:
    """A custom sign-in wants a challenge: as `event`."""
    return _of("create_auth_challenge", parts)


def verify_auth_challenge(**parts: Any) -> dict[str, Any]:
    """A user has answered a challenge: as `event`."""
    return _of("verify_auth_challenge", parts)


def user_migration(**parts: Any) -> dict[str, Any]:
    """A user whom the pool does not know signs in: as `event`."""
    return _of("user_migration", parts)


def custom_message(**parts: Any) -> dict[str, Any]:
    """A message is about to be sent: as `event`."""
    return _of("custom_message", parts)


def custom_email_sender(**parts: Any) -> dict[str, Any]:
    """An email has to be sent: as `event`."""
    return _of("custom_email_sender", parts)


def custom_sms_sender(**parts: Any) -> dict[str, Any]:
    """A text message has to be sent: as `event`."""
    return _of("custom_sms_sender", parts)


def inbound_federation(**parts: Any) -> dict[str, Any]:
    """An identity provider has told who a user is: as `event`."""
    return _of("inbound_federation", parts)
