"""ASGI 3 applications, such as those of FastAPI, Starlette and Django.

https://asgi.readthedocs.io/en/latest/specs/www.html
https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import logging

from .. import aio
from ..failures import class_name, printable, where
from .forwarding import ApplicationError, Forwarded, answered, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
    from typing import Any

    from ..invocation import Invocation
    from .request import Request
    from .response import Response

    Message = dict[str, Any]
    Application = Callable[..., Awaitable[Any]]

log = logging.getLogger("lambda_router")

_VERSIONS = {"version": "3.0", "spec_version": "2.4"}
_SHUTDOWN = 1.5
"""Seconds for an application to shut down, of the two that Lambda leaves for it.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""


class Asgi:
    """Speaks ASGI to an application. `state` is what its lifespan has put there, a copy of which each request gets."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.state: dict[str, Any] = {}

    def serve(self, request: Request, invocation: Invocation, prefix: str) -> Response:
        """The application's answer; ApplicationError where it does not answer as ASGI demands, or in time.

        Its background tasks have run to their end. What goes wrong after the answer is logged.
        """
        forwarded = Forwarded(request, invocation, prefix)
        exchange = Exchange(forwarded)
        scope = {**_scope(forwarded), "state": self.state.copy(), **environment(invocation)}
        ran = _called(self.application, scope, exchange)
        failure = exchange.failure(_raised(ran, _patience(invocation)))
        if failure is not None and not exchange.complete:
            raise failure
        if failure is not None:
            _log(failure, prefix, invocation)
        return exchange.answer()

    async def lifespan(self, app: Any, remaining: Callable[[], float | None]) -> AsyncIterator[None]:
        """Start the application, and shut it down when the environment ends."""
        self.state.clear()
        lifespan = Lifespan(self.application, self.state)
        await lifespan.start(_reserved(remaining(), app.deadline_margin))
        try:
            yield
        finally:
            await lifespan.stop()


def _scope(forwarded: Forwarded) -> Message:
    return {
        "type": "http",
        "asgi": _VERSIONS.copy(),
        "http_version": "1.1",
        "method": forwarded.method,
        "scheme": forwarded.scheme,
        "path": forwarded.path,
        "raw_path": forwarded.raw_path,
        "query_string": forwarded.query,
        "root_path": forwarded.root,
        "headers": forwarded.headers,
        "client": None if forwarded.client is None else (forwarded.client, 0),
        "server": forwarded.server,
        "extensions": {},
    }


def _patience(invocation: Invocation) -> float | None:
    """How many seconds an application may take, so that there is time left to say that it has not ended."""
    return _reserved(invocation.remaining(), invocation.app.deadline_margin)


def _reserved(left: float | None, margin: float) -> float | None:
    return None if left is None else left - min(margin, left / 3)


async def _called(application: Application, scope: Message, exchange: Exchange) -> None:
    await application(scope, exchange.receive, exchange.send)


def _raised(ran: Coroutine[Any, Any, None], seconds: float | None) -> BaseException | None:
    """What an application raised, or None; ApplicationError, returned as well, where it did not end in time."""
    try:
        aio.run(ran, seconds=seconds)
    except aio.OverdueError:
        return ApplicationError(f"the application did not end within {seconds or 0:.1f} seconds")
    except BaseException as exc:
        return exc
    return None


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=aio.GRACE)


def _log(failure: BaseException, prefix: str, invocation: Invocation) -> None:
    """One line on what an application raised after its answer, as after its own error page."""
    place = where(failure)
    log.error(
        "the application mounted at %s failed after its answer: %s%s correlation_id=%s",
        printable(prefix or "/"),
        class_name(failure),
        f" at {place}" if place else "",
        printable(invocation.correlation_id or "unknown"),
        exc_info=failure if invocation.app.debug else None,
    )


class Exchange:
    """One request to an application, and what it has answered so far."""

    def __init__(self, forwarded: Forwarded) -> None:
        self._forwarded = forwarded
        self._asked = False
        self._status: int | None = None
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._body = bytearray()
        self._over = asyncio.Event()
        self._fault: ApplicationError | None = None

    @property
    def complete(self) -> bool:
        """Whether there is a whole answer."""
        return self._over.is_set() and self._fault is None

    async def receive(self) -> Message:
        """The whole body; then, when the answer is complete, that the client has gone."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self._forwarded.body, "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take in a message; what the protocol does not allow is a failure even if the application catches this."""
        kind = message["type"]
        if kind == "http.response.start" and self._status is None:
            self._status, self._headers = message["status"], list(message.get("headers") or ())
        elif kind == "http.response.body" and self._status is not None and not self._over.is_set():
            self._take(message.get("body", b""))
            if not message.get("more_body", False):
                self._over.set()
        else:
            begun = "http.response.start" if self._status is not None else "anything"
            place = "its whole answer" if self._over.is_set() else begun
            raise self._refused(f"the application sent {kind!s:.40} after {place}")

    def _take(self, chunk: bytes) -> None:
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise self._refused(f"the application's body is bytes, not {type(chunk).__name__}")
        if self._forwarded.method != "HEAD":
            self._body += chunk
        if len(self._body) > self._forwarded.limit:
            raise self._refused("the application's answer is larger than the caller takes")

    def _refused(self, text: str) -> ApplicationError:
        self._fault = self._fault or ApplicationError(text)
        return self._fault

    def failure(self, raised: BaseException | None) -> BaseException | None:
        """Why the answer, or what came after it, is not as it should be; None if all is well."""
        if self._fault is not None or raised is not None or self._over.is_set():
            return self._fault or raised
        return ApplicationError("the application ended without a whole answer")

    def answer(self) -> Response:
        """The whole answer."""
        status: Any = self._status
        return answered(status, self._headers, bytes(self._body), method=self._forwarded.method)


async def _outcome(application: Application, scope: Message, receive: Any, send: Any) -> BaseException | None:
    # SystemExit and KeyboardInterrupt would stop the loop if a task let them pass.
    try:
        await application(scope, receive, send)
    except BaseException as exc:
        return exc
    return None


class Lifespan:
    """What an application does before its first request and after its last, in a task of its own."""

    def __init__(self, application: Application, state: dict[str, Any]) -> None:
        self._state = state
        self._application = application
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._said = {"startup": asyncio.Event(), "shutdown": asyncio.Event()}
        self._failed = ""
        self._task: asyncio.Task[BaseException | None] | None = None

    async def start(self, seconds: float | None) -> None:
        """Have the application start; one that raises instead of an answer has nothing to do at the start.

        What made it fail is raised, or an ApplicationError, also where it does not answer in time.
        """
        scope = {"type": "lifespan", "asgi": {**_VERSIONS, "spec_version": "2.0"}, "state": self._state}
        self._task = asyncio.ensure_future(_outcome(self._application, scope, self._receive, self._send))
        if not await self._reached("startup", seconds):
            await _cancel(self._task)
            raise ApplicationError(f"the application did not start within {seconds or 0:.1f} seconds")
        await self._raise_failure()

    async def stop(self) -> None:
        """Have the application shut down, within the time that there is for it; what made it fail is raised."""
        if self._task is None or self._task.done():
            return
        if not await self._reached("shutdown", _SHUTDOWN):
            await _cancel(self._task)
            raise ApplicationError(f"the application did not shut down within {_SHUTDOWN} seconds")
        await self._raise_failure()
        await _cancel(self._task)

    async def _reached(self, phase: str, seconds: float | None) -> bool:
        """Send the message of a phase; whether the application has answered it, or ended, in time."""
        assert self._task is not None
        self._messages.put_nowait({"type": f"lifespan.{phase}"})
        said = asyncio.ensure_future(self._said[phase].wait())
        done, _ = await asyncio.wait([self._task, said], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        said.cancel()
        return bool(done)

    async def _raise_failure(self) -> None:
        if not self._failed or self._task is None:
            return
        await asyncio.wait([self._task], timeout=aio.GRACE)
        raised = self._task.result() if self._task.done() else None
        await _cancel(self._task)
        raise raised or ApplicationError(self._failed)

    async def _receive(self) -> Message:
        return await self._messages.get()

    async def _send(self, message: Message) -> None:
        _, _, said = message["type"].partition("lifespan.")
        phase, _, how = said.partition(".")
        if phase not in self._said or how not in ("complete", "failed"):
            raise ApplicationError(f"the application sent {message['type']!s:.40} in its lifespan")
        if how == "failed":
            self._failed = f"the application's {phase} failed"
        self._said[phase].set()
