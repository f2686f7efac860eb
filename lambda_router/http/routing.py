"""Paths: templates, their converters, and the trie that matches a path in one walk. No regular expressions.

Static text goes before typed parameters, typed before plain ones, and a catch-all comes last. A walk visits a node of the
trie at most once, so its cost is bounded by the templates and linear in the path.
"""

from __future__ import annotations

from ..errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Convert = Callable[[str], Any]


class NoMatch(Exception):
    """A converter's way to say that the text is not its."""


def _text(text: str) -> str:
    if not text:
        raise NoMatch
    return text


def _int(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isdigit() or not digits.isascii() or len(digits) > 1000:
        raise NoMatch
    return int(text)


def _float(text: str) -> float:
    whole, _, fraction = text.removeprefix("-").partition(".")
    if not (whole + fraction).isdigit() or not text.isascii() or len(text) > 1000 or not whole:
        raise NoMatch
    return float(text)


def _uuid() -> Convert:
    from uuid import UUID

    def convert(text: str) -> Any:
        try:
            value = UUID(text)
        except ValueError:
            raise NoMatch from None
        if len(text) != 36:
            raise NoMatch
        return value

    return convert


CONVERTERS: dict[str, Callable[[], Convert]] = {
    "int": lambda: _int,
    "float": lambda: _float,
    "uuid": _uuid,
    "str": lambda: _text,
}
"""What a template may say after the colon, beside `path`; each is made when a template first names it."""


class Template:
    """A path template: `/orders/{order_id:int}/lines/{rest:path}`."""

    __slots__ = ("names", "segments", "text")

    def __init__(self, text: object) -> None:
        if not isinstance(text, str) or not text.startswith("/"):
            raise ConfigurationError(
                f'a path starts with a slash, as in "/orders/{{order_id}}"; not {text!r}'
            )
        self.text = text
        self.names: list[str] = []
        self.segments = [self._segment(s) for s in _split(text)]
        if any(kind == "path" for kind, _ in self.segments[:-1]):
            raise ConfigurationError(
                f"{text!r}: a catch-all ({{rest:path}}) is the last segment of its template"
            )

    def _segment(self, segment: str) -> tuple[str, str]:
        """A segment as its kind ("" for text) and its text."""
        if "{" not in segment and "}" not in segment:
            return "", segment
        name, _, kind = segment[1:-1].partition(":")
        if (
            segment[0] != "{"
            or segment[-1] != "}"
            or not name.isidentifier()
            or "{" in segment[1:]
            or "}" in segment[:-1]
        ):
            raise ConfigurationError(
                f"{self.text!r}: a segment is text or one {{parameter}} or {{parameter:converter}}, not {segment!r}"
            )
        kind = kind or "str"
        if kind != "path" and kind not in CONVERTERS:
            raise ConfigurationError(
                f"{self.text!r}: there is no converter {kind!r}; there are {', '.join([*CONVERTERS, 'path'])}"
            )
        if name in self.names:
            raise ConfigurationError(f"{self.text!r}: the parameter {name!r} stands twice")
        self.names.append(name)
        return kind, name

    @property
    def shape(self) -> tuple[tuple[str, str], ...]:
        """What two templates that match the same paths have in common: all but the names of parameters."""
        return tuple((kind, "" if kind else text) for kind, text in self.segments)


def _split(text: str) -> list[str]:
    segments = text.split("/")[1:]
    if len(segments) > 1 and segments[-1] == "":
        segments.pop()
    return segments


class Node:
    """One place in the trie: what may follow, and what ends here."""

    __slots__ = ("catch_all", "ends", "static", "typed")

    def __init__(self) -> None:
        self.static: dict[str, Node] = {}
        self.typed: list[tuple[str, Convert, Node]] = []
        self.ends: list[Any] = []
        self.catch_all: list[Any] = []


class Trie:
    """Templates and what each leads to."""

    def __init__(self) -> None:
        self.root = Node()

    def add(self, template: Template, target: Any) -> None:
        """Let the template lead to the target; several targets of one template are kept in their order."""
        node = self.root
        for kind, text in template.segments:
            if kind == "path":
                node.catch_all.append(target)
                return
            node = _follow(node, kind, text)
        node.ends.append(target)

    def find(self, segments: Sequence[str]) -> Iterator[tuple[list[Any], list[Any]]]:
        """The targets of every template that matches, most specific first, each with the captured values."""
        return _walk(self.root, segments, 0, [])


def _follow(node: Node, kind: str, text: str) -> Node:
    if not kind:
        return node.static.setdefault(text, Node())
    for other, _, child in node.typed:
        if other == kind:
            return child
    child = Node()
    node.typed.append((kind, CONVERTERS[kind](), child))
    node.typed.sort(key=lambda row: list(CONVERTERS).index(row[0]))
    return child


def _walk(
    node: Node, segments: Sequence[str], depth: int, values: list[Any]
) -> Iterator[tuple[list[Any], list[Any]]]:
    if depth == len(segments):
        if node.ends:
            yield node.ends, values
        return
    segment = segments[depth]
    child = node.static.get(segment)
    if child is not None:
        yield from _walk(child, segments, depth + 1, values)
    for _, convert, typed in node.typed:
        try:
            value = convert(segment)
        except NoMatch:
            continue
        yield from _walk(typed, segments, depth + 1, [*values, value])
    if node.catch_all:
        yield node.catch_all, [*values, _rest(segments[depth:])]


class UnsafePath(Exception):
    """A path that a catch-all must not be given."""


def _rest(segments: Sequence[str]) -> str:
    """What a catch-all captures; a decoded path that climbs or hides a separator is refused."""
    for segment in segments:
        if segment == ".." or "/" in segment or "\\" in segment or "\0" in segment:
            raise UnsafePath
    return "/".join(segments)
