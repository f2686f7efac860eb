"""What Lambda sends to a function's destination.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from typing import Any

from .. import stamps
from ..payloads import plain

__all__ = ["event", "failure", "stream", "success"]

_REQUEST: Any = {"order_id": 7}
_RESPONSE: Any = {"paid": True}
_ERROR = {"errorMessage": "no such order", "errorType": "LookupError", "stackTrace": []}


def event(
    function: str = "orders",
    request: Any = _REQUEST,
    *,
    condition: str = "RetriesExhausted",
    response: Any = _ERROR,
    function_error: str | None = "Unhandled",
    attempts: int = 3,
    request_id: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """An invocation that has ended as `condition` says; `function` is a name or an ARN, `request` any JSON value."""
    succeeded = condition == "Success"
    error = {} if succeeded else {"functionError": function_error}
    answered = condition != "EventAgeExceeded"
    told = {"statusCode": 200, "executedVersion": "$LATEST", **error}
    return {
        "version": "1.0",
        "timestamp": stamps.Moment().iso_millis,
        "requestContext": {
            "requestId": request_id or stamps.uuid(),
            "functionArn": f"{_arn(function, region, account)}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": 1 if succeeded else attempts,
        },
        "requestPayload": plain(request),
        **({"responseContext": told, "responsePayload": plain(response)} if answered else {}),
    }


def failure(function: str = "orders", request: Any = _REQUEST, **parts: Any) -> dict[str, Any]:
    """An invocation that has failed for the last time: as `event`."""
    return event(function, request, **parts)


def success(
    function: str = "orders", request: Any = _REQUEST, *, response: Any = _RESPONSE, **parts: Any
) -> dict[str, Any]:
    """An invocation that has succeeded, and what it returned: as `event`."""
    asked: dict[str, Any] = {"condition": "Success", "response": response, **parts}
    return event(function, request, **asked)


def stream(
    function: str = "orders",
    *,
    stream: str = "clicks",
    condition: str = "RetryAttemptsExhausted",
    batch_size: int = 3,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of a Kinesis stream that a mapping has given up, as its queue or topic gets it: without the records."""
    arn = _arn(function, region, account)
    _, _, _, region, account, _ = arn.split(":", 5)
    first = stamps.number(56)
    answered = condition == "RetryAttemptsExhausted"
    told = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    moment = stamps.Moment().iso_millis
    return {
        "requestContext": {
            "requestId": stamps.uuid(),
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": 1,
        },
        **({"responseContext": told} if answered else {}),
        "version": "1.0",
        "timestamp": moment,
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000001",
            "startSequenceNumber": str(first),
            "endSequenceNumber": str(first + batch_size - 1),
            "approximateArrivalOfFirstRecord": moment,
            "approximateArrivalOfLastRecord": moment,
            "batchSize": batch_size,
            "streamArn": f"arn:aws:kinesis:{region}:{account}:stream/{stream}",
        },
    }


def _arn(function: str, region: str, account: str) -> str:
    return (
        function if function.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{function}"
    )
