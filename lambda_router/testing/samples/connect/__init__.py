"""Events of Amazon Connect flows.

https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..payloads import plain

__all__ = ["event"]

_PARAMETERS = {"task": "lookup", "menu": "2"}
_ATTRIBUTES = {"language": "en-GB"}
_AUDIO = {"StreamARN": None, "StartTimestamp": None, "StartFragmentNumber": None}


def event(
    parameters: Mapping[str, Any] = _PARAMETERS,
    *,
    attributes: Mapping[str, str] = _ATTRIBUTES,
    channel: str = "VOICE",
    contact_id: str | None = None,
    queue: str | None = "Orders",
    customer: str = "+15555550100",
    initiation_method: str = "INBOUND",
    instance: str = "11111111-2222-3333-4444-555555555555",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """What a block of a flow sends for a contact; `queue` is a name, or None where the contact is in none.

    `parameters` are the block's own, `attributes` those that the flow has set, `customer` is a telephone number.
    """
    arn = f"arn:aws:connect:{region}:{account}:instance/{instance}"
    identifier = contact_id or stamps.uuid()
    voice = channel == "VOICE"
    return {
        "Details": {
            "ContactData": {
                "Attributes": dict(attributes),
                "Channel": channel,
                "ContactId": identifier,
                "CustomerEndpoint": {"Address": customer, "Type": "TELEPHONE_NUMBER"} if voice else None,
                "CustomerId": None,
                "Description": None,
                "InitialContactId": identifier,
                "InitiationMethod": initiation_method,
                "InstanceARN": arn,
                "LanguageCode": "en-GB",
                "MediaStreams": {"Customer": {"Audio": dict(_AUDIO)}},
                "Name": None,
                "PreviousContactId": identifier,
                "Queue": None if queue is None else _queue(queue, arn),
                "References": {},
                "SystemEndpoint": {"Address": "+15555550199", "Type": "TELEPHONE_NUMBER"} if voice else None,
            },
            "Parameters": plain(dict(parameters)),
        },
        "Name": "ContactFlowEvent",
    }


def _queue(name: str, instance: str) -> dict[str, Any]:
    return {
        "ARN": f"{instance}/queue/66666666-7777-8888-9999-00000000000a",
        "Name": name,
        "OutboundCallerId": None,
    }
