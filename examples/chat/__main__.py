"""The chat on a local AWS, with real clients: `python -m examples.chat`. Exit status 0 only if all is as it should be."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websocket

from examples.local_aws import deploy
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws, LocalAwsUnavailable
from lambda_router.cli.layer import build

from .local import Chat, install

Seen = list[tuple[str, Any, Any]]
"""What was looked at, what was found, and what should have been."""


def talk(chat: Chat) -> Seen:
    """Ada and Bob meet in the kitchen."""
    seen: Seen = []

    def look(what: str, found: Any, wanted: Any) -> None:
        print(f"{'  ' if found == wanted else '! '}{what}: {found}")
        seen.append((what, found, wanted))

    ada = chat.join("ada's", "kitchen")
    bob = chat.join("bob's", "kitchen")
    look("ada received", ada.receive(), {"joined": "bob"})
    ada.send("say", text="Чай готовий")
    for name, member in (("ada", ada), ("bob", bob)):
        look(f"{name} received", member.receive(), {"from": "ada", "text": "Чай готовий"})
    bob.send("who")
    look("bob received", bob.receive(), {"here": ["ada", "bob"]})
    bob.send("sing")
    look("bob, who would sing, is told what can be sent", "error" in bob.receive(), True)
    for token, room, status in (("nobody's", "kitchen", 401), ("bob's", "cellar", 403)):
        look(
            f"{token} token at the door of the {room}",
            refused(lambda t=token, r=room: chat.join(t, r)),
            status,
        )
    chat.leave_behind("gone", "eve", "kitchen")
    ada.send("say", text="Anyone else?")
    look("ada received", ada.receive(), {"from": "ada", "text": "Anyone else?"})
    look("bob received", bob.receive(), {"from": "ada", "text": "Anyone else?"})
    deploy.until(lambda: "gone" not in chat.connections("kitchen"), seconds=10)
    look("in the table, eve being gone", sorted(chat.connections("kitchen").values()), ["ada", "bob"])
    bob.leave()
    look("ada received", ada.receive(), {"left": "bob"})
    ada.leave()
    deploy.until(lambda: not chat.connections("kitchen"), seconds=10)
    look("in the table, all having left", chat.connections("kitchen"), {})
    return seen


def refused(attempt: Callable[[], Any]) -> int:
    """The status by which a connection is refused; 0 if it is not."""
    try:
        attempt()
    except websocket.WebSocketBadStatusException as error:
        return int(error.status_code)
    return 0


def main() -> int:
    """Run the chat; 0 only if everybody received what they should have."""
    try:
        with tempfile.TemporaryDirectory() as directory, LocalAws() as aws:
            print(f"building the layer for Python {PYTHON} on {ARCH}")
            layer = build(python=PYTHON, arch=ARCH, output=Path(directory) / "layer.zip").path
            chat = install(aws, [deploy.publish_layer(aws, layer, python=PYTHON, arch=ARCH)])
            seen = talk(chat)
    except LocalAwsUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    wrong = [what for what, found, wanted in seen if found != wanted]
    print(f"{len(seen) - len(wrong)} of {len(seen)} as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
