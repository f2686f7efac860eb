"""What pytest shows of a failed assertion about a result: which record failed and why, which request got what answer."""

from __future__ import annotations

import os
import traceback
from typing import Any

import lambda_router
from lambda_router.failures import printable

from .results import HttpResult, Identifiers, Result, Status, results

__all__ = ["explained"]

_OURS = os.path.join(os.path.dirname(lambda_router.__file__), "")
_LINES = 40
_FRAMES = 6


def explained(op: str, left: object, right: object) -> list[str] | None:
    """The lines for a comparison, one side of which belongs to a result; None where neither does."""
    result = _result_of(left) or _result_of(right)
    if result is None:
        return None
    return [f"{_shown(left)} {op} {_shown(right)}", *_told(result)][:_LINES]


def _result_of(value: object) -> Result | None:
    if isinstance(value, Identifiers | Status):
        return value.result
    if isinstance(value, BaseException):
        return next((one for one in results() if one.error is value), None)
    return None


def _shown(value: Any) -> str:
    return printable(repr(value), limit=200)


def _told(result: Result) -> list[str]:
    """The result itself, its body where it is an answer that has one, and where its error came from."""
    lines = ["", *repr(result).splitlines()]
    if result.error is not None:
        lines += _frames(result.error)
    elif isinstance(result, HttpResult) and "location" in result.headers:
        lines.append(f"  location: {printable(result.headers['location'])}")
    return lines


def _frames(error: BaseException) -> list[str]:
    """Where in the user's own code an exception came from; nothing where it came from the framework alone."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith(_OURS)]
    shown = "".join(traceback.format_list(frames[-_FRAMES:])).rstrip()
    return ["", *shown.splitlines()] if shown else []
