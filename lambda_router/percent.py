"""Percent-encoded text, decoded in runs: what a hostile text costs grows with its length, and by little."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Match, Pattern

_RUNS: list[Pattern[bytes]] = []
"""What finds codes that stand together; compiled when there is something to decode."""


def unquote(text: str, *, errors: str = "replace") -> str:
    """The text decoded once, a plus staying a plus; `errors="strict"` raises for what is not UTF-8."""
    if "%" not in text:
        return text
    if not text.isascii():  # then its own characters must be kept apart from those that are decoded
        from urllib.parse import unquote

        return unquote(text, errors=errors)
    if not _RUNS:
        import re

        _RUNS.append(re.compile(rb"(?:%[0-9A-Fa-f]{2})+"))
    return _RUNS[0].sub(_octets, text.encode("ascii")).decode("utf-8", errors)


def _octets(run: Match[bytes]) -> bytes:
    return bytes.fromhex(run[0].replace(b"%", b"").decode("ascii"))


def unquote_plus(text: str) -> str:
    """Form-encoded text decoded once, a plus being a space; what is not UTF-8 is replaced."""
    return unquote(text.replace("+", " "))


def form(text: str) -> list[tuple[str, str]]:
    """The names and values of a query string or a form, decoded, in order; empty values are kept."""
    found = [pair.partition("=") for pair in text.split("&") if pair]
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in found]
