"""Amazon S3 event notifications.

Invoked by
    S3, asynchronously: nobody waits, and Lambda retries twice.
Answer
    Is ignored. The test event that S3 sends when notifications are set up is answered by the router.
An exception
    Is raised after every record has run, so that Lambda retries the event and then sends it to its failure
    destination.
See
    https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from .. import criteria
from ..batch import RecordSource, all_from
from ..percent import unquote_plus
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_bucket = field("s3", "bucket", "name")
_raw_key = field("s3", "object", "key")


def _key(record: Any) -> str | None:
    """The object's key, decoded: S3 sends it form-encoded, a space as a plus."""
    raw = _raw_key(record)
    return unquote_plus(raw) if isinstance(raw, str) else None


def _event_name(record: Any) -> str | None:
    """The event's name without the `s3:` that only some events carry."""
    name = record.get("eventName")
    return name.removeprefix("s3:") if isinstance(name, str) else None


class S3(RecordSource):
    """Amazon S3 event notifications.

    `@app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*")`. `bucket` is a name or a glob, `key` a
    glob over the decoded key, `event` a glob over the event name (with or without `s3:`), `prefix` and
    `suffix` as in a notification's filter; each may be a list. `pattern` is an event pattern over the record
    as it was sent.
    """

    name = "s3"
    marks = ("Records[0].eventSource=aws:s3", "Event")
    index = "bucket"
    parts = {
        "bucket": _bucket,
        "key": _key,
        "raw_key": _raw_key,
        "size": field("s3", "object", "size"),
        "etag": field("s3", "object", "eTag"),
        "version_id": field("s3", "object", "versionId"),
        "event_name": _event_name,
    }

    def __call__(
        self,
        bucket: str | Sequence[str],
        key: str | Sequence[str] | None = None,
        event: str | Sequence[str] | None = None,
        *,
        prefix: str | Sequence[str] | None = None,
        suffix: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an object."""
        chosen = self._criteria(bucket, key=key, event=event, prefix=prefix, suffix=suffix, pattern=pattern)
        return self.route(*chosen, middleware=middleware, name=name)

    def object_created(
        self,
        bucket: str | Sequence[str],
        *,
        prefix: str | Sequence[str] | None = None,
        suffix: str | Sequence[str] | None = None,
        key: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """Objects that were created, however: `ObjectCreated:*`."""
        chosen = self._criteria(
            bucket, key=key, event="ObjectCreated:*", prefix=prefix, suffix=suffix, pattern=pattern
        )
        return self.route(*chosen, middleware=middleware, name=name)

    def object_removed(
        self,
        bucket: str | Sequence[str],
        *,
        prefix: str | Sequence[str] | None = None,
        suffix: str | Sequence[str] | None = None,
        key: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """Objects that were deleted, or hidden by a delete marker: `ObjectRemoved:*`."""
        chosen = self._criteria(
            bucket, key=key, event="ObjectRemoved:*", prefix=prefix, suffix=suffix, pattern=pattern
        )
        return self.route(*chosen, middleware=middleware, name=name)

    def _criteria(
        self, bucket: Any, *, key: Any, event: Any, prefix: Any, suffix: Any, pattern: Any
    ) -> list[tuple[criteria.Criterion, ...]]:
        return [
            criteria.glob("bucket", _bucket, criteria.given("bucket", bucket)),
            criteria.glob("key", _key, key),
            criteria.glob("event", _event_name, _without_s3(event)),
            criteria.affix("prefix", _key, prefix),
            criteria.affix("suffix", _key, suffix),
            criteria.pattern("pattern", lambda record: record, pattern),
        ]

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from S3; or the event is S3's test event."""
        if not isinstance(event, dict):
            return False
        if event.get("Event") == "s3:TestEvent" and event.get("Service") == "Amazon S3":
            return "Records" not in event
        return all_from(event, "aws:s3")

    def noise(self, event: Any) -> bool:
        """The test event has no records."""
        return "Records" not in event

    def subjects(self, event: Any) -> Sequence[Any]:
        """The records; the test event has none."""
        return () if self.noise(event) else super().subjects(event)

    def key(self, subject: Any) -> Any:
        """The bucket's name."""
        return _bucket(subject)

    def identifier(self, record: Any) -> Any:
        """The object's sequencer, which says nothing of its name."""
        return field("s3", "object", "sequencer")(record)

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's bucket."""
        bucket = _bucket(subject)
        return f"@app.s3({quoted(criteria.literal(bucket) if isinstance(bucket, str) and bucket else '*')})"


def _without_s3(event: Any) -> Any:
    if isinstance(event, list | tuple | set | frozenset):
        return [_without_s3(e) for e in event]
    return event.removeprefix("s3:") if isinstance(event, str) else event
