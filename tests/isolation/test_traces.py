"""A call leaves nothing behind: no variable, setting, task, thread, socket or memory, and the event as it was.

The loop alone is kept, so that a client opened in one call works in the next.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import locale
import os
import signal
import socket
import sys
import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from typing import Annotated, Any

import pytest

from isolation import app as isolated
from isolation.app import Call, Case, cases, events, send
from isolation.conftest import CAMPAIGN
from isolation.traces import files, left_by, traces
from lambda_router import Depends, Router, aio
from lambda_router import router as hub
from lambda_router.echo import copied
from lambda_router.invocation import Invocation
from lambda_router.sources.cloudformation import CloudFormation
from lambda_router.sources.codepipeline import CodePipeline
from lambda_router.sources.cognito import Cognito
from lambda_router.testing import event
from lambda_router.watchdog import Watchdogs

CALLS = 10_000
MIB = 2**20


def changes(apps: dict[str, Any], chosen: list[Case], *, calls: int) -> dict[str, Case]:
    """What is not as it was after one of so many calls, each with the first case after which it was so."""
    for app, case in itertools.product(apps.values(), chosen[:: len(chosen) // 50 or 1]):
        send(app, case)  # modules, loops and whatever else is kept on purpose
    return copy_context().run(_changes, apps, chosen, calls)


def _changes(apps: dict[str, Any], chosen: list[Case], calls: int) -> dict[str, Case]:
    found: dict[str, Case] = {}
    every = itertools.cycle(itertools.product(chosen, apps.values()))
    gc.collect()  # what earlier tests have left open must not be closed meanwhile
    before = traces()
    for case, app in itertools.islice(every, calls):
        changed, before = left_by(app, case, before)
        for name in changed:
            found.setdefault(name, case)
    return found


@pytest.mark.timeout(600)
def test_ten_thousand_calls_leave_no_trace(apps: dict[str, Router]) -> None:
    """Nor memory: a block is an object of at most 512 bytes, and a fifth of one would be left by each call."""
    assert changes(apps, cases(), calls=CAMPAIGN * 50 or CALLS) == {}
    before = blocks()  # what the first call of its kind keeps on purpose is there by now
    assert changes(apps, cases(), calls=CALLS // 5) == {}
    assert blocks() - before <= CALLS // 5 // 5


def blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def test_nothing_is_left_of_calls_in_other_threads(apps: dict[str, Router]) -> None:
    """Each thread has a loop of its own, which ends with it."""
    chosen = [case for case in cases() if case.plan == "succeed"]

    def work() -> None:
        for case in chosen[::6]:
            for app in apps.values():
                assert send(app, case).left == ()

    in_a_thread(work)
    gc.collect()
    before = isolated_state()
    in_a_thread(work)
    gc.collect()
    assert isolated_state() == before


def test_no_task_is_left_anywhere(apps: dict[str, Router]) -> None:
    before = open_tasks()
    for case in cases()[::7]:
        send(apps["asynchronous"], case)
        send(apps["concurrent"], case)
    assert open_tasks() - before == set()


def open_tasks() -> set[asyncio.Task[Any]]:
    """Every task of the process that is not done; another test may have left some."""
    gc.collect()
    return {one for one in gc.get_objects() if type(one) is asyncio.Task and not one.done()}


def in_a_thread(work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as exc:
            failures.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert failures == []


def isolated_state() -> Any:
    return files(), sorted(thread.name for thread in threading.enumerate())


# -- memory -------------------------------------------------------------------------------------------------------


def growth(apps: dict[str, Any], *, calls: int, count: Callable[[], int]) -> int:
    """How much more there is to count after so many warm calls."""
    every = list(itertools.product(cases()[::7], apps.values()))
    for case, app in every:
        send(app, case)
    counted = []
    for some in (every[:100], itertools.islice(itertools.cycle(every), calls)):
        for case, app in some:
            send(app, case)
        gc.collect()
        counted.append(count())
    return counted[1] - counted[0]


def test_calls_add_nothing_to_memory_of_any_size(apps: dict[str, Router]) -> None:
    """As many bytes a call as would make a mebibyte in 10,000; tracemalloc is too slow for those in every run."""
    calls = CAMPAIGN * 50 or 600
    try:
        assert growth(apps, calls=calls, count=_traced) <= MIB * calls // CALLS
    finally:
        tracemalloc.stop()


def _traced() -> int:
    """The bytes allocated since this was first asked."""
    tracemalloc.start()
    return tracemalloc.get_traced_memory()[0]


def test_what_keeps_events_is_seen_in_memory(
    apps: dict[str, Router], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []
    make = Invocation.__init__

    def init(self: Invocation, *given: Any, **more: Any) -> None:
        make(self, *given, **more)
        kept.append(self.event)

    monkeypatch.setattr(Invocation, "__init__", init)
    assert growth(apps, calls=500, count=blocks) > CALLS // 5


# -- the loop is kept ---------------------------------------------------------------------------------------------


class Clients:
    """An app whose clients belong to the loop on which they were made: a lock, a queue and a connection."""

    def __init__(self, port: int) -> None:
        self.app = Router()
        self.made: dict[str, Any] = {}
        self.loops: list[asyncio.AbstractEventLoop] = []

        async def connection() -> Any:
            if not self.made:
                self.made["lock"] = asyncio.Lock()
                self.made["queue"] = asyncio.Queue()
                self.made["streams"] = await asyncio.open_connection("127.0.0.1", port)
            return self.made

        @self.app.invoke()
        async def ask(event: Any, clients: Annotated[Any, Depends(connection)]) -> str:
            self.loops.append(asyncio.get_running_loop())
            reader, writer = clients["streams"]
            async with clients["lock"]:
                writer.write(f"{event}\n".encode())
                await writer.drain()
                clients["queue"].put_nowait((await reader.readline()).decode().strip())
            return str(await clients["queue"].get())

        @self.app.sqs("orders", concurrency=2)
        async def on_order(body: str, clients: Annotated[Any, Depends(connection)]) -> None:
            await ask(body, clients)

    async def close(self) -> None:
        self.made["streams"][1].close()
        await self.made["streams"][1].wait_closed()


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that answers each line with the same line in capitals."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with suppress(ConnectionError), connection, connection.makefile("rwb") as lines:
                for line in lines:
                    lines.write(line.upper())
                    lines.flush()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def test_a_client_of_the_first_call_works_in_the_next(echo_port: int) -> None:
    clients = Clients(echo_port)
    assert [clients.app(word) for word in ("one", "two", "three")] == ["ONE", "TWO", "THREE"]
    clients.app(event("sqs", body="four"))
    assert len(set(clients.loops)) == 1
    assert clients.app("five") == "FIVE"
    aio.run(clients.close())


def test_and_would_not_if_the_loop_were_not_kept(echo_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(echo_port)
    kept: list[Any] = []

    def forget() -> None:
        kept.append(aio._kept.closer)
        aio._kept.closer = None

    monkeypatch.setattr(aio, "sweep", forget)
    assert clients.app("one") == "ONE"
    with pytest.raises(RuntimeError):
        clients.app("two")
    kept[0].loop.run_until_complete(clients.close())
    for closer in filter(None, kept):
        closer.loop.close()


# -- with the rule broken -----------------------------------------------------------------------------------------


class Direct:
    """In place of `copy_context()`: runs in the caller's own context."""

    @staticmethod
    def run(function: Callable[..., Any], *given: Any) -> Any:
        return function(*given)


def some(room: str, plan: str = "succeed") -> list[Case]:
    return [Case(name, text, plan) for name, text in events().items() if name.partition(".")[0] == room]


def test_variables_leak_where_the_context_is_not_copied(
    plain: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "copy_context", Direct)
    found = changes({"plain": plain}, some("sqs"), calls=5)
    assert "context variables" in found  # a thread of an earlier test may end meanwhile


def test_tasks_are_left_where_they_are_not_swept(
    asynchronous: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = aio.sweep
    monkeypatch.setattr(aio, "sweep", lambda: None)
    try:
        assert list(changes({"asynchronous": asynchronous}, some("sns"), calls=5)) == ["tasks"]
    finally:
        sweep()


@pytest.mark.parametrize("room", ["cloudformation", "codepipeline"])
def test_signals_and_threads_are_left_where_watchdogs_are_not_stopped(
    plain: Router, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    stop, left = Watchdogs.stop, []
    monkeypatch.setattr(Watchdogs, "stop", left.append)
    try:
        found = changes({"plain": plain}, some(room), calls=5)
        assert {"signal handlers", "threads"} <= set(found)
    finally:
        monkeypatch.undo()
        for watchdogs in reversed(left):
            stop(watchdogs)


def test_loops_are_left_where_threads_do_not_close_them(
    asynchronous: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    monkeypatch.setattr(aio._Closer, "__del__", lambda self: loops.append(self.loop))
    before = isolated_state()
    in_a_thread(lambda: send(asynchronous, some("sns")[0]))  # type: ignore[arg-type, return-value]
    gc.collect()
    assert isolated_state() != before
    assert len(loops) == 1
    loops[0].close()
    assert isolated_state() == before


def test_the_event_changes_where_it_is_not_copied(plain: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    app = {"plain": plain}
    assert changes(app, some("cognito", "edit"), calls=30) == {}
    monkeypatch.setattr("lambda_router.sources.cognito.copied", lambda value: value, raising=False)
    monkeypatch.setattr("lambda_router.echo.copied", lambda value: value)
    monkeypatch.setattr(Cognito, "admit", _admit_the_event_itself)
    assert list(changes(app, some("cognito", "edit"), calls=30)) == ["event"]
    assert copied({"a": [1]}) == {"a": [1]}


def _admit_the_event_itself(self: Cognito, invocation: Invocation) -> None:
    invocation.subject = invocation.event


def test_the_event_changes_where_a_secret_is_taken_out_of_it(
    plain: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_url(self: object, event: Any) -> Any:
        event.pop("ResponseURL", None)
        return event

    def without_credentials(self: object, event: Any) -> Any:
        event["CodePipeline.job"]["data"].pop("artifactCredentials", None)
        return event

    monkeypatch.setattr(CloudFormation, "disclosed", without_url)
    monkeypatch.setattr(CodePipeline, "disclosed", without_credentials)
    for room in ("cloudformation", "codepipeline"):
        assert "event" in changes({"plain": plain}, some(room), calls=10)


_leaking: ContextVar[int] = ContextVar("leaking", default=0)
_opened: list[Any] = []

LEFT: dict[str, Callable[[], Any]] = {
    "environment": lambda: os.environ.update(LEFT=str(time.monotonic_ns())),
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C" if _locale() != "C" else "C.UTF-8"),
    "warnings filters": lambda: warnings.simplefilter(
        "ignore", type(f"W{time.monotonic_ns()}", (Warning,), {})
    ),
    "signal handlers": lambda: signal.signal(signal.SIGUSR1, lambda *_: None),
    "working directory": lambda: os.chdir("/" if os.getcwd() != "/" else "/usr"),
    "threads": lambda: _opened.append(_thread()),
    "files and sockets": lambda: _opened.append(socket.socket()),
    "random state": lambda: __import__("random").random(),
}


def _locale() -> str:
    return locale.setlocale(locale.LC_ALL)


def _thread() -> threading.Event:
    over = threading.Event()
    threading.Thread(target=over.wait, args=(60,), name=f"left-{time.monotonic_ns()}").start()
    return over


@pytest.fixture
def restored() -> Iterator[None]:
    """Puts everything back that the entries of LEFT change."""
    environment, directory, handler = dict(os.environ), os.getcwd(), signal.getsignal(signal.SIGUSR1)
    spoken = _locale()
    with warnings.catch_warnings():
        yield
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    locale.setlocale(locale.LC_ALL, spoken)
    signal.signal(signal.SIGUSR1, handler)
    while _opened:
        one = _opened.pop()
        one.set() if isinstance(one, threading.Event) else one.close()
    for thread in threading.enumerate():
        if thread.name.startswith("left-"):
            thread.join(5)


@pytest.mark.parametrize("name", LEFT)
def test_whatever_a_call_leaves_is_seen(
    plain: Router, monkeypatch: pytest.MonkeyPatch, restored: None, name: str
) -> None:
    """The framework touches none of these; if a room began to, it would be found."""
    close = hub.Router._close_scope

    def leave(self: Router, invocation: Invocation, failure: Any) -> Any:
        LEFT[name]()
        return close(self, invocation, failure)

    monkeypatch.setattr(hub.Router, "_close_scope", leave)
    assert name in changes({"plain": plain}, some("function_url"), calls=3)


def test_a_call_is_itself_no_trace() -> None:
    """The check of variables is of those of the caller: what is set in a copy is not there."""
    Context().run(_leaking.set, 1)
    assert _leaking.get() == 0
    assert Call("succeed", "r").get_remaining_time_in_millis() > 0
    assert isolated.marker.get() == "clean"
