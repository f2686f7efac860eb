"""Changes of Amazon DocumentDB collections.

https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["delete", "drop", "event", "update"]

_DOCUMENT: dict[str, Any] = {"order_id": 7, "total": 120.5}


def event(
    database: str = "shop",
    collection: str | None = "orders",
    documents: Sequence[Mapping[str, Any]] | None = None,
    *,
    document: Mapping[str, Any] | None = _DOCUMENT,
    operation: str = "insert",
    key: str | None = None,
    update: Mapping[str, Any] | None = None,
    cluster: str = "orders",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of changes of one kind: of one `document`, or of each of `documents`, in order.

    Documents are extended JSON, and get an `_id` where they have none; `document` None is a change without one. `key` is the
    id of a single document. `update` are the fields that an update has set. `cluster` is a name or an ARN.
    """
    if key is not None and documents is not None:
        raise SampleError("key is the id of one document: give it with document, not with documents")
    given = [document] if documents is None else list(documents)
    arn = cluster if cluster.startswith("arn:") else f"arn:aws:rds:{region}:{account}:cluster:{cluster}"
    changes = [_change(one, key, number) for number, one in enumerate(given)]
    namespace = {"db": database, **({} if collection is None else {"coll": collection})}
    told = {} if update is None else {"updateDescription": _update(update)}
    return {
        "eventSourceArn": arn,
        "events": [
            {"event": {**change, "ns": namespace, "operationType": operation, **told}} for change in changes
        ],
        "eventSource": "aws:docdb",
    }


def update(database: str = "shop", collection: str = "orders", **parts: Any) -> dict[str, Any]:
    """An update of one document, with the fields that it has set and without the document: as `event`."""
    asked: dict[str, Any] = {"operation": "update", "document": None, "update": {"total": 99.5}, **parts}
    return event(database, collection, **asked)


def delete(database: str = "shop", collection: str = "orders", **parts: Any) -> dict[str, Any]:
    """A deletion, which has the key alone: as `event`."""
    asked: dict[str, Any] = {"operation": "delete", "document": None, **parts}
    return event(database, collection, **asked)


def drop(database: str = "shop", collection: str = "orders", **parts: Any) -> dict[str, Any]:
    """A collection is dropped: as `event`, without a document."""
    asked: dict[str, Any] = {"operation": "drop", "document": None, **parts}
    made = event(database, collection, **asked)
    for record in made["events"]:
        del record["event"]["documentKey"]
    return made


def _change(document: Mapping[str, Any] | None, key: str | None, number: int) -> dict[str, Any]:
    identity: Any = {"$oid": key or stamps.hexadecimal(24)}
    whole: Any = None if document is None else {"_id": identity, **plain(dict(document))}
    change: dict[str, Any] = {
        "_id": {"_data": f"{stamps.hexadecimal(36)}"},
        "clusterTime": {"$timestamp": {"t": stamps.Moment().millis // 1000, "i": number + 1}},
        "documentKey": {"_id": identity if whole is None else whole["_id"]},
    }
    return change if whole is None else {**change, "fullDocument": whole}


def _update(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"updatedFields": plain(dict(fields)), "removedFields": []}
