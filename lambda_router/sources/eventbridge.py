"""Amazon EventBridge: rules on a bus, scheduled rules, EventBridge Scheduler, custom buses that send arrays.

Invoked by
    EventBridge, asynchronously: nobody waits, and Lambda retries twice. An event may come more than once.
Answer
    Is ignored.
An exception
    Is raised, so that Lambda retries the event and then sends it to its failure destination.
See
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

from __future__ import annotations

from .. import criteria
from ..batch import RecordSource
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_SCHEDULERS = ("aws.events", "aws.scheduler")
_SCHEDULED = "Scheduled Event"


def _system(event: Any, key: str, system_key: str) -> Any:
    """A value of the envelope, or of the metadata that a custom bus sends beside bare data."""
    return event[key] if key in event else field("SystemMetadata", system_key)(event)


def _source(event: Any) -> Any:
    return _system(event, "source", "aws:Source")


def _detail_type(event: Any) -> Any:
    """`detail-type`, or `detailType` as AWS's Java types spell it."""
    return event["detailType"] if "detailType" in event else _system(event, "detail-type", "aws:DetailType")


def _detail(event: Any) -> Any:
    """`detail`, or `Data` where a custom bus sends bare data with its metadata."""
    return event.get("detail", event.get("Data"))


def _resources(event: Any) -> list[Any]:
    resources = event.get("resources")
    return resources if isinstance(resources, list) else []


def _schedule(event: Any) -> str | None:
    """The ARN of the rule or schedule behind a scheduled event, else None."""
    if _source(event) not in _SCHEDULERS or _detail_type(event) != _SCHEDULED:
        return None
    return next((arn for arn in _resources(event) if isinstance(arn, str)), "")


def _rule(arn: str) -> str:
    """The name of a rule (`rule/name`, `rule/bus/name`) or schedule (`schedule/group/name`) in its ARN."""
    name = arn.rpartition("/")[2]
    return arn if criteria.is_arn(name) else name


class EventBridge(RecordSource):
    """Amazon EventBridge events.

    `@app.eventbridge(source="shop", detail_type="OrderPlaced", detail={"total": [{"numeric": [">", 100]}]})`.
    `source`, `detail_type`, `account`, `region` and `resource` are values, globs or lists of them; `detail`
    is an event pattern over the detail, `pattern` one over the whole event, as in a rule.
    """

    name = "eventbridge"
    marks = ("detail-type", "detailType", "[]")
    records = False
    payload = "detail"
    parts = {
        "detail": _detail,
        "detail_type": _detail_type,
        "source": _source,
        "id": lambda event: _system(event, "id", "aws:EventId"),
        "account": field("account"),
        "region": field("region"),
        "time": lambda event: _system(event, "time", "aws:IngestionTime"),
        "resources": field("resources"),
    }

    def __call__(
        self,
        *,
        source: str | Sequence[str] | None = None,
        detail_type: str | Sequence[str] | None = None,
        detail: Mapping[str, Any] | None = None,
        pattern: Mapping[str, Any] | None = None,
        account: str | Sequence[str] | None = None,
        region: str | Sequence[str] | None = None,
        resource: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event."""
        return self.route(
            criteria.glob("source", _source, source),
            criteria.glob("detail_type", _detail_type, detail_type),
            criteria.glob("account", field("account"), account),
            criteria.glob("region", field("region"), region),
            criteria.any_of("resource", _resources, resource),
            criteria.pattern("detail", _detail, detail),
            criteria.pattern("pattern", lambda event: event, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """An event envelope, or an array of envelopes or of events with a custom bus's system metadata."""
        if isinstance(event, list):
            return bool(event) and all(_is_envelope(e) or _has_metadata(e) for e in event)
        return _is_envelope(event)

    def subjects(self, event: Any) -> Sequence[Any]:
        """The event, or those of an array; an envelope that came with metadata is taken out of it."""
        if not isinstance(event, list):
            return (event,)
        return [e["Data"] if _has_metadata(e) and _is_envelope(e["Data"]) else e for e in event]

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event itself, also out of an array."""
        return event if subject is None else subject

    def identifier(self, record: Any) -> Any:
        """The event's id."""
        return self.parts["id"](record)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The event's id."""
        identifier = self.identifier(record or event) if isinstance(record or event, dict) else None
        return identifier if isinstance(identifier, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the event's source and detail type, or for its schedule."""
        schedule = _schedule(subject)
        if schedule is not None:
            return f"@app.schedule({quoted(criteria.literal(_rule(schedule)) or '*')})"
        given = {"source": _source(subject), "detail_type": _detail_type(subject)}
        written = [f"{k}={quoted(criteria.literal(v))}" for k, v in given.items() if isinstance(v, str) and v]
        return f"@app.eventbridge({', '.join(written)})"


class Schedule:
    """Scheduled events: `@app.schedule("nightly")` takes those of a rule or schedule by name, glob or ARN."""

    def __init__(self, app: Any) -> None:
        self.events: EventBridge = app.eventbridge

    def __call__(
        self,
        rule: str | Sequence[str] = "*",
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a scheduled event."""
        return self.events.route(
            criteria.scheduled("schedule", _schedule, criteria.given("rule", rule), resource=_rule),
            shown="app.schedule",
            middleware=middleware,
            name=name,
        )


def _is_envelope(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and isinstance(event.get("source"), str)
        and isinstance(event.get("detail-type", event.get("detailType")), str)
        and "alarmData" not in event  # a CloudWatch alarm action, which carries a source too
    )


def _has_metadata(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("SystemMetadata"), dict) and "Data" in event
