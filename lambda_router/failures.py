"""Exceptions that the Lambda runtime client can post, and texts that are safe in a log line.

The runtime client catches `Exception` around the handler, and nothing around what it then does with one
(awslambdaric, `bootstrap.handle_event_request`). It takes

* `etype.__name__`, which a metaclass may answer;
* `str(value)`, twice, and joins it to other text, which an instance of a `str` subclass may answer;
* `traceback.extract_tb`, which reads source lines and asks the loader that a frame's globals name;
* the file name, function name and source line of every frame;

logs them and posts them as JSON. Whatever raises on the way, holds a lone surrogate or is larger than the
Runtime API takes ends the process, and everything that the execution environment had in memory with it. It
never looks at `__cause__`, `__context__`, `__notes__`, `args` or any other attribute, so that these may hold
anything. What is raised and is not an `Exception` is not caught at all.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from traceback import FrameSummary
    from types import CodeType, FrameType, TracebackType
    from typing import Any, TypeGuard

_NAME_LIMIT = 128
_TEXT_LIMIT = 4_096
# The Runtime API takes an error of 6 MB at most, as it does a response (results.LIMIT). Half a megabyte of
# stack stays below that when it is escaped as JSON, and the deepest recursion of a default Python fits in it.
_STACK_LIMIT = 500_000
_FRAME_LIMIT = 3_000
_KEPT_FRAMES = 50

# Read and set past whatever a class or metaclass defines under the same names.
_type_name = type.__dict__["__name__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_traceback = BaseException.__dict__["__traceback__"].__get__
_set_cause = BaseException.__dict__["__cause__"].__set__

# What a metaclass must leave alone for `etype.__name__` to be the name of the class.
_NAMING = frozenset({"__name__", "__getattribute__"})

# A stand-in has these from BaseException and object, whatever the class that it extends makes of them.
_BASICS: dict[str, Any] = {
    name: member
    for name, member in BaseException.__dict__.items()
    if name not in {"__new__", "__dict__", "__doc__", "__str__", "__repr__"}
} | {"__class__": object.__dict__["__class__"], "__format__": object.__format__}

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE, which the classes that Python itself brings do not have
# The one field that a class statement without __slots__ adds to an exception.
_WEAK_REFERENCE = 8 if sys.version_info < (3, 12) else 0


def class_name(exc: BaseException) -> str:
    """Name the class of `exc` on one line of at most 128 printable characters; never raises."""
    return type_name(type(exc))


def type_name(kind: type) -> str:
    """Name the class `kind` on one line of at most 128 printable characters; never raises."""
    return printable(_type_name(kind), limit=_NAME_LIMIT)


def text(exc: BaseException) -> str:
    """Give `str(exc)` without lone surrogates, cut to 4,096 bytes of UTF-8; never raises.

    It may have several lines, and names the exception that `str()` raised when it did.
    """
    try:
        seen = str(exc)
    except BaseException as error:
        return f"(its str() raised {class_name(error)})"
    return _cut(str.__str__(seen))


def printable(value: object, *, limit: int = 200) -> str:
    r"""Give `value` as one line of at most `limit` characters for a log line or a message; never raises.

    A str keeps its printable characters and has the others escaped (`\n`, `\x1b`, `\u2028`, `\ud800`);
    numbers, bool and None are written as Python does. Anything else is only named by its type, as in
    `<Order>`, because its content may be large, secret or hostile.
    """
    item: Any = value
    kind = type(value)
    if issubclass(kind, str):
        return _line(str.__str__(item), limit)
    if kind is int and item.bit_length() < 1_000:  # printing takes quadratic time, and has a limit
        return _line(str(item), limit)
    if kind is bool or kind is float or item is None:
        return _line(str(item), limit)
    return _line(f"<{str.__str__(_type_name(kind))}>", limit)


def where(exc: BaseException) -> str:
    """Say where `exc` was raised, in at most three frames: `orders.py:41 in read <- app.py:12 in main`.

    The innermost frame comes first, and frames of this package are left out when others remain. The text
    holds no source line and no value, and is empty when there is no traceback; never raises.
    """
    theirs: list[str] = []
    ours: list[str] = []
    for trace in _frames(_traceback(exc)):
        code = trace.tb_frame.f_code
        places = ours if _is_ours(trace.tb_frame) else theirs
        places.append(_place(code, trace.tb_lineno))
        del places[:-3]
    return " <- ".join((theirs or ours)[::-1])


def is_ours(exc: BaseException) -> bool:
    """Whether code of this package raised `exc`, and not a handler or what it called; never raises."""
    frames = [trace.tb_frame for trace in _frames(_traceback(exc))]
    return bool(frames) and _is_ours(frames[-1])


def concealed(exc: BaseException, reference: str | None) -> BaseException:
    """Give what may be raised where people read the text: `exc` if it is a PublicError, else a ConcealedError."""
    from .errors import ConcealedError, PublicError

    if issubclass(type(exc), PublicError):
        return exc
    error = ConcealedError(reference=reference)
    error.__cause__ = exc
    return error


def survivable(exc: BaseException) -> Exception:
    """Give `exc` itself when the runtime client can post it, else a stand-in that has its class name.

    The stand-in is an instance of the class of `exc` where that can be had without running code of the class.
    It has the traceback, except for frames that cannot be posted, and no cause. A `BaseException` that is not
    an `Exception` always becomes one, and its text names the class: `SystemExit: 1`.
    """
    if (
        _is_ordinary(exc)
        and _name_is_safe(type(exc))
        and _text_is_safe(exc)
        and _stack_is_safe(_traceback(exc))
    ):
        return exc
    stand_in = _stand_in(exc)
    _set_cause(stand_in, None)  # also suppresses the context that it gets when it is raised
    return Exception.with_traceback(stand_in, _safe_stack(_traceback(exc)))


_HOME = os.path.dirname(where.__code__.co_filename) + os.sep


def _is_ours(frame: FrameType) -> bool:
    # Callers that binding writes out have no file of their own, but the names of its module.
    if str.startswith(frame.f_code.co_filename, _HOME):
        return True
    return frame.f_code.co_filename == "<string>" and bool(frame.f_globals.get("__name__") == _BINDING)


_BINDING = f"{__package__}.binding"


def _cut(said: str) -> str:
    data = said[: _TEXT_LIMIT + 1].encode("utf-8", "backslashreplace")
    if len(data) <= _TEXT_LIMIT:
        return data.decode()
    return data[: _TEXT_LIMIT - 3].decode("utf-8", "ignore") + "…"


def _line(said: str, limit: int) -> str:
    if len(said) <= limit and said.isprintable():
        return said
    line = "".join(c if c.isprintable() else _escape(c) for c in said[:limit])
    if len(said) <= limit and len(line) <= limit:
        return line
    return (line[: max(limit - 1, 0)] + "…")[:limit]


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _place(code: CodeType, line: int | None) -> str:
    file = os.path.basename(str.__str__(code.co_filename))
    return f"{printable(file, limit=80)}:{line} in {printable(code.co_name, limit=80)}"


def _is_ordinary(exc: BaseException) -> TypeGuard[Exception]:
    # isinstance would ask the exception for its __class__, which the runtime client's `except` does not.
    kind = type(exc)
    return issubclass(kind, Exception) and not issubclass(kind, _fault_classes())


def _fault_classes() -> tuple[type, ...]:
    # The runtime client's own exception has an `except` clause of its own, which posts its attributes.
    fault = getattr(sys.modules.get("awslambdaric.lambda_runtime_exception"), "FaultException", None)
    return () if fault is None else (fault,)


def _name_is_safe(kind: type) -> bool:
    name = _type_name(kind)
    return type(name) is str and name == type_name(kind) and _is_named_by_type(type(kind))


def _is_named_by_type(metaclass: type) -> bool:
    own = _type_mro(metaclass)
    return all(_NAMING.isdisjoint(_type_dict(base)) for base in own[: own.index(type)])


def _text_is_safe(exc: Exception) -> bool:
    # Asked twice, as the runtime client does: a text may be made of something that is there only once.
    return _says_safely(exc) and _says_safely(exc)


def _says_safely(exc: Exception) -> bool:
    try:
        said = str(exc)
        return type(said) is str and len(said) <= _TEXT_LIMIT and len(said.encode()) <= _TEXT_LIMIT
    except BaseException:
        return False


def _stack_is_safe(stack: TracebackType | None) -> bool:
    return sum(1 for _ in _frames(stack)) <= _FRAME_LIMIT and _posted_size(stack) <= _STACK_LIMIT


def _posted_size(stack: TracebackType | None, *, frames: int | None = None) -> float:
    from traceback import extract_tb

    try:
        return sum(map(_frame_size, extract_tb(stack, limit=frames)))
    except BaseException:
        return float("inf")


def _frame_size(frame: FrameSummary) -> float:
    parts = (frame.filename, frame.name, frame.line or "")
    if any(type(part) is not str for part in parts):
        return float("inf")
    return 60 + len("".join(parts).encode())


def _safe_stack(stack: TracebackType | None) -> TracebackType | None:
    if _stack_is_safe(stack):
        return stack
    from collections import deque
    from types import TracebackType

    kept = None
    for trace in reversed(deque(_frames(stack), maxlen=_KEPT_FRAMES)):
        if _posted_size(trace, frames=1) <= _STACK_LIMIT / _KEPT_FRAMES:
            kept = TracebackType(kept, trace.tb_frame, trace.tb_lasti, trace.tb_lineno or 0)
    return kept


def _stand_in(exc: BaseException) -> Exception:
    kind, said = type(exc), text(exc)
    if not issubclass(kind, Exception):
        name = type_name(kind)
        return _plain(kind, _cut(f"{name}: {said}" if said else name))
    return _derived(kind, said) or _plain(kind, said)


def _plain(kind: type, said: str) -> Exception:
    stand_in: Exception = _class(kind, Exception, said)(said)
    return stand_in


def _derived(kind: type, said: str) -> Exception | None:
    if not _can_be_extended(kind):
        return None
    try:
        # Neither __new__ nor __init__ of the class itself: its own code may be what is at fault.
        stand_in: Exception = _built_in(kind).__new__(_class(kind, kind, said), said)
        BaseException.__init__(stand_in, said)
        return stand_in
    except Exception:
        return None


def _can_be_extended(kind: type) -> bool:
    # No metaclass and no __init_subclass__, which would be run; no field that only its own __new__ can fill.
    if type(kind) is not type or issubclass(kind, _fault_classes()):
        return False
    if any("__init_subclass__" in _type_dict(parent) for parent in _type_mro(kind)[:-1]):
        return False
    added: int = kind.__basicsize__ - _built_in(kind).__basicsize__
    return added <= _WEAK_REFERENCE


def _built_in(kind: type) -> Any:
    return next(base for base in _type_mro(kind) if not base.__flags__ & _HEAP_TYPE)


def _class(kind: type, base: type, said: str) -> Any:
    name = type_name(kind)

    def __str__(self: object) -> str:  # noqa: N807
        return said

    def __repr__(self: object) -> str:  # noqa: N807
        return f"{name}({said!r})"

    own = {"__module__": __name__, "__notes__": [], "__str__": __str__, "__repr__": __repr__}
    return type(name, (base,), _BASICS | own)
