"""Amazon CloudWatch Logs: log events that a subscription filter passes on.

Invoked by
    CloudWatch Logs, asynchronously: nobody waits, and Lambda retries twice.
Answer
    Is ignored. The control message with which CloudWatch Logs tries the function out is answered by the router.
An exception
    Is raised, so that Lambda retries the event and then sends it to its failure destination.
See
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
"""

from __future__ import annotations

import binascii

from .. import criteria
from ..batch import RecordSource
from ..compression import LIMIT, inflate
from ..errors import PayloadError
from ..payload import document, problem
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..criteria import Criterion
    from ..source import Route

    Dict = dict[str, Any]
else:
    Dict = dict

_GZIP = b"\x1f\x8b"
_CONTROL = "CONTROL_MESSAGE"
_log_group = field("logGroup")
_filters = field("subscriptionFilters")


class Delivery(Dict):
    """What an event carries, inflated and parsed; empty, with its `problem`, where that cannot be done."""

    __slots__ = ("problem",)

    def __init__(self, data: Any, *, limit: int, known: Any = None) -> None:
        self.problem: PayloadError | None = None
        try:
            super().__init__(_opened(data, limit) if known is None else known)
        except PayloadError as exc:
            self.problem = exc.with_traceback(None)  # its frames hold all that was inflated


def _opened(data: Any, limit: int) -> dict[str, Any]:
    try:
        packed = binascii.a2b_base64(data, strict_mode=True)
    except (ValueError, TypeError):
        raise problem("data", "is not base64", kind="base64") from None
    found = document("data", inflate(packed, limit=limit))
    if not isinstance(found, dict):
        raise problem("data", f"is {type(found).__name__}, not an object", kind="type")
    return found


class Carried(Dict):
    """The event of log data that came inside another source's record; what has been read of it is not read again."""

    __slots__ = ("delivery",)

    def __init__(self, data: str, *, delivery: Delivery) -> None:
        super().__init__(awslogs={"data": data})
        self.delivery = delivery


class CloudWatchLogs(RecordSource):
    """Amazon CloudWatch Logs subscriptions.

    `@app.cloudwatch_logs("/aws/lambda/shop-*")` takes the log events of a group, all that came together in one call.
    `log_group` is a name, a glob or an ARN, `log_stream` a name or a glob, `filter_name` that of a subscription filter; each
    may be a list.
    `pattern` is an event pattern over what CloudWatch Logs sends, inflated.
    """

    name = "cloudwatch_logs"
    marks = ("awslogs",)
    records = False
    parts = {
        "log_events": field("logEvents"),
        "log_group": _log_group,
        "log_stream": field("logStream"),
        "owner": field("owner"),
        "subscription_filters": _filters,
    }
    limit: int = LIMIT
    """The most bytes that an event's data may have when it is inflated: `app.cloudwatch_logs.limit = 10 * 2**20`."""

    def __call__(
        self,
        log_group: str | Sequence[str],
        log_stream: str | Sequence[str] | None = None,
        *,
        filter_name: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event, which has the log events of one stream."""
        return self.route(
            _by_log_group(criteria.given("log_group", log_group)),
            criteria.glob("log_stream", field("logStream"), log_stream),
            criteria.any_of("filter_name", _filter_names, filter_name),
            criteria.pattern("pattern", lambda delivery: delivery, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Data under `awslogs`, whatever is in it."""
        held = event.get("awslogs") if isinstance(event, dict) else None
        return isinstance(held, dict) and isinstance(held.get("data"), str)

    def carried(self, document: Any, raw: Any) -> Any:
        """The event that would bring log data which came inside another source's record."""
        if not isinstance(raw, bytes) or not raw.startswith(_GZIP) or not _is_log_data(document):
            return None
        data = binascii.b2a_base64(raw, newline=False).decode()
        known = document if self.limit >= LIMIT else None  # it has been inflated up to that limit
        return Carried(data, delivery=Delivery(data, limit=self.limit, known=known))

    def noise(self, event: Any) -> bool:
        """A control message, with which CloudWatch Logs sees whether it may invoke the function."""
        return self._delivery(event).get("messageType") == _CONTROL

    def subjects(self, event: Any) -> Sequence[Any]:
        """What was sent, inflated; nothing of a control message."""
        delivery = self._delivery(event)
        return () if delivery.get("messageType") == _CONTROL else (delivery,)

    def _delivery(self, event: Any) -> Delivery:
        if isinstance(event, Carried):
            return event.delivery
        return Delivery(event["awslogs"]["data"], limit=self.limit)

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event as it was sent."""
        return event

    def match(self, subject: Any) -> Route | None:
        """The first route whose criteria hold; PayloadError where there is nothing that they could look at."""
        if subject.problem is not None:
            raise subject.problem
        return super().match(subject)

    def suggest(self, subject: Any) -> str:
        """A decorator for the log group."""
        group = _log_group(subject)
        return f"@app.cloudwatch_logs({quoted(criteria.literal(group) if isinstance(group, str) and group else '*')})"


def _by_log_group(written: Any) -> tuple[Criterion, ...]:
    """By its name, also where that is in an ARN: an event has no more of it, and a log group invokes only functions of
    its own account and Region.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
    """
    names = [_named(text) for text in criteria.texts("log_group", written)]
    (by_name,) = criteria.glob("log_group", _log_group, names)
    by_name.written = written
    return (by_name,)


def _named(text: str) -> str:
    """The name in the ARN of a log group, `arn:aws:logs:region:account:log-group:name:*`; any other text as it is."""
    parts = text.split(":")
    return parts[6] if criteria.is_arn(text) and len(parts) in (7, 8) and parts[5] == "log-group" else text


def _filter_names(delivery: Any) -> Sequence[Any]:
    names = _filters(delivery)
    return names if isinstance(names, list) else ()


def _is_log_data(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and "messageType" in document
        and isinstance(document.get("logEvents"), list)
    )
