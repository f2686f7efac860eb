"""A function on lambda_router whose handlers return and raise what no handler should; run by the real runtime client."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import os
import sys
import time
import uuid
from typing import Any

from lambda_router import Router

app = Router(partial=["orders"])
calls = 0


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int


def circle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


async def coroutine() -> Any:
    await asyncio.sleep(0)
    return "awaited"


RESULTS: dict[str, Any] = {
    "none": lambda: None,
    "bytes": lambda: b"hello",
    "bytes_bad": lambda: b"\xff\xfe\x00",
    "nested_bytes": lambda: {"a": b"hello"},
    "bytes_key": lambda: {b"k": 1},
    "bytearray": lambda: {"a": bytearray(b"x")},
    "set": lambda: {3, 1, 2},
    "datetime": lambda: datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC),
    "uuid": lambda: uuid.UUID(int=7),
    "enum": lambda: Colour.RED,
    "dataclass": lambda: Point(3),
    "generator": lambda: (i for i in range(3)),
    "coroutine": coroutine,
    "exception": lambda: ValueError("x"),
    "decimal": lambda: [decimal.Decimal("1.10"), decimal.Decimal("1E+3"), decimal.Decimal("7")],
    "decimal_long": lambda: decimal.Decimal("0.12345678901234567890123"),
    "decimal_nan": lambda: decimal.Decimal("NaN"),
    "nan": lambda: {"a": float("nan")},
    "infinity": lambda: [float("inf")],
    "int_key": lambda: {1: "a", "1": "b"},
    "tuple_key": lambda: {(1, 2): "a"},
    "namedtuple": lambda: collections.namedtuple("P", "x y")(1, 2),
    "circular": circle,
    "deep_150": lambda: deep(150),
    "deep_5000": lambda: deep(5000),
    "surrogate": lambda: {"a": "\ud800"},
    "surrogate_key": lambda: {"\ud800": 1},
    "at_limit": lambda: "x" * (6_291_556 - 2),
    "over_limit": lambda: "x" * (6_291_556 - 1),
    "seven_mb": lambda: "x" * 7_000_000,
    "echo_state": lambda: calls,
}


class BadStr(Exception):
    def __str__(self) -> str:
        raise RuntimeError("bad str")


class NoStr(Exception):
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]


class ExitStr(Exception):
    def __str__(self) -> str:
        sys.exit(9)


class BadRepr(Exception):
    def __repr__(self) -> str:
        raise RuntimeError("bad repr")


def raised(exc: BaseException) -> Any:
    raise exc


def chained() -> Any:
    try:
        raise KeyError("inner")
    except KeyError as inner:
        raise ValueError("outer") from inner


def recursion() -> Any:
    return recursion()


EXCEPTIONS: dict[str, Any] = {
    "plain": lambda: raised(ValueError("plain")),
    "subclass": lambda: raised(type("Mine", (KeyError,), {})("k")),
    "empty": lambda: raised(ValueError()),
    "bad_str": lambda: raised(BadStr()),
    "no_str": lambda: raised(NoStr()),
    "exit_str": lambda: raised(ExitStr()),
    "bad_repr": lambda: raised(BadRepr("x")),
    "surrogate": lambda: raised(ValueError("\ud800")),
    "seven_mb": lambda: raised(ValueError("x" * 7_000_000)),
    "crlf_class": lambda: raised(type("Bad\r\nX-Injected: 1", (Exception,), {})("x")),
    "chained": chained,
    "group": lambda: raised(ExceptionGroup("g", [ValueError("a")])),
    "stop_iteration": lambda: raised(StopIteration("x")),
    "recursion": recursion,
    "memory": lambda: raised(MemoryError()),
    "system_exit_0": lambda: sys.exit(0),
    "system_exit_1": lambda: sys.exit(1),
    "system_exit_text": lambda: sys.exit("bye"),
    "generator_exit": lambda: raised(GeneratorExit()),
    "cancelled": lambda: raised(asyncio.CancelledError()),
    "base_group": lambda: raised(BaseExceptionGroup("g", [SystemExit(1)])),
}


@app.default
def direct(event: Any) -> Any:
    """`{"return": name}` and `{"raise": name}` for a direct caller, `{"resident": ...}` for how much memory it takes."""
    global calls
    calls += 1
    if "resident" in event:
        with open("/proc/self/statm") as pages:
            return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return odd(event)


def odd(told: dict[str, Any]) -> Any:
    """Return or raise what is told."""
    if "return" in told:
        return RESULTS[told["return"]]()
    return EXCEPTIONS[told["raise"]]() if "raise" in told else None


@app.invoke(when=lambda event: isinstance(event, dict) and "told" in event)
def on_call(event: dict[str, Any]) -> Any:
    return odd(event["told"])


@app.sns("*")
def on_message(message: dict[str, Any]) -> Any:
    return odd(message)


@app.connect()
def on_contact(parameters: dict[str, str]) -> Any:
    return odd(parameters)


@app.get("/return/{name}")
def http_return(name: str) -> Any:
    return RESULTS[name]()


@app.get("/raise/{name}")
def http_raise(name: str) -> Any:
    return EXCEPTIONS[name]()


@app.sqs("orders")
def on_order(body: dict[str, Any]) -> None:
    if "sleep" in body:
        time.sleep(body["sleep"])
    if "raise" in body:
        EXCEPTIONS[body["raise"]]()


@app.sqs("plain")
def on_plain(body: dict[str, Any]) -> None:
    if "raise" in body:
        EXCEPTIONS[body["raise"]]()


@app.eventbridge(source="test")
async def on_event(detail: dict[str, Any]) -> Any:
    await asyncio.sleep(0)
    if "sleep" in detail:
        time.sleep(detail["sleep"])
    return EXCEPTIONS[detail["raise"]]() if "raise" in detail else os.getpid()


@app.s3("uploads")
def on_upload(key: str) -> None:
    if key == "bad":
        raise ValueError(key)
