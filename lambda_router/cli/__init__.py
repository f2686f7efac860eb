"""The command line, `lambda-router`: one file for each command. None of it is part of the layer, nor imported by an app."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default the process's own; the exit status.

    It is 0, 1 for a finding or failure, 2 for wrong usage.
    """
    try:
        import rich  # noqa: F401  # pyright: ignore[reportUnusedImport]
        import typer  # noqa: F401  # pyright: ignore[reportUnusedImport]
        import yaml  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as missing:
        print(
            f"lambda-router: the command line needs {missing.name}: pip install 'lambda-event-router[cli]'",
            file=sys.stderr,
        )
        return 2
    from .program import run

    return run(arguments)
