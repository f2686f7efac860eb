"""What a handler may raise to say what should become of its record or request."""

from __future__ import annotations


class Outcome(Exception):  # noqa: N818
    """The root of `Drop`, `Retry` and `Reject`; catch it to handle all three."""


class Drop(Outcome):
    """Settle the record without having handled it: it is acknowledged, counted and not delivered again."""


class Retry(Outcome):
    """Fail the record so that its source delivers it again; `after` wishes for how many seconds later.

    An SQS message is hidden for so long; elsewhere the source's own time holds. ValueError if `after` is no time.
    """

    def __init__(self, message: str = "", *, after: float | None = None) -> None:
        super().__init__(message)
        number = isinstance(after, int | float) and not isinstance(after, bool)
        if after is not None and not (number and 0 <= after < float("inf")):
            raise ValueError(f"Retry takes after= as a number of seconds from 0, not {after!r}")
        self.after: float | None = after


class Reject(Outcome):
    """Fail the record as one that no retry can mend; an SQS message goes to its `dead_letter` queue, where there is one."""
