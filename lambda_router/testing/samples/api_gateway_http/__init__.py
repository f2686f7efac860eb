"""Requests through an Amazon API Gateway HTTP API, payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..http import Cookies, Message, Pairs, captured, edge_headers
from ..payload_v2 import envelope

__all__ = ["event"]


def event(
    path: str = "/orders/7",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    body: Any = None,
    route_key: str = "$default",
    stage: str = "$default",
    claims: Mapping[str, Any] | None = None,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    host: str = f"h1t2t3p4a5.execute-api.{stamps.REGION}.amazonaws.com",
    client_ip: str = stamps.CLIENT_IP,
) -> dict[str, Any]:
    """A request to an HTTP API.

    `route_key` is the API's route, such as `GET /orders/{id}`; the path parameters are taken from it.
    `claims` are those of a JSON web token, `authorizer` is what another authorizer gives: `{"lambda": {...}}`
    or `{"iam": {...}}`.
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
        account=stamps.ACCOUNT,
        stage=stage,
        route_key=route_key,
        authorizer=authorizer if claims is None else {"jwt": {"claims": dict(claims), "scopes": None}},
        path_parameters=_captured(route_key, message),
        stage_variables=stage_variables,
    )


def _captured(route_key: str, message: Message) -> dict[str, str]:
    if route_key == "$default":
        return {}
    method, _, template = route_key.partition(" ")
    if method not in ("ANY", message.method):
        raise SampleError(f"the route {route_key!r} takes no {message.method} request")
    return captured(template, message.path)
