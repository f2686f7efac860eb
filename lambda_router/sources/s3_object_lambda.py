"""Amazon S3 Object Lambda access points: objects made for who asks for them.

Invoked by
    S3, synchronously, for GetObject, HeadObject and ListObjects (of both versions); it gives the caller 60 seconds to
    receive the whole answer.
Answer
    To GetObject one call of `WriteGetObjectResponse`; what the function returns is not read. To the others what is
    returned: the status with headers, or with a list.
An exception
    Is answered with an error as S3 has them, and a general text; the text of a `PublicError` and of an `HTTPError` is
    shown. After a GetObject it is then raised, with a general text too, unless it is an `HTTPError`: S3 has its answer.
See
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-writing-lambda.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html
"""

from __future__ import annotations

from .. import binding, criteria
from ..callback import Callback, CallbackSource
from ..contract import anything, flag, form, listed, mapped, text, whole, wrong
from ..errors import CallbackError, HTTPError, NoRouteError, PayloadError, ResultError
from ..failures import concealed, printable, type_name
from ..failures import text as said
from ..http.response import Response
from ..outcomes import Drop
from ..payload import document
from ..percent import unquote
from ..reporting import ReportError, ReportingSource
from ..results import dumps, plain
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..binding import Parameter
    from ..criteria import Criterion
    from ..invocation import Invocation
    from ..source import Route

_OPERATIONS = {
    "getObjectContext": "GetObject",
    "headObjectContext": "HeadObject",
    "listObjectsContext": "ListObjects",
    "listObjectsV2Context": "ListObjectsV2",
}
_LONGEST = 60.0
"""Seconds in which S3 takes an answer, which may be large and its reader slow."""
_WRITTEN = object()
"""In place of a result: the handler has written the answer itself."""

_payload = field("configuration", "payload")


def _context_key(event: Any) -> str | None:
    """The key of the context that there is, with what an answer needs of it."""
    return next((key for key in _OPERATIONS if key in event and _is_context(event[key], key)), None)


def _is_context(context: Any, key: str) -> bool:
    needed = ("inputS3Url", "outputRoute", "outputToken")[: 3 if key == "getObjectContext" else 1]
    return isinstance(context, dict) and all(isinstance(context.get(one), str) for one in needed)


def _operation(event: Any) -> str | None:
    return _OPERATIONS.get(_context_key(event) or "")


def _held(event: Any, key: str) -> Any:
    return event.get(_context_key(event), {}).get(key)


def _key(event: Any) -> str | None:
    """The object's key, from the address at S3, where it is encoded without doubt; None for lists."""
    path = _held(event, "inputS3Url").partition("?")[0].partition("://")[2].partition("/")[2]
    return unquote(path) or None


def _arguments(event: Any, absent: Any) -> Any:
    """What the access point's configuration hands to the function: JSON, or the text that it is to S3."""
    found = _payload(event)
    try:
        return document("arguments", found) if found else absent
    except PayloadError:
        return found


def _access_point(arn: str) -> str:
    """`photos` of `arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/photos`."""
    return arn.rpartition("/")[2]


class S3ObjectLambda(ReportingSource, CallbackSource):
    """Amazon S3 Object Lambda access points.

    `@app.s3_object_lambda.get()` makes objects, `.head()` and `.list()` answer for what they are and which there are.
    """

    name = "s3_object_lambda"
    marks = tuple(_OPERATIONS)
    service = "s3"
    patience = _LONGEST
    synchronous = True
    shows_errors = True
    content = {"arguments": _payload}
    parts = {
        "url": lambda event: _held(event, "inputS3Url"),
        "route": lambda event: _held(event, "outputRoute"),
        "token": lambda event: _held(event, "outputToken"),
        "key": _key,
        "operation": _operation,
        "user_request": field("userRequest"),
        "user_identity": field("userIdentity"),
        "access_point": field("configuration", "accessPointArn"),
    }

    def get(
        self,
        key: str | Sequence[str] | None = None,
        *,
        prefix: str | Sequence[str] | None = None,
        suffix: str | Sequence[str] | None = None,
        access_point: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call each time that an object is asked for."""
        chosen = _chosen(key, prefix, suffix)
        return self._route(
            "get", "GetObject", chosen, access_point=access_point, middleware=middleware, name=name
        )

    def head(
        self,
        key: str | Sequence[str] | None = None,
        *,
        prefix: str | Sequence[str] | None = None,
        suffix: str | Sequence[str] | None = None,
        access_point: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call each time that the headers of an object are asked for."""
        chosen = _chosen(key, prefix, suffix)
        return self._route(
            "head", "HeadObject", chosen, access_point=access_point, middleware=middleware, name=name
        )

    def list(
        self,
        *,
        access_point: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call each time that a list of objects is asked for, of either version."""
        return self._route(
            "list", "ListObjects*", (), access_point=access_point, middleware=middleware, name=name
        )

    def _route(
        self,
        verb: str,
        operation: str,
        chosen: Sequence[Criterion],
        *,
        access_point: Any,
        **options: Any,
    ) -> RouteFactory:
        """The route factory of any of the decorators."""
        owner = field("configuration", "accessPointArn")
        return self.route(
            criteria.glob("operation", _operation, operation),
            tuple(chosen),
            criteria.name_or_arn("access_point", owner, access_point, resource=_access_point),
            verb=f".{verb}",
            **options,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A request to S3, what was asked of it, and the context of an operation."""
        return (
            isinstance(event, dict)
            and isinstance(event.get("xAmzRequestId"), str)
            and isinstance(event.get("userRequest"), dict)
            and _context_key(event) is not None
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id of the request to S3."""
        return event["xAmzRequestId"]  # type: ignore[no-any-return]

    def enter(self, route: Route) -> None:
        """Register the route; only what answers GetObject needs a client."""
        if route.written("operation") == "GetObject":
            super().enter(route)
        else:
            EventSource.enter(self, route)

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts; the arguments without an annotation are JSON only where they are that."""
        return _Words(source=self.name, parts=self.parts, content=self.content)

    def callback(self, event: Any) -> Callback | None:
        """The answer to GetObject, where a route has said that this function gives it."""
        return _Written(self, event) if self.routes and _operation(event) == "GetObject" else None

    def admit(self, invocation: Invocation) -> None:
        """Take the place of the answer out of the event, and let it know whose route it is."""
        super().admit(invocation)
        held: Any = invocation.verdict
        if held is not None:
            held.invocation = invocation

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call; somebody waits, so that an exception handler's value is a result."""
        return EventSource.run(self, invocation)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The answer to GetObject is written, unless the handler has had the token to write it; others are returned."""
        if result is None and invocation.verdict is not None and _has_token(invocation.route):
            result = _WRITTEN
        return super().shape(result, invocation)

    def returned(self, result: Any, invocation: Invocation) -> Any:
        """The answer to HeadObject and ListObjects: the document that AWS describes."""
        operation = _operation(invocation.event)
        if not isinstance(result, dict):
            raise ResultError(f"{operation} is answered with a dict, not {type_name(type(result))}")
        answer = {key: value for key, value in plain(result).items() if value is not None}
        (_HEAD if operation == "HeadObject" else _LIST)(answer, "$")
        if operation != "HeadObject":
            _check_list(answer, operation)
        return answer

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """An error is written or returned, and what is a fault and not an answer is raised or logged."""
        held: Any = invocation.verdict
        if held is None:
            return self._refused(exc, invocation)
        if exc is held.error:
            raise exc
        held.fail(exc)
        if _is_answer(exc):
            return None
        raise concealed(exc, invocation.correlation_id)

    def _refused(self, exc: BaseException, invocation: Invocation) -> Any:
        operation = _operation(invocation.event)
        if issubclass(type(exc), (NoRouteError, CallbackError)) or operation == "GetObject":
            return EventSource.fail(self, exc, invocation)
        if not _is_answer(exc):
            self.app._failure(concealed(exc, invocation.correlation_id), invocation)
        status, code, message = _error(exc, invocation.correlation_id)
        answer: dict[str, Any] = {"statusCode": status, "errorCode": code, "errorMessage": message}
        if operation == "HeadObject":
            answer["headers"] = {"Content-Length": "0"}
        return plain(answer)

    def answered(self, exc: BaseException, invocation: Invocation) -> bool:
        """Write an error if nothing has been written; it is raised all the same, for nothing is tried again."""
        super().answered(exc, invocation)
        return False

    def suggest(self, subject: Any) -> str:
        """The decorator of the operation."""
        verb = {"GetObject": "get", "HeadObject": "head"}.get(_operation(subject) or "", "list")
        return f"@app.s3_object_lambda.{verb}()"


class _Words(binding.Vocabulary):
    def first(self, parameter: Parameter, annotation: Any) -> binding.Argument | None:
        if parameter.name != "arguments" or not binding.is_free(annotation):
            return None
        absent = None if parameter.default is binding.NOTHING else parameter.default
        return lambda event, invocation: _arguments(event, absent)


def _chosen(key: Any, prefix: Any, suffix: Any) -> tuple[Criterion, ...]:
    return (
        *criteria.glob("key", _key, key),
        *criteria.affix("prefix", _key, prefix),
        *criteria.affix("suffix", _key, suffix),
    )


def _has_token(route: Route | None) -> bool:
    return route is not None and route.plan is not None and "token" in route.plan.arguments


# -- errors ----------------------------------------------------------------------------------------------------

# The statuses that an answer may have (https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html),
# the errors with a code of S3's (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
_FINE = frozenset({200, 206, 304})
_CODES = {
    400: "InvalidRequest",
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    409: "OperationAborted",
    411: "MissingContentLength",
    412: "PreconditionFailed",
    416: "InvalidRange",
    500: "InternalError",
    503: "ServiceUnavailable",
}


def _is_answer(exc: BaseException) -> bool:
    # isinstance would ask the exception for its __class__
    return issubclass(type(exc), (HTTPError, Drop))


def _error(exc: Any, reference: str | None) -> tuple[int, str, str]:
    """An exception as a status, a code and a message; what is dropped does not exist for the caller."""
    if issubclass(type(exc), Drop):
        return 404, _CODES[404], "The object does not exist."
    if issubclass(type(exc), HTTPError):
        status = exc.status if exc.status in _CODES else 400 if exc.status < 500 else 500
        return status, _CODES[status], _message(exc.detail) or f"The request failed with {exc.status}."
    told = said(concealed(exc, reference))
    return 500, _CODES[500], _message(told) or "The request could not be handled."


def _message(told: Any) -> str:
    """One line that can go into a header."""
    return printable(told, limit=1_000).encode("ascii", "replace").decode() if isinstance(told, str) else ""


# -- GetObject -------------------------------------------------------------------------------------------------

# What a header is called in the call; user metadata has a map of its own.
_PARAMETERS = {
    "accept-ranges": "AcceptRanges",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-range": "ContentRange",
    "content-type": "ContentType",
    "etag": "ETag",
    "expires": "Expires",
    "last-modified": "LastModified",
    "x-amz-expiration": "Expiration",
    "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "x-amz-object-lock-mode": "ObjectLockMode",
    "x-amz-replication-status": "ReplicationStatus",
    "x-amz-restore": "Restore",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-storage-class": "StorageClass",
    "x-amz-version-id": "VersionId",
}
_METADATA = "x-amz-meta-"
_OCTETS = (bytes, bytearray, memoryview)


class _Written(Callback):
    """The one answer to a GetObject; the route and the token are in no message and no error."""

    patience = _LONGEST

    def __init__(self, room: S3ObjectLambda, event: Any) -> None:
        super().__init__()
        self.room = room
        context = event["getObjectContext"]
        self._place = {"RequestRoute": context["outputRoute"], "RequestToken": context["outputToken"]}
        self._tried = False
        self.invocation: Invocation | None = None

    def success(self, result: Any) -> Any:
        """The object with its headers."""
        if result is _WRITTEN:
            return None
        if isinstance(result, str):
            result = Response(result, content_type="text/plain; charset=utf-8")
        elif isinstance(result, _OCTETS):
            result = Response(bytes(result))
        if not isinstance(result, Response):
            raise ResultError(
                f"GetObject is answered with bytes, text or a Response, not {type_name(type(result))}; "
                "None says that the handler has written the answer itself, for which it asks for the token"
            )
        return _written(result)

    def failure(self, exc: BaseException) -> Any:
        """The error."""
        status, code, message = _error(exc, self.reference)
        return {"StatusCode": status, "ErrorCode": code, "ErrorMessage": message}

    def send(self, message: Any, *, seconds: float) -> None:
        """One call. The token is good for one: when it was tried before, a 400 says that there is an answer."""
        if message is None:
            return
        before, self._tried = self._tried or self._is_shared(), True
        try:
            self.room.request("write_get_object_response", **self._place, **message)
        except ReportError as refusal:
            if not (before and refusal.status == 400):
                raise

    def _is_shared(self) -> bool:
        """Whether the handler has the token too."""
        return self.invocation is not None and _has_token(self.invocation.route)


def _written(response: Response) -> dict[str, Any]:
    """A response as parameters of the call."""
    status = response.status
    if status in _CODES:
        message = _message(response.body) or f"The request failed with {status}."
        return {"StatusCode": status, "ErrorCode": _CODES[status], "ErrorMessage": message}
    if status not in _FINE:
        raise wrong("$.status", f"is {status}, which S3 does not answer with")
    if response.cookies:
        raise wrong("$.cookies", "are there, which S3 does not set")
    found: dict[str, Any] = {"StatusCode": status, **_headers(response)}
    if status != 304:
        found["Body"] = _body(response.body)
        if isinstance(response.body, dict | list):
            found.setdefault("ContentType", "application/json")
    return found


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, _OCTETS):
        return bytes(body)
    try:
        return (str.__str__(body) if isinstance(body, str) else dumps(body)).encode()
    except UnicodeEncodeError:
        raise wrong("$.body", "has a lone surrogate, which UTF-8 cannot carry") from None


def _headers(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in response.headers.items():
        lower = name.lower()
        path = f'$.headers["{lower}"]'
        if not value.isascii():
            raise wrong(path, "is not ASCII")
        if lower.startswith(_METADATA):
            found.setdefault("Metadata", {})[lower.removeprefix(_METADATA)] = value
        elif lower in _PARAMETERS:
            found[_PARAMETERS[lower]] = _moment(value, path) if lower == "last-modified" else value
        elif lower != "content-length":  # the body says that itself
            raise wrong(path, "is no header that S3 answers with")
    return found


def _moment(value: str, path: str) -> Any:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(value)
    except ValueError:
        raise wrong(path, "is no date of HTTP") from None


# -- HeadObject and ListObjects ----------------------------------------------------------------------------------


def _length(value: Any, path: str) -> None:
    """A number of bytes; as text too, as headers are that were received."""
    if not (isinstance(value, str) and value.isascii() and value.isdigit()):
        whole(0)(value, path)


def _header(value: Any, path: str) -> None:
    if not isinstance(value, str | int | float):
        raise wrong(path, "is not text, a number, true or false")


_STATUS = whole(200, 599)
_TOLD = {"errorCode": text(), "errorMessage": text(least=0)}
_HEADERS = (mapped(_header), form({"Content-Length": _length}))


def _all_headers(value: Any, path: str) -> None:
    for check in _HEADERS:
        check(value, path)


_HEAD = form({"statusCode": _STATUS, "headers": _all_headers}, _TOLD, closed=True)
_TEXT = text(least=0)
_OBJECT = form(
    {"key": text(), "size": whole(0)},
    {"etag": _TEXT, "lastModified": _TEXT, "storageClass": _TEXT, "checksumAlgorithm": _TEXT},
)
_BUCKET = {"name": text(), "maxKeys": whole(0), "isTruncated": flag}
_SOME = {
    "contents": listed(_OBJECT),
    "commonPrefixes": listed(form({"prefix": _TEXT})),
    "delimiter": _TEXT,
    "encodingType": _TEXT,
    "prefix": _TEXT,
}
_LISTED = {
    "ListObjects": form(_BUCKET, {**_SOME, "marker": _TEXT, "nextMarker": _TEXT}),
    "ListObjectsV2": form(
        {**_BUCKET, "keyCount": whole(0)},
        {**_SOME, "continuationToken": _TEXT, "nextContinuationToken": _TEXT, "startAfter": _TEXT},
    ),
}
_LIST = form(
    {"statusCode": _STATUS},
    {**_TOLD, "listResultXml": text(), "listBucketResult": anything},
    closed=True,
)


def _check_list(answer: dict[str, Any], operation: str | None) -> None:
    """One list in one of two forms; an error needs none."""
    given = [key for key in ("listResultXml", "listBucketResult") if key in answer]
    if len(given) > 1:
        raise wrong("$.listResultXml", "is there beside listBucketResult: one of them is the list")
    if not given and answer["statusCode"] < 400:
        raise wrong("$.listResultXml", "is missing, as is listBucketResult: one of them is the list")
    if "listBucketResult" in given:
        _LISTED[operation or ""](answer["listBucketResult"], "$.listBucketResult")
