"""Blocks of an Amazon Connect flow: flat maps of texts, and JSON. Run it: `python -m examples.connect`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()
ORDERS = {417: {"state": "shipped", "lines": ["tea", "book"]}}


class Lookup(BaseModel):
    order_id: int


@app.connect(parameters={"task": ["order"]})
def order(lookup: Lookup) -> dict:
    found = ORDERS.get(lookup.order_id)
    return {"found": found is not None, "state": found["state"] if found else ""}


@app.connect(parameters={"task": ["lines"]}, json=True)  # the block's response validation is JSON
def lines(lookup: Lookup) -> dict:
    return ORDERS[lookup.order_id]


@app.connect(channel="CHAT", queue="Sales")
def greet(attributes: dict, contact_id: str) -> dict:
    return {"greeting": "Moin" if attributes.get("language") == "de-DE" else "Hello"}


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.connect({"task": "order", "order_id": "417"}))
    print(client.connect({"task": "order", "order_id": "7"}))
    print(client.connect({"task": "lines", "order_id": "417"}))
    print(client.connect({}, channel="CHAT", queue="Sales", attributes={"language": "de-DE"}))
    print(client.connect({"task": "lines", "order_id": "7"}))  # the block's error branch
