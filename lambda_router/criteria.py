"""The conditions of a route. Each names what it looks at, holds or not, and prints itself for messages."""

from __future__ import annotations

from types import GenericAlias, UnionType

from .call import settle
from .errors import ConfigurationError, PayloadError
from .globs import wildcard
from .payload import validated_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Getter = Callable[[Any], Any]
    Test = Callable[[Any], bool]
    Reason = tuple[str, str, Any]


class Criterion:
    """One condition of a route: `label` as in the decorator, `look` at the subject, `test` the value seen.

    `written` is what the user wrote, `meaning` the same in a form that can be compared: two criteria are
    equal when their labels and meanings are. `why` tells of a value that fails the test where it does so
    (without values, as for a log), the same in full, and the value there; without it the value itself is told
    if it is `public`, as names of queues and topics are.
    """

    __slots__ = ("label", "look", "meaning", "public", "test", "why", "written")

    def __init__(
        self,
        label: str,
        look: Getter,
        *,
        test: Test,
        written: Any,
        meaning: Any = None,
        why: Callable[[Any], Reason] | None = None,
        public: bool = True,
    ) -> None:
        self.label = label
        self.look = look
        self.test = test
        self.written = written
        self.meaning = _meaning(written) if meaning is None else meaning
        self.why = why
        self.public = public and why is None

    def holds(self, subject: Any) -> bool:
        """Whether the condition is met."""
        return self.test(self.look(subject))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Criterion) and (self.label, self.meaning) == (other.label, other.meaning)

    def __hash__(self) -> int:
        return hash(self.label)

    def __repr__(self) -> str:
        return f"{self.label}={called(self.written) or repr(self.written)}"


def called(written: Any) -> str | None:
    """The name of a function or class that was written as a criterion; None for any other value."""
    name = getattr(written, "__qualname__", None) if callable(written) else None
    return name if isinstance(name, str) and not isinstance(written, GenericAlias) else None


def same(one: Any, other: Any) -> bool:
    """Whether two written values mean the same: a text is a list of one, and a list has no order."""
    return bool(_meaning(one) == _meaning(other))


def _meaning(written: Any) -> Any:
    values = each(written)
    if not all(isinstance(v, str) for v in values):
        return type(written), written
    found = frozenset(values)
    return values[0] if len(found) == 1 else found


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


def glob(label: str, look: Getter, written: Any, *, public: bool = True) -> tuple[Criterion, ...]:
    """The value is, or matches as a glob, one of the texts; no criterion where `written` is None."""
    if written is None:
        return ()
    test = _any_of(label, texts(label, written))
    return (Criterion(label, look, test=test, written=written, public=public),)


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
    """Each named attribute is present with one of the texts or globs given for it; of a list one element is."""
    if written is None:
        return ()
    if not isinstance(written, dict) or not all(isinstance(k, str) for k in written):
        raise ConfigurationError(f"{label} takes a dict of attribute names to values, not {written!r}")
    tests = {key: _any_of(f"{label}[{key!r}]", texts(label, value)) for key, value in written.items()}

    def test(seen: Any) -> bool:
        return isinstance(seen, dict) and all(
            key in seen and _one_is(check, seen[key]) for key, check in tests.items()
        )

    meaning = {key: _meaning(value) for key, value in written.items()}
    return (Criterion(label, look, test=test, written=written, meaning=meaning),)


def _one_is(check: Test, value: Any) -> bool:
    return check(value) or (isinstance(value, list) and any(map(check, value)))


def pattern(label: str, look: Getter, written: Mapping[str, Any] | None) -> tuple[Criterion, ...]:
    """The value matches an EventBridge event pattern."""
    if written is None:
        return ()
    from .patterns import MISSING, Pattern  # the grammar is for the routes that have one

    compiled = Pattern(written)

    def why(seen: Any) -> Reason:
        path, value = compiled.mismatch(seen) or ("$", seen)
        return f"{path} does not match", f"{path} is {value!r}", None if value is MISSING else value

    return (Criterion(label, look, test=compiled.matches, written=written, meaning=compiled, why=why),)


class TopicFilter:
    """An MQTT topic filter: `+` is any one level, `{plant}` one with a name, and `#` at the end all that follow.

    `names` has the numbers of the named levels. ConfigurationError for a text that is no topic filter.
    """

    __slots__ = ("levels", "names", "rest")

    def __init__(self, label: str, text: str) -> None:
        self.levels: list[str | None] = []
        self.names: dict[str, int] = {}
        *levels, last = text.split("/")
        self.rest = last == "#"
        for number, level in enumerate(levels if self.rest else [*levels, last]):
            name = level[1:-1] if level[:1] == "{" and level[-1:] == "}" else None
            wrong = set("+#{}\0") & set(level if name is None else "") and level != "+"
            if wrong or (name is not None and (not name.isidentifier() or name in self.names)):
                raise ConfigurationError(
                    f"{label}={text!r} is not a topic filter: a level is a text, + or a {{name}} of its own; "
                    "# stands for the last ones"
                )
            if name is not None:
                self.names[name] = number
            self.levels.append(None if level == "+" or name is not None else level)

    @property
    def meaning(self) -> tuple[Any, ...]:
        """The filter as MQTT has it, to which the names of levels are nothing."""
        return (*self.levels, self.rest)

    def matches(self, topic: str) -> bool:
        """Whether the topic is one of the filter's; `a/#` is about `a` too, and a wildcard in front never about `$aws`.

        https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html, section 4.7
        """
        seen = topic.split("/")
        if len(seen) < len(self.levels) or (len(seen) > len(self.levels) and not self.rest):
            return False
        if topic.startswith("$") and self.levels[:1] in ([], [None]):
            return False
        return all(
            wanted is None or wanted == level for wanted, level in zip(self.levels, seen, strict=False)
        )

    def named(self, topic: str) -> dict[str, str]:
        """The named levels of a topic that matches."""
        seen = topic.split("/")
        return {name: seen[number] for name, number in self.names.items()}


def topic_filters(label: str, written: Any) -> tuple[TopicFilter, ...]:
    """MQTT topic filters, which must name the same levels; none where `written` is None."""
    if written is None:
        return ()
    found = tuple(TopicFilter(label, text) for text in texts(label, written))
    if len({frozenset(one.names) for one in found}) > 1:
        raise ConfigurationError(f"{label}={written!r}: the topic filters of a list name the same levels")
    return found


def topic_filter(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """The value is a topic that one of the MQTT topic filters is about."""
    filters = topic_filters(label, written)
    if not filters:
        return ()
    meaning = frozenset(one.meaning for one in filters)

    def test(seen: Any) -> bool:
        return isinstance(seen, str) and any(one.matches(seen) for one in filters)

    return (Criterion(label, look, test=test, written=written, meaning=meaning),)


def flag(label: str, look: Getter, written: Any) -> tuple[Criterion, ...]:
    """The value is True, or is False, as written."""
    if written is None:
        return ()
    if not isinstance(written, bool):
        raise ConfigurationError(f"{label} is True or False, not {written!r}")
    return (Criterion(label, look, test=lambda seen: seen is written, written=written),)


def when(label: str, written: Any) -> tuple[Criterion, ...]:
    """The whole event matches a pattern, satisfies a predicate, or fits a type that pydantic validates.

    A predicate that stumbles over the shape of an event (a missing key, a list where it expects an object, a
    text that is no number) does not hold for it; any other exception that it raises fails the call.
    """
    if written is None:
        return ()
    if isinstance(written, dict):
        return pattern(label, _whole, written)
    if isinstance(written, type | GenericAlias | UnionType) or hasattr(written, "__origin__"):
        return (_fitting(label, written),)
    if not callable(written):
        raise ConfigurationError(f"{label} is an event pattern, a predicate or a model, not {written!r}")
    return (_satisfying(label, written),)


def _whole(event: Any) -> Any:
    return event


# What asking for more than is there raises, for an event of another shape than a predicate was written for.
_OTHER_SHAPE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


def _satisfying(label: str, predicate: Callable[[Any], Any]) -> Criterion:
    def test(seen: Any) -> bool:
        try:
            return bool(settle(predicate(seen)))
        except _OTHER_SHAPE:
            return False

    def why(seen: Any) -> Reason:
        from .failures import class_name

        try:
            said = f"it answers {'true' if settle(predicate(seen)) else 'false'}"
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            said = f"it raises {class_name(exc)}"
        return said, said, seen

    return Criterion(label, _whole, test=test, written=predicate, why=why)


_JSON: dict[Any, tuple[type, ...]] = {
    dict: (dict,),
    list: (list,),
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (float, int),
    type(None): (type(None),),
}
"""The types of JSON values, for which pydantic is not needed."""


def _fitting(label: str, kind: Any) -> Criterion:
    plain = _JSON.get(kind) if isinstance(kind, type) else None
    if plain is not None:
        return _of_type(label, kind, plain)
    validate = validated_value(kind, part="event")

    def test(seen: Any) -> bool:
        try:
            validate(seen)
        except PayloadError:
            return False
        return True

    def why(seen: Any) -> Reason:
        try:
            validate(seen)
        except PayloadError as exc:
            places = [".".join(map(str, error["loc"])) or "$" for error in exc.errors]
            return ", ".join(places[:5]), str(exc), seen
        return "$", "it fits", seen

    return Criterion(label, _whole, test=test, written=kind, why=why)


def _of_type(label: str, kind: type, plain: tuple[type, ...]) -> Criterion:
    def why(seen: Any) -> Reason:
        said = f"it is {type(seen).__name__}"
        return said, said, seen

    return Criterion(label, _whole, test=lambda seen: type(seen) in plain, written=kind, why=why)


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
