"""The HTTP requests inside other contracts of API Gateway: of a WebSocket's handshake, before an authorizer."""

from __future__ import annotations

from .. import binding
from ..percent import form
from .source import HttpSource, mapping, pairs, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .request import Request


class GatewayRequests(HttpSource):
    """Reads such a request, in whichever of the API's formats it is; it is no room and detects nothing."""

    def method(self, event: Any) -> str:
        """`requestContext.http.method` or `httpMethod`; a handshake, which has neither, is a GET."""
        http = mapping(event, "requestContext", "http")
        return text(http.get("method")) or text(event.get("httpMethod")) or "GET"

    def raw_path(self, event: Any) -> str:
        """`rawPath` or `path`."""
        return text(event.get("rawPath")) or text(event.get("path")) or "/"

    def route_path(self, event: Any, raw: str) -> str:
        """All of it: what is before an API's own path cannot be told from it here."""
        return raw

    def headers(self, event: Any) -> Iterable[tuple[str, str]]:
        """`multiValueHeaders`, and what only `headers` has."""
        return _both(event, "multiValueHeaders", "headers")

    def query(self, event: Any) -> Iterable[tuple[str, str]]:
        """`rawQueryString`, or the parameters that API Gateway has decoded."""
        raw = text(event.get("rawQueryString"))
        return form(raw) if raw else _both(event, "multiValueQueryStringParameters", "queryStringParameters")

    def cookies(self, event: Any, request: Request) -> Iterable[str]:
        """`cookies` where API Gateway has taken them out of the headers."""
        listed = event.get("cookies")
        cookies = [c for c in listed if isinstance(c, str)] if isinstance(listed, list) else []
        return cookies or super().cookies(event, request)

    def client_ip(self, event: Any, request: Request) -> str | None:
        """`requestContext.identity.sourceIp` or `requestContext.http.sourceIp`."""
        context = mapping(event, "requestContext")
        places = (mapping(context, "identity"), mapping(context, "http"))
        return next((found for place in places if (found := text(place.get("sourceIp")))), None)

    def claims(self, event: Any) -> dict[str, Any]:
        """What the authorizer of the connection found."""
        return mapping(event, "requestContext", "authorizer")

    def stage(self, event: Any) -> str | None:
        """`requestContext.stage`."""
        return text(mapping(event, "requestContext").get("stage"))


def _both(event: Any, several: str, single: str) -> list[tuple[str, str]]:
    found = list(pairs(event.get(several)))
    names = {name.lower() for name, _ in found}
    return found + [(name, value) for name, value in pairs(event.get(single)) if name.lower() not in names]


class RequestVocabulary(binding.Vocabulary):
    """The vocabulary of a room whose part `request` is a Request."""

    def raw(self, name: str, value: Any) -> Any:
        """A Powertools event class on `request` is wrapped around the event."""
        return value.event if name == "request" else value
