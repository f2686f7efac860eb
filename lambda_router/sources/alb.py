"""Application Load Balancers with a Lambda target group.

Invoked by
    The load balancer, synchronously: it waits as long as the function may run.
Answer
    Status, description, headers (at most 32 KB) and body, at most 1 MB in all. Headers go out in the style in
    which they came: with multi-value headers on, a `headers` map is ignored, and the reverse. Health checks
    are answered 200 unless routed.
An exception
    Is answered with a 500 that holds a correlation id and no detail; raised, it would be a bare 502.
See
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

from ..http.response import Response, phrase
from ..http.source import HttpSource, pairs
from ..percent import unquote_plus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..http.response import Answer, Document
    from ..invocation import Invocation


class Alb(HttpSource):
    """Application Load Balancers."""

    name = "alb"
    marks = ("requestContext.elb",)
    limit = 1_048_576
    header_limit = 32_768

    @staticmethod
    def recognise(event: Any) -> bool:
        """`requestContext.elb` is a load balancer's alone."""
        return (
            isinstance(event, dict)
            and isinstance(event.get("requestContext"), dict)
            and isinstance(event["requestContext"].get("elb"), dict)
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
        )

    def method(self, event: Any) -> str:
        """`httpMethod`."""
        method: str = event["httpMethod"]
        return method

    def raw_path(self, event: Any) -> str:
        """`path`."""
        path: str = event["path"]
        return path

    def headers(self, event: Any) -> Iterable[tuple[str, str]]:
        """`multiValueHeaders` where the target group has them on, else `headers`."""
        return pairs(event.get("multiValueHeaders") or event.get("headers"))

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """The query parameters, which a load balancer does not decode."""
        found = pairs(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))
        return [(unquote_plus(name), unquote_plus(value)) for name, value in found]

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The `x-amzn-trace-id` header."""
        return next((value for name, value in self.headers(event) if name.lower() == "x-amzn-trace-id"), None)

    def run(self, invocation: Invocation) -> Response | Document:
        """As for any HTTP request; a health check that no route takes is healthy."""
        response = super().run(invocation)
        unrouted = invocation.route is None and response.status in (404, 405)
        return Response(status=200) if unrouted and self.is_health_check(invocation.event) else response

    def is_health_check(self, event: Any) -> bool:
        """Whether the load balancer itself asks."""
        agents = [value for name, value in self.headers(event) if name.lower() == "user-agent"]
        return any(agent.startswith("ELB-HealthChecker/") for agent in agents)

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The answer in the header style of the request."""
        headers = (
            {"multiValueHeaders": answer.multiple()}
            if isinstance(event.get("multiValueHeaders"), dict)
            else {"headers": answer.spelt()}
        )
        return {
            "isBase64Encoded": answer.is_base64,
            "statusCode": answer.status,
            "statusDescription": f"{answer.status} {phrase(answer.status)}",
            **headers,
            "body": answer.body,
        }
