"""Triggers of AWS CodeCommit repositories.

https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps

__all__ = ["event", "test"]


def event(
    repository: str = "shop",
    ref: str = "main",
    *,
    references: Sequence[Mapping[str, Any]] | None = None,
    commit: str | None = None,
    change: str = "updated",
    trigger: str = "on-push",
    custom_data: str | None = "shop-builds",
    event_name: str = "ReferenceChanges",
    event_id: str | None = None,
    user: str = "ada",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A push of one reference, or of several with `references` (`[{"ref": "refs/heads/main", "commit": "..."}]`).

    `repository` is a name or an ARN, `ref` a branch's name or a whole reference, `change` what has become of it:
    "created", "updated" or "deleted".
    """
    if change not in ("created", "updated", "deleted"):
        raise SampleError(f'change is "created", "updated" or "deleted", not {change!r}')
    whole = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
    flag = {} if change == "updated" else {change: True}
    one: dict[str, Any] = {"commit": commit or stamps.hexadecimal(40), **flag, "ref": whole}
    arn = (
        repository if repository.startswith("arn:") else f"arn:aws:codecommit:{region}:{account}:{repository}"
    )
    return {
        "Records": [
            {
                "awsRegion": arn.split(":")[3] if arn.count(":") > 3 else region,
                "codecommit": {"references": [one] if references is None else [dict(r) for r in references]},
                **({} if custom_data is None else {"customData": custom_data}),
                "eventId": event_id or stamps.uuid(),
                "eventName": event_name,
                "eventPartNumber": 1,
                "eventSource": "aws:codecommit",
                "eventSourceARN": arn,
                "eventTime": f"{stamps.Moment().iso_millis[:-1]}+0000",
                "eventTotalParts": 1,
                "eventTriggerConfigId": stamps.uuid(),
                "eventTriggerName": trigger,
                "eventVersion": "1.0",
                "userIdentityARN": f"arn:aws:iam::{account}:user/{user}",
            }
        ]
    }


def test(**parts: Any) -> dict[str, Any]:
    """What "Test trigger" sends: as `event`."""
    asked: dict[str, Any] = {"event_name": "TriggerEventTest", **parts}
    return event(**asked)
