"""Direct calls on the real runtime client: what Step Functions gets, and the class names that it matches on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

FUNCTIONS = Path(__file__).parent / "functions"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def function(lambda_runtime: Any) -> Any:
    return lambda_runtime("direct.app", cwd=FUNCTIONS, path=[ROOT], timeout=10)


@pytest.mark.parametrize(
    ("what", "name", "message"),
    [
        ("custom", "OutOfStock", "custom"),
        ("held", "Held", "held"),
        ("chained", "Held", "outer"),
        ("reject", "Reject", "reject"),
    ],
)
def test_the_class_name_of_an_exception_is_the_error_type(
    function: Any, what: str, name: str, message: str
) -> None:
    error = function.invoke({"task": "raise", "what": what}).error
    assert (error["errorType"], error["errorMessage"]) == (name, message)
    assert "functions/direct.py" in "".join(error["stackTrace"])


def test_a_payload_that_does_not_fit_has_an_error_type_of_its_own(function: Any) -> None:
    error = function.invoke({"id": "secret 4111"}).error
    assert error["errorType"] == "PayloadError"
    assert "4111" not in error["errorMessage"]


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ({"task": "wait"}, "awaited"),
        ({"task": "ping"}, None),
        ([{"id": 1}, {"id": 2}], [1, 2]),
        ([], []),
        ({"id": 7}, {"id": 7}),
        *[(event, {"default": event}) for event in (None, "text", "", 0, True, {}, {"task": "other"})],
    ],
)
def test_answers_come_back_as_they_are(function: Any, event: Any, answer: Any) -> None:
    reply = function.invoke(event)
    assert (reply.error, reply.json()) == (None, answer)
