"""Messages of topics, by topic, subject and attributes. Run it: `python -m examples.sns`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class Order(BaseModel):
    id: int
    total: float


@app.sns("orders", attributes={"kind": ["new", "changed"]})
def on_order(order: Order, subject: str | None) -> None:
    print(f"order {order.id}: {order.total} ({subject or 'no subject'})")


@app.sns("alarms-*", pattern={"Sns": {"Message": {"NewStateValue": ["ALARM"]}}})
def on_alarm(message: dict, topic: str) -> None:
    print(f"{message['AlarmName']} on {topic}: {message['NewStateReason']}")


app.sns("alarms-*").drop()  # the others are settled on purpose

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.sns("orders", {"id": 7, "total": 9.5}, subject="New order", attributes={"kind": "new"}))
    for state in ("ALARM", "OK"):
        alarm = {"AlarmName": "shop-errors", "NewStateValue": state, "NewStateReason": "Threshold crossed"}
        print(client.sns("alarms-shop", alarm))
    print(client.sns("orders", "not json", attributes={"kind": "new"}))
