"""Payloads of AWS IoT rules by topic, events of the registry. Run it: `python -m examples.iot`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class Reading(BaseModel):
    percent: float


@app.iot("plants/{plant}/moisture", when=lambda event: event["percent"] < 20)
def on_dry(plant: str, reading: Reading) -> None:
    print(f"{plant} is dry: {reading.percent} %")


@app.iot("plants/+/moisture")
def on_moisture(topic: str, payload: dict) -> None:
    print(f"{topic}: {payload['percent']} %")


@app.iot.registry("THING_EVENT", operation="CREATED")
def on_thing(payload: dict) -> None:
    print(f"hello {payload['thingName']}")


@app.invoke()
def direct(event: dict) -> str:
    return "what no topic is about"


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.iot("plants/fern/moisture", {"percent": 12}))
    print(client.iot("plants/cactus/moisture", {"percent": 31}))
    print(client.iot(thing="sensor-7"))
    print(client.invoke({"percent": 12}))
