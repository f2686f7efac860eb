"""Requests to an AWS Lambda function URL.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..http import Cookies, Message, Pairs, edge_headers
from ..payload_v2 import envelope

__all__ = ["event"]

_CALLER = "AROAEXAMPLEROLEIDENT1"


def event(
    path: str = "/orders/7",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    body: Any = None,
    claims: Mapping[str, Any] | None = None,
    host: str = f"u1r2l3f4u5n6c7t8.lambda-url.{stamps.REGION}.on.aws",
    client_ip: str = stamps.CLIENT_IP,
) -> dict[str, Any]:
    """A request to a function URL.

    `claims` say who signed it, where the URL has IAM authentication: any of `accessKey`, `accountId`,
    `callerId`, `cognitoIdentity`, `principalOrgId`, `userArn`, `userId`; the rest is filled in.
    """
    message = Message(
        path,
        method=method,
        query=query,
        headers=headers,
        cookies=cookies,
        body=body,
        implied=edge_headers(host, client_ip),
    )
    return envelope(
        message,
        host=host,
        client_ip=client_ip,
        account="anonymous" if claims is None else str(claims.get("accountId", stamps.ACCOUNT)),
        authorizer=None if claims is None else {"iam": _signer(claims)},
    )


def _signer(claims: Mapping[str, Any]) -> dict[str, Any]:
    account = claims.get("accountId", stamps.ACCOUNT)
    return {
        "accessKey": "ASIAEXAMPLEACCESSKEY",
        "accountId": account,
        "callerId": f"{_CALLER}:shop",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:sts::{account}:assumed-role/shop-caller/shop",
        "userId": f"{_CALLER}:shop",
        **claims,
    }
