"""Amazon Connect: functions that a flow invokes for a contact.

Invoked by
    The block "AWS Lambda function" of a flow, which waits as long as the block says: at most 8 seconds, or 60 where
    it runs asynchronously. It tries again up to three times within that.
Answer
    What the block's response validation is set to: one flat object of texts (STRING_MAP), or any JSON (JSON). The
    event does not tell which. At most 32 KB.
An exception
    Takes the contact down the error branch of the block. Its text is a generic one with a reference, unless the
    exception is a `PublicError`.
See
    https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    https://docs.aws.amazon.com/connect/latest/adminguide/invoke-lambda-function-block.html
"""

from __future__ import annotations

from .. import criteria
from ..contract import below, wrong
from ..outcomes import Drop
from ..results import dumps, plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..invocation import Invocation

LIMIT = 32 * 1024
"""The bytes that an answer may have."""

_contact = field("Details", "ContactData")
_parameters = field("Details", "Parameters")
_channel = field("Details", "ContactData", "Channel")


def _queue(event: Any) -> list[Any]:
    """The queue's name and ARN; in older events it is a name alone, and before there is a queue, null."""
    queue = field("Details", "ContactData", "Queue")(event)
    return [queue.get("Name"), queue.get("ARN")] if isinstance(queue, dict) else [queue]


class Connect(EventSource):
    """Amazon Connect flows.

    `@app.connect(parameters={"task": ["lookup"]})` takes the calls of a block that sends this parameter. `parameters`
    is an event pattern over the block's input parameters, `channel` one of VOICE, CHAT, TASK and EMAIL, `queue` a
    queue's name or ARN; each of these may be a glob or a list. `json=True` says that the block takes any JSON.
    """

    name = "connect"
    marks = ("Details",)
    shows_errors = True
    payload = "parameters"
    parts = {
        "parameters": _parameters,
        "contact": _contact,
        "attributes": field("Details", "ContactData", "Attributes"),
        "channel": _channel,
        "contact_id": field("Details", "ContactData", "ContactId"),
        "queue": lambda event: _queue(event)[0],
    }

    def __call__(
        self,
        *,
        parameters: Mapping[str, Any] | None = None,
        channel: str | Sequence[str] | None = None,
        queue: str | Sequence[str] | None = None,
        json: bool = False,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a block."""
        return self.route(
            criteria.pattern("parameters", _parameters, parameters),
            criteria.glob("channel", _channel, channel),
            criteria.any_of("queue", _queue, queue),
            json=json,
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """The data of a contact, which has an id."""
        contact = field("Details", "ContactData")(event) if isinstance(event, dict) else None
        return isinstance(contact, dict) and isinstance(contact.get("ContactId"), str)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The contact's id, by which Connect's own records are found."""
        identifier = self.parts["contact_id"](event)
        return identifier if isinstance(identifier, str) else None

    def skip(self, invocation: Invocation) -> Any:
        """Nothing to read."""
        return {}

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """A flat object of texts, or with `json=True` any JSON; nothing is an empty object, as null is no answer."""
        given = {} if result is None else plain(result, limit=LIMIT)
        if invocation.route is None or not invocation.route.options.get("json"):
            given = plain(_flat(given), limit=LIMIT)
        return given

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """A Drop answers with nothing to read; all else is raised."""
        return self.skip(invocation) if issubclass(type(exc), Drop) else super().fail(exc, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for blocks that send the first of the parameters; what it holds is nobody's business."""
        given = _parameters(subject)
        for key, value in given.items() if isinstance(given, dict) else ():
            if isinstance(value, str):
                return f'@app.connect(parameters={{{quoted(key)}: [{{"exists": True}}]}})'
        return "@app.connect()"


def _flat(given: Any) -> dict[str, str]:
    """One object of texts; numbers and truth values as JSON writes them."""
    if not isinstance(given, dict):
        raise wrong("$", f"is not an object: return a dict, or {_JSON}")
    return {key: _text(value, key) for key, value in given.items()}


def _text(value: Any, key: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return dumps(value)
    if value is None:
        raise wrong(below("$", key), "is null: leave it out, or make it an empty text")
    raise wrong(below("$", key), f"is not flat: return texts alone, or {_JSON}")


_JSON = "write json=True where the block takes JSON"
