"""What AWS CloudFormation sends the function of a template macro.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps

__all__ = ["event", "snippet"]


def event(
    macro: str = "Upper",
    fragment: Any = None,
    *,
    params: Mapping[str, Any] | None = None,
    template_parameters: Mapping[str, Any] | None = None,
    account: str = stamps.ACCOUNT,
    region: str = stamps.REGION,
    request_id: str | None = None,
) -> dict[str, Any]:
    """A whole template, as for a macro in its `Transform` section; `fragment` replaces it."""
    whole: Any = {"Resources": {"Uploads": {"Type": "AWS::S3::Bucket"}}} if fragment is None else fragment
    return {
        "region": region,
        "accountId": account,
        "fragment": whole,
        "transformId": f"{account}::{macro}",
        "params": dict(params or {}),
        "requestId": request_id or stamps.uuid(),
        "templateParameterValues": dict(
            {"Stage": "prod"} if template_parameters is None else template_parameters
        ),
    }


def snippet(**parts: Any) -> dict[str, Any]:
    """A part of a template, as for a macro in an `Fn::Transform`: as `event`."""
    snipped: dict[str, Any] = {"fragment": {"BucketName": "uploads"}, "params": {"Suffix": "prod"}}
    return event(**{**snipped, **parts})
