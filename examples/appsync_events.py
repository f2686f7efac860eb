"""Channels: what is published is changed, dropped or refused, and not everybody may listen. Run it:
`python -m examples.appsync_events`."""

from pydantic import BaseModel

from lambda_router import Drop, PublicError, Router

app = Router()


class Parcel(BaseModel):
    order: int
    state: str


@app.appsync_events.publish("/parcels/*")
def on_parcel(parcel: Parcel) -> dict:
    if parcel.state == "packed":
        raise Drop  # nobody needs to know
    return {"order": parcel.order, "state": parcel.state.upper()}


@app.appsync_events.publish("/chat/*")
def on_chat(events: list) -> list:
    return [one for one in events if "buy now" not in one["payload"]]


@app.appsync_events.subscribe("/parcels/*")
def on_listener(channel: str, identity: dict | None) -> None:
    if identity is None:
        raise PublicError(f"Sign in to follow {channel}.")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    sent = [{"order": 7, "state": "packed"}, {"order": 7, "state": "sent"}, {"order": "?"}]
    print(client.appsync_events("publish", "/parcels/7", sent).response)
    print(client.appsync_events("publish", "/chat/tea", ["good morning", "buy now!"]).response)
    print(client.appsync_events("subscribe", "/parcels/7", identity={"username": "ada"}).response)
    print(client.appsync_events("subscribe", "/parcels/7").response)
