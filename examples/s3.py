"""Uploads to a bucket, by key and kind of event. Run it: `python -m examples.s3`."""

from lambda_router import Router

app = Router()


@app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*")
def on_image(bucket: str, key: str, size: int) -> None:
    print(f"image {key!r} of {size} bytes in {bucket}")


@app.s3.object_removed("uploads", prefix="images/")
def on_removed(key: str) -> None:
    print(f"image {key!r} is gone")


app.s3("uploads", key="tmp/*").drop()  # settled on purpose

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.s3("uploads", "images/summer 2030+1.jpg"))
    print(client.s3("uploads", "images/old.jpg", event_name="ObjectRemoved:Delete"))
    print(client.s3("uploads", "tmp/scratch"))
