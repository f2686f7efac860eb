"""Payload format 2.0, which HTTP APIs and function URLs share.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from .source import HttpSource, mapping, single_headers, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .request import Request
    from .response import Response


class PayloadV2(HttpSource):
    """A source whose requests and answers have payload format 2.0."""

    marks = ("requestContext.http",)

    @staticmethod
    def domain(event: Any) -> str | None:
        """The domain name (empty where the event has none) of a request in format 2.0; None for anything else."""
        if not (
            isinstance(event, dict)
            and event.get("version") == "2.0"
            and isinstance(event.get("rawPath"), str)
        ):
            return None
        context = event.get("requestContext")
        if not (isinstance(context, dict) and isinstance(mapping(context, "http").get("method"), str)):
            return None
        if {"connectionId", "elb", "serviceArn", "serviceNetworkArn"} & context.keys() or "routeArn" in event:
            return None
        return text(context.get("domainName")) or ""

    def method(self, event: Any) -> str:
        """`requestContext.http.method`."""
        return str(event["requestContext"]["http"]["method"])

    def raw_path(self, event: Any) -> str:
        """`rawPath`."""
        return str(event["rawPath"])

    def route_path(self, event: Any, raw: str) -> str:
        """The raw path begins with the stage, unless the stage is `$default`."""
        stage = self.stage(event)
        if stage and stage != "$default" and (raw == f"/{stage}" or raw.startswith(f"/{stage}/")):
            raw = raw[len(stage) + 1 :] or "/"
        return super().route_path(event, raw)

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """`rawQueryString`: in `queryStringParameters` repeated values are joined by commas for good."""
        return parse_qsl(text(event.get("rawQueryString")) or "", keep_blank_values=True)

    def cookies(self, event: Any, request: Request) -> Iterable[str]:
        """`cookies`, which API Gateway takes out of the headers."""
        listed = event.get("cookies")
        cookies = [c for c in listed if isinstance(c, str)] if isinstance(listed, list) else []
        return cookies or super().cookies(event, request)

    def client_ip(self, event: Any, request: Request) -> str | None:
        """`requestContext.http.sourceIp`."""
        return text(event["requestContext"]["http"].get("sourceIp"))

    def claims(self, event: Any) -> dict[str, Any]:
        """What a JWT, Lambda or IAM authorizer found."""
        authorizer = mapping(event, "requestContext", "authorizer")
        for found in (
            mapping(authorizer, "jwt", "claims"),
            mapping(authorizer, "lambda"),
            mapping(authorizer, "iam"),
        ):
            if found:
                return found
        return authorizer

    def stage(self, event: Any) -> str | None:
        """`requestContext.stage`."""
        return text(event["requestContext"].get("stage"))

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`."""
        return text(event["requestContext"].get("requestId"))

    def wire(self, response: Response, event: Any) -> dict[str, Any]:
        """The answer in payload format 2.0."""
        document = {
            "statusCode": response.status,
            "headers": single_headers(response),
            "body": response.body,
            "isBase64Encoded": response.is_base64,
        }
        cookies = [v for name, v in response.headers if name.lower() == "set-cookie"] + response.cookies
        return {**document, "cookies": cookies} if cookies else document
