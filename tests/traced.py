"""An app that is traced by the X-Ray SDK as in Lambda, and what it is sent: each scenario is a trace of its own.

Run as a module, with Lambda's variables, it sends every scenario and prints what came of it; the segments go to the daemon's
address. It is a process of its own because the SDK decides when it is imported whether it is in Lambda.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Tracer

from lambda_router import Drop, HTTPError, Invocation, Router
from lambda_router.testing import LambdaContext, event

SECRET = "correct horse battery staple"
SENDER = "1-5f84c7a1-00112233445566778899aabb"
HEADER = f"Root={SENDER};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0"

tracer = Tracer()
app = Router(tracer=tracer, partial=True)


@app.get("/ok")
def ok(headers: dict[str, str]) -> dict[str, str]:
    with tracer.provider.in_subsegment("in the handler"):
        return {"secret": headers["authorization"]}


@app.get("/late", name="odd; *name* <of> a $route")
async def late() -> str:
    async with tracer.provider.in_subsegment_async("before"):
        await asyncio.sleep(0)
    async with tracer.provider.in_subsegment_async("after"):
        await asyncio.sleep(0)
    return SECRET


@app.get("/broken")
def broken() -> None:
    raise ValueError(SECRET)


@app.get("/missing")
def missing() -> None:
    raise HTTPError(404, SECRET)


@app.sqs("orders")
def on_order(body: str) -> None:
    if body == "bad":
        raise KeyError(SECRET)
    if body == "drop":
        raise Drop(SECRET)


@app.sqs("parallel", concurrency=4)
async def on_parallel(body: int, invocation: Invocation) -> None:
    async def part(name: str) -> None:
        async with tracer.provider.in_subsegment_async(name):
            await asyncio.sleep(0.001 * (4 - body))

    await asyncio.gather(part(f"{body} a"), part(f"{body} b"))
    if body == 2:
        raise LookupError(SECRET)


@app.sqs.batch("together")
def on_together(records: list[Any]) -> list[Any]:
    return records[:1]


app.sqs("ignored").drop()


@app.s3("uploads")
def on_upload(key: str) -> None: ...


def queue(name: str, *bodies: Any) -> dict[str, Any]:
    return event("sqs", queue=name, bodies=list(bodies))


def linked(sent: dict[str, Any], *headers: Any) -> dict[str, Any]:
    for record, header in zip(sent["Records"], headers, strict=True):
        record["attributes"]["AWSTraceHeader"] = header
    return sent


def request(path: str) -> Any:
    return event("api_gateway_http", path=path, headers={"authorization": SECRET})


def carried() -> Any:
    return linked(queue("wrapped", event("s3", bucket="uploads", key=SECRET)), HEADER)


SCENARIOS: dict[str, Callable[[], Any]] = {
    "ok": lambda: request("/ok"),
    "late": lambda: request("/late"),
    "broken": lambda: request("/broken"),
    "missing": lambda: request("/missing"),
    "nowhere": lambda: request("/nowhere"),
    "records": lambda: queue("orders", "good", "bad", "drop"),
    "parallel": lambda: queue("parallel", 0, 1, 2, 3),
    "together": lambda: queue("together", "a", "b"),
    "ignored": lambda: queue("ignored", "a"),
    "linked": lambda: linked(queue("orders", "a", "b", "c"), HEADER, f"Root={SECRET};Parent=1", [SECRET]),
    "carried": carried,
    "unknown": lambda: {"who": SECRET},
    "many": lambda: queue("orders", *["good"] * 120),
    "unsampled": lambda: request("/ok"),
    "untraced": lambda: request("/missing"),
}


def trace_of(name: str) -> str:
    return f"1-5f84c7a1-{list(SCENARIOS).index(name):024x}"


def send(name: str) -> Any:
    """One scenario in its trace: its answer, or the class name of what it raised."""
    os.environ["_X_AMZN_TRACE_ID"] = (
        f"Root={trace_of(name)};Parent=53995c3f42cd8ad8;Sampled={int(name != 'unsampled')}"
    )
    if name == "untraced":
        del os.environ["_X_AMZN_TRACE_ID"]
    try:
        return app(SCENARIOS[name](), LambdaContext())
    except Exception as exc:
        return type(exc).__name__


if __name__ == "__main__":
    lines: list[str] = []
    warned = logging.Handler(logging.WARNING)
    warned.emit = lambda record: lines.append(f"{record.name}: {record.getMessage()}")  # type: ignore[method-assign]
    logging.getLogger().addHandler(warned)
    json.dump({"answers": {name: send(name) for name in SCENARIOS}, "warnings": lines}, sys.stdout)
