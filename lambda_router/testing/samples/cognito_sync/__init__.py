"""Events of Amazon Cognito Sync.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps

__all__ = ["event"]


def event(
    dataset: str = "scores",
    records: Mapping[str, Any] | None = None,
    *,
    identity_id: str | None = None,
    identity_pool: str | None = None,
    region: str = stamps.REGION,
) -> dict[str, Any]:
    """A synchronisation of a dataset; `records` are texts that are written, None for one that is removed, or records."""
    given = {"level": "4", "nickname": "ada"} if records is None else records
    return {
        "version": 2,
        "eventType": "SyncTrigger",
        "region": region,
        "identityPoolId": identity_pool or f"{region}:{stamps.uuid()}",
        "identityId": identity_id or f"{region}:{stamps.uuid()}",
        "datasetName": dataset,
        "datasetRecords": {key: _record(value) for key, value in given.items()},
    }


def _record(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if value is None:
        return {"oldValue": "old", "newValue": None, "op": "remove"}
    return {"oldValue": f"old {value}", "newValue": value, "op": "replace"}
