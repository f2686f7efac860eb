"""Criteria: whole names, globs, ARNs; what is the same, what can meet, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambda_router import ConfigurationError, Router
from lambda_router import criteria as c
from lambda_router.criteria import Criterion, literal, meet, same
from lambda_router.patterns import wildcard


def itself(subject: Any) -> Any:
    return subject


def last(arn: str) -> str:
    return arn.rpartition(":")[2]


def one(found: tuple[Criterion, ...]) -> Criterion:
    (criterion,) = found
    return criterion


# -- text and globs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "holds", "not_"),
    [
        ("orders", ["orders"], ["order", "orders-eu", "my-orders", "Orders", "", None, 1, ["orders"]]),
        ("orders-*", ["orders-", "orders-eu", "orders-a/b"], ["orders", "orders_eu"]),
        ("*-eu", ["-eu", "a-eu"], ["eu", "a-eu "]),
        ("a*c", ["ac", "abc", "a\nc", "a*c"], ["abcd", "a"]),
        (r"a\*c", ["a*c"], ["abc", r"a\*c"]),
        (r"a\\c", [r"a\c"], [r"a\\c"]),
        ("*", ["", "x", None, 1, []], []),
        (["a", "b*"], ["a", "b", "bc"], ["c", "ab"]),
        (("a", "b"), ["a", "b"], ["c"]),
        ({"a", "b"}, ["a", "b"], ["c"]),
        ("a?c", ["a?c"], ["abc"]),
        ("[ab]", ["[ab]"], ["a"]),
        ("a.c", ["a.c"], ["abc"]),
    ],
)
def test_a_glob_is_whole_and_knows_only_the_star(written: Any, holds: list[Any], not_: list[Any]) -> None:
    criterion = one(c.glob("name", itself, written))
    assert [v for v in holds if not criterion.holds(v)] == []
    assert [v for v in not_ if criterion.holds(v)] == []


@pytest.mark.parametrize("make", [c.glob, c.affix, c.any_of, c.attributes, c.pattern])
def test_what_is_not_written_is_no_criterion(make: Any) -> None:
    assert make("name", itself, None) == ()


@pytest.mark.parametrize(
    "written", ["", [], (), set(), [""], ["a", 1], 1, True, {"a": 1}, [["a"]], b"a", print]
)
@pytest.mark.parametrize("make", [c.glob, c.affix, c.any_of])
def test_what_is_no_text_is_refused(make: Any, written: Any) -> None:
    with pytest.raises(ConfigurationError, match="name"):
        make("name", itself, written)


@pytest.mark.parametrize("written", ["a**b", "a\\b", "a\\"])
def test_what_is_no_glob_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a glob"):
        c.glob("name", itself, written)


def test_a_decorator_without_parentheses_is_told() -> None:
    with pytest.raises(ConfigurationError, match="without parentheses"):

        @Router().sqs  # type: ignore[arg-type]
        def handler(body: Any) -> None: ...


@given(st.text(), st.text())
@example("a*b", "aXb")
@example("\\*", "*")
@example("a\nb", "a\nb")
@example("**", "**")
@example("\U0001f600", "\\")
def test_a_literal_matches_just_itself(name: str, other: str) -> None:
    if name:
        criterion = one(c.glob("name", itself, literal(name)))
        assert criterion.holds(name)
        assert criterion.holds(other) is (name == other)


# -- names and ARNs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_name_or_an_arn(partition: str) -> None:
    arn = f"arn:{partition}:sqs:eu-west-1:1:orders"

    def holds(written: Any, value: Any = arn) -> bool:
        return one(c.name_or_arn("queue", itself, written, resource=last)).holds(value)

    for written in (
        "orders",
        "ord*",
        "*",
        arn,
        f"arn:{partition}:sqs:*:*:orders",
        "arn:*",
        ["x", "orders"],
        ["x", arn],
    ):
        assert holds(written), written
    for written in (
        "order",
        "*:orders",
        arn + "x",
        arn.replace("eu-west-1", "eu-west-2"),
        "arn:orders",
        ["x", "y"],
    ):
        assert not holds(written), written
    assert holds("*", None)
    assert not holds("orders", None)
    assert not holds(arn, None)


def test_a_value_without_a_name_is_no_schedule() -> None:
    criterion = one(c.scheduled("schedule", itself, "*", resource=last))
    assert criterion.holds("")
    assert criterion.holds("arn:a:nightly")
    assert not criterion.holds(None)


# -- the others ----------------------------------------------------------------------------------------------


def test_affixes() -> None:
    prefix = one(c.affix("prefix", itself, ["images/", "thumbs/"]))
    assert [v for v in ("images/a", "thumbs/", "a/images/", "Images/", None, 1) if prefix.holds(v)] == [
        "images/a",
        "thumbs/",
    ]
    suffix = one(c.affix("suffix", itself, ".jpg"))
    assert [v for v in ("a.jpg", ".jpg", "a.jpg/b", "a.JPG", None) if suffix.holds(v)] == ["a.jpg", ".jpg"]
    star = one(c.affix("prefix", itself, "a*"))
    assert star.holds("a*b")
    assert not star.holds("ab")


def test_one_of_several_values() -> None:
    criterion = one(c.any_of("resource", itself, ["arn:*:a", "b"]))
    assert criterion.holds(["x", "arn:1:a"])
    assert criterion.holds([1, None, "b"])
    assert not criterion.holds([])
    assert not criterion.holds(["bb", None])


def test_attributes() -> None:
    criterion = one(c.attributes("attributes", itself, {"kind": ["new", "re*"], "any": "*"}))
    assert criterion.holds({"kind": "new", "any": None, "more": 1})
    assert criterion.holds({"kind": "return", "any": ""})
    for seen in ({"kind": "new"}, {"kind": "old", "any": ""}, {}, None, "kind", {"kind": None, "any": ""}):
        assert not criterion.holds(seen)


@pytest.mark.parametrize(
    "written", ["kind", ["kind"], {1: "a"}, {"kind": 1}, {"kind": []}, {"kind": None}, {"k": "a**"}]
)
def test_attributes_are_a_mapping_of_texts(written: Any) -> None:
    with pytest.raises(ConfigurationError):
        c.attributes("attributes", itself, written)


def test_a_pattern() -> None:
    criterion = one(c.pattern("detail", itself, {"total": [{"numeric": [">", 100]}]}))
    assert criterion.holds({"total": 101})
    assert not criterion.holds({"total": 100})
    assert not criterion.holds("text")
    with pytest.raises(ConfigurationError):
        c.pattern("detail", itself, {"total": 100})


@pytest.mark.parametrize(
    "build", [lambda app: app.sqs(None), lambda app: app.s3(None), lambda app: app.schedule(None)]
)
def test_an_environment_variable_that_is_not_set_does_not_match_everything(build: Any) -> None:
    with pytest.raises(ConfigurationError, match='is None; name it, or write "\\*" for all'):
        build(Router())


# -- the same, and overlapping -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ("a", "a", True),
        ("a", ["a"], True),
        (["a", "b"], ("b", "a"), True),
        (["a", "b"], {"a", "b"}, True),
        (["a", "a"], "a", True),
        ("a", "b", False),
        (["a"], ["a", "b"], False),
        ("a", None, False),
        (None, None, True),
        (True, 1, False),
        (1, 1, True),
        ([1, 2], [2, 1], False),
    ],
)
def test_what_is_written_differently_may_be_the_same(first: Any, second: Any, equal: bool) -> None:
    assert same(first, second) is equal
    assert same(second, first) is equal


def test_criteria_are_equal_by_label_and_meaning() -> None:
    assert c.glob("a", itself, ["x", "y"]) == c.glob("a", itself, ("y", "x"))
    assert hash(c.glob("a", itself, "x")) == hash(c.glob("a", itself, ["x"]))
    assert c.glob("a", itself, "x") != c.glob("b", itself, "x")
    assert c.attributes("a", itself, {"k": "v", "l": ["w"]}) == c.attributes(
        "a", itself, {"l": "w", "k": ["v"]}
    )
    assert c.attributes("a", itself, {"k": "v"}) != c.attributes("a", itself, {"k": "w"})
    assert c.pattern("p", itself, {"a": [1], "b": ["x"]}) == c.pattern("p", itself, {"b": ["x"], "a": [1]})
    assert c.pattern("p", itself, {"a": [1]}) != c.pattern("p", itself, {"a": [True]})
    assert one(c.glob("a", itself, "x")) != "x"
    assert repr(one(c.glob("queue", itself, "x"))) == "queue='x'"


GLOBS = st.text(alphabet="ab*", max_size=6).filter(lambda text: "**" not in text)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a*", "*b", True),
        ("a*", "b*", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "a*c*c", True),
        ("ab*", "a", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        (r"a\*", r"a\*", True),
        (r"\\", r"\\", True),
        ("orders-*-eu", "*-eu", True),
        ("orders-*-us", "*-eu", False),
    ],
)
def test_globs_that_meet(first: str, second: str, expected: bool) -> None:
    assert meet(first, second) is expected
    assert meet(second, first) is expected


TEXTS = [""] + [
    a + b + x + d for a in ("", "a", "b") for b in ("", "a", "b") for x in ("", "a", "b") for d in ("a", "b")
]


@given(GLOBS, GLOBS)
def test_globs_meet_where_a_text_matches_both(first: str, second: str) -> None:
    found = [text for text in TEXTS if wildcard(first)(text) and wildcard(second)(text)]
    if found:
        assert meet(first, second)
    elif (
        len(first.replace("*", "")) + len(second.replace("*", "")) <= 4
    ):  # a shortest common text is in TEXTS
        assert not meet(first, second)


def test_long_globs_meet_quickly() -> None:
    assert not meet("*a" * 150 + "*b", "*a" * 150 + "*c")
