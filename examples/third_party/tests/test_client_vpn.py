"""The conformance suite of lambda_router over this source, and tests of its own."""

from __future__ import annotations

from typing import Any

import client_vpn_model
import pytest
from client_vpn_source import VpnRouter
from client_vpn_source.testing import VpnClient

from lambda_router import NoRouteError, PublicError, ResultError
from lambda_router.testing import conformance
from lambda_router.testing.events import make


class TestClientVpn(conformance.Suite):
    room = conformance.Room(
        VpnRouter,
        "client_vpn",
        route=lambda app: app.client_vpn(),
        result=lambda event: True,
        model=client_vpn_model,
    )


def app() -> VpnRouter:
    made = VpnRouter()

    @made.client_vpn("cvpn-endpoint-*", platform=["win", "mac"])
    def decide(username: str, groups: str, public_ip: str) -> bool:
        if public_ip.startswith("198.51."):
            raise PublicError("Not from that network.")
        if username == "eve":
            raise LookupError(username)
        return "staff" in groups

    return made


@pytest.mark.parametrize(
    ("parts", "allow", "message"),
    [
        ({}, True, ""),
        ({"groups": "guests"}, False, "You may not connect."),
        ({"public_ip": "198.51.100.7"}, False, "Not from that network."),
    ],
)
def test_the_decision(parts: Any, allow: bool, message: str) -> None:
    out = VpnClient(app()).client_vpn(**parts)
    client_vpn_model.check(out.response, out.event)
    assert (out.response["allow"], out.response["error-msg-on-denied-connection"]) == (allow, message)


def test_an_exception_denies() -> None:
    assert isinstance(VpnClient(app()).client_vpn(username="eve").error, LookupError)


def test_the_first_version_of_the_schema() -> None:
    out = VpnClient(app()).send(make("client_vpn.v1"))
    client_vpn_model.check(out.response, out.event)
    assert "error-msg-on-failed-posture-compliance" in out.response


def test_a_long_message_is_cut() -> None:
    made = VpnRouter()

    @made.client_vpn()
    def decide() -> bool:
        raise PublicError("x" * 300)

    out = VpnClient(made).client_vpn()
    client_vpn_model.check(out.response, out.event)


@pytest.mark.parametrize("result", [None, 1, "yes", {"allow": True}])
def test_what_is_no_decision(result: Any) -> None:
    made = VpnRouter()
    made.client_vpn()(lambda: result)
    assert isinstance(VpnClient(made).client_vpn().error, ResultError)


def test_what_no_route_takes_says_what_to_write() -> None:
    error = VpnClient(app()).client_vpn("cvpn-endpoint-1", platform="linux").error
    assert isinstance(error, NoRouteError)
    assert '@app.client_vpn("cvpn-endpoint-1")' in str(error)
