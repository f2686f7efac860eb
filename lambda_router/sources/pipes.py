"""Amazon EventBridge Pipes: records of a queue, stream, topic or broker as an array, for a pipe's target or enrichment.

Invoked by
    A pipe, which reads its source in batches and sends an array of records, also of one; by default it waits. The event does
    not say whether the function is the pipe's target or its enrichment: enrichments are declared, all else is a target.
Answer
    Of a target the answer of the records' own source: None, or with partial responses declared `{"batchItemFailures": ...}`
    with the `messageId` or `eventID` of every record that is to come again. Of an enrichment the events that replace these.
An exception
    Of a target is what the records' own source makes of it; of an enrichment it is raised. The pipe sends the batch again,
    as its source has it.
See
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
"""

from __future__ import annotations

from .. import criteria
from ..errors import ResultError
from ..outcomes import Drop
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..batch import Batch, RecordSource
    from ..invocation import Invocation
    from ..source import Route

_KINESIS = (
    *("kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data"),
    *("approximateArrivalTimestamp", "encryptionType"),
)
"""What a mapping's records have under `kinesis`, and a pipe's beside the rest.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
"""


# -- the event that a mapping would have sent --------------------------------------------------------------------


def _records(array: list[Any]) -> dict[str, Any]:
    return {"Records": array}


def _of_kinesis(array: list[Any]) -> dict[str, Any]:
    return {"Records": [_nested(record) for record in array]}


def _nested(record: dict[str, Any]) -> dict[str, Any]:
    if isinstance(record.get("kinesis"), dict):
        return record
    inside = {key: record[key] for key in _KINESIS if key in record}
    return {"kinesis": inside, **{key: value for key, value in record.items() if key not in inside}}


def _of_kafka(array: list[Any]) -> dict[str, Any]:
    listed: dict[str, list[Any]] = {}
    for record in array:
        number = int(record["partition"])
        listed.setdefault(f"{record['topic']}-{number}", []).append({**record, "partition": number})
    return {**_envelope(array), "records": listed}


def _of_activemq(array: list[Any]) -> dict[str, Any]:
    return {**_envelope(array), "messages": array}


def _of_rabbitmq(array: list[Any]) -> dict[str, Any]:
    listed: dict[str, list[Any]] = {}
    for message in array:
        listed.setdefault(message["eventSourceKey"], []).append(message)
    return {**_envelope(array), "rmqMessagesByQueue": listed}


def _envelope(array: list[Any]) -> dict[str, Any]:
    """What a mapping says once of all, and a pipe in each record."""
    told = ("eventSource", "eventSourceArn", "bootstrapServers")
    return {key: array[0][key] for key in told if key in array[0]}


def _is_text(*path: str) -> Callable[[Any], bool]:
    get = field(*path)
    return lambda record: isinstance(get(record), str)


def _is_of_a_topic(record: Any) -> bool:
    number, offset = record.get("partition"), record.get("offset")
    counted = type(number) is int or (
        isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 10
    )
    return isinstance(record.get("topic"), str) and counted and type(offset) is int


def _is_of_kinesis(record: Any) -> bool:
    return any(
        isinstance(get(record), str) for get in (field("sequenceNumber"), field("kinesis", "sequenceNumber"))
    )


class _Kind:
    """How a pipe sends the records of a source: what proves one, what a mapping would have sent, what names one."""

    __slots__ = ("identifier", "name", "proves", "sent")

    def __init__(
        self,
        name: str,
        proves: Callable[[Any], bool],
        sent: Callable[[list[Any]], dict[str, Any]],
        *,
        identifier: str | None = None,
    ) -> None:
        self.name = name
        self.proves = proves
        self.sent = sent
        self.identifier = identifier


_KAFKA = _Kind("kafka", _is_of_a_topic, _of_kafka)
_ACTIVEMQ = _Kind("activemq", _is_text("messageID"), _of_activemq)
_KINDS = {
    "aws:sqs": _Kind("sqs", _is_text("messageId"), _records, identifier="messageId"),
    "aws:kinesis": _Kind("kinesis", _is_of_kinesis, _of_kinesis, identifier="eventID"),
    "aws:dynamodb": _Kind("dynamodb", _is_text("dynamodb", "SequenceNumber"), _records, identifier="eventID"),
    "aws:kafka": _KAFKA,
    "SelfManagedKafka": _KAFKA,
    "aws:SelfManagedKafka": _KAFKA,
    "aws:mq": _ACTIVEMQ,
    "aws:amq": _ACTIVEMQ,
    "aws:rmq": _Kind("rabbitmq", _is_text("eventSourceKey"), _of_rabbitmq),
}
"""The sources of pipes by what each record says of itself, and of those with partial responses the key of the identifier."""


def _kind(event: Any) -> _Kind | None:
    """The one source of all records of an array; None for anything else."""
    if not isinstance(event, list) or not event or not isinstance(event[0], dict):
        return None
    source = event[0].get("eventSource")
    kind = _KINDS.get(source) if isinstance(source, str) else None
    if kind is None:
        return None
    same = all(isinstance(r, dict) and r.get("eventSource") == source and kind.proves(r) for r in event)
    return kind if same else None


def _arn(array: Any) -> Any:
    return array[0].get("eventSourceARN", array[0].get("eventSourceArn"))


def _names(array: Any) -> tuple[str, ...]:
    """What the pipe's source may be named by: its ARN, and the name of the queue, stream, table, cluster or broker in it."""
    arn = _arn(array)
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    if len(parts) < 6:
        return (arn if isinstance(arn, str) else "",)
    resource = parts[5].removeprefix("broker:")
    return arn, resource.split("/")[1] if "/" in resource else resource.split(":")[0]


class Passage:
    """The records of a target on their way through the routes of their own source."""

    __slots__ = ("batch", "inside", "kind", "room")

    def __init__(self, room: RecordSource, kind: _Kind, invocation: Invocation) -> None:
        self.room = room
        self.kind = kind
        self.inside = invocation.within(room, kind.sent(invocation.event))
        self.batch: Batch = room.admit(self.inside)
        if kind.identifier is None:
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
            self.batch.partial = False

    def __call__(self) -> Any:
        """The answer for the pipe, or the exception that fails the batch."""
        return self.answer(self.batch())

    def answer(self, result: Any) -> Any:
        """A partial response as a pipe reads it: all that is to come again, as it promises no checkpoint, by its ids."""
        if not isinstance(result, dict) or not result.get("batchItemFailures"):
            return result
        found = [self._identifier(self.batch.records[index]) for index in self.batch.open]
        if not all(isinstance(one, str) and one for one in found):
            raise self.batch.error(", and not all of them have an identifier that could be reported")
        return {"batchItemFailures": [{"itemIdentifier": one} for one in dict.fromkeys(found)]}

    def _identifier(self, record: Any) -> Any:
        return record.get(self.kind.identifier)


class Pipes(EventSource):
    """Amazon EventBridge Pipes.

    The records of a pipe's array go to the routes of their own source, as `@app.sqs("orders")`: nothing is to be written
    for a target. `@app.pipes.enrichment("orders")` takes the whole array where the function is the pipe's enrichment, and
    what it returns replaces the events. `source` is the name or ARN of the pipe's source, a glob, or a list of them.
    """

    name = "pipes"
    marks = ("[]",)
    index = "source"
    payload = "events"
    parts = {
        "events": lambda array: array,
        "source": lambda array: _names(array)[-1],
        "source_arn": _arn,
    }

    def enrichment(
        self,
        source: str | Sequence[str] = "*",
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an array of a pipe's source; the result replaces its events, and `[]` leaves all of them out."""
        named = criteria.any_of("source", _names, criteria.given("source", source))
        return self.route(named, verb=".enrichment", middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """An array of records of one source, each of which says and proves that it is that source's."""
        return _kind(event) is not None

    def key(self, subject: Any) -> Any:
        """The names of the pipe's source."""
        return _names(subject)

    def match(self, subject: Any) -> Route | None:
        """The first enrichment whose criteria hold."""
        return next((r for r in self.candidates(self.key(subject)) if r.matches(subject)), None)

    def inside(self, event: Any) -> tuple[EventSource, Any]:
        """The source of a target's records and the event that its mapping would have sent; of an enrichment this one."""
        kind = _kind(event)
        if kind is None or self.match(event) is not None:
            return self, event
        return getattr(self.app, kind.name), kind.sent(event)

    def admit(self, invocation: Invocation) -> Passage | None:
        """Read the records of a target before any user code runs; None for an enrichment."""
        root = invocation.root
        kind = _kind(invocation.event) if root.verdict is None else None
        if kind is not None and self.match(invocation.event) is None:
            root.verdict = Passage(getattr(self.app, kind.name), kind, invocation)
        passage: Any = root.verdict
        return passage  # type: ignore[no-any-return]

    def run(self, invocation: Invocation) -> Any:
        """Call the enrichment, or handle every record of a target by the routes of its own source."""
        passage = self.admit(invocation)
        if passage is None:
            return super().run(invocation)
        passage.inside.event = passage.kind.sent(invocation.event)  # as middleware left it
        try:
            return passage.answer(passage.room.run(passage.inside))
        finally:
            invocation.root.scope = passage.inside.scope

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The target's own answer, or the events with which an enrichment replaces those of the array."""
        passage = self.admit(invocation)
        if passage is not None:
            return passage.answer(passage.room.shape(result, passage.inside))
        if result is None:
            raise ResultError(
                "an enrichment returns the events that replace these, and [] for none", path="$"
            )
        if isinstance(result, dict) and "batchItemFailures" in result:
            raise ResultError("a pipe reads no partial response of an enrichment", path="$.batchItemFailures")
        return super().shape(result, invocation)

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """What the records' own source makes of it. Of an enrichment a Drop leaves the events out, else it is raised."""
        passage = self.admit(invocation)
        if passage is not None:
            return passage.answer(passage.room.fail(exc, passage.inside))
        if issubclass(type(exc), Drop):
            return []
        raise exc

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id of the first record, where the pipe's source gives its records one."""
        kind = _kind(event)
        found = None if kind is None or kind.identifier is None else event[0].get(kind.identifier)
        return found if isinstance(found, str) else None

    def suggest(self, subject: Any) -> str:
        """The decorator for a record of the array, where the function is the pipe's target."""
        room, event = self.inside(subject)
        return room.suggest(room.subjects(event)[0]) if room is not self else "@app.pipes.enrichment()"
