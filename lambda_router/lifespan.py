"""What lives as long as the environment: opened at the first event, on the framework's loop, and closed at its end.

Lambda announces the end with SIGTERM, if the function has an extension, and else not at all.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading

from . import binding
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .dependencies import Scope


log = logging.getLogger("lambda_router")


class Environment:
    """The lifespans of an app and what they opened."""

    def __init__(self) -> None:
        self.functions: list[Callable[..., Any]] = []
        self._lock = threading.Lock()
        self._scope: Scope | None = None
        self._watch: Termination | None = None
        self._state: dict[str, Any] = {}

    def add(self, function: Callable[..., Any]) -> None:
        """Take in a generator function of no parameter, or of one that gets the app."""
        if not callable(function) or not binding.is_generator(function):
            raise ConfigurationError("a lifespan is a generator: open, yield, close")
        if binding.is_async_generator(function):
            __import__(f"{__package__}.aio")  # now, in the init phase
        self.functions.append(function)

    def enter(self, app: Any, remaining: Callable[[], float | None]) -> Mapping[str, Any]:
        """Open everything, once; what was yielded for the invocations' state. A failure is tried again next time.

        `remaining` gives the seconds that the first event leaves for it, for a function that asks for that by name.
        """
        if self._scope is None:
            with self._lock:
                if self._scope is None:
                    self._open(app, remaining)
        return self._state

    def _open(self, app: Any, remaining: Callable[[], float | None]) -> None:
        from .dependencies import Scope

        scope = Scope()
        state: dict[str, Any] = {}
        try:
            for function in self.functions:
                names = [parameter.name for parameter in binding.signature(function).parameters]
                timed = {"remaining": remaining} if "remaining" in names else {}
                yielded = scope.enter(function(*[app][: len(names) - len(timed)], **timed))
                state.update(yielded if isinstance(yielded, dict) else {})
        except BaseException as exc:
            raise scope.close(exc) or exc from None
        if any(binding.is_async_generator(f) for f in self.functions):
            from .aio import keep_tasks

            keep_tasks()
        self._state, self._scope = state, scope
        atexit.register(self.close)
        self._watch = Termination.watched(self.end)

    def end(self) -> None:
        """Close what was opened, as the process is about to end, unless it is being opened or used at this moment."""
        aio = sys.modules.get(f"{__package__}.aio")
        if self._lock.locked() or (aio is not None and aio.inside_loop()):
            return
        try:
            self.close()
        except BaseException as exc:
            from .failures import class_name, where

            log.error("a lifespan failed at its end: %s at %s", class_name(exc), where(exc))

    def close(self) -> None:
        """Close what was opened, in reverse; the next event would open it anew."""
        with self._lock:
            scope, self._scope = self._scope, None
            watch, self._watch = self._watch, None
            atexit.unregister(self.close)
        if watch is not None:
            watch.over()
        failure = scope.close() if scope is not None else None
        if failure is not None:
            raise failure


class Termination:
    """Does something at SIGTERM, and then what would have been done without it: a handler that is there, or the end."""

    def __init__(self, work: Callable[[], None], before: Any) -> None:
        self.work = work
        self.before = before
        self._process = os.getpid()

    @classmethod
    def watched(cls, work: Callable[[], None]) -> Termination | None:
        """One that waits for the signal; None where Python does not get it, or is not to heed it."""
        if os.environ.get("AWS_EXECUTION_ENV") == "AWS_Lambda_python3.11":
            return None  # it waits for events outside of Python, so that a handler would only keep the process alive
        import signal

        before = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or before in (None, signal.SIG_IGN):
            return None
        watch = cls(work, before)
        signal.signal(signal.SIGTERM, watch)
        return watch

    def __call__(self, number: int, frame: Any) -> None:
        """The handler; a fork of the process, which has it too, opened nothing."""
        import signal

        if os.getpid() == self._process:
            self.work()
        if callable(self.before):
            self.before(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    def over(self) -> None:
        """Put back what was there before, unless another has come on top of it."""
        import signal

        self.work = _nothing
        on_top: Any = signal.getsignal(signal.SIGTERM)
        if on_top is self and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.before)


def _nothing() -> None:
    """What is left to do at the end of what has been closed."""
