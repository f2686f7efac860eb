"""What Amazon Lex V2 takes for an answer of a code hook.

https://docs.aws.amazon.com/lexv2/latest/dg/lambda-response-format.html
https://docs.aws.amazon.com/lexv2/latest/dg/lambda-common-structures.html
https://docs.aws.amazon.com/lexv2/latest/APIReference/API_runtime_SessionState.html
https://docs.aws.amazon.com/lexv2/latest/APIReference/API_runtime_Message.html

`sessionState` is required; `messages` are where the action is ElicitIntent or ConfirmIntent, `intent` is unless it is
ElicitIntent or Delegate. A field that may be absent may be null, as AWS's own examples send it, and fields that are not
on the page are passed over. At most 25 KB, of which the session attributes are at most 12.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

TYPES = ("Close", "ConfirmIntent", "Delegate", "ElicitIntent", "ElicitSlot")
STATES = ("Failed", "Fulfilled", "FulfillmentInProgress", "InProgress", "ReadyForFulfillment", "Waiting")


def check(answer: Any, event: Any) -> None:
    """Refuse what Lex answers its client with a DependencyFailedException."""
    need(isinstance(answer, dict), "$ is no object")
    need(size(answer) <= 25 * 1024, "$ is larger than 25 KB")
    state = answer.get("sessionState")
    need(isinstance(state, dict), "$.sessionState is no object")
    kind = action(state.get("dialogAction"))
    attributes(state.get("sessionAttributes"))
    contexts(state.get("activeContexts"))
    held = state.get("intent")
    need(held is not None or kind in ("ElicitIntent", "Delegate"), "$.sessionState.intent is missing")
    if held is not None:
        intent(held, kind)
    messages(answer.get("messages"), kind)
    texts(answer.get("requestAttributes"), "$.requestAttributes")


def size(value: Any) -> int:
    return len(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())


def word(value: Any, at: str) -> None:
    need(isinstance(value, str) and value, f"{at} is no text")


def texts(value: Any, at: str) -> None:
    if value is not None:
        need(isinstance(value, dict), f"{at} is no object")
        for key, one in value.items():
            need(isinstance(one, str), f"{at}.{key} is no text")


def attributes(value: Any) -> None:
    texts(value, "$.sessionState.sessionAttributes")
    need(size(value) <= 12 * 1024, "$.sessionState.sessionAttributes is larger than 12 KB")


def contexts(value: Any) -> None:
    at = "$.sessionState.activeContexts"
    need(value is None or isinstance(value, list), f"{at} is no array")
    need(len(value or []) <= 20, f"{at} has more than 20")
    for one in value or []:
        need(isinstance(one, dict), f"{at} has something else than objects")
        word(one.get("name"), f"{at}.name")
        need(one.get("contextAttributes") is not None, f"{at}.contextAttributes is missing")
        texts(one["contextAttributes"], f"{at}.contextAttributes")
        left = one.get("timeToLive")
        need(isinstance(left, dict), f"{at}.timeToLive is no object")
        seconds, turns = left.get("timeToLiveInSeconds"), left.get("turnsToLive")
        need(type(seconds) is int and 5 <= seconds <= 86_400, f"{at}.timeToLive.timeToLiveInSeconds")
        need(type(turns) is int and 1 <= turns <= 20, f"{at}.timeToLive.turnsToLive")


def action(value: Any) -> str:
    at = "$.sessionState.dialogAction"
    need(isinstance(value, dict), f"{at} is no object")
    kind = value.get("type")
    need(isinstance(kind, str) and kind in TYPES, f"{at}.type is no type")
    if kind == "ElicitSlot" or value.get("slotToElicit") is not None:
        word(value.get("slotToElicit"), f"{at}.slotToElicit")
    style = value.get("slotElicitationStyle")
    need(style in (None, "Default", "SpellByLetter", "SpellByWord"), f"{at}.slotElicitationStyle")
    inner = value.get("subSlotToElicit")
    while inner is not None:
        need(isinstance(inner, dict), f"{at}.subSlotToElicit is no object")
        word(inner.get("name"), f"{at}.subSlotToElicit.name")
        inner = inner.get("subSlotToElicit")
    return str(kind)


def intent(value: Any, kind: str) -> None:
    at = "$.sessionState.intent"
    need(isinstance(value, dict), f"{at} is no object")
    word(value.get("name"), f"{at}.name")
    state = value.get("state")
    need(state is None or (isinstance(state, str) and state in STATES), f"{at}.state is no state")
    need(state != "ReadyForFulfillment" or kind == "Delegate", f"{at}.state is for Delegate alone")
    need(value.get("confirmationState") in (None, "Confirmed", "Denied", "None"), f"{at}.confirmationState")
    slots(value.get("slots"), f"{at}.slots")


def slots(value: Any, at: str) -> None:
    need(value is None or isinstance(value, dict), f"{at} is no object")
    for name, one in (value or {}).items():
        if one is not None:
            slot(one, f"{at}.{name}")


def slot(value: Any, at: str) -> None:
    need(isinstance(value, dict), f"{at} is no object")
    need(value.get("shape") in (None, "Scalar", "List", "Composite"), f"{at}.shape")
    several = value.get("values")
    need(several is None or isinstance(several, list), f"{at}.values is no array")
    for one in several or []:
        slot(one, f"{at}.values")
    slots(value.get("subSlots"), f"{at}.subSlots")
    said = value.get("value")
    if said is None:
        need(value.get("shape") in ("List", "Composite"), f"{at}.value is missing")
        return
    need(isinstance(said, dict), f"{at}.value is no object")
    word(said.get("interpretedValue"), f"{at}.value.interpretedValue")
    if said.get("originalValue") is not None:
        word(said["originalValue"], f"{at}.value.originalValue")
    resolved = said.get("resolvedValues")
    need(resolved is None or isinstance(resolved, list), f"{at}.value.resolvedValues is no array")
    need(all(isinstance(r, str) for r in resolved or []), f"{at}.value.resolvedValues has no texts")


def messages(value: Any, kind: str) -> None:
    need(value is None or isinstance(value, list), "$.messages is no array")
    need(value or kind not in ("ElicitIntent", "ConfirmIntent"), "$.messages are missing")
    need(len(value or []) <= 10, "$.messages has more than ten")
    for one in value or []:
        need(isinstance(one, dict), "$.messages has something else than objects")
        kind = one.get("contentType")
        if kind == "ImageResponseCard":
            card(one.get("imageResponseCard"))
        else:
            need(kind in ("PlainText", "SSML", "CustomPayload"), "$.messages.contentType")
            word(one.get("content"), "$.messages.content")


def card(value: Any) -> None:
    at = "$.messages.imageResponseCard"
    need(isinstance(value, dict), f"{at} is no object")
    word(value.get("title"), f"{at}.title")
    for field in ("subtitle", "imageUrl"):
        if value.get(field) is not None:
            word(value[field], f"{at}.{field}")
    buttons = value.get("buttons")
    need(buttons is None or isinstance(buttons, list), f"{at}.buttons is no array")
    need(len(buttons or []) <= 5, f"{at}.buttons has more than five")
    for button in buttons or []:
        need(isinstance(button, dict), f"{at}.buttons has something else than objects")
        word(button.get("text"), f"{at}.buttons.text")
        word(button.get("value"), f"{at}.buttons.value")


def closing(**changes: Any) -> dict[str, Any]:
    return {
        "sessionState": {
            "dialogAction": {"type": "Close"},
            "intent": {"name": "Book", "state": "Fulfilled"},
            **changes,
        }
    }


def saying(*said: Any, **changes: Any) -> dict[str, Any]:
    return {**closing(**changes), "messages": list(said)}


_HI = {"contentType": "PlainText", "content": "Hi"}
_LIVE = {"timeToLiveInSeconds": 60, "turnsToLive": 1}
WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ("Booked.", None, "a text"),
    ([], None, "an array"),
    ({}, None, "no sessionState"),
    ({"dialogAction": {"type": "Close", "fulfillmentState": "Fulfilled"}}, None, "an answer of Lex V1"),
    ({"sessionState": "Close"}, None, "a text for the state"),
    (closing(dialogAction=None), None, "no action"),
    (closing(dialogAction={}), None, "no type"),
    (closing(dialogAction={"type": "close"}), None, "a type that there is not"),
    (closing(dialogAction={"type": "None"}), None, "a type of the runtime's API"),
    (closing(dialogAction={"type": "ElicitSlot"}), None, "no slotToElicit"),
    (closing(dialogAction={"type": "ElicitSlot", "slotToElicit": ""}), None, "an empty slotToElicit"),
    (
        closing(dialogAction={"type": "ElicitSlot", "slotToElicit": "C", "slotElicitationStyle": "Spell"}),
        None,
        "a style that there is not",
    ),
    (closing(intent=None), None, "no intent"),
    (closing(intent="Book"), None, "an intent that is a text"),
    (closing(intent={"state": "Fulfilled"}), None, "no name"),
    (closing(intent={"name": "Book", "state": "Done"}), None, "a state that there is not"),
    (closing(intent={"name": "Book", "state": "ReadyForFulfillment"}), None, "a state for Delegate alone"),
    (closing(intent={"name": "Book", "confirmationState": "Yes"}), None, "a confirmation that there is not"),
    (closing(intent={"name": "Book", "slots": {"City": "Rome"}}), None, "a slot as in Lex V1"),
    (closing(intent={"name": "Book", "slots": {"City": {"value": "Rome"}}}), None, "a value that is a text"),
    (closing(intent={"name": "Book", "slots": {"City": {"value": {}}}}), None, "no interpretedValue"),
    (closing(sessionAttributes={"n": 1}), None, "an attribute that is a number"),
    (closing(sessionAttributes={"n": {"a": "b"}}), None, "attributes that are not flat"),
    (closing(sessionAttributes={"n": "x" * 13_000}), None, "over 12 KB of attributes"),
    (closing(activeContexts=[{"name": "c", "timeToLive": _LIVE}]), None, "no contextAttributes"),
    (
        closing(
            activeContexts=[{"name": "c", "contextAttributes": {}, "timeToLive": {**_LIVE, "turnsToLive": 0}}]
        ),
        None,
        "no turns",
    ),
    (closing(dialogAction={"type": "ElicitIntent"}), None, "no messages"),
    (saying(dialogAction={"type": "ConfirmIntent"}), None, "empty messages"),
    (saying("Hi"), None, "a message that is a text"),
    (saying({"content": "Hi"}), None, "no contentType"),
    (saying({"contentType": "Text", "content": "Hi"}), None, "a type that there is not"),
    (saying({"contentType": "PlainText"}), None, "no content"),
    (saying({"contentType": "ImageResponseCard", "content": "Hi"}), None, "no card"),
    (saying({"contentType": "ImageResponseCard", "imageResponseCard": {}}), None, "no title"),
    (saying(*[_HI] * 11), None, "eleven messages"),
    (saying({**_HI, "content": "x" * 26_000}), None, "over 25 KB"),
    ({**closing(), "messages": _HI}, None, "a message in place of a list"),
    ({**closing(), "requestAttributes": {"n": 1}}, None, "a request attribute that is a number"),
]
"""Answers that Lex refuses, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
