"""Coroutines: one loop a thread that outlives the invocation, tasks that do not, and no asyncio without need."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from events import bridge, http, sqs

from lambda_router import BatchError, Router, aio


def test_the_loop_outlives_the_invocation() -> None:
    app = Router()
    loops: list[Any] = []

    @app.eventbridge()
    async def handler(detail: Any) -> None:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0)

    app(bridge())
    app(bridge())
    assert loops[0] is loops[1]
    assert not loops[0].is_closed()


def test_tasks_do_not_outlive_the_invocation() -> None:
    app = Router()
    ended: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    @app.eventbridge()
    async def handler(detail: Any) -> None:
        async def left() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append("cancelled")

        tasks.append(asyncio.create_task(left()))
        await asyncio.sleep(0)

    app(bridge())
    assert tasks[0].cancelled()
    assert ended == ["cancelled"]


@pytest.mark.parametrize("kind", [SystemExit, asyncio.CancelledError, GeneratorExit, StopAsyncIteration])
def test_what_a_coroutine_raises_fails_its_record_and_leaves_the_loop_whole(
    kind: type[BaseException],
) -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    async def handler(body: Any) -> None:
        await asyncio.sleep(0)
        if body == 1:
            raise kind

    for _ in range(2):
        assert app(sqs(1, 2)) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_keyboard_interrupt_passes_through_a_coroutine() -> None:
    app = Router()

    @app.sqs("orders")
    async def handler(body: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app(sqs(1))


def test_what_is_returned_decides_not_how_it_was_declared() -> None:
    app = Router()
    done: list[str] = []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        done.append(name)

    class Lazy:
        def __await__(self) -> Any:
            return work("object").__await__()

    executor = ThreadPoolExecutor(1)
    returned: dict[str, Any] = {
        "coroutine": lambda: work("coroutine"),
        "object": Lazy,
        "future": lambda: executor.submit(done.append, "future"),
    }

    @app.sqs("orders")
    def handler(body: str) -> Any:
        return returned[body]()

    app(sqs(*returned))
    executor.shutdown()
    assert done == ["coroutine", "object", "future"]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_generator_is_a_failure_and_not_a_success_that_never_ran(asynchronous: bool) -> None:
    app = Router()
    if asynchronous:

        @app.sqs("orders")
        async def agen(body: Any) -> Any:
            yield 1

    else:

        @app.sqs("orders")
        def gen(body: Any) -> Any:
            yield 1

    with pytest.raises(BatchError) as info:
        app(sqs(1))
    assert info.value.classes == {"ResultError": 1}
    gc.collect()


def test_called_inside_a_running_loop() -> None:
    app = Router()
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        return await call_next(invocation)

    @app.get("/")
    async def handler() -> str:
        await asyncio.sleep(0)
        return variable.get()

    async def main() -> Any:
        variable.set("set")
        return app(http("/"))

    before = threading.active_count()
    assert asyncio.run(main())["body"] == "set"
    assert app(http("/"))["body"] == "unset"
    assert threading.active_count() == before


def test_a_handler_may_use_asyncio_run_beside_async_routes() -> None:
    app = Router()

    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    app.get("/run")(lambda: asyncio.run(work()))

    @app.get("/async")
    async def handler() -> str:
        return await work()

    for path in ("/async", "/run", "/async", "/run"):
        assert app(http(path))["body"] == "done"


def test_context_variables_do_not_leak_into_the_next_invocation() -> None:
    app = Router()
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    seen: list[int] = []

    @app.eventbridge()
    async def handler(detail: Any) -> None:
        seen.append(variable.get())
        variable.set(1)

    @app.sqs("orders")
    def on_order(body: Any) -> None:
        seen.append(variable.get())
        variable.set(variable.get() + 1)

    app(bridge())
    app(bridge())
    app(sqs(1))
    app(sqs(1))
    assert seen == [0, 0, 0, 0]
    assert variable.get() == 0


def test_every_thread_has_a_loop_of_its_own_and_closes_it() -> None:
    app = Router()
    loops: list[Any] = []

    @app.get("/{n:int}")
    async def handler(n: int) -> str:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return str(n)

    answers: dict[int, str] = {}

    def work(first: int) -> None:
        for n in range(first, first + 50):
            answers[n] = app(http(f"/{n}"))["body"]

    threads = [threading.Thread(target=work, args=(k * 50,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: str(n) for n in range(400)}
    used = set(loops)
    assert len(used) == 8
    gc.collect()
    assert all(loop.is_closed() for loop in used)


def test_asyncio_is_imported_by_the_first_coroutine_handler_and_not_before(run_python: Any) -> None:
    code = """
import sys
from lambda_router import Router
app = Router()
app.sqs("a")(lambda body: None)
app({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "1", "eventSourceARN": "arn:aws:sqs:eu:1:a"}]})
print("asyncio" in sys.modules)
other = Router()
@other.sqs("a")
async def handler(body): ...
print("asyncio" in sys.modules)
"""
    assert run_python(code).split() == ["False", "True"]


def test_tasks_left_behind_are_cancelled_where_a_loop_runs_already() -> None:
    app = Router()
    ended: list[str] = []
    kept: list[Any] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    @app.get("/")
    async def handler() -> str:
        kept.append(asyncio.ensure_future(work()))
        await asyncio.sleep(0)
        return "done"

    async def notebook() -> Any:
        return app(http("/"))

    assert asyncio.run(notebook())["body"] == "done"
    assert ended == ["cancelled"]


async def _patient() -> None:
    await asyncio.sleep(60)


async def _stubborn() -> None:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue


@pytest.mark.parametrize("work", [_patient, _stubborn])
def test_what_does_not_end_in_its_time_is_overdue(work: Any) -> None:
    began = time.monotonic()
    with pytest.raises(aio.OverdueError):
        aio.run(work(), seconds=0.05)
    assert time.monotonic() - began < 1.5
    aio.sweep()

    async def notebook() -> None:
        aio.run(work(), seconds=0.05)

    with pytest.raises(aio.OverdueError):
        asyncio.run(notebook())
    aio.sweep()


def test_a_timeout_of_its_own_is_not_overdue() -> None:
    async def impatient() -> None:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        aio.run(impatient(), seconds=60)


def test_a_limit_that_is_met_stops_nothing_later() -> None:
    async def turns(count: int) -> int:
        for _ in range(count):
            await asyncio.sleep(0)
        return count

    for n in range(300):
        with contextlib.suppress(aio.OverdueError):
            assert aio.run(turns(n % 3), seconds=0.0005 if n % 2 else 60) == n % 3
        assert aio.run(turns(5)) == 5
    time.sleep(0.001)
    assert aio.run(turns(50)) == 50
