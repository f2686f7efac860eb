"""Fields of a GraphQL API, a batch of them at once, and errors that clients read. Run it: `python -m examples.appsync`."""

from pydantic import BaseModel

from lambda_router import PublicError, Router

app = Router()
ORDERS = {
    "7": {"id": "7", "customerId": "c-1", "total": 9.5},
    "8": {"id": "8", "customerId": "c-2", "total": 12},
}
CUSTOMERS = {"c-1": {"name": "Ada"}}


class OrderInput(BaseModel):
    id: str
    total: float


@app.appsync("Query", "order")
def order(id: str) -> dict | None:
    return ORDERS.get(id)


@app.appsync("Query", "orders")
def orders(limit: int = 20) -> list:
    return list(ORDERS.values())[:limit]


@app.appsync("Mutation", "placeOrder")
def place_order(input: OrderInput, identity: dict | None) -> dict:
    if identity is None:
        raise PublicError("Sign in to order.")
    return {"id": input.id, "total": input.total, "customerId": identity["username"]}


@app.appsync.batch("Order", "customer")
def customers(sources: list) -> list:
    found = [CUSTOMERS.get(source["customerId"]) for source in sources]  # one query for the whole page
    return [one or PublicError("This customer has left.") for one in found]


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    print(client.appsync("Query", "order", {"id": "7"}))
    print(client.appsync("Query", "orders", {"limit": 1}))
    print(client.appsync("Mutation", "placeOrder", {"input": {"id": "9", "total": 3}}, username="grace"))
    print(client.appsync("Mutation", "placeOrder", {"input": {"id": "9", "total": 3}}, identity=None))
    print(client.send(event("appsync.batch", sources=list(ORDERS.values()))).response)
