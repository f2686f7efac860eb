"""A rule about resources and one by schedule. Run it: `python -m examples.config`.

In AWS no client has to be given: the router makes one. Here it prints what AWS Config would be told.
"""

from typing import Any

from lambda_router import Evaluation, Router


class Printed:
    """In place of AWS Config."""

    def put_evaluations(self, *, Evaluations: list[Any], ResultToken: str) -> dict[str, Any]:
        for found in Evaluations:
            print(f"{found['ComplianceType']} {found['ComplianceResourceId']} {found.get('Annotation', '')}")
        return {"FailedEvaluations": []}


app = Router()
app.config.client = Printed()


@app.config("instances-are-small", resource_type="AWS::EC2::Instance")
def on_instance(configuration_item: dict[str, Any], parameters: dict[str, str]) -> Evaluation:
    found, wanted = configuration_item["configuration"]["instanceType"], parameters["desiredInstanceType"]
    return Evaluation(found == wanted, annotation=f"It is a {found}.")


@app.config("keys-are-young", message_type="ScheduledNotification")
def on_schedule(account: str) -> list[Evaluation]:
    ages = {"ada": 30, "bob": 400}
    return [
        Evaluation(age < 90, resource_type="AWS::IAM::User", resource_id=user, annotation=f"{age} days")
        for user, age in ages.items()
    ]


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    client.config("instances-are-small", {"instanceType": "t3.micro"}, resource_id="i-1")
    client.config("instances-are-small", {"instanceType": "m7i.metal"}, resource_id="i-2")
    client.config("instances-are-small", resource_id="i-3", status="ResourceDeleted")
    client.send(event("config.scheduled", rule="keys-are-young"))
