"""What AWS IoT Core asks a custom authorizer: about MQTT, MQTT over WebSocket, HTTP.

https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps

__all__ = ["event", "http", "mqtt", "websocket"]

_PROTOCOLS = {"mqtt": ["tls", "mqtt"], "websocket": ["tls", "http", "mqtt"], "http": ["tls", "http"]}


def event(
    kind: str = "mqtt",
    *,
    token: str | None = None,
    client_id: str = "fern",
    username: str = "plants",
    password: str = "moisture",
    headers: Mapping[str, str] | None = None,
    query_string: str = "?x-amz-customauthorizer-name=plants",
    server_name: str = "iot.example.com",
    signature_verified: bool = False,
    connection_id: str | None = None,
) -> dict[str, Any]:
    """A connection: `kind` is mqtt, websocket (MQTT over it) or http. `token` is there where one was sent."""
    if kind not in _PROTOCOLS:
        raise SampleError(f"kind is mqtt, websocket or http, not {kind!r}")
    protocols = _PROTOCOLS[kind]
    data: dict[str, Any] = {"tls": {"serverName": server_name}}
    if "http" in protocols:
        data["http"] = {"headers": dict(headers or {"User-Agent": "fern/1.0"}), "queryString": query_string}
    if "mqtt" in protocols:
        sealed = base64.b64encode(password.encode()).decode()
        data["mqtt"] = {"username": username, "password": sealed, "clientId": client_id}
    return {
        **({} if token is None else {"token": token}),
        "signatureVerified": signature_verified,
        "protocols": list(protocols),
        "protocolData": data,
        "connectionMetadata": {"id": connection_id or stamps.uuid()},
    }


def mqtt(**parts: Any) -> dict[str, Any]:
    """Of a device that speaks MQTT: as `event`."""
    return event("mqtt", **parts)


def websocket(**parts: Any) -> dict[str, Any]:
    """Of a device that speaks MQTT over WebSocket: as `event` with this kind."""
    return event("websocket", **parts)


def http(**parts: Any) -> dict[str, Any]:
    """Of a device that publishes over HTTP: as `event` with this kind."""
    return event("http", **parts)
