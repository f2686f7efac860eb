"""Amazon S3 Batch Operations: tasks of a job, each about one object.

Invoked by
    S3 Batch Operations, synchronously, today with one task at a time.
Answer
    `{"invocationSchemaVersion", "treatMissingKeysAs", "invocationId", "results": [{"taskId", "resultCode",
    "resultString"}]}`: every task once, `Succeeded`, `TemporaryFailure` (it is tried again) or `PermanentFailure`.
An exception
    Is a `TemporaryFailure`, since a function error would be a permanent one; a Reject is a `PermanentFailure`.
See
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from __future__ import annotations

from .. import criteria
from ..answers import AnsweredSource
from ..errors import PublicError, ResultError
from ..failures import class_name, text
from ..outcomes import Outcome, Reject, Retry
from ..percent import unquote_plus
from ..results import LIMIT, encoded_size, plain
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..answers import Fields

_SHORT = 1000
"""How many characters a result string keeps in an answer that would be too large."""

_raw_key = field("s3Key")
_job_id = field("job", "id")


def _bucket(task: Any) -> Any:
    """The bucket's name (schema version 2.0) or its ARN (1.0)."""
    return task["s3Bucket"] if "s3Bucket" in task else task.get("s3BucketArn")


def _name(bucket: Any) -> Any:
    """The bucket's name in its ARN; what is no bucket's ARN, such as an access point's, is its own name."""
    parts = bucket.split(":", 5) if isinstance(bucket, str) else []
    if len(parts) != 6 or parts[0] != "arn":
        return bucket
    name = parts[5].removeprefix("bucket/")
    return name if name and not {"/", ":"} & set(name) else bucket


def _key(task: Any) -> str | None:
    """The object's key, decoded: S3 sends it form-encoded, a space as a plus."""
    raw = _raw_key(task)
    return unquote_plus(raw) if isinstance(raw, str) else None


class S3Batch(AnsweredSource):
    """Amazon S3 Batch Operations.

    `@app.s3_batch()` handles the tasks of jobs, one call a task. `job` is a job's id or a glob, `bucket` a name, a glob or
    an ARN, `key` a glob over the decoded key; each may be a list. `arguments` maps the job's user arguments to values or
    globs.
    """

    name = "s3_batch"
    marks = ("invocationSchemaVersion",)
    parts = {
        "bucket": lambda task: _name(_bucket(task)),
        "key": _key,
        "raw_key": _raw_key,
        "version_id": field("s3VersionId"),
        "task_id": field("taskId"),
        "job_id": lambda task: _job_id(task.event),
        "arguments": lambda task: _arguments(task),
    }

    def __call__(
        self,
        *,
        job: str | Sequence[str] | None = None,
        bucket: str | Sequence[str] | None = None,
        key: str | Sequence[str] | None = None,
        arguments: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a task; a text that it returns is the task's result string."""
        return self.route(
            criteria.glob("job", self.parts["job_id"], job),
            criteria.name_or_arn("bucket", _bucket, bucket, resource=_name),
            criteria.glob("key", _key, key),
            criteria.attributes("arguments", _arguments, arguments),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A job's tasks with their ids, a schema version and an invocation's id."""
        if not isinstance(event, dict) or not isinstance(event.get("job"), dict):
            return False
        tasks, names = event.get("tasks"), (event.get("invocationSchemaVersion"), event.get("invocationId"))
        if not isinstance(tasks, list) or not all(isinstance(name, str) for name in names):
            return False
        return all(isinstance(task, dict) and isinstance(task.get("taskId"), str) for task in tasks)

    def subjects(self, event: Any) -> Sequence[Any]:
        """The tasks."""
        return self.within(event, "tasks")

    def envelope(self, event: Any, subject: Any) -> Any:
        """The event with this task alone."""
        return event if subject is None else {**event, "tasks": [subject]}

    def identifier(self, record: Any) -> Any:
        """The task's id."""
        return record.get("taskId")

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The invocation's id, which S3 Batch Operations gives."""
        identifier = event.get("invocationId")
        return identifier if isinstance(identifier, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the task's bucket."""
        bucket = _name(_bucket(subject))
        known = isinstance(bucket, str) and bucket
        return f"@app.s3_batch({f'bucket={quoted(criteria.literal(bucket))}' if known else ''})"

    # -- the answer --------------------------------------------------------------------------------------------

    def head(self, event: Any) -> dict[str, Any]:
        """What comes back as it was sent. Every task is answered; one without an id can never be."""
        return {
            "invocationSchemaVersion": event["invocationSchemaVersion"],
            "treatMissingKeysAs": "PermanentFailure",
            "invocationId": event["invocationId"],
        }

    def answer(self, result: Any, original: Any, identifier: Any) -> Fields:
        """`Succeeded`, with the text that the handler returned."""
        if isinstance(result, dict):
            result = _answered(result, identifier)
        if result is not None and not isinstance(result, str):
            raise ResultError(
                f"a task's result is None or a text, not {type(result).__name__}; raise to fail the task"
            )
        return _result("Succeeded", "" if result is None else _sendable(result))

    def dropped(self, original: Any) -> Fields:
        """`Succeeded`: the task is settled."""
        return _result("Succeeded", "dropped")

    def failed(self, original: Any, exc: BaseException | None) -> Fields:
        """`PermanentFailure` for a Reject, else `TemporaryFailure`; the completion report has the class name.

        Text of an exception is for the report only if its class says so: an outcome, or a PublicError.
        """
        if exc is None:
            return _result("TemporaryFailure", "not started")
        permanent = issubclass(type(exc), Reject)
        said = text(exc) if issubclass(type(exc), (Outcome, PublicError)) else ""
        return _result("PermanentFailure" if permanent else "TemporaryFailure", said or class_name(exc))

    def agree(self, one: Fields, other: Fields) -> bool:
        """Whether both tasks came to the same."""
        return bool(one["resultCode"] == other["resultCode"])

    def document(self, head: Any, answers: Mapping[str, Fields]) -> Any:
        """The results; where they are too many bytes together, their texts are cut and their codes stay."""
        results = [{"taskId": identifier, **fields} for identifier, fields in answers.items()]
        answer = {**head, "results": results}
        if encoded_size(answer) > LIMIT:
            answer["results"] = [{**r, "resultString": r["resultString"][:_SHORT]} for r in results]
        return plain(answer)

    @staticmethod
    def failures(answer: Any) -> list[str]:
        """The ids of the tasks that have not succeeded."""
        return [r["taskId"] for r in answer["results"] if r["resultCode"] != "Succeeded"]


def _arguments(task: Any) -> Any:
    """The job's user arguments; none in schema version 1.0."""
    found = field("job", "userArguments")(task.event)
    return {} if found is None else found


def _result(code: str, said: str) -> Fields:
    return {"resultCode": code, "resultString": said}


def _sendable(said: str) -> str:
    try:
        said.encode()
    except UnicodeEncodeError:
        raise ResultError("the text has a lone surrogate, which UTF-8 cannot carry") from None
    return said


def _answered(result: dict[str, Any], identifier: Any) -> Any:
    """The text of an answer in S3's own words, by a handler that was written for S3; raised where it is a failure."""
    results = result.get("results", [result])
    found = results[0] if isinstance(results, list) and len(results) == 1 else None
    code = found.get("resultCode") if isinstance(found, dict) else None
    if found is None or code not in ("Succeeded", "TemporaryFailure", "PermanentFailure"):
        raise ResultError(
            "an object is a task's result only in S3's own form, with a resultCode", path="$.resultCode"
        )
    if found.get("taskId", identifier) != identifier:
        raise ResultError("the answer has another task's id", path="$.taskId")
    said = found.get("resultString", "")
    if not isinstance(said, str):
        raise ResultError(f"resultString is {type(said).__name__}, not a text", path="$.resultString")
    if code == "Succeeded":
        return said
    raise (Reject if code == "PermanentFailure" else Retry)(said)
