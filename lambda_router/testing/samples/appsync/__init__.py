"""Contexts that AWS AppSync sends to a resolver's function, one or a batch of them.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference-js.html
https://docs.aws.amazon.com/appsync/latest/devguide/direct-lambda-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["amplify", "batch", "event"]

_ARGUMENTS: dict[str, Any] = {"orderId": "7"}
_SELECTION = ("id", "total")
_HOST = "appsync-api.eu-west-1.amazonaws.com"


def event(
    type: str = "Query",
    field: str = "order",
    arguments: Mapping[str, Any] = _ARGUMENTS,
    *,
    source: Any = None,
    identity: Any = ...,
    selection: Sequence[str] = _SELECTION,
    variables: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    prev: Any = None,
    headers: Mapping[str, str] | None = None,
    username: str = "ada",
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The context of a direct resolver for one field.

    `source` is the parent object, None at the root. `identity` is a user of a pool with this `username` and these
    `groups`, if it is not given; None is what an API key has. `selection` are the fields that are asked for below.
    """
    return {
        "arguments": plain(dict(arguments)),
        "identity": _user(username, groups) if identity is ... else plain(identity),
        "source": plain(source),
        "request": {"headers": _headers(headers)},
        "prev": plain(prev),
        "info": {
            "selectionSetList": list(selection),
            "selectionSetGraphQL": "".join(f"  {name}\n" for name in selection).join(("{\n", "}")),
            "parentTypeName": type,
            "fieldName": field,
            "variables": plain(dict(variables or {})),
        },
        "stash": plain(dict(stash or {})),
    }


def batch(
    type: str = "Order",
    field: str = "customer",
    sources: Sequence[Any] = ({"orderId": "7", "customerId": "c-1"}, {"orderId": "8", "customerId": "c-2"}),
    *,
    arguments: Mapping[str, Any] | Sequence[Mapping[str, Any]] = _ARGUMENTS,
    **parts: Any,
) -> list[dict[str, Any]]:
    """A batch of contexts of one field, one for each parent object; `arguments` are of all alike, or one for each."""
    each = [arguments] * len(sources) if isinstance(arguments, Mapping) else list(arguments)
    if len(each) != len(sources):
        raise SampleError(f"arguments for {len(each)} contexts, and there are {len(sources)} sources")
    first = event(type, field, **parts)
    return [
        {**plain(first), "arguments": plain(dict(given)), "source": plain(source)}
        for given, source in zip(each, sources, strict=True)
    ]


def amplify(
    type: str = "Query", field: str = "order", arguments: Mapping[str, Any] = _ARGUMENTS, **parts: Any
) -> dict[str, Any]:
    """What Amplify's `@function` sends: the names of type and field at the top, and no `info`."""
    made = event(type, field, arguments, **parts)
    return {
        "typeName": type,
        "fieldName": field,
        **{key: made[key] for key in ("arguments", "identity", "source", "request", "prev")},
    }


def _user(username: str, groups: Sequence[str] | None) -> dict[str, Any]:
    subject = stamps.uuid()
    issuer = f"https://id.example.com/{stamps.REGION}_AbCdEfGhI"
    claims = {"sub": subject, "iss": issuer, "cognito:username": username, "token_use": "access"}
    return {
        "claims": claims,
        "defaultAuthStrategy": "ALLOW",
        "groups": None if groups is None else list(groups),
        "issuer": issuer,
        "sourceIp": [stamps.CLIENT_IP],
        "sub": subject,
        "username": username,
    }


def _headers(given: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "host": f"{stamps.hexadecimal(26)}.{_HOST}",
        "content-type": "application/json",
        "x-amzn-trace-id": stamps.trace_id(),
        "x-forwarded-for": f"{stamps.CLIENT_IP}, 198.51.100.9",
        **{name.lower(): value for name, value in (given or {}).items()},
    }
