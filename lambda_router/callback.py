"""Services that wait for a callback: exactly one leaves, on every path and in good time.

A `Callback` is that of one invocation, and three may want to send it: the line, when the handler has ended; the signal
and the thread that watch the time. Whoever claims it first sends it, and the others find it claimed. What cannot be
delivered is raised, so that Lambda, which invokes these functions asynchronously, retries the event
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).

All that sending takes is imported at decoration: a watchdog may come in the middle of another import.
"""

from __future__ import annotations

import logging
import threading
from time import monotonic, sleep

from . import call
from .errors import CallbackError, NoRouteError, PublicError, ResultError
from .failures import class_name, printable, survivable, text, where
from .outcomes import Drop
from .source import EventSource
from .watchdog import DeadlineExceeded, Watchdogs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from .invocation import Invocation

log = logging.getLogger("lambda_router")

_RESERVE = 0.6
"""Seconds before the time limit at which the last attempt to deliver has ended: half a second, and a little to say so."""
_UNLIMITED = 30.0
"""Seconds for all attempts where there is no time limit."""
_ATTEMPTS = 5
_SHORTEST_ATTEMPT = 0.2
_PAUSE = 0.1

_LINE, _WATCHDOG, _NOBODY = "line", "watchdog", "nobody"


class Callback:
    """The callback of one invocation: however many want to send it, one does.

    A room fills in `success` and `failure`, which make a message, and `send`, which delivers it. No secret of the event
    that they need may show in a repr, a message of failure or what they raise. `reference` is the id to look for in the
    log, `error` why the callback was not delivered.
    """

    patience: ClassVar[float] = 5.0
    """Seconds that one attempt may take."""

    def __init__(self) -> None:
        self.reference: str | None = None
        self.error: CallbackError | None = None
        self._claims: dict[str, list[str]] = {}
        self._over = threading.Event()
        self._watchdogs: Watchdogs | None = None
        self._until: float | None = None

    # -- what a room fills in --------------------------------------------------------------------------------------

    def success(self, result: Any) -> Any:
        """The message of success with what a handler returned; ResultError for what the service does not take."""
        raise NotImplementedError

    def failure(self, exc: BaseException) -> Any:
        """The message of failure; it never raises. `reason` gives the text that may be shown."""
        raise NotImplementedError

    def send(self, message: Any, *, seconds: float) -> None:
        """Try once to deliver the message, within so many seconds; then it is left to itself.

        A CallbackError is final; after any other exception it is tried again while there is time. A service that says
        that it has its answer already is content: return.
        """
        raise NotImplementedError

    # -- what is done with it --------------------------------------------------------------------------------------

    def watch(self, seconds: float | None, *, margin: float) -> None:
        """Have failure sent when `margin` of so many seconds are left (half of them, if they are few); None: no limit."""
        if seconds is None:
            return
        margin = min(margin, seconds / 2)
        self._until = monotonic() + max(seconds - _RESERVE, seconds / 2)
        self._watchdogs = Watchdogs(self.expire)
        self._watchdogs.start(
            signal_after=seconds - margin, thread_after=seconds - margin * 0.9, again_after=margin / 4
        )

    def succeed(self, result: Any) -> bool:
        """Send success unless something was sent before; whether this did. CallbackError if it was not delivered."""
        return self._settle(self.success(result))

    def fail(self, exc: BaseException) -> bool:
        """Send failure unless something was sent before; whether this did. CallbackError if it was not delivered."""
        if self._watchdogs is not None:
            self._watchdogs.disarm()
        return self._settle(self.failure(exc))

    def expire(self) -> bool:
        """Send failure, because the time is over, unless something was sent before; whether that is how it ended.

        It may run between any two instructions of user code and beside any of them, so that it logs nothing.
        """
        if self._claim(_WATCHDOG):
            self._deliver(self.failure(DeadlineExceeded()))
        return self._claims["by"][0] == _WATCHDOG

    def abandon(self) -> None:
        """Send nothing, unless something was sent before: the event will come again, and have a callback then."""
        if self._claim(_NOBODY):
            self._over.set()
        if self._watchdogs is not None:
            self._watchdogs.stop()

    def _claim(self, who: str) -> bool:
        # One operation that neither a signal nor a thread can come into.
        token = [who]
        return self._claims.setdefault("by", token) is token

    def _settle(self, message: Any) -> bool:
        if self._watchdogs is not None:
            self._watchdogs.disarm()
        claimed = self._claim(_LINE)
        if self._watchdogs is not None:
            self._watchdogs.stop()
        if claimed:
            self._deliver(message)
        if not self._over.wait(_UNLIMITED):  # the thread may still be at it
            raise CallbackError("the callback has not been delivered in time")
        if self.error is not None:
            raise self.error
        return claimed

    def _deliver(self, message: Any) -> None:
        self.error = CallbackError("the callback has not been delivered")  # until it has been
        try:
            self._persist(message)
        finally:
            self._over.set()

    def _persist(self, message: Any) -> None:
        until = monotonic() + _UNLIMITED if self._until is None else self._until
        for attempt in range(1, _ATTEMPTS + 1):
            seconds = min(max(until - monotonic(), _SHORTEST_ATTEMPT), self.patience)
            self.error = self._attempt(message, attempt, seconds=seconds)
            pause = _PAUSE * 2 ** (attempt - 1)
            if self.error is None or self.error.final or monotonic() + pause + _SHORTEST_ATTEMPT > until:
                return
            sleep(pause)

    def _attempt(self, message: Any, attempt: int, *, seconds: float) -> CallbackError | None:
        """One attempt; the error if it failed. It has a thread of its own, and if it is too long in coming is left to it.

        Not everything that takes time can be told how much: the look-up of a name, a client with limits of its own.
        """
        outcome = [self._undelivered("TimeoutError", attempt)]

        def send() -> None:
            outcome[0] = self._sent(message, attempt, seconds=seconds)

        thread = threading.Thread(target=send, name="lambda_router-callback", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads to be had
            send()
        else:
            thread.join(seconds)
        return outcome[0]

    def _sent(self, message: Any, attempt: int, *, seconds: float) -> CallbackError | None:
        try:
            self.send(message, seconds=seconds)
        except CallbackError as exc:
            return exc
        except BaseException as exc:
            return self._undelivered(class_name(exc), attempt)
        return None

    @staticmethod
    def _undelivered(name: str, attempt: int) -> CallbackError | None:
        """What was raised is named by its class: its text may hold a secret."""
        return CallbackError(f"the callback could not be delivered: {name} at attempt {attempt}", final=False)


class CallbackSource(EventSource):
    """A source that waits for a callback: success or failure is sent exactly once, then the invocation ends well.

    A room fills in `callback` and `disclosed`. Where there is no callback for an event, somebody waits for the result,
    and `returned` shapes it.
    """

    synchronous = False
    shows_errors = True

    def callback(self, event: Any) -> Callback | None:
        """The callback of an event that is whole, secrets included; None where the result is the answer.

        CallbackError for an event whose callback may not be sent where it says: no user code runs.
        """
        raise NotImplementedError

    def disclosed(self, event: Any) -> Any:
        """The event as all user code sees it: without the secrets, as a copy if it has any; never raises."""
        return event

    def returned(self, result: Any, invocation: Invocation) -> Any:
        """The answer to who waits for it, where there is no callback."""
        from .results import plain

        return plain(result)

    def carried(self, document: Any, raw: Any) -> Any:
        """What waits for a callback is never taken out of a record: who sent that would choose where it goes."""
        return None

    def admit(self, invocation: Invocation) -> None:
        """Take the callback out of the event and begin to watch the time."""
        event = invocation.event
        invocation.event = self.disclosed(event)
        callback = self.callback(event)
        if callback is None:
            return
        callback.reference = invocation.correlation_id
        held: Any = callback
        invocation.verdict = held
        callback.watch(invocation.remaining(), margin=self.app.deadline_margin + 1.0)

    def skip(self, invocation: Invocation) -> Any:
        """An event that somebody waits for is no warm-up ping, whatever `warmup` says."""
        raise NoRouteError(
            f"the event of {self.name} was taken for a warm-up ping: make warmup= narrower", source=self.name
        )

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call. An exception handler may settle the event with a Drop; else the failure stands."""
        if _held(invocation) is None:
            return super().run(invocation)
        try:
            route = self.match(invocation.event)
            if route is None:
                raise self.no_route(invocation.event)
            invocation.route = route
            return call.settle(route.call(invocation.event, invocation))
        except BaseException as exc:
            verdict = self.app.verdict(exc, invocation)
            if verdict is exc:
                raise
            raise verdict from None

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """Success is sent, unless the time was over before; nobody waits for more."""
        callback = _held(invocation)
        if callback is None:
            return self.returned(result, invocation)
        if not callback.succeed(result):
            self._log(DeadlineExceeded(), invocation)
        return None

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Failure is sent; a Drop settles the event, which is success."""
        callback = _held(invocation)
        if callback is None:
            if issubclass(type(exc), CallbackError):  # the event was refused
                raise exc
            return super().fail(exc, invocation)
        if issubclass(type(exc), Drop):
            return self.shape(None, invocation)
        if exc is not callback.error:
            callback.fail(exc)
            self._log(exc, invocation)
            return None
        raise exc

    def answered(self, exc: BaseException, invocation: Invocation) -> bool:
        """Whether the callback has left all the same; if it has not, this is the last opportunity."""
        callback = _held(invocation)
        if callback is None:
            return False
        try:
            callback.fail(exc)
        except CallbackError:
            return False
        return True

    def _log(self, exc: BaseException, invocation: Invocation) -> None:
        place = where(exc)
        log.error(
            "%s failure reported: %s%s (reference %s)",
            self.name,
            class_name(exc),
            f" at {place}" if place else "",
            printable(invocation.correlation_id or "unknown"),
            exc_info=survivable(exc) if self.app.debug else None,
        )


def _held(invocation: Invocation) -> Callback | None:
    held: Any = invocation.root.verdict
    return held  # type: ignore[no-any-return]


_TOLD = (NoRouteError, ResultError)
"""Errors of ours whose text says what to mend; none of them holds a payload."""


def reason(exc: BaseException, *, reference: str | None) -> str:
    """What may be told of a failure where people read it, in one line; never raises.

    The text of a PublicError and of the router's own errors; of any other exception the class and where to look.
    """
    kind, name = type(exc), class_name(exc)
    if issubclass(kind, PublicError):
        return printable(text(exc), limit=2_000) or name
    if issubclass(kind, DeadlineExceeded):
        name = "the function came near its time limit"
    elif issubclass(kind, _TOLD):
        name = f"{name}: {printable(text(exc), limit=1_000)}"
    return f"{name} (see the log of {printable(reference or 'the function')})"
