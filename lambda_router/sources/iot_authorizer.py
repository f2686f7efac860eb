"""Custom authorizers of AWS IoT Core.

Invoked by
    AWS IoT Core, synchronously, when a device connects or publishes over HTTP; it waits 5 seconds at most. It asks again
    when the policies are to be refreshed.
Answer
    Whether the device is who it says, its policies, and for how long they and the connection hold.
An exception
    Keeps the device out. `Drop`, `Reject`, `HTTPError` from 400 to 499 and what does not validate are denials; anything
    else is raised with a general text, for which the connection is closed as well.
See
    https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
"""

from __future__ import annotations

import json

from .. import criteria
from ..contract import anything, flag, form, listed, one_of, text, whole, wrong
from ..errors import ConfigurationError, HTTPError, PayloadError, ResultError
from ..outcomes import Drop, Reject
from ..policy import Allow, Decision, Deny
from ..results import dumps, plain
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..contract import Check
    from ..invocation import Invocation

    Policy = str | Mapping[str, Any]

_client = field("protocolData", "mqtt", "clientId")
_PRINCIPAL = "device"
"""Who a decision is about that names nobody; the answer must name somebody."""
_VERSION = "2012-10-17"
_LONGEST_POLICY = 2_048
_SHORTEST, _LONGEST = 300, 86_400


def _protocols(event: Any) -> Any:
    return event.get("protocols")


def _protocol(event: Any) -> Any:
    """What the device speaks, with nothing on top: mqtt of tls, http and mqtt."""
    found = _protocols(event)
    return found[-1] if isinstance(found, list) and found else None


def _password(event: Any) -> str | None:
    """The password of MQTT as text; None where there is none, or it is no text."""
    found = field("protocolData", "mqtt", "password")(event)
    if not isinstance(found, str):
        return None
    from binascii import a2b_base64

    try:
        return a2b_base64(found, strict_mode=True).decode()
    except ValueError:
        return None


class IotAuthorizer(EventSource):
    """Custom authorizers of AWS IoT Core.

    `@app.iot_authorizer()` decides who may connect. `protocol` is "mqtt" or "http", `client_id` the id that the device
    gives. `policies` are those of who is let in without policies of their own; without them a device may connect under
    its client id, and no more. `disconnect_after` and `refresh_after` are in seconds, 300 to 86,400.
    """

    name = "iot_authorizer"
    marks = ("protocolData",)
    shows_errors = True
    parts = {
        "token": field("token"),
        "protocol": _protocol,
        "protocols": _protocols,
        "client_id": _client,
        "connection": field("connectionMetadata"),
        "signature_verified": field("signatureVerified"),
        "username": field("protocolData", "mqtt", "username"),
        "password": _password,
        "headers": field("protocolData", "http", "headers"),
        "query_string": field("protocolData", "http", "queryString"),
        "server_name": field("protocolData", "tls", "serverName"),
    }

    def __call__(
        self,
        *,
        protocol: str | Sequence[str] | None = None,
        client_id: str | Sequence[str] | None = None,
        policies: Policy | Sequence[Policy] | None = None,
        disconnect_after: int = 86_400,
        refresh_after: int = 3_600,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a connection, and one each time that its policies are refreshed."""
        for label, seconds in (("disconnect_after", disconnect_after), ("refresh_after", refresh_after)):
            if type(seconds) is not int or not _SHORTEST <= seconds <= _LONGEST:
                raise ConfigurationError(
                    f"{label} is a number of seconds from 300 to 86,400, not {seconds!r}"
                )
        return self.route(
            criteria.glob("protocol", _protocol, protocol),
            criteria.glob("client_id", _client, client_id, public=False),
            policies=_declared(policies),
            disconnect_after=disconnect_after,
            refresh_after=refresh_after,
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Whether a signature was verified, and what the protocols of the connection say."""
        if not isinstance(event, dict):
            return False
        spoken = _protocols(event)
        return (
            isinstance(event.get("signatureVerified"), bool)
            and isinstance(event.get("protocolData"), dict)
            and isinstance(spoken, list)
            and spoken != []
            and all(isinstance(one, str) for one in spoken)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The connection's id."""
        found = field("connectionMetadata", "id")(event)
        return found if isinstance(found, str) else None

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The decision as AWS IoT takes it."""
        if isinstance(result, bool):
            result = Allow() if result else Deny()
        if isinstance(result, Decision):
            result = _decided(result, invocation)
        elif not isinstance(result, dict):
            raise ResultError(
                "an authorizer of AWS IoT returns True, False, Allow(...) or Deny(...), "
                f"not {type(result).__name__}"
            )
        answer = {key: value for key, value in plain(result).items() if value is not None}
        (_ANSWER if answer.get("isAuthenticated") is True else _REFUSAL)(answer, "$")
        return answer

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """A denial where the exception says that the device is at fault; else it is raised."""
        return self.shape(False, invocation) if _is_denial(exc) else super().fail(exc, invocation)


def _is_denial(exc: Any) -> bool:
    kind = type(exc)  # isinstance would ask the exception for its __class__
    if issubclass(kind, HTTPError):
        return bool(400 <= exc.status < 500)
    return issubclass(kind, (Drop, Reject, PayloadError))


# -- documents -------------------------------------------------------------------------------------------------


def _each(check: Check) -> Check:
    """One, or an array of some."""
    several = listed(check, needed=True)
    return lambda value, path: several(value, path) if isinstance(value, list) else check(value, path)


def _begins(start: str, what: str) -> Check:
    def check(value: Any, path: str) -> None:
        text()(value, path)
        if value != "*" and not value.startswith(start):
            raise wrong(path, f"is no {what}")

    return check


_STATEMENT = form(
    {
        "Effect": one_of("Allow", "Deny"),
        "Action": _each(_begins("iot:", "action of AWS IoT")),
        "Resource": _each(_begins("arn:", "ARN")),
    },
    {"Sid": anything, "Condition": anything},
    closed=True,
)
_DOCUMENT = form(
    {"Version": one_of(_VERSION), "Statement": listed(_STATEMENT, needed=True)},
    {"Id": anything},
    closed=True,
)


def _policy(value: Any, path: str) -> None:
    """A policy, as an object or as JSON text."""
    written = value if isinstance(value, str) else dumps(value)
    if len(written) > _LONGEST_POLICY:
        raise wrong(path, f"has {len(written):,} characters, and at most {_LONGEST_POLICY:,} are accepted")
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        raise wrong(path, "is not JSON") from None
    _DOCUMENT(document, path)


def _principal(value: Any, path: str) -> None:
    text(most=128)(value, path)
    if not (value.isascii() and value.isalnum()):
        raise wrong(path, "is not of letters and digits alone")


_SECONDS = whole(_SHORTEST, _LONGEST)
_ANSWER = form(
    {
        "isAuthenticated": flag,
        "principalId": _principal,
        "disconnectAfterInSeconds": _SECONDS,
        "refreshAfterInSeconds": _SECONDS,
        "policyDocuments": listed(_policy, most=10, needed=True),
    },
    closed=True,
)
_REFUSAL = form(
    {"isAuthenticated": flag},
    {
        "principalId": anything,
        "disconnectAfterInSeconds": anything,
        "refreshAfterInSeconds": anything,
        "policyDocuments": anything,
    },
    closed=True,
)


def _declared(policies: Any) -> list[Any] | None:
    """The policies of a decorator, proven at import."""
    if policies is None:
        return None
    given = _listed(policies)
    try:
        listed(_policy, most=10, needed=True)(plain(given), "policies")
    except ResultError as exc:
        raise ConfigurationError(f"policies are policies of AWS IoT: {exc}") from None
    return given


def _listed(policies: Any) -> list[Any]:
    return list(policies) if isinstance(policies, list | tuple) else [policies]


def _decided(decision: Decision, invocation: Invocation) -> dict[str, Any]:
    decision.refuse("context", "resources", "usage_key", "denied_fields", "ttl", service="AWS IoT")
    if not decision.allows:
        return {"isAuthenticated": False}
    options = {} if invocation.route is None else invocation.route.options
    policies = options.get("policies") if decision.policies is None else _listed(decision.policies)
    return {
        "isAuthenticated": True,
        "principalId": _PRINCIPAL if decision.principal is None else decision.principal,
        "disconnectAfterInSeconds": options.get("disconnect_after", _LONGEST),
        "refreshAfterInSeconds": options.get("refresh_after", _SHORTEST),
        "policyDocuments": [_own(invocation)] if policies is None else policies,
    }


def _own(invocation: Invocation) -> dict[str, Any]:
    """To connect under the client id that the device gave, in the account and Region of the function."""
    arn = getattr(invocation.context, "invoked_function_arn", None)
    fields = arn.split(":") if isinstance(arn, str) else []
    partition, region, account = (fields[1], *fields[3:5]) if len(fields) >= 7 else ("aws", "*", "*")
    given = _client(invocation.event)
    # A device may send stars and variables of policies: what is granted must not be a pattern of its making.
    client = given.replace("*", "?").replace("${", "??") if isinstance(given, str) and given else "*"
    statement = {
        "Effect": "Allow",
        "Action": "iot:Connect",
        "Resource": f"arn:{partition}:iot:{region}:{account}:client/{client}",
    }
    return {"Version": _VERSION, "Statement": [statement]}
