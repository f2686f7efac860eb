"""A durable function of the same table: what `app.py` has for the others, its own handler has for executions that wait."""

from __future__ import annotations

from typing import Any

from app import note
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from lambda_router import Router

app = Router()


@app.sqs("beyond-orders", partial=True)
def on_order(body: dict[str, Any], context: DurableContext) -> None:
    order = body["id"]
    note("run", order)
    receipt = context.step(lambda _: f"receipt {note('pay', order)}", name=f"pay {order}")
    context.wait(Duration.from_seconds(1), name=f"until {order} may be sent")
    if body.get("lost"):
        raise LookupError("nobody knows where it is")
    context.step(lambda _: note("send", order, receipt=receipt), name=f"send {order}")


handler = durable_execution(app)
