"""Amazon API Gateway WebSocket APIs.

Invoked by
    API Gateway, synchronously, once for each connection, message and disconnection whose route has the function as
    its Lambda proxy integration; it waits up to 29 seconds.
Answer
    A status and, where the route has a route response, a text for the client. On `$connect` a status that is not 2xx
    refuses the connection. What `$disconnect` answers is ignored.
An exception
    Is answered with a 500 that holds a correlation id and no detail; on `$connect` that refuses the connection. An
    event that no route takes is raised.
See
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

from __future__ import annotations

from .. import binding, criteria
from ..errors import HTTPError, NoRouteError, PayloadError, ResultError
from ..http.gateway import GatewayRequests, RequestVocabulary
from ..http.request import Request
from ..http.response import Response
from ..outcomes import Drop
from ..payload import document
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..criteria import Criterion
    from ..http.response import Answer
    from ..invocation import Invocation
    from ..source import Route

_MESSAGE_LIMIT = 131_072
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html"""

_CONNECT, _DISCONNECT = "$connect", "$disconnect"
_TYPES = frozenset({"CONNECT", "MESSAGE", "DISCONNECT"})
_OTHERS = frozenset({"elb", "serviceArn", "serviceNetworkArn"})
"""What the request context of another source has."""

_route_key = field("requestContext", "routeKey")
_event_type = field("requestContext", "eventType")
_stage = field("requestContext", "stage")
_connection_id = field("requestContext", "connectionId")


def _is_connecting(event: Any) -> bool:
    return bool(_event_type(event) == "CONNECT")


class _Exchange(GatewayRequests):
    """The HTTP side of the room: it reads the handshake's request, and answers like any HTTP source."""

    name = "api_gateway_websocket"

    def wire(self, answer: Answer, event: Any) -> dict[str, Any]:
        """The answer as the route's integration response; only a handshake has headers."""
        if answer.is_base64:
            raise ResultError("a WebSocket API sends text, not bytes: encode them", path="$.body")
        if len(answer.body.encode()) > _MESSAGE_LIMIT:
            raise ResultError(
                f"the body is larger than a message, which has at most {_MESSAGE_LIMIT} bytes", path="$.body"
            )
        headers = self._headers(answer) if _is_connecting(event) else {}
        return {
            "statusCode": answer.status,
            **({"headers": headers} if headers else {}),
            **({"body": answer.body} if answer.body else {}),
        }

    def _headers(self, answer: Answer) -> dict[str, str]:
        if len(answer.cookies) > 1:
            raise ResultError("a header has one value here, so only one cookie can be set", path="$.cookies")
        return {**answer.single(), **({"set-cookie": answer.cookies[0]} if answer.cookies else {})}


_READER = _Exchange(None)


def _request(event: Any) -> Request:
    return Request(_READER, event)


def _body(event: Any) -> Any:
    return _request(event).content


def _filterable(event: Any) -> Any:
    """The event as a filter pattern sees it, its body parsed where it is JSON."""
    try:
        return {**event, "body": document("body", _body(event))}
    except (PayloadError, HTTPError):
        return event


class ApiGatewayWebsocket(EventSource):
    """Amazon API Gateway WebSocket APIs.

    `@app.websocket("send")` takes the messages of a route by its route key: a text, a glob or a list of them.
    `@app.websocket.connect()` and `.disconnect()` take the events of a connection, which a star never stands for;
    `stage` is a name or glob, or a list; `pattern` is an event pattern over the event, its body parsed.
    """

    name = "api_gateway_websocket"
    marks = ("requestContext.connectionId",)
    index = "route_key"
    payload = "body"
    content = {"body": _body}
    parts = {
        "connection_id": _connection_id,
        "route_key": _route_key,
        "request": _request,
    }

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._exchange = _Exchange(app)

    def __call__(
        self,
        route_key: str | Sequence[str],
        *,
        stage: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a message."""
        return self.route(
            _route_keys(route_key),
            criteria.glob("stage", _stage, stage),
            criteria.pattern("pattern", _filterable, pattern),
            shown="app.websocket",
            middleware=middleware,
            name=name,
        )

    def connect(
        self,
        *,
        stage: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a new connection; `raise HTTPError(403)` refuses it."""
        return self(_CONNECT, stage=stage, middleware=middleware, name=name)

    def disconnect(
        self,
        *,
        stage: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a connection that has ended, as far as API Gateway gets to know of it."""
        return self(_DISCONNECT, stage=stage, middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A connection and what happens on it; an authorizer's question about one has an ARN beside it."""
        context = event.get("requestContext") if isinstance(event, dict) else None
        return (
            isinstance(context, dict)
            and isinstance(context.get("connectionId"), str)
            and isinstance(context.get("routeKey"), str)
            and isinstance(kind := context.get("eventType"), str)
            and kind in _TYPES
            and _OTHERS.isdisjoint(context)
            and not {"methodArn", "routeArn"} & event.keys()
        )

    def key(self, subject: Any) -> Any:
        """The route key."""
        return _route_key(subject)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """`requestContext.requestId`, of each message another."""
        found = field("requestContext", "requestId")(event)
        return found if isinstance(found, str) else None

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts, of which `request` is a Request."""
        return RequestVocabulary(
            source=self.name, parts=self.parts, content=self.content, payload=self.payload
        )

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The result as status and text; what looks like an answer and is none must not accept a connection."""
        if isinstance(result, dict) and "statusCode" in result:
            raise ResultError(
                "the handler returned a proxy answer (statusCode): return None, a value or Response(body, status)",
                path="$.statusCode",
            )
        if result is False and _is_connecting(invocation.event):
            raise ResultError("False does not refuse a connection: raise HTTPError(403)", path="$.statusCode")
        return self._exchange.shape(Response() if result is None else result, invocation)

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """An exception as an answer: its own, or a 500 that says nothing but the correlation id."""
        kind = type(exc)
        if issubclass(kind, NoRouteError):
            raise exc
        if issubclass(kind, Drop):
            return self.shape(None, invocation)
        return self._exchange.fail(exc, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for the event's route key."""
        key = _route_key(subject)
        if key in (_CONNECT, _DISCONNECT):
            return f"@app.websocket.{key[1:]}()"
        return f"@app.websocket({quoted(criteria.literal(key) if isinstance(key, str) else '*')})"


def _route_keys(written: Any) -> tuple[Criterion, ...]:
    """The route key is one of the texts or globs; those of connections are only ever meant by name."""
    (criterion,) = criteria.glob("route_key", _route_key, criteria.given("route_key", written))
    named, by_name = criterion.test, criteria.each(written)

    def test(seen: Any) -> bool:
        return seen in by_name if seen in (_CONNECT, _DISCONNECT) else named(seen)

    return (criteria.Criterion("route_key", _route_key, test=test, written=written),)


class Websocket:
    """`app.websocket`, the short name of `app.api_gateway_websocket`."""

    def __new__(cls, app: Any) -> Any:
        """The router's own room."""
        return app.api_gateway_websocket
