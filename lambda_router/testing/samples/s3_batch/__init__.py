"""Tasks of Amazon S3 Batch Operations.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from .. import SampleError, stamps

__all__ = ["event", "version_2"]

_ARGUMENTS = {"width": "640", "format": "webp"}


def event(
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    *,
    keys: Sequence[str] | None = None,
    version_id: str | None = None,
    job_id: str | None = None,
    task_id: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """A task about one object, or with `keys` one about each, in schema version 1.0, which has the bucket's ARN.

    Keys are given as they are and sent form-encoded. `task_id` is the id of the task, or a list with one for each.
    """
    if keys is not None and not isinstance(keys, list | tuple):
        raise SampleError(f"keys is a list with a key for each task, not {keys!r:.80}; for one write key=")
    given = [key] if keys is None else list(keys)
    arn = bucket if bucket.startswith("arn:") else f"arn:aws:s3:::{bucket}"
    return {
        "invocationSchemaVersion": "1.0",
        "invocationId": stamps.token(36),
        "job": {"id": job_id or stamps.uuid()},
        "tasks": [
            {
                "taskId": identifier,
                "s3Key": quote_plus(one, safe="/"),
                "s3VersionId": version_id,
                "s3BucketArn": arn,
            }
            for one, identifier in zip(given, _identifiers(task_id, given), strict=True)
        ],
    }


def version_2(
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    *,
    arguments: Mapping[str, str] | None = None,
    **parts: Any,
) -> dict[str, Any]:
    """A task in schema version 2.0, which has the bucket's name and the job's user arguments: as `event`."""
    made = event(bucket, key, **parts)
    for task in made["tasks"]:
        task["s3Bucket"] = task.pop("s3BucketArn").removeprefix("arn:aws:s3:::")
    job = {**made["job"], "userArguments": dict(_ARGUMENTS if arguments is None else arguments)}
    return {**made, "invocationSchemaVersion": "2.0", "job": job}


def _identifiers(given: str | Sequence[str] | None, keys: list[str]) -> list[str]:
    """One id for each task."""
    if given is None:
        return [stamps.token(24) for _ in keys]
    ids = [given] if isinstance(given, str) else list(given)
    if len(ids) != len(keys):
        raise SampleError(f"task_id is one text for each of the {len(keys)} tasks; not {len(ids)}")
    return ids
