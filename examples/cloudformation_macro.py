"""A macro that tags what it is used beside. Run it: `python -m examples.cloudformation_macro`."""

from typing import Any

from lambda_router import PublicError, Router

app = Router()


@app.cloudformation_macro("Tagged")
def tag(fragment: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    if "Team" not in params:
        raise PublicError("Tagged needs the parameter Team.")
    return {**fragment, "Tags": [{"Key": "team", "Value": params["Team"]}]}


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.cloudformation_macro("Tagged", {"BucketName": "uploads"}, params={"Team": "shop"}))
    print(client.cloudformation_macro("Tagged", {"BucketName": "uploads"}))
