"""AWS AppSync: functions that resolve the fields of a GraphQL API.

Invoked by
    AppSync, synchronously, for a field of a query, a mutation or a subscription, or for a batch of them in one array. A
    request takes at most 30 seconds as a whole.
Answer
    The field's value, any JSON. To a batch an array of the same length and order of `{"data", "errorMessage",
    "errorType"}`.
An exception
    Is an error of the field, and of a batch of that element alone. Its text is shown to GraphQL clients: it is a generic
    one with a reference, unless the exception is a `PublicError`.
See
    https://docs.aws.amazon.com/appsync/latest/devguide/direct-lambda-reference.html
    https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html
"""

from __future__ import annotations

import logging

from .. import binding, criteria
from ..arguments import ArgumentVocabulary
from ..call import settle
from ..contract import form, text, wrong
from ..deadline import Deadline
from ..errors import PublicError, ResultError, RouterError
from ..outcomes import Drop
from ..results import plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from ..source import Route

log = logging.getLogger("lambda_router")

_LOGGED = 100
"""Failed elements of a batch that get a line of their own; the rest are counted in one."""
_UNHANDLED = "Lambda:Unhandled"
"""What AppSync itself says of a function that raised."""
_ELEMENT = form({}, {"errorMessage": text(), "errorType": text()})

_arguments, _identity, _stash = field("arguments"), field("identity"), field("stash")
_parent, _info = field("source"), field("info")


def _type(context: Any) -> Any:
    """The name of the field's type; events of Amplify's `@function` have it at the top."""
    return (
        field("info", "parentTypeName")(context) or context.get("typeName") or context.get("parentTypeName")
    )


def _field(context: Any) -> Any:
    return field("info", "fieldName")(context) or context.get("fieldName")


def _described(context: Any) -> Any:
    """`info`; of an event that has none, the names in it."""
    info = _info(context)
    return {"fieldName": _field(context), "parentTypeName": _type(context)} if info is None else info


def _is_context(value: Any) -> bool:
    """Arguments, and the names of a field and its type, in `info` or beside them."""
    if not isinstance(value, dict) or not isinstance(value.get("arguments"), dict):
        return False
    if field("info", "channel")(value) is not None:  # of AppSync Events
        return False
    return isinstance(_type(value), str) and isinstance(_field(value), str)


class AppSync(EventSource):
    """AWS AppSync GraphQL APIs.

    `@app.appsync("Query", "order")` resolves a field of a type; both are names, globs or lists of them. Batches are taken
    apart: `@app.appsync.batch("Post", "author")` takes one whole instead, so that it can ask its database once.
    """

    name = "appsync"
    marks = ("arguments", "[]")
    index = "type"
    payload = "arguments"
    shows_errors = True
    parts = {
        "arguments": _arguments,
        "source": _parent,
        "identity": _identity,
        "info": _described,
        "stash": _stash,
    }

    def __call__(
        self,
        type: str | Sequence[str],
        field: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a field, and of a batch one an element; what it returns is the field's value."""
        return self.route(*_named(type, field), middleware=middleware, name=name)

    def batch(
        self,
        type: str | Sequence[str],
        field: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a batch; it returns a list of values as long as the batch, where an exception fails its element."""
        found = _named(type, field)
        return self.route(*found, verb=".batch", batch=True, middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A resolver's context, or an array in which each element is one."""
        if isinstance(event, list):
            return bool(event) and all(map(_is_context, event))
        return _is_context(event)

    def subjects(self, event: Any) -> Sequence[Any]:
        """The contexts of a batch, or the one context."""
        return event if isinstance(event, list) else (event,)

    def envelope(self, event: Any, subject: Any) -> Any:
        """The context, also where it came in a batch; a batch for a handler of all of it."""
        return event if subject is None else subject

    def key(self, subject: Any) -> Any:
        """The name of the type."""
        return _type(subject)

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts and the arguments by name; of a batch the contexts, and lists of what differs among them."""
        if route.batch:
            return binding.Vocabulary(source="appsync.batch", parts=_OF_BATCH)
        return ArgumentVocabulary(source=self.name, parts=self.parts, payload="arguments")

    def run(self, invocation: Invocation) -> Any:
        """The field's value; of a batch its answer."""
        if not isinstance(invocation.event, list):
            return super().run(invocation)
        contexts = invocation.event
        routes = [self.match(context) for context in contexts]
        if not any(routes):
            value = self.app.handle(
                self.no_route(contexts[0]), invocation
            )  # raises it where nothing handles it
            return [{"data": value} for _ in contexts]
        return _Batch(self, routes).run(invocation)

    def call(self, subject: Any, invocation: Invocation) -> Any:
        """The value of one field."""
        route = self.match(subject)
        if route is None or not route.batch:
            return super().call(subject, invocation)
        invocation.route = route
        (value,) = several(route.call([subject], invocation), 1)
        if _is_failure(value):
            raise value
        return value

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The value as it is; an answer to a batch has to be one, whatever middleware made of it."""
        document = plain(result)
        if isinstance(invocation.event, list):
            _check(document, len(invocation.event))
        return document

    def skip(self, invocation: Invocation) -> Any:
        """Null, for each element of a batch."""
        event = invocation.event
        return [{"data": None} for _ in event] if isinstance(event, list) else None

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """A Drop answers with null; all else is raised, for a batch as a whole where it is about all of it."""
        return self.skip(invocation) if issubclass(type(exc), Drop) else super().fail(exc, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for the field."""
        shown = [quoted(criteria.literal(one) or "*") for one in (_type(subject), _field(subject))]
        return f"@app.appsync({', '.join(shown)})"


_OF_BATCH: dict[str, Callable[[Any], Any]] = {
    "records": lambda contexts: contexts,
    "sources": lambda contexts: [_parent(context) for context in contexts],
    "arguments": lambda contexts: [_arguments(context) for context in contexts],
    "identity": lambda contexts: _identity(contexts[0]),
    "info": lambda contexts: _described(contexts[0]),
    "stash": lambda contexts: _stash(contexts[0]),
}
"""A batch is of one field in one request, so that who asks and for what is the same in each of its contexts."""


def _named(type: Any, field: Any) -> list[tuple[criteria.Criterion, ...]]:
    return [
        criteria.glob("type", _type, criteria.given("type", type)),
        criteria.glob("field", _field, criteria.given("field", field)),
    ]


class _Batch:
    """One batch on its way through the handlers, with the answer to each element that has one."""

    def __init__(self, room: AppSync, routes: list[Route | None]) -> None:
        self.room = room
        self.routes = routes
        self.answers: list[dict[str, Any] | None] = [None] * len(routes)
        self.failed = 0

    def run(self, invocation: Invocation) -> list[dict[str, Any]]:
        """Resolve what the deadline allows; the rest has failed."""
        passed = Deadline(invocation.context, self.room.app.deadline_margin).passed
        for index, route in enumerate(self.routes):
            if self.answers[index] is not None:
                continue
            if passed():
                break
            members = [index]
            if route is not None and route.batch:
                members = [i for i, other in enumerate(self.routes) if other is route]
            self._resolve(route, members, invocation)
        left = self.answers.count(None)
        if left:
            log.warning("appsync: %d elements were not started before the time limit", left)
        if self.failed > _LOGGED:
            log.warning("appsync: %d more elements failed", self.failed - _LOGGED)
        late = {"data": None, **_error(TimeoutError(), invocation)} if left else {}
        return [answer or dict(late) for answer in self.answers]

    def _resolve(self, route: Route | None, members: list[int], invocation: Invocation) -> None:
        contexts = [invocation.event[i] for i in members]
        try:
            if route is None:
                raise self.room.no_route(contexts[0])
            if route.batch:
                values = several(route.call(contexts, invocation), len(contexts))
            else:
                values = [settle(route.call(contexts[0], invocation))]
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            values = [exc] * len(members)
        for index, context, value in zip(members, contexts, values, strict=True):
            self.answers[index] = self._answer(index, value, invocation.at(route, context))

    def _answer(self, index: int, value: Any, call: Invocation) -> dict[str, Any]:
        try:
            if _is_failure(value):
                value = self.room.app.handle(value, call)
            return {"data": plain(value)}
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            if issubclass(type(exc), Drop):
                return {"data": None}
            self.failed += 1
            if self.failed <= _LOGGED:
                _report(index, exc, call)
            return {"data": None, **_error(exc, call)}


def several(result: Any, length: int) -> list[Any]:
    """The values that a handler of a whole batch returned; ResultError unless there is one for each element."""
    values = settle(result)
    if not isinstance(values, list | tuple):
        raise ResultError(f"a batch handler returns a list of values, not {type(values).__name__}")
    if len(values) != length:
        raise ResultError(f"a batch handler returned {len(values)} values for {length} elements")
    return list(values)


def _is_failure(value: Any) -> bool:
    return issubclass(type(value), BaseException)  # isinstance would ask the value for its __class__


def _check(document: Any, length: int) -> None:
    if not isinstance(document, list) or len(document) != length:
        raise wrong("$", f"is not an array of {length}: a batch is answered element by element")
    for number, one in enumerate(document):
        _ELEMENT(one, f"$[{number}]")
        if "data" not in one and one.get("errorMessage") is None:
            raise wrong(f"$[{number}].data", "is missing")
        if one.get("errorType") is not None and one.get("errorMessage") is None:
            raise wrong(f"$[{number}].errorMessage", "is missing")


def _error(exc: BaseException, call: Invocation) -> dict[str, str]:
    """The error of an element, in the words that are for people."""
    from ..failures import class_name, concealed
    from ..failures import text as text_of

    said = concealed(exc, call.correlation_id)
    public = issubclass(type(exc), PublicError)
    return {
        "errorMessage": text_of(said) or class_name(said),
        "errorType": class_name(exc) if public else _UNHANDLED,
    }


def _report(index: int, exc: BaseException, call: Invocation) -> None:
    """The log line of an element: the class and the place, and the text where it is the router's own."""
    from ..failures import class_name, is_ours, printable, where
    from ..failures import text as text_of

    ours = is_ours(exc)
    told = call.app.debug or (ours and issubclass(type(exc), RouterError))
    said = f": {printable(text_of(exc), limit=1000)}" if told else ""
    place = "" if ours else where(exc)
    log.warning(
        "appsync element %d failed: %s%s%s (reference %s)",
        index,
        class_name(exc),
        said,
        f" at {place}" if place else "",
        printable(call.correlation_id or "unknown"),
    )
