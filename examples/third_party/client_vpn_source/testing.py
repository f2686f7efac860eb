"""For tests of apps: the client with one more line."""

from __future__ import annotations

from lambda_router.testing.client import Client, Sender
from lambda_router.testing.results import Result

from .samples import event

__all__ = ["VpnClient"]


class VpnClient(Client):
    """A `Client` with `client.client_vpn(...)`."""

    client_vpn = Sender(event, Result)
    """Send a client that wants to connect: `client.client_vpn(username="ada")`."""
