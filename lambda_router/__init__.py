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
    from .arguments import Argument
    from .dependencies import Depends
    from .detection import detect
    from .dialog import Close, ConfirmIntent, Delegate, ElicitIntent, ElicitSlot
    from .http.conditional import conditional
    from .http.cors import Cors
    from .http.encoding import compress
    from .http.forms import UploadFile
    from .http.parameters import Cookie, File, Form, Header, Query
    from .http.request import Request
    from .http.response import Response
    from .policy import Allow, Deny
    from .sources.alexa import Speech
    from .sources.bedrock_agent import AgentResponse
    from .sources.cloudformation import Resource
    from .sources.codepipeline import Continue
    from .sources.config import Evaluation
    from .sources.firehose import Transformed

__version__ = "0.1.0"

__all__ = [
    "AgentResponse",
    "Allow",
    "Argument",
    "BatchError",
    "CallbackError",
    "Close",
    "ConcealedError",
    "ConfigurationError",
    "ConfirmIntent",
    "Continue",
    "Cookie",
    "Cors",
    "Delegate",
    "Deny",
    "Depends",
    "DispatchError",
    "Drop",
    "DuplicateRouteError",
    "ElicitIntent",
    "ElicitSlot",
    "Evaluation",
    "File",
    "Form",
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
    "UploadFile",
    "compress",
    "conditional",
    "detect",
]

_LAZY = {
    "AgentResponse": "sources.bedrock_agent",
    "Allow": "policy",
    "Argument": "arguments",
    "Close": "dialog",
    "ConfirmIntent": "dialog",
    "Continue": "sources.codepipeline",
    "Cookie": "http.parameters",
    "Cors": "http.cors",
    "Delegate": "dialog",
    "Deny": "policy",
    "Depends": "dependencies",
    "ElicitIntent": "dialog",
    "ElicitSlot": "dialog",
    "Evaluation": "sources.config",
    "File": "http.parameters",
    "Form": "http.parameters",
    "Header": "http.parameters",
    "Query": "http.parameters",
    "Request": "http.request",
    "Resource": "sources.cloudformation",
    "Response": "http.response",
    "Speech": "sources.alexa",
    "Transformed": "sources.firehose",
    "UploadFile": "http.forms",
    "compress": "http.encoding",
    "conditional": "http.conditional",
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
