"""Errors out of log groups, all that came together in one call. Run it: `python -m examples.cloudwatch_logs`."""

from typing import Any

from lambda_router import Router

app = Router()


@app.cloudwatch_logs("/aws/lambda/shop-*", filter_name="errors")
def on_errors(log_events: list[dict[str, Any]], log_group: str) -> None:
    for event in log_events:
        print(f"{log_group}: {event['message']}")


if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    messages = ["ERROR basket 7 is empty", "ERROR no cups left"]
    print(client.cloudwatch_logs("/aws/lambda/shop-checkout", messages, filter_name="errors"))
    print(client.send(event("cloudwatch_logs.control")))  # answered by the router
