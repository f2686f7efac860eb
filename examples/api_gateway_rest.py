"""HTTP requests from an Amazon API Gateway REST API. Run it: `python -m examples.api_gateway_rest`."""

from pydantic import BaseModel

from lambda_router import HTTPError, Router

app = Router()


class Order(BaseModel):
    item: str
    quantity: int = 1


orders = {1: Order(item="book")}


@app.get("/orders/{order_id}")
def read(order_id: int) -> Order:
    if order_id not in orders:
        raise HTTPError(404, "no such order")
    return orders[order_id]


@app.post("/orders")
def create(order: Order) -> tuple[dict[str, int], int]:
    orders[len(orders) + 1] = order
    return {"id": len(orders)}, 201


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.get("/orders/1", source="api_gateway_rest"))
    print(client.post("/orders", source="api_gateway_rest", json={"item": "pen", "quantity": 3}))
    print(client.post("/orders", source="api_gateway_rest", json={"item": "pen", "quantity": "many"}))
    print(client.get("/orders/9", source="api_gateway_rest"))
