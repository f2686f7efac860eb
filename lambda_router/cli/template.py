"""`lambda-router template APP`: a template for AWS SAM that has the app called by what its routes take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import APP
from .inputs import application
from .screen import print_json

if TYPE_CHECKING:
    from lambda_router.source import Route

__all__ = ["describes"]


def command(
    app: APP,
    runtime: Annotated[str, typer.Option(help="The function's runtime.")] = "python3.13",
    timeout: Annotated[int, typer.Option(help="The function's time limit in seconds.", min=1, max=900)] = 29,
    memory: Annotated[int, typer.Option(help="The function's memory in MB.", min=128, max=10_240)] = 256,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print a SAM template for the app.

    The function, an event for every route as far as its criteria tell, the queues, topics and buckets that they name, and
    what keeps data safe: partial responses exactly where the app declares them, dead-letter queues, destinations, visibility
    timeouts. Streams, clusters and what else exists already are parameters. HTTP routes have one event for all paths,
    because the router answers 404, 405 and preflights itself. What SAM has no event for is a comment (with --json under
    Metadata) that says what to configure.

    \b
    Examples:
      lambda-router template shop:app > template.yaml
      lambda-router template shop:app --runtime python3.12 --timeout 60 --memory 512
    """
    from .deployment import handler
    from .sketch import Sketch, as_yaml

    found = application(app)
    settings = {"Handler": handler(app), "Runtime": runtime, "MemorySize": memory, "Timeout": timeout}
    made = Sketch(settings, [route for route in found.router.routes if found.takes(route.source)])
    if json:
        print_json(made.document())
    else:
        print(as_yaml(made), end="")


def describes(route: Route) -> bool:
    """Whether a template has an event for a route, and not only a comment."""
    from .sketch import Sketch

    return not Sketch({}, [route]).notes
