"""Percent-encoded text is decoded as the standard library decodes it, and hostile text at little cost."""

from __future__ import annotations

import time
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router.percent import form, unquote, unquote_plus

PIECES = [
    "%",
    "%4",
    "%41",
    "%c3",
    "%A9",
    "%C3%A9",
    "%ff",
    "%00",
    "%2f",
    "%zz",
    "+",
    "&",
    "=",
    "a",
    "é",
    "\ud800",
    " ",
    "\n",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=8).map("".join)


@settings(max_examples=2000, deadline=None)
@given(texts)
def test_as_the_standard_library_has_it(text: str) -> None:
    assert unquote(text) == urllib.parse.unquote(text)
    assert unquote_plus(text) == urllib.parse.unquote_plus(text)
    assert form(text) == urllib.parse.parse_qsl(text, keep_blank_values=True)


@settings(max_examples=500, deadline=None)
@given(texts)
def test_what_is_not_utf_8_is_an_error_where_that_is_asked_for(text: str) -> None:
    try:
        expected = urllib.parse.unquote(text, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            unquote(text, errors="strict")
    else:
        assert unquote(text, errors="strict") == expected


@pytest.mark.parametrize("piece", ["%", "%25", "%c3", "%2f", "%%41"])
def test_hostile_text_is_cheaper_than_with_the_standard_library(piece: str) -> None:
    text = piece * (200_000 // len(piece))

    def seconds(decode: object) -> float:
        times = []
        for _ in range(3):
            began = time.thread_time()
            decode(text)  # type: ignore[operator]
            times.append(time.thread_time() - began)
        return min(times)

    assert seconds(unquote) < seconds(urllib.parse.unquote) * 1.5
