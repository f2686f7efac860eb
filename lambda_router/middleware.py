"""Middleware is `(invocation, call_next) -> result`; a chain of it is folded once into one callable."""

from __future__ import annotations

from itertools import pairwise

from .binding import is_async
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .invocation import Invocation

    Layer = Callable[[Invocation, Callable[[Invocation], Any]], Any]
    Next = Callable[[Invocation], Any]


def check(layers: Sequence[Layer]) -> None:
    """ConfigurationError unless every layer is callable and no synchronous layer lies inside an asynchronous one."""
    for layer in layers:
        if not callable(layer):
            raise ConfigurationError(
                f"middleware is a function (invocation, call_next) -> result, not {layer!r}"
            )
    for outer, inner in pairwise(layers):
        if is_async(outer) and not is_async(inner):
            raise ConfigurationError(
                f"synchronous middleware {_name(inner)} lies inside asynchronous {_name(outer)}: "
                "register the synchronous one first, so that it is outside"
            )


def fold(layers: Sequence[Layer], inner: Next) -> Next:
    """The layers around `inner`, the first outermost, as one `(invocation) -> result`."""
    check(layers)
    for layer in reversed(layers):
        inner = _around(layer, inner)
    return inner


def _around(layer: Layer, inner: Next) -> Next:
    if is_async(layer):
        from . import aio

        return aio.layer(layer, inner)
    return lambda invocation: layer(invocation, inner)


def _name(layer: Layer) -> str:
    return getattr(layer, "__qualname__", type(layer).__name__)
