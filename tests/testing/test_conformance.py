"""The conformance suite says what a source lacks: a good source passes, and each fault is seen by the check for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_router import Router
from lambda_router.source import Lazy
from lambda_router.testing import conformance, event, events

GOOD = {
    "source": '''"""The telegraph office.

Invoked by
    The office, synchronously.
Answer
    `{"reply": ...}`.
An exception
    Is raised.
See
    https://example.com/telegraph
"""
from lambda_router import criteria
from lambda_router.errors import ResultError
from lambda_router.source import EventSource, RouteFactory, field

class Telegraph(EventSource):
    """Telegrams to a place."""

    name = "telegraph"
    marks = ("telegram",)
    payload = "text"
    parts = {"text": field("telegram", "text")}

    def __call__(self, to="*", *, middleware=(), name=None) -> RouteFactory:
        """Telegrams."""
        return self.route(criteria.glob("to", field("telegram", "to"), to), middleware=middleware, name=name)

    @staticmethod
    def recognise(event):
        """A telegram."""
        return isinstance(event, dict) and isinstance(event.get("telegram"), dict)

    def shape(self, result, invocation):
        """The reply."""
        if not isinstance(result, str):
            raise ResultError("a reply is a text", path="$")
        return {"reply": result}
''',
    "office": '''"""The router."""
from lambda_router import Router
from lambda_router.source import Lazy

class Office(Router):
    """Takes telegrams."""
    telegraph = Lazy("{package}.source:Telegraph")
''',
    "samples/__init__": '''"""Telegrams."""
__all__ = ["event"]

def event(to="Kyiv", *, text="come"):
    """A telegram."""
    return {"telegram": {"to": to, "text": text}}
''',
    "model": '''"""What the office takes."""

def check(answer, event):
    assert isinstance(answer, dict) and answer.keys() == {"reply"} and isinstance(answer["reply"], str)

WRONG = [(value, None, "no reply") for value in (None, 1, 1.5, True, [], {}, [1], {"a": 1}, [[]], {"reply": 1})]
''',
}
SAMPLE = {"see": "https://example.com/telegraph", "event": {"telegram": {"to": "Lviv", "text": "go"}}}
NUMBER = iter(range(10_000))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make a package with a source in it, some of its text replaced, and give its Room."""
    monkeypatch.syspath_prepend(str(tmp_path))
    offered = dict(events._OFFERED)

    def make(
        *changes: tuple[str, str], samples: Any = (SAMPLE,), route: Any = None, **options: Any
    ) -> conformance.Room:
        package = f"made_up_{next(NUMBER)}"
        for name, text in GOOD.items():
            path = tmp_path / package / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = text.replace("{package}", package)
            for old, new in changes:
                text = text.replace(old, new)
            path.write_text(text, "utf-8")
        for number, sample in enumerate(samples):
            (tmp_path / package / "samples" / f"one{number}.json").write_text(json.dumps(sample), "utf-8")
        events._OFFERED.clear()
        events.offer("telegraph", f"{package}.samples")
        __import__(f"{package}.office")
        __import__(f"{package}.model")
        modules = sys.modules
        return conformance.Room(
            modules[f"{package}.office"].Office,
            "telegraph",
            route=route or (lambda app: app.telegraph()),
            result=options.pop("result", lambda event: "stop"),
            model=modules[f"{package}.model"],
        )

    yield make
    events._OFFERED.clear()
    events._OFFERED.update(offered)
    events._packages.cache_clear()
    events.builders.cache_clear()


def faults(room: conformance.Room) -> set[str]:
    """The names of the checks that fail."""
    found = set()
    for check in conformance.CHECKS:
        try:
            check(room)
        except Exception:  # whatever fails a test of pytest
            found.add(check.__name__)
    return found


def test_a_good_source_passes(made: Any) -> None:
    assert faults(made()) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('name = "telegraph"', 'name = "telegram"'), "one_name_everywhere"),
        (("Answer\n", "Reply\n"), "the_module_says_what_the_contract_is"),
        (("https://example.com/telegraph\n", "nowhere\n"), "the_module_says_what_the_contract_is"),
        (('"""Telegrams to a place."""', "pass"), "the_class_and_its_decorators_have_docstrings"),
        (('        """Telegrams."""\n', ""), "the_class_and_its_decorators_have_docstrings"),
        (
            ("middleware=(), name=None)", "name=None)"),
            "every_decorator_takes_a_name_and_middleware",
        ),
        ((") -> RouteFactory", ")"), "every_decorator_takes_a_name_and_middleware"),
        (("isinstance(event, dict) and", "'telegram' in event and"), "the_recogniser_is_its_own_and_total"),
        (('isinstance(event.get("telegram"), dict)', "True"), "no_event_of_another_is_claimed"),
        (('isinstance(event.get("telegram"), dict)', '"to" in event'), "its_events_are_its_own"),
        (('marks = ("telegram",)', 'marks = ("telegrams",)'), "its_events_are_its_own"),
        (('"text": text}}', '"text": event}}'), "events_are_made_anew"),
        (('return {"telegram": {"to": to', 'return {"telegram": HELD or {"to": to'), "events_are_made_anew"),
        (('return {"reply": result}', 'return {"answer": result}'), "its_events_reach_their_handler"),
        (
            (
                'return {"reply": result}',
                'invocation.event["telegram"]["read"] = 1; return {"reply": result}',
            ),
            "hostile_events_are_answered_or_refused",
        ),
        (
            (
                '        if not isinstance(result, str):\n            raise ResultError("a reply is a text", path="$")\n',
                "",
            ),
            "wrong_answers_are_not_given",
        ),
        (("    assert isinstance(answer, dict) and", "    return; assert"), "wrong_answers_are_not_given"),
        (('"""The router."""\n', '"""The router."""\nimport {package}.source\n'), "the_line_is_lazy"),
        (
            ("from lambda_router import criteria\n", "from lambda_router import criteria\nimport asyncio\n"),
            "the_line_is_lazy",
        ),
    ],
)
def test_a_fault_is_seen(made: Any, change: tuple[str, str], expected: str) -> None:
    old, new = change
    changes = [change]
    if expected == "every_decorator_takes_a_name_and_middleware":
        changes.append((", middleware=middleware, name", ", name"))
    if "HELD" in new:
        changes.append(('__all__ = ["event"]', '__all__ = ["event"]\nHELD = {"to": "a", "text": "b"}'))
    if "{package}" in new:
        changes = [(old, new.replace("{package}", f"made_up_{next_number()}"))]
    assert expected in faults(made(*changes))


def next_number() -> int:
    """The number that the next package will have."""
    global NUMBER
    number = next(NUMBER)
    from itertools import chain

    NUMBER = chain([number], NUMBER)  # type: ignore[assignment]
    return number


def test_a_sample_without_a_page_and_no_sample_at_all(made: Any) -> None:
    assert "samples_name_their_page" in faults(made(samples=[{**SAMPLE, "see": "nowhere"}]))
    assert "its_events_are_its_own" in faults(made(samples=[]))


def test_a_route_that_takes_nothing(made: Any) -> None:
    room = made(route=lambda app: app.telegraph("nowhere"))
    with pytest.raises(AssertionError, match="NoRouteError"):
        conformance.its_events_reach_their_handler(room)


def test_the_suite_is_one_test_a_check() -> None:
    tests = [name for name in vars(conformance.Suite) if name.startswith("test_")]
    assert tests == [f"test_{check.__name__}" for check in conformance.CHECKS]
    assert all(vars(conformance.Suite)[name].__doc__ for name in tests)

    class TestSqs(conformance.Suite):
        room = conformance.Room(Router, "sqs", route=lambda app: app.sqs("*"))

    for name in tests:
        getattr(TestSqs(), name)()


def test_a_line_that_is_not_there() -> None:
    with pytest.raises(AssertionError, match="no line 'telegraph'"):
        conformance.one_name_everywhere(conformance.Room(Router, "telegraph"))

    class Odd(Router):
        odd: Any = Lazy("builtins:dict")

    with pytest.raises(AssertionError, match="no EventSource"):
        conformance.one_name_everywhere(conformance.Room(Odd, "odd"))


def test_nobody_takes_the_place_of_our_samples() -> None:
    with pytest.raises(ValueError, match="already"):
        events.offer("sqs", "elsewhere")
    assert event("sqs")["Records"]
