"""Changes of Amazon DynamoDB tables, as their streams tell them.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .. import SampleError, payloads, stamps

__all__ = ["event", "insert", "modify", "remove", "window"]

_ITEM: Any = {"id": "order-7", "total": Decimal("120.5"), "paid": True}
_NEW_VIEWS = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
_OLD_VIEWS = ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")
_VIEWS = {*_NEW_VIEWS, *_OLD_VIEWS, "KEYS_ONLY"}
_LABEL = "2026-02-11T09:26:14.207"


def event(
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    *,
    event_name: str = "INSERT",
    new_image: Mapping[str, Any] | None = None,
    old_image: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    ttl: bool = False,
    view: str = "NEW_AND_OLD_IMAGES",
    sequence_number: str | Sequence[str] | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of changes of one table's shard: one change, or one for each of `images`, in order.

    `table` is a name, or the ARN of a table or its stream. Items are Python values: text, numbers, bytes,
    True and False, None, lists, mappings, and sets of texts, numbers or bytes. An image is the item after the
    change, of a removal the item before; `keys` are by default its first attribute. `ttl` makes the changes
    removals by time to live; `view` is what the stream shows.
    """
    if images is not None and not isinstance(images, list | tuple):
        raise SampleError(
            f"images is a list with an item for each change, not {images!r:.80}; for one write new_image="
        )
    if view not in _VIEWS:
        raise SampleError(f"view is one of {', '.join(sorted(_VIEWS))}; not {view!r}")
    name = "REMOVE" if ttl else event_name
    removed = name == "REMOVE"
    given = [(old_image if removed else new_image) or _ITEM] if images is None else list(images)
    before = given if removed else [old_image or image for image in given]
    arn = _arn(table, region, account)
    numbers = _each(sequence_number, given)
    by = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}} if ttl else {}
    return {
        "Records": [
            {
                "eventID": stamps.hexadecimal(32),
                "eventName": name,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": arn.split(":")[3],
                "dynamodb": _change(
                    keys or _first(image),
                    None if removed or view not in _NEW_VIEWS else image,
                    None if name == "INSERT" or view not in _OLD_VIEWS else old,
                    number=number,
                    view=view,
                ),
                **by,
                "eventSourceARN": arn,
            }
            for image, old, number in zip(given, before, numbers, strict=True)
        ]
    }


def insert(
    table: str = "orders", images: Sequence[Mapping[str, Any]] | None = None, **parts: Any
) -> dict[str, Any]:
    """A batch of new items: as `event`."""
    return event(table, images, **_named("INSERT", parts))


def modify(
    table: str = "orders", images: Sequence[Mapping[str, Any]] | None = None, **parts: Any
) -> dict[str, Any]:
    """A batch of changed items: as `event`."""
    return event(table, images, **_named("MODIFY", parts))


def remove(
    table: str = "orders", images: Sequence[Mapping[str, Any]] | None = None, **parts: Any
) -> dict[str, Any]:
    """A batch of removed items: as `event`."""
    return event(table, images, **_named("REMOVE", parts))


def _named(name: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a variant whose event name is given by its own."""
    if parts.get("event_name", name) != name:
        raise SampleError(
            f'these are changes of the kind {name}, not {parts["event_name"]!r}; there is event("dynamodb")'
        )
    return {**parts, "event_name": name}


def window(
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    *,
    state: Mapping[str, Any] | None = None,
    final: bool = False,
    terminated_early: bool = False,
    **parts: Any,
) -> dict[str, Any]:
    """A batch in a tumbling window of two minutes, with the `state` so far: as `event`."""
    region, account = parts.get("region", stamps.REGION), parts.get("account", stamps.ACCOUNT)
    return {
        **event(table, images, **parts),
        "window": stamps.Moment().window,
        "state": payloads.plain(state or {}),
        "shardId": f"shardId-000{stamps.number(17)}-{stamps.hexadecimal(8)}",
        "eventSourceARN": _arn(table, region, account),
        "isFinalInvokeForWindow": final,
        "isWindowTerminatedEarly": terminated_early,
    }


def _arn(table: str, region: str, account: str) -> str:
    arn = table if table.startswith("arn:") else f"arn:aws:dynamodb:{region}:{account}:table/{table}"
    return arn if "/stream/" in arn else f"{arn}/stream/{_LABEL}"


def _each(given: str | Sequence[str] | None, images: list[Any]) -> list[str]:
    """A sequence number for each change, rising."""
    if given is None:
        first = stamps.number(24) * 1000
        return [str(first + 1 + number * 9) for number in range(len(images))]
    numbers = [given] * len(images) if isinstance(given, str) else list(given)
    if len(numbers) != len(images):
        raise SampleError(
            f"sequence_number is one text, or one for each of the {len(images)} changes; not {len(numbers)}"
        )
    return numbers


def _first(image: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(image, Mapping):
        raise SampleError(f"an item is a mapping of attributes, not {type(image).__name__}")
    return dict(list(image.items())[:1])


def _change(keys: Any, new: Any, old: Any, *, number: str, view: str) -> dict[str, Any]:
    """What the stream says of one change; it leaves out an image that there is not."""
    items = {"Keys": _item(keys)}
    if new is not None:
        items["NewImage"] = _item(new)
    if old is not None:
        items["OldImage"] = _item(old)
    return {
        "ApproximateCreationDateTime": stamps.Moment().millis // 1000,
        **items,
        "SequenceNumber": number,
        "SizeBytes": sum(len(name) + _size(value) for item in items.values() for name, value in item.items()),
        "StreamViewType": view,
    }


def _size(attribute: dict[str, Any]) -> int:
    """About as many bytes as DynamoDB counts for an attribute value."""
    ((kind, value),) = attribute.items()
    if kind in ("L", "M"):
        inner = value.values() if kind == "M" else value
        return 3 + sum(map(_size, inner)) + (sum(map(len, value)) if kind == "M" else 0)
    return sum(map(len, value)) if isinstance(value, list) else len(str(value).encode()) if kind == "S" else 2


def _item(item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping) or not all(isinstance(name, str) for name in item):
        raise SampleError(f"an item is a mapping of attributes, not {type(item).__name__}")
    return {name: _attribute(value) for name, value in item.items()}


def _attribute(value: Any) -> dict[str, Any]:
    """A Python value as an attribute value.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html
    """
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": base64.b64encode(value).decode()}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value)}
    if isinstance(value, Mapping):
        return {"M": _item(value)}
    if isinstance(value, list | tuple):
        return {"L": [_attribute(one) for one in value]}
    if isinstance(value, set | frozenset):
        return _set(value)
    raise SampleError(
        f"an attribute is text, a number, bytes, a list, a mapping or a set, not {type(value).__name__}"
    )


def _number(value: float | Decimal) -> str:
    if not math.isfinite(value):
        raise SampleError(f"DynamoDB has no number {value}")
    return str(value)


def _set(values: set[Any] | frozenset[Any]) -> dict[str, Any]:
    written = sorted((tuple(*_attribute(value).items()) for value in values), key=str)
    kinds = {kind for kind, _ in written}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise SampleError("a set holds texts, numbers or bytes, of one kind, and at least one")
    return {f"{kinds.pop()}S": [text for _, text in written]}
