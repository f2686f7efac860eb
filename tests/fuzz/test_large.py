"""Large events: detection takes time in proportion to their size, and depth and width upset nothing.

Times are compared with one another only, as processor time, and the best of some tries counts.
"""

from __future__ import annotations

import copy
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from fuzz.test_total import app, places
from lambda_router import Router, RouterError, detect
from lambda_router.presigned import OUTBOX
from lambda_router.source import EventSource, rooms
from lambda_router.sources.sqs import Sqs
from lambda_router.testing import event
from lambda_router.testing.events import names, samples

MB = 1_000_000
LARGEST = 6 * MB
ROOMS = sorted({name.partition(".")[0] for name in names()})
every_room = pytest.mark.parametrize("room", ROOMS)


@cache
def filler(size: int) -> dict[str, str]:
    """As many members as make so many bytes."""
    return {f"member-{number:08}": "value" for number in range(size // 28)}


def more_records(given: Any, size: int) -> Any:
    """Every list of objects as often as makes so many bytes; None where there is no such list."""
    grown = copy.deepcopy(given)
    times = size // len(json.dumps(given)) + 1
    lists = [one for path in ((), *places(grown)) if is_list_of_objects(one := at(grown, path))]
    for one in lists:
        one *= times
    return grown if lists else None


def more_members(given: Any, size: int) -> Any:
    """The event, or the first of an array, with further members, and its first objects too."""
    if isinstance(given, list):
        return [more_members(given[0], size), *given[1:]]
    share = filler(size // 2)
    inside = {key: {**value, **share} for key, value in given.items() if isinstance(value, dict)}
    return {**given, **dict(list(inside.items())[:1]), **filler(size // 2 if inside else size)}


def longer_text(given: Any, size: int) -> Any:
    """The event with texts that are longer."""
    grown = copy.deepcopy(given)
    texts = [path for path in places(grown) if isinstance(at(grown, path), str)]
    for path in texts:
        at(grown, path[:-1])[path[-1]] += "x" * (size // len(texts))
    return grown


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


GROWN: list[Callable[[Any, int], Any]] = [more_records, more_members, longer_text]


# -- time ---------------------------------------------------------------------------------------------------------


def seconds(work: Callable[[], object], *, times: int) -> float:
    """The least processor time of a few runs of so many calls."""
    found = []
    for _ in range(3):
        began = time.thread_time()
        for _ in range(times):
            work()
        found.append(time.thread_time() - began)
    return min(found)


def ratio(work: Callable[[Any], object], half: Any, whole: Any) -> float:
    """How many times as long the whole takes; in the best of some tries, for the machine does other things too."""
    began = time.thread_time()
    work(half)
    times = int(0.002 / max(time.thread_time() - began, 1e-7)) + 1  # so that a clock's tick does not matter
    best = float("inf")
    for _ in range(5):
        best = min(best, seconds(lambda: work(whole), times=times) / seconds(lambda: work(half), times=times))
        if best <= 2.5:
            break
    return best


@every_room
def test_detection_is_linear(room: str) -> None:
    for grown in GROWN:
        given = event(room)
        half, whole = (grown(given, size) for size in (LARGEST // 2, LARGEST))
        if whole is not None:
            assert ratio(detect, half, whole) <= 2.5, grown.__name__


def test_what_is_not_linear_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def each_with_each(found: Any) -> bool:
        return all(
            one is two or one["eventSource"] == "aws:sqs"
            for one in found["Records"]
            for two in found["Records"]
        )

    half, whole = (more_records(event("sqs"), size) for size in (50_000, 100_000))
    assert detect(whole) == "sqs"
    monkeypatch.setattr(Sqs, "recognise", staticmethod(each_with_each))
    monkeypatch.setattr(Router, "_everything", None)
    assert ratio(detect, half, whole) > 2.5


# -- depth and width ----------------------------------------------------------------------------------------------


def nested(depth: int) -> Any:
    value: Any = "bottom"
    for number in range(depth):
        value = [value] if number % 2 else {"a": value}
    return value


DEEP_TEXTS = [json.dumps(nested(900)), "[" * 100_000]


def with_member(given: Any, key: str, value: Any) -> Any:
    """The event, or the first of an array, with one more member."""
    if isinstance(given, list):
        return [with_member(given[0], key, value), *given[1:]]
    return {**given, key: value}


def deep(given: Any) -> Iterator[Any]:
    """The event with something 900 deep beside everything, in place of each of its values, and as text."""
    yield with_member(given, "deep", nested(900 - 2))
    for path in places(given):
        for value in (nested(900 - len(path)), *(DEEP_TEXTS if isinstance(at(given, path), str) else ())):
            grown = copy.deepcopy(given)
            at(grown, path[:-1])[path[-1]] = value
            yield grown


def wide(given: Any) -> Iterator[Any]:
    """The event with 10,000 records, and with a key of a million characters in each object and in all of them."""
    times = 10_000
    grown = copy.deepcopy(given)
    for path in ((), *places(grown)):
        if is_list_of_objects(at(grown, path)):
            at(grown, path)[:] = at(grown, path) * times
            yield grown
            break
    key = "k" * MB
    yield with_member(given, key, key)
    whole = copy.deepcopy(given)
    for path in places(given):
        if isinstance(at(given, path), dict):
            at(whole, path)[key] = "value"
    yield whole


class Told(logging.Handler):
    """Everything that is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def router() -> Router:
    """An app that asks for every part of everything."""
    return app()


def upset(router: Router, events: Iterator[Any]) -> list[str]:
    """What went wrong beyond what is documented, in a thread of its own: Lambda calls from a stack that is not deep."""
    found: list[str] = []
    told = Told()
    log = logging.getLogger("lambda_router")

    def work() -> None:
        put: list[Any] = []
        OUTBOX.set(put)
        for given in events:
            try:
                answer = router(given, None)
                found.extend(["RecursionError in the answer"] if "RecursionError" in str(answer) else [])
            except RouterError as error:
                found.extend([f"an error of {len(str(error))}"] if len(str(error)) > 4_096 else [])
                found.extend(["RecursionError in a batch"] if "RecursionError" in str(error) else [])
            except BaseException as error:
                found.append(repr(error)[:200])
        found.extend(str(one)[:300] for one in put if "RecursionError" in str(one))

    log.addHandler(told)
    log.propagate = False
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        log.removeHandler(told)
        log.propagate = True
    found += [line[:300] for line in told.lines if "RecursionError" in line or len(line) > 8_192]
    return found


@every_room
def test_depth_upsets_nothing(router: Router, room: str) -> None:
    given = max((one for _, one, _ in samples(room)), key=lambda one: len(places(one)))
    assert upset(router, deep(given)) == []


@every_room
def test_width_upsets_nothing(router: Router, room: str) -> None:
    given = next(one for _, one, _ in samples(room))
    assert upset(router, wide(given)) == []


def test_an_upset_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def bottom(value: Any) -> Any:
        return (
            bottom(next(iter(value.values() if isinstance(value, dict) else value)))
            if value != "bottom"
            else 1
        )

    router = Router()

    @router.sqs("*")
    def handler(event: Any) -> None:
        bottom([event["Records"][0].get("deep", "bottom")] * 1)

    given = event("sqs")
    given["Records"][0]["deep"] = nested(990)
    assert upset(router, iter([given]))


def test_there_is_a_room_with_records_for_each_line() -> None:
    loaded = {name: line.load() for name, line in rooms(Router)}
    records = {name for name, cls in loaded.items() if issubclass(cls, EventSource) and cls.records}
    assert {room for room in records & set(ROOMS) if more_records(event(room), 1_000) is None} == set()
