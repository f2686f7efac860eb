"""The OpenAPI document of an app's HTTP routes: what decorators and annotations say, in OpenAPI's words.

https://spec.openapis.org/oas/v3.1.0. It is made when it is asked for; an app that never asks does not import this.
"""

from __future__ import annotations

from ..errors import ConfigurationError, ResultError
from ..results import plain
from .operation import Operation, filled, note, template_of, where
from .schemas import Schemas

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypedDict

    from ..source import Route
    from .routing import Template

    Requirements = Sequence[str | Mapping[str, Sequence[str]]]

    class Description(TypedDict, total=False):
        """What a decorator may say about its operations, for the OpenAPI document alone."""

        summary: str
        description: str
        tags: Sequence[str]
        deprecated: bool
        operation_id: str
        responses: Mapping[int | str, Any]
        security: Requirements
        include_in_schema: bool

    class About(TypedDict, total=False):
        """What an OpenAPI document says about the API as a whole."""

        title: str
        version: str
        summary: str
        description: str
        servers: Sequence[str | Mapping[str, Any]]
        tags: Sequence[str | Mapping[str, Any]]
        security: Requirements
        security_schemes: Mapping[str, Mapping[str, Any]]
        contact: Mapping[str, str]
        license: Mapping[str, str]
        terms_of_service: str


VERSION = "3.1.0"
ABOUT = frozenset(
    {
        "contact",
        "description",
        "license",
        "security",
        "security_schemes",
        "servers",
        "summary",
        "tags",
        "terms_of_service",
        "title",
        "version",
    }
)
"""What may be said about the API as a whole."""
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The methods that a path item has fields for."""


def document(app: Any, about: About) -> dict[str, Any]:
    """The OpenAPI document of the app's HTTP routes as plain JSON data; ConfigurationError for what it cannot say.

    Routes with `include_in_schema=False`, mounted applications and automatic HEAD and OPTIONS answers are left out.
    """
    check(about, "openapi")
    http = app.__dict__.get("http")
    routes = [] if http is None else [r for r in http.routes if r.options.get("include_in_schema", True)]
    schemas = Schemas()
    Paths(routes, schemas=schemas, schemes=about.get("security_schemes") or {})
    schemas.resolve()
    paths = Paths(routes, schemas=schemas, schemes=about.get("security_schemes") or {}).items
    components = {
        "schemas": schemas.used(paths),
        "securitySchemes": about.get("security_schemes"),
    }
    head = {
        "openapi": VERSION,
        "info": filled(
            title=about.get("title") or "API",
            version=about.get("version") or "1.0.0",
            summary=about.get("summary"),
            description=about.get("description"),
            termsOfService=about.get("terms_of_service"),
            contact=about.get("contact"),
            license=about.get("license"),
        ),
        "servers": [{"url": one} if isinstance(one, str) else one for one in about.get("servers") or ()],
        "tags": [{"name": one} if isinstance(one, str) else one for one in about.get("tags") or ()],
        "security": _requirements(about.get("security"), about.get("security_schemes") or {}, of="the app"),
        "components": filled(**components),
    }
    try:
        found: dict[str, Any] = plain({**filled(**head), "paths": paths})
    except ResultError as exc:
        raise ConfigurationError(f"the OpenAPI document is not JSON: {exc.path}: {exc}") from None
    return found


def check(about: About, called: str) -> None:
    """TypeError for a keyword argument that says nothing about an API; ConfigurationError for a text that is none."""
    for name, value in about.items():
        if name not in ABOUT:
            raise TypeError(f"{called}() got an unexpected keyword argument {name!r}")
        if name in ("title", "version") and not isinstance(value, str | None):
            raise ConfigurationError(f'{name} is a text such as "1.0", not {value!r}')


def _requirements(given: Any, schemes: Mapping[str, Any], *, of: str) -> list[dict[str, list[str]]] | None:
    """Security requirements, of which one has to be met; a name alone is a scheme without scopes."""
    if given is None:
        return None
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise ConfigurationError(f'security of {of} is a list such as ["jwt"], not {given!r}')
    found = [
        {one: []} if isinstance(one, str) else {name: list(scopes) for name, scopes in one.items()}
        for one in given
    ]
    for name in (name for one in found for name in one):
        if name not in schemes:
            raise ConfigurationError(f"security of {of}: there is no {name!r} in security_schemes")
    return found


class Paths:
    """The path items of an app's routes, in the order of their registration."""

    def __init__(self, routes: Iterable[Route], *, schemas: Schemas, schemes: Mapping[str, Any]) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self._schemas = schemas
        self._schemes = schemes
        self._spelt: dict[str, tuple[str, list[str]]] = {}
        self._ids: set[str] = set()
        for route in routes:
            self._enter(route)

    def _enter(self, route: Route) -> None:
        path, names = self._path(template_of(route), strict=route.room.app.trailing_slash != "same")
        item = self.items.setdefault(path, {})
        methods = [str(method).lower() for method in route.written("methods")]
        for method in methods:
            if method not in VERBS:
                note(
                    item,
                    f"{method.upper()}, for which OpenAPI 3.1 has no place, is answered by {route.name}.",
                )
            elif method in item:
                note(item[method], f"{where(route) or 'Otherwise'}, {_called(route)} answers.")
            else:
                operation = Operation(route, method, names=names, schemas=self._schemas)
                item[method] = self._finished(operation, several=len(methods) > 1)

    def _path(self, template: Template, *, strict: bool) -> tuple[str, list[str]]:
        """The path in OpenAPI's spelling, and the names in it.

        Two paths that differ in the names of their parameters alone are the same to OpenAPI
        (https://spec.openapis.org/oas/v3.1.0#path-templating-matching): the first one's names stand.
        """
        ends = "/" if strict and template.text[1:].endswith("/") else ""
        spelt = "/" + "/".join(text if not kind else f"{{{text}}}" for kind, text in template.segments) + ends
        same = "/" + "/".join(text if not kind else "{}" for kind, text in template.segments) + ends
        return self._spelt.setdefault(same, (spelt, template.names))

    def _finished(self, operation: Operation, *, several: bool) -> dict[str, Any]:
        route = operation.route
        said = operation.described()
        security = _requirements(route.options.get("security"), self._schemes, of=repr(route))
        written = {**said, "operationId": self._operation_id(operation, several=several)}
        return written if security is None else {**written, "security": security}

    def _operation_id(self, operation: Operation, *, several: bool) -> str:
        """The route's name in letters, digits and underscores; where that is taken, the method and path as well.

        A route that is added behind others never changes their names.
        """
        given = operation.option("operation_id", str)
        if given is not None:
            found = f"{given}_{operation.method}" if several else given
            if found in self._ids:
                raise ConfigurationError(f"{operation.route!r}: the operation_id {found!r} stands twice")
        else:
            short = _identifier(operation.route.name.rpartition("<locals>.")[2])
            longer = f"{short}_{operation.method}"
            longest = f"{longer}_{_identifier(operation.route.written('path'))}"
            choices = [longer, longest] if several else [short, longer, longest]
            found = next((c for c in choices if c not in self._ids), "")
            number = 2
            while not found or found in self._ids:
                found, number = f"{longest}_{number}", number + 1
        self._ids.add(found)
        return found


def _identifier(text: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text).split()
    return "_".join(words) or "root"


def _called(route: Route) -> str:
    summary = route.options.get("summary")
    return f"`{route.name}` ({summary})" if summary else f"`{route.name}`"
