"""Amazon MQ: what holds for brokers of both kinds. Every message is run, no order holds one back, and any failure raises."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from awslambdaric.lambda_runtime_marshaller import to_json
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    detect,
)
from lambda_router.brokers import broker_name
from lambda_router.testing import Client, LambdaContext
from lambda_router.testing import event as made

SECRET = "hunter2-canary"
QUEUE = {"activemq": "destination", "rabbitmq": "queue"}
pytestmark = pytest.mark.parametrize("room", QUEUE)


def running(room: str, *, fails: dict[Any, BaseException] | None = None, **options: Any) -> Any:
    """An app whose handler notes its data and raises what is given for it."""
    app = Router(**options)
    app.seen = []

    @getattr(app, room)("*")
    def handler(data: Any) -> Any:
        app.seen.append(data)
        if (exc := (fails or {}).get(data)) is not None:
            raise exc
        return {"batchItemFailures": []}

    return app


DECLARED: list[dict[str, Any]] = [
    {},
    {"partial": True},
    {"partial": ["orders", "shop", "*"]},
    {"partial": True, "all_failed": "report"},
]


@pytest.mark.parametrize("options", DECLARED)
def test_without_a_failure_the_answer_is_none(room: str, options: Any) -> None:
    app = running(room, **options)
    assert app(made(room, datas=[1, 2, 3])) is None
    assert app.seen == [1, 2, 3]


@pytest.mark.parametrize("options", DECLARED)
@pytest.mark.parametrize("failing", [[1], [2], [4], [1, 4], [1, 2, 3, 4]])
def test_every_message_is_run_and_then_any_failure_raises(
    room: str, options: dict[str, Any], failing: list[int]
) -> None:
    app = running(room, fails={n: ValueError(SECRET) for n in failing}, **options)
    with pytest.raises(BatchError) as info:
        app(made(room, datas=[1, 2, 3, 4]))
    assert app.seen == [1, 2, 3, 4]
    assert (info.value.failed, info.value.not_started, info.value.total) == (len(failing), 0, 4)
    assert info.value.classes == {"ValueError": len(failing)}
    assert SECRET not in str(info.value)


def test_a_declaration_of_an_included_router_changes_nothing(room: str) -> None:
    inner = running(room, fails={1: ValueError()}, partial=True)
    middle, app = Router(), Router()
    middle.include(inner)
    app.include(middle)
    with pytest.raises(BatchError):
        app(made(room, datas=[1, 2]))
    assert inner.seen == [1, 2]


def test_a_route_cannot_be_declared_partial(room: str) -> None:
    app = Router()
    with pytest.raises(TypeError):
        getattr(app, room)("orders", partial=True)
    for partial in (True, False):
        with pytest.raises(ConfigurationError, match=f"app.{room} takes no partial"):
            app.add_route(room, print, partial=partial)
    assert app.routes == ()


def test_one_message_fails_its_batch_as_several_do(room: str) -> None:
    out = Client(running(room, fails={1: KeyError()})).send(made(room, data=1))
    assert isinstance(out.error, BatchError)
    assert out.response is None


@pytest.mark.parametrize(
    "raised",
    [
        ValueError(SECRET),
        Retry(SECRET, after=9),
        Reject(SECRET),
        HTTPError(409, SECRET),
        PublicError(SECRET),
        SystemExit(SECRET),
        GeneratorExit(SECRET),
        asyncio.CancelledError(SECRET),
    ],
)
def test_whatever_is_raised_is_a_failure(
    room: str, raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    app = running(room, fails={"b": raised})
    with caplog.at_level(logging.DEBUG), pytest.raises(BatchError) as info:
        app(made(room, datas=['"a"', '"b"', '"c"'], message_id=["m-1", "m-2", "m-3"]))
    assert app.seen == ["a", "b", "c"]
    assert info.value.classes == {type(raised).__name__: 1}
    assert SECRET not in caplog.text + str(info.value) + repr(info.value)
    (line, _) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.startswith(f"{room} record m-2 failed: {type(raised).__name__}")


def test_a_keyboard_interrupt_passes(room: str) -> None:
    app = running(room, fails={1: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        app(made(room, datas=[1, 2]))
    assert app.seen == [1]


def test_a_drop_settles_its_message(room: str) -> None:
    app = running(room, fails={2: Drop("old")})
    assert app(made(room, datas=[1, 2, 3])) is None
    assert app.seen == [1, 2, 3]
    app = running(room, fails={2: Drop("old"), 3: ValueError()})
    with pytest.raises(BatchError) as info:
        app(made(room, datas=[1, 2, 3]))
    assert (info.value.failed, info.value.total) == (1, 3)


def test_an_exception_handler_settles_or_its_value_is_ignored(room: str) -> None:
    kept: list[Any] = []

    def settled_by(outcome: Any) -> Router:
        app = running(room, fails={2: KeyError("x")})

        @app.exception_handler(KeyError, sources=[room])
        def handle(exc: KeyError, invocation: Any) -> Any:
            kept.append((invocation.record["data"], invocation.source))
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        return app

    sent = made(room, datas=[1, 2])
    assert settled_by(Drop())(sent) is None
    with pytest.raises(BatchError) as info:
        settled_by({"batchItemFailures": []})(sent)
    assert info.value.classes == {"KeyError": 1}
    with pytest.raises(BatchError) as info:
        settled_by(OSError())(sent)
    assert info.value.classes == {"OSError": 1}
    assert kept == [("Mg==", room)] * 3


def test_duplicates_are_each_handled(room: str) -> None:
    app = running(room, partial=True)
    assert app(made(room, datas=[1, 1, 1], message_id="same")) is None
    assert app.seen == [1, 1, 1]
    app = running(room, fails={2: ValueError()}, partial=True)
    with pytest.raises(BatchError) as info:
        app(made(room, datas=[1, 2, 3], message_id="same"))
    assert (app.seen, info.value.failed) == ([1, 2, 3], 1)


def test_redelivered_is_told(room: str) -> None:
    app, seen = Router(), []
    getattr(app, room)("*")(lambda redelivered: seen.append(redelivered))
    for again in (False, True):
        app(made(room, redelivered=again))
    assert seen == [False, True]


def test_each_message_goes_by_its_own_queue(room: str) -> None:
    app, seen = Router(), []
    getattr(app, room)("orders")(lambda data: seen.append(("orders", data)))
    getattr(app, room)("*")(lambda data: seen.append(("any", data)))
    queues = ["orders", "orders", "refunds"]
    app(made(room, datas=[1, 2, 3], **{QUEUE[room]: queues}))
    assert seen == [("orders", 1), ("orders", 2), ("any", 3)]


def test_a_message_without_a_route_fails_and_the_others_run(room: str) -> None:
    app, seen = Router(), []
    getattr(app, room)("orders")(lambda data: seen.append(data))
    with pytest.raises(NoRouteError) as info:
        app(made(room, datas=[1, 2, 3], **{QUEUE[room]: ["orders", "refunds", "orders"]}))
    assert seen == [1, 3]
    assert info.value.suggestion == f'@app.{room}("refunds")'
    taken: list[Any] = []
    other = Router()
    other.default(lambda record, event: taken.append((record["data"], detect(event))))
    assert other(made(room, datas=[4, 5])) is None
    assert taken == [("NA==", room), ("NQ==", room)]


def test_a_message_that_may_not_finish_is_not_started_and_the_batch_raises(room: str) -> None:
    app, context, seen = Router(partial=True), LambdaContext(timeout=3), []

    @getattr(app, room)("*")
    def handler(data: int) -> None:
        seen.append(data)
        context.advance(0.8)

    with pytest.raises(BatchError) as info:
        app(made(room, datas=[1, 2, 3, 4, 5]), context)
    assert seen == [1, 2, 3]
    assert (info.value.failed, info.value.not_started) == (0, 2)


def test_what_a_handler_returns_is_ignored(room: str) -> None:
    app = Router()
    getattr(app, room)("*")(lambda: {"not": {"serialisable"}})
    assert app(made(room)) is None
    assert to_json(app(made(room))) == "null"


def test_a_handler_that_would_not_run_or_answers_for_the_batch_fails(room: str) -> None:
    def generator() -> Any:
        yield 1

    def answering() -> Any:
        return {"batchItemFailures": [{"itemIdentifier": "m-1"}]}

    for handler in (generator, answering):
        app = Router()
        getattr(app, room)("*")(handler)
        with pytest.raises(BatchError) as info:
            app(made(room))
        assert info.value.classes == {ResultError.__name__: 1}


def test_coroutines_run_to_their_end_some_at_a_time(room: str) -> None:
    app, running_now, most, seen = Router(), [0], [0], []

    @getattr(app, room)("*", concurrency=2)
    async def handler(data: int) -> None:
        running_now[0] += 1
        most[0] = max(most[0], running_now[0])
        await asyncio.sleep(0.001)
        running_now[0] -= 1
        seen.append(data)
        if data == 2:
            raise ValueError

    with pytest.raises(BatchError) as info:
        app(made(room, datas=[1, 2, 3, 4, 5]))
    assert (sorted(seen), most[0], info.value.failed) == ([1, 2, 3, 4, 5], 2, 1)
    with pytest.raises(ConfigurationError, match="concurrency"):
        getattr(app.__class__(), room)("*", concurrency=0)(handler)


def test_middleware_may_try_again_and_repeats_nothing(room: str) -> None:
    fails: dict[Any, BaseException] = {2: ValueError()}
    app = running(room, fails=fails)

    @app.middleware
    def twice(invocation: Any, call_next: Any) -> Any:
        try:
            return call_next(invocation)
        except BatchError:
            fails.clear()
            return call_next(invocation)

    assert app(made(room, datas=[1, 2, 3])) is None
    assert app.seen == [1, 2, 3, 2]


def test_middleware_cannot_answer_for_messages_that_were_not_run(room: str) -> None:
    app = running(room)
    app.use(lambda invocation, call_next: None)
    with pytest.raises(ResultError, match="call_next"):
        app(made(room))


def test_an_empty_event_is_answered(room: str) -> None:
    app = running(room, partial=True)
    sent = made(room, datas=[])
    assert detect(sent) == room
    assert app(sent) is None
    assert app.seen == []


def test_the_client_tells_what_comes_again(room: str) -> None:
    sent = made(room, datas=[1, 2], message_id=["m-1", "m-2"])
    out: Any = Client(running(room)).send(sent)
    assert (out.succeeded, out.failed, out.response) == (["m-1", "m-2"], [], None)
    out = Client(running(room, fails={1: ValueError()})).send(sent)
    assert (out.succeeded, out.failed) == ([], ["m-1", "m-2"])
    assert out.source == room


@pytest.mark.parametrize("raw", ["not base64!", "YQ", "é", "YQ==\n", "\ud800", 7, True, [], {}, ["YQ=="]])
def test_data_that_is_no_base64_fails_its_message(room: str, raw: Any) -> None:
    sent = made(room, datas=[1, 2, 3])
    messages_of(sent)[1]["data"] = raw
    app, seen = Router(), []
    getattr(app, room)("*")(lambda data: seen.append(data))
    with pytest.raises(BatchError) as info:
        app(sent)
    assert (seen, info.value.classes) == ([1, 3], {"PayloadError": 1})
    for signature in ("data: bytes", "data: str", "data: bytes | None"):
        app = Router()
        names: dict[str, Any] = {}
        exec(f"def handler({signature}): ...", names)
        getattr(app, room)("*")(names["handler"])
        with pytest.raises(BatchError):
            app(sent)


def messages_of(sent: Any) -> list[Any]:
    if "messages" in sent:
        return sent["messages"]
    return [one for held in sent["rmqMessagesByQueue"].values() for one in held]


@given(raw=st.binary(max_size=40))
def test_content_of_any_kind_is_bytes(room: str, raw: bytes) -> None:
    app, seen = Router(), []

    def handler(data: bytes) -> None:
        seen.append(data)

    getattr(app, room)("*")(handler)
    app(made(room, data=raw))
    assert seen == [raw]


def test_without_data(room: str) -> None:
    for sent in (made(room), made(room)):
        (message,) = messages_of(sent)
        message["data"] = None
        app, seen = Router(), []

        def handler(data: bytes | None, order: dict[str, int] | None) -> None:
            seen.append((data, order))

        getattr(app, room)("*")(handler)
        app(sent)
        assert seen == [(None, None)]
        app = Router()

        def strict(data: dict[str, Any]) -> None: ...

        getattr(app, room)("*")(strict)
        with pytest.raises(BatchError):
            app(sent)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:mq:eu-west-1:123456789012:broker:shop:b-1", "shop"),
        ("arn:aws-cn:mq:cn-north-1:123456789012:broker:shop:b-1", "shop"),
        ("arn:aws:mq:eu-west-1:123456789012:broker:shop", "arn:aws:mq:eu-west-1:123456789012:broker:shop"),
        ("arn:aws:mq:eu-west-1:1:broker::b-1", "arn:aws:mq:eu-west-1:1:broker::b-1"),
        ("arn:aws:mq:eu-west-1:1:queue:shop:b-1", "arn:aws:mq:eu-west-1:1:queue:shop:b-1"),
        ("shop", "shop"),
        ("", ""),
        (None, ""),
        (["arn"], ""),
        ({}, ""),
    ],
)
def test_the_broker_is_read_out_of_its_arn(room: str, arn: Any, name: str) -> None:
    assert broker_name(arn) == name
    app, seen = Router(), []
    getattr(app, room)("*")(lambda broker: seen.append(broker))
    app({**made(room), "eventSourceArn": arn})
    sent = made(room)
    del sent["eventSourceArn"]
    app(sent)
    assert seen == [name, ""]


ARN = "arn:aws:mq:eu-west-1:123456789012:broker:shop:b-1"


@pytest.mark.parametrize(
    ("written", "takes"),
    [
        ("shop", True),
        ("sh*", True),
        ("sho", False),
        (["depot", "shop"], True),
        (ARN, True),
        ("arn:aws:mq:*:broker:shop:*", True),
        ("arn:aws:mq:eu-west-1:123456789012:broker:shop", False),
        ("b-1", False),
        ("*", True),
    ],
)
def test_by_broker(room: str, written: Any, takes: bool) -> None:
    app, seen = Router(), []
    getattr(app, room)("*", broker=written)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(made(room, broker=ARN))
    assert seen == ["route" if takes else "default"]


@pytest.mark.parametrize(
    ("pattern", "data", "takes"),
    [
        ({"data": {"id": [7]}}, {"id": 7}, True),
        ({"data": {"id": [8]}}, {"id": 7}, False),
        ({"data": {"id": [7]}}, "text", False),
        ({"data": {"id": [7]}}, b"\xff", False),
        ({"data": ["text"]}, "text", True),
        ({"data": [{"prefix": "te"}]}, "text", True),
        ({"data": ["/w=="]}, b"\xff", True),
        ({"data": {"id": [7]}, "redelivered": [False]}, {"id": 7}, True),
        ({"redelivered": [True]}, {"id": 7}, False),
    ],
)
def test_by_pattern_over_the_message_with_its_data_decoded(
    room: str, pattern: Any, data: Any, takes: bool
) -> None:
    app, seen = Router(), []
    getattr(app, room)("*", pattern=pattern)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(made(room, data=data))
    assert seen == ["route" if takes else "default"]


def test_a_pattern_takes_data_that_cannot_be_read_as_it_was_sent(room: str) -> None:
    for odd in ("not base64!", None, 7, {"id": 7}):
        sent = made(room)
        messages_of(sent)[0]["data"] = odd
        app, seen = Router(), []
        getattr(app, room)("*", pattern={"data": {"id": [7]}})(lambda: seen.append("route"))
        app.default(lambda: seen.append("default"))
        app(sent)
        assert seen == ["route" if odd == {"id": 7} else "default"]


def test_the_event_is_not_changed(room: str) -> None:
    sent = made(room, datas=[1, {"a": [1]}])
    before = json.dumps(sent)
    app = Router()

    @getattr(app, room)("*")
    def handler(data: Any, headers: dict[str, Any], record: Any, event: Any) -> None:
        headers["x"] = 1
        assert type(record) is type(messages_of(event)[0]) is dict

    app(sent)
    assert json.dumps(sent) == before


def test_events_of_brokers_are_not_taken_out_of_other_records(room: str) -> None:
    app, seen = Router(), []
    getattr(app, room)("*")(lambda: seen.append("inside"))
    app.default(lambda: seen.append("default"))
    assert app(made("sqs", body=made(room))) is None
    assert app(made("sns", message=made(room))) is None
    assert seen == ["default", "default"]
    assert getattr(app, room).carried(made(room), "") is None


def test_correlation_ids(room: str) -> None:
    app, seen = Router(), []
    getattr(app, room)("*")(
        lambda invocation, correlation_id: seen.append((invocation.correlation_id, correlation_id))
    )
    context = LambdaContext()
    app(made(room, correlation_id="basket-7"), context)
    app(made(room), context)
    for odd in (7, ["x"], {}):
        app(made(room, correlation_id=odd), context)
    own = context.aws_request_id
    assert seen == [("basket-7", "basket-7"), (own, None), (own, 7), (own, ["x"]), (own, {})]


def test_no_message_shows_in_logs_or_errors(room: str, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()
    getattr(app, room)("orders", pattern={"data": {"secret": ["no"]}})(lambda: None)
    with caplog.at_level(logging.DEBUG), pytest.raises(NoRouteError) as info:
        app(made(room, data={"secret": SECRET}))
    assert SECRET not in caplog.text + str(info.value) + repr(info.value)
    app = running(room)

    @getattr(app, room)("typed")
    def handler(data: int) -> None: ...

    for sent in (made(room, data=SECRET), made(room, data={"x": SECRET}, **{QUEUE[room]: "typed"})):
        out = Client(app).send(sent)
        assert SECRET not in repr(out) + str(out.error)
    assert SECRET not in caplog.text
