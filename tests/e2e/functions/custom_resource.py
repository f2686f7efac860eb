"""A custom resource whose handlers do what none should; run by the real runtime client against a local server.

The host of that server is an argument of the room, as it would be for an emulator of AWS.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from typing import Any

from router import EXCEPTIONS

from lambda_router import Resource, Router
from lambda_router.sources.cloudformation import CloudFormation

app = Router()
app.cloudformation = CloudFormation(app, hosts=[os.environ["UPLOADS"]])
resource = app.cloudformation("Custom::Odd")
calls = 0


class Hostile(Exception):
    @property
    def args(self) -> Any:  # type: ignore[override]
        raise RuntimeError("args")

    @property
    def title(self) -> str:
        raise RuntimeError("title")


def hostile() -> Any:
    raise Hostile("x")


def loop() -> None:
    while True:
        pass


def pbkdf2() -> None:
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000_000)  # lets go of the interpreter for minutes


OUTCOMES: dict[str, Any] = {
    "ok": lambda: Resource("odd-7", {"Arn": "arn"}),
    "unserialisable": lambda: {"socket": object()},
    "oversize": lambda: {"text": "x" * 5_000},
    "sleep": lambda: time.sleep(60),
    "loop": loop,
    "regex": lambda: re.match(r"(a+)+$", "a" * 60 + "b"),
    "c_call": pbkdf2,
    "hostile": hostile,
    **EXCEPTIONS,
}


def interrupted() -> None:
    raise KeyboardInterrupt


OUTCOMES["keyboard"] = interrupted


@resource
def odd(properties: dict[str, Any], request_type: str, physical_id: str | None) -> Any:
    global calls
    calls += 1
    if properties["Outcome"] == "calls":
        return {"Calls": calls, "Pid": os.getpid()}
    print("odd", properties["Outcome"], request_type, file=sys.stderr)
    return OUTCOMES[properties["Outcome"]]()
