"""Events of AWS IoT Events detectors, by model and state. Run it: `python -m examples.iot_events`."""

from lambda_router import Router

app = Router()


@app.iot_events("pump", state="Overheated")
def on_overheated(detector: dict, state: dict) -> None:
    print(f"stop {detector['keyValue']}: {state['variables']}")


@app.iot_events("pump-*", event_name=["tooHot", "tooCold"])
def on_temperature(event_name: str, detector: dict) -> None:
    print(f"{detector['detectorModelName']}: {event_name}")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.iot_events("pump", "Overheated", key="pump-7", variables={"celsius": 96.5}))
    print(client.iot_events("pump-v2", "Normal", event_name="tooCold"))
