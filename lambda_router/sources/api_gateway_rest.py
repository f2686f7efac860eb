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

from ..http.source import HttpSource, as_sent, mapping, pairs, text, without_stage
from ..percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..http.request import Request
    from ..http.response import Answer


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
        """`path`: behind a custom domain it begins with the base path of the mapping."""
        return str(event["path"])

    def route_path(self, event: Any, raw: str) -> str:
        """The end of the path that `resource` stands for; what is before it is a base path, or a stage.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
        """
        resource: str = event["resource"]
        if resource == "/" and _is_custom(mapping(event, "requestContext").get("domainName")):
            return "/"
        own = _own(resource, mapping(event, "pathParameters"), raw)
        if own is None and event.get("version") == "1.0":
            own = without_stage(raw, self.stage(event))
        return super().route_path(event, raw if own is None else own)

    def is_encoded(self, event: Any, path: str) -> bool:
        """A REST API leaves the path as it was sent; an HTTP API, which sends a version, decodes it."""
        return event.get("version") != "1.0" or as_sent(path)

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
        """A Cognito authorizer's `claims`, a Lambda authorizer's context, or who signed the request."""
        authorizer = mapping(event, "requestContext", "authorizer")
        if isinstance(authorizer.get("claims"), dict) or authorizer.get("claims", "") is None:
            return mapping(authorizer, "claims")
        identity = mapping(event, "requestContext", "identity")
        return authorizer or (identity if text(identity.get("userArn")) else {})

    def stage(self, event: Any) -> str | None:
        """`requestContext.stage`."""
        return text(mapping(event, "requestContext").get("stage"))

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`."""
        return text(mapping(event, "requestContext").get("requestId"))

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The proxy answer."""
        return {
            "statusCode": answer.status,
            "multiValueHeaders": answer.multiple(),
            "body": answer.body,
            "isBase64Encoded": answer.is_base64,
        }


def _is_custom(domain: Any) -> bool:
    return isinstance(domain, str) and ".execute-api." not in domain


def _own(resource: str, parameters: dict[str, Any], path: str) -> str | None:
    """The end of the path that the resource makes with its path parameters; None where they do not tell."""
    filled = _filled(resource, parameters)
    if filled is None or filled == "/":
        return None
    wanted = filled.split("/")[1:]
    found = path.rstrip("/").split("/")[1:][-len(wanted) :]
    # Parameters are percent-encoded as the path is; should a caller decode them, that is no other path.
    if [unquote(segment) for segment in found] in (wanted, [unquote(segment) for segment in wanted]):
        return "/" + "/".join(found)
    return None


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
    filled = "/".join(segments).rstrip("/")
    return filled if filled.startswith("/") else None
