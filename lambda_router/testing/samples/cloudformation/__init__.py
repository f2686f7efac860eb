"""Events of AWS CloudFormation custom resources: a stack's requests, and those of a provider of the AWS CDK.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["create", "delete", "event", "provider", "update"]

_PROPERTIES: Any = {"BucketName": "uploads", "Versioned": "true", "Days": "30"}


def event(
    resource_type: str = "Custom::Bucket",
    properties: Any = _PROPERTIES,
    *,
    request_type: str = "Create",
    physical_id: str | None = None,
    old_properties: Any = None,
    logical_id: str = "UploadsBucket",
    stack: str = "shop",
    request_id: str | None = None,
    function: str = "custom-bucket",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A request; `request_type` is Create, Update or Delete, and only the last two have a `physical_id`."""
    new = request_type == "Create"
    if new and not (physical_id is None and old_properties is None):
        raise SampleError("a resource that is to be created has no physical_id and no old_properties")
    token = f"arn:aws:lambda:{region}:{account}:function:{function}"
    stack_id = f"arn:aws:cloudformation:{region}:{account}:stack/{stack}/{stamps.uuid()}"
    request = request_id or stamps.uuid()
    changed = request_type == "Update"
    return {
        "RequestType": request_type,
        "ServiceToken": token,
        "ResponseURL": _url(stack_id, logical_id, request, region),
        "StackId": stack_id,
        "RequestId": request,
        "LogicalResourceId": logical_id,
        **({} if new else {"PhysicalResourceId": physical_id or f"{stack}-uploads"}),
        "ResourceType": resource_type,
        "ResourceProperties": _with_token(token, properties),
        **({"OldResourceProperties": _with_token(token, old_properties or {})} if changed else {}),
    }


def create(
    resource_type: str = "Custom::Bucket", properties: Any = _PROPERTIES, **parts: Any
) -> dict[str, Any]:
    """A request to create a resource."""
    return event(resource_type, properties, request_type="Create", **parts)


def update(
    resource_type: str = "Custom::Bucket", properties: Any = _PROPERTIES, **parts: Any
) -> dict[str, Any]:
    """A request to update a resource."""
    return event(resource_type, properties, request_type="Update", **parts)


def delete(
    resource_type: str = "Custom::Bucket", properties: Any = _PROPERTIES, **parts: Any
) -> dict[str, Any]:
    """A request to delete a resource."""
    return event(resource_type, properties, request_type="Delete", **parts)


def provider(
    resource_type: str = "Custom::Bucket", properties: Any = _PROPERTIES, **parts: Any
) -> dict[str, Any]:
    """A request that waits for the result: without a URL.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html
    """
    made = event(resource_type, properties, **parts)
    del made["ResponseURL"]
    return made


def _with_token(token: str, properties: Any) -> dict[str, Any]:
    given = plain(properties)
    if not isinstance(given, Mapping):
        raise SampleError(f"properties are an object, not {properties!r:.80}")
    return {"ServiceToken": token, **_texts(given)}


def _texts(value: Any) -> Any:
    """Every scalar as text, which is how CloudFormation sends them."""
    if isinstance(value, Mapping):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return ("true" if value else "false") if isinstance(value, bool) else "" if value is None else str(value)


def _url(stack_id: str, logical_id: str, request_id: str, region: str) -> str:
    """The address of an object for this answer alone, with a signature."""
    bucket = f"cloudformation-custom-resource-response-{region.replace('-', '')}"
    key = quote(f"{stack_id}|{logical_id}|{request_id}", safe="")
    day = stamps.Moment().iso[:10].replace("-", "")
    scope = quote(f"AKIAIOSFODNN7EXAMPLE/{day}/{region}/s3/aws4_request", safe="")
    signed = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={day}T000000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200"
    return (
        f"https://{bucket}.s3.{region}.amazonaws.com/{key}"
        f"?{signed}&X-Amz-Credential={scope}&X-Amz-Signature={stamps.hexadecimal(64)}"
    )
