"""Arguments by name: what a caller sends as named values, as GraphQL does, and a model does that calls a tool.

A handler's parameter that is no part is the argument of its name: `def order(id: str, limit: int = 20)`. The annotation
converts it, a default or Optional stands in for one that was not sent. A model or a dict gets the argument of its name too;
where none was sent, the only one of these takes all arguments together, unless it has a default.
"""

from __future__ import annotations

from . import binding, payload
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .binding import Parameter
    from .invocation import Invocation


class Argument:
    """An argument whose name is another than the parameter's: `order_id: Annotated[str, Argument("orderId")]`."""

    __slots__ = ("alias",)

    def __init__(self, alias: str) -> None:
        if not isinstance(alias, str) or not alias:
            raise ConfigurationError(f"Argument takes the argument's name, not {alias!r}")
        self.alias = alias

    def __repr__(self) -> str:
        return f"Argument({self.alias!r})"


class ArgumentVocabulary(binding.Vocabulary):
    """What a handler may ask for where its source has named arguments, in the part that is the payload."""

    def __init__(self, *, source: str, parts: Mapping[str, Callable[[Any], Any]], payload: str) -> None:
        super().__init__(source=source, parts=parts, payload=payload)
        self.place = payload
        self.given = parts[payload]
        self._documents: dict[Any, list[_Named]] = {}

    def first(self, parameter: Parameter, annotation: Any) -> binding.Argument | None:
        """The argument that a marker names."""
        marker = next((m for m in binding.metadata(annotation)[1] if isinstance(m, Argument)), None)
        return None if marker is None else _Named(self, parameter, annotation, name=marker.alias).argument

    def last(self, parameter: Parameter, annotation: Any) -> binding.Argument | None:
        """The argument of the parameter's own name; what wraps a whole event is none, under a free name."""
        inner, _ = binding.optional(binding.metadata(annotation)[0])
        if payload.wrapper(inner) or (
            isinstance(inner, type) and inner.__module__.startswith("lambda_router.")
        ):
            return None
        named = _Named(self, parameter, annotation, name=parameter.name)
        if binding.is_structured(annotation) and not named.several and parameter.default is binding.NOTHING:
            documents = self._documents.setdefault(parameter.function, [])
            documents.append(named)
            for one in documents:
                one.whole = len(documents) == 1
        return named.argument


class _Named:
    """One argument, with what to do where it was not sent."""

    __slots__ = ("convert", "default", "given", "name", "nullable", "part", "several", "whole")

    def __init__(
        self, words: ArgumentVocabulary, parameter: Parameter, annotation: Any, *, name: str
    ) -> None:
        base, extra = binding.metadata(annotation)
        rest = [m for m in extra if not isinstance(m, Argument)]
        self.name = name
        self.part = f"{words.place}.{name}"
        self.given = words.given
        self.default = parameter.default
        self.nullable = binding.is_free(base) or binding.optional(base)[1]
        self.several = _is_list(base)
        self.whole = False
        self.convert = binding.converter(self.part, annotation if rest else base)

    def argument(self, subject: Any, invocation: Invocation) -> Any:
        """The converted value, else the default, else None where the annotation allows it."""
        given = self.given(subject)
        if not isinstance(given, dict):
            given = {}
        if self.name in given:
            return self._converted(given[self.name])
        if self.default is not binding.NOTHING:
            return self.default
        whole = self.whole and (given or not self.nullable)
        return self._converted(given if whole else None)

    def _converted(self, seen: Any) -> Any:
        if seen is None:
            if self.nullable:
                return None
            if self.default is not binding.NOTHING:
                return self.default
            raise payload.missing(self.part)
        if self.several and isinstance(seen, str):  # an agent writes an array as text
            seen = payload.document(self.part, seen)
        return seen if self.convert is None else self.convert(seen)


def _is_list(annotation: Any) -> bool:
    """Whether the annotation is of several values, which all arguments together never are."""
    inner, _ = binding.optional(annotation)
    return getattr(inner, "__origin__", inner) in (list, tuple, set, frozenset)
