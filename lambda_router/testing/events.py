"""Realistic events of every room, by name: `event("sqs", body={"id": 1}, queue="orders")`.

What is on offer are the folders of `samples/`; nothing is listed here, so that a new room is a new folder. Another package
adds the samples of a source of its own by an entry point, or with `offer`; neither is read by an app that runs.
"""

from __future__ import annotations

import difflib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NoReturn, cast

from . import samples as folder
from .samples import SampleError

if TYPE_CHECKING:
    # A signature for each name, so that an editor completes its parts.
    from .offered import Name, event  # pyright: ignore[reportMissingModuleSource]
else:

    def event(name, /, **parts):
        """A new event of a room (`"sqs"`) or of one of its variants (`"sqs.fifo"`), as JSON data.

        `parts` replace parts of it, and whatever follows from them: a body's digest, a queue's ARN, an encoded
        key. No two calls share an identifier. SampleError, a ValueError, for a name or part that is not on offer.
        """
        return make(name, **parts)


__all__ = ["SampleError", "builders", "event", "make", "names", "offer", "parts", "samples"]

GROUP = "lambda_router.samples"
"""The group of entry points under which another package names the packages of its samples, by the names of its sources."""

_TWICE = re.compile(r"multiple values for (?:keyword )?argument '(\w+)'")


def make(name: str, /, **parts: Any) -> Any:
    """As `event`, for type checkers that do not know the name before the program runs."""
    build = builders(name.partition(".")[0]).get(name) if isinstance(name, str) else None
    if build is None:
        _refuse(f"there is no event {name!r}", name, names())
    return call(build, name, parts=parts)


def names() -> list[Name]:
    """The name of every event that `event` makes."""
    return cast("list[Name]", sorted(name for room in _rooms() for name in builders(room)))


def parts(name: str) -> dict[str, str]:
    """The parts of an event by name, each with its annotation as text; none where there is no such event."""
    build = builders(name.partition(".")[0]).get(name)
    return {} if build is None else _parts(build)


def samples(room: str | None = None) -> Iterator[tuple[str, Any, str]]:
    """Every packaged sample (of one room): its name `room.variant`, the event, the AWS page it is from."""
    if room is not None and room not in _rooms():
        _refuse(f"there are no samples of {room!r}", room, _rooms())
    for one in _rooms() if room is None else [room]:
        for file in sorted(files(_packages()[one]).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".json"):
                sample = json.loads(file.read_text("utf-8"))
                yield f"{one}.{file.name.removesuffix('.json')}", sample["event"], sample["see"]


def call(build: Callable[..., Any], name: str, values: Iterable[Any] = (), *, parts: dict[str, Any]) -> Any:
    """What a builder makes of these parts; SampleError for one that it does not know."""
    known = _parts(build)
    for part in parts:
        if part not in known:
            _refuse(f"{name} has no part {part!r}", part, list(known))
    try:
        return build(*values, **parts)
    except TypeError as error:
        twice = _TWICE.search(str(error))
        if twice is None or twice[1] not in parts:
            raise
        raise SampleError(f"{name} has its part {twice[1]!r} already, by its place or its name") from None


def offer(room: str, package: str) -> None:
    """Put the events and samples of a source of your own on offer: a package like a folder of `samples/`, by its name.

    An installed package does the same with an entry point in the group `lambda_router.samples`. ValueError for a name that
    lambda_router has itself.
    """
    if room in _OFFERED or room in _own():
        if _packages()[room] == package:
            return
        raise ValueError(f"there are samples of {room!r} already")
    _OFFERED[room] = package
    _packages.cache_clear()
    builders.cache_clear()


_OFFERED: dict[str, str] = {}


@cache
def _own() -> dict[str, str]:
    """The packages of the samples of lambda_router's own rooms."""
    return {m.name: f"{folder.__name__}.{m.name}" for m in pkgutil.iter_modules(folder.__path__) if m.ispkg}


@cache
def _packages() -> dict[str, str]:
    """The package of the samples of each room; no other package takes the place of one of ours."""
    from importlib.metadata import entry_points

    return {**{one.name: one.value for one in entry_points(group=GROUP)}, **_OFFERED, **_own()}


def _rooms() -> tuple[str, ...]:
    return tuple(sorted(_packages()))


@cache
def builders(room: str) -> dict[str, Callable[..., Any]]:
    """The functions that make a room's events, by the names of what they make; none where there is no such room."""
    if room not in _rooms():
        return {}
    module = import_module(_packages()[room])
    return {room if name == "event" else f"{room}.{name}": getattr(module, name) for name in module.__all__}


def _parts(build: Callable[..., Any]) -> dict[str, str]:
    """The parts that a builder knows, with their annotations; a variant's `**parts` are those of its room."""
    found: dict[str, str] = {}
    for name, parameter in inspect.signature(build).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            whole = _parts(sys.modules[build.__module__].event)
            found |= {part: kind for part, kind in whole.items() if part not in found}
        else:
            kind = parameter.annotation
            found[name] = kind if isinstance(kind, str) else inspect.formatannotation(kind)
    return found


def _refuse(what: str, given: object, offered: Sequence[str]) -> NoReturn:
    close = difflib.get_close_matches(str(given), offered, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    raise SampleError(f"{what}{hint} there are: {', '.join(offered)}")
