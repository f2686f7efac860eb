"""The reference handlers: what a handler has to do, in a few lines a source, without lambda_router.

Without partial responses each runs what order allows and then fails if anything failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mapping import EventSourceMapping
    from .plan import Plan

Handler = Callable[[Any, Any], Any]


def reference(mapping: EventSourceMapping, plan: Plan, *, partial: bool | None = None) -> Handler:
    """A handler that is right for a mapping: it handles records by the plan and reports what failed.

    `partial` is whether it answers with partial responses; by default it does if the mapping reads them.
    """
    reports = mapping.report if partial is None else partial

    def handler(event: Any, context: Any) -> Any:
        failed = list(_failed(_records(event), plan, ordered=mapping.ordered))
        if failed and not reports:
            raise RuntimeError(f"{len(failed)} records failed")
        answer = {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}
        return {**answer, "state": event["state"]} if "state" in event else answer

    return handler


def _records(event: Any) -> Iterator[tuple[Any, Any, Any, bool]]:
    """Each record with its identifier, what it has its order in, and whether that goes on behind a report."""
    for record in event.get("Records", ()):
        if record["eventSource"] == "aws:sqs":
            yield record, record["messageId"], record["attributes"].get("MessageGroupId"), False
        elif record["eventSource"] == "aws:kinesis":
            yield record, record["kinesis"]["sequenceNumber"], "shard", True
        else:
            yield record, record["dynamodb"]["SequenceNumber"], "shard", True
    for partition, records in event.get("records", {}).items():
        for record in records:
            yield record, {"partition": partition, "offset": record["offset"]}, partition, True


def _failed(records: Iterable[tuple[Any, Any, Any, bool]], plan: Plan, *, ordered: bool) -> Iterator[Any]:
    """Handle what order allows; the identifiers to report."""
    stopped = set()
    for record, identifier, lane, implied in records:
        if lane in stopped:
            if not implied:  # a queue deletes what is not listed; a stream goes back to what is
                yield identifier
            continue
        try:
            plan.handle(record)
        except Exception:
            stopped |= {lane} if ordered else set()
            yield identifier
