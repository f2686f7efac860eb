"""Payloads: what a caller sends, as JSON."""

from __future__ import annotations

from typing import Any

from lambda_router import results
from lambda_router.errors import ResultError

from . import SampleError


def text(value: Any) -> str:
    """Text as it is, any other value as JSON text; models, dates and the like as the router writes them."""
    try:
        return value if isinstance(value, str) else results.dumps(value)
    except ResultError as error:
        raise SampleError(f"a payload is text or a JSON value: {error}") from None


def plain(value: Any) -> Any:
    """The value as plain JSON data."""
    try:
        return results.plain(value)
    except ResultError as error:
        raise SampleError(f"a payload is a JSON value: {error}") from None
