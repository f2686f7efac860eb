"""One function for a small shop: HTTP, queues, uploads, a topic, a bus, a schedule, two streams and direct calls.

`python -m examples.demo` (or `make demo`) runs it on the real Lambda runtime.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import BaseModel

from lambda_router import Depends, HTTPError, Invocation, Router

app = Router(partial=["orders", "payments.fifo", "clicks"])


class Line(BaseModel):
    sku: str
    quantity: int = 1


class Order(BaseModel):
    id: int
    total: float
    lines: list[Line] = []


def audit(invocation: Invocation) -> Any:
    """Prints which route takes the call, for the demo to read in the function's log."""
    name = invocation.route.name if invocation.route else "?"
    print(f"TAKEN {name}", flush=True)
    return name


Audited = Annotated[str, Depends(audit)]


@app.get("/orders/{order_id}", name="read_order")
def read_order(order_id: int, audited: Audited) -> dict[str, Any]:
    if order_id == 404:
        raise HTTPError(404, "no such order")
    if order_id == 500:
        raise RuntimeError("the database is on fire")
    return {"id": order_id, "status": "paid"}


@app.post("/orders", name="create_order")
async def create_order(order: Order, audited: Audited) -> tuple[dict[str, Any], int]:
    await asyncio.sleep(0)
    return {"id": order.id, "lines": len(order.lines)}, 201


@app.sqs("orders", name="on_order")
def on_order(order: Order, audited: Audited) -> None:
    if order.total < 0:
        raise ValueError("a negative total")


@app.sqs("payments.fifo", name="on_payment")
def on_payment(body: dict[str, Any], group_id: str, audited: Audited) -> None:
    if body.get("card") == "declined":
        raise ValueError("declined")


@app.sqs("legacy", name="on_legacy")  # no partial responses: one failure fails the batch
def on_legacy(event: dict[str, Any], context: Any, audited: Audited) -> None:
    for record in event["Records"]:
        if record["body"] == "poison":
            raise ValueError("poison")


@app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*", name="on_image")
def on_image(bucket: str, key: str, audited: Audited) -> None:
    print(f"IMAGE {key}", flush=True)


@app.eventbridge(
    source="shop", detail_type="OrderPlaced", detail={"total": [{"numeric": [">", 100]}]}, name="on_big_order"
)
def on_big_order(order: Order, audited: Audited) -> None: ...


@app.schedule("nightly-*", name="on_night")
def on_night(time: str, audited: Audited) -> None: ...


@app.sns("news", name="on_news")
def on_news(message: dict[str, Any], subject: str | None, audited: Audited) -> None: ...


@app.kinesis("clicks", name="on_click")
def on_click(data: dict[str, Any], audited: Audited) -> None:
    if "page" not in data:
        raise ValueError("a click on nothing")


@app.dynamodb.insert("stock", name="on_stock")
def on_stock(new_image: dict[str, Any], audited: Audited) -> None:
    print(f"COUNT {new_image['count']!r}", flush=True)


@app.invoke(when={"task": ["resize"]}, name="resize")
def resize(event: dict[str, Any], audited: Audited) -> dict[str, Any]:
    return {"resized": event["size"] * 2}
