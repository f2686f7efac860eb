"""What the end-to-end tests deploy: each route leaves its trace in AWS, and that is where the tests look."""

from __future__ import annotations

import functools
import json
import os
from decimal import Decimal
from typing import Any

import boto3
from pydantic import BaseModel

from lambda_router import Invocation, Router

Image = dict[str, Any]

app = Router(partial=["orders", "payments.fifo", "clicks"])


class Order(BaseModel):
    id: int
    total: float


@functools.cache
def aws(service: str) -> Any:
    return boto3.client(service)


def note(route: str, key: object, **facts: Any) -> None:
    """Keep that a route did its work, with what it was given."""
    item = {"id": {"S": f"{route}/{key}"}, "facts": {"S": json.dumps(facts)}}
    aws("dynamodb").put_item(TableName=os.environ["EVIDENCE"], Item=item)


def append(route: str, entry: str) -> None:
    """Keep what a route did behind what it did before."""
    aws("dynamodb").update_item(
        TableName=os.environ["EVIDENCE"],
        Key={"id": {"S": f"{route}/all"}},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :one)",
        ExpressionAttributeValues={":none": {"L": []}, ":one": {"L": [{"S": entry}]}},
    )


def first_time(key: str) -> bool:
    """Whether this was never asked before, in whatever environment of the function."""
    item = {"id": {"S": f"first_time/{key}"}}
    before = aws("dynamodb").put_item(TableName=os.environ["EVIDENCE"], Item=item, ReturnValues="ALL_OLD")
    return "Attributes" not in before


# -- HTTP ---------------------------------------------------------------------------------------------------


@app.get("/orders/{order_id}")
def read_order(order_id: int, invocation: Invocation) -> dict[str, Any]:
    return {"id": order_id, "source": invocation.source}


@app.post("/orders")
def create_order(order: Order, currency: str = "EUR") -> tuple[Order, int]:
    note("create_order", order.id, total=order.total, currency=currency)
    return order, 201


@app.put("/files/{name}")
def put_file(name: str, body: bytes) -> bytes:
    return name.encode() + body[::-1]


@app.get("/fault")
def fault() -> None:
    raise RuntimeError("the password is swordfish")


# -- queues -------------------------------------------------------------------------------------------------


@app.sqs("orders")
def on_order(order: Order, receive_count: int) -> None:
    note("on_order", order.id, total=order.total, receives=receive_count)


@app.sqs("payments.fifo")
def on_payment(body: dict[str, Any], group_id: str, receive_count: int) -> None:
    if receive_count <= body.get("failures", 0):
        raise ConnectionError("the bank does not answer")
    append("on_payment", f"{group_id} {body['n']}")


@app.sqs("ledger")  # its mapping reads no partial responses
def on_entry(order: Order) -> None:
    note("on_entry", order.id)


# -- streams ------------------------------------------------------------------------------------------------


@app.kinesis("clicks")
def on_click(data: dict[str, Any], partition_key: str) -> None:
    if data["page"] == "broken" and first_time("broken"):
        raise ConnectionError("not now")
    append("on_click", f"{partition_key} {data['page']}")


@app.dynamodb("stock")
def on_stock(event_name: str, keys: Image, old_image: Image | None, new_image: Image | None) -> None:
    before, after = (image["count"] if image else None for image in (old_image, new_image))
    append("on_stock", f"{event_name} {keys['sku']} {before!r} {after!r}")
    if event_name == "MODIFY" and first_time("modified"):
        raise ConnectionError("not now")


# -- events -------------------------------------------------------------------------------------------------


@app.s3("uploads", key="images/*", event="ObjectCreated:*")
def on_image(bucket: str, key: str, size: int) -> None:
    picture = aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    aws("s3").put_object(Bucket=bucket, Key=f"small/{key}", Body=picture[:4], Metadata={"was": str(size)})


BIG = {"source": ["shop"], "detail-type": ["OrderPlaced"], "detail": {"total": [{"numeric": [">", 100]}]}}


@app.eventbridge(pattern=BIG)  # one document: the rule has it too
def on_big_order(order: Order, detail_type: str, resources: list[str]) -> None:
    note("on_big_order", order.id, total=order.total, detail_type=detail_type, resources=resources)


@app.schedule("nightly-*")
def on_night(source: str, resources: list[str]) -> None:
    note("on_night", "once", source=source, resources=resources)


@app.sns("news")
def on_news(message: dict[str, Any], subject: str, topic: str, attributes: dict[str, Any]) -> None:
    note("on_news", message["id"], subject=subject, topic=topic, kind=attributes["kind"]["Value"])


# -- direct calls -------------------------------------------------------------------------------------------


@app.invoke(when={"task": ["total"]})
def total(event: dict[str, Any]) -> dict[str, Any]:
    return {"total": sum(Decimal(price) for price in event["prices"])}
