"""Checks of callers' documents: what they accept, and the path that they name."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_router import ResultError
from lambda_router.contract import (
    anything,
    flag,
    form,
    listed,
    mapped,
    one_of,
    optional,
    text,
    variants,
    whole,
)

MESSAGE = form({"type": one_of("Text", "Card")}, {"said": text(most=3)})
CLOSED = form({"a": anything}, {"b": flag}, closed=True)
EITHER = variants("kind", {"one": form({"n": whole(1, 3)}), "two": form({"t": text()})})


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (text(), "a"),
        (text(least=0), ""),
        (whole(0), 10**30),
        (flag, False),
        (optional(flag), None),
        (listed(flag), []),
        (listed(flag, most=1), [True]),
        (mapped(text()), {"": "a", "a b": "c"}),
        (MESSAGE, {"type": "Card", "said": None, "further": object}),
        (CLOSED, {"a": None, "b": None}),
        (EITHER, {"kind": "one", "n": 3}),
        (EITHER, {"kind": "two", "t": "x", "n": 9}),
    ],
)
def test_accepted(check: Any, value: Any) -> None:
    check(value, "$")


@pytest.mark.parametrize(
    ("check", "value", "path", "said"),
    [
        (text(), "", "$", "is empty"),
        (text(), None, "$", "is null, not text"),
        (text(), True, "$", "is true or false, not text"),
        (text(most=3), "abcd", "$", "has 4 characters, and at most 3 are accepted"),
        (one_of("a", "b"), "c", "$", "is not a or b"),
        (one_of("a", "b"), ["a"], "$", "is not a or b"),
        (whole(1, 3), 4, "$", "is not a whole number from 1 to 3"),
        (whole(0), True, "$", "is not a whole number from 0"),
        (whole(0), 1.0, "$", "is not a whole number from 0"),
        (flag, 0, "$", "is a number, not true or false"),
        (listed(flag), {}, "$", "is an object, not an array"),
        (listed(flag, needed=True), [], "$", "is empty"),
        (listed(flag, most=1), [True, True], "$", "has 2 elements, and at most 1 are accepted"),
        (listed(mapped(text())), [{}, {"a": 1}], "$[1].a", "is a number, not text"),
        (mapped(text()), {"a\nb": 1}, '$["a\\nb"]', "is a number, not text"),
        (MESSAGE, [], "$", "is an array, not an object"),
        (MESSAGE, {}, "$.type", "is missing"),
        (MESSAGE, {"type": "Text", "said": 7}, "$.said", "is a number, not text"),
        (CLOSED, {"a": 1, "c": 1}, "$.c", "is not known to the caller"),
        (EITHER, {"n": 1}, "$.kind", "is missing"),
        (EITHER, {"kind": "three"}, "$.kind", "is not one or two"),
        (EITHER, {"kind": "one"}, "$.n", "is missing"),
    ],
)
def test_refused(check: Any, value: Any, path: str, said: str) -> None:
    with pytest.raises(ResultError) as info:
        check(value, "$")
    assert info.value.path == path
    assert str(info.value).endswith(f": {path} {said}")


def test_no_value_is_told() -> None:
    for check in (text(most=3), one_of("a"), whole(0), flag, listed(flag), form({}, closed=True)):
        for value in ("canary", ["canary"], {"a": "canary"}):
            try:
                check(value, "$")
            except ResultError as error:
                assert "canary" not in str(error)
