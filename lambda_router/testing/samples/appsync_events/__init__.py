"""What AWS AppSync Events sends to a function behind a channel namespace.

https://docs.aws.amazon.com/appsync/latest/eventapi/direct-lambda-integrations.html
https://docs.aws.amazon.com/appsync/latest/eventapi/channel-namespace-handlers.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["event", "publish", "subscribe"]

_PAYLOADS = ({"order": 7, "state": "paid"}, {"order": 8, "state": "sent"})


def event(
    trigger: str = "publish",
    channel: str = "/orders/europe",
    payloads: Sequence[Any] | None = None,
    *,
    identity: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What is published to a channel, or who subscribes to it: `trigger` is publish or subscribe.

    `payloads` are those of the events that are published; a subscription has none. The namespace is the first part of the
    channel's path.
    """
    if trigger not in ("publish", "subscribe"):
        raise SampleError(f"trigger is publish or subscribe, not {trigger!r}")
    segments = channel.strip("/").split("/")
    if not channel.startswith("/") or not all(segments):
        raise SampleError(f'a channel is a path as "/orders/europe", not {channel!r}')
    if trigger == "subscribe" and payloads is not None:
        raise SampleError("a subscription has no payloads")
    sent = _PAYLOADS if payloads is None else payloads
    return {
        "identity": None if identity is None else plain(dict(identity)),
        "result": None,
        "request": {
            "headers": {
                "host": f"{stamps.hexadecimal(26)}.appsync-api.{stamps.REGION}.amazonaws.com",
                "x-forwarded-for": stamps.CLIENT_IP,
                **{name.lower(): value for name, value in (headers or {}).items()},
            },
            "domainName": None,
        },
        "info": {
            "channel": {"path": channel, "segments": segments},
            "channelNamespace": {"name": segments[0]},
            "operation": trigger.upper(),
        },
        "error": None,
        "prev": None,
        "stash": plain(dict(stash or {})),
        "outErrors": [],
        "events": None
        if trigger == "subscribe"
        else [{"id": stamps.uuid(), "payload": plain(one)} for one in sent],
    }


def publish(
    channel: str = "/orders/europe", payloads: Sequence[Any] | None = None, **parts: Any
) -> dict[str, Any]:
    """What is published to a channel."""
    return event("publish", channel, payloads, **parts)


def subscribe(channel: str = "/orders/europe", **parts: Any) -> dict[str, Any]:
    """Somebody who subscribes to a channel."""
    return event("subscribe", channel, **parts)
