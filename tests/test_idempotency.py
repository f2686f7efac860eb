"""Powertools' idempotency below a route, on moto's DynamoDB: a record that comes again is not handled again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from moto import mock_aws
from pydantic import BaseModel

from lambda_router import BatchError, Drop, Invocation, Retry, Router
from lambda_router.queues import Queues
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.esm import Faults, Plan, SqsMapping

ALL_WELL: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture(scope="module")
def table() -> Iterator[Any]:
    """A client of DynamoDB with the table that the page has."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName="idempotency",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def dynamodb(table: Any) -> Any:
    """The client, with nothing in the table."""
    clear(table)
    return table


def clear(dynamodb: Any) -> None:
    for item in items(dynamodb):
        dynamodb.delete_item(TableName="idempotency", Key={"id": item["id"]})


def time_is_over(dynamodb: Any) -> None:
    """Let an hour pass for what is in progress, as far as the table says when its time is over."""
    for item in items(dynamodb):
        if "in_progress_expiration" in item:
            item["in_progress_expiration"]["N"] = str(int(item["in_progress_expiration"]["N"]) - 3_600_000)
            dynamodb.put_item(TableName="idempotency", Item=item)


def items(dynamodb: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dynamodb.scan(TableName="idempotency")["Items"]
    return found


class Shop:
    """An app whose handlers are idempotent, and what has been done."""

    def __init__(
        self, dynamodb: Any, *, registered: bool = True, partial: bool = True, **config: Any
    ) -> None:
        self.app = Router(partial=partial)
        self.config = IdempotencyConfig(**config)
        self.store = DynamoDBPersistenceLayer(table_name="idempotency", boto3_client=dynamodb)
        self.done: list[Any] = []
        if registered:
            self.app.use(self.register)

    def register(self, invocation: Invocation, call_next: Any) -> Any:
        self.config.register_lambda_context(invocation.context)
        return call_next(invocation)

    def once(self, keyed_by: str) -> Any:
        return idempotent_function(
            data_keyword_argument=keyed_by, config=self.config, persistence_store=self.store
        )

    def orders(self, work: Any = None) -> Router:
        """The app with a route for messages, keyed by their ids."""

        @self.app.sqs("orders")
        @self.once("message_id")
        def on_order(message_id: str, body: Any) -> None:
            if work is not None:
                work(body)
            self.done.append(body)

        return self.app


def call(app: Any, sent: Any, *, timeout: float = 30.0) -> Any:
    return app(sent, LambdaContext(timeout=timeout))


def killed(body: Any) -> None:
    """Ends the process, as a time-out does: nothing after it runs."""
    raise KeyboardInterrupt


# -- one message -----------------------------------------------------------------------------------------------


def test_a_message_that_comes_again_is_not_handled_again(dynamodb: Any) -> None:
    shop = Shop(dynamodb)
    app, sent = shop.orders(), event("sqs", bodies=[{"n": 1}, {"n": 2}])
    assert [call(app, sent) for _ in range(3)] == [ALL_WELL] * 3
    assert shop.done == [{"n": 1}, {"n": 2}]
    assert {item["status"]["S"] for item in items(dynamodb)} == {"COMPLETED"}


def test_a_message_that_is_there_twice_in_a_batch_is_handled_once(dynamodb: Any) -> None:
    shop = Shop(dynamodb)
    sent = event("sqs", body={"n": 1})
    sent["Records"] *= 2
    assert call(shop.orders(), sent) == ALL_WELL
    assert shop.done == [{"n": 1}]


def test_two_messages_of_equal_content_are_two(dynamodb: Any) -> None:
    shop = Shop(dynamodb)
    call(shop.orders(), event("sqs", bodies=[{"n": 1}, {"n": 1}]))
    assert shop.done == [{"n": 1}] * 2


def test_content_may_be_known_by_an_id_of_its_own(dynamodb: Any) -> None:
    class Order(BaseModel):
        id: int

    shop = Shop(dynamodb, event_key_jmespath="id")

    def on_order(order: Order) -> None:
        shop.done.append(order.id)

    on_order.__annotations__["order"] = Order
    shop.app.sqs("orders")(shop.once("order")(on_order))
    assert call(shop.app, event("sqs", bodies=[{"id": 1}, {"id": 2}, {"id": 1}])) == ALL_WELL
    assert shop.done == [1, 2]


def test_a_failure_releases_the_key_and_fails_the_record(dynamodb: Any) -> None:
    broken = [2]

    def work(body: Any) -> None:
        if body in broken:
            raise LookupError("the store is away")

    shop = Shop(dynamodb)
    app, sent = shop.orders(work), event("sqs", bodies=[1, 2, 3])
    again = {"Records": [sent["Records"][1]]}
    assert Client(app).send(sent).failed == [sent["Records"][1]["messageId"]]
    assert (shop.done, len(items(dynamodb))) == ([1, 3], 2)
    broken.clear()
    assert call(app, again) == ALL_WELL
    assert (shop.done, len(items(dynamodb))) == ([1, 3, 2], 3)


def test_without_partial_responses_what_has_succeeded_is_not_done_again(dynamodb: Any) -> None:
    broken = [2]

    def work(body: Any) -> None:
        if body in broken:
            raise LookupError

    shop = Shop(dynamodb, partial=False)
    app, sent = shop.orders(work), event("sqs", bodies=[1, 2, 3])
    with pytest.raises(BatchError):
        call(app, sent)
    broken.clear()
    assert call(app, sent) is None
    assert shop.done == [1, 3, 2]


def test_a_drop_settles_the_record_and_keeps_nothing(dynamodb: Any) -> None:
    def work(body: Any) -> None:
        raise Drop

    shop = Shop(dynamodb)
    assert call(shop.orders(work), event("sqs")) == ALL_WELL
    assert items(dynamodb) == []


def test_a_message_that_is_in_progress_elsewhere_fails(dynamodb: Any) -> None:
    inside, go_on, answers = threading.Event(), threading.Event(), []

    def work(body: Any) -> None:
        inside.set()
        assert go_on.wait(10)

    shop = Shop(dynamodb)
    app, sent = shop.orders(work), event("sqs", body=1)
    first = threading.Thread(target=lambda: answers.append(call(app, sent)))
    first.start()
    assert inside.wait(10)
    with pytest.raises(BatchError) as caught:  # nothing has succeeded in this batch
        call(app, sent)
    go_on.set()
    first.join()
    assert caught.value.classes == {"IdempotencyAlreadyInProgressError": 1}
    assert answers == [ALL_WELL]
    assert call(app, sent) == ALL_WELL
    assert shop.done == [1]


def test_one_that_is_in_progress_may_be_hidden_for_longer(dynamodb: Any) -> None:
    shop, hidden = Shop(dynamodb), []
    fates = [killed, lambda body: None]
    app, sent = shop.orders(lambda body: fates.pop(0)(body)), event("sqs", bodies=[1, 2])

    @app.exception_handler(IdempotencyAlreadyInProgressError, sources=["sqs"])
    def busy(exc: Exception, invocation: Invocation) -> None:
        raise Retry(after=30) from exc

    class Recorder:
        class meta:
            endpoint_url = "https://sqs.eu-west-1.amazonaws.com"

        def change_message_visibility(self, **given: Any) -> None:
            hidden.append(given["VisibilityTimeout"])

    app.sqs.queues = Queues(app.sqs, Recorder())
    with pytest.raises(KeyboardInterrupt):
        call(app, sent)
    assert call(app, sent) == {"batchItemFailures": [{"itemIdentifier": sent["Records"][0]["messageId"]}]}
    assert (hidden, shop.done) == ([30], [2])


# -- the deadline ----------------------------------------------------------------------------------------------


def test_the_time_that_the_invocation_has_left_is_in_the_table(dynamodb: Any) -> None:
    shop, seen = Shop(dynamodb), []
    app = shop.orders(lambda body: seen.extend(items(dynamodb)))
    before = time.time() * 1000
    call(app, event("sqs"), timeout=7)
    (item,) = seen
    assert item["status"]["S"] == "INPROGRESS"
    assert before + 6_990 <= int(item["in_progress_expiration"]["N"]) <= time.time() * 1000 + 7_010


def test_a_message_whose_function_was_ended_runs_again_when_its_time_is_over(dynamodb: Any) -> None:
    fates = [killed, lambda body: None]
    shop = Shop(dynamodb)
    app, sent = shop.orders(lambda body: fates.pop(0)(body)), event("sqs", body=1)
    with pytest.raises(KeyboardInterrupt):
        call(app, sent)
    with pytest.raises(BatchError) as caught:
        call(app, sent)
    assert caught.value.classes == {"IdempotencyAlreadyInProgressError": 1}
    time_is_over(dynamodb)
    assert call(app, sent) == ALL_WELL
    assert shop.done == [1]


def test_without_a_registered_context_such_a_message_is_locked_for_as_long_as_a_result_is_kept(
    dynamodb: Any,
) -> None:
    shop = Shop(dynamodb, registered=False)
    fates = [killed, lambda body: None]
    app, sent = shop.orders(lambda body: fates.pop(0)(body)), event("sqs", body=1)
    with pytest.warns(UserWarning, match="register_lambda_context"), pytest.raises(KeyboardInterrupt):
        call(app, sent)
    time_is_over(dynamodb)
    with pytest.warns(UserWarning, match="register_lambda_context"), pytest.raises(BatchError) as caught:
        call(app, sent)
    assert caught.value.classes == {"IdempotencyAlreadyInProgressError": 1}
    (item,) = items(dynamodb)
    assert "in_progress_expiration" not in item
    assert int(item["expiration"]["N"]) - time.time() == pytest.approx(3600, abs=5)


def test_an_exit_locks_its_message_until_the_time_is_over(dynamodb: Any) -> None:
    fates = [sys.exit, lambda body: None]
    shop = Shop(dynamodb)
    app, sent = shop.orders(lambda body: fates.pop(0)(body)), event("sqs", body=1)
    failures = []
    for _ in range(2):
        with pytest.raises(BatchError) as caught:
            call(app, sent)
        failures += caught.value.classes
    assert failures == ["SystemExit", "IdempotencyAlreadyInProgressError"]
    time_is_over(dynamodb)
    assert call(app, sent) == ALL_WELL


def test_what_is_not_started_before_the_deadline_leaves_nothing_behind(dynamodb: Any) -> None:
    context = LambdaContext(timeout=3)
    shop = Shop(dynamodb)
    app, sent = shop.orders(lambda body: context.advance(0.8)), event("sqs", bodies=[1, 2, 3, 4, 5])
    out = Client(app, context=context).send(sent)
    assert (shop.done, len(out.failed), len(items(dynamodb))) == ([1, 2, 3], 2, 3)
    assert call(app, {"Records": sent["Records"][3:]}) == ALL_WELL
    assert shop.done == [1, 2, 3, 4, 5]


# -- what is kept ----------------------------------------------------------------------------------------------


def test_a_result_that_is_no_json_is_a_failure_after_the_work_was_done(dynamodb: Any) -> None:
    shop = Shop(dynamodb)

    @shop.app.sqs("orders")
    @shop.once("message_id")
    def on_order(message_id: str) -> Any:
        shop.done.append(message_id)
        return object()

    with pytest.raises(BatchError) as caught:
        call(shop.app, event("sqs"))
    assert caught.value.classes == {"IdempotencyPersistenceLayerError": 1}
    assert (len(shop.done), items(dynamodb)[0]["status"]["S"]) == (1, "INPROGRESS")


def test_a_result_is_kept_for_so_long_and_no_longer(dynamodb: Any) -> None:
    shop = Shop(dynamodb, expires_after_seconds=-2)
    app, sent = shop.orders(), event("sqs", body=1)
    assert [call(app, sent), call(app, sent)] == [ALL_WELL] * 2
    assert shop.done == [1, 1]


def test_each_handler_has_keys_of_its_own(dynamodb: Any) -> None:
    shop = Shop(dynamodb)

    def charge(message_id: str) -> None:
        shop.done.append("charge")

    def ship(message_id: str) -> None:
        shop.done.append("ship")

    @shop.app.sqs("orders")
    def on_order(message_id: str) -> None:
        shop.once("message_id")(charge)(message_id=message_id)
        shop.once("message_id")(ship)(message_id=message_id)

    sent = event("sqs")
    assert [call(shop.app, sent), call(shop.app, sent)] == [ALL_WELL] * 2
    assert shop.done == ["charge", "ship"]


def test_an_idempotent_function_inside_of_another_needs_a_store_of_its_own(dynamodb: Any) -> None:
    """A store takes its keys after the function that was called last."""
    for stores, statuses in ((1, {"COMPLETED", "INPROGRESS"}), (2, {"COMPLETED"})):
        shop, other = Shop(dynamodb, expires_after_seconds=3600), Shop(dynamodb)

        def charge(message_id: str, shop: Any = shop) -> None:
            shop.done.append("charge")

        inner = (shop if stores == 1 else other).once("message_id")(charge)

        def handle(message_id: str, shop: Any = shop, inner: Any = inner) -> None:
            inner(message_id=message_id)

        app = shop.app
        app.use(other.register)
        app.sqs("orders")(shop.once("message_id")(lambda message_id, handle=handle: handle(message_id)))
        assert call(app, event("sqs")) == ALL_WELL
        assert {item["status"]["S"] for item in items(dynamodb)} == statuses
        clear(dynamodb)


def test_around_the_app_it_does_not_know_a_message_again(dynamodb: Any) -> None:
    shop = Shop(dynamodb)

    @shop.app.sqs("orders")
    def on_order(body: Any) -> None:
        shop.done.append(body)

    around = idempotent(config=shop.config, persistence_store=shop.store)
    whole = around(lambda event, context: shop.app(event, context))  # it takes functions alone
    sent = event("sqs", body=1)
    assert call(whole, sent) == ALL_WELL
    sent["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"
    assert call(whole, sent) == ALL_WELL
    assert shop.done == [1, 1]


# -- every source ----------------------------------------------------------------------------------------------

KEYS: dict[str, tuple[str, str]] = {
    "sqs": ("message_id", ""),
    "kinesis": ("record", "eventID"),
    "dynamodb": ("record", "eventID"),
    "kafka": ("record", "[topic, partition, offset]"),
    "sns": ("message_id", ""),
    "eventbridge": ("id", ""),
    "s3": ("record", "[s3.bucket.name, s3.object.key, s3.object.sequencer]"),
}
"""By what a record is known on the page, as the keyword and the expression."""

THREE: dict[str, dict[str, Any]] = {
    "sqs": {"bodies": [1, 2, 3]},
    "kinesis": {"datas": [1, 2, 3]},
    "dynamodb": {"images": [{"id": 1}, {"id": 2}, {"id": 3}]},
    "kafka": {"values": [1, 2, 3]},
}
"""What makes an event of three records, where a source sends several."""


@pytest.mark.parametrize("source", KEYS)
def test_by_what_a_record_of_each_source_is_known(dynamodb: Any, source: str) -> None:
    keyword, expression = KEYS[source]
    shop = Shop(dynamodb, event_key_jmespath=expression, raise_on_no_idempotency_key=True)

    def by_record(record: Any) -> None:
        shop.done.append(record)

    def by_message_id(message_id: str) -> None:
        shop.done.append(message_id)

    def by_id(id: str) -> None:
        shop.done.append(id)

    handler = {"record": by_record, "message_id": by_message_id, "id": by_id}[keyword]
    room = getattr(shop.app, source)
    (room(source="*") if source == "eventbridge" else room("*"))(shop.once(keyword)(handler))
    sent, count = event(source, **THREE.get(source, {})), 3 if source in THREE else 1
    for _ in range(2):
        call(shop.app, sent)
    assert len(shop.done) == len(items(dynamodb)) == count
    call(shop.app, event(source))
    assert len(shop.done) == count + 1


def test_an_event_inside_a_message_is_known_by_itself(dynamodb: Any) -> None:
    shop = Shop(dynamodb, event_key_jmespath=KEYS["s3"][1])

    @shop.app.s3("uploads")
    @shop.once("record")
    def on_object(record: Any, key: str) -> None:
        shop.done.append(key)

    notified = event("s3", bucket="uploads", key="a.jpg")
    assert call(shop.app, event("sqs", bodies=[notified, notified])) == ALL_WELL  # S3 sent it twice
    assert shop.done == ["a.jpg"]


# -- a batch at once, and several records at a time ------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_a_whole_batch_handler_calls_it_for_each_record(dynamodb: Any, partial: bool) -> None:
    shop = Shop(dynamodb, partial=partial, event_key_jmespath="messageId")
    broken = ["2"]

    @shop.once("record")
    def charge(record: dict[str, Any]) -> None:
        if record["body"] in broken:
            raise LookupError
        shop.done.append(record["body"])

    @shop.app.sqs.batch("orders")
    def on_orders(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        failed = []
        for record in records:
            try:
                charge(record=record)
            except LookupError:
                failed.append(record)
        return failed

    sent = event("sqs", bodies=["1", "2", "3"])
    assert Client(shop.app).send(sent).failed == [
        r["messageId"] for r in (sent["Records"][1:2] if partial else sent["Records"])
    ]
    broken.clear()
    assert Client(shop.app).send(sent).failed == []
    assert shop.done == ["1", "3", "2"]


def test_several_messages_at_a_time_each_in_a_thread(dynamodb: Any) -> None:
    shop, broken = Shop(dynamodb), [5]
    together = threading.Barrier(3, timeout=10)

    @shop.once("message_id")
    def charge(message_id: str, order: int) -> None:
        if order < 3:
            together.wait()
        if order in broken:
            raise LookupError
        shop.done.append(order)

    @shop.app.sqs("orders", concurrency=4)
    async def on_order(message_id: str, body: int) -> None:
        await asyncio.to_thread(charge, message_id=message_id, order=body)

    sent = event("sqs", bodies=list(range(8)))
    assert Client(shop.app, context=LambdaContext(timeout=30)).send(sent).failed == [
        sent["Records"][5]["messageId"]
    ]
    broken.clear()
    together.reset()
    assert call(shop.app, sent) == ALL_WELL
    assert Counter(shop.done) == Counter(range(8))


def test_an_asynchronous_function_is_no_function_for_it(dynamodb: Any) -> None:
    """Powertools would keep the coroutine for the result: the record fails and nothing is done."""
    shop = Shop(dynamodb)

    async def charge(message_id: str) -> None:
        shop.done.append(message_id)

    made = []

    def keeping(message_id: str) -> Any:
        made.append(charge(message_id))
        return made[-1]

    shop.app.sqs("orders")(shop.once("message_id")(keeping))
    with pytest.raises(BatchError) as caught:
        call(shop.app, event("sqs"))
    made[0].close()
    assert caught.value.classes == {"IdempotencyPersistenceLayerError": 1}
    assert shop.done == []


# -- under the simulator ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_what_the_mapping_delivers_twice_is_done_once(dynamodb: Any, seed: int) -> None:
    plan = Plan(seed=seed, poison=0)
    shop = Shop(dynamodb, response_hook=lambda result, kept: plan.settle(result["id"]) or result)

    @shop.app.sqs("orders")
    @shop.once("message_id")
    def on_order(message_id: str, body: dict[str, str]) -> dict[str, str]:
        plan.handle(body["id"])
        return {"id": body["id"]}

    sim = SqsMapping(records=60, max_receive=None, seed=seed, faults=Faults(dup=0.3, lost=0.2))
    ledger = sim.run(shop.app, plan)
    assert ledger.ok
    assert ledger.repeated == 0
    assert sim.reference(plan).repeated > 0


def test_the_example_charges_each_order_once() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.idempotency"],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    done_for = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert done_for == [*(f"order {n}: charged 9.5" for n in (1, 3, 2)), "refunded 10", "refunded 11"]
