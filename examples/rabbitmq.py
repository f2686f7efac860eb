"""Messages of RabbitMQ queues, by virtual host and header. Run it: `python -m examples.rabbitmq`."""

from typing import Any

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class Order(BaseModel):
    id: int
    total: float


@app.rabbitmq("orders", vhost="shop", headers={"kind": ["new", "changed"]})
def on_order(order: Order, headers: dict[str, Any], redelivered: bool) -> None:
    again = ", once more" if redelivered else ""
    print(f"order {order.id} is {headers['kind']}: {order.total}{again}")


app.rabbitmq("orders").drop()  # the others are settled on purpose

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    orders = [{"id": 7, "total": 9.5}, {"id": 8, "total": 1}]
    print(client.rabbitmq("orders", orders, vhost="shop", headers={"kind": "new"}))
    print(client.rabbitmq("orders", ["tick"], vhost="health"))
    print(client.rabbitmq("orders", [orders[0], "not json"], vhost="shop", headers={"kind": "new"}))
