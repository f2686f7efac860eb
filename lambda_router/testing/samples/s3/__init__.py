"""Event notifications of Amazon S3 buckets.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from .. import SampleError, stamps

__all__ = ["event", "object_removed", "test_event"]

_OWNER = "A1EXAMPLEOWNERID"


def event(
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    *,
    keys: Sequence[str] | None = None,
    event_name: str = "ObjectCreated:Put",
    size: int = 1024,
    etag: str | None = None,
    version_id: str | None = None,
    configuration_id: str = "uploads-to-lambda",
    principal_id: str = "AWS:AROAEXAMPLEROLEIDENT1:uploader",
    client_ip: str = stamps.CLIENT_IP,
    region: str = stamps.REGION,
) -> dict[str, Any]:
    """A notification of one object, or with `keys` a record for each; `bucket` is a name or an ARN.

    Keys are given as they are and sent form-encoded. What is deleted has no `size` and no `etag`; a completed
    restore has its Glacier data.
    """
    if keys is not None and not isinstance(keys, list | tuple):
        raise SampleError(f"keys is a list with a key for each object, not {keys!r:.80}; for one write key=")
    now = stamps.Moment()
    shared = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": region,
        "eventTime": now.iso_millis,
        "eventName": event_name,
        "userIdentity": {"principalId": principal_id},
        "requestParameters": {"sourceIPAddress": client_ip},
    }
    arn = bucket if bucket.startswith("arn:") else f"arn:aws:s3:::{bucket}"
    name = arn.rpartition(":")[2]
    about = {"name": name, "ownerIdentity": {"principalId": _OWNER}, "arn": arn}
    return {
        "Records": [
            {
                **shared,
                "responseElements": {"x-amz-request-id": _request_id(), "x-amz-id-2": stamps.token(57)},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": configuration_id,
                    "bucket": about,
                    "object": _object(one, event_name, size, etag, version_id),
                },
                **_restored(event_name),
            }
            for one in ([key] if keys is None else keys)
        ]
    }


def object_removed(bucket: str = "uploads", key: str = "images/photo.jpg", **parts: Any) -> dict[str, Any]:
    """A notification of an object that was deleted: as `event`."""
    given: dict[str, Any] = {"event_name": "ObjectRemoved:Delete", **parts}
    return event(bucket, key, **given)


def test_event(bucket: str = "uploads") -> dict[str, Any]:  # noqa: PT028 - the name is the event's
    """What S3 sends when notifications are set up, to see whether it may; it has no records."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": stamps.Moment().iso_millis,
        "Bucket": bucket,
        "RequestId": _request_id(),
        "HostId": stamps.token(57),
    }


def _request_id() -> str:
    return stamps.hexadecimal(16).upper()


def _object(key: str, event_name: str, size: int, etag: str | None, version_id: str | None) -> dict[str, Any]:
    content = {"size": size, "eTag": etag or stamps.hexadecimal(32)}
    return {
        "key": quote_plus(key, safe="/"),
        **({} if _kind(event_name) in ("ObjectRemoved", "LifecycleExpiration") else content),
        **({} if version_id is None else {"versionId": version_id}),
        "sequencer": stamps.hexadecimal(18).upper(),
    }


def _restored(event_name: str) -> dict[str, Any]:
    if event_name.removeprefix("s3:") != "ObjectRestore:Completed":
        return {}
    restored = {
        "lifecycleRestorationExpiryTime": stamps.Moment().iso_millis,
        "lifecycleRestoreStorageClass": "GLACIER",
    }
    return {"glacierEventData": {"restoreEventData": restored}}


def _kind(event_name: str) -> str:
    return event_name.removeprefix("s3:").partition(":")[0]
