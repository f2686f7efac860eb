"""AWS CloudFormation custom resources.

Invoked by
    CloudFormation, asynchronously, for every creation, update and deletion of a resource; the stack waits for an answer,
    by default an hour. Also by a provider of the AWS CDK, which waits for the result.
Answer
    A document, put once to the presigned URL that the event holds: SUCCESS or FAILED, the resource's physical id, its
    attributes. Without a URL the result is returned.
An exception
    FAILED is put, and so it is before the function reaches its time limit; then the invocation ends well. What could not
    be delivered is raised, so that Lambda retries the event.
See
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html
"""

from __future__ import annotations

import json

from .. import criteria
from ..callback import Callback, CallbackSource, reason
from ..errors import CallbackError, NoRouteError, ResultError
from ..failures import printable
from ..outcomes import Drop
from ..presigned import OUTBOX, PresignedUrl, Uploads
from ..results import plain
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ..invocation import Invocation
    from ..source import Route

_REQUESTS = ("Create", "Update", "Delete")
_COPIED = ("StackId", "RequestId", "LogicalResourceId")
_DOCUMENT = frozenset({"PhysicalResourceId", "Data", "NoEcho"})
_LARGEST_ANSWER = 4_096
_LONGEST_ID = 1_024
_NOT_CREATED = "lambda_router/not-created/"
"""How the id of a resource begins whose creation failed: when it is deleted there is nothing to do."""


class Resource:
    """What became of a resource: its physical id and the attributes that `Fn::GetAtt` reads.

    `id` None keeps the id that the resource has, or gives a new one its stack's name, its logical id and the request's
    id. Another id in an update means that the resource was replaced, and CloudFormation deletes the old one. `no_echo`
    hides the attributes where CloudFormation shows them.
    """

    __slots__ = ("data", "id", "no_echo")

    def __init__(
        self, id: str | None = None, data: Mapping[str, Any] | None = None, *, no_echo: bool = False
    ) -> None:
        self.id = id
        self.data = data
        self.no_echo = no_echo

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (self.id, self.data, self.no_echo) == (other.id, other.data, other.no_echo)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = "" if self.data is None else ", data=..."
        return f"Resource({self.id!r}{shown}{', no_echo=True' if self.no_echo else ''})"


class ResourceFactory(RouteFactory):
    """What `app.cloudformation(...)` returns: decorates the handler of every request, its parts those of one kind each."""

    __slots__ = ()

    @property
    def create(self) -> RouteFactory:
        """Creations."""
        return self._only("Create")

    @property
    def update(self) -> RouteFactory:
        """Updates."""
        return self._only("Update")

    @property
    def delete(self) -> RouteFactory:
        """Deletions, also those that end a replacement or undo a creation."""
        return self._only("Delete")

    def _only(self, request: str) -> RouteFactory:
        given = self._arguments["criteria"]
        chosen = [*given, *criteria.glob("request_type", _request_type, request)]
        shown = f"{self._shown}.{request.lower()}"
        return RouteFactory(self._source, shown=shown, **{**self._arguments, "criteria": chosen})


_request_type = field("RequestType")
_resource_type = field("ResourceType")


class CloudFormation(CallbackSource):
    """AWS CloudFormation custom resources.

    `bucket = app.cloudformation("Custom::Bucket")`, then `@bucket.create`, `@bucket.update` and `@bucket.delete`, or
    `@bucket` for all of them. The resource type is a name, a glob or a list of them.

    `hosts` are the hosts beside Amazon S3's that answers may be put to, for an emulator of AWS: `"aws.internal:4566"`.
    `provider` says that the function stands behind a provider of the AWS CDK, which hands on the URL but answers by
    itself: `app.cloudformation = CloudFormation(app, provider=True)`, above the first decorator.
    """

    name = "cloudformation"
    marks = ("LogicalResourceId",)
    index = "resource_type"
    payload = "properties"
    parts = {
        "properties": field("ResourceProperties"),
        "old_properties": field("OldResourceProperties"),
        "physical_id": field("PhysicalResourceId"),
        "logical_id": field("LogicalResourceId"),
        "stack_id": field("StackId"),
        "request_type": _request_type,
        "resource_type": _resource_type,
    }

    def __init__(self, app: Any, *, hosts: Iterable[str] = (), provider: bool = False) -> None:
        super().__init__(app)
        self.uploads = Uploads(hosts)
        self.provider = provider

    def __call__(
        self,
        resource_type: str | Sequence[str] = "*",
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> ResourceFactory:
        """One call a request."""
        chosen = criteria.glob(
            "resource_type", _resource_type, criteria.given("resource_type", resource_type)
        )
        return ResourceFactory(
            self,
            shown=f"app.cloudformation({quoted(resource_type) if isinstance(resource_type, str) else resource_type})",
            criteria=list(chosen),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A request of some type, or with a URL for the answer, for a stack's resource; macros and hooks have neither."""
        return (
            isinstance(event, dict)
            and all(isinstance(event.get(key), str) for key in ("StackId", "LogicalResourceId"))
            and any(isinstance(event.get(key), str) for key in ("RequestType", "ResponseURL"))
        )

    def key(self, subject: Any) -> Any:
        """The resource type."""
        return _resource_type(subject)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """CloudFormation's id of the request."""
        identifier = event.get("RequestId")
        return identifier if isinstance(identifier, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the resource's type."""
        seen = _resource_type(subject)
        known = isinstance(seen, str) and seen
        return f"@app.cloudformation({quoted(criteria.literal(seen) if known else '*')})"

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route, and what was said of the hosts and of a provider."""
        if isinstance(route.room, CloudFormation):
            self.uploads.hosts |= route.room.uploads.hosts
            self.provider = self.provider or route.room.provider
        super().adopt(route, prefix=prefix)

    # -- the callback ----------------------------------------------------------------------------------------------

    def disclosed(self, event: Any) -> Any:
        """The event without the URL: who has that can answer in the function's place."""
        return {key: value for key, value in event.items() if key != "ResponseURL"}

    def callback(self, event: Any) -> Callback | None:
        """The answer to be put to the event's URL; None where there is none, or where a provider answers."""
        if "ResponseURL" not in event or self.provider:
            return None
        return Answer(event, address=self.uploads.address(event["ResponseURL"]), uploads=self.uploads)

    def admit(self, invocation: Invocation) -> None:
        """Go no further with a request of unknown type, or to delete what was never created."""
        super().admit(invocation)
        request = _request_type(invocation.event)
        if request not in _REQUESTS:
            raise NoRouteError("the request's type is none of Create, Update and Delete", source=self.name)
        if request == "Delete" and _was_not_created(invocation.event):
            raise Drop

    def returned(self, result: Any, invocation: Invocation) -> Any:
        """What a provider of the AWS CDK takes, of an `on_event` handler or of an `is_complete` one."""
        return _returned(result, invocation.event)


class Answer(Callback):
    """The answer to one request: a document within CloudFormation's limits."""

    def __init__(self, event: Mapping[str, Any], *, address: PresignedUrl, uploads: Uploads) -> None:
        super().__init__()
        self._address = address
        self._uploads = uploads
        self._outbox = OUTBOX.get()  # now: the thread that watches has a context of its own
        self._request = {key: event.get(key) for key in (*_COPIED, "RequestType", "PhysicalResourceId")}
        if not isinstance(event.get("RequestId"), str) or _size(self._failed("")) > _LARGEST_ANSWER - 200:
            raise CallbackError("the request cannot be answered: its ids are missing, too long or no text")

    def success(self, result: Any) -> Any:
        """SUCCESS with the resource's id and attributes."""
        answer = {"Status": "SUCCESS", **self._copied, **_document(result, self._request)}
        size = _size(answer)
        if size > _LARGEST_ANSWER:
            raise ResultError(
                f"the answer has {size:,} bytes and CloudFormation takes {_LARGEST_ANSWER:,}: return less data",
                path="$.Data",
            )
        return answer

    def failure(self, exc: BaseException) -> Any:
        """FAILED with as much of the reason as there is room for."""
        told = reason(exc, reference=self.reference)
        while _size(answer := self._failed(told)) > _LARGEST_ANSWER:
            told = told[: len(told) // 2]
        return answer

    def send(self, message: Any, *, seconds: float) -> None:
        """Put the document."""
        if self._outbox is not None:
            self._outbox.append(message)
        else:
            self._uploads.put(self._address, _encoded(message), seconds=seconds)

    def _failed(self, told: str) -> dict[str, Any]:
        kept = _id_of_failure(self._request)
        return {"Status": "FAILED", "Reason": told, **self._copied, "PhysicalResourceId": kept}

    @property
    def _copied(self) -> dict[str, Any]:
        return {key: self._request[key] for key in _COPIED}


def _encoded(answer: Mapping[str, Any]) -> bytes:
    # A lone surrogate, which no service sends, stays the escape that it was in the event.
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _size(answer: Mapping[str, Any]) -> int:
    return len(_encoded(answer))


# -- physical ids --------------------------------------------------------------------------------------------------


def _own_id(event: Mapping[str, Any]) -> str | None:
    """The id that the resource has."""
    found = event.get("PhysicalResourceId")
    return found if isinstance(found, str) and 0 < _length(found) <= _LONGEST_ID else None


def _was_not_created(event: Mapping[str, Any]) -> bool:
    return (_own_id(event) or "").startswith(_NOT_CREATED)


def _id_of_failure(event: Mapping[str, Any]) -> str:
    """The id that the resource keeps; of a failed creation one that says that there is nothing to delete."""
    own = None if _request_type(event) == "Create" else _own_id(event)
    return own or f"{_NOT_CREATED}{event['RequestId']}"


def _new_id(event: Mapping[str, Any]) -> str:
    """An id that the same request gets again if Lambda repeats it."""
    stack = event["StackId"].split("/")  # arn:aws:cloudformation:<region>:<account>:stack/<name>/<id>
    parts = (stack[1] if len(stack) > 1 else stack[0], event["LogicalResourceId"], event.get("RequestId"))
    return "-".join(str(part) for part in parts if part)[:_LONGEST_ID] or "unnamed"


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


# -- results -------------------------------------------------------------------------------------------------------


def _document(result: Any, event: Mapping[str, Any]) -> dict[str, Any]:
    """What a handler's result decides of an answer."""
    resource = _resource(result)
    document: dict[str, Any] = {"PhysicalResourceId": _id(resource.id, event)}
    if not isinstance(resource.no_echo, bool):
        raise ResultError("NoEcho is True or False", path="$.NoEcho")
    if resource.no_echo:
        document["NoEcho"] = True
    if resource.data is not None:
        document["Data"] = data = plain(resource.data)
        if not isinstance(data, dict):
            raise ResultError("the attributes of a resource are a dict", path="$.Data")
    return document


def _resource(result: Any) -> Resource:
    """A result in any of its forms as a Resource."""
    if isinstance(result, Resource):
        return result
    value = plain(result)
    if value is None or isinstance(value, str):
        return Resource(value)
    if not isinstance(value, dict):
        raise ResultError(
            f"a handler returns an id, a dict of attributes, a Resource or None, not {type(value).__name__}"
        )
    if not _is_document(value):
        return Resource(data=value)
    if unknown := sorted(value.keys() - _DOCUMENT):
        raise ResultError(
            "attributes belong in Data: return Resource(id, data)",
            path=f"$.{printable(unknown[0], limit=60)}",
        )
    return Resource(value.get("PhysicalResourceId"), value.get("Data"), no_echo=value.get("NoEcho", False))


def _is_document(value: Mapping[str, Any]) -> bool:
    """Whether a dict is in CloudFormation's own words, as handlers of the CDK return it, rather than attributes."""
    return "PhysicalResourceId" in value or (
        value.keys() <= _DOCUMENT and isinstance(value.get("Data"), dict)
    )


def _id(given: Any, event: Mapping[str, Any]) -> str:
    """The id to answer with: that of a deletion stays as it is, since another one would fail it."""
    own = _own_id(event)
    if given is None or (own and _request_type(event) == "Delete"):
        return own or _new_id(event)
    if not isinstance(given, str) or given.startswith(_NOT_CREATED):
        raise ResultError("a physical id is a text of your own", path="$.PhysicalResourceId")
    if not 0 < len(plain(given).encode()) <= _LONGEST_ID:
        raise ResultError(f"a physical id has 1 to {_LONGEST_ID:,} bytes", path="$.PhysicalResourceId")
    return str.__str__(given)


def _returned(result: Any, event: Mapping[str, Any]) -> dict[str, Any]:
    """What a provider takes: the document with whatever else is in it, for `is_complete`; or whether that is the case."""
    value = result if isinstance(result, Resource) else plain(result)
    if isinstance(value, bool):
        return {"IsComplete": value}
    if not isinstance(value, dict) or not (_is_document(value) or "IsComplete" in value):
        return _document(value, event)
    if "IsComplete" not in value:
        known = {key: value[key] for key in value.keys() & _DOCUMENT}
        return {**value, **_document(known, event)}
    if not isinstance(value["IsComplete"], bool):
        raise ResultError("IsComplete is True or False", path="$.IsComplete")
    if value.get("Data") and not value["IsComplete"]:
        raise ResultError("attributes are for when IsComplete is True", path="$.Data")
    return value
