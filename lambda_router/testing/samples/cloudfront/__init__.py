"""Events of Amazon CloudFront, as Lambda@Edge functions get them.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..http import Message, Pairs, lists

__all__ = ["event", "origin_request", "origin_response", "viewer_request", "viewer_response"]

_TRIGGERS = ("viewer_request", "origin_request", "origin_response", "viewer_response")
_DESCRIPTIONS = {200: "OK", 301: "Moved Permanently", 304: "Not Modified", 404: "Not Found"}


def event(
    trigger: str = "viewer_request",
    uri: str = "/images/cat.jpg",
    *,
    method: str = "GET",
    query: Pairs = (),
    headers: Pairs = (),
    body: Any = None,
    origin: Mapping[str, Any] | None = None,
    status: int = 200,
    response_headers: Pairs = (),
    host: str = "d1a2b3c4d5e6f7.cloudfront.net",
    distribution: str = "E1A2B3C4D5E6F7",
    request_id: str | None = None,
    client_ip: str = stamps.CLIENT_IP,
) -> dict[str, Any]:
    """One event of CloudFront: `trigger` is viewer_request, origin_request, origin_response or viewer_response.

    `body` is what a request holds whose body the function is given, in base64. `origin` is the object that only events
    at the origin have. `host` is the header that the viewer sent; the distribution's domain is the same.
    """
    if trigger not in _TRIGGERS:
        raise SampleError(f"trigger is {', '.join(_TRIGGERS)}, not {trigger!r}")
    at_origin = trigger.startswith("origin")
    source = dict(origin) if origin is not None else _origin() if at_origin else None
    message = Message(
        uri,
        method=method,
        query=query,
        headers=headers,
        cookies=(),
        body=body,
        implied=_implied(host, client_ip, source),
    )
    request: dict[str, Any] = {
        "clientIp": client_ip,
        "headers": _listed(message.headers_and_cookies()),
        "method": message.method,
        "querystring": message.raw_query,
        "uri": message.path,
    }
    if message.content is not None:
        request["body"] = _body(message.content)
    if source is not None:
        request["origin"] = source
    config = {
        "distributionDomainName": host,
        "distributionId": distribution,
        "eventType": trigger.replace("_", "-"),
        "requestId": request_id or stamps.token(40),
    }
    cf: dict[str, Any] = {"config": config, "request": request}
    if trigger.endswith("response"):
        cf["response"] = _response(status, response_headers)
    return {"Records": [{"cf": cf}]}


def viewer_request(uri: str = "/images/cat.jpg", **parts: Any) -> dict[str, Any]:
    """A viewer's request: as `event`."""
    return event("viewer_request", uri, **parts)


def origin_request(uri: str = "/images/cat.jpg", **parts: Any) -> dict[str, Any]:
    """A request for the origin: as `event`, with its trigger."""
    return event("origin_request", uri, **parts)


def origin_response(uri: str = "/images/cat.jpg", **parts: Any) -> dict[str, Any]:
    """A response of the origin: as `event`, with its trigger."""
    return event("origin_response", uri, **parts)


def viewer_response(uri: str = "/images/cat.jpg", **parts: Any) -> dict[str, Any]:
    """A response for the viewer: as `event`, with its trigger."""
    return event("viewer_response", uri, **parts)


def _implied(host: str, client_ip: str, origin: Mapping[str, Any] | None) -> dict[str, Any]:
    if origin is None:
        return {"Host": host, "User-Agent": "example-client/1.0", "Accept": "*/*"}
    domain = next(iter(origin.values()))["domainName"]
    return {
        "X-Forwarded-For": client_ip,
        "User-Agent": "Amazon CloudFront",
        "Via": f"2.0 {stamps.hexadecimal(32)}.cloudfront.net (CloudFront)",
        "Host": domain,
        "Cache-Control": "no-cache",
    }


def _listed(rows: list[tuple[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Headers as CloudFront has them: lists under names in lower case."""
    found: dict[str, list[dict[str, str]]] = {}
    for name, values in lists(rows).items():
        found.setdefault(name.lower(), []).extend({"key": name, "value": value} for value in values)
    return found


def _origin() -> dict[str, Any]:
    return {
        "custom": {
            "customHeaders": {},
            "domainName": "origin.example.com",
            "keepaliveTimeout": 5,
            "path": "",
            "port": 443,
            "protocol": "https",
            "readTimeout": 30,
            "sslProtocols": ["TLSv1.2"],
        }
    }


def _body(content: bytes) -> dict[str, Any]:
    return {
        "inputTruncated": False,
        "action": "read-only",
        "encoding": "base64",
        "data": base64.b64encode(content).decode("ascii"),
    }


def _response(status: int, headers: Pairs) -> dict[str, Any]:
    message = Message(
        "/",
        method="GET",
        query=(),
        headers=headers,
        cookies=(),
        body=None,
        implied={"Server": "ExampleOrigin"},
    )
    return {
        "headers": _listed(message.headers),
        "status": str(status),
        "statusDescription": _DESCRIPTIONS.get(status, ""),
    }
