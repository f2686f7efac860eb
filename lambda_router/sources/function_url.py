"""AWS Lambda function URLs.

Invoked by
    The URL, synchronously: it waits as long as the function may run.
Answer
    Status, headers, cookies and body in payload format 2.0: always the whole envelope, so that nothing is
    inferred.
An exception
    Is answered with a 500 that holds a correlation id and no detail; raised, it would be a bare 502.
See
    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from ..http.payload_v2 import PayloadV2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class FunctionUrl(PayloadV2):
    """AWS Lambda function URLs."""

    name = "function_url"

    @staticmethod
    def recognise(event: Any) -> bool:
        """Payload format 2.0 under a function URL's domain: nothing else tells it from an HTTP API."""
        domain = PayloadV2.domain(event)
        return domain is not None and ".lambda-url." in domain
