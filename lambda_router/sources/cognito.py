"""Amazon Cognito user pool triggers.

Invoked by
    Cognito, while a user signs up, signs in or is written to, which waits at most 5 seconds. The triggers that send
    email and text messages themselves are invoked asynchronously.
Answer
    The event itself with `response` filled in, each trigger with fields of its own. A copy of it is made here: a
    handler edits `response`, or returns what is merged into it, or returns the event.
An exception
    Blocks what the user was about to do, and its text is shown: it is a generic one with a reference, unless the
    exception is a `PublicError`. A sender's exception makes Lambda try again, whatever an exception handler returns.
See
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from .. import criteria
from ..contract import anything, flag, form, listed, mapped, one_of, text, wrong
from ..echo import EchoSource
from ..errors import ConfigurationError
from ..results import plain
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..contract import Check
    from ..invocation import Invocation

_source = field("triggerSource")
_pool = field("userPoolId")
_client = field("callerContext", "clientId")

_TEXT = text(least=0)
_TEXTS = listed(_TEXT)


def _fields(**checks: Check) -> Check:
    """An object with these fields and no other, none of which has to be there."""
    return form({}, checks, closed=True)


_GROUPS = _fields(groupsToOverride=_TEXTS, iamRolesToOverride=_TEXTS, preferredRole=_TEXT)
_ID_TOKEN: dict[str, Check] = {"claimsToAddOrOverride": mapped(anything), "claimsToSuppress": _TEXTS}
_ACCESS_TOKEN: dict[str, Check] = {**_ID_TOKEN, "scopesToAdd": _TEXTS, "scopesToSuppress": _TEXTS}

# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
_TOKENS_V1 = _fields(
    claimsOverrideDetails=_fields(
        claimsToAddOrOverride=mapped(_TEXT), claimsToSuppress=_TEXTS, groupOverrideDetails=_GROUPS
    )
)
_TOKENS_V2 = _fields(
    claimsAndScopeOverrideDetails=_fields(
        idTokenGeneration=_fields(**_ID_TOKEN),
        accessTokenGeneration=_fields(**_ACCESS_TOKEN),
        groupOverrideDetails=_GROUPS,
    )
)

_RESPONSES: dict[str, Check] = {
    "PreSignUp": _fields(autoConfirmUser=flag, autoVerifyEmail=flag, autoVerifyPhone=flag),
    "PostConfirmation": _fields(),
    "PreAuthentication": _fields(),
    "PostAuthentication": _fields(),
    "TokenGeneration": _TOKENS_V1,
    "DefineAuthChallenge": _fields(challengeName=_TEXT, issueTokens=flag, failAuthentication=flag),
    "CreateAuthChallenge": _fields(
        publicChallengeParameters=mapped(_TEXT),
        privateChallengeParameters=mapped(_TEXT),
        challengeMetadata=_TEXT,
    ),
    "VerifyAuthChallengeResponse": _fields(answerCorrect=flag),
    "UserMigration": _fields(
        userAttributes=mapped(_TEXT),
        finalUserStatus=one_of("CONFIRMED", "RESET_REQUIRED"),
        messageAction=one_of("SUPPRESS"),
        desiredDeliveryMediums=listed(one_of("EMAIL", "SMS")),
        forceAliasCreation=flag,
        enableSMSMFA=flag,
    ),
    "CustomMessage": _fields(smsMessage=_TEXT, emailMessage=_TEXT, emailSubject=_TEXT),
    "InboundFederation": _fields(userAttributesToMap=mapped(_TEXT)),
}
_SENDERS = ("CustomEmailSender", "CustomSMSSender")


def _family(event: Any) -> str:
    """The trigger without what set it off: `PreSignUp` of `PreSignUp_AdminCreateUser`."""
    source = _source(event)
    return source.partition("_")[0] if isinstance(source, str) else ""


class Trigger:
    """One trigger of user pools: `@app.cognito.pre_sign_up(user_pool="eu-west-1_AbCdEfGhI")`."""

    __slots__ = ("family", "name", "room")

    def __init__(self, family: str, *, room: Any = None, name: str = "") -> None:
        self.family = family
        self.room = room
        self.name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, room: Cognito | None, owner: type) -> Trigger:
        return self if room is None else Trigger(self.family, room=room, name=self.name)

    def __call__(
        self,
        *,
        trigger: str | Sequence[str] | None = None,
        user_pool: str | Sequence[str] | None = None,
        client_id: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event; `trigger` narrows it to some of the trigger's sources."""
        if self.room is None:
            raise TypeError(f"{self.name} is a decorator of a router: @app.cognito.{self.name}()")
        given: RouteFactory = self.room._trigger_route(
            self._within(trigger),
            user_pool,
            client_id,
            verb=f".{self.name}",
            middleware=middleware,
            name=name,
        )
        return given

    def _within(self, trigger: Any) -> Any:
        if trigger is None:
            return f"{self.family}_*"
        for value in criteria.texts("trigger", trigger):
            if not value.startswith(f"{self.family}_"):
                raise ConfigurationError(
                    f"app.cognito.{self.name} is for the trigger sources {self.family}_*, not {value!r}"
                )
        return trigger


class Cognito(EchoSource):
    """Amazon Cognito user pool triggers.

    `@app.cognito.pre_sign_up()` and its siblings take one trigger each, `@app.cognito()` takes all. `trigger` is a
    trigger source (`"PreSignUp_AdminCreateUser"`), `user_pool` the pool's id, `client_id` the app client's; each may
    be a glob or a list.
    """

    name = "cognito"
    marks = ("triggerSource",)
    edited = "response"
    identity = ("triggerSource", "userPoolId", "userName")
    parts = {
        "user_attributes": field("request", "userAttributes"),
        "username": field("userName"),
        "request": field("request"),
        "response": field("response"),
        "user_pool": _pool,
        "client_id": _client,
        "trigger": _source,
        "client_metadata": field("request", "clientMetadata"),
    }

    pre_sign_up = Trigger("PreSignUp")
    """Before a user is signed up: `autoConfirmUser`, `autoVerifyEmail`, `autoVerifyPhone`."""
    post_confirmation = Trigger("PostConfirmation")
    """After a user was confirmed, or has set a new password; nothing to answer."""
    pre_authentication = Trigger("PreAuthentication")
    """Before a user signs in; nothing to answer, an exception denies it."""
    post_authentication = Trigger("PostAuthentication")
    """After a user has signed in; nothing to answer."""
    pre_token_generation = Trigger("TokenGeneration")
    """Before tokens are made: `claimsOverrideDetails` of V1, `claimsAndScopeOverrideDetails` of V2 and V3 events."""
    define_auth_challenge = Trigger("DefineAuthChallenge")
    """What comes next in a custom sign-in: `challengeName`, `issueTokens`, `failAuthentication`."""
    create_auth_challenge = Trigger("CreateAuthChallenge")
    """A challenge: `publicChallengeParameters`, `privateChallengeParameters`, `challengeMetadata`."""
    verify_auth_challenge = Trigger("VerifyAuthChallengeResponse")
    """The user's answer to a challenge: `answerCorrect`."""
    user_migration = Trigger("UserMigration")
    """A user that the pool does not know: `userAttributes`, `finalUserStatus` and so on; nothing migrates nobody."""
    custom_message = Trigger("CustomMessage")
    """The text of a message: `smsMessage`, `emailMessage`, `emailSubject`, with the request's placeholders."""
    custom_email_sender = Trigger("CustomEmailSender")
    """An email to be sent by the function; nothing to answer."""
    custom_sms_sender = Trigger("CustomSMSSender")
    """A text message to be sent by the function; nothing to answer."""
    inbound_federation = Trigger("InboundFederation")
    """What an identity provider says of a user: `userAttributesToMap` replaces it, empty keeps it."""

    def __call__(
        self,
        *,
        trigger: str | Sequence[str] | None = None,
        user_pool: str | Sequence[str] | None = None,
        client_id: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event, whatever the trigger."""
        return self._trigger_route(trigger, user_pool, client_id, middleware=middleware, name=name)

    def _trigger_route(self, trigger: Any, user_pool: Any, client_id: Any, **options: Any) -> RouteFactory:
        """The route factory of any of the decorators."""
        return self.route(
            criteria.glob("trigger", _source, trigger),
            criteria.glob("user_pool", _pool, user_pool),
            criteria.glob("client_id", _client, client_id),
            **options,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A trigger source, a user pool and a request."""
        return (
            isinstance(event, dict)
            and isinstance(event.get("triggerSource"), str)
            and isinstance(event.get("userPoolId"), str)
            and isinstance(event.get("request"), dict)
        )

    def waits(self, event: Any) -> bool:
        """For all triggers but the senders."""
        return _family(event) not in _SENDERS

    def admit(self, invocation: Invocation) -> None:
        """Copy the event, with a response that can be edited; senders have none."""
        super().admit(invocation)
        if self.waits(invocation.event) and not isinstance(invocation.subject.get("response"), dict):
            invocation.subject["response"] = {}

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The event with its response; what a sender returns is read by nobody."""
        if not self.waits(invocation.event):
            return plain(invocation.event)
        return super().shape(result, invocation)

    def merged(self, given: dict[str, Any], edited: Any) -> Any:
        """The fields that were returned take the place of those in the response."""
        return {**edited, **given}

    def checked(self, value: Any, event: Any) -> Any:
        """The response; a field that is null or as it was sent has not been answered."""
        if not isinstance(value, dict):
            raise wrong("$.response", "is not an object")
        sent = event.get("response")
        sent = sent if isinstance(sent, dict) else {}
        given = {k: v for k, v in value.items() if v is not None and not (k in sent and sent[k] == v)}
        check = _TOKENS_V2 if _is_v2(event) else _RESPONSES.get(_family(event))
        if check is not None:
            check(given, "$.response")
        if rule := _RULES.get(_family(event)):
            rule(given, event)
        return {**sent, **given}

    def suggest(self, subject: Any) -> str:
        """The trigger's own decorator."""
        family = _family(subject)
        for name, trigger in vars(Cognito).items():
            if isinstance(trigger, Trigger) and trigger.family == family:
                return f"@app.cognito.{name}()"
        return f"@app.cognito(trigger={quoted(criteria.literal(_source(subject)) or '*')})"


def _is_v2(event: Any) -> bool:
    """Whether tokens are asked for in V2 or V3; the version alone does not tell, as V2 events were seen with a 1."""
    return _family(event) == "TokenGeneration" and (
        "scopes" in event["request"]
        or _source(event) == "TokenGeneration_ClientCredentials"
        or event.get("version") in ("2", "3")
    )


def _verified(given: dict[str, Any], event: Any) -> None:
    """What is to be verified has to be there; of a user made by an administrator it is not looked at.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
    """
    if _source(event) == "PreSignUp_AdminCreateUser":
        return
    for key, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if given.get(key) is True and not field("request", "userAttributes", attribute)(event):
            raise wrong(f"$.response.{key}", f"is true, and the user has no {attribute}")


def _migrated(given: dict[str, Any], event: Any) -> None:
    """A user is made of attributes.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
    """
    if given and "userAttributes" not in given:
        raise wrong(
            "$.response.userAttributes", "is missing: a user is migrated with attributes or not at all"
        )


def _placed(given: dict[str, Any], event: Any) -> None:
    """A message is short enough and has the placeholders that Cognito puts the code and the name in for.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html
    """
    for key, limit in (("smsMessage", 140), ("emailMessage", 20_000)):
        if key in given:
            _message(given[key], event, key=key, limit=limit)


def _message(message: str, event: Any, *, key: str, limit: int) -> None:
    path = f"$.response.{key}"
    if len(message) > limit:
        raise wrong(path, f"has {len(message):,} characters, and at most {limit:,} are accepted")
    request = event["request"]
    code = [request.get("codeParameter")]
    if key == "emailMessage":
        code.append(request.get("linkParameter"))  # where the pool verifies by a link
    wanted = [("codeParameter", code)]
    if _source(event) == "CustomMessage_AdminCreateUser":
        wanted.append(("usernameParameter", [request.get("usernameParameter")]))
    for name, placeholders in wanted:
        found = [p for p in placeholders if isinstance(p, str)]
        if found and not any(p in message for p in found):
            raise wrong(path, f"lacks the placeholder that is request.{name}")


_RULES: dict[str, Callable[[dict[str, Any], Any], None]] = {
    "PreSignUp": _verified,
    "UserMigration": _migrated,
    "CustomMessage": _placed,
}
