"""Records that are answered one by one: every identifier once, whatever a handler, middleware or the clock does."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import firehose as firehose_model
from models import s3_batch as s3_batch_model

from lambda_router import (
    Depends,
    Drop,
    HTTPError,
    Invocation,
    NoRouteError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
)
from lambda_router.testing import Client, LambdaContext
from lambda_router.testing import event as made

SECRET = "hunter2-canary"


class Service(NamedTuple):
    """One of the services whose records are answered one by one, as these tests see it."""

    name: str
    route: Callable[..., Any]
    sent: Callable[[list[str]], Any]
    check: Callable[[Any, Any], None]
    codes: Callable[[Any], dict[str, str]]
    ok: str
    dropped: str
    failed: str
    rejected: str


def _firehose(identifiers: list[str]) -> Any:
    return made("firehose", datas=[{"n": n} for n in range(len(identifiers))], record_id=identifiers)


def _s3_batch(identifiers: list[str]) -> Any:
    return made("s3_batch", keys=[f"{n}.jpg" for n in range(len(identifiers))], task_id=identifiers)


FIREHOSE = Service(
    "firehose",
    lambda app, **options: app.firehose("*", **options),
    _firehose,
    firehose_model.check,
    lambda answer: {r["recordId"]: r["result"] for r in answer["records"]},
    "Ok",
    "Dropped",
    "ProcessingFailed",
    "ProcessingFailed",
)
S3_BATCH = Service(
    "s3_batch",
    lambda app, **options: app.s3_batch(**options),
    _s3_batch,
    s3_batch_model.check,
    lambda answer: {r["taskId"]: r["resultCode"] for r in answer["results"]},
    "Succeeded",
    "Succeeded",
    "TemporaryFailure",
    "PermanentFailure",
)
each_service = pytest.mark.parametrize("service", [FIREHOSE, S3_BATCH], ids=lambda s: s.name)


def ids(count: int) -> list[str]:
    return [f"id-{n}" for n in range(count)]


def ask(app: Any, service: Service, event: Any, context: Any = None) -> dict[str, str]:
    """The result codes by identifier, of an answer that the service's model accepts."""
    event = json.loads(json.dumps(event))
    before = json.dumps(event)
    answer = app(event, context)
    assert json.dumps(event) == before
    service.check(answer, event)
    return service.codes(answer)


def place(record: Any) -> int:
    """The number at the end of a record's identifier."""
    return int((record.get("recordId") or record["taskId"]).rpartition("-")[2])


class Odd(BaseException):
    pass


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def a_generator() -> Iterator[str]:
    yield "never run"


async def a_coroutine(result: Any) -> Any:
    await asyncio.sleep(0)
    return result


async def a_failing_coroutine() -> Any:
    await asyncio.sleep(0)
    raise ValueError(SECRET)


async def an_async_generator() -> Any:
    yield "never run"


RAISED: list[tuple[BaseException, str]] = [
    (ValueError(SECRET), "failed"),
    (PublicError("The shop is closed."), "failed"),
    (HTTPError(409, "held"), "failed"),
    (Retry("busy", after=30), "failed"),
    (Reject("malformed"), "rejected"),
    (Drop("a duplicate"), "dropped"),
    (SystemExit(1), "failed"),
    (GeneratorExit(), "failed"),
    (asyncio.CancelledError(), "failed"),
    (BaseExceptionGroup("several", [Odd()]), "failed"),
    (StopIteration(7), "failed"),
    (RecursionError(), "failed"),
    (MemoryError(), "failed"),
    (Odd(SECRET), "failed"),
    (Mute(), "failed"),
    (NoRouteError("of another router", source="sqs"), "failed"),
    (ValueError("\ud800\r\n\x1b"), "failed"),
]


@each_service
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("raised", "code"), RAISED, ids=lambda value: type(value).__name__)
def test_what_a_handler_raises_is_an_answer_to_its_record_alone(
    service: Service, asynchronous: bool, raised: BaseException, code: str
) -> None:
    app = Router()

    def handler(record: Any) -> Any:
        if place(record) == 1:
            raise raised
        return "text"

    async def coroutine(record: Any) -> Any:
        await asyncio.sleep(0)
        return handler(record)

    service.route(app)(coroutine if asynchronous else handler)
    if asynchronous and isinstance(raised, StopIteration):
        code = "failed"  # a RuntimeError by then
    expected = {"id-0": service.ok, "id-1": getattr(service, code), "id-2": service.ok}
    assert ask(app, service, service.sent(ids(3))) == expected


@each_service
@pytest.mark.parametrize(
    ("result", "fine"),
    [
        (lambda: a_coroutine("text"), True),
        (lambda: a_coroutine(a_coroutine("text")), True),
        (a_failing_coroutine, False),
        (a_generator, False),
        (an_async_generator, False),
        (lambda: object(), False),
        (lambda: {"batchItemFailures": {1, object()}}, False),
        (lambda: {"batchItemFailures": [{"itemIdentifier": "id-0"}]}, False),
        (lambda: float("nan"), False),
        (lambda: "\ud800", False),
        (lambda: {"a": b"bytes"}, False),
        (lambda: ValueError("returned"), False),
    ],
)
def test_what_a_handler_returns_counts_when_it_has_run_to_its_end(
    service: Service, result: Callable[[], Any], fine: bool
) -> None:
    app = Router()

    @service.route(app)
    def handler(record: Any) -> Any:
        return result() if place(record) == 0 else "text"

    codes = ask(app, service, service.sent(ids(2)))
    assert codes == {"id-0": service.ok if fine else service.failed, "id-1": service.ok}


@each_service
def test_only_an_interrupt_leaves(service: Service) -> None:
    app = Router()

    @service.route(app)
    def handler() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app(service.sent(ids(1)))


@each_service
def test_a_failure_is_one_line_without_its_text(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @service.route(app)
    def handler(record: Any) -> Any:
        if place(record) == 1:
            raise ValueError(SECRET)
        return "text"

    with caplog.at_level(logging.DEBUG):
        ask(app, service, service.sent(ids(3)))
    (line,) = [record for record in caplog.records if record.name == "lambda_router"]
    assert line.levelno == logging.WARNING
    assert line.getMessage().startswith(f"{service.name} record id-1 failed: ValueError at test_answers.py:")
    assert SECRET not in caplog.text


@each_service
def test_many_failures_are_counted(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @service.route(app)
    def handler() -> None:
        raise ValueError

    assert set(ask(app, service, service.sent(ids(130))).values()) == {service.failed}
    assert len(caplog.records) == 101
    assert "30 more records failed" in caplog.text


# -- which records -------------------------------------------------------------------------------------------


@each_service
def test_an_event_without_records_has_an_empty_answer(service: Service) -> None:
    app = Router()
    service.route(app).drop()
    assert ask(app, service, service.sent([])) == {}
    assert ask(Router(), service, service.sent([])) == {}


@each_service
def test_an_event_that_no_route_takes_is_an_error(service: Service) -> None:
    with pytest.raises(NoRouteError) as info:
        Router()(service.sent(ids(2)))
    assert info.value.source == service.name
    assert info.value.suggestion is not None


@each_service
def test_an_error_of_another_router_is_a_failure_like_any_other(service: Service) -> None:
    def elsewhere(*_: Any) -> Any:
        raise NoRouteError("of another router", source="sqs")

    app = Router()
    service.route(app)(lambda record: elsewhere())
    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.failed)

    def after(invocation: Any, call_next: Any) -> Any:
        call_next(invocation)
        elsewhere()

    around = layered(service, after)
    assert ask(around, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.failed)


@each_service
def test_a_lifespan_that_fails_fails_every_record(service: Service) -> None:
    app = Router()

    @app.lifespan
    def opened() -> Iterator[None]:
        raise OSError
        yield

    service.route(app)(lambda: "text")
    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.failed)


@each_service
def test_a_warm_up_ping_is_answered_with_nothing(service: Service) -> None:
    app = Router(warmup=lambda event: True)
    service.route(app)(lambda: "text")
    assert app(service.sent(ids(2))) is None


@each_service
def test_a_record_that_no_route_takes_has_failed(service: Service) -> None:
    app = Router()
    if service is FIREHOSE:
        app.firehose("*", pattern={"data": {"n": [1]}})(lambda data: data)
    else:
        app.s3_batch(key="1.jpg")(lambda: None)
    assert ask(app, service, service.sent(ids(3))) == {
        "id-0": service.failed,
        "id-1": service.ok,
        "id-2": service.failed,
    }


@each_service
def test_the_default_route_takes_the_rest(service: Service) -> None:
    app = Router()
    app.default(lambda record: "text")
    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.ok)


@each_service
def test_a_route_that_drops(service: Service) -> None:
    app = Router()
    service.route(app).drop()
    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.dropped)


@each_service
def test_an_entrypoint_for_other_sources_refuses_the_event(service: Service) -> None:
    app = Router()
    service.route(app)(lambda: "text")
    with pytest.raises(NoRouteError):
        app.only("sqs")(service.sent(ids(2)))
    assert ask(app.only(service.name), service, service.sent(ids(1))) == {"id-0": service.ok}


@each_service
@pytest.mark.parametrize("failing", [[], [0], [1], [0, 1, 2], [2]])
def test_records_that_share_an_identifier_are_answered_once(service: Service, failing: list[int]) -> None:
    app, seen = Router(), []
    sent = service.sent(["id-a-0", "id-b-1", "id-a-0", "id-a-0"])

    @service.route(app)
    def handler(record: Any, invocation: Invocation) -> str:
        seen.append(record)
        if len([r for r in seen if r == record or place(r) == place(record)]) - 1 in failing:
            raise ValueError
        return "text"

    codes = ask(app, service, sent)
    assert list(codes) == ["id-a-0", "id-b-1"]
    assert len(seen) == 4
    assert codes["id-a-0"] == (service.failed if failing else service.ok)


@each_service
@pytest.mark.parametrize("identifier", ["", "\ud800", "a\udfffb"])
def test_an_identifier_that_cannot_be_sent_is_never_emitted(service: Service, identifier: str) -> None:
    app, seen = Router(), []
    service.route(app)(lambda record: seen.append(1) or "text")
    answer = app(service.sent([identifier, "id-1"]), None)
    assert service.codes(answer) == {"id-1": service.ok}
    json.dumps(answer).encode()


@each_service
def test_a_handler_cannot_change_which_record_is_answered(service: Service) -> None:
    app = Router()

    @service.route(app)
    def handler(record: Any, event: Any, invocation: Invocation) -> str:
        record.clear()
        record.update(recordId="other", taskId="other", data="b3RoZXI=")
        event["records"] = event["tasks"] = [{"recordId": "other", "taskId": "other"}]
        invocation.event = {}
        raise ValueError if random.Random(1).random() > 2 else Drop

    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.dropped)


# -- the deadline --------------------------------------------------------------------------------------------


@each_service
def test_what_was_not_started_in_time_has_failed(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()
    context = LambdaContext(timeout=3)

    @service.route(app)
    def handler() -> str:
        context.advance(0.8)
        return "text"

    codes = ask(app, service, service.sent(ids(5)), context)
    assert list(codes.values()) == [service.ok] * 3 + [service.failed] * 2
    assert f"{service.name}: 2 records were not started before the time limit" in caplog.text


@each_service
def test_nothing_is_started_when_there_is_no_time(service: Service) -> None:
    app, seen = Router(), []
    service.route(app)(lambda: seen.append(1))
    context = LambdaContext(timeout=3)
    context.advance(3.5)
    assert ask(app, service, service.sent(ids(3)), context) == dict.fromkeys(ids(3), service.failed)
    assert seen == []


# -- around the handlers -------------------------------------------------------------------------------------


def layered(service: Service, middleware: Any, *, handler: Any = None) -> Router:
    app = Router()
    app.use(middleware)
    service.route(app)(handler or (lambda: "text"))
    return app


def never_calls(invocation: Any, call_next: Any) -> Any:
    return {"records": [], "results": []}


def raises_before(invocation: Any, call_next: Any) -> Any:
    raise ValueError(SECRET)


def raises_after(invocation: Any, call_next: Any) -> Any:
    call_next(invocation)
    raise SystemExit(SECRET)


def empties_the_event(invocation: Any, call_next: Any) -> Any:
    invocation.event = {**invocation.event, "records": [], "tasks": []}
    return call_next(invocation)


def changes_identifiers(invocation: Any, call_next: Any) -> Any:
    changed = {"recordId": "other", "taskId": "other"}
    event = invocation.event
    key = "records" if "records" in event else "tasks"
    invocation.event = {**event, key: [{**record, **changed} for record in event[key]]}
    return call_next(invocation)


def empties_the_answer(invocation: Any, call_next: Any) -> Any:
    answer = call_next(invocation)
    answer.clear()
    return answer


def answers_something_else(invocation: Any, call_next: Any) -> Any:
    call_next(invocation)
    return {"records": "mine", "results": None}


async def asynchronous(invocation: Any, call_next: Any) -> Any:
    await call_next(invocation)


@each_service
@pytest.mark.parametrize(
    ("middleware", "fine"),
    [
        (never_calls, False),
        (raises_before, False),
        (raises_after, False),
        (empties_the_event, False),
        (changes_identifiers, False),
        (empties_the_answer, True),
        (answers_something_else, True),
        (asynchronous, True),
    ],
)
def test_middleware_cannot_lose_a_record(
    service: Service, middleware: Any, fine: bool, caplog: pytest.LogCaptureFixture
) -> None:
    codes = ask(layered(service, middleware), service, service.sent(ids(3)))
    assert codes == dict.fromkeys(ids(3), service.ok if fine else service.failed)
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == (0 if fine else 1)
    assert SECRET not in caplog.text


@each_service
def test_middleware_may_redact_what_handlers_see(service: Service) -> None:
    def redact(invocation: Any, call_next: Any) -> Any:
        event = invocation.event
        key = "records" if "records" in event else "tasks"
        invocation.event = {**event, key: [{**record, "secret": None} for record in event[key]]}
        return call_next(invocation)

    seen = []
    app = layered(service, redact, handler=lambda record: seen.append(record["secret"]) or "text")
    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.ok)
    assert seen == [None, None]


@each_service
def test_middleware_that_drops_settles_what_was_not_run(service: Service) -> None:
    def drop(invocation: Any, call_next: Any) -> Any:
        raise Drop

    def run_and_drop(invocation: Any, call_next: Any) -> Any:
        call_next(invocation)
        raise Drop

    def fail(record: Any) -> str:
        raise ValueError

    sent = service.sent(ids(2))
    assert ask(layered(service, drop), service, sent) == dict.fromkeys(ids(2), service.dropped)
    ran = layered(service, run_and_drop, handler=fail)
    assert ask(ran, service, sent) == dict.fromkeys(ids(2), service.failed)


@each_service
def test_middleware_that_tries_again_runs_what_is_open(service: Service) -> None:
    tries: dict[int, int] = {}

    def again(invocation: Any, call_next: Any) -> Any:
        call_next(invocation)
        return call_next(invocation)

    def handler(record: Any) -> str:
        tries[place(record)] = tries.get(place(record), 0) + 1
        if place(record) == 1 and tries[1] == 1:
            raise ValueError
        return "text"

    app = layered(service, again, handler=handler)
    assert ask(app, service, service.sent(ids(3))) == dict.fromkeys(ids(3), service.ok)
    assert tries == {0: 1, 1: 2, 2: 1}


@each_service
def test_middleware_of_a_route_is_around_each_record(service: Service) -> None:
    def second_fails(invocation: Any, call_next: Any) -> Any:
        if place(invocation.record) == 1:
            raise ValueError
        return call_next(invocation)

    app = Router()
    service.route(app, middleware=[second_fails])(lambda: "text")
    assert list(ask(app, service, service.sent(ids(3))).values()) == [service.ok, service.failed, service.ok]


@each_service
@pytest.mark.parametrize("scope", ["call", "invocation"])
def test_a_dependency_that_fails_to_close_fails_its_records(service: Service, scope: str) -> None:
    app = Router()

    def connection() -> Iterator[int]:
        yield 1
        raise OSError("could not commit")

    @service.route(app)
    def handler(record: Any, opened: int = Depends(connection, scope=scope)) -> str:
        return "text"

    assert ask(app, service, service.sent(ids(2))) == dict.fromkeys(ids(2), service.failed)


# -- exception handlers --------------------------------------------------------------------------------------


@each_service
@pytest.mark.parametrize(
    ("handled", "code"),
    [("text", "ok"), (None, "failed"), (object(), "failed"), (a_generator, "failed"), (Drop, "dropped")],
)
def test_an_exception_handler_gives_the_record_its_result(service: Service, handled: Any, code: str) -> None:
    app = Router()

    @app.exception_handler(ValueError)
    def handle(exc: ValueError, invocation: Invocation) -> Any:
        assert place(invocation.record) == 0
        if handled is Drop:
            raise Drop
        return handled() if callable(handled) else handled

    @service.route(app)
    def handler(record: Any) -> str:
        if place(record) == 0:
            raise ValueError
        return "text"

    assert ask(app, service, service.sent(ids(2))) == {"id-0": getattr(service, code), "id-1": service.ok}


@each_service
def test_an_exception_handler_is_called_once(service: Service) -> None:
    app, seen = Router(), []
    app.exception_handler(Exception)(lambda exc, invocation: seen.append(type(exc)))

    @service.route(app)
    def handler() -> None:
        raise ValueError

    ask(app, service, service.sent(ids(2)))
    assert seen == [ValueError, ValueError]


# -- all of it together --------------------------------------------------------------------------------------

OUTCOMES: list[Callable[[], Any]] = [
    lambda: "text",
    lambda: a_coroutine("text"),
    lambda: a_generator(),
    lambda: object(),
    lambda: "x" * 2000,
    lambda: b"\xff",
    lambda: (_ for _ in ()).throw(SystemExit(1)),
    lambda: a_failing_coroutine(),
    lambda: None,
    lambda: {"deep": [1, {"a": "\ud800"}]},
    lambda: float("inf"),
]


@each_service
@settings(max_examples=800, deadline=None)
@given(
    identifiers=st.lists(st.sampled_from(["a-0", "b-0", "c-0", "d-0", "é-0", "\u2028-0"]), max_size=12),
    seed=st.integers(),
    seconds=st.sampled_from([None, 0.1, 3]),
)
def test_every_identifier_is_answered_exactly_once(
    service: Service, identifiers: list[str], seed: int, seconds: float | None
) -> None:
    rng = random.Random(seed)
    context = None if seconds is None else LambdaContext(timeout=seconds)
    app = Router()

    @service.route(app)
    def handler(record: Any) -> Any:
        if context is not None and rng.random() < 0.3:
            context.advance(rng.random())
        return rng.choice(OUTCOMES)()

    def middleware(invocation: Any, call_next: Any) -> Any:
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            call_next(invocation)
        if rng.random() < 0.2:
            raise rng.choice((ValueError, Drop, Reject, GeneratorExit))
        return rng.choice((None, {}, {"records": []}))

    if rng.random() < 0.5:
        app.use(middleware)
    codes = ask(app, service, service.sent(identifiers), context)
    assert codes.keys() == set(identifiers)


@each_service
def test_nothing_of_an_invocation_is_kept(service: Service) -> None:
    import gc
    import weakref

    class Held:
        pass

    alive: list[Any] = []
    app = Router()

    @service.route(app)
    def handler(record: Any) -> str:
        held = Held()
        alive.append(weakref.ref(held))
        if place(record):
            raise ValueError
        return "text"

    gc.collect()
    gc.disable()
    try:
        ask(app, service, service.sent(ids(3)))
        assert [ref() for ref in alive] == [None] * 3
    finally:
        gc.enable()


@each_service
def test_what_the_client_tells(service: Service) -> None:
    app = Router()

    @service.route(app)
    def handler(record: Any) -> str:
        if place(record) == 1:
            raise ValueError
        return "text"

    result = Client(app).send(service.sent(ids(3)))
    assert (result.succeeded, result.failed) == (["id-0", "id-2"], ["id-1"])
    assert result.error is None
    assert "2 of 3 succeeded, failed: id-1" in repr(result)
    with pytest.raises(NoRouteError):
        Client(Router()).send(service.sent(ids(3))).raise_for_error()


@each_service
def test_the_proof_fails_where_a_rule_is_broken(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router import answers

    app = Router()
    service.route(app)(lambda: "text")
    sent = service.sent(["id-0", "id-1", "id-1"])
    room = type(getattr(app, service.name))
    original = room.document
    lost = lambda self, head, found: original(self, head, dict(list(found.items())[1:]))  # noqa: E731
    monkeypatch.setattr(room, "document", lost)
    with pytest.raises(ValueError, match="misses"):
        ask(app, service, sent)
    monkeypatch.undo()
    monkeypatch.setattr(
        answers.AnsweredSource, "shape", lambda self, result, invocation: result or {"records": []}
    )
    dodging = layered(service, never_calls)
    with pytest.raises(ValueError):
        ask(dodging, service, sent)
    monkeypatch.undo()
    assert ask(app, service, sent) == {"id-0": service.ok, "id-1": service.ok}


def test_a_result_error_is_not_an_answer() -> None:
    app = Router()
    app.s3_batch()(lambda: 7)
    answer = app(_s3_batch(["id-0"]))
    assert answer["results"] == [
        {"taskId": "id-0", "resultCode": "TemporaryFailure", "resultString": ResultError.__name__}
    ]
