"""Requests through an Amazon VPC Lattice service, event version 2.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..http import Cookies, Message, Pairs, direct_headers, lists, lower

__all__ = ["event"]

_ARN = f"arn:aws:vpc-lattice:{stamps.REGION}:{stamps.ACCOUNT}"


def event(
    path: str = "/orders/7",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    body: Any = None,
    claims: Mapping[str, Any] | None = None,
    host: str = f"shop-0a1b2c3d4e5f60718.7d67968.vpc-lattice-svcs.{stamps.REGION}.on.aws",
    client_ip: str = "10.0.12.34",
) -> dict[str, Any]:
    """A request to a service; `claims` are added to the caller's identity, and make it a signed one."""
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
        "version": "2.0",
        "path": message.path,
        "method": message.method,
        "headers": lists(lower(message.headers_and_cookies())),
        "queryStringParameters": lists(message.query),
        **({} if message.body is None else {"body": message.body}),
        # Absent where the body is text.
        **({"isBase64Encoded": True} if message.is_base64 else {}),
        "requestContext": {
            "serviceNetworkArn": f"{_ARN}:servicenetwork/sn-0a1b2c3d4e5f60718",
            "serviceArn": f"{_ARN}:service/svc-0b1c2d3e4f5061728",
            "targetGroupArn": f"{_ARN}:targetgroup/tg-0c1d2e3f405162738",
            "identity": _identity(claims),
            "region": stamps.REGION,
            "timeEpoch": str(stamps.Moment().micros),
        },
    }


def _identity(claims: Mapping[str, Any] | None) -> dict[str, Any]:
    vpc = f"arn:aws:ec2:{stamps.REGION}:{stamps.ACCOUNT}:vpc/vpc-0d1e2f30415263748"
    return {"sourceVpcArn": vpc} if claims is None else {"sourceVpcArn": vpc, "type": "AWS_IAM", **claims}
