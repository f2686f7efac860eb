"""CloudWatch alarms, by name and state. Run it: `python -m examples.cloudwatch_alarm`."""

from lambda_router import Router

app = Router()


@app.cloudwatch_alarm("orders-*", state="ALARM")
def on_alarm(alarm_name: str, state: dict) -> None:
    print(f"{alarm_name}: {state['reason']}")


@app.cloudwatch_alarm("*", state="OK", previous_state="ALARM")
def on_relief(alarm_name: str) -> None:
    print(f"{alarm_name} is over")


app.cloudwatch_alarm("*").drop()


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.cloudwatch_alarm("orders-late", "ALARM", reason="too many orders are late"))
    print(client.cloudwatch_alarm("orders-late", "OK", previous_state="ALARM"))
    print(client.cloudwatch_alarm("disk", "INSUFFICIENT_DATA"))
