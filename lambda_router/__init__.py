"""One AWS Lambda function, many event sources: detect, match, bind, call, shape."""

from __future__ import annotations

from .errors import (
    BatchError,
    ConcealedError,
    ConfigurationError,
    DispatchError,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    MissingDependencyError,
    NoRouteError,
    PayloadError,
    PublicError,
    ResultError,
    RouterError,
    UnknownEventError,
)
from .invocation import Invocation
from .outcomes import Drop, Reject, Retry
from .router import Router

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .dependencies import Depends
    from .detection import detect
    from .http.parameters import Cookie, Header, Query
    from .http.request import Request
    from .http.response import Response

__version__ = "0.1.0"

__all__ = [
    "BatchError",
    "ConcealedError",
    "ConfigurationError",
    "Cookie",
    "Depends",
    "DispatchError",
    "Drop",
    "DuplicateRouteError",
    "HTTPError",
    "HandlerSignatureError",
    "Header",
    "Invocation",
    "MissingDependencyError",
    "NoRouteError",
    "PayloadError",
    "PublicError",
    "Query",
    "Reject",
    "Request",
    "Response",
    "ResultError",
    "Retry",
    "Router",
    "RouterError",
    "UnknownEventError",
    "detect",
]

_LAZY = {
    "Cookie": "http.parameters",
    "Depends": "dependencies",
    "Header": "http.parameters",
    "Query": "http.parameters",
    "Request": "http.request",
    "Response": "http.response",
    "detect": "detection",
}


if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name):
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import sys

        module = f"{__name__}.{_LAZY[name]}"
        __import__(module)
        value = globals()[name] = getattr(sys.modules[module], name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
