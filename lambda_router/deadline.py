"""The deadline of a batch: a record that may not finish before the time limit is not started."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Deadline:
    """Says before each record whether it may start, reading the context's clock once a record.

    A record may start while more time is left than the margin, and more than one and a half times what the
    slowest record so far took. The margin is `margin` seconds or a third of the time left at entry, whichever
    is less, so that a function with a short limit still starts something. Without a context there is no
    deadline.
    """

    __slots__ = ("passed",)

    passed: Callable[[], bool]
    """Whether the next record may not be started any more; asked once before each record."""

    def __init__(self, context: Any, margin: float) -> None:
        read: Any = getattr(context, "get_remaining_time_in_millis", None)
        left: Any = read() if callable(read) else None
        if isinstance(left, int | float):
            self.passed = _ticks(read, max(min(margin * 1000, left / 3), 0)).__next__
        else:
            self.passed = bool


def _ticks(read: Callable[[], Any], margin: float) -> Iterator[bool]:
    """For each record whether it is too late for it; a generator keeps what it needs in quick local variables."""
    needed = margin
    left: float = read()
    while True:
        yield left <= needed
        last, left = left, read()
        if (last - left) * 1.5 > needed:
            needed = (last - left) * 1.5
