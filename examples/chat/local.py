"""The chat on a local AWS, or another: its table, its function, the WebSocket API, and clients that speak to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket

from examples.local_aws import deploy
from examples.local_aws.deploy import Function
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws

ROUTES = ("say", "who", "$default")


@dataclass
class Chat:
    """The chat as it is deployed: its function, the host of its WebSocket API, its table `rooms`, and who has joined."""

    aws: LocalAws
    function: Function
    host: str
    rooms: str
    members: list[Member] = field(default_factory=list)

    def join(self, token: str, room: str) -> Member:
        """Connect with a client of WebSockets; WebSocketBadStatusException if it is not let in."""
        address = self.aws.url.replace("http://", "ws://")
        query = f"token={token}&room={room}"
        connection = websocket.create_connection(f"{address}/live?{query}", host=self.host, timeout=20)
        self.members.append(Member(connection))
        return self.members[-1]

    def connections(self, room: str) -> dict[str, str]:
        """The names of those in a room by their connections, as the table has them."""
        items = self.aws.client("dynamodb").scan(TableName=self.rooms, ConsistentRead=True)["Items"]
        return {i["connection"]["S"]: i["name"]["S"] for i in items if i["room"]["S"] == room}

    def leave_behind(self, connection: str, name: str, room: str) -> None:
        """Put a connection into the table that is gone, and of which API Gateway has told nothing."""
        item = {"room": {"S": room}, "connection": {"S": connection}, "name": {"S": name}}
        self.aws.client("dynamodb").put_item(TableName=self.rooms, Item=item)


class Member:
    """Somebody in a room."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self.connection = connection

    def send(self, action: str, **message: str) -> None:
        """Send a message of this action."""
        self.connection.send(json.dumps({"action": action, **message}))

    def receive(self) -> dict[str, Any]:
        """The next message; TimeoutError of the client if none comes."""
        return json.loads(self.connection.recv())

    def leave(self) -> None:
        """Close the connection."""
        self.connection.close()


def install(aws: LocalAws, layers: Sequence[str], *, rooms: str = "rooms") -> Chat:
    """Deploy the chat with these layers; `rooms` names its table."""
    deploy.create_table(aws, rooms, key="room", sort="connection")
    function = deploy.create_function(
        aws,
        "chat",
        Path(__file__).parent,
        handler="app.app",
        python=PYTHON,
        arch=ARCH,
        layers=layers,
        timeout=10,
        variables={"ROOMS": rooms, "CONNECTIONS": f"{aws.url}/_aws/execute-api/{{apiId}}/{{stage}}"},
    )
    return Chat(aws, function, deploy.websocket_api(aws, function, name="rooms", routes=ROUTES), rooms)
