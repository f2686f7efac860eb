"""Paths: templates, their converters, and the trie that matches a path in one walk. No regular expressions.

Static text goes before typed parameters, typed before plain ones, and a catch-all comes last. A walk visits a
node of the trie at most once, so its cost is bounded by the templates and linear in the path.
"""

from __future__ import annotations

import sys

from ..binding import is_async, is_generator
from ..errors import ConfigurationError
from ..percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Convert = Callable[[str], Any]
    Targets = dict[str, list[Any]]
    Accept = Callable[[Targets, tuple[Any, ...]], Any]
    Step = tuple[Targets | None, Any, Any]
    """What ends at a node; its static children by text, or an only one as `(text, step)`; `(convert, step)` of its
    first typed child, or None."""


def _text(text: str) -> str | None:
    return text or None


def _int(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not digits.isdigit() or not digits.isascii() or len(digits) > 1000:
        return None
    return int(text)


def _float(text: str) -> float | None:
    whole, _, fraction = text.removeprefix("-").partition(".")
    if not whole or not (whole + fraction).isdigit() or not text.isascii() or len(text) > 300:
        return None
    return float(text)


def _uuid() -> Convert:
    from uuid import UUID

    def convert(text: str) -> Any:
        try:
            value = UUID(text)
        except ValueError:
            return None
        return value if str(value) == text.lower() else None

    return convert


CONVERTERS: dict[str, Callable[[], Convert]] = {
    "int": lambda: _int,
    "float": lambda: _float,
    "uuid": _uuid,
    "str": lambda: _text,
}
"""What a template may say after the colon, beside `path`: the most specific first. Each is made when a
template first names it, and gives None for a text that is not its."""


class Converters(dict[str, "Callable[[], Convert]"]):
    """The converters that the templates of one app may name: ours, and its own, which go before plain text only."""

    def __init__(self) -> None:
        super().__init__(CONVERTERS)
        self.own: dict[str, Convert] = {}

    def register(self, name: object, convert: Convert) -> None:
        """Take an own converter; ConfigurationError for a bad one, or where another has the name."""
        if not isinstance(name, str) or not name.isidentifier():
            raise ConfigurationError(f'a converter has a name such as "sku", not {name!r}')
        if not callable(convert) or is_async(convert) or is_generator(convert):
            raise ConfigurationError(f"the converter {name!r} is a function of a text, not {convert!r}")
        if name in CONVERTERS or name == "path" or self.own.get(name, convert) != convert:
            raise ConfigurationError(f"there is a converter {name!r} already; give this one another name")
        if name in self.own:
            return
        self.own[name] = convert
        text = self.pop("str")
        self[name] = lambda: _guarded(convert)
        self["str"] = text


def _guarded(convert: Convert) -> Convert:
    """An own converter, asked about text that is not empty; where it raises ValueError, the text is not its."""

    def guarded(text: str) -> Any:
        try:
            return convert(text) if text else None
        except ValueError:
            return None

    return guarded


class Template:
    """A path template: `/orders/{order_id:int}/lines/{rest:path}`."""

    __slots__ = ("_converters", "names", "segments", "text")

    def __init__(self, text: object, converters: Mapping[str, Callable[[], Convert]] = CONVERTERS) -> None:
        if not isinstance(text, str) or not text.startswith("/"):
            raise ConfigurationError(
                f'a path starts with a slash, as in "/orders/{{order_id}}"; not {text!r}'
            )
        if "?" in text or "#" in text:
            raise ConfigurationError(
                f"{text!r}: a path has no query; ask for query parameters by name in the handler"
            )
        if unquote(text) != text:
            raise ConfigurationError(f"{text!r}: write the path decoded, {unquote(text)!r}")
        self.text = text
        self._converters = converters
        self.names: list[str] = []
        self.segments = [self._segment(s) for s in segments(text)]
        if any(kind == "path" for kind, _ in self.segments[:-1]):
            raise ConfigurationError(
                f"{text!r}: a catch-all ({{rest:path}}) is the last segment of its template"
            )

    def _segment(self, segment: str) -> tuple[str, str]:
        """A segment as its kind ("" for text) and its text."""
        if "{" not in segment and "}" not in segment:
            return "", sys.intern(segment)
        inner = segment[1:-1]
        name, colon, kind = inner.partition(":")
        if (
            f"{{{inner}}}" != segment
            or not name.isidentifier()
            or set(kind) & {"{", "}"}
            or (colon and not kind)
        ):
            raise ConfigurationError(
                f"{self.text!r}: a segment is text, {{parameter}} or {{parameter:converter}}, not {segment!r}"
            )
        kind = kind or "str"
        if kind != "path" and kind not in self._converters:
            raise ConfigurationError(
                f"{self.text!r}: there is no converter {kind!r}; "
                f"there are {', '.join([*self._converters, 'path'])}"
            )
        if name in self.names:
            raise ConfigurationError(f"{self.text!r}: the parameter {name!r} stands twice")
        self.names.append(sys.intern(name))
        return kind, name

    @property
    def kinds(self) -> dict[str, str]:
        """The converter of each parameter, by its name; that of a plain one is `str`."""
        return {text: kind for kind, text in self.segments if kind}

    @property
    def shape(self) -> tuple[tuple[str, str], ...]:
        """What two templates that match the same paths have in common: all but the names of parameters."""
        return tuple((kind, "" if kind else text) for kind, text in self.segments)

    def matches(self, path: Sequence[str]) -> bool:
        """Whether the template alone matches the segments of a path."""
        alone = Trie(self._converters)
        alone.rows(self, "").append(self)
        try:
            return alone.find(path, lambda targets, values: True) is True
        except UnsafePathError:
            return False


def is_text(path: str, wanted: Sequence[str]) -> bool:
    """Whether a template of the same text matches the segments, as text."""
    try:
        return Template(path).segments == [("", segment) for segment in wanted]
    except ConfigurationError:
        return False


def segments(path: str) -> list[str]:
    """The segments of a path that starts with a slash; one slash at its end makes no difference."""
    found = path.split("/")
    del found[0]
    if len(found) > 1 and not found[-1]:
        found.pop()
    return found


class Node:
    """One place in the trie: what may follow, and by method what ends here."""

    __slots__ = ("catch_all", "ends", "static", "typed")

    static: dict[str, Node] | None
    typed: list[tuple[str, Convert, Node]] | None
    ends: Targets | None
    catch_all: Targets | None

    def __init__(self) -> None:
        # Most places of a tree have one of these, and what a thousand routes do not take stays out of the caches.
        self.static = self.typed = self.ends = self.catch_all = None


class Trie:
    """Templates and what each leads to, by method."""

    def __init__(self, converters: Mapping[str, Callable[[], Convert]] = CONVERTERS) -> None:
        self.root = Node()
        self._converters = converters
        self._packed: Step | None = None

    def targets(self, template: Template) -> Targets:
        """What the template leads to by method, each in the order in which it is tried: a dict to be changed."""
        self._packed = None
        node = self.root
        for kind, text in template.segments:
            if kind == "path":
                node.catch_all = node.catch_all or {}
                return node.catch_all
            node = self._follow(node, kind, text)
        node.ends = node.ends or {}
        return node.ends

    def above(self, template: Template) -> tuple[str, Node] | None:
        """The place above the last segment, and the text that leads there; None where there is a parameter before it."""
        node, text = self.root, ""
        for kind, segment in template.segments[:-1]:
            if kind:
                return None
            node, text = self._follow(node, kind, segment), f"{text}/{segment}"
        return text, node

    def rows(self, template: Template, method: str) -> list[Any]:
        """The targets of one method."""
        return self.targets(template).setdefault(method, [])

    def _follow(self, node: Node, kind: str, text: str) -> Node:
        if not kind:
            node.static = node.static or {}
            if text not in node.static:
                node.static[text] = Node()
            return node.static[text]
        node.typed = node.typed or []
        for other, _, child in node.typed:
            if other == kind:
                return child
        child = Node()
        node.typed.append((kind, self._converters[kind](), child))
        node.typed.sort(key=lambda row: list(self._converters).index(row[0]))
        return child

    def straight(self, path: Sequence[str]) -> tuple[Targets | None, list[Any]]:
        """The targets at the end of the most specific way at every segment, with the captured values; None where
        that way ends before the path does, or nothing ends there. `find` knows all other ways, and is slower."""
        step = self._packed = self._packed or _pack(self.root)
        values: list[Any] = []
        for segment in path:
            static = step[1]
            if type(static) is dict:
                child = static.get(segment)
            else:
                child = static[1] if static[0] == segment else None
            if child is not None:
                step = child
                continue
            if step[2] is None:
                return None, values
            value = step[2][0](segment)
            if value is None:
                return None, values
            values.append(value)
            step = step[2][1]
        return step[0], values

    def find(self, path: Sequence[str], accept: Accept) -> Any:
        """The first answer but None of `accept(targets by method, captured values)`, which is asked at every
        template that matches, the most specific first. UnsafePathError where a catch-all must not be given
        the rest."""
        return _walk(self.root, path, 0, (), accept)


def _pack(node: Node) -> Step:
    """A node as few small objects, so that a thousand routes are not a thousand times as much memory to walk."""
    static: Any = {text: _pack(child) for text, child in (node.static or {}).items()}
    if len(static) == 1:
        (static,) = static.items()
    typed = (node.typed[0][1], _pack(node.typed[0][2])) if node.typed else None
    return node.ends or None, static, typed


def _walk(node: Node, path: Sequence[str], depth: int, values: tuple[Any, ...], accept: Accept) -> Any:
    if depth == len(path):
        return accept(node.ends, values) if node.ends else None
    segment = path[depth]
    if node.static and segment in node.static:
        found = _walk(node.static[segment], path, depth + 1, values, accept)
        if found is not None:
            return found
    for _, convert, child in node.typed or ():
        value = convert(segment)
        if value is not None:
            found = _walk(child, path, depth + 1, (*values, value), accept)
            if found is not None:
                return found
    return accept(node.catch_all, (*values, _rest(path[depth:]))) if node.catch_all else None


class UnsafePathError(Exception):
    """A path that a catch-all must not be given."""


def _rest(path: Sequence[str]) -> str:
    """What a catch-all captures. Joined to a directory it stays below it, also if it is decoded once more: a
    path that climbs, that starts anew with a slash or hides a separator in a segment is refused."""
    rest = "/".join(path)
    again = unquote(rest)
    if rest.count("/") >= len(path) or "\\" in rest or "\0" in again or again.startswith(("/", "\\")):
        raise UnsafePathError
    if ".." in again and ".." in again.replace("\\", "/").split("/"):
        raise UnsafePathError
    return rest
