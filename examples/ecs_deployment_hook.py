"""A deployment that waits for an approval. Run it: `python -m examples.ecs_deployment_hook`."""

from lambda_router import Retry, Router

app = Router()
approved: set[str] = set()


@app.ecs_deployment_hook("POST_TEST_TRAFFIC_SHIFT", service="web")
def approve(service: str) -> None:
    if service not in approved:
        raise Retry(after=60)


@app.ecs_deployment_hook("PRE_SCALE_UP")
def weekend(details: dict[str, str]) -> bool:
    return not details["serviceArn"].endswith("/api")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.ecs_deployment_hook("POST_TEST_TRAFFIC_SHIFT"))
    approved.add("arn:aws:ecs:eu-west-1:123456789012:service/shop/web")
    print(client.ecs_deployment_hook("POST_TEST_TRAFFIC_SHIFT"))
    print(client.ecs_deployment_hook("PRE_SCALE_UP", service="api"))
