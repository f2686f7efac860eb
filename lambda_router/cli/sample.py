"""`lambda-router sample NAME`: a realistic event."""

from __future__ import annotations

from typing import Annotated

import typer

from .arguments import JSON_LINE, PARTS
from .failure import UsageFailure
from .inputs import offered, sampled
from .screen import print_json


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="The event: sqs, sqs.fifo, ...", autocompletion=offered, show_default=False
        ),
    ] = None,
    parts: PARTS = None,
    names: Annotated[bool, typer.Option("--list", help="List the names that there are.")] = False,
    json: JSON_LINE = False,
) -> None:
    """Print a realistic event.

    It is as AWS sends it, with new identifiers. A value is JSON where it is JSON, else the text itself: queue=orders,
    size=3, bodies='["a", "b"]'; a number is a text where the part is one: account=111122223333. A text that looks like
    JSON is written as a JSON text: body='"7"'. An event as a part of another becomes what is really delivered. With
    --list and --json the names are a JSON array.

    \b
    Examples:
      lambda-router sample sqs queue=orders body='{"id": 7}'
      lambda-router sample sqs body="$(lambda-router sample s3 bucket=uploads key='a b.jpg')"
      lambda-router sample --list
    """
    if names:
        _list(name, json=json)
    elif name is None:
        raise UsageFailure("name an event; lambda-router sample --list has the names")
    else:
        print_json(sampled(name, parts or ()), compact=json)


def _list(begins: str | None, *, json: bool) -> None:
    found = offered(begins or "")
    if json:
        print_json(found, compact=True)
    elif found:
        print("\n".join(found))
    if not found:
        raise UsageFailure(f"no event's name begins with {begins!r}")
