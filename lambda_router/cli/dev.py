"""`lambda-router dev APP`: the HTTP routes behind a server on this machine."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import Annotated, Any

import typer

from .arguments import APP, TIMEOUT
from .failure import Failure, UsageFailure
from .inputs import application, aside


def _callers(incomplete: str) -> list[str]:
    from lambda_router.http.routes import CALLERS

    return [name for name in CALLERS if name.startswith(incomplete)]


def command(
    app: APP,
    port: Annotated[
        int, typer.Option(help="The port on 127.0.0.1; 0 is any free one.", min=0, max=65535)
    ] = 8000,
    source: Annotated[
        str, typer.Option(help="The source to stand in for.", autocompletion=_callers)
    ] = "api_gateway_http",
    stage: Annotated[
        str | None, typer.Option(help="A stage, in front of all paths.", show_default=False)
    ] = None,
    timeout: TIMEOUT = 30.0,
) -> None:
    """Serve the HTTP routes on 127.0.0.1, to look at.

    Each request becomes an event of the source and is answered by the app, one after the other, as in one environment of
    a function. The address is the first line on standard output; what is printed and logged goes to standard error. The
    app is imported once: after a change start the command again. Ctrl-C ends it.

    \b
    Examples:
      lambda-router dev shop:app
      lambda-router dev shop:app --port 8080 --source api_gateway_rest --stage prod
    """
    from lambda_router.testing import LambdaContext
    from lambda_router.testing.server import STAGED, Server

    if source not in _callers(""):
        raise UsageFailure(f"{source} sends no HTTP requests; {', '.join(_callers(''))} do")
    if stage is not None and source not in STAGED:
        raise UsageFailure(f"{source} has no stages; {' and '.join(STAGED)} have")
    found = application(app)

    def answer(event: Any) -> Any:
        begun = time.perf_counter()
        response = None
        try:
            response = found.entrypoint(event, LambdaContext(timeout=timeout, clock=time.monotonic))
        finally:
            _log(event, response, time.perf_counter() - begun)
        return response

    try:
        server = Server(answer, source, port=port, stage=stage, end=found.router.close)
    except OSError as error:
        raise Failure(f"port {port} cannot be had: {error.strerror or error}") from error
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print(server.url, flush=True)
    with aside(), server:
        ended.wait()


def _log(event: Any, response: Any, seconds: float) -> None:
    """One line a request: method, path, status, time."""
    status = response.get("statusCode") if isinstance(response, dict) else None
    print(f"{_named(event)} {status or 'failed'} {seconds * 1000:.1f} ms", file=sys.stderr, flush=True)


def _named(event: dict[str, Any]) -> str:
    """The method and the path of a request, which every source spells in its own way."""
    context = event.get("requestContext")
    inner = context.get("http") if isinstance(context, dict) else None
    method = event.get("httpMethod") or event.get("method") or (inner or {}).get("method")
    path = event.get("path") or event.get("rawPath") or event.get("raw_path")
    return f"{method} {path}"
