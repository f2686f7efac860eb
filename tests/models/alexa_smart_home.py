"""What Alexa takes for an answer of a smart home skill's function.

https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-response.html
https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-errorresponse.html
https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-discovery.html
https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-discovery-objects.html
https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-authorization.html

A directive of version 3 is answered with one event whose header has an id of its own and the directive's correlation
token; the older forms with a header and a payload of the directive's version. Discovery is answered with a list of
endpoints, each with six fields, a report of the state with properties, an error with a type and a message.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

_V3: dict[str, Any] = {
    "directive": {
        "header": {
            "namespace": "Alexa.PowerController",
            "name": "TurnOn",
            "messageId": "m-1",
            "correlationToken": "t-1",
            "payloadVersion": "3",
        },
        "endpoint": {"endpointId": "lamp"},
        "payload": {},
    }
}


def check(answer: Any, event: Any) -> None:
    """Refuse what the user would hear as a device that does not respond."""
    need(isinstance(answer, dict), "$ is no object")
    json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()
    sent = _V3 if event is None else event
    if "directive" not in sent:
        older(answer, sent)
        return
    told = answer.get("event")
    need(isinstance(told, dict), "$.event is no object")
    header(told.get("header"), sent["directive"]["header"])
    payload = told.get("payload")
    need(isinstance(payload, dict), "$.event.payload is no object")
    endpoint = told.get("endpoint")
    if endpoint is not None:
        need(isinstance(endpoint, dict), "$.event.endpoint is no object")
        word(endpoint.get("endpointId"), "$.event.endpoint.endpointId")
    properties(answer.get("context"), needed=told["header"]["name"] == "StateReport")
    if told["header"]["name"] == "ErrorResponse":
        word(payload.get("type"), "$.event.payload.type")
        word(payload.get("message"), "$.event.payload.message")
    if told["header"]["name"] == "Discover.Response":
        endpoints(payload.get("endpoints"))


def word(value: Any, at: str) -> None:
    need(isinstance(value, str) and value, f"{at} is no text")


def header(value: Any, sent: dict[str, Any]) -> None:
    at = "$.event.header"
    need(isinstance(value, dict), f"{at} is no object")
    for field in ("namespace", "name", "messageId", "payloadVersion"):
        word(value.get(field), f"{at}.{field}")
    need(value["namespace"] == "Alexa" or value["namespace"].startswith("Alexa."), f"{at}.namespace")
    need(value["payloadVersion"] in ("3", sent["payloadVersion"]), f"{at}.payloadVersion")
    need(len(value["messageId"]) <= 127, f"{at}.messageId is longer than 127 characters")
    need(
        value.get("correlationToken") == sent.get("correlationToken"),
        f"{at}.correlationToken is not the sent one",
    )


def properties(context: Any, *, needed: bool) -> None:
    at = "$.context.properties"
    need(context is not None or not needed, "$.context is missing")
    if context is None:
        return
    need(isinstance(context, dict), "$.context is no object")
    found = context.get("properties")
    need(found is not None or not needed, f"{at} are missing")
    need(found is None or isinstance(found, list), f"{at} is no array")
    for one in found or []:
        need(isinstance(one, dict), f"{at} has something else than objects")
        for field in ("namespace", "name", "timeOfSample"):
            word(one.get(field), f"{at}.{field}")
        need("value" in one, f"{at}.value is missing")
        unsure = one.get("uncertaintyInMilliseconds")
        need(type(unsure) is int and unsure >= 0, f"{at}.uncertaintyInMilliseconds is no number")


def endpoints(value: Any) -> None:
    at = "$.event.payload.endpoints"
    need(isinstance(value, list), f"{at} is no array")
    need(len(value) <= 300, f"{at} has more than 300")
    for one in value:
        need(isinstance(one, dict), f"{at} has something else than objects")
        for field in ("endpointId", "manufacturerName", "description", "friendlyName"):
            word(one.get(field), f"{at}.{field}")
        need(len(one["endpointId"]) <= 256, f"{at}.endpointId is longer than 256 characters")
        for field in ("displayCategories", "capabilities"):
            need(isinstance(one.get(field), list), f"{at}.{field} is no array")
    ids = [one["endpointId"] for one in value]
    need(len(set(ids)) == len(ids), f"{at} has an endpoint twice")


def older(answer: dict[str, Any], sent: dict[str, Any]) -> None:
    value = answer.get("header")
    need(isinstance(value, dict), "$.header is no object")
    for field in ("namespace", "name"):
        word(value.get(field), f"$.header.{field}")
    need(value.get("payloadVersion") == sent["header"]["payloadVersion"], "$.header.payloadVersion")
    if sent["header"]["payloadVersion"] == "2":
        word(value.get("messageId"), "$.header.messageId")
    need(isinstance(answer.get("payload"), dict), "$.payload is no object")


def telling(payload: Any = None, context: Any = None, **changes: Any) -> dict[str, Any]:
    header = {
        "namespace": "Alexa",
        "name": "Response",
        "messageId": "m-2",
        "correlationToken": "t-1",
        "payloadVersion": "3",
        **changes,
    }
    told = {"event": {"header": header, "payload": {} if payload is None else payload}}
    return told if context is None else {**told, "context": context}


_V2 = {
    "header": {
        "namespace": "Alexa.ConnectedHome.Control",
        "name": "TurnOnRequest",
        "messageId": "m-1",
        "payloadVersion": "2",
    },
    "payload": {"appliance": {"applianceId": "lamp"}},
}
_DONE = {**_V2["header"], "name": "TurnOnConfirmation"}
_PROPERTY = {
    "namespace": "Alexa.PowerController",
    "name": "powerState",
    "value": "ON",
    "timeOfSample": "2030-01-02T03:04:05Z",
    "uncertaintyInMilliseconds": 0,
}
_LAMP = {
    "endpointId": "lamp",
    "manufacturerName": "Shop",
    "description": "A lamp",
    "friendlyName": "Lamp",
    "displayCategories": ["LIGHT"],
    "capabilities": [],
}


def without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k != key}


WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ("ON", None, "a text"),
    ([], None, "an array"),
    ({}, None, "no event"),
    ({"event": {"payload": {}}}, None, "no header"),
    (telling(namespace=None), None, "no namespace"),
    (telling(namespace="Shop"), None, "a namespace of somebody else"),
    (telling(name=""), None, "an empty name"),
    (telling(messageId=None), None, "no id"),
    (telling(messageId="m" * 128), None, "an id that is too long"),
    (telling(payloadVersion=3), None, "a version that is a number"),
    (telling(payloadVersion="2"), None, "an older version"),
    (telling(correlationToken=None), None, "no correlation token"),
    (telling(correlationToken="t-2"), None, "another directive's correlation token"),
    (telling([]), None, "a payload that is an array"),
    ({"event": {**telling()["event"], "endpoint": {}}}, None, "an endpoint without id"),
    (telling(context=[]), None, "a context that is an array"),
    (telling(context={"properties": {}}), None, "properties that are an object"),
    (telling(context={"properties": [without(_PROPERTY, "value")]}), None, "a property without value"),
    (telling(context={"properties": [without(_PROPERTY, "timeOfSample")]}), None, "a property without time"),
    (
        telling(context={"properties": [without(_PROPERTY, "uncertaintyInMilliseconds")]}),
        None,
        "a property without uncertainty",
    ),
    (telling(name="StateReport"), None, "a report without properties"),
    (telling(name="ErrorResponse"), None, "an error without type"),
    (telling({"type": "INTERNAL_ERROR"}, name="ErrorResponse"), None, "an error without message"),
    (telling(name="Discover.Response", namespace="Alexa.Discovery"), None, "no endpoints"),
    (
        telling({"endpoints": [without(_LAMP, "friendlyName")]}, name="Discover.Response"),
        None,
        "an endpoint without name",
    ),
    (
        telling({"endpoints": [{**_LAMP, "capabilities": {}}]}, name="Discover.Response"),
        None,
        "capabilities that are an object",
    ),
    (telling({"endpoints": [_LAMP, _LAMP]}, name="Discover.Response"), None, "an endpoint twice"),
    (telling(), _V2, "an event of version 3 for a directive of version 2"),
    ({"header": {**_DONE, "payloadVersion": "3"}, "payload": {}}, _V2, "a header of version 3"),
    ({"header": without(_DONE, "messageId"), "payload": {}}, _V2, "no id"),
    ({"header": _DONE}, _V2, "no payload"),
]
"""Answers that Alexa refuses, the event where it matters, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
