"""Lambda hooks of AWS CloudFormation Hooks.

Invoked by
    CloudFormation or the Cloud Control API, synchronously, before a resource, a stack or a change set is provisioned; it
    waits 30 seconds at most.
Answer
    Whether the target complies. A hook that cannot tell yet is invoked again later, three times in all.
An exception
    Is answered as a failure: `PublicError` and `Reject` as a target that does not comply, the former with its own text,
    anything else as an internal failure with a general one. `Retry` says that the hook is in progress.
See
    https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html
"""

from __future__ import annotations

from math import ceil

from .. import criteria
from ..contract import anything, form, listed, one_of, text, whole, wrong
from ..errors import NoRouteError, PublicError, ResultError
from ..outcomes import Drop, Reject, Retry
from ..results import plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

_target = field("requestData", "targetName")
_action = field("actionInvocationPoint")
_hook = field("hookTypeName")

_LONGEST_DELAY = 2_147_483_647  # a number that every reader of JSON takes
_ANNOTATION = form(
    {},
    {  # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Annotation.html
        "annotationName": text(most=1_024),
        "status": one_of("PASSED", "FAILED", "SKIPPED"),
        "statusMessage": text(most=16_384),
        "remediationMessage": text(most=16_384),
        "remediationLink": text(most=5_120),
        "severityLevel": one_of("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"),
    },
    closed=True,
)
_ANSWER = form(
    {"hookStatus": one_of("SUCCESS", "FAILED", "IN_PROGRESS"), "clientRequestToken": text()},
    {
        "errorCode": one_of("NonCompliant", "InternalFailure"),
        "message": text(least=0),
        "callbackContext": anything,
        "callbackDelaySeconds": whole(0),
        "annotations": listed(_ANNOTATION),
    },
    closed=True,
)


class CloudFormationHook(EventSource):
    """Lambda hooks of AWS CloudFormation Hooks.

    `@app.cloudformation_hook("AWS::S3::*")` takes targets by name: types of resources, `STACK`, `CHANGE_SET`. `action` is
    what is about to be done, `"CREATE_PRE_PROVISION"`, `hook` the type name of the hook; each a name, a glob or a list.
    """

    name = "cloudformation_hook"
    marks = ("hookTypeName",)
    parts = {
        "target": _target,
        "action": _action,
        "properties": field("requestData", "targetModel", "resourceProperties"),
        "previous_properties": field("requestData", "targetModel", "previousResourceProperties"),
        "target_type": field("requestData", "targetType"),
        "logical_id": field("requestData", "targetLogicalId"),
        "payload_url": field("requestData", "payload"),
        "hook": _hook,
        "stack_id": field("stackId"),
        "account": field("awsAccountId"),
        "attempt": field("requestContext", "invocation"),
        "callback_context": field("requestContext", "callbackContext"),
    }

    def __call__(
        self,
        target: str | Sequence[str] = "*",
        *,
        action: str | Sequence[str] | None = None,
        hook: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a target, and one more each time that the hook was in progress."""
        return self.route(
            criteria.glob("target", _target, criteria.given("target", target)),
            criteria.glob("action", _action, action),
            criteria.glob("hook", _hook, hook),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A hook by its type, what is about to be done to what, and the token of the request."""
        return (
            isinstance(event, dict)
            and isinstance(_hook(event), str)
            and isinstance(action := _action(event), str)
            and action.endswith("_PRE_PROVISION")
            and isinstance(token := event.get("clientRequestToken"), str)
            and token != ""
            and isinstance(event.get("requestData"), dict)
            and isinstance(event.get("requestContext"), dict)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The token of the request."""
        return event["clientRequestToken"]  # type: ignore[no-any-return]

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """Whether the target complies: None and True say so, False does not, a dict is the answer as documented."""
        token = invocation.event["clientRequestToken"]
        if result is None or result is True:
            result = {"hookStatus": "SUCCESS", "message": "The target complies."}
        elif result is False:
            result = _failure("NonCompliant", "The target does not comply.")
        elif not isinstance(result, dict):
            raise ResultError(
                f"a hook's handler returns None, True, False or a dict, not {type(result).__name__}"
            )
        answer = plain({"clientRequestToken": token, **result})
        _ANSWER(answer, "$")
        answer = {key: value for key, value in answer.items() if value is not None}
        _check(answer, token)
        return answer

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """A failure with its code; a Retry is progress, and a Drop lets the target pass."""
        kind: Any = type(exc)  # isinstance would ask the exception for its __class__
        if issubclass(kind, Drop):
            return self.shape(None, invocation)
        if issubclass(kind, Retry):
            return self.shape(_progress(exc, invocation.event), invocation)
        if issubclass(kind, NoRouteError):
            raise exc
        from ..failures import concealed, printable
        from ..failures import text as said

        told = concealed(exc, invocation.correlation_id)
        self.app._failure(told, invocation)  # logged here, since Lambda does not see it fail
        code = "NonCompliant" if issubclass(kind, (PublicError, Reject)) else "InternalFailure"
        message = printable(said(told), limit=1_000) or "The hook failed."
        return self.shape(_failure(code, message), invocation)

    def suggest(self, subject: Any) -> str:
        """The target by its name."""
        found = _target(subject)
        return (
            f"@app.cloudformation_hook({quoted(criteria.literal(found) if isinstance(found, str) else '*')})"
        )


def _failure(code: str, message: str) -> dict[str, Any]:
    return {"hookStatus": "FAILED", "errorCode": code, "message": message}


def _progress(exc: Any, event: Any) -> dict[str, Any]:
    """To be invoked again, with the context that there was."""
    after = None if exc.after is None else min(ceil(exc.after), _LONGEST_DELAY)
    return {
        "hookStatus": "IN_PROGRESS",
        "message": "The hook is in progress.",
        "callbackDelaySeconds": after,
        "callbackContext": event["requestContext"].get("callbackContext"),
    }


def _check(answer: dict[str, Any], token: str) -> None:
    """What goes with which status.

    https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-testing-registered-hooks.html
    """
    if answer["clientRequestToken"] != token:
        raise wrong("$.clientRequestToken", "is not the request's own")
    if answer["hookStatus"] == "FAILED":
        for key in ("errorCode", "message"):
            if not answer.get(key):
                raise wrong(f"$.{key}", "is missing: a failure says why")
    elif "errorCode" in answer:
        raise wrong("$.errorCode", "is for failures")
    if answer["hookStatus"] != "IN_PROGRESS":
        for key in ("callbackDelaySeconds", "callbackContext"):
            if answer.get(key) not in (None, 0):
                raise wrong(f"$.{key}", "is for what is in progress")
