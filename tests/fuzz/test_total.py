"""Total input: mutated events raise nothing but what is documented, and most of them are still somebody's.

50,000 events a run; `make fuzz` runs a million (LAMBDA_ROUTER_FUZZ).
"""

from __future__ import annotations

import copy
import json
import os
import random
import time
from collections import Counter
from typing import Annotated, Any

from awslambdaric.lambda_runtime_marshaller import to_json
from pydantic import BaseModel

from lambda_router import BatchError, Depends, Invocation, Request, Router, RouterError, detect
from lambda_router.testing.events import samples

EVENTS = int(os.environ.get("LAMBDA_ROUTER_FUZZ", "50000"))
DOCUMENTED = RouterError
SCALARS: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**400,
        float("1e308"),
        "",
        " ",
        "text",
        "0",
        "null",
        "{}",
        "[]",
        "{",
        "\0",
        "é",
        "\ud800",
    ),
    *(
        "arn:",
        "arn:aws:sqs:::x.fifo",
        "*",
        "%",
        "%ff",
        "%2F",
        "..",
        "../x",
        "a" * 5000,
        "1" * 5000,
        "2.0",
        "aws:sqs",
        "aws:s3",
    ),
    *([], {}, [[]], [{}], {"": ""}, {"a": {"b": {"c": []}}}, [None] * 50),
]


class Order(BaseModel):
    id: int


def app() -> Router:
    """An app with a handler for everything, which asks for every part of each room."""
    router = Router(partial=True)
    reached: Counter[str] = Counter()
    router.reached = reached  # type: ignore[attr-defined]

    def count(invocation: Invocation) -> None:
        reached[invocation.source or "default"] += 1

    counted = Annotated[None, Depends(count)]

    @router.sqs("*", attributes={"kind": "order"})
    def typed(order: Order, receive_count: int, c: counted) -> None: ...

    @router.sqs("*")
    def message(
        body: Any,
        message_id: Any,
        attributes: Any,
        message_attributes: Any,
        group_id: Any,
        queue: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.s3("*", key="images/*", event="ObjectCreated:*")
    def image(bucket: str, key: str, size: int | None, c: counted) -> None: ...

    @router.s3("*", prefix="a", suffix=[".txt", ".md"])
    def text(raw_key: Any, etag: Any, version_id: Any, c: counted) -> None: ...

    @router.s3("*")
    def thing(
        bucket: Any,
        key: Any,
        raw_key: Any,
        size: Any,
        etag: Any,
        version_id: Any,
        event_name: Any,
        c: counted,
    ) -> None: ...

    @router.eventbridge(
        source="shop",
        detail={"total": [{"numeric": [">", 100]}], "$or": [{"a": [1]}, {"b": [{"exists": False}]}]},
    )
    def order(order: Order, c: counted) -> None: ...

    @router.sns("*")
    def news(
        message: Any,
        subject: Any,
        attributes: Any,
        message_id: Any,
        topic: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.kinesis("*")
    def click(
        data: bytes,
        partition_key: Any,
        sequence_number: Any,
        stream: Any,
        shard_id: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.dynamodb.insert("*", pattern={"dynamodb": {"NewImage": {"total": {"N": [{"exists": True}]}}}})
    def priced(order: dict[str, Any] | None, c: counted) -> None: ...

    @router.dynamodb("*")
    def change(
        new_image: Any, old_image: Any, keys: Any, event_name: Any, table: Any, record: Any, c: counted
    ) -> None: ...

    @router.schedule("*")
    def tick(time: Any, c: counted) -> None: ...

    @router.eventbridge()
    def any_event(
        detail: Any,
        detail_type: Any,
        source: Any,
        id: Any,
        account: Any,
        region: Any,
        time: Any,
        resources: Any,
        c: counted,
    ) -> None: ...

    @router.get("/orders/{order_id:int}")
    def read(order_id: int, page: int = 1, tags: list[str] | None = None, *, c: counted) -> dict[str, Any]:
        return {"id": order_id, "page": page, "tags": tags}

    @router.http("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    def anything(
        request: Request,
        method: Any,
        path: Any,
        query: Any,
        headers: Any,
        cookies: Any,
        claims: Any,
        rest: str,
        c: counted,
    ) -> dict[str, Any]:
        return {
            "path": path,
            "query": dict(query),
            "ip": request.client_ip,
            "stage": request.stage,
            "cookies": cookies,
        }

    return router


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def mutated(event: Any, where: list[tuple[Any, ...]], rng: random.Random) -> Any:
    """The event with one to three places replaced, removed, doubled or swapped."""
    event = copy.deepcopy(event)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        path = rng.choice(where)
        holder = event
        try:
            for key in path[:-1]:
                holder = holder[key]
            kind = rng.random()
            if kind < 0.6:
                holder[path[-1]] = copy.deepcopy(rng.choice(SCALARS))
            elif kind < 0.8:
                del holder[path[-1]]
            elif isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]))
            else:
                holder[rng.choice(("x", "Records", "version", "requestContext", "detail-type"))] = holder[
                    path[-1]
                ]
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    return event


def test_mutated_events_raise_only_what_is_documented() -> None:
    rng = random.Random(EVENTS)
    corpus = [(event, where) for _, event, _ in samples() if (where := places(event))]
    router = app()
    claimed = slow = 0
    for _ in range(EVENTS):
        event = mutated(*rng.choice(corpus), rng)
        before = repr(event)
        source = detect(event)
        claimed += source is not None
        started = time.perf_counter()
        try:
            answer = router(event, None)
        except DOCUMENTED as error:
            assert len(str(error)) <= 4096
            assert not isinstance(error, BatchError) or error.failed or error.not_started
        else:
            if answer is not None:
                json.loads(to_json(answer).encode("utf-8"))
        slow += time.perf_counter() - started > 0.1
        assert repr(event) == before
    reached: Counter[str] = router.reached  # type: ignore[attr-defined]
    assert claimed >= EVENTS / 3
    assert sum(reached.values()) >= EVENTS / 10
    assert len(reached) == 12, reached  # each of the twelve sources reached a handler
    assert slow <= EVENTS / 10_000  # no hangs; a busy machine may pause a few
