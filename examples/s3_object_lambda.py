"""An access point that redacts notes. Run it: `python -m examples.s3_object_lambda`.

In AWS no client has to be given: the router makes one. Here it prints what S3 would be told.
"""

from typing import Any

from lambda_router import HTTPError, Router


class Printed:
    """In place of S3."""

    def write_get_object_response(self, **given: Any) -> None:
        print(given["StatusCode"], given.get("Body", given.get("ErrorMessage")))


app = Router()
app.s3_object_lambda.client = Printed()
ORIGINALS = {"notes.txt": "secret: 7"}  # a function would fetch its part `url`


@app.s3_object_lambda.get(suffix=".txt")
def redacted(key: str) -> str:
    if key not in ORIGINALS:
        raise HTTPError(404, "There is no such note.")
    return ORIGINALS[key].replace("7", "*")


@app.s3_object_lambda.head()
def headers(key: str) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"Content-Length": len(ORIGINALS[key])}}


@app.s3_object_lambda.list(access_point="photos")
def notes() -> dict[str, Any]:
    contents = [{"key": key, "size": len(text)} for key, text in ORIGINALS.items()]
    found = {"name": "photos", "maxKeys": 1000, "keyCount": 1, "isTruncated": False, "contents": contents}
    return {"statusCode": 200, "listBucketResult": found}


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    client.s3_object_lambda("get", "notes.txt")
    client.s3_object_lambda("get", "other.txt")
    print(client.s3_object_lambda("head", "notes.txt"))
    print(client.s3_object_lambda("list_v2"))
