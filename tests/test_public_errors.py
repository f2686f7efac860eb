"""E3: no text of an exception reaches people, whatever is raised wherever, unless its class declares it public.

Over every source that shows the text of an exception to people, and WebSocket APIs, whose clients read the answer. What
counts is what leaves the function: the answer as the runtime client encodes it, or the error as it posts it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NoReturn

import pytest
from awslambdaric.bootstrap import build_fault_result
from awslambdaric.lambda_runtime_marshaller import to_json

from lambda_router import Depends, Drop, HTTPError, PublicError, Reject, Retry, Router, source
from lambda_router.errors import PayloadError
from lambda_router.source import EventSource
from lambda_router.testing import LambdaContext, event
from lambda_router.testing.events import names

SECRET = "hunter2canary"
"""In texts, arguments, notes, causes, names of classes and source lines; never in what leaves the function."""
SHOWN = "The shop is closed."

TAKES: dict[str, Callable[[Router], Any]] = {
    "alexa": lambda app: app.alexa.request("*"),
    "alexa_smart_home": lambda app: app.alexa_smart_home("*", "*"),
    "api_gateway_websocket": lambda app: app.websocket(["*", "$connect", "$disconnect"]),
    "appsync": lambda app: app.appsync("*", "*"),
    "appsync_authorizer": lambda app: app.appsync_authorizer(),
    "appsync_events": lambda app: (
        lambda handler: [app.appsync_events.publish("*")(handler), app.appsync_events.subscribe("*")(handler)]
    ),
    "cognito": lambda app: app.cognito(),
    "cognito_sync": lambda app: app.cognito_sync("*"),
    "connect": lambda app: app.connect(),
    "iot_authorizer": lambda app: app.iot_authorizer(),
    "lex": lambda app: app.lex("*"),
    "lex_v2": lambda app: app.lex_v2("*"),
    "transfer_family": lambda app: app.transfer_family(),
}
"""A route of each source for all of its events."""
EVENTS = [name for name in names() if name.partition(".")[0] in TAKES]
every_event = pytest.mark.parametrize("name", EVENTS)


def bad(*_: Any) -> NoReturn:
    raise RuntimeError(SECRET)


def class_of(name: str, *bases: type[BaseException], **members: Any) -> Callable[[], BaseException]:
    kind: Any = type(f"{name}{SECRET}", bases or (Exception,), members)
    return lambda: kind(SECRET)


def chained() -> BaseException:
    made = ValueError(SECRET)
    made.__cause__ = PublicError(SECRET)
    made.__context__ = KeyError(SECRET)
    made.add_note(SECRET)
    return made


def recursion() -> NoReturn:
    recursion()


EXCEPTIONS: dict[str, Callable[[], BaseException]] = {
    "plain": lambda: Exception(SECRET),
    "denies its class": class_of("Nobody", __class__=property(bad)),
    "pretends to be public": class_of("Somebody", __class__=property(lambda self: PublicError)),
    "subclass": class_of("Lookup", LookupError),
    "empty": ValueError,
    "str raises": class_of("Mute", __str__=bad),
    "str is no str": class_of("Number", __str__=lambda self: 1),
    "repr raises": class_of("Shy", __repr__=bad),
    "surrogate": lambda: ValueError(f"\ud800{SECRET}"),
    "7 MB": lambda: ValueError(SECRET * 540_000),
    "CRLF in the name": class_of("Bad\r\nX-Injected: "),
    "chained": chained,
    "group": lambda: ExceptionGroup(SECRET, [ValueError(SECRET), PublicError(SECRET)]),
    "StopIteration": lambda: StopIteration(SECRET),
    "RecursionError": recursion,
    "MemoryError": lambda: MemoryError(SECRET),
    "hostile attributes": class_of(
        "Trap", title=property(bad), model=property(bad), args=property(bad), __notes__=property(bad)
    ),
    "SystemExit": lambda: SystemExit(SECRET),
    "CancelledError": lambda: asyncio.CancelledError(SECRET),
    "GeneratorExit": lambda: GeneratorExit(SECRET),
    "BaseExceptionGroup": lambda: BaseExceptionGroup(SECRET, [SystemExit(SECRET)]),
    "payload": lambda: PayloadError(SECRET, part="body"),
    "Retry": lambda: Retry(SECRET),
    "Reject": lambda: Reject(SECRET),
    "Drop": lambda: Drop(SECRET),
}
"""The 14 forms of an exception, the 4 that are none, and what else may have a text."""
RESULTS: dict[str, Callable[[], Any]] = {
    "ok": lambda: None,
    "unserialisable": lambda: {"response": type(SECRET, (), {"__repr__": lambda self: SECRET})()},
    "unserialisable key": lambda: {"response": {(SECRET,): 1}},
    "an exception": lambda: ValueError(SECRET),
    "oversize": lambda: {"response": SECRET * 540_000},
}


def raising(name: str) -> Callable[[], Any]:
    def handler() -> Any:
        if name in RESULTS:
            return RESULTS[name]()
        raise EXCEPTIONS[name]()

    return handler


def coroutine(name: str) -> Callable[[], Any]:
    async def handler() -> Any:
        await asyncio.sleep(0)
        return raising(name)()

    return handler


OUTCOMES = [*RESULTS, *EXCEPTIONS]


def app_of(name: str, handler: Callable[..., Any]) -> Router:
    app = Router()
    TAKES[name.partition(".")[0]](app)(handler)
    return app


def leaving(app: Router, name: str) -> str:
    """What the runtime client posts for an event: the answer, or the error with its stack, as JSON."""
    sent = json.loads(json.dumps(event(name)))
    try:
        return str(to_json(app(sent, LambdaContext())))
    except Exception:  # and nothing else, as the runtime client does
        return str(to_json(build_fault_result(sys.exc_info(), None)))


def test_these_are_the_sources_whose_callers_show_texts() -> None:
    lines = {name: line.load() for name, line in source.rooms(Router)}
    found = {n for n, room in lines.items() if issubclass(room, EventSource) and room.shows_errors}
    told_apart = {"cloudformation", "s3_object_lambda"}  # by a call
    assert found - told_apart | {"api_gateway_websocket"} == set(TAKES)
    assert len(EVENTS) >= 40


@every_event
def test_no_text_of_an_exception_leaves_the_function(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for outcome in OUTCOMES:
        for made in (raising, coroutine):
            caplog.clear()
            assert SECRET not in leaving(app_of(name, made(outcome)), name), (outcome, made)
            texts = [record.getMessage() for record in caplog.records]
            assert all(text.isprintable() and len(text) < 8192 for text in texts), outcome


def middleware(invocation: Any, call_next: Any) -> NoReturn:
    raise ValueError(SECRET)


def after(invocation: Any, call_next: Any) -> NoReturn:
    call_next(invocation)
    raise ValueError(SECRET)


def failing() -> NoReturn:
    raise ValueError(SECRET)


def opened() -> Iterator[None]:
    yield
    raise ValueError(SECRET)


def never_opened() -> Iterator[None]:
    raise ValueError(SECRET)
    yield


def around(name: str, place: str) -> Router:
    """An app for the event of which one thing beside the handler fails."""
    app = Router()

    def handler() -> None: ...

    def asks(it: Annotated[Any, Depends(failing)]) -> None: ...

    def closes(it: Annotated[Any, Depends(opened)]) -> None: ...

    def closes_late(it: Annotated[Any, Depends(opened, scope="invocation")]) -> None: ...

    asked = {"dependency": asks, "close": closes, "late close": closes_late, "handler of exceptions": failing}
    if place in ("middleware", "after"):
        app.use(globals()[place])
    elif place == "lifespan":
        app.lifespan(never_opened)
    elif place == "handler of exceptions":

        @app.exception_handler(ValueError)
        def handle(exc: BaseException, invocation: Any) -> NoReturn:
            raise LookupError(SECRET) from exc

    TAKES[name.partition(".")[0]](app)(asked.get(place, handler))
    return app


PLACES = ["middleware", "after", "dependency", "close", "late close", "lifespan", "handler of exceptions"]


@every_event
def test_nor_does_what_is_raised_around_the_handler(name: str) -> None:
    for place in PLACES:
        posted = leaving(around(name, place), name)
        assert SECRET not in posted, place
        assert any(word in posted for word in ("reference", "correlation_id", "DriverInternalError")), place


@every_event
def test_what_no_route_takes_says_nothing_of_the_app(name: str) -> None:
    app = Router()
    app.sqs(SECRET)(lambda: None)
    assert SECRET not in leaving(app, name)


@every_event
def test_a_public_text_is_shown(name: str) -> None:
    class ClosedError(PublicError): ...

    def handler() -> NoReturn:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise ClosedError(SHOWN) from error

    posted = leaving(app_of(name, handler), name)
    assert SECRET not in posted
    assert (SHOWN in posted) == (name != "alexa_smart_home.version_2")  # whose errors have no text


def test_an_answer_is_shown_by_those_alone_who_take_answers() -> None:
    def handler() -> NoReturn:
        raise HTTPError(403, SHOWN)

    shown = {n for n in EVENTS if SHOWN in leaving(app_of(n, handler), n)}
    assert shown == {n for n in EVENTS if n.startswith("api_gateway_websocket")}


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    room = type(Router().connect)
    assert SECRET not in leaving(app_of("connect", raising("plain")), "connect")
    monkeypatch.setattr(room, "shows_errors", False)
    assert SECRET in leaving(app_of("connect", raising("plain")), "connect")
