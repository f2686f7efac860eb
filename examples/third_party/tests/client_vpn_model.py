"""What an endpoint of AWS Client VPN takes from its connection handler.

https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/connection-authorization.html

All four fields are required; an answer in another form denies the connection.
"""

from __future__ import annotations

from typing import Any

LONGEST = 255


def check(answer: Any, event: Any) -> None:
    """AssertionError, naming the field, unless the endpoint would do as the function says."""
    assert isinstance(answer, dict), "$: no object"
    version = event["schema-version"]
    message = f"error-msg-on-{'failed-posture-compliance' if version == 'v1' else 'denied-connection'}"
    named = {"allow", message, "posture-compliance-statuses", "schema-version"}
    assert answer.keys() == named, f"$: {sorted(map(str, answer.keys() ^ named))}"
    assert type(answer["allow"]) is bool, "$.allow: neither true nor false"
    assert isinstance(answer[message], str), f"$.{message}: no text"
    assert len(answer[message]) <= LONGEST, f"$.{message}: more than {LONGEST} characters"
    statuses = answer["posture-compliance-statuses"]
    assert isinstance(statuses, list), "$.posture-compliance-statuses: no list"
    assert len(statuses) <= 10, "$.posture-compliance-statuses: more than ten"
    assert all(isinstance(one, str) for one in statuses), "$.posture-compliance-statuses: not all texts"
    assert answer["schema-version"] == version, "$.schema-version: not the event's"


RIGHT: dict[str, Any] = {
    "allow": True,
    "error-msg-on-denied-connection": "",
    "posture-compliance-statuses": [],
    "schema-version": "v2",
}
EVENT = {"connection-id": "c", "endpoint-id": "e", "schema-version": "v2"}
WRONG: list[tuple[Any, Any, str]] = [
    (None, EVENT, "nothing"),
    ("allow", EVENT, "a text"),
    ([RIGHT], EVENT, "a list"),
    ({}, EVENT, "no field"),
    ({"allow": True}, EVENT, "one field"),
    *[({k: v for k, v in RIGHT.items() if k != name}, EVENT, f"no {name}") for name in RIGHT],
    ({**RIGHT, "allow": "true"}, EVENT, "a text for true"),
    ({**RIGHT, "allow": 1}, EVENT, "a number for true"),
    ({**RIGHT, "error-msg-on-denied-connection": None}, EVENT, "no message"),
    ({**RIGHT, "error-msg-on-denied-connection": "x" * 256}, EVENT, "a long message"),
    ({**RIGHT, "posture-compliance-statuses": {}}, EVENT, "no list of statuses"),
    ({**RIGHT, "posture-compliance-statuses": ["x"] * 11}, EVENT, "eleven statuses"),
    ({**RIGHT, "schema-version": "v1"}, EVENT, "another version"),
    ({**RIGHT, "reason": "x"}, EVENT, "an unknown field"),
]
