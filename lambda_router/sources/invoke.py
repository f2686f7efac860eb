"""Direct calls: the SDK's Invoke, Step Functions tasks, Scheduler inputs, and all else that no recogniser can claim.

Invoked by
    Whoever calls the function, with any JSON value; synchronously or not.
Answer
    The handler's result, strictly encoded.
An exception
    Is raised with its class name kept, which is what Step Functions matches in `Retry` and `Catch`.
See
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

from .. import binding, criteria
from ..source import RouteFactory, Unclaimed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import UnionType
    from typing import Any

    from ..source import Route


class Invoke(Unclaimed):
    """Direct calls.

    `@app.invoke(when={"task": ["resize"]})` takes what no source claims and `when` accepts: an event pattern, a
    predicate of the event, or a model or other type that it must fit; without `when`, everything. The event is
    the payload under a free name, and what the handler returns is the answer of the call.
    """

    name = "invoke"
    payload = "event"
    parts = {"event": lambda event: event}

    def __call__(
        self,
        *,
        when: Mapping[str, Any] | Callable[[Any], Any] | type | UnionType | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event."""
        return self.route(criteria.when("when", when), middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """Nothing tells a direct call from another: what remains when every source has been asked is one."""
        return False

    def noise(self, event: Any) -> bool:
        """An empty batch and nothing else; with more in it, an empty list of records is somebody's input."""
        return super().noise(event) and len(event) == 1

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The event, which everybody has, is the payload too."""
        return _Words(source=self.name, parts=self.parts, payload=self.payload)

    def suggest(self, subject: Any) -> str:
        """A decorator for all direct calls."""
        return "@app.invoke()"


class _Words(binding.Vocabulary):
    def names(self) -> list[str]:
        return list(binding.EVERYWHERE)
