"""Patterns of EventBridge held to each other: each rule that an event matches calls the function once more."""

from __future__ import annotations

import json
from typing import Any

from lambda_router.criteria import literal, meet

__all__ = ["ANY_EVENT", "covers", "is_apart"]

ANY_EVENT = {"source": [{"prefix": ""}]}


def covers(wide: Any, narrow: Any) -> bool:
    """Whether a pattern of EventBridge is certain to match all that another matches."""
    if isinstance(wide, dict) and isinstance(narrow, dict):
        return wide == ANY_EVENT or all(
            key in narrow and covers(one, narrow[key]) for key, one in wide.items()
        )
    if not (isinstance(wide, list) and isinstance(narrow, list)):
        return False
    return all(
        json.dumps(one) in map(json.dumps, wide)
        or (isinstance(one, str) and any(_may_be(one, it) for it in wide))
        for one in narrow
    )


def is_apart(one: Any, other: Any) -> bool:
    """Whether no event matches two patterns of EventBridge, but for lists in its detail."""
    if isinstance(one, dict) and isinstance(other, dict):
        shared = (one.keys() & other.keys()) - {"$or", "resources"}
        return any(is_apart(one[key], other[key]) for key in shared)
    texts = [*(one if isinstance(one, list) else [None]), *(other if isinstance(other, list) else [None])]
    return all(_globbed(it) is not None for it in texts) and not any(
        _may_be(it, that) for it in one for that in other
    )


def _may_be(one: Any, other: Any) -> bool:
    glob, seen = _globbed(one), _globbed(other)
    return glob is not None and seen is not None and meet(glob, seen)


def _globbed(value: Any) -> str | None:
    if isinstance(value, dict):
        glob = value.get("wildcard") if len(value) == 1 else None
        return glob if isinstance(glob, str) else None
    return literal(value) if isinstance(value, str) else None
