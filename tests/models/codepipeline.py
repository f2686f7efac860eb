"""What AWS CodePipeline takes for the result of a job of a Lambda invoke action: exactly one call.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobSuccessResult.html
https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobFailureResult.html
https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_FailureDetails.html

An answer is the list of the calls that were made for a job: `[("PutJobSuccessResult", {"jobId": ...})]`.
"""

from __future__ import annotations

import re
from typing import Any

from . import Refused, need

FAILURES = frozenset(
    {
        "JobFailed",
        "ConfigurationError",
        "PermissionError",
        "RevisionOutOfSync",
        "RevisionUnavailable",
        "SystemUnavailable",
    }
)
VARIABLE = re.compile(r"[A-Za-z0-9@\-_]+", re.ASCII)


def check(answer: Any, event: Any) -> None:
    """Refused, naming the field, unless these calls are one result of the event's job."""
    need(isinstance(answer, list), "$: not a list of calls")
    need(len(answer) == 1, f"$: {len(answer)} calls, and a job has one result")
    operation, given = answer[0]
    if operation == "PutJobSuccessResult":
        _success(given)
    elif operation == "PutJobFailureResult":
        _failure(given)
    else:
        raise Refused(f"$: {operation} is no result of a job")
    need(given["jobId"] == event["CodePipeline.job"]["id"], "$.jobId: another job's")


def _success(given: Any) -> None:
    known = {"jobId", "continuationToken", "outputVariables", "executionDetails", "currentRevision"}
    _object(given, "$", required={"jobId"}, known=known)
    if "continuationToken" in given:
        _text(given["continuationToken"], "$.continuationToken", most=2048)
        need("outputVariables" not in given, "$.outputVariables: not with a continuation token")
    if "outputVariables" in given:
        _object(given["outputVariables"], "$.outputVariables")
        for name, value in given["outputVariables"].items():
            need(VARIABLE.fullmatch(name), f"$.outputVariables: {name!r} is no name of a variable")
            need(isinstance(value, str), f"$.outputVariables.{name}: not a text")
            _utf8(value, f"$.outputVariables.{name}")
    if "executionDetails" in given:
        details = given["executionDetails"]
        known = {"summary", "externalExecutionId", "percentComplete"}
        _object(details, "$.executionDetails", known=known)
        if "summary" in details:
            _text(details["summary"], "$.executionDetails.summary", most=2048)
        if "externalExecutionId" in details:
            _text(details["externalExecutionId"], "$.executionDetails.externalExecutionId", most=1500)
        percent = details.get("percentComplete", 0)
        need(type(percent) is int and 0 <= percent <= 100, "$.executionDetails.percentComplete: not 0 to 100")


def _failure(given: Any) -> None:
    _object(given, "$", required={"jobId", "failureDetails"}, known={"jobId", "failureDetails"})
    details = given["failureDetails"]
    known = {"type", "message", "externalExecutionId"}
    _object(details, "$.failureDetails", required={"type", "message"}, known=known)
    need(details["type"] in FAILURES, "$.failureDetails.type: no type of failure")
    _text(details["message"], "$.failureDetails.message", most=5000)
    if "externalExecutionId" in details:
        _text(details["externalExecutionId"], "$.failureDetails.externalExecutionId", most=1500)


def _object(given: Any, path: str, *, required: Any = frozenset(), known: Any = None) -> None:
    need(isinstance(given, dict), f"{path}: not an object")
    need(not required - given.keys(), f"{path}: missing {sorted(required - given.keys())}")
    unknown = set() if known is None else given.keys() - known
    need(not unknown, f"{path}: unknown {sorted(unknown)}")


def _text(given: Any, path: str, *, most: int) -> None:
    need(isinstance(given, str), f"{path}: not a text")
    need(1 <= len(given) <= most, f"{path}: {len(given)} characters, and 1 to {most} are taken")
    _utf8(given, path)


def _utf8(given: str, path: str) -> None:
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Refused(f"{path}: a lone surrogate") from None


JOB = "11111111-abcd-1111-abcd-111111abcdef"
EVENT: dict[str, Any] = {"CodePipeline.job": {"id": JOB}}


def _done(**parts: Any) -> list[Any]:
    return [("PutJobSuccessResult", {"jobId": JOB, **parts})]


def _failed(**details: Any) -> list[Any]:
    given = {"type": "JobFailed", "message": "no", **details}
    return [("PutJobFailureResult", {"jobId": JOB, "failureDetails": given})]


RIGHT: list[list[Any]] = [
    _done(),
    _done(outputVariables={"Stack-Id_1@": "arn", "empty": ""}),
    _done(continuationToken="{}", executionDetails={"summary": "half", "percentComplete": 50}),
    _failed(externalExecutionId="request-1", message="x" * 5000),
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, EVENT, "no list"),
    ([], EVENT, "no result at all"),
    ([*_done(), *_done()], EVENT, "the same result twice"),
    ([*_done(), *_failed()], EVENT, "two results that contradict each other"),
    ([("AcknowledgeJob", {"jobId": JOB})], EVENT, "another operation"),
    ([("PutJobSuccessResult", {})], EVENT, "no job"),
    ([("PutJobSuccessResult", {"jobId": "22222222-abcd-1111-abcd-111111abcdef"})], EVENT, "another job"),
    (_done(result="ok"), EVENT, "an unknown key"),
    (_done(continuationToken=""), EVENT, "an empty token"),
    (_done(continuationToken="x" * 2049), EVENT, "a long token"),
    (_done(continuationToken=7), EVENT, "a token that is no text"),
    (_done(continuationToken="t", outputVariables={"a": "b"}), EVENT, "variables of a job that goes on"),
    (_done(outputVariables={"a": 1}), EVENT, "a variable that is no text"),
    (_done(outputVariables={"a": None}), EVENT, "a variable without a value"),
    (_done(outputVariables={"a b": "c"}), EVENT, "a space in a name"),
    (_done(outputVariables={"": "c"}), EVENT, "a name without a character"),
    (_done(outputVariables={"é": "c"}), EVENT, "a letter that is not ASCII in a name"),
    (_done(outputVariables={"a": "\ud800"}), EVENT, "a lone surrogate"),
    (_done(outputVariables=["a"]), EVENT, "variables in a list"),
    (_done(executionDetails={"percentComplete": 101}), EVENT, "more than all"),
    (_done(executionDetails={"percentComplete": True}), EVENT, "a percentage that is no number"),
    (_done(executionDetails={"summary": "x" * 2049}), EVENT, "a long summary"),
    (_failed(message=""), EVENT, "an empty message"),
    (_failed(message="x" * 5001), EVENT, "a long message"),
    (_failed(message=None), EVENT, "no message"),
    (_failed(message="\ud800"), EVENT, "a lone surrogate in the message"),
    (_failed(type="ValueError"), EVENT, "an unknown type of failure"),
    (_failed(externalExecutionId=""), EVENT, "an empty id"),
    ([("PutJobFailureResult", {"jobId": JOB})], EVENT, "a failure without details"),
]
