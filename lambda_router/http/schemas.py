"""JSON schemas of the types in annotations, as pydantic gives them, where results are encoded otherwise as we do."""

from __future__ import annotations

import copy

from .. import payload
from ..errors import ConfigurationError, RouterError
from ..failures import class_name, printable, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal

    Mode = Literal["validation", "serialization"]
    Schema = dict[str, Any]

REF = "#/components/schemas/"


class Schemas:
    """The schemas of a document, made all at once, so that a model has one name and no two models share one.

    A document is therefore written twice. The first time every schema that is asked for is empty; after `resolve`
    the same questions in the same order have their answers.
    """

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        """What schemas refer to, by name."""
        self._adapters: list[tuple[Any, Mode, str]] = []
        self._dumped: set[int] = set()
        self._found: dict[tuple[int, Mode], Schema] | None = None
        self._asked = 0

    def taken(self, annotation: Any, *, at: str) -> Schema:
        """The schema of what is taken for a type; `at` is what a ConfigurationError names."""
        return self._schema(annotation, "validation", at)

    def given(self, annotation: Any, *, at: str, dumped: bool = False) -> Schema:
        """The schema of what a value of the type is answered as; `dumped` where pydantic writes it, as a model's."""
        if dumped and self._found is None:
            self._dumped.add(self._asked)
        return self._schema(annotation, "serialization", at)

    def whole(self, schema: Schema) -> Schema:
        """The schema that a reference stands for; any other as it is."""
        name = str(schema.get("$ref", "")).removeprefix(REF)
        return self.components.get(name, schema)

    def resolve(self) -> None:
        """Make what was asked for."""
        generator = _generator({id(self._adapters[number][0].core_schema) for number in self._dumped})
        inputs: list[tuple[int, Mode, Any]] = []
        for number, (adapter, mode, at) in enumerate(self._adapters):
            inputs.append((number, mode, adapter))
            try:
                adapter.json_schema(mode=mode, schema_generator=generator)
            except Exception as exc:
                raise _no_schema(at, exc) from exc
        from pydantic import TypeAdapter

        found, definitions = TypeAdapter.json_schemas(
            inputs, ref_template=f"{REF}{{model}}", schema_generator=generator
        )
        self._found = dict(found)
        self.components = definitions.get("$defs", {})
        self._asked = 0

    def used(self, document: Any) -> dict[str, Schema]:
        """The components that a document refers to, directly or through others, by name in order."""
        names: set[str] = set()
        waiting = [*_references(document)]
        while waiting:
            name = waiting.pop()
            if name in self.components and name not in names:
                names.add(name)
                waiting += _references(self.components[name])
        return {name: self.components[name] for name in sorted(names)}

    def add(self, name: str, schema: Schema) -> Schema:
        """A reference to a schema of our own, under this name or, where a model has it, the next."""
        free, number = name, 1
        while self.components.setdefault(free, schema) != schema:
            number += 1
            free = f"{name}{number}"
        return {"$ref": REF + free}

    def _schema(self, annotation: Any, mode: Mode, at: str) -> Schema:
        number = self._asked
        self._asked += 1
        if self._found is not None:
            return copy.deepcopy(self._found[number, mode])
        try:
            adapter = payload.adapter(annotation, part=at)
        except RouterError as exc:
            if exc.__cause__ is None:  # pydantic is missing
                raise
            raise _no_schema(at, exc.__cause__) from exc
        self._adapters.append((adapter, mode, at))
        return {}


def _no_schema(at: str, exc: BaseException) -> ConfigurationError:
    reason = printable(text(exc).partition("\n")[0], limit=300)
    return ConfigurationError(f"{at} has no JSON schema ({class_name(exc)}: {reason})")


def _references(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(REF)
            elif key == "mapping" and isinstance(value, dict):  # of a discriminator
                yield from (str(name).removeprefix(REF) for name in value.values())
            yield from _references(value)
    elif isinstance(document, list):
        for value in document:
            yield from _references(value)


def without_null(schema: Schema) -> Schema:
    """The schema of a parameter, which is absent rather than null."""
    members = schema.get("anyOf")
    if not isinstance(members, list) or {"type": "null"} not in members:
        return schema
    members = [m for m in members if m != {"type": "null"}]
    rest = {k: v for k, v in schema.items() if k != "anyOf" and (k, v) != ("default", None)}
    return {**members[0], **rest} if len(members) == 1 else {"anyOf": members, **rest}


def _generator(dumped: set[int]) -> type[Any]:
    """pydantic's generator, for what `results` makes of values that pydantic does not write itself.

    `dumped` are the ids of the core schemas that it does write.
    """
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        _inside = 0

        def generate_inner(self, schema: Any) -> Schema:
            inside = id(schema) in dumped or schema["type"] == "model"
            self._inside += inside
            try:
                return super().generate_inner(schema)
            finally:
                self._inside -= inside

        @property
        def ours(self) -> bool:
            return self.mode == "serialization" and not self._inside

        def decimal_schema(self, schema: Any) -> Schema:
            return {"type": "number"} if self.ours else super().decimal_schema(schema)

        def named_tuple_schema(self, schema: Any) -> Schema:
            if not self.ours:
                return super().named_tuple_schema(schema)
            fields = {field["name"]: self.generate_inner(field["schema"]) for field in schema["fields"]}
            return {"type": "object", "properties": fields, "required": list(fields)}

    return Generator
