"""The deadline of a batch: a record that may not finish before the time limit is not started."""

from __future__ import annotations

from .invocation import of_context

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

    __slots__ = ("_needed", "_read", "passed")

    passed: Callable[[], bool]
    """Whether the next record may not be started any more; asked once before each record, one after the other."""

    def __init__(self, context: Any, margin: float) -> None:
        read: Any = of_context(context, "get_remaining_time_in_millis")
        left: Any = read() if callable(read) else None
        self._needed = 0.0
        self._read: Any = None
        if isinstance(left, int | float):
            self._read = read
            self._needed = max(min(margin * 1000, left / 3), 0)
            self.passed = _ticks(read, self._needed).__next__
        else:
            self.passed = bool

    # -- for records that run at the same time, each of which is timed on its own ------------------------------

    def left(self) -> float:
        """Milliseconds left, by the context's clock; 0.0 without one."""
        left: float = 0.0 if self._read is None else self._read()
        return left

    def took(self, began: float) -> None:
        """A record is done that began when so many milliseconds were left."""
        self._needed = max(self._needed, (began - self.left()) * 1.5)

    def is_over(self) -> bool:
        """Whether no further record may be started."""
        return self._read is not None and self.left() <= self._needed


def _ticks(read: Callable[[], Any], margin: float) -> Iterator[bool]:
    """For each record whether it is too late for it; a generator keeps what it needs in quick local variables."""
    needed = margin
    left: float = read()
    while True:
        yield left <= needed
        last, left = left, read()
        if (last - left) * 1.5 > needed:
            needed = (last - left) * 1.5
