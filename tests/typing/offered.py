"""Writes lambda_router/testing/offered.pyi: what `event` and the HTTP methods of a client take, a signature for each name.

    make stubs                                # write it anew
    python tests/typing/offered.py --check    # exit status 1 where it is out of date

At run time the folders of `testing/samples/` say what is on offer. Type checkers and editors cannot look there, so that a
new room or part is written out for them; the signatures are those of the builders.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import lambda_router
from lambda_router.http.routes import CALLERS
from lambda_router.testing import events

PACKAGE = Path(lambda_router.__file__).parent
TARGET = PACKAGE / "testing" / "offered.pyi"
COMMAND = "make stubs"

DOCSTRING = '''"""What `event` and a client's HTTP methods take, for type checkers and editors; it is not there at run time.

Written by tests/typing/offered.py from the builders in `samples/`: `make stubs` where they have changed.
"""'''

REQUEST = ("path", "method", "query", "headers", "cookies", "body")
"""What a client's method says in its own way."""
OWN = {
    "json": "Any = None",
    "data": "str | bytes | Mapping[str, Any] | None = None",
    "files": "Files | None = None",
    "body": "Any = None",
    "headers": "Pairs = ()",
    "query": "Pairs = ()",
    "params": "Pairs = ()",
    "cookies": "Cookies = ()",
    "follow_redirects": "bool | None = None",
}


class Stub:
    """The text of the stub, and what it has to import."""

    def __init__(self) -> None:
        self.imports: dict[str, str] = {"overload": "typing", "Protocol": "typing", "Literal": "typing"}
        self.need("Mapping", "collections.abc")
        self.need("Any", "typing")
        for name, module in (("Pairs", "http"), ("Cookies", "http")):
            self.need(name, f"lambda_router.testing.samples.{module}")
        self.need("Files", "lambda_router.testing.forms")
        self.need("HttpResult", "lambda_router.testing.results")

    def need(self, name: str, module: str) -> None:
        """Import a name; two things of one name cannot be told apart."""
        if self.imports.setdefault(name, module) != module:
            raise SystemExit(f"{name} is of {self.imports[name]} and of {module}")

    def parameters(self, build: Callable[..., Any], *, without: Iterable[str] = ()) -> dict[str, str]:
        """A builder's parts with their types and defaults; a variant's `**parts` are those of its room."""
        found: dict[str, str] = {}
        for name, parameter in inspect.signature(build).parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                rest = self.parameters(sys.modules[build.__module__].event)
                found |= {n: p for n, p in rest.items() if n not in found}
            else:
                found[name] = self.typed(parameter, sys.modules[build.__module__])
        return {name: text for name, text in found.items() if name not in without}

    def offered(self, name: str, *, without: Iterable[str] = ()) -> dict[str, str]:
        """The parts of an event but those that its name gives."""
        parts = self.parameters(builder(name), without=without)
        return {part: text for part, text in parts.items() if not given(name, part)}

    def typed(self, parameter: inspect.Parameter, module: ModuleType) -> str:
        """A parameter's type, and its default where that is short."""
        self.resolve(str(parameter.annotation), module)
        default = parameter.default
        if default is parameter.empty:
            return str(parameter.annotation)
        shown = repr(default) if isinstance(default, str | int | float | None) else "..."
        return f"{parameter.annotation} = {shown if len(shown) < 60 else '...'}"

    def resolve(self, annotation: str, module: ModuleType) -> None:
        """Import what a type names, from where the builder's module has it."""
        for node in ast.walk(ast.parse(annotation, mode="eval")):
            if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
                self.need(node.id, imported(module).get(node.id, module.__name__))

    def text(self, body: Iterable[str]) -> str:
        """The whole module."""
        lines = [f"from {module} import {name}" for name, module in sorted(self.imports.items())]
        return "\n".join([DOCSTRING, "", *lines, "", *body])


@cache
def imported(module: ModuleType) -> dict[str, str]:
    """The names that a module imports, and the modules that they are of."""
    tree = ast.parse(inspect.getsource(module))
    package = module.__name__.split(".")
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            found |= {
                alias.asname or alias.name: ".".join([*above, node.module or ""]) for alias in node.names
            }
    return found


def own() -> list[str]:
    """The names of the events of lambda_router's own rooms; other packages may have put theirs on offer."""
    return [name for name in events.names() if name.partition(".")[0] in events._own()]


def builder(name: str) -> Callable[..., Any]:
    """What makes the events of a name."""
    return events.builders(name.partition(".")[0])[name]


def given(name: str, part: str) -> bool:
    """Whether the name of an event says what this part is."""
    try:
        events.make(name, **{part: None})
    except Exception as refused:
        return "already, by its place" in str(refused)
    return False


def is_http(name: str, stub: Stub) -> bool:
    """Whether a client's HTTP methods send it."""
    return name.partition(".")[0] in CALLERS and set(REQUEST) <= stub.parameters(builder(name)).keys()


def keywords(parameters: dict[str, str]) -> str:
    """Parameters that are given by name."""
    return "".join([", *", *(f", {name}: {text}" for name, text in parameters.items())]) if parameters else ""


def event(stub: Stub) -> Iterable[str]:
    """The signatures of `event`."""
    for name in own():
        build = builder(name)
        answer = inspect.signature(build).return_annotation
        stub.resolve(answer, sys.modules[build.__module__])
        yield "@overload"
        yield f"def event(name: Literal[{name!r}], /{keywords(stub.offered(name))}) -> {answer}:"
        yield f'    """{inspect.cleandoc(build.__doc__ or "").splitlines()[0]}"""'
    yield "@overload"
    yield "def event(name: Name, /) -> Any:"
    yield '    """A new event of a name that is only known when the program runs; `make` takes parts too."""'


def requests(stub: Stub, kind: str, first: str) -> Iterable[str]:
    """The signatures of a client's HTTP methods."""
    yield f"class {kind}(Protocol):"
    yield '    """A method of a client that sends requests; the parts are those of the source."""'
    for name in (name for name in own() if is_http(name, stub)):
        default = " = ..." if name == "api_gateway_http" else ""
        parts = {"source": f"Literal[{name!r}]{default}", **OWN}
        parts |= stub.offered(name, without=REQUEST)
        yield "    @overload"
        yield f"    def __call__(self, {first}{keywords(parts)}) -> HttpResult:"
        yield '        """Send a request through a source, one of `event`\'s names."""'
    yield "    @overload"
    yield f"    def __call__(self, {first}{keywords({'source': 'str', **OWN})}) -> HttpResult:"
    yield '        """Send a request through a source that is only known when the program runs."""'


def written() -> str:
    """The stub as it has to be."""
    stub = Stub()
    body = [
        *["Name = Literal[", *(f"{name!r}," for name in own()), "]"],
        '"""The name of every event."""',
        *event(stub),
        *requests(stub, "Requests", "path: str"),
        *requests(stub, "AnyRequests", "method: str, path: str"),
    ]
    command = [sys.executable, "-m", "ruff"]
    text = stub.text(body)
    for rest in (["check", "--select", "I", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        done = subprocess.run(
            [*command, *rest, "--stdin-filename", str(TARGET), "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        text = done.stdout
    return text


def main(arguments: list[str]) -> int:
    """Write the stub, or say whether it is up to date."""
    text = written()
    if arguments == ["--check"]:
        current = TARGET.is_file() and TARGET.read_text("utf-8") == text
        print("up to date" if current else f"{TARGET.name} is out of date: {COMMAND}")
        return not current
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
