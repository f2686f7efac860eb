"""What the caller would do with an answer: one sentence or two for each kind of source, by the class of its room."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from lambda_router.answers import AnsweredSource
from lambda_router.batch import PolledSource, RecordSource
from lambda_router.callback import CallbackSource
from lambda_router.failures import class_name, printable
from lambda_router.http.source import HttpSource
from lambda_router.reporting import ReportingSource
from lambda_router.source import EventSource
from lambda_router.testing import BatchResult, HttpResult, Result

if TYPE_CHECKING:
    from lambda_router.testing import Callback

__all__ = ["consequence"]

# What the client of a function that fails is answered, where AWS says so.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
# https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
_FAILED = {"api_gateway_rest": 502, "api_gateway_http": 500, "alb": 502, "function_url": 502}
_SHOWN = 5

_RETRIED = (
    "Lambda calls the function with this event twice more (after 1 and 2 minutes); if that fails too, the event goes to "
    "the function's on-failure destination or dead-letter queue, and is lost without one."
)
"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html."""

# What becomes of the messages of a queue that have failed, behind "2 messages to ...".
_HELD = {
    "sqs": "come again after the visibility timeout, until the redrive policy moves them to the dead-letter queue",
    "activemq": "come again, six times",
    "rabbitmq": "come again until they succeed",
}
_BLOCKED = (
    "come again, and nothing behind them is read, until they succeed, expire or the mapping gives them up"
)


def consequence(result: Result, reports: Sequence[Callback] = ()) -> str:
    """What whoever sent the event would do with the result, in plain words."""
    room = result._room
    if room is None:
        return _direct(result)
    for kind, tell in _KINDS:
        if issubclass(room, kind):
            return tell(result, room, reports)
    raise TypeError(f"{room!r} is no source")  # the last kind is every source


def _direct(result: Result) -> str:
    if result.error is None:
        return "Who calls the function gets this answer; of an asynchronous call nobody gets it."
    return f"Who calls the function gets the error {class_name(result.error)}; of an asynchronous call: {_RETRIED}"


def _http(result: Result, room: type[EventSource], reports: Sequence[Callback]) -> str:
    if result.error is not None:
        code = _FAILED.get(room.name)
        return f"The client gets {_status(code) if code else 'an error'} from AWS, without detail."
    if not isinstance(result, HttpResult):
        return "The client gets this answer."
    kind = result.headers.get("content-type")
    said = f" with {len(result.body):,} bytes{f' of {kind}' if kind else ''}" if result.body else ""
    return f"The client gets {_status(result.status)}{said or ' without a body'}."


def _status(code: int) -> str:
    try:
        return f"{int(code)} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(int(code))


def _polled(result: Result, room: type[EventSource], reports: Sequence[Callback]) -> str:
    failed, done = _failed_and_done(result)
    queued = room.name in _HELD
    what = "message" if queued else "record"
    again = _HELD.get(room.name, _BLOCKED)
    if result.error is not None:
        return f"Lambda takes the whole batch for failed: {_counted(failed, what)} to {again}."
    if not failed:
        return f"Lambda {'deletes' if queued else 'goes on behind'} {_counted(done, what)}."
    return (
        f"Lambda takes {_counted(done, what)} for done{' and deletes what is' if queued and done else ''}; "
        f"{_counted(failed, what)} to {again}: {_named(failed)}. "
        "That is so if the mapping has ReportBatchItemFailures; without it Lambda takes all of them for done."
    )


def _answered(result: Result, room: type[EventSource], reports: Sequence[Callback]) -> str:
    if result.error is not None:
        return f"{room.name} gets the error {class_name(result.error)} and takes the whole batch for failed."
    failed, done = _failed_and_done(result)
    told = f"{room.name} reads the answer: {_counted(done, 'record')} done"
    return f"{told}, {len(failed)} failed: {_named(failed)}." if failed else f"{told}."


def _counted(items: Sequence[Any], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


def _failed_and_done(result: Result) -> tuple[list[Any], list[Any]]:
    if not isinstance(result, BatchResult):
        return [], []
    return list(result.failed), list(result.succeeded)


def _named(identifiers: Sequence[Any]) -> str:
    shown = ", ".join(printable(str(one)) for one in identifiers[:_SHOWN])
    more = len(identifiers) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _reported(result: Result, room: type[EventSource], reports: Sequence[Callback]) -> str:
    if result.error is not None:
        told = f"{room.name} is told by {_operations(reports)}, and then: " if reports else ""
        return told + _waits(result, room, reports)
    if reports:
        return (
            f"{room.name} is told by {_operations(reports)}; the answer of the function itself is not read."
        )
    if room.synchronous or result.response is not None:
        return f"{room.name} reads this answer."
    return f"{room.name} is told nothing, and waits until it gives up, unless the event needs no report."


def _operations(reports: Sequence[Callback]) -> str:
    found = [
        f"{report.operation} {status}" if (status := report.parameters.get("Status")) else report.operation
        for report in reports
    ]
    return ", ".join(dict.fromkeys(found))


def _waits(result: Result, room: type[EventSource], reports: Sequence[Callback]) -> str:
    if not room.synchronous:
        return _RETRIED if result.error is not None else "Nobody waits: Lambda takes the event for done."
    if result.error is None:
        return f"{room.name} reads this answer."
    return f"{room.name} gets the error {class_name(result.error)} in place of an answer."


_KINDS = (
    (HttpSource, _http),
    (AnsweredSource, _answered),
    (PolledSource, _polled),
    (RecordSource, _waits),
    (CallbackSource, _reported),
    (ReportingSource, _reported),
    (EventSource, _waits),
)
"""The kinds of sources, the special ones first."""
