"""The arguments and options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["APP", "FILE", "JSON", "JSON_LINE", "PARTS", "TIMEOUT"]

APP = Annotated[str, typer.Argument(metavar="APP", help="The app: module:attribute.", show_default=False)]
FILE = Annotated[
    str,
    typer.Argument(metavar="FILE", help="The event: a path, or - for standard input.", show_default=False),
]
JSON = Annotated[bool, typer.Option("--json", help="Print a JSON document, for programs.")]
JSON_LINE = Annotated[bool, typer.Option("--json", help="Print it on one line.")]
PARTS = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Parts of the event, in place of its own.", show_default=False),
]
# A day, for who looks on with a debugger; Lambda has no more than 900.
TIMEOUT = Annotated[float, typer.Option(help="The function's time limit in seconds.", min=0.001, max=86_400)]
