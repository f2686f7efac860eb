"""What Amazon ECS takes for an answer of a lifecycle hook of a service deployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html

A status of three, and nothing else has to be there. Where there is no valid status the deployment is rolled back. What is in
progress is asked again, after as many seconds as it says; details are an object that comes with the next invocation.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

FIELDS = {"hookStatus", "callBackDelay", "hookDetails"}


def check(answer: Any, event: Any) -> None:
    """Refuse what rolls the deployment back although the hook did not say so."""
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() <= FIELDS, f"$ has unknown fields {sorted(map(str, answer.keys() - FIELDS))}")
    status = answer.get("hookStatus")
    need(status in ("SUCCEEDED", "FAILED", "IN_PROGRESS"), "$.hookStatus is not taken")
    delay = answer.get("callBackDelay")
    need(delay is None or (type(delay) is int and delay > 0), "$.callBackDelay is no number of seconds")
    need(delay is None or status == "IN_PROGRESS", "$.callBackDelay is for what is in progress")
    details = answer.get("hookDetails")
    need(details is None or isinstance(details, dict), "$.hookDetails is no object")
    json.dumps(answer, allow_nan=False).encode()


_EVENT: dict[str, Any] = {
    "executionId": "e-1",
    "lifecycleStage": "PRE_SCALE_UP",
    "resourceArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/1",
    "executionDetails": {},
}
RIGHT: list[Any] = [
    {"hookStatus": "SUCCEEDED"},
    {"hookStatus": "FAILED", "hookDetails": {"why": "no"}},
    {"hookStatus": "IN_PROGRESS", "callBackDelay": 60, "hookDetails": {}},
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, _EVENT, "nothing at all"),
    ("SUCCEEDED", _EVENT, "the status alone"),
    ([], _EVENT, "an array"),
    ({}, _EVENT, "no status"),
    ({"hookStatus": None}, _EVENT, "a status that is null"),
    ({"hookStatus": "SUCCESS"}, _EVENT, "the status of another service's hooks"),
    ({"hookStatus": "succeeded"}, _EVENT, "a status in lower case"),
    ({"hookStatus": True}, _EVENT, "a status that is no text"),
    ({"status": "SUCCEEDED"}, _EVENT, "a status under another name"),
    ({"hookStatus": "IN_PROGRESS", "callBackDelay": "60"}, _EVENT, "a delay that is text"),
    ({"hookStatus": "IN_PROGRESS", "callBackDelay": 0.5}, _EVENT, "a delay with a fraction"),
    ({"hookStatus": "IN_PROGRESS", "callBackDelay": -1}, _EVENT, "a delay below zero"),
    ({"hookStatus": "IN_PROGRESS", "callBackDelay": True}, _EVENT, "a delay that is a flag"),
    ({"hookStatus": "SUCCEEDED", "callBackDelay": 60}, _EVENT, "a delay of what is done"),
    ({"hookStatus": "IN_PROGRESS", "callbackDelay": 60}, _EVENT, "a delay under another name"),
    ({"hookStatus": "SUCCEEDED", "hookDetails": "text"}, _EVENT, "details that are no object"),
    ({"hookStatus": "SUCCEEDED", "hookDetails": []}, _EVENT, "details that are an array"),
    ({"hookStatus": "FAILED", "message": "no"}, _EVENT, "an unknown field"),
]
"""Answers with which ECS rolls back, each with the event and what is wrong with it."""

__all__ = ["RIGHT", "WRONG", "Refused", "check"]
