"""What a route promises of its answers: the status of success, and a model that bodies are held to."""

from __future__ import annotations

from ..binding import Plan
from ..call import settle
from ..errors import ConfigurationError, HandlerSignatureError, ResultError
from .response import Response, respond, says_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ..invocation import Invocation


class Promised(Plan):
    """The plan of a handler whose result becomes an answer that keeps the promise, before any middleware sees it."""

    __slots__ = ("_adapter", "_call", "_status")

    def __init__(self, plan: Plan, *, model: Any, status: int | None) -> None:
        super().__init__(plan.handler, plan.arguments, dependencies=plan.dependencies)
        self._call, self.call = self.call, self._answer
        self._adapter = None if model is None else _adapter(model)
        self._status = _checked(status)

    def _answer(self, subject: Any, invocation: Invocation) -> Any:
        result = self._call(subject, invocation)
        if hasattr(type(result), "__await__"):
            return self._awaited(result)
        return self._kept(settle(result))

    async def _awaited(self, result: Any) -> Response:
        from .. import aio

        return self._kept(await aio.settled(result))

    def _kept(self, result: Any) -> Response:
        if isinstance(result, Response):
            return self._held(result)
        if says_status(result):
            return self._held(respond(result))
        response = respond(result) if self._adapter is None else self._modelled(result)
        if self._status is not None:
            response.status = self._status
        return response

    def _modelled(self, result: Any) -> Response:
        body = self._filtered(result)
        return Response(status=204) if body is None else Response(body)

    def _held(self, response: Response) -> Response:
        """An answer that says its status itself: its body is held to the model if it tells of success."""
        body = response.body
        if self._adapter is None or response.status >= 300 or body is None or isinstance(body, str | bytes):
            return response
        return response.replaced(self._filtered(body))

    def _filtered(self, value: Any) -> Any:
        """The value as the model writes it, of its fields alone; ResultError, without the value, for what it is not."""
        try:
            model = self._adapter.validate_python(value, from_attributes=True)  # type: ignore[union-attr]
            return self._adapter.dump_python(model, mode="json", by_alias=True, warnings="error")  # type: ignore[union-attr]
        except Exception as exc:
            reason = _reason(exc)
        raise ResultError(f"the result is not what response_model promises: {reason}", path="$.body")


def promised(plan: Plan, *, model: Any, status: int | None) -> Plan:
    """The plan with the promise; one that has it, as of a route that is taken over, as it is."""
    return plan if isinstance(plan, Promised) else Promised(plan, model=model, status=status)


def resolved(model: Any, frame: FrameType | None) -> Any:
    """A response_model with the names that are texts in it, as in `list["User"]`, looked up where the decorator stands:
    pydantic would look at the first request, and elsewhere."""
    if isinstance(model, str):
        raise ConfigurationError(f"response_model is a type, not the text {model!r}")
    from types import SimpleNamespace
    from typing import get_type_hints

    names = {} if frame is None else {**frame.f_globals, **frame.f_locals}
    try:
        hints = get_type_hints(SimpleNamespace(__annotations__={"model": model}), names, include_extras=True)
    except Exception as exc:
        raise HandlerSignatureError(
            f"response_model {model!r} cannot be resolved ({exc}): define or import the name above the decorator, "
            "and not only under TYPE_CHECKING"
        ) from None
    return hints["model"]


def _adapter(model: Any) -> Any:
    from ..payload import adapter

    return adapter(model, part="response_model")


def _checked(status: Any) -> int | None:
    if status is None or (isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 399):
        return None if status is None else int(status)
    raise ConfigurationError(f"status is that of success, 200 to 399, not {status!r}")


def _reason(exc: Exception) -> str:
    """Where and of which kind pydantic's findings are; what was found is never told."""
    from ..failures import class_name, printable

    if not hasattr(type(exc), "error_count"):
        return class_name(exc)
    found = exc.errors(include_url=False, include_input=False, include_context=False)[:5]  # type: ignore[attr-defined]
    return "; ".join(printable(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}") for e in found)
