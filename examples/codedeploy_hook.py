"""A validation of a deployment. Run it: `python -m examples.codedeploy_hook`.

In AWS no client has to be given: the router makes one. Here it prints what CodeDeploy would be told.
"""

from typing import Any

from lambda_router import Router


class Printed:
    """In place of CodeDeploy."""

    def put_lifecycle_event_hook_execution_status(self, **given: Any) -> None:
        print(f"{given['deploymentId']}: {given['status']}")


app = Router()
app.codedeploy_hook.client = Printed()
HEALTHY = {"d-GOOD": True, "d-BAD": False}


@app.codedeploy_hook()
def before_traffic(deployment_id: str) -> bool:
    return HEALTHY[deployment_id]


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    client.codedeploy_hook(deployment_id="d-GOOD")
    client.codedeploy_hook(deployment_id="d-BAD")
    client.codedeploy_hook(deployment_id="d-UNKNOWN")  # a KeyError fails the deployment too
