"""What AWS CloudFormation Hooks sends a Lambda hook: about a resource, a stack or a change set.

https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps

__all__ = ["change_set", "event", "resource", "stack"]


def event(
    target: str = "AWS::S3::Bucket",
    properties: Mapping[str, Any] | None = None,
    *,
    action: str = "CREATE",
    previous_properties: Mapping[str, Any] | None = None,
    logical_id: str = "Uploads",
    hook: str = "Shop::Buckets::Hook",
    stack: str = "shop",
    attempt: int = 1,
    callback_context: Any = None,
    payload_url: str | None = None,
    account: str = stamps.ACCOUNT,
    region: str = stamps.REGION,
    token: str | None = None,
) -> dict[str, Any]:
    """A target before it is provisioned: a type of resources, `STACK` or `CHANGE_SET`.

    `action` is CREATE, UPDATE or DELETE. Stacks and change sets are read from `payload_url`.
    """
    arn = f"arn:aws:cloudformation:{region}:{account}"
    data = {"targetName": target}
    whole = target in ("STACK", "CHANGE_SET")
    made: Any = _whole(target, payload_url) if whole else _resource(target, properties, previous_properties)
    changes = f"{arn}:changeSet/changes/{stamps.uuid()}" if target == "CHANGE_SET" else None
    stack_id = f"{arn}:stack/{stack}/{stamps.uuid()}"
    return {
        "clientRequestToken": token or stamps.uuid(),
        "awsAccountId": account,
        "stackId": stack_id,
        "changeSetId": changes,
        "hookTypeName": hook,
        "hookTypeVersion": "00000001",
        "hookModel": {"LambdaFunction": f"arn:aws:lambda:{region}:{account}:function:hook"},
        "actionInvocationPoint": f"{action}_PRE_PROVISION",
        "requestData": {**data, **made, "targetLogicalId": stack_id if whole else logical_id},
        "requestContext": {"invocation": attempt, "callbackContext": callback_context},
    }


def resource(**parts: Any) -> dict[str, Any]:
    """About a resource: as `event`."""
    return event(**parts)


def stack(**parts: Any) -> dict[str, Any]:
    """About a stack: as `event` with this target."""
    target: dict[str, Any] = {"target": "STACK"}
    return event(**target | parts)


def change_set(**parts: Any) -> dict[str, Any]:
    """About a change set: as `event` with this target."""
    target: dict[str, Any] = {"target": "CHANGE_SET"}
    return event(**target | parts)


def _resource(
    target: str, properties: Mapping[str, Any] | None, previous: Mapping[str, Any] | None
) -> dict[str, Any]:
    given = {"BucketName": "uploads"} if properties is None else dict(properties)
    model = {"resourceProperties": given, "previousResourceProperties": previous and dict(previous)}
    return {"targetType": target, "targetModel": model}


def _whole(target: str, payload_url: str | None) -> dict[str, Any]:
    signed = f"https://hooks.example.com/{target.lower()}.json?X-Amz-Signature={stamps.hexadecimal(32)}"
    return {"targetType": target, "payload": payload_url or signed}
