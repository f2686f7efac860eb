"""History does not matter: what comes of an event is the same alone and after any others.

A run has 8 sequences of 50 events; `LAMBDA_ROUTER_ISOLATION=1000` makes it a thousand.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from isolation.alone import Alone
from isolation.app import FLAVOURS, PLANS, Case, build, cases, events, send
from isolation.conftest import CAMPAIGN
from lambda_router import Router
from lambda_router import router as hub
from lambda_router.dependencies import Scope
from lambda_router.invocation import Invocation
from lambda_router.source import EventSource
from lambda_router.testing.events import names

anything = st.builds(
    lambda name, plan: Case(name, events()[name], plan),
    st.sampled_from(sorted(events())),
    st.sampled_from(PLANS),
)


class History(RuleBasedStateMachine):
    """One environment: an app of some flavour, and events of all rooms in any order."""

    alone: Alone
    differences: list[Case]

    @initialize(flavour=st.sampled_from(FLAVOURS))
    def begin(self, flavour: str) -> None:
        self.flavour = flavour
        self.app = build(flavour)

    def check(self, outcome: Any, case: Case) -> None:
        expected = self.alone(self.flavour, case)
        if outcome != expected:
            self.differences.append(case)
        assert outcome == expected, case
        assert outcome.event == case.text
        assert outcome.left == ()

    @rule(case=anything)
    def event(self, case: Case) -> None:
        self.check(send(self.app, case), case)

    @rule(case=anything, times=st.integers(2, 3))
    def the_same_event_again(self, case: Case, times: int) -> None:
        for _ in range(times):
            self.check(send(self.app, case), case)

    @rule(case=anything)
    def event_in_another_thread(self, case: Case) -> None:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(send(self.app, case)))
        thread.start()
        thread.join()
        self.check(found[0], case)

    @rule(case=anything)
    def event_inside_a_running_loop(self, case: Case) -> None:
        async def main() -> Any:
            return send(self.app, case)

        self.check(asyncio.run(main()), case)

    def teardown(self) -> None:
        self.app.close()


def run(alone: Alone, *, sequences: int, repeatable: bool = False) -> None:
    History.alone, History.differences = alone, []
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=50,
        deadline=None,
        phases=[Phase.generate] if repeatable else tuple(Phase),
        derandomize=repeatable,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(History, settings=chosen)  # type: ignore[no-untyped-call]


@pytest.mark.timeout(0 if CAMPAIGN else 120)
def test_what_comes_of_an_event_does_not_depend_on_what_came_before(alone: Alone) -> None:
    run(alone, sequences=CAMPAIGN or 8)


def test_every_room_takes_part_in_every_flavour(apps: dict[str, Router]) -> None:
    """Each packaged event reaches its handler, and succeeds; a new room that needs a result says so here."""
    for flavour, app in apps.items():
        succeeded: Counter[str] = Counter()
        for case in (c for c in cases() if c.plan == "succeed"):
            outcome = send(app, case)
            assert outcome.error is None, (flavour, case.name, outcome.error)
            answer = outcome.answer
            assert not isinstance(answer, dict) or answer.get("statusCode", 200) < 400, (flavour, case.name)
            succeeded[case.room] += any("handler" in seen for seen in outcome.seen)
        assert {name for name in succeeded if succeeded[name]} == {n.partition(".")[0] for n in names()} | {
            "invoke"
        }


def test_the_plans_lead_to_every_kind_of_end(apps: dict[str, Router]) -> None:
    found: Counter[str] = Counter()
    for case in cases():
        error = send(apps["plain"], case).error
        found[error[0] if error else "answer"] += 1
    ends = (
        "answer",
        "BatchError",
        "ConcealedError",
        "ResultError",
        "ValueError",
        "SystemExit",
        "Reject",
        "Retry",
    )
    assert all(found[end] > 20 for end in ends), found


# -- with the rule broken -----------------------------------------------------------------------------------------


def _one_state_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    make = Invocation.__init__

    def init(self: Invocation, *given: Any, **more: Any) -> None:
        make(self, *given, **more)
        self.state = state

    monkeypatch.setattr(Invocation, "__init__", init)


def _dependencies_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[Any, Any] = {}
    make = Scope.__init__

    def init(self: Scope) -> None:
        make(self)
        self.values = values

    monkeypatch.setattr(Scope, "__init__", init)


def _routes_are_remembered_for_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[int, Any] = {}
    look = EventSource.candidates
    monkeypatch.setattr(
        EventSource, "candidates", lambda self, key: found.setdefault(id(self), look(self, key))
    )


def _variables_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        @staticmethod
        def run(function: Callable[..., Any], *given: Any) -> Any:
            return function(*given)

    monkeypatch.setattr(hub, "copy_context", Context)
    # `send` copies the context too, so that only what happens within one call would be seen.
    monkeypatch.setattr("isolation.app.copy_context", Context)


BROKEN = [
    _one_state_for_all,
    _dependencies_are_kept,
    _routes_are_remembered_for_the_room,
    _variables_are_kept,
]


@pytest.mark.parametrize("broken", BROKEN)
def test_the_machine_sees_a_broken_rule(alone: Alone, monkeypatch: pytest.MonkeyPatch, broken: Any) -> None:
    broken(monkeypatch)

    def look() -> None:
        with pytest.raises(
            Exception
        ):  # hypothesis may also complain of what leaks from one sequence to the next
            run(alone, sequences=40, repeatable=True)

    copy_context().run(look)
    assert History.differences
