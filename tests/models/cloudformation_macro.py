"""What AWS CloudFormation takes for an answer of a macro.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html

The answer names the request that it is of, and says `success` in any case; then it has the fragment that takes the place
of the one that was sent. Any other status is a failure, of which `errorMessage` is shown.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

FIELDS = {"requestId", "status", "fragment", "errorMessage"}


def check(answer: Any, event: Any) -> None:
    """Refuse what would fail the template for another reason than the macro gives."""
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() <= FIELDS, f"$ has unknown fields {sorted(map(str, answer.keys() - FIELDS))}")
    need(answer.get("requestId") == event["requestId"], "$.requestId is not the request's")
    need(isinstance(answer.get("status"), str) and answer["status"] != "", "$.status is no text")
    message = answer.get("errorMessage")
    need(message is None or isinstance(message, str), "$.errorMessage is no text")
    if answer["status"].lower() == "success":
        need(answer.get("fragment") is not None, "$.fragment is missing")
    json.dumps(answer, allow_nan=False).encode()


_EVENT: dict[str, Any] = {
    "region": "eu-west-1",
    "accountId": "123456789012",
    "fragment": {"Resources": {}},
    "transformId": "123456789012::Upper",
    "params": {},
    "requestId": "r-1",
    "templateParameterValues": {},
}


def _answer(why: str, *, without: str = "", **fields: Any) -> tuple[Any, Any, str]:
    given = {"requestId": "r-1", "status": "success", "fragment": {"Resources": {}}, **fields}
    return {key: value for key, value in given.items() if key != without}, _EVENT, why


RIGHT: list[Any] = [
    {"requestId": "r-1", "status": "success", "fragment": {}},
    {"requestId": "r-1", "status": "SUCCESS", "fragment": "text"},
    {"requestId": "r-1", "status": "failure", "errorMessage": "no"},
    {"requestId": "r-1", "status": "failed"},
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, _EVENT, "nothing at all"),
    ({"Resources": {}}, _EVENT, "the fragment alone"),
    ("success", _EVENT, "the status alone"),
    ([], _EVENT, "an array"),
    _answer("no request id", without="requestId"),
    _answer("another request's id", requestId="r-2"),
    _answer("an id that is no text", requestId=1),
    _answer("no status", without="status"),
    _answer("an empty status", status=""),
    _answer("a status that is no text", status=True),
    _answer("success without a fragment", without="fragment"),
    _answer("success with a fragment that is null", fragment=None),
    _answer("a message that is no text", errorMessage={"text": "no"}),
    _answer("an unknown field", Status="success"),
    _answer("a body, as of an HTTP answer", body="{}"),
]
"""Answers that CloudFormation refuses, each with the event and what is wrong with it."""

__all__ = ["RIGHT", "WRONG", "Refused", "check"]
