"""Directives of Alexa to smart home skills.

https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-interface.html
https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["accept_grant", "discover", "event", "report_state", "version_1", "version_2"]


def event(
    namespace: str = "Alexa.PowerController",
    directive: str = "TurnOn",
    *,
    endpoint: str | None = "kitchen-lamp",
    payload: Mapping[str, Any] | None = None,
    cookie: Mapping[str, str] | None = None,
    token: str | None = None,
    message_id: str | None = None,
    correlation_token: str | None = None,
) -> dict[str, Any]:
    """A directive of version 3 for a device; without an `endpoint` it is for the skill, and has no correlation token.

    `token` is the user's own in the skill's cloud.
    """
    header = {
        "namespace": namespace,
        "name": directive,
        "messageId": message_id or stamps.uuid(),
        "payloadVersion": "3",
    }
    device = {
        "scope": {"type": "BearerToken", "token": token or _token()},
        "endpointId": endpoint,
        "cookie": dict(cookie or {}),
    }
    if endpoint is not None:
        header["correlationToken"] = correlation_token or stamps.token(48)
    elif correlation_token is not None:
        raise SampleError("a directive without an endpoint has no correlation token")
    return {
        "directive": {
            "header": header,
            **({} if endpoint is None else {"endpoint": device}),
            "payload": plain(dict(payload or {})),
        }
    }


def discover(*, token: str | None = None, message_id: str | None = None) -> dict[str, Any]:
    """Which devices there are.

    https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-discovery.html
    """
    scope = {"scope": {"type": "BearerToken", "token": token or _token()}}
    return event("Alexa.Discovery", "Discover", endpoint=None, payload=scope, message_id=message_id)


def accept_grant(
    *, code: str | None = None, token: str | None = None, message_id: str | None = None
) -> dict[str, Any]:
    """A code with which the skill may report changes of a user's devices.

    https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-authorization.html
    """
    grant = {
        "grant": {"type": "OAuth2.AuthorizationCode", "code": code or stamps.hexadecimal(20)},
        "grantee": {"type": "BearerToken", "token": token or _token()},
    }
    return event("Alexa.Authorization", "AcceptGrant", endpoint=None, payload=grant, message_id=message_id)


def report_state(endpoint: str = "kitchen-lamp", **parts: Any) -> dict[str, Any]:
    """How a device is.

    https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-statereport.html
    """
    return event("Alexa", "ReportState", endpoint=endpoint, **parts)


def version_2(
    namespace: str = "Alexa.ConnectedHome.Control",
    directive: str = "TurnOnRequest",
    *,
    endpoint: str | None = "kitchen-lamp",
    token: str | None = None,
    message_id: str | None = None,
) -> dict[str, Any]:
    """A directive of version 2; without an `endpoint` it is for the skill."""
    device: dict[str, Any] = {"applianceId": endpoint, "additionalApplianceDetails": {}}
    return {
        "header": {
            "messageId": message_id or stamps.uuid(),
            "name": directive,
            "namespace": namespace,
            "payloadVersion": "2",
        },
        "payload": {"accessToken": token or _token(), **({} if endpoint is None else {"appliance": device})},
    }


def version_1(
    namespace: str = "Control", directive: str = "SwitchOnOffRequest", *, token: str | None = None
) -> dict[str, Any]:
    """A directive of version 1."""
    return {
        "header": {"namespace": namespace, "name": directive, "payloadVersion": "1"},
        "payload": {
            "switchControlAction": "TURN_ON",
            "appliance": {"applianceId": "kitchen-lamp", "additionalApplianceDetails": {}},
            "accessToken": token or _token(),
        },
    }


def _token() -> str:
    return f"Atza|{stamps.token(24)}"
