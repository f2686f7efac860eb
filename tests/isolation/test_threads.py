"""Calls in several threads at once have nothing to do with one another.

The interpreter changes threads every microsecond, so that what takes two steps is often interrupted between them.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from isolation.app import Case, Outcome, build, cases, send
from isolation.conftest import CAMPAIGN
from lambda_router import Router
from lambda_router.dependencies import Scope
from lambda_router.invocation import Invocation

THREADS = 16
Expected = dict[tuple[str, Case], Outcome]


@pytest.fixture
def hurry() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def expected(apps: dict[str, Any], *, every: int) -> Expected:
    """What comes of some of the cases, one after the other; of failures not as many as there are kinds of them."""
    chosen = [case for case in cases() if case.plan in ("succeed", "some", "edit")] + cases()[::7]
    return {(flavour, case): send(app, case) for flavour, app in apps.items() for case in chosen[::every]}


def mixed(apps: dict[str, Any], wanted: Expected, *, calls: int) -> list[tuple[str, Case]]:
    """The cases that had another outcome among as many calls in each of sixteen threads at once."""
    wrong: list[tuple[str, Case]] = []
    gate = threading.Barrier(THREADS)
    keys = list(wanted)

    def work(seed: int) -> None:
        chosen = random.Random(seed).choices(keys, k=calls)
        gate.wait()
        for key in chosen:
            flavour, case = key
            try:
                same = send(apps[flavour], case) == wanted[key]
            except Exception:
                same = False
            if not same:
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.timeout(0 if CAMPAIGN else 120)
@pytest.mark.parametrize(("flavour", "calls"), [("plain", 1_000), ("asynchronous", 40), ("concurrent", 40)])
def test_sixteen_threads_do_not_meet(flavour: str, calls: int, hurry: None) -> None:
    """16 x 1,000 calls of all rooms through one app; asynchronous code takes longer, so that it has fewer."""
    app = {flavour: build(flavour)}
    assert mixed(app, expected(app, every=3), calls=max(CAMPAIGN, calls)) == []


def test_nor_do_the_first_calls_of_an_app(apps: dict[str, Router], hurry: None) -> None:
    """What an app makes at its first event, sixteen make at once."""
    wanted = expected(apps, every=40)
    assert mixed({flavour: build(flavour) for flavour in apps}, wanted, calls=3) == []


# -- with the rule broken -----------------------------------------------------------------------------------------


def _the_invocation_is_kept_on_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    answer: Callable[..., Any] = Router._answer

    def keep(self: Any, invocation: Invocation, allowed: Any) -> Any:
        self.current = invocation
        self._detect(invocation.event)
        return answer(self, self.current, allowed)

    monkeypatch.setattr(Router, "_answer", keep)


def _the_event_is_kept_on_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    class Held:
        event: Any = None

    def at(self: Invocation, route: Any, subject: Any) -> Any:
        Held.event = self.event
        call = plain_at(self, route, subject)
        call.event = Held.event
        return call

    plain_at: Callable[..., Any] = Invocation.at
    monkeypatch.setattr(Invocation, "at", at)


def _one_scope_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[Any, Any] = {}

    def enter(self: Scope) -> Scope:
        values.clear()
        self.values = values
        return self

    monkeypatch.setattr(Scope, "__enter__", enter)


BROKEN = [_the_invocation_is_kept_on_the_app, _the_event_is_kept_on_the_class, _one_scope_for_all]


@pytest.mark.parametrize("broken", BROKEN)
def test_the_threads_see_a_broken_rule(
    plain: Router, monkeypatch: pytest.MonkeyPatch, hurry: None, broken: Any
) -> None:
    wanted = expected({"plain": plain}, every=20)
    broken(monkeypatch)
    assert mixed({"plain": plain}, wanted, calls=100)
