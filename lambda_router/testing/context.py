"""A Lambda context for tests, with a clock that only moves when it is told to."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from .samples import stamps

_CLIENT = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
_TRACE_FIELDS = ("traceparent", "tracestate", "baggage")


class TimedOut(Exception):  # noqa: N818 - by the name that Lambda gives it
    """The function was ended at its time limit, as Lambda reports it; what it would have returned is lost."""

    @classmethod
    def of(cls, context: LambdaContext) -> TimedOut:
        """What Lambda reports of the invocation that has this context."""
        return cls(f"{context.aws_request_id} Task timed out after {context.timeout:.2f} seconds")


class LambdaContext:
    """What Lambda's Python runtime gives a handler as its context.

    `timeout` is the function's time limit in seconds. Time passes by `advance`; `clock` is a function of no
    argument that gives seconds, such as `time.monotonic`, by which it passes too. `client_context` is the
    document that a caller of the Invoke API sent, `identity` that of Amazon Cognito.
    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(
        self,
        *,
        timeout: float = 3.0,
        clock: Callable[[], float] | None = None,
        function_name: str = "shop",
        function_version: str = "$LATEST",
        memory_limit_in_mb: int | str = 128,
        aws_request_id: str | None = None,
        invoked_function_arn: str | None = None,
        client_context: Mapping[str, Any] | None = None,
        identity: Mapping[str, Any] | None = None,
        tenant_id: str | None = None,
    ) -> None:
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < math.inf:
            raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
        self._clock = clock or (lambda: 0.0)
        self._end = self._clock() + timeout
        self.timeout = timeout
        arn = f"arn:aws:lambda:{stamps.REGION}:{stamps.ACCOUNT}:function:{function_name}"
        day = stamps.Moment().iso[:10].replace("-", "/")
        self.aws_request_id = aws_request_id or stamps.uuid()
        self.function_name = function_name
        self.function_version = function_version
        # The runtime takes it from the environment, as text.
        self.memory_limit_in_mb = str(memory_limit_in_mb)
        self.invoked_function_arn = invoked_function_arn or arn
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = f"{day}/[{function_version}]{stamps.hexadecimal(32)}"
        self.tenant_id = tenant_id
        self.client_context = _client_context(client_context)
        self.identity = _fields(identity or {}, "cognito_identity_id", "cognito_identity_pool_id")
        self._trace = {name: (client_context or {}).get("w3c", {}).get(name) for name in _TRACE_FIELDS}

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the function; 0 at the least."""
        return max(0, round((self._end - self._clock()) * 1000))

    def advance(self, seconds: float) -> None:
        """Let time pass: a number of seconds, not below 0."""
        if not seconds >= 0:
            raise ValueError(f"time passes by 0 seconds or more, not {seconds!r}")
        self._end -= seconds

    def log(self, msg: object) -> None:
        """Write to standard output."""
        sys.stdout.write(str(msg))

    def w3c(self) -> dict[str, str]:
        """The trace context that the caller sent in `client_context`."""
        return {name: value for name, value in self._trace.items() if isinstance(value, str)}

    def __repr__(self) -> str:
        left = self.get_remaining_time_in_millis()
        return f"<LambdaContext {self.function_name} {self.aws_request_id} {left} ms left>"


def _fields(given: Mapping[str, Any], *names: str) -> SimpleNamespace:
    return SimpleNamespace(**{name: given.get(name) for name in names})


def _client_context(given: Mapping[str, Any] | None) -> SimpleNamespace | None:
    """The caller's document as an object, as the runtime makes it: what is not there is None."""
    if given is None:
        return None
    made = _fields(given, "custom", "env", "client")
    made.client = None if made.client is None else _fields(made.client, *_CLIENT)
    return made
