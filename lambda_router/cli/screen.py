"""Where output goes: plain text in a pipe, rich text on a terminal, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["columns", "console", "document", "print_json", "styled"]


def styled() -> bool:
    """Whether standard output is a terminal, or is to be taken for one (https://force-color.org)."""
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def console(*, error: bool = False) -> Console:
    """Rich's console on standard output (or error); plain with NO_COLOR (https://no-color.org), bold and dim too."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        stderr=error, highlight=False, emoji=False, markup=False, color_system=None if plain else "auto"
    )


def document(value: Any, *, indent: int | None = 2) -> str:
    """A value as JSON text in ASCII; what JSON does not have is told by its name."""
    from lambda_router.criteria import called

    def told(other: Any) -> Any:
        if isinstance(other, set | frozenset):
            return sorted(other, key=str)
        return called(other) or repr(other)

    try:
        return json.dumps(value, indent=indent, default=told)
    except TypeError:  # a key that is no text, as a pattern made by hand may have
        return json.dumps(value, indent=indent, default=told, skipkeys=True)


def print_json(value: Any, *, compact: bool = False) -> None:
    """Print a document: on a terminal coloured, in a pipe as it is; on one line if it is to be compact."""
    if compact or not styled():
        print(document(value, indent=None if compact else 2))
        return
    from rich.json import JSON

    console().print(JSON(document(value), ensure_ascii=False), soft_wrap=True)


def columns(names: Sequence[str], rows: Iterable[Sequence[str]], *, styles: Sequence[str] = ()) -> None:
    """Print a table: with borders on a terminal, in a pipe with a line a row, of which nothing is cut."""
    show: Callable[..., None] = _table if styled() else _lines
    show(names, [list(row) for row in rows], styles)


def _table(names: Sequence[str], rows: list[list[str]], styles: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold")
    for name, style in zip(names, [*styles, *[""] * len(names)], strict=False):
        table.add_column(name, style=style, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def _lines(names: Sequence[str], rows: list[list[str]], styles: Sequence[str]) -> None:
    every = [list(names), *rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for row in every:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
