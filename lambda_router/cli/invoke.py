"""`lambda-router invoke APP FILE`: what the app answers, and what its caller would do with it."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .arguments import APP, JSON, TIMEOUT
from .failure import UsageFailure
from .inputs import Application, application, aside, offered, place, read, sampled
from .screen import console, document, print_json, styled

if TYPE_CHECKING:
    from lambda_router.testing import Result
    from lambda_router.testing.callbacks import Callbacks


def command(
    context: typer.Context,
    app: APP,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE | KEY=VALUE...",
            help="The event: a path, or - for standard input; with --sample its parts.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Send a realistic event of this name.",
            autocompletion=offered,
            show_default=False,
        ),
    ] = None,
    timeout: TIMEOUT = 30.0,
    json: JSON = False,
) -> None:
    """Send an event to the app, and show the answer.

    And what the caller would do with it. The event is sent as Lambda does it: handlers really run, with all that they
    do. Reports to CloudFormation, CodePipeline and the like are shown and not sent. What the app prints goes to
    standard error. The exit status is 1 where an error left the app, records failed or the answer is an error. With
    --json: source, route, answer, error (type, message, place, cause; or null), failed and succeeded (identifiers, for
    batches), reports (operation, parameters), log, caller (a text), ok, milliseconds, import_milliseconds.

    \b
    Examples:
      lambda-router invoke shop:app event.json
      lambda-router invoke shop:app --sample sqs queue=orders body='{"id": 7}'
      lambda-router invoke shop:app --sample function_url path=/orders/7 --json
    """
    event = _event(given or [], sample)
    found = application(app)
    call = Call(found, event, timeout=timeout)
    if call.result.error is not None and getattr(context.obj, "debug", False):
        traceback.print_exception(call.result.error)
    if json:
        print_json(call.to_dict())
    else:
        call.show()
    if not call.ok:
        raise typer.Exit(1)


def _event(given: list[str], sample: str | None) -> Any:
    if sample is not None:
        return sampled(sample, given)
    if len(given) != 1:
        raise UsageFailure("name one FILE (or -), or an event with --sample NAME KEY=VALUE...")
    return read(given[0])


class Call:
    """One call of an app: its `result` and `reports`, how long it took, and whether all went well."""

    def __init__(self, found: Application, event: Any, *, timeout: float) -> None:
        from lambda_router.testing import Client, LambdaContext
        from lambda_router.testing.callbacks import recording

        self.seconds = 0.0
        self.found = found

        def entrypoint(event: Any, context: Any) -> Any:
            begun = time.perf_counter()
            try:
                return found.entrypoint(event, context)
            finally:
                self.seconds = time.perf_counter() - begun

        entrypoint.__wrapped__ = found.entrypoint  # type: ignore[attr-defined]
        context = LambdaContext(timeout=timeout, clock=time.monotonic)
        client = Client(entrypoint, context=context)
        with aside(), recording() as reports, client:
            self.result: Result = client.send(event)
            self._route = self.result.route  # found by the app's own predicates
        self.reports: Callbacks = reports

    @property
    def route(self) -> str | None:
        """The name of the route that took the event; None where the entrypoint is not for its source."""
        sources, source = self.found.sources, self.result.source
        return self._route if sources is None or source is None or source in sources else None

    @property
    def ok(self) -> bool:
        """Whether no error left the app, no record failed and the answer is none of an error."""
        from lambda_router.testing import BatchResult, HttpResult

        result = self.result
        if result.error is not None or result.log:
            return False
        if isinstance(result, BatchResult):
            return not result.failed
        return not isinstance(result, HttpResult) or result.status < 400

    @property
    def caller(self) -> str:
        """What the caller would do with it."""
        from .consequence import consequence

        return consequence(self.result, list(self.reports))

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        from lambda_router.testing import BatchResult

        result = self.result
        told: dict[str, Any] = {
            "source": result.source,
            "route": self.route,
            "answer": result.response,
            "error": _error(result.error),
        }
        if isinstance(result, BatchResult):
            told |= {"failed": list(result.failed), "succeeded": list(result.succeeded)}
        return {
            **told,
            "reports": [{"operation": r.operation, "parameters": r.parameters} for r in self.reports],
            "log": result.log,
            "caller": self.caller,
            "ok": self.ok,
            "milliseconds": round(self.seconds * 1000, 3),
            "import_milliseconds": round(self.found.seconds * 1000, 3),
        }

    def show(self) -> None:
        """Print it for people."""
        result = self.result
        _line("event", f"of {result.source or 'no source: a direct call'}", "cyan")
        _line("route", self.route or "none", "bold")
        if result.error is not None:
            _line("error", _said(result.error), "bold red")
            _line("cause", _said(result.error.__cause__))
        else:
            _line("answer", _indented(document(result.response)))
            _line("body", _body(result))
        for report in self.reports:
            _line("report", f"{report.operation} {_indented(document(report.parameters))}")
        _line("caller", self.caller, "" if self.ok else "yellow")
        _line(
            "time",
            f"{self.seconds * 1000:.1f} ms, and {self.found.seconds * 1000:.0f} ms for the import",
            "dim",
        )


def _said(error: BaseException | None) -> str:
    told = _error(error)
    if told is None:
        return ""
    where = f" ({told['place']})" if told["place"] else ""
    return f"{told['type']}: {told['message']}{where}"


def _error(error: BaseException | None, *, caused: bool = True) -> dict[str, Any] | None:
    from lambda_router.failures import class_name, printable, text

    if error is None:
        return None
    return {
        "type": class_name(error),
        "message": printable(text(error), limit=4_000),
        "place": place(error),
        "cause": _error(error.__cause__, caused=False) if caused else None,
    }


def _body(result: Result) -> str:
    """An HTTP answer's body where it is not plain in the answer: JSON in a text."""
    import json

    from lambda_router.testing import HttpResult

    if not isinstance(result, HttpResult):
        return ""
    try:
        body = result.json()
    except (ValueError, UnicodeDecodeError, RecursionError):
        return ""
    return _indented(json.dumps(body, indent=2)) if isinstance(body, dict | list) else ""


def _indented(text: str) -> str:
    return text.replace("\n", "\n        ")


def _line(label: str, text: str, style: str = "") -> None:
    if not text:
        return
    if not styled():
        print(f"{label:7} {text}")
        return
    from rich.text import Text

    console().print(Text.assemble((f"{label:7} ", "dim"), (text, style)), soft_wrap=True)
