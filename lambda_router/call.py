"""The verb *call*: a bound handler, its dependencies and its middleware folded into one callable, run to its end."""

from __future__ import annotations

from . import middleware
from .errors import ResultError
from .outcomes import Drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from .binding import Plan
    from .invocation import Invocation
    from .middleware import Layer
    from .source import Route

_PLAIN = frozenset({type(None), bool, int, float, str, bytes, dict, list, tuple})


def settle(result: Any) -> Any:
    """The result of a call that has run to its end: what is awaitable is awaited, a generator is a ResultError.

    Whether a handler is asynchronous is decided here, by what it returned, never by how it was declared.
    """
    while type(result) not in _PLAIN:
        kind = type(result)
        if hasattr(kind, "__await__") or _is_awaitable_generator(result):
            from . import aio

            result = aio.run(result)
        elif hasattr(kind, "__next__") or hasattr(kind, "__anext__"):
            _close(result)
            raise ResultError(
                f"the handler returned a {kind.__name__}, so its work has not been done; return a value or a list"
            )
        elif hasattr(kind, "add_done_callback") and hasattr(kind, "result"):
            result = result.result()  # a concurrent.futures.Future: the work is done when it is
        else:
            break
    return result


def _is_awaitable_generator(result: Any) -> bool:
    code = getattr(result, "gi_code", None)
    return code is not None and bool(code.co_flags & 0x100)  # CO_ITERABLE_COROUTINE: @types.coroutine


def _close(generator: Any) -> None:
    close = getattr(generator, "close", None)
    if close is not None:
        close()


def drop(subject: Any, invocation: Invocation) -> NoReturn:
    """The call of a route that has no handler: settle what matches."""
    raise Drop


def compose(route: Route, plan: Plan, *, outside: Sequence[Layer] = ()) -> Callable[[Any, Invocation], Any]:
    """The one callable of a route, `(subject, invocation) -> result`; as short as what the route uses allows.

    `outside` are layers around the route's own middleware, asynchronous where the route has `concurrency`.
    """
    if not plan.scoped and not route.middleware and not outside:
        return plan.call
    if route.options.get("concurrency", 1) > 1:
        from . import concurrency

        return concurrency.compose(route, plan, outside=outside)
    layers = (*outside, *route.middleware)
    inner = middleware.fold(layers, _terminal(plan, _failures if route.batch else settle))

    def call(subject: Any, invocation: Invocation) -> Any:
        return inner(invocation.at(route, subject))

    return call


def _failures(result: Any) -> Any:
    """What a whole-batch handler names as failed; a generator of it is run to its end."""
    return list(result) if hasattr(type(result), "__next__") else settle(result)


def _terminal(plan: Plan, finish: Callable[[Any], Any]) -> Callable[[Invocation], Any]:
    if not plan.dependencies:
        return lambda invocation: finish(plan.call(invocation.subject, invocation))

    from .dependencies import Scope

    def terminal(invocation: Invocation) -> Any:
        with Scope() as invocation.scope:
            return finish(plan.call(invocation.subject, invocation))

    return terminal
