"""What AWS CodeDeploy takes for the result of a validation function: exactly one status call.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html

An answer is the list of the calls that were made: `[("PutLifecycleEventHookExecutionStatus", {"status": ...})]`.
"""

from __future__ import annotations

from typing import Any

from . import need

OPERATION = "PutLifecycleEventHookExecutionStatus"
STATUSES = frozenset({"Succeeded", "Failed"})
"""Others are in the enumeration, but only these two can be passed by a function."""


def check(answer: Any, event: Any) -> None:
    """Refused, naming the field, unless these calls are one status of the event's hook."""
    need(isinstance(answer, list), "$: not a list of calls")
    need(len(answer) == 1, f"$: {len(answer)} calls, and a hook has one status")
    operation, given = answer[0]
    need(operation == OPERATION, f"$: {operation} sets no status")
    need(isinstance(given, dict), "$: not an object")
    fields = {"deploymentId", "lifecycleEventHookExecutionId", "status"}
    need(not fields - given.keys(), f"$: missing {sorted(fields - given.keys())}")
    need(not given.keys() - fields, f"$: unknown {sorted(given.keys() - fields)}")
    need(given["status"] in STATUSES, "$.status: not taken")
    need(given["deploymentId"] == event["DeploymentId"], "$.deploymentId: another deployment's")
    execution = event["LifecycleEventHookExecutionId"]
    need(given["lifecycleEventHookExecutionId"] == execution, "$.lifecycleEventHookExecutionId: another's")


EVENT: dict[str, Any] = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}


def _set(operation: str = OPERATION, **parts: Any) -> tuple[str, dict[str, Any]]:
    given = {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": "Succeeded", **parts}
    return operation, {name: value for name, value in given.items() if value is not None}


RIGHT: list[list[Any]] = [[_set()], [_set(status="Failed")]]
WRONG: list[tuple[Any, Any, str]] = [
    (None, EVENT, "no list"),
    ([], EVENT, "no status at all"),
    ([_set(), _set()], EVENT, "the same status twice"),
    ([_set(), _set(status="Failed")], EVENT, "two statuses that contradict each other"),
    ([_set("ContinueDeployment")], EVENT, "another operation"),
    ([_set(status="InProgress")], EVENT, "a status that functions may not set"),
    ([_set(status="Pending")], EVENT, "another one"),
    ([_set(status="Skipped")], EVENT, "and another"),
    ([_set(status="succeeded")], EVENT, "a status in lower case"),
    ([_set(status=True)], EVENT, "a status that is no text"),
    ([_set(status=None)], EVENT, "no status"),
    ([_set(deploymentId="d-2")], EVENT, "another deployment"),
    ([_set(deploymentId=None)], EVENT, "no deployment"),
    ([_set(lifecycleEventHookExecutionId="e-2")], EVENT, "another hook"),
    ([_set(lifecycleEventHookExecutionId=None)], EVENT, "no hook"),
    ([_set(message="ok")], EVENT, "an unknown field"),
]
