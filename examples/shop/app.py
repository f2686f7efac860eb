"""A small shop as one Lambda function: HTTP, queues, uploads, a topic, a bus, two streams and a schedule.

`make demo` deploys it on a local AWS (`examples/local_aws/demo.py`), `make deploy` in this directory to an account of
yours. It keeps what it did in two tables: `ORDERS`, which has a stream, and `SHOP`, where every route leaves its trace;
the demo believes only what it finds there, never what is printed.
"""

from __future__ import annotations

import functools
import json
import os
import time
from decimal import Decimal
from typing import Any

import boto3
from pydantic import BaseModel

from lambda_router import HTTPError, Invocation, Router

# What the names of a stack begin with, so that one account can have several shops; a bucket's name is the whole world's.
PREFIX = os.environ.get("PREFIX", "")
UPLOADS = os.environ.get("UPLOADS", "uploads")

app = Router()


class Order(BaseModel):
    id: int
    item: str
    total: float


class Payment(BaseModel):
    order: int
    amount: float


@functools.cache
def aws(service: str) -> Any:
    return boto3.client(service)


def keep(key: str, **facts: Any) -> None:
    """Leave a trace under a key."""
    item = {"id": {"S": key}, "facts": {"S": json.dumps(facts, default=str)}}
    aws("dynamodb").put_item(TableName=os.environ["SHOP"], Item=item)


def append(key: str, entry: str) -> None:
    """Leave a trace behind those that are there."""
    aws("dynamodb").update_item(
        TableName=os.environ["SHOP"],
        Key={"id": {"S": key}},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :one)",
        ExpressionAttributeValues={":none": {"L": []}, ":one": {"L": [{"S": entry}]}},
    )


@app.middleware
def activity(invocation: Invocation, call_next: Any) -> Any:
    """Tell the demo live what arrived, which routes took it and what was answered."""
    said: Any = None
    try:
        said = call_next(invocation)
        return said
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise
    finally:
        taken = ", ".join(invocation.state.get("taken", []))
        item = {
            "id": {"S": f"activity/{time.time_ns()}"},
            "source": {"S": invocation.source or "direct"},
            "taken": {"S": taken or "-"},
            "answer": {"S": str(said)[:200]},
        }
        aws("dynamodb").put_item(TableName=os.environ["SHOP"], Item=item)


def taken(invocation: Invocation, call_next: Any) -> Any:
    """Note the name of the route that takes a call."""
    names = invocation.state.setdefault("taken", [])
    if invocation.route is not None:
        names.append(invocation.route.name)
    return call_next(invocation)


# -- HTTP -------------------------------------------------------------------------------------------------------------


@app.post("/orders", middleware=[taken])
def create_order(order: Order) -> tuple[Order, int]:
    item = {"id": {"S": str(order.id)}, "item": {"S": order.item}, "total": {"N": str(order.total)}}
    aws("dynamodb").put_item(TableName=os.environ["ORDERS"], Item=item)
    return order, 201


@app.get("/orders/{order_id}", middleware=[taken])
def read_order(order_id: int) -> dict[str, Any]:
    found = aws("dynamodb").get_item(
        TableName=os.environ["ORDERS"], Key={"id": {"S": str(order_id)}}, ConsistentRead=True
    )
    if "Item" not in found:
        raise HTTPError(404, "no such order")
    return {"id": order_id, "item": found["Item"]["item"]["S"]}


# -- queues -----------------------------------------------------------------------------------------------------------


@app.sqs(f"{PREFIX}orders", partial=True, middleware=[taken])
def fulfil(order: Order) -> None:
    keep(f"fulfilled/{order.id}", total=order.total)


@app.sqs(f"{PREFIX}payments.fifo", partial=True, middleware=[taken])
def book(payment: Payment, group_id: str, receive_count: int) -> None:
    if payment.amount == 13 and receive_count == 1:
        raise RuntimeError("the bank is closed, come back later")
    append(f"payments/{group_id}", str(payment.order))


# -- uploads, topic, bus, schedule ------------------------------------------------------------------------------------


@app.s3(UPLOADS, key="images/*.jpg", event="ObjectCreated:*", middleware=[taken])
def shrink(bucket: str, key: str, size: int) -> None:
    picture = aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    aws("s3").put_object(Bucket=bucket, Key=f"small/{key}", Body=picture[:4], Metadata={"was": str(size)})


@app.sns(f"{PREFIX}news", middleware=[taken])
def announce(message: dict[str, Any], subject: str | None = None) -> None:
    keep(f"announced/{message['id']}", subject=subject)


@app.eventbridge(
    source="shop", detail_type="OrderPlaced", detail={"total": [{"numeric": [">", 100]}]}, middleware=[taken]
)
def celebrate(order: Order) -> None:
    keep(f"celebrated/{order.id}", total=order.total)


@app.schedule(f"{PREFIX}nightly-*", middleware=[taken])
def tidy_up_at_night() -> None:
    keep("tidied", at=time.time())


@app.invoke(middleware=[taken])
def called(event: Any) -> None:
    """A call by hand, or of a scheduler that is given no input."""
    keep("direct", event=event)


# -- streams ----------------------------------------------------------------------------------------------------------


@app.dynamodb.insert(f"{PREFIX}orders", middleware=[taken])
def welcome(new_image: dict[str, Any]) -> None:
    assert isinstance(new_image["total"], Decimal)
    keep(f"welcomed/{new_image['id']}", item=new_image["item"])


app.dynamodb(f"{PREFIX}orders", event_name=["MODIFY", "REMOVE"]).drop()


@app.kinesis(f"{PREFIX}clicks", partial=True, middleware=[taken])
def follow(data: dict[str, Any], partition_key: str) -> None:
    append(f"clicks/{partition_key}", data["page"])
