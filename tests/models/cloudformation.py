"""What AWS CloudFormation takes for the answer to a request for a custom resource: one document, put to the request's URL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-custom-resource.html

An answer is the list of the bodies that were put and accepted, in bytes: `[b'{"Status": ...}']`.
"""

from __future__ import annotations

import json
from typing import Any

from . import Refused, need

LIMIT = 4096
LONGEST_ID = 1024
REQUIRED = {"Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"}
OPTIONAL = {"Reason", "NoEcho", "Data"}


def check(answer: Any, event: Any) -> None:
    """Refused, naming the field, unless this is the one answer that the event asks for."""
    need(isinstance(answer, list) and len(answer) == 1, "$: not exactly one document")
    (body,) = answer
    need(isinstance(body, bytes), "$: not bytes")
    need(len(body) <= LIMIT, f"$: {len(body)} bytes")
    document = _json(body)
    need(isinstance(document, dict), "$: not an object")
    for missing in sorted(REQUIRED - document.keys()):
        raise Refused(f"$.{missing}: missing")
    for unknown in sorted(document.keys() - REQUIRED - OPTIONAL):
        raise Refused(f"$.{unknown}: unknown")
    need(document["Status"] in ("SUCCESS", "FAILED"), "$.Status: neither SUCCESS nor FAILED")
    if document["Status"] == "FAILED":
        need(isinstance(document.get("Reason"), str) and document["Reason"], "$.Reason: missing on FAILED")
    need(isinstance(document.get("Reason", ""), str), "$.Reason: not a text")
    for copied in ("StackId", "RequestId", "LogicalResourceId"):
        need(document[copied] == event[copied], f"$.{copied}: not the request's")
    _physical_id(document, event)
    need(isinstance(document.get("NoEcho", False), bool), "$.NoEcho: not true or false")
    need(isinstance(document.get("Data", {}), dict), "$.Data: not an object")


def _json(body: bytes) -> Any:
    def refuse(constant: str) -> None:
        raise Refused(f"$: {constant} is not JSON")

    try:
        return json.loads(body.decode("utf-8"), parse_constant=refuse)
    except Refused:
        raise
    except ValueError:
        raise Refused("$: not JSON in UTF-8") from None


def _physical_id(document: Any, event: Any) -> None:
    given = document["PhysicalResourceId"]
    need(isinstance(given, str) and given, "$.PhysicalResourceId: empty or not a text")
    need(len(given.encode("utf-8", "surrogatepass")) <= LONGEST_ID, "$.PhysicalResourceId: over 1 KB")
    kept = event.get("RequestType") == "Delete" or (
        event.get("RequestType") == "Update" and document["Status"] == "FAILED"
    )
    if kept and event.get("PhysicalResourceId"):
        need(given == event["PhysicalResourceId"], "$.PhysicalResourceId: not the resource's own")


EVENT: dict[str, Any] = {
    "RequestType": "Update",
    "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/guid",
    "RequestId": "request-1",
    "LogicalResourceId": "Bucket",
    "PhysicalResourceId": "bucket-1",
}

_RIGHT: dict[str, Any] = {
    "Status": "FAILED",
    "Reason": "no room",
    "PhysicalResourceId": "bucket-1",
    "StackId": EVENT["StackId"],
    "RequestId": "request-1",
    "LogicalResourceId": "Bucket",
}


def _with(**parts: Any) -> list[bytes]:
    return [json.dumps({key: v for key, v in {**_RIGHT, **parts}.items() if v is not ...}).encode()]


RIGHT = [
    _with(),
    _with(Status="SUCCESS", PhysicalResourceId="bucket-2", Reason=..., Data={"Arn": "a"}, NoEcho=True),
]

WRONG: list[tuple[Any, Any, str]] = [
    ([], EVENT, "no answer: the stack hangs"),
    (_with() * 2, EVENT, "two answers"),
    ([_RIGHT], EVENT, "not encoded"),
    ([b"{"], EVENT, "not JSON"),
    ([b"[]"], EVENT, "an array"),
    ([json.dumps({**_RIGHT, "Data": {"a": float("nan")}}).encode()], EVENT, "NaN"),
    ([json.dumps(_RIGHT).encode("utf-16")], EVENT, "not UTF-8"),
    (_with(Reason="x" * 4096), EVENT, "over 4,096 bytes"),
    (_with(Status="OK"), EVENT, "an unknown status"),
    (_with(Status=...), EVENT, "no status"),
    (_with(Reason=...), EVENT, "FAILED without a reason"),
    (_with(Reason=""), EVENT, "FAILED with an empty reason"),
    (_with(Status="SUCCESS", Reason=7), EVENT, "a reason that is no text"),
    (_with(StackId="another"), EVENT, "another stack's"),
    (_with(RequestId="request-0"), EVENT, "the previous request's"),
    (_with(LogicalResourceId=...), EVENT, "no logical id"),
    (_with(PhysicalResourceId=""), EVENT, "an empty physical id, as crhelper sends on a time-out"),
    (_with(PhysicalResourceId=...), EVENT, "no physical id"),
    (_with(PhysicalResourceId="x" * 1025), EVENT, "a physical id over 1 KB"),
    (_with(PhysicalResourceId="bucket-2"), EVENT, "another physical id on a failed update"),
    (
        _with(Status="SUCCESS", PhysicalResourceId="b"),
        {**EVENT, "RequestType": "Delete"},
        "another one on a delete",
    ),
    (_with(Data=[1]), EVENT, "data that is an array"),
    (_with(Data="a"), EVENT, "data that is a text"),
    (_with(NoEcho="true"), EVENT, "NoEcho that is a text"),
    (_with(Message="hello"), EVENT, "a key that CloudFormation does not know"),
]
