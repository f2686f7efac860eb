"""Template macros of AWS CloudFormation.

Invoked by
    CloudFormation, synchronously, when a template that names the macro is processed: in its `Transform` section, then
    with the whole template, or in an `Fn::Transform`, then with what is beside that.
Answer
    The fragment that takes the place of the one that was sent, under the request's id.
An exception
    Is answered as a failure, which fails the change set or the stack operation. Its message, which whoever deploys
    reads, says where to look in the log; it is the exception's own text if that is a `PublicError`.
See
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

from __future__ import annotations

from .. import criteria
from ..contract import anything, form, text, wrong
from ..echo import copied
from ..errors import NoRouteError, ResultError
from ..outcomes import Drop
from ..results import plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

_TEXTS = ("region", "accountId", "transformId", "requestId")
_ANSWER = form(
    {"requestId": text(), "status": text()},
    {"fragment": anything, "errorMessage": text(least=0)},
    closed=True,
)


def _name(event: Any) -> Any:
    """The macro's name without the account that it is of: `Upper` of `123456789012::Upper`."""
    found = event.get("transformId")
    return found.rpartition("::")[2] if isinstance(found, str) else None


class CloudFormationMacro(EventSource):
    """Template macros of AWS CloudFormation.

    `@app.cloudformation_macro("Upper")` takes a macro by its name, or by its id with the account, `"123456789012::Upper"`; a
    glob, or a list.
    """

    name = "cloudformation_macro"
    marks = ("transformId",)
    parts = {
        "fragment": lambda event: copied(event.get("fragment")),
        "params": field("params"),
        "template_parameters": field("templateParameterValues"),
        "macro": _name,
        "account": field("accountId"),
        "region": field("region"),
    }

    def __call__(
        self,
        macro: str | Sequence[str] = "*",
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call each time that a template uses the macro."""
        return self.route(
            criteria.any_of(
                "macro",
                lambda event: [event.get("transformId"), _name(event)],
                criteria.given("macro", macro),
            ),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A fragment of a template, and which macro, request, account and Region it is for."""
        return (
            isinstance(event, dict)
            and "fragment" in event
            and all(isinstance(event.get(key), str) and event[key] != "" for key in _TEXTS)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The request's id."""
        return event["requestId"]  # type: ignore[no-any-return]

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The fragment as the answer to its request, or an answer that the handler has made whole."""
        request_id = invocation.event["requestId"]
        if not _is_answer(result, request_id):
            result = {"requestId": request_id, "status": "success", "fragment": result}
        answer = plain(result)
        _ANSWER(answer, "$")
        if answer["status"].lower() == "success" and answer.get("fragment") is None:
            raise wrong(
                "$.fragment", "is missing: a macro returns the fragment that takes the place of its own"
            )
        return {key: value for key, value in answer.items() if value is not None}

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """The failure of the request; a Drop leaves the fragment as it is."""
        event = invocation.event
        if issubclass(type(exc), Drop):
            try:
                return self.shape(event["fragment"], invocation)
            except ResultError as refusal:
                exc = refusal
        if issubclass(type(exc), NoRouteError):
            raise exc
        from ..failures import concealed, printable
        from ..failures import text as said

        told = concealed(exc, invocation.correlation_id)
        self.app._failure(told, invocation)  # logged here, since Lambda does not see it fail
        message = printable(said(told), limit=1_000)
        return plain({"requestId": event["requestId"], "status": "failure", "errorMessage": message})

    def suggest(self, subject: Any) -> str:
        """The macro by its name."""
        return f"@app.cloudformation_macro({quoted(criteria.literal(_name(subject)) or '*')})"


def _is_answer(result: Any, request_id: str) -> bool:
    """Whether a handler made the whole answer, as one that was written for AWS's own page does."""
    return (
        isinstance(result, dict)
        and {"requestId", "status"} <= result.keys() <= {"requestId", "status", "fragment", "errorMessage"}
        and result["requestId"] == request_id
    )
