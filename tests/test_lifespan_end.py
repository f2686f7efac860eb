"""The end of an environment: lifespans close at SIGTERM, which Lambda sends where there is an extension."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from lambda_router import Router
from lambda_router.testing import Client
from lambda_router.testing.runtime import LambdaRuntime

ROOT = Path(__file__).parents[1]

APP = """
import os, signal, sys
from lambda_router import Router

app = Router()
steps = open({steps!r}, "a", buffering=1)

@app.lifespan
async def pool():
    yield
    print("pool", file=steps)

@app.lifespan
def client():
    yield
    print("client", file=steps)

async def shop(scope, receive, send):
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            await receive()
            await send({{"type": f"lifespan.{{phase}}.complete"}})
        print("shop", file=steps)

app.mount("/", shop)

@app.invoke()
async def process() -> int:
    return os.getpid()
"""


def run(body: str, steps: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process that runs the app and the body; `steps` gets what was closed."""
    return subprocess.run(
        [sys.executable, "-c", APP.format(steps=str(steps)) + textwrap.dedent(body)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )


def closed(steps: Path, *, count: int = 3, seconds: float = 5.0) -> list[str]:
    """What was closed, in order; waited for."""
    end = time.monotonic() + seconds
    while len(steps.read_text().split()) < count and time.monotonic() < end:
        time.sleep(0.02)
    return steps.read_text().split()


def test_the_real_runtime_closes_lifespans_at_sigterm(tmp_path: Path, lambda_emulator: Path) -> None:
    steps = tmp_path / "steps"
    (tmp_path / "ending.py").write_text(APP.format(steps=str(steps)))
    # Python 3.12 and later wait for events in a thread, so that the main thread gets signals.
    env = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}
    with LambdaRuntime("ending.app", cwd=tmp_path, env=env, path=[ROOT]) as runtime:
        process = runtime.invoke({}).json()
        assert steps.read_text() == ""
        os.kill(process, signal.SIGTERM)
        assert closed(steps) == ["shop", "client", "pool"]


def test_the_process_ends_as_it_would_without_us(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    ended = run("app({}); os.kill(os.getpid(), signal.SIGTERM); print('alive')", steps)
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, "")
    assert closed(steps) == ["shop", "client", "pool"]


def test_a_handler_that_is_there_is_asked_afterwards(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    body = """
    signal.signal(signal.SIGTERM, lambda *_: (print("own", file=steps), sys.exit(3)))
    app({})
    os.kill(os.getpid(), signal.SIGTERM)
    """
    assert run(body, steps).returncode == 3
    assert closed(steps) == ["shop", "client", "pool", "own"]


def test_a_handler_that_comes_later_stays(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    body = """
    app({})
    own = lambda *_: print("own", file=steps)
    signal.signal(signal.SIGTERM, own)
    app.close()
    assert signal.getsignal(signal.SIGTERM) is own
    """
    assert run(body, steps).returncode == 0
    assert closed(steps) == ["shop", "client", "pool"]


@pytest.mark.parametrize(
    ("before", "environment"),
    [("signal.SIG_IGN", {}), ("signal.SIG_DFL", {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"})],
)
def test_where_the_signal_is_left_alone(before: str, environment: dict[str, str], tmp_path: Path) -> None:
    body = f"""
    signal.signal(signal.SIGTERM, {before})
    app({{}})
    assert signal.getsignal(signal.SIGTERM) == {before}
    """
    ended = run(body, tmp_path / "steps", **environment)
    assert ended.returncode == 0, ended.stderr


def test_a_fork_closes_nothing(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    body = """
    app({})
    if (child := os.fork()) == 0:
        os.kill(os.getpid(), signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    os._exit(0)
    """
    ended = run(body, steps)
    assert (ended.returncode, steps.read_text()) == (0, ""), ended.stderr


def test_in_the_middle_of_a_coroutine_nothing_is_closed(tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    body = """
    @app.get("/")
    async def ended():
        os.kill(os.getpid(), signal.SIGTERM)
    from lambda_router.testing import event
    app(event("alb", path="/"))
    """
    assert (run(body, steps).returncode, steps.read_text()) == (-signal.SIGTERM, "")


def test_a_lifespan_that_fails_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    body = """
    @app.lifespan
    def failing():
        yield
        raise ValueError("canary")
    app({})
    os.kill(os.getpid(), signal.SIGTERM)
    """
    steps = tmp_path / "steps"
    ended = run(body, steps)
    assert (ended.returncode, closed(steps, count=1)) == (-signal.SIGTERM, ["shop"])
    assert "a lifespan failed at its end: ValueError" in ended.stderr
    assert "canary" not in ended.stderr


def test_close_puts_back_what_was_there() -> None:
    before = signal.getsignal(signal.SIGTERM)
    app = Router()

    @app.lifespan
    def nothing():  # type: ignore[no-untyped-def]
        yield

    app.invoke()(lambda: None)
    with Client(app) as client:
        client.send({})
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
