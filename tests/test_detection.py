"""Detection: each recogniser is right alone, on every sample of every room, and total over any JSON value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import Router, detect
from lambda_router.detection import Table
from lambda_router.testing.events import samples

ROOMS = Router.everything().rooms
SAMPLES = list(samples())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("name", "event"), [(name, event) for name, event, _ in SAMPLES], ids=[s[0] for s in SAMPLES]
)
def test_exactly_one_recogniser_says_yes(name: str, event: Any) -> None:
    claims = [room.name for room in ROOMS if room.recognise(event)]
    assert claims == [name.partition(".")[0]]
    assert detect(event) == claims[0]


def test_every_room_has_samples() -> None:
    assert {name.partition(".")[0] for name, _, _ in SAMPLES} == {room.name for room in ROOMS}


def test_real_events_are_named_right_each_by_exactly_one_recogniser(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    known = {room.name for room in ROOMS}
    labels = json.loads((shared_events / "labels.json").read_text())
    assert len(labels) > 100
    for file, label in labels.items():
        event = json.loads((shared_events / file).read_text())
        expected = [label["source"]] if label["source"] in known else []
        assert [room.name for room in ROOMS if room.recognise(event)] == expected, file
        assert detect(event) == (expected[0] if expected else None), file


@settings(max_examples=500, deadline=None)
@given(JSON)
def test_detect_is_total(value: Any) -> None:
    assert detect(value) is None or isinstance(detect(value), str)
    for room in ROOMS:
        assert room.recognise(value) in (True, False)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*path, index))
    return found


def replaced(event: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(event) if isinstance(event, dict) else list(event)
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


WRONG: list[Any] = [None, True, 0, 1.5, "", "text", [], [[]], [None], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("name", "event"), [(name, event) for name, event, _ in SAMPLES], ids=[s[0] for s in SAMPLES]
)
def test_wrong_types_at_every_depth_never_raise(name: str, event: Any) -> None:
    for path in paths(event):
        for value in WRONG:
            mutated = replaced(event, path, value)
            assert len([room.name for room in ROOMS if room.recognise(mutated)]) <= 1
            detect(mutated)


def test_every_record_must_prove_the_source() -> None:
    record = {"eventSource": "aws:sqs", "messageId": "1", "body": ""}
    assert detect({"Records": [record, record]}) == "sqs"
    for other in ({**record, "eventSource": "aws:s3"}, {}, None, "text", {"EventSource": "aws:sns"}):
        assert detect({"Records": [record, other]}) is None
        assert detect({"Records": [other, record]}) is None


def test_the_table_asks_only_what_the_marks_point_to() -> None:
    asked: list[str] = []

    class Room:
        def __init__(self, name: str, *marks: str) -> None:
            self.name, self.marks = name, marks

        def recognise(self, event: Any) -> bool:
            asked.append(self.name)
            return False

    table = Table()
    for room in (
        Room("record", "Records[0].eventSource=aws:x"),
        Room("source", "eventSource=aws:y"),
        Room("context", "requestContext.z"),
        Room("key", "marker"),
        Room("array", "[]"),
    ):
        table.add(room)
        table.add(room)
    for event, expected in (
        ({"Records": [{"eventSource": "aws:x"}]}, ["record"]),
        ({"Records": [{"EventSource": "aws:x"}]}, ["record"]),
        ({"Records": [{"eventSource": ["aws:x"]}]}, []),
        ({"eventSource": "aws:y"}, ["source"]),
        ({"requestContext": {"z": 1}}, ["context"]),
        ({"marker": 1, "other": 2}, ["key"]),
        ([1], ["array"]),
        ([], []),
        ({"Records": {}}, []),
        ({"Records": [[]], "requestContext": []}, []),
    ):
        asked.clear()
        assert table.find(event) is None
        assert asked == expected
