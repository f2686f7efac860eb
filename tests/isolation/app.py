"""An app with a route for every packaged event, whose user code writes down what it sees and does what it is told.

No room is listed but where a handler must return something: the routes are the decorators that `explain` suggests, so
that a new room takes part as soon as it has samples. What to do is said by the context (`Call.plan`), so that one event
can succeed and fail; what was seen is left there too, so that tests see what an answer does not show.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextvars import ContextVar, copy_context
from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple

from lambda_router import Depends, Drop, Invocation, Reject, Retry, Router
from lambda_router.echo import EchoSource
from lambda_router.http.source import HttpSource
from lambda_router.presigned import OUTBOX
from lambda_router.queues import Queues
from lambda_router.source import rooms
from lambda_router.testing import event
from lambda_router.testing.events import samples

FLAVOURS = ("plain", "asynchronous", "concurrent")
"""Synchronous user code; asynchronous; asynchronous with several records of a batch at a time, without partial answers."""

PLANS = ("succeed", "fail", "some", "mapped", "odd", "drop", "retry", "reject", "exit", "echo", "edit")
"""What user code does.

`some` fails for some records, `mapped` has an exception handler, `odd` returns what is no JSON, `echo` a part of the
event, `edit` writes into the copy of the event that a handler may have been given.
"""


class Case(NamedTuple):
    """One call: the event's name, its text, and what user code does with it."""

    name: str
    text: str
    plan: str

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


class Outcome(NamedTuple):
    """All that a call shows: its answer or its error, what user code saw, what was sent to services, what is left.

    `event` is the event's text afterwards, `left` the names of tasks that have not come to an end.
    """

    answer: Any
    error: tuple[str, str] | None
    seen: tuple[Any, ...]
    sent: tuple[Any, ...]
    event: str
    left: tuple[str, ...]


class Call:
    """The context of one call: Lambda's, with `plan`, what user code is to do, `seen`, what it saw, `left`, its tasks."""

    def __init__(self, plan: str, request: str) -> None:
        self.plan = plan
        self.seen: list[Any] = []
        self.left: list[asyncio.Task[Any]] = []
        self.aws_request_id = request
        self.client_context = None
        self.invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:shop"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


# -- what is called -----------------------------------------------------------------------------------------------

marker: ContextVar[str] = ContextVar("marker", default="clean")
"""A variable that all user code reads and dirties."""


class Mapped(Exception):
    """Has an exception handler."""


def digest(value: Any) -> int:
    return zlib.crc32(repr(value).encode("utf-8", "surrogatepass"))


def observe(invocation: Invocation, where: str) -> None:
    """Write down what can be seen from here, and leave something behind that nobody else may see."""
    call = invocation.context
    given = (digest(invocation.event), digest(invocation.subject)) if where == "handler" else ()
    seen = (where, marker.get(), sorted(invocation.state.items()), invocation.request_id)
    call.seen.append((*seen, *given, invocation.correlation_id, invocation.source))
    marker.set(f"{where} of {call.aws_request_id}")
    invocation.state[where] = call.aws_request_id


def perform(invocation: Invocation) -> Any:
    """Do as the context says."""
    plan, subject = invocation.context.plan, invocation.record or invocation.event
    if plan == "fail" or (plan == "some" and digest(subject) % 2):
        raise ValueError(f"no, said {invocation.request_id}")
    if plan == "mapped":
        raise Mapped(invocation.request_id)
    if plan in _RAISED:
        raise _RAISED[plan]()
    if plan == "edit" and isinstance(invocation.room, EchoSource):
        invocation.subject.clear()
    if plan in ("odd", "echo"):
        return object() if plan == "odd" else subject
    return result_for(invocation)


_RAISED: Mapping[str, Callable[[], BaseException]] = {
    "drop": Drop,
    "retry": lambda: Retry(after=7),
    "reject": Reject,
    "exit": lambda: SystemExit(1),
}

RESULTS: Mapping[str, Callable[[Invocation], Any]] = {
    "alexa_smart_home": lambda invocation: _device(invocation.event),
    "api_gateway_authorizer": lambda invocation: True,
    "appsync_authorizer": lambda invocation: True,
    "cloudformation_macro": lambda invocation: {"Made": digest(invocation.event)},
    "config": lambda invocation: "COMPLIANT",
    "firehose": lambda invocation: f"{digest(invocation.record)}",
    "iot_authorizer": lambda invocation: True,
    "lex": lambda invocation: f"Done: {invocation.request_id}",
    "lex_v2": lambda invocation: f"Done: {invocation.request_id}",
    "s3_object_lambda": lambda invocation: _listed(invocation.event),
}
"""What handlers return where neither None nor, of HTTP requests, any JSON will do."""


def _device(sent: Any) -> Any:
    name = sent["directive"]["header"]["name"] if "directive" in sent else sent["header"]["name"]
    if name == "ReportState":
        return {"context": {"properties": []}}
    if name == "Discover":
        return {"event": {"payload": {"endpoints": []}}}
    return {"payload": {"discoveredAppliances": []}} if "Discover" in name else {}


def _listed(sent: Any) -> Any:
    """An object, its headers, or a list."""
    if "getObjectContext" in sent:
        return f"{digest(sent)}"
    told = {"headers": {"Content-Length": 7}} if "headObjectContext" in sent else {"listResultXml": "<list/>"}
    return {"statusCode": 200, **told}


def result_for(invocation: Invocation) -> Any:
    own = {"request": invocation.request_id, "seen": digest(invocation.subject or invocation.event)}
    if isinstance(invocation.room, HttpSource) or invocation.source is None:
        return own
    return RESULTS[invocation.source](invocation) if invocation.source in RESULTS else None


def settled(exc: BaseException, invocation: Invocation) -> Any:
    observe(invocation, "exception handler")
    return result_for(invocation)


def connect(invocation: Invocation) -> Iterator[Any]:
    observe(invocation, "dependency opens")
    try:
        yield ("connection", invocation.request_id)
    finally:
        invocation.context.seen.append("dependency closed")


async def aconnect(invocation: Invocation) -> AsyncIterator[Any]:
    observe(invocation, "dependency opens")
    await asyncio.sleep(0)
    try:
        yield ("connection", invocation.request_id)
    finally:
        await asyncio.sleep(0)
        invocation.context.seen.append("dependency closed")


def session(invocation: Invocation) -> Iterator[Any]:
    yield ["session", invocation.request_id]
    invocation.context.seen.append("session closed")


async def asession(invocation: Invocation) -> AsyncIterator[Any]:
    await asyncio.sleep(0)
    yield ["session", invocation.request_id]
    invocation.context.seen.append("session closed")


def layer(invocation: Invocation, call_next: Any) -> Any:
    observe(invocation, "layer")
    return call_next(invocation)


async def alayer(invocation: Invocation, call_next: Any) -> Any:
    observe(invocation, "layer")
    await asyncio.sleep(0)
    return await call_next(invocation)


def handler(
    invocation: Invocation,
    connection: Annotated[Any, Depends(connect)],
    shared: Annotated[Any, Depends(session, scope="invocation")],
) -> Any:
    observe(invocation, "handler")
    shared.append(len(shared))
    invocation.context.seen.append((connection, tuple(shared)))
    return perform(invocation)


async def ahandler(
    invocation: Invocation,
    connection: Annotated[Any, Depends(aconnect)],
    shared: Annotated[Any, Depends(asession, scope="invocation")],
) -> Any:
    observe(invocation, "handler")
    shared.append(len(shared))
    invocation.context.seen.append((connection, tuple(shared)))
    invocation.context.left.append(asyncio.create_task(asyncio.sleep(3600), name="left behind"))
    await asyncio.sleep(0)
    return perform(invocation)


# -- what it is registered with -----------------------------------------------------------------------------------

calls: ContextVar[list[Any] | None] = ContextVar("calls", default=None)
"""Where calls of AWS are written down, in place of being made."""


class Service:
    """In place of a boto3 client: content with every call."""

    meta = SimpleNamespace(endpoint_url="https://sqs.example.com")

    def __getattr__(self, operation: str) -> Any:
        def called(**parameters: Any) -> dict[str, Any]:
            (calls.get() or []).append((operation, repr(parameters)))
            return {}

        return called


def build(flavour: str = "plain") -> Router:
    """The app in one of its flavours."""
    app = Router(partial=flavour != "concurrent", dead_letter="rejected")
    for name, line in rooms(Router):
        room = getattr(app, name)
        if "client" in getattr(room, "__dict__", {}):
            room.client = Service()
    app.sqs.queues = Queues(app.sqs, client=Service())
    app.use(layer if flavour == "plain" else alayer)
    app.exception_handler(Mapped)(settled)

    @app.lifespan
    def opened() -> Iterator[dict[str, str]]:
        yield {"opened": "once"}

    app.invoke()(handler if flavour == "plain" else ahandler)
    for suggestion in suggestions():
        decorator = eval(decorated(suggestion, flavour), {"app": app, "layer": layer, "alayer": alayer})
        decorator(handler if flavour == "plain" else ahandler)
    return app


@cache
def suggestions() -> list[str]:
    """The decorators for all packaged events."""
    app = Router()
    met = [subject for _, given, _ in samples() for subject in app.explain(given).subjects]
    return list(dict.fromkeys(subject.suggestion for subject in met if subject.suggestion))


@cache
def decorated(suggestion: str, flavour: str) -> str:
    """The decorator with middleware of its own, and with concurrency where it has that."""
    called = suggestion[1:]
    room = eval(called.partition("(")[0], {"app": Router()})
    takes = inspect.signature(room if inspect.ismethod(room) else type(room).__call__).parameters
    more = "middleware=[layer]" if flavour == "plain" else "middleware=[alayer]"
    if flavour == "concurrent" and "concurrency" in takes:
        more += ", concurrency=3"
    return f"{called[:-1]}{'' if called.endswith('()') else ', '}{more})"


# -- what it is sent ----------------------------------------------------------------------------------------------

DIRECT: dict[str, Any] = {"object": {"a": 1}, "array": [1, [2]], "text": "hello", "null": None, "number": 7}


@cache
def events() -> dict[str, str]:
    """The text of every event by its name: the packaged ones, some inside of others, direct calls, one that is empty."""
    found = {name: given for name, given, _ in samples()}
    found |= {f"invoke.{name}": given for name, given in DIRECT.items()}
    inside = event("sns", message=event("s3", bucket="shop-uploads-example"), topic="carrier")
    found["sqs.carries_s3"] = event("sqs", body=event("s3", bucket="shop-uploads-example"), queue="carrier")
    found["sqs.carries_sns_carries_s3"] = event("sqs", body=inside, queue="carrier")
    found["sns.carries_s3"] = inside
    found["sqs.carries_eventbridge"] = event("sqs", body=event("eventbridge"), queue="carrier")
    found["invoke.no_records"] = {"Records": []}
    return {name: json.dumps(given) for name, given in found.items()}


@cache
def cases() -> list[Case]:
    """Every event with every plan."""
    return [Case(name, text, plan) for name, text in events().items() for plan in PLANS]


def send(app: Any, case: Case) -> Outcome:
    """What comes of a case, with what must not matter left out: the order in which things were seen."""
    return copy_context().run(send_here, app, case)


def send_here(app: Any, case: Case) -> Outcome:
    """As `send`, in the context of the caller."""
    call, given = Call(case.plan, f"request-{digest(case):08x}"), json.loads(case.text)
    sent: list[Any] = []
    calls.set(sent)
    OUTBOX.set(sent)
    answer = error = None
    try:
        answer = app(given, call)
    except Exception as exc:
        error = (type(exc).__name__, str(exc))
    seen = tuple(sorted(call.seen, key=repr))
    left = tuple(task.get_name() for task in call.left if not task.done())
    return Outcome(masked(answer), error, seen, tuple(map(repr, sent)), json.dumps(given), left)


GENERATED = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z?"
)


def masked(answer: Any) -> Any:
    """The answer without what it has of its own: random ids and the time."""
    return json.loads(GENERATED.sub("*", json.dumps(answer)))
