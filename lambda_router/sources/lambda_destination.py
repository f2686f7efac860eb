"""AWS Lambda destinations: what became of another function's invocation, or of a batch of its stream.

Invoked by
    Lambda, asynchronously, when a function that was invoked asynchronously has succeeded, or has failed for the last time;
    nobody waits, and Lambda retries twice. Through a queue or topic it also tells of a batch that a stream's mapping has
    given up.
Answer
    Is ignored.
An exception
    Is raised, so that Lambda retries the event and then sends it to its own failure destination.
See
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import sys

from .. import binding, call, criteria
from ..criteria import Criterion
from ..errors import PayloadError, ResultError
from ..payload import document
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from ..invocation import Invocation
    from ..source import Route

    F = TypeVar("F", bound=Callable[..., Any])

_SUCCESS = "Success"
_ARN = field("requestContext", "functionArn")
_BATCHES = ("KinesisBatchInfo", "DDBStreamBatchInfo", "KafkaBatchInfo")
_condition = field("requestContext", "condition")
_request_id = field("requestContext", "requestId")


def _names(event: Any) -> tuple[Any, ...]:
    """What the function may be named by: its ARN, with its qualifier and without, and its name."""
    arn = _ARN(event)
    parts = arn.split(":") if isinstance(arn, str) else []
    if len(parts) < 7 or parts[5] != "function":
        return (arn,)
    return arn, ":".join(parts[:7]), parts[6]


def _function(event: Any) -> Any:
    return _names(event)[-1]


def _batch(event: Any) -> Any:
    """What is told of a stream's batch; None for an invocation of its own."""
    return next((event[key] for key in _BATCHES if isinstance(event.get(key), dict)), None)


def _request(event: Any) -> Any:
    """The event that the function was invoked with; as text under `payload` where a bucket is the destination.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    if "requestPayload" in event or not isinstance(event.get("payload"), str):
        return event.get("requestPayload")
    try:
        return document("payload", event["payload"])
    except PayloadError:
        return None


def _has_request(event: Any) -> bool:
    return "requestPayload" in event or _request(event) is not None


class LambdaDestination(EventSource):
    """Destinations of functions.

    `@app.lambda_destination.failure("orders")` is called when the function has failed for the last time, and
    `@app.lambda_destination.success("orders")` when it has succeeded. `function` is its name or ARN, a glob, or a list of
    them. With `unwrap=True` the event that the function had been invoked with goes to the routes of its own source.
    """

    name = "lambda_destination"
    marks = ("requestContext.functionArn",)
    index = "function"
    synchronous = False
    payload = "request"
    parts = {
        "request": _request,
        "response": field("responsePayload"),
        "condition": _condition,
        "function": _function,
        "function_arn": _ARN,
        "function_error": field("responseContext", "functionError"),
        "request_id": _request_id,
        "attempts": field("requestContext", "approximateInvokeCount"),
        "batch": _batch,
        "time": field("timestamp"),
    }

    def success(
        self,
        function: str | Sequence[str],
        *,
        unwrap: bool = False,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an invocation that has succeeded."""
        only = criteria.glob("condition", _condition, _SUCCESS)
        return self._outcome(
            "success", function, only, unwrap=unwrap, options={"middleware": middleware, "name": name}
        )

    def failure(
        self,
        function: str | Sequence[str],
        *,
        condition: str | Sequence[str] | None = None,
        unwrap: bool = False,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an invocation or batch that Lambda has given up; `condition` says why, such as "RetriesExhausted"."""
        failed = Criterion("condition", _condition, test=lambda seen: seen != _SUCCESS, written="not Success")
        only = criteria.glob("condition", _condition, condition) or (failed,)
        return self._outcome(
            "failure", function, only, unwrap=unwrap, options={"middleware": middleware, "name": name}
        )

    def _outcome(
        self,
        kind: str,
        function: Any,
        only: tuple[Criterion, ...],
        *,
        unwrap: bool,
        options: dict[str, Any],
    ) -> RouteFactory:
        named = criteria.any_of("function", _names, criteria.given("function", function))
        if not unwrap:
            return self.route(named, only, verb=f".{kind}", **options)
        carrying = Criterion("unwrap", _has_request, test=bool, written=True)
        shown = f"app.{self.name}.{kind}({function!r}, unwrap=True)"
        return Unwrapping(self, shown=shown, criteria=[*named, *only, carrying], unwrap=True, **options)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A function and a condition, with the request that it had or the batch that it was given."""
        if not isinstance(event, dict) or not isinstance(event.get("requestContext"), dict):
            return False
        told = "requestPayload" in event or _batch(event) is not None
        return told and isinstance(_ARN(event), str) and isinstance(_condition(event), str)

    def key(self, subject: Any) -> Any:
        """The names of the function."""
        return _names(subject)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The request id of the invocation that the event is about."""
        found = _request_id(event)
        return found if isinstance(found, str) else None

    def run(self, invocation: Invocation) -> Any:
        """Call the handler, and then the routes of the event inside where its route unwraps it."""
        result = super().run(invocation)
        route = invocation.route
        if route is not None and route.options.get("unwrap"):
            self._run_inside(_request(invocation.event), invocation)
        return result

    def _run_inside(self, event: Any, invocation: Invocation) -> None:
        """Answer the event inside as if it had come by itself; its answer has nobody to go to."""
        room = self._room_of(event, carried=hasattr(invocation, "carrier"))
        inside = invocation.within(room, event)
        try:
            room.admit(inside)
            answer = room.shape(room.run(inside), inside)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            answer = room.fail(exc, inside)
        finally:
            invocation.root.scope = inside.scope
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            raise ResultError("records of the request failed, and nobody reads a partial response to it")

    def _room_of(self, event: Any, *, carried: bool) -> EventSource:
        """The source of the event inside. In a message it may be anybody's: then it is none that a caller waits for."""
        room: EventSource = self.app._detect(event)
        if carried and (not room.marks or room.carried(event, event) is None):
            raise ResultError(
                f"a message carries the request of a function, and events of {room.name} are not taken out of messages"
            )
        return room

    def suggest(self, subject: Any) -> str:
        """A decorator for the function and for how it ended."""
        kind = "success" if _condition(subject) == _SUCCESS else "failure"
        return f"@app.lambda_destination.{kind}({quoted(criteria.literal(_function(subject)) or '*')})"


class Unwrapping(RouteFactory):
    """What a decorator with `unwrap=True` returns: a route that is there at once.

    Called with a handler, it has the handler called first: what that raises fails the event, a Drop settles it, and then
    the event inside is not routed.
    """

    __slots__ = ("_made", "_room")

    def __init__(self, source: LambdaDestination, *, shown: str, **arguments: Any) -> None:
        super().__init__(source, shown=shown, **arguments)
        self._room = source
        self._made: Route = source.add(unwrap, shown=shown, **arguments)

    def __call__(self, handler: F) -> F:
        """Have the handler called before the event inside is routed, and return it unchanged."""
        self._room.app.check_open(self._shown)
        route = self._made
        words = self._room.vocabulary(route)
        route.compile(binding.plan(handler, words, frame=sys._getframe(1), shown=self._shown))
        route.handler = handler
        if self._arguments.get("name") is None:
            route.name = getattr(handler, "__qualname__", type(handler).__name__)
        return handler

    def drop(self) -> None:
        """As without `unwrap`: settle what matches."""
        self._made.options["unwrap"] = False
        self._made.handler, self._made.call = None, call.drop


def unwrap() -> None:
    """The handler of a route that only has the event inside routed."""
