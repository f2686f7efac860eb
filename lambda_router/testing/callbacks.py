"""Writes down what an app reports to AWS in answer to an event, in place of sending it.

CloudFormation's answers are put to presigned URLs; CodePipeline, Config and others are told by a call of their API. While
callbacks are being recorded none of it leaves the process: no network, no credentials, no Region is needed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, overload

from lambda_router.presigned import OUTBOX
from lambda_router.reporting import ReportingSource

__all__ = ["Callback", "Callbacks", "recording"]


class Callback:
    """One report: the `source` that it is of, the `operation` (as boto3 spells it, or `"PUT"`) and its `parameters`.

    Of a PUT the parameters are the document that is put.
    """

    def __init__(self, source: str, operation: str, parameters: Mapping[str, Any]) -> None:
        self.source = source
        self.operation = operation
        self.parameters = {name: _copied(value) for name, value in parameters.items()}

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Callback):
            return NotImplemented
        mine = (self.source, self.operation, self.parameters)
        return mine == (other.source, other.operation, other.parameters)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Callback of {self.source}: {self.operation} {self.parameters!r:.600}>"


class Callbacks:
    """The reports of an app in the order in which they were made: `len`, `in`, `for` and `[0]` work as for a list."""

    def __init__(self) -> None:
        self._made: list[Callback] = []
        self._answers: dict[str, list[Any]] = {}

    @property
    def only(self) -> Callback:
        """The one callback that there is; AssertionError where there is none, or another."""
        if len(self._made) != 1:
            shown = "".join(f"\n  {one!r}" for one in self._made)
            raise AssertionError(f"there is not one callback, there are {len(self._made)}{shown}")
        return self._made[0]

    def of(self, source: str) -> list[Callback]:
        """The callbacks of one source, as `"codepipeline"`."""
        return [one for one in self._made if one.source == source]

    def answer(self, operation: str, *answers: Mapping[str, Any] | BaseException) -> None:
        """What the next calls of an operation are answered with, in turn: documents, or exceptions to be raised.

        Any other call is answered with an empty document.
        """
        self._answers.setdefault(operation, []).extend(answers)

    def refuse(self, operation: str, code: str) -> None:
        """Have the next call of an operation refused with an error code, as `"InvalidJobStateException"`."""
        self.answer(operation, _refusal(operation, code))

    def clear(self) -> None:
        """Forget what was reported, and the answers that were to be given."""
        self._made.clear()
        self._answers.clear()

    def take(self, source: str, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Write a callback down, and answer it."""
        self._made.append(Callback(source, operation, parameters))
        waiting = self._answers.get(operation)
        answer: Any = waiting.pop(0) if waiting else {}
        if isinstance(answer, BaseException):
            raise answer
        return copy.deepcopy(dict(answer))

    @overload
    def __getitem__(self, index: int) -> Callback: ...
    @overload
    def __getitem__(self, index: slice) -> list[Callback]: ...
    def __getitem__(self, index: int | slice) -> Callback | list[Callback]:
        return self._made[index]

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self._made)

    def __repr__(self) -> str:
        return f"<Callbacks {self._made!r}>"


@contextmanager
def recording() -> Generator[Callbacks, None, None]:
    """Write down all callbacks that are made in this block, of any app, and send none.

    A client that is no boto3 client, as a test gives a room, is called all the same and gives the answer.
    """
    callbacks = Callbacks()
    rooms: Any = ReportingSource
    before = vars(rooms).get("client")
    rooms.client = _client(callbacks)  # a data descriptor goes before what the rooms have themselves
    token = OUTBOX.set(_Outbox(callbacks))
    try:
        yield callbacks
    finally:
        OUTBOX.reset(token)
        if before is None:
            del rooms.client
        else:
            rooms.client = before


def _client(callbacks: Callbacks) -> property:
    """In place of a room's client: one that writes down. What the room has itself stays where it is."""

    def read(room: ReportingSource) -> Any:
        return _Recorder(callbacks, room, room.__dict__.get("client"))

    def write(room: ReportingSource, client: Any) -> None:
        room.__dict__["client"] = client.client if isinstance(client, _Recorder) else client

    return property(read, write)


class _Recorder:
    """A boto3 client as far as a room is concerned."""

    def __init__(self, callbacks: Callbacks, room: ReportingSource, client: Any) -> None:
        self.callbacks = callbacks
        self.room = room
        self.client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            _check(self.room.service, operation, parameters)
            answer = self.callbacks.take(self.room.name, operation, parameters)
            own = self.client is not None and not type(self.client).__module__.startswith("botocore.")
            return getattr(self.client, operation)(**parameters) if own else answer

        return call


class _Outbox(list[Any]):
    """Where documents are laid down in place of being put."""

    def __init__(self, callbacks: Callbacks) -> None:
        super().__init__()
        self.callbacks = callbacks

    def append(self, document: Any) -> None:
        """Write a document down."""
        super().append(document)
        self.callbacks.take("cloudformation", "PUT", document)

    def extend(self, documents: Any) -> None:
        """Write several documents down."""
        for document in documents:
            self.append(document)


def _copied(value: Any) -> Any:
    """A copy, unless it is a stream or the like, of which there is none."""
    try:
        return copy.deepcopy(value)
    except TypeError:
        return value


def _check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Parameters that boto3 would not send are an error here too, where it is installed."""
    known = _operations(service)
    if known is None:
        return
    if operation not in known:
        raise AttributeError(f"the {service} client has no operation {operation!r}")
    import_module("botocore.validate").validate_parameters(parameters, known[operation].input_shape)


@cache
def _operations(service: str) -> Mapping[str, Any] | None:
    """The operations of a service by the names that boto3 gives them; None where boto3 is not there."""
    try:
        spelt, session = import_module("botocore").xform_name, import_module("botocore.session").get_session()
    except ImportError:
        return None
    model: Any = session.get_service_model(service)
    return {str(spelt(name)): model.operation_model(name) for name in model.operation_names}


def _refusal(operation: str, code: str) -> Exception:
    """The exception that boto3 raises for a refused call, or one like it where boto3 is not there."""
    response = {"Error": {"Code": code, "Message": "refused"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    try:
        refused: Exception = import_module("botocore.exceptions").ClientError(response, operation)
    except ImportError:
        refused = Exception(f"{operation} was refused: {code}")
        refused.response = response  # type: ignore[attr-defined]
    return refused
