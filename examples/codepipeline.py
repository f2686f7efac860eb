"""A job of a pipeline that ends, one that goes on, and one that fails. Run it: `python -m examples.codepipeline`.

In AWS no client has to be given: the router makes one. Here it prints what CodePipeline would be told.
"""

from typing import Any

from pydantic import BaseModel

from lambda_router import Continue, PublicError, Router


class Printed:
    """In place of CodePipeline."""

    def put_job_success_result(self, **result: Any) -> None:
        print(f"success: {result}")

    def put_job_failure_result(self, **result: Any) -> None:
        print(f"failure: {result['failureDetails']['message']}")


app = Router()
app.codepipeline.client = Printed()


class Release(BaseModel):
    stack: str


@app.codepipeline(parameters={"stack": [{"exists": True}]})
def on_release(release: Release, continuation_token: str | None) -> Any:
    if release.stack == "unknown":
        raise PublicError("There is no such stack.")
    if continuation_token is None:
        return Continue(f"change-set-of-{release.stack}", summary="The change set is being made.", percent=50)
    return {"stack": release.stack, "changes": 3}


@app.codepipeline()
def on_anything_else(parameters: str | None) -> None:
    print(f"checked {parameters}")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    client.codepipeline({"stack": "shop"}, job_id="7d9e2c4a-0000-4000-8000-000000000001")
    client.codepipeline(
        {"stack": "shop"},
        job_id="7d9e2c4a-0000-4000-8000-000000000001",
        continuation_token="change-set-of-shop",
    )
    client.codepipeline({"stack": "unknown"})
    client.codepipeline("https://shop.example.com/health", job_id="7d9e2c4a-0000-4000-8000-000000000002")
