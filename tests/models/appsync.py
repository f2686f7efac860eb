"""What AWS AppSync takes for an answer of a function that resolves fields.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html
https://docs.aws.amazon.com/appsync/latest/devguide/direct-lambda-reference.html

One field: any JSON, which is the field's value. A batch: an array of as many objects as there were contexts, in their
order, each with `data`, or with an `errorMessage` and perhaps an `errorType`. What else is in them is not looked at.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

LIMIT = 6_291_556


def check(answer: Any, event: Any) -> None:
    """Refuse what is no JSON, and for a batch what would leave a field without its value or its error."""
    try:
        size = len(json.dumps(answer, allow_nan=False).encode())
    except (TypeError, ValueError) as error:
        raise Refused(f"$ is no JSON: {error}") from None
    need(size <= LIMIT, f"$ is {size} bytes")
    need(keyed(answer), "$ has a key that is no text")
    if isinstance(event, list):
        batch(answer, len(event))


def keyed(value: Any) -> bool:
    """Whether all keys are texts, which json.dumps does not mind."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and keyed(inner) for key, inner in value.items())
    return all(map(keyed, value)) if isinstance(value, list) else True


def batch(answer: Any, length: int) -> None:
    need(isinstance(answer, list), "$ is no array")
    need(len(answer) == length, f"$ has {len(answer)} elements for {length} contexts")
    for number, one in enumerate(answer):
        at = f"$[{number}]"
        need(isinstance(one, dict), f"{at} is no object")
        message, kind = one.get("errorMessage"), one.get("errorType")
        need("data" in one or message is not None, f"{at} has neither data nor an error")
        need(message is None or (isinstance(message, str) and message), f"{at}.errorMessage is no text")
        need(kind is None or (isinstance(kind, str) and kind), f"{at}.errorType is no text")
        need(kind is None or message is not None, f"{at}.errorType is alone")


def context(identifier: str = "7") -> dict[str, Any]:
    """A context of a direct resolver."""
    info = {"fieldName": "author", "parentTypeName": "Post", "variables": {}}
    return {"arguments": {"id": identifier}, "info": info, "source": None, "stash": {}}


ONE, TWO = context(), [context("7"), context("8")]
WRONG: list[tuple[Any, Any, str]] = [
    (float("nan"), ONE, "no number"),
    ({"total": float("inf")}, ONE, "no number"),
    (b"bytes", ONE, "bytes"),
    ({1: "a"}, ONE, "a key that is a number"),
    ({"ids": {1, 2}}, ONE, "a set"),
    ("x" * LIMIT, ONE, "more than 6 MB"),
    (None, TWO, "null for a batch"),
    ({"data": 1}, TWO, "an object for a batch"),
    ([], TWO, "nothing for two"),
    ([{"data": 1}], TWO, "one for two"),
    ([{"data": 1}, {"data": 2}, {"data": 3}], TWO, "three for two"),
    ([{"data": 1}, 2], TWO, "a bare value"),
    ([{"data": 1}, None], TWO, "null for an element"),
    ([{"data": 1}, {"id": "8"}], TWO, "a bare object"),
    ([{"data": 1}, {}], TWO, "an empty element"),
    ([{"data": 1}, {"errorMessage": {"text": "no"}}], TWO, "an error that is an object"),
    ([{"data": 1}, {"data": None, "errorMessage": ""}], TWO, "an error without a text"),
    ([{"data": 1}, {"data": 2, "errorMessage": "no", "errorType": 7}], TWO, "a type that is a number"),
    ([{"data": 1}, {"data": 2, "errorType": "NotFound"}], TWO, "a type without an error"),
]
"""Answers that are refused, the event they answer, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
