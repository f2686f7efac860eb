"""Events of a bus by content, and a schedule. Run it: `python -m examples.eventbridge`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class Order(BaseModel):
    id: int
    total: float


@app.eventbridge(source="shop", detail_type="OrderPlaced", detail={"total": [{"numeric": [">", 100]}]})
def on_big_order(order: Order) -> None:
    print(f"order {order.id} is a big one: {order.total}")


@app.eventbridge(source="shop")
def on_anything_else(detail_type: str) -> None:
    print(f"noted: {detail_type}")


@app.schedule("nightly-*")
def on_night(time: str) -> None:
    print(f"good night at {time}")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.eventbridge(source="shop", detail_type="OrderPlaced", detail={"id": 1, "total": 250}))
    print(client.eventbridge(source="shop", detail_type="OrderPlaced", detail={"id": 2, "total": 25}))
    print(client.schedule("nightly-cleanup"))
