"""The OpenAPI document of an app, and the page that shows it. Run it: `python -m examples.openapi`.

`python -m examples.openapi serve` serves the app on 127.0.0.1, and the page at /docs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from lambda_router import Depends, File, Form, Header, HTTPError, Router, UploadFile

app = Router()
app.docs(
    title="Shop",
    version="2.1.0",
    description="Orders of a small shop.",
    tags=[{"name": "orders", "description": "What was bought."}],
    security_schemes={"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
)


class State(Enum):
    OPEN = "open"
    PAID = "paid"


class Item(BaseModel):
    """One line of an order."""

    sku: str = Field(min_length=1, max_length=20, examples=["pen-1"])
    quantity: int = Field(default=1, ge=1, le=1000)


class NewOrder(BaseModel):
    items: list[Item] = Field(min_length=1, max_length=50)
    note: str | None = Field(default=None, max_length=200)


class Order(NewOrder):
    id: int
    state: State = State.OPEN
    placed: datetime


class Search(BaseModel):
    state: State | None = None
    sku: list[str] = []
    limit: int = Field(default=20, ge=1, le=100, description="How many orders there are at most.")


@dataclass
class Total:
    order_id: int
    amount: Decimal


orders: dict[int, Order] = {}


def only_staff(x_api_key: Annotated[str | None, Header()] = None) -> None:
    if x_api_key != "staff":
        raise HTTPError(401, "an API key is missing")


def order_of(order_id: int) -> Order:
    if order_id not in orders:
        raise HTTPError(404, "no such order")
    return orders[order_id]


@app.get("/orders", tags=["orders"])
def list_orders(query: Search) -> list[Order]:
    """List orders.

    The newest come first. `sku` may be given several times.
    """
    found = [
        order
        for order in reversed(orders.values())
        if query.state in (None, order.state)
        and (not query.sku or any(i.sku in query.sku for i in order.items))
    ]
    return found[: query.limit]


@app.post("/orders", tags=["orders"])
def create_order(order: NewOrder) -> tuple[Order, Literal[201]]:
    """Place an order."""
    number = max(orders, default=0) + 1
    orders[number] = Order(id=number, placed=datetime.now(UTC), **order.model_dump())
    return orders[number], 201


@app.get("/orders/{order_id:int}", tags=["orders"], responses={404: "There is no such order"})
def read_order(order: Annotated[Order, Depends(order_of)]) -> Order:
    """Read an order."""
    return order


@app.delete(
    "/orders/{order_id:int}",
    tags=["orders"],
    security=["key"],
    responses={401: "The key is missing or wrong", 404: "There is no such order"},
)
def delete_order(
    staff: Annotated[None, Depends(only_staff)], order: Annotated[Order, Depends(order_of)]
) -> None:
    """Delete an order."""
    del orders[order.id]


@app.get("/orders/{order_id:int}/total", tags=["orders"], responses={404: "There is no such order"})
def total(order: Annotated[Order, Depends(order_of)]) -> Total:
    """What an order costs."""
    return Total(order.id, Decimal("2.50") * sum(item.quantity for item in order.items))


@app.get("/orders/{order_id:int}/label", tags=["orders"], responses={404: "There is no such order"})
def label(order: Annotated[Order, Depends(order_of)], width: Annotated[int, Field(ge=20, le=80)] = 40) -> str:
    """The label of the parcel, as text."""
    return f"order {order.id}".center(width)


@app.post("/login", responses={403: "The password is wrong"})
def login(
    user: Annotated[str, Form()], password: Annotated[str, Form(), Field(min_length=1)]
) -> dict[str, str]:
    """Get a key for the API."""
    if password != "open sesame":
        raise HTTPError(403, "the password is wrong")
    return {"user": user, "key": "staff"}


@app.post("/photos", status=201, responses={201: "How many bytes were kept"})
def upload(photo: Annotated[UploadFile, File()], title: Annotated[str, Form()] = "") -> dict[str, Any]:
    """Keep a photo."""
    return {"title": title, "bytes": len(photo.content)}


if __name__ == "__main__":
    import sys

    if sys.argv[1:] == ["serve"]:
        from lambda_router.testing.server import serve

        with serve(app, port=8080) as server:
            input(f"{server.url}/docs; Enter to stop ")
    else:
        for path, item in app.openapi()["paths"].items():
            for method, operation in item.items():
                print(f"{method.upper():6} {path:26} {operation['operationId']:14} {operation['summary']}")
