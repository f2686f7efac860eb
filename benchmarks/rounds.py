"""Rounds: the sides of a comparison take turns, and each round gives one ratio of them.

A busy neighbour slows the sides of one round alike, so that the ratio within a round holds where times do
not, and the median over the rounds is indifferent to those in which it did not. The clock counts the
processor time of the thread: what the machine does for others in between is not in it. The sides change
their order from round to round. No event is used twice: each side gets a block of its own in every round,
made before the clock starts, and what came of it is checked after the clock has stopped.
"""

from __future__ import annotations

import gc
import logging
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import thread_time_ns
from typing import Any


class WrongAnswerError(Exception):
    """A side of a comparison did not do the work, so its time means nothing."""


@dataclass(frozen=True)
class Call:
    """One invocation to be timed: its event, its context, and what has to come of it."""

    event: Any
    context: Any
    expected: Any


@dataclass(frozen=True)
class Side:
    """One program of a comparison.

    `handler` is called as Lambda calls it; `calls` makes a block of calls that it has not seen; `check`
    takes the calls and their answers and raises WrongAnswerError unless the work was done.
    """

    name: str
    handler: Callable[[Any, Any], Any]
    calls: Callable[[], Sequence[Call]]
    check: Callable[[Sequence[Call], Sequence[Any]], None]

    def time(self) -> float:
        """Nanoseconds a call, over one block."""
        calls = self.calls()
        handler, answers = self.handler, []
        pairs = [(call.event, call.context) for call in calls]
        gc.collect()
        begin = thread_time_ns()
        for event, context in pairs:
            answers.append(handler(event, context))
        taken = thread_time_ns() - begin
        self.check(calls, answers)
        return taken / len(calls)


@dataclass
class Times:
    """What the sides took, by name, one figure a round."""

    unit: str
    taken: dict[str, list[float]]

    def middle(self, name: str) -> float:
        """The median of a side."""
        return median(self.taken[name])

    def ratio(self, above: str, below: str) -> Ratio:
        """How many times as long the one side takes as the other."""
        return Ratio.of([a / b for a, b in zip(self.taken[above], self.taken[below], strict=True)])


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' ratios, and the quartiles between which half of the rounds lie."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ratios: Sequence[float]) -> Ratio:
        """The ratio of at least two rounds."""
        low, middle, high = quantiles(ratios, n=4, method="inclusive")
        return cls(middle, low, high)


def run(sides: Sequence[Side], *, rounds: int, warmup: int = 2) -> Times:
    """Time every side once a round, after rounds that do not count.

    The garbage collector is on, as it is in Lambda, for all sides alike. What exists when the rounds begin
    is put out of its sight, so that no side pays for walking the modules of another.
    """
    times = Times("µs", {side.name: [] for side in sides})
    turns = random.Random(20)
    gc.collect()
    gc.freeze()
    try:
        for number in range(-warmup, rounds):
            for side in turns.sample(sides, len(sides)):
                taken = side.time()
                if number >= 0:
                    times.taken[side.name].append(taken / 1000)
    finally:
        gc.unfreeze()
    return times


def log_to_nowhere() -> None:
    """Have log lines made and written, as in Lambda, but not shown: a failed record costs them too."""
    logging.basicConfig(filename=os.devnull, format="[%(levelname)s]\t%(asctime)s\t%(message)s")
