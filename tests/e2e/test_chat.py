"""The chat of examples/chat on the local AWS, with real clients: WebSockets, their management API, HTTP with authorizers."""

from __future__ import annotations

import json
import uuid

import boto3
import pytest
import requests
import websocket
from test_layer import built

from examples.chat.__main__ import talk
from examples.chat.local import Chat, install
from examples.local_aws import deploy
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws
from lambda_router.cli.layer import PYTHONS

pytestmark = pytest.mark.skipif(PYTHON not in PYTHONS, reason=f"there is no layer for Python {PYTHON}")


@pytest.fixture(scope="module")
def chat(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Chat:
    made = built(tmp_path_factory.getbasetemp() / "layers", ARCH)
    layer = deploy.publish_layer(aws, made.path, python=PYTHON, arch=ARCH)
    return install(aws, [layer], rooms="chat-rooms")


# -- connections --------------------------------------------------------------------------------------------


def test_the_example_is_as_it_says(chat: Chat) -> None:
    seen = talk(chat)
    assert len(seen) == 12
    assert [(what, found) for what, found, _ in seen] == [(what, wanted) for what, _, wanted in seen]


def test_what_is_said_stays_in_its_room_and_in_its_order(chat: Chat) -> None:
    cellar, bob, ada = (
        chat.join("ada's", "cellar"),
        chat.join("bob's", "kitchen"),
        chat.join("ada's", "kitchen"),
    )
    assert bob.receive() == {"joined": "ada"}
    for n in range(5):
        ada.send("say", text=f"kitchen {n}")
    cellar.send("say", text="cellar")
    assert [bob.receive()["text"] for _ in range(5)] == [f"kitchen {n}" for n in range(5)]
    assert cellar.receive() == {"from": "ada", "text": "cellar"}
    for member in (cellar, ada, bob):
        member.leave()
    deploy.until(lambda: chat.connections("kitchen") == chat.connections("cellar") == {}, seconds=20)


def test_a_message_that_is_not_one_is_told_to_its_sender_alone(chat: Chat) -> None:
    ada, bob = chat.join("ada's", "kitchen"), chat.join("bob's", "kitchen")
    assert ada.receive() == {"joined": "bob"}
    bob.send("say", text="")
    told = bob.receive()
    assert (told["title"], told["errors"][0]["loc"]) == ("Unprocessable Content", ["body", "text"])
    bob.connection.send("not json")
    assert "error" in bob.receive()
    bob.send("say", text="sorry")
    assert ada.receive() == {"from": "bob", "text": "sorry"}
    for member in (ada, bob):
        member.leave()


def test_who_is_refused_is_in_no_room(chat: Chat) -> None:
    for token, room, status in (("bob's", "attic", 403), ("", "attic", 401)):
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            chat.join(token, room)
        assert caught.value.status_code == status
    assert chat.connections("attic") == {}


def test_the_management_api_says_who_is_gone(chat: Chat) -> None:
    """What the function relies on is so for any client of the API."""
    api = chat.host.partition(".")[0]
    gateway = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{chat.aws.url}/_aws/execute-api/{api}/live",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    ada = chat.join("ada's", "hall")
    (connection,) = chat.connections("hall")
    gateway.post_to_connection(ConnectionId=connection, Data=json.dumps({"from": "outside"}).encode())
    assert ada.receive() == {"from": "outside"}
    ada.leave()
    deploy.until(lambda: not chat.connections("hall"), seconds=20)
    with pytest.raises(gateway.exceptions.GoneException):
        gateway.post_to_connection(ConnectionId=connection, Data=b"{}")
    gateway.close()


# -- looking in over HTTP -----------------------------------------------------------------------------------


class Window:
    """The HTTP side of the chat behind an API whose authorizer the function is."""

    def __init__(self, chat: Chat, kind: str) -> None:
        name = f"chat-{kind}-{uuid.uuid4().hex[:6]}"
        self.url = chat.aws.url if kind == "policy" else f"{chat.aws.url}/live"
        self.host = (
            deploy.http_api(chat.aws, chat.function, name=name, authorizer=kind)
            if kind == "policy"
            else deploy.rest_api(chat.aws, chat.function, name=name, authorizer=kind)
        )

    def look(self, room: str, token: str | None) -> requests.Response:
        headers = {"Host": self.host} | ({"Authorization": f"Bearer {token}"} if token else {})
        return requests.get(f"{self.url}/rooms/{room}", headers=headers, timeout=30)


@pytest.fixture(scope="module", params=["TOKEN", "REQUEST", "policy"])
def window(request: pytest.FixtureRequest, chat: Chat) -> Window:
    return Window(chat, request.param)


def test_who_may_look_reads_what_the_authorizer_said(chat: Chat, window: Window) -> None:
    ada = chat.join("ada's", "kitchen")
    seen = window.look("kitchen", "bob's")
    assert seen.status_code == 200
    assert seen.json() == {"room": "kitchen", "here": ["ada"], "asked_by": "bob", "allowed_in": "kitchen"}
    ada.leave()
    deploy.until(lambda: not chat.connections("kitchen"), seconds=20)
    assert window.look("cellar", "ada's").json() == {
        "room": "cellar",
        "here": [],
        "asked_by": "ada",
        "allowed_in": "cellar",
    }


def test_who_may_not_look_sees_nothing(window: Window) -> None:
    assert window.look("cellar", "bob's").status_code == 403
    assert window.look("kitchen", None).status_code == 401
    # For an HTTP API no exception of the function means 401.
    unknown = window.look("kitchen", "eve's")
    assert unknown.status_code == (401 if window.url.endswith("/live") else 403)
