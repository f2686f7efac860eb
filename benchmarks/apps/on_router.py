"""The shop on lambda_router: an HTTP API, a queue with partial responses, a bucket and a bus."""

from __future__ import annotations

from lambda_router import Router

app = Router()
orders: list[int] = []


@app.get("/orders/{order_id}")
def read(order_id: int) -> dict[str, object]:
    return {"order_id": order_id, "status": "paid"}


@app.sqs("orders", partial=True)
def on_order(body: dict) -> None:
    orders.append(body["order_id"])


@app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*")
def on_image(bucket: str, key: str) -> None:
    orders.append(len(bucket) + len(key))


@app.eventbridge(source="shop", detail_type="OrderPlaced")
def on_placed(detail: dict) -> None:
    orders.append(detail["order_id"])
