"""What AWS Transfer Family asks a Lambda function that is the identity provider of a server.

https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
"""

from __future__ import annotations

from typing import Any

from .. import stamps

__all__ = ["event", "key", "password"]


def event(
    username: str = "ada",
    password: str | None = None,
    *,
    protocol: str = "SFTP",
    server_id: str = "s-0123456789abcdef0",
    source_ip: str = stamps.CLIENT_IP,
) -> dict[str, Any]:
    """A login, with a password or (without one) with a key."""
    shown = {} if password is None else {"password": password}
    return {
        "username": username,
        **shown,
        "protocol": protocol,
        "serverId": server_id,
        "sourceIp": source_ip,
    }


def password(**parts: Any) -> dict[str, Any]:
    """A login with a password: as `event`."""
    return event(**{"password": stamps.hexadecimal(12), **parts})


def key(**parts: Any) -> dict[str, Any]:
    """A login with a key: as `event`."""
    return event(**parts)
