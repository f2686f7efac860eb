"""What an authorizer decides, `Allow` or `Deny`: the answers of API Gateway's, and of other services', are made of it."""

from __future__ import annotations

from .errors import ResultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, ClassVar


class Decision:
    """The root of `Allow` and `Deny`; in a condition it is true if it allows.

    `principal` names who asks, `context` holds values that the service hands to the backend, `resources` is what the
    decision is about where that is more than the one request, `usage_key` the API key of a usage plan. For AWS AppSync,
    `denied_fields` are fields that nobody may read after all, and `ttl` is for how many seconds the answer is kept; for AWS
    IoT, `policies` are what the device may do.
    """

    __slots__ = ("context", "denied_fields", "policies", "principal", "resources", "ttl", "usage_key")

    allows: ClassVar[bool]
    """Whether the caller may go on."""

    def __init__(
        self,
        principal: str | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        resources: str | Sequence[str] | None = None,
        usage_key: str | None = None,
        denied_fields: Sequence[str] | None = None,
        ttl: int | None = None,
        policies: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None = None,
    ) -> None:
        self.principal = principal
        self.context = context
        self.resources = resources
        self.usage_key = usage_key
        self.denied_fields = denied_fields
        self.ttl = ttl
        self.policies = policies

    def refuse(self, *names: str, service: str) -> None:
        """ResultError for what was said that the service has no place for: to leave it out would decide otherwise."""
        for name in names:
            if getattr(self, name) is not None:
                raise ResultError(f"{service} knows no {name} in an authorizer's decision", path=f"$.{name}")

    def __bool__(self) -> bool:
        return self.allows

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(
            getattr(self, name) == getattr(other, name) for name in Decision.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        # The key and the values of the context may be secrets.
        given = [] if self.principal is None else [repr(self.principal)]
        given += [f"{name}=..." for name in Decision.__slots__ if name != "principal" and getattr(self, name)]
        return f"{type(self).__name__}({', '.join(sorted(given, key=lambda text: '=' in text))})"


class Allow(Decision):
    """Let the caller in: `Allow("user-7", context={"tenant": "acme"})`."""

    __slots__ = ()
    allows = True


class Deny(Decision):
    """Refuse the caller: `Deny()`, or `Deny("user-7", context={"reason": "blocked"})`."""

    __slots__ = ()
    allows = False
