"""Two watchdogs over user code, so that the time limit never comes as a surprise: a signal and a thread.

Neither does alone. The signal breaks into Python code, sleeping, waiting and regular expressions, but not into a C call
that goes on for long; the thread runs beside a C call that has let go of the interpreter, but not beside a regular
expression, which has not. What both miss is a C call that holds the interpreter to the end.

The signal comes again, for there are places in which what it raises is lost: a task that nobody awaits, a callback of a
loop, a `__del__`, an `except BaseException` around an attempt.
"""

from __future__ import annotations

import signal
import threading
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_SOONEST = 0.05
"""Seconds that an alarm takes at the least, so that it never rings before it has been put down in writing."""


class DeadlineExceeded(BaseException):
    """Raised in user code when the time limit is near and the failure has been reported.

    No Exception, so that what catches those to try again does not catch this.
    """


class Watchdogs:
    """Calls `expire` after some seconds, by a signal and a little later by a thread, unless they are stopped.

    `expire` says whether the watch is over for lack of time; then a DeadlineExceeded is raised in what is being watched,
    where a signal can do that: in the main thread.
    """

    def __init__(self, expire: Callable[[], bool]) -> None:
        self._expire = expire
        self._armed = True
        self._again = _SOONEST
        self._bell = threading.Lock()
        self._thread: threading.Thread | None = None
        self._alarm: _Alarm | None = None

    def start(self, *, signal_after: float, thread_after: float, again_after: float) -> None:
        """Begin to watch; the seconds until each of the two, and until the signal comes again if nothing has ended."""
        self._again = max(again_after, _SOONEST)
        self._bell.acquire()
        thread = threading.Thread(
            target=self._wait, args=(thread_after,), name="lambda_router-watchdog", daemon=True
        )
        try:
            thread.start()
            self._thread = thread
        except RuntimeError:  # no more threads to be had: the signal has to do
            pass
        if _signals_work():
            self._alarm = _Alarm(self._ring)
            self._alarm.set(signal_after)

    def disarm(self) -> None:
        """Raise no more: what was being watched has come to its end."""
        self._armed = False

    def stop(self) -> None:
        """Disarm, put back the alarm that was there before and wait for the thread; a second time, do nothing."""
        self.disarm()
        alarm, self._alarm = self._alarm, None
        if alarm is not None:
            alarm.cancel()
        thread, self._thread = self._thread, None
        if thread is not None:
            self._bell.release()
            thread.join()

    def _wait(self, seconds: float) -> None:
        if not self._bell.acquire(timeout=max(seconds, _SOONEST)):
            self._expire()

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if not (self._expire() and self._armed):
            return
        signal.setitimer(signal.ITIMER_REAL, _SOONEST if _is_loop(frame) else self._again)
        if not _is_loop(frame):
            raise DeadlineExceeded


def _is_loop(frame: FrameType | None) -> bool:
    """Whether an event loop is between two steps: it would log what is raised there, and forget the task."""
    return frame is not None and frame.f_globals.get("__name__") in ("asyncio.base_events", "asyncio.events")


def _signals_work() -> bool:
    """Signals belong to the main thread; a handler that is not of Python's making could not be put back."""
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGALRM) is not None


class _Alarm:
    """One alarm by the interval timer, in place of what was there before."""

    def __init__(self, ring: Callable[[int, FrameType | None], None]) -> None:
        self._ring = ring
        self._handler = signal.getsignal(signal.SIGALRM)
        self._timer = (0.0, 0.0)
        self._begun = monotonic()

    def set(self, seconds: float) -> None:
        signal.signal(signal.SIGALRM, self._ring)
        self._timer = signal.setitimer(signal.ITIMER_REAL, max(seconds, _SOONEST))

    def cancel(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if signal.getsignal(signal.SIGALRM) == self._ring:  # else user code has put in its own meanwhile
            signal.signal(signal.SIGALRM, self._handler)
        delay, interval = self._timer
        if delay:
            left = max(delay - (monotonic() - self._begun), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left, interval)
