"""EventBridge event patterns, compiled once and matched at events; Lambda's filters have the same grammar.

A pattern mirrors the event: its fields are ANDed, the entries of a field's list are ORed, `$or` chooses
between objects. Arrays in an event do not count as steps, but what a pattern asks for under one array must be
found in one element of it. Where AWS's pages and its open engine (github.com/aws/event-ruler) disagree, the
pages win, and the line says so.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
"""

from __future__ import annotations

from .errors import ConfigurationError
from .globs import wildcard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, NoReturn, TypeAlias

    Json: TypeAlias = dict[Any, Any] | list[Any] | str | int | float | bool | None
    Path: TypeAlias = tuple[str, ...]
    Combination: TypeAlias = dict[Path, "Field"]
    Predicate: TypeAlias = Callable[[Any], bool]
    Check: TypeAlias = Callable[[Any], int]

# What a check says of a value. Absence is judged in the array element in which another field was found, or in
# all elements if none was, so that "absent as asked" and "present as asked" are told apart on the way up.
NO, ABSENT, PRESENT = 0, 1, 2

# EventBridge refuses a pattern of which $or makes more combinations:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
MOST_COMBINATIONS = 1_000

# Ours: matching recurses as deep as the pattern does, and every combination holds all of its paths.
DEEPEST = 100
MOST_STEPS = 100_000

# The numbers for which numeric matching is documented, under "Numeric matching" of the operators' page. Newer
# releases of event-ruler compare any double; the page wins, for patterns and for events.
GREATEST_NUMBER = 5_000_000_000
DECIMAL_PLACES = 6

# An IPv6 address with an IPv4 tail; nothing longer is parsed.
LONGEST_ADDRESS = 45

COMPARISONS = ("=", "<", "<=", ">", ">=")

# event-ruler does not take these for the names of fields within $or.
# fmt: off
RESERVED_WITHIN_OR = frozenset({
    *COMPARISONS, "anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "numeric", "prefix",
    "regex", "suffix", "wildcard", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
    "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
})
# fmt: on


class Missing:
    """The type of `MISSING`, which `Pattern.mismatch` gives for what is not there; it prints as "absent"."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "absent"


MISSING = Missing()


class Pattern:
    """An EventBridge event pattern, compiled: `Pattern({"source": ["shop"]}).matches(event)`.

    `document` is the pattern as it was given. What EventBridge would refuse is a ConfigurationError that
    names the place and what to write. Equal documents are equal patterns, whatever the order of their keys.
    """

    __slots__ = ("_check", "_combinations", "_frozen", "document")

    def __init__(self, document: Mapping[str, Any]) -> None:
        given: Any = document
        self._combinations = _combinations(given, (), "event pattern $")
        _check_steps(_steps(self._combinations), "event pattern $")
        self._check = _first_match([_tree(fields).check for fields in self._combinations])
        self._frozen = _frozen(given)
        self.document = document

    def matches(self, value: object) -> bool:
        """Say whether the pattern matches an event or a record: any JSON value; only an object can match."""
        return isinstance(value, dict) and self._check(value) != NO

    def mismatch(self, value: object) -> tuple[str, object] | None:
        """Give the path of the first field that does not match, as `$.detail.total`, and the value there.

        None on a match. The value is `MISSING` where there is none, and a list where the path leads through
        arrays to several. Of the combinations that `$or` makes, the one that comes nearest is told.
        """
        if self.matches(value):
            return None
        if not isinstance(value, dict):
            return "$", value
        nearest = max(self._combinations, key=lambda fields: _satisfied(fields, value))
        path = _failing(nearest, value)
        return ".".join(("$", *path)), _seen(value, path)

    def __repr__(self) -> str:
        return f"Pattern({self.document!r})"

    def __eq__(self, other: object) -> bool:
        return self._frozen == other._frozen if isinstance(other, Pattern) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._frozen)


# The document becomes combinations: each maps the paths of fields that are ANDed to what the fields accept.


def _combinations(document: Json, path: Path, place: str, *, in_or: bool = False) -> list[Combination]:
    if not isinstance(document, dict):
        _refuse(place, f"a pattern is an object, not {_shown(document)}", 'write {"source": ["shop"]}')
    if not document:
        _refuse(place, "an empty object asks for nothing", "name a field in it, or leave it out")
    _check_steps(len(document), place)
    product: list[Combination] = [{}]
    for key in _plain_first(document, place, in_or=in_or):
        inner = f"{place}.{key}"
        product = _product(product, _alternatives(document[key], path, inner, key=key, in_or=in_or), inner)
    return product


def _plain_first(document: dict[Any, Any], place: str, *, in_or: bool) -> list[str]:
    """Check the keys and put `$or` last, so that all combinations begin with the fields that they share."""
    for key in document:
        if not isinstance(key, str):
            _refuse(place, f"a field's name is text, not {_shown(key)}", "write a str")
        if in_or and key in RESERVED_WITHIN_OR:
            _refuse(f"{place}.{key}", f"{key} cannot name a field within $or", _entry_example(key))
    return sorted(document, key=lambda key: bool(key == "$or"))


def _alternatives(value: Json, path: Path, place: str, *, key: str, in_or: bool) -> list[Combination]:
    if place.count(".") > DEEPEST:
        _refuse(place, f"the pattern is deeper than {DEEPEST} levels", "write a flatter one")
    if key == "$or":
        return _branches(value, path, place)
    # EventBridge joins the steps of a path with dots: {"a": {"b": ...}} and {"a.b": ...} are one pattern. See
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html ("Considerations")
    path = (*path, *key.split("."))
    if isinstance(value, dict):
        _check_in_list(value, place)
        return _combinations(value, path, place, in_or=in_or)
    if isinstance(value, list):
        return [{path: _field(value, place)}]
    return _refuse(place, f"a field takes a list of what it may be, not {_shown(value)}", "put it in a list")


def _branches(value: Json, path: Path, place: str) -> list[Combination]:
    if not isinstance(value, list) or len(value) < 2:
        _refuse(place, "$or takes a list of at least two objects", 'write [{"a": [1]}, {"b": [2]}]')
    found: list[Combination] = []
    for index, branch in enumerate(value):
        found += _combinations(branch, path, f"{place}[{index}]", in_or=True)
        _check_count(len(found), place)
    return found


def _product(one: list[Combination], other: list[Combination], place: str) -> list[Combination]:
    if len(one) == len(other) == 1:
        return [_merged(one[0], other[0], place)]
    _check_count(len(one) * len(other), place)
    _check_steps(_steps(one) * len(other) + _steps(other) * len(one), place)
    return [_merged(dict(fields), more, place) for fields in one for more in other]


def _merged(fields: Combination, more: Combination, place: str) -> Combination:
    twice = fields.keys() & more.keys()
    if twice:
        # The page calls this invalid and uses the last one; which is last would hang on the order of keys:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html ("Considerations")
        name = ".".join(("$", *min(twice)))
        _refuse(place, f"{name} is asked for twice, of which EventBridge uses one", "write it once")
    fields.update(more)
    return fields


def _steps(combinations: list[Combination]) -> int:
    return sum(len(path) for fields in combinations for path in fields)


def _check_count(combinations: int, place: str) -> None:
    if combinations > MOST_COMBINATIONS:
        _refuse(place, f"$or makes more than {MOST_COMBINATIONS} combinations", "write several patterns")


def _check_steps(steps: int, place: str) -> None:
    if steps > MOST_STEPS:
        _refuse(place, f"the paths have more than {MOST_STEPS} steps in all", "write several patterns")


def _check_in_list(value: dict[Any, Any], place: str) -> None:
    """Refuse an operator outside of a list: EventBridge takes it for a field, and waits for it forever."""
    name, operand = next(iter(value.items()), ("", None))
    if len(value) == 1 and name in OPERATORS and _looks_like_operand(operand, name):
        _refuse(f"{place}.{name}", "an operator stands in a list", _entry_example(name))


def _looks_like_operand(operand: Json, name: str) -> bool:
    if not isinstance(operand, list):
        return not isinstance(operand, dict) or name == "anything-but"
    first: Json = operand[0] if operand else None
    return name == "anything-but" or (name == "numeric" and isinstance(first, str) and first in COMPARISONS)


def _refuse(place: str, what: str, remedy: str) -> NoReturn:
    raise ConfigurationError(f"{place[:300]}: {what}; {remedy}")


def _entry_example(name: str) -> str:
    return f'write [{{"{name}": ...}}]'


def _shown(value: object) -> str:
    """Print a value for a message; what may be large, or raise when it is printed, is told by its type."""
    if value is None or isinstance(value, str | bool | float):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:60]}..."
    if isinstance(value, int) and value.bit_length() <= 200:
        return repr(value)
    return f"a value of type {type(value).__name__}"


def _frozen(value: Json) -> object:
    """Give what is equal for equal documents, and only for them: to Python, True == 1."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return tuple(_frozen(inner) for inner in value)
    return (bool, value) if isinstance(value, bool) else value


# The fields of a combination become a tree of checks along their paths.


class Node:
    """A step of the paths: the field that ends here, or the steps that go on from here.

    Compiled, `check` says of a value what is asked of it here, `absent` is what it says of a missing one, and
    `names` are the ways down from here, joined with dots.
    """

    __slots__ = ("absent", "check", "field", "names", "steps")

    absent: int
    check: Check
    names: list[str]

    def __init__(self) -> None:
        self.field: Field | None = None
        self.steps: dict[str, Node] = {}

    def compile(self, place: str) -> Node:
        """Compile the steps, and this node at `place`; it may end a path or go on, not both."""
        if self.field is not None:
            if self.steps:
                # EventBridge takes it, for events with a list of both.
                _refuse(place, "it is asked for as a value and as an object", "write what events have")
            self.names, self.absent, self.check = [], self.field.absent, self.field.check
            return self
        nodes = {step: node.compile(f"{place}.{step}") for step, node in self.steps.items()}
        joined = [f"{step}.{name}" for step, node in nodes.items() for name in node.names]
        checks = tuple((step, node.check) for step, node in nodes.items())
        self.names = [*nodes, *joined]
        self.absent = min(node.absent for node in nodes.values())
        self.check = _object(checks, frozenset(joined), self.absent)
        return self


def _tree(fields: Combination) -> Node:
    root = Node()
    for path, field in fields.items():
        node = root
        for step in path:
            node = node.steps.setdefault(step, Node())
        node.field = field
    return root.compile("event pattern $")


def _object(steps: tuple[tuple[str, Check], ...], joined: frozenset[str], absent: int) -> Check:
    def check_object(value: dict[str, Any]) -> int:
        if joined and not value.keys().isdisjoint(joined):
            value = _unfolded(value, joined)
        found = NO
        for step, check in steps:
            said = check(value.get(step, MISSING))
            if said == NO:
                return NO
            found |= said
        return found

    def check(value: Json) -> int:
        if isinstance(value, dict):
            return check_object(value)
        return _check_array(value, check_object, absent) if isinstance(value, list) else absent

    return check


def _check_array(values: list[Any], check_object: Check, absent: int) -> int:
    """Look for one element in which all is as asked; or else all may be absent from every element."""
    for value in _flat(values):
        if isinstance(value, dict):
            said = check_object(value)
            if said >= PRESENT:
                return PRESENT
            absent &= said
    return absent


def _flat(values: list[Json]) -> Iterator[Json]:
    """Give the elements of nested arrays; without recursion, as an event may be deeper than the stack is."""
    pending = [iter(values)]
    while pending:
        for value in pending[-1]:
            if isinstance(value, list):
                pending.append(iter(value))
                break
            yield value
        else:
            pending.pop()


def _unfolded(value: dict[str, Any], joined: frozenset[str]) -> dict[str, Any]:
    """Rewrite {"a.b": 1} as {"a": {"b": 1}}: EventBridge joins the steps in events with dots, too."""
    unfolded = dict(value)
    for name in sorted(joined & value.keys()):
        step, _, rest = name.partition(".")
        outer: Json | Missing = unfolded.get(step, MISSING)
        if isinstance(outer, Missing):
            unfolded[step] = {rest: value[name]}
        elif isinstance(outer, dict):
            # Copied once, as the event is not ours to edit and many names may meet here.
            copied = outer is not value.get(step)
            inner = unfolded[step] = outer if copied else dict(outer)
            inner[rest] = [inner[rest], value[name]] if rest in inner else value[name]
        else:
            unfolded[step] = [outer, {rest: value[name]}]
    return unfolded


def _first_match(checks: list[Check]) -> Check:
    def check(value: Any) -> int:
        for one in checks:
            if one(value) != NO:
                return PRESENT
        return NO

    return checks[0] if len(checks) == 1 else check


# The cold path: which field did not match?


def _satisfied(fields: Combination, value: Any) -> int:
    return sum(_tree({path: field}).check(value) != NO for path, field in fields.items())


def _failing(fields: Combination, value: Any) -> Path:
    for path, field in fields.items():
        if field.absent == NO and _tree({path: field}).check(value) == NO:
            return path
    # Each is found somewhere, though not all in one element of an array; or one is there that must not be.
    so_far: Combination = {}
    for path, field in fields.items():
        so_far[path] = field
        if _tree(so_far).check(value) == NO:
            break
    return next(reversed(so_far))


def _seen(value: Any, path: Path) -> object:
    seen: list[object] = []
    pending: list[tuple[Json, int]] = [(value, 0)]
    while pending:
        inner, step = pending.pop()
        if step == len(path):
            seen.append(inner)
        elif isinstance(inner, list):
            pending += [(element, step) for element in reversed(inner)]
        elif isinstance(inner, dict):
            names = [(".".join(path[step:end]), end) for end in range(len(path), step, -1)]
            pending += [(inner[name], end) for name, end in names if name in inner]
    return seen if len(seen) > 1 else seen[0] if seen else MISSING


# What a field accepts.


def _never(value: Any) -> bool:
    return False


def _always(value: Any) -> bool:
    return True


class Entry:
    """What an entry of a field's list accepts: a predicate for each kind of value, and if it may be absent.

    `literal` is asked of true, false and null, and with MISSING of what is not JSON.
    """

    __slots__ = ("absent", "literal", "number", "text")

    def __init__(
        self,
        text: Predicate = _never,
        *,
        number: Predicate = _never,
        literal: Predicate = _never,
        absent: int = NO,
    ) -> None:
        self.text = text
        self.number = number
        self.literal = literal
        self.absent = absent


class Field:
    """A field's list: `check` says of a value, or of MISSING, whether an entry accepts it."""

    __slots__ = ("absent", "check")

    def __init__(self, entries: list[Entry]) -> None:
        text = _any([entry.text for entry in entries])
        number = _any([entry.number for entry in entries])
        literal = _any([entry.literal for entry in entries])
        self.absent = max(entry.absent for entry in entries)
        self.check = _leaf(text, _accepts(text, number, literal), self.absent)


def _any(predicates: list[Predicate]) -> Predicate:
    asked = [predicate for predicate in predicates if predicate is not _never]
    if _always in asked:
        return _always
    if len(asked) < 2:
        return asked[0] if asked else _never

    def accepts(value: Any) -> bool:
        for predicate in asked:  # half the time of any() and its generator
            if predicate(value):
                return True
        return False

    return accepts


def _accepts(text: Predicate, number: Predicate, literal: Predicate) -> Predicate:
    def accepts(value: object) -> bool:
        if isinstance(value, str):
            return text(value)
        if value is None or isinstance(value, bool):
            return literal(value)
        return number(value) if isinstance(value, int | float) else _accepts_foreign(value, number, literal)

    return accepts


def _accepts_foreign(value: object, number: Predicate, literal: Predicate) -> bool:
    """Take a Decimal for the number that it is, and what is not JSON for equal to nothing."""
    from decimal import Decimal

    if isinstance(value, Decimal) and value.is_finite():
        return number(float(value))
    return literal(MISSING)


def _leaf(text: Predicate, accepts: Predicate, absent: int) -> Check:
    def check_array(values: list[Any]) -> int:
        said = absent
        for value in _flat(values):
            if isinstance(value, dict):
                continue
            if accepts(value):
                return PRESENT
            said = NO
        return said

    def check(value: Json | Missing) -> int:
        if isinstance(value, str):
            return PRESENT if text(value) else NO
        if isinstance(value, list):
            return check_array(value)
        # Operators look at leaves only: a field that holds an object is as good as absent ("Exists"):
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
        if value is MISSING or isinstance(value, dict):
            return absent
        return PRESENT if accepts(value) else NO

    return check


def _field(listed: list[Json], place: str) -> Field:
    if not listed:
        _refuse(place, "an empty list matches nothing", 'name the values, or write [{"exists": true}]')
    exact: list[Any] = []
    entries: list[Entry] = []
    for index, value in enumerate(listed):
        inner = f"{place}[{index}]"
        if isinstance(value, dict):
            entries.append(_operator(value, inner))
        elif value is None or isinstance(value, str | bool) or _is_number(value):
            exact.append(value)
        else:
            _refuse(inner, f"{_shown(value)} is not comparable", "write text, a number, true, false or null")
    return Field([_exact(exact), *entries] if exact else entries)


def _exact(values: list[Json]) -> Entry:
    # The page compares numbers as they are spelt, so that 300 is not 300.0. EventBridge was seen to find them
    # equal, as event-ruler does, and a parsed event has lost the spelling. Text is compared character by
    # character, as the page says, though event-ruler finds two spellings of an IP address equal:
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html ("Considerations")
    texts = frozenset(_texts(values))
    numbers = frozenset(value for value in values if _is_number(value))
    literals = frozenset(value for value in values if value is None or isinstance(value, bool))
    return Entry(
        texts.__contains__ if texts else _never,
        number=numbers.__contains__ if numbers else _never,
        literal=literals.__contains__ if literals else _never,
    )


def _texts(values: list[Json]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0


# The operators.


def _operator(entry: dict[Any, Any], place: str) -> Entry:
    name, operand = _only_item(entry, place)
    if name not in OPERATORS:
        _refuse(f"{place}.{name}", f"{_shown(name)} is no operator", f"write one of {', '.join(OPERATORS)}")
    return OPERATORS[name](operand, f"{place}.{name}")


def _only_item(entry: dict[Any, Any], place: str) -> tuple[str, Json]:
    if len(entry) != 1:
        _refuse(place, f"one key is due here, not {len(entry)}", 'write [{"prefix": "a"}, {"suffix": "b"}]')
    name, operand = next(iter(entry.items()))
    if not isinstance(name, str):
        _refuse(place, f"an operator is text, not {_shown(name)}", "write a str")
    return name, operand


def _text(operand: Json, place: str) -> str:
    if not isinstance(operand, str):
        _refuse(place, f"text is due here, not {_shown(operand)}", 'write "..."')
    return operand


def _prefix(operand: Json, place: str) -> Entry:
    if isinstance(operand, dict):
        folded = _ignoring_case(operand, place)
        return Entry(lambda value: _fold(value[: len(folded)]) == folded)
    prefix = _text(operand, place)
    return Entry(lambda value: value.startswith(prefix))


def _suffix(operand: Json, place: str) -> Entry:
    if isinstance(operand, dict):
        folded = _ignoring_case(operand, place)
        return Entry(lambda value: _fold(value[max(len(value) - len(folded), 0) :]) == folded)
    suffix = _text(operand, place)
    return Entry(lambda value: value.endswith(suffix))


def _ignoring_case(operand: dict[Any, Any], place: str) -> str:
    name, text = _only_item(operand, place)
    if name != "equals-ignore-case":
        _refuse(f"{place}.{name}", f"{_shown(name)} is unknown here", 'write {"equals-ignore-case": "..."}')
    return _fold(_text(text, f"{place}.{name}"))


def _equals_ignore_case(operand: Json, place: str) -> Entry:
    folded = _fold(_text(operand, place))
    return Entry(lambda value: len(value) == len(folded) and _fold(value) == folded)


def _fold(text: str) -> str:
    """Fold case one character for one, so that the length stays and a part of a text can be folded alone."""
    if text.isascii():
        return text.lower()
    return "".join(folded if len(folded := character.casefold()) == 1 else character for character in text)


def _exists(operand: Json, place: str) -> Entry:
    if not isinstance(operand, bool):
        _refuse(place, f"exists takes true or false, not {_shown(operand)}", "write true or false")
    return Entry(_always, number=_always, literal=_always) if operand else Entry(absent=ABSENT)


def _numeric(operand: Json, place: str) -> Entry:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        _refuse(place, "numeric takes a list of one comparison or two", 'write [">", 0, "<=", 5]')
    sign, bound = _sign(operand[0], COMPARISONS, f"{place}[0]"), _bound(operand[1], f"{place}[1]")
    if len(operand) == 2:
        return Entry(number=_comparison(sign, bound))
    sign = _sign(sign, (">", ">="), f"{place}[0]")
    second, high = _sign(operand[2], ("<", "<="), f"{place}[2]"), _bound(operand[3], f"{place}[3]")
    if bound >= high:
        _refuse(place, f"nothing lies between {bound} and {high}", "write the lower bound first")
    return Entry(number=_between(bound, high, after=sign == ">", before=second == "<"))


def _sign(value: object, signs: tuple[str, ...], place: str) -> str:
    if not isinstance(value, str) or value not in signs:
        _refuse(place, f"{_shown(value)} cannot stand here", f"write {' or '.join(signs)}")
    return value


def _bound(value: Any, place: str) -> float:
    if not _is_number(value):
        _refuse(place, f"a number is due here, not {_shown(value)}", "write one without quotes")
    if abs(value) > GREATEST_NUMBER:
        _refuse(place, f"EventBridge cannot compare {_shown(value)}", "write a number from -5e9 to 5e9")
    if round(value, DECIMAL_PLACES) != value:
        _refuse(place, f"EventBridge compares {DECIMAL_PLACES} decimal places, not {value}", "round it")
    bound: float = value
    return bound


def _comparison(sign: str, bound: float) -> Predicate:
    if sign == "=":
        return lambda value: bool(value == bound)
    if sign in (">", ">="):
        return _between(bound, GREATEST_NUMBER, after=sign == ">", before=False)
    return _between(-GREATEST_NUMBER, bound, after=False, before=sign == "<")


def _between(low: float, high: float, *, after: bool, before: bool) -> Predicate:
    if after:
        return (lambda value: low < value < high) if before else (lambda value: low < value <= high)
    return (lambda value: low <= value < high) if before else (lambda value: low <= value <= high)


def _cidr(operand: Json, place: str) -> Entry:
    # Only here, as it costs a millisecond or more of every cold start.
    from ipaddress import ip_address

    def parsed(text: str) -> tuple[int, int] | None:
        if len(text) > LONGEST_ADDRESS or "%" in text:
            return None
        try:
            address = ip_address(text)
        except ValueError:
            return None
        return address.max_prefixlen, int(address)

    text, _, mask = _text(operand, place).partition("/")
    block = parsed(text)
    if block is None:
        return _refuse(place, f"{_shown(operand)} is no range of IP addresses", 'write "10.0.0.0/24"')
    width, number = block
    shift = width - _mask(mask, width, place)

    def within(value: str) -> bool:
        address = parsed(value)
        return address is not None and address[0] == width and (address[1] ^ number) >> shift == 0

    return Entry(within)


def _mask(text: str, width: int, place: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= 3
    # event-ruler refuses /32 and /128, which would name a single address.
    if not digits or int(text) >= width:
        _refuse(place, f"{_shown(text)} is no mask", f"write /0 to /{width - 1}; or an address without cidr")
    return int(text)


def _wildcard_entry(operand: Json, place: str) -> Entry:
    return Entry(wildcard(_text(operand, place), place))


def _anything_but(operand: Json, place: str) -> Entry:
    if isinstance(operand, dict):
        return _not(_excluded(operand, place))
    values: list[Json] = operand if isinstance(operand, list) else [operand]
    numbers = [value for value in values if _is_number(value)]
    if not values or len(values) not in (len(_texts(values)), len(numbers)):
        _refuse(place, "anything-but takes texts, or numbers, and nothing else", 'write ["a", "b"] or [1, 2]')
    return _not(_exact(values))


def _not(excluded: Entry) -> Entry:
    """Accept all that is there and is not excluded, of whatever kind: null is not "cancelled"."""
    return Entry(_negated(excluded.text), number=_negated(excluded.number), literal=_always)


def _negated(predicate: Predicate) -> Predicate:
    return _always if predicate is _never else lambda value: not predicate(value)


def _excluded(operand: dict[Any, Any], place: str) -> Entry:
    name, given = _only_item(operand, place)
    place = f"{place}.{name}"
    if name not in EXCLUDING:
        _refuse(place, f"{_shown(name)} is unknown in anything-but", f"write one of {', '.join(EXCLUDING)}")
    values: list[Json] = given if isinstance(given, list) else [given]
    # EventBridge wants text here: it refuses {"anything-but": {"prefix": {"equals-ignore-case": "a"}}}.
    texts = [_text(value, place) for value in values]
    if not texts or (name in ("prefix", "suffix") and not all(texts)):
        _refuse(place, f"an empty {name} excludes nothing or everything", 'write "a" or ["a", "b"]')
    return Entry(_any([EXCLUDING[name](text, place).text for text in texts]))


OPERATORS: dict[str, Callable[[Any, str], Entry]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard_entry,
}

EXCLUDING = {name: OPERATORS[name] for name in ("equals-ignore-case", "prefix", "suffix", "wildcard")}
