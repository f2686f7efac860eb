"""Lambda authorizers of AWS AppSync GraphQL APIs.

Invoked by
    AppSync, synchronously, before it looks at an operation; it waits 10 seconds at most. It may keep the answer, an hour
    at most, and then gives it to every operation that shows the same token.
Answer
    `isAuthorized`, and perhaps values for resolvers, fields that become null, and for how long the answer is kept.
An exception
    Keeps the caller out. An `HTTPError` from 400 to 499, `Drop`, `Reject` and a part that does not validate are denials;
    anything else is raised, with a generic text and a reference unless it is a `PublicError`.
See
    https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
"""

from __future__ import annotations

from .. import contract, criteria
from ..errors import HTTPError, PayloadError, ResultError
from ..http.request import Headers
from ..outcomes import Drop, Reject
from ..policy import Allow, Decision, Deny
from ..results import encoded_size, plain
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

_CONTEXT_LIMIT = 5 * 1024 * 1024
"""The bytes that values for resolvers may have."""

_api = field("requestContext", "apiId")


class AppSyncAuthorizer(EventSource):
    """Lambda authorizers of AWS AppSync.

    `@app.appsync_authorizer()` decides on every token that is shown; `api` is the id of the GraphQL API, a glob, or a
    list, where one function decides for several.
    """

    name = "appsync_authorizer"
    marks = ("requestContext.queryString",)
    shows_errors = True
    parts = {
        "token": field("authorizationToken"),
        "request": field("requestContext"),
        "query": field("requestContext", "queryString"),
        "operation": field("requestContext", "operationName"),
        "variables": field("requestContext", "variables"),
        "headers": lambda event: _headers(event),
    }

    def __call__(
        self,
        *,
        api: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an operation whose token has no answer that is kept."""
        return self.route(criteria.glob("api", _api, api), middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A token, and the GraphQL document and the API that it is shown for."""
        if not isinstance(event, dict) or "methodArn" in event or "routeArn" in event:
            return False
        query = field("requestContext", "queryString")(event)
        return isinstance(query, str) and all(
            isinstance(one, str) for one in (event.get("authorizationToken"), _api(event))
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`."""
        found = field("requestContext", "requestId")(event)
        return found if isinstance(found, str) else None

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The decision as AppSync's document."""
        if isinstance(result, bool):
            result = Allow() if result else Deny()
        if isinstance(result, Decision):
            result = _document(result)
        elif not isinstance(result, dict):
            raise ResultError(
                f"an authorizer returns True, False, Allow(...) or Deny(...), not {type(result).__name__}"
            )
        answer = {key: value for key, value in plain(result).items() if value is not None}
        _ANSWER(answer, "$")
        if encoded_size(answer.get("resolverContext")) > _CONTEXT_LIMIT:
            raise contract.wrong("$.resolverContext", "is larger than the 5 MB that AppSync takes")
        return answer

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """An exception as a denial where it says that the caller is at fault; else it is raised."""
        return self.shape(False, invocation) if _is_denial(exc) else super().fail(exc, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator that takes everything: to leave a token without a decision is to refuse it."""
        return "@app.appsync_authorizer()"


def _headers(event: Any) -> Headers:
    """The request's headers in any case, where AppSync sends them."""
    found = event.get("requestHeaders")
    return Headers(
        (name, value)
        for name, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(value, str)
    )


def _is_denial(exc: Any) -> bool:
    # isinstance would ask the exception for its __class__
    if issubclass(type(exc), HTTPError):
        return bool(400 <= exc.status < 500)
    return issubclass(type(exc), (Drop, Reject, PayloadError))


def _document(decision: Decision) -> dict[str, Any]:
    decision.refuse("resources", "usage_key", "policies", service="AppSync")
    return {
        "isAuthorized": decision.allows,
        "resolverContext": decision.context,
        "deniedFields": decision.denied_fields,
        "ttlOverride": decision.ttl,
    }


def _flat(value: Any, path: str) -> None:
    if isinstance(value, dict | list):
        raise contract.wrong(path, "is not flat: resolvers get texts, numbers and truth values alone")


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier()


def _field(value: Any, path: str) -> None:
    """`Type.field`, or the ARN of a field; AppSync would pass over anything else, and the field stay readable."""
    contract.text()(value, path)
    names = value.split(".")
    if value.startswith("arn:"):
        _, _, service, *rest = f"{value}:".split(":")
        steps = value.rpartition(":")[2].split("/")
        is_field = service == "appsync" and len(rest) == 4 and steps[::2] == ["apis", "types", "fields"]
        names = steps[3::2] if is_field else []
    if len(names) != 2 or not all(map(_is_name, names)):
        raise contract.wrong(path, "is neither Type.field nor the ARN of a field")


_ANSWER = contract.form(
    {"isAuthorized": contract.flag},
    {
        "resolverContext": contract.mapped(_flat),
        "deniedFields": contract.listed(_field),
        "ttlOverride": contract.whole(0, 3600),
    },
    closed=True,
)
