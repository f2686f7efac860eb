"""What the parameters of an HTTP handler ask for: path, query, header, cookie, body."""

from __future__ import annotations

from .. import binding, payload
from ..errors import ConfigurationError, HandlerSignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..binding import Argument, Parameter
    from ..invocation import Invocation
    from .request import Request


class Marker:
    """Where a parameter comes from: `Annotated[str, Header()]`, with another name as `alias`."""

    place = ""

    def __init__(self, alias: str | None = None) -> None:
        if alias is not None and not isinstance(alias, str):
            raise ConfigurationError(f"alias is a text, not {alias!r}")
        self.alias = alias

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.alias is None else repr(self.alias)})"


class Query(Marker):
    """A query parameter: `Annotated[int, Query(alias="page-size")]`."""

    place = "query"


class Header(Marker):
    """A header: `user_agent: Annotated[str, Header()]` reads `user-agent`; underscores stand for hyphens."""

    place = "header"


class Cookie(Marker):
    """A cookie: `session: Annotated[str, Cookie()]`."""

    place = "cookie"


PARTS: dict[str, Callable[[Any], Any]] = {
    "request": lambda request: request,
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "query": lambda request: request.query,
    "headers": lambda request: request.headers,
    "cookies": lambda request: request.cookies,
    "claims": lambda request: request.claims,
}
CONTENT: dict[str, Callable[[Any], Any]] = {"body": lambda request: request.content}


class HttpVocabulary(binding.Vocabulary):
    """What a handler of one path may ask for."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__(source="http", parts=PARTS, content=CONTENT, payload="body")
        self.template = tuple(names)
        for name in self.template:
            if name in (*binding.EVERYWHERE, "record"):
                raise ConfigurationError(
                    f"a path parameter cannot be named {name!r}: every handler may ask for that"
                )

    def raw(self, name: str, value: Any) -> Any:
        """A Powertools event class on `request` is wrapped around the event."""
        return value.event if name == "request" else value

    def names(self) -> list[str]:
        """All names on offer, the template's first."""
        return [*self.template, *(n for n in super().names() if n not in self.template)]

    def first(self, parameter: Parameter, annotation: Any) -> Argument | None:
        """What goes before the parts: what a marker says, a path parameter, a model of the whole query."""
        name = parameter.name
        marker = _marker(annotation)
        if marker is not None:
            return _Value(name, annotation, marker=marker, default=parameter.default).argument
        if name in self.template:
            return _path_parameter(name, annotation)
        return _whole_query(annotation) if name == "query" else None

    def last(self, parameter: Parameter, annotation: Any) -> Argument | None:
        """A query parameter for a scalar."""
        structured = binding.is_structured(annotation) and not binding.is_list_of_scalars(annotation)
        if structured or binding.is_free(annotation):
            return None
        return _Value(parameter.name, annotation, marker=Query(), default=parameter.default).argument


_SHARED: dict[tuple[str, Any], Argument] = {}
"""What reads a path parameter of a plain type, by its name: among many routes it is the same one."""


def _path_parameter(name: str, annotation: Any) -> Argument:
    kind = binding.scalar(annotation)
    if (name, kind) in _SHARED:
        return _SHARED[name, kind]
    convert = binding.converter(f"path.{name}", annotation) or _as_it_is

    def argument(subject: Any, invocation: Invocation) -> Any:
        return convert(subject.path_params[name])

    if kind is not binding.NOTHING:
        _SHARED[name, kind] = argument
    return argument


def _as_it_is(value: Any) -> Any:
    return value


def _marker(annotation: Any) -> Marker | None:
    return next((m for m in binding.metadata(annotation)[1] if isinstance(m, Marker)), None)


def _whole_query(annotation: Any) -> Argument | None:
    """The query as a pydantic model, a field that is a list with all values of its name; None for other
    types."""
    fields = getattr(binding.metadata(annotation)[0], "__pydantic_fields__", None)
    convert = binding.converter("query", annotation)
    if not isinstance(fields, dict) or convert is None:
        return None
    lists = [
        field.alias or name for name, field in fields.items() if binding.is_list_of_scalars(field.annotation)
    ]

    def argument(request: Request, invocation: Invocation) -> Any:
        query = request.query
        return convert({**query, **{name: query.all(name) for name in lists if name in query}})

    return argument


class _Value:
    """One query parameter, header or cookie, with what to do where it is absent."""

    def __init__(self, name: str, annotation: Any, *, marker: Marker, default: Any) -> None:
        self.name = marker.alias or (name.replace("_", "-") if isinstance(marker, Header) else name)
        self.part = f"{marker.place}.{self.name}"
        self.default = default
        base, extra = binding.metadata(annotation)
        if binding.is_free(base):
            base = annotation = str
        rest = [m for m in extra if not isinstance(m, Marker)]
        self.may_be_none = binding.optional(base)[1]
        self.several = binding.is_list_of_scalars(base)
        if self.several and marker.place == "cookie":
            raise HandlerSignatureError(f"{self.part}: a cookie has one value, not a list")
        self.convert = binding.converter(self.part, annotation if rest else base) or _as_it_is
        self.look = getattr(self, marker.place)

    def argument(self, request: Request, invocation: Invocation) -> Any:
        """The converted value, else the default, else None where the annotation allows it."""
        seen = self.look(request)
        if seen is not None:
            return self.convert(seen)
        if self.default is not binding.NOTHING:
            return self.default
        if self.may_be_none:
            return None
        raise payload.problem(self.part, "is missing", kind="missing")

    def query(self, request: Request) -> Any:
        """The query parameter's value, or its values."""
        return (request.query.all(self.name) or None) if self.several else request.query.get(self.name)

    def header(self, request: Request) -> Any:
        """The header's value, or its values."""
        return (request.headers.all(self.name) or None) if self.several else request.headers.get(self.name)

    def cookie(self, request: Request) -> Any:
        """The cookie's value."""
        return request.cookies.get(self.name)
