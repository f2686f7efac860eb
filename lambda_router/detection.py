"""The verb *detect*: whose event is it? A table keyed by what the envelope says of itself, then proof by the room.

The table only narrows the choice, so that the cost does not grow with the number of sources; a source is chosen when its
recogniser, which is right alone and in any order, says yes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from .source import EventSource

    Recogniser: TypeAlias = EventSource | type[EventSource]


_RECORD, _SOURCE, _CONTEXT = "Records[0].eventSource=", "eventSource=", "requestContext."
_RECORD_KEYS = "eventSource", "EventSource"
_ELEMENT = "[]"


class Table:
    """The recognisers of some sources (rooms, or their classes), looked up by their marks."""

    def __init__(self) -> None:
        self.rooms: list[Recogniser] = []
        self._by_record: dict[str, list[Recogniser]] = {}
        self._by_source: dict[str, list[Recogniser]] = {}
        self._by_context: dict[str, list[Recogniser]] = {}
        self._by_key: dict[str, list[Recogniser]] = {}
        self._by_element: list[Recogniser] = []

    def add(self, room: Recogniser) -> None:
        """Take a source into the table, once."""
        if room in self.rooms:
            return
        self.rooms.append(room)
        for mark in room.marks:
            for prefix, rows in (
                (_RECORD, self._by_record),
                (_SOURCE, self._by_source),
                (_CONTEXT, self._by_context),
            ):
                if mark.startswith(prefix):
                    rows.setdefault(mark.removeprefix(prefix), []).append(room)
                    break
            else:
                if mark == _ELEMENT:
                    self._by_element.append(room)
                else:
                    self._by_key.setdefault(mark, []).append(room)

    def find(self, event: Any) -> Any:
        """The source that recognises the event, or None; never raises."""
        if not isinstance(event, dict):
            return _first(self._by_element, event) if isinstance(event, list) and event else None
        if "Records" in event and (found := self._of_records(event["Records"], event)):
            return found
        # Not by _first: most events come this way, and a call is a tenth of it.
        by_context, by_key = self._by_context, self._by_key
        if by_context and isinstance(context := event.get("requestContext"), dict):
            for key in by_context:
                if key in context:
                    for room in by_context[key]:
                        if room.recognise(event):
                            return room
        for key in event:
            if key in by_key:
                for room in by_key[key]:
                    if room.recognise(event):
                        return room
        return _first(_row(self._by_source, event.get("eventSource")), event)

    def _of_records(self, records: Any, event: dict[Any, Any]) -> Any:
        if not isinstance(records, list) or not records or not isinstance(records[0], dict):
            return None
        for key in _RECORD_KEYS:
            if found := _first(_row(self._by_record, records[0].get(key)), event):
                return found
        return None


def _first(rooms: Sequence[Recogniser], event: Any) -> Any:
    for room in rooms:
        if room.recognise(event):
            return room
    return None


def marks_of(event: Any) -> Iterator[str]:
    """Every mark that an event bears, as rooms write them; for explanations."""
    if isinstance(event, list):
        yield _ELEMENT
    if not isinstance(event, dict):
        return
    yield from (key for key in event if isinstance(key, str))
    yield f"{_SOURCE}{event.get('eventSource')}"
    context, records = event.get("requestContext"), event.get("Records")
    if isinstance(context, dict):
        yield from (f"{_CONTEXT}{key}" for key in context)
    if isinstance(records, list) and records and isinstance(records[0], dict):
        yield from (f"{_RECORD}{records[0][key]}" for key in _RECORD_KEYS if key in records[0])


def is_wrapped(event: Any) -> bool:
    """Whether an event is what a durable execution sends, with the user's event inside."""
    return isinstance(event, dict) and "DurableExecutionArn" in event and "CheckpointToken" in event


def _row(rows: dict[str, list[Recogniser]], value: Any) -> list[Recogniser]:
    return rows.get(value, []) if isinstance(value, str) else []


def detect(event: object) -> str | None:
    """The name of the event source of any JSON value, or None where no service claims it; never raises.

    All sources are asked, so this needs no router; the names are those of the rooms: `sqs`, `api_gateway_http`, ...
    """
    from .router import Router

    room = Router.everything().find(event)
    return None if room is None else str(room.name)
