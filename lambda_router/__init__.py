"""One AWS Lambda function, many event sources: detect, match, bind, call, shape."""

from __future__ import annotations

from .errors import (
    BatchError,
    CallbackError,
    ConcealedError,
    ConfigurationError,
    DispatchError,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    MissingDependencyError,
    MountError,
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
    from .dialog import Close, ConfirmIntent, Delegate, ElicitIntent, ElicitSlot
    from .http.parameters import Cookie, Header, Query
    from .http.request import Request
    from .http.response import Response
    from .policy import Allow, Deny
    from .sources.alexa import Speech
    from .sources.cloudformation import Resource
    from .sources.codepipeline import Continue
    from .sources.config import Evaluation
    from .sources.firehose import Transformed

__version__ = "0.1.0"

__all__ = [
    "Allow",
    "BatchError",
    "CallbackError",
    "Close",
    "ConcealedError",
    "ConfigurationError",
    "ConfirmIntent",
    "Continue",
    "Cookie",
    "Delegate",
    "Deny",
    "Depends",
    "DispatchError",
    "Drop",
    "DuplicateRouteError",
    "ElicitIntent",
    "ElicitSlot",
    "Evaluation",
    "HTTPError",
    "HandlerSignatureError",
    "Header",
    "Invocation",
    "MissingDependencyError",
    "MountError",
    "NoRouteError",
    "PayloadError",
    "PublicError",
    "Query",
    "Reject",
    "Request",
    "Resource",
    "Response",
    "ResultError",
    "Retry",
    "Router",
    "RouterError",
    "Speech",
    "Transformed",
    "UnknownEventError",
    "detect",
]

_LAZY = {
    "Allow": "policy",
    "Close": "dialog",
    "ConfirmIntent": "dialog",
    "Continue": "sources.codepipeline",
    "Cookie": "http.parameters",
    "Delegate": "dialog",
    "Deny": "policy",
    "Depends": "dependencies",
    "ElicitIntent": "dialog",
    "ElicitSlot": "dialog",
    "Evaluation": "sources.config",
    "Header": "http.parameters",
    "Query": "http.parameters",
    "Request": "http.request",
    "Resource": "sources.cloudformation",
    "Response": "http.response",
    "Speech": "sources.alexa",
    "Transformed": "sources.firehose",
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
