"""An entrypoint that answers although the app cannot be imported: no stack hangs because of a missing module.

Set the function's handler to `lambda_router.guard.app`, and what was the handler, as `module.app`, as the environment
variable `LAMBDA_ROUTER_HANDLER`. While that can be imported, the guard only passes on; it is imported in the init phase.
Where it cannot be, every event fails in its source's own way: a custom resource's request is answered FAILED with the
class of the import's error, a job of CodePipeline and a hook of CodeDeploy fail, an HTTP request gets a 500, and what
Lambda would retry is raised. The import is tried again at the next event, as Lambda itself would.
"""

from __future__ import annotations

import os

from .errors import ConfigurationError
from .router import Router

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from .invocation import Invocation

    app: Guard
    """The guard in front of what `LAMBDA_ROUTER_HANDLER` names."""

VARIABLE = "LAMBDA_ROUTER_HANDLER"


class Guard:
    """An entrypoint in front of `handler`, as `"module.app"`; without one, of what `LAMBDA_ROUTER_HANDLER` names.

    `fallback` is the router, without routes, whose sources answer for what cannot be imported.
    """

    def __init__(self, handler: str | None = None, *, fallback: Router | None = None) -> None:
        self.__name__ = self.__qualname__ = "lambda_router_guard"
        self._setting = handler
        self._fallback = fallback or Router()
        self._fallback.use(self._refuse)
        self._handler: Callable[[Any, Any], Any] | None = None
        self._error: BaseException = ConfigurationError("the handler has not been imported")
        self._place: TracebackType | None = None
        self._told = False
        self._load()
        if self._handler is None:
            self._prepare()

    def __call__(self, event: Any, context: Any = None) -> Any:
        """Answer one event as the handler does, or with a failure where that cannot be imported."""
        if self._handler is None and self._told:
            self._load()
        if self._handler is not None:
            return self._handler(event, context)
        self._told = True
        return self._fallback(event, context)

    def _load(self) -> None:
        try:
            self._handler = _found(self._setting or os.environ.get(VARIABLE, ""))
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # SystemExit too: a module may do anything
            self._error, self._place = exc, exc.__traceback__

    def _prepare(self) -> None:
        """Load what an answer takes, in the init phase; boto3 may be what is missing, or as broken as the handler."""
        from contextlib import suppress

        waiting = self._fallback.codepipeline, self._fallback.codedeploy_hook
        _ = self._fallback.cloudformation
        for source in waiting:
            with suppress(Exception):
                source()(_unreached)

    def _refuse(self, invocation: Invocation, call_next: object) -> Any:
        raise self._error.with_traceback(self._place)


def _unreached() -> None:
    """A handler in front of which every event is refused."""


def _found(setting: str) -> Callable[[Any, Any], Any]:
    from importlib import import_module

    module, _, name = setting.rpartition(".")
    if not module:
        raise ConfigurationError(f'{VARIABLE} names the handler as "module.app"')
    found = getattr(import_module(module.replace("/", ".")), name)
    if not callable(found):
        raise ConfigurationError(f"{setting} is not callable")
    return found  # type: ignore[no-any-return]


globals().pop("app", None)  # a reload makes another


def __getattr__(name: str) -> Any:
    # Made when the runtime client asks for it, so that it tries no import where somebody wants the class alone.
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = globals()["app"] = Guard()
    return made
