"""Strict encoding: what the router returns is plain JSON data that the Lambda runtime client can post.

Left to itself the runtime client answers NaN, which is not JSON, lets two keys of one object become equal,
decodes bytes or fails on them depending on the data, and ends the process over a lone surrogate or a response
that is too large (awslambdaric, `lambda_runtime_marshaller.py` and `lambda_runtime_client.py`). Here each of
these is a `ResultError` that names the path, raised while the router can still answer.

| Python | JSON |
|---|---|
| None, bool, int, finite float, str, and subclasses of them | the same value of the plain type |
| dict, any other Mapping, namedtuple, dataclass instance | object; keys must be str |
| list, tuple | array |
| set, frozenset | array in an order that does not depend on hashing |
| Decimal | int when integral, float when its text is equal to the decimal |
| datetime, date, time | `isoformat()`; an aware UTC value ends in `+00:00` |
| UUID | str |
| Enum | its value |
| pydantic model | `model_dump(mode="json", by_alias=True)` |
| anything else, bytes above all | `ResultError` |
"""

from __future__ import annotations

import json
import os
import sys
from math import isfinite

from lambda_router.errors import ResultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

LIMIT = 6_291_556
"""The bytes that a response may have: 6 MB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
"Invocation payload"), to the byte what the Runtime API names in its `Function.ResponseSizeTooLarge`."""

DEPTH = 200
"""How many containers may be inside each other."""

# In the answer nothing is more than 13 times what `_Walk.size` counts for it: an item of an array counts 2
# and a float takes 24 characters and a separator; an ASCII character counts 1 and takes at most 6, another
# one counts its bytes in UTF-8 and takes at most 6 for every 2 of them.
_GROWTH = 16

# The runtimes whose client posts UTF-8; the others post ASCII with escapes (awslambdaric,
# lambda_runtime_marshaller.Encoder). That is the longer form: a runtime missing here is judged too strictly.
_UTF8_RUNTIMES = frozenset(f"AWS_Lambda_python3.{minor}" for minor in range(12, 16))


def _not_plain(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not plain JSON data")


_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), default=_not_plain
)


def _compact(value: object) -> str:
    """Compact JSON text of plain data; `JSONEncoder.encode` makes its C encoder anew at every call."""
    return "".join(_chunks(value, 0))


def _chunker() -> Callable[[object, int], Iterable[str]]:
    make = getattr(json.encoder, "c_make_encoder", None)  # CPython has it
    if make is None:
        return lambda value, _: _encoder.iterencode(value)
    escape = json.encoder.encode_basestring
    chunks: Callable[[object, int], Iterable[str]] = make(
        None, _not_plain, escape, None, ":", ",", False, False, False
    )
    return chunks


_chunks = _chunker()


def plain(value: object, *, limit: int = LIMIT) -> Any:
    """Give the value as new dict, list, str, int, float, bool, None; `ResultError` for what JSON cannot hold.

    `limit` is the most bytes that the runtime client may post for it. The value itself is never changed.
    """
    walk = _Walk(limit)
    try:
        result = walk.convert(value)
        if (walk.size + 2) * _GROWTH > limit:
            walk.grow(0)
            _measure(result, limit)
        return result
    except Exception as error:
        refusal = _refusal(error, None)
    # Raised here, outside of the handler, so that it does not drag the frames and values of the walk along.
    raise refusal.error()


def dumps(value: object, *, limit: int = LIMIT) -> str:
    """Give the compact JSON text of `plain(value)`: no NaN, no lone surrogate, characters as they are."""
    if _left(value, _SMALL) >= 0:
        try:
            text = "".join(_chunks(value, 0))
        except ValueError:  # a float or an int that JSON cannot hold: `plain` says where it is
            return _compact(plain(value, limit=limit))
        if text.isascii() and len(text) * _GROWTH <= limit:
            return text
    return _compact(plain(value, limit=limit))


_SMALL = 200
"""How many items are looked at to find out whether a value is plain already."""


def _left(value: Any, items: int) -> int:
    """What is left of so many items when the value is small and of plain types throughout, so that nothing has to be
    converted and copied; negative where that does not hold."""
    inner: Iterable[Any]
    if _class_of(value) is dict:
        inner = value.values()
        for key in value:
            if _class_of(key) is not str:
                return -1
    elif _class_of(value) is list:
        inner = value
    else:
        return -1
    items -= len(value)
    if items < 0:
        return -1
    for item in inner:
        # By identity: a set of types would ask their metaclasses for a hash.
        kind = _class_of(item)
        if kind is str or kind is int or item is None or kind is bool or kind is float:
            continue
        items = _left(item, items - 1)
        if items < 0:
            return -1
    return items


def encoded_size(value: object) -> int:
    """Count the bytes that the runtime client of this runtime posts for plain JSON data."""
    ascii_only = os.environ.get("AWS_EXECUTION_ENV") not in _UTF8_RUNTIMES
    text = json.dumps(value, ensure_ascii=ascii_only)
    return len(text) if text.isascii() else len(text.encode())


def _path(steps: list[object]) -> str:
    if len(steps) > 12:
        steps = [*steps[:4], ..., *steps[-8:]]
    return "$" + "".join(map(_step, steps))


def _step(step: object) -> str:
    if step is ...:
        return "…"
    if type(step) is int:
        return f"[{step}]"
    from lambda_router.failures import printable

    text = printable(step, limit=60)
    return f".{text}" if text.isidentifier() else f"[{_compact(text)}]"


def _measure(result: object, limit: int) -> None:
    size = encoded_size(result)
    if size > limit:
        raise _too_large(f"{size:,} bytes", limit)


# `type(x)` as the type checkers need to see it where x is of any type.
_class_of: Callable[[object], type[Any]] = type


class _RefusalError(Exception):
    """Why a value is not JSON; the walk adds a step of the path on each level that it leaves.

    `of` says what is at fault: the value that is being converted, a key of the container around it, or the
    whole result, whose path is always `$`.
    """

    def __init__(self, reason: str, *, of: str = "value") -> None:
        super().__init__(reason)
        self.reason = reason
        self.of = of
        self.steps: list[object] = []

    def add(self, step: object) -> None:
        if self.of == "key":
            self.of = "value"
        elif step is not None:
            self.steps.append(step)

    def error(self) -> ResultError:
        path = "$" if self.of == "whole" else _path(self.steps[::-1])
        return ResultError(f"the result is not JSON that Lambda can return: {path} {self.reason}", path=path)


def _refusal(error: Exception, step: object) -> _RefusalError:
    # `type(...) is`, because isinstance would ask a hostile exception for its __class__.
    if type(error) is not _RefusalError:
        error = _foreign(error)
    error.add(step)
    return error


def _foreign(error: Exception) -> _RefusalError:
    if issubclass(type(error), RecursionError):
        return _RefusalError("is nested too deeply")
    from lambda_router.failures import class_name

    return _RefusalError(f"could not be read: {class_name(error)} was raised")


def _too_large(size: str, limit: int) -> _RefusalError:
    return _RefusalError(f"is {size} as the runtime client posts it, and the limit is {limit:,}", of="whole")


class _Walk:
    """One pass over one value.

    `size` never exceeds the bytes of what was seen so far, in either encoding of the runtime client; a value
    that shares its parts and would unfold without end is given up when it passes the limit. `active` holds
    the identities of the containers around the current value.
    """

    __slots__ = ("active", "limit", "size")

    def __init__(self, limit: int) -> None:
        self.active: set[int] = set()
        self.limit = limit
        self.size = 0

    def grow(self, size: int) -> None:
        self.size += size
        if self.size > self.limit:
            raise _too_large(f"at least {self.size:,} bytes", self.limit)

    def enter(self, value: object, size: int) -> None:
        here = id(value)
        if here in self.active:
            raise _RefusalError("contains itself")
        if len(self.active) >= DEPTH:
            raise _RefusalError(f"is nested more than {DEPTH} deep")
        self.active.add(here)
        self.size += size
        if self.size > self.limit:
            raise _too_large(f"at least {self.size:,} bytes", self.limit)

    def convert(self, value: Any) -> Any:
        kind = _class_of(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return self.integer(value)
        if kind is float:
            return _real(value)
        if kind is dict:
            return self.mapping(value)
        if kind is list or kind is tuple:
            return self.array(value)
        return self.other(value)

    def mapping(self, value: dict[Any, Any]) -> dict[str, Any]:
        self.enter(value, 6 * len(value))
        new: dict[str, Any] = {}
        size, key = 0, None
        try:
            for key, item in value.items():
                if type(key) is str and key.isascii():
                    size += len(key)
                else:
                    key = self.key(key)
                kind = _class_of(item)
                if kind is str and item.isascii():
                    size += len(item)
                    new[key] = item
                elif kind is int and -0x8000_0000_0000_0000 <= item <= 0x7FFF_FFFF_FFFF_FFFF:
                    new[key] = item
                else:
                    new[key] = self.convert(item)
        except Exception as error:
            raise _refusal(error, key) from None
        if len(new) != len(value):
            raise _RefusalError("has two keys that are the same text")
        self.active.discard(id(value))
        self.size += size
        return new

    def array(self, value: list[Any] | tuple[Any, ...]) -> list[Any]:
        self.enter(value, 2 * len(value))
        new: list[Any] = []
        size = 0
        try:
            # A copy is walked: an item with code of its own could make the list grow for ever.
            for item in value[:]:
                kind = _class_of(item)
                if kind is str and item.isascii():
                    size += len(item)
                    new.append(item)
                elif kind is int and -0x8000_0000_0000_0000 <= item <= 0x7FFF_FFFF_FFFF_FFFF:
                    new.append(item)
                else:
                    new.append(self.convert(item))
        except Exception as error:
            raise _refusal(error, len(new)) from None
        self.active.discard(id(value))
        self.size += size
        return new

    def leave(self, value: object) -> None:
        self.active.discard(id(value))

    def text(self, value: str) -> str:
        if value.isascii():
            self.grow(len(value))
            return value
        try:
            self.grow(len(value.encode()))
        except UnicodeEncodeError:
            raise _RefusalError("holds a lone surrogate, which UTF-8 cannot carry") from None
        return value

    def key(self, key: Any) -> str:
        kind = _class_of(key)
        if not issubclass(kind, str):
            raise _RefusalError(
                f"has a key of type {_name(kind)}, and JSON has only str keys: write str(key)", of="key"
            )
        text = str.__str__(key)
        try:
            self.grow(len(text.encode()))
        except UnicodeEncodeError:
            raise _RefusalError(
                "has a key with a lone surrogate, which UTF-8 cannot carry", of="key"
            ) from None
        return text

    def integer(self, value: int) -> int:
        bits = value.bit_length()
        if bits > 64:
            self.grow(bits * 3 // 10)
            if 0 < sys.get_int_max_str_digits() * 3 < bits:
                _printable_integer(value)
        return value

    def other(self, value: Any) -> Any:
        kind = _class_of(value)
        for base, convert in _DERIVED:
            if issubclass(kind, base):
                return convert(self, value)
        for module, name, convert in _LOADED:
            # An instance can only exist if its module was imported; nothing is imported to find out.
            lazy = getattr(sys.modules.get(module), name, None)
            if lazy is not None and issubclass(kind, lazy):
                return convert(self, value)
        return self.structured(value)

    def structured(self, value: Any) -> Any:
        kind = _class_of(value)
        if hasattr(kind, "__dataclass_fields__"):
            return self.pairs(value, _fields(value))
        if hasattr(kind, "model_dump") and hasattr(kind, "__pydantic_serializer__"):
            return self.wrapped(value, value.model_dump(mode="json", by_alias=True))
        if hasattr(kind, "items") and _is_mapping(kind):
            return self.pairs(value, value.items())
        raise _RefusalError(_advice(kind))

    def wrapped(self, value: object, inner: Any) -> Any:
        self.enter(value, 0)
        new = self.convert(inner)
        self.leave(value)
        return new

    def pairs(self, value: object, items: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
        self.enter(value, 0)
        new: dict[str, Any] = {}
        step = None
        try:
            for step, item in items:
                key = self.key(step)
                if key in new:
                    raise _RefusalError("has two keys that are the same text", of="key")
                self.grow(6)
                new[key] = self.convert(item)
                step = None
        except Exception as error:
            raise _refusal(error, step) from None
        self.leave(value)
        return new

    def elements(self, value: Iterable[Any]) -> list[Any]:
        self.enter(value, 0)
        new: list[Any] = []
        try:
            for item in value:
                self.grow(2)
                new.append(self.convert(item))
        except Exception as error:
            raise _refusal(error, len(new)) from None
        self.leave(value)
        return new

    def members(self, value: Iterable[Any]) -> list[Any]:
        return _ordered(self.elements(value))

    def dictionary(self, value: dict[Any, Any]) -> dict[str, Any]:
        return self.pairs(value, value.items())

    def row(self, value: Any) -> Any:
        kind = _class_of(value)
        if hasattr(kind, "_fields") and hasattr(kind, "_asdict"):
            return self.pairs(value, value._asdict().items())
        return self.elements(value)

    def string(self, value: str) -> str:
        return self.text(str.__str__(value))

    def number(self, value: int) -> int:
        return self.integer(int.__int__(value))

    def enum(self, value: Any) -> Any:
        return self.wrapped(value, value.value)

    def decimal(self, value: Any) -> int | float:
        number = _number(value)
        return self.integer(number) if type(number) is int else number

    def moment(self, value: Any) -> str:
        return self.string(value.isoformat())

    def uuid(self, value: Any) -> str:
        return self.string(str(value))


def _is_mapping(kind: type[Any]) -> bool:
    from collections.abc import Mapping

    return issubclass(kind, Mapping)


def _real(value: float) -> float:
    if isfinite(value):
        return value
    raise _RefusalError("is NaN or Infinity, which JSON does not have")


def _printable_integer(value: int) -> None:
    try:
        str(value)
    except ValueError:
        raise _RefusalError("is an int of more digits than Python prints") from None


def _number(value: Any) -> int | float:
    from decimal import Decimal

    value = Decimal(value)  # of a subclass, which may do anything, only the number is taken
    if not value.is_finite():
        raise _RefusalError("is a Decimal NaN or Infinity, which JSON does not have")
    if not value:
        return 0
    if value == value.to_integral_value():
        return _integral(value)
    near = float(value)
    if Decimal(repr(near)) != value:
        raise _RefusalError("is a Decimal that no float holds exactly: return str(value), or round it")
    return near


def _integral(value: Any) -> int:
    # The exponent says how many digits there will be, before Decimal("1E+1000000000") becomes an int.
    digits = value.adjusted() + 1
    if digits > (sys.get_int_max_str_digits() or LIMIT):
        raise _RefusalError("is a Decimal of more digits than Python prints as an int")
    return int(value)


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    for field in sys.modules["dataclasses"].fields(type(value)):
        try:
            item = getattr(value, field.name)
        except Exception as error:
            raise _refusal(error, field.name) from None
        yield field.name, item


def _ordered(members: list[Any]) -> list[Any]:
    kinds: set[type[Any]] = {type(member) for member in members}
    if kinds <= {str} or kinds <= {int, float, bool}:
        return sorted(members)
    return sorted(members, key=_compact)


def _refuse(walk: _Walk, value: object) -> None:
    raise _RefusalError(_advice(type(value)))


def _advice(kind: type[Any]) -> str:
    return f"is of type {_name(kind)}: {_cure(kind)}"


def _name(kind: type[Any]) -> str:
    from lambda_router.failures import type_name

    return type_name(kind)


def _cure(kind: type[Any]) -> str:
    if issubclass(kind, (bytes, bytearray, memoryview)):
        return "JSON has no bytes; encode them with base64, or decode them to str"
    if issubclass(kind, BaseException):
        return "raise it, or return a text"
    for attribute, cure in _CURES:
        if hasattr(kind, attribute):
            return cure
    return "return a dict, list, str, number, bool or None, a dataclass instance or a pydantic model"


_CURES = (
    ("__await__", "it has to be awaited first"),
    ("__aiter__", "it has to be read to its end first"),
    ("tolist", "call its tolist()"),
    ("__iter__", "make it a list or a dict"),
    ("__call__", "call it, and return what it gives"),
)

_DERIVED: tuple[tuple[type[Any], Callable[[_Walk, Any], Any]], ...] = (
    (str, _Walk.string),
    (int, _Walk.number),
    (float, lambda walk, value: _real(float.__float__(value))),
    (dict, _Walk.dictionary),
    (tuple, _Walk.row),
    (list, _Walk.elements),
    (set, _Walk.members),
    (frozenset, _Walk.members),
    (bytes, _refuse),
    (BaseException, _refuse),
)

_LOADED: tuple[tuple[str, str, Callable[[_Walk, Any], Any]], ...] = (
    ("decimal", "Decimal", _Walk.decimal),
    ("datetime", "date", _Walk.moment),
    ("datetime", "time", _Walk.moment),
    ("uuid", "UUID", _Walk.uuid),
    ("enum", "Enum", _Walk.enum),
)
