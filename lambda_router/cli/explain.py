"""`lambda-router explain APP FILE`: why an event goes where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .arguments import APP, FILE, JSON
from .inputs import application, aside, read
from .screen import console, print_json, styled

if TYPE_CHECKING:
    from lambda_router.explain import Explanation

_STYLES = (
    ("source:", "bold"),
    ("to take", "bold green"),
    ("shadowed", "yellow"),
    ("[", "bold"),
    ("refused:", "red"),
)


def command(app: APP, file: FILE, json: JSON = False) -> None:
    """Tell why an event goes where it goes.

    Its source, and every route with the first criterion that failed. For an event or record that nothing takes there
    is a decorator to paste, and the exit status is 1. Nothing is called. With --json: source, evidence, noise, whole,
    subjects (each with number, route, routes, shadowed, suggestion, inside) and suggestion, as
    app.explain(event).to_dict() has them, and matched and refused.

    \b
    Examples:
      lambda-router explain shop:app event.json
      lambda-router sample s3 bucket=uploads key=a.jpg | lambda-router explain shop:app -
    """
    event = read(file)
    found = application(app)
    with aside():  # it asks the app's own predicates
        explanation = found.router.explain(event)
    refused = _refusal(explanation, found.sources)
    matched = refused is None and taken(explanation)
    if json:
        print_json({**explanation.to_dict(), "matched": matched, "refused": refused})
    else:
        _show(str(explanation) if refused is None else f"{explanation}\n  refused: {refused}")
    if not matched:
        raise typer.Exit(1)


def taken(explanation: Explanation) -> bool:
    """Whether something takes the event and each of its records, or none is needed."""
    if explanation.noise or explanation.whole is not None:
        return True
    if not explanation.subjects:
        return explanation.suggestion is None
    return all(subject.taken is not None for subject in explanation.subjects)


def _refusal(explanation: Explanation, sources: frozenset[str] | None) -> str | None:
    """Why an entrypoint of `app.only` takes no such event; None where it does."""
    if sources is None or explanation.source in sources:
        return None
    if explanation.source is None and not sources.isdisjoint({"invoke", "iot"}):
        return None
    return f"this entrypoint takes {', '.join(sorted(sources))} alone"


def _show(text: str) -> None:
    if not styled():
        print(text)
        return
    from rich.text import Text

    screen = console()
    for line in text.splitlines():
        style = next((style for start, style in _STYLES if line.lstrip().startswith(start)), "")
        screen.print(Text(line, style=style), soft_wrap=True)
