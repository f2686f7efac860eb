"""Realistic events of every room, by name: `event("sqs", body={"id": 1}, queue="orders")`.

What is on offer are the folders of `samples/`; nothing is listed here, so that a new room is a new folder.
"""

from __future__ import annotations

import difflib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, NoReturn

from . import samples as folder
from .samples import SampleError

__all__ = ["SampleError", "event", "names", "samples"]


def event(name: str, /, **parts: Any) -> Any:
    """A new event of a room (`"sqs"`) or of one of its variants (`"sqs.fifo"`), as JSON data.

    `parts` replace parts of it, and whatever follows from them: a body's digest, a queue's ARN, an encoded
    key. No two calls share an identifier. SampleError, a ValueError, for a name or part that is not on offer.
    """
    build = _builders(name.partition(".")[0]).get(name) if isinstance(name, str) else None
    if build is None:
        _refuse(f"there is no event {name!r}", name, names())
    return call(build, name, parts=parts)


def names() -> list[str]:
    """The name of every event that `event` makes."""
    return sorted(name for room in _rooms() for name in _builders(room))


def samples(room: str | None = None) -> Iterator[tuple[str, Any, str]]:
    """Every packaged sample (of one room): its name `room.variant`, the event, the AWS page it is from."""
    if room is not None and room not in _rooms():
        _refuse(f"there are no samples of {room!r}", room, _rooms())
    for one in _rooms() if room is None else [room]:
        for file in sorted(files(f"{folder.__name__}.{one}").iterdir(), key=lambda file: file.name):
            if file.name.endswith(".json"):
                sample = json.loads(file.read_text("utf-8"))
                yield f"{one}.{file.name.removesuffix('.json')}", sample["event"], sample["see"]


def call(build: Callable[..., Any], name: str, values: Iterable[Any] = (), *, parts: dict[str, Any]) -> Any:
    """What a builder makes of these parts; SampleError for one that it does not know."""
    known = _parts(build)
    for part in parts:
        if part not in known:
            _refuse(f"{name} has no part {part!r}", part, known)
    return build(*values, **parts)


@cache
def _rooms() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folder.__path__) if module.ispkg))


@cache
def _builders(room: str) -> dict[str, Callable[..., Any]]:
    """The builders of a room by the names of what they make; none where there is no such room."""
    if room not in _rooms():
        return {}
    module = import_module(f"{folder.__name__}.{room}")
    return {room if name == "event" else f"{room}.{name}": getattr(module, name) for name in module.__all__}


def _parts(build: Callable[..., Any]) -> list[str]:
    """The parts that a builder knows; a variant's `**parts` are those of its room."""
    found: list[str] = []
    for name, parameter in inspect.signature(build).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            whole = sys.modules[build.__module__].event
            found += [part for part in _parts(whole) if part not in found]
        else:
            found.append(name)
    return found


def _refuse(what: str, given: object, offered: Sequence[str]) -> NoReturn:
    close = difflib.get_close_matches(str(given), offered, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    raise SampleError(f"{what}{hint} there are: {', '.join(offered)}")
