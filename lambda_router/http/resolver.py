"""Resolvers of Powertools for AWS Lambda, mounted so that an app can take over their routes one by one.

A resolver gets the event as it is, and its answer is taken apart again, so that middleware sees it and header values are
checked. It reads and answers one kind of event, so that it is mounted for the source of that kind.
https://docs.aws.amazon.com/powertools/python/latest/core/event_handler/api_gateway/
"""

from __future__ import annotations

import base64

from ..binding import is_async
from ..errors import ConfigurationError
from .forwarding import ApplicationError
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..invocation import Invocation
    from .request import Request

_V2 = ("api_gateway_http", "function_url")
_KINDS = {
    "APIGatewayProxyEvent": ("api_gateway_rest",),
    "APIGatewayProxyEventV2": _V2,
    "LambdaFunctionUrlEvent": _V2[::-1],
    "ALBEvent": ("alb",),
    "VPCLatticeEvent": ("vpc_lattice",),
    "VPCLatticeEventV2": ("vpc_lattice_v2",),
}
"""By the names of Powertools' proxy event types: the source that each is made for, and then what has the same format."""


class Resolver:
    """Asks a resolver. `answers` are the sources whose requests it can answer, first the one that it is made for."""

    def __init__(self, application: Any) -> None:
        kind = getattr(getattr(application, "_proxy_type", None), "name", None)
        if kind not in _KINDS:
            raise ConfigurationError(f"a {type(application).__name__} does not answer HTTP requests")
        self.application = application
        self.answers = _KINDS[kind]
        self._is_async: bool | None = None

    def serve(self, request: Request, invocation: Invocation, prefix: str) -> Any:
        """The resolver's answer, or an awaitable of it where routes of its are asynchronous; what its own handlers let
        pass is raised."""
        if self._is_async is None:  # now that it has all of its routes
            self._is_async = _has_async_routes(self.application)
        if self._is_async:
            return self._awaited(invocation)
        return _response(self.application(invocation.event, invocation.context))

    async def _awaited(self, invocation: Invocation) -> Response:
        return _response(await self.application.resolve_async(invocation.event, invocation.context))


def _has_async_routes(resolver: Any) -> bool:
    routes = [
        route for kind in ("_static_routes", "_dynamic_routes") for route in getattr(resolver, kind, ())
    ]
    return hasattr(resolver, "resolve_async") and any(is_async(route.func) for route in routes)


def _response(answer: Any) -> Response:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise ApplicationError("the resolver's answer is no HTTP answer")
    response = Response(_body(answer), answer["statusCode"])
    for name, value in _headers(answer):
        response.headers.add(name, value)
    return response


def _body(answer: dict[str, Any]) -> str | bytes | None:
    body = answer.get("body")
    if not body:
        return None
    if not isinstance(body, str):
        raise ApplicationError(f"the body of the resolver's answer is text, not {type(body).__name__}")
    return base64.b64decode(body) if answer.get("isBase64Encoded") else body


def _headers(answer: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in ("headers", "multiValueHeaders"):
        for name, value in (answer.get(part) or {}).items():
            for one in value if isinstance(value, list) else [value]:
                yield name, one
    for cookie in answer.get("cookies") or ():
        yield "set-cookie", cookie
