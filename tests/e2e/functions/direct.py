"""A function that is called directly, as by Step Functions; run by the real runtime client."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from lambda_router import Reject, Router

app = Router()


class OutOfStock(Exception):
    """What a state machine matches in `Catch`."""


class Held(OutOfStock):
    """A subclass: Step Functions matches on its own name alone."""


class Order(BaseModel):
    id: int


@app.invoke(when={"task": ["raise"]})
def fails(event: dict[str, str]) -> None:
    if event["what"] == "chained":
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise Held("outer") from inner
    raise {"custom": OutOfStock, "held": Held, "reject": Reject}[event["what"]](event["what"])


@app.invoke(when={"task": ["wait"]})
async def waits(event: Any) -> str:
    return "awaited"


@app.invoke(when=list[Order])
def orders(orders: list[Order]) -> list[int]:
    return [order.id for order in orders]


@app.invoke(when={"id": [{"exists": True}]})
def order(order: Order) -> Order:
    return order


app.invoke(when={"task": ["ping"]}).drop()


@app.default
def rest(event: Any) -> Any:
    return {"default": event}
