"""What ends a command early: one line for people, and an exit status."""

from __future__ import annotations


class Failure(Exception):  # noqa: N818 - what went wrong is not always an error of somebody's
    """The command has failed; the text is one line that says why."""

    status = 1
    """The exit status."""


class UsageFailure(Failure):
    """What was asked for makes no sense."""

    status = 2
