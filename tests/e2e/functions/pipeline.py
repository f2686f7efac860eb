"""A function on lambda_router that answers for jobs of a pipeline; its handler returns and raises what none should."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from router import EXCEPTIONS

from lambda_router import Continue, Router

app = Router()


def sleeping() -> None:
    time.sleep(30)


def looping() -> None:
    while True:
        pass


def matching() -> None:
    re.match(r"(a+)+$", "a" * 40 + "b")


def hashing() -> None:
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 200_000_000)


OUTCOMES: dict[str, Any] = {
    "ok": lambda: {"url": "https://example.com"},
    "continue": lambda: Continue("next"),
    **EXCEPTIONS,
    "unserialisable": lambda: {"a": object()},
    "oversize": lambda: {"a": "x" * 7_000_000, "b": None},
}
LATE = {"sleep": sleeping, "loop": looping, "regex": matching, "c_call": hashing}


@app.codepipeline()
def on_job(parameters: str) -> Any:
    return {**OUTCOMES, **LATE}[parameters]()
