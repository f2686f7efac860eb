"""Custom rules of AWS Config.

Invoked by
    AWS Config, asynchronously, when a resource that a rule is about changes, and by schedule.
Answer
    Calls of `PutEvaluations`, at most 100 evaluations in each; what the function returns is not read.
An exception
    Is raised, so that Lambda tries the event again: AWS Config takes no report of a failure, and a verdict that nobody
    has reached is none. Until then the rule keeps its last one.
See
    https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html
    https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
    https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html
"""

from __future__ import annotations

import logging

from .. import call, criteria
from ..errors import CallbackError, PayloadError, ResultError
from ..failures import class_name, type_name
from ..outcomes import Drop
from ..payload import document, problem
from ..reporting import ReportError, ReportingSource
from ..results import plain
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from ..invocation import Invocation
    from ..source import Route

COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE = "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"
_PAGE = 100
_ANNOTATION, _TYPE, _ID = 256, 256, 768
"""The most characters of each (https://docs.aws.amazon.com/config/latest/APIReference/API_Evaluation.html)."""

_rule = field("configRuleName")
_message_type = field("invokingEvent", "messageType")


class Evaluation:
    """What a rule finds: `compliance` is True, False, "COMPLIANT", "NON_COMPLIANT" or "NOT_APPLICABLE".

    It is about the resource that has changed, or the account where the rule runs by schedule, unless `resource_type` and
    `resource_id` name another. `annotation` says why, and is cut to 256 characters. `timestamp` is when the resource was
    as it is judged, a datetime or ISO text, in UTC unless it says otherwise; else it is the event's.
    """

    __slots__ = ("annotation", "compliance", "resource_id", "resource_type", "timestamp")

    def __init__(
        self,
        compliance: bool | str,
        *,
        resource_type: str | None = None,
        resource_id: str | None = None,
        annotation: str | None = None,
        timestamp: datetime | str | None = None,
    ) -> None:
        self.compliance = compliance
        self.resource_type = resource_type
        self.resource_id = resource_id
        self.annotation = annotation
        self.timestamp = timestamp

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evaluation) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        about = f", {self.resource_type} {self.resource_id}" if self.resource_id else ""
        return f"<Evaluation {self.compliance}{about}>"


class Config(ReportingSource):
    """Custom rules of AWS Config.

    `@app.config("instances-are-small")` takes the evaluations of a rule, named exactly, by a glob, or a list of them.
    `message_type` and `resource_type` are values or globs; `parameters` is an event pattern over the rule's parameters,
    `pattern` one over the event, its `invokingEvent` and `ruleParameters` parsed.
    """

    name = "config"
    marks = ("invokingEvent",)
    service = "config"
    attempts = 3
    index = "rule"
    payload = "parameters"
    content = {"parameters": lambda event: event.get("ruleParameters") or "{}"}
    parts = {
        "configuration_item": lambda event: _item(event),
        "message_type": _message_type,
        "account": field("accountId"),
    }

    def __call__(
        self,
        rule: str | Sequence[str],
        *,
        message_type: str | Sequence[str] | None = None,
        resource_type: str | Sequence[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an event, unless its resource is gone: that is not applicable, and no rule is asked."""
        return self.route(
            criteria.glob("rule", _rule, criteria.given("rule", rule)),
            criteria.glob("message_type", _message_type, message_type),
            criteria.glob("resource_type", _resource_type, resource_type),
            criteria.pattern("parameters", _parameters, parameters),
            criteria.pattern("pattern", _filterable, pattern),
            middleware=middleware,
            name=name,
        )

    # -- whose event, and what it is about ---------------------------------------------------------------------

    @staticmethod
    def recognise(event: Any) -> bool:
        """A rule is told of an event, with a token for what it finds."""
        return isinstance(event, dict) and all(
            isinstance(event.get(key), str) and event[key] != ""
            for key in ("invokingEvent", "resultToken", "configRuleName")
        )

    def subjects(self, event: Any) -> Sequence[Any]:
        """The event with its notification parsed, and without the token."""
        return (_opened(event),)

    def key(self, subject: Any) -> Any:
        """The rule's name."""
        return _rule(subject)

    def admit(self, invocation: Invocation) -> None:
        """Keep the token from user code; without routes nothing is reported, and whoever takes the event needs it."""
        event = invocation.event
        if self.routes:
            held: Any = event["resultToken"]
            invocation.verdict = held
            invocation.event = {key: value for key, value in event.items() if key != "resultToken"}

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call; a rule is not asked about a resource that is gone or out of its scope."""
        (subject,) = self.subjects(invocation.event)
        try:
            route = self.match(subject)
            if route is None:
                raise self.no_route(subject)
            invocation.route = route
            if not isinstance(subject["invokingEvent"], dict):
                raise problem("invokingEvent", "is not a JSON object", kind="json_invalid")
            if not _is_applicable(subject):
                return NOT_APPLICABLE
            return call.settle(route.call(self._whole(subject, route), invocation))
        except BaseException as exc:
            verdict = self.app.verdict(exc, invocation)
            if verdict is exc:
                raise
            raise verdict from None

    def _whole(self, subject: Any, route: Route) -> Any:
        """Of an item that was too large to be sent, the whole of it, where the route asks for it."""
        summary = field("invokingEvent", "configurationItemSummary")(subject)
        if not isinstance(summary, dict) or not _asks_for_item(route):
            return subject
        history = self.request(
            "get_resource_config_history",
            resourceType=summary.get("resourceType"),
            resourceId=summary.get("resourceId"),
            laterTime=summary.get("configurationItemCaptureTime"),
            limit=1,
        )
        found = history.get("configurationItems")
        item = _as_notified(found[0]) if isinstance(found, list) and found else {}
        return {
            **subject,
            "invokingEvent": {**subject["invokingEvent"], "configurationItem": {**summary, **item}},
        }

    def suggest(self, subject: Any) -> str:
        """A decorator for the rule."""
        return f"@app.config({quoted(criteria.literal(_rule(subject)) or '*')})"

    def enter(self, route: Route) -> None:
        """Register the route; and botocore, which writes whole requests into the log at DEBUG, writes none of ours."""
        super().enter(route)
        logging.getLogger("botocore.endpoint").addFilter(_holds_no_token)

    # -- report ------------------------------------------------------------------------------------------------

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """Report what was found, in pages; nobody waits for more."""
        token: Any = invocation.root.verdict
        if token is None or invocation.route is self.app.default_route is not None:
            return None
        about = _About(invocation.event)
        found = [about.evaluation(one, path) for one, path in _each(result)]
        untaken = 0
        for start in range(0, len(found) or 1, _PAGE):
            untaken += self._put(found[start : start + _PAGE], token)
        if untaken:
            raise CallbackError(f"AWS Config did not take {untaken} of {len(found)} evaluations", final=False)
        return None

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Raised, so that Lambda tries again; a Drop settles the event as not applicable."""
        if issubclass(type(exc), Drop):
            return self.shape(NOT_APPLICABLE, invocation)
        raise exc

    def _put(self, page: list[Any], token: str) -> int:
        """Report a page; how many of it were not taken."""
        answer, name = None, None
        try:
            answer = self.request("put_evaluations", Evaluations=page, ResultToken=token)
        except ReportError:
            raise
        except Exception as exc:
            name = class_name(exc)
        if (
            name is not None
        ):  # out here, so that it does not drag along what the client says, which may be the token
            raise CallbackError(f"put_evaluations could not be delivered: {name}", final=False)
        failed = answer.get("FailedEvaluations") if isinstance(answer, dict) else None
        return len(failed) if isinstance(failed, list) else 0


def _holds_no_token(record: logging.LogRecord) -> bool:
    given = record.args if isinstance(record.args, tuple) else ()
    return not any(getattr(one, "name", None) == "PutEvaluations" for one in given)


# -- events ------------------------------------------------------------------------------------------------------


def _opened(event: Any) -> Any:
    try:
        notification = document("invokingEvent", event.get("invokingEvent"))
    except PayloadError:
        notification = None
    opened = {**event, "invokingEvent": notification}
    opened.pop("resultToken", None)
    return opened


def _item(event: Any) -> Any:
    """The configuration item, or the summary of one that was too large to be sent; None where there is neither."""
    notification = event.get("invokingEvent")
    if not isinstance(notification, dict):
        return None
    item = notification.get("configurationItem") or notification.get("configurationItemSummary")
    return item if isinstance(item, dict) else None


def _resource_type(event: Any) -> Any:
    item = _item(event)
    return None if item is None else item.get("resourceType")


def _parameters(event: Any) -> Any:
    """The rule's parameters, parsed."""
    try:
        return document("ruleParameters", event.get("ruleParameters") or "{}")
    except PayloadError:
        return event.get("ruleParameters")


def _filterable(event: Any) -> Any:
    """The event as a pattern sees it."""
    return {**event, "ruleParameters": _parameters(event)}


def _is_applicable(event: Any) -> bool:
    """What has been deleted, is not recorded or has left the rule's scope is not judged, as in AWS's own samples:
    https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_nodejs-sample.html"""
    item = _item(event)
    if item is None or event.get("eventLeftScope"):
        return item is None
    return item.get("configurationItemStatus") in ("OK", "ResourceDiscovered")


def _asks_for_item(route: Route) -> bool:
    plan = route.plan
    return plan is not None and ("configuration_item" in plan.arguments or bool(plan.dependencies))


_RENAMED = {
    "version": "configurationItemVersion",
    "accountId": "awsAccountId",
    "arn": "ARN",
    "configurationItemMD5Hash": "configurationStateMd5Hash",
}


def _as_notified(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of GetResourceConfigHistory in the words of a notification."""
    found = {_RENAMED.get(key, key): _as_text(value) for key, value in item.items()}
    found["configuration"] = document("configuration", item.get("configuration") or "null")
    found["relationships"] = [
        {**related, "name": related.get("relationshipName")} for related in item.get("relationships") or ()
    ]
    return found


def _as_text(value: Any) -> Any:
    if not hasattr(value, "astimezone"):
        return value
    from datetime import UTC

    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- evaluations -------------------------------------------------------------------------------------------------


def _each(result: Any) -> Iterator[tuple[Any, str]]:
    """Every finding with its path."""
    if isinstance(result, list | tuple):
        yield from ((one, f"$[{number}]") for number, one in enumerate(result))
    else:
        yield result, "$"


class _About:
    """What an evaluation is about that does not say so itself."""

    def __init__(self, event: Any) -> None:
        self.event = _opened(event)
        self.item = _item(self.event)
        self.time: datetime | None = None

    def evaluation(self, found: Any, path: str) -> dict[str, Any]:
        """One evaluation as `PutEvaluations` takes it; ResultError for what is none."""
        if not isinstance(found, Evaluation):
            found = Evaluation(found)
        kind, identifier = self._resource(found, path)
        annotation = _text(found.annotation, path, "annotation")
        return {
            "ComplianceResourceType": kind,
            "ComplianceResourceId": identifier,
            "ComplianceType": _compliance(found.compliance, path),
            **({"Annotation": annotation[:_ANNOTATION]} if annotation else {}),
            "OrderingTimestamp": self._when() if found.timestamp is None else _given(found.timestamp, path),
        }

    def _resource(self, found: Evaluation, path: str) -> tuple[str, str]:
        """The resource that it names, else the one that has changed, else the account."""
        kind = _text(found.resource_type, path, "resource_type", most=_TYPE)
        identifier = _text(found.resource_id, path, "resource_id", most=_ID)
        if kind and not identifier:
            raise ResultError(f"an Evaluation of a {kind} needs its resource_id", path=f"{path}.resource_id")
        if identifier and not kind and self.item is None:
            raise ResultError(
                "an Evaluation of a scheduled rule needs the resource_type of its resource_id",
                path=f"{path}.resource_type",
            )
        if self.item is None:
            return kind or "AWS::::Account", identifier or _told(self.event.get("accountId"))
        return kind or _told(self.item.get("resourceType")), identifier or _told(self.item.get("resourceId"))

    def _when(self) -> datetime:
        """When the item was captured; of a schedule, when it was due."""
        if self.time is None:
            captured = self.item and self.item.get("configurationItemCaptureTime")
            try:
                self.time = _moment(captured or self.event["invokingEvent"]["notificationCreationTime"])
            except (TypeError, ValueError, LookupError):
                raise problem("invokingEvent", "does not say when it was", kind="missing") from None
        return self.time


def _compliance(given: Any, path: str) -> str:
    if given is True or given is False:
        return COMPLIANT if given else NON_COMPLIANT
    if isinstance(given, str) and given in (COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE):
        return str.__str__(given)
    said = given if isinstance(given, str) and given == "INSUFFICIENT_DATA" else type_name(type(given))
    raise ResultError(
        "a rule's handler returns True, False, COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, an Evaluation or a list "
        f"of them, not {said}",
        path=path,
    )


def _text(given: Any, path: str, name: str, *, most: int | None = None) -> str | None:
    """Text that AWS Config can take; None where it is empty or absent."""
    if given is None or given == "":
        return None
    text = given if type(given) is str and given.isascii() else plain(given)
    if not isinstance(text, str) or (most is not None and len(text) > most):
        limit = "" if most is None else f" of at most {most} characters"
        raise ResultError(f"the {name} of an Evaluation is text{limit}", path=f"{path}.{name}")
    return text


def _told(value: Any) -> str:
    """What the event says of its resource."""
    if not isinstance(value, str) or not value:
        raise problem("invokingEvent", "does not say which resource it is about", kind="missing")
    return value


def _given(timestamp: Any, path: str) -> datetime:
    try:
        return _moment(timestamp)
    except (TypeError, ValueError):
        said = "the timestamp of an Evaluation is a datetime or ISO text"
        raise ResultError(said, path=f"{path}.timestamp") from None


def _moment(given: Any) -> datetime:
    from datetime import UTC, datetime

    found = datetime.fromisoformat(given) if isinstance(given, str) else given
    if not isinstance(found, datetime):
        raise TypeError
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
