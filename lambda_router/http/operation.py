"""One operation of an OpenAPI document: what a route's decorator and its handler's annotations say of its requests
and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine

from .. import binding
from ..errors import ConfigurationError, HandlerSignatureError, ResultError
from ..failures import printable
from ..results import plain
from . import parameters
from .response import Response, phrase
from .schemas import Schemas, without_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..binding import Parameter
    from ..source import Route
    from .routing import Template
    from .schemas import Schema

PROBLEM: Schema = {
    "title": "Problem",
    "description": "Problem details: https://www.rfc-editor.org/rfc/rfc9457",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "type": {"type": "string"},
                    "msg": {"type": "string"},
                },
                "required": ["loc", "type", "msg"],
            },
        },
        "correlation_id": {"type": "string"},
    },
    "required": ["type", "title", "status"],
}

CONVERTED: dict[str, Schema] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
    "str": {"type": "string", "minLength": 1},
    "path": {"type": "string", "minLength": 1, "description": "The rest of the path, slashes and all."},
}
"""What a template's converters take."""


def template_of(route: Route) -> Template:
    """The template of a route's path."""
    room: Any = route.room
    found: Template = room.template(route.written("path"))
    return found


def where(route: Route) -> str:
    """What a route demands beside path and method, as the beginning of a sentence."""
    found = [
        f"{label} {' or '.join(f'`{one}`' for one in (written if isinstance(written, list | tuple) else [written]))}"
        for label, written in (("On", route.written("host")), ("through", route.written("sources")))
        if written is not None
    ]
    return " ".join(found)[:1].upper() + " ".join(found)[1:]


def note(member: dict[str, Any], text: str) -> None:
    """Add a paragraph to a description."""
    member["description"] = "\n\n".join(filter(None, [member.get("description"), text]))


def filled(**members: Any) -> dict[str, Any]:
    """The members that say something."""
    return {name: value for name, value in members.items() if value is not None and value not in ([], {}, "")}


class Operation:
    """One method of one path: a route's handler in OpenAPI's words."""

    def __init__(self, route: Route, method: str, *, names: Sequence[str], schemas: Schemas) -> None:
        self.route = route
        self.method = method
        self.names = names
        self.schemas = schemas
        self.template = template_of(route)
        self.inputs = Inputs(self)

    def option(self, name: str, kind: type | tuple[type, ...]) -> Any:
        """What the decorator says under this name, or None; ConfigurationError where it is of another type."""
        value = self.route.options.get(name)
        if value is not None and not isinstance(value, kind):
            raise ConfigurationError(f"{self.route!r}: {name} cannot be {printable(repr(value), limit=80)}")
        return value

    def described(self) -> dict[str, Any]:
        """The operation, but for its name and security."""
        summary, description = self._words()
        said = filled(
            tags=list(self.option("tags", (list, tuple)) or ()),
            summary=self.option("summary", str) or summary,
            description=self.option("description", str) or description,
            parameters=self.inputs.parameters,
            requestBody=self.inputs.body(),
            responses=Outputs(self).responses(),
        )
        only = where(self.route)
        if only:
            note(said, f"{only} only.")
        return {**said, "deprecated": True} if self.option("deprecated", bool) else said

    def _words(self) -> tuple[str | None, str | None]:
        """The first paragraph of the docstring on one line, and the others."""
        text = _docstring(self.route.handler)
        if text is None:
            return None, None
        import inspect

        first, _, rest = inspect.cleandoc(text).partition("\n\n")
        return " ".join(first.split()), rest.strip()

    def at(self, what: str) -> str:
        """A place in the handler's signature, for messages."""
        return f"{self.route!r}: {what}"


class Inputs:
    """What an operation takes: its parameters and its body."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.schemas = operation.schemas
        self.parameters: list[dict[str, Any]] = []
        self.validates = False
        self._content: dict[str, Any] = {}
        self._needed = False
        self._form: Schema | None = None
        self._fields: Schema = {}
        self._files = False
        asked: Sequence[tuple[Parameter, Any]] = operation.route.options.get("inputs", ())
        self._path({parameter.name: annotation for parameter, annotation in asked})
        for parameter, annotation in asked:
            if parameter.name not in operation.template.names or _marker(annotation) is not None:
                self._ask(parameter, annotation)

    def _path(self, annotations: Mapping[str, Any]) -> None:
        for (kind, name), shown in zip(
            (one for one in self.operation.template.segments if one[0]), self.operation.names, strict=True
        ):
            annotation = annotations.get(name, binding.NOTHING)
            schema = dict(CONVERTED.get(kind, CONVERTED["str"]))
            # An own converter has made what is asked for, whatever the annotation.
            if kind in CONVERTED and not binding.is_free(annotation) and annotation is not str:
                schema = self._taken(annotation, name)
                self.validates = self.validates or binding.scalar(annotation) is not _PLAIN.get(kind)
            self._enter("path", shown, schema, required=True)

    def _taken(self, annotation: Any, name: str) -> Schema:
        return without_null(self.schemas.taken(annotation, at=self.operation.at(f"the parameter {name!r}")))

    def _enter(self, place: str, name: str, schema: Schema, *, required: bool) -> None:
        if place == "form":
            self._field(name, schema, required=required)
            return
        if any((one["in"], one["name"]) == (place, name) for one in self.parameters):
            return  # a dependency asks for it too
        about = filled(description=schema.pop("description", None), deprecated=schema.pop("deprecated", None))
        shown = {"name": name, "in": place, "required": required, **about, "schema": schema}
        self.parameters.append(shown)
        if place != "path" and (required or schema != {"type": "string"}):
            self.validates = True

    def _field(self, name: str, schema: Schema, *, required: bool) -> None:
        """One field of the form, beside those that other parameters ask for."""
        form = self._fields
        if not form:
            form.update(type="object", properties={})
            self._form = form if self._form is None else {"allOf": [self._form, form]}
        form["properties"][name] = schema
        if required:
            form.setdefault("required", []).append(name)
            self._needed = True
        self.validates = True

    def _ask(self, parameter: Parameter, annotation: Any) -> None:
        """One parameter of the handler, in the order in which the binding decides."""
        name, marker = parameter.name, _marker(annotation)
        structured = binding.is_structured(annotation) and not binding.is_list_of_scalars(annotation)
        if marker is not None:
            self._marked(marker, parameter, annotation)
        elif name == "query" and hasattr(binding.metadata(annotation)[0], "__pydantic_fields__"):
            self._whole("query", parameter, annotation)
        elif name in parameters.CONTENT:
            self._document(parameter, annotation)
        elif name in (*parameters.PARTS, *binding.EVERYWHERE, "record"):
            return
        elif _is_upload(annotation):
            self._marked(parameters.File(), parameter, annotation)
        elif structured:
            self._document(parameter, annotation)
        elif not binding.is_free(annotation):
            self._marked(parameters.Query(), parameter, annotation)

    def _marked(self, marker: Any, parameter: Parameter, annotation: Any) -> None:
        place = "form" if marker.place == "file" else marker.place
        self._files = self._files or marker.place == "file"
        if binding.is_structured(annotation) and not binding.is_list_of_scalars(annotation):
            return self._whole(place, parameter, annotation)
        base, _ = binding.metadata(annotation)
        name = marker.alias or (parameter.name.replace("_", "-") if place == "header" else parameter.name)
        if binding.is_free(base):
            annotation = base = str
        schema = self._taken(annotation, parameter.name)
        if marker.place == "file":
            schema = dict(_FILES if binding.is_list_of_scalars(binding.optional(base)[0]) else _FILE)
        given = parameter.default is not binding.NOTHING
        if given and parameter.default is not None:
            schema |= _default(parameter.default)
        required = not given and not binding.optional(base)[1]
        return self._enter(place, name, {k: v for k, v in schema.items() if k != "title"}, required=required)

    def _whole(self, place: str, parameter: Parameter, annotation: Any) -> None:
        """All that is in one place as a model or a dict: a parameter or a field of the form for each of its fields."""
        needed = (
            parameter.default is binding.NOTHING and not binding.optional(binding.metadata(annotation)[0])[1]
        )
        schema = self._taken(annotation, parameter.name)
        if place == "form":
            self._form_of(schema, needed=needed)
            return
        schema = self.schemas.whole(schema)
        for name, field in schema.get("properties", {}).items():
            shown = name.replace("_", "-") if place == "header" else name
            plain_field = {k: v for k, v in without_null(field).items() if k != "title"}
            self._enter(place, shown, plain_field, required=needed and name in schema.get("required", ()))

    def _form_of(self, schema: Schema, *, needed: bool) -> None:
        whole = self.schemas.whole(schema)
        self._files = self._files or any(map(_has_file, whole.get("properties", {}).values()))
        self._form = schema if self._form is None else {"allOf": [self._form, schema]}
        self._needed = self._needed or (needed and bool(whole.get("required")))
        self.validates = True

    def _document(self, parameter: Parameter, annotation: Any) -> None:
        """The body, as `binding.document` reads it."""
        inner, may_be_none = binding.optional(binding.metadata(annotation)[0])
        kind = binding.scalar(inner)
        schema: Schema = {}
        media = _MEDIA.get(kind, "application/json")
        if not binding.is_free(inner):
            schema = self.schemas.taken(annotation, at=self.operation.at(f"the parameter {parameter.name!r}"))
        absent = may_be_none or binding.is_free(inner) or parameter.default is not binding.NOTHING
        if media != "application/json":
            schema = without_null(schema) if absent else {**schema, "minLength": 1}
        elif kind is dict or kind is list:
            schema = without_null(schema)  # no body is None to them, and null is none of them
        self._content[media] = {"schema": schema}
        self._needed = self._needed or not absent
        self.validates = True

    @property
    def has_form(self) -> bool:
        """Whether a form is asked for."""
        return self._form is not None

    def body(self) -> dict[str, Any] | None:
        """The request body; a form may be sent in either way, unless it has files."""
        content = dict(self._content)
        if self._form is not None:
            kinds = ["multipart/form-data"] if self._files else [_URLENCODED, "multipart/form-data"]
            content.update((kind, {"schema": self._form}) for kind in kinds)
        return {"required": self._needed, "content": content} if content else None


_URLENCODED = "application/x-www-form-urlencoded"
_FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
_FILES: Schema = {"type": "array", "items": _FILE}
_PLAIN: dict[str, Any] = {"int": int, "float": float, "str": str, "path": str}
"""The type that a converter gives, so that an annotation with it finds nothing to refuse."""

_MEDIA: dict[Any, str] = {str: "text/plain", bytes: "application/octet-stream"}


def _marker(annotation: Any) -> Any:
    return next((m for m in binding.metadata(annotation)[1] if isinstance(m, parameters.Marker)), None)


def _is_upload(annotation: Any) -> bool:
    element = binding.optional(binding.metadata(annotation)[0])[0]
    if binding.is_list_of_scalars(element):
        element = element.__args__[0]
    return getattr(element, "__name__", "") == "UploadFile" and element.__module__.startswith(
        "lambda_router."
    )


def _has_file(field: Schema) -> bool:
    inner: Schema = field.get("items") or next(iter(field.get("anyOf", ())), {})
    return "contentMediaType" in field or "contentMediaType" in inner


def _default(value: Any) -> Schema:
    try:
        return {"default": plain(value)}
    except ResultError:
        return {}


class Outputs:
    """What an operation answers."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.schemas = operation.schemas
        self._declared: Mapping[Any, Any] = operation.option("responses", dict) or {}
        self._status: int | None = operation.route.options.get("status")
        self._model: Any = operation.route.options.get("response_model")
        self._found: dict[str, dict[str, Any]] = {}

    def responses(self) -> dict[str, Any]:
        """The responses by status, those of success first."""
        self._successes()
        for status, said in self._declared.items():
            self._declare(str(status), said)
        self._refusals()
        if self.operation.method == "head":
            for response in self._found.values():
                response.pop("content", None)
        return dict(sorted(self._found.items()))

    # -- success -----------------------------------------------------------------------------------------------

    def _successes(self) -> None:
        """What the return annotation, or `response_model`, and `status` say."""
        annotation = None if self.operation.route.handler is None else self._returned()
        if self._model is None:
            self._members(annotation)
            return
        says_status = [m for m in _alternatives(annotation) if _is_answer(m) or _is_response(m)]
        for member in says_status:
            self._simple(member, self._status)
        if len(says_status) < len(_alternatives(annotation)):
            self._members(self._model)

    def _members(self, annotation: Any) -> None:
        """What each member of a union is answered as; what is left of it is JSON."""
        members = _alternatives(annotation)
        json = [m for m in members if self._simple(m, self._status)]
        if json:
            alone = annotation if len(json) == len(members) else _union(json)
            self._answer(self._status, "application/json", self._given(alone))

    def _returned(self) -> Any:
        options = self.operation.route.options
        if "returns" in options:
            return _awaited(options["returns"])
        handler = self.operation.route.handler
        parameter = binding.Parameter("return", default=binding.NOTHING, function=_function(handler))
        try:
            return _awaited(binding.annotation_of(parameter, None))
        except HandlerSignatureError as exc:
            raise ConfigurationError(self.operation.at(str(exc))) from None

    def _simple(self, member: Any, status: int | str | None) -> bool:
        """Whether a member of the annotation is left to be described as JSON."""
        member = _unwrapped(member)
        kind = binding.metadata(member)[0]
        if binding.is_free(member):
            self._open("2XX" if status is None else str(status))
        elif kind in (binding._typing("NoReturn"), binding._typing("Never")):
            pass
        elif member is None or member is type(None):
            self._answer(status or 204, None, {})
        elif _is_response(member):
            self._open("default")
        elif _is_text(kind):
            self._answer(status, "text/plain", self._given(member))
        elif kind in (bytes, bytearray, memoryview):
            self._answer(status, "application/octet-stream", {"type": "string", "format": "binary"})
        elif _is_answer(member):
            self._tuple(binding.metadata(member)[0].__args__)
        else:
            return True
        return False

    def _tuple(self, members: tuple[Any, ...]) -> None:
        """`tuple[Order, int]`: which status it is, only `Literal[201]` or `responses` can say."""
        statuses = getattr(members[1], "__args__", None) or self._successful() or ["2XX"]
        body = members[0] if self._model is None else self._model
        for status in statuses:
            if self._simple(body, status):
                self._answer(status, "application/json", self._given(body))

    def _successful(self) -> list[str]:
        return [str(s) for s in self._declared if str(s)[:1] in ("2", "3")]

    def _open(self, status: str) -> None:
        """An answer of which no more is known."""
        for one in self._successful() or [status]:
            response = self._found.setdefault(one, {"description": _said(one)})
            if self._model is not None and not one.startswith("3"):
                response["content"] = {"application/json": {"schema": self._given(self._model)}}

    def _answer(self, status: Any, media: str | None, schema: Schema) -> None:
        response = self._found.setdefault(str(status or 200), {"description": _said(status or 200)})
        if media is None or status in (204, 304):
            return
        content = response.setdefault("content", {})
        known = content.get(media)
        if known is not None and known["schema"] != schema:
            schema = {"anyOf": [*known["schema"].get("anyOf", [known["schema"]]), schema]}
        content[media] = {"schema": schema}

    def _given(self, annotation: Any) -> Schema:
        dumped = annotation is self._model
        return self.schemas.given(annotation, at=self.operation.at("the result"), dumped=dumped)

    # -- the others --------------------------------------------------------------------------------------------

    def _declare(self, status: str, said: Any) -> None:
        """One of `responses=`: a description, a type, or a Response Object, with a type as its `model`."""
        if not _is_status(status):
            raise ConfigurationError(self.operation.at(f"responses has {status!r}, which is no status"))
        response = self._found.setdefault(status, {"description": _said(status)})
        if isinstance(said, str):
            response["description"] = said
        elif isinstance(said, dict):
            response.update((name, value) for name, value in said.items() if name != "model")
        model = said.get("model") if isinstance(said, dict) else None if isinstance(said, str) else said
        if model is not None:
            response["content"] = {"application/json": {"schema": self._given(model)}}
        elif status[0] in "45" or (status == "default" and "content" not in response):
            self._problem(response)

    def _refusals(self) -> None:
        """What the router answers where a request does not fit."""
        kinds = {kind for kind, _ in self.operation.template.segments}
        if self.operation.inputs.validates:
            self._refusal(422, "What was sent does not validate")
        if kinds - {"", "str", "path"}:
            self._refusal(404, "There is no such path")
        if "path" in kinds:
            self._refusal(400, "The path is not safe")
        if self.operation.inputs.has_form:
            self._refusal(400, "The form cannot be read")
            self._refusal(415, "The body is no form")

    def _refusal(self, status: int, description: str) -> None:
        response = self._found.setdefault(str(status), {"description": description})
        self._problem(response)

    def _problem(self, response: dict[str, Any]) -> None:
        if "content" not in response:
            schema = self.schemas.add("Problem", PROBLEM)
            response["content"] = {"application/problem+json": {"schema": schema}}


def _is_status(text: str) -> bool:
    known = len(text) == 3 and text[0] in "12345" and (text.isdigit() or text[1:] == "XX")
    return known or text == "default"


def _said(status: Any) -> str:
    text = str(status)
    return phrase(int(text)) if text.isdigit() else "The answer" if text == "default" else "Success"


def _function(handler: Any) -> Any:
    """The function whose annotations a handler has."""
    for _ in range(64):
        inner = getattr(handler, "__wrapped__", None) or getattr(handler, "__func__", None)
        inner = inner or getattr(handler, "func", None)
        if inner is None:
            break
        handler = inner
    return handler if hasattr(handler, "__code__") else getattr(type(handler), "__call__", handler)


def _docstring(handler: Any) -> str | None:
    """What is written about a handler, or about the class of an object that is called; nothing of Python's own."""
    function = _function(handler)
    if not hasattr(function, "__code__"):
        return None
    text = function.__doc__
    if text is None and function is getattr(type(handler), "__call__", None):
        text = handler.__doc__
    return text if isinstance(text, str) else None


def _awaited(annotation: Any) -> Any:
    """What comes of a result that is annotated as one to be awaited."""
    awaitable = getattr(annotation, "__origin__", None) in (Awaitable, Coroutine)
    return annotation.__args__[-1] if awaitable else annotation


def _unwrapped(annotation: Any) -> Any:
    """What a `type` statement or a NewType stands for."""
    while True:
        inner = getattr(annotation, "__value__", None) or getattr(annotation, "__supertype__", None)
        if inner is None:
            return annotation
        annotation = inner


def _is_text(kind: Any) -> bool:
    if isinstance(kind, type):
        return issubclass(kind, str)
    origin = getattr(kind, "__origin__", None)
    return (
        origin is not None
        and origin is binding._typing("Literal")
        and all(isinstance(a, str) for a in kind.__args__)
    )


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return binding.alternatives(binding.metadata(_unwrapped(annotation))[0])


def _is_response(member: Any) -> bool:
    kind = binding.metadata(_unwrapped(member))[0]
    return isinstance(kind, type) and issubclass(kind, Response)


def _is_answer(member: Any) -> bool:
    """Whether a member is a tuple that says `(body, status)` or `(body, status, headers)`."""
    kind = binding.metadata(_unwrapped(member))[0]
    members: tuple[Any, ...] = getattr(kind, "__args__", ())
    if getattr(kind, "__origin__", None) is not tuple or len(members) not in (2, 3) or members[1] is Ellipsis:
        return False
    literals = getattr(members[1], "__args__", ())
    return members[1] is int or (bool(literals) and all(type(one) is int for one in literals))


def _union(members: Sequence[Any]) -> Any:
    found = members[0]
    for member in members[1:]:
        found = found | member
    return found
