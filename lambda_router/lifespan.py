"""What lives as long as the environment: opened at the first event, on the framework's loop, and closed at its end."""

from __future__ import annotations

import atexit
import threading

from . import binding
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .dependencies import Scope


class Environment:
    """The lifespans of an app and what they opened."""

    def __init__(self) -> None:
        self.functions: list[Callable[..., Any]] = []
        self._lock = threading.Lock()
        self._scope: Scope | None = None
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

    def close(self) -> None:
        """Close what was opened, in reverse; the next event would open it anew."""
        with self._lock:
            scope, self._scope = self._scope, None
            atexit.unregister(self.close)
        failure = scope.close() if scope is not None else None
        if failure is not None:
            raise failure
