"""Events of Amazon EventBridge: rules on a bus, schedules, and custom buses that send arrays.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["custom_bus", "event", "schedule", "scheduler"]

_DETAIL: Any = {"order_id": 7, "total": 120.5}


def event(
    *,
    source: str = "com.example.shop",
    detail_type: str = "OrderPlaced",
    detail: Any = _DETAIL,
    resources: Sequence[str] = (),
    id: str | None = None,
    time: str | None = None,
    replay_name: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """An event of a bus; `time` is as `2026-09-23T18:00:00Z`, `replay_name` marks one out of an archive."""
    return {
        "version": "0",
        "id": id or stamps.uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time or stamps.Moment().iso,
        "region": region,
        "resources": list(resources),
        **({} if replay_name is None else {"replay-name": replay_name}),
        "detail": plain(detail),
    }


def schedule(
    rule: str = "nightly",
    *,
    id: str | None = None,
    time: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """What a scheduled rule sends; `rule` is its name or ARN.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
    """
    arn = rule if rule.startswith("arn:") else f"arn:aws:events:{region}:{account}:rule/{rule}"
    return _scheduled("aws.events", arn, {}, id, time)


def scheduler(
    schedule: str = "nightly",
    *,
    group: str = "default",
    id: str | None = None,
    time: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """What EventBridge Scheduler sends where its target has no input: the detail is text.

    `schedule` is a name or ARN.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    """
    arn = f"arn:aws:scheduler:{region}:{account}:schedule/{group}/{schedule}"
    return _scheduled("aws.scheduler", schedule if schedule.startswith("arn:") else arn, "{}", id, time)


def custom_bus(
    details: Sequence[Any] = (_DETAIL,),
    *,
    with_metadata: bool = False,
    metadata: Mapping[str, str] | None = None,
    source: str = "com.example.shop",
    detail_type: str = "OrderPlaced",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> list[dict[str, Any]]:
    """What a custom event bus sends its subscriber: an array, even of one event.

    A subscriber whose transformer is RAW gets what PutEvents took; with `with_metadata` it gets what
    PutRawEvents took, and beside it the publisher's `metadata` and the system's own.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-transform.html
    """
    if not isinstance(details, list | tuple):
        raise SampleError(f"details is a list with a detail for each event, not {details!r:.80}")
    if with_metadata:
        return [_with_metadata(detail, metadata or {}) for detail in details]
    return [
        event(source=source, detail_type=detail_type, detail=detail, region=region, account=account)
        for detail in details
    ]


def _scheduled(source: str, arn: str, detail: Any, id: str | None, time: str | None) -> dict[str, Any]:
    """Region and account are those of the ARN."""
    region, account = arn.split(":")[3:5]
    return event(
        source=source,
        detail_type="Scheduled Event",
        detail=detail,
        resources=[arn],
        id=id,
        time=time,
        region=region,
        account=account,
    )


def _with_metadata(detail: Any, metadata: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Data": plain(detail),
        "Metadata": dict(metadata),
        "SystemMetadata": {
            "ContentType": "application/json",
            "aws:EventId": stamps.uuid(),
            "aws:IngestionTime": stamps.Moment().iso,
            "aws:DeliveryType": "LIVE",
        },
    }
