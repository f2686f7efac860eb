"""Tests of the shop with the kit of lambda_router: real events, and tables and a bucket that moto keeps in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from lambda_router import NoRouteError
from lambda_router.testing import BatchResult, Client, event

from . import app as shop

LONDON = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-2"}}
HTTP = ["api_gateway_http", "function_url"]
ORDER = {"id": 7, "item": "pen", "total": 9.5}


class State:
    """What the shop has left in its tables and its bucket."""

    def traces(self) -> dict[str, Any]:
        """What routes left, by key: facts, or a list of entries."""
        items = shop.aws("dynamodb").scan(TableName="shop")["Items"]
        return {
            item["id"]["S"]: self._read(item) for item in items if not item["id"]["S"].startswith("activity/")
        }

    def activity(self) -> list[tuple[str, str, str]]:
        """Source, route and answer of each event."""
        items = shop.aws("dynamodb").scan(TableName="shop")["Items"]
        found = sorted((i for i in items if i["id"]["S"].startswith("activity/")), key=lambda i: i["id"]["S"])
        return [(i["source"]["S"], i["taken"]["S"], i["answer"]["S"]) for i in found]

    def _read(self, item: dict[str, Any]) -> Any:
        if "facts" in item:
            return json.loads(item["facts"]["S"])
        return [entry["S"] for entry in item["entries"]["L"]]


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    """An account of AWS in memory."""
    variables = {
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in (variables | {"ORDERS": "orders", "SHOP": "shop"}).items():
            patch.setenv(name, value)
        shop.aws.cache_clear()
        shop.aws("s3").create_bucket(Bucket="uploads", **LONDON)
        yield
    shop.aws.cache_clear()


@pytest.fixture
def state(account: None) -> Iterator[State]:
    """The shop's tables, empty."""
    tables = shop.aws("dynamodb")
    for table in ("orders", "shop"):
        tables.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    yield State()
    for table in ("orders", "shop"):
        tables.delete_table(TableName=table)


@pytest.fixture
def client(router_client: Callable[..., Client], state: State) -> Client:
    """A client of the shop in that account."""
    return router_client(shop.app)


# -- HTTP -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", HTTP)
def test_an_order_is_created_and_read(client: Client, source: str) -> None:
    made = client.post("/orders", json=ORDER, source=source)
    assert (made.status, made.json()) == (201, ORDER)
    assert client.get("/orders/7", source=source).json() == {"id": 7, "item": "pen"}


@pytest.mark.parametrize("source", HTTP)
def test_what_is_not_there_is_not_found(client: Client, source: str) -> None:
    found = client.get("/orders/8", source=source)
    assert (found.status, found.json()["detail"]) == (404, "no such order")
    assert client.delete("/orders/8", source=source).status == 405
    assert client.get("/orders/pen", source=source).status == 422


def test_an_order_that_is_none_is_refused(client: Client) -> None:
    refused = client.post("/orders", json={"id": 7, "item": "pen"})
    assert refused.status == 422
    assert [error["loc"] for error in refused.json()["errors"]] == [["body", "total"]]
    assert client.get("/orders/7").status == 404


# -- queues ---------------------------------------------------------------------------------------------------


def test_a_poison_message_fails_alone(client: Client, state: State) -> None:
    out = client.sqs("orders", [ORDER, "poison", {**ORDER, "id": 8}], message_id=["a", "b", "c"])
    assert out.response == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert state.traces() == {"fulfilled/7": {"total": 9.5}, "fulfilled/8": {"total": 9.5}}


def payments(*amounts: int, receive_count: int = 1) -> dict[str, Any]:
    bodies = [{"order": number, "amount": amount} for number, amount in enumerate(amounts, 1)]
    ids = [f"payment-{number}" for number in range(1, len(bodies) + 1)]
    return event(
        "sqs.fifo",
        queue="payments.fifo",
        bodies=bodies,
        group_id="ada",
        message_id=ids,
        receive_count=receive_count,
    )


def test_a_payment_that_fails_holds_those_behind_it(client: Client, state: State) -> None:
    out = client.send(payments(7, 13, 7))
    assert isinstance(out, BatchResult)
    assert out.failed == ["payment-2", "payment-3"]
    assert state.traces() == {"payments/ada": ["1"]}


def test_the_bank_is_open_when_the_payment_comes_again(client: Client, state: State) -> None:
    assert client.send(payments(13, 7, receive_count=2)).error is None
    assert state.traces() == {"payments/ada": ["1", "2"]}


# -- uploads, topic, bus, schedule ----------------------------------------------------------------------------


def test_an_image_is_made_small(client: Client) -> None:
    key = "images/summer 2030+1.jpg"
    shop.aws("s3").put_object(Bucket="uploads", Key=key, Body=b"a picture")
    assert client.s3("uploads", key, size=9).route == "shrink"
    small = shop.aws("s3").get_object(Bucket="uploads", Key=f"small/{key}")
    assert (small["Body"].read(), small["Metadata"]) == (b"a pi", {"was": "9"})


@pytest.mark.parametrize("key", ["small/images/cat.jpg", "images/cat.png"])
def test_what_is_no_image_or_small_already_is_left_alone(client: Client, key: str) -> None:
    out = client.s3("uploads", key)
    assert (out.route, type(out.error)) == (None, NoRouteError)


def test_news_are_announced(client: Client, state: State) -> None:
    client.sns("news", {"id": 21}, subject="New")
    assert state.traces() == {"announced/21": {"subject": "New"}}


@pytest.mark.parametrize(("total", "kept"), [(250, {"celebrated/31": {"total": 250.0}}), (100, {})])
def test_only_big_orders_are_celebrated(client: Client, state: State, total: int, kept: Any) -> None:
    detail = {"id": 31, "item": "desk", "total": total}
    out = client.eventbridge(source="shop", detail_type="OrderPlaced", detail=detail)
    assert (out.error is None) is bool(kept)
    assert state.traces() == kept


def test_at_night_it_is_tidied_up(client: Client, state: State) -> None:
    assert client.schedule("nightly-tidy-up").route == "tidy_up_at_night"
    assert list(state.traces()) == ["tidied"]


# -- streams --------------------------------------------------------------------------------------------------


def test_a_new_order_is_welcomed_and_a_changed_one_is_not(client: Client, state: State) -> None:
    image = {"id": "7", "item": "pen", "total": 9}
    client.send(event("dynamodb.insert", table="orders", new_image=image))
    assert (
        client.send(event("dynamodb.modify", table="orders", new_image={**image, "item": "ink"})).error
        is None
    )
    assert client.send(event("dynamodb.remove", table="orders", old_image=image)).error is None
    assert state.traces() == {"welcomed/7": {"item": "pen"}}


def test_clicks_are_kept_in_order_up_to_one_that_fails(client: Client, state: State) -> None:
    pages = [{"page": "home"}, {"link": "none"}, {"page": "basket"}]
    out = client.kinesis("clicks", pages, partition_key="ada")
    assert len(out.succeeded) == 1
    assert len(out.response["batchItemFailures"]) == 1
    assert state.traces() == {"clicks/ada": ["home"]}


# -- what the demo shows --------------------------------------------------------------------------------------


def test_every_event_leaves_a_line(client: Client, state: State) -> None:
    client.sqs("orders", [ORDER])
    client.get("/orders/8")
    client.invoke({"hello": "shop"})
    sources = [(source, taken) for source, taken, _ in state.activity()]
    assert sources == [("sqs", "fulfil"), ("api_gateway_http", "read_order"), ("direct", "called")]


def test_a_failure_leaves_a_line_too(client: Client, state: State) -> None:
    client.sns("news", {"no": "id"})
    assert state.activity()[0][2].startswith(("BatchError", "KeyError"))
