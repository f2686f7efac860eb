"""Records whose sender waits for an answer to each: every identifier is answered once, whatever its handler does.

`AnsweredSource` is for services that send records and read a document about each of them, as Firehose and S3 Batch
Operations do. What raised, was not started or cannot be sent is answered as a failure in the service's own words, since an
identifier that is missing or there twice is a failure that nobody has chosen. Only an event of which no record has a route
raises.
"""

from __future__ import annotations

import logging

from .batch import Batch, RecordSource, check
from .call import settle
from .deadline import Deadline
from .errors import NoRouteError
from .outcomes import Drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .invocation import Invocation
    from .source import Route

    Fields = dict[str, Any]
    """The answer to one record, without its identifier."""
    Dict = dict[str, Any]
else:
    Dict = dict

log = logging.getLogger("lambda_router")


class Sent(Dict):
    """A record as it was sent, with the event that it came in; a copy, so that the event stays as it is."""

    __slots__ = ("event",)

    def __init__(self, record: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        super().__init__(record)
        self.event = event


class AnswerBatch(Batch):
    """One event on its way through the handlers, with the answer to each record that has one, by index.

    `head` and `originals` are what the answers need of the event and of each record, read before handlers can change them.
    """

    __slots__ = ("answers", "head", "originals", "service")

    def __init__(self, room: AnsweredSource, event: Any) -> None:
        super().__init__(room, event)
        self.service = room
        self.head = room.head(event)
        self.originals = [room.original(record) for record in self.records]
        self.answers: dict[int, Fields] = {}

    def run_in_order(self, invocation: Invocation) -> None:
        """Handle one record after the other, as far as the deadline allows."""
        passed = Deadline(invocation.context, self.room.app.deadline_margin).passed
        for index in tuple(self.open):
            if passed():
                break
            self.handle(index, invocation)

    def handle(self, index: int, invocation: Invocation) -> None:
        """Handle one record and take down the answer to it."""
        record, route = self.records[index], None
        try:
            route = self.room.match(record)
            if route is None:
                raise self.no_route(record)
            result = settle(route.call(record, invocation))
            check(result)
            self.done(index, self.service.unwrapped(route) if route.judged else result)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            self.fail(index, exc, invocation.at(route, record))

    def done(self, index: int, result: Any) -> None:
        """The record's answer is made of what its handler returned; ResultError where it cannot be."""
        self.answers[index] = self.service.answer(result, self.originals[index], self.identifiers[index])
        del self.open[index]

    def fail(self, index: int, exc: BaseException, call: Invocation) -> None:
        """Take down the failure of a record, unless an exception handler has a result for it, or a Drop settles it."""
        verdict = self.judge(index, exc, call)
        if verdict is None:
            return
        if issubclass(type(verdict), Drop):  # isinstance would ask the exception for its __class__
            self.answers[index] = self.service.dropped(self.originals[index])
            del self.open[index]
            self.dropped += 1
            return
        self.answers[index] = self.service.failed(self.originals[index], verdict)
        self.take_down(index, verdict, call)

    def judge(self, index: int, exc: BaseException, call: Invocation) -> BaseException | None:
        """The failure that stands after the app's exception handlers, or None where one of them has given a result."""
        inside = call.route is not None and call.route.judged
        if inside or self.room.app._handler_of(exc, self.room) is None:
            return exc  # and not raised again, which would hold its frames in a circle
        try:
            self.done(index, self.room.app.handle(exc, call))
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            return raised
        return None

    def finish(self) -> None:
        """Log what has no line of its own; keep the failure only that will be raised."""
        super().finish()
        waiting = len(self.open) - self.failed
        if waiting:
            log.warning("%s: %d records were not started before the time limit", self.room.name, waiting)
        if not self.lost_all:
            self.first = self.lost = None  # their frames hold the batch in a circle

    @property
    def lost_all(self) -> bool:
        """Whether there are records and none of them has a route."""
        return 0 < len(self.records) == self.unrouted

    def refuse(self, exc: BaseException) -> None:
        """Answer every record alike, because what is around their handlers failed or settled them."""
        dropped = issubclass(type(exc), Drop)
        for index, original in enumerate(self.originals):
            self.answers[index] = (
                self.service.dropped(original) if dropped else self.service.failed(original, exc)
            )

    def __call__(self) -> Any:
        """The service's document; the NoRouteError where no record has a route."""
        if self.lost_all and self.first is not None:
            raise self.first
        found: dict[str, Fields] = {}
        for index, identifier in enumerate(self.identifiers):
            if not self.room.usable(identifier):
                continue
            answer = self.answers.get(index) or self.service.failed(self.originals[index], None)
            said = found.setdefault(identifier, answer)
            if not self.service.agree(said, answer):
                found[identifier] = self.service.failed(self.originals[index], None)
        return self.service.document(self.head, found)


class AnsweredSource(RecordSource):
    """A source of records that reads an answer to each of them."""

    synchronous = True

    # -- what a room says of its service -----------------------------------------------------------------------

    def head(self, event: Any) -> Any:
        """What the document needs of the event."""
        return None

    def original(self, record: Any) -> Any:
        """What the answer to a record needs of it as it was sent."""
        return None

    def answer(self, result: Any, original: Any, identifier: Any) -> Fields:
        """The answer to a record that was handled; ResultError for a result that is none."""
        raise NotImplementedError

    def dropped(self, original: Any) -> Fields:
        """The answer to a record that was settled on purpose."""
        raise NotImplementedError

    def failed(self, original: Any, exc: BaseException | None) -> Fields:
        """The answer to a record whose handler raised, or that was not started (then `exc` is None)."""
        raise NotImplementedError

    def agree(self, one: Fields, other: Fields) -> bool:
        """Whether two records that share an identifier may share an answer; else they have failed."""
        return one == other

    def document(self, head: Any, answers: Mapping[str, Fields]) -> Any:
        """The service's document, of the answers by identifier, as plain JSON that the runtime client can post."""
        raise NotImplementedError

    def unwrapped(self, route: Route) -> Any:
        """What stands for the result of a record whose content another source's route has handled."""
        return None

    @staticmethod
    def failures(answer: Any) -> list[str]:
        """The identifiers that a document says have failed; for tests."""
        raise NotImplementedError

    # -- the line ----------------------------------------------------------------------------------------------

    def within(self, event: Any, key: str) -> Sequence[Any]:
        """The records under a key of the event, each of which knows its event."""
        return [Sent(record, event) for record in event[key]]

    def admit(self, invocation: Invocation) -> AnswerBatch:
        """The batch of the invocation, made of its event at the first call."""
        root = invocation.root
        batch: Any = root.verdict
        if batch is None:
            batch = root.verdict = AnswerBatch(self, invocation.event)
        return batch  # type: ignore[no-any-return]

    def run(self, invocation: Invocation) -> Any:
        """Handle every record; the document, for the middleware that there is."""
        batch = self.admit(invocation)
        batch.run(invocation)
        return batch() if self.app.layered else None

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Answer every record as failed, as middleware that raises may have undone what handlers did.

        A Drop of middleware settles an event that was not run; else the answers stand. What says that nothing takes the
        event, as an entrypoint for other sources does, is raised.
        """
        batch = self.admit(invocation)
        refused = issubclass(type(exc), NoRouteError) and not batch.ran
        if refused or exc is batch.first:
            raise exc
        dropped = issubclass(type(exc), Drop)
        if not (dropped and batch.ran):
            batch.refuse(exc)
        if not dropped:
            self._report(exc)
        return batch()

    def _report(self, exc: BaseException) -> None:
        """One line, as for a failure that leaves the router: this one is in the answer alone."""
        from .failures import class_name, where

        place = where(exc)
        at = f" at {place}" if place else ""
        shown = exc if self.app.debug else None
        log.error("%s invocation failed: %s%s", self.name, class_name(exc), at, exc_info=shown)
