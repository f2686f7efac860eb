"""Direct calls: the SDK, Step Functions, a schedule's own input. Run it: `python -m examples.invoke`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class OutOfStock(Exception):
    """A state machine can name it in `Retry` and `Catch`."""


class Order(BaseModel):
    id: int
    sku: str


@app.invoke(when={"task": ["report"]})
def report(event: dict) -> dict:
    return {"day": event.get("day", "today"), "orders": 3}


@app.invoke(when=lambda event: event["sku"].startswith("x-"))
def retired(order: Order) -> None:
    raise OutOfStock(order.sku)


@app.invoke(when=Order)
async def reserve(order: Order) -> Order:
    return order


@app.invoke(when=list[Order])
def reserve_all(orders: list[Order]) -> list[int]:
    return [order.id for order in orders]


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    book = {"id": 7, "sku": "book"}
    for event in ({"task": "report"}, book, [book, {"id": 8, "sku": "tea"}], {"id": 9, "sku": "x-1"}, "?"):
        print(client.invoke(event))
