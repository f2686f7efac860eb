"""Changes of an orders table: new, changed, expired. Run it: `python -m examples.dynamodb`."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from lambda_router import Router

app = Router(partial=["orders"])  # the mapping of its stream has ReportBatchItemFailures


class Order(BaseModel):
    id: str
    total: Decimal


@app.dynamodb.insert("orders")
def on_new(order: Order) -> None:
    print(f"new order {order.id}: {order.total}")


@app.dynamodb.modify("orders")
def on_change(old_image: dict[str, Any], new_image: dict[str, Any]) -> None:
    changed = [name for name in new_image if new_image[name] != old_image.get(name)]
    print(f"order {new_image['id']}: {', '.join(changed)} changed")


@app.dynamodb.remove("orders", ttl=True)
def on_expiry(keys: dict[str, Any]) -> None:
    print(f"order {keys['id']} expired")


app.dynamodb.remove("orders").drop()  # what somebody deleted is done with

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    before, after = {"id": "7", "total": Decimal("9.5")}, {"id": "7", "total": Decimal(12)}
    print(client.dynamodb("orders", [before, {"id": "8"}]))
    print(client.dynamodb("orders", event_name="MODIFY", new_image=after, old_image=before))
    print(client.dynamodb("orders", [after], ttl=True))
