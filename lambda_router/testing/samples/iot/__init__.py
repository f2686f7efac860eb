"""What AWS IoT sends: events of the registry, and what a rule selects.

https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = [
    "event",
    "thing_group",
    "thing_group_hierarchy",
    "thing_group_membership",
    "thing_type",
    "thing_type_association",
]

_ADDED = ("THING_TYPE_ASSOCIATION_EVENT", "THING_GROUP_MEMBERSHIP_EVENT", "THING_GROUP_HIERARCHY_EVENT")


def event(
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    *,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """An event of the registry; with a `topic` the `payload` of a message, as `SELECT *, topic() AS topic` sends it.

    `event_type` is one of the registry's types, to which the other parts belong as far as it has them.
    """
    if topic is not None:
        return {**plain(dict(payload or {})), "topic": topic}
    if payload is not None:
        raise SampleError("a payload has a topic: client.iot(topic, payload)")
    if event_type not in _KINDS:
        raise SampleError(f"there is no event type {event_type!r}; there are: {', '.join(_KINDS)}")
    named = {"thing": thing, "thing_type": thing_type, "group": group, "child": child}
    held = {"bench": "2"} if attributes is None else dict(attributes)
    about = _KINDS[event_type](named, held, f"arn:aws:iot:{region}:{account}")
    return {
        "eventType": event_type,
        "eventId": event_id or stamps.uuid(),
        "timestamp": stamps.Moment().millis,
        "operation": operation or ("ADDED" if event_type in _ADDED else "CREATED"),
        **({} if event_type == "THING_TYPE_ASSOCIATION_EVENT" else {"accountId": account}),
        **about,
    }


_KINDS: dict[str, Any] = {
    "THING_EVENT": lambda named, held, arn: {
        "thingId": stamps.uuid(),
        "thingName": named["thing"],
        "versionNumber": 1,
        "thingTypeName": named["thing_type"],
        "attributes": held,
    },
    "THING_TYPE_EVENT": lambda named, held, arn: {
        "thingTypeId": stamps.uuid(),
        "thingTypeName": named["thing_type"],
        "isDeprecated": False,
        "deprecationDate": None,
        "searchableAttributes": list(held),
        "propagatingAttributes": [{"userPropertyKey": name, "thingAttribute": name} for name in held],
        "description": "What measures moisture",
    },
    "THING_TYPE_ASSOCIATION_EVENT": lambda named, held, arn: {
        "thingId": stamps.uuid(),
        "thingName": named["thing"],
        "thingTypeName": named["thing_type"],
    },
    "THING_GROUP_EVENT": lambda named, held, arn: {
        "thingGroupId": stamps.uuid(),
        "thingGroupName": named["group"],
        "versionNumber": 1,
        "parentGroupName": None,
        "parentGroupId": None,
        "description": "All that grows",
        "rootToParentThingGroups": None,
        "attributes": held,
        "dynamicGroupMappingId": None,
    },
    "THING_GROUP_MEMBERSHIP_EVENT": lambda named, held, arn: {
        "groupArn": f"{arn}:thinggroup/{named['group']}",
        "groupId": stamps.uuid(),
        "thingArn": f"{arn}:thing/{named['thing']}",
        "thingId": stamps.uuid(),
        "membershipId": stamps.uuid(),
    },
    "THING_GROUP_HIERARCHY_EVENT": lambda named, held, arn: {
        "thingGroupId": stamps.uuid(),
        "thingGroupName": named["group"],
        "childGroupId": stamps.uuid(),
        "childGroupName": named["child"],
    },
}


def thing_type(**parts: Any) -> dict[str, Any]:
    """A type of things was created, updated or deleted: as `event`."""
    asked: dict[str, Any] = {"event_type": "THING_TYPE_EVENT", **parts}
    return event(**asked)


def thing_type_association(**parts: Any) -> dict[str, Any]:
    """A thing got a type, or lost it: as `event`."""
    asked: dict[str, Any] = {"event_type": "THING_TYPE_ASSOCIATION_EVENT", **parts}
    return event(**asked)


def thing_group(**parts: Any) -> dict[str, Any]:
    """A group of things was created, updated or deleted: as `event`."""
    asked: dict[str, Any] = {"event_type": "THING_GROUP_EVENT", **parts}
    return event(**asked)


def thing_group_membership(**parts: Any) -> dict[str, Any]:
    """A thing was added to a group, or removed: as `event`."""
    asked: dict[str, Any] = {"event_type": "THING_GROUP_MEMBERSHIP_EVENT", **parts}
    return event(**asked)


def thing_group_hierarchy(**parts: Any) -> dict[str, Any]:
    """A group was added to another, or removed: as `event`."""
    asked: dict[str, Any] = {"event_type": "THING_GROUP_HIERARCHY_EVENT", **parts}
    return event(**asked)
