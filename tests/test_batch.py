"""Batches: nothing is lost, order is kept, and a failure is its own record's, whatever user code does."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import json
import logging
import random
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambda_router import (
    BatchError,
    ConfigurationError,
    Depends,
    Drop,
    Invocation,
    NoRouteError,
    PayloadError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    UnknownEventError,
)
from lambda_router.batch import PolledSource

ALL_WELL: dict[str, Any] = {"batchItemFailures": []}


def arn(queue: str) -> str:
    return f"arn:aws:sqs:eu-west-1:123456789012:{queue}"


def message(
    number: int, body: Any = None, *, queue: str = "orders", group: str | None = None, **parts: Any
) -> Any:
    """One message `m-<number>`; with `group` it has what a FIFO queue adds."""
    attributes: dict[str, Any] = {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"}
    if group is not None:
        attributes |= {"MessageGroupId": group, "SequenceNumber": f"1885{number:016d}"}
    return {
        "messageId": f"m-{number}",
        "receiptHandle": f"AQEB{number}",
        "body": json.dumps(number if body is None else body),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "098f6bcd4621d373cade4e832627b4f6",
        "eventSource": "aws:sqs",
        "eventSourceARN": arn(queue),
        "awsRegion": "eu-west-1",
        **parts,
    }


def batch(*messages: Any) -> Any:
    """An event as the runtime delivers it: fresh objects, with nothing shared."""
    return json.loads(json.dumps({"Records": list(messages)}))


def numbered(count: int, **parts: Any) -> Any:
    return batch(*(message(n, **parts) for n in range(1, count + 1)))


def failures(*numbers: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": f"m-{n}"} for n in numbers]}


def failing(
    *bad: Any, partial: bool = True, seen: list[Any] | None = None, queue: str = "orders", **options: Any
) -> Router:
    """An app whose handler fails on these bodies, and notes all that it is given."""
    app = Router(**options)

    @app.sqs(queue, partial=partial)
    def handler(body: Any) -> None:
        if seen is not None:
            seen.append(body)
        if body in bad:
            raise ValueError(f"canary {body}")

    return app


class Clock:
    """A Lambda context whose time is moved by the test."""

    aws_request_id = "req-1"

    def __init__(self, left: float) -> None:
        self.left = left
        self.reads = 0

    def get_remaining_time_in_millis(self) -> float:
        self.reads += 1
        return self.left


# -- what is answered ----------------------------------------------------------------------------------------


def test_a_declared_batch_reports_exactly_what_failed() -> None:
    seen: list[Any] = []
    assert failing(2, 4, seen=seen)(numbered(5)) == failures(2, 4)
    assert seen == [1, 2, 3, 4, 5]


def test_a_declared_batch_in_which_all_went_well() -> None:
    assert failing()(numbered(3)) == ALL_WELL


def test_without_a_declaration_every_record_runs_and_then_the_batch_raises() -> None:
    seen: list[Any] = []
    with pytest.raises(BatchError) as info:
        failing(2, partial=False, seen=seen)(numbered(3))
    assert seen == [1, 2, 3]
    assert str(info.value) == "1 of 3 sqs records failed (ValueError 1)"
    assert (info.value.failed, info.value.not_started, info.value.total) == (1, 0, 3)
    assert info.value.classes == {"ValueError": 1}


def test_without_a_declaration_success_has_no_answer() -> None:
    assert failing(partial=False)(numbered(3)) is None


def test_a_declared_batch_in_which_nothing_succeeded_raises() -> None:
    with pytest.raises(BatchError, match="3 of 3"):
        failing(1, 2, 3)(numbered(3))
    with pytest.raises(BatchError, match="1 of 1"):
        failing(1)(numbered(1))


def test_or_is_reported_if_so_configured() -> None:
    assert failing(1, 2, 3, all_failed="report")(numbered(3)) == failures(1, 2, 3)


def test_a_dropped_record_counts_as_success() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(body: int) -> None:
        raise Drop if body == 1 else Retry

    assert app(numbered(2)) == failures(2)


def test_every_failure_a_missing_route_is_a_missing_route() -> None:
    app = Router(partial=True)

    @app.sqs("invoices")
    def handler(body: Any) -> None: ...

    with pytest.raises(NoRouteError, match=r'@app\.sqs\("orders"\)'):
        app(numbered(2))


def test_a_missing_route_among_others_is_a_failure_of_its_record() -> None:
    app = Router(partial=True)

    @app.sqs("orders", pattern={"body": {"kind": ["new"]}})
    def handler(body: Any) -> None: ...

    records = [message(1, {"kind": "new"}), message(2, {"kind": "old"}), message(3, "text")]
    assert app(batch(*records)) == failures(2, 3)


def test_the_default_route_takes_records_that_nothing_matches() -> None:
    app = Router(partial=True)
    seen: list[Any] = []

    @app.sqs("orders", pattern={"body": {"kind": ["new"]}})
    def handler(body: Any) -> None:
        seen.append("new")

    @app.default
    def rest(record: Any, event: Any) -> None:
        seen.append((record["messageId"], len(event["Records"])))
        raise ValueError

    assert app(batch(message(1, {"kind": "new"}), message(2, {"kind": "old"}))) == failures(2)
    assert seen == ["new", ("m-2", 1)]


def test_no_records_need_no_answer() -> None:
    for app in (failing(), failing(partial=False), Router()):
        assert app({"Records": []}) is None


def test_the_event_of_a_handler_has_its_record_alone_and_the_invocation_the_batch() -> None:
    app = Router()
    seen: list[Any] = []

    @app.sqs("orders")
    def handler(event: Any, record: Any, invocation: Invocation) -> None:
        assert event["Records"] == [record]
        assert invocation.record is record
        seen.append((record["messageId"], len(invocation.event["Records"])))

    app(numbered(2))
    assert seen == [("m-1", 2), ("m-2", 2)]


# -- outcomes and exception handlers -------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Retry, Retry("later", after=30), Reject, Reject("never")])
def test_retry_and_reject_fail_their_record(outcome: Any) -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(body: int) -> None:
        if body == 2:
            raise outcome

    assert app(numbered(3)) == failures(2)


def test_drop_settles_its_record_and_does_not_stop_its_group() -> None:
    app = Router(partial=True)
    seen: list[int] = []

    @app.sqs("orders.fifo")
    def handler(body: int) -> None:
        seen.append(body)
        if body == 1:
            raise Drop

    assert app(numbered(2, queue="orders.fifo", group="a")) == ALL_WELL
    assert seen == [1, 2]


def test_a_route_may_settle_all_that_it_matches() -> None:
    app = Router(partial=True)
    app.sqs("orders", pattern={"body": {"kind": ["noise"]}}).drop()

    @app.sqs("orders")
    def handler(body: Any) -> None:
        raise ValueError

    assert app(batch(message(1, {"kind": "noise"}), message(2, {"kind": "signal"}))) == failures(2)
    assert [route.handler for route in app.routes] == [None, handler]


def test_what_was_dropped_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lambda_router")
    app = Router()
    app.sqs("orders").drop()
    app(numbered(3))
    assert [r.getMessage() for r in caplog.records] == ["sqs: 3 records dropped"]


def test_an_exception_handler_may_settle_a_record_but_its_value_does_not() -> None:
    app = failing(1, 2, 3)

    @app.exception_handler(ValueError)
    def handle(exc: ValueError, invocation: Invocation) -> Any:
        number = invocation.record["messageId"]
        if number == "m-2":
            raise Drop
        if number == "m-3":
            raise KeyError
        return {"batchItemFailures": []}

    assert app(numbered(4)) == failures(1, 3)


def test_an_asynchronous_exception_handler_may_settle_a_record() -> None:
    app = failing(1)

    @app.exception_handler(ValueError)
    async def handle(exc: ValueError, invocation: Invocation) -> None:
        raise Drop

    assert app(numbered(2)) == ALL_WELL


# -- every form of a handler ---------------------------------------------------------------------------------


class Work:
    """Eleven forms of one handler; `done` is what really ran to its end."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def plain(self, body: int) -> None:
        self.done.append(body)

    async def coroutine(self, body: int) -> None:
        await asyncio.sleep(0)
        self.done.append(body)

    def generator(self, body: int) -> Iterator[int]:
        yield body
        self.done.append(body)

    async def async_generator(self, body: int) -> Any:
        yield body
        self.done.append(body)

    def __call__(self, body: int) -> None:
        self.done.append(body)

    def future(self, body: int) -> Future[None]:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self.plain, body)

    async def task(self, body: int) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(self.coroutine(body))

    def awaitable(self, body: int) -> Any:
        work = self

        class Awaitable:
            def __await__(self) -> Any:
                return work.coroutine(body).__await__()

        return Awaitable()

    def none(self, body: int) -> None:
        self.done.append(body)

    def own_answer(self, body: int) -> Any:
        self.done.append(body)
        return {"batchItemFailures": [{"itemIdentifier": "m-1"}]}

    def late_failure(self, body: int) -> Future[None]:
        future: Future[None] = Future()
        future.set_exception(ValueError("in the future"))
        return future


class OfClass:
    done: list[int] = []

    @classmethod
    def handle(cls, body: int) -> None:
        cls.done.append(body)

    @staticmethod
    def static(body: int) -> None:
        OfClass.done.append(body)


def partially(done: list[int], body: int) -> None:
    done.append(body)


FORMS: dict[str, tuple[Callable[[Work], Any], bool]] = {
    "def": (lambda work: work.plain, True),
    "async def": (lambda work: work.coroutine, True),
    "generator": (lambda work: work.generator, False),
    "async generator": (lambda work: work.async_generator, False),
    "partial": (lambda work: functools.partial(partially, work.done), True),
    "callable object": (lambda work: work, True),
    "future": (lambda work: work.future, True),
    "task": (lambda work: work.task, True),
    "awaitable": (lambda work: work.awaitable, True),
    "None": (lambda work: work.none, True),
    "own batchItemFailures": (lambda work: work.own_answer, False),
    "failed future": (lambda work: work.late_failure, False),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_handler_is_acknowledged_before_it_has_run_to_its_end(form: str) -> None:
    make, runs = FORMS[form]
    work = Work()
    app = Router(partial=True, all_failed="report")
    app.sqs("orders")(make(work))
    answer = app(numbered(3))
    acknowledged = {1, 2, 3} - {int(i["itemIdentifier"][2:]) for i in answer["batchItemFailures"]}
    assert acknowledged <= set(work.done)
    assert acknowledged == ({1, 2, 3} if runs else set())


@pytest.mark.parametrize("handler", [OfClass.handle, OfClass.static])
def test_class_and_static_methods(handler: Any) -> None:
    OfClass.done.clear()
    app = Router(partial=True)
    app.sqs("orders")(handler)
    assert app(numbered(2)) == ALL_WELL
    assert OfClass.done == [1, 2]


@pytest.mark.parametrize(
    "result", [1, "m-1", ["m-1"], {"a": 1}, {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_any_other_result_of_a_handler_is_ignored(result: Any) -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(body: Any) -> Any:
        return result

    assert app(numbered(1)) == ALL_WELL


# -- every form of an exception ------------------------------------------------------------------------------


def thrown(exc: Callable[[], BaseException]) -> Callable[[], None]:
    def throw() -> None:
        raise exc()

    return throw


def class_of(name: str, **members: Any) -> type[Exception]:
    return type(name, (Exception,), members)


def bad(*_: Any) -> Any:
    raise RuntimeError("hostile")


def chained() -> None:
    try:
        raise KeyError("inner")
    except KeyError as exc:
        raise ValueError("outer") from exc


def recursive() -> None:
    recursive()


EXCEPTIONS: dict[str, Callable[[], None]] = {
    "plain": thrown(lambda: Exception("text")),
    "subclass": thrown(lambda: LookupError("text")),
    "empty": thrown(ValueError),
    "str raises": thrown(class_of("E", __str__=bad)),
    "str is no str": thrown(class_of("E", __str__=lambda self: 1)),
    "repr raises": thrown(class_of("E", __repr__=bad)),
    "surrogate": thrown(lambda: ValueError("\ud800")),
    "7 MB": thrown(lambda: ValueError("x" * 7_000_000)),
    "CRLF in the name": thrown(class_of("Bad\r\nX-Injected: 1")),
    "chained": chained,
    "group": thrown(lambda: ExceptionGroup("both", [ValueError(1), KeyError(2)])),
    "StopIteration": thrown(StopIteration),
    "RecursionError": recursive,
    "MemoryError": thrown(MemoryError),
    "hostile attributes": thrown(
        class_of("E", title=property(bad), model=property(bad), args=property(bad), __notes__=property(bad))
    ),
    "hostile truth": thrown(class_of("E", __bool__=bad, __eq__=bad, __hash__=bad)),
    "SystemExit": thrown(lambda: SystemExit(0)),
    "CancelledError": thrown(asyncio.CancelledError),
    "GeneratorExit": thrown(GeneratorExit),
    "BaseExceptionGroup": thrown(lambda: BaseExceptionGroup("all", [SystemExit(1), ValueError()])),
}


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_form_of_an_exception_fails_exactly_its_own_record(
    name: str, asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    throw = EXCEPTIONS[name]
    done: list[int] = []

    def handler(body: int) -> None:
        if body == 2:
            throw()
        done.append(body)

    async def later(body: int) -> None:
        await asyncio.sleep(0)
        handler(body)

    for partial in (True, False):
        app = Router()
        app.sqs("orders", partial=partial)(later if asynchronous else handler)
        if partial:
            assert app(numbered(3)) == failures(2)
        else:
            with pytest.raises(BatchError, match="1 of 3"):
                app(numbered(3))
    assert done == [1, 3, 1, 3]
    assert all(len(r.getMessage()) < 8192 and r.getMessage().isprintable() for r in caplog.records)
    assert len([r for r in caplog.records if "record m-2 failed" in r.getMessage()]) == 2


def test_an_exception_that_denies_its_class_fails_its_record_too() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(body: int) -> None:
        if body == 2:
            raise class_of("E", __class__=property(bad))

    try:
        answer = app(numbered(3))
    except RuntimeError:  # what escapes has an exception for its context that pytest cannot print
        answer = None
    assert answer == failures(2)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_keyboard_interrupt_passes(asynchronous: bool) -> None:
    seen: list[int] = []

    def handler(body: int) -> None:
        seen.append(body)
        raise KeyboardInterrupt

    async def later(body: int) -> None:
        handler(body)

    app = Router(partial=True)
    app.sqs("orders")(later if asynchronous else handler)
    with pytest.raises(KeyboardInterrupt):
        app(numbered(3))
    assert seen == [1]


def test_what_cannot_be_parsed_or_validated_fails_its_record() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(order: dict[str, int]) -> None: ...

    records = [message(n) for n in range(1, 8)]
    for record, body in zip(
        records, ['{"a": 1}', "not json", "[1]", '{"a": "x"}', "", '{"a": NaN}', "[" * 90_000]
    ):
        record["body"] = body
    del records[4]["body"]
    assert app(batch(*records)) == failures(2, 3, 4, 5, 6, 7)


# -- order ---------------------------------------------------------------------------------------------------


def fifo(groups: str, **parts: Any) -> Any:
    """A FIFO batch, one message for each letter, which is its group."""
    return batch(*(message(n, queue="orders.fifo", group=g, **parts) for n, g in enumerate(groups, start=1)))


@pytest.mark.parametrize(
    ("groups", "bad", "reported", "ran"),
    [
        ("aaaa", [2], [2, 3, 4], [1, 2]),
        ("abab", [1], [1, 3], [1, 2, 4]),
        ("abcabcabc", [2, 4], [2, 4, 5, 7, 8], [1, 2, 3, 4, 6, 9]),
        ("aabb", [4], [4], [1, 2, 3, 4]),
        ("aabb", [1, 3], [1, 2, 3, 4], [1, 3]),
    ],
)
def test_a_failure_stops_its_group_and_no_other(
    groups: str, bad: list[int], reported: list[int], ran: list[int]
) -> None:
    seen: list[Any] = []
    app = failing(*bad, seen=seen, queue="orders.fifo", all_failed="report")
    assert app(fifo(groups)) == failures(*reported)
    assert seen == ran


def test_without_a_declaration_what_order_allows_is_run() -> None:
    seen: list[Any] = []
    with pytest.raises(BatchError) as info:
        failing(1, partial=False, seen=seen, queue="orders.fifo")(fifo("aba"))
    assert seen == [1, 2]
    assert str(info.value) == "1 of 3 sqs records failed (ValueError 1), 1 not started"
    assert (info.value.failed, info.value.not_started) == (1, 1)


def test_a_fifo_queue_without_an_arn_is_known_by_its_sequence_numbers() -> None:
    for missing in ({"eventSourceARN": None}, {"eventSourceARN": ""}):
        seen: list[Any] = []
        app = failing(1, seen=seen, queue="*")
        assert app(fifo("aba", **missing)) == failures(1, 3)
        assert seen == [1, 2]


def test_a_fair_standard_queue_has_no_order() -> None:
    seen: list[Any] = []
    event = batch(*(message(n, group="tenant") for n in (1, 2, 3)))
    for record in event["Records"]:
        del record["attributes"]["SequenceNumber"]
    assert failing(1, seen=seen)(event) == failures(1)
    assert seen == [1, 2, 3]


def test_a_standard_queue_without_an_arn_has_no_sequence_numbers() -> None:
    event = fifo("aaa", eventSourceARN=None)
    for record in event["Records"]:
        del record["attributes"]["SequenceNumber"]
    assert failing(1, queue="*")(event) == failures(1)


@pytest.mark.parametrize("group", [None, 1, [], {}, ["a"]])
def test_groups_that_are_no_names_are_one_group(group: Any) -> None:
    event = fifo("aaa")
    for record in event["Records"]:
        record["attributes"]["MessageGroupId"] = group
    assert failing(2, queue="orders.fifo")(event) == failures(2, 3)


def test_messages_without_a_group_are_one_group() -> None:
    event = fifo("aaa")
    for record in event["Records"]:
        del record["attributes"]["MessageGroupId"]
    assert failing(2, queue="orders.fifo")(event) == failures(2, 3)


def test_a_missing_route_and_a_bad_body_stop_their_group_too() -> None:
    app = Router(partial=True)

    @app.sqs("orders.fifo", pattern={"body": {"n": [{"exists": True}]}})
    def handler(order: dict[str, int]) -> None: ...

    event = fifo("abab")
    for record, body in zip(event["Records"], ['{"other": 1}', '{"n": 1}', '{"n": 1}', '{"n": "x"}']):
        record["body"] = body
    assert app(event) == failures(1, 3, 4)


def test_groups_of_the_same_name_in_two_queues_are_two() -> None:
    app = failing(1, queue="*.fifo")
    records = [
        message(1, queue="a.fifo", group="g"),
        message(2, queue="b.fifo", group="g"),
        message(3, queue="a.fifo", group="g"),
    ]
    assert app(batch(*records)) == failures(1, 3)


# -- identifiers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["edit", "delete", "all", "queue", "clear"])
def test_identifiers_are_read_before_handlers_run(change: str) -> None:
    app = Router()

    @app.sqs("orders", partial=True)
    def handler(record: Any, body: int, invocation: Invocation) -> None:
        records = invocation.event["Records"]
        if change == "edit":
            record["messageId"] = "forged"
        elif change == "delete":
            del record["messageId"]
        elif change == "all":
            records[2]["messageId"] = records[0]["messageId"]
        elif change == "queue":
            for other in records:
                other["eventSourceARN"] = arn("orders.fifo")
        elif change == "clear":
            records.clear()
        if body in (1, 3):
            raise ValueError

    assert app(numbered(4)) == failures(1, 3)


def test_a_handler_that_empties_the_batch_does_not_acknowledge_the_rest() -> None:
    seen: list[int] = []
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(body: int, invocation: Invocation) -> None:
        seen.append(body)
        invocation.event["Records"].clear()
        if body > 1:
            raise ValueError

    assert app(numbered(3)) == failures(2, 3)
    assert seen == [1, 2, 3]


def test_a_handler_cannot_declare_another_queue() -> None:
    app = Router(partial=["declared"])

    @app.sqs("*")
    def handler(record: Any) -> None:
        record["eventSourceARN"] = arn("declared")
        raise ValueError

    with pytest.raises(BatchError):
        app(numbered(2))

    @(again := Router(partial=["declared"])).sqs("*")
    def other(record: Any, body: int) -> None:
        record["eventSourceARN"] = arn("declared")
        if body == 1:
            raise ValueError

    with pytest.raises(BatchError):
        again(numbered(2))


@pytest.mark.parametrize("identifier", ["", None, 7, ["m-1"], {"a": 1}, True, "\ud800", "a\udfffb"])
def test_a_failure_that_cannot_be_named_fails_the_batch(identifier: Any) -> None:
    app = failing(1)
    event = numbered(3)
    event["Records"][0]["messageId"] = identifier
    with pytest.raises(BatchError, match="not all of them have an identifier"):
        app(event)
    del event["Records"][0]["messageId"]
    with pytest.raises(BatchError):
        app(event)


def test_one_that_cannot_be_named_but_succeeded_does_not_matter() -> None:
    event = numbered(3)
    del event["Records"][0]["messageId"]
    assert failing(2)(event) == failures(2)


def test_duplicate_identifiers_are_reported_once() -> None:
    event = batch(message(1), message(2), message(2, 22), message(3))
    assert failing(2)(event) == failures(2)
    assert failing(2, 22)(event) == failures(2)


IDENTIFIERS = st.sampled_from(["a", "b", "c", "d", "", None, 0, "\ud800", [], "é"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(IDENTIFIERS, st.booleans(), st.sampled_from(["", "x", "y"]), IDENTIFIERS),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
@example([("a", False, "x", "b"), ("a", True, "x", "b")], True)
def test_whatever_is_reported_is_named_in_the_event(rows: list[Any], in_order: bool) -> None:
    app = Router(partial=True, all_failed="report")
    done: set[int] = set()

    @app.sqs("*")
    def handler(body: int, record: Any) -> None:
        record["messageId"] = rows[body][3]
        if rows[body][1]:
            raise ValueError
        done.add(body)

    queue = "orders.fifo" if in_order else "orders"
    records = [
        message(n, n, queue=queue, group=row[2] or None, messageId=row[0]) for n, row in enumerate(rows)
    ]
    event = batch(*records)
    try:
        reported = [item["itemIdentifier"] for item in app(event)["batchItemFailures"]]
    except BatchError:
        assert any(row[0] in ("", None, 0, "\ud800", []) for row in rows)
        return
    assert len(reported) == len(set(reported))
    assert all(isinstance(i, str) and i and i.encode() for i in reported)
    sent = [row[0] for row in rows]
    assert set(reported) <= {i for i in sent if isinstance(i, str)}
    assert all(n in done or sent[n] in reported for n in range(len(rows)))


# -- whose records they are ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "foreign",
    [
        {"eventSource": "aws:s3"},
        {"eventSource": None},
        {"eventSource": "sqs.amazonaws.com"},
        {"eventSource": ["aws:sqs"]},
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_batch_with_a_foreign_record_is_refused_before_any_runs(foreign: Any, place: int) -> None:
    seen: list[Any] = []
    app = failing(seen=seen)
    event = numbered(3)
    event["Records"][place].update(foreign)
    with pytest.raises(UnknownEventError):
        app(event)
    event["Records"][place] = None
    with pytest.raises(UnknownEventError):
        app(event)
    assert seen == []


def test_a_queue_may_be_partial_and_another_not() -> None:
    seen: list[Any] = []
    app = Router(partial=["orders", arn("other")])

    @app.sqs("*")
    def handler(body: int) -> None:
        seen.append(body)
        if body == 1:
            raise ValueError

    assert app(numbered(2)) == failures(1)
    assert app(numbered(2, queue="other")) == failures(1)
    with pytest.raises(BatchError):
        app(numbered(2, queue="others"))
    with pytest.raises(BatchError):
        app(batch(message(1), message(2, queue="others")))
    assert app(batch(message(1), message(2, queue="other"))) == failures(1)
    assert seen == [1, 2] * 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("orders", "orders"),
        ("orders", "order*"),
        ("ord*", "*ers"),
        ("a*c", "ab*"),
        (arn("orders"), "orders"),
        (arn("orders"), "*"),
        ("arn:aws:sqs:*:*:orders", "ord*"),
        ("arn:aws:sqs:*orders", "orders"),
        ("arn:aws:sqs:*", "orders"),
        ("arn:aws:sqs:*:1:orders", arn("orders").replace("123456789012", "1")),
        (["a", "orders"], ("orders", "b")),
    ],
)
def test_routes_of_one_queue_that_disagree_are_refused(one: Any, other: Any) -> None:
    for first, second in ((one, other), (other, one)):
        app = Router()
        app.sqs(first, partial=True, attributes={"k": "v"}).drop()
        with pytest.raises(ConfigurationError, match="share a mapping"):
            app.sqs(second, partial=False)(print)
        app.sqs(second, partial=True).drop()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("orders", "invoices"),
        ("orders-*", "invoices-*"),
        ("a*c", "b*"),
        (arn("orders"), arn("orders").replace("eu-west-1", "eu-west-2")),
        (arn("orders"), "invoices"),
        ("arn:aws:sqs:*:*:orders", "invoices"),
        (arn("orders"), "order"),
    ],
)
def test_routes_of_two_queues_may_disagree(one: Any, other: Any) -> None:
    for first, second in ((one, other), (other, one)):
        app = Router()
        app.sqs(first, partial=True).drop()
        app.sqs(second, partial=False).drop()


def test_a_route_that_says_nothing_disagrees_with_none() -> None:
    app = Router()
    app.sqs("orders", partial=True, attributes={"k": "v"}).drop()

    @app.sqs("orders")
    def handler(body: int) -> None:
        if body == 1:
            raise ValueError

    assert app(numbered(2)) == failures(1)


def test_an_included_route_must_agree_too() -> None:
    part, app = Router(), Router()
    part.sqs("orders", partial=False).drop()
    app.sqs("*", partial=True).drop()
    with pytest.raises(ConfigurationError, match="share a mapping"):
        app.include(part)


def test_an_included_router_keeps_its_declaration_beside_a_list() -> None:
    part, app = Router(partial=True), Router(partial=["refunds"])

    @part.sqs("orders")
    def handler(body: int) -> None:
        if body == 1:
            raise ValueError

    app.include(part)
    assert app(numbered(2)) == failures(1)


@pytest.mark.parametrize("partial", ["yes", 1, ["orders"]])
def test_partial_of_a_route_is_true_or_false(partial: Any) -> None:
    with pytest.raises(ConfigurationError, match="True or False"):
        Router().sqs("orders", partial=partial).drop()


# -- the deadline --------------------------------------------------------------------------------------------


def slow(
    clock: Clock, *, milliseconds: float, seen: list[int], partial: bool = True, queue: str = "orders"
) -> Router:
    app = Router()

    @app.sqs(queue, partial=partial)
    def handler(body: int) -> None:
        seen.append(body)
        clock.left -= milliseconds

    return app


def test_records_that_may_not_finish_are_not_started_but_reported() -> None:
    clock, seen = Clock(3000), []
    assert slow(clock, milliseconds=600, seen=seen)(numbered(10), clock) == failures(5, 6, 7, 8, 9, 10)
    assert seen == [1, 2, 3, 4]


def test_without_a_declaration_the_batch_raises_in_time() -> None:
    clock, seen = Clock(3000), []
    with pytest.raises(BatchError, match=r"0 of 10 sqs records failed, 6 not started"):
        slow(clock, milliseconds=600, seen=seen, partial=False)(numbered(10), clock)
    assert seen == [1, 2, 3, 4]
    assert clock.left > 0


@pytest.mark.parametrize("left", [0, -1, -5000, 0.0, float("-inf")])
def test_nothing_is_started_without_time(left: float) -> None:
    seen: list[int] = []
    clock = Clock(left)
    with pytest.raises(BatchError, match="3 not started"):
        slow(clock, milliseconds=1, seen=seen)(numbered(3), clock)
    assert seen == []


def test_a_fifo_group_keeps_its_order_at_the_deadline() -> None:
    clock, seen = Clock(1000), []
    assert slow(clock, milliseconds=300, seen=seen, queue="*")(fifo("abab"), clock) == failures(3, 4)
    assert seen == [1, 2]


@pytest.mark.parametrize("context", [None, object(), "text"])
def test_without_a_clock_there_is_no_deadline(context: Any) -> None:
    assert failing(2)(numbered(3), context) == failures(2)


def test_a_mock_for_a_context_has_no_deadline() -> None:
    from unittest.mock import MagicMock

    assert failing(2)(numbered(3), MagicMock()) == failures(2)


def test_the_clock_is_read_about_once_a_record() -> None:
    clock = Clock(60_000)
    failing()(numbered(10), clock)
    assert clock.reads <= 11


# -- middleware ----------------------------------------------------------------------------------------------


def swallow(invocation: Invocation, call_next: Any) -> Any:
    try:
        return call_next(invocation)
    except Exception:
        return None


def short_circuit(invocation: Invocation, call_next: Any) -> Any:
    return ALL_WELL


def forge(invocation: Invocation, call_next: Any) -> Any:
    answer = call_next(invocation)
    if answer:
        answer["batchItemFailures"].clear()
    return ALL_WELL


def forge_and_raise(invocation: Invocation, call_next: Any) -> Any:
    call_next(invocation)
    raise LookupError


async def asynchronous(invocation: Invocation, call_next: Any) -> Any:
    await call_next(invocation)
    return ALL_WELL


@pytest.mark.parametrize("layer", [swallow, forge, asynchronous])
def test_middleware_cannot_change_the_answer(layer: Any) -> None:
    app = failing(2)
    app.use(layer)
    assert app(numbered(3)) == failures(2)
    strict = failing(2, partial=False)
    strict.use(layer)
    with pytest.raises(BatchError):
        strict(numbered(3))


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("all_failed", ["raise", "report"])
def test_middleware_cannot_answer_for_records_that_were_not_run(partial: bool, all_failed: Any) -> None:
    seen: list[Any] = []
    app = failing(partial=partial, seen=seen, all_failed=all_failed)
    app.use(short_circuit)
    with pytest.raises(ResultError, match="call_next"):
        app(numbered(2))
    assert seen == []


def test_a_failing_middleware_fails_the_batch() -> None:
    app = failing()
    app.use(forge_and_raise)
    with pytest.raises(LookupError):
        app(numbered(2))


def test_middleware_may_drop_an_event_that_was_not_run_but_no_failure() -> None:
    def before(invocation: Invocation, call_next: Any) -> Any:
        raise Drop

    def after(invocation: Invocation, call_next: Any) -> Any:
        try:
            call_next(invocation)
        finally:
            raise Drop

    app = failing(2)
    app.use(before)
    assert app(numbered(3)) is None
    app = failing(2)
    app.use(after)
    assert app(numbered(3)) == failures(2)
    app = failing(2, partial=False)
    app.use(after)
    with pytest.raises(BatchError):
        app(numbered(3))


def test_middleware_that_tries_again_repeats_only_what_is_open() -> None:
    seen: list[int] = []
    app = Router(partial=True)

    @app.middleware
    def twice(invocation: Invocation, call_next: Any) -> Any:
        with suppress(BatchError):
            call_next(invocation)
        return call_next(invocation)

    @app.sqs("orders.fifo")
    def handler(body: int) -> None:
        seen.append(body)
        if body == 2 and seen.count(2) == 1:
            raise ValueError

    assert app(fifo("abab")) == ALL_WELL
    assert seen == [1, 2, 3, 2, 4]


def test_middleware_that_tries_again_too_late_has_started_nothing() -> None:
    clock = Clock(60_000)
    app = failing(1, partial=False)

    @app.middleware
    def twice(invocation: Invocation, call_next: Any) -> Any:
        with suppress(BatchError):
            call_next(invocation)
        clock.left = 0
        return call_next(invocation)

    with pytest.raises(BatchError) as info:
        app(numbered(3), clock)
    assert str(info.value) == "0 of 3 sqs records failed, 1 not started"


def test_middleware_may_hand_on_an_invocation_of_its_own() -> None:
    app = failing(2)

    @app.middleware
    def copied(invocation: Invocation, call_next: Any) -> Any:
        return call_next(invocation.at(None, None))

    assert app(numbered(3)) == failures(2)


def test_middleware_may_replace_the_content_of_records_but_not_which_they_are() -> None:
    seen: list[Any] = []

    def build(change: Callable[[Any], Any]) -> Router:
        app = failing("plain 2", seen=seen)

        @app.middleware
        def decrypt(invocation: Invocation, call_next: Any) -> Any:
            invocation.event = change(copy.deepcopy(invocation.event))
            return call_next(invocation)

        return app

    def plain(event: Any) -> Any:
        for record in event["Records"]:
            record["body"] = json.dumps(f"plain {record['body']}")
        return event

    assert build(plain)(numbered(3)) == failures(2)
    assert seen == ["plain 1", "plain 2", "plain 3"]


@pytest.mark.parametrize("change", ["edit", "fewer", "sort"])
def test_middleware_cannot_forge_identifiers(change: str) -> None:
    app = failing(1)

    @app.middleware
    def meddle(invocation: Invocation, call_next: Any) -> Any:
        records = invocation.event["Records"]
        if change == "edit":
            records[0]["messageId"] = "forged"
        elif change == "fewer":
            invocation.event = {"Records": records[:2]}
        else:
            invocation.event = {"Records": records[::-1]}
        return call_next(invocation)

    if change == "edit":
        assert app(numbered(3)) == failures(1)
    else:
        with pytest.raises(RouterError):
            app(numbered(3))


def test_middleware_of_a_route_is_around_each_record_and_may_fail_or_settle_it() -> None:
    app = Router(partial=True)
    seen: list[Any] = []

    def each(invocation: Invocation, call_next: Any) -> Any:
        number = invocation.record["messageId"]
        seen.append(number)
        if number == "m-1":
            raise Drop
        if number == "m-2":
            raise ValueError
        return call_next(invocation)

    @app.sqs("orders", middleware=[each])
    def handler(body: int) -> None:
        seen.append(body)

    assert app(numbered(3)) == failures(2)
    assert seen == ["m-1", "m-2", "m-3", 3]


def test_a_dependency_that_fails_to_close_fails_its_record() -> None:
    app = Router(partial=True)
    closed: list[Any] = []

    def transaction(message_id: str) -> Iterator[str]:
        try:
            yield message_id
        except ValueError:
            closed.append(f"rolled back {message_id}")
            raise
        if message_id == "m-2":
            raise ConnectionError
        closed.append(f"committed {message_id}")

    @app.sqs("orders")
    def handler(body: int, db: str = Depends(transaction)) -> None:
        if body == 3:
            raise ValueError

    assert app(numbered(4)) == failures(2, 3)
    assert closed == ["committed m-1", "rolled back m-3", "committed m-4"]


# -- whole-batch handlers ------------------------------------------------------------------------------------


class Named:
    """What a whole-batch handler may return to name messages 1 and 3, and what it may not."""

    good: dict[str, Callable[[list[Any]], Any]] = {
        "ids": lambda records: ["m-1", "m-3"],
        "records": lambda records: [records[0], records[2]],
        "copies of records": lambda records: [dict(records[0]), dict(records[2])],
        "powertools": lambda records: [SQSRecord(records[0]), SQSRecord(records[2])],
        "mixed": lambda records: ("m-3", records[0]),
        "a set": lambda records: {"m-1", "m-3"},
        "twice": lambda records: ["m-1", "m-3", "m-1"],
        "a generator": lambda records: (r for r in records if r["messageId"] in ("m-1", "m-3")),
        "dict keys": lambda records: {"m-1": 1, "m-3": 1}.keys(),
    }
    wrong: dict[str, Any] = {
        "a text": "m-1",
        "bytes": b"m-1",
        "a dict": failures(1),
        "true": True,
        "a number": 1,
        "an unknown id": ["m-1", "m-9"],
        "an empty id": [""],
        "none": [None],
        "a number in a list": [1],
        "an unhashable": [["m-1"]],
        "a stranger": [{"messageId": "m-9"}],
        "an empty record": [{}],
    }


@pytest.mark.parametrize("form", Named.good)
def test_a_whole_batch_handler_names_what_failed(form: str) -> None:
    app = Router()
    seen: list[int] = []

    @app.sqs.batch("orders", partial=True)
    def handler(records: Any) -> Any:
        seen.append(len(records))
        return Named.good[form](records)

    assert app(numbered(4)) == failures(1, 3)
    assert seen == [4]


@pytest.mark.parametrize("form", Named.wrong)
def test_a_wrong_result_of_a_whole_batch_handler_fails_all(form: str) -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        return Named.wrong[form]

    with pytest.raises(BatchError) as info:
        app(numbered(3))
    assert info.value.classes == {"ResultError": 3}


@pytest.mark.parametrize("empty", [None, [], (), set(), iter(())])
def test_a_whole_batch_handler_that_names_nothing_has_done_all(empty: Any) -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        records.clear()
        return empty

    assert app(numbered(3)) == ALL_WELL


def test_a_whole_batch_handler_may_be_asynchronous_or_a_generator() -> None:
    app = Router(partial=True)

    @app.sqs.batch("a")
    async def coroutine(records: Any) -> Any:
        await asyncio.sleep(0)
        return [records[1]]

    @app.sqs.batch("b")
    def generator(records: Any) -> Any:
        for record in records:
            if record["messageId"] == "m-2":
                yield record["messageId"]

    @app.sqs.batch("c")
    async def async_generator(records: Any) -> Any:
        yield records[0]

    assert app(numbered(3, queue="a")) == failures(2)
    assert app(numbered(3, queue="b")) == failures(2)
    with pytest.raises(BatchError) as info:
        app(numbered(3, queue="c"))
    assert info.value.classes == {"ResultError": 3}


def test_a_generator_with_middleware_or_invocation_is_run_too() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def generator(records: Any, invocation: Invocation) -> Any:
        yield records[0]

    assert app(numbered(3)) == failures(1)


@pytest.mark.parametrize("exc", [ValueError, SystemExit, Retry, Reject, StopIteration, GeneratorExit])
def test_an_exception_of_a_whole_batch_handler_fails_all(exc: Any) -> None:
    app = Router(partial=True, all_failed="report")

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        raise exc

    assert app(numbered(3)) == failures(1, 2, 3)


def test_an_exception_in_a_generator_of_failures_fails_all() -> None:
    app = Router(partial=True, all_failed="report")

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        yield "m-1"
        raise ValueError

    assert app(numbered(2)) == failures(1, 2)


def test_a_whole_batch_handler_may_drop_all() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        raise Drop

    assert app(numbered(2)) == ALL_WELL


def test_keyboard_interrupt_passes_a_whole_batch_handler() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app(numbered(2))


def test_a_whole_batch_handler_may_edit_its_records() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        failed = [records[1]]
        for record in records:
            del record["messageId"]
        return failed

    assert app(numbered(3)) == failures(2)


def test_a_whole_batch_handler_may_name_duplicates_and_the_nameless() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(records: Any) -> Any:
        return [records[1]]

    assert app(batch(message(1), message(2), message(2))) == failures(2)
    event = numbered(3)
    event["Records"][1]["messageId"] = None
    with pytest.raises(BatchError, match="identifier"):
        app(event)


def test_a_whole_batch_handler_in_a_fifo_queue_holds_back_what_follows_a_failure() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders.fifo")
    def handler(records: Any) -> Any:
        return ["m-2"]

    assert app(fifo("abab")) == failures(2, 4)

    app = Router(partial=False)

    @app.sqs.batch("orders.fifo")
    def strict(records: Any) -> Any:
        return ["m-1", "m-2"]

    with pytest.raises(BatchError) as info:
        app(fifo("abab"))
    assert (info.value.failed, info.value.not_started) == (2, 2)


def test_a_whole_batch_handler_may_ask_for_the_event_as_powertools_has_it() -> None:
    app = Router(partial=True)

    @app.sqs.batch("orders")
    def handler(event: SQSEvent, context: Any) -> Any:
        return [record for record in event.records if record.json_body == 2]

    assert app(numbered(3)) == failures(2)


def test_whole_batch_and_single_handlers_share_a_batch() -> None:
    app = Router(partial=True)
    calls: list[Any] = []

    @app.sqs.batch("orders*", pattern={"body": {"kind": ["many"]}})
    def together(records: Any) -> Any:
        calls.append([r["messageId"] for r in records])
        return ["m-3"]

    @app.sqs("orders*")
    def alone(body: Any, message_id: str) -> None:
        calls.append(message_id)
        if body["kind"] == "bad":
            raise ValueError

    kinds = ["many", "one", "many", "bad", "many"]
    rows = list(enumerate(kinds, start=1))
    assert app(batch(*(message(n, {"kind": k}) for n, k in rows))) == failures(3, 4)
    assert calls == [["m-1", "m-3", "m-5"], "m-2", "m-4"]
    calls.clear()
    records = [message(n, {"kind": k}, queue="orders.fifo", group="ababa"[n - 1]) for n, k in rows]
    assert app(batch(*records)) == failures(1, 3, 4, 5)  # m-3 is not among the records of the first call
    assert calls == [["m-1"], "m-2", "m-4"]


def test_whole_batch_handlers_of_a_fifo_queue_get_runs_so_that_order_is_kept() -> None:
    app = Router(partial=True)
    calls: list[Any] = []

    @app.sqs.batch("orders.fifo", pattern={"body": {"kind": ["many"]}})
    def together(records: Any) -> None:
        calls.append([r["messageId"] for r in records])

    @app.sqs("orders.fifo")
    def alone(message_id: str) -> None:
        calls.append(message_id)

    kinds = ["many", "many", "one", "many", "many"]
    assert (
        app(batch(*(message(n, {"kind": k}, queue="orders.fifo", group="a") for n, k in enumerate(kinds, 1))))
        == ALL_WELL
    )
    assert calls == [["m-1", "m-2"], "m-3", ["m-4", "m-5"]]


def test_a_whole_batch_handler_that_is_too_late_is_not_called() -> None:
    clock = Clock(0)
    app = Router(partial=True, all_failed="report")

    @app.sqs.batch("orders")
    def handler(records: Any) -> None:
        raise AssertionError

    assert app(numbered(2), clock) == failures(1, 2)


# -- size, logs, memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("kind", ["handler", "route", "body", "batch"])
def test_ten_thousand_failures_are_quick_and_quiet(
    kind: str, partial: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = Router(partial=partial)
    if kind == "batch":

        @app.sqs.batch("orders")
        def all_of(records: Any) -> Any:
            raise ValueError(json.dumps(records))

    else:

        @app.sqs("invoices" if kind == "route" else "orders")
        def handler(body: dict[str, int]) -> None:
            raise ValueError(f"{body}")

    text = '{"CANARY": 1' if kind == "body" else '{"CANARY": 1}'
    event = batch(*(message(n, body=text, receiptHandle="CANARY") for n in range(10_000)))
    for record in event["Records"]:
        record["body"] = text
    caplog.set_level(logging.DEBUG, "lambda_router")
    start = time.perf_counter()
    with pytest.raises(RouterError) as info:
        app(event)
    taken = time.perf_counter() - start
    start = time.perf_counter()
    for record in event["Records"]:
        with suppress(ValueError):
            json.loads(record["body"])
            raise ValueError(record["body"])
    assert taken < 60 * (time.perf_counter() - start)  # about a second where the loop by hand takes 15 ms
    logged = "\n".join(r.getMessage() for r in caplog.records)
    assert "CANARY" not in str(info.value) + repr(info.value) + logged
    assert len(str(info.value).encode()) <= 4096
    assert len(logged.encode()) <= 256 * 1024
    assert "9900 more" in logged


def test_the_nearest_route_is_looked_for_no_more_often_than_it_is_logged() -> None:
    app, calls = Router(partial=True), []

    @app.sqs("orders", pattern={"body": {"a": [1]}})
    def handler(body: Any) -> None: ...

    explain = app.sqs.no_route
    app.sqs.no_route = lambda record: calls.append(1) or explain(record)  # type: ignore[method-assign]
    records = [message(n, {"a": 1 if n == 500 else 2}) for n in range(1000)]
    answer = app(batch(*records))
    assert len(answer["batchItemFailures"]) == 999
    assert len(calls) == 100


def test_an_error_stays_small_whatever_the_classes_are_called() -> None:
    app = Router()

    @app.sqs("orders")
    def handler(body: int) -> None:
        raise class_of(f"{body}" + "\U0001f600" * 500)

    with pytest.raises(BatchError) as info:
        app(numbered(200))
    assert len(str(info.value).encode()) <= 4096
    assert len(info.value.classes) == 100


def test_each_failure_has_one_line_with_class_and_place_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    failing(2)(numbered(3))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("sqs record m-2 failed: ValueError at test_batch.py:")
    assert "canary" not in record.getMessage()


def test_texts_are_logged_only_when_debugging(caplog: pytest.LogCaptureFixture) -> None:
    app = failing(1, 2, debug=True)
    with pytest.raises(BatchError) as info:
        app(numbered(2))
    assert "ValueError: canary 2 at" in caplog.text
    assert isinstance(info.value.__cause__, ValueError)


def test_a_forged_identifier_forges_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    event = numbered(2)
    event["Records"][0]["messageId"] = "x\nERROR forged\u2028\x1b[2J"
    failing(1)(event)
    assert all(r.getMessage().isprintable() for r in caplog.records)


class Marked:
    """Something in a record that a weak reference can watch."""


@pytest.mark.parametrize("partial", [True, False])
def test_nothing_is_retained(partial: bool) -> None:
    app = Router()
    kept: list[Any] = []

    @app.sqs("orders", partial=partial)
    def handler(body: Any, record: Any, invocation: Invocation) -> None:
        local = record["marked"]
        if body % 2:
            raise ValueError(local)

    @app.sqs.batch("other", partial=partial)
    def together(records: Any) -> Any:
        return records[:1]

    watched: list[weakref.ref[Marked]] = []
    for queue in ("orders", "other"):
        event = numbered(4, queue=queue)
        for record in event["Records"]:
            record["marked"] = Marked()
            watched.append(weakref.ref(record["marked"]))
        try:
            app(event, Clock(10_000))
        except BatchError as exc:
            kept.append(exc.with_traceback(None))
        del event, record
    gc.collect()
    assert len(watched) == 8
    assert [ref() for ref in watched] == [None] * 8
    assert len(kept) == (0 if partial else 2)


@pytest.mark.parametrize("bad", [(), (2,)])
def test_a_batch_that_was_answered_is_let_go_at_once(bad: tuple[int, ...]) -> None:
    app = failing(*bad)
    app(numbered(3))
    event = numbered(3)
    event["Records"][0]["marked"] = Marked()
    watched = weakref.ref(event["Records"][0]["marked"])
    gc.disable()
    try:
        app(event)
        del event
        assert watched() is None
    finally:
        gc.enable()


def test_the_event_is_not_changed() -> None:
    for app in (failing(2), failing(2, queue="*.fifo")):
        for event in (numbered(3), fifo("aab")):
            before = copy.deepcopy(event)
            with suppress(RouterError):
                app(event)
            assert event == before


def test_what_one_invocation_saw_does_not_change_the_next() -> None:
    app = failing(2)
    for _ in range(2):
        assert app(numbered(3)) == failures(2)
        assert app(numbered(1)) == ALL_WELL
        with pytest.raises(BatchError):
            app(batch(message(2)))


# -- a source that goes on by itself -------------------------------------------------------------------------


class Stream(PolledSource):
    """A stream of two shards, as Kinesis would be: one identifier says where to go on."""

    name = "stream"
    marks = ("stream",)
    index = "stream"
    reports_rest = False

    def __call__(self) -> Any:
        return self.route()

    @staticmethod
    def recognise(event: Any) -> bool:
        return isinstance(event, dict) and "stream" in event

    def identifier(self, record: Any) -> Any:
        return record["number"]

    def lanes(self, records: Any, keys: Any) -> Any:
        return [record["shard"] for record in records]


def test_of_a_stream_the_first_of_each_lane_that_is_open_is_reported() -> None:
    app = Router(partial=True)
    stream = Stream(app)

    @stream()
    def handler(record: Any) -> None:
        clock.left -= 300
        if record["number"] == "a2":
            raise ValueError

    rows = ["a1", "b1", "a2", "a3", "b2", "b3"]
    event = {"stream": True, "Records": [{"number": n, "shard": n[0]} for n in rows]}
    clock = Clock(60_000)
    assert app(event, clock) == {"batchItemFailures": [{"itemIdentifier": "a2"}]}
    clock = Clock(900)
    assert app(event, clock) == {"batchItemFailures": [{"itemIdentifier": "a2"}, {"itemIdentifier": "b2"}]}


# -- a queue, its poller and its messages: nothing may be lost, nothing out of order -------------------------


class Message:
    """A message that fails so many times; more than it may be received is poison."""

    def __init__(self, number: int, group: str, failing: int) -> None:
        self.number, self.group, self.failing = number, group, failing
        self.received = 0
        self.succeeded = False


class Queue:
    """A queue, its mapping (`reporting`: ReportBatchItemFailures), dead letters after three receipts."""

    def __init__(self, messages: list[Message], *, fifo: bool, reporting: bool, seed: int) -> None:
        self.waiting, self.fifo, self.reporting = messages, fifo, reporting
        self.random = random.Random(seed)
        self.dead: list[Message] = []
        self.unhandled: list[Message] = []
        self.disordered: list[Message] = []

    def start(self, number: int) -> None:
        """A handler starts on a message: does it succeed, and may it start at all?"""
        message = next(m for m in self.waiting if m.number == number)
        before = self.waiting[: self.waiting.index(message)]
        if self.fifo and any(m.group == message.group and not m.succeeded for m in before):
            self.disordered.append(message)
        message.failing -= 1
        if message.failing >= 0:
            raise ValueError
        message.succeeded = True

    def receive(self) -> list[Message]:
        self.dead += [m for m in self.waiting if m.received == 3]
        self.waiting = [m for m in self.waiting if m.received < 3]
        size = min(self.random.randint(1, 10), len(self.waiting))
        taken = self.waiting[:size] if self.fifo else self.random.sample(self.waiting, size)
        for m in taken:
            m.received += 1
            m.succeeded = False
        return taken

    def deliver(self, app: Any) -> None:
        """Receive a batch, invoke the app and delete what its answer does not hold back."""
        taken = self.receive()
        name, by_id = "q.fifo" if self.fifo else "q", {f"m-{m.number}": m for m in taken}
        sent = [message(m.number, queue=name, group=m.group if self.fifo else None) for m in taken]
        try:
            answer = json.loads(json.dumps(app(batch(*sent)))) if sent else None
        except Exception:
            return  # an invocation that fails deletes nothing
        items = (answer or {}).get("batchItemFailures") or [] if self.reporting else []
        kept = [by_id.get(item["itemIdentifier"]) for item in items]
        if None in kept:
            return  # nor does an answer with an unknown identifier
        gone = [m for m in taken if m not in kept]
        self.unhandled += [m for m in gone if not m.succeeded]
        self.waiting = [m for m in self.waiting if m not in gone]

    def drain(self, app: Any) -> None:
        for _ in range(2000):
            if not self.waiting:
                return
            self.deliver(app)
        raise AssertionError("the queue never became empty")


MESSAGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([0, 0, 0, 1, 2, 9])), min_size=1, max_size=40
)


def queue_of(rows: list[Any], **options: Any) -> Queue:
    return Queue([Message(n, group, failing) for n, (group, failing) in enumerate(rows)], **options)


@pytest.mark.parametrize("fifo_queue", [False, True])
@pytest.mark.parametrize(("partial", "reporting"), [(True, True), (False, False), (False, True)])
@pytest.mark.parametrize("all_failed", ["raise", "report"])
@settings(max_examples=100, deadline=None)
@given(rows=MESSAGES, seed=st.integers(0, 1000))
def test_a_queue_loses_nothing_and_keeps_its_order(
    rows: Any, seed: int, fifo_queue: bool, partial: bool, reporting: bool, all_failed: Any
) -> None:
    logging.disable()
    queue = queue_of(rows, fifo=fifo_queue, reporting=reporting, seed=seed)
    app = Router(partial=partial, all_failed=all_failed)

    @app.sqs("q*")
    def handler(body: int) -> None:
        queue.start(body)

    try:
        queue.drain(app)
    finally:
        logging.disable(logging.NOTSET)
    assert queue.unhandled == []
    assert queue.disordered == []
    poison = {m.number for m in queue.dead}
    assert {n for n, (_, failing) in enumerate(rows) if failing == 9} <= poison
    if partial and not fifo_queue:
        assert poison == {n for n, (_, failing) in enumerate(rows) if failing == 9}


def plain_loop(queue: Queue, *, stop: bool = False) -> Callable[[Any], Any]:
    def app(event: Any) -> Any:
        failed = []
        for record in event["Records"]:
            try:
                queue.start(json.loads(record["body"]))
            except ValueError:
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    return app


def test_the_queue_sees_what_is_lost_and_what_is_out_of_order() -> None:
    rows = [("a", n % 3) for n in range(30)]
    lossy = queue_of(rows, fifo=False, reporting=False, seed=1)
    lossy.drain(plain_loop(lossy))
    assert lossy.unhandled
    disorderly = queue_of(rows, fifo=True, reporting=True, seed=1)
    disorderly.drain(plain_loop(disorderly))
    assert disorderly.disordered
    wrong = queue_of(rows, fifo=False, reporting=False, seed=1)
    app = Router(partial=True)  # a declaration that the mapping does not keep

    @app.sqs("q")
    def handler(body: int) -> None:
        wrong.start(body)

    wrong.drain(app)
    assert wrong.unhandled


# -- errors are documented ones ------------------------------------------------------------------------------

JUNK: Any = st.sampled_from(
    [None, "", "x", 0, -1, 1.5, True, [], {}, ["x"], {"x": 1}, "\ud800", "orders.fifo"]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["messageId", "body", "attributes", "messageAttributes", "eventSourceARN", "awsRegion"]
            ),
            JUNK,
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_mutilated_records_raise_documented_errors_or_nothing(changes: list[Any], partial: bool) -> None:
    app = Router(partial=partial)

    @app.sqs("orders*", attributes={"kind": "a*"})
    def first(group_id: str, receive_count: int) -> None: ...

    @app.sqs("*", pattern={"body": {"kind": ["a"]}})
    def second(body: str) -> None: ...

    @app.sqs("*")
    def third(body: Any, queue: str, message_attributes: Any) -> None: ...

    records = [message(n, group="g", **change) for n, change in enumerate(changes)]
    try:
        answer = app(batch(*records))
    except (BatchError, NoRouteError, PayloadError):
        return
    assert answer is None or set(answer) == {"batchItemFailures"}
    json.dumps(answer, ensure_ascii=False).encode()
