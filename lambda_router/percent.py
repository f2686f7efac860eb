"""Percent-encoded text, decoded by urllib.parse: an import of two milliseconds that only encoded text is worth."""

from __future__ import annotations


def unquote(text: str, *, errors: str = "replace") -> str:
    """The text decoded once, a plus staying a plus; `errors="strict"` raises for what is not UTF-8."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text, errors=errors)


def unquote_plus(text: str) -> str:
    """Form-encoded text decoded once, a plus being a space; what is not UTF-8 is replaced."""
    if "%" not in text and "+" not in text:
        return text
    from urllib.parse import unquote_plus

    return unquote_plus(text)


def form(text: str) -> list[tuple[str, str]]:
    """The names and values of a query string or a form, decoded, in order; empty values are kept."""
    if not text:
        return []
    from urllib.parse import parse_qsl

    return parse_qsl(text, keep_blank_values=True)
