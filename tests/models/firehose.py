"""What Amazon Data Firehose takes for an answer of the function that transforms its records.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record-different.html

Every record of the event is answered once, by its id; one that is missing, unknown or answered twice is a failure.
Records of an Amazon MSK source have their value under another name, in the answer too.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from models import Refused, need

LIMIT = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, as the Runtime API counts it."""
RESULTS = ("Ok", "Dropped", "ProcessingFailed")
OPERATIONS = ("insert", "update", "delete")

EVENT: dict[str, Any] = {
    "invocationId": "b1c4",
    "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/clicks",
    "region": "eu-west-1",
    "records": [
        {"recordId": "r-1", "approximateArrivalTimestamp": 1781190127418, "data": "eyJpZCI6MX0="},
        {"recordId": "r-2", "approximateArrivalTimestamp": 1781190127419, "data": "eyJpZCI6Mn0="},
    ],
}


def check(answer: Any, event: Any) -> None:
    """Refuse what would make Firehose take any record for failed that is not said to be, or the whole batch."""
    event = EVENT if event is None else event
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() == {"records"}, f"$ has the keys {sorted(answer)}")
    need(isinstance(answer["records"], list), "$.records is no array")
    need(len(json.dumps(answer, allow_nan=False)) <= LIMIT, "$ is too large")
    sent = {record["recordId"]: record for record in event["records"]}
    seen: set[str] = set()
    for index, record in enumerate(answer["records"]):
        at = f"$.records[{index}]"
        need(isinstance(record, dict), f"{at} is no object")
        identifier = record.get("recordId")
        need(isinstance(identifier, str) and identifier in sent, f"{at}.recordId is unknown")
        need(identifier not in seen, f"{at}.recordId is there twice")
        seen.add(identifier)
        check_record(record, sent[identifier], event, at)
    need(seen == sent.keys(), f"$.records misses {sorted(sent.keys() - seen)}")


def check_record(record: dict[str, Any], sent: dict[str, Any], event: Any, at: str) -> None:
    msk = "kafkaRecordValue" in sent or ("data" not in sent and "sourceMSKArn" in event)
    key = "kafkaRecordValue" if msk else "data"
    known = {"recordId", "result", key, "metadata"}
    need(record.keys() <= known, f"{at} has the keys {sorted(record.keys() - known)}")
    need(record.get("result") in RESULTS, f"{at}.result is none of {RESULTS}")
    need(key in record, f"{at}.{key} is missing")
    need(isinstance(record[key], str), f"{at}.{key} is no text")
    try:
        base64.b64decode(record[key], validate=True)
    except ValueError:
        raise Refused(f"{at}.{key} is not base64") from None
    if "metadata" in record:
        check_metadata(record["metadata"], f"{at}.metadata")


def check_metadata(metadata: Any, at: str) -> None:
    need(isinstance(metadata, dict), f"{at} is no object")
    need(metadata.keys() <= {"partitionKeys", "otfMetadata"}, f"{at} has the keys {sorted(metadata)}")
    texts(metadata, "partitionKeys", at)
    for name, value in texts(metadata, "otfMetadata", at):
        known = ("destinationDatabaseName", "destinationTableName", "operation")
        need(name in known, f"{at}.otfMetadata.{name} is unknown")
        need(
            name != "operation" or value in OPERATIONS, f"{at}.otfMetadata.operation is none of {OPERATIONS}"
        )


def texts(metadata: dict[str, Any], key: str, at: str) -> list[tuple[str, str]]:
    found = metadata.get(key, {})
    need(isinstance(found, dict), f"{at}.{key} is no object")
    for name, value in found.items():
        need(isinstance(value, str), f"{at}.{key}.{name} is no text")
    return list(found.items())


def _ok(identifier: str = "r-1", **parts: Any) -> dict[str, Any]:
    return {"recordId": identifier, "result": "Ok", "data": "e30=", **parts}


def _all(*records: Any) -> dict[str, Any]:
    return {"records": [*records, _ok("r-2")]}


MSK: dict[str, Any] = {
    "invocationId": "b1c4",
    "sourceMSKArn": "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/7f3c",
    "records": [{"recordId": "r-1", "kafkaRecordValue": "e30="}],
}

WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ([_ok(), _ok("r-2")], None, "an array"),
    ({}, None, "no records"),
    ({"Records": [_ok(), _ok("r-2")]}, None, "the key in capitals"),
    ({"records": {"r-1": _ok()}}, None, "an object of records"),
    ({"records": []}, None, "all ids missing"),
    ({"records": [_ok()]}, None, "one id missing"),
    (_all(_ok(), _ok()), None, "an id twice"),
    (_all(_ok("r-3")), None, "an unknown id"),
    (_all({"result": "Ok", "data": ""}), None, "no id"),
    (_all(_ok(result="ok")), None, "a result in small letters"),
    (_all(_ok(result="TRANSFORMED_STATE_OK")), None, "a result of a Go constant"),
    (_all(_ok(result=True)), None, "a result that is no text"),
    (_all({"recordId": "r-1", "data": ""}), None, "no result"),
    (_all({"recordId": "r-1", "result": "Ok"}), None, "no data"),
    (_all(_ok(data={"id": 1})), None, "data that is an object"),
    (_all(_ok(data=None)), None, "data that is null"),
    (_all(_ok(data="plain text")), None, "data that is not base64"),
    (_all(_ok(data="e30")), None, "base64 without its padding"),
    (_all(_ok(metadata=[])), None, "metadata that is an array"),
    (_all(_ok(metadata={"partition_keys": {}})), None, "metadata under another name"),
    (_all(_ok(metadata={"partitionKeys": {"year": 2026}})), None, "a partition key that is a number"),
    (_all(_ok(metadata={"partitionKeys": ["year"]})), None, "partition keys that are an array"),
    (_all(_ok(metadata={"otfMetadata": {"operation": "upsert"}})), None, "an unknown operation"),
    (_all(_ok(metadata={"otfMetadata": {"table": "clicks"}})), None, "unknown table metadata"),
    (_all(_ok(data="A" * LIMIT)), None, "too large"),
    ({"records": [_ok()]}, MSK, "data for a record of Amazon MSK"),
    ({"records": [_ok(kafkaRecordValue="e30=")]}, MSK, "both names for a record of Amazon MSK"),
]
"""Answers that Firehose refuses, the event (or None for EVENT), and what is wrong with each."""

__all__ = ["EVENT", "WRONG", "Refused", "check"]
