"""A job over the objects of a bucket: one task an object. Run it: `python -m examples.s3_batch`."""

from lambda_router import Reject, Router

app = Router()


@app.s3_batch(bucket="uploads", arguments={"task": "thumbnails"})
def on_image(key: str, arguments: dict[str, str]) -> str:
    if not key.endswith(".jpg"):
        raise Reject("not an image")  # PermanentFailure: it is not tried again
    return f"{key} in {arguments['width']} pixels"  # Succeeded, with this text in the completion report


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    job = {"task": "thumbnails", "width": "640"}
    for key in ("images/summer 2030.jpg", "notes.txt"):
        result = client.send(event("s3_batch.version_2", bucket="uploads", key=key, arguments=job))
        print(result.response["results"][0]["resultCode"], result.response["results"][0]["resultString"])
