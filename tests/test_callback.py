"""Callbacks: exactly one leaves, whoever comes first, in good time; and what watches the time leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_router import CallbackError, Drop, NoRouteError, PublicError, ResultError, Router
from lambda_router import callback as module
from lambda_router.callback import Callback, CallbackSource, reason
from lambda_router.source import Lazy, RouteFactory
from lambda_router.testing import LambdaContext
from lambda_router.watchdog import DeadlineExceeded, Watchdogs


class Recorder(Callback):
    """A callback of which what was sent can be seen; `faults` is what happens at the next attempts."""

    def __init__(self, *faults: BaseException | None, seconds: float = 0.0) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.tried: list[float] = []
        self.offered: list[float] = []
        self.faults = list(faults)
        self.seconds = seconds

    def success(self, result: Any) -> Any:
        if result == "refused":
            raise ResultError("refused")
        return f"success {result}"

    def failure(self, exc: BaseException) -> Any:
        return f"failure {type(exc).__name__}"

    def send(self, message: Any, *, seconds: float) -> None:
        self.tried.append(time.monotonic())
        self.offered.append(seconds)
        time.sleep(self.seconds)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append(message)


class Made(CallbackSource):
    """A made-up service that waits for a callback."""

    name = "made"
    marks = ("job",)
    parts = {"job": lambda event: event.get("job"), "token": lambda event: event.get("token", "gone")}
    made: list[Recorder] = []

    def __call__(self) -> RouteFactory:
        return self.route()

    @staticmethod
    def recognise(event: Any) -> bool:
        return isinstance(event, dict) and "job" in event

    def disclosed(self, event: Any) -> Any:
        return {key: value for key, value in event.items() if key != "token"}

    def callback(self, event: Any) -> Callback | None:
        if "token" not in event:
            return None
        if event["token"] == "forged":
            raise CallbackError("forged")
        self.made.append(Recorder(*event.get("faults", ()), seconds=event.get("seconds", 0.0)))
        return self.made[-1]


class App(Router):
    made: Lazy[Made] = Lazy(f"{__name__}:Made")


@pytest.fixture
def app() -> App:
    Made.made = []
    return App()


def sent() -> list[str]:
    (made,) = Made.made
    return made.sent


JOB = {"job": 1, "token": "canary"}


def handled(app: App, handler: Callable[..., Any], *, timeout: float | None = None, **parts: Any) -> Any:
    app.made()(handler)
    context = None if timeout is None else LambdaContext(timeout=timeout, clock=time.monotonic)
    return app({**JOB, **parts}, context)


# -- the line --------------------------------------------------------------------------------------------------


def test_success_and_failure_are_sent_and_the_invocation_ends_well(app: App, caplog: Any) -> None:
    assert handled(app, lambda job: job) is None
    assert sent() == ["success 1"]
    assert caplog.records == []


@pytest.mark.parametrize(
    "exc", [ValueError("canary"), SystemExit(1), GeneratorExit(), asyncio.CancelledError()]
)
def test_an_exception_is_a_failure_and_then_a_normal_end(app: App, exc: BaseException, caplog: Any) -> None:
    def fails() -> None:
        raise exc

    assert handled(app, fails) is None
    assert sent() == [f"failure {type(exc).__name__}"]
    (line,) = caplog.records
    assert line.levelno == logging.ERROR
    assert type(exc).__name__ in line.getMessage()
    assert "test_callback.py" in line.getMessage()
    assert "canary" not in caplog.text


def test_a_result_that_is_refused_is_a_failure(app: App) -> None:
    assert handled(app, lambda: "refused") is None
    assert sent() == ["failure ResultError"]


def test_a_drop_is_success(app: App) -> None:
    app.made().drop()
    assert app(JOB) is None
    assert sent() == ["success None"]


def test_an_interrupt_is_a_failure_and_still_ends_the_process(app: App) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        handled(app, interrupted, timeout=30)
    assert sent() == ["failure KeyboardInterrupt"]
    assert_nothing_is_left()


def test_no_user_code_sees_the_secret(app: App) -> None:
    seen: list[Any] = []

    def look(event: Any, invocation: Any, token: str) -> None:
        seen.extend([event, invocation.event, token])

    app = App(warmup=lambda event: bool(seen.append(event)))
    app.use(lambda invocation, call_next: (seen.append(invocation.event), call_next(invocation)))
    app.made()(look)
    app(JOB)
    assert len(seen) == 5
    assert "canary" not in repr(seen)


def test_the_event_itself_is_left_alone(app: App) -> None:
    event = {**JOB}
    handled(app, lambda event: event.clear())
    app(event)
    assert event == JOB


def test_a_refused_event_reaches_no_user_code(app: App) -> None:
    seen: list[Any] = []
    app.use(lambda invocation, call_next: seen.append(1))
    with pytest.raises(CallbackError, match="forged"):
        handled(app, lambda: seen.append(2), token="forged")
    assert seen == Made.made == []


@pytest.mark.parametrize(
    ("options", "entry"),
    [
        ({}, "only"),
        ({"warmup": lambda event: True}, "app"),
        ({}, "lifespan"),
        ({}, "middleware"),
        ({}, "empty"),
    ],
)
def test_whatever_keeps_the_handler_from_running_is_a_failure(options: Any, entry: str) -> None:
    Made.made = []
    app = App(**options)
    if entry != "empty":
        app.made()(lambda: None)
    if entry == "lifespan":

        @app.lifespan
        def broken() -> Iterator[None]:
            raise OSError
            yield

    if entry == "middleware":
        app.use(lambda invocation, call_next: 1 / 0)
    assert (app.only("sqs") if entry == "only" else app)(JOB) is None
    failure = {"lifespan": "OSError", "middleware": "ZeroDivisionError"}.get(entry, "NoRouteError")
    assert sent() == [f"failure {failure}"]


def test_a_failing_dependency_close_is_a_failure(app: App) -> None:
    from lambda_router import Depends

    def opened() -> Iterator[int]:
        yield 1
        raise OSError

    def uses(one: int = Depends(opened, scope="invocation")) -> int:  # type: ignore[assignment]
        return one

    assert handled(app, uses) is None
    assert sent() == ["failure OSError"]


def test_an_exception_handler_settles_with_a_drop_and_with_nothing_else(app: App) -> None:
    @app.exception_handler(KeyError)
    def ignored(exc: Any, invocation: Any) -> str:
        return "fine"

    @app.exception_handler(ValueError)
    def settled(exc: Any, invocation: Any) -> None:
        raise Drop

    @app.exception_handler(OSError)
    def told(exc: Any, invocation: Any) -> None:
        raise PublicError("no room")

    raised: list[type[Exception]] = [KeyError, ValueError, OSError]

    def fails() -> None:
        raise raised[len(Made.made) - 1]

    app.made()(fails)
    for _ in raised:
        assert app(JOB) is None
    assert [made.sent for made in Made.made] == [
        ["failure KeyError"],
        ["success None"],
        ["failure PublicError"],
    ]


def test_without_a_callback_the_result_is_the_answer(app: App) -> None:
    app.made()(lambda job: {"job": job})
    assert app({"job": 3}) == {"job": 3}
    assert Made.made == []


def test_without_a_callback_an_exception_is_raised_without_its_text(app: App) -> None:
    app.made()(lambda job: 1 // 0)
    with pytest.raises(Exception, match=r"^The request could not be handled \(reference unknown\)\.$"):
        app({"job": 3})


# -- exactly one -----------------------------------------------------------------------------------------------


def race(rounds: int) -> None:
    """Three who want to send at the same moment, as often as said; AssertionError unless each time one does."""
    workers = 3
    barrier = threading.Barrier(workers + 1, timeout=20)
    current: list[Recorder] = []
    answers: list[list[bool]] = []
    actions: list[Callable[[Recorder], bool]] = [
        lambda one: one.succeed("x"),
        lambda one: one.fail(ValueError()),
        lambda one: one.expire(),
    ]

    def work(action: Callable[[Recorder], bool]) -> None:
        for _ in range(rounds):
            barrier.wait()
            try:
                answers[-1].append(action(current[-1]))
            except CallbackError:  # without the latch one may look while another is at it
                answers[-1].append(True)
            barrier.wait()

    threads = [threading.Thread(target=work, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    wrong = 0
    try:
        for _ in range(rounds):
            current.append(Recorder())
            answers.append([])
            barrier.wait()
            barrier.wait()
            wrong += len(current[-1].sent) != 1 or answers[-1].count(True) != 1
    finally:
        sys.setswitchinterval(interval)
        for thread in threads:
            thread.join()
    assert wrong == 0, f"{wrong} of {rounds}"


def test_one_of_several_threads_sends() -> None:
    race(10_000)


def test_that_proof_fails_without_the_latch(monkeypatch: Any) -> None:
    monkeypatch.setattr(Callback, "_claim", lambda self, who: bool(self._claims.setdefault("by", [who])))
    with pytest.raises(AssertionError):
        race(50)


def interrupted_everywhere(outcome: Callable[[], Any], *, step: int = 1) -> int:
    """Let the signal come between any two instructions of an invocation, each in turn; how many there are.

    AssertionError unless each time one callback is sent, nothing is raised and nothing is left behind.
    """
    at = 0
    while True:
        Made.made = []
        app = App()
        app.made()(outcome)
        count = 0

        def trace(frame: Any, event: str, argument: Any) -> Any:
            nonlocal count
            if not frame.f_globals.get("__name__", "").startswith(("lambda_router", __name__)):
                return None
            if frame.f_code.co_name in ("trace", "_ring", "expire"):
                return None
            frame.f_trace_opcodes = True
            dogs = Made.made[0]._watchdogs if Made.made else None
            if event == "opcode" and dogs is not None and signal.getsignal(signal.SIGALRM) == dogs._ring:
                count += 1
                if count == at + 1:
                    dogs._ring(signal.SIGALRM, frame)
            return trace

        before = sys.gettrace()
        # Python 3.12 has no such events unless some frame has asked for them before.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(trace)
        try:
            answer: Any = app(JOB, LambdaContext(timeout=900))
        except BaseException as exc:
            answer = exc
        finally:
            sys.settrace(before)
        try:
            assert len(sent()) == 1, (at, sent())
            assert answer is None, (at, answer)
            assert_nothing_is_left()
        finally:
            Made.made[0]._watchdogs.stop()
        if count <= at:
            return count
        at += step


def fails() -> None:
    raise ValueError("x")


def overtaken() -> None:
    """The thread was first; the signal comes when it can."""
    thread = threading.Thread(target=Made.made[0].expire)
    thread.start()
    thread.join()


def succeeds() -> int:
    return 1


def sweep(outcome: Callable[[], Any]) -> str:
    """A program that interrupts everywhere: an exception out of a trace function may leave its interpreter confused."""
    folder = str(Path(__file__).parent)
    found = f"import test_callback as t; print(t.interrupted_everywhere(t.{outcome.__name__}))"
    return f"import sys; sys.path.insert(0, {folder!r}); {found}"


@pytest.mark.parametrize("outcome", [succeeds, fails, overtaken])
def test_the_signal_may_come_between_any_two_instructions(outcome: Any, run_python: Any) -> None:
    assert int(run_python(sweep(outcome))) > 100


def test_that_proof_fails_without_the_last_look(run_python: Any) -> None:
    blind = "from lambda_router import Router; Router._answered = staticmethod(lambda *_: False)"
    with pytest.raises(AssertionError, match="AssertionError"):
        run_python(sweep(fails), before=blind)


# -- the time --------------------------------------------------------------------------------------------------


def assert_nothing_is_left() -> None:
    names = [thread.name for thread in threading.enumerate()]
    assert "lambda_router-watchdog" not in names
    assert "Watchdogs" not in repr(signal.getsignal(signal.SIGALRM))


# None of these goes on for ever, so that a test fails where nothing interrupts them: pytest's own alarm is put aside.


def loop() -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        pass


def catastrophic(seconds: float) -> None:
    """A regular expression that takes that long at the least, and no more than four times as long."""
    begun = time.perf_counter()
    re.match(r"(a+)+$", "a" * 18 + "b")
    longer = math.ceil(math.log2(seconds / (time.perf_counter() - begun))) + 1
    re.match(r"(a+)+$", "a" * (18 + longer) + "b")


def regex() -> None:
    catastrophic(10)


async def awaiting() -> None:
    await asyncio.sleep(20)


def c_call() -> None:
    """About two seconds without the interpreter's lock and without a look at signals."""
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", ROUNDS)


def calibrated() -> int:
    """By the fastest of several, for the machine may be busy now and not then."""

    def taken() -> float:
        begun = time.perf_counter()
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 20_000)
        return time.perf_counter() - begun

    return int(20_000 * 1.8 / min(taken() for _ in range(10)))


ROUNDS = calibrated()


def expires(handler: Callable[..., Any], *, timeout: float = 1.2) -> float:
    """How many seconds before the time limit the failure was there; AssertionError unless it alone was sent, in time."""
    Made.made = []
    begun = time.monotonic()
    assert handled(App(), handler, timeout=timeout) is None
    (made,) = Made.made
    assert made.sent == ["failure DeadlineExceeded"]
    assert_nothing_is_left()
    spare = begun + timeout - made.tried[0]
    assert timeout * 0.35 <= spare <= timeout * 0.6
    return spare


@pytest.mark.parametrize("handler", [lambda: time.sleep(60), loop, regex, awaiting, c_call])
def test_a_failure_is_sent_before_the_time_limit(handler: Any, caplog: Any) -> None:
    expires(handler)
    assert "DeadlineExceeded" in caplog.text


def deaf() -> None:
    """Tries again after whatever it is interrupted by, once."""
    for _ in range(2):
        try:
            time.sleep(6)
        except BaseException:
            pass
    raise ValueError


async def orphaned() -> None:
    """What the signal raises is lost with a task that nobody awaits."""

    async def busy() -> None:
        loop()

    task = asyncio.create_task(busy())
    await asyncio.sleep(6)
    del task


async def spinning() -> None:
    """The loop is between two steps nearly all the time."""

    end = time.monotonic() + 20

    async def spins() -> None:
        while time.monotonic() < end:
            await asyncio.sleep(0)

    await asyncio.gather(*(spins() for _ in range(50)))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("handler", [deaf, orphaned, *[spinning] * 8])
def test_what_takes_no_notice_is_interrupted_again(handler: Any) -> None:
    begun = time.monotonic()
    expires(handler, timeout=0.8)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("module", ["asyncio.events", "asyncio.base_events"])
def test_a_loop_is_not_interrupted_between_two_steps(module: str) -> None:
    dogs = Watchdogs(lambda: True)
    dogs.start(signal_after=60, thread_after=60, again_after=60)
    namespace: dict[str, Any] = {"__name__": module, "sys": sys}
    exec("def frame(): return sys._getframe()", namespace)
    try:
        dogs._ring(signal.SIGALRM, namespace["frame"]())
        with pytest.raises(DeadlineExceeded):
            time.sleep(5)
    finally:
        dogs.stop()


def test_that_proof_fails_without_the_thread(monkeypatch: Any) -> None:
    monkeypatch.setattr(Watchdogs, "_wait", lambda self, seconds: self._bell.acquire())
    with pytest.raises(AssertionError):
        expires(c_call)
    expires(lambda: time.sleep(5))


def test_that_proof_fails_without_the_signal(monkeypatch: Any) -> None:
    monkeypatch.setattr("lambda_router.watchdog._signals_work", lambda: False)
    with pytest.raises(AssertionError):
        expires(lambda: catastrophic(2))


def test_in_another_thread_the_thread_watches(app: App) -> None:
    done: list[Any] = []
    worker = threading.Thread(target=lambda: done.append(handled(app, lambda: time.sleep(1), timeout=1)))
    worker.start()
    worker.join()
    assert done == [None]
    assert sent() == ["failure DeadlineExceeded"]


def test_a_handler_that_swallows_the_interruption_cannot_take_back_the_failure(app: App, caplog: Any) -> None:
    def stubborn() -> str:
        try:
            time.sleep(60)
        except BaseException:
            pass
        return "fine"

    assert handled(app, stubborn, timeout=0.4) is None
    assert sent() == ["failure DeadlineExceeded"]
    assert "failure reported" in caplog.text


def test_what_was_done_in_time_is_not_disturbed(app: App) -> None:
    assert handled(app, lambda: time.sleep(0.1), timeout=1) is None
    time.sleep(0.7)
    assert sent() == ["success None"]
    assert_nothing_is_left()


def test_an_alarm_of_someone_else_is_put_back_with_the_time_that_it_had_left(app: App) -> None:
    rung: list[float] = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    before = signal.setitimer(signal.ITIMER_REAL, 0.5)
    begun = time.monotonic()
    try:
        handled(app, lambda: time.sleep(0.3), timeout=30)
        assert rung == []
        time.sleep(0.4)
        assert 0.4 <= rung[0] - begun <= 0.69
    finally:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *before)


def test_no_alarm_outlives_the_invocation(run_python: Any) -> None:
    """Where no alarm was set before, one that is left would end the process."""
    code = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_callback import JOB, App, LambdaContext
app = App()
app.made()(lambda: None)
app(JOB, LambdaContext(timeout=0.4))
time.sleep(0.5)
print("alive")
"""
    assert run_python(code) == "alive\n"


def test_a_handler_that_user_code_put_in_is_left(app: App) -> None:
    def own(*_: Any) -> None: ...

    before = signal.getsignal(signal.SIGALRM)
    timer = signal.getitimer(signal.ITIMER_REAL)
    try:
        handled(app, lambda: signal.signal(signal.SIGALRM, own), timeout=30)
        assert signal.getsignal(signal.SIGALRM) is own
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def test_a_thousand_invocations_leave_nothing(app: App) -> None:
    before = (threading.active_count(), signal.getsignal(signal.SIGALRM))
    app.made()(lambda: None)
    for _ in range(1_000):
        app(JOB, LambdaContext(timeout=900))
    assert (threading.active_count(), signal.getsignal(signal.SIGALRM)) == before


@pytest.mark.parametrize("left", [0.0, 0.01, -1.0])
def test_hardly_any_time_is_time_enough_to_say_so(app: App, left: float) -> None:
    class Late(LambdaContext):
        def get_remaining_time_in_millis(self) -> int:
            return int(left * 1000)

    app.made()(lambda: time.sleep(1))
    assert app(JOB, Late()) is None
    assert sent() == ["failure DeadlineExceeded"]


def test_a_larger_margin_is_the_apps(app: App) -> None:
    assert handled(App(deadline_margin=1.5), lambda: time.sleep(60), timeout=3) is None
    (made,) = Made.made
    assert made.sent == ["failure DeadlineExceeded"]


# -- delivery --------------------------------------------------------------------------------------------------


def test_a_fault_is_tried_again(app: App) -> None:
    assert handled(app, lambda: "x", faults=[OSError(), CallbackError("503", final=False)]) is None
    (made,) = Made.made
    assert made.sent == ["success x"]
    assert len(made.tried) == 3


def test_a_final_fault_is_not(app: App) -> None:
    with pytest.raises(CallbackError, match="no such job"):
        handled(app, lambda: "x", faults=[CallbackError("no such job")])
    assert len(Made.made[0].tried) == 1


def undeliverable(*, timeout: float | None = None, seconds: float = 0.0) -> Recorder:
    """A callback that cannot be delivered; AssertionError unless that is raised, in bounded time, and names no secret."""
    Made.made = []
    begun = time.monotonic()
    error: BaseException | None = None
    try:
        handled(App(), lambda: "x", timeout=timeout, seconds=seconds, faults=[OSError("canary")] * 99)
    except CallbackError as exc:
        error = exc
    assert error is not None, "reported as delivered"
    assert "canary" not in f"{error} {error!r}"
    assert "OSError" in str(error) or "TimeoutError" in str(error)
    assert time.monotonic() - begun < (timeout - 0.4 if timeout else 10)
    (made,) = Made.made
    assert made.sent == []
    assert len(made.tried) <= 5
    late = 0.05  # threads are, on a busy machine
    for at, offered in zip(made.tried, made.offered, strict=True):
        assert timeout is None or at + offered <= begun + timeout - 0.5 + late
    return made


def test_what_cannot_be_delivered_is_raised(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    assert len(undeliverable().tried) == 5


def test_in_the_time_that_there_is() -> None:
    made = undeliverable(timeout=2, seconds=0.3)
    assert 2 <= len(made.tried) < 5
    assert all(0 < seconds <= 1.5 for seconds in made.offered)


def test_no_attempt_is_begun_that_has_no_time_to_end() -> None:
    assert len(undeliverable(timeout=2, seconds=1.2).tried) == 1


def test_an_attempt_that_does_not_come_to_an_end_is_left() -> None:
    """As the look-up of a name, which knows no time limit, or a client whose own is longer than that of the function."""
    made = undeliverable(timeout=2, seconds=4)
    assert len(made.tried) == 1


def test_where_no_more_threads_are_to_be_had_it_is_sent_all_the_same(app: App, monkeypatch: Any) -> None:
    def refused(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert handled(app, lambda: "x", timeout=30) is None
    assert sent() == ["success x"]


def test_that_proof_fails_when_faults_are_overlooked(monkeypatch: Any) -> None:
    monkeypatch.setattr(Callback, "_attempt", lambda self, message, attempt, seconds: None)
    with pytest.raises(AssertionError, match="reported as delivered"):
        undeliverable()


def test_that_proof_fails_when_the_time_is_not_looked_at(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "monotonic", lambda: 0.0)
    with pytest.raises(AssertionError):
        undeliverable(timeout=2, seconds=0.4)


def test_a_failure_that_cannot_be_delivered_in_time_is_raised_too(app: App) -> None:
    with pytest.raises(CallbackError):
        handled(app, lambda: time.sleep(60), timeout=1, faults=[OSError()] * 99)
    assert_nothing_is_left()


# -- what is told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exc", "told"),
    [
        (ValueError("canary"), "ValueError (see the log of r-1)"),
        (PublicError("the name is taken"), "the name is taken"),
        (PublicError(""), "PublicError"),
        (PublicError("two\nlines\x1b[2J"), "two\\nlines\\x1b[2J"),
        (ResultError("an id is text"), "ResultError: an id is text (see the log of r-1)"),
        (NoRouteError("no route", source="made"), "NoRouteError: no route (see the log of r-1)"),
        (DeadlineExceeded(), "the function came near its time limit (see the log of r-1)"),
        (type("Bad\r\nName", (Exception,), {})("canary"), "Bad\\r\\nName (see the log of r-1)"),
    ],
)
def test_the_reason_tells_what_may_be_told(exc: BaseException, told: str) -> None:
    assert reason(exc, reference="r-1") == told
