"""Payload format 2.0, which HTTP APIs and function URLs share.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import stamps
from .http import Message, joined, lower


def envelope(
    message: Message,
    *,
    host: str,
    client_ip: str,
    account: str,
    stage: str = "$default",
    route_key: str = "$default",
    authorizer: Mapping[str, Any] | None = None,
    path_parameters: Mapping[str, str] | None = None,
    stage_variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event of a request; what is empty is absent, names are in lower case, values joined by commas."""
    now = stamps.Moment()
    # The path of a named stage begins with it.
    path = message.path if stage == "$default" else f"/{stage}{message.path}"
    optional = {
        "cookies": message.cookies,
        "queryStringParameters": joined(message.query),
        "pathParameters": path_parameters,
        "stageVariables": stage_variables,
    }
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": message.raw_query,
        "headers": joined(lower(message.headers)),
        **{name: value for name, value in optional.items() if value},
        "requestContext": {
            "accountId": account,
            "apiId": host.partition(".")[0],
            **({} if authorizer is None else {"authorizer": dict(authorizer)}),
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": message.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": client_ip,
                "userAgent": message.header("user-agent") or "",
            },
            "requestId": stamps.uuid(),
            "routeKey": route_key,
            "stage": stage,
            "time": now.log,
            "timeEpoch": now.millis,
        },
        **({} if message.body is None else {"body": message.body}),
        "isBase64Encoded": message.is_base64,
    }
