"""Dependencies: what a handler needs beside the event, made for one call or one invocation and closed after it."""

from __future__ import annotations

from . import binding
from .call import settle
from .errors import ConfigurationError, HandlerSignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import Any

    from .binding import Argument
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
    """The values of one call or invocation, and the generators to close, in reverse, when it ends.

    `shared` is whether records that run at the same time may ask for its values.
    """

    __slots__ = ("_open", "_turns", "shared", "values")

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared
        self.values: dict[Callable[..., Any], Any] = {}
        self._open: list[Any] = []
        self._turns: dict[Callable[..., Any], Any] = {}

    def enter(self, generator: Any) -> Any:
        """Start a generator; what it yields."""
        value = settle(anext(generator)) if _is_asynchronous(generator) else next(generator)
        self._open.append(generator)
        return value

    async def aenter(self, made: Any, *, generator: bool) -> Any:
        """As `enter`, on the running loop, and for what is no generator too."""
        from .aio import settled

        if not generator:
            return await settled(made)
        value = await anext(made) if _is_asynchronous(made) else next(made)
        self._open.append(made)
        return value

    def turn(self, function: Callable[..., Any]) -> Any:
        """A lock for the making of one value, which several records may ask for at the same time."""
        if function not in self._turns:
            from asyncio import Lock

            self._turns[function] = Lock()
        return self._turns[function]

    def close(self, failure: BaseException | None = None) -> BaseException | None:
        """Close what is open, in reverse; the failure that stands afterwards. A failing close is a failure."""
        while self._open:
            try:
                generator = self._open.pop()
                settle((_afinish if _is_asynchronous(generator) else _finish)(generator, failure))
            except BaseException as exc:
                failure = exc
        return failure

    async def aclose(self, failure: BaseException | None = None) -> BaseException | None:
        """As `close`, on the running loop."""
        while self._open:
            try:
                generator = self._open.pop()
                if _is_asynchronous(generator):
                    await _afinish(generator, failure)
                else:
                    _finish(generator, failure)
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
    try:
        if failure is not None:
            # What the generator makes of the failure does not matter: a swallowed failure still stands.
            generator.throw(failure)
        else:
            next(generator)
    except StopIteration as stop:
        if stop is failure:
            raise
        return
    generator.close()
    raise _twice(generator)


async def _afinish(generator: Any, failure: BaseException | None) -> None:
    try:
        await (generator.athrow(failure) if failure is not None else anext(generator))
    except StopAsyncIteration:
        return
    await generator.aclose()
    raise _twice(generator)


def _twice(generator: Any) -> ConfigurationError:
    return ConfigurationError(f"the dependency {generator.__qualname__} yields more than once")


def _is_asynchronous(generator: Any) -> bool:
    return hasattr(generator, "__anext__")


class Provider:
    """The getter of a dependency; its own plan is made at decoration, so that a mistake in it is an error at import."""

    __slots__ = ("_above", "_plans", "_shown", "_words", "function", "per_invocation")

    def __init__(
        self,
        dependency: Dependency,
        vocabulary: binding.Vocabulary,
        *,
        frame: FrameType | None,
        shown: str,
        above: tuple[Callable[..., Any], ...] = (),
    ) -> None:
        self.function = function = dependency.function
        if function in above:
            circle = " -> ".join(getattr(f, "__qualname__", repr(f)) for f in (*above, function))
            raise ConfigurationError(f"dependencies in a circle: {circle}")
        self.per_invocation = dependency.scope == "invocation"
        self._words = vocabulary.of_invocation() if self.per_invocation else vocabulary
        self._above = (*above, function)
        self._shown = shown
        planned = self._words.planned
        if function not in planned:  # else a chain whose every link asks twice for the next takes for ever
            planned[function] = _plan(function, self._words, frame=frame, shown=shown, above=self._above)
        self._plans = {function: planned[function]}

    def __call__(self, subject: Any, invocation: Invocation) -> Any:
        """The value, made at the first call of its scope."""
        owner, scope = self._scope(invocation)
        if self.function not in scope.values:
            if scope.shared:
                settle(self.ready(subject, invocation))
                return scope.values[self.function]
            chosen, made = self._make(subject, owner)
            value = scope.enter(made) if binding.is_generator(chosen) else settle(made)
            scope.values[self.function] = value
        return scope.values[self.function]

    async def ready(self, subject: Any, invocation: Invocation) -> None:
        """Have the value made, on the running loop, before the handler's arguments are asked for."""
        owner, scope = self._scope(invocation)
        async with scope.turn(self.function):
            if self.function in scope.values:
                return
            for inner in self._plan_of(self._chosen(owner)).dependencies:
                await inner.ready(subject, owner)
            chosen, made = self._make(subject, owner)
            scope.values[self.function] = await scope.aenter(made, generator=binding.is_generator(chosen))

    def asked(self, subject: Any, invocation: Invocation) -> tuple[Mapping[str, Argument], Any, Invocation]:
        """What its function asks for, and of what; the function is not run."""
        owner = invocation.root if self.per_invocation else invocation
        arguments = self._plan_of(self._chosen(owner)).arguments
        return arguments, None if self.per_invocation else subject, owner

    def _scope(self, invocation: Invocation) -> tuple[Invocation, Scope]:
        owner = invocation.root if self.per_invocation else invocation
        if owner.scope is None:
            owner.scope = Scope()
        return owner, owner.scope

    def _make(self, subject: Any, owner: Invocation) -> tuple[Callable[..., Any], Any]:
        chosen = self._chosen(owner)
        return chosen, self._plan_of(chosen).call(None if self.per_invocation else subject, owner)

    def _chosen(self, owner: Invocation) -> Callable[..., Any]:
        chosen: Callable[..., Any] = owner.app.overrides.get(self.function, self.function)
        return chosen

    def _plan_of(self, chosen: Callable[..., Any]) -> binding.Plan:
        if chosen not in self._plans:
            self._plans[chosen] = _plan(chosen, self._words, frame=None, shown=self._shown, above=self._above)
        return self._plans[chosen]


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
