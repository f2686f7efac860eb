"""Changes of Amazon CloudWatch alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["composite", "event"]

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


def event(
    alarm: str = "orders-late",
    state: str = "ALARM",
    *,
    previous_state: str = "OK",
    reason: str = "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).",
    configuration: Mapping[str, Any] | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A change of an alarm of a metric, a name or an ARN; states are OK, ALARM or INSUFFICIENT_DATA."""
    for given in (state, previous_state):
        if given not in _STATES:
            raise SampleError(f"the state of an alarm is {', '.join(_STATES)}, not {given!r}")
    arn = alarm if alarm.startswith("arn:") else f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm}"
    _, _, _, region, account, _, name = arn.split(":", 6)
    at = f"{stamps.Moment().iso_millis[:-1]}+0000"
    data = {"version": "1.0", "queryDate": at, "statistic": "Sum", "period": 60, "threshold": 5.0}
    return {
        "source": "aws.cloudwatch",
        "alarmArn": arn,
        "accountId": account,
        "time": at,
        "region": region,
        "alarmData": {
            "alarmName": name,
            "state": _state(state, reason, at=at, data={**data, "recentDatapoints": [7.0]}),
            "previousState": _state(previous_state, "It was so.", at=at, data=data),
            "configuration": _metric() if configuration is None else plain(dict(configuration)),
        },
    }


def composite(alarm: str = "shop-down", state: str = "ALARM", **parts: Any) -> dict[str, Any]:
    """A change of an alarm that is made of others: as `event`."""
    rule = {
        "alarmRule": "ALARM(orders-late) OR ALARM(orders-lost)",
        "actionsSuppressor": "deploying",
        "actionsSuppressorWaitPeriod": 120,
        "actionsSuppressorExtensionPeriod": 180,
    }
    asked: dict[str, Any] = {"configuration": rule, **parts}
    return event(alarm, state, **asked)


def _state(value: str, reason: str, *, at: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"value": value, "reason": reason, "reasonData": json.dumps(data), "timestamp": at}


def _metric() -> dict[str, Any]:
    metric = {"namespace": "Shop", "name": "LateOrders", "dimensions": {}}
    stat = {"metric": metric, "period": 60, "stat": "Sum"}
    return {
        "description": "orders are late",
        "metrics": [{"id": "m1", "metricStat": stat, "returnData": True}],
    }
