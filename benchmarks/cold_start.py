"""Cold start: what importing an app costs in a fresh process, once the runtime client is loaded.

The two apps in `apps` do the same: an HTTP route, a queue, a bucket, a bus. A process imports one of them
as the runtime client does, then sends it an event of each source, so that what an app puts off until then
is seen too. The clock counts the processor time of the process; files are read from the system's cache and
byte code from .pyc files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import events
from .rounds import Times, WrongAnswerError
from .targets import Finding, Report

APPS = Path(__file__).parent / "apps"
ROUTER, POWERTOOLS = "on_router", "on_powertools"
IMPORT, FIRST, WALL = "{}", "{}, with first events", "{}, by the wall clock"

_CHILD = """
import json, sys, time
from importlib import import_module
from importlib.machinery import SourceFileLoader
from time import perf_counter_ns, process_time_ns
import awslambdaric.bootstrap
from awslambdaric.lambda_context import LambdaContext

compiled = []

def note(loader, data, path, **options):
    compiled.append(path)
    return super(SourceFileLoader, loader).source_to_code(data, path, **options)

if sys.argv[2:]:
    SourceFileLoader.source_to_code = note
deadline = int(time.time() * 1000) + 60_000
context = LambdaContext("id", None, None, deadline, "arn:aws:lambda:eu-west-1:123456789012:function:shop")
events = json.load(sys.stdin)

entered, begin = perf_counter_ns(), process_time_ns()
module = import_module(sys.argv[1])
imported, left = process_time_ns(), perf_counter_ns()
answers = [module.app(event, context) for event in events]
answered = process_time_ns()

json.dump(
    {
        "imported": imported - begin,
        "answered": answered - begin,
        "wall": left - entered,
        "answers": answers,
        "orders": module.orders,
        "compiled": compiled,
    },
    sys.stdout,
)
"""


def measure(*, quick: bool) -> Report:
    """Start the two apps in turn, each in a process of its own."""
    _write_byte_code()
    times = Times(
        "ms", {kind.format(app): [] for kind in (IMPORT, FIRST, WALL) for app in (ROUTER, POWERTOOLS)}
    )
    for number in range(9 if quick else 31):
        for app in (ROUTER, POWERTOOLS) if number % 2 else (POWERTOOLS, ROUTER):
            found = start(app)
            times.taken[IMPORT.format(app)].append(found["imported"] / 1e6)
            times.taken[FIRST.format(app)].append(found["answered"] / 1e6)
            times.taken[WALL.format(app)].append(found["wall"] / 1e6)
    findings = [_compared(times, IMPORT, at_least=8), _compared(times, FIRST), _compared(times, WALL)]
    return Report("Cold start, import of the app", times, findings)


def _compared(times: Times, kind: str, *, at_least: float | None = None) -> Finding:
    ours, theirs = kind.format(ROUTER), kind.format(POWERTOOLS)
    return Finding(ours, theirs, times.ratio(theirs, ours), at_least=at_least)


def _write_byte_code() -> None:
    """Start each app until nothing is compiled any more: both are measured from their .pyc files."""
    for app in (ROUTER, POWERTOOLS):
        start(app)
        if compiled := start(app, "watch")["compiled"]:
            raise RuntimeError(f"no byte code can be kept for {', '.join(compiled)}")


def start(app: str, *options: str) -> dict[str, Any]:
    """What a fresh process reports of an app; WrongAnswerError unless it handled its first events."""
    order = events.number()
    sent = [
        events.http(f"/orders/{order}"),
        events.sqs([json.dumps({"order_id": order + 1})]),
        events.s3("uploads", f"images/a+{order}.jpg"),
        events.eventbridge("shop", "OrderPlaced", {"order_id": order + 2}),
    ]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, app, *options],
        input=json.dumps(sent),
        cwd=APPS,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise WrongAnswerError(f"{app} ended with status {done.returncode}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    _check(app, found, order)
    return found


def _environment() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "POWERTOOLS"))
    }
    return {**kept, "PYTHONPATH": str(APPS.parents[1])}


def _check(app: str, found: dict[str, Any], order: int) -> None:
    read, *rest = found["answers"]
    if read["statusCode"] != 200 or json.loads(read["body"]) != {"order_id": order, "status": "paid"}:
        raise WrongAnswerError(f"{app}: {read!r}")
    if rest != [{"batchItemFailures": []}, None, None]:
        raise WrongAnswerError(f"{app}: {rest!r}")
    if found["orders"] != [order + 1, len("uploads") + len(f"images/a {order}.jpg"), order + 2]:
        raise WrongAnswerError(f"{app}: {found['orders']!r}")
