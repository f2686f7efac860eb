"""What Amazon Lex V1 takes for an answer of a code hook.

https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
https://docs.aws.amazon.com/lex/latest/dg/gl-limits.html

`dialogAction` is required and its `type` decides which other fields it has. Lex refuses fields that it does not know,
each type of action having its own (reported from its answers: `Unrecognized field "responseCard" (class
DelegateDialogAction), not marked as ignorable`). A field that may be absent may be null. At most 25 KB, of which the
session attributes are at most 12.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

SHOWN = {"message", "responseCard"}
FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "Close": ({"fulfillmentState"}, SHOWN),
    "ConfirmIntent": ({"intentName", "slots"}, SHOWN),
    "Delegate": (set(), {"slots"}),
    "ElicitIntent": (set(), SHOWN),
    "ElicitSlot": ({"intentName", "slots", "slotToElicit"}, SHOWN),
}
"""For each type the fields that it needs and those that it may have."""


def check(answer: Any, event: Any) -> None:
    """Refuse what Lex answers its client with a DependencyFailedException."""
    need(isinstance(answer, dict), "$ is no object")
    need(size(answer) <= 25 * 1024, "$ is larger than 25 KB")
    known = {"sessionAttributes", "recentIntentSummaryView", "activeContexts", "dialogAction"}
    need(set(answer) <= known, f"$ has unknown fields {set(answer) - known}")
    attributes = answer.get("sessionAttributes")
    if attributes is not None:
        texts(attributes, "$.sessionAttributes")
        need(size(attributes) <= 12 * 1024, "$.sessionAttributes is larger than 12 KB")
    summaries(answer.get("recentIntentSummaryView"))
    need("dialogAction" in answer, "$.dialogAction is missing")
    action(answer["dialogAction"], event)


def size(value: Any) -> int:
    return len(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())


def texts(value: Any, at: str, *, nulls: bool = False) -> None:
    need(isinstance(value, dict), f"{at} is no object")
    for key, one in value.items():
        need(isinstance(one, str) or (nulls and one is None), f"{at}.{key} is no text")


def name(value: Any, at: str) -> None:
    need(isinstance(value, str) and value, f"{at} is no name")


def action(value: Any, event: Any) -> None:
    need(isinstance(value, dict), "$.dialogAction is no object")
    kind = value.get("type")
    need(isinstance(kind, str) and kind in FIELDS, "$.dialogAction.type is no type")
    required, optional = FIELDS[kind]
    for field in required:
        need(value.get(field) is not None, f"$.dialogAction.{field} is missing")
    unknown = {k for k, v in value.items() if k not in {"type"} | required | optional}
    need(not unknown, f"$.dialogAction has unknown fields {unknown}")
    if kind == "Close":
        need(value["fulfillmentState"] in ("Fulfilled", "Failed"), "$.dialogAction.fulfillmentState")
    for field in ("intentName", "slotToElicit"):
        if field in required:
            name(value[field], f"$.dialogAction.{field}")
    if value.get("slots") is not None:
        texts(value["slots"], "$.dialogAction.slots", nulls=True)
    if value.get("message") is not None:
        message(value["message"])
    if value.get("responseCard") is not None:
        card(value["responseCard"])
    if kind == "Delegate" and event is not None and event["invocationSource"] == "FulfillmentCodeHook":
        filled = {k for k, v in (event["currentIntent"].get("slots") or {}).items() if v is not None}
        kept = {k for k, v in (value.get("slots") or {}).items() if v is not None}
        need(
            filled - kept, "$.dialogAction.slots still has all values, and there is nothing left to delegate"
        )


def message(value: Any) -> None:
    need(isinstance(value, dict), "$.dialogAction.message is no object")
    need(set(value) == {"contentType", "content"}, "$.dialogAction.message has a content and its type")
    need(value["contentType"] in ("PlainText", "SSML", "CustomPayload"), "$.dialogAction.message.contentType")
    need(isinstance(value["content"], str) and value["content"], "$.dialogAction.message.content is no text")


def card(value: Any) -> None:
    at = "$.dialogAction.responseCard"
    need(isinstance(value, dict), f"{at} is no object")
    need(value.get("contentType") == "application/vnd.amazonaws.card.generic", f"{at}.contentType")
    attachments = value.get("genericAttachments")
    need(attachments is None or isinstance(attachments, list), f"{at}.genericAttachments is no array")
    need(len(attachments or []) <= 10, f"{at}.genericAttachments has more than ten")
    for attachment in attachments or []:
        need(isinstance(attachment, dict), f"{at}.genericAttachments has something else than objects")
        buttons = attachment.get("buttons")
        need(buttons is None or isinstance(buttons, list), f"{at}: buttons are no array")
        need(len(buttons or []) <= 5, f"{at}: more than five buttons")
        for button in buttons or []:
            need(isinstance(button, dict), f"{at}: a button is no object")
            name(button.get("text"), f"{at}: a button's text")
            name(button.get("value"), f"{at}: a button's value")


def summaries(value: Any) -> None:
    at = "$.recentIntentSummaryView"
    need(value is None or isinstance(value, list), f"{at} is no array")
    need(len(value or []) <= 3, f"{at} has more than three")
    for one in value or []:
        need(isinstance(one, dict), f"{at} has something else than objects")
        need(one.get("dialogActionType") in list(FIELDS), f"{at}: dialogActionType")


def acting(**fields: Any) -> dict[str, Any]:
    return {"dialogAction": fields}


_HI = {"contentType": "PlainText", "content": "Hi"}
_EVENT = {
    "invocationSource": "FulfillmentCodeHook",
    "currentIntent": {"name": "Book", "slots": {"City": "Rome", "Date": None}},
}
_BUTTONS = [{"text": "a", "value": "a"}] * 6
WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ("Booked.", None, "a text"),
    ([], None, "an array"),
    ({}, None, "no dialogAction"),
    ({"dialogAction": "Close"}, None, "a text for the action"),
    (acting(), None, "no type"),
    (acting(type="close", fulfillmentState="Fulfilled"), None, "a type that there is not"),
    (acting(type=["Close"], fulfillmentState="Fulfilled"), None, "a type that is no text"),
    (acting(type="Close"), None, "no fulfillmentState"),
    (acting(type="Close", fulfillmentState="ReadyForFulfillment"), None, "a state of something else"),
    (acting(type="Close", fulfillmentState="Fulfilled", message="Hi"), None, "a message that is a text"),
    (acting(type="Close", fulfillmentState="Fulfilled", message={"content": "Hi"}), None, "no contentType"),
    (acting(type="Close", fulfillmentState="Fulfilled", message={**_HI, "content": ""}), None, "empty"),
    (
        acting(type="Close", fulfillmentState="Fulfilled", message={**_HI, "contentType": "Text"}),
        None,
        "type",
    ),
    (acting(type="Close", fulfillmentState="Fulfilled", slots={}), None, "an unknown field"),
    (acting(type="Delegate", slots={}, responseCard={}), None, "a field that Delegate has not"),
    (acting(type="Delegate", slots={"City": {"value": "Rome"}}), None, "a slot as in Lex V2"),
    (acting(type="Delegate", slots={"City": "Rome"}), _EVENT, "delegates with nothing removed"),
    (acting(type="ElicitSlot", intentName="Book", slots={}), None, "no slotToElicit"),
    (acting(type="ElicitSlot", intentName="Book", slotToElicit="City"), None, "no slots"),
    (acting(type="ElicitSlot", intentName="", slots={}, slotToElicit="City"), None, "an empty intent"),
    (acting(type="ConfirmIntent", slots={}), None, "no intentName"),
    ({**acting(type="Delegate"), "sessionAttributes": {"n": 1}}, None, "an attribute that is a number"),
    ({**acting(type="Delegate"), "sessionAttributes": {"n": "x" * 13_000}}, None, "over 12 KB"),
    ({**acting(type="Delegate"), "messages": []}, None, "a field of Lex V2"),
    ({**acting(type="Delegate"), "recentIntentSummaryView": [{}]}, None, "no dialogActionType"),
    (acting(type="ElicitIntent", responseCard={"version": 1}), None, "a card without contentType"),
    (
        acting(
            type="ElicitIntent",
            responseCard={
                "contentType": "application/vnd.amazonaws.card.generic",
                "genericAttachments": [{"buttons": _BUTTONS}],
            },
        ),
        None,
        "six buttons",
    ),
    (acting(type="ElicitIntent", message={**_HI, "content": "x" * 26_000}), None, "over 25 KB"),
]
"""Answers that Lex refuses, the event where it matters, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
