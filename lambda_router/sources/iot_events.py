"""AWS IoT Events: detector models whose events invoke a function. AWS has ended the service on 2026-05-20.

Invoked by
    IoT Events, asynchronously: nobody waits, and Lambda retries twice.
Answer
    Is ignored.
An exception
    Is raised, so that Lambda retries the event and then sends it to its failure destination.
See
    https://docs.aws.amazon.com/lambda/latest/dg/services-iotevents.html
    https://docs.aws.amazon.com/iotevents/latest/developerguide/iotevents-supported-actions.html
"""

from __future__ import annotations

from .. import criteria
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

# The example in Lambda's guide has the second, and nobody has recorded what is sent.
_KEYS = ("event", "event: ")


def _happened(event: Any) -> Any:
    """What has happened, under whichever of the two keys."""
    return next((event[key] for key in _KEYS if isinstance(event.get(key), dict)), {})


def _part(*path: str) -> Callable[[Any], Any]:
    get = field(*path)
    return lambda event: get(_happened(event))


_model = _part("payload", "detector", "detectorModelName")
_state_name = _part("payload", "state", "stateName")
_event_name = _part("eventName")


class IotEvents(EventSource):
    """AWS IoT Events.

    `@app.iot_events("pump", state="Overheated")` takes the events of a detector model, named exactly, by a glob, or a list
    of them. `state` is the name of the detector's state, `event_name` that of the event: texts, globs or lists.
    `pattern` is an event pattern over what stands under `event`.
    """

    name = "iot_events"
    marks = _KEYS
    index = "detector_model"
    synchronous = False
    parts = {
        "detector": _part("payload", "detector"),
        "state": _part("payload", "state"),
        "trigger_details": _part("payload", "eventTriggerDetails"),
        "payload": _part("payload"),
        "event_name": _event_name,
        "event_time": _part("eventTime"),
    }

    def __call__(
        self,
        detector_model: str | Sequence[str],
        *,
        state: str | Sequence[str] | None = None,
        event_name: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event."""
        return self.route(
            criteria.glob("detector_model", _model, criteria.given("detector_model", detector_model)),
            criteria.glob("state", _state_name, state),
            criteria.glob("event_name", _event_name, event_name),
            criteria.pattern("pattern", _happened, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A named event of a detector, which has a model and a state."""
        return isinstance(event, dict) and all(
            isinstance(get(event), str) for get in (_event_name, _model, _state_name)
        )

    def key(self, subject: Any) -> Any:
        """The detector model's name."""
        return _model(subject)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id of the action's execution."""
        found = _part("payload", "actionExecutionId")(event)
        return found if isinstance(found, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the detector model."""
        return f"@app.iot_events({quoted(criteria.literal(_model(subject)) or '*')})"
