"""What became of an event that a client has sent, told so that a failed test explains itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self
from weakref import WeakSet

from lambda_router.answers import AnsweredSource
from lambda_router.batch import PolledSource, RecordSource
from lambda_router.errors import BatchError, DispatchError, HTTPError
from lambda_router.explain import Explanation
from lambda_router.failures import class_name, printable, text
from lambda_router.http.request import Headers
from lambda_router.http.source import HttpSource, pairs
from lambda_router.router import Router
from lambda_router.source import EventSource

__all__ = ["BatchResult", "HttpResult", "Identifiers", "Result", "Status", "kind_of", "results"]

_ALIVE: WeakSet[Result] = WeakSet()

_LINES = 10
"""How many lines of the log a repr shows."""


class Result:
    """What became of one event.

    `event` is the event as it was sent, `context` the context, `response` the exact JSON value that Lambda
    would get, `error` the exception that left the app (then `response` is None), or None. `put` are the answers
    that the app would have put to presigned URLs, as it does for CloudFormation. `log` are the lines of the
    framework's own log, one for each failed record and one for a failed invocation. `history` are the results
    before this one, where redirects were followed.
    """

    def __init__(
        self,
        *,
        event: Any,
        context: Any,
        response: Any,
        error: BaseException | None,
        room: type[EventSource] | None,
        router: Router | None,
        put: Sequence[Any] = (),
        log: Sequence[str] = (),
    ) -> None:
        self.event = event
        self.context = context
        self.response = response
        self.error = error
        self.put = list(put)
        self.log = list(log)
        self.history: list[Self] = []
        _ALIVE.add(self)
        self._room = room
        self._router = router

    @property
    def source(self) -> str | None:
        """The name of the event's source, as `detect` gives it."""
        return None if self._room is None else self._room.name

    @cached_property
    def route(self) -> str | None:
        """The name of the route whose criteria the event (its first record) meets, or None."""
        found = self._explanation
        if found is None or found.noise:
            return None
        if found.whole is not None:
            return found.whole.name
        taken = found.subjects[0].taken if found.subjects else found.default if found.source is None else None
        return None if taken is None else taken.name

    @cached_property
    def _explanation(self) -> Explanation | None:
        return None if self._router is None else self._router.explain(self.event)

    def raise_for_error(self) -> Self:
        """Raise the exception that left the app, if one did; else the result itself."""
        if self.error is not None:
            raise self.error
        return self

    def __repr__(self) -> str:
        by = f"by {self.route}" if self.route else "by no route"
        sender = self.source or ("a direct caller" if self.route else "an unknown source")
        if self.error is not None:
            what = f"\n  {class_name(self.error)}: {printable(text(self.error), limit=600)}"
        else:
            what = f": {self._summary}"
        return f"<{type(self).__name__} of {sender} {by}{what}{self._reasons}{self._advice}>"

    @property
    def _summary(self) -> str:
        return printable(json.dumps(self.put[0] if self.put else self.response))

    @property
    def _reasons(self) -> str:
        """What the framework has logged of failures, where the error that is shown does not say it."""
        lines = [] if self.error is not None and not isinstance(self.error, BatchError) else self.log
        lines = [line for line in lines if self.error is None or " invocation failed: " not in line]
        more = [f"... and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
        return "".join(f"\n  {line}" for line in (*lines[:_LINES], *more))

    @property
    def _advice(self) -> str:
        """The decorator that is missing, where no error says so."""
        found = None if self._explanation is None else self._explanation.suggestion
        said = isinstance(self.error, DispatchError)
        return f"\n  to take it, write: {found}" if found and not said else ""


class Status(int):
    """A status code that knows the result it is of, for messages of failed assertions."""

    result: Result

    def __new__(cls, code: int, *, result: Result) -> Self:
        made = super().__new__(cls, code)
        made.result = result
        return made


class HttpResult(Result):
    """The answer to an HTTP request, whichever source it came through."""

    @property
    def _answer(self) -> Mapping[str, Any]:
        answer = self.raise_for_error().response
        if not isinstance(answer, dict) or not isinstance(answer.get("statusCode"), int):
            raise ValueError(f"the app's response is no HTTP answer: {printable(repr(answer))}")
        return answer

    @property
    def status(self) -> int:
        """The status code; raises `error` where the app answered nothing."""
        return Status(self._answer["statusCode"], result=self)

    def raise_for_status(self) -> Self:
        """Raise an `HTTPError` for a status of 400 and above, with the body as its detail; else the result itself."""
        if self.status >= 400:
            raise HTTPError(
                int(self.status), printable(self.body.decode("utf-8", "replace"), limit=600) or None
            )
        return self

    @cached_property
    def headers(self) -> Headers:
        """The headers by name in any case, repeated ones joined; `headers.all(name)` has them apart."""
        answer = self._answer
        cookies = pairs({"set-cookie": answer.get("cookies")})
        return Headers([*pairs(answer.get("headers")), *pairs(answer.get("multiValueHeaders")), *cookies])

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the answer sets, by name; their attributes are in `headers.all("set-cookie")`."""
        named = [cookie.partition(";")[0].partition("=") for cookie in self.headers.all("set-cookie")]
        return {name.strip(): value.strip() for name, _, value in named}

    @property
    def body(self) -> bytes:
        """The body in bytes, decoded where the answer has it in base64."""
        body = self._answer.get("body") or ""
        if not isinstance(body, str):
            raise ValueError(f"the body of an HTTP answer is text, not {type(body).__name__}")
        encoded = self._answer.get("isBase64Encoded") is True
        return base64.b64decode(body, validate=True) if encoded else body.encode("utf-8", "surrogatepass")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as a JSON value; ValueError if it is none."""
        return json.loads(self.body)

    @property
    def _summary(self) -> str:
        try:
            return f"{self.status} {printable(self.body.decode('utf-8', 'replace'))}".rstrip()
        except ValueError:
            return super()._summary


class Identifiers(list[Any]):
    """The identifiers of some records: a list that knows the result it is of, for messages of failed assertions."""

    def __init__(self, found: Sequence[Any] = (), *, result: Result) -> None:
        super().__init__(found)
        self.result = result


class BatchResult(Result):
    """What became of an event of records, as its service would take the answer."""

    @cached_property
    def _identifiers(self) -> list[Any]:
        if self._room is None or not issubclass(self._room, RecordSource):
            return []
        room = self._room(self._router)
        found = [room.identifier(record) for record in room.subjects(self.event)]
        return [room.item(identifier) for identifier in found] if isinstance(room, PolledSource) else found

    @property
    def failed(self) -> list[Any]:
        """The identifiers of the records that come again: those reported, or all where the app raised.

        Of records that are answered one by one, those that the answer says have failed. Of a stream, and of a
        partition of a topic, also all behind the one that is reported. All of them where the answer cannot be read
        or names a record that was not sent.
        """
        return Identifiers(self._failed(), result=self)

    def _failed(self) -> list[Any]:
        if self.error is not None or self._room is None:
            return self._identifiers
        try:
            found = self._reported(self._room)
        except (KeyError, TypeError, AttributeError):  # a plain handler may answer anything
            return self._identifiers
        return self._identifiers if any(one not in self._identifiers for one in found) else found

    def _reported(self, room: type[EventSource]) -> list[Any]:
        """What the answer lists, as its service reads it; a KeyError or the like where it cannot be read."""
        if issubclass(room, AnsweredSource):
            return room.failures(self.response)
        if not issubclass(room, PolledSource) or not isinstance(self.response, dict):
            return []
        reported = [failure["itemIdentifier"] for failure in self.response.get("batchItemFailures") or ()]
        return reported if room.reports_rest else _again(self._identifiers, reported)

    @property
    def succeeded(self) -> list[Any]:
        """The identifiers of the records that are done with."""
        failed = self.failed
        return Identifiers([one for one in self._identifiers if one not in failed], result=self)

    @property
    def _summary(self) -> str:
        failed = self.failed
        counted = f"{len(self._identifiers) - len(failed)} of {len(self._identifiers)} succeeded"
        return f"{counted}, failed: {printable(', '.join(map(str, failed)))}" if failed else counted


def _again(identifiers: list[Any], reported: list[Any]) -> list[Any]:
    """What a stream sends again: of each partition from the lowest number reported on, or all where one is unknown.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    """
    if not all(identifier in identifiers for identifier in reported):
        return list(identifiers)
    lowest: dict[Any, int] = {}
    try:
        for partition, number in map(_place, reported):
            lowest[partition] = min(number, lowest.get(partition, number))
        placed = [(identifier, *_place(identifier)) for identifier in identifiers]
    except (TypeError, ValueError):
        return list(identifiers)
    return [one for one, partition, number in placed if partition in lowest and number >= lowest[partition]]


def _place(identifier: Any) -> tuple[Any, int]:
    """The partition and the number of a record; a batch of a shard is of one partition, which has no name."""
    if isinstance(identifier, dict):
        return identifier["partition"], int(identifier["offset"])
    return None, int(identifier)


def results() -> list[Result]:
    """The results that are still held, in no order."""
    return list(_ALIVE)


def kind_of(room: type[EventSource] | None) -> type[Result]:
    """The kind of result that fits events of a source."""
    if room is None:
        return Result
    if issubclass(room, HttpSource):
        return HttpResult
    return BatchResult if issubclass(room, RecordSource) else Result
