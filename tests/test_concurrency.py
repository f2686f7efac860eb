"""Concurrency: several records at a time, and nothing else of a batch's promises changes."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Annotated, Any

import pytest

from lambda_router import BatchError, ConfigurationError, Depends, Drop, Invocation, ResultError, Router
from lambda_router.testing import Client, LambdaContext, event

ALL_WELL: dict[str, Any] = {"batchItemFailures": []}


def numbers(count: int) -> list[dict[str, int]]:
    return [{"n": n} for n in range(count)]


def failed(sent: Any, *indexes: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": sent["Records"][i]["messageId"]} for i in indexes]}


class Watch:
    """How many handlers run at the same time, in all and in each lane."""

    def __init__(self) -> None:
        self.now: Counter[Any] = Counter()
        self.peaks: Counter[Any] = Counter()
        self.started: list[Any] = []
        self.done: list[Any] = []

    async def work(self, what: Any, *lanes: Any, seconds: float = 0.0) -> None:
        self.started.append(what)
        for lane in ("all", *lanes):
            self.now[lane] += 1
            self.peaks[lane] = max(self.peaks[lane], self.now[lane])
        try:
            for _ in range(3):
                await asyncio.sleep(seconds)
            self.done.append(what)
        finally:
            for lane in ("all", *lanes):
                self.now[lane] -= 1


@pytest.mark.parametrize("width", [1, 2, 7, 100])
def test_so_many_records_run_at_a_time(width: int) -> None:
    app, watch = Router(partial=True), Watch()

    @app.sqs("orders", concurrency=width)
    async def handler(body: dict[str, int]) -> None:
        await watch.work(body["n"])

    assert app(event("sqs", bodies=numbers(20))) == ALL_WELL
    assert watch.peaks["all"] == min(width, 20)
    assert watch.started == list(range(20))


def test_results_belong_to_their_records_whatever_order_they_end_in() -> None:
    app = Router(partial=True)

    @app.sqs("orders", concurrency=5)
    async def handler(body: dict[str, int]) -> None:
        await asyncio.sleep((10 - body["n"]) / 2000)
        if body["n"] % 3 == 0:
            raise ValueError(body["n"])

    sent = event("sqs", bodies=numbers(10))
    assert sorted(map(str, app(sent)["batchItemFailures"])) == sorted(
        map(str, failed(sent, 0, 3, 6, 9)["batchItemFailures"])
    )


def test_without_partial_responses_every_record_runs_and_the_batch_raises() -> None:
    app, watch = Router(), Watch()

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        await watch.work(body["n"])
        if body["n"] == 2:
            raise ValueError

    with pytest.raises(BatchError) as caught:
        app(event("sqs", bodies=numbers(8)))
    assert (caught.value.failed, caught.value.not_started) == (1, 0)
    assert len(watch.done) == 8


@pytest.mark.parametrize("seed", range(20))
def test_a_message_group_is_handled_in_order_and_one_at_a_time(seed: int) -> None:
    """The first failure of a group stops that group; what it stops is reported with it, and other groups go on."""
    chance = random.Random(seed)
    app, watch = Router(partial=True), Watch()
    bodies = [{"n": n, "group": chance.choice("abc"), "fails": chance.random() < 0.2} for n in range(10)]

    @app.sqs("orders.fifo", concurrency=4)
    async def handler(body: Any, group_id: str) -> None:
        await watch.work((group_id, body["n"]), group_id, seconds=chance.random() / 1000)
        if body["fails"]:
            raise ValueError

    sent = event("sqs.fifo", queue="orders.fifo", bodies=bodies)
    for record, body in zip(sent["Records"], bodies, strict=True):
        record["attributes"]["MessageGroupId"] = body["group"]
    expected_open, expected_run, stopped = [], [], set()
    for index, body in enumerate(bodies):
        if body["group"] not in stopped:
            expected_run.append((body["group"], body["n"]))
        if body["fails"]:
            stopped.add(body["group"])
        if body["group"] in stopped:
            expected_open.append(index)
    try:
        answer = app(sent)
        assert {i["itemIdentifier"] for i in answer["batchItemFailures"]} == {
            i["itemIdentifier"] for i in failed(sent, *expected_open)["batchItemFailures"]
        }
    except BatchError:
        assert len(expected_open) == 10
    assert sorted(watch.started) == sorted(expected_run)
    for group in "abc":
        assert watch.peaks[group] <= 1
        mine = [n for g, n in watch.started if g == group]
        assert mine == sorted(mine)
    if len({b["group"] for b in bodies}) > 1 and not bodies[0]["fails"]:
        assert watch.peaks["all"] > 1


@pytest.mark.parametrize("source", ["kinesis", "dynamodb"])
def test_a_stream_runs_partition_keys_at_once_and_none_twice(source: str) -> None:
    app, watch = Router(partial=True), Watch()
    if source == "kinesis":
        sent = event("kinesis", stream="clicks", datas=numbers(12), partition_key=list("abcabcabcabc"))

        @app.kinesis("clicks", concurrency=5)
        async def on_click(data: dict[str, int], partition_key: str) -> None:
            await watch.work((partition_key, data["n"]), partition_key)
    else:
        keys = [{"id": n % 3} for n in range(12)]
        images = [{**key, "n": n} for n, key in enumerate(keys)]
        sent = event("dynamodb", table="orders", images=images)

        @app.dynamodb("orders", concurrency=5)
        async def on_change(new_image: dict[str, Any], keys: dict[str, Any]) -> None:
            await watch.work((int(keys["id"]), int(new_image["n"])), int(keys["id"]))

    assert app(sent) == ALL_WELL
    assert watch.peaks["all"] == 3
    for lane in {lane for lane, _ in watch.started}:
        assert watch.peaks[lane] == 1
        mine = [n for key, n in watch.started if key == lane]
        assert mine == sorted(mine)


def test_a_stream_reports_the_first_that_failed_and_starts_nothing_after_it() -> None:
    app, watch = Router(partial=True), Watch()
    sent = event("kinesis", stream="clicks", datas=numbers(30), partition_key=[str(n) for n in range(30)])

    @app.kinesis("clicks", concurrency=4)
    async def on_click(data: dict[str, int]) -> None:
        await watch.work(data["n"])
        if data["n"] in (5, 6):
            raise ValueError

    answer = app(sent)
    assert answer == {
        "batchItemFailures": [{"itemIdentifier": sent["Records"][5]["kinesis"]["sequenceNumber"]}]
    }
    assert max(watch.started) < 5 + 2 * 4


def test_ten_thousand_batches_of_random_latency_never_break_a_lane() -> None:
    """On a loop whose clock jumps to the next timer, so that latencies cost no time."""
    chance = random.Random(16)
    clock = VirtualClock()
    batches = 0
    while batches < 10_000:
        app, watch = Router(partial=True), Watch()
        width = chance.randint(2, 6)

        @app.sqs("orders.fifo", concurrency=width)
        async def handler(body: Any, group_id: str, watch: Any = watch) -> None:
            await watch.work(body, group_id, seconds=chance.random())
            if chance.random() < 0.05:
                raise ValueError

        for _ in range(200):
            groups = [chance.choice("abcd") for _ in range(chance.randint(2, 10))]
            sent = {
                "Records": [
                    {
                        "messageId": str(n),
                        "body": str(n),
                        "eventSource": "aws:sqs",
                        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
                        "attributes": {"MessageGroupId": group},
                    }
                    for n, group in enumerate(groups)
                ]
            }
            watch.started.clear()
            with clock:
                try:
                    answer = app(sent)
                    reported = {int(i["itemIdentifier"]) for i in answer["batchItemFailures"]}
                except BatchError:
                    reported = set(range(len(groups)))
            for group in set(groups):
                mine = [n for n, g in enumerate(groups) if g == group]
                ran = [n for n in watch.started if groups[n] == group]
                assert ran == mine[: len(ran)]
                assert [n for n in mine if n in reported] == mine[len(mine) - len(reported & set(mine)) :]
            batches += 1
        assert max(watch.peaks[g] for g in "abcd") == 1
        assert watch.peaks["all"] <= width
    assert clock.jumps > 10_000


class VirtualClock:
    """Makes loops whose time is virtual: they jump to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        self.jumps = 0

    def __enter__(self) -> None:
        from lambda_router import aio

        loop = aio._kept.loop
        loop.time = lambda: self.now  # type: ignore[method-assign]
        self.now = getattr(self, "now", 0.0)
        self.run_once = loop._run_once  # type: ignore[attr-defined]

        def run_once() -> None:
            if not loop._ready and loop._scheduled:  # type: ignore[attr-defined]
                soonest = heapq.nsmallest(1, loop._scheduled)[0]._when  # type: ignore[attr-defined]
                self.now = max(self.now, soonest)
                self.jumps += 1
            self.run_once()

        loop._run_once = run_once  # type: ignore[attr-defined]
        self.loop = loop

    def __exit__(self, *_: object) -> None:
        del self.loop._run_once  # type: ignore[attr-defined]
        del self.loop.time  # type: ignore[method-assign]


# -- what handlers may be, and what is around them -------------------------------------------------------------


def test_dependencies_are_the_records_own_and_close_before_it_is_settled() -> None:
    app, opened = Router(partial=True), []

    async def connection(message_id: str) -> AsyncIterator[str]:
        opened.append(("open", message_id))
        await asyncio.sleep(0)
        yield message_id
        await asyncio.sleep(0)
        opened.append(("close", message_id))
        if message_id.endswith("f"):
            raise OSError("a failing close is a failing record")

    def prefix() -> Iterator[str]:
        yield "id:"

    @app.sqs("orders", concurrency=4)
    async def handler(
        message_id: str,
        used: Annotated[str, Depends(connection)],
        start: Annotated[str, Depends(prefix)],
    ) -> None:
        await asyncio.sleep(0)
        assert f"{start}{used}" == f"id:{message_id}"

    ids = ["a", "b", "c-f", "d"]
    sent = event("sqs", bodies=numbers(4), message_id=ids)
    assert app(sent) == failed(sent, 2)
    assert Counter(what for what, _ in opened) == {"open": 4, "close": 4}


def test_a_pool_that_is_smaller_than_the_concurrency_does_not_stop_the_batch() -> None:
    app, pool = Router(partial=True), asyncio.Semaphore(2)

    async def connection() -> AsyncIterator[None]:
        async with pool:
            yield

    @app.sqs("orders", concurrency=8)
    async def handler(body: Any, used: Annotated[None, Depends(connection)]) -> None:
        await asyncio.sleep(0)

    assert app(event("sqs", bodies=numbers(20))) == ALL_WELL


def test_what_lives_for_the_invocation_is_made_once() -> None:
    app, made = Router(partial=True), []

    async def nested() -> str:
        await asyncio.sleep(0)
        made.append("nested")
        return "n"

    async def client(inner: Annotated[str, Depends(nested, scope="invocation")]) -> AsyncIterator[str]:
        await asyncio.sleep(0)
        made.append("client")
        yield inner
        made.append("closed")

    @app.sqs("orders", concurrency=8)
    async def handler(body: Any, used: Annotated[str, Depends(client, scope="invocation")]) -> None:
        assert used == "n"

    assert app(event("sqs", bodies=numbers(20))) == ALL_WELL
    assert made == ["nested", "client", "closed"]


def test_overrides_work_here_too() -> None:
    app = Router(partial=True)

    async def real() -> str:
        raise AssertionError

    async def fake() -> str:
        return "fake"

    seen = []

    @app.sqs("orders", concurrency=2)
    async def handler(body: Any, used: Annotated[str, Depends(real)]) -> None:
        seen.append(used)

    app.overrides[real] = fake
    assert app(event("sqs")) == ALL_WELL
    assert seen == ["fake"]


def test_middleware_of_the_route_is_around_each_record_and_asynchronous() -> None:
    app, seen = Router(partial=True), []

    async def timed(invocation: Invocation, call_next: Any) -> Any:
        await asyncio.sleep(0)
        try:
            return await call_next(invocation)
        finally:
            seen.append(invocation.record["messageId"])

    @app.sqs("orders", concurrency=3, middleware=[timed])
    async def handler(body: dict[str, int], invocation: Invocation) -> None:
        if body["n"] == 1:
            raise ValueError

    sent = event("sqs", bodies=numbers(5))
    assert app(sent) == failed(sent, 1)
    assert sorted(seen) == sorted(r["messageId"] for r in sent["Records"])

    with pytest.raises(ConfigurationError, match="asynchronous"):
        Router().sqs("orders", concurrency=2, middleware=[lambda invocation, call_next: None])(handler)


def test_every_form_of_handler_runs_to_its_end() -> None:
    done: list[str] = []
    pool = ThreadPoolExecutor(1)

    def future() -> Future[None]:
        return pool.submit(done.append, "future")

    def plain() -> None:
        done.append("plain")

    async def coroutine() -> None:
        await asyncio.sleep(0)
        done.append("coroutine")

    def returns_one() -> Any:
        return coroutine()

    for form in (plain, coroutine, returns_one, future):
        app = Router(partial=True)
        app.sqs("orders", concurrency=2)(form)
        assert app(event("sqs")) == ALL_WELL
    assert done == ["plain", "coroutine", "coroutine", "future"]

    def generator() -> Iterator[None]:
        yield

    async def asynchronous_generator() -> AsyncIterator[None]:
        yield

    async def answers_for_the_batch() -> Any:
        return {"batchItemFailures": [{"itemIdentifier": "x"}]}

    for wrong in (generator, asynchronous_generator, answers_for_the_batch):
        app = Router(partial=True)
        app.sqs("orders", concurrency=2)(wrong)
        with pytest.raises(BatchError) as caught:
            app(event("sqs"))
        assert caught.value.classes == {"ResultError": 1}
    pool.shutdown()


@pytest.mark.parametrize("exc", [SystemExit(3), GeneratorExit(), asyncio.CancelledError(), RecursionError()])
def test_what_a_handler_raises_fails_its_record_alone(exc: BaseException) -> None:
    app = Router(partial=True)

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        await asyncio.sleep(0)
        if body["n"] == 1:
            raise exc

    sent = event("sqs", bodies=numbers(4))
    assert app(sent) == failed(sent, 1)


def test_an_interrupt_leaves_and_no_task_stays() -> None:
    app, stopped = Router(partial=True), []

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        if body["n"] == 1:
            raise KeyboardInterrupt
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append(body["n"])
            raise

    with pytest.raises(KeyboardInterrupt):
        app(event("sqs", bodies=numbers(3)))
    assert sorted(stopped) == [0, 2]


def test_a_drop_settles_and_exception_handlers_are_asked() -> None:
    app, asked = Router(partial=True), []

    @app.exception_handler(LookupError)
    async def known(exc: LookupError, invocation: Invocation) -> None:
        await asyncio.sleep(0)
        asked.append(invocation.record["messageId"])
        raise Drop

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        await asyncio.sleep(0)
        raise Drop if body["n"] else LookupError

    assert app(event("sqs", bodies=numbers(3), message_id=["a", "b", "c"])) == ALL_WELL
    assert asked == ["a"]


def test_routes_with_and_without_share_a_queue() -> None:
    app, watch, alone = Router(partial=True), Watch(), []

    @app.sqs("orders", pattern={"body": {"n": [{"numeric": ["<", 5]}]}}, concurrency=3)
    async def many(body: dict[str, int]) -> None:
        await watch.work(body["n"])

    @app.sqs("orders", pattern={"body": {"n": [5, 6]}})
    def one(body: dict[str, int]) -> None:
        alone.append(body["n"])

    @app.sqs.batch("orders")
    def rest(records: list[Any]) -> list[Any]:
        return records[1:]

    sent = event("sqs", bodies=numbers(10))
    assert app(sent) == failed(sent, 8, 9)
    assert watch.peaks["all"] == 3
    assert alone == [5, 6]


@pytest.mark.parametrize("fails", [False, True])
def test_a_batch_handler_waits_for_what_is_under_way_in_a_group(fails: bool) -> None:
    app, order = Router(partial=True), []

    @app.sqs("orders.fifo", pattern={"body": [1]}, concurrency=2)
    async def slow(body: int) -> None:
        await asyncio.sleep(0)
        order.append(body)
        if fails:
            raise ValueError

    @app.sqs.batch("orders.fifo")
    def rest(records: list[Any]) -> None:
        order.extend(int(record["body"]) for record in records)

    sent = event("sqs.fifo", queue="orders.fifo", bodies=[1, 2, 3], group_id=["a", "b", "a"])
    assert app(sent) == failed(sent, *((0, 2) if fails else ()))
    assert order == ([2, 1] if fails else [2, 1, 3])


def test_a_partition_key_that_is_none_fails_nothing() -> None:
    """Whether it is text has been checked by nobody, and not even a list in its place may stop the batch."""
    app = Router(partial=True)
    app.kinesis("clicks", concurrency=3)(lambda data: None)
    sent = event("kinesis", stream="clicks", datas=[1, 2, 3])
    sent["Records"][1]["kinesis"]["partitionKey"] = [{}]
    assert app(sent) == ALL_WELL


def test_what_lives_for_the_invocation_is_closed_though_another_record_carries_an_event() -> None:
    """The carried event's handler lets the loop run, and with it the record that opens the dependency."""
    app, calls = Router(partial=True), []

    async def opened() -> AsyncIterator[str]:
        calls.append("open")
        yield "pool"
        calls.append("close")

    @app.sqs("orders", pattern={"body": [1]}, concurrency=2)
    async def handler(pool: Annotated[str, Depends(opened, scope="invocation")]) -> None:
        await asyncio.sleep(0)

    @app.s3("uploads")
    async def on_upload(key: str) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        calls.append(key)

    assert app(event("sqs", bodies=["1", event("s3", bucket="uploads", key="a.jpg")])) == ALL_WELL
    assert calls == ["open", "a.jpg", "close"]


def test_what_lives_for_the_invocation_is_made_once_for_routes_with_and_without() -> None:
    app, calls, given = Router(partial=True), [], []

    async def opened() -> AsyncIterator[object]:
        calls.append("open")
        await asyncio.sleep(0)
        yield object()
        calls.append("close")

    def handler(pool: Any = Depends(opened, scope="invocation")) -> None:
        given.append(pool)

    app.sqs("orders", pattern={"body": [1]}, concurrency=2)(handler)
    app.sqs("orders")(handler)
    for bodies in ([1, 2, 1, 2], [2, 1, 2]):
        assert app(event("sqs", bodies=bodies)) == ALL_WELL
        assert calls == ["open", "close"]
        assert len(set(map(id, given))) == 1
        calls.clear()
        given.clear()


def test_context_variables_do_not_pass_between_records() -> None:
    app, variable, seen = Router(partial=True), ContextVar("variable", default=0), []

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        seen.append(variable.get())
        variable.set(body["n"] + 1)
        await asyncio.sleep(0)

    assert app(event("sqs", bodies=numbers(6))) == ALL_WELL
    assert seen == [0] * 6


# -- the deadline ----------------------------------------------------------------------------------------------


def test_a_record_that_may_not_finish_is_not_started() -> None:
    app, context, started = Router(partial=True, deadline_margin=0.5), LambdaContext(timeout=3.0), []

    @app.sqs("orders", concurrency=2)
    async def handler(body: dict[str, int]) -> None:
        started.append(body["n"])
        await asyncio.sleep(0)
        context.advance(0.5)

    sent = event("sqs", bodies=numbers(10))
    answer = app(sent, context)
    assert 0 < len(started) < 10
    assert answer == failed(sent, *range(len(started), 10))
    assert context.get_remaining_time_in_millis() > 0


@pytest.mark.parametrize("alone", [False, True])
def test_how_long_a_failure_took_counts_too(alone: bool) -> None:
    app, context, started = Router(partial=True, deadline_margin=0.1), LambdaContext(timeout=3.0), []

    @app.sqs("orders", attributes={"kind": "many"}, concurrency=2)
    async def many() -> None: ...

    @app.sqs("orders", **({} if alone else {"concurrency": 2}))
    async def handler(body: dict[str, int]) -> None:
        started.append(body["n"])
        context.advance(1.0)
        raise ValueError

    with pytest.raises(BatchError) as caught:
        app(event("sqs", bodies=numbers(10)), context)
    assert started == [0, 1]  # one second is left, and each has taken one
    assert caught.value.not_started == 8


def test_nothing_is_started_without_time() -> None:
    app, context = Router(partial=True), LambdaContext(timeout=3.0)
    context.advance(5)

    @app.sqs("orders", concurrency=2)
    async def handler() -> None:
        raise AssertionError

    with pytest.raises(BatchError) as caught:
        app(event("sqs", bodies=numbers(3)), context)
    assert caught.value.not_started == 3


# -- where it runs ---------------------------------------------------------------------------------------------


def test_inside_a_running_loop() -> None:
    app, watch = Router(partial=True), Watch()

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        await watch.work(body["n"])

    async def main() -> Any:
        return Client(app).sqs("orders", numbers(7))

    assert asyncio.run(main()).response == ALL_WELL
    assert watch.peaks["all"] == 3


def test_a_retry_by_middleware_handles_what_is_still_open() -> None:
    app, tries = Router(partial=True), Counter[int]()

    @app.middleware
    def again(invocation: Invocation, call_next: Any) -> Any:
        call_next(invocation)
        return call_next(invocation)

    @app.sqs("orders", concurrency=3)
    async def handler(body: dict[str, int]) -> None:
        tries[body["n"]] += 1
        if body["n"] == 2 and tries[2] == 1:
            raise ValueError

    assert app(event("sqs", bodies=numbers(5))) == ALL_WELL
    assert tries == {0: 1, 1: 1, 2: 2, 3: 1, 4: 1}


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "2", None])
def test_a_concurrency_that_is_no_number_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="concurrency"):
        Router().sqs("orders", concurrency=wrong)(lambda body: None)


def test_ten_thousand_records_of_one_key_take_linear_time() -> None:
    app, count = Router(partial=True), 0

    @app.kinesis("clicks", concurrency=10)
    async def handler(partition_key: str) -> None:
        nonlocal count
        count += 1

    record = event("kinesis", stream="clicks", datas=[1])["Records"][0]
    records = [{**record, "kinesis": {**record["kinesis"], "sequenceNumber": str(n)}} for n in range(10_000)]
    context = LambdaContext(timeout=900)
    assert app({"Records": records}, context) == ALL_WELL
    assert count == 10_000


def test_result_error_is_the_class_of_a_wrong_result() -> None:
    app = Router(debug=True)

    @app.sqs("orders", concurrency=2)
    async def handler() -> Any:
        return {"batchItemFailures": [{"itemIdentifier": "x"}]}

    with pytest.raises(BatchError) as caught:
        app(event("sqs"))
    assert isinstance(caught.value.__cause__, ResultError)
