"""What the parameters of an HTTP handler ask for: path, query, header, cookie, form, file, body."""

from __future__ import annotations

import sys

from .. import binding, payload
from ..errors import ConfigurationError, HandlerSignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..binding import Argument, Parameter
    from ..invocation import Invocation
    from .request import Request


class Marker:
    """Where a parameter comes from: `Annotated[str, Header()]`, with another name as `alias`.

    A parameter with structure, as a model has it, gets all that is in that place: `Annotated[Login, Form()]`.
    """

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


class Form(Marker):
    """A field of a form: `name: Annotated[str, Form()]`; the whole form as a model: `login: Annotated[Login, Form()]`."""

    place = "form"


class File(Marker):
    """A file of a multipart form: `photo: Annotated[UploadFile, File()]`, or its `bytes`, or a list of these."""

    place = "file"


PARTS: dict[str, Callable[[Any], Any]] = {
    "request": lambda request: request,
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "query": lambda request: request.query,
    "headers": lambda request: request.headers,
    "cookies": lambda request: request.cookies,
    "claims": lambda request: request.claims,
}
_PLACES: dict[str, Callable[[Any], Any]] = {
    "query": lambda request: request.query,
    "header": lambda request: request.headers,
    "cookie": lambda request: request.cookies,
    "form": lambda request: request.form(),
    "file": lambda request: request.form().files,
}
CONTENT: dict[str, Callable[[Any], Any]] = {"body": lambda request: request.content}


class HttpVocabulary(binding.Vocabulary):
    """What a handler of one path may ask for."""

    def __init__(self, template: Mapping[str, str] | None = None) -> None:
        """`template` has the converters of the path's parameters by their names."""
        super().__init__(source="http", parts=PARTS, content=CONTENT, payload="body")
        self.inputs: list[tuple[Parameter, Any]] = []
        """What the handler and its dependencies ask for, with the annotations resolved."""
        self.template = template or {}
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
        self.inputs.append((parameter, annotation))
        name = parameter.name
        _check_markers(name, parameter.default, *binding.metadata(annotation)[1])
        marker = _marker(annotation)
        if marker is not None:
            return _marked(name, annotation, marker=marker, default=parameter.default)
        if name in self.template:
            return _path_parameter(name, annotation, kind=self.template[name])
        if name == "query" and hasattr(binding.metadata(annotation)[0], "__pydantic_fields__"):
            return _Whole(annotation, marker=Query(), default=parameter.default).argument
        return None

    def last(self, parameter: Parameter, annotation: Any) -> Argument | None:
        """A query parameter for a scalar, a file for an UploadFile."""
        if _is_upload(_element(annotation)):
            return _marked(parameter.name, annotation, marker=File(), default=parameter.default)
        structured = binding.is_structured(annotation) and not binding.is_list_of_scalars(annotation)
        if structured or binding.is_free(annotation):
            return None
        return _Value(parameter.name, annotation, marker=Query(), default=parameter.default).argument


_SHARED: dict[tuple[str, Any], Argument] = {}
"""What reads a path parameter of a plain type, by its name: among many routes it is the same one."""


def _path_parameter(name: str, annotation: Any, *, kind: str) -> Argument:
    if kind not in ("int", "float", "str", "path") and (
        kind != "uuid" or getattr(annotation, "__module__", "") == "uuid"
    ):
        annotation = binding.NOTHING  # the converter has made what is asked for
    plain = binding.scalar(annotation)
    if (name, plain) in _SHARED:
        return _SHARED[name, plain]
    part = f"path.{name}"
    if plain in (int, float, bool):
        argument = _number(payload.SCALARS[plain], part, name)
    else:
        # A converter of the template may have made another value of the text that is asked for.
        convert = str if plain is str else binding.converter(part, annotation, present=True) or _as_it_is
        argument = _converted(convert, name)
    if plain is not binding.NOTHING:
        _SHARED[name, plain] = argument
    return argument


def _converted(convert: Callable[[Any], Any], name: str) -> Argument:
    return lambda subject, invocation: convert(subject.path_params[name])


def _number(to_scalar: Callable[[str, Any], Any], part: str, name: str) -> Argument:
    return lambda subject, invocation: to_scalar(part, subject.path_params[name])


def _as_it_is(value: Any) -> Any:
    return value


def _marker(annotation: Any) -> Marker | None:
    return next((m for m in binding.metadata(annotation)[1] if isinstance(m, Marker)), None)


def _check_markers(name: str, default: Any, *extra: Any) -> None:
    """HandlerSignatureError for a marker that would be passed over: as a default, or without its parentheses."""
    for given in (default, *extra):
        kind = given if isinstance(given, type) else type(given)
        if issubclass(kind, Marker) and (given is default or given is kind):
            raise HandlerSignatureError(f"write {name}: Annotated[..., {kind.__name__}()]")


def _marked(name: str, annotation: Any, *, marker: Marker, default: Any) -> Argument:
    if isinstance(marker, File):
        return _Upload(name, annotation, marker=marker, default=default).argument
    if binding.is_structured(annotation) and not binding.is_list_of_scalars(annotation):
        return _Whole(annotation, marker=marker, default=default).argument
    one = _Header if isinstance(marker, Header) else _Value
    return one(name, annotation, marker=marker, default=default).argument


def _element(annotation: Any) -> Any:
    """The type of one value, of Optional and of a list of values."""
    base = binding.optional(binding.metadata(annotation)[0])[0]
    return base.__args__[0] if binding.is_list_of_scalars(base) else base


def _is_upload(annotation: Any) -> bool:
    forms = sys.modules.get(f"{__package__}.forms")  # else nobody has written UploadFile
    return forms is not None and annotation is forms.UploadFile


class _Value:
    """One query parameter, header, cookie or field, with what to do where it is absent."""

    def __init__(self, name: str, annotation: Any, *, marker: Marker, default: Any) -> None:
        self.name = marker.alias or (name.replace("_", "-") if isinstance(marker, Header) else name)
        self.part = f"{marker.place}.{self.name}"
        self.default = default
        base, extra = binding.metadata(annotation)
        if binding.is_free(base):
            base = annotation = str
        self.may_be_none = binding.optional(base)[1]
        self.several = binding.is_list_of_scalars(base)
        if self.several and marker.place == "cookie":
            raise HandlerSignatureError(f"{self.part}: a cookie has one value, not a list")
        constrained = any(not isinstance(m, Marker) for m in extra)
        self.convert = self.converter(annotation if constrained else base)
        self.values = _PLACES[marker.place]

    def converter(self, annotation: Any) -> Callable[[Any], Any]:
        """What turns the text, or the texts, into the annotated type."""
        return binding.converter(self.part, annotation) or _as_it_is

    def argument(self, request: Request, invocation: Invocation) -> Any:
        """The converted value, else the default, else None where the annotation allows it."""
        values = self.values(request)
        seen = (values.all(self.name) or None) if self.several else values.get(self.name)
        if seen is not None:
            return self.convert(seen)
        return _absent(self.part, default=self.default, may_be_none=self.may_be_none)


class _Header(_Value):
    """One header, for which the others need not be read."""

    def __init__(self, name: str, annotation: Any, *, marker: Marker, default: Any) -> None:
        super().__init__(name, annotation, marker=marker, default=default)
        self.key = self.name.lower()

    def argument(self, request: Request, invocation: Invocation) -> Any:
        """The converted value, else the default, else None where the annotation allows it."""
        seen = request.header_values(self.key)
        if seen:
            return self.convert(seen if self.several else ", ".join(seen))
        return _absent(self.part, default=self.default, may_be_none=self.may_be_none)


class _Upload(_Value):
    """One file, or the files of one field."""

    def converter(self, annotation: Any) -> Callable[[Any], Any]:
        """The file as it is, or its bytes, held to the annotation's constraints."""
        from . import forms

        forms.library()  # now, so that a deploy fails where it is not installed, and not a request
        element = _element(annotation)
        if element is not bytes and element is not forms.UploadFile:
            raise HandlerSignatureError(f"{self.part}: a file is an UploadFile or bytes, not {element!r}")
        check = super().converter(annotation) if binding.metadata(annotation)[1] else _as_it_is
        if element is forms.UploadFile:
            return check
        return lambda seen: check([f.content for f in seen] if self.several else seen.content)


class _Whole:
    """All that is in one place as a model: a field that is a list has all values of its name."""

    def __init__(self, annotation: Any, *, marker: Marker, default: Any) -> None:
        self.place = marker.place
        self.default = default
        base = binding.metadata(annotation)[0]
        self.may_be_none = binding.optional(base)[1]
        if marker.alias is not None or getattr(base, "__origin__", base) in (list, set, tuple, frozenset):
            raise HandlerSignatureError(
                f"{base!r} is all of the {self.place}: a model or a dict, and without an alias"
            )
        self.convert = binding.converter(self.place, annotation) or _as_it_is
        fields = [field for one in binding.alternatives(base) for field in _fields(one)]
        self.names = dict.fromkeys(name for name, _ in fields)
        self.lists = dict.fromkeys(name for name, kind in fields if binding.is_list_of_scalars(kind))
        self.values = _PLACES[self.place]

    def argument(self, request: Request, invocation: Invocation) -> Any:
        """The model, else the default where the place is empty."""
        found = self.seen(self.values(request))
        if not found and (self.default is not binding.NOTHING or self.may_be_none):
            return _absent(self.place, default=self.default, may_be_none=True)
        return self.convert(found)

    def seen(self, values: Any) -> dict[str, Any]:
        """The values by the names of the model's fields."""
        if self.place == "header":
            spelt = {name: name.replace("_", "-") for name in self.names}
            found = {name: values.get(header) for name, header in spelt.items() if header in values}
            return {**found, **{name: values.all(spelt[name]) for name in self.lists if name in found}}
        found = {**values, **getattr(values, "files", {})}
        if self.place != "cookie":
            found.update((name, values.all(name)) for name in self.lists if name in values)
            if hasattr(values, "files"):
                found.update((name, values.files.all(name)) for name in self.lists if name in values.files)
        return found


def _fields(model: Any) -> list[tuple[str, Any]]:
    """The names by which the fields of a model, dataclass or TypedDict are filled, with their types."""
    fields = getattr(model, "__pydantic_fields__", None)
    if isinstance(fields, dict):
        aliases = [(f.validation_alias, f.annotation) for f in fields.values()]
        named = [(name, f.annotation) for name, f in fields.items()]
        return [*named, *((alias, kind) for alias, kind in aliases if isinstance(alias, str))]
    if not (hasattr(model, "__dataclass_fields__") or hasattr(model, "__total__")):
        return []
    from typing import get_type_hints

    return list(get_type_hints(model).items())


def _absent(part: str, *, default: Any, may_be_none: bool) -> Any:
    """What a parameter gets for which nothing was sent."""
    if default is not binding.NOTHING:
        return default
    if may_be_none:
        return None
    raise payload.problem(part, "is missing", kind="missing")
