"""The models of the six callers refuse what the callers refuse, and nothing that AWS's own pages show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from contracts import MODELS, RIGHT, WRONG

from lambda_router.http.routes import CALLERS


def test_every_caller_has_a_model() -> None:
    assert set(MODELS) == set(WRONG) == set(RIGHT) == set(CALLERS)
    assert all(len(answers) >= 10 for answers in WRONG.values())


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        pytest.param(source, answer, id=f"{source}-{number}")
        for source, answers in WRONG.items()
        for number, answer in enumerate(answers)
    ],
)
def test_wrong_answers_are_refused(source: str, answer: Any) -> None:
    assert MODELS[source](answer, {}), json.dumps(answer)[:200]


@pytest.mark.parametrize(
    ("source", "answer"), [(source, answer) for source, answers in RIGHT.items() for answer in answers]
)
def test_right_answers_are_accepted(source: str, answer: Any) -> None:
    assert MODELS[source](answer, {}) is None


def test_a_load_balancer_reads_the_map_of_its_own_style() -> None:
    multi = {"multiValueHeaders": {}}
    lists = {"statusCode": 200, "isBase64Encoded": False, "multiValueHeaders": {"x-a": ["1", "2"]}}
    assert MODELS["alb"](lists, multi) is None
    assert MODELS["alb"](lists, {"headers": {}})
    assert MODELS["alb"]({**lists, "headers": {}}, multi)
    assert MODELS["alb"]({"statusCode": 200, "isBase64Encoded": False, "headers": {}}, multi)
    assert MODELS["alb"]({**lists, "multiValueHeaders": {"x-a": "1"}}, multi)
