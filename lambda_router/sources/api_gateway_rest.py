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

from operator import itemgetter

from ..http.source import HttpSource, as_sent, mapping, pairs, text, without_stage
from ..percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..http.request import Request
    from ..http.response import Answer


class ApiGatewayRest(HttpSource):
    """Amazon API Gateway REST APIs, and HTTP APIs with payload format 1.0."""

    name = "api_gateway_rest"
    marks = ("requestContext.resourcePath", "resource")

    @staticmethod
    def recognise(event: Any) -> bool:
        """A proxy request: not of a WebSocket, an authorizer, a load balancer or a Bedrock agent."""
        try:
            context = event["requestContext"]
            return (
                isinstance(event["resource"], str)
                and isinstance(event["path"], str)
                and isinstance(event["httpMethod"], str)
                and isinstance(context, dict)
                and "connectionId" not in context
                and "elb" not in context
                and "methodArn" not in event  # an authorizer's
                and "routeArn" not in event
                and "agent" not in event  # of Bedrock
                and "actionGroup" not in event
            )
        except (KeyError, TypeError):
            return False

    def method(self, event: Any) -> str:
        """`httpMethod`."""
        method: str = event["httpMethod"]
        return method

    def raw_path(self, event: Any) -> str:
        """`path`: behind a custom domain it begins with the base path of the mapping."""
        path: str = event["path"]
        return path

    def route_path(self, event: Any, raw: str) -> str:
        """The end of the path that `resource` stands for; what is before it is a base path, or a stage.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
        """
        resource: str = event["resource"]
        if resource == "/" and _is_custom(mapping(event, "requestContext").get("domainName")):
            return "/"
        whole = resource == raw
        parameters = event.get("pathParameters")
        if not whole:
            try:
                form, values = _TEMPLATES[resource]
                whole = form % values(parameters) == raw
            except Exception:  # a resource that is new, or parameters that are not its
                pass
        if not whole:  # then there is something before it
            own = _end(_filled(resource, parameters), raw)
            raw = own or (without_stage(raw, self.stage(event)) if event.get("version") == "1.0" else raw)
        return super().route_path(event, raw) if self.app.base_path else raw

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


def _filled(resource: str, parameters: Any) -> str:
    """The resource template with its path parameters, or nothing where one is not known."""
    if "{" not in resource:
        return resource
    form, values = _TEMPLATES.get(resource) or _template(resource)
    try:
        found = values(parameters)
    except (KeyError, TypeError):
        return ""
    texts = found if isinstance(found, tuple) else (found,)
    return form % texts if all(isinstance(text, str) for text in texts) else ""


def _end(filled: str, path: str) -> str | None:
    """The end of the path that the filled template stands for; None where it does not tell."""
    filled = filled.rstrip("/")
    if not filled.startswith("/"):
        return None
    wanted = filled.split("/")[1:]
    found = path.rstrip("/").split("/")[1:][-len(wanted) :]
    # Parameters are percent-encoded as the path is; should a caller decode them, that is no other path.
    if [unquote(segment) for segment in found] in (wanted, [unquote(segment) for segment in wanted]):
        return "/" + "/".join(found)
    return None


_TEMPLATES: dict[str, tuple[str, Callable[[Any], Any]]] = {}
"""Resources taken apart; of an API there are at most a few hundred."""


def _template(resource: str) -> tuple[str, Callable[[Any], Any]]:
    """A resource as a format of texts, and what gets these out of the path parameters."""
    segments, names = [], []
    for segment in resource.split("/"):
        if segment.startswith("{") and segment.endswith("}"):
            names.append(segment[1:-1].removesuffix("+"))
            segment = "%s"
        else:
            segment = segment.replace("%", "%%")
        segments.append(segment)
    found = "/".join(segments), itemgetter(*names) if names else lambda parameters: ()
    if len(_TEMPLATES) < 1024:
        _TEMPLATES[resource] = found
    return found
