"""Durable functions: what their SDK raises to end an invocation leaves the router as it is, and is nobody's failure.

A wait suspends the execution by an exception, and its next invocation replays the event
(https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html). To a batch, a callback or an HTTP answer such an
exception would be a failure like any other; so it travels as a `KeyboardInterrupt` does, from the handler to the entrypoint.
"""

from __future__ import annotations

from .call import settle
from .source import Unclaimed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .invocation import Invocation
    from .source import Route

SDK = "aws_durable_execution_sdk_python"
_ENDING = ("SuspendExecution", "BackgroundThreadError", "OrphanedChildException", "InvocationError")
"""Those that say nothing of the event: a wait, and that the state of the execution could not be kept."""


class Passing(KeyboardInterrupt):
    """On its way out of the router: `carried` is what the SDK has raised."""

    def __init__(self, carried: BaseException) -> None:
        super().__init__()
        self.carried = carried


def let_pass(route: Route) -> None:
    """Have what ends the invocation pass the router when it comes out of the route's handler."""
    plan = route.plan
    if plan is None or route.options.get("concurrency", 1) > 1:
        return
    bound, guarded = plan.call, _guarded(plan.call)
    plan.call = guarded
    if route.call is bound:
        route.call = guarded


def _guarded(inner: Callable[[Any, Invocation], Any]) -> Callable[[Any, Invocation], Any]:
    from aws_durable_execution_sdk_python import exceptions

    ending: Any = tuple(getattr(exceptions, name) for name in _ENDING if hasattr(exceptions, name))

    def call(subject: Any, invocation: Invocation) -> Any:
        try:
            result = inner(subject, invocation)
            return settle(result) if hasattr(type(result), "__await__") else result
        except ending as exc:
            _abandon(invocation.root.verdict)
            raise Passing(exc) from None

    return call


def _abandon(held: Any) -> None:
    """Leave the callback, where a service waits for one, to the invocation in which the execution ends."""
    from .callback import Callback

    if isinstance(held, Callback):
        held.abandon()


class Wrapper(Unclaimed):
    """What a durable execution sends, with the user's event inside: no route takes it, for none could read that."""

    def match(self, subject: Any) -> Route | None:
        """None, also where there are routes for whatever nothing else takes."""
        return None

    def routes_tried(self, subject: Any) -> Sequence[Route]:
        """None of the app's."""
        return ()

    def suggest(self, subject: Any) -> str:
        """The SDK around the router."""
        return "handler = durable_execution(app)"
