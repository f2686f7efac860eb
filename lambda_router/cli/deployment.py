"""An app and the function of a template that runs it, brought together."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from lambda_router.batch import PolledSource
from lambda_router.callback import CallbackSource
from lambda_router.reporting import ReportingSource

from .failure import UsageFailure
from .inputs import Application, application
from .matching import HTTP, POLLED, Trigger, is_about, is_called, is_handed, is_named, may_take
from .stack import REGION, Resource, Stack, certain, section, standin
from .triggers import Callee, triggers

if TYPE_CHECKING:
    from lambda_router import Router
    from lambda_router.source import Route

__all__ = ["Deployment", "deployed", "function_of", "handler", "runs", "setting_of"]

FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_CARRIERS = ("sqs", "sns", "kinesis", "firehose", "pipes")
_SHOWN = 5


def handler(app: str) -> str:
    """Lambda's handler setting for an app: `shop.app` for `shop:app`."""
    return app.replace(":", ".")


class Deployment:
    """An app as the function of a stack: its `routes`, the `triggers` that call it, and what refers to it as `callee`."""

    def __init__(self, found: Application, setting: str, stack: Stack, function: Resource) -> None:
        self.found = found
        self.handler = setting
        self.stack = stack
        self.function = function
        self.callee = Callee(stack, function)
        self.triggers = [self._based(trigger) for trigger in triggers(self.callee)]

    @property
    def router(self) -> Router:
        """The router behind the app."""
        return self.found.router

    @property
    def routes(self) -> list[Route]:
        """The routes that the entrypoint lets events to."""
        return [route for route in self.router.routes if self.found.takes(route.source)]

    def _based(self, trigger: Trigger) -> Trigger:
        """What a trigger says of the app: a mapping of an imported ARN is of the one service that the routes take.

        A path of the API may begin with a part that the app takes off: then it says nothing about the routes.
        """
        facts = dict(trigger.facts)
        if self.router.base_path:
            facts.pop("path", None)
        if (
            trigger.evidence
            and trigger.rooms
            and self.router.default_route is None
            and {*trigger.rooms} < {*POLLED}
        ):
            taken = {route.source for route in self.routes} & {*trigger.rooms}
            if len(taken) == 1:
                return trigger._replace(rooms=(*taken,), evidence=False)
        return trigger._replace(facts=facts)

    def takers(self, trigger: Trigger) -> list[Route]:
        """The routes that may take what a trigger sends."""
        return [route for route in self.routes if may_take(route, trigger)]

    def is_taken(self, trigger: Trigger) -> bool:
        """Whether anything in the app may take what a trigger sends, out of its records too."""
        if trigger.evidence or self.takers(trigger) or self.router.default_route is not None:
            return True
        inside = any(_is_carried(route) and route.source != trigger.room for route in self.routes)
        return self.router.unwrap and trigger.room in _CARRIERS and inside

    def is_sent(self, route: Route) -> bool:
        """Whether anything in the stack may send a route something, in another's records too."""
        if self.stack.open or any(may_take(route, trigger) for trigger in self._all):
            return True
        carriers = {room for t in self._all for room in t.rooms if room in _CARRIERS} - {route.source}
        return self.router.unwrap and _is_carried(route) and bool(carriers)

    def partial(self, trigger: Trigger) -> bool | None:
        """Whether the app declares a mapping's responses partial; None where that cannot be told."""
        routes, told = self.concerned(trigger)
        said = [route.options.get("partial") for route in routes]
        otherwise = self._listed(trigger) if self.is_taken(trigger) else None
        if told and any(one is not None for one in said):
            said = [one for one in said if one is not None]
        agreed = {otherwise if one is None else one for one in said or [None]}
        return agreed.pop() if len(agreed) == 1 else None

    def concerned(self, trigger: Trigger) -> tuple[list[Route], bool]:
        """The routes that a mapping may be for, and whether it is certain that it is for them.

        It is not where its name is not known, nor of a Kafka cluster. Names that the template hands over are the same on
        both sides, and what has another one is another queue.
        """
        routes = self.takers(trigger)
        about = [route for route in routes if is_about(route, trigger)]
        if about:
            routes = [route for route in routes if route in about or not is_handed(route)]
        handed = any(is_handed(route) for route in routes)
        return routes, trigger.room != "kafka" and (
            (bool(about) and len(about) == len(routes)) or (is_named(trigger) and not handed)
        )

    @functools.cached_property
    def _all(self) -> list[Trigger]:
        """What calls the function or another that runs the same app."""
        others = [
            one
            for one in self.stack.of(*FUNCTIONS)
            if one.logical != self.function.logical and runs(setting_of(one), self.handler)
        ]
        return [
            *self.triggers,
            *(self._based(t) for one in others for t in triggers(Callee(self.stack, one))),
        ]

    def _listed(self, trigger: Trigger) -> bool | None:
        listed = self.router.partial
        return listed if isinstance(listed, bool) else is_called(trigger, listed)

    def calls_over_http_alone(self) -> bool:
        """Whether nothing but HTTP requests calls the function, as far as the stack tells."""
        return bool(self.triggers) and all(t.rooms and set(t.rooms) <= {*HTTP} for t in self.triggers)


def _is_carried(route: Route) -> bool:
    """Whether what a route takes may come in another source's record: nobody waits for it, and nothing polls it."""
    room = route.room
    return not (room.synchronous or isinstance(room, PolledSource | CallbackSource | ReportingSource))


def deployed(app: str, stack: Stack, function: Resource) -> Deployment:
    """An app as the function runs it.

    It is imported with the variables that the template gives the function, so that names that it makes of them are the
    same on both sides.
    """
    with _environment(section(function.properties, "Environment", "Variables")):
        found = application(app)
    return Deployment(found, handler(app), stack, function)


def function_of(stack: Stack, app: str, logical: str | None) -> Resource:
    """The function that runs an app: named, else the one with its handler, else the only one. UsageFailure for none."""
    functions = {found.logical: found for found in stack.of(*FUNCTIONS)}
    if logical is not None:
        if logical not in functions:
            raise UsageFailure(f"the template has no function {logical[:200]}{_offered(functions)}")
        return functions[logical]
    ours = [one for one in functions.values() if runs(setting_of(one), app)]
    if len(ours) == 1:
        return ours[0]
    if not ours and len(functions) == 1:
        return next(iter(functions.values()))
    what = "more than one function with" if ours else "no function with"
    raise UsageFailure(
        f"the template has {what} the handler {handler(app)}: name it, --function LogicalId"
        f"{_offered({f.logical: f for f in ours} or functions)}"
    )


def setting_of(function: Resource) -> Any:
    """What a function calls: its handler, in an image of which it is the command."""
    command = section(function.properties, "ImageConfig").get("Command")
    return command[0] if isinstance(command, list) and command else function.properties.get("Handler")


def runs(written: Any, app: str) -> bool:
    """Whether a handler setting is an app's, be it seen from another folder of the project."""
    if not isinstance(written, str) or "." not in written:
        return False
    setting, ours = f".{written.replace('/', '.').lstrip('.')}", f".{handler(app)}"
    return ours.endswith(setting) or setting.endswith(ours)


def _offered(functions: dict[str, Resource]) -> str:
    shown = [f"{name} ({setting_of(one)})" for name, one in list(functions.items())[:_SHOWN]]
    more = ", ..." if len(functions) > _SHOWN else ""
    return f"; it has {', '.join(shown)}{more}" if shown else "; it has no functions"


@contextlib.contextmanager
def _environment(variables: dict[str, Any]) -> Generator[None]:
    """The function's variables in this process, as long as the app is imported."""
    before = dict(os.environ)
    try:
        for region in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            os.environ.setdefault(region, REGION)
        for name, value in variables.items():
            with contextlib.suppress(
                ValueError, TypeError, OSError
            ):  # what no variable can be called or hold
                os.environ[name] = _variable(name, value)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _variable(name: str, value: Any) -> str:
    """A variable's text; of what only the deployment knows this process' own where it has one."""
    if isinstance(value, str | int | float):
        text = value if isinstance(value, str) else json.dumps(value)
        return text if certain(text) else os.environ.get(name, text)
    return os.environ.get(name, standin(name))
