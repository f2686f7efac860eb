"""What AWS Config takes for the evaluations of a custom rule: PutEvaluations in pages of 100.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html
https://docs.aws.amazon.com/config/latest/APIReference/API_Evaluation.html

An answer is the list of the calls that were made for an event: `[("PutEvaluations", {"Evaluations": [...], ...})]`.
An event that brings no evaluation is answered too, by a page without any.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import Refused, need

COMPLIANCE = frozenset({"COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"})
"""`INSUFFICIENT_DATA` is in the enumeration, but not accepted from a rule."""


def check(answer: Any, event: Any) -> None:
    """Refused, naming the field, unless these calls report the event's evaluations, each once."""
    need(isinstance(answer, list), "$: not a list of calls")
    need(answer, "$: nothing was reported")
    for number, (operation, given) in enumerate(answer):
        need(operation == "PutEvaluations", f"$[{number}]: {operation} reports nothing")
        _page(given, f"$[{number}]", event)
    sizes = [len(given["Evaluations"]) for _, given in answer]
    need(all(size == 100 for size in sizes[:-1]), "$: a page before the last is not full")
    need(sizes[-1] or len(sizes) == 1, "$: an empty page behind others")


def _page(given: Any, path: str, event: Any) -> None:
    need(isinstance(given, dict), f"{path}: not an object")
    unknown = given.keys() - {"Evaluations", "ResultToken", "TestMode"}
    need(not unknown, f"{path}: unknown {sorted(unknown)}")
    need(given.get("ResultToken") == event["resultToken"], f"{path}.ResultToken: not the event's")
    need(given.get("TestMode", False) is False, f"{path}.TestMode: a dry run")
    page = given.get("Evaluations")
    need(isinstance(page, list), f"{path}.Evaluations: not a list")
    need(len(page) <= 100, f"{path}.Evaluations: {len(page)}, and 100 are taken")
    for number, evaluation in enumerate(page):
        _evaluation(evaluation, f"{path}.Evaluations[{number}]")


def _evaluation(given: Any, path: str) -> None:
    required = {"ComplianceResourceType", "ComplianceResourceId", "ComplianceType", "OrderingTimestamp"}
    need(isinstance(given, dict), f"{path}: not an object")
    need(not required - given.keys(), f"{path}: missing {sorted(required - given.keys())}")
    unknown = given.keys() - required - {"Annotation"}
    need(not unknown, f"{path}: unknown {sorted(unknown)}")
    _text(given["ComplianceResourceType"], f"{path}.ComplianceResourceType", most=256)
    _text(given["ComplianceResourceId"], f"{path}.ComplianceResourceId", most=768)
    need(given["ComplianceType"] in COMPLIANCE, f"{path}.ComplianceType: not taken")
    _moment(given["OrderingTimestamp"], f"{path}.OrderingTimestamp")
    if "Annotation" in given:
        _text(given["Annotation"], f"{path}.Annotation", most=256)


def _moment(given: Any, path: str) -> None:
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            raise Refused(f"{path}: not a time") from None
    need(isinstance(given, datetime), f"{path}: not a time")
    need(given.tzinfo is not None, f"{path}: a time without a zone")


def _text(given: Any, path: str, *, most: int) -> None:
    need(isinstance(given, str), f"{path}: not a text")
    need(1 <= len(given) <= most, f"{path}: {len(given)} characters, and 1 to {most} are taken")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Refused(f"{path}: a lone surrogate") from None


EVENT: dict[str, Any] = {"resultToken": "token-1"}


def _one(**parts: Any) -> dict[str, Any]:
    return {
        "ComplianceResourceType": "AWS::EC2::Instance",
        "ComplianceResourceId": "i-0123",
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": "2030-01-01T00:00:00.000Z",
        **parts,
    }


def _pages(*sizes: int, **parts: Any) -> list[Any]:
    return [
        ("PutEvaluations", {"Evaluations": [_one()] * size, "ResultToken": "token-1", **parts})
        for size in sizes
    ]


def _put(evaluation: Any) -> list[Any]:
    return [("PutEvaluations", {"Evaluations": [evaluation], "ResultToken": "token-1"})]


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in _one().items() if name != key}


RIGHT: list[list[Any]] = [
    _pages(0),
    _pages(1),
    _pages(100),
    _pages(100, 100, 1),
    _put(_one(Annotation="x" * 256, ComplianceResourceId="x" * 768)),
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, EVENT, "no list"),
    ([], EVENT, "no report at all"),
    (_pages(101), EVENT, "more than a page"),
    (_pages(100, 0), EVENT, "an empty page behind another"),
    (_pages(1, 100), EVENT, "a page that is not full before another"),
    (_pages(1, ResultToken="token-2"), EVENT, "another event's token"),
    (_pages(1, TestMode=True), EVENT, "a dry run"),
    (_pages(1, Rule="r"), EVENT, "an unknown key"),
    ([("PutExternalEvaluation", {})], EVENT, "another operation"),
    ([("PutEvaluations", {"ResultToken": "token-1"})], EVENT, "no list of evaluations"),
    (_put(None), EVENT, "no evaluation"),
    (_put(_without("ComplianceResourceType")), EVENT, "no type of resource"),
    (_put(_without("ComplianceResourceId")), EVENT, "no resource"),
    (_put(_without("ComplianceType")), EVENT, "no verdict"),
    (_put(_without("OrderingTimestamp")), EVENT, "no time"),
    (_put(_one(ComplianceType="INSUFFICIENT_DATA")), EVENT, "a verdict that rules may not give"),
    (_put(_one(ComplianceType="compliant")), EVENT, "a verdict in lower case"),
    (_put(_one(ComplianceType=True)), EVENT, "a verdict that is no text"),
    (_put(_one(ComplianceResourceId="")), EVENT, "an empty id"),
    (_put(_one(ComplianceResourceId="x" * 769)), EVENT, "a long id"),
    (_put(_one(ComplianceResourceType="x" * 257)), EVENT, "a long type"),
    (_put(_one(Annotation="x" * 257)), EVENT, "a long annotation"),
    (_put(_one(Annotation="")), EVENT, "an empty annotation"),
    (_put(_one(Annotation="\ud800")), EVENT, "a lone surrogate"),
    (_put(_one(OrderingTimestamp="yesterday")), EVENT, "a time that is none"),
    (_put(_one(OrderingTimestamp=None)), EVENT, "a time that is missing"),
    (_put(_one(OrderingTimestamp=datetime(2030, 1, 1))), EVENT, "a time without a zone"),
    (_put(_one(Severity="high")), EVENT, "an unknown field"),
]
