"""The conditions of a route. Each names what it looks at, holds or not, and prints itself for messages."""

from __future__ import annotations

from .errors import ConfigurationError, PayloadError
from .patterns import Pattern, wildcard
from .payload import validated_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Getter = Callable[[Any], Any]
    Test = Callable[[Any], bool]


class Criterion:
    """One condition of a route: `label` as in the decorator, `look` at the subject, `test` the value seen.

    `written` is what the user wrote, `meaning` the same in a form that can be compared: two criteria are
    equal when their labels and meanings are.
    """

    __slots__ = ("label", "look", "meaning", "test", "written")

    def __init__(self, label: str, look: Getter, *, test: Test, written: Any, meaning: Any = None) -> None:
        self.label = label
        self.look = look
        self.test = test
        self.written = written
        self.meaning = _meaning(written) if meaning is None else meaning

    def holds(self, subject: Any) -> bool:
        """Whether the condition is met."""
        return self.test(self.look(subject))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Criterion) and (self.label, self.meaning) == (other.label, other.meaning)

    def __hash__(self) -> int:
        return hash(self.label)

    def __repr__(self) -> str:
        return f"{self.label}={self.written!r}"


def same(one: Any, other: Any) -> bool:
    """Whether two written values mean the same: a text is a list of one, and a list has no order."""
    return bool(_meaning(one) == _meaning(other))


def _meaning(written: Any) -> Any:
    values = each(written)
    return frozenset(values) if all(isinstance(v, str) for v in values) else (type(written), written)


def each(written: Any) -> tuple[Any, ...]:
    """A value, or each of a list of values."""
    return tuple(written) if isinstance(written, list | tuple | set | frozenset) else (written,)


def given(label: str, written: Any) -> Any:
    """A criterion that must be there: None, as of a variable that is not set, would match all."""
    if written is None:
        raise ConfigurationError(f'{label} is None; name it, or write "*" for all')
    return written


def texts(label: str, written: Any) -> tuple[str, ...]:
    """The alternatives of a criterion; ConfigurationError for anything but a text or a list of texts."""
    if callable(written):
        raise ConfigurationError(
            f"{label} is a function: a decorator without parentheses? "
            "Write @app.<source>(...) above the handler"
        )
    values = each(written)
    if not values or not all(isinstance(v, str) and v for v in values):
        raise ConfigurationError(f"{label} takes a text or a list of texts, not {written!r}")
    return values


def _glob(label: str, text: str) -> Test:
    try:
        return wildcard(text)
    except (ConfigurationError, ValueError) as exc:
        raise ConfigurationError(f"{label}={text!r} is not a glob: {exc}") from None


def _any_of(label: str, values: Iterable[str]) -> Test:
    exact: set[str] = set()
    globs: list[Test] = []
    anything = False
    for value in values:
        if value == "*":
            anything = True
        elif "*" in value or "\\" in value:
            globs.append(_glob(label, value))
        else:
            exact.add(value)

    def test(seen: Any) -> bool:
        if anything:
            return True
        if not isinstance(seen, str):
            return False
        return seen in exact or any(glob(seen) for glob in globs)

    return test


def glob(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """The value is, or matches as a glob, one of the texts; no criterion where `written` is None."""
    if written is None:
        return ()
    return (Criterion(label, look, test=_any_of(label, texts(label, written)), written=written),)


def name_or_arn(
    label: str, look: Getter, written: Any, *, resource: Callable[[str], str]
) -> tuple[Criterion, ...]:
    """The value is an ARN; it is named whole, or by the name that `resource` reads out of it."""
    if written is None:
        return ()
    values = texts(label, written)
    by_arn = _any_of(label, [v for v in values if is_arn(v)])
    by_name = _any_of(label, [v for v in values if not is_arn(v)])

    def test(seen: Any) -> bool:
        return by_arn(seen) or by_name(resource(seen) if isinstance(seen, str) else seen)

    return (Criterion(label, look, test=test, written=written),)


def any_of(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """One of a list of values is, or matches as a glob, one of the texts."""
    if written is None:
        return ()
    check = _any_of(label, texts(label, written))
    return (
        Criterion(
            label, look, test=lambda seen: any(check(v) for v in seen if isinstance(v, str)), written=written
        ),
    )


def scheduled(
    label: str, look: Getter, written: Any, *, resource: Callable[[str], str]
) -> tuple[Criterion, ...]:
    """As `name_or_arn`, where there is something to name: nothing matches None, not even a star."""
    (criterion,) = name_or_arn(label, look, written, resource=resource)
    named = criterion.test
    return (Criterion(label, look, test=lambda seen: seen is not None and named(seen), written=written),)


def affix(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """The text starts (label `prefix`) or ends (label `suffix`) with one of the texts."""
    if written is None:
        return ()
    values = texts(label, written)
    method = str.startswith if label == "prefix" else str.endswith

    def test(seen: Any) -> bool:
        return isinstance(seen, str) and method(seen, values)

    return (Criterion(label, look, test=test, written=written),)


def attributes(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """Each named attribute is present with one of the texts or globs given for it."""
    if written is None:
        return ()
    if not isinstance(written, dict) or not all(isinstance(k, str) for k in written):
        raise ConfigurationError(f"{label} takes a dict of attribute names to values, not {written!r}")
    tests = {key: _any_of(f"{label}[{key!r}]", texts(label, value)) for key, value in written.items()}

    def test(seen: Any) -> bool:
        return isinstance(seen, dict) and all(
            key in seen and check(seen[key]) for key, check in tests.items()
        )

    meaning = {key: _meaning(value) for key, value in written.items()}
    return (Criterion(label, look, test=test, written=written, meaning=meaning),)


def pattern(label: str, look: Getter, written: Mapping[str, Any] | None) -> tuple[Criterion, ...]:
    """The value matches an EventBridge event pattern."""
    if written is None:
        return ()
    compiled = Pattern(written)
    return (Criterion(label, look, test=compiled.matches, written=written, meaning=compiled),)


def flag(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """The value is True, or is False, as written."""
    if written is None:
        return ()
    if not isinstance(written, bool):
        raise ConfigurationError(f"{label} is True or False, not {written!r}")
    return (Criterion(label, look, test=lambda seen: seen is written, written=written),)


def when(label: str, written: Any) -> tuple[Criterion, ...]:
    """The whole event matches a pattern, satisfies a predicate, or fits a type that pydantic validates."""
    if written is None:
        return ()
    if isinstance(written, dict):
        return pattern(label, lambda event: event, written)
    test = _fits(label, written) if isinstance(written, type) else written
    if not callable(test):
        raise ConfigurationError(f"{label} is an event pattern, a predicate or a model, not {written!r}")
    return (Criterion(label, lambda event: event, test=lambda seen: bool(test(seen)), written=written),)


def _fits(label: str, kind: type) -> Test:
    validate = validated_value(kind, part=label)

    def fits(seen: Any) -> bool:
        try:
            validate(seen)
        except PayloadError:
            return False
        return True

    return fits


def is_arn(written: str) -> bool:
    """Whether a criterion, or a glob of one, is about the whole ARN."""
    return written.startswith("arn:")


def literal(text: str) -> str:
    """The text as a criterion that matches just it: stars and backslashes escaped."""
    return text.replace("\\", "\\\\").replace("*", "\\*")


def meet(one: str, other: str) -> bool:
    """Whether there is a text that both globs match."""
    a, b = _characters(one), _characters(other)
    todo, seen = [(0, 0)], set[tuple[int, int]]()
    while todo:
        i, j = place = todo.pop()
        if i == len(a) and j == len(b):
            return True
        if place in seen or i > len(a) or j > len(b):
            continue
        seen.add(place)
        ours, theirs = a[i : i + 1], b[j : j + 1]
        if ours == [_STAR] or theirs == [_STAR]:
            todo += [(i + 1, j), (i, j + 1)]
        elif ours == theirs:
            todo.append((i + 1, j + 1))
    return False


_STAR = None


def _characters(glob: str) -> list[str | None]:
    """The characters of a glob, a star that stands for any text as None."""
    left = iter(glob)
    return [_STAR if c == "*" else next(left, c) if c == "\\" else c for c in left]
