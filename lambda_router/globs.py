r"""Globs as EventBridge writes them: `*` is any run of characters, `\*` a star and `\\` a backslash.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def wildcard(text: str, place: str = "wildcard") -> Callable[[str], bool]:
    r"""Compile a glob into a predicate: `*` is any run of characters, `\*` a star and `\\` a backslash.

    Time is linear in the text that is matched. Two stars in a row or another escape are a ConfigurationError, which
    begins with `place`.
    """
    # EventBridge also refuses wildcards that are too complex for its automaton, and does not tell where that
    # begins. This search is linear and takes them.
    pieces = _pieces(text, place)
    if len(pieces) == 1:
        return frozenset(pieces).__contains__
    first, *middle, last = pieces

    def matches(value: str) -> bool:
        position, end = len(first), len(value) - len(last)
        if position > end or not (value.startswith(first) and value.endswith(last)):
            return False
        # Taking each piece where it first occurs leaves most to the rest: nothing is ever tried again.
        for piece in middle:
            found = value.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return True

    return matches


def _pieces(text: str, place: str) -> list[str]:
    """Split a wildcard at its stars into the literal pieces before, between and after them."""
    if not isinstance(text, str):
        raise ConfigurationError(
            f"{place[:300]}: text is due here, not a value of type {type(text).__name__}"
        )
    shown = repr(text) if len(text) <= 60 else f"{text[:60]!r}..."
    pieces: list[list[str]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == "*":
            if len(pieces) > 1 and not pieces[-1]:
                raise ConfigurationError(f"{place[:300]}: {shown} has two stars in a row; write one")
            pieces.append([])
            continue
        if character == "\\":
            character = next(characters, "")
            if character not in ("*", "\\"):
                raise ConfigurationError(
                    rf"{place[:300]}: {shown} escapes neither * nor \ ; write \\ for a backslash"
                )
        pieces[-1].append(character)
    return ["".join(piece) for piece in pieces]
