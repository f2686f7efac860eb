"""Messages of an ActiveMQ queue: a bad one is kept, so that none is lost. Run it: `python -m examples.activemq`."""

from pydantic import BaseModel

from lambda_router import Drop, Invocation, PayloadError, Router

app = Router()


class Order(BaseModel):
    id: int
    total: float


@app.activemq("orders", properties={"kind": "express"})
def on_express(order: Order, message_id: str) -> None:
    print(f"order {order.id}: charged {order.total} at once (message {message_id.rpartition(':')[2]})")


@app.activemq("orders")
def on_order(order: Order, redelivered: bool) -> None:
    print(f"order {order.id}: charged {order.total}{' (it came again)' if redelivered else ''}")


@app.exception_handler(PayloadError, sources=["activemq"])
def keep(exc: PayloadError, invocation: Invocation) -> None:
    print("kept for a look by hand")
    raise Drop("it would be no better the sixth time")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.activemq("orders", [{"id": 1, "total": 9.5}, "not json"], properties={"kind": "express"}))
    print(client.activemq("orders", [{"id": 2, "total": 1}], redelivered=True))
