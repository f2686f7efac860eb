"""Amazon API Gateway HTTP APIs with payload format 2.0.

Invoked by
    API Gateway, synchronously: it waits up to 30 seconds.
Answer
    Status, headers, cookies and body; always the whole envelope, so that API Gateway never has to infer one.
An exception
    Is answered with a 500 that holds a correlation id and no detail.
See
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from ..http.payload_v2 import PayloadV2
from ..http.source import as_sent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ApiGatewayHttp(PayloadV2):
    """Amazon API Gateway HTTP APIs, payload format 2.0."""

    name = "api_gateway_http"

    @staticmethod
    def recognise(event: Any) -> bool:
        """Payload format 2.0, and not the domain of a function URL."""
        domain = PayloadV2.domain(event)
        return domain is not None and ".lambda-url." not in domain

    def is_encoded(self, event: Any, path: str) -> bool:
        """API Gateway decodes the path; a path that shows no sign of that is as a test or an emulator sent it."""
        return as_sent(path)
