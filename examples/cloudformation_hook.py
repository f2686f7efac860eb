"""A hook that wants encrypted buckets and approved stacks. Run it: `python -m examples.cloudformation_hook`."""

from typing import Any

from lambda_router import PublicError, Retry, Router

app = Router()


@app.cloudformation_hook("AWS::S3::Bucket", action=["CREATE_*", "UPDATE_*"])
def encrypted(properties: dict[str, Any]) -> None:
    if "BucketEncryption" not in properties:
        raise PublicError("The bucket is not encrypted.")


@app.cloudformation_hook("STACK")
def approved(attempt: int) -> None:
    if attempt < 2:
        raise Retry(after=60)


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.cloudformation_hook("AWS::S3::Bucket", {"BucketEncryption": {}}))
    print(client.cloudformation_hook("AWS::S3::Bucket", {"BucketName": "uploads"}))
    print(client.cloudformation_hook("STACK"))
    print(client.cloudformation_hook("STACK", attempt=2))
