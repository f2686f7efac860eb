"""Amazon API Gateway REST APIs with Lambda proxy integration, and HTTP APIs with payload format 1.0.

Invoked by
    API Gateway, synchronously: it waits 29 seconds by default.
Answer
    Status, headers and body under exactly five keys; one key more is a 502 for the client. Headers go out in
    `multiValueHeaders` alone, because a name in both maps would be sent twice.
An exception
    Is answered with a 500 that holds a correlation id and no detail.
See
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

from ..http.source import HttpSource, mapping, multi_headers, pairs, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..http.request import Request
    from ..http.response import Response


class ApiGatewayRest(HttpSource):
    """Amazon API Gateway REST APIs, and HTTP APIs with payload format 1.0."""

    name = "api_gateway_rest"
    marks = ("resource",)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A proxy request: not of a WebSocket, an authorizer, a load balancer or a Bedrock agent."""
        return (
            isinstance(event, dict)
            and all(isinstance(event.get(key), str) for key in ("resource", "path", "httpMethod"))
            and isinstance(event.get("requestContext"), dict)
            and not {"connectionId", "elb"} & event["requestContext"].keys()
            and not {"methodArn", "routeArn", "agent", "actionGroup"} & event.keys()
        )

    def method(self, event: Any) -> str:
        """`httpMethod`."""
        return str(event["httpMethod"])

    def raw_path(self, event: Any) -> str:
        """`path`: it holds a custom domain's base path, and not the stage."""
        return str(event["path"])

    def route_path(self, event: Any, raw: str) -> str:
        """The resource with its parameters filled in tells how much of the path is a base path."""
        own = _filled(event["resource"], mapping(event.get("pathParameters")))
        if own is not None and raw.rstrip("/").endswith(own) and own != "/":
            return super().route_path(event, own)
        return super().route_path(event, raw)

    def headers(self, event: Any) -> Iterable[tuple[str, str]]:
        """`multiValueHeaders`, or `headers` where a test sends only that."""
        return pairs(event.get("multiValueHeaders") or event.get("headers"))

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """`multiValueQueryStringParameters`, decoded by API Gateway."""
        return pairs(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))

    def client_ip(self, event: Any, request: Request) -> str | None:
        """`requestContext.identity.sourceIp`."""
        return text(mapping(event, "requestContext", "identity").get("sourceIp"))

    def claims(self, event: Any) -> dict[str, Any]:
        """A Cognito authorizer's `claims`, or what a Lambda authorizer put into the context."""
        authorizer = mapping(event, "requestContext", "authorizer")
        return mapping(authorizer, "claims") or authorizer

    def stage(self, event: Any) -> str | None:
        """`requestContext.stage`."""
        return text(event["requestContext"].get("stage"))

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`."""
        return text(event["requestContext"].get("requestId"))

    def wire(self, response: Response, event: Any) -> dict[str, Any]:
        """The proxy answer."""
        return {
            "statusCode": response.status,
            "multiValueHeaders": multi_headers(response),
            "body": response.body,
            "isBase64Encoded": response.is_base64,
        }


def _filled(resource: str, parameters: dict[str, Any]) -> str | None:
    """The resource template with its path parameters, or None where one is not known."""
    segments = []
    for segment in resource.split("/"):
        if segment.startswith("{") and segment.endswith("}"):
            value = parameters.get(segment[1:-1].removesuffix("+"))
            if not isinstance(value, str):
                return None
            segment = value
        segments.append(segment)
    return "/".join(segments).rstrip("/") or "/"
