"""Amazon SQS queues, standard and FIFO.

Invoked by
    An event source mapping: Lambda polls the queue and sends batches.
Answer
    None, or with partial responses declared `{"batchItemFailures": [{"itemIdentifier": messageId}]}`; what is
    not listed is deleted from the queue.
An exception
    Fails its record. Without partial responses the batch raises, and all of it becomes visible again. In a
    FIFO queue the rest of the message group is held back and reported too, so that order is kept.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from .. import criteria
from ..batch import PolledSource, all_from
from ..errors import PayloadError
from ..outcomes import Reject, Retry
from ..payload import document
from ..source import Lazy, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Any

    from ..binding import Vocabulary
    from ..invocation import Invocation
    from ..queues import Queues
    from ..source import Route

_arn = field("eventSourceARN")


def _queue(arn: Any) -> str:
    """The queue's name in its ARN; an ARN that cannot be read is its own name."""
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[5] if len(parts) == 6 and parts[0] == "arn" else (arn if isinstance(arn, str) else "")


def _attributes(record: Any) -> dict[str, Any]:
    """The values of the message attributes by name: text, and base64 text for binary ones."""
    found = record.get("messageAttributes")
    return {
        name: value.get("binaryValue") if (text := value.get("stringValue")) is None else text
        for name, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(value, dict)
    }


def _filterable(record: Any) -> Any:
    """The record as a filter pattern sees it, its body parsed where it is JSON."""
    try:
        return {**record, "body": document("body", record.get("body"))}
    except PayloadError:
        return record


class Sqs(PolledSource):
    """Amazon SQS queues.

    `@app.sqs("orders")` takes the messages of a queue, one call a message. `queue` is a name, a glob or an
    ARN, or a list of them; `attributes` maps message attributes to values or globs; `pattern` is an event
    pattern over the record, its body parsed. `partial=True` says that the queue's mapping reports partial
    batch responses. `concurrency` is how many messages of a batch an asynchronous handler takes at a time;
    `dead_letter` the queue, by name, ARN or URL, for messages whose handler raises Reject.
    """

    name = "sqs"
    marks = ("Records[0].eventSource=aws:sqs",)
    index = "queue"
    payload = "body"
    content = {"body": field("body")}
    parts = {
        "message_id": field("messageId"),
        "attributes": field("attributes"),
        "message_attributes": field("messageAttributes"),
        "group_id": field("attributes", "MessageGroupId"),
        "receive_count": field("attributes", "ApproximateReceiveCount"),
        "queue": lambda record: _queue(record.get("eventSourceARN")),
    }

    queues: Lazy[Queues] = Lazy("lambda_router.queues:Queues")
    """The calls to SQS that outcomes make; boto3 is imported with the first of them."""

    def __call__(
        self,
        queue: str | Sequence[str],
        *,
        partial: bool | None = None,
        concurrency: int = 1,
        dead_letter: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a message."""
        return self.route(
            *self._criteria(queue, attributes, pattern),
            partial=partial,
            concurrency=concurrency,
            dead_letter=dead_letter,
            middleware=middleware,
            name=name,
        )

    def batch(
        self,
        queue: str | Sequence[str],
        *,
        partial: bool | None = None,
        attributes: Mapping[str, Any] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call for all `records` of a batch; it returns None, or the failed ones or their ids."""
        return self.route(
            *self._criteria(queue, attributes, pattern),
            verb=".batch",
            batch=True,
            partial=partial,
            middleware=middleware,
            name=name,
        )

    def _criteria(self, queue: Any, attributes: Any, pattern: Any) -> list[tuple[criteria.Criterion, ...]]:
        return [
            criteria.name_or_arn("queue", _arn, criteria.given("queue", queue), resource=_queue),
            criteria.attributes("attributes", _attributes, attributes),
            criteria.pattern("pattern", _filterable, pattern),
        ]

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from SQS."""
        return all_from(event, "aws:sqs")

    def vocabulary(self, route: Route) -> Vocabulary:
        """A whole-batch handler asks for `records`."""
        return self.batch_vocabulary() if route.batch else super().vocabulary(route)

    def resource(self, arn: str) -> str:
        """The queue's name."""
        return _queue(arn)

    def identifier(self, record: Any) -> Any:
        """`messageId`."""
        return record.get("messageId")

    def identifiers(self, records: Sequence[Any]) -> list[Any]:
        """The `messageId` of each."""
        return [record.get("messageId") for record in records]

    def lanes(self, records: Sequence[Any], keys: Sequence[str | None]) -> Sequence[Hashable] | None:
        """The message group in a FIFO queue; standard queues have no order, even with group ids."""
        for arn in set(keys):
            if not arn or arn.endswith(".fifo"):
                break
        else:
            return None
        both = enumerate(zip(records, keys, strict=True))
        lanes = [(arn, _group(record)) if _is_fifo(record, arn) else i for i, (record, arn) in both]
        return None if all(isinstance(lane, int) for lane in lanes) else lanes

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route of another router, and where that one sends what its handler rejects."""
        super().adopt(route, prefix=prefix)
        options = self.routes[-1].options
        options["dead_letter"] = options.get("dead_letter") or route.room.app.dead_letter

    # -- outcomes ----------------------------------------------------------------------------------------------

    def carry_out(self, outcome: BaseException, call: Invocation) -> bool:
        """A Retry may hide the message for longer; a Reject is settled once the dead-letter queue has the message."""
        kind = type(outcome)  # isinstance would ask the exception for its __class__
        if issubclass(kind, Retry) and (after := getattr(outcome, "after", None)) is not None:
            self.queues.hide(call.subject, after)
        if issubclass(kind, Reject) and (queue := self.dead_letter(call.route)) is not None:
            return self.queues.send(call.subject, queue)
        return super().carry_out(outcome, call)

    def dead_letter(self, route: Route | None) -> str | None:
        """The queue for rejected messages: of their route, else the router's."""
        named: str | None = route.options.get("dead_letter") if route is not None else None
        default: str | None = self.app.dead_letter
        return named or default

    def wrapped(self, subject: Any) -> Any:
        """The body."""
        return subject.get("body")

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's queue."""
        return f"@app.sqs({quoted(criteria.literal(_queue(subject.get('eventSourceARN'))) or '*')})"


def _group(record: Any) -> str | None:
    group = field("attributes", "MessageGroupId")(record)
    return group if isinstance(group, str) else None


def _is_fifo(record: Any, arn: str | None) -> bool:
    """The ARN ends in `.fifo`; without an ARN, messages of FIFO queues alone have a sequence number."""
    if arn:
        return arn.endswith(".fifo")
    attributes = record.get("attributes")
    return isinstance(attributes, dict) and "SequenceNumber" in attributes
