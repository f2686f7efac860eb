"""The target of one pipe and the enrichment of another. Run it: `python -m examples.pipes`."""

from lambda_router import Router

app = Router()


@app.sqs("orders", partial=True)  # from a queue's mapping, or from a pipe: it is all the same
def on_order(body: dict) -> None:
    if body["total"] < 0:
        raise ValueError("a negative total")
    print(f"order {body['id']}")


@app.pipes.enrichment("clicks")
def with_country(events: list) -> list:
    return [{"visitor": one["partitionKey"], "country": "NZ"} for one in events]


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    orders = [{"id": 7, "total": 12.5}, {"id": 8, "total": -1}]
    print(client.pipes(event("sqs", queue="orders", bodies=orders)))
    print(client.pipes(event("kinesis", stream="clicks", datas=[{"page": "/"}])))
