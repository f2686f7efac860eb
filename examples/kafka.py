"""Records of a topic, each partition in order: a bad one stops its own. Run it: `python -m examples.kafka`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class Customer(BaseModel):
    name: str


@app.kafka("customers", cluster="shop", partial=True)  # the topic's mapping has ReportBatchItemFailures
def on_customer(customer: Customer | None, key: str, headers: dict, partition: int, offset: int) -> None:
    said = "forgotten" if customer is None else f"now {customer.name}"
    print(f"{key} is {said} (partition {partition}, offset {offset}, via {headers['via'].decode()})")


if __name__ == "__main__":
    from lambda_router.testing import Client

    values = [{"name": "Ada"}, "not json", {"name": "Bob"}, {"name": "Eve"}, None]
    print(
        Client(app).kafka(
            "customers",
            values,
            key=["c-1", "c-2", "c-3", "c-4", "c-5"],
            partition=[0, 0, 0, 1, 1],
            offset=15,
            headers={"via": "web"},
        )
    )
