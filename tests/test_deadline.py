"""The deadline: what is started has time to finish, on any clock that a context may have."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import MagicMock

import pytest
from awslambdaric.lambda_context import LambdaContext
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router.deadline import Deadline


class Clock:
    """A context that reads its times one after the other, the last for ever."""

    def __init__(self, *times: Any) -> None:
        self.times = list(times)

    def get_remaining_time_in_millis(self) -> Any:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]


def run(clock: Any, *, margin: float = 1.0, records: int = 10, each: Any = None) -> int:
    """How many records are started when each is followed by `each`."""
    deadline = Deadline(clock, margin)
    for started in range(records):
        if deadline.passed():
            return started
        if each is not None:
            each()
    return records


@pytest.mark.parametrize(
    ("limit", "took", "margin", "started"),
    [
        (
            3000,
            600,
            1.0,
            4,
        ),  # 1200 ms are left after three, and 600 after four, which is less than the margin
        (3000, 100, 1.0, 20),
        (3000, 600, 0, 4),  # 600 ms are too few for what took 600 before
        (900, 100, 1.0, 6),  # the margin is a third of what there was
        (900, 100, 0.1, 8),
        (900, 2000, 1.0, 1),
        (1, 0.1, 1.0, 7),
        (60_000, 0, 1.0, 100),
        (60_000, 0, 59.9, 100),
    ],
)
def test_a_record_is_started_while_there_is_time_for_it(
    limit: float, took: float, margin: float, started: int
) -> None:
    clock = Clock(limit)

    def work() -> None:
        clock.times[0] -= took

    assert run(clock, margin=margin, records=100, each=work) == started


def test_the_slowest_record_decides_not_the_last() -> None:
    clock = Clock(10_000)
    taken = iter([100, 4000, 100, 100])

    def work() -> None:
        clock.times[0] -= next(taken)

    assert run(clock, each=work) == 2  # 5900 ms are left, and one took 4000


def test_the_time_before_the_first_record_is_no_record() -> None:
    assert run(Clock(10_000, 4000)) == 10


@pytest.mark.parametrize("left", [0, -1, -60_000, 0.0, -0.5, float("-inf"), False])
def test_no_time_starts_nothing(left: float) -> None:
    assert run(Clock(left)) == 0


def test_time_that_has_passed_is_not_a_reason_to_go_on() -> None:
    assert run(Clock(5000, 5000, -3)) == 1


def test_a_clock_that_jumps_back_and_forth() -> None:
    assert run(Clock(3000, 3000, 9000, 8000, 8500, 8400)) == 10
    assert run(Clock(3000, 3000, 5, 9000)) == 1
    assert run(Clock(300_000, 300_000, 200_000, 190_000)) == 10
    assert run(Clock(300_000, 300_000, 100_000)) == 1  # a record may take 200 s again


@pytest.mark.parametrize(
    "context",
    [
        None,
        object(),
        MagicMock(),
        Clock(None),
        Clock("3000"),
        Clock(float("nan")),
        Clock([]),
        Clock(float("inf")),
    ],
)
def test_without_a_readable_clock_there_is_no_deadline(context: Any) -> None:
    assert run(context) == 10


def test_an_attribute_that_cannot_be_called_is_no_clock() -> None:
    class Odd:
        get_remaining_time_in_millis = 5

    assert run(Odd()) == 10


def test_a_context_of_the_real_runtime_client() -> None:
    import time

    now = int(time.time() * 1000)
    assert run(LambdaContext("id", None, None, now + 60_000, "arn", None)) == 10
    assert run(LambdaContext("id", None, None, now - 1, "arn", None)) == 0


@settings(max_examples=300, deadline=None)
@given(
    limit=st.floats(0, 900_000),
    margin=st.floats(0, 30),
    mean=st.floats(0.1, 5000),
    seed=st.integers(0, 2**32),
)
def test_none_is_started_within_the_margin(limit: float, margin: float, mean: float, seed: int) -> None:
    source = random.Random(seed)
    clock = Clock(limit)
    deadline = Deadline(clock, margin)
    slowest = 0.0
    least = min(margin * 1000, limit / 3)
    for _ in range(50):
        before = clock.times[0]
        if deadline.passed():
            assert before <= least or before <= slowest * 1.5
            return
        assert before > least
        assert before > slowest
        clock.times[0] = before - source.lognormvariate(0, 1) * mean
        slowest = max(slowest, before - clock.times[0])
