"""Amazon VPC Lattice services with a Lambda target group, event version 2.

Invoked by
    VPC Lattice, synchronously.
Answer
    Status, headers with one value each, and body.
An exception
    Is answered with a 500 that holds a correlation id and no detail.
See
    https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from ..http.source import HttpSource, mapping, pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..http.response import Answer


class VpcLatticeV2(HttpSource):
    """Amazon VPC Lattice, event version 2."""

    name = "vpc_lattice_v2"
    marks = ("requestContext.serviceNetworkArn", "requestContext.serviceArn")

    @staticmethod
    def recognise(event: Any) -> bool:
        """Version 2.0 with a service or service network: the other formats of that version have neither."""
        if not isinstance(event, dict) or event.get("version") != "2.0":
            return False
        context = event.get("requestContext")
        return (
            isinstance(event.get("path"), str)
            and isinstance(event.get("method"), str)
            and isinstance(context, dict)
            and ("serviceNetworkArn" in context or "serviceArn" in context)
        )

    def method(self, event: Any) -> str:
        """`method`."""
        method: str = event["method"]
        return method

    def raw_path(self, event: Any) -> str:
        """`path`, without a query should it hold one."""
        return str(event["path"]).partition("?")[0]

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """`queryStringParameters`, lists of values; a sample of AWS spells it `query_string_parameters`."""
        return pairs(event.get("queryStringParameters") or event.get("query_string_parameters"))

    def claims(self, event: Any) -> dict[str, Any]:
        """`requestContext.identity` of a signed request; for any other it names no more than the caller's VPC."""
        identity = mapping(event, "requestContext", "identity")
        return identity if "type" in identity or "principal" in identity else {}

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The answer."""
        return {
            "isBase64Encoded": answer.is_base64,
            "statusCode": answer.status,
            "headers": answer.spelt(),
            "body": answer.body,
        }
