"""Sources whose caller wants its event back, one field of it filled in by the function."""

from __future__ import annotations

from .errors import ResultError
from .outcomes import Drop
from .results import plain
from .source import EventSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from .invocation import Invocation


class EchoSource(EventSource):
    """A source whose answer is its own event with one field edited.

    A handler gets a copy of the event, whose field it may edit; the event itself stays as it was sent. It returns
    None, or what `merged` takes, or the event. A room names the `edited` field and the `identity` of the event,
    fields by which a result is known as an event, and which it may not change.
    """

    edited: ClassVar[str]
    """The field that the function fills in."""
    identity: ClassVar[tuple[str, ...]]
    """The fields that make a dict an event of this source, the first two alone being enough."""
    shows_errors = True

    def admit(self, invocation: Invocation) -> None:
        """Copy the event for the handler, which may edit it."""
        invocation.subject = copied(invocation.event)

    def skip(self, invocation: Invocation) -> Any:
        """The event as it was sent."""
        return plain(invocation.event)

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call, on the copy; what a handler that failed has edited does not count."""
        try:
            return self.call(invocation.subject, invocation)
        except BaseException as exc:
            self.admit(invocation)
            if self.waits(invocation.event):
                return self.app.handle(exc, invocation)
            raise self.app.verdict(exc, invocation)  # noqa: B904 - as where nobody waits

    def waits(self, event: Any) -> bool:
        """Whether the caller waits for its event; else a failure stands, whatever an exception handler returns."""
        return True

    def envelope(self, event: Any, subject: Any) -> Any:
        """The copy."""
        return event if subject is None else subject

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The event as it was sent, its edited field as the handler left or returned it."""
        event = invocation.event
        answer: dict[str, Any] = plain({**event, self.edited: self._filled(result, invocation)})
        answer[self.edited] = self.checked(answer[self.edited], event)
        return answer

    def _filled(self, result: Any, invocation: Invocation) -> Any:
        edited = invocation.subject.get(self.edited)
        if result is None or result is invocation.event:
            return edited
        given = plain(result)
        if not isinstance(given, dict):
            raise ResultError(
                f"{self.name} takes None, a dict or the event as a result, not {type(result).__name__}"
            )
        if not all(key in given for key in self.identity[:2]):
            return self.merged(given, edited)
        for key in self.identity:
            if given.get(key) != invocation.event.get(key):
                raise ResultError(
                    f"$.{key} is not the event's own; the answer is the event that was sent", path=f"$.{key}"
                )
        return given.get(self.edited)

    def merged(self, given: dict[str, Any], edited: Any) -> Any:
        """What a dict that is no event makes of the field that the handler has edited."""
        raise NotImplementedError

    def checked(self, value: Any, event: Any) -> Any:
        """The field as the caller takes it; ResultError names what it would not take."""
        raise NotImplementedError

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """A Drop gives the event back as it was sent; all else is raised."""
        if issubclass(type(exc), Drop):
            try:
                return self.skip(invocation)
            except ResultError as refusal:
                exc = refusal
        return super().fail(exc, invocation)


def copied(value: Any) -> Any:
    """JSON data whose objects and arrays are new, however deep they go."""
    made = [value]
    held: list[Any] = [made]
    while held:
        one = held.pop()
        for key, item in one.items() if isinstance(one, dict) else enumerate(one):
            if isinstance(item, dict | list):
                one[key] = inner = item.copy()
                held.append(inner)
    return made[0]
