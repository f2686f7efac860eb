"""What a WebSocket API of Amazon API Gateway takes for an answer of a route's Lambda integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

A status, and beside it the text that the route's response sends back, at most one message of 128 KB. On `$connect`
also headers, each with one text; a status that is not 2xx refuses the connection.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

LIMIT = 128 * 1024


def check(answer: Any, event: Any) -> None:
    """Refuse what is no answer, or would send a client something else than was meant."""
    connecting = event["requestContext"]["eventType"] == "CONNECT"
    json.dumps(answer, allow_nan=False).encode()
    need(isinstance(answer, dict), "$ is no object")
    known = {"statusCode", "body", "headers"} if connecting else {"statusCode", "body"}
    for key in answer:
        need(key in known, f"$.{key} is unknown")
    status = answer.get("statusCode")
    need(type(status) is int, "$.statusCode is no integer")
    need(100 <= status <= 599, "$.statusCode is no HTTP status")
    if "body" in answer:
        need(isinstance(answer["body"], str), "$.body is no text")
        need(len(answer["body"].encode()) <= LIMIT, "$.body is larger than a message")
    headers = answer.get("headers", {})
    need(isinstance(headers, dict), "$.headers is no object")
    for name, value in headers.items():
        need(isinstance(value, str), f"$.headers.{name} is no text")
        need("\r" not in value and "\n" not in value, f"$.headers.{name} has a line break")


CONNECT = {"requestContext": {"eventType": "CONNECT", "routeKey": "$connect", "connectionId": "c-1"}}
MESSAGE = {"requestContext": {"eventType": "MESSAGE", "routeKey": "$default", "connectionId": "c-1"}}
DISCONNECT = {"requestContext": {"eventType": "DISCONNECT", "routeKey": "$disconnect", "connectionId": "c-1"}}

WRONG: list[tuple[Any, Any, str]] = [
    (None, CONNECT, "null"),
    ("ok", MESSAGE, "a bare text"),
    (200, CONNECT, "a bare number"),
    ([200, "ok"], MESSAGE, "an array"),
    ({}, CONNECT, "no status"),
    ({"body": "ok"}, MESSAGE, "no status"),
    ({"statusCode": "200"}, CONNECT, "a status as text"),
    ({"statusCode": True}, CONNECT, "a boolean status"),
    ({"statusCode": 200.0}, CONNECT, "a fractional status"),
    ({"statusCode": 42}, DISCONNECT, "no HTTP status"),
    ({"statusCode": 200, "body": {"ok": True}}, MESSAGE, "a body that is an object"),
    ({"statusCode": 200, "body": None}, MESSAGE, "a body that is null"),
    ({"statusCode": 200, "body": "x" * (LIMIT + 1)}, MESSAGE, "a body larger than a message"),
    ({"statusCode": 200, "body": "\N{EURO SIGN}" * 44_000}, MESSAGE, "a body larger than a message in UTF-8"),
    ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, MESSAGE, "base64, which goes out as text"),
    ({"statusCode": 200, "headers": {"x": "1"}}, MESSAGE, "headers, which a message has not"),
    ({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": ["chat"]}}, CONNECT, "a header with a list"),
    ({"statusCode": 200, "headers": {"x": "1\r\ny: 2"}}, CONNECT, "a header with a line break"),
    ({"statusCode": 200, "isAuthorized": True}, CONNECT, "what an authorizer answers"),
]
"""Answers that are refused, the event they answer, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
