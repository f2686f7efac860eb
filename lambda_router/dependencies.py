"""Dependencies: what a handler needs beside the event, made for one call or one invocation and closed after it."""

from __future__ import annotations

from . import binding
from .call import settle
from .errors import ConfigurationError, HandlerSignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from .invocation import Invocation


class Dependency:
    """What `Depends` makes: a function and the scope of its value."""

    __slots__ = ("function", "scope")

    def __init__(self, function: Callable[..., Any], scope: str) -> None:
        self.function = function
        self.scope = scope


def Depends(f: Callable[..., Any], scope: str = "call") -> Any:  # noqa: N802
    """Ask for what `f` gives: `db: Annotated[Db, Depends(connect)]`, or as the parameter's default.

    `f` asks for parts like a handler and may be a generator (or async): what it yields is the value, and it is closed
    when the call ends, with the handler's exception thrown in if there was one. `scope="call"` makes one value a
    handler call (a record), `scope="invocation"` one for the whole invocation. `app.overrides[f]` replaces it in tests.
    """
    if not callable(f):
        raise ConfigurationError(f"Depends takes a function, not {f!r}")
    if scope not in ("call", "invocation"):
        raise ConfigurationError(f'Depends takes scope="call" or "invocation", not {scope!r}')
    return Dependency(f, scope)


class Scope:
    """The values of one call or invocation, and the generators to close, in reverse, when it ends."""

    __slots__ = ("_open", "values")

    def __init__(self) -> None:
        self.values: dict[Callable[..., Any], Any] = {}
        self._open: list[Any] = []

    def enter(self, generator: Any) -> Any:
        """Start a generator; what it yields."""
        value = settle(generator.__anext__()) if hasattr(generator, "__anext__") else next(generator)
        self._open.append(generator)
        return value

    def close(self, failure: BaseException | None = None) -> BaseException | None:
        """Close what is open, in reverse; the failure that stands afterwards. A failing close is a failure."""
        while self._open:
            try:
                _finish(self._open.pop(), failure)
            except BaseException as exc:
                failure = exc
        return failure

    def __enter__(self) -> Scope:
        return self

    def __exit__(self, _: object, failure: BaseException | None, __: object) -> None:
        left = self.close(failure)
        if left is not None and left is not failure:
            raise left


def _finish(generator: Any, failure: BaseException | None) -> None:
    asynchronous = hasattr(generator, "__anext__")
    try:
        if failure is not None:
            # What the generator makes of the failure does not matter: a swallowed failure still stands.
            settle(generator.athrow(failure)) if asynchronous else generator.throw(failure)
        else:
            settle(generator.__anext__()) if asynchronous else next(generator)
    except (StopIteration, StopAsyncIteration) as stop:
        if stop is failure:
            raise
        return
    settle(generator.aclose()) if asynchronous else generator.close()
    raise ConfigurationError(f"the dependency {generator.__qualname__} yields more than once")


def getter(
    dependency: Dependency,
    vocabulary: binding.Vocabulary,
    *,
    frame: FrameType | None,
    shown: str,
    above: tuple[Callable[..., Any], ...] = (),
) -> Callable[[Any, Invocation], Any]:
    """The getter of a dependency; its own plan is made now, so that a mistake in it is an error at import."""
    function = dependency.function
    if function in above:
        circle = " -> ".join(getattr(f, "__qualname__", repr(f)) for f in (*above, function))
        raise ConfigurationError(f"dependencies in a circle: {circle}")
    per_invocation = dependency.scope == "invocation"
    words = vocabulary.of_invocation() if per_invocation else vocabulary
    above = (*above, function)
    plans = {function: _plan(function, words, frame=frame, shown=shown, above=above)}

    def get(subject: Any, invocation: Invocation) -> Any:
        owner = invocation.root if per_invocation else invocation
        if owner.scope is None:
            owner.scope = Scope()
        values = owner.scope.values
        if function not in values:
            chosen = invocation.app.overrides.get(function, function)
            if chosen not in plans:
                plans[chosen] = _plan(chosen, words, frame=None, shown=shown, above=above)
            made = plans[chosen].call(None if per_invocation else subject, owner)
            values[function] = owner.scope.enter(made) if binding.is_generator(chosen) else settle(made)
        return values[function]

    return get


def _plan(
    function: Callable[..., Any],
    words: binding.Vocabulary,
    *,
    frame: FrameType | None,
    shown: str,
    above: tuple[Callable[..., Any], ...],
) -> binding.Plan:
    name = getattr(function, "__qualname__", repr(function))
    try:
        return binding.plan(function, words, frame=frame, shown=shown, above=above)
    except HandlerSignatureError as exc:
        raise HandlerSignatureError(f"dependency {name}: {exc}") from None
