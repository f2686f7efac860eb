"""The change stream of a DocumentDB collection, in order. Run it: `python -m examples.documentdb`."""

from lambda_router import Router

app = Router()


@app.documentdb("shop", "orders", operation=["insert", "replace"])
def on_order(document: dict, key: dict) -> None:
    print(f"order {key['_id']}: {document['total']}")


@app.documentdb("shop", "orders", operation="update")
def on_update(key: dict, update: dict) -> None:
    print(f"order {key['_id']} changed: {update['updatedFields']}")


app.documentdb("*").drop()


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    print(client.documentdb("shop", "orders", [{"total": 12.5}, {"total": {"$numberDecimal": "99.90"}}]))
    print(client.send(event("documentdb.update", key="63eeb6e7d418cd98afb1c1d7", update={"total": 10})))
    print(client.documentdb("shop", "orders", [{}, {"total": 1}]))
