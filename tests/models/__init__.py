"""Contract models: what the callers of synchronous and callback sources accept, written from AWS's pages alone.

Each module has `check(answer, event)`, which raises `Refused` naming the field, and `WRONG`, answers that it refuses.
"""

from __future__ import annotations


class Refused(ValueError):
    """Why a caller does not take an answer."""


def need(condition: object, reason: str) -> None:
    """Refused for this reason unless the condition holds."""
    if not condition:
        raise Refused(reason)
