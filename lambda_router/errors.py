"""Every error that lambda_router raises.

RouterError
  ConfigurationError            while decorating: a deploy fails, not a request
    HandlerSignatureError       the handler asks for what the source does not offer
    DuplicateRouteError         two routes that nothing can tell apart
    MissingDependencyError      names what to install
  DispatchError                 while routing an event
    UnknownEventError           no source claims it; the keys seen
    NoRouteError                source known; the nearest route; the decorator to write
    PayloadError                the event's content is not what the handler declared
  BatchError                    records failed and the batch is not partial
  ResultError                   the handler's result is not what the contract accepts
  ConcealedError                a handler failed, and the text of its exception would be shown to people
  CallbackError                 what the service waits for could not be delivered
  MountError                    a file system is not where the function expects it
HTTPError                       an answer, not a fault
PublicError                     a failure whose text may be shown to end users

An error says what happened, what was seen and what to write, and carries those values as attributes. None of them
carries a payload.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class RouterError(Exception):
    """The root of every error that this package raises."""


class ConfigurationError(RouterError):
    """A mistake in how the app is written; raised at import, so that the deploy fails and not a request."""


class HandlerSignatureError(ConfigurationError):
    """A handler asks for something that its event source does not offer."""


class DuplicateRouteError(ConfigurationError):
    """Two routes have the same criteria, so the second could never be reached."""


class MissingDependencyError(ConfigurationError):
    """An optional library is needed and not installed; the text names the package to install."""


class DispatchError(RouterError):
    """An event could not be brought to a handler."""


class UnknownEventError(DispatchError):
    """No event source claims the event. `seen` says what it looked like: its type or its top-level keys."""

    def __init__(self, message: str, *, seen: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.seen = tuple(seen)


class NoRouteError(DispatchError):
    """The source is known but no route matches. `source` names it, `suggestion` is a decorator that would match."""

    def __init__(self, message: str, *, source: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.source = source
        self.suggestion = suggestion


class PayloadError(DispatchError):
    """The event's content is not what the handler declared.

    `part` names the part that was asked for; `errors` lists what is wrong with it, each a mapping with `loc` (the
    path inside the part), `type` and `msg`. The content itself is never in the text. `others` are the errors of an HTTP
    handler's other parameters, in the order of its signature; each of these has none of its own.
    """

    others: Sequence[PayloadError] = ()

    def __init__(self, message: str, *, part: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.part = part
        self.errors = tuple(errors)


class BatchError(RouterError):
    """Records of a batch failed and the failure cannot be reported record by record, so that the whole batch fails.

    `failed` counts the records that failed, `not_started` those that were held back by order or by the deadline,
    `total` all of the batch; `classes` counts the failures by exception class name.
    """

    def __init__(
        self, message: str, *, failed: int, not_started: int, total: int, classes: Mapping[str, int]
    ) -> None:
        super().__init__(message)
        self.failed = failed
        self.not_started = not_started
        self.total = total
        self.classes = dict(classes)


class ResultError(RouterError):
    """What a handler returned is not what the caller accepts. `path` leads to the value at fault, as in `$.a[0]`."""

    def __init__(self, message: str, *, path: str = "$") -> None:
        super().__init__(message)
        self.path = path


class ConcealedError(RouterError):
    """A handler failed where the caller shows the text of an exception to people, as Amazon Cognito does.

    It says where to look: `reference` is the id of the call, which is in the log beside the class of the handler's own
    exception. That is the `__cause__`, which the runtime client does not send; a PublicError is raised as it is.
    """

    def __init__(self, *, reference: str | None) -> None:
        super().__init__(f"The request could not be handled (reference {reference or 'unknown'}).")
        self.reference = reference


class CallbackError(RouterError):
    """The callback that the service waits for could not be delivered, so that Lambda should retry the event.

    `final` says whether another attempt would have been in vain. No address and no token is in the text.
    """

    def __init__(self, message: str, *, final: bool = True) -> None:
        super().__init__(message)
        self.final = final


class MountError(RouterError):
    """A file system is not where a handler expects it.

    `path` is the path that was asked for, `reason` what is wrong: "absent", "denied", "read-only" or "stale".
    """

    def __init__(self, message: str, *, path: str, reason: str) -> None:
        super().__init__(message)
        self.path = path
        self.reason = reason


class HTTPError(Exception):
    """An HTTP answer to raise: `raise HTTPError(404, "no such order")`.

    `status` is 100 to 599, `detail` a text or JSON value that the client may read (an RFC 9457 problem document is
    made of it), `headers` are added to the answer.
    """

    def __init__(self, status: int, detail: Any = None, *, headers: Mapping[str, str] | None = None) -> None:
        if type(status) is not int or not 100 <= status <= 599:
            raise ValueError(f"HTTPError takes a status from 100 to 599, not {status!r}")
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})

    def __str__(self) -> str:
        return f"{self.status}" if self.detail is None else f"{self.status} {self.detail}"


class PublicError(Exception):
    """A failure whose text may be shown to end users; every other exception's text is kept from them."""
