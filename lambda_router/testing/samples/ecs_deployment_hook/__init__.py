"""What Amazon ECS sends the function of a lifecycle hook of a service deployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps

__all__ = ["event"]


def event(
    stage: str = "POST_TEST_TRAFFIC_SHIFT",
    *,
    service: str = "web",
    cluster: str = "shop",
    hook_details: Mapping[str, Any] | None = None,
    test_weights: Mapping[str, int] | None = None,
    production_weights: Mapping[str, int] | None = None,
    execution_id: str | None = None,
    account: str = stamps.ACCOUNT,
    region: str = stamps.REGION,
) -> dict[str, Any]:
    """A deployment of a service that has come to a stage; `hook_details` are those of the hook's configuration."""
    arn = f"arn:aws:ecs:{region}:{account}"
    made: dict[str, Any] = {
        "executionId": execution_id or stamps.uuid(),
        "lifecycleStage": stage,
        "resourceArn": f"{arn}:service-deployment/{cluster}/{service}/{stamps.hexadecimal(20)}",
        "executionDetails": {
            "serviceArn": f"{arn}:service/{cluster}/{service}",
            "targetServiceRevisionArn": f"{arn}:service-revision/{cluster}/{service}/{stamps.number(19)}",
            "testTrafficWeights": dict(test_weights or {}),
            "productionTrafficWeights": dict(production_weights or {}),
        },
    }
    return made if hook_details is None else {**made, "hookDetails": dict(hook_details)}
