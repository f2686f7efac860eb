"""Tools for testing an application that uses lambda_router.

`event` makes a realistic event of any source, `Client` sends it through the app as Lambda does,
`LambdaContext` is the context with a clock of its own. `events.samples` has the checked sample events,
`runtime` the real Lambda runtime.
"""

from __future__ import annotations

from .client import BatchResult, Client, HttpResult, Result
from .context import LambdaContext
from .events import SampleError, event

__all__ = ["BatchResult", "Client", "HttpResult", "LambdaContext", "Result", "SampleError", "event"]
