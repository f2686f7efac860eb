"""The main job on the real Lambda runtime: events of every room go in, and every answer is checked. `make demo` runs it.

It starts `examples/app.py` under the AWS Lambda Runtime Interface Emulator on 127.0.0.1, sends it good events, a poison
record, an event that nobody routes and a mistake, and shows what arrived, which route took it (read in the function's own
log), what was answered and what the caller would do with that. Exit status 0 only if all of it is right.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from lambda_router import detect
from lambda_router.testing import event
from lambda_router.testing.runtime import EmulatorUnavailable, LambdaRuntime, Reply

ROOT = Path(__file__).parents[1]
HTTP = ("api_gateway_rest", "api_gateway_http", "function_url", "alb", "vpc_lattice", "vpc_lattice_v2")


PRINTED = {
    "uploads: a key with space and plus": ["IMAGE images/summer 2030+1.jpg"],
    "stock: a new item": ["COUNT Decimal('3')"],
}
"""What else the function's log must say."""


class Case(NamedTuple):
    """One event: what it shows, the routes that must take it, and whether an answer is right."""

    title: str
    event: Any
    routes: list[str]
    right: Callable[[Reply], bool]


def ids(sent: Any) -> list[str]:
    """The message ids of a batch."""
    return [record["messageId"] for record in sent["Records"]]


def answers(status: int, body: Any = None) -> Callable[[Reply], bool]:
    """The check of an HTTP answer: its status, and its JSON body where one is given."""

    def right(reply: Reply) -> bool:
        answer = reply.json()
        return answer["statusCode"] == status and (body is None or json.loads(answer["body"]) == body)

    return right


def reports(*failed: str) -> Callable[[Reply], bool]:
    """The check of a partial batch response: just these messages."""
    return lambda reply: reply.json() == {"batchItemFailures": [{"itemIdentifier": i} for i in failed]}


def fails(name: str) -> Callable[[Reply], bool]:
    """The check of a function error of this class."""
    return lambda reply: reply.error is not None and reply.error["errorType"] == name


def nothing(reply: Reply) -> bool:
    """The check of an answer that nobody reads."""
    return reply.error is None and reply.json() is None


def cases() -> Iterator[Case]:
    """Every event of the demo."""
    paid = {"id": 7, "status": "paid"}
    for source in HTTP:
        yield Case(
            f"GET /orders/7 ({source})", event(source, path="/orders/7"), ["read_order"], answers(200, paid)
        )
    order = {"id": 8, "total": 120.5, "lines": [{"sku": "pen"}]}
    post = event("api_gateway_http", method="POST", path="/orders", body=order)
    yield Case("POST /orders, an async handler", post, ["create_order"], answers(201, {"id": 8, "lines": 1}))
    bad = event("api_gateway_rest", method="POST", path="/orders", body={"id": "eight"})
    yield Case("POST /orders, a mistake in the body", bad, [], answers(422))
    yield Case("GET /orders/404", event("alb", path="/orders/404"), ["read_order"], answers(404))
    yield Case(
        "GET /orders/500, a fault in the handler",
        event("function_url", path="/orders/500"),
        ["read_order"],
        is_fault,
    )
    yield Case(
        "DELETE /orders, a method that is not there",
        event("alb", method="DELETE", path="/orders"),
        [],
        answers(405),
    )

    good = {"id": 1, "total": 9.5}
    batch = event("sqs", queue="orders", bodies=[good, "poison", good, {"id": 2, "total": -1}])
    yield Case(
        "orders: four messages, two bad", batch, ["on_order"] * 3, reports(ids(batch)[1], ids(batch)[3])
    )
    fifo = event(
        "sqs",
        queue="payments.fifo",
        bodies=[{"card": "ok"}, {"card": "declined"}, {"card": "ok"}, {"card": "ok"}],
        group_id=["ada", "ada", "bob", "ada"],
    )
    held = reports(ids(fifo)[1], ids(fifo)[3])
    yield Case("payments.fifo: ada's second fails", fifo, ["on_payment"] * 3, held)
    legacy = event("sqs", queue="legacy", bodies=["fine", "poison", "fine"])
    yield Case("legacy: no partial responses", legacy, ["on_legacy"] * 3, fails("BatchError"))

    image = event("s3", bucket="uploads", key="images/summer 2030+1.jpg")
    yield Case("uploads: a key with space and plus", image, ["on_image"], nothing)
    yield Case("uploads: S3's test event", event("s3.test_event"), [], nothing)
    big = {"source": "shop", "detail_type": "OrderPlaced", "detail": {"id": 3, "total": 250}}
    yield Case("bus: a big order", event("eventbridge", **big), ["on_big_order"], nothing)
    small = {**big, "detail": {"id": 4, "total": 25}}
    yield Case(
        "bus: a small order, which nobody routes", event("eventbridge", **small), [], fails("NoRouteError")
    )
    yield Case(
        "schedule: nightly-cleanup",
        event("eventbridge.schedule", rule="nightly-cleanup"),
        ["on_night"],
        nothing,
    )
    yield Case("topic: a message", event("sns", topic="news", message={"id": 5}), ["on_news"], nothing)
    clicks = event("kinesis", stream="clicks", datas=[{"page": "home"}, {}, {"page": "shelf"}])
    numbers = [record["kinesis"]["sequenceNumber"] for record in clicks["Records"]]
    yield Case("clicks: the second of three fails", clicks, ["on_click"] * 2, reports(numbers[1]))
    stock = event("dynamodb.insert", table="stock", new_image={"sku": "pen", "count": 3})
    yield Case("stock: a new item", stock, ["on_stock"], nothing)
    call = {"task": "resize", "size": 2}
    yield Case("a direct call", call, ["resize"], lambda reply: reply.json() == {"resized": 4})
    yield Case("no event at all", {"hello": "world"}, [], fails("UnknownEventError"))


def is_fault(reply: Reply) -> bool:
    """A 500 with a correlation id and not a word of the exception."""
    answer = reply.json()
    return answer["statusCode"] == 500 and "correlation_id" in answer["body"] and "fire" not in answer["body"]


def consequence(source: str | None, sent: Any, reply: Reply) -> str:
    """What the caller does with the answer."""
    if source in HTTP:
        return f"the client gets {reply.json()['statusCode']}"
    if source == "sqs":
        failed = (
            ids(sent)
            if reply.error
            else [f["itemIdentifier"] for f in (reply.json() or {})["batchItemFailures"]]
        )
        kept = [str(number) for number, i in enumerate(ids(sent), start=1) if i in failed]
        return f"deletes {len(ids(sent)) - len(kept)}, delivers again: {', '.join(kept) or 'none'}"
    if source in ("kinesis", "dynamodb"):
        failed = (reply.json() or {}).get("batchItemFailures")
        return "goes on at the failed record, which comes again" if failed else "goes on behind the batch"
    if source is None and not reply.error:
        return "the direct caller gets the answer"
    if reply.error:
        return (
            "Lambda retries twice, then the failure destination"
            if source
            else "the direct caller gets the error"
        )
    return "nothing: it is done"


def shown(reply: Reply) -> str:
    """The answer in short."""
    if reply.error:
        return f"{reply.error['errorType']}: {reply.error['errorMessage']}"
    text = reply.body.decode()
    return text if len(text) <= 150 else f"{text[:150]}…"


def main() -> int:
    """Run every case; 0 only if all are right."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table(
        "event",
        "source",
        "taken by",
        "answered",
        "so the caller",
        "",
        title="examples/app.py on the real runtime",
    )
    wrong = 0
    try:
        runtime = LambdaRuntime("examples.app.app", cwd=ROOT, timeout=10)
    except EmulatorUnavailable as error:
        console.print(f"[red]{error}")
        return 1
    with runtime:
        for case in cases():
            before = len(runtime.logs)
            reply = runtime.invoke(case.event)
            log = runtime.logs[before:]
            taken = [line.partition(" ")[2].strip() for line in log.splitlines() if line.startswith("TAKEN ")]
            source = detect(case.event)
            ok = not reply.died and taken == case.routes and case.right(reply)
            ok = ok and all(line in log for line in PRINTED.get(case.title, ()))
            wrong += not ok
            verdict = "[green]right" if ok else "[red]WRONG"
            console.print(f"{case.title}: {verdict}", highlight=False)
            table.add_row(
                case.title,
                source or "-",
                ", ".join(dict.fromkeys(taken)) + (f" x{len(taken)}" if len(taken) > 1 else "") or "-",
                shown(reply),
                consequence(source, case.event, reply) if not reply.died else "the sandbox died",
                verdict,
            )
    console.print(table)
    total = len(table.rows)
    console.print(
        f"{total - wrong} of {total} answers are right", style="bold green" if not wrong else "bold red"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
