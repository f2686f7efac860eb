"""Requests through an Amazon VPC Lattice service, event version 1.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from typing import Any

from .. import stamps
from ..http import Cookies, Message, Pairs, direct_headers, joined, last, lower

__all__ = ["event"]


def event(
    path: str = "/orders/7",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    body: Any = None,
    host: str = f"shop-0a1b2c3d4e5f60718.7d67968.vpc-lattice-svcs.{stamps.REGION}.on.aws",
    client_ip: str = "10.0.12.34",
) -> dict[str, Any]:
    """A request to a service; repeated headers are joined, of repeated query parameters the last arrives."""
    message = Message(
        path,
        method=method,
        query=query,
        headers=headers,
        cookies=cookies,
        body=body,
        implied=direct_headers(host, client_ip),
    )
    return {
        "raw_path": message.path,
        "method": message.method,
        "headers": joined(lower(message.headers_and_cookies()), ", "),
        "query_string_parameters": last(message.query),
        "body": message.body or "",
        "is_base64_encoded": message.is_base64,
    }
