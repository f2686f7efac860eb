"""What every room brings: a new source is complete when this file has nothing to say about it."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from lambda_router import Router, detect, source
from lambda_router.batch import PolledSource, RecordSource
from lambda_router.http.parameters import CONTENT, PARTS
from lambda_router.http.routes import CALLERS
from lambda_router.http.source import HttpSource
from lambda_router.source import EventSource, RouteFactory
from lambda_router.testing import BatchResult, Client, HttpResult, Result, conformance, event
from lambda_router.testing.events import samples

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lambda_router"
DOCS = ROOT / "docs"
AWS_PAGE = re.compile(r"https://docs\.aws\.amazon\.com/\S+")
HEADINGS = ("Invoked by", "Answer", "An exception", "See")
SECTIONS = (
    "When it is invoked",
    "Decorator",
    "Parts",
    "Results",
    "An exception",
    "Limits",
    "Retries",
    "Permissions",
)
POLLED_SECTIONS = ("Partial responses", "Order", "Deadline")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def rooms() -> dict[str, type[EventSource]]:
    """The event sources by the names of their lines on Router; `http` has no file of its own and is none."""
    loaded = {name: line.load() for name, line in source.rooms(Router)}
    found = {name: cls for name, cls in loaded.items() if issubclass(cls, EventSource)}
    return {name: cls for name, cls in found.items() if cls.__module__.startswith("lambda_router.sources.")}


ROOMS = rooms()
DETECTED = {name: room for name, room in ROOMS.items() if room.marks}
every_room = pytest.mark.parametrize("name", ROOMS)
every_detected_room = pytest.mark.parametrize("name", DETECTED)


def module_of(name: str) -> ModuleType:
    return sys.modules[ROOMS[name].__module__]


def decorators(room: type[EventSource]) -> dict[str, inspect.Signature]:
    """The room's decorators by method name: what returns a route factory."""
    public = {n: f for n, f in vars(room).items() if n == "__call__" or not n.startswith("_")}
    found = {n: inspect.signature(f) for n, f in public.items() if inspect.isfunction(f)}
    made = {n: vars(sys.modules[room.__module__]).get(str(s.return_annotation)) for n, s in found.items()}
    return {n: found[n] for n, cls in made.items() if isinstance(cls, type) and issubclass(cls, RouteFactory)}


def text_of(path: Path) -> str:
    assert path.is_file(), f"there is no {path.relative_to(ROOT)}"
    return path.read_text("utf-8")


@cache
def page_of(name: str) -> str:
    return text_of(DOCS / "sources" / f"{name}.md")


def section(page: str, heading: str) -> str:
    """The text under a heading, up to the next one of its level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    return found[1].strip() if found else ""


# -- what a source of another package has to bring as well ----------------------------------------------------


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
@every_room
def test_it_conforms(name: str, check: Callable[[conformance.Room], None]) -> None:
    check(conformance.Room(Router, name))


# -- the room itself ----------------------------------------------------------------------------------------


def test_there_are_rooms() -> None:
    assert len(DETECTED) >= 9
    assert set(CALLERS) == {name for name, cls in ROOMS.items() if issubclass(cls, HttpSource)}


@every_room
def test_one_name_everywhere(name: str) -> None:
    room = ROOMS[name]
    assert room.name == name, "its line on Router, the name of its class and its file are one"
    assert room.__module__ == f"lambda_router.sources.{name}"
    assert room.__name__.lower() == name.replace("_", "")
    assert isinstance(getattr(Router(), name), room)


def test_every_file_among_the_sources_is_a_room() -> None:
    assert {p.stem for p in (PACKAGE / "sources").glob("*.py")} - {"__init__"} == set(ROOMS)


@every_room
def test_the_module_says_what_the_contract_is(name: str) -> None:
    written = module_of(name).__doc__ or ""
    found = [heading for heading in HEADINGS if re.search(rf"^{heading}\n {{4}}\S", written, re.M)]
    assert found == list(HEADINGS)
    assert AWS_PAGE.search(written.partition("\nSee\n")[2])


@every_room
def test_the_class_has_a_docstring_of_its_own(name: str) -> None:
    assert len(vars(ROOMS[name]).get("__doc__") or "") > 10


@every_room
def test_every_decorator_takes_a_name_and_middleware(name: str) -> None:
    found = decorators(ROOMS[name]) if name not in CALLERS else decorators_of_http()
    assert found
    for signature in found.values():
        assert {"middleware", "name"} <= signature.parameters.keys()


def decorators_of_http() -> dict[str, inspect.Signature]:
    app = Router()
    verbs = {
        verb: getattr(app, verb) for verb in ("get", "post", "put", "patch", "delete", "head", "options")
    }
    return {
        verb: inspect.signature(type(line).__call__) for verb, line in {**verbs, "http": app.http}.items()
    }


# -- what belongs to it -------------------------------------------------------------------------------------


@every_detected_room
def test_there_are_samples_with_the_page_they_were_written_from(name: str) -> None:
    found = list(samples(name))
    assert found
    for sample, written, see in found:
        assert detect(written) == name, sample
        assert AWS_PAGE.match(see), sample


def result_of(room: type[EventSource]) -> type[Result]:
    """The kind of result that a client gives: of requests, of records, or of one event with one answer."""
    if issubclass(room, HttpSource):
        return HttpResult
    return BatchResult if issubclass(room, RecordSource) else Result


@every_detected_room
def test_the_client_sends_it(name: str) -> None:
    client = Client(Router())
    missing = f"there is no method {name} of Client: give it a Sender in testing/client.py"
    assert name in CALLERS or hasattr(client, name), missing
    sent = client.get("/", source=name) if name in CALLERS else getattr(client, name)()
    assert sent.source == name
    assert isinstance(sent, result_of(ROOMS[name]))
    assert type(client.send(event(name))) is type(sent)


SYNCHRONOUS = [name for name, room in DETECTED.items() if room.synchronous and name not in CALLERS]


@pytest.mark.parametrize("name", SYNCHRONOUS)
def test_there_is_a_model_of_what_its_caller_accepts(name: str) -> None:
    assert (ROOT / "tests" / "models" / f"{name}.py").is_file(), f"there is no model tests/models/{name}.py"
    model = import_module(f"models.{name}")
    assert callable(model.check)
    assert AWS_PAGE.search(model.__doc__ or "")
    assert len(model.WRONG) >= 10


@every_room
def test_it_has_tests_of_its_own(name: str) -> None:
    written = text_of(ROOT / "tests" / "sources" / f"test_{name}.py")
    assert re.search(r"^def test_", written, re.M)


@every_room
def test_its_example_runs(name: str) -> None:
    assert text_of(ROOT / "examples" / f"{name}.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"examples.{name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


@every_room
def test_its_page_has_every_section(name: str) -> None:
    polled = issubclass(ROOMS[name], PolledSource)
    for heading in (*SECTIONS, *(POLLED_SECTIONS if polled else ())):
        assert section(page_of(name), heading), f"its page has no section {heading!r}, or an empty one"
    assert AWS_PAGE.search(page_of(name)), "its page names no page of AWS"
    assert "```python" in page_of(name), "its page has no snippet"


@every_room
def test_its_page_names_every_part(name: str) -> None:
    room = ROOMS[name]
    parts = {*PARTS, *CONTENT} if name in CALLERS else {*room.parts, *room.content}
    told = (DOCS / "http.md").read_text("utf-8") if name in CALLERS else section(page_of(name), "Parts")
    assert [part for part in sorted(parts) if f"`{part}`" not in told] == []


@every_room
def test_its_page_names_every_criterion(name: str) -> None:
    http = name in CALLERS
    told = (DOCS / "http.md").read_text("utf-8") if http else section(page_of(name), "Decorator")
    found = decorators_of_http() if http else decorators(ROOMS[name])
    asked = {p for s in found.values() for p in s.parameters} - {"self"}
    assert [p for p in sorted(asked) if f"`{p}`" not in told and f"`{p}=`" not in told] == []


@every_room
def test_the_readme_has_its_row(name: str) -> None:
    rows = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    found = [row for row in rows if f"`{name}`" in row and f"docs/sources/{name}.md" in row]
    assert found, f"there is no row of `{name}` in the README's table of sources, with a link to its page"


# -- the house ----------------------------------------------------------------------------------------------


def trees() -> dict[str, ast.Module]:
    found = {p.relative_to(PACKAGE).as_posix(): p.read_text("utf-8") for p in PACKAGE.rglob("*.py")}
    return {path: ast.parse(text) for path, text in sorted(found.items()) if text}


TREES = trees()


def when_imported(node: ast.AST) -> Iterator[ast.AST]:
    """What is run when the module is imported: no function bodies, and nothing for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from (n for other in child.orelse for n in (other, *when_imported(other)))
            continue
        yield child
        yield from when_imported(child)


def imports(nodes: Iterator[ast.AST], path: str) -> Iterator[str]:
    """The absolute names of what import statements import."""
    package = ["lambda_router", *Path(path).parts[:-1]]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


@every_room
def test_no_room_imports_another(name: str) -> None:
    path = f"sources/{name}.py"
    found = list(imports(ast.walk(TREES[path]), path))
    assert found
    assert [f for f in found if f.startswith("lambda_router.sources")] == []


@pytest.mark.parametrize("path", [p for p in TREES if not p.startswith(("sources/", "testing/", "cli/"))])
def test_nothing_else_imports_a_room_when_it_is_imported(path: str) -> None:
    found = imports(when_imported(TREES[path]), path)
    assert [f for f in found if f.startswith(("lambda_router.sources", "lambda_router.testing"))] == []


def test_rooms_depend_on_the_protocol_and_not_on_the_hub() -> None:
    for path in (p for p in TREES if p.startswith("sources/")):
        found = list(imports(ast.walk(TREES[path]), path))
        assert [f for f in found if f.startswith("lambda_router.router")] == [], path


def without_docstring(node: ast.AST, above: str = "") -> Iterator[str]:
    """What is public and has no docstring; `__call__` is public, as the face of a decorator."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, Function | ast.ClassDef):
            if child.name.startswith("_") and child.name != "__call__":
                continue
            if not ast.get_docstring(child) and not overloaded(child):
                yield f"{above}{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from without_docstring(child, f"{above}{child.name}.")


def overloaded(node: Function | ast.ClassDef) -> bool:
    return any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)


@pytest.mark.parametrize("path", TREES)
def test_everything_public_has_a_docstring(path: str) -> None:
    assert ast.get_docstring(TREES[path])
    assert list(without_docstring(TREES[path])) == []


def lines_of_router() -> dict[str, tuple[ast.AnnAssign, ast.stmt]]:
    """The lazy lines of Router with what stands behind each."""
    (hub,) = (n for n in TREES["router.py"].body if isinstance(n, ast.ClassDef) and n.name == "Router")
    pairs = zip(hub.body, hub.body[1:], strict=False)
    found = [(n, behind) for n, behind in pairs if isinstance(n, ast.AnnAssign) and is_lazy(n)]
    return {ast.unparse(line.target): (line, behind) for line, behind in found}


def is_lazy(node: ast.AnnAssign) -> bool:
    return ast.unparse(node.annotation).startswith("Lazy[")


@pytest.mark.parametrize("name", [name for name, _ in source.rooms(Router)])
def test_the_line_on_the_router_is_typed_as_what_it_loads_and_explained(name: str) -> None:
    line, behind = lines_of_router()[name]
    assert line.value is not None
    (path,) = (
        n.value for n in ast.walk(line.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    )
    module, _, cls = str(path).partition(":")
    annotated = ast.unparse(line.annotation).removeprefix("Lazy[").removesuffix("]")
    assert getattr(import_module(module), cls).__name__ == cls
    assert name not in ROOMS or annotated == cls
    assert isinstance(behind, ast.Expr), "there is no docstring behind the line"
    assert isinstance(behind.value, ast.Constant)
    assert str(behind.value.value).endswith(".")
