"""Requests through an Amazon API Gateway REST API, or an HTTP API with payload format 1.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..http import Cookies, Message, Pairs, captured, edge_headers, last, lists

__all__ = ["event", "payload_v1"]

_API = "x1y2z3w4v5"
_IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def event(
    path: str = "/orders/7",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    body: Any = None,
    resource: str | None = None,
    stage: str = "prod",
    base_path: str = "",
    claims: Mapping[str, Any] | None = None,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    host: str = f"{_API}.execute-api.{stamps.REGION}.amazonaws.com",
    client_ip: str = stamps.CLIENT_IP,
) -> dict[str, Any]:
    """A request to a REST API; what is empty is null, as API Gateway has it.

    `resource` is the template of the API's resource, `/{proxy+}` by default; `base_path` is a custom
    domain's, and comes before the path. `claims` are those of a Cognito user, `authorizer` is what a Lambda
    authorizer gives.
    """
    message = Message(
        path,
        method=method,
        query=query,
        headers=headers,
        cookies=cookies,
        body=body,
        implied={n.title(): v for n, v in edge_headers(host, client_ip).items()},
    )
    # The client's spelling of names is kept; the length does not arrive.
    sent = [(n, v) for n, v in message.headers_and_cookies() if n.lower() != "content-length"]
    template = resource or ("/{proxy+}" if message.path.strip("/") else "/")
    granted = authorizer if claims is None else {"claims": dict(claims)}
    return {
        "resource": template,
        "path": base_path + message.path,
        "httpMethod": message.method,
        "headers": last(sent) or None,
        "multiValueHeaders": lists(sent) or None,
        "queryStringParameters": last(message.query) or None,
        "multiValueQueryStringParameters": lists(message.query) or None,
        "pathParameters": captured(template, message.path) or None,
        "stageVariables": stage_variables and dict(stage_variables),
        "requestContext": {
            **_context(message, host, stamps.Moment()),
            "resourceId": stamps.hexadecimal(6),
            "resourcePath": template,
            # The stage is in this path on the API's own host; a custom domain has its base path there.
            "path": f"{base_path or ('' if stage == '$default' else f'/{stage}')}{message.path}",
            "stage": stage,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "identity": {
                **dict.fromkeys(_IDENTITY),
                "sourceIp": client_ip,
                "userAgent": message.header("user-agent"),
            },
            **({} if granted is None else {"authorizer": granted}),
        },
        "body": message.body,
        "isBase64Encoded": message.is_base64,
    }


def payload_v1(path: str = "/orders/7", **parts: Any) -> dict[str, Any]:
    """A request to an HTTP API whose integration has payload format 1.0: as `event`, with a version."""
    given: dict[str, Any] = {"stage": "$default", **parts}
    made = event(path, **given)
    context = made["requestContext"]
    context["resourceId"] = None
    context.setdefault("authorizer", {"claims": None})
    if "claims" in context["authorizer"]:
        context["authorizer"]["scopes"] = None
    return {"version": "1.0", **made}


def _context(message: Message, host: str, now: stamps.Moment) -> dict[str, Any]:
    return {
        "accountId": stamps.ACCOUNT,
        # Under a custom domain nothing else names the API.
        "apiId": host.partition(".")[0] if ".execute-api." in host else _API,
        "httpMethod": message.method,
        "protocol": "HTTP/1.1",
        "requestId": stamps.uuid(),
        "extendedRequestId": stamps.token(11),
        "requestTime": now.log,
        "requestTimeEpoch": now.millis,
    }
