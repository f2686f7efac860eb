"""Amazon VPC Lattice services with a Lambda target group, event version 1 (the default).

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

from ..http.source import HttpSource, pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..http.response import Answer


class VpcLattice(HttpSource):
    """Amazon VPC Lattice, event version 1."""

    name = "vpc_lattice"
    marks = ("raw_path",)

    @staticmethod
    def recognise(event: Any) -> bool:
        """`raw_path` in snake case, with a method and headers."""
        return (
            isinstance(event, dict)
            and isinstance(event.get("raw_path"), str)
            and isinstance(event.get("method"), str)
            and isinstance(event.get("headers"), dict)
            and "requestContext" not in event
        )

    def method(self, event: Any) -> str:
        """`method`."""
        method: str = event["method"]
        return method

    def raw_path(self, event: Any) -> str:
        """`raw_path`, without a query should it hold one."""
        return str(event["raw_path"]).partition("?")[0]

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """`query_string_parameters`: the last of repeated values."""
        return pairs(event.get("query_string_parameters"))

    def body(self, event: Any) -> tuple[Any, bool]:
        """`body` and `is_base64_encoded`."""
        return event.get("body"), event.get("is_base64_encoded") is True

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The answer."""
        return {
            "isBase64Encoded": answer.is_base64,
            "statusCode": answer.status,
            "headers": answer.spelt(),
            "body": answer.body,
        }
