"""Messages of an orders queue: a bad one fails alone. Run it: `python -m examples.sqs`."""

from pydantic import BaseModel

from lambda_router import Drop, Router

app = Router()


class Order(BaseModel):
    id: int
    total: float


@app.sqs("orders", partial=True)  # the queue's mapping has ReportBatchItemFailures
def on_order(order: Order, message_id: str, receive_count: int) -> None:
    if order.total == 0:
        raise Drop("nothing to charge")
    print(f"order {order.id}: charged {order.total} (message {message_id[:8]}, attempt {receive_count})")


if __name__ == "__main__":
    from lambda_router.testing import Client

    print(Client(app).sqs("orders", [{"id": 1, "total": 9.5}, "not json", {"id": 3, "total": 0}]))
