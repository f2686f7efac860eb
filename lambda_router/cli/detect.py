"""`lambda-router detect FILE`: whose event it is."""

from __future__ import annotations

import typer

from .arguments import FILE, JSON
from .failure import Failure
from .inputs import read
from .screen import console, print_json, styled


def command(file: FILE, json: JSON = False) -> None:
    """Say which source an event is from.

    On a terminal also by what that is known. The exit status is 1 where no source claims it. With --json: source (a
    name or null) and evidence (a text).

    \b
    Examples:
      lambda-router detect event.json
      lambda-router sample sns | lambda-router detect - --json
    """
    from lambda_router import Router
    from lambda_router.explain import evidence, looks

    event = read(file)
    room = Router.everything().find(event)
    said = f"no source claims {looks(event)}" if room is None else evidence(room, event)
    if json:
        print_json({"source": None if room is None else room.name, "evidence": said}, compact=True)
    elif room is None:
        raise Failure(said)
    elif styled():
        from rich.text import Text

        console().print(Text.assemble((room.name, "bold green"), (f"  {said}", "dim")), soft_wrap=True)
    else:
        print(room.name)
    if room is None:
        raise typer.Exit(1)
