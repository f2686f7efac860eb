"""What the chaos test deploys: handlers that fail as their messages say, and keep a journal of it outside the function."""

from __future__ import annotations

import functools
import os
from typing import Any

import boto3

from lambda_router import Reject, Router

Plan = dict[str, Any]

app = Router(partial=["chaos", "chaos.fifo", "chaos-clicks", "chaos-stock"])


@functools.cache
def table() -> Any:
    return boto3.client("dynamodb")


def write(lane: str, entry: str) -> list[str]:
    """Put an entry behind what the lane's journal has; all of them."""
    kept = table().update_item(
        TableName=os.environ["JOURNAL"],
        Key={"lane": {"S": lane}},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :one)",
        ExpressionAttributeValues={":none": {"L": []}, ":one": {"L": [{"S": entry}]}},
        ReturnValues="ALL_NEW",
    )
    return [item["S"] for item in kept["Attributes"]["entries"]["L"]]


def work(lane: str, plan: Plan, *, attempt: int | None = None) -> None:
    """Do what the plan says at this attempt; of streams, whose events do not count them, the journal does."""
    number = plan["n"]
    attempts = write(lane, f"{number} start").count(f"{number} start")
    attempt = attempt or attempts
    if plan["poison"] == "reject":
        write(lane, f"{number} reject")
        raise Reject("poison")
    if plan["poison"]:
        raise ValueError("poison")
    if plan["kill"] == "before" and attempts == 1:
        os._exit(1)
    if attempt <= plan["fails"]:
        raise ConnectionError("not now")
    write(lane, f"{number} done")
    if plan["kill"] == "after" and attempts == 1:
        os._exit(1)


@app.sqs("chaos")
def on_message(body: Plan, receive_count: int) -> None:
    work(f"chaos/{body['n']}", body, attempt=receive_count)


@app.sqs("chaos-default", dead_letter="chaos-default-dead")
def on_message_without_partial_responses(body: Plan, receive_count: int) -> None:
    work(f"chaos-default/{body['n']}", body, attempt=receive_count)


@app.sqs("chaos.fifo", dead_letter="chaos-dead.fifo")
def on_message_in_order(body: Plan, group_id: str, receive_count: int) -> None:
    work(f"chaos.fifo/{group_id}", body, attempt=receive_count)


@app.kinesis("chaos-clicks")
def on_click(data: Plan, shard_id: str) -> None:
    work(f"chaos-clicks/{shard_id}", data)


@app.dynamodb("chaos-stock")
def on_change(new_image: Plan) -> None:
    work("chaos-stock/table", new_image)
