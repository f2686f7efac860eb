"""The deadline of a batch: a record that may not finish before the time limit is not started."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Deadline:
    """Says before each record whether it may start, reading the context's clock once a record.

    A record may start while more time is left than the margin, and more than one and a half times what the
    slowest record so far took. The margin is `margin` seconds or a third of the time left at entry, whichever
    is less, so that a function with a short limit still starts something. Without a context there is no
    deadline.
    """

    __slots__ = ("_last", "_margin", "_read", "_slowest")

    def __init__(self, context: Any, margin: float) -> None:
        read: Any = getattr(context, "get_remaining_time_in_millis", None)
        left: Any = read() if callable(read) else None
        if not isinstance(left, int | float):
            left, read = 0, None
        self._read: Callable[[], Any] | None = read
        self._last: float | None = None
        self._margin: float = max(min(margin * 1000, left / 3), 0)
        self._slowest: float = 0

    def passed(self) -> bool:
        """Whether the next record may not be started any more."""
        if self._read is None:
            return False
        left: float = self._read()
        if self._last is not None and self._last - left > self._slowest:
            self._slowest = self._last - left
        self._last = left
        return left <= self._margin or left <= self._slowest * 1.5
