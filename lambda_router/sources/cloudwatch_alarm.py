"""Amazon CloudWatch alarms whose action is a function.

Invoked by
    CloudWatch, asynchronously: nobody waits, and Lambda retries twice.
Answer
    Is ignored.
An exception
    Is raised, so that Lambda retries the event and then sends it to its failure destination.
See
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-concepts.html
"""

from __future__ import annotations

from .. import binding, criteria
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..binding import Parameter
    from ..source import Route

_name = field("alarmData", "alarmName")
_arn = field("alarmArn")
_state = field("alarmData", "state", "value")
_previous_state = field("alarmData", "previousState", "value")


def _called(event: Any) -> tuple[Any, Any]:
    """What an alarm may be named by."""
    return _name(event), _arn(event)


class CloudWatchAlarm(EventSource):
    """Amazon CloudWatch alarms.

    `@app.cloudwatch_alarm("orders-*", state="ALARM")` takes the changes of alarms. `alarm` is an alarm's name or ARN, or a
    glob; `state` is the state that it is in now, `previous_state` the one before: "OK", "ALARM" or "INSUFFICIENT_DATA".
    Each may be a list. `pattern` is an event pattern over the whole event.
    """

    name = "cloudwatch_alarm"
    marks = ("alarmData",)
    index = "alarm"
    synchronous = False
    parts = {
        "alarm": field("alarmData"),
        "state": field("alarmData", "state"),
        "previous_state": field("alarmData", "previousState"),
        "arn": _arn,
        "alarm_name": _name,
        "configuration": field("alarmData", "configuration"),
        "account": field("accountId"),
        "region": field("region"),
        "time": field("time"),
    }

    def __call__(
        self,
        alarm: str | Sequence[str],
        *,
        state: str | Sequence[str] | None = None,
        previous_state: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a change of an alarm."""
        return self.route(
            criteria.any_of("alarm", _called, criteria.given("alarm", alarm)),
            criteria.glob("state", _state, state),
            criteria.glob("previous_state", _previous_state, previous_state),
            criteria.pattern("pattern", lambda event: event, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A named alarm with its ARN and its state."""
        return isinstance(event, dict) and all(isinstance(get(event), str) for get in (_arn, _name, _state))

    def key(self, subject: Any) -> Any:
        """The alarm's name and ARN."""
        return _called(subject)

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts; as text an alarm is its name, and a state its value."""
        return _Words(source=self.name, parts=self.parts)

    def suggest(self, subject: Any) -> str:
        """A decorator for the alarm."""
        return f"@app.cloudwatch_alarm({quoted(criteria.literal(_name(subject)) or '*')})"


_TEXTS = binding.Vocabulary(
    source=CloudWatchAlarm.name, parts={"alarm": _name, "state": _state, "previous_state": _previous_state}
)


class _Words(binding.Vocabulary):
    def first(self, parameter: Parameter, annotation: Any) -> binding.Argument | None:
        name, default = parameter.name, parameter.default
        if name not in _TEXTS.parts or binding.optional(binding.metadata(annotation)[0])[0] is not str:
            return None
        look, argument = _TEXTS.parts[name], binding.value(name, annotation, _TEXTS)
        if default is binding.NOTHING:
            return argument
        return lambda event, invocation: default if look(event) is None else argument(event, invocation)
