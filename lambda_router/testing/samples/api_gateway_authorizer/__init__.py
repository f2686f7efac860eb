"""What Amazon API Gateway asks a Lambda authorizer: about a token, a request, a WebSocket's handshake.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from .. import SampleError, api_gateway_rest, api_gateway_websocket, stamps
from ..http import Cookies, Message, Pairs, edge_headers
from ..payload_v2 import envelope

__all__ = ["event", "payload_v1", "payload_v2", "request", "token", "websocket"]

_API = "u5v6w7x8y9"


def event(
    kind: str = "token",
    *,
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    cookies: Cookies = (),
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = f"{_API}.execute-api.{stamps.REGION}.amazonaws.com",
    client_ip: str = stamps.CLIENT_IP,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A question of an authorizer: `kind` is token, request, websocket, payload_v1 or payload_v2.

    The first three are of REST and WebSocket APIs, the others of HTTP APIs. `token` is what the client shows, in the
    authorization header where there are headers; `identity_source` are an HTTP API's, the token alone by default.
    `resource` is the template of a REST API's resource, `route_key` the route of an HTTP API.
    """
    shown = token if token is not None else f"Bearer {stamps.hexadecimal(16)}"
    whole = _message(path, method, (), (), (), {})
    name, _, place = host.partition(".execute-api.")
    region = place.partition(".")[0] or stamps.REGION
    api = f"arn:aws:execute-api:{region}:{account}:{name.partition('.')[0]}/{stage}"
    arn = f"{api}/{whole.method}{whole.path}"
    if kind == "token":
        return {"type": "TOKEN", "methodArn": arn, "authorizationToken": shown}
    given: dict[str, Any] = {
        "query": query,
        "headers": [*_rows(headers), *([] if _has(headers) else [("Authorization", shown)])],
        "cookies": cookies,
        "stage": stage,
        "stage_variables": stage_variables,
        "host": host,
        "client_ip": client_ip,
    }
    sources = [shown] if identity_source is None else list(identity_source)
    if kind == "websocket":
        return _websocket(api, given)
    if kind in ("request", "payload_v1"):
        return _rest(kind, path, arn, {**given, "method": method, "resource": resource}, account, sources)
    if kind == "payload_v2":
        implied = {**edge_headers(host, client_ip), "Content-Length": "0"}
        message = _message(path, method, query, given["headers"], cookies, implied)
        return _http(message, arn, route_key, given, account, sources)
    raise SampleError(f"kind is token, request, websocket, payload_v1 or payload_v2, not {kind!r}")


def token(**parts: Any) -> dict[str, Any]:
    """Of a REST API's token authorizer: as `event`."""
    return event("token", **parts)


def request(**parts: Any) -> dict[str, Any]:
    """Of a REST API's request authorizer: as `event` with this kind."""
    return event("request", **parts)


def websocket(**parts: Any) -> dict[str, Any]:
    """Of a WebSocket API, about a new connection: as `event` with this kind."""
    return event("websocket", **parts)


def payload_v1(**parts: Any) -> dict[str, Any]:
    """Of an HTTP API, payload format 1.0: as `event` with this kind."""
    return event("payload_v1", **parts)


def payload_v2(**parts: Any) -> dict[str, Any]:
    """Of an HTTP API, payload format 2.0: as `event` with this kind."""
    return event("payload_v2", **parts)


def _rows(headers: Pairs) -> list[tuple[str, Any]]:
    return cast("list[tuple[str, Any]]", [*(headers.items() if isinstance(headers, Mapping) else headers)])


def _has(headers: Pairs) -> bool:
    return any(name.lower() == "authorization" for name, _ in _rows(headers))


def _websocket(api: str, given: dict[str, Any]) -> dict[str, Any]:
    made = api_gateway_websocket.connect(**given)
    del made["isBase64Encoded"]
    empty: dict[str, Any] = {
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "stageVariables": {},
    }
    return {"type": "REQUEST", "methodArn": f"{api}/$connect", **empty, **made}


def _rest(
    kind: str, path: str, arn: str, given: dict[str, Any], account: str, sources: list[str]
) -> dict[str, Any]:
    made = api_gateway_rest.event(path, **given)
    for name in ("body", "isBase64Encoded"):
        del made[name]
    empty = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")
    made |= {name: made[name] or {} for name in empty}
    made["requestContext"] |= {"accountId": account, "apiId": arn.split(":")[5].partition("/")[0]}
    head: dict[str, Any] = {"type": "REQUEST", "methodArn": arn}
    if kind == "payload_v1":
        joined = ",".join(sources)
        head = {"version": "1.0", **head, "identitySource": joined, "authorizationToken": joined}
    return {**head, **made}


def _message(
    path: str, method: str, query: Pairs, headers: Pairs, cookies: Cookies, implied: Mapping[str, Any]
) -> Message:
    return Message(
        path, method=method, query=query, headers=headers, cookies=cookies, body=None, implied=implied
    )


def _http(
    message: Message, arn: str, route_key: str, given: dict[str, Any], account: str, sources: list[str]
) -> dict[str, Any]:
    made = envelope(
        message,
        host=given["host"],
        client_ip=given["client_ip"],
        account=account,
        stage=given["stage"],
        route_key=route_key,
        stage_variables=given["stage_variables"],
    )
    del made["isBase64Encoded"]
    head = {"version": made.pop("version"), "type": "REQUEST", "routeArn": arn}
    return {**head, **({"identitySource": sources} if sources else {}), **made}
