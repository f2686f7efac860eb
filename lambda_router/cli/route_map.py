"""The route map: from each source through the criteria to the handlers, as a flowchart in Mermaid's language.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .routes import criteria, outcome

if TYPE_CHECKING:
    from lambda_router.source import Route

__all__ = ["flowchart"]

_PLAIN = re.compile(r"[^\w ./,=()|*+@!?-]|\bend\b")
"""What may mean something in Mermaid, in Markdown or in HTML; letters of all alphabets do not."""
# What is still taken for a line break, for mathematics or for an icon when the codes are characters again.
_MEANT = re.compile(r"\\(?=n)|\$(?=\$)|:(?=fa-)")
_JOINER = "\u2060"
"""A word joiner, which nobody sees."""
_HEADS = {"http": "HTTP", "mount": "HTTP", "default": "anything else", "invoke": "direct call"}


def flowchart(routes: Iterable[Route]) -> str:
    """A flowchart of the routes: a source and a handler are there once, criteria once for each route."""
    sources: dict[str, str] = {}
    handlers: dict[object, str] = {}
    lines = ["flowchart LR"]
    for number, route in enumerate(routes):
        said = _HEADS.get(route.source, route.source)
        if said not in sources:
            sources[said] = f"s{len(sources)}"
            lines.append(f"    {sources[said]}([{_label(said)}])")
        start = sources[said]
        conditions = list(criteria(route))
        if conditions:
            lines.append(f"    c{number}[{'<br>'.join(map(_text, conditions)).join(_QUOTES)}]")
            lines.append(f"    {start} --> c{number}")
            start = f"c{number}"
        # Twice registered, a handler is one; what is dropped has an end of its own each time.
        key = (id(route.handler), outcome(route)) if route.handler is not None else number
        if key not in handlers:
            handlers[key] = f"h{len(handlers)}"
            brackets = ("[/", "/]") if route.handler is None else ("(", ")")
            lines.append(f"    {handlers[key]}{_label(outcome(route)).join(brackets)}")
        lines.append(f"    {start} --> {handlers[key]}")
    return "\n".join(lines)


_QUOTES = ('"', '"')


def _label(text: str) -> str:
    return _text(text).join(_QUOTES)


def _text(text: str) -> str:
    """A text as Mermaid shows it to the letter: what might mean something is an entity code."""
    kept = _MEANT.sub(lambda found: found[0] + _JOINER, text)
    return _PLAIN.sub(lambda found: f"#{ord(found[0][0])};{found[0][1:]}", kept)
