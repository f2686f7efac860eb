"""What a caller's document has to be, written down like the caller's own reference.

    MESSAGE = form({"contentType": one_of("PlainText", "SSML"), "content": text()})
    MESSAGE({"contentType": "SSML"}, "$.message")  # ResultError: ... $.message.content is missing

A check takes a value of plain JSON data (as `results.plain` gives it) and its path, and raises a `ResultError` that names
the field at fault, never its value. Checks are made when a room is imported and know nothing of any event.
"""

from __future__ import annotations

from .errors import ResultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    Check: TypeAlias = Callable[[Any, str], None]

_NAMES = {
    dict: "an object",
    list: "an array",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def wrong(path: str, said: str) -> ResultError:
    """The error for a field: `wrong("$.messages", "are missing")`."""
    return ResultError(f"the answer is not what its caller accepts: {path} {said}", path=path)


def _of(kind: type, value: Any, path: str) -> None:
    if type(value) is not kind:
        raise wrong(path, f"is {_NAMES[type(value)]}, not {_NAMES[kind]}")


def below(path: str, key: str) -> str:
    """The path of a field of the object at a path."""
    if key.isidentifier() and len(key) < 60:
        return f"{path}.{key}"
    from .failures import printable

    return f'{path}["{printable(key, limit=60)}"]'


def text(*, least: int = 1, most: int | None = None) -> Check:
    """Text of so many characters, at least one."""

    def check(value: Any, path: str) -> None:
        _of(str, value, path)
        if len(value) < least:
            raise wrong(path, "is empty")
        if most is not None and len(value) > most:
            raise wrong(path, f"has {len(value):,} characters, and at most {most:,} are accepted")

    return check


def one_of(*values: str) -> Check:
    """One of these texts."""

    def check(value: Any, path: str) -> None:
        if type(value) is not str or value not in values:
            raise wrong(path, f"is not {' or '.join(values)}")

    return check


def whole(least: int, most: int | None = None) -> Check:
    """A whole number in these bounds."""

    def check(value: Any, path: str) -> None:
        if type(value) is not int or value < least or (most is not None and value > most):
            raise wrong(path, f"is not a whole number from {least}{'' if most is None else f' to {most}'}")

    return check


def flag(value: Any, path: str) -> None:
    """True or false."""
    _of(bool, value, path)


def anything(value: Any, path: str) -> None:
    """Any value, null too."""


def optional(check: Check) -> Check:
    """What the check accepts, or null."""
    return lambda value, path: None if value is None else check(value, path)


def listed(check: Check, *, most: int | None = None, needed: bool = False) -> Check:
    """An array of what the check accepts, of at most so many; not empty if something is needed."""

    def check_each(value: Any, path: str) -> None:
        _of(list, value, path)
        if needed and not value:
            raise wrong(path, "is empty")
        if most is not None and len(value) > most:
            raise wrong(path, f"has {len(value):,} elements, and at most {most} are accepted")
        for number, one in enumerate(value):
            check(one, f"{path}[{number}]")

    return check_each


def mapped(check: Check) -> Check:
    """An object with any keys, each with what the check accepts."""

    def check_each(value: Any, path: str) -> None:
        _of(dict, value, path)
        for key, one in value.items():
            check(one, below(path, key))

    return check_each


def form(
    required: Mapping[str, Check], others: Mapping[str, Check] | None = None, *, closed: bool = False
) -> Check:
    """An object with these fields; the others may be absent or null. A closed one has no further fields."""
    checks = {**required, **{key: optional(check) for key, check in (others or {}).items()}}

    def check_fields(value: Any, path: str) -> None:
        _of(dict, value, path)
        for key in required:
            if key not in value:
                raise wrong(below(path, key), "is missing")
        for key, one in value.items():
            if key in checks:
                checks[key](one, below(path, key))
            elif closed:
                raise wrong(below(path, key), "is not known to the caller")

    return check_fields


def variants(key: str, forms: Mapping[str, Check]) -> Check:
    """An object whose form the text under a key decides."""
    known = form({key: one_of(*forms)})

    def check(value: Any, path: str) -> None:
        known(value, path)
        forms[value[key]](value, path)

    return check
