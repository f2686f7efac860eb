"""Fixtures for all tests: the real Lambda runtime, and the optional collection of sample events.

Which files run first, and how many at a time, is said here too.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from lambda_router.testing.runtime import EmulatorUnavailable, LambdaRuntime, emulator

# How long an example takes depends on what else the machine does; speed is measured in benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

TESTS = Path(__file__).parent
LONGEST = (
    "e2e/test_chaos.py",
    "bar/test_mappings.py",
    "isolation/test_traces.py",
    "e2e/test_cloudformation_runtime.py",
    "conformance/test_models.py",
    "docs/test_site.py",
    "conformance/test_rooms.py",
    "test_callback.py",
    "testing/test_esm.py",
    "http/test_callers.py",
    "e2e/test_local_aws.py",
    "http/test_mount_callers.py",
    "e2e/test_schemathesis.py",
    "e2e/test_new_user.py",
    "e2e/test_beyond.py",
    "bar/test_broken_rules.py",
    "testing/test_plugin.py",
    "bar/test_answered.py",
    "isolation/test_history.py",
    "cli/test_layer.py",
    "fuzz/test_total.py",
    "e2e/test_layer.py",
    "test_results.py",
    "e2e/test_router_runtime.py",
    "testing/test_samples.py",
    "http/test_mount_hostile.py",
)
"""Those that wait and those that calculate take turns."""
RANKS = {TESTS / name: rank for rank, name in enumerate(LONGEST)}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, because a good part of the time is waiting for functions to time out."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, so that at the end no processor is idle while one file goes on."""
    items.sort(key=lambda item: RANKS.get(item.path, len(RANKS)))


def pytest_collection_finish() -> None:
    """What collection has made stays to the end: the many tests that collect garbage need not search it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def lambda_emulator() -> Path:
    """The emulator's executable. Where it is not to be had its tests are skipped, but on CI they fail."""
    try:
        return emulator()
    except EmulatorUnavailable as error:
        if os.environ.get("CI", "false").lower() not in ("", "0", "false"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def lambda_runtime(lambda_emulator: Path) -> Iterator[Callable[..., LambdaRuntime]]:
    """`lambda_runtime("app.app", cwd=..., **options)`: the `LambdaRuntime` of these arguments.

    There is one for the session, and tests share it: none may rely on a cold start that it did not cause.
    """
    runtimes: dict[tuple[object, ...], LambdaRuntime] = {}
    with ExitStack() as stack:

        def runtime(handler: str, **options: Any) -> LambdaRuntime:
            key = (handler, *(f"{name}={options[name]!r}" for name in sorted(options)))
            if key not in runtimes:
                runtimes[key] = stack.enter_context(LambdaRuntime(handler, **options))
            return runtimes[key]

        yield runtime


@pytest.fixture(scope="session")
def shared_events() -> Path | None:
    """The directory `shared/events` beside the checkout, or None: tests must pass without it."""
    events = Path(__file__).resolve().parents[2] / "shared" / "events"
    return events if events.is_dir() else None


@pytest.fixture(scope="session")
def run_python() -> Callable[..., str]:
    """`run_python(code, before="...")`: the code in a fresh interpreter; what it printed. A failure fails the test."""

    def run(code: str, *, before: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"{before}\n{code}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
