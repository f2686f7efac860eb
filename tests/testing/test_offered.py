"""What type checkers and editors are told of `event` is what it takes."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from lambda_router.testing import SampleError, events
from lambda_router.testing.events import make

ROOT = Path(__file__).resolve().parents[2]
STUB = ROOT / "lambda_router" / "testing" / "offered.pyi"
TREE = ast.parse(STUB.read_text("utf-8"))
NAMES = [name for name in events.names() if name.partition(".")[0] in events._own()]


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("offered", ROOT / "tests" / "typing" / "offered.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stub_is_up_to_date(writer: ModuleType) -> None:
    assert writer.written() == STUB.read_text("utf-8"), f"run: {writer.COMMAND}"


def overloads(name: str) -> list[ast.FunctionDef]:
    return [n for n in TREE.body if isinstance(n, ast.FunctionDef) and n.name == name]


def named(function: ast.FunctionDef) -> str:
    """The name of the event that an overload is for."""
    found = re.fullmatch(
        r"Literal\['([\w.]+)'\]", ast.unparse(function.args.posonlyargs[0].annotation or TREE)
    )
    return found[1] if found else ""


def test_there_is_a_signature_for_each_name() -> None:
    assert [named(f) for f in overloads("event")] == [*NAMES, ""]
    assert all(ast.get_docstring(f) for f in overloads("event"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_offered_is_taken_and_nothing_else_is(name: str) -> None:
    (function,) = [f for f in overloads("event") if named(f) == name]
    assert function.args.kwarg is None
    told = [argument.arg for argument in function.args.kwonlyargs]
    assert told or name.endswith(".test_event")
    with pytest.raises(SampleError) as caught:
        make(name, no_such=1)
    taken = str(caught.value).partition("there are: ")[2].split(", ")
    assert set(told) <= set(taken)
    for part in set(taken) - set(told):
        with pytest.raises(SampleError, match="already, by its place or its name"):
            make(name, **{part: None})


def test_it_is_not_there_at_run_time() -> None:
    assert not STUB.with_suffix(".py").exists()
    assert importlib.util.find_spec("lambda_router.testing.offered") is None
