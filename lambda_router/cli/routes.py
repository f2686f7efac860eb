"""`lambda-router routes APP`: what is registered."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lambda_router.criteria import called
from lambda_router.failures import printable

from .arguments import APP, JSON
from .failure import UsageFailure
from .inputs import application
from .screen import columns, document, print_json, styled

if TYPE_CHECKING:
    from lambda_router.source import Route

_OPTIONS = ("partial", "concurrency", "dead_letter")


def command(
    app: APP,
    json: JSON = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print a flowchart in Mermaid's language.")
    ] = False,
) -> None:
    """List the routes of an app.

    In the order in which they were registered. With --json, for each: source, criteria (by label), name, handler
    (module and name, null for what is dropped), file and line, batch (whether it takes whole batches) and options
    (partial, concurrency, dead_letter).

    \b
    Examples:
      lambda-router routes shop:app
      lambda-router routes shop:app --json
      lambda-router routes shop:app --mermaid > routes.mmd
    """
    if json and mermaid:
        raise UsageFailure("--json and --mermaid are two forms: choose one")
    found = application(app)
    routes = [route for route in found.router.routes if found.takes(route.source)]
    if json:
        print_json([told(route) for route in routes])
    elif mermaid:
        from .route_map import flowchart

        print(flowchart(routes))
    else:
        joint = "\n" if styled() else ", "
        rows = [
            (r.source, joint.join(map(_shown, criteria(r))), _shown(outcome(r)), _shown(place(r)))
            for r in routes
        ]
        columns(("source", "criteria", "handler", "place"), rows, styles=("cyan", "", "bold", "dim"))


def _shown(text: str) -> str:
    """A text on one line, whatever characters are in it."""
    return printable(text, limit=sys.maxsize)


def told(route: Route) -> dict[str, Any]:
    """A route as plain data."""
    file, line = _place(route.handler)
    options = {name: route.options[name] for name in _OPTIONS if route.options.get(name) is not None}
    return {
        "source": route.source,
        "criteria": route.criteria,
        "name": route.name,
        "handler": None if route.handler is None else _handler(route.handler),
        "file": file,
        "line": line,
        "batch": route.batch,
        "options": options,
    }


def criteria(route: Route) -> Iterator[str]:
    """The criteria of a route for people: the method and path of an HTTP route, `label=value` of any other."""
    written = dict(route.criteria)
    if "path" in written and "methods" in written:
        yield f"{'|'.join(written.pop('methods'))} {written.pop('path')}"
    for label, value in written.items():
        plain = value if isinstance(value, str) else called(value) or document(value, indent=None)
        yield f"{label}={plain}"


def outcome(route: Route) -> str:
    """What becomes of what the route takes: its handler's name, with what is unusual about it."""
    if route.handler is None:
        return "dropped"
    notes = ["whole batch"] if route.batch else []
    notes += ["partial"] if route.options.get("partial") else []
    notes += ["window"] if route.options.get("window") else []
    return f"{route.name} ({', '.join(notes)})" if notes else route.name


def place(route: Route) -> str:
    """Where the handler is written: `shop.py:12`, of a library without the folder that it is installed in."""
    file, line = _place(route.handler)
    if file is None:
        return ""
    roots = [root + os.sep for root in sys.path if root and file.startswith(root + os.sep)]
    return f"{file.removeprefix(max(roots, key=len, default=''))}:{line}"


def _handler(handler: Any) -> str:
    named = inspect.unwrap(handler) if callable(handler) else handler
    owner = named if hasattr(named, "__qualname__") else type(named)
    return f"{owner.__module__}.{owner.__qualname__}"


def _place(handler: Any) -> tuple[str | None, int | None]:
    """The file, from the working directory if it is below that, and the line; (None, None) where Python knows none."""
    named: Any = inspect.unwrap(handler) if callable(handler) else handler
    code = getattr(getattr(named, "__func__", named), "__code__", None)
    if code is None:
        return None, None
    file = os.path.relpath(code.co_filename)
    return (code.co_filename if file.startswith("..") else file), code.co_firstlineno
