"""Which routes may take what a trigger sends: names, ARNs and paths held to each other as globs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lambda_router.criteria import each, is_arn, literal, meet

from .stack import Resource, certain, loose, loosened

if TYPE_CHECKING:
    from lambda_router.criteria import Criterion
    from lambda_router.source import Route

__all__ = [
    "HTTP",
    "POLLED",
    "STREAMS",
    "Trigger",
    "is_about",
    "is_called",
    "is_handed",
    "is_named",
    "may_be",
    "may_take",
    "name_of",
    "path_glob",
]

HTTP = ("api_gateway_rest", "api_gateway_http", "function_url", "alb", "vpc_lattice", "vpc_lattice_v2")
STREAMS = ("kinesis", "dynamodb")
POLLED = ("sqs", *STREAMS, "kafka", "activemq", "rabbitmq", "documentdb")


class Trigger(NamedTuple):
    """Something in the stack that calls the function.

    `place` is where it is written, `rooms` the sources whose routes may take what it sends (none: that cannot be told),
    `facts` what is known of it, by the label of a criterion, as globs of which one holds; `arn` is the text that names its
    queue or stream, `sender` the resource that sends if it is in the stack. `evidence` is whether it says only that such
    events are sent, as a permission does, and not which.
    """

    place: str
    kind: str
    rooms: tuple[str, ...]
    properties: dict[str, Any]
    facts: Mapping[str, tuple[str, ...]] = {}
    arn: str | None = None
    sender: Resource | None = None
    evidence: bool = False

    @property
    def room(self) -> str | None:
        """The source, where there is one alone."""
        return self.rooms[0] if len(self.rooms) == 1 else None


def may_take(route: Route, trigger: Trigger) -> bool:
    """Whether a route may take something that a trigger sends: no criterion rules out all of it."""
    if not trigger.rooms:
        return True
    if route.source in ("http", "mount"):
        if not any(room in HTTP for room in trigger.rooms):
            return False
    elif route.source not in trigger.rooms:
        return False
    below = route.source == "mount"
    told = ((criterion, _seen(criterion, trigger)) for criterion in route.conditions)
    return all(_meets(criterion, seen, below=below) for criterion, seen in told if seen)


def _seen(criterion: Criterion, trigger: Trigger) -> tuple[str, ...] | None:
    if criterion.label == "sources":
        return trigger.rooms
    return trigger.facts.get("key" if criterion.label in ("prefix", "suffix") else criterion.label)


def _meets(criterion: Criterion, seen: Iterable[str], *, below: bool) -> bool:
    wanted = [_wanted(criterion.label, one, below) for one in each(criterion.written) if isinstance(one, str)]
    return not wanted or any(may_be(one, other) for one in wanted for other in seen)


def _wanted(label: str, written: str, below: bool) -> str:
    if label == "prefix":
        return f"{literal(written)}*"
    if label == "suffix":
        return f"*{literal(written)}"
    if label == "path":
        return f"{path_glob(written)}*" if below else path_glob(written)
    return loosened(written)


def may_be(written: str, seen: str) -> bool:
    """Whether two globs, each of a name or an ARN, have something in common."""
    if is_arn(seen) and not is_arn(written):
        seen = name_of(seen)
    elif is_arn(written) and not is_arn(seen):
        written = name_of(written)
    return written == seen or meet(written, seen)


def name_of(arn: str) -> str:
    """The name in an ARN: `orders` of `arn:aws:sqs:eu-west-2:123456789012:orders` and of `...:table/orders/stream/...`."""
    tail = arn.split(":", 5)[-1]
    for kind in ("stream/", "table/", "cluster/"):
        if tail.startswith(kind):
            return tail.split("/")[1]
    return tail.split(":")[1] if tail.startswith(("broker:", "cluster:")) else tail


def path_glob(path: str) -> str:
    """The path of a route or of an API's event as a glob: `/orders/*` of `/orders/{id}`."""
    found, rest = "", path
    while rest:
        text, brace, rest = rest.partition("{")
        found += literal(text) + ("*" if brace else "")
        rest = rest.partition("}")[2]
    return found.rstrip("/") or "/"


def is_called(trigger: Trigger, names: Iterable[str]) -> bool | None:
    """Whether its queue, stream or topic is one that `Router(partial=[...])` names; None where that cannot be told."""
    if trigger.arn is not None and any(may_be(literal(name), literal(trigger.arn)) for name in names):
        return True
    seen = [*([] if trigger.arn is None else [loose(trigger.arn)]), *trigger.facts.get("topic", ())]
    found = [(one, name) for one in seen for name in names if may_be(loose(name), one)]
    if any("*" not in name_of(one) and certain(name_of(name)) for one, name in found):
        return True
    return None if found or not seen else False


def is_about(route: Route, trigger: Trigger) -> bool:
    """Whether a route names the queue or stream of a trigger, by the very text that the template has for it."""
    arn = trigger.arn
    return arn is not None and any(may_be(one, literal(arn)) for one in _names(route))


def is_handed(route: Route) -> bool:
    """Whether the name of a route's queue or stream is one that only the deployment knows."""
    return not all(certain(name_of(one)) for one in _names(route))


def _names(route: Route) -> list[str]:
    return [one for one in each(route.written(route.room.index or "")) if isinstance(one, str)]


def is_named(trigger: Trigger) -> bool:
    """Whether the name of a queue or stream is known, be it in whichever account and Region."""
    return trigger.arn is not None and certain(name_of(trigger.arn))
