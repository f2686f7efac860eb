"""What became of another function's invocations. Run it: `python -m examples.lambda_destination`."""

from lambda_router import Router

app = Router()


@app.s3("uploads")
def on_upload(key: str) -> None:
    print(f"a thumbnail of {key}, after all")


@app.lambda_destination.success("orders")
def on_success(request: dict, response: dict) -> None:
    print(f"order {request['order_id']}: {response}")


@app.lambda_destination.failure("orders")
def on_failure(request: dict, response: dict | None, condition: str) -> None:
    print(f"order {request['order_id']} failed: {condition}, {(response or {}).get('errorType')}")


app.lambda_destination.failure("thumbnails", unwrap=True)  # its request goes to on_upload


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    print(client.lambda_destination("orders", {"order_id": 7}, condition="Success", response={"paid": True}))
    print(client.lambda_destination("orders", {"order_id": 8}))
    print(client.lambda_destination("thumbnails", event("s3", bucket="uploads", key="cat.jpg")))
