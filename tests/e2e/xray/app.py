"""A traced function for a local AWS: what its routes are told comes back, and its segments go to the daemon's address."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aws_lambda_powertools import Tracer

from lambda_router import Router

tracer = Tracer()
app = Router(tracer=tracer, partial=True)


@app.invoke(when={"ask": ["trace"]})
async def header() -> str | None:
    """The trace in which this call is."""
    async with tracer.provider.in_subsegment_async("waiting"):
        await asyncio.sleep(0)
    return os.environ.get("_X_AMZN_TRACE_ID")


@app.invoke(when={"ask": ["fault"]})
def fault() -> None:
    raise LookupError("no such partner in table swordfish")


@app.sqs("traced-orders")
def on_order(body: str) -> None:
    if body == "bad":
        raise LookupError("no such partner in table swordfish")


@app.cloudwatch_logs("traced-group")
def on_lines(log_events: list[Any]) -> None: ...


@app.iot("traced/{plant}/moisture")
def on_moisture(plant: str) -> None: ...
