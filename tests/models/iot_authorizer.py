"""What AWS IoT Core takes for an answer of a custom authorizer.

https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html

Who is not authenticated is closed out, and the rest of the answer is not read. Else there are a principal of 1 to 128
letters and digits, up to ten policies of AWS IoT of up to 2,048 characters, as objects or as JSON text, and for how many
seconds the connection and the policies hold: 300 to 86,400.
"""

from __future__ import annotations

import json
import re
from typing import Any

from models import Refused, need

FIELDS = {
    *("isAuthenticated", "principalId", "policyDocuments"),
    *("disconnectAfterInSeconds", "refreshAfterInSeconds"),
}


def check(answer: Any, event: Any) -> None:
    """Refuse what would close the connection of who is let in, or is no answer."""
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() <= FIELDS, f"$ has unknown fields {sorted(map(str, answer.keys() - FIELDS))}")
    need(type(answer.get("isAuthenticated")) is bool, "$.isAuthenticated is no flag")
    json.dumps(answer, allow_nan=False).encode()
    if not answer["isAuthenticated"]:
        return
    principal = answer.get("principalId")
    need(
        isinstance(principal, str) and re.fullmatch("[a-zA-Z0-9]{1,128}", principal),
        "$.principalId is not of letters and digits",
    )
    for key in ("disconnectAfterInSeconds", "refreshAfterInSeconds"):
        seconds = answer.get(key)
        need(type(seconds) is int and 300 <= seconds <= 86_400, f"$.{key} is not from 300 to 86,400")
    policies = answer.get("policyDocuments")
    need(isinstance(policies, list), "$.policyDocuments is no array")
    need(1 <= len(policies) <= 10, "$.policyDocuments are not one to ten")
    for policy in policies:
        _policy(policy)


def _policy(given: Any) -> None:
    at = "$.policyDocuments"
    if isinstance(given, str):
        need(len(given) <= 2_048, f"{at} has a policy of more than 2,048 characters")
        try:
            given = json.loads(given)
        except ValueError:
            raise Refused(f"{at} has what is no JSON") from None
    need(isinstance(given, dict), f"{at} has what is no policy")
    text = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    need(len(text) <= 2_048, f"{at} has a policy of more than 2,048 characters")
    need(given.get("Version") == "2012-10-17", f"{at}.Version is not taken")
    statements = given.get("Statement")
    need(isinstance(statements, list) and statements, f"{at}.Statement is no array")
    for statement in statements:
        need(isinstance(statement, dict), f"{at}.Statement has what is no statement")
        need(statement.get("Effect") in ("Allow", "Deny"), f"{at}.Effect is not taken")
        for key, start in (("Action", "iot:"), ("Resource", "arn:")):
            value = statement.get(key)
            some = value if isinstance(value, list) else [value]
            need(
                some and all(isinstance(one, str) and (one == "*" or one.startswith(start)) for one in some),
                f"{at}.{key} is not of AWS IoT",
            )


_EVENT: dict[str, Any] = {
    "token": "t",
    "signatureVerified": True,
    "protocols": ["tls", "mqtt"],
    "protocolData": {"mqtt": {"clientId": "fern"}},
    "connectionMetadata": {"id": "c-1"},
}
STATEMENT: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "iot:Connect",
    "Resource": "arn:aws:iot:eu-west-1:123456789012:client/fern",
}
POLICY: dict[str, Any] = {"Version": "2012-10-17", "Statement": [STATEMENT]}


def _answer(why: str, *, without: str = "", **fields: Any) -> tuple[Any, Any, str]:
    given = {
        "isAuthenticated": True,
        "principalId": "fern",
        "disconnectAfterInSeconds": 86_400,
        "refreshAfterInSeconds": 300,
        "policyDocuments": [POLICY],
        **fields,
    }
    return {key: value for key, value in given.items() if key != without}, _EVENT, why


def _policies(why: str, *policies: Any) -> tuple[Any, Any, str]:
    return _answer(why, policyDocuments=list(policies))


RIGHT: list[Any] = [
    {"isAuthenticated": False},
    _answer("")[0],
    _policies("", json.dumps(POLICY), POLICY)[0],
    _answer("", isAuthenticated=False, policyDocuments=[])[0],
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, _EVENT, "nothing at all"),
    (True, _EVENT, "a flag alone"),
    ([], _EVENT, "an array"),
    ({}, _EVENT, "an empty object"),
    _answer("a flag that is text", isAuthenticated="true"),
    _answer("the flag of another service", isAuthorized=True),
    _answer("no principal", without="principalId"),
    _answer("a principal with a dash", principalId="user-7"),
    _answer("an empty principal", principalId=""),
    _answer("a principal of 129 characters", principalId="a" * 129),
    _answer("a principal that ends in a line break", principalId="fern\n"),
    _answer("too short a connection", disconnectAfterInSeconds=299),
    _answer("too long a connection", disconnectAfterInSeconds=86_401),
    _answer("no end of the connection", without="disconnectAfterInSeconds"),
    _answer("a refresh that is text", refreshAfterInSeconds="300"),
    _answer("too late a refresh", refreshAfterInSeconds=100_000),
    _answer("no policies", without="policyDocuments"),
    _policies("none of them"),
    _policies("eleven of them", *[POLICY] * 11),
    _answer("one that is in no array", policyDocuments=POLICY),
    _policies("a text that is no JSON", "allow"),
    _policies("a number", 7),
    _policies("a policy that is too long", {**POLICY, "Id": "x" * 2_048}),
    _policies("a policy of another version", {**POLICY, "Version": "2008-10-17"}),
    _policies("a policy without statements", {"Version": "2012-10-17", "Statement": []}),
    _policies("an effect in lower case", {**POLICY, "Statement": [{**STATEMENT, "Effect": "allow"}]}),
    _policies("another service's action", {**POLICY, "Statement": [{**STATEMENT, "Action": "s3:GetObject"}]}),
    _policies("a resource that is no ARN", {**POLICY, "Statement": [{**STATEMENT, "Resource": "client/x"}]}),
]
"""Answers that AWS IoT refuses, each with the event and what is wrong with it."""

__all__ = ["POLICY", "RIGHT", "WRONG", "Refused", "check"]
