"""What Amazon Connect takes for an answer of a function that a flow invokes.

https://docs.aws.amazon.com/connect/latest/adminguide/invoke-lambda-function-block.html
https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html

The block in the flow says which of two forms it expects, and the event does not tell: `STRING_MAP` is one flat
object of texts, `JSON` any JSON. Either way at most 32 KB of UTF-8.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

LIMIT = 32 * 1024


def check(answer: Any, event: Any, *, form: str = "STRING_MAP") -> None:
    """Refuse what would send the contact down the block's error branch."""
    size = len(json.dumps(answer, allow_nan=False, ensure_ascii=False).encode())
    need(size <= LIMIT, f"$ is {size} bytes")
    if form == "JSON":
        need(answer is not None, "$ is null")
        return
    need(isinstance(answer, dict), "$ is no object")
    for key, value in answer.items():
        need(isinstance(key, str), f"$.{key} is no text")
        need(isinstance(value, str), f"$.{key} has a value that is no text")


WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ("gold", None, "a text"),
    (7, None, "a number"),
    (True, None, "a boolean"),
    ([{"tier": "gold"}], None, "an array"),
    ({"vip": True}, None, "a boolean value"),
    ({"orders": 7}, None, "a number"),
    ({"total": 9.5}, None, "a number"),
    ({"tier": None}, None, "null for a text"),
    ({"customer": {"tier": "gold"}}, None, "not flat"),
    ({"orders": ["1", "2"]}, None, "a list"),
    ({"note": "x" * LIMIT}, None, "more than 32 KB"),
    ({"note": "\N{EURO SIGN}" * 11_000}, None, "more than 32 KB of UTF-8"),
]
"""Answers that a block set to STRING_MAP refuses, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
