"""Detection: each recogniser is right alone, on every sample of every room, and total over any JSON value."""

from __future__ import annotations

import functools
import json
import random
from collections import Counter
from collections.abc import Iterator
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


def test_exactly_one_recogniser_says_yes() -> None:
    for name, event, _ in SAMPLES:
        claims = [room.name for room in ROOMS if room.recognise(event)]
        assert claims == [name.partition(".")[0]], name
        assert detect(event) == claims[0], name


def test_every_room_has_samples() -> None:
    assert {name.partition(".")[0] for name, _, _ in SAMPLES} == {room.name for room in ROOMS}


def test_real_events_are_named_right_each_by_exactly_one_recogniser(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    real = labelled(shared_events)
    assert len(real) > 100
    for file, event, expected in real:
        assert claims(event) == ([] if expected is None else [expected]), file
        assert detect(event) == expected, file


def test_every_label_is_a_room_or_one_of_the_kinds_that_have_none(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    assert {label["source"] for label in labels.values()} - {room.name for room in ROOMS} == ROOMLESS
    written = {str(path.relative_to(shared_events)) for path in shared_events.rglob("*.json")}
    assert written - {"labels.json"} == labels.keys()  # none is left out
    for name in ROOMLESS:
        assert not hasattr(Router(), name)


@pytest.mark.parametrize("seed", range(3))
def test_the_matrix_of_rooms_and_kinds_of_events_is_its_diagonal(
    seed: int, shared_events: Path | None
) -> None:
    """Each recogniser by itself against each event, in any order: yes to all of its own kind and to nothing else."""
    events, rooms = everything(shared_events), list(ROOMS)
    random.Random(seed).shuffle(events)
    random.Random(seed).shuffle(rooms)
    drawn = Counter((kind, room.name) for room in rooms for _, event, kind in events if room.recognise(event))
    kinds = Counter(kind for _, _, kind in events if kind is not None)
    assert drawn == Counter({(kind, kind): times for kind, times in kinds.items()})
    assert kinds.keys() == {room.name for room in rooms}


# -- the matrix --------------------------------------------------------------------------------------------

Labelled = tuple[str, Any, str | None]

ROOMLESS = {
    *("ambiguous", "not_an_event"),  # a direct call's, for all that can be seen
    *("durable_execution", "step_functions"),
    *("cloudwatch_custom_widget", "kinesis_analytics", "sagemaker_ground_truth", "workmail"),
}
"""The labels of real events that no room takes: `detect` says None."""

MARKS = {
    # What only one service has at the top of its events: with two of them an event would be two services' whole
    # envelopes, or one that is another by definition, as a proxy request with an ARN is an authorizer's.
    *(
        "Records",
        "records",
        "tasks",
        "awslogs",
        "CodePipeline.job",
        "Details",
        "directive",
        "event",
        "event: ",
    ),
    *("requestContext", "methodArn", "routeArn", "agent", "actionGroup", "applicationArn", "alarmData"),
    *("sessionState", "context", "header", "version", "arguments", "info"),
}
"""Keys that AWS never adds to another service's events, since they say whose an event is."""

RECORD_MARKS = {"eventSource", "EventSource", "cf"}
"""The same of records: one names one service."""

CONTEXT_MARKS = {"elb", "connectionId", "serviceNetworkArn", "serviceArn", "queryString"}
"""The same of request contexts."""

JUNK: list[Any] = [None, True, 0, 1.5, "", "text", "1.0", [], [1], {}, {"a": 1}]
WORDS = ["", "extra", "futureField", "Event ", "0", "Source", "sourceARN", "eventsource", "$", "\u2603"]


def labelled(directory: Path) -> list[Labelled]:
    """The real events, each with the room that is right for it, or None where there is none."""
    known = {room.name for room in ROOMS}
    labels = json.loads((directory / "labels.json").read_text())
    return [
        (file, json.loads((directory / file).read_text()), source if source in known else None)
        for file, source in ((file, label["source"]) for file, label in labels.items())
    ]


def everything(directory: Path | None) -> list[Labelled]:
    own: list[Labelled] = [(name, event, name.partition(".")[0]) for name, event, _ in SAMPLES]
    return own + (labelled(directory) if directory is not None else [])


def claims(event: Any) -> list[str]:
    return [room.name for room in ROOMS if room.recognise(event)]


@functools.cache
def table(seed: int) -> Table:
    """A table that has come to know the rooms in some order."""
    rooms, found = list(ROOMS), Table()
    random.Random(seed).shuffle(rooms)
    for room in rooms:
        found.add(room)
    return found


def records(event: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for key in ("Records", "records", "messages", "tasks"):
        held = event.get(key)
        if isinstance(held, list) and held and all(isinstance(record, dict) for record in held):
            yield key, held


def context(event: Any) -> dict[str, Any]:
    held = event.get("requestContext")
    return held if isinstance(held, dict) else {}


def vocabulary(dicts: Iterator[dict[str, Any]], marks: set[str]) -> list[tuple[str, list[Any]]]:
    """The keys that there are, marks left out, each with what stands under it somewhere; and made-up ones."""
    seen: dict[str, dict[str, Any]] = {word: {} for word in WORDS}
    for one in dicts:
        for key, value in one.items():
            seen.setdefault(key, {})[json.dumps(value, sort_keys=True)] = value
    return [(key, [*JUNK, *values.values()]) for key, values in seen.items() if key not in marks]


def longer(given: dict[str, Any], words: list[tuple[str, list[Any]]], rng: random.Random) -> dict[str, Any]:
    """The same with one to three keys more, somewhere among its own."""
    chosen = rng.sample(words, rng.randint(1, 3))
    items = [*given.items(), *((key, rng.choice(values)) for key, values in chosen if key not in given)]
    rng.shuffle(items)
    return dict(items)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_sources_are_known_or_asked_says_nothing(
    seed: int, shared_events: Path | None
) -> None:
    events = everything(shared_events)
    random.Random(seed).shuffle(events)
    for name, event, expected in events:
        found = table(seed).find(event)
        assert (found.name if found else None) == expected, name
        claimed = [room.name for room in table(seed).rooms if room.recognise(event)]
        assert claimed == ([] if expected is None else [expected]), name


@pytest.mark.parametrize("seed", range(4))
def test_keys_that_are_thrown_in_change_nothing(seed: int, shared_events: Path | None) -> None:
    events = [one for one in everything(shared_events) if isinstance(one[1], dict)]
    tops = vocabulary((event for _, event, _ in events), MARKS)
    contexts = vocabulary((context(event) for _, event, _ in events), CONTEXT_MARKS)
    inside = (record for _, event, _ in events for _, held in records(event) for record in held)
    in_records = vocabulary(inside, RECORD_MARKS)
    rng = random.Random(seed)
    for name, event, expected in events * 5:
        odd = longer(event, tops, rng)
        if held := context(event):
            odd["requestContext"] = longer(held, contexts, rng)
        for key, list_of in records(event):
            odd[key] = [longer(one, in_records, rng) if rng.random() < 0.7 else one for one in list_of]
        assert claims(odd) == ([] if expected is None else [expected]), (name, odd)
        assert detect(odd) == expected, (name, odd)


def test_one_key_more_changes_nothing(shared_events: Path | None) -> None:
    events = [one for one in everything(shared_events) if isinstance(one[1], dict)]
    words = vocabulary((event for _, event, _ in events), MARKS)
    for name, event, expected in events:
        for key, values in words:
            if key in event:
                continue
            odd = {**event, key: values[-1]}  # what some event really has there
            assert claims(odd) == ([] if expected is None else [expected]), (name, key)


def test_of_two_envelopes_in_one_the_first_is_named_in_every_process() -> None:
    """AWS sends no such thing; a direct call may, and is not to be another source's by the luck of a hash."""
    logs, job = {"awslogs": {"data": ""}}, {"CodePipeline.job": {"id": "j", "data": {}}}
    assert detect({**logs, **job}) == "cloudwatch_logs"
    assert detect({**job, **logs}) == "codepipeline"


def test_a_record_with_both_spellings_is_whose_it_is_for_the_recognisers() -> None:
    notification = {"EventSource": "aws:sns", "Sns": {"Message": ""}}
    for other in (None, "", "something else", ["aws:sqs"], {}):
        event = {"Records": [{**notification, "eventSource": other}]}
        assert claims(event) == ["sns"]
        assert detect(event) == "sns"


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


@pytest.mark.parametrize("source", sorted({name.partition(".")[0] for name, _, _ in SAMPLES}))
def test_wrong_types_at_every_depth_never_raise(source: str) -> None:
    for event in (event for name, event, _ in SAMPLES if name.partition(".")[0] == source):
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
