"""Payload format 2.0, which HTTP APIs and function URLs share.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from ..percent import form
from .source import HttpSource, mapping, pairs, text, without_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .request import Request
    from .response import Answer


_OTHERS = frozenset({"connectionId", "elb", "serviceArn", "serviceNetworkArn"})
"""What the request context of another source has."""


class PayloadV2(HttpSource):
    """A source whose requests and answers have payload format 2.0."""

    marks = ("requestContext.http",)

    @staticmethod
    def domain(event: Any) -> str | None:
        """The domain name of a request in format 2.0, empty where it has none; None for anything else."""
        try:
            context = event["requestContext"]
            if (
                event["version"] == "2.0"
                and isinstance(event["rawPath"], str)
                and isinstance(context["http"]["method"], str)
                and context.keys().isdisjoint(_OTHERS)
                and "routeArn" not in event
            ):
                domain = context.get("domainName")
                return domain if isinstance(domain, str) else ""
        except (AttributeError, KeyError, TypeError):
            pass
        return None

    def method(self, event: Any) -> str:
        """`requestContext.http.method`."""
        method: str = event["requestContext"]["http"]["method"]
        return method

    def raw_path(self, event: Any) -> str:
        """`rawPath`."""
        path: str = event["rawPath"]
        return path

    def route_path(self, event: Any, raw: str) -> str:
        """The raw path begins with the stage, unless the stage is `$default`."""
        stage = event["requestContext"].get("stage")
        if stage != "$default":
            raw = without_stage(raw, text(stage))
        return super().route_path(event, raw) if self.app.base_path else raw

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """`rawQueryString`: in `queryStringParameters`, which a test may send alone, repeated values are
        joined by commas for good."""
        raw = text(event.get("rawQueryString"))
        return form(raw) if raw else pairs(event.get("queryStringParameters"))

    def cookies(self, event: Any, request: Request) -> Iterable[str]:
        """`cookies`, which API Gateway takes out of the headers."""
        listed = event.get("cookies")
        cookies = [c for c in listed if isinstance(c, str)] if isinstance(listed, list) else []
        return cookies or super().cookies(event, request)

    def client_ip(self, event: Any, request: Request) -> str | None:
        """`requestContext.http.sourceIp`."""
        return text(mapping(event, "requestContext", "http").get("sourceIp"))

    def claims(self, event: Any) -> dict[str, Any]:
        """What a JWT, Lambda or IAM authorizer found."""
        authorizer = mapping(event, "requestContext", "authorizer")
        for kind, *rest in (("jwt", "claims"), ("lambda",), ("iam",)):
            if kind in authorizer:
                return mapping(authorizer, kind, *rest)
        return authorizer

    def stage(self, event: Any) -> str | None:
        """`requestContext.stage`."""
        return text(mapping(event, "requestContext").get("stage"))

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`."""
        return text(mapping(event, "requestContext").get("requestId"))

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The answer in payload format 2.0."""
        document = {
            "statusCode": answer.status,
            "headers": answer.single(),
            "body": answer.body,
            "isBase64Encoded": answer.is_base64,
        }
        return {**document, "cookies": answer.cookies} if answer.cookies else document
