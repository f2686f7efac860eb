"""What S3 Batch Operations takes for an answer of the function that handles its tasks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html

The schema version and the invocation's id come back as they were sent, and every task is answered once.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

LIMIT = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, as the Runtime API counts it."""
CODES = ("Succeeded", "TemporaryFailure", "PermanentFailure")

EVENT: dict[str, Any] = {
    "invocationSchemaVersion": "1.0",
    "invocationId": "inv-1",
    "job": {"id": "job-1"},
    "tasks": [
        {"taskId": "t-1", "s3Key": "a.jpg", "s3VersionId": None, "s3BucketArn": "arn:aws:s3:::uploads"},
        {"taskId": "t-2", "s3Key": "b.jpg", "s3VersionId": None, "s3BucketArn": "arn:aws:s3:::uploads"},
    ],
}


def check(answer: Any, event: Any) -> None:
    """Refuse what would fail a task that is not said to have failed, or leave it without an answer."""
    event = EVENT if event is None else event
    need(isinstance(answer, dict), "$ is no object")
    need(len(json.dumps(answer, allow_nan=False)) <= LIMIT, "$ is too large")
    keys = {"invocationSchemaVersion", "treatMissingKeysAs", "invocationId", "results"}
    need(answer.keys() == keys, f"$ has the keys {sorted(answer)}")
    for key in ("invocationSchemaVersion", "invocationId"):
        need(type(answer[key]) is str and answer[key] == event[key], f"$.{key} is not the event's")
    need(answer["treatMissingKeysAs"] in CODES, f"$.treatMissingKeysAs is none of {CODES}")
    need(isinstance(answer["results"], list), "$.results is no array")
    tasks = {task["taskId"] for task in event["tasks"]}
    seen: set[str] = set()
    for index, result in enumerate(answer["results"]):
        at = f"$.results[{index}]"
        need(isinstance(result, dict), f"{at} is no object")
        need(result.keys() == {"taskId", "resultCode", "resultString"}, f"{at} has the keys {sorted(result)}")
        need(isinstance(result["taskId"], str) and result["taskId"] in tasks, f"{at}.taskId is unknown")
        need(result["taskId"] not in seen, f"{at}.taskId is there twice")
        seen.add(result["taskId"])
        need(result["resultCode"] in CODES, f"{at}.resultCode is none of {CODES}")
        need(isinstance(result["resultString"], str), f"{at}.resultString is no text")
    need(seen == tasks, f"$.results misses {sorted(tasks - seen)}")


def _result(identifier: str = "t-1", code: Any = "Succeeded", string: Any = "") -> dict[str, Any]:
    return {"taskId": identifier, "resultCode": code, "resultString": string}


def _answer(*results: Any, **parts: Any) -> dict[str, Any]:
    return {
        "invocationSchemaVersion": "1.0",
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": "inv-1",
        "results": [*results, _result("t-2")],
        **parts,
    }


WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ("Succeeded", None, "a text"),
    ([_result(), _result("t-2")], None, "an array"),
    ({"results": [_result(), _result("t-2")]}, None, "results alone"),
    (_answer(_result(), invocationSchemaVersion="2.0"), None, "another schema version"),
    (_answer(_result(), invocationSchemaVersion=1.0), None, "a schema version that is a number"),
    (_answer(_result(), invocationId="inv-2"), None, "another invocation"),
    (_answer(_result(), treatMissingKeysAs="Failed"), None, "an unknown code for missing keys"),
    (_answer(_result(), treatMissingKeysAs=None), None, "no code for missing keys"),
    (_answer(_result(), results={"t-1": _result()}), None, "an object of results"),
    (_answer(_result(), results=[]), None, "all tasks missing"),
    (_answer(), None, "a task missing"),
    (_answer(_result(), _result()), None, "a task twice"),
    (_answer(_result(), _result("t-3")), None, "an unknown task"),
    (_answer(_result(code="succeeded")), None, "a code in small letters"),
    (_answer(_result(code="Failed")), None, "an unknown code"),
    (_answer(_result(code=None)), None, "a code that is null"),
    (_answer(_result(string=None)), None, "a string that is null"),
    (_answer(_result(string={"copied": 1})), None, "a string that is an object"),
    (_answer({"taskId": "t-1", "resultCode": "Succeeded"}), None, "no string"),
    (_answer({**_result(), "data": 1}), None, "an unknown key"),
    (_answer(_result(string="x" * LIMIT)), None, "too large"),
]
"""Answers that S3 Batch Operations refuses, the event (or None for EVENT), and what is wrong with each."""

__all__ = ["EVENT", "WRONG", "Refused", "check"]
