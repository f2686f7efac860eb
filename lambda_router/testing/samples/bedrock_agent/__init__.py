"""What an agent of Amazon Bedrock sends to the function of an action group.

https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..payloads import plain, text

__all__ = ["event", "operation"]

_PARAMETERS: dict[str, Any] = {"order_id": 7, "language": "en"}


def event(
    function: str = "find_order",
    parameters: Mapping[str, Any] = _PARAMETERS,
    *,
    method: str = "GET",
    path: str | None = None,
    body: Mapping[str, Any] | None = None,
    content_type: str = "application/json",
    action_group: str = "Orders",
    agent: str = "shop-assistant",
    agent_id: str | None = None,
    alias: str = "PRODALIAS1",
    version: str = "3",
    session_id: str | None = None,
    session_attributes: Mapping[str, str] | None = None,
    prompt_session_attributes: Mapping[str, str] | None = None,
    input_text: str = "Where is my order?",
) -> dict[str, Any]:
    """A call of a function with parameters, which go as text with the type that their value has.

    With a `path`, written as in the API schema, it is of an operation instead, and `body` are the properties of its body.
    """
    made = {
        "messageVersion": "1.0",
        "agent": {
            "name": agent,
            "id": agent_id or stamps.hexadecimal(10).upper(),
            "alias": alias,
            "version": version,
        },
        "inputText": input_text,
        "sessionId": session_id or str(stamps.number(15)),
        "actionGroup": action_group,
        "parameters": _listed(parameters),
        "sessionAttributes": dict(session_attributes or {}),
        "promptSessionAttributes": dict(prompt_session_attributes or {}),
    }
    if path is None:
        return {**made, "function": function}
    sent = {} if body is None else {"requestBody": {"content": {content_type: {"properties": _listed(body)}}}}
    return {**made, "apiPath": path, "httpMethod": method.upper(), **sent}


def operation(
    method: str = "GET",
    path: str = "/orders/{order_id}",
    parameters: Mapping[str, Any] = _PARAMETERS,
    **parts: Any,
) -> dict[str, Any]:
    """A call of an operation of an API schema."""
    return event(parameters=parameters, method=method, path=path, **parts)


def _listed(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": name, "type": _TYPES.get(type(value), "object"), "value": text(plain(value))}
        for name, value in values.items()
    ]


_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", tuple: "array"}
