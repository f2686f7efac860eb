"""What AWS AppSync asks a Lambda authorizer about a token.

https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..payloads import plain

__all__ = ["event"]

_QUERY = "query GetOrder($orderId: ID!) {\n  order(id: $orderId) {\n    id\n    total\n  }\n}\n"
_VARIABLES = {"orderId": "7"}


def event(
    token: str | None = None,
    *,
    query: str = _QUERY,
    operation: str | None = "GetOrder",
    variables: Mapping[str, Any] = _VARIABLES,
    api: str | None = None,
    headers: Mapping[str, str] | None = None,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A question about a token; `operation` is the name that the GraphQL document gives it, `api` the API's id."""
    shown = f"token-{stamps.hexadecimal(16)}" if token is None else token
    identifier = stamps.hexadecimal(26) if api is None else api
    return {
        "authorizationToken": shown,
        "requestContext": {
            "apiId": identifier,
            "accountId": account,
            "requestId": stamps.uuid(),
            "queryString": query,
            "operationName": operation,
            "variables": plain(dict(variables)),
        },
        "requestHeaders": {
            "host": f"{identifier}.appsync-api.{stamps.REGION}.amazonaws.com",
            "x-forwarded-for": stamps.CLIENT_IP,
            **{name.lower(): value for name, value in (headers or {}).items()},
        },
    }
