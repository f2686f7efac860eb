"""Events of AWS Secrets Manager rotations.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from typing import Any

from .. import SampleError, stamps

__all__ = ["create_secret", "event", "finish_secret", "set_secret", "test_secret"]

_STEPS = {
    "create_secret": "createSecret",
    "set_secret": "setSecret",
    "test_secret": "testSecret",
    "finish_secret": "finishSecret",
}


def event(
    trigger: str = "create_secret",
    secret: str = "shop/database",
    *,
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A step of a rotation, by its decorator's name; `secret` is a name or an ARN, `token` the new version's id.

    A rotation with an assumed role has a `rotation_token`.
    """
    if trigger not in _STEPS:
        raise SampleError(f"there is no step {trigger!r}; there are: {', '.join(_STEPS)}")
    arn = f"arn:aws:secretsmanager:{region}:{account}:secret:{secret}-a1B2c3"
    return {
        "Step": _STEPS[trigger],
        "SecretId": secret if secret.startswith("arn:") else arn,
        "ClientRequestToken": token or stamps.uuid(),
        **({} if rotation_token is None else {"RotationToken": rotation_token}),
    }


def create_secret(**parts: Any) -> dict[str, Any]:
    """A new version is to be put: as `event`."""
    return event("create_secret", **parts)


def set_secret(**parts: Any) -> dict[str, Any]:
    """The service is to take the new version: as `event`."""
    return event("set_secret", **parts)


def test_secret(**parts: Any) -> dict[str, Any]:
    """The new version is to be tried: as `event`."""
    return event("test_secret", **parts)


def finish_secret(**parts: Any) -> dict[str, Any]:
    """The new version is to become the current one: as `event`."""
    return event("finish_secret", **parts)
