"""Fixtures for pytest, which finds them by itself where the package is installed.

`router_client(app)` is a `Client`, `lambda_context` a `LambdaContext`, `lambda_runtime(app)` the real Lambda runtime,
`callbacks` what the app reports to AWS. Failed assertions about results say which records failed, and why.

pytest imports this module at every start, also for projects that never use a fixture of it: the kit is imported by the
fixtures.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .callbacks import Callbacks
    from .client import Client
    from .context import LambdaContext
    from .runtime import LambdaRuntime

__all__ = ["callbacks", "lambda_context", "lambda_runtime", "router_client"]

_MARKER = "lambda_context(**parts): what the fixture `lambda_context` is made with, as `timeout=10`"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def lambda_context(request: pytest.FixtureRequest) -> LambdaContext:
    """A Lambda context with a clock that only moves by `advance`; `@pytest.mark.lambda_context(timeout=10)` says more."""
    from .context import LambdaContext

    parts: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("lambda_context"))):
        parts |= marker.kwargs
    return LambdaContext(**parts)


@pytest.fixture
def router_client() -> Iterator[Callable[..., Client]]:
    """`router_client(app, **options)`: a `Client` of the app, closed after the test, which also loses its overrides."""
    from .client import Client

    with ExitStack() as stack:

        def client(app: Callable[[Any, Any], Any], **options: Any) -> Client:
            made = Client(app, **options)
            stack.enter_context(made.override({}))
            return stack.enter_context(made)

        yield client


@pytest.fixture
def callbacks() -> Iterator[Callbacks]:
    """What apps report to AWS in this test, written down and not sent: CloudFormation's answers, CodePipeline's results."""
    from .callbacks import recording

    with recording() as made:
        yield made


@pytest.fixture(scope="session")
def lambda_runtime(pytestconfig: pytest.Config) -> Iterator[Callable[..., LambdaRuntime]]:
    """`lambda_runtime(app, **options)`: the app on the real Lambda runtime; `"module.attribute"` says where it is, too.

    The options are those of `LambdaRuntime`. The same arguments give the same runtime, which all tests of the session
    share: none may rely on a cold start that it did not cause. The test is skipped where there is no emulator.
    """
    from .runtime import EmulatorUnavailable, LambdaRuntime

    made: dict[tuple[object, ...], LambdaRuntime] = {}
    refused: dict[tuple[object, ...], EmulatorUnavailable] = {}
    with ExitStack() as stack:

        def runtime(app: object, **options: Any) -> LambdaRuntime:
            handler, root = (app, pytestconfig.rootpath) if isinstance(app, str) else _place(app)
            options = {"cwd": root, **options}
            chosen = tuple(f"{name}={options[name]!r}" for name in sorted(options))
            key = (handler, *chosen)
            if key not in made and chosen not in refused:
                try:
                    made[key] = stack.enter_context(LambdaRuntime(handler, **options))
                except EmulatorUnavailable as error:
                    refused[chosen] = error  # asking again may take as long as pip gives a slow network
            if key not in made:
                pytest.skip(f"the Lambda runtime is not to be had here: {refused[chosen]}")
            return made[key]

        yield runtime


def _place(app: object) -> tuple[str, Path]:
    """The handler setting of an app that a module holds, and the directory that the module is imported from."""
    from pathlib import Path

    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        found = [key for key, value in vars(module).items() if value is app] if file else []
        if found and not name.startswith("lambda_router."):
            depth = name.count(".") + (Path(str(file)).stem == "__init__")
            return f"{name}.{found[0]}", Path(str(file)).resolve().parents[depth]
    raise ValueError(
        f"no module holds {app!r}: give the handler setting, as lambda_runtime('shop.app', cwd='src')"
    )


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """What is said of a failed assertion about a result, as `assert out.failed == []`; None of any other."""
    if "lambda_router.testing.results" not in sys.modules:
        return None
    from .assertions import explained

    return explained(op, left, right)
