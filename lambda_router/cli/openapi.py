"""`lambda-router openapi APP`: the document of the HTTP routes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .arguments import APP, JSON_LINE
from .failure import Failure
from .inputs import application
from .screen import print_json


def command(
    app: APP,
    title: Annotated[str | None, typer.Option(help="The API's title.", show_default=False)] = None,
    version: Annotated[str | None, typer.Option(help="The API's version.", show_default=False)] = None,
    json: JSON_LINE = False,
) -> None:
    """Print the OpenAPI document of the HTTP routes.

    It is of OpenAPI 3.1. What it says of the API as a whole is what app.docs() was given, but for the options.

    \b
    Examples:
      lambda-router openapi shop:app > openapi.json
      lambda-router openapi shop:app --title Shop --version 2.1.0 --json
    """
    from lambda_router import ConfigurationError

    about: Any = {"title": title, "version": version}
    found = application(app)
    try:
        made = found.router.openapi(**{name: said for name, said in about.items() if said is not None})
    except ConfigurationError as error:
        raise Failure(f"there is no document: {error}") from error
    print_json(made, compact=json)
