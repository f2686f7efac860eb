"""Requests through an Application Load Balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from .. import stamps
from ..http import Cookies, Message, Pairs, edge_headers, last, lists, lower

__all__ = ["event", "health_check", "multi_value"]

_ARN = f"arn:aws:elasticloadbalancing:{stamps.REGION}:{stamps.ACCOUNT}"
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


def event(
    path: str = "/orders/7",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    body: Any = None,
    multi_value: bool = False,
    host: str = f"shop-123456789.{stamps.REGION}.elb.amazonaws.com",
    client_ip: str = stamps.CLIENT_IP,
    target_group: str = "shop",
) -> dict[str, Any]:
    """A request to a load balancer; `multi_value` says that the target group has multi-value headers on.

    A text is base64 where the load balancer makes it so: with a content encoding, and for any content type
    that is not text, JSON, JavaScript or XML. Query parameters stay percent-encoded.
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
    sent = lower(message.headers_and_cookies())
    encoded_query = [(quote(n, safe=""), quote(v, safe="")) for n, v in message.query]
    encoded = message.content is not None and (message.is_base64 or not _is_text(message))
    return {
        "requestContext": {"elb": {"targetGroupArn": f"{_ARN}:targetgroup/{target_group}/0a1b2c3d4e5f6071"}},
        "httpMethod": message.method,
        "path": message.path,
        **(
            {"multiValueQueryStringParameters": lists(encoded_query), "multiValueHeaders": lists(sent)}
            if multi_value
            else {"queryStringParameters": last(encoded_query), "headers": last(sent)}
        ),
        "body": base64.b64encode(message.content or b"").decode() if encoded else message.body or "",
        "isBase64Encoded": encoded,
    }


def multi_value(path: str = "/orders/7", **parts: Any) -> dict[str, Any]:
    """A request to a target group with multi-value headers on: as `event`."""
    given: dict[str, Any] = {"multi_value": True, **parts}
    return event(path, **given)


def health_check(path: str = "/", *, multi_value: bool = False) -> dict[str, Any]:
    """A health check of the target group, which the load balancer makes itself."""
    headers = {"user-agent": "ELB-HealthChecker/2.0"}
    made = event(path, headers=headers, multi_value=multi_value)
    kept = "multiValueHeaders" if multi_value else "headers"
    made[kept] = {name: value for name, value in made[kept].items() if name in headers}
    return made


def _is_text(message: Message) -> bool:
    kind = (message.header("content-type") or "").strip().lower()
    return message.header("content-encoding") is None and kind.startswith(_TEXT)
