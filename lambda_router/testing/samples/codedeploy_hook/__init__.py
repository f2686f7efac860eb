"""What AWS CodeDeploy sends the function of a lifecycle hook; it says neither which hook nor which platform.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

from __future__ import annotations

import base64
import json
from typing import Any

from .. import stamps

__all__ = ["event"]


def event(*, deployment_id: str | None = None, execution_id: str | None = None) -> dict[str, Any]:
    """A hook of a deployment to AWS Lambda or Amazon ECS."""
    return {
        "DeploymentId": deployment_id or f"d-{stamps.hexadecimal(8).upper()}X",
        "LifecycleEventHookExecutionId": execution_id or _execution(),
    }


def _execution() -> str:
    """An opaque text: base64 of a document that is encrypted."""
    sealed = {"encryptedData": stamps.token(48), "ivParameterSpec": stamps.token(16), "materialSetSerial": 1}
    return base64.b64encode(json.dumps(sealed, separators=(",", ":")).encode()).decode()
