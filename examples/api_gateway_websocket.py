"""A chat over a WebSocket API: who comes, says what, leaves. Run it: `python -m examples.api_gateway_websocket`."""

from pydantic import BaseModel

from lambda_router import HTTPError, Request, Response, Router

app = Router()
people: dict[str, str] = {}


class Text(BaseModel):
    to: str
    text: str


@app.websocket.connect()
def on_connect(connection_id: str, request: Request) -> Response:
    name = request.query.get("name")
    if name is None:
        raise HTTPError(400, "who are you?")
    people[connection_id] = name
    return Response(headers={"Sec-WebSocket-Protocol": "chat.v1"})


@app.websocket("send")
def on_send(message: Text, connection_id: str) -> dict[str, str]:
    return {"from": people[connection_id], "to": message.to, "text": message.text}


@app.websocket("$default")
def on_anything_else(body: str) -> str:
    return f"you said {body}"


@app.websocket.disconnect()
def on_disconnect(connection_id: str) -> None:
    print(f"{people.pop(connection_id)} has left")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.websocket("$connect"))
    print(client.websocket("$connect", query={"name": "ada"}, connection_id="c-1"))
    print(client.websocket("send", {"to": "bob", "text": "hello"}, connection_id="c-1"))
    print(client.websocket("$default", "ping", connection_id="c-1"))
    print(client.websocket("$disconnect", connection_id="c-1"))
