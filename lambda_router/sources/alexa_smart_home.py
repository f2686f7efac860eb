"""Smart home skills of Alexa: directives for devices, in version 3 and in the older forms with a bare header.

Invoked by
    Alexa, synchronously, and it waits for eight seconds.
Answer
    An event that answers the directive, with a header of its own; what a header has to repeat is filled in.
An exception
    Becomes an `ErrorResponse` with a general text, in version 2 a `DriverInternalError`; version 1 has none, so there it
    is raised. The failure is logged; Lambda counts the invocation as done.
See
    https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
    https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-response.html
    https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-errorresponse.html
    https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-discovery.html
"""

from __future__ import annotations

import os

from .. import criteria, results
from ..contract import anything, form, listed, mapped, one_of, text, whole, wrong
from ..errors import NoRouteError, PayloadError
from ..outcomes import Drop
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

_OLDER_NAMESPACES = ("Control", "Discovery", "Query", "System")
"""Those of version 1; version 2 puts `Alexa.ConnectedHome.` before them."""

_REPLIES = {
    ("Alexa.Discovery", "Discover"): ("Alexa.Discovery", "Discover.Response"),
    ("Alexa.Authorization", "AcceptGrant"): ("Alexa.Authorization", "AcceptGrant.Response"),
    ("Alexa", "ReportState"): ("Alexa", "StateReport"),
}
"""What answers a directive, where it is not `Alexa` with `Response`."""

_ERRORS = ((NoRouteError, "INVALID_DIRECTIVE"), (PayloadError, "INVALID_VALUE"))
"""The types of errors that are not the handler's own."""

_object = mapped(anything)
_PROPERTY = form(
    {
        "namespace": text(),
        "name": text(),
        "value": anything,
        "timeOfSample": text(),
        "uncertaintyInMilliseconds": whole(0),
    }
)
_CONTEXT = form({}, {"properties": listed(_PROPERTY)})
_REPORT = form({"context": form({"properties": listed(_PROPERTY)})})
_HEADER = {"namespace": text(), "name": text(), "messageId": text(most=127), "payloadVersion": text()}
_ENDPOINT = form(
    {
        "endpointId": text(most=256),
        "manufacturerName": text(),
        "description": text(),
        "friendlyName": text(),
        "displayCategories": listed(text()),
        "capabilities": listed(_object),
    }
)
_PAYLOADS = {
    "ErrorResponse": form({"type": text(), "message": text()}),
    "Discover.Response": form({"endpoints": listed(_ENDPOINT, most=300)}),
}
_EVENT = form({"header": form(_HEADER), "payload": _object}, {"endpoint": form({"endpointId": text()})})
_ANSWER = form({"event": _EVENT}, {"context": _CONTEXT})
_OLDER_ANSWER = form({"header": form({"namespace": text(), "name": text()}), "payload": _object})


def _directive(event: Any) -> Any:
    """The directive; before version 3 it is the event itself."""
    return event.get("directive", event)


def _in(*path: str) -> Callable[[Any], Any]:
    get = field(*path)

    def look(event: Any) -> Any:
        directive = _directive(event)
        return get(directive) if isinstance(directive, dict) else None

    return look


_header, _payload, _endpoint = _in("header"), _in("payload"), _in("endpoint")
_namespace, _name = _in("header", "namespace"), _in("header", "name")
_version, _token = _in("header", "payloadVersion"), _in("header", "correlationToken")
_device, _appliance = _in("endpoint", "endpointId"), _in("payload", "appliance", "applianceId")


class AlexaSmartHome(EventSource):
    """Smart home skills of Alexa.

    `@app.alexa_smart_home("Alexa.PowerController", ["TurnOn", "TurnOff"])` takes directives by namespace and name, each a
    text, a glob or a list; `endpoint` is the device's id.
    """

    name = "alexa_smart_home"
    marks = ("directive", "header")
    index = "namespace"
    shows_errors = True
    parts = {"directive": _directive, "header": _header, "endpoint": _endpoint, "payload": _payload}

    def __call__(
        self,
        namespace: str | Sequence[str],
        directive: str | Sequence[str],
        *,
        endpoint: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a directive."""
        return self.route(
            criteria.glob("namespace", _namespace, criteria.given("namespace", namespace)),
            criteria.glob("directive", _name, criteria.given("directive", directive)),
            criteria.glob("endpoint", lambda event: _device(event) or _appliance(event), endpoint),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A directive of one of Alexa's interfaces with its header, or a bare header of version 1 or 2."""
        if not isinstance(event, dict) or not isinstance(_payload(event), dict):
            return False
        namespace, version = _namespace(event), _version(event)
        if not all(isinstance(one, str) for one in (namespace, version, _name(event))):
            return False
        if "directive" in event:
            sent = isinstance(_header(event).get("messageId"), str)
            return sent and f"{namespace}.".startswith("Alexa.")
        if version == "1":
            return namespace in _OLDER_NAMESPACES and str(_name(event)).endswith("Request")
        return version == "2" and str(namespace).startswith("Alexa.ConnectedHome.")

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id of the directive's message; the token with which it is answered is a secret."""
        found = field("messageId")(_header(event))
        return found if isinstance(found, str) else None

    def key(self, subject: Any) -> Any:
        """The namespace."""
        return _namespace(subject)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The handler's event, with what its header has to repeat filled in."""
        document = results.plain(result)
        if not isinstance(document, dict):
            raise wrong("$", 'is no object: return {"event": ...} with what changed in "context"')
        answer = _answer if "directive" in invocation.event else _older
        return results.plain(answer(document, invocation.event))

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """An error that says nothing but where to look; a Drop is answered as if nothing had to be told."""
        from ..failures import concealed

        event = invocation.event
        if issubclass(type(exc), Drop):
            return self.shape(_nothing(event), invocation)
        said = concealed(exc, invocation.correlation_id)
        if _version(event) == "1" and "directive" not in event:
            raise said
        self.app._failure(said, invocation)  # logged here, since Lambda does not see it fail
        return self.shape(_error(exc, said, event), invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for the directive."""
        shown = [quoted(criteria.literal(one) or "*") for one in (_namespace(subject), _name(subject))]
        return f"@app.alexa_smart_home({', '.join(shown)})"


def _answer(document: dict[str, Any], event: Any) -> dict[str, Any]:
    """An answer in version 3."""
    told = document.setdefault("event", {})
    if not isinstance(told, dict):
        raise wrong("$.event", "is not an object")
    told["header"] = _filled(told.get("header", {}), event)
    told.setdefault("payload", {})
    device = _device(event)
    if "endpoint" not in told and isinstance(device, str) and device:
        told["endpoint"] = {"endpointId": device}  # and not the scope, which holds the user's token
    _ANSWER(document, "$")
    header, path = told["header"], "$.event.header"
    if not f"{header['namespace']}.".startswith("Alexa."):
        raise wrong(f"{path}.namespace", "is not one of Alexa's")
    if header["payloadVersion"] not in ("3", _version(event)):
        raise wrong(f"{path}.payloadVersion", "is neither 3 nor the directive's")
    if header.get("correlationToken") != _token(event):
        raise wrong(f"{path}.correlationToken", "is not the directive's")
    _PAYLOADS.get(header["name"], _object)(told["payload"], "$.event.payload")
    if header["name"] == "StateReport":
        _REPORT(document, "$")
    if header["name"] == "Discover.Response":
        _once(told["payload"]["endpoints"])
    return document


def _filled(header: Any, event: Any) -> dict[str, Any]:
    """A header with what Alexa expects in it where the handler said nothing."""
    if not isinstance(header, dict):
        raise wrong("$.event.header", "is not an object")
    asked = (str(_namespace(event)), str(_name(event)))
    namespace, name = _REPLIES.get(asked, ("Alexa", "Response"))
    filled = {"namespace": namespace, "name": name, "messageId": _identifier(), "payloadVersion": "3"}
    token = _token(event)
    return {**filled, **({} if token is None else {"correlationToken": token}), **header}


def _once(endpoints: list[Any]) -> None:
    seen: set[str] = set()
    for number, one in enumerate(endpoints):
        if one["endpointId"] in seen:
            raise wrong(f"$.event.payload.endpoints[{number}].endpointId", "is there twice")
        seen.add(one["endpointId"])


def _older(document: dict[str, Any], event: Any) -> dict[str, Any]:
    """An answer in version 1 or 2: `TurnOnRequest` is answered by `TurnOnConfirmation`."""
    sent = _header(event)
    header = document.setdefault("header", {})
    if not isinstance(header, dict):
        raise wrong("$.header", "is not an object")
    stem = str(_name(event)).removesuffix("Request")
    told = "Control" in sent["namespace"] and sent["payloadVersion"] == "2" and not stem.startswith("Get")
    known = {
        "namespace": sent["namespace"],
        "name": f"{stem}Confirmation" if told else f"{stem}Response",
        "payloadVersion": sent["payloadVersion"],
        "messageId": _identifier(),
    }
    document["header"] = {**known, **header}
    document.setdefault("payload", {})
    _OLDER_ANSWER(document, "$")
    one_of(sent["payloadVersion"])(document["header"]["payloadVersion"], "$.header.payloadVersion")
    text()(document["header"]["messageId"], "$.header.messageId")
    return document


def _nothing(event: Any) -> dict[str, Any]:
    """The emptiest answer that the directive has."""
    asked = (_namespace(event), _name(event))
    if asked == ("Alexa.Discovery", "Discover"):
        return {"event": {"payload": {"endpoints": []}}}
    return {"context": {"properties": []}} if asked == ("Alexa", "ReportState") else {}


def _error(exc: BaseException, said: BaseException, event: Any) -> dict[str, Any]:
    """The failure answer: https://developer.amazon.com/en-US/docs/alexa/device-apis/alexa-errorresponse.html"""
    from ..failures import text as text_of

    if "directive" not in event:
        return {"header": {"name": "DriverInternalError"}}
    raised = type(exc)  # isinstance would ask the exception for its __class__
    kind = next((name for cls, name in _ERRORS if issubclass(raised, cls)), "INTERNAL_ERROR")
    namespace = "Alexa"
    if _namespace(event) == "Alexa.Authorization":
        namespace, kind = "Alexa.Authorization", "ACCEPT_GRANT_FAILED"
    header = {"namespace": namespace, "name": "ErrorResponse"}
    return {"event": {"header": header, "payload": {"type": kind, "message": text_of(said) or kind}}}


def _identifier() -> str:
    """A random UUID."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
