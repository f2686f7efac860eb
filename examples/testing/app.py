"""Orders over HTTP, from a queue and from a pipeline: what test_app.py tests."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from lambda_router import Depends, HTTPError, Router

app = Router(partial=True)
STOCK = {7: 120.5}


class Order(BaseModel):
    """An order, as a shop sends it."""

    id: int
    total: float


def prices() -> dict[int, float]:
    """Where prices come from: a table, were this no example."""
    return STOCK


@app.get("/orders/{order_id}")
def read(order_id: int, prices: Annotated[dict[int, float], Depends(prices)]) -> dict[str, float]:
    """The total of an order."""
    if order_id not in prices:
        raise HTTPError(404, "no such order")
    return {"total": prices[order_id]}


@app.sqs("orders")
def on_order(order: Order) -> None:
    """Take an order from the queue."""
    if order.total < 0:
        raise ValueError("a total is not negative")


@app.codepipeline()
def deploy(parameters: dict[str, str]) -> dict[str, str]:
    """Answer a job of a pipeline."""
    return {"environment": parameters["environment"]}
