"""The commands put together, and what every one of them does alike: options, errors in one line, exit statuses."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated, Any, TextIO

import typer

import lambda_router

from . import check, detect, dev, explain, invoke, layer, openapi, routes, sample, template
from .failure import Failure

__all__ = ["program", "run"]

NAME = "lambda-router"
DEBUG = "LAMBDA_ROUTER_DEBUG"


class Run:
    """One run of the program: which `command` it is, and whether tracebacks are shown."""

    def __init__(self) -> None:
        self.command = ""
        self.debug = False


def program() -> typer.Typer:
    """The program with all of its commands; they import the framework when they run."""
    made = typer.Typer(
        name=NAME,
        # The text as it is written here: boxes would break the examples.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_common)
    for module in (detect, explain, routes, invoke, sample, check, template, dev):
        made.command()(module.command)
    made.add_typer(layer.commands, name="layer")
    made.command()(openapi.command)
    for one in made.registered_commands:
        one.name = getattr(one.callback, "__module__", "").rpartition(".")[2]
    return made


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{NAME} {lambda_router.__version__}")
        raise typer.Exit


def _common(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", envvar=DEBUG, help="Show the tracebacks of errors.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Look at an app of lambda_router, and try it: what it does with an event, and why.

    APP is module:attribute, looked up in the working directory first; FILE is a path, or - for standard input.
    Exit status: 0, 1 for a finding or failure, 2 for wrong usage. On a terminal there are tables and colours
    (NO_COLOR and FORCE_COLOR are heeded); in a pipe there is plain text, and with --json a document for programs.

    \b
    Examples:
      lambda-router sample sqs queue=orders body='{"id": 7}' > order.json
      lambda-router detect order.json
      lambda-router explain shop:app order.json
      lambda-router invoke shop:app order.json
    """
    if isinstance(context.obj, Run):
        context.obj.command = context.invoked_subcommand or ""
        context.obj.debug = debug


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit status. What goes wrong is one line on standard error."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        _print_anything(stream)
    this = Run()
    try:
        command = typer.main.get_command(program())
        given = None if arguments is None else list(arguments)
        status = command.main(given, prog_name=NAME, standalone_mode=False, obj=this)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads the output has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return _told("interrupted", 130, this)
    except Exception as error:
        return _failed(error, this)
    return status if isinstance(status, int) else 0


def _failed(error: Exception, this: Run) -> int:
    if this.debug:
        traceback.print_exception(error)
    if isinstance(error, Failure):
        return _told(str(error), error.status, this)
    said: Any = getattr(error, "format_message", None)
    if said is not None:  # Typer's own: its classes are not public, and they have been moved
        path = getattr(getattr(error, "ctx", None), "command_path", None) or NAME
        line = f"{path}: {_line(said()).rstrip('.')}; {path} --help says more"
        print(line, file=sys.stderr)
        return 2
    hint = "" if this.debug else f" ({DEBUG}=1 shows where)"
    return _told(f"{type(error).__name__}: {error}{hint}", 1, this)


def _told(text: str, status: int, this: Run) -> int:
    print(f"{NAME} {this.command}".rstrip() + f": {_line(text)}", file=sys.stderr)
    return status


def _line(text: str) -> str:
    return " ".join(text.split())


def _open_closed() -> None:
    """A stream that the caller has closed is the null device, and no file of the app gets its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _print_anything(stream: TextIO) -> None:
    """Events may hold what the terminal's encoding does not have: that is no reason to fail."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
