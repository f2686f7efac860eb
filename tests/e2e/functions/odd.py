"""A function without lambda_router that does what functions should not do, by the names in its event.

`{"return": NAME}`, `{"raise": NAME}` and `{"do": NAME}` pick an entry of the tables below. Any other event is
echoed, with what tells one process from another.
"""

from __future__ import annotations

import asyncio
import contextvars
import ctypes
import dataclasses
import datetime
import decimal
import enum
import os
import subprocess
import sys
import threading
import time
import uuid
from collections import namedtuple

print("odd is imported")

PROCESS = uuid.uuid4().hex
RESULT_LIMIT = 6_291_556
calls = 0
remembered: contextvars.ContextVar[int] = contextvars.ContextVar("remembered", default=0)
loop: asyncio.AbstractEventLoop | None = None
finished: list[str] = []


def handler(event, context):
    global calls
    calls += 1
    if isinstance(event, dict):
        if "return" in event:
            return RETURNED[event["return"]]()
        if "raise" in event:
            return RAISED[event["raise"]]()
        if "do" in event:
            return DONE[event["do"]](context)
    return {"event": event, "type": type(event).__name__, "process": PROCESS, "calls": calls}


async def coroutine_handler(event, context):
    return "never run"


Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Order:
    id: int = 1


class Color(enum.Enum):
    RED = "red"


class Fields:
    def _asdict(self):
        return {"x": 1}


def circular():
    value: list[object] = []
    value.append(value)
    return value


def nested(depth):
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


async def coroutine():
    return 1


def generator():
    yield 1


RETURNED = {
    "bytes": lambda: b"hello",
    "binary": lambda: b"\xff\xfe\x00",
    "bytes inside": lambda: {"a": b"hello"},
    "binary inside": lambda: {"a": b"\xff\xfe"},
    "bytes as key": lambda: {b"k": 1},
    "bytearray": lambda: bytearray(b"x"),
    "set": lambda: {1},
    "datetime": lambda: datetime.datetime(2026, 1, 1),
    "UUID": uuid.uuid4,
    "Order": Order,
    "generator": generator,
    "coroutine": coroutine,
    "Color": lambda: Color.RED,
    "ValueError": ValueError,
    "decimals": lambda: [decimal.Decimal(d) for d in ("1.10", "1E+3", "-0")],
    "decimal NaN": lambda: {"a": decimal.Decimal("NaN")},
    "decimal sNaN": lambda: {"a": decimal.Decimal("sNaN")},
    "NaN": lambda: {"a": float("nan")},
    "Infinity": lambda: {"a": float("inf"), "b": -float("inf")},
    "odd keys": lambda: {1: "d", "1": "b", None: "c", 1.5: "e"},
    "tuple as key": lambda: {(1, 2): 1},
    "Decimal as key": lambda: {decimal.Decimal(1): 1},
    "namedtuple": lambda: Point(1, 2),
    "_asdict": Fields,
    "circular": circular,
    "nested 500": lambda: nested(500),
    "nested 50000": lambda: nested(50_000),
    "surrogate": lambda: "\ud800",
    # Two bytes are the quotation marks.
    "at the limit": lambda: "x" * (RESULT_LIMIT - 2),
    "over the limit": lambda: "x" * (RESULT_LIMIT - 1),
    "7 MB": lambda: "x" * 7_000_000,
}


class UnspeakableError(Exception):
    """`str()` of it is what `answer` gives, or raises it."""

    def __init__(self, answer):
        super().__init__("never shown")
        self.answer = answer

    def __str__(self):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def throw(exception):
    raise exception


def chained():
    try:
        raise KeyError("inner")
    except KeyError as error:
        raise ValueError("outer") from error


def recursion():
    return recursion()


RAISED = {
    "ValueError": lambda: throw(ValueError("no")),
    "chained": chained,
    "two lines": lambda: throw(ValueError("first\nSTART RequestId: forged")),
    "class name": lambda: throw(type("Bad\r\nX-Injected: 1", (Exception,), {})("no")),
    "str raises": lambda: throw(UnspeakableError(ValueError("no text"))),
    "str gives None": lambda: throw(UnspeakableError(None)),
    "str exits": lambda: throw(UnspeakableError(SystemExit(9))),
    "surrogate": lambda: throw(ValueError("\ud800")),
    "300 KB": lambda: throw(ValueError("x" * 300_000)),
    "7 MB": lambda: throw(ValueError("x" * 7_000_000)),
    "exit 0": lambda: sys.exit(0),
    "exit 1": lambda: sys.exit(1),
    "exit with a text": lambda: sys.exit("bye"),
    "_exit 3": lambda: os._exit(3),
    "segmentation fault": lambda: ctypes.string_at(0),
    "KeyboardInterrupt": lambda: throw(KeyboardInterrupt()),
    "GeneratorExit": lambda: throw(GeneratorExit()),
    "CancelledError": lambda: throw(asyncio.CancelledError()),
    "BaseExceptionGroup": lambda: throw(BaseExceptionGroup("g", [KeyboardInterrupt()])),
    "ExceptionGroup": lambda: throw(ExceptionGroup("g", [ValueError("a")])),
    "RecursionError": recursion,
    "MemoryError": lambda: throw(MemoryError()),
    "StopIteration": lambda: throw(StopIteration()),
}


def remember(context):
    before = remembered.get()
    remembered.set(before + 1)
    return before


def leave_task(context):
    """Start a task on a loop that is kept, and return before the task has run to its end."""
    global loop
    loop = loop or asyncio.new_event_loop()

    async def later():
        await asyncio.sleep(0)
        finished.append("task")

    async def start():
        loop.task = loop.create_task(later())

    loop.run_until_complete(start())
    return list(finished)


def run_kept_loop(context):
    loop.run_until_complete(asyncio.sleep(0.01))
    return list(finished)


def event_loop_after_run(context):
    asyncio.run(asyncio.sleep(0))
    try:
        asyncio.get_event_loop()
    except RuntimeError as error:
        return str(error)
    return None


def leave_thread(context):
    threading.Thread(target=lambda: (time.sleep(0.05), finished.append("thread"))).start()
    return list(finished)


def leave_processes(context):
    return [subprocess.Popen(["/bin/sleep", "600"], process_group=group).pid for group in (None, 0)]


def oversleep(context):
    print("asleep")
    try:
        time.sleep(30)
    finally:
        print("finally")


def say(context):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    sys.stdout.write("é\n")


DONE = {
    "remember": remember,
    "leave task": leave_task,
    "run kept loop": run_kept_loop,
    "event loop after run": event_loop_after_run,
    "leave thread": leave_thread,
    "finished": lambda context: list(finished),
    "leave processes": leave_processes,
    "oversleep": oversleep,
    "say": say,
    "sleep 2": lambda context: time.sleep(2),
    "kill the emulator": lambda context: os.kill(os.getppid(), 9) or time.sleep(30),
    "pids": lambda context: [os.getpid(), os.getppid()],
    "environment": lambda context: {**os.environ, "cwd": os.getcwd(), "sys.path": sys.path},
    "context": lambda context: {
        "remaining": context.get_remaining_time_in_millis(),
        "function_name": context.function_name,
        "function_version": context.function_version,
        "memory_limit_in_mb": context.memory_limit_in_mb,
    },
}
