"""A lamp for Alexa: discovery, switching, its state. Run it: `python -m examples.alexa_smart_home`."""

import time

from pydantic import BaseModel

from lambda_router import Router

app = Router()
state = {"powerState": "OFF", "brightness": 100}
CAPABILITIES = [
    {"type": "AlexaInterface", "interface": interface, "version": "3"}
    for interface in ("Alexa", "Alexa.PowerController", "Alexa.BrightnessController")
]


class Brightness(BaseModel):
    brightness: int


def reported(name: str, interface: str) -> dict:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "namespace": interface,
        "name": name,
        "value": state[name],
        "timeOfSample": now,
        "uncertaintyInMilliseconds": 0,
    }


@app.alexa_smart_home("Alexa.Discovery", "Discover")
def discover() -> dict:
    lamp = {
        "endpointId": "lamp",
        "manufacturerName": "Shop",
        "description": "A lamp that exists in memory",
        "friendlyName": "Lamp",
        "displayCategories": ["LIGHT"],
        "capabilities": CAPABILITIES,
    }
    return {"event": {"payload": {"endpoints": [lamp]}}}


@app.alexa_smart_home("Alexa.PowerController", ["TurnOn", "TurnOff"], endpoint="lamp")
def switch(header: dict) -> dict:
    state["powerState"] = "ON" if header["name"] == "TurnOn" else "OFF"
    return {"context": {"properties": [reported("powerState", "Alexa.PowerController")]}}


@app.alexa_smart_home("Alexa.BrightnessController", "SetBrightness", endpoint="lamp")
def dim(payload: Brightness) -> dict:
    state["brightness"] = payload.brightness
    return {"context": {"properties": [reported("brightness", "Alexa.BrightnessController")]}}


@app.alexa_smart_home("Alexa", "ReportState")
def report() -> dict:
    return {"context": {"properties": [reported("powerState", "Alexa.PowerController")]}}


app.alexa_smart_home("Alexa.Authorization", "AcceptGrant").drop()  # this skill reports nothing by itself

if __name__ == "__main__":
    from lambda_router.testing import Client, event

    client = Client(app)
    print(client.send(event("alexa_smart_home.discover")).response["event"]["payload"])
    for namespace, directive, payload in (
        ("Alexa.PowerController", "TurnOn", {}),
        ("Alexa.BrightnessController", "SetBrightness", {"brightness": 42}),
        ("Alexa.BrightnessController", "SetBrightness", {"brightness": "dark"}),
        ("Alexa", "ReportState", {}),
    ):
        done = client.alexa_smart_home(namespace, directive, endpoint="lamp", payload=payload)
        print(done.route, done.response["event"]["header"]["name"], state)
