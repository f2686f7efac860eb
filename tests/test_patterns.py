"""Event patterns: AWS's documented examples, what is refused, an independent oracle, hostile input."""

from __future__ import annotations

import gc
import itertools
import json
import math
import subprocess
import sys
import time
from copy import deepcopy
from decimal import Decimal
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lambda_router.errors import ConfigurationError
from lambda_router.patterns import MISSING, Pattern, wildcard

ORDER = {
    "version": "0",
    "id": "7c1b",
    "detail-type": "OrderPlaced",
    "source": "shop",
    "account": "111122223333",
    "time": "2024-03-05T10:00:00Z",
    "region": "eu-north-1",
    "resources": ["arn:aws:s3:::invoices", "arn:aws:s3:::labels"],
    "detail": {
        "total": 150,
        "weight": 301.8,
        "state": "paid",
        "express": True,
        "coupon": None,
        "note": "",
        "file": "img/cat.png",
        "ip": "10.0.0.33",
        "customer": {"name": "Ada", "age": 36},
        "lines": [{"sku": "tea", "count": 2}, {"sku": "mug", "count": 1, "gift": True}],
    },
}


def matches(pattern: dict[str, Any], event: object) -> bool:
    compiled = Pattern(pattern)
    found = compiled.matches(event)
    assert (compiled.mismatch(event) is None) == found
    return found


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": fields}


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
SYNTAX = [
    ({"source": ["shop"], "detail-type": ["OrderPlaced"], "detail": {"state": ["paid"]}}, True),
    ({"source": ["shop"], "detail-type": ["OrderPlaced"], "detail": {"state": ["lost"]}}, False),
    ({"source": ["bank", "shop"]}, True),
    ({"source": ["Shop"]}, False),
    ({"source": ["shop "]}, False),
    ({"Source": ["shop"]}, False),
    ({"detail": {"customer": {"name": ["Ada"]}}}, True),
    ({"customer": {"name": ["Ada"]}}, False),
    ({"detail": {"express": [True]}}, True),
    ({"detail": {"express": ["true"]}}, False),
    # The page says 300 and 300.0 differ; EventBridge was seen to find them equal, as a parser does.
    ({"detail": {"total": [150.0]}}, True),
    ({"detail": {"total": ["150"]}}, False),
    ({"account": [111122223333]}, False),
]


@pytest.mark.parametrize(("pattern", "expected"), SYNTAX)
def test_syntax(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, ORDER) is expected


# The same page, "Considerations": steps are joined with dots, in patterns and in events.
@pytest.mark.parametrize(
    "pattern", [{"detail": {"box": {"state": ["shut"]}}}, {"detail": {"box.state": ["shut"]}}]
)
@pytest.mark.parametrize("event", [{"detail": {"box": {"state": "shut"}}}, {"detail": {"box.state": "shut"}}])
def test_dots_join_steps(pattern: dict[str, Any], event: dict[str, Any]) -> None:
    assert matches(pattern, event)
    assert not matches(pattern, json.loads(json.dumps(event).replace("shut", "open")))
    assert not matches(pattern, {"detail": {"box.state": {"state": "shut"}}})


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"a.b": [1], "a": {"c": [2]}}, {"a": {"b": 1}, "a.c": 2}, True),
        ({"a.b": [1]}, {"a": {"b": 2}, "a.b": 1}, True),
        ({"a.b": [1]}, {"a": {"b": 1}, "a.b": 2}, True),
        ({"a.b": [1], "a.c": [3]}, {"a": {"b": 2, "c": 3}, "a.b": 1}, True),
        ({"a.b": [1]}, {"a": [{"b": 2}], "a.b": 1}, True),
        ({"a": {"b": {"c": [1]}}}, {"a.b": {"c": 1}}, True),
        ({"a": {"b": {"c": [1]}}}, {"a": {"b.c": 1}}, True),
        ({"a": {"b": {"c": [1]}}}, {"a.b.c": 1}, True),
        ({"a.b.c": [{"exists": False}]}, {"a": {"b.c": 1}}, False),
        ({"a..b": [1]}, {"a": {"": {"b": 1}}}, True),
        (
            {"labels": {"app.kubernetes.io/name": ["web"]}},
            {"labels": {"app.kubernetes.io/name": "web"}},
            True,
        ),
    ],
)
def test_dots_beside_steps(pattern: dict[str, Any], event: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, event) is expected


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-null-values.html
@pytest.mark.parametrize(
    ("listed", "value", "expected"),
    [
        ([""], "", True),
        ([""], None, False),
        ([None], None, True),
        ([None], "", False),
        ([None], 0, False),
        ([None], False, False),
        (["null"], None, False),
        ([None, ""], "", True),
        ([None], [], False),
    ],
)
def test_null_and_empty(listed: list[Any], value: object, expected: bool) -> None:
    assert matches({"f": listed}, {"f": value}) is expected
    assert not matches({"f": listed}, {})


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
@pytest.mark.parametrize(
    ("listed", "value", "expected"),
    [
        (["a", "b", "c"], ["x", "b"], True),
        (["a", "b", "c"], ["x", "y"], False),
        (["a"], [], False),
        (["a"], [["x"], [["a"]]], True),
        ([1], ["1", 1.0], True),
        (["a"], [{"f": "a"}, None], False),
        ([{"anything-but": "a"}], ["a", "b"], True),
        ([{"anything-but": "a"}], ["a", "a"], False),
        ([{"prefix": "a"}], [1, "ab"], True),
        ([{"exists": True}], [None], True),
        ([{"exists": True}], [], False),
        ([{"exists": False}], [], True),
        ([{"exists": False}], [[], {"f": 1}], True),
        ([{"exists": False}], [{"f": 1}, 0], False),
    ],
)
def test_arrays(listed: list[Any], value: object, expected: bool) -> None:
    assert matches({"f": listed}, {"f": value}) is expected


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
OPERATORS = [
    ({"prefix": "2024-03"}, ["2024-03-05T10:00Z", "2024-03"], ["2024-02", "x2024-03", 2024, None, True]),
    ({"prefix": ""}, ["", "a"], [1, None, False]),
    ({"prefix": {"equals-ignore-case": "EventB"}}, ["eventbridge", "EVENTB"], ["event", "xeventb", 1]),
    ({"prefix": {"equals-ignore-case": ""}}, ["", "a"], [1]),
    ({"suffix": ".png"}, ["cat.png", ".png"], ["cat.PNG", "png", 1, None]),
    ({"suffix": {"equals-ignore-case": ".png"}}, ["cat.pNg", ".PNG"], ["cat.png ", "png", 0]),
    ({"suffix": {"equals-ignore-case": ""}}, ["", "a"], [1]),
    ({"equals-ignore-case": "alice"}, ["Alice", "ALICE"], ["alice ", "alic", "", None, 1]),
    ({"equals-ignore-case": ""}, [""], ["a", None]),
    ({"equals-ignore-case": "ÅSA"}, ["åsa", "Åsa"], ["asa", "ås"]),
    ({"equals-ignore-case": "straße"}, ["STRAßE"], ["strasse", "STRASSE"]),
    ({"wildcard": "dir/*.png"}, ["dir/a.png", "dir/.png", "dir/a/b.png"], ["dir/.jpg", "x/dir/a.png", 1]),
    ({"wildcard": "*"}, ["", "a"], [1, None]),
    ({"wildcard": ""}, [""], ["a"]),
    ({"wildcard": "a"}, ["a"], ["", "aa"]),
    ({"wildcard": r"\*a\\*"}, ["*a\\", "*a\\b"], ["xa\\", "*a"]),
    ({"anything-but": "initializing"}, ["running", "", None, 0, False, 5.5], ["initializing"]),
    ({"anything-but": 123}, [124, "123", None, True], [123, 123.0]),
    ({"anything-but": ["stopped", "overloaded"]}, ["running", 1, None], ["stopped", "overloaded"]),
    ({"anything-but": [100, 200]}, [300, "100", None], [100, 200.0]),
    ({"anything-but": 1}, [True, "1"], [1]),
    ({"anything-but": ""}, ["a", None], [""]),
    ({"anything-but": {"prefix": "init"}}, ["x", "", 12, None, True], ["init", "initial"]),
    ({"anything-but": {"prefix": ["init", "error"]}}, ["x", 12], ["initial", "errors"]),
    ({"anything-but": {"suffix": ".txt"}}, [".txt.bak", 1, None], ["a.txt"]),
    ({"anything-but": {"suffix": [".txt", ".rtf"]}}, ["a.doc"], ["a.txt", "b.rtf"]),
    ({"anything-but": {"equals-ignore-case": "initializing"}}, ["running", None], ["INITIALIZING"]),
    ({"anything-but": {"equals-ignore-case": ["a", "b"]}}, ["c", 1], ["A", "b", "B"]),
    ({"anything-but": {"equals-ignore-case": ""}}, ["c", None], [""]),
    ({"anything-but": {"wildcard": "*/lib/*"}}, ["/usr/bin/a", "lib", 1, None], ["/usr/lib/a", "/lib/"]),
    ({"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}, ["/etc/a"], ["/usr/lib/a", "/usr/bin/a"]),
    ({"anything-but": {"wildcard": ""}}, ["a", None], [""]),
    ({"numeric": ["=", 3.018e2]}, [301.8], [301, "301.8", None, [300]]),
    ({"numeric": ["<", 10]}, [9.999999, -5e9, 0], [10, 11, "9", None, True, False, -5_000_000_001]),
    ({"numeric": ["<=", 10]}, [10, 9], [10.000001]),
    ({"numeric": [">", 10]}, [10.000001, 5e9], [10, 5_000_000_001, math.inf, math.nan]),
    ({"numeric": [">=", 10]}, [10, 11.0], [9.99]),
    ({"numeric": [">", 0, "<=", 5]}, [5, 0.000001], [0, 5.1]),
    ({"numeric": [">=", 0, "<", 5]}, [0, 4.9], [-0.1, 5]),
    ({"numeric": [">", 0, "<", 5]}, [1], [0, 5]),
    ({"numeric": [">=", -5e9, "<=", 5e9]}, [-5e9, 5e9, Decimal("1.5")], [6e9, -6e9, Decimal("NaN"), 10**400]),
    (
        {"cidr": "10.0.0.0/24"},
        ["10.0.0.0", "10.0.0.255"],
        ["10.0.1.0", "10.0.0", "10.0.0.1 ", 10, None, "::1"],
    ),
    ({"cidr": "10.0.0.77/24"}, ["10.0.0.1", "10.0.0.255"], ["10.0.1.77"]),
    ({"cidr": "0.0.0.0/0"}, ["1.2.3.4"], ["", "a", "1.2.3.4/8", "1.2.3.256", "::ffff:1.2.3.4"]),
    (
        {"cidr": "2001:db8:1234:1a00::/64"},
        ["2001:db8:1234:1a00::1", "2001:0DB8:1234:1a00:0:0:0:1"],
        ["2001:db8::"],
    ),
    ({"cidr": "::/0"}, ["::", "2001:db8::1"], ["1.2.3.4", "fe80::1%eth0", "::" + "0" * 60]),
    ({"exists": True}, ["", 0, None, False, [1]], [{}, {"a": 1}, [], [{}], [[]]]),
    ({"exists": False}, [{}, {"a": 1}, [], [{}], [[]]], ["", 0, None, False, [1]]),
]


@pytest.mark.parametrize(("operator", "accepted", "rejected"), OPERATORS, ids=lambda value: str(value)[:50])
def test_operators(operator: dict[str, Any], accepted: list[Any], rejected: list[Any]) -> None:
    pattern = {"detail": {"field": [operator]}}
    for value in accepted:
        assert matches(pattern, detail(field=value)), value
    for value in rejected:
        assert not matches(pattern, detail(field=value)), value
    assert matches(pattern, detail(other=1)) is (operator == {"exists": False})
    assert matches(pattern, {}) is (operator == {"exists": False})


# The same page, "Exists matching"; and, for Lambda's filters, "Filter rule syntax" of
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
def test_exists_looks_at_leaves_only() -> None:
    person = {"person": {"name": "Ada", "address": {"city": "Umeå"}}}
    assert not matches({"person": {"address": [{"exists": True}]}}, person)
    assert matches({"person": {"address": [{"exists": False}]}}, person)
    assert matches({"person": {"address": {"city": [{"exists": True}]}}}, person)
    assert matches({"person": {"pets": {"cat": [{"exists": False}]}}}, person)
    assert matches({"person": {"name": {"first": [{"exists": False}]}}}, person)


# "Filter rule syntax" of Lambda's page: the table of comparison operators, on a record as DynamoDB sends it.
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"Number": {"N": ["4567"]}}}}, True),
        ({"dynamodb": {"Keys": {"Number": {"N": [4567]}}}}, False),
        ({"dynamodb": {"Keys": {"Number": {"N": [{"numeric": ["=", 4567]}]}}}}, False),
        ({"dynamodb": {"NewImage": {"State": {"S": [{"anything-but": ["WA"]}]}}}}, True),
        ({"dynamodb": {"NewImage": {"City": {"S": [{"anything-but": ["x"]}, {"exists": False}]}}}}, True),
        ({"dynamodb": {"NewImage": {"City": {"S": [{"anything-but": ["x"]}]}}}}, False),
        ({"dynamodb": {"NewImage": {"On": {"BOOL": [True]}, "Gone": {"NULL": [True]}}}}, True),
    ],
)
def test_filter_of_a_dynamodb_record(pattern: dict[str, Any], expected: bool) -> None:
    image = {"State": {"S": "OR"}, "On": {"BOOL": True}, "Gone": {"NULL": True}}
    record = {"eventName": "INSERT", "dynamodb": {"Keys": {"Number": {"N": "4567"}}, "NewImage": image}}
    assert matches(pattern, record) is expected


# The operators' page, "Complex example with multiple matching" and "$or matching".
COMPLEX = {
    "time": [{"prefix": "2024-03"}],
    "detail": {
        "state": [{"anything-but": "initializing"}],
        "total": [{"numeric": [">", 0, "<=", 150]}],
        "weight": [{"anything-but": [100, 200, 300]}],
        "ip": [{"cidr": "10.0.0.0/8"}],
    },
}


def test_fields_are_anded() -> None:
    assert matches(COMPLEX, ORDER)
    for field, value in [("state", "initializing"), ("total", 151), ("weight", 200), ("ip", "11.0.0.1")]:
        changed = {**ORDER, "detail": {**ORDER["detail"], field: value}}
        assert not matches(COMPLEX, changed)
        assert Pattern(COMPLEX).mismatch(changed) == (f"$.detail.{field}", value)


OR = [
    (
        detail(
            **{"$or": [{"a": [{"numeric": [">", 0, "<=", 5]}]}, {"b": [{"numeric": ["<", 10]}]}, {"c": [9]}]}
        ),
        "abc",
    ),
    ({"s": ["x"], "$or": [{"detail": {"a": [3]}}, {"detail": {"b": [3]}}]}, "ab"),
    (detail(d=[7], **{"$or": [{"a": [3]}, {"b": [3]}]}), "ab"),
    (detail(**{"$or": [{"a": [3]}, {"e": [1], "$or": [{"b": [3]}, {"c": [9]}]}]}), "abc"),
    ({"$or": [{"s": ["y"]}, {"s": ["x"]}], "detail": {"$or": [{"a": [3]}, {"c": [9]}]}}, "ac"),
]


@pytest.mark.parametrize(("pattern", "enough"), OR)
@pytest.mark.parametrize("field", "abc")
def test_or(pattern: dict[str, Any], enough: str, field: str) -> None:
    event = {"s": "x", "detail": {"d": 7, "e": 1, field: 9 if field == "c" else 3}}
    assert matches(pattern, event) is (field in enough)
    assert not matches(pattern, {"s": "z", "detail": {"d": 8, "e": 0}})


def test_siblings_of_or_are_anded() -> None:
    pattern = {"source": ["shop"], "$or": [{"detail": {"a": [1]}}, {"detail": {"b": [1]}}]}
    assert not matches(pattern, {"source": "bank", "detail": {"a": 1}})
    assert not matches(pattern, {"source": "shop", "detail": {"a": 2}})
    assert matches(pattern, {"source": "shop", "detail": {"a": 2, "b": 1}})


def test_or_makes_at_most_a_thousand_combinations() -> None:
    """The same page: more is an InvalidEventPatternException."""

    def of(sizes: tuple[int, ...]) -> dict[str, Any]:
        return {
            name: {"$or": [{f"f{i}": [1]} for i in range(size)]}
            for name, size in zip("abc", sizes, strict=True)
        }

    pattern = Pattern(of((10, 10, 10)))
    assert pattern.matches({"a": {"f9": 1}, "b": {"f9": 1}, "c": {"f9": 1}})
    assert not pattern.matches({"a": {"f9": 1}, "b": {"f9": 1}, "c": {"f10": 1}})
    for sizes in [(10, 10, 11), (2, 2, 251), (1001, 2, 2)]:
        with pytest.raises(ConfigurationError, match="1000 combinations"):
            Pattern(of(sizes))


# "JSON Array Matching" of https://github.com/aws/event-ruler: no match takes fields from different elements.
TEAM = {
    "staff": [
        [{"first": "Ann", "last": "Berg", "ids": [7, 8]}, {"first": "Bo", "last": "Dahl"}],
        [
            {
                "first": "Cy",
                "last": "Ek",
                "ids": [],
                "pets": [{"kind": "cat", "age": 3}, {"kind": "dog", "age": 9}],
            }
        ],
    ]
}


@pytest.mark.parametrize(
    ("staff", "expected"),
    [
        ({"first": ["Bo"]}, True),
        ({"first": ["Bo"], "last": ["Dahl"]}, True),
        ({"first": ["Bo"], "last": ["Ek"]}, False),
        ({"first": ["Ann"], "ids": [8]}, True),
        ({"first": ["Bo"], "ids": [8]}, False),
        ({"first": ["Bo"], "ids": [{"exists": True}]}, False),
        ({"first": ["Bo"], "ids": [{"exists": False}]}, True),
        ({"ids": [{"exists": False}], "last": ["Dahl"]}, True),
        ({"first": ["Ann"], "ids": [{"exists": False}]}, False),
        ({"ids": [{"exists": False}]}, False),
        ({"salary": [{"exists": False}]}, True),
        ({"first": ["Cy"], "pets": {"kind": ["cat"], "age": [3]}}, True),
        ({"first": ["Cy"], "pets": {"kind": ["cat"], "age": [9]}}, False),
        ({"first": ["Bo"], "pets": {"kind": [{"exists": False}]}}, True),
        ({"first": ["Cy"], "pets": {"kind": [{"exists": False}]}}, False),
        ({"first": ["Cy"], "pets": {"age": [9], "kind": [{"anything-but": "cat"}]}}, True),
        ({"$or": [{"first": ["Ann"], "last": ["Ek"]}, {"first": ["Cy"], "last": ["Ek"]}]}, True),
        ({"$or": [{"first": ["Ann"]}, {"first": ["Bo"]}], "last": ["Ek"]}, False),
    ],
)
def test_fields_of_one_element(staff: dict[str, Any], expected: bool) -> None:
    assert matches({"staff": staff}, TEAM) is expected


def test_or_outside_of_an_array_binds_the_element_inside() -> None:
    pattern = {
        "$or": [{"staff": {"first": ["Ann"]}}, {"staff": {"first": ["Cy"]}}],
        "staff": {"last": ["Dahl"]},
    }
    assert not matches(pattern, TEAM)
    assert matches({**pattern, "staff": {"last": ["Ek"]}}, TEAM)


def test_alternatives_of_or_are_not_mixed_over_elements() -> None:
    pattern = {"l": {"$or": [{"a": [{"exists": False}]}, {"b": [{"exists": False}]}]}}
    assert not matches(pattern, {"l": [{"a": 1}, {"b": 1}]})
    assert matches(pattern, {"l": [{"a": 1}, {"a": 2}]})


# What is refused, and where.

NESTED: dict[str, Any] = {"a": [1]}
for _ in range(150):
    NESTED = {"a": NESTED}

REFUSED: list[tuple[Any, str]] = [
    (None, "$"),
    ("shop", "$"),
    ('{"source": ["shop"]}', "$"),
    ([{"source": ["shop"]}], "$"),
    (7, "$"),
    ({}, "$"),
    ({"detail": {}}, "$.detail"),
    ({"source": "shop"}, "$.source"),
    ({"source": None}, "$.source"),
    ({"source": ("shop",)}, "$.source"),
    ({"detail": {"total": 5}}, "$.detail.total"),
    ({"detail": {"total": []}}, "$.detail.total"),
    ({"detail": {"total": [[1]]}}, "$.detail.total[0]"),
    ({"detail": {"total": [1, {"a": 1}]}}, "$.detail.total[1].a"),
    ({"detail": {"total": [{"prefx": "a"}]}}, "$.detail.total[0].prefx"),
    ({"a": [{"EXISTS": True}]}, "$.a[0].EXISTS"),
    ({"a": [{"exactly": "b"}]}, "$.a[0].exactly"),
    ({"a": [{}]}, "$.a[0]"),
    ({"a": [{"prefix": "a", "suffix": "b"}]}, "$.a[0]"),
    ({"a": [math.nan]}, "$.a[0]"),
    ({"a": [math.inf]}, "$.a[0]"),
    ({"a": [b"x"]}, "$.a[0]"),
    ({1: ["x"]}, "$"),
    ({"a": [{1: "x"}]}, "$.a[0]"),
    ({"a": [{"prefix": 3}]}, "$.a[0].prefix"),
    ({"a": [{"prefix": ["b"]}]}, "$.a[0].prefix"),
    ({"a": [{"prefix": None}]}, "$.a[0].prefix"),
    ({"a": [{"prefix": {}}]}, "$.a[0].prefix"),
    ({"a": [{"prefix": {"wildcard": "b*"}}]}, "$.a[0].prefix.wildcard"),
    ({"a": [{"prefix": {"equals-ignore-case": 5}}]}, "$.a[0].prefix.equals-ignore-case"),
    ({"a": [{"prefix": {"equals-ignore-case": ["b"]}}]}, "$.a[0].prefix.equals-ignore-case"),
    ({"a": [{"prefix": {"equals-ignore-case": "b", "c": "d"}}]}, "$.a[0].prefix"),
    ({"a": [{"suffix": 3}]}, "$.a[0].suffix"),
    ({"a": [{"suffix": [".png"]}]}, "$.a[0].suffix"),
    ({"a": [{"suffix": {"prefix": "b"}}]}, "$.a[0].suffix.prefix"),
    ({"a": [{"equals-ignore-case": 5}]}, "$.a[0].equals-ignore-case"),
    ({"a": [{"equals-ignore-case": ["b"]}]}, "$.a[0].equals-ignore-case"),
    ({"a": [{"equals-ignore-case": {"prefix": "b"}}]}, "$.a[0].equals-ignore-case"),
    ({"a": [{"wildcard": 123}]}, "$.a[0].wildcard"),
    ({"a": [{"wildcard": ["b*"]}]}, "$.a[0].wildcard"),
    ({"a": [{"wildcard": "b**c"}]}, "$.a[0].wildcard"),
    ({"a": [{"wildcard": "b\\c"}]}, "$.a[0].wildcard"),
    ({"a": [{"wildcard": "b\\"}]}, "$.a[0].wildcard"),
    ({"a": [{"anything-but": None}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": True}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": []}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": ["b", 1]}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": ["b", None]}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": [[1]]}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": [{"wildcard": "*"}]}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": {}}]}, "$.a[0].anything-but"),
    ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "$.a[0].anything-but.numeric"),
    ({"a": [{"anything-but": {"prefix": ""}}]}, "$.a[0].anything-but.prefix"),
    ({"a": [{"anything-but": {"prefix": ["b", ""]}}]}, "$.a[0].anything-but.prefix"),
    ({"a": [{"anything-but": {"prefix": []}}]}, "$.a[0].anything-but.prefix"),
    ({"a": [{"anything-but": {"prefix": 27}}]}, "$.a[0].anything-but.prefix"),
    ({"a": [{"anything-but": {"prefix": "b", "suffix": "c"}}]}, "$.a[0].anything-but"),
    # EventBridge was seen to refuse these two, and event-ruler's issue 236 wishes for them.
    ({"a": [{"anything-but": {"prefix": {"equals-ignore-case": "b"}}}]}, "$.a[0].anything-but.prefix"),
    ({"a": [{"anything-but": {"suffix": {"equals-ignore-case": "b"}}}]}, "$.a[0].anything-but.suffix"),
    ({"a": [{"anything-but": {"suffix": ""}}]}, "$.a[0].anything-but.suffix"),
    ({"a": [{"anything-but": {"suffix": [1]}}]}, "$.a[0].anything-but.suffix"),
    ({"a": [{"anything-but": {"equals-ignore-case": [1]}}]}, "$.a[0].anything-but.equals-ignore-case"),
    ({"a": [{"anything-but": {"wildcard": "**"}}]}, "$.a[0].anything-but.wildcard"),
    ({"a": [{"anything-but": {"wildcard": ["b", 1]}}]}, "$.a[0].anything-but.wildcard"),
    ({"a": [{"numeric": 5}]}, "$.a[0].numeric"),
    ({"a": [{"numeric": []}]}, "$.a[0].numeric"),
    ({"a": [{"numeric": ["="]}]}, "$.a[0].numeric"),
    ({"a": [{"numeric": [5, "="]}]}, "$.a[0].numeric[0]"),
    ({"a": [{"numeric": ["==", 5]}]}, "$.a[0].numeric[0]"),
    ({"a": [{"numeric": ["!=", 5]}]}, "$.a[0].numeric[0]"),
    ({"a": [{"numeric": ["=", "5"]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": ["=", True]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": ["=", math.nan]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": ["<", 5_000_000_000.5]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": [">", -5_000_000_001]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": [">", 10**5000]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": ["=", 0.1234567]}]}, "$.a[0].numeric[1]"),
    ({"a": [{"numeric": [">", 0, "<"]}]}, "$.a[0].numeric"),
    ({"a": [{"numeric": [">", 0, ">", 5]}]}, "$.a[0].numeric[2]"),
    ({"a": [{"numeric": ["<", 5, ">", 0]}]}, "$.a[0].numeric[0]"),
    ({"a": [{"numeric": ["=", 5, "<", 6]}]}, "$.a[0].numeric[0]"),
    ({"a": [{"numeric": [">", 5, "<", 5]}]}, "$.a[0].numeric"),
    ({"a": [{"numeric": [">", 5, "<=", 1]}]}, "$.a[0].numeric"),
    ({"a": [{"numeric": [">", 1, "<", 5, "=", 2]}]}, "$.a[0].numeric"),
    ({"a": [{"exists": "true"}]}, "$.a[0].exists"),
    ({"a": [{"exists": 1}]}, "$.a[0].exists"),
    ({"a": [{"exists": None}]}, "$.a[0].exists"),
    ({"a": [{"cidr": ["10.0.0.0/8"]}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0/"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0/32"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0/-1"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0/255.0.0.0"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0/8/8"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.0/²"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "10.0.0.256/8"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "example.com/8"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "::/128"}]}, "$.a[0].cidr"),
    ({"a": [{"cidr": "fe80::1%eth0/64"}]}, "$.a[0].cidr"),
    ({"$or": {"a": [1], "b": [2]}}, "$.$or"),
    ({"$or": []}, "$.$or"),
    ({"$or": [{"a": [1]}]}, "$.$or"),
    ({"$or": [{"a": [1]}, {}]}, "$.$or[1]"),
    ({"$or": [{"a": [1]}, "b"]}, "$.$or[1]"),
    ({"$or": [{"a": [1]}, {"b": 2}]}, "$.$or[1].b"),
    ({"$or": [{"numeric": ["=", 1]}, {"prefix": "a"}]}, "$.$or[0].numeric"),
    ({"$or": [{"a": [1]}, {"b": {"regex": ["c"]}}]}, "$.$or[1].b.regex"),
    ({"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}, "$.$or"),
    ({"a": {"b": [1]}, "a.b": [2]}, "$.a.b"),
    ({"a.b": [1], "a": [2]}, "$.a"),
    ({"x": {"a": [1]}, "$or": [{"x.a.b": [1]}, {"c": [1]}]}, "$.x.a"),
    ({"total": {"exists": True}}, "$.total.exists"),
    ({"total": {"prefix": "a"}}, "$.total.prefix"),
    ({"total": {"numeric": [">", 100]}}, "$.total.numeric"),
    ({"total": {"anything-but": ["a"]}}, "$.total.anything-but"),
    (NESTED, "$.a.a"),
    ({"a." * 200: [1]}, "$.a.a"),
]


@pytest.mark.parametrize(("document", "place"), REFUSED, ids=[place for _, place in REFUSED])
def test_refused(document: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Pattern(document)
    text = str(caught.value)
    assert f"{place}: " in text or place == "$.a.a"
    assert place in text
    assert "; " in text
    assert len(text) < 600


def test_a_refusal_says_what_to_write() -> None:
    with pytest.raises(ConfigurationError, match=r"\$\.source: .*not 'shop'; put it in a list"):
        Pattern({"source": "shop"})
    with pytest.raises(
        ConfigurationError, match=r"'prefx' is no operator; write one of .*prefix, suffix, wildcard"
    ):
        Pattern({"a": [{"prefx": "b"}]})
    with pytest.raises(ConfigurationError, match=r'write \[\{"exists": \.\.\.\}\]'):
        Pattern({"a": {"exists": True}})


def test_fields_may_bear_the_names_of_operators() -> None:
    assert matches({"network": {"cidr": ["10.0.0.0/8"]}}, {"network": {"cidr": "10.0.0.0/8"}})
    assert matches({"prefix": {"a": [1]}}, {"prefix": {"a": 1}})
    assert matches({"numeric": [">"]}, {"numeric": ">"})


# An independent reading of the rules: flatten the event into fields with their array positions, expand the
# pattern into alternatives, and try every choice of fields.


def flattened(
    value: Any, path: tuple[str, ...], where: dict[int, int], arrays: Any
) -> list[tuple[str, Any, Any]]:
    if isinstance(value, dict):
        return [
            field for key, inner in value.items() for field in flattened(inner, (*path, key), where, arrays)
        ]
    if not isinstance(value, list):
        return [(".".join(path), value, where)]
    array, found = next(arrays), []
    for index, inner in enumerate(value):
        nested = isinstance(inner, dict | list)
        found += flattened(inner, path, {**where, array: index} if nested else where, arrays)
    return found


def expanded(pattern: dict[str, Any], path: tuple[str, ...]) -> list[dict[str, list[Any]]]:
    factors: list[list[dict[str, list[Any]]]] = []
    for key, value in pattern.items():
        if key == "$or":
            factors.append([rule for branch in value for rule in expanded(branch, path)])
        elif isinstance(value, dict):
            factors.append(expanded(value, (*path, key)))
        else:
            factors.append([{".".join((*path, key)): value}])
    return [{name: rule[name] for rule in rules for name in rule} for rules in itertools.product(*factors)]


def accepted(entry: Any, value: Any) -> bool:
    if not isinstance(entry, dict):
        return type_of(entry) == type_of(value) and entry == value
    ((name, operand),) = entry.items()
    if name == "exists":
        return operand
    if name == "anything-but":
        if isinstance(operand, dict):
            ((name, operand),) = operand.items()
            return not any(
                accepted({name: one}, value) for one in (operand if isinstance(operand, list) else [operand])
            )
        return not any(accepted(one, value) for one in (operand if isinstance(operand, list) else [operand]))
    if name == "numeric":
        return type_of(value) == "number" and abs(value) <= 5e9 and compared(value, operand)
    return type_of(value) == "text" and text_accepted(name, operand, value)


def type_of(value: Any) -> str:
    return {str: "text", bool: "bool", int: "number", float: "number"}.get(type(value), "null")


def compared(value: float, operand: list[Any]) -> bool:
    signs = {"=": (0,), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all((value > bound) - (value < bound) in signs[sign] for sign, bound in pairs)


def text_accepted(name: str, operand: Any, value: str) -> bool:
    if isinstance(operand, dict):
        return text_accepted(name, operand["equals-ignore-case"].lower(), value.lower())
    if name == "cidr":
        try:
            return ip_address(value) in ip_network(operand, strict=False)
        except ValueError:
            return False
    if name == "wildcard":
        return fnmatchcase(value, operand)  # the strategies draw none of ? [ ] and no backslash
    if name == "equals-ignore-case":
        return value.lower() == operand.lower()
    return value.startswith(operand) if name == "prefix" else value.endswith(operand)


def consistent(one: dict[int, int], other: dict[int, int]) -> bool:
    return all(one[array] == other[array] for array in one.keys() & other.keys())


def oracle(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    fields = flattened(event, (), {}, itertools.count())
    return any(rule_matches(rule, fields) for rule in expanded(pattern, ()))


def rule_matches(rule: dict[str, list[Any]], fields: list[tuple[str, Any, Any]]) -> bool:
    choices = []
    for name, entries in rule.items():
        seen = [
            where
            for path, value, where in fields
            if path == name and any(accepted(e, value) for e in entries)
        ]
        absent = [None] if {"exists": False} in entries else []
        choices.append([(name, where) for where in seen + absent])
    return any(choice_holds(choice, fields) for choice in itertools.product(*choices))


def choice_holds(choice: tuple[tuple[str, Any], ...], fields: list[tuple[str, Any, Any]]) -> bool:
    bound: dict[int, int] = {}
    for _, where in choice:
        if where is not None:
            if not consistent(bound, where):
                return False
            bound = {**bound, **where}
    lacking = [name for name, where in choice if where is None]
    return not any(path in lacking and consistent(bound, where) for path, _, where in fields)


NAMES = ["a", "b", "c"]
TEXTS = ["", "a", "A", "ab", "ba", "b", "10.0.0.1", "10.9.9.9"]
NUMBERS = [0, 1, 1.0, 2, 2.5, -1, 6_000_000_000]
scalars = st.sampled_from([*TEXTS, *NUMBERS, True, False, None])
affixes = st.sampled_from(["a", "A", "b", "ab"])


def one_or_some(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return texts | st.lists(texts, min_size=1, max_size=2)


ignoring = st.builds(lambda text: {"equals-ignore-case": text}, affixes)
wildcards = st.sampled_from(["*", "a*", "*b", "*a*", "a", "", "a*b", "1*.0.*1"])
bounds = st.sampled_from([-1, 0, 1, 2, 2.5])
numeric = st.builds(
    lambda sign, bound: [sign, bound], st.sampled_from(["=", "<", "<=", ">", ">="]), bounds
) | st.builds(
    lambda one, low, other, size: [one, low, other, low + size],
    st.sampled_from([">", ">="]),
    bounds,
    st.sampled_from(["<", "<="]),
    st.sampled_from([1, 2]),
)
excluded = (
    st.sampled_from(TEXTS)
    | st.sampled_from(NUMBERS)
    | st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3)
    | st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3)
    | st.builds(lambda name, text: {name: text}, st.sampled_from(["prefix", "suffix"]), one_or_some(affixes))
    | st.builds(lambda text: {"equals-ignore-case": text}, one_or_some(affixes))
    | st.builds(lambda text: {"wildcard": text}, one_or_some(wildcards))
)
entries = (
    scalars
    | st.builds(lambda name, text: {name: text}, st.sampled_from(["prefix", "suffix"]), affixes | ignoring)
    | ignoring
    | st.builds(lambda text: {"wildcard": text}, wildcards)
    | st.builds(lambda block: {"cidr": block}, st.sampled_from(["10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0"]))
    | st.builds(lambda operand: {"numeric": operand}, numeric)
    | st.builds(lambda operand: {"anything-but": operand}, excluded)
    | st.builds(lambda there: {"exists": there}, st.booleans())
)
listed = st.lists(entries, min_size=1, max_size=3)


def patterns(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    fields = st.dictionaries(st.sampled_from(names), listed, min_size=1, max_size=3)

    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        plain = st.dictionaries(st.sampled_from(names), listed | inner, min_size=1, max_size=2)
        branches = st.lists(inner, min_size=2, max_size=3)
        return plain | st.builds(lambda rest, some: {**rest, "$or": some}, plain | st.just({}), branches)

    return st.recursive(fields, deeper, max_leaves=5)


def events(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names), inner, max_size=3)

    values = st.recursive(scalars, deeper, max_leaves=12)
    return st.dictionaries(st.sampled_from(names), values, max_size=3)


@st.composite
def shaped(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """An event with the shape of a pattern, so that many match: fields may be missing, wrong or in arrays."""
    event: dict[str, Any] = {}
    for key, value in document.items():
        if key == "$or":
            for branch in draw(st.lists(st.sampled_from(value), min_size=1, max_size=2)):
                event.update(draw(shaped(branch)))
        elif draw(st.integers(0, 8)):
            exact = (
                [entry for entry in value if not isinstance(entry, dict)] if isinstance(value, list) else []
            )
            values = (
                shaped(value)
                if isinstance(value, dict)
                else st.sampled_from([*exact, *exact, *TEXTS, 1, None])
            )
            event[key] = draw(
                values | st.lists(values, max_size=3) | st.lists(st.lists(values, max_size=2), max_size=2)
            )
    return event


def compiled(document: dict[str, Any]) -> Pattern:
    """Compile what was drawn; a field that is asked for twice is drawn again."""
    try:
        return Pattern(document)
    except ConfigurationError as refusal:
        text = str(refusal)
    assert "is asked for" in text
    assume(False)
    raise AssertionError


@settings(max_examples=200, deadline=None)
@given(patterns(NAMES), st.data())
def test_agrees_with_the_oracle(document: dict[str, Any], data: st.DataObject) -> None:
    pattern = compiled(document)
    for event in data.draw(st.lists(events(NAMES) | shaped(document), min_size=2, max_size=5)):
        assert pattern.matches(event) is oracle(document, event)
        assert (pattern.mismatch(event) is None) is pattern.matches(event)


@pytest.mark.parametrize(
    ("document", "event", "expected"),
    [
        ({"a": {"b": [{"exists": False}], "c": [1]}}, {"a": [{"b": 1, "c": 1}, {"c": 1}]}, True),
        ({"a": {"b": [{"exists": False}, 1], "c": [1]}}, {"a": [{"b": 2, "c": 1}, {"b": 1}]}, False),
        (
            {"a": {"b": [1], "c": {"b": [{"exists": False}]}}},
            {"a": [{"c": {"b": 1}}, {"b": 1, "c": [{}, []]}]},
            True,
        ),
        ({"a": {"c": {"b": [{"exists": False}]}}}, {"a": [{"c": [{"b": 1}, {}]}, {}]}, False),
    ],
)
def test_oracle_and_pattern_on_absence_in_arrays(
    document: dict[str, Any], event: dict[str, Any], expected: bool
) -> None:
    assert oracle(document, event) is expected
    assert matches(document, event) is expected


@settings(max_examples=100, deadline=None)
@given(patterns(["a", "b", "a.b", "b.a"]), st.data())
def test_agrees_with_the_oracle_about_dots(document: dict[str, Any], data: st.DataObject) -> None:
    """Without arrays, as a name with a dot beside the same steps in an array is beyond what AWS describes."""
    pattern = compiled(document)
    objects = st.recursive(
        scalars,
        lambda inner: st.dictionaries(st.sampled_from(["a", "b", "a.b", "b.a", "a.b.a"]), inner, max_size=3),
        max_leaves=8,
    )
    for event in data.draw(
        st.lists(st.dictionaries(st.sampled_from(["a", "b", "a.b"]), objects), max_size=5)
    ):
        assert pattern.matches(event) is oracle(document, event)


def test_the_oracle_knows_both_answers() -> None:
    """The oracle would be worth little if it, or what is drawn for it, nearly always said the same."""
    assert oracle({"a": ["x", {"numeric": [">", 1]}]}, {"a": [[2]]})
    assert not oracle({"a": [{"numeric": [">", 2]}]}, {"a": [[2], "3"]})
    for operator, good, bad in OPERATORS:
        values = [(value, True) for value in good] + [(value, False) for value in bad]
        if "\\" in str(operator) or "ß" in str(operator):
            continue
        for value, expected in values:
            if not isinstance(value, Decimal) and value != "fe80::1%eth0":
                assert oracle({"f": [operator]}, {"f": value}) is expected, (operator, value)


# Totality.

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | st.sampled_from(NAMES), inner)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(patterns(NAMES), json_values)
def test_any_json_value_is_matched_or_not(document: dict[str, Any], value: object) -> None:
    pattern = compiled(document)
    assert pattern.matches(value) in (True, False)
    found = pattern.mismatch(value)
    assert (found is None) is pattern.matches(value)
    if found is not None:
        assert found[0] == "$" or found[0].startswith("$.")


class Spiteful:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__
    __len__ = __repr__  # type: ignore[assignment]


NOT_JSON = [object(), {1, 2}, b"a", (1, "a"), Spiteful(), float, 1j, Decimal("sNaN"), -(10**5000)]


@pytest.mark.parametrize("value", NOT_JSON, ids=[type(value).__name__ for value in NOT_JSON])
def test_what_is_not_json_equals_nothing_but_is_there(value: object) -> None:
    event = {"f": value}
    assert not matches({"f": ["a", 1, None, True, {"prefix": ""}, {"numeric": ["<=", 5e9]}]}, event)
    assert matches({"f": [{"anything-but": ["a"]}]}, event)
    assert matches({"f": [{"exists": True}]}, event)
    assert matches({"f": ["a", {"exists": True}]}, {"f": [value]})
    assert not matches({"f": [1]}, value)


OPERATOR_NAMES = [
    "prefix",
    "suffix",
    "anything-but",
    "numeric",
    "cidr",
    "exists",
    "wildcard",
    "equals-ignore-case",
]
ODD = [Spiteful(), b"x", {1}, (1,), object(), int, Decimal(1), 1j, math.nan, -math.inf, 10**5000]
# By index, as hypothesis prints what it draws from.
odd = st.integers(0, len(ODD) - 1).map(lambda index: ODD[index])
documents = st.recursive(
    json_values | odd | st.sampled_from(["10.0.0.0/8", "**", "a*", ">", "<", "="]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*OPERATOR_NAMES, "$or", "a", "a.b", 1, None]) | st.text(max_size=3), inner
        )
        | st.builds(lambda name, operand: [{name: operand}], st.sampled_from(OPERATOR_NAMES), inner)
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(documents, events(NAMES))
def test_a_document_compiles_or_is_a_configuration_error(document: Any, event: dict[str, Any]) -> None:
    try:
        pattern = Pattern(document)
    except ConfigurationError as refusal:
        text = str(refusal)
    else:
        assert pattern.matches(event) in (True, False)
        assert pattern == Pattern(deepcopy(document))
        return
    assert "event pattern $" in text


def test_a_document_within_itself_is_refused() -> None:
    document: dict[str, Any] = {}
    document["a"] = document
    with pytest.raises(ConfigurationError, match="100 levels"):
        Pattern(document)
    document = {"$or": [{"b": [1]}]}
    document["$or"].append(document)
    with pytest.raises(ConfigurationError, match="100 levels"):
        Pattern(document)


def test_patterns_of_some_size_compile_and_larger_ones_are_refused() -> None:
    wide = Pattern({"detail": {f"f{i}": [i] for i in range(5_000)}})
    assert wide.matches({"detail": {f"f{i}": i for i in range(5_000)}})
    assert not wide.matches({"detail": {f"f{i}": i for i in range(4_999)}})
    with pytest.raises(ConfigurationError, match="100000 steps"):
        Pattern({f"f{i}": [i] for i in range(100_001)})
    with pytest.raises(ConfigurationError, match="100000 steps"):
        Pattern({**{f"f{i}": [i] for i in range(200)}, "$or": [{f"g{i}": [i]} for i in range(600)]})
    assert Pattern({"a": [{"wildcard": "a*" * 50_000}]}).matches({"a": "ab" * 50_000})


# Wildcards.

STEPS = st.text(alphabet="ab*\\", max_size=8)


def glob_pieces(text: str) -> list[str] | None:
    """Read a glob into literal characters and `None` for a star; None altogether if it is not a glob."""
    read: list[Any] = []
    index = 0
    while index < len(text):
        if text[index] == "\\":
            if text[index + 1 : index + 2] not in ("*", "\\"):
                return None
            index += 1
            read.append(text[index])
        else:
            read.append(None if text[index] == "*" else text[index])
        if read[-2:] == [None, None]:
            return None
        index += 1
    return read


def glob_matches(read: list[Any], value: str) -> bool:
    """Decide by a table of (pieces read, characters matched)."""
    reached = {0}
    for piece in read:
        if piece is None:
            reached = set(range(min(reached), len(value) + 1)) if reached else set()
        else:
            reached = {end + 1 for end in reached if value[end : end + 1] == piece}
    return len(value) in reached


@settings(max_examples=300, deadline=None)
@given(STEPS, st.lists(STEPS, max_size=5))
@example("a*a", ["a", "aa", "aba"])
@example("a*ab*b", ["ab", "aab", "aabb"])
@example("**", [])
def test_wildcard_agrees_with_a_table(text: str, values: list[str]) -> None:
    read = glob_pieces(text)
    if read is None:
        with pytest.raises(ConfigurationError, match="wildcard"):
            wildcard(text)
        return
    predicate = wildcard(text)
    for value in [*values, text.replace("*", ""), text.replace("*", "ab"), text.replace("\\", "")]:
        assert predicate(value) is glob_matches(read, value)


def test_wildcard_takes_text_only() -> None:
    for text in (None, 1, b"a*", ["a*"]):
        with pytest.raises(ConfigurationError, match="wildcard: text is due"):
            wildcard(text)  # type: ignore[arg-type]


class Counted(str):
    """Text that counts how often something is sought in it."""

    sought = 0

    def find(self, *args: Any) -> int:
        self.sought += 1
        return super().find(*args)


@pytest.mark.parametrize("text", ["*" + "a*" * 40 + "b", "*" + "aab*" * 40 + "c", "a" + "*ab" * 40 + "*a"])
def test_wildcard_seeks_each_piece_once(text: str) -> None:
    value = Counted("a" * 5_000)
    wildcard(text)(value)
    assert value.sought <= 40


def seconds(run: Any) -> float:
    """Processor time of this thread without garbage collection: what else there is to do is not the pattern's."""
    times = []
    gc.disable()
    try:
        for _ in range(3):
            start = time.thread_time()
            run()
            times.append(time.thread_time() - start)
    finally:
        gc.enable()
    return min(times)


@pytest.mark.parametrize(
    "text", ["*a*a*a*a*a*b", "*aab*aab*aab*", "a*" * 20 + "c", "*" + "a" * 50 + "b*" + "a" * 50 + "c*"]
)
def test_wildcard_is_linear(text: str) -> None:
    predicate = wildcard(text)
    small, large = "a" * 400_000, "a" * 1_600_000
    assert not predicate(large)
    assert seconds(lambda: predicate(large)) < 12 * max(seconds(lambda: predicate(small)), 1e-4)


# Large and deep events.


def deep(levels: int, wrap: Any, core: Any) -> Any:
    for _ in range(levels):
        core = wrap(core)
    return core


def test_deep_events() -> None:
    arrays = deep(900, lambda inner: [inner], "x")
    objects = deep(900, lambda inner: {"a": inner}, 1)
    assert matches({"f": ["x"]}, {"f": arrays})
    assert not matches({"f": ["y"]}, {"f": arrays})
    assert matches({"f": {"a": [1]}}, {"f": deep(900, lambda inner: [inner], {"a": 1})})
    assert not matches({"a": {"a": [1]}}, objects)
    assert not matches({"a": {"a": {"b": [{"exists": True}]}}}, objects)
    assert matches({"a": [{"exists": False}]}, objects)
    assert matches(
        deep(90, lambda inner: {"a": inner}, {"a": [1]}), deep(91, lambda inner: {"a": [inner]}, 1)
    )


def test_deep_events_deep_in_the_stack() -> None:
    pattern = Pattern(deep(90, lambda inner: {"a": inner}, {"a": ["x"]}))
    event = deep(91, lambda inner: {"a": [inner]}, deep(900, lambda inner: [inner], "x"))

    def descend(levels: int) -> bool:
        return descend(levels - 1) if levels else pattern.matches(event)

    assert descend(400)


@pytest.mark.parametrize(
    "document",
    [
        {"l": {"a": [-1], "b": [{"exists": False}]}},
        {"l": {"a": [{"exists": True}], "b": {"c": ["none"]}}},
        {"$or": [{"l": {"a": [-1]}}, {"l": {"b": {"c": [-1]}}}]},
        {"l": [{"anything-but": {"wildcard": "*a*"}}, {"cidr": "10.0.0.0/8"}]},
        {"l.a": [-1], "l": {"b.c": [-1]}},
    ],
)
def test_large_arrays_take_linear_time(document: dict[str, Any]) -> None:
    def event(size: int) -> dict[str, Any]:
        return {"l": [{"a": i, "b": [{"c": i}, {"c": "x"}]} for i in range(size)]}

    pattern = Pattern(document)
    small, large = event(5_000), event(20_000)
    assert not pattern.matches(large)
    # Quadratic time would be 16 times as long in every attempt; a busy machine is not busy in all of them.
    assert any(
        seconds(lambda: pattern.matches(large)) < 12 * seconds(lambda: pattern.matches(small))
        for _ in range(5)
    )
    assert pattern.mismatch(large) is not None


def test_many_dotted_names_neither_edit_an_event_nor_copy_it_many_times() -> None:
    pattern = Pattern({"a": {f"f{i}": [-1, i] for i in range(500)}})
    event: dict[str, Any] = {"a": {f"g{i}": i for i in range(100_000)}, **{f"a.f{i}": i for i in range(500)}}
    before = deepcopy(event)
    assert pattern.matches(event)
    assert event == before
    assert seconds(lambda: pattern.matches(event)) < 100 * seconds(lambda: dict(event["a"]))


def test_long_text_is_no_address() -> None:
    pattern = Pattern({"ip": [{"cidr": "10.0.0.0/8"}]})
    event = {"ip": ["1" * 6_000_000, ":" * 6_000_000, "10." * 2_000_000]}
    assert not pattern.matches(event)
    read = seconds(lambda: [text.upper() for text in event["ip"]])
    assert seconds(lambda: pattern.matches(event)) < read / 2


def test_long_text_is_folded_where_it_matters() -> None:
    listed = [{"prefix": {"equals-ignore-case": "å"}}, {"suffix": {"equals-ignore-case": "ö"}}]
    pattern = Pattern({"f": [*listed, {"equals-ignore-case": "åö"}]})
    event = {"f": "é" * 6_000_000}
    assert not pattern.matches(event)
    assert seconds(lambda: pattern.matches(event)) < seconds(event["f"].casefold) / 2


# mismatch, equality, repr, imports.


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"source": ["shop"]}, {"source": "bank"}, ("$.source", "bank")),
        ({"source": ["shop"], "detail": {"a": [1]}}, {"source": "shop"}, ("$.detail.a", MISSING)),
        ({"a": [1], "b": [1]}, {"a": 2, "b": 2}, ("$.a", 2)),
        ({"b": [1], "a": [1]}, {"a": 2, "b": 2}, ("$.b", 2)),
        ({"a": [1]}, {"a": [2, 3]}, ("$.a", [2, 3])),
        ({"a": {"b": [1]}}, {"a": [{"b": 2}, {"b": 3}, {}]}, ("$.a.b", [2, 3])),
        ({"a": {"b": [1]}}, {"a": [{"b": 2}]}, ("$.a.b", 2)),
        ({"a": {"b": [1], "c": [1]}}, {"a": [{"b": 1}, {"c": 1}]}, ("$.a.c", 1)),
        ({"a": [{"exists": False}]}, {"a": None}, ("$.a", None)),
        ({"a": [{"exists": True}]}, {"a": {"b": 1}}, ("$.a", {"b": 1})),
        ({"a.b": [1]}, {"a.b": 2}, ("$.a.b", 2)),
        ({"$or": [{"a": [1], "b": [1], "c": [1]}, {"d": [1]}]}, {"a": 1, "b": 2, "c": 1}, ("$.b", 2)),
        ({"$or": [{"d": [1]}, {"a": [1], "b": [1]}]}, {"a": 1, "b": 2}, ("$.b", 2)),
        ({"$or": [{"d": [1]}, {"b": [1]}]}, {"b": 2}, ("$.d", MISSING)),
        ({"a": [1]}, [], ("$", [])),
        ({"a": [1]}, None, ("$", None)),
    ],
)
def test_mismatch(pattern: dict[str, Any], event: object, expected: tuple[str, object]) -> None:
    assert Pattern(pattern).mismatch(event) == expected


def test_missing_prints_as_absent() -> None:
    assert f"{MISSING}" == repr(MISSING) == "absent"


def test_equal_documents_are_equal_patterns() -> None:
    one = Pattern({"source": ["shop"], "detail": {"a": [1, {"exists": False}], "b": [True]}})
    other = Pattern({"detail": {"b": [True], "a": [1.0, {"exists": False}]}, "source": ["shop"]})
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other}) == 1
    assert one != Pattern({"source": ["shop"], "detail": {"a": [True, {"exists": False}], "b": [1]}})
    assert one != Pattern({"source": ["shop"]})
    assert one != one.document


def test_the_document_is_kept_and_later_changes_to_it_are_not_seen() -> None:
    document: dict[str, Any] = {"source": ["shop"], "a": [{"anything-but": ["x"]}]}
    pattern = Pattern(document)
    assert pattern.document is document
    assert repr(pattern) == f"Pattern({document!r})"
    before = hash(pattern)
    document["source"].append("bank")
    document["a"][0]["anything-but"].append("y")
    assert pattern.matches({"source": "shop", "a": "y"})
    assert not pattern.matches({"source": "bank", "a": "y"})
    assert hash(pattern) == before


def test_ipaddress_is_imported_for_cidr_only() -> None:
    program = """
import sys
from lambda_router.patterns import Pattern
Pattern({"a": [1, {"wildcard": "a*"}, {"numeric": [">", 1]}]}).matches({"a": ["b", 2.5, None]})
heavy = {"typing", "ipaddress", "decimal", "dataclasses", "inspect", "datetime", "pathlib"}
print(sorted(heavy & set(sys.modules)))
Pattern({"a": [{"cidr": "10.0.0.0/8"}]})
print("ipaddress" in sys.modules)
"""
    # -S, as the site-packages of a development environment may import what a Lambda function does not.
    run = [sys.executable, "-S", "-c", program]
    out = subprocess.run(run, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert out.stdout.splitlines() == ["[]", "True"]
