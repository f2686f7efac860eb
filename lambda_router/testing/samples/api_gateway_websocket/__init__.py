"""Events of an Amazon API Gateway WebSocket API: connections, messages, disconnections.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..http import Cookies, Message, Pairs, edge_headers, last, lists
from ..payloads import text

__all__ = ["connect", "disconnect", "event"]

_API = "w7s8k9m0n1"
_CONNECT, _DISCONNECT = "$connect", "$disconnect"


def event(
    route_key: str = "$default",
    body: Any = None,
    *,
    connection_id: str | None = None,
    stage: str = "prod",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    status: int = 1005,
    reason: str = "Client-side close frame status not set",
    host: str = f"{_API}.execute-api.{stamps.REGION}.amazonaws.com",
    client_ip: str = stamps.CLIENT_IP,
) -> dict[str, Any]:
    """A message; with the route key `$connect` or `$disconnect` what happens to a connection.

    A body that is not text or bytes is sent as JSON; without one the message names its route key as its `action`.
    `query`, `headers` and `cookies` are those of the handshake, `authorizer` is what its authorizer gives; `status` and
    `reason` say why the connection ended.
    """
    if body is not None and route_key in (_CONNECT, _DISCONNECT):
        raise SampleError(f"only a message has a body, and {route_key} is none")
    context = _context(route_key, stage, host, client_ip, connection_id or stamps.token(11))
    if authorizer is not None:
        context["authorizer"] = dict(authorizer)
    variables = {} if stage_variables is None else {"stageVariables": dict(stage_variables)}
    if route_key == _CONNECT:
        handshake = _handshake(query, headers, cookies, host, client_ip)
        agent = handshake.header("user-agent")
        context["identity"] |= {} if agent is None else {"userAgent": agent}
        return {**_request(handshake), **variables, "requestContext": context, "isBase64Encoded": False}
    if route_key == _DISCONNECT:
        context |= {"disconnectStatusCode": status, "disconnectReason": reason}
        rows = [("Host", host), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")]
        return {
            "headers": last(rows),
            "multiValueHeaders": lists(rows),
            **variables,
            "requestContext": context,
            "isBase64Encoded": False,
        }
    context["messageId"] = stamps.token(11)
    binary = isinstance(body, bytes | bytearray | memoryview)
    sent = base64.b64encode(body).decode("ascii") if binary else _text(body, route_key)
    return {**variables, "requestContext": context, "body": sent, "isBase64Encoded": binary}


def connect(**parts: Any) -> dict[str, Any]:
    """A client wants to connect: as `event`, with the route key `$connect`."""
    return event(_CONNECT, **parts)


def disconnect(**parts: Any) -> dict[str, Any]:
    """A connection has ended: as `event`, with the route key `$disconnect`."""
    return event(_DISCONNECT, **parts)


def _text(body: Any, route_key: str) -> str:
    return text({"action": route_key} if body is None else body)


def _handshake(query: Pairs, headers: Pairs, cookies: Cookies, host: str, client_ip: str) -> Message:
    edge = edge_headers(host, client_ip).items()
    ours = {name.title(): value for name, value in edge if name not in ("accept", "user-agent")}
    key = {"Sec-WebSocket-Key": stamps.token(16), "Sec-WebSocket-Version": "13"}
    return Message(
        "/", method="GET", query=query, headers=headers, cookies=cookies, body=None, implied={**ours, **key}
    )


def _request(handshake: Message) -> dict[str, Any]:
    sent = handshake.headers_and_cookies()
    found: dict[str, Any] = {"headers": last(sent), "multiValueHeaders": lists(sent)}
    if handshake.query:
        found["queryStringParameters"] = last(handshake.query)
        found["multiValueQueryStringParameters"] = lists(handshake.query)
    return found


def _context(route_key: str, stage: str, host: str, client_ip: str, connection_id: str) -> dict[str, Any]:
    now, request_id = stamps.Moment(), stamps.token(11)
    kind = {_CONNECT: "CONNECT", _DISCONNECT: "DISCONNECT"}.get(route_key, "MESSAGE")
    return {
        "routeKey": route_key,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": now.log,
        "messageDirection": "IN",
        "stage": stage,
        "connectedAt": now.millis - (0 if kind == "CONNECT" else 60_000),
        "requestTimeEpoch": now.millis,
        "identity": {"sourceIp": client_ip},
        "requestId": request_id,
        "domainName": host,
        "connectionId": connection_id,
        "apiId": host.partition(".")[0],
    }
