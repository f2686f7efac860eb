"""What AWS AppSync takes for an answer of a Lambda authorizer.

https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html

A boolean, values for resolvers (flat, 5 MB at most), fields that become null (`Type.field` or a field's ARN) and for how
many seconds the answer is kept.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

CONTEXT_LIMIT = 5 * 1024 * 1024
KNOWN = {"isAuthorized", "resolverContext", "deniedFields", "ttlOverride"}


def check(answer: Any, event: Any) -> None:
    """Refuse what would refuse everybody, or leave readable what was meant to be denied."""
    need(isinstance(answer, dict), "$ is no object")
    need(type(answer.get("isAuthorized")) is bool, "$.isAuthorized is no boolean")
    for key in answer:
        need(key in KNOWN, f"$.{key} is unknown")
    if "resolverContext" in answer:
        context(answer["resolverContext"])
    if "deniedFields" in answer:
        fields(answer["deniedFields"])
    if "ttlOverride" in answer:
        kept = answer["ttlOverride"]
        need(type(kept) is int and 0 <= kept <= 3600, "$.ttlOverride is no number of seconds up to an hour")


def context(value: Any) -> None:
    need(isinstance(value, dict), "$.resolverContext is no object")
    size = len(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    need(size <= CONTEXT_LIMIT, "$.resolverContext is larger than 5 MB")
    for key, one in value.items():
        flat = one is None or isinstance(one, str | int | float | bool)
        need(isinstance(key, str) and flat, f"$.resolverContext.{key} is not flat")


def fields(value: Any) -> None:
    need(isinstance(value, list), "$.deniedFields is no array")
    for number, one in enumerate(value):
        at = f"$.deniedFields[{number}]"
        need(isinstance(one, str), f"{at} is no text")
        names = one.split(".")
        if one.startswith("arn:"):
            resource = one.split(":", 5)[-1].split("/")
            need(one.split(":")[2:3] == ["appsync"], f"{at} is another service's ARN")
            names = resource[3::2]
            need(resource[::2] == ["apis", "types", "fields"], f"{at} is no field's ARN")
        need(len(names) == 2 and all(named(name) for name in names), f"{at} is no Type.field")


def named(name: str) -> bool:
    """Whether GraphQL has such names."""
    return name.isascii() and name.isidentifier()


ARN = "arn:aws:appsync:eu-west-1:123456789012:apis/a1b2c3"
WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    (True, None, "a boolean"),
    ("Unauthorized", None, "a text"),
    ([True], None, "an array"),
    ({}, None, "nothing"),
    ({"isAuthorized": "true"}, None, "a text for a boolean"),
    ({"isAuthorized": 1}, None, "a number for a boolean"),
    ({"isAuthorized": None}, None, "null for a boolean"),
    ({"resolverContext": {}}, None, "no decision"),
    ({"principalId": "u", "policyDocument": {}}, None, "a policy"),
    ({"isAuthorized": True, "context": {}}, None, "a field of API Gateway"),
    ({"isAuthorized": True, "resolverContext": "x"}, None, "a context that is a text"),
    ({"isAuthorized": True, "resolverContext": {"roles": ["admin"]}}, None, "a list in the context"),
    ({"isAuthorized": True, "resolverContext": {"user": {"id": 7}}}, None, "an object in the context"),
    ({"isAuthorized": True, "resolverContext": {"a": "x" * CONTEXT_LIMIT}}, None, "more than 5 MB"),
    ({"isAuthorized": True, "deniedFields": "Query.a"}, None, "one field without a list"),
    ({"isAuthorized": True, "deniedFields": ["secret"]}, None, "a field without its type"),
    ({"isAuthorized": True, "deniedFields": ["Query.a.b"]}, None, "a path"),
    ({"isAuthorized": True, "deniedFields": ["Query.*"]}, None, "a wildcard"),
    ({"isAuthorized": True, "deniedFields": [f"{ARN}/types/Query"]}, None, "the ARN of a type"),
    ({"isAuthorized": True, "deniedFields": [f"{ARN}/types/Query/fields/"]}, None, "an ARN without a field"),
    ({"isAuthorized": True, "deniedFields": [7]}, None, "a field that is a number"),
    ({"isAuthorized": True, "ttlOverride": "60"}, None, "seconds that are a text"),
    ({"isAuthorized": True, "ttlOverride": 1.5}, None, "a fraction of a second"),
    ({"isAuthorized": True, "ttlOverride": True}, None, "seconds that are a boolean"),
    ({"isAuthorized": True, "ttlOverride": -1}, None, "less than nothing"),
    ({"isAuthorized": True, "ttlOverride": 3601}, None, "more than an hour"),
]
"""Answers that are refused, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
