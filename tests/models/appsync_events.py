"""What AWS AppSync Events takes for an answer of a function behind a channel namespace.

https://docs.aws.amazon.com/appsync/latest/eventapi/direct-lambda-integrations.html

A publish: `events`, each with the id that it came with and a payload or an error, and an error for all. An event that
is left out is not sent on. A subscribe: null, or an error, which keeps the subscriber out.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

LIMIT = 6_291_556


def check(answer: Any, event: Any) -> None:
    """Refuse what would lose events, send them twice, or let a subscriber in by mistake."""
    size = len(json.dumps(answer, allow_nan=False).encode())
    need(size <= LIMIT, f"$ is {size} bytes")
    if event["info"]["operation"] == "SUBSCRIBE":
        if answer is not None:
            need(isinstance(answer, dict), "$ is no object")
            need(answer.keys() == {"error"}, "$ is no error")
            error(answer["error"], "$.error")
        return
    need(isinstance(answer, dict), "$ is no object")
    need(answer and answer.keys() <= {"events", "error"}, "$ has unknown fields, or none")
    if "error" in answer:
        error(answer["error"], "$.error")
    if "events" in answer:
        outgoing(answer["events"], event)


def outgoing(value: Any, event: Any) -> None:
    need(isinstance(value, list), "$.events is no array")
    sent = event.get("events")
    known = [one.get("id") for one in sent if isinstance(one, dict)] if isinstance(sent, list) else []
    for number, one in enumerate(value):
        at = f"$.events[{number}]"
        need(isinstance(one, dict), f"{at} is no object")
        need(isinstance(one.get("id"), str), f"{at}.id is no text")
        need(one["id"] in known, f"{at}.id is of no event, or there twice")
        known.remove(one["id"])
        need(one.keys() in ({"id", "payload"}, {"id", "error"}), f"{at} has no payload and no error, or both")
        if "error" in one:
            error(one["error"], f"{at}.error")


def error(value: Any, at: str) -> None:
    need(isinstance(value, str) and value, f"{at} is no text")


def event(operation: str) -> dict[str, Any]:
    """An event of the operation, PUBLISH or SUBSCRIBE."""
    info = {
        "channel": {"path": "/news/tea", "segments": ["news", "tea"]},
        "channelNamespace": {"name": "news"},
        "operation": operation,
    }
    two = [{"id": "a", "payload": {"n": 1}}, {"id": "b", "payload": {"n": 2}}]
    return {"info": info, "identity": None, "events": two if operation == "PUBLISH" else None}


PUBLISH, SUBSCRIBE = event("PUBLISH"), event("SUBSCRIBE")
WRONG: list[tuple[Any, Any, str]] = [
    (None, PUBLISH, "null"),
    ([{"id": "a", "payload": 1}], PUBLISH, "a bare array"),
    ({}, PUBLISH, "nothing"),
    ({"id": "a", "payload": 1}, PUBLISH, "a bare event"),
    ({"events": {"a": 1}}, PUBLISH, "events that are an object"),
    ({"events": [1]}, PUBLISH, "a bare payload"),
    ({"events": [{"payload": 1}]}, PUBLISH, "no id"),
    ({"events": [{"id": 7, "payload": 1}]}, PUBLISH, "an id that is a number"),
    ({"events": [{"id": "c", "payload": 1}]}, PUBLISH, "another's id"),
    ({"events": [{"id": "a", "payload": 1}, {"id": "a", "payload": 2}]}, PUBLISH, "an id twice"),
    ({"events": [{"id": "a"}]}, PUBLISH, "no payload"),
    ({"events": [{"id": "a", "payload": 1, "error": "no"}]}, PUBLISH, "a payload and an error"),
    ({"events": [{"id": "a", "error": {"why": "no"}}]}, PUBLISH, "an error that is an object"),
    ({"error": 7}, PUBLISH, "an error that is a number"),
    ({"error": ""}, PUBLISH, "an error without a text"),
    ({"errors": "no"}, PUBLISH, "a misspelt field"),
    (True, SUBSCRIBE, "a boolean"),
    ("no", SUBSCRIBE, "a text"),
    ({}, SUBSCRIBE, "an empty object"),
    ({"events": []}, SUBSCRIBE, "events for a subscriber"),
    ({"error": None}, SUBSCRIBE, "an error that is null"),
]
"""Answers that are refused, the event they answer, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
