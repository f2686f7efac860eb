"""Events of AWS IoT Events detectors.

https://docs.aws.amazon.com/lambda/latest/dg/services-iotevents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..payloads import plain

__all__ = ["event"]


def event(
    detector_model: str = "pump",
    state: str = "Overheated",
    *,
    event_name: str = "tooHot",
    key: str | None = "pump-7",
    variables: Mapping[str, Any] | None = None,
    timers: Mapping[str, Any] | None = None,
    input_name: str = "temperature",
    execution_id: str | None = None,
) -> dict[str, Any]:
    """What a detector sends when an event of its model happens; `key` is None where the model has no key."""
    return {
        "event": {
            "eventName": event_name,
            "eventTime": stamps.Moment().millis,
            "payload": {
                "detector": {
                    "detectorModelName": detector_model,
                    **({} if key is None else {"keyValue": key}),
                    "detectorModelVersion": "3",
                },
                "eventTriggerDetails": {
                    "inputName": input_name,
                    "messageId": stamps.uuid(),
                    "triggerType": "Message",
                },
                "actionExecutionId": execution_id or stamps.uuid(),
                "state": {
                    "stateName": state,
                    "variables": plain(dict(variables or {})),
                    "timers": plain(dict(timers or {})),
                },
            },
        }
    }
