"""Sources whose outcome is reported by a call of an AWS API: the client that makes it, and what its errors mean.

boto3 is imported when the first route of such a source is registered, in the init phase; no other app pays for it.
"""

from __future__ import annotations

from .errors import CallbackError, MissingDependencyError
from .source import EventSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from .source import Route

_CONNECT_SECONDS, _READ_SECONDS = 2, 3
# Refusals that may pass (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html); any other 4xx is
# about the call itself, which would be refused again.
_PASSING = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)


class ReportError(CallbackError):
    """The service refused the call; `code` is the error code that it gave, `status` the HTTP status, None where it has not
    seen the call. Its own text is left out: it may hold a token."""

    def __init__(self, operation: str, code: str, *, status: int | None = None) -> None:
        super().__init__(f"{operation} was refused: {code}")
        self.code = code
        self.status = status


class ReportingSource(EventSource):
    """A source that reports by calls of an AWS API.

    `client` is the boto3 client of the service that makes them. One is made with the first route unless there is one:
    `app.config.client = client`, or `app.config = Config(app, client=client)`.
    """

    service: ClassVar[str]
    """What boto3 calls the service."""
    known: ClassVar[frozenset[str]] = frozenset()
    """The error codes by which the service says that it has had its report before."""
    attempts: ClassVar[int] = 1
    """How often the client tries a call by itself."""
    patience: ClassVar[float] = _READ_SECONDS
    """For how many seconds the client waits for an answer."""
    synchronous = False
    shows_errors = False

    def __init__(self, app: Any, *, client: Any = None) -> None:
        super().__init__(app)
        self.client = client

    def enter(self, route: Route) -> None:
        """Register the route, and make the client if there is none yet."""
        super().enter(route)
        if self.client is None:
            self.client = connected(self.service, self.attempts, patience=self.patience)

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route of another router, and with it the client that reports there."""
        if self.client is None:
            self.client = getattr(route.room, "client", None)
        super().adopt(route, prefix=prefix)

    def carried(self, document: Any, raw: Any) -> Any:
        """What waits for a report is never taken out of a record."""
        return None

    def request(self, operation: str, /, **parameters: Any) -> Any:
        """Call the service once; what it answers, or None where it has had its report before.

        ReportError for what it refuses and would refuse again; anything else that is raised may pass.
        """
        if self.client is None:  # there was no Region when the routes were registered
            self.client = connected(self.service, self.attempts, patience=self.patience)
        if self.client is None:
            raise ReportError(operation, "there is no Region: set AWS_REGION, or give the room a client")
        try:
            return getattr(self.client, operation)(**parameters)
        except Exception as exc:
            code, status = _refusal(exc), _status(exc)
            if code is None:
                raise
        if code in self.known:
            return None
        # Out here, so that it does not drag the refusal's own text along.
        raise ReportError(operation, code, status=status)


def connected(
    service: str, attempts: int, *, region: str | None = None, patience: float = _READ_SECONDS
) -> Any:
    """A client that gives up in good time, for the function's Region unless another is given; None where there is no
    Region, as on a developer's machine."""
    try:
        boto3: Any = __import__("boto3")
        botocore: Any = __import__("botocore.config")
    except ImportError:
        raise MissingDependencyError(
            f"{service} is called through boto3, which Lambda's Python runtimes bring along; "
            "install boto3 where you run without them, or give the room a client"
        ) from None
    options = botocore.config.Config(
        region_name=region,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=patience,
        retries={"total_max_attempts": attempts, "mode": "standard"},
    )
    try:
        return boto3.client(service, config=options)
    except botocore.exceptions.NoRegionError:
        return None


def _refusal(exc: Exception) -> str | None:
    """Why the call was refused and would be again: an error code, or what the client calls a call that it did not send."""
    status = _status(exc)
    if status is None:
        return "ParamValidationError" if type(exc).__name__ == "ParamValidationError" else None
    response: Any = getattr(exc, "response", None)
    code = response.get("Error", {}).get("Code", "")
    passing = not 400 <= status < 500 or status == 429 or code in _PASSING
    return None if passing else code or f"status {status}"


def _status(exc: Exception) -> int | None:
    """The HTTP status of what the service answered; None where it has answered nothing."""
    response: Any = getattr(exc, "response", None)
    return (
        response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if isinstance(response, dict)
        else None
    )
