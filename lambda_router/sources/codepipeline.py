"""Jobs of AWS CodePipeline: the Lambda invoke action.

Invoked by
    CodePipeline, asynchronously, when it is the action's turn, and again where the function has asked for that.
Answer
    One call of `PutJobSuccessResult` or `PutJobFailureResult` for the job; what the function returns is not read.
    Without one the action waits for 20 minutes and fails.
An exception
    Is reported as the failure of the job; then the invocation ends well, so that Lambda does not repeat it.
See
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobSuccessResult.html
    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobFailureResult.html
"""

from __future__ import annotations

import logging

from .. import criteria
from ..callback import Callback, CallbackSource, reason
from ..errors import DispatchError, PayloadError, ResultError
from ..failures import printable
from ..payload import document
from ..reporting import ReportError, ReportingSource
from ..results import dumps, plain
from ..source import RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..invocation import Invocation

log = logging.getLogger("lambda_router")

_JOB = "CodePipeline.job"
_SUCCESS, _FAILURE = "put_job_success_result", "put_job_failure_result"
_CONFIGURATION = (_JOB, "data", "actionConfiguration", "configuration")
_text = field(*_CONFIGURATION, "UserParameters")


class Continue:
    """The job is not done yet: CodePipeline calls the function again, with this token, and waits for 24 hours at most.

    `token` is text of 1 to 2,048 characters, whatever the next call needs to go on. The rest is shown in the pipeline:
    `summary` of what has been done, `percent` of it (0 to 100), `execution_id` of where it is being done.
    """

    __slots__ = ("execution_id", "percent", "summary", "token")

    def __init__(
        self,
        token: str,
        *,
        summary: str | None = None,
        percent: int | None = None,
        execution_id: str | None = None,
    ) -> None:
        self.token = token
        self.summary = summary
        self.percent = percent
        self.execution_id = execution_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Continue) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Continue({self.token!r})"


class Credentials(dict):  # type: ignore[type-arg]
    """The temporary credentials of a job's artifacts: each is there for who asks by name, `credentials["accessKeyId"]`.

    They are in no repr and no JSON text, and whoever goes through the event finds an empty dict.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __bool__(self) -> bool:
        return bool(self._values)

    def get(self, name: str, default: Any = None) -> Any:
        """One of them, or the default."""
        return self._values.get(name, default)

    def __repr__(self) -> str:
        return "<credentials>"


class CodePipeline(ReportingSource, CallbackSource):
    """Jobs of AWS CodePipeline.

    `@app.codepipeline()` takes the jobs of the pipelines that invoke the function. `parameters` is an event pattern
    over the action's user parameters, where they are JSON; `function` is the name of the function in the action;
    `pattern` is an event pattern over the event, its user parameters parsed.
    """

    name = "codepipeline"
    marks = (_JOB,)
    service = "codepipeline"
    known = frozenset({"InvalidJobStateException"})  # the job has its result, or its action has timed out
    payload = "parameters"
    parts = {
        "job_id": field(_JOB, "id"),
        "parameters": _text,
        "input_artifacts": field(_JOB, "data", "inputArtifacts"),
        "output_artifacts": field(_JOB, "data", "outputArtifacts"),
        "continuation_token": field(_JOB, "data", "continuationToken"),
        "credentials": field(_JOB, "data", "artifactCredentials"),
    }

    def __call__(
        self,
        *,
        parameters: Mapping[str, Any] | None = None,
        function: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a job, and one more each time that it is continued."""
        return self.route(
            criteria.glob("function", field(*_CONFIGURATION, "FunctionName"), function),
            criteria.pattern("parameters", _parsed, parameters),
            criteria.pattern("pattern", _filterable, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """There is a job with an id and data."""
        job = event.get(_JOB) if isinstance(event, dict) else None
        return (
            isinstance(job, dict)
            and isinstance(job.get("id"), str)
            and job["id"] != ""
            and isinstance(job.get("data"), dict)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The job's id."""
        job_id = self.parts["job_id"](event)
        return job_id if isinstance(job_id, str) else None

    def disclosed(self, event: Any) -> Any:
        """The event with the credentials out of sight."""
        job = event[_JOB]
        held = job["data"].get("artifactCredentials")
        credentials = Credentials(held if isinstance(held, dict) else {})
        return {**event, _JOB: {**job, "data": {**job["data"], "artifactCredentials": credentials}}}

    def callback(self, event: Any) -> Callback | None:
        """The result of the job, where a route has said that this function gives it."""
        return _Result(self, event[_JOB]["id"]) if self.routes else None

    def admit(self, invocation: Invocation) -> None:
        """Say in a failure which invocation it was."""
        super().admit(invocation)
        held: Any = invocation.verdict
        if held is not None:
            held.execution = invocation.request_id


class _Result(Callback):
    """The one result of a job: the operation and what it is given."""

    def __init__(self, room: CodePipeline, job: str) -> None:
        super().__init__()
        self.room = room
        self.job = job
        self.execution: str | None = None

    def success(self, result: Any) -> Any:
        """Success with output variables, or to be continued."""
        given = _continuation(result) if isinstance(result, Continue) else _variables(result)
        return _SUCCESS, {"jobId": self.job, **given}

    def failure(self, exc: BaseException) -> Any:
        """Failure; what an action was not given, or given wrongly, is its configuration's."""
        kind = "ConfigurationError" if issubclass(type(exc), DispatchError) else "JobFailed"
        details = {"type": kind, "message": reason(exc, reference=self.reference)}
        if self.execution:
            details["externalExecutionId"] = self.execution
        return _FAILURE, {"jobId": self.job, "failureDetails": details}

    def send(self, message: Any, *, seconds: float) -> None:
        """One call; where a success is refused for what is in it, another that reports the failure."""
        operation, given = message
        try:
            self.room.request(operation, **given)
        except ReportError as refused:
            if operation == _FAILURE or refused.code not in _AT_FAULT:
                raise
            reference = printable(self.reference or "unknown")
            log.error("codepipeline failure reported: %s (reference %s)", refused, reference)
            operation, given = self.failure(ResultError(str(refused)))
            self.room.request(operation, **given)


_AT_FAULT = frozenset({"OutputVariablesSizeExceededException", "ValidationException", "ParamValidationError"})
"""Refusals of a success that are due to what it holds: the job still waits for its result."""
_NAMES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@-_")
_TOKEN, _SUMMARY, _EXECUTION = 2_048, 2_048, 1_500
"""The most characters of each (https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionDetails.html)."""


def _variables(result: Any) -> dict[str, Any]:
    """The output variables, texts by name; none where there is no result."""
    given = plain(result)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ResultError(
            "a job's handler returns None, a dict of output variables or Continue(token), "
            f"not {type(given).__name__}"
        )
    variables = {_named(name): _variable(name, value) for name, value in given.items()}
    return {"outputVariables": variables} if variables else {}


def _named(name: str) -> str:
    if not name or not _NAMES.issuperset(name):
        raise ResultError(
            f"{printable(name)} is no name of an output variable: letters, digits, @, - and _",
            path=f"$.{printable(name, limit=60)}",
        )
    return name


def _variable(name: str, value: Any) -> str:
    """Text as it is, a number or truth value as JSON writes it."""
    if value is None or isinstance(value, dict | list):
        kind = "None" if value is None else type(value).__name__
        raise ResultError(
            f"an output variable is text, and {name} is {kind}: json.dumps it", path=f"$.{name}"
        )
    return value if isinstance(value, str) else dumps(value)


def _continuation(result: Continue) -> dict[str, Any]:
    """The token, and what is shown of the progress."""
    token = plain(result.token)
    if not isinstance(token, str) or not 1 <= len(token) <= _TOKEN:
        raise ResultError(f"the token of Continue is text of 1 to {_TOKEN:,} characters", path="$.token")
    details = {
        "summary": _cut(result.summary, "summary", _SUMMARY),
        "externalExecutionId": _cut(result.execution_id, "execution_id", _EXECUTION),
        "percentComplete": _percent(result.percent),
    }
    shown = {name: value for name, value in details.items() if value is not None}
    return {"continuationToken": token, **({"executionDetails": shown} if shown else {})}


def _cut(given: Any, name: str, most: int) -> str | None:
    text = plain(given)
    if text is not None and not isinstance(text, str):
        raise ResultError(f"{name} of Continue is text, not {type(text).__name__}", path=f"$.{name}")
    return text[:most] if text else None


def _percent(percent: Any) -> int | None:
    if percent is not None and (type(percent) is not int or not 0 <= percent <= 100):
        raise ResultError("percent of Continue is an int from 0 to 100", path="$.percent")
    return percent


def _parsed(event: Any) -> Any:
    """The user parameters as JSON, or as they are."""
    try:
        return document("parameters", _text(event))
    except PayloadError:
        return _text(event)


def _filterable(event: Any) -> Any:
    """The event as a pattern sees it, its user parameters parsed where they are JSON; no credentials."""
    job, data = event[_JOB], dict(event[_JOB]["data"])
    configuration = field(*_CONFIGURATION)(event)
    if isinstance(configuration, dict) and "UserParameters" in configuration:
        data["actionConfiguration"] = {"configuration": {**configuration, "UserParameters": _parsed(event)}}
    data.pop("artifactCredentials", None)
    return {**event, _JOB: {**job, "data": data}}
