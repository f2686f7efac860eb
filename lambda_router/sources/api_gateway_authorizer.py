"""Lambda authorizers of Amazon API Gateway: of REST, HTTP and WebSocket APIs.

Invoked by
    API Gateway, synchronously, before it lets a request or a connection through; it waits 10 seconds at most. It may
    keep the answer for an hour and give it to other requests that show the same token.
Answer
    An IAM policy with the principal it is for and values for the backend; of an HTTP API with simple responses
    `isAuthorized` instead, which the event does not tell and `simple=True` says.
An exception
    Keeps the caller out. `HTTPError(401)` becomes the bare text `Unauthorized`, the one exception for which REST and
    WebSocket APIs answer 401; HTTP APIs know none and get a denial. Other 4xx, `Drop` and `Reject` are denials.
    Anything else is raised, for which the client gets a 500 without detail.
See
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from .. import binding, contract, criteria
from ..errors import ConfigurationError, HTTPError, PayloadError, ResultError, RouterError
from ..http.gateway import GatewayRequests, RequestVocabulary
from ..http.request import Request
from ..outcomes import Drop, Reject
from ..policy import Allow, Decision, Deny
from ..results import encoded_size, plain
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..contract import Check
    from ..criteria import Criterion
    from ..invocation import Invocation
    from ..source import Route

_PRINCIPAL = "user"
"""Who a decision is about that names nobody; a policy must name somebody."""

_OTHERS = frozenset({"elb", "serviceArn", "serviceNetworkArn"})
"""What the request context of another source has."""
_VERSION = "2012-10-17"
_ACTION = "execute-api:Invoke"
_RESOURCE_LIMIT = 512
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html"""
_WEBSOCKET_LIMIT = 8_192
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html"""


class UnauthorizedError(RouterError):
    """The exception for which REST and WebSocket APIs answer 401: its text is all that API Gateway looks at."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def _arn(event: Any) -> Any:
    return event.get("routeArn" if event.get("version") == "2.0" else "methodArn")


def _tail(event: Any) -> list[str]:
    """The method and the path at the end of the ARN, `api/stage/GET/orders/7`; of a connection its route key."""
    arn = _arn(event)
    return arn.split(":", 5)[-1].split("/", 3)[2:] if isinstance(arn, str) else []


class _Asked(GatewayRequests):
    """Reads the request that the question is about."""

    name = "api_gateway_authorizer"

    def method(self, event: Any) -> str:
        """The request's method; a token's event has it only in the ARN."""
        tail = _tail(event)
        return tail[0] if event.get("type") == "TOKEN" and len(tail) == 2 else super().method(event)

    def raw_path(self, event: Any) -> str:
        """The request's path; events of tokens and connections have it only in the ARN."""
        if isinstance(event.get("rawPath"), str) or isinstance(event.get("path"), str):
            return super().raw_path(event)
        return f"/{_tail(event)[-1]}" if _tail(event) else "/"

    def route_path(self, event: Any, raw: str) -> str:
        """Without the stage, with which `rawPath` begins unless it is `$default`."""
        stage = self.stage(event)
        if event.get("version") != "2.0" or stage is None or not f"{raw}/".startswith(f"/{stage}/"):
            return raw
        return raw[len(stage) + 1 :]


_READER = _Asked(None)


def _request(event: Any) -> Request:
    return Request(_READER, event)


def _path(event: Any) -> str | None:
    try:
        return _request(event).path
    except HTTPError:  # it is not UTF-8
        return None


def _token(event: Any) -> str | None:
    """The token of a token authorizer, else the first identity source, else the authorization header."""
    sources = event.get("identitySource")
    first = sources[0] if isinstance(sources, list) and sources else sources
    given = (event.get("authorizationToken"), first, _request(event).headers.get("authorization"))
    return next((found for found in given if isinstance(found, str)), None)


def _kind(event: Any) -> str:
    return str(event["type"]).lower()


class ApiGatewayAuthorizer(EventSource):
    """Lambda authorizers of Amazon API Gateway.

    `@app.authorizer()` decides on every request that is asked about. `kind` is "token" or "request"; `path` is the path
    of the request, a glob, or a list of them; `simple=True` says that the HTTP API's authorizer has simple responses.
    """

    name = "api_gateway_authorizer"
    marks = ("methodArn", "routeArn")
    parts = {
        "token": _token,
        "headers": lambda event: _request(event).headers,
        "query": lambda event: _request(event).query,
        "arn": _arn,
        "request": _request,
    }

    def __call__(
        self,
        *,
        kind: str | None = None,
        path: str | Sequence[str] | None = None,
        simple: bool = False,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a request."""
        if not isinstance(simple, bool):
            raise ConfigurationError(f"simple is True or False, not {simple!r}")
        return self.route(
            _kinds(kind),
            criteria.glob("path", _path, path, public=False),
            shown="app.authorizer",
            simple=simple,
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A token or a request, and the ARN of the method that is asked for."""
        if (
            not isinstance(event, dict)
            or not isinstance(arn := _arn(event), str)
            or not arn.startswith("arn:")
        ):
            return False
        context = event.get("requestContext", {})
        if not isinstance(context, dict) or not _OTHERS.isdisjoint(context):
            return False
        kind, token = event.get("type"), event.get("authorizationToken")
        return (kind == "REQUEST" and "requestContext" in event) or (
            kind == "TOKEN" and isinstance(token, str)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`, which the event of a token has not."""
        found = field("requestContext", "requestId")(event)
        return found if isinstance(found, str) else None

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts, of which `request` is a Request."""
        return RequestVocabulary(source=self.name, parts=self.parts)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The decision as the document that the authorizer's kind of API takes."""
        event, simple = invocation.event, self._is_simple(invocation)
        if isinstance(result, bool):
            result = Allow() if result else Deny()
        if isinstance(result, Decision):
            result.refuse("denied_fields", "ttl", "policies", service="API Gateway")
            result = _simple(result) if simple else _policy(result, event)
        elif not isinstance(result, dict):
            raise ResultError(
                f"an authorizer returns True, False, Allow(...) or Deny(...), not {type(result).__name__}"
            )
        answer = {key: value for key, value in plain(result).items() if value is not None}
        if not simple and "isAuthorized" in answer:
            raise contract.wrong("$.isAuthorized", "is a simple response, of a route with simple=True alone")
        (_SIMPLE if simple else _POLICY)(answer, "$")
        _check_surroundings(answer, event)
        return answer

    def _is_simple(self, invocation: Invocation) -> bool:
        """Whether the answer is a simple response; of an event that no route took, if all routes have them."""
        if invocation.event.get("version") != "2.0":
            return False
        taken = [route for route in self.routes if route is invocation.route]
        return bool(self.routes) and all(route.options.get("simple") for route in taken or self.routes)

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """An exception as a denial where it says that the caller is at fault; else it is raised."""
        if _is_unauthorized(exc):
            if "version" in invocation.event:  # an HTTP API, for which no exception is a 401
                return self.shape(False, invocation)
            raise UnauthorizedError from exc
        if _is_denial(exc):
            return self.shape(False, invocation)
        raise exc

    def suggest(self, subject: Any) -> str:
        """A decorator that takes everything: to leave a request without a decision is to refuse it."""
        return "@app.authorizer()"


def _kinds(kind: Any) -> tuple[Criterion, ...]:
    if kind not in (None, "token", "request"):
        raise ConfigurationError(f'kind is "token" or "request", not {kind!r}')
    return criteria.glob("kind", _kind, kind)


# -- exceptions ------------------------------------------------------------------------------------------------


def _status(exc: Any) -> int | None:
    # isinstance would ask the exception for its __class__
    return exc.status if issubclass(type(exc), HTTPError) else None


def _is_unauthorized(exc: BaseException) -> bool:
    from ..failures import text

    status = _status(exc)
    return text(exc) == "Unauthorized" if status is None else status == 401


def _is_denial(exc: BaseException) -> bool:
    status = _status(exc)
    return issubclass(type(exc), (Drop, Reject, PayloadError)) if status is None else 400 <= status < 500


# -- documents -------------------------------------------------------------------------------------------------


def _each(check: Check) -> Check:
    """One, or an array of some."""
    several = contract.listed(check, needed=True)
    return lambda value, path: several(value, path) if isinstance(value, list) else check(value, path)


def _action(value: Any, path: str) -> None:
    contract.text()(value, path)
    if value != "*" and not value.startswith("execute-api:"):
        raise contract.wrong(path, f"is not {_ACTION}")


def _resource(value: Any, path: str) -> None:
    contract.text(most=_RESOURCE_LIMIT)(value, path)
    if value != "*" and not value.startswith("arn:"):
        raise contract.wrong(path, "is no ARN")


_STATEMENT = contract.form(
    {
        "Effect": contract.one_of("Allow", "Deny"),
        "Action": _each(_action),
        "Resource": _each(_resource),
    },
    {"Sid": contract.anything, "Condition": contract.anything},
    closed=True,
)
_DOCUMENT = contract.form(
    {"Version": contract.one_of(_VERSION), "Statement": contract.listed(_STATEMENT, needed=True)},
    {"Id": contract.anything},
    closed=True,
)
_CONTEXT = contract.mapped(contract.anything)
_POLICY = contract.form(
    {"principalId": contract.text(), "policyDocument": _DOCUMENT},
    {"context": _CONTEXT, "usageIdentifierKey": contract.text()},
    closed=True,
)
_SIMPLE = contract.form({"isAuthorized": contract.flag}, {"context": _CONTEXT}, closed=True)


def _simple(decision: Decision) -> dict[str, Any]:
    if decision.resources is not None:
        raise ResultError(
            "a simple response decides on every route alike; without simple=True it is a policy with resources",
            path="$.resources",
        )
    if decision.usage_key is not None:
        raise ResultError("HTTP APIs have no usage plans", path="$.usage_key")
    return {"isAuthorized": decision.allows, **_given("context", decision.context)}


def _policy(decision: Decision, event: Any) -> dict[str, Any]:
    statement = {
        "Action": _ACTION,
        "Effect": "Allow" if decision.allows else "Deny",
        "Resource": _resources(decision, _arn(event)),
    }
    return {
        "principalId": _PRINCIPAL if decision.principal is None else decision.principal,
        "policyDocument": {"Version": _VERSION, "Statement": [statement]},
        **_given("context", decision.context),
        **_given("usageIdentifierKey", decision.usage_key),
    }


def _given(key: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {key: value}


def _resources(decision: Decision, arn: str) -> Any:
    """What the policy is about: this request alone, or what is written, within this API and stage unless an ARN."""
    written = decision.resources
    if written is None:
        # A client may send a star, and the policy may be kept: what is granted must not be a pattern of its making.
        *head, path = arn.split("/", 3)
        exact = "/".join([*head, path.replace("*", "?")])
        return exact if decision.allows or len(exact) <= _RESOURCE_LIMIT else f"{exact[:511]}*"
    stage = "/".join(arn.split("/", 2)[:2])
    whole = [one if _is_whole(one) else f"{stage}/{one.lstrip('/')}" for one in criteria.each(written)]
    return whole[0] if isinstance(written, str) else whole


def _is_whole(resource: Any) -> bool:
    return not isinstance(resource, str) or resource.startswith("arn:")


def _check_surroundings(answer: dict[str, Any], event: Any) -> None:
    """What depends on the kind of API."""
    context = answer.get("context", {})
    if "version" in event:
        if "usageIdentifierKey" in answer:
            raise contract.wrong("$.usageIdentifierKey", "is not for HTTP APIs, which have no usage plans")
        if "claims" in context:
            raise contract.wrong("$.context.claims", "is a reserved name on HTTP APIs")
    if event.get("version") != "2.0":
        for key, value in context.items():
            if isinstance(value, dict | list):
                raise contract.wrong(contract.below("$.context", key), "is not flat, as this API needs it")
    if "connectionId" in event.get("requestContext", {}) and encoded_size(answer) > _WEBSOCKET_LIMIT:
        raise contract.wrong("$", f"has more than the {_WEBSOCKET_LIMIT:,} bytes that a WebSocket API takes")


class Authorizer:
    """`app.authorizer`, the short name of `app.api_gateway_authorizer`."""

    def __new__(cls, app: Any) -> Any:
        """The router's own room."""
        return app.api_gateway_authorizer
