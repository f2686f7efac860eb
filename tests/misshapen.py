"""Events with a value of a wrong type at each place, one at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

ODD: list[Any] = [None, True, 7, 1.5, "", "x", [], {}, [[]], {"a": {"b": 1}}, "\ud800", ["x"]]
"""Values that are of a wrong type almost everywhere."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON document, the document itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return new
    made = copy.deepcopy(value)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = new
    return made


def misshapen(value: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """The document with each odd value at a path."""
    for odd in ODD:
        yield replaced(value, path, odd)
