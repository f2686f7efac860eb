"""Everything that is wrong with a request, in one answer; imported with the first request that has something wrong.

A handler's arguments are made in the order of its signature, and the first that cannot be made ends the call. Only then
are they all tried once more, to hear of the others. No handler and no dependency runs for that.
"""

from __future__ import annotations

from .. import binding
from ..dependencies import Provider
from ..errors import PayloadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from ..binding import Argument
    from ..invocation import Invocation

MOST = 50
"""How many findings one answer tells of."""


def complete(exc: PayloadError, invocation: Invocation) -> None:
    """Give an argument's error the errors of all others as its `others`; one that a handler, a dependency or a
    validator raised itself stays as it is."""
    route = invocation.route
    if route is None or route.plan is None or not _is_of_argument(exc):
        return
    asked = list(_asked(route.plan.arguments, invocation.subject, invocation, seen=set()))
    if len(asked) == 1:
        return
    found = [error for one in asked if (error := _error(*one)) is not None]
    if found and (found[0].part, found[0].errors) == (exc.part, exc.errors):
        exc.others = tuple(_kept(exc, found[1:]))


def _is_of_argument(exc: BaseException) -> bool:
    """Whether it was raised while binding made an argument: of what ran inside of that, all is ours."""
    making = False
    trace = exc.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_globals
        ours = str(names.get("__name__")).startswith(f"{binding.__package__}.")
        making = ours and (making or names is binding.__dict__)
        trace = trace.tb_next
    return making


def _asked(
    arguments: Mapping[str, Argument], subject: Any, invocation: Invocation, *, seen: set[Callable[..., Any]]
) -> Iterator[tuple[Argument, Any, Invocation]]:
    """What is made of the request alone, in order: in the place of a dependency, what its function asks for."""
    for argument in arguments.values():
        if not isinstance(argument, Provider):
            yield argument, subject, invocation
        elif argument.function not in seen:
            seen.add(argument.function)
            yield from _asked(*argument.asked(subject, invocation), seen=seen)


def _error(argument: Argument, subject: Any, invocation: Invocation) -> PayloadError | None:
    try:
        argument(subject, invocation)
    except PayloadError as exc:
        return exc
    except Exception:  # no finding but another answer, such as the 415 to a form that is none
        return None
    return None


def _kept(first: PayloadError, others: list[PayloadError]) -> Iterator[PayloadError]:
    """The others without what is told already, as of a body that two arguments are made of, and without too much."""
    told = [(first.part, error) for error in first.errors]
    for other in others:
        new = [error for error in other.errors if (other.part, error) not in told]
        new = new[: max(0, MOST - len(told))]
        if new:
            told += [(other.part, error) for error in new]
            yield PayloadError(str(other), part=other.part, errors=new)
