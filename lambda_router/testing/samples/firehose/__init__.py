"""Records of Amazon Data Firehose that are to be transformed.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from .. import SampleError, payloads, stamps

__all__ = ["event", "kinesis", "msk"]

_DATA: Any = {"page": "/orders", "clicks": 3}


def event(
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    *,
    data: Any = _DATA,
    record_id: str | Sequence[str] | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """What producers have put into a stream: one record of `data`, or one for each of `datas`, in order.

    `stream` is a name or an ARN. Bytes are sent as they are, text as UTF-8, log data compressed, an event of a topic as
    its notification, anything else as JSON. `record_id` is the id of the record, or a list with one for each.
    """
    if datas is not None and not isinstance(datas, list | tuple):
        raise SampleError(
            f"datas is a list with the data of each record, not {datas!r:.80}; for one write data="
        )
    given = [data] if datas is None else list(datas)
    now = stamps.Moment().millis
    arn = (
        stream
        if stream.startswith("arn:")
        else f"arn:aws:firehose:{region}:{account}:deliverystream/{stream}"
    )
    return {
        "invocationId": stamps.uuid(),
        "deliveryStreamArn": arn,
        "region": arn.split(":")[3],
        "records": [
            {
                "recordId": identifier,
                "approximateArrivalTimestamp": now - 40,
                "data": base64.b64encode(payloads.octets(one)).decode(),
            }
            for one, identifier in zip(given, _identifiers(record_id, given), strict=True)
        ],
    }


def kinesis(
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    *,
    source: str = "visits",
    partition_key: str = "visitor-7",
    **parts: Any,
) -> dict[str, Any]:
    """Records that Firehose reads from a Kinesis data stream, `source`: as `event`."""
    made = event(stream, datas, **parts)
    _, _, _, region, account, _ = made["deliveryStreamArn"].split(":", 5)
    first = 496 * 10**53 + stamps.number(38) * 10**10
    for number, record in enumerate(made["records"]):
        arrived = record["approximateArrivalTimestamp"]
        record["kinesisRecordMetadata"] = {
            "shardId": "shardId-000000000003",
            "partitionKey": partition_key,
            "approximateArrivalTimestamp": arrived,
            "sequenceNumber": str(first + number * 2**80),
            "subsequenceNumber": 0,
        }
    return {**made, "sourceKinesisStreamArn": f"arn:aws:kinesis:{region}:{account}:stream/{source}"}


def msk(
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    *,
    cluster: str = "shop",
    offset: int | None = None,
    partition: int = 2,
    **parts: Any,
) -> dict[str, Any]:
    """Records that Firehose reads from a topic of an Amazon MSK cluster, from an offset on: as `event`."""
    made = event(stream, datas, **parts)
    first = stamps.number(9) if offset is None else offset
    _, _, _, region, account, _ = made["deliveryStreamArn"].split(":", 5)
    for number, record in enumerate(made["records"]):
        record["kafkaRecordValue"] = record.pop("data")
        record["mskRecordMetadata"] = {
            "offset": str(first + number),
            "partitionId": str(partition),
            "approximateArrivalTimestamp": record["approximateArrivalTimestamp"],
        }
    arn = f"arn:aws:kafka:{region}:{account}:cluster/{cluster}/{stamps.uuid()}-2"
    return {**made, "sourceMSKArn": arn}


def _identifiers(given: str | Sequence[str] | None, datas: list[Any]) -> list[str]:
    """One id for each record."""
    if given is None:
        first = 496 * 10**53 + stamps.number(38) * 10**10
        return [f"{first + number}000000" for number in range(len(datas))]
    ids = [given] if isinstance(given, str) else list(given)
    if len(ids) != len(datas):
        raise SampleError(f"record_id is one text for each of the {len(datas)} records; not {len(ids)}")
    return ids
