"""A router that takes the connections of AWS Client VPN, too."""

from __future__ import annotations

from lambda_router import Router
from lambda_router.source import Lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .source import ClientVpn

__all__ = ["VpnRouter"]


class VpnRouter(Router):
    """A `Router` with `app.client_vpn()`."""

    client_vpn: Lazy[ClientVpn] = Lazy("client_vpn_source.source:ClientVpn")
    """AWS Client VPN: who may connect."""
