"""What the framework logs while one event is handled, so that a result can say why its records failed."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_LINES: ContextVar[list[str] | None] = ContextVar("lambda_router.testing.journal", default=None)
_LOGGER = logging.getLogger("lambda_router")


class _Writer(logging.Handler):
    """Writes down what is logged in its own context: others may be sending events at the same time."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line."""
        if _LINES.get() is self.lines:
            self.lines.append(record.getMessage())


@contextmanager
def journal() -> Generator[list[str], None, None]:
    """The warnings and errors that the framework's own logger takes in this block."""
    lines: list[str] = []
    added: list[logging.Handler] = [_Writer(lines)]
    if not _LOGGER.hasHandlers() and logging.lastResort is not None:
        added.append(logging.lastResort)  # it would be silent with a handler beside it
    token = _LINES.set(lines)
    for handler in added:
        _LOGGER.addHandler(handler)
    try:
        yield lines
    finally:
        for handler in added:
            _LOGGER.removeHandler(handler)
        _LINES.reset(token)
