"""Connections to AWS Client VPN endpoints.

https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/connection-authorization.html
"""

from __future__ import annotations

import uuid
from typing import Any

__all__ = ["event", "v1"]


def event(
    endpoint_id: str = "cvpn-endpoint-0123456789abcdef0",
    username: str = "ada",
    *,
    connection_id: str | None = None,
    platform: str = "win",
    public_ip: str = "203.0.113.7",
    groups: str = "staff",
    schema_version: str = "v2",
) -> dict[str, Any]:
    """A client that wants to connect."""
    return {
        "connection-id": connection_id or f"cvpn-connection-{uuid.uuid4().hex[:17]}",
        "endpoint-id": endpoint_id,
        "common-name": f"{username}.example.com",
        "username": username,
        "platform": platform,
        "platform-version": "10.0",
        "public-ip": public_ip,
        "client-openvpn-version": "2.5.9",
        "groups": groups,
        "schema-version": schema_version,
    }


def v1(**parts: Any) -> dict[str, Any]:
    """The same in the first version of the schema."""
    made: dict[str, Any] = {"schema_version": "v1", **parts}
    return event(**made)
