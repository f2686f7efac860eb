"""ministack with partial batch responses of streams, which it lacks; run by the interpreter of its own environment.

ministack takes every answer for a Kinesis or DynamoDB batch as success and goes on behind it, so that records which
were reported as failed would be lost. Lambda goes on at the first of them instead, and takes an answer that names
none of the batch's records as a failure of all:

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ministack.app import main
from ministack.services import dynamodb, kinesis, lambda_svc

_execute = lambda_svc._execute_function
_polling = (
    threading.local()
)  # the pollers' thread calls functions for streams, and other threads do for the rest


def _polls(poll: Callable[[], bool]) -> Callable[[], bool]:
    @functools.wraps(poll)
    def polling() -> bool:
        _polling.streams = True
        try:
            return poll()
        finally:
            _polling.streams = False

    return polling


def _execute_function(function: Any, event: Any) -> dict[str, Any]:
    result: dict[str, Any] = _execute(function, event)
    if not getattr(_polling, "streams", False) or result.get("error"):
        return result
    records = event["Records"]
    mapping = _mapping(function, records[0]["eventSourceARN"])
    failed = (
        _failed(result.get("body")) if "ReportBatchItemFailures" in mapping["FunctionResponseTypes"] else []
    )
    if not failed:
        return result
    # Sequence numbers differ in length, and are numbers.
    known = {_sequence_number(record): record for record in records}
    if all(identifier in known for identifier in failed):
        _go_on_at(known[min(failed, key=int)], mapping)
    # The poller leaves the position alone after an error, and tries again a second later.
    return {**result, "error": True, "body": {"errorType": "PartialBatch", "errorMessage": str(failed)}}


def _mapping(function: Any, arn: str) -> dict[str, Any]:
    name = (function.get("config") or function)["FunctionName"]
    mappings = (mapping for _, _, mapping in lambda_svc._iter_all_esms())
    return next(m for m in mappings if (m["FunctionName"], m["EventSourceArn"]) == (name, arn))


def _failed(answer: Any) -> list[Any]:
    """The identifiers in an answer; none if it says that all is well."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return [f.get("itemIdentifier") if isinstance(f, dict) else None for f in failures or ()]


def _sequence_number(record: dict[str, Any]) -> str:
    number: str = (
        record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"]
    )
    return number


def _go_on_at(record: dict[str, Any], mapping: dict[str, Any]) -> None:
    name = record["eventSourceARN"].split("/")[1]
    if "kinesis" in record:
        shard = record["eventID"].partition(":")[0]
        sent = [r["SequenceNumber"] for r in kinesis._streams[name]["shards"][shard]["records"]]
        lambda_svc._kinesis_positions[mapping["UUID"]][shard] = sent.index(_sequence_number(record))
    else:
        live = [_sequence_number(r) for r in dynamodb.stream_live_records(name)]
        position = dynamodb.stream_start_position(name) + live.index(_sequence_number(record))
        lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position


if __name__ == "__main__":
    lambda_svc._execute_function = _execute_function
    lambda_svc._poll_kinesis = _polls(lambda_svc._poll_kinesis)
    lambda_svc._poll_dynamodb_streams = _polls(lambda_svc._poll_dynamodb_streams)
    main()
