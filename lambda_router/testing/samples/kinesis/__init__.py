"""Records of Amazon Kinesis data streams.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, payloads, stamps

__all__ = ["consumer", "event", "window"]

_DATA: Any = {"page": "/orders", "clicks": 3}


def event(
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    *,
    data: Any = _DATA,
    partition_key: str | Sequence[str] = "visitor-7",
    sequence_number: str | Sequence[str] | None = None,
    shard_id: str = "shardId-000000000003",
    consumer: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A batch of records of one shard: one record of `data`, or one for each of `datas`, in order.

    `stream` is a name or an ARN, `consumer` the name of a consumer with its own throughput. Bytes are sent as
    they are, text as UTF-8, log data (`event("cloudwatch_logs")`) compressed, anything else as JSON.
    `partition_key` and `sequence_number` are for all records, or a list with one for each.
    """
    if datas is not None and not isinstance(datas, list | tuple):
        raise SampleError(
            f"datas is a list with the data of each record, not {datas!r:.80}; for one write data="
        )
    given = [data] if datas is None else list(datas)
    arn = _arn(stream, region, account, consumer=consumer)
    keys = _each("partition_key", partition_key, given)
    numbers = _each("sequence_number", sequence_number or _numbers(len(given)), given)
    now = stamps.Moment().millis
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": key,
                    "sequenceNumber": number,
                    "data": base64.b64encode(payloads.octets(one)).decode(),
                    "approximateArrivalTimestamp": (now - 40) / 1000,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"{shard_id}:{number}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": f"arn:aws:iam::{arn.split(':')[4]}:role/shop-streams",
                "awsRegion": arn.split(":")[3],
                "eventSourceARN": arn,
            }
            for one, key, number in zip(given, keys, numbers, strict=True)
        ]
    }


def consumer(stream: str = "clicks", datas: Sequence[Any] | None = None, **parts: Any) -> dict[str, Any]:
    """A batch that comes through a consumer with its own throughput: as `event`."""
    given: dict[str, Any] = {"consumer": "shop", **parts}
    return event(stream, datas, **given)


def window(
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    *,
    state: Mapping[str, Any] | None = None,
    final: bool = False,
    terminated_early: bool = False,
    **parts: Any,
) -> dict[str, Any]:
    """A batch in a tumbling window of two minutes, with the `state` so far: as `event`."""
    made = event(stream, datas, **parts)
    (shown, *_) = made["Records"] or event(stream, **parts)["Records"]
    return {
        **made,
        "window": stamps.Moment().window,
        "state": payloads.plain(state or {}),
        "shardId": shown["eventID"].partition(":")[0],
        "eventSourceARN": shown["eventSourceARN"],
        "isFinalInvokeForWindow": final,
        "isWindowTerminatedEarly": terminated_early,
    }


def _arn(stream: str, region: str, account: str, *, consumer: str | None) -> str:
    arn = stream if stream.startswith("arn:") else f"arn:aws:kinesis:{region}:{account}:stream/{stream}"
    return arn if consumer is None else f"{arn}/consumer/{consumer}:{stamps.Moment().millis // 1000}"


def _numbers(count: int) -> list[str]:
    """Rising sequence numbers of 56 digits."""
    first = 496 * 10**53 + stamps.number(38) * 10**10
    return [str(first + number * 2**80) for number in range(count)]


def _each(part: str, given: str | Sequence[str], datas: list[Any]) -> list[str]:
    """One value for each record."""
    if isinstance(given, str):
        return [given] * len(datas)
    if len(given) != len(datas):
        raise SampleError(
            f"{part} is one text, or one for each of the {len(datas)} records; not {len(given)}"
        )
    return list(given)
