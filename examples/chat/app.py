"""A chat: connections that an authorizer lets into a room, and what is said there sent to everybody in it.

`python -m examples.chat` runs it on a local AWS. The table ROOMS has the key `room` and the sort key `connection`.
"""

from __future__ import annotations

import functools
import json
import os
import time
from typing import Annotated, Any

import boto3
from pydantic import BaseModel, Field

from lambda_router import Allow, Deny, HTTPError, Request, Router
from lambda_router.policy import Decision

app = Router()

# In earnest these would be tokens that are signed. A star stands for every room.
USERS = {"ada's": ("ada", {"*"}), "bob's": ("bob", {"kitchen"})}
TWO_HOURS = 2 * 60 * 60
"""A connection's longest life (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""


class Message(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


# -- who may come in ----------------------------------------------------------------------------------------


def user(token: str | None) -> tuple[str, set[str]]:
    if token not in USERS:
        raise HTTPError(401)
    return USERS[token]


@app.authorizer(path="/$connect")
def may_connect(query: dict[str, str]) -> Decision:
    name, rooms = user(query.get("token"))
    room = query.get("room", "")
    # Every later event of the connection has the context among its claims.
    return Allow(name, context={"name": name, "room": room}) if rooms & {room, "*"} else Deny(name)


@app.authorizer(path="/rooms/*")
def may_look(token: str | None, request: Request) -> Decision:
    name, rooms = user((token or "").removeprefix("Bearer "))
    room = request.path.removeprefix("/rooms/")
    return Allow(name, context={"name": name, "room": room}) if rooms & {room, "*"} else Deny(name)


# -- connections --------------------------------------------------------------------------------------------


@app.websocket.connect()
def on_connect(connection_id: str, request: Request) -> None:
    name, room = request.claims["name"], request.claims["room"]
    until = str(int(time.time()) + TWO_HOURS)
    item = {
        "room": {"S": room},
        "connection": {"S": connection_id},
        "name": {"S": name},
        "until": {"N": until},
    }
    aws("dynamodb").put_item(TableName=os.environ["ROOMS"], Item=item)
    # This connection itself is not open before the function has answered.
    broadcast(request, {"joined": name}, but=connection_id)


@app.websocket("say")
def on_say(message: Message, request: Request) -> None:
    broadcast(request, {"from": request.claims["name"], "text": message.text})


@app.websocket("who")
def on_who(request: Request) -> dict[str, list[str]]:
    return {"here": names(request.claims["room"])}


@app.websocket("$default")
def on_anything_else() -> dict[str, str]:
    return {"error": 'send {"action": "say", "text": "..."} or {"action": "who"}'}


@app.websocket.disconnect()
def on_disconnect(connection_id: str, request: Request) -> None:
    forget(request.claims["room"], connection_id)
    broadcast(request, {"left": request.claims["name"]})


# -- looking in over HTTP -----------------------------------------------------------------------------------


@app.get("/rooms/{room}")
def look(room: str, claims: dict[str, Any]) -> dict[str, Any]:
    return {"room": room, "here": names(room), "asked_by": claims["name"], "allowed_in": claims["room"]}


# -- rooms --------------------------------------------------------------------------------------------------


@functools.cache
def aws(service: str, **options: Any) -> Any:
    return boto3.client(service, **options)


def members(room: str) -> list[dict[str, Any]]:
    return aws("dynamodb").query(
        TableName=os.environ["ROOMS"],
        KeyConditionExpression="room = :room",
        ExpressionAttributeValues={":room": {"S": room}},
        ConsistentRead=True,
    )["Items"]


def names(room: str) -> list[str]:
    return sorted(member["name"]["S"] for member in members(room))


def forget(room: str, connection: str) -> None:
    key = {"room": {"S": room}, "connection": {"S": connection}}
    aws("dynamodb").delete_item(TableName=os.environ["ROOMS"], Key=key)


def broadcast(request: Request, said: dict[str, str], *, but: str = "") -> None:
    """Send to everybody in the room; whoever is gone without a word, as API Gateway says then, is forgotten."""
    room, gateway = request.claims["room"], management(request)
    for member in members(room):
        connection = member["connection"]["S"]
        if connection == but:
            continue
        try:
            gateway.post_to_connection(
                ConnectionId=connection, Data=json.dumps(said, ensure_ascii=False).encode()
            )
        except gateway.exceptions.GoneException:
            forget(room, connection)


def management(request: Request) -> Any:
    """The management API of the connection's own API; CONNECTIONS says where it is if not at API Gateway."""
    place = os.environ.get("CONNECTIONS", "https://{domainName}/{stage}")
    return aws("apigatewaymanagementapi", endpoint_url=place.format(**request.event["requestContext"]))
