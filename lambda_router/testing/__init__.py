"""Tools for testing an application that uses lambda_router.

`event` makes a realistic event of any source, `Client` sends it through the app as Lambda does,
`LambdaContext` is the context with a clock of its own. `events.samples` has the checked sample events,
`runtime` the real Lambda runtime, `plugin` the fixtures for pytest, `esm` simulates event source mappings.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .callbacks import Callback, Callbacks
    from .client import Client
    from .context import LambdaContext, TimedOut
    from .events import SampleError, event
    from .results import BatchResult, HttpResult, Result

__all__ = [
    "BatchResult",
    "Callback",
    "Callbacks",
    "Client",
    "HttpResult",
    "LambdaContext",
    "Result",
    "SampleError",
    "TimedOut",
    "event",
]

_LAZY = {
    "BatchResult": "results",
    "Callback": "callbacks",
    "Callbacks": "callbacks",
    "Client": "client",
    "HttpResult": "results",
    "LambdaContext": "context",
    "Result": "results",
    "SampleError": "events",
    "TimedOut": "context",
    "event": "events",
}

if (
    not TYPE_CHECKING
):  # pytest imports this package at every start, with the plugin, and nobody pays for the rest

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
