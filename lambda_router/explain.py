"""The cold path: whose event it is, which route came nearest, and the decorator to write. Everything may be imported."""

from __future__ import annotations

from .criteria import called
from .detection import is_wrapped
from .errors import HTTPError, NoRouteError, UnknownEventError
from .failures import class_name, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .criteria import Criterion
    from .router import Router
    from .source import EventSource, Route

_SHOWN = 10
"""How many records of an event are explained."""
_WRAPPED = "a durable execution has wrapped this event, and what unwraps it is its SDK"


class Trial:
    """How one route took one event or record.

    `failed` is the first criterion that did not hold (or could not be asked), `reason` says why in full, `place` the
    same without values, `seen` is the value that it saw.
    """

    def __init__(self, route: Route, subject: Any) -> None:
        self.route = route
        self.failed: Criterion | None = None
        self.held = 0
        self.place = self.reason = ""
        self.seen: Any = None
        for criterion in route.conditions:
            if not _holds(criterion, subject):
                self._fail(criterion, criterion.look(subject))
                break
            self.held += 1

    def _fail(self, criterion: Criterion, seen: Any) -> None:
        self.failed, self.seen = criterion, seen
        if criterion.why is None:
            self.reason = f"{criterion.label} is {printable(repr(seen))}"
            self.place = self.reason if criterion.public and isinstance(seen, str) else ""
        else:
            place, said, self.seen = criterion.why(seen)
            self.place, self.reason = (f"{criterion.label}: {printable(text)}" for text in (place, said))

    @property
    def matches(self) -> bool:
        """Whether every criterion holds."""
        return self.failed is None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        found: dict[str, Any] = {
            "route": self.route.name,
            "criteria": repr(self.route),
            "matches": self.matches,
        }
        if self.failed is not None:
            wanted = _plain(self.failed.written)
            found.update(failed=self.failed.label, wanted=wanted, seen=self.seen, reason=self.reason)
        return found

    def brief(self) -> str:
        """As text that may be logged: of what was seen only a name or a place in it, never a document."""
        if self.place:
            return f"{self.route!r}: {self.place}"
        return f"{self.route!r}, which asks for another {self.failed.label if self.failed else 'event'}"

    def __str__(self) -> str:
        return f"{self.route!r}: {self.reason or 'matches'}"


def _holds(criterion: Criterion, subject: Any) -> bool:
    try:
        return criterion.holds(subject)
    except KeyboardInterrupt:
        raise
    except BaseException:  # a predicate of the user's, which its reason names
        return False


def _plain(written: Any) -> Any:
    """What was written in a decorator, as JSON data."""
    if isinstance(written, set | frozenset):
        return sorted(written)
    return (
        written if isinstance(written, str | list | tuple | dict | bool) else called(written) or repr(written)
    )


class Subject:
    """How every route of a source took one event or record."""

    def __init__(self, room: EventSource, subject: Any, number: int) -> None:
        self.number = number
        self.rows = [Trial(route, subject) for route in room.routes_tried(subject)]
        self.taken: Route | None = None
        self.failure: str | None = None
        try:
            self.taken = room.match(subject)
        except HTTPError:
            pass
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            self.failure = class_name(exc)
        matching = [row.route for row in self.rows if row.matches]
        self.shadowed = [route for route in matching if route is not self.taken]
        unmatched = self.taken is None and self.failure is None
        self.suggestion = room.suggest(subject) if unmatched else None
        self.inside = _inside(room, subject) if unmatched else None

    @property
    def nearest(self) -> Trial | None:
        """The route of which the most criteria held before one failed."""
        return max(self.rows, key=lambda row: row.held, default=None)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "number": self.number,
            "route": None if self.taken is None else self.taken.name,
            "routes": [row.to_dict() for row in self.rows],
            "shadowed": [route.name for route in self.shadowed],
            "suggestion": self.suggestion,
            "inside": self.inside,
        }

    def __str__(self) -> str:
        nothing = f"fails with {self.failure} while matching" if self.failure else "nothing"
        lines = [f"  [{self.number}] -> {nothing if self.taken is None else repr(self.taken)}"]
        lines += [f"      {row}" for row in self.rows]
        lines += [f"      shadowed by the route taken: {route!r}" for route in self.shadowed]
        if self.suggestion:
            lines.append(f"      to take it, write: {self.suggestion}")
        if self.inside:
            lines.append(f"      to take the event that it carries, write: {self.inside}")
        return "\n".join(lines)


def _inside(room: EventSource, subject: Any) -> str | None:
    from .unwrapping import suggested

    try:
        return suggested(room, subject)
    except KeyboardInterrupt:
        raise
    except BaseException:  # whatever a record that nobody has looked into leads to
        return None


class Explanation:
    """Why an event goes where it goes. `str()` is for people, `to_dict()` for programs.

    `source` is the detected source or None, `evidence` what in the event says so, `subjects` how each record (or the
    event) met each route, `whole` the route that takes the event as a whole (a window's), `suggestion` the decorator for
    the first that nothing takes. An event that no source claims is a direct call, and meets the routes of `app.iot` and
    `app.invoke`.
    """

    def __init__(self, app: Router, event: Any) -> None:
        room = app._detect(event)
        known = bool(room.marks) and room.recognise(event)
        self.source = room.name if known else None
        self.evidence = evidence(room, event) if known else _unclaimed(event)
        if known:
            room, event = room.inside(event)
        self.noise = room.noise(event)
        self.whole = room.whole(event) if known else None
        met = (
            []
            if self.whole is not None
            else subjects(room, event)[:_SHOWN]
            if known or (room.routes_tried(event) and not self.noise)
            else []
        )
        self.subjects = [Subject(room, s, i) for i, s in enumerate(met)]
        unmet = not (known or met)
        self.default = room.match(event) if unmet else None
        self._unheard = room.suggest(event) if unmet and not self.noise and self.default is None else None

    @property
    def suggestion(self) -> str | None:
        """The decorator that would take the first subject that nothing takes."""
        return next((s.suggestion for s in self.subjects if s.suggestion), self._unheard)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "source": self.source,
            "evidence": self.evidence,
            "noise": self.noise,
            "whole": None if self.whole is None else self.whole.name,
            "subjects": [subject.to_dict() for subject in self.subjects],
            "suggestion": self.suggestion,
        }

    def __str__(self) -> str:
        lines = [f"source: {self.source or 'unknown'} ({self.evidence})"]
        if self.noise:
            lines.append("  noise: answered without a route")
        if self.whole is not None:
            lines.append(f"  the whole event -> {self.whole!r}")
        lines += [str(subject) for subject in self.subjects]
        if not self.subjects and self.suggestion:
            lines.append(f"  to take it, write: {self.suggestion}")
        return "\n".join(lines)


def explain(app: Router, event: Any) -> Explanation:
    """Explain how an app takes an event; nothing is called and nothing is frozen."""
    return Explanation(app, event)


def subjects(room: EventSource, event: Any) -> list[Any]:
    """The records or requests of an event; none where it cannot be read."""
    try:
        return list(room.subjects(event))
    except HTTPError:
        return []


def evidence(room: EventSource, event: Any) -> str:
    """The marks of the source that the event bears."""
    from .detection import marks_of

    return ", ".join(sorted(set(room.marks) & set(marks_of(event)))) or "its shape"


def _unclaimed(event: Any) -> str:
    return _WRAPPED if is_wrapped(event) else f"no source claims {looks(event)}"


def looks(event: Any) -> str:
    """What an event looks like without its values: its type, or its first keys."""
    if isinstance(event, dict):
        return f"an object with the keys {', '.join(_keys(event)) or '(none)'}"
    if isinstance(event, list):
        return f"an array of {len(event)}"
    return f"a value of type {type(event).__name__}"


def _keys(event: dict[Any, Any]) -> list[str]:
    return [printable(key, limit=40) for key in list(event)[:20]]


def unknown_event(room: EventSource, event: Any) -> UnknownEventError:
    """The error for an event that no source claims and no direct call's route takes: what it looks like, what to write."""
    seen = _keys(event) if isinstance(event, dict) else [type(event).__name__]
    if is_wrapped(event):
        return UnknownEventError(
            f"{_WRAPPED}: put the router inside, as `{room.suggest(event)}`, and name `handler` as the function's handler",
            seen=seen,
        )
    near = Subject(room, event, 0).nearest
    nearest = f"; the nearest route is {near.brief()}" if near is not None else ""
    return UnknownEventError(
        f"no event source claims {looks(event)}{nearest}; to take it as a direct call, write: @app.invoke(); "
        "to take whatever nothing else takes: @app.default",
        seen=seen,
    )


def no_route(room: EventSource, subject: Any) -> NoRouteError:
    """The error for a subject that no route matches: the nearest route and the decorator to write."""
    found = Subject(room, subject, 0)
    suggestion = found.suggestion or room.suggest(subject)
    near = found.nearest
    nearest = f"the nearest is {near.brief()}" if near is not None else f"there is no {room.name} route"
    inside = f"; to take the event that it carries: {found.inside}" if found.inside else ""
    return NoRouteError(
        f"no route for an event of {room.name}: {nearest}; to take it, write: {suggestion}{inside}",
        source=room.name,
        suggestion=suggestion,
    )
