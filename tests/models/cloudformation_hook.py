"""What AWS CloudFormation Hooks takes for an answer of a Lambda hook.

https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html

A status of three; a failure says by its code whether the target does not comply or the hook could not tell, and why. What
is in progress may say how long to wait, and what it wants to find again. Annotations have the form of
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Annotation.html
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

FIELDS = {
    *("hookStatus", "errorCode", "message", "clientRequestToken"),
    *("callbackContext", "callbackDelaySeconds", "annotations"),
}
ANNOTATION = {
    "annotationName": 1_024,
    "statusMessage": 16_384,
    "remediationMessage": 16_384,
    "remediationLink": 5_120,
}
SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")


def check(answer: Any, event: Any) -> None:
    """Refuse what would fail the hook for another reason than it gives."""
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() <= FIELDS, f"$ has unknown fields {sorted(map(str, answer.keys() - FIELDS))}")
    status, code, message = answer.get("hookStatus"), answer.get("errorCode"), answer.get("message")
    need(status in ("SUCCESS", "FAILED", "IN_PROGRESS"), "$.hookStatus is not taken")
    need(message is None or isinstance(message, str), "$.message is no text")
    if status == "FAILED":
        need(code in ("NonCompliant", "InternalFailure"), "$.errorCode is not taken")
        need(message, "$.message is missing")
    else:
        need(code is None, "$.errorCode is for failures")
    need(answer.get("clientRequestToken") == event["clientRequestToken"], "$.clientRequestToken is another's")
    delay = answer.get("callbackDelaySeconds")
    need(delay is None or (type(delay) is int and delay >= 0), "$.callbackDelaySeconds is no number")
    need(not delay or status == "IN_PROGRESS", "$.callbackDelaySeconds is for what is in progress")
    need(
        answer.get("callbackContext") is None or status == "IN_PROGRESS",
        "$.callbackContext is for what is in progress",
    )
    annotations = answer.get("annotations")
    need(annotations is None or isinstance(annotations, list), "$.annotations is no array")
    for one in annotations or []:
        _annotation(one)
    json.dumps(answer, allow_nan=False).encode()


def _annotation(one: Any) -> None:
    need(isinstance(one, dict), "$.annotations has what is no object")
    need(one.keys() <= {*ANNOTATION, "status", "severityLevel"}, "$.annotations has an unknown field")
    for key, limit in ANNOTATION.items():
        value = one.get(key)
        need(value is None or (isinstance(value, str) and 0 < len(value) <= limit), f"$.annotations.{key}")
    need(one.get("status") in (None, "PASSED", "FAILED", "SKIPPED"), "$.annotations.status is not taken")
    need(one.get("severityLevel") in (None, *SEVERITIES), "$.annotations.severityLevel is not taken")


_EVENT: dict[str, Any] = {
    "clientRequestToken": "t-1",
    "awsAccountId": "123456789012",
    "stackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
    "changeSetId": None,
    "hookTypeName": "Shop::Buckets::Hook",
    "hookTypeVersion": "00000001",
    "hookModel": {"LambdaFunction": "arn:aws:lambda:eu-west-1:123456789012:function:hook"},
    "actionInvocationPoint": "CREATE_PRE_PROVISION",
    "requestData": {"targetName": "AWS::S3::Bucket", "targetModel": {"resourceProperties": {}}},
    "requestContext": {"invocation": 1, "callbackContext": None},
}


def _answer(why: str, *, without: str = "", **fields: Any) -> tuple[Any, Any, str]:
    given = {"hookStatus": "SUCCESS", "message": "fine", "clientRequestToken": "t-1", **fields}
    return {key: value for key, value in given.items() if key != without}, _EVENT, why


def _failed(why: str, *, without: str = "", **fields: Any) -> tuple[Any, Any, str]:
    return _answer(why, without=without, **{"hookStatus": "FAILED", "errorCode": "NonCompliant", **fields})


RIGHT: list[Any] = [
    _answer("")[0],
    _failed("")[0],
    _failed("", errorCode="InternalFailure")[0],
    _answer("", hookStatus="IN_PROGRESS", callbackDelaySeconds=60, callbackContext={"id": 1})[0],
    _answer("", annotations=[{"annotationName": "a", "status": "PASSED", "severityLevel": "LOW"}])[0],
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, _EVENT, "nothing at all"),
    ("SUCCESS", _EVENT, "the status alone"),
    ([], _EVENT, "an array"),
    _answer("no status", without="hookStatus"),
    _answer("the status of another service's hooks", hookStatus="SUCCEEDED"),
    _answer("a status in lower case", hookStatus="success"),
    _answer("a success with an error code", errorCode="NonCompliant"),
    _answer("progress with an error code", hookStatus="IN_PROGRESS", errorCode="InternalFailure"),
    _answer("another request's token", clientRequestToken="t-2"),
    _answer("no token", without="clientRequestToken"),
    _answer("a message that is no text", message=["fine"]),
    _failed("a failure without a code", without="errorCode"),
    _failed("a failure with another code", errorCode="AccessDenied"),
    _failed("a failure without a message", without="message"),
    _failed("a failure with an empty message", message=""),
    _answer("a delay that is text", hookStatus="IN_PROGRESS", callbackDelaySeconds="60"),
    _answer("a delay with a fraction", hookStatus="IN_PROGRESS", callbackDelaySeconds=0.5),
    _answer("a delay below zero", hookStatus="IN_PROGRESS", callbackDelaySeconds=-1),
    _answer("a delay of what is done", callbackDelaySeconds=60),
    _answer("the delay of another service's hooks", callBackDelay=60),
    _answer("annotations that are no array", annotations={}),
    _answer("an annotation that is no object", annotations=["fine"]),
    _answer("an unknown status of an annotation", annotations=[{"status": "OK"}]),
    _answer("an unknown severity", annotations=[{"severityLevel": "high"}]),
    _answer("an empty name of an annotation", annotations=[{"annotationName": ""}]),
]
"""Answers that Hooks refuses, each with the event and what is wrong with it."""

__all__ = ["RIGHT", "WRONG", "Refused", "check"]
