"""The function under the mapping: its clock, its time limit, and what its runtime client posts."""

from __future__ import annotations

import inspect
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

from ..context import LambdaContext

START = 1_790_000_000.0
"""The virtual time at which a simulation begins, in seconds since 1970."""


class TimedOut(BaseException):
    """The function has reached its time limit: what it does from here on does not happen."""


class Killed(BaseException):
    """The function's process ends here, as by SIGKILL: what it does from here on does not happen."""


class Clock:
    """The virtual time, in seconds since 1970; it moves when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """The simulation's time in seconds."""
        return self.now


class SimulatedContext(LambdaContext):
    """A context on the simulation's clock; `advance` beyond the time limit ends the function."""

    def __init__(self, function: Function, request_id: str) -> None:
        super().__init__(timeout=function.timeout, clock=function.clock, aws_request_id=request_id)
        self.log_stream_name = f"2026/09/21/[$LATEST]{request_id.replace('-', '')}"
        self._function = function

    def advance(self, seconds: float) -> None:
        """Let time pass: a number of seconds, not below 0."""
        if not seconds >= 0:
            raise ValueError(f"time passes by 0 seconds or more, not {seconds!r}")
        self._function.check()
        clock = self._function.clock
        clock.now = min(clock.now + seconds, self._end)
        if clock.now >= self._end:
            self._function.die(TimedOut(f"the task timed out after {self._function.timeout} seconds"))


class Function:
    """A handler as Lambda runs it; `invoke` gives what is posted.

    `end` is what ended its process in this invocation, or None. From there on nothing that it does counts,
    even if it catches the exception: the real process would be gone.
    """

    def __init__(self, handler: Callable[[Any, Any], Any], *, timeout: float, seed: object) -> None:
        self.handler = handler
        self.timeout = timeout
        self.clock = Clock()
        self.context: SimulatedContext | None = None
        self.end: BaseException | None = None
        self._encode = encoder()
        self._chance = random.Random(f"requests {seed}")

    def invoke(self, event: str) -> tuple[bytes | None, str | None]:
        """The bytes that are posted for an event (JSON text), or None and the class name of the error."""
        self.end = None
        self.context = SimulatedContext(self, identifier(self._chance))
        try:
            raw = self._posted(self.handler(json.loads(event), self.context))
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            return None, type(self.end or exc).__name__
        return (raw, None) if self.end is None else (None, type(self.end).__name__)

    def check(self) -> None:
        """Raise what ended the process, if it has ended."""
        if self.end is not None:
            raise self.end

    def die(self, end: BaseException) -> None:
        """End the process here."""
        self.end = end
        raise end

    def _posted(self, result: Any) -> bytes:
        if isinstance(result, bytes):
            return result  # the runtime client posts bytes as they are
        if inspect.iscoroutine(result):
            result.close()  # it cannot be encoded, so that it never runs; nobody is to be warned of that
        return self._encode(result).encode()


def identifier(chance: random.Random) -> str:
    """A UUID of this source of chance."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def encoder() -> Callable[[Any], str]:
    """The encoder of Lambda's runtime client; ModuleNotFoundError says what to install."""
    try:
        from awslambdaric.lambda_runtime_marshaller import to_json  # pyright: ignore[reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the simulator encodes answers with Lambda's own runtime client: "
            'pip install "lambda-event-router[testing]"',
            name=error.name,
        ) from error
    encode: Callable[[Any], str] = to_json
    return encode
