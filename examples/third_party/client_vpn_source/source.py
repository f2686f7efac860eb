"""AWS Client VPN: the connection handler of an endpoint.

Invoked by
    An endpoint, synchronously, for every new connection after the client has been authenticated; it waits for 30 seconds.
Answer
    Whether the client may connect, and what its user is told if not.
An exception
    Denies the connection. Its text is told to the user if it is a `PublicError`, else a general one.
See
    https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/connection-authorization.html
"""

from __future__ import annotations

from lambda_router import PublicError, ResultError, criteria
from lambda_router.source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from lambda_router import Invocation

_LONGEST = 255
_REFUSED = "You may not connect."
_endpoint = field("endpoint-id")
_version = field("schema-version")


class ClientVpn(EventSource):
    """Connections to AWS Client VPN endpoints.

    `@app.client_vpn("cvpn-endpoint-0123456789abcdef0", platform="win*")` decides on them. `endpoint` is an endpoint's id,
    `platform` the client's, `username` its user's name: texts, globs or lists. `pattern` is an event pattern over the event.
    """

    name = "client_vpn"
    marks = ("connection-id",)
    index = "endpoint"
    parts = {
        "connection_id": field("connection-id"),
        "endpoint_id": _endpoint,
        "username": field("username"),
        "common_name": field("common-name"),
        "platform": field("platform"),
        "platform_version": field("platform-version"),
        "public_ip": field("public-ip"),
        "groups": field("groups"),
    }

    def __call__(
        self,
        endpoint: str | Sequence[str] = "*",
        *,
        platform: str | Sequence[str] | None = None,
        username: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a connection: True lets it in, False denies it, and a PublicError says why."""
        return self.route(
            criteria.glob("endpoint", _endpoint, criteria.given("endpoint", endpoint)),
            criteria.glob("platform", field("platform"), platform),
            criteria.glob("username", field("username"), username),
            criteria.pattern("pattern", lambda event: event, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A connection to an endpoint, with the version of its schema."""
        named = ("connection-id", "endpoint-id", "schema-version")
        return isinstance(event, dict) and all(isinstance(event.get(key), str) for key in named)

    def key(self, subject: Any) -> Any:
        """The endpoint's id."""
        return _endpoint(subject)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The decision, in the event's own version of the schema."""
        if not isinstance(result, bool):
            raise ResultError(
                f"a connection is allowed with True or denied with False, not {type(result).__name__}"
            )
        return _answer(invocation.event, allow=result)

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Nobody is let in: a PublicError says why, a Drop says nothing, and anything else is raised, which denies too."""
        if isinstance(exc, PublicError):
            return _answer(invocation.event, message=str(exc))
        super().fail(exc, invocation)
        return _answer(invocation.event)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The connection's id."""
        found = event.get("connection-id")
        return found if isinstance(found, str) else None

    def suggest(self, subject: Any) -> str:
        """A decorator for the endpoint."""
        return f"@app.client_vpn({quoted(criteria.literal(_endpoint(subject)) or '*')})"


def _answer(event: Any, *, allow: bool = False, message: str = _REFUSED) -> dict[str, Any]:
    version = _version(event)
    told = "" if allow else message.encode("utf-8", "replace").decode()[:_LONGEST] or _REFUSED
    name = "failed-posture-compliance" if version == "v1" else "denied-connection"
    return {
        "allow": allow,
        f"error-msg-on-{name}": told,
        "posture-compliance-statuses": [],
        "schema-version": version,
    }
