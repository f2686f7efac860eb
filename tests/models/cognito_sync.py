"""What Amazon Cognito Sync takes for an answer of a sync trigger.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-events.html

It wants its event back and takes only `datasetRecords` of it: every other field is read-only, and one that was
changed fails the update. A record says by `op` whether it is written or removed; one that is left out is ignored.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need


def check(answer: Any, event: Any) -> None:
    """Refuse what would fail the synchronisation of the dataset."""
    need(isinstance(answer, dict), "$ is no object")
    need(answer.keys() == event.keys(), "$ has other keys than the event")
    for key in event.keys() - {"datasetRecords"}:
        need(json.dumps(answer[key]) == json.dumps(event[key]), f"$.{key} was changed")
    records = answer["datasetRecords"]
    need(isinstance(records, dict), "$.datasetRecords is no object")
    for key, record in records.items():
        if key in event["datasetRecords"] and json.dumps(event["datasetRecords"][key]) == json.dumps(record):
            continue
        at = f"$.datasetRecords.{key}"
        need(isinstance(record, dict), f"{at} is no object")
        need(record.keys() <= {"oldValue", "newValue", "op"}, f"{at} has unknown keys")
        need(record.get("op") in ("replace", "remove"), f"{at}.op is neither replace nor remove")
        need(record["op"] == "remove" or isinstance(record.get("newValue"), str), f"{at}.newValue is no text")
        for value in (record.get("oldValue"), record.get("newValue")):
            need(value is None or isinstance(value, str), f"{at} has a value that is no text")
    json.dumps(answer, allow_nan=False).encode()


_EVENT: dict[str, Any] = {
    "version": 2,
    "eventType": "SyncTrigger",
    "region": "eu-west-1",
    "identityPoolId": "eu-west-1:pool",
    "identityId": "eu-west-1:identity",
    "datasetName": "scores",
    "datasetRecords": {"level": {"oldValue": "3", "newValue": "4", "op": "replace"}},
}


def _records(records: Any, why: str) -> tuple[Any, Any, str]:
    return {**_EVENT, "datasetRecords": records}, _EVENT, why


WRONG: list[tuple[Any, Any, str]] = [
    (None, _EVENT, "nothing at all"),
    (_EVENT["datasetRecords"], _EVENT, "the records alone"),
    ([], _EVENT, "an array"),
    ({**_EVENT, "datasetName": "other"}, _EVENT, "another dataset"),
    ({**_EVENT, "identityId": "eu-west-1:other"}, _EVENT, "another identity"),
    ({**_EVENT, "version": 1}, _EVENT, "another version"),
    ({**_EVENT, "ok": True}, _EVENT, "a key more"),
    ({k: v for k, v in _EVENT.items() if k != "region"}, _EVENT, "a key less"),
    _records(None, "null"),
    _records([], "an array"),
    _records({"level": "5"}, "no object"),
    _records({"level": {"newValue": "5"}}, "no op"),
    _records({"level": {"newValue": "5", "op": "delete"}}, "another op"),
    _records({"level": {"newValue": 5, "op": "replace"}}, "a number"),
    _records({"level": {"op": "replace"}}, "no value"),
    _records({"level": {"newValue": "5", "op": "replace", "value": "5"}}, "an unknown key"),
    _records({"level": {"oldValue": 3, "op": "remove"}}, "a number"),
]
"""Answers that Cognito Sync refuses, each with the event and what is wrong with it."""

__all__ = ["WRONG", "Refused", "check"]
