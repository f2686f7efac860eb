"""What every source has to bring, as checks that another package runs over a source of its own in three lines of pytest:

    class TestTelegraph(conformance.Suite):
        room = conformance.Room(Office, "telegraph")

lambda_router runs the same checks over its own sources. Each check raises an AssertionError that says what is missing.
"""

from __future__ import annotations

import copy
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property
from types import ModuleType
from typing import Any, ClassVar

from lambda_router.batch import RecordSource
from lambda_router.errors import ResultError, RouterError
from lambda_router.http.source import HttpSource
from lambda_router.router import Router
from lambda_router.source import EventSource, Lazy, RouteFactory, rooms

from . import events
from .client import Client
from .results import BatchResult, HttpResult, Result

__all__ = ["CHECKS", "HEADINGS", "Room", "Suite"]

HEADINGS = ("Invoked by", "Answer", "An exception", "See")
"""What the docstring of a source's module says, each above an indented paragraph."""

DEAR = (
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "pydantic",
    "boto3",
    "asyncio",
    "inspect",
    "dataclasses",
    "typing",
)
"""Modules that a source must not import by itself, as every cold start would pay for them."""

ODD: tuple[Any, ...] = (
    *(None, True, 0, 1.5, "", "text", [], {}, [[]], [None], [{"a": 1}]),
    *({"Records": []}, {"Records": [None]}, {"Records": {}}, {"requestContext": []}, {"eventSource": {}}),
)
"""Events of nobody."""

WRONG: tuple[Any, ...] = (None, True, 7, 1.5, "", "x", [], {}, [[]], {"a": {"b": 1}}, "\ud800", ["x"])
"""Values that are of a wrong type almost everywhere."""


class Room:
    """One source under test: the router class that has its line, and the line's name.

    `route` registers a handler for all of its events, given the app: `lambda app: app.telegraph("*")`. With it the samples
    are sent through the app too. `result` makes a handler's right answer of an event. `model` is the contract model of its
    caller: `check(answer, event)` raises for an answer that it would not take, and `WRONG` lists `(answer, event or None,
    why)`.
    """

    def __init__(
        self,
        router: type[Router],
        name: str,
        *,
        route: Callable[[Any], Any] | None = None,
        result: Callable[[Any], Any] = lambda event: None,
        model: ModuleType | None = None,
    ) -> None:
        self.router = router
        self.name = name
        self.route = route
        self.result = result
        self.model = model

    @cached_property
    def line(self) -> Lazy[Any]:
        """Its line on the router."""
        found = dict(rooms(self.router)).get(self.name)
        assert found is not None, f"{self.router.__name__} has no line {self.name!r}"
        return found

    @cached_property
    def source(self) -> type[EventSource]:
        """Its class."""
        found: type[EventSource] = self.line.load()
        assert issubclass(found, EventSource), f"{found.__name__} is no EventSource"
        return found

    @cached_property
    def module(self) -> ModuleType:
        """The module that its class is in."""
        return sys.modules[self.source.__module__]

    @cached_property
    def decorators(self) -> Mapping[str, inspect.Signature]:
        """Its decorators by method name: what returns a route factory."""
        public = {n: f for n, f in vars(self.source).items() if n == "__call__" or not n.startswith("_")}
        found = {n: inspect.signature(f) for n, f in public.items() if inspect.isfunction(f)}
        known = vars(self.module)
        made = {
            n: known.get(a, a) if isinstance(a := s.return_annotation, str) else a for n, s in found.items()
        }
        return {
            n: found[n] for n, cls in made.items() if isinstance(cls, type) and issubclass(cls, RouteFactory)
        }

    @cached_property
    def samples(self) -> Mapping[str, Any]:
        """Its packaged samples by name."""
        return {name: event for name, event, _ in events.samples(self.name)}

    @property
    def made(self) -> Mapping[str, Any]:
        """A new event of each of its builders, by name."""
        return {str(n): events.make(n) for n in events.names() if n.partition(".")[0] == self.name}

    def detect(self, event: Any) -> str | None:
        """What the router class takes an event for."""
        found = self.router.everything().find(event)
        return None if found is None else str(found.name)

    def claims(self, event: Any) -> list[str]:
        """The names of all sources of the router class whose recognisers claim an event."""
        return [room.name for room in self.router.everything().rooms if room.recognise(event)]

    def app(self, handler: Callable[..., Any]) -> Router:
        """An app in which the handler takes all events of the source."""
        app = self.router()
        assert self.route is not None
        self.route(app)(handler)
        return app

    def __repr__(self) -> str:
        return f"<Room {self.name} of {self.router.__name__}>"


# -- the class ---------------------------------------------------------------------------------------------------


def one_name_everywhere(room: Room) -> None:
    """The line, the class attribute `name` and what an instance says are the same."""
    assert room.source.name == room.name, f"name is {room.source.name!r}, the line is {room.name!r}"
    assert isinstance(getattr(room.router(), room.name), room.source)


def the_module_says_what_the_contract_is(room: Room) -> None:
    """Its docstring has the four headings, and under the last a page."""
    written = room.module.__doc__ or ""
    found = [heading for heading in HEADINGS if re.search(rf"^{heading}\n {{4}}\S", written, re.M)]
    assert found == list(HEADINGS), (
        f"the docstring of {room.module.__name__} lacks {set(HEADINGS) - set(found)}"
    )
    assert re.search(r"https://\S+", written.partition("\nSee\n")[2]), "no page under See"


def the_class_and_its_decorators_have_docstrings(room: Room) -> None:
    """Editors show them."""
    assert len(vars(room.source).get("__doc__") or "") > 10, "the class has no docstring"
    for name in room.decorators:
        assert vars(room.source)[name].__doc__, f"{name} has no docstring"


def every_decorator_takes_a_name_and_middleware(room: Room) -> None:
    """As all decorators of the router do."""
    if issubclass(room.source, HttpSource):
        return  # its decorators are the router's: app.get and its siblings
    assert room.decorators, "no method is annotated to return a RouteFactory"
    for name, signature in room.decorators.items():
        kinds = {parameter.kind for parameter in signature.parameters.values()}
        missing = {"middleware", "name"} - signature.parameters.keys()
        assert not missing or inspect.Parameter.VAR_KEYWORD in kinds, f"{name} does not take {missing}"


# -- whose event -------------------------------------------------------------------------------------------------


def the_recogniser_is_its_own_and_total(room: Room) -> None:
    """It says no to what is nobody's, and raises for nothing, with a value of a wrong type at each place."""
    assert room.source.recognise is not EventSource.recognise, "recognise is not written"
    for odd in ODD:
        assert room.source.recognise(odd) is False, f"recognise({odd!r}) is not False"
    for sample in room.samples.values() if room.source.marks else ():
        for wrong in misshapen(sample):
            assert room.source.recognise(wrong) in (True, False)


def its_events_are_its_own(room: Room) -> None:
    """Each sample, and what each builder makes, is claimed by its recogniser and by no other, and found by its marks."""
    if not room.source.marks:
        return  # what no source claims, and nothing else
    assert room.samples, "there are no samples"
    for name, event in {**room.samples, **room.made}.items():
        assert room.claims(event) == [room.name], f"{name} is claimed by {room.claims(event)}"
        assert room.detect(event) == room.name, f"{name} is not found by the marks {room.source.marks}"


def no_event_of_another_is_claimed(room: Room) -> None:
    """Every packaged sample of every other source is none of its."""
    for name, event, _ in events.samples():
        if name.partition(".")[0] != room.name:
            assert room.source.recognise(event) is False, f"it claims {name}"


# -- what belongs to it ------------------------------------------------------------------------------------------


def samples_name_their_page(room: Room) -> None:
    """Each says from which page it was written."""
    if room.source.marks:
        for name, _, see in events.samples(room.name):
            assert see.startswith("https://"), name


def events_are_made_anew(room: Room) -> None:
    """A builder by the source's own name, and JSON that two calls do not share."""
    if not room.source.marks:
        return
    assert room.name in room.made, f"there is no event({room.name!r})"
    for name, event in room.made.items():
        other = events.make(name)
        assert json.loads(json.dumps(event)) == event, f"{name} is no JSON"
        assert not set(map(id, containers(event))) & set(map(id, containers(other))), f"{name} is shared"


def the_client_sends_it(room: Room) -> None:
    """And says what it was, with the kind of result that its source has."""
    if not room.source.marks:
        return
    kind: type[Result] = Result
    if issubclass(room.source, HttpSource):
        kind = HttpResult
    elif issubclass(room.source, RecordSource):
        kind = BatchResult
    sent = Client(room.router()).send(events.make(room.name))
    assert sent.source == room.name
    assert type(sent) is kind


def its_events_reach_their_handler(room: Room) -> None:
    """Each sample is taken by the route, not changed, and answered as its caller takes it."""
    for name, event in {**room.samples, **room.made}.items() if room.route is not None else ():
        sent = copy.deepcopy(event)
        out, seen = _taken(room, sent)
        assert seen, f"{name} did not reach the handler: {out.error!r}"
        assert out.error is None, f"{name}: {out.error!r}"
        assert sent == event, f"{name} was changed"
        if room.model is not None:
            room.model.check(out.response, event)


def _taken(room: Room, sent: Any) -> tuple[Result, list[Any]]:
    """What became of an event, and what the handler was called with."""
    seen: list[Any] = []

    def handler(event: Any) -> Any:
        seen.append(event)
        return room.result(event)

    return Client(room.app(handler)).send(sent), seen


def hostile_events_are_answered_or_refused(room: Room) -> None:
    """With a value of a wrong type at each place, nothing is raised but the router's own errors, and it is explained."""
    if room.route is None:
        return
    app = room.app(lambda: room.result(None))
    for sample in room.samples.values():
        for wrong in misshapen(sample):
            given = copy.deepcopy(wrong)
            app.explain(wrong)
            with suppress(RouterError):
                app(wrong)
            assert wrong == given, "the event was changed"


def wrong_answers_are_not_given(room: Room) -> None:
    """What the model of its caller refuses is not answered, whatever a handler returns."""
    if room.model is None or room.route is None:
        return
    assert len(room.model.WRONG) >= 10, "the model refuses less than ten answers"
    for answer, sent, why in room.model.WRONG:
        for event in [sent] if sent is not None else room.samples.values():
            try:
                room.model.check(answer, event)
            except (AssertionError, ValueError):
                pass
            else:
                raise AssertionError(f"the model takes {why}")
            out = Client(room.app(_returning(answer))).send(event)
            if out.error is None:
                room.model.check(out.response, event)
            else:
                refusal = out.error.__cause__ or out.error
                assert isinstance(refusal, ResultError), f"{why}: {out.error!r}"


def _returning(answer: Any) -> Callable[[], Any]:
    return lambda: answer


# -- what it costs -----------------------------------------------------------------------------------------------


def the_line_is_lazy(room: Room) -> None:
    """The router's module does not import the source, and the source nothing dear."""
    home, module = room.router.__module__, room.line.path.partition(":")[0]
    found = _imported(home)
    assert module == home or module not in found, f"import {home} imports {module}"
    dear = [name for name in DEAR if name in _imported(home, module) - found]
    assert not dear, f"import {module} imports {', '.join(dear)}"


@cache
def _imported(*modules: str) -> set[str]:
    """What is imported when these modules are, in an interpreter of its own."""
    program = f"import sys; sys.path[:] = {sys.path!r}\nimport {', '.join(modules)}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


CHECKS: tuple[Callable[[Room], None], ...] = (
    one_name_everywhere,
    the_module_says_what_the_contract_is,
    the_class_and_its_decorators_have_docstrings,
    every_decorator_takes_a_name_and_middleware,
    the_recogniser_is_its_own_and_total,
    its_events_are_its_own,
    no_event_of_another_is_claimed,
    samples_name_their_page,
    events_are_made_anew,
    the_client_sends_it,
    its_events_reach_their_handler,
    hostile_events_are_answered_or_refused,
    wrong_answers_are_not_given,
    the_line_is_lazy,
)
"""All checks, in order; each takes a Room."""


class Suite:
    """All checks as tests of pytest: subclass it under a name that begins with `Test`, and set `room`."""

    room: ClassVar[Room]


def _as_test(check: Callable[[Room], None]) -> Callable[[Suite], None]:
    def test(self: Suite) -> None:
        check(self.room)

    test.__doc__ = check.__doc__
    return test


for _check in CHECKS:
    setattr(Suite, f"test_{_check.__name__}", _as_test(_check))


# -- events ------------------------------------------------------------------------------------------------------


def containers(value: Any) -> Iterator[Any]:
    """Every object and list in a JSON value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


def misshapen(event: Any) -> Iterator[Any]:
    """The event with each value of `WRONG` at each of its places, one at a time."""
    for path in _places(event):
        for wrong in WRONG:
            yield _replaced(event, path, wrong)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return copy.deepcopy(new)
    made = copy.copy(value)
    made[path[0]] = _replaced(value[path[0]], path[1:], new)
    return made
