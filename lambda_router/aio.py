"""Runs coroutines on a loop that outlives the invocation; with `http/asgi.py` the only importer of asyncio.

One loop a thread, made at its first use and kept, so that a client opened in one invocation works in the next. Tasks do
not outlive their invocation: `sweep` cancels and awaits what a handler left behind, except what a lifespan started.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from contextvars import copy_context
from weakref import WeakSet

from .invocation import AFTERWARDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from typing import Any

    from .invocation import Invocation
    from .middleware import Layer, Next


GRACE = 0.25
"""Seconds for a task to end that has been cancelled."""


class OverdueError(Exception):
    """Something did not end in the time that it had."""


class _Kept(threading.local):
    """The loop of this thread, and the tasks that belong to the environment rather than to an invocation."""

    closer: _Closer | None = None

    def __init__(self) -> None:
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        if self.closer is None or self.closer.loop.is_closed():
            self.closer = _Closer(asyncio.new_event_loop())
        return self.closer.loop


class _Closer:
    """Closes the loop when its thread ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def __del__(self) -> None:
        if not self.loop.is_running() and not self.loop.is_closed():
            self.loop.close()


_kept = _Kept()


def inside_loop() -> bool:
    """Whether a loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def run(awaitable: Any, *, seconds: float | None = None) -> Any:
    """The value of the awaitable, awaited on this thread's loop; what it raises is raised here.

    After so many `seconds` it is cancelled, and that is an OverdueError, whatever it makes of it. Called inside a running
    loop (a notebook, an async test) it runs on the kept loop in a thread of its own.
    """
    if inside_loop():
        return _elsewhere(_kept.loop, awaitable, seconds)
    return _open(_ran(_kept.loop, awaitable, seconds))


def _ran(
    loop: asyncio.AbstractEventLoop, awaitable: Any, seconds: float | None
) -> tuple[Any, BaseException | None]:
    if seconds is None:
        return loop.run_until_complete(_outcome(awaitable))
    task = loop.create_task(_outcome(awaitable))
    if _done(task, loop, seconds):
        return task.result()
    task.cancel()
    _done(task, loop, GRACE)
    return None, OverdueError()


def _done(task: asyncio.Task[Any], loop: asyncio.AbstractEventLoop, seconds: float) -> bool:
    """Let the loop run until the task is done, or for so many seconds; whether it is done.

    There is no second task that waits for it: each turn of a loop costs as much as a small request.
    """
    waiting = True

    def stop(_: object = None) -> None:
        if waiting:
            loop.stop()

    task.add_done_callback(stop)
    timer = loop.call_later(seconds, stop)
    try:
        loop.run_forever()
    finally:
        waiting = False
        timer.cancel()
        task.remove_done_callback(stop)
    return task.done()


async def _outcome(awaitable: Any) -> tuple[Any, BaseException | None]:
    # SystemExit and KeyboardInterrupt would stop the loop halfway if it saw them: they travel as values.
    try:
        return await awaitable, None
    except BaseException as exc:
        return None, exc


def _open(outcome: tuple[Any, BaseException | None]) -> Any:
    value, failure = outcome
    if failure is not None:
        raise failure
    return value


async def settled(result: Any) -> Any:
    """As `call.settle`, on the running loop: the result of a call that has run to its end."""
    from .call import settle

    while inspect.isawaitable(result):
        result = await result
    if isinstance(result, concurrent.futures.Future):
        result = await asyncio.wrap_future(result)
    return settle(result)


def start(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Have a coroutine run as a task on this thread's loop, whenever that runs; `value` has what came of it."""
    return _kept.loop.create_task(_outcome(coroutine))


def first_done(tasks: Iterable[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Let the loop run until one of the tasks is done; those that are."""
    done, _ = _kept.loop.run_until_complete(asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))
    return done


def value(task: asyncio.Task[Any]) -> Any:
    """The value of a task of `start` that is done; what it raised is raised here."""
    return _open(task.result())


def outside(work: Callable[[], None]) -> None:
    """Do work that lets the loop run; where a loop runs already (a notebook, an async test), in a thread of its own."""
    if inside_loop():
        _thread(work)
    else:
        work()


def _elsewhere(loop: asyncio.AbstractEventLoop, awaitable: Any, seconds: float | None) -> Any:
    outcomes: list[tuple[Any, BaseException | None]] = []
    own = asyncio.new_event_loop() if loop.is_running() else loop

    def work() -> None:
        outcomes.append(_ran(own, awaitable, seconds))

    thread = threading.Thread(target=copy_context().run, args=(work,), name="lambda_router-loop")
    thread.start()
    thread.join()
    if own is not loop:
        own.close()
    return _open(outcomes[0])


def layer(middleware: Layer, inner: Next) -> Next:
    """An asynchronous middleware as a synchronous layer.

    While it runs it is a task on the kept loop; when it awaits `call_next` the loop is stopped, `inner` runs outside of
    any loop, as everything else on the line does, and the loop goes on with the result.
    """

    def run_layer(invocation: Invocation) -> Any:
        if inside_loop():
            return _thread(lambda: run_layer(invocation))
        return _Conversation(_kept.loop, inner).run(middleware, invocation)

    return run_layer


def _thread(work: Callable[[], Any]) -> Any:
    """The value of work done in a thread that has a loop of its own; what it raises is raised here."""
    outcomes: list[tuple[Any, BaseException | None]] = []

    def target() -> None:
        try:
            outcomes.append((work(), None))
        except BaseException as exc:
            outcomes.append((None, exc))
        sweep()

    thread = threading.Thread(target=copy_context().run, args=(target,), name="lambda_router-loop")
    thread.start()
    thread.join()
    return _open(outcomes[0])


class _Conversation:
    """One run of an asynchronous middleware: its task asks for `call_next`, the line outside answers."""

    def __init__(self, loop: asyncio.AbstractEventLoop, inner: Next) -> None:
        self.loop = loop
        self.inner = inner
        self.asked: list[tuple[Invocation, asyncio.Future[tuple[Any, BaseException | None]]]] = []
        self.answering = False

    async def call_next(self, invocation: Invocation) -> Any:
        """What the middleware awaits."""
        answer: asyncio.Future[tuple[Any, BaseException | None]] = self.loop.create_future()
        self.asked.append((invocation, answer))
        self.loop.stop()
        return _open(await answer)

    def run(self, middleware: Layer, invocation: Invocation) -> Any:
        task = self.loop.create_task(_outcome(middleware(invocation, self.call_next)))
        task.add_done_callback(self._stop)
        while not task.done():
            self.loop.run_forever()
            while self.asked:
                asked, answer = self.asked.pop(0)
                outcome = self._answer(asked)
                if not answer.done():
                    answer.set_result(outcome)
        return _open(task.result())

    def _answer(self, invocation: Invocation) -> tuple[Any, BaseException | None]:
        self.answering = True
        try:
            return self.inner(invocation), None
        except BaseException as exc:
            return None, exc
        finally:
            self.answering = False

    def _stop(self, _: object) -> None:
        # A middleware that gives up on call_next (a timeout) ends while the line is inside: it is left to finish.
        if not self.answering:
            self.loop.stop()


def keep_tasks() -> None:
    """Let the tasks that run now live as long as the environment; called when a lifespan has started."""
    _kept.tasks.update(asyncio.all_tasks(_kept.loop))


def sweep() -> None:
    """Cancel and await every task that the invocation left behind."""
    if _kept.closer is None or (loop := _kept.closer.loop).is_closed() or loop.is_running():
        return
    left = asyncio.all_tasks(loop) - set(_kept.tasks)
    if left:
        for task in left:
            task.cancel()
        run(asyncio.wait(left, timeout=1))


AFTERWARDS.append(lambda: sweep())
